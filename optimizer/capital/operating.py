"""What offers and mining bring and cost every month, undiscounted: what cash, lenders and the tax look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.capital.depreciation import TaxYears, write_off_shares
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.hosting import (
    HOSTING_TERMS,
    SITE_BILL_TERMS,
    capex_by_month,
    expected_cash_flows,
    server_purchases,
)
from optimizer.sparse import csr_matrix

if TYPE_CHECKING:
    from optimizer.parameters import Parameters

# Cash flows of an offer that are no capex. The demand charge is a bill of the whole site, no cost of one offer.
RUNNING_LINES = tuple(line for line in (*HOSTING_TERMS, *SITE_BILL_TERMS) if line not in ("capex", "demand_charge"))


@dataclass(frozen=True)
class Operating:
    """Means over the scenarios, in USD million.

    rent : of one critical MW of every start: starts x months; part of the net rent. [USD million/MW]
    net_rent, capex : of one critical MW of every start: starts x months; capex positive. [USD million/MW]
    demand_charge : what it adds to the bill of its site: starts x months, not positive. [USD million/MW]
    mining : margin of one MW of every block: blocks x months. [USD million/MW]
    joint : of a MW of the variables of joint months, by their name: members x months. [USD million/MW]
    fixed : what no decision changes, every month. [USD million]
    """

    rent: csr_matrix
    net_rent: csr_matrix
    capex: csr_matrix
    demand_charge: csr_matrix
    mining: csr_matrix
    joint: dict[str, csr_matrix]
    fixed: FloatArray

    @classmethod
    def of(cls, p: Parameters) -> Operating:
        """What the decisions of a programme bring."""
        months, count = p.horizon.months, p.starts.count
        gross, rent, capex, demand = np.zeros((4, count, months))
        for start in range(count):
            flows = expected_cash_flows(p.hosting, start, months)
            rent[start] = sum(flows[line] for line in RUNNING_LINES)
            gross[start] = flows["rent"] + flows["prepaid_rent"]
            capex[start] = -flows["capex"]
            demand[start] = flows["demand_charge"]
        month = np.arange(months)
        first, end = p.periods.first[p.blocks.period], p.periods.end[p.blocks.period]
        inside = (month >= first[:, None]) & (month < end[:, None])
        gain = np.where(inside, p.margins.gain_usd[p.blocks.fleet], 0.0) if p.blocks.fleet.size else inside * 0.0
        return cls(
            rent=csr_matrix(gross / USD_PER_USD_M),
            net_rent=csr_matrix(rent / USD_PER_USD_M),
            capex=csr_matrix(capex / USD_PER_USD_M),
            demand_charge=csr_matrix(demand / USD_PER_USD_M),
            mining=csr_matrix(gain / USD_PER_USD_M),
            joint=_joint(p),
            fixed=_fixed(p) / USD_PER_USD_M,
        )


def _joint(p: Parameters) -> dict[str, csr_matrix]:
    """What the variables of joint months bring, each scenario's by its probability. [USD million/MW]"""
    found = {}
    views = [("", 1.0, p)] if not p.own else []
    views += [
        (f"@{position}", float(share), q)
        for position, (q, share) in enumerate(zip(p.own, p.scenarios.probability, strict=False))
    ]
    for mark, share, q in views:
        for name, month in q.joint.month.items():
            usd_m = share * q.joint.usd[name] / USD_PER_USD_M
            entries = usd_m, (np.arange(month.size), month)
            found[f"{name}{mark}"] = csr_matrix(entries, shape=(month.size, p.horizon.months))
    return found


def _fixed(p: Parameters) -> FloatArray:
    """Fixed costs of the sites, and what power blocks bring before any load uses them. [USD/month]"""
    fixed = sum(site.fixed_cost_usd_per_month for site in p.sites)
    return np.asarray(p.joint.unused_gain_usd.sum(axis=0) - fixed)


def start_write_offs(p: Parameters, years: TaxYears) -> tuple[csr_matrix, csr_matrix]:
    """What of one critical MW of every start is depreciated for tax, building and servers: starts x years.

    The building comes into use in the first rent month, servers when they are bought; what was spent before the plan
    is not part of it. [USD million/MW]
    """
    tax = p.portfolio.tax
    halls, machines = np.zeros((2, p.starts.count, len(years.years)))
    if tax is None:
        return csr_matrix(halls), csr_matrix(machines)
    building = write_off_shares(tax, tax.ai_capex, p.horizon, years)
    servers = write_off_shares(tax, tax.compute, p.horizon, years)
    for start in range(p.starts.count):
        offer, tau = p.starts.offers[int(p.starts.offer[start])], int(p.starts.tau[start])
        bought = server_purchases(offer, tau, int(p.starts.release[start]), p.horizon.months)
        built = capex_by_month(p.starts, start).sum() - bought.sum()
        machines[start] = bought @ servers
        halls[start] = built * building[tau] if tau >= 0 else 0.0
    return csr_matrix(halls / USD_PER_USD_M), csr_matrix(machines / USD_PER_USD_M)
