"""Which columns that an optimal plan leaves out could grow at once: for these alone a reduced cost is exact.

A basis is degenerate where some of its variables already stand at a bound. A column that would push such a variable
over its bound cannot enter by itself, and then lacks more than its reduced cost says.
"""

from __future__ import annotations

import numpy as np

from optimizer.highs import check, load, new_highs
from optimizer.horizon import BoolArray, IntArray
from optimizer.matrices import Matrices
from optimizer.solve import LpSolution

# Larger programmes with more columns to test than this product of rows and columns are not tested.
MOST_WORK = 10_000_000

# A step shorter than this is rounding [MW]; an entry smaller than this is none.
SHORTEST_STEP, SMALLEST_ENTRY = 1e-7, 1e-9


def can_grow(matrices: Matrices, solution: LpSolution, columns: IntArray) -> BoolArray:
    """Whether each of some columns at their lower bound can grow from the solution's basis; False if not tested."""
    found = np.zeros(columns.size, dtype=np.bool_)
    rows = matrices.row_lower.size
    if not columns.size or columns.size * rows > MOST_WORK:
        return found
    highs = new_highs()
    load(highs, matrices)
    check(highs.setBasis(solution.basis), "the basis")
    check(highs.run(), "a solved programme")
    status, basic = highs.getBasicVariables()
    check(status, "a question about the basis")
    basic = np.array(basic, dtype=np.int64)
    member = np.where(basic >= 0, basic, matrices.cost.size - basic - 1)
    solved = highs.getSolution()
    value = np.concatenate([solved.col_value, solved.row_value])[member]
    down = value - np.concatenate([matrices.col_lower, matrices.row_lower])[member]
    up = np.concatenate([matrices.col_upper, matrices.row_upper])[member] - value
    stuck_down, stuck_up = down <= SHORTEST_STEP, up <= SHORTEST_STEP
    inside = set(member.tolist())
    for number, column in enumerate(columns.tolist()):
        if column not in inside:
            status, entries = highs.getReducedColumn(column)
            check(status, "a question about a column")
            found[number] = not (
                (stuck_down & (entries > SMALLEST_ENTRY)) | (stuck_up & (entries < -SMALLEST_ENTRY))
            ).any()
    return found
