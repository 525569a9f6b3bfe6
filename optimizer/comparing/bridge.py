"""From one plan's net present value to another's, one part of the inputs after another.

Every step plans a portfolio between the two on the one path that all commands take, so what a part is worth includes
what the plan makes of it. The parts do not add up in any other order; the order is that of `DRIVERS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from optimizer.comparing.drivers import Inputs, changed_drivers
from optimizer.comparing.folders import StoredPlan
from optimizer.errors import InfeasiblePlanError, PinError
from optimizer.pins import Pin
from optimizer.planning import Progress, plan
from optimizer.version import VERSION
from sites.findings import Finding, PortfolioError
from sites.portfolio import Portfolio

REST = "program and search"
# Below half a cent a difference is rounding: another processor adds in another order.
_CENT = 0.005


@dataclass(frozen=True)
class Step:
    """One step. npv_usd : after it. change_usd : what it brings. note : why parts are taken together. [USD]"""

    driver: str
    npv_usd: float
    change_usd: float
    note: str = ""


@dataclass(frozen=True)
class _Solved:
    """The net present value once these drivers are exchanged. [USD]"""

    drivers: tuple[str, ...]
    npv_usd: float
    note: str


class Planner:
    """Plans portfolios as the base was planned; the base itself once for all bridges that begin with it."""

    def __init__(self, base: StoredPlan, progress: Progress | None) -> None:
        self.base, self.progress = base, progress
        self._again: list[float | None] = []

    def npv_usd(self, portfolio: Portfolio, pins: Sequence[Pin], words: str) -> float:
        """Net present value of the best plan. [USD]

        Raises
        ------
        PinError, InfeasiblePlanError, SolverError, CertificateError : as from `optimizer.plan`.
        """
        told = None if self.progress is None else self._told(words, self.progress)
        found = plan(
            portfolio, pins=pins, gap=self.base.gap, time_limit=self.base.time_limit, full=False, progress=told
        )
        return float(found.summary["npv_usd"])

    def base_again(self) -> float | None:
        """What the base's inputs give here and now; None where they give no plan. [USD]"""
        if not self._again:
            try:
                words = f"{self.base.label} again"
                self._again.append(self.npv_usd(self.base.portfolio, self.base.pins, words))
            except (PinError, InfeasiblePlanError):
                self._again.append(None)
        return self._again[0]

    @staticmethod
    def _told(words: str, progress: Progress) -> Callable[[str], None]:
        return lambda stage: progress(f"{words}: {stage}")


def bridge(planner: Planner, other: StoredPlan) -> list[Step]:
    """The steps from the base to another plan; none where nothing that counts differs.

    The last step ends at the other's net present value as its folder has it, and the changes add up to the difference
    of the two: `math.fsum` of them is that very number.

    Raises
    ------
    SolverError, CertificateError : a portfolio between the two has no answer.
    """
    base = planner.base
    changed = changed_drivers(Inputs.of(base.portfolio, base.pins), Inputs.of(other.portfolio, other.pins))
    again = planner.base_again() if changed else None
    start = base.npv_usd if again is None or abs(again - base.npv_usd) <= _CENT else again
    solved, pending, reasons = _solved(planner, other, [(driver.name, inputs) for driver, inputs in changed])
    if solved and not pending and abs(solved[-1].npv_usd - other.npv_usd) <= _CENT and start == base.npv_usd:
        solved[-1] = _Solved(solved[-1].drivers, other.npv_usd, solved[-1].note)
    levels = [base.npv_usd, *(base.npv_usd + (step.npv_usd - start) for step in solved)]
    if start == base.npv_usd:
        levels = [base.npv_usd, *(step.npv_usd for step in solved)]
    names = [" + ".join(step.drivers) for step in solved]
    notes = [step.note for step in solved]
    if changed and again is None:
        unplanned = f"the inputs of {base.label} give no plan here and now; the steps begin with what its folder says"
        notes[:1] = ["; ".join(filter(None, [unplanned, *notes[:1]]))]
    if pending or levels[-1] != other.npv_usd:
        names.append(" + ".join([*pending, REST]))
        notes.append("; ".join([*reasons, _rest_words(base, other, again, solved)]))
        levels.append(other.npv_usd)
    changes = exact_changes(levels)
    if len(changes) > len(names):
        names.append(REST)
        notes.append("the last digits, which rounding to floating-point numbers leaves over")
        levels.append(other.npv_usd)
    return [Step(*entry) for entry in zip(names, levels[1:], changes, notes, strict=True)]


def _solved(
    planner: Planner, other: StoredPlan, changed: Sequence[tuple[str, Inputs]]
) -> tuple[list[_Solved], list[str], list[str]]:
    """What can be planned; then the drivers at the end that could not, and why not."""
    found: list[_Solved] = []
    pending: list[str] = []
    reasons: list[str] = []
    for number, (name, inputs) in enumerate(changed, start=1):
        pending.append(name)
        words, after = f"{other.label}, step {number} of {len(changed)}, {name}", " + ".join(pending)
        try:
            # The last of them are the other's own inputs.
            portfolio = other.portfolio if number == len(changed) else inputs.portfolio()
            npv_usd = planner.npv_usd(portfolio, inputs.pins, words)
        except PortfolioError as error:
            fault = next(finding for finding in error.findings if finding.severity == "error")
            reasons.append(f"with {after} alone the portfolio does not hold together: {_told(fault)}")
        except PinError as error:
            reasons.append(f"with {after} alone a decision cannot be forced: {error.faults[0]}")
        except InfeasiblePlanError as error:
            reasons.append(f"with {after} alone no plan keeps these limits together: {', '.join(error.clashes)}")
        else:
            found.append(_Solved(tuple(pending), npv_usd, "; ".join(reasons)))
            pending, reasons = [], []
    return found, pending, reasons


def _told(fault: Finding) -> str:
    """A finding without the file, which is none."""
    return str(fault).removeprefix(f"{fault.file}: ")


def exact_changes(levels: Sequence[float]) -> list[float]:
    """The differences of neighbours, whose `math.fsum` is the difference of the last and the first to the last bit.

    Differences of floats are rounded, and their sum may miss the whole by a few of its last bits. The smallest one that
    can carry these does; where none can, one more number is given that does.
    """
    if len(levels) < 2:
        return []
    changes = [after - before for before, after in pairwise(levels)]
    whole = levels[-1] - levels[0]
    if math.fsum(changes) == whole:
        return changes
    for place in sorted((n for n, change in enumerate(changes) if change), key=lambda n: abs(changes[n])):
        others = [-change for n, change in enumerate(changes) if n != place]
        carried = [*changes[:place], math.fsum([whole, *others]), *changes[place + 1 :]]
        if math.fsum(carried) == whole:
            return carried
    return [*changes, math.fsum([whole, *(-change for change in changes)])]


def _rest_words(base: StoredPlan, other: StoredPlan, again: float | None, solved: Sequence[_Solved]) -> str:
    """Why planning the inputs again gives other values than the folders have."""
    words = []
    if again is not None and abs(again - base.npv_usd) > _CENT:
        words.append(f"planned again, the inputs of {base.label} give USD {again:,.2f} in place of {base.npv_usd:,.2f}")
    if solved and abs(solved[-1].npv_usd - other.npv_usd) > _CENT:
        words.append(
            f"planned again, the inputs of {other.label} give USD {solved[-1].npv_usd:,.2f} "
            f"in place of {other.npv_usd:,.2f}"
        )
    for stored in (base, other):
        if stored.summary["status"] != "optimal":
            words.append(f"the search of {stored.label} was stopped before its gap was reached")
        if stored.program != f"wattsplit {VERSION}":
            words.append(f"{stored.label} was made by {stored.program or 'an unknown version'}, this is {VERSION}")
    if (base.gap, base.time_limit) != (other.gap, other.time_limit):
        words.append(f"{other.label} was searched with other options; here those of {base.label} hold")
    return "; ".join(words) or "equal inputs, yet another value: the plans were made by other programs or searches"
