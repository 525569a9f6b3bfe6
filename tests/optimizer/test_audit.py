"""An audit reads nothing but the folder, repeats the certificate, and names every file that was damaged or edited."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.proving.audit import audit
from optimizer.proving.proof import load_proof, save_proof
from tests.optimizer.certified import power_plan, rich_plan, seal, write_plan

FILES = "files are the ones that were written"
PROGRAMME = "the proof is of the programme of the inputs"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the rich plan."""
    folder = tmp_path_factory.mktemp("written") / "plan"
    write_plan(rich_plan(), folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of that folder to be damaged."""
    return Path(shutil.copytree(written, tmp_path / "plan"))


def failed(certificate: dict[str, Any]) -> dict[str, str]:
    """Where each failed check points to."""
    json.dumps(certificate, allow_nan=False)
    assert certificate["passed"] == all(check["passed"] for check in certificate["checks"])
    return {check["name"]: check["where"] for check in certificate["checks"] if not check["passed"]}


def replace_text(path: Path, old: str, new: str) -> None:
    """Edit a text file in its first matching place."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def edit_cell(path: Path, row: int, column: str, change: Callable[[str], str]) -> None:
    """Edit one cell of a CSV file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index(column)
    cells = lines[row].split(",")
    cells[place] = change(cells[place])
    lines[row] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def edit_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_plan_as_written_passes(folder: Path) -> None:
    """The audit repeats the certificate of the plan, check by check, from files that lost no digit."""
    certificate = audit(folder)
    assert failed(certificate) == {}
    assert certificate["passed"]
    stored = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    assert certificate["checks"][-len(stored["checks"]) :] == stored["checks"]
    assert certificate["exact"] == stored["exact"]


def test_a_plan_with_power_contracts_is_audited_from_its_files(tmp_path: Path) -> None:
    """As written it passes; a megawatt enrolled beyond what was written is found, also under a fitting manifest."""
    folder = tmp_path / "plan"
    write_plan(power_plan(), folder)
    assert failed(audit(folder)) == {}
    lines = (folder / "programmes.csv").read_text(encoding="utf-8").splitlines()
    row = next(number for number, line in enumerate(lines) if "demand_response,old,4.0" in line)
    edit_cell(folder / "programmes.csv", row, "mw", lambda cell: repr(float(cell) + 1.0))
    seal(folder)
    names = failed(audit(folder))
    assert FILES not in names
    assert "demand_response 6 of 'old', 2027-02" in names["programmes: billed_mw"]


@pytest.mark.parametrize("name", ["cashflow.csv", "summary.json", "certificate.json", "proof.npz", "manifest.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    """Any file may be gone: the audit says which, and raises nothing."""
    (folder / name).unlink()
    assert name in failed(audit(folder))[FILES]


def test_missing_inputs_are_named(folder: Path) -> None:
    """Without the inputs there is nothing to compare with."""
    shutil.rmtree(folder / "inputs")
    names = failed(audit(folder))
    assert "inputs/portfolio.yaml is missing" in names[FILES]
    assert "portfolio.yaml" in names["inputs"]


def test_an_empty_folder_fails(tmp_path: Path) -> None:
    """Nothing is there; every part says so."""
    names = failed(audit(tmp_path))
    assert names[FILES] == "manifest.json is missing"
    assert {"inputs", "summary.json", "certificate.json", "proof.npz", "frames"} <= set(names)


def test_an_edited_cell_is_found_by_its_digest_and_by_its_meaning(folder: Path) -> None:
    """A dollar in the cash flow: the file is not the one written, and the replay gives another number."""
    edit_cell(folder / "cashflow.csv", 1, "usd", lambda cell: repr(float(cell) + 1.0))
    names = failed(audit(folder))
    assert names[FILES] == "cashflow.csv differs from what was written"
    assert "site 'alpha', 2027-01" in names["cashflow: mining_revenue"]


def test_an_edited_cell_is_found_even_if_the_manifest_was_mended(folder: Path) -> None:
    """Who edits a frame and writes a fitting manifest still cannot make the books agree."""
    edit_cell(folder / "contracts.csv", 3, "npv_usd", lambda cell: repr(float(cell) * 1.001))
    seal(folder)
    names = failed(audit(folder))
    assert FILES not in names
    assert "contract 'lab'" in names["contracts: npv_usd"]
    assert "passed is True there, False here" in names["the stored certificate says the same"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda path: edit_cell(path, 2, "usd", lambda _: "much"), "'much' is not a number"),
        (lambda path: path.write_text("", encoding="utf-8"), "is empty"),
        (lambda path: replace_text(path, "month,site", "month,place"), "columns are month, place"),
        (lambda path: path.write_bytes(path.read_bytes()[:-20]), "cells where the header has"),
        (lambda path: path.write_bytes(b"\xff\xfe" + path.read_bytes()), "is not a CSV file"),
    ],
)
def test_a_damaged_frame_is_named(folder: Path, edit: Callable[[Path], object], message: str) -> None:
    """Text for a number, nothing, other columns, cut short, not UTF-8: the file and the fault are said."""
    edit(folder / "cashflow.csv")
    seal(folder)
    where = failed(audit(folder))["frames"]
    assert "cashflow.csv" in where
    assert message in where


def test_a_cut_proof_is_named(folder: Path) -> None:
    """Half of the archive proves nothing."""
    path = folder / "proof.npz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    names = failed(audit(folder))
    assert names[FILES] == "proof.npz differs from what was written"
    assert "proof.npz: damaged" in names["proof.npz"]


def test_a_proof_of_another_programme_is_named(folder: Path) -> None:
    """A cost lowered so that the plan would be worth more: not what the inputs compile to, by the column's name."""
    proof = load_proof(folder / "proof.npz")
    cost = proof.matrices.cost.copy()
    column = int(np.argmax(np.abs(cost)))
    cost[column] *= 1.0001
    save_proof(replace(proof, matrices=replace(proof.matrices, cost=cost)), folder / "proof.npz")
    seal(folder)
    where = failed(audit(folder))[PROGRAMME]
    assert where.startswith(f"cost of column '{proof.matrices.col_names[column]}': ")


def test_a_limit_taken_out_of_the_proof_is_named(folder: Path) -> None:
    """The capex budget made infinite, a coefficient changed, a row renamed: each is found in the programme."""
    proof = load_proof(folder / "proof.npz")
    matrices = proof.matrices
    row = next(i for i, name in enumerate(matrices.row_names) if name.startswith("capex_budget"))
    upper = matrices.row_upper.copy()
    upper[row] = np.inf
    coefficients = matrices.a.copy()
    coefficients.data[0] *= 1.01
    other = ("elsewhere", *matrices.row_names[1:])
    for changed, message in (
        (replace(matrices, row_upper=upper), f"upper limit of row '{matrices.row_names[row]}': inf stored"),
        (replace(matrices, a=coefficients), "coefficient of row "),
        (replace(matrices, row_names=other), "'elsewhere' stored"),
        (replace(matrices, offset=matrices.offset + 1.0), "offset"),
    ):
        save_proof(replace(proof, matrices=changed), folder / "proof.npz")
        assert message in failed(audit(folder))[PROGRAMME]


def test_edited_inputs_are_another_programme(folder: Path) -> None:
    """A site of 21 MW where the plan was made for 20: programme and books disagree with the inputs."""
    replace_text(folder / "inputs" / "portfolio.yaml", "20.0", "21.0")
    seal(folder)
    names = failed(audit(folder))
    assert PROGRAMME in names
    assert "site 'alpha'" in names["allocation: rows add up to capacity"]


def test_broken_inputs_are_named(folder: Path) -> None:
    """A YAML file that is none, and one with a fault: the loader's own message is kept."""
    path = folder / "inputs" / "portfolio.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text("sites: [", encoding="utf-8")
    assert "portfolio.yaml" in failed(audit(folder))["inputs"]
    path.write_text(whole.replace("discount_rate", "discont_rate", 1), encoding="utf-8")
    assert "discont_rate" in failed(audit(folder))["inputs"]


def test_an_edited_manifest_is_found(folder: Path) -> None:
    """A changed digest, a file no longer listed, a file outside the folder, no list at all, no JSON."""
    manifest = folder / "manifest.json"
    whole = manifest.read_text(encoding="utf-8")
    for change, message in (
        (lambda content: content["files"].update({"summary.json": "0" * 64}), "summary.json differs"),
        (lambda content: content["files"].pop("terms.csv"), "terms.csv is not listed in manifest.json"),
        (lambda content: content["files"].update({"../secret": "0"}), "../secret is not a file of this folder"),
        (lambda content: content["files"].update({"/etc/hostname": "0"}), "/etc/hostname is not a file of this folder"),
        (lambda content: content.pop("files"), "manifest.json: lists no files"),
    ):
        manifest.write_text(whole, encoding="utf-8")
        edit_json(manifest, change)
        assert message in failed(audit(folder))[FILES]
    manifest.write_text("{", encoding="utf-8")
    assert failed(audit(folder))[FILES].startswith("manifest.json: ")


def test_an_edited_certificate_is_found(folder: Path) -> None:
    """A stored certificate that claims another gap, or other checks, is not what the audit finds."""
    path = folder / "certificate.json"
    edit_json(path, lambda content: content["exact"].update({"relative_gap": 0.0, "dual_bound": -99.0}))
    assert "verdict of exact arithmetic" in failed(audit(folder))["the stored certificate says the same"]
    edit_json(path, lambda content: content.update({"exact": audit(folder)["exact"], "checks": []}))
    assert "its checks are other ones" in failed(audit(folder))["the stored certificate says the same"]


def test_an_edited_summary_is_found(folder: Path) -> None:
    """A million more in the headline; NaN, which JSON does not know; a list where an object should be."""
    path = folder / "summary.json"
    edit_json(path, lambda content: content.update({"npv_usd": content["npv_usd"] + 1e6}))
    assert "summary: npv_usd" in failed(audit(folder))
    path.write_text('{"npv_usd": NaN}', encoding="utf-8")
    assert "NaN is no number" in failed(audit(folder))["summary.json"]
    path.write_text("[]", encoding="utf-8")
    assert "summary.json: holds no object" in failed(audit(folder))["summary.json"]
    path.write_text("{}", encoding="utf-8")
    assert failed(audit(folder))["summary"] == "no entry 'npv_usd'"
