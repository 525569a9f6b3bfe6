"""Why not: what every rejected offer, site, fleet and start would need to come in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from reports import format as fmt
from reports.display import Cell, Column, Formatter, Table, figure, text
from reports.tables import offers, passed_over

if TYPE_CHECKING:
    from optimizer.results import Plan

# How a figure of the table why_not was found, where it is not simply exact.
_TAGS = {"bound": "at least", "enough": "at most", "own margin": "its own margin"}
_FORMATS: dict[str, Formatter] = {
    "USD/kW-month": fmt.price,
    "USD/MW": fmt.usd_whole,
    "USD/MW-month more": fmt.usd_whole,
    "months": lambda value: fmt.number(value, 0),
    "times the path": fmt.price,
}
_LEVERS = {"lead_time": "building time", "margin": "mining margin"}
_STARTS_SHOWN = 1
# A page of more starts than this would be slow to open; why_not.csv holds all of them.
MOST_STARTS = 1_000


def offers_table(plan: Plan) -> Table:
    """The offers not taken, the one that lacks least rent first: what each offers, and what it would need."""
    given, levers = offers(plan), _levers(plan)
    rents = dict(
        zip(plan.frames.contracts["contract"], plan.frames.contracts["reservation_usd_per_kw_month"], strict=True)
    )
    names = sorted(
        passed_over(plan)["contract"],
        key=lambda name: _last_if_unknown(rents[name], given[name].price_usd_per_kw_month),
    )
    rows = tuple(
        (
            text(name, tag=given[name].counterparty),
            text(", ".join(given[name].sites)),
            figure(given[name].max_mw, fmt.mw),
            figure(given[name].price_usd_per_kw_month, fmt.price),
            figure(float(rents[name]), fmt.price),
            figure(_usd_m(given[name].capex_usd_per_mw), fmt.price),
            figure(_usd_m(levers.get((name, "capex"), math.nan)), fmt.price),
            figure(float(given[name].build_months), _FORMATS["months"]),
            figure(levers.get((name, "lead_time"), math.nan), _FORMATS["months"]),
            text(_reason(plan, name)),
        )
        for name in names
    )
    columns = (
        Column("Offer", numeric=False),
        Column("Possible sites", numeric=False),
        Column("Largest size", "critical MW"),
        Column("Rent offered", "USD per kW-month"),
        Column(
            "Rent needed",
            "USD per kW-month",
            gloss="reservation rent: the lowest rent at which the plan would take the first MW",
        ),
        Column("Capex given", "USD m per MW"),
        Column("Capex needed", "USD m per MW", gloss="the highest capex at which the plan would take the first MW"),
        Column("Building time given", "months"),
        Column(
            "Building time needed",
            "months",
            gloss="the longest building time at which the plan would take the first MW; n/a where none is short enough",
        ),
        Column("Why not", numeric=False, prose=True),
    )
    return Table("offers-passed-over", "Offers not taken, and what each would need, all else as it is", columns, rows)


def places_table(plan: Plan) -> Table:
    """Sites without AI or without mining, and fleets that never run."""
    frame = plan.frames.why_not
    return _levers_table(frame[frame["kind"].isin(["site", "fleet"])], "why-not-places", "Sites and fleets left out")


def starts_table(plan: Plan) -> Table:
    """Of every offer and site the start that is nearest to being taken, beside those that are."""
    starts = _starts(plan)
    nearest = starts[starts["needed"].notna()].groupby(["name", "site"], sort=True).head(_STARTS_SHOWN)
    title = "The nearest start of every offer and site that is not signed"
    return _starts_table(plan, nearest.sort_values(["name", "site"], kind="stable"), "why-not-starts", title)


def all_starts_table(plan: Plan) -> Table:
    """Every start that is not signed, the nearest first, as many as a page can hold."""
    starts = _starts(plan)
    count = f"{len(starts):,}" if len(starts) <= MOST_STARTS else f"the nearest {MOST_STARTS:,} of {len(starts):,}"
    return _starts_table(plan, starts.head(MOST_STARTS), "why-not-all-starts", f"Starts that are not signed: {count}")


def _starts(plan: Plan) -> pd.DataFrame:
    """The starts, one row each with its rent and capex; the one that lacks the smallest share of its rent first."""
    frame = plan.frames.why_not
    key, given = ["name", "site", "start"], ["needed", "basis"]
    rents = frame[(frame["kind"] == "start") & (frame["lever"] == "rent")]
    capex = frame[(frame["kind"] == "start") & (frame["lever"] == "capex")]
    starts = rents.merge(capex[key + given], on=key, how="left", suffixes=("", "_capex"))
    share = starts["change"].astype(float) / starts["now"].astype(float).clip(lower=1.0)
    return starts.iloc[share.argsort(kind="stable").to_numpy()]


def _starts_table(plan: Plan, starts: pd.DataFrame, key: str, title: str) -> Table:
    given = offers(plan)
    rows = tuple(
        (
            text(str(row["name"])),
            text(str(row["site"])),
            text(fmt.month(str(row["start"]))),
            figure(float(row["now"]), fmt.price),
            _tagged(row["needed"], row["basis"], fmt.price),
            figure(_usd_m(given[str(row["name"])].capex_usd_per_mw), fmt.price),
            _tagged(_usd_m(row["needed_capex"]), row["basis_capex"], fmt.price),
            text(str(row["reason"])),
        )
        for row in starts.to_dict("records")
    )
    columns = (
        Column("Offer", numeric=False),
        Column("Site", numeric=False),
        Column("First rent", numeric=False),
        Column("Rent offered", "USD per kW-month"),
        Column("Rent needed", "USD per kW-month"),
        Column("Capex given", "USD m per MW"),
        Column("Capex needed", "USD m per MW"),
        Column("Why not", numeric=False, prose=True),
    )
    return Table(key, title, columns, rows)


def _levers_table(frame: pd.DataFrame, key: str, title: str) -> Table:
    rows = tuple(
        (
            text(str(row["name"]), tag=str(row["kind"])),
            text(str(row["site"])),
            text(fmt.month(str(row["start"]))),
            text(_LEVERS.get(str(row["lever"]), str(row["lever"]))),
            text(str(row["unit"])),
            _amount(row, "now"),
            _amount(row, "needed"),
            _amount(row, "change"),
            text(str(row["reason"])),
        )
        for row in frame.to_dict("records")
    )
    columns = (
        Column("What", numeric=False),
        Column("Site", numeric=False),
        Column("First rent", numeric=False),
        Column("Lever", numeric=False),
        Column("Unit", numeric=False),
        Column("Now"),
        Column("Needed"),
        Column("Change"),
        Column("Why not", numeric=False, prose=True),
    )
    return Table(key, title, columns, rows)


def _amount(row: dict[str, object], column: str) -> Cell:
    shown = _FORMATS.get(str(row["unit"]), fmt.price)
    return _tagged(row[column], row["basis"] if column == "needed" else "", shown)


def _tagged(value: object, basis: object, shown: Formatter) -> Cell:
    """A figure and, where it is not simply exact, how it was found."""
    cell = figure(float(str(value)), shown)
    return Cell(cell.text, cell.value, tag=_TAGS.get(str(basis), ""), tone=cell.tone)


def _levers(plan: Plan) -> dict[tuple[str, str], float]:
    frame = plan.frames.why_not
    own = frame[frame["kind"] == "offer"]
    return dict(zip(zip(own["name"], own["lever"], strict=True), own["needed"].astype(float), strict=True))


def _reason(plan: Plan, name: str) -> str:
    frame = plan.frames.why_not
    reasons = frame.loc[(frame["kind"] == "offer") & (frame["name"] == name) & (frame["lever"] == "rent"), "reason"]
    return str(reasons.iloc[0]) if len(reasons) else ""


def _last_if_unknown(needed: float, offered: float) -> tuple[bool, float]:
    return math.isnan(needed), 0.0 if math.isnan(needed) else needed - offered


def _usd_m(usd: float) -> float:
    return usd / 1e6
