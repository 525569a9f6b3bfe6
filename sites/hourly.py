"""Hourly power prices of whole calendar years: reading them from files, holding them, writing them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sites.findings import PortfolioError
from sites.months import days_in_month

FloatArray = npt.NDArray[np.float64]

HOURS_PER_DAY = 24


class PriceFileError(PortfolioError):
    """The files of a price series cannot be used; ``findings`` lists everything that is wrong with them."""


class PriceSeriesError(ValueError):
    """Prices given from Python do not fill the years they are said to be of."""


@dataclass(frozen=True, eq=False)
class HourlyPrices:
    """Power prices of one or more whole calendar years, in local wall-clock hours, every day of 24 hours.

    id : name by which a site's power means this series.
    years : the calendar years, ascending and without a gap.
    prices : one price per hour of all years, in time order. [USD/MWh]
    cleaning : account of every repair, one sentence each, in time order; empty when nothing was repaired.
    notes : what else is to be known of the prices, such as rows that were left out, or that they are those of a hub.

    Raises
    ------
    PriceSeriesError : the prices are not one finite number for every hour of the years.
    """

    id: str
    years: tuple[int, ...]
    prices: FloatArray
    cleaning: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that the prices fill the years, and keep them from being changed."""
        hours = sum(hours_in_year(year) for year in self.years)
        if not self.years or list(self.years) != list(range(self.years[0], self.years[0] + len(self.years))):
            raise PriceSeriesError(f"price series '{self.id}': expected consecutive years, not {list(self.years)}")
        if self.prices.shape != (hours,):
            raise PriceSeriesError(
                f"price series '{self.id}': expected {hours} hours for the years {list(self.years)}, "
                f"not an array of shape {self.prices.shape}"
            )
        if not np.isfinite(self.prices).all():
            raise PriceSeriesError(f"price series '{self.id}': every price must be a finite number")
        self.prices.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same prices under the same name; how they came about does not matter."""
        if not isinstance(other, HourlyPrices):
            return NotImplemented
        return self.id == other.id and self.years == other.years and np.array_equal(self.prices, other.prices)

    def __hash__(self) -> int:
        """Equal series have equal hashes."""
        return hash((self.id, self.years))

    def month_prices(self, year: int, month: int) -> FloatArray:
        """Prices of one month of a source year (month 1..12), one per hour, in time order. [USD/MWh]

        KeyError when the series does not hold the year.
        """
        if year not in self.years:
            raise KeyError(year)
        first = sum(hours_in_year(earlier) for earlier in self.years if earlier < year)
        first += sum(_hours_in_month(year, earlier) for earlier in range(1, month))
        return self.prices[first : first + _hours_in_month(year, month)]

    def source_year(self, calendar_year: int, start_year: int) -> int:
        """The year of the series that stands for a calendar year of a horizon that begins in ``start_year``."""
        return self.years[(calendar_year - start_year) % len(self.years)]


def hours_in_year(year: int) -> int:
    """Hours of a calendar year, every day counted as 24 hours. [hours]"""
    return sum(_hours_in_month(year, month) for month in range(1, 13))


def _hours_in_month(year: int, month: int) -> int:
    return HOURS_PER_DAY * days_in_month(year * 12 + month - 1)


def read_hourly_prices(
    files: Sequence[Path],
    *,
    id: str,
    timezone: str = "",
    location: str = "",
    market: str = "",
    time: str = "",
    price: str = "",
    stamp: str = "",
    fx: float | str | Path | None = None,
    max_gap_hours: int = 3,
) -> HourlyPrices:
    """The price series in these files, cleaned to 24 wall-clock hours a day.

    Formats are told apart by their header: our own (``time,usd_per_mwh``, hour beginning) and those of
    :mod:`sites.price_formats`; so are CSV, gzip, zip, workbooks and Parquet by their content. Several files, such as
    the quarters of a year, make one series.

    timezone : zone whose wall clock counts, such as America/Chicago. Blank: that of the format, the one that the
        header names, or the wall clock as it is written.
    location : which location, where a file holds several.
    market : ``dam`` or ``rtm``, where a file holds both.
    time, price, stamp : for a file of no known format, the names of its time column (of its date and hour column,
        joined by a comma) and its price column, and whether times are the ``begin`` or the ``end`` of an interval.
    fx : USD per unit of the files' currency, or a CSV file of it by month (``month,usd_per_unit``).
    max_gap_hours : longest run of missing hours that is interpolated.

    Raises
    ------
    PriceFileError : a file is unreadable or of no known format, a cell is no price or time, an hour is there
        twice, a year is not whole, or what must be told about the files is not; lists all that was found.
    """
    from sites.price_import import import_prices

    return import_prices(
        files,
        id=id,
        timezone=timezone,
        location=location,
        market=market,
        time=time,
        price=price,
        stamp=stamp,
        fx=fx,
        max_gap_hours=max_gap_hours,
    ).prices


def hourly_csv(prices: HourlyPrices) -> str:
    """A series in our own format, so that reading it gives every price back bit by bit."""
    first = np.datetime64(f"{prices.years[0]:04d}-01-01T00:00", "m")
    stamps = first + np.arange(len(prices.prices)) * np.timedelta64(60, "m")
    rows = zip(np.datetime_as_string(stamps).tolist(), prices.prices.tolist(), strict=True)
    return "\n".join(["time,usd_per_mwh", *(f"{stamp},{price!r}" for stamp, price in rows)]) + "\n"


def write_hourly_csv(prices: HourlyPrices, path: Path) -> None:
    """Write a series in our own format; see :func:`hourly_csv`."""
    path.write_text(hourly_csv(prices), encoding="utf-8", newline="\n")
