"""A sweep on disk: the page, the picture, and the tables for machines."""

from __future__ import annotations

from pathlib import Path

from reports.file_set import check_set, write_set
from reports.sweep import SweepReport
from reports.sweep_tables import cells_csv, contracts_csv

PAGE, PICTURE, CELLS, CONTRACTS = "sweep.html", "sweep.png", "sweep.csv", "sweep_contracts.csv"
_NAMES = (PAGE, PICTURE, CELLS, CONTRACTS)
_COMMAND = "sweep"


def check_sweep_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a sweep can be written to `target`.

    target : a file ending in .html, .png or .csv, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_sweep(report: SweepReport, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_sweep_target`, and when the disk fills up. What stood there before is untouched then.
    """
    from reports.sweep_page import sweep_html, sweep_png

    contents = {
        PAGE: lambda: sweep_html(report).encode(),
        PICTURE: lambda: sweep_png(report),
        CELLS: lambda: cells_csv(report.sweep).encode(),
        CONTRACTS: lambda: contracts_csv(report.sweep).encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
