"""Files whose columns are separated by semicolons, whatever separator they were first split at."""

from __future__ import annotations


def split(cells: list[str]) -> list[str]:
    """The cells of a line that may have been split at commas, which here are decimal commas or parts of a date."""
    if not any(";" in cell for cell in cells):
        return cells
    return ",".join(cells).split(";")
