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
    frame = plan.frames.why_not
    starts = frame[(frame["kind"] == "start") & (frame["lever"] == "rent") & frame["needed"].notna()]
    nearest = starts.sort_values(["name", "site", "change", "start"], kind="stable")
    nearest = nearest.groupby(["name", "site"], sort=False).head(_STARTS_SHOWN)
    return _levers_table(nearest, "why-not-starts", "The nearest start of every offer and site that is not signed")


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
    value = float(str(row[column]))
    cell = figure(value, _FORMATS.get(str(row["unit"]), fmt.price))
    tag = _TAGS.get(str(row["basis"]), "") if column == "needed" else ""
    return Cell(cell.text, cell.value, tag=tag, tone=cell.tone)


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
