"""A sweep as a page that stands alone, and as one picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from reports import format as fmt
from reports.chart_parts import HALF_PATH, NARROW, WIDE, Frame, Spec
from reports.decision import KeyFigure, Phrase
from reports.figures import Figure, Legend
from reports.map_sides import Scale
from reports.page import render_page
from reports.picture import beside, picture, titled
from reports.svg import draw
from reports.sweep import CHOSEN, NO_PLAN, SHOWN, Shown, SweepReport, contract_mw
from reports.sweep_charts import colour_key, contract_bars, curve, heat_classes, heat_map, set_map
from reports.sweep_tables import cells_table, common_words, contracts_table, map_table, sets_table

STYLES = ("report.css", "sweep.css")
_PICTURE_HALF = Frame(width=430, height=300, ticks=6)
_PICTURE = Frame(width=1000, height=380, ticks=10)
_SETS_TITLE = "Which offers are taken"
_CONTRACTS_TITLE = "Critical MW by contract"


def sweep_html(report: SweepReport) -> str:
    """The sweep as one HTML page that needs no network and no other file; equal sweeps give equal text."""
    return render_page("sweep.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(report))


def sweep_png(report: SweepReport) -> bytes:
    """The charts of the page as one PNG on white paper."""
    shown = [SHOWN[name] for name in ("npv", "ai_share")]
    if report.is_map:
        halves = [
            titled(heat_map(report, one, _scale(report, one), _PICTURE_HALF, legend=True), _title(one), _unit(one))
            for one in shown
        ]
        sets = titled(set_map(report, _PICTURE, legend=True), _SETS_TITLE, _sets_line(report))
    else:
        halves = [titled(curve(report, one, _PICTURE_HALF), _title(one), _unit(one)) for one in shown]
        if not len(contract_mw(report).columns):
            return picture(report.sweep.name, _scope(report), [beside(halves)], STYLES)
        sets = titled(contract_bars(report, _PICTURE, legend=True), _CONTRACTS_TITLE, "over all starts of a contract")
    return picture(report.sweep.name, _scope(report), [beside(halves), sets], STYLES)


def _content(report: SweepReport) -> dict[str, Any]:
    figures = [_heat(report, name) for name in ("npv", "ai_share")] if report.is_map else _curves(report)
    return {
        "name": report.sweep.name,
        "scope": _scope(report),
        "headline": headline(report),
        "key_figures": _key_figures(report),
        "maps": [_sets(report), *figures] if report.is_map else figures,
        "sets": sets_table(report),
        "common": common_words(report.sets),
        "cells": cells_table(report),
        "is_map": report.is_map,
        "base_words": _base_words(report),
    }


def _scope(report: SweepReport) -> str:
    sides = [f"{side.name} from {side.words[0]} to {side.words[-1]}" for side in report.sides]
    return " by ".join(sides)


def headline(report: SweepReport) -> list[Phrase]:
    """The sweep in one sentence."""
    solved = [row for row in report.grid if report.is_solved(row)]
    if not solved:
        return [Phrase("No cell has a plan that keeps all limits.")]
    worst, best = (pick(solved, key=lambda row: row["npv_usd"]) for pick in (min, max))
    kinds = len(report.sets.letters)
    return [
        Phrase("Net present value from "),
        Phrase(report.usd(worst["npv_usd"]), strong=True),
        Phrase(f" (at {report.at_words(worst)}) to "),
        Phrase(report.usd(best["npv_usd"]), strong=True),
        Phrase(f" (at {report.at_words(best)}); the plans take "),
        *(
            (Phrase(fmt.count(kinds, "set"), strong=True), Phrase(f" of offers in {fmt.count(len(solved), 'cell')}."))
            if kinds > 1
            else (Phrase("the same offers in every cell."),)
        ),
    ]


def _key_figures(report: SweepReport) -> list[KeyFigure]:
    base = report.sweep.base
    has_base = not math.isnan(base.npv_usd)
    solved = [row for row in report.grid if report.is_solved(row)]
    shares = [row["ai_share"] for row in solved] or [math.nan]
    npvs = [row["npv_usd"] for row in solved] or [math.nan]
    unsolved = sum(report.unsolved.values())
    return [
        KeyFigure("Base case", report.usd(base.npv_usd) if has_base else NO_PLAN, "net present value as it stands"),
        KeyFigure("Lowest", report.usd(min(npvs)), "net present value of any cell"),
        KeyFigure("Highest", report.usd(max(npvs)), "net present value of any cell"),
        KeyFigure("AI share", f"{fmt.percent(min(shares), 0)} to {fmt.percent(max(shares), 0)}", "of the MW-months"),
        KeyFigure("Sets of offers", fmt.number(len(report.sets.letters), 0), "taken somewhere"),
        KeyFigure("Cells", fmt.number(len(report.grid), 0), f"{unsolved} without a plan" if unsolved else "all solved"),
    ]


def _base_words(report: SweepReport) -> str:
    """Where the base case lies, and why it may not be shown."""
    if all(side.base is not None for side in report.sides):
        return f"The {'diamond' if report.is_map else 'dashed line'} marks the base case: the portfolio as it stands."
    return "The base case lies outside these values, or is no single value, and is not marked."


def _heat(report: SweepReport, name: str) -> Figure:
    shown = SHOWN[name]
    scale = _scale(report, shown)
    legend = [Legend(key, words) for words, key in heat_classes(scale)]
    return Figure(
        f"map-{name}-figure",
        _title(shown),
        f"{_unit(shown)}; {_axes_words(report)}",
        _drawn(lambda frame: heat_map(report, shown, scale, frame), _title(shown), WIDE),
        (*legend, *_no_plan(report), *_base_legend(report)),
        map_table(report, name),
    )


def _sets(report: SweepReport) -> Figure:
    sets = report.sets
    legend = [
        Legend(sets.key(names), f"{letter}: {sets.words(names)}{' (base case)' if names == sets.base else ''}")
        for names, letter in sets.letters.items()
    ]
    return Figure(
        "map-chosen-figure",
        _SETS_TITLE,
        f"a colour and a letter for every set of offers; {_axes_words(report)}",
        _drawn(lambda frame: set_map(report, frame), _SETS_TITLE, WIDE),
        (*legend, *_no_plan(report), *_base_legend(report)),
        map_table(report, CHOSEN),
        common_words(sets),
    )


def _curves(report: SweepReport) -> list[Figure]:
    found = [
        Figure(
            f"curve-{name}",
            _title(SHOWN[name]),
            f"{_unit(SHOWN[name])}; over {report.sides[0].name}",
            _drawn(partial(curve, report, SHOWN[name]), _title(SHOWN[name]), HALF_PATH),
            _base_legend(report),
        )
        for name in ("npv", "ai_share")
    ]
    names = list(contract_mw(report))
    if not names:
        return found
    legend = tuple(Legend(colour_key(number), str(name)) for number, name in enumerate(names))
    bars = Figure(
        "contracts-figure",
        _CONTRACTS_TITLE,
        f"over all starts of a contract, over {report.sides[0].name}",
        _drawn(lambda frame: contract_bars(report, frame), _CONTRACTS_TITLE, WIDE),
        (*legend, *_base_legend(report)),
        contracts_table(report),
    )
    return [*found, bars]


def _title(shown: Shown) -> str:
    """The title of a chart of a figure, spelled out."""
    return "Net present value" if shown.column == "npv_usd" else shown.title


def _unit(shown: Shown) -> str:
    """The line below it."""
    return shown.unit if shown.column == "npv_usd" else f"{shown.unit} {shown.gloss}"


def _axes_words(report: SweepReport) -> str:
    across, up = report.sides
    return f"across: {across.name}; up: {up.name}"


def _sets_line(report: SweepReport) -> list[str]:
    """The letters of a picture, which has no list beside it."""
    sets = report.sets
    lines = [f"{letter}: {sets.words(names)}" for names, letter in list(sets.letters.items())[:12]]
    more = len(sets.letters) - len(lines)
    return [*lines, *([f"and {more} sets more"] if more > 0 else []), common_words(sets)]


def _no_plan(report: SweepReport) -> list[Legend]:
    words = ", ".join(f"{count} {status}" for status, count in report.unsolved.items())
    return [Legend("no-plan", f"{NO_PLAN} ({words})")] if words else []


def _base_legend(report: SweepReport) -> tuple[Legend, ...]:
    if any(side.base is None for side in report.sides):
        return ()
    return (Legend("base-map" if report.is_map else "base-line", "base case"),)


def _scale(report: SweepReport, shown: Shown) -> Scale:
    return Scale.of([float(row[shown.column]) / shown.per_unit for row in report.grid if report.is_solved(row)])


def _drawn(spec: Callable[[Frame], Spec], title: str, wide: Frame) -> dict[str, str]:
    return {"wide": draw(spec(wide), title), "narrow": draw(spec(NARROW), title)}
