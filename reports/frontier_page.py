"""An efficient frontier as a page that stands alone, and as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import chart_parts as parts
from reports.chart_parts import Frame, Spec
from reports.figures import Figure, Legend
from reports.frontier import contracts_table, headline, key_figures, points_table, tail_words, usd
from reports.page import render_page
from reports.picture import picture, titled
from reports.svg import draw

if TYPE_CHECKING:
    from optimizer.efficient_frontier import Frontier

STYLES = ("report.css",)
_TITLE = "Mean value against safety"
_FRAMES = {"wide": Frame(width=1120, height=380, ticks=10), "narrow": parts.NARROW}
_PICTURE = Frame(width=900, height=420)
_LEGEND = (Legend("mining", "The most mean value for each mean of the worst share; every dot is a plan"),)
_MILLION = 1e6
# Of a long frontier so many plans are columns of what is signed.
_MOST_PLANS = 16


def frontier_html(frontier: Frontier) -> str:
    """The frontier as one HTML page that needs no network and no other file; equal figures give equal text."""
    return render_page("frontier.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(frontier))


def frontier_png(frontier: Frontier) -> bytes:
    """The frontier as a PNG on white paper."""
    chart = titled(frontier_chart(frontier, _PICTURE), _TITLE, _unit(frontier))
    return picture(f"{frontier.name}: efficient frontier", f"{frontier.scenarios:,} scenarios", [chart], STYLES)


def frontier_chart(frontier: Frontier, frame: Frame) -> Spec:
    """The plans in a plane of worst share (across) and mean (up), joined where a mix of two is never better."""
    points = frontier.points
    table = pd.DataFrame(
        {
            "tail": points["cvar_usd"] / _MILLION,
            "mean": points["mean_usd"] / _MILLION,
            "plan": [str(number) for number in range(1, len(points) + 1)],
            "tip": [
                parts.tip(
                    f"Plan {number}",
                    {
                        "mean": usd(frontier, row.mean_usd),
                        tail_words(frontier): usd(frontier, row.cvar_usd),
                        "best from weight": f"{row.from_weight:.3g} to {row.to_weight:.3g}",
                    },
                )
                for number, row in enumerate(points.itertuples(), start=1)
            ],
        }
    )
    scale = {"zero": False, "nice": True, "padding": 12}
    axis = {**parts.axis(frame), "tickCount": frame.ticks}
    x = {"field": "tail", "type": "quantitative", "title": None, "scale": scale, "axis": {**axis, "grid": False}}
    y = {"field": "mean", "type": "quantitative", "title": None, "scale": scale, "axis": parts.axis(frame)}
    line = {
        "mark": {"type": "line", "color": "var(--mining)", "strokeWidth": 2, "aria": False},
        "encoding": {"x": x, "y": y, "order": {"field": "tail", "type": "quantitative"}},
    }
    dots = {
        "mark": {"type": "point", "filled": True, "opacity": 1, "size": 80, "color": "var(--ink)"},
        "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}},
    }
    labels = {
        "mark": {"type": "text", "align": "left", "dx": 8, "dy": -8, "color": "var(--ink)", "aria": False},
        "encoding": {"x": x, "y": y, "text": {"field": "plan", "type": "nominal"}},
    }
    return {**parts.chart(frame, [line, dots, labels]), "data": parts.values(table)}


def _unit(frontier: Frontier) -> str:
    return f"across: mean NPV of the {tail_words(frontier)} of scenarios; up: mean NPV of all of them; USD m"


def _content(frontier: Frontier) -> dict[str, Any]:
    drawings = {name: draw(frontier_chart(frontier, frame), _TITLE) for name, frame in _FRAMES.items()}
    return {
        "name": frontier.name,
        "scope": f"{frontier.scenarios:,} scenarios; every plan is the best one at some weight of the worst share",
        "headline": headline(frontier),
        "key_figures": key_figures(frontier),
        "chart": Figure("frontier", _TITLE, _unit(frontier), drawings, _LEGEND),
        "plans": points_table(frontier),
        "contracts": contracts_table(frontier, _MOST_PLANS),
    }
