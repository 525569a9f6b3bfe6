"""The charts of a sweep as Vega-Lite specifications: curves over one field, switching maps over two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import NARROW, Frame, Spec
from reports.map_sides import Scale, Side
from reports.sweep import COLOURED_SETS, NO_PLAN, Shown, SweepReport, contract_mw, split

RAMP = 9
# A map of more cells across than this has no room for letters in them.
_LETTERS_ACROSS = 26
_ROW_PX, _LEAST_PX, _MOST_PX = 26, 150, 520
# Values as long as this can all stand along a side; round numbers between them stand for longer ones.
_SHORT_WORDS = 5


def curve(report: SweepReport, shown: Shown, frame: Frame) -> Spec:
    """A figure over the values of one field; values without a plan leave a gap."""
    side = report.sides[0]
    rows = []
    for n, row in enumerate(report.grid):
        value = float(row[shown.column]) / shown.per_unit if report.is_solved(row) else None
        words = {"": f"{report.shown(shown, row)} {_short_unit(shown)}".strip()}
        rows.append({"x": side.places[n], "y": value, "tip": parts.tip(side.words[n], words)})
    x = _along(side, frame)
    y: Spec = {"field": "y", "type": "quantitative", "title": None, "axis": parts.axis(frame), "scale": {"zero": False}}
    line = {
        "data": {"values": rows},
        "mark": {"type": "line", "color": "var(--ai)", "strokeWidth": 2, "aria": False},
        "encoding": {"x": x, "y": y},
    }
    points = {
        "data": {"values": [row for row in rows if row["y"] is not None]},
        "mark": {"type": "point", "filled": True, "size": 60, "color": "var(--ai)", "opacity": 1},
        "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}},
    }
    return parts.chart(frame, [*_base_rule(side), line, points])


def contract_bars(report: SweepReport, frame: Frame, *, legend: bool = False) -> Spec:
    """Critical MW by contract over the values of one field, stacked."""
    side, mw = report.sides[0], contract_mw(report)
    names = list(mw)
    rows = []
    for n, values in enumerate(mw.fillna(0.0).to_numpy().tolist()):
        low = 0.0
        for number, (name, value) in enumerate(zip(names, values, strict=True)):
            tip = parts.tip(f"{name} at {side.words[n]}", {"": f"{fmt.mw(value)} critical MW"})
            ends = {"x": side.edges[n], "x2": side.edges[n + 1], "y": low, "y2": low + value}
            rows.append({**ends, "key": colour_key(number), "name": str(name), "tip": tip})
            low += value
    named = [(str(name), colour_key(number)) for number, name in enumerate(names)]
    bars = {
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": "var(--page)", "strokeWidth": 1},
        "encoding": {
            "x": _along(side, frame),
            "x2": {"field": "x2"},
            "y": {"field": "y", "type": "quantitative", "title": None, "axis": parts.axis(frame)},
            "y2": {"field": "y2"},
            "color": _colours("name", named, legend=legend),
            "description": {"field": "tip", "type": "nominal"},
        },
    }
    return parts.chart(frame, [bars, *_base_rule(side)])


def heat_map(report: SweepReport, shown: Shown, scale: Scale, frame: Frame, *, legend: bool = False) -> Spec:
    """A figure over two fields as coloured cells.

    legend : draw the classes beside the cells, where no page can show them.
    """
    rows = []
    for row in report.grid:
        solved = report.is_solved(row)
        value = float(row[shown.column]) / shown.per_unit
        words = scale.words(scale.place(value)) if solved else NO_PLAN
        tip = parts.tip(report.where(row), {"": f"{report.shown(shown, row)} {_short_unit(shown)}".strip()})
        rows.append({**_cell(report, row), "class": words, "tip": tip})
    named = [*heat_classes(scale), *([(NO_PLAN, "no-plan")] if report.unsolved else [])]
    return _map(report, rows, named, frame, legend=legend)


def set_map(report: SweepReport, frame: Frame, *, legend: bool = False) -> Spec:
    """Which set of contracts is taken where, over two fields, a colour and a letter for each set."""
    rows, sets = [], report.sets
    for row in report.grid:
        solved = report.is_solved(row)
        names = split(row["chosen"])
        words = sets.words(names) if solved else NO_PLAN
        tip = parts.tip(report.where(row), {f"{report.letter(row)}:" if solved else "": words})
        rows.append({**_cell(report, row), "class": report.letter(row) if solved else NO_PLAN, "tip": tip})
    named = list(dict.fromkeys((letter, sets.key(names)) for names, letter in sets.letters.items()))
    spec = _map(report, rows, [*named, *([(NO_PLAN, "no-plan")] if report.unsolved else [])], frame, legend=legend)
    if frame is not NARROW and len(report.sides[0].places) <= _LETTERS_ACROSS:
        spec["layer"].insert(1, _letters(rows))
    return spec


def heat_classes(scale: Scale) -> list[tuple[str, str]]:
    """The words and the colour of every class, the lowest first; few classes are spread over the whole ramp."""
    last = max(scale.count - 1, 1)
    return [(scale.words(n + 1), f"ramp-{1 + round(n * (RAMP - 1) / last)}") for n in range(scale.count)]


def colour_key(number: int) -> str:
    """The colour of the n-th thing that has no colour of its own elsewhere."""
    return f"set-{number + 1}" if number < COLOURED_SETS else "set-rest"


def _map(
    report: SweepReport, rows: list[dict[str, Any]], named: Sequence[tuple[str, str]], frame: Frame, *, legend: bool
) -> Spec:
    across, up = report.sides
    height = min(max(_ROW_PX * len(up.places), _LEAST_PX), max(frame.height, _MOST_PX if frame is not NARROW else 300))
    sized = Frame(frame.width, height, frame.ticks)
    cells = {
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": "var(--page)", "strokeWidth": 0.5},
        "encoding": {
            "x": _along(across, sized),
            "x2": {"field": "x2"},
            "y": _along(up, sized, vertical=True),
            "y2": {"field": "y2"},
            "color": _colours("class", named, legend=legend),
            "description": {"field": "tip", "type": "nominal"},
        },
    }
    return parts.chart(sized, [cells, *_base_mark(across, up)])


def _cell(report: SweepReport, row: dict[str, Any]) -> dict[str, float]:
    (n, m), (across, up) = row["place"], report.sides
    ends = {"x": across.edges[n], "x2": across.edges[n + 1], "y": up.edges[m], "y2": up.edges[m + 1]}
    return {**ends, "cx": (ends["x"] + ends["x2"]) / 2, "cy": (ends["y"] + ends["y2"]) / 2}


def _letters(rows: list[dict[str, Any]]) -> Spec:
    return {
        "data": {"values": [row for row in rows if row["class"] != NO_PLAN]},
        "mark": {"type": "text", "fontSize": 11, "color": "var(--on-set)", "aria": False},
        "encoding": {
            "x": {"field": "cx", "type": "quantitative"},
            "y": {"field": "cy", "type": "quantitative"},
            "text": {"field": "class", "type": "nominal"},
        },
    }


def _along(side: Side, frame: Frame, *, vertical: bool = False) -> Spec:
    """The channel of a side: its own numbers, or equal steps with words."""
    axis: Spec = {
        "title": None,
        "grid": False,
        "ticks": False,
        "domain": False,
        "labelPadding": 6,
        "labelOverlap": True,
    }
    if side.is_numeric:
        sign = side.words[0][:1] if side.words[0][:1] in "×+" else ""
        few = max(frame.height // 40, 3) if vertical else frame.ticks
        axis |= {"tickCount": min(few, len(side.places)), "format": ",~f"}
        axis["labelExpr"] = f"'{sign}' + replace(datum.label, '-', '{fmt.MINUS}')"
        if len(side.places) <= few and max(map(len, side.words)) <= _SHORT_WORDS:
            axis["values"] = list(side.places)
    else:
        every = -(-len(side.places) // (30 if vertical else frame.ticks))
        axis["values"] = list(side.places)[::every]
        # JSON is a literal of Vega's expressions too, and names no function.
        axis["labelExpr"] = f"{json.dumps(side.words)}[datum.value]"
    domain = [side.edges[0], side.edges[-1]]
    scale = {"domain": domain, "nice": False, "zero": False}
    field = "y" if vertical else "x"
    return {"field": field, "type": "quantitative", "axis": axis, "scale": scale}


def _colours(field: str, named: Sequence[tuple[str, str]], *, legend: bool) -> Spec:
    scale = {"domain": [words for words, _ in named], "range": [f"var(--{key})" for _, key in named]}
    shape = {"title": None, "symbolType": "square", "symbolSize": 160, "labelLimit": 260, "symbolStrokeWidth": 0}
    return {"field": field, "type": "nominal", "legend": shape if legend else None, "scale": scale}


def _base_rule(side: Side) -> list[Spec]:
    if side.base is None:
        return []
    rule = {
        "data": {"values": [{"x": side.base}]},
        "mark": {"type": "rule", "color": "var(--ink-2)", "strokeDash": [4, 3], "aria": False},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }
    return [rule]


def _base_mark(across: Side, up: Side) -> list[Spec]:
    """A diamond where the base case lies."""
    if across.base is None or up.base is None:
        return []
    mark = {
        "data": {"values": [{"x": across.base, "y": up.base, "tip": "Base case: the portfolio as it stands"}]},
        "mark": {
            "type": "point",
            "shape": "diamond",
            "size": 150,
            "filled": True,
            "fill": "var(--page)",
            "stroke": "var(--ink)",
            "strokeWidth": 2,
            "opacity": 1,
        },
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }
    return [mark]


def _short_unit(shown: Shown) -> str:
    """The unit in a sentence; a percentage carries its own."""
    return "" if shown.unit == "%" else shown.unit
