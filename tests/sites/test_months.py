"""Months as labels and numbers, and their hours."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.months import MonthLabelError, days_in_month, hours_in_month, month_label, month_number


def test_a_month_is_its_year_times_twelve_plus_its_place() -> None:
    """March 2027 is the third month of its year, so its number ends in 2."""
    assert month_number("2027-03") == 2027 * 12 + 2
    assert month_label(2027 * 12 + 2) == "2027-03"


def test_months_are_counted_across_the_end_of_a_year() -> None:
    """From November 2027 to February 2028 are three months."""
    assert month_number("2028-02") - month_number("2027-11") == 3


def test_hours_are_those_of_the_days() -> None:
    """A February of a leap year has 696 hours; a March has 744, although one of them is lost to summer time."""
    assert hours_in_month(month_number("2028-02")) == 696
    assert hours_in_month(month_number("2027-02")) == 672
    assert hours_in_month(month_number("2027-03")) == 744
    assert days_in_month(month_number("2100-02")) == 28


@pytest.mark.parametrize(
    "text",
    ["2027-13", "2027-00", "2027-3", "2027", "27-03", "2027-03-01", "2027/03", "", "1969-12", "2201-01", "２０２７-03"],
)
def test_other_texts_are_no_months(text: str) -> None:
    """Only YYYY-MM from 1970 to 2200 in plain digits is a month, and the message says so with the text."""
    with pytest.raises(MonthLabelError, match=r"YYYY-MM|1970"):
        month_number(text)


@given(st.integers(1970 * 12, 2200 * 12 + 11))
def test_label_and_number_are_each_others_inverse(number: int) -> None:
    """Every month survives being written and read, and its hours are those of the calendar."""
    assert month_number(month_label(number)) == number
    assert hours_in_month(number) == 24 * calendar.monthrange(number // 12, number % 12 + 1)[1]
