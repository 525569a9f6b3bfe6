"""ERCOT: settlement point prices of the day-ahead and the real-time market, yearly workbooks and daily files.

Headers, as seen in files or quoted in public code:

- day ahead, yearly (NP4-180-ER): ``Delivery Date,Hour Ending,Repeated Hour Flag,Settlement Point,Settlement Point
  Price``, a sheet a month; daily (NP4-190-CD): ``DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,
  DSTFlag``;
- real time, yearly (NP6-785-ER): ``Delivery Date,Delivery Hour,Delivery Interval,Repeated Hour Flag,Settlement Point
  Name,Settlement Point Type,Settlement Point Price``; every quarter of an hour (NP6-905-CD): the same without blanks
  and with DSTFlag;
- day ahead by bus (NP4-183-CD): ``DeliveryDate,HourEnding,BusName,LMP,DSTFlag``.

Hours are hour-ending labels, ``01:00`` to ``24:00`` or 1 to 24, on the clock of Chicago: the label 03 is absent in
spring, and in autumn 02 comes twice, the second time with the flag Y. A load zone stands in real-time files twice, as
the type LZ and, weighted by energy, as LZEW; what a load pays is LZ.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import numpy as np

from sites.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.local_clock import second_pass
from sites.price_formats.market_rows import (
    Kind,
    Rows,
    Series,
    TimeColumn,
    at_local_times,
    check_market,
    date_of,
    header_of,
    left_out,
    plain,
    rows_below,
    rows_of,
    series,
)
from sites.price_formats.places import hub_note, kind_note, zone_note
from sites.price_formats.placing import NOT_A_NUMBER, without_footer
from sites.price_formats.stamps import MIDNIGHT

ZONE = ZoneInfo("America/Chicago")
QUARTER = 15
DATE, FLAGS, TYPE = "deliverydate", ("repeatedhourflag", "dstflag"), "settlementpointtype"
DAY_AHEAD_HOUR, REAL_TIME_HOUR, INTERVAL = "hourending", "deliveryhour", "deliveryinterval"
POINTS = ("settlementpoint", "settlementpointname", "busname")
PRICES = ("settlementpointprice", "lmp")
HOUR = re.compile(r"(?P<hour>\d{1,2})(:00(:00)?|\.0)?", re.ASCII)
REPEATED = frozenset({"y", "yes", "true", "1"})
ENERGY_WEIGHTED = "EW"
HUB_PREFIX, ZONE_PREFIX = "HB_", "LZ_"
BUS_NOTE = "these are LMPs of a bus, not settlement prices: they are without the scarcity adders"


def _folded(names: list[str]) -> list[str]:
    return [name.replace(" ", "").replace("_", "") for name in names]


def _is_header(names: list[str]) -> bool:
    there = set(_folded(names))
    hour = DAY_AHEAD_HOUR in there or {REAL_TIME_HOUR, INTERVAL} <= there
    return DATE in there and hour and bool(there & set(POINTS)) and bool(there & set(PRICES))


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of ERCOT."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows of one settlement point; see :data:`FORMAT`."""
    line, names = table.lines[header]
    columns = {name: place for place, name in reversed(list(enumerate(_folded([plain(name) for name in names]))))}
    point, price = (next(columns[name] for name in known if name in columns) for known in (POINTS, PRICES))
    market = "rtm" if INTERVAL in columns else "dam"
    check_market(table.file, line, request, market)
    table, notes = without_footer(table, header, (names[point], names[price]))
    below = rows_below(table, header)
    rows = Rows(below.file, below.header, columns, below.lines, below.findings)
    rows, (location,) = _of_point(rows, point, request.location)
    rows, weighted = _unweighted(rows, location)
    places = (rows.place(DATE), rows.place(DAY_AHEAD_HOUR, REAL_TIME_HOUR), rows.place(INTERVAL))
    found = series(rows, _time(rows, *places), price, missing=NOT_A_NUMBER)
    flag = rows.place(*FLAGS)
    kind = Kind(
        ZONE,
        location=location,
        notes=(
            *notes,
            *weighted,
            *left_out(len(rows.lines) - len(found.lines), "unpriced"),
            _kind_note(rows, location),
        ),
    )
    step = QUARTER if market == "rtm" else MINUTES_PER_HOUR
    return at_local_times(table, request, kind, found, _second(rows, found, flag), step=step)


def _of_point(rows: Rows, point: int, wanted: str) -> tuple[Rows, tuple[str, ...]]:
    found, names = rows_of(rows, [point], wanted.strip(), lambda names: (names[0].strip(),))
    return found, tuple(name.strip() for name in names)


def _unweighted(rows: Rows, location: str) -> tuple[Rows, tuple[str, ...]]:
    """The rows without those that are weighted by energy, where a point has both."""
    place = rows.place(TYPE)
    if place < 0 or len({cells[place] for _, cells in rows.lines}) == 1:
        return rows, ()
    kept = [row for row in rows.lines if not row[1][place].strip().upper().endswith(ENERGY_WEIGHTED)]
    gone = len(rows.lines) - len(kept)
    return rows.having(kept), left_out(gone, f"energy-weighted (LZEW) '{location}'")


def _kind_note(rows: Rows, location: str) -> str:
    place = rows.place(TYPE)
    if rows.place("busname") >= 0:
        return BUS_NOTE
    if place >= 0:
        return kind_note(location, rows.lines[0][1][place].strip())
    if location.startswith(HUB_PREFIX):
        return hub_note(location)
    return zone_note(location) if location.startswith(ZONE_PREFIX) else kind_note(location, "resource node")


def _time(rows: Rows, date: int, hour: int, interval: int) -> TimeColumn:
    if interval < 0:
        name = f"{rows.name(date)}, {rows.name(hour)}"
        return TimeColumn(
            name, lambda cells: f"{cells[date].strip()}|{cells[hour].strip()}|1", _begins, "a date and an hour 1 to 24"
        )
    return TimeColumn(
        f"{rows.name(date)}, {rows.name(hour)}, {rows.name(interval)}",
        lambda cells: f"{cells[date].strip()}|{cells[hour].strip()}|{cells[interval].strip()}",
        _begins,
        "a date, an hour 1 to 24 and an interval 1 to 4",
    )


def _begins(text: str) -> int | None:
    """Beginning of ``01/31/2025|17:00|1`` on the wall clock: hour ending, and quarter of it. [minutes since 1970]"""
    date, label, interval = text.split("|")
    day, match = date_of(MIDNIGHT.sub("", date)), HOUR.fullmatch(label)
    if day is None or match is None or not 1 <= int(match["hour"]) <= 24 or interval not in ("1", "2", "3", "4"):
        return None
    return day * MINUTES_PER_DAY + (int(match["hour"]) - 1) * MINUTES_PER_HOUR + (int(interval) - 1) * QUARTER


def _second(rows: Rows, found: Series, flag: int) -> np.ndarray:
    if flag < 0:
        return second_pass(found.minutes, ZONE)
    return np.array(
        [rows.lines[row][1][flag].strip().casefold() in REPEATED for row in found.rows.tolist()], dtype=np.bool_
    )


FORMAT = PriceFormat(
    name="ERCOT",
    header="Delivery Date,Hour Ending,Repeated Hour Flag,Settlement Point,Settlement Point Price "
    "(or Delivery Date,Delivery Hour,Delivery Interval,...; DeliveryDate,HourEnding,...; ...,BusName,LMP,DSTFlag)",
    recognise=recognise,
    read=read,
)
