"""A small portfolio with every table of capital, and the cases that break the rules on them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from sites import capital_rules, cash_rules, limit_rules, power_rules, reference_rules
from tests.sites.market_cases import FUNDAMENTAL
from tests.sites.small import Tables, tables

CAPITAL: Tables = {
    "rig_offers": [{"id": "new-boxes", "rig": "box", "usd_per_th": 12, "max_mw": 20}],
    "rig_stock": [{"rig": "box", "mw": 2, "sell_usd_per_th": 5}],
    "hall_builds": [{"id": "hall", "site": "pecos", "usd_per_mw": 300_000, "max_mw": 10}],
    "expansions": [{"id": "grid", "site": "pecos", "usd_per_mw": 200_000, "max_mw": 10}],
    "loans": [{"id": "bank", "limit_usd": 50e6, "rate": 0.1, "tenor_months": 12}],
    "equity": [{"id": "issue", "limit_usd": 50e6, "cost": 0.06}],
    "treasury": {"opening_btc": 500, "btc_price_usd": 90_000},
    "tax": {"rate": 0.21},
    "liquidity": {"opening_cash_usd": 20e6},
}
HYDRO: dict[str, object] = {"id": "wet", "th_s": 500, "watts": 7500, "cooling": "hydro"}
LATE: dict[str, object] = {"first_order": "2028-08", "lead_months": 6}
TWO: list[dict[str, object]] = [{"id": "low", "probability": 0.25}, {"id": "high", "probability": 0.75}]
TERMS = {"contract": "lab", "capex_share": 0.6, "last_draw": "2027-06", "min_dscr": 1.3}
Case = tuple[Callable[..., object], Callable[[], Tables], str]


def capital(*changes: tuple[str, dict[str, Any]], without: tuple[str, ...] = ()) -> Tables:
    """The small portfolio with its capital: cells of the first record of tables changed, some tables gone."""
    content = {**tables(), **copy.deepcopy(CAPITAL)}
    content["fleets"][0]["max_mw"] = 70
    for table, cells in changes:
        held = content.setdefault(table, [{}])
        record = held if isinstance(held, dict) else held[0]
        record.update(cells)
        for name in [name for name, cell in cells.items() if cell is None]:
            del record[name]
    return {table: rows for table, rows in content.items() if table not in without}


def more(table: str, **cells: object) -> Tables:
    """The same with one more record in a table."""
    content = capital()
    content[table].append(cells)
    return content


def with_scenarios(**cells: object) -> Tables:
    """The same with two scenarios and these terms of liquidity."""
    return {**capital(("liquidity", cells)), "scenarios": copy.deepcopy(TWO)}


CAPITAL_ERRORS: list[Case] = [
    (
        reference_rules.ids_are_unique,
        lambda: more("loans", id="bank", limit_usd=1e6, rate=0.1, tenor_months=12),
        "loans 'bank' id = bank: expected an id that is used once; row 1 has it already",
    ),
    (
        reference_rules.sites_are_known,
        lambda: capital(("hall_builds", {"site": "pecso"})),
        "hall_builds 'hall' site = pecso: expected the id of a site; did you mean 'pecos'?",
    ),
    (
        reference_rules.sites_are_known,
        lambda: capital(("expansions", {"site": "osweg"})),
        "expansions 'grid' site = osweg: expected the id of a site; did you mean 'oswego'?",
    ),
    (
        reference_rules.rigs_are_known,
        lambda: capital(("rig_offers", {"rig": "boxx"})),
        "rig_offers 'new-boxes' rig = boxx: expected the id of a rig, of the portfolio or the catalogue; "
        "did you mean 'box'?",
    ),
    (
        reference_rules.contracts_are_known,
        lambda: capital(("loans", {"contract": "labb"})),
        "loans 'bank' contract = labb: expected the id of a contract; did you mean 'lab'?",
    ),
    (
        capital_rules.windows_are_in_order,
        lambda: capital(("loans", {"first_draw": "2027-06", "last_draw": "2027-03"})),
        "loans 'bank' last_draw = 2027-03: expected a month not before first_draw 2027-06; were the two exchanged?",
    ),
    (
        capital_rules.handled_rigs_are_named_once,
        lambda: more("rig_stock", rig="box"),
        "rig_stock row 2 rig = box: expected every rig once; row 1 has it already",
    ),
    (
        capital_rules.fleets_hold_what_stands_in_them,
        lambda: capital(("fleets", {"max_mw": 20}), without=("rig_offers", "rig_stock")),
        "fleets 'pecos-box' max_mw = 20: expected at least mw 50; it is the most in all, not what may be added",
    ),
    (
        capital_rules.machines_suit_their_halls,
        lambda: capital(("sites", {"cooling": "hydro"}), ("hall_builds", {"cooling": "immersion"})),
        "fleets 'pecos-box' rig = box: expected a rig that suits halls for hydro, which 'pecos' has; "
        "'box' is cooled by air; change the site's cooling, or add such halls to hall_builds",
    ),
    (
        capital_rules.expansion_sizes_are_in_order,
        lambda: capital(("expansions", {"min_mw": 30})),
        "expansions 'grid' min_mw = 30: expected at most max_mw 10; as it stands it could never be ordered",
    ),
    (
        capital_rules.sites_that_close_have_a_cost,
        lambda: capital(("sites", {"first_closure": "2027-06"})),
        "sites 'pecos' closure_cost_usd is missing; first_closure needs it: "
        "expected a number of USD between 0 and 1e+13; write 0 for a site whose closing is free",
    ),
    (
        cash_rules.limits_by_contract_name_one,
        lambda: capital(("loans", {"capex_share": 0.6})),
        "loans 'bank' capex_share = 0.6: expected nothing without a contract; "
        "a loan for any purpose is limited by limit_usd alone",
    ),
    (
        cash_rules.covered_loans_have_a_last_draw,
        lambda: capital(("loans", {**TERMS, "last_draw": None})),
        "loans 'bank' last_draw is missing; min_dscr needs it: "
        "expected a month written YYYY-MM, between 1970-01 and 2200-12; "
        "coverage is tested once the last draw is out of grace",
    ),
    (
        cash_rules.coin_has_a_price,
        lambda: capital(("treasury", {"btc_price_usd": None})),
        "treasury btc_price_usd is missing; without a settings.market that is fundamental or stochastic the coin needs "
        "it: expected a number of USD/BTC between 0 and 1000000000",
    ),
    (
        cash_rules.sale_policy_fits_its_share,
        lambda: capital(("treasury", {"policy": "fixed_share"})),
        "treasury sale_share = 0.0: expected a fraction above 0 with policy fixed_share; "
        "policy free sells when it is worth most",
    ),
    (
        cash_rules.sale_policy_fits_its_share,
        lambda: capital(("treasury", {"sale_share": 0.1})),
        "treasury sale_share = 0.1: expected nothing with policy free; "
        "write policy: fixed_share to sell this share in every month",
    ),
]
CAPITAL_WARNINGS: list[Case] = [
    (
        capital_rules.windows_leave_a_month,
        lambda: capital(("hall_builds", LATE)),
        "hall_builds 'hall' first_order = 2028-08: expected a month between 2027-01 and 2028-06, "
        "6 months before the horizon's end; the plan can never make use of it",
    ),
    (
        capital_rules.windows_leave_a_month,
        lambda: capital(("expansions", {"lead_months": 24})),
        "expansions 'grid' lead_months = 24: expected less than the horizon's 24 months; "
        "the plan can never make use of it",
    ),
    (
        capital_rules.windows_leave_a_month,
        lambda: capital(("equity", {"last_month": "2026-12"})),
        "equity 'issue' last_month = 2026-12: expected a month between 2027-01 and 2028-12 (horizon's end); "
        "the plan can never make use of it",
    ),
    (
        capital_rules.columns_have_an_effect,
        lambda: capital(("contracts", {"refresh_months": 48, "compute_trend": -0.2})),
        "contracts 'lab' refresh_months = 48: expected nothing without compute_capex_usd_per_mw; it has no effect\n"
        "contracts 'lab' compute_trend = -0.2: expected nothing without compute_capex_usd_per_mw; it has no effect",
    ),
    (
        capital_rules.columns_have_an_effect,
        lambda: capital(("liquidity", {"covenants_from": "2027-07"})),
        "liquidity covenants_from = 2027-07: expected nothing without max_debt_to_income or min_dscr; it has no effect",
    ),
    (
        capital_rules.handled_rigs_are_owned_or_offered,
        lambda: more("rig_stock", rig="s21"),
        "rig_stock row 2 rig = s21: expected a rig of a fleet or of rig_offers, or mw above 0; "
        "there are no machines of it",
    ),
    (
        capital_rules.room_in_fleets_can_be_filled,
        lambda: capital(without=("rig_offers", "rig_stock")),
        "fleets 'pecos-box' max_mw = 70: expected nothing above mw 50 without a row for 'box' in rig_offers or "
        "rig_stock; nothing can be moved into it",
    ),
    (
        capital_rules.room_in_fleets_can_be_filled,
        lambda: capital(("rig_stock", {"mw": 0}), without=("rig_offers",)),
        "fleets 'pecos-box' max_mw = 70: expected machines of 'box' in rig_offers, in rig_stock or in another fleet; "
        "there is nothing to fill it with",
    ),
    (
        capital_rules.machines_have_a_place_to_go,
        lambda: capital(("fleets", {"max_mw": None}), ("rig_stock", {"mw": 0})),
        "rig_offers 'new-boxes' rig = box: expected a rig of which a fleet has room; "
        "give a fleet of 'box' a max_mw above its mw; otherwise they can only be sold",
    ),
    (
        capital_rules.machines_are_not_bought_to_be_sold,
        lambda: capital(
            ("rig_offers", {"monthly_decline": 0.04, "lead_months": 2}), ("rig_stock", {"sell_usd_per_th": 9})
        ),
        "rig_offers 'new-boxes' usd_per_th = 12: expected at least 8.8316 in 2027-09, when it is 8.65667; "
        "that much is worth what is sold on arrival, by sell_usd_per_th in rig_stock, "
        "so machines are bought for that alone",
    ),
    (
        capital_rules.machines_are_not_bought_to_be_sold,
        lambda: capital(
            ("rig_offers", {"monthly_decline": 0.1}), ("rig_stock", {"sell_usd_per_th": 0, "residual_usd_per_th": 2})
        ),
        "rig_offers 'new-boxes' usd_per_th = 12: expected at least 1.90775 in 2028-07, when it is 1.80114; "
        "that much is worth what is kept to the end, by residual_usd_per_th in rig_stock, "
        "so machines are bought for that alone",
    ),
    (
        capital_rules.built_halls_suit_a_fleet,
        lambda: capital(("hall_builds", {"cooling": "hydro"})),
        "hall_builds 'hall' cooling = hydro: expected halls that suit a fleet of 'pecos'; "
        "nothing could stand in them; machines that are yet to come need a fleet with mw: 0 and a max_mw",
    ),
    (
        capital_rules.sites_close_within_the_plan,
        lambda: capital(("sites", {"closure_cost_usd": 1e6, "first_closure": "2029-01"})),
        "sites 'pecos' first_closure = 2029-01: expected a month not after 2028-12 (horizon's end); "
        "the site is never closed in this plan",
    ),
    (
        cash_rules.loans_have_something_to_finance,
        lambda: capital(("loans", {"contract": "lab", "capex_share": 0.6}), ("contracts", {"tenant_capex_share": 1})),
        "loans 'bank' capex_share = 0.6: expected a share above 0 of a capex above 0 of 'lab'; "
        "contract 'lab' has no capex of its own",
    ),
    (
        cash_rules.draws_meet_their_capex,
        lambda: capital(
            ("loans", {"contract": "lab", "capex_share": 0.6, "last_draw": "2027-02"}),
            ("contracts", {"first_start": "2027-10"}),
        ),
        "loans 'bank' last_draw = 2027-02: expected a month not before 2027-04, when capex of 'lab' begins at the "
        "earliest; nothing can be drawn: no draw exceeds a share of the capex spent by then",
    ),
    (
        cash_rules.coverage_waits_for_the_rent,
        lambda: capital(("loans", {**TERMS, "last_draw": "2027-03"})),
        "loans 'bank' min_dscr = 1.3: expected a last_draw or grace_months that end with the first rent of 'lab', "
        "2027-07; it is tested from 2027-04 on, when there is no rent, so nothing can be drawn",
    ),
    (
        cash_rules.coverage_is_tested_within_the_plan,
        lambda: capital(("loans", {**TERMS, "grace_months": 18})),
        "loans 'bank' min_dscr = 1.3: expected a last draw and grace months that end within the plan; "
        "the first month tested would be 2029-01; in this plan it limits nothing",
    ),
    (
        cash_rules.coverage_is_tested_within_the_plan,
        lambda: capital(("liquidity", {"covenants_from": "2030-01", "min_dscr": 1.2})),
        "liquidity covenants_from = 2030-01: expected a month not after 2028-12 (horizon's end); "
        "in this plan the covenants limit nothing",
    ),
    (
        cash_rules.opening_cash_is_enough,
        lambda: capital(("liquidity", {"min_cash_usd": 25e6})),
        "liquidity opening_cash_usd = 20000000.0: expected at least min_cash_usd 25000000; "
        "the difference has to come in within the first month",
    ),
    (
        cash_rules.shares_are_sold_for_cash,
        lambda: capital(without=("liquidity",)),
        "equity 'issue' id = issue: expected a table liquidity; "
        "without a cash account nothing needs the money, so no shares are sold",
    ),
    (
        cash_rules.scope_has_several_scenarios,
        lambda: capital(("liquidity", {"scope": "all"})),
        "liquidity scope = all: expected several scenarios, or base; "
        "the plan has one scenario; give the table scenarios, or risk.paths",
    ),
    (
        cash_rules.worst_share_leaves_something_out,
        lambda: with_scenarios(scope="all", worst_share=0.3),
        "liquidity worst_share = 0.3: expected nothing with a scope other than all_but_worst; it has no effect",
    ),
    (
        cash_rules.worst_share_leaves_something_out,
        lambda: with_scenarios(scope="all_but_worst"),
        "liquidity worst_share = 0.05: expected at least 0.25, the probability of the least likely scenario; "
        "no scenario is left out, as with scope all",
    ),
    (
        limit_rules.fleets_fit_their_halls,
        lambda: capital(("sites", {"mining_ready_mw": 30})),
        "sites 'pecos' mining_ready_mw = 30: expected room for the site's fleets of 50 MW in all; "
        "not all of them can run at a time",
    ),
    (
        power_rules.blocks_fit_their_site,
        lambda: {
            **capital(),
            "power_contracts": [{"site": "pecos", "kind": "block", "mw": 111, "price_usd_per_mwh": 35}],
        },
        "power_contracts row 1 mw = 111: expected blocks of at most 110 MW in all, the capacity of 'pecos' in 2027-01; "
        "the rest can only be sold again or lost",
    ),
]


def priced_by_its_market() -> Tables:
    """The same with a fundamental market, which gives the coin its price."""
    content = capital(("treasury", {"btc_price_usd": None}), without=("hashprice",))
    content["settings"]["market"] = dict(FUNDAMENTAL)
    return content
