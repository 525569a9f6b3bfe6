"""Wall clocks of markets: hours that are skipped or come twice, with and without a mark, in every kind of zone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sites.price_formats.local_clock import day_of, hours_of_day, instants_of, midnight, second_pass, skipped


def wall(*times: str) -> np.ndarray:
    """Minutes of wall-clock times."""
    return np.array([np.datetime64(time, "m").astype(np.int64) for time in times])


def utc(instants: np.ndarray) -> list[str]:
    """Instants as texts."""
    return [f"{datetime.fromtimestamp(int(minutes) * 60, UTC):%Y-%m-%dT%H:%M}" for minutes in instants]


@pytest.mark.parametrize(
    ("zone", "time", "first", "second"),
    [
        ("America/New_York", "2024-11-03T01:30", "2024-11-03T05:30", "2024-11-03T06:30"),
        ("Europe/Madrid", "2025-10-26T02:00", "2025-10-26T00:00", "2025-10-26T01:00"),
        # Lord Howe goes back by half an hour, Santiago at midnight.
        ("Australia/Lord_Howe", "2024-04-07T01:45", "2024-04-06T14:45", "2024-04-06T15:15"),
        ("America/Santiago", "2024-04-06T23:30", "2024-04-07T02:30", "2024-04-07T03:30"),
    ],
)
def test_both_passes_of_a_doubled_time(zone: str, time: str, first: str, second: str) -> None:
    """A time that comes twice is the earlier instant, or the later one where it is asked for."""
    times = wall(time, time)
    assert utc(instants_of(times, ZoneInfo(zone), np.array([False, True]))) == [first, second]
    assert not skipped(times, ZoneInfo(zone)).any()


def test_a_skipped_time() -> None:
    """02:30 of a spring night does not exist; its neighbours do."""
    times = wall("2024-03-10T01:59", "2024-03-10T02:00", "2024-03-10T02:59", "2024-03-10T03:00")
    assert skipped(times, ZoneInfo("America/New_York")).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"], [0, 0, 0, 1, 1, 0]),
        # Newest first.
        (["02:00", "01:30", "01:00", "01:30", "01:00", "00:30"], [0, 1, 1, 0, 0, 0]),
        # Sorted, so that equal times stand side by side.
        (["01:00", "01:00", "01:30", "01:30"], [0, 1, 0, 1]),
        # The second pass lacks its first row, but the clock falls back all the same.
        (["01:00", "01:30", "01:15", "01:45"], [0, 0, 1, 1]),
        # One pass alone is taken for the first.
        (["00:30", "01:00", "01:30", "02:00"], [0, 0, 0, 0]),
    ],
)
def test_the_second_pass_is_found_by_the_order_of_the_rows(times: list[str], expected: list[int]) -> None:
    """Where nothing marks the second of two equal hours, the order of the file does."""
    stamps = wall(*(f"2024-11-03T{time}" for time in times))
    assert second_pass(stamps, ZoneInfo("America/New_York")).astype(int).tolist() == expected


def test_the_same_times_on_another_day_are_no_second_pass() -> None:
    """Only the doubled hour is looked at; a file that is out of order elsewhere stays as it is."""
    stamps = wall("2024-11-02T01:00", "2024-11-02T01:00", "2024-11-02T00:00")
    assert second_pass(stamps, ZoneInfo("America/New_York")).tolist() == [False, False, False]
    assert second_pass(wall(), ZoneInfo("America/New_York")).tolist() == []


@pytest.mark.parametrize(("day", "hours"), [((2025, 3, 30), 23), ((2025, 3, 31), 24), ((2025, 10, 26), 25)])
def test_length_and_beginning_of_a_day(day: tuple[int, int, int], hours: int) -> None:
    """Days of Madrid begin at 23:00 UTC in winter and 22:00 in summer."""
    zone = ZoneInfo("Europe/Madrid")
    number = day_of(*day)
    assert number is not None
    assert hours_of_day(number, zone) == hours
    assert utc(np.array([midnight(number, zone)]))[0][11:] == ("22:00" if day != (2025, 3, 30) else "23:00")


def test_what_is_no_date() -> None:
    """30 February is none, and no error."""
    assert day_of(2024, 2, 30) is None
    assert day_of(1970, 1, 2) == 1
