"""What one critical MW of an AI offer earns, for every start (model section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.horizon import FloatArray, Horizon, IntArray, discount_factors
from optimizer.price_duration import PowerPrices
from optimizer.starts import Starts
from optimizer.tariffs import KW_PER_MW, Tariffs
from sites.records import Contract

# Cash flows of an offer, discounted at the AI rate, and what its load adds to the bill of its site, discounted
# like every other cash flow.
HOSTING_TERMS = ("rent", "prepaid_rent", "ai_power", "ai_opex", "capex")
SITE_BILL_TERMS = ("ai_site_power", "backup", "peak_charge", "demand_charge")


@dataclass(frozen=True)
class AiLoadCosts:
    """What one constant MW of AI load costs at each site: sites x months, horizon and beyond. [USD/MW-month]

    lines : by cash flow line. `backup` is paid for every AI load, the others for those whose rent includes power.
    """

    lines: dict[str, FloatArray]

    @classmethod
    def of(cls, prices: PowerPrices, tariffs: Tariffs, bills: FloatArray) -> AiLoadCosts:
        """Collect the costs.

        bills : of a constant MW at spot, sites x months. Beyond the horizon only they count.

        Notes
        -----
        Where the site's loads are planned together, the demand charge is decided with them and not part of this.
        """
        inside = slice(0, tariffs.months)
        lines = {line: np.zeros_like(bills) for line in ("ai_power", *SITE_BILL_TERMS)}
        lines["ai_power"] = bills.copy()
        lines["ai_power"][:, inside] = np.where(tariffs.shared, 0.0, bills[:, inside])
        lines["ai_site_power"][:, inside] = np.where(tariffs.shared, bills[:, inside], 0.0)
        lines["peak_charge"][:, inside] = tariffs.peak_usd
        lines["demand_charge"][:, inside] = np.where(tariffs.joint, 0.0, tariffs.demand_usd)
        for _, tariff in tariffs.of_kind("curtailment"):
            lines["backup"][tariff.site, inside] += tariff.terms.backup_usd_per_mwh * prices.dearest_hours(
                tariff.site, tariff.rows
            )
        return cls(lines)

    def paid_by(self, offer: Contract) -> list[str]:
        """The lines that a load of the offer adds to."""
        return list(self.lines) if offer.power == "included" else ["backup"]


@dataclass(frozen=True)
class OfferProfile:
    """Monthly figures of 1 critical MW by rent month m = 0, 1, ..., wherever and whenever it starts.

    rent_at_unit_price : expected rent at a price of 1 USD/kW-month. [USD/MW-month per USD/kW-month]
    opex : landlord opex. [USD/MW-month]
    load : constant load at the meter. [MW/MW]

    Notes
    -----
    rent(m) = 1000 * price * (1 + escalator) ** floor(m / 12) * ramp(m) * (1 - sla_credit) * life(m)
    life(m) = s + (1 - s) * recovery, s = (1 - default_rate) ** (m / 12)
    ramp(m) = min(1, (m + 1) / (ramp_months + 1))
    After the term a renewed offer pays `renewal_factor` times the last rent step of the term.
    """

    rent_at_unit_price: FloatArray
    opex: FloatArray
    load: FloatArray

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
        return cls(
            rent_at_unit_price=KW_PER_MW * rent_step * renewal * ramp * (1.0 - offer.sla_credit) * life,
            opex=np.asarray(KW_PER_MW * offer.opex_usd_per_kw_month * opex_step, dtype=np.float64),
            load=offer.pue * offer.load_factor * ramp,
        )


def capex_months(offer: Contract, signing: int, tau: int) -> range:
    """Months over which the landlord's capex is spread evenly; those before 0 are sunk."""
    return range(signing, tau) if offer.build_months else range(tau, tau + 1)


def landlord_capex(offer: Contract) -> float:
    """The landlord's part of the capex. [USD per critical MW]"""
    return (1.0 - offer.tenant_capex_share) * offer.capex_usd_per_mw


def first_rent_factor(offer: Contract, horizon: Horizon, tau: IntArray) -> FloatArray:
    """First year's rent of starts in months `tau` per the offer's price, which is that of its first start. [-]"""
    return np.asarray((1.0 + offer.rent_trend) ** ((tau - horizon.index(offer.first_start)) / 12.0))


def server_months(offer: Contract, tau: int, end: int) -> range:
    """Months in which the servers of a start are bought: its first rent month, then every refresh before `end`."""
    if not offer.compute_capex_usd_per_mw:
        return range(0)
    return range(tau, max(end, tau + 1), offer.refresh_months or max(end - tau, 1))


def server_price(offer: Contract, month: IntArray) -> FloatArray:
    """Cost of the servers of one critical MW that are bought in a month. [USD per critical MW]"""
    return np.asarray(offer.compute_capex_usd_per_mw * (1.0 + offer.compute_trend) ** (month / 12.0))


def server_purchases(offer: Contract, tau: int, end: int, months: int) -> FloatArray:
    """What the servers of one critical MW cost in the months 0 .. months - 1. [USD per critical MW]"""
    cost = np.zeros(months)
    bought = np.array([t for t in server_months(offer, tau, end) if 0 <= t < months], dtype=np.int64)
    cost[bought] = server_price(offer, bought)
    return cost


def capex_by_month(starts: Starts, position: int) -> FloatArray:
    """Capex of 1 critical MW of a start, building and servers, in the months of the horizon. [USD per critical MW]"""
    offer, months = starts.offers[int(starts.offer[position])], starts.horizon.months
    tau, release = int(starts.tau[position]), int(starts.release[position])
    cost = server_purchases(offer, tau, release, months)
    spread = capex_months(offer, int(starts.signing[position]), tau)
    for month in spread:
        if 0 <= month < months:
            cost[month] += landlord_capex(offer) / len(spread)
    return cost


def cash_flows(starts: Starts, position: int, costs: AiLoadCosts, months: int) -> dict[str, FloatArray]:
    """Undiscounted cash flows of 1 critical MW of one start; costs negative. [USD/MW-month]

    costs : of a constant MW of AI load.
    months : how many months from t = 0 on; rent is counted to the start's release when that is
        inside the horizon, to the end of its term after it. Both are as planned where building is late.
    """
    offer, tau = starts.offers[int(starts.offer[position])], int(starts.tau[position])
    earning = int(starts.earning[position])
    signing, inside = int(starts.signing[position]), starts.horizon.months
    end = int(starts.release[position])
    if end == inside:  # the horizon cuts the deal: what follows it is contracted to the end of the term only
        end = max(end, tau + offer.term_months)
    flows = {line: np.zeros(max(months, end)) for line in (*HOSTING_TERMS, *SITE_BILL_TERMS)}
    t = np.arange(max(0, earning), max(end, earning, 0))
    profile = OfferProfile.of(offer, max(end - earning, offer.prepaid_months))
    price = offer.price_usd_per_kw_month * float(first_rent_factor(offer, starts.horizon, starts.tau[position]))
    rent = price * profile.rent_at_unit_price
    paid_later = t[t - earning >= offer.prepaid_months]
    flows["rent"][paid_later] = rent[paid_later - earning]
    if signing >= 0:
        flows["prepaid_rent"][signing] = rent[: offer.prepaid_months].sum()
    flows["ai_opex"][t] = -profile.opex[t - earning]
    for line in costs.paid_by(offer):
        flows[line][t] = -profile.load[t - earning] * costs.lines[line][int(starts.site[position]), t]
    flows["capex"][:inside] = -capex_by_month(starts, position)[: flows["capex"].size]
    flows["capex"][inside:] = -server_purchases(offer, tau, end, flows["capex"].size)[inside:]
    return {line: flow[:months] for line, flow in flows.items()}


@dataclass(frozen=True)
class HostingCase:
    """The scenarios in which building is late by the same time: what one critical MW then earns and costs.

    probability : of these scenarios together. scenarios : their positions.
    starts : with the months in which they really begin to earn.
    ai_costs : of a constant MW of AI load, expected over these scenarios.
    """

    probability: float
    scenarios: IntArray
    starts: Starts
    ai_costs: AiLoadCosts


def expected_cash_flows(hosting: Sequence[HostingCase], position: int, months: int) -> dict[str, FloatArray]:
    """Undiscounted cash flows of 1 critical MW of one start, mean over the scenarios; as `cash_flows`."""
    by_case = [(case.probability, cash_flows(case.starts, position, case.ai_costs, months)) for case in hosting]
    return {line: np.asarray(sum(share * flows[line] for share, flows in by_case)) for line in by_case[0][1]}


@dataclass(frozen=True)
class HostingValues:
    """Present values of 1 critical MW of every start; one entry per start.

    terms : for each of HOSTING_TERMS, SITE_BILL_TERMS and for contract_tail; costs negative. [USD/MW]
    price_slope : change of the present value per USD/kW-month of contract price. [USD/MW per USD/kW-month]
    """

    terms: dict[str, FloatArray]
    price_slope: FloatArray


def hosting_values(starts: Starts, contract_tail: float, costs: AiLoadCosts) -> HostingValues:
    """Discount the cash flows of every start.

    contract_tail : share of the contracted cash flows after the horizon that counts. [-]
    costs : of a constant MW of AI load, in every month that a term can reach.

    Notes
    -----
    A stream f(m) that starts in month e is worth d_e * sum_m f(m) * (1 + r) ** (-m / 12), so one set of
    running sums per offer serves all its starts. Only power prices depend on the calendar month; their
    running sums are per site, and the months of the ramp are corrected one by one.
    """
    values = HostingValues(
        terms={term: np.zeros(starts.count) for term in (*HOSTING_TERMS, *SITE_BILL_TERMS, "contract_tail")},
        price_slope=np.zeros(starts.count),
    )
    running = {line: _running_sums(starts, line, monthly) for line, monthly in costs.lines.items()}
    for position, offer in enumerate(starts.offers):
        rows = np.flatnonzero(starts.offer == position)
        if rows.size:
            _OfferValuation(offer, starts, rows, running).write(values, contract_tail, costs.paid_by(offer))
    return values


def _running_sums(starts: Starts, line: str, monthly: FloatArray) -> FloatArray:
    """Discounted costs summed from month 0 on: one column more than the months, the first zero. [USD/MW]"""
    rate = starts.horizon.ai_rate if line in HOSTING_TERMS else starts.horizon.discount_rate
    discounted = monthly * discount_factors(rate, np.arange(monthly.shape[1], dtype=np.int64))
    return np.concatenate([np.zeros((monthly.shape[0], 1)), np.cumsum(discounted, axis=1)], axis=1)


class _OfferValuation:
    """Present values of all starts of one offer, from running sums over its profile."""

    def __init__(self, offer: Contract, starts: Starts, rows: IntArray, running: dict[str, FloatArray]) -> None:
        self.offer, self.rows = offer, rows
        self.rate = starts.horizon.ai_rate
        self.tau, self.site = starts.tau[rows], starts.site[rows]
        self.earning = starts.earning[rows]
        self.signing = starts.signing[rows]
        self.first = np.maximum(0, -self.earning)
        self.end = np.maximum(self.first, starts.release[rows] - self.earning)
        self.horizon_end = np.maximum(self.first, starts.horizon.months - self.earning)
        self.term_end = np.maximum(self.first, self.tau + offer.term_months - self.earning)
        self.at_start = discount_factors(self.rate, self.earning)
        self.running = running
        longest = int(max(self.end.max(), offer.term_months, offer.prepaid_months))
        self.profile = OfferProfile.of(offer, longest)
        self.months, self.release = starts.horizon.months, starts.release[rows]
        self.rent_factor = first_rent_factor(offer, starts.horizon, self.tau)
        self.decay = (1.0 + self.rate) ** (-np.arange(longest) / 12.0)

    def stream(self, monthly: FloatArray, first: IntArray, end: IntArray) -> FloatArray:
        """Present value of the rent months first <= m < end of every start. [USD/MW]"""
        running = np.concatenate(([0.0], np.cumsum(monthly * self.decay)))
        first = np.minimum(first, monthly.size)
        return np.asarray(self.at_start * (running[np.maximum(first, end)] - running[first]))

    def load_cost(self, line: str, first: IntArray, end: IntArray) -> FloatArray:
        """Present value of what the load costs in the rent months first <= m < end. [USD/MW]"""
        costs = self.running[line]
        end = np.maximum(first, end)
        full = self.offer.pue * self.offer.load_factor
        reach = costs.shape[1] - 1  # what would begin later than any month that counts costs nothing
        begun, ended = (np.minimum(self.earning + month, reach) for month in (first, end))
        cost = full * (costs[self.site, ended] - costs[self.site, begun])
        for m in range(min(self.offer.ramp_months, self.profile.load.size)):
            ramping = (first <= m) & (m < end)
            at = np.where(ramping, self.earning + m, 0)
            month_cost = costs[self.site, at + 1] - costs[self.site, at]
            cost -= np.where(ramping, (full - self.profile.load[m]) * month_cost, 0.0)
        return np.asarray(cost)

    def capex(self) -> FloatArray:
        """Present value of the landlord's capex that is not sunk. [USD/MW]"""
        spread = self.offer.build_months or 1
        begin = self.signing if self.offer.build_months else self.tau
        total = np.zeros(self.rows.size)
        for month in range(spread):
            total += np.where(begin + month >= 0, discount_factors(self.rate, begin + month), 0.0)
        return np.asarray(landlord_capex(self.offer) / spread * total)

    def servers(self, first: int, end: IntArray) -> FloatArray:
        """Present value of the servers bought from month `first` on and before `end`. [USD/MW]"""
        total = np.zeros(self.rows.size)
        if self.offer.compute_capex_usd_per_mw:
            for row, (tau, until) in enumerate(zip(self.tau.tolist(), end.tolist(), strict=True)):
                bought = np.array([t for t in server_months(self.offer, tau, until) if first <= t < until], np.int64)
                total[row] = server_price(self.offer, bought) @ discount_factors(self.rate, bought)
        return total

    def write(self, values: HostingValues, contract_tail: float, paid: list[str]) -> None:
        """Fill in this offer's entries of `values`; `paid` are the lines that its load adds to."""
        unit, price = self.profile.rent_at_unit_price, self.offer.price_usd_per_kw_month
        later = np.maximum(self.first, self.offer.prepaid_months)
        unit_rent = self.stream(unit, later, self.end)
        received = np.where(self.signing >= 0, discount_factors(self.rate, self.signing), 0.0)
        unit_prepaid = received * unit[: self.offer.prepaid_months].sum()
        after, term = self.horizon_end, self.term_end
        unit_tail = contract_tail * self.stream(unit, np.maximum(after, later), term)
        tail_costs = contract_tail * self.stream(self.profile.opex, after, term)
        if "ai_power" in paid:
            tail_costs = tail_costs + contract_tail * self.load_cost("ai_power", after, term)
        unit_rent, unit_prepaid, unit_tail = (
            self.rent_factor * value for value in (unit_rent, unit_prepaid, unit_tail)
        )
        tail_costs = tail_costs + contract_tail * self.servers(self.months, self.tau + self.offer.term_months)
        values.terms["rent"][self.rows] = price * unit_rent
        values.terms["prepaid_rent"][self.rows] = price * unit_prepaid
        values.terms["ai_opex"][self.rows] = -self.stream(self.profile.opex, self.first, self.end)
        for line in paid:
            values.terms[line][self.rows] = -self.load_cost(line, self.first, self.end)
        values.terms["capex"][self.rows] = -self.capex() - self.servers(0, self.release)
        values.terms["contract_tail"][self.rows] = price * unit_tail - tail_costs
        values.price_slope[self.rows] = unit_rent + unit_prepaid + unit_tail
