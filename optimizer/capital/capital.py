"""All that a portfolio's capital tables let a plan decide, and what no decision changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.capital.building import Building
from optimizer.capital.decisions import CASH_LINES, END_LINES, TAXABLE_LINES, UNCOUNTED_LINES, Decision
from optimizer.capital.depreciation import TaxYears, even_shares, write_off_shares
from optimizer.capital.finance import Coin, Debt, share_sales
from optimizer.capital.machines import Machines
from optimizer.horizon import USD_PER_USD_M, FloatArray, Horizon, IntArray
from optimizer.sparse import csr_matrix
from sites.capital_records import Equity, Liquidity, Tax
from sites.portfolio import Portfolio
from sites.records import Fleet, Site

MONTHS_PER_YEAR = 12
CAPITAL_TABLES = (
    *("rig_offers", "rig_stock", "hall_builds", "expansions", "loans", "equity"),
    *("treasury", "tax", "liquidity"),
)


def has_capital(portfolio: Portfolio) -> bool:
    """Whether any table of capital has a record, or a site may be closed."""
    if any(getattr(portfolio, table) for table in CAPITAL_TABLES):
        return True
    return any(site.closure_cost_usd is not None for site in portfolio.sites)


@dataclass(frozen=True)
class Capital:
    """Capital decisions of a portfolio, in USD million and MW.

    machines, building, debt : by kind. issues, issue_of, shares : share issues, and the issue of every column.
    coin : of the treasury, None without one. liquidity, tax : their records, None without them.
    years : the calendar years.
    fixed : by line, what no decision changes, every month. [USD million] opening_write_off : by year. [USD million]
    """

    horizon: Horizon
    machines: Machines
    building: Building
    debt: Debt
    issues: tuple[Equity, ...]
    issue_of: IntArray
    shares: Decision
    coin: Coin | None
    liquidity: Liquidity | None
    tax: Tax | None
    years: TaxYears
    fixed: Mapping[str, FloatArray]
    opening_write_off: FloatArray

    @classmethod
    def of(
        cls, portfolio: Portfolio, sites: Sequence[Site], fleets: Sequence[Fleet], horizon: Horizon
    ) -> Capital | None:
        """The capital of a portfolio; None where it has no table of capital."""
        if not has_capital(portfolio):
            return None
        issues = tuple(sorted(portfolio.equity, key=lambda record: record.id))
        issue_of, shares = share_sales(issues, horizon)
        debt = Debt.of_loans(tuple(sorted(portfolio.loans, key=lambda loan: loan.id)), horizon)
        coin = None
        price = portfolio.btc_price_by_month() if portfolio.treasury is not None else None
        if portfolio.treasury is not None and price is not None:
            coin = Coin.of(portfolio.treasury, price, horizon)
        years, tax = TaxYears.of(horizon), portfolio.tax
        book = 0.0 if tax is None else tax.opening_book_usd / USD_PER_USD_M
        life = 1 if tax is None else tax.opening_life_months
        capital = cls(
            horizon=horizon,
            machines=Machines.of(portfolio, fleets, horizon),
            building=Building.of(portfolio, sites, horizon),
            debt=debt,
            issues=issues,
            issue_of=issue_of,
            shares=shares,
            coin=coin,
            liquidity=portfolio.liquidity,
            tax=tax,
            years=years,
            fixed=_fixed_lines(portfolio, debt, coin, horizon),
            opening_write_off=book * even_shares(years, 0, life),
        )
        return capital if tax is None else capital._with_write_offs(tax)

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        """All families of decisions, by the name of their columns."""
        coin = () if self.coin is None else (self.coin.sale,)
        every = (*self.machines.decisions, *self.building.decisions, self.debt.draw, self.shares, *coin)
        return {decision.name: decision for decision in every}

    @property
    def counts_cash(self) -> bool:
        """Whether the programme has a cash account."""
        return self.liquidity is not None

    @cached_property
    def values_usd_m(self) -> dict[str, FloatArray]:
        """Present value of a unit of every decision, by the name of its columns. [USD million/unit]"""
        values = {name: decision.values_usd_m(self.horizon) for name, decision in self.decisions.items()}
        if self.tax is not None:
            last = self.horizon.discount[self.years.last]
            values["income_usd_m"] = -self.tax.rate * last
            values["loss_used_usd_m"] = self.tax.rate * last
        return values

    @cached_property
    def constant_usd_m(self) -> float:
        """Present value of what no decision changes. [USD million]"""
        lines = (usd_m for line, usd_m in self.fixed.items() if line not in UNCOUNTED_LINES)
        inside = sum(float(usd_m @ self.horizon.discount) for usd_m in lines)
        return inside + sum(self.end_fixed_usd_m.values()) * float(self.horizon.discount[-1])

    @cached_property
    def end_fixed_usd_m(self) -> dict[str, float]:
        """What no decision changes of the worth when the plan ends, by line. [USD million]"""
        left = 0.0 if self.coin is None else (self.coin.opening - self.coin.fixed_sales.sum()) * self.coin.price[-1]
        ends = dict.fromkeys(END_LINES, 0.0)
        owed = float(self.debt.fixed_owed[:, -1].sum())
        return ends | {"residuals": self.machines.owned_usd_m, "loans_owed": -owed, "coin_left": float(left)}

    @cached_property
    def fixed_cash_usd_m(self) -> FloatArray:
        """What no decision changes of the cash of every month. [USD million]"""
        return np.asarray(sum(self.fixed.values(), start=np.zeros(self.horizon.months)))

    @cached_property
    def fixed_income_usd_m(self) -> FloatArray:
        """What no decision changes of the taxable income of every year. [USD million]"""
        taxable = sum((self.fixed[line] for line in TAXABLE_LINES), start=np.zeros(self.horizon.months))
        gain = 0.0 if self.coin is None else self.coin.fixed_gain_usd_m
        return self.years.sums(np.asarray(taxable + gain)) - self.opening_write_off

    def taxable_by_year(self, decision: Decision) -> csr_matrix:
        """What a unit of a decision adds to the taxable income of every year: columns x years. [USD million/unit]"""
        months, years = self.horizon.months, len(self.years.years)
        of_year = csr_matrix((np.ones(months), (np.arange(months), self.years.of_month)), shape=(months, years))
        taxable = (flow for line, flow in decision.flows.items() if line in TAXABLE_LINES)
        total = sum((flow @ of_year for flow in taxable), start=csr_matrix((decision.size, years)))
        if decision.gain_usd_m is not None:
            rows = np.arange(decision.size), self.years.of_month[decision.month]
            total = total + csr_matrix((decision.gain_usd_m, rows), shape=total.shape)
        return total if decision.write_off is None else total - decision.write_off

    def _with_write_offs(self, tax: Tax) -> Capital:
        """The same with what of every decision is depreciated for tax."""
        shares = {kind: write_off_shares(tax, getattr(tax, kind), self.horizon, self.years) for kind in WRITTEN_OFF}
        machines, building = self.machines, self.building
        lead = np.array([offer.lead_months for offer in machines.offers], dtype=np.int64)[machines.bought_of]
        buy = _written_off(machines.buy, "rig_purchases", shares["rigs"], machines.buy.month + lead)
        hall = _written_off(building.hall, "halls", shares["halls"], building.hall_ready)
        expand = _written_off(building.expand, "expansions", shares["expansions"], building.expand_ready)
        substation = np.array([r.substation_usd for r in building.expansions], dtype=np.float64) / USD_PER_USD_M
        of = building.expand_of[building.once_of] if building.once_of.size else building.once_of
        used = building.expand_ready[building.once_of] if building.once_of.size else building.once_of
        once = replace(building.once, write_off=csr_matrix(substation[of][:, None] * shares["expansions"][used]))
        return replace(
            self,
            machines=replace(machines, buy=buy),
            building=replace(building, hall=hall, expand=expand, once=once),
        )


WRITTEN_OFF = ("rigs", "halls", "expansions")


def _written_off(decision: Decision, line: str, shares: FloatArray, used: IntArray) -> Decision:
    """A decision whose payments of a line are depreciated from the month of use on."""
    cost = -np.asarray(decision.flows[line].sum(axis=1)).ravel()
    return replace(decision, write_off=csr_matrix(cost[:, None] * shares[used]))


def _fixed_lines(portfolio: Portfolio, debt: Debt, coin: Coin | None, horizon: Horizon) -> dict[str, FloatArray]:
    """What no decision changes, by line and month. [USD million]"""
    months = horizon.months
    fixed = {line: np.zeros(months) for line in CASH_LINES}
    fixed["loan_interest"] -= debt.fixed_interest.sum(axis=0)
    fixed["loan_principal"] -= debt.fixed_principal.sum(axis=0)
    if coin is not None:
        fixed["coin_sales"] += coin.fixed_sales * coin.price
    if portfolio.liquidity is not None:
        terms = portfolio.liquidity
        steps = (1.0 + terms.overhead_escalation) ** (np.arange(months) // MONTHS_PER_YEAR)
        fixed["overhead"] -= terms.overhead_usd_per_month / USD_PER_USD_M * steps
    return fixed
