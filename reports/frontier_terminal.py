"""An efficient frontier on a terminal: the sentence, the plans, what each of them signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from reports.frontier import contracts_table, headline, points_table
from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain

if TYPE_CHECKING:
    from optimizer.efficient_frontier import Frontier

# More columns than this do not fit.
_MOST_PLANS = 8


def print_frontier(frontier: Frontier, *, console: Console | None = None) -> None:
    """Print the frontier.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(f"{frontier.name}: {plain(''.join(phrase.text for phrase in headline(frontier)))}", soft_wrap=True)
    out.print()
    plans, contracts = points_table(frontier), contracts_table(frontier, _MOST_PLANS)
    out.print(grid(plans))
    if plans.note:
        out.print(plans.note, soft_wrap=True)
    if not contracts.is_empty:
        out.print(grid(contracts))
        if contracts.note:
            out.print(contracts.note, soft_wrap=True)
