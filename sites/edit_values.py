"""What a change makes of the value that stands in a field: replaced, multiplied, or moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sites.cells import CellError, is_blank, read_cell, read_number
from sites.columns import Column
from sites.edit_text import Edit
from sites.months import month_label, month_number
from sites.quantities import LIST_SEPARATOR, Kind

# 120 * 1.1 is 132.00000000000003 to a computer: still a whole number of months.
_WHOLE_TOLERANCE = 1e-9


class NothingToChangeError(Exception):
    """A relative change finds no number: the field is absent, or names a power series.

    Attributes
    ----------
    expected, hint : for the finding that the caller makes.
    """

    def __init__(self, expected: str, hint: str) -> None:
        """Keeps what was expected and what to write instead."""
        self.expected, self.hint = expected, hint
        super().__init__(expected)


def changed_value(edit: Edit, column: Column, values: Mapping[str, object], start: object) -> object:
    """What stands in a field of a record after a change; None for a field left blank.

    values : the cells of the record, typed or as typed; start : the first month of the plan, for a budget without
    months.

    Raises
    ------
    CellError : the text after the operator is no number, or the field cannot be multiplied or added to.
    NothingToChangeError : the change is relative, and no number stands there.
    """
    if edit.operator == "=":
        if not edit.text:
            return None
        return budget_steps(edit.text, start) if column.kind is Kind.STEPS else edit.text
    current = _current(column, values)
    if column.kind is Kind.MONTH:
        return _moved_month(edit, str(current))
    amount = relative_amount(edit)
    if column.kind is Kind.STEPS:
        steps: Sequence[Mapping[str, object]] = current  # type: ignore[assignment]
        return [{**step, "usd": _moved(edit, read_number(step["usd"]), amount)} for step in steps]
    moved = _moved(edit, read_number(current), amount)
    if column.kind is Kind.WHOLE and abs(moved - round(moved)) <= _WHOLE_TOLERANCE * max(1.0, abs(moved)):
        return round(moved)
    return moved


def relative_amount(edit: Edit) -> float:
    """The factor, or what is added.

    Raises
    ------
    CellError : it is no plain number.
    """
    return read_number(edit.text)


def budget_steps(text: str, start: object) -> list[dict[str, object]]:
    """Steps of a budget from ``2027-01:50e6;2028-01:80e6``, or from one number that holds from the start on.

    Raises
    ------
    CellError : a step has another shape.
    """
    parts = [part.strip() for part in text.split(LIST_SEPARATOR)]
    if len(parts) == 1 and ":" not in text:
        return [{"month": start, "usd": text}]
    steps: list[dict[str, object]] = []
    for part in parts:
        month, colon, usd = part.partition(":")
        if not colon:
            raise CellError("write months and cumulative USD like 2027-01:50e6;2028-01:80e6, or one number")
        steps.append({"month": month.strip(), "usd": usd.strip()})
    return steps


def _current(column: Column, values: Mapping[str, object]) -> object:
    given = values.get(column.name)
    current: object = column.default
    if not is_blank(given):
        current = given if column.kind is Kind.STEPS else read_cell(column, given)
    if current is None or current == ():
        expected = f"a number to begin with; {column.name} is absent"
        raise NothingToChangeError(expected, f"write the value itself after '=' ({column.description.rstrip('.')})")
    if column.kind is Kind.PRICE and isinstance(current, str):
        expected = f"a flat price to begin with; {column.name} is the power series '{current}'"
        raise NothingToChangeError(expected, f"change its prices: power_series.{current}.usd_per_mwh=*1.2")
    return current


def _moved(edit: Edit, value: float, amount: float) -> float:
    return value * amount if edit.operator == "*" else value + amount


def _moved_month(edit: Edit, current: str) -> str:
    if edit.operator == "*":
        raise CellError("a month is moved by a number of months: +6, or +-6 for earlier")
    months = relative_amount(edit)
    if not months.is_integer():
        raise CellError("a month is moved by whole months")
    return month_label(month_number(current) + int(months))
