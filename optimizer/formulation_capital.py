"""The part of the programme that is about capital: machines, halls, connections, closed sites.

Called by optimizer/formulation.py; the cash account is in optimizer/formulation_cash.py. Everything is empty where no
table of capital asks for it. Symbols are those of docs/capital.md.
"""

from __future__ import annotations

from itertools import chain, combinations
from typing import Any

import numpy as np

from optimizer.algebra import Term, add_rows, add_variable, linear
from optimizer.capital.capital import Capital
from optimizer.horizon import FloatArray, IntArray
from optimizer.parameters import Parameters

ANY = "any"


def capital_bounds(p: Parameters, capital: Capital) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Bounds of the variables that capital adds beside its decisions. [MW, or shares of a site]

    installed_mw : of every handled fleet and month. rig_stock_mw : of every handled type and month.
    added_mw : capacity added to every site that may grow and month. closed : of every site that may be closed.
    """
    months, machines, building = p.horizon.months, capital.machines, capital.building
    room = np.array([p.fleets[row].room_mw for row in machines.fleets.tolist()], dtype=np.float64)
    stock, growing = machines.largest_stock_mw(), growing_sites(capital)
    growth = building.growth_mw(len(p.sites))[growing]
    upper = {
        "installed_mw": np.repeat(room, months),
        "rig_stock_mw": np.repeat(stock, months),
        "added_mw": np.repeat(growth, months),
        "closed": np.ones(building.closable.size * months),
    }
    return {name: (np.zeros_like(most), most) for name, most in upper.items()}


def growing_sites(capital: Capital) -> IntArray:
    """Positions of the sites that may grow."""
    return np.unique(capital.building.expansion_site)


def add_capital_variables(model: Any, p: Parameters, capital: Capital) -> None:
    """The decisions, by the names of their families, and what follows from them."""
    for name, decision in capital.decisions.items():
        add_variable(model, name, np.zeros(decision.size), decision.upper, whole=not decision.unit)
    for name, (lower, upper) in capital_bounds(p, capital).items():
        add_variable(model, name, lower, upper)


def add_capital(model: Any, p: Parameters, capital: Capital) -> None:
    """All limits on machines, halls, connections and sites."""
    add_rig_supply(model, capital)
    add_installed(model, p, capital)
    add_rig_stock(model, p, capital)
    add_fleet_installed(model, p, capital)
    add_hall_supply(model, capital)
    add_expansion_supply(model, capital)
    add_ordered_once(model, capital)
    add_added_capacity(model, p, capital)
    add_closed(model, p, capital)


def _per_owner(of: IntArray, owner: int, variables: list[Any], sign: float = 1.0) -> list[Term]:
    return [(sign, variables[column]) for column in np.flatnonzero(of == owner).tolist()]


def add_rig_supply(model: Any, capital: Capital) -> None:
    """sum_t b[o,t] <= max_mw[o]"""
    machines, bought = capital.machines, list(model.rig_buy_mw.values())
    rows = {o: _per_owner(machines.bought_of, o, bought) for o in range(len(machines.offers))}
    rows = {o: terms for o, terms in rows.items() if terms}
    add_rows(model, "rig_supply", list(rows), lambda o: (None, linear(rows[o]), machines.offers[o].max_mw))


def add_installed(model: Any, p: Parameters, capital: Capital) -> None:
    """installed[k,t] = installed[k,t-1] + in[k,t] - out[k,t]; a row's index is fleet * months + month"""
    months, opening = p.horizon.months, capital.machines.opening_mw.tolist()
    installed, put_in, out = (
        list(family.values()) for family in (model.installed_mw, model.rig_install_mw, model.rig_uninstall_mw)
    )

    def balance(index: int) -> tuple[Any, Any, Any]:
        fleet, t = divmod(index, months)
        terms: list[Term] = [(1.0, installed[index]), (-1.0, put_in[index]), (1.0, out[index])]
        if t:
            terms.append((-1.0, installed[index - 1]))
        side = 0.0 if t else opening[fleet]
        return side, linear(terms), side

    add_rows(model, "installed_balance", range(len(installed)), balance)


def add_rig_stock(model: Any, p: Parameters, capital: Capital) -> None:
    """stock[r,t] = stock[r,t-1] + arrived - sum_k in[k,t] + sum_k out[k,t-move] - sold[r,t]"""
    months, machines = p.horizon.months, capital.machines
    stock, sold, bought, put_in, out = (
        list(family.values())
        for family in (
            *(model.rig_stock_mw, model.rig_sell_mw, model.rig_buy_mw),
            *(model.rig_install_mw, model.rig_uninstall_mw),
        )
    )

    def balance(index: int) -> tuple[Any, Any, Any]:
        kind, t = divmod(index, months)
        terms: list[Term] = [(1.0, stock[index]), (1.0, sold[index])]
        terms += [(-1.0, bought[column]) for column in machines.arrivals(kind, t).tolist()]
        left = t - machines.types[kind].move_months
        for position in np.flatnonzero(machines.fleet_type == kind).tolist():
            terms.append((1.0, put_in[position * months + t]))
            if left >= 0:
                terms.append((-1.0, out[position * months + left]))
        if t:
            terms.append((-1.0, stock[index - 1]))
        side = 0.0 if t else float(machines.stock_mw[kind])
        return side, linear(terms), side

    add_rows(model, "rig_stock_balance", range(len(stock)), balance)


def add_fleet_installed(model: Any, p: Parameters, capital: Capital) -> None:
    """M[k,t] <= installed[k,t] for handled fleets; every month is its own period there"""
    months = p.horizon.months
    position = {int(fleet): row for row, fleet in enumerate(capital.machines.fleets.tolist())}
    blocks = [b for b, fleet in enumerate(p.blocks.fleet.tolist()) if fleet in position]
    first = p.periods.first[p.blocks.period].tolist()
    fleet_of = p.blocks.fleet.tolist()

    def limit(b: int) -> tuple[Any, Any, Any]:
        installed = model.installed_mw[position[fleet_of[b]] * months + first[b]]
        return None, linear([(1.0, model.mining_mw[b]), (-1.0, installed)]), 0.0

    add_rows(model, "fleet_installed", blocks, limit)


def add_hall_supply(model: Any, capital: Capital) -> None:
    """sum_t hall[h,t] <= max_mw[h]"""
    building, ordered = capital.building, list(model.hall_mw.values())
    rows = {h: _per_owner(building.hall_of, h, ordered) for h in range(len(building.halls))}
    rows = {h: terms for h, terms in rows.items() if terms}
    add_rows(model, "hall_supply", list(rows), lambda h: (None, linear(rows[h]), building.halls[h].max_mw))


def add_expansion_supply(model: Any, capital: Capital) -> None:
    """sum_t expand[e,t] <= max_mw[e]"""
    building, ordered = capital.building, list(model.expand_mw.values())
    rows = {e: _per_owner(building.expand_of, e, ordered) for e in range(len(building.expansions))}
    rows = {e: terms for e, terms in rows.items() if terms}
    add_rows(model, "expansion_supply", list(rows), lambda e: (None, linear(rows[e]), building.expansions[e].max_mw))


def add_ordered_once(model: Any, capital: Capital) -> None:
    """min_mw * once[e,t] <= expand[e,t] <= max_mw * once[e,t], sum_t once[e,t] <= 1"""
    building, once, ordered = capital.building, list(model.expand_once.values()), list(model.expand_mw.values())
    of = building.expand_of[building.once_of] if building.once_of.size else building.once_of
    column = building.once_of.tolist()
    most = [building.expansions[e].max_mw for e in of.tolist()]
    least = [building.expansions[e].min_mw for e in of.tolist()]
    add_rows(
        model,
        "expansion_ordered",
        range(len(once)),
        lambda c: (None, linear([(1.0, ordered[column[c]]), (-most[c], once[c])]), 0.0),
    )
    add_rows(
        model,
        "expansion_least",
        [c for c, mw in enumerate(least) if mw > 0.0],
        lambda c: (0.0, linear([(1.0, ordered[column[c]]), (-least[c], once[c])]), None),
    )
    rows = {e: _per_owner(of, e, once) for e in np.unique(of).tolist()}
    add_rows(model, "expansion_once", list(rows), lambda e: (None, linear(rows[e]), 1.0))


def add_added_capacity(model: Any, p: Parameters, capital: Capital) -> None:
    """added[i,t] = added[i,t-1] + expand ready in t; a row's index is site * months + month"""
    months, building = p.horizon.months, capital.building
    added, ordered = list(model.added_mw.values()), list(model.expand_mw.values())
    sites = growing_sites(capital)

    def balance(index: int) -> tuple[Any, Any, Any]:
        row, t = divmod(index, months)
        here = building.expansion_site[building.expand_of] == sites[row]
        ready = np.flatnonzero(here & (building.expand_ready == t)).tolist()
        terms: list[Term] = [(1.0, added[index]), *((-1.0, ordered[column]) for column in ready)]
        if t:
            terms.append((-1.0, added[index - 1]))
        return 0.0, linear(terms), 0.0

    add_rows(model, "added_balance", range(len(added)), balance)


def added_term(model: Any, p: Parameters, site: int, t: int, sign: float) -> list[Term]:
    """The term of the capacity added to a site by a month, none where it cannot grow."""
    if p.capital is None:
        return []
    rows = np.flatnonzero(growing_sites(p.capital) == site).tolist()
    return [(sign, model.added_mw[rows[0] * p.horizon.months + t])] if rows else []


def add_closed(model: Any, p: Parameters, capital: Capital) -> None:
    """closed[i,t] = closed[i,t-1] + close[i,t]; sum_t close[i,t] <= 1"""
    months, building = p.horizon.months, capital.building
    closed, close = list(model.closed.values()), list(model.close.values())
    sites = building.closable

    def balance(index: int) -> tuple[Any, Any, Any]:
        row, t = divmod(index, months)
        now = np.flatnonzero((building.close_of == sites[row]) & (building.close.month == t)).tolist()
        terms: list[Term] = [(1.0, closed[index]), *((-1.0, close[column]) for column in now)]
        if t:
            terms.append((-1.0, closed[index - 1]))
        return 0.0, linear(terms), 0.0

    add_rows(model, "closed_balance", range(len(closed)), balance)


def cooling_sets(p: Parameters, site: int) -> list[tuple[str, ...]]:
    """Sets of cooling types of a site's machines that its halls must hold together; none where any hall will do."""
    capital = p.capital
    built = [] if capital is None else np.flatnonzero(capital.building.hall_site == site).tolist()
    if not built and p.sites[site].cooling == ANY:
        return []
    rows = np.flatnonzero(p.fleet_site == site).tolist()
    found = sorted({p.portfolio.rig(p.fleets[row].rig).cooling for row in rows})
    sizes = range(1, len(found) + 1)
    return list(chain.from_iterable(combinations(found, size) for size in sizes))


def suits(halls: str, chosen: tuple[str, ...]) -> bool:
    """Whether halls of a cooling suit any machine of a set of cooling types."""
    return halls == ANY or halls in chosen


def hall_terms(model: Any, p: Parameters, site: int, t: int, chosen: tuple[str, ...]) -> list[Term]:
    """Built halls of a site that are ready by a month and suit a set of cooling types, as terms of minus one."""
    if p.capital is None:
        return []
    building = p.capital.building
    fitting = [suits(record.cooling, chosen) for record in building.halls]
    here = (building.hall_site == site) & np.array(fitting, dtype=np.bool_)
    if not building.hall_of.size:
        return []
    ready = np.flatnonzero(here[building.hall_of] & (building.hall_ready <= t))
    return [(-1.0, model.hall_mw[column]) for column in ready.tolist()]
