"""The certificate of a plan with power contracts: each of their numbers, tampered with, is found and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.optimizer.certified import Stated, certified, change, failed, first, power_plan, rich_plan, stated_by


def test_the_plan_of_a_portfolio_with_every_power_contract_is_certified() -> None:
    """Every kind of contract is used and every line moves; what the hours bring is what the programme was worth."""
    found = power_plan()
    assert failed(found.certificate) == {}
    used = found.frames.programmes.loc[found.frames.programmes["usd"] != 0.0, "kind"]
    assert set(used) == {"block", "demand_charge", "coincident_peak", "curtailment", "demand_response"}
    assert (found.frames.fleets["active_mw"] > found.frames.fleets["mining_mw"]).any()
    names = {check["name"] for check in found.certificate["checks"]}
    assert {"limit: enrolled within active [MW]", "programmes: usd", "cashflow: power_blocks"} <= names


AT = {"month": "2027-06", "site": "alpha"}
POWER_TAMPERED: dict[str, tuple[Callable[[Stated], None], str, str]] = {
    "mothballed MW taken as active": (
        change("fleets", "active_mw", 1e-3, month="2027-06", fleet="old"),
        "fleets: fixed_opex_usd",
        "fleet 'old', 2027-06",
    ),
    "active MW where no contract is in force": (
        change("fleets", "active_mw", -1e-3, month="2027-06", fleet="free"),
        "fleets: active_mw",
        "fleet 'free', 2027-06",
    ),
    "more active than energised": (
        change("fleets", "active_mw", 1.0, month="2027-06", fleet="new"),
        "limit: active within energised [MW]",
        "fleet 'new', 2027-06",
    ),
    "MW that run": (
        change("fleets", "mining_mw", 1e-3, month="2027-06", fleet="old"),
        "fleets: mining_mw",
        "fleet 'old', 2027-06",
    ),
    "enrolled MW": (
        change("fleets", "enrolled_mw", 1e-3, month="2027-06", fleet="old"),
        "fleets: enrolled_mw",
        "fleet 'old', 2027-06",
    ),
    "hours of a fleet with tiers": (
        change("fleets", "run_hours", 0.5, month="2027-06", fleet="new"),
        "fleets: run_hours",
        "fleet 'new', 2027-06",
    ),
    "energy of a fleet with tiers": (
        change("fleets", "energy_mwh", 0.01, month="2027-06", fleet="new"),
        "fleets: energy_mwh",
        "fleet 'new', 2027-06",
    ),
    "hashrate of a fleet with tiers": (
        change("fleets", "hashrate_ph_s", 0.01, month="2027-06", fleet="new"),
        "fleets: hashrate_ph_s",
        "fleet 'new', 2027-06",
    ),
    "an hourly bill": (
        change("fleets", "power_usd", -0.02, month="2027-06", fleet="new"),
        "fleets: power_usd",
        "fleet 'new', 2027-06",
    ),
    "a fleet's peak charge": (
        change("fleets", "peak_charge_usd", -0.02, month="2027-06", fleet="new"),
        "fleets: peak_charge_usd",
        "fleet 'new', 2027-06",
    ),
    "a fleet's pay for demand response": (
        change("fleets", "demand_response_usd", 0.02, month="2027-06", fleet="old"),
        "fleets: demand_response_usd",
        "fleet 'old', 2027-06",
    ),
    "MW of a block": (
        change("programmes", "mw", 1e-3, **AT, kind="block"),
        "programmes: mw",
        "block 1, 2027-06",
    ),
    "gain of a block": (
        change("programmes", "usd", 0.02, **AT, contract="block 2"),
        "programmes: usd",
        "block 2, 2027-06",
    ),
    "a lower peak of the site": (
        change("programmes", "mw", -1e-3, **AT, kind="demand_charge"),
        "fleets: energy_mwh",
        "fleet 'old', 2027-06",
    ),
    "a higher peak of the site": (
        change("programmes", "mw", 1e-3, **AT, kind="demand_charge"),
        "programmes: billed_mw",
        "demand_charge 3, 2027-06",
    ),
    "the billed peak": (
        change("programmes", "billed_mw", -1e-3, **AT, kind="demand_charge"),
        "programmes: billed_mw",
        "demand_charge 3, 2027-06",
    ),
    "a demand charge": (
        change("programmes", "usd", 0.02, **AT, kind="demand_charge"),
        "programmes: usd",
        "demand_charge 3, 2027-06",
    ),
    "less load that pays the peak": (
        change("programmes", "mw", -1e-3, **AT, kind="coincident_peak", name="new"),
        "fleets: energy_mwh",
        "fleet 'new', 2027-06",
    ),
    "more load that pays the peak": (
        change("programmes", "mw", 1e-3, **AT, kind="coincident_peak", name="old"),
        "programmes: billed_mw",
        "coincident_peak 4 of 'old', 2027-06",
    ),
    "AI load that pays the peak": (
        change("programmes", "mw", -1e-3, **AT, kind="coincident_peak", name="ai"),
        "limit: peak load paid for [MW]",
        "coincident_peak 4 of 'ai', 2027-06",
    ),
    "a peak charge": (
        change("programmes", "usd", 0.02, **AT, kind="coincident_peak", name="new"),
        "programmes: usd",
        "coincident_peak 4 of 'new', 2027-06",
    ),
    "AI load on backup": (
        change("programmes", "mw", 1e-3, **AT, kind="curtailment"),
        "programmes: mw",
        "curtailment 5 of 'ai', 2027-06",
    ),
    "the cost of backup": (
        change("programmes", "usd", 0.02, **AT, kind="curtailment"),
        "programmes: usd",
        "curtailment 5 of 'ai', 2027-06",
    ),
    "more MW enrolled": (
        change("programmes", "mw", 1e-3, **AT, kind="demand_response", name="old"),
        "limit: demand response size [MW]",
        "demand_response 6, 2027-06",
    ),
    "MW enrolled of another fleet": (
        change("programmes", "mw", -1e-3, **AT, kind="demand_response", name="old"),
        "programmes: usd",
        "demand_response 6 of 'old', 2027-06",
    ),
    "pay for demand response": (
        change("programmes", "usd", 0.02, **AT, kind="demand_response", name="old"),
        "programmes: usd",
        "demand_response 6 of 'old', 2027-06",
    ),
    "value of a contract in the site's bill": (
        change("contracts", "npv_usd", 1.0, contract="lab"),
        "contracts: npv_usd",
        "contract 'lab' at site 'alpha'",
    ),
    "return of a contract on backup": (
        change("contracts", "irr", 1e-3, contract="cloud"),
        "contracts: irr",
        "contract 'cloud' at site 'beta'",
    ),
}
POWER_LINES = ("ai_site_power", "backup", "peak_charge", "demand_charge", "demand_response", "power_blocks")
for _line in (*POWER_LINES, "ai_power", "mining_power"):
    POWER_TAMPERED[f"the cash flow of {_line}"] = (
        change("cashflow", "usd", 0.02, month="2027-05", site="alpha", line=_line),
        f"cashflow: {_line}",
        "site 'alpha', 2027-05",
    )
for _line in POWER_LINES:
    POWER_TAMPERED[f"the value of {_line}"] = (
        change("terms", "npv_usd", 1.0, case="plan", term=_line),
        "terms: plan",
        _line,
    )


@pytest.mark.parametrize("what", POWER_TAMPERED)
def test_a_number_of_a_power_contract_changed_a_little_is_found_and_named(what: str) -> None:
    """Each new column, each kind of programme row and each new line fails its check, which says where."""
    tamper, check, where = POWER_TAMPERED[what]
    stated = stated_by(power_plan())
    tamper(stated)
    names = failed(certified(stated, power_plan()))
    assert where in names.get(check, f"only {sorted(names)} failed")


def test_two_wrongs_that_cancel_in_the_total_are_found() -> None:
    """A MWh moved from a fleet's bill to a block's gain leaves every total right, and both rows wrong."""
    stated = stated_by(power_plan())
    for frame, usd, row in (
        ("cashflow", 5.0, {"line": "power_blocks"}),
        ("cashflow", -5.0, {"line": "mining_power"}),
        ("programmes", 5.0, {"kind": "block"}),
        ("fleets", 5.0, {"fleet": "new"}),
    ):
        change(frame, "power_usd" if frame == "fleets" else "usd", usd, **AT, **row)(stated)
    assert set(failed(certified(stated, power_plan()))) == {
        "cashflow: power_blocks",
        "cashflow: mining_power",
        "programmes: usd",
        "fleets: power_usd",
    }


def test_a_programme_left_out_or_made_up_is_found() -> None:
    """A row dropped, and one of a month in which the contract is not in force: the plan cannot be replayed."""
    stated = stated_by(power_plan())
    table = stated.frames.programmes
    gone = first(table, **AT, kind="demand_response", name="new")
    stated.frames = replace(stated.frames, programmes=table.drop(index=gone).reset_index(drop=True))
    message = "programmes: no row for 2027-06, alpha, demand_response 6, demand_response, new"
    assert failed(certified(stated, power_plan())) == {"replay": message}
    table.loc[gone, "month"] = "2027-01"
    stated.frames = replace(stated.frames, programmes=table)
    assert "of no contract in force: 2027-01, alpha" in failed(certified(stated, power_plan()))["replay"]


def test_programmes_that_nobody_offered_are_found() -> None:
    """A portfolio without power contracts has no row of programmes."""
    stated = stated_by(rich_plan())
    stated.frames = replace(stated.frames, programmes=power_plan().frames.programmes.iloc[:1].copy())
    assert "programmes, row 2: a second row, or one of no contract in force" in failed(certified(stated))["replay"]


YEARLY: dict[str, tuple[str, ...]] = {
    "hours": (
        "mining_mw",
        "hours",
        "run_hours",
        "energy_mwh",
        "average_price_usd_per_mwh",
        "market_average_usd_per_mwh",
        "curtailment_value_usd",
    ),
    "power": (
        "mining_mwh",
        "ai_mwh",
        "spot_usd",
        "block_gain_usd",
        "demand_charge_usd",
        "peak_charge_usd",
        "peak_charge_avoided_usd",
        "backup_usd",
        "demand_response_usd",
        "curtailment_value_usd",
        "average_price_usd_per_mwh",
        "market_average_usd_per_mwh",
    ),
}


@pytest.mark.parametrize(
    ("frame", "column"), [(name, column) for name, columns in YEARLY.items() for column in columns]
)
def test_a_yearly_account_changed_a_little_is_found(frame: str, column: str) -> None:
    """A hundredth of a MW, hour, MWh or USD/MWh, and a dollar: the check of the column fails and names the place."""
    by = 1.0 if column.endswith("_usd") else 0.01
    stated = stated_by(power_plan())
    change(frame, column, by, site="alpha")(stated)
    where = failed(certified(stated, power_plan()))[f"{frame}: {column}"]
    assert where.startswith("fleet 'new', 2027: " if frame == "hours" else "site 'alpha', 2027: ")


def test_a_price_without_energy_is_found() -> None:
    """Where nothing is drawn there is no price, and where something is there must be one."""
    stated = stated_by(power_plan())
    row = first(stated.frames.hours, fleet="new")
    stated.frames.hours.loc[row, "average_price_usd_per_mwh"] = float("nan")
    names = failed(certified(stated, power_plan()))
    assert "fleet 'new', 2027" in names["hours: a price stands where energy is"]


def test_a_headline_of_power_changed_a_little_is_found() -> None:
    """The summary repeats the yearly frames: a cent, a fleet's hour and a site left out are found, by name."""
    stated = stated_by(power_plan())
    stated.summary["power"]["alpha"]["2027"]["block_gain_usd"] += 0.01
    assert "alpha, 2027, block_gain_usd: " in failed(certified(stated, power_plan()))["summary: power"]
    stated = stated_by(power_plan())
    stated.summary["power"]["alpha"]["2027"]["run_hours"]["new"] += 1.0
    assert "alpha, 2027, run_hours, new: " in failed(certified(stated, power_plan()))["summary: power"]
    del stated.summary["power"]["alpha"]
    assert "alpha, 2027, ai_mwh: None stated" in failed(certified(stated, power_plan()))["summary: power"]
