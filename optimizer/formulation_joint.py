"""The part of the programme for months in which the loads of a site are planned together.

Symbols: crews (a fleet's active MW in a month, enrolled in a programme or not), loads (MW of a tier in a
cell of hours, covered by a block or bought at spot), cells (runs of hours by rank). See optimizer/joint.py.
Everything is empty where no contract asks for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.algebra import Term, add_rows, add_variable, linear, state_term
from optimizer.horizon import FloatArray
from optimizer.joint import NONE
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters

# Variables of joint months. With several scenarios each has its own, which end in its mark.
OWN_FAMILIES = ("active_mw", "load_mw", "covered_mw", "paid_peak_mw", "peak_mw", "billed_mw", "ai_load_mw")


def own_mark(scenario: int) -> str:
    """What the names of a scenario's own variables and rows end in."""
    return f"@{scenario}"


@dataclass(frozen=True)
class OwnColumns:
    """The columns of a programme as one scenario sees them: its own joint months, and what all share."""

    matrices: Matrices
    scenario: int

    def columns(self, family: str) -> slice:
        """Positions of a family's columns."""
        own = family in OWN_FAMILIES
        return self.matrices.columns(f"{family}{own_mark(self.scenario)}" if own else family)


def joint_views(p: Parameters, matrices: Matrices) -> list[tuple[float, Parameters, Matrices | OwnColumns]]:
    """Every set of joint months that a programme has: its probability, its parameters, its columns."""
    if not p.own:
        return [(1.0, p, matrices)]
    rows = enumerate(zip(p.scenarios.probability.tolist(), p.own, strict=True))
    return [(probability, q, OwnColumns(matrices, position)) for position, (probability, q) in rows]


def joint_bounds(p: Parameters) -> dict[str, FloatArray]:
    """Upper bounds of the joint months' variables: installed MW, size of the block, all loads together. [MW]"""
    joint, tariffs = p.joint, p.tariffs.all
    block_mw = np.array([tariff.terms.mw or 0.0 for tariff in tariffs], dtype=np.float64)
    tier_mw = p.tiers.drawn_mw[:, None] * p.installed_mw[p.tiers.fleet]
    highest = np.zeros_like(p.capacity_mw)
    np.add.at(highest, p.tiers.site, tier_mw)
    for start, site in enumerate(p.starts.site.tolist()):
        offer = p.starts.offers[int(p.starts.offer[start])]
        highest[site] += float(p.upper_mw[start]) * offer.pue * offer.load_factor
    return {
        "active_mw": joint.crews.mw,
        "load_mw": joint.loads.mw,
        "covered_mw": block_mw[joint.covers.block],
        "paid_peak_mw": p.tiers.by_fleet(tier_mw, len(p.fleets))[joint.paid.fleet, joint.paid.month],
        "peak_mw": highest[joint.peaks.site, joint.peaks.month],
        "billed_mw": highest.max(axis=1)[p.tariffs.site[joint.billed.tariff]],
    }


def add_joint_variables(model: Any, p: Parameters) -> None:
    """active_mw[crew], load_mw[load], covered_mw[cover], paid_peak_mw, peak_mw, billed_mw. [MW]"""
    for name, upper in joint_bounds(p).items():
        add_variable(model, name, np.zeros_like(upper), upper)


def add_joint_months(model: Any, p: Parameters) -> None:
    """All rows of the joint months."""
    add_active_limit(model, p)
    add_load_limit(model, p)
    add_covered_limit(model, p)
    add_block_size(model, p)
    add_enrolment(model, p)
    add_paid_peak(model, p)
    add_peak(model, p)
    add_ratchet(model, p)


def add_active_limit(model: Any, p: Parameters) -> None:
    """sum over programmes of active_mw[k,t] <= mining_mw[k,t]; the rest is mothballed"""
    pairs: Iterable[tuple[int, ...]] = zip(
        p.blocks.fleet.tolist(), p.periods.first[p.blocks.period].tolist(), strict=True
    )
    block = {pair: position for position, pair in enumerate(pairs)}
    active, energised = list(model.active_mw.values()), list(model.mining_mw.values())
    crews = list(p.joint.crews_of.items())

    def limit(row: int) -> tuple[Any, Any, Any]:
        pair, members = crews[row]
        return None, linear([*((1.0, active[crew]) for crew in members), (-1.0, energised[block[pair]])]), 0.0

    add_rows(model, "active_limit", range(len(crews)), limit)


def add_load_limit(model: Any, p: Parameters) -> None:
    """sum over blocks of load_mw[tier,cell] <= drawn_mw[tier] * active_mw of the crews that are not called off there"""
    joint = p.joint
    load, active = list(model.load_mw.values()), list(model.active_mw.values())
    first, month = joint.cells.first.tolist(), joint.cells.month.tolist()
    fleet, drawn = p.tiers.fleet.tolist(), p.tiers.drawn_mw.tolist()
    programme = joint.crews.programme.tolist()
    off_rows = [tariff.rows.tolist() for tariff in p.tariffs.all]
    members = list(joint.loads_of.items())

    def limit(row: int) -> tuple[Any, Any, Any]:
        (tier, cell), loads = members[row]
        t = month[cell]
        terms: list[Term] = [(1.0, load[position]) for position in loads]
        for crew in joint.crews_of[fleet[tier], t]:
            if programme[crew] == NONE or off_rows[programme[crew]][t] <= first[cell]:
                terms.append((-drawn[tier], active[crew]))
        return None, linear(terms), 0.0

    add_rows(model, "load_limit", range(len(members)), limit)


def add_covered_limit(model: Any, p: Parameters) -> None:
    """sum over blocks of covered_mw[cell] <= ai_load_mw[i,t]"""
    cells, covered = p.joint.cells, list(model.covered_mw.values())
    total, states = list(model.ai_load_mw.values()), p.joint.ai_load_mw.at
    in_cell: dict[int, list[int]] = defaultdict(list)
    for position, cell in enumerate(p.joint.covers.cell.tolist()):
        in_cell[cell].append(position)
    members = list(in_cell.items())

    def limit(row: int) -> tuple[Any, Any, Any]:
        cell, covers = members[row]
        state = int(states[cells.site[cell], cells.month[cell]])
        return None, linear([*((1.0, covered[c]) for c in covers), *state_term(total, state, -1.0)]), 0.0

    add_rows(model, "covered_limit", range(len(members)), limit)


def sharing_loads(p: Parameters) -> list[tuple[tuple[int, int], list[tuple[str, int]]]]:
    """The cells and blocks in which anything may be covered, each with the variables that share the block."""
    sharing: dict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for name, part in (("load_mw", p.joint.loads), ("covered_mw", p.joint.covers)):
        for position, key in enumerate(zip(part.cell.tolist(), part.block.tolist(), strict=True)):
            if key[1] != NONE:
                sharing[key].append((name, position))
    return list(sharing.items())


def add_block_size(model: Any, p: Parameters) -> None:
    """sum over tiers of load_mw[cell,block] + covered_mw[cell,block] <= mw of the block"""
    variables = {name: list(getattr(model, name).values()) for name in ("load_mw", "covered_mw")}
    members = sharing_loads(p)

    def size(row: int) -> tuple[Any, Any, Any]:
        (_, block), sharing = members[row]
        terms = ((1.0, variables[name][position]) for name, position in sharing)
        return None, linear(terms), p.tariffs.all[block].terms.mw or 0.0

    add_rows(model, "block_size", range(len(members)), size)


def enrolments(p: Parameters) -> list[tuple[tuple[int, int], list[int]]]:
    """The limited demand response programmes by contract and month, each with the crews enrolled in it."""
    enrolled: dict[tuple[int, int], list[int]] = defaultdict(list)
    pairs = zip(p.joint.crews.programme.tolist(), p.joint.crews.month.tolist(), strict=True)
    for crew, (programme, month) in enumerate(pairs):
        if programme != NONE and p.tariffs.all[programme].terms.max_mw is not None:
            enrolled[programme, month].append(crew)
    return list(enrolled.items())


def add_enrolment(model: Any, p: Parameters) -> None:
    """sum over fleets of active_mw enrolled in a programme <= its max_mw"""
    active, members = list(model.active_mw.values()), enrolments(p)

    def limit(row: int) -> tuple[Any, Any, Any]:
        (programme, _), crews = members[row]
        return None, linear((1.0, active[crew]) for crew in crews), p.tariffs.all[programme].terms.max_mw

    add_rows(model, "enrolment", range(len(members)), limit)


def paid_peak_rows(p: Parameters) -> list[tuple[int, list[int]]]:
    """For each paid peak and each cell inside its hours, the loads of its fleet there."""
    joint, cells = p.joint, p.joint.cells
    in_month: dict[tuple[int, int], list[int]] = defaultdict(list)
    for cell, pair in enumerate(zip(cells.site.tolist(), cells.month.tolist(), strict=True)):
        in_month[pair].append(cell)
    tiers: dict[int, list[int]] = defaultdict(list)
    for tier, fleet in enumerate(p.tiers.fleet.tolist()):
        tiers[fleet].append(tier)
    rows = []
    members = zip(joint.paid.fleet.tolist(), joint.paid.tariff.tolist(), joint.paid.month.tolist(), strict=True)
    for position, (fleet, tariff, month) in enumerate(members):
        hours = int(p.tariffs.all[tariff].rows[month])
        for cell in in_month[int(p.fleet_site[fleet]), month]:
            loads = [load for tier in tiers[fleet] for load in joint.loads_of.get((tier, cell), [])]
            if cells.first[cell] < hours and loads:
                rows.append((position, loads))
    return rows


def add_paid_peak(model: Any, p: Parameters) -> None:
    """sum over tiers and blocks of load_mw[cell] <= paid_peak_mw[k,peak], in every cell of the peak's hours"""
    load, paid, members = list(model.load_mw.values()), list(model.paid_peak_mw.values()), paid_peak_rows(p)

    def limit(row: int) -> tuple[Any, Any, Any]:
        position, loads = members[row]
        return None, linear([*((1.0, load[each]) for each in loads), (-1.0, paid[position])]), 0.0

    add_rows(model, "paid_peak", range(len(members)), limit)


def peak_rows(p: Parameters) -> list[tuple[int, int]]:
    """Every cell of a month with a demand charge: position of the month's peak, and the cell."""
    cells = p.joint.cells
    months = zip(p.joint.peaks.site.tolist(), p.joint.peaks.month.tolist(), strict=True)
    peak = {pair: position for position, pair in enumerate(months)}
    pairs = enumerate(zip(cells.site.tolist(), cells.month.tolist(), strict=True))
    return [(peak[pair], cell) for cell, pair in pairs if pair in peak]


def add_peak(model: Any, p: Parameters) -> None:
    """ai_load_mw[i,t] + sum of load_mw[cell] <= peak_mw[i,t], in every cell"""
    cells, rows = p.joint.cells, peak_rows(p)
    load, peak = list(model.load_mw.values()), list(model.peak_mw.values())
    total, states = list(model.ai_load_mw.values()), p.joint.ai_load_mw.at

    def limit(row: int) -> tuple[Any, Any, Any]:
        position, cell = rows[row]
        terms: list[Term] = [(1.0, load[each]) for each in p.joint.loads_in.get((cell,), [])]
        terms.extend(state_term(total, int(states[cells.site[cell], cells.month[cell]])))
        return None, linear([*terms, (-1.0, peak[position])]), 0.0

    add_rows(model, "peak", range(len(rows)), limit)


def ratchet_rows(p: Parameters) -> list[tuple[int, int, float]]:
    """Position of a billed peak, of a month's own peak, and the share of it that is billed at least."""
    months = zip(p.joint.peaks.site.tolist(), p.joint.peaks.month.tolist(), strict=True)
    peak = {pair: position for position, pair in enumerate(months)}
    rows = []
    billed = zip(p.joint.billed.tariff.tolist(), p.joint.billed.month.tolist(), strict=True)
    for position, (row, month) in enumerate(billed):
        tariff = p.tariffs.all[row]
        rows.append((position, peak[tariff.site, month], 1.0))
        earlier = range(max(0, month - tariff.terms.ratchet_months), month)
        share = tariff.terms.ratchet_share
        rows.extend((position, peak[tariff.site, t], share) for t in earlier if tariff.in_force[t])
    return rows


def add_ratchet(model: Any, p: Parameters) -> None:
    """peak_mw[i,t] <= billed_mw[t] and ratchet_share * peak_mw[i,s] <= billed_mw[t] for the months s before t"""
    peak, billed, rows = list(model.peak_mw.values()), list(model.billed_mw.values()), ratchet_rows(p)

    def limit(row: int) -> tuple[Any, Any, Any]:
        position, own, share = rows[row]
        return None, linear([(share, peak[own]), (-1.0, billed[position])]), 0.0

    add_rows(model, "ratchet", range(len(rows)), limit)


def joint_spots(p: Parameters, family: str) -> list[tuple[str, int]]:
    """Who each member of a family is about, and its month."""
    words = _Words(p)
    joint, cells = p.joint, p.joint.cells
    match family:
        case "active_mw":
            return [words.crew(crew) for crew in range(joint.crews.fleet.size)]
        case "load_mw":
            members = zip(joint.loads.tier.tolist(), joint.loads.cell.tolist(), joint.loads.block.tolist(), strict=True)
            return [words.load(tier, cell, block) for tier, cell, block in members]
        case "covered_mw":
            pairs = zip(joint.covers.cell.tolist(), joint.covers.block.tolist(), strict=True)
            return [words.cell(cell, words.tariff(block)) for cell, block in pairs]
        case "paid_peak_mw":
            return [words.paid(position) for position in range(joint.paid.fleet.size)]
        case "peak_mw":
            return [(words.site(site), int(t)) for site, t in zip(joint.peaks.site, joint.peaks.month, strict=True)]
        case "billed_mw":
            return [words.billed(position) for position in range(joint.billed.tariff.size)]
        case "active_limit":
            return [(p.fleets[fleet].id, month) for fleet, month in joint.crews_of]
        case "load_limit":
            return [words.load(tier, cell, NONE) for tier, cell in joint.loads_of]
        case "covered_limit":
            return [words.cell(cell, "ai") for cell in dict.fromkeys(joint.covers.cell.tolist())]
        case "block_size":
            return [words.cell(cell, words.tariff(block)) for (cell, block), _ in sharing_loads(p)]
        case "enrolment":
            return [(words.tariff(programme), month) for (programme, month), _ in enrolments(p)]
        case "paid_peak":
            return [words.paid(position) for position, _ in paid_peak_rows(p)]
        case "peak":
            return [(words.site(int(cells.site[cell])), int(cells.month[cell])) for _, cell in peak_rows(p)]
    return [words.billed(position) for position, _, _ in ratchet_rows(p)]


class _Words:
    """How members of joint months are called: by fleet, tier, contract and the rank at which a cell begins."""

    def __init__(self, p: Parameters) -> None:
        self.p = p

    def site(self, site: int) -> str:
        return self.p.sites[int(site)].id

    def tariff(self, row: int) -> str:
        return f"{self.site(self.p.tariffs.all[row].site)}:{self.p.tariffs.all[row].name}"

    def tier(self, tier: int) -> str:
        first = int(np.searchsorted(self.p.tiers.fleet, self.p.tiers.fleet[tier]))
        return f"{self.p.fleets[int(self.p.tiers.fleet[tier])].id}:{tier - first + 1}"

    def cell(self, cell: int, who: str) -> tuple[str, int]:
        return f"{who}:from {int(self.p.joint.cells.first[cell])}", int(self.p.joint.cells.month[cell])

    def crew(self, crew: int) -> tuple[str, int]:
        programme = int(self.p.joint.crews.programme[crew])
        fleet = self.p.fleets[int(self.p.joint.crews.fleet[crew])].id
        where = fleet if programme == NONE else f"{fleet}:{self.p.tariffs.all[programme].name}"
        return where, int(self.p.joint.crews.month[crew])

    def load(self, tier: int, cell: int, block: int) -> tuple[str, int]:
        who = self.tier(tier) if block == NONE else f"{self.tier(tier)}:{self.p.tariffs.all[block].name}"
        return self.cell(cell, who)

    def paid(self, position: int) -> tuple[str, int]:
        paid = self.p.joint.paid
        name = self.p.tariffs.all[int(paid.tariff[position])].name
        return f"{self.p.fleets[int(paid.fleet[position])].id}:{name}", int(paid.month[position])

    def billed(self, position: int) -> tuple[str, int]:
        billed = self.p.joint.billed
        return self.tariff(int(billed.tariff[position])), int(billed.month[position])
