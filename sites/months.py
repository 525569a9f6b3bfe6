"""Calendar months as labels and as numbers, and their lengths.

A month is written ``YYYY-MM`` everywhere a person sees it. Where months are counted, it is the number
``year * 12 + (month - 1)``, so that the difference of two numbers is the count of months between them.
"""

from __future__ import annotations

import calendar
import re
from functools import cache, lru_cache

HOURS_PER_DAY = 24
FIRST_YEAR = 1970
LAST_YEAR = 2200
MONTH_PATTERN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class MonthLabelError(ValueError):
    """A text is not a month of the form YYYY-MM between 1970-01 and 2200-12."""


@lru_cache(maxsize=4096)
def month_number(label: str) -> int:
    """Number of the month with this label: ``"2027-03"`` gives ``2027 * 12 + 2``.

    Raises
    ------
    MonthLabelError : the label is not of the form YYYY-MM, or its year is outside 1970..2200.
    """
    match = MONTH_PATTERN.fullmatch(label)
    if match is None:
        raise MonthLabelError(f"'{label}' is not a month of the form YYYY-MM, such as 2027-03")
    year = int(match.group(1))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise MonthLabelError(f"'{label}' is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return year * 12 + int(match.group(2)) - 1


def month_label(number: int) -> str:
    """Label of the month with this number: ``2027 * 12 + 2`` gives ``"2027-03"``."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


@cache
def days_in_month(number: int) -> int:
    """Days of the calendar month with this number. [days]"""
    return calendar.monthrange(number // 12, number % 12 + 1)[1]


def hours_in_month(number: int) -> int:
    """Hours of the calendar month with this number, every day counted as 24 hours. [hours]

    The hours lost and won by daylight saving are left out on purpose: prices are kept in a calendar of
    24 hours a day, so the year's sum stays that of its days.
    """
    return HOURS_PER_DAY * days_in_month(number)
