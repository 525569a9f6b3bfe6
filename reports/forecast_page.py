"""A forecast as a page that stands alone, and as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import chart_parts as parts
from reports.chart_parts import Frame
from reports.figures import Figure, Legend
from reports.forecast import (
    HASHPRICE,
    SERIES_WORDS,
    fan_table,
    headline,
    is_random,
    key_figures,
    machine_table,
    parameter_table,
)
from reports.forecast_chart import of_series
from reports.page import render_page
from reports.picture import picture, titled
from reports.svg import draw

if TYPE_CHECKING:
    from sites.market.forecast import Forecast

STYLES = ("report.css",)
_FRAMES = {"wide": Frame(width=1120, height=380, ticks=12), "narrow": parts.NARROW}
_PICTURE = Frame(width=900, height=360, ticks=10)
_LEGEND = (
    Legend("capacity", "What was, by month"),
    Legend("mining", "Median; bands that hold 50%, 80% and 95% of the paths, the narrow ones darkest"),
)
_ONE_LINE = (Legend("mining", "The path that is planned with"),)


def forecast_html(forecast: Forecast) -> str:
    """The forecast as one HTML page that needs no network and no other file; equal figures give equal text."""
    return render_page("forecast.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(forecast))


def forecast_png(forecast: Forecast) -> bytes:
    """All fans as one PNG on white paper."""
    rows = [titled(of_series(forecast, name, _PICTURE), *SERIES_WORDS[name]) for name in _series(forecast)]
    return picture(f"{forecast.name}: forecast", _scope(forecast), rows, STYLES)


def _series(forecast: Forecast) -> list[str]:
    return [name for name in SERIES_WORDS if (forecast.fan["series"] == name).any()]


def _scope(forecast: Forecast) -> str:
    months = forecast.fan["month"]
    span = f"{months.iloc[0]} to {months.iloc[-1]}"
    if not is_random(forecast):
        return f"{span}; {forecast.model} market"
    return f"{span}; {forecast.paths:,} random paths, seed {forecast.seed}"


def _figure(forecast: Forecast, series: str) -> Figure:
    title, unit = SERIES_WORDS[series]
    drawings = {name: draw(of_series(forecast, series, frame), title) for name, frame in _FRAMES.items()}
    legend = _LEGEND if is_random(forecast) else _ONE_LINE
    note = "A band that leaves the chart at the top goes on above it; the table has its figures."
    return Figure(series, title, unit, drawings, legend, fan_table(forecast, series), note)


def _content(forecast: Forecast) -> dict[str, Any]:
    others = [_figure(forecast, name) for name in _series(forecast) if name != HASHPRICE]
    return {
        "name": forecast.name,
        "scope": _scope(forecast),
        "headline": headline(forecast),
        "key_figures": key_figures(forecast),
        "fan": _figure(forecast, HASHPRICE),
        "others": others,
        "parameters": parameter_table(forecast),
        "machines": machine_table(forecast),
        "sources": forecast.sources,
    }
