"""From the times and prices that were read to readings, where times may carry offsets or belong to a wall clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, tzinfo

import numpy as np

from sites.clock import IntArray, wall_minutes_of
from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import Line, Readings, Table
from sites.price_formats.local_clock import instants_of, second_pass, skipped
from sites.price_formats.market_rows import NO_PRICE, Rows, Series, left_out, plain, step_of

NOT_A_NUMBER = NO_PRICE | {"nan"}


def without_unpriced_end(rows: Rows, price: int) -> tuple[Rows, tuple[str, ...]]:
    """The rows without those at the end that have no price, and a note on them: hours that had not happened yet."""
    end = len(rows.lines)
    while end and rows.lines[end - 1][1][price].strip().casefold() in NOT_A_NUMBER:
        end -= 1
    return rows.having(rows.lines[:end]), left_out(len(rows.lines) - end, "unpriced trailing")


def without_footer(table: Table, header: int, needed: tuple[str, ...]) -> tuple[Table, tuple[str, ...]]:
    """The table without lines at its end that hold nothing in any of the needed columns, and a note on them.

    needed : names of columns, as they stand in the header.
    """
    names = table.lines[header][1]
    places = [names.index(name) for name in needed]

    def is_footer(line: Line) -> bool:
        return not any(place < len(line[1]) and line[1][place].strip() for place in places)

    end = len(table.lines)
    while end > header + 1 and is_footer(table.lines[end - 1]):
        end -= 1
    notes = left_out(len(table.lines) - end, "footer")
    return Table(table.file, table.lines[:end]) if notes else table, notes


def offsets_of(rows: Rows, read: Series, column: int, offsets: Mapping[str, int | None]) -> IntArray | None:
    """Offset from UTC of every row [minutes]; None where the times have none.

    Raises
    ------
    PriceFileError : some times have an offset and others do not.
    """
    found = [offsets[rows.lines[row][1][column].strip()] for row in read.rows.tolist()]
    known = [offset for offset in found if offset is not None]
    if not known:
        return None
    if len(known) == len(found):
        return np.array(known, dtype=np.int64)
    odd = next(place for place, offset in enumerate(found) if (offset is None) != (found[0] is None))
    line, cells = rows.lines[int(read.rows[odd])]
    expected = "all times with an offset from UTC, or none"
    raise PriceFileError([Finding(rows.file, line, column=rows.name(column), value=cells[column], expected=expected)])


def placed(
    file: str, read: Series, offsets: IntArray | None, zone: tzinfo | None, *, ending: bool = False, step: int = 0
) -> Readings:
    """Readings of rows whose times have an offset from UTC, or are those of a wall clock.

    offsets : offset of each row [minutes]; None for a wall clock.
    zone : whose wall clock counts; None for the one that is written.
    ending : whether times are the ends of the intervals.
    step : length of the intervals [minutes]; 0 takes it from the rows.
    """
    instants = None if offsets is None else read.minutes - offsets
    step = step or step_of(file, read.minutes if instants is None else instants, read.lines)
    wall = read.minutes
    if instants is not None:
        if ending:
            instants = instants - step
            wall = wall - step
        if zone is not None:
            wall = wall_minutes_of(instants, zone)
    elif ending:
        wall = beginnings(wall, step, zone)
    return Readings(
        file=file,
        lines=read.lines,
        wall_minutes=wall,
        instants=instants,
        prices=read.prices,
        step_minutes=step,
        zone=zone,
    )


def beginnings(ends: IntArray, step: int, zone: tzinfo | None) -> IntArray:
    """Beginning, on the wall clock, of intervals whose end the file gives as a local time. [minutes since 1970]

    Two conventions are in use for the two odd days. Hour-ending **labels** count the hours of the clock: the label
    03:00 is left out in spring and 02:00 comes twice in autumn. What the **clock shows** at the end leaves out 02:00
    in spring, for it jumps to 03:00, and has 01:00 twice in autumn. Whichever gives no hour that does not exist is
    taken; labels where nothing tells.
    """
    if zone is None:
        return ends - step
    as_labels = ends - step
    if not skipped(ends, zone).any() and (skipped(as_labels, zone).any() or _doubled_before(as_labels, ends, zone)):
        return wall_minutes_of(instants_of(ends, zone, second_pass(ends, zone)) - step, zone)
    return as_labels


def _doubled_before(as_labels: IntArray, ends: IntArray, zone: tzinfo) -> bool:
    """Whether a time comes twice whose end, but not its beginning, the clock shows twice."""
    times, counts = np.unique(as_labels, return_counts=True)
    twice = times[counts > 1]
    if not twice.size:
        return False
    never = np.zeros(len(twice), dtype=np.bool_)
    once = instants_of(twice, zone, never) == instants_of(twice, zone, ~never)
    step = int((ends - as_labels)[0])
    shown_twice = instants_of(twice + step, zone, never) != instants_of(twice + step, zone, ~never)
    return bool((once & shown_twice).any())


def says_utc(name: str) -> bool:
    """Whether a column's name says that its times are in UTC."""
    words = plain(name).replace("_", " ").replace("(", " ").replace(")", " ").split()
    return "utc" in words or "gmt" in words


def in_utc(rows: int) -> IntArray:
    """The offsets of times in UTC."""
    return np.zeros(rows, dtype=np.int64)


UTC_WITHOUT_ZONE = "hours and years are those of UTC, for no time zone is given"


def utc_note(zone: tzinfo | None) -> tuple[str, ...]:
    """The note on times in UTC that nobody gave a zone to."""
    return (UTC_WITHOUT_ZONE,) if zone is None or zone is UTC else ()
