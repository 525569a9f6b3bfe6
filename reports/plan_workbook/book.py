"""The workbook of a plan, sheet by sheet."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from reports import assumptions, decision, financing, hours, inputs, method, money, scenarios, tables, whole_numbers
from reports import format as fmt
from reports import why_not as rejected
from reports.display import Column, Table, text
from reports.plan_workbook import capital, flows
from reports.workbook_tables import Book, open_book

if TYPE_CHECKING:
    from optimizer.results import Plan

_LOGO_HEIGHT = 48.0


def render_workbook(
    plan: Plan,
    *,
    created: datetime,
    company: str = "",
    logo: bytes | None = None,
    scale: str = "m",
    additions: Sequence[tuple[str, Table]] = (),
) -> bytes:
    """The workbook of a plan.

    The same plan and options give the same bytes. Cells hold USD, MW and the like to the last digit of the CSV files;
    `scale`, a key of `format.MONEY_SCALES`, is how dollars are shown.

    company, logo : on the first sheet; the logo is a PNG or JPEG picture. additions : tables with the names of their
    sheets.
    """
    with fmt.money_in(scale):
        book, content = open_book(title=plan.portfolio.settings.name, created=created, company=company, scale=scale)
        _summary(plan, book, created, company, logo)
        flows.allocation(plan, book)
        flows.allocation_by_site(plan, book)
        _tables(book, "Contracts", [tables.league_table(plan), rejected.offers_table(plan)])
        _tables(book, "Sites", [tables.site_table(plan), tables.site_mix_table(plan)])
        flows.cash(plan, book)
        if financing.has_capital(plan):
            capital.statements(plan, book)
            capital.financing_sheet(plan, book)
            capital.account(plan, book)
        _tables(book, "Value", [money.cases_table(plan), money.limits_table(plan)])
        flows.shadow_prices(plan, book)
        _why_not(plan, book)
        if scenarios.has_several(plan):
            flows.scenario_values(plan, book)
        _tables(book, "Hours and power", _hours(plan))
        _tables(book, "Assumptions", [_register(plan)])
        _certificate(plan, book)
        for name, table in additions:
            _tables(book, name, [table])
        _about(book)
        book.workbook.close()
    return content.getvalue()


def _summary(plan: Plan, book: Book, created: datetime, company: str, logo: bytes | None) -> None:
    sheet = book.sheet("Summary")
    if logo is not None:
        sheet.raw.insert_image(0, 5, "logo", {"image_data": io.BytesIO(logo), "object_position": 3, **_fitted(logo)})
    sheet.line(plan.portfolio.settings.name, "title")
    months = inputs.horizon_months(plan)
    horizon = f"{fmt.month(months[0])} to {fmt.month(months[-1])}; made on {fmt.day(created)}"
    sheet.line(f"{company + ': ' if company else ''}{horizon}", "note")
    sheet.row += 1
    for words in ("".join(phrase.text for phrase in decision.headline(plan)), method.verdict(plan)):
        sheet.raw.merge_range(sheet.row, 0, sheet.row, 7, "", book.style("wrapped"))
        sheet.raw.write_string(sheet.row, 0, words, book.style("wrapped"))
        sheet.raw.set_row(sheet.row, 48)
        sheet.row += 1
    for words in (scenarios.headline(plan), whole_numbers.forced(plan)):
        if words:
            sheet.line(words, "note")
    sheet.row += 1
    flows.baselines(plan, sheet)
    sheet.table(_key_figures(plan))
    flows.value_by_site(plan, sheet)


def _fitted(logo: bytes) -> dict[str, float]:
    """Scales that bring a picture to the height of a heading."""
    from xlsxwriter.image import Image

    height = float(Image(io.BytesIO(logo)).height) or _LOGO_HEIGHT
    return {"x_scale": _LOGO_HEIGHT / height, "y_scale": _LOGO_HEIGHT / height}


def _key_figures(plan: Plan) -> Table:
    rows = tuple((text(one.name), text(one.value), text(one.detail)) for one in decision.key_figures(plan))
    columns = (Column("Figure", numeric=False), Column("Value", numeric=False), Column("", numeric=False, prose=True))
    return Table("key-figures", "Key figures, as in the report", columns, rows)


def _tables(book: Book, name: str, content: Sequence[Table]) -> None:
    """A sheet of display tables; none where all are empty."""
    shown = [table for table in content if not table.is_empty]
    if shown:
        sheet = book.sheet(name)
        for table in shown:
            sheet.table(table, freeze=len(shown) == 1)


def _why_not(plan: Plan, book: Book) -> None:
    _tables(book, "Why not", [rejected.places_table(plan), rejected.starts_table(plan)])
    _tables(book, "Why not, all starts", [rejected.all_starts_table(plan)])


def _hours(plan: Plan) -> list[Table]:
    return [
        hours.site_table(plan),
        hours.contracts_table(plan),
        hours.site_year_table(plan),
        hours.fleet_table(plan),
        hours.fleet_hours_table(plan),
    ]


def _register(plan: Plan) -> Table:
    """Every input record with its values, source, date and note."""
    rows = tuple(
        (
            text(group.title),
            text(line.record),
            text("; ".join(f"{name} = {value}" for name, value in line.values)),
            text(line.source),
            text(line.as_of),
            text(line.note),
        )
        for group in assumptions.register(plan)
        for line in group.lines
    )
    columns = (
        Column("Table", numeric=False),
        Column("Record", numeric=False),
        Column("Values", numeric=False, prose=True),
        Column("Source", numeric=False, prose=True),
        Column("As of", numeric=False),
        Column("Note", numeric=False, prose=True),
    )
    return Table("register", "Register of assumptions: every record of the input", columns, rows)


def _certificate(plan: Plan, book: Book) -> None:
    sheet = book.sheet("Certificate")
    sheet.line(method.verdict(plan), "caption")
    sheet.row += 1
    sheet.table(method.check_groups_table(plan))
    sheet.table(method.checks_table(plan))
    entries = [*method.proof_lines(plan), *method.run_lines(plan), *method.input_hashes(plan)]
    rows = tuple((text(name), text(value)) for name, value in entries)
    columns = (Column("Name", numeric=False), Column("Value", numeric=False))
    sheet.table(Table("run", "Proof, programme, solver and input files", columns, rows))


def _about(book: Book) -> None:
    sheet = book.sheet("About")
    sheet.line("About this workbook", "caption")
    for words in (
        "Dollars are nominal US dollars. Cells hold them to the last digit; the number format shows them in the unit "
        "that the heading names.",
        "Totals are live formulas over the cells above or beside them. All other figures are values, the same as in "
        "the CSV files beside this workbook.",
        "Months are YYYY-MM. AI in site MW includes cooling and redundancy; rent is paid on critical MW.",
        "The text of names and notes comes from the input and is never run as a formula.",
    ):
        sheet.line(words)
