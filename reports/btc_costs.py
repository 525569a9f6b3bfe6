"""What a mined bitcoin costs: from energy to cash to all-in, year by year.

Costs that belong to the whole company (overhead, interest, dilution, depreciation of what is not mining's alone) are
shared between mining and AI by revenue. Coin mined is mining revenue at the month's price of bitcoin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from reports import format as fmt
from reports.display import Column, Table, figure, text

if TYPE_CHECKING:
    from optimizer.results import Plan

STEPS: dict[str, str] = {
    "energy": "Energy",
    "opex": "Running costs of mining and pool fees",
    "site_fixed": "Fixed cost of sites",
    "overhead": "Overhead",
    "interest": "Interest and fees",
    "depreciation": "Depreciation of machines and halls bought",
    "dilution": "Cost of shares sold",
}
CASH_STEPS = ("energy", "opex", "site_fixed", "overhead")
# Weighted means of listed miners, USD per BTC: CoinShares mining reports, February 2025 and March 2026; IREN's quarter
# to September 2025 as reported by the operator.
PUBLIC = (
    ("CoinShares, cash cost of listed miners, fourth quarter of 2025", 79_995.0),
    ("CoinShares, cash cost of listed miners, fourth quarter of 2024", 82_162.0),
    ("CoinShares, with depreciation and pay in shares, fourth quarter of 2024", 137_018.0),
    ("IREN, all-in cash cost, third quarter of 2025", 41_000.0),
)


def btc_costs(plan: Plan) -> pd.DataFrame | None:
    """Cost of a mined coin by step and year: one row per year; columns year, btc, share (of mining in revenue), price,
    the steps, cash, all_in. None where no price of bitcoin is given. [USD per BTC]
    """
    price = plan.portfolio.btc_price_by_month()
    if price is None:
        return None
    cashflow = plan.frames.cashflow.assign(year=plan.frames.cashflow["month"].str[:4])
    months = sorted(cashflow["month"].unique())
    lines = cashflow.pivot_table(index="month", columns="line", values="usd", aggfunc="sum", fill_value=0.0).loc[months]

    def line(*names: str) -> pd.Series:
        return lines.reindex(columns=list(names), fill_value=0.0).sum(axis=1)

    revenue = line("mining_revenue")
    hosting = line("rent", "prepaid_rent")
    whole = (revenue + hosting).groupby(revenue.index.str[:4]).sum()
    mined = (revenue / price).groupby(revenue.index.str[:4]).sum()
    by_year = revenue.groupby(revenue.index.str[:4]).sum()
    share = np.divide(by_year, whole, out=np.zeros(len(whole)), where=whole.to_numpy() > 0.0)
    own = {
        "energy": -line("mining_power", "power_blocks", "demand_charge", "peak_charge") - line("demand_response"),
        "opex": -line("mining_opex", "pool_fee", "rig_handling"),
    }
    shared = {
        "site_fixed": -line("site_fixed", "site_fixed_saved"),
        "overhead": -line("overhead"),
        "interest": -line("loan_interest", "loan_fees"),
        "dilution": -line("share_costs"),
    }
    written = _machine_depreciation(plan, months)
    sums = {name: usd.groupby(usd.index.str[:4]).sum() for name, usd in own.items()}
    sums |= {name: usd.groupby(usd.index.str[:4]).sum() * share for name, usd in shared.items()}
    sums["depreciation"] = written
    table = pd.DataFrame({"btc": mined, "share": share, "price": _mean(price, months)})
    kept = table["btc"] > 0.5
    for step in STEPS:
        table[step] = np.divide(sums[step], mined, out=np.full(len(mined), np.nan), where=kept.to_numpy())
    table["cash"] = table[list(CASH_STEPS)].sum(axis=1)
    table["all_in"] = table[list(STEPS)].sum(axis=1)
    return table[kept].rename_axis("year").reset_index()


def _mean(price: np.ndarray[tuple[int], np.dtype[np.float64]], months: list[str]) -> pd.Series:
    return pd.Series(price, index=months).groupby(lambda month: month[:4]).mean()


def _machine_depreciation(plan: Plan, months: list[str]) -> pd.Series:
    """What machines and halls that the plan buys lose in every year, evenly over their lives. [USD]"""
    portfolio, usd = plan.portfolio, np.zeros(len(months))
    lives = {terms.rig: terms.life_months for terms in portfolio.rig_stock}
    rigs = {offer.id: offer for offer in portfolio.rig_offers}
    halls = {record.id: record for record in portfolio.hall_builds}
    for row in plan.frames.capital.itertuples():
        t = months.index(row.month)
        if row.decision == "buy":
            offer = rigs[row.name]
            per_mw = offer.usd_per_th * (1.0 - offer.monthly_decline) ** t * 1000.0 * portfolio.ph_s_per_mw(offer.rig)
            used, life, cost = t + offer.lead_months, lives.get(offer.rig, 36), row.quantity * per_mw
        elif row.decision == "build halls":
            record = halls[row.name]
            used, life, cost = t + record.lead_months, record.life_months, row.quantity * record.usd_per_mw
        else:
            continue
        usd[used : used + life] += cost / life
    return pd.Series(usd, index=months).groupby(lambda month: month[:4]).sum()


def btc_cost_table(plan: Plan) -> Table:
    """The bridge by year, and what others have published; empty without a price of bitcoin."""
    costs = btc_costs(plan)
    if costs is None or costs.empty:
        return Table("btc-costs", "Cost of a mined bitcoin", (Column("Step", numeric=False),), ())
    rows = [(text("Bitcoin mined"), *(figure(float(btc), lambda v: fmt.number(v, 0)) for btc in costs["btc"]))]
    for step in CASH_STEPS:
        rows.append((text(STEPS[step]), *(figure(float(usd), fmt.usd_whole) for usd in costs[step])))
    rows.append((text("Cash cost"), *(figure(float(usd), fmt.usd_whole) for usd in costs["cash"])))
    for step in STEPS:
        if step not in CASH_STEPS:
            rows.append((text(STEPS[step]), *(figure(float(usd), fmt.usd_whole) for usd in costs[step])))
    rows.append((text("All-in cost"), *(figure(float(usd), fmt.usd_whole) for usd in costs["all_in"])))
    rows.append((text("Price of a bitcoin"), *(figure(float(usd), fmt.usd_whole) for usd in costs["price"])))
    columns = (Column("Step", numeric=False), *(Column(str(year)) for year in costs["year"]))
    published = "; ".join(f"{name}: {fmt.usd_whole(usd)}" for name, usd in PUBLIC)
    note = (
        "Fixed costs, overhead, interest and the cost of shares are shared with AI by revenue; machines owned before "
        f"the plan are not depreciated here. Published, USD per BTC: {published}."
    )
    return Table("btc-costs", "Cost of a mined bitcoin by year (USD per BTC)", columns, tuple(rows), note=note)
