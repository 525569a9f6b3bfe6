"""A sensitivity on a terminal: two rows per driver, the widest swing first, with a bar for each."""

from __future__ import annotations

import math

from rich import box
from rich.console import Console
from rich.table import Table as Grid

from reports.sensitivity import SensitivityReport, Swing, broken_words, change_words
from reports.sensitivity_page import headline
from reports.small_grid import console as standard_output
from reports.small_grid import plain
from reports.sweep import SOLVED

_BAR = 12
_NAMES = 2


def print_sensitivity(report: SensitivityReport, *, console: Console | None = None) -> None:
    """Print the tornado.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(
        f"{report.sensitivity.name}: {plain(''.join(phrase.text for phrase in headline(report)))}", soft_wrap=True
    )
    out.print()
    if report.swings:
        out.print(_tornado(report))
    for line in broken_words(report):
        out.print(plain(line), soft_wrap=True)
    for used in report.sensitivity.still:
        low, high = (change_words(used.change(end)) for end in ("low", "high"))
        out.print(plain(f"{used.driver.label} from {low} to {high} moves nothing here"), soft_wrap=True)


def _tornado(report: SensitivityReport) -> Grid:
    table = Grid(
        title="Change of the NPV against the base case, USD m",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for heading in (
        "driver",
        "value",
        "",
        "plan found anew",
        "plan held",
        "value of adapting",
        "contracts that change",
    ):
        numeric = heading in ("value", "plan found anew", "plan held", "value of adapting")
        table.add_column(heading, justify="right" if numeric else "left", overflow="fold")
    widest = max(
        (abs(s.change_usd) for pair in report.swings for s in pair if math.isfinite(s.change_usd)), default=0.0
    )
    for pair in report.swings:
        for swing in pair:
            solved = swing.row["status"] in SOLVED
            table.add_row(
                swing.driver.driver.label if swing.end == "low" else "",
                plain(swing.words),
                _bar(swing, widest),
                _change(report, swing, "npv_change_usd", "status"),
                _change(report, swing, "held_change_usd", "held_status"),
                plain(report.amount(float(swing.row["adapting_usd"])))
                if swing.row["held_status"] in SOLVED and solved
                else "",
                swing.contracts(_NAMES) if solved else "",
            )
    return table


def _change(report: SensitivityReport, swing: Swing, column: str, status: str) -> str:
    return plain(report.signed(float(swing.row[column]))) if swing.row[status] in SOLVED else "no plan"


def _bar(swing: Swing, widest: float) -> str:
    """A bar of - or + signs, as long as the change against the widest one."""
    if not math.isfinite(swing.change_usd) or not widest:
        return ""
    length = round(_BAR * abs(swing.change_usd) / widest)
    return ("-" if swing.change_usd < 0.0 else "+") * length
