"""An efficient frontier in words and tables: what each plan is worth, what its safety costs, what it signs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from reports import format as fmt
from reports.csv_table import table_csv
from reports.decision import KeyFigure, Phrase
from reports.display import Column, Table, figure, text
from reports.sweep import usd_m_words, usd_words
from reports.sweep_tables import records

if TYPE_CHECKING:
    from optimizer.efficient_frontier import Frontier

_WEIGHT_DECIMALS = 4
# A premium below this many dollars per dollar is next to nothing.
_CHEAP = 0.25


def tail_words(frontier: Frontier) -> str:
    """What the worst share is called: "worst 5%"."""
    return f"worst {100.0 * frontier.alpha:.3g}%"


def usd(frontier: Frontier, value: float) -> str:
    """Dollars with their unit. [USD]"""
    return usd_words(value, _largest(frontier))


def _largest(frontier: Frontier) -> float:
    return float(frontier.points[["mean_usd", "cvar_usd"]].abs().to_numpy().max())


def headline(frontier: Frontier) -> list[Phrase]:
    """The frontier in one sentence."""
    points = frontier.points
    first, last = points.iloc[0], points.iloc[-1]
    name = tail_words(frontier)
    if len(points) == 1:
        return [
            Phrase("One plan is best however much the "),
            Phrase(f"{name} of scenarios", strong=True),
            Phrase(" is feared: it is worth "),
            Phrase(usd(frontier, first["mean_usd"]), strong=True),
            Phrase(" on average and "),
            Phrase(usd(frontier, first["cvar_usd"]), strong=True),
            Phrase(" in these."),
        ]
    gained, given = last["cvar_usd"] - first["cvar_usd"], first["mean_usd"] - last["mean_usd"]
    return [
        Phrase("From the boldest to the safest plan the mean of the "),
        Phrase(name, strong=True),
        Phrase(" of scenarios rises by "),
        Phrase(usd(frontier, gained), strong=True),
        Phrase(" to "),
        Phrase(usd(frontier, last["cvar_usd"]), strong=True),
        Phrase("; that costs "),
        Phrase(usd(frontier, given), strong=True),
        Phrase(" of the mean value, "),
        Phrase(f"{given / gained:.2f}", strong=True),
        Phrase(" dollars for every dollar of safety."),
    ]


def key_figures(frontier: Frontier) -> list[KeyFigure]:
    """The strip of key figures."""
    points = frontier.points
    first, last = points.iloc[0], points.iloc[-1]
    cheap = points[points["premium"] < _CHEAP]
    plan = cheap.iloc[-1] if len(cheap) else first
    saved = float(plan["cvar_usd"] - first["cvar_usd"])
    name = tail_words(frontier)
    return [
        KeyFigure("Plans on the frontier", fmt.number(len(points), 0), f"over {frontier.scenarios:,} scenarios"),
        KeyFigure(
            "Boldest plan", usd(frontier, first["mean_usd"]), f"mean; {name}: {usd(frontier, first['cvar_usd'])}"
        ),
        KeyFigure("Safest plan", usd(frontier, last["mean_usd"]), f"mean; {name}: {usd(frontier, last['cvar_usd'])}"),
        KeyFigure(
            "Cheap safety",
            usd(frontier, saved),
            f"more in the {name} for less than {_CHEAP:.2f} dollars of mean per dollar",
        ),
    ]


def points_table(frontier: Frontier) -> Table:
    """One row per plan, the boldest first."""
    amount = usd_m_words(_largest(frontier))
    columns = (
        Column("Plan", numeric=False),
        Column("Best from weight", gloss="least cvar_weight at which this plan is the best one"),
        Column("Up to weight"),
        Column("Mean", "USD m", gloss="mean NPV over all scenarios"),
        Column(tail_words(frontier).capitalize(), "USD m", gloss="mean NPV of the worst share of the scenarios"),
        Column("Premium", "USD per USD", gloss="mean given up against the plan before for a dollar more in the worst"),
        Column("Hedge ratio", gloss="gain of the worst share per dollar of mean given up, from plan 1 on"),
        Column("Own capital", "USD m"),
        Column("AI at its peak", "critical MW"),
        Column("Hashrate", "EH/s", gloss="mean over the horizon and the scenarios"),
    )
    rows = tuple(
        (
            text(str(number)),
            figure(row.from_weight, _weight),
            figure(row.to_weight, _weight),
            figure(row.mean_usd, amount),
            figure(row.cvar_usd, amount),
            figure(row.premium, fmt.price),
            figure(row.hedge_ratio, fmt.price),
            figure(row.capex_usd, amount),
            figure(row.peak_ai_mw, fmt.mw),
            figure(row.hashrate_eh_s, fmt.hashrate),
        )
        for number, row in enumerate(frontier.points.itertuples(), start=1)
    )
    note = "" if frontier.complete else "Some plans between two neighbours of this table are not shown."
    return Table("plans", "The plans of the frontier, the boldest first", columns, rows, note=note)


def contracts_table(frontier: Frontier, most: int) -> Table:
    """Which contracts each plan signs: one row per contract, one column per plan.

    most : plans that there is room for; of more, so many are shown from the boldest to the safest.
    """
    begins = frontier.points["from_weight"].tolist()
    places = sorted({round(place) for place in np.linspace(0, len(begins) - 1, min(most, len(begins)))})
    mw = frontier.contracts.groupby(["contract", "from_weight"], sort=True)["mw"].sum()
    names = sorted(frontier.contracts["contract"].unique())
    columns = (
        Column("Contract", numeric=False),
        *(Column(f"Plan {place + 1}", "critical MW") for place in places),
    )
    rows = tuple(
        (text(name), *(figure(float(mw.get((name, begins[place]), 0.0)), fmt.mw) for place in places)) for name in names
    )
    note = "" if len(places) == len(begins) else f"{len(places)} of the {len(begins)} plans; the CSV has all of them."
    return Table("contracts", "What each plan signs, all sites and starts together", columns, rows, note=note)


def points_csv(frontier: Frontier) -> str:
    """One line per plan."""
    return table_csv(frontier.points)


def contracts_csv(frontier: Frontier) -> str:
    """One line per plan and start that it takes."""
    return table_csv(frontier.contracts)


def frontier_json(frontier: Frontier) -> str:
    """Plans and contracts as JSON; what is not known is null."""
    record = {
        "name": frontier.name,
        "cvar_alpha": frontier.alpha,
        "scenarios": frontier.scenarios,
        "complete": frontier.complete,
        "points": records(frontier.points),
        "contracts": records(frontier.contracts),
    }
    return json.dumps(record, indent=2, allow_nan=False)


def _weight(value: float | None) -> str:
    return fmt.number(value, _WEIGHT_DECIMALS)
