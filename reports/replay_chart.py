"""The charts of a replay: the fan against what came, and the running cash of both plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import Frame, Spec
from reports.forecast_chart import fan_chart, month_axis

if TYPE_CHECKING:
    from optimizer.replaying import Replay

_MILLION = 1e6
_LINES = (("Plan", "plan", "var(--ai)"), ("Mining only", "mining", "var(--mining)"))


def outlook_chart(replay: Replay, frame: Frame) -> Spec:
    """The outlook of the first month over the months lived, what was before, and what came."""
    fan = replay.fan.head(len(replay.months))
    actual = replay.months[["month", "actual_usd_per_ph_day"]].rename(columns={"actual_usd_per_ph_day": "value"})
    return fan_chart(fan, replay.past, frame, actual=actual)


def cash_chart(replay: Replay, frame: Frame) -> Spec:
    """Running total of the net cash, with the plan and with mining only."""
    months = replay.months
    x = month_axis(months["month"].tolist(), frame)
    y = {"field": "usd", "type": "quantitative", "title": None, "axis": parts.axis(frame)}
    layers: list[Spec] = []
    for name, column, colour in _LINES:
        rows = pd.DataFrame(
            {
                "first": months["month"],
                "usd": months[f"{column}_total_usd"] / _MILLION,
                "tip": [
                    parts.tip(
                        f"{name}, {fmt.month(str(row['month']))}",
                        {
                            "total": f"USD {fmt.usd_m(row[f'{column}_total_usd'])} m",
                            "of the month": f"USD {fmt.usd_m(row[f'{column}_cash_usd'])} m",
                        },
                    )
                    for row in months.to_dict("records")
                ],
            }
        )
        encoding = {"x": x, "y": y}
        line = {"type": "line", "color": colour, "strokeWidth": 2, "aria": False}
        point = {"type": "point", "filled": True, "opacity": 1, "size": 36, "color": colour}
        layers.append({"data": parts.values(rows), "mark": line, "encoding": encoding})
        described = {**encoding, "description": {"field": "tip", "type": "nominal"}}
        layers.append({"data": parts.values(rows), "mark": point, "encoding": described})
    return parts.chart(frame, layers)
