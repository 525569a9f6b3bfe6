"""Plans written for the tests of comparisons, without files for people."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optimizer.planning import plan
from reports.files import write_report
from reports.options import ReportOptions
from sites.portfolio import Portfolio

MADE = datetime(2026, 11, 24, 12, tzinfo=UTC)


def written(folder: Path, portfolio: Portfolio, **options: Any) -> Path:
    """A folder with the plan of a portfolio; options are those of `plan`."""
    return write_report(plan(portfolio, **options), folder, options=ReportOptions(formats=(), created=MADE))
