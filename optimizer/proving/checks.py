"""One statement of a certificate: an error, what it may be, and where it is largest."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Two ways to add up the same money differ by rounding only: about 1e-15 per addition, some thousand additions.
RELATIVE_TOLERANCE = 1e-9
# Books that agree to half a cent agree to the cent.
HALF_A_CENT_USD = 0.005
# For MW, hours, MWh and PH/s, which have no cents.
SMALL_QUANTITY = 1e-7


@dataclass(frozen=True)
class Check:
    """The largest error of one kind.

    name : what is checked, in words. value : the error, >= 0, infinite when nothing could be computed.
    tolerance : what it may be. where : the place of the largest error, in words; "" when there is none.
    """

    name: str
    value: float
    tolerance: float
    where: str

    @property
    def passed(self) -> bool:
        """Whether the error is a number within the tolerance."""
        return self.value <= self.tolerance

    def as_json(self) -> dict[str, Any]:
        """The check as written to certificate.json; JSON knows no infinity, so null stands for it."""
        return {
            "name": self.name,
            "value": json_number(self.value),
            "tolerance": json_number(self.tolerance),
            "passed": self.passed,
            "where": self.where,
        }


def json_number(value: float) -> float | None:
    """A number that JSON can hold, or None."""
    return value if math.isfinite(value) else None


def broken(name: str, why: str) -> Check:
    """A check that could not even be made."""
    return Check(name, math.inf, 0.0, why)


def agreement(
    name: str,
    stated: FloatArray,
    replayed: FloatArray,
    words: Callable[..., str],
    allowed: FloatArray | float = SMALL_QUANTITY,
) -> Check:
    """Compare what a plan states with what the replay gives, and keep the worst place.

    Parameters
    ----------
    stated, replayed : arrays of one shape. words : names a place from its position in them.
    allowed : absolute difference allowed at each place, beside RELATIVE_TOLERANCE of the replayed number.
    """
    if not stated.size:
        return Check(name, 0.0, float(np.min(allowed, initial=SMALL_QUANTITY)), "")
    limit = np.broadcast_to(allowed + RELATIVE_TOLERANCE * np.abs(replayed), stated.shape)
    difference = np.abs(stated - replayed)
    # Numbers without measure are the worst difference of all, and must not excuse themselves by their size.
    excess = np.where(np.isfinite(difference) & np.isfinite(limit), difference - limit, np.inf)
    place = np.unravel_index(int(np.argmax(excess)), stated.shape)
    error = float(difference[place]) if excess[place] < np.inf else math.inf
    if error == 0.0:
        return Check(name, 0.0, float(limit[place]), "")
    spot = words(*(int(part) for part in place))
    where = f"{spot}: {float(stated[place])!r} stated, {float(replayed[place])!r} replayed"
    return Check(name, error, float(limit[place]) if error < math.inf else 0.0, where)


def named(names: Sequence[str]) -> Callable[[int], str]:
    """Words for places of a one-dimensional array."""
    return lambda position: names[position]
