"""The power contracts of a portfolio and what a plan decides about them, for the replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.proving.replay_calendar import Calendar
from optimizer.proving.replay_frames import BoolArray, FloatArray, IntArray, ReplayError, numbers
from sites.portfolio import Portfolio
from sites.records import PowerContract

# The row of a programme that is about the load of AI, and that of a programme which is about the site as a whole.
AI_NAME = "ai"
SITE_NAME = ""
KEYS = ("month", "site", "contract", "kind", "name")


@dataclass(frozen=True)
class Programme:
    """A power contract, the months in which it is in force, and the rows that a plan gives it.

    label : kind and row of the table. row : position of its site. in_force : one entry per month.
    fleets : by the id of each fleet of its site, the fleet's position.
    lines : by name, the frame's line in every month, -1 where there is none.
    mw : what the frame says in those lines, by name and month. [MW]
    scenarios : probability and programme of all scenarios, where this is their mean.
    """

    label: str
    record: PowerContract
    row: int
    in_force: BoolArray
    fleets: dict[str, int]
    lines: dict[str, IntArray]
    mw: dict[str, FloatArray]
    scenarios: tuple[tuple[float, Programme], ...] = ()

    @property
    def hours(self) -> int:
        """How many of the dearest hours of a month the contract is about."""
        given = self.record.hours if self.record.kind == "coincident_peak" else self.record.hours_per_month
        return given or 0

    @property
    def usd_per_mw_month(self) -> float:
        """What a MW costs, or earns, in a month. [USD/MW-month]"""
        if self.record.kind == "demand_response":
            return self.record.usd_per_mw_month or 0.0
        return 1000.0 * (self.record.usd_per_kw_month or 0.0)

    @cached_property
    def by_fleet(self) -> dict[int, FloatArray]:
        """The MW of every fleet of the site, by month: enrolled, or paid for the peak. [MW]"""
        return {fleet: self.mw[name] for name, fleet in self.fleets.items() if name in self.mw}

    def billed_mw(self) -> FloatArray:
        """The load that a demand charge is paid for: the peak, or a share of the highest one of the months before.

        Of several scenarios the mean of what is billed in each, which is more than the bill of a mean load.
        """
        if self.scenarios:
            return np.asarray(sum(probability * one.billed_mw() for probability, one in self.scenarios))
        peak = self.mw[SITE_NAME]
        floor = np.zeros_like(peak)
        for t in np.flatnonzero(self.in_force).tolist():
            first = max(0, t - self.record.ratchet_months)
            before = peak[first:t][self.in_force[first:t]]
            floor[t] = self.record.ratchet_share * before.max(initial=0.0)
        return np.maximum(peak, floor)


def in_force(record: PowerContract, months: Calendar) -> BoolArray:
    """Whether a power contract is in force, for every month of the horizon."""
    first = 0 if record.from_month is None else months.position(record.from_month)
    last = months.months if record.to_month is None else months.position(record.to_month)
    listed = [not record.months or months.year_and_month(t)[1] in record.months for t in range(months.months)]
    t = np.arange(months.months)
    return np.asarray((first <= t) & (t <= last) & np.array(listed))


def read_programmes(portfolio: Portfolio, months: Calendar, frame: Any) -> tuple[Programme, ...]:
    """The power contracts in the order of their table, with the MW that the frame states.

    Raises
    ------
    ReplayError : a row too many, twice or missing, or a cell that is no number.
    """
    found = tuple(_unread(portfolio, months))
    if frame is None and not found:
        return found
    _find_lines(found, months, frame)
    stated = np.append(numbers(frame, "programmes", "mw"), 0.0)  # the line -1 stands for no MW
    for programme in found:
        programme.mw.update({name: stated[lines] for name, lines in programme.lines.items()})
    return found


def _unread(portfolio: Portfolio, months: Calendar) -> Iterator[Programme]:
    rows = {site.id: row for row, site in enumerate(portfolio.sites)}
    for number, record in enumerate(portfolio.power_contracts, start=1):
        fleets = {fleet.id: row for row, fleet in enumerate(portfolio.fleets) if fleet.site == record.site}
        names = {
            "coincident_peak": [*fleets, AI_NAME],
            "demand_response": [*fleets],
            "curtailment": [AI_NAME],
        }.get(record.kind, [SITE_NAME])
        lines = {name: np.full(months.months, -1, dtype=np.int64) for name in names}
        label = f"{record.kind} {number}"
        yield Programme(label, record, rows[record.site], in_force(record, months), fleets, lines, {})


def _find_lines(programmes: tuple[Programme, ...], months: Calendar, frame: Any) -> None:
    """Fill in which line of the frame is whose."""
    places: dict[tuple[str, ...], tuple[IntArray, int]] = {}
    for programme in programmes:
        for name, lines in programme.lines.items():
            for t in np.flatnonzero(programme.in_force).tolist():
                key = (months.label(t), programme.record.site, programme.label, programme.record.kind, name)
                places[key] = lines, t
    for line, key in enumerate(zip(*(frame[column].tolist() for column in KEYS), strict=True)):
        if key not in places:
            words = ", ".join(map(str, key))
            raise ReplayError(f"programmes, row {line + 2}: a second row, or one of no contract in force: {words}")
        lines, t = places.pop(key)
        lines[t] = line
    if places:
        raise ReplayError(f"programmes: no row for {', '.join(next(iter(places)))}")
