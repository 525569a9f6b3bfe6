"""Wholesale market files of the U.S. Energy Information Administration: prices of several locations by UTC time.

Below three title lines the header begins ``UTC Timestamp (Interval Ending)``. The local stamps beside it are
ambiguous in the doubled autumn hour, so only the UTC column is read; the header still says whose wall clock it is.
Each column that ends in ``LMP`` is a location; congestion, energy and loss are parts of its price.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.market_rows import (
    Rows,
    Series,
    TimeColumn,
    check_market,
    chosen,
    header_of,
    left_out,
    plain,
    rows_below,
    series,
)
from sites.price_formats.nyiso import REAL_TIME_STEP, on_even_steps
from sites.price_formats.places import kind_note
from sites.price_formats.placing import NOT_A_NUMBER, placed
from sites.price_formats.stamps import ISO_EXPECTED, iso_stamp

SECONDS = re.compile(r"(?P<minute>\d{4}-\d\d-\d\d[T ]\d\d:\d\d):(?P<second>[0-5]\d)", re.ASCII)
FIRST_COLUMN = "utc timestamp (interval ending)"
LOCATION_ENDING = " lmp"
LOCAL_COLUMN = re.compile(r"local timestamp (?P<zone>.*) time \(interval beginning\)")
# MISO keeps standard time all year; the others follow their region's clock.
ZONES: dict[str, tzinfo] = {
    "eastern": ZoneInfo("America/New_York"),
    "eastern standard": timezone(timedelta(hours=-5), "Eastern Standard Time"),
    "central": ZoneInfo("America/Chicago"),
    "mountain": ZoneInfo("America/Denver"),
    "pacific": ZoneInfo("America/Los_Angeles"),
}


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of the EIA."""
    return header_of(table, lambda names: names[:1] == [FIRST_COLUMN])


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows of one location.

    Its name is the header's, with or without ``LMP``, or one side of its ``code - name``.

    Raises
    ------
    PriceFileError : the location is not told or not there, the header's zone is not known, or cells are faulty.
    """
    line, names = table.lines[header]
    titles = plain(" ".join(cell for _, cells in table.lines[:header] for cell in cells))
    for market, words in (("dam", "day-ahead"), ("rtm", "real-time")):
        if words in titles:
            check_market(table.file, line, request, market)
    location, column = _location(table.file, line, names, request.location)
    zone = request.zone or _header_zone(table.file, line, names)
    rows = rows_below(table, header)
    found = _prices(rows, column)
    kinds = [kind for kind in ("hub", "zone") if f"{kind}s" in titles]
    notes = left_out(len(rows.lines) - len(found.lines), "unpriced")
    if len(kinds) == 1:
        notes = (*notes, kind_note(location, kinds[0]))
    found = _even(rows, found)
    offsets = np.zeros(len(found.lines), dtype=np.int64)
    return replace(placed(table.file, found, offsets, zone, ending=True), location=location, notes=notes)


def _prices(rows: Rows, column: int) -> Series:
    time = TimeColumn(rows.name(0), lambda cells: _to_the_minute(cells[0])[0], _utc, ISO_EXPECTED)
    return series(rows, time, column, missing=NOT_A_NUMBER)


def _utc(text: str) -> int | None:
    """An instant, written without or with its offset. [minutes since 1970-01-01 00:00 UTC]"""
    found = iso_stamp(text)
    return None if found is None else found[0] - (found[1] or 0)


def _to_the_minute(text: str) -> tuple[str, int]:
    """A time to the whole minute, and its seconds."""
    match = SECONDS.fullmatch(text.strip())
    return (match["minute"], int(match["second"])) if match is not None else (text.strip(), 0)


def _even(rows: Rows, found: Series) -> Series:
    """The same rows; those of five-minute markets that dispatch in between too as means of every five minutes."""
    distances = np.diff(np.unique(found.minutes))
    seconds = np.array([_to_the_minute(rows.lines[row][1][0])[1] for row in found.rows.tolist()], dtype=np.int64)
    odd = seconds.any() or (found.minutes % REAL_TIME_STEP).any()
    if odd and distances.size and int(np.bincount(distances).argmax()) <= REAL_TIME_STEP:
        return on_even_steps(found, seconds)
    return found


def _location(file: str, line: int, names: list[str], wanted: str) -> tuple[str, int]:
    columns: dict[tuple[str, ...], int] = {}
    for place, name in enumerate(names):
        whole = " ".join(name.split())
        if whole.casefold().endswith(LOCATION_ENDING):
            short = whole[: -len(LOCATION_ENDING)]
            columns[(short, whole)] = place
    exact = [known for known in columns if plain(wanted) in map(plain, known)]
    if wanted and not exact:
        # One half of 'code - name' will do where it belongs to a single location.
        columns = {(*known, *known[0].split(" - ")): place for known, place in columns.items()}
    known = chosen(file, line, wanted, columns)
    return known[0], columns[known]


def _header_zone(file: str, line: int, names: list[str]) -> tzinfo:
    for name in names:
        match = LOCAL_COLUMN.fullmatch(plain(name))
        if match is not None and match["zone"] in ZONES:
            return ZONES[match["zone"]]
    known = ", ".join(f"{zone.title()} Time" for zone in ZONES)
    problem = "the header names no known time zone"
    hint = "give the series a timezone, such as America/Chicago"
    raise PriceFileError([Finding(file, line, problem=problem, expected=f"one of {known}", hint=hint)])


FORMAT = PriceFormat(
    name="EIA wholesale market data",
    header="UTC Timestamp (Interval Ending),Local Timestamp Central Time (Interval Beginning),...,West LMP,...",
    recognise=recognise,
    read=read,
)
