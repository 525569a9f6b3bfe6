"""A what-if on a terminal: base and cases side by side, what moved, and what pins cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain
from reports.what_if import (
    certificate_words,
    comparison_table,
    hashrate_table,
    headline,
    moves_table,
    pins_table,
    sites_table,
)

if TYPE_CHECKING:
    from optimizer.what_ifs import CaseResult, WhatIf

_YEARS_SHOWN = 5
# Rows of all cases together; each case has its share of them, but a few at least.
_ROWS_SHOWN, _LEAST_ROWS = 24, 4
# Room for the words of a measure and the base, and for one case with its change.
_FIRST_COLUMNS, _CASE_COLUMN = 48, 24


def print_what_if(found: WhatIf, *, console: Console | None = None) -> None:
    """Print a what-if; more cases than fit beside each other come in several tables."""
    out = console or standard_output()
    out.print(f"{found.base.portfolio.settings.name}: {plain(headline(found))}", soft_wrap=True)
    for case in found.cases:
        out.print(plain(f"{case.name}: {'; '.join(case.changes)}"), soft_wrap=True)
    out.print()
    _print_clashes(found.infeasible, out)
    room = max(1, (out.width - _FIRST_COLUMNS) // _CASE_COLUMN)
    for first in range(0, len(found.cases), room):
        cases = found.cases[first : first + room]
        out.print(grid(comparison_table(found, cases)))
        out.print(grid(hashrate_table(found, cases, years=_YEARS_SHOWN)))
    share = max(_LEAST_ROWS, _ROWS_SHOWN // len(found.cases))
    for table in (moves_table(found, most=share), sites_table(found, most=share)):
        out.print(grid(table) if table.rows else f"{table.caption}: nothing")
        if table.note:
            out.print(table.note, soft_wrap=True)
    pins = pins_table(found)
    if pins.rows:
        out.print(grid(pins))
    out.print(certificate_words(found), soft_wrap=True)


def _print_clashes(cases: Sequence[CaseResult], out: Console) -> None:
    for case in cases:
        out.print(plain(f"{case.name}: no plan satisfies these limits together:"), soft_wrap=True)
        for clash in case.clashes:
            out.print(plain(f"  - {clash}"), soft_wrap=True)
    if cases:
        out.print()
