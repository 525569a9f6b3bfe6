"""A plan made again from its own folder, to see that it is what its inputs give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from optimizer.errors import OptimizerError
from optimizer.planning import Progress, plan
from optimizer.proving.audit import INPUTS, MANIFEST, SUMMARY, file_checks, read_json, stated_pins
from optimizer.results import Plan
from sites.load import load_portfolio
from sites.origin import with_origin


class RerunError(OptimizerError):
    """A folder does not hold what a plan is made again from; says what is missing or changed."""

    exit_code = 2


def plan_again(folder: Path, *, progress: Progress | None = None) -> Plan:
    """The plan that the inputs in a plan's folder give, with the pins, gap and time limit of the plan that is there.

    Raises
    ------
    RerunError : the folder holds no whole plan, or a file in it is not the one that was written.
    PortfolioError, OptimizerError : as `plan`.
    """
    damage = [check.where for check in file_checks(folder) if not check.passed]
    if damage:
        raise RerunError(f"{folder}: {'; '.join(damage)}")
    manifest, summary = read_json(folder / MANIFEST), read_json(folder / SUMMARY)
    try:
        request: dict[str, Any] = manifest["request"]
        portfolio = with_origin(load_portfolio(folder / INPUTS), manifest["origin"])
        gap, limit = float(request["gap"]), request["time_limit"]
    except (KeyError, TypeError, ValueError):
        raise RerunError(
            f"{folder}: its manifest does not say how the plan was asked for; plan {INPUTS}/ anew"
        ) from None
    again = plan(portfolio, pins=stated_pins(summary), gap=gap, time_limit=limit, progress=progress)
    # What the first run was read from may be gone; its digests are part of what is told.
    return replace(again, manifest={**again.manifest, "inputs": manifest["inputs"]})
