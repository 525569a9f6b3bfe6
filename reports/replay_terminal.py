"""A replay on a terminal: the sentences, the plans, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from reports.replay import decisions_table, fan_words, headline, months_table, values_table
from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain

if TYPE_CHECKING:
    from optimizer.replaying import Replay


def print_replay(replay: Replay, *, console: Console | None = None) -> None:
    """Print the replay.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(plain("".join(phrase.text for phrase in headline(replay))), soft_wrap=True)
    out.print(plain(fan_words(replay)), soft_wrap=True)
    out.print()
    for table in (values_table(replay), decisions_table(replay), months_table(replay)):
        if not table.is_empty:
            out.print(grid(table))
