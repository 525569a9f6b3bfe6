"""A plan replayed from its frames and the portfolio's tables: every limit and every dollar, without solver or model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.proving.replay_hosting import HOSTING_LINES, HostingReplay, replay_hosting
from optimizer.proving.replay_inputs import Decisions, FloatArray, read_decisions
from optimizer.proving.replay_limits import LimitReplay, Occupancy, capacity_by_month, replay_limits
from optimizer.proving.replay_mining import MiningReplay, replay_mining
from optimizer.proving.replay_power import HourlyPower
from sites.portfolio import Portfolio

MINING_LINES = ("mining_revenue", "pool_fee", "mining_power", "mining_opex")
LINES = (*MINING_LINES, *HOSTING_LINES, "site_fixed")
TAIL = "contract_tail"


@dataclass(frozen=True)
class Replay:
    """The books of a plan, worked out from its decisions.

    decisions : what the frames say is done. mining, hosting : the books of fleets and of deliveries.
    limits : the tightest place of every kind of limit.
    lines : by cash flow line, one row per site, one column per month; undiscounted, costs negative. [USD]
    undecided_usd : how much the mining lines of a site and month may differ because of break-even hours. [USD]
    """

    decisions: Decisions
    mining: MiningReplay
    hosting: tuple[HostingReplay, ...]
    limits: tuple[LimitReplay, ...]
    lines: dict[str, FloatArray]
    undecided_usd: FloatArray

    @cached_property
    def occupancy(self) -> Occupancy:
        """Site capacity that AI takes."""
        return Occupancy(self.decisions)

    @cached_property
    def capacity_mw(self) -> FloatArray:
        """Capacity of every site (row) in every month (column). [MW]"""
        return capacity_by_month(self.decisions)

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
        """Present value of every line and of the contract tail. [USD]"""
        return {term: float(values.sum()) for term, values in self.present_values.items()}

    @property
    def npv_usd(self) -> float:
        """Net present value of the plan. [USD]"""
        return sum(self.terms_usd.values())

    @property
    def turnover_usd(self) -> float:
        """Sum of the sizes of all terms; what rounding errors of the value are measured against. [USD]"""
        return sum(abs(value) for value in self.terms_usd.values())


def replay(portfolio: Portfolio, contracts: Any, fleets: Any) -> Replay:
    """Replay a plan.

    Parameters
    ----------
    contracts, fleets : result frames; only what they say is decided is read (starts and MW, energised MW).

    Raises
    ------
    ReplayError : a frame names something that the portfolio does not have.
    """
    decisions = read_decisions(portfolio, contracts, fleets)
    power = HourlyPower(portfolio, decisions.months)
    mining = replay_mining(decisions, power)
    hosting = replay_hosting(decisions, power)
    undecided = decisions.by_site(decisions.energised_mw * mining.undecided_usd)
    lines = _lines(decisions, mining, hosting)
    return Replay(decisions, mining, hosting, replay_limits(decisions, hosting), lines, undecided)


def _lines(decisions: Decisions, mining: MiningReplay, hosting: tuple[HostingReplay, ...]) -> dict[str, FloatArray]:
    energised = decisions.energised_mw
    fixed = np.array([[site.fixed_cost_usd_per_month] for site in decisions.portfolio.sites])
    lines = {line: np.zeros(decisions.shape) for line in LINES}
    lines["mining_revenue"] = decisions.by_site(energised * mining.revenue_usd)
    lines["pool_fee"] = -decisions.by_site(energised * mining.pool_fee_usd)
    lines["mining_power"] = -decisions.by_site(energised * mining.power_usd)
    lines["mining_opex"] = -decisions.by_site(energised * (mining.variable_opex_usd + mining.fixed_opex_usd))
    lines["site_fixed"] = np.zeros(decisions.shape) - fixed
    for deal in hosting:
        for line, amounts in deal.lines.items():
            lines[line][deal.delivery.row] += amounts
    return lines
