"""Hourly power prices on a terminal: the prices in figures, and how long machines would run on them."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table as Grid

from reports import format as fmt
from reports.display import Table
from reports.power import (
    ON_PEAK_WORDS,
    PRICE_UNIT,
    PowerReport,
    dearest_phrases,
    monthly_table,
    runs_table,
    statistics_table,
)
from reports.small_grid import console as standard_output

# Below this width columns stand closer, and rigs go without efficiency, share of the hours and saving per MWh.
_WIDE = 120
_WIDE_ONLY = frozenset({1, 5, 8})


def print_power(report: PowerReport, *, console: Console | None = None) -> None:
    """Print the figures of a series and of the machines on it.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    whole = report.all_years
    out.print(f"{report.title}: {whole.period}, {whole.hours:,} hours, {PRICE_UNIT}", soft_wrap=True)
    for line in report.account:
        out.print(f"  {_ascii(line)}", soft_wrap=True)
    out.print()
    out.print(_grid(statistics_table(report), out))
    out.print()
    out.print(_grid(monthly_table(report), out, units=False))
    out.print()
    out.print(_ascii("".join(dearest_phrases(report))), soft_wrap=True)
    out.print()
    for line in report.assumptions:
        out.print(_ascii(line), soft_wrap=True)
    out.print()
    out.print(_grid(runs_table(report), out, wide_only=_WIDE_ONLY))
    out.print()
    for line in _notes():
        out.print(line, soft_wrap=True)


def _notes() -> tuple[str, ...]:
    return (
        f"on-peak: {ON_PEAK_WORDS}; off-peak: all other hours.",
        "off above: revenue after pool fee and other running cost; the rig runs in the hours that are cheaper.",
        "saving: loss avoided against running flat out. margin: revenue after pool fee less power and running cost.",
    )


def _grid(table: Table, out: Console, *, units: bool = True, wide_only: frozenset[int] = frozenset()) -> Grid:
    wide = out.width >= _WIDE
    kept = [place for place in range(len(table.columns)) if wide or place not in wide_only]
    grid = Grid(
        title=table.caption if units else f"{table.caption}, {PRICE_UNIT}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1 if wide else 0),
    )
    for column in (table.columns[place] for place in kept):
        # A heading of several words is broken by hand: cells that fold inside a word cannot be read.
        heading = "\n".join(column.label.split())
        unit = column.unit.replace(" ", "\n").replace("/PH/s/", "/\nPH/s/").replace("/MW-", "/\nMW-") if units else ""
        grid.add_column(
            f"{heading}\n{unit}" if unit else heading,
            justify="right" if column.numeric else "left",
            vertical="bottom",
            no_wrap=True,
        )
    for row in table.rows:
        grid.add_row(*(_ascii(row[place].text) for place in kept))
    return grid


def _ascii(words: str) -> str:
    # A plain minus sign: not every terminal has the printed one.
    return words.replace(fmt.MINUS, "-")
