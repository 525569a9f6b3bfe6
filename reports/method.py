"""How the plan was found and checked: the certificate, the solver, the versions and the hashes of the inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.display import Cell, Column, Table, figure, text, total_row
from reports.whole_numbers import sureness
from reports.words import KINDS

if TYPE_CHECKING:
    from optimizer.results import Plan

METHOD = (
    "The plan is the solution of a linear programme: every month's megawatts at every site are split between "
    "mining and AI so that the net present value is the highest that the limits allow. The checks below repeat every "
    "limit and cash flow from the input and the result, without the solver, and prove in exact arithmetic how far the "
    "value could lie below the best possible one."
)
_WHOLE_PLAN = "plan as a whole"
# What changes from one run to the next has no place on a page that is a function of the plan.
_RUN_ONLY = frozenset({"seconds", "seconds_by_stage", "timings", "inputs", "input_hashes"})


def verdict(plan: Plan) -> str:
    """One sentence on whether the plan is proved."""
    checks = plan.certificate["checks"]
    failed = [check for check in checks if not check["passed"]]
    if plan.certificate["passed"]:
        done = f"{fmt.count(len(checks), 'check')} recomputed without the solver, all passed."
        return f"Proved optimal: {done}" if plan.summary["search"] is None else f"Proved: {done} {sureness(plan)}"
    places = "; ".join(f"{check['name']} ({check['where']})" for check in failed) or "see certificate.json"
    return f"Not proved: do not rely on this plan. Failed: {places}."


def hour_lines(plan: Plan) -> list[str]:
    """How the hours are reduced without loss, in words; only what the portfolio has is explained."""
    contracts = plan.portfolio.power_contracts
    lines = [
        "Every hour counts, though none is a variable of the programme. A machine runs in the hours in which it earns "
        "more than its power costs, so what a MW earns in a month follows from that month's prices in order of size "
        "and their sums. The programme needs one number per fleet and month; nothing is averaged or sampled."
    ]
    if plan.portfolio.rig_modes:
        lines.append(
            "Machine modes: a machine is a stack of tiers, each with the power and hashrate that its next mode adds. "
            "Modes that a mixture of two others beats are left out, so tiers fill in the order of what a MWh earns."
        )
    lines += [_KIND_LINES[kind] for kind in KINDS if any(contract.kind == kind for contract in contracts)]
    if any(contract.ratchet_share and contract.ratchet_months for contract in contracts):
        lines.append(
            "Ratchets: what a month is billed is at least the given share of the highest load of the months before in "
            "which the contract was in force, so the programme weighs a month's peak against the bills that follow it."
        )
    replayed = ", block by block and charge by charge" if contracts else ""
    lines.append(
        "The certificate replays the plan in every hour of every month, from the input tables and without the "
        f"programme: loads are served by merit order{replayed}, and the cash flows must be the same."
        + "".join(f" Not proved: {words}." for words in plan.certificate["not_proved"])
    )
    return lines


_KIND_LINES: dict[str, str] = {
    "block": (
        "Power blocks: power from a block costs the site what it could be sold for, so within a month every MW of load "
        "keeps to one block, or to none, in all its hours. A block sold back at spot without a fee changes no hour of "
        "running. Any other makes the worth of a load depend on the loads beside it; there the programme has one "
        "number per load and block, again from sorted prices."
    ),
    "demand_response": (
        "Demand response: an enrolled MW stands still in the month's dearest hours and is paid for it. The plan "
        "chooses the MW, each in one such programme at most, and counts the hours that are left exactly."
    ),
    "coincident_peak": (
        "Coincident peaks: the charged hours are the dearest of the month. Each load of a fleet either pays or stands "
        "still in them, whichever is worth more; AI load always pays."
    ),
    "demand_charge": (
        "Demand charges: every machine that runs at all runs in the month's cheapest hour, so the loads add up to the "
        "site's peak and each MW that runs is charged."
    ),
    "curtailment": (
        "Curtailment: mining is off in the month's dearest hours, which are taken out before anything is decided; AI "
        "load rides on backup power then."
    ),
}


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
