"""The charts of a deal sheet as Vega-Lite specifications."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import chart_parts as parts
from reports import charts
from reports import format as fmt
from reports.chart_parts import Frame, Spec
from reports.deal import RENT, TERM_WORDS, net_displaced, steps

if TYPE_CHECKING:
    from optimizer.deal_sheet import Deal

_MILLION = 1e6
# Lines of what is displaced that have a bar of their own.
_BARS = 10
_LEAST_BAR_USD = 5e4
# Room beside the outermost rents that are shown, as a share of their distance.
_MARGIN = 0.12
_LEAST_SPAN = 0.05
# The last MW may cost many times what all others do: rents are shown up to so many times what is bargained about.
_MOST_TIMES = 2.5
# A term is shown on a scale that reaches at least this share of the walk-away rent to either side of it.
_LEAST_MOVE, _PANEL_MARGIN = 0.1, 0.06


def rent_range(deal: Deal) -> tuple[float, float]:
    """The rents that the curves show: from below the walk-away rent to above the rent of the most MW."""
    found = deal.headline
    rents = [found.quoted, found.reservation, found.all_mw_rent, found.most_mw_rent]
    known = [rent for rent in rents if not math.isnan(rent)]
    low, high = min(known), max(known)
    high = min(high, _MOST_TIMES * max(abs(found.quoted), abs(found.reservation)))
    span = max(high - low, _LEAST_SPAN * max(abs(low), abs(high), 1.0))
    return low - _MARGIN * span, high + _MARGIN * span


def bid_steps(deal: Deal, frame: Frame) -> Spec:
    """MW taken against the rent, as steps; the quoted rent dashed."""
    low, high = rent_range(deal)
    shown = _inside(steps(deal), low, high)
    line = {
        "data": {"values": [*_points(shown, "mw"), {"x": high, "y": shown[-1]["mw"]}]},
        "mark": {
            "type": "line",
            "interpolate": "step-after",
            "color": "var(--ai)",
            "strokeWidth": 2.5,
            "aria": False,
        },
        "encoding": {"x": _rents(low, high, frame), "y": _amount(frame)},
    }
    top = max(row["mw"] for row in shown) or 1.0
    bands = [
        {
            "x": row["rent_from"],
            "x2": row["rent_to"],
            "y": 0.0,
            "y2": top,
            "tip": parts.tip(_span(row), {"": f"{fmt.mw(row['mw'])} MW"}),
        }
        for row in shown
    ]
    return parts.chart(frame, [_quoted(deal), line, _hover(bands)])


def gain_line(deal: Deal, frame: Frame) -> Spec:
    """What the deal adds to the net present value against the rent; the quoted rent dashed."""
    low, high = rent_range(deal)
    without = deal.headline.npv_without_usd
    shown = _inside(deal.curve, low, high)
    rows = [{"x": row["rent_from"], "y": (row["npv_usd"] - without) / _MILLION} for row in shown]
    last = shown[-1]
    end = last["npv_usd"] - without + last["usd_per_rent"] * (high - last["rent_from"])
    rows.append({"x": high, "y": end / _MILLION})
    line = {
        "data": {"values": rows},
        "mark": {"type": "line", "color": "var(--ai)", "strokeWidth": 2.5, "aria": False},
        "encoding": {"x": _rents(low, high, frame), "y": _amount(frame)},
    }
    tips = [
        {**row, "tip": parts.tip(f"{fmt.price(row['x'])} {RENT}", {"adds": f"USD {fmt.usd_m(row['y'] * _MILLION)} m"})}
        for row in rows[1:-1]
    ]
    return parts.chart(frame, [_quoted(deal), line, _dots(tips, "var(--ai)", 28)])


def term_line(deal: Deal, name: str, points: pd.DataFrame, frame: Frame) -> Spec:
    """The walk-away rent over one term; the offer's own value is the large dot, the quoted rent dashed."""
    words = TERM_WORDS[name]
    known = points[points["status"] == "exact"]
    rows = [
        {
            "x": row.value * words.scale,
            "y": row.reservation_usd_per_kw_month,
            "own": bool(row.is_own),
            "tip": parts.tip(
                f"{words.title} {words.value(row.value)}",
                {"": f"{fmt.price(row.reservation_usd_per_kw_month)} {RENT}{' (as offered)' if row.is_own else ''}"},
            ),
        }
        for row in known.itertuples()
    ]
    x: Spec = {
        "field": "x",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False, "nice": False, "padding": 12},
    }
    x["axis"] = {"tickCount": 4, "grid": False, "format": ",~f", "labelOverlap": True}
    low, high = _walk_away_range(deal, known["reservation_usd_per_kw_month"])
    y = {**_amount(frame), "scale": {"domain": [low, high], "nice": False, "zero": False}}
    line = {
        "data": {"values": rows},
        "mark": {"type": "line", "color": "var(--ai)", "strokeWidth": 2, "aria": False},
        "encoding": {"x": x, "y": y},
    }
    quoted = {
        "data": {"values": [{"y": deal.headline.quoted}] if low <= deal.headline.quoted <= high else []},
        "mark": {"type": "rule", "color": "var(--ink-2)", "strokeDash": [4, 3], "aria": False},
        "encoding": {"y": {"field": "y", "type": "quantitative"}},
    }
    others, own = ([row for row in rows if row["own"] is flag] for flag in (False, True))
    return parts.chart(frame, [quoted, line, _dots(others, "var(--ai)", 36), _dots(own, "var(--ink)", 110)])


def _walk_away_range(deal: Deal, rents: pd.Series[float]) -> tuple[float, float]:
    """The rents of a panel: those found, and enough around the walk-away rent for small moves to look small."""
    own = deal.headline.reservation
    around = _LEAST_MOVE * max(abs(own), 1.0)
    low, high = min(float(rents.min()), own - around), max(float(rents.max()), own + around)
    margin = _PANEL_MARGIN * (high - low)
    return low - margin, high + margin


def balance_bars(deal: Deal, at: str, frame: Frame) -> Spec:
    """From the deal's own value, less what it displaces, to what it adds."""
    return charts.waterfall(balance_steps(deal, at), frame)


def balance_steps(deal: Deal, at: str) -> pd.DataFrame:
    """The steps of that bridge: step, usd, begin, end; fleets and offers over all their sites, small ones together."""
    one = next(one for one in deal.exchanges if one.at == at)
    net = net_displaced(deal, at)
    sums = -net["usd"].set_axis(net["name"].where(net["name"] != "", "sites' bills"))
    order = sums[sums.abs() >= _LEAST_BAR_USD].abs().sort_values(ascending=False, kind="stable").index[:_BARS]
    kept = sums[order].sort_values(kind="stable")
    rest = float(sums.sum() - kept.sum())
    rows: list[tuple[str, float]] = [("The deal itself", one.own_npv_usd), *kept.items()]
    if abs(rest) >= _LEAST_BAR_USD:
        rows.append(("all smaller ones", rest))
    bridge: list[dict[str, Any]] = []
    reached = 0.0
    for name, usd in rows:
        bridge.append({"step": name, "usd": usd, "begin": reached, "end": reached + usd})
        reached += usd
    reached += rest if abs(rest) < _LEAST_BAR_USD else 0.0
    bridge.append({"step": "Adds to the portfolio", "usd": reached, "begin": 0.0, "end": reached})
    return pd.DataFrame(bridge)


def _inside(pieces: pd.DataFrame, low: float, high: float) -> list[dict[str, float]]:
    """The pieces between two rents, the outer ones cut there."""
    rows = []
    for row in pieces.to_dict("records"):
        if row["rent_to"] <= low or row["rent_from"] >= high:
            continue
        begin = max(row["rent_from"], low)
        moved = row.get("usd_per_rent", 0.0) * (begin - row["rent_from"]) if math.isfinite(row["rent_from"]) else 0.0
        rows.append(
            {**row, "rent_from": begin, "rent_to": min(row["rent_to"], high), "npv_usd": row["npv_usd"] + moved}
        )
    return rows


def _points(rows: list[dict[str, float]], field: str) -> list[dict[str, float]]:
    return [{"x": row["rent_from"], "y": row[field]} for row in rows]


def _span(row: dict[str, float]) -> str:
    return f"from {fmt.price(row['rent_from'])} to {fmt.price(row['rent_to'])} {RENT}"


def _rents(low: float, high: float, frame: Frame) -> Spec:
    axis = {"tickCount": frame.ticks, "grid": False, "title": None, "format": ",~f"}
    scale = {"domain": [low, high], "nice": False, "zero": False}
    return {"field": "x", "type": "quantitative", "axis": axis, "scale": scale}


def _amount(frame: Frame) -> Spec:
    return {"field": "y", "type": "quantitative", "title": None, "axis": parts.axis(frame)}


def _quoted(deal: Deal) -> Spec:
    return {
        "data": {"values": [{"x": deal.headline.quoted}]},
        "mark": {"type": "rule", "color": "var(--ink-2)", "strokeDash": [4, 3], "aria": False},
        "encoding": {"x": {"field": "x", "type": "quantitative"}},
    }


def _dots(rows: list[dict[str, Any]], colour: str, size: int) -> Spec:
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "size": size, "opacity": 1, "color": colour},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }


def _hover(bands: list[dict[str, Any]]) -> Spec:
    """Invisible bars that carry what is read on pointing."""
    return {
        "data": {"values": bands},
        "mark": {"type": "rect", "opacity": 0, "color": "var(--ink)"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "x2": {"field": "x2"},
            "y": {"field": "y", "type": "quantitative"},
            "y2": {"field": "y2"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }
