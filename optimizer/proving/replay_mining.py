"""Mining replayed hour by hour (model section 5): every hour of every month of every fleet, nothing merged.

Here are the months without power contracts, in which every fleet runs for itself; `replay_dispatch` has the others.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.proving.replay_frames import BoolArray, FloatArray, IntArray
from optimizer.proving.replay_inputs import Decisions
from optimizer.proving.replay_power import HourlyPower

# An hour (or a month of a fleet with fixed cost) that earns less than this share of what it turns over breaks even on
# paper: rounding alone decides whether it runs, and either way is right. The profit cannot tell the two apart; the
# lines of revenue and cost can, so they are allowed to differ by what such hours turn over.
BREAK_EVEN_SHARE = 1e-9
# Tiers whose hours are looked at together; keeps the arrays of a month within the processor's cache.
TIERS_AT_ONCE = 128


@dataclass(frozen=True)
class MiningReplay:
    """What each fleet (row) does in each month (column); costs positive.

    active_mw : energised and not mothballed. mining_mw : of it runs at least one hour. [MW]
    run_hours : hours that the mining MW would run to draw the energy, if all of them ran together. [h]
    energy_mwh : energy drawn. [MWh]
    hashrate_ph_s : average over all hours of the month. [PH/s]
    revenue_usd, pool_fee_usd, power_usd, variable_opex_usd, fixed_opex_usd : money, the power at spot. [USD]
    undecided_hours : hours that break even, so that running and not running them are equally right. [h]
    undecided_mwh : energy that may be drawn or not, or by another fleet instead. [MWh]
    undecided_usd : what that energy turns over, for the fleet. undecided_site_usd : for its site. [USD]
    """

    active_mw: FloatArray
    mining_mw: FloatArray
    run_hours: FloatArray
    energy_mwh: FloatArray
    hashrate_ph_s: FloatArray
    revenue_usd: FloatArray
    pool_fee_usd: FloatArray
    power_usd: FloatArray
    variable_opex_usd: FloatArray
    fixed_opex_usd: FloatArray
    undecided_hours: FloatArray
    undecided_mwh: FloatArray
    undecided_usd: FloatArray
    undecided_site_usd: FloatArray

    @classmethod
    def empty(cls, decisions: Decisions) -> MiningReplay:
        """Nothing runs."""
        return cls(*(np.zeros(decisions.energised_mw.shape) for _ in fields(cls)))


@dataclass(frozen=True)
class MiningTerms:
    """Money terms of mining.

    reward : earnings of 1 MWh of each tier (row) in each month, before the pool's fee. [USD/MWh]
    value : the same after the pool's fee and the opex. [USD/MWh]
    variable_opex : of each tier. [USD/MWh] fixed_opex : of each fleet. [USD/MW-month]
    uptime : of each fleet. load_share : MW that each tier draws per MW of its fleet. [-]
    """

    reward: FloatArray
    value: FloatArray
    variable_opex: FloatArray
    fixed_opex: FloatArray
    uptime: FloatArray
    load_share: FloatArray

    @classmethod
    def of(cls, decisions: Decisions) -> MiningTerms:
        """The terms of a portfolio."""
        portfolio, tiers = decisions.portfolio, decisions.tiers
        reward = np.outer(tiers.ph_s_per_mw, decisions.lived.hashprice / 24.0)
        opex, fixed, uptime = (
            np.array([getattr(fleet, column) for fleet in portfolio.fleets], dtype=np.float64)
            for column in ("variable_opex_usd_per_mwh", "fixed_opex_usd_per_mw_month", "uptime")
        )
        opex = opex[tiers.fleet]
        value = reward * (1.0 - portfolio.settings.pool_fee) - opex[:, None]
        return cls(reward, value, opex, fixed, uptime, uptime[tiers.fleet] * tiers.share)


@dataclass(frozen=True)
class _TierHours:
    """Hours of one MW of each tier (row) in each month (column), and their prices added up.

    hours, prices, sizes : of the hours that pay: how long they are [h], their prices and the sizes of their prices
        times that [USD/MW]. even_hours, even_sizes : the same of the hours that break even.
    """

    hours: FloatArray
    prices: FloatArray
    sizes: FloatArray
    even_hours: FloatArray
    even_sizes: FloatArray


def replay_mining(decisions: Decisions, terms: MiningTerms, power: HourlyPower) -> MiningReplay:
    """Run every fleet through every hour without power contracts: it runs where it earns more than its power costs.

    A fleet that would not earn its fixed cost in a month is mothballed.
    """
    alone = ~decisions.contracted[decisions.fleet_site]
    spent = _tier_hours(decisions, terms, power, alone)
    tiers, share = decisions.tiers, terms.load_share[:, None]
    opex, fixed = terms.variable_opex[:, None], terms.fixed_opex[:, None]
    turned = terms.reward + opex

    earned = tiers.by_fleet(share * (terms.value * spent.hours - spent.prices))
    turned_over = tiers.by_fleet(share * (turned * spent.hours + spent.sizes)) + fixed
    open_ = (earned > fixed) & (tiers.by_fleet(spent.hours) > 0.0) & alone
    even = (np.abs(earned - fixed) <= BREAK_EVEN_SHARE * turned_over) & alone

    def unsure(of_even: FloatArray, of_runs: FloatArray) -> FloatArray:
        """Add up what may go either way: hours that break even, and all hours of a month that does."""
        either, all_ = (tiers.by_fleet(share * part) for part in (of_even, of_runs))
        return np.where(open_ | even, either, 0.0) + np.where(even, all_, 0.0)

    mw = np.where(open_, decisions.energised_mw, 0.0)
    energy = share * spent.hours * mw[tiers.fleet]
    unsure_mwh = unsure(spent.even_hours, spent.hours)
    unsure_usd = unsure(turned * spent.even_hours + spent.even_sizes, turned * spent.hours + spent.sizes)
    unsure_usd += np.where(unsure_mwh > 0.0, fixed, 0.0)
    full = np.where(terms.uptime > 0.0, terms.uptime, 1.0)[:, None]
    fleet_mwh = tiers.by_fleet(energy)
    return MiningReplay(
        active_mw=mw.copy(),
        mining_mw=mw,
        run_hours=np.divide(fleet_mwh, full * mw, out=np.zeros_like(mw), where=mw > 0.0),
        energy_mwh=fleet_mwh,
        hashrate_ph_s=tiers.by_fleet(energy * tiers.ph_s_per_mw[:, None]) / decisions.month_hours,
        revenue_usd=tiers.by_fleet(energy * terms.reward),
        pool_fee_usd=tiers.by_fleet(energy * terms.reward) * decisions.portfolio.settings.pool_fee,
        power_usd=tiers.by_fleet(share * spent.prices * mw[tiers.fleet]),
        variable_opex_usd=tiers.by_fleet(energy * opex),
        fixed_opex_usd=mw * fixed,
        undecided_hours=unsure_mwh / full,
        undecided_mwh=decisions.energised_mw * unsure_mwh,
        undecided_usd=decisions.energised_mw * unsure_usd,
        undecided_site_usd=decisions.energised_mw * unsure_usd,  # another array, as the dispatch fills in both
    )


def _tier_hours(decisions: Decisions, terms: MiningTerms, power: HourlyPower, alone: BoolArray) -> _TierHours:
    """Go through the hours of every month in which a fleet (row of `alone`) runs for itself."""
    fleet = decisions.tiers.fleet
    found = _TierHours(*(np.zeros(terms.reward.shape) for _ in fields(_TierHours)))
    for market in power.by_market(decisions.fleet_site[fleet]):
        for begin in range(0, market.size, TIERS_AT_ONCE):
            batch = market[begin : begin + TIERS_AT_ONCE]
            here = alone[fleet[batch]]
            for t in np.flatnonzero(here.any(axis=0)).tolist():
                loads = batch[here[:, t]]
                prices, weight = power.hours(decisions.fleet_site[fleet[loads]], t)
                _add_month(found, loads, t, terms, prices, weight)
    return found


def _add_month(
    found: _TierHours, loads: IntArray, t: int, terms: MiningTerms, prices: FloatArray, weight: float
) -> None:
    """Fill in one month of some tiers.

    prices : one row per tier, one column per source hour [USD/MWh]; weight : hours that each of them stands for.
    """
    profit = terms.value[loads, t][:, None] - prices
    runs, sizes = profit > 0.0, np.abs(prices)
    turned = (terms.reward[loads, t] + terms.variable_opex[loads])[:, None]
    even = np.abs(profit) <= BREAK_EVEN_SHARE * (turned + sizes)
    found.hours[loads, t] = weight * runs.sum(axis=1)
    found.prices[loads, t] = weight * np.where(runs, prices, 0.0).sum(axis=1)
    found.sizes[loads, t] = weight * np.where(runs, sizes, 0.0).sum(axis=1)
    found.even_hours[loads, t] = weight * even.sum(axis=1)
    found.even_sizes[loads, t] = weight * np.where(even, sizes, 0.0).sum(axis=1)
