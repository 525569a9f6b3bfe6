"""Mining replayed hour by hour (model section 5): every hour of every month of every fleet, nothing merged."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.proving.replay_inputs import Decisions, FloatArray, IntArray
from optimizer.proving.replay_power import HourlyPower
from sites.portfolio import Portfolio

# An hour (or a month of a fleet with fixed cost) that earns less than this share of what it turns over breaks even on
# paper: rounding alone decides whether it runs, and either way is right. The profit cannot tell the two apart; the
# lines of revenue and cost can, so they are allowed to differ by what such hours turn over.
BREAK_EVEN_SHARE = 1e-9
# Fleets whose hours are looked at together; keeps the arrays of a month within the processor's cache.
FLEETS_AT_ONCE = 128


@dataclass(frozen=True)
class MiningReplay:
    """What one energised MW of each fleet (row) does in each month (column); costs positive.

    run_hours : hours run. [h]
    energy_mwh : energy drawn. [MWh/MW]
    revenue_usd, pool_fee_usd, power_usd, variable_opex_usd, fixed_opex_usd : money. [USD/MW]
    undecided_hours : hours that break even, so that running and not running them are equally right. [h]
    undecided_usd : what those hours turn over. [USD/MW]
    """

    run_hours: FloatArray
    energy_mwh: FloatArray
    revenue_usd: FloatArray
    pool_fee_usd: FloatArray
    power_usd: FloatArray
    variable_opex_usd: FloatArray
    fixed_opex_usd: FloatArray
    undecided_hours: FloatArray
    undecided_usd: FloatArray


@dataclass(frozen=True)
class _Terms:
    """Money terms of some fleets, as columns.

    reward : earnings of 1 MWh before the pool's fee, in the month at hand. [USD/MWh]
    """

    reward: FloatArray
    pool_fee: float
    variable_opex: FloatArray
    fixed_opex: FloatArray
    uptime: FloatArray


def hashprice_by_month(portfolio: Portfolio, decisions: Decisions) -> FloatArray:
    """Hashprice of every month: the last one given at or before it. [USD per PH/s per day]"""
    months = decisions.months
    given = [record for record in portfolio.hashprice if record.scenario == "base"]
    path = np.zeros(months.months)
    for record in sorted(given, key=lambda record: months.position(record.month)):
        path[max(0, months.position(record.month)) :] = record.usd_per_ph_day
    return path


def replay_mining(decisions: Decisions, power: HourlyPower) -> MiningReplay:
    """Run every fleet through every hour: it runs where it earns more than the hour's power costs."""
    portfolio = decisions.portfolio
    shape = decisions.energised_mw.shape
    result = MiningReplay(*(np.zeros(shape) for _ in fields(MiningReplay)))
    ph_s = np.array([portfolio.rig(fleet.rig).ph_s_per_mw for fleet in portfolio.fleets])
    reward = np.outer(ph_s, hashprice_by_month(portfolio, decisions) / 24.0)
    for market in power.by_market(decisions.fleet_site):
        for begin in range(0, market.size, FLEETS_AT_ONCE):
            loads = market[begin : begin + FLEETS_AT_ONCE]
            for t in range(decisions.months.months):
                prices, weight = power.hours(decisions.fleet_site[loads], t)
                _replay_month(result, loads, t, _terms(portfolio, loads, reward[loads, t]), prices, weight)
    return result


def _terms(portfolio: Portfolio, loads: IntArray, reward: FloatArray) -> _Terms:
    fleets = [portfolio.fleets[load] for load in loads.tolist()]
    return _Terms(
        reward=reward,
        pool_fee=portfolio.settings.pool_fee,
        variable_opex=np.array([fleet.variable_opex_usd_per_mwh for fleet in fleets]),
        fixed_opex=np.array([fleet.fixed_opex_usd_per_mw_month for fleet in fleets]),
        uptime=np.array([fleet.uptime for fleet in fleets]),
    )


def _replay_month(
    result: MiningReplay, loads: IntArray, t: int, terms: _Terms, prices: FloatArray, weight: float
) -> None:
    """Fill in one month of some fleets.

    prices : one row per fleet, one column per source hour [USD/MWh]; weight : hours that each of them stands for.
    """
    value = terms.reward * (1.0 - terms.pool_fee) - terms.variable_opex
    profit = value[:, None] - prices
    runs = profit > 0.0
    turnover = (terms.reward + terms.variable_opex)[:, None] + np.abs(prices)
    undecided = np.abs(profit) <= BREAK_EVEN_SHARE * turnover

    earned = terms.uptime * weight * np.where(runs, profit, 0.0).sum(axis=1)
    turned_over = terms.uptime * weight * np.where(runs, turnover, 0.0).sum(axis=1) + terms.fixed_opex
    open_ = (earned > terms.fixed_opex) & runs.any(axis=1)
    even = np.abs(earned - terms.fixed_opex) <= BREAK_EVEN_SHARE * turned_over
    unsure = (undecided & (open_ | even)[:, None]) | (runs & even[:, None])

    hours = np.where(open_, weight * runs.sum(axis=1), 0.0)
    energy = terms.uptime * hours
    result.run_hours[loads, t] = hours
    result.energy_mwh[loads, t] = energy
    result.revenue_usd[loads, t] = energy * terms.reward
    result.pool_fee_usd[loads, t] = energy * terms.reward * terms.pool_fee
    result.power_usd[loads, t] = np.where(open_, terms.uptime * weight * np.where(runs, prices, 0.0).sum(axis=1), 0.0)
    result.variable_opex_usd[loads, t] = energy * terms.variable_opex
    result.fixed_opex_usd[loads, t] = np.where(open_, terms.fixed_opex, 0.0)
    result.undecided_hours[loads, t] = weight * unsure.sum(axis=1)
    either = unsure.any(axis=1)
    swing = terms.uptime * weight * np.where(unsure, turnover, 0.0).sum(axis=1)
    result.undecided_usd[loads, t] = swing + np.where(either, terms.fixed_opex, 0.0)
