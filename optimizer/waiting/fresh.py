"""A plan on a tree lived in scenarios that it was not made for: does its waiting pay where nothing was known?"""

from __future__ import annotations

import numpy as np

from optimizer.errors import ScenarioError
from optimizer.horizon import FloatArray, IntArray
from optimizer.parameters import Parameters, build_parameters
from optimizer.waiting.unfolding import Unfolding
from sites.scenarios import ScenarioPaths


def check_fresh(p: Parameters, fresh: ScenarioPaths) -> None:
    """Make sure, before the long work, that plans of these parameters can be tried on fresh scenarios.

    Raises
    ------
    ScenarioError : months of the portfolio are planned for every scenario apart, or the scenarios have other months.
    """
    if p.own:
        raise ScenarioError(
            "the portfolio has a power contract that makes loads of a month depend on one another (a block without "
            "free resale, demand response, or a ratchet); such plans cannot be tried on fresh scenarios"
        )
    if fresh.hashprice.shape[1] != p.horizon.months:
        raise ScenarioError(f"fresh scenarios have {fresh.hashprice.shape[1]} months, the plan {p.horizon.months}")


def fresh_npv_usd_m(
    unfolding: Unfolding, plans: list[FloatArray], fresh: ScenarioPaths
) -> tuple[Parameters, FloatArray]:
    """The numbers of the fresh scenarios, and what plans are worth there: plans x scenarios. [USD million]

    plans : of the unfolded programme. In each fresh scenario the decisions are those of the leaf to which the hashprice
        seen leads.
    """
    p = unfolding.p
    q = build_parameters(p.portfolio, p.pins, [p.periods], fresh)
    block = _block_of(p, q)
    values, leaf_of = q.scenario_values, unfolding.tree.leaf_of_paths(fresh)
    npv = np.tile(values.constant, (len(plans), 1))
    for leaf in np.unique(leaf_of).tolist():
        rows = np.flatnonzero(leaf_of == leaf)
        for worth, x in zip(npv, plans, strict=True):
            signed, mining = unfolding.leaf_mw(leaf, x)
            worth[rows] += values.signed[rows] @ signed + values.mining[rows] @ np.append(mining, 0.0)[block]
    return q, npv


def _block_of(p: Parameters, q: Parameters) -> IntArray:
    """For every block of `q`, whose periods are parts of those of `p`, the block of `p` around it; its end if none."""
    at = np.full((len(p.fleets), p.periods.site.size), p.blocks.fleet.size, dtype=np.int64)
    at[p.blocks.fleet, p.blocks.period] = np.arange(p.blocks.fleet.size)
    months = q.periods.first[q.blocks.period]
    return np.asarray(at[q.blocks.fleet, p.periods.of_month[p.fleet_site[q.blocks.fleet], months]])
