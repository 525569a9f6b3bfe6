"""What the tests of market file formats share: a table from text, and readings as plain lists to compare."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from sites.clock import wall_time
from sites.price_formats.base import PriceFormat, Readings, Request, Table

SHARED_POWER = Path(__file__).parents[3] / "shared" / "data" / "power"
needs_real_files = pytest.mark.skipif(
    not SHARED_POWER.is_dir(), reason="the real market files are not beside the repository"
)


def table(text: str, file: str = "market.csv") -> Table:
    """The lines of a CSV text that hold anything, as the importer hands them to a format."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    line = 1
    for cells in reader:
        if any(cells):
            lines.append((line, cells))
        line = reader.line_num + 1
    return Table(file, lines)


def real_table(name: str) -> Table:
    """A real market file."""
    return table((SHARED_POWER / name).read_text(encoding="utf-8-sig"), name)


def readings(source: Table | str, form: PriceFormat, location: str = "", market: str = "", zone: str = "") -> Readings:
    """What a format reads from a file, which it must recognise."""
    given = table(source) if isinstance(source, str) else source
    header = form.recognise(given)
    assert header is not None, f"{form.name} does not recognise {given.lines[:1]}"
    return form.read(given, header, Request(location=location, market=market, zone=ZoneInfo(zone) if zone else None))


def by_wall(read: Readings) -> list[tuple[str, float]]:
    """Beginning on the wall clock, as ``01-31 17:00``, and price of every row, in the order of time."""
    assert read.instants is not None
    order = np.argsort(read.instants, kind="stable").tolist()
    times = [wall_time(int(read.wall_minutes[row])) for row in order]
    return [(f"{time:%m-%d %H:%M}", float(read.prices[row])) for time, row in zip(times, order, strict=True)]


def by_utc(read: Readings) -> list[tuple[str, float]]:
    """Beginning in UTC, as ``01-31 17:00``, and price of every row, in the order of the file."""
    assert read.instants is not None
    times = [wall_time(int(minutes)) for minutes in read.instants.tolist()]
    return [(f"{time:%m-%d %H:%M}", float(price)) for time, price in zip(times, read.prices.tolist(), strict=True)]


def hours_between(first: str, last: str, zone: str) -> Iterable[datetime]:
    """Every hour from one local day to another, both included, as local times with their offset."""
    local = ZoneInfo(zone)
    moment = datetime.fromisoformat(first).replace(tzinfo=local).astimezone(ZoneInfo("UTC"))
    end = (datetime.fromisoformat(last) + timedelta(days=1)).replace(tzinfo=local).astimezone(ZoneInfo("UTC"))
    while moment < end:
        yield moment.astimezone(local)
        moment += timedelta(hours=1)


def hourly(read: Readings) -> np.ndarray:
    """Mean price of every hour of time that has rows. [currency of the file per MWh]"""
    assert read.instants is not None
    _, place = np.unique(read.instants // 60, return_inverse=True)
    return np.bincount(place, weights=read.prices) / np.bincount(place)


def monthly_means(read: Readings) -> list[float]:
    """Mean price of every calendar month of the wall clock, to the cent."""
    months = [wall_time(int(minutes)).strftime("%Y-%m") for minutes in read.wall_minutes.tolist()]
    prices = dict[str, list[float]]()
    for month, price in zip(months, read.prices.tolist(), strict=True):
        prices.setdefault(month, []).append(price)
    return [round(sum(values) / len(values), 2) for _, values in sorted(prices.items())]
