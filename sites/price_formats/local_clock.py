"""From a market's wall clock to instants: offsets, skipped hours, and the hour that the autumn brings twice."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt

from sites.clock import MINUTES_PER_DAY, IntArray, wall_time

BoolArray = npt.NDArray[np.bool_]


def instants_of(wall: IntArray, zone: tzinfo, later: BoolArray) -> IntArray:
    """Instants of wall-clock times. [minutes since 1970-01-01 00:00, local to UTC]

    later : of a time that comes twice, whether the second one is meant. A time that the clock skips is read with the
        offset before the change, or with the one after it where ``later`` holds.
    """
    days, place = np.unique(wall // MINUTES_PER_DAY, return_inverse=True)
    at_midnight = {day: _offset(day * MINUTES_PER_DAY, zone, 0) for day in {*days.tolist(), *(days + 1).tolist()}}
    offsets = np.array([at_midnight[day] for day in days.tolist()], dtype=np.int64)[place]
    changes = np.array([at_midnight[day] != at_midnight[day + 1] for day in days.tolist()], dtype=np.bool_)
    # Only on days whose offset changes do the hour and its fold matter.
    for row in np.flatnonzero(changes[place]).tolist():
        offsets[row] = _offset(int(wall[row]), zone, int(later[row]))
    return wall - offsets


def _offset(wall: int, zone: tzinfo, fold: int) -> int:
    offset = wall_time(wall).replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0)
    return int(offset.total_seconds()) // 60


def _both(wall: IntArray, zone: tzinfo) -> tuple[IntArray, IntArray]:
    never = np.zeros(len(wall), dtype=np.bool_)
    return instants_of(wall, zone, never), instants_of(wall, zone, ~never)


def skipped(wall: IntArray, zone: tzinfo) -> BoolArray:
    """Which wall-clock times do not exist, because the clock goes forward over them."""
    earlier, later = _both(wall, zone)
    return later < earlier


def second_pass(wall: IntArray, zone: tzinfo) -> BoolArray:
    """Which rows, in the order of their file, belong to the second of two equal hours where nothing marks it.

    A market lists its rows in time order, so the second pass begins where the clock falls back, or where a time
    comes again.
    """
    earlier, later = _both(wall, zone)
    again = np.zeros(len(wall), dtype=np.bool_)
    seen: dict[int, set[int]] = {}
    fallen: set[int] = set()
    last: dict[int, int] = {}
    rows = np.flatnonzero(later > earlier)
    # Newest first is time order too.
    if len(wall) and wall[0] > wall[-1]:
        rows = rows[::-1]
    for row in rows.tolist():
        time = int(wall[row])
        day = time // MINUTES_PER_DAY
        times = seen.setdefault(day, set())
        if time < last.get(day, time):
            fallen.add(day)
        again[row] = day in fallen or time in times
        times.add(time)
        last[day] = time
    return again


def midnight(day: int, zone: tzinfo) -> int:
    """Instant at which a day begins in a zone. [days since 1970-01-01 local to minutes since 1970-01-01 00:00 UTC]"""
    return day * MINUTES_PER_DAY - _offset(day * MINUTES_PER_DAY, zone, 0)


def hours_of_day(day: int, zone: tzinfo) -> int:
    """Length of a day in a zone: 23, 24 or 25. [hours]"""
    return (midnight(day + 1, zone) - midnight(day, zone)) // 60


def day_of(year: int, month: int, day: int) -> int | None:
    """Days since 1970-01-01 of a date; None where there is no such date."""
    try:
        return datetime(year, month, day).toordinal() - datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 - a date
    except ValueError:
        return None
