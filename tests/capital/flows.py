"""Month by month, what one MW of an offer or of a fleet earns and costs in a scenario: the oracle's cash flows.

The hourly money of mining and the rents of an offer are those of :mod:`oracle_money`; own servers, falling rents and
the months in which money moves are added here. How the oracle reads what the model leaves open:

- Servers are bought in the planned months, however late a scenario is with the building.
- Capex before the plan is sunk: it is in no cash flow, under no cap, and in no book but that of the start.
- A prepaid rent is net rent of the month in which it is received.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from oracle_money import (
    Array,
    Row,
    World,
    ai_draw,
    capex_months,
    landlord_capex_usd,
    month_index,
    opex_usd,
    renews,
    rent_usd,
    value,
)
from oracle_scenarios import ScenarioWorld

MILLION = 1e6


@dataclass(frozen=True)
class StartFlows:
    """Cash of one critical MW from a start, month by month of the plan, and what it is worth. [USD million]"""

    rent: Array
    cost: Array
    building: Array
    servers: Array
    npv: float

    @property
    def net_rent(self) -> Array:
        """Rents less running cost and power."""
        return self.rent - self.cost

    @property
    def capex(self) -> Array:
        """Building and servers."""
        return self.building + self.servers


def start_flows(world: World, offer: Row, site: str, tau: int) -> StartFlows:
    """Cash flows of one critical MW of the offer at the site, first rent month `tau`."""
    build, term, prepaid = int(offer["build_months"]), int(offer["term_months"]), int(value(offer, "prepaid_months", 0))
    delay = getattr(world, "delay", 0) if tau >= 0 else 0
    priced = {**offer, "price_usd_per_kw_month": first_rent_usd_per_kw(world, offer, tau)}
    last = max(world.months, tau + term) if renews(offer) else tau + term
    length = max(world.months, last)
    rent, cost, building, servers = (np.zeros(length) for _ in range(4))
    if tau - build >= 0:
        rent[tau - build] += sum(rent_usd(priced, m) for m in range(prepaid))
    for month in range(tau + delay, last):
        m = month - tau - delay
        if month < 0:
            continue
        rent[month] += 0.0 if m < prepaid else rent_usd(priced, m)
        cost[month] += opex_usd(priced, m) + energy_usd(world, offer, site, month, m)
    for month in capex_months(tau, build):
        if month >= 0:
            building[month] += landlord_capex_usd(offer) / max(1, build)
    refresh = value(offer, "refresh_months", None)
    for month in range(tau, last, length + term if refresh is None else int(refresh)):
        if month >= 0:
            servers[month] += server_usd(offer, month)
    counted = np.where(np.arange(length) < world.months, 1.0, world.tail_share * (np.arange(length) < tau + term))
    weight = counted * (1.0 + world.ai_rate) ** (-(np.arange(length) + 0.5) / 12.0)
    npv = float(weight @ (rent - cost - building - servers))
    cut = [flow[: world.months] / MILLION for flow in (rent, cost, building, servers)]
    return StartFlows(*cut, npv=npv / MILLION)


def energy_usd(world: World, offer: Row, site: str, month: int, m: int) -> float:
    """Power of one critical MW in the rent month `m`, where the rent includes it."""
    included = value(offer, "power", "pass_through") == "included"
    return ai_draw(offer, m) * world.power_cost(site, month) if included else 0.0


def first_rent_usd_per_kw(world: World, offer: Row, tau: int) -> float:
    """Rent of the first year for a start in month `tau`: later starts in a falling market get less."""
    months = tau - (month_index(offer["first_start"]) - world.start)
    return float(offer["price_usd_per_kw_month"]) * (1.0 + float(value(offer, "rent_trend", 0.0))) ** (months / 12.0)


def server_usd(offer: Row, month: int) -> float:
    """Cost of the servers of one critical MW bought in a month."""
    first = float(value(offer, "compute_capex_usd_per_mw", 0.0))
    return first * (1.0 + float(value(offer, "compute_trend", 0.0))) ** (month / 12.0)


def worlds_of(tables: Row) -> tuple[list[ScenarioWorld], Array]:
    """The tables as they come to pass in each scenario, and how likely each is."""
    rows = tables.get("scenarios") or [{"id": "base", "probability": 1.0}]
    probability = np.array([float(row["probability"]) for row in rows])
    return [ScenarioWorld(tables, {}, row) for row in rows], probability
