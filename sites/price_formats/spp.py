"""SPP: LMP by settlement location of the day-ahead and the real-time balancing market.

Headers as quoted in public code that reads the files. A day, day ahead (``DA-LMP-SL``), or five minutes, real time
(``RTBM-LMP-SL``): ``Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC``, since 2026 with a column
``BAA`` for the balancing area. A day of real time (``RTBM-LMP-DAILY-SL``): ``Interval,GMT Interval,Settlement
Location Name,PNODE Name,LMP,MLC,MCC,MEC``. Both GMT columns are the **end** of the interval; names may have stray
blanks or be written with underscores.

The monthly roll-up (``DA-LMP-MONTHLY-SL``) is ``Date,Settlement Location Name,PNODE Name,Price Type,HE01,...,HE24``
and does not say whose day it is. Files of 2025 are days of GMT: the first hours of the month's first day are blank
and the first hours after its last day are there. Where that can be seen it is read as GMT, otherwise refused.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sites.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.local_clock import midnight
from sites.price_formats.market_rows import (
    Kind,
    Rows,
    Series,
    TimeColumn,
    american_or_iso,
    at_instants,
    check_market,
    chosen,
    header_of,
    rows_below,
    rows_of,
    series,
    step_of,
)
from sites.price_formats.wide_rows import hour_columns, wide_series

TIMES = ("gmtintervalend", "gmt interval")
LOCATIONS = ("settlement location", "settlement location name")
ZONE = ZoneInfo("America/Chicago")


def _spaced(names: list[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _is_long(names: list[str]) -> bool:
    names = _spaced(names)
    return any(name in names for name in TIMES) and any(name in names for name in LOCATIONS) and "lmp" in names


def _is_monthly(names: list[str]) -> bool:
    names = _spaced(names)
    return {"date", "settlement location name", "price type", "he01"} <= set(names)


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of SPP."""
    return header_of(table, lambda names: _is_long(names) or _is_monthly(names))


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows of one settlement location; see :data:`FORMAT`."""
    rows = rows_below(table, header)
    columns = {name.replace("_", " "): place for name, place in rows.columns.items()}
    rows = Rows(rows.file, rows.header, columns, rows.lines, rows.findings)
    place, area = rows.place(*LOCATIONS), rows.place("baa")
    if rows.place(*TIMES) < 0:
        return _monthly(table, rows, place, request)
    rows, location = _of_location(rows, place, area, request)
    time = rows.place(*TIMES)
    column = TimeColumn(
        rows.name(time), lambda cells: cells[time], american_or_iso, "a time such as 01/31/2024 17:00:00"
    )
    found = series(rows, column, rows.place("lmp"))
    step = step_of(table.file, found.minutes, found.lines)
    check_market(table.file, rows.header[0], request, "dam" if step == MINUTES_PER_HOUR else "rtm")
    return at_instants(table, request, Kind(ZONE, "USD", location), found, ending=True, step=step)


def _of_location(rows: Rows, place: int, area: int, request: Request) -> tuple[Rows, str]:
    """The rows of the wanted location; one that stands in several areas is meant as ``AREA:NAME``."""
    if area < 0:
        rows, (name,) = rows_of(rows, [place], request.location)
        return rows, name.strip()
    pairs = sorted({(row[1][area].strip(), row[1][place]) for row in rows.lines})
    names: dict[tuple[str, ...], tuple[str, str]] = {
        (name.strip(), f"{area_name}:{name.strip()}"): (area_name, name) for area_name, name in pairs
    }
    wanted = names[chosen(rows.file, rows.header[0], request.location, names)]
    mine = [row for row in rows.lines if row[1][place] == wanted[1] and row[1][area].strip() == wanted[0]]
    return rows.having(mine), wanted[1].strip()


def _monthly(table: Table, rows: Rows, place: int, request: Request) -> Readings:
    kind = rows.place("price type")
    prices = rows.having([row for row in rows.lines if row[1][kind].strip().upper() == "LMP"])
    prices, (location,) = rows_of(prices, [place], request.location)
    found = wide_series(prices, hour_columns(rows), rows.place("date"), None, skip_blank=True)
    _refuse_unknown_clock(table, rows, found)
    return at_instants(table, request, Kind(ZONE, "USD", location.strip()), found, step=MINUTES_PER_HOUR)


def _refuse_unknown_clock(table: Table, rows: Rows, found: Series) -> None:
    first, last = int(found.minutes.min()), int(found.minutes.max()) + MINUTES_PER_HOUR
    edges = {midnight(edge // MINUTES_PER_DAY, ZONE) for edge in (first, last)}
    if edges != {first, last}:
        raise PriceFileError(
            [
                Finding(
                    table.file,
                    rows.header[0],
                    problem="the hours of this monthly roll-up are no whole months of GMT, and it names no clock",
                    expected="the daily files of the same report, whose times are GMT",
                )
            ]
        )


FORMAT = PriceFormat(
    name="SPP",
    header="Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,...",
    recognise=recognise,
    read=read,
)
