"""From a cell as it was typed to the value it means: strict, and never guessing.

A cell comes as text (YAML, CSV) or as a Python or numpy value (frames, lists of mappings). Text is read by one
strict pattern per kind of column, so nothing is turned into a number, a date or a truth value by accident.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from sites import hints
from sites.columns import Column
from sites.months import MonthLabelError, month_number
from sites.quantities import LIST_SEPARATOR, Kind

MONTHS_PER_YEAR = 12


class CellError(Exception):
    """A cell cannot be read; ``hint`` says what may have been meant."""

    def __init__(self, hint: str = "") -> None:
        """Keeps the hint for the finding that the caller makes."""
        self.hint = hint
        super().__init__(hint)


def is_blank(value: object) -> bool:
    """Whether a cell counts as absent: nothing, blanks only, or one of the missing values of numpy and pandas."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in ("NAType", "NaTType")


def read_cell(column: Column, value: object) -> object:
    """The value that a cell which is not blank means in this column.

    Raises
    ------
    CellError : the cell does not hold what the column's kind asks for.
    """
    kind = type(value)
    if kind is str:
        value = value.strip()  # type: ignore[attr-defined]
    elif kind is not float and kind is not int and kind is not bool and hasattr(value, "dtype"):
        value = _plain(value)
    if column.kind is Kind.CHOICE:
        return _choice(value, column.choices)
    return READERS[column.kind](value)


def _plain(value: Any) -> object:
    """A numpy scalar as a Python value, a numpy array as a list."""
    if type(value).__name__ == "datetime64":
        month = value.astype("datetime64[M]")
        return str(month) if month == value else str(value)
    return value.tolist() if hasattr(value, "tolist") else value


def _refuse_nested(value: object) -> None:
    if isinstance(value, Mapping):
        raise CellError("a mapping stands here; check the indentation")
    if isinstance(value, list | tuple | set):
        raise CellError("a list stands here; one value belongs here")


def read_number(value: object) -> float:
    """A finite number; text must be plain ASCII digits with at most a point, a sign and an exponent."""
    if isinstance(value, str):
        if hints.NUMBER_PATTERN.fullmatch(value) is None:
            raise CellError(hints.number_hint(value))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        _refuse_nested(value)
        raise CellError("write a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise CellError("the number must be finite")
    return number


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = read_number(value)
    if not number.is_integer():
        raise CellError("write a number without a fraction part")
    return int(number)


def _month(value: object) -> str:
    if isinstance(value, datetime.date):
        return _month_of_date(value)
    _refuse_nested(value)
    text = str(value)
    try:
        month_number(text)
    except MonthLabelError:
        raise CellError(hints.month_hint(text)) from None
    return text


def _month_of_date(value: datetime.date) -> str:
    label = f"{value.year:04d}-{value.month:02d}"
    midnight = not isinstance(value, datetime.datetime) or value.time() == datetime.time()
    if value.day != 1 or not midnight:
        raise CellError(f"a date inside a month stands here; write {label}")
    return label


def _text(value: object) -> str:
    _refuse_nested(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise CellError("write it as text, in quotes")
    return str(value)


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    _refuse_nested(value)
    word = str(value).casefold()
    if word not in ("true", "false"):
        raise CellError(hints.flag_hint(word))
    return word == "true"


def _choice(value: object, choices: tuple[str, ...]) -> str:
    text = str(value) if isinstance(value, bool) else _text(value)
    if text not in choices:
        raise CellError(hints.choice_hint(text, choices))
    return text


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        _refuse_nested(value)
    parts = list(value) if isinstance(value, list | tuple) else _text(value).split(LIST_SEPARATOR)
    names = []
    for part in parts:
        if is_blank(part):
            raise CellError("one of the names is empty")
        names.append(_text(part).strip())
    return tuple(names)


def _calendar_months(value: object) -> tuple[int, ...]:
    if isinstance(value, Mapping):
        _refuse_nested(value)
    if isinstance(value, list | tuple):
        parts: list[object] = list(value)
    elif isinstance(value, str):
        parts = list(value.split(LIST_SEPARATOR))
    else:
        parts = [value]
    months: list[int] = []
    for part in parts:
        if is_blank(part):
            raise CellError("one of the months is empty")
        span = re.fullmatch(r"\s*([0-9]{1,2})\s*-\s*([0-9]{1,2})\s*", part) if isinstance(part, str) else None
        first, last = (span[1], span[2]) if span else (part, part)
        begin, end = _calendar_month(first), _calendar_month(last)
        months.extend(range(begin, end + 1) if begin <= end else (*range(begin, 13), *range(1, end + 1)))
    return tuple(months)


def _calendar_month(value: object) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and hints.NUMBER_PATTERN.fullmatch(text) is None:
        raise CellError(hints.calendar_month_hint(text))
    month = _whole(text)
    if not 1 <= month <= MONTHS_PER_YEAR:
        raise CellError(hints.CALENDAR_MONTHS_ARE_NUMBERS)
    return month


def _price_or_id(value: object) -> float | str:
    if isinstance(value, str) and hints.NUMBER_PATTERN.fullmatch(value) is None:
        return value
    return read_number(value)


READERS: Mapping[Kind, Callable[[object], object]] = {
    Kind.NUMBER: read_number,
    Kind.WHOLE: _whole,
    Kind.MONTH: _month,
    Kind.IDENTIFIER: _text,
    Kind.NAME: _text,
    Kind.TEXT: _text,
    Kind.FLAG: _flag,
    Kind.NAMES: _names,
    Kind.PRICE: _price_or_id,
    Kind.CALENDAR: _calendar_months,
}
