"""The rows of tables given from Python: pandas frames, lists of mappings, or one mapping for a single record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from sites.columns import SINGLE_RECORD_TABLES, TABLES
from sites.findings import Finding
from sites.given import Given
from sites.rows import PYTHON_FILE, Row

Table: TypeAlias = Any
"""A pandas frame, a list of mappings from column to value, or one mapping (tables of one record)."""


def rows_from_python(tables: Mapping[str, Table], folder: Path | None) -> Given:
    """What tables from Python give, with what is wrong with their shape."""
    given = Given(folder=folder)
    for table, content in tables.items():
        name = str(table)
        faults: list[Finding] = []
        records = _records(name, content, faults)
        given.rows[name] = [Row(name, number, record) for number, record in enumerate(records, start=1)]
        given.findings.extend(faults)
        if faults:
            given.broken.add(name)
    return given


def _records(table: str, given: Table, findings: list[Finding]) -> list[Mapping[str, object]]:
    if given is None or table not in TABLES:
        return []
    if hasattr(given, "columns") and hasattr(given, "to_dict"):
        return _frame_records(table, given, findings)
    if isinstance(given, Mapping):
        if table in SINGLE_RECORD_TABLES:
            return [given]
        findings.append(_shape(table, "a frame, or a list of mappings from column to value", "a mapping"))
        return []
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        findings.append(_shape(table, "a frame, or a list of mappings from column to value", type(given).__name__))
        return []
    records = []
    for number, record in enumerate(given, start=1):
        if isinstance(record, Mapping):
            records.append(record)
        else:
            findings.append(_shape(table, "a mapping from column to value", type(record).__name__, f"row {number}"))
    return records


def _frame_records(table: str, frame: Any, findings: list[Finding]) -> list[Mapping[str, object]]:
    if not frame.columns.is_unique:
        doubled = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        findings.append(_shape(table, "every column once", f"twice the column {', '.join(doubled)}"))
        return []
    records: list[Mapping[str, object]] = frame.to_dict("records")
    return records


def _shape(table: str, expected: str, found: str, record: str = "") -> Finding:
    return Finding(PYTHON_FILE, table=table, record=record, expected=expected, problem=f"holds {found}")
