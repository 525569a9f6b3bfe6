"""The hashprice that a portfolio's market makes: one path to plan with, and random ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sites.market.assumed import assumed_btc_price, assumed_hashprice
from sites.market.errors import MarketError
from sites.market_record import Market
from sites.months import month_number
from sites.records import Risk, Settings

if TYPE_CHECKING:
    from sites.network_history import NetworkHistory

FloatArray = NDArray[np.float64]
# The mean of so many paths is known to about 1 % of the hashprice after ten years.
EXPECTED_PATHS = 2_000
_LIBRARIES = frozenset({"arch", "scoringrules", "statsmodels"})
_LIBRARIES_MISSING = "pip install wattsplit[forecast]"


@dataclass(frozen=True, eq=False)
class MarketPaths:
    """Equally likely paths over the horizon; all arrays are paths x months.

    hashprice : mean of each month. [USD/(PH/s day)]
    power_factor : of all power prices, around 1. [-] btc_price_usd : mean of each month. [USD/BTC]
    """

    hashprice: FloatArray
    power_factor: FloatArray
    btc_price_usd: FloatArray


def base_hashprice(settings: Settings, history: NetworkHistory | None, risk: Risk | None) -> FloatArray:
    """The path of the settings' market that is planned with: the fundamental one, or the mean of the random ones.

    risk : how many paths and from which seed; the defaults when absent. Returns one value per month.

    Raises
    ------
    MarketError : the model cannot be run on what is given.
    """
    market, first = _market(settings), month_number(settings.start)
    if market.model == "fundamental":
        return np.asarray(assumed_hashprice(market, first, settings.months).usd_per_ph_day[0])
    known = risk or Risk()
    drawn = stochastic_paths(settings, history, paths=known.paths or EXPECTED_PATHS, seed=known.seed)
    return np.asarray(drawn.hashprice.mean(axis=0))


def base_btc_price(settings: Settings, history: NetworkHistory | None, risk: Risk | None) -> FloatArray | None:
    """The price of one BTC on the path that is planned with, every month; None where the settings have no market.

    Raises
    ------
    MarketError : as `base_hashprice`.
    """
    market, first = _market(settings), month_number(settings.start)
    if market.model == "fundamental":
        return assumed_btc_price(market, first, settings.months)
    if market.model != "stochastic":
        return None
    known = risk or Risk()
    drawn = stochastic_paths(settings, history, paths=known.paths or EXPECTED_PATHS, seed=known.seed)
    return np.asarray(drawn.btc_price_usd.mean(axis=0))


def stochastic_paths(settings: Settings, history: NetworkHistory | None, *, paths: int, seed: int) -> MarketPaths:
    """Random paths of the settings' market; the same seed, the same paths.

    Raises
    ------
    MarketError : the market is not stochastic, its history does not suffice, or a library is missing.
    """
    market = _market(settings)
    if market.model != "stochastic":
        raise MarketError(f"is of the model {market.model}", "model: stochastic, which alone has random paths")
    if history is None:
        raise MarketError("has no history", "history: files of the network's daily history")
    return _drawn(market, history, month_number(settings.start), settings.months, paths, seed)


@contextmanager
def libraries_needed() -> Iterator[None]:
    """Around an import of the stochastic market: says what to install where a library of its extra is missing.

    Raises
    ------
    MarketError : a library is missing.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        problem = f"needs libraries that are not installed ({error.name})"
        raise MarketError(problem, "the libraries of the extra 'forecast'", _LIBRARIES_MISSING) from None


# What-ifs and sensitivities draw from one market again and again; the arrays of a few draws are kept.
@lru_cache(maxsize=4)
def _drawn(
    market: Market, history: NetworkHistory, first_month: int, months: int, paths: int, seed: int
) -> MarketPaths:
    with libraries_needed():
        # Here, because these libraries are an extra, and take a second to import.
        from sites.market.stochastic import market_paths
    drawn = market_paths(market, history, first_month=first_month, months=months, paths=paths, seed=seed)
    for array in (drawn.hashprice, drawn.power_factor, drawn.price_usd):
        array.flags.writeable = False
    return MarketPaths(drawn.hashprice, drawn.power_factor, drawn.price_usd)


def _market(settings: Settings) -> Market:
    return settings.market or Market()
