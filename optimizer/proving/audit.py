"""A plan's certificate repeated from its folder alone.

Everything that the folder says is taken as a claim: the files must be the ones that the manifest lists, the proof must
be of the programme that the stored inputs compile to, and the certificate is worked out anew from inputs, frames and
proof.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn, TypeVar

import numpy as np

from optimizer.compiling import compile_portfolio
from optimizer.errors import OptimizerError, PinError
from optimizer.frames_io import read_frame
from optimizer.lived import LivedFrames, lived_frames
from optimizer.matrices import Matrices
from optimizer.pins import Pin, parse_pins
from optimizer.proving.certificate import make_certificate
from optimizer.proving.checks import Check, broken
from optimizer.proving.proof import Proof, load_proof
from optimizer.results import SCHEMAS, Frames
from optimizer.tail import with_added_rows
from sites.findings import PortfolioError
from sites.load import load_portfolio
from sites.portfolio import Portfolio

MANIFEST = "manifest.json"
PROOF = "proof.npz"
SUMMARY = "summary.json"
CERTIFICATE = "certificate.json"
INPUTS = "inputs"
# Without these there is nothing to audit; the manifest must list them.
NEEDED = (SUMMARY, CERTIFICATE, PROOF, *(f"{name}.csv" for name in SCHEMAS))
# The same tables compile to the same numbers; another machine's powers may differ in the last digit.
COMPILED_TOLERANCE = 1e-12

Item = TypeVar("Item")


class _UnreadableError(Exception):
    """A file of the plan cannot be read; the message says which and why."""


def audit(folder: Path) -> dict[str, Any]:
    """Check the plan in a folder from its files alone.

    Returns
    -------
    A certificate as `make_certificate` gives it, its checks preceded by those of the files. A missing, damaged or
    edited file is a failed check that names the file; nothing is raised for what the folder holds.
    """
    checks = file_checks(folder)
    portfolio = _or_broken(checks, "inputs", lambda: load_portfolio(folder / INPUTS))
    summary = _or_broken(checks, SUMMARY, lambda: read_json(folder / SUMMARY))
    stored = _or_broken(checks, CERTIFICATE, lambda: read_json(folder / CERTIFICATE))
    proof = _or_broken(checks, PROOF, lambda: load_proof(folder / PROOF))
    frames = _or_broken(checks, "frames", lambda: _read_frames(folder))
    if portfolio is not None and proof is not None and summary is not None:
        given, claimed, told = portfolio, proof, summary
        programme = _or_broken(checks, "programme", lambda: programme_check(given, stated_pins(told), claimed))
        checks += [programme] if programme is not None else []
    certificate: dict[str, Any] = {
        "passed": False,
        "checks": [],
        "exact": {},
        "other_whole_numbers": {},
        "not_proved": [],
        "replay": {},
    }
    if portfolio is not None and frames is not None and summary is not None and proof is not None:
        lived = _or_broken(checks, "scenarios", lambda: _lived(portfolio, stated_pins(summary), proof))
        certificate = make_certificate(portfolio, frames, summary, proof, lived or {})
        if stored is not None:
            checks.append(stored_check(stored, certificate))
    return {
        **certificate,
        "passed": certificate["passed"] and all(check.passed for check in checks),
        "checks": [*(check.as_json() for check in checks), *certificate["checks"]],
    }


def file_checks(folder: Path) -> list[Check]:
    """Whether every file is the one that the manifest lists, and the manifest lists every file that matters."""
    try:
        listed = read_json(folder / MANIFEST).get("files")
        if not isinstance(listed, dict) or not listed:
            raise _UnreadableError(f"{MANIFEST}: lists no files")
    except _UnreadableError as damage:
        return [broken("files are the ones that were written", str(damage))]
    wrong = [f"{name} is not listed in {MANIFEST}" for name in NEEDED if name not in listed]
    if not any(name.startswith(f"{INPUTS}/") for name in listed):
        wrong.append(f"no file of {INPUTS}/ is listed in {MANIFEST}")
    wrong += [fault for name, digest in listed.items() if (fault := _file_fault(folder, name, digest))]
    return [Check("files are the ones that were written", float(len(wrong)), 0.0, "; ".join(wrong))]


def _file_fault(folder: Path, name: str, digest: object) -> str:
    """What is wrong with one listed file; "" when nothing is."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return f"{name} is not a file of this folder"
    try:
        with (folder / path).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return f"{name} is missing"
    except OSError as unreadable:
        return f"{name} cannot be read ({unreadable.strerror})"
    return "" if found == digest else f"{name} differs from what was written"


def stated_pins(summary: dict[str, Any]) -> tuple[Pin, ...]:
    """The decisions that were forced upon the plan, as its summary states them.

    Raises
    ------
    PinError : one of them is no pin.
    """
    pins = summary.get("pins")
    if not isinstance(pins, list):
        raise PinError((f"{SUMMARY}: pins = {pins}: expected the list of forced decisions",))
    return parse_pins([str(text) for text in pins])


def programme_check(portfolio: Portfolio, pins: Sequence[Pin], proof: Proof) -> Check:
    """Whether the proof is of the programme that the inputs compile to, with these decisions forced.

    Raises
    ------
    OptimizerError : the inputs cannot be compiled.
    """
    name = "the proof is of the programme of the inputs"
    (p, compiled), stored = compile_portfolio(portfolio, pins), proof.matrices
    compiled = with_added_rows(p, compiled, stored.row_names, proof.worst_shares, proof.scenario_months)
    for side in ("row_names", "col_names"):
        if getattr(compiled, side) != getattr(stored, side):
            return broken(name, _first_other_name(getattr(compiled, side), getattr(stored, side)))
    shape = compiled.a.indptr, compiled.a.indices
    if not all(np.array_equal(a, b) for a, b in zip(shape, (stored.a.indptr, stored.a.indices), strict=True)):
        return broken(name, "coefficients stand in other places")
    worst = max((_difference(name, compiled, stored) for name in _PARTS), key=lambda found: found[0])
    return Check(name, worst[0], COMPILED_TOLERANCE, worst[1])


_PARTS: dict[str, Callable[[Matrices], Any]] = {
    "cost of column": lambda matrices: matrices.cost,
    "lower bound of column": lambda matrices: matrices.col_lower,
    "upper bound of column": lambda matrices: matrices.col_upper,
    "lower limit of row": lambda matrices: matrices.row_lower,
    "upper limit of row": lambda matrices: matrices.row_upper,
    "coefficient of row": lambda matrices: matrices.a.data,
    "whole number of column": lambda matrices: matrices.integer.astype(np.float64),
    "offset": lambda matrices: np.array([matrices.offset]),
}


def _difference(part: str, compiled: Matrices, stored: Matrices) -> tuple[float, str]:
    """Largest relative difference of one kind of number, and its place."""
    ours, theirs = _PARTS[part](compiled), _PARTS[part](stored)
    with np.errstate(invalid="ignore"):
        apart = np.where(ours == theirs, 0.0, np.abs(ours - theirs) / (1.0 + np.abs(ours)))
    if not apart.size or not apart.any():
        return 0.0, ""
    place = int(np.argmax(np.where(np.isfinite(apart), apart, np.inf)))
    if part == "coefficient of row":
        owner = compiled.row_names[int(compiled.a.indices[place])]
    else:
        owner = {"column": compiled.col_names, "row": compiled.row_names}.get(part.split()[-1], ("",))[place]
    amount = float(apart[place]) if np.isfinite(apart[place]) else np.inf
    return amount, f"{part} '{owner}': {float(theirs[place])!r} stored, {float(ours[place])!r} from the inputs"


def _first_other_name(compiled: tuple[str, ...], stored: tuple[str, ...]) -> str:
    for ours, theirs in zip(compiled, stored, strict=False):
        if ours != theirs:
            return f"'{theirs}' stored, '{ours}' from the inputs"
    return f"{len(stored)} rows or columns stored, {len(compiled)} from the inputs"


def stored_check(stored: dict[str, Any], certificate: dict[str, Any]) -> Check:
    """Whether the certificate in the folder says what its repetition says."""
    name = "the stored certificate says the same"
    if stored.get("passed") != certificate["passed"]:
        return broken(name, f"passed is {stored.get('passed')} there, {certificate['passed']} here")
    if stored.get("exact") != certificate["exact"]:
        return broken(name, "its verdict of exact arithmetic is another one")
    if bool(stored.get("not_proved")) != bool(certificate["not_proved"]):
        return broken(name, "it leaves something else to the solver's word")
    theirs, ours = _entries(stored), _entries(certificate)
    if [entry.get("name") for entry in theirs] != [entry["name"] for entry in ours]:
        return broken(name, "its checks are other ones")
    for told, found in zip(theirs, ours, strict=True):
        if not _same(told, found):
            return broken(name, f"'{found['name']}' is {told.get('value')} there, {found['value']} here")
    return Check(name, 0.0, 0.0, "")


def _entries(certificate: dict[str, Any]) -> list[dict[str, Any]]:
    checks = certificate.get("checks")
    return [entry for entry in checks if isinstance(entry, dict)] if isinstance(checks, list) else []


def _same(told: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether two checks have one verdict; their errors are rounding, which may differ within the tolerance."""
    if told.get("passed") != found["passed"]:
        return False
    there, here = told.get("value"), found["value"]
    if not isinstance(there, int | float) or not isinstance(here, int | float):
        return there is here
    return bool(abs(there - here) <= (found["tolerance"] or 0.0))


def _or_broken(checks: list[Check], name: str, read: Callable[[], Item]) -> Item | None:
    """What can be read, or None and a failed check that says why not."""
    try:
        return read()
    except PortfolioError as faults:
        checks.append(broken(name, "; ".join(str(finding) for finding in faults.findings)))
    except (_UnreadableError, OptimizerError, OSError) as damage:
        checks.append(broken(name, str(damage)))
    return None


def _lived(portfolio: Portfolio, pins: Sequence[Pin], proof: Proof) -> LivedFrames:
    """What the plan of the proof does in the scenarios that are replayed."""
    if portfolio.scenario_paths.count == 1:
        return {}
    p, compiled = compile_portfolio(portfolio, pins)
    return lived_frames(p, compiled, proof.x)


def _read_frames(folder: Path) -> Frames:
    return Frames(**{name: read_frame(folder / f"{name}.csv", columns) for name, columns in SCHEMAS.items()})


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a plan; an unreadable one raises the error that says which file and why."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except FileNotFoundError as missing:
        raise _UnreadableError(f"{path.name} is missing") from missing
    except (OSError, ValueError, RecursionError) as damage:
        raise _UnreadableError(f"{path.name}: {damage}") from damage
    if not isinstance(content, dict):
        raise _UnreadableError(f"{path.name}: holds no object")
    return content


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
