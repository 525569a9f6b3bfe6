"""Hourly power prices on disk: the page, the picture, and every table as CSV."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from reports.file_set import check_set, write_set
from reports.power import CSV_TABLES, PowerReport

PAGE, PICTURE = "power.html", "power.png"
_NAMES = (PAGE, PICTURE, *(f"{name}.csv" for name in CSV_TABLES))
_COMMAND = "power"


def check_power_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that the prices can be written to `target`.

    target : a file ending in .html, .png or .csv (the first table), or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_power(report: PowerReport, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_power_target`, and when the disk fills up. What stood there before is untouched then.
    """
    from reports.power_page import power_html, power_png

    tables = {f"{name}.csv": partial(_encoded, table, report) for name, table in CSV_TABLES.items()}
    contents = {PAGE: partial(_encoded, power_html, report), PICTURE: partial(power_png, report), **tables}
    write_set(target, contents, command=_COMMAND, force=force)


def _encoded(text: Callable[[PowerReport], str], report: PowerReport) -> bytes:
    return text(report).encode()
