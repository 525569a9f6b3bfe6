"""Calendar periods of the charts: months for a short horizon, quarters or years for a long one.

Fifteen years of months are more points than a page has room for; the frames beside the report keep every month.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Grain = Literal["month", "quarter", "year"]
_MONTHS_SHOWN_SINGLY = 48
_MONTHS_SHOWN_AS_QUARTERS = 240
GRAIN_MONTHS: dict[Grain, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Period:
    """One period: its first month (for the time axis), the month after its end, and its name."""

    first: str
    end: str
    name: str


def grain(months: Sequence[str]) -> Grain:
    """The grain that shows a horizon of these months readably."""
    if len(months) <= _MONTHS_SHOWN_SINGLY:
        return "month"
    return "quarter" if len(months) <= _MONTHS_SHOWN_AS_QUARTERS else "year"


def period(month: str, size: Grain) -> Period:
    """The period a month ("2027-05") belongs to."""
    year, number = int(month[:4]), int(month[5:7]) - 1
    length = GRAIN_MONTHS[size]
    first = number - number % length
    end = year * 12 + first + length
    name = {"month": month, "quarter": f"{year} Q{first // 3 + 1}", "year": str(year)}[size]
    return Period(f"{year:04d}-{first + 1:02d}", f"{end // 12:04d}-{end % 12 + 1:02d}", name)


def periods(months: Sequence[str], size: Grain) -> list[Period]:
    """The periods of the months, in order, each once."""
    return list(dict.fromkeys(period(month, size) for month in sorted(months)))
