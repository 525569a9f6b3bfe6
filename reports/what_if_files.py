"""A what-if on disk: the page, the summary, and every table as CSV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from reports.csv_table import table_csv
from reports.file_set import check_set, write_set
from reports.what_if import FRAMES, what_if_json

if TYPE_CHECKING:
    from optimizer.what_ifs import WhatIf

PAGE, SUMMARY = "whatif.html", "summary.json"
NAMES = (PAGE, SUMMARY, *(f"{name}.csv" for name in FRAMES))
_COMMAND = "whatif"


def check_what_if_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a what-if can be written to `target`.

    target : a file ending in .html or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, NAMES, command=_COMMAND, force=force)


def write_what_if(found: WhatIf, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_what_if_target`, and when the disk fills up. What stood there before is untouched then.
    """
    from reports.what_if_page import what_if_html

    contents: dict[str, Callable[[], bytes]] = {
        PAGE: lambda: what_if_html(found).encode(),
        SUMMARY: lambda: what_if_json(found).encode(),
    }
    for name in FRAMES:
        contents[f"{name}.csv"] = _csv_of(found, name)
    write_set(target, contents, command=_COMMAND, force=force)


def _csv_of(found: WhatIf, name: str) -> Callable[[], bytes]:
    return lambda: table_csv(getattr(found, name)).encode()
