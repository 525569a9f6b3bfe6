"""What every power contract brings or costs in every month it is in force, and who takes part in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from optimizer.horizon import BoolArray, FloatArray
from optimizer.operations import JointPart, Operations
from optimizer.parameters import Parameters
from optimizer.results import SCHEMAS
from optimizer.tariffs import Tariff

AI_NAME = "ai"

# Whoever takes part, the MW by month, the MW billed, and the signed cash flow.
Part = tuple[str, FloatArray, FloatArray, FloatArray]


def programmes_frame(p: Parameters, operations: Operations) -> pd.DataFrame:
    """One row per month, contract in force and whoever takes part in it; empty without power contracts."""
    reader = _Reader(p, operations)
    rows: list[tuple[object, ...]] = []
    for position, tariff in enumerate(p.tariffs.all):
        parts = list(reader.parts(position, tariff))
        for month in np.flatnonzero(tariff.in_force).tolist():
            head = (p.horizon.label(month), p.sites[tariff.site].id, tariff.name, tariff.terms.kind)
            rows.extend((*head, name, mw[month], billed[month], usd[month]) for name, mw, billed, usd in parts)
    rows.sort(key=lambda row: str(row[0]))
    return pd.DataFrame(rows, columns=list(SCHEMAS["programmes"]))


class _Reader:
    """Reads the contracts off the operations of a solution."""

    def __init__(self, p: Parameters, operations: Operations) -> None:
        self.p, self.operations = p, operations
        self.ai_load = operations.ai_load_mw(p, included_only=False)
        self.billed_ai_load = operations.ai_load_mw(p, included_only=True)

    def parts(self, position: int, tariff: Tariff) -> Iterator[Part]:
        """Everyone who takes part in a contract."""
        match tariff.terms.kind:
            case "block":
                yield self._part("", np.full(self.p.horizon.months, tariff.terms.mw or 0.0), self._gain(position))
            case "demand_charge":
                peak = self._peak(tariff.site)
                billed = self._billed(position, peak) if tariff.ratcheted else peak
                yield "", peak, billed, 0.0 - billed * tariff.usd_per_mw_month
            case "coincident_peak":
                for row in self._fleets(tariff):
                    load = self._paying_load(position, tariff, row)
                    yield self._part(self.p.fleets[row].id, load, 0.0 - load * tariff.usd_per_mw_month)
                load = self.billed_ai_load[tariff.site]
                yield self._part(AI_NAME, load, 0.0 - load * tariff.usd_per_mw_month)
            case "curtailment":
                load = self.ai_load[tariff.site]
                hours = self.p.prices.dearest_hours(tariff.site, tariff.rows)
                yield self._part(AI_NAME, load, 0.0 - load * hours * tariff.terms.backup_usd_per_mwh)
            case "demand_response":
                for row in self._fleets(tariff):
                    enrolled = self._enrolled(position, row)
                    yield self._part(self.p.fleets[row].id, enrolled, enrolled * tariff.usd_per_mw_month)

    def _part(self, name: str, mw: FloatArray, usd: FloatArray) -> Part:
        return name, mw, mw, usd

    def _fleets(self, tariff: Tariff) -> list[int]:
        return np.flatnonzero(self.p.fleet_site == tariff.site).tolist()

    def _gain(self, position: int) -> FloatArray:
        return np.asarray(self.operations.block_gain_usd[position])

    def _peak(self, site: int) -> FloatArray:
        """Highest load of the site that the demand charge sees. [MW]"""
        p = self.p
        here = p.tiers.site == site
        drawn = p.mining.way_share[:, here].sum(axis=0) * p.tiers.drawn_mw[here][:, None]
        active = self.operations.mining.active_mw[p.tiers.fleet[here]]
        peak = self.billed_ai_load[site] + (drawn * active).sum(axis=0)
        for part in self._parts(peak, self._planned(site)):
            chosen = part.joint.peaks.site == site
            np.add.at(peak, part.joint.peaks.month[chosen], part.probability * part.mw["peak_mw"][chosen])
        return np.asarray(peak)

    def _billed(self, position: int, peak: FloatArray) -> FloatArray:
        billed = peak.copy()
        for part in self._parts(billed, self.p.tariffs.all[position].in_force):
            chosen = part.joint.billed.tariff == position
            np.add.at(billed, part.joint.billed.month[chosen], part.probability * part.mw["billed_mw"][chosen])
        return billed

    def _planned(self, site: int) -> BoolArray:
        """The joint months of a site."""
        return np.asarray(self.p.tariffs.joint[site])

    def _parts(self, total: FloatArray, months: BoolArray) -> tuple[JointPart, ...]:
        """The joint months of every scenario, which replace what stands in these months."""
        total[months] = 0.0
        return self.operations.joint

    def _paying_load(self, position: int, tariff: Tariff, fleet: int) -> FloatArray:
        """Load of a fleet that runs in the peak's hours. [MW]"""
        p = self.p
        here = p.tiers.fleet == fleet
        pays = [off[tariff.site] < tariff.rows for off, _ in p.tariffs.off_options]
        share = np.asarray(
            sum(np.where(pay, way[here], 0.0) for pay, way in zip(pays, p.mining.way_share, strict=True))
        )
        drawn = (share * p.tiers.drawn_mw[here][:, None]).sum(axis=0)
        load = np.where(p.tariffs.joint[tariff.site], 0.0, drawn * self.operations.mining.active_mw[fleet])
        for part in self.operations.joint:
            paid = part.joint.paid
            chosen = (paid.fleet == fleet) & (paid.tariff == position)
            np.add.at(load, paid.month[chosen], part.probability * part.mw["paid_peak_mw"][chosen])
        return np.asarray(load)

    def _enrolled(self, position: int, fleet: int) -> FloatArray:
        enrolled = np.zeros(self.p.horizon.months)
        for part in self.operations.joint:
            crews = part.joint.crews
            chosen = (crews.fleet == fleet) & (crews.programme == position)
            np.add.at(enrolled, crews.month[chosen], part.probability * part.mw["active_mw"][chosen])
        return enrolled
