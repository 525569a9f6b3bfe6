"""A backtest on a terminal: the sentence and the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from reports.backtest import headline, periods, scores_table
from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain

if TYPE_CHECKING:
    from sites.market.backtest import Backtest


def print_backtest(backtest: Backtest, *, console: Console | None = None) -> None:
    """Print the backtest.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(plain("".join(phrase.text for phrase in headline(backtest))), soft_wrap=True)
    out.print()
    for period in periods(backtest):
        out.print(grid(scores_table(backtest, period)))
