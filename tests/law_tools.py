"""What the laws need: the value of a portfolio, and changed copies of its tables."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from strategies import Case

from optimizer import plan
from optimizer.errors import InfeasiblePlanError

# Slack of a comparison between two optima, relative to the larger of them and a million USD.
RELATIVE = 1e-7
FLOOR_USD = 1e6
# Money columns by table; a portfolio in another currency differs in just these.
MONEY_COLUMNS = {
    "sites": ("power", "adder_usd_per_mwh", "fixed_cost_usd_per_month"),
    "fleets": ("variable_opex_usd_per_mwh", "fixed_opex_usd_per_mw_month"),
    "hashprice": ("usd_per_ph_day",),
    "contracts": ("price_usd_per_kw_month", "capex_usd_per_mw", "opex_usd_per_kw_month"),
    "power_contracts": (
        "price_usd_per_mwh",
        "resale_fee_usd_per_mwh",
        "usd_per_kw_month",
        "usd_per_mw_month",
        "backup_usd_per_mwh",
    ),
}


def law(examples: int) -> settings:
    """How the laws are tried: the same examples every time, as long as each takes.

    A broken law is made small only when the environment says SHRINK=1: with a plan per step that takes minutes.
    """
    shrinking = (Phase.shrink, Phase.explain) if os.environ.get("SHRINK") == "1" else ()
    return settings(
        phases=(Phase.explicit, Phase.generate, *shrinking),
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )


def npv(case: Case) -> float:
    """The optimal NPV in USD; minus infinity where there is no plan."""
    try:
        return float(plan(case.portfolio(), full=False).summary["npv_usd"])
    except InfeasiblePlanError:
        return -math.inf


def slack(*values: float) -> float:
    """How far apart two optima may be and still count as equal. [USD]"""
    return RELATIVE * max([FLOOR_USD, *(abs(value) for value in values if math.isfinite(value))])


def not_lower(after: float, before: float) -> bool:
    """Whether the first optimum is not below the second."""
    return after >= before - slack(after, before)


def equal(one: float, other: float) -> bool:
    """Whether two optima are the same."""
    return one == other or abs(one - other) <= slack(one, other)


def changed(case: Case, change: Callable[[dict[str, Any]], object]) -> Case:
    """A copy of the case on whose tables the change was made."""
    tables = copy.deepcopy(case.tables)
    change(tables)
    return Case(tables, case.prices)


def with_limit(case: Case, **limits: Any) -> Case:
    """The case with these portfolio limits instead of those of the same name."""
    return Case(case.tables | {"limits": case.tables["limits"] | limits}, case.prices)


def in_money_of_half_the_value(case: Case) -> Case:
    """The case with every amount of money doubled."""

    def double(tables: dict[str, Any]) -> None:
        for table, columns in MONEY_COLUMNS.items():
            for row in tables.get(table, []):
                row.update({name: 2 * row[name] for name in columns if isinstance(row.get(name), float)})
        for step in tables["limits"].get("capex_budget", []):
            step["usd"] *= 2

    doubled = changed(case, double)
    prices = {name: {month: 2 * usd for month, usd in months.items()} for name, months in case.prices.items()}
    return Case(doubled.tables, prices)


def split_in_halves(case: Case, name: str) -> Case:
    """The case with one site cut into two equal halves; what stands or is signed there alone is halved with it."""
    halves = [f"{name}-east", f"{name}-west"]

    def split(tables: dict[str, Any]) -> None:
        extensive = ("capacity_mw", "ai_max_mw", "mining_ready_mw", "fixed_cost_usd_per_month")
        tables["sites"] = _halved(tables["sites"], "id", name, halves, extensive)
        tables["capacity_steps"] = _halved(tables["capacity_steps"], "site", name, halves, ("capacity_mw",))
        tables["fleets"] = _halved(tables["fleets"], "site", name, halves, ("mw",))
        if "power_contracts" in tables:
            tables["power_contracts"] = _halved(tables["power_contracts"], "site", name, halves, ("mw", "max_mw"))
        contracts = []
        for offer in tables["contracts"]:
            if offer["sites"] == [name]:
                half = {column: offer[column] / 2 for column in ("max_mw", "committed_mw") if column in offer}
                contracts += [offer | half | {"id": f"{offer['id']} {place}", "sites": [place]} for place in halves]
            else:
                places = [place for site in offer["sites"] for place in (halves if site == name else [site])]
                contracts.append(offer | {"sites": places})
        tables["contracts"] = contracts

    return changed(case, split)


def _halved(
    rows: list[dict[str, Any]], column: str, name: str, halves: list[str], extensive: tuple[str, ...]
) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        if row[column] != name:
            found.append(row)
            continue
        half = {key: row[key] / 2 for key in extensive if key in row}
        for place in halves:
            own_id = {} if column == "id" or "id" not in row else {"id": f"{row['id']} {place}"}
            found.append(row | half | own_id | {column: place})
    return found


def renamed(case: Case, rename: Callable[[str], str]) -> Case:
    """The case with other ids of sites, fleets, offers, machines and series, other customers and other regions."""

    def change(tables: dict[str, Any]) -> None:
        for site in tables["sites"]:
            site["id"] = rename(site["id"])
            site["region"] = rename(site.get("region", ""))
            if isinstance(site["power"], str):
                site["power"] = rename(site["power"])
        for rig in tables["rigs"]:
            rig["id"] = rename(rig["id"])
        for step in tables["capacity_steps"]:
            step["site"] = rename(step["site"])
        for mode in tables.get("rig_modes", []):
            mode["rig"] = rename(mode["rig"])
        for row in tables.get("power_contracts", []):
            row["site"] = rename(row["site"])
        for fleet in tables["fleets"]:
            fleet.update({column: rename(fleet[column]) for column in ("id", "site", "rig")})
        for offer in tables["contracts"]:
            offer.update(id=rename(offer["id"]), counterparty=rename(offer.get("counterparty", "")))
            offer["sites"] = [rename(site) for site in offer["sites"]]

    case = changed(case, change)
    return Case(case.tables, {rename(name): months for name, months in case.prices.items()})
