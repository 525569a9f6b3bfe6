"""Numbers that can be moved until a plan takes what it rejects: rents up, capexes down, mining margins up.

A lever enters the programme linearly through some columns that the plan leaves out. As long as these stay out the
optimum is the plan's; the least move that brings one in is the break-even. optimizer/directions.py finds it in an LP,
optimizer/trials.py with whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.horizon import USD_PER_USD_M, BoolArray, FloatArray, discount_factors
from optimizer.hosting import capex_by_month
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from optimizer.solve import LpSolution
from optimizer.sparse import csc_matrix

# No rent this far above the highest public ones (about 900 USD/kW-month for a GPU cloud) is looked for.
HIGHEST_RENT_USD_PER_KW_MONTH = 1e5

# Moving a rent that is in rows of money changes many coefficients again and again; in larger programmes the prices of
# the plan tell what they can.
MOST_MOVED_COLUMNS = 4_000

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
    entries = rent_entries(p, matrices, starts)
    return Lever(now, max(0.0, HIGHEST_RENT_USD_PER_KW_MONTH - now), 1.0, gain, entries)


def capex_lever(p: Parameters, matrices: Matrices, starts: BoolArray) -> Lever:
    """The building's capex of some starts of one offer; budget, cash, loans and tax see it too. [USD/MW]"""
    now = p.starts.offers[int(p.starts.offer[np.argmax(starts)])].capex_usd_per_mw
    gain = np.zeros(matrices.cost.size)
    if now > 0.0:
        gain[matrices.columns("signed_mw")] = np.where(starts, building_usd_m(p) / now, 0.0)
    return Lever(now, now, -1.0, gain, capex_entries(p, matrices, starts) if gain.any() else None)


def building_usd_m(p: Parameters) -> FloatArray:
    """Present value of the building of one critical MW of every start, servers left out. [USD million/MW]"""
    months = np.arange(p.horizon.months, dtype=np.int64)
    servers = p.servers_usd_m @ discount_factors(p.horizon.ai_rate, months)
    return np.asarray(-p.start_terms_usd_m["capex"] - servers)


def rent_entries(p: Parameters, matrices: Matrices, starts: BoolArray) -> FloatArray | None:
    """What one USD/kW-month takes off the entries of some starts in rows of money, None if there are none."""
    if p.capital is None or not _has_family(matrices, "net_rent_balance"):
        return None
    price = p.starts.per_start([offer.price_usd_per_kw_month for offer in p.starts.offers])[:, None]
    part = _share(p.operating.rent.toarray(), p.operating.net_rent.toarray())
    part = -np.divide(part, price, out=np.zeros_like(part), where=price > 0.0)
    return _entries(matrices, "signed_mw", starts, dict.fromkeys(("net_rent_balance", "loan_coverage"), part))


def capex_entries(p: Parameters, matrices: Matrices, starts: BoolArray) -> FloatArray | None:
    """What one USD/MW of capex takes off the entries of some starts in rows of capex, None if there are none."""
    families = ("capex_budget", "cash_balance", "loan_capex_share", "income_balance")
    if not any(_has_family(matrices, family) for family in families):
        return None
    now = np.maximum(1.0, p.starts.per_start([offer.capex_usd_per_mw for offer in p.starts.offers]))[:, None]
    spent = np.array([capex_by_month(p.starts, start) for start in range(p.starts.count)]) / USD_PER_USD_M
    spent = spent.reshape(p.starts.count, p.horizon.months)
    built = spent - p.servers_usd_m
    by_month, so_far = _share(built, spent) / now, _share(built.cumsum(axis=1), spent.cumsum(axis=1)) / now
    shares = {"capex_budget": so_far, "cash_balance": by_month, "loan_capex_share": so_far}
    if _has_family(matrices, "income_balance"):
        shares["income_balance"] = _share(p.write_offs[0].toarray(), p.start_write_offs.toarray()) / now
    return _entries(matrices, "signed_mw", starts, shares)


def worth_of_move(matrices: Matrices, gain: FloatArray, entries: FloatArray | None, row_dual: FloatArray) -> FloatArray:
    """What one unit of a move is worth at given prices of the rows, by column. [USD million/MW per unit]

    It adds to the value of a column, and to what that uses of the rows.
    """
    if entries is None:
        return gain
    taken_off = csc_matrix((entries, matrices.a.indices, matrices.a.indptr), shape=matrices.a.shape)
    return np.asarray(gain - taken_off.T @ row_dual)


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0.0)


def _has_family(matrices: Matrices, family: str) -> bool:
    return any(group.family == family and group.index.size for group in matrices.rows)


def _entries(matrices: Matrices, name: str, members: BoolArray, shares: dict[str, FloatArray]) -> FloatArray:
    """Parts of the entries of some columns of a family in some families of rows, all others zero.

    members : which columns. shares : by family, the part of every entry: members x months, or years. [1/unit]
    """
    columns = matrices.columns(name)
    column = np.repeat(np.arange(matrices.cost.size), np.diff(matrices.a.indptr))
    chosen = np.zeros(matrices.cost.size, dtype=np.bool_)
    chosen[columns] = members
    found = np.zeros(matrices.a.data.size)
    for group in matrices.rows:
        if group.family in shares and group.index.size:
            row = matrices.a.indices - group.first
            inside = np.flatnonzero(chosen[column] & (row >= 0) & (row < group.index.size))
            share = shares[group.family]
            at = group.index[row[inside]] % share.shape[1]
            found[inside] = matrices.a.data[inside] * share[column[inside] - columns.start, at]
    return found


def margin_lever(p: Parameters, matrices: Matrices, fleet: int) -> Lever:
    """What is paid on top for every MW of a fleet that is ready to run, in each month in which it earns.

    [USD/MW-month]
    """
    gain = np.zeros(matrices.cost.size)
    paid = np.concatenate(([0.0], np.cumsum(p.horizon.discount))) / USD_PER_USD_M
    months = paid[p.periods.end[p.blocks.period]] - paid[p.periods.first[p.blocks.period]]
    gain[matrices.columns("mining_mw")] = np.where(p.blocks.fleet == fleet, months, 0.0)
    entries = None
    if _has_family(matrices, "operating_balance"):
        earned = p.operating.mining.toarray()
        paid_part = -np.divide(1.0 / USD_PER_USD_M, earned, out=np.zeros_like(earned), where=earned > 0.0)
        entries = _entries(matrices, "mining_mw", p.blocks.fleet == fleet, {"operating_balance": paid_part})
    return Lever(0.0, np.inf, 1.0, gain, entries)


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


@dataclass(frozen=True)
class ByPrices:
    """Moves of levers as the prices of a plan tell them: no smaller move brings anything in.

    It is the move itself unless the plan has other prices too, as it has where more limits meet than are needed.
    """

    matrices: Matrices
    plan: LpSolution

    def break_even(self, lever: Lever, least: float = 0.0) -> BreakEven:
        """The least move at which a column may lack nothing.

        least : a move that is known not to be enough.
        """
        worth = worth_of_move(self.matrices, lever.gain, lever.entries, self.plan.row_dual)
        usable = (lever.gain > 0.0) & (worth > 0.0) & (self.matrices.col_upper > 0.0)
        if not usable.any():
            return NEVER
        lacks = np.where(usable, self.plan.col_dual, np.inf) / np.where(usable, worth, 1.0)
        nearest = int(np.argmin(lacks))
        move = max(least, float(lacks[nearest]))
        if move > lever.reach:
            return NEVER
        sizes = np.zeros(lacks.size)
        sizes[nearest] = 1.0
        return BreakEven(lever.number(move), move, False, sizes)


def has_money(matrices: Matrices) -> bool:
    """Whether rents are in rows of the programme: of cash, coverage or tax."""
    return _has_family(matrices, "net_rent_balance")


def told_by_prices(matrices: Matrices) -> bool:
    """Whether levers are told by the prices of a plan: rents are in rows of money, and there are many of these."""
    return has_money(matrices) and matrices.cost.size > MOST_MOVED_COLUMNS
