"""The ways to deliver AI offers: which offer, at which site, with rent from which month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.horizon import FloatArray, Horizon, IntArray
from sites.records import Contract


@dataclass(frozen=True)
class Starts:
    """Every allowed start, one entry per array position; all months are indices, t = 0 is the plan's start.

    offers : the contract offers, in the order that `offer` counts.
    offer, site : positions of the start's offer and site.
    tau : first rent month; negative for deals that already run.
    begin, release : the site's capacity is occupied in begin <= t < release, cut to the horizon.
    signing : tau - build_months; negative for deals signed before the start.
    earning : first month that really earns rent and draws power: tau, or later where building is late.
    """

    offers: tuple[Contract, ...]
    horizon: Horizon
    offer: IntArray
    site: IntArray
    tau: IntArray
    begin: IntArray
    release: IntArray
    signing: IntArray
    earning: IntArray

    @property
    def count(self) -> int:
        """Number of starts."""
        return self.tau.size

    def per_start(self, values: Sequence[float]) -> FloatArray:
        """Spread one value per offer over the starts."""
        return np.asarray(values, dtype=np.float64)[self.offer] if self.count else np.zeros(0)

    @cached_property
    def gross_ratio(self) -> FloatArray:
        """MW of site capacity per critical MW. [MW/MW]"""
        return self.per_start([offer.gross_ratio for offer in self.offers])

    @cached_property
    def retrofit(self) -> IntArray:
        """Positions of the starts that take mining halls."""
        return np.flatnonzero(self.per_start([float(offer.retrofit) for offer in self.offers]))

    @cached_property
    def committed_mw(self) -> FloatArray:
        """Signed critical MW; zero for offers that are still open. [MW]"""
        return self.per_start([offer.committed_mw for offer in self.offers])

    def late_by(self, months: int) -> Starts:
        """The same decisions where what is still to be delivered is late by so many months.

        What is spent, signed, occupied and released stays as planned.
        """
        return replace(self, earning=np.where(self.tau >= 0, self.tau + months, self.tau))

    def label(self, position: int) -> str:
        """Offer, site and month of a start, as used in names."""
        offer = self.offers[int(self.offer[position])]
        return f"{offer.id}@{self.horizon.label(int(self.tau[position]))}"


def rent_months(offer: Contract, horizon: Horizon) -> range:
    """The first rent months that an offer's window, its building time and the horizon allow."""
    first, last = horizon.index(offer.first_start), horizon.index(offer.last_start)
    if offer.committed_mw > 0.0:  # already signed: nothing is left to decide, and it may lie before the start
        return range(first, min(first + 1, horizon.months))
    return range(max(first, offer.build_months), min(last + 1, horizon.months))


def allowed_starts(offers: Sequence[Contract], site_position: dict[str, int], horizon: Horizon) -> Starts:
    """All starts of all offers, ordered by offer, site and month."""
    offer_of: list[int] = []
    site_of: list[int] = []
    tau_of: list[int] = []
    for position, offer in enumerate(offers):
        months = rent_months(offer, horizon)
        for site in sorted(site_position[name] for name in offer.sites):
            offer_of.extend([position] * len(months))
            site_of.extend([site] * len(months))
            tau_of.extend(months)
    offer_index, tau = np.array(offer_of, dtype=np.int64), np.array(tau_of, dtype=np.int64)

    def months_of(column: Sequence[int]) -> IntArray:
        return np.asarray(column, dtype=np.int64)[offer_index] if offer_of else np.zeros(0, dtype=np.int64)

    renewed = months_of([int(offer.after_term == "renew") for offer in offers]).astype(bool)
    end = np.where(renewed, horizon.months, tau + months_of([offer.term_months for offer in offers]))
    return Starts(
        offers=tuple(offers),
        horizon=horizon,
        offer=offer_index,
        site=np.array(site_of, dtype=np.int64),
        tau=tau,
        begin=np.maximum(0, tau - months_of([offer.disruption_months for offer in offers])),
        release=np.clip(end, 0, horizon.months),
        signing=tau - months_of([offer.build_months for offer in offers]),
        earning=tau,
    )
