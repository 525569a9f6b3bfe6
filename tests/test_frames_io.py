"""Result frames survive the trip to a CSV file and back, and no spreadsheet runs their text."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.frames_io import FrameFileError, read_frame, write_frame

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''-x"]
PLAIN = ["pecos", "'quoted'", "a=b", "", "a,b", 'say "x"', "two\nlines", "1e5", "nan", "NA", "São Paulo"]


def test_file_is_plain_csv_with_exact_numbers(tmp_path: Path) -> None:
    """One row per record; 0.1 + 0.2 keeps its last digit, a missing number is an empty cell."""
    frame = pd.DataFrame({"site": ["pecos", "rio"], "mw": [0.1 + 0.2, math.nan]})
    write_frame(frame, tmp_path / "frame.csv")
    assert (tmp_path / "frame.csv").read_text() == "site,mw\npecos,0.30000000000000004\nrio,\n"


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=20))
def test_numbers_come_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    """Every float, subnormal and infinite ones included, is read back as the very same float."""
    path = tmp_path_factory.mktemp("frames") / "frame.csv"
    write_frame(pd.DataFrame({"mw": np.array(values, dtype=float)}), path)
    np.testing.assert_array_equal(read_frame(path)["mw"].to_numpy(), np.array(values, dtype=float))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12), min_size=1, max_size=8))
def test_any_text_comes_back_unchanged(tmp_path_factory: pytest.TempPathFactory, values: list[str]) -> None:
    """Whatever a name holds, commas, quotes, line ends and apostrophes, the reader gives it back."""
    path = tmp_path_factory.mktemp("frames") / "frame.csv"
    write_frame(pd.DataFrame({"site": values}), path)
    assert read_frame(path)["site"].tolist() == values


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path: Path, text: str) -> None:
    """The cell in the file begins with an apostrophe; the reader takes it off again."""
    path = tmp_path / "frame.csv"
    write_frame(pd.DataFrame({"site": [text], "mw": [-1.0]}), path)
    with path.open(newline="") as file:
        cell, number = list(csv.reader(file))[1]
    assert cell == f"'{text}"
    assert number == "-1.0", "numbers keep their sign and get no apostrophe"
    assert read_frame(path)["site"].tolist() == [text]


@pytest.mark.parametrize("text", PLAIN)
def test_harmless_text_stands_as_it_is(tmp_path: Path, text: str) -> None:
    """Text that no spreadsheet runs is written and read without a change, "NA" and "nan" included."""
    path = tmp_path / "frame.csv"
    write_frame(pd.DataFrame({"site": [text], "name": ["x"]}), path)
    with path.open(newline="") as file:
        assert list(csv.reader(file))[1][0] == text
    assert read_frame(path)["site"].tolist() == [text]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("site,mw\npecos\n", "row 2: 1 cells where the header has 2 columns"),
        ("site,mw\npecos,1\nrio,many\n", "row 3, column mw: 'many' is not a number"),
        ("site,usd\n", "columns are site, usd; expected site, mw"),
    ],
)
def test_damaged_file_is_named_with_row_and_column(tmp_path: Path, content: str, message: str) -> None:
    """A table that is not what was written says where."""
    path = tmp_path / "frame.csv"
    path.write_text(content)
    with pytest.raises(FrameFileError, match=message) as caught:
        read_frame(path, ["site", "mw"])
    assert "frame.csv" in str(caught.value)


def test_missing_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(FrameFileError, match=r"frame\.csv: cannot be read"):
        read_frame(tmp_path / "frame.csv")


def test_column_of_numbers_refuses_anything_else(tmp_path: Path) -> None:
    """Text in a column of numbers is a defect of the program and is not written."""
    with pytest.raises(TypeError, match="'many' in a column of numbers"):
        write_frame(pd.DataFrame({"mw": ["many"]}), tmp_path / "frame.csv")
