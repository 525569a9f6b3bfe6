"""Changed inputs as plain values: numbers as they are, everything else in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = float | int | str
CHANGED, ADDED, REMOVED = "changed", "added", "removed"


@dataclass(frozen=True)
class Change:
    """One input that differs. kind : changed, added or removed. before, after : "" where there is nothing."""

    table: str
    record: str
    column: str
    kind: str
    before: Value
    after: Value


def added_or_removed(table: str, record: str, before: Value, after: Value, *, column: str = "") -> Change:
    """What only the second, or only the first of two has."""
    return Change(table, record, column, ADDED if before == "" else REMOVED, before, after)


def words(value: object) -> str:
    """A value in words: numbers in their shortest exact form, parts of lists after each other, nothing as ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, Mapping):
        return " ".join(words(part) for part in value.values())
    if isinstance(value, list | tuple):
        return "; ".join(words(part) for part in value)
    return str(value)
