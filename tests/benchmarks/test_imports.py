"""What a plan must not import: it would double the time to start."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measure import ROOT

COMPILE = """
import sys
from benchmarks.instance import portfolio
from optimizer.compiling import compile_portfolio
compile_portfolio(portfolio(1))
print("scipy.stats" in sys.modules)
"""


def test_planning_leaves_scipy_stats_alone() -> None:
    """Neither the imports nor Pyomo's compiler pull in scipy.stats, half a second that no plan needs."""
    done = subprocess.run([sys.executable, "-c", COMPILE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
