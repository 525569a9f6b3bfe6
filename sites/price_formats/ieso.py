"""IESO (Ontario): the hourly price HOEP until April 2025, and the prices of the market that followed it, in CAD.

The yearly file ``PUB_PriceHOEPPredispOR``, as seen: three lines that begin with two backslashes, then ``Date,Hour,
HOEP,Hour 1 Predispatch,Hour 2 Predispatch,Hour 3 Predispatch,OR 10 Min Sync,OR 10 Min non-sync,OR 30 Min``. The
nodal files since May 2025 (``PUB_DAHourlyEnergyLMP``, ``PUB_RealtimeEnergyLMP``), as documented in public code that
reads them: ``CREATED AT 2025/05/01 12:34:56 FOR 2025/05/02``, then ``Delivery Hour,Pricing Location,LMP,Energy Loss
Price,Energy Congestion Price``, in real time with a column ``Interval``, 1 to 12. The day-ahead price of all Ontario
(``PUB_DAHourlyOntarioZonalPrice``) is published as XML only, with an element HourlyPriceComponents per hour that
holds PricingHour and ZonalPrice.

Hours are hours ending, 1 to 24, in Eastern Standard Time all year: every day has 24, and none is doubled.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone

from sites.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.market_rows import (
    HEADER_LINES,
    Kind,
    Rows,
    Series,
    TimeColumn,
    at_instants,
    check_market,
    chosen,
    date_of,
    header_of,
    rows_below,
    series,
)

ZONE = timezone(timedelta(hours=-5), "Eastern Standard Time")
EST_SHIFT = 5 * MINUTES_PER_HOUR
NAMES = ("Ontario", "IESO", "ON")
HOEP = ["date", "hour", "hoep"]
NODAL = ["delivery hour", "pricing location", "lmp"]
REAL_TIME_NODAL = ["delivery hour", "interval", "pricing location", "lmp"]
REAL_TIME_STEP = 5
FOR_DAY = re.compile(r"FOR (?P<day>\d{4}/\d\d/\d\d)", re.ASCII)
TIME = re.compile(r"(?P<date>.+?) (?P<hour>\d{1,2})( (?P<interval>\d{1,2}))?", re.ASCII)
DELIVERY_DAY = re.compile(r"<DeliveryDate>\s*(?P<day>\d{4}-\d\d-\d\d)\s*</DeliveryDate>", re.ASCII)
PRICED_HOUR = re.compile(
    r"<PricingHour>\s*(?P<hour>\d{1,2})\s*</PricingHour>\s*<ZonalPrice>\s*(?P<price>[^<]*?)\s*</ZonalPrice>", re.ASCII
)


def _is_header(names: list[str]) -> bool:
    return names[:3] == HOEP or names[:3] == NODAL or names[:4] == REAL_TIME_NODAL


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of IESO."""
    return header_of(table, _is_header)


def recognise_xml(table: Table) -> int | None:
    """0 for the day-ahead price of Ontario as XML, otherwise None."""
    start = "".join(",".join(cells) for _, cells in table.lines[: 2 * HEADER_LINES])
    return 0 if start.lstrip().startswith("<") and "<HourlyPriceComponents" in start else None


def read(table: Table, header: int, request: Request) -> Readings:
    """The hourly price of Ontario, or the rows of one node; see :data:`FORMAT`."""
    rows = rows_below(table, header)
    if rows.place("hoep") >= 0:
        return _read_hoep(table, rows, request)
    return _read_nodal(table, header, rows, request)


def _read_hoep(table: Table, rows: Rows, request: Request) -> Readings:
    location = chosen(table.file, rows.header[0], request.location, [NAMES])[0]
    check_market(table.file, rows.header[0], request, "rtm")
    column = TimeColumn("Date, Hour", lambda cells: f"{cells[0].strip()} {cells[1].strip()}", _begins, _EXPECTED)
    found = series(rows, column, rows.place("hoep"), unit="CAD/MWh")
    return at_instants(table, request, Kind(ZONE, "CAD", location), found, step=MINUTES_PER_HOUR)


_EXPECTED = "a date and an hour from 1 to 24"


def _begins(text: str) -> int | None:
    """Instant at which ``2024-01-31 17`` or, with an interval, ``2024-01-31 17 3`` begins. [minutes since 1970 UTC]"""
    match = TIME.fullmatch(text)
    day = None if match is None else date_of(match["date"])
    if match is None or day is None:
        return None
    hour, interval = int(match["hour"]), int(match["interval"] or 1)
    if not 1 <= hour <= 24 or not 1 <= interval <= 12:
        return None
    local = day * MINUTES_PER_DAY + (hour - 1) * MINUTES_PER_HOUR + (interval - 1) * REAL_TIME_STEP
    return local + EST_SHIFT


def _read_nodal(table: Table, header: int, rows: Rows, request: Request) -> Readings:
    hour, interval, place = (rows.place(name) for name in ("delivery hour", "interval", "pricing location"))
    check_market(table.file, rows.header[0], request, "dam" if interval < 0 else "rtm")
    day = _title_day(table, header)
    names = sorted({cells[place] for _, cells in rows.lines})
    known: dict[tuple[str, ...], str] = {(name, name.removesuffix(":LMP")): name for name in names}
    location = known[chosen(table.file, rows.header[0], request.location, known)]
    rows = rows.having([row for row in rows.lines if row[1][place] == location])
    if interval < 0:
        column = TimeColumn(rows.name(hour), lambda cells: f"{day} {cells[hour].strip()}", _begins, _EXPECTED)
    else:
        column = TimeColumn(
            f"{rows.name(hour)}, {rows.name(interval)}",
            lambda cells: f"{day} {cells[hour].strip()} {cells[interval].strip()}",
            _begins,
            "an hour from 1 to 24 and an interval from 1 to 12",
        )
    found = series(rows, column, rows.place("lmp"), unit="CAD/MWh")
    step = MINUTES_PER_HOUR if interval < 0 else REAL_TIME_STEP
    return at_instants(table, request, Kind(ZONE, "CAD", location), found, step=step)


def _title_day(table: Table, header: int) -> str:
    titles = " ".join(",".join(cells) for _, cells in table.lines[:header])
    match = FOR_DAY.search(titles)
    if match is None:
        problem = "no line above the header holds the day"
        expected = "the title line of the report, such as 'CREATED AT ... FOR 2025/05/02'"
        raise PriceFileError([Finding(table.file, table.lines[header][0], problem=problem, expected=expected)])
    return match["day"]


def read_xml(table: Table, header: int, request: Request) -> Readings:  # noqa: ARG001 - the form of every reader
    """The day-ahead price of Ontario; see :data:`XML_FORMAT`."""
    location = chosen(table.file, None, request.location, [NAMES])[0]
    check_market(table.file, None, request, "dam")
    text = "\n".join(",".join(cells) for _, cells in table.lines)
    day = DELIVERY_DAY.search(text)
    if day is None:
        expected = "an element DeliveryDate, such as 2025-05-02"
        raise PriceFileError([Finding(table.file, problem="the day of delivery is missing", expected=expected)])
    last = table.lines[-1][0]
    hours = [(last, [f"{day['day']} {match['hour']}", match["price"]]) for match in PRICED_HOUR.finditer(text)]
    rows = Rows(table.file, (last, ["PricingHour", "ZonalPrice"]), {}, hours, [])
    column = TimeColumn("PricingHour", lambda cells: cells[0], _begins, _EXPECTED)
    found: Series = series(rows, column, 1, unit="CAD/MWh")
    return at_instants(table, request, Kind(ZONE, "CAD", location), found, step=MINUTES_PER_HOUR)


FORMAT = PriceFormat(
    name="IESO",
    header="Date,Hour,HOEP,... (or Delivery Hour,Pricing Location,LMP,...)",
    recognise=recognise,
    read=read,
)
XML_FORMAT = PriceFormat(
    name="IESO day-ahead Ontario price (XML)",
    header="<HourlyPriceComponents><PricingHour>...<ZonalPrice>...",
    recognise=recognise_xml,
    read=read_xml,
)
