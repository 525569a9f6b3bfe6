"""One programme kept warm: changed copies of a portfolio are patched in and solved again from the last basis.

What-ifs, prices of deals, sweeps and sensitivities all ask the same question many times with a few numbers changed.
A copy whose programme has the same rows and columns differs in costs, bounds and coefficients only: these are
replaced in the solver. Any other copy is built anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.capital.ledger import Ledger
from optimizer.capital.scenario_cash import ScenarioCash
from optimizer.compiling import compile_parameters
from optimizer.duals import chain_levels
from optimizer.errors import InfeasiblePlanError, ScenarioError
from optimizer.formulation import hashrate_eh_s_per_mw, objective_values, signed_bounds, spent_usd_m, total_bounds
from optimizer.frames import cash_lines
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.infeasible import explain
from optimizer.lexicographic import best_plan
from optimizer.matrices import Matrices
from optimizer.merit_order import in_merit_order
from optimizer.operations import NEGLIGIBLE_MW, Operations
from optimizer.parameters import PH_PER_EH, Parameters, build_parameters
from optimizer.periods import SitePeriods
from optimizer.pins import Pin
from optimizer.planning import Progress, new_session
from optimizer.solve import LpSolution, Session
from optimizer.sparse import csc_matrix
from optimizer.summary import cash_low
from sites.portfolio import Portfolio


@dataclass(frozen=True)
class Solved:
    """The optimum of one copy; its figures are worked out when they are asked for."""

    p: Parameters
    matrices: Matrices
    solution: LpSolution

    @property
    def npv_usd(self) -> float:
        """Net present value. [USD]"""
        return -self.matrices.objective(self.solution.x) * USD_PER_USD_M

    @cached_property
    def operations(self) -> Operations:
        """What is signed and what runs."""
        return Operations.of(self.p, self.matrices, self.solution.x)

    @property
    def signed_mw(self) -> FloatArray:
        """Critical MW of every start. [MW]"""
        return self.solution.x[self.matrices.columns("signed_mw")]

    @cached_property
    def taken_mw(self) -> dict[str, float]:
        """Critical MW of every contract over all its starts. [MW]"""
        total = dict.fromkeys((offer.id for offer in self.p.starts.offers), 0.0)
        for start, mw in zip(self.operations.starts.tolist(), self.operations.signed_mw.tolist(), strict=True):
            total[self.p.starts.offers[int(self.p.starts.offer[start])].id] += mw
        return total

    @property
    def capex_usd(self) -> float:
        """Undiscounted landlord capex inside the horizon. [USD]"""
        spent = spent_usd_m(self.p, self.p.horizon.months - 1)
        return float(spent[self.operations.starts] @ self.operations.signed_mw) * USD_PER_USD_M

    @property
    def peak_ai_mw(self) -> float:
        """Most critical MW under rent in any month. [MW]"""
        starts, months = self.p.starts, np.arange(self.p.horizon.months)
        rented = (months >= starts.tau[self.operations.starts][:, None]) & (
            months < starts.release[self.operations.starts][:, None]
        )
        return float((rented * self.operations.signed_mw[:, None]).sum(axis=0).max())

    @property
    def ai_share(self) -> float:
        """Share of AI in the occupied and energised MW-months; 0 when there are none. [-]"""
        ai = chain_levels(self.p.totals.ai_mw, self.solution.x[self.matrices.columns("ai_mw")]).sum()
        all_mw = ai + self.operations.mining.energised_mw.sum()
        return float(ai / all_mw) if all_mw > 0.0 else 0.0

    @property
    def hashrate_eh_s(self) -> float:
        """Average operating hashrate over the horizon. [EH/s]"""
        hashes = self.operations.mining.hashes.sum(axis=0) if self.p.fleets else np.zeros(1)
        return float((hashes / self.p.horizon.hours).mean() / PH_PER_EH)

    @cached_property
    def net_cash_usd(self) -> FloatArray:
        """Undiscounted net cash flow of every month without loans, shares and coin. [USD]"""
        ledger = Ledger.of(self.p, self.matrices, self.solution.x, self.operations)
        own = 0.0 if ledger is None else ledger.own_usd
        return np.asarray(sum(flow.sum(axis=0) for flow in cash_lines(self.p, self.operations).values()) + own)

    @property
    def cash_low_usd(self) -> float:
        """Lowest running total of the net cash flow. [USD]"""
        return cash_low(self.p, self.net_cash_usd)[0]

    @property
    def cash_low_month(self) -> str:
        """The month of it, YYYY-MM."""
        return cash_low(self.p, self.net_cash_usd)[1]


class WarmModel:
    """A portfolio's programme, held by one solver, and changed copies of it solved one after another.

    base : the optimum of the portfolio itself. session : the solver with the programme of the last copy.
    """

    def __init__(
        self,
        portfolio: Portfolio,
        *,
        alike: Iterable[Portfolio] = (),
        pins: Sequence[Pin] = (),
        time_limit: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Build the programme and solve it.

        alike : changed copies that will be solved too. The horizon is cut fine enough for all of them, so that they
            are patched and not rebuilt.
        pins : decisions forced upon every copy.
        time_limit : of every search for whole numbers. [s] progress : told how far a search is.

        Raises
        ------
        PinError, InfeasiblePlanError, SolverError : as `optimizer.plan` does.
        """
        self.pins, self._time_limit, self._progress = tuple(pins), time_limit, progress
        refuse_fear(portfolio)
        own = build_parameters(portfolio)
        self._layout = _layout(own)
        others = (build_parameters(copy) for copy in alike)
        self._finer: list[SitePeriods] = [own.periods, *(p.periods for p in others if _layout(p) == self._layout)]
        self._p = self._parameters(portfolio)
        self.session = self._session_of(compile_parameters(self._p))
        self.base = self._solve()

    def solve(self, portfolio: Portfolio, *, held: Solved | None = None) -> Solved:
        """The optimum of a changed copy.

        held : keep to this plan: the same MW of every start and no more energised MW of any fleet and month. Offers
            whose window has moved as a whole keep the order of their starts; what then lies beyond the horizon is
            not delivered. What runs hour by hour, and whether a fleet is mothballed, still adapts.

        Raises
        ------
        PinError, InfeasiblePlanError, SolverError : as `optimizer.plan` does; why there is no plan at all is said only
            for plans that are held.
        """
        self.load(portfolio)
        return self._solve() if held is None else self._solve_held(held)

    def solve_without(self, portfolio: Portfolio, contract: str) -> Solved:
        """The optimum of a copy when one of its open offers is not taken.

        Raises
        ------
        PinError, InfeasiblePlanError, SolverError : as `solve` does.
        """
        p, matrices = self.load(portfolio), self.session.matrices
        signed = matrices.columns("signed_mw")
        position = next(c for c, offer in enumerate(p.starts.offers) if offer.id == contract)
        upper = matrices.col_upper.copy()
        upper[signed] = np.where(p.starts.offer == position, 0.0, upper[signed])
        self.session.patch(replace(matrices, col_upper=upper))
        try:
            return self._solve()
        finally:
            self.session.patch(matrices)

    def load(self, portfolio: Portfolio) -> Parameters:
        """Make the programme of a copy the session's own, without solving it.

        Raises
        ------
        PinError, InfeasiblePlanError : as `solve` does.
        """
        p = self._parameters(portfolio)
        if same_limits(self._p, p):
            self.session.patch(revalued(self.session.matrices, p))
        else:
            matrices = compile_parameters(p)
            if _same_members(matrices, self.session.matrices):
                self.session.patch(matrices)
            else:
                before, self.session = self.session, self._session_of(matrices)
                self.session.start_like(before)
        cash = ScenarioCash.of(p)
        self.session.broken_rows = None if cash is None else cash.rows
        self._p = p  # only now: a programme that could not even be built must not count as the last one
        return p

    def npv_usd(self, portfolio: Portfolio) -> float:
        """NPV of a changed copy. [USD]"""
        return self.solve(portfolio).npv_usd

    def _session_of(self, matrices: Matrices) -> Session:
        cash = ScenarioCash.of(self._p)
        return new_session(matrices, time_limit=self._time_limit, progress=self._progress, cash=cash)

    def _parameters(self, portfolio: Portfolio) -> Parameters:
        refuse_fear(portfolio)
        alike = build_parameters(portfolio, self.pins, self._finer)
        return alike if _layout(alike) == self._layout else build_parameters(portfolio, self.pins)

    def _solve(self) -> Solved:
        matrices = self.session.matrices
        return Solved(self._p, matrices, in_merit_order(self._p, matrices, best_plan(self.session, self._p)))

    def _solve_held(self, held: Solved) -> Solved:
        p, matrices = self._p, self.session.matrices
        lower, upper = matrices.col_lower.copy(), matrices.col_upper.copy()
        signed = matrices.columns("signed_mw")
        sizes = _held_starts(p, held, lower[signed], upper[signed])
        lower[signed] = upper[signed] = sizes
        mining = matrices.columns("mining_mw")
        upper[mining] = np.minimum(upper[mining], _held_mining(p, held))
        self.session.set_bounds(lower, upper)
        try:
            return Solved(p, matrices, in_merit_order(p, matrices, self.session.minimise()))
        except InfeasiblePlanError as error:
            clashes = explain(p, replace(matrices, col_lower=lower, col_upper=upper))
            raise InfeasiblePlanError(clashes or error.clashes) from None
        finally:
            self.session.reset()


def refuse_fear(portfolio: Portfolio) -> None:
    """Changed copies are compared by their expected NPV, which is not what a plan that fears bad scenarios maximises.

    Raises
    ------
    ScenarioError : the worst share counts in the objective.
    """
    if portfolio.risk.cvar_weight and portfolio.scenario_paths.count > 1:
        raise ScenarioError(
            "what-ifs, deal sheets, sweeps and sensitivities weigh scenarios by their probabilities only, but "
            f"risk.cvar_weight is {portfolio.risk.cvar_weight:g}: set it to 0 for them"
        )


def revalued(matrices: Matrices, p: Parameters) -> Matrices:
    """The programme with the costs, bounds, sizes of offers and capex of `p`, which has the same limits otherwise."""
    cost, lower, upper = np.zeros_like(matrices.cost), matrices.col_lower.copy(), matrices.col_upper.copy()
    for name, value in objective_values(p).items():
        cost[matrices.columns(name)] = -value
    for name, bound in total_bounds(p).items():
        upper[matrices.columns(name)] = bound
    signed = matrices.columns("signed_mw")
    lower[signed], upper[signed] = signed_bounds(p)
    upper[matrices.columns("mining_mw")] = p.blocks.mw
    row_upper = matrices.row_upper.copy()
    for group in matrices.rows:
        if group.family == "offer_size":
            sizes = [p.starts.offers[c].max_mw for c in group.index.tolist()]
            row_upper[group.first : group.first + len(sizes)] = sizes
    return replace(
        matrices,
        cost=cost,
        a=_with_capex(matrices, p),
        row_upper=row_upper,
        col_lower=lower,
        col_upper=upper,
        offset=-p.constant_usd_m,
    )


def _with_capex(matrices: Matrices, p: Parameters) -> csc_matrix:
    """The matrix with the capex of `p` in the rows of the budget."""
    a, signed = matrices.a, matrices.columns("signed_mw")
    for group in matrices.rows:
        if group.family != "capex_budget" or not group.index.size:
            continue
        spent = np.array([spent_usd_m(p, month) for month in group.index.tolist()])
        column = np.repeat(np.arange(matrices.cost.size), np.diff(a.indptr))
        row = a.indices - group.first
        entries = np.flatnonzero((row >= 0) & (row < group.index.size))
        a = a.copy()
        a.data[entries] = spent[row[entries], column[entries] - signed.start]
    return a


def same_limits(p: Parameters, q: Parameters) -> bool:
    """Whether the programmes of two portfolios differ in what `revalued` replaces only.

    Months whose loads are planned together, and capital, carry prices in their rows: of these the answer is always no.
    """
    if p.own or q.own or p.joint.cells.site.size or q.joint.cells.site.size or p.capital or q.capital:
        return False
    return _equal(_limit_data(p), _limit_data(q))


def _limit_data(p: Parameters) -> tuple[object, ...]:
    starts = p.starts
    return (
        (starts.offer, starts.site, starts.tau, starts.begin, starts.release, starts.signing),
        [(offer.id, offer.committed_mw, offer.gross_ratio) for offer in starts.offers],
        # With whole numbers sizes are coefficients too.
        [offer.max_mw for offer in starts.offers] if p.choices.taken.size or p.choices.blocks.size else [],
        [(site.id, site.ai_limit_mw, site.mining_halls_mw, site.curtailable_min_share) for site in p.sites],
        (p.capacity_mw, p.blocks.fleet, p.blocks.period, p.blocks.mw, p.periods, p.totals),
        (p.choices, p.pinned_mw, p.limits),
        (p.landlord_capex_usd_m > 0.0, p.servers_usd_m > 0.0) if p.limits.capex_budget else (),
        hashrate_eh_s_per_mw(p) if p.limits.min_eh_s else None,
    )


def _equal(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, np.ndarray):
        return bool(np.array_equal(one, other))
    if is_dataclass(one):
        return all(_equal(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(_equal(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def _same_members(one: Matrices, other: Matrices) -> bool:
    return one.col_names == other.col_names and one.row_names == other.row_names


def _layout(p: Parameters) -> tuple[object, ...]:
    """What two portfolios must share before the periods of one mean anything to the other."""
    return p.horizon.first, p.horizon.months, tuple(site.id for site in p.sites)


def _held_starts(p: Parameters, held: Solved, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Critical MW of every start as held: the n-th start of an offer at a site has what its n-th start had. [MW]

    lower, upper : what the copy allows; a signed deal has its own size.

    Raises
    ------
    InfeasiblePlanError : the copy does not allow a size that is held.
    """
    signed = dict(zip(_ranks(held.p), held.signed_mw.tolist(), strict=True))
    sizes = np.array([signed.get(rank, 0.0) for rank in _ranks(p)], dtype=np.float64)
    sizes = np.where(p.starts.committed_mw > 0.0, upper, sizes)
    allowed = np.clip(sizes, lower, upper)
    refused = np.flatnonzero(np.abs(sizes - allowed) > NEGLIGIBLE_MW * (1.0 + allowed)).tolist()
    if refused:
        places = (f"{p.starts.label(start)} at '{p.sites[int(p.starts.site[start])].id}'" for start in refused)
        raise InfeasiblePlanError(
            tuple(
                f"{place}: {sizes[start]:.12g} MW critical are held, {allowed[start]:.12g} are allowed"
                for place, start in zip(places, refused, strict=True)
            )
        )
    return allowed


def _ranks(p: Parameters) -> list[tuple[str, str, int]]:
    """Offer, site and running number of every start; starts come offer by offer, site by site, in order of time."""
    pairs = np.stack([p.starts.offer, p.starts.site])
    new = np.append(True, (pairs[:, 1:] != pairs[:, :-1]).any(axis=0))[: p.starts.count]
    first = np.maximum.accumulate(np.where(new, np.arange(p.starts.count), 0))
    numbers = (np.arange(p.starts.count) - first).tolist()
    names = zip(p.starts.offer.tolist(), p.starts.site.tolist(), numbers, strict=True)
    return [(p.starts.offers[c].id, p.sites[i].id, n) for c, i, n in names]


def _held_mining(p: Parameters, held: Solved) -> FloatArray:
    """Most MW of every block as held: the least of its months. [MW]"""
    rows = {fleet.id: row for row, fleet in enumerate(held.p.fleets)}
    energised = held.operations.mining.energised_mw
    first, end = p.periods.first[p.blocks.period].tolist(), p.periods.end[p.blocks.period].tolist()
    fleets = [rows.get(p.fleets[fleet].id) for fleet in p.blocks.fleet.tolist()]
    spans = zip(fleets, first, end, strict=True)
    held_mw = [0.0 if row is None else energised[row, a:b].min() for row, a, b in spans]
    return np.maximum(0.0, np.array(held_mw, dtype=np.float64))
