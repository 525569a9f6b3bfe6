"""Capital that is sound: what the rules on it leave unsaid. What they say is in capital_cases.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sites.capital_cases import CAPITAL, HYDRO, TERMS, capital, more, priced_by_its_market, with_scenarios
from tests.sites.small import added, changed, findings_of, tables


def test_capital_as_the_cases_begin_with_is_sound() -> None:
    """Every table of capital, without a word."""
    assert findings_of(capital()) == []


@pytest.mark.parametrize("table", [table for table in CAPITAL if table not in ("liquidity", "rig_stock", "rig_offers")])
def test_each_table_may_be_left_out(table: str) -> None:
    """None needs another one, but for shares and machines."""
    assert findings_of(capital(without=(table,))) == []


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("rig_offers", {"first_order": "2020-01", "last_order": "2040-01"}),
        ("rig_offers", {"first_order": "2028-12"}),
        ("rig_offers", {"first_order": "2027-06", "last_order": "2027-06", "lead_months": 18}),
        ("rig_offers", {"usd_per_th": 5}),
        ("rig_offers", {"usd_per_th": 4, "max_mw": 0}),
        ("rig_offers", {"monthly_decline": 0.1, "last_order": "2027-09"}),
        ("rig_stock", {"sell_usd_per_th": 13, "max_sell_mw_per_month": 0}),
        ("rig_stock", {"residual_usd_per_th": 12}),
        ("hall_builds", {"lead_months": 23}),
        ("loans", {"last_draw": "2026-01", "limit_usd": 0, "opening_usd": 30e6}),
        ("loans", TERMS),
        ("loans", {**TERMS, "last_draw": "2028-11", "grace_months": 0}),
        ("loans", {**TERMS, "last_draw": "2027-03", "grace_months": 3}),
        ("loans", {**TERMS, "last_draw": "2027-03", "tenor_months": 2}),
        ("loans", {**TERMS, "last_draw": "2027-03", "min_dscr": 0}),
        ("loans", {"contract": "lab", "capex_share": 0.6, "last_draw": "2027-01"}),
        ("fleets", {"mw": 70, "max_mw": 70.5}),
        ("sites", {"closure_cost_usd": 0, "first_closure": "2028-12"}),
        ("contracts", {"compute_capex_usd_per_mw": 25e6, "refresh_months": 48, "compute_trend": -0.2}),
        ("contracts", {"rent_trend": -0.1}),
        ("treasury", {"policy": "fixed_share", "sale_share": 0.05, "max_sale_btc": 100}),
        ("treasury", {"opening_btc": 0, "btc_price_usd": None}),
        ("liquidity", {"min_dscr": 1.2, "covenants_from": "2028-12"}),
        ("expansions", {"deposit_usd_per_mw": 50_000, "deposit_refund": 0.2, "min_mw": 10}),
    ],
)
def test_sound_terms_make_no_finding(table: str, cells: dict[str, Any]) -> None:
    """Windows that are cut by the plan, months at its very end, and terms that belong together."""
    assert findings_of(capital((table, cells))) == []


def test_a_window_backwards_is_told_once() -> None:
    """A window that ends before it begins is not also told to leave no month."""
    (finding,) = findings_of(capital(("equity", {"first_month": "2030-01", "last_month": "2029-01"})))
    assert (finding.severity, finding.column) == ("error", "last_month")


def test_loans_of_signed_deals_and_of_servers_are_drawn_when_these_are_paid() -> None:
    """Servers are paid with the first rent, a building signed before the plan at once, and prepaid rent covers."""
    tied = ("loans", {"contract": "lab", "capex_share": 0.6, "last_draw": "2027-06"})
    servers = {"tenant_capex_share": 1, "compute_capex_usd_per_mw": 25e6}
    (finding,) = findings_of(capital(tied, ("contracts", servers)))
    assert (finding.column, finding.expected[:30]) == ("last_draw", "a month not before 2027-07, wh")
    assert findings_of(capital(tied, ("contracts", {**servers, "build_months": 0, "first_start": "2027-06"}))) == []
    signed = {"committed_mw": 10, "sites": ["pecos"], "last_start": "2027-07", "build_months": 9}
    early = ("loans", {"contract": "lab", "capex_share": 0.6, "last_draw": "2027-01"})
    assert findings_of(capital(early, ("contracts", signed))) == []
    (finding,) = findings_of(capital(early, ("contracts", {**signed, "build_months": 3})))
    assert finding.column == "last_draw"
    covered = ("loans", {**TERMS, "last_draw": "2027-03"})
    assert findings_of(capital(covered, ("contracts", {"prepaid_months": 6}))) == []


def test_coin_may_be_priced_by_the_market() -> None:
    """A market with a price of bitcoin gives it to the treasury; one that only reads a curve does not."""
    assert findings_of(priced_by_its_market()) == []
    content = capital(("treasury", {"btc_price_usd": None}))
    content["settings"]["market"] = {"model": "curve"}
    (finding,) = findings_of(content)
    assert finding.column == "btc_price_usd"


def test_halls_that_can_be_built_make_room_for_other_cooling() -> None:
    """Hydro machines may wait for hydro halls; halls for any cooling take them at once."""
    fleet = {"id": "wet-fleet", "site": "pecos", "rig": "wet", "mw": 0, "max_mw": 5}
    content = more("fleets", **fleet)
    content["rigs"].append(dict(HYDRO))
    content["rig_offers"].append({"id": "new-wet", "rig": "wet", "usd_per_th": 14, "max_mw": 5})
    content["hall_builds"][0]["cooling"] = "hydro"
    assert findings_of(content) == []
    content["sites"][0]["cooling"] = "air"
    assert findings_of(content) == []
    content["hall_builds"][0]["cooling"] = "any"
    assert findings_of(content) == []
    del content["hall_builds"]
    (finding,) = findings_of(content)
    assert (finding.severity, finding.record, finding.value) == ("error", "'wet-fleet'", "wet")


def test_halls_and_grid_that_can_be_built_are_room_for_fleets_and_blocks() -> None:
    """A fleet of 50 MW needs halls of 50 MW in the end, not from the start; a block of 110 MW is the grid's, grown."""
    assert findings_of(capital(("sites", {"mining_ready_mw": 40}))) == []
    block = {"site": "pecos", "kind": "block", "mw": 110, "price_usd_per_mwh": 35}
    assert findings_of({**capital(), "power_contracts": [block]}) == []
    assert [finding.column for finding in findings_of(added("power_contracts", block))] == ["mw"]


def test_machines_of_a_fleet_may_go_to_another_one() -> None:
    """Terms of handling, and a second fleet with room, are enough: nothing need be for sale."""
    content = capital(("fleets", {"max_mw": None}), ("rig_stock", {"mw": 0}), without=("rig_offers",))
    assert findings_of(content) == []
    content["fleets"].append({"id": "oswego-box", "site": "oswego", "rig": "box", "mw": 0, "max_mw": 30})
    assert findings_of(content) == []


def test_one_unknown_machine_makes_one_finding() -> None:
    """What follows from a misspelt machine is not told as well; nor is what follows from a row that cannot be read."""
    for content in (capital(("fleets", {"rig": "bax"})), capital(("rig_offers", {"rig": "bax"}))):
        assert [(finding.column, finding.value) for finding in findings_of(content)] == [("rig", "bax")]
    assert [finding.column for finding in findings_of(capital(("fleets", {"mw": "many"})))] == ["mw"]
    assert [finding.column for finding in findings_of(capital(("rigs", {"watts": "many"})))] == ["watts"]
    assert [finding.column for finding in findings_of(capital(("hall_builds", {"usd_per_mw": 0.3})))] == ["usd_per_mw"]


def test_liquidity_in_scenarios_is_sound() -> None:
    """Two scenarios, of which the one of a quarter may be the worst."""
    assert findings_of(with_scenarios(scope="all")) == []
    assert findings_of(with_scenarios(scope="all_but_worst", worst_share=0.25)) == []


def test_rounded_probabilities_still_leave_the_worst_out() -> None:
    """A worst share of 0.3 is as much as a scenario of 0.1 + 0.2."""
    content = with_scenarios(scope="all_but_worst", worst_share=0.3)
    content["scenarios"][0]["probability"] = 0.1 + 0.2
    content["scenarios"][1]["probability"] = 0.7
    assert 0.3 < 0.1 + 0.2
    assert findings_of(content) == []


def test_a_machine_of_the_catalogue_may_be_offered() -> None:
    """A machine that only an offer and an empty fleet name is looked up in the catalogue."""
    content = added("rig_offers", {"id": "new", "rig": "s21", "usd_per_th": 12, "max_mw": 5})
    content["fleets"].append({"id": "empty", "site": "oswego", "rig": "s21", "mw": 0, "max_mw": 5})
    assert findings_of(content) == []


def test_sites_without_closure_say_nothing_of_it() -> None:
    """A site is closed only where it says what that costs."""
    assert findings_of(changed("sites", 0, closure_cost_usd=1e6)) == []
    assert "closure_cost_usd" not in tables()["sites"][0]
