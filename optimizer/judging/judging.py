"""Judging a plan: what it is worth in every scenario, what it risks, what it misses and what its safety has cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from optimizer.capital.refusing import refuse_capital
from optimizer.compiling import compile_parameters
from optimizer.errors import ScenarioError
from optimizer.highs import refuse_wrong_solver
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.judging.alone import Alone, OneProgramme, OwnProgrammes, searching
from optimizer.judging.commitment import Commitment
from optimizer.judging.fresh_paths import paths_for, samples_frame
from optimizer.judging.information import Information, information
from optimizer.judging.regret import compared_scenarios, regret_frame
from optimizer.judging.scenario_cash import cash_lows, scenario_cash_usd
from optimizer.judging.spread import distribution_frame, probability_of_loss, yearly_frame
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters, build_parameters
from optimizer.periods import make_periods
from optimizer.pins import Pin
from optimizer.planning import new_session, solve_plan
from optimizer.search import DEFAULT_GAP
from optimizer.solve import LpSolution, Session
from optimizer.tail import Tail, scenario_npv_usd_m, worst_share
from sites.portfolio import Portfolio
from sites.scenarios import ScenarioPaths

SCENARIOS = ("scenario", "probability", "npv_usd", "cash_low_usd", "cash_low_month")
# Two plans whose means differ by less than this share of the mean are the same one. [-]
_SAME_SHARE = 1e-7


@dataclass(frozen=True)
class Hedge:
    """What the plan is beside the one that is best on average. [USD]

    mean_given_up_usd : of the mean NPV. cvar_gain_usd : more in the worst share's mean.
    rent_more_usd : present value of the fixed rent taken more, prepaid rent included, inside the horizon.
    """

    mean_given_up_usd: float
    cvar_gain_usd: float
    rent_more_usd: float


@dataclass(frozen=True)
class Judgement:
    """A plan judged over its scenarios.

    name, cvar_weight, cvar_alpha : of the portfolio.
    mean_usd, cvar_usd : NPV of the plan, mean over the scenarios and over the worst share of them. [USD]
    probability_of_loss : that its NPV is negative. [-]
    scenarios : scenario, probability, npv_usd, cash_low_usd (lowest running total of the undiscounted net cash), and
        cash_low_month (YYYY-MM).
    yearly : year and the spread of its net cash over the scenarios: mean_usd, worst_usd, p5_usd to p95_usd, best_usd.
    distribution : the same of the figures npv_usd and cash_low_usd, and cvar_usd, the mean of each one's worst share.
    regret : made_for, lived_in, npv_usd, best_npv_usd, regret_usd; the plan itself, made for "plan", comes first.
    information : what it would be worth to know more.
    hedge : what the plan's safety has cost; None where the plan is the one that is best on average.
    samples : the plan in its own scenarios and in fresh ones: sample, scenarios, mean_usd, cvar_usd and
        probability_of_loss, each with its standard error; None where there are no fresh ones.
    no_fresh : why there are none; empty where there are.
    """

    name: str
    cvar_weight: float
    cvar_alpha: float
    mean_usd: float
    cvar_usd: float
    probability_of_loss: float
    scenarios: pd.DataFrame
    yearly: pd.DataFrame
    distribution: pd.DataFrame
    regret: pd.DataFrame
    information: Information
    hedge: Hedge | None
    samples: pd.DataFrame | None
    no_fresh: str

    @property
    def evpi_usd(self) -> float:
        """Expected value of perfect information. [USD]"""
        return self.information.evpi_usd

    @property
    def vss_usd(self) -> float:
        """Value of the stochastic solution. [USD]"""
        return self.information.vss_usd

    @property
    def hedge_ratio(self) -> float:
        """Dollars gained in the worst share's mean per dollar of mean given up; NaN for the plan best on average."""
        return np.nan if self.hedge is None else self.hedge.cvar_gain_usd / self.hedge.mean_given_up_usd

    @property
    def hedge_per_rent_usd(self) -> float:
        """Dollars gained in the worst share's mean per dollar of rent taken more; NaN where no more is taken."""
        if self.hedge is None or self.hedge.rent_more_usd <= _SAME_SHARE * (1.0 + abs(self.mean_usd)):
            return np.nan
        return self.hedge.cvar_gain_usd / self.hedge.rent_more_usd


def judge(
    portfolio: Portfolio,
    *,
    pins: Sequence[Pin] = (),
    fresh: ScenarioPaths | None = None,
    gap: float = DEFAULT_GAP,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Judgement:
    """Judge the plan of a portfolio with several scenarios.

    pins : decisions forced upon every plan.
    fresh : scenarios to try the plan on; by default those that its stochastic market draws with another seed.
    gap, time_limit : of each search for whole numbers, where offers are lumpy. [-, s]
    progress : told what is being done.

    Raises
    ------
    ScenarioError : there is one scenario only, or the fresh ones do not fit. CapitalError : the portfolio has tables of
    capital. PinError, InfeasiblePlanError, SolverError : as `optimizer.plan` does.
    """
    refuse_capital(portfolio, "no plan is judged of portfolios")
    if portfolio.scenario_paths.count == 1:
        raise ScenarioError(
            "judging a plan needs several scenarios: give the table 'scenarios' (id, probability, hashprice, "
            "power_factor, build_delay_months), or risk.paths with a stochastic market"
        )
    refuse_wrong_solver()
    say = progress or (lambda _: None)
    say("preparing the numbers")
    p = build_parameters(portfolio, pins)
    paths, no_fresh = paths_for(portfolio, p, fresh)
    say("planning")
    plan = _Planned.of(p, gap, time_limit)
    best = _Planned.of(_unafraid(p), gap, time_limit) if p.cvar_weight or p.own else plan
    probability, alpha = p.scenarios.probability, portfolio.risk.cvar_alpha
    npv = plan.npv_usd_m * USD_PER_USD_M
    say("the plan's cash in every scenario")
    cash = scenario_cash_usd(p, plan.matrices, plan.solution.x)
    lows, months = cash_lows(cash)
    scenarios = p.scenarios.names, probability, npv, lows, [p.horizon.label(month) for month in months.tolist()]
    search = searching(gap, time_limit)
    alone: Alone = (OwnProgrammes if p.own else OneProgramme)(best.p, best.session, search)
    compared = compared_scenarios(npv, probability)
    regret, others = regret_frame(alone, p.scenarios.names, compared, plan.npv_usd_m, say)
    known = information(alone, probability, best.npv_usd_m, others, portfolio.risk.seed, say)
    samples = None
    if paths is not None:
        say("trying the plan on fresh scenarios")
        samples = samples_frame(p, plan.commitment, npv, paths)
    return Judgement(
        name=portfolio.settings.name,
        cvar_weight=p.cvar_weight,
        cvar_alpha=alpha,
        mean_usd=float(probability @ npv),
        cvar_usd=worst_share(npv, probability, alpha)[0],
        probability_of_loss=probability_of_loss(npv, probability),
        scenarios=pd.DataFrame(dict(zip(SCENARIOS, scenarios, strict=True))),
        yearly=yearly_frame(cash, probability, p.horizon.labels),
        distribution=distribution_frame({"npv_usd": npv, "cash_low_usd": lows}, probability, alpha),
        regret=regret,
        information=known,
        hedge=_hedge(plan, best, alpha),
        samples=samples,
        no_fresh=no_fresh,
    )


@dataclass(frozen=True)
class _Planned:
    """A plan with its programme and its NPV in every scenario."""

    p: Parameters
    session: Session
    matrices: Matrices
    solution: LpSolution
    npv_usd_m: FloatArray

    @classmethod
    def of(cls, p: Parameters, gap: float, time_limit: float | None) -> _Planned:
        session = new_session(compile_parameters(p), gap, time_limit)
        solution = solve_plan(session, p, Tail.of(p))
        matrices = session.matrices
        return cls(p, session, matrices, solution, scenario_npv_usd_m(p, matrices, solution.x))

    @property
    def commitment(self) -> Commitment:
        return Commitment.of(self.p, self.matrices, self.solution.x)

    @property
    def mean_usd(self) -> float:
        return float(self.p.scenarios.probability @ self.npv_usd_m) * USD_PER_USD_M

    @property
    def rent_usd(self) -> float:
        rent = self.p.start_terms_usd_m["rent"] + self.p.start_terms_usd_m["prepaid_rent"]
        return float(rent @ self.commitment.signed_mw) * USD_PER_USD_M


def _unafraid(p: Parameters) -> Parameters:
    """The parameters with nothing but the mean in the objective; what was worked out of the scenarios stays.

    Where scenarios have joint months of their own, every period is one month, so that plans of all of them fit.
    """
    risk = p.portfolio.risk.model_copy(update={"cvar_weight": 0.0})
    portfolio = replace(p.portfolio, risk=risk)
    if p.own:
        monthly = make_periods(p.horizon.months, [set(range(p.horizon.months))] * len(p.sites))
        return build_parameters(portfolio, p.pins, [monthly], p.scenarios)
    other = replace(p, portfolio=portfolio)
    other.__dict__["scenario_values"] = p.scenario_values
    return other


def _hedge(plan: _Planned, best: _Planned, alpha: float) -> Hedge | None:
    given_up = best.mean_usd - plan.mean_usd
    if given_up <= _SAME_SHARE * (1.0 + abs(best.mean_usd)):
        return None
    probability = plan.p.scenarios.probability
    gain = worst_share(plan.npv_usd_m, probability, alpha)[0] - worst_share(best.npv_usd_m, probability, alpha)[0]
    return Hedge(given_up, gain * USD_PER_USD_M, plan.rent_usd - best.rent_usd)
