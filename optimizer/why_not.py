"""Why not? For everything that a plan rejects: what would have to change for it to come in.

Offers, their nearest starts and sites without AI are looked at by planning again. The other starts, of which there are
hundreds, are looked at through the prices of the plan: a start's reduced cost is what its MW lacks, or at least lacks
where the plan's basis is degenerate. Fleets are looked at by their own margins.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.horizon import BoolArray, FloatArray
from optimizer.levers import enough_capex_share, enough_lead_time
from optimizer.mining import TierRuns, Tiers, earned_usd
from optimizer.operations import NEGLIGIBLE_MW, Operations
from optimizer.parameters import Parameters
from optimizer.reservation import Reservation, UnprovedError, exact_search, is_explored_exactly
from optimizer.results import SCHEMAS
from optimizer.solve import LpSolution, Session

# Every lead time that is tried is a programme of its own, so only so many offers are asked about theirs.
MOST_LEAD_TIME_OFFERS = 8

# Factors of the hashprice between which a fleet's break-even is looked for, and how closely.
LARGEST_FACTOR, HALVINGS = 64.0, 40

RE_SOLVE, REDUCED_COST, BOUND, MARGIN, NONE = "re-solve", "reduced cost", "bound", "own margin", "none"
_BASIS_OF_RESERVATION = {"exact": RE_SOLVE, "bound": BOUND, "none": NONE}

Row = tuple[object, ...]


def why_not_frame(
    session: Session, p: Parameters, solution: LpSolution, prices: dict[str, Reservation]
) -> pd.DataFrame:
    """One row per rejected offer, start, site and fleet and thing that could change.

    prices : the reservation prices of the plan. The session is back to its own programme afterwards.
    """
    operations = Operations.of(p, session.matrices, solution.x)
    taken = np.zeros(len(p.starts.offers))
    np.add.at(taken, p.starts.offer[operations.starts], operations.signed_mw)
    starts = _Starts.of(session, p, solution)
    rows = [
        *_offer_rows(session, p, solution, prices, taken),
        *starts.rows(p),
        *_site_rows(p, operations, starts),
        *_fleet_rows(p, operations),
    ]
    return pd.DataFrame(rows, columns=list(SCHEMAS["why_not"]))


def _row(
    what: tuple[str, str, str, str], lever: str, unit: str, values: tuple[float, float], basis: str, reason: str
) -> Row:
    now, needed = values
    return (*what, lever, unit, now, needed, needed - now, NONE if np.isnan(needed) else basis, reason)


def _offer_rows(
    session: Session, p: Parameters, solution: LpSolution, prices: dict[str, Reservation], taken: FloatArray
) -> Iterator[Row]:
    """Rent, capex and lead time of every open offer that is not taken."""
    explored = is_explored_exactly(p, solution)
    asked = 0
    for position, offer in enumerate(p.starts.offers):
        if offer.committed_mw > 0.0 or taken[position] > NEGLIGIBLE_MW:
            continue
        what = ("offer", offer.id, "", "")
        rent, basis = prices[offer.id]
        reason = _why_rejected(p, position, taken, rent)
        rents = offer.price_usd_per_kw_month, rent
        yield _row(what, "rent", "USD/kW-month", rents, _BASIS_OF_RESERVATION[basis], reason)
        has_start = bool((p.upper_mw[p.starts.offer == position] > 0.0).any())
        share = lead = np.nan
        if explored and has_start:
            asked += 1
            share, lead = _re_solved(session, p, position, solution, asked <= MOST_LEAD_TIME_OFFERS)
        capex = offer.capex_usd_per_mw
        told = reason if not (explored and np.isnan(share)) else f"{reason}; no capex is low enough"
        yield _row(what, "capex", "USD/MW", (capex, share * capex), RE_SOLVE, told)
        told = reason if not (explored and np.isnan(lead)) else f"{reason}; no building time is short enough"
        yield _row(what, "lead_time", "months", (float(offer.build_months), lead), RE_SOLVE, told)


def _re_solved(
    session: Session, p: Parameters, position: int, solution: LpSolution, with_lead_time: bool
) -> tuple[float, float]:
    """The share of its capex and the building time at which an offer is taken; NaN if there is none, or no proof."""
    with exact_search(session):
        try:
            share = enough_capex_share(session, p, position, solution)
            lead = enough_lead_time(p, position, solution, session) if with_lead_time else np.nan
        except UnprovedError:
            return np.nan, np.nan
    return share, lead


def _why_rejected(p: Parameters, position: int, taken: FloatArray, rent: float) -> str:
    """What stops an offer, in one clause."""
    offers, offer = p.starts.offers, p.starts.offers[position]
    if position in p.choices.barred:
        return f"it can never be taken: {p.choices.barred[position]}"
    rivals = [
        other.id
        for other, mw in zip(offers, taken.tolist(), strict=True)
        if mw > 0.0 and other.exclusive_group and other.exclusive_group == offer.exclusive_group
    ]
    if rivals:
        return f"'{rivals[0]}' of the same exclusive group is taken"
    required = next((c for c, other in enumerate(offers) if other.id == offer.requires), None)
    if required is not None and not taken[required] > 0.0:
        return f"it requires '{offer.requires}', which is not taken"
    if p.start_value_usd_m[p.starts.offer == position].max() <= 0.0:
        return "at its terms it does not earn back its own costs"
    if np.isnan(rent):
        return "the limits leave no room for it, or its rent was not looked at"
    return "what its MW displace is worth more than it pays"


class _Starts:
    """What one MW of every allowed start of an open offer lacks, at the prices of the plan."""

    def __init__(self, lacks_usd_m: FloatArray, rejected: BoolArray, known: BoolArray) -> None:
        """Take the reduced costs; `known` where they say something."""
        self.lacks_usd_m, self.rejected, self.known = lacks_usd_m, rejected, known

    @classmethod
    def of(cls, session: Session, p: Parameters, solution: LpSolution) -> _Starts:
        signed = session.matrices.columns("signed_mw")
        lumpy = np.zeros(len(p.starts.offers), dtype=np.bool_)
        lumpy[p.choices.taken] = True
        lumpy[p.starts.offer[p.choices.blocks]] = True
        lumpy[[c for c, _ in p.choices.requires]] = True
        rejected = (solution.x[signed] <= NEGLIGIBLE_MW) & (p.upper_mw > 0.0) & (p.starts.committed_mw == 0.0)
        rejected[list(p.pinned_mw)] = False
        return cls(np.maximum(0.0, solution.col_dual[signed]), rejected, ~lumpy[p.starts.offer])

    def needed_rent(self, p: Parameters) -> FloatArray:
        """Rent at which a start alone would come in, NaN where nothing is known. [USD/kW-month]"""
        price = p.starts.per_start([offer.price_usd_per_kw_month for offer in p.starts.offers])
        return self._moved(price, p.price_slope_usd_m)

    def needed_capex(self, p: Parameters) -> FloatArray:
        """Capex at which it would, NaN where even none is too much. [USD/MW]"""
        capex = p.starts.per_start([offer.capex_usd_per_mw for offer in p.starts.offers])
        slope = np.divide(p.start_terms_usd_m["capex"], capex, out=np.zeros_like(capex), where=capex > 0.0)
        needed = self._moved(capex, slope)
        return np.where(needed >= 0.0, needed, np.nan)

    def _moved(self, now: FloatArray, slope: FloatArray) -> FloatArray:
        change = np.divide(self.lacks_usd_m, slope, out=np.full_like(now, np.nan), where=slope != 0.0)
        return np.where(self.known, now + change, np.nan)

    def rows(self, p: Parameters) -> Iterator[Row]:
        """Rent and capex of every rejected start."""
        rents, capexes = self.needed_rent(p).tolist(), self.needed_capex(p).tolist()
        for start in np.flatnonzero(self.rejected).tolist():
            offer = p.starts.offers[int(p.starts.offer[start])]
            label = p.horizon.label(int(p.starts.tau[start]))
            what = ("start", offer.id, p.sites[int(p.starts.site[start])].id, label)
            reason = (
                "a MW of this start is worth less than what it displaces"
                if self.known[start]
                else "the offer comes in whole steps, of which the prices of the plan say nothing"
            )
            rent, capex = (offer.price_usd_per_kw_month, rents[start]), (offer.capex_usd_per_mw, capexes[start])
            yield _row(what, "rent", "USD/kW-month", rent, REDUCED_COST, reason)
            yield _row(what, "capex", "USD/MW", capex, REDUCED_COST, reason)

    def nearest(self, p: Parameters, site: int) -> int | None:
        """The start at a site that lacks least rent."""
        lack = self.needed_rent(p) - p.starts.per_start([offer.price_usd_per_kw_month for offer in p.starts.offers])
        lack = np.where(self.rejected & (p.starts.site == site), lack, np.nan)
        return None if np.isnan(lack).all() else int(np.nanargmin(lack))


def _site_rows(p: Parameters, operations: Operations, starts: _Starts) -> Iterator[Row]:
    """The nearest start of every site without AI, and the hashprice of every site whose fleets never run."""
    hosted = {int(site) for site in p.starts.site[operations.starts]}
    factors = _break_even_factors(p)
    for position, site in enumerate(p.sites):
        offered = (p.starts.site == position) & (p.starts.committed_mw == 0.0)
        if position not in hosted and offered.any():
            nearest = starts.nearest(p, position)
            reason = "no AI is signed here"
            if nearest is None:
                yield _row(("site", site.id, site.id, ""), "rent", "USD/kW-month", (np.nan, np.nan), NONE, reason)
            else:
                offer = p.starts.offers[int(p.starts.offer[nearest])]
                month = p.horizon.label(int(p.starts.tau[nearest]))
                rents = offer.price_usd_per_kw_month, float(starts.needed_rent(p)[nearest])
                told = f"{reason}; the nearest is '{offer.id}'"
                yield _row(("site", site.id, site.id, month), "rent", "USD/kW-month", rents, REDUCED_COST, told)
        own = np.flatnonzero(p.fleet_site == position)
        if own.size and not operations.mining.mining_mw[own].sum() > NEGLIGIBLE_MW:
            factor = float(np.nanmin(factors[own])) if not np.isnan(factors[own]).all() else np.nan
            yield _idle_row(("site", site.id, site.id, ""), factor)


def _fleet_rows(p: Parameters, operations: Operations) -> Iterator[Row]:
    """The hashprice at which a fleet that never runs would earn its running cost."""
    factors = _break_even_factors(p)
    for row, fleet in enumerate(p.fleets):
        if not operations.mining.mining_mw[row].sum() > NEGLIGIBLE_MW:
            yield _idle_row(("fleet", fleet.id, fleet.site, ""), float(factors[row]))


def _idle_row(what: tuple[str, str, str, str], factor: float) -> Row:
    """A fleet, or the fleets of a site, that never run."""
    if np.isnan(factor):
        return _row(what, "hashprice", "times the path", (1.0, np.nan), NONE, "it has no month in which it could run")
    if factor <= 1.0:
        reason = "it would earn its running cost, but other use of the site's MW is worth more"
        return _row(what, "hashprice", "times the path", (1.0, np.nan), NONE, reason)
    reason = "it does not earn its running cost in any month"
    return _row(what, "hashprice", "times the path", (1.0, factor), MARGIN, reason)


def _break_even_factors(p: Parameters) -> FloatArray:
    """Factor of the hashprice path from which on a fleet earns its running cost in some month; NaN if none. [-]"""
    fleets = len(p.fleets)
    if not fleets:
        return np.zeros(0)
    fixed = np.array([[fleet.fixed_opex_usd_per_mw_month] for fleet in p.fleets])
    present = (p.installed_mw > 0.0) & (p.capacity_mw[p.fleet_site] > 0.0)

    def earns(factor: FloatArray) -> BoolArray:
        tiers = Tiers.of(p.portfolio, p.fleets, p.fleet_site, hashprice_factor=factor[:, None])
        gain = earned_usd(tiers, TierRuns.of(tiers, p.prices, p.tariffs), fleets) - fixed
        return np.asarray((present & (gain > 0.0)).any(axis=1))

    low, high = np.zeros(fleets), np.full(fleets, LARGEST_FACTOR)
    possible = earns(high)
    at_one = earns(np.ones(fleets))
    low, high = np.where(at_one, low, 1.0), np.where(at_one, 1.0, high)
    for _ in range(HALVINGS if not at_one.all() else 0):
        middle = 0.5 * (low + high)
        enough = earns(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(possible, high, np.nan)
