"""The optimum under several scenarios by brute force: the extensive form, which shares no code with the product.

Every scenario is a :class:`oracle_money.World` of its own, walked hour by hour and month by month. The decisions are
those of :mod:`oracle`, month by month and the same in every scenario; beside them stand the level of the worst share
and a shortfall of every scenario below it, all written out in one linear programme.

How the oracle reads the model where it leaves a choice:

- A power factor multiplies the hourly series or the flat price, escalated, before the adder.
- A delay of n months holds for offers whose first rent month is not before the plan. In the n months from then on they
  earn and cost nothing; rent, running cost and energy of offset m come n months later, until the planned release. The
  capex, the MW occupied and the rents prepaid at signing are as planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from oracle import MILLION, answer_of, programme_of
from oracle_lumpy import Lumps, best_of_combinations
from oracle_money import (
    Array,
    Prices,
    Row,
    Tables,
    World,
    capex_months,
    landlord_capex_usd,
    month_index,
    opex_usd,
    renews,
    rent_usd,
    value,
)
from oracle_programme import ColumnKey, Programme


class ScenarioWorld(World):
    """The tables as they come to pass in one scenario."""

    def __init__(self, tables: Tables, prices: Prices, scenario: Row) -> None:
        """Take the tables and the scenario's row."""
        super().__init__(tables, prices, committed_only=False)
        name = value(scenario, "hashprice", "base")
        path = [row for row in tables["hashprice"] if value(row, "scenario", "base") == name]
        self.hashprices = sorted((month_index(row["month"]), float(row["usd_per_ph_day"])) for row in path)
        self.factor = float(value(scenario, "power_factor", 1.0))
        self.delay = int(value(scenario, "build_delay_months", 0))

    def hours(self, site: str, month: int) -> tuple[Array, float]:
        """Prices of the month, times the factor but for the adder."""
        price, weight = super().hours(site, month)
        adder = float(value(self.sites[site], "adder_usd_per_mwh", 0.0))
        return (price - adder) * self.factor + adder, weight

    def offer_value(self, offer: Row, site: str, tau: int) -> float:
        """NPV of one critical MW from a planned start, late by the delay. [USD]"""
        if tau < 0:
            return super().offer_value(offer, site, tau)
        build, term = int(offer["build_months"]), int(offer["term_months"])
        total = 0.0
        for month in capex_months(tau, build):
            if 0 <= month < self.months:
                total -= landlord_capex_usd(offer) / max(1, build) * self.discount(month, self.ai_rate)
        prepaid = int(value(offer, "prepaid_months", 0))
        if tau - build >= 0:
            total += sum(rent_usd(offer, m) for m in range(prepaid)) * self.discount(tau - build, self.ai_rate)
        last = max(self.months, tau + term) if renews(offer) else tau + term
        for month in range(tau + self.delay, last):
            offset = month - tau - self.delay
            counted = 1.0 if month < self.months else self.tail_share if month < tau + term else 0.0
            if counted > 0.0:
                rent = 0.0 if offset < prepaid else rent_usd(offer, offset)
                cost = opex_usd(offer, offset) + self._energy_usd(offer, site, month, offset)
                total += counted * (rent - cost) * self.discount(month, self.ai_rate)
        return total


class Scenarios:
    """All scenarios of a portfolio, and what every decision is worth in each of them."""

    def __init__(self, tables: Tables, prices: Prices) -> None:
        """Walk through every scenario."""
        self.rows: Sequence[Row] = tables["scenarios"]
        self.worlds = [ScenarioWorld(tables, prices, row) for row in self.rows]
        self.probability = np.array([float(row["probability"]) for row in self.rows])
        risk = tables.get("risk", {})
        self.weight, self.alpha = float(value(risk, "cvar_weight", 0.0)), float(value(risk, "cvar_alpha", 0.05))
        self.offers = {offer["id"]: offer for offer in self.worlds[0].offers}
        self.fleets = {fleet["id"]: fleet for fleet in self.worlds[0].fleets}

    def worth(self, keys: Sequence[ColumnKey]) -> Array:
        """What one MW of every decision is worth: scenarios x decisions. [USD million]"""
        return np.array([[self._worth(world, key) for key in keys] for world in self.worlds]) / MILLION

    def _worth(self, world: ScenarioWorld, key: ColumnKey) -> float:
        kind, name, site, month = str(key[0]), str(key[1]), str(key[2]), int(key[3])
        if kind == "ai":
            return world.offer_value(self.offers[name], site, month)
        return world.mining_value(self.fleets[name], month) * world.discount(month, world.rate)

    def npv_usd(self, ai_mw: Mapping[tuple[str, str, int], float], mining_mw: Mapping[tuple[str, int], float]) -> Array:
        """Net present value of a plan in every scenario. [USD]"""
        ai: list[ColumnKey] = [("ai", *key) for key in ai_mw]
        mining: list[ColumnKey] = [("mining", name, self.fleets[name]["site"], month) for name, month in mining_mw]
        mw = np.array([*ai_mw.values(), *mining_mw.values()])
        fixed = np.array([world.fixed_costs() for world in self.worlds])
        return np.asarray(self.worth([*ai, *mining]) @ mw * MILLION - fixed)

    def mean_of_worst(self, npv: Array) -> float:
        """The worst share is filled from the worst scenario on, the last one in part."""
        left, total = self.alpha, 0.0
        for usd, probability in sorted(zip(npv.tolist(), self.probability.tolist(), strict=True)):
            part = min(left, probability)
            total += part * usd
            left -= part
        return total / (self.alpha - left)

    def programme(self) -> Programme:
        """The extensive form."""
        programme = programme_of(self.worlds[0])
        keys, decisions = [*programme.keys], len(programme.keys)
        worth = self.worth(keys)
        fixed = self.worlds[0].fixed_costs() / MILLION
        programme.constant = -(1.0 - self.weight) * fixed
        programme.gain = ((1.0 - self.weight) * self.probability @ worth).tolist()
        most = float((np.abs(worth) @ np.array(programme.high)).max()) + fixed + 1.0
        level = programme.column(("level", "", "", 0), self.weight, most, low=-most)
        for row, (values, probability) in enumerate(zip(worth, self.probability.tolist(), strict=True)):
            price = -self.weight / self.alpha * probability
            short = programme.column(("short", str(row), "", 0), price, 2.0 * most)
            terms = [(place, -float(worth_here)) for place, worth_here in zip(range(decisions), values, strict=True)]
            programme.sum_at_most([*terms, (level, 1.0), (short, -1.0)], -fixed)
        return programme

    def best(self) -> float:
        """The best objective; whole numbers by walking through all of them. [USD]"""
        programme = self.programme()
        lumps = Lumps(self.worlds[0], programme, {})
        lumpy = any(lumps.comes_in_blocks(name) or lumps.yes_or_no(name) for name in lumps.open)
        return (best_of_combinations(programme, lumps) if lumpy else answer_of(programme)).npv_usd
