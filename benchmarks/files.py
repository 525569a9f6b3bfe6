"""What the files for people cost beside the plan, and how large they get: `python -m benchmarks.files`.

50 sites over 15 years, planned with everything that the report tells, then rendered as page, PDF and workbook in the
same process. Exits with 1 when a requirement is not met.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks.instance import tables
from benchmarks.run import Requirement, verdict
from optimizer import plan
from reports.html import render_html
from reports.options import ReportOptions
from reports.pdf import render_pdf
from reports.plan_workbook import render_workbook
from sites import Portfolio

SITES, MONTHS = 50, 180
MOST_MEGABYTES = 15.0
MOST_OF_PLAN = 3.0
OPTIONS = ReportOptions(created=datetime(2026, 1, 1, tzinfo=UTC))


def timed(work: Callable[[], bytes]) -> tuple[float, int]:
    """Processor seconds and bytes. [s, bytes]"""
    began = time.process_time()
    made = work()
    return time.process_time() - began, len(made)


def main() -> int:
    """Measure and judge."""
    given = tables(SITES)
    given["settings"] = {**given["settings"], "months": MONTHS}
    portfolio = Portfolio.from_tables(given)
    began = time.process_time()
    found = plan(portfolio)
    planned = time.process_time() - began
    runs = {
        "report.html": timed(lambda: render_html(found, OPTIONS).encode()),
        "report.pdf": timed(lambda: render_pdf(found, OPTIONS)),
        "plan.xlsx": timed(lambda: render_workbook(found, created=OPTIONS.day)),
    }
    print(f"{SITES} sites, {MONTHS} months, {os.cpu_count()} cores, processor seconds; the plan takes {planned:.2f} s")
    for name, (seconds, size) in runs.items():
        print(f"  {name}: {seconds:.2f} s, {size / 1e6:.2f} MB")
    largest = max(size for _, size in runs.values()) / 1e6
    together = sum(seconds for seconds, _ in runs.values()) / planned
    return verdict(
        [
            Requirement(f"no file is larger than {MOST_MEGABYTES:g} MB", f"{largest:.2f}", largest <= MOST_MEGABYTES),
            Requirement(
                f"all files take at most {MOST_OF_PLAN:g} times the plan", f"{together:.2f}", together <= MOST_OF_PLAN
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
