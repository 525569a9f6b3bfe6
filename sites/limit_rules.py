"""Rules on limits, machines and space: shares and budgets in order, possible efficiencies, fleets that fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from sites.capital_records import Expansion, HallBuild
from sites.findings import Finding
from sites.months import month_number
from sites.rows import Entry, Row
from sites.tables import Tables

LOWEST_J_PER_TH = 3.0
HIGHEST_J_PER_TH = 200.0
# Rounding in sums of fleets typed with a few decimals.
SPACE_TOLERANCE_MW = 1e-6


def ai_shares_are_in_order(tables: Tables) -> Iterator[Finding]:
    """The least share of AI is not above the largest."""
    if tables.limits is None:
        return
    limits = tables.limits.record
    least, largest = limits.ai_share_min, limits.ai_share_max
    if least is not None and largest is not None and least > largest:
        expected = f"at most ai_share_max {largest:.12g}"
        yield tables.limits.row.finding("ai_share_min", expected, hint="were the two exchanged?")


def budget_months_ascend(tables: Tables) -> Iterator[Finding]:
    """The steps of the capex budget are in order of their months, each month once."""
    if tables.limits is None:
        return
    steps = tables.limits.record.capex_budget
    for index, (before, after) in enumerate(pairwise(steps), start=1):
        if month_number(after.month) <= month_number(before.month):
            column = f"capex_budget[{index}].month"
            expected = f"a month after {before.month}, that of the entry before"
            hint = "a month stands there twice" if after.month == before.month else "put the entries in order"
            yield tables.limits.row.finding(column, expected, hint=hint, value=after.month)


def budget_does_not_fall(tables: Tables) -> Iterator[Finding]:
    """A cumulative budget that falls was probably meant as a budget per step: a warning."""
    if tables.limits is None:
        return
    steps = tables.limits.record.capex_budget
    for index, (before, after) in enumerate(pairwise(steps), start=1):
        if after.usd < before.usd:
            expected = f"at least {before.usd:.12g}, the budget before"
            hint = "the budget is cumulative: all that may have been spent by then"
            column = f"capex_budget[{index}].usd"
            value = f"{after.usd:.12g}"
            yield tables.limits.row.finding(column, expected, hint=hint, severity="warning", value=value)


def rig_efficiency_is_possible(tables: Tables) -> Iterator[Finding]:
    """Watts and TH/s make an efficiency that a machine can have."""
    for entry in tables.rigs:
        yield from efficiency_finding(entry.row, entry.record.watts, entry.record.th_s)


def efficiency_finding(row: Row, watts: float, th_s: float) -> Iterator[Finding]:
    """The finding about a machine or mode whose efficiency cannot be. [W, TH/s]"""
    efficiency = watts / th_s
    if not LOWEST_J_PER_TH <= efficiency <= HIGHEST_J_PER_TH:
        expected = f"watts / th_s between {LOWEST_J_PER_TH:.12g} and {HIGHEST_J_PER_TH:.12g} J/TH"
        yield row.finding("watts", expected, hint=f"{efficiency:.4g} J/TH; {_efficiency_hint(watts, th_s)}")


def _efficiency_hint(watts: float, th_s: float) -> str:
    efficiency = watts / th_s
    if efficiency < LOWEST_J_PER_TH:
        if watts < 100:
            return f"watts looks like kW - write {watts * 1000:.12g}"
        return f"th_s looks like GH/s - write {th_s / 1000:.12g}"
    if th_s < 10:
        return f"th_s looks like PH/s - write {th_s * 1000:.12g}"
    return f"watts looks like milliwatts or a whole rack; a machine of {th_s:.12g} TH/s draws {15 * th_s:.0f} W or so"


def most_built(entries: Iterable[Entry[HallBuild]] | Iterable[Entry[Expansion]]) -> dict[str, float]:
    """Most MW that can be built of these records, by site. [MW at the meter]"""
    most: dict[str, float] = {}
    for entry in entries:
        most[entry.record.site] = most.get(entry.record.site, 0.0) + entry.record.max_mw
    return most


def fleets_fit_their_halls(tables: Tables) -> Iterator[Finding]:
    """Fleets larger in all than the site's halls, with those that can be built, can never all run: a warning."""
    installed: dict[str, float] = {}
    for fleet in tables.fleets:
        installed[fleet.record.site] = installed.get(fleet.record.site, 0.0) + fleet.record.mw
    highest: dict[str, float] = {}
    for step in tables.capacity_steps:
        highest[step.record.site] = max(highest.get(step.record.site, 0.0), step.record.capacity_mw)
    halls, grid = most_built(tables.hall_builds), most_built(tables.expansions)
    for entry in tables.sites:
        site = entry.record
        capacity = max(site.capacity_mw, highest.get(site.id, 0.0)) + grid.get(site.id, 0.0)
        space = min(site.mining_halls_mw + halls.get(site.id, 0.0), capacity)
        fleets_mw = installed.get(site.id, 0.0)
        if fleets_mw > space + SPACE_TOLERANCE_MW:
            column = "capacity_mw" if site.mining_ready_mw is None else "mining_ready_mw"
            expected = f"room for the site's fleets of {fleets_mw:.12g} MW in all"
            hint = "not all of them can run at a time"
            yield entry.row.finding(column, expected, hint=hint, severity="warning")
