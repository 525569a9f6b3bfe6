"""Rules on machines that come and go, and on sites and halls that grow: windows, sizes, room and cooling that fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sites.capital_records import RigOffer, RigStock
from sites.columns import TABLE_COLUMNS
from sites.findings import Finding
from sites.months import month_label, month_number
from sites.records import Record, Rig, Settings
from sites.rows import Entry
from sites.tables import Tables

# By table, the columns of the first and last month of its window, and the column of what may be had in all.
WINDOWS: Mapping[str, tuple[str, str, str]] = {
    "rig_offers": ("first_order", "last_order", "max_mw"),
    "hall_builds": ("first_order", "last_order", "max_mw"),
    "expansions": ("first_order", "last_order", "max_mw"),
    "loans": ("first_draw", "last_draw", "limit_usd"),
    "equity": ("first_month", "last_month", "limit_usd"),
}
# A sale at the price of the purchase is no gain, whatever the rounding of the two.
PRICE_TOLERANCE = 1e-9
# By table and column, the columns of which one must hold something for it to have an effect.
NEEDED_FOR_EFFECT: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("contracts", "refresh_months"): ("compute_capex_usd_per_mw",),
    ("contracts", "compute_trend"): ("compute_capex_usd_per_mw",),
    ("rig_stock", "sell_decline"): ("sell_usd_per_th",),
    ("rig_stock", "max_sell_mw_per_month"): ("sell_usd_per_th",),
    ("expansions", "deposit_refund"): ("deposit_usd_per_mw",),
    ("treasury", "btc_growth"): ("btc_price_usd",),
    ("tax", "opening_life_months"): ("opening_book_usd",),
    ("liquidity", "overhead_escalation"): ("overhead_usd_per_month",),
    ("liquidity", "covenants_from"): ("max_debt_to_income", "min_dscr"),
}


def windows_are_in_order(tables: Tables) -> Iterator[Finding]:
    """No window of orders, draws or sales ends before it begins."""
    for table, (first, last, _) in WINDOWS.items():
        for entry in _entries(tables, table):
            if _is_backwards(entry.record, first, last):
                expected = f"a month not before {first} {getattr(entry.record, first)}"
                yield entry.row.finding(last, expected, hint="were the two exchanged?")


def windows_leave_a_month(tables: Tables) -> Iterator[Finding]:
    """A window without a month of the plan, or from which nothing is ready before its end, is of no use: a warning."""
    if tables.settings is None:
        return
    months = tables.settings.record.months
    start = month_number(tables.settings.record.start)
    for table, (first, last, most) in WINDOWS.items():
        for entry in _entries(tables, table):
            record, lead = entry.record, getattr(entry.record, "lead_months", 0)
            latest = start + months - 1 - lead
            begin = _number(getattr(record, first), start)
            end = _number(getattr(record, last), start + months - 1)
            is_usable = max(begin, start) <= min(end, latest)
            if is_usable or getattr(record, most) == 0 or _is_backwards(record, first, last):
                continue
            column = "lead_months" if latest < start else last if end < start else first
            expected = f"a month between {month_label(start)} and {month_label(latest)}"
            expected += f", {lead} months before the horizon's end" if lead else " (horizon's end)"
            if latest < start:
                expected = f"less than the horizon's {months} months"
            hint = "the plan can never make use of it"
            yield entry.row.finding(column, expected, hint=hint, severity="warning")


def _number(label: str | None, otherwise: int) -> int:
    return otherwise if label is None else month_number(label)


def _is_backwards(record: Record, first: str, last: str) -> bool:
    begin, end = getattr(record, first), getattr(record, last)
    return begin is not None and end is not None and month_number(begin) > month_number(end)


def columns_have_an_effect(tables: Tables) -> Iterator[Finding]:
    """A value that says something about what is not there has no effect: a warning."""
    for (table, column), needed in NEEDED_FOR_EFFECT.items():
        for entry in _entries(tables, table):
            is_given = getattr(entry.record, column) != TABLE_COLUMNS[table][column].default
            if is_given and not any(getattr(entry.record, name) for name in needed):
                expected = f"nothing without {' or '.join(needed)}"
                yield entry.row.finding(column, expected, hint="it has no effect", severity="warning")


def handled_rigs_are_named_once(tables: Tables) -> Iterator[Finding]:
    """A machine type is handled on one set of terms."""
    first: dict[str, Entry[Any]] = {}
    for entry in tables.rig_stock:
        earlier = first.setdefault(entry.record.rig, entry)
        if earlier is not entry:
            yield entry.row.finding("rig", "every rig once", hint=f"{earlier.row.where} has it already")


def handled_rigs_are_owned_or_offered(tables: Tables) -> Iterator[Finding]:
    """Terms of a machine type that is nowhere, and can nowhere be bought, are of no use: a warning."""
    if not _are_known(tables, "fleets", "rig_offers", "rig_stock"):
        return
    known = {entry.record.rig for entry in tables.fleets} | {entry.record.rig for entry in tables.rig_offers}
    for entry in tables.rig_stock:
        if entry.record.rig not in known and entry.record.mw == 0:
            hint = "there are no machines of it"
            expected = "a rig of a fleet or of rig_offers, or mw above 0"
            yield entry.row.finding("rig", expected, hint=hint, severity="warning")


def fleets_hold_what_stands_in_them(tables: Tables) -> Iterator[Finding]:
    """The most that may stand in a fleet is not less than what stands there."""
    for entry in tables.fleets:
        fleet = entry.record
        if fleet.max_mw is not None and fleet.max_mw < fleet.mw:
            hint = "it is the most in all, not what may be added"
            yield entry.row.finding("max_mw", f"at least mw {fleet.mw:.12g}", hint=hint)


def room_in_fleets_can_be_filled(tables: Tables) -> Iterator[Finding]:
    """Room in a fleet whose machine type is not handled, or of which there are no others, stays empty: a warning."""
    if not _are_known(tables, "fleets", "rig_offers", "rig_stock"):
        return
    offered = {entry.record.rig for entry in tables.rig_offers}
    in_stock = {entry.record.rig: entry.record.mw for entry in tables.rig_stock}
    for entry in tables.fleets:
        fleet = entry.record
        if fleet.room_mw <= fleet.mw or fleet.rig in offered:
            continue
        elsewhere = any(
            other.record.rig == fleet.rig and other.record.mw > 0 for other in tables.fleets if other is not entry
        )
        if fleet.rig not in in_stock:
            expected = f"nothing above mw {fleet.mw:.12g} without a row for '{fleet.rig}' in rig_offers or rig_stock"
            yield entry.row.finding("max_mw", expected, hint="nothing can be moved into it", severity="warning")
        elif in_stock[fleet.rig] == 0 and not elsewhere:
            expected = f"machines of '{fleet.rig}' in rig_offers, in rig_stock or in another fleet"
            yield entry.row.finding("max_mw", expected, hint="there is nothing to fill it with", severity="warning")


def machines_have_a_place_to_go(tables: Tables) -> Iterator[Finding]:
    """Machines that are offered or in stock, and that no fleet has room for, can only be sold: a warning."""
    if not _are_known(tables, "fleets", "rig_offers", "rig_stock"):
        return
    with_room = {entry.record.rig for entry in tables.fleets if entry.record.room_mw > entry.record.mw}
    offered = [(entry.record.rig, entry.row) for entry in tables.rig_offers if entry.record.max_mw > 0]
    in_stock = [(entry.record.rig, entry.row) for entry in tables.rig_stock if entry.record.mw > 0]
    for rig, row in (*offered, *in_stock):
        if rig not in with_room:
            hint = f"give a fleet of '{rig}' a max_mw above its mw; otherwise they can only be sold"
            yield row.finding("rig", "a rig of which a fleet has room", hint=hint, severity="warning")


def machines_are_not_bought_to_be_sold(tables: Tables) -> Iterator[Finding]:
    """Machines that cost less than they are worth on arrival, or when the plan ends, are bought for that: a warning."""
    if tables.settings is None:
        return
    settings = tables.settings.record
    worth = {entry.record.rig: entry.record for entry in tables.rig_stock}
    for entry in tables.rig_offers:
        terms = worth.get(entry.record.rig)
        if terms is None or entry.record.max_mw == 0:
            continue
        for column, order, value in _gains(entry.record, terms, settings):
            month, paid = month_label(month_number(settings.start) + order), _price(entry.record, order)
            expected = f"at least {value:.6g} in {month}, when it is {paid:.6g}"
            what = "sold on arrival" if column == "sell_usd_per_th" else "kept to the end"
            hint = f"that much is worth what is {what}, by {column} in rig_stock, so machines are bought for that alone"
            yield entry.row.finding("usd_per_th", expected, hint=hint, severity="warning")
            break


def _price(offer: RigOffer, month: int) -> float:
    """Price of an offer in a month of the plan, counted from 0. [USD/(TH/s)]"""
    return offer.usd_per_th * (1.0 - offer.monthly_decline) ** month


def _gains(offer: RigOffer, terms: RigStock, settings: Settings) -> Iterator[tuple[str, int, float]]:
    """Column, month of the order and discounted value, where that is above the price. [USD/(TH/s)]"""
    start, last = month_number(settings.start), settings.months - 1
    begin = max(0, _number(offer.first_order, start) - start)
    end = min(_number(offer.last_order, start + last) - start, last - offer.lead_months)
    discount = (1.0 + settings.discount_rate) ** (-1.0 / 12.0)
    can_be_sold = terms.max_sell_mw_per_month != 0
    for order in range(begin, end + 1):
        arrival = order + offer.lead_months
        sale = terms.sell_usd_per_th * (1.0 - terms.sell_decline) ** arrival * discount**offer.lead_months
        residual = terms.residual_usd_per_th * discount ** (last - order)
        least = _price(offer, order) * (1.0 + PRICE_TOLERANCE)
        if can_be_sold and sale > least:
            yield "sell_usd_per_th", order, sale
        if residual > least:
            yield "residual_usd_per_th", order, residual


def machines_suit_their_halls(tables: Tables) -> Iterator[Finding]:
    """The halls that a fleet's site has, or those that can be built there, suit the cooling of its machines."""
    if not tables.is_whole("hall_builds"):
        return
    rigs, sites = _rigs(tables), {entry.record.id: entry.record for entry in tables.sites}
    for entry in tables.fleets:
        rig, site = rigs.get(entry.record.rig), sites.get(entry.record.site)
        if rig is None or site is None or entry.record.room_mw == 0:
            continue
        built = [build.record.cooling for build in tables.hall_builds if build.record.site == site.id]
        if not any(_suits(halls, rig) for halls in (site.cooling, *built)):
            hint = f"'{rig.id}' is cooled by {rig.cooling}; change the site's cooling, or add such halls to hall_builds"
            expected = f"a rig that suits halls for {site.cooling}, which '{site.id}' has"
            yield entry.row.finding("rig", expected, hint=hint)


def built_halls_suit_a_fleet(tables: Tables) -> Iterator[Finding]:
    """Halls in which no fleet of their site could stand are never built: a warning."""
    if not _are_known(tables, "fleets"):
        return
    rigs = _rigs(tables)
    for entry in tables.hall_builds:
        fleets = [fleet.record for fleet in tables.fleets if fleet.record.site == entry.record.site]
        if not any(fleet.room_mw > 0 and _suits(entry.record.cooling, rigs[fleet.rig]) for fleet in fleets):
            hint = "nothing could stand in them; machines that are yet to come need a fleet with mw: 0 and a max_mw"
            expected = f"halls that suit a fleet of '{entry.record.site}'"
            yield entry.row.finding("cooling", expected, hint=hint, severity="warning", value=entry.record.cooling)


def expansion_sizes_are_in_order(tables: Tables) -> Iterator[Finding]:
    """The least size of an expansion is not above the largest."""
    for entry in tables.expansions:
        if entry.record.min_mw > entry.record.max_mw:
            expected = f"at most max_mw {entry.record.max_mw:.12g}"
            yield entry.row.finding("min_mw", expected, hint="as it stands it could never be ordered")


def sites_that_close_have_a_cost(tables: Tables) -> Iterator[Finding]:
    """A site that may be closed says what that costs."""
    for entry in tables.sites:
        if entry.record.first_closure is not None and entry.record.closure_cost_usd is None:
            expected = TABLE_COLUMNS["sites"]["closure_cost_usd"].expected
            problem = "is missing; first_closure needs it"
            hint = "write 0 for a site whose closing is free"
            yield entry.row.finding("closure_cost_usd", expected, hint=hint, problem=problem)


def sites_close_within_the_plan(tables: Tables) -> Iterator[Finding]:
    """A site that may be closed only after the plan never is: a warning."""
    if tables.settings is None:
        return
    last = month_number(tables.settings.record.start) + tables.settings.record.months - 1
    for entry in tables.sites:
        first = entry.record.first_closure
        if first is not None and month_number(first) > last:
            expected = f"a month not after {month_label(last)} (horizon's end)"
            hint = "the site is never closed in this plan"
            yield entry.row.finding("first_closure", expected, hint=hint, severity="warning")


def _entries(tables: Tables, table: str) -> list[Entry[Any]]:
    """The readable rows of a table, of one record or of many."""
    held = getattr(tables, table)
    return held if isinstance(held, list) else [] if held is None else [held]


def _are_known(tables: Tables, *names: str) -> bool:
    """Whether every row of these tables could be read, and names a machine type that could be."""
    rigs = _rigs(tables)
    return all(
        tables.is_whole(name) and all(row.record.rig in rigs for row in _entries(tables, name)) for name in names
    )


def _rigs(tables: Tables) -> dict[str, Rig]:
    return {**tables.catalogue, **{entry.record.id: entry.record for entry in tables.rigs}}


def _suits(halls: str, rig: Rig) -> bool:
    return halls in ("any", rig.cooling)
