"""The tables of a plan's capital: decisions, machines, debt, cash, statements."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from optimizer.capital.decisions import CASH_LINES
from optimizer.capital.finance import THOUSAND_BTC
from optimizer.capital.ledger import Ledger
from optimizer.capital.statements import statement_rows
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from optimizer.results import SCHEMAS
from optimizer.solve import LpSolution

# What each family of decisions is called in tables, its unit there, and how many of these its own unit is.
DECISION_WORDS: Mapping[str, tuple[str, str, float]] = {
    "rig_buy_mw": ("buy", "MW", 1.0),
    "rig_sell_mw": ("sell", "MW", 1.0),
    "rig_install_mw": ("install", "MW", 1.0),
    "rig_uninstall_mw": ("uninstall", "MW", 1.0),
    "hall_mw": ("build halls", "MW", 1.0),
    "expand_mw": ("expand", "MW", 1.0),
    "close": ("close", "site", 1.0),
    "loan_draw_usd_m": ("draw", "USD", USD_PER_USD_M),
    "share_sale_usd_m": ("sell shares", "USD", USD_PER_USD_M),
    "coin_sale_kbtc": ("sell coin", "BTC", THOUSAND_BTC),
}


def empty(name: str) -> pd.DataFrame:
    """A table without rows."""
    return pd.DataFrame(columns=list(SCHEMAS[name]))


def capital_frame(ledger: Ledger | None) -> pd.DataFrame:
    """Every decision that is taken, in the order of time; npv_usd is what it moves itself."""
    if ledger is None:
        return empty("capital")
    horizon, rows = ledger.capital.horizon, []
    for order, (name, (word, unit, scale)) in enumerate(DECISION_WORDS.items()):
        decision = ledger.capital.decisions.get(name)
        if decision is None:
            continue
        amounts, value = ledger.amounts[name], decision.values_usd_m(horizon) * USD_PER_USD_M
        for column in np.flatnonzero(amounts).tolist():
            t, amount = int(decision.month[column]), float(amounts[column])
            npv = amount * float(value[column])
            rows.append((t, order, horizon.label(t), word, decision.where[column], amount * scale, unit, npv))
    coin = ledger.capital.coin
    if coin is not None:
        word, unit, scale = DECISION_WORDS["coin_sale_kbtc"]
        for t in np.flatnonzero(coin.fixed_sales).tolist():
            sold = float(coin.fixed_sales[t])
            npv = sold * float(coin.price[t] * horizon.discount[t] - coin.price[-1] * horizon.discount[-1])
            rows.append((t, 99, horizon.label(t), word, "treasury", sold * scale, unit, npv * USD_PER_USD_M))
    rows.sort(key=lambda row: (row[0], row[1], row[4]))
    return pd.DataFrame([row[2:] for row in rows], columns=list(SCHEMAS["capital"]))


def machines_frame(p: Parameters, ledger: Ledger | None) -> pd.DataFrame:
    """MW of every handled machine type in every fleet and in stock (no fleet), month by month."""
    if ledger is None:
        return empty("machines")
    installed, stock = machines_mw(ledger)
    machines, labels, rows = ledger.capital.machines, p.horizon.labels, []
    for t, month in enumerate(labels):
        for kind, terms in enumerate(machines.types):
            rows.append((month, terms.rig, "", float(stock[kind, t])))
            for position in np.flatnonzero(machines.fleet_type == kind).tolist():
                fleet = p.fleets[int(machines.fleets[position])].id
                rows.append((month, terms.rig, fleet, float(installed[position, t])))
    return pd.DataFrame(rows, columns=list(SCHEMAS["machines"]))


def machines_mw(ledger: Ledger) -> tuple[FloatArray, FloatArray]:
    """MW installed in every handled fleet, and in stock of every handled type, by month. [MW]"""
    machines, months = ledger.capital.machines, ledger.capital.horizon.months
    put, out = (ledger.amounts[name].reshape(-1, months) for name in ("rig_install_mw", "rig_uninstall_mw"))
    installed = machines.opening_mw[:, None] + np.cumsum(put - out, axis=1)
    change = -ledger.amounts["rig_sell_mw"].reshape(-1, months)
    for kind, terms in enumerate(machines.types):
        own = machines.fleet_type == kind
        change[kind] -= put[own].sum(axis=0)
        if terms.move_months < months:
            change[kind, terms.move_months :] += out[own].sum(axis=0)[: months - terms.move_months]
        for offer in np.flatnonzero(machines.offer_type == kind).tolist():
            columns = np.flatnonzero(machines.bought_of == offer)
            arrival = machines.buy.month[columns] + machines.offers[offer].lead_months
            np.add.at(change[kind], arrival, ledger.amounts["rig_buy_mw"][columns])
    return installed, machines.stock_mw[:, None] + np.cumsum(change, axis=1)


def debt_frame(ledger: Ledger | None) -> pd.DataFrame:
    """Every loan in every month. [USD]"""
    if ledger is None:
        return empty("debt")
    debt, horizon = ledger.capital.debt, ledger.capital.horizon
    parts = []
    for row, loan in enumerate(debt.loans):
        own = np.flatnonzero(debt.of == row)
        amounts = ledger.amounts[debt.draw.name][own]
        flows = {line: np.asarray(flow[own].T @ amounts) * USD_PER_USD_M for line, flow in debt.draw.flows.items()}
        part = {
            "month": list(horizon.labels),
            "loan": [loan.id] * horizon.months,
            "drawn_usd": flows["loan_draws"],
            "fee_usd": 0.0 - flows["loan_fees"],
            "interest_usd": debt.fixed_interest[row] * USD_PER_USD_M - flows["loan_interest"],
            "principal_usd": debt.fixed_principal[row] * USD_PER_USD_M - flows["loan_principal"],
            "owed_usd": ledger.owed[row],
        }
        parts.append(pd.DataFrame(part))
    if not parts:
        return empty("debt")
    return pd.concat(parts).sort_values("month", kind="stable", ignore_index=True)[list(SCHEMAS["debt"])]


def cash_prices(p: Parameters, matrices: Matrices, solution: LpSolution) -> FloatArray:
    """What one more dollar of cash in a month adds to the NPV beside itself, by month. [USD/USD]"""
    for group in matrices.rows:
        if group.family == "cash_balance":
            from optimizer.formulation_cash import MONEY_SCALE

            rows = slice(group.first, group.first + group.index.size)
            return np.asarray(-solution.row_dual[rows] * MONEY_SCALE)
    return np.zeros(p.horizon.months)


def cash_frame(p: Parameters, matrices: Matrices, solution: LpSolution, ledger: Ledger | None) -> pd.DataFrame:
    """The cash account month by month, what one more dollar would be worth, debt and coin. [USD, BTC]"""
    if ledger is None:
        return empty("cash")
    capital, terms = ledger.capital, ledger.capital.liquidity
    coin, service = ledger.coin_btc, -(ledger.lines["loan_interest"] + ledger.lines["loan_principal"])
    price = np.zeros(coin.size) if capital.coin is None else capital.coin.price * USD_PER_USD_M / THOUSAND_BTC
    columns = (
        list(p.horizon.labels),
        ledger.cash,
        np.full(coin.size, np.nan if terms is None else terms.min_cash_usd),
        cash_prices(p, matrices, solution) + 0.0,
        ledger.operating,
        ledger.net_rent,
        ledger.capex,
        ledger.owed.sum(axis=0),
        service + 0.0,
        coin,
        coin * price,
    )
    return pd.DataFrame(dict(zip(SCHEMAS["cash"], columns, strict=True)))


def with_capital_lines(cashflow: pd.DataFrame, ledger: Ledger | None) -> pd.DataFrame:
    """The cash flow with the lines of capital, which belong to no one site."""
    if ledger is None:
        return cashflow
    labels = list(ledger.capital.horizon.labels)
    own = pd.DataFrame(
        {
            "month": np.repeat(np.array(labels, dtype=object), len(CASH_LINES)),
            "site": "",
            "line": list(CASH_LINES) * len(labels),
            "usd": np.array([ledger.lines[line] for line in CASH_LINES]).T.ravel() + 0.0,
        }
    )
    return pd.concat([cashflow, own]).sort_values("month", kind="stable", ignore_index=True)


def statements_frame(p: Parameters, ledger: Ledger | None, lines: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Income, cash flow and balance by month, quarter and year. [USD]

    lines : cash flow by line, sites x months. [USD]
    """
    if ledger is None:
        return empty("statements")
    return pd.DataFrame(statement_rows(p, ledger, lines), columns=list(SCHEMAS["statements"]))
