"""The yearly accounts of hours and power against the replay: every fleet's hours, every site's bill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.proving.checks import HALF_A_CENT_USD, SMALL_QUANTITY, Check, FloatArray, agreement
from optimizer.proving.replay import Replay
from optimizer.proving.replay_frames import numbers, positions

if TYPE_CHECKING:
    import pandas as pd

PRICE = "average_price_usd_per_mwh"
RUN_HOURS = "run_hours"
ABSENT = "absent"
ENERGY = ("energy_mwh", "mining_mwh", "ai_mwh")
# What a column should hold and by how much it may be off: one row per fleet or site, one column per calendar year.
Column = tuple[FloatArray, FloatArray | float]


class _Years:
    """The calendar years of a plan."""

    def __init__(self, replay: Replay) -> None:
        months = replay.decisions.months
        years = [str(months.year_and_month(t)[0]) for t in range(months.months)]
        self.labels = sorted(set(years))
        self.first = [years.index(label) for label in self.labels]

    def sum(self, monthly: FloatArray) -> FloatArray:
        """Add up the months of every year (column)."""
        return np.asarray(np.add.reduceat(monthly, self.first, axis=1))


def hour_checks(replay: Replay, frame: pd.DataFrame) -> list[Check]:
    """Hours, energy, prices and the value of curtailment of every fleet and year."""
    decisions, mining, years = replay.decisions, replay.mining, _Years(replay)
    fleets = [fleet.id for fleet in decisions.portfolio.fleets]
    length = np.broadcast_to(decisions.month_hours, mining.mining_mw.shape)
    hours, unsure_mw = years.sum(length), replay.unsure_mw
    bills = replay.power.market_bills
    earned = mining.revenue_usd - mining.pool_fee_usd - mining.variable_opex_usd - mining.power_usd
    flat_out = _flat_out_usd(replay)
    money = mining.undecided_usd + HALF_A_CENT_USD
    energy, paid = (years.sum(mining.energy_mwh), years.sum(replay.unsure_mwh)), (mining.power_usd, money)
    columns: dict[str, Column] = {
        "mining_mw": (years.sum(mining.mining_mw * length) / hours, years.sum(unsure_mw)),
        "hours": (hours, 0.0),
        "run_hours": (years.sum(mining.run_hours), years.sum(replay.unsure_hours)),
        "energy_mwh": energy,
        "average_price_usd_per_mwh": _price((years.sum(paid[0]), years.sum(paid[1])), energy),
        "market_average_usd_per_mwh": (years.sum(bills[decisions.fleet_site]) / hours, 0.0),
        "curtailment_value_usd": (
            years.sum(earned - mining.mining_mw * flat_out),
            years.sum(money + unsure_mw * np.abs(flat_out)),
        ),
    }
    return _compare("hours", "fleet", fleets, years, columns, frame)


def power_checks(replay: Replay, frame: pd.DataFrame) -> list[Check]:
    """Energy, bills, programmes and prices of every site and year."""
    decisions, mining, years = replay.decisions, replay.mining, _Years(replay)
    sites = [site.id for site in decisions.portfolio.sites]
    hours = years.sum(np.broadcast_to(decisions.month_hours, decisions.shape))
    bills, usd = replay.power.market_bills, {line: years.sum(flow) for line, flow in replay.lines.items()}
    flat_out, unsure_mw = _flat_out_usd(replay), replay.unsure_mw
    earned = mining.revenue_usd - mining.pool_fee_usd - mining.variable_opex_usd - mining.power_usd
    peaks = _peak_usd_at_full_load(replay)
    paid = decisions.fleet_charges("coincident_peak")

    def at_site(by_fleet: FloatArray) -> FloatArray:
        return years.sum(decisions.by_site(by_fleet))

    spot = -usd["mining_power"] - usd["ai_power"] - usd["ai_site_power"]
    bill = spot - usd["power_blocks"] - usd["demand_charge"] - usd["peak_charge"]
    mining_mwh, ai_mwh = at_site(mining.energy_mwh), years.sum(replay.ai_loads.billed * decisions.month_hours)
    unsure_mwh, unsure_usd = at_site(replay.unsure_mwh), at_site(mining.undecided_usd) + HALF_A_CENT_USD
    energy = mining_mwh + ai_mwh, unsure_mwh
    columns: dict[str, Column] = {
        "mining_mwh": (mining_mwh, unsure_mwh),
        "ai_mwh": (ai_mwh, 0.0),
        "spot_usd": (spot, unsure_usd),
        "block_gain_usd": (usd["power_blocks"], unsure_usd),
        "demand_charge_usd": (-usd["demand_charge"], HALF_A_CENT_USD),
        "peak_charge_usd": (-usd["peak_charge"], HALF_A_CENT_USD),
        "peak_charge_avoided_usd": (
            at_site(mining.mining_mw * peaks - paid),
            at_site(unsure_mw * peaks) + HALF_A_CENT_USD,
        ),
        "backup_usd": (-usd["backup"], HALF_A_CENT_USD),
        "demand_response_usd": (usd["demand_response"], HALF_A_CENT_USD),
        "curtailment_value_usd": (
            at_site(earned - mining.mining_mw * flat_out),
            at_site(unsure_mw * np.abs(flat_out)) + unsure_usd,
        ),
        "average_price_usd_per_mwh": _price((bill, unsure_usd), energy),
        "market_average_usd_per_mwh": (years.sum(bills) / hours, 0.0),
    }
    return _compare("power", "site", sites, years, columns, frame)


def _flat_out_usd(replay: Replay) -> FloatArray:
    """What a MW of every fleet (row) would earn in every month (column) in all hours at spot. [USD/MW]"""
    decisions = replay.decisions
    terms, tiers = replay.terms, decisions.tiers
    spot = replay.power.market_bills[decisions.fleet_site[tiers.fleet]]
    return tiers.by_fleet(terms.load_share[:, None] * (terms.value * decisions.month_hours - spot))


def _peak_usd_at_full_load(replay: Replay) -> FloatArray:
    """Coincident-peak charges of a running MW of every fleet (row) in every month (column). [USD/MW]"""
    decisions = replay.decisions
    charge = np.zeros(decisions.shape)
    for programme in decisions.of_kind("coincident_peak"):
        charge[programme.row] += np.where(programme.in_force, programme.usd_per_mw_month, 0.0)
    uptime = np.array([[fleet.uptime] for fleet in decisions.portfolio.fleets]).reshape(-1, 1)
    return np.asarray(uptime * charge[decisions.fleet_site])


def _price(paid: tuple[FloatArray, FloatArray], energy: tuple[FloatArray, FloatArray]) -> Column:
    """Mean price of energy, and by how much it may be off: infinite where there may be no energy. [USD/MWh]"""
    (usd, unsure_usd), (mwh, unsure_mwh) = paid, energy
    sure = mwh > unsure_mwh
    price = np.divide(usd, mwh, out=np.zeros_like(mwh), where=sure)
    least = np.where(sure, mwh - unsure_mwh, 1.0)
    return price, np.where(sure, (unsure_usd + np.abs(price) * unsure_mwh) / least, np.inf)


def _compare(
    name: str, key: str, keys: Sequence[str], years: _Years, columns: dict[str, Column], frame: pd.DataFrame
) -> list[Check]:
    """Compare every column of a yearly frame."""
    row, year = positions(frame, name, (key, "year"), (keys, years.labels), complete=True)
    drawn = np.sum([numbers(frame, name, column) for column in columns if column in ENERGY], axis=0)
    bare = frame[PRICE].isna().to_numpy()

    def words(position: int, at: int) -> str:
        return f"{key} '{keys[position]}', {years.labels[at]}"

    found = []
    for column, (replayed, allowed) in columns.items():
        stated = np.zeros_like(replayed)
        cells = np.where(bare, 0.0, frame[column]) if column == PRICE else numbers(frame, name, column)
        stated[row, year] = cells
        stated = np.where(np.isinf(allowed), replayed, stated)
        limit = np.where(np.isinf(allowed), 0.0, allowed) + SMALL_QUANTITY
        found.append(agreement(f"{name}: {column}", stated, replayed, words, limit))
    unpriced, idle = np.zeros((2, len(keys), len(years.labels)))
    unpriced[row, year], idle[row, year] = bare, drawn <= 0.0
    found.append(agreement(f"{name}: a price stands where energy is", unpriced, idle, words))
    return found


def power_summary_checks(summary: Mapping[str, Any], hours: pd.DataFrame, power: pd.DataFrame) -> list[Check]:
    """The headline numbers of power by site and year are those of the frames, to the last digit."""
    columns = [column for column in power.columns if column not in ("site", "year")]
    expected: dict[tuple[str, ...], Any] = {}
    for row in power.to_dict("records"):
        for column in columns:
            expected[row["site"], row["year"], column] = None if np.isnan(row[column]) else row[column]
    for row in hours.to_dict("records"):
        expected[row["site"], row["year"], RUN_HOURS, row["fleet"]] = row[RUN_HOURS]
    stated: dict[tuple[str, ...], Any] = {}
    for site, years in summary["power"].items():
        for year, figures in years.items():
            stated |= {(site, year, column): value for column, value in figures.items() if column != RUN_HOURS}
            stated |= {(site, year, RUN_HOURS, fleet): value for fleet, value in figures[RUN_HOURS].items()}
    other = sorted(key for key in {*expected, *stated} if expected.get(key, ABSENT) != stated.get(key, ABSENT))
    words = [f"{', '.join(key)}: {stated.get(key)!r} stated, {expected.get(key)!r} in the frames" for key in other[:1]]
    return [Check("summary: power", float(len(other)), 0.0, "".join(words))]
