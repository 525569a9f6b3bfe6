"""Names of rows and columns, and what they say to a planner.

Matrices carry names such as `site_capacity[pecos,2027-03]`; shadow prices, the certificate and
messages about clashing limits speak of rows and columns by these names only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.capital.capital import Capital
from optimizer.chains import Chain
from optimizer.formulation_capital import cooling_sets, growing_sites
from optimizer.formulation_joint import joint_spots
from optimizer.horizon import IntArray
from optimizer.parameters import Parameters


@dataclass(frozen=True)
class Places:
    """Where members of a family belong: what each is about, and the months first <= t < end it speaks for."""

    where: list[str]
    first: IntArray
    end: IntArray


def places(p: Parameters, family: str, index: IntArray) -> Places:
    """What the members of a family are about and when.

    index : positions as the formulation counts them for this family.
    """
    months = p.horizon.months
    family, _, scenario = family.partition("@")
    if scenario:
        return places(p.own[int(scenario)], family, index)
    base = family.removesuffix("_balance")
    if base in ("site_capacity", "mining_halls", "curtailable_share", "site_closed", "ai_limit"):
        return _period_places(p, [site.id for site in p.sites], p.periods.site[index], index)
    if base == "mining_mw":
        return _period_places(p, [fleet.id for fleet in p.fleets], p.blocks.fleet[index], p.blocks.period[index])
    if base in ("ai_mw", "retrofit_mw", "building_mw", "region_mw", "counterparty_mw", "ai_load_mw"):
        return _state_places(p, base, index)
    if base in JOINT_FAMILIES:
        return _joint_places(p, base, index)
    if base in ("signed_mw", "blocks", "whole_blocks"):
        start = p.choices.blocks[index] if base == "blocks" else index
        offers, sites = [offer.id for offer in p.starts.offers], [site.id for site in p.sites]
        pairs = zip(p.starts.offer[start].tolist(), p.starts.site[start].tolist(), strict=True)
        return Places([f"{offers[c]}@{sites[i]}" for c, i in pairs], p.starts.tau[start], p.starts.tau[start] + 1)
    if base in OFFER_FAMILIES:
        offer = p.choices.taken[index] if base == "taken" else index
        whole = np.zeros_like(index)
        return Places([p.starts.offers[c].id for c in offer.tolist()], whole, whole + months)
    if base == "exclusive_group":
        whole = np.zeros_like(index)
        return Places([p.choices.groups[g][0] for g in index.tolist()], whole, whole + months)
    if base in ("worst_share", "tail_usd_m", "scenario_cash"):
        whole = np.zeros_like(index)
        return Places([str(k) for k in index.tolist()], whole, whole + months)
    if p.capital is not None:
        found = _capital_places(p, p.capital, base, index)
        if found is not None:
            return found
    if base in ("counterparty_share", "region_share"):
        names = p.totals.counterparties if base == "counterparty_share" else p.totals.regions
        return Places([names[c] for c in (index // months).tolist()], index % months, index % months + 1)
    return Places(["portfolio"] * index.size, index, index + 1)  # one row a month: capex, AI shares, hashrate


def _period_places(p: Parameters, ids: list[str], owner: IntArray, period: IntArray) -> Places:
    return Places([ids[row] for row in owner.tolist()], p.periods.first[period], p.periods.end[period])


def _state_places(p: Parameters, base: str, index: IntArray) -> Places:
    chain: Chain = p.joint.ai_load_mw if base == "ai_load_mw" else getattr(p.totals, base)
    names = {
        "building_mw": ("portfolio",),
        "region_mw": p.totals.regions,
        "counterparty_mw": p.totals.counterparties,
    }.get(base, tuple(site.id for site in p.sites))
    follows = np.append(chain.group[1:] == chain.group[:-1], False)
    ends = np.where(follows, np.append(chain.month[1:], 0), p.horizon.months)
    return Places([names[group] for group in chain.group[index].tolist()], chain.month[index], ends[index])


YEAR_FAMILIES = (
    *("income_usd_m", "loss_usd_m", "loss_used_usd_m", "loss_pool_usd_m"),
    *("income", "loss_pool", "loss_carried", "loss_limit"),
)


def _capital_places(p: Parameters, capital: Capital, base: str, index: IntArray) -> Places | None:
    """What members of a family of capital are about; None for those of which there is one a month."""
    months, machines, building = p.horizon.months, capital.machines, capital.building
    decision = capital.decisions.get(base)
    if decision is not None:
        first = decision.month[index]
        return Places([decision.where[i] for i in index.tolist()], first, first + 1)
    monthly: dict[str, list[str]] = {
        "installed_mw": [p.fleets[row].id for row in machines.fleets.tolist()],
        "installed": [p.fleets[row].id for row in machines.fleets.tolist()],
        "rig_stock_mw": [terms.rig for terms in machines.types],
        "rig_stock": [terms.rig for terms in machines.types],
        "added_mw": [p.sites[row].id for row in growing_sites(capital).tolist()],
        "added": [p.sites[row].id for row in growing_sites(capital).tolist()],
        "closed": [p.sites[row].id for row in building.closable.tolist()],
        "loan_capex_share": [loan.id for loan in capital.debt.loans],
        "loan_coverage": [loan.id for loan in capital.debt.loans],
    }
    if base in monthly:
        owner, month = np.divmod(index, months)
        return Places([monthly[base][row] for row in owner.tolist()], month, month + 1)
    whole: dict[str, list[str]] = {
        "rig_supply": [offer.id for offer in machines.offers],
        "hall_supply": [record.id for record in building.halls],
        "expansion_supply": [record.id for record in building.expansions],
        "expansion_once": [record.id for record in building.expansions],
        "loan_limit": [loan.id for loan in capital.debt.loans],
        "share_limit": [issue.id for issue in capital.issues],
    }
    if base in whole:
        return Places([whole[base][row] for row in index.tolist()], np.zeros_like(index), np.zeros_like(index) + months)
    if base in ("expansion_ordered", "expansion_least"):
        return _capital_places(p, capital, "expand_once", index)
    if base == "fleet_installed":
        return _period_places(p, [fleet.id for fleet in p.fleets], p.blocks.fleet[index], p.blocks.period[index])
    if base == "cooled_halls":
        number, period = np.divmod(index, p.periods.site.size)
        sites = p.periods.site[period].tolist()
        sets = ["+".join(cooling_sets(p, i)[n]) for i, n in zip(sites, number.tolist(), strict=True)]
        where = [f"{p.sites[i].id}:{chosen}" for i, chosen in zip(sites, sets, strict=True)]
        return Places(where, p.periods.first[period], p.periods.end[period])
    if base in YEAR_FAMILIES:
        last = capital.years.last[index]
        return Places(["portfolio"] * index.size, last, last + 1)
    return None


OFFER_FAMILIES = ("offer_size", "taken", "least_size", "taken_size", "required_offer")
JOINT_FAMILIES = (
    *("active_mw", "load_mw", "covered_mw", "paid_peak_mw", "peak_mw", "billed_mw"),
    *("active_limit", "load_limit", "covered_limit", "block_size", "enrolment", "paid_peak", "peak", "ratchet"),
)


def _joint_places(p: Parameters, family: str, index: IntArray) -> Places:
    """Names of the members of joint months: sites, fleets and contracts, with the first hour of a cell."""
    spots = joint_spots(p, family)
    chosen = [spots[position] for position in index.tolist()]
    month = np.array([month for _, month in chosen], dtype=np.int64)
    return Places([where for where, _ in chosen], month, month + 1)


def member_names(p: Parameters, family: str, index: IntArray) -> list[str]:
    """Public names of rows or columns, such as `site_capacity[pecos,2027-03]`."""
    spots = places(p, family, index)
    months = {t: p.horizon.label(t) for t in np.unique(spots.first).tolist()}
    return [f"{family}[{where},{months[t]}]" for where, t in zip(spots.where, spots.first.tolist(), strict=True)]
