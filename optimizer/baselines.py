"""What the plan is compared with: mining alone, as much AI as possible, no new decision at all."""

from __future__ import annotations

import numpy as np

from optimizer.errors import InfeasiblePlanError
from optimizer.parameters import Parameters
from optimizer.solve import LpSolution, Session
from optimizer.tail import Tail, settled_plan

BASELINES = ("mining_only", "max_ai", "no_action")


def mining_only(session: Session, p: Parameters, tail: Tail | None) -> LpSolution | None:
    """The best plan without any offer beyond the committed ones; None where the limits demand new ones."""
    matrices = session.matrices
    lower, upper = matrices.col_lower.copy(), matrices.col_upper.copy()
    signed = matrices.columns("signed_mw")
    lower[signed] = upper[signed] = np.where(p.starts.committed_mw > 0.0, p.upper_mw, 0.0)
    session.set_bounds(lower, upper)
    try:
        return session.minimise() if tail is None else tail.settle(session, lambda _: session.minimise())
    except InfeasiblePlanError:
        return None
    finally:
        session.reset()


def max_ai(session: Session, p: Parameters, tail: Tail | None) -> LpSolution | None:
    """The plan with the most AI critical MW-months under rent that the limits allow, then the best NPV.

    None if a search for whole numbers was stopped before it had an answer.
    """
    matrices = session.matrices
    delivered = np.zeros(matrices.cost.size)  # rows may be added to the programme, columns never are
    delivered[matrices.columns("signed_mw")] = -np.maximum(0, p.starts.release - np.maximum(0, p.starts.tau))
    found = settled_plan(session, p, tail, before=[delivered])
    return found if found.search is None or found.search.proved else None


def solve_baselines(
    session: Session, p: Parameters, plan: LpSolution, tail: Tail | None = None
) -> dict[str, LpSolution | None]:
    """All baselines by name. Where the search for the plan itself was stopped, most AI is not searched for.

    As long as a plan buys, builds, moves and sells nothing but AI capacity, taking no action and
    refusing every new offer are the same thing.
    """
    alone = mining_only(session, p, tail)
    stopped = plan.search is not None and not plan.search.proved
    return {"mining_only": alone, "max_ai": None if stopped else max_ai(session, p, tail), "no_action": alone}
