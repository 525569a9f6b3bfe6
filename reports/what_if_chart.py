"""The chart of a what-if: MW in AI over time, the base against the cases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import Frame, Spec
from reports.periods import grain, period

if TYPE_CHECKING:
    from optimizer.what_ifs import WhatIf

COLOURED_CASES = 8
_WIDTH, _WIDER = 1.75, 1.25
BASE_KEY, REST_KEY = "base-line", "case-rest"


def case_keys(found: WhatIf) -> dict[str, str]:
    """The colour of every case that has a plan, the base first; cases beyond the eighth share one."""
    keys = {found.base.name: BASE_KEY}
    solved = [case.name for case in found.cases if case.plan is not None]
    return keys | {name: f"case-{n}" if n <= COLOURED_CASES else REST_KEY for n, name in enumerate(solved, start=1)}


def ai_lines(found: WhatIf, frame: Frame) -> Spec:
    """MW of the sites in AI: a line for the base and one for every case, by month, quarter or year."""
    points = averages(found)
    keys = case_keys(found)
    order = {name: place for place, name in enumerate(keys)}
    ends = points[points["end"] == points["end"].max()]
    steps = pd.concat([points, ends.assign(first=ends["end"])], ignore_index=True)
    layers: list[Spec] = []
    # The base is drawn last. What lies below another line is wider, so that equal lines show as edges of each other.
    for name in sorted(keys, key=lambda name: -order[name]):
        mark: Spec = {"type": "line", "interpolate": "step-after", "aria": False, "color": _colour(keys[name])}
        width = _WIDTH + _WIDER * min(order[name] - 1, COLOURED_CASES)
        mark |= {"strokeWidth": 1.5, "strokeDash": [5, 3]} if order[name] == 0 else {"strokeWidth": width}
        layers.append(
            {
                "data": parts.values(steps.loc[steps["case"] == name, ["first", "mw"]]),
                "mark": mark,
                "encoding": {"x": _time(points["first"], frame), "y": _mw(frame)},
            }
        )
    return parts.chart(frame, [*layers, _hover(points, keys)])


def averages(found: WhatIf) -> pd.DataFrame:
    """Mean MW in AI by case and period; columns case, first, end, name, mw."""
    months = found.months
    size = grain(sorted(months["month"].unique()))
    made = {month: period(month, size) for month in months["month"].unique()}
    table = months.assign(**{name: months["month"].map(lambda m, n=name: getattr(made[m], n)) for name in _PERIOD})
    means = table.groupby(["case", *_PERIOD], sort=True)["ai_mw"].mean().rename("mw").reset_index()
    return means.assign(mw=means["mw"].map(fmt.clip))


_PERIOD = ("first", "end", "name")


def _hover(points: pd.DataFrame, keys: dict[str, str]) -> Spec:
    """Invisible bands, one per period, that say the MW of every case on pointing."""
    wide = points.pivot(index=list(_PERIOD), columns="case", values="mw")[list(keys)]
    tips = [
        parts.tip(index[2], {name: f"{fmt.mw(mw)} MW" for name, mw in row.items() if not math.isnan(mw)})
        for index, row in zip(wide.index, wide.to_dict("records"), strict=True)
    ]
    bands = wide.reset_index()[["first", "end"]].assign(tip=tips, bottom=0.0, top=float(points["mw"].max()))
    return {
        "data": parts.values(bands),
        "mark": {"type": "rect", "opacity": 0, "color": "var(--ink)"},
        "encoding": {
            "x": {"field": "first", "type": "temporal"},
            "x2": {"field": "end"},
            "y": {"field": "bottom", "type": "quantitative"},
            "y2": {"field": "top"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }


def _colour(key: str) -> str:
    return "var(--ink)" if key == BASE_KEY else f"var(--{key})"


def _mw(frame: Frame) -> Spec:
    return {
        "field": "mw",
        "type": "quantitative",
        "title": None,
        "axis": parts.axis(frame),
        "scale": {"zero": True},
    }


def _time(first: pd.Series[str], frame: Frame) -> Spec:
    """Januaries, or months where the horizon is short; in UTC, so that no machine's zone moves a step."""
    labels = sorted(set(first))
    years = [label for label in labels if label.endswith("-01")]
    marks = years if len(years) > 2 else labels
    axis = {
        "values": marks[:: -(-len(marks) // frame.ticks)],
        "format": "%Y" if marks is years else "%b %Y",
        "labelOverlap": True,
        "labelFlush": True,
        "grid": False,
        "title": None,
    }
    return {"field": "first", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}
