"""YAML as a tree of plain texts with line and column, nothing interpreted.

The tree is made from the parser's events, not by a loader: so no text becomes a date, a number or a truth value,
a doubled key is seen, and aliases, tags and bombs are refused before they are followed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sites.findings import Finding

DEEPEST = 20
MOST_NODES = 200_000
NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True)
class Node:
    """Anything in the tree; ``line`` and ``column`` count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Scalar(Node):
    """A text as typed; ``is_null`` for nothing, ``~`` or an unquoted null."""

    text: str
    is_null: bool


@dataclass(slots=True)
class Items(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Pairs(Node):
    """A mapping; keys as typed, doubled ones included."""

    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Broken(Node):
    """A place about which a finding exists already."""


class _StopReadingError(Exception):
    """The text cannot be read any further; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__()


def read_nodes(text: str, file: str) -> tuple[Node | None, list[Finding]]:
    """The root of the one document in a YAML text, and what is wrong with its form.

    The root is None where the text is empty, has an error of syntax, is nested deeper than 20 levels, or has
    more than 200,000 nodes.
    """
    builder = _Builder(file)
    try:
        for event in _events(text):
            builder.take(event)
    except _StopReadingError as stop:
        return None, [*builder.findings, stop.finding]
    except YAMLError as error:
        return None, [*builder.findings, _syntax_finding(error, text, file)]
    return builder.root, builder.findings


def _events(text: str) -> Iterator[Event]:
    events: Iterator[Event] = YAML(typ="safe", pure=True).parse(io.StringIO(text))
    return events


def _syntax_finding(error: YAMLError, text: str, file: str) -> Finding:
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if isinstance(error, MarkedYAMLError) and mark is not None:
        problem = " ".join(str(error.problem or error.context or "syntax error").split())
        return Finding(
            file, mark.line + 1, mark.column + 1, problem=problem, expected="YAML", hint=_syntax_hint(problem)
        )
    position = int(getattr(error, "position", 0) or 0)
    line = text.count("\n", 0, position) + 1
    problem = " ".join(str(getattr(error, "reason", "") or "syntax error").split())
    return Finding(file, line, problem=problem, expected="YAML", hint="remove the characters that cannot be seen")


def _syntax_hint(problem: str) -> str:
    if "'\\t'" in problem or "\t" in problem:
        return "indent with blanks, not tabs"
    if "mapping values are not allowed" in problem:
        return "put a text that holds ': ' in quotes, and check the indentation"
    if "'%'" in problem or "'@'" in problem or "'`'" in problem:
        return "put a text that begins with such a character in quotes"
    return "check the indentation, brackets and quotes on this line and the one before"


class _Builder:
    """Builds the tree from events; an open list or mapping waits on the stack until its end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.findings: list[Finding] = []
        self._stack: list[Items | Pairs] = []
        self._keys: list[Scalar | Broken | None] = []
        self._documents = 0
        self._nodes = 0

    def take(self, event: Event) -> None:
        """Takes the next event of the parser."""
        if isinstance(event, ScalarEvent):
            line, column = self._place(event)
            is_null = bool(event.implicit[0]) and event.value in NULLS
            self._add(self._checked(event, Scalar(line, column, event.value, is_null)))
        elif isinstance(event, SequenceStartEvent):
            self._open(event, Items(*self._place(event)))
        elif isinstance(event, MappingStartEvent):
            self._open(event, Pairs(*self._place(event)))
        elif isinstance(event, SequenceEndEvent | MappingEndEvent):
            self._stack.pop()
            self._keys.pop()
        elif isinstance(event, AliasEvent):
            hint = "write the value itself; aliases are not read"
            self._refuse(event, f"the alias *{event.anchor} stands here", "a value", hint)
            self._add(Broken(*self._place(event)))
        elif isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a second document begins here", "one document")

    def _open(self, event: Event, node: Items | Pairs) -> None:
        if len(self._stack) >= DEEPEST:
            self._stop(event, "the nesting is too deep", f"at most {DEEPEST} levels")
        # What is inside a refused list or mapping is still followed, for its own faults, but hangs on nothing.
        self._add(self._checked(event, node))
        self._stack.append(node)
        self._keys.append(None)

    def _checked(self, event: Any, node: Node) -> Node:
        """The node, or a broken one where the event carries an anchor or a tag."""
        if event.anchor is not None:
            hint = "remove it; anchors and aliases are not read"
            self._refuse(event, f"the anchor &{event.anchor} stands here", "a value", hint)
            return Broken(node.line, node.column)
        if event.tag is not None:
            hint = "remove it; every value is read by its column"
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"the tag {tag} stands here", "a plain value", hint)
            return Broken(node.line, node.column)
        return node

    def _add(self, node: Node) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            finding = Finding(
                self.file,
                node.line,
                node.column,
                problem="the file has too many values",
                expected=f"at most {MOST_NODES}",
                hint="keep large tables in CSV files: {file: name.csv}",
            )
            raise _StopReadingError(finding)
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = self._as_key(node)
        else:
            if isinstance(key, Scalar):
                parent.pairs.append((key, node))
            self._keys[-1] = None

    def _as_key(self, node: Node) -> Scalar | Broken:
        if isinstance(node, Scalar):
            return node
        if not isinstance(node, Broken):
            finding = Finding(
                self.file,
                node.line,
                node.column,
                problem="a list or mapping stands where a name belongs",
                expected="a name followed by ': '",
                hint="put text with brackets or braces in quotes",
            )
            self.findings.append(finding)
        return Broken(node.line, node.column)

    def _place(self, event: Event) -> tuple[int, int]:
        return event.start_mark.line + 1, event.start_mark.column + 1

    def _refuse(self, event: Event, problem: str, expected: str, hint: str) -> None:
        self.findings.append(Finding(self.file, *self._place(event), problem=problem, expected=expected, hint=hint))

    def _stop(self, event: Event, problem: str, expected: str) -> None:
        raise _StopReadingError(Finding(self.file, *self._place(event), problem=problem, expected=expected))
