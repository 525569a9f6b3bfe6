"""The rent at which an offer starts to pay: the lowest price at which the optimal plan takes its first MW.

In an LP the cheapest direction in which the optimum without the offer can be left tells it (optimizer/directions.py).
Otherwise the optimum as a function of one offer's price is convex and piecewise linear; below the reservation
price it is flat at the optimum without the offer. Newton steps from above follow the pieces down and
end on the kink after finitely many re-solves, each warm. All of this holds for whole numbers too, since the
optimum is then the highest of finitely many such functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from optimizer.directions import Directions
from optimizer.errors import InfeasiblePlanError
from optimizer.horizon import BoolArray, FloatArray
from optimizer.levers import HIGHEST_RENT_USD_PER_KW_MONTH, ByPrices, Lever, rent_lever, told_by_prices, worth_of_move
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from optimizer.search import EXACT_GAP
from optimizer.solve import LpSolution, Session

# Below this share of the optimum a gain from an offer is rounding, of an LP and of a search to EXACT_GAP.
GAIN_TOLERANCE = 1e-9
SEARCHED_GAIN_TOLERANCE = 1e-8

# Re-solving every offer is exact but costs a few solves each; beyond this many offers the reduced
# costs of the plan give a lower bound for offers not taken, and taken offers get none.
MOST_EXACT_OFFERS = 40

# A search that took longer than this for the plan is not repeated for every offer. [s]
LONGEST_SEARCH_S = 2.0

MOST_STEPS = 60

# How far above the price from the reduced costs the offer is first looked for, as a share of it.
FIRST_STEP = 1e-3

Reservation = tuple[float, str]


@dataclass(frozen=True)
class Offer:
    """One open offer inside the programme: its columns, its price and how the price enters their cost.

    slope : NPV per USD/kW-month. [USD million/MW per USD/kW-month]
    entries : what one USD/kW-month takes off the entries of the matrix, None if nothing.
    """

    columns: BoolArray
    price: float
    slope: FloatArray
    entries: FloatArray | None


class UnprovedError(Exception):
    """A search was stopped before it was exact; its argument is what stopped it."""


def proved(solution: LpSolution) -> LpSolution:
    """The solution, if it is known to be optimal."""
    if solution.search is not None and not solution.search.proved:
        raise UnprovedError(solution.search.stopped)
    return solution


def offer_in(session: Session, p: Parameters, position: int) -> Offer:
    """The columns of an offer."""
    columns, own = np.zeros(session.matrices.cost.size, dtype=bool), p.starts.offer == position
    columns[session.matrices.columns("signed_mw")] = own
    if not own.any():
        return Offer(columns, p.starts.offers[position].price_usd_per_kw_month, np.zeros(columns.size), None)
    lever = rent_lever(p, session.matrices, own)
    return Offer(columns, lever.now, lever.gain, lever.entries)


def solve_without(session: Session, offer: Offer) -> LpSolution | None:
    """The optimum when the offer is not taken; None where the limits cannot hold without it."""
    session.set_bounds(session.matrices.col_lower, np.where(offer.columns, 0.0, session.matrices.col_upper))
    try:
        return proved(session.minimise())
    except InfeasiblePlanError:
        return None
    finally:
        session.set_bounds(session.matrices.col_lower, session.matrices.col_upper)


def solve_at(session: Session, offer: Offer, price: float) -> LpSolution:
    """The optimum at another price of the offer."""
    session.set_costs(session.matrices.cost - (price - offer.price) * offer.slope)
    return proved(session.minimise())


def least_price(matrices: Matrices, offer: Offer, without: LpSolution) -> float:
    """The lowest price at which some start of the offer is no longer dearer than what it displaces.

    Below it the optimum without the offer stays optimal: a bound from below, exact unless that
    optimum is degenerate. NaN if no start earns rent.
    """
    slope = worth_of_move(matrices, offer.slope, offer.entries, without.row_dual)
    usable = offer.columns & (slope > 0.0)
    if not usable.any():
        return float("nan")
    return offer.price + float(np.min(without.col_dual[usable] / slope[usable]))


def exact_reservation(session: Session, offer: Offer, plan: LpSolution, around: Directions) -> float:
    """Reservation price of an offer, NaN if no price makes the plan take it. [USD/kW-month]

    around : the directions of the plan. Also NaN if a search does not end within its time limit: then nothing exact
    can be said.
    """
    session.start_from(plan)
    try:
        without: LpSolution | None = plan
        if session.search is not None or (plan.x[offer.columns] > 0.0).any():
            without = solve_without(session, offer)
        if without is None:
            return float("nan")  # the limits demand it: it is taken at any price
        reach = HIGHEST_RENT_USD_PER_KW_MONTH - offer.price
        lever = Lever(offer.price, reach, 1.0, offer.slope, offer.entries)
        if session.search is None and told_by_prices(session.matrices):
            return ByPrices(session.matrices, without).break_even(lever, least=-np.inf).number
        if session.search is None:
            directions = around if without is plan else Directions(session.matrices, without)
            # Where the rent is in rows of money too, no rent below nothing is looked for.
            found = directions.break_even(lever, least=-np.inf if offer.entries is None else -offer.price)
            if found.exact:
                return found.number
        if offer.entries is not None:
            return float("nan")  # re-solving at another rent would leave the cash account at this one
        return first_taken(session, offer, without)
    except UnprovedError:
        return float("nan")
    finally:
        session.reset()


def gain_tolerance(session: Session, without: LpSolution) -> float:
    """What an offer must add to the optimum before it counts as a gain. [USD million]"""
    share = GAIN_TOLERANCE if session.search is None else SEARCHED_GAIN_TOLERANCE
    return share * (1.0 + abs(without.objective))


def first_taken(session: Session, offer: Offer, without: LpSolution) -> float:
    """The price from which on the optimum is better than the one without the offer, NaN if none is. [USD/kW-month]"""
    tolerance = gain_tolerance(session, without)
    # With whole numbers the reduced costs say nothing about an offer that is off.
    price = least_price(session.matrices, offer, without) if session.search is None else offer.price
    step = FIRST_STEP * max(1.0, abs(price))
    while not np.isnan(price) and price < HIGHEST_RENT_USD_PER_KW_MONTH:
        price += step
        solution = solve_at(session, offer, price)
        if without.objective - solution.objective > tolerance:
            return descend(session, offer, without.objective, (price, solution), tolerance)
        step *= 4.0
    return float("nan")


def descend(session: Session, offer: Offer, without: float, above: tuple[float, LpSolution], tolerance: float) -> float:
    """Newton steps from a price at which the offer is taken down to the kink. [USD/kW-month]"""
    price, solution = above
    for _ in range(MOST_STEPS):
        gain, slope = without - solution.objective, float(offer.slope @ solution.x)
        if gain <= tolerance or slope <= 0.0:
            break
        price -= gain / slope
        solution = solve_at(session, offer, price)
    return price


def reservations(session: Session, p: Parameters, solution: LpSolution) -> dict[str, Reservation]:
    """Reservation price of every offer and how it was found: exact, bound, or none.

    Where rents are in many rows of money it is what the prices of the plan without the offer say: a bound. A committed
    deal and an offer that has no allowed start have none.
    """
    exact, by_prices = is_explored_exactly(p, solution), told_by_prices(session.matrices)
    around = Directions(session.matrices, solution)
    found: dict[str, Reservation] = {}
    for position, contract in enumerate(p.starts.offers):
        offer = offer_in(session, p, position)
        price = float("nan")
        if contract.committed_mw == 0.0 and (session.matrices.col_upper[offer.columns] > 0.0).any():
            if exact:
                with exact_search(session):
                    price = exact_reservation(session, offer, solution, around)
            elif solution.search is None and not (solution.x[offer.columns] > 0.0).any():
                price = least_price(session.matrices, offer, solution)
        basis = "none" if np.isnan(price) else "exact" if exact and not by_prices else "bound"
        found[contract.id] = (price, basis)
    return found


def is_explored_exactly(p: Parameters, solution: LpSolution) -> bool:
    """Whether every offer is re-solved: there are few of them, and one solve does not take long."""
    quick = solution.search is None or (solution.search.proved and solution.search.seconds <= LONGEST_SEARCH_S)
    return quick and len(p.starts.offers) <= MOST_EXACT_OFFERS


@contextmanager
def exact_search(session: Session) -> Iterator[None]:
    """Inside, searches end only when they are exact, so that their values can be compared."""
    if session.search is None:
        yield
        return
    asked, session.search.gap = session.search.gap, EXACT_GAP
    try:
        yield
    finally:
        session.search.gap = asked
