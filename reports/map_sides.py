"""The sides of a map and the classes of what is drawn on it: where values lie, and how they are called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from reports import format as fmt
from reports.power_charts import nice_step

if TYPE_CHECKING:
    from optimizer.ranges import Axis, Value

_CLASSES = 7
# Of a value of an axis that are shown, and all before the point; the CSV has the others.
_DIGITS = 5
# What lies this near to the border of a class lies on it.
_EDGE = 1e-9


@dataclass(frozen=True)
class Side:
    """One side of a map: where its values lie and how they are called.

    places : one per value, ascending: the value itself, or its number where values are words.
    edges : the borders of the cells, one more than places. order : the positions of the values, in order of places.
    words : one per value, in order of places.
    base : the place of the base case; None where it has none on this side.
    """

    name: str
    places: tuple[float, ...]
    edges: tuple[float, ...]
    order: tuple[int, ...]
    words: tuple[str, ...]
    is_numeric: bool
    base: float | None

    @classmethod
    def of(cls, axis: Axis, base: Value | None) -> Side:
        """The side of an axis."""
        values = axis.values
        numbers = [float(v) for v in values] if axis.is_numeric else [float(n) for n in range(len(values))]
        order = sorted(range(len(values)), key=numbers.__getitem__)
        places = [numbers[n] for n in order]
        between = [(a + b) / 2 for a, b in pairwise(places)]
        edges = (2 * places[0] - between[0], *between, 2 * places[-1] - between[-1])
        at = _place(values, base)
        words = tuple(change_words(axis, n) for n in order)
        inside = at is not None and edges[0] <= at <= edges[-1]
        return cls(axis.name, tuple(places), edges, tuple(order), words, axis.is_numeric, at if inside else None)


@dataclass(frozen=True)
class Scale:
    """Classes of equal width for a figure in its unit: where the first begins, how wide they are, how many."""

    low: float
    step: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Scale:
        """Classes with short limits that hold all of these values; those that are no number are left out."""
        finite = [value for value in values if math.isfinite(value)] or [0.0]
        least, most = min(finite), max(finite)
        step = nice_step(max((most - least) / _CLASSES, 1e-6 * max(abs(least), abs(most)), 1e-9))
        low = step * math.floor(least / step + _EDGE)
        return cls(low, step, max(1, math.ceil((most - low) / step - _EDGE)))

    def place(self, value: float) -> int:
        """The number of a value's class, from 1."""
        return min(max(math.floor((value - self.low) / self.step + _EDGE), 0), self.count - 1) + 1

    def words(self, number: int) -> str:
        """From where to where a class goes."""
        low = self.low + (number - 1) * self.step
        decimals = next(n for n in range(12) if math.isclose(self.step, round(self.step, n), rel_tol=1e-9))
        return f"{fmt.number(low, decimals)} to {fmt.number(low + self.step, decimals)}"


def change_words(axis: Axis, position: int) -> str:
    """A value of an axis as it is read: 128, ×0.8, +3."""
    given = axis.texts[position]
    if not axis.is_numeric:
        return given
    value = float(given)
    number = (f"{value:,.0f}" if abs(value) >= 10.0**_DIGITS else f"{value:.{_DIGITS}g}").replace("-", fmt.MINUS)
    sign = {"=": "", "*": "×", "+": "+" if value >= 0.0 else ""}[axis.operator]
    return f"{sign}{number}"


def _place(values: Sequence[Value], base: Value | None) -> float | None:
    if isinstance(base, str):
        return float(values.index(base)) if base in values else None
    return base
