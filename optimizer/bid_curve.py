"""What an offer is worth at every rent: the optimum as a function of one rent, with all its breakpoints.

The optimum V(rent) is the highest of finitely many straight lines, one per plan, with whole numbers too: convex and
piecewise linear. Every solve at a rent gives one of these lines, which supports V from below. Where two neighbouring
lines meet, one more solve tells whether V lies on them (then the meeting point is a breakpoint, exactly) or above them
(then it has found a line in between). No grid of rents is needed, and none would find the breakpoints.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, pairwise

import numpy as np

from optimizer.choices import most_mw
from optimizer.horizon import FloatArray
from optimizer.levers import HIGHEST_RENT_USD_PER_KW_MONTH
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters
from optimizer.reservation import (
    GAIN_TOLERANCE,
    SEARCHED_GAIN_TOLERANCE,
    Offer,
    exact_search,
    offer_in,
    proved,
    solve_at,
    solve_without,
)
from optimizer.solve import LpSolution, Session

# Where the limits demand an offer there is no plan without it; its curve is then exact from this rent on.
LOWEST_RENT_USD_PER_KW_MONTH = -2_000.0

# A curve that takes more solves than this is left unfinished, and says so; each piece takes one or two.
MOST_SOLVES = 600

# MW, and what a higher rent brings, that differ by less than this share are the same.
SAME_SHARE = 1e-7

# The top of the curve is first looked for at so many times the quoted rent, and at this rent at least. [USD/kW-month]
FIRST_TOP = 2.0
LEAST_TOP = 1.0


@dataclass(frozen=True)
class Support:
    """A line that touches the optimum from below: the value, at every rent, of the plan that is optimal at `rent`.

    rent : minus infinity for the plan without the offer. [USD/kW-month] value : the optimum there. [USD million]
    slope : what one more USD/kW-month of rent adds. [USD million per USD/kW-month]
    sizes : critical MW of every start of the offer in that plan. [MW]
    solution : where the solver can begin near this plan; None in tests of the geometry.
    """

    rent: float
    value: float
    slope: float
    sizes: FloatArray
    solution: LpSolution | None = field(default=None, repr=False, compare=False)

    def at(self, rent: float) -> float:
        """The value of the line's plan at another rent. [USD million]"""
        return self.value + self.slope * (rent - self.rent) if self.slope else self.value

    def meets(self, other: Support) -> float:
        """The rent at which two plans of different slope are worth the same. [USD/kW-month]"""
        return self.rent + (other.at(self.rent) - self.value) / (self.slope - other.slope)

    @property
    def mw(self) -> float:
        """Critical MW over all starts."""
        return float(self.sizes.sum())


@dataclass(frozen=True)
class BidPiece:
    """One straight piece of the bid curve: between two rents, infinite where there is no end, one plan is optimal."""

    rent_from: float
    rent_to: float
    support: Support


@dataclass(frozen=True)
class BidCurve:
    """The optimum and the MW taken at every rent of one offer.

    pieces : from the lowest rent to the highest; the first one is the plan without the offer, if that is possible.
    without : optimum without the offer, NaN if the limits demand it. [USD million]
    reservation : lowest rent that takes the first MW, NaN if there is none. [USD/kW-month]
    all_mw : the offer's largest size. all_mw_rent : lowest rent that takes it, NaN if none does.
    possible_mw : most MW that the limits allow, whatever it costs. [MW critical]
    at_most : where that is less than `all_mw`, the plan with the most MW; its prices say which limits hold it down.
        [MW per unit of a limit]
    explored_to : up to this rent the curve is exact; infinite if no higher rent changes the plan. [USD/kW-month]
    unfinished : by how much the optimum may lie above a curve that took too many solves; 0 = exact. [USD million]
    solves : how many re-solves it took.
    """

    pieces: tuple[BidPiece, ...]
    without: float
    reservation: float
    all_mw: float
    all_mw_rent: float
    possible_mw: float
    at_most: LpSolution | None
    explored_to: float
    unfinished: float
    solves: int

    @property
    def most_mw(self) -> float:
        """Most critical MW that any rent buys."""
        return max(piece.support.mw for piece in self.pieces)

    def piece_at(self, rent: float) -> BidPiece:
        """The piece that holds at a rent; at a breakpoint the one below it, which takes less."""
        return next(piece for piece in self.pieces if rent <= piece.rent_to)

    def optimum(self, rent: float) -> float:
        """The optimum at a rent. [USD million]"""
        return self.piece_at(rent).support.at(rent)


class _Rents:
    """The optimum of a session at any rent of one offer, counting the solves."""

    def __init__(self, session: Session, offer: Offer, all_mw: float) -> None:
        self.session, self.offer, self.solves = session, offer, 0
        self.enough_mw = all_mw * (1.0 - SAME_SHARE)

    def at(self, rent: float, near: Support | None = None) -> Support:
        """The line at a rent; the solver begins at a plan that may be optimal there too."""
        self.solves += 1
        if near is not None and near.solution is not None:
            self.session.start_from(near.solution)
        return self._support(solve_at(self.session, self.offer, rent), rent)

    def without(self) -> Support | None:
        """The flat line of the plan without the offer, None if there is no such plan."""
        self.solves += 1
        self.session.set_costs(self.session.matrices.cost)
        found = solve_without(self.session, self.offer)
        nothing = np.zeros(int(self.offer.columns.sum()))
        return None if found is None else Support(-np.inf, -found.objective, 0.0, nothing, found)

    @cached_property
    def steepest(self) -> float:
        """What a higher rent can bring at most, whatever the plan. [USD million per USD/kW-month]"""
        return float(self.offer.slope @ self._most(self.offer.slope).x) * (1.0 - SAME_SHARE)

    @cached_property
    def at_most(self) -> LpSolution:
        """The plan with the most MW of the offer; its value is MW, not money."""
        return self._most(self.offer.columns.astype(np.float64))

    def _most(self, gains: FloatArray) -> LpSolution:
        self.solves += 1
        self.session.set_costs(-gains)
        return proved(self.session.minimise())

    def _support(self, solution: LpSolution, rent: float) -> Support:
        # What a solver leaves of an offer that is not taken is rounding, and far from a rent even rounding counts.
        sizes = np.where(solution.x > NEGLIGIBLE_MW, solution.x, 0.0)
        slope = max(0.0, float(self.offer.slope @ sizes))
        return Support(rent, -solution.objective, slope, sizes[self.offer.columns], solution)


def bid_curve(session: Session, p: Parameters, position: int) -> BidCurve:
    """The bid curve of an open offer, exact up to the rent at which all MW are taken or nothing more is to be had.

    position : of the offer among the offers of `p`. The session is back to its own programme afterwards.

    Raises
    ------
    InfeasiblePlanError : the limits cannot hold, with the offer or without it.
    UnprovedError : a search was stopped before it was exact.
    """
    offer = offer_in(session, p, position)
    all_mw = most_mw(p.starts.offers[position])
    rents = _Rents(session, offer, all_mw)
    try:
        with exact_search(session):
            without = rents.without()
            low = without or rents.at(LOWEST_RENT_USD_PER_KW_MONTH)
            share = GAIN_TOLERANCE if session.search is None else SEARCHED_GAIN_TOLERANCE
            tolerance = share * (1.0 + abs(low.value))
            high, explored_to = _top(rents, low, tolerance)
            supports, unfinished = envelope(rents.at, low, high, tolerance)
            at_most = None if high.mw >= rents.enough_mw else rents.at_most
    finally:
        session.reset()
    pieces = _pieces(supports)
    full = (piece.rent_from for piece in pieces if piece.support.mw >= rents.enough_mw)
    return BidCurve(
        pieces=pieces,
        without=float("nan") if without is None else without.value,
        reservation=float("nan") if without is None or len(pieces) == 1 else pieces[0].rent_to,
        all_mw=all_mw,
        all_mw_rent=next(full, float("nan")),
        possible_mw=all_mw if at_most is None else float(at_most.x[offer.columns].sum()),
        at_most=at_most,
        explored_to=explored_to,
        unfinished=unfinished,
        solves=rents.solves,
    )


def _top(rents: _Rents, low: Support, tolerance: float) -> tuple[Support, float]:
    """The line at a rent at which all MW are taken or nothing more is to be had; and how far the curve is known.

    Where no rent changes the plan it is `low` itself; where the highest rent that is looked at is not enough, the
    line there.
    """
    rent = max(LEAST_TOP, FIRST_TOP * rents.offer.price)
    while True:
        found = rents.at(rent)
        taken = found.value - low.at(rent) > tolerance
        if taken and found.mw >= rents.enough_mw:
            return found, rent
        if rents.steepest <= low.slope or found.slope >= rents.steepest:
            return (found if taken else low), np.inf
        if rent >= HIGHEST_RENT_USD_PER_KW_MONTH:
            return (found if taken else low), rent
        rent = min(2.0 * rent, HIGHEST_RENT_USD_PER_KW_MONTH)


def envelope(
    optimum: Callable[[float, Support], Support],
    low: Support,
    high: Support,
    tolerance: float,
    most_solves: int = MOST_SOLVES,
) -> tuple[list[Support], float]:
    """All lines of a convex, piecewise linear function between two of them, the flattest first.

    optimum : the line that touches the function at a rent, found from another line that may do so.
    tolerance : how far the function may lie above two lines at their meeting point and still count as on them.

    Returns
    -------
    The lines, and by how much the function may lie above them where `most_solves` were not enough. [USD million]
    """
    number, found = count(), [low]
    waiting: list[tuple[float, int, Support, Support]] = []

    def add(left: Support, right: Support) -> None:
        """Keep a line that is not the one before it; what lies between the two is looked at later."""
        if right.slope > left.slope and right.value - left.at(right.rent) > tolerance:
            found.append(right)
            heapq.heappush(waiting, (-_doubt(left, right), next(number), left, right))
        elif right.slope > left.slope * (1.0 + SAME_SHARE):
            found.append(right)  # found on the very breakpoint: nothing lies between the two

    add(low, high)
    for _ in range(most_solves):
        if not waiting:
            break
        _, _, left, right = heapq.heappop(waiting)
        rent = right.meets(left)
        between = optimum(rent, right)
        if between.value - left.at(rent) > tolerance:
            found.remove(right)
            add(left, between)
            add(between, right)
    return sorted(found, key=lambda support: support.slope), -min((entry[0] for entry in waiting), default=0.0)


def _doubt(left: Support, right: Support) -> float:
    """How far a convex function may lie above two of its lines where they meet: below the chord of its two points."""
    rent = right.meets(left)
    share = (right.rent - rent) / (right.rent - left.rent)
    return (left.value - right.value) * share + right.value - right.at(rent)


def _pieces(supports: Sequence[Support]) -> tuple[BidPiece, ...]:
    """The pieces between the meeting points of neighbouring lines."""
    kept: list[Support] = []
    for support in supports:
        while len(kept) > 1 and support.meets(kept[-1]) <= kept[-1].meets(kept[-2]):
            kept.pop()  # by rounding alone: the line is never the highest
        kept.append(support)
    ends = [-np.inf, *(right.meets(left) for left, right in pairwise(kept)), np.inf]
    return tuple(BidPiece(low, high, support) for (low, high), support in zip(pairwise(ends), kept, strict=True))
