"""A site under power contracts, replayed hour by hour in merit order (model section 5).

In every hour the load is AI first, then the tiers of the active fleets by falling worth of a MWh, each as far as the
decisions allow it in that hour, and each MW only where the hour's power is cheaper than that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.proving.replay_frames import BoolArray, FloatArray, IntArray
from optimizer.proving.replay_inputs import Decisions
from optimizer.proving.replay_mining import BREAK_EVEN_SHARE, MiningReplay, MiningTerms
from optimizer.proving.replay_power import HourlyPower
from optimizer.proving.replay_programmes import SITE_NAME, Programme


@dataclass(frozen=True)
class SiteLoads:
    """What the hours of sites under power contracts add up to.

    peak_mw : highest load of every site (row) in every month (column), where a contract is in force. [MW]
    paid_mw : by contract of coincident peaks and fleet, the highest load in its hours, by month. [MW]
    block_usd : by block, what it brings against buying all power at spot, by month. [USD]
    """

    peak_mw: FloatArray
    paid_mw: dict[tuple[str, int], FloatArray]
    block_usd: dict[str, FloatArray]


@dataclass(frozen=True)
class _Site:
    """A site and what stands there.

    row : its position. programmes : its contracts. tiers, fleets : positions; the tiers fleet by fleet.
    member : one row per tier, whether it belongs to each of the fleets (column).
    earlier : whether a tier (row) is filled before another one of its fleet (column). [1 or 0]
    """

    row: int
    programmes: tuple[Programme, ...]
    tiers: IntArray
    fleets: IntArray
    member: BoolArray
    earlier: FloatArray

    @classmethod
    def of(cls, decisions: Decisions, row: int) -> _Site:
        """A site of the portfolio."""
        fleets = np.flatnonzero(decisions.fleet_site == row)
        tiers = np.flatnonzero(np.isin(decisions.tiers.fleet, fleets))
        fleet = decisions.tiers.fleet[tiers]
        earlier = np.triu(fleet[:, None] == fleet[None, :], k=1).astype(np.float64)
        programmes = tuple(programme for programme in decisions.programmes if programme.row == row)
        return cls(row, programmes, tiers, fleets, fleet[:, None] == fleets[None, :], earlier)


def replay_dispatch(
    decisions: Decisions, terms: MiningTerms, power: HourlyPower, ai_load: FloatArray, mining: MiningReplay
) -> SiteLoads:
    """Run every site through every hour of its months under power contracts, and add what its fleets do to `mining`.

    ai_load : load of AI in the site's bill, by site and month. [MW]
    """
    months = decisions.months.months
    found = SiteLoads(
        np.zeros(decisions.shape),
        {
            (programme.label, fleet): np.zeros(months)
            for programme in decisions.of_kind("coincident_peak")
            for fleet in programme.by_fleet
        },
        {programme.label: np.zeros(months) for programme in decisions.of_kind("block")},
    )
    for row in np.flatnonzero(decisions.contracted.any(axis=1)).tolist():
        site = _Site.of(decisions, row)
        for t in np.flatnonzero(decisions.contracted[row]).tolist():
            _SiteMonth(decisions, terms, power, site, t, float(ai_load[row, t])).fill(mining, found)
    return found


class _SiteMonth:
    """The hours of one site and month.

    Arrays over hours are in time order; `region` says for each which of the sets of dearest hours it lies in.
    """

    def __init__(
        self, decisions: Decisions, terms: MiningTerms, power: HourlyPower, site: _Site, t: int, ai_mw: float
    ) -> None:
        self.decisions, self.terms, self.site, self.t, self.ai_mw = decisions, terms, site, t, ai_mw
        self.programmes = [programme for programme in site.programmes if programme.in_force[t]]
        prices, self.weight = power.single_hours(site.row, t)
        self.prices = prices
        # A stable sort keeps the earlier of two equal hours in front: it counts as the higher one.
        rank = np.empty(prices.size, dtype=np.int64)
        rank[np.argsort(-prices, kind="stable")] = np.arange(prices.size)
        self.ends = np.unique([programme.hours for programme in self.programmes])
        self.region = np.searchsorted(self.ends, rank, side="right")
        value = terms.value[site.tiers, t]
        # Equal worth leaves the order open; any will do, so the table's stands.
        self.order = np.argsort(-value, kind="stable")
        self.tiers = site.tiers[self.order]
        self.value = value[self.order]

    def of_kind(self, kind: str) -> list[Programme]:
        """The contracts of a kind that are in force."""
        return [programme for programme in self.programmes if programme.record.kind == kind]

    def within(self, programme: Programme) -> BoolArray:
        """For every region, whether its hours are among the contract's."""
        return np.append(self.ends, np.iinfo(np.int64).max) <= programme.hours

    def available(self) -> FloatArray:
        """MW that each tier, fleet by fleet, may draw in each region (row), whatever the site's peak. [MW]"""
        site, t = self.site, self.t
        fleet = self.decisions.tiers.fleet[site.tiers]
        machines = np.tile(self.decisions.active_mw[fleet, t], (self.ends.size + 1, 1))
        for programme in self.of_kind("demand_response"):
            enrolled = np.array([programme.by_fleet[row][t] for row in fleet.tolist()])
            machines[self.within(programme)] -= enrolled
        for programme in self.of_kind("curtailment"):
            machines[self.within(programme)] = 0.0
        drawn = np.maximum(0.0, machines) * self.terms.load_share[site.tiers]
        for programme in self.of_kind("coincident_peak"):
            paid = np.array([programme.by_fleet[row][t] for row in fleet.tolist()])
            hours = self.within(programme)
            drawn[hours] = np.clip(paid - drawn[hours] @ site.earlier, 0.0, drawn[hours])
        return np.asarray(drawn)

    def room(self) -> float:
        """MW that the site's mining may draw in any hour. [MW]"""
        peaks = [float(programme.mw[SITE_NAME][self.t]) for programme in self.of_kind("demand_charge")]
        return max(0.0, min(peaks, default=np.inf) - self.ai_mw)

    def segments(self) -> tuple[list[Programme], FloatArray, FloatArray]:
        """The blocks in the order in which they are used, where each and spot begin [MW], and their costs.

        Costs are what one more MWh costs in every hour (row), from each block and at last at spot (column). [USD/MWh]
        """
        blocks = sorted(self.of_kind("block"), key=_resale_fee, reverse=True)
        begin = np.concatenate(([0.0], np.cumsum([programme.record.mw for programme in blocks])))
        fees = np.array([*(_resale_fee(programme) for programme in blocks), 0.0])
        worth = np.maximum(0.0, self.prices[:, None] - fees)
        return blocks, begin, np.where(self.prices[:, None] < 0.0, self.prices[:, None], worth)

    def fill(self, mining: MiningReplay, found: SiteLoads) -> None:
        """Run the hours and write down what they add up to."""
        blocks, begin, costs = self.segments()
        unbounded = self.available()[:, self.order]
        before = np.cumsum(unbounded, axis=1) - unbounded
        drawn = np.clip(self.room() - before, 0.0, unbounded)
        top = self.ai_mw + np.cumsum(drawn, axis=1)
        bottom, end = (top - drawn)[:, :, None], np.append(begin[1:], np.inf)
        # MW of each tier (second index) that each segment (third index) feeds in the hours of a region, if it runs.
        fed = np.clip(np.minimum(top[:, :, None], end) - np.maximum(bottom, begin), 0.0, None)[self.region]
        profit = self.value[:, None] - costs[:, None, :]
        load = np.where(profit > 0.0, fed, 0.0)
        by_tier = load.sum(axis=2)
        self._fill_fleets(mining, by_tier)
        self._fill_undecided(mining, by_tier, np.where(self._is_even(profit), fed, 0.0), unbounded)
        total = self.ai_mw + by_tier.sum(axis=1)
        found.peak_mw[self.site.row, self.t] = total.max()
        for programme in self.of_kind("coincident_peak"):
            in_hours = by_tier[self.within(programme)[self.region]]
            for column, fleet in enumerate(self.site.fleets.tolist()):
                member = self.site.member[self.order, column]
                found.paid_mw[programme.label, fleet][self.t] = in_hours[:, member].sum(axis=1).max(initial=0.0)
        for position, programme in enumerate(blocks):
            covered = np.clip(total - begin[position], 0.0, programme.record.mw)
            found.block_usd[programme.label][self.t] = self._block_gain(programme, covered, costs[:, position])

    def _block_gain(self, programme: Programme, covered: FloatArray, resold_at: FloatArray) -> float:
        """What a block brings against spot. [USD]"""
        record = programme.record
        worth = np.where(self.prices < 0.0, 0.0, covered * self.prices + ((record.mw or 0.0) - covered) * resold_at)
        paid = (record.price_usd_per_mwh or 0.0) * (record.mw or 0.0) * self.weight * self.prices.size
        return float(self.weight * worth.sum() - paid)

    def _fill_fleets(self, mining: MiningReplay, by_tier: FloatArray) -> None:
        """Energy, hashrate and money of every fleet; `by_tier` is the load of every hour (row) and tier. [MW]"""
        tiers, terms, t = self.tiers, self.terms, self.t
        fleets, member = self.site.fleets, self.site.member[self.order]
        active = self.decisions.active_mw[fleets, t]
        energy = self.weight * by_tier.sum(axis=0)
        share = terms.load_share[tiers]
        machines = np.divide(by_tier.max(axis=0), share, out=np.zeros_like(share), where=share > 0.0)
        fleet_mwh = energy @ member
        mining_mw = np.where(member, machines[:, None], 0.0).max(axis=0, initial=0.0)
        full = terms.uptime[fleets] * mining_mw
        reward = (energy * terms.reward[tiers, t]) @ member
        mining.active_mw[fleets, t] = active
        mining.mining_mw[fleets, t] = mining_mw
        mining.run_hours[fleets, t] = np.divide(fleet_mwh, full, out=np.zeros_like(full), where=full > 0.0)
        mining.energy_mwh[fleets, t] = fleet_mwh
        hashed = (energy * self.decisions.tiers.ph_s_per_mw[tiers]) @ member
        mining.hashrate_ph_s[fleets, t] = hashed / self.decisions.month_hours[t]
        mining.revenue_usd[fleets, t] = reward
        mining.pool_fee_usd[fleets, t] = reward * self.decisions.portfolio.settings.pool_fee
        mining.power_usd[fleets, t] = (self.weight * (self.prices @ by_tier)) @ member
        mining.variable_opex_usd[fleets, t] = (energy * terms.variable_opex[tiers]) @ member
        mining.fixed_opex_usd[fleets, t] = active * terms.fixed_opex[fleets]

    def _is_even(self, profit: FloatArray) -> BoolArray:
        """Where running earns nothing but rounding: hours x tiers x segments."""
        turned = self._turned()[None, :, None] + np.abs(self.prices)[:, None, None]
        return np.asarray(np.abs(profit) <= BREAK_EVEN_SHARE * turned)

    def _turned(self) -> FloatArray:
        """What a MWh of each tier turns over beside its power. [USD/MWh]"""
        return np.asarray(self.terms.reward[self.tiers, self.t] + self.terms.variable_opex[self.tiers])

    def _fill_undecided(
        self, mining: MiningReplay, by_tier: FloatArray, even: FloatArray, unbounded: FloatArray
    ) -> None:
        """What may run or not, and what may run instead of another tier of the same worth.

        even : MW that break even, hours x tiers x segments. unbounded : what each tier may draw whatever the peak.
        """
        fleets, member = self.site.fleets, self.site.member[self.order]
        sizes = self._turned() + np.abs(self.prices)[:, None]
        open_ = even.sum(axis=2)
        at_site = self.weight * (open_ * sizes).sum(axis=0) @ member
        swapped, matters = self._swapped(by_tier, unbounded)
        open_ = open_ + swapped
        at_site = at_site + (self.weight * (swapped * sizes * matters).sum(axis=0)) @ member
        mwh = (self.weight * open_.sum(axis=0)) @ member
        mining.undecided_hours[fleets, self.t] = np.where(mwh > 0.0, self.decisions.month_hours[self.t], 0.0)
        mining.undecided_mwh[fleets, self.t] = mwh
        mining.undecided_usd[fleets, self.t] = (self.weight * (open_ * sizes).sum(axis=0)) @ member
        mining.undecided_site_usd[fleets, self.t] = at_site

    def _swapped(self, by_tier: FloatArray, unbounded: FloatArray) -> tuple[FloatArray, BoolArray]:
        """MW that a tier may draw in an hour in place of another tier of the same worth, of which a part runs.

        Also whether the swap shows at the site: its tiers earn the same, but not by the same revenue.
        """
        swapped, matters = np.zeros_like(by_tier), np.zeros(self.tiers.size, dtype=np.bool_)
        turned = self._turned()
        close = BREAK_EVEN_SHARE * (turned + np.abs(self.value))
        group = np.cumsum(np.append(False, self.value[:-1] - self.value[1:] > close[1:])) if self.tiers.size else None
        if group is None or group[-1] + 1 == group.size:
            return swapped, matters
        for number in np.unique(group).tolist():
            equals = np.flatnonzero(group == number)
            if equals.size == 1:
                continue
            running = by_tier[:, equals].sum(axis=1)
            most = unbounded[:, equals][self.region]
            part = (running > 0.0) & (running < most.sum(axis=1) * (1.0 - BREAK_EVEN_SHARE))
            swapped[:, equals] = np.where(part[:, None], most, 0.0)
            matters[equals] = bool(np.ptp(turned[equals]) > close[equals].max())
        return swapped, matters


def _resale_fee(programme: Programme) -> float:
    """What selling a MWh of a block back costs; infinite where it cannot be sold. [USD/MWh]"""
    record = programme.record
    return record.resale_fee_usd_per_mwh if record.resale == "spot" else np.inf
