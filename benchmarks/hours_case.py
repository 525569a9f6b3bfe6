"""One hourly case in this process: `python -m benchmarks.hours_case PEER SITES YEARS` prints its figures as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module

from benchmarks.hourly_instance import hourly_tables
from benchmarks.measure import Answer, Clock, Measurement

PEERS = {"wattsplit": "benchmarks.stages", "hourly": "benchmarks.hourly_peer"}


def main(peer: str, sites: str, years: str) -> None:
    """Solve and print."""
    solve: Callable[..., Answer] = import_module(PEERS[peer]).solve
    small, small_prices = hourly_tables(1, 1)
    solve(small, Clock(), small_prices)  # a first, small plan pays for imports and caches
    tables, prices = hourly_tables(int(sites), int(years))
    clock, begin = Clock(), time.perf_counter()
    answer = solve(tables, clock, prices)
    print(json.dumps(asdict(Measurement.of(clock, time.perf_counter() - begin, answer))))


if __name__ == "__main__":
    main(*sys.argv[1:])
