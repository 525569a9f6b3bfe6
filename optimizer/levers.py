"""Numbers that can be moved until a plan takes what it rejects: rents up, capexes down, mining margins up.

A lever enters the programme linearly through some columns that the plan leaves out. As long as these stay out the
optimum is the plan's; the least move that brings one in is the break-even. optimizer/directions.py finds it in an LP,
optimizer/trials.py with whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.horizon import USD_PER_USD_M, BoolArray, FloatArray
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters

# No rent this far above the highest public ones (about 900 USD/kW-month for a GPU cloud) is looked for.
HIGHEST_RENT_USD_PER_KW_MONTH = 1e5

# Rents and capexes that differ by less than this share are the same.
SAME = 1e-8


@dataclass(frozen=True)
class Lever:
    """A number moved towards what is left out: a rent up, a capex down.

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


def margin_lever(p: Parameters, matrices: Matrices, fleet: int) -> Lever:
    """What is paid on top for every MW of a fleet that is ready to run, in each month in which it earns.

    [USD/MW-month]
    """
    gain = np.zeros(matrices.cost.size)
    paid = np.concatenate(([0.0], np.cumsum(p.horizon.discount))) / USD_PER_USD_M
    months = paid[p.periods.end[p.blocks.period]] - paid[p.periods.first[p.blocks.period]]
    gain[matrices.columns("mining_mw")] = np.where(p.blocks.fleet == fleet, months, 0.0)
    return Lever(0.0, np.inf, 1.0, gain)


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
