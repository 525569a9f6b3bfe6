"""The distribution of a plan's value over its scenarios, as a Vega-Lite specification and a figure of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports import scenarios
from reports.chart_parts import Frame, Spec
from reports.figures import Figure, Legend
from reports.svg import draw

if TYPE_CHECKING:
    from optimizer.results import Plan

# A curve of more corners than this shows no more than its every n-th one.
_MOST_CORNERS = 400
_MILLION = 1e6
_LEGEND = (Legend("mining", "NPV by probability"), Legend("capacity", "Mean"), Legend("ai", "Mean of the worst share"))


def npv_distribution(plan: Plan) -> Figure | None:
    """How likely the plan is worth how much; None for one scenario."""
    if not scenarios.has_several(plan):
        return None
    title = "Net present value over the scenarios"
    marks = [
        ("Mean", float(plan.summary["npv_usd"]), "var(--ink)"),
        (scenarios.tail_name(plan).capitalize(), float(plan.summary["cvar_usd"]), "var(--ai)"),
    ]
    curve = scenarios.distribution(plan.frames.scenarios)
    drawings = {name: draw(curve_spec(curve, marks, frame), title) for name, frame in _FRAMES.items()}
    note = f"{len(curve):,} scenarios; each step is as high as its probability."
    table = scenarios.quantile_table(plan)
    return Figure(
        "npv-distribution", title, "probability that it is at most so many USD m", drawings, _LEGEND, table, note
    )


_FRAMES = {"wide": Frame(width=1120, height=260, ticks=12), "narrow": parts.NARROW}


def curve_spec(curve: pd.DataFrame, marks: list[tuple[str, float, str]], frame: Frame) -> Spec:
    """The steps of a cumulative distribution with upright lines at some values.

    curve : from the worst scenario on; columns scenario, npv_usd, up_to. marks : name, value [USD], colour.
    """
    every = max(1, len(curve) // _MOST_CORNERS)
    kept = curve.iloc[sorted({*range(0, len(curve), every), len(curve) - 1})]
    corners = pd.DataFrame({"npv": kept["npv_usd"] / _MILLION, "up_to": kept["up_to"]})
    first = pd.DataFrame({"npv": [corners["npv"].iloc[0]], "up_to": [0.0]})
    tips = [
        parts.tip(row.scenario, {"": f"USD {fmt.usd_m(row.npv_usd)} m", "or less with": fmt.percent(row.up_to)})
        for row in kept.itertuples()
    ]
    x = {
        "field": "npv",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": False},
        "axis": {**parts.axis(frame), "tickCount": frame.ticks, "grid": False},
    }
    y = {
        "field": "up_to",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1]},
        "axis": {**parts.axis(frame), "format": ".0%"},
    }
    line = {
        "data": parts.values(pd.concat([first, corners], ignore_index=True)),
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "color": "var(--mining)",
            "strokeWidth": 2,
            "aria": False,
        },
        "encoding": {"x": x, "y": y},
    }
    points = {
        "data": parts.values(corners.assign(tip=tips)),
        "mark": {"type": "point", "opacity": 0, "size": 60, "color": "var(--ink)"},
        "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}},
    }
    rules = [
        {
            "data": {"values": [{"npv": usd / _MILLION, "tip": parts.tip(name, {"": f"USD {fmt.usd_m(usd)} m"})}]},
            "mark": {"type": "rule", "color": colour, "strokeWidth": 1.5, "strokeDash": [5, 3]},
            "encoding": {"x": x, "description": {"field": "tip", "type": "nominal"}},
        }
        for name, usd, colour in marks
    ]
    return parts.chart(frame, [*rules, line, points])
