"""The command as a user runs it: seconds by the clock on the wall for imports and for a whole plan."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import ROOT

PORTFOLIO = "north-america"

# What `wattsplit plan` imports before it has written its report.
IMPORTS = "import optimizer.cli.plan, sites, optimizer.planning, reports.files, reports.html, reports.terminal"

TIMED_IMPORTS = f"import time; begin = time.perf_counter(); {IMPORTS}; print(time.perf_counter() - begin)"


def _run(arguments: list[str], folder: Path) -> str:
    """Run Python on the checkout in another folder.

    Raises
    ------
    RuntimeError : it failed; the message holds what it wrote.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def import_seconds(repetitions: int) -> float:
    """Seconds that the imports of a plan take in a fresh process, the quickest of some. [s]"""
    return min(float(_run(["-c", TIMED_IMPORTS], ROOT)) for _ in range(repetitions))


def plan_seconds(repetitions: int) -> float:
    """Seconds of planning the bundled portfolio with its report, process start to end, the quickest of some. [s]"""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repetitions):
            begin = time.perf_counter()
            _run(["-m", "optimizer.cli", "plan", PORTFOLIO, "--out", "plan", "--force"], Path(folder))
            seconds.append(time.perf_counter() - begin)
    return min(seconds)
