"""A sensitivity on disk: the page, the picture, and the table for machines."""

from __future__ import annotations

from pathlib import Path

from reports.file_set import check_set, write_set
from reports.sensitivity import SensitivityReport, swings_csv

PAGE, PICTURE, SWINGS = "sensitivity.html", "sensitivity.png", "sensitivity.csv"
_NAMES = (PAGE, PICTURE, SWINGS)
_COMMAND = "sensitivity"


def check_sensitivity_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a sensitivity can be written to `target`.

    target : a file ending in .html, .png or .csv, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_sensitivity(report: SensitivityReport, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_sensitivity_target`, and when the disk fills up. What stood there is untouched then.
    """
    from reports.sensitivity_page import sensitivity_html, sensitivity_png

    contents = {
        PAGE: lambda: sensitivity_html(report).encode(),
        PICTURE: lambda: sensitivity_png(report),
        SWINGS: lambda: swings_csv(report.sensitivity).encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
