"""What one energised MW of every fleet is worth in every month (model section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.horizon import HOURS_PER_DAY, BoolArray, FloatArray, Horizon, IntArray
from optimizer.price_duration import ALL_RANKS, INDIFFERENCE_USD_PER_MWH, Hours, PowerPrices
from optimizer.tariffs import Tariffs
from sites.portfolio import Portfolio
from sites.records import Fleet

MINING_TERMS = ("mining_revenue", "pool_fee", "mining_power", "mining_opex")


@dataclass(frozen=True)
class Tiers:
    """The tiers of all fleets: parts of their load with an efficiency of their own, one per fleet without rig modes.

    Arrays have one entry per tier, fleet after fleet, each fleet's tiers in the order they are filled.

    fleet, site : positions. drawn_mw : load of the tier per active MW of its fleet, uptime included. [MW/MW]
    share : the same without the uptime. [MW/MW] ph_s_per_mw : hashrate of one MW of the tier. [PH/s per MW]
    reward : earnings of 1 MWh before the pool's fee; tiers x months, or scenarios x tiers x months. [USD/MWh]
    value : what 1 MWh earns before its power, fee and variable opex paid; shaped as `reward`. [USD/MWh]
    """

    fleet: IntArray
    site: IntArray
    drawn_mw: FloatArray
    share: FloatArray
    ph_s_per_mw: FloatArray
    reward: FloatArray
    value: FloatArray

    @classmethod
    def of(
        cls,
        portfolio: Portfolio,
        fleets: Sequence[Fleet],
        fleet_site: IntArray,
        hashprice: FloatArray,
        *,
        hashprice_factor: FloatArray | float = 1.0,
    ) -> Tiers:
        """The tiers of `fleets`.

        fleet_site : position of each fleet's site.
        hashprice : of every month, or scenarios x months. [USD/(PH/s day)]
        hashprice_factor : scales the hashprice path, for all or fleet by fleet (a column). [-]
        """
        tiers = [(row, tier) for row, fleet in enumerate(fleets) for tier in portfolio.tiers(fleet.rig)]
        fleet = np.array([row for row, _ in tiers], dtype=np.int64)
        share = np.array([tier.share for _, tier in tiers], dtype=np.float64)
        ph_s_per_mw = np.array([tier.ph_s_per_mw for _, tier in tiers], dtype=np.float64)
        uptime = np.array([fleet.uptime for fleet in fleets], dtype=np.float64)
        opex = np.array([fleet.variable_opex_usd_per_mwh for fleet in fleets], dtype=np.float64)
        factor = hashprice_factor if isinstance(hashprice_factor, float) else hashprice_factor[fleet]
        reward = factor * hashprice[..., None, :] / HOURS_PER_DAY * ph_s_per_mw[:, None]
        return cls(
            fleet=fleet,
            site=fleet_site[fleet],
            drawn_mw=uptime[fleet] * share,
            share=share,
            ph_s_per_mw=ph_s_per_mw,
            reward=reward,
            value=reward * (1.0 - portfolio.settings.pool_fee) - opex[fleet][:, None],
        )

    def by_fleet(self, values: FloatArray, fleets: int) -> FloatArray:
        """Add up the tiers of each fleet: the axis before the months becomes one entry per fleet."""
        if self.fleet.size == fleets:  # one tier each
            return values
        return np.add.reduceat(values, np.searchsorted(self.fleet, np.arange(fleets)), axis=-2)


@dataclass(frozen=True)
class TierRuns:
    """How each tier best runs where it is planned on its own; shaped as the tiers' value, per MW of its load.

    on : whether it runs at all. way : through the peak charges, a position in the tariffs' `off_options`.
    hours : run. [h] bill : power at spot. [USD/MW] peak_usd, demand_usd : charges paid. [USD/MW]
    """

    on: BoolArray
    way: IntArray
    hours: FloatArray
    bill: FloatArray
    peak_usd: FloatArray
    demand_usd: FloatArray

    @classmethod
    def of(cls, tiers: Tiers, prices: PowerPrices, tariffs: Tariffs, factor: FloatArray | None = None) -> TierRuns:
        """The best way of each tier and month through the peak and demand charges of its site.

        factor : of power prices, scenarios x 1 x months; that of `prices` when absent. [-]

        Notes
        -----
        Loads run in the cheapest hours, so every load that runs at all runs in the month's cheapest one:
        each adds its full draw to the site's peak, and the demand charge is a charge per MW that runs.
        """
        shape = tiers.value.shape
        site, month = np.broadcast_arrays(tiers.site[:, None], np.arange(shape[-1])[None, :])
        threshold = tiers.value - INDIFFERENCE_USD_PER_MWH
        demand = tariffs.demand_usd[site, month]
        best = np.zeros(shape)
        found = cls(
            on=np.zeros(shape, dtype=np.bool_),
            way=np.zeros(shape, dtype=np.int64),
            hours=np.zeros(shape),
            bill=np.zeros(shape),
            peak_usd=np.zeros(shape),
            demand_usd=np.zeros(shape),
        )
        for way, (off, charge) in enumerate(tariffs.off_options):
            first, peak = off[site, month], charge[site, month]
            hours, bill = prices.below(Hours(site, month, first, np.full_like(first, ALL_RANKS)), threshold, factor)
            earned = tiers.value * hours - bill - peak - demand
            better = (hours > 0.0) & (earned > best)
            best = np.where(better, earned, best)
            for kept, offered in (
                (found.on, True),
                (found.way, way),
                (found.hours, hours),
                (found.bill, bill),
                (found.peak_usd, peak),
                (found.demand_usd, demand),
            ):
                np.copyto(kept, offered, where=better)
        return found


@dataclass(frozen=True)
class MiningMargins:
    """Monthly economics of one active MW; every array is fleets x months, or scenarios x fleets x months.

    A fleet that would not earn its fixed cost is mothballed for the month: all its figures are zero. So are those of
    months in which the loads of the site are planned together. Means over scenarios are figures of one energised MW.

    run_hours : full-load hours run. [h]
    energy_mwh : energy drawn, uptime included. [MWh/MW]
    hashes : energy times efficiency, the month's work. [PH/s h per MW]
    revenue_usd : block rewards before the pool fee. [USD/MW]
    pool_fee_usd, power_usd, variable_opex_usd, fixed_opex_usd, peak_charge_usd, demand_charge_usd : costs,
        positive. [USD/MW]
    """

    run_hours: FloatArray
    energy_mwh: FloatArray
    hashes: FloatArray
    revenue_usd: FloatArray
    pool_fee_usd: FloatArray
    power_usd: FloatArray
    variable_opex_usd: FloatArray
    fixed_opex_usd: FloatArray
    peak_charge_usd: FloatArray
    demand_charge_usd: FloatArray

    @property
    def gain_usd(self) -> FloatArray:
        """Margin of the month, never negative: g of the model. [USD/MW-month]"""
        opex = self.variable_opex_usd + self.fixed_opex_usd
        charges = self.peak_charge_usd + self.demand_charge_usd
        return self.revenue_usd - self.pool_fee_usd - self.power_usd - opex - charges


def earned_usd(tiers: Tiers, runs: TierRuns, fleets: int) -> FloatArray:
    """What one active MW of every fleet earns in every month before its fixed cost. [USD/MW-month]"""
    earned = tiers.value * runs.hours - runs.bill - runs.peak_usd - runs.demand_usd
    return tiers.by_fleet(np.where(runs.on, tiers.drawn_mw[:, None] * earned, 0.0), fleets)


def mining_margins(
    portfolio: Portfolio, fleets: Sequence[Fleet], tiers: Tiers, runs: TierRuns, planned_alone: BoolArray
) -> MiningMargins:
    """Monthly economics of 1 MW of every fleet under the optimal hourly dispatch.

    planned_alone : fleets x months; False where the site's loads are planned together. The figures are zero there.

    Notes
    -----
    v = hashprice / 24 * ph_s_per_mw * (1 - pool_fee) - variable_opex, run where v exceeds the hour's price;
    g = max(0, uptime * sum_h w_h * max(0, v - price_h) - fixed_opex), less the charges that a month asks for.
    """

    def per_mw(values: FloatArray) -> FloatArray:
        return tiers.by_fleet(np.where(runs.on, tiers.drawn_mw[:, None] * values, 0.0), len(fleets))

    earned = earned_usd(tiers, runs, len(fleets))
    fixed_opex = np.array([fleet.fixed_opex_usd_per_mw_month for fleet in fleets], dtype=np.float64).reshape(-1, 1)
    variable_opex = np.array([fleet.variable_opex_usd_per_mwh for fleet in fleets], dtype=np.float64).reshape(-1, 1)
    on = tiers.by_fleet(runs.on.astype(np.float64), len(fleets)) > 0.0
    active = (earned > fixed_opex) & on & planned_alone
    run_hours = tiers.by_fleet(np.where(runs.on, tiers.share[:, None] * runs.hours, 0.0), len(fleets))
    energy, revenue = per_mw(runs.hours), per_mw(tiers.reward * runs.hours)

    def of_active(values: FloatArray) -> FloatArray:
        return np.where(active, values, 0.0)

    return MiningMargins(
        run_hours=of_active(run_hours),
        energy_mwh=of_active(energy),
        hashes=of_active(per_mw(tiers.ph_s_per_mw[:, None] * runs.hours)),
        revenue_usd=of_active(revenue),
        pool_fee_usd=of_active(revenue * portfolio.settings.pool_fee),
        power_usd=of_active(per_mw(runs.bill)),
        variable_opex_usd=of_active(energy * variable_opex),
        fixed_opex_usd=of_active(np.broadcast_to(fixed_opex, active.shape)),
        peak_charge_usd=of_active(per_mw(runs.peak_usd)),
        demand_charge_usd=of_active(per_mw(runs.demand_usd)),
    )


def installed_mw(fleets: Sequence[Fleet], horizon: Horizon, handled: BoolArray) -> FloatArray:
    """Most MW of each fleet that can be energised in each month: zero from its retirement on. [MW]

    handled : fleets whose machines may be bought, moved or sold: all their room counts.
    """
    months: IntArray = np.arange(horizon.months, dtype=np.int64)
    retire = [horizon.months if not fleet.retire else horizon.index(fleet.retire) for fleet in fleets]
    own = [fleet.room_mw if may else fleet.mw for fleet, may in zip(fleets, handled.tolist(), strict=True)]
    mw = np.array(own, dtype=np.float64).reshape(-1, 1)
    return np.where(months < np.array(retire, dtype=np.int64).reshape(-1, 1), mw, 0.0)
