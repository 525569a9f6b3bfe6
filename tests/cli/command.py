"""The command line as a process, and a small portfolio to give it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

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
    """Run wattsplit in a folder; keywords change its environment."""
    return subprocess.run(
        arguments(*words),
        cwd=folder,
        env=environment(**changes),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="strict",
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def write_portfolio(folder: Path, text: str = PORTFOLIO) -> Path:
    """A portfolio in the folder `given` below `folder`."""
    given = folder / "given"
    given.mkdir()
    (given / "portfolio.yaml").write_text(text, encoding="utf-8")
    return given


def files(folder: Path) -> set[str]:
    """Every file below a folder, hidden ones included."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
