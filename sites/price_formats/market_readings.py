"""What the readers of market files share: readings from times on the market's clock or in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np

from sites.clock import MINUTES_PER_HOUR, IntArray, wall_minutes_of, wall_time
from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import Readings, Request, Table
from sites.price_formats.local_clock import BoolArray, instants_of, skipped
from sites.price_formats.market_cells import Series, raise_cells


def step_of(file: str, starts: IntArray, lines: IntArray) -> int:
    """Length of the intervals: the commonest distance between neighbouring rows in time. [minutes]

    Raises
    ------
    PriceFileError : it is no part of an hour, or a row does not begin at a multiple of it.
    """
    distances = np.diff(np.unique(starts))
    step = int(np.bincount(distances).argmax()) if distances.size else MINUTES_PER_HOUR
    if step > MINUTES_PER_HOUR or MINUTES_PER_HOUR % step:
        expected = "hourly prices, or intervals that divide the hour"
        raise PriceFileError([Finding(file, problem=f"rows are {step} minutes apart", expected=expected)])
    phases = starts % step
    usual = int(np.bincount(phases).argmax())
    problem = f"the time lies between the {step}-minute steps of the other rows"
    findings = [
        Finding(file, line, column="time", problem=problem, expected="even steps")
        for line in lines[phases != usual].tolist()
    ]
    if findings:
        raise_cells(file, findings, rows=len(starts))
    return step


@dataclass(frozen=True)
class Kind:
    """What else is known of the readings; see :class:`sites.price_formats.base.Readings`."""

    zone: tzinfo
    currency: str = "USD"
    location: str = ""
    notes: tuple[str, ...] = ()


def at_instants(
    table: Table, request: Request, kind: Kind, read: Series, *, ending: bool = False, step: int = 0
) -> Readings:
    """Readings of rows whose minutes are instants. [minutes since 1970-01-01 00:00 UTC]

    ending : whether they are the ends of the intervals.
    step : length of the intervals [minutes]; 0 takes it from the rows.
    """
    step = step or step_of(table.file, read.minutes, read.lines)
    instants = read.minutes - step if ending else read.minutes
    zone = request.zone or kind.zone
    return Readings(
        file=table.file,
        lines=read.lines,
        wall_minutes=wall_minutes_of(instants, zone),
        instants=instants,
        prices=read.prices,
        step_minutes=step,
        zone=zone,
        currency=kind.currency,
        location=kind.location,
        notes=kind.notes,
    )


def at_local_times(
    table: Table, request: Request, kind: Kind, read: Series, later: BoolArray, *, step: int = 0
) -> Readings:
    """Readings of rows whose minutes are the beginnings of intervals on the market's wall clock, ``kind.zone``.

    later : which rows are in the second of two equal hours.

    Raises
    ------
    PriceFileError : the clock skips a time, and yet there is a price.
    """
    return at_instants(table, request, kind, to_instants(table.file, kind.zone, read, later), step=step)


def to_instants(file: str, zone: tzinfo, read: Series, later: BoolArray) -> Series:
    """The same rows with wall-clock times as instants; see :func:`at_local_times`."""
    never = skipped(read.minutes, zone)
    findings = [
        Finding(
            file,
            int(read.lines[row]),
            column="time",
            value=f"{wall_time(int(read.minutes[row])):%Y-%m-%d %H:%M}",
            problem="does not exist",
            expected=f"no hour that the clock of {zone} skips",
        )
        for row in np.flatnonzero(never).tolist()
    ]
    raise_cells(file, findings, rows=len(read.minutes))
    return Series(read.lines, instants_of(read.minutes, zone, later), read.prices, read.rows)


def evened(read: Series, lengths: IntArray) -> tuple[Series, int]:
    """Rows of one length, the shortest [minutes]; a longer row becomes several of the same price."""
    step = int(lengths.min())
    parts = lengths // step
    place = np.repeat(np.arange(len(lengths)), parts)
    first = np.repeat(np.cumsum(parts) - parts, parts)
    shift = (np.arange(len(place)) - first) * step
    return Series(read.lines[place], read.minutes[place] + shift, read.prices[place], read.rows[place]), step
