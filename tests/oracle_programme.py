"""The oracle's linear programme: columns, rows, and an optimum that is proved by its own dual prices.

See :mod:`oracle` for what it is for.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from oracle_money import Array
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

ColumnKey = tuple[str | int, ...]  # ("ai", offer, site, start), ("mining", fleet, site, month), then those of the hours

# Largest proven distance from the true optimum [USD million, and relative] and largest broken row [MW, USD million].
GAP = 1e-7
VIOLATION = 1e-6
# One hour of a MW is worth some 0.00005 USD million: the solver sees USD thousand, and tolerances far below its own.
SOLVER_SCALE = 1e3
SOLVER_OPTIONS = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


class OracleInfeasibleError(Exception):
    """No plan keeps every rule; ``violation`` is the least sum of broken MW, shares and USD million."""

    def __init__(self, violation: float) -> None:
        """Keep the violation and say it."""
        self.violation = violation
        super().__init__(f"infeasible by {violation}")


class Programme:
    """Maximise ``gain @ x + constant`` over ``low <= x <= high`` and ``rows @ x <= bounds``. [USD million, MW]"""

    def __init__(self) -> None:
        """Begin without columns and rows."""
        self.keys: list[ColumnKey] = []
        self.gain: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.ai_months: list[float] = []
        self.constant = 0.0
        self.bounds: list[float] = []
        self._row: list[int] = []
        self._column: list[int] = []
        self._weight: list[float] = []

    def column(self, key: ColumnKey, gain: float, high: float, *, low: float = 0.0, ai_months: float = 0.0) -> int:
        """Add a column, and say its place."""
        self.keys.append(key)
        self.gain.append(gain)
        self.low.append(low)
        self.high.append(high)
        self.ai_months.append(ai_months)
        return len(self.keys) - 1

    def at_most(self, row: Array, bound: float) -> None:
        """Add the rule ``row @ x <= bound`` for a row over the first columns."""
        places = np.flatnonzero(row).tolist()
        self.sum_at_most(zip(places, row[places].tolist(), strict=True), bound)

    def sum_at_most(self, terms: Iterable[tuple[int, float]], bound: float) -> None:
        """Add the rule that the weighted sum of these (column, weight) is at most the bound."""
        for column, weight in terms:
            self._row.append(len(self.bounds))
            self._column.append(column)
            self._weight.append(weight)
        self.bounds.append(bound)

    def rows(self, columns: int) -> csr_array:
        """The rules as a matrix of so many columns."""
        return csr_array((self._weight, (self._row, self._column)), shape=(len(self.bounds), columns))

    def value(self, x: Array) -> float:
        """What the solution is worth. [USD million]"""
        return float(np.array(self.gain) @ x) + self.constant

    def best(self, gain: list[float]) -> Array:
        """A solution of the highest ``gain @ x``, proved by weak duality.

        Raises:
            OracleInfeasibleError: when the rules contradict each other.
        """
        bounds = np.array(self.bounds)
        if not self.keys:
            if (bounds < -VIOLATION).any():
                raise OracleInfeasibleError(float(-bounds.min()))
            return np.zeros(0)
        rows = self.rows(len(self.keys))
        cost = -np.array(gain)
        low, high = np.array(self.low), np.array(self.high)
        box = np.column_stack([low, high])
        result = linprog(cost * SOLVER_SCALE, rows, bounds, bounds=box, method="highs", options=SOLVER_OPTIONS)
        if result.status == 2:
            raise OracleInfeasibleError(_least_violation(rows, bounds, box))
        if result.status != 0:
            raise AssertionError(f"the oracle's solver stopped with status {result.status}: {result.message}")
        x: Array = np.clip(result.x, low, high)
        price = np.maximum(0.0, -result.ineqlin.marginals) / SOLVER_SCALE
        excess = float((rows @ x - bounds).max(initial=0.0))
        assert excess <= VIOLATION, f"the oracle's plan breaks a rule by {excess}"
        # No solution costs less than what the rows' prices and the columns' own limits leave.
        reduced = cost + rows.T @ price
        least = float(-price @ bounds + np.minimum(reduced * low, reduced * high).sum())
        cost_at_x = float(cost @ x)
        off = cost_at_x - least
        assert off <= GAP * max(1.0, abs(cost_at_x)), f"the plan may be {off} off the optimum"
        return x


def _least_violation(rows: csr_array, bounds: Array, box: Array) -> float:
    count = len(bounds)
    elastic = hstack([rows, -eye_array(count)], format="csr")
    cost = np.concatenate([np.zeros(rows.shape[1]), np.ones(count)])
    result = linprog(cost, elastic, bounds, bounds=np.vstack([box, [[0.0, np.inf]] * count]), method="highs")
    return float(result.fun)
