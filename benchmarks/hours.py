"""Hours as variables against hours reduced: `python -m benchmarks.hours [YEARS [LIMIT]]`.

The same portfolio, with hourly prices and every kind of power contract, once with every hour in the programme (linopy,
straight into HiGHS) and once as we plan it: 10 sites over one year and over YEARS. A peer that takes longer than LIMIT
seconds on the wall is ended, and its time counts as the limit. Exits with 1 when a requirement is not met.
"""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.measure import Measurement, run_module
from benchmarks.run import Requirement, comparable, total, verdict
from benchmarks.stages import COMMON_STAGES, OWN_STAGES

SITES = 10
LARGE_SITES, LARGE_YEARS = 20, 10
DEFAULT_YEARS, DEFAULT_LIMIT_S = 1, 3600.0

SAME_OPTIMUM = 1e-6
LEAST_RATIO = {1: 20.0}
LEAST_RATIO_LARGEST = 100.0
MOST_LARGE_S, MOST_LARGE_MB = 30.0, 1000.0


def ours(sites: int, years: int) -> Measurement:
    """Our plan of the portfolio, its tables included."""
    return run_module("benchmarks.hours_case", "wattsplit", str(sites), str(years))


def compare(years: int, limit_s: float) -> list[Requirement]:
    """Both ways over some years, and what must hold of them."""
    own = ours(SITES, years)
    least = LEAST_RATIO.get(years, LEAST_RATIO_LARGEST)
    what = f"{SITES} sites x {years} years at least {least:g} times quicker than with every hour"
    print_run("wattsplit", own)
    try:
        peer = run_module("benchmarks.hours_case", "hourly", str(SITES), str(years), limit_s=limit_s)
    except subprocess.TimeoutExpired:
        ratio = limit_s / comparable(own)
        print(f"every hour   not solved within {limit_s:g} s on the wall")
        return [Requirement(what, f"more than {ratio:.0f} times, the peer unfinished", ratio >= least)]
    print_run("every hour", peer)
    ratio = comparable(peer) / comparable(own)
    difference = abs(peer.npv_usd_m - own.npv_usd_m) / max(1.0, abs(own.npv_usd_m))
    return [
        Requirement(what, f"{ratio:.0f} times", ratio >= least),
        Requirement(f"the same optimum to {SAME_OPTIMUM:g}", f"{difference:.1e}", difference <= SAME_OPTIMUM),
    ]


def print_run(name: str, run: Measurement) -> None:
    """One line: seconds from the tables to the optimum, memory and size."""
    size = f"{run.rows} rows, {run.columns} columns, {run.nonzeros} nonzeros"
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in run.seconds.items())
    print(f"{name:12} {comparable(run):8.2f} s {run.peak_mb:6.0f} MB  {size}  ({stages})")


def large_plan() -> list[Requirement]:
    """A portfolio whose hours would be 7 million variables, planned with its tables and reservation prices."""
    run = ours(LARGE_SITES, LARGE_YEARS)
    seconds = total(run, (*COMMON_STAGES, *OWN_STAGES))
    print_run("wattsplit", run)
    what = f"{LARGE_SITES} sites x {LARGE_YEARS} years x 4 fleets, with the plan's tables"
    return [
        Requirement(f"{what}, in at most {MOST_LARGE_S:g} s", f"{seconds:.1f} s", seconds <= MOST_LARGE_S),
        Requirement(f"{what}, under {MOST_LARGE_MB:g} MB", f"{run.peak_mb:.0f} MB", run.peak_mb < MOST_LARGE_MB),
    ]


def main(years: int = DEFAULT_YEARS, limit_s: float = DEFAULT_LIMIT_S) -> int:
    """Run everything and say what holds."""
    print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; processor seconds")
    requirements: list[Requirement] = []
    for span in sorted({1, years}):
        print(f"\n{SITES} sites, {span} years")
        requirements += compare(span, limit_s)
    print(f"\n{LARGE_SITES} sites, {LARGE_YEARS} years")
    requirements += large_plan()
    return verdict(requirements)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
