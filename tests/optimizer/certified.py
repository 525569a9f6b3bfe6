"""Plans that use most of the model, for the tests of their certificates: as files, and as statements to tamper with."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.frames_io import write_frame
from optimizer.planning import plan
from optimizer.proving.certificate import make_certificate
from optimizer.proving.proof import Proof, save_proof
from optimizer.results import Frames, Plan
from sites.hourly import HourlyPrices
from sites.portfolio import Portfolio
from sites.save import save_portfolio
from tests.optimizer.cases import RIG, hourly


def rich_portfolio() -> Portfolio:
    """Two sites, three fleets, four offers of which one is signed, dear hours, limits, a tail and two rates."""
    dear = dict.fromkeys(range(0, 8760, 7), 95.0)
    shared = {"first_start": "2027-03", "last_start": "2027-10", "build_months": 2, "gross_ratio": 1.25}
    return Portfolio.from_tables(
        {
            "settings": {
                "name": "rich",
                "start": "2027-01",
                "months": 18,
                "discount_rate": 0.12,
                "ai_discount_rate": 0.09,
                "pool_fee": 0.02,
                "contract_tail": 0.5,
            },
            "sites": [
                {"id": "alpha", "capacity_mw": 20.0, "power": "market", "adder_usd_per_mwh": 3.0, "escalation": 0.02},
                {
                    "id": "beta",
                    "capacity_mw": 12.0,
                    "power": 30.0,
                    "fixed_cost_usd_per_month": 5000.0,
                    "region": "east",
                },
            ],
            "rigs": [RIG, {"id": "rig30", "th_s": 100.0, "watts": 3000.0, "overhead": 1.05}],
            "fleets": [
                {"id": "new", "site": "alpha", "rig": "rig20", "mw": 12.0, "uptime": 0.95},
                {"id": "old", "site": "alpha", "rig": "rig30", "mw": 8.0, "fixed_opex_usd_per_mw_month": 900.0},
                {"id": "sole", "site": "beta", "rig": "rig20", "mw": 12.0, "variable_opex_usd_per_mwh": 1.5},
            ],
            "hashprice": [
                {"month": f"{2027 + t // 12}-{t % 12 + 1:02d}", "usd_per_ph_day": 30.0 - 0.2 * t} for t in range(18)
            ],
            "contracts": [
                {
                    **shared,
                    "id": "lab",
                    "counterparty": "Lab",
                    "sites": ["alpha", "beta"],
                    "max_mw": 6.0,
                    "term_months": 60,
                    "price_usd_per_kw_month": 130.0,
                    "escalator": 0.03,
                    "ramp_months": 1,
                    "prepaid_months": 2,
                    "capex_usd_per_mw": 2_500_000.0,
                    "opex_usd_per_kw_month": 12.0,
                    "disruption_months": 1,
                },
                {
                    **shared,
                    "id": "cloud",
                    "counterparty": "Cloud",
                    "sites": ["beta"],
                    "max_mw": 3.0,
                    "term_months": 6,
                    "price_usd_per_kw_month": 150.0,
                    "power": "included",
                    "capex_usd_per_mw": 300_000.0,
                },
                {
                    **shared,
                    "id": "signed",
                    "sites": ["alpha"],
                    "max_mw": 2.0,
                    "committed_mw": 2.0,
                    "first_start": "2026-06",
                    "last_start": "2026-06",
                    "term_months": 12,
                    "after_term": "renew",
                    "renewal_factor": 0.8,
                    "price_usd_per_kw_month": 90.0,
                    "capex_usd_per_mw": 1_000_000.0,
                },
                {
                    **shared,
                    "id": "dear",
                    "sites": ["beta"],
                    "max_mw": 3.0,
                    "term_months": 24,
                    "price_usd_per_kw_month": 20.0,
                    "capex_usd_per_mw": 9_000_000.0,
                },
            ],
            "limits": {"capex_budget": [{"month": "2027-01", "usd": 12_000_000.0}], "max_build_mw": 6.0},
        },
        prices={"market": hourly(2027, 28.0, dear)},
    )


@cache
def rich_plan() -> Plan:
    """The optimal plan of that portfolio; made once."""
    return plan(rich_portfolio())


def power_portfolio() -> Portfolio:
    """Every kind of power contract and a rig with modes, at a site whose loads must be planned together.

    At beta the contracts leave every load for itself; gamma has none. Prices differ in every hour, some are negative.
    """
    shared = {"first_start": "2027-02", "last_start": "2027-04", "build_months": 1, "gross_ratio": 1.25}
    hours = np.arange(8760)
    shape = 34.0 + 14.0 * np.sin(hours / 24.0 * 2.0 * np.pi) + 9.0 * np.cos(hours * 0.37) + 0.01 * (hours % 101)
    return Portfolio.from_tables(
        {
            "settings": {
                "name": "power",
                "start": "2027-01",
                "months": 8,
                "discount_rate": 0.12,
                "ai_discount_rate": 0.09,
                "pool_fee": 0.02,
                "contract_tail": 0.5,
            },
            "sites": [
                {"id": "alpha", "capacity_mw": 20.0, "power": "market", "adder_usd_per_mwh": 1.0},
                {"id": "beta", "capacity_mw": 12.0, "power": "market", "adder_usd_per_mwh": -2.0},
                {"id": "gamma", "capacity_mw": 5.0, "power": "market"},
            ],
            "rigs": [RIG, {"id": "rig30", "th_s": 100.0, "watts": 3000.0, "overhead": 1.05}],
            "rig_modes": [{"rig": "rig20", "mode": "eco", "th_s": 62.0, "watts": 1000.0}],
            "fleets": [
                {"id": "new", "site": "alpha", "rig": "rig20", "mw": 9.0, "uptime": 0.95},
                {"id": "old", "site": "alpha", "rig": "rig30", "mw": 7.0, "fixed_opex_usd_per_mw_month": 200.0},
                {"id": "sole", "site": "beta", "rig": "rig20", "mw": 12.0, "variable_opex_usd_per_mwh": 1.5},
                {"id": "free", "site": "gamma", "rig": "rig20", "mw": 5.0},
            ],
            "hashprice": [{"month": f"2027-{t + 1:02d}", "usd_per_ph_day": 27.0 - 0.3 * t} for t in range(8)],
            "contracts": [
                {
                    **shared,
                    "id": "lab",
                    "counterparty": "Lab",
                    "sites": ["alpha"],
                    "max_mw": 3.0,
                    "term_months": 60,
                    "price_usd_per_kw_month": 130.0,
                    "power": "included",
                    "capex_usd_per_mw": 300_000.0,
                },
                {
                    **shared,
                    "id": "cloud",
                    "counterparty": "Cloud",
                    "sites": ["beta"],
                    "max_mw": 2.0,
                    "term_months": 6,
                    "price_usd_per_kw_month": 150.0,
                    "capex_usd_per_mw": 300_000.0,
                },
                {
                    **shared,
                    "id": "inn",
                    "sites": ["beta"],
                    "max_mw": 1.0,
                    "term_months": 30,
                    "price_usd_per_kw_month": 140.0,
                    "power": "included",
                    "capex_usd_per_mw": 200_000.0,
                },
            ],
            "power_contracts": [
                {"site": "alpha", "kind": "block", "mw": 4.0, "price_usd_per_mwh": 33.0, "resale": "none"},
                {
                    "site": "alpha",
                    "kind": "block",
                    "mw": 5.0,
                    "price_usd_per_mwh": 35.0,
                    "resale_fee_usd_per_mwh": 6.0,
                    "from": "2027-03",
                },
                {
                    "site": "alpha",
                    "kind": "demand_charge",
                    "usd_per_kw_month": 3.0,
                    "ratchet_share": 0.9,
                    "ratchet_months": 3,
                    "to": "2027-06",
                },
                {
                    "site": "alpha",
                    "kind": "coincident_peak",
                    "usd_per_kw_month": 0.05,
                    "hours": 30,
                    "months": [1, 5, 6, 7],
                },
                {"site": "alpha", "kind": "curtailment", "hours_per_month": 6, "backup_usd_per_mwh": 120.0},
                {
                    "site": "alpha",
                    "kind": "demand_response",
                    "usd_per_mw_month": 900.0,
                    "hours_per_month": 60,
                    "max_mw": 4.0,
                    "from": "2027-02",
                },
                {"site": "beta", "kind": "demand_charge", "usd_per_kw_month": 2.0, "to": "2027-05"},
                {"site": "beta", "kind": "coincident_peak", "usd_per_kw_month": 0.2, "hours": 12},
                {"site": "beta", "kind": "curtailment", "hours_per_month": 4, "backup_usd_per_mwh": 90.0},
                {"site": "beta", "kind": "block", "mw": 3.0, "price_usd_per_mwh": 30.0},
            ],
        },
        prices={"market": HourlyPrices("market", (2027,), np.round(shape, 2))},
    )


@cache
def power_plan() -> Plan:
    """The optimal plan of that portfolio; made once."""
    return plan(power_portfolio())


def write_plan(found: Plan, folder: Path) -> None:
    """The files of a plan that an audit reads, and their manifest."""
    folder.mkdir()
    save_portfolio(found.portfolio, folder / "inputs")
    for name, frame in found.frames.items():
        write_frame(frame, folder / f"{name}.csv")
    save_proof(found.proof, folder / "proof.npz")
    for name, content in (("summary", found.summary), ("certificate", found.certificate)):
        (folder / f"{name}.json").write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    seal(folder)


def seal(folder: Path) -> None:
    """Write the manifest of the files as they are now: what somebody who edits a plan and covers it up would do."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    digests = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    (folder / "manifest.json").write_text(json.dumps({"files": digests}), encoding="utf-8")


@dataclass
class Stated:
    """What a plan states, as tests may change it."""

    frames: Frames
    summary: dict[str, Any]
    proof: Proof


def stated_by(found: Plan) -> Stated:
    """A copy of what a plan states."""
    frames = Frames(**{name: frame.copy() for name, frame in found.frames.items()})
    return Stated(frames, copy.deepcopy(found.summary), found.proof)


def certified(stated: Stated, found: Plan | None = None) -> dict[str, Any]:
    """The certificate of the rich portfolio, or that of another plan, with these statements."""
    given = found or rich_plan()
    return make_certificate(given.portfolio, stated.frames, stated.summary, stated.proof)


def failed(certificate: dict[str, Any]) -> dict[str, str]:
    """Where each failed check points to."""
    return {check["name"]: check["where"] for check in certificate["checks"] if not check["passed"]}


def first(frame: pd.DataFrame, **values: str) -> int:
    """The first row that holds these values."""
    return int(np.flatnonzero(np.logical_and.reduce([frame[name] == value for name, value in values.items()]))[0])


def change(frame: str, column: str, by: float, **values: str) -> Callable[[Stated], None]:
    """Add to one cell of a frame, in the first row that holds these values."""

    def tamper(stated: Stated) -> None:
        table = getattr(stated.frames, frame)
        table.loc[first(table, **values), column] += by

    return tamper
