"""What the plan is compared with: mining alone, as much AI as possible, no new decision at all."""

from __future__ import annotations

import numpy as np

from optimizer.errors import InfeasiblePlanError
from optimizer.parameters import Parameters
from optimizer.solve import LpSolution, Session
from optimizer.tail import Tail, settled_plan

BASELINES = ("mining_only", "max_ai", "no_action")


def mining_only(session: Session, p: Parameters, tail: Tail | None, *, act: bool = True) -> LpSolution | None:
    """The best plan without any offer beyond the committed ones; None where the limits demand new ones.

    act : whether machines, halls, sites, loans, shares and coin may be decided about; otherwise nothing at all is done.
    """
    matrices = session.matrices
    lower, upper = matrices.col_lower.copy(), matrices.col_upper.copy()
    signed = matrices.columns("signed_mw")
    lower[signed] = upper[signed] = np.where(p.starts.committed_mw > 0.0, p.upper_mw, 0.0)
    if p.capital is not None and not act:
        for name in p.capital.decisions:
            upper[matrices.columns(name)] = 0.0
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

    Without capital, taking no action and refusing every new offer are the same thing.
    """
    alone = mining_only(session, p, tail)
    stopped = plan.search is not None and not plan.search.proved
    most = None if stopped else max_ai(session, p, tail)
    nothing = alone if p.capital is None else mining_only(session, p, tail, act=False)
    return {"mining_only": alone, "max_ai": most, "no_action": nothing}
