"""`wattsplit template`, and commands that read a workbook."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
from command import wattsplit


def test_a_workbook_is_written_checked_and_planned(tmp_path: Path) -> None:
    """The plan of the workbook is the plan of the portfolio."""
    done = wattsplit("template", "book.xlsx", "tiny", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "wattsplit plan book.xlsx" in done.stdout
    assert wattsplit("check", "book.xlsx", folder=tmp_path).returncode == 0
    options = ("--formats", "none", "--quiet")
    assert wattsplit("plan", "book.xlsx", *options, folder=tmp_path).returncode == 0
    assert wattsplit("plan", "tiny", *options, folder=tmp_path).returncode == 0
    book, folder = (tmp_path / "plans" / name for name in ("book", "tiny"))
    assert (book / "summary.json").read_bytes() == (folder / "summary.json").read_bytes()
    manifests = [json.loads((one / "manifest.json").read_text()) for one in (book, folder)]
    assert manifests[0]["portfolio"] == manifests[1]["portfolio"]
    assert list(manifests[0]["inputs"]) == ["book.xlsx"]
    assert wattsplit("rerun", "plans/book", folder=tmp_path).returncode == 0


def test_findings_name_the_cell(tmp_path: Path) -> None:
    """As the planner sees it in Excel."""
    assert wattsplit("template", "book.xlsx", "tiny", folder=tmp_path).returncode == 0
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    columns = {cell.value: cell.column_letter for cell in book["contracts"][1]}
    place = f"{columns['term_months']}4"
    book["contracts"][place] = "long"
    book.save(tmp_path / "book.xlsx")
    done = wattsplit("plan", "book.xlsx", "--out", "out", folder=tmp_path)
    assert done.returncode == 2
    assert f"book.xlsx:contracts!{place}: contracts 'inference' term_months = long" in done.stderr
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    """An existing workbook, another ending and an unknown portfolio end with exit code 2."""
    assert wattsplit("template", "book.xlsx", folder=tmp_path).returncode == 0
    before = (tmp_path / "book.xlsx").read_bytes()
    assert wattsplit("template", "book.xlsx", "tiny", folder=tmp_path).returncode == 2
    assert (tmp_path / "book.xlsx").read_bytes() == before
    assert wattsplit("template", "book.xlsx", "tiny", "--force", folder=tmp_path).returncode == 0
    assert (tmp_path / "book.xlsx").read_bytes() != before
    assert wattsplit("template", "book.xls", folder=tmp_path).returncode == 2
    assert wattsplit("template", "other.xlsx", "nothing", folder=tmp_path).returncode == 2
    assert not (tmp_path / "other.xlsx").exists()
