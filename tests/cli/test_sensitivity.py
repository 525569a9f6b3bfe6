"""`wattsplit sensitivity` as a process: the tornado, its files, and a sentence for every mistake."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from optimizer.drivers import DRIVERS
from tests.cli.command import files, wattsplit, write_portfolio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the small portfolio in `given`."""
    write_portfolio(tmp_path)
    return tmp_path


def sensitivity(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the small portfolio."""
    return wattsplit("sensitivity", "given", *words, folder=folder)


def test_the_tornado_on_screen(folder: Path) -> None:
    """Every driver that moves something has two rows; default rates, all zero, are told to move nothing."""
    done = sensitivity(folder)
    assert (done.returncode, done.stderr) == (0, "")
    for driver in DRIVERS.values():
        assert driver.label in done.stdout
    assert "Default rates from x0.5 to x2 moves nothing here" in done.stdout
    assert files(folder) == {"given/portfolio.yaml"}


def test_csv_and_json_say_the_same(folder: Path) -> None:
    """Two rows for each driver that is asked for, with the range given."""
    words = ("--driver", "hashprice", "--driver", "capex", "--range", "hashprice=*0.5:*4")
    rows = list(csv.DictReader(io.StringIO(sensitivity(folder, *words, "--csv").stdout)))
    record = json.loads(sensitivity(folder, *words, "--json").stdout)
    assert [(row["driver"], row["change"]) for row in rows] == [
        ("hashprice", "*0.5"),
        ("hashprice", "*4"),
        ("capex", "*0.75"),
        ("capex", "*1.25"),
    ]
    assert [float(row["npv_usd"]) for row in rows] == [swing["npv_usd"] for swing in record["swings"]]
    assert [driver["range_from"] for driver in record["drivers"]] == ["as given", DRIVERS["capex"].why]
    # Mining at four times the hashprice earns more than the lab pays; whoever holds the plan cannot follow.
    boom = record["swings"][1]
    assert boom["contracts_out"] == ["lab"]
    assert boom["adapting_usd"] == pytest.approx(boom["npv_usd"] - boom["held_npv_usd"])
    assert boom["adapting_usd"] > 0.0


def test_changes_come_before_the_drivers(folder: Path) -> None:
    """Without the lab only mining can move."""
    record = json.loads(sensitivity(folder, "--drop", "lab", "--json").stdout)
    assert [driver["driver"] for driver in record["drivers"]] == ["hashprice", "power", "discount_rate"]
    assert "rent" in record["moves_nothing"]


def test_out_writes_all_files_or_one(folder: Path) -> None:
    """A folder gets the page, the picture and the table; a name with an ending one of them."""
    done = sensitivity(folder, "--out", "tornado")
    assert (done.returncode, done.stderr) == (0, "")
    assert files(folder / "tornado") == {"sensitivity.html", "sensitivity.png", "sensitivity.csv"}
    assert (folder / "tornado" / "sensitivity.png").read_bytes().startswith(b"\x89PNG")
    assert sensitivity(folder, "--out", "tornado").returncode == 2
    assert sensitivity(folder, "--out", "one.html", "--quiet").stdout == ""
    assert (folder / "one.html").read_bytes() == (folder / "tornado" / "sensitivity.html").read_bytes()


def test_the_help_names_every_usual_range(folder: Path) -> None:
    """What the help says of a driver is what the driver has."""
    lines = [line.split() for line in wattsplit("sensitivity", "--help", folder=folder).stdout.splitlines()]
    listed = {line[0]: line[1] for line in lines if line and line[0] in DRIVERS}
    assert listed == {name: driver.usual for name, driver in DRIVERS.items()}


def test_a_portfolio_without_a_plan_is_explained(folder: Path) -> None:
    """Exit code 3 and the limit that nothing reaches."""
    done = sensitivity(folder, "--set", "limits.min_eh_s=5", "--out", "tornado")
    assert done.returncode == 3
    assert "hashrate" in done.stderr
    assert files(folder) == {"given/portfolio.yaml"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--range", "hashrpice=*1:*2"), "did you mean 'hashprice'"),
        (("--range", "hashprice"), "expected LOW:HIGH"),
        (("--range", "hashprice=*2:*1"), "the lower one first"),
        (("--range", "delay=*1:*2"), "expected + before both values of delay"),
        (("--range", "delay=+0:+1.5"), "--range delay=+0:+1.5: contracts 'lab'"),
        (("--range", "discount_rate=+0:+12"), "--range discount_rate=+0:+12: settings discount_rate"),
        (("--driver", "weather"), "driver 'weather': expected one of hashprice"),
        (("--csv", "--json"), "--csv and --json"),
    ],
)
def test_mistakes_end_with_a_sentence(folder: Path, words: tuple[str, ...], told: str) -> None:
    """Exit code 2, what was typed and what was expected, no traceback, nothing written."""
    done = sensitivity(folder, *words, "--out", "tornado")
    assert done.returncode == 2, done.stdout
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert files(folder) == {"given/portfolio.yaml"}
