"""From a solution of the programme to the tables of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.duals import capacity_prices, energised_mw
from optimizer.horizon import FloatArray, IntArray
from optimizer.hosting import HOSTING_TERMS, cash_flows
from optimizer.matrices import Matrices
from optimizer.mining import MINING_TERMS
from optimizer.parameters import START_TERMS, TERMS, USD_PER_USD_M, Parameters
from optimizer.results import SCHEMAS
from optimizer.solve import LpSolution
from optimizer.valuation import deal_value

# A start below this many MW (a milliwatt) is the solver's rounding, not a deal.
NEGLIGIBLE_MW = 1e-9

CASH_LINES = (*MINING_TERMS, *HOSTING_TERMS, "site_fixed")


@dataclass(frozen=True)
class Decisions:
    """What a solution decides, free of rounding: starts with their critical MW, energised MW of the fleets.

    starts, signed_mw : positions and critical MW of the taken starts. [MW]
    energised : one row per fleet, one column per month. [MW]
    """

    starts: IntArray
    signed_mw: FloatArray
    energised: FloatArray

    @classmethod
    def of(cls, p: Parameters, matrices: Matrices, x: FloatArray) -> Decisions:
        """Read the decisions off the columns of the programme."""
        signed = x[matrices.columns("signed_mw")]
        taken = np.flatnonzero(signed > NEGLIGIBLE_MW)
        return cls(taken, signed[taken], energised_mw(p, matrices, x))

    def mining_mw(self, p: Parameters) -> FloatArray:
        """Energised MW that run at least one hour of the month; the rest is idle. [MW]"""
        return np.where(p.margins.run_hours > 0.0, self.energised, 0.0)

    def gross_mw(self, p: Parameters, first: IntArray, end: IntArray) -> FloatArray:
        """Site MW of each taken start in the months first <= t < end: one row per start, one column per month."""
        months = np.arange(p.horizon.months)
        held = (months >= first[self.starts][:, None]) & (months < end[self.starts][:, None])
        return np.where(held, (self.signed_mw * p.starts.gross_ratio[self.starts])[:, None], 0.0)


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


def allocation_frame(p: Parameters, decisions: Decisions) -> pd.DataFrame:
    """MW of every site by use; the rows of a site and month add up to its capacity."""
    starts = p.starts
    rent_begins = np.maximum(0, starts.tau)
    occupied = decisions.gross_mw(p, rent_begins, starts.release)
    building = decisions.gross_mw(p, starts.begin, np.minimum(rent_begins, starts.release))
    mining = decisions.mining_mw(p)
    idle = p.capacity_mw.copy()
    np.subtract.at(idle, p.fleet_site, mining)
    np.subtract.at(idle, starts.site[decisions.starts], occupied + building)
    groups: list[tuple[int, int, str, str, FloatArray]] = [
        (int(site), 0, "mining", fleet.id, mining[row])
        for row, (site, fleet) in enumerate(zip(p.fleet_site, p.fleets, strict=True))
    ]
    for rank, use, table in ((1, "ai", occupied), (2, "construction", building)):
        groups += [(site, rank, use, name, mw) for (site, name), mw in _by_deal(p, decisions, table).items()]
    groups += [(site, 3, "idle", "", idle[site]) for site in range(len(p.sites))]
    groups.sort(key=lambda group: group[:4])
    ids = [site.id for site in p.sites]
    keys = {
        "site": [ids[group[0]] for group in groups],
        "use": [group[2] for group in groups],
        "name": [group[3] for group in groups],
    }
    return long_frame(p, keys, {"mw": np.array([group[4] for group in groups])})


def _by_deal(p: Parameters, decisions: Decisions, table: FloatArray) -> dict[tuple[int, str], FloatArray]:
    """Sum the rows of taken starts by site and contract."""
    total: dict[tuple[int, str], FloatArray] = {}
    for row, start in enumerate(decisions.starts.tolist()):
        key = (int(p.starts.site[start]), p.starts.offers[int(p.starts.offer[start])].id)
        total[key] = total.get(key, 0.0) + table[row]
    return total


def fleets_frame(p: Parameters, decisions: Decisions) -> pd.DataFrame:
    """What every fleet does in every month."""
    mining, margins = decisions.mining_mw(p), p.margins
    ph_s_per_mw = np.array([p.portfolio.rig(fleet.rig).ph_s_per_mw for fleet in p.fleets]).reshape(-1, 1)
    energy = mining * margins.energy_mwh
    keys = {
        "site": [p.sites[int(site)].id for site in p.fleet_site],
        "fleet": [fleet.id for fleet in p.fleets],
    }
    values = {
        "energised_mw": decisions.energised,
        "mining_mw": mining,
        "run_hours": np.where(mining > 0.0, margins.run_hours, 0.0),
        "energy_mwh": energy,
        "hashrate_ph_s": energy * ph_s_per_mw / p.horizon.hours,
        "revenue_usd": mining * margins.revenue_usd,
        "pool_fee_usd": mining * margins.pool_fee_usd,
        "power_usd": mining * margins.power_usd,
        "variable_opex_usd": mining * margins.variable_opex_usd,
        "fixed_opex_usd": mining * margins.fixed_opex_usd,
    }
    return long_frame(p, keys, values)


def cash_lines(p: Parameters, decisions: Decisions) -> dict[str, FloatArray]:
    """Undiscounted cash flow by line: sites x months, costs negative. [USD]"""
    lines = {line: np.zeros((len(p.sites), p.horizon.months)) for line in CASH_LINES}
    mining = decisions.mining_mw(p)
    for term in MINING_TERMS:
        np.add.at(lines[term], p.fleet_site, mining * p.margins.term_usd(term))
    for start, mw in zip(decisions.starts.tolist(), decisions.signed_mw.tolist(), strict=True):
        flows = cash_flows(p.starts, start, p.power_bills, p.horizon.months)
        for term, flow in flows.items():
            lines[term][p.starts.site[start]] += mw * flow
    lines["site_fixed"] -= np.array([[site.fixed_cost_usd_per_month] for site in p.sites])
    return lines


def cashflow_frame(p: Parameters, lines: dict[str, FloatArray]) -> pd.DataFrame:
    """Undiscounted cash flow of every site and month by line."""
    pairs = [(site, line) for site in range(len(p.sites)) for line in CASH_LINES]
    keys = {"site": [p.sites[site].id for site, _ in pairs], "line": [line for _, line in pairs]}
    return long_frame(p, keys, {"usd": np.array([lines[line][site] for site, line in pairs])})


def terms_by_site(p: Parameters, decisions: Decisions) -> dict[str, FloatArray]:
    """NPV of every objective term at every site; all terms and sites add up to the NPV. [USD]"""
    terms = {term: np.zeros(len(p.sites)) for term in TERMS}
    mining = decisions.mining_mw(p)
    for term in MINING_TERMS:
        np.add.at(terms[term], p.fleet_site, (mining * p.margins.term_usd(term)) @ p.horizon.discount)
    for term in START_TERMS:
        value = decisions.signed_mw * p.start_terms_usd_m[term][decisions.starts] * USD_PER_USD_M
        np.add.at(terms[term], p.starts.site[decisions.starts], value)
    terms["site_fixed"] += p.site_fixed_usd_m * USD_PER_USD_M
    return terms


def contracts_frame(p: Parameters, decisions: Decisions, reservations: dict[str, tuple[float, str]]) -> pd.DataFrame:
    """One row per taken start, one with 0 MW per offer that is not taken.

    reservations : by contract, the reservation price (NaN where there is none) and how it was found.
    """
    rows: list[tuple[object, ...]] = []
    for start, mw in zip(decisions.starts.tolist(), decisions.signed_mw.tolist(), strict=True):
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
                *reservations[offer.id],
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
            reservation = reservations[offer.id]
            rows.append(
                (offer.id, "", "", 0.0, 0.0, np.nan, np.nan, *reservation, offer.counterparty, 0.0, 0.0, 0.0, 0.0)
            )
    rows.sort(key=lambda row: tuple(str(cell) for cell in row[:3]))
    return pd.DataFrame(rows, columns=list(SCHEMAS["contracts"]))


def shadow_prices_frame(p: Parameters, matrices: Matrices, solution: LpSolution) -> pd.DataFrame:
    """Shadow price of capacity for every site and month, undiscounted to the month. [USD/MW-month]"""
    prices = capacity_prices(p, matrices, solution)
    return long_frame(p, {"site": [site.id for site in p.sites]}, {"usd_per_mw_month": prices})
