"""The made price shapes have the published statistics, and the bundled files are exactly what is made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sites.bundled import portfolio_path
from sites.hashprice_shape import hashprice_usd_per_ph_day
from sites.market_shapes import MARKET_YEARS, MarketYear
from sites.months import month_number
from sites.price_shapes import ShapeError, price_shape, write_bundled

# A price is rounded to cents, so a mean of thousands of them is within a small part of one.
CENT = 0.01
LARGEST_FILE_BYTES = 300_000

every_market = pytest.mark.parametrize("market", MARKET_YEARS, ids=lambda market: f"{market.id}-{market.year}")


def test_the_bundled_files_are_made_again_byte_for_byte(tmp_path: Path) -> None:
    """Running the generator gives the files of the package, all of them and no others."""
    made = write_bundled(tmp_path)
    for path in made:
        committed = portfolio_path(path.relative_to(tmp_path).parts[0]).parent / path.relative_to(tmp_path)
        assert path.read_bytes() == committed.read_bytes(), path.name
        assert path.stat().st_size < LARGEST_FILE_BYTES
    home = portfolio_path("tiny").parent
    assert {path.relative_to(tmp_path) for path in made} == {path.relative_to(home) for path in home.rglob("*.csv")}


@every_market
def test_a_shape_has_the_published_statistics(market: MarketYear) -> None:
    """Mean, extremes, percentiles and the counts of negative and scarcity hours are those typed in."""
    prices = price_shape(market).prices
    assert prices.mean() == pytest.approx(market.mean, abs=CENT)
    assert (prices.min(), prices.max()) == (market.lowest, market.highest)
    assert int((prices < 0).sum()) == market.hours_below_0
    assert int((prices > 200).sum()) == market.hours_above_200
    for percent, price in market.percentiles:
        assert np.percentile(prices, percent) == pytest.approx(price, rel=0.01, abs=0.5)


@every_market
def test_a_shape_has_the_days_and_seasons_of_its_market(market: MarketYear) -> None:
    """Dear hours of the day and dear months are where the published medians have them."""
    shape = price_shape(market)
    by_hour = np.median(shape.prices.reshape(-1, 24), axis=0)
    by_month = [float(np.median(shape.month_prices(market.year, month))) for month in range(1, 13)]
    assert np.corrcoef(by_hour, market.by_hour)[0, 1] > 0.9
    assert np.corrcoef(by_month, market.by_month)[0, 1] > 0.6


def test_neighbouring_hours_are_alike() -> None:
    """Prices persist from hour to hour, about as much as real ones: between 0.7 and 0.9 within -50 to 150 USD/MWh."""
    for market in MARKET_YEARS:
        prices = np.clip(price_shape(market).prices, -50, 150)
        assert 0.7 < np.corrcoef(prices[1:], prices[:-1])[0, 1] < 0.92


def test_another_seed_gives_other_hours_with_the_same_distribution() -> None:
    """Only the order depends on the random weather."""
    market = MARKET_YEARS[0]
    one, other = price_shape(market).prices, price_shape(replace(market, seed=1)).prices
    assert not np.array_equal(one, other)
    assert np.array_equal(np.sort(one), np.sort(other))


def test_statistics_that_contradict_each_other_are_refused() -> None:
    """A mean that no scarcity tail can reach is an error that says what it would take."""
    with pytest.raises(ShapeError, match=r"ercot-west 2024: 62 scarcity hours would have to average .* mean of 300"):
        price_shape(replace(MARKET_YEARS[0], mean=300.0))


@pytest.mark.parametrize(
    ("month", "price"),
    [
        ("2027-01", 32.0),
        ("2027-02", 32.0 * 0.9985),
        ("2028-04", 32.0 * 0.9985**15 * 0.825),  # half the month at the full price, half at 65 %
        ("2028-05", 32.0 * 0.9985**16 * 0.65),
        ("2029-05", 32.0 * 0.9985**28 * 0.85),
        ("2032-05", 32.0 * 0.9985**64 * 0.85 * 0.65),
    ],
)
def test_the_hashprice_path_by_hand(month: str, price: float) -> None:
    """Level, trend, the fall at a halving and the recovery after a year."""
    assert hashprice_usd_per_ph_day(month_number(month)) == pytest.approx(price, rel=1e-12)
