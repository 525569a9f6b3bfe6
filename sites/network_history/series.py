"""From the rows of a table to series by day: blanks left out, every other cell a number, every day once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sites.findings import Finding
from sites.network_history.cells import (
    DAY_EXPECTED,
    EPOCH,
    AmbiguousDaysError,
    CellRefusedError,
    DayReader,
    is_blank,
    number,
)
from sites.network_history.filling import Account
from sites.network_history.headers import BARE, Meaning, meaning_of
from sites.network_history.quantities import UNITS, Column, Quantity, Series, Unit
from sites.network_history.scale import SAY, SAY_SERIES
from sites.network_history.tables import Table

# Before this day no exchange traded on every day and whole days passed without a block: zeros there mean "none yet".
_EARLY = (date(2011, 1, 1) - EPOCH).days
_MAY_BE_ZERO = frozenset({Quantity.FEES, Quantity.SUBSIDY, Quantity.REVENUE})
_BITCOIN = frozenset({"btc", "bitcoin", "xbt"})
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says about files, by file name: of what a bare series is, and in which unit a file is.

    series : one of the words of :class:`Quantity`. units : a unit of one of the file's quantities.
    """

    series: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def series_of(table: Table, told: Told, found: Account) -> list[Series]:
    """The series in a table; faults and notes are added to ``found``."""
    meaning = meaning_of(table.header)
    if meaning is None:
        found.errors.append(_unknown(table))
        return []
    columns = _columns(table, meaning, told, found)
    rows = _bitcoin_rows(table, meaning, found)
    if not columns or not rows:
        if columns:
            expected = "days of Bitcoin" if table.rows else "at least one day"
            found.errors.append(Finding(table.file, problem="holds no row to read", expected=expected))
        return []
    days = _days(table, rows, meaning.day, found)
    read = [_one(table, rows, days, at, column, found) for at, column in columns.items()]
    kept = [series for series in read if series is not None]
    if kept:
        found.notes.append(f"{table.file}: {meaning.format}, {'; '.join(map(_told_series, kept))}")
    return kept


def _told_series(series: Series) -> str:
    first, last = (EPOCH + timedelta(days=int(series.days[at])) for at in (0, -1))
    name = f" in {series.column.unit.name}" if series.column.quantity is not Quantity.DIFFICULTY else ""
    return f"{series.column.quantity.value} ('{series.name}'{name}, {len(series.days)} values, {first} to {last})"


def _unknown(table: Table) -> Finding:
    shown = ", ".join(name for name in table.header[:12] if name) or "nothing"
    expected = (
        "a column of days (date, time, timestamp, t, x) and one of price, hash rate, difficulty, subsidy, fees, "
        "miners' revenue or hashprice by a name that is known"
    )
    problem = "is no network history that is known"
    return Finding(table.file, 1, problem=problem, expected=expected, hint=f"its first line is {shown}")


def _columns(table: Table, meaning: Meaning, told: Told, found: Account) -> dict[int, Column]:
    columns = dict(meaning.columns)
    if meaning.bare is not None:
        quantity = _told_quantity(table, told, found)
        if quantity is None:
            return {}
        columns = {meaning.bare: Column(quantity, _explorer_unit(quantity))}
    elif table.file in told.series:
        hint = "leave it out, the column names say it"
        found.errors.append(
            Finding(table.file, value=told.series[table.file], expected=f"nothing said about {BARE}", hint=hint)
        )
    unit = told.units.get(table.file, "")
    fitting = [at for at, column in columns.items() if unit and _unit_named(column.quantity, unit)]
    if unit and not fitting:
        found.errors.append(_no_such_unit(table, columns, unit))
    for at in fitting[:1]:
        quantity = columns[at].quantity
        columns[at] = Column(quantity, UNITS[quantity][_unit_named(quantity, unit)], said=True)
        found.notes.append(f"{table.file}: '{table.header[at]}' taken in {columns[at].unit.name}, as was asked for")
    for at in meaning.unsaid - set(fitting[:1]):
        found.errors.append(_unsaid(table, at, columns.pop(at)))
    return columns


def _explorer_unit(quantity: Quantity) -> Unit:
    """The unit of explorers' exports, which name neither quantity nor unit."""
    explorers = {Quantity.HASHRATE: "TH/s", Quantity.REVENUE: "USD"}
    return UNITS[quantity][explorers.get(quantity, next(iter(UNITS[quantity])))]


def _unit_named(quantity: Quantity, name: str) -> str:
    """The unit's own spelling; empty when the quantity has no such unit."""
    spelt = name.strip().replace("/s/day", "/day").replace("sats/", "sat/").casefold()
    return next((unit for unit in UNITS[quantity] if unit.casefold() == spelt), "")


def _told_quantity(table: Table, told: Told, found: Account) -> Quantity | None:
    words = [quantity.value for quantity in Quantity]
    given = told.series.get(table.file, "")
    if given in words:
        return Quantity(given)
    hint = f"{SAY_SERIES} {table.file}={words[1]}"
    problem = "" if given else "does not say of what its values are"
    found.errors.append(
        Finding(table.file, value=given, problem=problem, expected=f"one of {', '.join(words)}", hint=hint)
    )
    return None


def _no_such_unit(table: Table, columns: Mapping[int, Column], unit: str) -> Finding:
    units = dict.fromkeys(name for column in columns.values() for name in UNITS[column.quantity])
    return Finding(table.file, value=unit, problem="is no unit of this file", expected=f"one of {', '.join(units)}")


def _unsaid(table: Table, at: int, column: Column) -> Finding:
    units = ", ".join(UNITS[column.quantity])
    hint = f"{SAY} {table.file}=EH/s"
    problem = f"does not say in which unit '{table.header[at]}' is"
    return Finding(table.file, 1, problem=problem, expected=f"one of {units}", hint=hint)


def _bitcoin_rows(table: Table, meaning: Meaning, found: Account) -> list[tuple[int, Sequence[str]]]:
    if meaning.asset is None:
        return list(table.rows)
    kept = [row for row in table.rows if _cell(row[1], meaning.asset).strip().casefold() in _BITCOIN]
    if others := len(table.rows) - len(kept):
        found.notes.append(f"{table.file}: {others} rows of other coins left out")
    return kept


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if at < len(cells) else ""


def _days(table: Table, rows: Sequence[tuple[int, Sequence[str]]], at: int, found: Account) -> list[int | None]:
    """The day of every row; None for a row that has none, about which a finding exists then."""
    try:
        reader = DayReader([_cell(cells, at) for _, cells in rows])
    except AmbiguousDaysError:
        found.errors.append(
            Finding(
                table.file,
                rows[0][0],
                column=table.header[at],
                value=_cell(rows[0][1], at),
                problem="may be day/month or month/day",
                expected="days written YYYY-MM-DD",
            )
        )
        return [None] * len(rows)
    days: list[int | None] = []
    bad: list[Finding] = []
    for line, cells in rows:
        try:
            days.append(reader.day(_cell(cells, at)))
        except CellRefusedError:
            days.append(None)
            bad.append(
                Finding(
                    table.file,
                    line,
                    column=table.header[at],
                    value=_cell(cells, at),
                    expected=DAY_EXPECTED,
                    problem="" if _cell(cells, at).strip() else "is blank",
                )
            )
    found.errors.extend(_first_few(bad))
    return days


def _one(
    table: Table,
    rows: Sequence[tuple[int, Sequence[str]]],
    days: Sequence[int | None],
    at: int,
    column: Column,
    found: Account,
) -> Series | None:
    """The series of one column; None when nothing in it can be read."""
    values: dict[int, float] = {}
    lines: dict[int, int] = {}
    bad: list[Finding] = []
    zeros = same = 0
    for (line, cells), day in zip(rows, days, strict=True):
        text = _cell(cells, at)
        if day is None or is_blank(text):
            continue
        try:
            value = number(text)
        except CellRefusedError:
            bad.append(_bad_cell(table, line, at, text, "a finite number"))
            continue
        if value < 0 or (value == 0 and column.quantity not in _MAY_BE_ZERO):
            if value == 0 and day < _EARLY:
                zeros += 1
            else:
                bad.append(_bad_cell(table, line, at, text, f"a {column.quantity.value} above 0"))
            continue
        if day in values and values[day] != value:
            when = EPOCH + timedelta(days=day)
            bad.append(_bad_cell(table, line, at, text, f"one value a day; line {lines[day]} has {when} already"))
            continue
        same += day in values
        values[day] = value
        lines[day] = line
    found.errors.extend(_first_few(bad))
    if zeros:
        found.notes.append(f"{table.file}: {zeros} zeros of '{table.header[at]}' before 2011 taken as not known")
    if same:
        found.notes.append(f"{table.file}: {same} rows of '{table.header[at]}' say a day again, with the same value")
    if not values:
        if not bad and any(day is not None for day in days):
            found.notes.append(f"{table.file}: '{table.header[at]}' is blank on every day")
        return None
    in_order = np.array(sorted(values), dtype=np.int64)
    amounts = np.array([values[day] for day in in_order.tolist()], dtype=np.float64) * column.unit.factor
    return Series(table.file, table.header[at], column, in_order, amounts, table.steps)


def _bad_cell(table: Table, line: int, at: int, text: str, expected: str) -> Finding:
    return Finding(table.file, line, column=table.header[at], value=text.strip(), expected=expected)


def _first_few(findings: Iterable[Finding]) -> list[Finding]:
    """The first findings of one kind, and how many more there are."""
    every = list(findings)
    if len(every) > _SHOWN:
        rest = len(every) - _SHOWN
        last = every[_SHOWN]
        return [
            *every[:_SHOWN],
            Finding(
                last.file, last.line, column=last.column, problem=f"and {rest} more like these", expected=last.expected
            ),
        ]
    return every
