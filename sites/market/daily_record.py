"""A history of the network as a model is calibrated on it: smooth enough to be a state, and never ahead of its day.

Every figure of a day is made of that day and earlier ones, so that a model calibrated on the record up to a day knows
what was known then.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sites.market.errors import MarketError
from sites.network import BLOCKS_PER_DAY, BLOCKS_PER_HALVING, KNOWN_BLOCKS, estimated_height, subsidy_btc
from sites.network_history import NetworkHistory
from sites.units import difficulty_to_eh_s

FloatArray = NDArray[np.float64]

# Blocks are found at random: their count says the network's hashrate to 2 % in two weeks, one retarget. [days]
NETWORK_DAYS = 14
# Hashprice and difficulty hardly depend on luck; a week takes out the fees of single days. [days]
WEEK = 7


@dataclass(frozen=True, eq=False)
class DailyRecord:
    """One number per day in every array.

    days : since 1970, without a gap.
    price : logarithm of the price of one BTC. [log USD]
    network : of the network's mean hashrate in the last two weeks. [log EH/s]
    difficulty : of the hashrate with which the difficulty is in balance. [log EH/s]
    hashprice : of the mean of the last week. [log USD/(PH/s day)]
    paid : hashprice of the day itself; NaN where it is unknown. [USD/(PH/s day)]
    height : of the chain when the day ends. [blocks]
    fee_share : fees per total reward. [fraction]
    """

    days: FloatArray
    price: FloatArray
    network: FloatArray
    difficulty: FloatArray
    hashprice: FloatArray
    paid: FloatArray
    height: FloatArray
    fee_share: FloatArray

    @classmethod
    def of(cls, history: NetworkHistory) -> DailyRecord:
        """The record of a history, from the first day with price and hashrate on; unknown days hold the last value.

        Raises
        ------
        MarketError : there is no such day.
        """
        paid = history.hashprice()
        known = np.flatnonzero(np.isfinite(history.frame["price_usd"]) & np.isfinite(history.frame["network_eh_s"]))
        if not known.size:
            raise MarketError("has a history without price and hashrate on one day", "daily price and hashrate")
        held = history.frame.iloc[known[0] :].ffill()
        paid = paid.iloc[known[0] :]
        fees = held["fees_btc"].fillna(0.0)
        days = held.index.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64).astype(np.float64)
        blocks = _blocks(held, days, has_fees=history.has_fees)
        network = held["network_eh_s"]
        if held["difficulty"].notna().any():
            balanced = difficulty_to_eh_s(held["difficulty"].bfill().to_numpy())
        else:
            # Where the blocks of a day are not known, hashrate and difficulty cannot be told apart within a retarget.
            window = WEEK if blocks.nunique() > 1 else NETWORK_DAYS
            balanced = _mean(network, window) / (_mean(blocks, window) / BLOCKS_PER_DAY)
        return cls(
            days=days,
            price=np.log(held["price_usd"].to_numpy()),
            network=np.log(_mean(network, NETWORK_DAYS)),
            difficulty=np.log(np.asarray(balanced, dtype=np.float64)),
            hashprice=np.log(_mean(paid.ffill().bfill(), WEEK)),
            paid=paid.to_numpy(dtype=np.float64),
            height=_heights(blocks.to_numpy(), days),
            fee_share=(fees / (held["subsidy_btc"] + fees)).fillna(0.0).to_numpy(dtype=np.float64),
        )

    def before(self, day: date) -> DailyRecord:
        """What was known before a day began."""
        return self.first(int(np.searchsorted(self.days, _number(day))))

    def first(self, count: int) -> DailyRecord:
        """The first so many days."""
        return DailyRecord(**{field.name: getattr(self, field.name)[:count] for field in fields(self)})

    @property
    def last_day(self) -> date:
        """The last day of the record."""
        return date(1970, 1, 1) + timedelta(days=int(self.days[-1]))

    @property
    def months(self) -> NDArray[np.int64]:
        """Month of every day, as numbered by :mod:`sites.months`."""
        return np.asarray(self.days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12)

    @property
    def month_ends(self) -> NDArray[np.int64]:
        """Positions of the last days of calendar months."""
        following = (self.days + 1.0).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
        return np.flatnonzero(following != self.months)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _mean(series: pd.Series, days: int) -> FloatArray:
    """Mean of the last days, of fewer where the record begins."""
    return np.asarray(series.rolling(days, min_periods=1).mean().to_numpy(dtype=np.float64))


def _blocks(held: pd.DataFrame, days: FloatArray, *, has_fees: bool) -> pd.Series:
    """Blocks of every day: what was paid, per subsidy. Where fees hide in the subsidy it tells nothing of them."""
    if not has_fees:
        return pd.Series(np.full(days.size, BLOCKS_PER_DAY), index=held.index)
    halvings = [_number(day) for height, day in KNOWN_BLOCKS if height and height % BLOCKS_PER_HALVING == 0]
    era = np.searchsorted(np.array(halvings, dtype=np.float64), days, side="right")
    per_block = np.array([subsidy_btc(int(number) * BLOCKS_PER_HALVING) for number in range(len(halvings) + 1)])[era]
    blocks = (held["subsidy_btc"] / per_block).astype(np.float64)
    # The day of a halving pays both subsidies.
    is_mixed = np.isin(days, np.array(halvings, dtype=np.float64))
    return blocks.mask(pd.Series(is_mixed, index=held.index)).ffill().fillna(BLOCKS_PER_DAY)


def _heights(blocks: FloatArray, days: FloatArray) -> FloatArray:
    """Height of the chain when each day ends: counted from the last block before it whose day is known."""
    first = date(1970, 1, 1) + timedelta(days=int(days[0]))
    anchors = [(days[0], float(estimated_height(first)))]
    anchors += [(float(_number(day)), float(height)) for height, day in KNOWN_BLOCKS if _number(day) > days[0]]
    found = np.cumsum(blocks)
    heights = np.empty(days.size)
    for day, height in anchors:
        after = np.flatnonzero(days >= day)
        if after.size:
            # A block whose day is known is taken to be found at noon.
            heights[after] = height + found[after] - found[after[0]] + blocks[after[0]] / 2.0
    return heights
