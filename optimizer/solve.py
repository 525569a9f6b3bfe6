"""The solver: HiGHS, called directly, always with a minimisation.

One `Highs` object serves one session; nothing is shared between sessions, so sessions may run in
several threads or processes at once. The verdict is optimal or an exception, never a value in between.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from functools import cache

import highspy
import numpy as np

from optimizer.errors import InfeasiblePlanError, SolverError
from optimizer.horizon import FloatArray, IntArray
from optimizer.matrices import Matrices

OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    # A column worth less than the tolerance stays where it is. At the solver's default of 1e-7, ten cents per MW, that
    # showed in the cents of a plan. Costs are scaled by 2^10 inside the solver, which gives up at closer tolerances;
    # values and prices come back unscaled. Neither costs measurable time.
    "dual_feasibility_tolerance": 1e-8,
    "user_objective_scale": 10,
}

# A column or row counts as priced when its reduced cost or dual is at least this far from zero.
# Prices are USD million per MW: 1e-9 is a tenth of a cent per kW over the whole horizon.
PRICED = 1e-9

INTERRUPT_POLL_S = 0.1


class InfeasibleError(InfeasiblePlanError):
    """The solver proved that no plan exists; the clashes are not worked out yet."""

    def __init__(self) -> None:
        """Say so without naming limits."""
        super().__init__(("the limits cannot all hold",))


@dataclass(frozen=True)
class LpSolution:
    """An optimal solution of a minimisation.

    x : columns. [MW]
    row_dual : change of the optimum per unit of each row's binding side. [USD million per unit]
    col_dual : reduced costs. [USD million per MW]
    iterations : simplex iterations of this solve.
    basis : where a later solve of the same session can begin.
    """

    objective: float
    x: FloatArray
    row_dual: FloatArray
    col_dual: FloatArray
    iterations: int
    basis: highspy.HighsBasis = field(repr=False, compare=False)


def check(status: highspy.HighsStatus, what: str) -> None:
    """Raise unless HiGHS took an instruction without reservation; a warning means it changed the model."""
    if status != highspy.HighsStatus.kOk:
        raise SolverError(f"HiGHS did not accept {what}: {status}")


def new_highs() -> highspy.Highs:
    """A solver with this project's options."""
    highs = highspy.Highs()
    for option, setting in OPTIONS.items():
        check(highs.setOptionValue(option, setting), f"the option {option}")
    return highs


def stop_on_request(highs: highspy.Highs) -> threading.Event:
    """An event that makes the solver stop when it is set."""
    stop = threading.Event()

    def interrupt(event: highspy.HighsCallbackEvent) -> None:
        if stop.is_set():
            event.interrupt()

    for callback in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt):
        callback.subscribe(interrupt)
    return stop


def load(highs: highspy.Highs, matrices: Matrices) -> None:
    """Hand a programme to a solver."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrices.cost.size, matrices.row_lower.size
    lp.col_cost_ = matrices.cost
    lp.col_lower_, lp.col_upper_ = matrices.col_lower, matrices.col_upper
    lp.row_lower_, lp.row_upper_ = matrices.row_lower, matrices.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = matrices.a.indptr
    lp.a_matrix_.index_ = matrices.a.indices
    lp.a_matrix_.value_ = matrices.a.data
    lp.offset_ = matrices.offset
    check(highs.passModel(lp), "the programme")


class Session:
    """One programme held warm: costs and bounds change, the last basis serves the next solve."""

    def __init__(self, matrices: Matrices) -> None:
        """Hand the programme to a solver of its own."""
        self.matrices = matrices
        self._columns = np.arange(matrices.cost.size, dtype=np.int32)
        self._highs = new_highs()
        self._stop = stop_on_request(self._highs)
        # The solver keeps itself alive through its callbacks; without this its memory would never come back.
        weakref.finalize(self, self._highs.disableCallbacks)
        load(self._highs, matrices)

    def set_costs(self, cost: FloatArray) -> None:
        """Replace all costs. [USD million per MW]"""
        check(self._highs.changeColsCost(cost.size, self._columns, cost), "new costs")

    def set_bounds(self, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of all columns. [MW]"""
        check(self._highs.changeColsBounds(lower.size, self._columns, lower, upper), "new bounds")

    def set_row_bounds(self, lower: FloatArray, upper: FloatArray) -> None:
        """Replace both sides of all rows."""
        rows: IntArray = np.arange(lower.size, dtype=np.int64)
        check(self._highs.changeRowsBounds(lower.size, rows.astype(np.int32), lower, upper), "new limits")

    def reset(self) -> None:
        """Back to the programme as it was given; the basis stays."""
        self.set_costs(self.matrices.cost)
        self.set_bounds(self.matrices.col_lower, self.matrices.col_upper)
        self.set_row_bounds(self.matrices.row_lower, self.matrices.row_upper)

    def minimise(self) -> LpSolution:
        """Solve to optimality from the last basis, if there is one.

        Raises
        ------
        InfeasibleError : proved that nothing satisfies all rows and bounds.
        SolverError : any other end.
        KeyboardInterrupt : after the solver was told to stop and did.
        """
        self._run()
        status = self._highs.getModelStatus()
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            raise InfeasibleError
        if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kModelEmpty):
            raise SolverError(f"HiGHS ended with status {self._highs.modelStatusToString(status)}")
        solution, info = self._highs.getSolution(), self._highs.getInfo()
        return LpSolution(
            objective=info.objective_function_value,
            x=np.array(solution.col_value, dtype=np.float64),
            row_dual=np.array(solution.row_dual, dtype=np.float64),
            col_dual=np.array(solution.col_dual, dtype=np.float64),
            iterations=info.simplex_iteration_count,
            basis=self._highs.getBasis(),
        )

    def start_from(self, solution: LpSolution) -> None:
        """Begin the next solve at the basis of an earlier solution."""
        check(self._highs.setBasis(solution.basis), "the basis")

    def restrict_to_optimal(self, solution: LpSolution) -> None:
        """Keep only the plans that are as good as this solution.

        By complementary slackness these are the plans in which every priced column stays at its
        bound and every priced row at its limit.
        """
        held = np.abs(solution.col_dual) > PRICED
        lp = self._highs.getLp()
        lower, upper = np.array(lp.col_lower_), np.array(lp.col_upper_)
        self.set_bounds(np.where(held, solution.x, lower), np.where(held, solution.x, upper))
        row_lower, row_upper = np.array(lp.row_lower_), np.array(lp.row_upper_)
        # Beyond a side that does not exist there is no price, only the solver's rounding.
        at_lower = (solution.row_dual > PRICED) & np.isfinite(row_lower)
        at_upper = (solution.row_dual < -PRICED) & np.isfinite(row_upper)
        self.set_row_bounds(np.where(at_upper, row_upper, row_lower), np.where(at_lower, row_lower, row_upper))

    def _run(self) -> None:
        """Solve in a thread of its own, so that Ctrl-C reaches this one and is passed on at once.

        highspy's own startSolve does the same but resets a scheduler that all solvers of the process share.
        """
        thread = threading.Thread(target=self._highs.run, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(INTERRUPT_POLL_S)
        except KeyboardInterrupt:
            self._stop.set()
            thread.join()
            self._stop.clear()
            raise


def solver_version() -> str:
    """Name and release of the solver."""
    return f"HiGHS {highspy.Highs().version()}"


@cache
def refuse_wrong_solver() -> None:
    """Solve three small models with known answers; some releases get them wrong and still say optimal.

    HiGHS 1.14.0 is known to cut off optima of tiny mixed-integer models (HiGHS issues 2957 and 3043).

    Raises
    ------
    SolverError : the installed release fails.
    """
    release = highspy.Highs().version()
    if release.startswith("1.14."):
        raise SolverError(f"HiGHS {release} is known to return wrong optima; install highspy 1.15.1 or later")
    for costs, rows, limits, integer, expected in SELF_TEST:
        answer = _small_maximum(costs, rows, limits, integer)
        if abs(answer - expected) > 1e-6 * max(1.0, abs(expected)):
            raise SolverError(f"HiGHS {release} answers {answer} where {expected} is right; install another release")


# maximise costs @ x, rows @ x <= limits, 0 <= x: worked by hand.
SELF_TEST: tuple[tuple[list[float], list[list[float]], list[float], bool, float], ...] = (
    # Two kinds of use share 100 MW and 60 MW: the dearer fills its 60, the other the remaining 40.
    ([90.0, 40.0], [[1.0, 1.0], [1.0, 0.0]], [100.0, 60.0], False, 7000.0),
    # Knapsack: 5 a + 4 b <= 24 and a + 2 b <= 6 meet at (3, 1.5), worth 21 for the fraction ...
    ([5.0, 4.0], [[6.0, 4.0], [1.0, 2.0]], [24.0, 6.0], False, 21.0),
    # ... and 20 in whole blocks, at (4, 0).
    ([5.0, 4.0], [[6.0, 4.0], [1.0, 2.0]], [24.0, 6.0], True, 20.0),
)


def _small_maximum(costs: list[float], rows: list[list[float]], limits: list[float], integer: bool) -> float:
    highs = new_highs()
    for cost in costs:
        highs.addVar(0.0, 1000.0)
        highs.changeColCost(highs.getNumCol() - 1, -cost)
        if integer:
            highs.changeColIntegrality(highs.getNumCol() - 1, highspy.HighsVarType.kInteger)
    for row, limit in zip(rows, limits, strict=True):
        highs.addRow(-highspy.kHighsInf, limit, len(row), np.arange(len(row), dtype=np.int32), np.array(row))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return float("nan")
    return -float(highs.getInfo().objective_function_value)
