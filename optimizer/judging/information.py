"""What it would be worth to know the scenario before deciding (EVPI), and what planning with several is worth (VSS)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.horizon import USD_PER_USD_M, FloatArray, IntArray
from optimizer.judging.alone import Alone
from optimizer.judging.commitment import Commitment

# Scenarios for which a plan of their own is made; of more, this many are drawn.
MOST_ALONE = 60


@dataclass(frozen=True)
class Information:
    """What knowledge is worth to a planner who counts the mean alone. [USD]

    evpi_usd : mean of what the best plan for each scenario is worth beyond the plan that is best on average.
    evpi_error_usd : standard error of it; 0 where all scenarios were solved for.
    evpi_scenarios : how many were.
    vss_usd : what the plan that is best on average is worth on average beyond the plan for the mean scenario.
    """

    evpi_usd: float
    evpi_error_usd: float
    evpi_scenarios: int
    vss_usd: float


def information(
    alone: Alone,
    probability: FloatArray,
    best_npv: FloatArray,
    others: Sequence[Commitment],
    seed: int,
    say: Callable[[str], None],
) -> Information:
    """Work out both.

    best_npv : NPV of the plan that is best on average, in every scenario. [USD million]
    others : plans made for single scenarios, chosen without a draw. seed : of the draw.

    Notes
    -----
    Each scenario gains V(s) - NPV_s, which is never negative. Where there are too many scenarios, what the best of the
    plans already known gains is worked out in all of them; what V(s) adds to that is the mean over scenarios drawn with
    their probabilities, each counted as often as it comes. The estimate is not biased, since the plans do not depend on
    the draw, and the deviation of what is added / sqrt(draws) is its error.
    """
    likely = np.flatnonzero(probability > 0.0)
    drawn = likely.size > MOST_ALONE
    chosen: IntArray = likely
    known = best_npv
    if drawn:
        chance = probability / probability.sum()
        chosen = np.random.default_rng(seed).choice(probability.size, MOST_ALONE, p=chance).astype(np.int64)
        known = alone.best_known_usd_m(best_npv, others)
    different = np.unique(chosen)
    added: dict[int, float] = {}
    in_order = different[np.argsort(best_npv[different], kind="stable")].tolist()
    for number, scenario in enumerate(in_order, start=1):
        say(f"what the best plan for a scenario alone is worth, {number} of {len(in_order)}")
        added[scenario] = max(0.0, alone.value_usd_m(scenario) - float(known[scenario]))
    more = np.array([added[scenario] for scenario in chosen.tolist()])
    mean = float(probability @ (known - best_npv)) + float(more.mean() if drawn else probability[chosen] @ more)
    error = float(more.std(ddof=1) / np.sqrt(more.size)) if drawn else 0.0
    say("planning for the mean scenario")
    missed = float(probability @ best_npv) - alone.mean_usd_m(alone.best_for_mean())
    return Information(mean * USD_PER_USD_M, error * USD_PER_USD_M, different.size, missed * USD_PER_USD_M)
