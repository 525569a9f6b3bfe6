"""A what-if as a page that stands alone: the cases side by side, AI over time, what moved and what pins cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.chart_parts import NARROW, WIDE
from reports.decision import KeyFigure
from reports.figures import GRAIN_WORDS, Figure, Legend
from reports.page import render_page
from reports.periods import grain
from reports.svg import draw
from reports.what_if import (
    certificate_words,
    comparison_table,
    hashrate_table,
    headline,
    moves_table,
    pins_table,
    sites_table,
    years_table,
)
from reports.what_if_chart import ai_lines, case_keys

if TYPE_CHECKING:
    from optimizer.what_ifs import WhatIf

STYLES = ("report.css", "what_if.css")
_TITLE = "AI over time, base and cases"
_TILES = 6


def what_if_html(found: WhatIf) -> str:
    """The what-if as one HTML page that needs no network and no other file; equal results give equal text."""
    return render_page("what_if.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(found))


def _content(found: WhatIf) -> dict[str, Any]:
    settings = found.base.portfolio.settings
    return {
        "name": settings.name,
        "scope": f"{fmt.count(len(found.cases), 'case')} beside the base; {settings.months} months from "
        f"{fmt.month(settings.start)}",
        "headline": headline(found),
        "key_figures": _key_figures(found),
        "cases": [(case.name, case.changes or ("nothing is changed",)) for case in found.cases],
        "infeasible": [(case.name, case.clashes) for case in found.infeasible],
        "warnings": list(dict.fromkeys(words for case in (found.base, *found.cases) for words in case.warnings)),
        "comparison": comparison_table(found, found.cases),
        "hashrate": hashrate_table(found, found.cases),
        "ai": _ai_figure(found),
        "moves": moves_table(found),
        "sites": sites_table(found),
        "years": [
            years_table(found, "mining", "mining"),
            years_table(found, "ai", "AI"),
        ],
        "pins": pins_table(found),
        "certificate": certificate_words(found),
    }


def _key_figures(found: WhatIf) -> list[KeyFigure]:
    """The base and the first cases by value."""
    rows = found.comparison.to_dict("records")
    base, *cases = rows
    tiles = [KeyFigure("Base", fmt.usd(base["npv_usd"]), "net present value")]
    for row in cases[: _TILES - 1]:
        detail = "no plan keeps all limits" if fmt.is_missing(row["npv_usd"]) else "against the base"
        tiles.append(KeyFigure(row["case"], fmt.usd_signed(row["npv_change_usd"]), detail))
    return tiles


def _ai_figure(found: WhatIf) -> Figure:
    words = GRAIN_WORDS[grain(sorted(found.months["month"].unique()))]
    return Figure(
        "ai-months",
        _TITLE,
        f"MW of the sites in AI, {words}",
        {"wide": draw(ai_lines(found, WIDE), _TITLE), "narrow": draw(ai_lines(found, NARROW), _TITLE)},
        tuple(Legend(key, name) for name, key in case_keys(found).items()),
    )
