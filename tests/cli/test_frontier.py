"""`wattsplit frontier` and `wattsplit plan` on a portfolio with scenarios, as processes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.command import PORTFOLIO, wattsplit, write_portfolio

SCENARIOS = """\
scenarios:
  - {id: as-thought, probability: 0.6}
  - {id: bear, probability: 0.4, hashprice: bear, power_factor: 1.2, build_delay_months: 3}
risk: {cvar_weight: 0.3, cvar_alpha: 0.25}
"""
UNCERTAIN = PORTFOLIO.replace(
    "    usd_per_ph_day: 45\n", "    usd_per_ph_day: 45\n  - {month: 2027-01, usd_per_ph_day: 20, scenario: bear}\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the small portfolio and two scenarios in `given`."""
    write_portfolio(tmp_path, UNCERTAIN + SCENARIOS)
    return tmp_path


def test_a_plan_with_scenarios_is_written_and_audited(folder: Path) -> None:
    """The terminal tells of the scenarios, their file holds them, and the audit passes."""
    done = wattsplit("plan", "given", "--out", "made", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Values are means over 2 scenarios. In the worst 25% of them" in done.stdout
    with (folder / "made" / "scenarios.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["scenario"] for row in rows] == ["as-thought", "bear"]
    summary = json.loads((folder / "made" / "summary.json").read_text(encoding="utf-8"))
    mean = sum(float(row["probability"]) * float(row["npv_usd"]) for row in rows)
    assert summary["npv_usd"] == pytest.approx(mean)
    assert summary["cvar_usd"] == pytest.approx(float(rows[1]["npv_usd"]))
    assert wattsplit("audit", "made", folder=folder).returncode == 0


def test_the_frontier_is_shown_and_written(folder: Path) -> None:
    """JSON for machines, all files into a folder."""
    done = wattsplit("frontier", "given", "--alpha", "0.4", "--json", "--out", "frontier", folder=folder)
    assert done.returncode == 0
    found = json.loads(done.stdout)
    assert found["cvar_alpha"] == 0.4
    assert found["complete"]
    assert (folder / "frontier" / "frontier.html").is_file()


def test_a_portfolio_without_scenarios_is_told_what_it_needs(tmp_path: Path) -> None:
    """One sentence, exit code 2."""
    write_portfolio(tmp_path)
    done = wattsplit("frontier", "given", folder=tmp_path)
    assert done.returncode == 2
    assert "error: a frontier needs several scenarios: give the table 'scenarios'" in done.stderr
