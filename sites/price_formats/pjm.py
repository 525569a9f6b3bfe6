"""PJM Data Miner: hourly and five-minute LMP of the day-ahead and the real-time market.

Header as seen in files of the feeds ``da_hrl_lmps`` and ``rt_hrl_lmps``: ``datetime_beginning_utc,
datetime_beginning_ept,pnode_id,pnode_name,voltage,equipment,type,zone,system_energy_price_rt,total_lmp_rt,
congestion_price_rt,marginal_loss_price_rt,row_is_current,version_nbr`` (``_da`` for day ahead). The UTC column is
the beginning of the interval on a 12-hour clock and has neither a doubled nor a missing hour. A price that was
corrected stands there twice; the row of the old version has False in ``row_is_current``. One name can belong to
several nodes of different voltage, so the id counts as a name too.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.market_rows import (
    Kind,
    Rows,
    TimeColumn,
    american_or_iso,
    at_instants,
    check_market,
    header_of,
    left_out,
    rows_below,
    rows_of,
    series,
)
from sites.price_formats.places import kind_note

TIME = "datetime_beginning_utc"
PRICES = {"dam": "total_lmp_da", "rtm": "total_lmp_rt"}
ZONE = ZoneInfo("America/New_York")


def _is_header(names: list[str]) -> bool:
    return TIME in names and any(price in names for price in PRICES.values())


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of PJM."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The current rows of one node; see :data:`FORMAT`."""
    rows = rows_below(table, header)
    market = _market(rows, request)
    current, superseded = _current(rows)
    name, node_id, kind = (rows.place(column) for column in ("pnode_name", "pnode_id", "type"))
    named = [place for place in (name, node_id) if place >= 0]
    notes: tuple[str, ...] = ()
    location = ""
    if named:
        current, names = rows_of(current, named, request.location)
        location = names[0]
        old = sum(tuple(cells[place] for place in named) == names for cells in superseded)
        notes = left_out(old, "superseded")
        if kind >= 0:
            notes = (*notes, kind_note(location, current.lines[0][1][kind]))
    time = rows.place(TIME)
    column = TimeColumn(TIME, lambda cells: cells[time], american_or_iso, "a time such as 1/31/2024 5:00:00 AM")
    found = series(current, column, rows.place(PRICES[market]))
    return at_instants(table, request, Kind(ZONE, "USD", location, notes), found)


def _market(rows: Rows, request: Request) -> str:
    there = [market for market, price in PRICES.items() if price in rows.columns]
    if len(there) == 1:
        check_market(rows.file, rows.header[0], request, there[0])
        return there[0]
    if request.market in there:
        return request.market
    problem = "is not given, and the file has prices of both markets"
    raise PriceFileError([Finding(rows.file, rows.header[0], column="market", problem=problem, expected="dam or rtm")])


def _current(rows: Rows) -> tuple[Rows, list[list[str]]]:
    place = rows.place("row_is_current")
    if place < 0:
        return rows, []
    current = [row for row in rows.lines if row[1][place].strip().casefold() in ("true", "1")]
    superseded = [cells for _, cells in rows.lines if cells[place].strip().casefold() not in ("true", "1")]
    return rows.having(current), superseded


FORMAT = PriceFormat(
    name="PJM Data Miner",
    header="datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,...,total_lmp_da (or _rt),...",
    recognise=recognise,
    read=read,
)
