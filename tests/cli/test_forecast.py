"""`wattsplit forecast` and `wattsplit backtest` as processes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.command import files, wattsplit
from tests.sites.market_history import made_history


def test_a_history_is_forecast_and_tested(tmp_path: Path) -> None:
    """JSON for machines, a page by its ending; the same seed gives the same bytes."""
    made_history(1300).frame.to_csv(tmp_path / "net.csv")
    options = ("--history", "net.csv", "--months", "3", "--paths", "50")
    done = wattsplit("forecast", *options, "--json", "--out", "fan.html", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert [row["month"] for row in found["fan"] if row["series"] == "hashprice"] == ["2025-01", "2025-02", "2025-03"]
    assert wattsplit("forecast", *options, "--json", folder=tmp_path).stdout == done.stdout
    done = wattsplit("backtest", "--history", "net.csv", "--horizon", "1", "--paths", "30", "--csv", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    header, *rows = done.stdout.splitlines()
    assert header.startswith("period,horizon_months,forecast,origins,coverage_50,coverage_80,coverage_95,crps_log")
    assert [row.split(",")[:3] for row in rows] == [
        ["all", "1", name] for name in ("stochastic market", "random walk with drift", "persistence")
    ]
    assert files(tmp_path) == {"net.csv", "fan.html"}


def test_misuse_is_explained(tmp_path: Path) -> None:
    """Neither or both sources, a bad unit, a history too short: one sentence, exit code 2, nothing written."""
    made_history(700).frame.to_csv(tmp_path / "short.csv")
    done = wattsplit("forecast", folder=tmp_path)
    assert (done.returncode, "give either a portfolio or --history FILE" in done.stderr) == (2, True)
    done = wattsplit("forecast", "--history", "short.csv", "--out", "fan.html", folder=tmp_path)
    assert done.returncode == 2
    assert "the market has 700 days of price and hashrate to calibrate on: expected at least 730 days" in done.stderr
    assert files(tmp_path) == {"short.csv"}
