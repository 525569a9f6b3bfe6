"""An efficient frontier on disk: the page, the picture, and the tables for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.file_set import check_set, write_set
from reports.frontier import contracts_csv, points_csv

if TYPE_CHECKING:
    from optimizer.efficient_frontier import Frontier

PAGE, PICTURE, POINTS, CONTRACTS = "frontier.html", "frontier.png", "frontier.csv", "frontier_contracts.csv"
_NAMES = (PAGE, PICTURE, POINTS, CONTRACTS)
_COMMAND = "frontier"


def check_frontier_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a frontier can be written to `target`.

    target : a file ending in .html, .png or .csv, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_frontier(frontier: Frontier, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_frontier_target`, and when the disk fills up. What stood there is untouched then.
    """
    from reports.frontier_page import frontier_html, frontier_png

    contents = {
        PAGE: lambda: frontier_html(frontier).encode(),
        PICTURE: lambda: frontier_png(frontier),
        POINTS: lambda: points_csv(frontier).encode(),
        CONTRACTS: lambda: contracts_csv(frontier).encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
