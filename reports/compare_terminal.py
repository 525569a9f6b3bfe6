"""A comparison of plans on a terminal: side by side, what differs, what moved, and the bridge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from reports import format as fmt
from reports.compare import cautions, headline, plans_table, scale
from reports.compare_tables import (
    bridge_table,
    capital_table,
    inputs_table,
    sites_table,
    starts_table,
    years_table,
)
from reports.display import Table
from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain

if TYPE_CHECKING:
    from optimizer.comparing import Comparison

_YEARS_SHOWN = 5
# Rows of one table of all plans together; each plan has its share of them, but a few at least.
_ROWS_SHOWN, _LEAST_ROWS = 24, 6
# Plan, then NPV, capex and peak AI with their differences, then status.
_PLAN_COLUMNS = (0, 2, 3, 4, 5, 6, 7, 10, 11, 14)
_BRIDGE_COLUMNS = (0, 1, 2, 3)
_WHY = 4


def print_comparison(found: Comparison, *, console: Console | None = None) -> None:
    """Print a comparison; long tables are cut, and say so."""
    out = console or standard_output()
    with fmt.money_in(scale(found)):
        out.print(plain(headline(found)), soft_wrap=True)
        for words in cautions(found):
            out.print(plain(words), soft_wrap=True)
        out.print()
        out.print(grid(_in_unit(plans_table(found)), only=_PLAN_COLUMNS))
        most = max(_LEAST_ROWS, _ROWS_SHOWN // len(found.others))
        for plan in found.others:
            _print_plan(found, plan, most, out)


def _print_plan(found: Comparison, plan: str, most: int, out: Console) -> None:
    _print_table(inputs_table(found, plan, most=most), out)
    _print_bridge(found, plan, out)
    for table in (starts_table(found, plan, most=most), sites_table(found, plan, most=most)):
        _print_table(table, out)
    capital = capital_table(found, plan, most=most)
    if capital.rows:
        _print_table(capital, out)
    years = years_table(found, plan, most=_YEARS_SHOWN)
    mining_and_ai = (0, 1, 2, 3, 4)
    out.print(grid(years, only=mining_and_ai))


def _print_bridge(found: Comparison, plan: str, out: Console) -> None:
    if not found.bridged:
        return
    bridge = bridge_table(found, plan)
    if len(bridge.rows) == 1:
        out.print(plain(f"{plan}: nothing that counts differs from {found.base}."), soft_wrap=True)
        return
    shown = bridge if bridge.total is None else replace(bridge, rows=(*bridge.rows, bridge.total))
    out.print(grid(_in_unit(shown), only=_BRIDGE_COLUMNS))
    for row in bridge.rows:
        if row[_WHY:] and row[_WHY].text:
            out.print(plain(f"{row[1].text}: {row[_WHY].text}."), soft_wrap=True)
    out.print(f"Order: {', '.join(name for name, _ in found.order)}.\n", soft_wrap=True)


def _print_table(table: Table, out: Console) -> None:
    out.print(grid(table) if table.rows else plain(f"{table.caption}: nothing"), soft_wrap=not table.rows)
    if table.note:
        out.print(table.note, soft_wrap=True)


def _in_unit(table: Table) -> Table:
    """The table with the unit of its sums named."""
    columns = tuple(replace(column, unit=fmt.with_money_unit(column.unit)) for column in table.columns)
    return replace(table, columns=columns)
