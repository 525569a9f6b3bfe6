"""NYISO: zonal and nodal LBMP of the day-ahead market, real time by five minutes, and real time integrated by hour.

Header as quoted in public code, with and without quotes: ``Time Stamp,Name,PTID,LBMP ($/MWHr),Marginal Cost Losses
($/MWHr),Marginal Cost Congestion ($/MWHr)``; in files before July 2016 the last name is cut to ``($/MWH``. Hourly
files (``damlbmp``, ``rtlbmp``) give the **beginning** of the hour as ``01/15/2024 00:00``; five-minute files
(``realtime``) give the **end** of the interval as ``01/15/2024 00:05:00``, among them now and then an end between
two multiples of five minutes. No column names the clock, which is New York's; nothing marks the doubled autumn
hour, but a file lists its rows in time order, summer time first.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import numpy as np

from sites.clock import MINUTES_PER_HOUR
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.local_clock import second_pass
from sites.price_formats.market_rows import (
    AMERICAN_TIME,
    ISO_TIME,
    Kind,
    Rows,
    Series,
    TimeColumn,
    at_instants,
    check_market,
    header_of,
    minutes_of,
    rows_below,
    rows_of,
    series,
    to_instants,
)
from sites.price_formats.places import zone_note

PRICE = "lbmp ($/mwh"
ZONE = ZoneInfo("America/New_York")
# The market's letters for its zones, which EIA files and load data use.
ZONE_LETTERS = {
    "WEST": "A",
    "GENESE": "B",
    "CENTRL": "C",
    "NORTH": "D",
    "MHK VL": "E",
    "CAPITL": "F",
    "HUD VL": "G",
    "MILLWD": "H",
    "DUNWOD": "I",
    "N.Y.C.": "J",
    "LONGIL": "K",
}
REAL_TIME_STEP = 5
SECONDS = re.compile(r"^(?P<minute>.*\d\d:\d\d):(?P<second>[0-5]\d)$", re.ASCII)


def _is_header(names: list[str]) -> bool:
    return names[:2] == ["time stamp", "name"] and any(name.startswith(PRICE) for name in names)


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of NYISO."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows of one zone or node; see :data:`FORMAT`."""
    rows = rows_below(table, header)
    price = next(place for name, place in rows.columns.items() if name.startswith(PRICE))
    named = [place for place in (rows.place("name"), rows.place("ptid")) if place >= 0]
    rows, names = rows_of(rows, named, request.location, lambda names: tuple(ZONE_LETTERS.get(names[0], "")))
    whole = TimeColumn(rows.name(0), lambda cells: _split(cells[0])[0], _minute, "a time such as 01/31/2024 17:00")
    found = series(rows, whole, price)
    seconds = np.array([_split(rows.lines[place][1][0])[1] for place in found.rows.tolist()], dtype=np.int64)
    found = to_instants(table.file, ZONE, found, second_pass(found.minutes, ZONE))
    about = Kind(ZONE, "USD", names[0], (zone_note(names[0]),) if names[0] in ZONE_LETTERS else ())
    if not _five_minutes(rows, found):
        return at_instants(table, request, about, found)
    check_market(table.file, rows.header[0], request, "rtm")
    return at_instants(table, request, about, on_even_steps(found, seconds), ending=True, step=REAL_TIME_STEP)


def _split(text: str) -> tuple[str, int]:
    """A time stamp to the whole minute, and its seconds."""
    match = SECONDS.match(text.strip())
    return (match["minute"], int(match["second"])) if match is not None else (text, 0)


def _minute(text: str) -> int | None:
    return minutes_of(AMERICAN_TIME.fullmatch(text) or ISO_TIME.fullmatch(text))


def _five_minutes(rows: Rows, found: Series) -> bool:
    """Whether the stamps are ends of real-time intervals: only those carry seconds, and come more than once an hour."""
    if any("/" in cells[0] and cells[0].count(":") == 2 for _, cells in rows.lines):
        return True
    distances = np.diff(np.unique(found.minutes))
    return bool(distances.size) and int(np.bincount(distances).argmax()) < MINUTES_PER_HOUR


def on_even_steps(found: Series, seconds: np.ndarray) -> Series:
    """Prices by the end of every five minutes: the mean over time where intervals end in between.

    found : with the ends of intervals. seconds : how much later each of them is. [seconds]
    """
    ends = found.minutes * 60 + seconds
    order = np.argsort(ends, kind="stable")
    ends, prices, lines, rows = ends[order], found.prices[order], found.lines[order], found.rows[order]
    step = REAL_TIME_STEP * 60
    if not (ends % step).any() or (np.diff(ends) == 0).any():
        # Rows that stand there twice are left to be found downstream, by their line.
        return Series(found.lines, found.minutes, found.prices, found.rows)
    # An interval reaches back to the end of the one before, and at most five minutes. The one before the first row
    # is in the file of the day before, which has the rest of that step.
    starts = np.maximum(np.concatenate(([(ends[0] - 1) // step * step], ends[:-1])), ends - step)
    cut = ends // step * step
    inside = (cut > starts) & (cut < ends)
    starts = np.concatenate((np.where(inside, cut, starts), starts[inside]))
    stops = np.concatenate((ends, cut[inside]))
    prices, lines, rows = (np.concatenate((part, part[inside])) for part in (prices, lines, rows))
    slots, first, place = np.unique(-(-stops // step), return_index=True, return_inverse=True)
    length = np.bincount(place, weights=stops - starts)
    mean = np.bincount(place, weights=prices * (stops - starts)) / length
    return Series(lines[first], slots * REAL_TIME_STEP, mean, rows[first])


FORMAT = PriceFormat(
    name="NYISO",
    header="Time Stamp,Name,PTID,LBMP ($/MWHr),...",
    recognise=recognise,
    read=read,
)
