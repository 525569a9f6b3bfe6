"""A table as CSV that spreadsheets take as it is meant: numbers to the last digit, names never run as formulas."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Spreadsheets take text that begins with one of these as a formula, or strip it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


def table_csv(frame: pd.DataFrame) -> str:
    """A frame as CSV: a header of its columns, a line per row, missing values blank."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(frame.columns)
    writer.writerows([_cell(value) for value in row] for row in frame.itertuples(index=False))
    return text.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    words = str(value)
    return f"'{words}" if words.startswith(_FORMULA_STARTS) else words
