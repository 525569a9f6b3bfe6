"""One family of capital decisions, with all the money that a unit of it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.horizon import FloatArray, Horizon, IntArray
from optimizer.sparse import csr_matrix

# Money lines of capital, in the order in which statements show them. All are cash, costs negative.
MACHINE_LINES = ("rig_purchases", "rig_sales", "rig_handling")
BUILDING_LINES = ("halls", "expansions", "deposits", "closures", "site_fixed_saved")
DEBT_LINES = ("loan_draws", "loan_fees", "loan_interest", "loan_principal")
SHARE_LINES = ("share_sales", "share_costs")
CASH_LINES = (*MACHINE_LINES, *BUILDING_LINES, *DEBT_LINES, *SHARE_LINES, "coin_sales", "overhead", "tax")
# What lenders, new holders and coin bring: no part of what the company's own business earns or costs.
FINANCING_LINES = (*DEBT_LINES, *SHARE_LINES, "coin_sales")
# What shares bring belongs to those who buy them, and is no gain of those who own the company now.
UNCOUNTED_LINES = ("share_sales",)
# What is owned or owed when the plan ends, counted in its last month; not cash.
END_LINES = ("residuals", "loans_owed", "coin_left")
CAPITAL_TERMS = (*(line for line in CASH_LINES if line not in UNCOUNTED_LINES), *END_LINES)
# Lines that make taxable income, beside the operating cash flow; coin only by its gain.
TAXABLE_LINES = ("rig_sales", "rig_handling", "closures", "site_fixed_saved", "loan_fees", "loan_interest", "overhead")


@dataclass(frozen=True)
class Decision:
    """Decisions of one kind, one entry per column of the programme.

    name : of the columns. where : what each is about. month : in which it is decided. upper : most of it. [unit]
    unit : MW, USD million, thousand BTC, or "" for a whole number.
    flows : by line, what a unit moves in every month: columns x months, costs negative. [USD million/unit]
    end_usd_m : by line of the plan's end, what a unit is worth then. [USD million/unit]
    write_off : what of a unit is depreciated for tax in every year: columns x years. [USD million/unit]
    gain_usd_m : taxable beside the lines that are, in its month. [USD million/unit]
    """

    name: str
    where: tuple[str, ...]
    month: IntArray
    upper: FloatArray
    unit: str
    flows: Mapping[str, csr_matrix] = field(default_factory=dict)
    end_usd_m: Mapping[str, FloatArray] = field(default_factory=dict)
    write_off: csr_matrix | None = None
    gain_usd_m: FloatArray | None = None

    @property
    def size(self) -> int:
        """Number of columns."""
        return self.month.size

    def cash(self, months: int) -> csr_matrix:
        """What a unit adds to the cash of every month: columns x months. [USD million/unit]"""
        return sum(self.flows.values(), start=csr_matrix((self.size, months)))

    def values_usd_m(self, horizon: Horizon) -> FloatArray:
        """Present value of a unit of every column. [USD million/unit]"""
        flows = sum(flow @ horizon.discount for line, flow in self.flows.items() if line not in UNCOUNTED_LINES)
        ends = sum(self.end_usd_m.values(), start=np.zeros(self.size))
        return np.asarray(flows + ends * horizon.discount[-1])


def spread_flow(
    size: int, months: int, column: Sequence[int] | IntArray, month: Sequence[int] | IntArray, usd_m: FloatArray
) -> csr_matrix:
    """A flow from its entries; those after the last month are left out. [USD million/unit]"""
    inside = np.asarray(month) < months
    entries = np.asarray(usd_m)[inside], (np.asarray(column)[inside], np.asarray(month)[inside])
    return csr_matrix(entries, shape=(size, months))


def at_once(month: IntArray, months: int, usd_m: FloatArray) -> csr_matrix:
    """A flow of one payment per column, in a month of its own. [USD million/unit]"""
    return spread_flow(month.size, months, np.arange(month.size), month, usd_m)


def spread_evenly(first: IntArray, lead: IntArray, months: int, usd_m: FloatArray) -> csr_matrix:
    """A flow of equal payments over the `lead` months from `first` on, at once without a lead. [USD million/unit]"""
    parts = np.maximum(1, lead)
    column = np.repeat(np.arange(first.size), parts)
    step = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
    return spread_flow(first.size, months, column, np.repeat(first, parts) + step, np.repeat(usd_m / parts, parts))


def window(horizon: Horizon, first: str | None, last: str | None, until: int) -> IntArray:
    """The months of a window, before `until` and within the horizon."""
    begin = 0 if first is None else max(0, horizon.index(first))
    end = horizon.months if last is None else horizon.index(last) + 1
    return np.arange(begin, max(begin, min(end, until, horizon.months)), dtype=np.int64)


def joined(parts: Sequence[IntArray]) -> IntArray:
    """Arrays one after another, none of them perhaps."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def owners(parts: Sequence[IntArray]) -> IntArray:
    """For the entries of arrays one after another, the position of their array."""
    return np.repeat(np.arange(len(parts), dtype=np.int64), [part.size for part in parts])
