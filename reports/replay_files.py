"""A replay on disk: the page, the picture, and the tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.file_set import check_set, write_set
from reports.replay import decisions_csv, months_csv, replay_json, values_csv

if TYPE_CHECKING:
    from optimizer.replaying import Replay

PAGE, PICTURE, MONTHS, RECORD = "replay.html", "replay.png", "replay.csv", "replay.json"
DECISIONS, VALUES = "replay_decisions.csv", "replay_values.csv"
_NAMES = (PAGE, PICTURE, MONTHS, RECORD, DECISIONS, VALUES)
_COMMAND = "replay"


def check_replay_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a replay can be written to `target`.

    target : a file ending in .html, .png, .csv or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_replay(replay: Replay, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_replay_target`, and when the disk fills up. What stood there is untouched then.
    """
    from reports.replay_page import replay_html, replay_png

    contents = {
        PAGE: lambda: replay_html(replay).encode(),
        PICTURE: lambda: replay_png(replay),
        MONTHS: lambda: months_csv(replay).encode(),
        RECORD: lambda: replay_json(replay).encode(),
        DECISIONS: lambda: decisions_csv(replay).encode(),
        VALUES: lambda: values_csv(replay).encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
