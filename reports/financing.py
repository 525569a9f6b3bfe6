"""What the plan needs, where the money comes from, and what it costs: the figures of capital."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from reports import format as fmt

if TYPE_CHECKING:
    from optimizer.results import Plan

# Sources and uses by cash line; a line that is negative is a use whichever side it stands on.
SOURCES: dict[str, tuple[str, ...]] = {
    "Operations": ("operating",),
    "Loans drawn": ("loan_draws",),
    "Shares sold": ("share_sales",),
    "Bitcoin sold": ("coin_sales",),
    "Machines sold": ("rig_sales",),
}
USES: dict[str, tuple[str, ...]] = {
    "AI capex": ("capex",),
    "Machines": ("rig_purchases", "rig_handling"),
    "Halls and grid connections": ("halls", "expansions", "deposits"),
    "Closing sites": ("closures",),
    "Interest and fees": ("loan_interest", "loan_fees", "share_costs"),
    "Loans repaid": ("loan_principal",),
    "Overhead": ("overhead",),
    "Tax": ("tax",),
}
# Lines of cash that are neither; with them operations are what mining, offers and sites bring.
_OTHER = {line for lines in (*SOURCES.values(), *USES.values()) for line in lines}
FINANCING_TERMS = ("loan_draws", "loan_fees", "loan_interest", "loan_principal", "loans_owed")


def has_capital(plan: Plan) -> bool:
    """Whether the plan was made with tables of capital."""
    return not plan.frames.cash.empty


def sources_and_uses(plan: Plan) -> pd.DataFrame:
    """Money by source and use and year; uses negative: one row per name, one column per calendar year. [USD]

    The rows of a year add up to the change of its cash.
    """
    cashflow = plan.frames.cashflow
    line = cashflow["line"].where(cashflow["line"].isin(_OTHER), "operating")
    by_year = cashflow.assign(line=line, year=cashflow["month"].str[:4]).pivot_table(
        index="line", columns="year", values="usd", aggfunc="sum", fill_value=0.0
    )
    names = SOURCES | USES
    rows = {name: by_year.reindex(list(lines), fill_value=0.0).sum(axis=0) for name, lines in names.items()}
    table = pd.DataFrame(rows).T
    return table[(table.abs() > fmt.NOISE).any(axis=1)]


def opening_cash(plan: Plan) -> float:
    """Cash when the plan starts; zero without an account. [USD]"""
    liquidity = plan.portfolio.liquidity
    return 0.0 if liquidity is None else float(liquidity.opening_cash_usd)


def sentence(plan: Plan) -> str:
    """What is spent, and what pays for it, until the month in which no more is raised."""
    table = sources_and_uses(plan)
    totals = table.sum(axis=1)
    spent = -math.fsum(totals.get(name, 0.0) for name in ("AI capex", "Machines", "Halls and grid connections"))
    raised = {
        "loans": totals.get("Loans drawn", 0.0),
        "new shares": totals.get("Shares sold", 0.0),
        "bitcoin": totals.get("Bitcoin sold", 0.0),
        "machines sold": totals.get("Machines sold", 0.0),
    }
    parts = [f"{fmt.usd(usd)} from {name}" for name, usd in raised.items() if usd > fmt.NOISE]
    told = f"The plan invests {fmt.usd(spent)} over the horizon"
    if parts:
        told += ". It raises " + (", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0])
    cash = plan.frames.cash
    low = cash.loc[cash["cash_usd"].idxmin()]
    lowest = f"Cash is lowest in {fmt.month(low['month'])}, at {fmt.usd(low['cash_usd'])}."
    return f"{told}; operations and opening cash pay the rest. {lowest}"


def debt_value(plan: Plan) -> float:
    """Part of the NPV that comes from borrowing below the discount rate: all flows of loans. [USD]"""
    terms = plan.frames.terms
    own = terms[(terms["case"] == "plan") & terms["term"].isin(FINANCING_TERMS)]
    return math.fsum(own["npv_usd"])


@dataclass(frozen=True)
class Spell:
    """Months in a row in which one more dollar is worth more than itself, by about the same."""

    first: str
    last: str
    price: float


def dear_cash(plan: Plan) -> list[Spell]:
    """When cash is short: spells of months with one price. [USD of NPV per USD]"""
    spells: list[Spell] = []
    for row in plan.frames.cash.itertuples():
        price = float(row.price_usd_per_usd)
        if price <= 1e-6:
            continue
        if spells and math.isclose(spells[-1].price, price, rel_tol=1e-6) and _follows(spells[-1].last, row.month):
            spells[-1] = Spell(spells[-1].first, row.month, price)
        else:
            spells.append(Spell(row.month, row.month, price))
    return spells


def _follows(before: str, month: str) -> bool:
    year, number = int(before[:4]), int(before[5:])
    return month == (f"{year + 1:04d}-01" if number == 12 else f"{year:04d}-{number + 1:02d}")


def loans(plan: Plan) -> pd.DataFrame:
    """One row per loan; columns loan, contract, rate, repayment, drawn_usd, first, last, highest_usd, interest_usd,
    fees_usd, owed_usd (when the plan ends), cover (least net rent of its contract per service, NaN where not tested).
    """
    rows = []
    for loan in sorted(plan.portfolio.loans, key=lambda record: record.id):
        own = plan.frames.debt[plan.frames.debt["loan"] == loan.id]
        drawn = own[own["drawn_usd"] > fmt.NOISE]
        rows.append(
            {
                "loan": loan.id,
                "contract": loan.contract,
                "rate": loan.rate,
                "repayment": loan.repayment,
                "drawn_usd": float(own["drawn_usd"].sum()),
                "first": drawn["month"].min() if len(drawn) else "",
                "last": drawn["month"].max() if len(drawn) else "",
                "highest_usd": float(own["owed_usd"].max()),
                "interest_usd": float(own["interest_usd"].sum()),
                "fees_usd": float(own["fee_usd"].sum()),
                "owed_usd": float(own["owed_usd"].iloc[-1]),
            }
        )
    return pd.DataFrame(rows)


def capital_words(plan: Plan) -> list[str]:
    """Capital in a few lines for a terminal; none without it."""
    if not has_capital(plan):
        return []
    lines = [f"Capital: {sentence(plan)}"]
    rules = plan.frames.rules
    dear = rules[rules["cost_usd"] > 1.0].sort_values("cost_usd", ascending=False)
    if len(dear):
        told = ", ".join(
            f"{row.rule.replace('_', ' ')}{f' of {row.where}' if row.where else ''} {fmt.usd(row.cost_usd)}"
            for row in dear.itertuples()
        )
        lines.append(f"What rules about money cost: {told}")
    return lines


def value_of_debt(plan: Plan) -> str:
    """What of the NPV comes from borrowing below the discount rate; empty where nothing is borrowed."""
    worth = debt_value(plan)
    if abs(worth) < fmt.NOISE:
        return ""
    rate = fmt.percent(plan.portfolio.settings.discount_rate, 1)
    told = "comes from borrowing below" if worth > 0.0 else "is lost by borrowing above"
    return (
        f"{fmt.usd(abs(worth))} of the net present value {told} the discount rate of {rate}: it is a gain of those who "
        "ask for that rate, not of the business."
    )


def statement_notes(plan: Plan) -> list[str]:
    """How the statements are to be read."""
    notes = [
        "The books depreciate evenly over the lives that the records state; what was bought before the plan is in them "
        "only as far as the table of tax gives it. Taxes are worked out by the tax's own schedules and are exact."
    ]
    if plan.portfolio.tax is None:
        notes = [notes[0].rpartition(" Taxes")[0]]
    elif len(plan.frames.scenarios) > 1:
        notes.append(
            "With several scenarios all figures are means, and the tax is that on the mean income: at most the mean of "
            "the taxes."
        )
    return notes


def decisions(plan: Plan) -> pd.DataFrame:
    """What is decided about machines, halls, sites, shares and coin, by year: decision, name, year, quantity, unit,
    npv_usd. Loans have a table of their own.
    """
    own = plan.frames.capital[plan.frames.capital["decision"] != "draw"]
    keys = ["decision", "name", "year", "unit"]
    order = {name: n for n, name in enumerate(dict.fromkeys(DECISIONS))}
    table = (
        own.assign(year=own["month"].str[:4]).groupby(keys, as_index=False, sort=False)[["quantity", "npv_usd"]].sum()
    )
    table["order"] = table["decision"].map(order)
    return table.sort_values(["order", "name", "year"], kind="stable").drop(columns="order").reset_index(drop=True)


DECISIONS = ("buy", "sell", "install", "uninstall", "build halls", "expand", "close", "sell shares", "sell coin")


def yearly_statement(plan: Plan, statement: str) -> pd.DataFrame:
    """One statement: a row per line, a column per calendar year, lines without any money left out. [USD]"""
    rows = plan.frames.statements
    own = rows[(rows["kind"] == "year") & (rows["statement"] == statement)]
    table = own.pivot_table(index="line", columns="period", values="usd", sort=False, aggfunc="sum")
    return table[(table.abs() > fmt.NOISE).any(axis=1)]


def cash_by_year(plan: Plan) -> pd.DataFrame:
    """Debt and cash at the end of every year, and the lowest cash in it; columns year, cash, low, debt. [USD]"""
    cash = plan.frames.cash.assign(year=plan.frames.cash["month"].str[:4])
    grouped = cash.groupby("year")
    return pd.DataFrame(
        {
            "cash": grouped["cash_usd"].last(),
            "low": grouped["cash_usd"].min(),
            "debt": grouped["debt_usd"].last(),
        }
    ).reset_index()


def monthly_account(plan: Plan) -> pd.DataFrame:
    """The account month by month; columns month, cash_usd, debt_usd [USD], cash, debt, least [the unit shown]."""
    cash = plan.frames.cash
    return pd.DataFrame(
        {
            "month": cash["month"],
            "cash_usd": cash["cash_usd"],
            "debt_usd": cash["debt_usd"],
            "cash": cash["cash_usd"].map(fmt.in_money_unit),
            "debt": cash["debt_usd"].map(fmt.in_money_unit),
            "least": cash["min_cash_usd"].astype(float).map(fmt.in_money_unit),
        }
    )
