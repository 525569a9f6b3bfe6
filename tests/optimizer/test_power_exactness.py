"""Months reduced to a few bins are worth what their hours are: the plan's programme against its hourly replay."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from optimizer.planning import plan
from optimizer.results import Plan
from sites.hourly import HourlyPrices, hours_in_year
from tests.optimizer.cases import RIG, hourly, offer, portfolio, settings, site

# The programme counts in USD million and adds up other numbers than the replay; both round about 1e-13 of the value.
EXACT = 1e-9
HOURS = 744
RIG30 = {"id": "rig30", "th_s": 100.0, "watts": 3000.0}
ECO = {"rig": "rig20", "mode": "eco", "th_s": 62.0, "watts": 1000.0}
TURBO = {"rig": "rig20", "mode": "turbo", "th_s": 130.0, "watts": 3500.0}
OPTIONS: dict[str, dict[str, Any]] = {
    "fee": {"kind": "block", "mw": 4.0, "price_usd_per_mwh": 33.0, "resale_fee_usd_per_mwh": 7.0},
    "none": {"kind": "block", "mw": 3.0, "price_usd_per_mwh": 31.0, "resale": "none"},
    "demand": {"kind": "demand_charge", "usd_per_kw_month": 2.0, "ratchet_share": 0.8, "ratchet_months": 2},
    "peak": {"kind": "coincident_peak", "usd_per_kw_month": 0.1, "hours": 25},
    "curtailment": {"kind": "curtailment", "hours_per_month": 9, "backup_usd_per_mwh": 80.0},
    "response": {"kind": "demand_response", "usd_per_mw_month": 700.0, "hours_per_month": 500, "max_mw": 5.0},
}
COMBINATIONS = [
    *((name,) for name in OPTIONS),
    *combinations(OPTIONS, 2),
    ("response", "fee", "none"),
    ("peak", "none", "demand"),
    tuple(OPTIONS),
]


def varied_prices() -> HourlyPrices:
    """A year in which almost no two hours cost the same, from about -15 to 95 USD/MWh."""
    hours = np.arange(hours_in_year(2027))
    day, week = np.sin(hours / 24.0 * 2.0 * np.pi), np.cos(hours / 168.0 * 2.0 * np.pi)
    return HourlyPrices("market", (2027,), np.round(36.0 + 22.0 * day + 16.0 * week + 20.0 * np.sin(hours * 0.83), 2))


def planned(names: tuple[str, ...], prices: HourlyPrices, *, modes: bool) -> Plan:
    """The plan of three months of two fleets, unlike in uptime and efficiency, and an offer with its power included."""
    case = portfolio(
        {"market": prices},
        settings=settings(months=3, discount_rate=0.1, ai_discount_rate=0.07, pool_fee=0.02),
        sites=[site(power="market", capacity_mw=20.0)],
        rigs=[RIG, RIG30],
        rig_modes=[ECO, TURBO] if modes else [],
        fleets=[
            {"id": "new", "site": "alpha", "rig": "rig20", "mw": 9.0, "uptime": 0.93},
            {"id": "old", "site": "alpha", "rig": "rig30", "mw": 8.0, "uptime": 0.85, "variable_opex_usd_per_mwh": 1.0},
        ],
        contracts=[offer(power="included", first_start="2027-02", build_months=1, max_mw=2.0)],
        power_contracts=[{"site": "alpha", **OPTIONS[name]} for name in names],
    )
    return plan(case)


@pytest.mark.parametrize("modes", [False, True], ids=["one-tier", "three-tiers"])
@pytest.mark.parametrize("names", COMBINATIONS, ids="-".join)
def test_the_programme_is_worth_what_its_hours_are(names: tuple[str, ...], modes: bool) -> None:
    """Every option, every pair, and all together: the hourly replay gives the programme's objective to nine digits."""
    certificate = planned(names, varied_prices(), modes=modes).certificate
    objective = -certificate["exact"]["objective"] * 1e6
    assert objective > 1e5
    assert certificate["replay"]["npv_usd"] == pytest.approx(objective, rel=EXACT, abs=0.0)


def merged(prices: HourlyPrices, thresholds: list[float], ranks: tuple[int, ...] = ()) -> HourlyPrices:
    """The prices of January with all hours between two thresholds, and two ranks, at their common mean."""
    year = prices.prices.copy()
    january = year[:HOURS]
    rank = np.empty(HOURS, dtype=np.int64)
    rank[np.argsort(-january, kind="stable")] = np.arange(HOURS)
    bins = np.searchsorted(np.sort(thresholds), january) * (len(ranks) + 1) + np.searchsorted(ranks, rank, side="right")
    means = np.bincount(bins, weights=january) / np.maximum(1, np.bincount(bins))
    year[:HOURS] = means[bins]
    return HourlyPrices("market", (2027,), year)


def january_npv(contract: dict[str, Any], prices: HourlyPrices) -> float:
    """Value of January for a fleet of 10 MW that earns 50 USD/MWh, under one power contract. [USD]"""
    case = portfolio(
        {"market": prices},
        settings=settings(months=1),
        sites=[site(power="market")],
        contracts=[],
        power_contracts=[{"site": "alpha", **contract}],
    )
    return float(plan(case).summary["npv_usd"])


FEE_BLOCK = {"kind": "block", "mw": 10.0, "price_usd_per_mwh": 0.0, "resale_fee_usd_per_mwh": 20.0}
PEAK = {"kind": "coincident_peak", "usd_per_kw_month": 0.01, "hours": 2}
RESPONSE = {"kind": "demand_response", "usd_per_mw_month": 10.0, "hours_per_month": 2}
LEVELS = hourly(2027, 30.0, {**dict.fromkeys(range(100, 200), 60.0), **dict.fromkeys(range(200, 300), 80.0)})
SPIKES = hourly(2027, 30.0, {**dict.fromkeys(range(100, 110), 45.0), 500: 48.0, 501: 48.0})


def test_bins_by_switch_off_prices_alone_lose_what_a_resale_fee_shifts() -> None:
    """The fleet switches off at 50, but a block resold with a fee of 20 is better used up to 70.

    In 100 hours at 60 using the block's 10 MW brings 10 USD/MWh more than selling them at 40; at 80 it is sold for 60.
    A single bin of both, at 70, sees no difference: 10,000 USD of 10 MW * 100 h * 10 USD/MWh are lost. A bin's edge at
    50 + 20 finds them.
    """
    true = january_npv(FEE_BLOCK, LEVELS)
    assert true == pytest.approx(10 * (544 * 50 + 100 * 50 + 100 * 60))
    assert january_npv(FEE_BLOCK, merged(LEVELS, [50.0])) == pytest.approx(true - 10_000.0)
    assert january_npv(FEE_BLOCK, merged(LEVELS, [50.0, 70.0])) == pytest.approx(true, rel=EXACT)


@pytest.mark.parametrize(("contract", "sign"), [(PEAK, -1.0), (RESPONSE, 1.0)], ids=["peak", "response"])
def test_bins_by_switch_off_prices_alone_lose_the_dearest_hours(contract: dict[str, Any], sign: float) -> None:
    """All hours are below 50 and make one bin, but the two at 48 are the ones to be off in: they cost 4 USD per MW.

    Off in two hours of the mean price the fleet would lose 50 - 30.25 = 19.75 twice, more than the 10 USD at stake, so
    the peak would be paid, and nothing enrolled: 60 USD too little for 10 MW. A cut at rank 2 finds them.
    """
    flat_out = 10 * (732 * 20 + 10 * 5 + 2 * 2)
    true = january_npv(contract, SPIKES)
    assert true == pytest.approx(flat_out - 40.0 + (100.0 if sign > 0.0 else 0.0))
    assert january_npv(contract, merged(SPIKES, [50.0])) == pytest.approx(true - 60.0)
    assert january_npv(contract, merged(SPIKES, [50.0], (2,))) == pytest.approx(true, rel=EXACT)


def test_bins_with_all_cuts_lose_nothing_of_a_month_with_every_option() -> None:
    """Edges at zero and at the fee, at each tier's worth with and without the fee, cuts at each programme's hours.

    So cut, the 744 prices of a month become less than thirty and the plan keeps its value. It does not when the edges
    that the fee shifts, the cuts by rank or the edge at zero are missing.
    """
    prices = varied_prices()

    def january(changed: HourlyPrices) -> float:
        case = planned(tuple(OPTIONS), changed, modes=True).portfolio
        alone = case.with_tables({"settings": settings(months=1, pool_fee=0.02), "contracts": []})
        return float(plan(alone).summary["npv_usd"])

    worth = [0.98 * ph_s for ph_s in (62.0, 38.0, 20.0)] + [0.98 * 1000.0 / 30.0 - 1.0]
    shifted = [value + 7.0 for value in worth]
    true, ranks = january(prices), (9, 25, 500)
    binned = merged(prices, [0.0, 7.0, *worth, *shifted], ranks)
    assert np.unique(binned.prices[:HOURS]).size < 30
    assert january(binned) == pytest.approx(true, rel=EXACT)
    for fewer in (
        merged(prices, [0.0, 7.0, *worth], ranks),
        merged(prices, [0.0, 7.0, *worth, *shifted]),
        merged(prices, [7.0, *worth, *shifted], ranks),
    ):
        assert january(fewer) < true * (1.0 - 1e-4)
