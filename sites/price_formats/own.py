"""Our own format: ``time,usd_per_mwh``, the beginning of an hour as ISO 8601 with an offset, or as wall-clock time."""

from __future__ import annotations

from dataclasses import replace

from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.market_rows import TimeColumn, header_of, rows_below, series
from sites.price_formats.placing import offsets_of, placed, without_unpriced_end
from sites.price_formats.stamps import ISO_EXPECTED, IsoTimes

HEADER = ["time", "usd_per_mwh"]


def recognise(table: Table) -> int | None:
    """Place of the header; None if the file is not in our own format."""
    return header_of(table, lambda names: names == HEADER)


def read(table: Table, header: int, request: Request) -> Readings:
    """The rows; see :data:`FORMAT`."""
    rows, notes = without_unpriced_end(rows_below(table, header), 1)
    times = IsoTimes()
    found = series(rows, TimeColumn("time", lambda cells: cells[0].strip(), times.minutes, ISO_EXPECTED), 1)
    offsets = offsets_of(rows, found, 0, times.offsets)
    return replace(placed(table.file, found, offsets, request.zone), notes=notes)


FORMAT = PriceFormat(name="wattsplit's own", header="time,usd_per_mwh", recognise=recognise, read=read)
