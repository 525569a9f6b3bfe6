"""Nodes of a YAML text as plain rows and values, every name once, with the place of every cell."""

from __future__ import annotations

from dataclasses import dataclass

from sites.columns import SINGLE_RECORD_TABLES
from sites.findings import Finding
from sites.rows import Position, Refused, Row
from sites.yaml_nodes import Items, Node, Pairs, Scalar


@dataclass
class Reading:
    """A YAML text that is being read.

    file : its name as messages call it. findings : what was wrong so far; grows.
    """

    file: str
    findings: list[Finding]

    def row(self, table: str, number: int, node: Pairs) -> Row:
        """A mapping as a row of a table."""
        values: dict[str, object] = {}
        positions: dict[str, Position] = {}
        label = next(
            (f"'{value.text}'" for key, value in node.pairs if key.text == "id" and isinstance(value, Scalar)), ""
        )
        if not label and table not in SINGLE_RECORD_TABLES:
            label = f"row {number}"
        for key, value in self.once_each(node, table, label):
            values[key.text] = self._value(value, key.text, positions, table, label)
            place = key if isinstance(value, Scalar) and value.is_null else value
            positions[key.text] = (place.line, place.column)
        return Row(table, number, values, self.file, node.line, node.column, positions)

    def _value(self, node: Node, path: str, positions: dict[str, Position], table: str, label: str) -> object:
        """The node as text, None, list or dict; refused when anything in it is broken."""
        positions[path] = (node.line, node.column)
        if isinstance(node, Scalar):
            return None if node.is_null else node.text
        if isinstance(node, Items):
            parts = [
                self._value(item, f"{path}[{index}]", positions, table, label) for index, item in enumerate(node.items)
            ]
            return Refused.REFUSED if Refused.REFUSED in parts else parts
        if isinstance(node, Pairs):
            record = {
                key.text: self._value(value, f"{path}.{key.text}", positions, table, label)
                for key, value in self.once_each(node, table, label)
            }
            return Refused.REFUSED if Refused.REFUSED in record.values() else record
        return Refused.REFUSED

    def once_each(self, node: Pairs, table: str, label: str = "") -> list[tuple[Scalar, Node]]:
        """The pairs of a mapping without its doubled keys, which are reported with both lines."""
        first: dict[str, Scalar] = {}
        kept = []
        for key, value in node.pairs:
            earlier = first.setdefault(key.text, key)
            if earlier is key:
                kept.append((key, value))
                continue
            finding = Finding(
                self.file,
                key.line,
                key.column,
                table=table,
                record=label,
                column=key.text,
                value=value.text if isinstance(value, Scalar) else "",
                problem="is given twice",
                expected="every name once",
                hint=f"line {earlier.line} gives it already; remove one of the two",
            )
            self.findings.append(finding)
        return kept

    def report(self, node: Node, subject: str, problem: str, expected: str, hint: str = "") -> None:
        """Notes that something else stands at a node than was expected."""
        finding = Finding(
            self.file, node.line, node.column, table=subject, problem=problem, expected=expected, hint=hint
        )
        self.findings.append(finding)


def found_words(node: Node) -> str:
    """What a node is, for a message."""
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Pairs):
        return "a mapping"
    return "nothing" if not isinstance(node, Scalar) or node.is_null else f"'{node.text[:60]}'"
