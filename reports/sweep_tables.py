"""The tables of a sweep, for people and for machines."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import format as fmt
from reports.display import Cell, Column, Table, figure, text
from reports.sweep import CHOSEN, NO_PLAN, SHOWN, ChosenSets, Shown, SweepReport, contract_mw, split

if TYPE_CHECKING:
    from optimizer.sweeping import Sweep


def cells_table(report: SweepReport) -> Table:
    """One row per cell with every figure."""
    columns = (
        *(Column(side.name, numeric=side.is_numeric) for side in report.sides),
        *(Column(shown.title, shown.unit, gloss=shown.gloss) for shown in SHOWN.values()),
        Column("Offers taken", numeric=False, prose=True),
        Column("Status", numeric=False),
    )
    rows = []
    for row in report.grid:
        places = [
            Cell(side.words[n], side.places[n] if side.is_numeric else None)
            for side, n in zip(report.sides, row["place"], strict=True)
        ]
        figures = [figure(float(row[shown.column]), report.words_of(shown)) for shown in SHOWN.values()]
        taken = ", ".join(split(row["chosen"])) or ("none" if report.is_solved(row) else "")
        rows.append((*places, *figures, text(taken), text(row["status"])))
    return Table("cells", "Every cell, each solved to its own optimum", columns, tuple(rows))


def map_table(report: SweepReport, name: str) -> Table:
    """One figure of a map: a row per value of the second field, the highest first, a column per value of the first."""
    across, up = report.sides
    columns = (Column(f"{up.name} \\ {across.name}", numeric=False), *(Column(words) for words in across.words))
    rows = []
    for m in reversed(range(len(up.places))):
        cells: list[Cell] = [text(up.words[m])]
        for n in range(len(across.places)):
            row = report.at(n, m)
            cells.append(text(report.letter(row)) if name == CHOSEN else _map_cell(report, SHOWN[name], row))
        rows.append(tuple(cells))
    title = "Sets of contracts by letter" if name == CHOSEN else f"{SHOWN[name].title}, {SHOWN[name].unit}"
    return Table(f"map-{name}", title, columns, tuple(rows))


def _map_cell(report: SweepReport, shown: Shown, row: dict[str, Any]) -> Cell:
    return figure(float(row[shown.column]), report.words_of(shown)) if report.is_solved(row) else text(NO_PLAN)


def sets_table(report: SweepReport) -> Table:
    """The sets of contracts, the most frequent first."""
    sets = report.sets
    rows = [
        (
            text(letter, tag="base case" if names == sets.base else ""),
            figure(float(sets.counts[names]), fmt.usd_whole),
            text(sets.words(names)),
        )
        for names, letter in sets.letters.items()
    ]
    columns = (Column("Set", numeric=False), Column("Cells"), Column("Offers taken", numeric=False, prose=True))
    return Table("sets", "The sets of offers that the plans take, the most frequent first", columns, tuple(rows))


def common_words(sets: ChosenSets) -> str:
    """The offers that every plan takes, as a sentence; empty when there is none."""
    return f"Taken in every cell, beside those named: {', '.join(sets.common)}." if sets.common else ""


def contracts_table(report: SweepReport) -> Table:
    """Critical MW of every contract that any plan of a curve takes: a row per value."""
    mw = contract_mw(report)
    side = report.sides[0]
    columns = (Column(side.name, numeric=False), *(Column(str(name), "MW") for name in mw))
    rows = tuple(
        (text(words), *(figure(float(value), fmt.mw) for value in values))
        for words, values in zip(side.words, mw.to_numpy().tolist(), strict=True)
    )
    return Table("contracts", "Critical MW by contract", columns, rows)


def cells_csv(sweep: Sweep) -> str:
    """The cells as CSV."""
    return str(sweep.cells.to_csv(index=False, lineterminator="\n"))


def contracts_csv(sweep: Sweep) -> str:
    """MW of every contract in every cell as CSV."""
    return str(sweep.contracts.to_csv(index=False, lineterminator="\n"))


def sweep_json(sweep: Sweep) -> str:
    """Axes, base case, cells and contracts as JSON; what there is not is null."""
    base = {**sweep.base.figures, "chosen": list(sweep.base_chosen), "status": sweep.base.status}
    record = {
        "name": sweep.name,
        "axes": [
            {"field": axis.field, "operator": axis.operator, "values": list(axis.values), "base": at}
            for axis, at in zip(sweep.axes, sweep.base_at, strict=True)
        ],
        "base": {key: known(value) for key, value in base.items()},
        "cells": records(sweep.cells, ("chosen",)),
        "contracts": records(sweep.contracts),
    }
    return json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False)


def records(frame: pd.DataFrame, lists: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The rows of a frame for JSON; `lists` are columns of joined contracts."""
    return [
        {key: list(split(value)) if key in lists else known(value) for key, value in row.items()}
        for row in frame.to_dict("records")
    ]


def known(value: Any) -> Any:
    """A value for JSON: null where there is no number."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
