"""What every price format is made of: a table of text cells, what is asked of it, and the readings it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from sites.clock import IntArray
from sites.hourly import FloatArray

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """The cells of one text file, of one sheet of a workbook or of one Parquet file, all as text.

    file : name for messages, with the member of an archive or the sheet of a workbook.
    lines : number in the file, counted from 1, and cells of every line that holds anything, titles included.
    """

    file: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Request:
    """What is asked of a file.

    location : which location, where it holds several; blank for the only one.
    market : ``dam`` or ``rtm``, where it holds both; otherwise blank, or what it must hold.
    zone : time zone of the wall clock; None for the one that the format or the file names.
    time, price : columns of a file of no known format; several, joined by commas, for a date and an hour.
    stamp : whether its times are the ``begin`` or the ``end`` of an interval; blank where the column's name tells.
    """

    location: str = ""
    market: str = ""
    zone: tzinfo | None = None
    time: str = ""
    price: str = ""
    stamp: str = ""


@dataclass(frozen=True)
class Readings:
    """The rows of one table, in its order: when each interval begins and what a MWh costs in it.

    file : name of the file, for messages.
    lines : line of each row in the file, counted from 1.
    wall_minutes : beginning in local wall-clock time. [minutes since 1970-01-01 00:00 local]
    instants : the same in UTC; None where the file does not say it. [minutes since 1970-01-01 00:00 UTC]
    prices : [currency/MWh]
    step_minutes : length of an interval. [minutes]
    zone : time zone of the wall clock, where it is known.
    currency : of the prices, as three letters; blank where the file does not say it.
    location : whose prices these are, as the file calls it; blank where it does not.
    notes : account of what the format left out or took, such as superseded rows, or a hub in place of a zone.
    """

    file: str
    lines: IntArray
    wall_minutes: IntArray
    instants: IntArray | None
    prices: FloatArray
    step_minutes: int
    zone: tzinfo | None
    currency: str = "USD"
    location: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PriceFormat:
    """One native format.

    name : as messages and the account call it.
    header : its header, as shown in the list of known formats.
    recognise : place in a table's lines of the header; None for a table of another format.
    read : the readings of a table whose header stands at that place; PriceFileError lists what is wrong.
    """

    name: str
    header: str
    recognise: Callable[[Table], int | None]
    read: Callable[[Table, int, Request], Readings]
