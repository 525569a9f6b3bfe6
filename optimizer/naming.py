"""Names of rows and columns, and what they say to a planner.

Matrices carry names such as `site_capacity[pecos,2027-03]`; shadow prices, the certificate and
messages about clashing limits speak of rows and columns by these names only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.chains import Chain
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
    if base in ("site_capacity", "mining_halls", "curtailable_share"):
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
    if base in ("worst_share", "tail_usd_m"):
        whole = np.zeros_like(index)
        return Places([str(k) for k in index.tolist()], whole, whole + months)
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
