"""`wattsplit wait` as a process."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command import files, wattsplit, write_portfolio
from tests.cli.test_frontier import SCENARIOS, UNCERTAIN

# Rent that mining beats as long as hashprice does not fall.
DOUBTFUL = (
    UNCERTAIN.replace("price_usd_per_kw_month: 150", "price_usd_per_kw_month: 30")
    .replace("capex_usd_per_mw: 1000000", "capex_usd_per_mw: 1000")
    .replace("last_start: 2027-10", "last_start: 2028-01")
    + SCENARIOS
)


def test_what_waits_is_shown_and_written(tmp_path: Path) -> None:
    """JSON for machines, all files into a folder."""
    write_portfolio(tmp_path, DOUBTFUL)
    done = wattsplit("wait", "given", "--branch", "2027-05=2", "--json", "--out", "waiting", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["branches"] == [{"month": "2027-05", "branches": 2}]
    assert found["flexibility_usd"] > 1_000.0
    assert {row["when"] for row in found["decisions"]} == {"waits"}
    assert found["value_usd"] - found["committed_usd"] == found["flexibility_usd"]
    written = {f"waiting/waiting{ending}" for ending in (".html", ".png", ".csv", ".json", "_nodes.csv", "_values.csv")}
    assert written <= files(tmp_path)


def test_misuse_is_explained(tmp_path: Path) -> None:
    """Without scenarios, and with a branch of another shape: one sentence, exit code 2, nothing written."""
    write_portfolio(tmp_path)
    done = wattsplit("wait", "given", "--branch", "2027-05=2", "--out", "waiting.html", folder=tmp_path)
    assert done.returncode == 2
    assert "error: there is nothing to wait for with one scenario: give the table 'scenarios'" in done.stderr
    done = wattsplit("wait", "given", "--branch", "2027-05", folder=tmp_path)
    assert done.returncode == 2
    assert "branch '2027-05': expected MONTH=BRANCHES, such as 2027-07=3" in done.stderr
    assert files(tmp_path) == {"given/portfolio.yaml"}
