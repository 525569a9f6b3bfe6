"""Daily paths between monthly values, in a straight line of logarithms: prices and hashrates grow by factors."""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from sites.months import days_in_month

FloatArray = NDArray[np.float64]


def first_day(month: int) -> date:
    """The first day of the month with this number, see :mod:`sites.months`."""
    return date(month // 12, month % 12 + 1, 1)


def month_lengths(first_month: int, months: int) -> NDArray[np.int64]:
    """Days of each of so many months from the first one on. [days]"""
    return np.array([days_in_month(month) for month in range(first_month, first_month + months)], dtype=np.int64)


def month_of_days(start_day: date, days: int) -> NDArray[np.int64]:
    """Month of every day, as numbered by :mod:`sites.months`."""
    first = np.datetime64(start_day, "D")
    since_1970 = (first + np.arange(days)).astype("datetime64[M]").astype(np.int64)
    return np.asarray(since_1970 + 1970 * 12)


def daily_between_ends(start: FloatArray, month_ends: FloatArray, first_month: int) -> FloatArray:
    """Daily path that begins at ``start`` and reaches each month's value at that month's end.

    start : value when the first month begins; one per path. month_ends : paths x months, > 0.
    Returns paths x days, each day with the value of its noon.
    """
    lengths = month_lengths(first_month, month_ends.shape[1])
    knots = np.log(np.concatenate([np.asarray(start, dtype=np.float64).reshape(-1, 1), month_ends], axis=1))
    return np.exp(_between(knots, lengths))


def daily_between_middles(values: FloatArray, first_month: int) -> FloatArray:
    """Daily path that passes each month's value in the middle of that month, flat before the first and after the last.

    values : paths x months, > 0. Returns paths x days, each day with the value of its noon.
    """
    lengths = month_lengths(first_month, values.shape[1])
    ends = np.cumsum(lengths)
    middles = ends - lengths / 2
    noons = np.arange(ends[-1]) + 0.5
    after = np.clip(np.searchsorted(middles, noons), 1, max(len(middles) - 1, 1))
    if len(middles) == 1:
        return np.repeat(values, ends[-1], axis=1)
    share = np.clip((noons - middles[after - 1]) / (middles[after] - middles[after - 1]), 0.0, 1.0)
    logs = np.log(values)
    return np.exp(logs[:, after - 1] * (1.0 - share) + logs[:, after] * share)


def _between(knots: FloatArray, lengths: NDArray[np.int64]) -> FloatArray:
    """Straight lines between knots that lie so many days apart; paths x days."""
    month = np.repeat(np.arange(lengths.size), lengths)
    begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    share = (np.arange(month.size) + 0.5 - begins[month]) / lengths[month]
    return np.asarray(knots[:, month] * (1.0 - share) + knots[:, month + 1] * share)
