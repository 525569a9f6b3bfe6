"""The solver: HiGHS, called directly, always with a minimisation.

A programme with whole numbers is solved twice: optimizer/search.py finds the whole numbers by branch and bound, and
with these fixed the LP is solved again, so that every answer has prices.

One `Highs` object serves one session; nothing is shared between sessions, so sessions may run in
several threads or processes at once. The verdict is optimal or an exception, never a value in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np

from optimizer.errors import SolverError
from optimizer.highs import INFEASIBLE, InfeasibleError, Interruptible, check, load, new_highs
from optimizer.horizon import FloatArray
from optimizer.matrices import Matrices, Members
from optimizer.search import Search, SearchResult

# A column or row counts as priced when its reduced cost or dual is at least this far from zero.
# Prices are USD million per MW: 1e-9 is a tenth of a cent per kW over the whole horizon.
PRICED = 1e-9

# Given a programme and a plan, the rows that it should have but the plan breaks, as `Session.add_row` takes them.
BrokenRows = Callable[[Matrices, FloatArray], Sequence[tuple[FloatArray, float, float, str, Members]]]

# HiGHS numbers its simplex methods. From a basis that is still feasible, because only costs have changed, the primal
# one needs a few steps where the dual one needs hundreds; in every other case the dual one is the quicker.
DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4
# One that has not arrived after so many steps was not near, and may take thousands.
MOST_PRIMAL_STEPS = 100


@dataclass(frozen=True)
class LpSolution:
    """An optimal solution of a minimisation.

    x : columns. [MW]
    row_dual : change of the optimum per unit of each row's binding side. [USD million per unit]
    col_dual : reduced costs. [USD million per MW]
    iterations : simplex iterations of this solve.
    basis : where a later solve of the same session can begin.
    search : how the whole numbers were found; the duals are those of the LP with these numbers fixed. None in an LP.
    """

    objective: float
    x: FloatArray
    row_dual: FloatArray
    col_dual: FloatArray
    iterations: int
    basis: highspy.HighsBasis = field(repr=False, compare=False)
    search: SearchResult | None = None

    def for_rows(self, rows: int) -> LpSolution:
        """The same in a programme that has got more rows since, none of which it breaks."""
        more = rows - self.row_dual.size
        if more <= 0:
            return self
        basis = highspy.HighsBasis()
        basis.col_status = list(self.basis.col_status)
        basis.row_status = [*self.basis.row_status, *([highspy.HighsBasisStatus.kBasic] * more)]
        return replace(self, row_dual=np.append(self.row_dual, np.zeros(more)), basis=basis)


class Session:
    """One programme held warm: costs, bounds and coefficients change, the last basis serves the next solve."""

    def __init__(self, matrices: Matrices) -> None:
        """Hand the programme to a solver of its own.

        broken_rows, if it is set, is asked after every solve for rows to add.
        """
        self.matrices = matrices
        self._columns = np.arange(matrices.cost.size, dtype=np.int32)
        self._rows = np.arange(matrices.row_lower.size, dtype=np.int32)
        self._bounds = matrices.col_lower, matrices.col_upper
        self._row_bounds = matrices.row_lower, matrices.row_upper
        self._feasible = False
        self._held: SearchResult | None = None
        self.broken_rows: BrokenRows | None = None
        self._solver = Interruptible(new_highs())
        self._highs = self._solver.highs
        load(self._highs, matrices)
        self.search = Search(matrices) if matrices.integer.any() else None

    def set_costs(self, cost: FloatArray) -> None:
        """Replace all costs. [USD million per MW]"""
        for highs in self._all:
            check(highs.changeColsCost(cost.size, self._columns, cost), "new costs")

    def set_bounds(self, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of all columns. [MW]"""
        self._feasible = self._feasible and _same(self._bounds, (lower, upper))
        self._bounds = lower, upper
        for highs in self._all:
            check(highs.changeColsBounds(lower.size, self._columns, lower, upper), "new bounds")
        if self._held is not None:
            self._fix(self._held.x)

    def set_row_bounds(self, lower: FloatArray, upper: FloatArray) -> None:
        """Replace both sides of all rows."""
        self._feasible = self._feasible and _same(self._row_bounds, (lower, upper))
        self._row_bounds = lower, upper
        for highs in self._all:
            check(highs.changeRowsBounds(lower.size, self._rows, lower, upper), "new limits")

    def reset(self) -> None:
        """Back to the programme as it was given; the basis stays."""
        self.set_costs(self.matrices.cost)
        self.set_bounds(self.matrices.col_lower, self.matrices.col_upper)
        self.set_row_bounds(self.matrices.row_lower, self.matrices.row_upper)

    def patch(self, matrices: Matrices) -> None:
        """Make this the programme; it has the same rows and columns as the one before, and the basis stays."""
        before, self.matrices = self.matrices, matrices
        if not np.array_equal(before.a.indptr, matrices.a.indptr) or not np.array_equal(
            before.a.indices, matrices.a.indices
        ):
            basis, self._feasible = self._highs.getBasis(), False
            load(self._highs, matrices)
            check(self._highs.setBasis(basis), "the basis")
            self.search = self.search and self.search.of(matrices)
            return
        column = np.repeat(self._columns, np.diff(matrices.a.indptr))
        changed = np.flatnonzero(before.a.data != matrices.a.data).tolist()
        self._feasible = self._feasible and not changed
        for entry in changed:
            row, value = int(matrices.a.indices[entry]), float(matrices.a.data[entry])
            for highs in self._all:
                check(highs.changeCoeff(row, int(column[entry]), value), "a new coefficient")
        if self.search is not None:
            self.search.matrices = matrices
        for highs in self._all:
            check(highs.changeObjectiveOffset(matrices.offset), "a new constant")
        self.reset()

    def add_row(self, row: FloatArray, lower: float, upper: float, name: str, member: Members) -> None:
        """One more limit on the plan: lower <= row @ x <= upper; it belongs to the programme from now on.

        member : the family that the row belongs to, of which it is one.
        """
        used = np.flatnonzero(row).astype(np.int32)
        member = replace(member, first=self.matrices.row_lower.size)
        self.matrices = self.matrices.with_row(row, lower, upper, name, member)
        self._rows = np.arange(self.matrices.row_lower.size, dtype=np.int32)
        self._row_bounds = self.matrices.row_lower, self.matrices.row_upper
        self._feasible = False
        for highs in self._all:
            check(highs.addRow(lower, upper, used.size, used, row[used]), "one more row")
        if self.search is not None:
            self.search.matrices = self.matrices

    def relaxed(self) -> LpSolution:
        """Solve with the whole numbers free to be fractions. Raises as `minimise` does."""
        return self._settled_lp()

    def minimise(self) -> LpSolution:
        """Solve to optimality from the last basis, if there is one.

        Raises
        ------
        InfeasibleError : proved that nothing satisfies all rows and bounds.
        SolverError : any other end.
        KeyboardInterrupt : after the solver was told to stop and did; a search that has a plan ends with it instead.
        """
        if self.search is None or self._held is not None:
            return self._settled_lp()
        found = self.search.minimise()
        while self._add_broken_rows(found.x):
            found = self.search.minimise()
        with self.whole_numbers_fixed(found):
            return self._settled_lp()

    def decide(self, costs: Sequence[FloatArray]) -> SearchResult | None:
        """The whole numbers of the best plan when these objectives are minimised one after another; None in an LP.

        Raises
        ------
        As minimise does. The costs are those of the programme afterwards.
        """
        if self.search is None:
            return None
        found = self.search.minimise_in_turn(costs)
        while self._add_broken_rows(found.x):
            found = self.search.minimise_in_turn(costs)
        return found

    @contextmanager
    def whole_numbers_fixed(self, found: SearchResult | None) -> Iterator[None]:
        """Inside, the programme is the LP with the whole numbers that a search has found."""
        if found is None:
            yield
            return
        self._held = found
        self._fix(found.x)
        try:
            yield
        finally:
            self._held = None
            self.set_bounds(*self._bounds)

    @property
    def _all(self) -> tuple[highspy.Highs, ...]:
        return (self._highs,) if self.search is None else (self._highs, self.search.highs)

    def _fix(self, x: FloatArray) -> None:
        """Fix the whole numbers of the LP; those of the search stay free."""
        lower, upper = self._bounds
        whole, integer = np.round(x), self.matrices.integer
        self._feasible = False
        lower, upper = np.where(integer, whole, lower), np.where(integer, whole, upper)
        check(self._highs.changeColsBounds(lower.size, self._columns, lower, upper), "fixed whole numbers")

    def _settled_lp(self) -> LpSolution:
        """Solve until the plan keeps the rows too that are added only when they are broken."""
        solution = self._solve_lp()
        while self._add_broken_rows(solution.x):
            solution = self._solve_lp()
        return solution

    def _add_broken_rows(self, x: FloatArray) -> bool:
        rows = [] if self.broken_rows is None else self.broken_rows(self.matrices, x)
        for row in rows:
            self.add_row(*row)
        return bool(rows)

    def _solve_lp(self) -> LpSolution:
        status = self._run_simplex()
        if status in INFEASIBLE and self._held is not None:
            raise SolverError("the whole numbers that the search has found leave no plan")
        if status in INFEASIBLE:
            raise InfeasibleError
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty):
            raise SolverError(f"HiGHS ended with status {self._highs.modelStatusToString(status)}")
        self._feasible = True
        solution, info = self._highs.getSolution(), self._highs.getInfo()
        return LpSolution(
            objective=info.objective_function_value,
            x=np.array(solution.col_value, dtype=np.float64),
            row_dual=np.array(solution.row_dual, dtype=np.float64),
            col_dual=np.array(solution.col_dual, dtype=np.float64),
            iterations=info.simplex_iteration_count,
            basis=self._highs.getBasis(),
            search=self._held,
        )

    def _run_simplex(self) -> highspy.HighsModelStatus:
        """Solve by the method that suits the basis; what the primal one does not solve the dual one decides."""
        methods = {DUAL_SIMPLEX: highspy.kHighsIInf}
        if self._feasible:
            methods = {PRIMAL_SIMPLEX: MOST_PRIMAL_STEPS, **methods}
        for method, most_steps in methods.items():
            check(self._highs.setOptionValue("simplex_strategy", method), "the simplex method")
            check(self._highs.setOptionValue("simplex_iteration_limit", most_steps), "the most steps")
            self._solver.run()
            status: highspy.HighsModelStatus = self._highs.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                break
        return status

    def start_from(self, solution: LpSolution) -> None:
        """Begin the next solve at the basis of an earlier solution of the programme as it is now, but for its costs."""
        check(self._highs.setBasis(solution.for_rows(self.matrices.row_lower.size).basis), "the basis")
        self._feasible = True

    def start_like(self, other: Session) -> None:
        """Begin the next solve where another programme ended: rows and columns of the same name as they stand there."""
        basis = other._highs.getBasis()
        if not basis.valid:
            return
        started = highspy.HighsBasis()
        started.col_status = _by_name(
            self.matrices.col_names, other.matrices.col_names, basis.col_status, highspy.HighsBasisStatus.kLower
        )
        started.row_status = _by_name(
            self.matrices.row_names, other.matrices.row_names, basis.row_status, highspy.HighsBasisStatus.kBasic
        )
        check(self._highs.setBasis(started), "the basis")

    def restrict_to_optimal(self, solution: LpSolution) -> None:
        """Keep only the plans that are as good as this solution.

        By complementary slackness these are the plans in which every priced column stays at its
        bound and every priced row at its limit.
        """
        held = np.abs(solution.col_dual) > PRICED
        lp = self._highs.getLp()
        solution = solution.for_rows(self.matrices.row_lower.size)
        lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
        self.set_bounds(np.where(held, solution.x, lower), np.where(held, solution.x, upper))
        row_lower, row_upper = np.array(lp.row_lower_), np.array(lp.row_upper_)
        # Beyond a side that does not exist there is no price, only the solver's rounding.
        at_lower = (solution.row_dual > PRICED) & np.isfinite(row_lower)
        at_upper = (solution.row_dual < -PRICED) & np.isfinite(row_upper)
        self.set_row_bounds(np.where(at_upper, row_upper, row_lower), np.where(at_lower, row_lower, row_upper))
        self._feasible = True


def _by_name(names: Sequence[str], known: Sequence[str], held: Sequence[Any], otherwise: Any) -> list[Any]:
    """What is held for each name where it is known; else for the same thing in the nearest month before it, of which it
    may have been a part; else the same for all.
    """
    found = dict(zip(known, held, strict=True))
    new = {name.rpartition(",")[0] for name in names if name not in found}
    months: dict[str, list[str]] = {thing: [] for thing in new}
    for name in known:
        thing = name.rpartition(",")[0]
        if thing in new:
            months[thing].append(name)

    def nearest(name: str) -> Any:
        earlier = [other for other in months[name.rpartition(",")[0]] if other < name]
        return found[max(earlier)] if earlier else otherwise

    return [found[name] if name in found else nearest(name) for name in names]


def _same(before: tuple[FloatArray, FloatArray], after: tuple[FloatArray, FloatArray]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
