"""The optimum by brute force: an oracle for plans that shares no code with the product.

It reads plain tables (rows as dicts, columns as in the input files) and plain arrays of hourly prices, walks hour by
hour and month by month through the planning model, writes one linear programme with one column per (offer, site,
start) and per (fleet, month) and one row per rule and month, and has scipy solve it. Power contracts and rig modes add
columns for every hour (:mod:`oracle_power`). Nothing is reduced: no price-duration curve, no shared cumulative sums,
no rows left out. Every answer is checked against the bound that its dual prices give, in numpy, so the oracle does not
rest on its solver either.

Where the model leaves a choice, the oracle reads it so:

- ``ai_max_mw`` and ``mining_ready_mw`` default to the site's ``capacity_mw``; capacity steps do not change them.
- A flat power price escalates like a series. Years count from the calendar year of ``settings.start``.
- AI(t) of the curtailable share, the AI share and the region share is sum(gross_ratio * A * occupied), which counts
  the months of disruption; Mining(t) is sum(M). The counterparty share counts critical MW.
- All of the first ``prepaid_months`` rents are received in the signing month, also those of months beyond the horizon.
- A renewal's rent is the term's last rent step times ``renewal_factor``; ramp, service credit and default go on, the
  running cost escalates on.
- The contract tail is the share of (rent not prepaid - opex - energy) of the months beyond the horizon and within the
  term, discounted at the AI rate.
- A committed offer's capex months and signing before the horizon are sunk: the rents prepaid then are never received.
- Customers and regions are told apart by their text; the empty text is one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from oracle_money import (
    Array,
    Prices,
    Row,
    Tables,
    World,
    capex_months,
    committed_mw,
    landlord_capex_usd,
    month_index,
    renews,
    value,
)
from oracle_power import add_hours
from oracle_programme import ColumnKey, Programme

MILLION = 1e6


@dataclass(frozen=True)
class OracleAnswer:
    """The optimum: its NPV and one plan that reaches it, by (offer, site, start index) and (fleet, month index).

    ``columns`` has every variable of the programme: what runs in which hour, covers, peaks and enrolments.
    """

    npv_usd: float
    ai_mw: Mapping[tuple[str, str, int], float]
    mining_mw: Mapping[tuple[str, int], float]
    ai_mw_months: float
    columns: Mapping[ColumnKey, float]


def best_plan(tables: Tables, prices: Prices, *, committed_only: bool = False) -> OracleAnswer:
    """The plan of the highest NPV; with ``committed_only`` no offer beyond the committed ones is open."""
    return answer_of(programme_of(World(tables, prices, committed_only)))


def best_plan_at_most_ai(tables: Tables, prices: Prices) -> OracleAnswer:
    """The plan of the highest NPV among those with the most critical MW-months of rent within the horizon."""
    programme = programme_of(World(tables, prices, committed_only=False))
    most = programme.best(programme.ai_months)
    return answer_of(programme, level=float(np.array(programme.ai_months) @ most))


def programme_of(world: World) -> Programme:
    """The linear programme of what is given, without any whole number."""
    offers = {offer["id"]: offer for offer in world.offers}
    fleets = {fleet["id"]: fleet for fleet in world.fleets}
    by_the_hour = bool(world.power_contracts or world.rig_modes)
    programme = Programme()
    programme.constant = -world.fixed_costs() / MILLION
    for name, offer in offers.items():
        for site in offer["sites"]:
            for tau in world.starts(offer):
                rented = [t for t in range(world.months) if t >= tau and (t < tau + offer["term_months"])]
                renewed = [t for t in range(world.months) if t >= max(tau, tau + offer["term_months"])]
                programme.column(
                    ("ai", name, site, tau),
                    world.offer_value(offer, site, tau) / MILLION,
                    committed_mw(offer) or float(offer["max_mw"]),
                    low=committed_mw(offer),
                    ai_months=len(rented) + (len(renewed) if renews(offer) else 0),
                )
    for name, fleet in fleets.items():
        for month in range(world.months):
            worth = 0.0 if by_the_hour else world.mining_value(fleet, month) * world.discount(month, world.rate)
            key = ("mining", name, fleet["site"], month)
            programme.column(key, worth / MILLION, world.installed(fleet, month))
    _add_rules(programme, world, offers, fleets)
    if by_the_hour:
        add_hours(programme, world)
    return programme


def _add_rules(programme: Programme, world: World, offers: Mapping[str, Row], fleets: Mapping[str, Row]) -> None:
    rules = _Rules(programme.keys, world, offers, fleets)
    for name, offer in offers.items():
        if committed_mw(offer) == 0:
            programme.at_most(rules.taken(name), float(offer["max_mw"]))
    for month in range(world.months):
        for site in world.sites:
            for row, bound in rules.of_site(site, month):
                programme.at_most(row, bound)
        for row, bound in rules.of_portfolio(month):
            programme.at_most(row, bound)


class _Rules:
    """The rows of the model, each written out column by column."""

    def __init__(
        self, keys: Sequence[ColumnKey], world: World, offers: Mapping[str, Row], fleets: Mapping[str, Row]
    ) -> None:
        """Take the columns to write rows for, and what they stand for."""
        self.keys = [(str(kind), str(name), str(site), int(month)) for kind, name, site, month in keys]
        self.world, self.offers, self.fleets = world, offers, fleets

    def taken(self, name: str) -> Array:
        """Critical MW of the offer over all sites and starts."""
        return np.array([1.0 if kind == "ai" and offer == name else 0.0 for kind, offer, _, _ in self.keys])

    def of_site(self, site: str, month: int) -> Iterator[tuple[Array, float]]:
        """Capacity, mining halls, firmness and curtailable share."""
        row = self.world.sites[site]
        capacity = float(row["capacity_mw"])
        mining, ai = self._mining(month, site), self._ai(month, site)
        yield mining + ai, self.world.capacity(site, month)
        yield mining + self._halls_taken(month, site), float(value(row, "mining_ready_mw", capacity))
        yield ai, float(value(row, "ai_max_mw", capacity))
        share = float(value(row, "curtailable_min_share", 0.0))
        if share > 0.0:
            yield ai - (1.0 - share) * (ai + mining), 0.0

    def of_portfolio(self, month: int) -> Iterator[tuple[Array, float]]:
        """Capex budget, building, AI share, hashrate, customers and regions."""
        limits, world = self.world.limits, self.world
        ai, mining = self._ai(month), self._mining(month)
        if limits.get("capex_budget"):
            reached = [step for step in limits["capex_budget"] if month_index(step["month"]) <= world.start + month]
            latest = max(reached, key=lambda step: month_index(step["month"]), default={"usd": 0.0})
            yield self._spent(month), float(latest["usd"]) / MILLION
        if limits.get("max_build_mw") is not None:
            yield self._building(month), float(limits["max_build_mw"])
        if limits.get("ai_share_min") is not None:
            yield float(limits["ai_share_min"]) * (ai + mining) - ai, 0.0
        if limits.get("ai_share_max") is not None:
            yield ai - float(limits["ai_share_max"]) * (ai + mining), 0.0
        if limits.get("min_eh_s") is not None:
            yield -self._hashrate(month), -float(limits["min_eh_s"])
        if limits.get("counterparty_share_max") is not None:
            everyone = self._critical(month)
            for customer in sorted({str(value(offer, "counterparty", "")) for offer in self.offers.values()}):
                yield self._critical(month, customer) - float(limits["counterparty_share_max"]) * everyone, 0.0
        if limits.get("region_share_max") is not None:
            for region in sorted({str(value(site, "region", "")) for site in world.sites.values()}):
                here = [name for name, site in world.sites.items() if value(site, "region", "") == region]
                in_region = sum((self._ai(month, name) for name in here), np.zeros(len(self.keys)))
                yield in_region - float(limits["region_share_max"]) * ai, 0.0

    def _mining(self, month: int, site: str | None = None) -> Array:
        return np.array(
            [
                1.0 if kind == "mining" and at == month and site in (None, place) else 0.0
                for kind, _, place, at in self.keys
            ]
        )

    def _hashrate(self, month: int) -> Array:
        """EH/s of the energised MW of the month."""
        row = np.zeros(len(self.keys))
        for column, (kind, name, _, at) in enumerate(self.keys):
            if kind == "mining" and at == month:
                fleet = self.fleets[name]
                row[column] = float(value(fleet, "uptime", 1.0)) * self.world.ph_s_per_mw(fleet) / 1000.0
        return row

    def _ai(self, month: int, site: str | None = None) -> Array:
        """Gross MW that AI occupies in the month."""
        row = np.zeros(len(self.keys))
        for column, (kind, name, place, tau) in enumerate(self.keys):
            if kind == "ai" and site in (None, place) and self._occupied(name, tau, month):
                row[column] = self._gross(name)
        return row

    def _critical(self, month: int, customer: str | None = None) -> Array:
        row = np.zeros(len(self.keys))
        for column, (kind, name, _, tau) in enumerate(self.keys):
            if kind == "ai" and self._occupied(name, tau, month):
                row[column] = 1.0 if customer in (None, str(value(self.offers[name], "counterparty", ""))) else 0.0
        return row

    def _halls_taken(self, month: int, site: str) -> Array:
        row = np.zeros(len(self.keys))
        for column, (kind, name, place, tau) in enumerate(self.keys):
            if kind == "ai" and place == site and bool(value(self.offers[name], "retrofit", True)):
                disruption = int(value(self.offers[name], "disruption_months", 0))
                row[column] = self._gross(name) if month >= tau - disruption else 0.0
        return row

    def _spent(self, last_month: int) -> Array:
        """Landlord's capex from the start of the plan up to and including the month. [USD million per MW]"""
        row = np.zeros(len(self.keys))
        for column, (kind, name, _, tau) in enumerate(self.keys):
            if kind == "ai":
                build = int(self.offers[name]["build_months"])
                months = [month for month in capex_months(tau, build) if 0 <= month <= last_month]
                row[column] = landlord_capex_usd(self.offers[name]) / max(1, build) * len(months) / MILLION
        return row

    def _building(self, month: int) -> Array:
        row = np.zeros(len(self.keys))
        for column, (kind, name, _, tau) in enumerate(self.keys):
            if kind == "ai" and tau - int(self.offers[name]["build_months"]) <= month < tau:
                row[column] = self._gross(name)
        return row

    def _gross(self, name: str) -> float:
        return float(value(self.offers[name], "gross_ratio", 1.35))

    def _occupied(self, name: str, tau: int, month: int) -> bool:
        offer = self.offers[name]
        begun = month >= tau - int(value(offer, "disruption_months", 0))
        return begun and (renews(offer) or month < tau + int(offer["term_months"]))


def answer_of(programme: Programme, level: float | None = None) -> OracleAnswer:
    """The best plan of a programme; with a `level`, of those with so many critical MW-months of rent."""
    if level is not None:
        # The level is met to within the solver's own tolerance; asking for more could have no solution.
        programme.at_most(-np.array(programme.ai_months), -level + 1e-9 * max(1.0, level))
    x = programme.best(programme.gain)
    ai: dict[tuple[str, str, int], float] = {}
    mining: dict[tuple[str, int], float] = {}
    for key, mw in zip(programme.keys, x.tolist(), strict=True):
        match key:
            case ("ai", str(name), str(site), int(start)):
                ai[name, site, start] = mw
            case ("mining", str(name), str(_), int(month)):
                mining[name, month] = mw
    columns = dict(zip(programme.keys, x.tolist(), strict=True))
    return OracleAnswer(programme.value(x) * MILLION, ai, mining, float(np.array(programme.ai_months) @ x), columns)
