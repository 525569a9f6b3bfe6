"""The hashprice at which a fleet that never runs would earn its running cost."""

from __future__ import annotations

import numpy as np

from optimizer.horizon import BoolArray, FloatArray
from optimizer.mining import TierRuns, Tiers, earned_usd
from optimizer.parameters import Parameters

# Factors of the hashprice between which a fleet's break-even is looked for, and how closely.
LARGEST_FACTOR, HALVINGS = 64.0, 40


def break_even_factors(p: Parameters) -> FloatArray:
    """Factor of the hashprice path from which on a fleet earns its running cost in some month; NaN if none. [-]"""
    fleets = len(p.fleets)
    if not fleets:
        return np.zeros(0)
    fixed = np.array([[fleet.fixed_opex_usd_per_mw_month] for fleet in p.fleets])
    present = (p.installed_mw > 0.0) & (p.capacity_mw[p.fleet_site] > 0.0)

    def earns(factor: FloatArray) -> BoolArray:
        tiers = Tiers.of(p.portfolio, p.fleets, p.fleet_site, hashprice_factor=factor[:, None])
        gain = earned_usd(tiers, TierRuns.of(tiers, p.prices, p.tariffs), fleets) - fixed
        return np.asarray((present & (gain > 0.0)).any(axis=1))

    low, high = np.zeros(fleets), np.full(fleets, LARGEST_FACTOR)
    possible = earns(high)
    at_one = earns(np.ones(fleets))
    low, high = np.where(at_one, low, 1.0), np.where(at_one, 1.0, high)
    for _ in range(HALVINGS if not at_one.all() else 0):
        middle = 0.5 * (low + high)
        enough = earns(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(possible, high, np.nan)
