"""Reading an input workbook: sheets to rows of tables, with the cell of every value for the findings."""

from __future__ import annotations

import datetime
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from sites.assembly import portfolio_from
from sites.cells import is_blank
from sites.columns import SINGLE_RECORD_TABLES, Column
from sites.findings import Finding, PortfolioError
from sites.given import Given
from sites.hints import column_hint, nearest
from sites.portfolio import Portfolio
from sites.quantities import Kind
from sites.rows import Position, Row
from sites.text_files import TextRefusedError, read_bytes
from sites.workbook import layout
from sites.workbook.parts import LARGEST_BYTES, WorkbookRefusedError, cell_faults, cell_place, check_container
from sites.workbook.series import read_history, read_prices
from sites.workbook.sheet import Grid, OpenSheet, words_of

# More than thirty years of hours: a sheet of more rows has been filled by a slip of the hand.
_MOST_ROWS = 300_000
_EXACT_WHOLE = 1e15


def load_workbook(path: Path) -> Portfolio:
    """The portfolio in a workbook.

    Raises
    ------
    PortfolioError : it cannot be read, or something in it is wrong; lists every finding at once, with sheet and cell.
    """
    name = path.name
    try:
        content = read_bytes(path, name, LARGEST_BYTES)
        check_container(content)
        faults = cell_faults(content)
        grids = _grids(content)
    except TextRefusedError as refusal:
        raise PortfolioError([refusal.finding]) from None
    except WorkbookRefusedError as refusal:
        finding = Finding(name, problem=refusal.problem, expected=refusal.expected, hint=refusal.hint)
        raise PortfolioError([finding]) from None
    given = Given(file=name, folder=path.parent, input_files=[path])
    read = {layout.ABOUT, *(sheet for sheet in grids if sheet.startswith(layout.REMARK))}
    for fault in faults:
        if fault.sheet not in read:
            given.findings.append(_cell_finding(name, fault.sheet, fault.cell, fault.problem, fault.hint))
    sheets = {sheet: _opened(sheet, grid, given) for sheet, grid in grids.items() if sheet not in read}
    _tables(sheets, given)
    prices = read_prices(sheets.get(layout.PRICES), given)
    history = read_history(sheets.get(layout.HISTORY), given)
    return portfolio_from(given, prices, history)


def _cell_finding(file: str, sheet: str, cell: str, problem: str, hint: str) -> Finding:
    row, column = cell_place(cell)
    return Finding(file, row or None, column or None, sheet=sheet, problem=problem, expected="a plain value", hint=hint)


def _grids(content: bytes) -> dict[str, Grid]:
    """The cells of every worksheet, from its first row and column on."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return {
            sheet.name: [list(row) for row in book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)]
            for sheet in book.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet
        }
    except CalamineError as error:
        raise WorkbookRefusedError(f"cannot be read ({error})") from None
    except BaseException as error:
        # A panic of the library, which a damaged workbook can cause, is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise WorkbookRefusedError("is damaged", hint="open it in a spreadsheet and save it again") from None


def _opened(name: str, grid: Grid, given: Given) -> OpenSheet | None:
    """A sheet with its heading read; None where it is of no table, empty, or its heading cannot be used."""
    known = (*layout.sheet_names(), *layout.WIDE_SHEETS)
    if name not in known:
        expected = f"a sheet named after a table, or one whose name begins with '{layout.REMARK}', which is not read"
        hint = nearest(name, known) or f"the tables are {', '.join(layout.sheet_names())}"
        given.findings.append(_sheet_finding(given.file, name, "is of no table", expected, hint))
        return None
    header_row = next((n for n, cells in enumerate(grid, start=1) if not all(map(is_blank, cells))), 0)
    if not header_row:
        return None
    header = [words_of(cell) for cell in grid[header_row - 1]]
    sheet = OpenSheet(name, grid, header, header_row, next((n for n, cell in enumerate(header) if cell == "#"), None))
    faults = list(_header_findings(sheet, given.file))
    given.findings.extend(faults)
    if len(grid) > _MOST_ROWS:
        faults.append(_sheet_finding(given.file, name, f"has {len(grid):,} rows", f"at most {_MOST_ROWS:,}"))
        given.findings.append(faults[-1])
    if faults:
        given.broken.add(layout.NESTED[name][0] if name in layout.NESTED else name)
        return None
    return sheet


def _header_findings(sheet: OpenSheet, file: str) -> Iterable[Finding]:
    if sheet.name in layout.WIDE_SHEETS:
        first = layout.TIME if sheet.name == layout.PRICES else layout.DAY
        if first not in sheet.header:
            yield _heading(file, sheet, 0, f"the column {first} is missing", f"the columns {first} and further ones")
        return
    columns = layout.sheet_columns(sheet.name)
    for place, cell in enumerate(sheet.header):
        if cell in (layout.REMARK, ""):
            filled = [number for number, cells in sheet.rows() if cell == "" and not is_blank(cells[place])]
            if filled:
                problem = f"the column has no name, but row {filled[0]} has a value in it"
                yield _heading(file, sheet, place, problem, "a column of this table")
        elif cell not in columns:
            own = [name for name, (table, column) in layout.NESTED.items() if (table, column) == (sheet.name, cell)]
            hint = f"it has a sheet of its own, {own[0]}" if own else column_hint(cell, columns)
            yield _heading(file, sheet, place, f"'{cell}' is an unknown column", "a column of this table", hint)
        elif cell in sheet.header[:place]:
            yield _heading(file, sheet, place, f"the column '{cell}' stands there twice", "every column once")
    if any(True for _ in sheet.rows()):
        for column in columns.values():
            if column.required and column.name not in (*sheet.header, *_filled_in(sheet.name)):
                problem = f"the column {column.name} is missing"
                yield _heading(file, sheet, 0, problem, column.expected, "the column is compulsory")


def _filled_in(sheet: str) -> tuple[str, ...]:
    """Columns that need not be there, because other sheets say what they hold."""
    return ("file",) if sheet == "power_series" else ()


def _heading(file: str, sheet: OpenSheet, place: int, problem: str, expected: str, hint: str = "") -> Finding:
    where = (sheet.header_row, place + 1)
    return Finding(file, *where, sheet=sheet.name, problem=problem, expected=expected, hint=hint)


def _sheet_finding(file: str, sheet: str, problem: str, expected: str, hint: str = "") -> Finding:
    return Finding(file, table=f"sheet '{sheet}'", problem=problem, expected=expected, hint=hint)


def _tables(sheets: dict[str, OpenSheet | None], given: Given) -> None:
    """Put the rows of all sheets of tables into `given`; those of nested records into the rows that hold them."""
    for name, sheet in sheets.items():
        if sheet is not None and name not in (*layout.NESTED, *layout.WIDE_SHEETS):
            rows = [_row(sheet, number, at, cells, given.file) for number, (at, cells) in _numbered(sheet)]
            if rows or name not in SINGLE_RECORD_TABLES:
                given.rows[name] = rows
            given.places[name] = (sheet.header_row, 1)
        elif sheet is None and name in layout.sheet_names() and name not in layout.NESTED and name not in given.broken:
            given.rows.setdefault(name, [])
    for name, (table, column) in layout.NESTED.items():
        nested = sheets.get(name)
        if nested is not None:
            _nest(nested, table, column, given)


def _numbered(sheet: OpenSheet) -> Iterable[tuple[int, tuple[int, list[object]]]]:
    return enumerate(sheet.rows(), start=1)


def _row(sheet: OpenSheet, number: int, at: int, cells: Sequence[object], file: str) -> Row:
    columns = layout.sheet_columns(sheet.name)
    values: dict[str, object] = {}
    positions: dict[str, Position] = {}
    for place, name in enumerate(sheet.header):
        if name in columns:
            positions[name] = (at, place + 1)
            values[name] = _value(columns[name], cells[place])
    return Row(sheet.name, number, values, file, at, 1, positions, sheet=sheet.name)


def _nest(sheet: OpenSheet, table: str, column: str, given: Given) -> None:
    """Put the records of a sheet of their own into the one record of the table that has them."""
    rows = [_row(sheet, number, at, cells, given.file) for number, (at, cells) in _numbered(sheet)]
    if not rows:
        return
    filled = [{name: value for name, value in row.values.items() if not is_blank(value)} for row in rows]
    positions: dict[str, Position] = {}
    if table == "settings":
        if len(rows) > 1:
            given.findings.append(rows[1].finding("", "one record", problem=f"holds {len(rows)} records"))
            return
        value: object = filled[0]
        positions = {f"{column}.{name}": place for name, place in rows[0].positions.items()}
    else:
        value = filled
        for index, row in enumerate(rows):
            positions |= {f"{column}[{index}].{name}": place for name, place in row.positions.items()}
            positions[f"{column}[{index}]"] = (row.line or 0, 1)
    owners = given.rows.setdefault(table, [])
    owner = owners[0] if owners else Row(table, 1, {}, given.file, rows[0].line, 1, {}, sheet=sheet.name)
    joined = replace(owner, values={**owner.values, column: value}, positions={**owner.positions, **positions})
    given.rows[table] = [joined, *owners[1:]]


def _value(column: Column, cell: object) -> object:
    """A cell as the readers of tables take it: whole numbers without a point, dates in columns of text as ISO."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT_WHOLE and math.copysign(1.0, cell) > 0:
        return int(cell)
    if isinstance(cell, datetime.date) and column.kind is not Kind.MONTH:
        is_day = not isinstance(cell, datetime.datetime) or cell.time() == datetime.time()
        return str(cell)[:10] if is_day else str(cell)
    return None if is_blank(cell) else cell
