"""Named cases in a YAML file: a mapping from a case's name to what it sets, adds, drops and pins."""

from __future__ import annotations

from pathlib import Path

from optimizer.cases import Case
from optimizer.what_if_frames import BASE
from sites.edits import Edit, Typed, split_edit
from sites.findings import Finding, PortfolioError
from sites.folder import FileRefusedError, file_inside
from sites.hints import nearest
from sites.quantities import NAME_LENGTH, HiddenCharacterError, visible_text
from sites.text_files import TextRefusedError, read_text
from sites.yaml_nodes import Broken, Items, Node, Pairs, Scalar, read_nodes
from sites.yaml_values import Reading, found_words

SUFFIXES = (".yaml", ".yml")
KEYS = ("set", "add", "drop", "pin")
MOST_CASES = 100
FILE_SHAPE = "a mapping from a case's name to set, add, drop and pin"
CASE_SHAPE = f"at least one of {', '.join(KEYS)}"


def read_cases(file: str | Path) -> dict[str, Case]:
    """The cases in a YAML file, by name, in its order.

    Files of offers are named from the file's folder on and must be inside it.

    Raises
    ------
    PortfolioError : lists everything that is wrong with the file, each with case, key and line.
    """
    path, name = Path(file), str(file)
    if not path.is_file() or path.suffix.lower() not in SUFFIXES:
        problem = "is no file of cases" if path.exists() else "there is no such file"
        raise PortfolioError([Finding(name, problem=problem, expected="a .yaml file of cases")])
    try:
        text = read_text(path, name)
    except TextRefusedError as refusal:
        raise PortfolioError([refusal.finding]) from None
    root, findings = read_nodes(text, name)
    reader = _Reader(Reading(name, findings), path.parent)
    cases = reader.cases(root)
    if findings:
        raise PortfolioError(findings)
    return cases


class _Reader:
    """Turns nodes into cases; what is wrong goes to the findings of `reading`."""

    def __init__(self, reading: Reading, folder: Path) -> None:
        self.reading = reading
        self.folder = folder

    def cases(self, root: Node | None) -> dict[str, Case]:
        """The cases of the whole file."""
        if not isinstance(root, Pairs) or not root.pairs:
            if not self.reading.findings:
                node = root or Scalar(1, 1, "", True)
                self.reading.report(node, "", f"the file holds {found_words(node)}", FILE_SHAPE)
            return {}
        if len(root.pairs) > MOST_CASES:
            problem = f"the file holds {len(root.pairs)} cases"
            self.reading.report(root, "", problem, f"at most {MOST_CASES}", "a sweep plans many values of one field")
            return {}
        return {
            self._name(key): self._case(key.text.strip(), node) for key, node in self.reading.once_each(root, "case")
        }

    def _name(self, key: Scalar) -> str:
        name, expected = key.text.strip(), f"a name of 1 to {NAME_LENGTH} visible characters"
        try:
            name = visible_text(name)
        except HiddenCharacterError as error:
            self.reading.report(key, "case", "has such a name", expected, str(error))
        if not 0 < len(name) <= NAME_LENGTH:
            self.reading.report(key, "case", f"has a name of {len(name)} characters", expected)
        if name == BASE:
            hint = "the portfolio as it is is called so"
            self.reading.report(key, f"case '{name}'", "", "another name", hint)
        return name

    def _case(self, name: str, node: Node) -> Case:
        case = f"case '{name}'"
        if not isinstance(node, Pairs) or not node.pairs:
            if not isinstance(node, Broken):
                self.reading.report(node, case, f"holds {found_words(node)}", CASE_SHAPE)
            return Case()
        found: dict[str, list[Typed]] = {}
        for key, value in self.reading.once_each(node, case):
            if key.text in KEYS:
                found[key.text] = self._texts(case, key.text, value)
            else:
                hint = nearest(key.text, KEYS)
                self.reading.report(key, f"{case} {key.text}", "is an unknown key", f"only {', '.join(KEYS)}", hint)
        return Case(
            edits=tuple(edit for typed in found.get("set", []) for edit in self._edits(typed)),
            add=tuple(path for typed in found.get("add", []) for path in self._paths(typed)),
            drop=tuple(found.get("drop", [])),
            pins=tuple(found.get("pin", [])),
        )

    def _texts(self, case: str, key: str, node: Node) -> list[Typed]:
        """The texts below a key, one or a list, each with its place."""
        texts = []
        for item in node.items if isinstance(node, Items) else [node]:
            if isinstance(item, Scalar) and not item.is_null:
                texts.append(Typed(item.text.strip(), f"{self.reading.file}:{item.line}:{item.column}: {case} {key}"))
            elif not isinstance(item, Broken):
                hint = "put a text that holds ': ' in quotes" if isinstance(item, Pairs) else ""
                self.reading.report(
                    item, f"{case} {key}", f"holds {found_words(item)}", "a text, or a list of texts", hint
                )
        return texts

    def _edits(self, typed: Typed) -> list[Edit]:
        try:
            return [split_edit(typed.text, typed.option)]
        except PortfolioError as error:
            self.reading.findings += error.findings
            return []

    def _paths(self, typed: Typed) -> list[Path]:
        try:
            return [file_inside(self.folder, typed.text)]
        except FileRefusedError as refusal:
            expected = f"a .yaml or .csv file inside the folder of {Path(self.reading.file).name}"
            hint = "" if "portfolio" in refusal.hint else refusal.hint
            self.reading.findings.append(Finding(typed.label, expected=expected, hint=hint))
            return []
