"""Regret: what a plan made for one scenario is worth in another, beside the best plan for that one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from optimizer.horizon import USD_PER_USD_M, FloatArray, IntArray
from optimizer.judging.alone import Alone
from optimizer.judging.commitment import Commitment

REGRET = ("made_for", "lived_in", "npv_usd", "best_npv_usd", "regret_usd")
# Scenarios with a plan of their own. Of more, these are spread from the worst for the plan to the best.
MOST_COMPARED = 8
THE_PLAN = "plan"
# A plan that is better in a scenario than the one made for it by less than this share is as good. [-]
_AS_GOOD = 1e-9


def compared_scenarios(npv_usd: FloatArray, probability: FloatArray) -> list[int]:
    """Positions of the scenarios that are compared: all of few; of many those at equally spaced ranks of the NPV."""
    likely = np.flatnonzero(probability > 0.0)
    if likely.size <= MOST_COMPARED:
        return [int(each) for each in likely]
    ranked = likely[np.argsort(npv_usd[likely], kind="stable")]
    ranks: IntArray = np.round(np.linspace(0, ranked.size - 1, MOST_COMPARED)).astype(np.int64)
    return [int(each) for each in ranked[ranks]]


def regret_frame(
    alone: Alone,
    names: Sequence[str],
    compared: Sequence[int],
    the_plan: FloatArray,
    say: Callable[[str], None],
) -> tuple[pd.DataFrame, list[Commitment]]:
    """Every plan lived in every scenario that is compared: first the plan itself, then those made for one of them.

    names : of all scenarios. the_plan : its NPV in every scenario. [USD million]

    Returns
    -------
    The table, and the plans made for one scenario.
    """
    plans: list[Commitment] = []
    for number, scenario in enumerate(compared, start=1):
        say(f"planning for scenario '{names[scenario]}' alone ({number} of {len(compared)})")
        plans.append(alone.best(scenario))
    npv = np.array([the_plan[list(compared)], *(alone.npv_usd_m(plan, compared) for plan in plans)])
    # Whole numbers are searched for to a gap, so a plan made for another scenario may be the better one found.
    for at, better in enumerate(np.argmax(npv[1:], axis=0).tolist()):
        if npv[1 + better, at] > npv[1 + at, at] + _AS_GOOD * (1.0 + abs(npv[1 + at, at])):
            npv[1 + at] = npv[1 + better]
    labels = [THE_PLAN, *(names[scenario] for scenario in compared)]
    best = np.diagonal(npv[1:])
    regret = best - npv
    regret[np.abs(regret) <= _AS_GOOD * (1.0 + np.abs(best))] = 0.0
    size = len(compared)
    columns = (
        np.repeat(np.array(labels, dtype=object), size),
        np.tile(np.array(labels[1:], dtype=object), size + 1),
        npv.ravel() * USD_PER_USD_M,
        np.tile(best, size + 1) * USD_PER_USD_M,
        regret.ravel() * USD_PER_USD_M,
    )
    return pd.DataFrame(dict(zip(REGRET, columns, strict=True))), plans
