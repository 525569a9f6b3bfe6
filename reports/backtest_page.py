"""A backtest as a page that stands alone, and as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.backtest import MODEL, headline, key_figures, periods, scores_table
from reports.chart_parts import Frame, Spec
from reports.figures import Figure, Legend
from reports.forecast_chart import fan_chart
from reports.page import render_page
from reports.picture import picture, titled
from reports.svg import draw

if TYPE_CHECKING:
    from sites.market.backtest import Backtest

STYLES = ("report.css",)
_FRAMES = {"wide": Frame(width=1120, height=320, ticks=14), "narrow": parts.NARROW}
_PICTURE = Frame(width=900, height=260, ticks=12)
_LEGEND = (
    Legend("mining", "Median and bands of 50%, 80% and 95%, as forecast"),
    Legend("ai", "What came"),
)
_UNIT = "hashprice in USD per PH/s per day; logarithmic"


def backtest_html(backtest: Backtest) -> str:
    """The backtest as one HTML page that needs no network and no other file; equal figures give equal text."""
    return render_page("backtest.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(backtest))


def backtest_png(backtest: Backtest) -> bytes:
    """Forecast and fact at every horizon as one PNG on white paper."""
    rows = [titled(_chart(backtest, horizon, _PICTURE), _title(horizon), _UNIT) for horizon in _horizons(backtest)]
    return picture("Backtest of the stochastic market", _scope(backtest), rows, STYLES)


def _horizons(backtest: Backtest) -> list[int]:
    return sorted(int(horizon) for horizon in backtest.forecasts["horizon_months"].unique())


def _title(horizon: int) -> str:
    return f"Forecast {fmt.count(horizon, 'month')} ahead, and what came"


def _scope(backtest: Backtest) -> str:
    origins = backtest.forecasts["origin"]
    return (
        f"history of {backtest.days[0]} to {backtest.days[1]}; {origins.nunique()} forecasts from the ends of "
        f"{origins.min()} to {origins.max()}, each of {backtest.paths:,} paths"
    )


def _chart(backtest: Backtest, horizon: int, frame: Frame) -> Spec:
    """Bands as they were forecast for each month, and what that month was."""
    rows = backtest.forecasts
    rows = rows[(rows["forecast"] == MODEL) & (rows["horizon_months"] == horizon)].sort_values("month")
    actual = rows[["month", "actual_usd_per_ph_day"]].rename(columns={"actual_usd_per_ph_day": "value"})
    nothing = pd.DataFrame({"month": [], "value": []})
    return fan_chart(rows, nothing, frame, actual=actual, logarithmic=True)


def _content(backtest: Backtest) -> dict[str, Any]:
    figures = [
        Figure(
            f"ahead-{horizon}",
            _title(horizon),
            _UNIT,
            {name: draw(_chart(backtest, horizon, frame), _title(horizon)) for name, frame in _FRAMES.items()},
            _LEGEND,
        )
        for horizon in _horizons(backtest)
    ]
    return {
        "scope": _scope(backtest),
        "headline": headline(backtest),
        "key_figures": key_figures(backtest),
        "figures": figures,
        "tables": [scores_table(backtest, period) for period in periods(backtest)],
    }
