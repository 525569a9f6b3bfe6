"""From a solution of the programme to the tables of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from optimizer.duals import capacity_prices
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.hosting import expected_cash_flows
from optimizer.matrices import Matrices
from optimizer.operations import Operations
from optimizer.parameters import LINES, START_TERMS, TERMS, Parameters
from optimizer.results import SCHEMAS
from optimizer.solve import LpSolution
from optimizer.valuation import deal_value


def long_frame(p: Parameters, keys: Mapping[str, Sequence[str]], values: dict[str, FloatArray]) -> pd.DataFrame:
    """Stack groups x months tables into one row per month and group, months first.

    keys : for each key column, one text per group. values : for each number column, a groups x months table.
    """
    groups = len(next(iter(keys.values())))
    columns: dict[str, object] = {"month": np.repeat(np.array(p.horizon.labels, dtype=object), groups)}
    for key, texts in keys.items():
        columns[key] = np.tile(np.array(texts, dtype=object), p.horizon.months)
    for value, table in values.items():
        columns[value] = table.T.ravel()
    return pd.DataFrame(columns)


def allocation_frame(p: Parameters, operations: Operations, added: FloatArray) -> pd.DataFrame:
    """MW of every site by use; the rows of a site and month add up to its capacity.

    added : capacity added to every site by every month. [MW]
    """
    starts = p.starts
    rent_begins = np.maximum(0, starts.tau)
    occupied = operations.gross_mw(p, rent_begins, starts.release)
    building = operations.gross_mw(p, starts.begin, np.minimum(rent_begins, starts.release))
    mining = operations.mining.mining_mw
    idle = p.capacity_mw + added
    np.subtract.at(idle, p.fleet_site, mining)
    np.subtract.at(idle, starts.site[operations.starts], occupied + building)
    groups: list[tuple[int, int, str, str, FloatArray]] = [
        (int(site), 0, "mining", fleet.id, mining[row])
        for row, (site, fleet) in enumerate(zip(p.fleet_site, p.fleets, strict=True))
    ]
    for rank, use, table in ((1, "ai", occupied), (2, "construction", building)):
        groups += [(site, rank, use, name, mw) for (site, name), mw in _by_deal(p, operations, table).items()]
    groups += [(site, 3, "idle", "", idle[site]) for site in range(len(p.sites))]
    groups.sort(key=lambda group: group[:4])
    ids = [site.id for site in p.sites]
    keys = {
        "site": [ids[group[0]] for group in groups],
        "use": [group[2] for group in groups],
        "name": [group[3] for group in groups],
    }
    return long_frame(p, keys, {"mw": np.array([group[4] for group in groups])})


def _by_deal(p: Parameters, operations: Operations, table: FloatArray) -> dict[tuple[int, str], FloatArray]:
    """Sum the rows of taken starts by site and contract."""
    total: dict[tuple[int, str], FloatArray] = {}
    for row, start in enumerate(operations.starts.tolist()):
        key = (int(p.starts.site[start]), p.starts.offers[int(p.starts.offer[start])].id)
        total[key] = total.get(key, 0.0) + table[row]
    return total


def fleets_frame(p: Parameters, operations: Operations) -> pd.DataFrame:
    """What every fleet does in every month."""
    mining = operations.mining
    keys = {
        "site": [p.sites[int(site)].id for site in p.fleet_site],
        "fleet": [fleet.id for fleet in p.fleets],
    }
    values = {
        "energised_mw": mining.energised_mw,
        "mining_mw": mining.mining_mw,
        "active_mw": mining.active_mw,
        "enrolled_mw": mining.enrolled_mw,
        "run_hours": mining.run_hours,
        "energy_mwh": mining.energy_mwh,
        "hashrate_ph_s": mining.hashes / p.horizon.hours,
        "revenue_usd": mining.revenue_usd,
        "pool_fee_usd": mining.pool_fee_usd,
        "power_usd": mining.power_usd,
        "variable_opex_usd": mining.variable_opex_usd,
        "fixed_opex_usd": mining.fixed_opex_usd,
        "peak_charge_usd": mining.peak_charge_usd,
        "demand_response_usd": mining.response_usd,
    }
    return long_frame(p, keys, values)


def mining_lines(operations: Operations) -> dict[str, FloatArray]:
    """Signed cash flow of every fleet by line: fleets x months. [USD]"""
    mining = operations.mining
    return {
        "mining_revenue": mining.revenue_usd,
        "pool_fee": -mining.pool_fee_usd,
        "mining_power": -mining.power_usd,
        "mining_opex": -mining.variable_opex_usd - mining.fixed_opex_usd,
        "peak_charge": -mining.peak_charge_usd,
        "demand_charge": -mining.demand_charge_usd,
        "demand_response": mining.response_usd,
    }


def site_lines(p: Parameters, operations: Operations) -> dict[str, FloatArray]:
    """Undiscounted cash flow of every line but those of AI offers: sites x months, costs negative. [USD]"""
    lines = {line: np.zeros((len(p.sites), p.horizon.months)) for line in LINES}
    for line, usd in mining_lines(operations).items():
        np.add.at(lines[line], p.fleet_site, usd)
    lines["demand_charge"] -= operations.joint_demand_usd
    np.add.at(lines["power_blocks"], p.tariffs.site, operations.block_gain_usd)
    lines["site_fixed"] -= np.array([[site.fixed_cost_usd_per_month] for site in p.sites])
    return lines


def cash_lines(p: Parameters, operations: Operations) -> dict[str, FloatArray]:
    """Undiscounted cash flow by line: sites x months, costs negative. [USD]"""
    lines = site_lines(p, operations)
    for start, mw in zip(operations.starts.tolist(), operations.signed_mw.tolist(), strict=True):
        for line, flow in expected_cash_flows(p.hosting, start, p.horizon.months).items():
            lines[line][p.starts.site[start]] += mw * flow
    return lines


def cashflow_frame(p: Parameters, lines: dict[str, FloatArray]) -> pd.DataFrame:
    """Undiscounted cash flow of every site and month by line."""
    pairs = [(site, line) for site in range(len(p.sites)) for line in LINES]
    keys = {"site": [p.sites[site].id for site, _ in pairs], "line": [line for _, line in pairs]}
    return long_frame(p, keys, {"usd": np.array([lines[line][site] for site, line in pairs])})


def terms_by_site(p: Parameters, operations: Operations) -> dict[str, FloatArray]:
    """NPV of every objective term at every site; all terms and sites add up to the NPV. [USD]"""
    terms = {term: np.zeros(len(p.sites)) for term in TERMS}
    for line, usd in site_lines(p, operations).items():
        terms[line] += usd @ p.horizon.discount
    for term in START_TERMS:
        value = operations.signed_mw * p.start_terms_usd_m[term][operations.starts] * USD_PER_USD_M
        np.add.at(terms[term], p.starts.site[operations.starts], value)
    return terms


def contracts_frame(p: Parameters, operations: Operations, reservations: dict[str, tuple[float, str]]) -> pd.DataFrame:
    """One row per taken start, one with 0 MW per offer that is not taken.

    reservations : by contract, the reservation price (NaN where there is none) and how it was found; empty where
        none was looked for.
    """
    unknown = (float("nan"), "none")
    rows: list[tuple[object, ...]] = []
    for start, mw in zip(operations.starts.tolist(), operations.signed_mw.tolist(), strict=True):
        offer = p.starts.offers[int(p.starts.offer[start])]
        deal = deal_value(p, start, mw)
        rows.append(
            (
                offer.id,
                p.sites[int(p.starts.site[start])].id,
                p.horizon.label(int(p.starts.tau[start])),
                mw,
                deal.npv_usd,
                np.nan if deal.irr is None else deal.irr,
                np.nan if deal.payback_months is None else float(deal.payback_months),
                *reservations.get(offer.id, unknown),
                offer.counterparty,
                mw * offer.gross_ratio,
                deal.capex_usd,
                deal.first_year_rent_usd,
                deal.tail_npv_usd,
            )
        )
    taken = {row[0] for row in rows}
    for offer in p.starts.offers:
        if offer.id not in taken:
            reservation = reservations.get(offer.id, unknown)
            rows.append(
                (offer.id, "", "", 0.0, 0.0, np.nan, np.nan, *reservation, offer.counterparty, 0.0, 0.0, 0.0, 0.0)
            )
    rows.sort(key=lambda row: tuple(str(cell) for cell in row[:3]))
    return pd.DataFrame(rows, columns=list(SCHEMAS["contracts"]))


def shadow_prices_frame(
    p: Parameters, matrices: Matrices, solution: LpSolution, measure: FloatArray | None
) -> pd.DataFrame:
    """Shadow price of capacity for every site and month, undiscounted to the month. [USD/MW-month]

    measure : weight of every scenario in the objective; the probabilities when absent. [-]
    """
    gain = p.margins.gain_usd if measure is None else np.tensordot(measure, p.mining.gain_usd, axes=1)
    prices = capacity_prices(p, matrices, solution, gain)
    return long_frame(p, {"site": [site.id for site in p.sites]}, {"usd_per_mw_month": prices})
