"""What a proof says about whole numbers: that they are whole, and what other ones could be worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.proving.checks import HALF_A_CENT_USD, Check, json_number
from optimizer.proving.proof import ExactCheck, Proof
from optimizer.proving.replay_inputs import USD_PER_MILLION
from optimizer.proving.tree import TreeBound, tree_bound

# The solver's search keeps whole numbers to 1e-9; anything further off was never one.
WHOLE_NUMBER_TOLERANCE = 1e-6


def whole_number_checks(proof: Proof) -> list[Check]:
    """How far the whole numbers of the proof are from whole ones; nothing where there are none."""
    whole = np.flatnonzero(proof.matrices.integer)
    if not whole.size:
        return []
    apart = np.abs(proof.x[whole] - np.rint(proof.x[whole]))
    worst = int(np.argmax(apart))
    where = proof.matrices.col_names[int(whole[worst])] if apart[worst] > 0.0 else ""
    return [Check("proof: whole numbers are whole", float(apart[worst]), WHOLE_NUMBER_TOLERANCE, where)]


@dataclass(frozen=True)
class OtherWholeNumbers:
    """What the proof says about plans with other whole numbers.

    there_are : whether the programme has whole numbers. value : of the plan, minimised. [USD million]
    asked_gap, gap : of the search, by its own word; None if not stated. [-]
    bound : what such plans cost at least; None without a tree. leaves : of the tree.
    """

    there_are: bool
    value: float
    asked_gap: float | None
    gap: float | None
    bound: TreeBound | None
    leaves: int

    @classmethod
    def of(cls, proof: Proof, exact: ExactCheck, summary: Mapping[str, Any]) -> OtherWholeNumbers:
        """Work out the bound.

        Raises
        ------
        TreeError : the tree proves nothing.
        """
        search = summary.get("search")
        told = [search.get(key) if isinstance(search, Mapping) else None for key in ("asked_gap", "gap")]
        asked, gap = (float(number) if isinstance(number, int | float) else None for number in told)
        bound = None if proof.tree is None else tree_bound(proof.matrices, proof.tree)
        leaves = 0 if proof.tree is None else proof.tree.leaves
        return cls(bool(proof.matrices.integer.any()), exact.objective, asked, gap, bound, leaves)

    @property
    def missed_usd(self) -> float:
        """How much more than the plan they may be worth at most. [USD]"""
        return math.inf if self.bound is None else max(0.0, self.value - self.bound.bound) * USD_PER_MILLION

    @property
    def allowed_usd(self) -> float:
        """How much more they may be worth by what was asked of the search. [USD]"""
        return (self.asked_gap or 0.0) * abs(self.value) * USD_PER_MILLION + HALF_A_CENT_USD

    @property
    def proved(self) -> bool:
        """Whether the tree bounds them as closely as was asked of the search."""
        return self.missed_usd <= self.allowed_usd

    def checks(self) -> list[Check]:
        """The bound as a check, where it is close enough to be one."""
        if self.bound is None or not self.proved:
            return []
        name = "proof: value that other whole numbers could add [USD]"
        return [Check(name, self.missed_usd, self.allowed_usd, self.bound.where if self.missed_usd > 0.0 else "")]

    def not_proved(self) -> list[str]:
        """What no check says, in a sentence."""
        if not self.there_are or self.proved:
            return []
        claim = "that no plan with other whole numbers of lumpy offers is worth more"
        told = "a gap that is not stated" if self.gap is None else f"a gap of {self.gap:.3g}"
        known = "" if self.bound is None else f"; proved is that none is worth {self.missed_usd:,.0f} USD more"
        return [f"{claim}: by the solver's word, to {told}{known}"]

    def as_json(self) -> dict[str, Any]:
        """Bound and size of the tree; empty without one."""
        if self.bound is None:
            return {}
        return {
            "proved": self.proved,
            "bound_usd": json_number(-self.bound.bound * USD_PER_MILLION),
            "where": self.bound.where,
            "leaves": self.leaves,
        }
