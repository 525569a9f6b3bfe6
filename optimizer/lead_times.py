"""The longest building time at which the plan takes an offer that it rejects.

Another building time is another programme. A shorter one only opens starts, spends capex later and takes less room
under the build limit, so all offers can be tried at no building time at once: where that changes nothing, no building
time of any of them would. Only rent that is prepaid at signing comes later; there it is counted as if it did not.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.capital.scenario_cash import ScenarioCash
from optimizer.compiling import compile_parameters
from optimizer.errors import InfeasiblePlanError
from optimizer.horizon import discount_factors
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters, build_parameters
from optimizer.reservation import exact_search, gain_tolerance, proved
from optimizer.solve import LpSolution, Session
from sites.portfolio import Portfolio

# How many programmes are built in all: as many as this many columns, but at least a few.
BUILT_COLUMNS, FEWEST_BUILT, MOST_BUILT = 40_000, 8, 60


class LeadTimes:
    """Tries building times of offers that a plan leaves out.

    left : how many programmes may still be built.
    """

    def __init__(self, session: Session, p: Parameters, plan: LpSolution) -> None:
        """Begin at the optimum `plan`."""
        self._p, self._plan, self._search = p, plan, session.search
        self._tolerance = gain_tolerance(session, plan)
        self.left = int(np.clip(BUILT_COLUMNS // max(1, session.matrices.cost.size), FEWEST_BUILT, MOST_BUILT))

    def longest(self, offers: list[int]) -> dict[int, float]:
        """The longest building time of each offer that brings it in, NaN if none does; those not asked are missing.

        Raises
        ------
        UnprovedError : a search was stopped before it was exact.
        """
        found: dict[int, float] = {}
        waiting = [c for c in offers if self._p.starts.offers[c].build_months > 0]
        found |= {c: np.nan for c in offers if c not in waiting}
        while waiting and self.left > 0:
            taken = self._taken(dict.fromkeys(waiting, 0), prepaid_early=True)
            if not taken:
                return found | dict.fromkeys(waiting, np.nan)
            for position in sorted(taken & set(waiting)) or list(waiting):
                waiting.remove(position)
                months = self._longest(position)
                if months is not None:
                    found[position] = months
        return found

    def _longest(self, position: int) -> float | None:
        """The longest building time of one offer; None if too many would have to be tried."""
        offer = self._p.starts.offers[position]
        if offer.prepaid_months:  # a later signing is worse: any building time may be the one
            for months in range(offer.build_months - 1, -1, -1):
                if self.left <= 0:
                    return None
                if self._taken({position: months}):
                    return float(months)
            return np.nan
        enough, too_long = -1, offer.build_months
        middle = 0
        while too_long - enough > 1:
            if self.left <= 0:
                return None
            if self._taken({position: middle}):
                enough = middle
            else:
                too_long = middle
            middle = (enough + too_long) // 2
        return float(enough) if enough >= 0 else np.nan

    def _taken(self, months: dict[int, int], *, prepaid_early: bool = False) -> set[int]:
        """Which offers the plan takes that is better than before, with other building times; none if none is better.

        prepaid_early : count prepaid rent as if it were received at the signing date of the offer as given.
        """
        self.left -= 1
        try:
            q = build_parameters(_with_lead_times(self._p, months), self._p.pins)
            matrices = compile_parameters(q)
            if prepaid_early:
                signed, cost = matrices.columns("signed_mw"), matrices.cost.copy()
                cost[signed] -= _prepaid_lead_usd_m(self._p, q)
                matrices = replace(matrices, cost=cost)
            session, cash = Session(matrices), ScenarioCash.of(q)
            session.broken_rows = None if cash is None else cash.rows
            if session.search is not None and self._search is not None:
                session.search.time_limit, session.search.progress = self._search.time_limit, self._search.progress
            with exact_search(session):
                found = proved(session.minimise())
        except InfeasiblePlanError:
            return set()
        if self._plan.objective - found.objective <= self._tolerance:
            return set()
        sizes = found.x[matrices.columns("signed_mw")]
        return set(q.starts.offer[sizes > NEGLIGIBLE_MW].tolist())


def _prepaid_lead_usd_m(p: Parameters, q: Parameters) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What it is worth to receive prepaid rent at the signing date of the offers as given. [USD million/MW]"""
    build = q.starts.per_start([float(offer.build_months) for offer in p.starts.offers])
    early = np.minimum(q.starts.signing, np.maximum(0, q.starts.tau - build)).astype(np.int64)
    rate = q.horizon.ai_rate
    ratio = discount_factors(rate, early) / discount_factors(rate, q.starts.signing)
    return np.asarray(q.start_terms_usd_m["prepaid_rent"] * (ratio - 1.0))


def _with_lead_times(p: Parameters, months: dict[int, int]) -> Portfolio:
    """A copy in which some offers are built in so many months, their disruption no longer than that."""
    new = {p.starts.offers[c].id: built for c, built in months.items()}
    contracts = tuple(
        offer.model_copy(
            update={"build_months": new[offer.id], "disruption_months": min(offer.disruption_months, new[offer.id])}
        )
        if offer.id in new
        else offer
        for offer in p.portfolio.contracts
    )
    return replace(p.portfolio, contracts=contracts)
