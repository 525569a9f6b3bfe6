"""What the Bitcoin protocol pays, and to whom: subsidy, halvings, difficulty, and the hashprice that follows from them.

All functions are pure and take numbers or numpy arrays. The protocol's rules are those of Bitcoin Core
(``GetBlockSubsidy`` and ``CalculateNextWorkRequired``); dates of past halvings are UTC days of the block's time stamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sites.units import (
    Quantity,
    QuantityError,
    difficulty_to_eh_s,
    eh_s_to_ph_s,
    fee_share_to_fees_per_subsidy,
    plain,
    require_range,
)

Heights = int | NDArray[np.int64]
Days = date | NDArray[np.datetime64]

BLOCKS_PER_DAY = 144.0
BLOCKS_PER_HALVING = 210_000
BLOCKS_PER_RETARGET = 2_016
RETARGET_DAYS = 14.0
RETARGET_LEAST = 0.25
RETARGET_MOST = 4.0
FIRST_SUBSIDY_SATOSHI = 5_000_000_000
SATOSHI_PER_BTC = 100_000_000
# After 33 halvings less than one satoshi is left; Core shifts right, so the subsidy is zero from there on.
_LAST_HALVING = 33
_LARGEST_HEIGHT = 100_000_000

# Blocks whose UTC day is known: genesis, the four halvings, and the retarget of 8 August 2026 (the 477th; daily network
# data of github.com/SecretSatoshis/Bitcoin-Report-Library, 22 Aug 2026). The last one is where estimates start from.
KNOWN_BLOCKS: tuple[tuple[int, date], ...] = (
    (0, date(2009, 1, 3)),
    (210_000, date(2012, 11, 28)),
    (420_000, date(2016, 7, 9)),
    (630_000, date(2020, 5, 11)),
    (840_000, date(2024, 4, 20)),
    (961_632, date(2026, 8, 8)),
)
GENESIS_DAY = KNOWN_BLOCKS[0][1]


@dataclass(frozen=True, slots=True)
class HalvingEstimate:
    """The next halving, counted forward from a block at ten minutes a block.

    height : first block of the lower subsidy.
    day : UTC day on which it is expected.
    blocks_left : blocks until then, from the block given. [blocks]
    days_left : time until then. [days]
    subsidy_btc, next_subsidy_btc : subsidy before and after. [BTC per block]
    """

    height: int
    day: date
    blocks_left: int
    days_left: float
    subsidy_btc: float
    next_subsidy_btc: float


def subsidy_btc(height: Heights) -> Quantity:
    """Subsidy of the block at this height: 50 BTC, halved every 210,000 blocks, cut to whole satoshi. [BTC per block]

    Raises
    ------
    QuantityError : a height is negative, or beyond any block that could be meant.
    """
    heights = np.asarray(height, dtype=np.int64)
    require_range("block height", heights.astype(np.float64), least=0, most=_LARGEST_HEIGHT, unit="blocks")
    halvings = np.minimum(heights // BLOCKS_PER_HALVING, _LAST_HALVING)
    satoshi = np.right_shift(np.int64(FIRST_SUBSIDY_SATOSHI), halvings)
    return plain(np.asarray(satoshi / SATOSHI_PER_BTC, dtype=np.float64))


def subsidy_paid_btc(*, first_height: int, blocks: int) -> float:
    """Subsidy of consecutive blocks together, exact across a halving. [BTC]

    The day of a halving pays two subsidies. From 20 April 2024 (block 840,000) the public record has 421.875 BTC: as
    much as 135 blocks of 3.125 BTC, or fewer blocks of which the first ones still paid 6.25.
    """
    heights = np.arange(first_height, first_height + blocks, dtype=np.int64)
    return float(np.sum(subsidy_btc(heights)))


def estimated_height(day: Days) -> Quantity:
    """Height of the chain at noon UTC of a day: between known blocks in a straight line, after them 144 blocks a day.

    Between known blocks it is off by at most some 11,000 blocks (79 days) from 2013 on; on their days it is exact.

    Raises
    ------
    QuantityError : the day is before the first block.
    """
    days = np.asarray(day, dtype="datetime64[D]").astype(np.int64).astype(np.float64)
    known_days = np.array([_ordinal(known) for _, known in KNOWN_BLOCKS])
    known_heights = np.array([float(height) for height, _ in KNOWN_BLOCKS])
    if np.any(days < known_days[0]):
        raise QuantityError(f"a day before the first block, which is of {GENESIS_DAY.isoformat()}")
    beyond = np.maximum(days - known_days[-1], 0.0) * BLOCKS_PER_DAY
    return plain(np.asarray(np.interp(days, known_days, known_heights) + beyond, dtype=np.float64))


def estimated_date(height: int) -> date:
    """UTC day on which the chain reaches a height; the inverse of :func:`estimated_height`.

    Raises
    ------
    QuantityError : the height is negative, or would be reached after year 9999.
    """
    last_height, last_day = KNOWN_BLOCKS[-1]
    require_range("block height", float(height), least=0, most=_LARGEST_HEIGHT, unit="blocks")
    if height > last_height:
        return _days_after(last_day, (height - last_height) / BLOCKS_PER_DAY)
    days = np.interp(height, [known for known, _ in KNOWN_BLOCKS], [_ordinal(day) for _, day in KNOWN_BLOCKS])
    return _days_after(date(1970, 1, 1), float(days))


def subsidy_btc_on_date(day: Days) -> Quantity:
    """Subsidy in force on a UTC day; on the day of a halving, when both are paid, the lower one. [BTC per block]

    Past halvings have their true days. Later ones are estimated at 144 blocks a day from the last known block, so a
    day within some weeks of one may get the other subsidy: use :func:`subsidy_btc` where the height is known, and
    :func:`subsidy_paid_btc` for the day of a halving.
    """
    return subsidy_btc(np.asarray(estimated_height(day)).astype(np.int64))


def next_halving(*, height: int, day: date) -> HalvingEstimate:
    """The next halving as seen from a block found at noon UTC of a day, at ten minutes a block.

    A block that is itself the first of a new subsidy has a whole 210,000 blocks to go.

    Raises
    ------
    QuantityError : the height is not one of a block, or the halving would come after year 9999.
    """
    now = float(subsidy_btc(height))
    halving_height = (height // BLOCKS_PER_HALVING + 1) * BLOCKS_PER_HALVING
    blocks_left = halving_height - height
    days_left = blocks_left / BLOCKS_PER_DAY
    return HalvingEstimate(
        height=halving_height,
        day=_days_after(day, days_left),
        blocks_left=blocks_left,
        days_left=days_left,
        subsidy_btc=now,
        next_subsidy_btc=float(subsidy_btc(halving_height)),
    )


def retarget_ratio(actual_days: Quantity) -> Quantity:
    """New difficulty per old one after 2016 blocks took ``actual_days``: 14 / actual, within 1/4 to 4. [ratio]

    Core measures only 2015 of the 2016 intervals, so a period on schedule reads 0.05 % short; a caller who has true
    time stamps passes the time from the period's first block to its last.

    Raises
    ------
    QuantityError : a duration is not positive.
    """
    require_range("actual_days", actual_days, least=float(np.nextafter(0.0, 1.0)), most=1e6, unit="days")
    ratio = RETARGET_DAYS / np.asarray(actual_days, dtype=np.float64)
    return plain(np.clip(ratio, RETARGET_LEAST, RETARGET_MOST))


def hashprice_usd_per_ph_day(
    *, btc_price_usd: Quantity, network_eh_s: Quantity, subsidy_btc_per_block: Quantity, fee_share: Quantity
) -> Quantity:
    """Hashprice of a network that finds 144 blocks a day. [USD/(PH/s day)]

    Parameters
    ----------
    btc_price_usd : price of one BTC. [USD]
    network_eh_s : hashrate of the whole network, > 0. [EH/s]
    subsidy_btc_per_block : see :func:`subsidy_btc`. [BTC]
    fee_share : transaction fees per total reward. [fraction, 0 to below 1]

    Notes
    -----
    144 x subsidy x (1 + f) x price / hashrate with f = s / (1 - s). Against published indices it is within 1.5 % on a
    day and 0.5 % in a month's mean; the tests hold the cases.
    """
    require_range("network_eh_s", network_eh_s, least=float(np.nextafter(0.0, 1.0)), most=1e9, unit="EH/s")
    reward_btc = BLOCKS_PER_DAY * subsidy_btc_per_block * (1.0 + fee_share_to_fees_per_subsidy(fee_share))
    return realised_hashprice_usd_per_ph_day(
        revenue_btc_per_day=reward_btc, btc_price_usd=btc_price_usd, network_eh_s=network_eh_s
    )


def hashprice_at_difficulty_usd_per_ph_day(
    *, btc_price_usd: Quantity, difficulty: Quantity, subsidy_btc_per_block: Quantity, fee_share: Quantity
) -> Quantity:
    """Hashprice at a difficulty, whatever the pace of blocks: a hash earns the same. [USD/(PH/s day)]

    Parameters are those of :func:`hashprice_usd_per_ph_day`, with the difficulty as a plain number (1.26e14).
    """
    return hashprice_usd_per_ph_day(
        btc_price_usd=btc_price_usd,
        network_eh_s=difficulty_to_eh_s(difficulty),
        subsidy_btc_per_block=subsidy_btc_per_block,
        fee_share=fee_share,
    )


def realised_hashprice_usd_per_ph_day(
    *, revenue_btc_per_day: Quantity, btc_price_usd: Quantity, network_eh_s: Quantity
) -> Quantity:
    """What one PH/s of the network earned on a day: revenue x price / hashrate. [USD/(PH/s day)]

    revenue_btc_per_day : subsidy and fees of all blocks of the day. [BTC]
    """
    return revenue_btc_per_day * btc_price_usd / eh_s_to_ph_s(network_eh_s)


def hashprice_after_retarget(*, hashprice_usd_per_ph_day: Quantity, difficulty_change: Quantity) -> Quantity:
    """Hashprice after a change of difficulty, with price and fees as they were: h / (1 + c). [USD/(PH/s day)]

    difficulty_change : -0.11 for a cut by 11 %, which raises hashprice to 1.1236 times. [fraction, above -1]

    Raises
    ------
    QuantityError : the change is beyond what one retarget may do (-75 % to +300 %).
    """
    most = RETARGET_MOST - 1.0
    require_range("difficulty_change", difficulty_change, least=RETARGET_LEAST - 1.0, most=most, unit="as a fraction")
    return hashprice_usd_per_ph_day / (1.0 + difficulty_change)


def hashprice_btc_per_ph_day(*, hashprice_usd_per_ph_day: Quantity, btc_price_usd: Quantity) -> Quantity:
    """Hashprice in BTC, which is what a machine really earns. [BTC/(PH/s day)]"""
    return hashprice_usd_per_ph_day / btc_price_usd


def _days_after(day: date, days: float) -> date:
    # A day stands for its noon, so half a day more is the next date.
    try:
        return day + timedelta(days=int(days + 0.5))
    except OverflowError as error:
        raise QuantityError(f"no calendar date {days:,.0f} days after {day.isoformat()}") from error


def _ordinal(day: date) -> float:
    # The same count as numpy's datetime64[D], days since 1970.
    return float((day - date(1970, 1, 1)).days)
