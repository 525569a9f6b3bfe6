"""Numbers as text: units, signs, noise, and the words for what is no number."""

from __future__ import annotations

import math

import pytest

from reports import format as fmt

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0"),
        (-4.5e-13, "0.0"),
        (4.9e-7, "0.0"),
        (1234.56, "1,234.6"),
        (-12.34, f"{MINUS}12.3"),
        (99.95, "100.0"),
    ],
)
def test_megawatts_have_one_decimal_and_no_solver_noise(value: float, shown: str) -> None:
    """Noise is zero without a sign; real negatives carry a real minus."""
    assert fmt.mw(value) == shown


def test_a_small_number_is_never_shown_as_zero() -> None:
    """0.004 MW is something, so it is a bound and not "0.0"; the same below zero."""
    assert fmt.mw(0.004) == "<0.1"
    assert fmt.mw(-0.004) == f">{MINUS}0.1"


@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_no_number_says_so(value: float | None) -> None:
    """Every formatter has words for a missing number."""
    formatters = (fmt.mw, fmt.usd, fmt.usd_m, fmt.usd_signed, fmt.usd_m_signed, fmt.price, fmt.percent, fmt.months)
    assert {formatter(value) for formatter in (*formatters, fmt.return_rate, fmt.scientific)} == {"n/a"}


def test_infinite_is_a_word() -> None:
    """A limit that never binds is unlimited, not "inf"."""
    assert fmt.number(math.inf) == "unlimited"
    assert fmt.number(-math.inf) == f"{MINUS}unlimited"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "USD 0"),
        (8250.4, "USD 8,250"),
        (999_999.4, "USD 999,999"),
        (999_999.9, "USD 1.0 m"),
        (97_440_000.0, "USD 97.4 m"),
        (999_960_000.0, "USD 1.00 bn"),
        (1_240_000_000.0, "USD 1.24 bn"),
        (-97_440_000.0, f"{MINUS}USD 97.4 m"),
    ],
)
def test_dollars_take_the_scale_that_fits(value: float, shown: str) -> None:
    """No "USD 1,000.0 m", no false precision, the sign before the unit."""
    assert fmt.usd(value) == shown


def test_changes_carry_their_sign() -> None:
    """A gain has a plus sign, a loss a minus sign, and no change neither."""
    assert fmt.usd_signed(2.5e6) == "+USD 2.5 m"
    assert fmt.usd_m_signed(-2.5e6) == f"{MINUS}2.5"
    assert fmt.usd_m_signed(1e-9) == "0.0"


def test_rates_and_durations() -> None:
    """Fractions are percentages, long durations are years, absurd returns are only large."""
    assert fmt.percent(0.1834) == "18.3%"
    assert fmt.return_rate(106.5) == ">1,000%"
    assert [fmt.months(value) for value in (1, 7, 23, 24, 87)] == [
        "1 month",
        "7 months",
        "23 months",
        "2.0 years",
        "7.2 years",
    ]


def test_months_and_counts_are_words() -> None:
    """Labels become names of months; a count agrees with its noun."""
    assert fmt.month("2027-03") == "Mar 2027"
    assert fmt.month("") == "\N{EN DASH}"
    assert [fmt.count(number, "site") for number in (0, 1, 1200)] == ["no sites", "1 site", "1,200 sites"]
    assert fmt.count(2, "entry", "entries") == "2 entries"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.125, "0.125"),
        (1234567.5, "1,234,567.5"),
        (6000000.0, "6,000,000"),
        (1e-7, "1e-07"),
        (("a", "b"), "a; b"),
        (True, "yes"),
        (None, ""),
        ("2027-01", "2027-01"),
    ],
)
def test_inputs_are_shown_as_given(value: object, shown: str) -> None:
    """The register of assumptions rounds nothing."""
    assert fmt.exact(value) == shown


def test_residuals_are_short() -> None:
    """Tolerances read as powers of ten, and an exact zero as 0."""
    assert fmt.scientific(1e-7) == f"1e{MINUS}07"
    assert fmt.scientific(0.0) == "0"
