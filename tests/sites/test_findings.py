"""Findings as people read them."""

from __future__ import annotations

import pickle

from sites import Finding, PortfolioError
from sites.findings import told


def test_a_finding_is_one_readable_line() -> None:
    """Place, table, record, column, value, what was expected and the hint stand in this order."""
    finding = Finding(
        file="portfolio.yaml",
        line=14,
        column_position=9,
        table="sites",
        record="'pecos'",
        column="capacity_mw",
        value="300000",
        expected="a number of MW between 0 and 20000",
        hint="this looks like kW - write 300",
    )
    assert str(finding) == (
        "portfolio.yaml:14:9: sites 'pecos' capacity_mw = 300000: "
        "expected a number of MW between 0 and 20000; this looks like kW - write 300"
    )


def test_a_warning_says_that_it_is_one() -> None:
    """The word warning stands behind the place."""
    assert str(Finding("a.yaml", 3, table="sites", expected="more", severity="warning")) == (
        "a.yaml:3: warning: sites: expected more"
    )


def test_hidden_and_long_values_are_shown_safely() -> None:
    """A value cannot break the line, send codes to a terminal, or fill the screen."""
    text = str(Finding("a.yaml", value="a\nb\x1b[31m", expected="x"))
    assert "\n" not in text
    assert "\x1b" not in text
    assert "\\n" in text
    assert len(str(Finding("a.yaml", value="x" * 10_000, expected="y"))) < 150


def test_the_error_lists_fifty_findings_and_counts_the_rest() -> None:
    """All findings are kept, but not more than fifty are printed."""
    error = PortfolioError([Finding("a.yaml", line, expected="x") for line in range(1, 61)])
    assert len(error.findings) == 60
    assert str(error).splitlines()[-1] == "... and 10 more"
    assert len(str(error).splitlines()) == 51


def test_warnings_of_many_rows_are_told_once_and_counted() -> None:
    """Three of forty rows with the same oddity, and one of another kind."""
    odd = [
        Finding("a.yaml", line, table="hashprice", column="usd_per_ph_day", hint="low", severity="warning")
        for line in range(1, 41)
    ]
    fault = Finding("a.yaml", 50, table="sites", expected="x")
    lines = told([*odd, fault])
    assert len(lines) == 5
    assert lines[4] == "... and 37 more rows of hashprice with such a usd_per_ph_day"


def test_no_warning_hides_an_error() -> None:
    """Of very many findings the errors come first."""
    odd = [Finding("a.yaml", line, column=f"c{line}", severity="warning") for line in range(1, 90)]
    error = PortfolioError([*odd, Finding("a.yaml", 99, expected="x")])
    assert str(error).splitlines()[0] == "a.yaml:99: expected x"


def test_the_error_can_cross_a_process() -> None:
    """An error from a worker arrives with its findings."""
    error = PortfolioError([Finding("a.yaml", 1, expected="x")])
    assert pickle.loads(pickle.dumps(error)).findings == error.findings
