"""What of a cost may be deducted from the income of each calendar year.

MACRS with the half-year convention for 5, 7 and 15 years: IRS Publication 946 (2024), table A-1; property of 39 years
is written off evenly with the mid-month convention (table A-7a is the same rounded to three digits).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.horizon import FloatArray, Horizon, IntArray
from sites.capital_records import DepreciationClass, Tax

# IRS Publication 946 (2024), table A-1, per cent of the cost by year of use.
MACRS_PERCENT: dict[DepreciationClass, tuple[float, ...]] = {
    "macrs_5": (20.0, 32.0, 19.2, 11.52, 11.52, 5.76),
    "macrs_7": (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46),
    "macrs_15": (5.0, 9.5, 8.55, 7.7, 6.93, 6.23, 5.9, 5.9, 5.91, 5.9, 5.91, 5.9, 5.91, 5.9, 5.91, 2.95),
}
LONG_LIFE_YEARS = 39.0
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class TaxYears:
    """The calendar years that a plan touches.

    of_month : position of every month's year. last : last month of every year within the horizon.
    """

    years: tuple[int, ...]
    of_month: IntArray
    last: IntArray

    @classmethod
    def of(cls, horizon: Horizon) -> TaxYears:
        """The years of a horizon."""
        year = np.array([horizon.calendar(t)[0] for t in range(horizon.months)], dtype=np.int64)
        years, of_month = np.unique(year, return_inverse=True)
        last = np.searchsorted(of_month, np.arange(years.size), side="right") - 1
        return cls(tuple(years.tolist()), of_month.astype(np.int64), last.astype(np.int64))

    def sums(self, monthly: FloatArray) -> FloatArray:
        """Sums by year over the last axis."""
        return np.add.reduceat(monthly, np.searchsorted(self.of_month, np.arange(len(self.years))), axis=-1)


def write_off_shares(tax: Tax, kind: DepreciationClass, horizon: Horizon, years: TaxYears) -> FloatArray:
    """Share of a cost that each year writes off: months x years, by the month in which the thing comes into use. [-]"""
    shares = np.zeros((horizon.months, len(years.years)))
    for t in range(horizon.months):
        first = int(years.of_month[t])
        schedule = _schedule(tax, kind, horizon, years, t)
        shares[t] = (1.0 - tax.bonus_share) * schedule
        shares[t, first] += tax.bonus_share
    return shares


def _schedule(tax: Tax, kind: DepreciationClass, horizon: Horizon, years: TaxYears, t: int) -> FloatArray:
    first, count = int(years.of_month[t]), len(years.years)
    shares = np.zeros(count)
    if kind == "straight_line":
        return even_shares(years, t, tax.straight_line_months)
    if kind == "macrs_39":
        used = MONTHS_PER_YEAR - horizon.calendar(t)[1] + 0.5
        by_year = np.full(count - first, float(MONTHS_PER_YEAR))
        by_year[0] = used
        shares[first:] = by_year / (LONG_LIFE_YEARS * MONTHS_PER_YEAR)
        left = 1.0 - np.concatenate(([0.0], np.cumsum(shares)[:-1]))
        return np.asarray(np.clip(shares, 0.0, np.maximum(0.0, left)))
    percent = np.array(MACRS_PERCENT[kind][: count - first]) / 100.0
    shares[first : first + percent.size] = percent
    return shares


def even_shares(years: TaxYears, t: int, life_months: int) -> FloatArray:
    """Shares of a cost that is written off evenly over `life_months` months from month t on, by year. [-]"""
    month = np.arange(years.of_month.size)
    return np.asarray(years.sums(((month >= t) & (month < t + life_months)) / life_months))
