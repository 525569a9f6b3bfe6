"""ISO New England: hourly LMP reports, day ahead and real time, all locations of a day in a file.

As seen in files: the first cell of a line says what it is. ``"C"`` lines are titles (``Day-Ahead Energy Market Hourly
LMP Report``), the first ``"H"`` line is ``"H","Date","Hour Ending","Location ID","Location Name","Location Type",
"Locational Marginal Price","Energy Component","Congestion Component","Marginal Loss Component"``, a second one holds
types, ``"D"`` lines are data and ``"T"`` tells their number. Hours are hours ending on the clock of New York, ``01``
to ``24``; the second of the two equal autumn hours is ``02X`` (so read in public code; no such file was seen).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.hour_labels import at_hour_labels, label_column
from sites.price_formats.market_rows import Kind, check_market, header_of, plain, rows_below, rows_of, series
from sites.price_formats.places import kind_note

ZONE = ZoneInfo("America/New_York")
PRICE = "locational marginal price"


def _is_header(names: list[str]) -> bool:
    return names[:1] == ["h"] and {"date", "hour ending", "location name", PRICE} <= set(names)


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of ISO New England."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows of one location, by name or id; see :data:`FORMAT`."""
    titles = " ".join(plain(cell) for _, cells in table.lines[:header] for cell in cells)
    number, names = table.lines[header]
    if "day-ahead" in titles or "real-time" in titles:
        check_market(table.file, number, request, "dam" if "day-ahead" in titles else "rtm")
    # The closing line is shorter, and so is a title; only data are held against the header.
    data = [row for row in table.lines[header + 1 :] if row[1][:1] == ["D"]]
    rows = rows_below(Table(table.file, [(number, names), *data]), 0)
    named = [place for place in (rows.place("location name"), rows.place("location id")) if place >= 0]
    rows, key = rows_of(rows, named, request.location)
    column = label_column(rows, rows.place("date"), rows.place("hour ending"))
    found = series(rows, column, rows.place(PRICE))
    kind = rows.place("location type")
    notes = (kind_note(key[0], rows.lines[0][1][kind]),) if kind >= 0 else ()
    return at_hour_labels(table, request, Kind(ZONE, "USD", key[0], notes), found, rows, rows.place("hour ending"))


FORMAT = PriceFormat(
    name="ISO New England hourly LMP",
    header='"H","Date","Hour Ending","Location ID","Location Name",...,"Locational Marginal Price",...',
    recognise=recognise,
    read=read,
)
