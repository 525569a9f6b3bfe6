"""Dates with hours ending, ``01`` to ``24``, on a wall clock that changes, the second autumn hour marked by a sign."""

from __future__ import annotations

import re

import numpy as np

from sites.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from sites.price_formats.base import Readings, Request, Table
from sites.price_formats.local_clock import instants_of, second_pass, skipped
from sites.price_formats.market_rows import Kind, Rows, Series, TimeColumn, at_instants, date_of

LABEL = re.compile(r"(?P<hour>\d{1,2})(?P<again>[*Xx]?)", re.ASCII)
EXPECTED = "a date and an hour ending, such as 01/31/2024 17"


def beginning_of(text: str) -> int | None:
    """Beginning of the hour that ``01/31/2024 17`` or ``11/03/2024 02*`` ends. [local minutes since 1970-01-01]"""
    date, _, label = text.rpartition(" ")
    day, match = date_of(date.strip()), LABEL.fullmatch(label)
    if day is None or match is None or not 1 <= int(match["hour"]) <= 24:
        return None
    return day * MINUTES_PER_DAY + (int(match["hour"]) - 1) * MINUTES_PER_HOUR


def label_column(rows: Rows, date: int, hour: int) -> TimeColumn:
    """How the hour of a row is read; ``date`` and ``hour`` are the same place where one cell holds both."""
    if date == hour:
        return TimeColumn(rows.name(date), lambda cells: cells[date].strip(), beginning_of, EXPECTED)
    name = f"{rows.name(date)}, {rows.name(hour)}"
    return TimeColumn(name, lambda cells: f"{cells[date].strip()} {cells[hour].strip()}", beginning_of, EXPECTED)


def at_hour_labels(table: Table, request: Request, kind: Kind, read: Series, rows: Rows, hour: int) -> Readings:
    """Readings of rows whose minutes come from :func:`beginning_of`, on the clock of ``kind.zone``.

    In spring one hour has the label of a beginning that the clock skips: whatever ends at 03:00 began at 01:00, for
    there was nothing in between.
    """
    marked = np.array(
        [rows.lines[row][1][hour].strip()[-1:] in ("*", "X", "x") for row in read.rows.tolist()], np.bool_
    )
    later = marked | second_pass(read.minutes, kind.zone) | skipped(read.minutes, kind.zone)
    instants = instants_of(read.minutes, kind.zone, later)
    return at_instants(
        table, request, kind, Series(read.lines, instants, read.prices, read.rows), step=MINUTES_PER_HOUR
    )
