"""What a plan decides before it is known which scenario comes, and what that is worth in given scenarios."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.duals import energised_mw
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters


@dataclass(frozen=True)
class Commitment:
    """The decisions that stand whatever comes; hours and mothballing adapt.

    signed_mw : of every start. [MW critical] energised_mw : of every fleet (row) and month (column). [MW]
    """

    signed_mw: FloatArray
    energised_mw: FloatArray

    @classmethod
    def of(cls, p: Parameters, matrices: Matrices, x: FloatArray) -> Commitment:
        """Read the decisions off the columns of a programme."""
        return cls(x[matrices.columns("signed_mw")], energised_mw(p, matrices, x))

    def block_mw(self, p: Parameters) -> FloatArray:
        """Energised MW of every block of a programme: the least of its months. [MW]"""
        first, end = p.periods.first[p.blocks.period], p.periods.end[p.blocks.period]
        spans = zip(p.blocks.fleet.tolist(), first.tolist(), end.tolist(), strict=True)
        return np.array([self.energised_mw[fleet, a:b].min() for fleet, a, b in spans], dtype=np.float64)


def lived_npv_usd_m(p: Parameters, commitment: Commitment) -> FloatArray:
    """NPV of a plan in every scenario of `p`, which need not be those that it was made for. [USD million]

    Loads that depend on one another are left out: `p` has no joint months.
    """
    values = p.scenario_values
    weight = commitment.energised_mw * p.horizon.discount / USD_PER_USD_M
    mining = np.tensordot(p.mining.gain_usd, weight, axes=2)
    return np.asarray(values.constant + values.signed @ commitment.signed_mw + mining)
