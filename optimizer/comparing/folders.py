"""Plans read back from their folders, every file checked against the digest that was written with it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from optimizer.errors import OptimizerError
from optimizer.frames_io import read_frame
from optimizer.pins import Pin
from optimizer.proving.audit import CERTIFICATE, INPUTS, MANIFEST, SUMMARY, file_checks, stated_pins
from optimizer.results import SCHEMAS
from optimizer.search import DEFAULT_GAP
from sites.findings import PortfolioError
from sites.load import load_portfolio
from sites.portfolio import Portfolio

LEAST_PLANS, MOST_PLANS = 2, 8
# A folder's name tells plans apart; where several are called the same, so many of the folders above are named too.
_MOST_PARTS = 6
_FORMAT = "wattsplit plan"
_FIGURES = ("npv_usd", "capex_usd", "peak_ai_mw", "cvar_weight")

Item = TypeVar("Item")


class CompareError(OptimizerError):
    """Folders that cannot be compared; ``faults`` has one sentence for everything that is wrong with any of them."""

    exit_code = 2

    def __init__(self, faults: Sequence[str]) -> None:
        """Say what is wrong with which folder."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))

    def __reduce__(self) -> tuple[type[CompareError], tuple[tuple[str, ...]]]:
        """Rebuild from the faults, so that the error survives a trip between processes."""
        return type(self), (self.faults,)


@dataclass(frozen=True)
class StoredPlan:
    """A plan as its folder tells it.

    label : what the folder is called, different for every plan of a comparison.
    summary : the headline numbers. certified : whether its certificate passed when it was written.
    allocation, contracts, capital : tables of the plan, as in `Frames`.
    pins : what was forced. gap, time_limit : of the search for whole numbers. [-], [s]
    created : when it was written, as the manifest has it. program, solver : what made it.
    """

    label: str
    portfolio: Portfolio
    summary: Mapping[str, Any]
    certified: bool
    allocation: pd.DataFrame
    contracts: pd.DataFrame
    capital: pd.DataFrame
    pins: tuple[Pin, ...]
    gap: float
    time_limit: float | None
    created: str
    program: str
    solver: str

    @property
    def npv_usd(self) -> float:
        """Net present value as the summary states it. [USD]"""
        return float(self.summary["npv_usd"])


def read_plans(folders: Sequence[Path]) -> tuple[StoredPlan, ...]:
    """The plans in some folders that `wattsplit plan` wrote, in the order given.

    Raises
    ------
    CompareError : too few or too many folders, one of them twice, one that holds no plan, or a file that is missing,
        unreadable or not the one that was written; lists everything of all folders.
    """
    if not LEAST_PLANS <= len(folders) <= MOST_PLANS:
        raise CompareError([f"{len(folders)} given: expected {LEAST_PLANS} to {MOST_PLANS} folders of plans"])
    faults = [f"{folder}: is given twice" for folder in _twice(folders)]
    plans = []
    for folder, label in zip(folders, _labels(folders), strict=True):
        damage = _damage(folder)
        if damage:
            faults.append(f"{folder}: {damage}")
            continue
        try:
            plans.append(_read(folder, label))
        except CompareError as error:
            faults += error.faults
    if faults:
        raise CompareError(faults)
    return tuple(plans)


def _twice(folders: Sequence[Path]) -> list[Path]:
    places = [folder.resolve() for folder in folders]
    return [folder for n, folder in enumerate(folders) if places[n] in places[:n]]


def _labels(folders: Sequence[Path]) -> list[str]:
    """The shortest ends of the paths that tell the folders apart."""
    # As they are called, not where links lead.
    parts = [Path(os.path.abspath(folder)).parts for folder in folders]
    for length in range(1, _MOST_PARTS + 1):
        labels = ["/".join(path[-length:]) for path in parts]
        if len(set(labels)) == len(labels):
            return labels
    return [f"{path[-1]} ({n})" for n, path in enumerate(parts, start=1)]


def _damage(folder: Path) -> str:
    """Why a folder holds no whole plan; "" when it does."""
    if not folder.is_dir():
        return "is no folder"
    if not (folder / MANIFEST).is_file():
        return f"holds no plan of wattsplit: there is no {MANIFEST}"
    return "; ".join(check.where for check in file_checks(folder) if not check.passed)


def _read(folder: Path, label: str) -> StoredPlan:
    """The plan in a folder whose files are those that were written."""

    def read(name: str, give: Callable[[], Item]) -> Item:
        try:
            return give()
        except PortfolioError as error:
            raise CompareError([f"{folder}: {name}: {finding}" for finding in error.findings]) from None
        except (OptimizerError, OSError, KeyError, TypeError, ValueError, RecursionError) as error:
            raise CompareError([f"{folder}: {name}: {_words(error)}"]) from None

    manifest = read(MANIFEST, lambda: _object(folder / MANIFEST, _FORMAT))
    summary = read(SUMMARY, lambda: _figures(folder / SUMMARY))
    gap, limit = read(MANIFEST, lambda: _request(manifest.get("request") or {}))
    frames = {
        name: read(f"{name}.csv", lambda name=name: read_frame(folder / f"{name}.csv", SCHEMAS[name]))  # type: ignore[misc]
        for name in ("allocation", "contracts", "capital")
    }
    return StoredPlan(
        label=label,
        portfolio=read(INPUTS, lambda: load_portfolio(folder / INPUTS)),
        summary=summary,
        certified=read(CERTIFICATE, lambda: _object(folder / CERTIFICATE)["passed"] is True),
        pins=read(SUMMARY, lambda: stated_pins(summary)),
        gap=gap,
        time_limit=limit,
        created=str(manifest.get("created", "")),
        program=str(manifest.get("program", "")),
        solver=str(manifest.get("solver", "")),
        **frames,
    )


def _words(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _object(path: Path, kind: str = "") -> dict[str, Any]:
    """A JSON object; with a kind, one whose `format` says it."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError("holds no object")
    if kind and content.get("format") != kind:
        raise ValueError(f"format = {content.get('format')}: expected {kind}")
    return content


def _figures(path: Path) -> dict[str, Any]:
    """The summary with what a comparison needs of it."""
    summary = _object(path)
    for name in _FIGURES:
        float(summary[name])
    for name in ("name", "start", "months", "status", "baselines", "hashrate_eh_s"):
        summary[name]
    return summary


def _request(request: Mapping[str, Any]) -> tuple[float, float | None]:
    """Gap and time limit of the search; those of a plan that does not tell are the usual ones."""
    limit = request.get("time_limit")
    return float(request.get("gap", DEFAULT_GAP)), None if limit is None else float(limit)
