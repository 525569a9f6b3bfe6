"""Months of a site that one decision can serve, without any loss.

Within a run of months in which nothing that bounds a site changes - its capacity, its installed
fleets, the AI load it carries - and in which the fleets rank the same by margin, filling the
capacity left to mining in that order is optimal in every month. One variable per fleet then
stands for the whole run, its margin being the sum over the months. This holds only while no
limit looks at mining month by month; where one does, every month is its own period.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from optimizer.horizon import FloatArray, IntArray


@dataclass(frozen=True)
class SitePeriods:
    """The periods of all sites, site after site, each in time order.

    site : position of the period's site.
    first, end : the period holds the months first <= t < end.
    of_month : period of every site (row) and month (column).
    """

    site: IntArray
    first: IntArray
    end: IntArray
    of_month: IntArray


def rank_changes(gains: FloatArray) -> IntArray:
    """Months in which the earning fleets of a site are not the same, in the same order, as the month before.

    gains : margin of each fleet (row) in each month (column). [USD/MW-month]
    """
    order = np.argsort(-gains, axis=0, kind="stable")
    earning = np.take_along_axis(gains, order, axis=0) > 0.0
    ranking = np.where(earning, order, -1)
    return np.flatnonzero((ranking[:, 1:] != ranking[:, :-1]).any(axis=0)) + 1


def value_changes(values: FloatArray) -> IntArray:
    """Months in which any row's value differs from the month before."""
    rows = np.atleast_2d(values)
    return np.flatnonzero((rows[:, 1:] != rows[:, :-1]).any(axis=0)) + 1


def make_periods(months: int, breaks: Iterable[Iterable[int]]) -> SitePeriods:
    """Cut each site's horizon at its breaks.

    breaks : for each site, the months in which a new period begins; month 0 is understood.
    """
    site_of: list[int] = []
    first_of: list[int] = []
    end_of: list[int] = []
    rows = []
    for site, cuts in enumerate(breaks):
        firsts = sorted({0, *(cut for cut in cuts if 0 < cut < months)})
        ends = [*firsts[1:], months]
        rows.append(np.repeat(np.arange(len(first_of), len(first_of) + len(firsts)), np.subtract(ends, firsts)))
        site_of.extend([site] * len(firsts))
        first_of.extend(firsts)
        end_of.extend(ends)
    return SitePeriods(
        site=np.array(site_of, dtype=np.int64),
        first=np.array(first_of, dtype=np.int64),
        end=np.array(end_of, dtype=np.int64),
        of_month=np.array(rows, dtype=np.int64).reshape(-1, months),
    )
