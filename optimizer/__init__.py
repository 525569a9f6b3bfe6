"""Decide: the optimal split of every site's megawatts between mining and AI hosting, proved and priced.

>>> from sites import load_portfolio
>>> from optimizer import plan
>>> plan(load_portfolio("my-portfolio")).summary["npv_usd"]  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.case_file import read_cases
    from optimizer.cases import Case
    from optimizer.comparing import CompareError, Comparison, compare
    from optimizer.deal_sheet import Deal, deal
    from optimizer.efficient_frontier import Frontier, frontier
    from optimizer.errors import (
        CapitalError,
        CertificateError,
        DealError,
        InfeasiblePlanError,
        OptimizerError,
        PinError,
        ScenarioError,
        SolverError,
    )
    from optimizer.judging.judging import Judgement, judge
    from optimizer.pins import Pin, parse_pin, parse_pins
    from optimizer.planning import plan
    from optimizer.ranges import RangeError
    from optimizer.replaying import Replay, replay
    from optimizer.results import Frames, Plan
    from optimizer.search import DEFAULT_GAP
    from optimizer.sensitivities import Sensitivity, sensitivity
    from optimizer.sweeping import Sweep, sweep
    from optimizer.waiting.waiting import Waiting, wait
    from optimizer.what_ifs import CaseResult, WhatIf, what_if

# The command line lives in this package and must answer `--help` at once, so the solver and pandas
# are imported only when a name that needs them is asked for.
_HOMES = {
    "compare": "optimizer.comparing",
    "CompareError": "optimizer.comparing",
    "Comparison": "optimizer.comparing",
    "CapitalError": "optimizer.errors",
    "DealError": "optimizer.errors",
    "deal": "optimizer.deal_sheet",
    "frontier": "optimizer.efficient_frontier",
    "Frontier": "optimizer.efficient_frontier",
    "judge": "optimizer.judging.judging",
    "Judgement": "optimizer.judging.judging",
    "ScenarioError": "optimizer.errors",
    "Deal": "optimizer.deal_sheet",
    "RangeError": "optimizer.ranges",
    "sensitivity": "optimizer.sensitivities",
    "Sensitivity": "optimizer.sensitivities",
    "replay": "optimizer.replaying",
    "Replay": "optimizer.replaying",
    "sweep": "optimizer.sweeping",
    "Sweep": "optimizer.sweeping",
    "wait": "optimizer.waiting.waiting",
    "Waiting": "optimizer.waiting.waiting",
    "what_if": "optimizer.what_ifs",
    "read_cases": "optimizer.case_file",
    "WhatIf": "optimizer.what_ifs",
    "CaseResult": "optimizer.what_ifs",
    "Case": "optimizer.cases",
    "DEFAULT_GAP": "optimizer.search",
    "Pin": "optimizer.pins",
    "PinError": "optimizer.errors",
    "parse_pin": "optimizer.pins",
    "parse_pins": "optimizer.pins",
    "plan": "optimizer.planning",
    "Plan": "optimizer.results",
    "Frames": "optimizer.results",
    "OptimizerError": "optimizer.errors",
    "InfeasiblePlanError": "optimizer.errors",
    "SolverError": "optimizer.errors",
    "CertificateError": "optimizer.errors",
}

__all__ = [
    "DEFAULT_GAP",
    "CapitalError",
    "Case",
    "CaseResult",
    "CertificateError",
    "CompareError",
    "Comparison",
    "Deal",
    "DealError",
    "Frames",
    "Frontier",
    "InfeasiblePlanError",
    "Judgement",
    "OptimizerError",
    "Pin",
    "PinError",
    "Plan",
    "RangeError",
    "Replay",
    "ScenarioError",
    "Sensitivity",
    "SolverError",
    "Sweep",
    "Waiting",
    "WhatIf",
    "compare",
    "deal",
    "frontier",
    "judge",
    "parse_pin",
    "parse_pins",
    "plan",
    "read_cases",
    "replay",
    "sensitivity",
    "sweep",
    "wait",
    "what_if",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'optimizer' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
