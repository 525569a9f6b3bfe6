"""Native formats of price files: one module a market, recognised by their header, never by their name."""

from __future__ import annotations

from sites.price_formats import (
    aeso,
    caiso,
    eia,
    entsoe,
    ercot,
    gridstatus,
    ieso,
    isone,
    miso,
    nyiso,
    omie,
    own,
    pjm,
    smard,
    spp,
)
from sites.price_formats.base import PriceFormat, Table

FORMATS: tuple[PriceFormat, ...] = (
    own.FORMAT,
    eia.FORMAT,
    ercot.FORMAT,
    pjm.FORMAT,
    caiso.FORMAT,
    nyiso.FORMAT,
    isone.FORMAT,
    miso.FORMAT,
    spp.FORMAT,
    aeso.FORMAT,
    ieso.FORMAT,
    ieso.XML_FORMAT,
    entsoe.FORMAT,
    omie.FORMAT,
    smard.FORMAT,
    gridstatus.FORMAT,
)
SHOWN_HEADER_CHARACTERS = 48


def _shortened(header: str) -> str:
    """The beginning of a header, whole names of columns."""
    first = header.partition(" (or ")[0]
    if len(first) <= SHOWN_HEADER_CHARACTERS:
        return first
    start = first[:SHOWN_HEADER_CHARACTERS]
    cut = max(start.rfind(","), start.rfind(";"), start.rfind("<"))
    return f"{start[: cut + 1].removesuffix('...,')}..."


FORMATS_KNOWN = "one of the formats " + "; ".join(f"{form.name} '{_shortened(form.header)}'" for form in FORMATS)


def recognised(table: Table, likely: PriceFormat | None = None) -> tuple[PriceFormat, int] | None:
    """The format of a table, and the place in its lines of the header; None for a table of no known format.

    likely : the format to try first, which saves time where thousands of files are alike.
    """
    for form in (*((likely,) if likely is not None else ()), *FORMATS):
        header = form.recognise(table)
        if header is not None:
            return form, header
    return None
