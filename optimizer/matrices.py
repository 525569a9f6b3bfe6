"""The programme as plain arrays: what the solver gets and what the certificate checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC

from optimizer.errors import SolverError
from optimizer.horizon import BoolArray, FloatArray, IntArray
from optimizer.sparse import LinearStandardFormCompiler, csc_matrix, vstack

# Outside these ranges a solver may return an answer that is wrong without a word: costs below its
# dual tolerance are ignored, entries below 1e-9 are dropped. With USD million and MW real portfolios
# are far inside. Costs near zero are normal (break-even months) and are kept as they are.
LARGEST_COST = 1e5
MATRIX_RANGE = (1e-7, 1e5)
LARGEST_BOUND = 1e7
# HiGHS loses track of whole numbers that may become very large.
LARGEST_WHOLE = 1e6


@dataclass(frozen=True)
class Members:
    """Consecutive rows or columns of one family: first <= position < first + index.size."""

    family: str
    first: int
    index: IntArray


@dataclass(frozen=True)
class Matrices:
    """minimise cost @ x + offset, row_lower <= a @ x <= row_upper, col_lower <= x <= col_upper.

    cost, offset : USD million. Power columns and rows are MW.
    integer : columns that are whole numbers; none of them in a pure LP.
    rows, cols : the family and index behind every row and column; their names are `family[where,month]`.
    """

    cost: FloatArray
    a: csc_matrix
    row_lower: FloatArray
    row_upper: FloatArray
    col_lower: FloatArray
    col_upper: FloatArray
    row_names: tuple[str, ...]
    col_names: tuple[str, ...]
    offset: float
    integer: BoolArray
    rows: tuple[Members, ...] = ()
    cols: tuple[Members, ...] = ()

    def columns(self, family: str) -> slice:
        """Positions of a family's columns."""
        for group in self.cols:
            if group.family == family:
                return slice(group.first, group.first + group.index.size)
        return slice(0, 0)

    def fixed_at(self, x: FloatArray) -> Matrices:
        """The LP that is left when every whole number is fixed at its value in `x`, or at the bound nearest to it."""
        whole = np.clip(np.round(x), self.col_lower, self.col_upper)
        return replace(
            self,
            col_lower=np.where(self.integer, whole, self.col_lower),
            col_upper=np.where(self.integer, whole, self.col_upper),
        )

    def with_row(self, row: FloatArray, lower: float, upper: float, name: str, member: Members) -> Matrices:
        """The programme with one more row at its end."""
        extended = vstack([self.a, csc_matrix(row[None, :])], format="csc")
        return replace(
            self,
            a=extended,
            row_lower=np.append(self.row_lower, lower),
            row_upper=np.append(self.row_upper, upper),
            row_names=(*self.row_names, name),
            rows=(*self.rows, member),
        )

    def objective(self, x: FloatArray) -> float:
        """Value of a plan. [USD million, minimised]"""
        return float(self.cost @ x) + self.offset


def members_of(components: Iterable[Any]) -> tuple[Members, ...]:
    """Group Pyomo's rows or columns, in their order, by the component they belong to."""
    groups = []
    first = 0
    for parent, data in groupby(components, key=lambda member: member.parent_component()):
        index = np.array([member.index() for member in data], dtype=np.int64)
        groups.append(Members(parent.local_name, first, index))
        first += index.size
    return tuple(groups)


def compile_model(model: pyo.ConcreteModel, names: Callable[[str, IntArray], list[str]]) -> Matrices:
    """Compile a Pyomo model once, keeping its variables and constraints in the order they were declared.

    names : gives the public names of members of a family from their indices.

    Raises
    ------
    SolverError : a number is not finite or lies outside the range that the solver handles exactly.
    """
    with PauseGC():
        compiled = LinearStandardFormCompiler().write(model, mixed_form=True, set_sense=pyo.minimize)
        variables = list(model.component_data_objects(pyo.Var))
        position = {id(variable): column for column, variable in enumerate(variables)}
        columns = np.array([position[id(variable)] for variable in compiled.columns], dtype=np.int64)
        bounds = np.array([(variable.lb, variable.ub) for variable in variables], dtype=np.float64).reshape(-1, 2)
        rows = members_of(row.constraint for row in compiled.rows)
        cols = members_of(variables)
        whole = [bool(variables[group.first].is_integer()) for group in cols]
    sense = np.array([row.bound_type for row in compiled.rows], dtype=np.int64)
    rhs = np.asarray(compiled.rhs, dtype=np.float64)
    cost = np.zeros(len(variables))
    cost[columns] = compiled.c.toarray().ravel()
    by_columns = compiled.A.tocoo()
    matrices = Matrices(
        cost=cost,
        a=csc_matrix((by_columns.data, (by_columns.row, columns[by_columns.col])), shape=(rhs.size, len(variables))),
        row_lower=np.where(sense <= 0, rhs, -np.inf),
        row_upper=np.where(sense >= 0, rhs, np.inf),
        col_lower=bounds[:, 0],
        col_upper=bounds[:, 1],
        row_names=tuple(name for group in rows for name in names(group.family, group.index)),
        col_names=tuple(name for group in cols for name in names(group.family, group.index)),
        integer=np.repeat(whole, [group.index.size for group in cols]) if cols else np.zeros(0, dtype=np.bool_),
        rows=rows,
        cols=cols,
        offset=float(compiled.c_offset[0]),
    )
    check_matrices(matrices)
    return matrices


def check_matrices(matrices: Matrices) -> None:
    """Refuse numbers for which an "optimal" answer could be wrong.

    Raises
    ------
    SolverError : naming the first offending row or column.
    """
    coo = matrices.a.tocoo()
    size = np.abs(coo.data)
    sides = np.stack([matrices.row_lower, matrices.row_upper])
    too_far = np.isfinite(sides) & (np.abs(sides) > LARGEST_BOUND)
    open_rows = np.isinf(sides).all(axis=0)
    faults = [
        (~np.isfinite(matrices.cost) | (np.abs(matrices.cost) > LARGEST_COST), matrices.col_names, "value"),
        (~(np.abs(matrices.col_lower) <= LARGEST_BOUND), matrices.col_names, "lower bound"),
        (~(np.abs(matrices.col_upper) <= LARGEST_BOUND), matrices.col_names, "upper bound"),
        (matrices.integer & ~(matrices.col_upper <= LARGEST_WHOLE), matrices.col_names, "whole number"),
        (matrices.col_lower > matrices.col_upper, matrices.col_names, "bounds (lower above upper)"),
        ((too_far | np.isnan(sides)).any(axis=0) | open_rows, matrices.row_names, "limit"),
    ]
    outside = ~np.isfinite(size) | ((size > 0.0) & (size < MATRIX_RANGE[0])) | (size > MATRIX_RANGE[1])
    if outside.any():
        raise SolverError(f"coefficient out of range in {matrices.row_names[int(coo.row[np.argmax(outside)])]}")
    for wrong, names, what in faults:
        if wrong.any():
            raise SolverError(f"{what} out of range in {names[int(np.argmax(wrong))]}")
