"""What a planner adds to a report: tables (.csv), pages of text (.md, .txt) and the pages of other commands (folders).

An addition is read whole before anything is solved, travels with the plan in its folder `additions/`, and is read from
there when the plan is made again. Its words are shown, never run.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reports.display import Cell, Column, Table, text
from reports.folder import OutputError

FOLDER = "additions"
MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
MOST_FILES = 200
TEXT_SUFFIXES = (".md", ".txt")
# What commands write beside their page.
PAGE_SUFFIXES = (".html", ".csv", ".json", ".png", ".svg", ".xlsx", ".pdf", ".yaml")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")

BlockKind = Literal["heading", "paragraph", "item"]


@dataclass(frozen=True)
class Block:
    """A piece of a page of text."""

    kind: BlockKind
    words: str


@dataclass(frozen=True)
class Addition:
    """One addition; of `table`, `blocks` and `pages` it has one.

    name : of its file or folder, the key of the section. files : what is kept of it, content by relative path.
    pages : paths of the pages to link, relative to the plan's folder.
    """

    name: str
    title: str
    files: Mapping[str, bytes]
    table: Table | None = None
    blocks: tuple[Block, ...] = ()
    pages: tuple[str, ...] = ()


def read_additions(paths: Iterable[Path]) -> tuple[Addition, ...]:
    """The additions in these files and folders, in the order given.

    Raises
    ------
    OutputError : lists everything that is wrong with them.
    """
    found: list[Addition] = []
    faults: list[str] = []
    for path in paths:
        try:
            addition = _read(path)
        except OutputError as fault:
            faults.append(str(fault))
            continue
        if any(addition.name.casefold() == other.name.casefold() for other in found):
            faults.append(f"{path}: a second addition of the name {addition.name}; rename one of them")
        found.append(addition)
    if faults:
        raise OutputError("\n".join(faults))
    return tuple(found)


def _read(path: Path) -> Addition:
    title = path.resolve().stem.replace("-", " ").replace("_", " ").strip()
    title = title[:1].upper() + title[1:]
    if path.is_dir():
        return _folder(path, path.resolve().name, title)
    suffix = path.suffix.lower()
    if suffix not in (".csv", *TEXT_SUFFIXES):
        raise OutputError(
            f"{path}: expected a table (.csv), a text ({', '.join(TEXT_SUFFIXES)}) or the folder of another command"
        )
    content = _content(path)
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OutputError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    hidden = next((letter for letter in words if not letter.isprintable() and letter not in "\n\r\t"), None)
    if hidden is not None:
        raise OutputError(f"{path}: holds the hidden character {hidden!a}; expected visible text")
    if suffix == ".csv":
        return Addition(path.name, title, {path.name: content}, table=_table(path, title, words))
    return Addition(path.name, title, {path.name: content}, blocks=tuple(_blocks(words)))


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise OutputError(f"{path}: {size:,} bytes; expected at most {MOST_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _folder(path: Path, name: str, title: str) -> Addition:
    files = sorted(entry for entry in path.rglob("*") if entry.is_file() and not entry.is_symlink())
    kept = [entry for entry in files if entry.suffix.lower() in PAGE_SUFFIXES]
    pages = [entry for entry in kept if entry.suffix.lower() == ".html"]
    if not pages:
        raise OutputError(f"{path}: holds no page (.html); expected a folder that a command wrote with --out")
    if len(kept) > MOST_FILES:
        raise OutputError(f"{path}: {len(kept):,} files; expected at most {MOST_FILES}")
    contents = {f"{name}/{entry.relative_to(path).as_posix()}": _content(entry) for entry in kept}
    links = tuple(f"{FOLDER}/{name}/{entry.relative_to(path).as_posix()}" for entry in pages)
    return Addition(name, title, contents, pages=links)


def _table(path: Path, title: str, words: str) -> Table:
    try:
        lines = [line for line in csv.reader(io.StringIO(words, newline=""), strict=True) if any(map(str.strip, line))]
    except csv.Error as error:
        raise OutputError(f"{path}: cannot be read as CSV: {error}") from None
    if len(lines) < 2:
        raise OutputError(f"{path}: expected a line of headings and at least one row")
    header, *rows = lines
    if len(rows) > MOST_ROWS:
        raise OutputError(f"{path}: {len(rows):,} rows; expected at most {MOST_ROWS:,}")
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise OutputError(f"{path}: row {number} has {len(row)} fields; expected {len(header)} as in the first")
    numeric = [all(_is_number(row[n]) or not row[n].strip() for row in rows) for n in range(len(header))]
    columns = tuple(Column(words.strip(), numeric=is_number) for words, is_number in zip(header, numeric, strict=True))
    cells = tuple(tuple(_cell(words, number) for words, number in zip(row, numeric, strict=True)) for row in rows)
    return Table(f"added-{re.sub('[^a-z0-9]+', '-', path.stem.lower()).strip('-')}", title, columns, cells)


def _is_number(words: str) -> bool:
    return _NUMBER.fullmatch(words.strip()) is not None


def _cell(words: str, numeric: bool) -> Cell:
    # Shown as typed: a year is no quantity to be grouped by thousands.
    return Cell(words.strip(), float(words)) if numeric and words.strip() else text(words.strip())


def _blocks(words: str) -> Iterator[Block]:
    """Headings (#), items (-, *) and paragraphs, which blank lines part; nothing else of Markdown has a meaning."""
    lines: list[str] = []
    for line in [*words.splitlines(), ""]:
        bare = line.strip()
        special = re.match(r"(#+|[-*])\s+(.*)", bare)
        if lines and (special or not bare):
            yield Block("paragraph", " ".join(lines))
            lines = []
        if special:
            yield Block("heading" if special[1].startswith("#") else "item", special[2])
        elif bare:
            lines.append(bare)
