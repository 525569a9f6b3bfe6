"""Every kind of broken input ends with exit code 2, a message of its own that says where and what, and no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import PORTFOLIO, files, wattsplit, write_portfolio

# (what is broken: text of the sound portfolio, what stands there instead, what the message must say)
BROKEN = {
    "percent for fraction": ("discount_rate: 0.1", "discount_rate: 10", ["5:18", "discount_rate", "percentage", "0.1"]),
    "kW for MW": ("capacity_mw: 20", "capacity_mw: 20000000", ["'pecos' capacity_mw", "looks like kW"]),
    "USD per kWh": ("power: 35", "power: 0.035", ["'pecos' power", "looks like USD/kWh", "35"]),
    "USD per TH": ("usd_per_ph_day: 45", "usd_per_ph_day: 0.045", ["hashprice row 1", "per TH/s", "write 45"]),
    "duplicate key": ("power: 35", "power: 35\n    power: 36", ["10:5", "given twice", "line 9"]),
    "date for a month": ("start: 2027-01", "start: 2027-01-01", ["settings start", "YYYY-MM", "write 2027-01"]),
    "month 13": ("start: 2027-01", "start: 2027-13", ["settings start = 2027-13", "YYYY-MM"]),
    "unknown site": ("site: pecos", "site: pecso", ["fleets 'first' site = pecso", "did you mean 'pecos'"]),
    "unknown rig": ("rig: own", "rig: s21-plu", ["fleets 'first' rig = s21-plu", "did you mean"]),
    "unknown column": ("power: 35", "power: 35\n    ai_max: 3", ["unknown column", "did you mean 'ai_max_mw'"]),
    "unknown table": ("contracts:", "contract:", ["table 'contract' is unknown", "did you mean 'contracts'"]),
    "missing table": ("hashprice:\n  - month: 2027-01\n    usd_per_ph_day: 45\n", "", ["'hashprice' is missing"]),
    "missing column": ("    term_months: 120\n", "", ["contracts 'lab'", "term_months"]),
    "duplicate id": ("rigs:", "rigs:\n  - {id: own, th_s: 1, watts: 20}", ["id = own", "used once", "line 16"]),
    "negative MW": ("    mw: 20", "    mw: -20", ["14:9", "fleets 'first' mw = -20", "between 0 and"]),
    "not a number": ("    mw: 20", "    mw: .nan", ["fleets 'first' mw = .nan", "plain number"]),
    "words for a number": ("max_mw: 6", "max_mw: six", ["contracts 'lab' max_mw = six", "plain number"]),
    "separators of thousands": ("1000000", "1,000,000", ["1,000,000", "write 1000000"]),
    "part of a month": ("build_months: 3", "build_months: 2.5", ["build_months = 2.5", "whole number"]),
    "window backwards": ("2027-10", "2027-02", ["last_start = 2027-02", "first_start 2027-04", "exchanged"]),
    "hashprice too late": ("month: 2027-01", "month: 2027-03", ["hashprice", "begins too late", "2027-01"]),
    "bracket left open": ("[pecos]", "[pecos", ["26:11", "expected YAML", "brackets"]),
    "unknown series": ("power: 35", "power: west", ["'pecos' power = west", "id of a power series"]),
    "file outside": (
        "contracts:",
        "power_series:\n  - {id: west, file: ../west.csv}\ncontracts:",
        ["power_series 'west' file", "leads out of the portfolio's folder"],
    ),
    "file missing": (
        "contracts:",
        "power_series:\n  - {id: west, file: west.csv}\ncontracts:",
        ["power_series 'west' file = west.csv", "no such file"],
    ),
    "YAML anchor": ("[pecos]", "&here [pecos]", ["25:12", "anchor &here", "remove it"]),
    "loan at 12 %": (
        "contracts:",
        "loans:\n  - {id: bank, limit_usd: 5e6, rate: 12, tenor_months: 36}\ncontracts:",
        ["loans 'bank' rate = 12", "looks like a percentage; write 0.12"],
    ),
    "coin without a price": (
        "contracts:",
        "treasury: {opening_btc: 500}\ncontracts:",
        ["treasury btc_price_usd is missing", "USD/BTC"],
    ),
    "empty file": (PORTFOLIO, "", ["no tables are found", "begin with settings"]),
}


@pytest.mark.parametrize(("sound", "broken", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_portfolio_is_explained(tmp_path: Path, sound: str, broken: str, words: list[str]) -> None:
    """The message names the place and the remedy; the exit code is 2; there is no traceback and no new file."""
    assert sound in PORTFOLIO
    write_portfolio(tmp_path, PORTFOLIO.replace(sound, broken, 1))
    before = files(tmp_path)
    done = wattsplit("plan", "given", "--out", "out/plan", folder=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert files(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_all_findings_are_listed_at_once(tmp_path: Path) -> None:
    """Three faults in one file give three lines and their count, to `check` as to `plan`."""
    text = PORTFOLIO.replace("discount_rate: 0.1", "discount_rate: 10").replace("max_mw: 6", "max_mw: six")
    write_portfolio(tmp_path, text.replace("site: pecos", "site: pecso"))
    for command in ("plan", "check"):
        done = wattsplit(command, "given", folder=tmp_path)
        assert done.returncode == 2
        assert len([line for line in done.stderr.splitlines() if line.startswith("portfolio.yaml:")]) == 3
        assert "3 errors" in done.stderr


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are named as such."""
    given = write_portfolio(tmp_path)
    (given / "portfolio.yaml").write_bytes(PORTFOLIO.replace("Lab", "Läb").encode("latin-1"))
    done = wattsplit("check", "given", folder=tmp_path)
    assert done.returncode == 2
    assert "UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere", "no bundled portfolio of that name"),
        ("tinny", "did you mean 'tiny'?"),
        ("empty", "holds no portfolio.yaml"),
        ("book.xlsx", "is no workbook"),
    ],
)
def test_portfolio_that_is_not_there_is_explained(tmp_path: Path, name: str, words: str) -> None:
    """A wrong name, an empty folder and a file of another kind each say what is expected."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "book.xlsx").write_bytes(b"PK")
    done = wattsplit("plan", name, folder=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert files(tmp_path) == {"book.xlsx"}
