"""Cells of history files as days and numbers: the stamps that explorers, exchanges and data vendors write."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

EPOCH = date(1970, 1, 1)
FIRST_DAY = date(2009, 1, 3)  # of the first block
LAST_DAY = date(2200, 12, 31)
DAY_EXPECTED = "a day such as 2026-08-21, Aug 21, 2026 or seconds since 1970, not before the first block of 2009-01-03"
_BLANKS = frozenset({"", "-", "null", "none", "nan", "na", "n/a", "."})
_NUMBER = re.compile(r"[+-]?([0-9]+|[0-9]{1,3}(,[0-9]{3})+)?(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")
_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})([T ](\d{1,2}):(\d{2})(:(\d{2})([.,]\d{1,9})?)?)? ?(Z|UTC|[+-]\d{2}:?\d{2})?"
)
_NAMED = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})|(\d{1,2})[ -]([A-Za-z]{3,9})\.?[ -](\d{4})")
_PARTED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})( .*)?")
_EPOCH_STAMP = re.compile(r"\d{9,16}(\.0*)?")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MILLISECONDS_FROM = 1e11  # seconds so large would be after the year 5000
_MICROSECONDS_FROM = 1e14


class CellRefusedError(ValueError):
    """A cell is neither blank nor what it should be."""


def is_blank(text: str) -> bool:
    """Whether a cell holds no value, in one of the ways in which programs write that."""
    return text.strip().casefold() in _BLANKS


def number(text: str) -> float:
    """A finite number, with commas between thousands or without.

    Raises
    ------
    CellRefusedError : it is none.
    """
    bare = text.strip()
    if not _NUMBER.fullmatch(bare) or not any(char.isdigit() for char in bare):
        raise CellRefusedError
    value = float(bare.replace(",", ""))
    if not math.isfinite(value):
        raise CellRefusedError
    return value


class DayReader:
    """Turns the stamps of one column into days since 1970-01-01 UTC; a stamp inside a day counts for that day.

    cells : all stamps of the column; where they read 03/04/2026, they decide together which part is the month.

    Raises
    ------
    AmbiguousDaysError : days and months cannot be told apart.
    """

    def __init__(self, cells: Sequence[str]) -> None:
        parted = [found for cell in cells if (found := _PARTED.fullmatch(cell.strip()))]
        day_first = any(int(found[1]) > 12 for found in parted)
        month_first = any(int(found[2]) > 12 for found in parted)
        if parted and day_first == month_first:
            raise AmbiguousDaysError
        self._day_first = day_first

    def day(self, text: str) -> int:
        """The day of a stamp.

        Raises
        ------
        CellRefusedError : it is no day between the first block and the year 2200.
        """
        try:
            found = self._date(text.strip())
        except (ValueError, OverflowError):
            raise CellRefusedError from None
        if found is None or not FIRST_DAY <= found <= LAST_DAY:
            raise CellRefusedError
        return (found - EPOCH).days

    def _date(self, text: str) -> date | None:
        if match := _ISO.fullmatch(text):
            return _iso_date(match)
        if _EPOCH_STAMP.fullmatch(text):
            stamp = float(text)
            per_second = 1e6 if stamp >= _MICROSECONDS_FROM else 1e3 if stamp >= _MILLISECONDS_FROM else 1.0
            return EPOCH + timedelta(days=stamp / per_second // 86_400)
        if match := _NAMED.fullmatch(text):
            name, day, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
            return date(int(year), _MONTHS.index(name[:3].casefold()) + 1, int(day))
        if match := _PARTED.fullmatch(text):
            first, second, year = int(match[1]), int(match[2]), int(match[3])
            return date(year, second, first) if self._day_first else date(year, first, second)
        return None


class AmbiguousDaysError(ValueError):
    """Dates such as 03/04/2026 that may be of March or April, in a whole column, or of both kinds in one."""


def _iso_date(match: re.Match[str]) -> date:
    day = date(int(match[1]), int(match[2]), int(match[3]))
    offset = match[10]
    if offset in (None, "", "Z", "UTC") or match[4] is None:
        return day
    sign = -1 if offset[0] == "-" else 1
    zone = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))
    moment = datetime(day.year, day.month, day.day, int(match[5]), int(match[6]), tzinfo=zone)
    return moment.astimezone(UTC).date()
