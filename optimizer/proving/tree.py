"""The proof that no other whole numbers are better: a tree that splits all of them up, with prices for every leaf.

A split of a whole number, at most k or at least k + 1, loses no plan, so the leaves together hold every plan. In each
leaf the row prices bound the value of all plans there, whole or not. Neither solver nor model is needed to see it.

The bounds are worked out in floats, and everything that rounding may have added is taken off again: whatever the prices
are, a bound is never too high. That is a thousand times faster than exact arithmetic and costs a millionth of a cent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.errors import OptimizerError
from optimizer.matrices import Matrices

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]

# Largest relative error of one rounded operation.
UNIT_ROUNDOFF = 2.0**-53
LEAF = -1


class TreeError(OptimizerError):
    """A tree does not split up what it claims to; the message says where."""


@dataclass(frozen=True)
class Tree:
    """Nodes from the root on, every child after its parent.

    column : the whole number that a node splits, LEAF for a leaf. at : k of the split. [-]
    child : the node with at most k; the next one has at least k + 1. LEAF for a leaf.
    row_dual : one row of prices per leaf, in the order of the leaves. [USD million per unit of the row]
    """

    column: IntArray
    at: FloatArray
    child: IntArray
    row_dual: FloatArray

    @property
    def leaves(self) -> int:
        """How many parts all plans are split up into."""
        return int((self.column == LEAF).sum())


@dataclass(frozen=True)
class TreeBound:
    """What a tree proves: no plan costs less than `bound`. [USD million]; where : the leaf that is the lowest."""

    bound: float
    where: str


class LeafBounds:
    """Bounds on the value of a programme inside boxes, for any row prices."""

    def __init__(self, matrices: Matrices) -> None:
        """Keep what all boxes share."""
        self._matrices = matrices
        self._by_column = sp.csr_matrix(matrices.a.T)
        self._sizes = abs(self._by_column)
        self._longest = int(np.diff(matrices.a.indptr).max(initial=0)) + 3
        self._terms = matrices.cost.size + matrices.row_lower.size + 4

    def best(self, row_dual: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
        """No plan between these bounds costs less. [USD million]"""
        return self._bound(self._matrices.cost, self._matrices.offset, row_dual, lower, upper)

    def emptiness(self, row_dual: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
        """Above zero where no plan lies between these bounds; many times the prices then prove any bound there."""
        return self._bound(np.zeros_like(self._matrices.cost), 0.0, row_dual, lower, upper)

    def _bound(
        self, cost: FloatArray, offset: float, row_dual: FloatArray, lower: FloatArray, upper: FloatArray
    ) -> float:
        rows = self._matrices
        limit = np.where(row_dual > 0.0, rows.row_lower, rows.row_upper)
        prices = np.where(np.isfinite(limit), row_dual, 0.0)
        reduced = cost - self._by_column @ prices
        slip = _rounding(self._longest) * (np.abs(cost) + self._sizes @ np.abs(prices))
        corners = [side * price for side in (lower, upper) for price in (reduced - slip, reduced + slip)]
        terms = np.concatenate([prices * np.where(np.isfinite(limit), limit, 0.0), np.minimum.reduce(corners)])
        total, size = float(terms.sum()) + offset, float(np.abs(terms).sum()) + abs(offset)
        found = total - _rounding(self._terms) * size
        # Numbers so large that they overflow bound nothing.
        return found if np.isfinite(found) else -np.inf


def _rounding(operations: int) -> float:
    """More than a sum of so many products can be off, as a share of the sum of their sizes."""
    return 2.0 * operations * UNIT_ROUNDOFF


# A damaged tree may hold prices whose products no float holds; they bound nothing.
@np.errstate(over="ignore", invalid="ignore")
def tree_bound(matrices: Matrices, tree: Tree) -> TreeBound:
    """The bound that a tree proves for every plan whose whole numbers are whole.

    Raises
    ------
    TreeError : the nodes are no tree, split what is no whole number, or hold numbers that prove nothing.
    """
    _require_sound(matrices, tree)
    bounds = LeafBounds(matrices)
    price_row = np.cumsum(tree.column == LEAF) - 1
    worst = TreeBound(np.inf, "")
    stack = [(0, matrices.col_lower, matrices.col_upper, "")]
    while stack:
        node, lower, upper, path = stack.pop()
        column = int(tree.column[node])
        if column == LEAF:
            # Between bounds that have crossed there is no plan.
            found = np.inf if (lower > upper).any() else bounds.best(tree.row_dual[price_row[node]], lower, upper)
            if found < worst.bound:
                worst = TreeBound(found, path or "all whole numbers")
            continue
        name, at, child = matrices.col_names[column], float(tree.at[node]), int(tree.child[node])
        joined = f"{path}, " if path else ""
        stack.append((child, lower, _with(upper, column, min(at, upper[column])), f"{joined}{name} <= {at:g}"))
        stack.append((child + 1, _with(lower, column, max(at + 1.0, lower[column])), upper, f"{joined}{name} > {at:g}"))
    return worst


def _with(bounds: FloatArray, column: int, value: float) -> FloatArray:
    changed = bounds.copy()
    changed[column] = value
    return changed


def _require_sound(matrices: Matrices, tree: Tree) -> None:
    nodes, rows = tree.column.size, matrices.row_lower.size
    if not nodes or tree.at.shape != (nodes,) or tree.child.shape != (nodes,):
        raise TreeError("proof: the tree's arrays do not fit together")
    if tree.row_dual.shape != (tree.leaves, rows):
        raise TreeError(f"proof: the tree has prices {tree.row_dual.shape}, expected ({tree.leaves}, {rows})")
    if not np.isfinite(tree.row_dual).all():
        raise TreeError("proof: a price in the tree is not a number")
    if not (np.isfinite(matrices.col_lower) & np.isfinite(matrices.col_upper)).all():
        raise TreeError("proof: a tree bounds no column that has no bounds")
    split = np.flatnonzero(tree.column != LEAF)
    column, at, child = tree.column[split], tree.at[split], tree.child[split]
    if ((column < 0) | (column >= matrices.cost.size)).any() or not matrices.integer[column].all():
        raise TreeError("proof: the tree splits a column that is no whole number")
    if not (np.isfinite(at) & (at == np.rint(at))).all():
        raise TreeError("proof: the tree splits a whole number at a fraction")
    reached = np.sort(np.concatenate([child, child + 1]))
    if (child <= split).any() or not np.array_equal(reached, np.arange(1, nodes)):
        raise TreeError("proof: the tree's nodes do not hang together")
