"""Files of a history as tables of text: CSV with any usual separator, and the JSON that explorers answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sites.findings import Finding
from sites.text_files import TextRefusedError, decoded, read_bytes

LARGEST_BYTES = 100_000_000
SEPARATORS = (",", ";", "\t")
_JSON_EXPECTED = "the JSON of mempool.space, of a Blockchain.com chart, or of the Coin Metrics API"


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the lines below it, as text.

    rows : number of the line (or of the record, in JSON) and its cells, as many as the header has or fewer.
    steps : whether each value holds until the next one.
    """

    file: str
    header: tuple[str, ...]
    rows: Sequence[tuple[int, Sequence[str]]]
    steps: bool = False


def tables_of(path: Path) -> list[Table]:
    """The tables in a file; one, except where a JSON answer holds several lists.

    Raises
    ------
    TextRefusedError : it cannot be read, is too large, empty, not UTF-8, or JSON of another shape.
    """
    text = decoded(read_bytes(path, path.name, LARGEST_BYTES), path.name).lstrip("\ufeff")
    if not text.strip():
        raise _refused(path.name, "is empty", "a table of days and values")
    if text.lstrip()[0] in "{[":
        return _json_tables(text, path.name)
    return [_csv_table(text, path.name)]


def _csv_table(text: str, file: str) -> Table:
    first = next(line for line in text.splitlines() if line.strip())
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, Sequence[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        finding = Finding(file, line, problem=f"cannot be read ({error})", expected="lines of CSV", hint="check quotes")
        raise TextRefusedError(finding) from None
    header = tuple(cell.strip().strip("\ufeff\"'") for cell in rows[0][1])
    return Table(file, header, rows[1:])


def _json_tables(text: str, file: str) -> list[Table]:
    try:
        content = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise _refused(file, f"is not valid JSON ({error})", _JSON_EXPECTED) from None
    if isinstance(content, list):
        content = {"data": content}
    tables = [
        _records_table(file, content[key], {}, steps=key == "difficulty")
        for key in ("hashrates", "difficulty", "data")
        if isinstance(content.get(key), list) and content[key]
    ]
    if isinstance(content.get("values"), list):
        tables.append(_records_table(file, content["values"], {"y": _chart_name(content)}))
    if not tables:
        raise _refused(file, "holds no list of days that is known", _JSON_EXPECTED)
    return tables


def _records_table(file: str, records: Sequence[Any], names: Mapping[str, str], *, steps: bool = False) -> Table:
    if not all(isinstance(record, Mapping) for record in records):
        raise _refused(file, "holds a list of other things than records", _JSON_EXPECTED)
    keys = list(dict.fromkeys(key for record in records for key in record))
    rows = [(number, [_text(record.get(key)) for key in keys]) for number, record in enumerate(records, 1)]
    return Table(file, tuple(names.get(key, key) for key in keys), rows, steps)


def _chart_name(chart: Mapping[str, Any]) -> str:
    """Name and unit of a chart, either of which may hold the other."""
    name, unit = str(chart.get("name", "y")), str(chart.get("unit", ""))
    if name.casefold() in unit.casefold():
        return unit
    return name if unit.casefold() in name.casefold() else f"{name} {unit}"


def _text(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)


def _refused(file: str, problem: str, expected: str) -> TextRefusedError:
    return TextRefusedError(Finding(file, problem=problem, expected=expected))
