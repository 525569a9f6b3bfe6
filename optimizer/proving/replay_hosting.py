"""The money of every taken AI offer, month by month (model section 4), for the replay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.proving.replay_calendar import Calendar
from optimizer.proving.replay_frames import BoolArray, FloatArray, IntArray
from optimizer.proving.replay_inputs import Decisions, Delivery
from optimizer.proving.replay_power import HourlyPower
from optimizer.proving.replay_programmes import Programme
from sites.records import Contract

KW_PER_MW = 1000.0
# The offer's own cash flows, and what it costs in the bills of its site; these are discounted as the site's are.
HOSTING_LINES = ("rent", "prepaid_rent", "ai_power", "ai_opex", "capex")
SITE_BILL_LINES = ("ai_site_power", "backup", "peak_charge")


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


@dataclass(frozen=True)
class AiLoads:
    """Load of AI at every site (row) in every month (column), the same in every hour. [MW]

    billed : of the deals whose rent includes the power. all : of every deal.
    """

    billed: FloatArray
    all: FloatArray

    @classmethod
    def of(cls, decisions: Decisions) -> AiLoads:
        """Add up the deals."""
        loads = cls(np.zeros(decisions.shape), np.zeros(decisions.shape))
        for delivery in decisions.deliveries:
            load = delivery_load(delivery, decisions.months)
            loads.all[delivery.row] += load
            if delivery.offer.power == "included":
                loads.billed[delivery.row] += load
        return loads


def delivery_load(delivery: Delivery, months: Calendar) -> FloatArray:
    """What a delivery draws in every hour of each month of the horizon. [MW]"""
    load, t = np.zeros(months.months), _rent_months(delivery, months)
    load[t] = delivery.mw * _load_per_mw(delivery.offer, t - delivery.earning)
    return load


def replay_hosting(decisions: Decisions, power: HourlyPower) -> tuple[HostingReplay, ...]:
    """Work out the cash flows of every delivery, in the order of the decisions."""
    shared = _shared_bill(decisions)
    return tuple(_replay_delivery(decisions, delivery, power, shared) for delivery in decisions.deliveries)


def _shared_bill(decisions: Decisions) -> BoolArray:
    """Where the power of AI is in the bill of the site, as its charges look at the load of all: sites x months."""
    shared = np.zeros(decisions.shape, dtype=np.bool_)
    for programme in decisions.of_kind("block", "demand_charge"):
        record = programme.record
        hedge = record.kind == "block" and record.resale == "spot" and record.resale_fee_usd_per_mwh == 0.0
        if not hedge:
            shared[programme.row] |= programme.in_force
    return shared


def _replay_delivery(decisions: Decisions, delivery: Delivery, power: HourlyPower, shared: BoolArray) -> HostingReplay:
    months, settings = decisions.months, decisions.portfolio.settings
    power_bill = _power_bill(delivery, months, power)
    in_site_bill = shared[delivery.row]
    lines = {
        **_rents(delivery, months),
        "ai_power": np.where(in_site_bill, 0.0, power_bill),
        "ai_opex": _running_costs(delivery, months),
        "capex": _capex(delivery, months),
        "ai_site_power": np.where(in_site_bill, power_bill, 0.0),
        **_programme_costs(decisions, delivery, power),
    }
    t = np.arange(months.months)
    after = settings.contract_tail * _after_horizon(delivery, months, power)
    tail = float(after @ months.discount(settings.ai_rate, months.months + np.arange(after.size)))
    npv = tail
    for names, rate in ((HOSTING_LINES, settings.ai_rate), (SITE_BILL_LINES, settings.discount_rate)):
        npv += float(sum(lines[name] for name in names) @ months.discount(rate, t))
    ordered = {name: lines[name] for name in (*HOSTING_LINES, *SITE_BILL_LINES)}
    return HostingReplay(delivery, ordered, after, tail, npv)


def _ramp(offer: Contract, m: IntArray) -> FloatArray:
    return np.minimum(1.0, (m + 1) / (offer.ramp_months + 1))


def rent_per_mw(offer: Contract, m: IntArray, tau: int, months: Calendar) -> FloatArray:
    """Expected rent of rent months m >= 0 of one critical MW of a start in month tau. [USD/MW-month]

    Rents of new starts move with the market, counted from the offer's first start.
    After the term only a renewed offer pays: its last price of the term times the renewal factor.
    """
    surviving = (1.0 - offer.default_rate) ** (m / 12)
    life = surviving + (1.0 - surviving) * offer.recovery
    in_term = m < offer.term_months
    years = np.where(in_term, m, offer.term_months - 1) // 12
    after = offer.renewal_factor if offer.after_term == "renew" else 0.0
    quoted = offer.price_usd_per_kw_month * (1.0 + offer.rent_trend) ** (
        (tau - months.position(offer.first_start)) / 12
    )
    price = quoted * (1.0 + offer.escalator) ** years * np.where(in_term, 1.0, after)
    return np.asarray(KW_PER_MW * price * _ramp(offer, m) * (1.0 - offer.sla_credit) * life)


def opex_per_mw(offer: Contract, m: IntArray) -> FloatArray:
    """Running cost of rent months m >= 0 of one critical MW. [USD/MW-month]"""
    return np.asarray(KW_PER_MW * offer.opex_usd_per_kw_month * (1.0 + offer.opex_escalator) ** (m // 12))


def _load_per_mw(offer: Contract, m: IntArray) -> FloatArray:
    """What one critical MW draws at the meter in rent months m >= 0. [MW]"""
    return np.asarray(offer.pue * offer.load_factor * _ramp(offer, m))


def _energy_per_mw(delivery: Delivery, m: IntArray, power: HourlyPower) -> FloatArray:
    """Power bill of rent months m >= 0 of one critical MW, where the landlord pays it. [USD/MW-month]"""
    offer = delivery.offer
    if offer.power == "pass_through":
        return np.zeros(m.size)
    bills = [power.constant_load_bill(delivery.row, delivery.earning + month) for month in m.tolist()]
    return np.asarray(_load_per_mw(offer, m) * np.array(bills))


def _rent_months(delivery: Delivery, months: Calendar) -> IntArray:
    """Months of the horizon in which the offer pays rent."""
    return np.arange(max(0, delivery.earning), max(0, delivery.released(months.months)))


def _rents(delivery: Delivery, months: Calendar) -> dict[str, FloatArray]:
    """Rents as they come in: month by month, or the first ones together at signing."""
    offer, rent, prepaid = delivery.offer, np.zeros(months.months), np.zeros(months.months)
    t = _rent_months(delivery, months)
    m = t - delivery.earning
    rent[t] = np.where(m >= offer.prepaid_months, delivery.mw * rent_per_mw(offer, m, delivery.tau, months), 0.0)
    signing = delivery.tau - offer.build_months
    if signing >= 0:  # what was prepaid for a deal signed before the plan is spent already
        prepaid[signing] = delivery.mw * float(
            rent_per_mw(offer, np.arange(offer.prepaid_months), delivery.tau, months).sum()
        )
    return {"rent": rent, "prepaid_rent": prepaid}


def _power_bill(delivery: Delivery, months: Calendar, power: HourlyPower) -> FloatArray:
    """Power at spot within the horizon, where the landlord pays it. [USD]"""
    bill, t = np.zeros(months.months), _rent_months(delivery, months)
    bill[t] = -delivery.mw * _energy_per_mw(delivery, t - delivery.earning, power)
    return bill


def _running_costs(delivery: Delivery, months: Calendar) -> FloatArray:
    """Running costs beside the power, within the horizon. [USD]"""
    costs, t = np.zeros(months.months), _rent_months(delivery, months)
    costs[t] = -delivery.mw * opex_per_mw(delivery.offer, t - delivery.earning)
    return costs


def _programme_costs(decisions: Decisions, delivery: Delivery, power: HourlyPower) -> dict[str, FloatArray]:
    """What the delivery pays for backup in curtailed hours, and for drawing power in the hours of the peak. [USD]"""
    load = delivery_load(delivery, decisions.months)
    backup, peak_charge = np.zeros_like(load), np.zeros_like(load)
    for programme in decisions.of_kind("curtailment", "coincident_peak"):
        if programme.row != delivery.row:
            continue
        if programme.record.kind == "curtailment":
            backup -= load * curtailed_hours(programme, power) * programme.record.backup_usd_per_mwh
        elif delivery.offer.power == "included":
            peak_charge -= np.where(programme.in_force, load * programme.usd_per_mw_month, 0.0)
    return {"backup": backup, "peak_charge": peak_charge}


def curtailed_hours(programme: Programme, power: HourlyPower) -> FloatArray:
    """How long the contract's dearest hours last in every month, zero where it is not in force. [h]"""
    lasting = np.zeros(programme.in_force.size)
    for t in np.flatnonzero(programme.in_force).tolist():
        prices, weight = power.single_hours(programme.row, t)
        lasting[t] = weight * min(programme.hours, prices.size)
    return lasting


def _capex(delivery: Delivery, months: Calendar) -> FloatArray:
    """The landlord's capex, evenly over the building months, without what was spent before the plan."""
    offer, capex = delivery.offer, np.zeros(months.months)
    whole = delivery.mw * (1.0 - offer.tenant_capex_share) * offer.capex_usd_per_mw
    building = range(delivery.tau - offer.build_months, delivery.tau) if offer.build_months else (delivery.tau,)
    for t in building:
        if 0 <= t < months.months:
            capex[t] = -whole / len(building)
    return capex - server_costs(delivery, delivery.released(months.months), months.months)


def server_costs(delivery: Delivery, end: int, months: int) -> FloatArray:
    """What the servers cost that are bought before month `end`, in the months t = 0 .. months - 1. [USD]"""
    offer, cost = delivery.offer, np.zeros(months)
    t = delivery.tau
    while offer.compute_capex_usd_per_mw and t < min(end, months):
        if t >= 0:
            cost[t] = delivery.mw * offer.compute_capex_usd_per_mw * (1.0 + offer.compute_trend) ** (t / 12)
        if offer.refresh_months is None:
            break
        t += offer.refresh_months
    return cost


def _after_horizon(delivery: Delivery, months: Calendar, power: HourlyPower) -> FloatArray:
    """Contracted net cash flows of the months after the horizon but within the term; prepaid rent came before. [USD]

    Months in which a late delivery does not earn yet bring nothing.
    """
    offer = delivery.offer
    t = np.arange(months.months, max(months.months, delivery.tau + offer.term_months))
    late = int((t < delivery.earning).sum())
    m = t[late:] - delivery.earning
    rent = np.where(m >= offer.prepaid_months, rent_per_mw(offer, m, delivery.tau, months), 0.0)
    net = delivery.mw * (rent - opex_per_mw(offer, m) - _energy_per_mw(delivery, m, power))
    reach = months.months + t.size
    return np.concatenate((np.zeros(late), net)) - server_costs(delivery, reach, reach)[months.months :]
