"""Random valid portfolios with power contracts and rig modes: varied, in round numbers, or driven to extremes."""

from __future__ import annotations

import calendar
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from oracle_money import Array, month_index
from strategies import (
    RIGS,
    Case,
    Choices,
    DrawnChoices,
    Record,
    SeededChoices,
    Tables,
    hourly_prices,
    label,
    random_contracts,
    random_fleets,
    random_hashprice,
    random_limits,
    random_settings,
    random_site,
    random_steps,
)

# Machines in round numbers: 25, 50 and 100 PH/s per MW, so that margins meet prices exactly.
ROUND_RIGS = {"old-air": (100.0, 4000.0), "new-air": (100.0, 2000.0), "new-hydro": (200.0, 2000.0)}
ROUND_MODES = {"eco": (0.5, (0.5, 0.6, 0.75)), "turbo": (1.5, (1.25, 1.4, 1.5)), "dominated": (0.5, (0.25, 0.5))}
# Steps to which columns are rounded, and the least that they may be.
ROUND_STEPS: dict[str, tuple[float, float]] = {
    "capacity_mw": (10.0, 10.0),
    "ai_max_mw": (10.0, 0.0),
    "mining_ready_mw": (10.0, 0.0),
    "adder_usd_per_mwh": (10.0, -1e9),
    "escalation": (1.0, 0.0),
    "mw": (5.0, 0.0),
    "max_mw": (5.0, 0.0),
    "committed_mw": (1.0, 1.0),
    "uptime": (0.5, 0.5),
    "variable_opex_usd_per_mwh": (5.0, 0.0),
    "fixed_opex_usd_per_mw_month": (10_000.0, 0.0),
    "usd_per_ph_day": (24.0, 24.0),
    "price_usd_per_kw_month": (50.0, 0.0),
    "gross_ratio": (0.5, 1.0),
    "pue": (0.5, 1.0),
    "load_factor": (0.5, 0.5),
    "price_usd_per_mwh": (10.0, 0.0),
    "resale_fee_usd_per_mwh": (20.0, 0.0),
    "usd_per_kw_month": (3.0, 0.0),
    "usd_per_mw_month": (3_000.0, 0.0),
    "backup_usd_per_mwh": (200.0, 0.0),
    "ratchet_share": (0.5, 0.5),
    "hours": (8, 1),
    "hours_per_month": (24, 0),
}

# Numbers at which a programme is hard to solve or its reduction easy to get wrong, by table and column.
EXTREMES: dict[tuple[str, str], list[Any]] = {
    ("sites", "capacity_mw"): [0.0],
    ("sites", "adder_usd_per_mwh"): [-60.0, -200.0],
    ("sites", "escalation"): [-0.5],
    ("fleets", "mw"): [0.0],
    ("fleets", "uptime"): [0.0],
    ("fleets", "variable_opex_usd_per_mwh"): [200.0, 1000.0],
    ("fleets", "fixed_opex_usd_per_mw_month"): [0.0, 60_000.0],
    ("hashprice", "usd_per_ph_day"): [0.0, 1.0, 300.0],
    ("contracts", "load_factor"): [0.0, 1.0],
    ("contracts", "price_usd_per_kw_month"): [0.0],
    ("power_contracts", "mw"): [0.0, 400.0],
    ("power_contracts", "price_usd_per_mwh"): [-20.0, 0.0, 500.0],
    ("power_contracts", "resale_fee_usd_per_mwh"): [1e-6, 5000.0],
    ("power_contracts", "usd_per_kw_month"): [0.0, 0.001, 1000.0],
    ("power_contracts", "usd_per_mw_month"): [0.0, 0.001, 100_000.0],
    ("power_contracts", "max_mw"): [0.0, 0.001, 1000.0],
    ("power_contracts", "backup_usd_per_mwh"): [0.001, 5000.0],
    ("power_contracts", "hours"): [1, 719, 720, 743, 744],
    ("power_contracts", "hours_per_month"): [0, 1, 671, 672, 673, 719, 720, 743, 744],
    ("power_contracts", "ratchet_share"): [1.0],
    ("power_contracts", "ratchet_months"): [24, 120],
}


@lru_cache(maxsize=64)
def level_prices(seed: int, first_year: int, years: int) -> dict[tuple[int, int], Array]:
    """Hourly prices of whole years with 6 to 15 prices a month: many ties, and zero, negative and scarce hours."""
    generator = np.random.default_rng(seed)
    found: dict[tuple[int, int], Array] = {}
    for year in range(first_year, first_year + years):
        for month in range(1, 13):
            hours = 24 * calendar.monthrange(year, month)[1]
            usual = np.round(generator.lognormal(np.log(45.0), 0.6, generator.integers(3, 12)), 1)
            low = np.round(-generator.uniform(1.0, 40.0, 1), 1)
            levels = np.concatenate([usual, low, [0.0], np.round(generator.uniform(120.0, 2000.0, 1))])
            likely = np.concatenate([generator.uniform(0.1, 1.0, len(usual)), [0.08, 0.08, 0.03]])
            found[year, month] = generator.choice(levels, hours, p=likely / likely.sum())
    return found


def random_power_case(seed: int) -> Case:
    """The portfolio with power contracts and rig modes of this seed."""
    return build_power_case(SeededChoices(seed))


def round_power_case(seed: int) -> Case:
    """The portfolio of this seed in round numbers: ties of prices, margins, fees and hours, and terms of nothing."""
    case = random_power_case(seed)
    choices = SeededChoices(seed)
    tables = {name: [dict(row) for row in rows] for name, rows in case.tables.items() if isinstance(rows, list)}
    for row in (row for rows in tables.values() for row in rows):
        for column, (step, least) in ROUND_STEPS.items():
            if column in row:
                row[column] = min(max(least, round(row[column] / step) * step), 744 if "hours" in column else 1e9)
        if isinstance(row.get("power"), float):
            row["power"] = 10.0 * round(row["power"] / 10.0)
        if "committed_mw" in row:
            row["max_mw"] = row["committed_mw"]
    for rig in tables["rigs"]:
        rig["th_s"], rig["watts"] = ROUND_RIGS[rig["id"]]
        rig.pop("overhead", None)
    for mode in tables["rig_modes"]:
        th_s, watts = ROUND_RIGS[mode["rig"]]
        if mode["mode"] in ROUND_MODES:
            drawn, hashed = ROUND_MODES[mode["mode"]]
            mode["watts"], mode["th_s"] = watts * drawn, th_s * choices.one_of(hashed)
    prices = {
        name: {month: 10.0 * np.round(usd / 10.0) for month, usd in months.items()}
        for name, months in case.prices.items()
    }
    return Case(case.tables | tables, prices)


def extreme_power_case(seed: int) -> Case:
    """The portfolio of this seed with some of its numbers driven to extremes; no least hashrate can be asked of it."""
    case = random_power_case(seed)
    choices = SeededChoices(seed)
    tables = {name: [dict(row) for row in rows] for name, rows in case.tables.items() if isinstance(rows, list)}
    for (table, column), extremes in EXTREMES.items():
        for row in tables[table]:
            if column in row and choices.chance(0.2):
                row[column] = choices.one_of(extremes)
    if choices.chance(0.3):
        # Many modes, some of them on one line.
        tables["rig_modes"] = [
            {"rig": rig["id"], "mode": f"at {share}", "watts": share * rig["watts"], "th_s": hashed * rig["th_s"]}
            for rig in tables["rigs"]
            for share, hashed in [(0.25, 0.3), (0.5, 0.6), (0.6, 0.68), (0.8, 0.84), (1.25, 1.15), (1.5, 1.3)]
        ]
    limits = {name: limit for name, limit in case.tables["limits"].items() if name != "min_eh_s"}
    return Case(case.tables | tables | {"limits": limits}, case.prices)


def power_cases() -> st.SearchStrategy[Case]:
    """Portfolios with power contracts and rig modes for properties."""
    seeds = st.integers(0, 1_000_000)
    return st.one_of(drawn_power_cases(), seeds.map(random_power_case), seeds.map(round_power_case))


@st.composite
def drawn_power_cases(draw: st.DrawFn) -> Case:
    """Portfolios with power contracts and rig modes that hypothesis can make smaller."""
    return build_power_case(DrawnChoices(draw))


def build_power_case(choices: Choices) -> Case:
    """A small portfolio with every kind of power contract and rig mode, each with some probability.

    Most series have few prices a month, so that an hourly programme stays small; some have as many as hours.
    """
    settings = random_settings(choices)
    settings["months"] = choices.whole(2, 6)
    if choices.chance(0.06):
        settings["months"] = 14
    start, months = month_index(settings["start"]), settings["months"]
    by_hour = months <= 3 and choices.chance(0.2)
    shape = hourly_prices if by_hour else level_prices
    prices = {"market-0": shape(choices.whole(0, 20), choices.whole(2018, 2023), choices.whole(1, 2))}
    sites = [random_site(choices, f"site-{number}", list(prices)) for number in range(choices.whole(1, 2))]
    rigs, modes = random_rig_modes(choices)
    fleets = [fleet for site in sites for fleet in random_fleets(choices, site, start, months)]
    tables: Tables = {
        "settings": settings,
        "sites": sites,
        "capacity_steps": [step for site in sites for step in random_steps(choices, site, start, months)],
        "rigs": rigs,
        "rig_modes": modes,
        "fleets": fleets or random_fleets(choices, sites[0], start, months),
        "hashprice": random_hashprice(choices, start, months),
        "contracts": random_contracts(choices, sites, start, months),
        "power_contracts": [row for site in sites for row in random_power_contracts(choices, site, start, months)],
    }
    tables["limits"] = random_limits(choices, tables) if choices.chance(0.5) else {}
    return Case(tables, prices)


def random_rig_modes(choices: Choices) -> tuple[list[Record], list[Record]]:
    """The machines and their modes: saving, boosting, and modes that are never worth using."""
    ranges = {
        "eco": ((0.4, 0.8), (0.8, 0.95)),
        "turbo": ((1.1, 1.5), (1.02, 1.3)),
        "better turbo": ((1.1, 1.4), (0.85, 1.0)),
        "dominated": ((0.3, 1.0), (1.1, 1.8)),
        "hot": ((1.2, 1.6), (1.7, 2.0)),
    }
    modes = []
    for rig in RIGS:
        names = choices.one_of([[], ["eco"], ["eco", "turbo"], ["turbo"], ["dominated", "eco"], list(ranges)])
        for name in names:
            (low, high), (least, most) = ranges[name]
            watts = round(rig["watts"] * choices.number(low, high))
            efficiency = rig["watts"] / rig["th_s"] * choices.number(least, most)
            modes.append({"rig": rig["id"], "mode": name, "th_s": round(watts / efficiency, 1), "watts": float(watts)})
    return [dict(rig) for rig in RIGS], modes


def random_power_contracts(choices: Choices, site: Record, start: int, months: int) -> list[Record]:
    """Power contracts of a site, of every kind and any number."""
    rows: list[Record] = []
    capacity = site["capacity_mw"]
    for _ in range(choices.one_of([0, 0, 1, 1, 2, 3])):
        block: Record = {
            "kind": "block",
            "mw": round(capacity * choices.number(0.02, 0.7), 2),
            "price_usd_per_mwh": choices.number(10.0, 90.0),
            "resale": choices.one_of(["spot", "none"]),
        }
        if block["resale"] == "spot" and choices.chance(0.7):
            block["resale_fee_usd_per_mwh"] = choices.number(0.0, 60.0)
        rows.append(block)
    for _ in range(choices.one_of([0, 0, 1, 1, 2])):
        usd = choices.number(0.0, 6.0 if choices.chance(0.6) else 20.0)
        charge: Record = {"kind": "demand_charge", "usd_per_kw_month": usd}
        if choices.chance(0.6):
            charge |= {"ratchet_share": choices.number(0.2, 1.0), "ratchet_months": choices.one_of([1, 1, 2, 3, 12])}
        rows.append(charge)
    for _ in range(choices.one_of([0, 0, 1, 1, 2])):
        hours = choices.whole(1, 30) if choices.chance(0.9) else choices.whole(600, 744)
        usd = choices.number(0.0, 2.0 if choices.chance(0.6) else 12.0)
        rows.append({"kind": "coincident_peak", "usd_per_kw_month": usd, "hours": hours})
    for _ in range(choices.one_of([0, 0, 1, 2])):
        hours = choices.whole(0, 120) if choices.chance(0.95) else 744
        curtailed: Record = {"kind": "curtailment", "hours_per_month": hours}
        if choices.chance(0.7):
            curtailed["backup_usd_per_mwh"] = float(choices.whole(0, 600))
        rows.append(curtailed)
    for _ in range(choices.one_of([0, 0, 1, 2, 3])):
        hours = choices.whole(0, 100) if choices.chance(0.9) else choices.whole(600, 744)
        pay = float(choices.whole(0, 12_000))
        response: Record = {"kind": "demand_response", "usd_per_mw_month": pay, "hours_per_month": hours}
        if choices.chance(0.6):
            response["max_mw"] = round(capacity * choices.number(0.0, 0.6), 2)
        rows.append(response)
    for row in rows:
        row["site"] = site["id"]
        _in_force(choices, row, start, months)
    return rows


def _in_force(choices: Choices, row: Record, start: int, months: int) -> None:
    if choices.chance(0.25):
        row["from"] = label(start + choices.whole(-2, months))
    if choices.chance(0.25):
        row["to"] = label(max(month_index(row.get("from", label(0))), start + choices.whole(-1, months)))
    if choices.chance(0.25):
        listed = [month for month in range(1, 13) if choices.chance(0.5)]
        row["months"] = listed or [start % 12 + 1]
