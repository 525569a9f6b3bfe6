"""What one critical MW of an AI offer earns, for every start (model section 4)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.horizon import FloatArray, IntArray, discount_factors
from optimizer.starts import Starts
from sites.records import Contract

KW_PER_MW = 1000.0
HOSTING_TERMS = ("rent", "prepaid_rent", "ai_power", "ai_opex", "capex")


@dataclass(frozen=True)
class OfferProfile:
    """Monthly figures of 1 critical MW by rent month m = 0, 1, ..., wherever and whenever it starts.

    rent_at_unit_price : expected rent at a price of 1 USD/kW-month. [USD/MW-month per USD/kW-month]
    opex : landlord opex. [USD/MW-month]
    draw : constant load whose power the landlord pays. [MW/MW]

    Notes
    -----
    rent(m) = 1000 * price * (1 + escalator) ** floor(m / 12) * ramp(m) * (1 - sla_credit) * life(m)
    life(m) = s + (1 - s) * recovery, s = (1 - default_rate) ** (m / 12)
    ramp(m) = min(1, (m + 1) / (ramp_months + 1))
    After the term a renewed offer pays `renewal_factor` times the last rent step of the term.
    """

    rent_at_unit_price: FloatArray
    opex: FloatArray
    draw: FloatArray

    @classmethod
    def of(cls, offer: Contract, months: int) -> OfferProfile:
        """The profile of an offer over its first `months` rent months."""
        m = np.arange(months, dtype=np.int64)
        ramp = np.minimum(1.0, (m + 1.0) / (offer.ramp_months + 1.0))
        survival = (1.0 - offer.default_rate) ** (m / 12.0)
        life = survival + (1.0 - survival) * offer.recovery
        rent_step = (1.0 + offer.escalator) ** (np.minimum(m, offer.term_months - 1) // 12)
        renewal = np.where(m < offer.term_months, 1.0, offer.renewal_factor)
        opex_step = (1.0 + offer.opex_escalator) ** (m // 12)
        pays_power = 1.0 if offer.power == "included" else 0.0
        return cls(
            rent_at_unit_price=KW_PER_MW * rent_step * renewal * ramp * (1.0 - offer.sla_credit) * life,
            opex=np.asarray(KW_PER_MW * offer.opex_usd_per_kw_month * opex_step, dtype=np.float64),
            draw=pays_power * offer.pue * offer.load_factor * ramp,
        )


def capex_months(offer: Contract, signing: int, tau: int) -> range:
    """Months over which the landlord's capex is spread evenly; those before 0 are sunk."""
    return range(signing, tau) if offer.build_months else range(tau, tau + 1)


def landlord_capex(offer: Contract) -> float:
    """The landlord's part of the capex. [USD per critical MW]"""
    return (1.0 - offer.tenant_capex_share) * offer.capex_usd_per_mw


def cash_flows(starts: Starts, position: int, power_bills: FloatArray, months: int) -> dict[str, FloatArray]:
    """Undiscounted cash flows of 1 critical MW of one start; costs negative. [USD/MW-month]

    power_bills : bill of a constant MW at each site, one column per month. [USD/MW]
    months : how many months from t = 0 on; rent is counted to the start's release when that is
        inside the horizon, to the end of its term after it.
    """
    offer, tau = starts.offers[int(starts.offer[position])], int(starts.tau[position])
    signing, inside = int(starts.signing[position]), starts.horizon.months
    end = int(starts.release[position])
    if end == inside:  # the horizon cuts the deal: what follows it is contracted to the end of the term only
        end = max(end, tau + offer.term_months)
    flows = {line: np.zeros(max(months, end)) for line in HOSTING_TERMS}
    t = np.arange(max(0, tau), end)
    profile = OfferProfile.of(offer, max(end - tau, offer.prepaid_months))
    rent = offer.price_usd_per_kw_month * profile.rent_at_unit_price
    paid_later = t[t - tau >= offer.prepaid_months]
    flows["rent"][paid_later] = rent[paid_later - tau]
    if signing >= 0:
        flows["prepaid_rent"][signing] = rent[: offer.prepaid_months].sum()
    flows["ai_opex"][t] = -profile.opex[t - tau]
    if offer.power == "included":
        flows["ai_power"][t] = -profile.draw[t - tau] * power_bills[int(starts.site[position]), t]
    spread = capex_months(offer, signing, tau)
    for month in spread:
        if month >= 0:
            flows["capex"][month] -= landlord_capex(offer) / len(spread)
    return {line: flow[:months] for line, flow in flows.items()}


@dataclass(frozen=True)
class HostingValues:
    """Present values of 1 critical MW of every start, discounted at the AI rate; one entry per start.

    terms : for each of HOSTING_TERMS and for contract_tail; costs negative. [USD/MW]
    price_slope : change of the present value per USD/kW-month of contract price. [USD/MW per USD/kW-month]
    """

    terms: dict[str, FloatArray]
    price_slope: FloatArray


def hosting_values(starts: Starts, contract_tail: float, power_bills: FloatArray) -> HostingValues:
    """Discount the cash flows of every start.

    contract_tail : share of the contracted cash flows after the horizon that counts. [-]
    power_bills : bill of a constant MW at each site, one column per month that a term can reach. [USD/MW]

    Notes
    -----
    A stream f(m) that starts in month tau is worth d_tau * sum_m f(m) * (1 + r) ** (-m / 12), so one set of
    running sums per offer serves all its starts. Only power prices depend on the calendar month; their
    running sums are per site, and the months of the ramp are corrected one by one.
    """
    values = HostingValues(
        terms={term: np.zeros(starts.count) for term in (*HOSTING_TERMS, "contract_tail")},
        price_slope=np.zeros(starts.count),
    )
    rate = starts.horizon.ai_rate
    months = np.arange(power_bills.shape[1], dtype=np.int64)
    discounted_bills = np.zeros((power_bills.shape[0], months.size + 1))
    np.cumsum(power_bills * discount_factors(rate, months), axis=1, out=discounted_bills[:, 1:])
    for position, offer in enumerate(starts.offers):
        rows = np.flatnonzero(starts.offer == position)
        if rows.size:
            _OfferValuation(offer, starts, rows, discounted_bills).write(values, contract_tail)
    return values


class _OfferValuation:
    """Present values of all starts of one offer, from running sums over its profile."""

    def __init__(self, offer: Contract, starts: Starts, rows: IntArray, discounted_bills: FloatArray) -> None:
        self.offer, self.rows = offer, rows
        self.rate = starts.horizon.ai_rate
        self.tau, self.site = starts.tau[rows], starts.site[rows]
        self.signing = starts.signing[rows]
        self.first = np.maximum(0, -self.tau)
        self.end = np.maximum(self.first, starts.release[rows] - self.tau)
        self.horizon_end = np.maximum(self.first, starts.horizon.months - self.tau)
        self.at_start = discount_factors(self.rate, self.tau)
        self.bills = discounted_bills
        longest = int(max(self.end.max(), offer.term_months, offer.prepaid_months))
        self.profile = OfferProfile.of(offer, longest)
        self.decay = (1.0 + self.rate) ** (-np.arange(longest) / 12.0)

    def stream(self, monthly: FloatArray, first: IntArray, end: IntArray) -> FloatArray:
        """Present value of the rent months first <= m < end of every start. [USD/MW]"""
        running = np.concatenate(([0.0], np.cumsum(monthly * self.decay)))
        first = np.minimum(first, monthly.size)
        return np.asarray(self.at_start * (running[np.maximum(first, end)] - running[first]))

    def power(self, first: IntArray, end: IntArray) -> FloatArray:
        """Present value of the power bill of the rent months first <= m < end. [USD/MW]"""
        if self.offer.power != "included":
            return np.zeros(self.rows.size)
        end = np.maximum(first, end)
        full = self.offer.pue * self.offer.load_factor
        bill = full * (self.bills[self.site, self.tau + end] - self.bills[self.site, self.tau + first])
        for m in range(min(self.offer.ramp_months, self.profile.draw.size)):
            ramping = (first <= m) & (m < end)
            at = np.where(ramping, self.tau + m, 0)
            month_bill = self.bills[self.site, at + 1] - self.bills[self.site, at]
            bill -= np.where(ramping, (full - self.profile.draw[m]) * month_bill, 0.0)
        return np.asarray(bill)

    def capex(self) -> FloatArray:
        """Present value of the landlord's capex that is not sunk. [USD/MW]"""
        spread = self.offer.build_months or 1
        begin = self.signing if self.offer.build_months else self.tau
        total = np.zeros(self.rows.size)
        for month in range(spread):
            total += np.where(begin + month >= 0, discount_factors(self.rate, begin + month), 0.0)
        return np.asarray(landlord_capex(self.offer) / spread * total)

    def write(self, values: HostingValues, contract_tail: float) -> None:
        """Fill in this offer's entries of `values`."""
        unit, price = self.profile.rent_at_unit_price, self.offer.price_usd_per_kw_month
        later = np.maximum(self.first, self.offer.prepaid_months)
        unit_rent = self.stream(unit, later, self.end)
        received = np.where(self.signing >= 0, discount_factors(self.rate, self.signing), 0.0)
        unit_prepaid = received * unit[: self.offer.prepaid_months].sum()
        after, term = self.horizon_end, np.full(self.rows.size, self.offer.term_months)
        unit_tail = contract_tail * self.stream(unit, np.maximum(after, later), term)
        tail_costs = contract_tail * (self.stream(self.profile.opex, after, term) + self.power(after, term))
        values.terms["rent"][self.rows] = price * unit_rent
        values.terms["prepaid_rent"][self.rows] = price * unit_prepaid
        values.terms["ai_opex"][self.rows] = -self.stream(self.profile.opex, self.first, self.end)
        values.terms["ai_power"][self.rows] = -self.power(self.first, self.end)
        values.terms["capex"][self.rows] = -self.capex()
        values.terms["contract_tail"][self.rows] = price * unit_tail - tail_costs
        values.price_slope[self.rows] = unit_rent + unit_prepaid + unit_tail
