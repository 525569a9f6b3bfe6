"""`wattsplit sweep` as a process: tables, maps, files, and a sentence for every mistake."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from optimizer.cli.sweep import SHOWN as CHOICES
from reports.sweep import CHOSEN, SHOWN
from tests.cli.command import files, wattsplit, write_portfolio

RENT = "contracts.lab.price_usd_per_kw_month"
OVER = ("--over", f"{RENT}=50:250:3")
HASHPRICE = ("--over", "hashprice.*.usd_per_ph_day=*0.8,*1,*1.5")
ALL_FILES = {"sweep.html", "sweep.png", "sweep.csv", "sweep_contracts.csv"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the small portfolio in `given`."""
    write_portfolio(tmp_path)
    return tmp_path


def sweep(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the small portfolio."""
    return wattsplit("sweep", "given", *words, folder=folder)


def test_a_curve_on_screen(folder: Path) -> None:
    """One row per value: at 50 nothing is taken, at 150 and 250 the lab is."""
    done = sweep(folder, *OVER)
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines() if line.strip().startswith(("50 ", "150 ", "250 "))]
    assert [row[0] for row in rows] == ["50", "150", "250"]
    assert [row[-2:] for row in rows] == [["none", "optimal"], ["lab", "optimal"], ["lab", "optimal"]]
    assert files(folder) == {"given/portfolio.yaml"}


def test_a_map_on_screen(folder: Path) -> None:
    """Letters across hashprice and up the rent, the highest rent first, and what they stand for."""
    done = sweep(folder, *HASHPRICE, *OVER, "--show", "chosen", "--show", "ai_share")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("Set of offers."))
    assert [line.split() for line in lines[first + 1 : first + 5]] == [
        ["250", "A", "A", "A"],
        ["150", "A", "A", "B"],
        ["50", "B", "B", "B"],
        ["x0.8", "x1", "x1.5"],
    ]
    assert "AI share, %." in done.stdout
    assert "NPV, USD m." not in done.stdout


def test_every_figure_can_be_shown() -> None:
    """The choices of --show are the figures that the reports know."""
    assert set(CHOICES) == {*SHOWN, CHOSEN}


def test_csv_and_json_say_the_same(folder: Path) -> None:
    """Nine cells each, the last field changing first."""
    rows = list(csv.DictReader(io.StringIO(sweep(folder, *HASHPRICE, *OVER, "--csv").stdout)))
    record = json.loads(sweep(folder, *HASHPRICE, *OVER, "--json").stdout)
    assert [row[RENT] for row in rows[:4]] == ["50.0", "150.0", "250.0", "50.0"]
    assert [float(row["npv_usd"]) for row in rows] == [cell["npv_usd"] for cell in record["cells"]]
    assert [row["chosen"] for row in rows] == [";".join(cell["chosen"]) for cell in record["cells"]]
    assert [axis["base"] for axis in record["axes"]] == [1.0, 150.0]
    assert len(record["contracts"]) == 9


def test_changes_hold_in_every_cell(folder: Path) -> None:
    """Without the lab nothing is taken; with a start forced to 2 MW it is there at a rent of 50."""
    dropped = sweep(folder, "--over", "sites.pecos.power=20,30", "--drop", "lab", "--json")
    assert [cell["chosen"] for cell in json.loads(dropped.stdout)["cells"]] == [[], []]
    pinned = json.loads(sweep(folder, *OVER, "--pin", "lab@pecos:2027-05=2", "--json").stdout)
    assert pinned["cells"][0]["chosen"] == ["lab"]
    halved = sweep(folder, "--over", f"{RENT}=150,250", "--set", "contracts.lab.max_mw=*0.5", "--json")
    assert [cell["peak_ai_mw"] for cell in json.loads(halved.stdout)["cells"]] == pytest.approx([3.0, 3.0])


def test_out_writes_all_files_or_one(folder: Path) -> None:
    """A folder gets four files, a name with an ending the one that it means."""
    done = sweep(folder, *OVER, "--out", "map")
    assert (done.returncode, done.stderr) == (0, "")
    assert "written: map" in done.stdout
    assert files(folder / "map") == ALL_FILES
    done = sweep(folder, *OVER, "--out", "one.csv", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (folder / "one.csv").read_bytes() == (folder / "map" / "sweep.csv").read_bytes()
    assert (folder / "map" / "sweep.png").read_bytes().startswith(b"\x89PNG")


def test_what_stands_there_needs_force(folder: Path) -> None:
    """The second run is refused and changes nothing; with --force it writes; foreign files are never replaced."""
    assert sweep(folder, *OVER, "--out", "map", "--quiet").returncode == 0
    before = (folder / "map" / "sweep.csv").read_bytes()
    other = ("--over", f"{RENT}=30:40:2", "--out", "map")
    refused = sweep(folder, *other)
    assert refused.returncode == 2
    assert "--force" in refused.stderr
    assert (folder / "map" / "sweep.csv").read_bytes() == before
    assert sweep(folder, *other, "--force", "--quiet").returncode == 0
    assert (folder / "map" / "sweep.csv").read_bytes() != before
    (folder / "map" / "notes.txt").write_text("mine")
    refused = sweep(folder, *other, "--force")
    assert (refused.returncode, "notes.txt" in refused.stderr) == (2, True)


def test_cells_without_a_plan_are_told(folder: Path) -> None:
    """20 MW of this rig make 1.14 EH/s: of the floors 0.5 and 5 one has no plan, and the exit code is still 0."""
    done = sweep(folder, "--over", "limits.min_eh_s=0.5,5", "--out", "map")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 2 cells have no plan: infeasible" in done.stdout
    assert files(folder / "map") == ALL_FILES


def test_a_portfolio_without_offers_can_be_swept(folder: Path) -> None:
    """There is no contract to draw; everything else is drawn."""
    done = sweep(folder, "--over", "sites.pecos.power=20,30", "--drop", "lab", "--out", "map")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the same offers in every cell" in done.stdout
    assert files(folder / "map") == ALL_FILES


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--over", RENT), f"range '{RENT}': expected FIELD=RANGE"),
        (("--over", f"{RENT}=1:9"), "expected FROM:TO:COUNT"),
        ((*OVER, *HASHPRICE, "--over", "settings.pool_fee=0,0.1"), "3 ranges are given: expected from one to 2"),
        ((*OVER, *OVER), "both ranges change"),
        (("--over", "contracts.lab.price=1,2"), "did you mean 'price_usd_per_kw_month'"),
        (("--over", "contracts.labs.max_mw=1,2"), "did you mean 'lab'"),
        (("--over", f"{RENT}=-1,2"), f"--over {RENT}=-1,2: contracts 'lab' price_usd_per_kw_month = -1"),
        (("--over", "settings.discount_rate=8:12:3"), "settings discount_rate = 8"),
        ((*OVER, "--set", "contracts.lab.max_mw=lots"), "--set contracts.lab.max_mw=lots"),
        ((*OVER, "--pin", "lab@pecos:2040-01=2"), "lab@pecos:2040-01=2"),
        ((*OVER, "--show", "irr"), "'irr' is not one of"),
        ((*OVER, "--csv", "--json"), "--csv and --json"),
        ((), "Missing option '--over'"),
    ],
)
def test_mistakes_end_with_a_sentence(folder: Path, words: tuple[str, ...], told: str) -> None:
    """Exit code 2, what was typed and what was expected, no traceback, nothing written."""
    done = sweep(folder, *words, "--out", "map")
    assert done.returncode == 2, done.stdout
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert files(folder) == {"given/portfolio.yaml"}


def test_an_ending_that_nothing_has_is_refused(folder: Path) -> None:
    """There is no sweep as a workbook, and that is said before the work."""
    done = sweep(folder, *OVER, "--out", "map.xlsx")
    assert done.returncode == 2
    assert "ends in none of .csv, .html, .png" in done.stderr


def test_every_fault_is_told_at_once(folder: Path) -> None:
    """Impossible values on both axes, and none of them hides the other."""
    done = sweep(folder, "--over", "settings.pool_fee=0.5,1.5", "--over", f"{RENT}=-5:100:2")
    assert done.returncode == 2
    assert "pool_fee = 1.5" in done.stderr
    assert "price_usd_per_kw_month = -5" in done.stderr
