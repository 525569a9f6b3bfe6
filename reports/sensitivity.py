"""A sensitivity in words and tables: drivers in the order of what hangs on them, and the files for machines."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.display import Cell, Column, Table, figure, text
from reports.sweep import NO_PLAN, SOLVED, split, usd_m_words, usd_words
from reports.sweep_tables import known, records

if TYPE_CHECKING:
    from optimizer.drivers import DriverRange
    from optimizer.sensitivities import Sensitivity

_LISTS = ("contracts_in", "contracts_out", "contracts_resized", "contracts_moved", "held_why")


@dataclass(frozen=True)
class Swing:
    """One driver at one end. Money in USD; NaN without a plan."""

    driver: DriverRange
    end: str
    row: dict[str, Any]

    @property
    def words(self) -> str:
        """The value of the driver as it is read: ×0.7, +3."""
        return change_words(self.driver.change(self.end))

    @property
    def change_usd(self) -> float:
        """Change of the NPV with the plan re-optimised. [USD]"""
        return float(self.row["npv_change_usd"])

    @property
    def held_usd(self) -> float:
        """Change of the NPV with the plan held fixed. [USD]"""
        return float(self.row["held_change_usd"])

    def contracts(self, most: int | None = None) -> str:
        """Which contracts change: "in: a; out: b; size: c; moved: d", at most so many names of each kind."""
        kinds = {"in": "contracts_in", "out": "contracts_out", "size": "contracts_resized", "moved": "contracts_moved"}
        said = []
        for word, column in kinds.items():
            names = split(self.row[column])
            more = len(names) - len(names[:most])
            if names:
                said.append(f"{word}: {', '.join(names[:most])}{f' and {more} more' if more else ''}")
        return "; ".join(said) or "none"


class SensitivityReport:
    """A sensitivity with what every rendering of it needs."""

    def __init__(self, sensitivity: Sensitivity) -> None:
        """Look at a sensitivity."""
        self.sensitivity = sensitivity

    def usd(self, value: float) -> str:
        """Dollars with their unit. [USD]"""
        return usd_words(value, abs(self.sensitivity.base.npv_usd))

    def amount(self, value: float | None) -> str:
        """Millions of dollars, as finely as the size of the portfolio asks for. [value in USD]"""
        return usd_m_words(abs(self.sensitivity.base.npv_usd))(value)

    def signed(self, value: float | None) -> str:
        """A change in millions of dollars. [value in USD]"""
        words = self.amount(value)
        return f"+{words}" if value is not None and fmt.clip(value) > 0.0 else words

    @cached_property
    def swings(self) -> list[tuple[Swing, Swing]]:
        """Low and high end of every driver, the driver on which the most hangs first."""
        rows = {(row["driver"], row["end"]): row for row in self.sensitivity.swings.to_dict("records")}
        pairs = []
        for driver in self.sensitivity.ranges:
            low, high = (Swing(driver, end, rows[driver.driver.name, end]) for end in ("low", "high"))
            pairs.append((low, high))
        return sorted(pairs, key=lambda pair: -spread(pair))

    @property
    def adapting(self) -> Swing | None:
        """Where adapting is worth most; None where it is worth nothing anywhere."""
        ends = [swing for pair in self.swings for swing in pair if swing.row["adapting_usd"] > fmt.CENT]
        return max(ends, key=lambda swing: float(swing.row["adapting_usd"]), default=None)

    @property
    def broken(self) -> list[Swing]:
        """Where the plan held fixed breaks a limit."""
        return [swing for pair in self.swings for swing in pair if swing.row["held_status"] not in SOLVED]


def spread(pair: tuple[Swing, Swing]) -> float:
    """How far the NPV swings between both ends and the base. [USD]"""
    changes = [0.0, *(swing.change_usd for swing in pair if math.isfinite(swing.change_usd))]
    return max(changes) - min(changes)


def inside(label: str) -> str:
    """The label of a driver inside a sentence."""
    return label if label.startswith("AI") else label[:1].lower() + label[1:]


def change_words(change: str) -> str:
    """A change as typed, as it is read: ``*0.7`` is ×0.7, ``+-0.03`` is −0.03."""
    sign = {"*": "×", "+": "+"}.get(change[:1], "")
    number = change[1:] if sign else change
    if sign == "+" and number.startswith(("-", "+")):
        sign = ""
    return f"{sign}{number}".replace("-", fmt.MINUS)


def swings_table(report: SensitivityReport) -> Table:
    """Two rows per driver."""
    rows = []
    for pair in report.swings:
        for swing in pair:
            row = swing.row
            rows.append(
                (
                    text(swing.driver.driver.label),
                    text(swing.words),
                    _money(report, row, "npv_usd", "status"),
                    _money(report, row, "npv_change_usd", "status"),
                    _money(report, row, "held_change_usd", "held_status"),
                    _money(report, row, "adapting_usd", "held_status"),
                    text(swing.contracts() if row["status"] in SOLVED else ""),
                )
            )
    columns = (
        Column("Driver", numeric=False),
        Column("Value", numeric=False),
        Column("NPV", "USD m", gloss="net present value with the plan found anew"),
        Column("Change", "USD m", gloss="of the NPV against the base case, the plan found anew"),
        Column("Change, plan held", "USD m", gloss="of the NPV, every start and fleet as in the base plan"),
        Column(
            "Value of adapting", "USD m", gloss="what it is worth to find the plan anew: the difference, never negative"
        ),
        Column("Contracts that change", numeric=False, prose=True),
    )
    return Table("swings", "Every driver at both ends, the widest swing first", columns, tuple(rows))


def ranges_table(report: SensitivityReport) -> Table:
    """What each driver moves, between what, and where that range comes from."""
    rows = []
    for driver_range in (*(low.driver for low, _ in report.swings), *report.sensitivity.still):
        driver = driver_range.driver
        still = driver_range in report.sensitivity.still
        rows.append(
            (
                text(driver.label, tag="moves nothing here" if still else ""),
                text(f"{change_words(driver_range.change('low'))} to {change_words(driver_range.change('high'))}"),
                text(driver.moves),
                text(driver.why if driver_range.is_usual else "as given"),
            )
        )
    columns = (
        Column("Driver", numeric=False),
        Column("Range", numeric=False),
        Column("Moves", numeric=False, prose=True),
        Column("Range from", numeric=False, prose=True),
    )
    return Table("ranges", "The drivers and their ranges", columns, tuple(rows))


def broken_words(report: SensitivityReport) -> list[str]:
    """Where the plan held fixed breaks a limit, and which, one sentence each."""
    return [
        f"{swing.driver.driver.label} {swing.words}: the base plan cannot be kept: "
        + "; ".join(split(swing.row["held_why"]))
        for swing in report.broken
    ]


def swings_csv(sensitivity: Sensitivity) -> str:
    """Two rows per driver as CSV."""
    return str(sensitivity.swings.to_csv(index=False, lineterminator="\n"))


def sensitivity_json(sensitivity: Sensitivity) -> str:
    """Base case, drivers with their ranges, both ends of each, and the MW of contracts that change, as JSON."""
    base = {**sensitivity.base.figures, "status": sensitivity.base.status}
    record = {
        "name": sensitivity.name,
        "base": {key: known(value) for key, value in base.items()},
        "drivers": [
            {
                "driver": used.driver.name,
                "low": used.change("low"),
                "high": used.change("high"),
                "moves": used.driver.moves,
                "range_from": used.driver.why if used.is_usual else "as given",
            }
            for used in sensitivity.ranges
        ],
        "moves_nothing": [used.driver.name for used in sensitivity.still],
        "swings": records(sensitivity.swings, _LISTS),
        "contracts": records(sensitivity.contracts),
    }
    return json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False)


def _money(report: SensitivityReport, row: dict[str, Any], column: str, status: str) -> Cell:
    if row[status] not in SOLVED:
        return text(NO_PLAN)
    return figure(float(row[column]), report.signed if column.endswith("change_usd") else report.amount)
