"""The tiers of every fleet's rig, worked out from the rig's modes for the replay (model section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sites.portfolio import Portfolio

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Point = tuple[float, float]

# Points this close to a straight line, relative to their hashrate, lie on it: they add no tier of their own.
STRAIGHT = 1e-12


@dataclass(frozen=True)
class Tiers:
    """The tiers of all fleets, fleet by fleet in the portfolio's order, each fleet's in the order they are filled.

    fleet : position of each tier's fleet. share : part of the fleet's MW. [-]
    ph_s_per_mw : hashrate of a MW of the tier at the meter. [PH/s per MW]
    """

    fleet: IntArray
    share: FloatArray
    ph_s_per_mw: FloatArray

    @classmethod
    def of(cls, portfolio: Portfolio) -> Tiers:
        """The tiers of a portfolio's fleets."""
        by_rig = {rig: rig_tiers(portfolio, rig) for rig in {fleet.rig for fleet in portfolio.fleets}}
        rows = [(row, *tier) for row, fleet in enumerate(portfolio.fleets) for tier in by_rig[fleet.rig]]
        table = np.array(rows, dtype=np.float64).reshape(-1, 3)
        return cls(table[:, 0].astype(np.int64), table[:, 1], table[:, 2])

    @cached_property
    def first(self) -> IntArray:
        """Position of the first tier of every fleet."""
        return np.flatnonzero(np.diff(self.fleet, prepend=-1))

    @cached_property
    def full_ph_s_per_mw(self) -> FloatArray:
        """Hashrate of a MW of every fleet with all its tiers on. [PH/s per MW]"""
        return self.by_fleet(self.share * self.ph_s_per_mw)

    @cached_property
    def highest_ph_s_per_mw(self) -> FloatArray:
        """Hashrate of a MW of the most efficient tier of every fleet. [PH/s per MW]"""
        return self.ph_s_per_mw[self.first]

    def by_fleet(self, by_tier: FloatArray) -> FloatArray:
        """Sum an array with one row per tier over the tiers of each fleet."""
        return np.add.reduceat(by_tier, self.first, axis=0) if self.fleet.size else by_tier


def rig_tiers(portfolio: Portfolio, rig_id: str) -> list[tuple[float, float]]:
    """Share of the MW and PH/s per MW of each tier of a rig.

    Of the machine's points (watts, TH/s) those count that no straight line between two others passes or touches, up
    to the least power that gives the highest hashrate.
    """
    rig = portfolio.rig(rig_id)
    modes = [(mode.watts, mode.th_s) for mode in portfolio.rig_modes if mode.rig == rig_id]
    points = {(0.0, 0.0), (rig.watts, rig.th_s), *modes}
    highest = max(th_s for _, th_s in points)
    most = min(watts for watts, th_s in points if th_s == highest)
    reached = [point for point in points if point[0] <= most]
    corners = sorted(point for point in reached if not _is_passed(point, reached))
    steps = [(right[0] - left[0], right[1] - left[1]) for left, right in pairwise(corners)]
    return [(watts / most, 1000.0 * th_s / (watts * rig.overhead)) for watts, th_s in steps]


def _is_passed(point: Point, points: list[Point]) -> bool:
    """Whether some line between two other points runs through the point or above it."""
    watts, th_s = point
    others = [other for other in points if other != point]
    return any(
        left[1] + (right[1] - left[1]) * (watts - left[0]) / (right[0] - left[0]) >= th_s * (1.0 - STRAIGHT)
        for left in others
        for right in others
        if left[0] <= watts <= right[0] and left[0] < right[0]
    ) or any(other[0] == watts and other[1] > th_s for other in others)
