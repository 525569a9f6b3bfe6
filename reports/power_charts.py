"""The charts of hourly power prices as Vega-Lite specifications: duration curve, dearest hours, months by hours.

A year of real prices has a few hours a hundred times as dear as the others. One scale cannot show both, so the whole
year is drawn on an even scale that is cut where the switch-off prices end, and the dearest hours again on a logarithmic
one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import NARROW, Frame, Spec
from sites.hourly import FloatArray

DEAREST_SHARE = 0.05
_POINTS = 400
_BANDS = 50
_LABEL_GAP_PX = 16
# A switch-off price far above the dear hours would press the whole curve against the bottom.
_DOMAIN_REACH = 3.0
_HEAT_UP, _HEAT_DOWN = 6, 3
_NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_LOG_SPREAD = 4.0
_LOG_TICKS = tuple(step * 10.0**power for power in range(-1, 6) for step in (1, 2, 5))
MONTH_NAMES = tuple(fmt.month(f"2001-{month:02d}")[:3] for month in range(1, 13))


@dataclass(frozen=True)
class SwitchOff:
    """A mark on the duration curve: the price above which a machine is off, and how it is named beside the line.

    price : [USD/MWh]
    share : share of the hours in which the machine runs. [fraction]
    words, brief : the label on a wide and on a narrow drawing.
    """

    price: float
    share: float
    words: str
    brief: str


@dataclass(frozen=True)
class HeatScale:
    """The colour classes of a heat map: equal steps up and down from zero, the outermost ones open.

    step : width of a class. [USD/MWh]
    down, up : count of classes below and above zero; none below when no mean is negative.
    """

    step: float
    down: int
    up: int

    @classmethod
    def of(cls, means: FloatArray) -> HeatScale:
        """A scale on which all but the dearest twentieth of the cells have a class of their own width."""
        reach = max(float(np.quantile(means, 0.95)), -float(np.quantile(means, 0.05)), 1.0)
        step = nice_step(reach / (_HEAT_UP - 1))
        up = min(max(math.ceil(float(means.max()) / step), 1), _HEAT_UP)
        lowest = float(means.min())
        return cls(step, min(math.ceil(-lowest / step), _HEAT_DOWN) if lowest < 0 else 0, up)

    def key(self, mean: float) -> str:
        """The class of a mean: "up-1" from zero to the first step, "down-1" below zero."""
        if mean < 0:
            return f"down-{min(max(math.ceil(-mean / self.step), 1), self.down)}"
        return f"up-{min(math.floor(mean / self.step) + 1, self.up)}"

    def classes(self) -> list[tuple[str, str]]:
        """Key and range of every class, the lowest first."""
        words = []
        for place in range(self.down, 0, -1):
            far, near = (f"{fmt.MINUS}{place * self.step:g}", _minus((place - 1) * self.step))
            open_end = place == _HEAT_DOWN
            words.append((f"down-{place}", f"below {near}" if open_end else f"{far} to {near}"))
        for place in range(1, self.up + 1):
            low, high = f"{(place - 1) * self.step:g}", f"{place * self.step:g}"
            words.append((f"up-{place}", f"above {low}" if place == _HEAT_UP else f"{low} to {high}"))
        return words


def nice_step(least: float) -> float:
    """The smallest number with one short digit or two (1, 1.5, 2, 2.5, 3, ...) that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _NICE if step * power >= least * (1 - 1e-9))


def price_domain(curve: FloatArray, switch_offs: Sequence[float]) -> tuple[float, float]:
    """Where the even scale ends: the switch-off prices and nearly all hours inside, single extreme hours not.

    curve : all prices, the dearest first. [USD/MWh]
    """
    dear = float(np.quantile(curve, 0.99))
    top = max(switch_offs, default=0.0)
    # In a year of scarcity the hours that machines run would else lie flat on the ground, all marks in a heap.
    most_hours = min(float(np.quantile(curve, 0.975)), _DOMAIN_REACH * top if top > 0 else math.inf)
    high = min(max(most_hours, 1.15 * top), _DOMAIN_REACH * max(dear, 1.0))
    low = min(0.0, float(np.quantile(curve, 0.002)), *(price for price in switch_offs if price > -dear))
    most, least = float(curve[0]), float(curve[-1])
    # A few more dollars of scale are better than a cut.
    high = most if most <= 1.25 * high else high
    low = least if least < 0 and least >= 1.5 * low else low
    step = nice_step(max(high - low, 1.0) / 8)
    return step * math.floor(low / step), step * math.ceil(max(high, 1.0) / step)


def duration_curve(curve: FloatArray, marks: Sequence[SwitchOff], frame: Frame) -> Spec:
    """Every hour, the dearest first, on an even scale, with the switch-off prices as lines from where they cut it.

    curve : all prices, the dearest first. [USD/MWh]
    """
    low, high = price_domain(curve, [mark.price for mark in marks])
    y = {
        "field": "price",
        "type": "quantitative",
        "title": None,
        "axis": parts.axis(frame),
        "scale": {"domain": [low, high], "nice": False, "zero": False},
    }
    axis = {"format": ".0%", "tickCount": frame.ticks if frame.ticks < 8 else 10, "grid": False, "title": None}
    x = {
        "field": "share",
        "type": "quantitative",
        "axis": {**axis, "labelFlush": True},
        "scale": {"domain": [0, 1], "nice": False},
    }
    line = {
        "data": parts.values(_inside(_sampled(curve), low, high)),
        "mark": {"type": "line", "color": "var(--ai)", "strokeWidth": 2, "aria": False},
        "encoding": {"x": x, "y": y},
    }
    zero = _zero_rule() if low < 0 else None
    labels = _labels([mark for mark in marks if low <= mark.price <= high], low, high, frame)
    layers = [zero, line, *_mark_layers(labels), _bands(curve, low, high)]
    return parts.chart(frame, [layer for layer in layers if layer])


def dearest_hours(curve: FloatArray, frame: Frame) -> Spec:
    """The dearest hours by their rank, on a logarithmic scale where they lie far apart.

    curve : all prices, the dearest first. [USD/MWh]
    """
    count = max(round(DEAREST_SHARE * len(curve)), 1)
    most, least = float(curve[0]), float(curve[count - 1])
    logarithmic = least > 0 and most > _LOG_SPREAD * least
    ticks = [tick for tick in _LOG_TICKS if least * 0.7 <= tick <= most * 1.4]
    scale: Spec = {"type": "log" if logarithmic else "linear", "zero": False, "nice": False}
    if logarithmic:
        scale["domain"] = [min([least, *ticks]), max([most, *ticks])]
    axis = {
        **parts.axis(frame),
        **({"values": ticks, "tickCount": len(ticks), "labelOverlap": False} if logarithmic else {}),
    }
    ranks = np.unique(np.concatenate([np.arange(min(count, 60)), np.linspace(0, count - 1, 240).round()])).astype(int)
    points = pd.DataFrame({"rank": ranks + 1, "price": curve[ranks]})
    points["tip"] = [
        parts.tip(f"hour {rank:,} of the dearest", {"": f"{fmt.price(price)} USD/MWh"})
        for rank, price in zip(points["rank"], points["price"], strict=True)
    ]
    x = {
        "field": "rank",
        "type": "quantitative",
        "axis": {"tickCount": frame.ticks, "grid": False, "title": None, "format": ",~f", "labelFlush": True},
        "scale": {"domain": [1, max(count, 2)], "nice": False, "zero": False},
    }
    y = {"field": "price", "type": "quantitative", "title": None, "axis": axis, "scale": scale}
    line = {
        "data": parts.values(points[["rank", "price"]]),
        "mark": {"type": "line", "color": "var(--ai)", "strokeWidth": 2, "aria": False},
        "encoding": {"x": x, "y": y},
    }
    pointing = {
        "data": parts.values(points),
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0, "color": "var(--ink)"},
        "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}},
    }
    return parts.chart(frame, [line, pointing])


def heat_map(means: FloatArray, scale: HeatScale, frame: Frame, *, legend: bool = False) -> Spec:
    """Mean price by calendar month and hour of the day as coloured cells.

    means : twelve rows, 24 columns. [USD/MWh]
    legend : draw the colour classes beside the cells, where no page can show them.
    """
    rows = [
        {
            "month": name,
            "rank": rank,
            "hour": hour,
            "key": scale.key(mean),
            "tip": parts.tip(
                f"{name}, {hour:02d}:00 to {hour + 1:02d}:00", {"": f"{fmt.price(mean)} USD/MWh on average"}
            ),
        }
        for rank, name in enumerate(MONTH_NAMES)
        for hour, mean in enumerate(means[rank].tolist())
    ]
    every = 6 if frame is NARROW else 2
    hours = {"values": list(range(0, 24, every)), "labelAngle": 0, "ticks": False, "domain": False, "title": None}
    months = {"ticks": False, "domain": False, "title": None, "labelPadding": 6}
    words = dict(scale.classes())
    colours = {"domain": list(words), "range": [f"var(--heat-{key})" for key in words]}
    told = " : ".join([*(f"datum.value == '{key}' ? '{text}'" for key, text in words.items()), "''"])
    shape = {"orient": "bottom", "direction": "horizontal", "symbolType": "square", "symbolSize": 160}
    key = {"title": "USD/MWh", "labelExpr": told, **shape} if legend else None
    cells = {
        "data": {"values": rows},
        "mark": {"type": "rect", "stroke": "var(--page)", "strokeWidth": 1},
        "encoding": {
            "x": {"field": "hour", "type": "ordinal", "axis": {**hours, "labelExpr": "datum.value + ':00'"}},
            "y": {"field": "month", "type": "ordinal", "sort": {"field": "rank"}, "axis": months},
            "color": {"field": "key", "type": "nominal", "legend": key, "scale": colours},
            "description": {"field": "tip", "type": "nominal"},
        },
    }
    return parts.chart(frame, [cells])


def _sampled(curve: FloatArray) -> pd.DataFrame:
    """A few hundred hours of the curve, close together at both ends, where it is steep.

    Columns share (of the hours that are at least as dear) and price. [fraction], [USD/MWh]
    """
    last = len(curve) - 1
    even = np.linspace(0, last, _POINTS)
    ends = np.minimum(np.geomspace(1, last + 1, _POINTS // 4) - 1, last)
    ranks = np.unique(np.concatenate([even, ends, last - ends]).round().astype(int))
    return pd.DataFrame({"share": (ranks + 0.5) / len(curve), "price": curve[ranks]})


def _inside(points: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """The part of the curve between two prices, ending exactly on them where it passes them."""
    shares, prices = points["share"].to_numpy(), points["price"].to_numpy()
    kept = points[(points["price"] <= high) & (points["price"] >= low)]
    ends = [
        {"share": float(np.interp(-edge, -prices, shares)), "price": edge}
        for edge in (high, low)
        if prices[-1] < edge < prices[0]
    ]
    return pd.concat([kept, pd.DataFrame(ends, columns=["share", "price"])]).sort_values("share", kind="stable")


def _labels(marks: Sequence[SwitchOff], low: float, high: float, frame: Frame) -> pd.DataFrame:
    """Each mark with the height of its label: at its line, or higher where the label below needs the room."""
    gap = _LABEL_GAP_PX * (high - low) / frame.height
    rows = []
    free = -math.inf
    for mark in sorted(marks, key=lambda mark: mark.price):
        height = max(mark.price, free)
        free = height + gap
        words = mark.brief if frame is NARROW else mark.words
        tip = parts.tip(mark.words.split(":")[0], {"": mark.words.split(": ", 1)[-1]})
        rows.append({"price": mark.price, "from": 1 - mark.share, "to": 1, "label": height, "words": words, "tip": tip})
    return pd.DataFrame(rows)


def _mark_layers(labels: pd.DataFrame) -> list[Spec]:
    if labels.empty:
        return []
    x = {"field": "from", "type": "quantitative"}
    y = {"field": "price", "type": "quantitative"}
    rules = {
        "data": parts.values(labels),
        "mark": {"type": "rule", "color": "var(--mining-4)", "strokeDash": [4, 3], "aria": False},
        "encoding": {"x": x, "x2": {"field": "to"}, "y": y},
    }
    dots = {
        "data": parts.values(labels),
        "mark": {"type": "point", "filled": True, "size": 60, "color": "var(--mining)", "opacity": 1},
        "encoding": {"x": x, "y": y, "description": {"field": "tip", "type": "nominal"}},
    }
    mark = {"type": "text", "align": "right", "dy": -8, "aria": False}
    words = {
        "data": parts.values(labels),
        "encoding": {
            "x": {"field": "to", "type": "quantitative"},
            "y": {"field": "label", "type": "quantitative"},
            "text": {"field": "words", "type": "nominal"},
        },
    }
    # Letters in the page's colour, a little fatter, keep lines that pass below a label out of it.
    halo = {**words, "mark": {**mark, "color": "var(--page)", "stroke": "var(--page)", "strokeWidth": 4}}
    return [rules, dots, halo, {**words, "mark": {**mark, "color": "var(--ink)"}}]


def _bands(curve: FloatArray, low: float, high: float) -> Spec:
    """Invisible bars over the whole height that carry what is read on pointing."""
    edges = np.linspace(0, 1, _BANDS + 1)
    rows = []
    for first, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        # A share of no whole hour is still the dearest hour.
        hours = max(round(end * len(curve)), 1)
        words = f"{hours:,} hours at {fmt.price(float(curve[hours - 1]))} USD/MWh or more"
        tip = parts.tip(fmt.percent(end, 0), {"": words})
        rows.append({"share": first, "end": end, "low": low, "high": high, "tip": tip})
    return {
        "data": {"values": rows},
        "mark": {"type": "rect", "opacity": 0, "color": "var(--ink)"},
        "encoding": {
            "x": {"field": "share", "type": "quantitative"},
            "x2": {"field": "end"},
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }


def _zero_rule() -> Spec:
    return {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": "var(--ink-3)", "aria": False},
        "encoding": {"y": {"datum": 0}},
    }


def _minus(value: float) -> str:
    return f"{fmt.MINUS}{value:g}" if value else "0"
