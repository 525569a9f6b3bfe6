"""Prices of limits: sign and size by moving each limit and solving again, never by trusting the solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.planning import plan
from optimizer.results import Plan
from tests.optimizer.cases import offer, portfolio, settings, site, tables

STEP = 1e-3  # small enough to stay within every price's range on these cases, large enough to be read off the NPV


def case(**changes: Any) -> Plan:
    """A plan of two fleets and one offer at 12 % with a falling hashprice, some tables replaced."""
    given: dict[str, Any] = {
        "settings": settings(discount_rate=0.12, ai_discount_rate=0.09),
        "sites": [site(region="ercot", mining_ready_mw=9.0)],
        "fleets": [
            {"id": "new", "site": "alpha", "rig": "rig20", "mw": 6.0},
            {"id": "old", "site": "alpha", "rig": "rig25", "mw": 6.0},
        ],
        "rigs": [*tables()["rigs"], {"id": "rig25", "th_s": 100.0, "watts": 2500.0}],
        "hashprice": [{"month": f"2027-0{m}", "usd_per_ph_day": 25.0 - m} for m in range(1, 7)],
    }
    return plan(portfolio(**{**given, **changes}))


def price_of(result: Plan, limit: str, where: str) -> float:
    """Total price of a limit over its months. [USD per unit]"""
    limits = result.frames.limits
    return float(limits.query("limit == @limit and where == @where")["price_usd_per_unit"].sum())


# Each case: tables that make the limit bind, the same with the limit moved by STEP, its name and place, its unit.
MOVES: dict[str, tuple[dict[str, Any], dict[str, Any], str, str, float]] = {
    "offer size": ({}, {"contracts": [offer(max_mw=4.0 + STEP)]}, "offer_size", "lab", STEP),
    "halls": (
        {},
        {"sites": [site(region="ercot", mining_ready_mw=9.0 + STEP)]},
        "mining_halls",
        "alpha",
        STEP,
    ),
    "ai limit": (
        {"sites": [site(ai_max_mw=3.0)]},
        {"sites": [site(ai_max_mw=3.0 + STEP)]},
        "ai_limit",
        "alpha",
        STEP,
    ),
    "build limit": (
        {"limits": {"max_build_mw": 2.0}},
        {"limits": {"max_build_mw": 2.0 + STEP}},
        "build_limit",
        "portfolio",
        STEP,
    ),
    "capex budget": (
        {"limits": {"capex_budget": [{"month": "2027-01", "usd": 150_000.0}]}},
        {"limits": {"capex_budget": [{"month": "2027-01", "usd": 150_010.0}]}},
        "capex_budget",
        "portfolio",
        10.0,
    ),
    "hashrate": (
        {"limits": {"min_eh_s": 0.35}},
        {"limits": {"min_eh_s": 0.35 - 1e-5}},
        "min_hashrate",
        "portfolio",
        1e-5,
    ),
}


@pytest.mark.parametrize("name", MOVES, ids=list(MOVES))
def test_price_predicts_the_gain_from_relaxing_the_limit(name: str) -> None:
    """Relaxing a binding limit raises the NPV by its price: positive, in USD per unit of the limit."""
    before, after, limit, where, step = MOVES[name]
    base, relaxed = case(**before), case(**{**before, **after})
    predicted = price_of(base, limit, where)
    assert predicted > 0.0
    assert relaxed.summary["npv_usd"] - base.summary["npv_usd"] == pytest.approx(predicted * step, rel=1e-5)


def test_shadow_price_of_every_month_is_the_gain_from_more_capacity_in_that_month() -> None:
    """A MW more and a MW less, one month at a time, bracket the price, though one variable serves several months."""
    base = case(sites=[site()])
    prices = base.frames.shadow_prices.set_index("month")["usd_per_mw_month"]
    assert (prices > 0.0).any()
    months = list(prices.index)
    for t, month in enumerate(months):
        following = months[t + 1] if t + 1 < len(months) else "2027-07"
        gains = []
        for step in (STEP, -STEP):
            steps = [
                {"site": "alpha", "from": month, "capacity_mw": 10.0 + step},
                {"site": "alpha", "from": following, "capacity_mw": 10.0},
            ]
            changed = case(sites=[site()], capacity_steps=steps)
            gains.append((changed.summary["npv_usd"] - base.summary["npv_usd"]) / step)
        discounted = float(prices[month]) * 1.12 ** (-(t + 0.5) / 12)
        assert gains[0] - 1e-3 <= discounted <= gains[1] + 1e-3  # more MW is worth at most, fewer cost at least


def test_undiscounted_price_of_mining_room_is_the_marginal_margin() -> None:
    """Without offers 10 MW hold 6 MW of new and 4 of 6 MW of old rigs: one more MW earns old's margin of the month.

    In January 24 USD/PH/day and 40 PH/s per MW earn 40 USD/MWh, 10 after power, in 744 hours.
    """
    prices = case(sites=[site()], contracts=[]).frames.shadow_prices["usd_per_mw_month"]
    assert prices[0] == pytest.approx(7440.0)


def test_a_limit_that_does_not_bind_has_no_price() -> None:
    """20 MW of capacity for 12 MW of fleets and 5 of AI: capacity is worth nothing."""
    result = case(sites=[site(capacity_mw=20.0)])
    assert (result.frames.shadow_prices["usd_per_mw_month"] == 0.0).all()
    assert "site_capacity" not in set(result.frames.limits["limit"])


def test_shares_are_shown_as_mw() -> None:
    """AI may be 20 % of energised MW: the table shows the AI MW reached and the same bound, not 0 <= 0."""
    limits = case(limits={"ai_share_max": 0.2}).frames.limits
    shares = limits[limits["limit"] == "ai_share_max"]
    assert len(shares) > 0
    assert shares["bound"].to_numpy() == pytest.approx(shares["level"].to_numpy())
    assert (shares["bound"] > 1.0).all()
    assert np.allclose(shares["value_usd"], shares["price_usd_per_unit"] * shares["bound"])


def test_committed_deal_below_its_worth_has_a_negative_price() -> None:
    """A deal signed at 1 USD/kW-month displaces better mining: one more MW of it would cost money."""
    signed = offer(committed_mw=4.0, last_start="2027-03", price_usd_per_kw_month=1.0)
    limits = case(contracts=[signed]).frames.limits
    deal = limits[limits["limit"] == "committed_deal"]
    assert deal["where"].tolist() == ["lab"]
    assert deal["price_usd_per_unit"].iloc[0] < 0.0


def test_limits_are_listed_dearest_first() -> None:
    """The first row is what holds the plan back most, in dollars."""
    values = case(limits={"max_build_mw": 2.0}).frames.limits["value_usd"].abs()
    assert values.is_monotonic_decreasing
