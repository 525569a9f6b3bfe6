"""AESO (Alberta): the pool price report, hours ending on the clock of Edmonton, in CAD.

As seen in a file: the title ``Pool Price`` and lines that hold nothing, then ``Date (HE),Price ($),30Ravg ($),AIL
Demand (MW)`` and rows such as ``"01/01/2022 01","65.64","127.10","10746.0"``. Nothing names the currency. On the
spring day the label **02** is absent: the hour from 01:00 standard time ends at 03:00 summer time and is called 03.
In autumn ``02`` is followed by ``02*``. Hours that have not happened yet have the price ``-``.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.hour_labels import at_hour_labels, label_column
from sites.price_formats.market_rows import (
    NO_PRICE,
    Kind,
    check_market,
    chosen,
    header_of,
    left_out,
    rows_below,
    series,
)

TIME, PRICE = "date (he)", "price ($)"
ZONE = ZoneInfo("America/Edmonton")
NAMES = ("Alberta", "AESO", "AB")


def _is_header(names: list[str]) -> bool:
    return names[:1] == [TIME] and PRICE in names


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is no pool price report."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The one price of the province; see :data:`FORMAT`."""
    rows = rows_below(table, header)
    location = chosen(table.file, rows.header[0], request.location, [NAMES])[0]
    check_market(table.file, rows.header[0], request, "rtm")
    found = series(rows, label_column(rows, 0, 0), rows.place(PRICE), unit="CAD/MWh", missing=NO_PRICE)
    notes = left_out(len(rows.lines) - len(found.lines), "unpriced")
    return at_hour_labels(table, request, Kind(ZONE, "CAD", location, notes), found, rows, 0)


FORMAT = PriceFormat(
    name="AESO pool price",
    header="Date (HE),Price ($),30Ravg ($),AIL Demand (MW)",
    recognise=recognise,
    read=read,
)
