"""All benchmarks in one run, each requirement with its figure: `python -m benchmarks.run`.

Exits with 1 when a requirement is not met.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from math import log

from benchmarks.command import PORTFOLIO, import_seconds, plan_seconds
from benchmarks.measure import Case, Measurement, middle, run_case
from benchmarks.stages import COMMON_STAGES, OVERHEAD_STAGES, OWN_STAGES

# Sites and how often each size is repeated; the largest is the dearest.
SIZES = {50: 3, 200: 3, 500: 2}
PEER_SITES = 200
AI_SHARE_MAX = 0.8
AI_SHARE_REPETITIONS = 1
COMMAND_REPETITIONS = 3

SAME_OPTIMUM = 1e-9
MOST_OVERHEAD = 1.0
MOST_GROWTH = 1.15
MOST_PLAN_S, MOST_IMPORT_S = 10.0, 1.0


@dataclass(frozen=True)
class Requirement:
    """Something the benchmarks must show."""

    what: str
    figure: str
    met: bool

    def __str__(self) -> str:
        """Its line in the account."""
        return f"{'PASS' if self.met else 'FAIL'}  {self.what}: {self.figure}"


def verdict(requirements: list[Requirement]) -> int:
    """Print what holds; the exit code of the benchmark."""
    print("\nrequirements")
    for requirement in requirements:
        print(requirement)
    return 0 if all(requirement.met for requirement in requirements) else 1


def alternate(cases: list[Case], repetitions: int) -> list[Measurement]:
    """Run cases in turn, A B C A B C, and take the median of each."""
    runs: list[list[Measurement]] = [[] for _ in cases]
    for _ in range(repetitions):
        for case, done in zip(cases, runs, strict=True):
            done.append(run_case(case))
    return [middle(done) for done in runs]


def total(run: Measurement, stages: tuple[str, ...]) -> float:
    """Seconds of some stages together. [s]"""
    return sum(run.seconds[stage] for stage in stages)


def overhead(run: Measurement) -> float:
    """Seconds outside HiGHS. [s]"""
    return total(run, OVERHEAD_STAGES)


def print_stages(runs: dict[int, Measurement]) -> None:
    """One line per size."""
    stages = (*COMMON_STAGES, *OWN_STAGES)
    print("\n(a) stages of a plan [processor seconds, median of fresh processes]")
    print("sites" + "".join(f"{stage:>12}" for stage in stages) + f"{'overhead':>12}{'/ HiGHS':>9}{'wall':>8}{'MB':>7}")
    for sites, run in runs.items():
        cells = "".join(f"{run.seconds[stage]:12.3f}" for stage in stages)
        ratio = overhead(run) / run.seconds["highs"]
        print(f"{sites:5}{cells}{overhead(run):12.3f}{ratio:9.2f}{run.wall:8.1f}{run.peak_mb:7.0f}")
    for sites, run in runs.items():
        print(f"{sites:5} sites: {run.rows} rows, {run.columns} columns, {run.nonzeros} nonzeros")


def print_peers(title: str, cases: list[Case], runs: list[Measurement]) -> None:
    """One line per peer, the first being ours."""
    own = comparable(runs[0])
    print(f"\n{title} [processor seconds]")
    print(f"{'peer':12}{'total':>8}{'/ ours':>8}{'MB':>6}{'rows':>8}{'columns':>9}{'nonzeros':>10}  by stage")
    for case, run in zip(cases, runs, strict=True):
        size = f"{run.rows:8}{run.columns:9}{run.nonzeros:10}"
        stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in run.seconds.items())
        seconds = comparable(run)
        print(f"{case.peer:12}{seconds:8.2f}{seconds / own:8.2f}{run.peak_mb:6.0f}{size}  {stages}")
    complete = total(runs[0], (*COMMON_STAGES, *OWN_STAGES))
    print(f"total: tables to optimum and columns; wattsplit with tie-break and tables of the plan: {complete:.2f}")


def comparable(run: Measurement) -> float:
    """Seconds of what all peers do: from the tables to the optimum and its columns. [s]"""
    return sum(seconds for stage, seconds in run.seconds.items() if stage not in OWN_STAGES)


def same_optimum(cases: list[Case], runs: list[Measurement]) -> list[Requirement]:
    """Every peer must find our optimum."""
    own = runs[0].npv_usd_m
    found = []
    for case, run in zip(cases[1:], runs[1:], strict=True):
        difference = abs(run.npv_usd_m - own) / max(1.0, abs(own))
        limited = "" if case.ai_share_max is None else f" with ai_share_max = {case.ai_share_max:g}"
        what = f"optimum of {case.peer}{limited} equals ours to {SAME_OPTIMUM:g}"
        found.append(Requirement(what, f"{difference:.1e}", difference <= SAME_OPTIMUM))
    return found


def compare_peers() -> tuple[Measurement, list[Requirement]]:
    """(b): the peers, without and with a limit that looks at every month; also our own run among them."""
    cases = [Case(peer, PEER_SITES) for peer in ("wattsplit", "linopy", "pyomo")]
    runs = alternate(cases, SIZES[PEER_SITES])
    print_peers(f"(b) the same programme, {PEER_SITES} sites, in turn", cases, runs)
    own, linopy = comparable(runs[0]), comparable(runs[1])
    quicker = Requirement("total at most linopy's", f"{own:.2f} s against {linopy:.2f} s", own <= linopy)
    shared = [Case(peer, PEER_SITES, AI_SHARE_MAX) for peer in ("wattsplit", "linopy")]
    shared_runs = alternate(shared, AI_SHARE_REPETITIONS)
    print_peers(f"    the same with ai_share_max = {AI_SHARE_MAX:g}: no months merge", shared, shared_runs)
    return runs[0], [quicker, *same_optimum(cases, runs), *same_optimum(shared, shared_runs)]


def stage_requirements(runs: dict[int, Measurement]) -> list[Requirement]:
    """What must hold of our own stages."""
    ratios = {sites: overhead(run) / run.seconds["highs"] for sites, run in runs.items()}
    least, most = min(runs), max(runs)
    growth = log(overhead(runs[most]) / overhead(runs[least])) / log(most / least)
    figures = ", ".join(f"{ratio:.2f} at {sites}" for sites, ratio in ratios.items())
    return [
        Requirement(f"overhead at most {MOST_OVERHEAD:g} x HiGHS", figures, max(ratios.values()) <= MOST_OVERHEAD),
        Requirement(f"overhead grows at most as n^{MOST_GROWTH:g}", f"n^{growth:.2f}", growth <= MOST_GROWTH),
    ]


def command_requirements() -> list[Requirement]:
    """(d): the command as a user runs it."""
    plan, imports = plan_seconds(COMMAND_REPETITIONS), import_seconds(COMMAND_REPETITIONS)
    print(f"\n(d) the command [seconds on the wall, quickest of {COMMAND_REPETITIONS}]")
    print(f"wattsplit plan {PORTFOLIO}, with report: {plan:.2f}; imports alone: {imports:.2f}")
    return [
        Requirement(f"wattsplit plan {PORTFOLIO} under {MOST_PLAN_S:g} s", f"{plan:.2f} s", plan < MOST_PLAN_S),
        Requirement(f"imports under {MOST_IMPORT_S:g} s", f"{imports:.2f} s", imports < MOST_IMPORT_S),
    ]


def main() -> int:
    """Run everything and say what holds."""
    print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; every case in a process of its own")
    command = command_requirements()
    own, peer_requirements = compare_peers()
    alone = {sites: alternate([Case("wattsplit", sites)], SIZES[sites])[0] for sites in SIZES if sites != PEER_SITES}
    runs = dict(sorted({**alone, PEER_SITES: own}.items()))
    print_stages(runs)
    print("\n(c) peak memory: column MB, of the whole process")
    requirements = [*peer_requirements, *stage_requirements(runs), *command]
    return verdict(requirements)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main())
