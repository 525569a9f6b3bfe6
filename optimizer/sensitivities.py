"""A tornado: what each driver does to the value of the portfolio, with the plan adapted to it and with the plan held.

The plan held fixed is the base plan met by a surprise: the same MW at the same starts, no fleet larger than planned.
The plan re-optimised is what would be decided if the change were known. The difference, never negative, is the value
of adapting: what it is worth to learn of the change in time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from optimizer.compiling import compile_portfolio
from optimizer.drivers import DriverRange, parse_ranges
from optimizer.errors import InfeasiblePlanError
from optimizer.infeasible import explain
from optimizer.outcome import TAKEN_MW, Outcome, outcome_of, solve_copy
from optimizer.pins import Pin
from optimizer.reservation import exact_search
from optimizer.warm import WarmModel
from sites.edits import edited
from sites.findings import Finding, PortfolioError
from sites.portfolio import Portfolio

ENDS = ("low", "high")
SEPARATOR = ";"
SWING_COLUMNS = (
    "driver",
    "end",
    "change",
    "npv_usd",
    "npv_change_usd",
    "held_npv_usd",
    "held_change_usd",
    "adapting_usd",
    "contracts_in",
    "contracts_out",
    "contracts_resized",
    "contracts_moved",
    "status",
    "held_status",
    "held_why",
)
# What is less than this share of the value is the rounding of two solves.
ROUNDING = 1e-9
CONTRACT_COLUMNS = ("driver", "end", "contract", "base_mw", "mw")


@dataclass(frozen=True)
class Sensitivity:
    """What each driver does.

    name : of the portfolio. base : the outcome of the portfolio as it stands.
    ranges : the drivers that move something, in the order of the list. still : those that move nothing here.
    swings : two rows per driver, its low and its high end: change (as typed), npv_usd with the plan re-optimised,
        held_npv_usd with the plan held fixed, both also as change against the base, adapting_usd (their difference),
        the contracts that come in, go out, change their MW, or keep them and go to other sites or months (joined by
        ";"), the status of both plans, and the limits that the held plan breaks if it is infeasible.
    contracts : one row per driver, end and contract whose MW differ from the base: base_mw, mw. [MW critical]
    """

    name: str
    base: Outcome
    ranges: tuple[DriverRange, ...]
    still: tuple[DriverRange, ...]
    swings: pd.DataFrame
    contracts: pd.DataFrame


def sensitivity(
    portfolio: Portfolio,
    ranges: Sequence[DriverRange] | None = None,
    *,
    pins: Sequence[Pin] = (),
    progress: Callable[[str], None] | None = None,
) -> Sensitivity:
    """The value of a portfolio at both ends of each driver's range.

    ranges : as `parse_ranges` gives them; every driver over its usual range when absent.
    pins : decisions forced upon every copy.
    progress : called with a few words before each driver.

    Raises
    ------
    PortfolioError : an end makes no possible portfolio; lists all findings. InfeasiblePlanError : no plan keeps the
    limits of the portfolio as it stands. PinError, SolverError : as `optimizer.plan` does. An end without a plan is no
    error.
    """
    asked = parse_ranges(()) if ranges is None else tuple(ranges)
    copies = _changed_copies(portfolio, asked)
    moving = tuple(r for r in asked if any(copies[r.driver.name, end] != portfolio for end in ENDS))
    model = _model(portfolio, copies, pins)
    rows, contract_rows = [], []
    with exact_search(model.session):
        plan = model.solve(portfolio)
        base = outcome_of(plan)
        for driver_range in moving:
            if progress is not None:
                progress(f"moving {driver_range.driver.name}")
            for end in ENDS:
                copy = copies[driver_range.driver.name, end]
                best, held = solve_copy(model, copy), solve_copy(model, copy, held=plan)
                changed = _changed_contracts(base, best)
                rows.append(_swing(driver_range, end, base, best, held, changed))
                key = driver_range.driver.name, end
                contract_rows += [(*key, name, before, after) for name, (before, after) in changed.items()]
    return Sensitivity(
        name=portfolio.settings.name,
        base=base,
        ranges=moving,
        still=tuple(r for r in asked if r not in moving),
        swings=pd.DataFrame(rows, columns=list(SWING_COLUMNS)),
        contracts=pd.DataFrame(contract_rows, columns=list(CONTRACT_COLUMNS)),
    )


def _changed_copies(portfolio: Portfolio, ranges: Sequence[DriverRange]) -> dict[tuple[str, str], Portfolio]:
    copies: dict[tuple[str, str], Portfolio] = {}
    findings: list[Finding] = []
    for driver_range in ranges:
        for end in ENDS:
            try:
                copies[driver_range.driver.name, end] = edited(portfolio, driver_range.edits(portfolio, end))
            except PortfolioError as error:
                findings += error.findings
    if findings:
        raise PortfolioError(dict.fromkeys(findings))
    return copies


def _model(portfolio: Portfolio, copies: dict[tuple[str, str], Portfolio], pins: Sequence[Pin]) -> WarmModel:
    try:
        return WarmModel(portfolio, alike=copies.values(), pins=pins)
    except InfeasiblePlanError as error:
        raise InfeasiblePlanError(explain(*compile_portfolio(portfolio, pins)) or error.clashes) from None


def _changed_contracts(base: Outcome, best: Outcome) -> dict[str, tuple[float, float]]:
    """MW before and after of every contract whose total differs; none without a plan. [MW critical]"""
    return {
        name: (base.taken_mw[name], mw)
        for name, mw in sorted(best.taken_mw.items())
        if abs(mw - base.taken_mw[name]) > TAKEN_MW
    }


def _swing(
    driver_range: DriverRange,
    end: str,
    base: Outcome,
    best: Outcome,
    held: Outcome,
    changed: dict[str, tuple[float, float]],
) -> tuple[object, ...]:
    came = [name for name, (before, _) in changed.items() if before <= TAKEN_MW]
    went = [name for name, (_, after) in changed.items() if after <= TAKEN_MW]
    resized = [name for name in changed if name not in came and name not in went]
    adapting = best.npv_usd - held.npv_usd
    if abs(adapting) <= ROUNDING * (1.0 + abs(best.npv_usd)):
        adapting = 0.0
    # The held plan lies where the change itself has moved its starts; what differs from that is a decision, unless it
    # is worth nothing: then it is a tie.
    moved = [name for name in _moved(held if held.starts_mw else base, best) if name not in changed and adapting != 0.0]
    return (
        driver_range.driver.name,
        end,
        driver_range.change(end),
        best.npv_usd,
        best.npv_usd - base.npv_usd,
        held.npv_usd,
        held.npv_usd - base.npv_usd,
        adapting,
        *(SEPARATOR.join(names) for names in (came, went, resized, moved)),
        best.status,
        held.status,
        SEPARATOR.join(held.why),
    )


def _moved(before: Outcome, after: Outcome) -> list[str]:
    """The contracts whose MW lie at other sites or begin in other months."""
    starts = {*before.starts_mw, *after.starts_mw}
    shifts = {start: after.starts_mw.get(start, 0.0) - before.starts_mw.get(start, 0.0) for start in starts}
    return sorted({contract for (contract, _, _), mw in shifts.items() if abs(mw) > TAKEN_MW and after.starts_mw})
