"""From the rows of price files to whole calendar years of 24 wall-clock hours a day, with an account of repairs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

import numpy as np
import numpy.typing as npt

from sites.clock import MINUTES_PER_HOUR, IntArray, is_autumn_hour, is_spring_hour, wall_minutes_of, wall_time
from sites.findings import Finding
from sites.hourly import FloatArray, PriceFileError, hours_in_year
from sites.price_formats.base import Readings

SHOWN_FAULTS = 40
# A sentence that lists every single hour of a poor file would hide what matters; the list of repairs has them all.
LISTED_HOURS = 24
SHOWN_FILES = 3
TWO_PRICES_HINT = "name the files of one market only, or choose it: market = dam or rtm"
# What a table's name adds to that of its file: a member of an archive, a sheet of a workbook.
WITHIN = re.compile(r"/.*|\[[^\[]*\]$", re.DOTALL)

DOUBLED = "doubled autumn hour averaged"
PARTIAL = "hour averaged over a part of its minutes"
SPRING = "missing spring hour interpolated"
MISSING = "missing hour interpolated"
PLURALS = {
    DOUBLED: "doubled autumn hours averaged",
    PARTIAL: "hours averaged over a part of their minutes",
    SPRING: "missing spring hours interpolated",
    MISSING: "missing hours interpolated",
}


@dataclass(frozen=True)
class Repair:
    """One hour that does not stand in the files as it is in the series.

    hour : its beginning on the wall clock, ``YYYY-MM-DD HH:MM``.
    repair : what was done.
    usd_per_mwh : the price it has now. [USD/MWh]
    """

    hour: str
    repair: str
    usd_per_mwh: float


@dataclass(frozen=True)
class WholeYears:
    """Whole calendar years of prices.

    prices : one for each hour of the years [USD/MWh].
    repairs : every repaired hour, by kind of repair and in time order.
    averaged : sentences on rows shorter than an hour.
    notes : what else was done, one sentence each.
    """

    years: tuple[int, ...]
    prices: FloatArray
    repairs: tuple[Repair, ...]
    averaged: tuple[str, ...]
    notes: tuple[str, ...]

    def sentences(self) -> tuple[str, ...]:
        """A sentence for each kind of repair with its hours, the first of them if they are many."""
        told = list(self.averaged)
        for kind, plural in PLURALS.items():
            hours = [repair.hour for repair in self.repairs if repair.repair == kind]
            if hours:
                times = ", ".join(hours[:LISTED_HOURS])
                more = f" and {len(hours) - LISTED_HOURS} more" if len(hours) > LISTED_HOURS else ""
                told.append(f"{len(hours)} {kind if len(hours) == 1 else plural}: {times}{more}")
        return tuple(told)


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


def within_years(readings: Sequence[Readings], years: Sequence[int]) -> tuple[list[Readings], tuple[str, ...]]:
    """The rows of these calendar years of the wall clock, and a note on the others; all rows for no years.

    Raises
    ------
    PriceFileError : a year has no row; says which years have.
    """
    if not years:
        return list(readings), ()
    rows_by_year: Counter[int] = Counter()
    kept: list[Readings] = []
    for part in readings:
        of_row = _years_of(part.wall_minutes)
        distinct, counts = np.unique(of_row, return_counts=True)
        rows_by_year.update(dict(zip(distinct.tolist(), counts.tolist(), strict=True)))
        inside = np.isin(of_row, list(years))
        if inside.any():
            kept.append(_rows(part, inside))
    absent = [str(year) for year in sorted(set(years)) if not rows_by_year[year]]
    if absent:
        there = ", ".join(str(year) for year in sorted(rows_by_year))
        problem = f"there are no rows of {', '.join(absent)}"
        raise PriceFileError(
            [Finding(_files(readings), column="year", problem=problem, expected=f"years among {there}")]
        )
    others = sum(count for year, count in rows_by_year.items() if year not in years)
    return kept, ((f"{others} rows of other years left out",) if others else ())


def _years_of(wall_minutes: IntArray) -> IntArray:
    years: IntArray = wall_minutes.astype("datetime64[m]").astype("datetime64[Y]").astype(np.int64) + 1970
    return years


def _rows(part: Readings, chosen: npt.NDArray[np.bool_]) -> Readings:
    instants = None if part.instants is None else part.instants[chosen]
    return replace(
        part,
        lines=part.lines[chosen],
        wall_minutes=part.wall_minutes[chosen],
        instants=instants,
        prices=part.prices[chosen],
    )


def whole_years(readings: Sequence[Readings], max_gap_hours: int) -> WholeYears:
    """The rows as whole years of hours, prices in the rows' own unit, with the account of what was repaired.

    The doubled autumn hour is averaged and the missing spring hour interpolated; so are other missing hours, up to
    ``max_gap_hours`` in a row. Rows that stand in several files with the same price count once.

    Raises
    ------
    PriceFileError : rows stand there twice or overlap, more hours are missing in a row, or the first or last year
        is not whole.
    """
    zone = readings[0].zone
    kinds = {part.instants is None for part in readings}
    if len(kinds) > 1:
        expected = "all files with an offset from UTC, or none"
        raise PriceFileError([Finding(readings[-1].file, problem="the time has another form", expected=expected)])
    readings, dropped = _without_copies(readings)
    _refuse_repeated_rows(readings, zone)
    hours = _hours(readings)
    _refuse_overlaps(readings, zone)
    spring = _spring_hours(hours, zone)
    runs = list(_missing_runs(hours))
    _refuse_gaps(readings, hours, runs, spring, max_gap_hours)
    known = np.flatnonzero(hours.covered)
    prices = hours.prices.copy()
    missing = np.flatnonzero(hours.covered == 0)
    prices[missing] = np.interp(missing, known, prices[known])
    repairs = tuple(_repairs(hours, prices, spring))
    return WholeYears(hours.years, prices, repairs, tuple(_averaged(readings)), dropped)


def _starts(part: Readings) -> IntArray:
    return part.wall_minutes if part.instants is None else part.instants


def _without_copies(readings: Sequence[Readings]) -> tuple[list[Readings], tuple[str, ...]]:
    """The rows without those that an earlier file holds too, at the same price, and a note on them."""
    if len(readings) == 1:
        return list(readings), ()
    starts = np.concatenate([_starts(part) for part in readings])
    prices = np.concatenate([part.prices for part in readings])
    steps = np.repeat([part.step_minutes for part in readings], [len(part.prices) for part in readings])
    places = np.repeat(np.arange(len(readings)), [len(part.prices) for part in readings])
    order = np.lexsort((places, prices, steps, starts))
    same = np.zeros(len(order), dtype=np.bool_)
    now, before = order[1:], order[:-1]
    same[1:] = (starts[now] == starts[before]) & (prices[now] == prices[before]) & (steps[now] == steps[before])
    # Only a copy in another file is one; twice in one file is for others to judge.
    group = np.cumsum(~same)
    first_place = places[order][np.searchsorted(group, group)]
    copies = np.zeros(len(order), dtype=np.bool_)
    copies[order] = same & (places[order] != first_place)
    if not copies.any():
        return list(readings), ()
    kept = []
    for place, part in enumerate(readings):
        mine = ~copies[places == place]
        if mine.any():
            kept.append(_rows(part, mine))
    count = int(copies.sum())
    return kept, (f"{count} row{'s' if count > 1 else ''} that two files hold at the same price counted once",)


def _refuse_repeated_rows(readings: Sequence[Readings], zone: tzinfo | None) -> None:
    starts = [_starts(part) for part in readings]
    times, counts = np.unique(np.concatenate(starts), return_counts=True)
    repeated = {int(times[place]): int(counts[place]) for place in np.flatnonzero(counts > 1).tolist()}
    if not repeated:
        return
    if readings[0].instants is None:
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
    first_seen: dict[int, tuple[str, str]] = {}
    shown = 0
    for part, part_starts in zip(readings, starts, strict=True):
        for row in np.flatnonzero(np.isin(part_starts, list(repeated))).tolist():
            start = int(part_starts[row])
            line = int(part.lines[row])
            here = f"line {line}" if len(readings) == 1 else f"{part.file} line {line}"
            if start not in first_seen:
                first_seen[start] = part.file, here
            elif shown < SHOWN_FAULTS:
                shown += 1
                time = wall_time(int(part.wall_minutes[row]))
                other, there = first_seen[start]
                problem = f"{time:%Y-%m-%d %H:%M} stands there twice, first in {there}"
                told = hint
                if other != part.file:
                    problem, told = f"{problem} with another price", TWO_PRICES_HINT
                yield Finding(part.file, line, column="time", problem=problem, expected="every time once", hint=told)


def _hours(readings: Sequence[Readings]) -> Hours:
    wall_hours = np.concatenate([part.wall_minutes // MINUTES_PER_HOUR for part in readings])
    first_year = wall_time(int(wall_hours.min()) * MINUTES_PER_HOUR).year
    last_year = wall_time(int(wall_hours.max()) * MINUTES_PER_HOUR).year
    years = tuple(range(first_year, last_year + 1))
    first = int(np.datetime64(f"{first_year:04d}-01-01", "h").astype(np.int64))
    length = sum(hours_in_year(year) for year in years)
    place = wall_hours - first
    minutes = np.repeat([part.step_minutes for part in readings], [len(part.prices) for part in readings])
    prices = np.concatenate([part.prices for part in readings])
    covered = np.bincount(place, weights=minutes, minlength=length).astype(np.int64)
    rows = np.bincount(place, minlength=length)
    mean = np.full(length, np.nan)
    even = len({part.step_minutes for part in readings}) == 1
    # Rows of one length are weighed by one, so that a price that stands alone in its hour stays bit for bit.
    total = np.bincount(place, weights=prices if even else prices * minutes, minlength=length)
    np.divide(total, rows if even else covered, out=mean, where=rows > 0)
    return Hours(years, first, covered, mean)


def _refuse_overlaps(readings: Sequence[Readings], zone: tzinfo | None) -> None:
    """Refuse intervals of different lengths that lie one over the other."""
    if len({part.step_minutes for part in readings}) == 1:
        return
    starts = np.concatenate([_starts(part) for part in readings])
    ends = starts + np.repeat([part.step_minutes for part in readings], [len(part.prices) for part in readings])
    order = np.argsort(starts, kind="stable")
    bad = np.flatnonzero(ends[order][:-1] > starts[order][1:]).tolist()
    if readings[0].instants is None:
        bad = [row for row in bad if not is_autumn_hour(wall_time(int(starts[order][row + 1])), zone)]
    if not bad:
        return
    minute = int(starts[order][bad[0] + 1])
    if readings[0].instants is not None and zone is not None:
        minute = int(wall_minutes_of(np.array([minute], dtype=np.int64), zone)[0])
    problem = f"intervals of different lengths lie one over the other, first at {wall_time(minute):%Y-%m-%d %H:%M}"
    raise PriceFileError([Finding(_files(readings), problem=problem, expected="every time once")])


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
    file = _files(readings)
    end = len(hours.prices) - 1
    for first, last in runs:
        length = sum(1 for hour in range(first, last + 1) if hour not in spring)
        span = f"{hours.time(first):%Y-%m-%d %H:%M} to {hours.time(last):%Y-%m-%d %H:%M}"
        missing = f"{length} hour{'s are' if length != 1 else ' is'} missing"
        if first == 0 or last == end:
            year = hours.time(first).year if last == end else hours.time(last).year
            problem = f"the year {year} is not whole: {missing}, {span}"
            expected = "whole calendar years of local time"
            findings.append(Finding(file, problem=problem, expected=expected, hint=_edge_hint(readings, hours)))
        elif length > max_gap_hours:
            expected = f"at most max_gap_hours = {max_gap_hours} in a row"
            findings.append(Finding(file, problem=f"{missing}, {span}", expected=expected))
    hidden = len(findings) - SHOWN_FAULTS
    if hidden > 0:
        more = Finding(file, problem=f"and {hidden} more gaps like these", expected="whole calendar years")
        findings = [*findings[:SHOWN_FAULTS], more]
    if findings:
        raise PriceFileError(findings)


def _files(readings: Sequence[Readings]) -> str:
    """The files, without the sheets and members in them."""
    names = list(dict.fromkeys(WITHIN.sub("", part.file) for part in readings))
    more = f" and {len(names) - SHOWN_FILES} more" if len(names) > SHOWN_FILES + 1 else ""
    return ", ".join(names[:SHOWN_FILES] if more else names) + more


def _edge_hint(readings: Sequence[Readings], hours: Hours) -> str:
    if readings[0].instants is not None and readings[0].zone is None:
        return "if the times are in UTC, give the series the market's timezone"
    if len(hours.years) > 1:
        return (
            "add the missing months, or leave the incomplete year out (wattsplit import-power --year keeps the others)"
        )
    return "add the missing months, or leave the incomplete year out"


def _averaged(readings: Sequence[Readings]) -> Iterator[str]:
    for step in sorted({part.step_minutes for part in readings} - {MINUTES_PER_HOUR}):
        rows = sum(len(part.prices) for part in readings if part.step_minutes == step)
        yield f"{rows} rows of {step} minutes were averaged to hours"


def _repairs(hours: Hours, prices: FloatArray, spring: set[int]) -> Iterator[Repair]:
    covered = hours.covered
    missing = np.flatnonzero(covered == 0).tolist()
    for kind, places in (
        (DOUBLED, np.flatnonzero(covered > MINUTES_PER_HOUR).tolist()),
        (PARTIAL, np.flatnonzero((covered > 0) & (covered < MINUTES_PER_HOUR)).tolist()),
        (SPRING, sorted(spring)),
        (MISSING, [hour for hour in missing if hour not in spring]),
    ):
        for hour in places:
            yield Repair(f"{hours.time(hour):%Y-%m-%d %H:%M}", kind, float(prices[hour]))
