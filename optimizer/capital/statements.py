"""Income, cash flow and balance of a plan, by month, quarter and year.

The books depreciate evenly: machines, halls and expansions over the life that their record states, the building of an
AI offer over its term, its servers until they are bought anew. What was bought before the plan is in the books at
`tax.opening_book_usd`. The balance shows what these tables know of; it does not add up to a company's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from optimizer.capital.ledger import Ledger
from optimizer.horizon import USD_PER_USD_M, FloatArray, Horizon
from optimizer.hosting import capex_by_month, server_months, server_price

if TYPE_CHECKING:
    from optimizer.parameters import Parameters

Row = tuple[str, str, str, str, float]
OPERATING_OUT = "capex"
FINANCING = ("loan_draws", "loan_fees", "loan_interest", "loan_principal", "share_sales", "share_costs", "coin_sales")
INVESTING = ("rig_purchases", "rig_sales", "halls", "expansions", "deposits")
# Of the income, beside what offers and mining bring: lines of cash that are earned or spent in their month.
EARNED = ("rig_handling", "closures", "site_fixed_saved", "overhead", "loan_interest", "loan_fees")


def statement_rows(p: Parameters, ledger: Ledger, lines: Mapping[str, FloatArray]) -> list[Row]:
    """Rows of period, kind of period, statement, line and USD: months first, then quarters, then years."""
    income, cash, balance = income_statement(p, ledger, lines), cash_statement(ledger), balance_sheet(p, ledger)
    rows: list[Row] = []
    for kind, spans in periods(p.horizon).items():
        for label, first, end in spans:
            for name, statement in (("income", income), ("cash flow", cash)):
                for line, usd in statement.items():
                    amount = usd[end - 1] if line == "closing cash" else usd[first:end].sum()
                    amount = usd[first] if line == "opening cash" else amount
                    rows.append((label, kind, name, line, float(amount) + 0.0))
            rows += [(label, kind, "balance", line, float(usd[end - 1]) + 0.0) for line, usd in balance.items()]
    return rows


def periods(horizon: Horizon) -> dict[str, list[tuple[str, int, int]]]:
    """Months, calendar quarters and calendar years of a plan: label, first month, end."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for kind in ("month", "quarter", "year"):
        labels = [_label(horizon, t, kind) for t in range(horizon.months)]
        starts = [t for t in range(horizon.months) if t == 0 or labels[t] != labels[t - 1]]
        ends = [*starts[1:], horizon.months]
        found[kind] = [(labels[first], first, end) for first, end in zip(starts, ends, strict=True)]
    return found


def _label(horizon: Horizon, t: int, kind: str) -> str:
    year, month = horizon.calendar(t)
    if kind == "year":
        return f"{year:04d}"
    return f"{year:04d}-Q{(month + 2) // 3}" if kind == "quarter" else horizon.label(t)


def income_statement(p: Parameters, ledger: Ledger, lines: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """What is earned and spent, by line and month. [USD]"""
    found = {line: usd.sum(axis=0) for line, usd in lines.items() if line != OPERATING_OUT and usd.any()}
    found |= {line: ledger.lines[line] for line in EARNED if ledger.lines[line].any()}
    gain = coin_gain(ledger)
    found["coin gain"] = gain
    found["rig_sales"] = ledger.lines["rig_sales"]
    found["depreciation"] = -depreciation(p, ledger).sum(axis=0)
    found["share_costs"] = ledger.lines["share_costs"]
    found["income before tax"] = np.asarray(sum(found.values()))
    found["tax"] = ledger.lines["tax"]
    found["net income"] = found["income before tax"] + found["tax"]
    return found


def coin_gain(ledger: Ledger) -> FloatArray:
    """What coin sold brings beyond what it was bought for, by month. [USD]"""
    coin = ledger.capital.coin
    gain = np.zeros(ledger.capital.horizon.months)
    if coin is not None and coin.sale.gain_usd_m is not None:
        np.add.at(gain, coin.sale.month, ledger.amounts[coin.sale.name] * coin.sale.gain_usd_m)
        gain += coin.fixed_gain_usd_m
    return gain * USD_PER_USD_M


def cash_statement(ledger: Ledger) -> dict[str, FloatArray]:
    """From opening to closing cash, by line and month. [USD]"""
    flow = ledger.operating - ledger.capex + ledger.net
    found = {"opening cash": ledger.cash - flow, "operating cash flow": ledger.operating, "ai capex": -ledger.capex}
    for line in (*INVESTING, "rig_handling", "closures", "site_fixed_saved", "overhead", "tax", *FINANCING):
        found[line] = ledger.lines[line]
    return found | {"closing cash": ledger.cash}


def balance_sheet(p: Parameters, ledger: Ledger) -> dict[str, FloatArray]:
    """What is owned and owed at the end of every month. [USD]"""
    coin, months = ledger.capital.coin, p.horizon.months
    price = np.zeros(months) if coin is None else coin.price * USD_PER_USD_M / 1000.0
    spent = ledger.capex - ledger.lines["rig_purchases"] - ledger.lines["halls"] - ledger.lines["expansions"]
    book = 0.0 if ledger.capital.tax is None else ledger.capital.tax.opening_book_usd
    owed = {f"owed: {loan.id}": ledger.owed[row] for row, loan in enumerate(ledger.capital.debt.loans)}
    debt = np.asarray(sum(owed.values(), start=np.zeros(months)))
    return {
        "cash": ledger.cash,
        "coin at market": ledger.coin_btc * price,
        "deposits": -np.cumsum(ledger.lines["deposits"]),
        "fixed assets": book + np.cumsum(spent) - np.cumsum(depreciation(p, ledger).sum(axis=0)),
        **owed,
        "debt": debt,
        "debt less cash": debt - ledger.cash,
    }


def depreciation(p: Parameters, ledger: Ledger) -> FloatArray:
    """What the books write off by kind (machines, buildings, AI offers, opening book) and month. [USD]"""
    months = p.horizon.months
    total = np.zeros((4, months))
    for kind, used, life, usd in _assets(p, ledger):
        total[kind, used : used + life] += usd / life
    return total


def _assets(p: Parameters, ledger: Ledger) -> Iterator[tuple[int, int, int, float]]:
    """Kind, month of use, life in months and cost of everything that is bought. [USD]"""
    capital, months = ledger.capital, p.horizon.months
    machines, building = capital.machines, capital.building
    for column in np.flatnonzero(ledger.amounts["rig_buy_mw"]).tolist():
        bought = int(machines.bought_of[column])
        used = int(machines.buy.month[column]) + machines.offers[bought].lead_months
        life = machines.types[int(machines.offer_type[bought])].life_months
        yield 0, used, life, _cost(ledger, "rig_buy_mw", "rig_purchases", column)
    for column in np.flatnonzero(ledger.amounts["hall_mw"]).tolist():
        life = building.halls[int(building.hall_of[column])].life_months
        yield 1, int(building.hall_ready[column]), life, _cost(ledger, "hall_mw", "halls", column)
    for column in np.flatnonzero(ledger.amounts["expand_mw"]).tolist():
        record = building.expansions[int(building.expand_of[column])]
        cost = _cost(ledger, "expand_mw", "expansions", column)
        fixed = record.substation_usd if (record.land_usd or record.substation_usd or record.min_mw) else 0.0
        yield 1, int(building.expand_ready[column]), record.life_months, cost + fixed
    for start, mw in taken_starts(ledger):
        offer, tau = p.starts.offers[int(p.starts.offer[start])], int(p.starts.tau[start])
        months_bought = [t for t in server_months(offer, tau, int(p.starts.release[start])) if 0 <= t < months]
        servers = {t: float(server_price(offer, np.array([t]))[0]) for t in months_bought}
        for t, usd in servers.items():
            yield 2, t, offer.refresh_months or offer.term_months, mw * usd
        built = float(capex_by_month(p.starts, start).sum()) - sum(servers.values())
        if tau >= 0:
            yield 2, tau, offer.term_months, mw * built
    if capital.tax is not None:
        yield 3, 0, capital.tax.opening_life_months, capital.tax.opening_book_usd


def _cost(ledger: Ledger, decision: str, line: str, column: int) -> float:
    flow = ledger.capital.decisions[decision].flows[line][[column]]
    return float(-flow.sum() * ledger.amounts[decision][column] * USD_PER_USD_M)


def taken_starts(ledger: Ledger) -> list[tuple[int, float]]:
    """Positions and critical MW of the starts that are taken. [MW]"""
    return list(zip(ledger.starts.tolist(), ledger.signed_mw.tolist(), strict=True))
