"""A comparison of plans on disk: the page, the workbook, the figures as JSON, and every table as CSV."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reports.compare import FRAMES, compare_json, headline, plans_table
from reports.compare_tables import (
    bridge_table,
    capital_table,
    inputs_table,
    order_table,
    sites_table,
    starts_table,
    years_table,
)
from reports.csv_table import table_csv
from reports.display import Table
from reports.file_set import check_set, write_set

if TYPE_CHECKING:
    from optimizer.comparing import Comparison

PAGE, WORKBOOK, SUMMARY = "compare.html", "compare.xlsx", "summary.json"
NAMES = (PAGE, WORKBOOK, SUMMARY, *(f"{name}.csv" for name in FRAMES))
_COMMAND = "compare"
# Told of plans that do not say when they were made.
_UNKNOWN = datetime(2000, 1, 1, tzinfo=UTC)


def check_compare_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a comparison can be written to `target`.

    target : a file ending in .html, .xlsx or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, NAMES, command=_COMMAND, force=force)


def write_comparison(found: Comparison, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_compare_target`, and when the disk fills up. What stood there before is untouched then.
    """
    from reports.compare_page import compare_html

    contents: dict[str, Callable[[], bytes]] = {
        PAGE: lambda: compare_html(found).encode(),
        WORKBOOK: lambda: compare_workbook(found),
        SUMMARY: lambda: f"{compare_json(found)}\n".encode(),
    }
    for name in FRAMES:
        contents[f"{name}.csv"] = _csv_of(found, name)
    write_set(target, contents, command=_COMMAND, force=force)


def compare_workbook(found: Comparison) -> bytes:
    """The comparison as a workbook, dated with the latest of its plans; equal results give equal bytes."""
    from reports.workbook_tables import tables_workbook

    def each(*makers: Callable[[Comparison, str], Table]) -> list[Table]:
        return [make(found, plan) for plan in found.others for make in makers]

    bridges = [("Bridge", [*each(bridge_table), order_table(found)])] if found.bridged else []
    sheets = [
        ("Plans", [plans_table(found)]),
        ("Inputs", each(inputs_table)),
        *bridges,
        ("Decisions", each(starts_table, capital_table)),
        ("Megawatts", each(sites_table, years_table)),
    ]
    return tables_workbook(sheets, title=headline(found), created=_made(found))


def _made(found: Comparison) -> datetime:
    """When the latest of the plans was written."""
    times = []
    for told in found.plans["created"]:
        try:
            made = datetime.fromisoformat(str(told))
        except ValueError:
            continue
        times.append(made if made.tzinfo else made.replace(tzinfo=UTC))
    return max(times, default=_UNKNOWN)


def _csv_of(found: Comparison, name: str) -> Callable[[], bytes]:
    return lambda: table_csv(getattr(found, name)).encode()
