"""What would bring in the offers that a plan leaves out, and an offer to a site without AI, by planning again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.horizon import BoolArray, FloatArray
from optimizer.lead_times import LeadTimes
from optimizer.levers import BreakEven, Mover, capex_lever, rent_lever
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters
from optimizer.reservation import Reservation, UnprovedError, exact_search, is_explored_exactly
from optimizer.solve import LpSolution, Session


def is_open(p: Parameters, offer: int) -> bool:
    """Whether an offer is not signed yet."""
    return p.starts.offers[offer].committed_mw == 0.0


@dataclass(frozen=True)
class Pair:
    """An offer at a site where the plan signs none of it: what would bring it there.

    rent, capex : paid at this site only; the capex is looked at where the site has no AI.
    start : the start that comes in first, -1 if that is not known. alone : whether only this start does.
    """

    rent: BreakEven
    capex: BreakEven | None
    start: int
    alone: bool


@dataclass
class Found:
    """What planning again has found, and where it stopped.

    capex, lead_time : by offer. pairs : by offer and site. lacks : of every start, at least. [USD million/MW]
    explored : whether there was planning again at all. stopped : what stopped it, if anything did.
    """

    capex: dict[int, BreakEven]
    lead_time: dict[int, float]
    pairs: dict[tuple[int, int], Pair]
    lacks: FloatArray
    explored: bool
    stopped: str = ""

    @classmethod
    def of(
        cls,
        session: Session,
        p: Parameters,
        solution: LpSolution,
        prices: dict[str, Reservation],
        taken: FloatArray,
        hosted: BoolArray,
    ) -> Found:
        """Plan again for every rejected offer, wherever it may go, and for every site without AI."""
        signed = session.matrices.columns("signed_mw")
        found = cls({}, {}, {}, np.maximum(0.0, solution.col_dual[signed]), is_explored_exactly(p, solution))
        if not found.explored:
            return found
        rejected = [c for c in range(taken.size) if is_open(p, c) and taken[c] <= NEGLIGIBLE_MW]
        try:
            with exact_search(session):
                mover = Mover(session, solution)
                try:
                    found._move(mover, p, rejected, prices, hosted)
                finally:
                    mover.restore()
                    found.lacks = mover.lacks[signed]
                found.lead_time = LeadTimes(session, p, mover.base).longest(rejected)
        except UnprovedError as error:
            found.stopped = str(error)
        return found

    def _move(
        self,
        mover: Mover,
        p: Parameters,
        rejected: list[int],
        prices: dict[str, Reservation],
        hosted: BoolArray,
    ) -> None:
        matrices, usable = mover.session.matrices, p.upper_mw > 0.0
        usable[list(p.pinned_mw)] = False
        for c in rejected:
            own = usable & (p.starts.offer == c)
            if own.any():
                self.capex[c] = mover.break_even(capex_lever(p, matrices, own))
        size = mover.base.x[matrices.columns("signed_mw")]
        keys = np.unique(np.stack([p.starts.offer, p.starts.site], axis=1)[usable], axis=0).tolist()
        for c, i in sorted(keys, key=lambda key: (hosted[key[1]], key)):
            here = usable & (p.starts.offer == c) & (p.starts.site == i)
            if not is_open(p, c) or (c not in rejected and hosted[i]) or size[here].max() > NEGLIGIBLE_MW:
                continue
            offer = p.starts.offers[c]
            price = prices[offer.id][0] if c in rejected else np.nan
            least = 0.0 if np.isnan(price) else max(0.0, price - offer.price_usd_per_kw_month)
            lever = rent_lever(p, matrices, here)
            rent = mover.break_even(lever, least * (1.0 - 1e-9))
            capex = None if hosted[i] else mover.break_even(capex_lever(p, matrices, here))
            sizes = np.where(here, rent.sizes[matrices.columns("signed_mw")], 0.0) if rent.sizes.size else size * 0.0
            first = int(np.argmax(sizes)) if sizes.max(initial=0.0) > NEGLIGIBLE_MW else -1
            self.pairs[c, i] = Pair(rent, capex, first, int((sizes > NEGLIGIBLE_MW).sum()) == 1)
