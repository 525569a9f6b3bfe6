"""Hours and power, as tables: how long machines run, what power costs, what flexibility and power contracts bring.

Everything is summed from the frames `power`, `hours`, `fleets` and `programmes`; all money is undiscounted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports import format as fmt
from reports.decision import KeyFigure
from reports.display import Cell, Column, Table, figure, text, total_row
from reports.money import span
from reports.understood import power_contract_terms
from reports.words import KIND_LABELS, WORTH_KINDS, WORTH_LABELS
from sites.months import hours_in_month, month_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from optimizer.results import Plan
    from sites.records import PowerContract

_DASH = "\N{EN DASH}"
_MWH_PER_GWH = 1000.0
# What a column of the frame `power` is called among the sums of the report, and the sign with which it moves cash.
_WORTH: dict[str, tuple[str, float]] = {
    "curtailment_value": ("curtailment_value_usd", 1.0),
    "power_blocks": ("block_gain_usd", 1.0),
    "demand_response": ("demand_response_usd", 1.0),
    "peak_charge_avoided": ("peak_charge_avoided_usd", 1.0),
    "peak_charge": ("peak_charge_usd", -1.0),
    "demand_charge": ("demand_charge_usd", -1.0),
    "backup": ("backup_usd", -1.0),
}


def kinds(plan: Plan) -> frozenset[str]:
    """The kinds of power contracts that the portfolio has."""
    return frozenset(contract.kind for contract in plan.portfolio.power_contracts)


def worth_names(plan: Plan) -> tuple[str, ...]:
    """The sums that this portfolio can have: the value of curtailment, and those of the contracts it has."""
    own = kinds(plan)
    return tuple(name for name in WORTH_LABELS if WORTH_KINDS.get(name, "") in {"", *own})


def power_by(plan: Plan, keys: Sequence[str]) -> pd.DataFrame:
    """Energy, prices and sums by any of `year` and `site`; without a key one row for the whole portfolio.

    Columns: the keys, energy_mwh (mining, and AI whose rent includes power), price_usd_per_mwh (what it cost, blocks,
    demand and peak charges included; NaN without energy), market_usd_per_mwh (mean of all hours of the sites and years
    taken together, weighted by the energy bought there; by nothing where none is), run_share (share of the hours of
    ready machines in which they ran; NaN without any), and the sums of `WORTH_LABELS` as cash flows. [USD]
    """
    power = plan.frames.power
    energy = power["mining_mwh"] + power["ai_mwh"]
    spot, blocks = power["spot_usd"], power["block_gain_usd"]
    rows = power[["year", "site"]].assign(
        energy_mwh=energy,
        bill_usd=spot - blocks + power["demand_charge_usd"] + power["peak_charge_usd"],
        market_usd=power["market_average_usd_per_mwh"] * energy,
        market_plain=power["market_average_usd_per_mwh"],
        **{name: power[column] * sign for name, (column, sign) in _WORTH.items()},
    )
    rows = rows.merge(_ready_hours(plan), on=["year", "site"], how="left")
    grouping = list(keys) or [pd.Series("all", index=rows.index, name="all")]
    sums = rows.drop(columns=[name for name in ("year", "site") if name not in keys]).groupby(grouping, sort=True)
    table = sums.sum().reset_index()
    plain = sums["market_plain"].mean().to_numpy()
    bought = table["energy_mwh"].to_numpy() > fmt.NOISE
    return table.assign(
        price_usd_per_mwh=_ratio(table["bill_usd"], table["energy_mwh"]),
        market_usd_per_mwh=np.where(bought, _ratio(table["market_usd"], table["energy_mwh"]), plain),
        run_share=_ratio(table["ran"], table["ready"]),
    )


def run_shares(plan: Plan) -> dict[str, float]:
    """By site, the share of the hours of ready machines in which they ran, over the horizon; NaN without any."""
    by_site = _ready_hours(plan).groupby("site")[["ran", "ready"]].sum()
    return dict(zip(by_site.index, _ratio(by_site["ran"], by_site["ready"]), strict=True))


def key_figures(plan: Plan) -> tuple[KeyFigure, ...]:
    """The totals of the portfolio over the horizon; of power contracts only those that it has."""
    whole = power_by(plan, ()).iloc[0]
    amounts = {name: float(whole[name]) for name in worth_names(plan)}
    price = KeyFigure("Price of power", fmt.MISSING, "no site buys power of its own")
    if whole["energy_mwh"] > fmt.NOISE:
        market = f"market average {fmt.price(float(whole['market_usd_per_mwh']))}"
        detail = f"per MWh{', contracts included' if _moves_price(plan) else ''}; {market}"
        price = KeyFigure("Price of power", f"USD {fmt.price(float(whole['price_usd_per_mwh']))}", detail)
    tiles = [
        KeyFigure("Hours run", fmt.percent(float(whole["run_share"])), "of the hours in which machines are ready"),
        price,
        KeyFigure(
            "Value of curtailment", fmt.usd(amounts["curtailment_value"]), "against running flat out in every hour"
        ),
    ]
    details = {
        "power_blocks": "gain against buying every MWh at spot",
        "demand_response": "paid for enrolled machines",
        "peak_charge": f"{fmt.usd(amounts.get('peak_charge_avoided'))} avoided, against running flat out",
        "demand_charge": "on the highest load of each month",
        "backup": "for AI load in curtailed hours",
    }
    tiles += [
        KeyFigure(WORTH_LABELS[name], fmt.usd(amounts[name]), words)
        for name, words in details.items()
        if name in amounts
    ]
    return tuple(tiles)


def worth_by_year(plan: Plan) -> pd.DataFrame:
    """What flexibility and contracts brought: a row per sum that is not zero throughout, a column per year. [USD]"""
    yearly = power_by(plan, ["year"]).set_index("year")
    table = yearly[list(worth_names(plan))].T
    return table[(table.abs() > fmt.CENT).any(axis=1)]


def worth_table(plan: Plan) -> Table:
    """What flexibility and contracts brought, by year; no total, since avoided charges are no cash flow."""
    yearly = worth_by_year(plan)
    rows = tuple(
        (
            text(WORTH_LABELS[str(name)]),
            *(figure(float(value), fmt.usd_m) for value in yearly.loc[name]),
            figure(math.fsum(yearly.loc[name]), fmt.usd_m),
        )
        for name in yearly.index
    )
    columns = (Column("", numeric=False), *(Column(str(year)) for year in yearly.columns), Column("All years"))
    caption = "What flexibility and power contracts brought, by year (USD m, undiscounted; costs are negative)"
    return Table("power-worth", caption, columns, rows)


def price_table(plan: Plan) -> Table:
    """The portfolio by year: energy, price of power against the market, share of hours run."""
    rows = tuple(
        (
            text(str(row.year)),
            figure(row.run_share, fmt.percent),
            figure(row.energy_mwh / _MWH_PER_GWH, fmt.usd_whole),
            figure(row.price_usd_per_mwh, fmt.price),
            figure(row.market_usd_per_mwh, fmt.price),
        )
        for row in power_by(plan, ["year"]).itertuples()
    )
    columns = (Column("Year", numeric=False), *_price_columns(plan))
    return Table("power-price", "Power bought by all sites, by year", columns, rows)


def site_table(plan: Plan) -> Table:
    """Every site over the horizon: hours, energy, prices, and what flexibility and its contracts brought."""
    bought = _with_power(plan, power_by(plan, ["site"]))
    bought = bought.sort_values(["energy_mwh", "site"], ascending=[False, True], kind="stable")
    rows = tuple((text(str(row["site"])), *_site_cells(plan, row)) for _, row in bought.iterrows())
    sums = [None, None, fmt.usd_whole, None, None, *[fmt.usd_m] * len(worth_names(plan))]
    total = list(total_row(rows, sums, "All sites")) if rows else None
    if total is not None:
        whole = power_by(plan, ()).iloc[0]
        total[1] = text(fmt.percent(float(whole["run_share"])))
        total[3], total[4] = (text(fmt.price(float(whole[f"{name}_usd_per_mwh"]))) for name in ("price", "market"))
    return Table(
        "power-sites",
        "Hours and power by site, over the horizon (money undiscounted)",
        (Column("Site", numeric=False), *_site_columns(plan)),
        rows,
        None if total is None else tuple(total),
    )


def site_year_table(plan: Plan) -> Table:
    """Every site in every year in which it buys power or has a contract that moves money."""
    bought = _with_power(plan, power_by(plan, ["site", "year"]))
    rows = tuple(
        (text(str(row["site"])), text(str(row["year"])), *_site_cells(plan, row)) for _, row in bought.iterrows()
    )
    columns = (Column("Site", numeric=False), Column("Year", numeric=False), *_site_columns(plan))
    return Table("power-site-years", "Hours and power by site and year (money undiscounted)", columns, rows)


def fleet_table(plan: Plan) -> Table:
    """Every fleet over the horizon: MW that ran, energy, price at spot against the market, value of curtailment."""
    hours = plan.frames.hours
    rows = []
    for (site, fleet), own in hours.groupby(["site", "fleet"], sort=True):
        energy, span_hours = math.fsum(own["energy_mwh"]), math.fsum(own["hours"])
        paid = math.fsum(own["average_price_usd_per_mwh"].fillna(0.0) * own["energy_mwh"])
        market = math.fsum(own["market_average_usd_per_mwh"] * own["energy_mwh"])
        rows.append(
            (
                text(str(fleet)),
                text(str(site)),
                figure(math.fsum(own["mining_mw"] * own["hours"]) / span_hours, fmt.mw),
                figure(energy / _MWH_PER_GWH, fmt.usd_whole),
                figure(paid / energy if energy > fmt.NOISE else None, fmt.price),
                figure(market / energy if energy > fmt.NOISE else None, fmt.price),
                figure(math.fsum(own["curtailment_value_usd"]), fmt.usd_m),
            )
        )
    columns = (
        Column("Fleet", numeric=False),
        Column("Site", numeric=False),
        Column("Running", "MW", gloss="MW that ran at least one hour of a month, averaged over the horizon"),
        Column("Energy", "GWh"),
        Column("Paid at spot", "USD per MWh", gloss="mean of the hours in which the fleet ran, before any contract"),
        _MARKET,
        Column(WORTH_LABELS["curtailment_value"], "USD m"),
    )
    sums = [None, None, fmt.mw, fmt.usd_whole, None, None, fmt.usd_m]
    return Table(
        "power-fleets",
        "Fleets over the horizon (money undiscounted)",
        columns,
        tuple(rows),
        total_row(rows, sums, "All fleets") if rows else None,
    )


def fleet_hours_table(plan: Plan) -> Table:
    """Hours run by every fleet in every year; the heading of a year says how many it has within the horizon."""
    hours = plan.frames.hours
    if hours.empty:
        return Table("fleet-hours", "Hours run by fleet and year", (Column("Fleet", numeric=False),), ())
    wide = hours.pivot_table(index=["site", "fleet"], columns="year", values="run_hours", sort=True)
    lengths = hours.groupby("year")["hours"].first()
    rows = tuple(
        (text(str(fleet)), text(str(site)), *(figure(float(value), fmt.usd_whole) for value in wide.loc[(site, fleet)]))
        for site, fleet in wide.index
    )
    columns = (
        Column("Fleet", numeric=False),
        Column("Site", numeric=False),
        *(Column(str(year), f"of {fmt.usd_whole(float(lengths[year]))} h") for year in wide.columns),
    )
    caption = "Full-load hours of the MW that ran, by fleet and year"
    return Table("fleet-hours", caption, columns, rows)


def contracts_table(plan: Plan) -> Table:
    """Every power contract: its terms, when it is in force, the MW it meets and what it brings or costs."""
    frame = plan.frames.programmes
    rows = []
    for number, contract in enumerate(plan.portfolio.power_contracts, start=1):
        own = frame[frame["contract"] == f"{contract.kind} {number}"]
        monthly = own.groupby("month")["billed_mw"].sum()
        rows.append(
            (
                text(KIND_LABELS[contract.kind]),
                text(contract.site),
                figure(math.fsum(own["usd"]), fmt.usd_m),
                figure(float(monthly.mean()) if len(monthly) else None, fmt.mw),
                text(_when(contract, list(monthly.index))),
                text(power_contract_terms(contract)),
            )
        )
    columns = (
        Column("Contract", numeric=False),
        Column("Site", numeric=False),
        Column("Brings", "USD m", gloss="cash flow over the horizon, undiscounted; a cost is negative"),
        Column(
            "Mean",
            "MW",
            gloss="size of a block, load billed, MW enrolled or AI load on backup, over the months in force",
        ),
        Column("In force", numeric=False),
        Column("Terms", numeric=False, prose=True),
    )
    total = total_row(rows, [None, None, fmt.usd_m, None, None, None], "All contracts") if rows else None
    return Table("power-contracts", "Power contracts over the horizon", columns, tuple(rows), total)


def drawn_sites(plan: Plan) -> list[str]:
    """The sites that buy power at prices that change by the hour or under a contract, those with most energy first."""
    contracted = {contract.site for contract in plan.portfolio.power_contracts}
    varied = {site.id for site in plan.portfolio.sites if isinstance(site.power, str)} | contracted
    by_site = power_by(plan, ["site"]).sort_values(["energy_mwh", "site"], ascending=[False, True], kind="stable")
    bought = by_site[by_site["energy_mwh"] > fmt.NOISE]["site"]
    return [str(site) for site in bought if site in varied]


_MARKET = Column(
    "Market average", "USD per MWh", gloss="mean of all hours; years and sites weighted by the energy bought"
)


def _price_columns(plan: Plan) -> tuple[Column, ...]:
    parts = "; power blocks, demand and peak charges included" if _moves_price(plan) else ""
    return (
        Column("Hours run", "share", gloss="share of the hours of ready machines in which they ran"),
        Column("Energy", "GWh", gloss="of mining, and of AI whose rent includes power"),
        Column("Price paid", "USD per MWh", gloss=f"mean of every MWh bought{parts}"),
        _MARKET,
    )


def _site_columns(plan: Plan) -> tuple[Column, ...]:
    glosses = {
        "curtailment_value": (
            "what machines earn at spot by standing still or slowing down in dear hours, against running flat out"
        ),
        "peak_charge_avoided": "charges that the machines would pay if they ran flat out, less those that they pay",
        "power_blocks": "gain against buying every MWh at spot",
    }
    worth = (Column(WORTH_LABELS[name], "USD m", gloss=glosses.get(name, "")) for name in worth_names(plan))
    return (*_price_columns(plan), *worth)


def _site_cells(plan: Plan, row: pd.Series[float]) -> tuple[Cell, ...]:
    """The figures of one row of `power_by`; a dash where a site has no contract of the kind."""
    here = {contract.kind for contract in plan.portfolio.power_contracts if contract.site == row["site"]}
    worth = (
        figure(float(row[name]), fmt.usd_m) if WORTH_KINDS.get(name, "") in {"", *here} else text(_DASH)
        for name in worth_names(plan)
    )
    return (
        figure(float(row["run_share"]), fmt.percent),
        figure(float(row["energy_mwh"]) / _MWH_PER_GWH, fmt.usd_whole),
        figure(float(row["price_usd_per_mwh"]), fmt.price),
        figure(float(row["market_usd_per_mwh"]), fmt.price),
        *worth,
    )


def _with_power(plan: Plan, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that buy power or in which a contract moves money."""
    moves = (rows[list(worth_names(plan))].abs() > fmt.CENT).any(axis=1)
    return rows[(rows["energy_mwh"] > fmt.NOISE) | moves]


def _ready_hours(plan: Plan) -> pd.DataFrame:
    """MW-hours by year and site that ready machines ran and could have run; columns year, site, ran, ready."""
    fleets = plan.frames.fleets
    hours = fleets["month"].map({month: hours_in_month(month_number(month)) for month in fleets["month"].unique()})
    rows = fleets[["site"]].assign(
        year=fleets["month"].str[:4],
        ran=fleets["mining_mw"] * fleets["run_hours"],
        ready=fleets["energised_mw"] * hours.astype(float),
    )
    return rows.groupby(["year", "site"], sort=True)[["ran", "ready"]].sum().reset_index()


def _when(contract: PowerContract, months: list[str]) -> str:
    if not months:
        return "never within the horizon"
    whole = span(months[0], months[-1])
    return f"{whole} ({fmt.count(len(months), 'month')})" if contract.months else whole


def _moves_price(plan: Plan) -> bool:
    """Whether a contract of the portfolio is part of what a MWh costs."""
    return bool(kinds(plan) & {"block", "demand_charge", "coincident_peak"})


def _ratio(part: pd.Series[float], whole: pd.Series[float]) -> NDArray[np.float64]:
    """NaN where there is nothing to divide by."""
    shares, base = part.to_numpy(dtype=float), whole.to_numpy(dtype=float)
    ratio: NDArray[np.float64] = np.divide(shares, base, out=np.full_like(shares, np.nan), where=base > fmt.NOISE)
    return ratio
