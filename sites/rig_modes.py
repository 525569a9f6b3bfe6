"""Modes of a machine as tiers of its load: the part of the power that earns most per watt is filled first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from sites.records import Rig, RigMode

TH_PER_PH = 1000.0
WATTS_PER_MW = 1e6


@dataclass(frozen=True)
class Tier:
    """One part of a machine's load.

    share : of the fleet's MW at the meter; the tiers of a machine add up to 1. [-]
    ph_s_per_mw : hashrate of one MW of this part, overhead included. [PH/s per MW]
    """

    share: float
    ph_s_per_mw: float


def tiers_of(rig: Rig, modes: Iterable[RigMode]) -> tuple[Tier, ...]:
    """The tiers of a machine, in the order they are filled: each earns less per MW than the one before.

    Notes
    -----
    A machine can be off, run as its nameplate says, or run in a mode, and a fleet can mix them. So what a fleet can
    reach is the upper hull of the points (watts, TH/s), from (0, 0) to the highest hashrate. A segment of the hull is
    a tier; modes below the hull are never worth running.
    """
    hull = running_points(rig, modes)
    segments = [(end[0] - begin[0], end[1] - begin[1]) for begin, end in pairwise(hull)]
    scale = WATTS_PER_MW / TH_PER_PH / rig.overhead
    return tuple(Tier(share=watts / hull[-1][0], ph_s_per_mw=scale * th_s / watts) for watts, th_s in segments)


def running_points(rig: Rig, modes: Iterable[RigMode]) -> list[tuple[float, float]]:
    """The modes worth running, as (watts, TH/s) from being off to the highest hashrate."""
    points = {(rig.watts, rig.th_s), *((mode.watts, mode.th_s) for mode in modes)}
    top_watts, _ = min(points, key=lambda point: (-point[1], point[0]))
    hull: list[tuple[float, float]] = [(0.0, 0.0)]
    for point in sorted(point for point in points if point[0] <= top_watts):
        while len(hull) > 1 and not _turns_down(hull[-2], hull[-1], point):
            hull.pop()
        if point[1] > hull[-1][1]:
            hull.append(point)
    return hull


def _turns_down(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> bool:
    """Whether the slope after the middle point is less than the one before it, by more than rounding."""
    before = (middle[1] - first[1]) * (last[0] - middle[0])
    after = (last[1] - middle[1]) * (middle[0] - first[0])
    return after < before * (1.0 - 1e-12)
