"""A year of the past replayed: the plan that could have been made then, lived in what came, beside mining alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files

import numpy as np
import pandas as pd

from optimizer.baselines import mining_only
from optimizer.compiling import compile_parameters
from optimizer.errors import ScenarioError
from optimizer.highs import refuse_wrong_solver
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.judging.commitment import Commitment, lived_npv_usd_m
from optimizer.judging.scenario_cash import committed_cash_usd
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters, build_parameters
from optimizer.planning import new_session, solve_plan
from optimizer.tail import Tail, worst_share
from sites import load_portfolio
from sites.market.fan import QUANTILE_COLUMNS, fan_frame
from sites.months import month_label, month_number
from sites.portfolio import Portfolio
from sites.replays.monthly_facts import MONTHLY_FACTS, MonthlyFact
from sites.replays.outlook import outlook
from sites.scenarios import ScenarioPaths

# By the name of a replay: the month until which it is lived, included.
REPLAYS = {"2025": "2026-02"}
DEFAULT_PATHS = 500
PLAN, MINING, HINDSIGHT = "plan", "mining only", "hindsight"
MONTHS = (
    "month",
    "btc_price_usd",
    "actual_usd_per_ph_day",
    "mean",
    *QUANTILE_COLUMNS,
    "plan_cash_usd",
    "mining_cash_usd",
    "plan_total_usd",
    "mining_total_usd",
)
DECISIONS = ("made_by", "contract", "site", "start", "mw", "capex_usd")
VALUES = ("made_by", "thought_npv_usd", "thought_cvar_usd", "cash_usd", "npv_usd", "npv_p10_usd", "npv_p90_usd")


@dataclass(frozen=True)
class Replay:
    """A plan of the past and what became of it.

    name : of the replay; first_month, last_month : YYYY-MM, between which it was lived.
    months : month, btc_price_usd, actual hashprice, mean and quantiles of the outlook of the first month
        [USD/(PH/s day)], net cash of the plan and of mining alone, and their running totals [USD].
    decisions : made_by, contract, site, start (first rent month), mw (critical), capex_usd (own, all of it).
    values : made_by ("plan", "mining only", "hindsight": the plan that knew the months lived), thought_npv_usd and
        thought_cvar_usd (mean and worst share over the outlook of the first month), cash_usd (net cash of the months
        lived), npv_usd with p10 and p90 (discounted to the first month: the months lived as they were, later ones over
        the outlook of the month after the last).
    fan : month, mean and quantiles of the first outlook over the whole horizon. later : the same of the last one.
    past : month, value: hashprice of the months before.
    cvar_alpha, cvar_weight : of the plan. paths, seed : of each outlook.
    """

    name: str
    first_month: str
    last_month: str
    months: pd.DataFrame
    decisions: pd.DataFrame
    values: pd.DataFrame
    fan: pd.DataFrame
    later: pd.DataFrame
    past: pd.DataFrame
    cvar_alpha: float
    cvar_weight: float
    paths: int
    seed: int

    def held(self, low: str, high: str) -> float:
        """Share of the months lived whose hashprice lay between two quantiles of the outlook. [-]"""
        actual = self.months["actual_usd_per_ph_day"]
        return float(((actual >= self.months[low]) & (actual <= self.months[high])).mean())


def replay_portfolio(name: str) -> Portfolio:
    """The portfolio of a replay, as it stood at its date.

    Raises
    ------
    ScenarioError : there is no replay of this name.
    """
    if name not in REPLAYS:
        raise ScenarioError(f"there is no replay '{name}': expected one of {', '.join(REPLAYS)}")
    with as_file(files("sites") / "replays" / name) as folder:
        return load_portfolio(folder)


def replay(
    name: str = "2025",
    *,
    paths: int = DEFAULT_PATHS,
    seed: int = 1,
    facts: Sequence[MonthlyFact] = MONTHLY_FACTS,
    progress: Callable[[str], None] | None = None,
) -> Replay:
    """Plan with what was known at the start of a replay, and live through what came.

    paths, seed : of the outlooks, at the start and after the last month lived.
    facts : monthly facts of the network. The plan knows those before its first month and no others.

    Raises
    ------
    ScenarioError : there is no replay of this name. MarketError : a library is missing.
    """
    portfolio = replay_portfolio(name)
    refuse_wrong_solver()
    say = progress or (lambda _: None)
    settings = portfolio.settings
    first, last = month_number(settings.start), month_number(REPLAYS[name])
    lived = last - first + 1
    say("drawing the outlook")
    thought = outlook(facts, first_month=first, months=settings.months, paths=paths, seed=seed)
    after = outlook(facts, first_month=last + 1, months=settings.months - lived, paths=paths, seed=seed)
    by_month = {fact.month: fact for fact in facts}
    came = np.array([by_month[month_label(month)].hashprice for month in range(first, last + 1)])
    known = np.concatenate([np.broadcast_to(came, (paths, lived)), after], axis=1)
    say("planning with what was known")
    p = build_parameters(portfolio, scenarios=_equally_likely(thought))
    q = build_parameters(portfolio, (), [p.periods], _equally_likely(known))
    plans = dict(zip((PLAN, MINING), _planned(p), strict=True))
    say("planning with what came")
    plans[HINDSIGHT] = _planned(q)[0]
    cash = {made_by: committed_cash_usd(q, plan)[0, :lived] for made_by, plan in plans.items()}
    labels = [month_label(first + t) for t in range(settings.months)]
    fan, later = fan_frame(labels, thought), fan_frame(labels[lived:], after)
    months = fan.head(lived).assign(
        btc_price_usd=[by_month[label].price_usd for label in labels[:lived]],
        actual_usd_per_ph_day=came,
        plan_cash_usd=cash[PLAN],
        mining_cash_usd=cash[MINING],
        plan_total_usd=np.cumsum(cash[PLAN]),
        mining_total_usd=np.cumsum(cash[MINING]),
    )[list(MONTHS)]
    past = [fact for fact in facts if month_number(fact.month) < first]
    return Replay(
        name=name,
        first_month=settings.start,
        last_month=REPLAYS[name],
        months=months,
        decisions=pd.concat([_decisions(p, made_by, plan) for made_by, plan in plans.items()], ignore_index=True),
        values=pd.DataFrame(
            [_worth(p, q, made_by, plan, float(cash[made_by].sum())) for made_by, plan in plans.items()],
            columns=list(VALUES),
        ),
        fan=fan,
        later=later,
        past=pd.DataFrame({"month": [fact.month for fact in past], "value": [fact.hashprice for fact in past]}),
        cvar_alpha=portfolio.risk.cvar_alpha,
        cvar_weight=portfolio.risk.cvar_weight,
        paths=paths,
        seed=seed,
    )


def _equally_likely(hashprice: FloatArray) -> ScenarioPaths:
    return ScenarioPaths.equally_likely(hashprice, np.ones_like(hashprice))


def _planned(p: Parameters) -> tuple[Commitment, Commitment]:
    """The best plan and the best one without new offers. The portfolios of replays are not lumpy."""
    session = new_session(compile_parameters(p))
    best = Commitment.of(p, session.matrices, solve_plan(session, p, Tail.of(p)).x)
    alone = mining_only(session, p, Tail.of(p))
    assert alone is not None
    return best, Commitment.of(p, session.matrices, alone.x)


def _decisions(p: Parameters, made_by: str, plan: Commitment) -> pd.DataFrame:
    rows = []
    for start in np.flatnonzero(plan.signed_mw > NEGLIGIBLE_MW).tolist():
        offer, site = p.starts.offers[int(p.starts.offer[start])], p.sites[int(p.starts.site[start])]
        mw = float(plan.signed_mw[start])
        own = offer.capex_usd_per_mw * (1.0 - offer.tenant_capex_share)
        rows.append((made_by, offer.id, site.id, p.horizon.label(int(p.starts.tau[start])), mw, mw * own))
    return pd.DataFrame(rows, columns=list(DECISIONS))


def _worth(p: Parameters, q: Parameters, made_by: str, plan: Commitment, cash_usd: float) -> tuple[object, ...]:
    thought, came = (lived_npv_usd_m(each, plan) * USD_PER_USD_M for each in (p, q))
    tail, _ = worst_share(thought, p.scenarios.probability, p.portfolio.risk.cvar_alpha)
    low, high = np.quantile(came, [0.1, 0.9])
    return made_by, thought.mean(), tail, cash_usd, came.mean(), low, high
