"""A plan that waits on disk: the page, the picture, and the tables for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.file_set import check_set, write_set
from reports.waiting import decisions_csv, nodes_csv, values_csv, waiting_json

if TYPE_CHECKING:
    from optimizer.waiting.waiting import Waiting

PAGE, PICTURE, DECISIONS, RECORD = "waiting.html", "waiting.png", "waiting.csv", "waiting.json"
NODES, VALUES = "waiting_nodes.csv", "waiting_values.csv"
_NAMES = (PAGE, PICTURE, DECISIONS, RECORD, NODES, VALUES)
_COMMAND = "wait"


def check_waiting_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that the files can be written to `target`.

    target : a file ending in .html, .png, .csv or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_waiting(waiting: Waiting, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_waiting_target`, and when the disk fills up. What stood there is untouched then.
    """
    from reports.waiting_page import waiting_html, waiting_png

    contents = {
        PAGE: lambda: waiting_html(waiting).encode(),
        PICTURE: lambda: waiting_png(waiting),
        DECISIONS: lambda: decisions_csv(waiting).encode(),
        RECORD: lambda: f"{waiting_json(waiting)}\n".encode(),
        NODES: lambda: nodes_csv(waiting).encode(),
        VALUES: lambda: values_csv(waiting).encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
