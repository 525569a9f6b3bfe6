"""What a command writes: one file by its ending, or a folder with all of its files, complete or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from reports.folder import OutputError, appearing, check_writable, sweep
from reports.single_file import check_file, write_file


def check_set(target: Path, names: Iterable[str], *, command: str, force: bool) -> None:
    """Make sure, before the long work, that the files can be written to `target`.

    target : a folder for all of them, or a file; its ending says which of them.
    names : of the files; where several have one ending, the first is meant.
    command : that writes them, for messages.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    if _single(target, names) is not None:
        check_file(target, force=force)
        return
    resolved = target.resolve()
    sweep(resolved)
    _check_replaceable(resolved, frozenset(names), command, force=force)
    check_writable(resolved)


def write_set(target: Path, contents: Mapping[str, Callable[[], bytes]], *, command: str, force: bool = False) -> None:
    """Write the file that `target` names, or all of them into a folder that appears complete or not at all.

    contents : what makes each file, by its name.

    Raises
    ------
    OutputError : as `check_set`, and when the disk fills up. What stood there before is untouched then.
    """
    check_set(target, contents, command=command, force=force)
    single = _single(target, contents)
    if single is not None:
        write_file(target, contents[single](), force=force)
        return
    made = {name: make() for name, make in contents.items()}
    names = frozenset(contents)
    with appearing(target.resolve(), lambda there: _check_replaceable(there, names, command, force=force)) as hidden:
        for name, content in made.items():
            (hidden / name).write_bytes(content)


def _single(target: Path, names: Iterable[str]) -> str | None:
    """The file that a target's ending means; None for a folder."""
    by_ending: dict[str, str] = {}
    for name in names:
        by_ending.setdefault(Path(name).suffix, name)
    ending = target.suffix.lower()
    if ending in by_ending:
        return by_ending[ending]
    if target.suffix and not target.is_dir():
        raise OutputError(f"{target} ends in none of {', '.join(sorted(by_ending))}; choose one of them, or a folder")
    return None


def _check_replaceable(target: Path, names: frozenset[str], command: str, *, force: bool) -> None:
    """Raise unless nothing, an empty folder or (with force) a folder of these files alone stands at `target`."""
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} is a file; choose a folder, or a name with the ending of a file")
    present = {entry.name for entry in target.iterdir()}
    foreign = sorted(present - names)
    if foreign:
        listed = ", ".join(foreign[:5]) + (", ..." if len(foreign) > 5 else "")
        raise OutputError(
            f"{target} holds files that 'wattsplit {command}' did not write ({listed}); choose another folder"
        )
    if present and not force:
        raise OutputError(f"{target} holds its files already; replace them with --force, or choose another folder")
