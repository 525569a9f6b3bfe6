"""How the plan was found and checked: the certificate, the solver, the versions and the hashes of the inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.display import Cell, Column, Table, figure, text, total_row

if TYPE_CHECKING:
    from optimizer.results import Plan

_WHOLE_PLAN = "plan as a whole"
# What changes from one run to the next has no place on a page that is a function of the plan.
_RUN_ONLY = frozenset({"seconds", "seconds_by_stage", "timings", "inputs", "input_hashes"})


def verdict(plan: Plan) -> str:
    """One sentence on whether the plan is proved."""
    checks = plan.certificate["checks"]
    failed = [check for check in checks if not check["passed"]]
    if plan.certificate["passed"]:
        return f"Proved optimal: {fmt.count(len(checks), 'check')} recomputed without the solver, all passed."
    places = "; ".join(f"{check['name']} ({check['where']})" for check in failed) or "see certificate.json"
    return f"Not proved: do not rely on this plan. Failed: {places}."


def checks_table(plan: Plan) -> Table:
    """Every check of the certificate with the error found, the error allowed, and the verdict."""
    rows = tuple(
        (
            text(str(check["name"]).replace("_", " ")),
            figure(check["value"], fmt.scientific),
            figure(check["tolerance"], fmt.scientific),
            _verdict_cell(bool(check["passed"])),
            text(str(check["where"] or "")),
        )
        for check in plan.certificate["checks"]
    )
    columns = (
        Column("Check", numeric=False),
        Column("Largest error found"),
        Column("Allowed"),
        Column("Result", numeric=False),
        Column("Where it is largest", numeric=False),
    )
    return Table("checks", "Checks made outside the solver", columns, rows)


def check_groups_table(plan: Plan) -> Table:
    """The checks by kind: how many, how many passed, and how near the nearest came to its tolerance."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for check in plan.certificate["checks"]:
        kind, colon, _ = str(check["name"]).partition(":")
        groups.setdefault(kind.replace("_", " ") if colon else _WHOLE_PLAN, []).append(check)
    rows = tuple(
        (
            text(kind[:1].upper() + kind[1:]),
            figure(len(checks), _whole),
            figure(sum(bool(check["passed"]) for check in checks), _whole),
            figure(max(_used(check) for check in checks), fmt.percent),
        )
        for kind, checks in groups.items()
    )
    columns = (
        Column("Kind of check", numeric=False),
        Column("Checks"),
        Column("Passed"),
        Column("Tolerance used", "at most", gloss="largest error found as a share of the error allowed"),
    )
    return Table(
        "check-groups",
        "Checks made outside the solver, by kind",
        columns,
        rows,
        total_row(rows, [None, _whole, _whole, None]),
    )


def _used(check: Mapping[str, Any]) -> float:
    """Share of a check's tolerance that its error uses."""
    value, tolerance = float(check["value"]), float(check["tolerance"])
    return value / tolerance if tolerance > 0 else 0.0 if value <= 0 else float("inf")


def _whole(value: float | None) -> str:
    return fmt.number(value, 0)


def proof_lines(plan: Plan) -> list[tuple[str, str]]:
    """The exact-arithmetic proof and the hour-by-hour replay, figure by figure."""
    parts = {"exact": "Exact arithmetic", "replay": "Hour-by-hour replay"}
    return [
        (f"{heading}: {name}", value)
        for part, heading in parts.items()
        for name, value in _flat(plan.certificate.get(part) or {})
    ]


def run_lines(plan: Plan) -> list[tuple[str, str]]:
    """Solver, versions and options, as the manifest has them."""
    return list(_flat({key: value for key, value in plan.manifest.items() if key not in _RUN_ONLY}))


def input_hashes(plan: Plan) -> list[tuple[str, str]]:
    """Hash of every input file, by name."""
    hashes = plan.manifest.get("inputs") or plan.manifest.get("input_hashes") or {}
    return sorted((str(name), str(digest or "gone since it was read")) for name, digest in hashes.items())


def _verdict_cell(passed: bool) -> Cell:
    return Cell("passed" if passed else "FAILED", tone="positive" if passed else "negative")


def _flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested mappings as lines; run times are left out, and lists, which certificate.json has."""
    for key, value in values.items():
        name = f"{prefix}{key}".replace("_", " ")
        if key in _RUN_ONLY:
            continue
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}, ")
        elif not isinstance(value, list):
            yield name, fmt.exact(value)
