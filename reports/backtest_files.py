"""A backtest on disk: the page, the picture, scores and every forecast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reports.backtest import backtest_json, forecasts_csv, scores_csv
from reports.file_set import check_set, write_set

if TYPE_CHECKING:
    from sites.market.backtest import Backtest

PAGE, PICTURE, SCORES, RECORD = "backtest.html", "backtest.png", "backtest.csv", "backtest.json"
FORECASTS = "backtest_forecasts.csv"
_NAMES = (PAGE, PICTURE, SCORES, RECORD, FORECASTS)
_COMMAND = "backtest"


def check_backtest_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that a backtest can be written to `target`.

    target : a file ending in .html, .png, .csv or .json, or a folder for all files.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    check_set(target, _NAMES, command=_COMMAND, force=force)


def write_backtest(backtest: Backtest, target: Path, *, force: bool = False) -> None:
    """Write the file that `target` names, or all files into a folder that appears complete or not at all.

    Raises
    ------
    OutputError : as `check_backtest_target`, and when the disk fills up. What stood there is untouched then.
    """
    from reports.backtest_page import backtest_html, backtest_png

    contents = {
        PAGE: lambda: backtest_html(backtest).encode(),
        PICTURE: lambda: backtest_png(backtest),
        SCORES: lambda: scores_csv(backtest).encode(),
        RECORD: lambda: backtest_json(backtest).encode(),
        FORECASTS: lambda: forecasts_csv(backtest).encode(),
    }
    write_set(target, contents, command=_COMMAND, force=force)
