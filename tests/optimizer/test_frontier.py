"""The efficient frontier: worked by hand, and against plans made at single weights."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from strategies import Case
from test_oracle_scenarios import uncertain_case

from optimizer.efficient_frontier import Frontier, frontier
from optimizer.errors import ScenarioError
from optimizer.planning import plan
from sites.portfolio import Portfolio
from tests.optimizer.cases import offer, portfolio

PRICES = [
    {"month": "2027-01", "usd_per_ph_day": 24.0},
    {"month": "2027-01", "usd_per_ph_day": 12.0, "scenario": "low"},
]
SCENARIOS = [{"id": "bad", "probability": 0.25, "hashprice": "low"}, {"id": "good", "probability": 0.75}]


def rented(**changes: Any) -> dict[str, Any]:
    """Hosting from the first month on without building: 60,000 USD a MW in any case, where mining earns 86,880 or 0."""
    terms = {"first_start": "2027-01", "last_start": "2027-01", "build_months": 0, "capex_usd_per_mw": 0.0}
    return offer(**terms, gross_ratio=1.0, price_usd_per_kw_month=10.0, max_mw=10.0, **changes)


def case(**changes: Any) -> Portfolio:
    """10 MW that mine or host, half of the worst fifth being feared."""
    tables = {"hashprice": PRICES, "scenarios": SCENARIOS, "risk": {"cvar_weight": 0.5, "cvar_alpha": 0.2}}
    return portfolio(**{**tables, "contracts": [rented()], **changes})


def test_two_plans_meet_at_the_weight_where_they_are_worth_the_same() -> None:
    """Mean 651,600 and worst 0 against 600,000 in both: (1 - w) 651,600 = 600,000 at w = 0.0792."""
    found = frontier(case())
    points = found.points
    assert points["mean_usd"].tolist() == pytest.approx([651_600.0, 600_000.0])
    assert points["cvar_usd"].tolist() == pytest.approx([0.0, 600_000.0], abs=1e-3)
    assert points["to_weight"].tolist() == pytest.approx([1.0 - 600.0 / 651.6, 1.0])
    assert points["from_weight"].tolist() == [0.0, points["to_weight"].iloc[0]]
    assert points["premium"].iloc[1] == pytest.approx(51.6 / 600.0)
    assert points["hedge_ratio"].iloc[1] == pytest.approx(600.0 / 51.6)
    assert found.contracts["mw"].tolist() == pytest.approx([10.0])
    assert found.complete
    assert (found.alpha, found.scenarios) == (0.2, 2)


def test_another_share_gives_another_frontier() -> None:
    """With half of the scenarios as the worst share mining is worth half of the good quarter in it."""
    found = frontier(case(), alpha=0.5)
    assert found.points["cvar_usd"].iloc[0] == pytest.approx(0.5 * 868_800.0)
    assert found.alpha == 0.5


def test_where_nothing_is_to_be_hedged_there_is_one_plan() -> None:
    """Without an offer the plan is the same at every weight."""
    found = frontier(case(contracts=[]))
    assert len(found.points) == 1
    assert found.points.loc[0, ["from_weight", "to_weight"]].tolist() == [0.0, 1.0]
    assert np.isnan(found.points["premium"].iloc[0])
    assert found.contracts.empty


def test_whole_steps_have_a_frontier_too() -> None:
    """4 MW or nothing: the second plan hosts four."""
    found = frontier(case(contracts=[rented(min_mw=4.0) | {"max_mw": 4.0}]))
    assert found.contracts["mw"].tolist() == pytest.approx([4.0])
    assert found.points["mean_usd"].tolist() == pytest.approx([651_600.0, 0.6 * 651_600.0 + 240_000.0])


def test_one_scenario_has_no_frontier() -> None:
    """The refusal says what to give."""
    with pytest.raises(ScenarioError, match="table 'scenarios'"):
        frontier(portfolio())


def at_weight(given: Portfolio, weight: float) -> float:
    """The best objective at a weight. [USD]"""
    risk = given.risk.model_copy(update={"cvar_weight": weight})
    return float(plan(replace(given, risk=risk), full=False).summary["objective_usd"])


def best_of(found: Frontier, weight: float) -> float:
    """The best objective of the plans of the frontier. [USD]"""
    return float(((1.0 - weight) * found.points["mean_usd"] + weight * found.points["cvar_usd"]).max())


@pytest.mark.parametrize("seed", [1, 5, 13, 16, 23, 31])
def test_no_weight_has_a_better_plan(seed: int) -> None:
    """At the changes and between them the frontier's plans are the best; mean falls and worst share rises."""
    case: Case = uncertain_case(seed)
    given = case.portfolio()
    found = frontier(given)
    assert found.complete
    points = found.points
    for before, after in pairwise(points.itertuples()):
        assert after.mean_usd < before.mean_usd
        assert after.cvar_usd > before.cvar_usd
    weights = {0.05, 0.5, 0.95, *points["to_weight"].iloc[:2]}
    for weight in weights:
        assert best_of(found, weight) == pytest.approx(at_weight(given, weight), rel=2e-6, abs=5.0)
