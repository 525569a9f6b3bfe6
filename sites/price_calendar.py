"""From the rows of price files to whole calendar years of 24 wall-clock hours a day, with an account of repairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np

from sites.clock import MINUTES_PER_HOUR, IntArray, is_autumn_hour, is_spring_hour, wall_time
from sites.findings import Finding
from sites.hourly import FloatArray, PriceFileError, hours_in_year
from sites.price_files import Readings

SHOWN_FAULTS = 40
# An account that lists every single hour of a poor file would hide what matters.
LISTED_HOURS = 12


@dataclass(frozen=True)
class Hours:
    """All hours of the years that the rows touch, whether there is a price or not.

    first : first hour of the first year. [hours since 1970-01-01 00:00 local]
    covered : minutes of rows that fall into each hour; 60 is one whole hour. [minutes]
    prices : their mean price; NaN in an hour without a row. [USD/MWh]
    """

    years: tuple[int, ...]
    first: int
    covered: IntArray
    prices: FloatArray

    def time(self, hour: int) -> datetime:
        """Wall-clock time at which an hour, counted from the first one, begins."""
        return wall_time((self.first + hour) * MINUTES_PER_HOUR)


def whole_years(
    readings: Sequence[Readings], max_gap_hours: int
) -> tuple[tuple[int, ...], FloatArray, tuple[str, ...]]:
    """The years, one price per hour [USD/MWh], and the account of what was repaired.

    The doubled autumn hour is averaged and the missing spring hour interpolated; so are other missing hours, up to
    ``max_gap_hours`` in a row.

    Raises
    ------
    PriceFileError : rows stand there twice, more hours are missing in a row, or the first or last year is not whole.
    """
    zone = readings[0].zone
    _refuse_repeated_rows(readings, zone)
    hours = _hours(readings)
    spring = _spring_hours(hours, zone)
    runs = list(_missing_runs(hours))
    _refuse_gaps(readings, hours, runs, spring, max_gap_hours)
    account = [*_averaged_account(readings, hours), *_missing_account(hours, runs, spring)]
    known = np.flatnonzero(hours.covered)
    prices = hours.prices.copy()
    missing = np.flatnonzero(hours.covered == 0)
    prices[missing] = np.interp(missing, known, prices[known])
    return hours.years, prices, tuple(account)


def _refuse_repeated_rows(readings: Sequence[Readings], zone: tzinfo | None) -> None:
    starts = [part.wall_minutes if part.instants is None else part.instants for part in readings]
    kinds = {part.instants is None for part in readings}
    if len(kinds) > 1:
        expected = "all files with an offset from UTC, or none"
        raise PriceFileError([Finding(readings[-1].file, problem="the time has another form", expected=expected)])
    together = np.concatenate(starts)
    times, counts = np.unique(together, return_counts=True)
    repeated = {int(times[place]): int(counts[place]) for place in np.flatnonzero(counts > 1).tolist()}
    if not repeated:
        return
    if kinds == {True}:
        for start in _autumn_rows(repeated, zone):
            del repeated[start]
    findings = list(_repeated_findings(readings, starts, repeated, zone))
    if findings:
        raise PriceFileError(findings)


def _autumn_rows(repeated: dict[int, int], zone: tzinfo | None) -> list[int]:
    """Of the wall-clock times that come more than once, those that daylight saving explains: one hour a year."""
    rows = [start for start, count in repeated.items() if count == 2 and is_autumn_hour(wall_time(start), zone)]
    hours = {start // MINUTES_PER_HOUR for start in rows}
    hours_by_year = Counter(wall_time(hour * MINUTES_PER_HOUR).year for hour in hours)
    return [start for start in rows if zone is not None or hours_by_year[wall_time(start).year] == 1]


def _repeated_findings(
    readings: Sequence[Readings], starts: Sequence[IntArray], repeated: dict[int, int], zone: tzinfo | None
) -> Iterator[Finding]:
    hint = "" if zone is not None else "if it is the doubled autumn hour, give the series its timezone"
    first_seen: dict[int, str] = {}
    shown = 0
    for part, part_starts in zip(readings, starts, strict=True):
        for row in np.flatnonzero(np.isin(part_starts, list(repeated))).tolist():
            start = int(part_starts[row])
            line = int(part.lines[row])
            here = f"line {line}" if len(readings) == 1 else f"{part.file} line {line}"
            if start not in first_seen:
                first_seen[start] = here
            elif shown < SHOWN_FAULTS:
                shown += 1
                time = wall_time(int(part.wall_minutes[row]))
                problem = f"{time:%Y-%m-%d %H:%M} stands there twice, first in {first_seen[start]}"
                yield Finding(part.file, line, column="time", problem=problem, expected="every time once", hint=hint)


def _hours(readings: Sequence[Readings]) -> Hours:
    wall_hours = np.concatenate([part.wall_minutes // MINUTES_PER_HOUR for part in readings])
    first_year = wall_time(int(wall_hours.min()) * MINUTES_PER_HOUR).year
    last_year = wall_time(int(wall_hours.max()) * MINUTES_PER_HOUR).year
    years = tuple(range(first_year, last_year + 1))
    first = int(np.datetime64(f"{first_year:04d}-01-01", "h").astype(np.int64))
    length = sum(hours_in_year(year) for year in years)
    place = wall_hours - first
    minutes = np.concatenate([np.full(len(part.prices), part.step_minutes) for part in readings])
    covered = np.bincount(place, weights=minutes, minlength=length).astype(np.int64)
    rows = np.bincount(place, minlength=length)
    prices = np.full(length, np.nan)
    np.divide(
        np.bincount(place, weights=np.concatenate([part.prices for part in readings]), minlength=length),
        rows,
        out=prices,
        where=rows > 0,
    )
    return Hours(years, first, covered, prices)


def _spring_hours(hours: Hours, zone: tzinfo | None) -> set[int]:
    """The missing hours that daylight saving explains."""
    missing = np.flatnonzero(hours.covered == 0).tolist()
    spring = {hour for hour in missing if is_spring_hour(hours.time(hour), zone)}
    if zone is not None:
        return spring
    alone = {hour for hour in spring if not {hour - 1, hour + 1} & set(missing)}
    by_year = Counter(hours.time(hour).year for hour in alone)
    return {hour for hour in alone if by_year[hours.time(hour).year] == 1}


def _missing_runs(hours: Hours) -> Iterator[tuple[int, int]]:
    """First and last hour of every run of hours without a price."""
    missing = np.flatnonzero(hours.covered == 0)
    if missing.size:
        breaks = np.flatnonzero(np.diff(missing) > 1)
        firsts = missing[np.concatenate(([0], breaks + 1))]
        lasts = missing[np.concatenate((breaks, [missing.size - 1]))]
        yield from zip(firsts.tolist(), lasts.tolist(), strict=True)


def _refuse_gaps(
    readings: Sequence[Readings], hours: Hours, runs: list[tuple[int, int]], spring: set[int], max_gap_hours: int
) -> None:
    findings: list[Finding] = []
    file = readings[0].file if len(readings) == 1 else ", ".join(part.file for part in readings)
    end = len(hours.prices) - 1
    for first, last in runs:
        length = sum(1 for hour in range(first, last + 1) if hour not in spring)
        span = f"{hours.time(first):%Y-%m-%d %H:%M} to {hours.time(last):%Y-%m-%d %H:%M}"
        missing = f"{length} hour{'s are' if length > 1 else ' is'} missing"
        if first == 0 or last == end:
            year = hours.time(first).year if last == end else hours.time(last).year
            problem = f"the year {year} is not whole: {missing}, {span}"
            expected = "whole calendar years of local time"
            findings.append(Finding(file, problem=problem, expected=expected, hint=_edge_hint(readings)))
        elif length > max_gap_hours:
            expected = f"at most max_gap_hours = {max_gap_hours} in a row"
            findings.append(Finding(file, problem=f"{missing}, {span}", expected=expected))
    hidden = len(findings) - SHOWN_FAULTS
    if hidden > 0:
        more = Finding(file, problem=f"and {hidden} more gaps like these", expected="whole calendar years")
        findings = [*findings[:SHOWN_FAULTS], more]
    if findings:
        raise PriceFileError(findings)


def _edge_hint(readings: Sequence[Readings]) -> str:
    if readings[0].instants is not None and readings[0].zone is None:
        return "if the times are in UTC, give the series the market's timezone"
    return "add the missing months, or leave the incomplete year out"


def _averaged_account(readings: Sequence[Readings], hours: Hours) -> Iterator[str]:
    for step in sorted({part.step_minutes for part in readings} - {MINUTES_PER_HOUR}):
        rows = sum(len(part.prices) for part in readings if part.step_minutes == step)
        yield f"{rows} rows of {step} minutes were averaged to hours"
    doubled = np.flatnonzero(hours.covered > MINUTES_PER_HOUR).tolist()
    if doubled:
        yield _sentence(hours, doubled, "doubled autumn hour averaged", "doubled autumn hours averaged")
    partial = np.flatnonzero((hours.covered > 0) & (hours.covered < MINUTES_PER_HOUR)).tolist()
    if partial:
        one, many = "hour averaged over a part of its minutes", "hours averaged over a part of their minutes"
        yield _sentence(hours, partial, one, many)


def _missing_account(hours: Hours, runs: list[tuple[int, int]], spring: set[int]) -> Iterator[str]:
    if spring:
        yield _sentence(hours, sorted(spring), "missing spring hour interpolated", "missing spring hours interpolated")
    others = [hour for first, last in runs for hour in range(first, last + 1) if hour not in spring]
    if others:
        yield _sentence(hours, others, "missing hour interpolated", "missing hours interpolated")


def _sentence(hours: Hours, places: list[int], one: str, many: str) -> str:
    times = ", ".join(f"{hours.time(hour):%Y-%m-%d %H:%M}" for hour in places[:LISTED_HOURS])
    if len(places) > LISTED_HOURS:
        times += ", ..."
    return f"{len(places)} {one if len(places) == 1 else many}: {times}"
