"""The best plan on a scenario tree, proved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import CertificateError
from optimizer.horizon import FloatArray
from optimizer.lexicographic import TIE_TOLERANCE, minimise_in_turn
from optimizer.planning import new_session
from optimizer.proving.proof import FEASIBILITY_TOLERANCE, GAP_TOLERANCE, Proof, exact_check
from optimizer.search import SearchResult
from optimizer.solve import LpSolution, Session
from optimizer.tail import Tail, only_worst_share_counts, worst_share
from optimizer.waiting.unfolding import Unfolding


@dataclass(frozen=True)
class Optimum:
    """A plan on a tree.

    x : one number per column of the unfolded programme. npv_usd_m : in every scenario. [USD million]
    gap : relative distance to what no plan can beat, the largest of three: in exact arithmetic; of the search for whole
        numbers; of the programme's objective to that recomputed from the values in every scenario. [-]
    """

    x: FloatArray
    npv_usd_m: FloatArray
    gap: float


def best_on_tree(
    unfolding: Unfolding, gap: float, time_limit: float | None, progress: Callable[[str], None] | None
) -> Optimum:
    """The best plan; of several, the one that signs the fewest MW, and those as late as it can.

    Raises
    ------
    InfeasibleError : nothing keeps all limits. SolverError : no optimal answer.
    CertificateError : the answer failed its check in exact arithmetic.
    """
    p = unfolding.p
    session = new_session(unfolding.matrices, gap, time_limit, progress)
    ties = _ties(unfolding)
    tail = Tail(p, [p.scenarios.probability], programme=unfolding) if p.cvar_weight else None
    if tail is None:
        solution = _best(session, ties)
    else:
        tail.settle(session, lambda _: session.relaxed())
        solution = tail.settle(session, lambda held: _best(session, ties, held))
    npv, claimed = unfolding.npv_usd_m(session.matrices, solution.x), -session.matrices.objective(solution.x)
    worst, _ = worst_share(npv, p.scenarios.probability, p.portfolio.risk.cvar_alpha)
    true = (1.0 - p.cvar_weight) * float(p.scenarios.probability @ npv) + p.cvar_weight * worst
    unsettled = abs(claimed - true) / (1.0 + abs(true))
    return Optimum(solution.x, npv, max(_proved_gap(session, solution), unsettled))


def _best(session: Session, ties: Sequence[FloatArray], held: SearchResult | None = None) -> LpSolution:
    cost = session.matrices.cost
    chosen = held or session.decide([cost])
    with session.whole_numbers_fixed(chosen):
        optimum, *stages = minimise_in_turn(session, [cost, *ties])
    session.start_from(optimum)
    last = stages[-1] if stages else optimum
    value = session.matrices.objective(last.x)
    if value > optimum.objective + TIE_TOLERANCE * (1.0 + abs(optimum.objective)):
        return optimum
    return replace(optimum, x=last.x)


def _ties(unfolding: Unfolding) -> list[FloatArray]:
    """First the MW that are signed on average, then how early; the mean where only the worst share counts.

    Starts at nodes that no likely scenario reaches count as if these were a little likely.
    """
    p, base = unfolding.p, unfolding.base.columns("signed_mw")
    starts = np.arange(base.start, base.stop)
    chance = np.zeros(unfolding.matrices.cost.size)
    for leaf, node in enumerate(unfolding.tree.leaves):
        np.add.at(chance, unfolding.positions(leaf)[starts], max(node.probability, TIE_TOLERANCE))
    least, latest = np.zeros_like(chance), np.zeros_like(chance)
    still_open = p.starts.committed_mw == 0.0
    months = p.horizon.months - p.starts.tau
    for leaf in range(len(unfolding.tree.leaves)):
        at = unfolding.positions(leaf)[starts]
        least[at] = np.where(still_open, chance[at], 0.0)
        latest[at] = np.where(still_open, chance[at] * months, 0.0)
    ties = [least, latest] if still_open.any() else []
    if only_worst_share_counts(p):
        mean, _ = unfolding.weighed(p.scenarios.probability)
        ties.append(-mean)
    return ties


def _proved_gap(session: Session, solution: LpSolution) -> float:
    check = exact_check(Proof(session.matrices, solution.x, solution.row_dual))
    faults = {
        f"{check.row_at} is broken by": (check.row_violation, FEASIBILITY_TOLERANCE),
        f"{check.bound_at} is out of its bounds by": (check.bound_violation, FEASIBILITY_TOLERANCE),
        "the relative duality gap is": (check.relative_gap, GAP_TOLERANCE),
    }
    failed = [f"{words} {value:.3g}" for words, (value, most) in faults.items() if not value <= most]
    if failed:
        raise CertificateError("the plan on the tree failed its check: " + "; ".join(failed))
    return max(check.relative_gap, solution.search.gap if solution.search else 0.0)
