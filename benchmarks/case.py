"""One case in this process: `python -m benchmarks.case PEER SITES [AI_SHARE_MAX]` prints its figures as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Any

from benchmarks.instance import tables
from benchmarks.measure import Answer, Clock, Measurement

PEERS = {
    "wattsplit": "benchmarks.stages",
    "linopy": "benchmarks.linopy_peer",
    "pyomo": "benchmarks.pyomo_peer",
}

# A first, tiny plan pays for imports and caches, which are measured elsewhere.
WARM_UP_SITES = 2


def solver_of(peer: str) -> Callable[[dict[str, Any], Clock], Answer]:
    """The function by which a peer solves a portfolio; imports nothing of the other peers."""
    solve: Callable[[dict[str, Any], Clock], Answer] = import_module(PEERS[peer]).solve
    return solve


def case_tables(sites: int, ai_share_max: float | None) -> dict[str, Any]:
    """The benchmark's portfolio of that size, with a limit on the AI share if one is given."""
    given = tables(sites)
    if ai_share_max is not None:
        given["limits"]["ai_share_max"] = ai_share_max
    return given


def main(peer: str, sites: str, ai_share_max: str = "") -> None:
    """Solve and print."""
    solve, share = solver_of(peer), float(ai_share_max) if ai_share_max else None
    solve(case_tables(WARM_UP_SITES, share), Clock())
    given, clock = case_tables(int(sites), share), Clock()
    begin = time.perf_counter()
    answer = solve(given, clock)
    print(json.dumps(asdict(Measurement.of(clock, time.perf_counter() - begin, answer))))


if __name__ == "__main__":
    main(*sys.argv[1:])
