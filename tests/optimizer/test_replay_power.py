"""The replay under power contracts: loads and bills against figures worked out by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from optimizer.proving.replay import replay
from optimizer.proving.replay_frames import ReplayError
from tests.optimizer.cases import hourly, offer, portfolio, settings, site
from tests.optimizer.power_decisions import (
    BLOCK,
    CURTAILMENT,
    DEAR,
    DEMAND,
    FLEET_COLUMNS,
    HOURS,
    NO_DEALS,
    PEAK,
    PROGRAMME_COLUMNS,
    RESPONSE,
    fleet,
    january,
    limit,
    replayed,
)

# ---------------------------------------------------------------- blocks


def test_a_block_that_cannot_be_sold_is_used_before_it_is_lost() -> None:
    """Of 10 MW all run in 741 hours; in the three at 90 USD/MWh only the 4 MW of the block, which cost nothing more."""
    found = replayed([{**BLOCK, "resale": "none"}], {"block 1": {"": [4.0]}})
    assert found.mining.energy_mwh[0, 0] == pytest.approx(741 * 10 + 3 * 4)
    assert january(found, "mining_power") == pytest.approx(-(741 * 10 * 30 + 3 * 4 * 90))
    assert january(found, "power_blocks") == pytest.approx(741 * 4 * 30 + 3 * 4 * 90 - HOURS * 4 * 20)
    assert found.npv_usd == pytest.approx(741 * (10 * 50 - 6 * 30) + 3 * 4 * 50 - HOURS * 4 * 20)


@pytest.mark.parametrize(("fee", "used"), [(45.0, 4.0), (30.0, 0.0), (0.0, 0.0)])
def test_a_block_is_sold_when_that_pays_more_than_mining(fee: float, used: float) -> None:
    """At 90 USD/MWh a block sells for 45, less than the 50 of mining, or for 60 or 90, which is more."""
    found = replayed([{**BLOCK, "resale_fee_usd_per_mwh": fee}], {"block 1": {"": [4.0]}})
    assert found.mining.energy_mwh[0, 0] == pytest.approx(741 * 10 + 3 * used)
    in_dear_hours = used * 90 + (4 - used) * (90 - fee)
    assert january(found, "power_blocks") == pytest.approx(741 * 4 * 30 + 3 * in_dear_hours - HOURS * 4 * 20)


def test_at_a_negative_price_every_load_is_bought_and_the_block_is_worth_nothing() -> None:
    """One hour at -100 USD/MWh pays 1,000 USD to 10 MW, block or not; the block's 4 MW are paid for all the same."""
    contracts = [{**BLOCK, "resale": "none"}]
    found = replayed(contracts, {"block 1": {"": [4.0]}}, prices=hourly(2027, 30.0, {9: -100.0}))
    assert january(found, "mining_power") == pytest.approx(-743 * 10 * 30 + 10 * 100)
    assert january(found, "power_blocks") == pytest.approx(743 * 4 * 30 - HOURS * 4 * 20)


def test_the_block_that_sells_for_least_is_used_first() -> None:
    """Of three blocks of 2 MW a load of 5 takes first the one without resale, then that with the higher fee."""
    kinds: tuple[dict[str, Any], ...] = ({"resale_fee_usd_per_mwh": 5.0}, {"resale_fee_usd_per_mwh": 10.0})
    blocks = [{**BLOCK, "mw": 2.0, **kind} for kind in (*kinds, {"resale": "none"})]
    stated = {f"block {number}": {"": [2.0]} for number in (1, 2, 3)}
    found = replayed(blocks, stated, active={"old": [5.0]}, prices=hourly(2027, 30.0))
    gains = [float(found.loads.block_usd[f"block {number}"][0]) / HOURS for number in (1, 2, 3)]
    assert gains == pytest.approx([1 * 30 + 1 * 25 - 2 * 20, 2 * 30 - 2 * 20, 2 * 30 - 2 * 20])


def test_ai_that_the_landlord_powers_stands_first_in_the_block() -> None:
    """2 MW of AI leave 2 of the block's 4 MW to mining in the dear hours; its power is in the site's bill."""
    found = replayed(
        [{**BLOCK, "resale": "none"}],
        {"block 1": {"": [4.0]}},
        deals=[("lab", "alpha", "2027-01", 2.0)],
        settings=settings(months=1, discount_rate=0.21, ai_discount_rate=0.44),
        contracts=[offer(first_start="2027-01", build_months=0, power="included", capex_usd_per_mw=0.0)],
    )
    assert found.mining.energy_mwh[0, 0] == pytest.approx(741 * 10 + 3 * 2)
    assert january(found, "ai_power") == 0.0
    assert january(found, "ai_site_power") == pytest.approx(-2 * (741 * 30 + 3 * 90))
    assert january(found, "power_blocks") == pytest.approx(741 * 4 * 30 + 3 * 4 * 90 - HOURS * 4 * 20)
    spot = found.terms_usd["ai_site_power"]
    assert spot == pytest.approx(-2 * (741 * 30 + 3 * 90) * 1.21 ** (-1 / 24)), "the site's rate, not that of AI"
    assert found.hosting[0].npv_usd == pytest.approx(200e3 * 1.44 ** (-1 / 24) + spot)


@pytest.mark.parametrize(
    ("contract", "shared"),
    [
        ({**BLOCK, "resale": "none"}, True),
        ({**BLOCK, "resale_fee_usd_per_mwh": 1.0}, True),
        (BLOCK, False),
        (DEMAND, True),
        (CURTAILMENT, False),
    ],
)
def test_ai_power_is_in_the_sites_bill_only_where_the_load_matters(contract: dict[str, Any], shared: bool) -> None:
    """A pure hedge and a curtailment leave the power of AI in its own cash flow; other contracts share the bill."""
    stated = {"block": {"block 1": {"": [4.0]}}, "demand_charge": {"demand_charge 1": {"": [9.0]}}}
    found = replayed(
        [contract],
        stated.get(contract["kind"], {"curtailment 1": {"ai": [2.0]}}),
        deals=[("lab", "alpha", "2027-01", 2.0)],
        contracts=[offer(first_start="2027-01", build_months=0, power="included")],
    )
    assert (january(found, "ai_site_power") < 0.0) == shared
    assert (january(found, "ai_power") < 0.0) != shared


# ---------------------------------------------------------------- peaks and programmes


def test_a_demand_charge_is_paid_for_the_load_that_the_plan_allows() -> None:
    """6 MW are paid for at 2 USD/kW, so 6 of the 10 MW run in the 741 hours that pay."""
    found = replayed([DEMAND], {"demand_charge 1": {"": [6.0]}})
    assert found.mining.mining_mw[0, 0] == pytest.approx(6.0)
    assert found.mining.energy_mwh[0, 0] == pytest.approx(741 * 6)
    assert january(found, "demand_charge") == -12_000.0
    assert found.npv_usd == pytest.approx(741 * 6 * 20 - 12_000)
    assert limit(found, "site load paid for").slack == pytest.approx(0.0, abs=1e-12)


def test_under_a_cap_the_fleet_that_earns_more_runs_first() -> None:
    """A fleet with 5 USD/MWh of opex gets the 2 MW that 8 MW of the other one leave, whatever their names."""
    found = replayed(
        [DEMAND],
        {"demand_charge 1": {"": [10.0]}},
        active={"a": [8.0], "b": [8.0]},
        sites=[site(power="market", capacity_mw=20.0)],
        fleets=[fleet(id="a", variable_opex_usd_per_mwh=5.0), fleet(id="b")],
    )
    assert found.mining.energy_mwh[:, 0] == pytest.approx([741 * 2, 741 * 8])
    assert not found.mining.undecided_mwh.any()


def test_a_ratchet_looks_at_the_peaks_of_the_months_before_in_which_it_holds() -> None:
    """80 % of the highest peak of the two months before: February pays for 7.2 MW, as January had 9, and April for 4.

    April looks back at February's 5 MW only: January is too long ago, and March is none of the contract's months.
    """
    found = replayed(
        [{**DEMAND, "ratchet_share": 0.8, "ratchet_months": 2, "months": [1, 2, 4]}],
        {"demand_charge 1": {"": [9.0, 5.0, None, 3.0]}},
        settings=settings(months=4),
    )
    assert found.decisions.programmes[0].billed_mw() == pytest.approx([9.0, 7.2, 0.0, 4.0])
    assert found.lines["demand_charge"][0] == pytest.approx([-18e3, -14.4e3, 0.0, -8e3])


def test_a_fleet_draws_in_the_hours_of_the_peak_only_what_it_pays_for() -> None:
    """2 of 10 MW pay 5 USD/kW and run in the dearest hour of 40 USD/MWh, which pays; 8 are off in it."""
    found = replayed(
        [{**PEAK, "hours": 1}],
        {"coincident_peak 1": {"old": [2.0], "ai": [0.0]}},
        prices=hourly(2027, 30.0, {5: 40.0}),
    )
    assert found.mining.energy_mwh[0, 0] == pytest.approx(743 * 10 + 2)
    assert january(found, "peak_charge") == -10_000.0
    assert limit(found, "peak load paid for").slack == pytest.approx(0.0, abs=1e-12)


def test_included_ai_always_pays_the_peak_and_pass_through_never() -> None:
    """2 MW of AI at 5 USD/kW are 10,000 USD, discounted as the site's bill, and part of what the deal is worth."""
    for power, mw in (("included", 2.0), ("pass_through", 0.0)):
        found = replayed(
            [PEAK],
            {"coincident_peak 1": {"old": [0.0], "ai": [mw]}},
            deals=[("lab", "alpha", "2027-01", 2.0)],
            settings=settings(months=1, discount_rate=0.21, ai_discount_rate=0.0),
            contracts=[offer(first_start="2027-01", build_months=0, power=power, capex_usd_per_mw=0.0)],
        )
        assert january(found, "peak_charge") == pytest.approx(-5_000.0 * mw)
        energy = mw * (741 * 30 + 3 * 90)
        assert found.hosting[0].npv_usd == pytest.approx(200e3 - energy - 5_000 * mw * 1.21 ** (-1 / 24))


def test_curtailment_stops_mining_and_puts_all_ai_on_backup() -> None:
    """Three dear hours and one at 30 are off; each of 2 MW of pass-through AI pays 4 * 100 USD for backup."""
    found = replayed(
        [CURTAILMENT],
        {"curtailment 1": {"ai": [2.0]}},
        deals=[("lab", "alpha", "2027-01", 2.0)],
        contracts=[offer(first_start="2027-01", build_months=0)],
    )
    assert found.mining.energy_mwh[0, 0] == pytest.approx(740 * 10)
    assert january(found, "backup") == -800.0
    assert found.hosting[0].npv_usd == pytest.approx(200e3 - 800.0 - 2 * 100e3)


def test_several_curtailments_stop_mining_in_the_longer_one_and_each_bills_its_backup() -> None:
    """4 and 10 hours: mining is off in 10; AI pays 4 * 100 and 10 * 50 USD per MW."""
    longer = {**CURTAILMENT, "hours_per_month": 10, "backup_usd_per_mwh": 50.0}
    found = replayed(
        [CURTAILMENT, longer],
        {"curtailment 1": {"ai": [2.0]}, "curtailment 2": {"ai": [2.0]}},
        deals=[("lab", "alpha", "2027-01", 2.0)],
        contracts=[offer(first_start="2027-01", build_months=0)],
    )
    assert found.mining.energy_mwh[0, 0] == pytest.approx(734 * 10)
    assert january(found, "backup") == pytest.approx(-2 * (400 + 500))


def test_hours_of_a_leap_month_count_with_their_weight() -> None:
    """February 2028 has 696 hours, its source of 2027 has 672: four rows of backup last 4 * 696 / 672 hours."""
    given = portfolio(
        {"market": hourly(2027, 30.0)},
        settings=settings(start="2028-02", months=1),
        hashprice=[{"month": "2028-02", "usd_per_ph_day": 24.0}],
        sites=[site(power="market")],
        contracts=[offer(first_start="2028-02", last_start="2028-02", build_months=0)],
        power_contracts=[CURTAILMENT],
    )
    deal = pd.DataFrame([("lab", "alpha", "2028-02", 2.0)], columns=["contract", "site", "start", "mw"])
    ready = {"month": ["2028-02"], "site": ["alpha"], "fleet": ["old"], "energised_mw": [1.0], "active_mw": [1.0]}
    backup = [("2028-02", "alpha", "curtailment 1", "curtailment", "ai", 2.0)]
    found = replay(given, deal, pd.DataFrame(ready), pd.DataFrame(backup, columns=PROGRAMME_COLUMNS))
    assert found.lines["backup"][0, 0] == pytest.approx(-2 * 100 * 4 * 696 / 672)
    assert found.mining.energy_mwh[0, 0] == pytest.approx(668 * 696 / 672)


def test_enrolled_mw_are_paid_and_off_in_their_hours() -> None:
    """3 of 10 MW earn 500 USD each and are off in two hours at 40 USD/MWh, in which the other 7 run."""
    found = replayed([RESPONSE], {"demand_response 1": {"old": [3.0]}}, prices=hourly(2027, 30.0, {5: 40.0, 6: 40.0}))
    assert found.mining.energy_mwh[0, 0] == pytest.approx(742 * 10 + 2 * 7)
    assert january(found, "demand_response") == 1_500.0
    assert found.decisions.enrolled_mw[0, 0] == 3.0


def test_programmes_of_different_length_are_nested() -> None:
    """Of 10 MW 2 are off in the dearest hour, 3 others in the dearest three: 5, 7, 7 run in hours at 44, 43, 42."""
    longer = {**RESPONSE, "hours_per_month": 3}
    found = replayed(
        [{**RESPONSE, "hours_per_month": 1}, longer],
        {"demand_response 1": {"old": [2.0]}, "demand_response 2": {"old": [3.0]}},
        prices=hourly(2027, 30.0, {100: 42.0, 50: 43.0, 70: 44.0}),
    )
    assert january(found, "mining_power") == pytest.approx(-(741 * 10 * 30 + 7 * 42 + 7 * 43 + 5 * 44))


def test_on_a_flat_price_the_dearest_hours_are_counted_one_by_one() -> None:
    """A flat price has 744 hours of one hour each: two of demand response leave 742 to the enrolled MW."""
    found = replayed([RESPONSE], {"demand_response 1": {"old": [3.0]}}, sites=[site()])
    assert found.mining.energy_mwh[0, 0] == pytest.approx(742 * 10 + 2 * 7)


def test_mothballed_mw_neither_run_nor_cost() -> None:
    """Of 10 energised MW 4 are active: only these run and pay 1,000 USD of fixed cost."""
    given = portfolio(
        {"market": hourly(2027, 30.0, DEAR)},
        settings=settings(months=1),
        sites=[site(power="market")],
        fleets=[fleet(fixed_opex_usd_per_mw_month=1_000.0)],
        contracts=[],
        power_contracts=[CURTAILMENT],
    )
    fleets = pd.DataFrame([("2027-01", "alpha", "old", 10.0, 4.0)], columns=FLEET_COLUMNS)
    programmes = pd.DataFrame(
        [("2027-01", "alpha", "curtailment 1", "curtailment", "ai", 0.0)],
        columns=PROGRAMME_COLUMNS,
    )
    found = replay(given, NO_DEALS, fleets, programmes)
    assert found.mining.energy_mwh[0, 0] == pytest.approx(740 * 4)
    assert january(found, "mining_opex") == -4_000.0


def test_a_contract_counts_only_in_its_months() -> None:
    """From February on, in odd months of the year, up to March: of four months only March is curtailed."""
    found = replayed(
        [{**CURTAILMENT, "from": "2027-02", "to": "2027-03", "months": [1, 3, 5]}],
        {},
        settings=settings(months=2),
        prices=hourly(2027, 30.0),
    )
    assert found.mining.energy_mwh[0] == pytest.approx([744 * 10, 672 * 10])
    assert not found.decisions.programmes[0].in_force.any()
    four = portfolio(
        settings=settings(months=4),
        power_contracts=[{**CURTAILMENT, "from": "2027-02", "to": "2027-03", "months": [1, 3, 5]}],
    )
    with pytest.raises(ReplayError, match="no row for 2027-03, alpha, curtailment 1, curtailment, ai"):
        replay(
            four,
            NO_DEALS,
            pd.DataFrame(columns=FLEET_COLUMNS),
            pd.DataFrame(columns=PROGRAMME_COLUMNS),
        )
