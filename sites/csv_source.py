"""The rows of a table kept in a CSV file beside ``portfolio.yaml``: every cell as text, every line accounted for."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from sites.columns import TABLE_COLUMNS
from sites.findings import Finding
from sites.hints import nearest
from sites.rows import Refused, Row
from sites.text_files import TextRefusedError, read_text

OTHER_SEPARATORS = {";": "a semicolon", "\t": "a tab", "|": "a bar"}


def rows_from_csv(path: Path, name: str, table: str) -> tuple[list[Row], list[Finding]]:
    """The rows of the table in this file, and what is wrong with the file's form.

    name : the file as messages call it.
    """
    try:
        text = read_text(path, name)
    except TextRefusedError as refusal:
        return [], [refusal.finding]
    findings: list[Finding] = []
    lines = _lines(text, name, table, findings)
    first = next(lines, None)
    if first is None:
        if not findings:
            findings.append(_finding(name, 1, table, "the file is empty", "a first line with the columns' names"))
        return [], findings
    header = [cell.strip() for cell in first[1]]
    findings.extend(_header_findings(header, first[0], name, table))
    if any(finding.problem for finding in findings):
        return [], findings
    rows = [_row(cells, header, line, name, table, number, findings) for number, (line, cells) in enumerate(lines, 1)]
    return rows, findings


def _lines(text: str, name: str, table: str, findings: list[Finding]) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold anything, each with the number of its first line in the file."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        findings.append(
            _finding(name, line, table, f"the line cannot be read ({error})", "lines of CSV", "check quotes")
        )


def _header_findings(header: list[str], line: int, name: str, table: str) -> Iterator[Finding]:
    columns = TABLE_COLUMNS[table]
    separator = next((mark for mark in OTHER_SEPARATORS if len(header) == 1 and mark in header[0]), None)
    if separator is not None:
        problem = f"the columns are separated by {OTHER_SEPARATORS[separator]}"
        yield _finding(name, line, table, problem, "commas between the columns", "save it as CSV with commas")
        return
    for doubled in sorted({cell for cell in header if header.count(cell) > 1}):
        yield _finding(name, line, table, f"the column '{doubled}' stands there twice", "every column once")
    for cell in header:
        if cell not in columns:
            hint = nearest(cell, columns) or f"the columns are {', '.join(columns)}"
            yield _finding(name, line, table, f"'{cell}' is an unknown column", "a column of this table", hint)
    for column in columns.values():
        if column.required and column.name not in header:
            problem = f"the column {column.name} is missing"
            yield _finding(name, line, table, problem, column.expected, "the column is compulsory")


def _row(
    cells: list[str], header: list[str], line: int, name: str, table: str, number: int, findings: list[Finding]
) -> Row:
    values: dict[str, object] = dict(zip(header, cells, strict=False))
    if len(cells) != len(header):
        # The cells after the surplus or missing one are shifted, so none of them is read; the id names the row.
        values = {column: values[column] if column == "id" else Refused.REFUSED for column in values}
        hint = "put a text or number that holds a comma in quotes; numbers have a decimal point"
        if len(cells) < len(header):
            hint = "leave a cell empty by writing its comma"
        findings.append(
            Finding(
                name,
                line,
                table=table,
                record=f"row {number}",
                problem=f"has {len(cells)} fields",
                expected=f"{len(header)} as in the first line",
                hint=hint,
            )
        )
        return Row(table, number, {**dict.fromkeys(header, Refused.REFUSED), **values}, file=name, line=line)
    return Row(table, number, values, file=name, line=line)


def _finding(name: str, line: int, table: str, problem: str, expected: str, hint: str = "") -> Finding:
    return Finding(name, line, table=f"table '{table}'", problem=problem, expected=expected, hint=hint)
