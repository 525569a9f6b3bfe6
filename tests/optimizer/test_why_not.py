"""Why not: what would bring in what a plan leaves out, worked by hand and crossed by 0.1 % either way.

In the case of cases.py a MW of the offer that starts in March brings 4 months of rent, costs 100,000 USD of capex and
takes 1.25 MW from mining at 20 USD/MWh in 2,928 hours: 4,000 * rent - 173,200 USD, nothing at 43.30 USD/kW-month.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import pandas as pd
import pytest

from optimizer.compiling import compile_portfolio
from optimizer.planning import plan, solve_plan
from optimizer.reservation import reservations
from optimizer.results import SCHEMAS, Plan
from optimizer.solve import Session
from optimizer.why_not import why_not_frame
from sites import Portfolio, load_portfolio
from sites.bundled import portfolio_path
from tests.optimizer.cases import RIG, offer, portfolio, settings, site

ALMOST = 1e-3


def why_not(given: Portfolio) -> pd.DataFrame:
    """The table of a portfolio's plan."""
    p, matrices = compile_portfolio(given)
    session = Session(matrices)
    found = solve_plan(session, p)
    return why_not_frame(session, p, found, reservations(session, p, found))


def needed(table: pd.DataFrame, kind: str, name: str, lever: str, start: str = "") -> tuple[float, str]:
    """What one lever would have to be, and how that was found."""
    own = table[(table["kind"] == kind) & (table["name"] == name) & (table["lever"] == lever)]
    own = own[own["start"] == start] if start else own
    assert len(own) == 1, own
    return float(own["needed"].iloc[0]), str(own["basis"].iloc[0])


def reason(table: pd.DataFrame, kind: str, name: str, lever: str) -> str:
    """What stops it."""
    own = table[(table["kind"] == kind) & (table["name"] == name) & (table["lever"] == lever)]
    return str(own["reason"].iloc[0])


def taken_mw(found: Plan, contract: str) -> float:
    """Critical MW of an offer in a plan."""
    return float(found.frames.contracts.query("contract == @contract")["mw"].sum())


def with_offer(given: Portfolio, contract: str, **changes: Any) -> Portfolio:
    """A copy in which one offer has other terms."""
    changed = copy.copy(given)
    contracts = tuple(c.model_copy(update=changes) if c.id == contract else c for c in given.contracts)
    object.__setattr__(changed, "contracts", contracts)
    return changed


def assert_flips(given: Portfolio, contract: str, field: str, number: float, *, upwards: bool) -> None:
    """0.1 % on one side of the number a cold plan takes nothing of the offer, 0.1 % on the other it takes some."""
    for share in (-ALMOST, ALMOST):
        found = plan(with_offer(given, contract, **{field: number * (1.0 + share)}), full=False)
        assert (taken_mw(found, contract) > 0.0) == ((share > 0.0) == upwards), (contract, field, number, share)


def test_an_offer_that_is_too_cheap_says_its_rent_and_its_capex() -> None:
    """At 40 USD/kW-month a MW lacks 13,200 USD: 3.30 USD of rent, or 13,200 USD of capex."""
    given = portfolio(contracts=[offer(price_usd_per_kw_month=40.0)])
    table = why_not(given)
    assert list(table.columns) == list(SCHEMAS["why_not"])
    assert needed(table, "offer", "lab", "rent") == (pytest.approx(43.3, rel=1e-9), "re-solve")
    assert needed(table, "offer", "lab", "capex") == (pytest.approx(86_800.0, rel=1e-6), "re-solve")
    assert_flips(given, "lab", "price_usd_per_kw_month", 43.3, upwards=True)
    assert_flips(given, "lab", "capex_usd_per_mw", 86_800.0, upwards=False)


def test_a_capex_of_nothing_is_not_enough() -> None:
    """At 15 USD/kW-month a MW lacks 113,200 USD, more than all its capex."""
    table = why_not(portfolio(contracts=[offer(price_usd_per_kw_month=15.0)]))
    value, basis = needed(table, "offer", "lab", "capex")
    assert math.isnan(value)
    assert basis == "none"
    assert reason(table, "offer", "lab", "capex").endswith("no capex is low enough")


def test_a_capex_that_the_budget_charges() -> None:
    """A budget of 200,000 USD holds 2 MW: a second offer's MW takes the budget of the first, at 2.268 USD per USD.

    The first earns 226,800 USD for 100,000 of it. The second, at 90 USD/kW-month, earns 286,800 - capex: as much
    for each USD of the budget at a capex x where (286,800 - x) / x = 2.268, x = 87,759.
    """
    second = offer(id="second", price_usd_per_kw_month=90.0)
    given = portfolio(contracts=[offer(), second], limits={"capex_budget": [{"month": "2027-01", "usd": 200_000.0}]})
    value, basis = needed(why_not(given), "offer", "second", "capex")
    assert value == pytest.approx(286_800.0 / 3.268, rel=ALMOST / 2)
    assert basis == "re-solve"
    assert_flips(given, "second", "capex_usd_per_mw", value, upwards=False)


def test_a_shorter_building_time_opens_the_start_that_pays() -> None:
    """At 40 USD/kW-month a start in March loses 13,200 USD a MW; one in February, 1 month of building, earns 10,000."""
    given = portfolio(contracts=[offer(price_usd_per_kw_month=40.0, first_start="2027-01")])
    table = why_not(given)
    assert needed(table, "offer", "lab", "lead_time") == (1.0, "re-solve")
    assert taken_mw(plan(with_offer(given, "lab", build_months=1), full=False), "lab") == pytest.approx(4.0)
    assert taken_mw(plan(with_offer(given, "lab", build_months=2), full=False), "lab") == 0.0


def test_no_building_time_is_short_enough() -> None:
    """Where the window opens in March building in less time changes nothing."""
    table = why_not(portfolio(contracts=[offer(price_usd_per_kw_month=40.0)]))
    assert math.isnan(needed(table, "offer", "lab", "lead_time")[0])
    assert "no building time is short enough" in reason(table, "offer", "lab", "lead_time")


def test_an_offer_that_is_not_ready_before_its_last_start() -> None:
    """Five months of building end in June, after the last start in April: with three it starts in April."""
    given = portfolio(contracts=[offer(build_months=5)])
    table = why_not(given)
    assert "no start of it lies inside the horizon" in reason(table, "offer", "lab", "rent")
    assert needed(table, "offer", "lab", "lead_time") == (3.0, "re-solve")
    assert math.isnan(needed(table, "offer", "lab", "rent")[0])


def test_prepaid_rent_may_want_a_longer_building_time() -> None:
    """Prepaid rent is received at signing; each building time is then tried, the longest that is enough is told."""
    terms = {"price_usd_per_kw_month": 40.0, "first_start": "2027-01", "prepaid_months": 1}
    given = portfolio(contracts=[offer(**terms)], settings=settings(discount_rate=0.05))
    value, basis = needed(why_not(given), "offer", "lab", "lead_time")
    assert (value, basis) == (1.0, "re-solve")
    assert taken_mw(plan(with_offer(given, "lab", build_months=1), full=False), "lab") > 0.0


def test_a_later_start_of_a_taken_offer() -> None:
    """April earns 145,400 USD a MW where March earns 226,800: over 3 months the 81,400 are 27.13 USD/kW-month."""
    table = why_not(portfolio())
    value, basis = needed(table, "start", "lab", "rent", "2027-04")
    assert value == pytest.approx(100.0 + 81_400.0 / 3_000.0, rel=1e-9)
    assert basis in ("reduced cost", "re-solve")
    assert needed(table, "start", "lab", "capex", "2027-04")[0] == pytest.approx(18_600.0, rel=1e-6)


def test_starts_in_whole_steps_say_what_is_enough() -> None:
    """With the plan's steps held April lacks what it lacks without steps; an offer that is off has no room in them."""
    off = offer(id="off", min_mw=2.0, price_usd_per_kw_month=10.0)
    table = why_not(portfolio(contracts=[offer(min_mw=1.5), off]))
    value, basis = needed(table, "start", "lab", "rent", "2027-04")
    assert (value, basis) == (pytest.approx(100.0 + 81_400.0 / 3_000.0, rel=1e-9), "enough")
    value, basis = needed(table, "start", "off", "rent", "2027-04")
    assert math.isnan(value)
    assert basis == "none"


def test_a_site_without_ai_names_its_nearest_offer() -> None:
    """At beta mining earns 30 USD/MWh: a MW there displaces 36,600 USD more, 9.15 USD/kW-month."""
    given = portfolio(
        sites=[site(), site(id="beta", power=20.0)],
        fleets=[
            {"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0},
            {"id": "new", "site": "beta", "rig": "rig20", "mw": 10.0},
        ],
        contracts=[offer(sites=["alpha", "beta"])],
    )
    table = why_not(given)
    assert needed(table, "site", "beta", "rent") == (pytest.approx(109.15, rel=1e-9), "re-solve")
    assert needed(table, "site", "beta", "capex") == (pytest.approx(63_400.0, rel=1e-6), "re-solve")
    assert "'lab'" in reason(table, "site", "beta", "rent")
    assert table.query("kind == 'site' and name == 'beta'")["start"].tolist() == ["2027-03", "2027-03"]
    assert table.query("kind == 'site' and name == 'alpha'").empty


def test_a_site_that_no_offer_names() -> None:
    """A site without offers says so."""
    table = why_not(portfolio(sites=[site(), site(id="beta")]))
    assert "no open offer" in reason(table, "site", "beta", "rent")


def test_a_fleet_that_never_earns_its_power() -> None:
    """At 12 USD/PH/day mining earns 25 USD/MWh and pays 30: the path has to be 1.2 times as high."""
    given = portfolio(contracts=[], hashprice=[{"month": "2027-01", "usd_per_ph_day": 12.0}])
    table = why_not(given)
    assert needed(table, "fleet", "old", "hashprice") == (pytest.approx(1.2, rel=1e-6), "own margin")
    assert needed(table, "site", "alpha", "hashprice") == (pytest.approx(1.2, rel=1e-6), "own margin")
    for share in (-ALMOST, ALMOST):
        hashprice = [{"month": "2027-01", "usd_per_ph_day": 12.0 * 1.2 * (1.0 + share)}]
        found = plan(portfolio(contracts=[], hashprice=hashprice), full=False)
        assert (found.frames.fleets["mining_mw"].sum() > 0.0) == (share > 0.0)


def test_a_fleet_whose_room_is_taken() -> None:
    """Beside one that fills the site and earns 20 USD/MWh a fleet that earns 11.67 lacks 8.33 in 724 hours a month."""
    worse = {"id": "worse", "site": "alpha", "rig": "rig24", "mw": 5.0}
    given = portfolio(
        contracts=[],
        rigs=[RIG, {"id": "rig24", "th_s": 100.0, "watts": 2400.0}],
        fleets=[{"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0}, worse],
    )
    table = why_not(given)
    assert needed(table, "fleet", "worse", "margin") == (pytest.approx(50 / 6 * 4344 / 6, rel=1e-9), "re-solve")
    assert "worth more" in reason(table, "fleet", "worse", "margin")


def test_a_site_whose_mining_is_displaced() -> None:
    """Signed AI fills the site from January on; a MW of it cannot be bought back, so no margin brings a rig in."""
    deal = offer(committed_mw=8.0, max_mw=8.0, first_start="2027-01", last_start="2027-01", build_months=0)
    table = why_not(portfolio(contracts=[deal]))
    for kind, name in (("fleet", "old"), ("site", "alpha")):
        assert math.isnan(needed(table, kind, name, "margin")[0])
        assert "leave no room" in reason(table, kind, name, "margin")


def test_a_member_of_an_exclusive_group() -> None:
    """Beside a rival at 100 USD/kW-month an offer of the same terms needs 100 too, or a capex 40,000 USD lower."""
    pair = [
        offer(exclusive_group="one"),
        offer(id="rival", exclusive_group="one", price_usd_per_kw_month=90.0),
    ]
    given = portfolio(contracts=pair)
    table = why_not(given)
    assert needed(table, "offer", "rival", "rent") == (pytest.approx(100.0, rel=1e-6), "re-solve")
    assert needed(table, "offer", "rival", "capex") == (pytest.approx(60_000.0, rel=1e-6), "re-solve")
    assert reason(table, "offer", "rival", "rent") == "'lab' of the same exclusive group is taken"
    assert_flips(given, "rival", "price_usd_per_kw_month", 100.0, upwards=True)
    assert_flips(given, "rival", "capex_usd_per_mw", 60_000.0, upwards=False)


def test_a_size_for_which_there_is_no_room() -> None:
    """4.9 MW of AI hold 3.92 critical MW: an offer of at least 4 comes in at no rent, capex or building time."""
    table = why_not(portfolio(contracts=[offer(min_mw=4.0)], sites=[site(ai_max_mw=4.9)]))
    own = table[table["kind"] == "offer"]
    assert own["lever"].tolist() == ["rent", "capex", "lead_time"]
    assert own["needed"].isna().all()
    assert set(own["basis"]) == {"none"}


def test_a_requirement_that_is_not_met() -> None:
    """An offer whose required offer does not pay says that."""
    pair = [
        offer(min_mw=1.0, price_usd_per_kw_month=10.0),
        offer(id="rest", requires="lab", max_mw=1.0, price_usd_per_kw_month=50.0),
    ]
    assert (
        reason(why_not(portfolio(contracts=pair)), "offer", "rest", "rent") == "it requires 'lab', which is not taken"
    )


@pytest.mark.parametrize("name", ["single-site", "deal-desk"])
def test_every_offer_of_a_bundled_portfolio_flips(name: str) -> None:
    """Rents, capexes and building times of rejected offers, crossed by a cold plan."""
    given = load_portfolio(portfolio_path(name))
    table = why_not(given).query("kind == 'offer' and basis == 're-solve'")
    fields = {"rent": "price_usd_per_kw_month", "capex": "capex_usd_per_mw"}
    assert {"rent", "capex"} <= set(table["lever"])
    for line in table.itertuples():
        if line.lever in fields:
            assert_flips(given, line.name, fields[line.lever], line.needed, upwards=line.lever == "rent")
        else:
            longest = int(line.needed)
            for months in (longest, longest + 1):
                found = plan(with_offer(given, line.name, build_months=months), full=False)
                assert (taken_mw(found, line.name) > 0.0) == (months == longest)


def test_the_session_is_as_it_was() -> None:
    """After the table the session solves its own programme again."""
    rival = offer(id="rival", exclusive_group="one", price_usd_per_kw_month=90.0)
    p, matrices = compile_portfolio(portfolio(contracts=[offer(exclusive_group="one"), rival]))
    session = Session(matrices)
    found = solve_plan(session, p)
    why_not_frame(session, p, found, reservations(session, p, found))
    assert session.matrices is matrices
    assert session.minimise().objective == pytest.approx(found.objective, rel=1e-9)


def test_the_table_is_reproducible() -> None:
    """Two plans give the same table to the last bit."""
    given = load_portfolio(portfolio_path("single-site"))
    pd.testing.assert_frame_equal(why_not(given), why_not(given), check_exact=True)
