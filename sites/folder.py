"""Files that belong to a portfolio: only regular files inside its folder, and the hourly prices among them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sites.findings import Finding
from sites.hints import NUMBER_PATTERN, nearest
from sites.records import PowerSeries
from sites.rows import Entry

if TYPE_CHECKING:
    from sites.hourly import HourlyPrices

FILE_EXPECTED = "a file inside the portfolio's folder"


class FileRefusedError(Exception):
    """A file name leads out of the portfolio's folder, or to nothing that can be read; ``hint`` says why."""

    def __init__(self, hint: str) -> None:
        """Keeps the hint for the finding that the caller makes."""
        self.hint = hint
        super().__init__(hint)


def file_inside(folder: Path, name: str) -> Path:
    """The regular file of this name inside the folder.

    Raises
    ------
    FileRefusedError : the name is an address, an absolute path or leads out of the folder, by ``..`` or by a
        link; or there is no such regular file.
    """
    if "://" in name:
        raise FileRefusedError("files are never fetched from an address; save it beside portfolio.yaml")
    if "\\" in name:
        raise FileRefusedError("write / between folders")
    if "\0" in name or Path(name).is_absolute() or re.match(r"[A-Za-z]:", name):
        raise FileRefusedError("write the path from portfolio.yaml on, not an absolute one")
    root = folder.resolve()
    try:
        path = (root / name).resolve()
        exists, is_file = path.exists(), path.is_file()
    except (OSError, RuntimeError):  # a name that is too long, a folder that may not be entered, links in a ring
        raise FileRefusedError("the path cannot be followed") from None
    if not path.is_relative_to(root):
        raise FileRefusedError("the path leads out of the portfolio's folder")
    if not exists:
        raise FileRefusedError(nearest(name, _names_inside(root)) or "there is no such file")
    if not is_file:
        raise FileRefusedError("this is not a regular file")
    return path


def _names_inside(root: Path, most: int = 1_000) -> list[str]:
    names: list[str] = []
    for path in sorted(root.glob("*")) + sorted(root.glob("*/*")):
        if len(names) < most and path.is_file():
            names.append(path.relative_to(root).as_posix())
    return names


def read_power_series(
    entries: Iterable[Entry[PowerSeries]], folder: Path | None
) -> tuple[dict[str, HourlyPrices], list[Finding], list[Path]]:
    """The hourly prices of each series by id, what is wrong with their files, and the files."""
    prices: dict[str, HourlyPrices] = {}
    findings: list[Finding] = []
    files: list[Path] = []
    for entry in entries:
        if entry.record.id in prices:
            continue  # a finding about the doubled id exists already
        paths = _paths(entry, "file", entry.record.file, folder, findings)
        rates = _paths(entry, "fx", _rate_files(entry.record.fx), folder, findings)
        files.extend([*paths, *rates])
        if len(paths) == len(entry.record.file) and len(rates) == len(_rate_files(entry.record.fx)):
            _read(entry, paths, rates, prices, findings)
    return prices, findings, files


def _rate_files(fx: str) -> tuple[str, ...]:
    """The file that a rate of exchange names; none for a number or for nothing."""
    return (fx,) if fx and not NUMBER_PATTERN.fullmatch(fx.strip()) else ()


def _paths(
    entry: Entry[PowerSeries], column: str, names: Iterable[str], folder: Path | None, findings: list[Finding]
) -> list[Path]:
    paths: list[Path] = []
    for name in names:
        if folder is None:
            hint = "give from_tables the folder of the files, or the prices themselves"
            findings.append(entry.row.finding(column, FILE_EXPECTED, hint=hint, value=name))
            continue
        try:
            paths.append(file_inside(folder, name))
        except FileRefusedError as refusal:
            findings.append(entry.row.finding(column, FILE_EXPECTED, hint=refusal.hint, value=name))
    return paths


def _read(
    entry: Entry[PowerSeries],
    paths: list[Path],
    rates: list[Path],
    prices: dict[str, HourlyPrices],
    findings: list[Finding],
) -> None:
    from sites.hourly import PriceFileError, read_hourly_prices

    series = entry.record
    try:
        prices[series.id] = read_hourly_prices(
            paths,
            id=series.id,
            timezone=series.timezone,
            location=series.location,
            market=series.market,
            time=series.time,
            price=series.price,
            stamp=series.stamp,
            fx=rates[0] if rates else float(series.fx) if series.fx else None,
            max_gap_hours=series.max_gap_hours,
        )
    except PriceFileError as error:
        findings.extend(error.findings)
