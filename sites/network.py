"""The Bitcoin network: subsidy, halvings, difficulty, and the hashprice they make.

Protocol constants are those of the reference implementation; dates of past halvings are the UTC days of their blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Numbers = float | FloatArray

INITIAL_SUBSIDY_BTC = 50.0
HALVING_INTERVAL_BLOCKS = 210_000
BLOCKS_PER_DAY = 144
BLOCK_SECONDS = 600
RETARGET_INTERVAL_BLOCKS = 2016
RETARGET_SECONDS = 14 * 86_400
HASHES_PER_DIFFICULTY = 2.0**32
"""Expected hashes for a block at difficulty 1: the protocol's largest target is 2**224."""

HASHES_PER_EXAHASH = 1e18
PH_PER_EH = 1000.0

# First block of each subsidy and the UTC day on which it was mined (block explorers).
HALVINGS: tuple[tuple[int, date], ...] = (
    (0, date(2009, 1, 3)),
    (210_000, date(2012, 11, 28)),
    (420_000, date(2016, 7, 9)),
    (630_000, date(2020, 5, 11)),
    (840_000, date(2024, 4, 20)),
)


@dataclass(frozen=True)
class NextHalving:
    """The next halving, as far as it can be known: its block, an estimated day and the subsidy after it."""

    height: int
    blocks_left: int
    day: date
    subsidy_btc: float


def subsidy_at_height(height: int) -> float:
    """Block subsidy at a height. [BTC]

    Raises
    ------
    ValueError : the height is negative.
    """
    if height < 0:
        raise ValueError(f"a block height cannot be negative: {height}")
    return float(INITIAL_SUBSIDY_BTC / 2.0 ** (height // HALVING_INTERVAL_BLOCKS))


def estimated_height(day: date) -> int:
    """Height at the end of a day, at 144 blocks a day from the last known halving on.

    Between two known halvings the blocks are spread evenly, so the height is never on the wrong side of one.

    Raises
    ------
    ValueError : the day lies before the first block.
    """
    if day < HALVINGS[0][1]:
        raise ValueError(f"there was no block before {HALVINGS[0][1].isoformat()}")
    height, since = [known for known in HALVINGS if known[1] <= day][-1]
    days = (day - since).days + 1
    following = [known for known in HALVINGS if known[1] > day]
    if not following:
        return height + days * BLOCKS_PER_DAY
    (end, until) = following[0]
    return height + (end - height) * days // ((until - since).days + 1)


def subsidy_on(day: date) -> float:
    """Block subsidy in force at the end of a day. [BTC]

    The day of a halving pays both subsidies: on 20 April 2024 the blocks before height 840,000 paid 6.25 BTC and
    the later ones 3.125; the day's mean depends on how many fell on either side and is not given here.
    """
    return subsidy_at_height(estimated_height(day))


def next_halving(height: int, day: date) -> NextHalving:
    """The halving after a height that was reached on a day, at ten minutes a block."""
    blocks_left = HALVING_INTERVAL_BLOCKS - height % HALVING_INTERVAL_BLOCKS
    following = height + blocks_left
    return NextHalving(
        height=following,
        blocks_left=blocks_left,
        day=day + timedelta(seconds=blocks_left * BLOCK_SECONDS),
        subsidy_btc=subsidy_at_height(following),
    )


def difficulty_to_hashrate_eh_s(difficulty: Numbers) -> Numbers:
    """Network hashrate at which blocks come every ten minutes: difficulty * 2**32 / 600. [EH/s]"""
    return difficulty * HASHES_PER_DIFFICULTY / BLOCK_SECONDS / HASHES_PER_EXAHASH


def hashrate_eh_s_to_difficulty(hashrate_eh_s: Numbers) -> Numbers:
    """Difficulty at which a hashrate finds a block every ten minutes."""
    return hashrate_eh_s * HASHES_PER_EXAHASH * BLOCK_SECONDS / HASHES_PER_DIFFICULTY


def retarget_ratio(seconds: float) -> float:
    """Change of difficulty after 2016 blocks that took `seconds`: 14 days over it, kept within 1/4 and 4."""
    return float(np.clip(RETARGET_SECONDS / seconds, 0.25, 4.0))


def fee_share_to_fee_ratio(fee_share: Numbers) -> Numbers:
    """Fees per subsidy from the share of fees in the whole reward: s / (1 - s)."""
    return fee_share / (1.0 - fee_share)


def reward_btc_per_day(*, subsidy_btc: Numbers, fee_share: Numbers = 0.0) -> Numbers:
    """What all miners together are paid a day: 144 subsidies and the fees. [BTC]

    fee_share : fees as a share of the whole reward. [-]
    """
    return BLOCKS_PER_DAY * subsidy_btc * (1.0 + fee_share_to_fee_ratio(fee_share))


def hashprice_usd_per_ph_day(
    *, btc_price_usd: Numbers, network_eh_s: Numbers, subsidy_btc: Numbers, fee_share: Numbers = 0.0
) -> Numbers:
    """What one PH/s earns a day. [USD per PH/s per day]

    Notes
    -----
    hashprice = 144 * subsidy * (1 + f) * price / network hashrate in PH/s, f = fees per subsidy.
    """
    reward = reward_btc_per_day(subsidy_btc=subsidy_btc, fee_share=fee_share)
    return reward * btc_price_usd / (network_eh_s * PH_PER_EH)


def hashprice_after_retarget(hashprice: Numbers, difficulty_change: float) -> Numbers:
    """Hashprice after difficulty moved by a fraction, price and fees unchanged. [as given]

    A cut of 11 % (-0.11) raises it by 1 / 0.89.
    """
    return hashprice / (1.0 + difficulty_change)
