"""How cheaply an optimal plan of an LP can be left so that something which it rejects comes in.

Around an optimal plan the limits that bind form a cone of directions. The cheapest direction in which a column grows by
one MW costs what that MW lacks, however degenerate the plan's basis is: by duality it is the largest reduced cost that
the column has at any optimal prices. The cheapest direction in which a lever gains is the least move of the lever.
"""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from optimizer.highs import INFEASIBLE, check, load, new_highs
from optimizer.horizon import BoolArray, FloatArray, IntArray
from optimizer.levers import NEVER, NOTHING, SAME, BreakEven, Lever
from optimizer.matrices import Matrices
from optimizer.solve import DUAL_SIMPLEX, PRICED, LpSolution
from optimizer.sparse import csc_matrix

# A side that is nearer than this binds; the solver keeps sides to 1e-7. [MW]
BINDS = 1e-6

# Every answer takes a step or two from the one before; scaling the programme anew would take longer than these.
OPTIONS = {"simplex_strategy": DUAL_SIMPLEX, "user_objective_scale": 0, "simplex_scale_strategy": 0}

# A lever that moves limits too is moved again until nothing is lacking; a few times are enough.
MOST_MOVES = 30


class Directions:
    """Where else the plans of an LP lie, seen from an optimal one; whole numbers are held."""

    def __init__(self, matrices: Matrices, plan: LpSolution) -> None:
        """Look around an optimal plan."""
        self._given = matrices
        lower, upper = _open(plan.x, matrices.col_lower, matrices.col_upper)
        lower, upper = np.where(matrices.integer, 0.0, lower), np.where(matrices.integer, 0.0, upper)
        row_lower, row_upper = _open(matrices.a @ plan.x, matrices.row_lower, matrices.row_upper)
        # What cannot move and what does not bind is left out, unless the basis needs it.
        columns, rows = list(plan.basis.col_status), list(plan.basis.row_status)
        binds = np.isfinite(row_lower) | np.isfinite(row_upper)
        self._kept = np.flatnonzero((lower < upper) | _basic(columns))
        self._rows = np.flatnonzero(binds | ~_basic(rows))
        self._binds = binds[self._rows]
        self._place = np.full(lower.size, -1)
        self._place[self._kept] = np.arange(self._kept.size)
        self._lower, self._upper = lower, upper
        self._a = matrices.a[:, self._kept][self._rows, :].tocsc()
        self._highs = new_highs()
        for option, setting in OPTIONS.items():
            check(self._highs.setOptionValue(option, setting), f"the option {option}")
        load(
            self._highs,
            replace(
                matrices,
                cost=matrices.cost[self._kept],
                a=self._a,
                row_lower=row_lower[self._rows],
                row_upper=row_upper[self._rows],
                col_lower=lower[self._kept],
                col_upper=upper[self._kept],
                offset=0.0,
            ),
        )
        self._basis = highspy.HighsBasis()
        self._basis.col_status = [columns[column] for column in self._kept.tolist()]
        self._basis.row_status = [rows[row] for row in self._rows.tolist()]
        check(self._highs.setBasis(self._basis), "the basis")

    @property
    def size(self) -> int:
        """How many columns each answer looks at."""
        return int(self._kept.size)

    def rows(self, family: str) -> BoolArray:
        """Which of the limits that bind belong to a family."""
        rows = np.zeros(self._given.row_lower.size, dtype=np.bool_)
        for group in self._given.rows:
            if group.family == family:
                rows[group.first : group.first + group.index.size] = True
        return rows[self._rows] & self._binds

    def entries(self, column: int) -> FloatArray:
        """What a MW of a column uses of every limit that is kept."""
        place = int(self._place[column])
        used = np.zeros(self._rows.size)
        if place >= 0:
            own = slice(int(self._a.indptr[place]), int(self._a.indptr[place + 1]))
            used[self._a.indices[own]] = self._a.data[own]
        return used

    def one_mw(self, column: int, gain: float, counted: FloatArray) -> tuple[float, float]:
        """What one MW of a column at its lower bound lacks, and how far a number of it must move to make that up.

        gain : what a unit of the move saves. [USD million/MW]
        counted : what it takes off the use of every limit that is kept, upper ones that bind only.

        Both are inf where nothing makes room for the MW, and NaN if the solver gives no answer. The first is in USD
        million per MW.
        """
        place = int(self._place[column])
        if place < 0 or self._upper[column] <= 0.0:
            return float("inf"), float("inf")
        check(self._highs.changeColBounds(place, 1.0, 1.0), "a fixed column")
        lacks = lacking = self._minimum()
        move, rows = 0.0 if np.isfinite(lacks) else lacks, np.flatnonzero(counted)
        for _ in range(MOST_MOVES):
            if not lacking > PRICED or not np.isfinite(move):
                break
            price = np.array(self._highs.getSolution().row_dual)[rows] if rows.size else np.zeros(0)
            slope = gain - float(counted[rows] @ price)
            move += lacking / slope if slope > 0.0 else np.inf
            if not rows.size or not np.isfinite(move):
                break
            for row in rows.tolist():
                check(self._highs.changeRowBounds(row, -np.inf, move * counted[row]), "more room")
            lacking = self._minimum() - move * gain
            move = move if np.isfinite(lacking) else np.nan
        else:
            move = np.nan
        for row in rows.tolist():
            check(self._highs.changeRowBounds(row, -np.inf, 0.0), "a limit")
        check(self._highs.changeColBounds(place, self._lower[column], self._upper[column]), "a free column")
        return max(0.0, lacks) if np.isfinite(lacks) else lacks, move

    def break_even(self, lever: Lever, least: float = 0.0) -> BreakEven:
        """The least move of a lever that brings something in.

        least : a move that is known not to be enough.
        """
        moved = np.flatnonzero((lever.gain > 0.0) & (self._place >= 0) & (self._upper > 0.0))
        if not moved.size:
            return NEVER
        places = self._place[moved].astype(np.int32)
        check(self._highs.addRow(1.0, 1.0, places.size, places, lever.gain[moved]), "a row")
        try:
            return self._least_move(lever, moved, least)
        finally:
            self._apply(lever, moved, 0.0)
            check(self._highs.deleteRows(1, np.array([self._rows.size], dtype=np.int32)), "a row less")
            check(self._highs.setBasis(self._basis), "the basis")

    def _least_move(self, lever: Lever, moved: IntArray, least: float) -> BreakEven:
        """Move a lever until the cheapest direction in which it gains one unit lacks nothing."""
        move, low, high, before = 0.0, least, np.inf, (0.0, np.nan)
        for _ in range(MOST_MOVES):
            lacking = self._minimum()
            if np.isnan(lacking):
                break
            if not np.isfinite(lacking):
                return NEVER
            solution = self._highs.getSolution()
            if lever.entries is None or abs(lacking) <= SAME * (1.0 + abs(lever.number(move))):
                move = max(low, move + lacking)
                sizes = np.zeros(lever.gain.size)
                sizes[self._kept] = solution.col_value
                return BreakEven(lever.number(move), move, True, sizes) if move <= lever.reach else NEVER
            if lacking > 0.0:
                low = max(low, self._bound(lever, moved, np.array(solution.row_dual[:-1])))
            else:
                high = move
            if low > lever.reach:
                return NEVER
            # A secant gets there in a few steps where the bounds alone would take many.
            guess = move + lacking * (move - before[0]) / (before[1] - lacking) if lacking != before[1] else low
            before = move, lacking
            move = guess if low < guess < high else low if high > lever.reach else 0.5 * (low + high)
            move = min(move, lever.reach)
            self._apply(lever, moved, move)
        return BreakEven(lever.number(low), low, False, NOTHING)

    def _bound(self, lever: Lever, moved: IntArray, price: FloatArray) -> float:
        """The least move at which a moved column may lack nothing, at these prices of the binding rows."""
        lacks = self._given.cost[moved] - self._a[:, self._place[moved]].T @ price
        gains = lever.gain[moved] - self._entries(lever)[:, moved][self._rows, :].T @ price
        return float(np.min(lacks[gains > 0.0] / gains[gains > 0.0], initial=np.inf))

    def _entries(self, lever: Lever) -> csc_matrix:
        return csc_matrix((lever.entries, self._given.a.indices, self._given.a.indptr), shape=self._given.a.shape)

    def _apply(self, lever: Lever, moved: IntArray, move: float) -> None:
        """Move the numbers of a lever that moves limits too."""
        if lever.entries is None:
            return
        entries = self._entries(lever)[:, moved][self._rows, :].tocoo()
        for row, number, value in zip(entries.row.tolist(), entries.col.tolist(), entries.data.tolist(), strict=True):
            place = int(self._place[moved[number]])
            check(self._highs.changeCoeff(row, place, float(self._a[row, place]) - move * value), "a new coefficient")
        for column in moved.tolist():
            cost = float(self._given.cost[column] - move * lever.gain[column])
            check(self._highs.changeColCost(int(self._place[column]), cost), "a new cost")

    def _minimum(self) -> float:
        """The least cost of the directions left; inf if there are none, NaN if the solver gives no answer."""
        for _ in range(2):
            self._highs.run()
            status = self._highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                return float(self._highs.getInfo().objective_function_value)
            if status in INFEASIBLE:
                return float("inf")
            check(self._highs.clearSolver(), "a fresh start")
        return float("nan")


def _basic(statuses: list[highspy.HighsBasisStatus]) -> BoolArray:
    return np.array([status == highspy.HighsBasisStatus.kBasic for status in statuses], dtype=np.bool_)


def _open(value: FloatArray, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far values may move, down and up: not beyond a side that binds."""
    at_lower, at_upper = np.isfinite(lower), np.isfinite(upper)
    at_lower[at_lower] = (value - lower)[at_lower] <= BINDS
    at_upper[at_upper] = (upper - value)[at_upper] <= BINDS
    return np.where(at_lower, 0.0, -np.inf), np.where(at_upper, 0.0, np.inf)
