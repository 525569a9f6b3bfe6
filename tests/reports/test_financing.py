"""The capital section of the report: figures that add up, words that say them, nothing where there is no capital."""

from __future__ import annotations

import math

import numpy as np
import pytest

import optimizer
from optimizer import Plan
from reports import financing, financing_tables
from reports.btc_costs import btc_cost_table, btc_costs
from reports.html import render_html
from reports.terminal import print_summary
from reports.understood import portfolio_lines
from tests.capital.financed import financed


@pytest.fixture(scope="module")
def whole() -> Plan:
    """A plan with capital."""
    return optimizer.plan(financed())


def test_sources_and_uses_lead_from_opening_to_closing_cash(whole: Plan) -> None:
    """Every year's rows add up to the change of its cash, and every dollar is in one of them."""
    table = financing.sources_and_uses(whole)
    cash = whole.frames.cash.assign(year=whole.frames.cash["month"].str[:4]).groupby("year")["cash_usd"].last()
    np.testing.assert_allclose(3e6 + table.sum(axis=0).cumsum(), cash, atol=0.005)
    shown = financing_tables.sources_table(whole)
    assert shown.total is not None
    assert shown.total[-1].value == pytest.approx(float(cash.iloc[-1]), abs=0.005)


def test_the_sentence_says_what_is_raised(whole: Plan) -> None:
    """Loans, shares and machines sold, in the plan's own figures."""
    words = financing.sentence(whole)
    table = financing.sources_and_uses(whole).sum(axis=1)
    assert f"USD {table['Loans drawn'] / 1e6:.1f} m from loans" in words
    assert f"USD {table['Shares sold'] / 1e6:.1f} m from new shares" in words
    assert words.endswith("at USD 2.0 m.")


def test_value_of_debt_is_that_of_the_loans(whole: Plan) -> None:
    """Draws less service, discounted: below the discount rate of 12 % a gain."""
    debt = whole.frames.debt.groupby("month").sum(numeric_only=True)
    flow = debt["drawn_usd"] - debt["fee_usd"] - debt["interest_usd"] - debt["principal_usd"]
    discount = 1.12 ** (-(np.arange(24) + 0.5) / 12)
    worth = float(flow.to_numpy() @ discount) - float(debt["owed_usd"].iloc[-1] * discount[-1])
    assert financing.debt_value(whole) == pytest.approx(worth, abs=0.01)
    assert "comes from borrowing below" in financing.value_of_debt(whole) or worth < 0.0


def test_tables_hold_the_figures_of_the_frames(whole: Plan) -> None:
    """Loans and rules, row by row."""
    loans = financing_tables.loans_table(whole)
    drawn = whole.frames.debt.groupby("loan")["drawn_usd"].sum()
    assert [row[4].value for row in loans.rows] == pytest.approx([drawn["bridge"], drawn["project"]])
    rules = financing_tables.rules_table(whole)
    assert [row[3].value for row in rules.rows] == whole.frames.rules["cost_usd"].tolist()
    decided = financing.decisions(whole)
    assert decided["npv_usd"].sum() == pytest.approx(whole.frames.capital.query("decision != 'draw'")["npv_usd"].sum())
    bought = next(row for row in financing_tables.decisions_table(whole).rows if row[1].text == "bulk")
    assert bought[6].text == "36 months; 1.00 USD/TH in the end"
    spells = financing.dear_cash(whole)
    assert spells[0].first == "2027-01"
    assert spells[0].price == pytest.approx(whole.frames.cash["price_usd_per_usd"].iloc[0])


def test_a_mined_bitcoin_costs_what_its_parts_cost(whole: Plan) -> None:
    """2027 by hand: power over coin mined is the energy cost; the steps add up to cash and all-in cost."""
    costs = btc_costs(whole)
    assert costs is not None
    first, cashflow = costs.iloc[0], whole.frames.cashflow
    year = cashflow[cashflow["month"] < "2028"]
    price = whole.portfolio.btc_price_by_month()
    assert price is not None
    revenue = year[year["line"] == "mining_revenue"].groupby("month")["usd"].sum().to_numpy()
    mined = float((revenue / price[:12]).sum())
    assert first["btc"] == pytest.approx(mined)
    power = -math.fsum(year.loc[year["line"] == "mining_power", "usd"])
    assert first["energy"] == pytest.approx(power / mined)
    assert first["cash"] == pytest.approx(first[["energy", "opex", "site_fixed", "overhead"]].sum())
    assert first["all_in"] == pytest.approx(first[["cash", "interest", "depreciation", "dilution"]].sum())
    assert first["depreciation"] * mined == pytest.approx(30 * 5 * 1e6 / 17.5 / 36 * 10, rel=1e-9)  # used from March on
    assert "79,995" in btc_cost_table(whole).note
    free = optimizer.plan(financed(treasury={"opening_btc": 0.0}), full=False)
    assert btc_costs(free) is None
    assert btc_cost_table(free).is_empty


def test_the_page_has_the_section_only_with_capital(whole: Plan) -> None:
    """Names are text, the section is linked, and a portfolio without capital has neither."""
    page = render_html(whole)
    for words in ('<a href="#capital">', 'id="capital"', "Sources and uses of cash by year", "The price of cash"):
        assert words in page
    bare = optimizer.plan(whole.portfolio.without_capital(), full=False)
    assert "#capital" not in render_html(bare)
    hostile = financed(equity=[{"id": "<script>x</script>", "limit_usd": 100e6, "cost": 0.1}])
    assert "<script>x" not in render_html(optimizer.plan(hostile, full=False))


def test_the_terminal_says_it_in_two_lines(whole: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    """What is raised, and what rules cost; nothing of it without capital."""
    print_summary(whole, "out")
    said = capsys.readouterr().out
    assert "Capital: The plan invests" in said
    assert "What rules about money cost: " in said
    assert financing.capital_words(optimizer.plan(whole.portfolio.without_capital(), full=False)) == []


def test_what_was_understood_names_every_table() -> None:
    """One line per record, and the room of an empty fleet."""
    lines = "\n".join(portfolio_lines(financed()))
    for words in (
        "fleet new: 0 MW of s21 (17.5 J/TH) at b, room for 30 MW",
        "machines bulk: up to 30 MW of s21 at 5 USD/TH, in stock after 2 months",
        "halls hall: up to 10 MW at b",
        "loan project for hyper: up to USD 30.0 m at 8.00%, repaid over 36 months in equal parts",
        "shares shares: up to USD 100.0 m at a cost of 10.0%",
        "treasury: 100 BTC, sold freely",
        "tax: 21.0%, 40% of costs written off in the first year",
        "cash: USD 3.0 m at the start",
    ):
        assert words in lines
