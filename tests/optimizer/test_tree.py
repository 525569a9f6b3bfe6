"""The check of a proof tree: hand-worked trees, prices that must never prove too much, and planted errors."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_proof import INF, programme

from optimizer.matrices import Matrices
from optimizer.proving.proof import Proof, exact_check
from optimizer.proving.tree import LEAF, LeafBounds, Tree, TreeError, tree_bound


def halls() -> Matrices:
    """Minimise 7 - x with 2 x <= 5 and x = 0, 1, 2 or 3: 2.5 if it need not be whole, 2 if it must."""
    return replace(programme([-1.0], [[2.0]], [[-INF, 5.0]], [[0.0, 3.0]]), integer=np.array([True]))


def tree(column: list[int], at: list[float], child: list[int], row_dual: list[list[float]]) -> Tree:
    """A tree from lists."""
    return Tree(np.array(column, np.int32), np.array(at), np.array(child, np.int32), np.array(row_dual))


def split_at_two() -> Tree:
    """x <= 2 needs no price; in x >= 3, where 2 x <= 5 leaves nothing, a price of 1 gives -5 + (2 - 1) * 3 = -2."""
    return tree([0, LEAF, LEAF], [2.0, 0.0, 0.0], [1, LEAF, LEAF], [[0.0], [-1.0]])


def test_one_leaf_is_the_bound_without_whole_numbers() -> None:
    """A price of a half bounds -x by -2.5; it is the best there is without a split."""
    found = tree_bound(halls(), tree([LEAF], [0.0], [LEAF], [[-0.5]]))
    assert found.bound == pytest.approx(7.0 - 2.5, abs=1e-12)
    assert (found.bound <= 4.5, found.where) == (True, "all whole numbers")


def test_a_split_proves_the_best_whole_number() -> None:
    """Both leaves cost at least 7 - 2; the lower one after rounding is named."""
    found = tree_bound(halls(), split_at_two())
    assert found.bound == pytest.approx(7.0 - 2.0, abs=1e-12)
    assert found.bound <= 5.0
    assert found.where in ("col0 <= 2", "col0 > 2")


def test_weak_prices_prove_less() -> None:
    """Without a price the part x >= 3 may cost 7 - 3, and is named."""
    found = tree_bound(halls(), replace(split_at_two(), row_dual=np.zeros((2, 1))))
    assert (found.bound, found.where) == (pytest.approx(4.0, abs=1e-12), "col0 > 2")


def test_a_part_between_crossed_bounds_holds_no_plan() -> None:
    """x >= 4 is above the bound of 3: whatever its prices, nothing is there."""
    found = tree_bound(halls(), tree([0, LEAF, LEAF], [3.0, 0.0, 0.0], [1, LEAF, LEAF], [[-0.5], [0.0]]))
    assert found.bound == pytest.approx(4.5, abs=1e-12)


def test_a_price_on_a_missing_limit_counts_as_zero() -> None:
    """2 x has no lower limit: a positive price proves what no price does."""
    assert tree_bound(halls(), tree([LEAF], [0.0], [LEAF], [[9.0]])).bound == pytest.approx(4.0, abs=1e-12)


@given(st.integers(0, 10**6))
def test_no_prices_ever_prove_too_much(seed: int) -> None:
    """Whatever prices stand in a tree, no plan of whole numbers within the limits costs less than its bound."""
    chance = np.random.default_rng(seed)
    cols, rows = 3, 2
    limits = np.sort(chance.normal(0.0, 4.0, (rows, 2)), axis=1)
    bounds = [[0.0, float(chance.integers(1, 4))] for _ in range(cols)]
    a = chance.normal(0.0, 2.0, (rows, cols))
    matrices = programme(chance.normal(0.0, 5.0, cols).tolist(), a.tolist(), limits.tolist(), bounds)
    matrices = replace(matrices, integer=np.ones(cols, dtype=np.bool_))
    prices = chance.normal(0.0, 10.0 ** chance.integers(-1, 7), (3, rows))
    grown = tree([0, LEAF, 2, LEAF, LEAF], [0.0, 0.0, 1.0, 0.0, 0.0], [1, LEAF, 3, LEAF, LEAF], prices.tolist())
    costs = [
        matrices.objective(np.array(x))
        for x in product(*(np.arange(upper + 1.0) for _, upper in bounds))
        if (a @ x >= limits[:, 0]).all() and (a @ x <= limits[:, 1]).all()
    ]
    assert tree_bound(matrices, grown).bound <= min(costs, default=INF)


@given(st.integers(0, 10**6))
def test_what_is_taken_off_for_rounding_is_enough_and_little(seed: int) -> None:
    """The bound in floats lies below the one in exact arithmetic, by next to nothing."""
    chance = np.random.default_rng(seed)
    cols, rows = int(chance.integers(1, 30)), int(chance.integers(1, 20))
    scale = 10.0 ** chance.integers(-3, 4)
    limits = np.sort(chance.normal(0.0, scale, (rows, 2)), axis=1)
    bounds = np.sort(chance.normal(0.0, scale, (cols, 2)), axis=1)
    a = chance.normal(0.0, 1.0, (rows, cols)) * (chance.random((rows, cols)) < 0.5)
    matrices = programme(chance.normal(0.0, 1.0, cols).tolist(), a.tolist(), limits.tolist(), bounds.tolist())
    prices = chance.normal(0.0, 1.0, rows)
    exact = exact_check(Proof(matrices, bounds[:, 0], prices)).dual_bound
    found = LeafBounds(matrices).best(prices, matrices.col_lower, matrices.col_upper)
    assert exact - 1e-10 * (1.0 + rows * cols * scale) <= found <= exact


SOUND = split_at_two()
UNSOUND: dict[str, tuple[Tree, str]] = {
    "no node": (tree([], [], [], []), "do not fit together"),
    "a place too few": (replace(SOUND, at=SOUND.at[:2]), "do not fit together"),
    "a leaf without prices": (replace(SOUND, row_dual=SOUND.row_dual[:1]), r"has prices \(1, 1\), expected \(2, 1\)"),
    "a price that is no number": (replace(SOUND, row_dual=SOUND.row_dual * np.nan), "is not a number"),
    "a column that is not there": (replace(SOUND, column=np.array([1, LEAF, LEAF], np.int32)), "no whole number"),
    "a split at a fraction": (replace(SOUND, at=SOUND.at + 0.5), "at a fraction"),
    "a node that is its own child": (replace(SOUND, child=np.array([0, LEAF, LEAF], np.int32)), "hang together"),
    "a child that is not there": (replace(SOUND, child=np.array([2, LEAF, LEAF], np.int32)), "hang together"),
    "a leaf that is left out": (
        tree([0, LEAF, LEAF, LEAF], [2.0] * 4, [1, LEAF, LEAF, LEAF], [[0.0]] * 3),
        "hang together",
    ),
}


@pytest.mark.parametrize("case", UNSOUND)
def test_what_is_no_tree_proves_nothing(case: str) -> None:
    """The error says what is wrong."""
    broken, message = UNSOUND[case]
    with pytest.raises(TreeError, match=message):
        tree_bound(halls(), broken)


def test_a_split_of_a_divisible_column_is_refused() -> None:
    """Between 2 and 3 there are MW, if they need not be whole."""
    with pytest.raises(TreeError, match="no whole number"):
        tree_bound(replace(halls(), integer=np.array([False])), split_at_two())


def test_a_column_without_bounds_is_refused() -> None:
    """No price bounds a column that may be anything."""
    with pytest.raises(TreeError, match="no bounds"):
        tree_bound(replace(halls(), col_upper=np.array([INF])), split_at_two())


def test_prices_that_overflow_bound_nothing() -> None:
    """The bound is minus infinity, not something that no comparison notices."""
    assert tree_bound(halls(), tree([LEAF], [0.0], [LEAF], [[-1e308]])).bound == -INF
