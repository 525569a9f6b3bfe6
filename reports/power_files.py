"""Hourly power prices on disk: a page, a picture, or a folder with both and every table as CSV."""

from __future__ import annotations

from pathlib import Path

from reports.folder import OutputError, appearing, check_writable, sweep
from reports.power import CSV_TABLES, PowerReport
from reports.single_file import check_file, write_file

PAGE, PICTURE = "power.html", "power.png"
_FILES = frozenset({PAGE, PICTURE, *(f"{name}.csv" for name in CSV_TABLES)})


def check_power_target(target: Path, *, force: bool) -> None:
    """Make sure, before the long work, that the prices can be written to `target`.

    target : a file ending in .html or .png, or a folder.

    Raises
    ------
    OutputError : it has another ending, something stands there that may not be replaced, or nothing can be written.
    """
    if _is_file(target):
        check_file(target, force=force)
        return
    resolved = target.resolve()
    sweep(resolved)
    _check_replaceable(resolved, force=force)
    check_writable(resolved)


def write_power(report: PowerReport, target: Path, *, force: bool = False) -> None:
    """Write the page, the picture, or a folder with both and the tables; it appears complete or not at all.

    Raises
    ------
    OutputError : as `check_power_target`, and when the disk fills up. What stood there before is untouched then.
    """
    from reports.power_page import power_html, power_png

    check_power_target(target, force=force)
    if _is_file(target):
        is_picture = target.suffix.lower() == ".png"
        write_file(target, power_png(report) if is_picture else power_html(report).encode(), force=force)
        return
    contents = {PAGE: power_html(report).encode(), PICTURE: power_png(report)}
    contents |= {f"{name}.csv": table(report).encode() for name, table in CSV_TABLES.items()}
    with appearing(target.resolve(), lambda existing: _check_replaceable(existing, force=force)) as hidden:
        for name, content in contents.items():
            (hidden / name).write_bytes(content)


def _is_file(target: Path) -> bool:
    if target.suffix.lower() in (".html", ".png"):
        return True
    if target.suffix and not target.is_dir():
        raise OutputError(f"{target} ends in neither .html nor .png; choose one of them, or a folder")
    return False


def _check_replaceable(target: Path, *, force: bool) -> None:
    """Raise unless nothing, an empty folder or (with force) a folder of these files alone stands at `target`."""
    if not target.exists():
        return
    if not target.is_dir():
        raise OutputError(f"{target} is a file; choose a folder, or a name that ends in .html or .png")
    present = {entry.name for entry in target.iterdir()}
    foreign = sorted(present - _FILES)
    if foreign:
        names = ", ".join(foreign[:5]) + (", ..." if len(foreign) > 5 else "")
        raise OutputError(f"{target} holds files that 'wattsplit power' did not write ({names}); choose another folder")
    if present and not force:
        raise OutputError(f"{target} holds prices already; replace them with --force, or choose another folder")
