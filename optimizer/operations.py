"""What the fleets and the power contracts of every site do in every month, read off a solution."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from optimizer.duals import energised_mw
from optimizer.formulation_joint import OwnColumns, joint_views
from optimizer.horizon import FloatArray, IntArray
from optimizer.joint import NONE, Joint
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters

# A start below this many MW (a milliwatt) is the solver's rounding, not a deal.
NEGLIGIBLE_MW = 1e-9
# MW that do something in any scenario do it; everything else is a mean.
EVER = ("active_mw", "mining_mw")


@dataclass(frozen=True)
class Mining:
    """What each fleet (row) does in each month (column).

    energised_mw : ready to run. active_mw : of them not mothballed. mining_mw : of them run at least one hour.
    enrolled_mw : of the active ones, enrolled in demand response. [MW]
    energy_mwh : drawn. hashes : work done. [PH/s h]
    revenue_usd, response_usd : income. All other money is cost, positive; power is at spot.
    """

    energised_mw: FloatArray
    active_mw: FloatArray
    mining_mw: FloatArray
    enrolled_mw: FloatArray
    run_hours: FloatArray
    energy_mwh: FloatArray
    hashes: FloatArray
    revenue_usd: FloatArray
    pool_fee_usd: FloatArray
    power_usd: FloatArray
    variable_opex_usd: FloatArray
    fixed_opex_usd: FloatArray
    peak_charge_usd: FloatArray
    demand_charge_usd: FloatArray
    response_usd: FloatArray


@dataclass(frozen=True)
class JointPart:
    """What is decided in the joint months of a scenario.

    probability : of the scenario. joint : its members. mw : of every variable, by name. [MW]
    """

    probability: float
    joint: Joint
    mw: dict[str, FloatArray]


@dataclass(frozen=True)
class Operations:
    """A solution's decisions and what follows from them, free of rounding.

    starts, signed_mw : positions and critical MW of the taken starts. [MW]
    mining : of every fleet and month.
    joint_demand_usd : demand charges decided with the loads of a site: sites x months. [USD]
    block_gain_usd : of the blocks against spot: contracts x months. [USD]
    joint : the joint months, once, or once for every scenario.
    """

    starts: IntArray
    signed_mw: FloatArray
    mining: Mining
    joint_demand_usd: FloatArray
    block_gain_usd: FloatArray
    joint: tuple[JointPart, ...]

    @classmethod
    def of(cls, p: Parameters, matrices: Matrices, x: FloatArray) -> Operations:
        """Read the decisions off the columns of the programme."""
        signed = x[matrices.columns("signed_mw")]
        taken = np.flatnonzero(signed > NEGLIGIBLE_MW)
        mining = alone_mining(p, energised_mw(p, matrices, x))
        demand, gain = np.zeros_like(p.capacity_mw), np.zeros_like(p.joint.unused_gain_usd)
        parts = []
        for probability, q, columns in joint_views(p, matrices):
            part = joint_part(q, columns, x, probability)
            own = joint_mining(q, part.mw, alone_mining(q, np.zeros_like(mining.energised_mw)))
            add_scenario(mining, own, probability)
            demand += probability * joint_demand_usd(q, part)
            gain += probability * block_gain_usd(part)
            parts.append(part)
        return cls(taken, signed[taken], mining, demand, gain, tuple(parts))

    def gross_mw(self, p: Parameters, first: IntArray, end: IntArray) -> FloatArray:
        """Site MW of each taken start in the months first <= t < end: one row per start, one column per month."""
        months = np.arange(p.horizon.months)
        held = (months >= first[self.starts][:, None]) & (months < end[self.starts][:, None])
        return np.where(held, (self.signed_mw * p.starts.gross_ratio[self.starts])[:, None], 0.0)

    def ai_load_mw(self, p: Parameters, *, included_only: bool) -> FloatArray:
        """AI load at the meter, mean over the scenarios: sites x months. [MW]"""
        load = np.zeros_like(p.capacity_mw)
        for start, mw in zip(self.starts.tolist(), self.signed_mw.tolist(), strict=True):
            offer = p.starts.offers[int(p.starts.offer[start])]
            if included_only and offer.power != "included":
                continue
            for case in p.hosting:
                earning = int(case.starts.earning[start])
                t = np.arange(max(0, earning), int(p.starts.release[start]))
                ramp = np.minimum(1.0, (t - earning + 1.0) / (offer.ramp_months + 1.0))
                load[p.starts.site[start], t] += case.probability * mw * offer.pue * offer.load_factor * ramp
        return load


def alone_mining(p: Parameters, energised: FloatArray) -> Mining:
    """Mining in the months in which every fleet is planned on its own."""
    margins = p.margins
    mining = np.where(margins.run_hours > 0.0, energised, 0.0)
    return Mining(
        energised_mw=energised,
        active_mw=mining.copy(),
        mining_mw=mining,
        enrolled_mw=np.zeros_like(mining),
        run_hours=np.where(mining > 0.0, margins.run_hours, 0.0),
        energy_mwh=mining * margins.energy_mwh,
        hashes=mining * margins.hashes,
        revenue_usd=mining * margins.revenue_usd,
        pool_fee_usd=mining * margins.pool_fee_usd,
        power_usd=mining * margins.power_usd,
        variable_opex_usd=mining * margins.variable_opex_usd,
        fixed_opex_usd=mining * margins.fixed_opex_usd,
        peak_charge_usd=mining * margins.peak_charge_usd,
        demand_charge_usd=mining * margins.demand_charge_usd,
        response_usd=np.zeros_like(mining),
    )


def joint_part(q: Parameters, columns: Matrices | OwnColumns, x: FloatArray, probability: float) -> JointPart:
    """The joint months of a solution as one scenario has them."""
    mw = {name: np.maximum(0.0, x[columns.columns(name)]) for name in q.joint.usd}
    return JointPart(probability, q.joint, mw)


def joint_demand_usd(q: Parameters, part: JointPart) -> FloatArray:
    """Demand charges decided with the loads of a site: sites x months. [USD]"""
    demand, joint = np.zeros_like(q.capacity_mw), part.joint
    for name, site, month in (
        ("peak_mw", joint.peaks.site, joint.peaks.month),
        ("billed_mw", q.tariffs.site[joint.billed.tariff], joint.billed.month),
    ):
        np.add.at(demand, (site, month), -part.mw[name] * joint.usd[name])
    return demand


def block_gain_usd(part: JointPart) -> FloatArray:
    """What the blocks bring against spot: contracts x months. [USD]"""
    joint = part.joint
    gain = joint.unused_gain_usd.copy()
    for name, block, cell, relief in (
        ("load_mw", joint.loads.block, joint.loads.cell, joint.loads.relief),
        ("covered_mw", joint.covers.block, joint.covers.cell, joint.covers.relief),
    ):
        covered = np.flatnonzero(block != NONE)
        where = (block[covered], joint.cells.month[cell[covered]])
        np.add.at(gain, where, part.mw[name][covered] * relief[covered])
    return gain


def add_scenario(mining: Mining, own: Mining, probability: float) -> None:
    """Add what fleets do in the joint months of a scenario; MW that run in any scenario count as running."""
    for column in fields(Mining):
        total, amount = getattr(mining, column.name), getattr(own, column.name)
        if column.name in EVER and probability > 0.0:
            np.maximum(total, amount, out=total)
        elif column.name not in (*EVER, "energised_mw"):
            total += probability * amount


def joint_mining(p: Parameters, part: dict[str, FloatArray], mining: Mining) -> Mining:
    """Add what the fleets do in the joint months to `mining`, which it returns."""
    joint, tiers = p.joint, p.tiers
    crews, loads = joint.crews, joint.loads
    if not crews.fleet.size:
        return mining
    crew, active = (crews.fleet, crews.month), part["active_mw"]
    enrolled = np.where(crews.programme == NONE, 0.0, active)
    np.add.at(mining.active_mw, crew, active)
    np.add.at(mining.enrolled_mw, crew, enrolled)
    fixed = np.array([fleet.fixed_opex_usd_per_mw_month for fleet in p.fleets], dtype=np.float64)[crews.fleet]
    np.add.at(mining.fixed_opex_usd, crew, active * fixed)
    np.add.at(mining.response_usd, crew, enrolled * (crews.usd + fixed))

    month = joint.cells.month[loads.cell]
    where = (tiers.fleet[loads.tier], month)
    energy = part["load_mw"] * loads.hours
    revenue = energy * tiers.reward[loads.tier, month]
    opex = np.array([fleet.variable_opex_usd_per_mwh for fleet in p.fleets], dtype=np.float64)
    for total, amount in (
        (mining.energy_mwh, energy),
        (mining.hashes, energy * tiers.ph_s_per_mw[loads.tier]),
        (mining.revenue_usd, revenue),
        (mining.pool_fee_usd, revenue * p.portfolio.settings.pool_fee),
        (mining.power_usd, part["load_mw"] * loads.bill),
        (mining.variable_opex_usd, energy * opex[tiers.fleet[loads.tier]]),
    ):
        np.add.at(total, where, amount)
    paid = joint.paid
    charge = -part["paid_peak_mw"] * joint.usd["paid_peak_mw"]
    np.add.at(mining.peak_charge_usd, (paid.fleet, paid.month), charge)

    running = _running_mw(p, part["load_mw"])
    np.add.at(mining.mining_mw, np.nonzero(running), running[np.nonzero(running)])
    np.minimum(mining.mining_mw, np.maximum(mining.active_mw, 0.0), out=mining.mining_mw)
    uptime = np.array([fleet.uptime for fleet in p.fleets], dtype=np.float64)[:, None]
    drawn = uptime * mining.mining_mw
    hours = np.divide(mining.energy_mwh, drawn, out=np.zeros_like(drawn), where=drawn > NEGLIGIBLE_MW)
    in_joint = p.tariffs.joint[p.fleet_site]
    np.copyto(mining.run_hours, hours, where=in_joint)
    return mining


def _running_mw(p: Parameters, load_mw: FloatArray) -> FloatArray:
    """MW that run at least one hour: the largest load of a fleet's first tier in any cell, per MW drawn."""
    loads, tiers = p.joint.loads, p.tiers
    running = np.zeros((len(p.fleets), p.horizon.months))
    cells = p.joint.cells.site.size
    keys, group = np.unique(loads.tier * cells + loads.cell, return_inverse=True)
    total = np.bincount(group, weights=load_mw, minlength=keys.size)
    tier, cell = keys // max(1, cells), keys % max(1, cells)
    mw = total / tiers.drawn_mw[tier]
    np.maximum.at(running, (tiers.fleet[tier], p.joint.cells.month[cell]), np.where(mw > NEGLIGIBLE_MW, mw, 0.0))
    return running
