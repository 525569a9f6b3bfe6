"""Exact arithmetic on arrays of floats, fast enough for every plan.

Every finite float is an integer times a power of two. With one common power of two per array, sums and
products of floats become sums and products of Python integers, which never round. `fractions.Fraction`
gives the same answers some thirty times slower, because it looks for common divisors at every step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]

MANTISSA_BITS = 53


@dataclass(frozen=True)
class ExactArray:
    """Numbers `integers / 2**shift`, exactly.

    integers : Python integers. [-]
    shift : the common power of two, >= 0. [bits]
    """

    integers: ObjectArray
    shift: int

    @classmethod
    def of(cls, values: FloatArray) -> ExactArray:
        """Turn floats into integers without loss; infinities count as zero, so mask them by `np.isfinite`."""
        mantissas, exponents = np.frexp(np.where(np.isfinite(values), values, 0.0))
        whole = (mantissas * 2.0**MANTISSA_BITS).astype(np.int64)
        exponents = exponents.astype(np.int64) - MANTISSA_BITS
        nonzero = whole != 0
        shift = max(0, -int(exponents[nonzero].min())) if nonzero.any() else 0
        lift = np.where(nonzero, exponents + shift, 0)
        return cls(np.left_shift(whole.astype(object), lift.astype(object)), shift)

    def at(self, shift: int) -> ObjectArray:
        """The integers for a common power of two that is at least as large as the own one."""
        return self.integers if shift == self.shift else np.left_shift(self.integers, shift - self.shift)

    def take(self, positions: NDArray[np.int32] | NDArray[np.int64]) -> ExactArray:
        """The numbers at some positions, in their order."""
        return ExactArray(self.integers[positions], self.shift)

    def times(self, other: ExactArray) -> ExactArray:
        """Entry by entry product."""
        return ExactArray(self.integers * other.integers, self.shift + other.shift)

    def minus(self, other: ExactArray) -> ExactArray:
        """Entry by entry difference."""
        shift = max(self.shift, other.shift)
        return ExactArray(self.at(shift) - other.at(shift), shift)

    def plus(self, other: ExactArray) -> ExactArray:
        """Entry by entry sum."""
        shift = max(self.shift, other.shift)
        return ExactArray(self.at(shift) + other.at(shift), shift)

    def where(self, mask: NDArray[np.bool_]) -> ExactArray:
        """The numbers where the mask holds, zero elsewhere."""
        return ExactArray(np.where(mask, self.integers, 0), self.shift)

    def magnitude(self) -> ExactArray:
        """Absolute values."""
        return ExactArray(np.abs(self.integers), self.shift)

    def sign(self) -> NDArray[np.int8]:
        """-1, 0 or 1 for every number."""
        positive, negative = self.integers > 0, self.integers < 0
        return positive.astype(np.int8) - negative.astype(np.int8)

    def group_sums(self, starts: NDArray[np.int32] | NDArray[np.int64]) -> ExactArray:
        """Sums of consecutive groups: group g holds the numbers starts[g] .. starts[g + 1] - 1."""
        totals = np.zeros(starts.size - 1, dtype=object)
        filled = np.flatnonzero(np.diff(starts) > 0)
        if filled.size:
            # Empty groups hold no number, so each filled one ends where the next filled one begins.
            totals[filled] = np.add.reduceat(self.integers, starts[filled])
        return ExactArray(totals, self.shift)

    def total(self) -> Fraction:
        """Sum of all the numbers."""
        return Fraction(sum(self.integers.tolist()), 2**self.shift)

    def largest(self) -> tuple[Fraction, int]:
        """The largest number and its position; zero and -1 when the array is empty."""
        numbers = self.integers.tolist()
        if not numbers:
            return Fraction(0), -1
        position = max(range(len(numbers)), key=numbers.__getitem__)
        return Fraction(numbers[position], 2**self.shift), position


def rounded_up(value: Fraction) -> float:
    """The smallest float that is not below an exact number, so that no error is reported too small."""
    try:
        nearest = value.numerator / value.denominator
    except OverflowError:
        return math.inf if value > 0 else -float(np.finfo(np.float64).max)
    return nearest if math.isinf(nearest) or Fraction(nearest) >= value else math.nextafter(nearest, math.inf)
