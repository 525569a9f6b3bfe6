"""What is kept of a changed copy of a portfolio once it has been solved: plain figures, without the solver."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from optimizer.errors import InfeasiblePlanError
from optimizer.warm import Solved, WarmModel
from sites.portfolio import Portfolio

FIGURES = ("npv_usd", "capex_usd", "peak_ai_mw", "ai_share", "hashrate_eh_s", "cash_low_usd")

# A contract of less than a watt is the solver's rounding.
TAKEN_MW = 1e-6

OPTIMAL, BEST_FOUND, INFEASIBLE, INVALID = "optimal", "best found", "infeasible", "invalid"


Start = tuple[str, str, str]


@dataclass(frozen=True)
class Outcome:
    """The optimum of one copy, or the word for why there is none.

    status : "optimal"; "best found" where the search for whole numbers was stopped; "infeasible" where no plan keeps
        all limits; "invalid" where the copy is no possible portfolio.
    figures : by the names of FIGURES; NaN without a plan. [USD, MW critical, fraction, EH/s]
    taken_mw : critical MW of every contract; empty without a plan. [MW critical]
    starts_mw : the same by contract, site and first rent month (YYYY-MM), of the starts that are taken. [MW critical]
    why : the limits that cannot hold together, where they are known and there is no plan.
    """

    status: str
    figures: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(FIGURES, math.nan))
    taken_mw: Mapping[str, float] = field(default_factory=dict)
    starts_mw: Mapping[Start, float] = field(default_factory=dict)
    why: tuple[str, ...] = ()

    @property
    def npv_usd(self) -> float:
        """Net present value; NaN without a plan. [USD]"""
        return self.figures["npv_usd"]

    def chosen(self, portfolio: Portfolio) -> tuple[str, ...]:
        """The open offers taken, by id; those already signed are in every plan."""
        signed = {offer.id for offer in portfolio.contracts if offer.committed_mw > 0.0}
        return tuple(sorted(name for name, mw in self.taken_mw.items() if mw > TAKEN_MW and name not in signed))


def outcome_of(solved: Solved) -> Outcome:
    """The figures of an optimum."""
    search = solved.solution.search
    return Outcome(
        status=OPTIMAL if search is None or search.proved else BEST_FOUND,
        figures={name: float(getattr(solved, name)) for name in FIGURES},
        taken_mw=dict(solved.taken_mw),
        starts_mw=_starts_mw(solved),
    )


def solve_copy(model: WarmModel, copy: Portfolio, *, held: Solved | None = None) -> Outcome:
    """Solve a changed copy, with a plan held fixed if one is given; no plan at all is an outcome too."""
    try:
        return outcome_of(model.solve(copy, held=held))
    except InfeasiblePlanError as error:
        return Outcome(INFEASIBLE, why=error.clashes)


def _starts_mw(solved: Solved) -> dict[Start, float]:
    starts, sites = solved.p.starts, solved.p.sites
    taken = zip(solved.operations.starts.tolist(), solved.operations.signed_mw.tolist(), strict=True)
    return {
        (
            starts.offers[int(starts.offer[start])].id,
            sites[int(starts.site[start])].id,
            solved.p.horizon.label(int(starts.tau[start])),
        ): mw
        for start, mw in taken
        if mw > TAKEN_MW
    }
