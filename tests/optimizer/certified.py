"""A plan that uses most of the model, for the tests of its certificate, and its folder as files."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from optimizer.frames_io import write_frame
from optimizer.planning import plan
from optimizer.proving.proof import save_proof
from optimizer.results import Plan
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
