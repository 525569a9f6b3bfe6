"""What capital adds to the time of a plan, and how it grows: `python -m benchmarks.capital`.

The bundled portfolio north-america with its tables of machines, sites, loans, shares, coin, tax and cash against the
same portfolio without them, in turn and in one process. Exits with 1 when a requirement is not met.
"""

from __future__ import annotations

import os
import sys
import time
from statistics import median

from benchmarks.command import PORTFOLIO
from benchmarks.run import Requirement, verdict
from optimizer import plan
from sites import load_portfolio
from sites.bundled import portfolio_path
from sites.portfolio import Portfolio

REPETITIONS = 3
MOST_TIMES = 3.0


def seconds(portfolio: Portfolio) -> tuple[float, dict[str, float]]:
    """Processor seconds of a plan, and its stages on the wall. [s]"""
    began = time.process_time()
    stages = plan(portfolio).manifest["seconds"]
    return time.process_time() - began, stages


def main() -> int:
    """Measure and judge."""
    given = load_portfolio(portfolio_path(PORTFOLIO))
    bare = given.without_capital()
    plan(bare, full=False)  # what is imported and read once
    runs = [(seconds(bare), seconds(given)) for _ in range(REPETITIONS)]
    without, whole = (median(run[side][0] for run in runs) for side in (0, 1))
    print(f"{PORTFOLIO}, {os.cpu_count()} cores, median of {REPETITIONS} runs, processor seconds")
    print(f"  without capital {without:.2f} s, with capital {whole:.2f} s")
    for stage, took in runs[-1][1][1].items():
        print(f"    {stage}: {runs[-1][0][1].get(stage, 0.0):.2f} s without, {took:.2f} s with")
    times = whole / without
    what = f"a plan with capital takes at most {MOST_TIMES:g} times one without"
    return verdict([Requirement(what, f"{times:.2f}", times <= MOST_TIMES)])


if __name__ == "__main__":
    sys.exit(main())
