"""The mean of the worst share of the scenarios (CVaR) in the objective, by cutting planes.

With w > 0 the programme has one more column, the mean NPV of the worst share. It is the smallest of the weighted means
sum_s q[s] NPV[s] over all weights 0 <= q <= p / alpha that add up to 1, each of which is a row of the programme. The
solver begins with one row; after every solve the plan's own worst share is worked out exactly, and its row is added if
the plan breaks it. The solver's objective is then an upper bound, the plan's own value a lower one.

R. T. Rockafellar and S. Uryasev, "Optimization of conditional value-at-risk", Journal of Risk 2 (2000).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from optimizer.capital.scenario_cash import ScenarioCash
from optimizer.errors import SolverError
from optimizer.formulation import SHARE_SCALE, capital_share_row, own_share_row, own_values_usd_m, worst_share_row
from optimizer.formulation_joint import joint_views
from optimizer.horizon import FloatArray
from optimizer.lexicographic import best_plan
from optimizer.matrices import Matrices, Members
from optimizer.naming import member_names
from optimizer.parameters import Parameters
from optimizer.search import SearchResult
from optimizer.solve import LpSolution, Session

# Relative distance of the two bounds at which the search for rows ends, and the largest that may be left where
# rounding or the most rounds end it earlier.
TARGET_GAP = 1e-9
LARGEST_GAP = 1e-6
MOST_ROUNDS = 2_000

FAMILY = "worst_share"


def worst_share(npv: FloatArray, probability: FloatArray, alpha: float) -> tuple[float, FloatArray]:
    """Mean of the worst share of scenarios, and the weight that each of them has in it.

    npv, probability : of every scenario. alpha : the share, 0 < alpha <= 1.

    Notes
    -----
    The scenarios are taken from the worst on until they fill the share; the last one counts in part.
    """
    order = np.argsort(npv, kind="stable")
    before = np.concatenate(([0.0], np.cumsum(probability[order])[:-1]))
    mass = np.clip(alpha - before, 0.0, probability[order])
    weight = np.zeros_like(npv)
    weight[order] = mass / mass.sum()
    return float(weight @ npv), weight


class Valued(Protocol):
    """A programme whose plans have a value in every scenario that is linear in its columns."""

    def npv_usd_m(self, matrices: Matrices, x: FloatArray) -> FloatArray:
        """Net present value of a plan in every scenario. [USD million]"""

    def row(self, matrices: Matrices, weight: FloatArray, number: int) -> tuple[FloatArray, float, float, str, Members]:
        """One row of the worst share as a session takes it: coefficients, lower and upper side, name, family."""


@dataclass(frozen=True)
class OnePlan:
    """The programme of a portfolio: one plan for all scenarios."""

    p: Parameters

    def npv_usd_m(self, matrices: Matrices, x: FloatArray) -> FloatArray:
        """Net present value of a plan in every scenario. [USD million]"""
        return scenario_npv_usd_m(self.p, matrices, x)

    def row(self, matrices: Matrices, weight: FloatArray, number: int) -> tuple[FloatArray, float, float, str, Members]:
        """One row of the worst share."""
        return _row(self.p, matrices, weight, number)


@dataclass
class Tail:
    """The rows of the worst share that a programme has so far.

    weights : of the scenarios, one array per row. rounds : solves that it took to find them.
    programme : whose rows these are; that of the parameters when absent.
    """

    p: Parameters
    weights: list[FloatArray] = field(default_factory=list)
    rounds: int = 0
    programme: Valued | None = None

    @classmethod
    def of(cls, p: Parameters) -> Tail | None:
        """The first row, as the formulation has it; None where no worst share counts."""
        return cls(p, [p.scenarios.probability]) if p.cvar_weight else None

    def settle(self, session: Session, solve: Callable[[SearchResult | None], LpSolution]) -> LpSolution:
        """Solve and add rows until the plan keeps the one of its own worst share.

        solve : with the whole numbers of an earlier search that was stopped, if there is one: it is not begun again.

        Raises
        ------
        SolverError : the bounds do not meet. Those of `solve`.
        """
        alpha, weight = self.p.portfolio.risk.cvar_alpha, self.p.cvar_weight
        left, held = np.inf, None
        for _ in range(MOST_ROUNDS):
            solution = solve(held)
            held = solution.search if solution.search and not solution.search.proved else held
            self.rounds += 1
            matrices = session.matrices
            claimed = float(solution.x[matrices.columns("tail_usd_m")][0])
            npv = self._valued.npv_usd_m(matrices, solution.x)
            true, shares = worst_share(npv, self.p.scenarios.probability, alpha)
            left, before = weight * (claimed - true) / (1.0 + abs(matrices.objective(solution.x))), left
            if left <= TARGET_GAP or (left <= LARGEST_GAP and left >= before):
                return solution
            self._add(session, shares)
        raise SolverError(f"the worst share is not settled after {MOST_ROUNDS} solves; a gap of {left:.2g} is left")

    def _add(self, session: Session, weight: FloatArray) -> None:
        session.add_row(*self._valued.row(session.matrices, weight, len(self.weights)))
        self.weights.append(weight)

    @property
    def _valued(self) -> Valued:
        return self.programme or OnePlan(self.p)


def scenario_weights(p: Parameters, matrices: Matrices, solution: LpSolution, shares: FloatArray) -> FloatArray:
    """The weight of every scenario behind the prices of a plan; they add up to 1. [-]

    shares : weights of the scenarios in every row of the worst share.

    (1 - w) p + sum_k price of row k times its weights: with these as probabilities the plan is the best one on average.
    """
    price = [
        -float(solution.row_dual[group.first + at]) * SHARE_SCALE
        for group in matrices.rows
        if group.family == FAMILY
        for at in range(group.index.size)
    ]
    return np.asarray((1.0 - p.cvar_weight) * p.scenarios.probability + np.array(price) @ shares)


def _row(
    p: Parameters, matrices: Matrices, weight: FloatArray, number: int
) -> tuple[FloatArray, float, float, str, Members]:
    """One row of the worst share as the programme takes it: coefficients, lower and upper side, name, family."""
    row = np.zeros(matrices.cost.size)
    signed, mining, tail, side = worst_share_row(p, weight)
    for family, coefficient in (("signed_mw", signed), ("mining_mw", mining), ("tail_usd_m", tail)):
        row[matrices.columns(family)] = coefficient
    for family, coefficient in (own_share_row(p, weight) | capital_share_row(p)).items():
        row[matrices.columns(family)] = coefficient
    member = Members(FAMILY, matrices.row_lower.size, np.array([number]))
    return row, -np.inf, side, member_names(p, FAMILY, member.index)[0], member


def with_added_rows(
    p: Parameters, matrices: Matrices, names: Sequence[str], weights: FloatArray | None, months: FloatArray | None
) -> Matrices:
    """A programme as it is compiled, with the rows that were added while it was solved.

    names : of all rows, in their order. weights : of the scenarios; one row for every row of the worst share, the first
    of which the programme has already. months : as `stored_rows` gives those of cash in the scenarios.
    """
    shares, cash = 1, 0
    for name in names[len(matrices.row_names) :]:
        if weights is not None and name.startswith(f"{FAMILY}[") and shares < len(weights):
            matrices = matrices.with_row(*_row(p, matrices, weights[shares], shares))
            shares += 1
        elif months is not None and cash < len(months) and (held := ScenarioCash.of(p)) is not None:
            matrices = matrices.with_row(*held.row(matrices, int(months[cash, 0]), months[cash, 1:], cash))
            cash += 1
    return matrices


def scenario_npv_usd_m(p: Parameters, matrices: Matrices, x: FloatArray) -> FloatArray:
    """Net present value of a plan in every scenario. [USD million]"""
    if p.scenarios.count == 1:
        return -np.array([matrices.objective(x)])
    signed, mining = x[matrices.columns("signed_mw")], x[matrices.columns("mining_mw")]
    npv = p.scenario_values.npv_usd_m(signed, mining)
    npv += sum(float(value @ x[matrices.columns(name)]) for name, value in p.capital_values_usd_m.items())
    for position, (_, q, view) in enumerate(joint_views(p, matrices) if p.own else []):
        own = own_values_usd_m(q)
        npv[position] += sum(float(value @ x[view.columns(name)]) for name, value in own.items())
    return npv


def settled_plan(session: Session, p: Parameters, tail: Tail | None, before: Sequence[FloatArray] = ()) -> LpSolution:
    """The optimal plan as `best_plan` finds it, its worst share settled where one counts."""
    if tail is None:
        return best_plan(session, p, before)
    if not before:
        tail.settle(session, lambda _: session.relaxed())
    after = [mean_cost(p, session.matrices)] if only_worst_share_counts(p) else []
    return tail.settle(session, lambda held: best_plan(session, p, before, held, after))


def only_worst_share_counts(p: Parameters) -> bool:
    """Whether the loads of some scenarios count for nothing: they are adapted to the scenario all the same."""
    return bool(p.own) and p.cvar_weight == 1.0


def mean_cost(p: Parameters, matrices: Matrices) -> FloatArray:
    """What to minimise for the highest mean over the scenarios, in the scale of a row of the worst share."""
    cost, *_ = _row(p, matrices, p.scenarios.probability, 0)
    cost[matrices.columns("tail_usd_m")] = 0.0
    return cost
