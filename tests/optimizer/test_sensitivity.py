"""Tornados worked by hand: what adapting is worth, and what a plan that is held breaks.

In the case of cases.py a MW of the offer brings 4 months of rent at 100 USD/kW-month, costs 100,000 USD of capex and
takes 1.25 MW from mining at 20 USD/MWh in the 2,928 hours from March to June: 226,800 USD. Mining alone earns 868,800.
"""

from __future__ import annotations

import math
import pickle
from typing import Any

import pandas as pd
import pytest

from optimizer.drivers import parse_ranges
from optimizer.errors import InfeasiblePlanError
from optimizer.planning import plan
from optimizer.sensitivities import Sensitivity, sensitivity
from sites import load_portfolio
from sites.bundled import portfolio_path
from sites.edits import edited
from sites.findings import PortfolioError
from sites.portfolio import Portfolio
from tests.optimizer.cases import hourly, offer, portfolio, settings, site

MINING, GAIN = 868_800.0, 226_800.0
BASE = MINING + 4 * GAIN


def moved(given: Portfolio, *ranges: str) -> Sensitivity:
    """The sensitivity to these ranges alone."""
    return sensitivity(given, parse_ranges(ranges, [text.partition("=")[0] for text in ranges]))


def ends(found: Sensitivity, driver: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of a driver: low and high."""
    rows = found.swings[found.swings["driver"] == driver].to_dict("records")
    low, high = rows
    assert (low["end"], high["end"]) == ("low", "high")
    return low, high


def test_adapting_to_a_boom_of_mining() -> None:
    """Mining at 125 - 30 = 95 USD/MWh: a MW of AI then costs 47,700 USD more than it brings, and 4 MW are held."""
    low, high = ends(moved(portfolio(), "hashprice=*0.9:*2.5"), "hashprice")
    alone = 10 * 4_344 * 95.0
    assert high["npv_usd"] == pytest.approx(alone)
    assert high["held_npv_usd"] == pytest.approx(alone - 4 * 47_700.0)
    assert high["adapting_usd"] == pytest.approx(190_800.0)
    assert (high["contracts_in"], high["contracts_out"]) == ("", "lab")
    # Mining at 15 USD/MWh makes the offer better still: nothing is to be changed.
    assert low["npv_usd"] == pytest.approx(10 * 4_344 * 15.0 + 4 * 245_100.0)
    assert (low["adapting_usd"], low["contracts_out"], low["contracts_in"]) == (0.0, "", "")


def test_adapting_to_a_better_rent() -> None:
    """At 40 the offer is left; a tenth more makes 44, worth 2,800 USD per MW to whoever may still sign."""
    found = moved(portfolio(contracts=[offer(price_usd_per_kw_month=40.0)]), "rent=*0.9:*1.1")
    low, high = ends(found, "rent")
    assert high["npv_change_usd"] == pytest.approx(11_200.0)
    assert high["held_change_usd"] == pytest.approx(0.0, abs=1e-3)
    assert high["adapting_usd"] == pytest.approx(11_200.0)
    assert high["contracts_in"] == "lab"
    assert (low["npv_change_usd"], low["adapting_usd"]) == (pytest.approx(0.0, abs=1e-3), 0.0)
    assert found.contracts.to_dict("records") == [
        {"driver": "rent", "end": "high", "contract": "lab", "base_mw": 0.0, "mw": pytest.approx(4.0)}
    ]


def test_a_delay_leaves_the_held_fleet_idle() -> None:
    """Rent begins in April; whoever adapts mines on with 5 MW in March: 5 x 744 h x 20 USD/MWh."""
    low, high = ends(moved(portfolio(), "delay=+0:+1"), "delay")
    april = 3 * 100_000.0 - 100_000.0 - 1.25 * 20.0 * 2_184
    assert high["npv_usd"] == pytest.approx(MINING + 4 * april)
    assert high["adapting_usd"] == pytest.approx(5 * 744 * 20.0)
    assert (high["contracts_moved"], low["npv_change_usd"]) == ("", pytest.approx(0.0, abs=1e-3))


def test_a_held_plan_that_breaks_a_limit_is_told() -> None:
    """A budget of 400,000 USD pays 4 MW; a quarter dearer it pays 3.2, and the plan of 4 breaks it."""
    given = portfolio(limits={"capex_budget": [{"month": "2027-01", "usd": 400_000.0}]})
    low, high = ends(moved(given, "capex=*0.75:*1.25"), "capex")
    assert (high["status"], high["held_status"]) == ("optimal", "infeasible")
    assert high["npv_usd"] == pytest.approx(MINING + 3.2 * (GAIN - 25_000.0))
    assert math.isnan(high["held_npv_usd"])
    assert math.isnan(high["adapting_usd"])
    assert "capex budget" in high["held_why"]
    assert high["contracts_resized"] == "lab"
    assert (low["held_status"], low["held_why"]) == ("optimal", "")
    assert low["npv_change_usd"] == pytest.approx(4 * 25_000.0)


def test_rates_move_apart() -> None:
    """The mining rate leaves AI at the rate it had, and the other way round, also where AI has none of its own."""
    given = portfolio(settings=settings(discount_rate=0.1), contracts=[offer(max_mw=0.0)])
    found = moved(given, "discount_rate=+0:+0.1", "ai_discount_rate=0.05:0.3")
    assert [used.driver.name for used in found.ranges] == ["discount_rate", "ai_discount_rate"]
    assert ends(found, "ai_discount_rate")[1]["npv_change_usd"] == pytest.approx(0.0, abs=1e-3)
    dearer = edited(given, ["settings.discount_rate=0.2", "settings.ai_discount_rate=0.1"])
    assert ends(found, "discount_rate")[1]["npv_usd"] == pytest.approx(plan(dearer, full=False).summary["npv_usd"])


def test_power_moves_flat_prices_and_series_together() -> None:
    """Two sites at 30 USD/MWh, one flat and one by the hour: a tenth less saves 3 USD/MWh on all 20 MW."""
    given = portfolio(
        sites=[site(), site(id="beta", power="market")],
        fleets=[{"id": f"at-{name}", "site": name, "rig": "rig20", "mw": 10.0} for name in ("alpha", "beta")],
        contracts=[],
        prices={"market": hourly(2027, 30.0)},
    )
    low, high = ends(moved(given, "power=*0.9:*1.1"), "power")
    assert low["npv_change_usd"] == pytest.approx(20 * 4_344 * 3.0)
    assert high["npv_change_usd"] == pytest.approx(-20 * 4_344 * 3.0)


def test_what_moves_nothing_is_told() -> None:
    """Without contracts no rent, capex, delay, AI rate or default rate can change anything."""
    found = sensitivity(portfolio(contracts=[]))
    assert [used.driver.name for used in found.still] == ["capex", "rent", "ai_discount_rate", "delay", "default_rate"]
    assert set(found.swings["driver"]) == {"hashprice", "power", "discount_rate"}


def test_a_signed_rent_stays() -> None:
    """Of a signed deal the capex, the delay and the default rate can move, the rent cannot."""
    signed = offer(committed_mw=4.0, last_start="2027-03", default_rate=0.1)
    found = sensitivity(portfolio(contracts=[signed]))
    assert [used.driver.name for used in found.still] == ["rent"]


def test_a_delivered_deal_is_not_delayed() -> None:
    """A deal that pays already is where it is."""
    signed = offer(committed_mw=4.0, first_start="2026-03", last_start="2026-03")
    assert "delay" in [used.driver.name for used in sensitivity(portfolio(contracts=[signed])).still]


def test_impossible_ends_are_refused_with_all_findings() -> None:
    """A default rate above 1 and a rate like a percentage: both are told as typed."""
    with pytest.raises(PortfolioError) as refused:
        moved(portfolio(), "default_rate=+0:+2", "discount_rate=+0:+12")
    assert "--range default_rate=+0:+2: contracts 'lab' default_rate" in str(refused.value)
    assert "--range discount_rate=+0:+12: settings discount_rate" in str(refused.value)


def test_a_base_without_a_plan_is_explained() -> None:
    """The floor of hashrate that nothing reaches is named."""
    with pytest.raises(InfeasiblePlanError, match="hashrate"):
        sensitivity(portfolio(limits={"min_eh_s": 0.9}))


def test_whole_numbers_adapt_too() -> None:
    """4 MW or nothing: with mining at 95 USD/MWh holding them costs 190,800 USD, as without the least size."""
    _, high = ends(moved(portfolio(contracts=[offer(min_mw=4.0)]), "hashprice=*0.9:*2.5"), "hashprice")
    assert high["adapting_usd"] == pytest.approx(190_800.0)


@pytest.mark.slow
def test_both_plans_of_a_continental_portfolio() -> None:
    """Re-optimised is the cold plan, held is never above it, and every driver moves something."""
    given = load_portfolio(portfolio_path("north-america"))
    found = sensitivity(given)
    assert found.base.npv_usd == pytest.approx(plan(given, full=False).summary["npv_usd"], rel=1e-9)
    assert not found.still
    solved = found.swings[found.swings["held_status"] == "optimal"]
    assert (solved["adapting_usd"] >= 0.0).all()
    assert (solved["adapting_usd"] > 1e6).any()
    for used, end in ((found.ranges[0], "high"), (found.ranges[6], "high")):
        cold = plan(edited(given, used.edits(given, end)), full=False)
        row = found.swings[(found.swings["driver"] == used.driver.name) & (found.swings["end"] == end)].iloc[0]
        assert row["npv_usd"] == pytest.approx(cold.summary["npv_usd"], rel=1e-9)


def test_progress_and_pickling() -> None:
    """Every driver is announced, and the result survives a trip between processes."""
    said: list[str] = []
    found = sensitivity(portfolio(), parse_ranges([], ["rent", "capex"]), progress=said.append)
    assert said == ["moving capex", "moving rent"]
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.swings, found.swings)
