"""The linear programme: sets, variables, constraints, objective - the only place where any of them is made.

Read it top-down: `build_model` is the table of contents, each `add_*` function is one family of
constraints and its docstring is the inequality. The mathematics with all symbols is in
docs/formulation.md. Money is USD million, power is MW; every coefficient comes from Parameters.

Terms are handed to Pyomo as coefficient and variable lists, which it compiles several times faster
than operator expressions.
"""

from __future__ import annotations

from itertools import chain as concatenated
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.common.gc_manager import PauseGC

from optimizer.algebra import Scoped, Term, add_rows, add_running_total, add_variable, linear, state_term
from optimizer.chains import Chain
from optimizer.errors import InfeasiblePlanError
from optimizer.formulation_capital import (
    add_capital,
    add_capital_variables,
    added_term,
    cooling_sets,
    hall_terms,
    suits,
)
from optimizer.formulation_cash import add_cash, add_cash_variables, cash_bounds
from optimizer.formulation_choices import add_choice_variables, add_choices
from optimizer.formulation_joint import OWN_FAMILIES, add_joint_months, add_joint_variables, joint_bounds, own_mark
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.parameters import PH_PER_EH, Parameters

# Rows of the worst share count in 10,000 USD; smaller entries than these in USD million per MW are left to the side.
SHARE_SCALE = 100.0
LEAST_SHARE_USD_M = 1e-9


def build_model(p: Parameters) -> pyo.ConcreteModel:
    """The programme of a portfolio: maximise the net present value over all plans within the limits.

    Every component is indexed by position: starts, blocks, states of the running totals, periods or months.
    """
    model = pyo.ConcreteModel(name="wattsplit")
    with PauseGC():
        add_variables(model, p)
        if p.capital is not None:
            add_capital(model, p, p.capital)
        for name, chain in running_totals(p).items():
            add_running_total(model, name, chain)
        add_offer_size(model, p)
        add_choices(model, p)
        add_site_capacity(model, p)
        add_closed_sites(model, p)
        add_ai_limit(model, p)
        add_mining_halls(model, p)
        add_cooled_halls(model, p)
        add_curtailable_share(model, p)
        add_capex_budget(model, p)
        add_ai_share(model, p)
        add_min_hashrate(model, p)
        add_counterparty_share(model, p)
        add_region_share(model, p)
        add_joint_months(model, p)
        for scope, q in own_scopes(model, p):
            add_running_total(scope, "ai_load_mw", q.joint.ai_load_mw)
            add_joint_months(scope, q)
        if p.capital is not None:
            add_cash(model, p, p.capital)
        add_worst_share(model, p)
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
        "ai_load_mw": p.joint.ai_load_mw,
    }


def total_bounds(p: Parameters) -> dict[str, FloatArray]:
    """Upper bounds of the running totals: firmness, mining halls, the build limit. [MW]

    Where no limit applies, the bound is what all starts together could reach: every variable has a
    finite bound, so that the dual bound of the certificate is finite too.
    """
    critical = sum(offer.committed_mw or offer.max_mw for offer in p.starts.offers)
    ceiling = sum((offer.committed_mw or offer.max_mw) * offer.gross_ratio for offer in p.starts.offers)
    draw = sum((offer.committed_mw or offer.max_mw) * offer.pue * offer.load_factor for offer in p.starts.offers)
    ai_limit = np.array([site.ai_limit_mw for site in p.sites]) + p.ai_growth_mw
    halls = np.array([site.mining_halls_mw for site in p.sites])
    build = ceiling if p.limits.max_build_mw is None else p.limits.max_build_mw
    return {
        "ai_mw": ai_limit[p.totals.ai_mw.group],
        "retrofit_mw": halls[p.totals.retrofit_mw.group],
        "building_mw": np.full(p.totals.building_mw.count, build),
        "region_mw": np.full(p.totals.region_mw.count, ceiling),
        "counterparty_mw": np.full(p.totals.counterparty_mw.count, critical),
        "ai_load_mw": np.full(p.joint.ai_load_mw.count, draw),
    }


def signed_bounds(p: Parameters) -> tuple[FloatArray, FloatArray]:
    """Least and most critical MW of every start: what is signed or pinned is fixed. [MW]"""
    lower, upper = np.where(p.starts.committed_mw > 0.0, p.upper_mw, 0.0), p.upper_mw.copy()
    for start, mw in p.pinned_mw.items():
        lower[start] = upper[start] = mw
    return lower, upper


def add_variables(model: Any, p: Parameters) -> None:
    """signed_mw[start], mining_mw[block], the running totals and the joint months, each with its bounds. [MW]

    tail_usd_m : mean NPV of the worst share of the scenarios, where it counts. [USD million]
    """
    add_variable(model, "signed_mw", *signed_bounds(p))
    add_variable(model, "mining_mw", np.zeros_like(p.blocks.mw), p.blocks.mw)
    for name, upper in total_bounds(p).items():
        add_variable(model, name, np.zeros_like(upper), upper)
    add_joint_variables(model, p)
    add_choice_variables(model, p)
    if p.capital is not None:
        add_capital_variables(model, p, p.capital)
        add_cash_variables(model, p, p.capital)
    for scope, q in own_scopes(model, p):
        add_joint_variables(scope, q)
        upper = total_bounds(q)["ai_load_mw"]
        add_variable(scope, "ai_load_mw", np.zeros_like(upper), upper)
    most = tail_bound_usd_m(p)
    add_variable(model, "tail_usd_m", -most, most)


def own_scopes(model: Any, p: Parameters) -> list[tuple[Scoped, Parameters]]:
    """The model as every scenario sees it in its joint months, where these are written out."""
    return [(Scoped(model, own_mark(position), OWN_FAMILIES), q) for position, q in enumerate(p.own)]


# ---------------------------------------------------------------- constraints


def add_offer_size(model: Any, p: Parameters) -> None:
    """sum_{i,tau} signed_mw[c,i,tau] <= max_mw[c]; offers with a variable "taken" have taken_size instead"""
    offers, signed = p.starts.offers, list(model.signed_mw.values())
    pointer = np.searchsorted(p.starts.offer, np.arange(len(offers) + 1)).tolist()  # starts come offer by offer
    sized = set(p.choices.taken.tolist())
    whole = (offer.committed_mw == 0.0 and pointer[c] < pointer[c + 1] for c, offer in enumerate(offers))
    rows = [c for c, is_open in enumerate(whole) if is_open and c not in sized]

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

    def mining_terms(self, period: int) -> list[Term]:
        """sum_k mining_mw[k]"""
        return self.mining[self.pointer[period] : self.pointer[period + 1]]

    def terms(self, period: int, mining: float = 1.0, total: float = 1.0) -> list[Term]:
        """mining * sum_k mining_mw[k] + total * running total"""
        own = self.mining_terms(period)
        scaled = own if mining == 1.0 else [(mining, variable) for _, variable in own]
        return scaled + state_term(self.total, self.state[period], total)


def add_site_capacity(model: Any, p: Parameters) -> None:
    """sum_k mining_mw[k,t] + ai_mw[i,t] <= capacity_mw[i,t] + added_mw[i,t], where it can bind at all"""
    period = PeriodTerms(model, p, "ai_mw", p.totals.ai_mw)
    capacity = p.capacity_mw[p.periods.site, p.periods.first]
    binding = np.flatnonzero(period.most_mw > capacity)

    def row(q: int) -> tuple[Any, Any, Any]:
        added = added_term(model, p, int(p.periods.site[q]), int(p.periods.first[q]), -1.0)
        return None, linear([*period.terms(q), *added]), float(capacity[q])

    add_rows(model, "site_capacity", binding.tolist(), row)


def add_closed_sites(model: Any, p: Parameters) -> None:
    """sum_k mining_mw[k,t] + ai_mw[i,t] <= most * (1 - closed[i,t])"""
    closable = {} if p.capital is None else {int(i): row for row, i in enumerate(p.capital.building.closable)}
    if not closable:
        return
    period = PeriodTerms(model, p, "ai_mw", p.totals.ai_mw)
    most = p.capacity_mw.max(axis=1) + p.growth_mw
    rows = [q for q, site in enumerate(p.periods.site.tolist()) if site in closable]

    def row(q: int) -> tuple[Any, Any, Any]:
        site, t = int(p.periods.site[q]), int(p.periods.first[q])
        closed = model.closed[closable[site] * p.horizon.months + t]
        return None, linear([*period.terms(q), (float(most[site]), closed)]), float(most[site])

    add_rows(model, "site_closed", rows, row)


def add_ai_limit(model: Any, p: Parameters) -> None:
    """ai_mw[i,t] <= ai_limit_mw[i] + added_mw[i,t], at sites that grow and have no limit of AI of their own"""
    growing = np.flatnonzero(p.ai_growth_mw > 0.0)
    rows = np.flatnonzero(np.isin(p.periods.site, growing))
    state = p.totals.ai_mw.at[p.periods.site, p.periods.first]
    limit = [site.ai_limit_mw for site in p.sites]

    def row(q: int) -> tuple[Any, Any, Any]:
        site, t = int(p.periods.site[q]), int(p.periods.first[q])
        return None, linear([(1.0, model.ai_mw[int(state[q])]), *added_term(model, p, site, t, -1.0)]), limit[site]

    add_rows(model, "ai_limit", rows[state[rows] >= 0].tolist(), row)


def add_mining_halls(model: Any, p: Parameters) -> None:
    """sum_k mining_mw[k,t] + retrofit_mw[i,t] <= mining_ready_mw[i], where it can bind at all"""
    period = PeriodTerms(model, p, "retrofit_mw", p.totals.retrofit_mw)
    halls = np.array([site.mining_halls_mw for site in p.sites])[p.periods.site]
    plain = np.array([not cooling_sets(p, site) for site in range(len(p.sites))], dtype=np.bool_)
    binding = np.flatnonzero((period.most_mw > halls) & plain[p.periods.site])
    add_rows(model, "mining_halls", binding.tolist(), lambda q: (None, linear(period.terms(q)), float(halls[q])))


def add_cooled_halls(model: Any, p: Parameters) -> None:
    """sum_{k in S} mining_mw[k,t] <= (mining_ready_mw[i] - retrofit_mw[i,t] where it suits S) + built halls that suit S

    S are sets of cooling types of a site's machines. A row's index is set * periods + period.
    """
    period = PeriodTerms(model, p, "retrofit_mw", p.totals.retrofit_mw)
    count = p.periods.site.size
    rows: dict[int, tuple[list[Term], float]] = {}
    for q, site in enumerate(p.periods.site.tolist()):
        for number, chosen in enumerate(cooling_sets(p, site)):
            own = [
                (1.0, variable)
                for _, variable in period.mining_terms(q)
                if p.cooling[int(p.blocks.fleet[variable.index()])] in chosen
            ]
            given = suits(p.sites[site].cooling, chosen)
            taken = state_term(period.total, period.state[q]) if given else []
            built = hall_terms(model, p, site, int(p.periods.first[q]), chosen)
            if own:
                side = p.sites[site].mining_halls_mw if given else 0.0
                rows[number * count + q] = [*own, *taken, *built], side
    add_rows(model, "cooled_halls", list(rows), lambda index: (None, linear(rows[index][0]), rows[index][1]))


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


def spent_usd_m(p: Parameters, month: int) -> FloatArray:
    """Capex of one critical MW of each start in the months 0 .. month, servers included. [USD million/MW]"""
    build = np.maximum(1, p.starts.tau - p.starts.signing)
    sunk = np.clip(-p.starts.signing, 0, build)
    fraction = np.maximum(0, np.clip(month + 1 - p.starts.signing, 0, build) - sunk) / build
    return np.asarray(p.landlord_capex_usd_m * fraction + p.servers_usd_m[:, : month + 1].sum(axis=1))


def add_capex_budget(model: Any, p: Parameters) -> None:
    """sum over starts of capex spent up to t * signed_mw <= capex_budget[t]"""
    steps = dict(budget_steps(p)) if p.limits.capex_budget else {}
    signed = list(model.signed_mw.values())

    def budget(t: int) -> tuple[Any, Any, Any]:
        spent = spent_usd_m(p, t)
        return None, linear((float(spent[s]), signed[s]) for s in np.flatnonzero(spent)), steps[t]

    rows = [t for t in steps if spent_usd_m(p, t).any()]
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
    """Hashrate of one energised MW of each fleet, all tiers on, uptime included. [EH/s per MW]"""
    ph_s = p.tiers.by_fleet((p.tiers.drawn_mw * p.tiers.ph_s_per_mw)[:, None], len(p.fleets))
    return np.asarray(ph_s[:, 0] / PH_PER_EH)


def add_min_hashrate(model: Any, p: Parameters) -> None:
    """sum_k hashrate_eh_s_per_mw[k] * mining_mw[k,t] >= min_eh_s"""
    floor = p.limits.min_eh_s
    if floor is None or floor <= 0.0:
        return
    rate = hashrate_eh_s_per_mw(p)
    every = [month_terms(model, p, t, rate, 0.0) for t in range(p.horizon.months)]
    rows = [[term for term in terms if term[0] > 0.0] for terms in every]
    bare = [p.horizon.label(t) for t, terms in enumerate(rows) if not terms]
    if bare:
        raise InfeasiblePlanError((f"min_eh_s asks for {floor:g} EH/s, but no fleet can hash in {bare[0]}",))
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


def tail_bound_usd_m(p: Parameters) -> FloatArray:
    """Further from zero than any mean of scenarios can be; empty where no worst share counts. [USD million]"""
    if not p.cvar_weight:
        return np.zeros(0)
    values, upper = p.scenario_values, signed_bounds(p)[1]
    size = np.abs(values.constant) + np.abs(values.signed) @ upper + np.abs(values.mining) @ p.blocks.mw
    for name, value in p.capital_values_usd_m.items():
        size += float(np.abs(value) @ capital_upper(p)[name])
    for position, q in enumerate(p.own):
        most = joint_bounds(q)
        size[position] += sum(float(np.abs(value) @ most[name]) for name, value in own_values_usd_m(q).items())
    return np.array([float(size.max()) + 1.0])


def worst_share_row(p: Parameters, weight: FloatArray) -> tuple[FloatArray, FloatArray, float, float]:
    """One row of the worst share: coefficients of signed_mw, mining_mw and tail_usd_m, and the upper side.

    weight : of every scenario. [-]

    The row is written in units of 10,000 USD, and what would still be too small an entry for the solver is put at its
    most into the side: the row then allows a little more than it should, never less.
    """
    signed, mining, constant = p.scenario_values.weighed(weight)
    upper = signed_bounds(p)[1], p.blocks.mw
    for value, most in zip((signed, mining), upper, strict=True):
        small = np.abs(value) < LEAST_SHARE_USD_M
        constant += float(np.maximum(0.0, value[small]) @ most[small])
        value[small] = 0.0
    return -signed * SHARE_SCALE, -mining * SHARE_SCALE, SHARE_SCALE, constant * SHARE_SCALE


def capital_upper(p: Parameters) -> dict[str, FloatArray]:
    """Upper bounds of the capital decisions that have a value, by name."""
    if p.capital is None:
        return {}
    upper = {name: decision.upper for name, decision in p.capital.decisions.items()}
    return upper | {name: most for name, (_, most) in cash_bounds(p, p.capital).items()}


def capital_share_row(p: Parameters) -> dict[str, FloatArray]:
    """The coefficients of capital decisions in every row of the worst share, by family: the same in all scenarios."""
    found = {}
    for name, value in p.capital_values_usd_m.items():
        found[name] = np.where(np.abs(value) < LEAST_SHARE_USD_M, 0.0, -value * SHARE_SCALE)
    return found


def own_values_usd_m(q: Parameters) -> dict[str, FloatArray]:
    """By variable of a scenario's own joint months, the present value of a MW of it. [USD million/MW]"""
    return q.joint.values_usd_m(q.horizon.discount)


def own_share_row(p: Parameters, weight: FloatArray) -> dict[str, FloatArray]:
    """The coefficients of the variables of joint months in a row of the worst share, by family.

    weight : of every scenario. [-] Entries that are too small for the solver are left out, as if they were costs.
    """
    row = {}
    for position in np.flatnonzero(weight).tolist() if p.own else []:
        for name, value in own_values_usd_m(p.own[position]).items():
            own = weight[position] * value
            row[f"{name}{own_mark(position)}"] = np.where(np.abs(own) < LEAST_SHARE_USD_M, 0.0, -own * SHARE_SCALE)
    return row


def add_worst_share(model: Any, p: Parameters) -> None:
    """tail_usd_m <= sum_s q[s] * NPV[s], for weights q of scenarios with 0 <= q[s] <= p[s] / alpha and sum 1

    The mean of the worst share is the smallest right-hand side over all such weights. Here stands the one of the
    probabilities themselves; those that matter are added while the programme is solved.
    """
    weights = [p.scenarios.probability] if p.cvar_weight else []

    def cut(k: int) -> tuple[Any, Any, Any]:
        signed, mining, tail, side = worst_share_row(p, weights[k])
        terms: list[Term] = [(tail, model.tail_usd_m[0])]
        for value, variables in ((signed, model.signed_mw), (mining, model.mining_mw)):
            terms.extend(zip(value.tolist(), variables.values(), strict=True))
        for name, value in (own_share_row(p, weights[k]) | capital_share_row(p)).items():
            terms.extend(zip(value.tolist(), getattr(model, name).values(), strict=True))
        return None, linear(term for term in terms if term[0]), side

    add_rows(model, "worst_share", range(len(weights)), cut)


# ---------------------------------------------------------------- objective


def objective_values(p: Parameters) -> dict[str, FloatArray]:
    """What one unit of every variable adds to the objective, by the variables' name; others add nothing. [USD million]

    The objective is (1 - w) times the mean NPV plus w times the mean of the worst share.
    """
    mean = 1.0 - p.cvar_weight
    values = {"signed_mw": mean * p.start_value_usd_m, "mining_mw": mean * p.blocks.value_usd_m}
    tail = {"tail_usd_m": np.array([p.cvar_weight])} if p.cvar_weight else {}
    own = {
        f"{name}{own_mark(position)}": mean * float(q_probability) * value
        for position, (q, q_probability) in enumerate(zip(p.own, p.scenarios.probability, strict=False))
        for name, value in own_values_usd_m(q).items()
    }
    capital = {name: mean * value for name, value in p.capital_values_usd_m.items()}
    return values | tail | own | capital | p.joint.values_usd_m(p.horizon.discount)


def add_objective(model: Any, p: Parameters) -> None:
    """maximise sum over variables of value * MW (+ what no decision changes, a constant). [USD million]"""
    terms: list[Term] = []
    for name, value in objective_values(p).items():
        terms.extend(zip(value.tolist(), getattr(model, name).values(), strict=True))
    constant = (1.0 - p.cvar_weight) * p.constant_usd_m
    model.npv = pyo.Objective(expr=linear(terms, constant=constant), sense=pyo.maximize)
