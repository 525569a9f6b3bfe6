"""The charts of the report as Vega-Lite specifications: plain dictionaries, no picture yet.

Every mark that carries a figure has a `description`, which becomes the text a reader sees on pointing at it. Colours
are CSS variables, so that one picture serves light, dark and print. Texts of figures come from `reports.format`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import NARROW, WIDE_BARS, Frame, Spec
from reports.periods import Grain
from reports.words import USE_LABELS, USES

_BAR_HEIGHT = 26

USE_COLOURS: dict[str, str] = {use: f"var(--{use})" for use in USES}


def mw_areas(mix: pd.DataFrame, size: Grain, frame: Frame) -> Spec:
    """Stacked areas of MW by use over time under the line of capacity.

    mix : one row per period and use; columns first, end, period, use, mw. [MW]
    """
    points = _steps(mix)
    whole = mix.groupby(["first", "end", "period"], sort=True)["mw"].sum().rename("mw").reset_index()
    bands = whole.assign(tip=_mix_tips(mix, whole["period"]))
    area = {
        "data": parts.values(points.assign(order=points["use"].map({use: n for n, use in enumerate(USES)}))),
        "mark": {"type": "area", "interpolate": "step-after", "opacity": 1, "aria": False},
        "encoding": {
            "x": _time(mix["first"], size, frame),
            "y": {
                "field": "mw",
                "type": "quantitative",
                "stack": "zero",
                "axis": parts.axis(frame),
                "title": None,
            },
            "color": parts.colours("use", USE_COLOURS),
            "order": {"field": "order", "type": "quantitative"},
        },
    }
    capacity = {
        "data": parts.values(_steps(whole.assign(use="capacity"))),
        "mark": {"type": "line", "interpolate": "step-after", "color": "var(--ink)", "strokeWidth": 1.5, "aria": False},
        "encoding": {"x": {"field": "first", "type": "temporal"}, "y": {"field": "mw", "type": "quantitative"}},
    }
    return parts.chart(frame, [area, capacity, _hover(bands, float(whole["mw"].max()))])


def ranked_bars(rows: Sequence[tuple[str, float, str]], colour: str, frame: Frame) -> Spec:
    """Horizontal bars in the given order, each with its figure beside it.

    rows : name, length, text of the figure.
    """
    table = pd.DataFrame(rows, columns=["name", "value", "text"])
    table = table.assign(rank=range(len(table)), tip=[parts.tip(name, {"": words}) for name, _, words in rows])
    y = _categories(frame)
    span = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "axis": None,
        "scale": _room(table["value"], frame),
    }
    bars = {
        "mark": {"type": "bar", "color": colour, "height": {"band": 0.62}},
        "encoding": {"y": y, "x": span, "description": {"field": "tip", "type": "nominal"}},
    }
    return _bar_chart(table, frame, bars, _bar_labels(y, span, "value"))


def waterfall(steps: pd.DataFrame, frame: Frame) -> Spec:
    """A bridge from the first row's value to the last row's: each bar begins where the one above it ended.

    steps : columns step, usd, begin, end. [USD]
    """
    last = len(steps) - 1
    kinds = ["whole" if n in (0, last) else "gain" if usd > 0 else "loss" for n, usd in enumerate(steps["usd"])]
    texts = [fmt.usd_m(u) if k == "whole" else fmt.usd_m_signed(u) for u, k in zip(steps["usd"], kinds, strict=True)]
    named = zip(steps["step"], steps["usd"], strict=True)
    table = pd.DataFrame(
        {
            "name": steps["step"],
            "rank": range(len(steps)),
            "value": steps["begin"].map(fmt.in_money_unit),
            "end": steps["end"].map(fmt.in_money_unit),
            "right": steps[["begin", "end"]].max(axis=1).map(fmt.in_money_unit),
            "kind": kinds,
            "text": texts,
            "tip": [parts.tip(step, {"": fmt.usd_with_unit(usd)}) for step, usd in named],
        }
    )
    y = _categories(frame)
    ends = pd.concat([table["value"], table["end"]])
    span = {"field": "value", "type": "quantitative", "title": None, "axis": None, "scale": _room(ends, frame)}
    bars = {
        "mark": {"type": "bar", "height": {"band": 0.62}},
        "encoding": {
            "y": y,
            "x": span,
            "x2": {"field": "end"},
            "color": parts.colours("kind", {"whole": "var(--ink-2)", "gain": "var(--gain)", "loss": "var(--loss)"}),
            "description": {"field": "tip", "type": "nominal"},
        },
    }
    return _bar_chart(table, frame, bars, _bar_labels(y, span, "right"))


def hashprice_marks(marks: pd.DataFrame, today: float, frame: Frame) -> Spec:
    """Per site, the hashprices at which mining stops and at which a MW changes its use, against the path's mean.

    marks : one row per site and mark; columns name, rank, kind (breakeven or flip), price, tip. [USD/PH/s/day]
    """
    y = {**_categories(frame), "axis": {**_categories(frame)["axis"], "grid": True}}
    sites = max(int(marks["rank"].nunique()), 1)
    points = {
        "data": parts.values(marks),
        "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
        "encoding": {
            "y": y,
            "x": {
                "field": "price",
                "type": "quantitative",
                "title": None,
                "axis": {**parts.axis(frame), "grid": False},
            },
            "color": parts.colours("kind", {"breakeven": "var(--mining)", "flip": "var(--ai)"}),
            "description": {"field": "tip", "type": "nominal"},
        },
    }
    mean = {
        "data": {"values": [{"price": today}]},
        "mark": {"type": "rule", "color": "var(--ink-2)", "strokeDash": [4, 3], "aria": False},
        "encoding": {"x": {"field": "price", "type": "quantitative"}},
    }
    return parts.chart(Frame(frame.width, _BAR_HEIGHT * sites, frame.ticks), [mean, points])


def price_path(path: pd.DataFrame, size: Grain, frame: Frame) -> Spec:
    """A stepped line of a price by month.

    path : columns first, end, period, price, tip.
    """
    line = {
        "data": parts.values(_steps(path.assign(use="price", mw=path["price"]))),
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "color": "var(--mining)",
            "strokeWidth": 2,
            "aria": False,
        },
        "encoding": {
            "x": _time(path["first"], size, frame),
            "y": {
                "field": "mw",
                "type": "quantitative",
                "axis": parts.axis(frame),
                "title": None,
                "scale": {"zero": True},
            },
        },
    }
    return parts.chart(frame, [line, _hover(path, float(path["price"].max()))])


def _mix_tips(mix: pd.DataFrame, order: pd.Series[str]) -> list[str]:
    """What is read on pointing at a period of MW by use."""
    table = mix.pivot(index="period", columns="use", values="mw").loc[order, list(USES)]
    names = [USE_LABELS[use] for use in USES]
    return [
        parts.tip(period, {name: f"{fmt.mw(size)} MW" for name, size in zip(names, sizes, strict=True)})
        for period, sizes in zip(table.index, table.to_numpy().tolist(), strict=True)
    ]


def _steps(rows: pd.DataFrame) -> pd.DataFrame:
    """Points for stepped lines: each period's first month, and the end of the last so that its step has a width."""
    kept = rows[["first", "use", "mw"]]
    last = rows[rows["first"] == rows["first"].max()]
    return pd.concat([kept, last.assign(first=last["end"])[["first", "use", "mw"]]], ignore_index=True)


def _hover(bands: pd.DataFrame, top: float) -> Spec:
    """Invisible bars, one per period, that carry what is read on pointing; they reach from zero to `top`."""
    return {
        "data": parts.values(bands[["first", "end", "tip"]].assign(bottom=0.0, top=top)),
        "mark": {"type": "rect", "opacity": 0, "color": "var(--ink)"},
        "encoding": {
            "x": {"field": "first", "type": "temporal"},
            "x2": {"field": "end"},
            "y": {"field": "bottom", "type": "quantitative"},
            "y2": {"field": "top"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }


def _time(first: pd.Series[str], size: Grain, frame: Frame) -> Spec:
    """The time axis: Januaries, or months where the horizon is short; in UTC, so that no machine's zone moves a step.

    first : the first month of each period shown.
    """
    labels = sorted(set(first))
    years = [label for label in labels if label.endswith("-01")]
    marks = years if len(years) > 2 or size != "month" else labels
    every = -(-len(marks) // frame.ticks)
    axis = {
        "values": marks[::every],
        "format": "%Y" if marks is years else "%b %Y",
        "labelOverlap": True,
        "labelFlush": True,
        "grid": False,
        "title": None,
    }
    return {"field": "first", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def _categories(frame: Frame) -> Spec:
    # A name that holds a line break is written on two lines: long names leave no room for bars on a telephone.
    lines = "split(datum.label, '\\n')"
    room = {WIDE_BARS: 340, NARROW: 145}.get(frame, 200)
    axis = {"title": None, "ticks": False, "domain": False, "labelLimit": room, "labelPadding": 8, "labelExpr": lines}
    return {"field": "name", "type": "nominal", "sort": {"field": "rank"}, "axis": axis}


def _room(values: pd.Series[float], frame: Frame) -> Spec:
    """The scale of horizontal bars, with room at the right end for the figures."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    spread = (high - low) or 1.0
    return {"domain": [low, high + spread * 75 / (frame.width - 75)], "nice": False, "zero": True}


def _bar_labels(y: Spec, span: Spec, edge: str) -> Spec:
    mark = {"type": "text", "align": "left", "dx": 6, "color": "var(--ink)", "aria": False}
    return {
        "mark": mark,
        "encoding": {"y": y, "x": {**span, "field": edge}, "text": {"field": "text", "type": "nominal"}},
    }


def _bar_chart(table: pd.DataFrame, frame: Frame, bars: Spec, labels: Spec) -> Spec:
    two_lines = bool(table["name"].str.contains("\n").any())
    sized = Frame(frame.width, round(_BAR_HEIGHT * (1.5 if two_lines else 1)) * len(table), frame.ticks)
    return {**parts.chart(sized, [bars, labels]), "data": parts.values(table)}
