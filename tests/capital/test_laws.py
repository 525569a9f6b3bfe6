"""Laws of planning with capital: what a change of the terms can and cannot do to the optimum."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any

import pytest
from capital.linear import NoPlanError
from capital.oracle import best
from capital.portfolios import random_tables

import optimizer
from optimizer.errors import InfeasiblePlanError
from sites import Portfolio

Tables = dict[str, Any]
PER_LAW = 2
RELATIVE, FLOOR_USD = 1e-6, 1e6
CAPITAL = ["rig_offers", "rig_stock", "hall_builds", "expansions", "loans", "equity", "treasury", "tax", "liquidity"]
INFEASIBLE = float("-inf")
# Seeds of portfolios that have no plan for want of cash.
DRY = (29, 41, 67)


def optimum(tables: Tables) -> float:
    """Objective of the best plan, minus infinity where there is none. [USD]"""
    try:
        return float(optimizer.plan(Portfolio.from_tables(tables), full=False).summary["objective_usd"])
    except InfeasiblePlanError:
        return INFEASIBLE


@cache
def optimum_of(seed: int) -> float:
    """The same of a random portfolio."""
    return optimum(random_tables(seed))


def slack(usd: float) -> float:
    """How far two equal optima may be apart."""
    return RELATIVE * max(abs(usd), FLOOR_USD)


def some(*tables: str, first: int = 0) -> list[int]:
    """Seeds of a few portfolios that have all of these tables and a plan."""
    seeds = (s for s in range(first, first + 400) if all(random_tables(s).get(name) for name in tables))
    return list(islice((s for s in seeds if optimum_of(s) > INFEASIBLE), PER_LAW))


def changed(tables: Tables, table: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Tables:
    """The tables with every record of one of them changed."""
    rows = tables[table]
    return tables | {table: [row | change(row) for row in rows] if isinstance(rows, list) else rows | change(rows)}


def scaled(column: str, factor: float, default: float = 0.0) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A change that multiplies one column."""
    return lambda row: {column: row.get(column, default) * factor}


BETTER: dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "more opening cash": ("liquidity", lambda row: {"opening_cash_usd": row["opening_cash_usd"] + 3e6}),
    "no least cash": ("liquidity", scaled("min_cash_usd", 0.0)),
    "less overhead": ("liquidity", scaled("overhead_usd_per_month", 0.5)),
    "a higher limit of loans": ("loans", scaled("limit_usd", 1.7)),
    "a lower rate of loans": ("loans", scaled("rate", 0.6)),
    "a lower fee of loans": ("loans", scaled("fee", 0.0)),
    "cheaper shares": ("equity", scaled("cost", 0.5)),
    "more coin": ("treasury", scaled("opening_btc", 1.5)),
    "a higher price of coin": ("treasury", scaled("btc_price_usd", 1.2)),
    "cheaper machines": ("rig_offers", scaled("usd_per_th", 0.7)),
    "more machines on offer": ("rig_offers", scaled("max_mw", 1.5)),
    "a higher sale price": ("rig_stock", scaled("sell_usd_per_th", 1.5)),
    "more machines in stock": ("rig_stock", lambda row: {"mw": row.get("mw", 0.0) + 2.0}),
    "cheaper halls": ("hall_builds", scaled("usd_per_mw", 0.5)),
    "cheaper connections": ("expansions", scaled("usd_per_mw", 0.5)),
    "a greater refund": ("expansions", lambda row: {"deposit_refund": row.get("deposit_refund", 1.0) ** 0.5}),
    "more losses of before": ("tax", lambda row: {"opening_losses_usd": row.get("opening_losses_usd", 0.0) + 4e6}),
    "more book of before": ("tax", lambda row: {"opening_book_usd": row.get("opening_book_usd", 0.0) + 4e6}),
}


@pytest.mark.parametrize(("place", "law"), list(enumerate(BETTER)))
def test_better_terms_never_lower_the_optimum(place: int, law: str) -> None:
    """Each of the changes helps or changes nothing, and makes no portfolio infeasible."""
    table, change = BETTER[law]
    seed = some(table)[place % PER_LAW]
    better = optimum(changed(random_tables(seed), table, change))
    assert better >= optimum_of(seed) - slack(optimum_of(seed))


def test_some_better_terms_help() -> None:
    """The laws are not kept by plans that take no notice: machines for next to nothing are bought somewhere."""
    seeds = (seed for first in range(0, 60, 20) for seed in some("rig_offers", first=first))
    cheaper = ((seed, changed(random_tables(seed), "rig_offers", scaled("usd_per_th", 0.1))) for seed in seeds)
    assert any(optimum(tables) > optimum_of(seed) + 1e4 for seed, tables in cheaper)


@pytest.mark.parametrize("seed", DRY)
def test_cash_repairs_what_cash_forbids(seed: int) -> None:
    """A portfolio whose account runs dry, as the oracle knows, has a plan once there is enough on it."""
    tables = random_tables(seed)
    with pytest.raises(NoPlanError):
        best(tables)
    assert optimum_of(seed) == INFEASIBLE
    assert optimum(tables | {"liquidity": {"opening_cash_usd": 1e10}}) > INFEASIBLE


def rich(tables: Tables) -> Tables:
    """The tables without tax, loans and covenants, and with more cash than can be spent."""
    kept = {name: rows for name, rows in tables.items() if name not in ("tax", "loans", "equity")}
    return kept | {"liquidity": {"opening_cash_usd": 1e10}}


@pytest.mark.parametrize(("place", "repayment"), [(0, "level"), (1, "annuity"), (1, "bullet")])
def test_a_loan_at_the_discount_rate_is_worth_nothing(place: int, repayment: str) -> None:
    """Where nothing is short of cash, a loan at this rate or above changes nothing, one below it is worth something."""
    tables = rich(random_tables(some("liquidity", "loans", first=40)[place]))
    rate = tables["settings"]["discount_rate"]
    loan = {"id": "own", "limit_usd": 5e7, "tenor_months": 5, "repayment": repayment}
    without = optimum(tables)
    equal, dear = (optimum(tables | {"loans": [loan | {"rate": rate + more}]}) for more in (0.0, 0.02))
    assert equal == pytest.approx(without, abs=slack(without))
    assert dear == pytest.approx(without, abs=slack(without))
    assert optimum(tables | {"loans": [loan | {"rate": rate / 2.0}]}) > without + 1e4 or rate < 0.02


def halves(loan: dict[str, Any]) -> list[dict[str, Any]]:
    """A loan split in two that are each half of it; each is tied to its contract as if it were the whole."""
    half = loan | {"limit_usd": loan["limit_usd"] / 2.0, "opening_usd": loan.get("opening_usd", 0.0) / 2.0}
    if "capex_share" in loan:
        half["capex_share"] = loan["capex_share"] / 2.0
    if "min_dscr" in loan:
        half["min_dscr"] = loan["min_dscr"] * 2.0
    return [half | {"id": loan["id"] + "-a"}, half | {"id": loan["id"] + "-b"}]


@pytest.mark.parametrize("place", range(PER_LAW))
def test_two_halves_of_a_loan_are_the_loan(place: int) -> None:
    """Splitting every loan changes nothing."""
    seed = some("loans")[place]
    tables = random_tables(seed)
    split = optimum(tables | {"loans": [half for loan in tables["loans"] for half in halves(loan)]})
    assert split == pytest.approx(optimum_of(seed), abs=slack(optimum_of(seed)))


@pytest.mark.parametrize("place", range(PER_LAW))
def test_order_and_names_change_nothing(place: int) -> None:
    """Every table the other way round, and every order, loan and issue under another name."""
    seed = some("rig_offers", "hall_builds", "loans", first=100)[place]
    tables: Tables = copy.deepcopy(random_tables(seed))
    for name, rows in tables.items():
        if isinstance(rows, list) and name != "hashprice":
            tables[name] = rows[::-1]
    for name in ("rig_offers", "hall_builds", "expansions", "loans", "equity"):
        for n, row in enumerate(tables.get(name, [])):
            row["id"] = f"z{9 - n}"
    assert optimum(tables) == pytest.approx(optimum_of(seed), abs=slack(optimum_of(seed)))


def with_money(cell: Any, column: str, factor: float) -> Any:
    """The cell times the factor if it is money."""
    if isinstance(cell, dict):
        return {name: with_money(part, name, factor) for name, part in cell.items()}
    if isinstance(cell, list):
        return [with_money(part, column, factor) for part in cell]
    money = isinstance(cell, float) and ("usd" in column or column == "power")
    return cell * factor if money else cell


@pytest.mark.parametrize("place", range(PER_LAW))
def test_twice_the_money_is_twice_the_value(place: int) -> None:
    """With every amount, price and charge doubled, the same plan is best."""
    seed = some("liquidity", "loans", "tax")[place]
    doubled = optimum(with_money(random_tables(seed), "", 2.0))
    assert doubled == pytest.approx(2.0 * optimum_of(seed), abs=2.0 * slack(optimum_of(seed)))


@pytest.mark.parametrize("place", range(PER_LAW))
def test_tables_that_offer_nothing_change_nothing(place: int) -> None:
    """Loans, shares, machines, halls and connections of size zero, no coin, no tax and unlimited cash."""
    seed = some("scenarios", first=200)[place]
    plain = {name: rows for name, rows in random_tables(seed).items() if name not in CAPITAL}
    site, rig = plain["sites"][0]["id"], plain["fleets"][0]["rig"]
    nothing = {
        "rig_offers": [{"id": "o", "rig": rig, "usd_per_th": 0.0, "max_mw": 0.0}],
        "hall_builds": [{"id": "h", "site": site, "usd_per_mw": 0.0, "max_mw": 0.0}],
        "expansions": [{"id": "e", "site": site, "usd_per_mw": 0.0, "max_mw": 0.0}],
        "loans": [{"id": "l", "limit_usd": 0.0, "rate": 0.0, "tenor_months": 1}],
        "equity": [{"id": "q", "limit_usd": 0.0, "cost": 0.0}],
        "treasury": {"opening_btc": 0.0, "btc_price_usd": 1e5},
        "tax": {"rate": 0.0},
        "liquidity": {"opening_cash_usd": 1e10, "scope": "all"},
    }
    plain["sites"] = [site | {"cooling": "any"} for site in plain["sites"]]
    before = optimum(plain)
    assert optimum(plain | nothing) == pytest.approx(before, abs=slack(before))


CAPITAL = ["rig_offers", "rig_stock", "hall_builds", "expansions", "loans", "equity", "treasury", "tax", "liquidity"]
