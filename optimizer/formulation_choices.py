"""The part of the programme that comes in whole numbers: offers taken or not, starts in blocks.

Called by optimizer/formulation.py. Every big-M is the largest size of the offer itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.algebra import Term, add_rows, add_variable, linear
from optimizer.parameters import Parameters


def add_choice_variables(model: Any, p: Parameters) -> None:
    """taken[c] in {0, 1}, blocks[start] in {0, 1, 2, ...}"""
    choices = p.choices
    add_variable(model, "taken", choices.must, np.ones(choices.taken.size), whole=True)
    add_variable(model, "blocks", np.zeros(choices.blocks.size), choices.most_blocks, whole=True)


class _Sizes:
    """The terms of an offer's total size and of its variable "taken"."""

    def __init__(self, model: Any, p: Parameters) -> None:
        self.signed = list(model.signed_mw.values())
        self.pointer = np.searchsorted(p.starts.offer, np.arange(len(p.starts.offers) + 1)).tolist()
        self.taken = dict(zip(p.choices.taken.tolist(), model.taken.values(), strict=True))

    def total(self, c: int) -> list[Term]:
        """sum_{i,tau} signed_mw[c,i,tau]"""
        return [(1.0, start) for start in self.signed[self.pointer[c] : self.pointer[c + 1]]]


def add_choices(model: Any, p: Parameters) -> None:
    """All conditions of lumpy offers."""
    sizes = _Sizes(model, p)
    add_least_size(model, p, sizes)
    add_taken_size(model, p, sizes)
    add_whole_blocks(model, p, sizes)
    add_exclusive_group(model, p, sizes)
    add_required_offer(model, p, sizes)


def add_least_size(model: Any, p: Parameters, sizes: _Sizes) -> None:
    """min_mw[c] * taken[c] <= sum_{i,tau} signed_mw[c,i,tau]"""
    least = {int(c): float(mw) for c, mw in zip(p.choices.taken, p.choices.least_mw, strict=True) if mw > 0.0}
    add_rows(
        model, "least_size", list(least), lambda c: (0.0, linear([*sizes.total(c), (-least[c], sizes.taken[c])]), None)
    )


def add_taken_size(model: Any, p: Parameters, sizes: _Sizes) -> None:
    """sum_{i,tau} signed_mw[c,i,tau] <= max_mw[c] * taken[c]"""
    most = {int(c): float(mw) for c, mw in zip(p.choices.taken, p.choices.most_mw, strict=True)}
    add_rows(
        model, "taken_size", list(most), lambda c: (None, linear([*sizes.total(c), (-most[c], sizes.taken[c])]), 0.0)
    )


def add_whole_blocks(model: Any, p: Parameters, sizes: _Sizes) -> None:
    """signed_mw[c,i,tau] = block_mw[c] * blocks[c,i,tau]"""
    starts, block = p.choices.blocks.tolist(), p.choices.block_mw.tolist()
    steps = enumerate(zip(starts, block, strict=True))
    rows = {s: [(1.0, sizes.signed[s]), (-mw, model.blocks[b])] for b, (s, mw) in steps}
    add_rows(model, "whole_blocks", starts, lambda s: (0.0, linear(rows[s]), 0.0))


def add_exclusive_group(model: Any, p: Parameters, sizes: _Sizes) -> None:
    """sum_{c in group} taken[c] <= 1"""
    groups = [members for _, members in p.choices.groups]
    add_rows(
        model,
        "exclusive_group",
        range(len(groups)),
        lambda g: (None, linear((1.0, sizes.taken[c]) for c in groups[g]), 1.0),
    )


def add_required_offer(model: Any, p: Parameters, sizes: _Sizes) -> None:
    """taken[c] <= taken[required]; an offer without a "taken" of its own: size[c] <= max_mw[c] * taken[required]"""
    required = dict(p.choices.requires)

    def row(c: int) -> tuple[Any, Any, Any]:
        other = sizes.taken[required[c]]
        if c in sizes.taken:
            return None, linear([(1.0, sizes.taken[c]), (-1.0, other)]), 0.0
        return None, linear([*sizes.total(c), (-p.starts.offers[c].max_mw, other)]), 0.0

    add_rows(model, "required_offer", list(required), row)
