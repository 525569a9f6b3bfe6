"""Writing an input workbook: empty, or filled from a portfolio so that it reads back to an equal one."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sites.catalogue import load_catalogue
from sites.columns import SINGLE_RECORD_TABLES, Column
from sites.portfolio import Portfolio
from sites.quantities import LIST_SEPARATOR, Kind
from sites.workbook import layout

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

# Rows below the headings that have drop-downs; lists refer to as many rows of other sheets.
_CHECKED_ROWS = 1_000
_HEADING_ROWS = 3
_WIDEST = 34
# What the file says of its making; the same for the same content, as archives have it.
_MADE = datetime(1980, 1, 1, tzinfo=UTC)
_WHOLE_UNITS = frozenset({"USD", "USD/MW", "USD/month", "USD/(MW month)", "USD/BTC"})
_PLAIN_UNITS = frozenset({"difficulty", "BTC", "ratio", "factor", "1/year", "fraction", "fraction per year"})
_TEXT_KINDS = (Kind.MONTH, Kind.IDENTIFIER, Kind.NAME, Kind.TEXT, Kind.NAMES, Kind.CHOICE, Kind.POINTS, Kind.CALENDAR)
_INK, _QUIET, _NEEDED, _SHADE = "#17202A", "#4A5866", "#1A5796", "#F5F7F9"
_BASE: dict[str, Any] = {"font_name": "Calibri", "font_size": 10, "font_color": _INK}
_ABOUT = (
    "One sheet per table. The first row has the columns' names; what they mean and their units stand below them.",
    "Fill in from the fourth row on. A row with anything in column # is a remark and is not read.",
    "Bold blue columns are compulsory where the table has rows. Empty cells take the default that row 2 names.",
    "The tables settings, sites, fleets and hashprice are compulsory; fleets may stay empty.",
    "Months are texts such as 2027-01. Numbers are plain, with a decimal point; a share of 5 percent is 0.05.",
    "Several ids in one cell are parted by semicolons: site-a;site-b.",
    "Hourly prices: a column per power series on the sheet hourly_prices, hour beginning, in local wall-clock time;",
    "or name files beside this workbook in the column file of power_series.",
    "Sheets whose names begin with # are not read.",
)
_RUN = ("wattsplit check BOOK.xlsx", "wattsplit plan BOOK.xlsx --out my-plan")


def save_workbook(portfolio: Portfolio | None, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write an input workbook, filled from a portfolio or empty; returns its path.

    A filled one reads back to an equal portfolio, to the last digit, hourly prices and network history included.

    Raises
    ------
    FileExistsError : something stands at `path` already and `overwrite` is not given.
    """
    target = Path(path)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} exists already")
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(workbook_bytes(portfolio))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def workbook_bytes(portfolio: Portfolio | None = None) -> bytes:
    """An input workbook, filled from a portfolio or empty; the same portfolio gives the same bytes."""
    import xlsxwriter

    from sites.workbook.exact import ExactWorksheet

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(content, options)
    workbook.worksheet_class = ExactWorksheet
    workbook.set_properties({"created": _MADE.replace(tzinfo=None), "title": "Input tables of wattsplit"})
    book = _Book(workbook)
    book.about()
    tables = {} if portfolio is None else _nested_apart(portfolio.to_tables())
    for sheet in layout.sheet_names():
        book.table(sheet, tables.get(sheet, []))
    _prices(book, portfolio)
    if portfolio is not None and portfolio.history is not None:
        _history(book, portfolio)
    book.lists()
    workbook.close()
    return content.getvalue()


def _nested_apart(tables: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Every sheet's rows; records that stand in a cell are taken out into sheets of their own."""
    rows = {
        table: [dict(given)] if isinstance(given, Mapping) else list(map(dict, given))
        for table, given in tables.items()
    }
    for sheet, (table, column) in layout.NESTED.items():
        held = [row.pop(column) for row in rows.get(table, []) if column in row]
        rows[sheet] = [dict(one) for value in held for one in ([value] if isinstance(value, Mapping) else value)]
    return rows


class _Book:
    """The workbook while it is written, with the formats that its sheets share."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self._numbers: dict[str, Format] = {}
        base = _BASE
        shade = {"bg_color": _SHADE, "text_wrap": True, "valign": "top"}
        self.plain = workbook.add_format(base)
        self.text = workbook.add_format({**base, "num_format": "@"})
        self.title = workbook.add_format({**base, "bold": True, "font_size": 16})
        self.mono = workbook.add_format({**base, "font_name": "Consolas"})
        self.heading = workbook.add_format({**base, **shade, "bold": True})
        self.needed = workbook.add_format({**base, **shade, "bold": True, "font_color": _NEEDED})
        self.remark = workbook.add_format({**base, **shade, "font_color": _QUIET, "font_size": 9})
        self.last = workbook.add_format({**base, **shade, "font_color": _QUIET, "font_size": 9, "bottom": 1})

    def about(self) -> None:
        """The first sheet: how the workbook is used."""
        sheet = self.workbook.add_worksheet(layout.ABOUT)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 120)
        sheet.write_string(0, 0, "Input tables of wattsplit", self.title)
        for row, words in enumerate(_ABOUT, start=2):
            sheet.write_string(row, 0, words, self.plain)
        for row, words in enumerate(_RUN, start=len(_ABOUT) + 3):
            sheet.write_string(row, 0, words, self.mono)

    def table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """A sheet with its headings, its rows and its drop-downs."""
        sheet = self.workbook.add_worksheet(name)
        if layout.is_needed(name):
            sheet.set_tab_color(_NEEDED)
        columns = layout.sheet_columns(name)
        self._headings(sheet, columns)
        for at, row in enumerate(rows, start=_HEADING_ROWS):
            for place, column in enumerate(columns.values(), start=1):
                if column.name in row:
                    self._write(sheet, at, place, row[column.name], self._look(column))
        last = max(_CHECKED_ROWS, len(rows) + _HEADING_ROWS)
        if name in SINGLE_RECORD_TABLES or name == "market":
            last = _HEADING_ROWS
        for place, column in enumerate(columns.values(), start=1):
            check = _validation(name, column)
            if check:
                sheet.data_validation(_HEADING_ROWS, place, last, place, check)

    def _headings(self, sheet: Worksheet, columns: Mapping[str, Column]) -> None:
        sheet.set_column(0, 0, 6, self.text)
        for row, (mark, look) in enumerate(
            ((layout.REMARK, self.heading), ("unit", self.remark), ("about", self.last))
        ):
            sheet.write_string(row, 0, mark, look)
        for place, column in enumerate(columns.values(), start=1):
            sheet.write_string(0, place, column.name, self.needed if column.required else self.heading)
            sheet.write_string(1, place, _unit_words(column), self.remark)
            sheet.write_string(2, place, column.description, self.last)
            width = min(_WIDEST, max(14, len(column.name) + 2, len(column.description) // 4))
            sheet.set_column(place, place, width, self._look(column))
        sheet.set_row(1, 26)
        sheet.set_row(2, 64)
        sheet.freeze_panes(_HEADING_ROWS, 2)

    def _look(self, column: Column) -> Format:
        # Excel would make a date of 2027-01 and a number of an id; in columns of text it leaves what is typed.
        if column.kind in _TEXT_KINDS:
            return self.text
        if column.kind is Kind.FLAG:
            return self.plain
        shown = _number_format(column)
        if shown not in self._numbers:
            self._numbers[shown] = self.workbook.add_format({**_BASE, "num_format": shown})
        return self._numbers[shown]

    def _write(self, sheet: Worksheet, row: int, place: int, value: object, look: Format) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(row, place, value, look)
        elif isinstance(value, int | float):
            sheet.write_number(row, place, value, look)
        else:
            sheet.write_string(row, place, _cell_text(value), self.text)

    def wide(self, name: str, header: Sequence[str], about: str, columns: Sequence[Sequence[Any]]) -> None:
        """A sheet of a series in time: texts in the first column, numbers in the others."""
        sheet = self.workbook.add_worksheet(name)
        for row, (mark, look) in enumerate(((layout.REMARK, self.heading), ("about", self.last))):
            sheet.write_string(row, 0, mark, look)
        sheet.set_column(0, 0, 6, self.text)
        sheet.set_column(1, len(header), 18, self.plain)
        for place, words in enumerate(header, start=1):
            sheet.write_string(0, place, words, self.needed if place == 1 else self.heading)
            sheet.write_string(1, place, about if place == 1 else "", self.last)
        sheet.set_row(1, 90)
        sheet.freeze_panes(2, 2)
        for place, values in enumerate(columns, start=1):
            for row, value in enumerate(values, start=2):
                if isinstance(value, str):
                    sheet.write_string(row, place, value, self.text)
                elif not np.isnan(value):
                    sheet.write_number(row, place, value, self.plain)

    def lists(self) -> None:
        """A hidden sheet with the ids of the bundled machines, for the drop-downs."""
        sheet = self.workbook.add_worksheet(layout.LISTS)
        for row, rig in enumerate(load_catalogue()):
            sheet.write_string(row, 0, rig, self.text)
        sheet.hide()


def _number_format(column: Column) -> str:
    """How numbers are shown: sums of dollars whole, prices to the cent and finer; what is stored is never rounded."""
    if column.kind is Kind.WHOLE:
        return "0"
    if column.unit in _WHOLE_UNITS:
        return "#,##0"
    return "General" if column.unit in _PLAIN_UNITS else "#,##0.00########"


def _unit_words(column: Column) -> str:
    """The unit of a column, and whether it is compulsory or what it is when blank."""
    unit = column.unit or ("true or false" if column.kind is Kind.FLAG else "")
    if column.required:
        return f"{unit}; compulsory".lstrip("; ")
    default = column.default
    if default is None or default in ("", ()):
        return f"{unit}; optional".lstrip("; ")
    return f"{unit}; default {str(default).lower() if isinstance(default, bool) else default}".lstrip("; ")


def _cell_text(value: object) -> str:
    """A value that is no number as the readers of one cell take it; lists are parted by semicolons."""
    if isinstance(value, list | tuple):
        parts = [f"{part['month']}:{part['value']!r}" if isinstance(part, Mapping) else str(part) for part in value]
        points = any(isinstance(part, Mapping) for part in value)
        return ("," if points else LIST_SEPARATOR).join(parts)
    return str(value)


def _validation(sheet: str, column: Column) -> dict[str, Any]:
    """The drop-down or check of a column; nothing where any text will do."""
    common = {"ignore_blank": True, "error_type": "stop", "error_title": column.name[:32]}
    message = f"expected {column.expected}"[:255]
    if column.kind is Kind.CHOICE:
        choices = [choice for choice in column.choices if choice]
        return {**common, "validate": "list", "source": choices, "error_message": message}
    if column.kind is Kind.FLAG:
        return {**common, "validate": "list", "source": ["true", "false"], "error_message": message}
    named = layout.referenced_sheet(sheet, column)
    if named:
        source = f"='{layout.LISTS}'!$A$1:$A${len(load_catalogue())}" if named == "rigs" else _ids(named)
        free = {"error_type": "information", "error_message": "This id is not in the list."}
        return {**common, **free, "validate": "list", "source": source}
    if column.kind in (Kind.NUMBER, Kind.WHOLE) and column.low is not None and column.high is not None:
        kind = "integer" if column.kind is Kind.WHOLE else "decimal"
        bounds = {"criteria": "between", "minimum": column.low, "maximum": column.high}
        return {**common, "validate": kind, **bounds, "error_type": "warning", "error_message": message}
    return {}


def _ids(sheet: str) -> str:
    """The cells with the ids of a sheet, whose column id is the first after the remarks."""
    return f"={sheet}!$B${_HEADING_ROWS + 1}:$B${_CHECKED_ROWS}"


def _prices(book: _Book, portfolio: Portfolio | None) -> None:
    about = (
        "Hour beginning in local wall-clock time, such as 2025-01-01T00:00; "
        "then a column per power series, named by its id. USD/MWh"
    )
    series = [] if portfolio is None else [portfolio.prices[name] for name in sorted(portfolio.prices)]
    years = sorted({year for prices in series for year in prices.years})
    if not years:
        book.wide(layout.PRICES, [layout.TIME], about, [])
        return
    first, end = (np.datetime64(f"{year:04d}-01-01T00:00", "m") for year in (years[0], years[-1] + 1))
    hours = np.arange(first, end, np.timedelta64(60, "m"))
    columns: list[Sequence[Any]] = [np.datetime_as_string(hours).tolist()]
    for prices in series:
        start = np.searchsorted(hours, np.datetime64(f"{prices.years[0]:04d}-01-01T00:00", "m"))
        whole = np.full(len(hours), np.nan)
        whole[start : start + len(prices.prices)] = prices.prices
        columns.append(whole.tolist())
    book.wide(layout.PRICES, [layout.TIME, *(prices.id for prices in series)], about, columns)


def _history(book: _Book, portfolio: Portfolio) -> None:
    from sites.network_history.history import COLUMNS

    assert portfolio.history is not None
    frame = portfolio.history.frame
    columns = [frame.index.strftime("%Y-%m-%d").tolist(), *(frame[name].tolist() for name in COLUMNS)]
    book.wide(layout.HISTORY, [layout.DAY, *COLUMNS], "The network's daily history", columns)
