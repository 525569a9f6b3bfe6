"""The power contracts of every site, month by month: blocks, charges and programmes as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.horizon import BoolArray, FloatArray, Horizon, IntArray
from sites.portfolio import Portfolio
from sites.records import PowerContract, Site

KW_PER_MW = 1000.0


@dataclass(frozen=True)
class Tariff:
    """One power contract of one site.

    name : kind and row of the table, as the result tables call it.
    site : position of the site. in_force : for each month of the horizon, whether the contract counts.
    """

    name: str
    site: int
    terms: PowerContract
    in_force: BoolArray

    @property
    def usd_per_mw_month(self) -> FloatArray:
        """Charge, or pay, of one MW in every month; zero where the contract is not in force. [USD/MW-month]"""
        kw, mw = self.terms.usd_per_kw_month, self.terms.usd_per_mw_month
        return np.where(self.in_force, KW_PER_MW * (kw or 0.0) + (mw or 0.0), 0.0)

    @property
    def rows(self) -> IntArray:
        """How many of the dearest source hours the contract is about in every month; zero where not in force."""
        hours = self.terms.hours_per_month if self.terms.hours is None else self.terms.hours
        return np.where(self.in_force, hours or 0, 0).astype(np.int64)

    @property
    def fee(self) -> float:
        """What selling a MWh of a block back costs: the resale fee, infinite without resale. [USD/MWh]"""
        return self.terms.resale_fee_usd_per_mwh if self.terms.resale == "spot" else np.inf

    @property
    def is_hedge(self) -> bool:
        """Whether it is a block that is sold back without a fee: money, with no effect on any load."""
        return self.terms.kind == "block" and self.fee == 0.0

    @property
    def ratcheted(self) -> bool:
        """Whether the charge looks at the peaks of earlier months."""
        return self.terms.ratchet_share > 0.0 and self.terms.ratchet_months > 0


@dataclass(frozen=True)
class Tariffs:
    """The power contracts of a portfolio.

    count : number of sites. months : of the horizon.
    all : every contract, in the order of the table.
    """

    count: int
    months: int
    all: tuple[Tariff, ...]

    @classmethod
    def of(cls, portfolio: Portfolio, sites: Sequence[Site], horizon: Horizon) -> Tariffs:
        """Collect the contracts; `sites` gives the positions."""
        position = {site.id: row for row, site in enumerate(sites)}
        every = range(horizon.first, horizon.first + horizon.months)
        tariffs = [
            Tariff(
                name=f"{terms.kind} {row}",
                site=position[terms.site],
                terms=terms,
                in_force=np.array([terms.in_force(month) for month in every], dtype=np.bool_),
            )
            for row, terms in enumerate(portfolio.power_contracts, start=1)
        ]
        return cls(len(sites), horizon.months, tuple(tariffs))

    def of_kind(self, kind: str) -> Iterator[tuple[int, Tariff]]:
        """The contracts of one kind, with their positions."""
        return ((row, tariff) for row, tariff in enumerate(self.all) if tariff.terms.kind == kind)

    @cached_property
    def site(self) -> IntArray:
        """Position of the site of every contract."""
        return np.array([tariff.site for tariff in self.all], dtype=np.int64)

    def at(self, kind: str, site: int, month: int) -> list[int]:
        """Positions of the contracts of a kind that are in force at a site in a month."""
        return [row for row, tariff in self.of_kind(kind) if tariff.site == site and tariff.in_force[month]]

    def _where(self, kind: str) -> BoolArray:
        """Where a contract of the kind is in force whose worth depends on the load; pure hedges never do."""
        found = np.zeros((self.count, self.months), dtype=np.bool_)
        for _, tariff in self.of_kind(kind):
            if not tariff.is_hedge:
                found[tariff.site] |= tariff.in_force
        return found

    @cached_property
    def curtailed_rows(self) -> IntArray:
        """How many of the dearest source hours mining must be off: sites x months."""
        rows = np.zeros((self.count, self.months), dtype=np.int64)
        for _, tariff in self.of_kind("curtailment"):
            rows[tariff.site] = np.maximum(rows[tariff.site], tariff.rows)
        return rows

    @cached_property
    def blocks_matter(self) -> BoolArray:
        """Where a block is in force that is no pure hedge, so that its worth depends on the load: sites x months."""
        return self._where("block")

    @cached_property
    def shared(self) -> BoolArray:
        """Where the power of AI whose rent includes it is in the site's bill: sites x months."""
        return self.blocks_matter | self._where("demand_charge")

    @cached_property
    def joint(self) -> BoolArray:
        """Where the loads of a site must be planned together, since one's worth depends on another: sites x months."""
        found = self.blocks_matter | self._where("demand_response")
        for _, tariff in self.of_kind("demand_charge"):
            if tariff.ratcheted:
                found[tariff.site] |= tariff.in_force
        return found

    @cached_property
    def demand_usd(self) -> FloatArray:
        """Demand charge of one MW of peak load, ratchets left aside: sites x months. [USD/MW-month]"""
        return self._sum("demand_charge")

    @cached_property
    def peak_usd(self) -> FloatArray:
        """Coincident-peak charge of one MW that runs in every hour: sites x months. [USD/MW-month]"""
        return self._sum("coincident_peak")

    def _sum(self, kind: str) -> FloatArray:
        total = np.zeros((self.count, self.months))
        for _, tariff in self.of_kind(kind):
            total[tariff.site] += tariff.usd_per_mw_month
        return total

    @cached_property
    def off_options(self) -> tuple[tuple[IntArray, FloatArray], ...]:
        """The ways of meeting the peak charges in months that are not joint.

        Each is a number of dearest source hours in which a load is off, and what it then pays for the peaks that
        remain: sites x months, the latter in USD/MW-month. The first way pays every peak.
        """
        peaks = [tariff for _, tariff in self.of_kind("coincident_peak")]
        by_site = [[tariff for tariff in peaks if tariff.site == site] for site in range(self.count)]
        ways = 1 + max((len(here) for here in by_site), default=0)
        options = []
        for way in range(ways):
            off = self.curtailed_rows.copy()
            for site, here in enumerate(by_site):
                if 0 < way <= len(here):
                    off[site] = np.maximum(off[site], here[way - 1].rows)
            charge = np.zeros((self.count, self.months))
            for tariff in peaks:
                charge[tariff.site] += np.where(tariff.rows > off[tariff.site], tariff.usd_per_mw_month, 0.0)
            options.append((off, charge))
        return tuple(options)
