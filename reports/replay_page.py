"""A replay as a page that stands alone, and as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import Frame
from reports.figures import Figure, Legend
from reports.page import render_page
from reports.picture import picture, titled
from reports.replay import decisions_table, fan_words, headline, key_figures, months_table, values_table
from reports.replay_chart import cash_chart, outlook_chart
from reports.svg import draw

if TYPE_CHECKING:
    from optimizer.replaying import Replay

STYLES = ("report.css",)
_FRAMES = {"wide": Frame(width=1120, height=360, ticks=12), "narrow": parts.NARROW}
_PICTURE = Frame(width=900, height=320, ticks=10)
_FAN_TITLE, _FAN_UNIT = "The fan against what happened", "hashprice in USD per PH/s per day, by month"
_CASH_TITLE, _CASH_UNIT = "Net cash since the start", "running total, not discounted, USD m"
_FAN_LEGEND = (
    Legend("capacity", "What was known"),
    Legend("mining", "Outlook: median; bands of 50%, 80% and 95%, the narrow ones darkest"),
    Legend("ai", "What happened"),
)
_CASH_LEGEND = (Legend("ai", "Plan"), Legend("mining", "Mining only"))


def replay_html(replay: Replay) -> str:
    """The replay as one HTML page that needs no network and no other file; equal figures give equal text."""
    return render_page("replay.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(replay))


def replay_png(replay: Replay) -> bytes:
    """Fan and cash as one PNG on white paper."""
    rows = [
        titled(outlook_chart(replay, _PICTURE), _FAN_TITLE, _FAN_UNIT),
        titled(cash_chart(replay, _PICTURE), _CASH_TITLE, _CASH_UNIT),
    ]
    return picture(f"Replay of {replay.name}", _scope(replay), rows, STYLES)


def _scope(replay: Replay) -> str:
    return (
        f"planned in {fmt.month(replay.first_month)}, lived through {fmt.month(replay.last_month)}; "
        f"{replay.paths:,} random paths for each outlook, seed {replay.seed}"
    )


def _content(replay: Replay) -> dict[str, Any]:
    fan = {name: draw(outlook_chart(replay, frame), _FAN_TITLE) for name, frame in _FRAMES.items()}
    cash = {name: draw(cash_chart(replay, frame), _CASH_TITLE) for name, frame in _FRAMES.items()}
    return {
        "name": replay.name,
        "scope": _scope(replay),
        "headline": headline(replay),
        "key_figures": key_figures(replay),
        "fan": Figure("fan", _FAN_TITLE, _FAN_UNIT, fan, _FAN_LEGEND),
        "fan_words": fan_words(replay),
        "cash": Figure("cash", _CASH_TITLE, _CASH_UNIT, cash, _CASH_LEGEND),
        "values": values_table(replay),
        "decisions": decisions_table(replay),
        "months": months_table(replay),
    }
