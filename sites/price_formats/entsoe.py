"""ENTSO-E transparency platform: day-ahead prices, the export until 2024 and the one since.

Headers as seen in files. Old: ``"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|FR"`` over rows of
**three** values, a range ``27.03.2022 01:00 - 27.03.2022 02:00``, price and currency: the zone stands in the header
only. The spring hour is there with an empty price, the autumn hour twice. Since 2025: ``"MTU (CET/CEST)","Area",
"Sequence","Day-ahead Price (EUR/MWh)","Intraday Period (CET/CEST)","Intraday Price (EUR/MWh)"``, quoted or not, with
``/`` and seconds in the range; only next to a change of the clock does a time carry ``(CET)`` or ``(CEST)``. Prices
are by quarter hours, before 1 October 2025 the hourly price four times. Several areas and sequences can be in one
file. The header names the clock: CET/CEST, WET/WEST, EET/EEST or UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

import numpy as np

from sites.clock import MINUTES_PER_HOUR
from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.local_clock import second_pass, skipped
from sites.price_formats.market_rows import (
    NO_PRICE,
    Kind,
    Rows,
    Series,
    TimeColumn,
    at_instants,
    check_market,
    chosen,
    evened,
    header_of,
    left_out,
    minutes_of,
    rows_below,
    series,
    to_instants,
)

CLOCK = re.compile(r"mtu \((?P<clock>[a-z/]+)\)", re.ASCII)
PRICE = re.compile(r"day-ahead price [\[(](?P<currency>[a-z]{3})/mwh[\])]", re.ASCII)
AREA = re.compile(r"[A-Z]+\|\S.*")
ZONES: dict[str, tzinfo] = {
    "utc": UTC,
    "cet/cest": ZoneInfo("Europe/Brussels"),
    "cet": ZoneInfo("Europe/Brussels"),
    "wet/west": ZoneInfo("Europe/Lisbon"),
    "eet/eest": ZoneInfo("Europe/Athens"),
}
SUMMER = ("(CEST)", "(WEST)", "(EEST)")
STAMP = (
    r"(?P<day{n}>\d\d)[./](?P<month{n}>\d\d)[./](?P<year{n}>\d{{4}}) (?P<hour{n}>\d\d):(?P<minute{n}>\d\d)"
    r"(:00)?( ?(?P<clock{n}>\([A-Z]{{2,4}}\)))?"
)
RANGE = re.compile(rf"{STAMP.format(n=1)} - {STAMP.format(n=2)}", re.ASCII)
NO_SEQUENCE = "without sequence"
EXPECTED = "a range such as 31/01/2025 17:00:00 - 31/01/2025 17:15:00"


def _is_header(names: list[str]) -> bool:
    return bool(names) and CLOCK.fullmatch(names[0]) is not None and any(PRICE.fullmatch(name) for name in names)


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of ENTSO-E."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The day-ahead prices of one area and sequence; see :data:`FORMAT`."""
    number, names = table.lines[header]
    check_market(table.file, number, request, "dam")
    area = next((name for name in names if AREA.fullmatch(name.strip())), "")
    # The old export has one name more than values: what would be the fourth column names the area of all rows.
    width = len(names) - (1 if area else 0)
    below = [(line, cells[:width] if area else cells) for line, cells in table.lines[header + 1 :]]
    rows = rows_below(Table(table.file, [(number, names[:width]), *below]), 0)
    price, currency = _price_column(rows)
    if area:
        location = chosen(table.file, number, request.location, [_names(area.strip(), "")])[0]
    else:
        rows, location = _of_area(rows, request)
    zone = _zone(table.file, rows)
    column = TimeColumn(rows.name(0), lambda cells: cells[0], _beginning, EXPECTED)
    rows = _without_spring_hour(rows, price, zone)
    found = series(rows, column, price, unit=f"{currency}/MWh", missing=NO_PRICE)
    notes = left_out(len(rows.lines) - len(found.lines), "unpriced")
    found, step = _at_even_instants(table, rows, zone, found)
    return at_instants(table, request, Kind(zone, currency, location, notes), found, step=step)


def _price_column(rows: Rows) -> tuple[int, str]:
    found = [(place, PRICE.fullmatch(name)) for name, place in rows.columns.items()]
    place, match = next((place, match) for place, match in found if match is not None)
    currency = match["currency"].upper()
    told = rows.place("currency")
    if told >= 0:
        other = [row for row in rows.lines if row[1][told].strip() not in ("", currency)]
        for line, cells in other[:1]:
            problem = f"differs from the header's {currency}"
            finding = Finding(rows.file, line, column=rows.name(told), value=cells[told], problem=problem)
            raise PriceFileError([finding])
    return place, currency


def _names(area: str, sequence: str) -> tuple[str, ...]:
    """All names under which an area, or one sequence of it, can be asked for."""
    code = area.partition("|")[2] or area
    if sequence.strip().casefold() in ("", NO_SEQUENCE):
        return (area, code)
    return (f"{area} {sequence}", f"{code} {sequence}", area, code)


def _of_area(rows: Rows, request: Request) -> tuple[Rows, str]:
    area, sequence = rows.place("area"), rows.place("sequence")
    if area < 0:
        return rows, ""
    pairs = sorted({(cells[area], cells[sequence] if sequence >= 0 else "") for _, cells in rows.lines})
    names = {_names(*pair): pair for pair in pairs}
    shown = chosen(rows.file, rows.header[0], request.location, names)
    wanted = names[shown]
    mine = [row for row in rows.lines if (row[1][area], row[1][sequence] if sequence >= 0 else "") == wanted]
    return rows.having(mine), shown[0]


def _zone(file: str, rows: Rows) -> tzinfo:
    name = next(name for name, place in rows.columns.items() if place == 0)
    match = CLOCK.fullmatch(name)
    if match is not None and match["clock"] in ZONES:
        return ZONES[match["clock"]]
    expected = "one of the clocks " + ", ".join(clock.upper() for clock in ZONES)
    problem = "names no known clock"
    raise PriceFileError([Finding(file, rows.header[0], column=rows.name(0), problem=problem, expected=expected)])


def _end(match: re.Match[str] | None, which: int) -> int | None:
    if match is None:
        return None
    parts = ("year", "month", "day", "hour", "minute")
    text = " ".join(match[f"{part}{which}"] for part in parts)
    return minutes_of(re.fullmatch(r"(?P<year>\d+) (?P<month>\d+) (?P<day>\d+) (?P<hour>\d+) (?P<minute>\d+)", text))


def _beginning(text: str) -> int | None:
    return _end(RANGE.fullmatch(text), 1) if _end(RANGE.fullmatch(text), 2) is not None else None


def _without_spring_hour(rows: Rows, price: int, zone: tzinfo) -> Rows:
    """The rows but those without a price for an hour that the clock skips, which the old export writes out."""
    blank = [place for place, (_, cells) in enumerate(rows.lines) if cells[price].strip().casefold() in NO_PRICE]
    begins = {place: _beginning(rows.lines[place][1][0].strip()) for place in blank}
    told = [(place, time) for place, time in begins.items() if time is not None]
    never = skipped(np.array([time for _, time in told], dtype=np.int64), zone)
    gone = {place for (place, _), skips in zip(told, never.tolist(), strict=True) if skips}
    return rows.having([row for place, row in enumerate(rows.lines) if place not in gone]) if gone else rows


def _at_even_instants(table: Table, rows: Rows, zone: tzinfo, found: Series) -> tuple[Series, int]:
    later = second_pass(found.minutes, zone)
    lengths = np.zeros(len(found.lines), dtype=np.int64)
    for place, row in enumerate(found.rows.tolist()):
        match = RANGE.fullmatch(rows.lines[row][1][0].strip())
        if match is None:
            continue
        if match["clock1"]:
            later[place] = match["clock1"] not in SUMMER
        # Modulo the hour, a change of the clock between both ends does not matter.
        lengths[place] = (int(match["minute2"]) - int(match["minute1"])) % MINUTES_PER_HOUR or MINUTES_PER_HOUR
    for place in np.flatnonzero(MINUTES_PER_HOUR % lengths).tolist():
        line, text = int(found.lines[place]), rows.lines[int(found.rows[place])][1][0]
        expected = "an interval that divides the hour"
        raise PriceFileError([Finding(table.file, line, column=rows.name(0), value=text, expected=expected)])
    return evened(to_instants(table.file, zone, found, later), lengths)


FORMAT = PriceFormat(
    name="ENTSO-E day-ahead prices",
    header='"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|FR" (or "MTU (CET/CEST)","Area",...)',
    recognise=recognise,
    read=read,
)
