"""The months of a plan, for the replay."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.proving.replay_frames import FloatArray, IntArray
from sites.portfolio import Portfolio


@dataclass(frozen=True)
class Calendar:
    """The months of a plan, numbered t = 0, 1, ... from its start.

    first_year, first_month : calendar month of t = 0; months : length of the horizon.
    """

    first_year: int
    first_month: int
    months: int

    def year_and_month(self, t: int) -> tuple[int, int]:
        """Calendar year and month (1 to 12) of month t, which may lie outside the horizon."""
        years, month = divmod(self.first_month - 1 + t, 12)
        return self.first_year + years, month + 1

    def label(self, t: int) -> str:
        """`YYYY-MM` of month t."""
        return "{:04d}-{:02d}".format(*self.year_and_month(t))

    def position(self, label: str) -> int:
        """Month t of a `YYYY-MM` label."""
        year, month = label.split("-")
        return (int(year) - self.first_year) * 12 + int(month) - self.first_month

    def hours(self, t: int) -> float:
        """Hours of month t, 24 every day. [h]"""
        return 24.0 * calendar.monthrange(*self.year_and_month(t))[1]

    def discount(self, annual_rate: float, t: IntArray) -> FloatArray:
        """Mid-month discount factors. [-]"""
        return np.asarray((1.0 + annual_rate) ** (-(t + 0.5) / 12.0), dtype=np.float64)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The horizon's months as labels."""
        return tuple(self.label(t) for t in range(self.months))


def calendar_of(portfolio: Portfolio) -> Calendar:
    """The months of a portfolio's horizon."""
    year, month = portfolio.settings.start.split("-")
    return Calendar(int(year), int(month), portfolio.settings.months)
