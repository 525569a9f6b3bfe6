"""A sweep as it is told: its figures, the sets of contracts, and where each cell lies."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import format as fmt
from reports.display import Formatter
from reports.map_sides import Side

if TYPE_CHECKING:
    from optimizer.sweeping import Sweep

SEPARATOR = ";"
NO_PLAN = "no plan"
SOLVED = ("optimal", "best found")
CHOSEN = "chosen"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# So many sets of contracts have a colour of their own.
COLOURED_SETS = 10
_MILLION = 1e6
# Below this largest amount millions are told with three decimals. [USD]
_SMALL_USD = 1e8


@dataclass(frozen=True)
class Shown:
    """One figure of a cell.

    unit : short. gloss : what the figure means. words : how it is written; money is told in millions.
    per_unit : how many make one unit.
    """

    column: str
    title: str
    unit: str
    gloss: str
    words: Formatter
    per_unit: float = 1.0


SHOWN: dict[str, Shown] = {
    "npv": Shown("npv_usd", "NPV", "USD m", "net present value", fmt.usd_m, _MILLION),
    "ai_share": Shown("ai_share", "AI share", "%", "of the occupied and energised MW-months", fmt.percent, 0.01),
    "capex": Shown("capex_usd", "Own capital", "USD m", "landlord capex inside the horizon", fmt.usd_m, _MILLION),
    "peak_ai": Shown("peak_ai_mw", "Peak AI", "critical MW", "most MW under rent in any month", fmt.mw),
    "hashrate": Shown("hashrate_eh_s", "Hashrate", "EH/s", "mean of the horizon", fmt.hashrate),
    "cash_low": Shown(
        "cash_low_usd", "Cash low", "USD m", "lowest running total of the cash flow", fmt.usd_m, _MILLION
    ),
}


@dataclass(frozen=True)
class ChosenSets:
    """Which sets of open offers are taken where.

    common : offers that are taken in every cell that has a plan.
    letters : a letter for every set, the most frequent first; sets beyond the alphabet share "…".
    counts : cells by set. base : the set of the base case.
    """

    common: tuple[str, ...]
    letters: dict[tuple[str, ...], str]
    counts: dict[tuple[str, ...], int]
    base: tuple[str, ...]

    @classmethod
    def of(cls, sweep: Sweep) -> ChosenSets:
        """The sets of a sweep."""
        solved = sweep.cells[sweep.cells["status"].isin(SOLVED)]
        sets = [split(names) for names in solved["chosen"]]
        common = sorted(set.intersection(*(set(names) for names in sets))) if sets else []
        counts = dict(sorted(Counter(sets).items(), key=lambda item: (-item[1], item[0])))
        letters = {names: _LETTERS[n] if n < len(_LETTERS) else "…" for n, names in enumerate(counts)}
        return cls(tuple(common), letters, counts, sweep.base_chosen)

    def words(self, names: tuple[str, ...]) -> str:
        """A set by what it holds beyond the offers that are in all of them."""
        more = [name for name in names if name not in self.common]
        if not more:
            return "no other offer" if self.common else "no offer"
        return ", ".join(more)

    def key(self, names: tuple[str, ...]) -> str:
        """The colour of a set."""
        number = list(self.letters).index(names)
        return f"set-{number + 1}" if number < COLOURED_SETS else "set-rest"


class SweepReport:
    """A sweep with what every rendering of it needs."""

    def __init__(self, sweep: Sweep) -> None:
        """Look at a sweep."""
        self.sweep = sweep
        self.sides = tuple(Side.of(axis, at) for axis, at in zip(sweep.axes, sweep.base_at, strict=True))

    @property
    def is_map(self) -> bool:
        """Whether two fields were moved."""
        return len(self.sides) > 1

    @cached_property
    def sets(self) -> ChosenSets:
        """Which contracts are taken where."""
        return ChosenSets.of(self.sweep)

    @cached_property
    def grid(self) -> list[dict[str, Any]]:
        """The cells as records in the order of the sides, each with its `place`: one number per side."""
        rows = self.sweep.cells.to_dict("records")
        counts = [len(side.places) for side in self.sides]
        found = []
        for number, row in enumerate(rows):
            given = divmod(number, counts[1]) if self.is_map else (number,)
            place = tuple(side.order.index(n) for side, n in zip(self.sides, given, strict=True))
            found.append({**row, "place": place})
        return sorted(found, key=lambda row: row["place"])

    def at(self, *place: int) -> dict[str, Any]:
        """The cell at a place."""
        position = place[0] * len(self.sides[1].places) + place[1] if self.is_map else place[0]
        return self.grid[position]

    def is_solved(self, row: dict[str, Any]) -> bool:
        """Whether a cell has a plan."""
        return row["status"] in SOLVED

    def where(self, row: dict[str, Any]) -> str:
        """A cell by its values: "hashprice ... ×0.8, contracts.hyper... 120"."""
        return ", ".join(
            f"{axis.field} {side.words[n]}"
            for axis, side, n in zip(self.sweep.axes, self.sides, row["place"], strict=True)
        )

    def at_words(self, row: dict[str, Any]) -> str:
        """A cell by its values alone: "×0.8 and 120"."""
        return " and ".join(side.words[n] for side, n in zip(self.sides, row["place"], strict=True))

    @cached_property
    def largest_usd(self) -> float:
        """The largest NPV, with which the fineness of money goes; infinite without one. [USD]"""
        npv = self.sweep.cells["npv_usd"].abs()
        return float(npv.max()) if npv.notna().any() else math.inf

    def usd(self, value: float) -> str:
        """Dollars with their unit. [USD]"""
        return usd_words(value, self.largest_usd)

    def words_of(self, shown: Shown) -> Formatter:
        """How a figure is written in this sweep: money as finely as its size asks for."""
        if shown.per_unit != _MILLION:
            return shown.words
        return usd_m_words(self.largest_usd)

    def shown(self, shown: Shown, row: dict[str, Any]) -> str:
        """A figure of a cell as text."""
        return self.words_of(shown)(float(row[shown.column])) if self.is_solved(row) else NO_PLAN

    def letter(self, row: dict[str, Any]) -> str:
        """The letter of a cell's set of contracts."""
        return self.sets.letters[split(row["chosen"])] if self.is_solved(row) else fmt.MINUS

    @cached_property
    def unsolved(self) -> dict[str, int]:
        """How many cells have no plan, by status."""
        counted = Counter(self.sweep.cells["status"])
        return {status: count for status, count in counted.items() if status not in SOLVED}


def contract_mw(report: SweepReport) -> pd.DataFrame:
    """Critical MW of a curve: a row per value in the order of the side, a column per contract ever taken. [MW]"""
    frame, axis = report.sweep.contracts, report.sweep.axes[0]
    wide = frame.pivot(index=axis.name, columns="contract", values="mw") if len(frame) else pd.DataFrame()
    wide = wide.reindex([axis.values[n] for n in report.sides[0].order])
    return wide.loc[:, (wide > fmt.NOISE).any(axis=0)] if len(wide.columns) else wide


def usd_m_words(largest: float) -> Formatter:
    """How millions are written where this is the largest amount. [USD]"""
    decimals = 1 if largest >= _SMALL_USD else 3
    return lambda value: fmt.usd_m(value, decimals)


def usd_words(value: float, largest: float) -> str:
    """Dollars with their unit where this is the largest amount; small ones to the thousand. [USD]"""
    return fmt.usd(value) if largest >= _SMALL_USD else f"USD {usd_m_words(largest)(value)} m"


def split(names: str) -> tuple[str, ...]:
    """The contracts of a joined list."""
    return tuple(name for name in names.split(SEPARATOR) if name)
