"""Deal sheets: worked by hand where a pencil is enough, and every quoted break-even crossed by cold plans elsewhere.

In the case of cases.py a critical MW of the offer brings 4,000 r - 100,000 USD at a rent r and displaces mining worth
73,200 USD: it is taken from 43.30 on, all 4 MW at once.
"""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from optimizer.deal_flips import Point, nearest, zero
from optimizer.deal_sheet import ALL_MW, FIRST_MW, MOST_MW, QUOTED, Deal, deal
from optimizer.deal_terms import HASHPRICE, TERMS, at_hashprice
from optimizer.errors import DealError, InfeasiblePlanError, SolverError
from optimizer.pins import parse_pin
from optimizer.planning import plan
from optimizer.repricing import NO_START, with_offer
from optimizer.search import EXACT_GAP
from sites.portfolio import Portfolio
from tests.optimizer.cases import offer, portfolio, settings, site
from tests.optimizer.hard import hard_portfolio

RESERVATION = 43.3
CROSSED = 1e-3


def desk(**lab: Any) -> Portfolio:
    """Three years, a tail, two sites, two fleets and a rival: every term of the offer matters."""
    two = [site(capacity_mw=12.0, ai_max_mw=8.0), site(id="beta", capacity_mw=9.0, power=35.0)]
    fleets = [
        {"id": "old", "site": "alpha", "rig": "rig20", "mw": 12.0},
        {"id": "new", "site": "beta", "rig": "rig20", "mw": 9.0},
    ]
    terms = {
        "sites": ["alpha", "beta"],
        "max_mw": 5.0,
        "first_start": "2027-06",
        "last_start": "2027-09",
        "term_months": 60,
        "escalator": 0.02,
        "prepaid_months": 2,
        "power": "included",
        "capex_usd_per_mw": 1_500_000.0,
        "tenant_capex_share": 0.3,
        "default_rate": 0.01,
        "opex_usd_per_kw_month": 5.0,
        **lab,
    }
    rival = offer(id="rival", counterparty="Other", max_mw=3.0, price_usd_per_kw_month=95.0, first_start="2027-04")
    return portfolio(
        settings=settings(months=36, discount_rate=0.12, ai_discount_rate=0.08, contract_tail=0.5),
        sites=two,
        fleets=fleets,
        contracts=[offer(**terms), rival],
    )


def cold(given: Portfolio, rent: float | None = None) -> tuple[float, float]:
    """NPV and critical MW of the offer in a cold plan, at another rent. [USD, MW]"""
    copy = given if rent is None else with_offer(given, "lab", price_usd_per_kw_month=rent)
    found = plan(copy, full=False, gap=EXACT_GAP)
    taken = found.frames.contracts.query("contract == 'lab'")["mw"].sum()
    return found.summary["npv_usd"], float(taken)


@pytest.fixture(scope="module")
def simple() -> Deal:
    """The offer of cases.py."""
    return deal(portfolio(), "lab")


@pytest.fixture(scope="module")
def linear() -> Deal:
    """The desk's offer, of any size."""
    return deal(desk(), "lab")


LUMPY = {"min_mw": 4.0, "block_mw": 1.0}


@pytest.fixture(scope="module")
def lumpy() -> Deal:
    """The desk's offer, at least 4 MW in blocks of 1."""
    return deal(desk(**LUMPY), "lab")


def test_the_headline_by_hand(simple: Deal) -> None:
    """At 100 USD/kW-month 4 MW bring 1,200,000 USD and displace 292,800."""
    found = simple.headline
    assert found.status == "taken"
    assert (found.reservation, found.all_mw_rent, found.most_mw_rent) == pytest.approx((RESERVATION,) * 3, rel=1e-9)
    assert (found.headroom, found.headroom_share) == pytest.approx((56.7, 0.567))
    assert (found.taken_mw, found.all_mw, found.possible_mw) == pytest.approx((4.0, 4.0, 4.0))
    assert found.npv_without_usd == pytest.approx(868_800.0)
    assert found.gain_usd == pytest.approx(907_200.0)


def test_the_curve_by_hand(simple: Deal) -> None:
    """Nothing below 43.30, then 4 MW, and 16,000 USD more for every USD/kW-month."""
    assert simple.curve["rent_from"].tolist()[:2] == pytest.approx([-math.inf, RESERVATION])
    assert simple.curve["mw"].tolist()[:2] == pytest.approx([0.0, 4.0])
    assert simple.curve["npv_usd"].tolist()[:2] == pytest.approx([868_800.0] * 2)
    assert simple.curve["usd_per_rent"].tolist()[:2] == pytest.approx([0.0, 16_000.0])


def test_what_is_displaced_by_hand(simple: Deal) -> None:
    """5 MW of the fleet for four months of six: 20 MW-months, 250 PH/s in four of them, 292,800 USD."""
    one = simple.exchanges[0]
    assert one.at == QUOTED
    assert one.mw == pytest.approx(4.0)
    assert one.own_npv_usd == pytest.approx(1_200_000.0)
    assert one.opportunity_cost_usd == pytest.approx(292_800.0)
    row = simple.displaced[simple.displaced["at"] == QUOTED].iloc[0]
    assert (row["kind"], row["name"], row["site"]) == ("fleet", "old", "alpha")
    assert (row["mw"], row["mw_months"], row["hashrate_eh_s"]) == pytest.approx((20 / 6, 20.0, 0.25 * 4 / 6))
    assert row["usd"] == pytest.approx(292_800.0)


def test_the_walk_away_rent_by_hand(simple: Deal) -> None:
    """Tenants who fund half of the capex need pay 50,000 USD per MW less in 4,000 kW-months: 12.50 less."""
    rents = simple.terms.set_index(["term", "value"])["reservation_usd_per_kw_month"]
    assert rents["tenant_capex_share", 0.5] == pytest.approx(RESERVATION - 12.5)
    # Without capex it is cheaper to start in April: three months displace 54,600 USD.
    assert rents["tenant_capex_share", 1.0] == pytest.approx(54_600 / 3_000)
    # Three months later rent begins in June: 720 hours of 1.25 MW at 20 USD/MWh are displaced, one month is paid.
    assert rents["start_delay_months", 3.0] == pytest.approx(118.0)
    # The customer pays for the power.
    assert rents["pue", 1.5] == pytest.approx(RESERVATION)
    late = simple.terms.query("term == 'start_delay_months' and value >= 6")
    assert set(late["status"]) == {NO_START}
    assert late["reservation_usd_per_kw_month"].isna().all()


def test_the_flip_by_hand(simple: Deal) -> None:
    """300,000 USD per MW are what 3,660 MWh of mining earn at (300,000 / 3,660 + 30) / 50 times the hashprice."""
    assert len(simple.flips) == 1
    row = simple.flips.iloc[0]
    assert row["hashprice_factor"] == pytest.approx((300_000 / 3_660 + 30) / 50, rel=1e-7)
    assert row["usd_per_ph_day"] == pytest.approx(24 * row["hashprice_factor"])
    assert bool(row["taken_below"])
    assert bool(row["is_nearest"])


def test_the_offers_own_values_stand_among_the_points(linear: Deal) -> None:
    """One point of every term is the offer as it is, with its reservation price."""
    own = linear.terms[linear.terms["is_own"]]
    assert own["term"].tolist() == [*(term.name for term in TERMS), HASHPRICE]
    assert own["reservation_usd_per_kw_month"].tolist() == pytest.approx([linear.headline.reservation] * len(own))
    assert (own["change_usd_per_kw_month"].abs() < 1e-9).all()


@pytest.mark.parametrize("kind", ["linear", "lumpy"])
def test_the_walk_away_rent_is_indifference(kind: str, request: pytest.FixtureRequest) -> None:
    """Fed back into a cold plan it changes the NPV by less than 1e-6; 0.1 % less takes nothing, 0.1 % more some."""
    sheet: Deal = request.getfixturevalue(kind)
    given = desk(**(LUMPY if kind == "lumpy" else {}))
    rent, without = sheet.headline.reservation, sheet.headline.npv_without_usd
    assert cold(given, rent)[0] == pytest.approx(without, rel=1e-6)
    below, above = (cold(given, rent * (1 + move)) for move in (-CROSSED, CROSSED))
    assert below[0] == pytest.approx(without, rel=1e-9)
    assert below[1] == 0.0
    assert above[0] > without
    assert above[1] > 0.0


@pytest.mark.parametrize("kind", ["linear", "lumpy"])
def test_all_mw_are_taken_just_above_their_rent(kind: str, request: pytest.FixtureRequest) -> None:
    """0.1 % below the rent of all MW some are missing, 0.1 % above none."""
    sheet: Deal = request.getfixturevalue(kind)
    given = desk(**(LUMPY if kind == "lumpy" else {}))
    rent = sheet.headline.all_mw_rent
    assert cold(given, rent * (1 - CROSSED))[1] < 5.0 - 1e-6
    assert cold(given, rent * (1 + CROSSED))[1] == pytest.approx(5.0)


@pytest.mark.parametrize("kind", ["linear", "lumpy"])
def test_every_walk_away_rent_flips_a_cold_plan(kind: str, request: pytest.FixtureRequest) -> None:
    """0.1 % below a rent the changed offer is left, 0.1 % above it is taken; the ends of every term's range."""
    sheet: Deal = request.getfixturevalue(kind)
    given = desk(**(LUMPY if kind == "lumpy" else {}))
    tried = 0
    for term in TERMS:
        points = sheet.terms[(sheet.terms["term"] == term.name) & (sheet.terms["status"] == "exact")]
        for row in points.iloc[[0, -1]].itertuples():
            copy = with_offer(given, "lab", **term.changes(given.contracts[0], row.value))
            rent = row.reservation_usd_per_kw_month
            assert cold(copy, rent * (1 - CROSSED))[1] == 0.0, (term.name, row.value)
            assert cold(copy, rent * (1 + CROSSED))[1] > 0.0, (term.name, row.value)
            tried += 1
    assert tried == 2 * len(TERMS)


@pytest.mark.parametrize("kind", ["linear", "lumpy"])
def test_the_hashprice_flips_a_cold_plan(kind: str, request: pytest.FixtureRequest) -> None:
    """0.1 % of the hashprice to either side of a flip the decision is another one."""
    sheet: Deal = request.getfixturevalue(kind)
    given = desk(**(LUMPY if kind == "lumpy" else {}))
    assert len(sheet.flips)
    for row in sheet.flips.itertuples():
        below, above = (cold(at_hashprice(given, row.hashprice_factor * (1 + move)))[1] for move in (-CROSSED, CROSSED))
        assert (below > 0.0, above > 0.0) == (row.taken_below, not row.taken_below)


@pytest.mark.parametrize("kind", ["simple", "linear", "lumpy"])
def test_own_value_less_opportunity_cost_is_the_gain(kind: str, request: pytest.FixtureRequest) -> None:
    """To the cent, and the lines of what is displaced add up to its cost."""
    sheet: Deal = request.getfixturevalue(kind)
    assert [one.at for one in sheet.exchanges] == [QUOTED, ALL_MW]
    for one in sheet.exchanges:
        assert one.own_npv_usd - one.opportunity_cost_usd == pytest.approx(one.gain_usd, abs=0.01)
        lines = sheet.displaced[sheet.displaced["at"] == one.at]
        assert lines["usd"].sum() == pytest.approx(one.opportunity_cost_usd, abs=1.0)
    assert sheet.exchanges[0].gain_usd == pytest.approx(sheet.headline.gain_usd, abs=0.01)


def test_an_offer_that_is_left_shows_what_its_first_mw_displaces() -> None:
    """At a rent of 30 nothing is taken or displaced: the sheet shows the walk-away rent, at which nothing is gained."""
    found = deal(desk(price_usd_per_kw_month=30.0), "lab")
    assert found.headline.status == "not taken"
    assert found.headline.taken_mw == 0.0
    assert found.headline.gain_usd == pytest.approx(0.0, abs=0.01)
    assert found.headline.headroom < 0.0
    first = found.exchanges[0]
    assert (first.at, first.rent_usd_per_kw_month) == (FIRST_MW, found.headline.reservation)
    assert first.own_npv_usd == pytest.approx(first.opportunity_cost_usd, rel=1e-6)


def test_limits_that_hold_the_deal_down_are_named() -> None:
    """4 MW of AI at the site are 3.2 critical MW: one more MW of firm capacity there would bring 0.8."""
    found = deal(portfolio(sites=[site(ai_max_mw=4.0)]), "lab")
    assert math.isnan(found.headline.all_mw_rent)
    assert found.headline.most_mw_rent == pytest.approx(RESERVATION)
    assert (found.headline.most_mw, found.headline.possible_mw) == pytest.approx((3.2, 3.2))
    assert found.exchanges[-1].at == MOST_MW
    row = found.limits.iloc[0]
    assert (row["where"], row["bound"], row["mw_per_unit"]) == ("alpha", 4.0, pytest.approx(0.8))


def test_pins_of_other_offers_hold_in_the_sheet() -> None:
    """Nothing is left for the lab when the rival is forced to hold all firm capacity."""
    rival = offer(id="rival", max_mw=4.0, price_usd_per_kw_month=1.0)
    given = portfolio(sites=[site(ai_max_mw=5.0)], contracts=[offer(), rival])
    assert deal(given, "lab").headline.most_mw == pytest.approx(4.0)
    found = deal(given, "lab", pins=[parse_pin("rival@alpha:2027-03=4")])
    assert found.headline.possible_mw == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(found.headline.reservation)
    assert found.exchanges == ()


def test_a_deal_that_limits_demand_has_a_curve_and_no_walk_away_rent() -> None:
    """When the signed deal ends in March, only this offer keeps the share of AI that is asked for."""
    signed = offer(id="old", committed_mw=1.0, max_mw=1.0, first_start="2026-01", last_start="2026-01", term_months=15)
    found = deal(portfolio(contracts=[offer(), signed], limits={"min_eh_s": 0.05, "ai_share_min": 0.1}), "lab")
    assert found.headline.status == "forced"
    assert math.isnan(found.headline.reservation)
    assert found.headline.taken_mw == pytest.approx(4.0)
    assert len(found.curve) >= 2
    assert (len(found.terms), len(found.flips), found.exchanges) == (0, 0, ())


def test_a_deal_survives_a_trip_between_processes(lumpy: Deal) -> None:
    """Pickled and back it is the same."""
    back = pickle.loads(pickle.dumps(lumpy))
    assert back.headline == lumpy.headline
    pd.testing.assert_frame_equal(back.terms, lumpy.terms)


@pytest.mark.parametrize(
    ("contracts", "asked", "words"),
    [
        ([offer()], "labb", ["contract = labb: expected an open offer of the portfolio: lab", "did you mean 'lab'"]),
        ([], "lab", ["contract = lab: expected an open offer; there is none"]),
        (
            [offer(committed_mw=2.0, last_start="2027-03")],
            "lab",
            ["contract = lab: expected an open offer; it is signed, with 2 MW"],
        ),
        (
            [offer(first_start="2028-01", last_start="2028-02")],
            "lab",
            ["contract = lab: expected an offer that can be taken: no start of it lies inside the horizon"],
        ),
    ],
)
def test_what_cannot_be_priced_is_refused(contracts: list[dict[str, Any]], asked: str, words: list[str]) -> None:
    """An unknown offer, none at all, a signed one, and one that never starts: a sentence each, exit code 2."""
    with pytest.raises(DealError) as caught:
        deal(portfolio(contracts=contracts), asked)
    assert all(word in str(caught.value) for word in words)
    assert caught.value.exit_code == 2


def test_an_offer_with_pins_of_its_own_is_refused() -> None:
    """A pin leaves nothing to decide, or moves with no delay."""
    with pytest.raises(DealError, match=r"it is pinned: lab@alpha:2027-03=4\."):
        deal(portfolio(), "lab", pins=[parse_pin("lab@alpha:2027-03=4")])


def test_limits_that_clash_leave_no_sheet() -> None:
    """No plan at all is told with the limits that clash."""
    with pytest.raises(InfeasiblePlanError, match="lowest hashrate"):
        deal(portfolio(limits={"min_eh_s": 5.0}), "lab")


def test_a_search_out_of_time_gives_no_price() -> None:
    """A price within a gap is no price: the sheet ends with a sentence that says so."""
    with pytest.raises(SolverError, match=r"stopped by the time limit of 0\.2 s before it was exact"):
        deal(hard_portfolio(), "offer0", time_limit=0.2)


def test_of_several_flips_the_nearest_on_either_side_counts() -> None:
    """Four points that alternate around the given path have three brackets; two lie next to it."""
    low, left, right, high = (Point(factor, above) for factor, above in ((0.5, 1), (0.75, -1), (1.5, 2), (2.0, -1)))
    assert nearest([(low, left), (left, replace(right, factor=1.0)), (right, high)]) == [
        (left, replace(right, factor=1.0)),
        (right, high),
    ]


def test_a_flip_is_found_where_one_side_is_flat_and_where_nothing_is_taken() -> None:
    """A bend, a steep step and a side without any price: each is closed in on within the steps allowed."""
    asked = []

    def price(factor: float) -> Point:
        asked.append(factor)
        return Point(factor, math.inf if factor > 1.9 else max(-0.01, (factor - 1.7) ** 3 * 1e3))

    assert zero(price, Point(1.0, -0.01), Point(4.0, math.inf)) == pytest.approx(1.7, rel=2e-3)
    assert len(asked) < 40
