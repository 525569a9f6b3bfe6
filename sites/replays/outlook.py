"""What could be thought of hashprice at a date: random paths calibrated on the months before it and nothing later.

The public facts are monthly, so the stochastic market (:mod:`sites.market.calibration`) is calibrated on a record that
runs straight between them: growth of the network and its answer to margins as usual, the price's volatility from
changes between month ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sites.market.daily_record import DailyRecord
from sites.market.interpolation import first_day
from sites.months import month_number
from sites.network import BLOCKS_PER_DAY, KNOWN_BLOCKS
from sites.replays.monthly_facts import MonthlyFact
from sites.units import difficulty_to_eh_s

FloatArray = NDArray[np.float64]
_EPOCH = date(1970, 1, 1)


def outlook(facts: Sequence[MonthlyFact], *, first_month: int, months: int, paths: int, seed: int) -> FloatArray:
    """Random paths of hashprice from a month on.

    facts : of consecutive months; those of the first month and later ones are not looked at.
    first_month : as numbered by :mod:`sites.months`.

    Returns paths x months. [USD/(PH/s day)]

    Raises
    ------
    MarketError : less than two years are known, or a library is missing.
    """
    from sites.market.paths import libraries_needed

    with libraries_needed():
        from sites.market.calibration import calibrate
        from sites.market.stochastic import simulate
    known = [fact for fact in facts if month_number(fact.month) < first_month]
    closes = np.log([fact.close_usd for fact in known])
    model = calibrate(record_of(known), month_ends=closes)
    return simulate(model, first_month=first_month, months=months, paths=paths, seed=seed).hashprice


def record_of(facts: Sequence[MonthlyFact]) -> DailyRecord:
    """The daily record between the ends of the first and the last month: straight lines of logarithms."""
    ends = np.array([(first_day(month_number(fact.month) + 1) - _EPOCH).days - 1.0 for fact in facts])
    middles = ends - 15.0
    days = np.arange(ends[0], ends[-1] + 1.0)

    def of_means(values: Sequence[float]) -> FloatArray:
        return np.asarray(np.interp(days, middles, np.log(np.array(values))))

    month = np.searchsorted(ends, days, side="left")
    fees = np.array([fact.fees_btc / (fact.fees_btc + fact.subsidy_btc) for fact in facts])
    hashprice = of_means([fact.hashprice for fact in facts])
    return DailyRecord(
        days=days,
        price=np.interp(days, ends, np.log([fact.close_usd for fact in facts])),
        network=of_means([fact.network_eh_s for fact in facts]),
        difficulty=of_means([float(difficulty_to_eh_s(fact.difficulty_t * 1e12)) for fact in facts]),
        hashprice=hashprice,
        paid=np.exp(hashprice),
        height=np.array([_height(_EPOCH + timedelta(days=int(day))) for day in days]),
        fee_share=fees[month],
    )


def _height(day: date) -> float:
    """Of the chain when a day ends: at 144 blocks a day from the last known block, which was found at noon."""
    height, known = max((height, known) for height, known in KNOWN_BLOCKS if known <= day)
    return height + BLOCKS_PER_DAY * ((day - known).days + 0.5)
