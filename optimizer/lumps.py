"""Why offers in whole steps leave no plan though offers of any size would: which of them, and what steps they have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.errors import InfeasiblePlanError
from optimizer.horizon import BoolArray
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from optimizer.search import Search
from sites.records import Contract


def clashing_lumps(p: Parameters, matrices: Matrices) -> tuple[str, ...]:
    """The offers that cannot keep their whole steps together, one sentence each.

    None of them can be left out: if any one came in any size, the others could keep their steps.
    """
    whole, kept = matrices.integer.copy(), []
    for position, columns in _whole_columns(p, matrices).items():
        trial = whole & ~columns
        if _is_possible(matrices, trial):
            kept.append(position)
        else:
            whole = trial
    return tuple(
        f"whole steps of offer '{offer.id}' ({_steps(offer)}): of any size it would fit"
        for offer in (p.starts.offers[position] for position in kept)
    )


def _whole_columns(p: Parameters, matrices: Matrices) -> dict[int, BoolArray]:
    """The whole-number columns of every offer that has any, by its position."""
    owner = np.full(matrices.cost.size, -1, dtype=np.int64)
    owner[matrices.columns("taken")] = p.choices.taken
    owner[matrices.columns("blocks")] = p.starts.offer[p.choices.blocks]
    return {int(position): owner == position for position in np.unique(owner[owner >= 0])}


def _is_possible(matrices: Matrices, whole: BoolArray) -> bool:
    try:
        Search(replace(matrices, integer=whole, cost=np.zeros_like(matrices.cost), offset=0.0)).minimise()
    except InfeasiblePlanError:
        return False
    return True


def _steps(offer: Contract) -> str:
    words = [
        f"blocks of {offer.block_mw:.12g} MW" if offer.block_mw else "",
        f"at least {offer.min_mw:.12g} MW" if offer.min_mw else "",
        f"exclusive group '{offer.exclusive_group}'" if offer.exclusive_group else "",
        f"requires '{offer.requires}'" if offer.requires else "",
    ]
    return ", ".join(word for word in words if word)
