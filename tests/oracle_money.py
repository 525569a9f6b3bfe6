"""The oracle's money: what one MW of an offer or of a fleet is worth, hour by hour and month by month.

See :mod:`oracle` for what it is and for how it reads the model.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Row = Mapping[str, Any]
Tables = Mapping[str, Any]
Array = npt.NDArray[np.float64]
# Of each series id: the hourly prices of a month of a source year, in time order. [USD/MWh]
Prices = Mapping[str, Mapping[tuple[int, int], Array]]


def month_index(label: str) -> int:
    """Months since the year 0 of a ``YYYY-MM`` label."""
    year, month = label.split("-")
    return int(year) * 12 + int(month) - 1


class World:
    """The tables read into month-by-month numbers, with the defaults of the table page."""

    def __init__(self, tables: Tables, prices: Prices, committed_only: bool) -> None:
        """Take the tables; with ``committed_only`` the open offers are dropped."""
        settings = tables["settings"]
        self.start = month_index(settings["start"])
        self.months = int(settings["months"])
        self.rate = float(settings["discount_rate"])
        self.ai_rate = float(value(settings, "ai_discount_rate", self.rate))
        self.pool_fee = float(value(settings, "pool_fee", 0.0))
        self.tail_share = float(value(settings, "contract_tail", 0.0))
        self.sites = {row["id"]: row for row in tables["sites"]}
        self.fleets = list(tables.get("fleets", []))
        self.rigs = {row["id"]: row for row in tables.get("rigs", [])}
        self.steps = sorted(tables.get("capacity_steps", []), key=lambda row: month_index(row["from"]))
        self.limits = tables.get("limits", {})
        self.power_contracts = list(tables.get("power_contracts", []))
        self.rig_modes = list(tables.get("rig_modes", []))
        self.prices = prices
        self.offers = [row for row in tables.get("contracts", []) if not committed_only or committed_mw(row) > 0]
        base = [row for row in tables["hashprice"] if value(row, "scenario", "base") == "base"]
        self.hashprices = sorted((month_index(row["month"]), float(row["usd_per_ph_day"])) for row in base)

    def discount(self, month: int, rate: float) -> float:
        """Mid-month discount factor."""
        return float((1.0 + rate) ** (-(month + 0.5) / 12.0))

    def hashprice(self, month: int) -> float:
        """USD per PH/s per day; the last value given at or before the month."""
        return [usd for begin, usd in self.hashprices if begin <= self.start + month][-1]

    def hours(self, site: str, month: int) -> tuple[Array, float]:
        """Price of each source hour of the month [USD/MWh], and how many hours of the month one of them stands for."""
        row = self.sites[site]
        year, month_of_year = divmod(self.start + month, 12)
        first_year = self.start // 12
        power = row["power"]
        if isinstance(power, str):
            years = sorted({source_year for source_year, _ in self.prices[power]})
            source = self.prices[power][years[(year - first_year) % len(years)], month_of_year + 1]
        else:
            source = np.array([float(power)])
        escalated = source * (1.0 + float(value(row, "escalation", 0.0))) ** (year - first_year)
        length = 24 * calendar.monthrange(year, month_of_year + 1)[1]
        return escalated + float(value(row, "adder_usd_per_mwh", 0.0)), length / len(source)

    def capacity(self, site: str, month: int) -> float:
        """Capacity of the site in the month, after the steps taken until then. [MW]"""
        level = float(self.sites[site]["capacity_mw"])
        for step in self.steps:
            if step["site"] == site and month_index(step["from"]) <= self.start + month:
                level = float(step["capacity_mw"])
        return level

    def installed(self, fleet: Row, month: int) -> float:
        """MW of the fleet that may be energised in the month."""
        retire = value(fleet, "retire", None)
        retired = retire is not None and month_index(retire) <= self.start + month
        return 0.0 if retired else float(fleet["mw"])

    def modes(self, fleet: Row) -> list[tuple[float, float]]:
        """MW drawn and PH/s of what is one MW in the mode of the highest hashrate, for each mode of its machines."""
        rig = self.rigs[fleet["rig"]]
        lines = [rig, *(mode for mode in self.rig_modes if mode["rig"] == fleet["rig"])]
        points = [(float(line["watts"]), float(line["th_s"])) for line in lines]
        full_watts, _ = max(points, key=lambda point: (point[1], -point[0]))
        machines = 1e6 / (full_watts * float(value(rig, "overhead", 1.0)))
        return [(watts / full_watts, machines * th_s / 1000.0) for watts, th_s in points]

    def ph_s_per_mw(self, fleet: Row) -> float:
        """Hashrate of one energised MW that runs in its mode of the highest hashrate. [PH/s]"""
        return max(ph_s for _, ph_s in self.modes(fleet))

    def mining_value(self, fleet: Row, month: int) -> float:
        """What one energised MW earns in the month when it runs only the hours that pay. [USD]"""
        gross = self.hashprice(month) / 24.0 * self.ph_s_per_mw(fleet) * (1.0 - self.pool_fee)
        margin = gross - float(value(fleet, "variable_opex_usd_per_mwh", 0.0))
        price, weight = self.hours(fleet["site"], month)
        won: float = sum(weight * profit for profit in (margin - price).tolist() if profit > 0.0)
        worth = float(value(fleet, "uptime", 1.0)) * won - float(value(fleet, "fixed_opex_usd_per_mw_month", 0.0))
        return max(0.0, worth)

    def power_cost(self, site: str, month: int) -> float:
        """Cost of one MW drawn in every hour of the month. [USD]"""
        price, weight = self.hours(site, month)
        return float(sum(weight * usd for usd in price.tolist()))

    def starts(self, offer: Row) -> list[int]:
        """Month indices in which the rent may begin."""
        first = month_index(offer["first_start"]) - self.start
        last = month_index(offer["last_start"]) - self.start
        if committed_mw(offer) > 0:
            return [first]
        return [tau for tau in range(first, last + 1) if int(offer["build_months"]) <= tau < self.months]

    def offer_value(self, offer: Row, site: str, tau: int) -> float:
        """NPV of one critical MW of the offer at the site from start ``tau``, the contract tail included. [USD]"""
        build, term = int(offer["build_months"]), int(offer["term_months"])
        prepaid = int(value(offer, "prepaid_months", 0))
        signing = tau - build
        total = 0.0
        for month in capex_months(tau, build):
            if 0 <= month < self.months:
                total -= landlord_capex_usd(offer) / max(1, build) * self.discount(month, self.ai_rate)
        rent_months = max(term, self.months - tau) if renews(offer) else term
        for offset in range(rent_months):
            month = tau + offset
            counted = self._counted(month, offset < term)
            rent = rent_usd(offer, offset)
            if offset < prepaid:
                total += rent * self.discount(signing, self.ai_rate) if signing >= 0 else 0.0
                rent = 0.0
            if counted > 0.0:
                cost = opex_usd(offer, offset) + self._energy_usd(offer, site, month, offset)
                total += counted * (rent - cost) * self.discount(month, self.ai_rate)
        return total

    def _counted(self, month: int, in_term: bool) -> float:
        """Share of a month's cash flow that counts: all within the horizon, the tail's share behind it."""
        if month < 0:
            return 0.0
        if month < self.months:
            return 1.0
        return self.tail_share if in_term else 0.0

    def _energy_usd(self, offer: Row, site: str, month: int, offset: int) -> float:
        if value(offer, "power", "pass_through") == "pass_through":
            return 0.0
        return ai_draw(offer, offset) * self.power_cost(site, month)

    def fixed_costs(self) -> float:
        """Discounted bills of all sites. [USD]"""
        total = 0.0
        for site in self.sites.values():
            for month in range(self.months):
                total += float(value(site, "fixed_cost_usd_per_month", 0.0)) * self.discount(month, self.rate)
        return total


def ai_draw(offer: Row, offset: int) -> float:
    """MW that one critical MW draws in every hour of the month ``offset`` after the start; 0 when it is not rented."""
    if offset < 0 or (offset >= int(offer["term_months"]) and not renews(offer)):
        return 0.0
    return float(value(offer, "pue", 1.25)) * float(value(offer, "load_factor", 0.8)) * ramp(offer, offset)


def ramp(offer: Row, offset: int) -> float:
    """Share of the full load and rent in the rent month ``offset``."""
    return min(1.0, (offset + 1) / (int(value(offer, "ramp_months", 0)) + 1))


def rent_usd(offer: Row, offset: int) -> float:
    """Expected rent of one critical MW in the rent month ``offset``, within the term or renewed. [USD]"""
    term = int(offer["term_months"])
    step = min(offset, term - 1) // 12
    renewal = 1.0 if offset < term else float(value(offer, "renewal_factor", 1.0))
    survival = (1.0 - float(value(offer, "default_rate", 0.0))) ** (offset / 12.0)
    life = survival + (1.0 - survival) * float(value(offer, "recovery", 0.0))
    growth = (1.0 + float(value(offer, "escalator", 0.0))) ** step
    price = 1000.0 * float(offer["price_usd_per_kw_month"]) * growth
    return float(price * renewal * ramp(offer, offset) * (1.0 - float(value(offer, "sla_credit", 0.0))) * life)


def opex_usd(offer: Row, offset: int) -> float:
    """Running cost of one critical MW in the rent month ``offset``. [USD]"""
    first = 1000.0 * float(value(offer, "opex_usd_per_kw_month", 0.0))
    return first * (1.0 + float(value(offer, "opex_escalator", 0.0))) ** (offset // 12)


def value(row: Row, column: str, default: Any) -> Any:
    """The cell of a column, or the column's default when the cell is absent or empty."""
    cell = row.get(column)
    return default if cell is None else cell


def committed_mw(offer: Row) -> float:
    """Critical MW already signed; 0 for an open offer."""
    return float(value(offer, "committed_mw", 0.0))


def renews(offer: Row) -> bool:
    """Whether the rent goes on to the horizon after the term."""
    return bool(value(offer, "after_term", "release") == "renew")


def landlord_capex_usd(offer: Row) -> float:
    """Capex of one critical MW that the customer does not pay. [USD]"""
    return (1.0 - float(value(offer, "tenant_capex_share", 0.0))) * float(offer["capex_usd_per_mw"])


def capex_months(tau: int, build: int) -> Iterable[int]:
    """Month indices over which the capex of a start is spread, also those before the horizon."""
    return range(tau - build, tau) if build > 0 else [tau]
