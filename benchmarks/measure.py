"""Measuring one case in a process of its own: seconds by stage, peak memory, what was solved."""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent

# Every peer gets one thread, so that its processor time is the time it takes on a quiet machine.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


@dataclass
class Clock:
    """Processor seconds by stage; other processes on the machine hardly move them."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside; garbage of the stage before is collected first, off the clock."""
        gc.collect()
        begin = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - begin


@dataclass(frozen=True)
class Answer:
    """What a peer solved.

    npv_usd_m : the optimum. [USD million]
    rows, columns, nonzeros : size of the programme.
    """

    npv_usd_m: float
    rows: int
    columns: int
    nonzeros: int


@dataclass(frozen=True)
class Case:
    """One case: who solves how many sites, and with which limit on the AI share (None: no such limit)."""

    peer: str
    sites: int
    ai_share_max: float | None = None


@dataclass(frozen=True)
class Measurement:
    """One run of a case.

    seconds : processor seconds by stage. wall : seconds of all stages by the clock on the wall.
    peak_mb : highest memory of the process. [MB]
    """

    seconds: dict[str, float]
    wall: float
    peak_mb: float
    npv_usd_m: float
    rows: int
    columns: int
    nonzeros: int

    @classmethod
    def of(cls, clock: Clock, wall: float, answer: Answer) -> Measurement:
        """Put the figures of this process together."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1.0 if sys.platform == "darwin" else 1024.0)
        return cls(dict(clock.seconds), wall, peak / 1e6, **asdict(answer))


def run_case(case: Case) -> Measurement:
    """Run a case in a fresh process; see `run_module`."""
    share = "" if case.ai_share_max is None else str(case.ai_share_max)
    return run_module("benchmarks.case", case.peer, str(case.sites), share)


def run_module(module: str, *arguments: str, limit_s: float | None = None) -> Measurement:
    """Run a module that prints a measurement, in a fresh process.

    limit_s : seconds on the wall after which the process is ended. [s]

    Raises
    ------
    RuntimeError : the process failed; the message holds what it wrote.
    subprocess.TimeoutExpired : the limit is reached.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **ONE_THREAD},
        capture_output=True,
        text=True,
        check=False,
        timeout=limit_s,
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr}")
    return Measurement(**json.loads(done.stdout.splitlines()[-1]))  # solvers may print a banner before


def middle(runs: list[Measurement]) -> Measurement:
    """The median of every figure over the repetitions of a case."""
    stages = {stage: median(run.seconds[stage] for run in runs) for stage in runs[0].seconds}
    first = runs[0]
    return Measurement(
        seconds=stages,
        wall=median(run.wall for run in runs),
        peak_mb=median(run.peak_mb for run in runs),
        npv_usd_m=first.npv_usd_m,
        rows=first.rows,
        columns=first.columns,
        nonzeros=first.nonzeros,
    )
