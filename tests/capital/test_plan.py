"""Plans with capital: what they state of cash and its price, of rules, statements, offers, and what an audit finds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import optimizer
from optimizer import CapitalError, InfeasiblePlanError, Plan
from optimizer.capital.scenario_cash import highest_least_cash, without_worst
from optimizer.proving.certificate import make_certificate
from tests.capital.financed import SCENARIOS, financed, offer


@pytest.fixture(scope="module")
def whole() -> Plan:
    """The plan with all its tables."""
    return optimizer.plan(financed())


def npv(**tables: Any) -> float:
    """NPV of the changed portfolio. [USD]"""
    return float(optimizer.plan(financed(**tables), full=False).summary["npv_usd"])


def test_a_dollar_of_cash_is_worth_its_price(whole: Plan) -> None:
    """One more dollar at the start adds its price in the first month, and nothing else."""
    liquidity = {"opening_cash_usd": 3e6 + 1_000.0, "min_cash_usd": 2e6, "overhead_usd_per_month": 200_000.0}
    price = float(whole.frames.cash["price_usd_per_usd"].iloc[0])
    assert price > 0.05
    assert npv(liquidity=liquidity) - whole.summary["npv_usd"] == pytest.approx(1_000.0 * price, rel=1e-4)
    prices = whole.frames.cash["price_usd_per_usd"].to_numpy()
    assert (np.diff(prices) <= 1e-12).all()  # cash can wait, so an early dollar is worth no less than a late one


def test_a_rule_costs_what_the_plan_gains_without_it(whole: Plan) -> None:
    """Least cash, and a loan's share of capex: planned again without the rule."""
    cost = whole.frames.rules.set_index("rule")["cost_usd"]
    loans = [dict(loan.model_dump(exclude_defaults=True)) for loan in whole.portfolio.loans]
    loans[0].pop("capex_share")
    assert npv(loans=loans) - whole.summary["npv_usd"] == pytest.approx(cost["loan_capex_share"], abs=1.0)
    assert cost["loan_capex_share"] > 1_000.0
    free = {"opening_cash_usd": 3e6 + 1e9, "min_cash_usd": 2e6, "overhead_usd_per_month": 200_000.0}
    assert npv(liquidity=free) - whole.summary["npv_usd"] == pytest.approx(cost["least_cash"], abs=1.0)


def test_statements_tie_to_each_other(whole: Plan) -> None:
    """Months add up to quarters and years, cash flows lead from opening to closing cash, and these to the account."""
    rows = whole.frames.statements
    flows = rows[~rows["line"].isin(["opening cash", "closing cash"]) & (rows["statement"] != "balance")]
    totals = flows.groupby(["kind", "statement", "line"])["usd"].sum().unstack("kind")
    for kind in ("quarter", "year"):
        np.testing.assert_allclose(totals[kind], totals["month"], atol=0.005)
    for kind in ("month", "quarter", "year"):
        cash = rows[(rows["kind"] == kind) & (rows["statement"] == "cash flow")].pivot_table(
            index="period", columns="line", values="usd", sort=False
        )
        moved = cash.drop(columns=["opening cash", "closing cash"]).sum(axis=1)
        np.testing.assert_allclose(cash["opening cash"] + moved, cash["closing cash"], atol=0.005)
        np.testing.assert_allclose(cash["closing cash"].iloc[:-1], cash["opening cash"].iloc[1:], atol=0.005)
    account = whole.frames.cash.set_index("month")["cash_usd"]
    closing = rows[(rows["kind"] == "month") & (rows["line"] == "closing cash")].set_index("period")["usd"]
    np.testing.assert_allclose(closing, account, atol=0.005)
    income = rows[(rows["kind"] == "year") & (rows["statement"] == "income")].pivot(
        index="period", columns="line", values="usd"
    )
    parts = income.drop(columns=["income before tax", "net income", "tax"]).sum(axis=1)
    np.testing.assert_allclose(parts, income["income before tax"], atol=0.005)


def test_lines_of_a_month_are_the_change_of_cash(whole: Plan) -> None:
    """The table of cash flows, sites and capital together, moves the account."""
    moved = whole.frames.cashflow.groupby("month")["usd"].sum()
    cash = whole.frames.cash.set_index("month")["cash_usd"]
    np.testing.assert_allclose(moved.cumsum() + 3e6, cash, atol=0.005)


def test_an_offer_is_taken_from_its_reservation_price_on(whole: Plan) -> None:
    """Where the rent is in the cash account too: a nickel less and nothing is signed, a nickel more and it is."""
    row = whole.frames.contracts.iloc[0]
    assert row["reservation_basis"] == "exact"
    price = row["reservation_usd_per_kw_month"]

    def signed(rent: float) -> float:
        changed = financed(contracts=[offer(price_usd_per_kw_month=rent)])
        return float(optimizer.plan(changed, full=False).frames.contracts["mw"].sum())

    assert signed(price - 0.05) == 0.0
    assert signed(price + 0.05) > 0.1
    refused = optimizer.plan(financed(contracts=[offer(price_usd_per_kw_month=price - 2.0)]))
    needed = refused.frames.why_not.query("kind == 'offer' and lever == 'rent'")["needed"].iloc[0]
    assert needed == pytest.approx(price, abs=0.01)
    capex = refused.frames.why_not.query("kind == 'offer' and lever == 'capex'")["needed"].iloc[0]
    for change, taken in ((2_000.0, False), (-2_000.0, True)):
        cheaper = offer(price_usd_per_kw_month=price - 2.0, capex_usd_per_mw=capex + change)
        plan = optimizer.plan(financed(contracts=[cheaper]), full=False)
        assert (plan.frames.contracts["mw"].sum() > 0.0) == taken


def test_doing_nothing_does_nothing() -> None:
    """The baseline buys, draws and sells nothing; where it runs out of cash it does not exist."""
    rich = {"opening_cash_usd": 100e6, "overhead_usd_per_month": 200_000.0}
    plan = optimizer.plan(financed(liquidity=rich))
    terms = plan.frames.terms.query("case == 'no_action'").set_index("term")["npv_usd"]
    for line in ("rig_purchases", "rig_sales", "loan_draws", "share_costs", "coin_sales", "rent"):
        assert terms[line] == 0.0
    assert plan.summary["baselines"]["no_action"] < plan.summary["baselines"]["mining_only"] < plan.summary["npv_usd"]
    broke = {"opening_cash_usd": 2.5e6, "min_cash_usd": 2e6, "overhead_usd_per_month": 3e6}
    assert optimizer.plan(financed(liquidity=broke)).summary["baselines"]["no_action"] is None


def test_cash_that_cannot_last_is_explained() -> None:
    """The clash names least cash, and the repair says how much is missing."""
    with pytest.raises(InfeasiblePlanError) as found:
        optimizer.plan(financed(equity=[], loans=[], liquidity={"opening_cash_usd": -50e6}), full=False)
    assert "least cash" in str(found.value)
    assert "smallest repair: relax least cash" in str(found.value)


@pytest.mark.parametrize(
    ("frame", "column", "row", "change"),
    [
        ("capital", "quantity", 0, 1.0),
        ("capital", "quantity", 1, 10_000.0),
        ("cash", "cash_usd", 5, 1.0),
        ("debt", "owed_usd", 9, 1.0),
        ("machines", "mw", 4, 0.5),
        ("cashflow", "usd", 20, 5.0),
        ("terms", "npv_usd", 20, 10.0),
    ],
)
def test_a_changed_figure_fails_the_certificate(whole: Plan, frame: str, column: str, row: int, change: float) -> None:
    """Decisions, accounts and lines are all recomputed."""
    table: pd.DataFrame = getattr(whole.frames, frame).copy()
    if frame == "cashflow":
        row = int(np.flatnonzero((table["site"] == "") & (table["usd"] != 0.0))[row % 5])
    table.loc[table.index[row], column] += change
    frames = replace(whole.frames, **{frame: table})
    certificate = make_certificate(whole.portfolio, frames, whole.summary, whole.proof)
    assert not certificate["passed"]
    assert whole.certificate["passed"]


def test_cash_holds_in_every_scenario() -> None:
    """On the mean it does not: the plan that keeps it in the bad one too is worth less, and its rule says how much."""
    cash = {"opening_cash_usd": 3e6, "min_cash_usd": 2e6, "overhead_usd_per_month": 200_000.0}
    worth = {}
    for scope in ("base", "all_but_worst", "all"):
        plan = optimizer.plan(financed(**SCENARIOS, liquidity=cash | {"scope": scope, "worst_share": 0.2}), full=False)
        worth[scope] = plan.summary["npv_usd"]
    assert worth["all"] < worth["all_but_worst"] - 1e5
    assert worth["all_but_worst"] <= worth["base"]
    every = optimizer.plan(financed(**SCENARIOS, liquidity=cash | {"scope": "all"}))
    rule = every.frames.rules.set_index("rule")["cost_usd"]["scenario_cash"]
    assert rule == pytest.approx(worth["base"] - worth["all"], abs=1.0)


def test_coin_keeps_the_highest_level_it_can() -> None:
    """Two months, 10 and -5 before coin, 3 coins at 2 and 4 each: two of them raise the second month to 3, then equal.

    Selling b1 early and b2 late gives min(10 + 2 b1, -5 + 2 b1 + 4 b2) with b1 + b2 = 3: all late, -5 + 12 = 7.
    """
    level, weight = highest_least_cash(np.array([10.0, -5.0]), np.array([2.0, 4.0]), opening=3.0, most=3.0)
    assert level == pytest.approx(7.0)
    np.testing.assert_allclose(weight, [0.0, 1.0], atol=1e-9)
    level, weight = highest_least_cash(np.array([-1.0, -1.0]), np.array([2.0, 4.0]), opening=1.0, most=1.0)
    assert level == pytest.approx(1.0)  # the whole coin at once
    np.testing.assert_allclose(weight, [1.0, 0.0], atol=1e-9)


def test_the_worst_are_left_out_up_to_their_share() -> None:
    """Of values 5, 1, 3 with a quarter, a quarter and a half: 0.3 leaves the quarter of 1 out, 0.2 nobody."""
    npv_usd, probability = np.array([5.0, 1.0, 3.0]), np.array([0.25, 0.25, 0.5])
    assert without_worst(npv_usd, probability, 0.3).tolist() == [0, 2]
    assert without_worst(npv_usd, probability, 0.2).tolist() == [0, 1, 2]


def test_questions_that_capital_does_not_answer_are_refused() -> None:
    """Deal sheets, judgements and waiting need a portfolio without these tables, which one call makes."""
    given = financed(**SCENARIOS)
    for ask in (
        lambda portfolio: optimizer.deal(portfolio, "hyper"),
        optimizer.judge,
        lambda portfolio: optimizer.wait(portfolio, [("2027-05", 2)]),
    ):
        with pytest.raises(CapitalError, match="--without-capital"):
            ask(given)
    bare = given.without_capital()
    assert optimizer.plan(bare, full=False).frames.cash.empty
    assert optimizer.judge(bare).mean_usd > 0.0
