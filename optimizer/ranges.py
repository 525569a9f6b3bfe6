"""Ranges of one field of a portfolio, as typed: `FROM:TO:COUNT`, `*0.6:*1.4:20`, `+0:+12:13` or a list.

What comes before the first value says how all of them act: nothing sets the field, `*` multiplies it, `+` adds to it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import OptimizerError
from sites.edits import Edit, parse_edit
from sites.findings import PortfolioError
from sites.hints import NUMBER_PATTERN

SHAPE = (
    "FIELD=RANGE, such as contracts.hyper.price_usd_per_kw_month=90:150:13 or hashprice.*.usd_per_ph_day=*0.6:*1.4:9"
)
RANGE_SHAPES = "FROM:TO:COUNT, *FROM:*TO:COUNT, +FROM:+TO:COUNT, or a list such as 90,100,110"
OVER = "--over"
OPERATORS = ("*", "+")
# A page that draws more values than this along one side would be wider than any screen.
MOST_VALUES = 200

Value = float | str


class RangeError(OptimizerError):
    """A range that cannot be read, or that cannot be swept.

    Attributes
    ----------
    faults : one sentence for every such range.
    """

    exit_code = 2

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Say what is wrong with which range."""
        self.faults = faults
        super().__init__("\n".join(faults))

    def __reduce__(self) -> tuple[type[RangeError], tuple[tuple[str, ...]]]:
        """Rebuild from the faults, so that the error survives a trip between processes."""
        return type(self), (self.faults,)


@dataclass(frozen=True)
class Axis:
    """One field and the values it takes.

    field : address of the field, such as ``contracts.hyper.price_usd_per_kw_month``; a record ``*`` means all.
    operator : "=" for values that replace the field's, "*" for factors, "+" for what is added.
    texts : the values as they are set, in the order in which they were given.
    given : field and range as typed, for messages.
    """

    field: str
    operator: str
    texts: tuple[str, ...]
    given: str

    @property
    def values(self) -> tuple[Value, ...]:
        """The values: numbers if all of them are, else as typed."""
        if self.is_numeric:
            return tuple(float(text) for text in self.texts)
        return self.texts

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers, and not months or words."""
        return all(NUMBER_PATTERN.fullmatch(text) for text in self.texts)

    @property
    def name(self) -> str:
        """The column of the values in a table: the field, and what the values do to it if they do not replace it."""
        words = {"=": "", "*": " (factor)", "+": " (added)"}
        return f"{self.field}{words[self.operator]}"

    def edit(self, position: int) -> Edit:
        """The change that sets one of the values.

        Raises
        ------
        PortfolioError : there is no such table or field.
        """
        operator = "" if self.operator == "=" else self.operator
        try:
            edit = parse_edit(f"{self.field}={operator}{self.texts[position]}", OVER)
        except PortfolioError as error:
            raise PortfolioError(replace(fault, file=f"{OVER} {self.given}") for fault in error.findings) from None
        return replace(edit, given=self.given)


def parse_axis(text: str) -> Axis:
    """The axis that a text like ``contracts.hyper.price_usd_per_kw_month=90:150:13`` means.

    Raises
    ------
    RangeError : the text has another shape.
    """
    field, equals, given = text.rpartition("=")
    if not equals or not field.strip() or not given.strip():
        raise RangeError((f"range '{text}': expected {SHAPE}",))
    try:
        operator, texts = parse_values(given.strip())
    except ValueError as error:
        raise RangeError((f"range '{text}': {error}",)) from None
    return Axis(field.strip(), operator, texts, text.strip())


def parse_axes(given: Sequence[Axis | str], most: int) -> tuple[Axis, ...]:
    """The axes that some texts mean, at least one and at most `most`, each of a field of its own.

    Raises
    ------
    RangeError : lists every fault.
    """
    axes, faults = [], []
    if not 1 <= len(given) <= most:
        faults.append(f"{len(given)} ranges are given: expected from one to {most}")
    for axis in given:
        try:
            axes.append(parse_axis(axis) if isinstance(axis, str) else axis)
        except RangeError as error:
            faults += error.faults
    if not faults and len({axis.field for axis in axes}) < len(axes):
        faults.append(f"both ranges change {axes[0].field}: expected two different fields")
    if faults:
        raise RangeError(tuple(faults))
    return tuple(axes)


def parse_values(given: str) -> tuple[str, tuple[str, ...]]:
    """The operator and the values of a range.

    Raises
    ------
    ValueError : says what was expected instead.
    """
    is_spread = ":" in given
    parts = [part.strip() for part in given.split(":" if is_spread else ",")]
    # The count of a range stands without the operator of its ends.
    operators = {part[:1] if part[:1] in OPERATORS else "=" for part in (parts[:2] if is_spread else parts)}
    if len(operators) > 1:
        raise ValueError(f"values = {given}: expected the same operator (*, + or none) before all of them")
    operator = operators.pop()
    texts = tuple(part.removeprefix(operator).strip() for part in parts)
    if is_spread:
        return operator, _spread(given, texts)
    if len(texts) < 2 or "" in texts:
        raise ValueError(f"values = {given}: expected at least two, as {RANGE_SHAPES}")
    if operator != "=" and not all(NUMBER_PATTERN.fullmatch(text) for text in texts):
        raise ValueError(f"values = {given}: expected numbers after {operator}")
    if len(set(texts)) < len(texts):
        raise ValueError(f"values = {given}: expected each value once")
    if len(texts) > MOST_VALUES:
        raise ValueError(f"values: {len(texts)} are given: expected at most {MOST_VALUES}")
    return operator, texts


def _spread(given: str, texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) != 3 or not all(NUMBER_PATTERN.fullmatch(text) for text in texts):
        raise ValueError(f"values = {given}: expected {RANGE_SHAPES}")
    low, high, count = (float(text) for text in texts)
    if not count.is_integer() or not 2 <= count <= MOST_VALUES:
        raise ValueError(f"count = {texts[2]}: expected a whole number from 2 to {MOST_VALUES}")
    if not math.isfinite(low) or not math.isfinite(high) or low == high:
        raise ValueError(f"values = {given}: expected two different ends")
    return tuple(f"{value:.12g}" for value in np.linspace(low, high, int(count)).tolist())


def parse_ends(given: str) -> tuple[str, str, str]:
    """The operator and the two ends of a range `LOW:HIGH`, such as ``*0.7:*1.3``.

    Raises
    ------
    ValueError : says what was expected instead.
    """
    parts = [part.strip() for part in given.split(":")]
    operators = {part[:1] if part[:1] in OPERATORS else "=" for part in parts}
    if len(parts) != 2 or len(operators) > 1:
        raise ValueError(f"values = {given}: expected LOW:HIGH with the same operator (*, + or none) before both")
    operator = operators.pop()
    low, high = (part.removeprefix(operator).strip() for part in parts)
    if not NUMBER_PATTERN.fullmatch(low) or not NUMBER_PATTERN.fullmatch(high) or not float(low) < float(high):
        raise ValueError(f"values = {given}: expected two numbers, the lower one first")
    return operator, low, high
