"""Debt, shares and coin: what a dollar drawn or raised, or a coin sold, moves in every month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.capital.decisions import Decision, at_once, joined, owners, window
from optimizer.horizon import USD_PER_USD_M, FloatArray, Horizon, IntArray
from optimizer.sparse import csr_matrix, vstack
from sites.capital_records import Equity, Loan, Treasury

THOUSAND_BTC = 1000.0


@dataclass(frozen=True)
class Schedule:
    """What one dollar that is drawn costs, by months since the draw; the first entry is the month of the draw itself.

    interest, principal : paid. [USD/USD] owed : after that month's payments. [USD/USD]
    """

    interest: FloatArray
    principal: FloatArray
    owed: FloatArray

    @classmethod
    def of(cls, loan: Loan, grace: int) -> Schedule:
        """The schedule of a loan's draw that has so many grace months."""
        rate, tenor = (1.0 + loan.rate) ** (1.0 / 12.0) - 1.0, loan.tenor_months
        principal = np.zeros(1 + grace + tenor)
        if loan.repayment == "bullet":
            principal[-1] = 1.0
        elif loan.repayment == "level" or rate == 0.0:
            principal[1 + grace :] = 1.0 / tenor
        else:
            growth = (1.0 + rate) ** np.arange(tenor)
            principal[1 + grace :] = growth / growth.sum()
        owed = np.maximum(0.0, 1.0 - np.cumsum(principal))
        owed[-1] = 0.0
        interest = rate * np.concatenate(([0.0], owed[:-1]))
        return cls(interest, principal, owed)

    def by_month(self, drawn: IntArray, months: int) -> tuple[csr_matrix, csr_matrix, csr_matrix]:
        """Interest, principal and debt of draws in the months `drawn`: draws x months. [USD/USD]"""
        month = np.arange(months)[None, :] - drawn[:, None]
        known = (month >= 0) & (month < self.owed.size)
        age = np.where(known, month, 0)
        parts = (self.interest, self.principal, self.owed)
        interest, principal, owed = (csr_matrix(np.where(known, part[age], 0.0)) for part in parts)
        return interest, principal, owed


@dataclass(frozen=True)
class Debt:
    """All loans. Arrays by draw follow the columns of `draw`.

    of : position of every draw's loan. interest, principal, owed : of a dollar drawn: draws x months. [USD/USD]
    fixed : of the debt of the start, by line, every month; owed_fixed : of every loan and month. [USD million]
    """

    loans: tuple[Loan, ...]
    of: IntArray
    draw: Decision
    service: csr_matrix
    owed: csr_matrix
    fixed_interest: FloatArray
    fixed_principal: FloatArray
    fixed_owed: FloatArray

    @classmethod
    def of_loans(cls, loans: tuple[Loan, ...], horizon: Horizon) -> Debt:
        """The debt of a portfolio."""
        months = horizon.months
        windows = [window(horizon, loan.first_draw, loan.last_draw, months) for loan in loans]
        of, drawn = owners(windows), joined(windows)
        schedules = [Schedule.of(loan, loan.grace_months) for loan in loans]
        parts = [schedule.by_month(month, months) for schedule, month in zip(schedules, windows, strict=True)]
        empty = csr_matrix((0, months))
        interest, principal, owed = (_stacked([part[kind] for part in parts], empty) for kind in range(3))
        fee = np.array([loan.fee for loan in loans], dtype=np.float64)[of]
        limit = np.array([loan.limit_usd / USD_PER_USD_M for loan in loans], dtype=np.float64)[of]
        draw = Decision(
            name="loan_draw_usd_m",
            where=tuple(loans[row].id for row in of.tolist()),
            month=drawn,
            upper=limit,
            unit="USD million",
            flows={
                "loan_draws": at_once(drawn, months, np.ones(drawn.size)),
                "loan_fees": at_once(drawn, months, -fee),
                "loan_interest": -interest,
                "loan_principal": -principal,
            },
            end_usd_m={"loans_owed": -_last_column(owed)},
        )
        opening = [
            [table.toarray()[0] for table in Schedule.of(loan, 0).by_month(np.array([-1]), months)] for loan in loans
        ]
        usd_m = np.array([loan.opening_usd / USD_PER_USD_M for loan in loans], dtype=np.float64)[:, None, None]
        fixed = usd_m * np.array(opening).reshape(len(loans), 3, months)
        return cls(loans, of, draw, (interest + principal).tocsr(), owed, fixed[:, 0], fixed[:, 1], fixed[:, 2])


def _stacked(parts: list[csr_matrix], empty: csr_matrix) -> csr_matrix:
    return csr_matrix(vstack([empty, *parts], format="csr"))


def _last_column(table: csr_matrix) -> FloatArray:
    return np.asarray(table[:, [-1]].toarray().ravel())


def share_sales(issues: tuple[Equity, ...], horizon: Horizon) -> tuple[IntArray, Decision]:
    """Shares that may be sold, and the issue of every column."""
    months = horizon.months
    windows = [window(horizon, issue.first_month, issue.last_month, months) for issue in issues]
    of, sold = owners(windows), joined(windows)
    cost = np.array([issue.cost for issue in issues], dtype=np.float64)[of]
    return of, Decision(
        name="share_sale_usd_m",
        where=tuple(issues[row].id for row in of.tolist()),
        month=sold,
        upper=np.array([issue.limit_usd / USD_PER_USD_M for issue in issues], dtype=np.float64)[of],
        unit="USD million",
        flows={
            "share_sales": at_once(sold, months, np.ones(sold.size)),
            "share_costs": at_once(sold, months, -cost),
        },
    )


@dataclass(frozen=True)
class Coin:
    """The coin of the treasury.

    price : mean of every month. [USD million per thousand BTC] opening, most : held at first, sold in a month at most.
    sale : what may be sold freely. fixed_sales : what the policy sells. [thousand BTC]
    """

    treasury: Treasury
    price: FloatArray
    opening: float
    most: float
    sale: Decision
    fixed_sales: FloatArray

    @classmethod
    def of(cls, treasury: Treasury, price_usd: FloatArray, horizon: Horizon) -> Coin:
        """The treasury at a path of prices. [USD/BTC]"""
        price, opening = price_usd * THOUSAND_BTC / USD_PER_USD_M, treasury.opening_btc / THOUSAND_BTC
        most = opening if treasury.max_sale_btc is None else min(opening, treasury.max_sale_btc / THOUSAND_BTC)
        free = treasury.policy == "free" and opening > 0.0
        month = np.arange(horizon.months if free else 0, dtype=np.int64)
        basis = treasury.cost_basis_usd * THOUSAND_BTC / USD_PER_USD_M
        sale = Decision(
            name="coin_sale_kbtc",
            where=("treasury",) * month.size,
            month=month,
            upper=np.full(month.size, most),
            unit="thousand BTC",
            flows={"coin_sales": at_once(month, horizon.months, price[month])},
            end_usd_m={"coin_left": np.full(month.size, -price[-1])},
            gain_usd_m=price[month] - basis,
        )
        return cls(treasury, price, opening, most, sale, fixed_share_sales(treasury, horizon.months))

    @property
    def fixed_gain_usd_m(self) -> FloatArray:
        """Taxable gain of what the policy sells, every month. [USD million]"""
        basis = self.treasury.cost_basis_usd * THOUSAND_BTC / USD_PER_USD_M
        return np.asarray(self.fixed_sales * (self.price - basis))


def fixed_share_sales(treasury: Treasury, months: int) -> FloatArray:
    """What the policy of a fixed share sells in every month. [thousand BTC]"""
    sold, held = np.zeros(months), treasury.opening_btc
    if treasury.policy == "fixed_share":
        for t in range(months):
            sold[t] = min(
                treasury.sale_share * held, np.inf if treasury.max_sale_btc is None else treasury.max_sale_btc
            )
            held -= sold[t]
    return sold / THOUSAND_BTC
