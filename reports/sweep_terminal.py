"""A sweep on a terminal: a small table for one field, coarse maps in letters and figures for two."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain
from reports.sweep import CHOSEN, NO_PLAN, SHOWN, SweepReport
from reports.sweep_page import headline
from reports.sweep_tables import cells_table, common_words, sets_table

# A map shows every value that fits, and of more values an even choice with both ends.
_MOST_ROWS = 24
_GAP = 2


def print_sweep(report: SweepReport, shown: Sequence[str] = (), *, console: Console | None = None) -> None:
    """Print what a sweep has found.

    shown : figures to print of a map, names of SHOWN or "chosen"; NPV and chosen offers when none is named.
    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(f"{report.sweep.name}: {plain(''.join(phrase.text for phrase in headline(report)))}", soft_wrap=True)
    out.print()
    names = tuple(shown) or ("npv", CHOSEN)
    if report.is_map:
        for name in names:
            _print_map(report, name, out)
    else:
        table = cells_table(report)
        out.print(grid(table, only=_columns(report, shown)))
    if report.sets.letters and (CHOSEN in names or not report.is_map):
        out.print(grid(sets_table(report)))
        if report.sets.common:
            out.print(common_words(report.sets), soft_wrap=True)
    for status, count in report.unsolved.items():
        out.print(f"{count} of {len(report.grid)} cells have no plan: {status}", soft_wrap=True)


def _columns(report: SweepReport, shown: Sequence[str]) -> list[int]:
    """The columns of the cells' table that are printed: the values, the figures asked for, offers and status."""
    first, last = len(report.sides), len(report.sides) + len(SHOWN)
    wanted = [first + n for n, name in enumerate(SHOWN) if name in shown or not shown]
    taken = [last] if CHOSEN in shown or not shown else []
    return [*range(first), *wanted, *taken, last + 1]


def _print_map(report: SweepReport, name: str, out: Console) -> None:
    across, up = report.sides
    rows = _spread(len(up.places), _MOST_ROWS)
    words = {(n, m): _brief(report, name, report.at(n, m)) for n in range(len(across.places)) for m in rows}
    width = max(len(text) for text in (*words.values(), *map(plain, across.words)))
    margin = max(len(plain(up.words[m])) for m in rows)
    columns = _spread(len(across.places), max((out.width - margin) // (width + _GAP), 2))
    title = "Set of offers" if name == CHOSEN else f"{SHOWN[name].title}, {SHOWN[name].unit}"
    out.print(f"{title}. Across: {across.name}. Up: {up.name}.", soft_wrap=True)
    gap = " " * _GAP
    for m in reversed(rows):
        out.print(plain(up.words[m]).rjust(margin) + "".join(gap + words[n, m].rjust(width) for n in columns))
    out.print(" " * margin + "".join(gap + plain(across.words[n]).rjust(width) for n in columns))
    out.print()


def _brief(report: SweepReport, name: str, row: dict[str, object]) -> str:
    return plain(report.letter(row) if name == CHOSEN else report.shown(SHOWN[name], row).replace(NO_PLAN, "-"))


def _spread(count: int, most: int) -> list[int]:
    """Positions spread evenly over all, both ends among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(n * (count - 1) / (most - 1)) for n in range(most)})
