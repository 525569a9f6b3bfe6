"""The best plan that may wait, by brute force: the extensive form, which shares no code with the product.

Every scenario has a copy of all decisions of :mod:`oracle` and of all its rules. That nothing is decided on what is not
known yet is said in so many equations: two scenarios that look alike in the month of a decision decide it alike.

How the oracle reads the model where it leaves a choice:

- A planner looks at the mean hashprice of the three months before a branch month, fewer at the beginning. Scenarios
  that looked alike before are put in order of it; each cut between two bands leaves below it the share of scenarios
  nearest to what equal bands would, goes through no group of equal signals, and leaves one of them to every band above.
- An offer is decided when its building begins, or when its site is disturbed if that is earlier; energised MW in their
  own month. Hours are run, and fleets mothballed, when the scenario is known.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from oracle import MILLION, programme_of
from oracle_lumpy import MILP_GAP, Lumps, _whole_number_rows
from oracle_money import Array, Prices, Tables, month_index, value
from oracle_programme import SOLVER_SCALE, OracleInfeasibleError, Programme
from oracle_scenarios import Scenarios
from scipy.optimize import Bounds, LinearConstraint, milp

Branches = Sequence[tuple[str, int]]


def histories(scenarios: Scenarios, branches: Branches) -> list[tuple[tuple[int, int], ...]]:
    """What each scenario has shown: the branch months and the bands that it fell into."""
    seen: list[tuple[tuple[int, int], ...]] = [() for _ in scenarios.rows]
    for label, count in branches:
        month = month_index(label) - scenarios.worlds[0].start
        signals = [
            round(float(np.mean([world.hashprice(t) for t in range(max(0, month - 3), month)])), 7)
            for world in scenarios.worlds
        ]
        for alike in sorted(set(seen)):
            members = [row for row, history in enumerate(seen) if history == alike]
            bands = cut({row: signals[row] for row in members}, scenarios.probability, count)
            for row, band in bands.items():
                seen[row] = (*alike, (month, band))
    return seen


def cut(signals: dict[int, float], probability: Array, count: int) -> dict[int, int]:
    """The band of every scenario."""
    levels = sorted(set(signals.values()))
    whole = sum(probability[row] for row in signals)
    below = [sum(probability[row] for row, level in signals.items() if level <= top) / whole for top in levels]
    bands = min(count, len(levels))
    tops: list[int] = []
    for band in range(1, bands):
        able = range(tops[-1] + 1 if tops else 0, len(levels) - (bands - band))
        tops.append(min(able, key=lambda place, band=band: (abs(below[place] - band / bands), place)))
    return {row: sum(level > levels[top] for top in tops) for row, level in signals.items()}


class Extensive:
    """The extensive form of a portfolio whose plan may wait."""

    def __init__(self, tables: Tables, prices: Prices, branches: Branches) -> None:
        """Copy the programme for every scenario and tie the copies."""
        self.scenarios = Scenarios(tables, prices)
        self.one = programme_of(self.scenarios.worlds[0])
        self.count, self.copies = len(self.one.keys), len(self.scenarios.rows)
        self.programme = Programme()
        self._add_copies()
        seen = histories(self.scenarios, branches)
        for place in range(self.count):
            known = [tuple(band for month, band in history if month <= self._decided(place)) for history in seen]
            for row in range(1, self.copies):
                twin = known.index(known[row])
                if twin < row:
                    self._tie(twin * self.count + place, row * self.count + place)
        self._add_worst_share()

    def _add_copies(self) -> None:
        weight, probability = self.scenarios.weight, self.scenarios.probability
        self.worth = self.scenarios.worth(self.one.keys)
        self.fixed = self.scenarios.worlds[0].fixed_costs() / MILLION
        self.programme.constant = -(1.0 - weight) * self.fixed
        rules = self.one.rows(self.count).tocoo() if self.one.bounds else None
        for row in range(self.copies):
            for place, key in enumerate(self.one.keys):
                gain = (1.0 - weight) * float(probability[row]) * float(self.worth[row, place])
                self.programme.column((*key, row), gain, self.one.high[place], low=self.one.low[place])
            terms: list[list[tuple[int, float]]] = [[] for _ in self.one.bounds]
            if rules is not None:
                for rule, place, number in zip(rules.row, rules.col, rules.data, strict=True):
                    terms[rule].append((row * self.count + int(place), float(number)))
            for rule, bound in zip(terms, self.one.bounds, strict=True):
                self.programme.sum_at_most(rule, bound)

    def _decided(self, place: int) -> int:
        """The month in which a decision must be made."""
        kind, name, _, month = self.one.keys[place]
        if kind == "mining":
            return int(month)
        offer = self.scenarios.offers[str(name)]
        return int(month) - max(int(offer["build_months"]), int(value(offer, "disruption_months", 0)))

    def _tie(self, one: int, other: int) -> None:
        self.programme.sum_at_most([(one, 1.0), (other, -1.0)], 0.0)
        self.programme.sum_at_most([(one, -1.0), (other, 1.0)], 0.0)

    def _add_worst_share(self) -> None:
        weight, alpha = self.scenarios.weight, self.scenarios.alpha
        most = float((np.abs(self.worth) @ np.array(self.one.high)).max(initial=0.0)) + self.fixed + 1.0
        level = self.programme.column(("level",), weight, most, low=-most)
        for row, probability in enumerate(self.scenarios.probability.tolist()):
            short = self.programme.column(("short", row), -weight / alpha * probability, 2.0 * most)
            terms = [(row * self.count + place, -float(self.worth[row, place])) for place in range(self.count)]
            self.programme.sum_at_most([*terms, (level, 1.0), (short, -1.0)], -self.fixed)

    def best_usd(self) -> float:
        """The best objective where no offer is lumpy, proved. [USD]"""
        x = self.programme.best(self.programme.gain)
        return self.programme.value(x) * MILLION

    def best_lumpy_usd(self) -> float:
        """The best objective with whole numbers, which every scenario has of its own. [USD]"""
        lumps = Lumps(self.scenarios.worlds[0], self.one, {})
        columns = len(self.programme.keys)
        whole: dict[tuple[str, int], int] = {}
        most: list[float] = []
        for number, name in enumerate(lumps.open):
            if lumps.yes_or_no(name):
                whole["taken", number] = self.count + len(whole)
                most.append(1.0)
            for start in lumps.starts[name] if lumps.comes_in_blocks(name) else ():
                whole["blocks", start] = self.count + len(whole)
                most.append(float(lumps.most_blocks(name)))
        every = columns + self.copies * len(whole)
        constraints = [LinearConstraint(self.programme.rows(every), -np.inf, self.programme.bounds)]
        for row in range(self.copies):
            for terms, low, high in _whole_number_rows(lumps, whole):
                line = np.zeros((1, every))
                for place, number in terms:
                    own = place < self.count
                    at = row * self.count + place if own else columns + row * len(whole) + place - self.count
                    line[0, at] += number
                constraints.append(LinearConstraint(line, low, high))
        extra = np.zeros(every - columns)
        result = milp(
            np.concatenate([-np.array(self.programme.gain) * SOLVER_SCALE, extra]),
            integrality=np.concatenate([np.zeros(columns), extra + 1.0]),
            bounds=Bounds([*self.programme.low, *extra], [*self.programme.high, *most * self.copies]),
            constraints=constraints,
            options={"mip_rel_gap": MILP_GAP},
        )
        if result.status == 2:
            raise OracleInfeasibleError(float("nan"))
        assert result.status == 0, result.message
        return self.programme.value(np.asarray(result.x)[:columns]) * MILLION
