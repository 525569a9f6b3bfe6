"""What went in, as tables: settings, limits, the hashprice path and what power costs at each site."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports import format as fmt
from reports.display import Column, Table, figure, text
from reports.hours import run_shares
from sites.months import hours_in_month, month_label, month_number

if TYPE_CHECKING:
    from optimizer.results import Plan
    from sites import Portfolio, Site
    from sites.hourly import HourlyPrices


def horizon_months(plan: Plan) -> list[str]:
    """The month labels of the plan's horizon."""
    first = month_number(plan.portfolio.settings.start)
    return [month_label(first + t) for t in range(plan.portfolio.settings.months)]


def settings_table(plan: Plan) -> Table:
    """Horizon, rates and the portfolio-wide limits, as given."""
    settings, limits = plan.portfolio.settings, plan.portfolio.limits
    months = horizon_months(plan)
    entries = [
        ("Portfolio", settings.name),
        ("Horizon", f"{fmt.month(months[0])} to {fmt.month(months[-1])} ({fmt.count(settings.months, 'month')})"),
        ("Discount rate, mining and sites", f"{fmt.percent(settings.discount_rate, 2)} a year"),
        ("Discount rate, AI offers", f"{fmt.percent(settings.ai_rate, 2)} a year"),
        ("Pool fee", f"{fmt.percent(settings.pool_fee, 2)} of mining revenue"),
        ("Contract value counted after the horizon", fmt.percent(settings.contract_tail, 0)),
    ]
    shares = (
        ("Least share of AI in the running MW", limits.ai_share_min),
        ("Largest share of AI in the running MW", limits.ai_share_max),
        ("Largest share of one counterparty in AI", limits.counterparty_share_max),
        ("Largest share of one region in AI", limits.region_share_max),
    )
    entries += [(name, fmt.percent(share)) for name, share in shares if share is not None]
    if limits.max_build_mw is not None:
        entries.append(("Most MW under construction at once", f"{fmt.mw(limits.max_build_mw)} site MW"))
    if limits.min_eh_s is not None:
        entries.append(("Least hashrate in every month", f"{fmt.price(limits.min_eh_s)} EH/s"))
    entries += [
        (f"Capital budget from {fmt.month(step.month)}, in all", fmt.usd(step.usd)) for step in limits.capex_budget
    ]
    rows = tuple((text(name), text(value)) for name, value in entries)
    columns = (Column("Setting", numeric=False), Column("Value", numeric=False))
    return Table("settings", "Settings and portfolio-wide limits", columns, rows)


def warning_lines(plan: Plan) -> list[str]:
    """What is odd but possible in the input, without the place in the file, which is of the planner's machine."""
    lines = []
    for finding in plan.portfolio.warnings:
        value = f"= {finding.value}" if finding.value else ""
        subject = " ".join(filter(None, (finding.table, finding.record, finding.column, value, finding.problem)))
        expected = f"expected {finding.expected}" if finding.expected else ""
        lines.append("; ".join(filter(None, (subject, expected, finding.hint))))
    return lines


def hashprice_path(plan: Plan) -> pd.DataFrame:
    """The hashprice of each month of the horizon; columns month, usd_per_ph_day."""
    return pd.DataFrame(
        {"month": horizon_months(plan), "usd_per_ph_day": plan.portfolio.scenario_paths.expected_hashprice}
    )


def hashprice_table(plan: Plan) -> Table:
    """The hashprice by year: mean, lowest and highest month."""
    path = hashprice_path(plan)
    rows = tuple(
        (
            text(str(year)),
            figure(float(group.mean()), fmt.price),
            figure(float(group.min()), fmt.price),
            figure(float(group.max()), fmt.price),
        )
        for year, group in path.groupby(path["month"].str[:4])["usd_per_ph_day"]
    )
    columns = (
        Column("Year", numeric=False),
        Column("Mean", "USD per PH/s a day"),
        Column("Lowest month", "USD per PH/s a day"),
        Column("Highest month", "USD per PH/s a day"),
    )
    return Table("hashprice", "Hashprice assumed, by year", columns, rows)


def site_power(plan: Plan) -> pd.DataFrame:
    """What power costs at each site over the horizon.

    One row per site, dearest last; columns site, basis, mean_usd_per_mwh (mean of every hour, adder and escalation
    included), paid_usd_per_mwh (what mining paid in the hours it ran; NaN where nothing ran), share_of_hours_run (NaN
    likewise).
    """
    fleets = plan.frames.fleets
    paid = fleets.groupby("site")[["power_usd", "energy_mwh"]].sum()
    months = horizon_months(plan)
    shares = run_shares(plan)
    series_means: dict[str, dict[str, float]] = {}
    rows = []
    for site in plan.portfolio.sites:
        energy = float(paid["energy_mwh"].get(site.id, 0.0))
        has_run = energy > fmt.NOISE
        rows.append(
            {
                "site": site.id,
                "basis": f"hourly series {site.power}" if isinstance(site.power, str) else "flat price",
                "mean_usd_per_mwh": _mean_price(plan.portfolio, site, months, series_means),
                "paid_usd_per_mwh": float(paid["power_usd"][site.id]) / energy if has_run else math.nan,
                "share_of_hours_run": shares[site.id] if has_run else math.nan,
            }
        )
    return pd.DataFrame(rows).sort_values(["mean_usd_per_mwh", "site"], kind="stable").reset_index(drop=True)


def power_table(plan: Plan) -> Table:
    """Power price by site: the mean of all hours, what mining paid when it ran, and how often it ran."""
    rows = tuple(
        (
            text(row.site),
            text(row.basis),
            figure(row.mean_usd_per_mwh, fmt.price),
            figure(row.paid_usd_per_mwh, fmt.price),
            figure(row.share_of_hours_run, fmt.percent),
        )
        for row in site_power(plan).itertuples()
    )
    columns = (
        Column("Site", numeric=False),
        Column("Basis", numeric=False),
        Column("Mean of all hours", "USD per MWh", gloss="adder and escalation included, over the horizon"),
        Column(
            "Paid by mining", "USD per MWh", gloss="mean of the hours in which machines ran; dear hours are avoided"
        ),
        Column("Hours run", "share", gloss="share of hours in which ready machines ran"),
    )
    return Table("power", "Power price by site over the horizon", columns, rows)


def _mean_price(portfolio: Portfolio, site: Site, months: list[str], known: dict[str, dict[str, float]]) -> float:
    """Hour-weighted mean price of a site over the months, adder and escalation included. [USD/MWh]"""
    start_year = int(months[0][:4])
    weights = np.array([hours_in_month(month_number(month)) for month in months])
    rise = np.array([(1 + site.escalation) ** (int(month[:4]) - start_year) for month in months])
    if isinstance(site.power, str):
        means = known.setdefault(site.power, _series_means(portfolio.prices[site.power], months, start_year))
        base = np.array([means[month] for month in months])
    else:
        base = np.full(len(months), site.power)
    return float(np.average(base * rise, weights=weights)) + site.adder_usd_per_mwh


def _series_means(series: HourlyPrices, months: list[str], start_year: int) -> dict[str, float]:
    """Mean price of the source month behind each month of the horizon. [USD/MWh]"""
    means: dict[tuple[int, int], float] = {}
    result = {}
    for month in months:
        year, number = series.source_year(int(month[:4]), start_year), int(month[5:7])
        if (year, number) not in means:
            means[year, number] = float(np.mean(series.month_prices(year, number)))
        result[month] = means[year, number]
    return result
