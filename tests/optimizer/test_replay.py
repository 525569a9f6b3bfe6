"""The replay of a plan: hours, money and limits against figures worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.proving.replay import Replay, replay
from optimizer.proving.replay_frames import ReplayError
from optimizer.proving.replay_tightest import LimitReplay
from tests.optimizer.cases import RIG, hourly, offer, portfolio, settings, site

MONTHS = ("2027-01", "2027-02", "2027-03", "2027-04", "2027-05", "2027-06")
HOURS = (744.0, 672.0, 744.0, 720.0, 744.0, 720.0)
DEAL = [("lab", "alpha", "2027-03", 2.0)]


def contracts_frame(deals: list[tuple[str, str, str, float]]) -> pd.DataFrame:
    """What is signed: contract, site, first rent month, critical MW."""
    return pd.DataFrame(deals, columns=["contract", "site", "start", "mw"])


def fleets_frame(mw: dict[str, list[float]], site_of: dict[str, str] | None = None) -> pd.DataFrame:
    """What is energised: for each fleet its MW in the six months."""
    homes = site_of or dict.fromkeys(mw, "alpha")
    rows = [
        (month, homes[fleet], fleet, amount)
        for fleet, amounts in mw.items()
        for month, amount in zip(MONTHS, amounts, strict=False)
    ]
    return pd.DataFrame(rows, columns=["month", "site", "fleet", "energised_mw"])


def replayed(deals: list[tuple[str, str, str, float]], mw: dict[str, list[float]], **changes: Any) -> Replay:
    """The replay of decisions in the case with some tables replaced."""
    case = portfolio(changes.pop("prices", None), **changes)
    return replay(case, contracts_frame(deals), fleets_frame(mw))


def limit(found: Replay, name: str) -> LimitReplay:
    """The tightest place of one kind of limit."""
    return next(entry for entry in found.limits if entry.name == name)


def fleet(**changes: Any) -> dict[str, Any]:
    """The fleet of the case with some columns replaced."""
    return {"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0, **changes}


def test_the_books_of_one_deal_beside_mining() -> None:
    """2 critical MW take 2.5 of the site from March: 200,000 USD of rent a month, 100,000 of capex in two months.

    10, then 7.5 MW mine at 50 USD/MWh of revenue and 30 of power.
    """
    found = replayed(DEAL, {"old": [10.0, 10.0, 7.5, 7.5, 7.5, 7.5]})
    mwh = np.array(HOURS) * [10.0, 10.0, 7.5, 7.5, 7.5, 7.5]
    assert found.lines["rent"].tolist() == [[0.0, 0.0, 200e3, 200e3, 200e3, 200e3]]
    assert found.lines["capex"].tolist() == [[-100e3, -100e3, 0.0, 0.0, 0.0, 0.0]]
    assert found.lines["mining_revenue"][0] == pytest.approx(50.0 * mwh)
    assert found.lines["mining_power"][0] == pytest.approx(-30.0 * mwh)
    assert found.npv_usd == pytest.approx(800e3 - 200e3 + 20.0 * mwh.sum())
    assert found.terms_usd["rent"] == pytest.approx(800e3)
    assert limit(found, "site capacity").slack == 0.0
    assert limit(found, "site capacity").where == "site 'alpha', 2027-01"


def test_every_line_is_discounted_at_its_own_rate_in_mid_month() -> None:
    """At 21 % and, for AI, 44 % a year, January's half month is worth 1.21 ** (-1/24) and 1.44 ** (-1/24)."""
    found = replayed(
        [("lab", "alpha", "2027-01", 1.0)],
        {"old": [1.0]},
        settings=settings(months=1, discount_rate=0.21, ai_discount_rate=0.44),
        sites=[site(fixed_cost_usd_per_month=1000.0)],
        contracts=[offer(first_start="2027-01", build_months=0, capex_usd_per_mw=0.0)],
    )
    assert found.terms_usd["rent"] == pytest.approx(100e3 * 1.44 ** (-1 / 24))
    assert found.terms_usd["site_fixed"] == pytest.approx(-1000.0 * 1.21 ** (-1 / 24))
    assert found.terms_usd["mining_revenue"] == pytest.approx(744 * 50.0 * 1.21 ** (-1 / 24))


def test_mining_runs_in_the_hours_that_pay() -> None:
    """Of 744 hours three cost 60 USD/MWh, one -100, the rest 20: 741 run for 740 * 20 - 100 USD per MW.

    They earn 50 USD/MWh, less a pool fee of 2 %, 3 USD/MWh of opex and 1,000 USD of fixed cost, at 90 % of uptime.
    """
    found = replayed(
        [],
        {"old": [2.0]},
        prices={"market": hourly(2027, 20.0, {5: 60.0, 6: 60.0, 100: 60.0, 300: -100.0})},
        settings=settings(months=1, pool_fee=0.02),
        sites=[site(power="market")],
        fleets=[fleet(uptime=0.9, variable_opex_usd_per_mwh=3.0, fixed_opex_usd_per_mw_month=1000.0)],
        contracts=[],
    )
    assert found.mining.run_hours[0, 0] == 741.0
    assert found.lines["mining_revenue"][0, 0] == pytest.approx(2 * 0.9 * 741 * 50.0)
    assert found.lines["pool_fee"][0, 0] == pytest.approx(-2 * 0.9 * 741 * 1.0)
    assert found.lines["mining_power"][0, 0] == pytest.approx(-2 * 0.9 * (740 * 20.0 - 100.0))
    assert found.lines["mining_opex"][0, 0] == pytest.approx(-2 * (0.9 * 741 * 3.0 + 1000.0))
    assert found.undecided_usd[0, 0] == 0.0


def test_source_hours_are_weighted_to_the_month() -> None:
    """February 2028 has 696 hours, its source of 2027 has 672: each of 670 cheap hours stands for 696 / 672 hours."""
    february = 31 * 24
    case = portfolio(
        {"market": hourly(2027, 20.0, {february: 90.0, february + 1: 90.0})},
        settings=settings(start="2028-02", months=1),
        hashprice=[{"month": "2028-02", "usd_per_ph_day": 24.0}],
        sites=[site(power="market")],
        contracts=[],
    )
    frame = pd.DataFrame({"month": ["2028-02"], "site": ["alpha"], "fleet": ["old"], "energised_mw": [1.0]})
    found = replay(case, contracts_frame([]), frame)
    assert found.mining.run_hours[0, 0] == pytest.approx(670 * 696 / 672)
    assert found.lines["mining_power"][0, 0] == pytest.approx(-20.0 * 670 * 696 / 672)


def test_prices_escalate_by_calendar_year_and_the_adder_does_not() -> None:
    """From December 2027 to January 2028 a flat price of 30 grows by 10 % to 33; the adder of 5 stays."""
    case = portfolio(
        settings=settings(start="2027-12", months=2),
        hashprice=[{"month": "2027-12", "usd_per_ph_day": 24.0}],
        sites=[site(escalation=0.1, adder_usd_per_mwh=5.0)],
        contracts=[],
    )
    frame = pd.DataFrame(
        [("2027-12", "alpha", "old", 1.0), ("2028-01", "alpha", "old", 1.0)],
        columns=["month", "site", "fleet", "energised_mw"],
    )
    found = replay(case, contracts_frame([]), frame)
    assert found.lines["mining_power"][0] == pytest.approx([-744 * 35.0, -744 * 38.0])


def test_a_fleet_that_does_not_earn_its_fixed_cost_is_mothballed() -> None:
    """20 USD/MWh in 744 hours are 14,880 USD: a fixed cost of 14,900 is saved by standing still, and nothing runs."""
    found = replayed([], {"old": [10.0]}, fleets=[fleet(fixed_opex_usd_per_mw_month=14_900.0)], contracts=[])
    assert found.mining.run_hours[0, 0] == 0.0
    assert found.npv_usd == 0.0


def test_hours_that_break_even_leave_the_lines_open_but_not_the_profit() -> None:
    """At a power price of exactly 50 the fleet may run or not: 744 hours of 50 + 50 USD turned over are undecided."""
    found = replayed([], {"old": [1.0]}, settings=settings(months=1), sites=[site(power=50.0)], contracts=[])
    assert found.mining.undecided_hours[0, 0] == 744.0
    assert found.undecided_usd[0, 0] == pytest.approx(744 * 100.0)
    assert found.npv_usd == 0.0


def test_ramp_escalator_credits_and_defaults() -> None:
    """Two months of ramp give 1/3, 2/3, 1; 2 % of credits; after a year the rent is 5 % higher.

    Of the 10 % of customers that default in a year 30 % of the rent goes on: 0.9 + 0.1 * 0.3 = 0.93.
    """
    found = replayed(
        [("lab", "alpha", "2027-01", 1.0)],
        {"old": [0.0]},
        settings=settings(months=13),
        contracts=[
            offer(
                first_start="2027-01",
                build_months=0,
                ramp_months=2,
                escalator=0.05,
                sla_credit=0.02,
                default_rate=0.1,
                recovery=0.3,
                opex_usd_per_kw_month=10.0,
                opex_escalator=0.5,
            )
        ],
    )
    rent = found.lines["rent"][0]
    assert rent[0] == pytest.approx(100e3 * 0.98 / 3)
    assert rent[1] == pytest.approx(100e3 * 0.98 * 2 / 3 * (0.9 ** (1 / 12) + (1 - 0.9 ** (1 / 12)) * 0.3))
    assert rent[12] == pytest.approx(100e3 * 1.05 * 0.98 * 0.93)
    assert found.lines["ai_opex"][0, [0, 11, 12]] == pytest.approx([-10e3, -10e3, -15e3])
    assert found.lines["capex"][0, 0] == -100e3, "all in the first rent month, as nothing is built before"


def test_included_power_is_paid_by_the_landlord() -> None:
    """1.25 * 0.8 MW per critical MW at 30 USD/MWh; half of it in the first month of a ramp of one month."""
    found = replayed(
        DEAL, {"old": [0.0]}, contracts=[offer(power="included", pue=1.25, load_factor=0.8, ramp_months=1)]
    )
    assert found.lines["ai_power"][0] == pytest.approx(
        [0, 0, -2 * 0.5 * 744 * 30, -2 * 720 * 30, -2 * 744 * 30, -2 * 720 * 30]
    )


def test_prepaid_rents_come_at_signing_even_those_beyond_the_horizon() -> None:
    """Six rents of 200,000 are received in January; March to June pay nothing then."""
    found = replayed(DEAL, {"old": [0.0]}, contracts=[offer(prepaid_months=6)])
    assert found.lines["prepaid_rent"][0].tolist() == [1_200e3, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert found.lines["rent"][0].tolist() == [0.0] * 6


def test_a_deal_signed_before_the_plan_has_sunk_its_capex_and_prepayment() -> None:
    """Rent since November 2026, of which four months were prepaid: rent from March on, no capex, no receipt."""
    found = replayed(
        [("lab", "alpha", "2026-11", 1.0)],
        {"old": [0.0]},
        contracts=[offer(committed_mw=1.0, first_start="2026-11", last_start="2026-11", prepaid_months=4)],
    )
    assert found.lines["rent"][0].tolist() == [0.0, 0.0, 100e3, 100e3, 100e3, 100e3]
    assert not found.lines["prepaid_rent"].any()
    assert not found.lines["capex"].any()
    assert limit(found, "signed contract").slack == 0.0


def test_a_renewal_goes_on_at_its_share_of_the_last_rent_step() -> None:
    """After two months of term the rent goes on at 70 %, the occupation too; a released offer ends both."""
    terms = {"first_start": "2027-01", "build_months": 0, "term_months": 2, "renewal_factor": 0.7}
    deal = [("lab", "alpha", "2027-01", 1.0)]
    renewed = replayed(deal, {"old": [0.0]}, contracts=[offer(after_term="renew", **terms)])
    assert renewed.lines["rent"][0] == pytest.approx([100e3, 100e3, 70e3, 70e3, 70e3, 70e3])
    assert renewed.occupancy.ai[0, 5] == 1.25
    released = replayed(deal, {"old": [0.0]}, contracts=[offer(**terms)])
    assert released.lines["rent"][0] == pytest.approx([100e3, 100e3, 0, 0, 0, 0])
    assert released.occupancy.ai[0].tolist() == [1.25, 1.25, 0.0, 0.0, 0.0, 0.0]
    assert released.occupancy.halls[0].tolist() == [1.25] * 6, "a retrofit takes mining halls for good"


def test_the_tail_counts_its_share_of_what_is_contracted_after_the_horizon() -> None:
    """Of a 7-month term three fall after June: half of 3 * (200,000 - 20,000), less one rent that was prepaid."""
    found = replayed(
        DEAL,
        {"old": [0.0]},
        settings=settings(contract_tail=0.5),
        contracts=[offer(term_months=7, opex_usd_per_kw_month=10.0, prepaid_months=5)],
    )
    assert found.terms_usd["contract_tail"] == pytest.approx(0.5 * (2 * 200e3 - 3 * 20e3))
    assert found.hosting[0].npv_usd == pytest.approx(0.5 * 340e3 + 1_000e3 - 4 * 20e3 - 200e3)


LIMIT_CASES: dict[str, tuple[dict[str, Any], list[tuple[str, str, str, float]], list[float], float, str]] = {
    "site capacity": ({}, DEAL, [10.0, 10.0, 7.5, 8.0], -0.5, "site 'alpha', 2027-04"),
    "mining halls": ({"sites": [site(mining_ready_mw=9.0)]}, DEAL, [9.0, 9.0, 7.5], -1.0, "site 'alpha', 2027-03"),
    "firm AI capacity": ({"sites": [site(ai_max_mw=2.0)]}, DEAL, [0.0], -0.5, "site 'alpha', 2027-03"),
    "curtailable share": (
        {"sites": [site(curtailable_min_share=0.5)]},
        DEAL,
        [9.0, 9.0, 2.5, 2.0, 5.0, 5.0],
        -0.25,
        "site 'alpha', 2027-04",
    ),
    "least AI share": ({"limits": {"ai_share_min": 0.5}}, DEAL, [0.0, 0.0, 3.5], -0.5, "2027-03"),
    "largest AI share": ({"limits": {"ai_share_max": 0.25}}, DEAL, [1.0, 1.0, 7.5, 7.5, 5.5, 7.5], -0.5, "2027-05"),
    "least hashrate": ({"limits": {"min_eh_s": 0.5}}, [], [10.0, 10.0, 10.0, 9.0, 10.0, 10.0], -0.05, "2027-04"),
    "MW under construction": ({"limits": {"max_build_mw": 2.0}}, DEAL, [0.0], -0.5, "2027-01"),
    "capex budget": (
        {"limits": {"capex_budget": [{"month": "2027-02", "usd": 150e3}]}},
        DEAL,
        [0.0],
        -0.1,
        "2027-01",
    ),
    "counterparty share": ({"limits": {"counterparty_share_max": 0.75}}, DEAL, [0.0], -0.5, "'Lab', 2027-03"),
    "region share": ({"limits": {"region_share_max": 0.8}}, DEAL, [0.0], -0.5, "'', 2027-03"),
    "offer size": (
        {},
        [("lab", "alpha", "2027-03", 3.0), ("lab", "alpha", "2027-04", 1.5)],
        [0.0],
        -0.5,
        "contract 'lab'",
    ),
    "signed contract": (
        {"contracts": [offer(committed_mw=3.0, last_start="2027-03")]},
        DEAL,
        [0.0],
        -1.0,
        "contract 'lab'",
    ),
    "delivery not negative": (
        {},
        [("lab", "alpha", "2027-04", -0.25)],
        [0.0],
        -0.25,
        "contract 'lab' at site 'alpha' from 2027-04",
    ),
    "start window": (
        {},
        [("lab", "alpha", "2027-05", 1.0)],
        [0.0],
        -1.0,
        "contract 'lab' at site 'alpha' from 2027-05",
    ),
    "installed fleet": ({"fleets": [fleet(retire="2027-02")]}, [], [10.0, 0.5], -0.5, "fleet 'old', 2027-02"),
    "energised not negative": ({}, [], [1.0, -0.25], -0.25, "fleet 'old', 2027-02"),
}


@pytest.mark.parametrize("name", LIMIT_CASES)
def test_a_broken_limit_is_found_at_its_place(name: str) -> None:
    """Each kind of limit, broken by hand in one place, is short by just that much, there."""
    changes, deals, mw, slack, where = LIMIT_CASES[name]
    found = limit(replayed(deals, {"old": mw}, **changes), name)
    assert found.slack == pytest.approx(slack)
    assert found.where == where


def test_a_start_before_its_building_is_done_is_outside_its_window() -> None:
    """Two months of building make March the first start, whatever the window says; the horizon ends it in June."""
    early = [offer(first_start="2027-01", last_start="2030-01")]
    found = replayed([("lab", "alpha", "2027-02", 1.0)], {"old": [0.0]}, contracts=early)
    assert limit(found, "start window").slack == -1.0
    late = replayed([("lab", "alpha", "2027-08", 1.0)], {"old": [0.0]}, contracts=early)
    assert limit(late, "start window").slack == -2.0


def test_a_site_that_the_offer_does_not_name_is_never_in_its_window() -> None:
    """The offer is for alpha; delivered at beta it breaks its window without measure."""
    sites = [site(), site(id="beta")]
    found = replayed([("lab", "beta", "2027-03", 1.0)], {"old": [0.0]}, sites=sites)
    assert limit(found, "start window").slack == -np.inf


def test_capacity_steps_hold_from_their_month_on() -> None:
    """10 MW until the step to 12 in April, also when the steps are not in order."""
    steps = [
        {"site": "alpha", "from": "2027-06", "capacity_mw": 8.0},
        {"site": "alpha", "from": "2027-04", "capacity_mw": 12.0},
    ]
    found = replayed([], {"old": [0.0]}, capacity_steps=steps)
    assert found.capacity_mw[0].tolist() == [10.0, 10.0, 10.0, 12.0, 12.0, 8.0]


def test_disruption_takes_the_site_before_the_rent_begins() -> None:
    """One month of disruption: 2.5 MW are taken from February on, and are under construction from January."""
    found = replayed(DEAL, {"old": [0.0]}, contracts=[offer(disruption_months=1)])
    assert found.occupancy.ai[0].tolist() == [0.0, 2.5, 2.5, 2.5, 2.5, 2.5]
    assert found.occupancy.rented[0].tolist() == [0.0, 0.0, 2.5, 2.5, 2.5, 2.5]
    assert found.occupancy.building.tolist() == [2.5, 2.5, 0.0, 0.0, 0.0, 0.0]


WRONG_FRAMES: dict[str, tuple[pd.DataFrame, pd.DataFrame, str]] = {
    "unknown contract": (
        contracts_frame([("labb", "alpha", "2027-03", 1.0)]),
        fleets_frame({}),
        "contracts, row 2, column contract: the portfolio has no 'labb'",
    ),
    "unknown site": (
        contracts_frame([("lab", "alfa", "2027-03", 1.0)]),
        fleets_frame({}),
        "contracts, row 2, column site: the portfolio has no 'alfa'",
    ),
    "no month": (
        contracts_frame([("lab", "alpha", "March", 1.0)]),
        fleets_frame({}),
        "contracts, row 2, column start: 'March' is not a month",
    ),
    "no number": (
        contracts_frame([("lab", "alpha", "2027-03", float("nan"))]),
        fleets_frame({}),
        "contracts, row 2, column mw: not a finite number",
    ),
    "unknown fleet": (
        contracts_frame([]),
        fleets_frame({"old": [1.0], "new": [1.0]}),
        "fleets, row 3, column fleet: 'new' is not known here",
    ),
    "a row twice": (
        contracts_frame([]),
        pd.concat([fleets_frame({"old": [1.0]})] * 2, ignore_index=True),
        "fleets, row 3: a second row for the same month, site, fleet",
    ),
}


@pytest.mark.parametrize("name", WRONG_FRAMES)
def test_a_frame_that_cannot_be_is_refused(name: str) -> None:
    """Names, months and numbers that the tables do not know are said with their row and column."""
    contracts, fleets, message = WRONG_FRAMES[name]
    with pytest.raises(ReplayError, match=message):
        replay(portfolio(), contracts, fleets)


def test_a_fleet_cannot_run_at_another_site() -> None:
    """The fleet stands at alpha."""
    frame = fleets_frame({"old": [1.0]}, {"old": "beta"})
    with pytest.raises(ReplayError, match="row 2: fleet 'old' is not at that site"):
        replay(portfolio(sites=[site(), site(id="beta")]), contracts_frame([]), frame)


def test_two_series_and_a_flat_site_are_kept_apart() -> None:
    """Three sites with power at 20, 40 and 30 USD/MWh each pay their own."""
    case = portfolio(
        {"market": hourly(2027, 20.0), "other": hourly(2027, 40.0)},
        settings=settings(months=1),
        sites=[site(power="market"), site(id="beta", power="other"), site(id="gamma")],
        fleets=[fleet(), fleet(id="b", site="beta"), fleet(id="c", site="gamma")],
        rigs=[RIG],
        contracts=[],
    )
    frame = fleets_frame({"old": [1.0], "b": [1.0], "c": [1.0]}, {"old": "alpha", "b": "beta", "c": "gamma"})
    found = replay(case, contracts_frame([]), frame)
    assert found.lines["mining_power"][:, 0] == pytest.approx([-744 * 20.0, -744 * 40.0, -744 * 30.0])
