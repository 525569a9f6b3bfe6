"""The part of the programme that is about money: the cash account, debt, covenants, coin and tax.

Called by optimizer/formulation.py. Symbols are those of docs/capital.md. Rows of money are written in units of 10,000
USD, so that small entries are not lost; variables are USD million, coin is thousand BTC.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.algebra import Term, add_rows, add_variable, linear
from optimizer.capital.capital import Capital
from optimizer.formulation_joint import joint_bounds
from optimizer.horizon import USD_PER_USD_M, FloatArray, IntArray
from optimizer.parameters import Parameters
from optimizer.sparse import csr_matrix

# Rows of money are in 10,000 USD. Entries below a tenth of a cent per MW are left out.
MONEY_SCALE = 100.0
LEAST_USD_M = 1e-9
# Bounds of accounts are wider than what the tables imply by this factor, so that they never bind.
SPARE = 1.5
MONTHS_PER_YEAR = 12


def cash_bounds(p: Parameters, capital: Capital) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Bounds of the variables of money. [USD million, thousand BTC]

    net_rent_usd_m, operating_usd_m : of every month, where cash or tax counts. cash_usd_m : at the end of every month.
    income_usd_m, loss_usd_m, loss_used_usd_m, loss_pool_usd_m : of every tax year. coin_kbtc : held after every month.
    """
    months, years = p.horizon.months, len(capital.years.years)
    lenders = bool(tied_loans(capital, "min_dscr"))
    monthly = months if capital.counts_cash or capital.tax is not None or lenders else 0
    least = 0.0 if capital.liquidity is None else capital.liquidity.min_cash_usd / USD_PER_USD_M
    coins = 0 if capital.coin is None else capital.coin.sale.size
    taxed = years if capital.tax is not None else 0
    in_month, in_all = largest_flows_usd_m(p, capital) if monthly or capital.counts_cash else (0.0, 0.0)
    wide = -np.full(monthly, in_month), np.full(monthly, in_month)
    money = np.zeros(taxed), np.full(taxed, in_all)
    account = months if capital.counts_cash else 0
    held = 0.0 if capital.coin is None else capital.coin.opening
    return {
        "net_rent_usd_m": wide,
        "operating_usd_m": wide,
        "cash_usd_m": (np.full(account, least), np.full(account, max(in_all, least))),
        "income_usd_m": money,
        "loss_usd_m": money,
        "loss_used_usd_m": money,
        "loss_pool_usd_m": money,
        "coin_kbtc": (np.zeros(coins), np.full(coins, held)),
    }


def largest_flows_usd_m(p: Parameters, capital: Capital) -> tuple[float, float]:
    """Further from zero than operating cash flow can be in a month, and any account ever. [USD million]

    Bounds much wider than the data lead a search for whole numbers astray, so they are worked out from the tables:
    every offer at its largest in its dearest start, every block and decision at its most.
    """
    operating, horizon = p.operating, p.horizon
    monthly = np.abs(operating.net_rent).toarray() + np.abs(operating.demand_charge).toarray()
    spent = np.abs(operating.capex).toarray().sum(axis=1)
    rent, built = 0.0, 0.0
    for position, offer in enumerate(p.starts.offers):
        own = p.starts.offer == position
        if own.any():
            most = max(offer.max_mw, offer.committed_mw)
            rent += most * float(monthly[own].max())
            built += most * float(spent[own].max())
    mining = np.abs(operating.mining).T @ p.blocks.mw
    for name, table in operating.joint.items():
        family, _, scenario = name.partition("@")
        most_mw = joint_bounds(p.own[int(scenario)] if scenario else p)[family]
        mining = mining + np.abs(table).T @ most_mw
    in_month = SPARE * (rent + float((mining + np.abs(operating.fixed)).max())) + 1.0
    decided = sum(_largest_cash_usd_m(capital, name) for name in capital.decisions)
    opening = 0.0 if capital.liquidity is None else abs(capital.liquidity.opening_cash_usd) / USD_PER_USD_M
    losses = 0.0 if capital.tax is None else capital.tax.opening_losses_usd / USD_PER_USD_M
    fixed = float(np.abs(capital.fixed_cash_usd_m).sum() + capital.opening_write_off.sum())
    in_all = horizon.months * in_month + SPARE * (2.0 * built + decided + opening + losses + fixed) + 1.0
    return in_month, in_all


def _largest_cash_usd_m(capital: Capital, name: str) -> float:
    """Most that the decisions of a family can move in all months together. [USD million]"""
    decision, machines = capital.decisions[name], capital.machines
    in_all = {
        "rig_buy_mw": {offer.id: offer.max_mw for offer in machines.offers},
        "rig_sell_mw": dict(zip((t.rig for t in machines.types), machines.largest_stock_mw().tolist(), strict=True)),
    }.get(name, {})
    moved = np.asarray(np.abs(decision.cash(capital.horizon.months)).sum(axis=1)).ravel()
    # Machines may be put in and taken out again and again; of everything else there is only so much.
    often = name in ("rig_install_mw", "rig_uninstall_mw")
    total = 0.0
    for owner in dict.fromkeys(decision.where):
        own = np.array([where == owner for where in decision.where], dtype=np.bool_)
        most = in_all.get(owner, float(decision.upper[own].max()))
        total += most * float(moved[own].sum() if often else moved[own].max())
    return total


def add_cash_variables(model: Any, p: Parameters, capital: Capital) -> None:
    """All variables of money."""
    for name, (lower, upper) in cash_bounds(p, capital).items():
        add_variable(model, name, lower, upper)


def add_cash(model: Any, p: Parameters, capital: Capital) -> None:
    """The accounts, and all limits on them."""
    if len(model.operating_usd_m):
        add_operating(model, p)
    if capital.counts_cash:
        add_cash_account(model, p, capital)
        add_covenants(model, p, capital)
    add_totals(model, capital)
    add_loan_caps(model, p, capital)
    add_coin(model, capital)
    if capital.tax is not None:
        add_tax(model, p, capital)


class Columns:
    """Terms of a table's columns (months or years), scaled, without entries that are too small to matter."""

    def __init__(self, table: csr_matrix, variables: list[Any], scale: float = MONEY_SCALE) -> None:
        """See a table of members x columns whose members are these variables."""
        self._table, self._variables, self._scale = table.tocsc(), variables, scale

    def at(self, column: int) -> list[Term]:
        """The terms of one column."""
        own = slice(int(self._table.indptr[column]), int(self._table.indptr[column + 1]))
        entries = zip(self._table.indices[own].tolist(), self._table.data[own].tolist(), strict=True)
        return [(usd_m * self._scale, self._variables[row]) for row, usd_m in entries if abs(usd_m) >= LEAST_USD_M]


def add_operating(model: Any, p: Parameters) -> None:
    """net_rent[t] = sum of the offers' cash flows without capex; operating[t] = net_rent[t] + mining, fixed costs"""
    operating = p.operating
    rent = Columns(operating.net_rent, list(model.signed_mw.values()), -MONEY_SCALE)
    mining = Columns(operating.mining, list(model.mining_mw.values()), -MONEY_SCALE)
    others = [Columns(operating.demand_charge, list(model.signed_mw.values()), -MONEY_SCALE)]
    others += [
        Columns(table, list(getattr(model, name).values()), -MONEY_SCALE) for name, table in operating.joint.items()
    ]
    fixed = (operating.fixed * MONEY_SCALE).tolist()

    def rents(t: int) -> tuple[Any, Any, Any]:
        return 0.0, linear([(MONEY_SCALE, model.net_rent_usd_m[t]), *rent.at(t)]), 0.0

    def flows(t: int) -> tuple[Any, Any, Any]:
        terms = [(MONEY_SCALE, model.operating_usd_m[t]), (-MONEY_SCALE, model.net_rent_usd_m[t]), *mining.at(t)]
        for table in others:
            terms += table.at(t)
        return fixed[t], linear(terms), fixed[t]

    add_rows(model, "net_rent_balance", range(p.horizon.months), rents)
    add_rows(model, "operating_balance", range(p.horizon.months), flows)


def add_cash_account(model: Any, p: Parameters, capital: Capital) -> None:
    """cash[t] = cash[t-1] + operating[t] - capex[t] + what capital decisions move - tax, cash[-1] = opening cash"""
    months = p.horizon.months
    assert capital.liquidity is not None  # counts_cash
    tables = [Columns(p.operating.capex, list(model.signed_mw.values()), MONEY_SCALE)]
    tables += [
        Columns(decision.cash(months), list(getattr(model, name).values()), -MONEY_SCALE)
        for name, decision in capital.decisions.items()
        if decision.size
    ]
    year_of = {int(last): year for year, last in enumerate(capital.years.last.tolist())}
    opening = capital.liquidity.opening_cash_usd / USD_PER_USD_M
    fixed = capital.fixed_cash_usd_m + np.where(np.arange(months) == 0, opening, 0.0)
    sides = (fixed * MONEY_SCALE).tolist()

    def balance(t: int) -> tuple[Any, Any, Any]:
        terms: list[Term] = [(MONEY_SCALE, model.cash_usd_m[t]), (-MONEY_SCALE, model.operating_usd_m[t])]
        if t:
            terms.append((-MONEY_SCALE, model.cash_usd_m[t - 1]))
        for table in tables:
            terms += table.at(t)
        if capital.tax is not None and t in year_of and capital.tax.rate:
            rate = capital.tax.rate * MONEY_SCALE
            terms.append((rate, model.income_usd_m[year_of[t]]))
            terms.append((-rate, model.loss_used_usd_m[year_of[t]]))
        return sides[t], linear(terms), sides[t]

    add_rows(model, "cash_balance", range(months), balance)


def add_totals(model: Any, capital: Capital) -> None:
    """sum_t draw[l,t] <= limit[l], sum_t raise[e,t] <= limit[e]"""
    for name, of, family, limits in (
        ("loan_limit", capital.debt.of, model.loan_draw_usd_m, [loan.limit_usd for loan in capital.debt.loans]),
        ("share_limit", capital.issue_of, model.share_sale_usd_m, [issue.limit_usd for issue in capital.issues]),
    ):
        variables = list(family.values())
        rows = {row: [(1.0, variables[c]) for c in np.flatnonzero(of == row).tolist()] for row in range(len(limits))}
        rows = {row: terms for row, terms in rows.items() if terms}
        sides = [limit / USD_PER_USD_M for limit in limits]
        add_rows(
            model,
            name,
            list(rows),
            lambda row, rows=rows, sides=sides: (None, linear(rows[row]), sides[row]),  # type: ignore[misc]
        )


def tied_loans(capital: Capital, cap: str) -> list[int]:
    """Positions of the loans of a contract that have a cap."""
    return [row for row, loan in enumerate(capital.debt.loans) if getattr(loan, cap) is not None]


def covered_months(p: Parameters, capital: Capital, row: int) -> IntArray:
    """Months in which a loan's coverage is tested: those after its last draw's grace."""
    loan = capital.debt.loans[row]
    last = p.horizon.months - 1 if loan.last_draw is None else p.horizon.index(loan.last_draw)
    return np.arange(max(0, last + loan.grace_months + 1), p.horizon.months)


def starts_of(p: Parameters, contract: str) -> IntArray:
    """Positions of a contract's starts."""
    return np.flatnonzero(np.array([offer.id == contract for offer in p.starts.offers], dtype=np.bool_)[p.starts.offer])


def add_loan_caps(model: Any, p: Parameters, capital: Capital) -> None:
    """drawn up to t <= capex_share * capex of its contract up to t; net rent >= min_dscr * service. Index l * T + t"""
    months, debt = p.horizon.months, capital.debt
    shares, covers = tied_loans(capital, "capex_share"), tied_loans(capital, "min_dscr")
    if not shares and not covers:
        return
    signed, draws = list(model.signed_mw.values()), list(model.loan_draw_usd_m.values())
    spent = np.cumsum(p.operating.capex.toarray(), axis=1)
    rows: dict[int, tuple[list[Term], float]] = {}
    for row in shares:
        own = np.flatnonzero(debt.of == row)
        starts = starts_of(p, debt.loans[row].contract)
        share = debt.loans[row].capex_share or 0.0
        for t in debt.draw.month[own].tolist():
            terms = [(MONEY_SCALE, draws[c]) for c in own[debt.draw.month[own] <= t].tolist()]
            used = starts[spent[starts, t] * share >= LEAST_USD_M]
            terms += [(-MONEY_SCALE * share * float(spent[s, t]), signed[s]) for s in used.tolist()]
            rows[row * months + t] = terms, 0.0
    add_rows(model, "loan_capex_share", list(rows), lambda index: (None, linear(rows[index][0]), rows[index][1]))
    tests: dict[int, tuple[list[Term], float]] = {}
    for row in covers:
        own, starts = np.flatnonzero(debt.of == row), starts_of(p, debt.loans[row].contract)
        ratio = debt.loans[row].min_dscr or 0.0
        rent = Columns(p.operating.net_rent[starts], [signed[s] for s in starts.tolist()])
        service = Columns(debt.service[own], [draws[c] for c in own.tolist()], -ratio * MONEY_SCALE)
        fixed = ratio * MONEY_SCALE * (debt.fixed_interest[row] + debt.fixed_principal[row])
        for t in covered_months(p, capital, row).tolist():
            terms = [*rent.at(t), *service.at(t)]
            if terms:
                tests[row * months + t] = terms, float(fixed[t])
    add_rows(model, "loan_coverage", list(tests), lambda index: (tests[index][1], linear(tests[index][0]), None))


def add_covenants(model: Any, p: Parameters, capital: Capital) -> None:
    """owed[t] - cash[t] <= max_debt_to_income * 12 * net_rent[t]; operating[t] - overhead >= min_dscr * service[t]"""
    terms_of, debt = capital.liquidity, capital.debt
    assert terms_of is not None  # counts_cash
    first = 0 if terms_of.covenants_from is None else max(0, p.horizon.index(terms_of.covenants_from))
    months, draws = range(first, p.horizon.months), list(model.loan_draw_usd_m.values())
    owed_fixed = debt.fixed_owed.sum(axis=0)
    service_fixed = (debt.fixed_interest + debt.fixed_principal).sum(axis=0)
    if terms_of.max_debt_to_income is not None:
        ratio, owed = terms_of.max_debt_to_income * MONTHS_PER_YEAR, Columns(debt.owed, draws)

        def leverage(t: int) -> tuple[Any, Any, Any]:
            money = [(-MONEY_SCALE, model.cash_usd_m[t]), (-MONEY_SCALE * ratio, model.net_rent_usd_m[t])]
            return None, linear([*owed.at(t), *money]), float(-owed_fixed[t] * MONEY_SCALE)

        add_rows(model, "debt_to_income", months, leverage)
    if terms_of.min_dscr is not None:
        least = terms_of.min_dscr
        service = Columns(debt.service, draws, -least * MONEY_SCALE)
        overhead, close = capital.fixed["overhead"], capital.building.close
        saved = Columns(close.flows["site_fixed_saved"], list(model.close.values()))

        def coverage(t: int) -> tuple[Any, Any, Any]:
            terms = [(MONEY_SCALE, model.operating_usd_m[t]), *saved.at(t), *service.at(t)]
            return float((least * service_fixed[t] - overhead[t]) * MONEY_SCALE), linear(terms), None

        add_rows(model, "debt_coverage", months, coverage)


def add_coin(model: Any, capital: Capital) -> None:
    """coin[t] = coin[t-1] - sold[t], coin[-1] = opening coin"""
    if capital.coin is None:
        return
    opening = capital.coin.opening

    def balance(t: int) -> tuple[Any, Any, Any]:
        terms: list[Term] = [(1.0, model.coin_kbtc[t]), (1.0, model.coin_sale_kbtc[t])]
        if t:
            terms.append((-1.0, model.coin_kbtc[t - 1]))
        side = 0.0 if t else opening
        return side, linear(terms), side

    add_rows(model, "coin_balance", range(len(model.coin_kbtc)), balance)


def add_tax(model: Any, p: Parameters, capital: Capital) -> None:
    """income[y] - loss[y] = taxable income of the year; losses are carried forward and offset part of later incomes"""
    tax, years = capital.tax, capital.years
    assert tax is not None  # it is why this is called
    tables = [Columns(p.start_write_offs, list(model.signed_mw.values()), MONEY_SCALE)]
    tables += [
        Columns(capital.taxable_by_year(decision), list(getattr(model, name).values()), -MONEY_SCALE)
        for name, decision in capital.decisions.items()
        if decision.size
    ]
    sides = (capital.fixed_income_usd_m * MONEY_SCALE).tolist()
    opening = tax.opening_losses_usd / USD_PER_USD_M

    def income(y: int) -> tuple[Any, Any, Any]:
        terms: list[Term] = [(MONEY_SCALE, model.income_usd_m[y]), (-MONEY_SCALE, model.loss_usd_m[y])]
        in_year = np.flatnonzero(years.of_month == y).tolist()
        terms += [(-MONEY_SCALE, model.operating_usd_m[t]) for t in in_year]
        for table in tables:
            terms += table.at(y)
        return sides[y], linear(terms), sides[y]

    def pool(y: int) -> tuple[Any, Any, Any]:
        terms = [(1.0, model.loss_pool_usd_m[y]), (-1.0, model.loss_usd_m[y]), (1.0, model.loss_used_usd_m[y])]
        if y:
            terms.append((-1.0, model.loss_pool_usd_m[y - 1]))
        side = 0.0 if y else opening
        return side, linear(terms), side

    def used(y: int) -> tuple[Any, Any, Any]:
        earlier = [(-1.0, model.loss_pool_usd_m[y - 1])] if y else []
        return None, linear([(1.0, model.loss_used_usd_m[y]), *earlier]), 0.0 if y else opening

    def share(y: int) -> tuple[Any, Any, Any]:
        return None, linear([(1.0, model.loss_used_usd_m[y]), (-tax.loss_limit, model.income_usd_m[y])]), 0.0

    count = range(len(years.years))
    add_rows(model, "income_balance", count, income)
    add_rows(model, "loss_pool_balance", count, pool)
    add_rows(model, "loss_carried", count, used)
    add_rows(model, "loss_limit", count, share)
