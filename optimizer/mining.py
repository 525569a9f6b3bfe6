"""What one energised MW of every fleet is worth in every month (model section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.horizon import HOURS_PER_DAY, FloatArray, Horizon, IntArray
from optimizer.price_duration import INDIFFERENCE_USD_PER_MWH, PowerPrices
from sites.portfolio import Portfolio
from sites.records import Fleet

MINING_TERMS = ("mining_revenue", "pool_fee", "mining_power", "mining_opex")


@dataclass(frozen=True)
class MiningMargins:
    """Monthly economics of one energised MW; every array is one row per fleet, one column per month.

    A fleet that would not earn its fixed cost is mothballed for the month: all its figures are zero.

    run_hours : hours run. [h]
    energy_mwh : energy drawn, uptime included. [MWh/MW]
    revenue_usd : block rewards before the pool fee. [USD/MW]
    pool_fee_usd, power_usd, variable_opex_usd, fixed_opex_usd : costs, positive. [USD/MW]
    """

    run_hours: FloatArray
    energy_mwh: FloatArray
    revenue_usd: FloatArray
    pool_fee_usd: FloatArray
    power_usd: FloatArray
    variable_opex_usd: FloatArray
    fixed_opex_usd: FloatArray

    @property
    def gain_usd(self) -> FloatArray:
        """Margin of the month, never negative: g of the model. [USD/MW-month]"""
        return self.revenue_usd - self.pool_fee_usd - self.power_usd - self.variable_opex_usd - self.fixed_opex_usd

    def term_usd(self, term: str) -> FloatArray:
        """Signed cash flow of one of MINING_TERMS. [USD/MW-month]"""
        return {
            "mining_revenue": self.revenue_usd,
            "pool_fee": -self.pool_fee_usd,
            "mining_power": -self.power_usd,
            "mining_opex": -self.variable_opex_usd - self.fixed_opex_usd,
        }[term]


def mining_margins(
    portfolio: Portfolio,
    fleets: Sequence[Fleet],
    fleet_site: IntArray,
    prices: PowerPrices,
    *,
    hashprice_factor: FloatArray | float = 1.0,
) -> MiningMargins:
    """Monthly economics of 1 MW of every fleet under the optimal hourly dispatch.

    fleet_site : for each fleet, the position of its site in `prices`.
    hashprice_factor : scales the hashprice path, for all or fleet by fleet. [-]

    Notes
    -----
    v = hashprice / 24 * ph_s_per_mw * (1 - pool_fee) - variable_opex, run where v exceeds the hour's price;
    g = max(0, uptime * sum_h w_h * max(0, v - price_h) - fixed_opex).
    """

    def column(values: list[float]) -> FloatArray:
        return np.array(values, dtype=np.float64).reshape(-1, 1)

    ph_s_per_mw = column([portfolio.rig(fleet.rig).ph_s_per_mw for fleet in fleets])
    uptime = column([fleet.uptime for fleet in fleets])
    variable_opex = column([fleet.variable_opex_usd_per_mwh for fleet in fleets])
    fixed_opex = column([fleet.fixed_opex_usd_per_mw_month for fleet in fleets])
    pool_fee = portfolio.settings.pool_fee

    reward = hashprice_factor * portfolio.hashprice_by_month() / HOURS_PER_DAY * ph_s_per_mw
    value = reward * (1.0 - pool_fee) - variable_opex
    hours, bills = prices.bills_below(fleet_site, value - INDIFFERENCE_USD_PER_MWH)
    energy = uptime * hours
    earned = energy * value - uptime * bills
    runs = (earned > fixed_opex) & (hours > 0.0)
    return MiningMargins(
        run_hours=np.where(runs, hours, 0.0),
        energy_mwh=np.where(runs, energy, 0.0),
        revenue_usd=np.where(runs, energy * reward, 0.0),
        pool_fee_usd=np.where(runs, energy * reward * pool_fee, 0.0),
        power_usd=np.where(runs, uptime * bills, 0.0),
        variable_opex_usd=np.where(runs, energy * variable_opex, 0.0),
        fixed_opex_usd=np.where(runs, np.broadcast_to(fixed_opex, runs.shape), 0.0),
    )


def installed_mw(fleets: Sequence[Fleet], horizon: Horizon) -> FloatArray:
    """MW of each fleet that can be energised in each month: zero from its retirement on. [MW]"""
    months: IntArray = np.arange(horizon.months, dtype=np.int64)
    retire = [horizon.months if not fleet.retire else horizon.index(fleet.retire) for fleet in fleets]
    mw = np.array([fleet.mw for fleet in fleets], dtype=np.float64).reshape(-1, 1)
    return np.where(months < np.array(retire, dtype=np.int64).reshape(-1, 1), mw, 0.0)
