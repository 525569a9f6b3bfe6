"""Signals, closed pipes, full disks and odd terminals: nothing half-written, no traceback, a documented exit code."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.proving.audit import file_checks
from tests.cli.command import PORTFOLIO, arguments, environment, files, wattsplit, write_portfolio

# Says that start-up is over, then runs the command; the moment of a signal is counted from that line.
ANNOUNCED = "import optimizer.cli; print('ready', flush=True); optimizer.cli.main()"
SIGNALS = 5
# About the time of a small plan, so that the moments fall into every stage of it.
LATEST_MOMENT = 2.0


def signalled(folder: Path, number: signal.Signals, after: float, *words: str) -> tuple[int, str]:
    """Run wattsplit, send it a signal after some seconds; gives exit code and stderr."""
    with subprocess.Popen(
        [sys.executable, "-c", ANNOUNCED, *words],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors


def assert_whole_or_absent(folder: Path) -> None:
    """The plan folder is complete or not there."""
    if (folder / "out").exists():
        assert all(check.passed for check in file_checks(folder / "out"))


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
def test_signal_ends_quietly_with_its_code(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """A signal early in a run: its code, no traceback, nothing on disk."""
    write_portfolio(tmp_path)
    before = files(tmp_path)
    returned, errors = signalled(tmp_path, number, 0.1, "plan", "given", "--out", "out")
    assert returned == code
    assert "Traceback" not in errors
    assert files(tmp_path) == before


@pytest.mark.parametrize("seed", range(SIGNALS))
def test_interrupt_at_any_moment_leaves_nothing_half_written(tmp_path: Path, seed: int) -> None:
    """Ctrl-C at a random moment: exit code 130, or 0 when it came too late; no hidden folder stays."""
    write_portfolio(tmp_path)
    after = random.Random(seed).uniform(0, LATEST_MOMENT)
    returned, errors = signalled(tmp_path, signal.SIGINT, after, "plan", "given", "--out", "out")
    assert returned in (0, 130), errors
    assert "Traceback" not in errors
    assert_whole_or_absent(tmp_path)
    assert {entry.name for entry in tmp_path.iterdir()} <= {"given", "out"}


@pytest.mark.parametrize("seed", range(SIGNALS))
def test_kill_at_any_moment_leaves_a_whole_plan_or_none(tmp_path: Path, seed: int) -> None:
    """SIGKILL at a random moment of a replacement: the folder holds a whole plan; the next run cleans up."""
    write_portfolio(tmp_path)
    after = random.Random(seed).uniform(0, LATEST_MOMENT)
    signalled(tmp_path, signal.SIGKILL, after, "plan", "given", "--out", "out")
    assert_whole_or_absent(tmp_path)
    assert wattsplit("plan", "given", "--out", "out", "--force", "--quiet", folder=tmp_path).returncode == 0
    assert {entry.name for entry in tmp_path.iterdir()} == {"given", "out"}
    assert_whole_or_absent(tmp_path)


def test_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`wattsplit check ... | true` ends as shells expect, without a word."""
    write_portfolio(tmp_path)
    with subprocess.Popen(
        arguments("check", "given"),
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(timeout=60)
    assert process.returncode == 128 + signal.SIGPIPE
    assert errors == b""


@pytest.mark.parametrize(
    "changes",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"TERM": "dumb", "COLUMNS": "20"},
    ],
    ids=["C", "ascii", "cp1252", "narrow"],
)
def test_any_terminal_can_show_a_plan(tmp_path: Path, changes: dict[str, str]) -> None:
    """Names that the terminal cannot show become question marks; the files stay exact."""
    write_portfolio(tmp_path, PORTFOLIO.replace("id: lab", "id: São-実験").replace("name: Small", "name: Größe ≥ 1"))
    done = subprocess.run(
        arguments("plan", "given", "--out", "out"),
        cwd=tmp_path,
        env=environment(**changes),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"Certificate: passed" in done.stdout
    assert "São-実験" in (tmp_path / "out" / "contracts.csv").read_text(encoding="utf-8")


def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """A file size limit in the place of a full disk: exit code 2, a sentence, an empty place."""
    write_portfolio(tmp_path)
    before = files(tmp_path)
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); " + ANNOUNCED
    done = subprocess.run(
        [sys.executable, "-B", "-c", limited, "plan", "given", "--out", "out"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "would pass the largest size allowed here" in done.stderr
    assert files(tmp_path) == before
