"""A small network, day by day, written in the formats that users have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from sites.units import difficulty_to_eh_s

SHARED_NETWORK = Path(__file__).parents[3] / "shared" / "data" / "network"
needs_real_network = pytest.mark.skipif(
    not SHARED_NETWORK.is_dir(), reason="the real network files are not beside the repository"
)

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=count) for count in range(13)]
# Round numbers of about March 2026: price rises by 1 % a day, hashrate by half a percent.
PRICE = [70_000.0 * 1.01**count for count in range(13)]
EH_S = [1_000.0 * 1.005**count for count in range(13)]
DIFFICULTY = [140e12] * 6 + [145e12] * 7
BLOCKS = [140, 150, 141, 144, 139, 151, 144, 147, 138, 144, 145, 150, 142]
SUBSIDY = [3.125 * blocks for blocks in BLOCKS]
FEES = [2.5 + 0.1 * count for count in range(13)]
REVENUE = [subsidy + fees for subsidy, fees in zip(SUBSIDY, FEES, strict=True)]
# What one PH/s earned, and what a difficulty pays it. [USD], [BTC]
HASHPRICE = [reward * price / (eh_s * 1e3) for reward, price, eh_s in zip(REVENUE, PRICE, EH_S, strict=True)]
IMPLIED_EH_S = [float(difficulty_to_eh_s(difficulty)) for difficulty in DIFFICULTY]


def seconds(day: date) -> int:
    """The day's midnight in UTC, since 1970. [s]"""
    return int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp())  # noqa: UP017


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def table(folder: Path, name: str, header: str, *columns: Iterable[object], days: Sequence[object] = DAYS) -> Path:
    """A CSV file of days and columns; a value of None is blank."""
    rows = [",".join("" if cell is None else str(cell) for cell in row) for row in zip(days, *columns, strict=True)]
    return write(folder, name, "\n".join([header, *rows]) + "\n")


def as_json(folder: Path, name: str, content: object) -> Path:
    """A JSON file."""
    return write(folder, name, json.dumps(content))
