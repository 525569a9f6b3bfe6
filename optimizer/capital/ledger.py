"""The books of a plan's capital: what its decisions move in every month, and the tax that follows exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from optimizer.capital.capital import Capital
from optimizer.capital.decisions import CASH_LINES, END_LINES, FINANCING_LINES
from optimizer.capital.finance import THOUSAND_BTC
from optimizer.horizon import USD_PER_USD_M, FloatArray, IntArray
from optimizer.matrices import Matrices

if TYPE_CHECKING:
    from optimizer.operations import Operations
    from optimizer.parameters import Parameters

# Decisions smaller than this are the solver's rounding: a milliwatt, a tenth of a cent, a thousandth of a coin's cent.
NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class Ledger:
    """A plan's capital decisions and the cash flows that follow from them; money in USD, costs negative.

    amounts : of every decision, by the name of its columns. [unit of the decision]
    operating : net operating cash flow of offers and mining, capex : of AI offers (positive), every month. [USD]
    net_rent : of the AI offers. write_off : of the AI offers' capex, every tax year. [USD]
    starts, signed_mw : the starts that are taken and their critical MW. [MW]
    """

    capital: Capital
    starts: IntArray
    signed_mw: FloatArray
    amounts: Mapping[str, FloatArray]
    operating: FloatArray
    net_rent: FloatArray
    capex: FloatArray
    write_off: FloatArray

    @classmethod
    def of(cls, p: Parameters, matrices: Matrices, x: FloatArray, operations: Operations) -> Ledger | None:
        """Read the decisions off a solution; None where the portfolio has no capital."""
        from optimizer.frames import cash_lines

        if p.capital is None:
            return None
        amounts = {name: _cleaned(x[matrices.columns(name)]) for name in p.capital.decisions}
        lines = {line: usd.sum(axis=0) for line, usd in cash_lines(p, operations).items()}
        capex = -lines["capex"]
        write_off = np.zeros(len(p.capital.years.years))
        if p.capital.tax is not None:
            taken = p.start_write_offs[operations.starts].T @ operations.signed_mw
            write_off = np.asarray(taken) * USD_PER_USD_M
        rent = p.operating.net_rent[operations.starts].T @ operations.signed_mw * USD_PER_USD_M
        operating = np.asarray(sum(lines.values())) + capex
        return cls(
            p.capital, operations.starts, operations.signed_mw, amounts, operating, np.asarray(rent), capex, write_off
        )

    @cached_property
    def lines(self) -> dict[str, FloatArray]:
        """Every cash line of capital by month, tax included. [USD]"""
        capital = self.capital
        found = {line: capital.fixed[line] * USD_PER_USD_M for line in CASH_LINES}
        for name, decision in capital.decisions.items():
            for line, flow in decision.flows.items():
                found[line] = found[line] + np.asarray(flow.T @ self.amounts[name]) * USD_PER_USD_M
        found["tax"] = found["tax"] - self.tax_paid
        return found

    @cached_property
    def taxable_usd(self) -> FloatArray:
        """Income of every tax year before losses of earlier years. [USD]"""
        capital = self.capital
        total = capital.fixed_income_usd_m * USD_PER_USD_M + capital.years.sums(self.operating) - self.write_off
        for name, decision in capital.decisions.items():
            total = total + np.asarray(capital.taxable_by_year(decision).T @ self.amounts[name]) * USD_PER_USD_M
        return np.asarray(total)

    @cached_property
    def tax_paid(self) -> FloatArray:
        """Tax of every month: what the year owes, in its last month. [USD]"""
        paid = np.zeros(self.capital.horizon.months)
        tax = self.capital.tax
        if tax is not None:
            paid[self.capital.years.last] = tax.rate * income_after_losses(
                self.taxable_usd, tax.opening_losses_usd, tax.loss_limit
            )
        return paid

    @cached_property
    def ends(self) -> dict[str, float]:
        """What is owned or owed when the plan ends, by line. [USD]"""
        capital = self.capital
        found = {line: capital.end_fixed_usd_m[line] for line in END_LINES}
        for name, decision in capital.decisions.items():
            for line, usd_m in decision.end_usd_m.items():
                found[line] += float(usd_m @ self.amounts[name])
        return {line: usd_m * USD_PER_USD_M for line, usd_m in found.items()}

    @property
    def net(self) -> FloatArray:
        """What capital adds to the cash of every month. [USD]"""
        return np.asarray(sum(self.lines.values()))

    @cached_property
    def cash(self) -> FloatArray:
        """Cash at the end of every month, from zero where there is no account. [USD]"""
        terms = self.capital.liquidity
        opening = 0.0 if terms is None else terms.opening_cash_usd
        return np.asarray(opening + np.cumsum(self.operating - self.capex + self.net))

    @cached_property
    def owed(self) -> FloatArray:
        """Debt of every loan at the end of every month: loans x months. [USD]"""
        debt = self.capital.debt
        owed = debt.fixed_owed * USD_PER_USD_M
        for row in range(len(debt.loans)):
            own = np.flatnonzero(debt.of == row)
            owed[row] += np.asarray(debt.owed[own].T @ self.amounts[debt.draw.name][own]) * USD_PER_USD_M
        return owed

    @cached_property
    def coin_btc(self) -> FloatArray:
        """Coin held at the end of every month. [BTC]"""
        coin = self.capital.coin
        if coin is None:
            return np.zeros(self.capital.horizon.months)
        sold = coin.fixed_sales.copy()
        np.add.at(sold, coin.sale.month, self.amounts[coin.sale.name])
        return np.asarray((coin.opening - np.cumsum(sold)) * THOUSAND_BTC)

    @property
    def own_usd(self) -> FloatArray:
        """What capital moves every month beside what lenders, new holders and coin bring. [USD]"""
        return np.asarray(sum(usd for line, usd in self.lines.items() if line not in FINANCING_LINES))

    def added_mw(self, sites: int) -> FloatArray:
        """Capacity added to every site by every month. [MW]"""
        building = self.capital.building
        added = np.zeros((sites, self.capital.horizon.months))
        where = building.expansion_site[building.expand_of], building.expand_ready
        np.add.at(added, where, self.amounts["expand_mw"])
        return np.cumsum(added, axis=1)

    def npv_usd(self) -> dict[str, float]:
        """Present value by line and line of the end; shares by their cost only. [USD]"""
        discount = self.capital.horizon.discount
        counted = {line: float(usd @ discount) for line, usd in self.lines.items() if line != "share_sales"}
        return counted | {line: usd * float(discount[-1]) for line, usd in self.ends.items()}


def income_after_losses(income: FloatArray, opening_losses: float, limit: float) -> FloatArray:
    """Taxed income of every year: losses are carried forward and offset at most a share of a later income. [USD]"""
    taxed, losses = np.zeros_like(income), opening_losses
    for year, amount in enumerate(income.tolist()):
        used = min(losses, limit * max(0.0, amount))
        taxed[year] = max(0.0, amount) - used
        losses += max(0.0, -amount) - used
    return taxed


def _cleaned(amount: FloatArray) -> FloatArray:
    return np.where(amount > NEGLIGIBLE, amount, 0.0)
