"""Which decisions come in whole steps: offers that are taken or not, and starts that come in blocks.

Only an offer that needs a whole number gets one; without such offers the programme stays a pure LP.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.errors import InfeasiblePlanError
from optimizer.horizon import FloatArray, IntArray
from optimizer.starts import Starts
from sites.records import Contract

# A size in MW and a number of blocks times their size agree to this share of one block.
BLOCK_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Choices:
    """Whole numbers and what they are tied to; offers and starts by position.

    taken : offers with a 0/1 variable "taken". must : whether a signed deal demands that the offer is taken.
    least_mw, most_mw : total of a taken offer, one entry per entry of `taken`. [MW critical]
    blocks : starts that come in whole blocks. block_mw : size of one. [MW critical] most_blocks : largest number.
    groups : names of exclusive groups with several open offers, and those offers.
    requires : pairs of an offer and the open offer without which it is not taken.
    barred : offers that can never be taken, and why not.
    """

    taken: IntArray
    must: FloatArray
    least_mw: FloatArray
    most_mw: FloatArray
    blocks: IntArray
    block_mw: FloatArray
    most_blocks: FloatArray
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    requires: tuple[tuple[int, int], ...]
    barred: dict[int, str]

    @classmethod
    def of(cls, starts: Starts) -> Choices:
        """The whole numbers that these offers need.

        Raises
        ------
        InfeasiblePlanError : deals that are signed contradict each other.
        """
        offers = starts.offers
        position = {offer.id: c for c, offer in enumerate(offers)}
        available = np.bincount(starts.offer, minlength=len(offers)) > 0
        signed = {c for c, offer in enumerate(offers) if offer.committed_mw > 0.0}
        barred = _barred(offers, position, signed, available.tolist())
        _refuse_contradictions(offers, position, signed, barred)
        able = [c for c in range(len(offers)) if c not in signed and c not in barred]
        groups = tuple((name, members) for name, members in _groups(offers, able) if len(members) > 1)
        requires = tuple((c, position[offers[c].requires]) for c in able if offers[c].requires)
        requires = tuple((c, other) for c, other in requires if other not in signed)
        must = {position[offers[c].requires] for c in signed if offers[c].requires} - signed
        chosen = {c for _, members in groups for c in members} | {other for _, other in requires} | must
        taken = [c for c in able if c in chosen or _least_size_counts(offers[c])]
        in_blocks = np.array([offer.block_mw > 0.0 for offer in offers], dtype=np.bool_)
        open_to_choice = np.array([c in able for c in range(len(offers))], dtype=np.bool_)
        blocks = np.flatnonzero((in_blocks & open_to_choice)[starts.offer]) if starts.count else starts.offer
        sizes = np.array([offer.block_mw for offer in offers], dtype=np.float64)
        most = np.array([most_mw(offer) for offer in offers], dtype=np.float64)
        block_mw = sizes[starts.offer[blocks]]
        return cls(
            taken=np.array(taken, dtype=np.int64),
            must=np.array([float(c in must) for c in taken]),
            least_mw=np.array([offers[c].min_mw for c in taken], dtype=np.float64),
            most_mw=most[np.array(taken, dtype=np.int64)],
            blocks=blocks,
            block_mw=block_mw,
            most_blocks=np.round(most[starts.offer[blocks]] / block_mw),
            groups=groups,
            requires=requires,
            barred=barred,
        )


def most_mw(offer: Contract) -> float:
    """The largest total of an open offer: its max_mw, in whole blocks where it comes in blocks. [MW critical]"""
    if offer.block_mw <= 0.0:
        return offer.max_mw
    return float(np.floor(offer.max_mw / offer.block_mw + BLOCK_TOLERANCE)) * offer.block_mw


def _least_size_counts(offer: Contract) -> bool:
    """Whether the least size says more than the block does, of which the smallest is one."""
    return offer.min_mw > offer.block_mw * (1.0 + BLOCK_TOLERANCE)


def _barred(
    offers: Sequence[Contract], position: dict[str, int], signed: set[int], available: Sequence[bool]
) -> dict[int, str]:
    """Open offers that can never be taken, with the reason."""
    held = {offers[c].exclusive_group: offers[c].id for c in sorted(signed) if offers[c].exclusive_group}
    barred = {}
    for c, offer in enumerate(offers):
        if c in signed:
            continue
        if offer.exclusive_group in held:
            barred[c] = f"'{held[offer.exclusive_group]}' of the same exclusive group is signed"
        elif not available[c]:
            barred[c] = "no start of it lies inside the horizon"
        elif offer.min_mw > most_mw(offer) * (1.0 + 1e-12):
            barred[c] = f"min_mw {offer.min_mw:.12g} is above its whole blocks, {most_mw(offer):.12g} MW"
    while more := {
        c: f"it requires '{offer.requires}', which can never be taken"
        for c, offer in enumerate(offers)
        if c not in signed and c not in barred and offer.requires and position[offer.requires] in barred
    }:
        barred |= more
    return barred


def _refuse_contradictions(
    offers: Sequence[Contract], position: dict[str, int], signed: set[int], barred: dict[int, str]
) -> None:
    clashes: list[str] = []
    held: dict[str, str] = {}
    for c in sorted(signed):
        group, needed = offers[c].exclusive_group, offers[c].requires
        if group and held.setdefault(group, offers[c].id) != offers[c].id:
            clashes.append(f"'{held[group]}' and '{offers[c].id}' are both signed, of one exclusive group '{group}'")
        if needed and position[needed] in barred:
            reason = barred[position[needed]]
            clashes.append(f"'{offers[c].id}' is signed and requires '{needed}', which can never be taken: {reason}")
    if clashes:
        raise InfeasiblePlanError(tuple(clashes))


def _groups(offers: Sequence[Contract], able: Sequence[int]) -> list[tuple[str, tuple[int, ...]]]:
    names = sorted({offers[c].exclusive_group for c in able} - {""})
    return [(name, tuple(c for c in able if offers[c].exclusive_group == name)) for name in names]
