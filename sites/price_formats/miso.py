"""MISO: hourly LMP of the market reports, a day or a quarter of a year in a file.

Daily reports (``da_expost_lmp``, ``da_exante_lmp``, ``rt_lmp_final``, ``rt_lmp_prelim``), as documented in public
code that reads them: a title such as ``Day Ahead Market ExPost LMPs``, the date ``01/01/2024``, a blank line,
``,,,All Hours-Ending are Eastern Standard Time (EST)``, then ``Node,Type,Value,HE 1,...,HE 24``. The quarterly files
(``DA_LMPs``, ``RT_LMPs``) have the date in the row: ``MARKET_DAY,NODE,TYPE,VALUE,HE1,...,HE24``. Each node has the
rows LMP, MCC and MLC; only LMP is the price. Eastern Standard Time holds all year, so every day has 24 hours.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone

from sites.clock import MINUTES_PER_HOUR
from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.market_rows import (
    Kind,
    Rows,
    Series,
    at_instants,
    check_market,
    date_of,
    header_of,
    plain,
    rows_below,
    rows_of,
)
from sites.price_formats.places import kind_note
from sites.price_formats.wide_rows import hour_columns, wide_series

ZONE = timezone(timedelta(hours=-5), "Eastern Standard Time")
EST_SHIFT = 5 * MINUTES_PER_HOUR


def _is_header(names: list[str]) -> bool:
    return {"node", "type", "value"} <= set(names) and {"he 1", "he1", "he01"} & set(names) != set()


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of MISO."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The LMP rows of one node; see :data:`FORMAT`."""
    rows = rows_below(table, header)
    node, kind, value, day = (rows.place(name) for name in ("node", "type", "value", "market_day"))
    titles = [cell.strip() for _, cells in table.lines[:header] for cell in cells if cell.strip()]
    _check_title(table, titles, rows, request)
    prices = rows.having([row for row in rows.lines if row[1][value].strip().upper() == "LMP"])
    prices, (location,) = rows_of(prices, [node], request.location)
    fixed_day = None if day >= 0 else _title_day(table, titles, rows)
    found = wide_series(prices, hour_columns(rows), day, fixed_day)
    found = Series(found.lines, found.minutes + EST_SHIFT, found.prices, found.rows)
    notes = (kind_note(location, prices.lines[0][1][kind]),)
    return at_instants(table, request, Kind(ZONE, "USD", location, notes), found, step=MINUTES_PER_HOUR)


def _check_title(table: Table, titles: list[str], rows: Rows, request: Request) -> None:
    together = plain(" ".join(titles))
    if re.match(r"day[- ]?ahead", together):
        check_market(table.file, rows.header[0], request, "dam")
    elif re.match(r"real[- ]?time", together):
        check_market(table.file, rows.header[0], request, "rtm")


def _title_day(table: Table, titles: list[str], rows: Rows) -> int:
    for title in titles:
        day = date_of(title)
        if day is not None:
            return day
    problem = "no line above the header holds the date"
    expected = "the title lines of the report, such as 01/31/2024"
    raise PriceFileError([Finding(table.file, rows.header[0], problem=problem, expected=expected)])


FORMAT = PriceFormat(
    name="MISO market reports",
    header="Node,Type,Value,HE 1,...,HE 24 (or MARKET_DAY,NODE,TYPE,VALUE,HE1,...)",
    recognise=recognise,
    read=read,
)
