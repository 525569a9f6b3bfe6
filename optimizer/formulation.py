"""The linear programme: sets, variables, constraints, objective - the only place where any of them is made.

Read it top-down: `build_model` is the table of contents, each `add_*` function is one family of
constraints and its docstring is the inequality. The mathematics with all symbols is in
docs/formulation.md. Money is USD million, power is MW; every coefficient comes from Parameters.

Terms are handed to Pyomo as coefficient and variable lists, which it compiles several times faster
than operator expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain as concatenated
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC
from pyomo.core.expr.numeric_expr import LinearExpression

from optimizer.chains import Chain
from optimizer.errors import InfeasiblePlanError
from optimizer.horizon import FloatArray
from optimizer.parameters import PH_PER_EH, USD_PER_USD_M, Parameters

Term = tuple[float, Any]


def linear(terms: Iterable[Term], constant: float = 0.0) -> LinearExpression:
    """A constant plus a sum of coefficient times variable."""
    listed = list(terms)
    return LinearExpression(
        constant=constant, linear_coefs=[c for c, _ in listed], linear_vars=[variable for _, variable in listed]
    )


def build_model(p: Parameters) -> pyo.ConcreteModel:
    """The programme of a portfolio: maximise the net present value over all plans within the limits.

    Every component is indexed by position: starts, blocks, states of the running totals, periods or months.
    """
    model = pyo.ConcreteModel(name="wattsplit")
    with PauseGC():
        add_variables(model, p)
        for name, chain in running_totals(p).items():
            add_running_total(model, name, chain)
        add_offer_size(model, p)
        add_site_capacity(model, p)
        add_mining_halls(model, p)
        add_curtailable_share(model, p)
        add_capex_budget(model, p)
        add_ai_share(model, p)
        add_min_hashrate(model, p)
        add_counterparty_share(model, p)
        add_region_share(model, p)
        add_objective(model, p)
    return model


# ---------------------------------------------------------------- variables


def running_totals(p: Parameters) -> dict[str, Chain]:
    """The running totals that are variables of the programme, by name."""
    return {
        "ai_mw": p.totals.ai_mw,
        "retrofit_mw": p.totals.retrofit_mw,
        "building_mw": p.totals.building_mw,
        "region_mw": p.totals.region_mw,
        "counterparty_mw": p.totals.counterparty_mw,
    }


def total_bounds(p: Parameters) -> dict[str, FloatArray]:
    """Upper bounds of the running totals: firmness, mining halls, the build limit. [MW]

    Where no limit applies, the bound is what all starts together could reach: every variable has a
    finite bound, so that the dual bound of the certificate is finite too.
    """
    critical = sum(offer.committed_mw or offer.max_mw for offer in p.starts.offers)
    ceiling = sum((offer.committed_mw or offer.max_mw) * offer.gross_ratio for offer in p.starts.offers)
    ai_limit = np.array([site.ai_limit_mw for site in p.sites])
    halls = np.array([site.mining_halls_mw for site in p.sites])
    build = ceiling if p.limits.max_build_mw is None else p.limits.max_build_mw
    return {
        "ai_mw": ai_limit[p.totals.ai_mw.group],
        "retrofit_mw": halls[p.totals.retrofit_mw.group],
        "building_mw": np.full(p.totals.building_mw.count, build),
        "region_mw": np.full(p.totals.region_mw.count, ceiling),
        "counterparty_mw": np.full(p.totals.counterparty_mw.count, critical),
    }


def add_variables(model: Any, p: Parameters) -> None:
    """signed_mw[start], mining_mw[block] and the running totals, each with its bounds. [MW]"""
    signed_low = np.where(p.starts.committed_mw > 0.0, p.upper_mw, 0.0)
    add_variable(model, "signed_mw", signed_low, p.upper_mw)
    add_variable(model, "mining_mw", np.zeros_like(p.blocks.mw), p.blocks.mw)
    for name, upper in total_bounds(p).items():
        add_variable(model, name, np.zeros_like(upper), upper)


def add_variable(model: Any, name: str, lower: FloatArray, upper: FloatArray) -> None:
    """One indexed variable with its bounds. [MW]"""
    bounds = list(zip(lower.tolist(), upper.tolist(), strict=True))
    model.add_component(name, pyo.Var(pyo.RangeSet(0, len(bounds) - 1), bounds=lambda _, index: bounds[index]))


# ---------------------------------------------------------------- constraints


def add_rows(model: Any, name: str, index: Sequence[int], rule: Callable[[int], tuple[Any, Any, Any]]) -> None:
    """One family of constraints `lower <= expression <= upper`, its index being positions."""
    model.add_component(name, pyo.Constraint(list(index), rule=lambda _, position: rule(position)))


def add_running_total(model: Any, name: str, chain: Chain) -> None:
    """total[s] = total[previous(s)] + sum over changes at s of mw * signed_mw[start]"""
    total, signed = list(getattr(model, name).values()), list(model.signed_mw.values())
    previous, pointer = chain.previous.tolist(), chain.pointer.tolist()
    start, mw = chain.start.tolist(), chain.mw.tolist()

    def balance(s: int) -> tuple[Any, Any, Any]:
        terms: list[Term] = [(1.0, total[s])]
        if previous[s] >= 0:
            terms.append((-1.0, total[previous[s]]))
        terms.extend((-mw[e], signed[start[e]]) for e in range(pointer[s], pointer[s + 1]))
        return 0.0, linear(terms), 0.0

    add_rows(model, f"{name}_balance", range(chain.count), balance)


def state_term(total: Sequence[Any], state: int, coefficient: float = 1.0) -> list[Term]:
    """The term of a running total, none before its first change."""
    return [(coefficient, total[state])] if state >= 0 else []


def add_offer_size(model: Any, p: Parameters) -> None:
    """sum_{i,tau} signed_mw[c,i,tau] <= max_mw[c]"""
    offers, signed = p.starts.offers, list(model.signed_mw.values())
    pointer = np.searchsorted(p.starts.offer, np.arange(len(offers) + 1)).tolist()  # starts come offer by offer
    rows = [c for c, offer in enumerate(offers) if offer.committed_mw == 0.0 and pointer[c] < pointer[c + 1]]

    def size(c: int) -> tuple[Any, Any, Any]:
        return None, linear((1.0, start) for start in signed[pointer[c] : pointer[c + 1]]), offers[c].max_mw

    add_rows(model, "offer_size", rows, size)


class PeriodTerms:
    """The mining terms of each period and the state of a running total in it."""

    def __init__(self, model: Any, p: Parameters, total: str, chain: Chain) -> None:
        """Collect them for the running total of that name."""
        order = np.argsort(p.blocks.period, kind="stable")
        self.pointer = np.searchsorted(p.blocks.period[order], np.arange(p.periods.site.size + 1)).tolist()
        variables = list(model.mining_mw.values())
        self.mining: list[Term] = [(1.0, variables[block]) for block in order]
        self.state = chain.at[p.periods.site, p.periods.first].tolist()
        self.total = list(getattr(model, total).values())
        most = np.concatenate(([0.0], np.cumsum(p.blocks.mw[order])))[self.pointer]
        upper = np.append(total_bounds(p)[total], 0.0)  # state -1, before any change, counts nothing
        self.most_mw: FloatArray = np.diff(most) + upper[self.state]

    def terms(self, period: int, mining: float = 1.0, total: float = 1.0) -> list[Term]:
        """mining * sum_k mining_mw[k] + total * running total"""
        own = self.mining[self.pointer[period] : self.pointer[period + 1]]
        scaled = own if mining == 1.0 else [(mining, variable) for _, variable in own]
        return scaled + state_term(self.total, self.state[period], total)


def add_site_capacity(model: Any, p: Parameters) -> None:
    """sum_k mining_mw[k,t] + ai_mw[i,t] <= capacity_mw[i,t], where it can bind at all"""
    period = PeriodTerms(model, p, "ai_mw", p.totals.ai_mw)
    capacity = p.capacity_mw[p.periods.site, p.periods.first]
    binding = np.flatnonzero(period.most_mw > capacity)
    add_rows(model, "site_capacity", binding.tolist(), lambda q: (None, linear(period.terms(q)), float(capacity[q])))


def add_mining_halls(model: Any, p: Parameters) -> None:
    """sum_k mining_mw[k,t] + retrofit_mw[i,t] <= mining_ready_mw[i], where it can bind at all"""
    period = PeriodTerms(model, p, "retrofit_mw", p.totals.retrofit_mw)
    halls = np.array([site.mining_halls_mw for site in p.sites])[p.periods.site]
    binding = np.flatnonzero(period.most_mw > halls)
    add_rows(model, "mining_halls", binding.tolist(), lambda q: (None, linear(period.terms(q)), float(halls[q])))


def add_curtailable_share(model: Any, p: Parameters) -> None:
    """ai_mw[i,t] <= (1 - q[i]) * (ai_mw[i,t] + sum_k mining_mw[k,t])"""
    period = PeriodTerms(model, p, "ai_mw", p.totals.ai_mw)
    share = np.array([site.curtailable_min_share for site in p.sites])[p.periods.site]
    rows = [q for q in np.flatnonzero(share > 0.0).tolist() if period.state[q] >= 0]

    def curtailable(q: int) -> tuple[Any, Any, Any]:
        return None, linear(period.terms(q, mining=float(share[q]) - 1.0, total=float(share[q]))), 0.0

    add_rows(model, "curtailable_share", rows, curtailable)


def budget_steps(p: Parameters) -> list[tuple[int, float]]:
    """Last month of each step of the capex budget and the budget up to it. [month index, USD million]

    Cumulative capex never falls and the budget is constant within a step, so the step's last month
    implies all its other months.
    """
    last = p.horizon.months - 1
    levels = {0: 0.0}
    for entry in sorted(p.limits.capex_budget, key=lambda entry: entry.month):
        levels[max(0, p.horizon.index(entry.month))] = entry.usd / USD_PER_USD_M
    begins = sorted(t for t in levels if t <= last)
    ends = [*(t - 1 for t in begins[1:]), last]
    return [(end, levels[begin]) for begin, end in zip(begins, ends, strict=True)]


def spent_fraction(p: Parameters, month: int) -> FloatArray:
    """Share of each start's capex that falls into the months 0 .. month. [-]"""
    build = np.maximum(1, p.starts.tau - p.starts.signing)
    sunk = np.clip(-p.starts.signing, 0, build)
    return np.asarray(np.maximum(0, np.clip(month + 1 - p.starts.signing, 0, build) - sunk) / build)


def add_capex_budget(model: Any, p: Parameters) -> None:
    """sum over starts of capex spent up to t * signed_mw <= capex_budget[t]"""
    steps = dict(budget_steps(p)) if p.limits.capex_budget else {}
    signed = list(model.signed_mw.values())

    def budget(t: int) -> tuple[Any, Any, Any]:
        spent = p.landlord_capex_usd_m * spent_fraction(p, t)
        return None, linear((float(spent[s]), signed[s]) for s in np.flatnonzero(spent)), steps[t]

    rows = [t for t in steps if (p.landlord_capex_usd_m * spent_fraction(p, t)).any()]
    add_rows(model, "capex_budget", rows, budget)


def month_terms(model: Any, p: Parameters, t: int, mining: FloatArray, ai: float) -> list[Term]:
    """sum_k mining[k] * mining_mw[k,t] + ai * sum_i ai_mw[i,t]; every month is its own period here."""
    blocks = np.flatnonzero(p.periods.first[p.blocks.period] == t)
    coefficients = mining[p.blocks.fleet[blocks]].tolist()
    own: list[Term] = [(c, model.mining_mw[b]) for c, b in zip(coefficients, blocks.tolist(), strict=True)]
    states = p.totals.ai_mw.at[:, t].tolist()
    return own + list(concatenated.from_iterable(state_term(model.ai_mw, s, ai) for s in states if ai))


def add_ai_share(model: Any, p: Parameters) -> None:
    """ai_share_min * (AI[t] + Mining[t]) <= AI[t] <= ai_share_max * (AI[t] + Mining[t])"""
    for name, share, sense in (
        ("ai_share_min", p.limits.ai_share_min, -1.0),
        ("ai_share_max", p.limits.ai_share_max, 1.0),
    ):
        if share is None:
            continue
        mining = np.full(len(p.fleets), -sense * share)
        rows = {t: month_terms(model, p, t, mining, sense * (1.0 - share)) for t in range(p.horizon.months)}
        months = [t for t, terms in rows.items() if terms]
        add_rows(model, name, months, lambda t, rows=rows: (None, linear(rows[t]), 0.0))  # type: ignore[misc]


def hashrate_eh_s_per_mw(p: Parameters) -> FloatArray:
    """Hashrate of one energised MW of each fleet, uptime included. [EH/s per MW]"""
    rigs = [p.portfolio.rig(fleet.rig) for fleet in p.fleets]
    return np.array([f.uptime * rig.ph_s_per_mw / PH_PER_EH for f, rig in zip(p.fleets, rigs, strict=True)])


def add_min_hashrate(model: Any, p: Parameters) -> None:
    """sum_k hashrate_eh_s_per_mw[k] * mining_mw[k,t] >= min_eh_s"""
    floor = p.limits.min_eh_s
    if floor is None or floor <= 0.0:
        return
    rate = hashrate_eh_s_per_mw(p)
    rows = [month_terms(model, p, t, rate, 0.0) for t in range(p.horizon.months)]
    bare = [p.horizon.label(t) for t, terms in enumerate(rows) if not terms]
    if bare:
        raise InfeasiblePlanError((f"min_eh_s asks for {floor:g} EH/s, but no fleet is installed in {bare[0]}",))
    add_rows(model, "min_hashrate", range(p.horizon.months), lambda t: (floor, linear(rows[t]), None))


def add_counterparty_share(model: Any, p: Parameters) -> None:
    """counterparty_mw[n,t] <= counterparty_share_max * sum_n' counterparty_mw[n',t], at every change"""
    share = p.limits.counterparty_share_max
    if share is not None:
        add_share_rows(model, "counterparty_share", p.totals.counterparty_mw, model.counterparty_mw, share)


def add_region_share(model: Any, p: Parameters) -> None:
    """region_mw[r,t] <= region_share_max * sum_r' region_mw[r',t], at every change"""
    share = p.limits.region_share_max
    if share is not None:
        add_share_rows(model, "region_share", p.totals.region_mw, model.region_mw, share)


def add_share_rows(model: Any, name: str, chain: Chain, variable: Any, share: float) -> None:
    """total[g,t] - share * sum_g' total[g',t] <= 0, at every change; a row's index is group * months + month."""
    months, total = chain.at.shape[1], list(variable.values())

    def limit(index: int) -> tuple[Any, Any, Any]:
        chosen, t = divmod(index, months)
        states = enumerate(chain.at[:, t].tolist())
        return None, linear(((1.0 if g == chosen else 0.0) - share, total[s]) for g, s in states if s >= 0), 0.0

    changes = np.unique(chain.month)
    groups, at = np.nonzero(chain.at[:, changes] >= 0)
    add_rows(model, name, (groups * months + changes[at]).tolist(), limit)


# ---------------------------------------------------------------- objective


def add_objective(model: Any, p: Parameters) -> None:
    """maximise sum_start value * signed_mw + sum_block value * mining_mw (+ fixed cost, a constant). [USD million]"""
    signed = zip(p.start_value_usd_m.tolist(), model.signed_mw.values(), strict=True)
    mining = zip(p.blocks.value_usd_m.tolist(), model.mining_mw.values(), strict=True)
    fixed = float(p.site_fixed_usd_m.sum())
    model.npv = pyo.Objective(expr=linear([*signed, *mining], constant=fixed), sense=pyo.maximize)
