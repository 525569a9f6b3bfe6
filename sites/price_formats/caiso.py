"""CAISO OASIS: locational marginal prices of the day-ahead, fifteen-minute and five-minute market.

Header of PRC_LMP as seen in files: ``INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,
NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,MW,GROUP``. The price is in
MW, despite the name; PRC_INTVL_LMP calls the column VALUE and PRC_RTPD_LMP calls it PRC (their headers were seen
quoted in public code). Only rows of the LMP_TYPE ``LMP`` are prices, the others are its parts. Times are GMT and
tell both ends, rows are in no order.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import numpy as np

from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.market_rows import (
    Kind,
    Rows,
    TimeColumn,
    at_instants,
    check_market,
    evened,
    header_of,
    minutes_of,
    rows_below,
    rows_of,
    series,
)
from sites.price_formats.places import hub_note, zone_note

START, END = "intervalstarttime_gmt", "intervalendtime_gmt"
PRICES = ("mw", "value", "prc", "lmp_prc")
MARKETS = {"DAM": "dam", "RTM": "rtm", "RTPD": "rtm", "HASP": "rtm", "RTD": "rtm"}
HUB, LOAD_ZONE = "TH_", "DLAP_"
ZONE = ZoneInfo("America/Los_Angeles")
TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ](?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(-00:00|\+00:00|Z)?",
    re.ASCII,
)


def _is_header(names: list[str]) -> bool:
    return START in names and "lmp_type" in names and any(price in names for price in PRICES)


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of CAISO."""
    return header_of(table, _is_header)


def _gmt(text: str) -> int | None:
    return minutes_of(TIME.fullmatch(text))


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows of one node; see :data:`FORMAT`."""
    rows = rows_below(table, header)
    price, kind, node, run = (
        rows.place(*names) for names in (PRICES, ("lmp_type",), ("node", "node_id"), ("market_run_id",))
    )
    prices = rows.having([row for row in rows.lines if row[1][kind].strip() == "LMP"])
    if not prices.lines:
        problem = "no row has the LMP_TYPE LMP"
        raise PriceFileError([Finding(table.file, rows.header[0], problem=problem, expected="rows that are prices")])
    if run >= 0:
        prices = _of_one_market(prices, run, request)
    location = ""
    if node >= 0:
        prices, (location,) = rows_of(prices, [node], request.location)
    start, end = rows.place(START), rows.place(END)
    column = TimeColumn(rows.name(start), lambda cells: cells[start], _gmt, "a time such as 2024-01-31T17:00:00-00:00")
    found = series(prices, column, price)
    about = Kind(ZONE, "USD", location, _notes(location))
    if end < 0:
        return at_instants(table, request, about, found)
    lengths = _lengths(prices, end, found.minutes, found.rows)
    found, step = evened(found, lengths)
    return at_instants(table, request, about, found, step=step)


def _notes(location: str) -> tuple[str, ...]:
    if location.startswith(HUB):
        return (hub_note(location),)
    return (zone_note(location),) if location.startswith(LOAD_ZONE) else ()


def _of_one_market(rows: Rows, place: int, request: Request) -> Rows:
    runs = sorted({cells[place].strip() for _, cells in rows.lines})
    wanted = [run for run in runs if not request.market or MARKETS.get(run) == request.market]
    if len(wanted) == 1:
        return rows.having([row for row in rows.lines if row[1][place].strip() == wanted[0]])
    if len(runs) == 1 and runs[0] in MARKETS:
        check_market(rows.file, rows.header[0], request, MARKETS[runs[0]])
    problem = "" if request.market else "is not given"
    raise PriceFileError(
        [
            Finding(
                rows.file,
                rows.header[0],
                column="market",
                value=request.market,
                problem=problem,
                expected=f"dam or rtm, to choose one of {', '.join(runs)}",
            )
        ]
    )


def _lengths(rows: Rows, end: int, starts: np.ndarray, places: np.ndarray) -> np.ndarray:
    cells = [rows.lines[place] for place in places.tolist()]
    read_ends: dict[str, int | None] = {text: _gmt(text.strip()) for text in {row[end] for _, row in cells}}
    ends = [read_ends[row[end]] for _, row in cells]
    lengths = [0 if stop is None else stop - start for stop, start in zip(ends, starts.tolist(), strict=True)]
    for (line, row), length in zip(cells, lengths, strict=True):
        if length <= 0 or 60 % length:
            expected = "the end of an interval that divides the hour"
            raise PriceFileError([Finding(rows.file, line, column=rows.name(end), value=row[end], expected=expected)])
    return np.array(lengths, dtype=np.int64)


FORMAT = PriceFormat(
    name="CAISO OASIS",
    header="INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,...,NODE,MARKET_RUN_ID,LMP_TYPE,...,MW (or VALUE, PRC),...",
    recognise=recognise,
    read=read,
)
