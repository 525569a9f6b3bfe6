"""Times as people and programs write them: with an offset from UTC or without, in one column or in several."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sites.clock import EPOCH_DAY, MINUTES_PER_DAY, MINUTES_PER_HOUR
from sites.months import FIRST_YEAR, LAST_YEAR
from sites.price_formats.local_clock import day_of

ISO_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.0+)?)?(?P<offset>Z|[+-]\d\d:?\d\d)?", re.ASCII)
ISO_EXPECTED = "a time such as 2024-01-31 13:00 or 2024-01-31T13:00-06:00"

DAY_OF_THE_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([-/.]?)(?P<month>\d\d?)\2(?P<day>\d\d?)", re.ASCII)
EITHER_ORDER = re.compile(r"(?P<one>\d\d?)([/-])(?P<two>\d\d?)\2(?P<year>\d{4}|\d\d)", re.ASCII)
DAY_FIRST = re.compile(r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})", re.ASCII)
WORDED = re.compile(r"(?P<day>\d\d?)[- ](?P<name>[A-Za-z]{3})[A-Za-z]*[- ](?P<year>\d{4}|\d\d)", re.ASCII)
CLOCK = re.compile(
    r"(?:he|hour|hr|h)?[ _]?(?P<hour>\d\d?)(?:\.0)?(?::(?P<minute>\d\d)(?::00(?:\.0+)?)?)?(?: ?(?P<half>[ap])\.?m\.?)?",
    re.ASCII | re.IGNORECASE,
)
WHOLE = re.compile(
    r"(?P<date>\S+|\d\d?[- ][A-Za-z]{3,9}[- ]\d{2,4})"
    r"(?:,? +(?P<clock>\d\d?(?::\d\d){0,2}(?:\.0+)?(?: ?[AaPp]\.?[Mm]\.?)?)"
    r"(?P<offset> ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?))?)?",
    re.ASCII,
)
BETWEEN = re.compile(r"(?<=\d)T(?=\d)", re.ASCII)
MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?$", re.ASCII)
EPOCH = re.compile(r"\d{10}(\d{3}(\d{6})?)?", re.ASCII)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
Order = Literal["", "month first", "day first"]


def iso_stamp(text: str) -> tuple[int, int | None] | None:
    """An ISO time as written [minutes since 1970] and its offset from UTC [minutes]; None if it is none."""
    match = ISO_STAMP.fullmatch(text)
    if match is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.second or not FIRST_YEAR <= time.year <= LAST_YEAR:
        return None
    offset = time.utcoffset()
    minutes = (time.toordinal() - EPOCH_DAY) * MINUTES_PER_DAY + time.hour * MINUTES_PER_HOUR + time.minute
    return minutes, None if offset is None else int(offset.total_seconds()) // 60


@dataclass
class IsoTimes:
    """Reads a column of ISO times and remembers the offset of each.

    offsets : offset from UTC of each text that was read [minutes]; None where it has none.
    """

    offsets: dict[str, int | None] = field(default_factory=dict)

    def minutes(self, text: str) -> int | None:
        """The time as it is written. [minutes since 1970-01-01 00:00]"""
        found = iso_stamp(text)
        if found is None:
            return None
        self.offsets[text] = found[1]
        return found[0]


@dataclass
class AnyTimes:
    """Reads times of any usual form, after it has seen which of month and day comes first.

    order : which comes first in dates such as 01/31/2024; blank where no date of the column tells.
    offsets : offset from UTC of each text that was read [minutes]; None where it has none.
    """

    order: Order = ""
    offsets: dict[str, int | None] = field(default_factory=dict)

    @staticmethod
    def for_dates(texts: Iterable[str]) -> AnyTimes:
        """A reader for a column with these texts. A day above 12 anywhere in it tells the order."""
        month_first = day_first = False
        for text in texts:
            match = EITHER_ORDER.match(text.strip())
            if match is not None:
                month_first = month_first or int(match["two"]) > 12
                day_first = day_first or int(match["one"]) > 12
        if month_first == day_first:
            return AnyTimes("")
        return AnyTimes("month first" if month_first else "day first")

    def minutes(self, text: str) -> int | None:
        """The time as it is written [minutes since 1970-01-01 00:00]; a date alone is its midnight. None if it is none.

        24:00 is the midnight that ends the day.
        """
        found = iso_stamp(text) or self._epoch(text) or self._free(text)
        if found is None:
            return None
        self.offsets[text] = found[1]
        return found[0]

    def joined(self, text: str) -> int | None:
        """The time of ``date hour`` from two columns: 1 to 24, 0 to 23, 01:00, HE01 or 1.0 for the hour."""
        date, _, clock = text.rpartition("|")
        day = self._day(MIDNIGHT.sub("", date.strip()))
        minutes = _clock(clock.strip())
        if day is None or minutes is None:
            return None
        self.offsets[text] = None
        return day * MINUTES_PER_DAY + minutes

    def date(self, text: str) -> int | None:
        """A date alone, or with midnight behind it. [days since 1970-01-01]"""
        return self._day(MIDNIGHT.sub("", text.strip()))

    @staticmethod
    def _epoch(text: str) -> tuple[int, int | None] | None:
        if EPOCH.fullmatch(text) is None:
            return None
        seconds = int(text) // 10 ** (len(text) - 10)
        return (seconds // 60, 0) if seconds % 60 == 0 else None

    def _free(self, text: str) -> tuple[int, int | None] | None:
        match = WHOLE.fullmatch(BETWEEN.sub(" ", text))
        if match is None:
            return None
        day, minutes = self._day(match["date"].rstrip(",")), _clock(match["clock"] or "0")
        if day is None or minutes is None:
            return None
        return day * MINUTES_PER_DAY + minutes, _offset(match["offset"])

    def _day(self, text: str) -> int | None:
        match = DAY_OF_THE_YEAR_FIRST.fullmatch(text) or DAY_FIRST.fullmatch(text)
        if match is not None:
            return _date(match["year"], int(match["month"]), int(match["day"]))
        match = WORDED.fullmatch(text)
        if match is not None:
            name = match["name"].casefold()
            return _date(match["year"], MONTHS.index(name) + 1, int(match["day"])) if name in MONTHS else None
        match = EITHER_ORDER.fullmatch(text)
        if match is None or not self.order:
            return None
        one, two = int(match["one"]), int(match["two"])
        return _date(match["year"], *((one, two) if self.order == "month first" else (two, one)))


def _date(year: str, month: int, day: int) -> int | None:
    number = int(year) if len(year) == 4 else 2000 + int(year)
    return day_of(number, month, day) if FIRST_YEAR <= number <= LAST_YEAR else None


def _clock(text: str) -> int | None:
    """Minutes after midnight, up to 24:00."""
    match = CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"].casefold() == "p" else 0)
    if minute > 59 or hour * MINUTES_PER_HOUR + minute > MINUTES_PER_DAY:
        return None
    return hour * MINUTES_PER_HOUR + minute


def _offset(text: str | None) -> int | None:
    if not text:
        return None
    mark = text.strip()
    if mark in ("Z", "UTC"):
        return 0
    digits = mark[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * MINUTES_PER_HOUR + int(digits[2:])
    return -minutes if mark[0] == "-" else minutes
