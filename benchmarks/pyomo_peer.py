"""Our Pyomo model solved through Pyomo's own HiGHS interface instead of our matrices."""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
from pyomo.contrib.solver.common.factory import SolverFactory

from benchmarks.measure import Answer, Clock
from optimizer.formulation import build_model
from optimizer.highs import OPTIONS
from optimizer.parameters import build_parameters
from sites.portfolio import Portfolio


def solve(given: dict[str, Any], clock: Clock) -> Answer:
    """Solve the portfolio given by its tables; the solution ends up in the model's variables."""
    with clock.stage("parameters"):
        p = build_parameters(Portfolio.from_tables(given))
    with clock.stage("build"):
        model = build_model(p)
    with clock.stage("solve"):
        solver = SolverFactory("highs")
        solver.solve(model, solver_options=dict(OPTIONS), load_solutions=True)
    highs = solver._solver_model  # the interface has no public way to the size of what it solved
    return Answer(float(pyo.value(model.npv)), highs.getNumRow(), highs.getNumCol(), highs.getNumNz())
