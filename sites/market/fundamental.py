"""Hashprice that follows from price, network hashrate and fees: blocks, halvings and retargets played day by day.

A hash earns the same whatever the pace of blocks, so hashprice goes with the difficulty, not with the hashrate: until
the next retarget a network that grows finds blocks faster, reaches halvings earlier and is paid more in all. Every 2016
blocks the difficulty is set anew by :func:`sites.network.retarget_ratio`, within a quarter to four times of the last.

Time runs in days of equal hashrate, price and fees; retargets and halvings fall where they fall inside a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sites.market.interpolation import daily_between_ends, first_day, month_lengths, month_of_days
from sites.network import (
    BLOCKS_PER_DAY,
    BLOCKS_PER_HALVING,
    BLOCKS_PER_RETARGET,
    hashprice_at_difficulty_usd_per_ph_day,
    retarget_ratio,
    subsidy_btc,
)
from sites.units import QuantityError, difficulty_to_eh_s, require_range

FloatArray = NDArray[np.float64]

# Paths that are played side by side: enough to keep numpy busy, few enough for the memory of the processor.
PATHS_AT_ONCE = 1_000
_SMALLEST = float(np.nextafter(0.0, 1.0))


@dataclass(frozen=True, eq=False)
class MonthlyHashprice:
    """What the played blocks come to by calendar month; all arrays are paths x months.

    first_month : month of the first day, as numbered by :mod:`sites.months`.
    usd_per_ph_day : mean over the month's days. [USD/(PH/s day)]
    difficulty : mean over the month's days. [-]
    last_height : of the chain when the last day ends, one per path. [blocks]
    """

    first_month: int
    usd_per_ph_day: FloatArray
    difficulty: FloatArray
    last_height: FloatArray


def hashprice_path(
    price_usd: FloatArray,
    network_eh_s: FloatArray,
    fee_share: FloatArray,
    *,
    start_day: date,
    start_height: float,
    start_difficulty: FloatArray | float,
) -> MonthlyHashprice:
    """Hashprice by month of daily paths of price, hashrate and fees.

    Parameters
    ----------
    price_usd : paths x days, > 0. [USD]
    network_eh_s : paths x days, > 0. [EH/s]
    fee_share : fees per total reward; paths x days, 0 to below 1, or anything that broadcasts to it. [fraction]
    start_day : the first day; days run on from it in the calendar, the last month may be in part.
    start_height : of the chain when the first day begins. [blocks]
    start_difficulty : in force then; one number or one per path. [-]

    Notes
    -----
    The blocks found since the last retarget before ``start_height`` are taken to have come at the pace of the first
    day. Daily paths are large (10,000 of ten years: 0.3 GB each); :func:`hashprice_of_month_ends` needs only monthly
    ones.

    Raises
    ------
    QuantityError : a price, hashrate or fee share that cannot be, paths of different shapes, or days on which there
        is no subsidy any more.
    """
    price = np.atleast_2d(np.asarray(price_usd, dtype=np.float64))
    network = np.atleast_2d(np.asarray(network_eh_s, dtype=np.float64))
    if price.shape != network.shape:
        raise QuantityError(f"price has paths x days {price.shape} and hashrate {network.shape}, expected the same")
    fees = np.broadcast_to(np.asarray(fee_share, dtype=np.float64), price.shape)
    require_range("price_usd", price, least=_SMALLEST, most=1e12, unit="USD")
    require_range("network_eh_s", network, least=_SMALLEST, most=1e9, unit="EH/s")
    difficulty = np.broadcast_to(np.asarray(start_difficulty, dtype=np.float64), price.shape[:1])
    require_range("start_difficulty", difficulty, least=_SMALLEST, most=1e30, unit="")
    months = month_of_days(start_day, price.shape[1])
    parts = [
        _monthly(price[rows], network[rows], fees[rows], months, _Chain.at(float(start_height), difficulty[rows]))
        for rows in (slice(at, at + PATHS_AT_ONCE) for at in range(0, len(price), PATHS_AT_ONCE))
    ]
    by_kind = [np.concatenate(kind) for kind in zip(*parts, strict=True)]
    return MonthlyHashprice(int(months[0]), *by_kind)


def hashprice_of_month_ends(
    *,
    start_price_usd: FloatArray | float,
    price_usd: FloatArray,
    start_network_eh_s: FloatArray | float,
    network_eh_s: FloatArray,
    fee_share: FloatArray | float,
    first_month: int,
    start_height: float,
    start_difficulty: FloatArray | float,
) -> MonthlyHashprice:
    """Hashprice by month of paths that are known at the ends of months, as simulations give them.

    Parameters
    ----------
    start_price_usd, start_network_eh_s : when the first month begins; one number or one per path. [USD], [EH/s]
    price_usd, network_eh_s : at the end of each month; paths x months, > 0. Between them the logarithm runs straight.
    fee_share : of each month; paths x months, or anything that broadcasts to it. [fraction]
    first_month : as numbered by :mod:`sites.months`.
    start_height, start_difficulty : as in :func:`hashprice_path`.

    Raises
    ------
    QuantityError : as in :func:`hashprice_path`.
    """
    price, network = np.atleast_2d(price_usd), np.atleast_2d(network_eh_s)
    if price.shape != network.shape:
        raise QuantityError(f"price has paths x months {price.shape} and hashrate {network.shape}, expected the same")
    fees = np.broadcast_to(np.asarray(fee_share, dtype=np.float64), price.shape)
    starts, difficulty = (
        [np.broadcast_to(np.asarray(one, dtype=np.float64), price.shape[:1]) for one in pair]
        for pair in ((start_price_usd, start_network_eh_s), (start_difficulty,))
    )
    lengths = month_lengths(first_month, price.shape[1])
    parts = []
    for at in range(0, len(price), PATHS_AT_ONCE):
        rows = slice(at, at + PATHS_AT_ONCE)
        parts.append(
            hashprice_path(
                daily_between_ends(starts[0][rows], price[rows], first_month),
                daily_between_ends(starts[1][rows], network[rows], first_month),
                np.repeat(fees[rows], lengths, axis=1),
                start_day=first_day(first_month),
                start_height=start_height,
                start_difficulty=difficulty[0][rows],
            )
        )
    return MonthlyHashprice(
        first_month,
        np.concatenate([part.usd_per_ph_day for part in parts]),
        np.concatenate([part.difficulty for part in parts]),
        np.concatenate([part.last_height for part in parts]),
    )


def _monthly(
    price: FloatArray, network: FloatArray, fees: FloatArray, months: NDArray[np.int64], chain: _Chain
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Hashprice and difficulty by month, and the last height, of a few paths."""
    by_day = np.ascontiguousarray(network.T)
    subsidy_per_difficulty = np.empty_like(by_day)
    difficulty = np.empty_like(by_day)
    for day, network_today in enumerate(by_day):
        chain.advance(network_today, subsidy_per_difficulty[day], difficulty[day])
    if not subsidy_per_difficulty.all():
        raise QuantityError("the paths reach blocks without a subsidy, of which fees cannot be a share")
    # A block of one BTC at difficulty D / subsidy pays a hash what the block of that subsidy pays it at D.
    hashprice = hashprice_at_difficulty_usd_per_ph_day(
        btc_price_usd=price.T, difficulty=1.0 / subsidy_per_difficulty, subsidy_btc_per_block=1.0, fee_share=fees.T
    )
    starts = np.flatnonzero(np.diff(months, prepend=months[0] - 1))
    counts = np.diff(starts, append=months.size)[:, None]
    return (
        (np.add.reduceat(hashprice, starts) / counts).T,
        (np.add.reduceat(difficulty, starts) / counts).T,
        chain.height,
    )


@dataclass
class _Chain:
    """Where the chain of each path stands; all arrays have one value per path.

    height : blocks found, the last one in part.
    elapsed : time since the last retarget; NaN before the first day. [days]
    next_retarget, next_halving : heights of the first block under the new rule.
    """

    height: FloatArray
    difficulty: FloatArray
    subsidy: FloatArray
    elapsed: FloatArray
    next_retarget: FloatArray
    next_halving: FloatArray

    @classmethod
    def at(cls, height: float, difficulty: FloatArray) -> _Chain:
        """All paths at one height, each at its difficulty."""
        return cls(
            height=np.full(difficulty.size, height),
            difficulty=difficulty.copy(),
            subsidy=np.full(difficulty.size, subsidy_btc(int(height))),
            elapsed=np.full(difficulty.size, np.nan),
            next_retarget=np.full(difficulty.size, _following(height, BLOCKS_PER_RETARGET)),
            next_halving=np.full(difficulty.size, _following(height, BLOCKS_PER_HALVING)),
        )

    def advance(self, network: FloatArray, subsidy_per_difficulty: FloatArray, difficulty: FloatArray) -> None:
        """One day on; writes the day's means of subsidy over difficulty [BTC] and of difficulty into the last two.

        network : hashrate of the day, one per path. [EH/s]
        """
        pace = self._pace(network, self.difficulty)
        if np.isnan(self.elapsed[0]):
            self.elapsed = (self.height % BLOCKS_PER_RETARGET) / pace
        np.divide(self.subsidy, self.difficulty, out=subsidy_per_difficulty)
        difficulty[:] = self.difficulty
        eventful = np.flatnonzero(self.height + pace >= np.minimum(self.next_retarget, self.next_halving))
        if eventful.size:
            turned = self._turned(eventful, network[eventful])
            subsidy_per_difficulty[eventful], difficulty[eventful] = turned
            pace[eventful] = 0.0
            self.elapsed[eventful] -= 1.0
        self.height += pace
        self.elapsed += 1.0

    @staticmethod
    def _pace(network: FloatArray, difficulty: FloatArray) -> FloatArray:
        """Blocks a day that this hashrate finds at this difficulty."""
        return np.asarray(BLOCKS_PER_DAY * network / difficulty_to_eh_s(difficulty))

    def _turned(self, rows: NDArray[np.int64], network: FloatArray) -> tuple[FloatArray, FloatArray]:
        """A day of the paths on which a retarget or a halving falls; their means as in :meth:`advance`."""
        left = np.ones(rows.size)
        paid, mean = np.zeros(rows.size), np.zeros(rows.size)
        while left.any():
            pace = self._pace(network, self.difficulty[rows])
            event = np.minimum(self.next_retarget[rows], self.next_halving[rows])
            until = (event - self.height[rows]) / pace
            is_reached = until <= left
            spent = np.where(is_reached, until, left)
            paid += spent * self.subsidy[rows] / self.difficulty[rows]
            mean += spent * self.difficulty[rows]
            self.elapsed[rows] += spent
            self.height[rows] = np.where(is_reached, event, self.height[rows] + pace * spent)
            left = np.where(is_reached, left - spent, 0.0)
            self._turn(rows[is_reached])
        return paid, mean

    def _turn(self, rows: NDArray[np.int64]) -> None:
        """The rules change at the heights that these paths have just reached."""
        halved = rows[self.height[rows] >= self.next_halving[rows]]
        self.next_halving[halved] += BLOCKS_PER_HALVING
        self.subsidy[halved] = subsidy_btc(self.height[halved].astype(np.int64))
        retargeted = rows[self.height[rows] >= self.next_retarget[rows]]
        self.next_retarget[retargeted] += BLOCKS_PER_RETARGET
        self.difficulty[retargeted] *= retarget_ratio(self.elapsed[retargeted])
        self.elapsed[retargeted] = 0.0


def _following(height: float, blocks: int) -> float:
    """The next height above this one at which a period of so many blocks is over."""
    return (height // blocks + 1) * blocks
