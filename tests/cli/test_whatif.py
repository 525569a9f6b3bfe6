"""`wattsplit whatif` as a process: figures, files, and every mistake in one go with nothing written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from reports.what_if_files import NAMES
from tests.cli.command import PORTFOLIO, files, wattsplit, write_portfolio

RENT = "contracts.lab.price_usd_per_kw_month"
EXTRA = PORTFOLIO.partition("contracts:\n")[2].replace("id: lab", "id: extra")
CASES = f"""\
cheap:
  set: {RENT}=*0.9
late & forced:
  set: [contracts.lab.last_start=+1]
  pin: ["lab@pecos:2027-11=6"]
more:
  add: extra.yaml
  drop: [lab]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the portfolio `given`, cases.yaml and extra.yaml."""
    write_portfolio(tmp_path)
    (tmp_path / "extra.yaml").write_text(EXTRA, encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(CASES, encoding="utf-8")
    return tmp_path


def test_base_and_cases_stand_side_by_side(folder: Path) -> None:
    """Each case has a column with its change, what moved is told with its month, and the pin's price is named."""
    done = wattsplit("whatif", "given", "--cases", "cases.yaml", folder=folder, COLUMNS="140")
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert text.startswith("Small: The base is worth USD ")
    for words in (
        "late & forced: set contracts.lab.last_start=+1; pin lab@pecos:2027-11=6",
        "Net present value, USD m",
    ):
        assert words in text
    offers = text.partition("What moved: starts of offers")[2].partition("What moved: mean MW")[0]
    moved = [line.split()[-5:] for line in offers.splitlines() if line.startswith(" late & forced")]
    assert moved == [["Apr", "2027", "6.0", "0.0", "-6.0"], ["Nov", "2027", "0.0", "6.0", "+6.0"]]
    assert "lab@pecos:2027-11=6" in text.partition("What pins cost")[2]
    assert "4 plans with a passed certificate each" in text
    assert files(folder) == {"given/portfolio.yaml", "cases.yaml", "extra.yaml"}


def test_the_figures_are_the_same_for_machines(folder: Path) -> None:
    """JSON: the value falls by a tenth of the rents, and a plan of the changed file has the very same summary."""
    done = wattsplit("whatif", "given", "--set", f"{RENT}=*0.9", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (case,) = found["cases"]
    assert case["changes"] == [f"set {RENT}=*0.9"]
    assert (case["certified"], found["base"]["certified"]) == (True, True)
    text = PORTFOLIO.replace("price_usd_per_kw_month: 150", "price_usd_per_kw_month: 135")
    (folder / "given" / "portfolio.yaml").write_text(text, encoding="utf-8")
    planned = wattsplit("plan", "given", "--json", "--out", "plan", folder=folder)
    assert planned.returncode == 0, planned.stderr
    assert case["summary"]["npv_usd"] == json.loads(planned.stdout)["npv_usd"]
    base, changed = found["comparison"]
    assert changed["npv_change_usd"] == pytest.approx(changed["npv_usd"] - base["npv_usd"])
    assert changed["npv_change_usd"] < 0


def test_out_fills_a_folder(folder: Path) -> None:
    """All files appear, the comparison has a row per case, and an existing folder needs --force."""
    words = ("whatif", "given", "--cases", "cases.yaml", "--out", "out", "--quiet")
    done = wattsplit(*words, folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in (folder / "out").iterdir()} == set(NAMES)
    with (folder / "out" / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["case"] for row in rows] == ["base", "cheap", "late & forced", "more"]
    assert "late &amp; forced" in (folder / "out" / "whatif.html").read_text(encoding="utf-8")
    again = wattsplit(*words, folder=folder)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert wattsplit(*words, "--force", folder=folder).returncode == 0


def test_out_writes_one_page(folder: Path) -> None:
    """A name ending in .html gets the page alone."""
    done = wattsplit("whatif", "given", "--drop", "lab", "--out", "new/page.html", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "written: new/page.html" in done.stdout
    assert files(folder) == {"given/portfolio.yaml", "cases.yaml", "extra.yaml", "new/page.html"}


def test_all_options_work_together(folder: Path) -> None:
    """An added offer is changed, pinned, and the old one dropped: its 6 MW start where they were forced to."""
    changes = ("--add-contract", "extra.yaml", "--set", "contracts.extra.max_mw=8", "--drop", "lab")
    done = wattsplit("whatif", "given", *changes, "--pin", "extra@pecos:2027-06=8", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    moved = [(row["contract"], row["start"], round(row["case_mw"], 6)) for row in found["moves"]]
    assert moved == [("extra", "2027-06", 8.0), ("lab", "2027-04", 0.0)]
    assert found["pins"][0]["cost_usd"] > 0


def test_every_mistake_is_told_in_one_go_and_nothing_is_written(folder: Path) -> None:
    """Wrong fields, values, ids, files and pins, of options and of cases: exit code 2 and a line for each."""
    (folder / "cases.yaml").write_text("one:\n  set: contracts.lab.pue=0.5\n  drop: [labb]\n", encoding="utf-8")
    options = [
        *("--set", "contracts.lab.price=130"),
        *("--set", "settings.discount_rate=12"),
        *("--add-contract", "absent.yaml"),
        *("--pin", "lab@pecos"),
    ]
    done = wattsplit("whatif", "given", *options, "--cases", "cases.yaml", "--out", "out", folder=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    expected = [
        "absent.yaml: there is no such file",
        "--set contracts.lab.price=130: contracts 'lab' price is an unknown column",
        "--set settings.discount_rate=12: settings discount_rate = 12",
        "cases.yaml:2:8: case 'one' set contracts.lab.pue=0.5: contracts 'lab' pue = 0.5",
        "cases.yaml:3:10: case 'one' drop labb: contracts 'labb' is unknown",
        "--pin lab@pecos: expected OFFER@SITE:MONTH=MW",
    ]
    for words in expected:
        assert sum(line.startswith(words) for line in lines) == 1, words
    assert lines[-1] == "6 errors; nothing was written"
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "nothing is changed"),
        ("--cases absent.yaml", "absent.yaml: there is no such file"),
        ("--pin lab@pecos:2027-03=1", "--pin lab@pecos:2027-03=1: start = 2027-03: expected a first rent month from"),
        ("--drop labb", "did you mean 'lab'"),
        ("--drop lab --out given", "did not write"),
        ("--drop lab --out page.pdf", "page.pdf ends in none of"),
        ("--drop lab --gap 5", "--gap"),
    ],
)
def test_mistakes_have_exit_code_two(folder: Path, words: str, told: str) -> None:
    """Every mistake gets a sentence on stderr; nothing is printed or written."""
    before = files(folder)
    done = wattsplit("whatif", "given", *words.split(), folder=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert files(folder) == before


def test_a_single_case_without_a_plan_has_exit_code_three(folder: Path) -> None:
    """The clash is told; nothing is written."""
    done = wattsplit("whatif", "given", "--set", "limits.min_eh_s=9", "--out", "out", folder=folder)
    assert done.returncode == 3
    assert "no plan satisfies these limits together" in done.stderr
    assert not (folder / "out").exists()


def test_one_case_of_several_without_a_plan_is_told_beside_the_others(folder: Path) -> None:
    """Exit code 0: the others are compared, and the clash stands above them."""
    (folder / "cases.yaml").write_text(f"a: {{set: limits.min_eh_s=9}}\nb: {{set: {RENT}=100}}\n", encoding="utf-8")
    done = wattsplit("whatif", "given", "--cases", "cases.yaml", "--out", "out", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "a: no plan satisfies these limits together:" in done.stdout
    found = json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))
    assert found["cases"][0]["clashes"]
    assert found["cases"][0]["summary"] is None
    assert "no plan satisfies these limits together" in (folder / "out" / "whatif.html").read_text(encoding="utf-8")


def test_warnings_of_changes_are_told_once(folder: Path) -> None:
    """What is odd in two cases for the same option is one line on stderr."""
    (folder / "cases.yaml").write_text(f"a: {{set: {RENT}=100}}\nb: {{set: {RENT}=90}}\n", encoding="utf-8")
    option = ("--set", "settings.discount_rate=0.6")
    done = wattsplit("whatif", "given", *option, "--cases", "cases.yaml", folder=folder)
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("--set settings.discount_rate=0.6: warning: settings discount_rate = 0.6")
