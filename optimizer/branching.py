"""A proof for the whole numbers that the solver's search has found: a tree of its own, small enough to be kept.

The search knows how to find the best whole numbers and says that they are; what it has seen is gone when it ends. With
the answer known, a plain tree of LPs, each bounded by its prices, says the same in a form that can be checked
(optimizer/proving/tree.py). Where the tree grows too large it is cut, and bounds what another plan could be worth.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count

import highspy
import numpy as np

from optimizer.errors import SolverError
from optimizer.highs import INFEASIBLE, Interruptible, check, load, new_highs
from optimizer.horizon import FloatArray
from optimizer.matrices import Matrices
from optimizer.proving.tree import LEAF, LeafBounds, Tree
from optimizer.solve import LpSolution

# A tree is cut at so many leaves, prices (4 MB before they are packed) or steps of the simplex method: some seconds.
MOST_LEAVES = 1_000
MOST_PRICES = 500_000
MOST_STEPS = 15_000
# A tenth of a cent, which the search leaves open beside its relative gap.
SMALLEST_GAP_USD_M = 1e-9
# A column this near to a whole number is one, as in the search.
WHOLE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class _Node:
    """A part of all plans: its place in the tree, its bounds, the prices that bound it, the LP's answer there."""

    place: int
    lower: FloatArray
    upper: FloatArray
    row_dual: FloatArray
    x: FloatArray
    basis: highspy.HighsBasis


def prove_whole_numbers(matrices: Matrices, solution: LpSolution) -> Tree | None:
    """A tree for the whole numbers of a solution, to the gap that was asked of its search.

    None where there are no whole numbers, or the search was stopped before it was sure of them.
    """
    if solution.search is None or not solution.search.proved:
        return None
    allowed = solution.search.asked_gap * abs(matrices.objective(solution.x)) + SMALLEST_GAP_USD_M
    return grow_tree(matrices, solution.x, allowed)


def grow_tree(matrices: Matrices, x: FloatArray, allowed: float) -> Tree:
    """Prove that no plan with other whole numbers is better than this one, as far as a tree of bearable size can.

    x : the plan, one number per column. allowed : how much better others may be. [USD million]

    Returns
    -------
    A tree whose bound is within `allowed` of the plan's value, or the best that could be grown until it was cut; one
    leaf then is the bound of the programme without whole numbers.

    Raises
    ------
    SolverError : the tree holds a plan that is better by more than `allowed`, or an LP has no answer.
    KeyboardInterrupt : Ctrl-C.
    """
    return _Growth(matrices, matrices.objective(x), allowed).grow()


class _Growth:
    def __init__(self, matrices: Matrices, value: float, allowed: float) -> None:
        self._matrices, self._value, self._allowed = matrices, value, allowed
        # Half of what is allowed is left to rounding.
        self._enough = value - 0.5 * allowed
        self._bounds = LeafBounds(matrices)
        self._whole = np.flatnonzero(matrices.integer)
        self._columns = np.arange(matrices.cost.size, dtype=np.int32)
        self._solver = Interruptible(new_highs())
        self._highs = self._solver.highs
        # A presolved programme that is infeasible has no prices to show for it.
        check(self._highs.setOptionValue("presolve", "off"), "presolve off")
        load(self._highs, matrices)
        self._steps = 0
        self._column: list[int] = []
        self._at: list[float] = []
        self._child: list[int] = []
        self._prices: dict[int, FloatArray] = {}
        self._open: list[tuple[float, int, _Node]] = []
        self._turn = count()

    def grow(self) -> Tree:
        """Split the part with the lowest bound until all are high enough, or the tree is cut."""
        root = np.zeros(self._matrices.row_lower.size)
        most_leaves = min(MOST_LEAVES, MOST_PRICES // max(1, root.size))
        self._add(1)
        self._place(0, self._matrices.col_lower, self._matrices.col_upper, root, None)
        while self._open and len(self._prices) < most_leaves and self._steps < MOST_STEPS:
            self._split(heapq.heappop(self._open)[2])
        prices = [self._prices[node] for node in range(len(self._column)) if self._column[node] == LEAF]
        return Tree(
            np.array(self._column, dtype=np.int32),
            np.array(self._at),
            np.array(self._child, dtype=np.int32),
            np.array(prices),
        )

    def _add(self, nodes: int) -> None:
        self._column += [LEAF] * nodes
        self._at += [0.0] * nodes
        self._child += [LEAF] * nodes

    def _split(self, node: _Node) -> None:
        """Replace a leaf by two."""
        values = node.x[self._whole]
        apart = np.abs(values - np.rint(values))
        # "Taken or not" before the number of blocks: it moves more MW.
        column = int(self._whole[np.argmax(apart * (1.0 + (self._matrices.col_upper[self._whole] <= 1.0)))])
        at, child = float(np.floor(node.x[column])), len(self._column)
        self._column[node.place], self._at[node.place], self._child[node.place] = column, at, child
        del self._prices[node.place]
        self._add(2)
        upper, lower = node.upper.copy(), node.lower.copy()
        upper[column], lower[column] = at, at + 1.0
        self._place(child, node.lower, upper, node.row_dual, node.basis)
        self._place(child + 1, lower, node.upper, node.row_dual, node.basis)

    def _place(
        self, place: int, lower: FloatArray, upper: FloatArray, before: FloatArray, basis: highspy.HighsBasis | None
    ) -> None:
        """Solve the LP of a new leaf, note its prices, and mark it for a split if they do not bound it well enough."""
        status = self._solve(lower, upper, basis)
        if status in INFEASIBLE:
            self._prices[place] = self._prices_of_nothing(before, lower, upper)
            return
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"HiGHS ended with status {self._highs.modelStatusToString(status)}")
        solution = self._highs.getSolution()
        x, row_dual = np.array(solution.col_value), np.array(solution.row_dual)
        self._prices[place] = row_dual
        bound = self._bounds.best(row_dual, lower, upper)
        if bound >= self._enough:
            return
        if np.abs(x[self._whole] - np.rint(x[self._whole])).max(initial=0.0) > WHOLE_TOLERANCE:
            node = _Node(place, lower, upper, row_dual, x, self._highs.getBasis())
            heapq.heappush(self._open, (bound, next(self._turn), node))
        else:
            self._refuse_a_better_plan(x)

    def _refuse_a_better_plan(self, x: FloatArray) -> None:
        """Raise if a plan with these whole numbers is better than the one that the search took for the best."""
        held = self._matrices.fixed_at(x)
        if self._solve(held.col_lower, held.col_upper, None) == highspy.HighsModelStatus.kOptimal:
            better = self._value - self._matrices.objective(np.array(self._highs.getSolution().col_value))
            if better > self._allowed:
                raise SolverError(f"the solver's search missed a plan that is better by {better:.6g} million USD")

    def _solve(
        self, lower: FloatArray, upper: FloatArray, basis: highspy.HighsBasis | None
    ) -> highspy.HighsModelStatus:
        check(self._highs.changeColsBounds(lower.size, self._columns, lower, upper), "bounds")
        if basis is not None:
            check(self._highs.setBasis(basis), "the basis")
        self._solver.run()
        self._steps += max(0, self._highs.getInfo().simplex_iteration_count)
        status: highspy.HighsModelStatus = self._highs.getModelStatus()
        return status

    def _prices_of_nothing(self, before: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
        """Prices that bound a part without any plan high enough; the ones before where the solver shows none."""
        _, has_ray, ray = self._highs.getDualRay()
        if not has_ray:
            return before
        ray = np.array(ray)
        empty, sign = max((self._bounds.emptiness(side * ray, lower, upper), side) for side in (1.0, -1.0))
        if empty <= 0.0:
            return before
        missing = max(0.0, self._enough - self._bounds.best(before, lower, upper))
        return before + 2.0 * missing / empty * sign * ray
