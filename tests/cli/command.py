"""The command line as a process, and a small portfolio to give it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MOST_SECONDS = 120

# One site of 20 MW at a flat 35 USD/MWh; mining earns about 71 USD/MWh before power, the offer is better by far.
PORTFOLIO = """\
settings:
  name: Small
  start: 2027-01
  months: 24
  discount_rate: 0.1
sites:
  - id: pecos
    capacity_mw: 20
    power: 35
fleets:
  - id: first
    site: pecos
    rig: own
    mw: 20
rigs:
  - id: own
    th_s: 200
    watts: 3500
hashprice:
  - month: 2027-01
    usd_per_ph_day: 45
contracts:
  - id: lab
    counterparty: Lab
    sites: [pecos]
    max_mw: 6
    first_start: 2027-04
    last_start: 2027-10
    build_months: 3
    term_months: 120
    price_usd_per_kw_month: 150
    capex_usd_per_mw: 1000000
"""


def arguments(*words: str | Path) -> list[str]:
    """The command line of a process that runs wattsplit."""
    return [sys.executable, "-m", "optimizer.cli", *map(str, words)]


def environment(**changes: str) -> dict[str, str]:
    """The environment of the process: this one, with the checkout to import from."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}


def wattsplit(*words: str | Path, folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run wattsplit in a folder, as a copy of a process that has its imports behind it.

    Keywords change its environment; those that Python reads when it starts need a process from scratch, `started`.
    """
    with tempfile.TemporaryDirectory() as place:
        outputs = [Path(place, name) for name in ("stdout", "stderr")]
        for output in outputs:
            output.touch()
        asked = {
            "words": [*map(str, words)],
            "folder": str(folder),
            "environment": environment(**changes),
            "stdout": str(outputs[0]),
            "stderr": str(outputs[1]),
        }
        code = _original().run(asked)
        texts = [output.read_bytes().decode("utf-8") for output in outputs]
    return subprocess.CompletedProcess(arguments(*words), code, *texts)


def started(*words: str | Path, folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run wattsplit in a folder as a process from scratch; keywords change its environment."""
    return subprocess.run(
        arguments(*words),
        cwd=folder,
        env=environment(**changes),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="strict",
        stdin=subprocess.DEVNULL,
        timeout=MOST_SECONDS,
        check=False,
    )


class _Original:
    """The process that is copied; ends with the one that started it, when its standard input closes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.forking"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, asked: dict[str, Any]) -> int:
        """Ask for one run; its exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], MOST_SECONDS)[0]:
            raise TimeoutError(f"{asked['words']} took more than {MOST_SECONDS} seconds")
        return int(self.process.stdout.readline())


@cache
def _original() -> _Original:
    return _Original()


def write_portfolio(folder: Path, text: str = PORTFOLIO) -> Path:
    """A portfolio in the folder `given` below `folder`."""
    given = folder / "given"
    given.mkdir()
    (given / "portfolio.yaml").write_text(text, encoding="utf-8")
    return given


def files(folder: Path) -> set[str]:
    """Every file below a folder, hidden ones included."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
