"""The loads of joint months, filled again by merit order from what a solution commits to.

At an optimum loads of equal worth may be split at will, a peak without a price may have any size, and a
solver leaves out what is worth less than its tolerance. Filling each cell once more - AI first, then tier
by tier as they earn, each into the block that is cheapest to use - makes the answer the one that a
dispatcher would run, hour by hour; peaks are then those that are metered.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from optimizer.formulation_joint import OwnColumns, joint_views, ratchet_rows
from optimizer.horizon import FloatArray
from optimizer.joint import NONE
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from optimizer.solve import LpSolution


def in_merit_order(p: Parameters, matrices: Matrices, solution: LpSolution) -> LpSolution:
    """The solution with its loads filled by merit order; without joint months the solution itself."""
    if not p.own and not p.joint.cells.site.size:
        return solution
    x = solution.x.copy()
    for _, q, columns in joint_views(p, matrices):
        dispatcher = _Dispatcher(q, columns, x)
        for cell in range(q.joint.cells.site.size):
            dispatcher.fill(cell)
        for name, mw in dispatcher.filled().items():
            x[columns.columns(name)] = mw
    return replace(solution, x=x, objective=matrices.objective(x))


class _Dispatcher:
    """Fills cells one by one; the commitments are those of the columns `x`."""

    def __init__(self, p: Parameters, matrices: Matrices | OwnColumns, x: FloatArray) -> None:
        self.p = p
        joint = p.joint
        part = {name: np.maximum(0.0, x[matrices.columns(name)]).tolist() for name in joint.usd}
        self.active = part["active_mw"]
        self.load = np.zeros(joint.loads.tier.size)
        self.covered = np.zeros(joint.covers.cell.size)
        self.ai_load = np.append(np.maximum(0.0, x[matrices.columns("ai_load_mw")]), 0.0)
        months = zip(joint.peaks.site.tolist(), joint.peaks.month.tolist(), strict=True)
        self.peak = dict(zip(months, part["peak_mw"], strict=True))
        self.paid: dict[tuple[int, int], list[tuple[int, float]]] = defaultdict(list)
        members = zip(joint.paid.fleet.tolist(), joint.paid.month.tolist(), joint.paid.tariff.tolist(), strict=True)
        for (fleet, month, tariff), mw in zip(members, part["paid_peak_mw"], strict=True):
            self.paid[fleet, month].append((tariff, mw))
        self.metered: dict[tuple[int, int], float] = defaultdict(float)
        self.paying: dict[tuple[int, int, int], float] = defaultdict(float)
        self.rows = [tariff.rows.tolist() for tariff in p.tariffs.all]
        self.block_mw = [tariff.terms.mw or 0.0 for tariff in p.tariffs.all]
        self.fees = [tariff.fee for tariff in p.tariffs.all]
        self.covers_in: dict[int, list[int]] = defaultdict(list)
        for position, cell in enumerate(joint.covers.cell.tolist()):
            self.covers_in[cell].append(position)
        self.tiers_at: dict[int, list[int]] = defaultdict(list)
        for tier, site in enumerate(p.tiers.site.tolist()):
            self.tiers_at[site].append(tier)

    def fill(self, cell: int) -> None:
        """Fill one cell."""
        p, joint = self.p, self.p.joint
        site, month = int(joint.cells.site[cell]), int(joint.cells.month[cell])
        ai = float(self.ai_load[joint.ai_load_mw.at[site, month]])
        room = dict(enumerate(self.block_mw))
        rest = ai
        for cover in sorted(self.covers_in.get(cell, ()), key=lambda c: self._rank(int(joint.covers.block[c]))):
            block = int(joint.covers.block[cover])
            self.covered[cover] = min(rest, room[block])
            room[block] -= self.covered[cover]
            rest -= self.covered[cover]
        cap = self.peak.get((site, month), np.inf) - ai
        used: dict[int, float] = defaultdict(float)
        value = p.tiers.value[:, month]
        for tier in sorted(self.tiers_at[site], key=lambda tier: (-value[tier], tier)):
            loads = joint.loads_of.get((tier, cell), [])
            if not loads:
                continue
            fleet = int(p.tiers.fleet[tier])
            paid = self._paid_mw(fleet, month, int(joint.cells.first[cell])) - used[fleet]
            left = max(0.0, min(cap, paid, float(p.tiers.drawn_mw[tier]) * self._available(fleet, month, cell)))
            for load in sorted(loads, key=lambda position: self._rank(int(joint.loads.block[position]))):
                block = int(joint.loads.block[load])
                mw = left if block == NONE else min(left, room[block])
                self.load[load] = mw
                left -= mw
                cap -= mw
                used[fleet] += mw
                if block != NONE:
                    room[block] -= mw
        self._meter(cell, ai, used)

    def _meter(self, cell: int, ai: float, used: dict[int, float]) -> None:
        """Note what the loads of a cell add to the peaks."""
        cells = self.p.joint.cells
        site, month, first = int(cells.site[cell]), int(cells.month[cell]), int(cells.first[cell])
        self.metered[site, month] = max(self.metered[site, month], ai + sum(used.values()))
        for fleet, mw in used.items():
            for tariff, _ in self.paid.get((fleet, month), []):
                if first < self.rows[tariff][month]:
                    self.paying[fleet, tariff, month] = max(self.paying[fleet, tariff, month], mw)

    def filled(self) -> dict[str, FloatArray]:
        """The columns of loads and peaks, by name, after all cells have been filled. [MW]"""
        joint = self.p.joint
        months = zip(joint.peaks.site.tolist(), joint.peaks.month.tolist(), strict=True)
        peak = np.array([self.metered[pair] for pair in months])
        paid = zip(joint.paid.fleet.tolist(), joint.paid.tariff.tolist(), joint.paid.month.tolist(), strict=True)
        billed = np.zeros(joint.billed.tariff.size)
        for position, own, share in ratchet_rows(self.p):
            billed[position] = max(billed[position], share * peak[own])
        return {
            "load_mw": self.load,
            "covered_mw": self.covered,
            "peak_mw": peak,
            "paid_peak_mw": np.array([self.paying[member] for member in paid]),
            "billed_mw": billed,
        }

    def _rank(self, block: int) -> tuple[float, int]:
        """Blocks in the order in which loads use them, the spot market last."""
        return (np.inf, 0) if block == NONE else (-self.fees[block], block)

    def _available(self, fleet: int, month: int, cell: int) -> float:
        """Active MW of a fleet that no programme calls off in the cell."""
        crews, first = self.p.joint.crews, int(self.p.joint.cells.first[cell])
        total = 0.0
        for crew in self.p.joint.crews_of.get((fleet, month), []):
            programme = int(crews.programme[crew])
            if programme == NONE or self.rows[programme][month] <= first:
                total += self.active[crew]
        return total

    def _paid_mw(self, fleet: int, month: int, first: int) -> float:
        """Most MW of a fleet that may run in a cell beginning at a rank: the least of the peaks it has paid for."""
        paid = [mw for tariff, mw in self.paid.get((fleet, month), []) if first < self.rows[tariff][month]]
        return min(paid, default=np.inf)
