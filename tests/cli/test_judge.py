"""`wattsplit judge` as a process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import files, wattsplit, write_portfolio
from tests.cli.test_frontier import SCENARIOS, UNCERTAIN


def test_a_judgement_is_printed_and_written(tmp_path: Path) -> None:
    """JSON for machines, all files into a folder, changes and pins as everywhere."""
    write_portfolio(tmp_path, UNCERTAIN + SCENARIOS)
    words = ("--set", "risk.cvar_weight=0.5", "--pin", "lab@pecos:2027-10=2", "--json", "--out", "judging")
    done = wattsplit("judge", "given", *words, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["cvar_weight"] == 0.5
    assert found["mean_usd"] == pytest.approx(sum(row["probability"] * row["npv_usd"] for row in found["scenarios"]))
    assert found["evpi_usd"] >= -1.0
    assert {"judging/judging.html", "judging/judging_regret.csv"} <= files(tmp_path)
    printed = wattsplit("judge", "given", folder=tmp_path)
    assert printed.returncode == 0
    assert "Perfect information (EVPI): " in printed.stdout
    assert "The plan was not tried on fresh scenarios" in printed.stdout


def test_a_portfolio_without_scenarios_is_told_what_it_needs(tmp_path: Path) -> None:
    """One sentence, exit code 2."""
    write_portfolio(tmp_path)
    done = wattsplit("judge", "given", folder=tmp_path)
    assert done.returncode == 2
    assert "error: judging a plan needs several scenarios: give the table 'scenarios'" in done.stderr
