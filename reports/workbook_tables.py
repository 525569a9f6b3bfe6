"""Display tables in Excel: exact numbers under formats that show them as the pages do, totals as live formulas.

A cell never runs what came from the input: text is written as text, and the only formulas are those written here.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from reports import format as fmt
from reports.display import Cell, Column, Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

# Excel's own limits on a sheet's name and on the text of a cell.
_MOST_NAME, _MOST_TEXT = 31, 32_767
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_MONEY_FORMATS = {"usd": "#,##0", "k": "#,##0,", "m": "#,##0.0,,", "bn": "#,##0.000,,,"}
_WIDEST, _PROSE = 46, 44
_INK, _QUIET = "#17202A", "#4A5866"

HeadingKind = Literal["header", "unit", "text header", "text unit"]
CellKind = Literal["text", "number", "total", "caption", "note", "title", "strong", "wrapped", "prose", "sum"]


def number_format(shown: str, *, money: str = "") -> str:
    """The Excel format that shows a number as this text does; negative numbers are red.

    money : the scale in which dollars are shown, where the number is a sum of dollars.
    """
    digits = re.search(r"\.(\d+)", shown)
    places = f"0.{'0' * len(digits[1])}" if digits else "0"
    if money:
        plain = _MONEY_FORMATS[money]
    elif shown.endswith("%"):
        plain = f"{places}%"
    elif "e" in shown and re.search(r"\d", shown):
        plain = "0.0E+00"
    else:
        plain = f"#,##{places}"
    return f"{plain};[Red]-{plain}"


@dataclass
class Book:
    """A workbook while it is filled.

    scale : in which dollars are shown; cells hold dollars, whatever is shown.
    """

    workbook: Workbook
    scale: str = "m"
    footer: str = ""
    _formats: dict[tuple[str, ...], Format] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def style(self, kind: CellKind | HeadingKind, number: str = "") -> Format:
        """A cell format, made once."""
        key = (kind, number)
        if key not in self._formats:
            given: dict[str, Any] = {"font_name": "Calibri", "font_size": 10, "font_color": _INK, "valign": "top"}
            given |= _STYLES[kind]
            if number:
                given["num_format"] = number
            self._formats[key] = self.workbook.add_format(given)
        return self._formats[key]

    def money(self) -> str:
        """The Excel format of dollars."""
        return number_format("", money=self.scale)

    def sheet(self, name: str) -> Sheet:
        """A new sheet of this name, or of one like it that Excel takes and no other sheet has."""
        wanted = _FORBIDDEN.sub(" ", name).strip()[:_MOST_NAME] or "Table"
        found, number = wanted, 1
        while found.casefold() in self._names | {"history"}:
            number += 1
            found = f"{wanted[: _MOST_NAME - 4]} {number}"
        self._names.add(found.casefold())
        made = self.workbook.add_worksheet(found)
        made.set_landscape()
        made.fit_to_pages(1, 0)
        made.hide_gridlines(2)
        left = self.footer.replace("&", "&&")[:100]
        made.set_footer(f"&L&8{left}&C&8&A&R&8&P / &N")
        return Sheet(self, made, found)


@dataclass
class Sheet:
    """A sheet that is filled from top to bottom. row : the next free one, from 0."""

    book: Book
    raw: Worksheet
    name: str
    row: int = 0
    _widths: dict[int, int] = field(default_factory=dict)

    def text(self, row: int, column: int, words: str, kind: CellKind = "text") -> None:
        """Text that stays text, whatever it begins with."""
        if words:
            self.raw.write_string(row, column, words[:_MOST_TEXT], self.book.style(kind))

    def number(self, row: int, column: int, value: float, shown: str, kind: CellKind = "number") -> None:
        """A number to its last digit under a number format; what is none stays blank."""
        if math.isfinite(value):
            self.raw.write_number(row, column, value + 0.0, self.book.style(kind, shown))

    def formula(self, row: int, column: int, formula: str, value: float, shown: str, kind: CellKind = "total") -> None:
        """A live formula with the value that it gives."""
        self.raw.write_formula(row, column, formula, self.book.style(kind, shown), value + 0.0)

    def line(self, words: str, kind: CellKind = "text") -> None:
        """A line of text over the width of the sheet."""
        self.text(self.row, 0, words, kind)
        self.row += 1

    def widen(self, column: int, characters: int) -> None:
        """Make a column at least so wide."""
        wide = min(_WIDEST, max(characters + 2, self._widths.get(column, 9)))
        self._widths[column] = wide
        self.raw.set_column(column, column, wide)

    def header(self, columns: Sequence[Column]) -> None:
        """Two rows of headings: names and units."""
        for place, column in enumerate(columns):
            heading = self.book.style("header" if column.numeric else "text header")
            below = self.book.style("unit" if column.numeric else "text unit")
            self.raw.write_string(self.row, place, column.label, heading)
            self.raw.write_string(self.row + 1, place, fmt.with_money_unit(column.unit), below)
            self.widen(place, max(len(column.label), len(column.unit)))
        self.row += 2

    def table(self, content: Table, *, freeze: bool = False) -> tuple[int, int]:
        """A display table under its caption; its first and last row of figures.

        freeze : keep its headings in sight, and give it filters.
        """
        self.line(fmt.with_money_unit(content.caption), "caption")
        self.header(content.columns)
        first = self.row
        for row in content.rows:
            for place, cell in enumerate(row):
                self._cell(content, place, cell)
            self.row += 1
        last = self.row - 1
        if freeze:
            self.raw.freeze_panes(first, 1)
            self.raw.repeat_rows(first - 2, first - 1)
            self.raw.autofilter(first - 1, 0, max(last, first), len(content.columns) - 1)
        if content.total is not None:
            self._total(content, first, last)
        if content.note:
            self.line(content.note, "note")
        self.row += 1
        return first, last

    def _cell(self, content: Table, place: int, cell: Cell) -> None:
        if cell.value is None:
            words = f"{cell.text} ({cell.tag})" if cell.tag else cell.text
            prose = content.columns[place].prose
            self.text(self.row, place, "" if words == fmt.MISSING else words, "prose" if prose else "text")
            self.widen(place, _PROSE if prose else len(words))
        else:
            self.number(self.row, place, cell.value, self._shown(content, place, cell))

    def _shown(self, content: Table, place: int, cell: Cell) -> str:
        return number_format(cell.text, money=self.book.scale if is_money(content, place) else "")

    def _total(self, content: Table, first: int, last: int) -> None:
        assert content.total is not None
        for place, cell in enumerate(content.total):
            if cell.value is None:
                self.text(self.row, place, cell.text, "strong")
                continue
            shown = self._shown(content, place, cell)
            values = [row[place].value for row in content.rows]
            summed = math.fsum(value for value in values if value is not None and math.isfinite(value))
            if content.rows and math.isclose(summed, cell.value, rel_tol=1e-12, abs_tol=1e-9):
                self.formula(self.row, place, f"=SUM({span(first, place, last, place)})", cell.value, shown)
            else:
                self.number(self.row, place, cell.value, shown, "total")
        self.row += 1


def is_money(content: Table, place: int) -> bool:
    """Whether a column holds sums of dollars, which tables show in the unit of the report."""
    column = content.columns[place]
    return (column.unit.startswith("USD m") and " per " not in column.unit.removesuffix("of NPV")) or (
        not column.unit and column.numeric and "(USD m" in content.caption
    )


def span(first_row: int, first_column: int, last_row: int, last_column: int) -> str:
    """A range of cells as formulas write it; rows and columns from 0."""
    from xlsxwriter.utility import xl_range

    return str(xl_range(first_row, first_column, last_row, last_column))


def open_book(*, title: str, created: datetime, company: str = "", scale: str = "m") -> tuple[Book, io.BytesIO]:
    """An empty workbook and the bytes that it becomes when `book.workbook.close()` is called."""
    import xlsxwriter

    from sites.workbook.exact import ExactWorksheet

    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    workbook = xlsxwriter.Workbook(content, options)
    workbook.worksheet_class = ExactWorksheet
    workbook.set_properties({"title": title, "company": company, "created": created.replace(tzinfo=None)})
    workbook.set_calc_mode("auto")
    return Book(workbook, scale, " - ".join(words for words in (company, title) if words)), content


def tables_workbook(sheets: Sequence[tuple[str, Sequence[Table]]], *, title: str, created: datetime) -> bytes:
    """A workbook of display tables, a sheet per name.

    The same tables and day give the same bytes.
    """
    book, content = open_book(title=title, created=created)
    for name, tables in sheets:
        sheet = book.sheet(name)
        sheet.line(title, "title")
        sheet.row += 1
        for table in tables:
            sheet.table(table, freeze=len(tables) == 1)
    book.workbook.close()
    return content.getvalue()


_SIDES = (("", "right"), ("text ", "left"))
_STYLES: dict[str, dict[str, Any]] = {
    "text": {},
    "number": {},
    "strong": {"bold": True, "top": 1},
    "total": {"bold": True, "top": 1},
    "caption": {"bold": True, "font_size": 12},
    "prose": {"text_wrap": True},
    "sum": {"bold": True},
    **{f"{side}header": {"bold": True, "valign": "bottom", "top": 2, "align": align} for side, align in _SIDES},
    **{f"{side}unit": {"font_color": _QUIET, "font_size": 8, "bottom": 1, "align": align} for side, align in _SIDES},
    "note": {"font_color": _QUIET, "font_size": 9},
    "title": {"bold": True, "font_size": 16},
    "wrapped": {"text_wrap": True, "font_size": 12},
}
