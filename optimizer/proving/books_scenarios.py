"""What a plan states of its scenarios: the value in each, the mean, the mean of the worst share, the objective."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.proving.checks import (
    HALF_A_CENT_USD,
    RELATIVE_TOLERANCE,
    Check,
    FloatArray,
    agreement,
    broken,
    named,
)
from optimizer.proving.proof import Proof
from optimizer.proving.replay import Replay
from optimizer.proving.replay_frames import ReplayError, numbers
from optimizer.proving.replay_inputs import USD_PER_MILLION
from optimizer.proving.replay_scenarios import Lived
from sites.portfolio import Portfolio

if TYPE_CHECKING:
    import pandas as pd

# The worst share enters the programme by rows until the two bounds of the objective are this close.
WORST_SHARE_GAP = 1e-6
WEIGHT_TOLERANCE = 1e-9


def mean_of_worst(npv: FloatArray, probability: FloatArray, alpha: float) -> float:
    """Mean of the worst share of outcomes by probability, the last one counted in part. [unit of npv]

    It is the highest of  c - sum p (c - npv)+ / alpha  over all c, which some outcome reaches.
    """
    levels = np.sort(npv)
    mass = probability[np.argsort(npv, kind="stable")]
    weight, below = np.cumsum(mass), np.cumsum(mass * levels)
    return float(np.max(levels - (levels * weight - below) / alpha))


def scenario_checks(
    portfolio: Portfolio,
    scenarios: list[Lived],
    replays: Mapping[int, Replay],
    frame: pd.DataFrame,
    summary: Mapping[str, Any],
) -> list[Check]:
    """The frame against the replayed scenarios, and the headline numbers against the frame.

    Raises
    ------
    ReplayError : the frame is not of the portfolio's scenarios.
    """
    names = [lived.name for lived in scenarios]
    if frame["scenario"].tolist() != names:
        raise ReplayError("scenarios: its rows are not the scenarios of the portfolio")
    npv, probability, weight = (numbers(frame, "scenarios", name) for name in ("npv_usd", "probability", "weight"))
    positions = sorted(replays)
    replayed = np.array([replays[position].npv_usd for position in positions])
    turnover = np.array([replays[position].turnover_usd for position in positions])
    risk = portfolio.risk
    tail = mean_of_worst(npv, probability, risk.cvar_alpha)
    mean = float(probability @ npv)
    size = RELATIVE_TOLERANCE * float(turnover.max())
    objective = (1.0 - risk.cvar_weight) * mean + risk.cvar_weight * tail
    stated = np.array([summary["npv_usd"], summary["cvar_usd"], summary["objective_usd"]])
    expected = np.array([mean, tail, objective])
    given = np.array([lived.probability for lived in scenarios])
    least, most = (1.0 - risk.cvar_weight) * probability, (1.0 - risk.cvar_weight) * probability
    most = most + risk.cvar_weight * probability / risk.cvar_alpha
    outside = np.maximum(np.maximum(least - weight, weight - most), 0.0)
    return [
        agreement(
            "scenarios: npv_usd",
            npv[positions],
            replayed,
            named([f"scenario '{names[position]}'" for position in positions]),
            HALF_A_CENT_USD + RELATIVE_TOLERANCE * turnover,
        ),
        agreement("scenarios: probability", probability, given, named(names), WEIGHT_TOLERANCE),
        agreement("scenarios: weights are weights", outside, np.zeros_like(outside), named(names), WEIGHT_TOLERANCE),
        agreement("scenarios: weights add up", np.array([weight.sum()]), np.ones(1), named(["all"]), WEIGHT_TOLERANCE),
        agreement(
            "summary: mean, worst share and objective",
            stated,
            expected,
            named(["npv_usd", "cvar_usd", "objective_usd"]),
            HALF_A_CENT_USD + size,
        ),
    ]


def worst_share_checks(portfolio: Portfolio, proof: Proof) -> list[Check]:
    """Every row of the worst share is a mean of scenarios none of which weighs more than its probability allows.

    No such mean is below the mean of the worst share, so that the programme never promises less than the best plan has.
    """
    rows = sum(name.startswith("worst_share[") for name in proof.matrices.row_names)
    if proof.worst_shares is None:
        return [broken("worst share: rows", f"{rows} rows, no weights")] if rows else []
    weights, probability = proof.worst_shares, portfolio.scenario_paths.probability
    if weights.shape != (rows, probability.size):
        return [broken("worst share: rows", f"{rows} rows, weights {weights.shape}")]
    most = probability / portfolio.risk.cvar_alpha
    outside = float(np.max(np.maximum(-weights, weights - most), initial=0.0))
    sums = float(np.max(np.abs(weights.sum(axis=1) - 1.0), initial=0.0))
    return [
        Check("worst share: weights within the probabilities", outside, WEIGHT_TOLERANCE, ""),
        Check("worst share: weights add up", sums, WEIGHT_TOLERANCE, ""),
    ]


def scenario_cash_checks(portfolio: Portfolio, proof: Proof) -> list[Check]:
    """Every row of cash in a scenario is a weighted mean of its months."""
    rows = sum(name.startswith("scenario_cash[") for name in proof.matrices.row_names)
    stored, name = proof.scenario_months, "cash in the scenarios: rows"
    if stored is None:
        return [broken(name, f"{rows} rows, no weights")] if rows else []
    if stored.shape != (rows, 1 + portfolio.settings.months):
        return [broken(name, f"{rows} rows, weights {stored.shape}")]
    weight = stored[:, 1:]
    apart = np.maximum(np.max(-weight, axis=1, initial=0.0), np.abs(weight.sum(axis=1) - 1.0))
    return [
        Check("cash in the scenarios: weights are weights", float(np.max(apart, initial=0.0)), WEIGHT_TOLERANCE, "")
    ]


def objective_check(summary: Mapping[str, Any], proved_usd_m: float, cvar_weight: float, turnover_usd: float) -> Check:
    """Tie the proof and the books of a plan with scenarios together.

    proved_usd_m : optimum of the programme. turnover_usd : what rounding is measured against.
    """
    stated, proved = float(summary["objective_usd"]), proved_usd_m * USD_PER_MILLION
    gap = WORST_SHARE_GAP * (USD_PER_MILLION + abs(proved)) if cvar_weight else 0.0
    where = f"{proved!r} USD proved, {stated!r} USD stated"
    allowed = HALF_A_CENT_USD + RELATIVE_TOLERANCE * turnover_usd + gap
    return Check("proved optimum is the stated objective", abs(proved - stated), allowed, where)
