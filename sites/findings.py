"""What is wrong, or odd, in the input: findings, and the error that carries all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

SHOWN_FINDINGS = 50
SHOWN_ALIKE = 3
SHOWN_VALUE_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault or oddity of the input: where it is, what stands there, and what was expected.

    file : name of the file as seen from the portfolio's folder, or ``<python>`` for tables given from Python.
    line, column_position : place in the text, counted from 1; None where there is no text.
    table, record, column : where it is in the tables. ``record`` is the id in quotes, or ``row 3``.
    value : the value as it was typed; empty when nothing was.
    expected : what should stand there instead.
    hint : what was probably meant, or what to do; may be empty.
    problem : short statement of the fault where the value does not show it, such as "is missing".
    sheet : of a workbook; the place is then a cell of it.
    """

    file: str
    line: int | None = None
    column_position: int | None = None
    table: str = ""
    record: str = ""
    column: str = ""
    value: str = ""
    expected: str = ""
    hint: str = ""
    severity: Severity = "error"
    problem: str = ""
    sheet: str = ""

    def __str__(self) -> str:
        """The finding on one line: place, subject, what was expected, hint."""
        parts = [self._place()]
        if self.severity == "warning":
            parts.append("warning")
        subject = self._subject()
        if subject:
            parts.append(subject)
        text = ": ".join(parts)
        if self.expected:
            text += f": expected {self.expected}"
        if self.hint:
            text += f"; {self.hint}"
        return printable(text)

    def _place(self) -> str:
        if self.sheet:
            return f"{self.file}:{self.sheet}!{cell_name(self.line or 0, self.column_position or 0)}".rstrip("!")
        numbers = [str(number) for number in (self.line, self.column_position) if number is not None]
        return ":".join([self.file, *numbers])

    def _subject(self) -> str:
        words = [word for word in (self.table, self.record, self.column) if word]
        if self.value:
            words.append(f"= {shown(self.value)}")
        if self.problem:
            words.append(self.problem)
        return " ".join(words)


def cell_name(row: int, column: int) -> str:
    """A cell of a sheet such as H7; rows and columns from 1, and "" where there is no row."""
    letters = ""
    while column > 0:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}" if row else ""


def told(findings: Iterable[Finding]) -> list[str]:
    """Findings as lines; of warnings that say the same of many rows the first few, and how many more there are."""
    lines: list[str] = []
    alike: dict[tuple[str, ...], int] = {}
    for finding in findings:
        if finding.severity == "warning":
            key = (finding.table, finding.column, finding.file, finding.expected, finding.hint, finding.problem)
            alike[key] = alike.get(key, 0) + 1
            if alike[key] > SHOWN_ALIKE:
                continue
        lines.append(str(finding))
    more = ((key, count - SHOWN_ALIKE) for key, count in alike.items() if count > SHOWN_ALIKE)
    return lines + [f"... and {count} more rows of {key[0]} with such a {key[1]}" for key, count in more]


def printable(text: str) -> str:
    """A text with line ends, terminal codes and other hidden characters written out, such as ``\\n``."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shown(value: str) -> str:
    """A value as it may be shown in a message: on one line, of bearable length, without hidden characters."""
    text = printable(value)
    if len(text) > SHOWN_VALUE_CHARACTERS:
        text = f"{text[:SHOWN_VALUE_CHARACTERS]}..."
    return text


class PortfolioError(Exception):
    """A portfolio cannot be used; ``findings`` lists everything that is wrong with it, not just the first fault."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keeps the findings, warnings included, in the order in which they are to be shown."""
        self.findings: tuple[Finding, ...] = tuple(findings)
        super().__init__(self.findings)

    def __str__(self) -> str:
        """The first 50 findings, one on a line, and how many more there are."""
        lines = told(self.findings)
        if len(lines) > SHOWN_FINDINGS:  # no warning may hide an error
            first = sorted(self.findings, key=lambda finding: finding.severity)
            lines = told(first)
        hidden = len(lines) - SHOWN_FINDINGS
        return "\n".join([*lines[:SHOWN_FINDINGS], *([f"... and {hidden} more"] if hidden > 0 else [])])
