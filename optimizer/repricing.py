"""The walk-away price of one offer in changed copies of a portfolio, from one programme that is kept warm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from optimizer.errors import InfeasiblePlanError
from optimizer.levers import HIGHEST_RENT_USD_PER_KW_MONTH
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from optimizer.reservation import (
    FIRST_STEP,
    GAIN_TOLERANCE,
    SEARCHED_GAIN_TOLERANCE,
    Offer,
    UnprovedError,
    descend,
    exact_search,
    least_price,
    offer_in,
    proved,
    solve_at,
    solve_without,
)
from optimizer.solve import Session
from optimizer.warm import Solved, WarmModel
from sites.portfolio import Portfolio

EXACT, NEVER_TAKEN, NO_START, STOPPED = "exact", "never taken", "no start", "search stopped"

# What comes in large pieces is found again by one step down, from wherever it was above; looking just above the guess
# may take many searches. A share of the guess.
SEARCHED_FIRST_STEP = 0.05

# A rent, and in which of the words above it was found; NaN unless exact.
WalkAway = tuple[float, str]


class Repricer:
    """Prices one offer again and again while its terms or its portfolio change.

    model : the warm programme. contract : id of the offer.
    """

    def __init__(self, model: WarmModel, contract: str) -> None:
        """Take over a warm programme."""
        self.model, self.contract = model, contract

    @property
    def session(self) -> Session:
        """The session with the programme of the last copy."""
        return self.model.session

    def position(self, p: Parameters) -> int:
        """The offer's position among the offers."""
        return next(c for c, offer in enumerate(p.starts.offers) if offer.id == self.contract)

    def solve(self, copy: Portfolio) -> Solved:
        """The optimal plan of a copy, its whole numbers searched exactly.

        Raises
        ------
        InfeasiblePlanError : no plan keeps all limits. UnprovedError : a search was stopped before it was exact.
        """
        self.model.load(copy)
        with exact_search(self.session):
            solved = self.model.solve(copy)
        proved(solved.solution)
        return solved

    def solve_without(self, copy: Portfolio) -> Solved | None:
        """The same without the offer; None where the limits cannot hold without it."""
        self.model.load(copy)
        with exact_search(self.session):
            try:
                solved = self.model.solve_without(copy, self.contract)
            except InfeasiblePlanError:
                return None
        proved(solved.solution)
        return solved

    def walk_away(
        self, copy: Portfolio, without: float, guess: Callable[[Parameters], float], known: tuple[Matrices, WalkAway]
    ) -> WalkAway:
        """The walk-away price in a copy whose optimum without the offer is known. [USD/kW-month]

        without : that optimum; no term of the offer itself changes it. [USD million]
        guess : a rent near the answer, from the copy's numbers. A bad one only costs time.
        known : a programme and the answer for it; terms that change no number have the same.
        """
        p = self.model.load(copy)
        if same_programme(self.session.matrices, known[0]):
            return known[1]
        return self._guarded(p, lambda offer: self._descended(offer, -without, guess(p)))

    def walk_away_anew(self, copy: Portfolio, guess: float) -> WalkAway:
        """The walk-away price in a copy whose optimum without the offer is another one. [USD/kW-month]"""
        p = self.model.load(copy)

        def search(offer: Offer) -> float:
            without = solve_without(self.session, offer)
            if without is None:
                return float("nan")
            matrices = self.session.matrices
            bound = least_price(matrices, offer, without) if self.session.search is None else guess
            return self._descended(offer, without.objective, bound)

        return self._guarded(p, search)

    def _guarded(self, p: Parameters, search: Callable[[Offer], float]) -> WalkAway:
        """What a search finds, or the word for why it finds nothing; the session is back to its own programme then."""
        offer = offer_in(self.session, p, self.position(p))
        if not (self.session.matrices.col_upper[offer.columns] > 0.0).any():
            return float("nan"), NO_START
        try:
            with exact_search(self.session):
                price = search(offer)
        except UnprovedError as error:
            refuse_interrupted(error)
            return float("nan"), STOPPED
        finally:
            self.session.reset()
        return price, NEVER_TAKEN if np.isnan(price) else EXACT

    def _descended(self, offer: Offer, without: float, guess: float) -> float:
        """From the first rent above the guess that takes the offer down to the kink; NaN if none takes it."""
        share = GAIN_TOLERANCE if self.session.search is None else SEARCHED_GAIN_TOLERANCE
        tolerance = share * (1.0 + abs(without))
        first = FIRST_STEP if self.session.search is None else SEARCHED_FIRST_STEP
        price, step = guess, first * max(1.0, abs(guess))
        while price < HIGHEST_RENT_USD_PER_KW_MONTH:
            price += step
            found = solve_at(self.session, offer, price)
            if without - found.objective > tolerance:
                return descend(self.session, offer, without, (price, found), tolerance)
            step *= 4.0
        return float("nan")


def refuse_interrupted(error: UnprovedError) -> None:
    """Go on after a search that ran out of time, not after Ctrl-C."""
    if error.args == ("interrupted",):
        raise KeyboardInterrupt from None


def same_programme(one: Matrices, other: Matrices) -> bool:
    """Whether two programmes are the same in every number."""
    return (
        one.col_names == other.col_names
        and all(
            np.array_equal(getattr(one, part), getattr(other, part))
            for part in ("cost", "col_lower", "col_upper", "row_lower", "row_upper")
        )
        and np.array_equal(one.a.indices, other.a.indices)
        and np.array_equal(one.a.data, other.a.data)
    )


def with_offer(portfolio: Portfolio, contract: str, **changes: Any) -> Portfolio:
    """A copy in which one contract has other terms."""
    return replace(
        portfolio,
        contracts=tuple(
            offer.model_copy(update=changes) if offer.id == contract else offer for offer in portfolio.contracts
        ),
    )
