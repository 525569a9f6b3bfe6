"""Whether a series has the size that its unit says: against public figures by year, and against other series.

Units of hashrate lie a factor of 1,000 apart, so a series in the wrong one is off by so much that a figure good to a
factor of 30 shows it. Nothing is ever repaired: a series that is off is refused, with the unit that would fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sites.findings import Finding
from sites.network_history.cells import EPOCH
from sites.network_history.quantities import UNITS, Quantity, Series, Unit
from sites.units import eh_s_to_difficulty

FloatArray = NDArray[np.float64]
DayArray = NDArray[np.int64]
Bounds = tuple[float, float]
# How a user tells what a file does not say, as hints put it before FILE=WORD.
SAY = "say it (--unit, or history_as of the settings' market):"
SAY_SERIES = "say it (--series, or history_as of the settings' market):"
# Half the distance between two units of hashrate, either way.
USUAL: Bounds = (10.0**-1.5, 10.0**1.5)
# A hashrate estimated from blocks is that of the difficulty but for luck and for its growth inside a retarget period.
OF_DIFFICULTY: Bounds = (0.5, 2.0)
# Miners get at least the subsidy of the blocks; in no year did fees double it (April 2024 and 2017 came closest).
OF_SUBSIDY: Mapping[Quantity, Bounds] = {
    Quantity.SUBSIDY: (0.5, 2.0),
    Quantity.FEES: (1e-5, 2.0),
    Quantity.REVENUE: (0.5, 4.0),
    Quantity.HASHPRICE: (0.5, 4.0),
}
# Two sources of one quantity: daily estimates of hashrate differ by a tenth from day to day, prices by the hour of day.
OF_ANOTHER_FILE: Bounds = (0.8, 1.25)

# Order of magnitude in January of each year: network hashrate [EH/s] and price [USD]. Medians of the month in the daily
# network data of github.com/SecretSatoshis/Bitcoin-Report-Library (22 Aug 2026), two digits; 2009 and 2010 are from the
# difficulty of those years (1 and 1.2, times 2^32 / 600) and, for the price, from the first traded days of July 2010.
JANUARY_EH_S: Mapping[int, float] = {
    2009: 7e-12, 2010: 8e-12, 2011: 1.5e-7, 2012: 9.4e-6, 2013: 2.2e-5, 2014: 0.015, 2015: 0.31, 2016: 0.87, 2017: 2.8,
    2018: 18, 2019: 42, 2020: 110, 2021: 150, 2022: 190, 2023: 270, 2024: 520, 2025: 780, 2026: 990,
}  # fmt: skip
JANUARY_USD: Mapping[int, float] = {
    2010: 0.05, 2011: 0.35, 2012: 6.3, 2013: 14, 2014: 820, 2015: 250, 2016: 410, 2017: 900, 2018: 13_000, 2019: 3_600,
    2020: 8_400, 2021: 34_000, 2022: 42_000, 2023: 21_000, 2024: 43_000, 2025: 100_000, 2026: 90_000,
}  # fmt: skip


def usual(quantity: Quantity, days: DayArray) -> FloatArray | None:
    """Order of magnitude of price, hashrate or difficulty on these days; None for other quantities."""
    if quantity is Quantity.PRICE:
        return _by_year(JANUARY_USD, days)
    if quantity is Quantity.HASHRATE:
        return _by_year(JANUARY_EH_S, days)
    if quantity is Quantity.DIFFICULTY:
        return np.asarray(eh_s_to_difficulty(_by_year(JANUARY_EH_S, days)))
    return None


def _by_year(figures: Mapping[int, float], days: DayArray) -> FloatArray:
    known = np.array([(date(year, 1, 16) - EPOCH).days for year in figures], dtype=np.float64)
    return np.exp(np.interp(days, known, np.log(list(figures.values()))))


def fault(
    series: Series, by_unit: Mapping[str, FloatArray], expected: FloatArray, bounds: Bounds, compared: str
) -> Finding | None:
    """What is wrong with a series whose median ratio to ``expected`` is outside bounds; None when it cannot be told.

    by_unit : its values, if it were in each of the quantity's units, on the days of ``expected``; NaN where unknown.
    compared : what it is compared with, for the message.
    """
    ratios = {name: median_ratio(values, expected) for name, values in by_unit.items()}
    own = ratios[series.column.unit.name]
    if np.isnan(own) or bounds[0] <= own <= bounds[1]:
        return None
    fitting = [name for name, ratio in ratios.items() if bounds[0] <= ratio <= bounds[1]]
    return _finding(series, own, compared, fitting)


def median_ratio(values: FloatArray, expected: FloatArray) -> float:
    """The median of the days' ratios; NaN where no day can be compared."""
    known = np.isfinite(values) & (expected > 0)
    return float(np.median(values[known] / expected[known])) if known.any() else float("nan")


def _finding(series: Series, ratio: float, compared: str, fitting: list[str]) -> Finding:
    unit, quantity = series.column.unit, series.column.quantity
    named = f" in {unit.name}" if len(UNITS[quantity]) > 1 else ""
    hint = f"no unit would make it fit; is it {quantity.value} at all?"
    if fitting:
        hint = f"{' or '.join(fitting)} would fit; if that is it, {SAY} {series.file}={fitting[0]}"
    return Finding(
        series.file,
        column=series.name,
        problem=f"read as {quantity.value}{named} is {_times(ratio)} {compared}; {first_and_last(series, unit)}",
        expected="values of the size that their unit says",
        hint=hint,
    )


def first_and_last(series: Series, unit: Unit) -> str:
    """The first and the last value as they stand in the file, for a message."""
    first, last = (series.values[at] / unit.factor for at in (0, -1))
    return f"its first value is {first:.6g}, its last {last:.6g}"


def _times(ratio: float) -> str:
    return f"{ratio:,.3g} times" if 0.01 < ratio < 1e4 else f"1e{round(np.log10(ratio)):+d} times"
