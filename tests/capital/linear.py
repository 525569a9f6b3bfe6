"""A linear programme written term by term, for the oracle of capital: sums of columns, rules, and a proved optimum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array

# Largest distance between the plan and the bound of its own dual prices. [relative, or USD million below one million]
GAP = 1e-7
# The solver sees USD thousand, so that its absolute tolerances are thousandths of a dollar.
SCALE = 1e3
OPTIONS = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


class NoPlanError(Exception):
    """The rules contradict each other."""


@dataclass(frozen=True)
class Sum:
    """``constant + sum(weight * column)``."""

    weights: dict[int, float] = field(default_factory=dict)
    constant: float = 0.0

    def __add__(self, other: Sum | float) -> Sum:
        """The sum of both."""
        if not isinstance(other, Sum):
            return Sum(self.weights, self.constant + float(other))
        weights = dict(self.weights)
        for column, weight in other.weights.items():
            weights[column] = weights.get(column, 0.0) + weight
        return Sum(weights, self.constant + other.constant)

    __radd__ = __add__

    def __mul__(self, factor: float) -> Sum:
        """The sum times a number."""
        scaled = {column: weight * float(factor) for column, weight in self.weights.items()} if factor else {}
        return Sum(scaled, self.constant * float(factor))

    __rmul__ = __mul__

    def __neg__(self) -> Sum:
        """The sum with the other sign."""
        return self * -1.0

    def __sub__(self, other: Sum | float) -> Sum:
        """The difference."""
        return self + (-1.0 * other)

    def __rsub__(self, other: float) -> Sum:
        """The difference from a number."""
        return -self + other

    def at(self, x: np.ndarray) -> float:
        """Its value in a solution."""
        return self.constant + float(sum(weight * x[column] for column, weight in self.weights.items()))


def total(parts: Iterable[Sum | float]) -> Sum:
    """The sum of all parts."""
    weights: dict[int, float] = {}
    constant = 0.0
    for part in parts:
        if not isinstance(part, Sum):
            constant += float(part)
            continue
        constant += part.constant
        for column, weight in part.weights.items():
            weights[column] = weights.get(column, 0.0) + weight
    return Sum(weights, constant)


class Programme:
    """Columns within bounds, and rules of which each says that a sum is at most, or exactly, zero."""

    def __init__(self) -> None:
        """Begin empty."""
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[bool] = []
        self.rules: list[Sum] = []
        self.equal: list[bool] = []

    def column(self, high: float = np.inf, *, low: float = 0.0, whole: bool = False) -> Sum:
        """A new column."""
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return Sum({len(self.low) - 1: 1.0})

    def at_most(self, left: Sum | float, right: Sum | float) -> None:
        """Add the rule ``left <= right``."""
        self.rules.append(total([left]) - right)
        self.equal.append(False)

    def same(self, left: Sum | float, right: Sum | float) -> None:
        """Add the rule ``left == right``."""
        self.rules.append(total([left]) - right)
        self.equal.append(True)

    def best(self, gain: Sum) -> np.ndarray:
        """A solution of the highest gain; whole columns by branch and bound, the rest proved by weak duality.

        Raises:
            NoPlanError: when no solution keeps every rule.
        """
        if not self.low:
            self.column(0.0)
        low, high = np.array(self.low), np.array(self.high)
        rows, bounds, equal = self._rows(), np.array([-rule.constant for rule in self.rules]), np.array(self.equal)
        cost = np.zeros(len(low))
        for column, weight in gain.weights.items():
            cost[column] = -weight
        whole = np.array(self.whole)
        if whole.any():
            least = np.where(equal, bounds, -np.inf)
            found = milp(
                cost * SCALE,
                integrality=whole.astype(int),
                bounds=Bounds(low, high),
                constraints=LinearConstraint(rows, least, bounds),
                options={"mip_rel_gap": 0.0},
            )
            _refuse(found)
            low, high = low.copy(), high.copy()
            low[whole] = high[whole] = np.round(found.x[whole])
        split = (rows[~equal], bounds[~equal], rows[equal], bounds[equal])
        found = linprog(cost * SCALE, *split, bounds=np.column_stack([low, high]), method="highs", options=OPTIONS)
        _refuse(found)
        _prove(cost, split, low, high, found)
        return np.asarray(found.x)

    def _rows(self) -> csr_array:
        entries = [
            (row, column, weight) for row, rule in enumerate(self.rules) for column, weight in rule.weights.items()
        ]
        at, columns, weights = (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
        return csr_array((np.array(weights, float), (at, columns)), shape=(len(self.rules), len(self.low)))


def _refuse(found: Any) -> None:
    if found.status == 2:
        raise NoPlanError
    if found.status != 0:
        raise AssertionError(f"the oracle's solver stopped: {found.message}")


def _prove(cost: np.ndarray, split: tuple, low: np.ndarray, high: np.ndarray, found: Any) -> None:
    """No solution costs less than what the rows' prices and the columns' own limits leave."""
    rows, bounds, exact, levels = split
    at_most = np.minimum(0.0, found.ineqlin.marginals) / SCALE
    at = found.eqlin.marginals / SCALE
    reduced = cost - rows.T @ at_most - exact.T @ at
    # A column without a limit has no price left but the solver's own inaccuracy.
    far = np.where(reduced > 0.0, low, high)
    far = np.where(np.isfinite(far), far, found.x)
    assert np.abs(reduced[~np.isfinite(np.where(reduced > 0.0, low, high))]).max(initial=0.0) < 1e-7
    least = float(bounds @ at_most + levels @ at + reduced @ far)
    off = float(cost @ found.x) - least
    assert off <= GAP * max(1.0, abs(least)), f"the oracle's plan may be {off} off the optimum"
