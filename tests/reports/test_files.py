"""What a plan leaves on disk: complete, exact, replaceable only on purpose, and recognised when somebody changed it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fake_plan import contracted_plan
from scipy.sparse import csc_matrix

from optimizer.frames_io import read_frame
from optimizer.matrices import Matrices
from optimizer.proving.proof import Proof, load_proof
from optimizer.results import SCHEMAS, Plan
from reports import OutputError, check_target, write_report
from sites import load_portfolio

FILES = {
    "manifest.json",
    "summary.json",
    "certificate.json",
    "proof.npz",
    "report.html",
    "report.pdf",
    "plan.xlsx",
    "inputs/portfolio.yaml",
    *(f"{name}.csv" for name in SCHEMAS),
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A plan made by hand."""
    return provable(contracted_plan())


def provable(plan: Plan) -> Plan:
    """The plan with a proof that can be stored: minimise -x for x <= 2, solved by x = 2."""
    one = np.ones(1)
    matrices = Matrices(
        -one, csc_matrix([[1.0]]), -np.inf * one, 2 * one, 0 * one, np.inf * one, ("limit",), ("x",), 0.0, one < 0.0
    )
    manifest = {name: value for name, value in plan.manifest.items() if name != "inputs"}
    return replace(plan, proof=Proof(matrices, 2 * one, -one), manifest=manifest)


@pytest.fixture(autouse=True)
def _quick_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files for people have tests of their own; here a line stands for each."""
    monkeypatch.setattr("reports.html.render_html", lambda plan, _: f"<p>{plan.status}</p>")
    monkeypatch.setattr("reports.pdf.render_pdf", lambda *_: b"%PDF")
    monkeypatch.setattr("reports.plan_workbook.render_workbook", lambda *_, **__: b"PK")


def written(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_folder_holds_exactly_the_documented_files(plan: Plan, tmp_path: Path) -> None:
    """All files of the page on tables are there, and nothing is left beside the folder."""
    target = write_report(plan, tmp_path / "a" / "plan")
    assert target == (tmp_path / "a" / "plan").resolve()
    assert written(target) == FILES
    assert [entry.name for entry in target.parent.iterdir()] == ["plan"]


def test_manifest_lists_every_file_with_its_digest(plan: Plan, tmp_path: Path) -> None:
    """The digests are those of the bytes on disk; what made the plan is in it; no path of the machine is."""
    target = write_report(plan, tmp_path / "plan")
    text = (target / "manifest.json").read_text()
    manifest = json.loads(text)
    assert set(manifest["files"]) == FILES - {"manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((target / name).read_bytes()).hexdigest() == digest
    assert manifest["files"].items() >= manifest["inputs"].items()
    made = {key: value for key, value in plan.manifest.items() if key != "inputs"}
    assert {key: manifest[key] for key in made} == made
    assert str(tmp_path) not in text


def test_frames_are_read_back_exactly(plan: Plan, tmp_path: Path) -> None:
    """Every table comes back with the same columns and the very same values."""
    target = write_report(plan, tmp_path / "plan")
    for name, frame in plan.frames.items():
        again = read_frame(target / f"{name}.csv", SCHEMAS[name])
        pd.testing.assert_frame_equal(again, frame.reset_index(drop=True), check_exact=True, check_dtype=False)


def test_portfolio_and_proof_are_read_back(plan: Plan, tmp_path: Path) -> None:
    """The copy of the inputs loads to an equal portfolio; the proof holds the same point."""
    target = write_report(plan, tmp_path / "plan")
    assert load_portfolio(target / "inputs") == plan.portfolio
    assert load_proof(target / "proof.npz").x.tolist() == plan.proof.x.tolist()


def test_same_plan_gives_the_same_bytes(plan: Plan, tmp_path: Path) -> None:
    """Two writings differ in no file."""
    one, two = write_report(plan, tmp_path / "one"), write_report(plan, tmp_path / "two")
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in FILES)


def test_existing_plan_is_replaced_only_with_force(plan: Plan, tmp_path: Path) -> None:
    """Without force the message says what to do and the old plan stays; with force only the new one is there."""
    target = write_report(plan, tmp_path / "plan")
    before = (target / "summary.json").read_bytes()
    other = provable(contracted_plan(pecos="waha"))
    with pytest.raises(OutputError, match="holds a plan already; replace it with --force"):
        write_report(other, target)
    assert (target / "summary.json").read_bytes() == before
    write_report(other, target, force=True)
    assert "waha" in (target / "allocation.csv").read_text()
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan"]


def test_empty_folder_may_be_filled(plan: Plan, tmp_path: Path) -> None:
    """An empty folder is nobody's plan and nobody's files."""
    (tmp_path / "plan").mkdir()
    assert written(write_report(plan, tmp_path / "plan")) == FILES


@pytest.mark.parametrize("force", [False, True])
def test_folder_of_somebody_else_is_never_touched(plan: Plan, tmp_path: Path, force: bool) -> None:
    """A folder with other files is refused even with force, and so is a manifest that is not ours."""
    target = tmp_path / "plan"
    target.mkdir()
    (target / "manifest.json").write_text('{"format": "something else"}')
    (target / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputError, match="holds files that are no plan of wattsplit"):
        write_report(plan, target, force=force)
    assert written(target) == {"manifest.json", "thesis.doc"}


@pytest.mark.parametrize("foreign", ["notes.txt", "inputs/notes.txt", "mine/notes.txt"])
def test_plan_with_foreign_files_is_not_replaced(plan: Plan, tmp_path: Path, foreign: str) -> None:
    """A file that somebody put into a plan is named and kept."""
    target = write_report(plan, tmp_path / "plan")
    (target / foreign).parent.mkdir(exist_ok=True)
    (target / foreign).write_text("mine")
    with pytest.raises(OutputError, match=r"files that wattsplit did not write \(.*(notes\.txt|mine)"):
        check_target(target, force=True)
    assert (target / foreign).read_text() == "mine"


def test_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A file is not replaced by a folder."""
    (tmp_path / "plan").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        check_target(tmp_path / "plan", force=True)


def test_check_leaves_no_trace(tmp_path: Path) -> None:
    """Asking whether a plan can be written makes nothing, not even parents."""
    check_target(tmp_path / "a" / "b" / "plan")
    assert list(tmp_path.iterdir()) == []


def test_link_to_a_plan_is_followed(plan: Plan, tmp_path: Path) -> None:
    """With a symbolic link as target the folder behind it is replaced and the link stays."""
    real = write_report(plan, tmp_path / "real")
    link = tmp_path / "link"
    link.symlink_to(real)
    assert write_report(plan, link, force=True) == real
    assert link.is_symlink()
    assert written(real) == FILES


def test_failure_while_writing_leaves_nothing(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the middle of a plan leaves the folder as it was: absent."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("optimizer.proving.proof.save_proof", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_report(plan, tmp_path / "a" / "plan")
    assert list(tmp_path.iterdir()) == []
