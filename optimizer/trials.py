"""How far a lever must move where offers come in whole steps: by searching again, since prices say nothing about steps.

The optimum is convex in a move of costs alone, whole numbers or not, so that Newton steps from a move that is enough
end on the least one. Where a lever moves limits too, the least move is bracketed.
"""

from __future__ import annotations

import numpy as np

from optimizer.levers import NEVER, NOTHING, SAME, BreakEven, Lever
from optimizer.matrices import Matrices
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.reservation import FIRST_STEP, gain_tolerance, proved
from optimizer.solve import LpSolution, Session

# A bracket ends at this share of the number itself, within a tenth of a per cent.
CLOSE = 2e-4

# How many searches are made in all: as many as this many columns.
SEARCHED_COLUMNS, FEWEST_SEARCHES, MOST_SEARCHES = 40_000, 30, 400

# How far above its bound a rent is first looked for as a share of it.
FIRST_WIDTH = 3e-3


class Trials:
    """Moves levers of what a plan leaves out, one after another, on the plan's own session.

    base : the optimum that nothing rejected is part of. left : how many searches may still be made.
    """

    def __init__(self, session: Session) -> None:
        """Begin at the optimum of a session.

        Raises
        ------
        UnprovedError : a search was stopped before it was exact.
        """
        self.session = session
        self._given = session.matrices
        self._patched = self._given
        self.base = proved(session.minimise())
        self._tolerance = gain_tolerance(session, self.base)
        self.left = int(np.clip(SEARCHED_COLUMNS // max(1, self._given.cost.size), FEWEST_SEARCHES, MOST_SEARCHES))

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
        low = max(0.0, least)
        # A rent may have to rise by little and could rise without end; a capex is tried at nothing first.
        width = lever.reach if lever.sign < 0.0 else FIRST_WIDTH * max(1.0, abs(lever.number(low)))
        while low <= lever.reach and self.left > 0:
            move = min(low + width, lever.reach)
            found = self._searched(lever, move)
            if self._gain(found) > self._tolerance:
                return self._closed_in(lever, low, move, found)
            if move >= lever.reach:
                return NEVER
            low = move
            width *= 4.0
        return NEVER if low > lever.reach else BreakEven(lever.number(low), low, False, NOTHING)

    def _closed_in(self, lever: Lever, low: float, move: float, found: LpSolution) -> BreakEven:
        """From a move that is enough down to the least one, which is not below `low`."""
        convex = lever.entries is None
        fresh = True
        while True:
            guess = max(low, move - self._gain(found) / self._slope(lever, found))
            width = CLOSE * max(abs(lever.number(move)), FIRST_STEP * max(1.0, abs(lever.now)))
            if (convex and guess <= low + SAME * (1.0 + abs(lever.number(low)))) or move - low <= width * (not convex):
                return BreakEven(lever.number(guess), guess, True, found.x)
            if self.left <= 0:
                return BreakEven(lever.number(low), low, False, found.x)
            # Where capex counts in a budget the line that leads to the break-even may miss it: look at both sides.
            beside = guess + 0.5 * width if guess + width < move else max(guess, move - 0.5 * width) - 0.4 * width
            tried = guess if convex else beside if fresh and low < beside < move else 0.5 * (low + move)
            below = self._searched(lever, tried)
            fresh = self._gain(below) > self._tolerance
            if fresh:
                move, found = tried, below
            elif convex:
                return BreakEven(lever.number(guess), guess, True, found.x)
            else:
                low = tried

    def _searched(self, lever: Lever, move: float) -> LpSolution:
        self.left -= 1
        self._become(self._given if lever.entries is None else lever.applied(self._given, move))
        if lever.entries is None:
            self.session.set_costs(self._given.cost - move * lever.gain)
        return proved(self.session.minimise())

    def _become(self, matrices: Matrices) -> None:
        if matrices is not self._patched:
            self.session.patch(matrices)
            self._patched = matrices

    def _gain(self, found: LpSolution) -> float:
        return self.base.objective - found.objective

    def _slope(self, lever: Lever, found: LpSolution) -> float:
        """What one more unit of a move brings a plan. [USD million]"""
        gain = float(lever.gain @ found.x)
        if lever.entries is None:
            return gain
        relief = lever.entries * found.row_dual[self._given.a.indices]
        column = np.repeat(np.arange(lever.gain.size), np.diff(self._given.a.indptr))
        return gain - float(relief @ found.x[column])
