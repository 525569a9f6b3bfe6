"""Many scenarios and their worst share, beside one scenario and the extensive form: `python -m benchmarks.scenarios`.

The bundled portfolio north-america without capital, with seeded random walks of hashprice, levels of power price and
delays of building; half of the objective is the mean of the worst twentieth. The extensive form writes the mining of
every scenario as columns of its own, with a shortfall for each scenario, and hands all of it to HiGHS at once; a
shorter one keeps only the shortfalls. Exits with 1 when a requirement is not met.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import dataclass, replace

import highspy
import numpy as np
import scipy.sparse as sp

from benchmarks.command import PORTFOLIO
from benchmarks.run import Requirement, verdict
from optimizer.compiling import compile_parameters
from optimizer.highs import load
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters, build_parameters
from optimizer.planning import new_session
from optimizer.tail import FAMILY, Tail, settled_plan
from sites import load_portfolio
from sites.bundled import portfolio_path
from sites.portfolio import Portfolio
from sites.scenarios import ScenarioPaths

SEED = 20260901
WEIGHT, ALPHA = 0.5, 0.05
# Monthly standard deviation of hashprice from May 2024 to July 2026, github.com/SecretSatoshis/Bitcoin-Report-Library.
HASHPRICE_SD = 0.107
POWER_SD = 0.15
HIGHEST_HASHPRICE = 1_900.0
LATEST_MONTHS = 3
SIZES = (1_250, 2_500, 5_000, 10_000)
AGAINST_EXTENSIVE = 500
EXTENSIVE_LIMIT_S = 240.0

MOST_SINGLE_PLANS, LEAST_SPEED_UP, SAME_SHARE = 5.0, 50.0, 1e-6
# Growth is linear when twice the scenarios take at most twice the time; a quarter more is the machine's noise.
MOST_GROWTH = 1.25
GIGABYTE, MOST_GIGABYTES = 1e9, 2.0


@dataclass(frozen=True)
class Run:
    """Seconds of the processor by stage [s], and the optimum [USD million]."""

    margins: float
    values: float
    model: float
    solve: float
    rounds: int
    optimum: float


def scenarios(portfolio: Portfolio, count: int) -> ScenarioPaths:
    """Equally likely paths around the portfolio's hashprice, each with a level of power prices and a delay."""
    chance, months = np.random.default_rng(SEED), portfolio.settings.months
    steps = chance.normal(0.0, HASHPRICE_SD, (count, months))
    walk = np.exp(np.cumsum(steps, axis=1) - 0.5 * HASHPRICE_SD**2 * np.arange(1, months + 1))
    power = np.exp(chance.normal(0.0, POWER_SD, (count, 1)))
    return ScenarioPaths(
        names=tuple(f"path {number}" for number in range(count)),
        probability=np.full(count, 1.0 / count),
        hashprice=np.minimum(portfolio.hashprice_by_month() * walk, HIGHEST_HASHPRICE),
        power_factor=np.repeat(power, months, axis=1),
        build_delay_months=chance.integers(0, LATEST_MONTHS + 1, count),
    )


def optimised(portfolio: Portfolio, paths: ScenarioPaths | None) -> tuple[Run, Parameters, Matrices]:
    """The plan's optimum, without tables, baselines or proofs; one scenario when no paths are given."""
    marks = [time.process_time()]
    p = build_parameters(portfolio, scenarios=paths)
    marks.append(time.process_time())
    if p.cvar_weight:
        _ = p.scenario_values
    marks.append(time.process_time())
    matrices = compile_parameters(p)
    marks.append(time.process_time())
    session, tail = new_session(matrices), Tail.of(p)
    solution = settled_plan(session, p, tail)
    marks.append(time.process_time())
    optimum = -session.matrices.objective(solution.x)
    return Run(*np.diff(marks).tolist(), 1 if tail is None else tail.rounds, optimum), p, matrices


def extensive_form(p: Parameters, matrices: Matrices, *, whole: bool) -> Matrices:
    """The same stochastic programme with all scenarios written out.

    whole : every scenario's mining as columns of its own, at most what is energised; else only its shortfall.
    """
    values, count, width = p.scenario_values, p.scenarios.count, matrices.cost.size
    kept = np.array([not name.startswith(FAMILY) for name in matrices.row_names])
    signed, mining, tail = (matrices.columns(name) for name in ("signed_mw", "mining_mw", "tail_usd_m"))
    blocks = p.blocks.fleet.size
    own = blocks if whole else 0
    level = sp.csr_matrix((np.ones(count), (np.arange(count), np.full(count, tail.start))), shape=(count, width))
    worth = sp.lil_matrix((count, width))
    worth[:, signed] = values.signed
    if not whole:
        worth[:, mining] = values.mining
    runs = sp.block_diag([sp.csr_matrix(row[None, :]) for row in values.mining]) if whole else None
    energised = sp.csr_matrix(
        (np.ones(blocks), (np.arange(blocks), np.arange(mining.start, mining.stop))), (blocks, width)
    )
    rows = [[matrices.a.tocsr()[kept], None, None], [worth.tocsr() - level, runs, sp.identity(count)]]
    lower = [matrices.row_lower[kept], -values.constant]
    upper = [matrices.row_upper[kept], np.full(count, np.inf)]
    if whole:
        rows.append([sp.vstack([-energised] * count), sp.identity(count * own), None])
        lower.append(np.full(count * own, -np.inf))
        upper.append(np.zeros(count * own))
    else:
        rows = [[row[0], row[2]] for row in rows]
    cost = matrices.cost.copy()
    run_cost = np.zeros(count * own)
    if whole:
        # The mean is earned by what runs, not by what is energised.
        cost[mining] = 0.0
        run_cost = -((1.0 - WEIGHT) * p.scenarios.probability[:, None] * values.mining).ravel()
    shortfall = WEIGHT / ALPHA * p.scenarios.probability
    most = np.concatenate([matrices.col_upper, np.tile(p.blocks.mw, count if whole else 0), np.full(count, np.inf)])
    columns = np.zeros(count * own + count)
    return replace(
        matrices,
        cost=np.concatenate([cost, run_cost, shortfall]),
        a=sp.csc_matrix(sp.bmat(rows)),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
        col_lower=np.concatenate([matrices.col_lower, columns]),
        col_upper=most,
        integer=np.zeros(most.size, dtype=np.bool_),
    )


def solved(programme: Matrices) -> tuple[float, float | None]:
    """Seconds of the processor that HiGHS takes by its own settings, and the optimum; None at the time limit."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("time_limit", EXTENSIVE_LIMIT_S)
    load(highs, programme)
    began = time.process_time()
    highs.run()
    seconds = time.process_time() - began
    done = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return seconds, -highs.getInfo().objective_function_value if done else None


def against_extensive(portfolio: Portfolio) -> list[Requirement]:
    """The cutting planes against the extensive form, in the same process."""
    run, p, matrices = optimised(portfolio, scenarios(portfolio, AGAINST_EXTENSIVE))
    print(
        f"{AGAINST_EXTENSIVE} scenarios: optimised in {run.solve:.2f} s, {run.rounds} solves, {run.optimum:,.6f} USD m"
    )
    found = []
    for name, whole in (("extensive form", True), ("extensive form of shortfalls only", False)):
        programme = extensive_form(p, matrices, whole=whole)
        seconds, optimum = solved(programme)
        size = f"{programme.cost.size:,} columns, {programme.row_lower.size:,} rows"
        value = "time limit" if optimum is None else f"{optimum:,.6f} USD m"
        print(f"{name}: {seconds:.1f} s, {size}, {value}; {seconds / run.solve:.0f} times as long")
        if optimum is not None:
            apart = abs(optimum - run.optimum) / abs(optimum)
            found.append(Requirement(f"same objective as the {name}", f"{apart:.1e}", apart <= SAME_SHARE))
        if whole:
            speed_up = seconds / run.solve
            what = f"at least {LEAST_SPEED_UP:g} times faster than the extensive form"
            found.append(Requirement(what, f"{speed_up:.0f}", speed_up >= LEAST_SPEED_UP))
    return found


def main() -> int:
    """Run everything and say what holds."""
    print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; processor seconds")
    given = load_portfolio(portfolio_path(PORTFOLIO)).without_capital()
    single = min((optimised(given, None)[0] for _ in range(3)), key=lambda run: run.solve)
    print(
        f"one scenario: margins {single.margins:.2f} s, model {single.model:.2f} s, optimised in {single.solve:.2f} s"
    )
    portfolio = replace(given, risk=given.risk.model_copy(update={"cvar_weight": WEIGHT, "cvar_alpha": ALPHA}))
    runs = {}
    for count in SIZES:
        run = runs[count] = optimised(portfolio, scenarios(portfolio, count))[0]
        print(
            f"{count:,} scenarios: margins {run.margins:.2f} s, values {run.values:.2f} s, model {run.model:.2f} s, "
            f"optimised in {run.solve:.2f} s with {run.rounds} solves"
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIGABYTE
    largest, smallest = runs[SIZES[-1]], runs[SIZES[0]]
    ratio = largest.solve / single.solve
    whole = [run.margins + run.values + run.solve for run in (largest, smallest)]
    growth = whole[0] / whole[1] / (SIZES[-1] / SIZES[0])
    requirements = [
        Requirement(
            f"{SIZES[-1]:,} scenarios optimised in at most {MOST_SINGLE_PLANS:g} times one",
            f"{ratio:.2f}",
            ratio <= MOST_SINGLE_PLANS,
        ),
        Requirement("growth no worse than linear", f"{growth:.2f} of it", growth <= MOST_GROWTH),
        Requirement(f"memory below {MOST_GIGABYTES:g} GB", f"{memory:.2f} GB", memory <= MOST_GIGABYTES),
        *against_extensive(portfolio),
    ]
    return verdict(requirements)


if __name__ == "__main__":
    sys.exit(main())
