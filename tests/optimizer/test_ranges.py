"""Ranges as typed: what they mean, and what is wrong with those that mean nothing."""

from __future__ import annotations

import pickle

import pytest

from optimizer.drivers import DRIVERS, parse_ranges
from optimizer.ranges import MOST_VALUES, RangeError, parse_axes, parse_axis

RENT = "contracts.lab.price_usd_per_kw_month"


@pytest.mark.parametrize(
    ("given", "operator", "values"),
    [
        ("90:150:3", "=", (90.0, 120.0, 150.0)),
        ("150:90:3", "=", (150.0, 120.0, 90.0)),
        ("*0.6:*1.4:5", "*", (0.6, 0.8, 1.0, 1.2, 1.4)),
        ("+0:+12:4", "+", (0.0, 4.0, 8.0, 12.0)),
        ("+-5:+5:3", "+", (-5.0, 0.0, 5.0)),
        ("-5:5:2", "=", (-5.0, 5.0)),
        ("90, 100,110", "=", (90.0, 100.0, 110.0)),
        ("*1,*1.5", "*", (1.0, 1.5)),
        ("2027-01,2027-07", "=", ("2027-01", "2027-07")),
    ],
)
def test_a_range_means_these_values(given: str, operator: str, values: tuple[float | str, ...]) -> None:
    """Every form gives its values in the order typed, with one operator for all."""
    axis = parse_axis(f"{RENT}={given}")
    assert (axis.field, axis.operator, axis.values) == (RENT, operator, values)


def test_a_value_becomes_a_change_of_the_portfolio() -> None:
    """The second of five factors multiplies the field, and messages name the range as it was typed."""
    edit = parse_axis(f"{RENT}=*0.6:*1.4:5").edit(1)
    assert (edit.table, edit.record, edit.field) == ("contracts", "lab", "price_usd_per_kw_month")
    assert (edit.operator, edit.text) == ("*", "0.8")
    assert edit.label == f"--over {RENT}=*0.6:*1.4:5"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (RENT, "expected FIELD=RANGE"),
        (f"{RENT}=", "expected FIELD=RANGE"),
        (f"{RENT}=100", "expected at least two"),
        (f"{RENT}=90:150", "expected FROM:TO:COUNT"),
        (f"{RENT}=90:x:5", "expected FROM:TO:COUNT"),
        (f"{RENT}=90:150:1", f"count = 1: expected a whole number from 2 to {MOST_VALUES}"),
        (f"{RENT}=90:150:2.5", "count = 2.5: expected a whole number"),
        (f"{RENT}=90:90:5", "expected two different ends"),
        (f"{RENT}=*0.5:1.5:5", "expected the same operator"),
        (f"{RENT}=*1,+2", "expected the same operator"),
        (f"{RENT}=*a,*b", "expected numbers after *"),
        (f"{RENT}=90,,100", "expected at least two"),
        (f"{RENT}=90,100,90", "expected each value once"),
        (f"{RENT}={','.join(map(str, range(MOST_VALUES + 1)))}", f"expected at most {MOST_VALUES}"),
    ],
)
def test_what_is_no_range_is_refused(given: str, expected: str) -> None:
    """The message repeats what was typed and says what was expected."""
    with pytest.raises(RangeError) as refused:
        parse_axis(given)
    assert f"range '{given}'" in str(refused.value)
    assert expected in str(refused.value)


def test_all_faults_are_listed_at_once() -> None:
    """Two bad ranges and one too many are three lines, and the error survives a trip between processes."""
    with pytest.raises(RangeError) as refused:
        parse_axes(["a", "b", f"{RENT}=1,2"], 2)
    assert len(refused.value.faults) == 3
    assert pickle.loads(pickle.dumps(refused.value)).faults == refused.value.faults


def test_both_axes_cannot_be_one_field() -> None:
    """The second would only overwrite the first."""
    with pytest.raises(RangeError, match="both ranges change"):
        parse_axes([f"{RENT}=1,2", f"{RENT}=3,4"], 2)


def test_drivers_have_their_usual_ranges_unless_given() -> None:
    """A given range replaces the usual one of its driver alone, and every usual range says where it comes from."""
    ranges = {used.driver.name: used for used in parse_ranges(["hashprice=*0.5:*1.5"])}
    assert list(ranges) == list(DRIVERS)
    assert (ranges["hashprice"].low, ranges["hashprice"].high, ranges["hashprice"].is_usual) == ("0.5", "1.5", False)
    assert (ranges["capex"].change("low"), ranges["capex"].change("high")) == ("*0.75", "*1.25")
    assert all(driver.why for driver in DRIVERS.values())


def test_drivers_can_be_chosen() -> None:
    """Only those named are moved."""
    assert [used.driver.name for used in parse_ranges([], ["rent", "delay"])] == ["rent", "delay"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("hashrpice=*1:*2", "did you mean 'hashprice'"),
        ("hashprice=*2:*1", "the lower one first"),
        ("hashprice=*1:2", "the same operator"),
        ("hashprice=1", "expected LOW:HIGH"),
        ("hashprice=*a:*b", "expected two numbers"),
        ("delay=*1:*2", "expected + before both values of delay"),
        ("power=30:50", "expected * or + before both values of power"),
    ],
)
def test_a_range_that_a_driver_cannot_have_is_refused(given: str, expected: str) -> None:
    """The message says what the driver takes."""
    with pytest.raises(RangeError) as refused:
        parse_ranges([given])
    assert expected in str(refused.value)


def test_unknown_and_doubled_drivers_are_refused() -> None:
    """An unknown name, a second range, and a range of a driver that is not moved are three faults."""
    with pytest.raises(RangeError) as refused:
        parse_ranges(["rent=*0.5:*2", "rent=*0.6:*2", "capex=*1:*2"], ["rent", "rents"])
    assert len(refused.value.faults) == 3
