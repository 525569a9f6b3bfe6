"""Why there is no plan: which limits clash, and by how much they miss, in words of sites, deals and months."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
from scipy.sparse import csc_matrix, hstack, vstack

from optimizer.duals import limit_of_start
from optimizer.families import LIMIT_OF_COLUMN, LIMIT_OF_ROW, LIMITS, LOWER_LIMITS
from optimizer.highs import load, new_highs
from optimizer.horizon import BoolArray, FloatArray, IntArray
from optimizer.lumps import clashing_lumps
from optimizer.matrices import Matrices, Members
from optimizer.naming import places
from optimizer.parameters import Parameters
from optimizer.solve import Session

# HiGHS: conflict from the LP (2), made irreducible (4).
IRREDUCIBLE_CONFLICT = 6

UPPER_SIDES = {
    int(highspy.IisBoundStatus.kIisBoundStatusUpper),
    int(highspy.IisBoundStatus.kIisBoundStatusBoxed),
}

# Bounds that a repair may move: those a planner can set. Fleets and offers are not enlarged.
MOVABLE_BOUNDS = ("ai_mw", "retrofit_mw", "building_mw", "cash_usd_m")
REPAIRED_MW = 1e-6

SHARE_OF = {
    "ai_share_min": "AI and energised mining MW",
    "ai_share_max": "AI and energised mining MW",
    "counterparty_share": "all critical AI MW",
    "region_share": "all AI MW",
    "curtailable_share": "the site's AI and energised mining MW must be mining",
}


def explain(p: Parameters, matrices: Matrices) -> tuple[str, ...]:
    """The clash and the smallest repair, each as one sentence per limit.

    With whole numbers there may be no clash between limits: a plan would exist if offers came in any size.
    """
    return (*(clash(p, matrices) or clashing_lumps(p, matrices)), *smallest_repair(p, matrices))


def clash(p: Parameters, matrices: Matrices) -> tuple[str, ...]:
    """Limits that cannot hold together while each would let the others hold if it were gone."""
    highs = new_highs()
    load(highs, matrices)
    highs.setOptionValue("iis_strategy", IRREDUCIBLE_CONFLICT)
    highs.run()
    _, conflict = highs.getIis()
    if not conflict.valid_:
        return ()
    rows = np.array(conflict.row_index_, dtype=np.int64)
    cols = np.array(conflict.col_index_, dtype=np.int64)
    at_upper = np.array([int(bound) in UPPER_SIDES for bound in conflict.col_bound_], dtype=bool)
    told = cols[at_upper | (matrices.col_lower > 0.0)[cols] | _lower_limits(matrices)[cols]]
    sentences = _sentences(p, matrices.rows, rows, _right_sides(matrices))
    bounds = np.where(_lower_limits(matrices), matrices.col_lower, matrices.col_upper)
    return tuple(sentences + _sentences(p, matrices.cols, told, bounds))


def _lower_limits(matrices: Matrices) -> BoolArray:
    """Columns whose lower bound is a limit that planners know."""
    found = np.zeros(matrices.cost.size, dtype=np.bool_)
    for group in matrices.cols:
        if group.family in LOWER_LIMITS:
            found[group.first : group.first + group.index.size] = True
    return found


def _right_sides(matrices: Matrices) -> FloatArray:
    return np.where(np.isfinite(matrices.row_upper), matrices.row_upper, matrices.row_lower)


def _limit_of(family: str) -> str | None:
    limit = LIMIT_OF_ROW.get(family, LIMIT_OF_COLUMN.get(family, family))
    return limit if limit in LIMITS else None


def _sentences(p: Parameters, groups: tuple[Members, ...], chosen: IntArray, bound: FloatArray) -> list[str]:
    """One sentence per limit and place; its months are summed up."""
    told: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for group in groups:
        limit = _limit_of(group.family)
        inside = chosen[(chosen >= group.first) & (chosen < group.first + group.index.size)]
        if limit is None or not inside.size:
            continue
        spots = places(p, group.family, group.index[inside - group.first])
        for where, month, position in zip(spots.where, spots.first.tolist(), inside.tolist(), strict=True):
            start = int(group.index[position - group.first])
            name = limit_of_start(p, start) if group.family == "signed_mw" else limit
            told.setdefault((name, where), []).append((month, float(bound[position])))
    return [_sentence(p, limit, where, found) for (limit, where), found in told.items()]


def _subject(limit: str, where: str) -> str:
    return LIMITS[limit].title if where == "portfolio" else f"{LIMITS[limit].title} '{where}'"


def _sentence(p: Parameters, limit: str, where: str, found: list[tuple[int, float]]) -> str:
    months = sorted(month for month, _ in found)
    when = p.horizon.label(months[0])
    if len(months) > 1:
        when += f" to {p.horizon.label(months[-1])}"
    subject, family = _subject(limit, where), LIMITS[limit]
    if limit in SHARE_OF:
        return f"{subject} ({when}): {_share(p, limit, where):g} of {SHARE_OF[limit]}"
    amount = found[0][1] * family.units_per_lp_unit
    return f"{subject} ({when}): {amount:,.6g} {family.unit}"


def _share(p: Parameters, limit: str, where: str) -> float:
    if limit == "curtailable_share":
        return next(site.curtailable_min_share for site in p.sites if site.id == where)
    return float(getattr(p.limits, limit if limit.startswith("ai_") else f"{limit}_max"))


def smallest_repair(p: Parameters, matrices: Matrices) -> tuple[str, ...]:
    """The smallest total move of limits after which a plan exists, limit by limit."""
    movable_rows = [
        group.first + i for group in matrices.rows if _limit_of(group.family) for i in range(group.index.size)
    ]
    movable_cols = [
        group.first + i for group in matrices.cols if group.family in MOVABLE_BOUNDS for i in range(group.index.size)
    ]
    cols = np.array(movable_cols, dtype=np.int64)
    elastic = _elastic(matrices, np.array(movable_rows, dtype=np.int64), cols)
    slack = Session(elastic).minimise().x[matrices.cost.size :]
    moves = np.append(slack[: len(movable_rows)], slack[len(movable_rows) + _owner(matrices, cols)])
    said = []
    for groups, positions, moved in (
        (matrices.rows, movable_rows, moves[: len(movable_rows)]),
        (matrices.cols, movable_cols, moves[len(movable_rows) :]),
    ):
        for group in groups:
            said += _repairs(p, group, {q: float(mw) for q, mw in zip(positions, moved, strict=True)})
    return tuple(dict.fromkeys(said))


def _owner(matrices: Matrices, cols: IntArray) -> IntArray:
    """Which column's slack moves the bound of each: its own, but one for all months of least cash.

    cols : positions of the columns. Returns positions among them.
    """
    least, own = _lower_limits(matrices)[cols], np.arange(cols.size)
    return np.where(least, int(np.argmax(least)) if least.any() else 0, own)


def _elastic(matrices: Matrices, rows: IntArray, cols: IntArray) -> Matrices:
    """The programme with a slack on every movable limit, minimising the sum of slacks."""
    count, n = rows.size + cols.size, matrices.cost.size
    sign = np.where(np.isfinite(matrices.row_upper[rows]), -1.0, 1.0)
    on_rows = csc_matrix((sign, (rows, np.arange(rows.size))), shape=(matrices.row_lower.size, count))
    bounds_x = csc_matrix((np.ones(cols.size), (np.arange(cols.size), cols)), shape=(cols.size, n))
    least = _lower_limits(matrices)[cols]
    places_s = np.arange(cols.size), rows.size + _owner(matrices, cols)
    bounds_s = csc_matrix((np.where(least, 1.0, -1.0), places_s), shape=(cols.size, count))
    room = 1e6  # MW or USD million: far beyond any limit, but finite
    lower, upper = matrices.col_lower.copy(), matrices.col_upper.copy()
    lower[cols[least]] = -room
    upper[cols] = room
    return replace(
        matrices,
        cost=np.concatenate([np.zeros(n), np.ones(count)]),
        a=csc_matrix(vstack([hstack([matrices.a, on_rows]), hstack([bounds_x, bounds_s])])),
        row_lower=np.concatenate([matrices.row_lower, np.where(least, matrices.col_lower[cols], -np.inf)]),
        row_upper=np.concatenate([matrices.row_upper, np.where(least, np.inf, matrices.col_upper[cols])]),
        col_lower=np.concatenate([lower, np.zeros(count)]),
        col_upper=np.concatenate([upper, np.full(count, room)]),
        integer=np.concatenate([matrices.integer, np.zeros(count, dtype=np.bool_)]),
        offset=0.0,
    )


def _repairs(p: Parameters, group: Members, moved: dict[int, float]) -> list[str]:
    limit = _limit_of(group.family)
    found: dict[str, tuple[float, int, int]] = {}
    if limit is None:
        return []
    spots = places(p, group.family, group.index)
    for offset, (where, month) in enumerate(zip(spots.where, spots.first.tolist(), strict=True)):
        mw = moved.get(group.first + offset, 0.0)
        if mw > REPAIRED_MW:
            worst, first, last = found.get(where, (0.0, month, month))
            found[where] = (max(worst, mw), min(first, month), max(last, month))
    family = LIMITS[limit]
    return [
        f"smallest repair: relax {_subject(limit, where)} by {mw * family.units_per_lp_unit:,.6g} {family.unit}"
        f" ({p.horizon.label(first)}{'' if first == last else ' to ' + p.horizon.label(last)})"
        for where, (mw, first, last) in found.items()
    ]
