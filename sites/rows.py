"""From the rows of a table, as a file or a frame gives them, to records and findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from sites.cells import CellError, is_blank, read_cell
from sites.columns import (
    BUDGET_COLUMNS,
    MARKET_COLUMNS,
    POINT_COLUMNS,
    SINGLE_RECORD_TABLES,
    TABLE_COLUMNS,
    TABLES,
    Column,
)
from sites.findings import Finding, Severity
from sites.hints import column_hint
from sites.market_record import Market, MarketPoint, MarketTextError, market_cells, market_points
from sites.quantities import Kind
from sites.records import CapexBudgetStep, Record
from sites.slips import SLIPS

PYTHON_FILE = "<python>"
R = TypeVar("R", bound=Record)
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Position = tuple[int, int]


class Refused(Enum):
    """A cell about which a finding exists already, such as a YAML alias."""

    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells as typed, and where they stand.

    positions : line and column in the text by column name, and by ``capex_budget[0].usd`` for nested cells.
    sheet : of a workbook, whose rows and columns are then meant; nested cells have a sheet of their own name.
    """

    table: str
    number: int
    values: Mapping[str, object]
    file: str = PYTHON_FILE
    line: int | None = None
    column_position: int | None = None
    positions: Mapping[str, Position] = field(default_factory=dict)
    sheet: str = ""

    @property
    def label(self) -> str:
        """The row as messages name it: its id in quotes, or its number; nothing for a table of one record."""
        name = self.values.get("id")
        if isinstance(name, str | int) and not is_blank(name):
            return f"'{str(name).strip()[:60]}'"
        return "" if self.table in SINGLE_RECORD_TABLES else f"row {self.number}"

    @property
    def where(self) -> str:
        """Where the row stands, for a message about another one: its line, or its number."""
        if self.sheet:
            return f"row {self.line}"
        return f"line {self.line}" if self.line else f"row {self.number}"

    def finding(
        self,
        column: str,
        expected: str,
        *,
        hint: str = "",
        problem: str = "",
        severity: Severity = "error",
        value: object = None,
        at: str = "",
    ) -> Finding:
        """A finding at one cell of this row, or at the row itself where ``column`` is empty or absent.

        at : path of a part of the cell, such as ``sites[1]``, whose place is shown where it is known.
        """
        row_place = (self.line, self.column_position)
        line, position = self.positions.get(at, self.positions.get(column, row_place))
        typed = self.values.get(column) if value is None else value
        nested = re.split(r"[.\[]", at or column, maxsplit=1)
        own_sheet = len(nested) > 1 and self.positions.get(at, self.positions.get(column)) is not None
        return Finding(
            file=self.file,
            line=line,
            column_position=position,
            table=self.table,
            record=self.label,
            column=column,
            value="" if is_blank(typed) else str(typed),
            expected=expected,
            hint=hint,
            severity=severity,
            problem=problem,
            sheet=nested[0] if self.sheet and own_sheet else self.sheet,
        )


@dataclass(frozen=True, slots=True)
class Entry(Generic[R]):
    """A record together with the row that it was read from."""

    record: R
    row: Row


@dataclass(frozen=True, slots=True)
class ReadTable:
    """What came out of a table's rows.

    entries : the records of the rows that can be read.
    cells : of every row the cells that can be read, so that a fault in one cell does not hide those in others.
    findings : what is wrong in the rows.
    """

    entries: list[Entry[Any]]
    cells: list[tuple[Row, Mapping[str, object]]]
    findings: list[Finding]


def read_table(table: str, rows: Iterable[Row]) -> ReadTable:
    """The records, cells and findings of a table's rows."""
    result = ReadTable([], [], [])
    for row in rows:
        reader = _Reader(row, TABLE_COLUMNS[table], table, result.findings)
        record = reader.read(TABLES[table], row.values)
        if record is not None:
            result.entries.append(Entry(record, row))
        result.cells.append((row, reader.cells))
    return result


class _Reader:
    """Reads one row, or one mapping nested in a row, into a record; appends what is wrong to ``findings``."""

    def __init__(
        self, row: Row, columns: Mapping[str, Column], slips: str, findings: list[Finding], path: str = ""
    ) -> None:
        self.row = row
        self.columns = columns
        self.slips = SLIPS.get(slips, {})
        self.findings = findings
        self.path = path
        self.failed: set[str] = set()
        self.cells: dict[str, object] = {}
        self.values: Mapping[str, object] = {}

    def read(self, record_type: type[M], values: Mapping[str, object]) -> M | None:
        """The record, or None when one of its cells cannot be used; ``cells`` then holds those that can."""
        self.values = values
        self.cells = self._cells()
        oddities = self._look_for_slips(self.cells)
        try:
            record = record_type.model_validate(self.cells)
        except ValidationError as error:
            self._report(error)
            for name in self.failed & self.cells.keys():
                del self.cells[name]
            record = None
        # A value that is refused for its range is not also called odd.
        self.findings.extend(oddity for name, oddity in oddities.items() if name not in self.failed)
        return None if self.failed else record

    def _cells(self) -> dict[str, object]:
        cells: dict[str, object] = {}
        for name, value in self.values.items():
            column = self.columns.get(name)
            if column is None:
                self._unknown_column(str(name))
            elif value is Refused.REFUSED:
                self.failed.add(name)
            elif not is_blank(value):
                try:
                    cells[name] = self._value(column, value)
                except CellError as fault:
                    self._fail(name, column.expected, value, fault.hint)
        return cells

    def _value(self, column: Column, value: object) -> object:
        if column.kind is Kind.STEPS:
            return self._records(column, value, CapexBudgetStep, BUDGET_COLUMNS)
        if column.kind is Kind.POINTS:
            points = _spelt(market_points, value) if isinstance(value, str) else value
            return self._records(column, points, MarketPoint, POINT_COLUMNS)
        return self._market(value) if column.kind is Kind.MARKET else read_cell(column, value)

    def _records(
        self, column: Column, value: object, record_type: type[M], columns: Mapping[str, Column]
    ) -> tuple[M, ...]:
        """The records of a list of mappings."""
        names = list(columns)
        if isinstance(value, Mapping) or not isinstance(value, list | tuple):
            raise CellError(f"write a list: - {{{names[0]}: 2027-01, {names[1]}: 50e6}}")
        records = []
        for index, item in enumerate(value):
            path = f"{self.path}{column.name}[{index}]"
            if not isinstance(item, Mapping):
                self.failed.add(column.name)
                self.findings.append(self.row.finding(path, f"a record of {' and '.join(names)}", value=item))
                continue
            reader = _Reader(self.row, columns, column.name, self.findings, f"{path}.")
            record = reader.read(record_type, item)
            if record is not None:
                records.append(record)
            else:
                self.failed.add(column.name)
        return tuple(records)

    def _market(self, value: object) -> Market | None:
        """The model of the hashprice, given as a mapping or spelt out in one text."""
        if isinstance(value, Market):
            return value
        cells = _spelt(market_cells, value) if isinstance(value, str) else value
        if not isinstance(cells, Mapping):
            raise CellError("write a mapping: {model: fundamental, btc_price_usd: 95000}")
        market = _Reader(self.row, MARKET_COLUMNS, "market", self.findings, "market.").read(Market, cells)
        if market is None:
            self.failed.add("market")
        return market

    def _unknown_column(self, name: str) -> None:
        hint = column_hint(name, self.columns)
        self.findings.append(
            self.row.finding(
                self.path + name,
                "a column of this table",
                hint=hint,
                problem="is an unknown column",
                value=self.values[name],
            )
        )

    def _look_for_slips(self, cells: dict[str, object]) -> dict[str, Finding]:
        """Takes away the cells that were surely typed in another unit; gives the warnings about the others."""
        oddities: dict[str, Finding] = {}
        for name, slips in self.slips.items():
            value = cells.get(name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            slip = next((slip for slip in slips if slip.applies(value)), None)
            if slip is None:
                continue
            expected, hint = self.columns[name].expected, slip.hint(value)
            if slip.severity == "error":
                self._fail(name, expected, value, hint)
                del cells[name]
            else:
                oddities[name] = self._finding(name, expected, value, hint, severity="warning")
        return oddities

    def _report(self, error: ValidationError) -> None:
        # A value of the union of number and id is reported once per part, and a list once per item.
        reported: set[str] = set(self.failed)
        for fault in error.errors(include_url=False):
            name = str(fault["loc"][0])
            if name in reported:
                continue
            reported.add(name)
            column = self.columns[name]
            if fault["type"] == "missing":
                self._fail(name, column.expected, None, "the column is compulsory", problem="is missing")
            else:
                reason = fault.get("ctx", {}).get("error", "")
                self._fail(name, column.expected, fault["input"], str(reason))

    def _fail(self, name: str, expected: str, value: object, hint: str, problem: str = "") -> None:
        self.failed.add(name)
        self.findings.append(self._finding(name, expected, value, hint, problem=problem))

    def _finding(
        self, name: str, expected: str, value: object, hint: str, problem: str = "", severity: Severity = "error"
    ) -> Finding:
        typed = self.values.get(name, value)
        column = self.path + name
        # What is missing from a nested record is told at that record.
        at = column if column in self.row.positions else self.path.rstrip(".")
        return self.row.finding(column, expected, hint=hint, problem=problem, severity=severity, value=typed, at=at)


def _spelt(parse: Callable[[str], T], text: str) -> T:
    """What a text spells, or the fault of its cell."""
    try:
        return parse(text)
    except MarketTextError as error:
        raise CellError(str(error)) from None
