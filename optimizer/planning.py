"""From a portfolio to its optimal plan, proved: the one path that every command takes."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyomo

from optimizer.baselines import solve_baselines
from optimizer.branching import prove_whole_numbers
from optimizer.capital.decisions import CAPITAL_TERMS
from optimizer.capital.frames import (
    capital_frame,
    cash_frame,
    debt_frame,
    empty,
    machines_frame,
    statements_frame,
    with_capital_lines,
)
from optimizer.capital.ledger import Ledger
from optimizer.capital.rules import rules_frame
from optimizer.capital.scenario_cash import ScenarioCash, stored_rows
from optimizer.compiling import compile_parameters
from optimizer.duals import limits_frame
from optimizer.errors import CertificateError, InfeasiblePlanError
from optimizer.frames import (
    allocation_frame,
    cash_lines,
    cashflow_frame,
    contracts_frame,
    fleets_frame,
    shadow_prices_frame,
    terms_by_site,
)
from optimizer.highs import OPTIONS, refuse_wrong_solver, solver_version
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.hours import hours_frame, power_frame
from optimizer.infeasible import explain
from optimizer.lived import lived_frames
from optimizer.matrices import Matrices
from optimizer.merit_order import in_merit_order
from optimizer.operations import Operations
from optimizer.parameters import TERMS, Parameters, build_parameters
from optimizer.pins import Pin
from optimizer.programmes import programmes_frame
from optimizer.proving.certificate import make_certificate
from optimizer.proving.proof import Proof
from optimizer.reservation import Reservation, reservations
from optimizer.results import SCHEMAS, Frames, Plan
from optimizer.search import DEFAULT_GAP
from optimizer.site_economics import breakeven_hashprice, flip_hashprice
from optimizer.solve import LpSolution, Session
from optimizer.summary import make_summary
from optimizer.tail import Tail, scenario_npv_usd_m, scenario_weights, settled_plan
from optimizer.version import VERSION
from optimizer.why_not import why_not_frame
from sites.portfolio import Portfolio

Progress = Callable[[str], None]


@dataclass
class Stopwatch:
    """Seconds by stage, and word of each stage to whoever listens."""

    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def start(self, stage: str) -> None:
        """Announce the next stage."""
        self._last = time.perf_counter()
        if self.progress:
            self.progress(stage)

    def stop(self, stage: str) -> None:
        """Note the seconds since the stage began."""
        self.seconds[stage] = time.perf_counter() - self._last


def plan(
    portfolio: Portfolio,
    *,
    pins: Sequence[Pin] = (),
    gap: float = DEFAULT_GAP,
    time_limit: float | None = None,
    full: bool = True,
    progress: Progress | None = None,
) -> Plan:
    """The optimal plan of a portfolio.

    pins : decisions that are forced upon it.
    gap : relative gap at which the search for whole numbers ends, where offers are lumpy. [-]
    time_limit : of that search; the plan is then the best one found, and says its gap. Ctrl-C ends it likewise. [s]
    full : also the baselines but mining alone, reservation prices, and why what is rejected was rejected.
    progress : called with a few words before each stage, and during a search.

    Raises
    ------
    PinError : a pin forces what no plan of this portfolio could do.
    InfeasiblePlanError : the limits cannot hold together; the error says which.
    SolverError : no optimal answer. CertificateError : the answer failed its recomputation.
    """
    watch = Stopwatch(progress)
    watch.start("checking the solver")
    refuse_wrong_solver()
    watch.start("preparing the numbers")
    p = build_parameters(portfolio, pins)
    watch.stop("parameters")
    watch.start("building the programme")
    matrices = compile_parameters(p)
    watch.stop("model")
    watch.start("optimising")
    cash = ScenarioCash.of(p)
    session = new_session(matrices, gap, time_limit, progress, cash)
    tail = Tail.of(p)
    solution = solve_plan(session, p, tail)
    watch.stop("solve")
    # With the rows of the worst share that the plan needs; baselines may need more of them.
    matrices, shares = session.matrices, None if tail is None else np.array(tail.weights)
    months = None if cash is None else stored_rows(cash.added, p.horizon.months)
    cases: dict[str, LpSolution | None] = {"plan": solution}
    if full:
        watch.start("solving the baselines")
        for name, case in solve_baselines(session, p, solution, tail).items():
            cases[name] = case and in_merit_order(p, matrices, case)
        watch.stop("baselines")
    prices, why_not, rules = {}, None, None
    session.broken_rows = None  # what is left are questions about this plan
    around = solution.for_rows(session.matrices.row_lower.size)
    if full and p.capital is not None:
        watch.start("pricing the rules about money")
        rules = rules_frame(session, p, around)
        watch.stop("rules")
    if full and tail is None:
        watch.start("finding reservation prices")
        prices = reservations(session, p, around)
        watch.stop("reservation prices")
        watch.start("asking why not")
        why_not = why_not_frame(session, p, around, prices)
        watch.stop("why not")
    watch.start("writing up the plan")
    frames = make_frames(p, matrices, cases, prices, why_not, shares, rules)
    summary = make_summary(p, frames, cases, net_cash(p, matrices, cases.get("mining_only")))
    watch.stop("frames")
    watch.start("proving the plan")
    tree = prove_whole_numbers(matrices, solution) if full else None
    proof = Proof(matrices, solution.x, solution.row_dual, tree, shares, months)
    certificate = make_certificate(portfolio, frames, summary, proof, lived_frames(p, matrices, solution.x))
    watch.stop("certificate")
    if not certificate["passed"]:
        raise CertificateError(failure_of(certificate))
    return Plan(
        portfolio=portfolio,
        status=summary["status"],
        frames=frames,
        summary=summary,
        certificate=certificate,
        manifest=make_manifest(watch.seconds, matrices, solution, summary, {"gap": gap, "time_limit": time_limit}),
        proof=proof,
    )


def new_session(
    matrices: Matrices,
    gap: float = DEFAULT_GAP,
    time_limit: float | None = None,
    progress: Progress | None = None,
    cash: ScenarioCash | None = None,
) -> Session:
    """A programme held by a solver whose searches, if it needs any, end at this gap or limit.

    cash : the rows of scenarios that are added when they are broken.
    """
    session = Session(matrices)
    session.broken_rows = None if cash is None else cash.rows
    if session.search is not None:
        session.search.gap, session.search.time_limit, session.search.progress = gap, time_limit, progress
    return session


def solve_plan(session: Session, p: Parameters, tail: Tail | None = None) -> LpSolution:
    """The optimal plan of a programme, its loads in merit order.

    Raises
    ------
    InfeasiblePlanError : the limits cannot hold together; the error says which, and what the smallest repair is.
    """
    try:
        solution = settled_plan(session, p, tail)
        return in_merit_order(p, session.matrices, solution)
    except InfeasiblePlanError as error:
        raise InfeasiblePlanError(explain(p, session.matrices) or error.clashes) from None


def make_frames(
    p: Parameters,
    matrices: Matrices,
    cases: dict[str, LpSolution | None],
    prices: dict[str, Reservation],
    why_not: pd.DataFrame | None = None,
    shares: FloatArray | None = None,
    rules: pd.DataFrame | None = None,
) -> Frames:
    """The tables of the plan; `cases` holds the plan's solution and those of the baselines.

    shares : weights of the scenarios in every row of the worst share; None where none counts.
    """
    solution = cases["plan"]
    assert solution is not None  # the plan itself exists, or planning has ended with an error
    operations = Operations.of(p, matrices, solution.x)
    by_case = {
        case: terms_by_site(p, Operations.of(p, matrices, found.x))
        for case, found in cases.items()
        if found is not None
    }
    lines = cash_lines(p, operations)
    ledger = Ledger.of(p, matrices, solution.x, operations)
    added = np.zeros_like(p.capacity_mw) if ledger is None else ledger.added_mw(len(p.sites))
    measure = None if shares is None else scenario_weights(p, matrices, solution, shares)
    shadow = shadow_prices_frame(p, matrices, solution, measure)
    return Frames(
        allocation=allocation_frame(p, operations, added),
        fleets=fleets_frame(p, operations),
        cashflow=with_capital_lines(cashflow_frame(p, lines), ledger),
        contracts=contracts_frame(p, operations, prices),
        shadow_prices=shadow,
        sites=sites_frame(p, operations, by_case["plan"], lines["capex"], shadow),
        limits=limits_frame(p, matrices, solution),
        terms=terms_frame(by_case, capital_terms(p, matrices, cases)),
        hours=hours_frame(p, operations),
        power=power_frame(p, operations, lines),
        why_not=pd.DataFrame(columns=list(SCHEMAS["why_not"])) if why_not is None else why_not,
        programmes=programmes_frame(p, operations),
        scenarios=scenarios_frame(p, matrices, solution.x, measure),
        capital=capital_frame(ledger),
        machines=machines_frame(p, ledger),
        cash=cash_frame(p, matrices, solution, ledger),
        debt=debt_frame(ledger),
        statements=statements_frame(p, ledger, lines),
        rules=empty("rules") if rules is None else rules,
    )


def capital_terms(
    p: Parameters, matrices: Matrices, cases: dict[str, LpSolution | None]
) -> dict[str, dict[str, float]]:
    """NPV of every term of capital in the plan and in the baselines that exist; nothing without capital. [USD]"""
    found = {}
    for case, solution in cases.items():
        if p.capital is None or solution is None:
            continue
        ledger = Ledger.of(p, matrices, solution.x, Operations.of(p, matrices, solution.x))
        if ledger is not None:
            found[case] = ledger.npv_usd()
    return found


def scenarios_frame(p: Parameters, matrices: Matrices, x: FloatArray, measure: FloatArray | None) -> pd.DataFrame:
    """NPV of a plan in every scenario.

    measure : weight of every scenario in the objective; the probabilities when absent. [-]
    """
    probability = p.scenarios.probability
    npv_usd_m = scenario_npv_usd_m(p, matrices, x)
    columns = p.scenarios.names, probability, probability if measure is None else measure, npv_usd_m * USD_PER_USD_M
    return pd.DataFrame(dict(zip(SCHEMAS["scenarios"], columns, strict=True)))


def terms_frame(by_case: dict[str, dict[str, FloatArray]], capital: dict[str, dict[str, float]]) -> pd.DataFrame:
    """NPV of every objective term in the plan and in the baselines that exist, those of capital last. [USD]"""
    rows = []
    for case, terms in by_case.items():
        rows += [(case, term, float(terms[term].sum())) for term in TERMS]
        rows += [(case, term, capital[case][term] + 0.0) for term in (CAPITAL_TERMS if case in capital else ())]
    return pd.DataFrame(rows, columns=list(SCHEMAS["terms"]))


def sites_frame(
    p: Parameters, operations: Operations, terms: dict[str, FloatArray], capex: FloatArray, shadow: pd.DataFrame
) -> pd.DataFrame:
    """One row per site: its value, its use and the hashprices at which that would change."""
    occupied = operations.gross_mw(p, np.maximum(0, p.starts.tau), p.starts.release)
    ai = np.zeros((len(p.sites), p.horizon.months))
    np.add.at(ai, p.starts.site[operations.starts], occupied)
    mining = np.zeros_like(ai)
    np.add.at(mining, p.fleet_site, operations.mining.mining_mw)
    prices = shadow["usd_per_mw_month"].to_numpy().reshape(p.horizon.months, len(p.sites))
    columns: tuple[Any, ...] = (
        [site.id for site in p.sites],
        [site.region for site in p.sites],
        [site.capacity_mw for site in p.sites],
        sum(terms.values()),
        0.0 - capex.sum(axis=1),
        ai.max(axis=1),
        mining.mean(axis=1),
        prices.mean(axis=0),
        breakeven_hashprice(p),
        flip_hashprice(p),
    )
    return pd.DataFrame(dict(zip(SCHEMAS["sites"], columns, strict=True)))


def failure_of(certificate: dict[str, Any]) -> str:
    """Which checks failed and where, in one message."""
    failed = [
        f"{check['name']} = {check['value']} (tolerance {check['tolerance']}) at {check['where']}"
        for check in certificate["checks"]
        if not check["passed"]
    ]
    return "the answer failed its certificate: " + "; ".join(failed)


def make_manifest(
    seconds: dict[str, float],
    matrices: Matrices,
    solution: LpSolution,
    summary: dict[str, Any],
    request: dict[str, float | None],
) -> dict[str, Any]:
    """How the plan was made. Seconds are the only part that differs between two runs.

    request : what was asked of the search; pins are in the summary.
    """
    return {
        "program": f"wattsplit {VERSION}",
        "solver": solver_version(),
        "solver_options": dict(OPTIONS),
        "python": platform.python_version(),
        "pyomo": pyomo.version.version,
        "status": summary["status"],
        "random_seed": OPTIONS["random_seed"],
        "request": request,
        "columns": matrices.cost.size,
        "whole_number_columns": int(matrices.integer.sum()),
        "rows": matrices.row_lower.size,
        "nonzeros": int(matrices.a.nnz),
        "simplex_iterations": solution.iterations,
        "seconds": dict(seconds),
    }


def net_cash(p: Parameters, matrices: Matrices, solution: LpSolution | None) -> FloatArray | None:
    """Undiscounted net cash flow of a solution by month. [USD]"""
    if solution is None:
        return None
    operations = Operations.of(p, matrices, solution.x)
    ledger = Ledger.of(p, matrices, solution.x, operations)
    own = np.zeros(p.horizon.months) if ledger is None else ledger.own_usd
    return np.asarray(sum(flow.sum(axis=0) for flow in cash_lines(p, operations).values()) + own)
