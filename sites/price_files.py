"""Price files as they are: which format a file has, and its rows as times and prices, nothing repaired."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import numpy.typing as npt

from sites.clock import EPOCH_DAY, MINUTES_PER_DAY, MINUTES_PER_HOUR, wall_minutes_of
from sites.findings import Finding, shown
from sites.hints import NUMBER_PATTERN, nearest, number_hint
from sites.hourly import FloatArray, PriceFileError
from sites.months import FIRST_YEAR, LAST_YEAR
from sites.text_files import TextRefusedError, read_text

IntArray = npt.NDArray[np.int64]
Line = tuple[int, list[str]]

OWN_HEADER = ("time", "usd_per_mwh")
EIA_FIRST_COLUMN = "utc timestamp (interval ending)"
FORMATS_KNOWN = (
    "our own format, with the header 'time,usd_per_mwh', or a wholesale market file of the EIA, "
    "whose header begins 'UTC Timestamp (Interval Ending)'"
)
# The header of a native file stands below its title lines.
HEADER_LINES = 10
SHOWN_CELL_FINDINGS = 50
TIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.0+)?)?(?P<offset>Z|[+-]\d\d:?\d\d)?", re.ASCII)
TIME_EXPECTED = "a time such as 2024-01-31 13:00 or 2024-01-31T13:00-06:00"


@dataclass(frozen=True)
class Readings:
    """The rows of one file, in its order: when each interval begins and what a MWh costs in it.

    file : name of the file, for messages.
    lines : line of each row in the file, counted from 1.
    wall_minutes : beginning in local wall-clock time. [minutes since 1970-01-01 00:00 local]
    instants : the same in UTC; None where the file does not say it. [minutes since 1970-01-01 00:00 UTC]
    prices : [USD/MWh]
    step_minutes : length of an interval. [minutes]
    zone : time zone of the wall clock, where it is known.
    """

    file: str
    lines: IntArray
    wall_minutes: IntArray
    instants: IntArray | None
    prices: FloatArray
    step_minutes: int
    zone: tzinfo | None


def read_price_files(files: Sequence[Path], *, timezone: str = "", location: str = "") -> list[Readings]:
    """The rows of each file; see :func:`sites.hourly.read_hourly_prices`.

    Raises
    ------
    PriceFileError : a file is unreadable, of no known format, or has cells that are no time or price.
    """
    findings: list[Finding] = []
    readings: list[Readings] = []
    zone = _zone(timezone, files[0].name if files else "", findings)
    if not files:
        findings.append(Finding("<python>", problem="no price file is given", expected="one or several CSV files"))
    for path in files:
        try:
            readings.append(_read(path, zone, location))
        except PriceFileError as error:
            findings.extend(error.findings)
    if findings:
        raise PriceFileError(findings)
    return readings


def _zone(name: str, file: str, findings: list[Finding]) -> tzinfo | None:
    if not name:
        return None
    if name in available_timezones():
        return ZoneInfo(name)
    expected = "a time zone such as America/Chicago or UTC"
    hint = nearest(name, available_timezones())
    findings.append(Finding(file, column="timezone", value=name, expected=expected, hint=hint))
    return None


def _read(path: Path, zone: tzinfo | None, location: str) -> Readings:
    from sites.price_files_eia import read_eia

    try:
        text = read_text(path, path.name)
    except TextRefusedError as refusal:
        raise PriceFileError([refusal.finding]) from None
    lines = csv_lines(text, path.name)
    before: list[Line] = []
    for number, cells in lines:
        names = tuple(cell.strip().casefold() for cell in cells)
        if names == OWN_HEADER:
            return _read_own(path.name, lines, zone)
        if names[0] == EIA_FIRST_COLUMN:
            return read_eia(path.name, (number, cells), lines, zone, location)
        before.append((number, cells))
        if len(before) == HEADER_LINES:
            break
    raise PriceFileError([_unknown(path.name, before)])


def csv_lines(text: str, file: str) -> Iterator[Line]:
    """The lines that hold anything, each with its number in the file.

    Raises
    ------
    PriceFileError : a line is no CSV, for instance because a quote is never closed.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"the line cannot be read ({error})"
        raise PriceFileError([Finding(file, line, problem=problem, expected="lines of CSV")]) from None


def _unknown(file: str, before: list[Line]) -> Finding:
    if not before:
        return Finding(file, problem="the file is empty", expected=FORMATS_KNOWN)
    # The header of an unknown format is most likely the first of its lines with the most columns.
    number, cells = max(before, key=lambda line: len(re.split("[,;\t]", ",".join(line[1]))))
    header = ",".join(cells)
    hint = ""
    if any(mark in header for mark in ";\t") and "," not in header:
        hint = "the columns must be separated by commas"
    elif "kwh" in header.casefold():
        hint = "prices must be in USD/MWh: multiply by 1000 and name the column usd_per_mwh"
    elif len(cells) == len(OWN_HEADER):
        hint = "name the columns 'time' (hour beginning) and 'usd_per_mwh'"
    return Finding(
        file,
        number,
        problem=f"the header '{shown(header)}' is of no known price format",
        expected=FORMATS_KNOWN,
        hint=hint,
    )


def _read_own(file: str, lines: Iterator[Line], zone: tzinfo | None) -> Readings:
    numbers: list[int] = []
    walls: list[int] = []
    offsets: list[int | None] = []
    prices: list[float] = []
    findings: list[Finding] = []
    for number, cells in lines:
        if not has_fields(file, number, cells, len(OWN_HEADER), findings):
            continue
        stamp = stamp_of(file, number, "time", cells[0], findings)
        price = price_of(file, number, "usd_per_mwh", cells[1], findings)
        if stamp is not None and price is not None:
            if offsets and (stamp[1] is None) != (offsets[0] is None):
                findings.append(_mixed(file, number, cells[0]))
            numbers.append(number)
            walls.append(stamp[0])
            offsets.append(stamp[1])
            prices.append(price)
    raise_findings(file, findings, rows=len(numbers))
    wall = np.array(walls, dtype=np.int64)
    instants = None
    if offsets[0] is not None:
        instants = wall - np.array(offsets, dtype=np.int64)
        if zone is not None:
            wall = wall_minutes_of(instants, zone)
    lines_read = np.array(numbers, dtype=np.int64)
    starts = wall if instants is None else instants
    step = step_minutes(file, starts, lines_read)
    return Readings(file, lines_read, wall, instants, np.array(prices), step, zone)


def _mixed(file: str, line: int, cell: str) -> Finding:
    expected = "all times with an offset from UTC, or none"
    return Finding(file, line, column="time", value=cell, expected=expected)


def has_fields(file: str, line: int, cells: list[str], fields: int, findings: list[Finding]) -> bool:
    """Whether a row has as many cells as the header; if not, that is a finding."""
    if len(cells) == fields:
        return True
    problem = f"the row has {len(cells)} fields"
    hint = "numbers are written with a decimal point and without separators of thousands"
    findings.append(Finding(file, line, problem=problem, expected=f"{fields} as in the header", hint=hint))
    return False


def stamp_of(file: str, line: int, column: str, cell: str, findings: list[Finding]) -> tuple[int, int | None] | None:
    """A time as written [minutes since 1970] and its offset from UTC [minutes]; None, and a finding, if it is none."""
    text = cell.strip()
    match = TIME_PATTERN.fullmatch(text)
    if match is not None:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            pass
        else:
            if time.second == 0 and FIRST_YEAR <= time.year <= LAST_YEAR:
                offset = time.utcoffset()
                minutes = (time.toordinal() - EPOCH_DAY) * MINUTES_PER_DAY + time.hour * MINUTES_PER_HOUR + time.minute
                return minutes, None if offset is None else int(offset.total_seconds()) // 60
    findings.append(Finding(file, line, column=column, value=cell, expected=TIME_EXPECTED, problem=_blank(text)))
    return None


def price_of(file: str, line: int, column: str, cell: str, findings: list[Finding]) -> float | None:
    """A price [USD/MWh]; None, and a finding, if the cell is no finite number."""
    text = cell.strip()
    if NUMBER_PATTERN.fullmatch(text):
        price = float(text)
        if abs(price) < np.inf:
            return price
    hint = number_hint(text) if text else "leave the row out if the price is not known"
    expected = "a price in USD/MWh"
    findings.append(Finding(file, line, column=column, value=cell, expected=expected, hint=hint, problem=_blank(text)))
    return None


def _blank(text: str) -> str:
    return "" if text else "is blank"


def raise_findings(file: str, findings: list[Finding], rows: int) -> None:
    """Raise PriceFileError when there are findings, the first of them if they are many, or when there is no row."""
    if not findings and rows:
        return
    if not findings:
        findings = [Finding(file, problem="the file holds no prices", expected="rows below the header")]
    hidden = len(findings) - SHOWN_CELL_FINDINGS
    if hidden > 0:
        more = Finding(file, problem=f"and {hidden} more rows like these", expected="a time and a price in every row")
        findings = [*findings[:SHOWN_CELL_FINDINGS], more]
    raise PriceFileError(findings)


def step_minutes(file: str, starts: IntArray, lines: Iterable[int]) -> int:
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
    odd = [line for line, phase in zip(lines, phases, strict=True) if phase != usual]
    if odd:
        problem = f"the time lies between the {step}-minute steps of the other rows"
        findings = [Finding(file, line, column="time", problem=problem, expected="even steps") for line in odd]
        raise_findings(file, findings, rows=len(starts))
    return step
