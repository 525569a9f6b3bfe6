"""A plan replayed from its frames and the portfolio's tables: every limit and every dollar, without solver or model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.proving.proof import FEASIBILITY_TOLERANCE
from optimizer.proving.replay_capital import CapitalReplay
from optimizer.proving.replay_dispatch import SiteLoads, replay_dispatch
from optimizer.proving.replay_frames import FloatArray
from optimizer.proving.replay_hosting import HOSTING_LINES, SITE_BILL_LINES, AiLoads, HostingReplay, replay_hosting
from optimizer.proving.replay_inputs import Decisions, read_decisions
from optimizer.proving.replay_limits import Occupancy, capacity_by_month, replay_limits
from optimizer.proving.replay_mining import MiningReplay, MiningTerms, replay_mining
from optimizer.proving.replay_power import HourlyPower
from optimizer.proving.replay_power_limits import replay_power_limits
from optimizer.proving.replay_scenarios import Lived, only_scenario
from optimizer.proving.replay_tightest import LimitReplay
from sites.portfolio import Portfolio

MINING_LINES = ("mining_revenue", "pool_fee", "mining_power", "mining_opex")
CHARGE_LINES = ("demand_charge", "demand_response", "power_blocks")
LINES = (*MINING_LINES, *HOSTING_LINES, *SITE_BILL_LINES, *CHARGE_LINES, "site_fixed")
# What hours may move that break even, or that one of two fleets of the same worth may run.
HOURLY_LINES = (*MINING_LINES, "power_blocks")
TAIL = "contract_tail"


@dataclass(frozen=True)
class Replay:
    """The books of a plan, worked out from its decisions.

    decisions : what the frames say is done. power : the prices of all hours. terms : what a MWh of mining earns.
    mining, hosting : the books of fleets and of deliveries.
    ai_loads : load of AI. loads : what the hours under power contracts add up to.
    limits : the tightest place of every kind of limit.
    lines : by cash flow line, one row per site, one column per month; undiscounted, costs negative. [USD]
    capital : the books of capital, settled; None without its tables, or before they are.
    undecided_usd : how much the hourly lines of a site and month may differ because of break-even hours. [USD]
    """

    decisions: Decisions
    power: HourlyPower
    terms: MiningTerms
    mining: MiningReplay
    ai_loads: AiLoads
    loads: SiteLoads
    hosting: tuple[HostingReplay, ...]
    limits: tuple[LimitReplay, ...]
    lines: dict[str, FloatArray]
    undecided_usd: FloatArray
    capital: CapitalReplay | None = None

    @cached_property
    def occupancy(self) -> Occupancy:
        """Site capacity that AI takes."""
        return Occupancy(self.decisions)

    @cached_property
    def capacity_mw(self) -> FloatArray:
        """Capacity of every site (row) in every month (column). [MW]"""
        return capacity_by_month(self.decisions)

    @cached_property
    def unsure_mw(self) -> FloatArray:
        """How far the mining MW of a fleet (row) and month (column) may be another: all of it with break-even hours.

        Under a power contract what a fleet draws is bounded by numbers of the solver, right to its own tolerance. [MW]
        """
        decisions = self.decisions
        solved = np.where(decisions.contracted[decisions.fleet_site], FEASIBILITY_TOLERANCE, 0.0)
        return np.where(self.mining.undecided_mwh > 0.0, decisions.energised_mw, solved)

    @cached_property
    def unsure_mwh(self) -> FloatArray:
        """How far the energy of a fleet (row) in a month (column) may be another. [MWh]"""
        decisions = self.decisions
        solved = np.where(decisions.contracted[decisions.fleet_site], FEASIBILITY_TOLERANCE, 0.0)
        return np.asarray(self.mining.undecided_mwh + solved * decisions.month_hours)

    @cached_property
    def unsure_hours(self) -> FloatArray:
        """How far the run hours of a fleet (row) in a month (column) may be others. [h]"""
        mw, hours = self.mining.mining_mw, self.decisions.month_hours
        part = np.divide(self.unsure_mw, mw, out=np.zeros_like(mw), where=mw > 0.0)
        return np.minimum(np.maximum(self.mining.undecided_hours, part * hours), hours)

    @cached_property
    def present_values(self) -> dict[str, FloatArray]:
        """Present value of every line and of the contract tail, one number per site. [USD]"""
        months, settings = self.decisions.months, self.decisions.portfolio.settings
        t = np.arange(months.months)
        discounts = {True: months.discount(settings.ai_rate, t), False: months.discount(settings.discount_rate, t)}
        values = {line: amounts @ discounts[line in HOSTING_LINES] for line, amounts in self.lines.items()}
        values[TAIL] = np.zeros(self.decisions.shape[0])
        for deal in self.hosting:
            values[TAIL][deal.delivery.row] += deal.tail_usd
        return values

    @property
    def terms_usd(self) -> dict[str, float]:
        """Present value of every line, of the contract tail and of capital. [USD]"""
        capital = {} if self.capital is None else self.capital.npv_usd
        own = {term: float(values.sum()) for term, values in self.present_values.items()}
        return own | capital

    @property
    def operating_usd(self) -> FloatArray:
        """Net operating cash flow of every month, capex of AI offers left out. [USD]"""
        return np.asarray(sum(usd.sum(axis=0) for line, usd in self.lines.items() if line != "capex"))

    def of_contracts(self, *, capex: bool) -> dict[str, FloatArray]:
        """By contract, its capex (positive), or its rents less what they cost, every month. [USD]"""
        found: dict[str, FloatArray] = {}
        for deal in self.hosting:
            name = deal.delivery.offer.id
            flows = [usd for line, usd in deal.lines.items() if (line == "capex") == capex]
            own = sum(flows, start=np.zeros(self.decisions.months.months)) * (-1.0 if capex else 1.0)
            found[name] = found.get(name, 0.0) + own
        return found

    @property
    def npv_usd(self) -> float:
        """Net present value of the plan. [USD]"""
        return sum(self.terms_usd.values())

    @property
    def turnover_usd(self) -> float:
        """Sum of the sizes of all terms; what rounding errors of the value are measured against. [USD]"""
        return sum(abs(value) for value in self.terms_usd.values())


def replay(
    portfolio: Portfolio,
    contracts: Any,
    fleets: Any,
    programmes: Any = None,
    lived: Lived | None = None,
    capital: CapitalReplay | None = None,
) -> Replay:
    """Replay a plan.

    Parameters
    ----------
    lived : the scenario; the portfolio's only one when absent.
    capital : what machines, halls and sites there are by the plan's decisions; its money is not settled here.
    contracts, fleets, programmes : result frames; only what they say is decided is read: starts and MW; energised and
        active MW; MW enrolled, and loads that pay for a peak. A portfolio without power contracts needs no programmes.

    Raises
    ------
    ReplayError : a frame names something that the portfolio does not have.
    """
    decisions = read_decisions(portfolio, lived or only_scenario(portfolio), contracts, fleets, programmes, capital)
    power = HourlyPower(portfolio, decisions.months, decisions.lived)
    terms, ai_loads = MiningTerms.of(decisions), AiLoads.of(decisions)
    mining = replay_mining(decisions, terms, power)
    loads = replay_dispatch(decisions, terms, power, ai_loads.billed, mining)
    hosting = replay_hosting(decisions, power)
    limits = (*replay_limits(decisions, hosting), *replay_power_limits(decisions, ai_loads, loads))
    lines, undecided = _lines(decisions, mining, hosting, loads), decisions.by_site(mining.undecided_site_usd)
    return Replay(decisions, power, terms, mining, ai_loads, loads, hosting, limits, lines, undecided)


def _lines(
    decisions: Decisions, mining: MiningReplay, hosting: tuple[HostingReplay, ...], loads: SiteLoads
) -> dict[str, FloatArray]:
    fixed = np.array([[site.fixed_cost_usd_per_month] for site in decisions.portfolio.sites])
    lines = {line: np.zeros(decisions.shape) for line in LINES}
    lines["mining_revenue"] = decisions.by_site(mining.revenue_usd)
    lines["pool_fee"] = -decisions.by_site(mining.pool_fee_usd)
    lines["mining_power"] = -decisions.by_site(mining.power_usd)
    lines["mining_opex"] = -decisions.by_site(mining.variable_opex_usd + mining.fixed_opex_usd)
    lines["site_fixed"] = np.zeros(decisions.shape) - fixed
    for deal in hosting:
        for line, amounts in deal.lines.items():
            lines[line][deal.delivery.row] += amounts
    lines["peak_charge"] -= decisions.by_site(decisions.fleet_charges("coincident_peak"))
    lines["demand_response"] += decisions.by_site(decisions.fleet_charges("demand_response"))
    for programme in decisions.of_kind("demand_charge"):
        lines["demand_charge"][programme.row] -= programme.usd_per_mw_month * programme.billed_mw()
    for programme in decisions.of_kind("block"):
        lines["power_blocks"][programme.row] += loads.block_usd[programme.label]
    return lines
