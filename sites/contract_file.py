"""The offers of a file beside the portfolio: one offer or a list in YAML, or rows of CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sites.csv_source import rows_from_csv
from sites.findings import Finding
from sites.rows import Row
from sites.text_files import TextRefusedError, read_text
from sites.yaml_nodes import Broken, Items, Node, Pairs, Scalar, read_nodes
from sites.yaml_values import Reading, found_words

TABLE = "contracts"
SUFFIXES = (".yaml", ".yml", ".csv")
SHAPES = "one offer, a list of offers, or 'contracts:' with such a list"


def rows_of_contracts(file: Path) -> tuple[list[Row], list[Finding]]:
    """The rows of the offers in a file, and what is wrong with the file's form."""
    name = str(file)
    if not file.is_file() or file.suffix.lower() not in SUFFIXES:
        problem = "is no file of offers" if file.exists() else "there is no such file"
        return [], [Finding(name, problem=problem, expected="a .yaml or .csv file of offers")]
    if file.suffix.lower() == ".csv":
        return rows_from_csv(file, name, TABLE)
    try:
        text = read_text(file, name)
    except TextRefusedError as refusal:
        return [], [refusal.finding]
    root, findings = read_nodes(text, name)
    reading = Reading(name, findings)
    rows = [reading.row(TABLE, number, node) for number, node in enumerate(_offers(root, reading), start=1)]
    return rows, findings


def _offers(root: Node | None, reading: Reading) -> Sequence[Pairs]:
    """The mappings of the offers; what is no mapping becomes a finding."""
    if isinstance(root, Pairs):
        inner = [value for key, value in root.pairs if key.text == TABLE]
        if not inner:
            return [root]
        for key, _ in root.pairs:
            if key.text != TABLE:
                reading.report(key, f"table '{key.text}'", "stands beside the offers", "only the table 'contracts'")
        root = inner[0]
        if isinstance(root, Pairs):
            return [root]
    if isinstance(root, Items):
        for number, item in enumerate(root.items, start=1):
            if not isinstance(item, Pairs | Broken):
                reading.report(item, TABLE, f"row {number} is {found_words(item)}", "columns and values of one offer")
        return [item for item in root.items if isinstance(item, Pairs)]
    if not reading.findings:
        node = root or Scalar(1, 1, "", True)
        reading.report(node, "", f"the file holds {found_words(node)}", SHAPES)
    return []
