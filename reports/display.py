"""A table ready to be shown: formatted text beside the exact value, so that every renderer says the same.

The frames are turned into these tables once; a page, a terminal or a test reads the same cells, and the total row is
the sum of the values in the rows above it, never a number from elsewhere.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Formatter = Callable[[float | None], str]


@dataclass(frozen=True)
class Cell:
    """One cell: what is read, the exact value behind it, and a short tag (for instance "already signed")."""

    text: str
    value: float | None = None
    tag: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its heading, the unit of its numbers, what the heading means, and whether it holds sentences."""

    label: str
    unit: str = ""
    numeric: bool = True
    gloss: str = ""
    prose: bool = False


@dataclass(frozen=True)
class Table:
    """A captioned table with an optional total row."""

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[Cell, ...] | None = None
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is no row to show."""
        return not self.rows


def text(words: str, *, tag: str = "") -> Cell:
    """A cell of words."""
    return Cell(words, tag=tag)


def figure(value: float | None, formatter: Formatter) -> Cell:
    """A cell of one number; the sign is kept as a tone so that losses can be told apart by more than a colour."""
    # Adding zero turns the -0.0 of a cost that is nothing into 0.0.
    known = None if value is None or math.isnan(value) else float(value) + 0.0
    shown = formatter(known)
    return Cell(shown, known, tone="negative" if shown.startswith("\N{MINUS SIGN}") else "")


def total_row(
    rows: Sequence[Sequence[Cell]], formatters: Sequence[Formatter | None], heading: str = "Total"
) -> tuple[Cell, ...]:
    """The sums of the columns that have a formatter; the first cell is the heading, the others are blank."""
    cells = [text(heading)]
    for position, formatter in enumerate(formatters[1:], start=1):
        if formatter is None:
            cells.append(text(""))
            continue
        values = [row[position].value for row in rows]
        cells.append(figure(math.fsum(value for value in values if value is not None), formatter))
    return tuple(cells)
