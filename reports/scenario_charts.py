"""The distribution of a plan's value over its scenarios, as a Vega-Lite specification and a figure of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports import scenarios
from reports.chart_parts import Frame, Spec
from reports.figures import Figure, Legend, both
from reports.forecast_chart import fan_chart
from sites.market.fan import fan_frame
from sites.months import month_label, month_number

if TYPE_CHECKING:
    from optimizer.results import Plan

# A curve of more corners than this shows no more than its every n-th one.
_MOST_CORNERS = 400
# Of many scenarios the best ones are left out of the chart where they would stretch its axis so many times.
_MANY, _SHOWN_SHARE, _STRETCH = 50, 0.98, 1.5
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

    def steps(frame: Frame) -> Spec:
        return curve_spec(curve, marks, frame)

    drawings = both(steps, title, _WIDE)
    note = f"{len(curve):,} scenarios; each step is as high as its probability. {beyond_words(curve)}".strip()
    table = scenarios.quantile_table(plan)
    unit = "probability that it is at most so many USD m"
    return Figure("npv-distribution", title, unit, drawings, _LEGEND, table, note, make=steps)


def hashprice_spread(plan: Plan) -> Figure | None:
    """Bands of hashprice by month over the scenarios; None for one scenario."""
    if not scenarios.has_several(plan):
        return None
    title = "Hashprice over the scenarios"
    fan = hashprice_fan(plan)

    def bands(frame: Frame) -> Spec:
        return fan_chart(fan, fan.head(0), frame)

    drawings = both(bands, title)
    legend = (Legend("mining", "Median; bands that hold 50%, 80% and 95% by probability, the narrow ones darkest"),)
    note = "A band that leaves the chart at the top goes on above it."
    return Figure("hashprice-spread", title, "USD per PH/s per day, by month", drawings, legend, None, note, make=bands)


def hashprice_fan(plan: Plan) -> pd.DataFrame:
    """Mean and quantiles of hashprice by month; a quantile is the hashprice of a scenario, never between two."""
    paths = plan.portfolio.scenario_paths
    first = month_number(plan.portfolio.settings.start)
    months = [month_label(first + t) for t in range(paths.hashprice.shape[1])]
    return fan_frame(months, paths.hashprice, paths.probability)


_WIDE = Frame(width=1120, height=260, ticks=12)


def beyond_words(curve: pd.DataFrame) -> str:
    """A sentence on scenarios that the chart leaves out; empty where it shows all."""
    beyond = curve["npv_usd"].map(fmt.in_money_unit) > _shown(curve)[1]
    if not beyond.any():
        return ""
    share = fmt.percent(float(curve.loc[beyond, "probability"].sum()))
    return f"The best {share} lie beyond the chart, up to {fmt.usd_with_unit(float(curve['npv_usd'].max()))}."


def _shown(curve: pd.DataFrame) -> list[float]:
    """Ends of the axis: all scenarios, or without the few best ones where these would squeeze all others. [USD m]"""
    least, most = float(curve["npv_usd"].iloc[0]), float(curve["npv_usd"].iloc[-1])
    high = float(curve.loc[curve["up_to"] >= _SHOWN_SHARE, "npv_usd"].iloc[0])
    if len(curve) >= _MANY and most - least > _STRETCH * (high - least):
        most = high
    return [fmt.in_money_unit(least), fmt.in_money_unit(most)]


def curve_spec(curve: pd.DataFrame, marks: list[tuple[str, float, str]], frame: Frame) -> Spec:
    """The steps of a cumulative distribution with upright lines at some values.

    curve : from the worst scenario on; columns scenario, npv_usd, up_to. marks : name, value [USD], colour.
    """
    every = max(1, len(curve) // _MOST_CORNERS)
    kept = curve.iloc[sorted({*range(0, len(curve), every), len(curve) - 1})]
    corners = pd.DataFrame({"npv": kept["npv_usd"].map(fmt.in_money_unit), "up_to": kept["up_to"]})
    first = pd.DataFrame({"npv": [corners["npv"].iloc[0]], "up_to": [0.0]})
    tips = [
        parts.tip(row.scenario, {"": fmt.usd_with_unit(row.npv_usd), "or less with": fmt.percent(row.up_to)})
        for row in kept.itertuples()
    ]
    ends = _shown(curve)
    x = {
        "field": "npv",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": False, **({"domain": ends} if ends[0] < ends[1] else {})},
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
            "clip": True,
            "aria": False,
        },
        "encoding": {"x": x, "y": y},
    }
    points = {
        "data": parts.values(corners.assign(tip=tips)),
        "mark": {"type": "point", "opacity": 0, "size": 60, "color": "var(--ink)", "clip": True},
        "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}},
    }
    rules = [
        {
            "data": {"values": [{"npv": fmt.in_money_unit(usd), "tip": parts.tip(name, {"": fmt.usd_with_unit(usd)})}]},
            "mark": {"type": "rule", "color": colour, "strokeWidth": 1.5, "strokeDash": [5, 3]},
            "encoding": {"x": x, "description": {"field": "tip", "type": "nominal"}},
        }
        for name, usd, colour in marks
    ]
    return parts.chart(frame, [*rules, line, points])
