"""The records of a portfolio as rows that can be changed, added to and dropped before they are checked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from sites.cells import CellError, is_blank
from sites.columns import SINGLE_RECORD_TABLES, TABLE_COLUMNS, TABLES, Column
from sites.edit_text import EVERY, PRICES_FIELD, SERIES_TABLE, Edit, Typed, address_faults, edited_column
from sites.edit_values import NothingToChangeError, changed_value, relative_amount
from sites.findings import Finding, Severity
from sites.hints import nearest
from sites.portfolio import Portfolio, record_to_row
from sites.quantities import Kind
from sites.records import Hashprice, Record
from sites.rows import Row
from sites.tables import composed

_KNOWN_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ChangedRow(Row):
    """A row of a changed portfolio: what is wrong in a cell is said of the change that made it.

    edits : the last change of each changed cell, by column.
    """

    edits: Mapping[str, Edit] = field(default_factory=dict)

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
        """A finding that names the change as its place, where a change made the cell or touched the row."""
        found = Row.finding(self, column, expected, hint=hint, problem=problem, severity=severity, value=value, at=at)
        typed = self.values.get(column) if value is None else value
        if isinstance(typed, float):  # 12.7 times 0.7, which is 8.889999999999999 to a computer
            found = replace(found, value=f"{typed:.12g}")
        edit = self.edits.get(column.partition("[")[0]) or self.edits.get(column.partition(".")[0])
        if edit is not None:
            return replace(found, file=edit.label, line=None, column_position=None)
        if self.edits and self.line is None:
            return replace(found, file=joined(dict.fromkeys(edit.label for edit in self.edits.values())))
        return found


@dataclass(slots=True)
class Draft:
    """A record on its way to a changed one.

    name : by which a change means it: id, month or row number.
    values : its cells. record : as it was, None for one that is added. row : where one that is added stands.
    edits : the last change of each changed cell.
    """

    name: str
    values: dict[str, object]
    record: Record | None = None
    row: Row | None = None
    edits: dict[str, Edit] = field(default_factory=dict)

    @property
    def is_untouched(self) -> bool:
        """Whether it is still the record that it was."""
        return self.record is not None and not self.edits

    def as_row(self, table: str, number: int, changes: str) -> Row:
        """The row to be read; `changes` names all changes together, for findings about what none of them touched."""
        row = self.row
        if row is None:
            return ChangedRow(table, number, self.values, file=changes, edits=self.edits)
        return ChangedRow(
            table, number, self.values, row.file, row.line, row.column_position, row.positions, edits=self.edits
        )


class Drafts:
    """All records of a portfolio as drafts.

    findings : what is wrong with the changes themselves. made : the changes of fields, as far as they could be read.
    resized : tables with records more or fewer.
    price_edits : the changes of hourly prices, each with the series that it means, in the order in which they came.
    """

    def __init__(self, portfolio: Portfolio) -> None:
        """Every record as it is."""
        self.by_table: dict[str, list[Draft]] = {
            table: [
                Draft(_name(number, record), record_to_row(table, record), record)
                for number, record in enumerate(_records(portfolio, table), start=1)
            ]
            for table in TABLES
        }
        self.findings: list[Finding] = []
        self.made: list[Edit] = []
        self.price_edits: list[tuple[Edit, list[Draft]]] = []
        self.resized: set[str] = set()

    def add(self, table: str, rows: Sequence[Row]) -> None:
        """Adds records as a file gives them."""
        drafts = self.by_table[table]
        for row in rows:
            drafts.append(Draft(_given_name(row), dict(row.values), row=row))
            self.resized.add(table)

    def drop(self, table: str, names: Sequence[Typed]) -> None:
        """Takes records away."""
        for name in names:
            drafts = self.by_table[table]
            wanted = name.text.strip()
            kept = [draft for draft in drafts if draft.name != composed(wanted)]
            if len(kept) == len(drafts):
                self.findings.append(_unknown(name.label, table, wanted, [draft.name for draft in drafts]))
            self.by_table[table] = kept
            self.resized.add(table)

    def leave_out(self, table: str, column: str, names: Set[str]) -> None:
        """Takes away the records that name one of these in a column."""
        drafts = self.by_table[table]
        self.by_table[table] = [draft for draft in drafts if draft.values.get(column) not in names]
        if len(self.by_table[table]) < len(drafts):
            self.resized.add(table)

    def change(self, edit: Edit) -> None:
        """Changes one field of one record, or of every record."""
        faults = address_faults(edit)
        self.findings += faults
        drafts = self._meant(edit) if edit.table in self.by_table and (edit.record or not faults) else []
        if faults or not drafts:
            return
        self.made.append(edit)
        if edit.table == SERIES_TABLE and edit.field == PRICES_FIELD:
            self._change_prices(edit, drafts)
        else:
            self._change(edit, drafts)

    def _meant(self, edit: Edit) -> list[Draft]:
        """The records that a change means, a new one where a table has its one not yet; else none, and a finding."""
        drafts = self.by_table[edit.table]
        if edit.table in SINGLE_RECORD_TABLES:
            return drafts or [Draft("", {})]
        if edit.record == EVERY:
            if not drafts:
                self.findings.append(edit.finding("a table with records", problem="there is no record to change"))
            return drafts
        meant = [draft for draft in drafts if draft.name == composed(edit.record)]
        if not meant:
            self.findings.append(_unknown(edit.label, edit.table, edit.record, [draft.name for draft in drafts]))
        return meant

    def _change_prices(self, edit: Edit, drafts: list[Draft]) -> None:
        try:
            relative_amount(edit)
        except CellError as fault:
            self.findings.append(edit.finding(_expected(edit, Kind.NUMBER), hint=fault.hint, value=edit.text))
        else:
            self.price_edits.append((edit, drafts))

    def _change(self, edit: Edit, drafts: list[Draft]) -> None:
        column = edited_column(edit.table, edit.field)
        assert column is not None  # the address was checked
        start = self.by_table["settings"][0].values.get("start")
        missing: list[tuple[Draft, NothingToChangeError]] = []
        for draft in drafts:
            try:
                value = _changed(edit, column, draft.values, start)
            except NothingToChangeError as nothing:
                missing.append((draft, nothing))
            except CellError as fault:
                self.findings.append(edit.finding(_expected(edit, column.kind), hint=fault.hint, value=edit.text))
                return
            else:
                draft.values[edit.part] = value
                draft.edits[edit.part] = edit
                if edit.table in SINGLE_RECORD_TABLES:  # a table without its record has one from now on
                    self.by_table[edit.table] = [draft]
        if len(missing) < len(drafts) and _passes_over(edit, column.kind):
            return
        for draft, reason in missing:
            record = "" if edit.table in SINGLE_RECORD_TABLES else f"'{draft.name}'"
            self.findings.append(edit.finding(reason.expected, hint=reason.hint, record=record))


def _changed(edit: Edit, column: Column, values: Mapping[str, object], start: object) -> object:
    """What stands in a column of a record after a change; a record again, where a field of one is changed."""
    if not edit.nested:
        return changed_value(edit, column, values, start)
    held = values.get(edit.part)
    inner = held if isinstance(held, Mapping) else {}
    changed = {**inner, edit.nested: changed_value(edit, column, inner, start)}
    return {name: value for name, value in changed.items() if value is not None}


def joined(labels: Sequence[str] | Mapping[str, object]) -> str:
    """Some changes as the place of a finding that is about what they do together."""
    few = 3
    shown = list(labels)
    return ", ".join(shown) if len(shown) <= few else f"{', '.join(shown[:few])} and {len(shown) - few} more"


def _passes_over(edit: Edit, kind: Kind) -> bool:
    """Whether a change of every record leaves alone those without a number.

    A named series is no flat price, and a power contract lacks the columns of other kinds than its own.
    """
    return edit.record == EVERY and (kind is Kind.PRICE or edit.table == "power_contracts")


def _expected(edit: Edit, kind: Kind) -> str:
    if edit.operator == "=":
        return "months and cumulative USD"
    if kind is Kind.MONTH:
        return "a whole number of months after '+'"
    return f"a number after '{edit.operator}'"


def _unknown(label: str, table: str, name: str, known: Sequence[str]) -> Finding:
    noun = {"hashprice": "a month", "sites": "the id of a site"}.get(table)
    if noun is None:
        noun = f"the id of one of the {table}" if "id" in TABLE_COLUMNS[table] else "a row number"
    hint = nearest(name, known) if "id" in TABLE_COLUMNS[table] else ""
    shown = ", ".join(known[:_KNOWN_SHOWN]) + (", ..." if len(known) > _KNOWN_SHOWN else "")
    if table == "hashprice" and known:
        shown = f"{min(known)} to {max(known)}"
    expected = f"{noun} of the portfolio ({shown})" if known else f"{noun} of the portfolio, which has none"
    return Finding(label, table=table, record=f"'{name}'", problem="is unknown", expected=expected, hint=hint)


def _records(portfolio: Portfolio, table: str) -> Sequence[Record]:
    held: Sequence[Record] | Record | None = getattr(portfolio, table)
    if held is None or isinstance(held, Record):
        return [] if held is None else [held]
    return held


def _name(number: int, record: Record) -> str:
    if isinstance(record, Hashprice):
        return record.month
    return str(getattr(record, "id", number))


def _given_name(row: Row) -> str:
    name = row.values.get("id")
    return composed(str(name).strip()) if isinstance(name, str | int) and not is_blank(name) else row.label
