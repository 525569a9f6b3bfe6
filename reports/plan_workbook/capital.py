"""Sheets about capital: statements, financing, and the cash account month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import btc_costs, financing, financing_tables
from reports.display import Column
from reports.palette import light_colours
from reports.workbook_tables import Book, number_format

if TYPE_CHECKING:
    from optimizer.results import Plan

_STATEMENTS = ("income", "cash flow", "balance")
# Columns of the account with their headings; all are dollars but the bitcoin and the price of cash.
_ACCOUNT = {
    "cash_usd": Column("Cash", "USD m"),
    "min_cash_usd": Column("Least cash", "USD m"),
    "debt_usd": Column("Debt", "USD m"),
    "operating_usd": Column("Operating cash flow", "USD m"),
    "net_rent_usd": Column("Net rent contracted", "USD m"),
    "capex_usd": Column("Capex", "USD m"),
    "service_usd": Column("Debt service", "USD m"),
    "coin_btc": Column("Bitcoin held", "BTC"),
    "coin_usd": Column("Bitcoin held", "USD m"),
    "price_usd_per_usd": Column("One more dollar adds", "USD of NPV per USD"),
}
_CHARTED = {"cash_usd": "mining", "debt_usd": "ai", "min_cash_usd": "ink-2"}


def statements(plan: Plan, book: Book) -> None:
    """Income, cash flow and balance by year."""
    sheet = book.sheet("Statements")
    for name in _STATEMENTS:
        sheet.table(financing_tables.statement_table(plan, name))
    for line in financing.statement_notes(plan):
        sheet.line(line, "note")
    sheet.line("Months and quarters are in statements.csv.", "note")
    sheet.raw.freeze_panes(0, 1)


def financing_sheet(plan: Plan, book: Book) -> None:
    """Sources and uses, loans, rules, dear months, decisions, and what a bitcoin costs."""
    sheet = book.sheet("Financing")
    sheet.line(financing.sentence(plan))
    sheet.line(financing.value_of_debt(plan), "note")
    sheet.row += 1
    for table in (
        financing_tables.sources_table(plan),
        financing_tables.loans_table(plan),
        financing_tables.rules_table(plan),
        financing_tables.dear_cash_table(plan),
        financing_tables.decisions_table(plan),
        btc_costs.btc_cost_table(plan),
    ):
        if not table.is_empty:
            sheet.table(table)


def account(plan: Plan, book: Book) -> None:
    """Cash, debt and bitcoin at the end of every month, with a chart."""
    frame = plan.frames.cash
    sheet = book.sheet("Cash account")
    sheet.line("Cash, debt and bitcoin at the end of every month, and the flows of the month", "caption")
    sheet.header((Column("Month", numeric=False), *_ACCOUNT.values()))
    first = sheet.row
    sheet.raw.freeze_panes(first, 1)
    sheet.raw.repeat_rows(first - 2, first - 1)
    formats = {name: book.money() for name in _ACCOUNT}
    formats |= {"coin_btc": number_format("0.00"), "price_usd_per_usd": number_format("0.000")}
    for row in frame.to_dict("records"):
        sheet.text(sheet.row, 0, str(row["month"]))
        for place, name in enumerate(_ACCOUNT, start=1):
            sheet.number(sheet.row, place, float(row[name]), formats[name])
        sheet.row += 1
    last, colours = sheet.row - 1, light_colours(["report.css"])
    chart = book.workbook.add_chart({"type": "line"})
    places = {name: place for place, name in enumerate(_ACCOUNT, start=1)}
    for name, colour in _CHARTED.items():
        chart.add_series(
            {
                "name": [sheet.name, first - 2, places[name]],
                "categories": [sheet.name, first, 0, last, 0],
                "values": [sheet.name, first, places[name], last, places[name]],
                "line": {"color": colours[colour], "width": 1.75},
            }
        )
    chart.set_y_axis(
        {"num_format": book.money(), "major_gridlines": {"visible": True, "line": {"color": colours["rule"]}}}
    )
    chart.set_x_axis({"interval_unit": 12, "label_position": "low"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 900, "height": 340})
    sheet.raw.insert_chart(first, len(_ACCOUNT) + 2, chart)
