"""Frames of the library gridstatus saved as CSV or Parquet: one table of any market of North America.

Columns as its documentation has them: ``Time,Interval Start,Interval End,Location,Location Type,Market,SPP`` for
ERCOT and ``...,Market,Location,Location Type,LMP,Energy,Congestion,Loss`` elsewhere; its hosted interface writes
``interval_start_utc,interval_end_utc,...``. An index column may precede. Times carry an offset from UTC.
"""

from __future__ import annotations

from dataclasses import replace

from sites.clock import MINUTES_PER_HOUR
from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.market_rows import Rows, TimeColumn, header_of, left_out, rows_below, rows_of, series
from sites.price_formats.places import kind_note
from sites.price_formats.placing import NOT_A_NUMBER, in_utc, offsets_of, placed, says_utc, utc_note
from sites.price_formats.stamps import ISO_EXPECTED, IsoTimes, iso_stamp

STARTS = ("interval start local", "interval start", "interval start utc")
ENDS = ("interval end local", "interval end", "interval end utc")
PRICES = ("spp", "lmp")
MARKETS = {"dam": "DAY_AHEAD", "rtm": "REAL_TIME"}
ENERGY_WEIGHTED = "energy weighted"


def _spaced(names: list[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _is_header(names: list[str]) -> bool:
    there = set(_spaced(names))
    return bool(there & set(STARTS)) and "location" in there and bool(there & set(PRICES))


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is no frame of gridstatus."""
    return header_of(table, _is_header)


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows of one location and market; see :data:`FORMAT`."""
    below = rows_below(table, header)
    columns = {name.replace("_", " "): place for name, place in below.columns.items()}
    rows = Rows(below.file, below.header, columns, below.lines, below.findings)
    rows = _of_market(rows, request)
    rows, (location,) = rows_of(rows, [rows.place("location")], request.location)
    rows, kind, weighted = _of_kind(rows, location)
    start, price = rows.place(*STARTS), rows.place(*PRICES)
    times = IsoTimes()
    column = TimeColumn(rows.name(start), lambda cells: cells[start].strip(), times.minutes, ISO_EXPECTED)
    found = series(rows, column, price, missing=NOT_A_NUMBER)
    offsets = offsets_of(rows, found, start, times.offsets)
    notes: tuple[str, ...] = (
        *weighted,
        *left_out(len(rows.lines) - len(found.lines), "unpriced"),
        *((kind_note(location, kind),) if kind else ()),
    )
    if says_utc(rows.name(start)):
        offsets = in_utc(len(found.lines)) if offsets is None else offsets
        notes = (*notes, *utc_note(request.zone))
    read_rows = placed(table.file, found, offsets, request.zone, step=_length(rows))
    return replace(read_rows, location=location, notes=notes)


def _of_market(rows: Rows, request: Request) -> Rows:
    place = rows.place("market")
    if place < 0:
        return rows
    there = sorted({cells[place].strip() for _, cells in rows.lines})
    wanted = [name for name in there if name.upper().startswith(MARKETS.get(request.market, ""))]
    if len(wanted) == 1:
        return rows.having([row for row in rows.lines if row[1][place].strip() == wanted[0]])
    expected = f"dam or rtm, to choose one of {', '.join(there)}"
    problem = "" if request.market else "is not given"
    hint = "save one market alone" if len(wanted) > 1 and request.market else ""
    raise PriceFileError(
        [
            Finding(
                rows.file,
                rows.header[0],
                column="market",
                value=request.market,
                problem=problem,
                expected=expected,
                hint=hint,
            )
        ]
    )


def _of_kind(rows: Rows, location: str) -> tuple[Rows, str, tuple[str, ...]]:
    """The rows but those weighted by energy, where a zone stands there both ways; and what kind it is of."""
    place = rows.place("location type")
    if place < 0:
        return rows, "", ()
    kept = [row for row in rows.lines if ENERGY_WEIGHTED not in row[1][place].casefold()] or list(rows.lines)
    notes = left_out(len(rows.lines) - len(kept), f"energy-weighted '{location}'")
    return rows.having(kept), kept[0][1][place].strip(), notes


def _length(rows: Rows) -> int:
    """Length of the intervals [minutes], from the first row that tells; 0 where none does."""
    start = rows.place(*STARTS)
    end = rows.place(ENDS[STARTS.index(_spaced([rows.name(start).casefold()])[0])])
    if end < 0:
        return 0
    for _, cells in rows.lines:
        first, last = iso_stamp(cells[start].strip()), iso_stamp(cells[end].strip())
        if first is not None and last is not None:
            length = last[0] - (last[1] or 0) - first[0] + (first[1] or 0)
            return length if 0 < length <= MINUTES_PER_HOUR and MINUTES_PER_HOUR % length == 0 else 0
    return 0


FORMAT = PriceFormat(
    name="gridstatus",
    header="Time,Interval Start,Interval End,Location,Location Type,Market,SPP (or ...,LMP,Energy,Congestion,Loss)",
    recognise=recognise,
    read=read,
)
