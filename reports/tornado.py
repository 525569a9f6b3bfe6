"""The tornado as a Vega-Lite specification: a pair of bars per driver, the plan found anew above the plan held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import NARROW, Frame, Spec
from reports.sensitivity import Swing

KINDS = {
    "low-best": "low value, plan found anew",
    "high-best": "high value, plan found anew",
    "low-held": "low value, plan held",
    "high-held": "high value, plan held",
}
_PAIR_PX = 46
_MILLION = 1e6
# Room beside the longest bar for the value of its driver.
_LABEL_PX = 44


def tornado(pairs: Sequence[tuple[Swing, Swing]], frame: Frame, *, legend: bool = False) -> Spec:
    """Change of the NPV against the base case for each driver at both ends. [USD million]

    legend : draw the kinds of bars beside the chart, where no page can show them.
    """
    rows = [row for rank, pair in enumerate(pairs) for row in _bars(rank, pair)]
    # Where both ends go the same way the shorter bar lies on the longer one.
    bars = sorted((row for row in rows if row["value"] is not None), key=lambda row: -abs(row["value"]))
    notes = [row for row in rows if row["value"] is None]
    reach = [row["value"] for row in bars] or [0.0]
    low, high = min(0.0, *reach), max(0.0, *reach)
    room = ((high - low) or 1.0) * _LABEL_PX / max(frame.width - 2 * _LABEL_PX, 1)
    axis = {"ticks": False, "domain": False, "title": None, "labelPadding": 8}
    limit = 110 if frame is NARROW else 200
    y: Spec = {"field": "name", "type": "nominal", "sort": {"field": "rank"}, "axis": {**axis, "labelLimit": limit}}
    offset: Spec = {"field": "plan", "type": "nominal", "sort": ["best", "held"]}
    domain = [low - room, high + room]
    x: Spec = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": {**parts.axis(frame), "tickCount": min(frame.ticks, 8), "format": ",~f"},
        "scale": {"domain": domain, "nice": False},
    }
    shape = {"title": None, "orient": "bottom", "columns": 2, "symbolType": "square", "labelLimit": 260}
    colour = {
        "field": "kind",
        "type": "nominal",
        "legend": shape if legend else None,
        "scale": {"domain": list(KINDS.values()), "range": [f"var(--{key})" for key in KINDS]},
    }
    layers: list[Spec] = [
        {
            "data": {"values": bars},
            "mark": {"type": "bar", "height": {"band": 0.86}},
            "encoding": {
                "y": y,
                "yOffset": offset,
                "x": x,
                "x2": {"datum": 0},
                "color": colour,
                "description": {"field": "tip", "type": "nominal"},
            },
        },
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", "color": "var(--ink)", "aria": False},
            "encoding": {"x": {"datum": 0}},
        },
        *_labels([row for row in bars if row["plan"] == "best"], y, offset, "words", "var(--ink)"),
        *_labels(notes, y, offset, "note", "var(--ink-2)"),
    ]
    height = _PAIR_PX * max(len(pairs), 1)
    return parts.chart(Frame(frame.width, height, frame.ticks), layers)


def _bars(rank: int, pair: tuple[Swing, Swing]) -> list[dict[str, Any]]:
    rows = []
    for swing in pair:
        left, at_bar = _label_place(swing, pair)
        for plan, usd in (("best", swing.change_usd), ("held", swing.held_usd)):
            kind = KINDS[f"{swing.end}-{plan}"]
            label = swing.driver.driver.label
            words = f"{fmt.usd_signed(usd)} against the base case" if math.isfinite(usd) else "no plan"
            rows.append(
                {
                    "name": label,
                    "rank": rank,
                    "plan": plan,
                    "kind": kind,
                    "left": left,
                    "value": usd / _MILLION if math.isfinite(usd) else None,
                    "words": swing.words,
                    "label": usd / _MILLION if at_bar and math.isfinite(usd) else 0.0,
                    "note": "breaks a limit" if plan == "held" else "no plan",
                    "tip": parts.tip(
                        f"{label} {swing.words}, plan {'found anew' if plan == 'best' else 'held'}", {"": words}
                    ),
                }
            )
    return rows


def _label_place(swing: Swing, pair: tuple[Swing, Swing]) -> tuple[bool, bool]:
    """Whether the value of an end is written to the left, and whether beside its bar or, where that is taken, at 0."""
    own, other = (end.change_usd if math.isfinite(end.change_usd) else 0.0 for end in (swing, _other(swing, pair)))
    if own * other > 0.0 and (abs(own), swing.end) < (abs(other), _other(swing, pair).end):
        return own > 0.0, False
    return (own < 0.0 if own != 0.0 else other > 0.0), True


def _other(swing: Swing, pair: tuple[Swing, Swing]) -> Swing:
    return pair[1] if swing is pair[0] else pair[0]


def _labels(rows: list[dict[str, Any]], y: Spec, offset: Spec, field: str, colour: str) -> list[Spec]:
    return [
        {
            "data": {"values": [row for row in rows if row["left"] is left]},
            "mark": {"type": "text", "align": align, "dx": dx, "color": colour, "aria": False},
            "encoding": {
                "y": y,
                "yOffset": offset,
                "x": {"field": "label", "type": "quantitative"},
                "text": {"field": field, "type": "nominal"},
            },
        }
        for left, align, dx in ((True, "right", -5), (False, "left", 5))
    ]
