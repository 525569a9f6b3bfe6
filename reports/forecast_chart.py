"""The fan chart: what was, and bands of what may come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import Frame, Spec

if TYPE_CHECKING:
    from sites.market.forecast import Forecast

# Lower and upper side of each band, the widest first, and how dark it is.
BANDS = (("p2_5", "p97_5", 0.16), ("p10", "p90", 0.24), ("p25", "p75", 0.38))


def fan_chart(
    fan: pd.DataFrame,
    past: pd.DataFrame,
    frame: Frame,
    *,
    decimals: int = 2,
    actual: pd.DataFrame | None = None,
    logarithmic: bool = False,
) -> Spec:
    """Bands of 50, 80 and 95 % with the median, after the line of what was.

    fan : month and quantiles; without quantiles its mean is one line. past, actual : month, value.
    """
    labels = [*past["month"], *fan["month"]]
    x = month_axis(labels, frame)
    scale = {"type": "log"} if logarithmic else {"domain": [0, _top(fan, past)], "clamp": True}
    y = {"type": "quantitative", "title": None, "axis": parts.axis(frame), "scale": scale}
    rows = fan.assign(first=fan["month"])
    random = bool(fan["p50"].notna().all())
    middle = "p50" if random else "mean"
    layers = [
        {
            "data": parts.values(rows[["first", low, high]]),
            "mark": {"type": "area", "color": "var(--mining)", "opacity": opacity, "aria": False},
            "encoding": {"x": x, "y": {**y, "field": low}, "y2": {"field": high}},
        }
        for low, high, opacity in (BANDS if random else ())
    ]
    layers.append(_line(rows[["first", middle]].rename(columns={middle: "value"}), x, y, "var(--mining)"))
    if len(past):
        joined = pd.concat([past, fan.head(1).assign(value=fan[middle].head(1))[["month", "value"]]])
        layers.append(_line(joined.rename(columns={"month": "first"}), x, y, "var(--ink)"))
    if actual is not None and len(actual):
        layers.append(_line(actual.rename(columns={"month": "first"}), x, y, "var(--ai)"))
    points = rows[["first", middle]].assign(tip=_tips(fan, decimals, random=random))
    layers.append(
        {
            "data": parts.values(points),
            "mark": {"type": "point", "opacity": 0, "size": 80, "color": "var(--ink)"},
            "encoding": {"x": x, "y": {**y, "field": middle}, "description": {"field": "tip", "type": "nominal"}},
        }
    )
    return parts.chart(frame, layers)


def of_series(forecast: Forecast, series: str, frame: Frame) -> Spec:
    """The fan of one series of a forecast."""
    fan = forecast.fan[forecast.fan["series"] == series]
    past = forecast.past[forecast.past["series"] == series][["month", "value"]]
    return fan_chart(fan, past, frame, decimals=2 if series in ("hashprice", "power_factor") else 0)


def _tips(fan: pd.DataFrame, decimals: int, *, random: bool) -> list[str]:
    """What is read on pointing at a month."""
    found = []
    for row in fan.to_dict("records"):
        words = {name: fmt.number(row[name], decimals) for name in ("mean", "p10", "p50", "p90") if name in row}
        shown = (
            {"": words["mean"]} if not random else {"median": words["p50"], "80%": f"{words['p10']} to {words['p90']}"}
        )
        found.append(parts.tip(fmt.month(str(row["month"])), shown))
    return found


def _line(rows: pd.DataFrame, x: Spec, y: Spec, colour: str) -> Spec:
    return {
        "data": parts.values(rows),
        "mark": {"type": "line", "color": colour, "strokeWidth": 2, "clip": True, "aria": False},
        "encoding": {"x": x, "y": {**y, "field": "value"}},
    }


def _top(fan: pd.DataFrame, past: pd.DataFrame) -> float:
    """The upper end of the axis: a few paths of a long horizon go where no chart would be readable."""
    highest = [float(past["value"].max())] if len(past) else []
    wide = fan["p90"].max() if fan["p50"].notna().all() else fan["mean"].max()
    return 1.25 * max([*highest, float(wide)])


def month_axis(labels: list[str], frame: Frame) -> Spec:
    """The time axis: Januaries, or months where the whole is short."""
    ordered = sorted(set(labels))
    years = [label for label in ordered if label.endswith("-01")]
    marks = years if len(years) > 2 else ordered
    axis = {
        "values": marks[:: -(-len(marks) // frame.ticks)],
        "format": "%Y" if marks is years else "%b %Y",
        "labelOverlap": True,
        "labelFlush": True,
        "grid": False,
        "title": None,
    }
    return {"field": "first", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}
