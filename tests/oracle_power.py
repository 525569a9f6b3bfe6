"""The oracle's power contracts and rig modes: a month of a site as it runs, hour by hour, in the linear programme.

Every hour has its own columns: how much of a fleet runs in which mode, and how much of the load each block covers.
Only hours of one month that nothing can tell apart, of the very same price and in the same lists of highest-priced
hours, share one column with their summed weight. Nothing is sorted into tiers: a machine may be off, or in any of its
modes, for any part of an hour, as long as its fleet draws no more than its MW; the concave hull is what comes out.

How the oracle reads the model where it leaves a choice:

- A fleet's MW are its draw in the mode of the highest hashrate (of the fewest watts among equals), the machine's own
  line of the rigs table being one of the modes.
- MW that are energised but not active are mothballed for the month: no fixed cost, no hour, no demand response.
- Enrolled MW are active machines, whatever they run; each of them in at most one programme of its site.
- A coincident peak charges a fleet for its highest load in the listed hours, and included AI for all its load.
- A demand charge counts mining and included AI; the ratchet looks at the months of the horizon in which the contract
  is in force.
- AI that is included pays its energy at spot; in months with a demand charge, or a block without resale or with a fee,
  that bill is the site's and discounted like it. Behind the horizon it is the offer's own, and no contract counts.
- All AI, also where the customer pays for power, rides curtailed hours on backup on top of everything else.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from oracle_money import Array, Row, World, ai_draw, month_index, value
from oracle_programme import Programme

MILLION = 1e6
Terms = list[tuple[int, float]]  # (column, weight)


@dataclass(frozen=True)
class Hour:
    """Hours of a month that nothing tells apart."""

    price: float  # USD/MWh, escalated, with the adder
    weight: float  # hours of the month they stand for
    listed: frozenset[int]  # places of the contracts among whose highest-priced hours they are


def add_hours(programme: Programme, world: World) -> None:
    """Let every fleet run hour by hour, and every power contract bill or pay its site."""
    peaks: dict[tuple[str, int], int] = {}
    for site in world.sites:
        for month in range(world.months):
            _Month(programme, world, site, month, peaks).add()


class _Month:
    """One month of one site."""

    def __init__(
        self, programme: Programme, world: World, site: str, month: int, peaks: dict[tuple[str, int], int]
    ) -> None:
        """Find what is in force; ``peaks`` keeps the columns of the sites' peaks by site and month."""
        self.programme, self.world, self.site, self.month, self.peaks = programme, world, site, month, peaks
        self.contracts = {
            place: row
            for place, row in enumerate(world.power_contracts)
            if row["site"] == site and in_force(row, world.start + month)
        }
        self.hours = hours_of_month(world, site, month, self.contracts)
        self.usd = world.discount(month, world.rate) / MILLION  # worth now of a dollar of the site's
        self.fleets = [fleet for fleet in world.fleets if fleet["site"] == site]
        self.most_load = sum(float(fleet["mw"]) for fleet in self.fleets)

    def add(self) -> None:
        """Add the columns and rows of the month."""
        self._ai_on_its_own()
        running = self._fleets()
        ai = self._ai_load()
        self._blocks(running, ai)
        self._demand_charges(running, ai)

    def of_kind(self, kind: str) -> dict[int, Row]:
        """The contracts of this kind, by their place in the table."""
        return {place: row for place, row in self.contracts.items() if row["kind"] == kind}

    def listed_hours(self, place: int) -> float:
        """Hours of the month on the contract's list."""
        return sum(hour.weight for hour in self.hours if place in hour.listed)

    def _ai_columns(self) -> Iterator[tuple[int, Row, float]]:
        """Column, offer and MW drawn per critical MW of all AI that is rented here this month."""
        offers = {offer["id"]: offer for offer in self.world.offers}
        for column, key in enumerate(self.programme.keys):
            if key[0] == "ai" and key[2] == self.site:
                offer, start = offers[str(key[1])], int(key[3])
                drawn = ai_draw(offer, self.month - start)
                if drawn > 0.0:
                    yield column, offer, drawn

    def _ai_on_its_own(self) -> None:
        """What AI pays whatever else runs: backup, coincident peaks, and its energy at the site's rate."""
        backup = sum(
            float(value(row, "backup_usd_per_mwh", 0.0)) * self.listed_hours(place)
            for place, row in self.of_kind("curtailment").items()
        )
        peak = sum(1000.0 * float(row["usd_per_kw_month"]) for row in self.of_kind("coincident_peak").values())
        energy = self.world.power_cost(self.site, self.month) if self._shared() else 0.0
        of_ai = self.world.discount(self.month, self.world.ai_rate) / MILLION
        for column, offer, drawn in self._ai_columns():
            included = value(offer, "power", "pass_through") == "included"
            self.programme.gain[column] -= drawn * backup * self.usd
            if included:
                self.programme.gain[column] -= drawn * peak * self.usd
                self.programme.gain[column] += drawn * energy * (of_ai - self.usd)

    def _shared(self) -> bool:
        """Whether AI's energy stands in the site's bill."""
        return bool(self.of_kind("demand_charge")) or any(
            value(row, "resale", "spot") == "none" or float(value(row, "resale_fee_usd_per_mwh", 0.0)) > 0.0
            for row in self.of_kind("block").values()
        )

    def _fleets(self) -> list[Terms]:
        """Let the fleets run; the load they draw, hour by hour."""
        load: list[Terms] = [[] for _ in self.hours]
        enrolled: dict[int, Terms] = {place: [] for place in self.of_kind("demand_response")}
        for fleet in self.fleets:
            for hour, terms in enumerate(self._fleet(fleet, enrolled)):
                load[hour] += terms
        for place, terms in enrolled.items():
            most = value(self.contracts[place], "max_mw", None)
            if most is not None:
                self.programme.sum_at_most(terms, float(most))
        return load

    def _fleet(self, fleet: Row, enrolled: dict[int, Terms]) -> list[Terms]:
        programme, mw = self.programme, float(fleet["mw"])
        energised = programme.keys.index(("mining", fleet["id"], self.site, self.month))
        fixed = float(value(fleet, "fixed_opex_usd_per_mw_month", 0.0))
        active = programme.column(("active", fleet["id"], self.month), -fixed * self.usd, mw)
        programme.sum_at_most([(active, 1.0), (energised, -1.0)], 0.0)
        signed_up: dict[int, int] = {}
        for place in enrolled:
            pay = float(self.contracts[place]["usd_per_mw_month"])
            signed_up[place] = programme.column(("enrolled", fleet["id"], self.month, place), pay * self.usd, mw)
            enrolled[place].append((signed_up[place], 1.0))
        programme.sum_at_most([(column, 1.0) for column in signed_up.values()] + [(active, -1.0)], 0.0)
        load: list[Terms] = []
        for number, hour in enumerate(self.hours):
            ready: Terms = [(active, -1.0)] + [(column, 1.0) for at, column in signed_up.items() if at in hour.listed]
            load.append([] if self._curtailed(hour) else self._running(fleet, number, hour, ready))
        for place, row in self.of_kind("coincident_peak").items():
            charge = 1000.0 * float(row["usd_per_kw_month"])
            paying = programme.column(("peak", fleet["id"], self.month, place), -charge * self.usd, mw)
            for hour, terms in zip(self.hours, load, strict=True):
                if place in hour.listed:
                    programme.sum_at_most([*terms, (paying, -1.0)], 0.0)
        return load

    def _curtailed(self, hour: Hour) -> bool:
        return any(place in hour.listed for place in self.of_kind("curtailment"))

    def _running(self, fleet: Row, number: int, hour: Hour, ready: Terms) -> Terms:
        """Columns of one fleet's modes in one hour, and what they draw; ``ready`` is minus the MW that may run."""
        world = self.world
        uptime = float(value(fleet, "uptime", 1.0))
        opex = float(value(fleet, "variable_opex_usd_per_mwh", 0.0))
        usd_per_ph = world.hashprice(self.month) / 24.0 * (1.0 - world.pool_fee)
        columns: Terms = []
        draw: Terms = []
        for name, (mw_drawn, ph_s) in enumerate(world.modes(fleet)):
            margin = usd_per_ph * ph_s - (hour.price + opex) * mw_drawn
            gain = uptime * hour.weight * margin * self.usd
            key = ("runs", fleet["id"], self.month, number, name)
            column = self.programme.column(key, gain, float(fleet["mw"]))
            columns.append((column, 1.0))
            draw.append((column, mw_drawn))
        self.programme.sum_at_most(columns + ready, 0.0)
        if max(mw_drawn for _, mw_drawn in draw) > 1.0:
            self.programme.sum_at_most(draw + ready, 0.0)
        return [(column, uptime * mw_drawn) for column, mw_drawn in draw]

    def _ai_load(self) -> int:
        """Column of the MW that included AI draws in every hour of the month."""
        terms = [
            (column, drawn)
            for column, offer, drawn in self._ai_columns()
            if value(offer, "power", "pass_through") == "included"
        ]
        most = sum(drawn * self.programme.high[column] for column, drawn in terms)
        self.most_load += most
        load = self.programme.column(("ai load", self.site, self.month), 0.0, most)
        self.programme.sum_at_most([*terms, (load, -1.0)], 0.0)
        self.programme.sum_at_most([(column, -drawn) for column, drawn in terms] + [(load, 1.0)], 0.0)
        return load

    def _blocks(self, running: Sequence[Terms], ai: int) -> None:
        blocks = self.of_kind("block")
        for row in blocks.values():
            mw, fixed = float(row["mw"]), float(row["price_usd_per_mwh"])
            for hour in self.hours:
                self.programme.constant += hour.weight * mw * (resale(row, hour.price) - fixed) * self.usd
        for number, hour in enumerate(self.hours):
            if hour.price >= 0.0 and blocks:
                covered: Terms = []
                for place, row in blocks.items():
                    saved = hour.weight * (hour.price - resale(row, hour.price)) * self.usd
                    key = ("covered", self.site, self.month, place, number)
                    covered.append((self.programme.column(key, saved, float(row["mw"])), 1.0))
                load = [(column, -weight) for column, weight in [*running[number], (ai, 1.0)]]
                self.programme.sum_at_most(covered + load, 0.0)

    def _demand_charges(self, running: Sequence[Terms], ai: int) -> None:
        charges = self.of_kind("demand_charge")
        if not charges:
            return
        peak = self.programme.column(("site peak", self.site, self.month), 0.0, self.most_load)
        self.peaks[self.site, self.month] = peak
        for terms in running:
            self.programme.sum_at_most([*terms, (ai, 1.0), (peak, -1.0)], 0.0)
        highest = max(self.programme.high[column] for (site, _), column in self.peaks.items() if site == self.site)
        for place, row in charges.items():
            charge = 1000.0 * float(row["usd_per_kw_month"])
            billed = self.programme.column(("billed", self.site, self.month, place), -charge * self.usd, highest)
            self.programme.sum_at_most([(peak, 1.0), (billed, -1.0)], 0.0)
            share, reach = float(value(row, "ratchet_share", 0.0)), int(value(row, "ratchet_months", 0))
            for before in range(max(0, self.month - reach), self.month):
                if in_force(row, self.world.start + before):
                    earlier = self.peaks[self.site, before]
                    self.programme.sum_at_most([(earlier, share), (billed, -1.0)], 0.0)


def in_force(contract: Row, month: int) -> bool:
    """Whether a power contract holds in the month, counted since the year 0."""
    begin, end = value(contract, "from", None), value(contract, "to", None)
    listed = value(contract, "months", None) or range(1, 13)
    begun = begin is None or month_index(begin) <= month
    return begun and (end is None or month <= month_index(end)) and month % 12 + 1 in listed


def resale(block: Row, price: float) -> float:
    """What an unused MWh of the block brings. [USD/MWh]"""
    if value(block, "resale", "spot") == "none":
        return 0.0
    return max(0.0, price - float(value(block, "resale_fee_usd_per_mwh", 0.0))) if price >= 0.0 else 0.0


def highest_hours(price: Array, count: int) -> set[int]:
    """Rows of the highest prices; of equal ones the earlier is higher."""
    order = sorted(range(len(price)), key=lambda row: (-float(price[row]), row))
    return set(order[:count])


def hours_of_month(world: World, site: str, month: int, contracts: dict[int, Row]) -> list[Hour]:
    """The hours of the month, those that nothing tells apart merged."""
    price, weight = world.hours(site, month)
    if not isinstance(world.sites[site]["power"], str):
        year, month_of_year = divmod(world.start + month, 12)
        price, weight = np.repeat(price, 24 * calendar.monthrange(year, month_of_year + 1)[1]), 1.0
    lists = {place: highest_hours(price, _listed(row)) for place, row in contracts.items() if _listed(row)}
    found: dict[tuple[float, frozenset[int]], float] = {}
    for row, usd in enumerate(price.tolist()):
        key = (usd, frozenset(place for place, rows in lists.items() if row in rows))
        found[key] = found.get(key, 0.0) + weight
    return [Hour(usd, hours, listed) for (usd, listed), hours in found.items()]


def _listed(contract: Row) -> int:
    column = {"coincident_peak": "hours", "curtailment": "hours_per_month", "demand_response": "hours_per_month"}
    return int(contract[column[contract["kind"]]]) if contract["kind"] in column else 0
