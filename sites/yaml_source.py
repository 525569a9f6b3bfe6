"""The rows of all tables in a ``portfolio.yaml``, with the place of every cell."""

from __future__ import annotations

from pathlib import Path

from sites.columns import SINGLE_RECORD_TABLES, TABLES
from sites.csv_source import rows_from_csv
from sites.findings import Finding, shown
from sites.folder import FILE_EXPECTED, FileRefusedError, file_inside
from sites.given import Given
from sites.yaml_nodes import Broken, Items, Node, Pairs, Scalar, read_nodes
from sites.yaml_values import Reading

LIST_EXPECTED = "a list of records, each beginning with '- ', or {file: name.csv}"


def rows_from_yaml(text: str, file: str, folder: Path) -> Given:
    """What a YAML text gives; tables kept in CSV files are read from ``folder``.

    file : name of the YAML file as messages call it.
    """
    root, findings = read_nodes(text, file)
    given = Given(file=file, folder=folder, findings=findings)
    if isinstance(root, Pairs):
        reader = _Reader(given, folder)
        for key, node in reader.reading.once_each(root, ""):
            reader.table(key, node)
        return given
    given.readable = False
    if not findings:
        hint = "begin with settings, sites, fleets and hashprice"
        given.findings.append(
            Finding(file, 1, 1, problem="no tables are found", expected="a mapping from table to records", hint=hint)
        )
    return given


class _Reader:
    """Turns the nodes of tables into rows of ``given``."""

    def __init__(self, given: Given, folder: Path) -> None:
        self.given = given
        self.folder = folder
        self.reading = Reading(given.file, given.findings)

    def table(self, key: Scalar, node: Node) -> None:
        """Reads one table."""
        table = key.text
        self.given.places[table] = (key.line, key.column)
        rows = self.given.rows.setdefault(table, [])
        if table not in TABLES:
            return
        if isinstance(node, Broken):
            self.given.broken.add(table)
        elif isinstance(node, Pairs) and [name.text for name, _ in node.pairs] == ["file"]:
            self._csv_table(table, node.pairs[0][1])
        elif isinstance(node, Pairs) and table in SINGLE_RECORD_TABLES:
            rows.append(self.reading.row(table, 1, node))
        elif isinstance(node, Items):
            for number, item in enumerate(node.items, start=1):
                self._record(table, number, item)
        elif not (isinstance(node, Scalar) and node.is_null):
            self._wrong_shape(table, node)

    def _record(self, table: str, number: int, node: Node) -> None:
        if isinstance(node, Pairs):
            self.given.rows[table].append(self.reading.row(table, number, node))
        elif not isinstance(node, Broken):
            expected = "a record of columns and values, such as 'id: pecos'"
            self._report(node, table, f"row {number}", _found(node), expected)

    def _wrong_shape(self, table: str, node: Node) -> None:
        hint = ""
        expected = "a record of columns and values" if table in SINGLE_RECORD_TABLES else LIST_EXPECTED
        if isinstance(node, Pairs) and node.pairs:
            first = node.pairs[0][0].text
            nested = isinstance(node.pairs[0][1], Pairs)
            hint = f"write '- id: {shown(first)}'" if nested else f"write '- ' before '{shown(first)}'"
        self.given.broken.add(table)
        self._report(node, f"table '{table}'", "", _found(node), expected, hint)

    def _csv_table(self, table: str, node: Node) -> None:
        if not isinstance(node, Scalar) or node.is_null:
            self.given.broken.add(table)
            if not isinstance(node, Broken):
                self._report(node, f"table '{table}'", "file", _found(node), "the name of one CSV file")
            return
        try:
            path = file_inside(self.folder, node.text)
        except FileRefusedError as refusal:
            self.given.broken.add(table)
            finding = Finding(
                self.given.file,
                node.line,
                node.column,
                table=f"table '{table}'",
                column="file",
                value=node.text,
                expected=FILE_EXPECTED,
                hint=refusal.hint,
            )
            self.given.findings.append(finding)
            return
        self.given.input_files.append(path)
        rows, findings = rows_from_csv(path, node.text, table)
        if findings and not rows:
            self.given.broken.add(table)
        self.given.rows[table].extend(rows)
        self.given.findings.extend(findings)

    def _report(self, node: Node, table: str, record: str, found: str, expected: str, hint: str = "") -> None:
        value = node.text if isinstance(node, Scalar) else ""
        problem = "" if value else f"holds {found}"
        finding = Finding(
            self.given.file,
            node.line,
            node.column,
            table=table,
            record=record,
            value=value,
            expected=expected,
            hint=hint,
            problem=problem,
        )
        self.given.findings.append(finding)


def _found(node: Node) -> str:
    if isinstance(node, Items):
        return "a list"
    return "a mapping" if isinstance(node, Pairs) else "nothing"
