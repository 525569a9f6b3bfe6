"""SMARD (Germany): wholesale prices of Germany and its neighbours, in German or English, in EUR.

Headers as quoted in public code: ``Start date;End date;Germany/Luxembourg [€/MWh] Original resolutions;...``, older
``Date;Start;End;...``, in German ``Datum von;Datum bis;Deutschland/Luxemburg [€/MWh] Originalauflösungen;...``,
older ``Datum;Anfang;Ende;...``. German files have ``27.10.2024 02:00`` and a decimal comma, English ones ``Oct 27,
2024 2:00 AM`` and a decimal point; ``-`` says that there is no price. Times are the beginning of the interval on the
clock of Berlin; the autumn hour comes twice and nothing marks it.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.local_clock import second_pass
from sites.price_formats.market_rows import (
    ISO_TIME,
    NO_PRICE,
    Kind,
    Rows,
    TimeColumn,
    at_local_times,
    check_market,
    chosen,
    header_of,
    left_out,
    minutes_of,
    number,
    plain,
    rows_below,
    series,
)
from sites.price_formats.semicolons import split

ZONE = ZoneInfo("Europe/Berlin")
BEGINNINGS = (
    ["start date", "end date"],
    ["datum von", "datum bis"],
    ["date", "start", "end"],
    ["datum", "anfang", "ende"],
)
PRICE = re.compile(r"(?P<name>.*\S)\s*\[[^\]]{1,3}/MWh\].*")
GERMAN = ("datum", "datum von")
GERMAN_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", re.ASCII)
ENGLISH_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
GERMAN_TIME = re.compile(
    r"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{4}) (?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d))?", re.ASCII
)
ENGLISH_TIME = re.compile(r"(?P<name>[A-Z][a-z]{2}) (?P<rest>\d{1,2}, \d{4} \d{1,2}:\d\d [AP]M)", re.ASCII)
ENGLISH_REST = re.compile(
    r"(?P<month>\d\d) (?P<day>\d{1,2}), (?P<year>\d{4}) (?P<hour>\d{1,2}):(?P<minute>\d\d) (?P<half>[AP]M)", re.ASCII
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _is_header(names: list[str]) -> bool:
    names = [plain(name) for name in split(names)]
    return any(names[: len(start)] == start for start in BEGINNINGS) and any("/mwh]" in name for name in names)


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is none of SMARD."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The prices of one bidding zone; see :data:`FORMAT`."""
    lines = [(line, split(cells)) for line, cells in table.lines[header:]]
    rows = rows_below(Table(table.file, lines), 0)
    check_market(table.file, rows.header[0], request, "dam")
    location, price = _location(rows, request)
    german = plain(rows.header[1][0]) in GERMAN
    separate = plain(rows.header[1][1]) in ("start", "anfang")
    column = TimeColumn(
        rows.name(0),
        (lambda cells: f"{cells[0].strip()} {cells[1].strip()}") if separate else (lambda cells: cells[0]),
        _german_time if german else _english_time,
        "a time such as 31.01.2024 17:00" if german else "a time such as Jan 31, 2024 5:00 PM",
    )
    # A workbook has numbers as such; then no cell has a comma.
    comma = german and any("," in cells[price] for _, cells in rows.lines)
    read_price = _german_number if comma else _english_number
    found = series(rows, column, price, unit="EUR/MWh", missing=NO_PRICE, read_price=read_price)
    notes = left_out(len(rows.lines) - len(found.lines), "unpriced")
    about = Kind(ZONE, "EUR", location, notes)
    return at_local_times(table, request, about, found, second_pass(found.minutes, ZONE))


def _location(rows: Rows, request: Request) -> tuple[str, int]:
    known: dict[tuple[str, ...], int] = {}
    for place, name in enumerate(rows.header[1]):
        match = PRICE.fullmatch(name.strip())
        if match is not None:
            known[(match["name"], name.strip())] = place
    wanted = chosen(rows.file, rows.header[0], request.location, known)
    return wanted[0], known[wanted]


def _german_time(text: str) -> int | None:
    return minutes_of(GERMAN_TIME.fullmatch(text) or ISO_TIME.fullmatch(text))


def _english_time(text: str) -> int | None:
    match = ENGLISH_TIME.fullmatch(text)
    if match is None or match["name"] not in MONTHS:
        return None
    return minutes_of(ENGLISH_REST.fullmatch(f"{MONTHS.index(match['name']) + 1:02d} {match['rest']}"))


def _german_number(text: str) -> float | None:
    return number(text.replace(".", "").replace(",", ".")) if GERMAN_NUMBER.fullmatch(text) else None


def _english_number(text: str) -> float | None:
    return number(text.replace(",", "")) if ENGLISH_NUMBER.fullmatch(text) else None


FORMAT = PriceFormat(
    name="SMARD",
    header="Start date;End date;Germany/Luxembourg [€/MWh] ...;... (or Datum von;Datum bis;...)",
    recognise=recognise,
    read=read,
)
