"""One change of a portfolio as it is typed: ``TABLE.RECORD.FIELD=VALUE``, its parts, and what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sites.columns import MARKET_COLUMNS, SINGLE_RECORD_TABLES, TABLE_COLUMNS, TABLES, Column
from sites.findings import Finding, PortfolioError
from sites.hints import column_hint, nearest
from sites.quantities import Kind

SET = "--set"
EVERY = "*"
SERIES_TABLE = "power_series"
# The hourly prices of a series themselves; in its table stands only where they are read from.
PRICES_FIELD = "usd_per_mwh"
# The one field that is a record itself: settings.market.btc_price_usd=*1.1 changes a field of it.
MARKET = ("settings", "market")
SHAPE = "TABLE.RECORD.FIELD=VALUE, such as contracts.hyper.price_usd_per_kw_month=130"
RELATIVE_KINDS = frozenset({Kind.NUMBER, Kind.WHOLE, Kind.PRICE, Kind.MONTH, Kind.STEPS})
_QUOTED = re.compile(r'(?P<table>[^."=]*)\."(?P<record>[^"]+)"\.(?P<field>[^.=]*)=(?P<value>.*)', re.DOTALL)
_PLAIN = re.compile(r"(?P<table>[^.=]*)(\.(?P<record>[^=]*))?\.(?P<field>[^.=]*)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class Typed:
    """Something that was typed after an option, with what messages are to call that option."""

    text: str
    option: str

    @property
    def label(self) -> str:
        """Both, as messages name them."""
        return f"{self.option} {self.text}"


@dataclass(frozen=True)
class Edit:
    """A change of one field of one record, or of every record of a table.

    record : an id, a month (``hashprice``), a row number (tables without ids), ``*`` for every record; empty for
        tables of one record, such as ``settings``.
    field : a column; ``market.btc_price_usd`` for one of the settings' market.
    operator : ``=`` replaces the value, ``*`` multiplies it, ``+`` adds to it (a month is moved by so many months).
    text : the new value, the factor or what is added, as typed; with ``=`` and no text the field is left blank.
    given : the whole change as typed.
    option : what it was typed after, for messages.
    """

    table: str
    record: str
    field: str
    operator: str
    text: str
    given: str
    option: str = SET

    @property
    def label(self) -> str:
        """The change as messages name it."""
        return f"{self.option} {self.given}"

    def finding(
        self, expected: str, *, hint: str = "", problem: str = "", value: str = "", record: str = ""
    ) -> Finding:
        """A finding about this change."""
        return Finding(
            self.label,
            table=self.table,
            record=record or self.record_label,
            column=self.field,
            value=value,
            expected=expected,
            hint=hint,
            problem=problem,
        )

    @property
    def part(self) -> str:
        """The column of the table: the field, or the record in which the field is nested."""
        return self.field.partition(".")[0]

    @property
    def nested(self) -> str:
        """The field inside the column, where the column is a record; blank elsewhere."""
        return self.field.partition(".")[2]

    @property
    def record_label(self) -> str:
        """The record as messages name it."""
        return f"'{self.record}'" if self.record and self.record != EVERY else ""


def parse_edit(text: str, option: str = SET) -> Edit:
    """The change that a text like ``contracts.hyper.price_usd_per_kw_month=*1.1`` means.

    option : what it was typed after, for messages.

    Raises
    ------
    PortfolioError : the text has another shape, or there is no such table or field.
    """
    edit = split_edit(text, option)
    faults = address_faults(edit)
    if faults:
        raise PortfolioError(faults)
    return edit


def split_edit(text: str, option: str = SET) -> Edit:
    """The parts of a change, whether its table and field exist or not; see :func:`parse_edit`.

    Raises
    ------
    PortfolioError : the text has another shape.
    """
    given = text.strip()
    found = _QUOTED.fullmatch(given) or _PLAIN.fullmatch(given)
    if found is None:
        raise PortfolioError([Finding(f"{option} {given}", expected=SHAPE, hint=_shape_hint(given))])
    table, field, value = (found[name].strip() for name in ("table", "field", "value"))
    record = (found["record"] or "").strip()
    if (table, record) == MARKET:
        record, field = "", f"{record}.{field}"
    operator = "="
    if value[:1] in ("*", "+") and _is_relative(table, field):
        operator, value = value[0], value[1:].strip()
    return Edit(table, record, field, operator, value, given, option)


def address_faults(edit: Edit) -> list[Finding]:
    """What is wrong with the table or the field of a change, whatever the portfolio holds."""
    if edit.table in TABLES:
        return [fault for fault in (_record_fault(edit), _field_fault(edit)) if fault is not None]
    expected = f"one of the tables {', '.join(TABLES)}"
    problem, hint = "is unknown", nearest(edit.table, TABLES)
    return [Finding(edit.label, table=f"table '{edit.table}'", problem=problem, expected=expected, hint=hint)]


def _record_fault(edit: Edit) -> Finding | None:
    is_single = edit.table in SINGLE_RECORD_TABLES
    if is_single and edit.record:
        return edit.finding(f"{edit.table}.FIELD=VALUE", hint="the table has one record, without a name")
    if not is_single and not edit.record:
        return edit.finding(f"{edit.table}.RECORD.FIELD=VALUE, or {edit.table}.*.FIELD=VALUE for every record")
    return None


def _field_fault(edit: Edit) -> Finding | None:
    if edit.table == SERIES_TABLE and edit.field == PRICES_FIELD:
        return None if edit.operator != "=" else _absolute_prices(edit)
    columns, field = TABLE_COLUMNS[edit.table], edit.field
    if edit.nested and (edit.table, edit.part) == MARKET:
        columns, field = MARKET_COLUMNS, edit.nested
    if field in columns:
        return None
    hint = column_hint(field, columns)
    return edit.finding("a column of this table", problem="is an unknown column", hint=hint)


def _absolute_prices(edit: Edit) -> Finding:
    hint = "a series has a price for every hour; for one flat price write sites.ID.power=PRICE"
    return edit.finding("a factor like *1.2 or a shift like +5", value=edit.text, hint=hint)


def _is_relative(table: str, field: str) -> bool:
    """Whether a value of this field can be multiplied or added to."""
    if table == SERIES_TABLE and field == PRICES_FIELD:
        return True
    column = edited_column(table, field)
    return column is not None and column.kind in RELATIVE_KINDS


def edited_column(table: str, field: str) -> Column | None:
    """The column that a field of a table means; None when there is none."""
    part, _, nested = field.partition(".")
    if nested:
        return MARKET_COLUMNS.get(nested) if (table, part) == MARKET else None
    return TABLE_COLUMNS.get(table, {}).get(field)


def _shape_hint(given: str) -> str:
    if "=" not in given:
        return "the value follows '='; with nothing after it the field is left blank"
    address = given.partition("=")[0]
    return f"'{address}' names no field of a table" if "." not in address else "put an id with '=' in quotes: \"a=b\""
