"""Wall clocks and instants as minutes since 1970, and what daylight saving does to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 24 * MINUTES_PER_HOUR
EPOCH_DAY = date(1970, 1, 1).toordinal()
SUNDAY = 6
# Where no zone is named, an hour may be taken for a daylight saving hour only where the world's usual rules put it:
# in the night to a Sunday of these months (north and south of the equator).
AUTUMN_MONTHS = frozenset({4, 10, 11})
SPRING_MONTHS = frozenset({3, 9, 10})
LAST_NIGHT_HOUR = 3


def wall_minutes_of(instants: IntArray, zone: tzinfo) -> IntArray:
    """Wall-clock times of instants in a zone. [minutes since 1970-01-01 00:00, UTC to local]"""
    days, place = np.unique(instants // MINUTES_PER_DAY, return_inverse=True)
    at_midnight = {day: _utc_offset(day * MINUTES_PER_DAY, zone) for day in {*days.tolist(), *(days + 1).tolist()}}
    first = np.array([at_midnight[day] for day in days.tolist()], dtype=np.int64)
    changes = np.array([at_midnight[day] != at_midnight[day + 1] for day in days.tolist()], dtype=np.bool_)
    offsets = first[place]
    # Only on days whose offset changes does the hour of the day matter.
    for row in np.flatnonzero(changes[place]).tolist():
        offsets[row] = _utc_offset(int(instants[row]), zone)
    return instants + offsets


def _utc_offset(instant: int, zone: tzinfo) -> int:
    offset = datetime.fromtimestamp(instant * 60, UTC).astimezone(zone).utcoffset() or timedelta(0)
    return int(offset.total_seconds()) // 60


def wall_time(minutes: int) -> datetime:
    """The wall-clock time, without a zone, of minutes since 1970-01-01 00:00."""
    return datetime(1970, 1, 1) + timedelta(minutes=minutes)  # noqa: DTZ001 - a wall clock without a zone is meant


def is_autumn_hour(time: datetime, zone: tzinfo | None) -> bool:
    """Whether a wall-clock hour may come twice: it does in the zone, or without one the usual rules would allow it."""
    if zone is None:
        return time.weekday() == SUNDAY and time.hour <= LAST_NIGHT_HOUR and time.month in AUTUMN_MONTHS
    return _offset_jump(time, zone) < timedelta(0)


def is_spring_hour(time: datetime, zone: tzinfo | None) -> bool:
    """Whether a wall-clock hour may be left out; see :func:`is_autumn_hour`."""
    if zone is None:
        return time.weekday() == SUNDAY and time.hour <= LAST_NIGHT_HOUR and time.month in SPRING_MONTHS
    return _offset_jump(time, zone) > timedelta(0)


def _offset_jump(time: datetime, zone: tzinfo) -> timedelta:
    """Later minus earlier offset of a wall-clock time that exists twice (negative) or never (positive), else 0."""
    before = time.replace(tzinfo=zone, fold=0).utcoffset() or timedelta(0)
    after = time.replace(tzinfo=zone, fold=1).utcoffset() or timedelta(0)
    return after - before
