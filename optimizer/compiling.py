"""From a portfolio to its programme as matrices."""

from __future__ import annotations

from collections.abc import Sequence

from pyomo.common.gc_manager import PauseGC

from optimizer.formulation import build_model
from optimizer.matrices import Matrices, compile_model
from optimizer.naming import member_names
from optimizer.parameters import Parameters, build_parameters
from optimizer.pins import Pin
from sites.portfolio import Portfolio


def compile_portfolio(portfolio: Portfolio, pins: Sequence[Pin] = ()) -> tuple[Parameters, Matrices]:
    """The programme of a portfolio: its parameters and its matrices."""
    parameters = build_parameters(portfolio, pins)
    return parameters, compile_parameters(parameters)


def compile_parameters(p: Parameters) -> Matrices:
    """Build the model and compile it. Millions of small objects are made and dropped: no collection meanwhile."""
    with PauseGC():
        return compile_model(build_model(p), lambda family, index: member_names(p, family, index))
