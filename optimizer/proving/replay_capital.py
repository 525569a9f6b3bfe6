"""Capital decisions of a plan replayed from its frame: every machine, dollar and coin, without solver or model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optimizer.proving.replay_calendar import Calendar
from optimizer.proving.replay_frames import FloatArray, ReplayError, numbers
from optimizer.proving.replay_tightest import LimitReplay, tightest
from sites.capital_records import RigStock
from sites.portfolio import Portfolio

USD_PER_MILLION = 1e6
TH_PER_PH = 1000.0
CAPITAL_LINES = (
    *("rig_purchases", "rig_sales", "rig_handling", "halls", "expansions", "deposits", "closures", "site_fixed_saved"),
    *("loan_draws", "loan_fees", "loan_interest", "loan_principal", "share_sales", "share_costs", "coin_sales"),
    *("overhead", "tax"),
)
END_LINES = ("residuals", "loans_owed", "coin_left")
DECISIONS = (
    "buy",
    "sell",
    "install",
    "uninstall",
    "build halls",
    "expand",
    "close",
    "draw",
    "sell shares",
    "sell coin",
)
CAPITAL_TABLES = (
    *("rig_offers", "rig_stock", "hall_builds", "expansions", "loans", "equity", "treasury", "tax", "liquidity"),
)
# What lenders and owners put in, and coin: no part of what the company earns.
FINANCING_LINES = (
    "loan_draws",
    "loan_fees",
    "loan_interest",
    "loan_principal",
    "share_sales",
    "share_costs",
    "coin_sales",
)


def has_capital(portfolio: Portfolio) -> bool:
    """Whether the portfolio has anything to decide about capital."""
    closable = any(site.closure_cost_usd is not None for site in portfolio.sites)
    return closable or any(getattr(portfolio, table) for table in CAPITAL_TABLES)


@dataclass
class CapitalReplay:
    """The books of capital. Arrays by month; money in USD, costs negative.

    done : amounts by decision and name. installed_mw : of every fleet. added_mw : to every site. halls_mw : by site and
    cooling. closed : of every site. lines : money. ends : what is owned or owed at the end. owed : by loan.
    limits : the tightest place of every limit.
    """

    portfolio: Portfolio
    months: Calendar
    done: dict[tuple[str, str], FloatArray]
    installed_mw: FloatArray
    added_mw: FloatArray
    halls_mw: dict[tuple[int, str], FloatArray]
    closed: FloatArray
    lines: dict[str, FloatArray]
    ends: dict[str, float]
    owed: dict[str, FloatArray]
    service: dict[str, FloatArray]
    written_off: FloatArray
    coin_gain: FloatArray
    limits: list[LimitReplay] = field(default_factory=list)
    cash: FloatArray = field(default_factory=lambda: np.zeros(0))

    def amount(self, decision: str, name: str) -> FloatArray:
        """What is decided of a kind under a name, every month."""
        return self.done.get((decision, name), np.zeros(self.months.months))

    @property
    def npv_usd(self) -> dict[str, float]:
        """Present value of every line and of the end; shares by their cost alone. [USD]"""
        t = np.arange(self.months.months)
        discount = self.months.discount(self.portfolio.settings.discount_rate, t)
        values = {line: float(usd @ discount) for line, usd in self.lines.items() if line != "share_sales"}
        return values | {line: usd * float(discount[-1]) for line, usd in self.ends.items()}


def replay_physical(portfolio: Portfolio, months: Calendar, frame: Any) -> CapitalReplay:
    """What machines, halls, sites, loans and coin do by the frame of capital decisions; tax and cash come later.

    Raises
    ------
    ReplayError : a row names what the portfolio does not have.
    """
    done = _decisions(portfolio, months, frame)
    count, sites = months.months, len(portfolio.sites)
    books = CapitalReplay(
        portfolio,
        months,
        done,
        installed_mw=np.array([np.full(count, fleet.mw) for fleet in portfolio.fleets]).reshape(-1, count),
        added_mw=np.zeros((sites, count)),
        halls_mw={},
        closed=np.zeros((sites, count)),
        lines={line: np.zeros(count) for line in CAPITAL_LINES},
        ends=dict.fromkeys(END_LINES, 0.0),
        owed={},
        service={},
        written_off=np.zeros(count),
        coin_gain=np.zeros(count),
    )
    _machines(books)
    _halls(books)
    _expansions(books)
    _closures(books)
    _loans(books)
    _shares(books)
    _coin(books)
    return books


def _decisions(portfolio: Portfolio, months: Calendar, frame: Any) -> dict[tuple[str, str], FloatArray]:
    known: dict[str, set[str]] = {
        "buy": {offer.id for offer in portfolio.rig_offers},
        "sell": set(_types(portfolio)),
        "install": {fleet.id for fleet in portfolio.fleets},
        "uninstall": {fleet.id for fleet in portfolio.fleets},
        "build halls": {halls.id for halls in portfolio.hall_builds},
        "expand": {expansion.id for expansion in portfolio.expansions},
        "close": {site.id for site in portfolio.sites if site.closure_cost_usd is not None},
        "draw": {loan.id for loan in portfolio.loans},
        "sell shares": {issue.id for issue in portfolio.equity},
        "sell coin": {"treasury"},
    }
    done: dict[tuple[str, str], FloatArray] = {}
    quantity = numbers(frame, "capital", "quantity")
    rows = zip(frame["month"].tolist(), frame["decision"].tolist(), frame["name"].tolist(), strict=True)
    for line, (month, decision, name) in enumerate(rows):
        if name not in known.get(decision, set()):
            raise ReplayError(f"capital, row {line + 2}: the portfolio has no '{name}' to {decision}")
        if month not in months.labels:
            raise ReplayError(f"capital, row {line + 2}, column month: '{month}' is no month of the plan")
        amounts = done.setdefault((decision, name), np.zeros(months.months))
        amounts[months.position(month)] += quantity[line]
    return done


def _types(portfolio: Portfolio) -> dict[str, RigStock]:
    types = {offer.rig: RigStock(rig=offer.rig) for offer in portfolio.rig_offers}
    types.update({terms.rig: terms for terms in portfolio.rig_stock})
    return types


def _th_per_mw(portfolio: Portfolio, rig: str) -> float:
    return portfolio.ph_s_per_mw(rig) * TH_PER_PH


def _least(books: CapitalReplay, name: str, slack: FloatArray, unit: str, words: str) -> None:
    level = np.zeros(1)
    books.limits += tightest(name, slack, unit, level, lambda t: f"{words}, {books.months.label(t)}")


def _window(
    books: CapitalReplay, what: str, amounts: FloatArray, window: tuple[str | None, str | None], lead: int = 0
) -> None:
    """Orders outside a window, or that come too late, break it by their size."""
    months, t = books.months, np.arange(amounts.size)
    first = 0 if window[0] is None else months.position(window[0])
    last = months.months - 1 if window[1] is None else months.position(window[1])
    outside = (t < first) | (t > min(last, months.months - 1 - lead))
    _least(books, "window of an order", np.where(outside, -np.abs(amounts), 0.0), "MW or USD million", what)


def _machines(books: CapitalReplay) -> None:
    portfolio, count = books.portfolio, books.months.months
    t = np.arange(count)
    for rig, terms in sorted(_types(portfolio).items()):
        th = _th_per_mw(portfolio, rig)
        change = np.zeros(count)
        owned = terms.mw
        for offer in portfolio.rig_offers:
            if offer.rig != rig:
                continue
            bought = books.amount("buy", offer.id)
            price = offer.usd_per_th * (1.0 - offer.monthly_decline) ** t
            books.lines["rig_purchases"] -= bought * price * th
            change[offer.lead_months :] += bought[: count - offer.lead_months] if offer.lead_months < count else 0.0
            owned += float(bought.sum())
            most = np.inf if offer.max_mw_per_month is None else offer.max_mw_per_month
            words = f"rig offer '{offer.id}'"
            _least(books, "rig offer", np.array([offer.max_mw - bought.sum()]), "MW", words)
            _least(books, "rig offer in a month", np.minimum(most - bought, bought), "MW", words)
            _window(books, words, bought, (offer.first_order, offer.last_order), offer.lead_months)
            if portfolio.tax is not None:
                _write_off(books, portfolio.tax.rigs, bought * price * th, offer.lead_months)
        for row, fleet in enumerate(portfolio.fleets):
            if fleet.rig != rig:
                continue
            put, out = books.amount("install", fleet.id), books.amount("uninstall", fleet.id)
            books.installed_mw[row] = fleet.mw + np.cumsum(put - out)
            books.lines["rig_handling"] -= put * terms.install_usd_per_mw + out * terms.uninstall_usd_per_mw
            change -= put
            if terms.move_months < count:
                change[terms.move_months :] += out[: count - terms.move_months]
            owned += fleet.mw
            words = f"fleet '{fleet.id}'"
            room = np.minimum(fleet.room_mw - books.installed_mw[row], books.installed_mw[row])
            _least(books, "room of a fleet", np.minimum(room, np.minimum(put, out)), "MW", words)
        sold = books.amount("sell", rig)
        price = terms.sell_usd_per_th * (1.0 - terms.sell_decline) ** t
        books.lines["rig_sales"] += sold * price * th
        stock = terms.mw + np.cumsum(change - sold)
        most = np.inf if terms.max_sell_mw_per_month is None else terms.max_sell_mw_per_month
        _least(books, "stock of machines", np.minimum(stock, sold), "MW", f"rig '{rig}'")
        _least(books, "sale of machines", np.array([most - sold.max(initial=0.0)]), "MW", f"rig '{rig}'")
        books.ends["residuals"] += (owned - float(sold.sum())) * terms.residual_usd_per_th * th


def _spread(books: CapitalReplay, line: str, amounts: FloatArray, usd: float, lead: int) -> None:
    """Pay for orders evenly over their lead months, at once without a lead."""
    count, parts = books.months.months, max(1, lead)
    for t in np.flatnonzero(amounts).tolist():
        books.lines[line][t : min(count, t + parts)] -= amounts[t] * usd / parts


def _halls(books: CapitalReplay) -> None:
    portfolio, count = books.portfolio, books.months.months
    rows = {site.id: row for row, site in enumerate(portfolio.sites)}
    for halls in portfolio.hall_builds:
        ordered = books.amount("build halls", halls.id)
        _spread(books, "halls", ordered, halls.usd_per_mw, halls.lead_months)
        ready = books.halls_mw.setdefault((rows[halls.site], halls.cooling), np.zeros(count))
        if halls.lead_months < count:
            ready[halls.lead_months :] += np.cumsum(ordered)[: count - halls.lead_months]
        books.ends["residuals"] += halls.residual_share * halls.usd_per_mw * float(ordered.sum())
        words = f"halls '{halls.id}'"
        _least(books, "halls to be built", np.array([halls.max_mw - ordered.sum()]), "MW", words)
        _window(books, words, ordered, (halls.first_order, halls.last_order), halls.lead_months)
        if portfolio.tax is not None:
            _write_off(books, portfolio.tax.halls, ordered * halls.usd_per_mw, halls.lead_months)


def _expansions(books: CapitalReplay) -> None:
    portfolio, count = books.portfolio, books.months.months
    rows = {site.id: row for row, site in enumerate(portfolio.sites)}
    for record in portfolio.expansions:
        ordered, lead = books.amount("expand", record.id), record.lead_months
        _spread(books, "expansions", ordered, record.usd_per_mw, lead)
        if lead < count:
            books.added_mw[rows[record.site], lead:] += np.cumsum(ordered)[: count - lead]
            books.lines["deposits"][lead:] += (
                record.deposit_refund * record.deposit_usd_per_mw * ordered[: count - lead]
            )
        books.lines["deposits"] -= record.deposit_usd_per_mw * ordered
        whole = record.land_usd + record.substation_usd
        orders = ordered > 0.0
        books.lines["expansions"] -= np.where(orders, whole, 0.0)
        cost = record.usd_per_mw * float(ordered.sum()) + whole * float(orders.sum())
        books.ends["residuals"] += record.residual_share * cost
        words = f"expansion '{record.id}'"
        _least(books, "size of an expansion", np.array([record.max_mw - ordered.sum()]), "MW", words)
        if whole or record.min_mw:
            _least(books, "orders of an expansion", np.array([1.0 - orders.sum()]), "orders", words)
            _least(books, "least expansion", np.where(orders, ordered - record.min_mw, 0.0), "MW", words)
        _window(books, words, ordered, (record.first_order, record.last_order), lead)
        if portfolio.tax is not None:
            depreciated = ordered * record.usd_per_mw + np.where(orders, record.substation_usd, 0.0)
            _write_off(books, portfolio.tax.expansions, depreciated, lead)


def _closures(books: CapitalReplay) -> None:
    for row, site in enumerate(books.portfolio.sites):
        closed = books.amount("close", site.id)
        if site.closure_cost_usd is None:
            continue
        books.closed[row] = np.cumsum(closed)
        books.lines["closures"] -= closed * site.closure_cost_usd
        books.lines["site_fixed_saved"] += books.closed[row] * site.fixed_cost_usd_per_month
        _least(books, "closures of a site", 1.0 - books.closed[row], "closures", f"site '{site.id}'")
        _window(books, f"closing site '{site.id}'", closed, (site.first_closure, None))


def _loans(books: CapitalReplay) -> None:
    count = books.months.months
    for loan in books.portfolio.loans:
        drawn, rate = books.amount("draw", loan.id), (1.0 + loan.rate) ** (1.0 / 12.0) - 1.0
        owed, interest, principal = np.zeros(count), np.zeros(count), np.zeros(count)
        tranches = [(t, float(drawn[t]), loan.grace_months) for t in np.flatnonzero(drawn).tolist()]
        if loan.opening_usd:
            tranches.append((-1, loan.opening_usd, 0))
        for month, size, grace in tranches:
            left = size
            for age in range(1, grace + loan.tenor_months + 1):
                t = month + age
                if t >= count:
                    break
                due, paid = rate * left, 0.0
                turn = age - grace
                if turn >= 1:
                    paid = _principal(loan.repayment, size, left, rate, turn, loan.tenor_months)
                interest[t] += due
                principal[t] += paid
                left -= paid
                owed[t] += left
            if month >= 0:
                owed[month] += size
        books.lines["loan_draws"] += drawn
        books.lines["loan_fees"] -= loan.fee * drawn
        books.lines["loan_interest"] -= interest
        books.lines["loan_principal"] -= principal
        books.owed[loan.id], books.service[loan.id] = owed, interest + principal
        books.ends["loans_owed"] -= float(owed[-1])
        words = f"loan '{loan.id}'"
        limit = np.array([loan.limit_usd - drawn.sum()]) / USD_PER_MILLION
        _least(books, "limit of a loan", limit, "USD million", words)
        _window(books, words, drawn / USD_PER_MILLION, (loan.first_draw, loan.last_draw))


def _principal(repayment: str, size: float, left: float, rate: float, turn: int, tenor: int) -> float:
    """What is repaid in the turn-th month of repayment. [USD]"""
    if turn == tenor:
        return left
    if repayment == "bullet":
        return 0.0
    if repayment == "level" or rate == 0.0:
        return size / tenor
    payment = size * rate / (1.0 - (1.0 + rate) ** -tenor)
    return payment - rate * left


def _shares(books: CapitalReplay) -> None:
    for issue in books.portfolio.equity:
        sold = books.amount("sell shares", issue.id)
        books.lines["share_sales"] += sold
        books.lines["share_costs"] -= issue.cost * sold
        words = f"shares '{issue.id}'"
        limit = np.array([issue.limit_usd - sold.sum()]) / USD_PER_MILLION
        _least(books, "limit of a share issue", limit, "USD million", words)
        _window(books, words, sold / USD_PER_MILLION, (issue.first_month, issue.last_month))


def _coin(books: CapitalReplay) -> None:
    treasury = books.portfolio.treasury
    price = None if treasury is None else books.portfolio.btc_price_by_month()
    if treasury is None or price is None:
        return
    sold, most = books.amount("sell coin", "treasury"), treasury.max_sale_btc
    if treasury.policy == "fixed_share":
        asked, held = np.zeros_like(sold), treasury.opening_btc
        for t in range(sold.size):
            asked[t] = min(treasury.sale_share * held, np.inf if most is None else most)
            held -= asked[t]
        _least(books, "policy of selling coin", -np.abs(sold - asked) / 1e3, "thousand BTC", "treasury")
    left = treasury.opening_btc - np.cumsum(sold)
    _least(books, "coin held", np.minimum(left, sold) / 1e3, "thousand BTC", "treasury")
    if most is not None:
        _least(books, "coin sold in a month", (most - sold) / 1e3, "thousand BTC", "treasury")
    books.lines["coin_sales"] += sold * price
    books.coin_gain += sold * (price - treasury.cost_basis_usd)
    books.ends["coin_left"] = float(left[-1] * price[-1])


# IRS Publication 946 (2024), table A-1: half-year convention, per cent by year of use.
TABLE_A1 = {
    "macrs_5": [20.00, 32.00, 19.20, 11.52, 11.52, 5.76],
    "macrs_7": [14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46],
    "macrs_15": [5.00, 9.50, 8.55, 7.70, 6.93, 6.23, 5.90, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 2.95],
}


def _write_off(books: CapitalReplay, kind: str, cost: FloatArray, lead: int) -> None:
    """Depreciate costs that come into use `lead` months after their order."""
    for ordered in np.flatnonzero(cost).tolist():
        for t, usd in write_offs(books.portfolio, books.months, kind, ordered + lead, float(cost[ordered])):
            books.written_off[t] += usd


def write_offs(
    portfolio: Portfolio, months: Calendar, kind: str, used: int, cost: float
) -> Iterator[tuple[int, float]]:
    """What of a cost is written off: months and amounts; a year's share is told in its last month. [USD]"""
    tax = portfolio.tax
    if tax is None or used >= months.months:
        return
    first_year = months.year_and_month(used)[0]
    last_month = {months.year_and_month(t)[0]: t for t in range(months.months)}
    yield last_month[first_year], cost * tax.bonus_share
    rest = cost * (1.0 - tax.bonus_share)
    if kind == "straight_line":
        for t in range(used, min(months.months, used + tax.straight_line_months)):
            yield t, rest / tax.straight_line_months
        return
    for year, t in last_month.items():
        age = year - first_year
        if age >= 0:
            yield t, rest * _yearly_share(kind, age, months.year_and_month(used)[1])


def _yearly_share(kind: str, age: int, calendar_month: int) -> float:
    if kind != "macrs_39":
        table = TABLE_A1[kind]
        return table[age] / 100.0 if age < len(table) else 0.0
    begun = (12.5 - calendar_month) / (39 * 12)
    return begun if age == 0 else max(0.0, min(1.0 / 39.0, 1.0 - begun - (age - 1) / 39.0))


def settle_money(books: CapitalReplay, operating: FloatArray, capex: FloatArray, written_off: FloatArray) -> None:
    """Work out overhead, tax and cash from the operating cash flow and the capex of AI offers (positive). [USD]

    written_off : of the AI offers' capex, by month.
    """
    portfolio, months = books.portfolio, books.months
    terms, tax, count = portfolio.liquidity, portfolio.tax, months.months
    if terms is not None:
        for t in range(count):
            books.lines["overhead"][t] -= terms.overhead_usd_per_month * (1.0 + terms.overhead_escalation) ** (t // 12)
    if tax is not None:
        taxable = operating - written_off - books.written_off + books.coin_gain
        names = ("rig_sales", "rig_handling", "closures", "site_fixed_saved", "loan_fees", "loan_interest", "overhead")
        taxable = taxable + sum((books.lines[name] for name in names), start=np.zeros(count))
        for t in range(min(count, tax.opening_life_months)):
            taxable[t] -= tax.opening_book_usd / tax.opening_life_months
        losses, income = tax.opening_losses_usd, 0.0
        for t in range(count):
            income += float(taxable[t])
            if t == count - 1 or months.year_and_month(t + 1)[0] != months.year_and_month(t)[0]:
                used = min(losses, tax.loss_limit * max(income, 0.0))
                books.lines["tax"][t] -= tax.rate * (max(income, 0.0) - used)
                losses += max(-income, 0.0) - used
                income = 0.0
    opening = 0.0 if terms is None else terms.opening_cash_usd
    books.cash = opening + np.cumsum(operating - capex + sum(books.lines.values()))


def money_limits(
    books: CapitalReplay,
    operating: FloatArray,
    net_rent: dict[str, FloatArray],
    capex: dict[str, FloatArray],
) -> list[LimitReplay]:
    """Least cash, covenants, and what caps a loan of a contract.

    operating : net operating cash flow. net_rent, capex : of every contract. All by month. [USD]
    """
    portfolio, months, found = books.portfolio, books.months, list[LimitReplay]()
    zero, terms = np.zeros(1), portfolio.liquidity
    for loan in portfolio.loans:
        words = f"loan '{loan.id}'"

        def say(t: int, words: str = words) -> str:
            return f"{words}, {months.label(t)}"

        if loan.capex_share is not None:
            drawn = np.cumsum(books.amount("draw", loan.id))
            spent = np.cumsum(capex.get(loan.contract, np.zeros(months.months)))
            slack = np.where(books.amount("draw", loan.id) > 0.0, loan.capex_share * spent - drawn, np.inf)
            if np.isfinite(slack).any():
                finite = np.where(np.isfinite(slack), slack, np.max(slack[np.isfinite(slack)]))
                found += tightest("loan per capex", finite / USD_PER_MILLION, "USD million", zero, say)
        if loan.min_dscr is not None and loan.last_draw is not None:
            first = max(0, months.position(loan.last_draw) + loan.grace_months + 1)
            rent = net_rent.get(loan.contract, np.zeros(months.months))
            slack = (rent - loan.min_dscr * books.service[loan.id])[first:]

            def later(t: int, first: int = first, words: str = words) -> str:
                return f"{words}, {months.label(first + t)}"

            found += tightest("coverage of a loan", slack / USD_PER_MILLION, "USD million", zero, later)
    if terms is None:
        return found
    slack = (books.cash - terms.min_cash_usd) / USD_PER_MILLION
    found += tightest("least cash", slack, "USD million", zero, months.label)
    first = 0 if terms.covenants_from is None else max(0, months.position(terms.covenants_from))

    def tested(t: int) -> str:
        return months.label(first + t)

    owed = sum(books.owed.values(), start=np.zeros(months.months))
    service = sum(books.service.values(), start=np.zeros(months.months))
    rents = sum(net_rent.values(), start=np.zeros(months.months))
    if terms.max_debt_to_income is not None:
        slack = (terms.max_debt_to_income * 12.0 * rents - (owed - books.cash))[first:]
        found += tightest("debt to income", slack / USD_PER_MILLION, "USD million", zero, tested)
    if terms.min_dscr is not None:
        earned = operating + books.lines["site_fixed_saved"] + books.lines["overhead"]
        slack = (earned - terms.min_dscr * service)[first:]
        found += tightest("coverage of all debt", slack / USD_PER_MILLION, "USD million", zero, tested)
    return found
