"""The proof that a plan is optimal, and its check in exact arithmetic.

A linear programme's answer is proved by two vectors: a point x, which bounds the optimum from one side,
and row prices y, which bound it from the other. This module needs neither the solver nor the model that
made them. It works on the numbers as they are stored, without rounding anywhere.
"""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from dataclasses import dataclass, fields
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.errors import OptimizerError
from optimizer.matrices import Matrices
from optimizer.proving.exact import ExactArray, FloatArray, rounded_up
from optimizer.proving.tree import Tree

# HiGHS aims at 1e-7, absolute, for rows and bounds, in the unit of the row: MW, USD million or EH/s. 1e-7 MW is a
# tenth of a watt and 1e-7 USD million ten cents, so a plan within it can be carried out as written.
FEASIBILITY_TOLERANCE = 1e-7
# Relative to 1 + |objective| in USD million. Proved in rational arithmetic, so it may be far below the solver's own.
GAP_TOLERANCE = 1e-9

# The zip format cannot say "no date"; its first day keeps the bytes of equal proofs equal.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
ZIP_LEVEL = 1
# The arrays of a tree begin with this.
TREE = "tree_"
WORST_SHARES = "worst_shares"
SCENARIO_MONTHS = "scenario_months"


class ProofError(OptimizerError):
    """A stored proof cannot be read, or holds numbers that prove nothing."""


@dataclass(frozen=True)
class Proof:
    """What proves that a plan is optimal.

    matrices : the programme, a minimisation, its whole numbers free. [USD million, MW]
    x : the plan, one number per column. [MW, or the column's unit]
    row_dual : cost of a row's limit, one number per row; cost - A^T row_dual is the reduced cost. A positive number
        presses on the row's lower limit, a negative one on its upper limit. [USD million per unit of the row]
    tree : what bounds plans with other whole numbers; None where there are none, or no tree was grown.
    worst_shares : weights of the scenarios in every row of the worst share, rows x scenarios; None without such rows.
    scenario_months : scenario and weights of the months in every row of cash in a scenario, rows x (1 + months); None
        where cash counts on the mean only.
    """

    matrices: Matrices
    x: FloatArray
    row_dual: FloatArray
    tree: Tree | None = None
    worst_shares: FloatArray | None = None
    scenario_months: FloatArray | None = None


@dataclass(frozen=True)
class ExactCheck:
    """What exact arithmetic says about a proof. Errors are rounded up to a float, never down.

    row_violation, row_at : furthest that a row lies outside its limits, and the name of that row ("" = none).
    bound_violation, bound_at : the same for the bounds of a column.
    objective : value of the plan in the minimisation, offset included. [USD million]
    dual_bound : no plan can cost less than this; -inf when the prices bound nothing. [USD million]
    absolute_gap : |objective - dual_bound|. [USD million]
    relative_gap : absolute_gap / (1 + |objective without its offset|). [-]
    complementarity, complementarity_at : largest |price| x distance from the limit that it prices. [USD million]
    dropped_dual, dropped_dual_at : largest row price that presses on a limit which does not exist; counted as zero.
    unbounded_at : first column whose reduced cost presses on an infinite bound; "" when the bound is finite.
    whole_numbers_held : how many columns are whole numbers, held at the plan's; the bound is for plans with the same.
    """

    row_violation: float
    row_at: str
    bound_violation: float
    bound_at: str
    objective: float
    dual_bound: float
    absolute_gap: float
    relative_gap: float
    complementarity: float
    complementarity_at: str
    dropped_dual: float
    dropped_dual_at: str
    unbounded_at: str
    whole_numbers_held: int


@dataclass(frozen=True)
class _Side:
    """Values between limits, with prices on those limits: the rows, or the columns, of a programme."""

    names: tuple[str, ...]
    values: ExactArray
    lower: FloatArray
    upper: FloatArray

    def violation(self) -> tuple[float, str]:
        """Furthest step outside the limits."""
        below = ExactArray.of(self.lower).minus(self.values).where(np.isfinite(self.lower))
        above = self.values.minus(ExactArray.of(self.upper)).where(np.isfinite(self.upper))
        worst = max(below.largest(), above.largest())
        return self._named(worst)

    def priced_limits(self, prices: ExactArray) -> tuple[ExactArray, NDArray[np.bool_]]:
        """The limit that each price presses on, and whether it exists (a price of zero needs none)."""
        sign = prices.sign()
        limit = np.where(sign > 0, self.lower, np.where(sign < 0, self.upper, 0.0))
        return ExactArray.of(limit), np.isfinite(limit)

    def complementarity(self, prices: ExactArray) -> tuple[Fraction, int]:
        """Largest |price| x distance between a value and the limit that its price presses on."""
        limits, exists = self.priced_limits(prices)
        return prices.times(self.values.minus(limits)).where(exists).magnitude().largest()

    def _named(self, worst: tuple[Fraction, int]) -> tuple[float, str]:
        amount, position = worst
        return (rounded_up(amount), self.names[position]) if amount > 0 else (0.0, "")


def exact_check(proof: Proof) -> ExactCheck:
    """Check a proof in exact rational arithmetic.

    Returns
    -------
    The plan's violations, its value, and a bound that no plan can beat whatever the prices are: prices of the wrong
    sign for a one-sided row count as zero, and rounding noise in the reduced costs is charged at the column's bound.
    Whole numbers are fixed at the plan's: the bound then holds for every plan with the same whole numbers.

    Raises
    ------
    ProofError : a number is not finite where it must be, or the arrays do not fit together; the message names it.

    Notes
    -----
    For any y: cost x >= sum_i y_i b_i + sum_j (cost - A^T y)_j u_j, where b_i and u_j are the limits that the signs of
    y_i and of the reduced cost select. A. Neumaier and O. Shcherbina, "Safe bounds in linear and mixed-integer
    programming", Math. Program. 99 (2004).
    """
    _require_sound(proof)
    matrices = proof.matrices.fixed_at(proof.x)
    x, cost, entries = ExactArray.of(proof.x), ExactArray.of(matrices.cost), ExactArray.of(matrices.a.data)
    rows = _Side(matrices.row_names, _row_activity(matrices.a, entries, x), matrices.row_lower, matrices.row_upper)
    columns = _Side(matrices.col_names, x, matrices.col_lower, matrices.col_upper)

    prices, dropped = _clipped_prices(rows, ExactArray.of(proof.row_dual))
    reduced = cost.minus(entries.times(prices.take(matrices.a.indices)).group_sums(matrices.a.indptr))
    row_limits, _ = rows.priced_limits(prices)
    column_limits, bounded = columns.priced_limits(reduced)
    bound = prices.times(row_limits).total() + reduced.times(column_limits).total()
    value, offset = cost.times(x).total(), Fraction(matrices.offset)
    gap = abs(value - bound)
    residual = max(
        (*rows.complementarity(prices), rows.names), (*columns.complementarity(reduced), columns.names), key=_amount
    )
    proved = bool(bounded.all())
    return ExactCheck(
        *rows.violation(),
        *columns.violation(),
        objective=float(value + offset),
        dual_bound=-rounded_up(-(bound + offset)) if proved else -math.inf,
        absolute_gap=rounded_up(gap) if proved else math.inf,
        relative_gap=rounded_up(gap / (1 + abs(value))) if proved else math.inf,
        complementarity=rounded_up(residual[0]),
        complementarity_at=residual[2][residual[1]] if residual[0] > 0 else "",
        dropped_dual=dropped[0],
        dropped_dual_at=dropped[1],
        unbounded_at="" if proved else columns.names[int(np.argmin(bounded))],
        whole_numbers_held=int(matrices.integer.sum()),
    )


def _amount(item: tuple[Fraction, int, tuple[str, ...]]) -> Fraction:
    return item[0]


def _row_activity(a: sp.csc_matrix, entries: ExactArray, x: ExactArray) -> ExactArray:
    """A x, exactly. [unit of each row]"""
    by_row = sp.csc_matrix((np.arange(a.nnz), a.indices, a.indptr), shape=a.shape).tocsr()
    return entries.take(by_row.data).times(x.take(by_row.indices)).group_sums(by_row.indptr)


def _clipped_prices(rows: _Side, prices: ExactArray) -> tuple[ExactArray, tuple[float, str]]:
    """Row prices without those that press on a missing limit, and the largest one so dropped."""
    _, exists = rows.priced_limits(prices)
    amount, position = prices.where(~exists).magnitude().largest()
    dropped = (rounded_up(amount), rows.names[position]) if amount > 0 else (0.0, "")
    return prices.where(exists), dropped


def _require_sound(proof: Proof) -> None:
    """Refuse arrays that do not fit together, and numbers that would make any statement about them empty."""
    matrices = proof.matrices
    rows, columns = len(matrices.row_names), len(matrices.col_names)
    by_row = {"row_lower": matrices.row_lower, "row_upper": matrices.row_upper, "row_dual": proof.row_dual}
    by_column = {"cost": matrices.cost, "x": proof.x, "col_lower": matrices.col_lower, "col_upper": matrices.col_upper}
    for size, names, arrays in ((rows, matrices.row_names, by_row), (columns, matrices.col_names, by_column)):
        for label, values in arrays.items():
            if values.shape != (size,):
                raise ProofError(f"proof: {label} has shape {values.shape}, expected ({size},)")
            no_limit = {"lower": -np.inf, "upper": np.inf}.get(label[-5:])
            unsound = ~np.isfinite(values) & (values != no_limit)
            if unsound.any():
                position = int(np.argmax(unsound))
                raise ProofError(f"proof: {label} of '{names[position]}' is {values[position]}, expected a number")
    if matrices.a.shape != (rows, columns):
        raise ProofError(f"proof: the matrix has shape {matrices.a.shape}, expected ({rows}, {columns})")
    if not np.isfinite(matrices.a.data).all():
        column = int(np.searchsorted(matrices.a.indptr, np.argmin(np.isfinite(matrices.a.data)), side="right")) - 1
        raise ProofError(f"proof: a matrix entry of column '{matrices.col_names[column]}' is not a finite number")
    if matrices.integer.shape != (columns,):
        raise ProofError(f"proof: integer has shape {matrices.integer.shape}, expected ({columns},)")
    if not math.isfinite(matrices.offset):
        raise ProofError(f"proof: the objective offset is {matrices.offset}, expected a number")


def save_proof(proof: Proof, path: Path) -> None:
    """Write a proof as a numpy archive; equal proofs give equal bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in _to_arrays(proof).items():
            buffer = BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=ZIP_EPOCH)
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, ZIP_LEVEL)


def load_proof(path: Path) -> Proof:
    """Read a proof written by `save_proof`.

    Raises
    ------
    ProofError : the file is missing, damaged, or not such an archive.
    """
    try:
        # numpy leaves a file that it cannot read open when it opened it itself.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return _from_arrays({name: archive[name] for name in archive.files})
    except FileNotFoundError as missing:
        raise ProofError(f"{path.name}: no such file") from missing
    except KeyError as missing:
        raise ProofError(f"{path.name}: no array named {missing}") from missing
    # numpy, zipfile and zlib report damage by a dozen unrelated classes; all of them mean the same here.
    except (OSError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as damage:
        raise ProofError(f"{path.name}: damaged, or not a stored proof ({damage})") from damage


def _to_arrays(proof: Proof) -> dict[str, NDArray[np.generic]]:
    matrices, tree = proof.matrices, proof.tree
    added = {WORST_SHARES: proof.worst_shares, SCENARIO_MONTHS: proof.scenario_months}
    grown = {} if tree is None else {f"{TREE}{part.name}": getattr(tree, part.name) for part in fields(tree)}
    return {
        "cost": matrices.cost,
        "row_lower": matrices.row_lower,
        "row_upper": matrices.row_upper,
        "col_lower": matrices.col_lower,
        "col_upper": matrices.col_upper,
        "integer": matrices.integer,
        "a_data": matrices.a.data,
        "a_indices": matrices.a.indices.astype(np.int32),
        "a_indptr": matrices.a.indptr.astype(np.int32),
        "row_names": _names_to_bytes(matrices.row_names),
        "col_names": _names_to_bytes(matrices.col_names),
        "offset": np.array([matrices.offset]),
        "x": proof.x,
        "row_dual": proof.row_dual,
        **grown,
        **{name: rows for name, rows in added.items() if rows is not None},
    }


def _from_arrays(stored: dict[str, NDArray[np.generic]]) -> Proof:
    def numbers(name: str) -> FloatArray:
        if stored[name].dtype != np.float64:
            raise ValueError(f"{name} holds {stored[name].dtype}, expected float64")
        return stored[name].astype(np.float64, copy=False)

    row_names, col_names = _names_from_bytes(stored["row_names"]), _names_from_bytes(stored["col_names"])
    parts = (numbers("a_data"), stored["a_indices"], stored["a_indptr"])
    a = sp.csc_matrix(parts, shape=(len(row_names), len(col_names)))
    a.check_format(full_check=True)
    if stored["integer"].dtype != np.bool_:
        raise ValueError(f"integer holds {stored['integer'].dtype}, expected bool")
    matrices = Matrices(
        cost=numbers("cost"),
        a=a,
        row_lower=numbers("row_lower"),
        row_upper=numbers("row_upper"),
        col_lower=numbers("col_lower"),
        col_upper=numbers("col_upper"),
        row_names=row_names,
        col_names=col_names,
        offset=float(numbers("offset")[0]),
        integer=stored["integer"].astype(np.bool_),
    )
    tree = None
    if any(name.startswith(TREE) for name in stored):
        column, child = stored[f"{TREE}column"], stored[f"{TREE}child"]
        if column.dtype != np.int32 or child.dtype != np.int32:
            raise ValueError(f"{TREE}column and {TREE}child hold {column.dtype} and {child.dtype}, expected int32")
        tree = Tree(column.astype(np.int32), numbers(f"{TREE}at"), child.astype(np.int32), numbers(f"{TREE}row_dual"))
    shares, months = (numbers(name) if name in stored else None for name in (WORST_SHARES, SCENARIO_MONTHS))
    return Proof(matrices, numbers("x"), numbers("row_dual"), tree, shares, months)


def _names_to_bytes(names: tuple[str, ...]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(names).encode(), dtype=np.uint8)


def _names_from_bytes(stored: NDArray[np.generic]) -> tuple[str, ...]:
    return tuple(str(name) for name in json.loads(stored.tobytes()))
