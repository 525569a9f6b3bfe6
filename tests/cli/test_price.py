"""`wattsplit price` as a process: one screen, files, and a sentence for every mistake.

In the small portfolio a MW of the lab's displaces 1.35 MW of mining at about 71 - 35 USD/MWh.
"""

from __future__ import annotations

import csv
import json
import math
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import files, wattsplit, write_portfolio

ALL_FILES = {"deal.html", "bid_curve.csv", "terms.csv", "displacement.csv", "deal.json"}
NEWCOMER = """\
id: newcomer
counterparty: New
sites: [pecos]
max_mw: 3
min_mw: 3
first_start: 2027-06
last_start: 2027-06
build_months: 3
term_months: 60
price_usd_per_kw_month: 90
capex_usd_per_mw: 500000
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the small portfolio in `given`."""
    write_portfolio(tmp_path)
    return tmp_path


def price(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the small portfolio."""
    return wattsplit("price", "given", *words, folder=folder)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_one_screen_tells_the_deal(folder: Path) -> None:
    """Headline, figures, walk-away rents by term, bid curve and what is displaced, within 60 lines of 140 signs."""
    done = price(folder, "lab")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Small: deal sheet of lab (Lab)"
    assert lines[1].startswith("Take it: at USD 150.00 per kW-month the best plan signs 6.0 MW of 6.0")
    for words in ("Walk-away rent", "Headroom", "All 6.0 MW", "Flips at a hashprice", "Bid curve", "Opportunity cost"):
        assert words in done.stdout
    for words in ("Term, years", "Escalator", "Start delayed", "Tenant's share", "Prepaid", "PUE", "Credit risk"):
        assert words in done.stdout
    assert len(lines) <= 60
    assert all(len(line) <= 160 for line in lines)
    assert files(folder) == {"given/portfolio.yaml"}


def test_json_holds_everything(folder: Path) -> None:
    """Every table, in full digits, and no number that JSON does not know."""
    done = price(folder, "lab", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    sheet = json.loads(done.stdout, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert (sheet["portfolio"], sheet["contract"]) == ("Small", "lab")
    assert sheet["bid_curve"][0]["rent_from"] is None
    assert sheet["bid_curve"][0]["rent_to"] == sheet["headline"]["reservation"]
    assert {row["term"] for row in sheet["terms"]} >= {"term_months", "pue", "hashprice_factor"}
    balance = sheet["exchanges"][0]
    assert balance["own_npv_usd"] - balance["opportunity_cost_usd"] == pytest.approx(balance["gain_usd"], abs=0.01)


def test_the_quoted_price_fed_back_is_indifference(folder: Path) -> None:
    """At its walk-away rent the offer changes the NPV by less than 1e-6 of it, and the walk-away rent stays."""
    found = json.loads(price(folder, "lab", "--json").stdout)["headline"]
    rent, without = found["reservation"], found["npv_without_usd"]
    again = price(folder, "lab", "--json", "--set", f"contracts.lab.price_usd_per_kw_month={rent!r}")
    at = json.loads(again.stdout)["headline"]
    assert at["npv_usd"] == pytest.approx(without, rel=1e-6)
    assert at["reservation"] == pytest.approx(rent, rel=1e-9)
    assert at["headroom"] == pytest.approx(0.0, abs=1e-6)


def test_out_writes_all_files_or_one(folder: Path) -> None:
    """A folder gets five files, a name with an ending the one that it means."""
    done = price(folder, "lab", "--out", "deal")
    assert (done.returncode, done.stderr) == (0, "")
    assert "written: deal" in done.stdout
    assert files(folder / "deal") == ALL_FILES
    done = price(folder, "lab", "--out", "one.html", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "one.html").read_bytes() == (folder / "deal" / "deal.html").read_bytes()
    rows = table(folder / "deal" / "bid_curve.csv")
    assert list(rows[0]) == ["rent_from", "rent_to", "mw", "npv_usd", "usd_per_rent"]
    assert (rows[0]["rent_from"], rows[0]["mw"], rows[-1]["rent_to"]) == ("", "0.0", "")
    sheet = json.loads((folder / "deal" / "deal.json").read_text(encoding="utf-8"))
    assert float(rows[0]["rent_to"]) == sheet["headline"]["reservation"]
    terms = table(folder / "deal" / "terms.csv")
    assert sum(row["is_own"] == "True" for row in terms) == 8
    displaced = table(folder / "deal" / "displacement.csv")
    own = [float(row["usd"]) for row in displaced if row["at"] == "quoted rent"]
    assert math.fsum(own) == pytest.approx(sheet["exchanges"][0]["opportunity_cost_usd"], abs=1.0)


def test_what_stands_there_needs_force(folder: Path) -> None:
    """An older sheet is kept, which is said before the work; with --force it is replaced."""
    (folder / "deal").mkdir()
    (folder / "deal" / "deal.html").write_text("older", encoding="utf-8")
    refused = price(folder, "lab", "--out", "deal")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    assert price(folder, "lab", "--out", "deal", "--force", "--quiet").returncode == 0
    assert files(folder / "deal") == ALL_FILES


def test_a_new_tenant_is_added_and_priced_in_one_go(folder: Path) -> None:
    """All or nothing of 3 MW at 90: the sheet is of the newcomer, beside the lab."""
    (folder / "newcomer.yaml").write_text(NEWCOMER, encoding="utf-8")
    done = price(folder, "newcomer", "--add-contract", "newcomer.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "deal sheet of newcomer (New)" in done.stdout
    assert "It comes in at least 3.0 MW, or not at all." in done.stdout
    pinned = price(folder, "newcomer", "--add-contract", "newcomer.yaml", "--pin", "lab@pecos:2027-05=2", "--json")
    assert json.loads(pinned.stdout)["pins"] == ["lab@pecos:2027-05=2"]


def test_an_offer_that_is_left_has_a_sheet(folder: Path) -> None:
    """At a rent of 30 it is left, and the sheet says from when on it is worth its first MW."""
    done = price(folder, "lab", "--set", "contracts.lab.price_usd_per_kw_month=30")
    assert done.returncode == 0
    assert "Leave it: at USD 30.00" in done.stdout
    assert "Displaced at the first MW" in done.stdout


def test_an_offer_without_room_has_a_sheet(folder: Path) -> None:
    """No firm capacity: there is no price, which is no error."""
    done = price(folder, "lab", "--set", "sites.pecos.ai_max_mw=0", "--out", "deal")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The limits leave no room for a MW of lab." in done.stdout
    assert files(folder / "deal") == ALL_FILES


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("labb",), "contract = labb: expected an open offer of the portfolio: lab; did you mean 'lab'?"),
        ((), "Missing argument 'CONTRACT'"),
        (("lab", "--drop", "lab"), "contract = lab: expected an open offer; there is none"),
        (("lab", "--pin", "lab@pecos:2027-05=2"), "expected an offer without pins of its own"),
        (("lab", "--set", "contracts.lab.max_mw=lots"), "--set contracts.lab.max_mw=lots"),
        (("lab", "--add-contract", "none.yaml"), "none.yaml"),
        (("lab", "--out", "deal.xlsx"), "ends in none of .csv, .html, .json"),
        (("lab", "--time-limit", "0"), "time-limit"),
    ],
)
def test_mistakes_end_with_a_sentence(folder: Path, words: tuple[str, ...], told: str) -> None:
    """Exit code 2, what was typed and what was expected, no traceback, nothing written."""
    done = price(folder, *words)
    assert done.returncode == 2, done.stdout
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert files(folder) == {"given/portfolio.yaml"}


def test_a_signed_deal_is_not_priced(folder: Path) -> None:
    """It is signed, with so many MW, and how to price it all the same."""
    signed = ("--set", "contracts.lab.committed_mw=2", "--set", "contracts.lab.last_start=2027-04")
    done = price(folder, "lab", *signed)
    assert done.returncode == 2
    assert "it is signed, with 2 MW" in done.stderr
    assert "set its committed_mw to 0" in done.stderr


def test_limits_that_clash_have_an_exit_code_of_their_own(folder: Path) -> None:
    """More hashrate than all fleets have: exit code 3."""
    done = price(folder, "lab", "--set", "limits.min_eh_s=50")
    assert done.returncode == 3
    assert "lowest hashrate" in done.stderr
