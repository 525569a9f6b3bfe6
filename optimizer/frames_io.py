"""Result frames as CSV files and back, without losing a bit.

Numbers are written by `repr`, so reading gives the very same float; a missing number is an empty cell. Text that a
spreadsheet would run as a formula gets an apostrophe in front, which reading takes off again. Writer and reader stand
side by side because the audit of a plan is only as good as this round trip.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import OptimizerError

if TYPE_CHECKING:
    import pandas as pd

TEXT_COLUMNS = frozenset(
    {
        "basis",
        "case",
        "contract",
        "counterparty",
        "decision",
        "fleet",
        "kind",
        "lever",
        "limit",
        "line",
        "loan",
        "month",
        "name",
        "period",
        "reason",
        "region",
        "rig",
        "rule",
        "scenario",
        "reservation_basis",
        "site",
        "start",
        "statement",
        "term",
        "unit",
        "use",
        "where",
        "year",
    }
)
"""Columns of the result frames that hold text; every other column holds numbers."""

# Spreadsheets take text that begins with one of these as a formula or strip it. An apostrophe already in front counts
# as part of the pattern, so that "'=x" and "=x" stay two different names after the round trip.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')
_ESCAPED = re.compile(r"''*[=+\-@\t\r]")


class FrameFileError(OptimizerError):
    """A file of a plan is missing or does not hold the table it should; names file, row and column."""

    exit_code = 2


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write one result frame to `path`: a header row of column names, then one row per record.

    Raises
    ------
    OSError : the file cannot be written.
    """
    names = [str(name) for name in frame.columns]
    cells = [_cells(name, frame[name].tolist()) for name in names]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(names))
        file.writelines(_line(row) for row in zip(*cells, strict=True))


def read_frame(path: Path, columns: Collection[str] = ()) -> pd.DataFrame:
    """Read a frame that `write_frame` wrote: text columns as str, all others as float with NaN for an empty cell.

    Parameters
    ----------
    path : the CSV file.
    columns : the columns that must be there, in order; none = whatever the header says.

    Raises
    ------
    FrameFileError : no such file, other columns than asked for, a row of the wrong length, a cell that is no number.
    """
    import pandas as pd

    header, rows = _read_rows(path)
    if columns and header != list(columns):
        raise FrameFileError(f"{path}: columns are {', '.join(header)}; expected {', '.join(columns)}")
    table: dict[str, list[str] | list[float]] = {}
    for position, name in enumerate(header):
        cells = [row[position] for row in rows]
        table[name] = [_plain_text(cell) for cell in cells] if name in TEXT_COLUMNS else _numbers(path, name, cells)
    return pd.DataFrame(
        {name: pd.Series(cells, dtype="str" if name in TEXT_COLUMNS else "float64") for name, cells in table.items()}
    )


def _line(cells: Sequence[str]) -> str:
    """One line of the file. The csv module's writer leaves a lone carriage return bare, which no reader takes back."""
    if len(cells) == 1 and not cells[0]:
        return '""\n'
    return ",".join(cells) + "\n"


def _cells(name: str, values: list[object]) -> list[str]:
    """The cells of one column as text."""
    render: Callable[[object], str] = _safe_text if name in TEXT_COLUMNS else _number_text
    return [render(value) for value in values]


def _safe_text(value: object) -> str:
    """Text that no spreadsheet runs; a missing text is empty."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = str(value)
    if _FORMULA.match(text):
        text = f"'{text}"
    return '"{}"'.format(text.replace('"', '""')) if _NEEDS_QUOTES.search(text) else text


def _plain_text(cell: str) -> str:
    """The text that `_safe_text` was given."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def _number_text(value: object) -> str:
    """A number in its shortest exact form; a missing one is empty."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    if isinstance(value, int):
        return repr(value)
    raise TypeError(f"{value!r} in a column of numbers")


def _numbers(path: Path, name: str, cells: list[str]) -> list[float]:
    """A column of cells as floats."""
    try:
        return [float(cell) if cell else math.nan for cell in cells]
    except ValueError:
        row, cell = next((row, cell) for row, cell in enumerate(cells, start=2) if cell and not _is_number(cell))
        raise FrameFileError(f"{path}, row {row}, column {name}: {cell!r} is not a number") from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV file, every row as long as the header."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except OSError as error:
        raise FrameFileError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise FrameFileError(f"{path}: is not a CSV file ({error})") from error
    if not lines:
        raise FrameFileError(f"{path}: is empty; expected a row of column names")
    header, *rows = lines
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise FrameFileError(f"{path}, row {number}: {len(row)} cells where the header has {len(header)} columns")
    return header, rows
