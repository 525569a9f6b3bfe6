"""The books of capital: settled with the operating cash flows of a replay, and checked against a plan's frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from optimizer.proving.checks import HALF_A_CENT_USD, RELATIVE_TOLERANCE, SMALL_QUANTITY, Check, agreement, named
from optimizer.proving.replay import Replay
from optimizer.proving.replay_capital import CAPITAL_LINES, CapitalReplay, money_limits, settle_money, write_offs
from optimizer.proving.replay_frames import FloatArray, numbers, positions
from optimizer.proving.replay_hosting import server_costs
from optimizer.proving.replay_tightest import LimitReplay, tightest
from sites.capital_records import Treasury

if TYPE_CHECKING:
    from optimizer.results import Frames


def settled(books: Replay, capital: CapitalReplay, frames: Frames, *, whole: bool) -> list[LimitReplay]:
    """Work out tax and cash, and tell how far money keeps its limits.

    whole : whether the books are those of all scenarios; otherwise the stated means of the cash frame are believed.
    """
    operating, capex = books.operating_usd, -books.lines["capex"].sum(axis=0)
    rents, spent = books.of_contracts(capex=False), books.of_contracts(capex=True)
    if not whole:
        operating = numbers(frames.cash, "cash", "operating_usd")
        rents = {"": numbers(frames.cash, "cash", "net_rent_usd")}
        rents |= dict.fromkeys((loan.contract for loan in capital.portfolio.loans if loan.contract), rents[""])
    settle_money(capital, operating, capex, _ai_write_offs(books))
    return money_limits(capital, operating, rents, spent)


def _ai_write_offs(books: Replay) -> FloatArray:
    """What of the capex of AI offers is written off for tax, month by month. [USD]"""
    decisions = books.decisions
    portfolio, months = decisions.portfolio, decisions.months
    written = np.zeros(months.months)
    if portfolio.tax is None:
        return written
    for deal in books.hosting:
        delivery = deal.delivery
        servers = server_costs(delivery, delivery.released(months.months), months.months)
        bought = [(t, portfolio.tax.compute, float(servers[t])) for t in np.flatnonzero(servers).tolist()]
        if delivery.tau >= 0:
            building = -float(deal.lines["capex"].sum()) - float(servers.sum())
            bought.append((delivery.tau, portfolio.tax.ai_capex, building))
        for used, kind, cost in bought:
            for t, usd in write_offs(portfolio, months, kind, used, cost):
                written[t] += usd
    return written


def cash_in_scenarios(
    capital: CapitalReplay, replays: Mapping[int, Replay], probability: Sequence[float]
) -> list[LimitReplay]:
    """How far cash keeps its least level in the replayed scenarios, whose sales of coin adapt.

    Of `all_but_worst` only the scenarios are told that are not left out however the worst are chosen: none, unless
    `worst_share` is less than any probability.
    """
    terms, months = capital.portfolio.liquidity, capital.months
    if terms is None or terms.scope == "base" or not replays:
        return []
    if terms.scope == "all_but_worst" and min(probability) <= terms.worst_share:
        return []
    prices, treasury = capital.portfolio.btc_price_by_scenario(), capital.portfolio.treasury
    common = np.sum([usd for line, usd in capital.lines.items() if line != "coin_sales"], axis=0)
    slack = np.zeros(len(replays))
    for row, (at, books) in enumerate(sorted(replays.items())):
        flow = books.operating_usd + books.lines["capex"].sum(axis=0) + common
        cash = terms.opening_cash_usd + np.cumsum(flow)
        if treasury is not None and prices is not None:
            slack[row] = _kept_by_coin(cash, prices[at], capital, treasury) - terms.min_cash_usd
        else:
            slack[row] = float(cash.min()) - terms.min_cash_usd
    words = [f"scenario {at + 1}, a month of {months.labels[0]} to {months.labels[-1]}" for at in sorted(replays)]
    # A month may fall short by a dollar before a row is added for it.
    return tightest("least cash in scenarios", (slack + 1.0) / 1e6, "USD million", np.zeros(1), lambda row: words[row])


def _kept_by_coin(cash: FloatArray, price: FloatArray, capital: CapitalReplay, treasury: Treasury) -> float:
    """The highest level that cash can be kept at by selling coin in a scenario. [USD]"""
    from scipy.optimize import linprog

    sold = capital.amount("sell coin", "treasury")
    if treasury.policy == "fixed_share":
        return float((cash + np.cumsum(sold * price)).min())
    count = cash.size
    limits = np.hstack([-np.tril(np.ones((count, count))) * price / 1e6, np.ones((count, 1))])
    held = np.append(np.ones(count), 0.0)
    most = treasury.opening_btc if treasury.max_sale_btc is None else treasury.max_sale_btc
    found = linprog(
        np.append(np.zeros(count), -1.0),
        A_ub=np.vstack([limits, held]),
        b_ub=np.append(cash / 1e6, treasury.opening_btc),
        bounds=[(0.0, most)] * count + [(None, None)],
    )
    return float(-found.fun) * 1e6


def capital_checks(books: Replay, frames: Frames) -> list[Check]:
    """Cash lines of capital, the cash account, debt and machines, month by month, against the frames."""
    capital, months = books.capital, books.decisions.months
    if capital is None:
        return []
    turnover = RELATIVE_TOLERANCE * books.turnover_usd
    own = frames.cashflow[frames.cashflow["site"] == ""]
    line, t = positions(own, "cashflow", ("line", "month"), (CAPITAL_LINES, months.labels), complete=True)
    stated = np.zeros((len(CAPITAL_LINES), months.months))
    stated[line, t] = numbers(own, "cashflow", "usd")
    replayed = np.array([capital.lines[name] for name in CAPITAL_LINES])
    # An hour that breaks even may move the income of its month, and the tax of its year.
    unsure = float(books.undecided_usd.sum())
    allowed = np.where(np.array(CAPITAL_LINES)[:, None] == "tax", unsure + turnover, 0.0) + HALF_A_CENT_USD

    def place(row: int, month: int) -> str:
        return f"{CAPITAL_LINES[row]}, {months.label(month)}"

    found = [agreement("cashflow: capital", stated, replayed, place, allowed)]
    if capital.portfolio.liquidity is not None:
        apart = np.abs(numbers(frames.cash, "cash", "cash_usd") - capital.cash)
        worst = int(np.argmax(apart))
        # To the cent, whatever has been turned over, but for hours that break even.
        found.append(Check("closing cash", float(apart[worst]), HALF_A_CENT_USD + unsure, months.label(worst)))
    loans = [loan.id for loan in capital.portfolio.loans]
    if loans:
        loan, t = positions(frames.debt, "debt", ("loan", "month"), (loans, months.labels), complete=True)
        owed = np.zeros((len(loans), months.months))
        owed[loan, t] = numbers(frames.debt, "debt", "owed_usd")
        told = np.array([capital.owed[name] for name in loans])
        words = [f"loan '{name}'" for name in loans]
        found.append(
            agreement("debt: owed", owed, told, lambda row, month: f"{words[row]}, {months.label(month)}", 0.01)
        )
    machines = frames.machines[frames.machines["fleet"] != ""]
    fleets = [fleet.id for fleet in capital.portfolio.fleets]
    fleet, t = positions(machines, "machines", ("fleet", "month"), (fleets, months.labels))
    mw = numbers(machines, "machines", "mw")
    found.append(
        agreement(
            "machines: installed",
            mw,
            capital.installed_mw[fleet, t],
            named([f"fleet '{fleets[row]}'" for row in fleet.tolist()]),
            SMALL_QUANTITY,
        )
    )
    return found
