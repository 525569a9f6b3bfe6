"""Rules on power contracts and rig modes: columns that fit the kind, months in order, modes that can be run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sites.columns import TABLE_COLUMNS
from sites.findings import Finding
from sites.limit_rules import SPACE_TOLERANCE_MW, efficiency_finding, most_built
from sites.months import month_label, month_number
from sites.records import CapacityStep, PowerContract, RigMode, Site
from sites.rig_modes import running_points
from sites.rows import Entry
from sites.tables import Tables, composed

AI_NAME = "ai"
# More hours than this in every month are no longer exceptions; they look like a figure for the year.
MOST_CALLED_HOURS = 200
NEEDED: Mapping[str, tuple[str, ...]] = {
    "block": ("mw", "price_usd_per_mwh"),
    "demand_charge": ("usd_per_kw_month",),
    "coincident_peak": ("usd_per_kw_month", "hours"),
    "curtailment": ("hours_per_month",),
    "demand_response": ("usd_per_mw_month", "hours_per_month"),
}
USED: Mapping[str, frozenset[str]] = {
    "block": frozenset({*NEEDED["block"], "resale", "resale_fee_usd_per_mwh"}),
    "demand_charge": frozenset({*NEEDED["demand_charge"], "ratchet_share", "ratchet_months"}),
    "coincident_peak": frozenset(NEEDED["coincident_peak"]),
    "curtailment": frozenset({*NEEDED["curtailment"], "backup_usd_per_mwh"}),
    "demand_response": frozenset({*NEEDED["demand_response"], "max_mw"}),
}
OF_SOME_KIND = frozenset().union(*USED.values())


def contracts_have_their_columns(tables: Tables) -> Iterator[Finding]:
    """A power contract has the columns that its kind needs."""
    for entry in tables.power_contracts:
        for column in NEEDED[entry.record.kind]:
            if getattr(entry.record, column) is None:
                expected = TABLE_COLUMNS["power_contracts"][column].expected
                yield entry.row.finding(column, expected, problem=f"is missing; a {entry.record.kind} needs it")


def other_columns_are_blank(tables: Tables) -> Iterator[Finding]:
    """A value in a column that the contract's kind does not use has no effect: a warning."""
    for entry in tables.power_contracts:
        for column in sorted(OF_SOME_KIND - USED[entry.record.kind]):
            value = getattr(entry.record, column)
            if value not in (None, TABLE_COLUMNS["power_contracts"][column].default):
                expected = f"nothing for a {entry.record.kind}"
                yield entry.row.finding(column, expected, hint="it has no effect", severity="warning")
        if entry.record.kind == "block" and entry.record.resale == "none" and entry.record.resale_fee_usd_per_mwh > 0:
            hint = "it has no effect; what is not sold pays no fee"
            yield entry.row.finding("resale_fee_usd_per_mwh", "nothing with resale none", hint=hint, severity="warning")


def contract_months_are_in_order(tables: Tables) -> Iterator[Finding]:
    """A power contract does not end before it begins, and names each calendar month once."""
    for entry in tables.power_contracts:
        if not _is_in_order(entry.record):
            expected = f"a month not before from {entry.record.from_month}"
            yield entry.row.finding("to", expected, hint="were the two exchanged?")
        months = entry.record.months
        if len(set(months)) < len(months):
            yield entry.row.finding("months", "each calendar month once", hint="remove one of the two")


def _is_in_order(contract: PowerContract) -> bool:
    begin, end = contract.from_month, contract.to_month
    return begin is None or end is None or month_number(begin) <= month_number(end)


def contracts_are_in_force(tables: Tables) -> Iterator[Finding]:
    """A power contract that is in force in no month of the plan was probably meant otherwise: a warning."""
    if tables.settings is None:
        return
    settings = tables.settings.record
    first = month_number(settings.start)
    horizon = range(first, first + settings.months)
    for entry in tables.power_contracts:
        if _is_in_order(entry.record) and not any(entry.record.in_force(month) for month in horizon):
            column = "to" if entry.record.to_month else "from" if entry.record.from_month else "months"
            expected = f"a month between {settings.start} and {month_label(horizon[-1])}"
            hint = "the contract is never in force in this plan"
            yield entry.row.finding(column, expected, hint=hint, severity="warning")


def ratchets_are_complete(tables: Tables) -> Iterator[Finding]:
    """A ratchet has a share and a number of months to look back; months alone are no ratchet, which is a warning."""
    for entry in tables.power_contracts:
        share, months = entry.record.ratchet_share, entry.record.ratchet_months
        if share > 0 and months == 0:
            yield entry.row.finding("ratchet_months", "at least 1", hint="how many months back does the ratchet look?")
        elif months > 0 and share == 0:
            hint = "without a share there is no ratchet"
            yield entry.row.finding("ratchet_share", "a fraction above 0", hint=hint, severity="warning")


def blocks_fit_their_site(tables: Tables) -> Iterator[Finding]:
    """Blocks in force that are larger in all than the site's capacity buy more than it can ever use: a warning."""
    if tables.settings is None:
        return
    first = month_number(tables.settings.record.start)
    horizon = range(first, first + tables.settings.record.months)
    sites, grid = {entry.record.id: entry.record for entry in tables.sites}, most_built(tables.expansions)
    bought: dict[tuple[str, int], float] = defaultdict(float)
    for entry in tables.power_contracts:
        block = entry.record
        site = sites.get(block.site)
        if block.kind != "block" or not block.mw or site is None:
            continue
        steps = [step.record for step in tables.capacity_steps if step.record.site == block.site]
        over: list[tuple[int, float]] = []
        for month in (month for month in horizon if block.in_force(month)):
            before = bought[block.site, month]
            bought[block.site, month] = before + block.mw
            capacity = _capacity(site, steps, month) + grid.get(site.id, 0.0)
            if before <= capacity < before + block.mw - SPACE_TOLERANCE_MW:
                over.append((month, capacity))
        if over:
            month, capacity = over[0]
            expected = f"blocks of at most {capacity:.12g} MW in all, the capacity of '{site.id}' in"
            hint = "the rest can only be sold again or lost"
            yield entry.row.finding("mw", f"{expected} {month_label(month)}", hint=hint, severity="warning")


def _capacity(site: Site, steps: Iterable[CapacityStep], month: int) -> float:
    """The capacity of a site in a month. [MW at the meter]"""
    reached = [step for step in steps if month_number(step.from_month) <= month]
    return max(reached, key=lambda step: month_number(step.from_month)).capacity_mw if reached else site.capacity_mw


def called_hours_are_few(tables: Tables) -> Iterator[Finding]:
    """Curtailment or demand response of hundreds of hours a month looks like hours of a year: a warning."""
    for entry in tables.power_contracts:
        hours = entry.record.hours_per_month
        if hours is not None and hours > MOST_CALLED_HOURS:
            expected = f"at most {MOST_CALLED_HOURS} hours a month"
            hint = f"if these are hours of a year, write {max(1, round(hours / 12))}"
            yield entry.row.finding("hours_per_month", expected, hint=hint, severity="warning")


def programmes_do_not_overlap(tables: Tables) -> Iterator[Finding]:
    """Two demand response programmes of a site in the same month: a MW enrols in one of them, which is a warning."""
    if tables.settings is None:
        return
    first = month_number(tables.settings.record.start)
    horizon = range(first, first + tables.settings.record.months)
    earlier: dict[str, list[Entry[PowerContract]]] = defaultdict(list)
    for entry in tables.power_contracts:
        if entry.record.kind != "demand_response":
            continue
        for other in earlier[entry.record.site]:
            if any(entry.record.in_force(month) and other.record.in_force(month) for month in horizon):
                hint = f"{other.row.where} has one in the same months; a MW is enrolled in one of the two"
                expected = "one programme of a site at a time"
                yield entry.row.finding("kind", expected, hint=hint, severity="warning")
                break
        earlier[entry.record.site].append(entry)


def fleets_are_not_called_ai(tables: Tables) -> Iterator[Finding]:
    """The tables of power contracts call AI load 'ai', so a fleet of a site with such contracts is called otherwise."""
    contracted = {entry.record.site for entry in tables.power_contracts}
    for entry in tables.fleets:
        if entry.record.id == AI_NAME and entry.record.site in contracted:
            hint = "the result tables of power contracts call AI load by this name"
            yield entry.row.finding("id", f"another name than '{AI_NAME}'", hint=hint)


def rig_modes_are_named_once(tables: Tables) -> Iterator[Finding]:
    """A machine type has every mode once."""
    seen: dict[tuple[str, str], Entry[RigMode]] = {}
    for entry in tables.rig_modes:
        key = (entry.record.rig, entry.record.mode.casefold())
        first = seen.setdefault(key, entry)
        if first is not entry:
            hint = f"{first.row.where} has it already"
            yield entry.row.finding("mode", f"every mode of rig '{entry.record.rig}' once", hint=hint)


def rig_modes_are_possible(tables: Tables) -> Iterator[Finding]:
    """Watts and TH/s of a mode make an efficiency that a machine can have."""
    for entry in tables.rig_modes:
        yield from efficiency_finding(entry.row, entry.record.watts, entry.record.th_s)


def rig_modes_are_worth_running(tables: Tables) -> Iterator[Finding]:
    """A mode that a mix of others beats is never run: a warning."""
    rigs = {**tables.catalogue, **{entry.record.id: entry.record for entry in tables.rigs}}
    by_rig: dict[str, list[Entry[RigMode]]] = defaultdict(list)
    for entry in tables.rig_modes:
        by_rig[entry.record.rig].append(entry)
    for rig_id, entries in by_rig.items():
        rig = rigs.get(composed(rig_id))
        if rig is None:
            continue
        worth = running_points(rig, [entry.record for entry in entries])
        for entry in entries:
            if (entry.record.watts, entry.record.th_s) not in worth:
                hint = f"'{rig_id}' can do as much for no more power without it; it is never run"
                expected = "more TH/s for its watts"
                yield entry.row.finding("th_s", expected, hint=hint, severity="warning")
