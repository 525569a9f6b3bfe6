"""What the readers of market files share: times and prices from cells, every fault of a file in one error."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sites.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR, IntArray
from sites.findings import Finding
from sites.hints import NUMBER_PATTERN, number_hint
from sites.hourly import FloatArray, PriceFileError
from sites.months import FIRST_YEAR, LAST_YEAR
from sites.price_formats.local_clock import day_of
from sites.price_formats.market_table import Rows

SHOWN_CELL_FINDINGS = 50
NO_PRICE = frozenset({"", "-", "--", "n/e", "n/a"})


@dataclass(frozen=True)
class Series:
    """Times and prices of rows.

    lines : line of each row in the file.
    minutes : [minutes since 1970-01-01 00:00 of whatever clock the column has]
    prices : [currency of the file per MWh]
    rows : place of each in the rows it was read from.
    """

    lines: IntArray
    minutes: IntArray
    prices: FloatArray
    rows: IntArray


@dataclass(frozen=True)
class TimeColumn:
    """How a time is read.

    name : the column, for messages.
    text : what of a row is the time.
    minutes : the time of such a text [minutes since 1970-01-01 00:00]; None if it is none.
    expected : the form, for messages.
    """

    name: str
    text: Callable[[list[str]], str]
    minutes: Callable[[str], int | None]
    expected: str


def number(text: str) -> float | None:
    """A finite number with a decimal point; None if it is none."""
    if NUMBER_PATTERN.fullmatch(text) is None:
        return None
    value = float(text)
    return value if abs(value) < np.inf else None


def series(
    rows: Rows,
    time: TimeColumn,
    price: int,
    *,
    unit: str = "USD/MWh",
    missing: frozenset[str] = frozenset(),
    read_price: Callable[[str], float | None] = number,
) -> Series:
    """Times and prices of all rows.

    price : place of the price.
    missing : texts, in small letters, by which the format says that there is no price; such rows are left out.

    Raises
    ------
    PriceFileError : a time or price is none, a row had the wrong width, or no price is left.
    """
    findings = list(rows.findings)
    times: dict[str, int | None] = {}
    lines: list[int] = []
    minutes: list[int] = []
    prices: list[float] = []
    places: list[int] = []
    for place, (line, cells) in enumerate(rows.lines):
        cell = cells[price].strip()
        if cell.casefold() in missing:
            continue
        text = time.text(cells)
        if text not in times:
            times[text] = time.minutes(text.strip())
        minute = times[text]
        value = read_price(cell)
        if minute is None:
            findings.append(_no_time(rows.file, line, time, text))
        if value is None:
            findings.append(_no_price(rows.file, line, rows.name(price), cell, unit))
        if minute is not None and value is not None:
            lines.append(line)
            minutes.append(minute)
            prices.append(value)
            places.append(place)
    raise_cells(rows.file, findings, len(lines))
    whole = np.int64
    return Series(np.array(lines, whole), np.array(minutes, whole), np.array(prices), np.array(places, whole))


def _no_time(file: str, line: int, time: TimeColumn, text: str) -> Finding:
    problem = "" if text.strip() else "is blank"
    return Finding(file, line, column=time.name, value=text, expected=time.expected, problem=problem)


def _no_price(file: str, line: int, column: str, cell: str, unit: str) -> Finding:
    hint = number_hint(cell) if cell else "leave the row out if the price is not known"
    problem = "" if cell else "is blank"
    return Finding(file, line, column=column, value=cell, expected=f"a price in {unit}", hint=hint, problem=problem)


def raise_cells(file: str, findings: list[Finding], rows: int) -> None:
    """Raise PriceFileError when there are findings, the first of them if they are many, or when there is no row."""
    if not findings and rows:
        return
    if not findings:
        findings = [Finding(file, problem="the file holds no prices", expected="rows below the header")]
    hidden = len(findings) - SHOWN_CELL_FINDINGS
    if hidden > 0:
        more = Finding(file, problem=f"and {hidden} more rows like these", expected="a time and a price in every row")
        findings = [*findings[:SHOWN_CELL_FINDINGS], more]
    raise PriceFileError(findings)


@lru_cache(maxsize=4096)
def _day(year: str, month: str, day: str) -> int | None:
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    return day_of(int(year), int(month), int(day))


def minutes_of(match: re.Match[str] | None) -> int | None:
    """The time [minutes since 1970-01-01 00:00] of a match with the groups year, month, day, hour and minute.

    The groups second (whole minutes only) and half (AM or PM) may be there too. None for no match or no such time.
    """
    if match is None:
        return None
    found = match.groupdict()
    day = _day(found["year"], found["month"], found["day"])
    hour, minute = int(found["hour"]), int(found.get("minute") or 0)
    half = (found.get("half") or "").upper()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "PM" else 0)
    if day is None or hour > 23 or minute > 59 or int(found.get("second") or 0) != 0:
        return None
    return day * MINUTES_PER_DAY + hour * MINUTES_PER_HOUR + minute


AMERICAN_TIME = re.compile(
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}) (?P<hour>\d{1,2}):(?P<minute>\d\d)(:(?P<second>\d\d))?"
    r"( (?P<half>[AaPp][Mm]))?",
    re.ASCII,
)
ISO_TIME = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)[T ](?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.0+)?)?",
    re.ASCII,
)
AMERICAN_DATE = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", re.ASCII)
# A workbook gives a date as the midnight that begins it.
ISO_DATE = re.compile(r"(?P<year>\d{4})[-/]?(?P<month>\d\d)[-/]?(?P<day>\d\d)( 00:00:00)?", re.ASCII)


def american_or_iso(text: str) -> int | None:
    """A time such as ``1/31/2024 5:00:00 PM``, ``01/31/2024 17:00`` or ``2024-01-31T17:00:00``. [minutes since 1970]"""
    return minutes_of(AMERICAN_TIME.fullmatch(text) or ISO_TIME.fullmatch(text))


def date_of(text: str) -> int | None:
    """A date such as ``01/31/2024``, ``2024-01-31``, ``2024/01/31`` or ``20240131``. [days since 1970-01-01]"""
    match = AMERICAN_DATE.fullmatch(text) or ISO_DATE.fullmatch(text)
    return None if match is None else _day(match["year"], match["month"], match["day"])


def left_out(rows: int, which: str) -> tuple[str, ...]:
    """The note that so many rows were left out; nothing for none."""
    return (f"{rows} {which} row{'s' if rows > 1 else ''} left out",) if rows else ()
