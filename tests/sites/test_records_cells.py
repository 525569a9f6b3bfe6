"""Cells as typed: what is read, what is refused, and what the hint says."""

from __future__ import annotations

import contextlib
import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.cells import CellError, is_blank, read_cell
from sites.columns import TABLE_COLUMNS

NUMBER = TABLE_COLUMNS["sites"]["capacity_mw"]
WHOLE = TABLE_COLUMNS["contracts"]["term_months"]
MONTH = TABLE_COLUMNS["settings"]["start"]
FLAG = TABLE_COLUMNS["contracts"]["retrofit"]
CHOICE = TABLE_COLUMNS["contracts"]["power"]
NAMES = TABLE_COLUMNS["contracts"]["sites"]
POWER = TABLE_COLUMNS["sites"]["power"]
NAME = TABLE_COLUMNS["sites"]["id"]
RESALE = TABLE_COLUMNS["power_contracts"]["resale"]
CALENDAR = TABLE_COLUMNS["power_contracts"]["months"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("30", 30.0),
        ("-4.5", -4.5),
        ("1e3", 1000.0),
        (" 7 ", 7.0),
        ("+.5", 0.5),
        ("010", 10.0),
        ("5.", 5.0),
        ("2E-3", 0.002),
    ],
)
def test_plain_numbers_are_read(text: str, number: float) -> None:
    """Digits with a point, a sign and an exponent are a number; 010 is ten and 1e3 a thousand."""
    assert read_cell(NUMBER, text) == number


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1,234", "did you mean 1234 or 1.234?"),
        ("1,234,567.5", "write 1234567.5, without separators"),
        ("1 234", "write 1234, without"),
        ("1'234", "write 1234, without"),
        ("1_000", "write 1000, without"),
        ("12,5", "write 12.5, with a decimal point"),
        ("1.234,5", "write 1234.5, with a decimal point"),
        ("12%", "written as a fraction: 0.12"),
        ("12.5 %", "written as a fraction: 0.125"),
        ("$150", "write the number alone (150 if"),
        ("300 MW", "write the number alone (300 if"),
        ("30 USD/MWh", "write the number alone (30 if"),
        ("nan", "finite number"),
        ("Infinity", "finite number"),
        ("N/A", "leave an optional column blank"),
        ("1e400", "must be finite"),
        ("٣٠", "write 30 with the digits 0 to 9"),
        ("３０", "write 30 with the digits 0 to 9"),
        ("0x1F", "plain number"),
        ("12:30", "plain number"),
        ("1e", "write the number alone"),
        ("--5", "plain number"),
        ("²", "plain number"),
    ],
)
def test_other_numbers_are_refused_with_what_was_meant(text: str, hint: str) -> None:
    """Nothing that is not a plain number is guessed at; the hint shows how to write it."""
    with pytest.raises(CellError) as caught:
        read_cell(NUMBER, text)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2027-03-15", "write 2027-03"),
        ("2027-03-15T00:00:00", "write 2027-03"),
        ("2027/03", "write 2027-03"),
        ("2027-3", "write 2027-03"),
        ("2027.3", "write 2027-03"),
        ("202703", "write 2027-03"),
        ("03/2027", "write 2027-03"),
        ("Mar-27", "write 2027-03"),
        ("March 2027", "write 2027-03"),
        ("2027 Mar", "write 2027-03"),
        ("01/02/2027", "day and month cannot be told apart"),
        ("2027", "this is a year"),
        ("2027Q2", "this is a quarter; its first month is 2027-04"),
        ("2027-13", "write it like 2027-03"),
        ("soon", "write it like 2027-03"),
    ],
)
def test_other_months_are_refused_with_what_was_meant(text: str, hint: str) -> None:
    """A month is YYYY-MM and nothing else; the hint rewrites what can be understood."""
    with pytest.raises(CellError) as caught:
        read_cell(MONTH, text)
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("yes", "write true"),
        ("On", "write true"),
        ("1", "write true"),
        ("no", "write false"),
        ("0", "write false"),
        ("?", ""),
    ],
)
def test_only_true_and_false_are_flags(text: str, hint: str) -> None:
    """yes, on and 1 are refused with the word to write."""
    assert read_cell(FLAG, "TRUE") is True
    assert read_cell(FLAG, "false") is False
    assert read_cell(FLAG, np.True_) is True
    with pytest.raises(CellError) as caught:
        read_cell(FLAG, text)
    assert caught.value.hint == hint


def test_a_choice_is_one_of_its_words() -> None:
    """Another spelling is refused with the nearest word."""
    assert read_cell(CHOICE, "included") == "included"
    with pytest.raises(CellError, match="did you mean 'pass_through'"):
        read_cell(CHOICE, "Pass-Through")


def test_whole_numbers_may_come_as_floats_from_frames() -> None:
    """A column of whole numbers with a blank is a column of floats in pandas; 12.5 months are refused."""
    assert read_cell(WHOLE, 12.0) == 12
    assert read_cell(WHOLE, "12") == 12
    assert read_cell(WHOLE, np.int64(12)) == 12
    with pytest.raises(CellError, match="without a fraction part"):
        read_cell(WHOLE, "12.5")


@pytest.mark.parametrize(
    "value",
    [
        "2027-03",
        pd.Period("2027-03", "M"),
        pd.Timestamp("2027-03-01"),
        datetime.date(2027, 3, 1),
        np.datetime64("2027-03"),
        np.datetime64("2027-03-01T00:00:00", "ns"),
    ],
)
def test_months_may_come_as_dates_of_a_first_day(value: object) -> None:
    """Periods of a month and stamps of its first instant are that month."""
    assert read_cell(MONTH, value) == "2027-03"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (pd.Timestamp("2027-03-15"), "write 2027-03"),
        (pd.Timestamp("2027-03-01 06:00"), "write 2027-03"),
        (pd.Period("2027Q1", "Q"), "this is a quarter"),
        (pd.Period("2027", "Y"), "this is a year"),
        (np.datetime64("2027-03-15"), "write 2027-03"),
        (202703, "write 2027-03"),
    ],
)
def test_dates_inside_a_month_are_refused(value: object, hint: str) -> None:
    """A day, a quarter or a year is not silently cut to a month."""
    with pytest.raises(CellError, match=hint):
        read_cell(MONTH, value)


def test_lists_come_as_lists_or_with_semicolons() -> None:
    """Blanks around a name do not count; an empty name does."""
    assert read_cell(NAMES, "a; b") == ("a", "b")
    assert read_cell(NAMES, ["a", "b"]) == ("a", "b")
    assert read_cell(NAMES, np.array(["a", "b"])) == ("a", "b")
    assert read_cell(NAMES, "a") == ("a",)
    for empty in ("a;;b", "a;", ["a", None]):
        with pytest.raises(CellError, match="one of the names is empty"):
            read_cell(NAMES, empty)


def test_power_is_a_number_or_a_name() -> None:
    """A quoted number is a price, anything else the id of a series."""
    assert read_cell(POWER, "45") == 45.0
    assert read_cell(POWER, np.float64(45.5)) == 45.5
    assert read_cell(POWER, "ercot-west") == "ercot-west"


@pytest.mark.parametrize("column", [NUMBER, WHOLE, MONTH, FLAG, CHOICE, POWER, NAME], ids=lambda column: column.name)
def test_a_mapping_or_list_is_no_single_value(column: object) -> None:
    """A wrong indentation is called by its name."""
    for value, hint in (({"a": "1"}, "a mapping stands here"), (["1"], "a list stands here")):
        with pytest.raises(CellError) as caught:
            read_cell(column, value)  # type: ignore[arg-type]
        assert hint in caught.value.hint


def test_truth_values_are_neither_numbers_nor_names() -> None:
    """True is not 1.0, and a float is no id."""
    for column in (NUMBER, WHOLE, POWER, NAME, CHOICE):
        with pytest.raises(CellError):
            read_cell(column, True)
    with pytest.raises(CellError, match="as text"):
        read_cell(NAME, 1.5)
    assert read_cell(NAME, 7) == "7"


@pytest.mark.parametrize("value", [None, "", "  ", float("nan"), np.nan, pd.NA, pd.NaT])
def test_missing_values_are_blank(value: object) -> None:
    """The missing values of Python, numpy and pandas all mean an absent cell."""
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, 0.0, False, "0", "NA", "null", [], {}])
def test_zero_and_words_are_not_blank(value: object) -> None:
    """A site in Namibia may be called NA; nought is a number."""
    assert not is_blank(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_survives_being_written(number: float) -> None:
    """The shortest text that Python writes for a number is read back to the last bit."""
    assert read_cell(NUMBER, repr(number)) == number


@given(st.text(max_size=20))
def test_no_text_breaks_a_reader(text: str) -> None:
    """Any text is read or refused, never more than that."""
    for column in (NUMBER, WHOLE, MONTH, FLAG, CHOICE, NAMES, POWER, NAME):
        with contextlib.suppress(CellError):
            read_cell(column, text)


@pytest.mark.parametrize(
    ("value", "months"),
    [
        ([6, 7, 8, 9], (6, 7, 8, 9)),
        ("6;7; 8", (6, 7, 8)),
        ("6-9", (6, 7, 8, 9)),
        ("11-2", (11, 12, 1, 2)),
        ("1;6-8", (1, 6, 7, 8)),
        (7, (7,)),
        (np.array([1, 12]), (1, 12)),
        (["6", 7.0], (6, 7)),
    ],
)
def test_calendar_months_are_lists_texts_or_spans(value: object, months: tuple[int, ...]) -> None:
    """Months of the year may be listed, separated by semicolons, or given from first to last, over New Year too."""
    assert read_cell(CALENDAR, value) == months


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("13", "numbers from 1 (January) to 12 (December)"),
        ([0], "numbers from 1 (January) to 12 (December)"),
        ("6;;7", "one of the months is empty"),
        ("june", "(December); write 6"),
        ("Jun-Aug", "(December); write 6-8"),
        ("Nov., Dec.", "(December); write 11;12"),
        ("summer", "numbers from 1 (January) to 12 (December)"),
        ("2027-06", "(December); write 6, and say the years with from and to"),
        ("2027-13", "numbers from 1 (January) to 12 (December)"),
        ("6,7, 8", "write 6;7;8, with ';' between the months"),
        ([6.5], "without a fraction part"),
        ({"6": 7}, "a mapping stands here"),
    ],
)
def test_what_is_no_calendar_month_is_refused(value: object, hint: str) -> None:
    """Names, labels of one year's month and numbers beyond twelve are told apart from calendar months."""
    with pytest.raises(CellError) as caught:
        read_cell(CALENDAR, value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("yes", "write spot"),
        (True, "write spot"),
        ("No", "write none"),
        (False, "write none"),
        ("spto", "did you mean 'spot'?"),
        ("maybe", ""),
    ],
)
def test_yes_and_no_mean_spot_and_none(value: object, hint: str) -> None:
    """Whether power is sold again is a choice of two words, for which yes and no are common slips."""
    with pytest.raises(CellError) as caught:
        read_cell(RESALE, value)
    assert caught.value.hint == hint
