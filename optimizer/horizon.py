"""The months of a plan: lengths, labels, years and discount factors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sites.months import hours_in_month, month_label, month_number
from sites.records import Settings

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

HOURS_PER_DAY = 24.0
USD_PER_USD_M = 1e6


def discount_factors(annual_rate: float, months: IntArray) -> FloatArray:
    """Mid-month discount factors of month indices, which may lie outside the horizon. [-]

    Notes
    -----
    d_t = (1 + r) ** (-(t + 0.5) / 12)
    """
    return np.asarray((1.0 + annual_rate) ** (-(months + 0.5) / 12.0), dtype=np.float64)


@dataclass(frozen=True)
class Horizon:
    """The planning months t = 0 .. T-1, counted from the settings' start."""

    first: int
    months: int
    discount_rate: float
    ai_rate: float

    @classmethod
    def of(cls, settings: Settings) -> Horizon:
        """The horizon that the settings ask for."""
        return cls(
            first=month_number(settings.start),
            months=settings.months,
            discount_rate=settings.discount_rate,
            ai_rate=settings.ai_rate,
        )

    def index(self, label: str) -> int:
        """Month index of a `YYYY-MM` label; negative before the start, T or more after the end."""
        return month_number(label) - self.first

    def label(self, index: int) -> str:
        """`YYYY-MM` label of a month index."""
        return month_label(self.first + index)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Labels of all planning months."""
        return tuple(self.label(t) for t in range(self.months))

    def calendar(self, index: int) -> tuple[int, int]:
        """Calendar year and month (1..12) of a month index."""
        year, month = divmod(self.first + index, 12)
        return year, month + 1

    def years_since_start(self, index: int) -> int:
        """Calendar years between the start's year and that of a month index. [years]"""
        return (self.first + index) // 12 - self.first // 12

    @cached_property
    def hours(self) -> FloatArray:
        """Hours of every planning month. [h]"""
        return np.array([hours_in_month(self.first + t) for t in range(self.months)], dtype=np.float64)

    @cached_property
    def discount(self) -> FloatArray:
        """Discount factors of all cash flows but those of AI offers. [-]"""
        return discount_factors(self.discount_rate, np.arange(self.months, dtype=np.int64))
