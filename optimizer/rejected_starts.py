"""What would bring in a single start that a plan leaves out, from the prices of the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.horizon import BoolArray, FloatArray
from optimizer.levers import capex_slopes
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters
from optimizer.pivots import can_grow
from optimizer.rejected import Found
from optimizer.solve import PRICED, LpSolution, Session


@dataclass(frozen=True)
class RejectedStarts:
    """What every allowed start of an open offer that is not signed needs, by itself; one entry per start.

    rejected : which starts these are. rent, capex : needed, NaN where none is enough or none is known.
        [USD/kW-month], [USD/MW]
    exact : where the reduced cost is all that a start lacks. solved : where the rent is from planning again.
    equal : where a start lacks nothing at the prices of the plan. known : whether prices say anything.
    """

    rejected: BoolArray
    rent: FloatArray
    capex: FloatArray
    exact: BoolArray
    solved: BoolArray
    equal: BoolArray
    known: bool

    @classmethod
    def of(cls, session: Session, p: Parameters, solution: LpSolution, found: Found) -> RejectedStarts:
        """The starts of a plan; with whole numbers its prices say nothing about what is off."""
        signed, count = session.matrices.columns("signed_mw"), p.starts.count
        rejected = (solution.x[signed] <= NEGLIGIBLE_MW) & (p.upper_mw > 0.0) & (p.starts.committed_mw == 0.0)
        rejected[list(p.pinned_mw)] = False
        price = p.starts.per_start([offer.price_usd_per_kw_month for offer in p.starts.offers])
        given = p.starts.per_start([offer.capex_usd_per_mw for offer in p.starts.offers])
        rent, capex = np.full(count, np.nan), np.full(count, np.nan)
        exact, solved = np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        known, lacks = session.search is None, np.maximum(0.0, solution.col_dual[signed])
        if known:
            asked = np.flatnonzero(rejected)
            exact[asked] = can_grow(session.matrices, solution, asked + signed.start)
            rent = price + _over(found.lacks, p.price_slope_usd_m)
            capex = given - _over(lacks, capex_slopes(p, session.matrices, solution))
            capex = np.where(capex >= 0.0, capex, np.nan)
        for pair in found.pairs.values():
            if pair.start >= 0 and pair.alone and pair.rent.exact:
                rent[pair.start], solved[pair.start] = pair.rent.number, True
        return cls(rejected, rent, capex, exact, solved, lacks <= PRICED, known)

    def nearest(self, p: Parameters, site: int) -> int | None:
        """The start at a site that lacks least rent."""
        lack = self.rent - p.starts.per_start([offer.price_usd_per_kw_month for offer in p.starts.offers])
        lack = np.where(self.rejected & (p.starts.site == site), lack, np.nan)
        return None if np.isnan(lack).all() else int(np.nanargmin(lack))


def _over(lacks: FloatArray, slope: FloatArray) -> FloatArray:
    return np.divide(lacks, slope, out=np.full_like(lacks, np.nan), where=slope > 0.0)
