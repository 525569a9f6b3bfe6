"""Random edits of a portfolio's tables: every number, date and tie that somebody may change in a what-if."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from strategies import Case, Choices, Record, later

Edit = Callable[[Choices, dict[str, Any]], object]


def some_row(table: str, edit: Callable[[Choices, Record], object]) -> Edit:
    """The edit of one record of a table, if it has any."""

    def change(choices: Choices, tables: dict[str, Any]) -> None:
        rows = tables.get(table, [])
        if rows:
            edit(choices, choices.one_of(rows))

    return change


def scaled(table: str, column: str, low: float = 0.7, high: float = 1.3) -> Edit:
    """One record's number times a factor."""

    def scale(choices: Choices, row: Record) -> None:
        if isinstance(row.get(column), float):
            row[column] = row[column] * choices.number(low, high)

    return some_row(table, scale)


def limits_edit(choices: Choices, tables: dict[str, Any]) -> None:
    """Another limit, a wider one, or one less."""
    limits = tables["limits"]
    name = choices.one_of(["max_build_mw", "ai_share_max", "counterparty_share_max", "region_share_max", "min_eh_s"])
    if limits and choices.chance(0.5):
        name = choices.one_of(sorted(limits))
        if isinstance(limits[name], list):
            for step in limits[name]:
                step["usd"] *= choices.number(0.7, 1.5)
        elif choices.chance(0.7):
            limits[name] = min(limits[name] * choices.number(0.8, 1.3), 1.0 if "share" in name else 1e9)
        else:
            del limits[name]
    else:
        limits[name] = {"max_build_mw": 30.0, "min_eh_s": 0.01}.get(name, choices.number(0.5, 1.0))


def delay(choices: Choices, offer: Record) -> None:
    """All starts some months later; now and then only the last, or a longer building time."""
    months = choices.whole(1, 3)
    if choices.chance(0.3):
        offer["build_months"] += months
    else:
        offer["first_start"] = later(offer["first_start"], months)
        offer["last_start"] = later(offer["last_start"], months)


def sizes(choices: Choices, offer: Record) -> None:
    """Another largest size, least size or block."""
    if "committed_mw" in offer:
        return
    column = choices.one_of(["max_mw", "min_mw", "block_mw"])
    offer[column] = round(offer["max_mw"] * choices.number(0.3, 1.0), 1)
    offer["max_mw"] = max(offer["max_mw"], offer.get("min_mw", 0.0), offer.get("block_mw", 0.0))


def ties(choices: Choices, offer: Record) -> None:
    """Another group, or no requirement."""
    if choices.chance(0.5) and "committed_mw" not in offer:
        offer["exclusive_group"] = choices.one_of(["", "one", "two", "three"])
    else:
        offer["requires"] = ""


def setting(column: str, options: Sequence[Any]) -> Edit:
    """One of the settings."""
    return lambda choices, tables: tables["settings"].update({column: choices.one_of(options)})


EDITS: dict[str, Edit] = {
    "rent": scaled("contracts", "price_usd_per_kw_month", 0.5, 1.6),
    "capex": scaled("contracts", "capex_usd_per_mw", 0.9, 1.6),
    "default": some_row("contracts", lambda choices, row: row.update(default_rate=choices.number(0.0, 0.2, 3))),
    "escalator": some_row("contracts", lambda choices, row: row.update(escalator=choices.number(-0.02, 0.05, 3))),
    "tenant's share": some_row(
        "contracts", lambda choices, row: row.update(tenant_capex_share=choices.one_of([0.0, 0.4, 1.0]))
    ),
    "pue": some_row("contracts", lambda choices, row: row.update(pue=choices.number(1.0, 1.5))),
    "gross ratio": some_row("contracts", lambda choices, row: row.update(gross_ratio=choices.number(1.0, 1.6))),
    "who pays power": some_row(
        "contracts", lambda choices, row: row.update(power=choices.one_of(["pass_through", "included"]))
    ),
    "term": some_row(
        "contracts",
        lambda choices, row: row.update(term_months=max(row.get("prepaid_months", 1), choices.whole(1, 24))),
    ),
    "prepayment": some_row(
        "contracts", lambda choices, row: row.update(prepaid_months=min(row["term_months"], choices.whole(0, 6)))
    ),
    "delay": some_row("contracts", delay),
    "sizes": some_row("contracts", sizes),
    "ties": some_row("contracts", ties),
    "hashprice": scaled("hashprice", "usd_per_ph_day", 0.6, 1.5),
    "flat price": scaled("sites", "power", 0.5, 1.5),
    "adder": some_row("sites", lambda choices, row: row.update(adder_usd_per_mwh=choices.number(-5.0, 25.0))),
    "fixed cost": some_row("sites", lambda choices, row: row.update(fixed_cost_usd_per_month=choices.number(0, 1e5))),
    "capacity": scaled("sites", "capacity_mw", 0.9, 1.4),
    "halls": scaled("sites", "mining_ready_mw", 0.9, 1.4),
    "curtailable share": some_row(
        "sites", lambda choices, row: row.update(curtailable_min_share=choices.number(0, 0.5))
    ),
    "AI limit": scaled("sites", "ai_max_mw", 0.9, 1.4),
    "fleet": scaled("fleets", "mw", 0.5, 1.0),
    "fleet's cost": some_row("fleets", lambda choices, row: row.update(variable_opex_usd_per_mwh=choices.number(0, 8))),
    "rig": scaled("rigs", "watts", 0.9, 1.1),
    "discount rate": setting("discount_rate", [0.0, 0.05, 0.2]),
    "AI discount rate": setting("ai_discount_rate", [0.0, 0.05, 0.2]),
    "pool fee": setting("pool_fee", [0.0, 0.03]),
    "tail": setting("contract_tail", [0.0, 0.5, 1.0]),
    "limits": limits_edit,
    "peak charge": scaled("power_contracts", "usd_per_kw_month", 0.5, 1.5),
    "block": scaled("power_contracts", "mw", 0.5, 1.5),
    "programme": scaled("power_contracts", "usd_per_mw_month", 0.5, 1.5),
}


def edited(case: Case, choices: Choices) -> tuple[Case, list[str]]:
    """A copy with one to three random edits, and their names."""
    tables = copy.deepcopy(case.tables)
    names = [choices.one_of(list(EDITS)) for _ in range(choices.one_of([1, 1, 2, 3]))]
    for name in names:
        EDITS[name](choices, tables)
    return Case(tables, case.prices), names
