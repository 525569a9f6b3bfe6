"""A plan that waits on a terminal: the sentence, what is signed when, the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain
from reports.waiting import headline
from reports.waiting_page import few_scenarios
from reports.waiting_tables import anyway_table, nodes_table, outcomes_table, waits_tables

if TYPE_CHECKING:
    from optimizer.waiting.waiting import Waiting


def print_waiting(waiting: Waiting, *, console: Console | None = None) -> None:
    """Print what is signed when and for which signal.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(f"{waiting.name}: {plain(''.join(phrase.text for phrase in headline(waiting)))}", soft_wrap=True)
    if warning := few_scenarios(waiting):
        out.print(warning, soft_wrap=True)
    out.print()
    for table in (nodes_table(waiting), anyway_table(waiting), *waits_tables(waiting), outcomes_table(waiting)):
        if not table.is_empty:
            out.print(grid(table))
