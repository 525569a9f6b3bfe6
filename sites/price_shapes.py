"""Hourly price shapes made from public statistics, and the price files of the bundled portfolios made of them.

No row of a real market file is copied. A shape is made in two steps:

1. When is power dear? Every hour gets a score: the median of its month plus the median of its hour of the day (solar
   noon low, evening high), a weekend's discount, and two random processes that wander back to zero, a slow one for
   wind and temperature and a fast one for outages and ramps.
2. How dear is it? The hours are ranked by score, and the hour of rank k gets the k-th cheapest price of a year with
   the published statistics: so many hours below zero down to the lowest price, the published percentiles with
   lines between them (of the logarithm above the median), so many hours above 200 USD/MWh up to the highest price.
   How steeply the scarcity hours rise is chosen so that the year's mean is the published one.

So the mean, the extremes, the percentiles and the counts of negative and scarcity hours are those of the market, while
the order of the hours is made up. ``python -m sites.price_shapes [FOLDER]`` writes all bundled files again, by
default over those in the package; they do not depend on the machine.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from sites.hashprice_shape import write_futures_csv, write_hashprice_csv
from sites.hourly import FloatArray, HourlyPrices, hours_in_year, write_hourly_csv
from sites.market_shapes import MARKET_YEARS, MarketYear

HOURS_PER_DAY = 24
SCARCITY_USD_PER_MWH = 200.0
WEEKEND_DISCOUNT_USD_PER_MWH = 2.0
# Share of the last hour's weather that is left in the next: half of it is gone after a day, and after two hours.
SLOW_MEMORY = 0.5 ** (1 / 24)
FAST_MEMORY = 0.5 ** (1 / 2)
# The scarcity curve is 200 * (highest / 200) ** (u ** power); these powers give a tail of nearly no and of full height.
STEEPEST_TAIL = 60.0
FLATTEST_TAIL = 0.02
BISECTIONS = 60

# Portfolio, first month and length of its hashprice path, and the price files (series, year) that it brings.
BUNDLED: tuple[tuple[str, str, int, tuple[tuple[str, int], ...]], ...] = (
    ("crossroads", "2027-01", 64, ()),
    ("single-site", "2027-01", 120, (("ercot-west", 2024), ("ercot-west", 2025))),
    ("deal-desk", "2027-01", 180, (("ercot-west", 2024), ("ercot-west", 2025))),
    ("north-america", "2027-01", 180, tuple((market.id, market.year) for market in MARKET_YEARS)),
)

WITH_FUTURES = frozenset({"crossroads"})


class ShapeError(ValueError):
    """The statistics of a market year contradict each other, so that no prices have them all."""


def price_shape(market: MarketYear) -> HourlyPrices:
    """Hourly prices with the statistics of a market year, rounded to cents.

    Raises
    ------
    ShapeError : no scarcity tail between 200 USD/MWh and the highest price gives the mean.
    """
    order = np.argsort(_scores(market), kind="stable")
    prices = np.empty(len(order))
    prices[order] = _sorted_prices(market, len(order))
    return HourlyPrices(id=market.id, years=(market.year,), prices=np.round(prices, 2) + 0.0)


def _scores(market: MarketYear) -> FloatArray:
    """How dear each hour of the year tends to be, in time order. [USD/MWh, up to the ranks' mapping]"""
    hours = hours_in_year(market.year)
    times = np.datetime64(f"{market.year:04d}-01-01T00", "h") + np.arange(hours)
    month = times.astype("datetime64[M]").astype(np.int64) % 12
    day = times.astype("datetime64[D]").astype(np.int64)
    weekend = (day + 3) % 7 >= 5  # day 0, 1970-01-01, was a Thursday
    expected = np.array(market.by_month)[month] + np.array(market.by_hour)[np.arange(hours) % HOURS_PER_DAY]
    # RandomState's stream is frozen by numpy's compatibility promise; that of default_rng is not.
    random = np.random.RandomState(market.seed)
    slow = market.slow_noise * _wandering(random.standard_normal(hours), SLOW_MEMORY)
    fast = market.fast_noise * _wandering(random.standard_normal(hours), FAST_MEMORY)
    scores: FloatArray = expected - WEEKEND_DISCOUNT_USD_PER_MWH * weekend + slow + fast
    return scores


def _wandering(shocks: FloatArray, memory: float) -> FloatArray:
    """A process of variance 1 that keeps the share ``memory`` of its last value and adds a fresh shock."""
    values = np.empty_like(shocks)
    value = 0.0
    fresh = float(np.sqrt(1 - memory**2))
    for hour, shock in enumerate(shocks.tolist()):
        value = memory * value + fresh * shock
        values[hour] = value
    return values


def _sorted_prices(market: MarketYear, hours: int) -> FloatArray:
    """The year's prices, cheapest first. [USD/MWh]"""
    ordinary = _ordinary_prices(market, hours)
    missing = market.mean * hours - float(ordinary.sum())
    return np.concatenate((ordinary, _scarcity_prices(market, missing)))


def _ordinary_prices(market: MarketYear, hours: int) -> FloatArray:
    """The prices up to 200 USD/MWh, cheapest first: negative ones, then a curve through the percentiles."""
    negative = market.hours_below_0
    depth = np.arange(negative, 0, -1) / max(negative, 1)
    below = np.minimum(market.lowest * depth**market.negative_power, -0.01)
    ranks = [float(negative), *(percent / 100 * (hours - 1) for percent, _ in market.percentiles)]
    prices = [max(market.lowest, 0.0), *(price for _, price in market.percentiles)]
    first_scarce = hours - market.hours_above_200
    ranks.append(float(first_scarce))
    prices.append(SCARCITY_USD_PER_MWH)
    places = np.arange(negative, first_scarce)
    lines = np.interp(places, ranks, prices)
    # Dear hours thin out faster than a line: above the median the logarithm of the price is interpolated.
    curves = np.exp(np.interp(places, ranks, np.log(np.maximum(prices, 1.0))))
    above = np.where(places < hours / 2, lines, curves)
    return np.concatenate((below, above))


def _scarcity_prices(market: MarketYear, total: float) -> FloatArray:
    """The prices above 200 USD/MWh, cheapest first, with this sum. [USD/MWh]"""
    place = np.arange(1, market.hours_above_200 + 1) / market.hours_above_200
    height = market.highest / SCARCITY_USD_PER_MWH

    def tail(power: float) -> FloatArray:
        curve: FloatArray = np.maximum(SCARCITY_USD_PER_MWH * height ** (place**power), SCARCITY_USD_PER_MWH + 0.01)
        return curve

    steep, flat = STEEPEST_TAIL, FLATTEST_TAIL
    if not float(tail(steep).sum()) <= total <= float(tail(flat).sum()):
        raise ShapeError(
            f"{market.id} {market.year}: {market.hours_above_200} scarcity hours would have to average "
            f"{total / market.hours_above_200:.2f} USD/MWh for a mean of {market.mean}"
        )
    for _ in range(BISECTIONS):
        middle = (steep + flat) / 2
        steep, flat = (middle, flat) if float(tail(middle).sum()) < total else (steep, middle)
    return tail((steep + flat) / 2)


def write_bundled(folder: Path) -> list[Path]:
    """Write the price and hashprice files of the bundled portfolios below a folder, and name them."""
    shapes = {(market.id, market.year): price_shape(market) for market in MARKET_YEARS}
    written: list[Path] = []
    for portfolio, start, months, series in BUNDLED:
        prices = folder / portfolio / "prices"
        (prices if series else prices.parent).mkdir(parents=True, exist_ok=True)
        for name, year in series:
            path = prices / f"{name}-{year}.csv"
            write_hourly_csv(shapes[name, year], path)
            written.append(path)
        path = folder / portfolio / "hashprice.csv"
        (write_futures_csv if portfolio in WITH_FUTURES else write_hashprice_csv)(path, start, months)
        written.append(path)
    return written


def main(arguments: list[str]) -> None:
    """Write the bundled price files to the folder named on the command line, or over those of the package."""
    parser = argparse.ArgumentParser(prog="python -m sites.price_shapes", description=main.__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent / "portfolios")
    write_bundled(parser.parse_args(arguments).folder)


if __name__ == "__main__":
    main(sys.argv[1:])
