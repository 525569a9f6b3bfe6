"""Stored plans compared: the first is the base, every other is told against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import pandas as pd

from optimizer.comparing.bridge import Planner, bridge
from optimizer.comparing.decisions import COLUMNS as DECISION_COLUMNS
from optimizer.comparing.decisions import decision_rows
from optimizer.comparing.drivers import DRIVERS, Inputs
from optimizer.comparing.folders import StoredPlan, read_plans
from optimizer.comparing.inputs import input_changes
from optimizer.planning import Progress

SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "plans": (
        "plan",
        "name",
        "start",
        "months",
        "status",
        "certified",
        "npv_usd",
        "npv_change_usd",
        "capex_usd",
        "capex_change_usd",
        "mining_only_usd",
        "mining_only_change_usd",
        "peak_ai_mw",
        "peak_ai_change_mw",
        "first_year_eh_s",
        "first_year_change_eh_s",
        "cvar_weight",
        "program",
        "solver",
        "created",
    ),
    "inputs": ("plan", "table", "record", "column", "kind", "before", "after"),
    "decisions": ("plan", *DECISION_COLUMNS),
    "bridge": ("plan", "step", "driver", "npv_usd", "change_usd", "note"),
}


@dataclass(frozen=True)
class Comparison:
    """Plans side by side.

    plans : one row per plan, the base first: horizon, status, and headline figures with their difference to the base.
        [USD], [MW critical], [EH/s]; the NPV of mining only is NaN where it cannot keep the limits.
    inputs : one row per input that differs from the base's; before and after are numbers or words, "" where there is
        nothing. A record that only one of them has is one row without a column.
    decisions : starts, mean MW by use, site and calendar year, and capital, each in the base and in the plan; also
        those that are the same.
    bridge : from the base's NPV to the plan's, one driver after another; no row where nothing that counts differs, and
        none at all where no bridge was asked for. Of every plan `math.fsum` of the changes is its npv_change_usd. [USD]
    bridged : whether a bridge was asked for.
    order : the drivers of a bridge in the order in which they are exchanged, each with what belongs to it.
    """

    plans: pd.DataFrame
    inputs: pd.DataFrame
    decisions: pd.DataFrame
    bridge: pd.DataFrame
    bridged: bool
    order: tuple[tuple[str, str], ...]

    @property
    def base(self) -> str:
        """The label of the plan that the others are compared with."""
        return str(self.plans["plan"].iloc[0])

    @property
    def others(self) -> tuple[str, ...]:
        """The labels of the plans that are compared with it."""
        return tuple(self.plans["plan"].iloc[1:])


def compare(folders: Sequence[Path | str], *, with_bridge: bool = True, progress: Progress | None = None) -> Comparison:
    """Compare plans that `wattsplit plan` wrote with the first of them.

    folders : two to eight of them, the base first.
    with_bridge : also take the difference in value apart, for which portfolios between the plans are planned.
    progress : called with a few words before each stage.

    Raises
    ------
    CompareError : a folder holds no plan, or a file in it is not the one that was written; lists all that is wrong.
    SolverError, CertificateError : a portfolio between two plans has no answer.
    """
    if progress is not None:
        progress("reading the plans")
    base, *others = read_plans([Path(folder) for folder in folders])
    given = Inputs.of(base.portfolio, base.pins)
    planner = Planner(base, progress)
    steps = [
        (other.label, number, step.driver, step.npv_usd, step.change_usd, step.note)
        for other in (others if with_bridge else ())
        for number, step in enumerate(bridge(planner, other), start=1)
    ]
    inputs = [
        (other.label, *astuple(change))
        for other in others
        for change in input_changes(given, Inputs.of(other.portfolio, other.pins))
    ]
    decisions = [(other.label, *row) for other in others for row in decision_rows(base, other)]
    return Comparison(
        plans=pd.DataFrame([_plan_row(plan, base) for plan in (base, *others)], columns=list(SCHEMAS["plans"])),
        inputs=pd.DataFrame(inputs, columns=list(SCHEMAS["inputs"]), dtype=object),
        decisions=pd.DataFrame(decisions, columns=list(SCHEMAS["decisions"])),
        bridge=pd.DataFrame(steps, columns=list(SCHEMAS["bridge"])),
        bridged=with_bridge,
        order=tuple((driver.name, driver.content) for driver in DRIVERS),
    )


def _plan_row(plan: StoredPlan, base: StoredPlan) -> tuple[object, ...]:
    compared = (
        figure
        for own, first in zip(_headline(plan), _headline(base), strict=True)
        for figure in (own, own - first + 0.0)
    )
    summary = plan.summary
    return (
        *(plan.label, str(summary["name"]), str(summary["start"]), int(summary["months"]), str(summary["status"])),
        plan.certified,
        *compared,
        *(float(summary["cvar_weight"]), plan.program, plan.solver, plan.created),
    )


def _headline(plan: StoredPlan) -> tuple[float, float, float, float, float]:
    """NPV, capex and NPV of mining only [USD], peak AI [MW critical], hashrate of the first year [EH/s]."""
    summary = plan.summary
    alone, hashrate = summary["baselines"].get("mining_only"), summary["hashrate_eh_s"]
    return (
        plan.npv_usd,
        float(summary["capex_usd"]),
        float("nan") if alone is None else float(alone),
        float(summary["peak_ai_mw"]),
        float(hashrate[min(hashrate)]) if hashrate else 0.0,
    )
