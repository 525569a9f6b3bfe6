"""Price files as they are: which format each of their tables has, and its rows as times and prices."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from sites.findings import Finding, shown
from sites.hints import nearest
from sites.hourly import PriceFileError
from sites.price_formats import FORMATS_KNOWN, recognised
from sites.price_formats.base import PriceFormat, Readings, Request, Table
from sites.price_formats.containers import tables_of
from sites.price_formats.market_table import HOLDS
from sites.price_formats.named import NAME, read_named

# The header of a native file stands below its title lines.
HEADER_LINES = 12
SHOWN_FINDINGS = 50
OWN_COLUMNS = 2
# Findings about what was asked for are the same in every one of hundreds of files.
OPTIONS = ("location", "market", "stamp")


@dataclass(frozen=True)
class Source:
    """One file of a series.

    file : its name. sha256, bytes : of the file as it was read.
    formats : names of the formats of its tables. rows : rows of the series in it.
    """

    file: str
    sha256: str
    bytes: int
    formats: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class PriceFiles:
    """All rows of a series, table by table, the files they come from, and what was left aside."""

    readings: tuple[Readings, ...]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def read_price_files(files: Sequence[Path], request: Request, timezone: str = "") -> PriceFiles:
    """The rows of the files; see :func:`sites.hourly.read_hourly_prices`.

    request : what is asked for; its zone is that of ``timezone``.

    Raises
    ------
    PriceFileError : a file is unreadable, of no known format, or has cells that are no time or price; the files
        are of several locations, currencies or clocks.
    """
    findings: list[Finding] = []
    zone = _zone(timezone, files[0].name if files else "", findings)
    _check_request(request, files, findings)
    if not files:
        findings.append(Finding("<python>", problem="no price file is given", expected="one or several files"))
    if findings:
        raise PriceFileError(findings)
    request = replace(request, zone=zone)
    readings: list[Readings] = []
    sources: list[Source] = []
    notes: list[str] = []
    other_market: list[Finding] = []
    likely: PriceFormat | None = None
    for path in files:
        try:
            part = _File(path, request, likely)
            part.read()
        except PriceFileError as error:
            findings.extend(error.findings)
            if len(findings) > SHOWN_FINDINGS:
                break
            continue
        likely = part.likely
        readings.extend(part.readings)
        sources.append(part.source())
        notes.extend(part.notes)
        other_market.extend(part.other_market)
    if findings or not readings:
        raise PriceFileError(_without_repetition(findings or other_market))
    notes.extend(f"{finding.file} was left out: {finding.problem}" for finding in other_market)
    _check_alike(readings, request)
    return PriceFiles(tuple(readings), tuple(sources), tuple(notes))


class _File:
    """One file while it is read, table by table, so that only one of them is in memory."""

    def __init__(self, path: Path, request: Request, likely: PriceFormat | None) -> None:
        self.path = path
        self.request = request
        self.likely = likely
        self.readings: list[Readings] = []
        self.formats: list[str] = []
        self.notes: list[str] = []
        self.findings: list[Finding] = []
        self.other_market: list[Finding] = []

    def read(self) -> None:
        """Read all tables.

        A table without rows is left aside, such as the sheet of a month to come; so is one that is no table of prices
        beside one that is, such as a sheet of notes, and one of another market than the one asked for.
        """
        unknown: list[Table] = []
        empty: list[Table] = []
        for table in tables_of(self.path):
            if not self._take(table):
                (unknown if table.lines else empty).append(Table(table.file, table.lines[:HEADER_LINES]))
            if len(self.findings) > SHOWN_FINDINGS:
                break
        if self.findings:
            raise PriceFileError(_without_repetition(self.findings))
        if not self.formats:
            raise PriceFileError([_unknown((unknown or empty or [Table(self.path.name, [])])[0])])
        if not self.readings and not self.other_market:
            problem = "the file holds no prices"
            raise PriceFileError([Finding(self.path.name, problem=problem, expected="rows below the header")])
        self.notes.extend(f"{table.file} is no table of prices and was left out" for table in unknown)

    def _take(self, table: Table) -> bool:
        """Read a table if it is one of prices; whether it is."""
        if not table.lines:
            return False
        if self.request.time:
            self._keep(NAME, lambda: read_named(table, self.request))
            return True
        known = recognised(table, self.likely)
        if known is None:
            return False
        form, header = known
        self.likely = form
        # XML is one text, which may stand on one line.
        if header < len(table.lines) - 1 or table.lines[header][1][0].startswith("<"):
            self._keep(form.name, lambda: form.read(table, header, self.request))
        else:
            self._note_format(form.name)
        return True

    def _keep(self, name: str, read: Callable[[], Readings]) -> None:
        self._note_format(name)
        try:
            self.readings.append(read())
        except PriceFileError as error:
            for finding in error.findings:
                is_other = finding.column == "market" and finding.problem.startswith(HOLDS)
                (self.other_market if is_other else self.findings).append(finding)

    def _note_format(self, name: str) -> None:
        if name not in self.formats:
            self.formats.append(name)

    def source(self) -> Source:
        """What is stored of the file."""
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        rows = sum(len(part.prices) for part in self.readings)
        return Source(self.path.name, digest, self.path.stat().st_size, tuple(self.formats), rows)


def _zone(name: str, file: str, findings: list[Finding]) -> tzinfo | None:
    if not name:
        return None
    if name in available_timezones():
        return ZoneInfo(name)
    expected = "a time zone such as America/Chicago or UTC"
    hint = nearest(name, available_timezones())
    findings.append(Finding(file, column="timezone", value=name, expected=expected, hint=hint))
    return None


def _check_request(request: Request, files: Sequence[Path], findings: list[Finding]) -> None:
    """Find what cannot be asked for, whatever the files hold."""
    file = files[0].name if files else "<python>"
    for column, value, known in (
        ("market", request.market, ("", "dam", "rtm")),
        ("stamp", request.stamp, ("", "begin", "end")),
    ):
        if value not in known:
            findings.append(Finding(file, column=column, value=value, expected=" or ".join(known[1:])))
    for column, value in (("price", request.price), ("stamp", request.stamp)):
        if value and not request.time:
            expected = "also the name of the time column"
            hint = "price and stamp are for files of no known format"
            findings.append(Finding(file, column=column, value=value, expected=expected, hint=hint))


def _unknown(table: Table) -> Finding:
    if not table.lines:
        return Finding(table.file, problem="the file is empty", expected=FORMATS_KNOWN)
    # The header of an unknown format is most likely the first of its lines with the most columns.
    line, cells = max(table.lines, key=lambda row: len(re.split("[,;\t]", ",".join(row[1]))))
    header = ",".join(cells)
    hint = "name its columns: time, price and stamp (--time, --price, --stamp)"
    if any(mark in header for mark in ";\t") and "," not in header:
        hint = "the columns must be separated by commas"
    elif "kwh" in header.casefold():
        hint = "prices must be in USD/MWh: multiply by 1000 and name the column usd_per_mwh"
    elif len(cells) == OWN_COLUMNS:
        hint = "name the columns 'time' (hour beginning) and 'usd_per_mwh', or name yours (--time, --price, --stamp)"
    problem = f"the header '{shown(header)}' is of no known price format"
    return Finding(table.file, line, problem=problem, expected=FORMATS_KNOWN, hint=hint)


def _without_repetition(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, but one about an option only once where it is the same for many tables."""
    kept: dict[object, Finding] = {}
    for place, finding in enumerate(findings):
        same = (finding.column, finding.value, finding.problem, finding.expected)
        kept.setdefault(same if finding.column in OPTIONS else place, finding)
    return list(kept.values())


def _check_alike(readings: Sequence[Readings], request: Request) -> None:
    """Refuse files that cannot be one series."""
    for what, of, expected in (
        ("locations", _location_of, "one location"),
        ("currencies", lambda part: part.currency, "one currency"),
        ("clocks", lambda part: "" if part.zone is None else str(part.zone), "one time zone"),
    ):
        if what == "locations" and request.location:
            continue  # formats may write the location that was asked for in ways of their own
        first: dict[str, Readings] = {}
        for part in readings:
            first.setdefault(of(part).casefold(), part)
        if what == "locations":
            first.pop("", None)
        if len(first) > 1:
            told = ", ".join(
                f"'{of(part) or 'none told'}' in {part.file}" for part in list(first.values())[:SHOWN_FINDINGS]
            )
            last = list(first.values())[-1]
            raise PriceFileError(
                [Finding(last.file, problem=f"the files are of several {what}: {told}", expected=expected)]
            )


def _location_of(part: Readings) -> str:
    return part.location
