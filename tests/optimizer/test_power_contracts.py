"""Power contracts and rig modes in the programme and in the tables of a plan, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import plan
from optimizer.parameters import build_parameters
from optimizer.price_duration import Hours
from optimizer.results import Plan
from tests.optimizer.cases import RIG, compiled, hourly, portfolio, settings, site

HOURS = 744 + 672 + 744 + 720 + 744 + 720
JANUARY = 744

BLOCK = {"site": "alpha", "kind": "block", "mw": 4.0, "price_usd_per_mwh": 20.0, "resale": "none"}
DEMAND = {"site": "alpha", "kind": "demand_charge", "usd_per_kw_month": 2.0}
PEAK = {"site": "alpha", "kind": "coincident_peak", "usd_per_kw_month": 5.0, "hours": 4, "months": [1]}
CURTAILMENT = {"site": "alpha", "kind": "curtailment", "hours_per_month": 10}
RESPONSE = {
    "site": "alpha",
    "kind": "demand_response",
    "usd_per_mw_month": 1000.0,
    "hours_per_month": 20,
    "max_mw": 6.0,
}


def planned(*contracts: dict[str, Any], **changes: Any) -> Plan:
    """The plan of the case without its offer: one fleet of 10 MW earning 50 USD/MWh, power at 30 unless changed."""
    return plan(portfolio(**{"contracts": [], "power_contracts": list(contracts), **changes}))


def january(frame: pd.DataFrame, column: str) -> list[float]:
    """A column of a frame in the first month."""
    return frame.loc[frame["month"] == "2027-01", column].tolist()


def line(result: Plan, name: str) -> float:
    """A line of January's cash flow. [USD]"""
    cash = result.frames.cashflow
    return float(cash.loc[(cash["month"] == "2027-01") & (cash["line"] == name), "usd"].sum())


def test_dearest_hours_can_be_left_out() -> None:
    """Of 744 hours at 30, two of them at 90 and one at 200: without the dearest two, one hour of 90 is left."""
    market = hourly(2023, 30.0, {5: 90.0, 6: 90.0, 7: 200.0})
    p = build_parameters(portfolio(prices={"market": market}, sites=[site(power="market")], contracts=[]))
    zero, all_ranks = np.array([0]), np.array([10_000])
    hours, bill = p.prices.below(Hours(zero, zero, np.array([2]), all_ranks), np.array([np.inf]))
    assert hours.tolist() == [742.0]
    assert bill.tolist() == pytest.approx([741 * 30.0 + 90.0])
    hours, bill = p.prices.below(Hours(zero, zero, zero, np.array([2])), np.array([100.0]))
    assert (hours.tolist(), bill.tolist()) == ([1.0], [90.0])


def test_charges_that_each_load_meets_alone_need_no_columns() -> None:
    """Demand and peak charges and curtailment leave one number per fleet and month, and periods of many months."""
    _, plain = compiled(contracts=[])
    _, charged = compiled(contracts=[], power_contracts=[DEMAND, CURTAILMENT, {**PEAK, "months": []}])
    assert charged.a.shape == plain.a.shape


def test_the_programme_carries_cells_and_never_hours() -> None:
    """Every kind at once: each of six months of hours becomes at most 4 cells, with 2 ways to buy for the one tier."""
    p, matrices = compiled(contracts=[], power_contracts=[BLOCK, DEMAND, PEAK, CURTAILMENT, RESPONSE])
    assert p.joint.cells.site.size <= 6 * 4
    assert matrices.cost.size < 6 * 20


def test_a_block_that_cannot_be_sold_is_mined_with() -> None:
    """At 60 USD/MWh mining does not pay, but 4 MW are paid for already: they run all hours, the other 6 stand."""
    result = planned(BLOCK, sites=[site(power=60.0)])
    assert january(result.frames.fleets, "mining_mw") == [4.0]
    assert january(result.frames.fleets, "run_hours") == pytest.approx([JANUARY])
    assert line(result, "mining_power") == pytest.approx(-4 * 60 * JANUARY)
    assert line(result, "power_blocks") == pytest.approx(4 * (60 - 20) * JANUARY)
    assert result.summary["npv_usd"] == pytest.approx(4 * (50 - 20) * HOURS)


def test_equal_loads_share_a_block_in_the_order_of_their_ids() -> None:
    """Two fleets of the same machine want the block's 4 MW: the plan gives them to the first."""
    fleets = [{"id": name, "site": "alpha", "rig": "rig20", "mw": 5.0} for name in ("b", "a")]
    result = planned(BLOCK, sites=[site(power=60.0)], fleets=fleets)
    assert dict(
        zip(january(result.frames.fleets, "fleet"), january(result.frames.fleets, "mining_mw"), strict=True)
    ) == {
        "a": 4.0,
        "b": 0.0,
    }


def test_a_hedge_is_money_and_changes_no_load() -> None:
    """A block sold back at spot without a fee gains 30 - 20 per MWh, whether anything runs or not."""
    hedge = {**BLOCK, "resale": "spot"}
    for price, mined in ((30.0, 10 * 20 * HOURS), (60.0, 0.0)):
        result = planned(hedge, sites=[site(power=price)])
        assert result.summary["npv_usd"] == pytest.approx(4 * (price - 20) * HOURS + mined)


def test_a_demand_charge_is_paid_where_the_month_is_worth_it() -> None:
    """2 USD/kW-month is 2,000 per MW; a month at 20 USD/MWh earns 13,440 and more, so 10 MW pay 20,000."""
    result = planned(DEMAND)
    assert line(result, "demand_charge") == pytest.approx(-20_000.0)
    dear = planned({**DEMAND, "usd_per_kw_month": 14.0})
    assert line(dear, "demand_charge") == pytest.approx(-140_000.0)  # January earns 148,800
    february = dear.frames.fleets["month"] == "2027-02"
    assert dear.frames.fleets.loc[february, "mining_mw"].tolist() == [0.0]  # February would earn 134,400


def test_a_ratchet_bills_an_earlier_peak() -> None:
    """Mining pays in January alone; half of its 10 MW is billed in the two months after it."""
    hashprice = [{"month": f"2027-0{month}", "usd_per_ph_day": 24.0 if month == 1 else 12.0} for month in range(1, 7)]
    ratchet = {**DEMAND, "ratchet_share": 0.5, "ratchet_months": 2}
    rows = planned(ratchet, hashprice=hashprice).frames.programmes
    assert rows["mw"].tolist() == [10.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert rows["billed_mw"].tolist() == [10.0, 5.0, 5.0, 0.0, 0.0, 0.0]
    assert rows["usd"].tolist() == [-20_000.0, -10_000.0, -10_000.0, 0.0, 0.0, 0.0]


def test_a_ratchet_can_make_a_month_not_worth_its_aftermath() -> None:
    """Half the peak billed for five months more costs 70,000 on top of 20,000: January's 148,800 pay it, 40,000 not."""
    low = [{"month": f"2027-0{month}", "usd_per_ph_day": 16.5 if month == 1 else 12.0} for month in range(1, 7)]
    ratchet = {**DEMAND, "ratchet_share": 0.7, "ratchet_months": 5}
    result = planned(ratchet, hashprice=low)
    # 16.5 USD/PH/day earn 4.375 USD/MWh beyond power: 32,550 USD in January, more than 20,000 but less than 90,000.
    assert result.summary["npv_usd"] == pytest.approx(0.0, abs=1e-6)
    free = planned(DEMAND, hashprice=low)
    assert free.summary["npv_usd"] == pytest.approx(10 * 4.375 * JANUARY - 20_000.0)


def test_a_peak_is_avoided_where_that_is_cheaper() -> None:
    """Four hours off cost 800 USD; the peak of 10 MW would cost 50,000: nobody pays it, and the report says so."""
    result = planned(PEAK)
    assert january(result.frames.fleets, "run_hours") == pytest.approx([JANUARY - 4])
    assert result.frames.power["peak_charge_avoided_usd"].tolist() == pytest.approx([50_000.0])
    assert result.frames.power["peak_charge_usd"].tolist() == [0.0]
    cheap = planned({**PEAK, "usd_per_kw_month": 0.05})  # 500 USD
    assert line(cheap, "peak_charge") == pytest.approx(-500.0)
    assert january(cheap.frames.fleets, "run_hours") == pytest.approx([JANUARY])


def test_demand_response_enrols_up_to_its_limit() -> None:
    """20 hours off cost 400 USD a MW, the programme pays 1,000: its 6 MW are full, and 4 MW run on."""
    result = planned(RESPONSE)
    assert january(result.frames.fleets, "enrolled_mw") == [6.0]
    assert line(result, "demand_response") == pytest.approx(6_000.0)
    assert january(result.frames.fleets, "energy_mwh") == pytest.approx([6 * (JANUARY - 20) + 4 * JANUARY])
    assert result.frames.limits["limit"].tolist().count("enrolment") == 6
    priced = result.frames.limits[result.frames.limits["limit"] == "enrolment"]
    assert priced["price_usd_per_unit"].tolist() == pytest.approx([600.0] * 6)


def test_modes_run_where_each_of_them_pays() -> None:
    """Eco is half the watts for 70 % of the hashrate: at 55 USD/MWh it pays (70), the rest of the full mode (30) no."""
    eco = {"rig": "rig20", "mode": "eco", "th_s": 70.0, "watts": 1000.0}
    result = planned(rig_modes=[eco], sites=[site(power=55.0)])
    assert january(result.frames.fleets, "mining_mw") == [10.0]
    assert january(result.frames.fleets, "energy_mwh") == pytest.approx([5 * JANUARY])
    assert january(result.frames.fleets, "run_hours") == pytest.approx([JANUARY / 2])
    assert january(result.frames.fleets, "hashrate_ph_s") == pytest.approx([5 * 70.0])
    assert result.summary["npv_usd"] == pytest.approx(5 * 15 * HOURS)


def test_full_mode_counts_for_the_hashrate_floor() -> None:
    """10 MW with all tiers on make 500 PH/s, however little runs."""
    eco = {"rig": "rig20", "mode": "eco", "th_s": 70.0, "watts": 1000.0}
    result = planned(rig_modes=[eco], limits={"min_eh_s": 0.5})
    assert january(result.frames.fleets, "energised_mw") == pytest.approx([10.0])


def test_hours_of_the_year_are_told() -> None:
    """44 January hours at 200 USD/MWh are not run: 30 paid against the market's mean, and 150 x 440 MWh gained."""
    market = hourly(2023, 30.0, dict.fromkeys(range(100, 144), 200.0))
    result = planned(prices={"market": market}, sites=[site(power="market")])
    (hours,) = result.frames.hours.to_dict("records")
    assert (hours["year"], hours["fleet"], hours["mining_mw"]) == ("2027", "old", 10.0)
    assert (hours["hours"], hours["run_hours"]) == (HOURS, HOURS - 44)
    assert hours["average_price_usd_per_mwh"] == pytest.approx(30.0)
    assert hours["market_average_usd_per_mwh"] == pytest.approx((30 * (HOURS - 44) + 200 * 44) / HOURS)
    assert hours["curtailment_value_usd"] == pytest.approx(440 * (200 - 50))
    (power,) = result.frames.power.to_dict("records")
    assert power["spot_usd"] == pytest.approx(30 * 10 * (HOURS - 44))
    assert power["average_price_usd_per_mwh"] == pytest.approx(30.0)
    told = result.summary["power"]["alpha"]["2027"]
    assert told["run_hours"] == {"old": HOURS - 44}
    assert told["curtailment_value_usd"] == pytest.approx(440 * (200 - 50))


def test_average_price_holds_the_whole_bill() -> None:
    """60 at spot, 40 gained on 4 of the 4 MW that run: 20 USD/MWh, and 2,000 a MW and month for the demand charge."""
    result = planned(BLOCK, DEMAND, sites=[site(power=60.0)])
    (power,) = result.frames.power.to_dict("records")
    assert power["block_gain_usd"] == pytest.approx(4 * 40 * HOURS)
    assert power["demand_charge_usd"] == pytest.approx(6 * 4 * 2_000.0)
    assert power["average_price_usd_per_mwh"] == pytest.approx(20.0 + 6 * 2_000.0 / HOURS)


def test_ai_power_moves_to_the_bill_of_the_site() -> None:
    """With a demand charge in force, power that a rent includes is discounted like the site's other bills."""
    offer = {
        "id": "lab",
        "sites": ["alpha"],
        "max_mw": 4.0,
        "committed_mw": 4.0,
        "first_start": "2027-01",
        "last_start": "2027-01",
        "build_months": 0,
        "term_months": 3,
        "price_usd_per_kw_month": 100.0,
        "capex_usd_per_mw": 0.0,
        "power": "included",
    }
    rates = settings(discount_rate=0.12, ai_discount_rate=0.0)
    changes: dict[str, Any] = {"contracts": [offer], "fleets": [], "settings": rates}
    spot = 4 * 1.25 * 0.8 * 30 * np.array([744, 672, 744])
    own = planned(**changes)
    assert own.summary["terms_usd"]["ai_power"] == pytest.approx(-spot.sum())
    shared = planned({**DEMAND, "months": [2]}, **changes)
    assert shared.summary["terms_usd"]["ai_power"] == pytest.approx(-spot[0] - spot[2])
    assert shared.summary["terms_usd"]["ai_site_power"] == pytest.approx(-spot[1] * 1.12 ** (-1.5 / 12))
    assert shared.summary["terms_usd"]["demand_charge"] == pytest.approx(-4 * 2_000 * 1.12 ** (-1.5 / 12))


def test_sites_without_joint_months_keep_their_periods() -> None:
    """A programme at one site does not cut the months of another."""
    sites = [site(), site(id="beta")]
    fleets = [{"id": name, "site": name, "rig": "rig20", "mw": 10.0} for name in ("alpha", "beta")]
    p, _ = compiled(contracts=[], sites=sites, fleets=fleets, power_contracts=[RESPONSE], rigs=[RIG])
    assert np.bincount(p.periods.site).tolist() == [6, 1]
