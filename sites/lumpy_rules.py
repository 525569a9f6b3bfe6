"""Rules on offers in whole steps: blocks, exclusive groups and requirements that can be met together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import floor

from sites.findings import Finding
from sites.records import Contract
from sites.reference_rules import looks_of
from sites.tables import Tables

# Sizes that are this near to a whole number of blocks are one: 0.3 is three blocks of 0.1. [blocks]
WHOLE_TOLERANCE = 1e-9


def sizes_fit_whole_blocks(tables: Tables) -> Iterator[Finding]:
    """Blocks that do not fill max_mw, or cannot reach min_mw, are possible: a warning with what they come to."""
    for entry in tables.contracts:
        offer = entry.record
        if _is_signed(offer) or not 0 < offer.block_mw <= offer.max_mw or offer.min_mw > offer.max_mw:
            continue
        most = floor(offer.max_mw / offer.block_mw + WHOLE_TOLERANCE) * offer.block_mw
        blocks = f"whole blocks of {offer.block_mw:.12g}"
        if offer.min_mw > most * (1 + WHOLE_TOLERANCE):
            expected = f"at most {most:.12g}, the most in {blocks} within max_mw {offer.max_mw:.12g}"
            yield entry.row.finding(
                "min_mw", expected, hint="the offer can never be taken in this plan", severity="warning"
            )
        elif offer.max_mw - most > WHOLE_TOLERANCE * offer.block_mw:
            hint = f"the most that can be taken is {most:.12g}"
            yield entry.row.finding("max_mw", blocks, hint=hint, severity="warning")


def exclusive_groups_have_several_members(tables: Tables) -> Iterator[Finding]:
    """A group of one excludes nothing, and may be a name that is misspelt: a warning."""
    named = Counter(
        looks_of(name)
        for _, cells in tables.cells["contracts"]
        if isinstance(name := cells.get("exclusive_group"), str)
    )
    for entry in tables.contracts:
        group = entry.record.exclusive_group
        if group and named[looks_of(group)] == 1:
            hint = "is the name of the group misspelt here, or in the other offer?"
            expected = "a group with at least two contracts"
            yield entry.row.finding("exclusive_group", expected, hint=hint, severity="warning")


def exclusive_groups_have_one_signed_deal(tables: Tables) -> Iterator[Finding]:
    """Of an exclusive group at most one offer is taken: with two signed deals there is no plan, a warning."""
    first: dict[str, Contract] = {}
    for entry in tables.contracts:
        offer = entry.record
        if _is_signed(offer) and offer.exclusive_group:
            earlier = first.setdefault(offer.exclusive_group, offer)
            if earlier is not offer:
                hint = f"'{earlier.id}' of this group is signed too, so no plan can keep both"
                expected = "one signed contract in a group"
                yield entry.row.finding("exclusive_group", expected, hint=hint, severity="warning")


def required_offers_are_not_excluded(tables: Tables) -> Iterator[Finding]:
    """An offer that requires one of its own exclusive group is never taken: a warning."""
    by_id = _by_id(tables)
    for entry in tables.contracts:
        if _excludes_what_it_requires(entry.record, by_id):
            group = entry.record.exclusive_group
            hint = f"of exclusive_group '{group}' one contract is taken, so '{entry.record.id}' could never be"
            yield entry.row.finding("requires", "a contract of another group", hint=hint, severity="warning")


def signed_deals_have_what_they_require(tables: Tables) -> Iterator[Finding]:
    """Where a signed deal shuts out what another one requires, directly or not, there is no plan: a warning."""
    by_id = _by_id(tables)
    signed = {offer.exclusive_group: offer for offer in reversed(list(by_id.values())) if _is_signed(offer)}
    for entry in tables.contracts:
        if not _is_signed(entry.record) or _excludes_what_it_requires(entry.record, by_id):
            continue
        for needed in _requirements(entry.record, by_id):
            if _is_signed(needed):
                break
            if needed.exclusive_group and needed.exclusive_group in signed:
                holder = signed[needed.exclusive_group].id
                hint = (
                    f"'{holder}' is signed and leaves no room for '{needed.id}' in '{needed.exclusive_group}': no plan"
                )
                expected = "a contract that can still be taken"
                yield entry.row.finding("requires", expected, hint=hint, severity="warning")
                break


def requirements_form_no_circle(tables: Tables) -> Iterator[Finding]:
    """Contracts that require each other are taken all or none, which may not be meant: a warning, once per circle."""
    by_id = _by_id(tables)
    told: set[str] = set()
    for entry in tables.contracts:
        chain = [offer.id for offer in _requirements(entry.record, by_id)]
        # One that requires itself is an error of its own.
        if entry.record.id in chain and entry.record.id not in told and len(chain) > 1:
            told.update(chain)
            around = " requires ".join(f"'{name}'" for name in (entry.record.id, *chain))
            hint = f"{around}: all of them are taken, or none"
            yield entry.row.finding("requires", "no circle of requirements", hint=hint, severity="warning")


def _is_signed(offer: Contract) -> bool:
    return offer.committed_mw > 0


def _by_id(tables: Tables) -> dict[str, Contract]:
    return {entry.record.id: entry.record for entry in tables.contracts}


def _requirements(offer: Contract, by_id: dict[str, Contract]) -> list[Contract]:
    """What an offer requires, what that requires, and so on; in a circle each once, the offer itself last."""
    chain: dict[str, Contract] = {}
    needed = by_id.get(offer.requires)
    while needed is not None and needed.id not in chain:
        chain[needed.id] = needed
        needed = by_id.get(needed.requires)
    return list(chain.values())


def _excludes_what_it_requires(offer: Contract, by_id: dict[str, Contract]) -> bool:
    needed = by_id.get(offer.requires)
    return needed is not None and needed.id != offer.id and "" != offer.exclusive_group == needed.exclusive_group
