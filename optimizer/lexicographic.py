"""One plan among equals: objectives minimised one after another.

Equal optima are common: an offer that is worth exactly what it displaces, two months that pay the
same. Among them the plan signs as few MW as possible, and signs those as late as possible, because
what is not signed yet can still be decided; and it buys, moves, draws and sells as little as
possible. Which of several starts of equal worth, size and month it then is, a fixed order decides
that means nothing: the same inputs give the same plan, wherever the solver began. The rule makes a
plan reproducible and is part of its meaning.
Whole numbers are found first, for the objectives that count; the rule then holds among the plans with these numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from optimizer.horizon import FloatArray
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from optimizer.search import SearchResult
from optimizer.solve import LpSolution, Session

# A tie-break may not cost more than this share of the optimum; it would mean that it was no tie.
TIE_TOLERANCE = 1e-10

# Of no sum of fractions: the golden ratio.
GOLDEN = (5.0**0.5 - 1.0) / 2.0


def minimise_in_turn(session: Session, costs: Sequence[FloatArray]) -> list[LpSolution]:
    """Minimise each objective over the plans that are optimal for all objectives before it.

    Returns the solution of every stage; the session is back to its own programme afterwards.
    """
    solutions: list[LpSolution] = []
    for stage, cost in enumerate(costs):
        if stage:
            session.restrict_to_optimal(solutions[-1])
        session.set_costs(cost)
        solutions.append(session.minimise())
    session.reset()
    return solutions


def tie_break_costs(p: Parameters, matrices: Matrices) -> list[FloatArray]:
    """First the MW signed, then how early their rent begins, then how much else is decided; what is still equal has
    weights without a meaning, no sum of which is likely to equal another. [MW, MW months, units, -]
    """
    signed = matrices.columns("signed_mw")
    least, latest = np.zeros(matrices.cost.size), np.zeros(matrices.cost.size)
    open_to_choice = p.starts.committed_mw == 0.0
    least[signed] = np.where(open_to_choice, 1.0, 0.0)
    latest[signed] = np.where(open_to_choice, p.horizon.months - p.starts.tau, 0.0)
    stages = [least, latest] if open_to_choice.any() else []
    if p.capital is not None:
        decided = np.zeros(matrices.cost.size)
        for name in p.capital.decisions:
            decided[matrices.columns(name)] = 1.0
        stages.append(decided)
    if open_to_choice.any():
        arbitrary = np.zeros(matrices.cost.size)
        # Squares, because MW that change places move along equal distances of the order.
        weights = 1.0 + np.arange(open_to_choice.size, dtype=np.float64) ** 2 * GOLDEN % 1.0
        arbitrary[signed] = np.where(open_to_choice, weights, 0.0)
        stages.append(arbitrary)
    return stages


def best_plan(
    session: Session,
    p: Parameters,
    before: Sequence[FloatArray] = (),
    held: SearchResult | None = None,
    after: Sequence[FloatArray] = (),
) -> LpSolution:
    """The optimal plan, the one that signs least and latest where several are optimal.

    before : objectives that take precedence over the NPV.
    held : whole numbers that an earlier search has found; they are not searched for again.
    after : objectives that decide among the plans which are equal in all others.

    Returns
    -------
    The tie-broken columns with the prices of the NPV stage, which hold for every optimal plan.
    """
    matrices = session.matrices
    chosen = held or session.decide([*before, matrices.cost])
    with session.whole_numbers_fixed(chosen):
        stages = minimise_in_turn(session, [*before, matrices.cost, *tie_break_costs(p, matrices), *after])
    optimum, last = stages[len(before)].for_rows(session.matrices.row_lower.size), stages[-1]
    session.start_from(optimum)
    value = float(matrices.cost @ last.x) + matrices.offset
    if value > optimum.objective + TIE_TOLERANCE * (1.0 + abs(optimum.objective)):
        return optimum
    return replace(optimum, x=last.x, iterations=sum(stage.iterations for stage in stages))
