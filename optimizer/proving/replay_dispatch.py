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
    member : one row per tier, whether it belongs to each of the fleets (column). [1 or 0]
    earlier : whether a tier (row) is filled before another one of its fleet (column). [1 or 0]
    """

    row: int
    programmes: tuple[Programme, ...]
    tiers: IntArray
    fleets: IntArray
    member: FloatArray
    earlier: FloatArray

    @classmethod
    def of(cls, decisions: Decisions, row: int) -> _Site:
        """A site of the portfolio."""
        fleets = np.flatnonzero(decisions.fleet_site == row)
        tiers = np.flatnonzero(np.isin(decisions.tiers.fleet, fleets))
        fleet = decisions.tiers.fleet[tiers]
        earlier = np.triu(fleet[:, None] == fleet[None, :], k=1).astype(np.float64)
        programmes = tuple(programme for programme in decisions.programmes if programme.row == row)
        member = (fleet[:, None] == fleets[None, :]).astype(np.float64)
        return cls(row, programmes, tiers, fleets, member, earlier)


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
        self.ends = np.unique([programme.hours for programme in self.programmes])
        self.region = np.searchsorted(self.ends, power.ranks(site.row, t), side="right")
        value = terms.value[site.tiers, t]
        # Equal worth leaves the order open; any will do, so the table's stands.
        self.order = np.argsort(-value, kind="stable")
        self.tiers, self.member = site.tiers[self.order], site.member[self.order]
        self.value = value[self.order]
        # What a MWh of each tier turns over beside its power, and with it in every hour. [USD/MWh]
        self.turned = terms.reward[self.tiers, t] + terms.variable_opex[self.tiers]
        self.sizes = self.turned[:, None] + np.abs(prices)

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

        Costs are what one more MWh costs from each block, and at last at spot (row), in every hour (column). [USD/MWh]
        """
        blocks = sorted(self.of_kind("block"), key=_resale_fee, reverse=True)
        begin = np.cumsum([0.0, *(programme.record.mw or 0.0 for programme in blocks), np.inf])
        fees = np.array([*(_resale_fee(programme) for programme in blocks), 0.0])
        worth = np.maximum(0.0, self.prices - fees[:, None])
        return blocks, begin, np.where(self.prices < 0.0, self.prices, worth)

    def fill(self, mining: MiningReplay, found: SiteLoads) -> None:
        """Run the hours and write down what they add up to."""
        blocks, begin, costs = self.segments()
        unbounded = self.available()[:, self.order].T
        before = np.cumsum(unbounded, axis=0) - unbounded
        drawn = np.clip(self.room() - before, 0.0, unbounded)
        top = self.ai_mw + np.cumsum(drawn, axis=0)
        load, even = np.zeros((2, self.tiers.size, self.prices.size))
        for position, cost in enumerate(costs):
            start, end = begin[position], begin[position + 1]
            # MW of each tier (row) that this segment feeds in the hours of each region (column), if it runs.
            fed = np.clip(np.minimum(top, end) - np.maximum(top - drawn, start), 0.0, None)[:, self.region]
            profit = self.value[:, None] - cost
            load += np.where(profit > 0.0, fed, 0.0)
            if np.abs(profit).min(initial=np.inf) <= BREAK_EVEN_SHARE * self.sizes.max(initial=0.0):
                even += np.where(np.abs(profit) <= BREAK_EVEN_SHARE * self.sizes, fed, 0.0)
        self._fill_fleets(mining, load)
        self._fill_undecided(mining, load, even, unbounded)
        total = self.ai_mw + load.sum(axis=0)
        found.peak_mw[self.site.row, self.t] = total.max()
        for programme in self.of_kind("coincident_peak"):
            in_hours = load[:, self.within(programme)[self.region]]
            paid = (self.member.T @ in_hours).max(axis=1, initial=0.0)
            for column, fleet in enumerate(self.site.fleets.tolist()):
                found.paid_mw[programme.label, fleet][self.t] = paid[column]
        for position, programme in enumerate(blocks):
            covered = np.clip(total - begin[position], 0.0, programme.record.mw)
            found.block_usd[programme.label][self.t] = self._block_gain(programme, covered, costs[position])

    def _block_gain(self, programme: Programme, covered: FloatArray, resold_at: FloatArray) -> float:
        """What a block brings against spot. [USD]"""
        record = programme.record
        worth = np.where(self.prices < 0.0, 0.0, covered * self.prices + ((record.mw or 0.0) - covered) * resold_at)
        paid = (record.price_usd_per_mwh or 0.0) * (record.mw or 0.0) * self.weight * self.prices.size
        return float(self.weight * worth.sum() - paid)

    def _fill_fleets(self, mining: MiningReplay, load: FloatArray) -> None:
        """Energy, hashrate and money of every fleet; `load` is that of every tier (row) and hour (column). [MW]"""
        tiers, terms, t, fleets = self.tiers, self.terms, self.t, self.site.fleets
        active = self.decisions.active_mw[fleets, t]
        energy = self.weight * load.sum(axis=1)
        share = terms.load_share[tiers]
        machines = np.divide(load.max(axis=1), share, out=np.zeros_like(share), where=share > 0.0)
        fleet_mwh = energy @ self.member
        mining_mw = (self.member * machines[:, None]).max(axis=0, initial=0.0)
        full = terms.uptime[fleets] * mining_mw
        reward = (energy * terms.reward[tiers, t]) @ self.member
        mining.active_mw[fleets, t] = active
        mining.mining_mw[fleets, t] = mining_mw
        mining.run_hours[fleets, t] = np.divide(fleet_mwh, full, out=np.zeros_like(full), where=full > 0.0)
        mining.energy_mwh[fleets, t] = fleet_mwh
        hashed = (energy * self.decisions.tiers.ph_s_per_mw[tiers]) @ self.member
        mining.hashrate_ph_s[fleets, t] = hashed / self.decisions.month_hours[t]
        mining.revenue_usd[fleets, t] = reward
        mining.pool_fee_usd[fleets, t] = reward * self.decisions.portfolio.settings.pool_fee
        mining.power_usd[fleets, t] = (self.weight * (load @ self.prices)) @ self.member
        mining.variable_opex_usd[fleets, t] = (energy * terms.variable_opex[tiers]) @ self.member
        mining.fixed_opex_usd[fleets, t] = active * terms.fixed_opex[fleets]

    def _fill_undecided(self, mining: MiningReplay, load: FloatArray, even: FloatArray, unbounded: FloatArray) -> None:
        """What may run or not, and what may run instead of another tier of the same worth.

        even : MW that break even, tiers x hours. unbounded : what each tier may draw whatever the peak, by region.
        """
        fleets, t = self.site.fleets, self.t
        swapped, matters = self._swapped(load, unbounded)
        either = even + swapped
        if not either.any():
            return
        mwh = self.weight * either.sum(axis=1) @ self.member
        at_site = even + swapped * matters[:, None]
        mining.undecided_hours[fleets, t] = np.where(mwh > 0.0, self.decisions.month_hours[t], 0.0)
        mining.undecided_mwh[fleets, t] = mwh
        mining.undecided_usd[fleets, t] = self.weight * (either * self.sizes).sum(axis=1) @ self.member
        mining.undecided_site_usd[fleets, t] = self.weight * (at_site * self.sizes).sum(axis=1) @ self.member

    def _swapped(self, load: FloatArray, unbounded: FloatArray) -> tuple[FloatArray, BoolArray]:
        """MW that a tier may draw in an hour in place of another tier of the same worth, of which a part runs.

        Also whether the swap shows at the site: its tiers earn the same, but not by the same revenue.
        """
        swapped, matters = np.zeros_like(load), np.zeros(self.tiers.size, dtype=np.bool_)
        close = BREAK_EVEN_SHARE * (self.turned + np.abs(self.value))
        group = np.cumsum(self.value[:-1] - self.value[1:] > close[1:])
        group = np.concatenate((np.zeros(min(1, self.value.size), dtype=np.int64), group))
        for equals in (np.flatnonzero(group == number) for number in np.flatnonzero(np.bincount(group) > 1)):
            running = load[equals].sum(axis=0)
            most = unbounded[equals][:, self.region]
            part = (running > 0.0) & (running < most.sum(axis=0) * (1.0 - BREAK_EVEN_SHARE))
            swapped[equals] = np.where(part, most, 0.0)
            matters[equals] = bool(np.ptp(self.turned[equals]) > close[equals].max())
        return swapped, matters


def _resale_fee(programme: Programme) -> float:
    """What selling a MWh of a block back costs; infinite where it cannot be sold. [USD/MWh]"""
    record = programme.record
    return record.resale_fee_usd_per_mwh if record.resale == "spot" else np.inf
