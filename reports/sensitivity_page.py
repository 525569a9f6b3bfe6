"""A sensitivity as a page that stands alone, and as one picture."""

from __future__ import annotations

from typing import Any

from reports import format as fmt
from reports.chart_parts import NARROW, WIDE_BARS, Frame
from reports.decision import KeyFigure, Phrase
from reports.figures import Figure, Legend
from reports.page import render_page
from reports.picture import picture, titled
from reports.sensitivity import SensitivityReport, broken_words, inside, ranges_table, spread, swings_table
from reports.svg import draw
from reports.tornado import KINDS, tornado

STYLES = ("report.css", "sensitivity.css")
_TITLE = "What hangs on each driver"
_UNIT = "change of the net present value against the base case, USD m"
_PICTURE = Frame(width=900, height=400)


def sensitivity_html(report: SensitivityReport) -> str:
    """The tornado as one HTML page that needs no network and no other file; equal figures give equal text."""
    return render_page("sensitivity.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(report))


def sensitivity_png(report: SensitivityReport) -> bytes:
    """The tornado as a PNG on white paper."""
    chart = titled(tornado(report.swings, _PICTURE, legend=True), _TITLE, _UNIT)
    base = f"base case: {report.usd(report.sensitivity.base.npv_usd)}"
    return picture(f"{report.sensitivity.name}: sensitivity", base, [chart], STYLES)


def _content(report: SensitivityReport) -> dict[str, Any]:
    figure = Figure(
        "tornado",
        _TITLE,
        _UNIT,
        {
            "wide": draw(tornado(report.swings, WIDE_BARS), _TITLE),
            "narrow": draw(tornado(report.swings, NARROW), _TITLE),
        },
        tuple(Legend(key, words) for key, words in KINDS.items()),
        swings_table(report),
    )
    return {
        "name": report.sensitivity.name,
        "headline": headline(report),
        "key_figures": _key_figures(report),
        "tornado": figure,
        "broken": broken_words(report),
        "ranges": ranges_table(report),
    }


def headline(report: SensitivityReport) -> list[Phrase]:
    """The sensitivity in one sentence."""
    phrases = [Phrase("The base case is worth "), Phrase(report.usd(report.sensitivity.base.npv_usd), strong=True)]
    if not report.swings:
        return [*phrases, Phrase("; no driver moves anything.")]
    first = report.swings[0]
    phrases += [
        Phrase("; most hangs on "),
        Phrase(inside(first[0].driver.driver.label), strong=True),
        Phrase(f" ({first[0].words} to {first[1].words} swings it by "),
        Phrase(report.usd(spread(first)), strong=True),
        Phrase(")"),
    ]
    most = report.adapting
    if most is None:
        return [*phrases, Phrase("; adapting the plan is worth nothing anywhere.")]
    return [
        *phrases,
        Phrase(f"; adapting the plan is worth most at {inside(most.driver.driver.label)} {most.words}: "),
        Phrase(report.usd(float(most.row["adapting_usd"])), strong=True),
        Phrase("."),
    ]


def _key_figures(report: SensitivityReport) -> list[KeyFigure]:
    base = report.sensitivity.base
    figures = [KeyFigure("Base case", report.usd(base.npv_usd), "net present value as it stands")]
    for pair in report.swings[:4]:
        low, high = pair
        detail = f"swing from {low.words} to {high.words}"
        figures.append(KeyFigure(low.driver.driver.label, report.usd(spread(pair)), detail))
    broken = len(report.broken)
    figures.append(KeyFigure("Base plan impossible", fmt.number(broken, 0), "ends at which holding it breaks a limit"))
    return figures
