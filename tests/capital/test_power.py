"""Capital beside power contracts and rig modes, whose months are planned together, and beside several scenarios."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from strategies_power import random_power_case

import optimizer
from optimizer.errors import InfeasiblePlanError
from sites.portfolio import Portfolio

SEEDS = range(12)
# Cash without end, no tax and no overhead: money that changes nothing.
RICH: dict[str, Any] = {"liquidity": {"opening_cash_usd": 5e10}}


def portfolio(seed: int, **tables: Any) -> Portfolio:
    """A random portfolio with power contracts; keywords add tables."""
    given = random_power_case(seed).portfolio()
    return Portfolio.from_tables({**given.to_tables(), **tables}, prices=given.prices)


@pytest.mark.parametrize("seed", SEEDS)
def test_money_that_is_no_limit_changes_nothing(seed: int) -> None:
    """With an account that never binds the plan is worth what it was, and its certificate holds."""
    try:
        bare = optimizer.plan(portfolio(seed), full=False)
    except InfeasiblePlanError:
        with pytest.raises(InfeasiblePlanError):
            optimizer.plan(portfolio(seed, **RICH), full=False)
        return
    rich = optimizer.plan(portfolio(seed, **RICH), full=False)
    usd = bare.summary["npv_usd"]
    assert rich.summary["npv_usd"] == pytest.approx(usd, rel=1e-8, abs=1.0)
    assert (rich.frames.cash["price_usd_per_usd"].abs() < 1e-9).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_account_that_binds_is_kept_to_the_cent(seed: int) -> None:
    """Cash that lasts only because loans and shares can be had: the ledger agrees with the replayed hours."""
    tables: dict[str, Any] = {
        "loans": [{"id": "notes", "limit_usd": 50e6, "rate": 0.2, "tenor_months": 6}],
        "equity": [{"id": "shares", "limit_usd": 1e11, "cost": 0.1}],
        "tax": {"rate": 0.21},
        "liquidity": {"opening_cash_usd": 1e6, "min_cash_usd": 5e5, "overhead_usd_per_month": 1e5},
    }
    try:
        plan = optimizer.plan(portfolio(seed, **tables), full=False)
    except InfeasiblePlanError:
        with pytest.raises(InfeasiblePlanError):
            optimizer.plan(portfolio(seed), full=False)
        return
    assert plan.certificate["passed"]
    assert plan.frames.cash["cash_usd"].min() > 5e5 - 1.0
    moved = plan.frames.cashflow.groupby("month")["usd"].sum().cumsum()
    np.testing.assert_allclose(plan.frames.cash["cash_usd"], 1e6 + moved, atol=0.01)
