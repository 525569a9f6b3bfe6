"""What would bring in a single start that a plan leaves out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.directions import Directions
from optimizer.horizon import BoolArray, FloatArray
from optimizer.levers import SAME, building_usd_m, capex_entries, has_money, rent_entries, worth_of_move
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters
from optimizer.solve import PRICED, LpSolution, Session

# As many starts are looked at one by one as this many columns; the others are told by their reduced costs.
LOOKED_AT_COLUMNS = 6_000_000

# How a number was found, from the best to the worst: from the plan's own prices; from another solve; only with the
# whole numbers of the plan held, when less may be enough; as the least that prices say, when more may be needed.
REDUCED_COST, RE_SOLVE, ENOUGH, BOUND = "reduced cost", "re-solve", "enough", "bound"


@dataclass(frozen=True)
class RejectedStarts:
    """What every allowed start of an open offer that is not signed needs, by itself; one entry per start.

    rejected : which starts these are. rent, capex : needed, NaN where none is enough. [USD/kW-month], [USD/MW]
    basis, capex_basis : how each was found. equal : where a start lacks nothing.
    """

    rejected: BoolArray
    rent: FloatArray
    capex: FloatArray
    basis: list[str]
    capex_basis: list[str]
    equal: BoolArray

    @classmethod
    def of(cls, session: Session, p: Parameters, solution: LpSolution, directions: Directions) -> RejectedStarts:
        """The starts of a plan."""
        matrices, count = session.matrices, p.starts.count
        signed = matrices.columns("signed_mw")
        rejected = (solution.x[signed] <= NEGLIGIBLE_MW) & (p.upper_mw > 0.0) & (p.starts.committed_mw == 0.0)
        rejected[list(p.pinned_mw)] = False
        reduced = np.maximum(0.0, solution.col_dual[signed])
        lacks, basis = reduced.copy(), [BOUND] * count
        price = p.starts.per_start([offer.price_usd_per_kw_month for offer in p.starts.offers])
        capex = p.starts.per_start([offer.capex_usd_per_mw for offer in p.starts.offers])
        saved = np.divide(building_usd_m(p), capex, out=np.zeros(count), where=capex > 0.0)
        slope, by_prices = p.price_slope_usd_m, has_money(matrices)
        if by_prices:  # rows of money see rents and capexes too: what a move is worth is known at the plan's prices
            every = np.ones(count, dtype=np.bool_)
            gains = [np.zeros(matrices.cost.size) for _ in range(2)]
            gains[0][signed], gains[1][signed] = slope, saved
            entries = rent_entries(p, matrices, every), capex_entries(p, matrices, every)
            slope, saved = (
                worth_of_move(matrices, gain, moved, solution.row_dual)[signed]
                for gain, moved in zip(gains, entries, strict=True)
            )
        cut = np.divide(reduced, saved, out=np.full(count, np.inf), where=saved > 0.0)
        asked = np.flatnonzero(rejected)
        asked = asked[np.argsort(reduced[asked], kind="stable")][: LOOKED_AT_COLUMNS // max(1, directions.size)]
        asked = asked[: 0 if by_prices else asked.size]
        budget = directions.rows("capex_budget")
        for start in asked.tolist():
            column = signed.start + start
            counted = directions.entries(column) * budget / max(1.0, capex[start])
            lacking, move = directions.one_mw(column, saved[start], counted)
            if not np.isnan(lacking):
                lacks[start], cut[start] = lacking, move
                is_reduced = abs(lacking - reduced[start]) <= max(PRICED, SAME * lacking)
                basis[start] = REDUCED_COST if is_reduced else RE_SOLVE
        if by_prices:
            cut = np.divide(reduced, saved, out=np.full(count, np.inf), where=saved > 0.0)
        rent, capex = price + _over(lacks, slope), capex - cut
        capex_basis = basis if not budget.any() else [BOUND if how == BOUND else RE_SOLVE for how in basis]
        if session.search is not None:  # the plan's prices are no bound there
            looked_at = np.array([how != BOUND for how in basis], dtype=np.bool_)
            rent, capex = np.where(looked_at, rent, np.nan), np.where(looked_at, capex, np.nan)
            basis, capex_basis = [ENOUGH] * count, [ENOUGH] * count
        return cls(rejected, rent, np.where(capex >= 0.0, capex, np.nan), basis, capex_basis, lacks <= PRICED)

    def nearest(self, p: Parameters, site: int) -> int | None:
        """The start at a site that lacks least rent."""
        lack = self.rent - p.starts.per_start([offer.price_usd_per_kw_month for offer in p.starts.offers])
        lack = np.where(self.rejected & (p.starts.site == site), lack, np.nan)
        return None if np.isnan(lack).all() else int(np.nanargmin(lack))


def _over(lacks: FloatArray, slope: FloatArray) -> FloatArray:
    """How far a number must move; NaN where no move is enough."""
    found = np.divide(lacks, slope, out=np.full_like(lacks, np.nan), where=slope > 0.0)
    return np.where(np.isfinite(found), found, np.nan)
