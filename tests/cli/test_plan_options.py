"""`wattsplit plan` with forced decisions and with whole numbers to search for."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest
from test_interruptions import signalled

from sites import save_portfolio
from tests.cli.command import PORTFOLIO, files, wattsplit, write_portfolio
from tests.optimizer.hard import hard_portfolio

LUMPY = PORTFOLIO.replace("max_mw: 6", "max_mw: 6\n    min_mw: 4\n    block_mw: 2")


def test_a_pin_is_followed_and_told(tmp_path: Path) -> None:
    """The forced start is in the plan, on the terminal and in the summary; the folder's audit holds it true."""
    write_portfolio(tmp_path, LUMPY)
    done = wattsplit("plan", "given", "--pin", "lab@pecos:2027-10=4", "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Forced upon this plan: lab@pecos:2027-10=4" in done.stdout
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["pins"] == ["lab@pecos:2027-10=4"]
    assert "2027-10,4.0" in (tmp_path / "out" / "contracts.csv").read_text(encoding="utf-8")
    assert wattsplit("audit", "out", folder=tmp_path).returncode == 0


def test_an_audit_refuses_other_pins(tmp_path: Path) -> None:
    """A plan whose summary hides its forced decision is not the programme of its inputs."""
    write_portfolio(tmp_path, LUMPY)
    assert wattsplit("plan", "given", "--pin", "lab@pecos:2027-10=4", "--out", "out", folder=tmp_path).returncode == 0
    path = tmp_path / "out" / "summary.json"
    summary = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**summary, "pins": []}), encoding="utf-8")
    done = wattsplit("audit", "out", folder=tmp_path)
    assert done.returncode == 4
    assert "bound of column" in done.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--pin", "lab"), ["--pin lab: expected OFFER@SITE:MONTH=MW"]),
        (
            ("--pin", "labb@pecos:2027-06=2", "--pin", "lab@pecos:2027-06=5"),
            ["--pin labb@pecos:2027-06=2: offer = labb", "'lab'", "whole blocks of 2 MW"],
        ),
        (("--gap", "5"), ["if 5 is in percent, write 0.05"]),
        (("--time-limit", "0"), ["0 is not possible", "seconds"]),
    ],
    ids=["no pin", "two pins", "percent", "no time"],
)
def test_a_wrong_option_is_explained(tmp_path: Path, words: tuple[str, ...], told: list[str]) -> None:
    """What is wrong and what is expected; exit code 2 and no new file."""
    write_portfolio(tmp_path, LUMPY)
    before = files(tmp_path)
    done = wattsplit("plan", "given", "--out", "out", *words, folder=tmp_path)
    assert done.returncode == 2, done.stderr
    for word in told:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert files(tmp_path) == before


def test_the_time_limit_writes_the_best_plan_found(tmp_path: Path) -> None:
    """Exit code 0, for a plan there is; terminal and page say that it is not known to be the best."""
    save_portfolio(hard_portfolio(), tmp_path / "given")
    done = wattsplit("plan", "given", "--time-limit", "1", "--out", "out", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Best plan found, not the best there is" in done.stdout
    assert "Best plan found, not the best there is" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert wattsplit("audit", "out", folder=tmp_path).returncode == 0


def test_ctrl_c_writes_the_best_plan_found(tmp_path: Path) -> None:
    """An interrupt in the search ends it; the plan is written whole, with its gap."""
    save_portfolio(hard_portfolio(), tmp_path / "given")
    words = "plan", "given", "--time-limit", "90", "--out", "out"
    for moment in (6.0, 12.0, 24.0):  # a busy machine may not have begun to search at the first
        code, errors = signalled(tmp_path, signal.SIGINT, moment, *words)
        if code != 130:
            break
    assert code == 0, errors
    search = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["search"]
    assert search["stopped"] == "interrupted"
    assert search["gap"] > search["asked_gap"]
