"""Rules on one offer: sizes, dates and terms that must fit each other."""

from __future__ import annotations

from collections.abc import Iterator

from sites.findings import Finding
from sites.months import month_label, month_number
from sites.records import Contract, Settings
from sites.tables import Tables


def start_window_is_in_order(tables: Tables) -> Iterator[Finding]:
    """The first start is not after the last start."""
    for entry in tables.contracts:
        offer = entry.record
        if month_number(offer.first_start) > month_number(offer.last_start):
            expected = f"a month not before first_start {offer.first_start}"
            yield entry.row.finding("last_start", expected, hint="were the two exchanged?")


def committed_offer_has_one_site_and_start(tables: Tables) -> Iterator[Finding]:
    """A signed offer says where and when, and is not larger than the offer."""
    for entry in tables.contracts:
        offer = entry.record
        if offer.committed_mw <= 0:
            continue
        if len(offer.sites) != 1:
            hint = f"committed_mw is {offer.committed_mw:.12g}; a signed offer is delivered at one site"
            yield entry.row.finding("sites", "exactly one site", hint=hint, value=";".join(offer.sites))
        if offer.first_start != offer.last_start:
            hint = f"committed_mw is {offer.committed_mw:.12g}; a signed offer has one start month"
            yield entry.row.finding("last_start", f"the same month as first_start {offer.first_start}", hint=hint)
        if offer.committed_mw > offer.max_mw:
            yield entry.row.finding("committed_mw", f"at most max_mw {offer.max_mw:.12g}", hint="raise max_mw")


def sizes_fit_the_offer(tables: Tables) -> Iterator[Finding]:
    """The least size and the block are not larger than the offer."""
    for entry in tables.contracts:
        offer = entry.record
        for column, size in (("min_mw", offer.min_mw), ("block_mw", offer.block_mw)):
            if size > offer.max_mw:
                hint = "as it stands the offer could never be taken"
                yield entry.row.finding(column, f"at most max_mw {offer.max_mw:.12g}", hint=hint)


def prepaid_months_fit_the_term(tables: Tables) -> Iterator[Finding]:
    """No more rents are prepaid than the term has."""
    for entry in tables.contracts:
        offer = entry.record
        if offer.prepaid_months > offer.term_months:
            yield entry.row.finding("prepaid_months", f"at most term_months {offer.term_months}")


def offer_can_start(tables: Tables) -> Iterator[Finding]:
    """An open offer whose window leaves no start, after building and inside the horizon, can never be taken: a warning.

    A start is possible from ``build_months`` after the plan's start on, and before the horizon's end.
    """
    if tables.settings is None:
        return
    settings = tables.settings.record
    start = month_number(settings.start)
    end = start + settings.months - 1
    for entry in tables.contracts:
        offer = entry.record
        earliest = start + offer.build_months
        in_order = month_number(offer.first_start) <= month_number(offer.last_start) and offer.committed_mw <= 0
        if in_order and not has_a_start(offer, settings):
            expected = (
                f"a start between {month_label(earliest)} (after building) and {month_label(end)} (horizon's end)"
            )
            if earliest > end:
                expected = f"build_months less than the horizon's {settings.months} months"
            hint = "the offer can never be taken in this plan"
            value = f"{offer.first_start} to {offer.last_start}"
            yield entry.row.finding("first_start", expected, hint=hint, severity="warning", value=value)


def has_a_start(offer: Contract, settings: Settings) -> bool:
    """Whether the window of an open offer leaves a start, after building and inside the horizon."""
    start = month_number(settings.start)
    earliest = max(month_number(offer.first_start), start + offer.build_months)
    return earliest <= min(month_number(offer.last_start), start + settings.months - 1)


def committed_offer_is_not_over(tables: Tables) -> Iterator[Finding]:
    """A signed offer that ends before the plan, or begins after it, changes nothing: a warning."""
    if tables.settings is None:
        return
    start = month_number(tables.settings.record.start)
    end = start + tables.settings.record.months - 1
    for entry in tables.contracts:
        offer = entry.record
        first = month_number(offer.first_start)
        over = first + offer.term_months <= start and offer.after_term == "release"
        if offer.committed_mw > 0 and (over or first > end):
            expected = f"rent between {tables.settings.record.start} and {month_label(end)}"
            hint = "the term is over before the plan starts" if over else "the rent begins after the horizon"
            yield entry.row.finding("first_start", expected, hint=hint, severity="warning")


def disruption_follows_signing(tables: Tables) -> Iterator[Finding]:
    """MW that are taken from other use before the building even begins: a warning."""
    for entry in tables.contracts:
        offer = entry.record
        if offer.disruption_months > offer.build_months:
            expected = f"at most build_months {offer.build_months}"
            hint = "the MW stand empty before the contract is signed"
            yield entry.row.finding("disruption_months", expected, hint=hint, severity="warning")
