"""The plans in a folder: when each was made, of which portfolio, and what it is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from reports import format as fmt
from reports.files import read_manifest
from reports.folder import OutputError
from reports.small_grid import console as standard_output

_DIGITS = 12


@dataclass(frozen=True)
class LedgerEntry:
    """One plan. portfolio : digest of its inputs, the same for the same inputs. created : UTC, empty where unknown."""

    folder: str
    name: str
    created: str
    portfolio: str
    npv_usd: float
    capex_usd: float
    status: str
    program: str


def ledger(folder: Path) -> list[LedgerEntry]:
    """The plans in the subfolders of a folder, down to two levels, the latest last.

    Raises
    ------
    OutputError : there is no such folder.
    """
    if not folder.is_dir():
        raise OutputError(
            f"there is no folder {folder}; 'wattsplit plan PORTFOLIO' writes to plans/ unless told otherwise"
        )
    entries = [entry for path in _folders(folder) if (entry := _entry(path, folder)) is not None]
    return sorted(entries, key=lambda entry: (entry.created, entry.folder))


def print_ledger(entries: list[LedgerEntry], *, console: Console | None = None) -> None:
    """The plans as a table; equal digests are equal inputs."""
    out = console or standard_output()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("made (UTC)", "plan", "portfolio", "inputs"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("made (UTC)", "inputs"))
    table.add_column("NPV USD m", justify="right", no_wrap=True)
    table.add_column("status")
    for entry in entries:
        made = entry.created.replace("T", " ").removesuffix("Z")
        npv = fmt.usd_m(entry.npv_usd).replace(fmt.MINUS, "-")
        table.add_row(made, entry.folder, entry.name, entry.portfolio[:_DIGITS], npv, entry.status)
    out.print(table)


def ledger_json(entries: list[LedgerEntry]) -> str:
    """The plans as JSON."""
    return json.dumps([asdict(entry) for entry in entries], indent=2, allow_nan=False, ensure_ascii=False)


def _folders(folder: Path) -> Iterator[Path]:
    """The folder itself, those in it and those in these; hidden ones are nobody's plans."""
    yield folder
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.name.startswith("."):
            yield child
            yield from (deep for deep in sorted(child.iterdir()) if deep.is_dir() and not deep.name.startswith("."))


def _entry(path: Path, root: Path) -> LedgerEntry | None:
    manifest = read_manifest(path)
    if manifest is None:
        return None
    summary = _summary(path)
    return LedgerEntry(
        folder=path.name if path == root else path.relative_to(root).as_posix(),
        name=str(summary["name"]),
        created=str(manifest.get("created", "")),
        portfolio=str(manifest.get("portfolio", "")),
        npv_usd=float(summary["npv_usd"]),
        capex_usd=float(summary["capex_usd"]),
        status=str(summary["status"]),
        program=str(manifest.get("program", "")),
    )


def _summary(path: Path) -> dict[str, Any]:
    try:
        summary = json.loads((path / "summary.json").read_text(encoding="utf-8"))
        return {key: summary[key] for key in ("name", "npv_usd", "capex_usd", "status")}
    except (OSError, ValueError, KeyError, TypeError) as damage:
        raise OutputError(
            f"{path}: its summary.json cannot be read ({damage}); plan it again or move it away"
        ) from None
