"""Capital as tables: sources and uses, loans, rules, decisions, statements."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from reports import financing
from reports import format as fmt
from reports.display import Column, Table, figure, text, total_row
from reports.words import LINE_LABELS, label

if TYPE_CHECKING:
    from optimizer.results import Plan

RULE_LABELS = {
    "least_cash": "Least cash",
    "scenario_cash": "Least cash in the scenarios",
    "debt_to_income": "Debt to contracted income",
    "debt_coverage": "Coverage of all debt",
    "loan_capex_share": "Share of capex that is lent",
    "loan_coverage": "Coverage of the loan",
}
DECISION_LABELS = {
    "buy": "Machines bought",
    "sell": "Machines sold",
    "install": "Machines installed",
    "uninstall": "Machines taken out",
    "build halls": "Halls built",
    "expand": "Grid connections extended",
    "close": "Sites closed",
    "sell shares": "Shares sold",
    "sell coin": "Bitcoin sold",
}
REPAYMENT_LABELS = {"level": "level principal", "annuity": "annuity", "bullet": "at maturity"}
_QUANTITY = {"MW": fmt.mw, "USD": fmt.usd, "BTC": lambda value: fmt.number(value, 0), "site": lambda _: "closed"}


def sources_table(plan: Plan) -> Table:
    """Sources and uses by year; opening cash and the rows above add up to closing cash."""
    table = financing.sources_and_uses(plan)
    years = [str(year) for year in table.columns]
    rows = tuple(
        (
            text(str(name)),
            *(figure(float(usd), fmt.usd_m) for usd in table.loc[name]),
            figure(math.fsum(table.loc[name]), fmt.usd_m),
        )
        for name in table.index
    )
    closing = financing.opening_cash(plan) + table.sum(axis=0).cumsum()
    total = (
        text("Cash at the end of the year"),
        *(figure(float(usd), fmt.usd_m) for usd in closing),
        figure(float(closing.iloc[-1]), fmt.usd_m),
    )
    columns = (Column("Source or use", numeric=False), *(Column(year) for year in years), Column("All years"))
    opening = fmt.usd(financing.opening_cash(plan))
    caption = f"Sources and uses of cash by year (USD m; uses are negative; {opening} at the start)"
    return Table("sources", caption, columns, rows, total)


def loans_table(plan: Plan) -> Table:
    """Every loan with what it is drawn for and what it costs."""
    loans = financing.loans(plan)
    rows = tuple(
        (
            text(row.loan),
            text(row.contract or "any purpose"),
            figure(row.rate, lambda value: fmt.percent(value, 2)),
            text(REPAYMENT_LABELS[row.repayment]),
            figure(row.drawn_usd, fmt.usd_m),
            text(f"{fmt.month(row.first)} to {fmt.month(row.last)}" if row.first else "not drawn"),
            figure(row.highest_usd, fmt.usd_m),
            figure(row.interest_usd + row.fees_usd, fmt.usd_m),
            figure(row.owed_usd, fmt.usd_m),
        )
        for row in loans.itertuples()
    )
    columns = (
        Column("Loan", numeric=False),
        Column("For", numeric=False),
        Column("Rate", "a year"),
        Column("Repayment", numeric=False),
        Column("Drawn", "USD m"),
        Column("When", numeric=False),
        Column("Highest owed", "USD m"),
        Column("Interest and fees", "USD m"),
        Column("Owed in the end", "USD m"),
    )
    total = None
    if rows:
        money = [fmt.usd_m if column.unit == "USD m" and column.label != "Highest owed" else None for column in columns]
        total = total_row(rows, money)
    return Table("loans", "Loans", columns, rows, total)


def rules_table(plan: Plan) -> Table:
    """What every rule about money costs in NPV."""
    rows = tuple(
        (
            text(label(RULE_LABELS, row.rule)),
            text(row.where or "Whole portfolio"),
            figure(float(row.binding_months), lambda value: fmt.number(value, 0)),
            figure(float(row.cost_usd), fmt.usd_m),
        )
        for row in plan.frames.rules.itertuples()
    )
    columns = (
        Column("Rule", numeric=False),
        Column("Where", numeric=False),
        Column("Binds", "months"),
        Column("Costs", "USD m of NPV", gloss="how much more the best plan would be worth without the rule"),
    )
    return Table("rules", "What each rule about money costs", columns, rows)


def dear_cash_table(plan: Plan) -> Table:
    """When one more dollar of cash is worth more than itself."""
    rows = tuple(
        (
            text(fmt.month(spell.first) if spell.first == spell.last else _span(spell.first, spell.last)),
            figure(spell.price, lambda value: fmt.number(value, 3)),
        )
        for spell in financing.dear_cash(plan)
    )
    columns = (
        Column("Months", numeric=False),
        Column("Price", "USD of NPV per USD", gloss="what one more dollar in these months adds beside itself"),
    )
    return Table("dear-cash", "When cash is short", columns, rows)


def _span(first: str, last: str) -> str:
    return f"{fmt.month(first)} to {fmt.month(last)}"


def decisions_table(plan: Plan) -> Table:
    """Machines, halls, sites, shares and coin by year, with life and residual of what is bought."""
    kept = _kept(plan)
    rows = tuple(
        (
            text(DECISION_LABELS[row.decision]),
            text(row.name),
            text(row.year),
            figure(row.quantity, _QUANTITY[row.unit]),
            text("" if row.unit in ("USD", "site") else row.unit),
            figure(row.npv_usd, fmt.usd_m),
            text(kept.get((row.decision, row.name), "")),
        )
        for row in financing.decisions(plan).itertuples()
    )
    columns = (
        Column("Decision", numeric=False),
        Column("What", numeric=False),
        Column("Year", numeric=False),
        Column("How much"),
        Column("Unit", numeric=False),
        Column(
            "Own value", "USD m of NPV", gloss="what the decision itself moves, discounted; what it serves is elsewhere"
        ),
        Column("Life and residual", numeric=False),
    )
    return Table("decisions", "What is bought, built, moved and sold, by year", columns, rows)


def _kept(plan: Plan) -> dict[tuple[str, str], str]:
    """Life in the books and value when the plan ends, of what can be bought or built."""
    portfolio = plan.portfolio
    types = {terms.rig: terms for terms in portfolio.rig_stock}
    found = {}
    for offer in portfolio.rig_offers:
        terms = types.get(offer.rig)
        life, kept = (36, 0.0) if terms is None else (terms.life_months, terms.residual_usd_per_th)
        found["buy", offer.id] = f"{life} months; {fmt.number(kept, 2)} USD/TH in the end"
    for decision, records in (("build halls", portfolio.hall_builds), ("expand", portfolio.expansions)):
        for record in records:
            share = fmt.percent(record.residual_share, 0)
            found[decision, record.id] = f"{record.life_months} months; {share} of the cost in the end"
    return found


def statement_table(plan: Plan, statement: str) -> Table:
    """One statement by year."""
    table: pd.DataFrame = financing.yearly_statement(plan, statement)
    rows = tuple(
        (text(_line(str(line))), *(figure(float(usd), fmt.usd_m) for usd in table.loc[line])) for line in table.index
    )
    columns = (Column("Line", numeric=False), *(Column(str(year)) for year in table.columns))
    name = statement.replace(" ", "-")
    return Table(f"statement-{name}", f"{statement.capitalize()} by year (USD m)", columns, rows)


def _line(name: str) -> str:
    return label(LINE_LABELS, name) if name in LINE_LABELS else name[:1].upper() + name[1:]
