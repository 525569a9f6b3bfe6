"""What to do, as tables: megawatts over time, the contract league, the sites.

Each function takes a plan and gives a frame or a `Table`; nothing is solved and nothing is rounded outside
`reports.format`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from reports import format as fmt
from reports.display import Cell, Column, Formatter, Table, figure, text, total_row
from reports.periods import Grain, grain, period
from reports.words import USE_LABELS, USES

if TYPE_CHECKING:
    from optimizer.results import Plan
    from sites import Contract


def mw_over_time(allocation: pd.DataFrame, *, by_site: bool, size: Grain) -> pd.DataFrame:
    """Average MW of site capacity in each use, per period and optionally per site.

    One row per (site,) period and use, every use present; columns (site,) first, end, period, use, mw. [MW, mean over
    the period's months]
    """
    keys = ["site"] if by_site else []
    monthly = allocation.groupby([*keys, "month", "use"], observed=True, sort=True)["mw"].sum().unstack("use")
    monthly = monthly.reindex(columns=list(USES)).fillna(0.0).reset_index()
    lookup = {month: period(month, size) for month in sorted(monthly["month"].unique())}
    for column in ("first", "end", "name"):
        monthly[column] = monthly["month"].map({month: getattr(entry, column) for month, entry in lookup.items()})
    index = [*keys, "first", "end", "name"]
    means = monthly.groupby(index, sort=True)[list(USES)].mean()
    means.columns.name = "use"
    tidy = means.stack().rename("mw").reset_index().rename(columns={"name": "period"})
    return tidy.assign(mw=tidy["mw"].map(fmt.clip))


def plan_grain(plan: Plan) -> Grain:
    """The grain at which the plan's horizon is charted."""
    return grain(sorted(plan.frames.allocation["month"].unique()))


def yearly_mix_table(plan: Plan) -> Table:
    """The portfolio year by year: average MW by use, capacity, and hashrate."""
    mix = mw_over_time(plan.frames.allocation, by_site=False, size="year").pivot(
        index="period", columns="use", values="mw"
    )
    hashrate = {str(year): float(value) for year, value in plan.summary["hashrate_eh_s"].items()}
    rows = tuple(
        (
            text(str(year)),
            *(figure(float(mix.loc[year, use]), fmt.mw) for use in USES),
            figure(math.fsum(float(mix.loc[year, use]) for use in USES), fmt.mw),
            figure(hashrate.get(str(year)), fmt.hashrate),
        )
        for year in mix.index
    )
    columns = (
        Column("Year", numeric=False),
        *(Column(USE_LABELS[use], "MW") for use in USES),
        Column("Capacity", "MW", gloss="sum of the four uses"),
        Column("Hashrate", "EH/s", gloss="average computing power of the mining machines that run"),
    )
    return Table("mix-by-year", "Average MW of site capacity by use, year by year", columns, rows)


def site_mix_table(plan: Plan) -> Table:
    """Average MW by use over the whole horizon, site by site, with the portfolio's total."""
    allocation = plan.frames.allocation
    months = allocation["month"].nunique()
    totals = allocation.groupby(["site", "use"], observed=True)["mw"].sum().unstack("use").reindex(columns=list(USES))
    means = totals.fillna(0.0) / months
    order = means.sum(axis=1).sort_values(ascending=False, kind="stable").index
    rows = tuple(
        (
            text(str(site)),
            *(figure(float(means.loc[site, use]), fmt.mw) for use in USES),
            figure(math.fsum(float(means.loc[site, use]) for use in USES), fmt.mw),
        )
        for site in order
    )
    columns = (
        Column("Site", numeric=False),
        *(Column(USE_LABELS[use], "MW") for use in USES),
        Column("Capacity", "MW", gloss="sum of the four uses, averaged over the horizon"),
    )
    total = total_row(rows, [None, *[fmt.mw] * (len(USES) + 1)], "All sites")
    return Table(
        "mix-by-site", "Average MW of site capacity by use over the horizon, site by site", columns, rows, total
    )


def taken_contracts(plan: Plan) -> pd.DataFrame:
    """The contract rows that the plan takes: the contract with the best NPV first, its starts in order of time."""
    return taken_of(plan.frames.contracts)


def taken_of(contracts: pd.DataFrame) -> pd.DataFrame:
    """As `taken_contracts`, of a plan's table of contracts."""
    taken = contracts[contracts["mw"] > fmt.NOISE]
    whole = taken.groupby("contract")["npv_usd"].transform("sum")
    ordered = taken.assign(whole=whole).sort_values(
        ["whole", "contract", "start", "site"], ascending=[False, True, True, True], kind="stable"
    )
    return ordered.drop(columns="whole")


def passed_over(plan: Plan) -> pd.DataFrame:
    """The offers that the plan does not take."""
    contracts = plan.frames.contracts
    return contracts[contracts["mw"] <= fmt.NOISE]


def offers(plan: Plan) -> dict[str, Contract]:
    """The offers as given, by id."""
    return {offer.id: offer for offer in plan.portfolio.contracts}


def league_table(plan: Plan) -> Table:
    """The contracts to sign or signed before: where, when, how large, what they earn, how far the rent may fall."""
    given = offers(plan)
    rows = []
    for row in taken_contracts(plan).itertuples():
        rent = float(given[row.contract].price_usd_per_kw_month)
        reservation = float(row.reservation_usd_per_kw_month)
        rows.append(
            (
                text(row.contract, tag="already signed" if given[row.contract].committed_mw > 0 else ""),
                text(row.counterparty or fmt.MISSING),
                text(row.site),
                text(fmt.month(row.start)),
                figure(row.mw, fmt.mw),
                figure(row.gross_mw, fmt.mw),
                figure(row.capex_usd, fmt.usd_m),
                figure(row.first_year_rent_usd, fmt.usd_m),
                figure(row.npv_usd, fmt.usd_m),
                figure(row.irr, fmt.return_rate),
                figure(row.payback_months, fmt.months),
                figure(rent, fmt.price),
                figure(reservation, fmt.price),
                figure(rent - reservation, fmt.price),
            )
        )
    sums: list[Formatter | None] = [*[None] * 4, fmt.mw, fmt.mw, fmt.usd_m, fmt.usd_m, fmt.usd_m, *[None] * 5]
    total = total_row(rows, sums) if rows else None
    return Table("contracts", "Contracts in the plan, by net present value", _LEAGUE_COLUMNS, tuple(rows), total)


_LEAGUE_COLUMNS = (
    Column("Contract", numeric=False),
    Column("Counterparty", numeric=False),
    Column("Site", numeric=False),
    Column("First rent", numeric=False),
    Column("Size", "critical MW", gloss="power reaching the tenant's computers; rent is paid on it"),
    Column("Takes", "site MW", gloss="capacity reserved at the site, cooling and redundancy included"),
    Column("Own capital", "USD m", gloss="capital spending borne by us"),
    Column("First-year rent", "USD m"),
    Column("NPV", "USD m", gloss="the contract's own cash flows, discounted"),
    Column("IRR", "a year", gloss="yearly discount rate at which the contract's NPV is zero"),
    Column("Payback", gloss="from the first payment until the money is back"),
    Column("Rent offered", "USD per kW-month"),
    Column(
        "Reservation rent",
        "USD per kW-month",
        gloss="lowest rent at which the plan takes the first MW; below zero where that makes room under a limit",
    ),
    Column("Margin", "USD per kW-month", gloss="rent offered less reservation rent"),
)


def site_table(plan: Plan) -> Table:
    """Every site: size, use, value, the value of one more MW, and the hashprices at which mining stops or changes."""
    frame = plan.frames.sites.sort_values(["npv_usd", "site"], ascending=[False, True], kind="stable")
    largest = plan.frames.allocation.groupby(["site", "month"])["mw"].sum().groupby("site").max()
    rows = tuple(
        (
            text(row.site),
            text(row.region or fmt.MISSING),
            figure(float(largest[row.site]), fmt.mw),
            figure(row.peak_ai_mw, fmt.mw),
            figure(row.average_mining_mw, fmt.mw),
            figure(row.npv_usd, fmt.usd_m),
            figure(row.capex_usd, fmt.usd_m),
            figure(row.capacity_value_usd_per_mw_month, fmt.usd_whole),
            figure(row.breakeven_hashprice_usd_per_ph_day, fmt.price),
            figure(row.flip_hashprice_usd_per_ph_day, fmt.price),
        )
        for row in frame.itertuples()
    )
    formatters: Sequence[Formatter | None] = [None, None, fmt.mw, None, fmt.mw, fmt.usd_m, fmt.usd_m, None, None, None]
    return Table("sites", "Sites, by net present value", _SITE_COLUMNS, rows, total_row(rows, formatters, "All sites"))


_SITE_COLUMNS = (
    Column("Site", numeric=False),
    Column("Region", numeric=False),
    Column("Capacity", "MW", gloss="the largest of the horizon"),
    Column("Peak AI", "MW", gloss="highest AI load of any month"),
    Column("Average mining", "MW", gloss="over the horizon"),
    Column("NPV", "USD m"),
    Column("Own capital", "USD m"),
    Column(
        "Capacity value",
        "USD per MW-month",
        gloss="what one more MW of capacity would add to the plan in an average month",
    ),
    Column("Break-even hashprice", "USD per PH/s a day", gloss="where mining just earns its running costs"),
    Column(
        "Flip hashprice",
        "USD per PH/s a day",
        gloss="first-year level at which mining would match the site's best AI offer",
    ),
)


def capacity_values(plan: Plan) -> pd.DataFrame:
    """Capacity value of each site, the highest first; columns site, usd_per_mw_month. [USD per MW-month]"""
    frame = plan.frames.sites[["site", "capacity_value_usd_per_mw_month"]]
    renamed = frame.rename(columns={"capacity_value_usd_per_mw_month": "usd_per_mw_month"})
    return renamed.sort_values(["usd_per_mw_month", "site"], ascending=[False, True], kind="stable").reset_index(
        drop=True
    )


def capacity_value_table(plan: Plan) -> Table:
    """Capacity value of each site, year by year (mean of the months) and over the horizon."""
    prices = plan.frames.shadow_prices
    yearly = (
        prices.assign(year=prices["month"].str[:4]).groupby(["site", "year"])["usd_per_mw_month"].mean().unstack("year")
    )
    overall = capacity_values(plan)

    def cells(site: str, mean: float) -> tuple[Cell, ...]:
        return (
            text(site),
            figure(mean, fmt.usd_whole),
            *(figure(float(yearly.loc[site, y]), fmt.usd_whole) for y in yearly),
        )

    rows = tuple(cells(row.site, row.usd_per_mw_month) for row in overall.itertuples())
    columns = (Column("Site", numeric=False), Column("Horizon"), *(Column(str(year)) for year in yearly))
    caption = "What one more MW of capacity would add in a month, by year (USD per MW-month, mean of the months)"
    return Table("capacity-value", caption, columns, rows)
