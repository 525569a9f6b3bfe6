"""Months in which the loads of a site are planned together, reduced to runs of hours instead of hours.

A block that is no pure hedge, a ratchet or paid demand response makes the worth of a load depend on
the other loads of its site. Loads then share the blocks in the order of what they earn, and this
order is the same in every hour, except where a programme switches some of them off. So the month is
cut only where such a programme begins: at ranks of hours counted from the dearest. Within one such
cell each MW of load belongs to one block (or to none, which is spot) in every hour, runs where it
earns more than that block's marginal cost, and is worth one number, found in sorted prices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from optimizer.chains import Chain, Changes
from optimizer.horizon import USD_PER_USD_M, BoolArray, FloatArray, Horizon, IntArray
from optimizer.hosting import OfferProfile
from optimizer.mining import Tiers
from optimizer.price_duration import ALL_RANKS, INDIFFERENCE_USD_PER_MWH, Hours, PowerPrices
from optimizer.starts import Starts
from optimizer.tariffs import Tariffs
from sites.records import Fleet

NONE = -1

# Positions of members by what they have in common.
Groups = dict[tuple[int, ...], list[int]]


@dataclass(frozen=True)
class Cells:
    """Runs of hours of a site and month, by rank from the dearest: first <= rank < end.

    mining : whether mining may run in them at all.
    """

    site: IntArray
    month: IntArray
    first: IntArray
    end: IntArray
    mining: IntArray

    def at(self, rows: IntArray) -> Hours:
        """Some of the cells as queries of prices."""
        return Hours(self.site[rows], self.month[rows], self.first[rows], self.end[rows])


@dataclass(frozen=True)
class Crews:
    """Active MW of a fleet in a month, enrolled in a demand response programme (position of the contract) or not."""

    fleet: IntArray
    month: IntArray
    programme: IntArray
    mw: FloatArray
    usd: FloatArray


@dataclass(frozen=True)
class Loads:
    """MW of load of a tier in a cell, covered by a block (position of the contract) or bought at spot.

    mw : upper bound. hours : run. [h] bill : at spot. [USD/MW] relief : what the block saves against spot. [USD/MW]
    """

    tier: IntArray
    cell: IntArray
    block: IntArray
    mw: FloatArray
    hours: FloatArray
    bill: FloatArray
    relief: FloatArray


@dataclass(frozen=True)
class Covers:
    """MW of AI load that a block covers in a cell. relief : what that saves against spot. [USD/MW]"""

    cell: IntArray
    block: IntArray
    relief: FloatArray


@dataclass(frozen=True)
class PaidPeaks:
    """MW of load of a fleet that pays a coincident peak charge (position of the contract) in a month."""

    fleet: IntArray
    tariff: IntArray
    month: IntArray


@dataclass(frozen=True)
class SiteMonths:
    """Sites and months, one entry each."""

    site: IntArray
    month: IntArray


@dataclass(frozen=True)
class BilledPeaks:
    """MW of peak load that a ratcheted demand charge (position of the contract) bills in a month."""

    tariff: IntArray
    month: IntArray


@dataclass(frozen=True)
class Joint:
    """Everything the programme decides in months in which the loads of a site are planned together.

    usd : by variable, what a MW of it brings in its month, costs negative. [USD/MW]
    unused_gain_usd : what every block, pure hedges too, brings against spot while no load uses it: contracts x
        months. [USD]
    ai_load_mw : AI load whose rent includes power, by site.
    """

    cells: Cells
    crews: Crews
    loads: Loads
    covers: Covers
    paid: PaidPeaks
    peaks: SiteMonths
    billed: BilledPeaks
    usd: dict[str, FloatArray]
    unused_gain_usd: FloatArray
    ai_load_mw: Chain

    @property
    def month(self) -> dict[str, IntArray]:
        """By variable, the month of each of its members."""
        return {
            "active_mw": self.crews.month,
            "load_mw": self.cells.month[self.loads.cell],
            "covered_mw": self.cells.month[self.covers.cell],
            "paid_peak_mw": self.paid.month,
            "peak_mw": self.peaks.month,
            "billed_mw": self.billed.month,
        }

    def values_usd_m(self, discount: FloatArray) -> dict[str, FloatArray]:
        """By variable, the present value of a MW of it; `discount` has one factor per month. [USD million/MW]"""
        return {name: self.usd[name] * discount[month] / USD_PER_USD_M for name, month in self.month.items()}

    @cached_property
    def loads_of(self) -> Groups:
        """Positions of the loads by tier and cell."""
        return _grouped(self.loads.tier, self.loads.cell)

    @cached_property
    def loads_in(self) -> Groups:
        """Positions of the loads by cell."""
        return _grouped(self.loads.cell)

    @cached_property
    def crews_of(self) -> Groups:
        """Positions of the crews by fleet and month."""
        return _grouped(self.crews.fleet, self.crews.month)


def _grouped(*keys: IntArray) -> Groups:
    groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for position, key in enumerate(zip(*(column.tolist() for column in keys), strict=True)):
        groups[key].append(position)
    return dict(groups)


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> list[IntArray]:
    return list(np.array(rows, dtype=np.int64).reshape(-1, width).T)


def make_joint(
    tariffs: Tariffs,
    tiers: Tiers,
    fleets: Sequence[Fleet],
    installed: FloatArray,
    prices: PowerPrices,
    starts: Starts,
    where: BoolArray | None = None,
) -> Joint:
    """The joint months of a portfolio; everything is empty without such months.

    installed : MW of every fleet and month. where : the joint months, sites x months; all of them when absent.
    """
    where = tariffs.joint if where is None else where
    builder = _Builder(tariffs, tiers, fleets, installed, prices, where)
    ai_load = ai_load_chain(starts, where, prices.horizon)
    cells = builder.cells()
    crews, loads = builder.crews(), builder.loads(cells)
    covers, paid = builder.covers(cells, ai_load.at >= 0), builder.paid()
    peaks, billed = builder.peaks()
    value = tiers.value[loads.tier, cells.month[loads.cell]]
    usd = {
        "active_mw": crews.usd,
        "load_mw": value * loads.hours - loads.bill + loads.relief,
        "covered_mw": covers.relief,
        "paid_peak_mw": -builder.usd_per_mw(paid.tariff, paid.month),
        "peak_mw": -builder.unratcheted_usd[peaks.site, peaks.month],
        "billed_mw": -builder.usd_per_mw(billed.tariff, billed.month),
    }
    return Joint(
        cells=cells,
        crews=crews,
        loads=loads,
        covers=covers,
        paid=paid,
        peaks=peaks,
        billed=billed,
        usd=usd,
        unused_gain_usd=builder.unused_gain(),
        ai_load_mw=ai_load,
    )


def ai_load_chain(starts: Starts, where: BoolArray, horizon: Horizon) -> Chain:
    """AI load whose rent includes power, as a running total over the starts at sites with joint months. [MW]

    where : these months, sites x months.
    """
    planned = {int(site) for site in np.flatnonzero(where.any(axis=1))}
    parts: list[tuple[int, int, int, float]] = []
    for start, site in enumerate(starts.site.tolist()):
        offer = starts.offers[int(starts.offer[start])]
        if site not in planned or offer.power != "included":
            continue
        tau, release = int(starts.earning[start]), int(starts.release[start])
        load = OfferProfile.of(offer, offer.ramp_months + 1).load
        level = 0.0
        for month in range(max(0, tau), release):
            now = float(load[min(month - tau, offer.ramp_months)])
            if now != level:
                parts.append((site, month, start, now - level))
                level = now
            if month - tau >= offer.ramp_months:
                break
        if level:
            parts.append((site, release, start, -level))
    site_of, month_of, start_of = _columns([part[:3] for part in parts], 3)
    changes = Changes(site_of, month_of, start_of, np.array([part[3] for part in parts]))
    return Chain.of(changes, where.shape[0], horizon.months)


def hedge_gain_usd(tariffs: Tariffs, prices: PowerPrices, factor: FloatArray) -> FloatArray:
    """Value of every pure hedge against spot in some scenarios: scenarios x contracts x months. [USD]

    factor : of power prices, scenarios x months. [-]
    """
    gain = np.zeros((factor.shape[0], len(tariffs.all), tariffs.months))
    for row, tariff in tariffs.of_kind("block"):
        if tariff.is_hedge:
            month = np.flatnonzero(tariff.in_force)
            where, scale = Hours.all_of(np.full_like(month, tariff.site), month), factor[:, month]
            hours, bill = prices.below(where, np.full(scale.shape, np.inf), scale)
            _, negative = prices.below(where, np.zeros(scale.shape), scale)
            fixed = (tariff.terms.price_usd_per_mwh or 0.0) * hours
            gain[:, row, month] = (tariff.terms.mw or 0.0) * (bill - negative - fixed)
    return gain


class _Builder:
    """Lists the members of every part; the numbers come from sorted prices, all at once."""

    def __init__(
        self,
        tariffs: Tariffs,
        tiers: Tiers,
        fleets: Sequence[Fleet],
        installed: FloatArray,
        prices: PowerPrices,
        where: BoolArray,
    ) -> None:
        self.tariffs, self.tiers, self.fleets = tariffs, tiers, fleets
        self.installed, self.prices = installed, prices
        self.site_months = [(int(site), int(month)) for site, month in np.argwhere(where)]
        self.sites = {site for site, _ in self.site_months}
        self.tiers_at: dict[int, list[int]] = defaultdict(list)
        for tier, site in enumerate(tiers.site.tolist()):
            self.tiers_at[site].append(tier)
        self.fleets_at: dict[int, list[int]] = defaultdict(list)
        for tier, site in enumerate(tiers.site.tolist()):
            if int(tiers.fleet[tier]) not in self.fleets_at[site]:
                self.fleets_at[site].append(int(tiers.fleet[tier]))
        self.fees = np.array([tariff.fee for tariff in tariffs.all], dtype=np.float64)

    def usd_per_mw(self, tariff: IntArray, month: IntArray) -> FloatArray:
        """Charge or pay of contracts in months. [USD/MW-month]"""
        table = [one.usd_per_mw_month for one in self.tariffs.all]
        return np.array([table[row][t] for row, t in zip(tariff.tolist(), month.tolist(), strict=True)])

    @cached_property
    def unratcheted_usd(self) -> FloatArray:
        """Demand charge without ratchet: sites x months. [USD/MW-month]"""
        total = self.tariffs.demand_usd.copy()
        for _, tariff in self.tariffs.of_kind("demand_charge"):
            if tariff.ratcheted:
                total[tariff.site] -= tariff.usd_per_mw_month
        return total

    def blocks(self, site: int, month: int) -> list[int]:
        """The blocks in force that are no pure hedges."""
        return [row for row in self.tariffs.at("block", site, month) if self.fees[row] > 0.0]

    def cells(self) -> Cells:
        """Cut every joint month at the ranks where a programme begins."""
        rows: list[tuple[int, ...]] = []
        for site, month in self.site_months:
            off = int(self.tariffs.curtailed_rows[site, month])
            cuts = {off}
            for kind in ("coincident_peak", "demand_response"):
                for row in self.tariffs.at(kind, site, month):
                    cuts.add(max(off, int(self.tariffs.all[row].rows[month])))
            edges = [*sorted(cuts), ALL_RANKS]
            if off:
                rows.append((site, month, 0, off, 0))
            rows.extend((site, month, first, end, 1) for first, end in pairwise(edges))
        return Cells(*_columns(rows, 5))

    def crews(self) -> Crews:
        """Every installed fleet, once for each programme and once without."""
        rows: list[tuple[int, ...]] = []
        for site, month in self.site_months:
            programmes = [NONE, *self.tariffs.at("demand_response", site, month)]
            present = [fleet for fleet in self.fleets_at[site] if self.installed[fleet, month] > 0.0]
            rows.extend((fleet, month, programme) for fleet in present for programme in programmes)
        crew, when, enrolled_in = _columns(rows, 3)
        fixed = np.array([one.fixed_opex_usd_per_mw_month for one in self.fleets], dtype=np.float64)
        enrolled = np.flatnonzero(enrolled_in != NONE)
        usd = -fixed[crew]
        usd[enrolled] += self.usd_per_mw(enrolled_in[enrolled], when[enrolled])
        return Crews(crew, when, enrolled_in, self.installed[crew, when], usd)

    def loads(self, cells: Cells) -> Loads:
        """Every tier in every cell, once for each block and once at spot; those that never run are left out."""
        rows: list[tuple[int, ...]] = []
        for cell in np.flatnonzero(cells.mining).tolist():
            site, month = int(cells.site[cell]), int(cells.month[cell])
            covers = [NONE, *self.blocks(site, month)]
            for tier in self.tiers_at[site]:
                if self.installed[self.tiers.fleet[tier], month] > 0.0:
                    rows.extend((tier, cell, block) for block in covers)
        load, where, by = _columns(rows, 3)
        value = self.tiers.value[load, cells.month[where]] - INDIFFERENCE_USD_PER_MWH
        # A load that earns nothing runs only where the price is negative, where no block covers it.
        sensible = (by == NONE) | (value > 0.0)
        load, where, by, value = load[sensible], where[sensible], by[sensible], value[sensible]
        fee = np.append(self.fees, 0.0)[by]  # NONE reads the appended zero
        hours, bill = self.prices.below(cells.at(where), value + fee)
        relief = np.where(by == NONE, 0.0, self.relief(cells.at(where), fee, hours))
        mw = self.tiers.drawn_mw[load] * self.installed[self.tiers.fleet[load], cells.month[where]]
        keep = (hours > 0.0) & (mw > 0.0)
        return Loads(load[keep], where[keep], by[keep], mw[keep], hours[keep], bill[keep], relief[keep])

    def relief(self, where: Hours, fee: FloatArray, hours: FloatArray) -> FloatArray:
        """What a block saves 1 MW of load against spot: the sum of min(price, fee) over its hours of prices from 0 on.

        hours : in which the load runs, the cheapest ones and at least all that cost less than the fee.
        """
        below_fee, bill_below_fee = self.prices.below(where, fee)
        _, bill_negative = self.prices.below(where, np.zeros_like(fee))
        dearer = np.where(np.isinf(fee), 0.0, fee) * (hours - below_fee)
        return np.asarray(bill_below_fee - bill_negative + dearer)

    def covers(self, cells: Cells, ai_load: BoolArray) -> Covers:
        """Every block in every cell of a month in which its site may have AI load (sites x months)."""
        rows: list[tuple[int, ...]] = []
        for cell, (site, month) in enumerate(zip(cells.site.tolist(), cells.month.tolist(), strict=True)):
            if ai_load[site, month]:
                rows.extend((cell, block) for block in self.blocks(site, month))
        covered, by = _columns(rows, 2)
        where = cells.at(covered)
        hours, _ = self.prices.below(where, np.full(covered.size, np.inf))
        return Covers(covered, by, self.relief(where, np.append(self.fees, 0.0)[by], hours))

    def paid(self) -> PaidPeaks:
        """Every fleet and coincident peak that it can be part of."""
        rows: list[tuple[int, ...]] = []
        for site, month in self.site_months:
            for row in self.tariffs.at("coincident_peak", site, month):
                tariff = self.tariffs.all[row]
                if tariff.rows[month] > self.tariffs.curtailed_rows[site, month]:
                    rows.extend((fleet, row, month) for fleet in self.fleets_at[site])
        return PaidPeaks(*_columns(rows, 3))

    def peaks(self) -> tuple[SiteMonths, BilledPeaks]:
        """Site months with a demand charge, and the ratchets that bill them."""
        charged = [pair for pair in self.site_months if self.tariffs.at("demand_charge", *pair)]
        billed = [
            (row, month)
            for row, tariff in self.tariffs.of_kind("demand_charge")
            if tariff.ratcheted and tariff.site in self.sites
            for month in np.flatnonzero(tariff.in_force).tolist()
        ]
        return SiteMonths(*_columns(charged, 2)), BilledPeaks(*_columns(billed, 2))

    def unused_gain(self) -> FloatArray:
        """Value of every block against spot when no load uses it: resale less the fixed price. [USD]"""
        gain = np.zeros((len(self.tariffs.all), self.tariffs.months))
        for row, tariff in self.tariffs.of_kind("block"):
            month = np.flatnonzero(tariff.in_force)
            where = Hours.all_of(np.full_like(month, tariff.site), month)
            fee = np.full(month.size, self.fees[row])
            hours, bill = self.prices.below(where, np.full(month.size, np.inf))
            _, negative = self.prices.below(where, np.zeros(month.size))
            resale = bill - negative - self.relief(where, fee, hours)
            fixed = (tariff.terms.price_usd_per_mwh or 0.0) * hours
            gain[row, month] = (tariff.terms.mw or 0.0) * (resale - fixed)
        return gain
