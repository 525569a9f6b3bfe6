"""The drawings of the section on hours and power, each with the table behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from reports import format as fmt
from reports import hours
from reports.chart_parts import HALF_PATH, SMALL
from reports.figures import Figure, Legend, SitePanel
from reports.svg import draw
from reports.words import WORTH_LABELS
from reports.year_charts import WORTH_COLOURS, price_lines, year_bars

if TYPE_CHECKING:
    from optimizer.results import Plan

PRICE_LEGEND = (Legend("paid", "Price paid"), Legend("market", "Market average"))


def power_price(plan: Plan) -> Figure | None:
    """What a MWh cost against the market's average hour, by year; None when no site buys power."""
    prices = _prices(hours.power_by(plan, ["year"]))
    if prices.empty:
        return None
    title = "Price paid against the market"
    return Figure(
        "hours-price",
        title,
        "USD per MWh, all sites; the market's average hour weighted by the energy bought",
        {"any": draw(price_lines(prices, HALF_PATH), title)},
        PRICE_LEGEND,
        hours.price_table(plan),
    )


def power_worth(plan: Plan) -> Figure | None:
    """What flexibility and contracts brought, by year; None when they brought nothing."""
    yearly = hours.worth_by_year(plan)
    if yearly.empty:
        return None
    title = "What flexibility and contracts bring" if hours.kinds(plan) else "What flexibility brings"
    avoided = "peak_charge_avoided" in yearly.index
    note = (
        "Avoided charges are against running flat out and are no cash flow, so the bars do not add up."
        if avoided
        else ""
    )
    return Figure(
        "hours-worth",
        title,
        f"USD m a year, undiscounted{'; charges below zero' if (yearly < -fmt.CENT).any(axis=None) else ''}",
        {"any": draw(year_bars(yearly, WORTH_LABELS, WORTH_COLOURS, HALF_PATH, net=False), title)},
        tuple(Legend(str(name), WORTH_LABELS[str(name)]) for name in yearly.index),
        hours.worth_table(plan),
        note,
    )


def price_panels(plan: Plan) -> list[SitePanel]:
    """Price paid against the market average at each site whose prices vary, the largest user of power first."""
    by_year = hours.power_by(plan, ["site", "year"])
    whole = hours.power_by(plan, ["site"]).set_index("site")
    panels = []
    for site in hours.drawn_sites(plan):
        prices = _prices(by_year[by_year["site"] == site])
        paid, market = (float(whole.loc[site, f"{name}_usd_per_mwh"]) for name in ("price", "market"))
        detail = f"{fmt.price(paid)} paid, {fmt.price(market)} market"
        drawing = draw(price_lines(prices, SMALL), f"{site}: price paid against the market average, by year")
        panels.append(SitePanel(site, detail, drawing))
    return panels


def _prices(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of `power_by` as the chart takes them, with what is read on pointing; empty when nothing was bought."""
    if not (rows["energy_mwh"] > fmt.NOISE).any():
        return pd.DataFrame(columns=["year", "paid", "market", "tip"])
    tips = [
        f"{row.year}: "
        + "; ".join(
            f"{name} {fmt.price(value)} USD/MWh"
            for name, value in (("paid", row.price_usd_per_mwh), ("market average", row.market_usd_per_mwh))
            if not math.isnan(value)
        )
        for row in rows.itertuples()
    ]
    columns = {"price_usd_per_mwh": "paid", "market_usd_per_mwh": "market"}
    return rows.rename(columns=columns)[["year", "paid", "market"]].assign(tip=tips)
