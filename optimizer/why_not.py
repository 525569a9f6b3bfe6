"""Why not? For everything that a plan rejects: what would have to change for it to come in.

Offers, starts and sites without AI are looked at through the prices of the plan and, where these are not the whole
answer, by solving again. Fleets are looked at by their own margins.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.directions import Directions
from optimizer.horizon import BoolArray, FloatArray
from optimizer.idle import break_even_factors
from optimizer.levers import SAME, margin_lever
from optimizer.operations import NEGLIGIBLE_MW, Operations
from optimizer.parameters import Parameters
from optimizer.rejected import Found, is_open
from optimizer.rejected_starts import BOUND, ENOUGH, RE_SOLVE, RejectedStarts
from optimizer.reservation import Reservation
from optimizer.results import SCHEMAS
from optimizer.solve import LpSolution, Session

MARGIN, NONE = "own margin", "none"
_BASIS_OF_RESERVATION = {"exact": RE_SOLVE, "bound": BOUND, "none": NONE}

# A fleet that lacks less a MW-month is worth as much as what is done without it. [USD/MW-month]
LEAST_MARGIN_USD = 1e-6

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
    hosted = np.zeros(len(p.sites), dtype=np.bool_)
    hosted[p.starts.site[operations.starts]] = True
    directions = Directions(session.matrices, solution)
    starts = RejectedStarts.of(session, p, solution, directions)
    found = Found.of(session, p, solution, directions, prices, taken, hosted)
    rows = [
        *_offer_rows(p, found, prices, taken),
        *_start_rows(p, starts),
        *_ai_rows(p, found, starts, hosted),
        *_mining_rows(p, operations, session, directions),
    ]
    return pd.DataFrame(rows, columns=list(SCHEMAS["why_not"]))


def _row(
    what: tuple[str, str, str, str], lever: str, unit: str, values: tuple[float, float], basis: str, reason: str
) -> Row:
    now, needed = values
    return (*what, lever, unit, now, needed, needed - now, NONE if np.isnan(needed) else basis, reason)


def _offer_rows(p: Parameters, found: Found, prices: dict[str, Reservation], taken: FloatArray) -> Iterator[Row]:
    """Rent, capex and lead time of every open offer that is not taken."""
    for position, offer in enumerate(p.starts.offers):
        if not is_open(p, position) or taken[position] > NEGLIGIBLE_MW:
            continue
        what = ("offer", offer.id, "", "")
        rent, basis = prices[offer.id]
        reason = _why_rejected(p, position, taken, rent)
        rents = offer.price_usd_per_kw_month, rent
        yield _row(what, "rent", "USD/kW-month", rents, _BASIS_OF_RESERVATION[basis], reason)
        capex = found.capex.get(position)
        yield _row(
            what,
            "capex",
            "USD/MW",
            (offer.capex_usd_per_mw, np.nan if capex is None else capex.number),
            RE_SOLVE if capex is not None and capex.exact else BOUND,
            f"{reason}; no capex is low enough" if capex is not None and np.isnan(capex.number) else reason,
        )
        lead = found.lead_time.get(position)
        yield _row(
            what,
            "lead_time",
            "months",
            (float(offer.build_months), np.nan if lead is None else lead),
            RE_SOLVE,
            f"{reason}; no building time is short enough" if lead is not None and np.isnan(lead) else reason,
        )


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


def _start_rows(p: Parameters, starts: RejectedStarts) -> Iterator[Row]:
    """Rent and capex of every rejected start."""
    for start in np.flatnonzero(starts.rejected).tolist():
        offer = p.starts.offers[int(p.starts.offer[start])]
        label = p.horizon.label(int(p.starts.tau[start]))
        what = ("start", offer.id, p.sites[int(p.starts.site[start])].id, label)
        rent, capex, basis = float(starts.rent[start]), float(starts.capex[start]), starts.basis[start]
        if basis == ENOUGH and np.isnan(rent):
            reason = "offers come in whole steps, and in those of the plan no room was found for it"
        elif np.isnan(rent):
            reason = "the limits leave no room for it at any rent"
        elif starts.equal[start]:
            reason = (
                "it is worth as much as what the plan does with its MW, and of equals a plan signs least and latest"
            )
        elif basis == ENOUGH:
            reason = "a MW of it is worth less than what it displaces in the whole steps of the plan"
        else:
            reason = "a MW of it is worth less than what it displaces"
        yield _row(what, "rent", "USD/kW-month", (offer.price_usd_per_kw_month, rent), basis, reason)
        told = f"{reason}; no capex is low enough" if np.isnan(capex) and not np.isnan(rent) else reason
        yield _row(what, "capex", "USD/MW", (offer.capex_usd_per_mw, capex), starts.capex_basis[start], told)


def _ai_rows(p: Parameters, found: Found, starts: RejectedStarts, hosted: BoolArray) -> Iterator[Row]:
    """What would bring the nearest offer to every site without AI."""
    for i in np.flatnonzero(~hosted).tolist():
        site = p.sites[i]
        what, nothing = ("site", site.id, site.id, ""), (np.nan, np.nan)
        offered = (p.starts.site == i) & (p.starts.committed_mw == 0.0)
        pairs = {c: pair for (c, at), pair in found.pairs.items() if at == i}
        near = found.nearest_pair(p, i)
        if not offered.any():
            yield _row(what, "rent", "USD/kW-month", nothing, NONE, "no AI here: no open offer may be delivered here")
        elif near is not None:
            offer, pair = p.starts.offers[near], pairs[near]
            label = p.horizon.label(int(p.starts.tau[pair.start])) if pair.start >= 0 else ""
            exact = pair.rent.exact and all(other.rent.exact for other in pairs.values())
            what = ("site", site.id, site.id, label)
            told = f"no AI here: the nearest offer is '{offer.id}', whose MW are worth more elsewhere or in other use"
            if pair.rent.move <= SAME * (1.0 + abs(pair.rent.number)):
                told = f"no AI here: the nearest offer is '{offer.id}', whose MW are worth as much as elsewhere"
            rents = offer.price_usd_per_kw_month, pair.rent.number
            yield _row(what, "rent", "USD/kW-month", rents, RE_SOLVE if exact else BOUND, told)
            if pair.capex is not None:
                capex = offer.capex_usd_per_mw, pair.capex.number
                told = f"{told}; no capex is low enough" if np.isnan(pair.capex.number) else told
                yield _row(what, "capex", "USD/MW", capex, RE_SOLVE if pair.capex.exact else BOUND, told)
        elif (nearest := starts.nearest(p, i)) is not None and not pairs:
            offer, label = p.starts.offers[int(p.starts.offer[nearest])], p.horizon.label(int(p.starts.tau[nearest]))
            told = f"no AI here: the nearest start is one of '{offer.id}'"
            rents = offer.price_usd_per_kw_month, float(starts.rent[nearest])
            yield _row(("site", site.id, site.id, label), "rent", "USD/kW-month", rents, starts.basis[nearest], told)
        else:
            told = "no AI here: no rent of one offer alone brings it here" if pairs else "no AI here"
            yield _row(what, "rent", "USD/kW-month", nothing, NONE, told)


def _mining_rows(p: Parameters, operations: Operations, session: Session, directions: Directions) -> Iterator[Row]:
    """What every site and every fleet that never mines needs: a higher hashprice, or more than what displaces it."""
    idle = np.flatnonzero(operations.mining.mining_mw.sum(axis=1) <= NEGLIGIBLE_MW)
    factors = dict(zip(idle.tolist(), break_even_factors(p, idle).tolist(), strict=True))
    basis = RE_SOLVE if session.search is None else ENOUGH
    margins = {
        row: directions.break_even(margin_lever(p, session.matrices, row)).number
        for row, factor in factors.items()
        if factor <= 1.0
    }
    for position, site in enumerate(p.sites):
        own = np.flatnonzero(p.fleet_site == position).tolist()
        if own and all(row in factors for row in own):
            yield _idle_row(("site", site.id, site.id, ""), own, factors, margins, basis)
    for row in factors:
        yield _idle_row(("fleet", p.fleets[row].id, p.fleets[row].site, ""), [row], factors, margins, basis)


def _idle_row(
    what: tuple[str, str, str, str], rows: list[int], factors: dict[int, float], margins: dict[int, float], basis: str
) -> Row:
    """Fleets that never run; of several the one that is nearest."""
    displaced = [margins[row] for row in rows if row in margins]
    if displaced:
        needed = min((margin for margin in displaced if not np.isnan(margin)), default=np.nan)
        reason = "it would earn its running cost, but other use of the site's MW is worth more"
        if needed <= LEAST_MARGIN_USD:
            reason = "it would earn its running cost, but as much as other use of the site's MW"
        elif np.isnan(needed):
            reason = "it would earn its running cost, but the limits leave no room for it"
        return _row(what, "margin", "USD/MW-month more", (0.0, needed), basis, reason)
    factor = min((factors[row] for row in rows if not np.isnan(factors[row])), default=np.nan)
    reason = "it does not earn its running cost in any month"
    if np.isnan(factor):
        reason = "it has no month in which it could run"
    return _row(what, "hashprice", "times the path", (1.0, factor), MARGIN, reason)
