"""Tables of a report on a terminal, for the commands that print a few of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table as Grid

from reports import format as fmt
from reports.display import Table

_PIPE_WIDTH = 140
_POINT = re.compile(r"\.(?!\d)")


def grid(table: Table, *, only: Sequence[int] | None = None) -> Grid:
    """A table for the terminal; `only` are the positions of the columns that are kept."""
    kept = range(len(table.columns)) if only is None else only
    shown = Grid(title=table.caption, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in (table.columns[place] for place in kept):
        # Headings are broken by hand: one that folds inside a word cannot be read. A point inside a number stays.
        heading = "\n".join([*_POINT.sub(". ", column.label).split(), *column.unit.split()])
        shown.add_column(
            plain(heading),
            justify="right" if column.numeric else "left",
            vertical="bottom",
            overflow="fold",
            no_wrap=column.numeric,
        )
    for row in table.rows:
        shown.add_row(*(plain(f"{row[n].text} ({row[n].tag})" if row[n].tag else row[n].text) for n in kept))
    return shown


def plain(words: str) -> str:
    """Words with a plain minus sign and cross: not every terminal has the printed ones."""
    return words.replace(fmt.MINUS, "-").replace("×", "x")


def console() -> Console:
    """Standard output; names from the input are never read as markup. A file or pipe has a width of its own."""
    found = Console(markup=False, highlight=False, emoji=False)
    return found if found.is_terminal else Console(markup=False, highlight=False, emoji=False, width=_PIPE_WIDTH)
