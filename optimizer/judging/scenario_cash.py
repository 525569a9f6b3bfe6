"""The net cash of a plan in every month of every scenario, all scenarios at once."""

from __future__ import annotations

import numpy as np

from optimizer.formulation_joint import joint_views
from optimizer.horizon import FloatArray
from optimizer.hosting import HostingCase, OfferProfile, cash_flows
from optimizer.joint import hedge_gain_usd
from optimizer.judging.commitment import Commitment
from optimizer.matrices import Matrices
from optimizer.operations import NEGLIGIBLE_MW, alone_mining, block_gain_usd, joint_demand_usd, joint_mining, joint_part
from optimizer.parameters import Parameters
from optimizer.scenario_margins import portions


def scenario_cash_usd(p: Parameters, matrices: Matrices, x: FloatArray) -> FloatArray:
    """Undiscounted net cash flow of a plan: scenarios x months. [USD]

    x : the plan, one number per column of its programme. The mean over the scenarios is the plan's own table of cash.
    """
    cash = committed_cash_usd(p, Commitment.of(p, matrices, x))
    return cash + _joint(p, matrices, x) if p.own else cash


def committed_cash_usd(p: Parameters, plan: Commitment) -> FloatArray:
    """Undiscounted net cash flow of decisions that stand, without joint months: scenarios x months. [USD]

    p : whose scenarios they are lived in; the decisions may have been made for others.
    """
    fixed = sum(site.fixed_cost_usd_per_month for site in p.sites)
    cash = np.einsum("skt,kt->st", p.mining.gain_usd, plan.energised_mw) - fixed
    for case in p.hosting:
        cash[case.scenarios] += _hosting(p, case, plan.signed_mw)
    if not p.own:
        for rows in portions(p.scenarios.count, p.horizon.months):
            cash[rows] += hedge_gain_usd(p.tariffs, p.prices, p.scenarios.power_factor[rows]).sum(axis=1)
    return np.asarray(cash)


def cash_lows(cash_usd: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Lowest running total of the cash in every scenario, and the month of it (position). [USD, -]

    cash_usd : scenarios x months.
    """
    total = np.cumsum(cash_usd, axis=1)
    low = np.argmin(total, axis=1)
    return total[np.arange(low.size), low], low


def _hosting(p: Parameters, case: HostingCase, signed_mw: FloatArray) -> FloatArray:
    """What is hosted brings in the scenarios of one delay: these scenarios x months. [USD]

    Cash flows of a start are those of the mean power factor of these scenarios; the power of loads whose rent includes
    it then follows each scenario's own factor.
    """
    months = p.horizon.months
    flow, load = np.zeros(months), np.zeros((len(p.sites), months))
    for start in np.flatnonzero(signed_mw > NEGLIGIBLE_MW).tolist():
        flow += signed_mw[start] * np.sum(list(cash_flows(case.starts, start, case.ai_costs, months).values()), axis=0)
        offer, site = p.starts.offers[int(p.starts.offer[start])], int(p.starts.site[start])
        if offer.power == "included":
            earning, end = int(case.starts.earning[start]), int(case.starts.release[start])
            t = np.arange(max(0, earning), max(end, earning, 0))
            profile = OfferProfile.of(offer, max(0, end - earning)).load
            load[site, t] += signed_mw[start] * profile[t - earning]
    factor = p.scenarios.power_factor[case.scenarios]
    weight = p.scenarios.probability[case.scenarios]
    mean = weight @ factor / weight.sum() if weight.sum() else factor.mean(axis=0)
    per_factor = (load * p.prices.bills_per_factor(months)).sum(axis=0)
    return np.asarray(flow - (factor - mean) * per_factor)


def _joint(p: Parameters, matrices: Matrices, x: FloatArray) -> FloatArray:
    """What joint months and power blocks bring in every scenario: scenarios x months. [USD]"""
    idle = np.zeros((len(p.fleets), p.horizon.months))
    rows = []
    for _, q, columns in joint_views(p, matrices):
        part = joint_part(q, columns, x, 1.0)
        mining = joint_mining(q, part.mw, alone_mining(q, idle))
        net = mining.revenue_usd + mining.response_usd
        for cost in (
            mining.pool_fee_usd,
            mining.power_usd,
            mining.variable_opex_usd,
            mining.fixed_opex_usd,
            mining.peak_charge_usd,
        ):
            net -= cost
        rows.append(net.sum(axis=0) - joint_demand_usd(q, part).sum(axis=0) + block_gain_usd(part).sum(axis=0))
    return np.array(rows)
