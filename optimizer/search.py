"""Branch and bound: the whole numbers of a programme with lumpy offers, and how sure they are.

HiGHS does the search. Its answer is used for the whole numbers only; sizes and prices come from the LP that is left
when they are fixed. An answer "infeasible" counts only when presolve on and presolve off agree on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from optimizer.errors import SolverError
from optimizer.highs import INFEASIBLE, InfeasibleError, Interruptible, check, load, new_highs
from optimizer.horizon import FloatArray
from optimizer.matrices import Matrices

# Largest relative distance between the plan and the best bound at which a search ends by default.
DEFAULT_GAP = 1e-6
# Where values of several searches are compared, each must be exact.
EXACT_GAP = 1e-9

SEARCH_OPTIONS: dict[str, float | int] = {
    # HiGHS 1.15 forgets the scale when it tells the best bound.
    "user_objective_scale": 0,
    # At the solver's default of 1e-6 a whole number may be so far off that the rounded one no longer fits.
    "mip_feasibility_tolerance": 1e-9,
    # A tenth of a cent: the relative gap decides.
    "mip_abs_gap": 1e-9,
}
# With accounts bounded by 1e6, HiGHS 1.15.1 has called a plan optimal that was far from it; with bounds of 1e4 never.
# Beyond them a search is made with presolve and without, and the better plan counts.
WIDE_BOUND = 1e4
PROGRESS_EVERY_S = 0.5

_ENDS = {
    highspy.HighsModelStatus.kOptimal: "",
    highspy.HighsModelStatus.kModelEmpty: "",
    highspy.HighsModelStatus.kTimeLimit: "time limit",
    highspy.HighsModelStatus.kInterrupt: "interrupted",
}


@dataclass(frozen=True)
class SearchResult:
    """The best whole numbers that a search has found.

    x : columns; only those that are whole numbers count. objective : their value. [USD million, minimised]
    bound : no plan can cost less. [USD million] gap : distance to it over the size of the objective. [-]
    asked_gap : the gap at which the search was to end. nodes : of the tree. seconds : the search took.
    stopped : "" if the gap was reached, else "time limit" or "interrupted".
    """

    x: FloatArray
    objective: float
    bound: float
    gap: float
    asked_gap: float
    nodes: int
    seconds: float
    stopped: str

    @property
    def proved(self) -> bool:
        """Whether the search ended by itself, within the gap."""
        return not self.stopped


class Search:
    """One programme with whole numbers; costs, bounds and coefficients of `highs` may be changed from outside.

    matrices : the programme as it stands, whose costs are back after every search.
    gap : relative gap at which a search ends. time_limit : of one search; None for none. [s]
    progress : told every half second how far a search is.
    """

    def __init__(self, matrices: Matrices) -> None:
        """Hand the programme to a solver of its own."""
        self.gap = DEFAULT_GAP
        self.time_limit: float | None = None
        self.progress: Callable[[str], None] | None = None
        self.matrices = matrices
        self._columns = np.arange(matrices.cost.size, dtype=np.int32)
        self._solver = Interruptible(new_highs())
        self.highs = self._solver.highs
        for option, setting in SEARCH_OPTIONS.items():
            check(self.highs.setOptionValue(option, setting), f"the option {option}")
        load(self.highs, matrices, whole=True)
        self._best: FloatArray | None = None
        self._told = 0.0
        self.highs.cbMipInterrupt.subscribe(self._tell)

    def of(self, matrices: Matrices) -> Search:
        """The search for another programme, at the same settings."""
        other = Search(matrices)
        other.gap, other.time_limit, other.progress = self.gap, self.time_limit, self.progress
        return other

    def minimise(self) -> SearchResult:
        """The best plan, or the best one found until the time limit or Ctrl-C.

        Raises
        ------
        InfeasibleError : nothing satisfies all rows and bounds, with presolve and without.
        SolverError : any other end without a plan. KeyboardInterrupt : Ctrl-C before there was a plan.
        """
        found = self._run(self.gap)
        if found is None or (found.proved and self._has_wide_bounds()):
            again = self._without_presolve()
            if found is None or (again is not None and again.objective < found.objective):
                found = again
        if found is None:
            raise InfeasibleError
        return found

    def _without_presolve(self) -> SearchResult | None:
        check(self.highs.setOptionValue("presolve", "off"), "presolve off")
        try:
            return self._run(self.gap)
        finally:
            check(self.highs.setOptionValue("presolve", "choose"), "presolve on")

    def _has_wide_bounds(self) -> bool:
        """Whether some account may be so far from zero that presolve has been seen to cut off the best plan."""
        free = self.matrices.col_upper > self.matrices.col_lower
        return bool((np.abs(self.matrices.col_upper[free]) > WIDE_BOUND).any())

    def minimise_in_turn(self, costs: Sequence[FloatArray]) -> SearchResult:
        """Minimise each objective over the plans that are best for those before it; the last one's result.

        The costs of the programme itself are back afterwards.
        """
        rows, asked = self.highs.getNumRow(), self.gap
        try:
            for stage, cost in enumerate(costs):
                last = stage == len(costs) - 1
                self.gap = asked if last else EXACT_GAP
                check(self.highs.changeColsCost(cost.size, self._columns, cost), "new costs")
                found = self.minimise()
                if not last:
                    self._keep(cost, float(cost @ found.x))
            return found
        finally:
            self.gap = asked
            added = np.arange(rows, self.highs.getNumRow(), dtype=np.int32)
            if added.size:
                check(self.highs.deleteRows(added.size, added), "rows taken away")
            cost = self.matrices.cost
            check(self.highs.changeColsCost(cost.size, self._columns, cost), "new costs")

    def _keep(self, cost: FloatArray, value: float) -> None:
        """Only plans of at most this cost from here on."""
        used = np.flatnonzero(cost).astype(np.int32)
        most = value + EXACT_GAP * (1.0 + abs(value))
        added = self.highs.addRow(-highspy.kHighsInf, most, used.size, used, cost[used])
        check(added, "a limit on an earlier objective")

    def _run(self, gap: float) -> SearchResult | None:
        """One search; None if it says that there is no plan."""
        highs, began = self.highs, time.perf_counter()
        check(highs.setOptionValue("mip_rel_gap", gap), "the gap")
        # HiGHS counts its time over all runs of one object.
        limit = highspy.kHighsInf if self.time_limit is None else highs.getRunTime() + self.time_limit
        check(highs.setOptionValue("time_limit", limit), "the time limit")
        if self._best is not None:
            start = highspy.HighsSolution()
            start.col_value = self._best
            highs.setSolution(start)
        self._began = began
        try:
            self._solver.run()
        except KeyboardInterrupt:
            if not self._has_plan():
                raise
        status = highs.getModelStatus()
        if status in INFEASIBLE:
            return None
        if status not in _ENDS or not self._has_plan():
            raise SolverError(f"HiGHS ended its search without a plan: {highs.modelStatusToString(status)}")
        info, x = highs.getInfo(), np.array(highs.getSolution().col_value, dtype=np.float64)
        self._best = x
        return SearchResult(
            x=x,
            objective=info.objective_function_value,
            bound=info.mip_dual_bound,
            gap=info.mip_gap,
            asked_gap=gap,
            nodes=info.mip_node_count,
            seconds=time.perf_counter() - began,
            stopped=_ENDS[status],
        )

    def _has_plan(self) -> bool:
        return bool(self.highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible)

    def _tell(self, event: highspy.HighsCallbackEvent) -> None:
        now = time.perf_counter()
        if self.progress is None or now - self._told < PROGRESS_EVERY_S:
            return
        self._told = now
        self.progress(_progress_text(event.data_out, now - self._began))


def _progress_text(state: highspy.cb.HighsCallbackOutput, seconds: float) -> str:
    if not np.isfinite(state.mip_primal_bound):
        return f"searching whole numbers: no plan yet, {seconds:.0f} s"
    best, bound = -state.mip_primal_bound, -state.mip_dual_bound
    told = f"searching whole numbers: NPV USD {best:,.3f} m found, at most {bound:,.3f} m"
    return f"{told}, gap {state.mip_gap:.4%}, {state.mip_node_count:,} nodes, {seconds:.0f} s"
