"""Rules on offers in whole steps: blocks, exclusive groups and requirements that can be met together.

Steps that contradict each other are warnings: such an offer is never taken, or no plan exists, and the plan says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import ceil, floor

from sites.contract_rules import has_a_start
from sites.findings import Finding
from sites.hints import nearest
from sites.records import Contract
from sites.reference_rules import looks_of
from sites.tables import Tables

# Sizes that are this near to a whole number of blocks are one: 0.3 is three blocks of 0.1. [blocks]
WHOLE_TOLERANCE = 1e-9


def sizes_fit_whole_blocks(tables: Tables) -> Iterator[Finding]:
    """Blocks that do not fill max_mw, or pass over min_mw, are possible: a warning with what they come to."""
    for entry in tables.contracts:
        offer = entry.record
        if _is_signed(offer) or not 0 < offer.block_mw <= offer.max_mw or offer.min_mw > offer.max_mw:
            continue
        most, blocks = _most_mw(offer), f"whole blocks of {offer.block_mw:.12g}"
        if _is_out_of_reach(offer):
            expected = f"at most {most:.12g}, the most in {blocks} within max_mw {offer.max_mw:.12g}"
            yield entry.row.finding(
                "min_mw", expected, hint="the offer can never be taken in this plan", severity="warning"
            )
            continue
        if offer.max_mw - most > WHOLE_TOLERANCE * offer.block_mw:
            hint = f"the most that can be taken is {most:.12g}"
            yield entry.row.finding("max_mw", blocks, hint=hint, severity="warning")
        least = ceil(offer.min_mw / offer.block_mw - WHOLE_TOLERANCE) * offer.block_mw
        # A least size below one block says no more than the block does.
        if offer.min_mw > offer.block_mw and least - offer.min_mw > WHOLE_TOLERANCE * offer.block_mw:
            hint = f"the least that can be taken is {least:.12g}"
            yield entry.row.finding("min_mw", blocks, hint=hint, severity="warning")


def signed_sizes_fit_the_steps(tables: Tables) -> Iterator[Finding]:
    """A signed deal is delivered as signed; a size that its own steps do not allow may be a slip: a warning."""
    hint = "it is planned as signed, whatever its steps"
    for entry in tables.contracts:
        offer = entry.record
        if not _is_signed(offer) or offer.committed_mw > offer.max_mw:
            continue
        if offer.committed_mw < offer.min_mw * (1 - WHOLE_TOLERANCE):
            expected = f"at least min_mw {offer.min_mw:.12g}"
            yield entry.row.finding("committed_mw", expected, hint=hint, severity="warning")
        blocks = offer.committed_mw / offer.block_mw if offer.block_mw > 0 else 0.0
        if abs(blocks - round(blocks)) > WHOLE_TOLERANCE:
            expected = f"whole blocks of {offer.block_mw:.12g}"
            yield entry.row.finding("committed_mw", expected, hint=hint, severity="warning")


def exclusive_groups_have_several_members(tables: Tables) -> Iterator[Finding]:
    """A group of one excludes nothing, and may be a name that is misspelt: a warning."""
    typed = [
        name for _, cells in tables.cells["contracts"] if isinstance(name := cells.get("exclusive_group"), str) and name
    ]
    named = Counter(looks_of(name) for name in typed)
    for entry in tables.contracts:
        group = entry.record.exclusive_group
        if group and named[looks_of(group)] == 1:
            others = [name for name in typed if looks_of(name) != looks_of(group)]
            hint = nearest(group, others) or "alone in its group, an offer excludes nothing"
            expected = "a group with at least two contracts"
            yield entry.row.finding("exclusive_group", expected, hint=hint, severity="warning")


def exclusive_groups_have_one_signed_deal(tables: Tables) -> Iterator[Finding]:
    """Of an exclusive group at most one offer is taken: with two signed deals there is no plan, a warning."""
    signed = _signed_by_group(tables)
    for entry in tables.contracts:
        offer = entry.record
        if _is_signed(offer) and offer.exclusive_group and signed[offer.exclusive_group].id != offer.id:
            holder = signed[offer.exclusive_group].id
            hint = f"'{holder}' of this group is signed too, so no plan can keep both"
            expected = "one signed contract in a group"
            yield entry.row.finding("exclusive_group", expected, hint=hint, severity="warning")


def open_offers_are_not_shut_out(tables: Tables) -> Iterator[Finding]:
    """An open offer beside a signed deal of its exclusive group is never taken: a warning."""
    signed = _signed_by_group(tables)
    for entry in tables.contracts:
        offer = entry.record
        if not _is_signed(offer) and offer.exclusive_group in signed:
            hint = f"'{signed[offer.exclusive_group].id}' is signed; this offer can never be taken in this plan"
            expected = "a group without a signed contract"
            yield entry.row.finding("exclusive_group", expected, hint=hint, severity="warning")


def required_offers_are_not_excluded(tables: Tables) -> Iterator[Finding]:
    """An offer that requires one of its own exclusive group is never taken: a warning."""
    by_id = _by_id(tables)
    for entry in tables.contracts:
        if _excludes_what_it_requires(entry.record, by_id):
            group = entry.record.exclusive_group
            hint = f"of exclusive_group '{group}' one contract is taken, so '{entry.record.id}' could never be"
            yield entry.row.finding("requires", "a contract of another group", hint=hint, severity="warning")


def required_offers_can_be_taken(tables: Tables) -> Iterator[Finding]:
    """Without what it requires, directly or not, an open offer is never taken, and a signed deal has no plan."""
    by_id, signed = _by_id(tables), _signed_by_group(tables)
    for entry in tables.contracts:
        offer = entry.record
        if _excludes_what_it_requires(offer, by_id):
            continue
        for needed in _requirements(offer, by_id):
            if _is_signed(needed) or needed is offer:
                break
            if why := _why_never_taken(needed, tables, by_id, signed):
                outcome = "no plan can keep this deal" if _is_signed(offer) else f"'{offer.id}' could never be taken"
                hint = f"'{needed.id}' can not: {why}; {outcome}"
                expected = "a contract that can be taken"
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


def _signed_by_group(tables: Tables) -> dict[str, Contract]:
    """The first signed deal of every exclusive group that has one."""
    offers = [entry.record for entry in reversed(tables.contracts)]
    return {offer.exclusive_group: offer for offer in offers if _is_signed(offer) and offer.exclusive_group}


def _most_mw(offer: Contract) -> float:
    """The most that whole blocks fill of max_mw. [MW critical]"""
    return floor(offer.max_mw / offer.block_mw + WHOLE_TOLERANCE) * offer.block_mw


def _is_out_of_reach(offer: Contract) -> bool:
    """Whether no number of whole blocks within max_mw makes min_mw."""
    return offer.block_mw > 0 and offer.min_mw > _most_mw(offer) * (1 + WHOLE_TOLERANCE)


def _why_never_taken(offer: Contract, tables: Tables, by_id: dict[str, Contract], signed: dict[str, Contract]) -> str:
    """Why an open offer can never be taken, by itself or by its group; empty if it can."""
    if offer.exclusive_group in signed:
        return f"'{signed[offer.exclusive_group].id}' of '{offer.exclusive_group}' is signed"
    if _is_out_of_reach(offer):
        return f"its whole blocks do not make min_mw {offer.min_mw:.12g}"
    if tables.settings is not None and not has_a_start(offer, tables.settings.record):
        return "no start lies in the plan's months"
    if _excludes_what_it_requires(offer, by_id):
        return f"it requires one of its own group '{offer.exclusive_group}'"
    return ""


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
