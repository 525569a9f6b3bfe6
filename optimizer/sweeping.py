"""One or two fields over ranges: the optimum of every cell, from one programme that is kept warm.

Each cell is a changed copy of the portfolio, solved to its own optimum: nothing is held over from its neighbours but
the basis from which the solver begins. Cells can therefore be shared out (`solve_cells`) and put together again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import pandas as pd

from optimizer.errors import InfeasiblePlanError
from optimizer.outcome import FIGURES, INFEASIBLE, INVALID, Outcome, outcome_of, solve_copy
from optimizer.pins import Pin
from optimizer.ranges import Axis, RangeError, Value, parse_axes
from optimizer.warm import WarmModel
from sites.columns import SINGLE_RECORD_TABLES
from sites.edits import Edit, edited
from sites.findings import Finding, PortfolioError
from sites.portfolio import Portfolio

MOST_AXES = 2
# About ten minutes of solving for a portfolio of a dozen offers.
MOST_CELLS = 10_000
SEPARATOR = ";"

# Fields of an offer that move its starts; other fields of contracts leave the periods of the horizon as they are.
_TIMING = frozenset(
    {"sites", "first_start", "last_start", "build_months", "disruption_months", "term_months", "after_term"}
)

Place = tuple[int, ...]


@dataclass(frozen=True)
class Sweep:
    """The outcome of every cell.

    name : of the portfolio. axes : one or two.
    base : the outcome of the portfolio as it stands; status "infeasible" if no plan keeps its limits.
    base_at : its place on each axis, in the axis's values; None where it has no single one.
    base_chosen : the open offers that it takes.
    cells : one row per cell, the last axis changing first: the axes' values, then npv_usd, capex_usd, peak_ai_mw
        (critical), ai_share, hashrate_eh_s, cash_low_usd, chosen (the open offers taken, joined by ";") and status.
    contracts : one row per solved cell and contract: the axes' values, contract, mw (critical, over all its starts).
    """

    name: str
    axes: tuple[Axis, ...]
    base: Outcome
    base_at: tuple[Value | None, ...]
    base_chosen: tuple[str, ...]
    cells: pd.DataFrame
    contracts: pd.DataFrame


def sweep(
    portfolio: Portfolio,
    axes: Sequence[Axis | str],
    *,
    pins: Sequence[Pin] = (),
    progress: Callable[[str], None] | None = None,
) -> Sweep:
    """The optimal plan in every cell of one or two ranges.

    axes : as `parse_axis` gives them, or texts such as ``contracts.hyper.price_usd_per_kw_month=90:150:13``.
    pins : decisions forced upon every cell.
    progress : called with a few words as cells are solved.

    Raises
    ------
    RangeError : a range cannot be read. PortfolioError : a field does not exist, or one of its values is impossible
    whatever the other axis says. PinError, SolverError : as `optimizer.plan` does. A cell without a plan is no error.
    """
    known = parse_axes(axes, MOST_AXES)
    copies = changed_copies(portfolio, known)
    base, outcomes = solve_cells(portfolio, known, copies, pins=pins, progress=progress)
    return Sweep(
        name=portfolio.settings.name,
        axes=known,
        base=base,
        base_at=tuple(base_value(portfolio, axis) for axis in known),
        base_chosen=base.chosen(portfolio),
        cells=_cells_frame(known, copies, outcomes),
        contracts=_contracts_frame(known, outcomes),
    )


def changed_copies(portfolio: Portfolio, axes: Sequence[Axis]) -> dict[Place, Portfolio | None]:
    """The portfolio of every cell; None where the values of two axes make no possible portfolio.

    Raises
    ------
    RangeError : too many cells. PortfolioError : a value makes no possible portfolio, whatever the other axis says.
    """
    count = prod(len(axis.texts) for axis in axes)
    if count > MOST_CELLS:
        raise RangeError((f"{count:,} cells: expected at most {MOST_CELLS:,}; use fewer values",))
    _refuse_unknown_fields(axes)
    copies: dict[Place, Portfolio | None] = {}
    faults: dict[Place, PortfolioError] = {}
    for place in _places(axes):
        try:
            copies[place] = edited(portfolio, [axis.edit(n) for axis, n in zip(axes, place, strict=True)])
        except PortfolioError as error:
            copies[place], faults[place] = None, error
    _refuse_impossible_values(axes, faults)
    return copies


def solve_cells(
    portfolio: Portfolio,
    axes: Sequence[Axis],
    copies: dict[Place, Portfolio | None],
    *,
    pins: Sequence[Pin] = (),
    progress: Callable[[str], None] | None = None,
) -> tuple[Outcome, dict[Place, Outcome]]:
    """The outcomes of the portfolio itself and of some cells.

    copies : these cells, by their place on the axes. Any part of all cells gives the outcomes that the whole gives.
    """
    model, base = _first_model(portfolio, copies, axes, pins)
    outcomes: dict[Place, Outcome] = {}
    for number, place in enumerate(sorted(copies, key=_boustrophedon), start=1):
        if progress is not None:
            progress(f"solving cell {number} of {len(copies)}")
        copy = copies[place]
        if copy is None:
            outcomes[place] = Outcome(INVALID)
        else:
            outcomes[place] = Outcome(INFEASIBLE) if model is None else solve_copy(model, copy)
    return base, outcomes


def base_value(portfolio: Portfolio, axis: Axis) -> Value | None:
    """Where the portfolio as it stands lies on an axis; None where its values differ or are of another kind."""
    if axis.operator != "=":
        return {"*": 1.0, "+": 0.0}[axis.operator]
    edit = axis.edit(0)
    if edit.table in SINGLE_RECORD_TABLES:
        records = [getattr(portfolio, edit.table)]
    else:
        records = [row for row in getattr(portfolio, edit.table) if edit.record in ("*", getattr(row, "id", None))]
    values = {getattr(record, edit.field, None) for record in records}
    value = values.pop() if len(values) == 1 else None
    if axis.is_numeric:
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return value if isinstance(value, str) else None


def _first_model(
    portfolio: Portfolio, copies: dict[Place, Portfolio | None], axes: Sequence[Axis], pins: Sequence[Pin]
) -> tuple[WarmModel | None, Outcome]:
    """A warm programme of the portfolio, or of the first cell that has a plan; and the outcome of the portfolio."""
    alike = list(_alike(portfolio, copies, axes))
    try:
        model = WarmModel(portfolio, alike=alike, pins=pins)
    except InfeasiblePlanError:
        for place in sorted(copies, key=_boustrophedon):
            copy = copies[place]
            try:
                if copy is not None:
                    return WarmModel(copy, alike=alike, pins=pins), Outcome(INFEASIBLE)
            except InfeasiblePlanError:
                continue
        return None, Outcome(INFEASIBLE)
    return model, outcome_of(model.base)


def _alike(portfolio: Portfolio, copies: dict[Place, Portfolio | None], axes: Sequence[Axis]) -> Iterable[Portfolio]:
    """Copies whose periods together cut the horizon wherever any cell does.

    What moves the starts of offers and what moves the order of the fleets cut it independently of each other: of two
    axes of different kinds it is enough to look at each alone.
    """
    kinds = [_kind(axis) for axis in axes]
    moving = [n for n, kind in enumerate(kinds) if kind]
    if not moving:
        return
    if len(moving) == MOST_AXES and kinds[0] != kinds[1]:
        for n in moving:
            for position in range(len(axes[n].texts)):
                yield from _possible(portfolio, axes[n].edit(position))
        return
    for place, copy in copies.items():
        if copy is not None and all(place[n] == 0 for n in range(len(axes)) if n not in moving):
            yield copy


def _possible(portfolio: Portfolio, edit: Edit) -> Iterator[Portfolio]:
    try:
        yield edited(portfolio, [edit])
    except PortfolioError:
        return


def _kind(axis: Axis) -> str:
    """Which cuts of the horizon a field moves: "starts", "order" of the fleets, or none ("")."""
    edit = axis.edit(0)
    if edit.table != "contracts":
        return "order"
    return "starts" if edit.field in _TIMING else ""


def _places(axes: Sequence[Axis]) -> Iterator[Place]:
    return product(*(range(len(axis.texts)) for axis in axes))


def _boustrophedon(place: Place) -> Place:
    """A key that runs to and fro along the last axis, so that each cell lies beside the one before."""
    if len(place) == 1:
        return place
    row, column = place
    return row, -column if row % 2 else column


def _refuse_unknown_fields(axes: Sequence[Axis]) -> None:
    findings: list[Finding] = []
    for axis in axes:
        try:
            axis.edit(0)
        except PortfolioError as error:
            findings += error.findings
    if findings:
        raise PortfolioError(findings)


def _refuse_impossible_values(axes: Sequence[Axis], faults: dict[Place, PortfolioError]) -> None:
    """Raise the findings of every value that is impossible in all its cells."""
    findings: list[Finding] = []
    for n, axis in enumerate(axes):
        for position in range(len(axis.texts)):
            own = [place for place in _places(axes) if place[n] == position]
            if all(place in faults for place in own):
                findings += faults[own[0]].findings
    if findings:
        raise PortfolioError(dict.fromkeys(findings))


def _row(axes: Sequence[Axis], place: Place) -> dict[str, Value]:
    return {axis.name: axis.values[n] for axis, n in zip(axes, place, strict=True)}


def _cells_frame(
    axes: Sequence[Axis], copies: dict[Place, Portfolio | None], outcomes: dict[Place, Outcome]
) -> pd.DataFrame:
    rows = []
    for place in _places(axes):
        copy, outcome = copies[place], outcomes[place]
        chosen = () if copy is None else outcome.chosen(copy)
        figures = {"chosen": SEPARATOR.join(chosen), "status": outcome.status}
        rows.append({**_row(axes, place), **outcome.figures, **figures})
    return pd.DataFrame(rows, columns=[*(axis.name for axis in axes), *FIGURES, "chosen", "status"])


def _contracts_frame(axes: Sequence[Axis], outcomes: dict[Place, Outcome]) -> pd.DataFrame:
    rows = [
        {**_row(axes, place), "contract": contract, "mw": mw}
        for place in _places(axes)
        for contract, mw in sorted(outcomes[place].taken_mw.items())
    ]
    return pd.DataFrame(rows, columns=[*(axis.name for axis in axes), "contract", "mw"])
