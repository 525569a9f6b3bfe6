"""What if: the plan of a portfolio beside those of changed copies of it, all found on the same path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from optimizer.cases import Case, all_applied
from optimizer.errors import InfeasiblePlanError, OptimizerError
from optimizer.pins import Pin
from optimizer.planning import Progress, plan
from optimizer.results import Plan
from optimizer.search import DEFAULT_GAP
from optimizer.what_if_frames import (
    BASE,
    comparison_frame,
    hashrate_frame,
    months_frame,
    moves_frame,
    pins_frame,
    starts_mw,
    uses_frame,
)
from sites.edits import Edit
from sites.findings import told
from sites.portfolio import Portfolio

ONLY_CASE = "what-if"
ALL_PINS = "all pins"


class CaseNameError(OptimizerError):
    """A case has a name that is taken."""

    exit_code = 2


@dataclass(frozen=True)
class Copy:
    """A changed copy of a portfolio, the decisions forced upon its plan, and its changes in words."""

    portfolio: Portfolio
    pins: tuple[Pin, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """What became of one case.

    changes : what was changed, in words. pins : what was forced. plan : None where no plan keeps all limits.
    clashes : the limits that cannot hold together then.
    """

    name: str
    changes: tuple[str, ...]
    portfolio: Portfolio
    pins: tuple[Pin, ...]
    plan: Plan | None
    clashes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd but possible in the changed copy."""
        return tuple(told(self.portfolio.warnings))


@dataclass(frozen=True)
class WhatIf:
    """A base and its cases, each with its own proved plan, and tables that compare them.

    base : the portfolio as it is. cases : in the order given.
    comparison : one row per case, the base first: status, NPV and capex with their changes [USD], peak AI MW
        [MW critical], AI share [fraction], mean hashrate [EH/s], cash low point [USD] and its month.
    hashrate : by case and calendar year, with its change. [EH/s]
    moves : by case, contract, site and first rent month: MW in the base, in the case, and the change. [MW critical]
    uses : mean MW of every site in mining and in AI by case and calendar year, beside the base. [MW of the site]
    months : MW of all sites in AI and in mining by case and month. [MW of the sites]
    pins : per pin its MW, the MW without it, the NPV without it and what it costs; then all pins of a case. [MW, USD]
    """

    base: CaseResult
    cases: tuple[CaseResult, ...]
    comparison: pd.DataFrame
    hashrate: pd.DataFrame
    moves: pd.DataFrame
    uses: pd.DataFrame
    months: pd.DataFrame
    pins: pd.DataFrame

    @property
    def infeasible(self) -> tuple[CaseResult, ...]:
        """The cases that have no plan."""
        return tuple(case for case in self.cases if case.plan is None)

    def refuse_only_case(self) -> None:
        """Nothing, unless the only case has no plan.

        Raises
        ------
        InfeasiblePlanError : with the limits that clash in it.
        """
        if len(self.cases) == 1 and self.infeasible:
            raise InfeasiblePlanError(self.cases[0].clashes)


def what_if(
    portfolio: Portfolio,
    edits: Sequence[Edit | str] = (),
    *,
    add: Sequence[str | Path] = (),
    drop: Sequence[str] = (),
    pins: Sequence[Pin | str] = (),
    cases: Mapping[str, Case] | None = None,
    gap: float = DEFAULT_GAP,
    time_limit: float | None = None,
    progress: Progress | None = None,
) -> WhatIf:
    """The plan of a portfolio beside the plans of changed copies.

    edits, add, drop, pins : what is changed in every case, see :class:`optimizer.cases.Case`. The base stays as it is.
    cases : named changes that come after those; without any there is one case, called "what-if".
    gap, time_limit : of every search for whole numbers. [-], [s]
    progress : called with a few words before each stage.

    Raises
    ------
    PortfolioError : lists everything that is wrong with any case, before anything is solved.
    InfeasiblePlanError : the base has no plan; cases without one are told in the result.
    SolverError, CertificateError : as from :func:`optimizer.plan`.
    """
    common = Case(tuple(edits), tuple(add), tuple(drop), tuple(pins))
    return find_what_if(portfolio, common=common, cases=cases or {}, gap=gap, time_limit=time_limit, progress=progress)


def find_what_if(
    portfolio: Portfolio,
    *,
    common: Case,
    cases: Mapping[str, Case],
    gap: float,
    time_limit: float | None,
    progress: Progress | None,
) -> WhatIf:
    """As :func:`what_if`, with what is changed in every case as a case of its own."""
    named = cases or {ONLY_CASE: Case()}
    if BASE in named:
        raise CaseNameError(f"case '{BASE}': expected another name; the portfolio as it is is called so")
    all_cases = {name: common.then(case) for name, case in named.items()}
    applied = all_applied(portfolio, list(all_cases.items()))
    copies = {name: Copy(*applied[name], case.told) for name, case in all_cases.items()}
    return planned(portfolio, copies, gap=gap, time_limit=time_limit, progress=progress)


def planned(
    portfolio: Portfolio,
    copies: Mapping[str, Copy],
    *,
    gap: float,
    time_limit: float | None,
    progress: Progress | None,
) -> WhatIf:
    """The plan of a portfolio beside those of copies, by their names; raises as `what_if` does once it plans."""
    planner = _Planner(gap, time_limit, progress)
    base = CaseResult(BASE, (), portfolio, (), planner.plan(BASE, portfolio))
    results = [_result(name, copy, planner) for name, copy in copies.items()]
    plans = {result.name: result.plan for result in (base, *results)}
    return WhatIf(
        base=base,
        cases=tuple(results),
        comparison=comparison_frame(plans),
        hashrate=hashrate_frame(plans),
        moves=moves_frame(plans),
        uses=uses_frame(plans),
        months=months_frame(plans),
        pins=pins_frame([row for result in results for row in _pin_rows(result, planner)]),
    )


class _Planner:
    """Plans on the one path, each portfolio with the same pins once."""

    def __init__(self, gap: float, time_limit: float | None, progress: Progress | None) -> None:
        self.gap, self.time_limit, self.progress = gap, time_limit, progress
        self._found: dict[tuple[int, frozenset[Pin]], tuple[Portfolio, Plan]] = {}

    def plan(self, name: str, portfolio: Portfolio, pins: Sequence[Pin] = ()) -> Plan:
        # A portfolio without changes is the base itself; the copy is kept, so that its identity stays its own.
        key = (id(portfolio), frozenset(pins))
        if key not in self._found:
            found = plan(
                portfolio,
                pins=pins,
                gap=self.gap,
                time_limit=self.time_limit,
                full=False,
                progress=self._told(name),
            )
            self._found[key] = portfolio, found
        return self._found[key][1]

    def _told(self, name: str) -> Progress | None:
        progress = self.progress
        return None if progress is None else lambda words: progress(f"{name}: {words}")


def _result(name: str, copy: Copy, planner: _Planner) -> CaseResult:
    try:
        found = planner.plan(name, copy.portfolio, copy.pins)
    except InfeasiblePlanError as error:
        return CaseResult(name, copy.changes, copy.portfolio, copy.pins, None, error.clashes)
    return CaseResult(name, copy.changes, copy.portfolio, copy.pins, found)


def _pin_rows(case: CaseResult, planner: _Planner) -> list[tuple[str, str, float, float, float, float]]:
    """What each pin of a case costs beside the others, and what they cost together."""
    if case.plan is None or not case.pins:
        return []
    npv = case.plan.summary["npv_usd"]
    rows = []
    for pin in case.pins:
        others = [other for other in case.pins if other != pin]
        free = planner.plan(f"{case.name} without {pin}", case.portfolio, others)
        free_mw = starts_mw(free).get((pin.contract, pin.site, pin.month), 0.0)
        free_npv = free.summary["npv_usd"]
        rows.append((case.name, str(pin), pin.mw, free_mw, free_npv, free_npv - npv))
    free_npv = planner.plan(f"{case.name} without pins", case.portfolio).summary["npv_usd"]
    return [*rows, (case.name, ALL_PINS, float("nan"), float("nan"), free_npv, free_npv - npv)]
