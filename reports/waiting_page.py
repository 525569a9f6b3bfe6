"""The value of waiting as a page that stands alone, and as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import Frame
from reports.figures import Figure, Legend
from reports.page import render_page
from reports.picture import picture, titled
from reports.svg import draw
from reports.waiting import gain_usd, headline, key_figures, leaves, objective_words
from reports.waiting_chart import tree_chart
from reports.waiting_tables import anyway_table, contracts_table, nodes_table, outcomes_table, waits_tables

if TYPE_CHECKING:
    from optimizer.waiting.waiting import Waiting

STYLES = ("report.css",)
_TITLE = "What is seen, and what is signed then"
_UNIT = "mean hashprice of the scenarios of each node, USD per PH/s per day"
_FRAMES = {"wide": Frame(width=1120, height=420, ticks=10), "narrow": parts.NARROW}
_PICTURE = Frame(width=900, height=460)
_LEGEND = (
    Legend("mining", "Mean hashprice of a node; the thicker, the likelier"),
    Legend("ai", "A node begins; the larger, the more it signs"),
    Legend("capacity", "Where two bands of hashprice part, mean of the three months before"),
)
# Leaves with fewer scenarios than this know their future better than anybody will.
_FEW_SCENARIOS = 20


def waiting_html(waiting: Waiting) -> str:
    """The plan that waits as one HTML page that needs no network and no other file; equal figures give equal text."""
    return render_page("waiting.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(waiting))


def waiting_png(waiting: Waiting) -> bytes:
    """The tree as a PNG on white paper."""
    chart = titled(tree_chart(waiting, _PICTURE), _TITLE, [_UNIT, "dots: where a node begins, and what it signs"])
    return picture(f"{waiting.name}: the value of waiting", _worth(waiting), [chart], STYLES)


def _worth(waiting: Waiting) -> str:
    return f"worth {fmt.usd(gain_usd(waiting))}: {objective_words(waiting)}, against the best plan that commits now"


def few_scenarios(waiting: Waiting) -> str:
    """A warning about leaves of few scenarios; empty when there is none, or when all scenarios are that few."""
    least = int(waiting.nodes.set_index("node").loc[leaves(waiting), "scenarios"].min())
    if least >= _FEW_SCENARIOS or len(waiting.values) < _FEW_SCENARIOS:
        return ""
    return (
        f"The smallest leaf holds {fmt.count(least, 'scenario')}. A plan made for so few knows them too well, and the "
        "value of waiting is overstated: give more scenarios or fewer branches, and try the plan on fresh ones."
    )


def _content(waiting: Waiting) -> dict[str, Any]:
    drawings = {name: draw(tree_chart(waiting, frame), _TITLE) for name, frame in _FRAMES.items()}
    branches = "; ".join(f"{fmt.month(each.month)} in {each.branches}" for each in waiting.branchings)
    return {
        "name": waiting.name,
        "scope": f"{len(waiting.values):,} scenarios in {len(leaves(waiting))} leaves; branches: {branches}",
        "headline": headline(waiting),
        "key_figures": key_figures(waiting),
        "warning": few_scenarios(waiting),
        "chart": Figure("tree", _TITLE, _UNIT, drawings, _LEGEND),
        "nodes": nodes_table(waiting),
        "anyway": anyway_table(waiting),
        "waits": waits_tables(waiting),
        "contracts": contracts_table(waiting),
        "outcomes": outcomes_table(waiting),
        "worth": objective_words(waiting),
        "gap": fmt.scientific(waiting.gap),
    }
