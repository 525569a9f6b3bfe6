"""What would bring in the offers that a plan leaves out, and an offer to a site without AI.

In an LP the answers are found from the plan itself, with whole numbers by searching again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.directions import Directions
from optimizer.horizon import BoolArray, FloatArray
from optimizer.lead_times import LeadTimes
from optimizer.levers import BreakEven, ByPrices, Lever, capex_lever, rent_lever, told_by_prices
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters
from optimizer.reservation import Reservation, UnprovedError, exact_search, is_explored_exactly
from optimizer.solve import LpSolution, Session
from optimizer.trials import Trials


def is_open(p: Parameters, offer: int) -> bool:
    """Whether an offer is not signed yet."""
    return p.starts.offers[offer].committed_mw == 0.0


@dataclass(frozen=True)
class Pair:
    """An offer at a site where the plan signs none of it: what would bring it there.

    rent, capex : paid at this site only; the capex is looked at where the site has no AI.
    start : the start that comes in first, -1 if that is not known.
    """

    rent: BreakEven
    capex: BreakEven | None
    start: int

    @classmethod
    def of(cls, rent: BreakEven, starts: BoolArray, signed: slice) -> Pair:
        """The answer of a rent for some starts; `signed` are the columns of all starts."""
        sizes = np.where(starts, rent.sizes[signed], 0.0) if rent.sizes.size else np.zeros(starts.size)
        return cls(rent, None, int(np.argmax(sizes)) if sizes.max(initial=0.0) > NEGLIGIBLE_MW else -1)


@dataclass
class Found:
    """What was found, and where it stopped.

    capex, lead_time : by offer. pairs : by offer and site. explored : whether offers were looked at one by one.
    stopped : what stopped it, if anything did.
    """

    capex: dict[int, BreakEven]
    lead_time: dict[int, float]
    pairs: dict[tuple[int, int], Pair]
    explored: bool
    stopped: str = ""

    @classmethod
    def of(
        cls,
        session: Session,
        p: Parameters,
        solution: LpSolution,
        directions: Directions,
        prices: dict[str, Reservation],
        taken: FloatArray,
        hosted: BoolArray,
    ) -> Found:
        """Look at every rejected offer, wherever it may go, and at every site without AI."""
        found = cls({}, {}, {}, is_explored_exactly(p, solution))
        if not found.explored:
            return found
        rejected = [c for c in range(taken.size) if is_open(p, c) and taken[c] <= NEGLIGIBLE_MW]
        try:
            with exact_search(session):
                if session.search is None:
                    base = solution
                    mover = ByPrices(session.matrices, solution) if told_by_prices(session.matrices) else directions
                    found._move(mover, session, p, rejected, prices, hosted)
                else:
                    trials = Trials(session)
                    base = trials.base
                    try:
                        found._move(trials, session, p, rejected, prices, hosted)
                    finally:
                        trials.restore()
                found.lead_time = LeadTimes(session, p, base).longest(rejected)
        except UnprovedError as error:
            found.stopped = str(error)
        return found

    def _move(
        self,
        mover: Directions | Trials | ByPrices,
        session: Session,
        p: Parameters,
        rejected: list[int],
        prices: dict[str, Reservation],
        hosted: BoolArray,
    ) -> None:
        matrices, usable = session.matrices, p.upper_mw > 0.0
        usable[list(p.pinned_mw)] = False
        signed = matrices.columns("signed_mw")
        for c in rejected:
            own = usable & (p.starts.offer == c)
            if own.any():
                self.capex[c] = mover.break_even(capex_lever(p, matrices, own))
        for i in range(len(p.sites)):
            here = usable & (p.starts.site == i) & (p.starts.committed_mw == 0.0)
            offers = [c for c in np.unique(p.starts.offer[here]).tolist() if c in rejected or not hosted[i]]
            levers = {c: rent_lever(p, matrices, here & (p.starts.offer == c)) for c in offers}
            least = {c: self._least(lever, p, c, prices, rejected) for c, lever in levers.items()}
            nearest = np.inf
            for c in sorted(offers, key=lambda c: (least[c] / max(1.0, levers[c].now), c)):
                own = here & (p.starts.offer == c)
                if c in rejected or least[c] < nearest * max(1.0, levers[c].now):
                    rent = mover.break_even(levers[c], least[c])
                    self.pairs[c, i] = Pair.of(rent, own, signed)
                    nearest = float(np.fmin(nearest, rent.move / max(1.0, levers[c].now)))
            near = self.nearest_pair(p, i)
            if near is not None and not hosted[i]:
                own = here & (p.starts.offer == near)
                is_all = near in self.capex and bool((own == (usable & (p.starts.offer == near))).all())
                capex = self.capex[near] if is_all else mover.break_even(capex_lever(p, matrices, own))
                self.pairs[near, i] = replace(self.pairs[near, i], capex=capex)

    @staticmethod
    def _least(lever: Lever, p: Parameters, c: int, prices: dict[str, Reservation], rejected: list[int]) -> float:
        """A move that is not enough for an offer at one site: less than that of the offer anywhere."""
        anywhere = prices[p.starts.offers[c].id][0] - lever.now if c in rejected else 0.0
        return max(0.0, float(np.nan_to_num(anywhere)) * (1.0 - 1e-9))

    def nearest_pair(self, p: Parameters, site: int) -> int | None:
        """The offer that lacks the least share of its rent at a site, None if none is known to come in."""
        moves = {
            c: pair.rent.move / max(1.0, p.starts.offers[c].price_usd_per_kw_month)
            for (c, i), pair in self.pairs.items()
            if i == site
        }
        known = {c: move for c, move in moves.items() if not np.isnan(move)}
        return min(known, key=lambda c: (known[c], c)) if known else None
