"""What a signed deal is worth on its own: present value, rate of return, payback."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyxirr

from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.hosting import OfferProfile, expected_cash_flows, first_rent_factor
from optimizer.parameters import START_TERMS, Parameters

# The demand charge is a bill of the whole site, whose peak a deal only adds to.
DEAL_TERMS = tuple(term for term in START_TERMS if term != "demand_charge")
MONTHS_PER_YEAR = 12
LOWEST_IRR = -0.99


@dataclass(frozen=True)
class DealValue:
    """Value of one signed start; mining it displaces is not charged against it.

    npv_usd : its cash flows at the AI rate, tail included, and its power where that is in the site's bill.
    irr : per year, None where it is not unique or does not exist.
    payback_months : from the first outlay until the deal has paid for itself for good; None if it never does.
    capex_usd, first_year_rent_usd : undiscounted; the rent earned by the first twelve rent months.
    """

    npv_usd: float
    tail_npv_usd: float
    irr: float | None
    payback_months: int | None
    capex_usd: float
    first_year_rent_usd: float


def deal_value(p: Parameters, start: int, mw: float) -> DealValue:
    """Value of `mw` critical MW of a start."""
    months = max(p.horizon.months, p.power_bills.shape[1])
    lines = expected_cash_flows(p.hosting, start, months)
    own = [flow for line, flow in lines.items() if line in DEAL_TERMS]
    inside = sum(flow[: p.horizon.months] for flow in own)
    tail = p.portfolio.settings.contract_tail * sum(flow[p.horizon.months :] for flow in own)
    flow = mw * np.concatenate([np.asarray(inside), np.asarray(tail)])
    offer = p.starts.offers[int(p.starts.offer[start])]
    paid = MONTHS_PER_YEAR if offer.after_term == "renew" else min(MONTHS_PER_YEAR, offer.term_months)
    price = offer.price_usd_per_kw_month * first_rent_factor(offer, p.horizon, p.starts.tau[start])
    first_year = OfferProfile.of(offer, paid).rent_at_unit_price.sum() * price
    return DealValue(
        npv_usd=mw * USD_PER_USD_M * sum(float(p.start_terms_usd_m[term][start]) for term in DEAL_TERMS),
        tail_npv_usd=mw * USD_PER_USD_M * float(p.start_terms_usd_m["contract_tail"][start]),
        irr=annual_irr(flow),
        payback_months=payback_months(flow),
        capex_usd=-mw * float(lines["capex"][: p.horizon.months].sum()),
        first_year_rent_usd=mw * float(first_year),
    )


def annual_irr(monthly: FloatArray) -> float | None:
    """Internal rate of return per year of monthly cash flows, None unless it exists and is the only one.

    Money that comes first and is paid back later has a borrowing rate, not a return. Below LOWEST_IRR next
    to nothing comes back, and the rate would only show rounding.
    """
    moved = np.flatnonzero(monthly)
    if moved.size == 0 or monthly[moved[0]] > 0.0 or monthly.max() <= 0.0:
        return None
    flow = monthly[moved[0] : moved[-1] + 1]
    if not pyxirr.is_conventional_cash_flow(flow):
        return None
    monthly_rate = pyxirr.irr(flow)
    if monthly_rate is None:
        return None
    annual = float((1.0 + monthly_rate) ** MONTHS_PER_YEAR - 1.0)
    return annual if annual > LOWEST_IRR else None


def payback_months(monthly: FloatArray) -> int | None:
    """Months from the first outlay to the end of the month from which on the sum never falls below zero again.

    0 without any outlay; None if the sum ends below zero.
    """
    outlays = np.flatnonzero(monthly < 0.0)
    if outlays.size == 0:
        return 0
    total = np.cumsum(monthly)
    below = np.flatnonzero(total < 0.0)
    if below.size and below[-1] == monthly.size - 1:
        return None
    return int(below[-1] + 2 - outlays[0]) if below.size else 0
