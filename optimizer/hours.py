"""Hours and power by year: how long the fleets ran, what they paid, and what flexibility and contracts were worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer.horizon import FloatArray
from optimizer.operations import Operations
from optimizer.parameters import Parameters
from optimizer.results import SCHEMAS


def hours_frame(p: Parameters, operations: Operations) -> pd.DataFrame:
    """One row per calendar year and fleet.

    Notes
    -----
    The value of curtailment is what the MW that run earn at spot prices above what they would have earned in every
    hour; what a programme pays for being off is not part of it.
    """
    years = _Years(p)
    mining = operations.mining
    site = p.fleet_site
    hours = years.sum(np.broadcast_to(p.horizon.hours, mining.run_hours.shape))
    energy = years.sum(mining.energy_mwh)
    spot = years.sum(p.power_bills[site][:, : p.horizon.months])
    columns = {
        "mining_mw": years.sum(mining.mining_mw * p.horizon.hours) / hours,
        "hours": hours,
        "run_hours": years.sum(mining.run_hours),
        "energy_mwh": energy,
        "average_price_usd_per_mwh": _ratio(years.sum(mining.power_usd), energy),
        "market_average_usd_per_mwh": spot / hours,
        "curtailment_value_usd": years.sum(curtailment_value(p, operations)),
    }
    keys = [(year, p.sites[int(site[row])].id, fleet.id) for year in years.labels for row, fleet in enumerate(p.fleets)]
    return _frame("hours", keys, columns)


def power_frame(p: Parameters, operations: Operations, lines: dict[str, FloatArray]) -> pd.DataFrame:
    """One row per calendar year and site.

    lines : cash flow by line, sites x months, costs negative. [USD]
    """
    years = _Years(p)
    shape = (len(p.sites), p.horizon.months)
    mining_mwh, curtailment, avoided = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(mining_mwh, p.fleet_site, operations.mining.energy_mwh)
    np.add.at(curtailment, p.fleet_site, curtailment_value(p, operations))
    np.add.at(avoided, p.fleet_site, peak_charge_avoided(p, operations))
    ai_mwh = operations.ai_load_mw(p, included_only=True) * p.horizon.hours
    hours = years.sum(np.broadcast_to(p.horizon.hours, shape))
    usd = {line: years.sum(flow) for line, flow in lines.items()}
    spot = 0.0 - usd["mining_power"] - usd["ai_power"] - usd["ai_site_power"]
    bill = spot - usd["power_blocks"] - usd["demand_charge"] - usd["peak_charge"]
    energy = years.sum(mining_mwh + ai_mwh)
    columns = {
        "mining_mwh": years.sum(mining_mwh),
        "ai_mwh": years.sum(ai_mwh),
        "spot_usd": spot,
        "block_gain_usd": usd["power_blocks"],
        "demand_charge_usd": 0.0 - usd["demand_charge"],
        "peak_charge_usd": 0.0 - usd["peak_charge"],
        "peak_charge_avoided_usd": years.sum(avoided),
        "backup_usd": 0.0 - usd["backup"],
        "demand_response_usd": usd["demand_response"],
        "curtailment_value_usd": years.sum(curtailment),
        "average_price_usd_per_mwh": _ratio(bill, energy),
        "market_average_usd_per_mwh": years.sum(p.power_bills[:, : p.horizon.months]) / hours,
    }
    return _frame("power", [(year, site.id) for year in years.labels for site in p.sites], columns)


def curtailment_value(p: Parameters, operations: Operations) -> FloatArray:
    """What the running MW earn at spot prices beyond running flat out: fleets x months. [USD]"""
    mining = operations.mining
    earned = mining.revenue_usd - mining.pool_fee_usd - mining.variable_opex_usd - mining.power_usd
    bills = p.power_bills[p.tiers.site][:, : p.horizon.months]
    flat_out = p.tiers.drawn_mw[:, None] * (p.tiers.value * p.horizon.hours - bills)
    return np.asarray(earned - mining.mining_mw * p.tiers.by_fleet(flat_out, len(p.fleets)))


def peak_charge_avoided(p: Parameters, operations: Operations) -> FloatArray:
    """Coincident-peak charges of the running MW at full load less those they pay: fleets x months. [USD]"""
    drawn = p.tiers.by_fleet(p.tiers.drawn_mw[:, None], len(p.fleets))
    full = drawn * operations.mining.mining_mw * p.tariffs.peak_usd[p.fleet_site]
    return np.asarray(full - operations.mining.peak_charge_usd)


class _Years:
    """The calendar years of the horizon."""

    def __init__(self, p: Parameters) -> None:
        self.labels = sorted({label[:4] for label in p.horizon.labels})
        position = {year: row for row, year in enumerate(self.labels)}
        self.of_month = np.array([position[label[:4]] for label in p.horizon.labels], dtype=np.int64)

    def sum(self, monthly: FloatArray) -> FloatArray:
        """Add up the months of each year: rows stay, columns become years."""
        total = np.zeros((len(self.labels), monthly.shape[0]))
        np.add.at(total, self.of_month, monthly.T)
        return total.T


def _ratio(part: FloatArray, whole: FloatArray) -> FloatArray:
    """NaN where there is nothing to divide by."""
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0.0)


def _frame(name: str, keys: Sequence[tuple[str, ...]], columns: dict[str, FloatArray]) -> pd.DataFrame:
    """Rows year by year; `columns` hold one row per site or fleet and one column per year."""
    head = SCHEMAS[name][: len(SCHEMAS[name]) - len(columns)]
    table: dict[str, object] = {column: [key[at] for key in keys] for at, column in enumerate(head)}
    table |= {column: values.T.ravel() for column, values in columns.items()}
    return pd.DataFrame(table)
