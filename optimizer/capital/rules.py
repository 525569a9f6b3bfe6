"""What every rule about money costs: how much more a plan would be worth without it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.capital.scenario_cash import FAMILY as SCENARIO_CASH
from optimizer.errors import InfeasiblePlanError
from optimizer.horizon import USD_PER_USD_M, IntArray
from optimizer.matrices import LARGEST_BOUND, Matrices
from optimizer.naming import places
from optimizer.parameters import Parameters
from optimizer.results import SCHEMAS
from optimizer.solve import PRICED, LpSolution, Session

# Rules of the whole company, and those of one loan.
COMPANY_RULES = ("debt_to_income", "debt_coverage", SCENARIO_CASH)
LOAN_RULES = ("loan_capex_share", "loan_coverage")
LEAST_CASH = "least_cash"


def rules_frame(session: Session, p: Parameters, plan: LpSolution) -> pd.DataFrame:
    """One row per rule: in how many months it binds at a price, and what it costs. [USD of NPV]

    Where no month is priced the rule costs nothing in an LP. The session is back to its own programme afterwards. With
    a worst share in the objective the cost is one of the objective.
    """
    matrices, rows = session.matrices, []
    for rule, where, members in rules_of(p, matrices):
        if rule == LEAST_CASH:
            priced = int((plan.col_dual[members] > PRICED).sum())
        else:
            priced = int((np.abs(plan.row_dual[members]) > PRICED).sum())
        cost = 0.0
        if priced or session.search is not None:
            cost = _cost(session, plan, rule, members)
        rows.append((rule, where, priced, cost))
    return pd.DataFrame(rows, columns=list(SCHEMAS["rules"]))


def rules_of(p: Parameters, matrices: Matrices) -> list[tuple[str, str, IntArray]]:
    """Every rule, what it is about, and the positions of its columns (least cash) or rows."""
    found = []
    if p.capital is not None and p.capital.counts_cash:
        cash = matrices.columns("cash_usd_m")
        found.append((LEAST_CASH, "", np.arange(cash.start, cash.stop)))
    for group in matrices.rows:
        positions = np.arange(group.first, group.first + group.index.size)
        if group.family in COMPANY_RULES:
            known = next((n for n, (rule, *_) in enumerate(found) if rule == group.family), None)
            if known is None:
                found.append((group.family, "", positions))
            else:
                found[known] = (group.family, "", np.append(found[known][2], positions))
        elif group.family in LOAN_RULES:
            names = places(p, group.family, group.index).where
            for name in dict.fromkeys(names):
                own = [place for place, other in zip(positions.tolist(), names, strict=True) if other == name]
                found.append((group.family, name, np.array(own, dtype=np.int64)))
    return found


def _cost(session: Session, plan: LpSolution, rule: str, members: IntArray) -> float:
    """What the optimum gains when a rule is dropped. [USD]"""
    matrices = session.matrices
    try:
        if rule == LEAST_CASH:
            lower = matrices.col_lower.copy()
            lower[members] = -matrices.col_upper[members]
            session.set_bounds(lower, matrices.col_upper)
        else:
            lower, upper = matrices.row_lower.copy(), matrices.row_upper.copy()
            lower[members] = np.where(np.isfinite(lower[members]), -LARGEST_BOUND, -np.inf)
            upper[members] = np.where(np.isfinite(upper[members]), LARGEST_BOUND, np.inf)
            session.set_row_bounds(lower, upper)
        without = session.minimise()
    except InfeasiblePlanError:
        return float("nan")
    finally:
        session.reset()
    return max(0.0, (plan.objective - without.objective) * USD_PER_USD_M)
