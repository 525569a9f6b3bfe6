"""Our own planning, stage by stage: what `optimizer.plan` does up to its tables."""

from __future__ import annotations

from typing import Any

from pyomo.common.gc_manager import PauseGC

from benchmarks.measure import Answer, Clock
from optimizer.formulation import build_model
from optimizer.lexicographic import best_plan
from optimizer.matrices import compile_model
from optimizer.merit_order import in_merit_order
from optimizer.naming import member_names
from optimizer.parameters import build_parameters
from optimizer.planning import make_frames
from optimizer.reservation import reservations
from optimizer.solve import Session
from sites.hourly import HourlyPrices
from sites.portfolio import Portfolio

# What a peer does too: from the tables to the optimum and its columns.
COMMON_STAGES = ("parameters", "build", "compile", "highs")

# What only we do: the rule among equal optima, and the tables of the plan.
OWN_STAGES = ("tie-break", "frames")

# All that is not the solver's work.
OVERHEAD_STAGES = ("parameters", "build", "compile", "frames")


def solve(given: dict[str, Any], clock: Clock, prices: dict[str, HourlyPrices] | None = None) -> Answer:
    """Plan the portfolio given by its tables, and by its hourly prices if it has any."""
    with clock.stage("parameters"):
        p = build_parameters(Portfolio.from_tables(given, prices=prices))
    with PauseGC():  # as `optimizer.compiling.compile_parameters` does
        with clock.stage("build"):
            model = build_model(p)
        with clock.stage("compile"):
            matrices = compile_model(model, lambda family, index: member_names(p, family, index))
    del model
    with clock.stage("highs"):
        session = Session(matrices)
        optimum = session.minimise()
    with clock.stage("tie-break"):
        solution = best_plan(session, p)
    with clock.stage("frames"):
        priced = reservations(session, p, solution)
        make_frames(p, matrices, {"plan": in_merit_order(p, matrices, solution)}, priced)
    rows, columns = matrices.a.shape
    return Answer(-optimum.objective, rows, columns, int(matrices.a.nnz))
