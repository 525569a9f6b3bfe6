"""What a source gives before it is checked: rows by table, where the tables stand, and what was wrong already."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sites.findings import Finding
from sites.rows import PYTHON_FILE, Position, Row


@dataclass
class Given:
    """The rows of all tables of one source, on their way to a portfolio.

    file : the source as messages call it.
    folder : where the files that it names are; None for tables from Python without a folder.
    places : line and column of each table's name, where there is a text.
    broken : tables about whose form a finding exists, so that their absent rows prove nothing.
    readable : False when the source could not be read at all, so that no table can be called missing.
    """

    file: str = PYTHON_FILE
    folder: Path | None = None
    rows: dict[str, list[Row]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    places: dict[str, Position] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    input_files: list[Path] = field(default_factory=list)
    readable: bool = True
