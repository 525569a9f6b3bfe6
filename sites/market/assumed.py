"""The fundamental model of the settings: its price, hashrate and fees by day, and the hashprice that follows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sites.market.errors import MarketError
from sites.market.fundamental import MonthlyHashprice, hashprice_path
from sites.market.interpolation import daily_between_middles, first_day, month_lengths
from sites.market_record import Market, MarketPoint
from sites.months import month_number
from sites.network import estimated_height
from sites.units import QuantityError, eh_s_to_difficulty

FloatArray = NDArray[np.float64]
# A Gregorian year, so that growth of ten years does not depend on how many of them are leap years.
DAYS_PER_YEAR = 365.2425


def assumed_hashprice(market: Market, first_month: int, months: int) -> MonthlyHashprice:
    """Hashprice of the months of a fundamental market, on one path.

    first_month : as numbered by :mod:`sites.months`.

    Raises
    ------
    MarketError : price, hashrate or fees are not given, or lead to a hashprice that cannot be.
    """
    days = int(month_lengths(first_month, months).sum())
    price = _daily(
        "btc_price_usd", market.btc_price_usd, market.btc_growth, market.btc_price_usd_by_month, first_month, months
    )
    network = _daily(
        "network_eh_s", market.network_eh_s, market.network_growth, market.network_eh_s_by_month, first_month, months
    )
    fees = _fees(market, first_month, months)
    start = first_day(first_month)
    height = float(estimated_height(start)) if market.block_height is None else float(market.block_height)
    difficulty = float(eh_s_to_difficulty(network[0, 0])) if market.difficulty is None else market.difficulty
    assert price.shape == network.shape == (1, days)
    try:
        return hashprice_path(price, network, fees, start_day=start, start_height=height, start_difficulty=difficulty)
    except QuantityError as error:
        raise MarketError(f"leads to a hashprice that cannot be ({error})", "paths of a possible size") from None


def assumed_btc_price(market: Market, first_month: int, months: int) -> FloatArray:
    """Price of one BTC in a fundamental market, mean of every month. [USD/BTC]

    Raises
    ------
    MarketError : the price is not given.
    """
    daily = _daily(
        "btc_price_usd", market.btc_price_usd, market.btc_growth, market.btc_price_usd_by_month, first_month, months
    )
    lengths = month_lengths(first_month, months)
    return np.asarray(np.add.reduceat(daily[0], np.cumsum(lengths) - lengths) / lengths)


def _daily(
    name: str, level: float | None, growth: float, points: Sequence[MarketPoint], first_month: int, months: int
) -> FloatArray:
    """A path by day: through its points, or from its level on with its growth; one path x days."""
    if points:
        # A month before and after, so that the first and last half months lie between two points too.
        around = np.arange(first_month - 1, first_month + months + 1)
        values = np.exp(np.interp(around, *_known(points, logarithm=True)))
        daily = daily_between_middles(values[None, :], first_month - 1)
        lengths = month_lengths(first_month - 1, months + 2)
        return daily[:, lengths[0] : -lengths[-1]]
    if level is None:
        raise MarketError(f"has no {name}", f"{name} or {name}_by_month")
    noons = np.arange(int(month_lengths(first_month, months).sum())) + 0.5
    return np.asarray(level * (1.0 + growth) ** (noons / DAYS_PER_YEAR))[None, :]


def _fees(market: Market, first_month: int, months: int) -> FloatArray:
    """Share of fees in the reward by day; one path x days. [fraction]"""
    lengths = month_lengths(first_month, months)
    if market.fee_share_by_month:
        shares = np.interp(np.arange(first_month, first_month + months), *_known(market.fee_share_by_month))
        return np.repeat(shares, lengths)[None, :]
    if market.fee_share is None:
        raise MarketError("has no fee_share", "fee_share or fee_share_by_month")
    return np.full((1, int(lengths.sum())), market.fee_share)


def _known(points: Sequence[MarketPoint], *, logarithm: bool = False) -> tuple[FloatArray, FloatArray]:
    months = np.array([month_number(point.month) for point in points], dtype=np.float64)
    values = np.array([point.value for point in points])
    return months, np.log(values) if logarithm else values
