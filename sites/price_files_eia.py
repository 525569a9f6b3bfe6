"""Wholesale market files of the U.S. Energy Information Administration: prices of several locations by UTC time.

Below three title lines the header begins ``UTC Timestamp (Interval Ending)``. The local stamps beside it are
ambiguous in the doubled autumn hour, so only the UTC column is read; the header still says whose wall clock it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from sites.clock import wall_minutes_of
from sites.findings import Finding
from sites.hints import nearest
from sites.hourly import PriceFileError
from sites.price_files import Line, Readings, has_fields, price_of, raise_findings, stamp_of, step_minutes

LOCATION_ENDING = " lmp"
LOCAL_COLUMN = re.compile(r"local timestamp (?P<zone>.*) time \(interval beginning\)")
# MISO keeps standard time all year; the others follow their region's clock.
ZONES: dict[str, tzinfo] = {
    "eastern": ZoneInfo("America/New_York"),
    "eastern standard": timezone(timedelta(hours=-5)),
    "central": ZoneInfo("America/Chicago"),
    "mountain": ZoneInfo("America/Denver"),
    "pacific": ZoneInfo("America/Los_Angeles"),
}
SHOWN_LOCATIONS = 40


def read_eia(file: str, header: Line, lines: Iterator[Line], zone: tzinfo | None, location: str) -> Readings:
    """The rows of one location.

    header : the header's line number and cells; ``lines`` are those below it.
    zone : zone of the wall clock; None takes the one that the header names.
    location : name of a location as the header has it, with or without ``LMP``, or one side of its ``code - name``.

    Raises
    ------
    PriceFileError : the location is not told or not there, the header's zone is not known, or cells are faulty.
    """
    number, names = header
    column = _location_column(file, number, names, location)
    zone = zone or _header_zone(file, number, names)
    numbers: list[int] = []
    ends: list[int] = []
    prices: list[float] = []
    findings: list[Finding] = []
    for line, cells in lines:
        if not has_fields(file, line, cells, len(names), findings):
            continue
        stamp = stamp_of(file, line, names[0], cells[0], findings)
        price = price_of(file, line, names[column], cells[column], findings)
        if stamp is not None and price is not None:
            numbers.append(line)
            ends.append(stamp[0] - (stamp[1] or 0))
            prices.append(price)
    raise_findings(file, findings, rows=len(numbers))
    instants = np.array(ends, dtype=np.int64)
    rows = np.array(numbers, dtype=np.int64)
    step = step_minutes(file, instants, rows)
    instants = instants - step
    return Readings(file, rows, wall_minutes_of(instants, zone), instants, np.array(prices), step, zone)


def _location_column(file: str, line: int, names: list[str], location: str) -> int:
    locations = {
        place: name.strip()[: -len(LOCATION_ENDING)]
        for place, name in enumerate(names)
        if name.strip().casefold().endswith(LOCATION_ENDING)
    }
    if not location and len(locations) == 1:
        return next(iter(locations))
    found = [place for place, name in locations.items() if _folded(location) == _folded(name)]
    found = found or [place for place, name in locations.items() if _folded(location) in _sides(name)]
    if location and len(found) == 1:
        return found[0]
    listed = list(locations.values())
    known = ", ".join(f"'{name}'" for name in listed[:SHOWN_LOCATIONS]) + (", ..." if listed[SHOWN_LOCATIONS:] else "")
    raise PriceFileError(
        [
            Finding(
                file,
                line,
                column="location",
                value=location,
                problem="" if location else "is not given",
                expected=f"one of the file's locations: {known}",
                hint=nearest(location, listed) if location else "a load pays the price of its zone, not of a hub",
            )
        ]
    )


def _folded(name: str) -> str:
    folded = " ".join(name.casefold().split())
    return folded.removesuffix(LOCATION_ENDING)


def _sides(name: str) -> set[str]:
    """Both halves of a location called ``code - name``."""
    return {_folded(side) for side in name.split(" - ")} if " - " in name else set()


def _header_zone(file: str, line: int, names: list[str]) -> tzinfo:
    for name in names:
        match = LOCAL_COLUMN.fullmatch(name.strip().casefold())
        if match is not None and match["zone"] in ZONES:
            return ZONES[match["zone"]]
    known = ", ".join(f"{zone.title()} Time" for zone in ZONES)
    problem = "the header names no known time zone"
    hint = "give the series a timezone, such as America/Chicago"
    raise PriceFileError([Finding(file, line, problem=problem, expected=f"one of {known}", hint=hint)])
