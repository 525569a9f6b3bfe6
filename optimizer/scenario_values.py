"""What every decision is worth in every scenario: the net present value of a scenario is linear in the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from optimizer.horizon import USD_PER_USD_M, FloatArray, discount_factors
from optimizer.hosting import HostingCase, OfferProfile, hosting_values
from optimizer.joint import hedge_gain_usd
from optimizer.scenario_margins import portions

if TYPE_CHECKING:
    from optimizer.parameters import Parameters


@dataclass(frozen=True)
class ScenarioValues:
    """Present values by scenario (row): NPV = constant + signed @ signed MW + mining @ energised MW.

    probability : of every scenario. [-] constant : what no decision changes. [USD million]
    signed : of one critical MW of every start; scenarios x starts. [USD million/MW]
    mining : of one MW of every block; scenarios x blocks. [USD million/MW]
    """

    probability: FloatArray
    constant: FloatArray
    signed: FloatArray
    mining: FloatArray

    @classmethod
    def of(cls, p: Parameters) -> ScenarioValues:
        """Work out the values of all scenarios."""
        return cls(p.scenarios.probability, _constants(p), _start_values(p), _block_values(p))

    def npv_usd_m(self, signed_mw: FloatArray, mining_mw: FloatArray) -> FloatArray:
        """Net present value of a plan in every scenario. [USD million]

        signed_mw : of every start. [MW critical] mining_mw : of every block. [MW]
        """
        return np.asarray(self.constant + self.signed @ signed_mw + self.mining @ mining_mw)

    def weighed(self, weight: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """The weighted sum of the scenarios: value of every start and block, and the constant. [USD million]

        weight : of every scenario, most of them zero. [-]
        """
        rows = np.flatnonzero(weight)
        return weight[rows] @ self.signed[rows], weight[rows] @ self.mining[rows], float(weight @ self.constant)


def _constants(p: Parameters) -> FloatArray:
    """Fixed costs, and power blocks before any load uses them. [USD million]"""
    capital = 0.0 if p.capital is None else p.capital.constant_usd_m
    own = np.full(p.scenarios.count, p.site_fixed_usd_m.sum() + capital)
    if p.own:
        gains = [float((q.joint.unused_gain_usd @ p.horizon.discount).sum()) for q in p.own]
        return np.asarray(own + np.array(gains) / USD_PER_USD_M)
    for rows in portions(p.scenarios.count, p.horizon.months):
        gain = hedge_gain_usd(p.tariffs, p.prices, p.scenarios.power_factor[rows])
        own[rows] += (gain @ p.horizon.discount).sum(axis=1) / USD_PER_USD_M
    return own


def _block_values(p: Parameters) -> FloatArray:
    """Discounted margin of every block. [USD million/MW]"""
    fleet, first = p.blocks.fleet, p.periods.first[p.blocks.period]
    end = p.periods.end[p.blocks.period]
    values = np.zeros((p.scenarios.count, fleet.size))
    for rows in portions(p.scenarios.count, p.margins.gain_usd.size):
        running = np.cumsum(p.mining.gain_usd[rows] * p.horizon.discount, axis=2)
        running = np.concatenate((np.zeros((*running.shape[:2], 1)), running), axis=2)
        values[rows] = (running[:, fleet, end] - running[:, fleet, first]) / USD_PER_USD_M
    return values


def _start_values(p: Parameters) -> FloatArray:
    """Present value of every start. [USD million/MW]"""
    values = np.zeros((p.scenarios.count, p.starts.count))
    for case in p.hosting:
        mean = hosting_values(case.starts, p.portfolio.settings.contract_tail, case.ai_costs).terms
        values[case.scenarios] = np.asarray(sum(mean.values())) / USD_PER_USD_M
        values[case.scenarios] -= _dearer_power(p, case)
    return values


def _dearer_power(p: Parameters, case: HostingCase) -> FloatArray:
    """What the power of every start costs beyond the mean of the scenarios that are late alike. [USD million/MW]"""
    paths = p.scenarios.power_factor[case.scenarios]
    weight = p.scenarios.probability[case.scenarios]
    mean = weight @ paths / weight.sum() if weight.sum() else paths.mean(axis=0)
    extra = paths - mean
    included = np.array([offer.power == "included" for offer in p.starts.offers], dtype=np.bool_)
    cost = np.zeros((case.scenarios.size, p.starts.count))
    if not extra.any() or not included.any():
        return cost
    reach = p.power_bills.shape[1]
    extra = np.pad(extra, ((0, 0), (0, reach - extra.shape[1])), mode="edge")
    per_factor = p.prices.bills_per_factor(reach)
    for start in np.flatnonzero(included[p.starts.offer]).tolist():
        drawn = _discounted_load(p, case, start, reach)
        cost[:, start] = extra @ (drawn * per_factor[p.starts.site[start]]) / USD_PER_USD_M
    return cost


def _discounted_load(p: Parameters, case: HostingCase, start: int, reach: int) -> FloatArray:
    """Load of one critical MW in every month that counts, discounted as its power is. [MW/MW]"""
    starts, months = case.starts, p.horizon.months
    offer, site = starts.offers[int(starts.offer[start])], int(starts.site[start])
    earning, release = int(starts.earning[start]), int(starts.release[start])
    term_end = int(starts.tau[start]) + offer.term_months
    t = np.arange(reach)
    profile = OfferProfile.of(offer, max(0, reach - earning)).load
    load = np.where(
        t >= earning, profile[np.clip(t - earning, 0, max(0, profile.size - 1))] if profile.size else 0.0, 0.0
    )
    shared = np.zeros(reach, dtype=np.bool_)
    shared[:months] = p.tariffs.shared[site]
    rate = np.where(shared, discount_factors(p.horizon.discount_rate, t), discount_factors(p.horizon.ai_rate, t))
    tail = np.where((t >= months) & (t < term_end), p.portfolio.settings.contract_tail, 0.0)
    return np.asarray(load * rate * np.where(t < release, 1.0, tail))
