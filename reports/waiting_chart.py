"""The scenario tree as a picture: mean hashprice of every node, where it branches, and what each node signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import Frame, Spec
from reports.waiting import leaves, seen_words

if TYPE_CHECKING:
    from optimizer.waiting.waiting import Waiting

# Months shown after the last branch month, from which on no node parts.
_MONTHS_AFTER = 18
# More leaves than this leave no room for words at each node.
_MOST_WORDED = 12
_THINNEST, _THICKER = 1.0, 3.0
# Bands part in the months before a branch: their marks stand a little to the left of it.
_SEEN_BEFORE = 1.5 / 12.0


def tree_chart(waiting: Waiting, frame: Frame) -> Spec:
    """Lines of hashprice that part at the branch months; ticks where bands are cut; dots as large as what is signed."""
    lines, dots, cuts = _lines(waiting), _dots(waiting), _cuts(waiting)
    years = sorted({int(at) for at in lines["at"]})
    x = {
        "field": "at",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": False, "padding": 14},
        "axis": {
            **parts.axis(frame),
            "grid": False,
            "format": "d",
            "tickCount": min(frame.ticks, len(years) + 1),
            "tickMinStep": 1,
        },
    }
    y = {
        "field": "price",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": True, "padding": 10},
        "axis": parts.axis(frame),
    }
    description = {"field": "tip", "type": "nominal"}
    drawn = {
        "data": parts.values(lines),
        "mark": {"type": "line", "color": "var(--mining)", "strokeCap": "round", "aria": False},
        "encoding": {
            "x": x,
            "y": y,
            "detail": {"field": "node", "type": "nominal"},
            "order": {"field": "at", "type": "quantitative"},
            "strokeWidth": {"field": "width", "type": "quantitative", "scale": None, "legend": None},
        },
    }
    ticks = {
        "data": parts.values(cuts),
        "mark": {
            "type": "point",
            "shape": "stroke",
            "size": 260,
            "strokeWidth": 2,
            "color": "var(--ink)",
            "opacity": 1,
        },
        "encoding": {"x": x, "y": y, "description": description},
    }
    prices = {
        "data": parts.values(cuts),
        "mark": {"type": "text", "align": "right", "dx": -12, "color": "var(--ink-2)", "aria": False},
        "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
    }
    signed = {
        "data": parts.values(dots),
        "mark": {
            "type": "point",
            "filled": True,
            "color": "var(--ai)",
            "opacity": 1,
            "stroke": "var(--page)",
            "strokeWidth": 1,
        },
        "encoding": {
            "x": x,
            "y": y,
            "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
            "description": description,
        },
    }
    words = [
        {
            "data": {"values": [label]},
            "mark": {
                "type": "text",
                "align": "left",
                "dx": label["dx"],
                "dy": label["dy"],
                "color": "var(--ink)",
                "aria": False,
            },
            "encoding": {"x": x, "y": y, "text": {"field": "words", "type": "nominal"}},
        }
        for label in _labels(waiting, dots, lines, frame)
    ]
    layers = [drawn, *([ticks, prices] if len(cuts) else []), signed, *words]
    return parts.chart(frame, layers)


def _position(month: str) -> float:
    """A month on the axis of years: its beginning."""
    year, number = month.split("-")
    return int(year) + (int(number) - 1) / 12.0


def _lines(waiting: Waiting) -> pd.DataFrame:
    """Every node's prices, those of later nodes beginning where their parent's end."""
    by_node = {str(node): rows for node, rows in waiting.hashprice.groupby("node", sort=False)}
    last = _position(waiting.branchings[-1].month) + _MONTHS_AFTER / 12.0
    points = []
    for node in waiting.nodes.itertuples():
        rows = by_node[node.node]
        if node.parent:
            rows = pd.concat([by_node[node.parent].tail(1), rows])
        width = _THINNEST + _THICKER * node.probability**0.5
        points += [
            {"node": node.node, "at": _position(row.month), "price": row.usd_per_ph_day, "width": width}
            for row in rows.itertuples()
            if _position(row.month) <= last
        ]
    return pd.DataFrame(points)


def _dots(waiting: Waiting) -> pd.DataFrame:
    """A dot where each node begins."""
    begins = waiting.hashprice.drop_duplicates("node").set_index("node")
    most = max(float(waiting.nodes["signed_mw"].max()), fmt.NOISE)
    dots = []
    for node in waiting.nodes.to_dict("records"):
        figures = {
            "seen": seen_words(waiting, node["node"]) or "nothing yet",
            "probability": fmt.percent(node["probability"]),
            "signs": f"{fmt.mw(node['signed_mw'])} MW",
        }
        dots.append(
            {
                "node": node["node"],
                "at": _position(node["from"]),
                "price": float(begins.loc[node["node"], "usd_per_ph_day"]),
                "size": 30.0 + 300.0 * node["signed_mw"] / most,
                "words": f"{node['node']}: {fmt.mw(node['signed_mw'])} MW",
                "tip": parts.tip(f"Node {node['node']}", figures),
            }
        )
    return pd.DataFrame(dots)


def _labels(waiting: Waiting, dots: pd.DataFrame, lines: pd.DataFrame, frame: Frame) -> list[dict[str, Any]]:
    """Names of the nodes and what they sign: those of leaves at the end of their lines, the others above their dots.

    A narrow chart has room for the leaves' names alone, one of many leaves for none.
    """
    last, wide = leaves(waiting), frame.width >= parts.WIDE_BARS.width
    if len(last) > _MOST_WORDED:
        return []
    ends = lines.groupby("node").last()[["at", "price"]]
    pixel = frame.height / max(float(np.ptp(lines["price"])), fmt.NOISE)
    labels: list[dict[str, Any]] = []
    lowest = -np.inf
    words = dots.set_index("node")["words"]
    for leaf in sorted(last, key=lambda node: float(ends.loc[node, "price"])):
        at, price = (float(ends.loc[leaf, side]) for side in ("at", "price"))
        lowest = max(price * pixel, lowest + parts.TEXT_SIZE + 1)
        said = words[leaf] if wide else leaf
        labels.append({"at": at, "price": price, "words": said, "dx": 8, "dy": price * pixel - lowest})
    for dot in dots[~dots["node"].isin(last)].to_dict("records") if wide else ():
        labels.append({"at": dot["at"], "price": dot["price"], "words": dot["words"], "dx": 8, "dy": -14})
    return labels


def _cuts(waiting: Waiting) -> pd.DataFrame:
    """The hashprices between neighbouring bands, each at the month from which on they part."""
    cuts = [
        {
            "at": _position(row["from"]) - _SEEN_BEFORE,
            "price": row["signal_high_usd_per_ph_day"],
            "words": fmt.price(row["signal_high_usd_per_ph_day"]),
            "tip": f"Bands part at {fmt.price(row['signal_high_usd_per_ph_day'])} before {fmt.month(row['from'])}",
        }
        for row in waiting.nodes.to_dict("records")
        if row["signal_high_usd_per_ph_day"] == row["signal_high_usd_per_ph_day"]
    ]
    return pd.DataFrame(cuts, columns=["at", "price", "words", "tip"])
