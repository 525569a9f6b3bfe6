"""The efficient frontier: the most mean value for every level of the worst share's mean, with the plans that reach it.

The optimum V(w) of (1 - w) mean + w times the mean of the worst share is, as a function of the weight w, the highest
of finitely many straight lines, one per plan: a plan's line begins at its mean (w = 0) and ends at its worst share.
Two plans whose lines meet at a weight are neighbours on the frontier if no third one is better there, which one more
solve tells. No grid of weights is needed, and none would find the weights at which the plan changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from optimizer.capital.scenario_cash import ScenarioCash
from optimizer.compiling import compile_parameters
from optimizer.errors import InfeasiblePlanError, ScenarioError
from optimizer.formulation import objective_values
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.infeasible import explain
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters, build_parameters
from optimizer.pins import Pin
from optimizer.planning import new_session
from optimizer.solve import Session
from optimizer.tail import Tail, scenario_npv_usd_m, settled_plan, worst_share
from optimizer.warm import Solved
from sites.portfolio import Portfolio

POINTS = (
    "from_weight",
    "to_weight",
    "mean_usd",
    "cvar_usd",
    "premium",
    "hedge_ratio",
    "capex_usd",
    "peak_ai_mw",
    "hashrate_eh_s",
)
CONTRACTS = ("from_weight", "contract", "site", "start", "mw")

# Ends of the frontier: at 0 the worst share, and at 1 the mean, would be left to chance among plans that are equal.
LEAST_WEIGHT, LARGEST_WEIGHT = 1e-4, 1.0 - 1e-4
# Plans are looked for until so many have been solved for; what is then left between two neighbours is not looked at.
MOST_SOLVES = 60
# A plan that is better than its neighbours by less than this share of the value is one of them.
SAME_SHARE = 1e-7
_MOST_SHARE = 1e-9


@dataclass(frozen=True)
class Frontier:
    """All plans that are best at some weight of the worst share, from none to all.

    name, alpha, scenarios : of the portfolio; the worst share; how many scenarios.
    points : one row per plan, the boldest first: from_weight, to_weight (between them it is the best), mean_usd,
        cvar_usd, premium (mean given up, against the plan before, for one dollar more in the worst share), hedge_ratio
        (what the worst share has gained per dollar of mean given up, both against the boldest plan), capex_usd,
        peak_ai_mw, hashrate_eh_s. NaN where there is no plan before.
    contracts : from_weight of the plan, contract, site, start, mw: what each plan signs. [MW critical]
    complete : whether all plans have been found; else the steepest changes have.
    """

    name: str
    alpha: float
    scenarios: int
    points: pd.DataFrame
    contracts: pd.DataFrame
    complete: bool


@dataclass(frozen=True)
class _Line:
    """A plan, and what it is worth at every weight. [USD million]"""

    mean: float
    tail: float
    plan: Solved

    def at(self, weight: float) -> float:
        return (1.0 - weight) * self.mean + weight * self.tail

    def meets(self, other: _Line) -> float:
        """The weight at which two plans are worth the same."""
        return (self.mean - other.mean) / ((self.mean - other.mean) + (other.tail - self.tail))


def frontier(
    portfolio: Portfolio,
    *,
    alpha: float | None = None,
    pins: Sequence[Pin] = (),
    progress: Callable[[str], None] | None = None,
) -> Frontier:
    """The efficient frontier of a portfolio with several scenarios.

    alpha : the worst share; that of the portfolio's risk when absent. pins : decisions forced upon every plan.
    progress : told what is being solved.

    Raises
    ------
    ScenarioError : there is one scenario only. PinError, InfeasiblePlanError, SolverError : as `optimizer.plan` does.
    """
    if portfolio.scenario_paths.count == 1:
        raise ScenarioError(
            "a frontier needs several scenarios: give the table 'scenarios' (id, probability, hashprice, power_factor, "
            "build_delay_months), or risk.paths with a stochastic market"
        )
    search = _Search(portfolio, portfolio.risk.cvar_alpha if alpha is None else alpha, pins, progress)
    lines, complete = search.lines()
    return _frontier(search.p, lines, complete)


class _Search:
    """One programme kept warm at all weights: rows of the worst share that hold at one weight hold at all."""

    def __init__(
        self, portfolio: Portfolio, alpha: float, pins: Sequence[Pin], progress: Callable[[str], None] | None
    ) -> None:
        self.progress, self.solves = progress, 0
        self.alpha = alpha
        self.p = _at(build_parameters(_feared(portfolio, 0.5, alpha), pins), 0.5, alpha)
        self.matrices: Matrices = compile_parameters(self.p)
        self.session: Session = new_session(self.matrices, progress=progress, cash=ScenarioCash.of(self.p))
        self.weights = [self.p.scenarios.probability]

    def line(self, weight: float) -> _Line:
        """The best plan at a weight."""
        self.solves += 1
        if self.progress is not None:
            self.progress(f"plan {self.solves} of the frontier, weight {weight:.4g}")
        p = _at(self.p, weight, self.alpha)
        self.session.patch(_priced(self.session.matrices, p))
        tail = Tail(p, self.weights)
        try:
            solution = settled_plan(self.session, p, tail)
        except InfeasiblePlanError as error:
            raise InfeasiblePlanError(explain(p, self.session.matrices) or error.clashes) from None
        npv = scenario_npv_usd_m(p, self.session.matrices, solution.x)
        worst, _ = worst_share(npv, p.scenarios.probability, self.alpha)
        return _Line(float(p.scenarios.probability @ npv), worst, Solved(p, self.session.matrices, solution))

    def lines(self) -> tuple[list[_Line], bool]:
        """The plans that are best at some weight, in order of it, and whether these are all."""
        found = [self.line(LEAST_WEIGHT), self.line(LARGEST_WEIGHT)]
        size = 1.0 + max(abs(line.mean) for line in found)
        settled: set[tuple[int, int]] = set()
        while self.solves < MOST_SOLVES:
            gaps = [(left, right) for left, right in pairwise(found) if (id(left), id(right)) not in settled]
            if not gaps:
                return found, True
            left, right = max(gaps, key=lambda pair: pair[0].mean - pair[1].mean + pair[1].tail - pair[0].tail)
            if right.tail - left.tail <= _MOST_SHARE * size or left.mean - right.mean <= _MOST_SHARE * size:
                # The same plan, or one that another beats everywhere.
                found.remove(right if left.at(0.5) >= right.at(0.5) else left)
                continue
            weight = left.meets(right)
            middle = self.line(weight)
            if middle.at(weight) - left.at(weight) <= SAME_SHARE * size:
                settled.add((id(left), id(right)))
            else:
                found.insert(found.index(right), middle)
        return found, False


def _feared(portfolio: Portfolio, weight: float, alpha: float) -> Portfolio:
    risk = portfolio.risk.model_copy(update={"cvar_weight": weight, "cvar_alpha": alpha})
    return replace(portfolio, risk=risk)


def _at(p: Parameters, weight: float, alpha: float) -> Parameters:
    """The same parameters with the worst share at another weight; what was worked out of the scenarios stays."""
    other = replace(p, portfolio=_feared(p.portfolio, weight, alpha))
    other.__dict__["scenario_values"] = p.scenario_values
    return other


def _priced(matrices: Matrices, p: Parameters) -> Matrices:
    """The programme with the costs of a weight."""
    cost: FloatArray = np.zeros_like(matrices.cost)
    for name, value in objective_values(p).items():
        cost[matrices.columns(name)] = -value
    return replace(matrices, cost=cost, offset=-(1.0 - p.cvar_weight) * p.constant_usd_m)


def _frontier(p: Parameters, lines: list[_Line], complete: bool) -> Frontier:
    changes = [left.meets(right) for left, right in pairwise(lines)]
    begins, ends = [0.0, *changes], [*changes, 1.0]
    points, contracts = [], []
    for number, (line, begin, end) in enumerate(zip(lines, begins, ends, strict=True)):
        before = lines[number - 1] if number else None
        price = np.nan if before is None else (before.mean - line.mean) / (line.tail - before.tail)
        boldest = lines[0]
        hedge = np.nan if before is None else (line.tail - boldest.tail) / (boldest.mean - line.mean)
        usd = line.mean * USD_PER_USD_M, line.tail * USD_PER_USD_M
        solved = line.plan
        size = solved.capex_usd, solved.peak_ai_mw, solved.hashrate_eh_s
        points.append((begin, end, *usd, price, hedge, *size))
        signed = zip(solved.operations.starts.tolist(), solved.operations.signed_mw.tolist(), strict=True)
        for start, mw in signed:
            offer, site = int(p.starts.offer[start]), int(p.starts.site[start])
            month = p.horizon.label(int(p.starts.tau[start]))
            contracts.append((begin, p.starts.offers[offer].id, p.sites[site].id, month, mw))
    return Frontier(
        name=p.portfolio.settings.name,
        alpha=lines[0].plan.p.portfolio.risk.cvar_alpha,
        scenarios=p.scenarios.count,
        points=pd.DataFrame(points, columns=list(POINTS)),
        contracts=pd.DataFrame(contracts, columns=list(CONTRACTS)),
        complete=complete,
    )
