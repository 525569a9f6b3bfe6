"""The best plan for each scenario alone, and plans made for one scenario lived in another.

What a plan signs and energises can be kept in every scenario, since limits are the same in all of them. Where the
loads of each month are planned apart, a scenario differs from another in the costs of one programme only. Where a
power contract ties loads together, every scenario has a programme of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import numpy as np

from optimizer.compiling import compile_parameters
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.judging.commitment import Commitment, lived_npv_usd_m
from optimizer.lexicographic import best_plan, minimise_in_turn, tie_break_costs
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters, build_parameters
from optimizer.planning import new_session
from optimizer.solve import Session
from sites.scenarios import ScenarioPaths

# What is energised may be kept to this many MW: less than a solver's rounding could forbid.
_SLACK_MW = 1e-7


class Search(Protocol):
    """How a programme is handed to a solver."""

    def __call__(self, matrices: Matrices) -> Session:
        """A session of this programme."""


def searching(gap: float, time_limit: float | None) -> Search:
    """Sessions whose searches for whole numbers end at this gap or limit."""
    return lambda matrices: new_session(matrices, gap, time_limit)


class Alone(Protocol):
    """Plans of single scenarios."""

    def value_usd_m(self, scenario: int) -> float:
        """What the best plan for this scenario alone is worth in it. [USD million]"""

    def best(self, scenario: int) -> Commitment:
        """The best plan for this scenario alone; of several the one that is described below."""

    def best_for_mean(self) -> Commitment:
        """The best plan for the mean scenario alone."""

    def npv_usd_m(self, plan: Commitment, scenarios: Sequence[int]) -> FloatArray:
        """What a plan is worth in these scenarios. [USD million]"""

    def mean_usd_m(self, plan: Commitment) -> float:
        """What a plan is worth on average over all scenarios. [USD million]"""

    def best_known_usd_m(self, npv: FloatArray, plans: Sequence[Commitment]) -> FloatArray:
        """In every scenario what the best of some plans is worth, as far as that is cheap to know. [USD million]

        npv : of the first of them.
        """


def mean_scenario(scenarios: ScenarioPaths) -> ScenarioPaths:
    """The one scenario that a planner without scenarios would take.

    Hashprice and power factor are means month by month; building is late by the mean delay, rounded down to months.
    """
    months = int(np.floor(scenarios.probability @ scenarios.build_delay_months + 1e-9))
    return ScenarioPaths(
        ("mean",),
        np.ones(1),
        scenarios.expected_hashprice[None, :],
        (scenarios.probability @ scenarios.power_factor)[None, :],
        np.array([months], dtype=np.int64),
    )


class OneProgramme:
    """All scenarios in the programme of the mean, whose costs are replaced.

    Of several plans that are best for a scenario this takes the one that is best on average, and of those the fewest
    and latest MW: what earns nothing in a scenario is left idle in it only where that is no mistake elsewhere either.
    """

    def __init__(self, p: Parameters, session: Session, search: Search) -> None:
        """Take the session of the plan that is best on average; its costs are back to its own after every call."""
        self.p, self.session, self.search = p, session, search

    def _cost(self, scenario: int) -> FloatArray:
        values, matrices = self.p.scenario_values, self.session.matrices
        cost = np.zeros_like(matrices.cost)
        cost[matrices.columns("signed_mw")] = -values.signed[scenario]
        cost[matrices.columns("mining_mw")] = -values.mining[scenario]
        return cost

    def value_usd_m(self, scenario: int) -> float:
        """What the best plan for this scenario alone is worth in it. [USD million]"""
        cost = self._cost(scenario)
        self.session.set_costs(cost)
        try:
            x = self.session.minimise().x
        finally:
            self.session.reset()
        return float(self.p.scenario_values.constant[scenario] - cost @ x)

    def best(self, scenario: int) -> Commitment:
        """The best plan for this scenario alone."""
        solution = best_plan(self.session, self.p, [self._cost(scenario)])
        return Commitment.of(self.p, self.session.matrices, solution.x)

    def best_for_mean(self) -> Commitment:
        """The best plan for the mean scenario alone."""
        p = self.p
        q = build_parameters(p.portfolio, p.pins, [p.periods], mean_scenario(p.scenarios))
        matrices = compile_parameters(q)
        on_average = np.zeros_like(matrices.cost)
        on_average[matrices.columns("signed_mw")] = -p.start_value_usd_m
        running = np.cumsum(p.margins.gain_usd * p.horizon.discount, axis=1)
        running = np.concatenate((np.zeros((running.shape[0], 1)), running), axis=1) / USD_PER_USD_M
        fleet, first, end = q.blocks.fleet, q.periods.first[q.blocks.period], q.periods.end[q.blocks.period]
        on_average[matrices.columns("mining_mw")] = running[fleet, first] - running[fleet, end]
        session = self.search(replace(matrices, cost=on_average))
        solution = best_plan(session, q, [matrices.cost])
        return Commitment.of(q, matrices, solution.x)

    def npv_usd_m(self, plan: Commitment, scenarios: Sequence[int]) -> FloatArray:
        """What a plan is worth in these scenarios. [USD million]"""
        return lived_npv_usd_m(self.p, plan)[list(scenarios)]

    def mean_usd_m(self, plan: Commitment) -> float:
        """What a plan is worth on average over all scenarios. [USD million]"""
        return float(self.p.scenarios.probability @ lived_npv_usd_m(self.p, plan))

    def best_known_usd_m(self, npv: FloatArray, plans: Sequence[Commitment]) -> FloatArray:
        """In every scenario what the best of some plans is worth. [USD million]"""
        return np.asarray(np.maximum.reduce([npv, *(lived_npv_usd_m(self.p, plan) for plan in plans)]))


class OwnProgrammes:
    """A programme of its own for every scenario, since the loads of its months depend on one another.

    Of several plans that are best for a scenario this takes the fewest and latest MW signed, and of those the most MW
    energised.
    """

    def __init__(self, p: Parameters, session: Session, search: Search) -> None:
        """Take the session of the plan that is best on average; every period of `p` is one month."""
        self.p, self.session, self.search = p, session, search
        self._kept: dict[int, _Own] = {}

    def value_usd_m(self, scenario: int) -> float:
        """What the best plan for this scenario alone is worth in it. [USD million]"""
        return self._kept[scenario].value_usd_m if scenario in self._kept else self._of(scenario).value_usd_m

    def best(self, scenario: int) -> Commitment:
        """The best plan for this scenario alone."""
        self._kept[scenario] = self._of(scenario)
        return self._kept[scenario].best

    def best_for_mean(self) -> Commitment:
        """The best plan for the mean scenario alone."""
        return _Own(self.p, mean_scenario(self.p.scenarios), self.search).best

    def npv_usd_m(self, plan: Commitment, scenarios: Sequence[int]) -> FloatArray:
        """What a plan is worth in these scenarios. [USD million]"""
        return np.array([(self._kept.get(each) or self._of(each)).lived_usd_m(plan) for each in scenarios])

    def mean_usd_m(self, plan: Commitment) -> float:
        """What a plan is worth on average over all scenarios. [USD million]"""
        return _held_usd_m(self.p, self.session, plan)

    def best_known_usd_m(self, npv: FloatArray, plans: Sequence[Commitment]) -> FloatArray:  # noqa: ARG002
        """In every scenario what the first plan is worth: others would have to be solved for. [USD million]"""
        return npv

    def _of(self, scenario: int) -> _Own:
        return _Own(self.p, self.p.scenarios.only(scenario), self.search)


class _Own:
    """The programme of one scenario."""

    def __init__(self, p: Parameters, scenario: ScenarioPaths, search: Search) -> None:
        self.q = build_parameters(p.portfolio, p.pins, [p.periods], scenario)
        self.matrices = compile_parameters(self.q)
        self.session = search(self.matrices)

    @cached_property
    def best(self) -> Commitment:
        energised = np.zeros_like(self.matrices.cost)
        energised[self.matrices.columns("mining_mw")] = -1.0
        costs = [self.matrices.cost, *tie_break_costs(self.q, self.matrices), energised]
        with self.session.whole_numbers_fixed(self.session.decide(costs[:1])):
            stages = minimise_in_turn(self.session, costs)
        return Commitment.of(self.q, self.matrices, stages[-1].x)

    @property
    def value_usd_m(self) -> float:
        """What the best plan is worth. [USD million]"""
        return self.lived_usd_m(self.best)

    def lived_usd_m(self, plan: Commitment) -> float:
        """What a plan is worth here. [USD million]"""
        return _held_usd_m(self.q, self.session, plan)


def _held_usd_m(p: Parameters, session: Session, plan: Commitment) -> float:
    """What a programme is worth when its decisions are those of a plan. [USD million]"""
    matrices = session.matrices
    lower, upper = matrices.col_lower.copy(), matrices.col_upper.copy()
    signed, mining = matrices.columns("signed_mw"), matrices.columns("mining_mw")
    lower[signed] = upper[signed] = np.clip(plan.signed_mw, lower[signed], upper[signed])
    held = np.clip(plan.block_mw(p), 0.0, upper[mining])
    lower[mining], upper[mining] = np.maximum(0.0, held - _SLACK_MW), held
    session.set_bounds(lower, upper)
    try:
        return -matrices.objective(session.minimise().x)
    finally:
        session.reset()
