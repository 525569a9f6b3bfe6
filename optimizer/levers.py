"""How far one number of the offers must move before the plan takes what it rejects: rents and capex.

A lever enters the programme linearly through some starts that the plan leaves out. As long as these stay out the
optimum is the plan's; the least move that brings one in is the break-even. Reduced costs bound it from below, and
every programme that is solved on the way gives a new and better bound; one solve just above a bound that is reached
proves it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.horizon import BoolArray, FloatArray
from optimizer.matrices import Matrices
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters
from optimizer.reservation import FIRST_STEP, HIGHEST_RENT_USD_PER_KW_MONTH, gain_tolerance, proved
from optimizer.solve import LpSolution, Session

# A break-even that is not found exactly is bracketed to this share of the number itself, within a tenth of a per cent.
CLOSE = 2e-4

# How many programmes are solved in all: as many as this many columns, or whole-number searches of this many columns.
SOLVED_COLUMNS, SEARCHED_COLUMNS = 400_000, 40_000
FEWEST_SOLVES, MOST_SOLVES = 30, 400


@dataclass(frozen=True)
class Lever:
    """A number of some offers, moved towards them: a rent up, a capex down.

    now : the number as given. reach : how far it can move. sign : +1 if it moves up, -1 if down.
    gain : what one unit of the move adds to the NPV, by column. [USD million/MW per unit]
    entries : what one unit takes off every entry of the matrix, None if nothing. [USD million/MW per unit]
    """

    now: float
    reach: float
    sign: float
    gain: FloatArray
    entries: FloatArray | None = None

    def number(self, move: float) -> float:
        """The number after a move."""
        return self.now + self.sign * move

    def width(self, move: float) -> float:
        """How closely a break-even near a move must be known."""
        return CLOSE * max(abs(self.number(move)), FIRST_STEP * max(1.0, abs(self.now)))

    def applied(self, matrices: Matrices, move: float) -> Matrices:
        """The programme after a move."""
        cost = matrices.cost - move * self.gain
        if self.entries is None:
            return replace(matrices, cost=cost)
        a = matrices.a.copy()
        a.data = a.data - move * self.entries
        return replace(matrices, cost=cost, a=a)


def rent_lever(p: Parameters, matrices: Matrices, starts: BoolArray) -> Lever:
    """The rent of some starts of one offer, paid at these starts only. [USD/kW-month]"""
    now = p.starts.offers[int(p.starts.offer[np.argmax(starts)])].price_usd_per_kw_month
    gain = np.zeros(matrices.cost.size)
    gain[matrices.columns("signed_mw")] = np.where(starts, p.price_slope_usd_m, 0.0)
    return Lever(now, max(0.0, HIGHEST_RENT_USD_PER_KW_MONTH - now), 1.0, gain)


def capex_lever(p: Parameters, matrices: Matrices, starts: BoolArray) -> Lever:
    """The capex of some starts of one offer; it counts in the capex budget too. [USD/MW]"""
    now = p.starts.offers[int(p.starts.offer[np.argmax(starts)])].capex_usd_per_mw
    signed, gain = matrices.columns("signed_mw"), np.zeros(matrices.cost.size)
    if now > 0.0:
        gain[signed] = np.where(starts, -p.start_terms_usd_m["capex"] / now, 0.0)
    budget = np.zeros(matrices.row_lower.size, dtype=np.bool_)
    for group in matrices.rows:
        if group.family == "capex_budget":
            budget[group.first : group.first + group.index.size] = True
    if not budget.any() or not gain.any():
        return Lever(now, now, -1.0, gain)
    moved = np.zeros(matrices.cost.size, dtype=np.bool_)
    moved[signed] = starts
    column = np.repeat(np.arange(matrices.cost.size), np.diff(matrices.a.indptr))
    counted = moved[column] & budget[matrices.a.indices]
    return Lever(now, now, -1.0, gain, np.where(counted, matrices.a.data, 0.0) / now)


def capex_slopes(p: Parameters, matrices: Matrices, solution: LpSolution) -> FloatArray:
    """What a USD/MW less of capex brings a MW of every start, the relief of the budget included. [USD million/MW]"""
    prices = np.zeros(matrices.row_lower.size)
    for group in matrices.rows:
        if group.family == "capex_budget":
            span = slice(group.first, group.first + group.index.size)
            prices[span] = -solution.row_dual[span]
    relief = (matrices.a.T @ prices)[matrices.columns("signed_mw")]
    capex = p.starts.per_start([offer.capex_usd_per_mw for offer in p.starts.offers])
    saved = relief - p.start_terms_usd_m["capex"]
    return np.divide(saved, capex, out=np.zeros_like(capex), where=capex > 0.0)


@dataclass(frozen=True)
class BreakEven:
    """The number at which something is taken, NaN if no move is enough.

    move : how far it is from there. exact : or only a bound: it must move at least as far.
    sizes : MW of every column just beyond it, empty if that was not looked at. [MW]
    """

    number: float
    move: float
    exact: bool
    sizes: FloatArray


NOTHING: FloatArray = np.zeros(0)
NEVER = BreakEven(np.nan, np.nan, True, NOTHING)


class Mover:
    """Moves levers of what a plan leaves out, one after another, on the plan's own session.

    base : the optimum that nothing rejected is part of. lacks : the most that any optimal prices say of what a MW of
    every column lacks; in an LP a valid bound for each by itself. [USD million/MW]
    """

    def __init__(self, session: Session, plan: LpSolution) -> None:
        """Begin at a plan.

        Raises
        ------
        UnprovedError : a search was stopped before it was exact.
        """
        self.session, self.is_lumpy = session, session.search is not None
        self._given = session.matrices
        self._patched = self._given
        self.base = proved(session.minimise()) if self.is_lumpy else plan
        self.lacks = np.maximum(0.0, self.base.col_dual)
        self._tolerance = gain_tolerance(session, self.base)
        columns = SEARCHED_COLUMNS if self.is_lumpy else SOLVED_COLUMNS
        self.left = int(np.clip(columns // self._given.cost.size, FEWEST_SOLVES, MOST_SOLVES))

    def restore(self) -> None:
        """Give the session its own programme back."""
        self._become(self._given)
        self.session.reset()
        self.session.start_from(self.base)

    def break_even(self, lever: Lever, least: float = 0.0) -> BreakEven:
        """The least move of a lever that brings something in.

        least : a move that is known not to be enough.

        Raises
        ------
        UnprovedError : a search was stopped before it was exact.
        """
        if not lever.gain.any() or self.base.x[lever.gain > 0.0].max() > NEGLIGIBLE_MW:
            return NEVER
        low = least if self.is_lumpy else max(least, self._bound(lever, self.base))
        width = lever.width(low)
        if self.is_lumpy and np.isfinite(lever.reach) and lever.sign < 0.0:
            width = lever.reach  # a bound from prices there is none: try the whole way first
        while low <= lever.reach and self.left > 0:
            move = min(low + width, lever.reach)
            found = self._solved(lever, move)
            if self._gain(found) > self._tolerance:
                return self._closed_in(lever, low, move, found)
            if move >= lever.reach:
                return NEVER
            low = move if self.is_lumpy else max(move, move + self._bound(lever, found))
            width *= 4.0
        return NEVER if low > lever.reach else BreakEven(lever.number(low), low, False, NOTHING)

    def _closed_in(self, lever: Lever, low: float, move: float, found: LpSolution) -> BreakEven:
        """From a move that is enough down to the least one, which is above `low`."""
        convex = lever.entries is None
        while True:
            guess = max(low, move - self._gain(found) / self._slope(lever, found))
            nothing_between = guess <= low + 1e-9 * lever.width(low) / CLOSE
            if (convex and nothing_between) or (not convex and move - low <= lever.width(move)):
                return BreakEven(lever.number(guess), guess, True, found.x)
            if self.left <= 0:
                return BreakEven(lever.number(low), low, False, found.x)
            tried = guess if convex else min(guess + 0.5 * lever.width(guess), 0.5 * (guess + move))
            below = self._solved(lever, tried)
            if self._gain(below) > self._tolerance:
                move, found = tried, below
            elif convex:
                return BreakEven(lever.number(guess), guess, True, found.x)
            else:
                low = tried if self.is_lumpy else max(tried, tried + self._bound(lever, below))

    def _solved(self, lever: Lever, move: float) -> LpSolution:
        self.left -= 1
        if lever.entries is None:
            self._become(self._given)
            if not self.is_lumpy:
                self.session.start_from(self.base)
            self.session.set_costs(self._given.cost - move * lever.gain)
        else:
            self._become(lever.applied(self._given, move))
        found = proved(self.session.minimise())
        if not self.is_lumpy and lever.entries is None and self._gain(found) <= self._tolerance:
            # Prices at which nothing comes in although it pays more are prices of the plan as well.
            self.lacks = np.maximum(self.lacks, found.col_dual + move * lever.gain)
        return found

    def _become(self, matrices: Matrices) -> None:
        if matrices is not self._patched:
            self.session.patch(matrices)
            self._patched = matrices

    def _gain(self, found: LpSolution) -> float:
        return self.base.objective - found.objective

    def _slopes(self, lever: Lever, found: LpSolution) -> FloatArray:
        """What one more unit of a move brings a MW of every column, at the prices of a solution. [USD million/MW]"""
        if lever.entries is None:
            return lever.gain
        column = np.repeat(np.arange(lever.gain.size), np.diff(self._given.a.indptr))
        relief = lever.entries * found.row_dual[self._given.a.indices]
        return lever.gain - np.bincount(column, weights=relief, minlength=lever.gain.size)

    def _slope(self, lever: Lever, found: LpSolution) -> float:
        return float(self._slopes(lever, found) @ found.x)

    def _bound(self, lever: Lever, found: LpSolution) -> float:
        """The least further move at which something may come in."""
        slopes = self._slopes(lever, found)
        moved = (lever.gain > 0.0) & (slopes > 0.0) & (self._given.col_upper > 0.0)
        if not moved.any():
            return np.inf
        return float(np.min(np.maximum(0.0, found.col_dual[moved]) / slopes[moved]))
