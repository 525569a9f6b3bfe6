"""What differs between the inputs of two plans, record by record and column by column."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from optimizer.comparing.drivers import REMARKS, Inputs, Row, same_history
from optimizer.comparing.hashprice import hashprice_changes
from optimizer.comparing.values import CHANGED, Change, Value, added_or_removed, words
from sites.columns import SINGLE_RECORD_TABLES, TABLE_COLUMNS
from sites.hourly import HourlyPrices
from sites.network_history import NetworkHistory
from sites.network_history.own_format import network_history_csv

PINS = "pins"
_DIGEST_DIGITS = 12
# What names a record, in tables whose records have no id.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "capacity_steps": ("site", "from"),
    "rig_modes": ("rig", "mode"),
    "rig_stock": ("rig",),
    "power_contracts": ("site", "kind"),
}


def input_changes(before: Inputs, after: Inputs) -> list[Change]:
    """Everything that differs, in the order of the tables; pins last.

    A table of one record has no record's name. Hourly prices are one line per series, the network's history is one,
    and months of hashprice that follow each other are one.
    """
    found: list[Change] = []
    for table in TABLE_COLUMNS:
        own, theirs = before.tables.get(table), after.tables.get(table)
        if table in SINGLE_RECORD_TABLES:
            found += _single(table, own or {}, theirs or {})
        elif table == "hashprice":
            found += hashprice_changes(own or [], theirs or [])
        elif table == "power_series":
            found += _series_changes(before, after)
        else:
            found += _keyed(table, own or [], theirs or [])
        if table == "settings":
            found += _history_changes(before.history, after.history)
    return [*found, *_pin_changes(before, after)]


def _single(table: str, own: Row, theirs: Row) -> Iterator[Change]:
    """Columns of a table of one record; a table that one of them lacks is added or removed as a whole."""
    # Tables without a compulsory column, such as limits, are never absent: each column has its default.
    if any(column.required for column in TABLE_COLUMNS[table].values()) and not (own and theirs):
        if own or theirs:
            yield added_or_removed(table, "", _record(own), _record(theirs))
        return
    yield from _columns(table, "", own, theirs)


def _keyed(table: str, own: list[Row], theirs: list[Row]) -> Iterator[Change]:
    """Records that only one of them has, and the columns in which those of both differ."""
    keys = _KEYS.get(table, ("id",))
    first, second = _by_name(own, keys), _by_name(theirs, keys)
    for name in dict.fromkeys((*first, *second)):
        if name in first and name in second:
            yield from _columns(table, name, first[name], second[name])
        else:
            yield added_or_removed(table, name, _record(first.get(name, {}), keys), _record(second.get(name, {}), keys))


def _by_name(rows: list[Row], keys: tuple[str, ...]) -> dict[str, Row]:
    """Records by what names them; those called the same are numbered."""
    found: dict[str, Row] = {}
    for row in rows:
        name = ", ".join(words(row.get(key)) for key in keys)
        same = sum(other == name or other.startswith(f"{name} #") for other in found)
        found[f"{name} #{same + 1}" if same else name] = row
    return found


def _columns(table: str, record: str, own: Row, theirs: Row) -> Iterator[Change]:
    first, second = _flat(own), _flat(theirs)
    for column in dict.fromkeys((*first, *second)):
        default = _default(table, column)
        one, other = first.get(column, default), second.get(column, default)
        if one != other:
            yield Change(table, record, column, CHANGED, _cell(one), _cell(other))


def _default(table: str, column: str) -> object:
    known = TABLE_COLUMNS[table].get(column)
    return None if known is None else known.default


def _flat(row: Row) -> Row:
    """A record with its nested one, the market, as columns of its own."""
    flat: Row = {}
    for name, value in row.items():
        flat |= (
            {f"{name}.{inner}": part for inner, part in value.items()} if isinstance(value, Mapping) else {name: value}
        )
    return flat


def _cell(value: Any) -> Value:
    """A number as it is, everything else in words."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else words(value)


def _record(row: Row, keys: tuple[str, ...] = ("id",)) -> str:
    """A whole record in words, but for its name and its remarks."""
    shown = {name: value for name, value in _flat(row).items() if name not in {*keys, *REMARKS}}
    return "; ".join(f"{name} {words(value)}" for name, value in shown.items())


def _series_changes(before: Inputs, after: Inputs) -> Iterator[Change]:
    """One line for every series whose hours differ, and the remarks about it."""
    rows = [{row["id"]: row for row in inputs.tables.get("power_series", ())} for inputs in (before, after)]
    for name in dict.fromkeys((*before.prices, *after.prices)):
        one, other = before.prices.get(name), after.prices.get(name)
        if one is None or other is None:
            yield added_or_removed("power_series", name, _price_words(one), _price_words(other), column="prices")
            continue
        if one != other:
            yield Change("power_series", name, "prices", CHANGED, _price_words(one), _price_words(other))
        remarks = [{key: row.get(name, {}).get(key, "") for key in REMARKS} for row in rows]
        yield from _columns("power_series", name, *remarks)


def _price_words(prices: HourlyPrices | None) -> str:
    if prices is None:
        return ""
    years = "-".join(dict.fromkeys((str(prices.years[0]), str(prices.years[-1]))))
    digest = _digest(np.ascontiguousarray(prices.prices, dtype="<f8").tobytes())
    return f"mean {prices.prices.mean():.2f} USD/MWh of {prices.prices.size:,} hours of {years}, digest {digest}"


def _history_changes(one: NetworkHistory | None, other: NetworkHistory | None) -> Iterator[Change]:
    if same_history(one, other):
        return
    column = "network history"
    if one is None or other is None:
        yield added_or_removed("settings", "", _history_words(one), _history_words(other), column=column)
    else:
        yield Change("settings", "", column, CHANGED, _history_words(one), _history_words(other))


def _history_words(history: NetworkHistory | None) -> str:
    if history is None:
        return ""
    frame = history.frame
    first, last = (day.strftime("%Y-%m-%d") for day in (frame.index[0], frame.index[-1]))
    price, hashrate = float(frame["price_usd"].mean()), float(frame["network_eh_s"].mean())
    digest = _digest(network_history_csv(history).encode())
    return f"{first} to {last}, mean {price:,.0f} USD/BTC and {hashrate:,.1f} EH/s, digest {digest}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:_DIGEST_DIGITS]


class _Place(NamedTuple):
    contract: str
    site: str
    month: str

    def __str__(self) -> str:
        return f"{self.contract}@{self.site}:{self.month}"


def _pin_changes(before: Inputs, after: Inputs) -> Iterator[Change]:
    """Forced decisions, each by the start that it forces; 0 MW forbids it."""
    one, other = ({_Place(pin.contract, pin.site, pin.month): pin.mw for pin in held.pins} for held in (before, after))
    for place in dict.fromkeys((*one, *other)):
        first, second = one.get(place, ""), other.get(place, "")
        if first == second:
            continue
        if place in one and place in other:
            yield Change(PINS, str(place), "mw", CHANGED, first, second)
        else:
            yield added_or_removed(PINS, str(place), first, second, column="mw")
