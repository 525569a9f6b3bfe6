"""A judgement on disk: the page, the picture, and the tables for machines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.file_set import check_set, write_set
from reports.judging import distribution_csv, judging_json, regret_csv, scenarios_csv, yearly_csv

if TYPE_CHECKING:
    from optimizer.judging.judging import Judgement

PAGE, PICTURE, SCENARIOS, RECORD = "judging.html", "judging.png", "judging.csv", "judging.json"
YEARLY, DISTRIBUTION, REGRET = "judging_yearly.csv", "judging_distribution.csv", "judging_regret.csv"
_NAMES = (PAGE, PICTURE, SCENARIOS, RECORD, YEARLY, DISTRIBUTION, REGRET)
_COMMAND = "judge"


def check_judging_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that the files can be written to `target`.

    target : a file ending in .html, .png, .csv or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_judging(judgement: Judgement, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_judging_target`, and when the disk fills up. What stood there is untouched then.
    """
    from reports.judging_page import judging_html, judging_png

    contents = {
        PAGE: lambda: judging_html(judgement).encode(),
        PICTURE: lambda: judging_png(judgement),
        SCENARIOS: lambda: scenarios_csv(judgement).encode(),
        RECORD: lambda: f"{judging_json(judgement)}\n".encode(),
        YEARLY: lambda: yearly_csv(judgement).encode(),
        DISTRIBUTION: lambda: distribution_csv(judgement).encode(),
        REGRET: lambda: regret_csv(judgement).encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
