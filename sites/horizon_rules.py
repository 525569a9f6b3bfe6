"""Rules on months: hashprice without gaps, capacity steps, and machines that are there when the plan starts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sites.findings import Finding
from sites.market_given import is_made_by_market
from sites.months import month_label, month_number
from sites.records import BASE_SCENARIO, CapacityStep, Hashprice
from sites.rows import Entry
from sites.tables import Tables


def hashprice_has_base_scenario(tables: Tables) -> Iterator[Finding]:
    """Without a table of scenarios the plan is made with the hashprice of ``base``, so there must be one."""
    if tables.given.rows.get("scenarios") or is_made_by_market(tables.given):
        return
    scenarios = dict.fromkeys(entry.record.scenario for entry in tables.hashprice)
    if tables.hashprice and BASE_SCENARIO not in scenarios and tables.is_whole("hashprice"):
        hint = f"there is only {', '.join(scenarios)}; leave the column out to mean {BASE_SCENARIO}"
        row = tables.hashprice[0].row
        yield row.finding("scenario", f"rows of the scenario '{BASE_SCENARIO}'", hint=hint)


def hashprice_months_are_given_once(tables: Tables) -> Iterator[Finding]:
    """A month has one hashprice in each scenario."""
    first: dict[tuple[str, str], Entry[Hashprice]] = {}
    for entry in tables.hashprice:
        earlier = first.setdefault((entry.record.scenario, entry.record.month), entry)
        if earlier is not entry:
            hint = f"{earlier.row.where} gives it already for the scenario '{entry.record.scenario}'"
            yield entry.row.finding("month", "every month once", hint=hint)


def hashprice_covers_the_start(tables: Tables) -> Iterator[Finding]:
    """Every scenario's hashprice begins at or before the first month of the plan."""
    if tables.settings is None or not tables.is_whole("hashprice"):
        return
    start = tables.settings.record.start
    for scenario, entries in _without_model(tables).items():
        if min(entries) > month_number(start):
            entry = entries[min(entries)]
            hint = f"the scenario '{scenario}' begins too late; add its months from {start} on"
            yield entry.row.finding("month", f"hashprice from settings.start {start} or earlier", hint=hint)


def hashprice_has_no_gap(tables: Tables) -> Iterator[Finding]:
    """Between the first and the last month of a scenario every month has a hashprice."""
    if not tables.is_whole("hashprice"):
        return
    for scenario, entries in _without_model(tables).items():
        months = sorted(entries)
        for before, after in pairwise(months):
            if after > before + 1:
                missing = month_label(before + 1)
                if after > before + 2:
                    missing += f" to {month_label(after - 1)}"
                hint = f"add {missing} of the scenario '{scenario}'"
                expected = f"the month after {month_label(before)}; only the last value holds on"
                yield entries[after].row.finding("month", expected, hint=hint)


def capacity_steps_are_given_once(tables: Tables) -> Iterator[Finding]:
    """A site has one capacity from a month on."""
    first: dict[tuple[str, str], Entry[CapacityStep]] = {}
    for entry in tables.capacity_steps:
        earlier = first.setdefault((entry.record.site, entry.record.from_month), entry)
        if earlier is not entry:
            hint = f"{earlier.row.where} has a step of '{entry.record.site}' in that month already"
            yield entry.row.finding("from", "one step of a site in a month", hint=hint)


def steps_do_not_raise_default_limits(tables: Tables) -> Iterator[Finding]:
    """A step above the first capacity does not raise the limits for AI and mining that were left out: a warning."""
    sites = {entry.record.id: entry.record for entry in tables.sites}
    for entry in tables.capacity_steps:
        site = sites.get(entry.record.site)
        if site is None or entry.record.capacity_mw <= site.capacity_mw:
            continue
        absent = [name for name in ("ai_max_mw", "mining_ready_mw") if getattr(site, name) is None]
        if absent:
            expected = f"{' and '.join(absent)} of site '{site.id}' to be given"
            hint = f"left out, they stay at the first capacity of {site.capacity_mw:.12g} MW"
            yield entry.row.finding("capacity_mw", expected, hint=hint, severity="warning")


def fleets_are_not_retired_at_start(tables: Tables) -> Iterator[Finding]:
    """A fleet that is gone when the plan starts never mines: a warning."""
    if tables.settings is None:
        return
    start = tables.settings.record.start
    for entry in tables.fleets:
        retire = entry.record.retire
        if retire is not None and month_number(retire) <= month_number(start):
            hint = "the fleet is gone before the plan starts"
            yield entry.row.finding("retire", f"a month after settings.start {start}", hint=hint, severity="warning")


def _without_model(tables: Tables) -> dict[str, dict[int, Entry[Hashprice]]]:
    """The rows by scenario, of scenarios for which no model makes the months that are not given."""
    scenarios = _by_scenario(tables)
    if is_made_by_market(tables.given):
        scenarios.pop(BASE_SCENARIO, None)
    return scenarios


def _by_scenario(tables: Tables) -> dict[str, dict[int, Entry[Hashprice]]]:
    scenarios: dict[str, dict[int, Entry[Hashprice]]] = {}
    for entry in tables.hashprice:
        scenarios.setdefault(entry.record.scenario, {})[month_number(entry.record.month)] = entry
    return scenarios
