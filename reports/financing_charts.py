"""The charts of capital: sources and uses by year, and the cash account with debt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import chart_parts as parts
from reports import financing, financing_tables
from reports import format as fmt
from reports.chart_parts import Frame, Spec
from reports.display import Column, Table, figure, text
from reports.figures import Figure, Legend, both
from reports.year_charts import year_bars

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.results import Plan

# Colour of every source and use, and the key of its swatch in the legend.
_COLOURS: dict[str, tuple[str, str]] = {
    "Operations": ("var(--mining)", "mining"),
    "Loans drawn": ("var(--ai)", "ai"),
    "Shares sold": ("var(--ai-3)", "ai_power"),
    "Bitcoin sold": ("var(--power)", "power_blocks"),
    "Machines sold": ("var(--power-3)", "peak_charge_avoided"),
    "AI capex": ("var(--construction)", "capex"),
    "Machines": ("var(--mining-3)", "mining_opex"),
    "Halls and grid connections": ("var(--mining-2)", "mining_power"),
    "Closing sites": ("var(--ink-3)", "idle"),
    "Interest and fees": ("var(--charge)", "demand_charge"),
    "Loans repaid": ("var(--charge-2)", "peak_charge"),
    "Overhead": ("var(--fixed)", "site_fixed"),
    "Tax": ("var(--charge-3)", "backup"),
}
_WIDE = Frame(width=1120, height=300, ticks=12)


def sources_chart(plan: Plan) -> Figure:
    """Sources above zero, uses below, by year, with the change of cash as a dot."""
    yearly = financing.sources_and_uses(plan)
    names = {name: name for name in _COLOURS if name in yearly.index}
    colours = {name: _COLOURS[name][0] for name in names}
    title = "Where the money comes from, and where it goes"

    def bars(frame: Frame) -> Spec:
        return year_bars(yearly, names, colours, frame, net=True)

    drawings = both(bars, title)
    legend = (*(Legend(_COLOURS[name][1], name) for name in names), Legend("net", "Change of cash"))
    table = financing_tables.sources_table(plan)
    return Figure(
        "sources-and-uses", title, "USD m a year, undiscounted; uses below zero", drawings, legend, table, make=bars
    )


def account_chart(plan: Plan) -> Figure:
    """Cash and debt at the end of every month, and the least cash allowed."""
    account, title = financing.monthly_account(plan), "Cash and debt"

    def lines(frame: Frame) -> Spec:
        return _account(account, frame)

    drawings = both(lines, title, _WIDE)
    legend = [Legend("mining", "Cash"), Legend("ai", "Debt")]
    if account["least"].notna().all():
        legend.append(Legend("mean", "Least cash"))
    unit, table = "USD m at the end of each month", _account_table(plan)
    return Figure("cash-account", title, unit, drawings, tuple(legend), table, make=lines)


def _account(account: pd.DataFrame, frame: Frame) -> Spec:
    colours = {"cash": "var(--mining)", "debt": "var(--ai)"}
    long = account.melt("month", list(colours), "kind", "usd")
    years = account.loc[account["month"].str.endswith("-01"), "month"].tolist()
    every = max(1, -(-len(years) * 50 // frame.width))
    axis = {"values": years[::every], "title": None, "labelAngle": 0, "ticks": False, "domain": False, "grid": False}
    axis["labelExpr"] = "slice(datum.value, 0, 4)"
    x = {"field": "month", "type": "ordinal", "axis": axis, "scale": {"type": "point"}}
    y = {"field": "usd", "type": "quantitative", "title": None, "axis": parts.axis(frame)}
    lines = {
        "data": parts.values(long),
        "mark": {"type": "line", "strokeWidth": 2, "aria": False},
        "encoding": {"x": x, "y": y, "color": parts.colours("kind", colours)},
    }
    layers = [lines]
    if account["least"].notna().all():
        least = account[["month", "least"]].rename(columns={"least": "usd"})
        dashed = {"type": "line", "strokeDash": [5, 4], "color": "var(--ink-2)", "aria": False}
        layers.append({"data": parts.values(least), "mark": dashed, "encoding": {"x": x, "y": y}})
    top = float(account[["cash", "debt"]].max().max())
    bottom = min(0.0, float(account["cash"].min()))
    tips = [
        parts.tip(fmt.month(month), {"cash": fmt.usd_with_unit(cash), "debt": fmt.usd_with_unit(debt)})
        for month, cash, debt in zip(account["month"], account["cash_usd"], account["debt_usd"], strict=True)
    ]
    bands = account[["month"]].assign(top=top, bottom=bottom, tip=tips)
    hover = {
        "data": parts.values(bands),
        "mark": {"type": "rule", "opacity": 0, "strokeWidth": max(2, frame.width // max(1, len(account)))},
        "encoding": {
            "x": x,
            "y": {"field": "bottom", "type": "quantitative"},
            "y2": {"field": "top"},
            "description": {"field": "tip", "type": "nominal"},
        },
    }
    return parts.chart(frame, [*layers, hover])


def _account_table(plan: Plan) -> Table:
    rows = tuple(
        (
            text(str(row.year)),
            figure(row.cash, fmt.usd_m),
            figure(row.low, fmt.usd_m),
            figure(row.debt, fmt.usd_m),
        )
        for row in financing.cash_by_year(plan).itertuples()
    )
    columns = (
        Column("Year", numeric=False),
        Column("Cash at its end", "USD m"),
        Column("Lowest cash", "USD m"),
        Column("Debt at its end", "USD m"),
    )
    return Table("cash-by-year", "Cash and debt by year", columns, rows)
