"""A scenario tree: which scenarios a planner can still tell apart, month by month, by the hashprice seen so far.

The tree branches at given months. At each of them a planner looks back on the hashprice of the months just gone and
finds it in one of a few bands; what is decided from that month on may depend on the band, and on those seen before.

Bands are intervals of hashprice, so that a plan reads "sign if hashprice has been above 38". Within each node they are
as equally likely as its scenarios allow, and scenarios that look alike so far are never told apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.errors import ScenarioError
from optimizer.horizon import FloatArray, Horizon, IntArray
from sites.months import MonthLabelError
from sites.scenarios import ScenarioPaths

# A planner looks at the mean hashprice of so many months before a branch month: one month's fees or weather in the
# network say little, and a year's mean would answer late.
SIGNAL_MONTHS = 3
# Signals that differ by less cannot be told apart. [USD/(PH/s day)]
SAME_SIGNAL = 1e-6
ROOT = "now"
SHAPE = "MONTH=BRANCHES, such as 2027-07=3"


@dataclass(frozen=True)
class Branching:
    """From this month on, every node of the tree falls into so many bands. month : YYYY-MM."""

    month: str
    branches: int


@dataclass(frozen=True)
class Node:
    """What is known in the months first <= t < end.

    name : "now", or the bands seen so far, the lowest being 1: "2.1". parent : name of the node before; "" at the root.
    low, high : hashprice seen just before `first`, low <= it < high, beyond what the parent knows; infinite where the
        band is open. [USD/(PH/s day)]
    scenarios : positions of those that come here. probability : of coming here. [-]
    """

    name: str
    parent: str
    first: int
    end: int
    low: float
    high: float
    scenarios: IntArray
    probability: float


@dataclass(frozen=True)
class ScenarioTree:
    """The nodes of every level, level 0 being the root alone; level k begins at the k-th branch month.

    levels : of nodes, each in order of what has been seen. months : in which the levels begin; 0 for the root.
    ancestor : levels x leaves: position within its level of the node through which each leaf is reached.
    leaf_of : of every scenario.
    """

    levels: tuple[tuple[Node, ...], ...]
    months: IntArray
    ancestor: IntArray
    leaf_of: IntArray

    @property
    def leaves(self) -> tuple[Node, ...]:
        """The nodes of the last level."""
        return self.levels[-1]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, level by level."""
        return tuple(node for level in self.levels for node in level)

    def level_of(self, month: IntArray) -> IntArray:
        """The level on which a decision of a month is made: how many branch months are not after it."""
        return np.searchsorted(self.months[1:], month, side="right")

    @classmethod
    def of(cls, paths: ScenarioPaths, branchings: Sequence[Branching], horizon: Horizon) -> ScenarioTree:
        """Cluster the scenarios.

        Raises
        ------
        ScenarioError : lists what is wrong with the branchings.
        """
        months = branch_months(branchings, horizon)
        ends = [*months, horizon.months]
        everything = np.arange(paths.count, dtype=np.int64)
        levels: list[tuple[Node, ...]] = [(Node(ROOT, "", 0, ends[0], -np.inf, np.inf, everything, 1.0),)]
        parents: list[list[int]] = []
        for step, (month, branching) in enumerate(zip(months, branchings, strict=True)):
            seen = signal(paths, month)
            below: list[Node] = []
            parents.append([])
            for position, node in enumerate(levels[-1]):
                children = _children(node, seen, paths.probability, (month, ends[step + 1]), branching.branches)
                below.extend(children)
                parents[-1].extend([position] * len(children))
            levels.append(tuple(below))
        ancestor = [np.arange(len(levels[-1]))]
        for parent in reversed(parents):
            ancestor.insert(0, np.array(parent, dtype=np.int64)[ancestor[0]])
        leaf_of = np.zeros(paths.count, dtype=np.int64)
        for position, leaf in enumerate(levels[-1]):
            leaf_of[leaf.scenarios] = position
        return cls(tuple(levels), np.array([0, *months], dtype=np.int64), np.array(ancestor, dtype=np.int64), leaf_of)

    def leaf_of_paths(self, paths: ScenarioPaths) -> IntArray:
        """The leaf in which other scenarios of the same months end: a planner who follows the tree goes there."""
        found = np.zeros(paths.count, dtype=np.int64)
        for month, level in zip(self.months[1:].tolist(), self.levels[1:], strict=True):
            seen, names = signal(paths, month), [node.parent for node in level]
            before, found = found, np.zeros_like(found)
            above = [node.name for node in self.levels[self.levels.index(level) - 1]]
            for position, (node, parent) in enumerate(zip(level, names, strict=True)):
                here = (before == above.index(parent)) & (seen >= node.low) & (seen < node.high)
                found[here] = position
        return found


def parse_branching(text: str) -> Branching:
    """The branching that a text like ``2027-07=3`` means.

    Raises
    ------
    ScenarioError : the text has another shape.
    """
    found = re.fullmatch(r"\s*([^=\s]+)\s*=\s*(\d{1,4})\s*", text)
    if found is None:
        raise ScenarioError(f"branch '{text}': expected {SHAPE}")
    return Branching(found[1], int(found[2]))


def branch_months(branchings: Sequence[Branching], horizon: Horizon) -> list[int]:
    """Month index of every branching.

    Raises
    ------
    ScenarioError : one sentence for each that does not lie after the one before, inside the horizon.
    """
    faults: list[str] = []
    months: list[int] = []
    first, last = horizon.label(1), horizon.label(horizon.months - 1)
    for branching in branchings:
        said = f"branch '{branching.month}={branching.branches}'"
        try:
            month = horizon.index(branching.month)
        except MonthLabelError as error:
            faults.append(f"{said}: {error}")
            continue
        if not 0 < month < horizon.months:
            faults.append(f"{said}: expected a month from {first} to {last}, after the plan's first and inside it")
        if branching.branches < 1:
            faults.append(f"{said}: expected at least 1 branch")
        if months and month <= months[-1]:
            faults.append(f"{said}: expected a month after {horizon.label(months[-1])}, the branch month before it")
        months.append(month)
    if faults:
        raise ScenarioError("\n".join(faults))
    return months


def signal(paths: ScenarioPaths, month: int) -> FloatArray:
    """What a planner looks at in a month: mean hashprice of the months just before it. [USD/(PH/s day)]"""
    return np.asarray(paths.hashprice[:, max(0, month - SIGNAL_MONTHS) : month].mean(axis=1))


def thresholds(seen: FloatArray, probability: FloatArray, bands: int) -> FloatArray:
    """Where signals are cut into bands, as equally likely as can be; fewer if there are fewer different signals.

    seen, probability : of every scenario. [USD/(PH/s day), -]

    Notes
    -----
    From the lowest band on, each cut is the one, of those that leave a signal for every band above, that leaves the
    share of scenarios below it nearest to what equal bands would. It lies halfway between the two signals around it.
    """
    certain = probability > 0.0
    order = np.argsort(seen[certain], kind="stable")
    signals, share = seen[certain][order], np.cumsum(probability[certain][order] / probability[certain].sum())
    gaps = np.flatnonzero(np.diff(signals) > SAME_SIGNAL)
    count = min(bands, gaps.size + 1)
    cuts, first = [], 0
    for band in range(1, count):
        end = gaps.size - (count - 1 - band)
        nearest = first + int(np.argmin(np.abs(share[gaps[first:end]] - band / count)))
        cuts.append((signals[gaps[nearest]] + signals[gaps[nearest] + 1]) / 2.0)
        first = nearest + 1
    return np.array(cuts, dtype=np.float64)


def _children(node: Node, seen: FloatArray, probability: FloatArray, span: tuple[int, int], bands: int) -> list[Node]:
    cuts = thresholds(seen[node.scenarios], probability[node.scenarios], bands)
    band = np.searchsorted(cuts, seen[node.scenarios], side="right")
    sides = np.concatenate(([-np.inf], cuts, [np.inf]))
    children = []
    for number in range(cuts.size + 1):
        scenarios = node.scenarios[band == number]
        name = f"{number + 1}" if node.name == ROOT else f"{node.name}.{number + 1}"
        low, high = float(sides[number]), float(sides[number + 1])
        children.append(Node(name, node.name, *span, low, high, scenarios, float(probability[scenarios].sum())))
    return children
