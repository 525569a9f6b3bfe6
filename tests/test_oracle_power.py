"""Power contracts and rig modes: the oracle against figures worked out by hand, the product against the oracle."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import numpy as np
import oracle_power
import pytest
from oracle import OracleAnswer, best_plan, best_plan_at_most_ai
from oracle_money import Prices, World
from oracle_power import Hour, hours_of_month, in_force
from oracle_programme import OracleInfeasibleError
from strategies import Case, later
from strategies_power import extreme_power_case, random_power_case, round_power_case
from test_oracle import MAX_AI_RELATIVE, RELATIVE, brute_force, same_usd

from optimizer import plan
from optimizer.errors import InfeasiblePlanError

PORTFOLIOS = 80
ROUND_PORTFOLIOS = 40
EXTREME_PORTFOLIOS = 40
FEATURED = 120  # portfolios among which every column and every pair of kinds must occur
BATCH = 10
NAMES = {"site", "kind", "rig", "mode"}
APRIL, MAY = 720, 744  # hours

Record = dict[str, Any]


def tables(*power_contracts: Record, months: int = 1, power: float | str = 40.0, **fleet: Any) -> Record:
    """A site of 10 MW at a flat 40 USD/MWh with a fleet of 5 MW that earns 100 USD/MWh, from April 2027, at no rate.

    48 USD a day at 50 PH/s per MW are 100 USD/MWh; a MW that runs all of April wins 60 * 720 = 43,200 USD.
    """
    return {
        "settings": {"name": "hand", "start": "2027-04", "months": months, "discount_rate": 0.0},
        "sites": [{"id": "site", "capacity_mw": 10.0, "power": power}],
        "rigs": [{"id": "rig", "th_s": 100.0, "watts": 2000.0}],
        "fleets": [{"id": "fleet", "site": "site", "rig": "rig", "mw": 5.0} | fleet],
        "hashprice": [{"month": "2027-04", "usd_per_ph_day": 48.0}],
        "contracts": [],
        "limits": {},
        "power_contracts": [{"site": "site"} | row for row in power_contracts],
        "rig_modes": [],
    }


def block(mw: float, usd: float, **terms: Any) -> Record:
    """A block of power at a fixed price."""
    return {"kind": "block", "mw": mw, "price_usd_per_mwh": usd} | terms


def demand(usd: float, **terms: Any) -> Record:
    """A demand charge."""
    return {"kind": "demand_charge", "usd_per_kw_month": usd} | terms


def peak(usd: float, hours: int, **terms: Any) -> Record:
    """A coincident peak charge."""
    return {"kind": "coincident_peak", "usd_per_kw_month": usd, "hours": hours} | terms


def curtailment(hours: int, **terms: Any) -> Record:
    """Hours without mining."""
    return {"kind": "curtailment", "hours_per_month": hours} | terms


def response(usd: float, hours: int, **terms: Any) -> Record:
    """A demand response programme."""
    return {"kind": "demand_response", "usd_per_mw_month": usd, "hours_per_month": hours} | terms


def hosting(**terms: Any) -> Record:
    """2 MW of AI signed for April 2027 on, at 100,000 USD per MW and month, drawing 1 MW per critical MW."""
    return {
        "id": "offer",
        "sites": ["site"],
        "max_mw": 2.0,
        "committed_mw": 2.0,
        "first_start": "2027-04",
        "last_start": "2027-04",
        "build_months": 0,
        "term_months": 2,
        "price_usd_per_kw_month": 100.0,
        "capex_usd_per_mw": 0.0,
        "power": "included",
        "gross_ratio": 1.0,
    } | terms


def usd(given: Record, prices: Prices | None = None) -> float:
    """The oracle's NPV."""
    return solved(given, prices).npv_usd


def solved(given: Record, prices: Prices | None = None) -> OracleAnswer:
    """The oracle's optimum."""
    return best_plan(given, prices or {})


def market(*pairs: tuple[float, int]) -> Prices:
    """A series ``market`` whose April has these prices for so many hours, in this order."""
    april = np.concatenate([np.full(hours, price) for price, hours in pairs])
    return {"market": {(2020, 4): april, (2020, 5): np.full(MAY, 40.0)}}


def test_oracle_block_without_resale_is_paid_whether_used_or_not() -> None:
    """5 MW run at no cost at the margin; all 8 MW of the block are paid at 30."""
    expected = 5 * 100 * APRIL - 8 * 30 * APRIL
    assert usd(tables(block(8.0, 30.0, resale="none"))) == pytest.approx(expected)


def test_oracle_block_without_resale_makes_mining_run_above_its_own_price() -> None:
    """At 140 mining loses money, but not the 3 MW that the block covers."""
    assert usd(tables(block(3.0, 30.0, resale="none"), power=140.0)) == pytest.approx(3 * (100 - 30) * APRIL)


@pytest.mark.parametrize(
    ("fee", "expected"),
    [
        # Sold at 140, at 140 - 30, and, for 140 - 50 is less than mining brings, mined on.
        (0.0, 3 * (140 - 30) * APRIL),
        (30.0, 3 * (110 - 30) * APRIL),
        (50.0, 3 * (100 - 30) * APRIL),
    ],
)
def test_oracle_block_is_sold_or_mined_whichever_brings_more(fee: float, expected: float) -> None:
    """A block that can be sold for less its fee sets the price at which mining switches off."""
    given = tables(block(3.0, 30.0, resale="spot", resale_fee_usd_per_mwh=fee), power=140.0)
    assert usd(given) == pytest.approx(expected)


def test_oracle_block_is_worth_nothing_at_a_negative_price() -> None:
    """All load is bought at -10, and the block's surplus is given away."""
    given = tables(block(2.0, 30.0), power=-10.0)
    assert usd(given) == pytest.approx(5 * 110 * APRIL - 2 * 30 * APRIL)


def test_oracle_load_is_covered_by_the_block_that_sells_for_least() -> None:
    """At 90, of 3 MW of load 2 MW take the block without resale and 1 MW that with a fee of 30, whose other MW sells
    at 60."""
    contracts = [block(2.0, 50.0, resale_fee_usd_per_mwh=30.0), block(2.0, 50.0, resale="none")]
    given = tables(*contracts, power=90.0, mw=3.0)
    assert usd(given) == pytest.approx((3 * 100 + 60 - 4 * 50) * APRIL)


def test_oracle_demand_charge_is_paid_where_the_month_is_worth_it() -> None:
    """10 USD/kW are 10,000 USD a MW: less than April's 43,200, more than 5 * 720 at a power price of 95."""
    assert usd(tables(demand(10.0))) == pytest.approx(5 * (43_200 - 10_000))
    assert usd(tables(demand(10.0), power=95.0)) == pytest.approx(0.0)


def test_oracle_demand_charge_counts_the_load_as_drawn_with_ai() -> None:
    """80% uptime draw 4 MW, AI draws 2 MW; 6 MW at 10,000 USD."""
    given = tables(demand(10.0), uptime=0.8)
    given["contracts"] = [hosting(), hosting(id="metered", power="pass_through")]
    income = 4 * 43_200 + 4 * 100_000 - 2 * 40 * APRIL
    assert usd(given) == pytest.approx(income - 6 * 10_000)


def test_oracle_ratchet_bills_a_share_of_an_earlier_peak() -> None:
    """After April's 5 MW, half of them are billed in May, where they run although May's margin is half the charge."""
    given = tables(demand(10.0, ratchet_share=0.5, ratchet_months=1), months=2, power="market")
    prices = {"market": {(2020, 4): np.full(APRIL, 40.0), (2020, 5): np.full(MAY, 95.0)}}
    expected = 5 * (43_200 - 10_000) + 2.5 * (5 * MAY - 10_000)
    assert usd(given, prices) == pytest.approx(expected)
    for forgotten in ({"ratchet_months": 0}, {"ratchet_share": 0.0}):
        given["power_contracts"][0] |= forgotten
        assert usd(given, prices) == pytest.approx(5 * (43_200 - 10_000))


def test_oracle_ratchet_looks_only_at_months_in_force_and_within_its_reach() -> None:
    """The charge is not in force in April, and June looks back at May alone."""
    ratchet = {"ratchet_share": 1.0, "ratchet_months": 1}
    prices = {"market": {(2020, m): np.full(24 * 28, 40.0) for m in range(4, 9)}}
    given = tables(demand(10.0, **ratchet, **{"from": "2027-05"}), months=4, power="market")
    # A retired fleet leaves June nothing but the bill for May's peak, and July nothing at all.
    given["fleets"][0]["retire"] = "2027-06"
    assert usd(given, prices) == pytest.approx(5 * (60 * (APRIL + MAY) - 2 * 10_000))
    given["fleets"][0]["retire"] = "2027-05"
    assert usd(given, prices) == pytest.approx(5 * 60 * APRIL)


def test_oracle_coincident_peak_is_avoided_or_paid() -> None:
    """Two hours are worth 120 USD a MW: less than a charge of 5,000, more than one of 100."""
    assert usd(tables(peak(5.0, 2))) == pytest.approx(5 * 60 * (APRIL - 2))
    assert usd(tables(peak(0.1, 2))) == pytest.approx(5 * (43_200 - 100))


def test_oracle_coincident_peak_is_at_the_dearest_hours() -> None:
    """The 3 dearest hours are dear anyway: mining is off, and pays no peak; a longer list costs cheap hours."""
    prices = market((40.0, 400), (500.0, 3), (40.0, 317))
    full = 5 * 60 * (APRIL - 3)
    assert usd(tables(peak(5.0, 3), power="market"), prices) == pytest.approx(full)
    assert usd(tables(peak(5.0, 5), power="market"), prices) == pytest.approx(full - 5 * 60 * 2)


def test_oracle_coincident_peak_is_always_paid_by_included_ai() -> None:
    """AI draws 2 MW at 5,000 USD; where the customer pays for power nothing is charged."""
    mining = 5 * 60 * (APRIL - 2)
    given = tables(peak(5.0, 2))
    given["contracts"] = [hosting()]
    assert usd(given) == pytest.approx(mining + 2 * (100_000 - 40 * APRIL - 5_000))
    given["contracts"] = [hosting(power="pass_through")]
    assert usd(given) == pytest.approx(mining + 2 * 100_000)


def test_oracle_two_coincident_peaks_each_charge_their_own_hours() -> None:
    """20 hours at 1,000 USD are worth leaving out only their 2 dearest, for which 5,000 are asked."""
    given = tables(peak(1.0, 20), peak(5.0, 2))
    # Either off in 20 hours (1,200), or in 2 hours and 1,000 paid (1,120), or 6,000 paid.
    assert usd(given) == pytest.approx(5 * (43_200 - 1_120))


def test_oracle_curtailment_stops_mining_and_puts_all_ai_on_backup() -> None:
    """20 hours without mining; 4 MW of AI, one half on its own power bill, ride them on backup at 100 USD/MWh."""
    given = tables(curtailment(20, backup_usd_per_mwh=100.0))
    given["contracts"] = [hosting(), hosting(id="metered", power="pass_through")]
    expected = 5 * 60 * (APRIL - 20) + 4 * 100_000 - 2 * 40 * APRIL - 4 * 20 * 100
    assert usd(given) == pytest.approx(expected)


def test_oracle_curtailments_unite_for_mining_and_add_up_for_backup() -> None:
    """20 and 30 hours stop mining for 30; backup is paid in 20 at 100 and in 30 at 10."""
    given = tables(curtailment(20, backup_usd_per_mwh=100.0), curtailment(30, backup_usd_per_mwh=10.0))
    given["contracts"] = [hosting(power="pass_through")]
    assert usd(given) == pytest.approx(5 * 60 * (APRIL - 30) + 2 * (100_000 - 2_000 - 300))


def test_oracle_demand_response_pays_what_is_off() -> None:
    """3 MW may enrol: each gets 4,000 USD for 10 hours worth 600."""
    assert usd(tables(response(4_000.0, 10, max_mw=3.0))) == pytest.approx(5 * 43_200 + 3 * 3_400)
    assert usd(tables(response(500.0, 10))) == pytest.approx(5 * 43_200)


def test_oracle_demand_response_pays_idle_machines_that_are_ready() -> None:
    """At 140 nothing runs; being ready costs 1,000 USD, and the pay is 4,000."""
    given = tables(response(4_000.0, 10), power=140.0, fixed_opex_usd_per_mw_month=1_000.0)
    assert usd(given) == pytest.approx(5 * 3_000)


def test_oracle_a_megawatt_enrols_once() -> None:
    """20 hours at 5,000 (3,800 to the good) come before 10 hours at 4,000 (3,400), which take the fifth MW."""
    given = tables(response(4_000.0, 10), response(5_000.0, 20, max_mw=4.0))
    assert usd(given) == pytest.approx(5 * 43_200 + 4 * 3_800 + 3_400)


def test_oracle_programmes_share_the_dearest_hours() -> None:
    """10 peak hours and 20 curtailed ones lie within 30 hours of demand response, which so costs 10 hours alone."""
    given = tables(response(4_000.0, 30), curtailment(20), peak(5.0, 10))
    assert usd(given) == pytest.approx(5 * (60 * (APRIL - 30) + 4_000))


def test_oracle_enrolled_megawatts_pay_no_peak() -> None:
    """3 MW enrolled are off in the 10 peak hours too, the other 2 avoid them, as the charge is more than 600 USD."""
    given = tables(response(700.0, 10, max_mw=3.0), peak(5.0, 10))
    assert usd(given) == pytest.approx(5 * 60 * (APRIL - 10) + 3 * 700)


def test_oracle_a_charge_and_a_block_together() -> None:
    """At 140 the block of 3 MW would be mined; at a charge of 60,000 a MW it is left to lapse."""
    assert usd(tables(demand(10.0), block(3.0, 30.0, resale="none"), power=140.0)) == pytest.approx(
        3 * (70 * APRIL - 10_000)
    )
    assert usd(tables(demand(80.0), block(3.0, 30.0, resale="none"), power=140.0)) == pytest.approx(-3 * 30 * APRIL)


def test_oracle_flat_peak_is_chosen_by_the_hour() -> None:
    """Half the hours at 40, half at 10; a block of 2 MW lapses unless mined; 3 MW more are worth 60 * 360 + 90 * 360
    = 54,000, so a charge of 50,000 is paid for all 5 MW, and one of 60,000 for the block's 2 MW alone."""
    prices = market((40.0, 360), (10.0, 360))
    contracts = [block(2.0, 0.0, resale="none")]
    covered = 2 * 100 * APRIL
    assert usd(tables(*contracts, demand(50.0), power="market"), prices) == pytest.approx(
        covered + 3 * 54_000 - 5 * 50_000
    )
    assert usd(tables(*contracts, demand(60.0), power="market"), prices) == pytest.approx(covered - 2 * 60_000)


def test_oracle_ai_energy_moves_to_the_sites_rate_in_shared_months() -> None:
    """AI discounts at 12% a year, the site at nothing; a block that only hedges does not move AI's energy."""
    rent, energy, factor = 2 * 100_000, 2 * 40 * APRIL, 1.12 ** (-0.5 / 12)
    shared = [demand(0.0), block(0.0, 30.0, resale="none"), block(0.0, 30.0, resale_fee_usd_per_mwh=1.0)]
    own: list[Record] = [block(0.0, 30.0), peak(0.0, 1), curtailment(0), response(0.0, 0)]
    for contracts, rate in [(shared, 1.0), (own, factor)]:
        for contract in contracts:
            given = tables(contract, mw=0.0)
            given["settings"]["ai_discount_rate"] = 0.12
            given["contracts"] = [hosting(term_months=1)]
            assert usd(given) == pytest.approx(factor * rent - rate * energy)


def test_oracle_tail_energy_is_at_spot_whatever_is_contracted() -> None:
    """Half of May's rent less energy is the tail; the block, the charge and backup end with the horizon."""
    given = tables(block(2.0, 10.0, resale="none"), demand(1.0), curtailment(10, backup_usd_per_mwh=100.0), mw=0.0)
    given["settings"]["contract_tail"] = 0.5
    given["contracts"] = [hosting()]
    april = 2 * (100_000 - 10 * APRIL - 1_000 - 10 * 100)
    assert usd(given) == pytest.approx(april + 0.5 * 2 * (100_000 - 40 * MAY))


def test_oracle_everything_else_is_discounted_like_the_site() -> None:
    """Blocks, charges, peaks, backup and demand response come in mid-April at the site's rate."""
    factor = 1.2 ** (-0.5 / 12)
    kinds = [block(8.0, 30.0, resale="none"), demand(10.0), peak(5.0, 2), response(4_000.0, 10), curtailment(20)]
    for contract in kinds:
        given = tables(contract)
        before = usd(given)
        given["settings"]["discount_rate"] = 0.2
        assert usd(given) == pytest.approx(before * factor)
    given = tables(curtailment(20, backup_usd_per_mwh=100.0), peak(5.0, 1), mw=0.0)
    given["contracts"] = [hosting(price_usd_per_kw_month=0.0, term_months=1)]
    given["settings"] |= {"discount_rate": 0.2, "ai_discount_rate": 0.0}
    assert usd(given) == pytest.approx(-2 * 40 * APRIL - factor * 2 * (2_000 + 5_000))


def test_oracle_contract_holds_from_its_first_to_its_last_month_in_the_months_listed() -> None:
    """Both ends count, an absent end is open, and the calendar month must be listed."""
    may = 2027 * 12 + 4
    spans = {
        (None, None): {0, 1, 2},
        ("2027-05", None): {1, 2},
        (None, "2027-05"): {0, 1},
        ("2027-05", "2027-05"): {1},
    }
    for (begin, end), months in spans.items():
        row = {"from": begin, "to": end}
        assert {month for month in range(3) if in_force(row, may - 1 + month)} == months
    assert [in_force({"months": [5, 12]}, may + month) for month in (-1, 0, 7, 12)] == [False, True, True, True]
    assert usd(tables(demand(100.0, months=[5]))) == pytest.approx(5 * 43_200)


def test_oracle_merges_hours_only_within_price_and_lists() -> None:
    """Of the three hours at 50 the first is on the list of two, the first two on the list of three."""
    april = np.array([10.0, 50.0, 50.0, 90.0, 50.0, 10.0])
    given = tables(peak(1.0, 2), response(1.0, 3), power="market")
    world = World(given, {"market": {(2020, 4): april}}, committed_only=False)
    hours = hours_of_month(world, "site", 0, dict(enumerate(world.power_contracts)))
    assert hours == [
        Hour(10.0, 2 * APRIL / 6, frozenset()),
        Hour(50.0, APRIL / 6, frozenset({0, 1})),
        Hour(50.0, APRIL / 6, frozenset({1})),
        Hour(90.0, APRIL / 6, frozenset({0, 1})),
        Hour(50.0, APRIL / 6, frozenset()),
    ]


def test_oracle_lists_longer_than_the_month_are_the_month() -> None:
    """744 curtailed hours leave nothing of April, and no backup is paid beyond it."""
    given = tables(curtailment(744, backup_usd_per_mwh=10.0))
    given["contracts"] = [hosting(power="pass_through")]
    assert usd(given) == pytest.approx(2 * (100_000 - 10 * APRIL))


def test_oracle_listed_rows_weigh_what_they_stand_for() -> None:
    """Two rows of a source month of 360 stand for four hours of April."""
    given = tables(curtailment(2), power="market")
    assert usd(given, {"market": {(2020, 4): np.full(360, 40.0)}}) == pytest.approx(5 * 60 * (APRIL - 4))


@pytest.mark.parametrize("seed", range(0, 20, 2))
def test_oracle_merging_hours_changes_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hour as a column of its own is worth the same."""
    case = random_power_case(seed)
    case.tables["settings"]["months"] = min(case.tables["settings"]["months"], 2)
    merged = brute_force(case)

    def hours_alone(*given: Any) -> list[Hour]:
        found = []
        for hour in hours_of_month(*given):
            parts = max(1, min(40, round(hour.weight)))
            found += [Hour(hour.price, hour.weight / parts, hour.listed)] * parts
        return found

    monkeypatch.setattr(oracle_power, "hours_of_month", hours_alone)
    alone = brute_force(case)
    assert (merged is None) == (alone is None)
    assert merged is None or same_usd(alone or 0.0, merged)


MODES = [
    {"rig": "rig", "mode": "eco", "th_s": 60.0, "watts": 1000.0},
    {"rig": "rig", "mode": "turbo", "th_s": 130.0, "watts": 3000.0},
]


@pytest.mark.parametrize(
    ("price", "megawatts", "expected"),
    [
        # 6 MW are 2,000 machines of 3 kW; a MW of eco brings 120, of its step to normal 80, to turbo 60 USD/MWh.
        (100.0, 2.0, 2 * 20),
        (70.0, 4.0, 2 * 50 + 2 * 10),
        (50.0, 6.0, 2 * 70 + 2 * 30 + 2 * 10),
        (-10.0, 6.0, 2 * 130 + 2 * 90 + 2 * 70),
        (130.0, 0.0, 0.0),
    ],
)
def test_oracle_modes_are_used_in_the_order_of_their_marginal_efficiency(
    price: float, megawatts: float, expected: float
) -> None:
    """The fleet draws as much as still earns more than the power costs, hour by hour."""
    given = tables(power=price, mw=6.0) | {"rig_modes": MODES}
    answer = solved(given)
    assert answer.npv_usd == pytest.approx(expected * APRIL, abs=1e-3)
    draw = {0: 2 / 3, 1: 1 / 3, 2: 1.0}  # of normal, eco and turbo, by their place
    runs = {key: mw for key, mw in answer.columns.items() if key[0] == "runs"}
    assert sum(draw[int(key[-1])] * mw for key, mw in runs.items()) == pytest.approx(megawatts)


def test_oracle_dominated_modes_change_nothing() -> None:
    """Less hashrate at the same power, the same at more power, and a point below the hull are never used."""
    useless = [(2000.0, 90.0), (3500.0, 130.0), (4000.0, 120.0), (1500.0, 75.0)]
    more = [{"rig": "rig", "mode": f"{watts}", "th_s": th_s, "watts": watts} for watts, th_s in useless]
    for price in (-40.0, 50.0, 100.0):
        given = tables(demand(3.0), block(2.5, 20.0, resale="none"), power=price, mw=6.0) | {"rig_modes": MODES}
        before = usd(given)
        assert usd(given | {"rig_modes": MODES + more}) == pytest.approx(before)


def test_oracle_a_rig_with_only_a_saving_mode_keeps_its_own_as_the_full_one() -> None:
    """Of 5 MW the eco mode draws 2.5; at 70 they bring 120 - 70 a MWh, normal's next half 80 - 70."""
    given = tables(power=70.0) | {"rig_modes": MODES[:1]}
    assert usd(given) == pytest.approx((2.5 * 50 + 2.5 * 10) * APRIL)


def test_oracle_hashrate_floor_counts_all_modes_on() -> None:
    """6 MW are 2,000 machines of 130 TH/s: 0.26 EH/s, although at 130 USD/MWh none of them runs."""
    given = tables(power=130.0, mw=6.0) | {"rig_modes": MODES, "limits": {"min_eh_s": 0.26}}
    assert usd(given) == pytest.approx(0.0)
    given["limits"]["min_eh_s"] = 0.2601
    with pytest.raises(OracleInfeasibleError):
        best_plan(given, {})


def test_oracle_modes_meet_a_demand_charge_with_the_saving_mode() -> None:
    """At 50 and a charge of 10,000 USD a MW, the last step to turbo wins 10 * 720 and stays off."""
    given = tables(demand(10.0), power=50.0, mw=6.0) | {"rig_modes": MODES}
    assert usd(given) == pytest.approx((2 * 70 + 2 * 30) * APRIL - 4 * 10_000)


def disagreements(case: Case, name: str) -> list[str]:
    """Where product and oracle differ on this portfolio."""
    expected = brute_force(case)
    try:
        found = plan(case.portfolio())
    except InfeasiblePlanError as error:
        return [] if expected is None else [f"{name}: oracle {expected}, product infeasible: {error}"]
    if expected is None:
        return [f"{name}: oracle infeasible, product {found.summary['npv_usd']}"]
    mining_only = brute_force(case, committed_only=True)
    given = {"npv": found.summary["npv_usd"]} | found.summary["baselines"]
    wanted: dict[str, tuple[float | None, float]] = {
        "npv": (expected, RELATIVE),
        "mining_only": (mining_only, RELATIVE),
        "no_action": (mining_only, RELATIVE),
        "max_ai": (brute_force(case, best_plan_at_most_ai), MAX_AI_RELATIVE),
    }
    wrong = []
    for what, (value, tolerance) in wanted.items():
        same = given[what] is value if given[what] is None or value is None else same_usd(given[what], value, tolerance)
        if not same:
            wrong.append(f"{name}: {what} {given[what]}, oracle {value}")
    return wrong


@pytest.mark.parametrize("first_seed", range(0, PORTFOLIOS, BATCH))
def test_the_plan_with_power_contracts_is_the_brute_force_optimum(first_seed: int) -> None:
    """NPV, baselines and feasibility agree with the hourly brute force on every portfolio of the batch."""
    seeds = range(first_seed, first_seed + BATCH)
    found = [line for seed in seeds for line in disagreements(random_power_case(seed), f"seed {seed}")]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("first_seed", range(0, ROUND_PORTFOLIOS, BATCH))
def test_the_plan_in_round_numbers_is_the_brute_force_optimum(first_seed: int) -> None:
    """The same where prices, margins, fees and lists of hours tie, and some terms are nothing."""
    seeds = range(first_seed, first_seed + BATCH)
    found = [line for seed in seeds for line in disagreements(round_power_case(seed), f"round seed {seed}")]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("first_seed", range(0, EXTREME_PORTFOLIOS, BATCH))
def test_the_plan_in_extreme_numbers_is_the_brute_force_optimum(first_seed: int) -> None:
    """The same where terms are nothing, next to nothing or far beyond reason, and lists as long as the month."""
    seeds = range(first_seed, first_seed + BATCH)
    found = [line for seed in seeds for line in disagreements(extreme_power_case(seed), f"extreme seed {seed}")]
    assert not found, "\n".join(found)


def test_random_portfolios_use_every_power_contract() -> None:
    """Each kind, column and combination of two kinds is in force somewhere; most portfolios have a plan."""
    given: Counter[str] = Counter()
    pairs: Counter[frozenset[str]] = Counter()
    feasible = 0
    for case in map(random_power_case, range(FEATURED)):
        rows = case.tables["power_contracts"]
        given.update(f"{row['kind']}.{column}" for row in rows for column in row)
        given.update(f"mode.{row['mode']}" for row in case.tables["rig_modes"])
        given.update(f"resale.{row['resale']}" for row in rows if row["kind"] == "block")
        kinds = {row["kind"] for row in rows}
        pairs.update(frozenset({one, other}) for one in kinds for other in kinds)
        feasible += brute_force(case) is not None
    assert feasible >= 0.8 * FEATURED
    assert len(pairs) == 15
    assert min(pairs.values()) >= 15
    assert min(given.values()) >= 5
    columns = (
        "block.resale_fee_usd_per_mwh block.from block.to block.months demand_charge.ratchet_share "
        "demand_charge.ratchet_months coincident_peak.hours curtailment.backup_usd_per_mwh demand_response.max_mw"
    )
    assert not set(columns.split()) - set(given)


def nudges() -> dict[str, Any]:
    """A change of each column of the two tables that a plan must notice."""
    return {
        **dict.fromkeys(("from", "to"), lambda month: later(month, 1)),
        **dict.fromkeys(("hours", "hours_per_month"), lambda hours: hours + 3),
        "ratchet_months": lambda months: months + 1,
        "ratchet_share": lambda share: min(1.0, share + 0.1),
        "months": lambda listed: [month % 12 + 1 for month in listed],
        "resale": lambda resale: "none" if resale == "spot" else "spot",
    }


def test_every_column_of_power_contracts_moves_some_optimum() -> None:
    """The random portfolios would notice a product that read any column wrongly: each, nudged, moves an optimum."""
    moved: set[tuple[str, str, str]] = set()
    seen: set[tuple[str, str, str]] = set()
    for case in map(random_power_case, range(4, 64)):
        rows = [("rig_modes", "", row) for row in case.tables["rig_modes"]]
        rows += [("power_contracts", row["kind"], row) for row in case.tables["power_contracts"]]
        given = {(table, kind, column) for table, kind, row in rows for column in row.keys() - NAMES}
        seen |= given
        before = brute_force(case) if given - moved else None
        for what in sorted(given - moved) if before is not None else ():
            after = brute_force(nudged(case, *what))
            if after is None or not same_usd(after, before or 0.0):
                moved.add(what)
    assert len(seen) >= 30
    assert not seen - moved


def nudged(case: Case, table: str, kind: str, column: str) -> Case:
    """The case with one column changed a little in every row, of that kind, that has it."""
    nudge = nudges().get(column, lambda number: number * 1.1 + 0.01)
    changed = copy.deepcopy(case.tables)
    for row in changed[table]:
        if column in row and row.get("kind", "") == kind:
            row[column] = nudge(row[column])
    return Case(changed, case.prices)
