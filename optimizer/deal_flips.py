"""The hashprice at which a deal flips: where the optimal plan starts or stops taking it at the quoted rent.

A deal is taken where its walk-away price lies below its rent. That price moves continuously with the hashprice, so
every flip is a zero of their difference, bracketed by two hashprices on different sides and closed in on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from optimizer.deal_terms import HASHPRICE, Progress, at_hashprice
from optimizer.repricing import Repricer
from sites.portfolio import Portfolio

# Outside the hashprices at which the deal is priced anyway, flips are looked for out to here.
LOWEST_FACTOR, HIGHEST_FACTOR = 0.25, 4.0
# A flip is found when its factor is known to this share, or the walk-away price there is this near to the rent, and no
# later than after so many prices. [-], [USD/kW-month]
FACTOR_TOLERANCE = 1e-9
PRICE_TOLERANCE = 1e-6
MOST_STEPS = 60

COLUMNS = ("hashprice_factor", "usd_per_ph_day", "taken_below", "is_nearest")
FIRST_YEAR = 12


@dataclass(frozen=True)
class Point:
    """A hashprice and by how much the walk-away price lies above the rent there; infinite where nothing is taken."""

    factor: float
    above: float

    @property
    def is_taken(self) -> bool:
        """Whether the deal is taken at this hashprice."""
        return self.above < 0.0


def flips(
    repricer: Repricer, portfolio: Portfolio, hashprices: pd.DataFrame, progress: Progress | None = None
) -> pd.DataFrame:
    """Where the deal flips, from the lowest hashprice to the highest: at most one on each side of the given path.

    hashprices : the walk-away price at several factors, as of `price_hashprices`.

    Returns
    -------
    Columns hashprice_factor, usd_per_ph_day (mean of the first year then), taken_below (whether the deal is taken at
    lower hashprices), is_nearest. No row where the deal does not flip from LOWEST_FACTOR to HIGHEST_FACTOR.
    """
    offer = next(offer for offer in portfolio.contracts if offer.id == repricer.contract)
    rent = offer.price_usd_per_kw_month
    known = hashprices[hashprices["term"] == HASHPRICE]
    points = {
        float(row.value): Point(float(row.value), _above(float(row.reservation_usd_per_kw_month), rent))
        for row in known.itertuples()
    }

    def price(factor: float) -> Point:
        if progress is not None:
            progress(f"looking for the hashprice at which the deal flips: factor {factor:.4g}")
        guess = min(points.values(), key=lambda point: abs(math.log(point.factor / factor)))
        start = rent if math.isinf(guess.above) else rent + guess.above
        found, _ = repricer.walk_away_anew(at_hashprice(portfolio, factor), start)
        points[factor] = Point(factor, _above(found, rent))
        return points[factor]

    ladder = [points[factor] for factor in sorted(points)]
    if not _brackets(ladder):
        ladder = [price(LOWEST_FACTOR), *ladder, price(HIGHEST_FACTOR)]
    found = [(bracket[0].is_taken, zero(price, *bracket)) for bracket in nearest(_brackets(ladder))]
    closest = min((abs(math.log(factor)) for _, factor in found), default=0.0)
    first_year = float(portfolio.scenario_paths.expected_hashprice[:FIRST_YEAR].mean())
    rows = [
        (factor, factor * first_year, below, abs(math.log(factor)) == closest)
        for below, factor in sorted(found, key=lambda flip: flip[1])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def no_flips() -> pd.DataFrame:
    """The table of a deal that does not flip."""
    return pd.DataFrame(columns=list(COLUMNS))


def nearest(brackets: Sequence[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """The brackets nearest to the given path below and above it."""
    below = [pair for pair in brackets if pair[1].factor <= 1.0]
    above = [pair for pair in brackets if pair[0].factor >= 1.0]
    return [*below[-1:], *above[:1]]


def zero(price: Callable[[float], Point], low: Point, high: Point) -> float:
    """The factor between two points at which the deal flips: secant steps, halved where they do not close in."""
    side = 0
    left, right = low.above, high.above
    for _ in range(MOST_STEPS):
        if high.factor - low.factor <= FACTOR_TOLERANCE * high.factor:
            break
        middle = (low.factor + high.factor) / 2.0
        if math.isfinite(left) and math.isfinite(right):
            secant = low.factor + (high.factor - low.factor) * left / (left - right)
            middle = secant if low.factor < secant < high.factor else middle
        found = price(middle)
        if abs(found.above) <= PRICE_TOLERANCE:
            return found.factor
        # An end that stays twice weighs half as much, which pulls the secant over to its side.
        if found.is_taken == low.is_taken:
            low, left = found, found.above
            right = right / 2.0 if side == -1 else high.above
            side = -1
        else:
            high, right = found, found.above
            left = left / 2.0 if side == 1 else low.above
            side = 1
    return (low.factor + high.factor) / 2.0


def _brackets(ladder: Sequence[Point]) -> list[tuple[Point, Point]]:
    return [(low, high) for low, high in pairwise(ladder) if low.is_taken != high.is_taken]


def _above(price: float, rent: float) -> float:
    return math.inf if math.isnan(price) else price - rent
