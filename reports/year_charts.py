"""The charts by calendar year: stacked bars of money, and prices as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from reports import chart_parts as parts
from reports import format as fmt
from reports.chart_parts import SMALL, Frame, Spec
from reports.words import LINE_LABELS, label

# What the name of a year takes on the axis, with the space beside it. [px]
_YEAR_WIDTH = 45

LINE_COLOURS: dict[str, str] = {
    "mining_revenue": "var(--mining)",
    "rent": "var(--ai)",
    "prepaid_rent": "var(--ai-2)",
    "demand_response": "var(--power-2)",
    "power_blocks": "var(--power)",
    "pool_fee": "var(--mining-4)",
    "mining_power": "var(--mining-2)",
    "mining_opex": "var(--mining-3)",
    "ai_power": "var(--ai-3)",
    "ai_site_power": "var(--ai-5)",
    "ai_opex": "var(--ai-4)",
    "peak_charge": "var(--charge-2)",
    "demand_charge": "var(--charge)",
    "backup": "var(--charge-3)",
    "site_fixed": "var(--fixed)",
    "capex": "var(--construction)",
    "rig_purchases": "var(--mining-3)",
    "rig_sales": "var(--power-3)",
    "rig_handling": "var(--mining-3)",
    "halls": "var(--mining-2)",
    "expansions": "var(--mining-2)",
    "deposits": "var(--mining-2)",
    "closures": "var(--fixed)",
    "site_fixed_saved": "var(--fixed)",
    "loan_draws": "var(--ai-2)",
    "loan_fees": "var(--charge)",
    "loan_interest": "var(--charge)",
    "loan_principal": "var(--charge-2)",
    "share_sales": "var(--ai-3)",
    "share_costs": "var(--charge)",
    "coin_sales": "var(--power-2)",
    "overhead": "var(--fixed)",
    "tax": "var(--charge-3)",
}
WORTH_COLOURS: dict[str, str] = {
    "curtailment_value": "var(--mining)",
    "power_blocks": "var(--power)",
    "demand_response": "var(--power-2)",
    "peak_charge_avoided": "var(--power-3)",
    "peak_charge": "var(--charge-2)",
    "demand_charge": "var(--charge)",
    "backup": "var(--charge-3)",
}
PRICE_COLOURS: dict[str, str] = {"market": "var(--ink-2)", "paid": "var(--mining)"}


def cash_bars(yearly: pd.DataFrame, frame: Frame) -> Spec:
    """Stacked bars of cash flow by line and year, costs below zero, with the net of each year as a dot.

    yearly : one row per line, one column per year. [USD]
    """
    return year_bars(yearly, LINE_LABELS, LINE_COLOURS, frame, net=True)


def year_bars(
    yearly: pd.DataFrame, words: Mapping[str, str], colours: Mapping[str, str], frame: Frame, *, net: bool
) -> Spec:
    """Stacked bars by line and year, in the order of `words`; with `net` the sum of each year is a dot.

    yearly : one row per line, one column per year. [USD]
    words, colours : by line.
    """
    x, bands = _years(yearly.columns, frame), _bands(yearly, words, net=net)
    bars = _bars(yearly, x, words, colours, frame)
    zero = {
        "data": {"values": [{}]},
        "mark": {"type": "rule", "color": "var(--ink)", "aria": False},
        "encoding": {"y": {"datum": 0}},
    }
    return parts.chart(frame, [bars, zero, *([_dots(bands, x)] if net else []), _year_hover(bands, x)])


def _bands(yearly: pd.DataFrame, words: Mapping[str, str], *, net: bool) -> pd.DataFrame:
    """Each year's sum, the ends of its bars, and the text for whoever points at it."""
    whole = yearly.sum(axis=0)
    up, down = yearly.clip(lower=0).sum(axis=0), yearly.clip(upper=0).sum(axis=0)
    texts = [
        parts.tip(
            str(year),
            {
                label(words, str(line)): fmt.usd_with_unit(value)
                for line, value in yearly[year].items()
                if fmt.clip(value)
            }
            | ({"Net": fmt.usd_with_unit(whole[year])} if net else {}),
        )
        for year in yearly.columns
    ]
    return pd.DataFrame(
        {
            "year": yearly.columns,
            "usd": whole.map(fmt.in_money_unit),
            "top": up.map(fmt.in_money_unit),
            "bottom": down.map(fmt.in_money_unit),
            "tip": texts,
        }
    )


def _bars(yearly: pd.DataFrame, x: Spec, words: Mapping[str, str], colours: Mapping[str, str], frame: Frame) -> Spec:
    long = yearly.map(fmt.in_money_unit).rename_axis(index="line", columns="year").stack().rename("usd").reset_index()
    long["order"] = long["line"].map({line: n for n, line in enumerate(words)}).fillna(len(words))
    return {
        "data": parts.values(long),
        "mark": {"type": "bar", "aria": False},
        "encoding": {
            "x": x,
            "y": {
                "field": "usd",
                "type": "quantitative",
                "stack": "zero",
                "axis": parts.axis(frame),
                "title": None,
            },
            "color": parts.colours("line", colours),
            "order": {"field": "order", "type": "quantitative"},
        },
    }


def _dots(bands: pd.DataFrame, x: Spec) -> Spec:
    return {
        "data": parts.values(bands[["year", "usd"]]),
        "mark": {
            "type": "point",
            "filled": True,
            "size": 46,
            "color": "var(--ink)",
            "stroke": "var(--page)",
            "aria": False,
        },
        "encoding": {"x": x, "y": {"field": "usd", "type": "quantitative"}},
    }


def price_lines(prices: pd.DataFrame, frame: Frame) -> Spec:
    """Price paid and market average by year, as two lines with a mark at each year.

    prices : one row per year; columns year, paid, market (NaN where nothing was bought), tip. [USD/MWh]
    """
    long = prices.melt("year", ["market", "paid"], "kind", "price").dropna()
    y = {
        "field": "price",
        "type": "quantitative",
        "title": None,
        "axis": parts.axis(frame),
        "scale": {"zero": True},
    }
    x = _years(prices["year"], frame, padding=0.5)
    encoding = {"x": x, "y": y, "color": parts.colours("kind", PRICE_COLOURS)}
    lines = {
        "data": parts.values(long),
        "mark": {"type": "line", "strokeWidth": 2, "aria": False},
        "encoding": encoding,
    }
    marks = {
        "data": parts.values(long),
        "mark": {"type": "point", "filled": True, "opacity": 1, "size": 16 if frame is SMALL else 34, "aria": False},
        "encoding": encoding,
    }
    values = long["price"]
    top, bottom = max(0.0, float(values.max())), min(0.0, float(values.min()))
    bands = prices[["year", "tip"]].assign(top=top, bottom=bottom)
    return parts.chart(frame, [lines, marks, _year_hover(bands, x)])


def _years(years: Iterable[object], frame: Frame, padding: float = 0.28) -> Spec:
    """The axis of calendar years, one band each; as many are named as have room."""
    labels = [str(year) for year in dict.fromkeys(years)]
    every = -(-len(labels) * _YEAR_WIDTH // frame.width)
    axis = {"values": labels[::every], "title": None, "labelAngle": 0, "labelPadding": 7, "ticks": False}
    scale = {"type": "band", "paddingInner": padding, "paddingOuter": padding / 2}
    return {"field": "year", "type": "ordinal", "axis": {**axis, "domain": False, "grid": False}, "scale": scale}


def _year_hover(bands: pd.DataFrame, x: Spec) -> Spec:
    """Invisible bars, one per year, that carry what is read on pointing; columns year, bottom, top, tip."""
    return {
        "data": parts.values(bands),
        "mark": {"type": "bar", "opacity": 0, "color": "var(--ink)"},
        "encoding": {
            "x": x,
            "y": {"field": "bottom", "type": "quantitative"},
            "y2": {"field": "top"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }
