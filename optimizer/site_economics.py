"""Per site: the hashprice at which mining breaks even and at which it would take a MW back from AI."""

from __future__ import annotations

import numpy as np

from optimizer.horizon import HOURS_PER_DAY, USD_PER_USD_M, FloatArray, IntArray
from optimizer.parameters import Parameters
from optimizer.scenario_margins import expected_gain_usd

FIRST_YEAR = 12

# Scale factors of the hashprice path between which a flip is looked for, and how closely it is found.
LOWEST_SCALE, HIGHEST_SCALE = 1.0 / 64.0, 64.0
BISECTIONS = 30
# With more scenarios the search would take longer than the plan.
MOST_SCENARIOS = 200


def breakeven_hashprice(p: Parameters) -> FloatArray:
    """Hashprice at which a site's fleets, running every hour of the first year, just pay power and opex.

    NaN for a site without fleets. Power and opex only: no depreciation, no overhead. [USD/PH/day]
    """
    months = slice(0, min(FIRST_YEAR, p.horizon.months))
    hours = p.horizon.hours[months].sum()
    cost, output = np.zeros(len(p.sites)), np.zeros(len(p.sites))
    for fleet, site in zip(p.fleets, p.fleet_site.tolist(), strict=True):
        power = p.power_bills[site, months].sum()
        running = fleet.uptime * (power + fleet.variable_opex_usd_per_mwh * hours)
        fixed = fleet.fixed_opex_usd_per_mw_month * (months.stop or 0)
        cost[site] += fleet.mw * (running + fixed)
        ph_days = fleet.uptime * p.portfolio.ph_s_per_mw(fleet.rig) * hours / HOURS_PER_DAY
        output[site] += fleet.mw * ph_days * (1.0 - p.portfolio.settings.pool_fee)
    breakeven: FloatArray = np.divide(cost, output, out=np.full(len(p.sites), np.nan), where=output > 0.0)
    return breakeven


def flip_hashprice(p: Parameters) -> FloatArray:
    """First-year average hashprice at which mining at a site would match its best AI offer.

    The whole hashprice path is scaled until one MW of site capacity, in the months that the site's
    most valuable start would occupy it, earns the same from the site's fleets (averaged by installed
    MW) as from that start. Above it the next MW is better mined. Limits that bind elsewhere in the
    portfolio are left out, and so are blocks, ratchets and demand response. With scenarios all their
    paths are scaled together and the mean decides. NaN without fleets, without an offer that pays at
    all, and with more than MOST_SCENARIOS. [USD/PH/day]
    """
    if p.scenarios.count > MOST_SCENARIOS:
        return np.full(len(p.sites), np.nan)
    value = p.start_value_usd_m * USD_PER_USD_M / p.starts.gross_ratio
    best = np.full(len(p.sites), -1, dtype=np.int64)
    for start in np.argsort(value, kind="stable"):  # the last one written is the most valuable
        if value[start] > 0.0 and p.starts.committed_mw[start] == 0.0:
            best[p.starts.site[start]] = start
    mw = np.zeros(len(p.sites))
    np.add.at(mw, p.fleet_site, [fleet.mw for fleet in p.fleets])
    rows = np.flatnonzero((best >= 0) & (mw > 0.0))
    low, high = np.full(rows.size, LOWEST_SCALE), np.full(rows.size, HIGHEST_SCALE)
    if rows.size:
        worth = _MiningWorth(p, rows, best[rows])
        target = value[best[rows]]
        for _ in range(BISECTIONS):
            middle = np.sqrt(low * high)
            enough = worth.at_scale(middle) >= target
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    flip = np.full(len(p.sites), np.nan)
    first_year = p.scenarios.expected_hashprice[:FIRST_YEAR].mean()
    flip[rows] = np.where(high < HIGHEST_SCALE, high * first_year, np.nan)
    return flip


class _MiningWorth:
    """Present value of one MW of a site's fleets in the months that a start would occupy. [USD/MW]"""

    def __init__(self, p: Parameters, sites: IntArray, starts: IntArray) -> None:
        self.p, self.sites = p, sites
        months = np.arange(p.horizon.months)
        self.occupied = (months >= p.starts.begin[starts][:, None]) & (months < p.starts.release[starts][:, None])

    def at_scale(self, scale: FloatArray) -> FloatArray:
        """Worth when the hashprice path of each site is multiplied by its own factor. [USD/MW]"""
        p = self.p
        by_site = np.ones(len(p.sites))
        by_site[self.sites] = scale
        market, factor = (p.prices, p.tariffs), by_site[p.fleet_site]
        gain = expected_gain_usd(p.portfolio, p.fleets, p.fleet_site, market, p.scenarios, factor)
        weight = np.array([fleet.mw for fleet in p.fleets])
        total, mw = np.zeros((len(p.sites), p.horizon.months)), np.zeros(len(p.sites))
        np.add.at(total, p.fleet_site, gain * weight[:, None])
        np.add.at(mw, p.fleet_site, weight)
        worth = total[self.sites] / mw[self.sites][:, None] * p.horizon.discount
        return np.asarray((worth * self.occupied).sum(axis=1))
