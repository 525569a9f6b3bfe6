"""From a file to tables of text cells: CSV, gzip, zip with all its members, workbooks with all their sheets, Parquet.

What a file is, is told by its first bytes, never by its name. Nothing is unpacked to disk, and sizes are checked
before and while unpacking, so that a file that is small on disk cannot fill the memory.
"""

from __future__ import annotations

import contextlib
import csv
import gc
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sites.findings import Finding
from sites.hourly import PriceFileError
from sites.price_formats.base import Line, Table
from sites.text_files import TextRefusedError, decoded, read_bytes

MEGABYTE = 10**6
LARGEST_FILE = 100 * MEGABYTE
# Of one text, of one sheet's XML, or of one file in an archive, when unpacked.
LARGEST_PART = 100 * MEGABYTE
# Of everything in one file, when unpacked: a year of quarter hours of 20 locations is a workbook of 300 MB of XML.
LARGEST_WHOLE = 1000 * MEGABYTE
# Prices shrink to a tenth. A file that is small even when unpacked harms nobody.
LARGEST_RATIO = 100
HARMLESS_BYTES = 10 * MEGABYTE
MOST_WORKBOOK_ENTRIES = 1_000
# A market that publishes a file every five minutes fills a zip of a year with a hundred thousand.
MOST_ARCHIVE_ENTRIES = 120_000
# A zip of months in a zip of a year.
DEEPEST_ARCHIVE = 3
MOST_PARQUET_CELLS = 40_000_000

GZIP, ZIP, PARQUET, OLD_WORKBOOK = b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"
DELIMITERS = ",;\t"
SNIFFED_LINES = 12
# What archivers of a desktop leave in a zip beside the files.
CLUTTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def tables_of(path: Path) -> Iterator[Table]:
    """The tables in a file: one for a text or a Parquet file, one for each sheet or member otherwise.

    Raises
    ------
    PriceFileError : the file is unreadable, damaged, encrypted, too large when unpacked, or not text in UTF-8.
    """
    try:
        content = read_bytes(path, path.name, LARGEST_FILE)
    except TextRefusedError as refusal:
        raise PriceFileError([refusal.finding]) from None
    yield from _tables(content, path.name, _Budget(path.name))


class _Budget:
    """How much one file may still unpack to."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.left = LARGEST_WHOLE

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _refused(
                self.file, f"unpacks to more than {LARGEST_WHOLE // MEGABYTE} MB", "a file of one series of prices"
            )


def _refused(file: str, problem: str, expected: str, hint: str = "") -> PriceFileError:
    return PriceFileError([Finding(file, problem=problem, expected=expected, hint=hint)])


def _tables(content: bytes, name: str, budget: _Budget, depth: int = 0) -> Iterator[Table]:
    if depth > DEEPEST_ARCHIVE:
        raise _refused(name, "is an archive in an archive in an archive", "the files themselves, or one archive")
    if content.startswith(GZIP):
        yield from _tables(_gunzipped(content, name, budget), name, budget, depth + 1)
    elif content.startswith(ZIP):
        yield from _zip_tables(content, name, budget, depth)
    elif content.startswith(OLD_WORKBOOK):
        yield from _sheets(content, name)
    elif content.startswith(PARQUET):
        yield _parquet_table(content, name)
    else:
        yield text_table(content, name)


def text_table(content: bytes, name: str) -> Table:
    """The lines of a text that hold anything, split at its commas, semicolons or tabs.

    Raises
    ------
    PriceFileError : the text is not UTF-8, or a line is no CSV, for instance because a quote is never closed.
    """
    try:
        text = decoded(content, name)
    except TextRefusedError as refusal:
        raise PriceFileError([refusal.finding]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    lines: list[Line] = []
    line = 1
    try:
        with _many_cells():
            for cells in reader:
                if any(cells):
                    lines.append((line, cells))
                line = reader.line_num + 1
    except csv.Error as error:
        problem = f"the line cannot be read ({error})"
        raise PriceFileError([Finding(name, line, problem=problem, expected="lines of CSV")]) from None
    return Table(name, lines)


@contextlib.contextmanager
def _many_cells() -> Iterator[None]:
    """Keep the collector of cycles from walking all cells again and again while they are made: it doubles the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _delimiter(text: str) -> str:
    """What separates the columns: the mark that one of the first lines has most of, or else that most lines have."""
    start = text[: 1000 * SNIFFED_LINES].splitlines()[:SNIFFED_LINES]
    counts = {mark: [line.count(mark) for line in start] for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: (max(counts[mark], default=0), sum(map(bool, counts[mark]))))


def _check_size(file: str, packed: int, unpacked: int) -> None:
    if unpacked > LARGEST_PART:
        problem = f"unpacks to more than {LARGEST_PART // MEGABYTE} MB"
        raise _refused(file, problem, "a file of one series of prices")
    if unpacked > max(HARMLESS_BYTES, LARGEST_RATIO * packed):
        problem = f"unpacks to more than {LARGEST_RATIO} times its size"
        raise _refused(file, problem, "prices, which never shrink as much")


def _gunzipped(content: bytes, name: str, budget: _Budget) -> bytes:
    parts: list[bytes] = []
    size, rest = 0, content
    try:
        # A gzip file may be several, one after the other.
        while rest.startswith(GZIP):
            stream = zlib.decompressobj(wbits=31)
            parts.append(stream.decompress(rest, LARGEST_PART + 1 - size))
            size += len(parts[-1])
            _check_size(name, len(content), size)
            if not stream.eof:
                raise _refused(name, "ends too early", "a whole gzip file", "download it again")
            rest = stream.unused_data
    except zlib.error as error:
        raise _refused(name, f"is damaged ({error})", "a whole gzip file", "download it again") from None
    budget.spend(size)
    return b"".join(parts)


def _zip_tables(content: bytes, name: str, budget: _Budget, depth: int) -> Iterator[Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            workbook = "[Content_Types].xml" in names or "content.xml" in names
            most = MOST_WORKBOOK_ENTRIES if workbook else MOST_ARCHIVE_ENTRIES
            if len(entries) > most:
                raise _refused(name, f"holds {len(entries)} files", f"at most {most}")
            if workbook:
                for entry in entries:
                    _check_size(f"{name}/{entry.filename}", entry.compress_size, entry.file_size)
                    budget.spend(entry.file_size)
                yield from _sheets(content, name)
                return
            for entry in sorted(entries, key=lambda entry: entry.filename):
                if not entry.is_dir() and not any(mark in entry.filename for mark in CLUTTER):
                    member = f"{name}/{entry.filename}"
                    yield from _tables(_unzipped(archive, entry, member, budget), member, budget, depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _refused(name, f"is damaged ({error})", "a whole zip file", "download it again") from None


def _unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, member: str, budget: _Budget) -> bytes:
    if entry.flag_bits & 1:
        raise _refused(member, "is encrypted", "a zip file without a password")
    _check_size(member, entry.compress_size, entry.file_size)
    budget.spend(entry.file_size)
    with archive.open(entry) as file:
        # The directory may tell less than what is there.
        content = file.read(entry.file_size + 1)
    if len(content) > entry.file_size:
        raise _refused(member, "is larger than its zip file says", "a whole zip file", "download it again")
    return content


def _sheets(content: bytes, name: str) -> Iterator[Table]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for sheet in workbook.sheets_metadata:
            if sheet.typ == SheetTypeEnum.WorkSheet:
                with _many_cells():
                    rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                    lines = list(_filled(rows))
                    del rows
                yield Table(f"{name}[{sheet.name}]", lines)
    except CalamineError as error:
        raise _refused(name, f"cannot be read as a workbook ({error})", "a workbook (xlsx)") from None
    except BaseException as error:
        # A panic of the library, which a damaged workbook can cause, is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _refused(name, "is damaged", "a workbook (xlsx)", "open it in a spreadsheet and save it again") from None


class _Numbers(dict[float, str]):
    """Numbers as text, each worked out once: a year of quarter hours repeats its hours and prices a million times."""

    def __missing__(self, number: float) -> str:
        text = self[number] = cell_text(number)
        return text


def _filled(rows: Iterable[Iterable[object]]) -> Iterator[Line]:
    numbers = _Numbers()
    for number, row in enumerate(rows, start=1):
        cells = [
            cell if type(cell) is str else numbers[cell] if type(cell) is float else cell_text(cell) for cell in row
        ]
        if any(cells):
            yield number, cells


def cell_text(value: object) -> str:
    """A cell of a workbook or a frame as text: numbers in full, times as ISO 8601 to the second, nothing as ''."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        if value != value:
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        if value.microsecond:
            # Spreadsheets count times in fractions of a day, which are off by some microseconds. Adding to a local time
            # forgets which of two equal autumn hours it is in.
            exact = value if value.tzinfo is None else value.astimezone(UTC)
            rounded = (exact + timedelta(microseconds=500_000)).replace(microsecond=0)
            value = rounded if value.tzinfo is None else rounded.astimezone(value.tzinfo)
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        # A workbook does not tell a day from its midnight.
        return f"{value.isoformat()} 00:00:00"
    if isinstance(value, time):
        return value.isoformat()
    return "" if value is None else str(value)


def _parquet_table(content: bytes, name: str) -> Table:
    try:
        columns = _parquet_columns(content, name)
    except (PriceFileError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a damaged file fails in many ways inside the library
        problem = f"cannot be read as Parquet ({type(error).__name__})"
        raise _refused(name, problem, "a whole Parquet file", "save it as CSV") from None
    rows = zip(*columns.values(), strict=True)
    return Table(name, [(1, list(columns)), *((number, list(row)) for number, row in enumerate(rows, start=2))])


def _parquet_columns(content: bytes, name: str) -> dict[str, list[str]]:
    import fastparquet

    file = fastparquet.ParquetFile(io.BytesIO(content))
    cells = int(file.fmd.num_rows) * len(file.columns)
    if cells > MOST_PARQUET_CELLS:
        raise _refused(name, f"holds {cells} cells", f"at most {MOST_PARQUET_CELLS}")
    frame = file.to_pandas(index=False)
    leaves = {element.name: element for element in file.fmd.schema[1:]}
    return {str(column): _column_text(frame[column], leaves.get(column)) for column in frame.columns}


def _column_text(column: Any, element: Any) -> list[str]:
    """The cells of one column of a frame as text.

    element : what the file's schema says of the column. The library forgets that a time is in UTC where no other
        program's notes on the frame say it, and leaves days as numbers where they do.
    """
    import pandas

    kind = getattr(element, "logicalType", None)
    timestamp = getattr(kind, "TIMESTAMP", None)
    is_day = getattr(kind, "DATE", None) is not None
    if is_day:
        column = pandas.to_datetime(column)
    elif timestamp is not None and timestamp.isAdjustedToUTC and getattr(column.dtype, "tz", None) is None:
        column = column.dt.tz_localize("UTC")
    elif str(column.dtype) == "float32":
        # 23.45 in single precision stays 23.45.
        column = pandas.Series([float(str(value)) for value in column.to_numpy()])
    places, values = pandas.factorize(column)
    if isinstance(column.dtype, pandas.CategoricalDtype):
        values = list(values)
    known = [_value_text(value, is_day=is_day) for value in values]
    # A blank cell has the place -1, the last of the list.
    known.append("")
    return [known[place] for place in places.tolist()]


def _value_text(value: Any, *, is_day: bool) -> str:
    if is_day:
        return str(value.date().isoformat())
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return cell_text(value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else _plain(value))


def _plain(value: Any) -> object:
    """A number of numpy as one of Python."""
    return value.item() if hasattr(value, "item") else value
