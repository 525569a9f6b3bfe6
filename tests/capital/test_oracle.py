"""The product against the oracle of capital on random portfolios."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from capital.linear import NoPlanError
from capital.oracle import Answer, best
from capital.portfolios import random_tables

import optimizer
from optimizer.errors import InfeasiblePlanError
from sites import Portfolio
from sites.columns import TABLE_COLUMNS

BATCHES, BATCH = 6, 5
# NPVs are one at this relative distance; those below a million USD are compared to the dollar.
RELATIVE, FLOOR_USD = 1e-6, 1e6
CAPITAL = ["rig_offers", "rig_stock", "hall_builds", "expansions", "loans", "equity", "treasury", "tax", "liquidity"]


def brute_force(tables: dict[str, Any]) -> Answer | None:
    """The oracle's plan, None where there is none."""
    try:
        return best(tables)
    except NoPlanError:
        return None


def planned(tables: dict[str, Any]) -> dict[str, Any] | None:
    """The summary of the product's plan, None where there is none."""
    try:
        return dict(optimizer.plan(Portfolio.from_tables(tables), full=False).summary)
    except InfeasiblePlanError:
        return None


def disagreement(seed: int) -> list[str]:
    """Where the two differ on the portfolio of a seed."""
    tables = random_tables(seed)
    expected, found = brute_force(tables), planned(tables)
    if expected is None or found is None:
        same = expected is None and found is None
        return [] if same else [f"seed {seed}: oracle {expected and expected.npv_usd}, product {found}"]
    usd, right = found["objective_usd"], expected.objective_usd
    if abs(usd - right) <= RELATIVE * max(abs(right), FLOOR_USD):
        return []
    return [f"seed {seed}: objective {usd}, oracle {right}"]


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_plan_is_the_brute_force_optimum(batch: int) -> None:
    """Objective and feasibility agree on every portfolio of the batch."""
    found = [line for seed in range(batch * BATCH, (batch + 1) * BATCH) for line in disagreement(seed)]
    assert not found, "\n".join(found)


def test_the_oracles_tax_is_that_of_the_income() -> None:
    """What the oracle's linear programme pays is what the rules say of its plan, year by year.

    Nothing is depreciated here, so that the income of a year is what the account shows of it.
    """
    compared = 0
    for seed in range(60):
        tables = random_tables(seed)
        for name in (
            "rig_offers",
            "rig_stock",
            "hall_builds",
            "expansions",
            "contracts",
            "treasury",
            "scenarios",
            "risk",
        ):
            tables.pop(name, None)
        tables |= {"contracts": [], "loans": [], "tax": {"rate": 0.3, "loss_limit": 0.6, "opening_losses_usd": 2e6}}
        tables["hashprice"] = [row for row in tables["hashprice"] if "scenario" not in row]
        tables["liquidity"] = {"opening_cash_usd": 1e9, "overhead_usd_per_month": 5e5}
        tables["sites"] = [{k: v for k, v in site.items() if "closure" not in k} for site in tables["sites"]]
        answer = best(tables)
        start = int(tables["settings"]["start"][-2:]) - 1
        losses, expected = 2.0, []
        for first in sorted(
            {max(0, 12 * year - start) for year in range(4) if 12 * year - start < len(answer.months["tax"])}
        ):
            months = [t for t in range(first, len(answer.months["tax"])) if (start + t) // 12 == (start + first) // 12]
            income = sum(answer.months["operating"][t] - 0.5 for t in months)
            offset = min(losses, 0.6 * max(0.0, income))
            losses += max(0.0, -income) - offset
            expected += [0.0] * (len(months) - 1) + [0.3 * (max(0.0, income) - offset)]
        assert answer.months["tax"] == pytest.approx(expected, abs=1e-7)
        compared += sum(expected) > 0.0 and len(expected) > 12
    assert compared >= 10


def test_random_portfolios_use_every_column() -> None:
    """Every column of the tables of capital, and every value of those with few, is drawn somewhere."""
    given: Counter[str] = Counter()
    for seed in range(300):
        tables = random_tables(seed)
        for name in (*CAPITAL, "sites", "fleets", "contracts"):
            rows = tables.get(name, [])
            for row in rows if isinstance(rows, list) else [rows]:
                given.update(f"{name}.{column}" for column in row)
                given.update(f"{name}.{column}={cell}" for column, cell in row.items() if isinstance(cell, str))
    others = {"source", "as_of", "note", "life_months"}  # remarks, and what only the books use
    wanted = {f"{name}.{column}" for name in CAPITAL for column in TABLE_COLUMNS[name] if column not in others}
    wanted |= {"sites.cooling", "sites.closure_cost_usd", "sites.first_closure", "fleets.max_mw"}
    wanted |= {
        f"contracts.{name}" for name in ("rent_trend", "compute_capex_usd_per_mw", "refresh_months", "compute_trend")
    }
    wanted |= {f"loans.repayment={kind}" for kind in ("level", "annuity", "bullet")}
    wanted |= {"treasury.policy=fixed_share", "liquidity.scope=all", "liquidity.scope=all_but_worst"}
    assert not sorted(column for column in wanted if given[column] < 5)
