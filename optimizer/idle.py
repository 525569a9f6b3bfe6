"""The hashprice at which a fleet that never runs would earn its running cost."""

from __future__ import annotations

import numpy as np

from optimizer.horizon import BoolArray, FloatArray, IntArray
from optimizer.parameters import Parameters
from optimizer.scenario_margins import expected_gain_usd

# Factors of the hashprice between which a fleet's break-even is looked for, and how closely: to 1e-9 of the path.
LARGEST_FACTOR, HALVINGS = 64.0, 36


def break_even_factors(p: Parameters, rows: IntArray) -> FloatArray:
    """Factor of the hashprice from which on each of some fleets earns its running cost in some month and scenario. [-]

    At most 1 where it does already, NaN where no factor up to LARGEST_FACTOR is enough.
    """
    if not rows.size:
        return np.zeros(0)
    fleets = [p.fleets[row] for row in rows.tolist()]
    present = (p.installed_mw[rows] > 0.0) & (p.capacity_mw[p.fleet_site[rows]] > 0.0)

    def earns(factor: FloatArray) -> BoolArray:
        market = p.prices, p.tariffs
        gain = expected_gain_usd(p.portfolio, fleets, p.fleet_site[rows], market, p.scenarios, factor)
        return np.asarray((present & (gain > 0.0)).any(axis=1))

    low, high = np.ones(rows.size), np.full(rows.size, LARGEST_FACTOR)
    possible, already = earns(high), earns(low)
    for _ in range(HALVINGS if not already.all() else 0):
        middle = 0.5 * (low + high)
        enough = earns(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(already, 1.0, np.where(possible, high, np.nan))
