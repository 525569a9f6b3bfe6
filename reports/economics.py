"""Mining economics of machines: as tables on a terminal, as CSV, as JSON; and the catalogue of machines."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from reports import format as fmt
from reports.small_grid import console as standard_output
from sites.catalogue import CatalogueRig
from sites.rig_economics import MiningCase, RigEconomics

# Below this width columns stand closer and machines go without their name.
_WIDE = 110
_NEVER = "never"


def print_economics(
    rows: Sequence[RigEconomics], lines: Sequence[str], case: MiningCase, *, console: Console | None = None
) -> None:
    """Print the figures of some machines.

    Parameters
    ----------
    rows : one machine each.
    lines : how the hashprice was found, as sentences.
    case : what the machines are compared at.
    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    for line in (*lines, *_case_lines(case)):
        out.print(line, soft_wrap=True)
    out.print()
    out.print(_energy_table(rows, out))
    out.print()
    out.print(_cost_table(rows, out))
    out.print()
    for line in _notes(rows, case):
        out.print(line, soft_wrap=True)


def economics_csv(rows: Sequence[RigEconomics], case: MiningCase) -> str:
    """The figures as CSV, a machine a row, in full; ``inf`` is a payback that never comes, an empty cell unknown."""
    given = {
        "hashprice_usd_per_ph_day": case.hashprice_usd_per_ph_day,
        "power_usd_per_mwh": case.costs.power_usd_per_mwh,
    }
    columns = [field.name for field in fields(RigEconomics)]
    return _csv([columns[0], *given, *columns[1:]], [{**asdict(row), **given} for row in rows])


def economics_json(rows: Sequence[RigEconomics], market: Mapping[str, Any], case: MiningCase) -> str:
    """The figures as JSON with what they rest on; null where unknown, and for a payback that never comes."""
    assumptions = {
        **asdict(case.costs),
        "depreciation_years": case.depreciation_years,
        "overhead_usd_per_btc": case.overhead_usd_per_btc,
    }
    machines = [{name: _finite(value) for name, value in asdict(row).items()} for row in rows]
    return json.dumps({"market": dict(market), "assumptions": assumptions, "rigs": machines}, indent=2, allow_nan=False)


def print_catalogue(entries: Sequence[CatalogueRig], *, console: Console | None = None) -> None:
    """Print machines with hashrate, power, efficiency and indicative price."""
    out = console or standard_output()
    table = _table("Rig catalogue, at the wall; sources with --format csv", out)
    wide = out.width >= _WIDE
    for heading in ("id", *(("name",) if wide else ()), "cooling", "release"):
        table.add_column(heading, no_wrap=True)
    _add_numbers(table, "TH/s", "W", "J/TH", "USD/TH", "as of")
    for entry in entries:
        rig = entry.rig
        table.add_row(
            rig.id,
            *((entry.name,) if wide else ()),
            rig.cooling,
            entry.release,
            fmt.number(rig.th_s, 0 if rig.th_s.is_integer() else 1),
            fmt.number(rig.watts, 0),
            fmt.number(rig.j_per_th, 1),
            "" if entry.price_usd_per_th is None else fmt.number(entry.price_usd_per_th, 1),
            entry.price_as_of,
        )
    out.print(table)


def catalogue_csv(entries: Sequence[CatalogueRig]) -> str:
    """The catalogue as CSV, with every figure's source and date."""
    records = _catalogue_records(entries)
    return _csv(list(records[0]) if records else [], records)


def catalogue_json(entries: Sequence[CatalogueRig]) -> str:
    """The catalogue as JSON, with every figure's source and date."""
    return json.dumps(_catalogue_records(entries), indent=2, ensure_ascii=False, allow_nan=False)


def _catalogue_records(entries: Sequence[CatalogueRig]) -> list[dict[str, Any]]:
    return [
        {
            "id": entry.rig.id,
            "name": entry.name,
            "maker": entry.maker,
            "th_s": entry.rig.th_s,
            "watts": entry.rig.watts,
            "j_per_th": entry.rig.j_per_th,
            "cooling": entry.rig.cooling,
            "release": entry.release,
            "price_usd_per_th": entry.price_usd_per_th,
            "price_as_of": entry.price_as_of,
            "price_source": entry.price_source,
            "source": entry.rig.source,
            "as_of": entry.rig.as_of,
            "note": entry.rig.note,
        }
        for entry in entries
    ]


def _case_lines(case: MiningCase) -> tuple[str, ...]:
    costs = case.costs
    power = f"Power {_signed(costs.power_usd_per_mwh)} USD/MWh"
    terms = (
        f"pool fee {fmt.percent(costs.pool_fee, 2)}",
        f"uptime {fmt.percent(costs.uptime)}",
        f"variable opex {fmt.price(costs.variable_opex_usd_per_mwh)} USD/MWh",
        f"fixed opex {fmt.usd_whole(costs.fixed_opex_usd_per_mw_year)} USD per MW and year",
    )
    return (f"{power}; {', '.join(terms)}.",)


def _energy_table(rows: Sequence[RigEconomics], out: Console) -> Table:
    table = _table("Per MWh at the meter, and break-even (power-only)", out)
    table.add_column("rig", no_wrap=True, vertical="bottom")
    _add_numbers(
        table,
        "J/TH",
        "revenue\nUSD/MWh",
        "energy\nmargin\nUSD/MWh",
        "cash\nmargin\nUSD/MWh",
        "break-even\npower\nUSD/MWh",
        "in\nc/kWh",
        "break-even\nhashprice\nUSD/PH/day",
    )
    for row in rows:
        table.add_row(
            row.rig,
            fmt.number(row.j_per_th, 1),
            _signed(row.revenue_usd_per_mwh),
            _signed(row.energy_margin_usd_per_mwh),
            _signed(row.cash_margin_usd_per_mwh),
            _signed(row.breakeven_power_usd_per_mwh),
            fmt.number(row.breakeven_power_cents_per_kwh, 1),
            _signed(row.breakeven_hashprice_usd_per_ph_day),
        )
    return table


def _cost_table(rows: Sequence[RigEconomics], out: Console) -> Table:
    table = _table("Per BTC, and payback", out)
    table.add_column("rig", no_wrap=True, vertical="bottom")
    _add_numbers(
        table,
        "energy\nMWh/BTC",
        "energy cost\nUSD/BTC",
        "cash cost\nUSD/BTC",
        "all-in cost\nUSD/BTC",
        "price\nUSD/TH",
        "payback\ndays",
    )
    for row in rows:
        table.add_row(
            row.rig,
            fmt.number(row.energy_mwh_per_btc, 0),
            _signed(row.energy_cost_usd_per_btc, 0),
            _signed(row.cash_cost_usd_per_btc, 0),
            _signed(row.all_in_cost_usd_per_btc, 0),
            fmt.number(row.rig_price_usd_per_th, 1),
            _NEVER if row.payback_days == math.inf else fmt.number(row.payback_days, 0),
        )
    return table


def _add_numbers(table: Table, *headings: str) -> None:
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")


def _signed(value: float | None, decimals: int = 2) -> str:
    # A plain minus sign: not every terminal has the printed one.
    return fmt.number(value, decimals).replace(fmt.MINUS, "-")


def _table(title: str, out: Console) -> Table:
    padding = (0, 1 if out.width >= _WIDE else 0)
    return Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding
    )


def _notes(rows: Sequence[RigEconomics], case: MiningCase) -> list[str]:
    notes = [
        "energy margin: revenue less power alone. cash margin: also less pool fee, variable and fixed opex.",
        "cash cost: power, opex and pool fee. all-in cost: also depreciation over "
        f"{case.depreciation_years:g} years and {fmt.usd_whole(case.overhead_usd_per_btc)} USD/BTC of overhead.",
    ]
    if case.btc_price_usd is None:
        notes.append("Costs per BTC need --btc-price.")
    if any(row.rig_price_usd_per_th is None for row in rows):
        notes.append("Where no price of the rig is known, all-in cost and payback need --rig-price-usd-per-th.")
    return notes


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _csv(columns: Sequence[str], records: Sequence[Mapping[str, Any]]) -> str:
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return target.getvalue()
