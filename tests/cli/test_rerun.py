"""`wattsplit rerun` and `wattsplit plans`: a plan made again byte for byte, and the plans in a folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command import PORTFOLIO, wattsplit

PRICES = "time,usd_per_mwh\n"


def write_inputs(folder: Path) -> None:
    """A portfolio with what a saved copy does not keep: hourly prices of which one hour is missing, and a warning."""
    given = folder / "given"
    given.mkdir()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [f"{(start + timedelta(hours=n)).isoformat()},{20 + n % 24}\n" for n in range(8760) if n != 100]
    (given / "spot.csv").write_text(PRICES + "".join(hours))
    text = PORTFOLIO.replace("power: 35", "power: spot").replace("max_mw: 6", "max_mw: 6\n    exclusive_group: alone")
    text += "power_series:\n  - id: spot\n    file: spot.csv\n    timezone: UTC\n"
    (given / "portfolio.yaml").write_text(text)


def test_a_plan_is_made_again_from_its_folder_alone(tmp_path: Path) -> None:
    """Every file is the same, the page with its warnings, cleaning, additions and hashes too."""
    write_inputs(tmp_path)
    (tmp_path / "memo.md").write_text("# Why\nnow")
    options = ("--company", "Acme", "--currency-scale", "k", "--add", "memo.md", "--pin", "lab@pecos:2027-05=2")
    done = wattsplit("plan", "given", "--out", "first", *options, folder=tmp_path, SOURCE_DATE_EPOCH="1767225600")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "first" / "report.html").read_text()
    assert "interpolated" in page
    assert "alone in its group" in page
    assert json.loads((tmp_path / "first" / "manifest.json").read_text())["created"] == "2026-01-01T00:00:00Z"
    for path in (tmp_path / "given").iterdir():
        path.unlink()
    (tmp_path / "memo.md").unlink()
    done = wattsplit("rerun", "first", "--out", "second", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the same plan, byte for byte" in done.stdout
    for path in (tmp_path / "first").rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()


def test_a_changed_plan_is_not_made_again(tmp_path: Path) -> None:
    """A file that was edited is named, and nothing is solved."""
    write_inputs(tmp_path)
    assert wattsplit("plan", "given", "--out", "first", "--formats", "none", folder=tmp_path).returncode == 0
    saved = tmp_path / "first" / "inputs" / "portfolio.yaml"
    saved.write_text(saved.read_text().replace("45", "46"))
    done = wattsplit("rerun", "first", folder=tmp_path)
    assert done.returncode == 2
    assert "inputs/portfolio.yaml" in done.stderr


def test_a_difference_is_told(tmp_path: Path) -> None:
    """A plan whose manifest tells of another program gives exit code 4 and says so."""
    write_inputs(tmp_path)
    assert wattsplit("plan", "given", "--out", "first", "--formats", "html", folder=tmp_path).returncode == 0
    path = tmp_path / "first" / "manifest.json"
    path.write_text(path.read_text().replace('"program": "wattsplit ', '"program": "wattsplit 0.0.0+'))
    done = wattsplit("rerun", "first", folder=tmp_path)
    assert done.returncode == 4
    assert "manifest.json, program: wattsplit 0.0.0+" in done.stderr
    assert wattsplit("rerun", "first", "--out", "first", folder=tmp_path).returncode == 2
    assert wattsplit("rerun", "given", folder=tmp_path).returncode == 2


def test_plans_are_listed_oldest_first(tmp_path: Path) -> None:
    """With the digest of their inputs, which is the same for the same inputs."""
    write_inputs(tmp_path)
    plain = ("--formats", "none", "--quiet")
    for name, when, more in (("b", "1767225600", ()), ("a", "1767312000", ()), ("c", "1767398400", ("--drop", "lab"))):
        done = wattsplit(
            "plan", "given", "--out", f"plans/{name}", *plain, *more, folder=tmp_path, SOURCE_DATE_EPOCH=when
        )
        assert done.returncode == 0, done.stderr
    (tmp_path / "plans" / "other").mkdir()
    listed = json.loads(wattsplit("plans", "--json", folder=tmp_path).stdout)
    assert [entry["folder"] for entry in listed] == ["b", "a", "c"]
    assert listed[0]["portfolio"] == listed[1]["portfolio"] != listed[2]["portfolio"]
    assert listed[0]["npv_usd"] > listed[2]["npv_usd"]
    table = wattsplit("plans", folder=tmp_path).stdout
    assert table.index("2026-01-01") < table.index("2026-01-02")
    assert "holds no plan" in wattsplit("plans", "given", folder=tmp_path).stdout
    assert wattsplit("plans", "nowhere", folder=tmp_path).returncode == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--formats", "docx"), "html, pdf, xlsx"),
        (("--company", "x" * 121), "120 visible characters"),
        (("--add", "nothing.csv"), "nothing.csv"),
        (("--logo", "nothing.png"), "nothing.png"),
    ],
)
def test_bad_options_are_refused_before_solving(words: tuple[str, str], said: str, tmp_path: Path) -> None:
    """With the reason, and without writing anything."""
    done = wattsplit("plan", "tiny", "--out", "plan", *words, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "plan").exists()
