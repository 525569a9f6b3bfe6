"""What is wrong with the parts of a workbook file that a reader of cells does not tell: sizes, formulas, merged cells.

A reader gives a formula that was never computed as an empty cell, and the cells behind a merged one too. Both would be
lost without a word, so the sheets' XML is looked through once, as a stream, without ever resolving an entity.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

LARGEST_BYTES = 50_000_000
LARGEST_UNPACKED = 100_000_000
LARGEST_RATIO = 100
HARMLESS_BYTES = 1_000_000
MOST_ENTRIES = 1_000
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MACROS = "vbaProject.bin"


class WorkbookRefusedError(Exception):
    """A file is no workbook that may be read; ``expected`` says what is."""

    def __init__(self, problem: str, expected: str = "a workbook (.xlsx)", hint: str = "") -> None:
        """Keeps the parts of the finding."""
        self.problem, self.expected, self.hint = problem, expected, hint
        super().__init__(problem)


@dataclass(frozen=True)
class CellFault:
    """What is wrong at one cell of a sheet. cell : such as H7. problem, hint : as in a finding."""

    sheet: str
    cell: str
    problem: str
    hint: str


def check_container(content: bytes) -> None:
    """Refuse what is no workbook, is locked, or unpacks to too much.

    Raises
    ------
    WorkbookRefusedError : says which.
    """
    if content.startswith(_OLD):
        hint = "save it as .xlsx, without a password"
        raise WorkbookRefusedError("is an old (.xls) or encrypted workbook", hint=hint)
    if not content.startswith(_ZIP):
        raise WorkbookRefusedError("is no workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise WorkbookRefusedError(f"is damaged ({error})") from None
    if len(entries) > MOST_ENTRIES:
        raise WorkbookRefusedError(f"has {len(entries):,} parts", f"at most {MOST_ENTRIES:,} parts")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
        raise WorkbookRefusedError("unpacks to too much", f"at most {LARGEST_UNPACKED // 10**6} MB when unpacked")
    for entry in entries:
        if entry.file_size > max(HARMLESS_BYTES, LARGEST_RATIO * entry.compress_size):
            raise WorkbookRefusedError(f"its part {entry.filename} unpacks to {entry.file_size:,} bytes")
        if entry.filename.endswith(_MACROS):
            raise WorkbookRefusedError("holds macros", hint="save it as .xlsx, which holds none")
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise WorkbookRefusedError("is a zip file, but no workbook")


def cell_faults(content: bytes) -> list[CellFault]:
    """Formulas without a value, cells with an error, and merged cells, sheet by sheet.

    content : of a file that `check_container` has let pass.

    Raises
    ------
    WorkbookRefusedError : a part is no XML, or brings a document type.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        faults = []
        for sheet, part in _sheet_parts(archive):
            scan = _SheetScan(sheet)
            _parse(archive, part, scan)
            faults += scan.faults
        return faults


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The name of every sheet and the part that holds it."""
    sheets, targets = _Attributes("sheet"), _Attributes("Relationship")
    _parse(archive, "xl/workbook.xml", sheets)
    _parse(archive, "xl/_rels/workbook.xml.rels", targets)
    files = {entry.get("Id"): entry.get("Target", "") for entry in targets.found}
    for entry in sheets.found:
        link = next((value for key, value in entry.items() if key.rpartition(":")[2] == "id"), "")
        target = files.get(link, "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))
        if path in archive.namelist():
            yield entry.get("name", ""), path


class _Handler:
    """What is done at the elements of a part."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, words: str) -> None:
        """Text stands between elements."""


class _Attributes(_Handler):
    """Collects the attributes of all elements of one name."""

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Keep the attributes of a wanted element."""
        if name == self.wanted:
            self.found.append(dict(attributes))


class _SheetScan(_Handler):
    """Looks through the cells of one sheet."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.faults: list[CellFault] = []
        self.cell, self.kind, self.formula, self.value, self.inside = "", "", False, "", False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note where a cell begins, and whether it has a formula; tell merged cells."""
        if name == "c":
            self.cell, self.kind = attributes.get("r", ""), attributes.get("t", "n")
            self.formula, self.value = False, ""
        elif name == "f":
            self.formula = True
        elif name == "v":
            self.inside = True
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            hint = "unmerge the cells and write every value in its own"
            self._fault(first, f"is merged with the cells up to {last}", hint)

    def text(self, words: str) -> None:
        """Collect the value of a cell."""
        if self.inside:
            self.value += words

    def end(self, name: str) -> None:
        """Judge a cell that is whole."""
        if name == "v":
            self.inside = False
        elif name == "c" and self.kind == "e":
            self._fault(self.cell, f"shows the error {self.value}", "repair the formula, or write the value")
        elif name == "c" and self.formula and not self.value and self.kind != "str":
            hint = "open the workbook in a spreadsheet and save it, or write the value"
            self._fault(self.cell, "holds a formula that was never computed", hint)

    def _fault(self, cell: str, problem: str, hint: str) -> None:
        self.faults.append(CellFault(self.sheet, cell, problem, hint))


def _parse(archive: zipfile.ZipFile, part: str, handler: _Handler) -> None:
    parser = expat.ParserCreate(namespace_separator=None)

    def refuse(*_: object) -> None:
        raise WorkbookRefusedError(f"its part {part} brings a document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: handler.start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: handler.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = handler.text
    try:
        with archive.open(part) as file:
            parser.ParseFile(file)
    except (expat.ExpatError, zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
        raise WorkbookRefusedError(f"its part {part} is damaged ({error})") from None


def cell_place(cell: str) -> tuple[int, int]:
    """Row and column of a cell such as H7, from 1; (0, 0) where it is none."""
    found = re.fullmatch(r"([A-Z]{1,3})([0-9]+)", cell)
    if found is None:
        return 0, 0
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column
