"""What pays for it, in the oracle: loans, shares, coin and tax, month by month. [USD million]"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from capital.assets import MILLION, window, zeros
from capital.linear import Programme, Sum, total
from oracle_money import Array, Row, World, month_index, value

# Percent of the cost that is written off in each year; IRS Publication 946, table A-1.
MACRS = {
    "macrs_5": (20.00, 32.00, 19.20, 11.52, 11.52, 5.76),
    "macrs_7": (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46),
    "macrs_15": (5.00, 9.50, 8.55, 7.70, 6.93, 6.23, *(5.90, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91), 2.95),
}


@dataclass
class Debt:
    """One loan: what is drawn, paid and owed."""

    row: Row
    drawn: list[Sum]
    fee: list[Sum]
    interest: list[Sum]
    principal: list[Sum]
    owed: list[Sum]


def repayment_shares(kind: str, tenor: int, i: float) -> list[float]:
    """Share of a draw repaid in each month of the tenor."""
    if kind == "bullet":
        return [0.0] * (tenor - 1) + [1.0]
    if kind == "level" or i == 0.0:
        return [1.0 / tenor] * tenor
    payment, owed, shares = i / (1.0 - (1.0 + i) ** -tenor), 1.0, []
    for _ in range(tenor):
        shares.append(payment - i * owed)
        owed -= shares[-1]
    return shares


def add_loan(lp: Programme, world: World, row: Row) -> Debt:
    """Draws of a loan, its opening debt, and their schedules."""
    months = world.months
    debt = Debt(row, *(zeros(months) for _ in range(5)))
    i = (1.0 + float(row["rate"])) ** (1.0 / 12.0) - 1.0
    shares = repayment_shares(str(value(row, "repayment", "level")), int(row["tenor_months"]), i)

    def serve(amount: Sum, month: int, grace: int) -> None:
        left = 1.0
        for t in range(month + 1, months):
            due = t - month - grace - 1
            share = shares[due] if 0 <= due < len(shares) else 0.0
            debt.interest[t] = debt.interest[t] + i * left * amount
            debt.principal[t] = debt.principal[t] + share * amount
            left -= share
            debt.owed[t] = debt.owed[t] + max(0.0, left) * amount

    draws = []
    for t in window(world, row, "first_draw", "last_draw"):
        draw = lp.column(float(row["limit_usd"]) / MILLION)
        debt.drawn[t] = debt.drawn[t] + draw
        debt.fee[t] = debt.fee[t] + float(value(row, "fee", 0.0)) * draw
        debt.owed[t] = debt.owed[t] + draw
        serve(draw, t, int(value(row, "grace_months", 0)))
        draws.append(draw)
    lp.at_most(total(draws), float(row["limit_usd"]) / MILLION)
    serve(total([float(value(row, "opening_usd", 0.0)) / MILLION]), -1, 0)
    return debt


def add_loan_rules(lp: Programme, world: World, debt: Debt, capex: list[Sum], net_rent: list[Sum]) -> None:
    """What a loan for a contract may be; `capex` and `net_rent` are those of the contract."""
    share, least = value(debt.row, "capex_share", None), value(debt.row, "min_dscr", None)
    if share is not None:
        for t in range(world.months):
            lp.at_most(total(debt.drawn[: t + 1]), float(share) * total(capex[: t + 1]))
    if least is not None:
        last = month_index(debt.row["last_draw"]) - world.start
        for t in range(max(0, last + int(value(debt.row, "grace_months", 0)) + 1), world.months):
            lp.at_most(float(least) * (debt.interest[t] + debt.principal[t]), net_rent[t])


def add_shares(lp: Programme, world: World, row: Row) -> tuple[list[Sum], list[Sum]]:
    """Money raised, and what raising it costs."""
    raised = zeros(world.months)
    for t in window(world, row, "first_month", "last_month"):
        raised[t] = lp.column(float(row["limit_usd"]) / MILLION)
    lp.at_most(total(raised), float(row["limit_usd"]) / MILLION)
    return raised, [float(row["cost"]) * amount for amount in raised]


@dataclass
class Coin:
    """Bitcoin sold and what is left of it."""

    sold: list[Sum]
    left: Sum
    price: Array
    basis: float

    @property
    def proceeds(self) -> list[Sum]:
        """Money of the sales."""
        return [float(price) / MILLION * sold for price, sold in zip(self.price, self.sold, strict=True)]

    @property
    def gain(self) -> list[Sum]:
        """Sales less what the coin was bought for."""
        return [float(price - self.basis) / MILLION * sold for price, sold in zip(self.price, self.sold, strict=True)]


def no_coin(world: World) -> Coin:
    """A treasury without a coin."""
    return Coin(zeros(world.months), Sum(), np.zeros(world.months), 0.0)


def add_coin(lp: Programme, world: World, row: Row) -> Coin:
    """Sales of coin: free ones are columns, a fixed share is known beforehand."""
    held, most = float(row["opening_btc"]), value(row, "max_sale_btc", None)
    t = np.arange(world.months)
    price = float(row["btc_price_usd"]) * (1.0 + float(value(row, "btc_growth", 0.0))) ** ((t + 0.5) / 12.0)
    sold = []
    if value(row, "policy", "free") == "fixed_share":
        for _ in range(world.months):
            wanted = float(value(row, "sale_share", 0.0)) * held
            sold.append(total([wanted if most is None else min(wanted, float(most))]))
            held -= sold[-1].constant
        return Coin(sold, total([held]), price, float(value(row, "cost_basis_usd", 0.0)))
    sold = [lp.column(held if most is None else float(most)) for _ in range(world.months)]
    lp.at_most(total(sold), held)
    return Coin(sold, held - total(sold), price, float(value(row, "cost_basis_usd", 0.0)))


def written_off(world: World, tax: Row, kind: str, month: int) -> dict[int, float]:
    """Share of a cost that comes into use in a month of the plan, by the calendar year in which it is written off.

    Straight-line, and 39 years after the first, count the months; of the plan's last year those that the plan has.
    """
    bonus = float(value(tax, "bonus_share", 0.0))
    year, of_year = divmod(world.start + month, 12)
    if kind in MACRS:
        shares = {year + n: percent / 100.0 for n, percent in enumerate(MACRS[kind])}
    elif kind == "macrs_39":
        shares = {year: (11.5 - of_year) / 12.0 / 39.0, **{year + n: 1.0 / 39.0 for n in range(1, 39)}}
    else:
        life = int(value(tax, "straight_line_months", 120))
        shares = {}
        for t in range(month, min(month + life, world.months)):
            shares[(world.start + t) // 12] = shares.get((world.start + t) // 12, 0.0) + 1.0 / life
    shares = {at: (1.0 - bonus) * share for at, share in shares.items()}
    shares[year] = shares.get(year, 0.0) + bonus
    return shares


@dataclass
class Books:
    """What enters the taxable income, by month and by what comes into use."""

    income: list[Sum]
    in_use: list[tuple[str, int, Sum]] = field(default_factory=list)


CLASSES = {
    "rigs": "macrs_5",
    "compute": "macrs_5",
    "ai_capex": "macrs_15",
    "halls": "macrs_15",
    "expansions": "macrs_15",
}


def add_tax(lp: Programme, world: World, row: Row, books: Books) -> list[Sum]:
    """Tax paid in each month: nothing but in the last month that the plan has of a calendar year."""
    years = sorted({(world.start + t) // 12 for t in range(world.months)})
    shares: Callable[[str, int], dict[int, float]] = lambda kind, month: written_off(  # noqa: E731
        world, row, str(value(row, kind, CLASSES[kind])), month
    )
    life = int(value(row, "opening_life_months", 36))
    book = float(value(row, "opening_book_usd", 0.0)) / MILLION / life
    used_up = [(shares(kind, month), cost) for kind, month, cost in books.in_use]
    losses, paid = total([float(value(row, "opening_losses_usd", 0.0)) / MILLION]), zeros(world.months)
    for year in years:
        months = [t for t in range(world.months) if (world.start + t) // 12 == year]
        income = total(books.income[t] - (book if t < life else 0.0) for t in months)
        income = income - total(by_year.get(year, 0.0) * cost for by_year, cost in used_up)
        profit, loss, offset = lp.column(), lp.column(), lp.column()
        lp.same(profit - loss, income)
        lp.at_most(offset, float(value(row, "loss_limit", 0.8)) * profit)
        lp.at_most(offset, losses)
        losses = losses - offset + loss
        paid[max(months)] = float(row["rate"]) * (profit - offset)
    return paid
