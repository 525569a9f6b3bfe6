"""Random valid portfolios that use every feature of the planning model, from a seed or drawn by hypothesis.

Both come from one builder: it asks a :class:`Choices` for every number, so that hypothesis can shrink what the seeds
generate. Tables are plain rows; hourly prices are arrays by (year, month) of one to three whole source years.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
from hypothesis import strategies as st
from oracle_money import Array, Prices, month_index

from sites import Portfolio
from sites.hourly import HourlyPrices

Item = TypeVar("Item")
Record = dict[str, Any]
Tables = dict[str, Any]

RIGS: list[Record] = [
    {"id": "old-air", "th_s": 100.0, "watts": 3050.0},
    {"id": "new-air", "th_s": 200.0, "watts": 3500.0, "overhead": 1.04},
    {"id": "new-hydro", "th_s": 473.0, "watts": 5676.0, "cooling": "hydro", "overhead": 1.1},
]


@dataclass(frozen=True)
class Case:
    """A portfolio as plain tables with its hourly prices."""

    tables: Tables
    prices: Prices

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show hypothesis the tables only: a year of prices would fill pages."""
        printer.text("..." if cycle else f"Case({self.tables!r}, prices of {list(self.prices)})")

    def portfolio(self) -> Portfolio:
        """The same portfolio as the product's records."""
        return Portfolio.from_tables(self.tables, prices=product_prices(self.prices))


def product_prices(prices: Prices) -> dict[str, HourlyPrices]:
    """The same hourly prices as the product's records."""
    found = {}
    for name, months in prices.items():
        in_order = sorted(months)
        years = tuple(sorted({year for year, _ in in_order}))
        found[name] = HourlyPrices(name, years, np.concatenate([months[month] for month in in_order]))
    return found


class Choices(Protocol):
    """Where the builder takes its numbers from."""

    def whole(self, low: int, high: int) -> int:
        """A whole number of the closed range."""

    def number(self, low: float, high: float, digits: int = 2) -> float:
        """A decimal number of the closed range."""

    def chance(self, probability: float) -> bool:
        """Whether something happens."""

    def one_of(self, options: Sequence[Item]) -> Item:
        """One of the options."""


class SeededChoices:
    """Numbers from a seeded generator."""

    def __init__(self, seed: int) -> None:
        """Start the generator."""
        self._generator = np.random.default_rng(seed)

    def whole(self, low: int, high: int) -> int:
        """A whole number of the closed range."""
        return int(self._generator.integers(low, high + 1))

    def number(self, low: float, high: float, digits: int = 2) -> float:
        """A decimal number of the closed range."""
        return round(float(self._generator.uniform(low, high)), digits)

    def chance(self, probability: float) -> bool:
        """Whether something happens."""
        return bool(self._generator.random() < probability)

    def one_of(self, options: Sequence[Item]) -> Item:
        """One of the options."""
        return options[self.whole(0, len(options) - 1)]


class DrawnChoices:
    """Numbers drawn by hypothesis; they shrink to the low end, and to nothing happening."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Draw from this example."""
        self._draw = draw

    def whole(self, low: int, high: int) -> int:
        """A whole number of the closed range."""
        return self._draw(st.integers(low, high))

    def number(self, low: float, high: float, digits: int = 2) -> float:
        """A decimal number of the closed range."""
        scale = 10**digits
        return float(self._draw(st.integers(round(low * scale), round(high * scale))) / scale)

    def chance(self, probability: float) -> bool:
        """Whether something happens."""
        return self._draw(st.integers(0, 99)) >= 100 - round(100 * probability)

    def one_of(self, options: Sequence[Item]) -> Item:
        """One of the options."""
        return self._draw(st.sampled_from(options))


def random_case(seed: int) -> Case:
    """The portfolio of this seed."""
    return build_case(SeededChoices(seed))


def cases() -> st.SearchStrategy[Case]:
    """Portfolios for properties: drawn number by number, or those of a seed, which are more varied."""
    return st.one_of(drawn_cases(), st.integers(0, 1_000_000).map(random_case))


@st.composite
def drawn_cases(draw: st.DrawFn) -> Case:
    """Portfolios drawn number by number, which hypothesis can make smaller."""
    return build_case(DrawnChoices(draw))


def label(index: int) -> str:
    """The ``YYYY-MM`` label of a month index."""
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def later(month: str, months: int) -> str:
    """The label of the month that many months later."""
    return label(month_index(month) + months)


@lru_cache(maxsize=64)
def hourly_prices(seed: int, first_year: int, years: int) -> dict[tuple[int, int], Array]:
    """Synthetic hourly prices of whole years: a daily and a yearly shape, noise, zero, negative and scarcity hours."""
    generator = np.random.default_rng(seed)
    level = generator.uniform(15.0, 60.0)
    found: dict[tuple[int, int], Array] = {}
    for year in range(first_year, first_year + years):
        for month in range(1, 13):
            hours = 24 * calendar.monthrange(year, month)[1]
            shape = 1.0 + 0.3 * np.sin(np.arange(hours) % 24 / 24 * 2 * np.pi) + 0.3 * np.cos(month / 6 * np.pi)
            price = level * shape * generator.lognormal(0.0, 0.4, hours)
            kind = generator.random(hours)
            price = np.where(kind < 0.05, 0.0, price)
            price = np.where((kind >= 0.05) & (kind < 0.10), -generator.uniform(0.0, 40.0, hours), price)
            price = np.where(kind > 0.98, generator.uniform(150.0, 5000.0, hours), price)
            found[year, month] = np.asarray(np.round(price, 2), dtype=np.float64)
    return found


def build_case(choices: Choices) -> Case:
    """A portfolio of everything that the planning model knows, each feature with some probability."""
    settings = random_settings(choices)
    start, months = month_index(settings["start"]), settings["months"]
    prices = {
        f"market-{number}": hourly_prices(choices.whole(0, 20), choices.whole(2018, 2023), choices.whole(1, 3))
        for number in range(choices.whole(1, 2))
    }
    sites = [random_site(choices, f"site-{number}", list(prices)) for number in range(choices.whole(1, 4))]
    tables: Tables = {
        "settings": settings,
        "sites": sites,
        "capacity_steps": [step for site in sites for step in random_steps(choices, site, start, months)],
        "rigs": [dict(rig) for rig in RIGS],
        "fleets": [fleet for site in sites for fleet in random_fleets(choices, site, start, months)],
        "hashprice": random_hashprice(choices, start, months),
        "contracts": random_contracts(choices, sites, start, months),
    }
    tables["limits"] = random_limits(choices, tables)
    return Case(tables, prices)


def random_settings(choices: Choices) -> Record:
    """A start, a horizon and rates."""
    settings: Record = {
        "name": "random",
        "start": label(choices.whole(2026 * 12, 2028 * 12 + 11)),
        "months": choices.whole(2, 18),
        "discount_rate": choices.one_of([0.12, 0.0, 0.06, 0.25]),
    }
    if choices.chance(0.5):
        settings["ai_discount_rate"] = choices.one_of([0.08, 0.0, 0.15])
    if choices.chance(0.5):
        settings["pool_fee"] = choices.number(0.0, 0.04, 3)
    if choices.chance(0.4):
        settings["contract_tail"] = choices.number(0.0, 1.0)
    return settings


def random_site(choices: Choices, name: str, series: list[str]) -> Record:
    """A site on one of the price series or at a flat price."""
    capacity = choices.number(5.0, 100.0, 1)
    by_the_hour = choices.chance(0.7)
    site: Record = {
        "id": name,
        "capacity_mw": capacity,
        "power": choices.one_of(series) if by_the_hour else float(choices.whole(-5, 80)),
    }
    if choices.chance(0.4):
        site["ai_max_mw"] = round(capacity * choices.number(0.0, 1.1), 1)
    if choices.chance(0.4):
        site["mining_ready_mw"] = round(capacity * choices.number(0.3, 1.2), 1)
    if choices.chance(0.4):
        site["adder_usd_per_mwh"] = choices.number(-5.0, 25.0)
    if choices.chance(0.4):
        site["escalation"] = choices.number(-0.05, 0.1, 3)
    if choices.chance(0.4):
        site["fixed_cost_usd_per_month"] = float(choices.whole(0, 200_000))
    if choices.chance(0.2):
        site["curtailable_min_share"] = choices.number(0.0, 0.6)
    if choices.chance(0.6):
        site["region"] = choices.one_of(["north", "south"])
    return site


def random_steps(choices: Choices, site: Record, start: int, months: int) -> list[Record]:
    """Capacity steps of a site, or none."""
    if not choices.chance(0.4):
        return []
    first = choices.whole(-2, months)
    places = [first] if choices.chance(0.5) else [first, first + choices.whole(1, 6)]
    return [
        {
            "site": site["id"],
            "from": label(start + place),
            "capacity_mw": round(site["capacity_mw"] * choices.number(0.6, 1.5), 1),
        }
        for place in places
    ]


def random_fleets(choices: Choices, site: Record, start: int, months: int) -> list[Record]:
    """Up to three fleets of a site."""
    fleets = []
    for number in range(choices.whole(0, 3)):
        fleet: Record = {
            "id": f"{site['id']}-fleet-{number}",
            "site": site["id"],
            "rig": choices.one_of(RIGS)["id"],
            "mw": round(site["capacity_mw"] * choices.number(0.1, 0.9), 1) if choices.chance(0.95) else 0.0,
        }
        if choices.chance(0.6):
            fleet["uptime"] = choices.number(0.8, 1.0)
        if choices.chance(0.4):
            fleet["variable_opex_usd_per_mwh"] = choices.number(0.0, 8.0)
        if choices.chance(0.5):
            fleet["fixed_opex_usd_per_mw_month"] = float(choices.whole(0, 30_000))
        if choices.chance(0.3):
            fleet["retire"] = label(start + choices.whole(-1, months + 1))
        fleets.append(fleet)
    return fleets


def random_hashprice(choices: Choices, start: int, months: int) -> list[Record]:
    """Hashprice from at or before the start, for some months."""
    first = start - choices.whole(0, 3)
    given = choices.whole(start - first + 1, start - first + months + 2)
    return [
        {"month": label(first + place), "usd_per_ph_day": choices.number(20.0, 80.0)} for place in range(min(given, 12))
    ]


def random_contracts(choices: Choices, sites: list[Record], start: int, months: int) -> list[Record]:
    """Open and signed offers."""
    contracts = []
    for number in range(choices.whole(0, 5) if choices.chance(0.5) else choices.whole(2, 4)):
        contract = random_offer(choices, f"offer-{number}", months)
        if choices.chance(0.25):
            commit(choices, contract, sites, start, months)
        else:
            _open(choices, contract, sites, start, months)
        contracts.append(contract)
    return contracts


def _open(choices: Choices, contract: Record, sites: list[Record], start: int, months: int) -> None:
    contract["sites"] = [site["id"] for site in sites if choices.chance(0.6)] or [choices.one_of(sites)["id"]]
    contract["max_mw"] = choices.number(0.0, 80.0, 1)
    first = choices.whole(-2, max(0, months - 2))
    contract["first_start"] = label(start + first)
    contract["last_start"] = label(start + first + choices.whole(0, 7))


def commit(choices: Choices, contract: Record, sites: list[Record], start: int, months: int) -> None:
    """Make the offer a signed deal at one of the sites."""
    site = choices.one_of(sites)
    contract["sites"] = [site["id"]]
    share = choices.number(0.02, 0.15) if choices.chance(0.95) else choices.number(0.5, 0.8)
    contract["committed_mw"] = max(0.1, round(site["capacity_mw"] * share / 1.5, 1))
    contract["max_mw"] = contract["committed_mw"]
    contract["first_start"] = contract["last_start"] = label(start + choices.whole(-8, months - 1))


def random_offer(choices: Choices, name: str, months: int) -> Record:
    """An offer without sites, sizes and window."""
    term = choices.whole(1, 2 * months)
    contract: Record = {
        "id": name,
        "build_months": choices.whole(0, 4),
        "term_months": term,
        "price_usd_per_kw_month": choices.number(40.0, 300.0),
        "capex_usd_per_mw": 1_000.0 * choices.whole(0, 900 if choices.chance(0.3) else 200),
        "power": choices.one_of(["pass_through", "included"]),
        "after_term": choices.one_of(["release", "renew"]),
        "retrofit": choices.chance(0.6),
    }
    if choices.chance(0.7):
        contract["counterparty"] = choices.one_of(["Alpha", "Beta", "Gamma"])
    if choices.chance(0.4):
        contract["disruption_months"] = choices.whole(0, 5)
    if choices.chance(0.4):
        contract["prepaid_months"] = choices.whole(0, min(term, 12))
    if choices.chance(0.5):
        contract["ramp_months"] = choices.whole(0, 6)
    if choices.chance(0.5):
        contract["gross_ratio"] = choices.number(1.0, 1.6)
    if choices.chance(0.5):
        contract["pue"], contract["load_factor"] = choices.number(1.0, 1.5), choices.number(0.3, 1.0)
    _fractions(choices, contract)
    return contract


def _fractions(choices: Choices, contract: Record) -> None:
    ranges = {
        "escalator": (-0.02, 0.05),
        "tenant_capex_share": (0.0, 1.0),
        "opex_usd_per_kw_month": (0.0, 30.0),
        "opex_escalator": (0.0, 0.06),
        "sla_credit": (0.0, 0.03),
        "default_rate": (0.0, 0.2),
        "recovery": (0.0, 0.8),
        "renewal_factor": (0.5, 1.3),
    }
    for column, (low, high) in ranges.items():
        if choices.chance(0.5):
            contract[column] = choices.number(low, high, 3)


def random_limits(choices: Choices, tables: Tables) -> Record:
    """Limits, fewer of them where committed offers could break them; some portfolios have no plan all the same."""
    start, months = month_index(tables["settings"]["start"]), tables["settings"]["months"]
    signed = any("committed_mw" in contract for contract in tables["contracts"])
    often = 0.08 if signed else 0.3
    limits: Record = {}
    if choices.chance(often):
        limits["capex_budget"] = _budget(choices, start, months)
    if choices.chance(often):
        limits["max_build_mw"] = choices.number(0.0, 60.0, 1)
    if choices.chance(0.12):
        limits["ai_share_min"] = choices.number(0.0, 0.4)
    if choices.chance(often):
        limits["ai_share_max"] = max(limits.get("ai_share_min", 0.0), choices.number(0.3, 1.0))
    if choices.chance(often):
        installed = sum(fleet["mw"] for fleet in tables["fleets"])
        limits["min_eh_s"] = round(installed * choices.number(0.0, 0.02, 4), 3)
    if choices.chance(often):
        limits["counterparty_share_max"] = choices.number(0.3, 1.0)
    if choices.chance(often):
        limits["region_share_max"] = choices.number(0.3, 1.0)
    return limits


def _budget(choices: Choices, start: int, months: int) -> list[Record]:
    first = choices.whole(-1, min(2, months))
    usd = 10_000.0 * choices.whole(0, 2_000)
    steps = [{"month": label(start + first), "usd": usd}]
    if choices.chance(0.5):
        raised = max(0.0, usd + 10_000.0 * choices.whole(-100, 2_000))
        steps.append({"month": label(start + first + choices.whole(1, months)), "usd": raised})
    return steps
