"""`wattsplit compare` as a process: figures, files, and every damaged folder told with nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.compare_files import NAMES
from tests.cli.command import files, wattsplit, write_portfolio

PLANS = {
    "before": (),
    "after": ("--set", "contracts.lab.price_usd_per_kw_month=*0.9", "--set", "settings.discount_rate=0.12"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plans `before` and `after`, and `edited`, one of whose tables was changed since."""
    place = tmp_path_factory.mktemp("compare")
    write_portfolio(place)
    for name, changes in {**PLANS, "edited": ()}.items():
        done = wattsplit("plan", "given", *changes, "--out", name, "--formats", "html", "--quiet", folder=place)
        assert done.returncode == 0, done.stderr
    with (place / "edited" / "contracts.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    return place


def test_plans_are_compared_on_the_terminal(folder: Path) -> None:
    """Headline, the inputs that differ, and the bridge in its order; nothing is written."""
    before = files(folder)
    done = wattsplit("compare", "before", "after", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("before is worth USD ")
    assert "price_usd_per_kw_month   150" in done.stdout
    bridge = done.stdout.partition("Net present value from before to after")[2]
    assert bridge.index("1          horizon and discounting") < bridge.index("2          offers")
    assert files(folder) == before


def test_the_figures_are_the_same_for_machines(folder: Path) -> None:
    """JSON: the ends are those of the folders; without a bridge there is none."""
    done = wattsplit("compare", "before", "after", "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for row in found["plans"]:
        summary = json.loads((folder / row["plan"] / "summary.json").read_text(encoding="utf-8"))
        assert (row["npv_usd"], row["capex_usd"]) == (summary["npv_usd"], summary["capex_usd"])
    assert found["bridge"][-1]["npv_usd"] == found["plans"][1]["npv_usd"]
    bare = wattsplit("compare", "before", "after", "--json", "--no-bridge", folder=folder)
    assert json.loads(bare.stdout)["bridge"] is None


def test_out_fills_a_folder_with_the_same_bytes_twice(folder: Path, tmp_path: Path) -> None:
    """All files appear, an existing folder needs --force, and a second run writes the very same."""
    words = ("compare", "before", "after", "--quiet", "--out")
    for name in ("one", "two"):
        done = wattsplit(*words, tmp_path / name, folder=folder)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in (tmp_path / "one").iterdir()} == set(NAMES)
    for name in NAMES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name
    again = wattsplit(*words, tmp_path / "one", folder=folder)
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert wattsplit(*words, tmp_path / "one", "--force", "--no-bridge", folder=folder).returncode == 0


@pytest.mark.parametrize("name", ["page.html", "book.xlsx", "figures.json"])
def test_out_writes_one_file_by_its_ending(folder: Path, tmp_path: Path, name: str) -> None:
    """A page, a workbook, or the figures alone."""
    done = wattsplit("compare", "before", "after", "--no-bridge", "--out", tmp_path / name, folder=folder)
    assert done.returncode == 0, done.stderr
    assert f"written: {tmp_path / name}" in done.stdout
    assert files(tmp_path) == {name}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Missing argument 'DIR DIR...'"),
        ("before", "1 given: expected 2 to 8 folders"),
        ("before absent", "absent: is no folder"),
        ("before given", "given: holds no plan of wattsplit: there is no manifest.json"),
        ("before edited", "edited: contracts.csv differs from what was written"),
        ("before before", "before: is given twice"),
        ("before after --out page.pdf", "page.pdf ends in none of"),
        ("before after --out given", "did not write"),
    ],
)
def test_mistakes_have_exit_code_two(folder: Path, words: str, told: str) -> None:
    """Every mistake gets a sentence on stderr; nothing is printed or written."""
    before = files(folder)
    done = wattsplit("compare", *words.split(), folder=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert files(folder) == before
