"""OMIE (Portugal and Spain): marginal prices of the day-ahead market, one file a day, in EUR.

As quoted in public code and documented by the operator (model of files for public information, MARGINALPDBC): the
line ``MARGINALPDBC;``, rows ``2025;10;01;1;105.1;105.1;`` of year, month, day, period, price of Portugal and price
of Spain, and a closing ``*``. Periods count through the day from midnight in Spain: 23, 24 or 25 hours, and since
1 October 2025 92, 96 or 100 quarter hours.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import numpy as np

from sites.clock import MINUTES_PER_HOUR
from sites.findings import Finding
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.local_clock import day_of, hours_of_day, midnight
from sites.price_formats.market_rows import (
    Kind,
    Rows,
    TimeColumn,
    at_instants,
    check_market,
    chosen,
    evened,
    number,
    series,
)
from sites.price_formats.semicolons import split

TITLE = "MARGINALPDBC"
ZONE = ZoneInfo("Europe/Madrid")
# Day of delivery from which the market has quarter hours; day_of gives None only for what is no date.
FIRST_QUARTER_HOURS = day_of(2025, 10, 1) or 0
LOCATIONS = {("Spain", "ES", "España", "BZN|ES"): 5, ("Portugal", "PT", "BZN|PT"): 4}
HEADER = ["year", "month", "day", "period", "Portugal", "Spain"]
PERIOD = re.compile(r"(?P<year>\d{4}) (?P<month>\d{1,2}) (?P<day>\d{1,2}) (?P<period>\d{1,3})", re.ASCII)


def recognise(table: Table) -> int | None:
    """Place of the title; None if the file is none of OMIE."""
    for place, (_, cells) in enumerate(table.lines[:3]):
        if split(cells)[0].strip().upper() == TITLE:
            return place
    return None


def read(table: Table, header: int, request: Request) -> Readings:
    """The prices of one of the two countries; see :data:`FORMAT`."""
    check_market(table.file, table.lines[header][0], request, "dam")
    location = chosen(table.file, table.lines[header][0], request.location, LOCATIONS)
    rows = _rows(table, header)
    column = TimeColumn("period", lambda cells: " ".join(cell.strip() for cell in cells[:4]), _begins, _EXPECTED)
    found = series(rows, column, LOCATIONS[location], unit="EUR/MWh", read_price=_price)
    lengths = np.array([_step(_day(rows.lines[row][1])) for row in found.rows.tolist()], dtype=np.int64)
    found, step = evened(found, lengths)
    return at_instants(table, request, Kind(ZONE, "EUR", location[0]), found, step=step)


_EXPECTED = "a date, and a period that the day has"


def _rows(table: Table, header: int) -> Rows:
    lines = []
    findings = []
    for line, cells in table.lines[header:]:
        parts = split(cells)
        while parts and not parts[-1].strip():
            parts.pop()
        # Days joined in one file keep their titles and closing stars.
        if not parts or parts[0].strip().upper() in (TITLE, "*"):
            continue
        if len(parts) == len(HEADER):
            lines.append((line, parts))
        else:
            problem = f"the row has {len(parts)} fields"
            findings.append(Finding(table.file, line, problem=problem, expected="6, such as 2025;10;01;1;105.1;105.1;"))
    return Rows(table.file, (table.lines[header][0], HEADER), {}, lines, findings)


def _day(cells: list[str]) -> int:
    return day_of(int(cells[0]), int(cells[1]), int(cells[2])) or 0


def _step(day: int) -> int:
    return 15 if day >= FIRST_QUARTER_HOURS else MINUTES_PER_HOUR


def _begins(text: str) -> int | None:
    match = PERIOD.fullmatch(text)
    if match is None:
        return None
    day = day_of(int(match["year"]), int(match["month"]), int(match["day"]))
    if day is None:
        return None
    period, step = int(match["period"]), _step(day)
    if not 1 <= period <= hours_of_day(day, ZONE) * MINUTES_PER_HOUR // step:
        return None
    return midnight(day, ZONE) + (period - 1) * step


def _price(text: str) -> float | None:
    """A price with a decimal point or, as in some files, a comma."""
    return number(text.replace(",", ".")) if text.count(",") == 1 and "." not in text else number(text)


FORMAT = PriceFormat(
    name="OMIE marginal prices",
    header="MARGINALPDBC;",
    recognise=recognise,
    read=read,
)
