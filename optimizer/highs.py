"""HiGHS as this project uses it: options, handing over a programme, a run that Ctrl-C can end, a test of releases."""

from __future__ import annotations

import threading
import weakref
from functools import cache

import highspy
import numpy as np

from optimizer.errors import InfeasiblePlanError, SolverError
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

INTERRUPT_POLL_S = 0.1

INFEASIBLE = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)


class InfeasibleError(InfeasiblePlanError):
    """The solver proved that no plan exists; the clashes are not worked out yet."""

    def __init__(self) -> None:
        """Say so without naming limits."""
        super().__init__(("the limits cannot all hold",))


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


def load(highs: highspy.Highs, matrices: Matrices, *, whole: bool = False) -> None:
    """Hand a programme to a solver; `whole` demands whole numbers where the programme has them."""
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
    if whole:
        kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
        lp.integrality_ = [kinds[is_integer] for is_integer in matrices.integer.astype(int).tolist()]
    check(highs.passModel(lp), "the programme")


class Interruptible:
    """A solver that runs in a thread of its own, so that Ctrl-C reaches the caller and is passed on at once.

    highspy's own startSolve does the same but resets a scheduler that all solvers of the process share.
    """

    def __init__(self, highs: highspy.Highs) -> None:
        """Take charge of a solver."""
        self.highs = highs
        self._stop = stop = threading.Event()

        def interrupt(event: highspy.HighsCallbackEvent) -> None:
            if stop.is_set():
                event.interrupt()

        for callback in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt):
            callback.subscribe(interrupt)
        # The solver keeps itself alive through its callbacks; without this its memory would never come back.
        weakref.finalize(self, highs.disableCallbacks)

    def run(self) -> None:
        """Solve.

        Raises
        ------
        KeyboardInterrupt : after the solver was told to stop and did.
        """
        # Not the thread's own join: in Python 3.11 one that is interrupted takes the thread for ended.
        ended = threading.Event()

        def solve() -> None:
            try:
                self.highs.run()
            finally:
                ended.set()

        thread = threading.Thread(target=solve, daemon=True)
        try:
            thread.start()
            while not ended.wait(INTERRUPT_POLL_S):
                pass
        except KeyboardInterrupt:
            self._stop.set()
            if thread.ident is not None:
                ended.wait()
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
