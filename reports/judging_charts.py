"""A judgement as charts: the distributions of value and of the lowest cash total, and the years' cash as bands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from reports import chart_parts as parts
from reports.chart_parts import Frame, Spec
from reports.judging import figures_of, tail_words, usd
from reports.scenario_charts import beyond_words, curve_spec
from reports.scenarios import distribution

if TYPE_CHECKING:
    from optimizer.judging.judging import Judgement

_MILLION = 1e6
# Each name of a year takes so much room. [px]
_YEAR_WIDTH = 46
# Of the room of a year its bands take this share.
_BAND = 0.88


def npv_chart(judgement: Judgement, frame: Frame) -> Spec:
    """Probability of an NPV or a lower one, with its mean and the mean of the worst share."""
    return _curve(judgement, "npv_usd", frame)


def cash_low_chart(judgement: Judgement, frame: Frame) -> Spec:
    """Probability of a lowest cash total or a lower one, with its mean and the mean of its worst share."""
    return _curve(judgement, "cash_low_usd", frame)


def _curve(judgement: Judgement, column: str, frame: Frame) -> Spec:
    figures = figures_of(judgement, column)
    marks = [
        ("Mean", float(figures["mean_usd"]), "var(--ink)"),
        (f"Mean of the {tail_words(judgement)}", float(figures["cvar_usd"]), "var(--ai)"),
    ]
    return curve_spec(_spread(judgement, column), marks, frame)


def curve_note(judgement: Judgement, column: str) -> str:
    """What the chart of a figure leaves out, in a sentence; empty where it shows all."""
    return beyond_words(_spread(judgement, column))


def _spread(judgement: Judgement, column: str) -> pd.DataFrame:
    shown = judgement.scenarios[["scenario", "probability"]].assign(npv_usd=judgement.scenarios[column])
    return distribution(shown[shown["probability"] > 0.0])


def yearly_chart(judgement: Judgement, frame: Frame) -> Spec:
    """For every year a pale band of nine tenths, a full one of one half, and the median as a line across."""
    yearly = judgement.yearly
    bands = yearly.filter(regex="^p").div(_MILLION).assign(year=yearly["year"], zero=0.0)
    bands["tip"] = [
        parts.tip(
            row["year"],
            {
                "median": usd(judgement, row["p50_usd"]),
                "half between": f"{usd(judgement, row['p25_usd'])} and {usd(judgement, row['p75_usd'])}",
                "90% between": f"{usd(judgement, row['p5_usd'])} and {usd(judgement, row['p95_usd'])}",
            },
        )
        for row in yearly.to_dict("records")
    ]
    every = -(-len(yearly) * _YEAR_WIDTH // frame.width)
    axis = {"values": yearly["year"].tolist()[::every], "title": None, "labelAngle": 0, "labelPadding": 7}
    x = {
        "field": "year",
        "type": "ordinal",
        "axis": {**axis, "ticks": False, "domain": False, "grid": False},
        "scale": {"type": "band", "paddingInner": 1.0 - _BAND, "paddingOuter": (1.0 - _BAND) / 2.0},
    }

    def y(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "title": None, "axis": parts.axis(frame)}

    description = {"field": "tip", "type": "nominal"}
    wide, half = (
        {
            "mark": {"type": "bar", "color": colour},
            "encoding": {"x": x, "y": y(low), "y2": {"field": high}, "description": description},
        }
        for low, high, colour in (("p5_usd", "p95_usd", "var(--mining-3)"), ("p25_usd", "p75_usd", "var(--mining)"))
    )
    zero = {
        "mark": {"type": "rule", "color": "var(--ink-3)", "aria": False},
        "encoding": {"y": {"datum": 0.0, "type": "quantitative"}},
    }
    across = _BAND * frame.width / len(yearly)
    median = {
        "mark": {
            "type": "tick",
            "orient": "horizontal",
            "color": "var(--ink)",
            "size": across,
            "thickness": 2,
            "opacity": 1,
            "aria": False,
        },
        "encoding": {"x": x, "y": y("p50_usd")},
    }
    return {**parts.chart(frame, [wide, half, zero, median]), "data": parts.values(bands)}
