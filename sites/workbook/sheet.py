"""A sheet of an input workbook whose heading has been found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sites.cells import is_blank

Grid = list[list[object]]


@dataclass
class OpenSheet:
    """A sheet with its heading found.

    grid : all cells, from the sheet's first row and column on. header : names of the columns, as typed.
    header_row : its number, from 1. marks : place of the column of remarks, from 0; None where there is none.
    """

    name: str
    grid: Grid
    header: list[str]
    header_row: int
    marks: int | None

    def rows(self) -> Iterable[tuple[int, list[object]]]:
        """The rows that hold anything and are no remarks, with their numbers from 1."""
        for number, cells in enumerate(self.grid[self.header_row :], start=self.header_row + 1):
            if all(is_blank(cell) for cell in cells):
                continue
            if self.marks is None or is_blank(cells[self.marks]):
                yield number, cells


def words_of(cell: object) -> str:
    """The text of a cell without spaces at its ends; "" where it is blank."""
    return "" if is_blank(cell) else str(cell).strip()
