"""The money of every taken AI offer, month by month (model section 4), for the replay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.proving.replay_inputs import Calendar, Decisions, Delivery, FloatArray, IntArray
from optimizer.proving.replay_power import HourlyPower
from sites.records import Contract

KW_PER_MW = 1000.0
HOSTING_LINES = ("rent", "prepaid_rent", "ai_power", "ai_opex", "capex")


@dataclass(frozen=True)
class HostingReplay:
    """Cash flows of one delivery, for all its MW.

    lines : by line, one undiscounted amount per month of the horizon; costs negative. [USD]
    after_horizon : the counted share of what the contract brings in the months after the horizon. [USD]
    tail_usd : present value of that share. [USD]
    npv_usd : present value of the lines and the tail. [USD]
    """

    delivery: Delivery
    lines: dict[str, FloatArray]
    after_horizon: FloatArray
    tail_usd: float
    npv_usd: float

    @property
    def net_flow(self) -> FloatArray:
        """Net cash flow of every month from t = 0 on, to the end of the horizon or of the term. [USD]"""
        return np.concatenate([np.sum(list(self.lines.values()), axis=0), self.after_horizon])


def replay_hosting(decisions: Decisions, power: HourlyPower) -> tuple[HostingReplay, ...]:
    """Work out the cash flows of every delivery, in the order of the decisions."""
    return tuple(_replay_delivery(decisions, delivery, power) for delivery in decisions.deliveries)


def _replay_delivery(decisions: Decisions, delivery: Delivery, power: HourlyPower) -> HostingReplay:
    months, settings = decisions.months, decisions.portfolio.settings
    lines = {
        **_rents(delivery, months),
        **_running_costs(delivery, months, power),
        "capex": _capex(delivery, months),
    }
    discount = months.discount(settings.ai_rate, np.arange(months.months))
    after = settings.contract_tail * _after_horizon(delivery, months, power)
    tail = float(after @ months.discount(settings.ai_rate, months.months + np.arange(after.size)))
    npv = sum(float(line @ discount) for line in lines.values())
    return HostingReplay(delivery, {line: lines[line] for line in HOSTING_LINES}, after, tail, npv + tail)


def _ramp(offer: Contract, m: IntArray) -> FloatArray:
    return np.minimum(1.0, (m + 1) / (offer.ramp_months + 1))


def rent_per_mw(offer: Contract, m: IntArray) -> FloatArray:
    """Expected rent of rent months m >= 0 of one critical MW. [USD/MW-month]

    After the term only a renewed offer pays: its last price of the term times the renewal factor.
    """
    surviving = (1.0 - offer.default_rate) ** (m / 12)
    life = surviving + (1.0 - surviving) * offer.recovery
    in_term = m < offer.term_months
    years = np.where(in_term, m, offer.term_months - 1) // 12
    after = offer.renewal_factor if offer.after_term == "renew" else 0.0
    price = offer.price_usd_per_kw_month * (1.0 + offer.escalator) ** years * np.where(in_term, 1.0, after)
    return np.asarray(KW_PER_MW * price * _ramp(offer, m) * (1.0 - offer.sla_credit) * life)


def opex_per_mw(offer: Contract, m: IntArray) -> FloatArray:
    """Running cost of rent months m >= 0 of one critical MW. [USD/MW-month]"""
    return np.asarray(KW_PER_MW * offer.opex_usd_per_kw_month * (1.0 + offer.opex_escalator) ** (m // 12))


def _energy_per_mw(delivery: Delivery, m: IntArray, power: HourlyPower) -> FloatArray:
    """Power bill of rent months m >= 0 of one critical MW, where the landlord pays it. [USD/MW-month]"""
    offer = delivery.offer
    if offer.power == "pass_through":
        return np.zeros(m.size)
    bills = [power.constant_load_bill(delivery.row, delivery.tau + month) for month in m.tolist()]
    return np.asarray(offer.pue * offer.load_factor * _ramp(offer, m) * np.array(bills))


def _rent_months(delivery: Delivery, months: Calendar) -> IntArray:
    """Months of the horizon in which the offer pays rent."""
    return np.arange(max(0, delivery.tau), max(0, delivery.released(months.months)))


def _rents(delivery: Delivery, months: Calendar) -> dict[str, FloatArray]:
    """Rents as they come in: month by month, or the first ones together at signing."""
    offer, rent, prepaid = delivery.offer, np.zeros(months.months), np.zeros(months.months)
    t = _rent_months(delivery, months)
    m = t - delivery.tau
    rent[t] = np.where(m >= offer.prepaid_months, delivery.mw * rent_per_mw(offer, m), 0.0)
    signing = delivery.tau - offer.build_months
    if signing >= 0:  # what was prepaid for a deal signed before the plan is spent already
        prepaid[signing] = delivery.mw * rent_per_mw(offer, np.arange(offer.prepaid_months)).sum()
    return {"rent": rent, "prepaid_rent": prepaid}


def _running_costs(delivery: Delivery, months: Calendar, power: HourlyPower) -> dict[str, FloatArray]:
    """Power and other running costs within the horizon."""
    ai_power, ai_opex = np.zeros(months.months), np.zeros(months.months)
    t = _rent_months(delivery, months)
    ai_power[t] = -delivery.mw * _energy_per_mw(delivery, t - delivery.tau, power)
    ai_opex[t] = -delivery.mw * opex_per_mw(delivery.offer, t - delivery.tau)
    return {"ai_power": ai_power, "ai_opex": ai_opex}


def _capex(delivery: Delivery, months: Calendar) -> FloatArray:
    """The landlord's capex, evenly over the building months, without what was spent before the plan."""
    offer, capex = delivery.offer, np.zeros(months.months)
    whole = delivery.mw * (1.0 - offer.tenant_capex_share) * offer.capex_usd_per_mw
    building = range(delivery.tau - offer.build_months, delivery.tau) if offer.build_months else (delivery.tau,)
    for t in building:
        if 0 <= t < months.months:
            capex[t] = -whole / len(building)
    return capex


def _after_horizon(delivery: Delivery, months: Calendar, power: HourlyPower) -> FloatArray:
    """Contracted net cash flows of the months after the horizon but within the term; prepaid rent came before. [USD]"""
    offer = delivery.offer
    m = np.arange(max(0, months.months - delivery.tau), offer.term_months)
    rent = np.where(m >= offer.prepaid_months, rent_per_mw(offer, m), 0.0)
    return np.asarray(delivery.mw * (rent - opex_per_mw(offer, m) - _energy_per_mw(delivery, m, power)))
