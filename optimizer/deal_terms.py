"""How the walk-away price of an offer moves with its terms: each point is priced anew, exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.bid_curve import BidCurve
from optimizer.horizon import IntArray
from optimizer.parameters import Parameters
from optimizer.repricing import EXACT, NEVER_TAKEN, Repricer, WalkAway, with_offer
from sites.edits import edited
from sites.months import month_label, month_number
from sites.portfolio import Portfolio
from sites.records import Contract

HASHPRICE = "hashprice_factor"
# Hashprices at which the offer is priced, as shares of the given path.
HASHPRICE_FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
COLUMNS = ("term", "value", "is_own", "reservation_usd_per_kw_month", "change_usd_per_kw_month", "status")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Term:
    """Something that two sides bargain about.

    name : in tables. points : values to price the offer at, beside its own.
    own : the offer's own value. changes : fields of the offer that another value means.
    """

    name: str
    points: tuple[float, ...]
    own: Callable[[Contract], float]
    changes: Callable[[Contract, float], dict[str, Any]]

    def values(self, offer: Contract) -> list[float]:
        """The points and the offer's own value, in order; without what cannot be written into the offer."""
        own = self.own(offer)
        values = {own, *(value for value in self.points if not math.isclose(value, own, abs_tol=1e-12))}
        return sorted(value for value in values if value == own or _is_possible(offer, self.changes(offer, value)))


def _is_possible(offer: Contract, changes: dict[str, Any]) -> bool:
    """Whether no more rents are prepaid than the term has."""
    term = changes.get("term_months", offer.term_months)
    return bool(changes.get("prepaid_months", offer.prepaid_months) <= term)


def _field(name: str, *points: float) -> Term:
    def own(offer: Contract) -> float:
        return float(getattr(offer, name))

    def changes(offer: Contract, value: float) -> dict[str, Any]:
        return {name: int(value) if isinstance(getattr(offer, name), int) else value}

    return Term(name, points, own, changes)


def _later(offer: Contract, months: float) -> dict[str, Any]:
    """Rent begins later; signing stays, and building takes as much longer."""
    late = int(months)
    return {
        "build_months": offer.build_months + late,
        "first_start": month_label(month_number(offer.first_start) + late),
        "last_start": month_label(month_number(offer.last_start) + late),
    }


# Terms of public deals run from 5 to 20 years, escalators from 0 to 3 % a year, and tenants have funded from nothing to
# three quarters of the capex (the bundled portfolio north-america names the deals); the rest spans what is negotiable.
TERMS = (
    _field("term_months", 60, 84, 120, 144, 180, 240),
    _field("escalator", 0.0, 0.01, 0.02, 0.03, 0.04),
    Term("start_delay_months", (3, 6, 9, 12), lambda _: 0.0, _later),
    _field("tenant_capex_share", 0.0, 0.25, 0.5, 0.75, 1.0),
    _field("prepaid_months", 0, 3, 6, 12, 24),
    _field("pue", 1.1, 1.2, 1.3, 1.4, 1.5),
    _field("default_rate", 0.0, 0.01, 0.02, 0.03, 0.05),
)


def price_terms(
    repricer: Repricer, portfolio: Portfolio, curve: BidCurve, progress: Progress | None = None
) -> pd.DataFrame:
    """The walk-away price at every point of every term, all else as offered.

    curve : the bid curve at the terms as offered.

    Returns
    -------
    Columns term, value (months, fractions, ratio), is_own, reservation_usd_per_kw_month (NaN unless the status is
    "exact"), change_usd_per_kw_month against the offer as it is, status.
    """
    offer = next(offer for offer in portfolio.contracts if offer.id == repricer.contract)
    first = _FirstPlan.of(repricer.model.load(portfolio), repricer, curve)
    known = repricer.session.matrices, first.own
    rows = []
    for term in TERMS:
        if progress is not None:
            progress(f"pricing the deal by {term.name}")
        for value in term.values(offer):
            is_own = value == term.own(offer)
            copy = with_offer(portfolio, offer.id, **term.changes(offer, value))
            found = first.own if is_own else repricer.walk_away(copy, curve.without, first.guess, known)
            rows.append((term.name, value, is_own, *found))
    return _framed(rows, first.own[0])


def price_hashprices(
    repricer: Repricer, portfolio: Portfolio, own: WalkAway, progress: Progress | None = None
) -> pd.DataFrame:
    """The walk-away price when the whole hashprice path is scaled; columns as of `price_terms`."""
    if progress is not None:
        progress("pricing the deal by hashprice")
    rows = []
    for factor in HASHPRICE_FACTORS:
        is_own = factor == 1.0
        found = own if is_own else repricer.walk_away_anew(at_hashprice(portfolio, factor), own[0])
        rows.append((HASHPRICE, factor, is_own, *found))
    return _framed(rows, own[0])


def at_hashprice(portfolio: Portfolio, factor: float) -> Portfolio:
    """A copy whose whole hashprice path is scaled."""
    return edited(portfolio, [f"hashprice.*.usd_per_ph_day=*{factor:.17g}"])


def no_terms() -> pd.DataFrame:
    """The table of a deal that has no walk-away price."""
    return pd.DataFrame(columns=list(COLUMNS))


def own_walk_away(curve: BidCurve) -> WalkAway:
    """The reservation price of a curve as a priced point."""
    return curve.reservation, NEVER_TAKEN if math.isnan(curve.reservation) else EXACT


def _framed(rows: list[tuple[str, float, bool, float, str]], own: float) -> pd.DataFrame:
    return pd.DataFrame(
        [(name, value, is_own, price, price - own, status) for name, value, is_own, price, status in rows],
        columns=list(COLUMNS),
    )


@dataclass(frozen=True)
class _FirstPlan:
    """The plan that takes the offer first as the rent rises, to guess at which rent it would at other terms.

    places : site and signing month of its starts, which no term moves. mw : of each. [MW critical]
    worth : of these MW at the reservation price. [USD million]
    """

    repricer: Repricer
    places: tuple[tuple[int, int], ...]
    mw: tuple[float, ...]
    worth: float
    own: WalkAway

    @classmethod
    def of(cls, p: Parameters, repricer: Repricer, curve: BidCurve) -> _FirstPlan:
        own, position = own_walk_away(curve), repricer.position(p)
        starts = np.flatnonzero(p.starts.offer == position)
        sizes = curve.pieces[min(1, len(curve.pieces) - 1)].support.sizes
        price = p.starts.offers[position].price_usd_per_kw_month
        value = p.start_value_usd_m[starts] + (own[0] - price) * p.price_slope_usd_m[starts]
        taken = np.flatnonzero(sizes)
        places = tuple(_places(p, starts[taken]))
        return cls(repricer, places, tuple(sizes[taken].tolist()), float(sizes @ value), own)

    def guess(self, p: Parameters) -> float:
        """The rent at which the same MW at the same sites and times would be worth as much at other terms."""
        position = self.repricer.position(p)
        starts = np.flatnonzero(p.starts.offer == position)
        size = dict(zip(self.places, self.mw, strict=True))
        sizes = np.array([size.get(place, 0.0) for place in _places(p, starts)])
        slope = float(sizes @ p.price_slope_usd_m[starts])
        if slope <= 0.0:
            return self.own[0]
        price = p.starts.offers[position].price_usd_per_kw_month
        return price + (self.worth - float(sizes @ p.start_value_usd_m[starts])) / slope


def _places(p: Parameters, starts: IntArray) -> Iterator[tuple[int, int]]:
    return zip(p.starts.site[starts].tolist(), p.starts.signing[starts].tolist(), strict=True)
