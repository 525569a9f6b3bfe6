"""How figures are spread over scenarios: quantiles, tails and what chance draws of them are worth.

A quantile at q is the lowest figure that is reached or stayed below with a probability of at least q; it is always the
figure of a scenario, never one between two. Scenarios of probability zero count in nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer.horizon import FloatArray
from optimizer.tail import worst_share

PERCENTS = (5, 10, 25, 50, 75, 90, 95)
SPREAD = ("mean_usd", "worst_usd", *(f"p{percent}_usd" for percent in PERCENTS), "best_usd")
# An NPV below zero by less than this is rounding, no loss. [USD]
LOSS_USD = -0.5
# Sums of probabilities are this inexact.
_EDGE = 1e-12


def spread(figures: FloatArray, probability: FloatArray) -> FloatArray:
    """Mean, worst, the quantiles of PERCENTS and best, one row each, in the order of SPREAD.

    figures : scenarios x any number of columns.
    """
    kept = probability > 0.0
    figures, probability = figures[kept], probability[kept] / probability[kept].sum()
    order = np.argsort(figures, axis=0, kind="stable")
    ordered = np.take_along_axis(figures, order, axis=0)
    up_to = np.cumsum(probability[order], axis=0)
    rows = [probability @ figures, ordered[0]]
    for percent in PERCENTS:
        place = np.minimum((up_to < percent / 100.0 - _EDGE).sum(axis=0), len(ordered) - 1)
        rows.append(ordered[place, np.arange(figures.shape[1])])
    return np.array([*rows, ordered[-1]])


def yearly_frame(cash_usd: FloatArray, probability: FloatArray, labels: Sequence[str]) -> pd.DataFrame:
    """Net cash of every calendar year over the scenarios.

    cash_usd : scenarios x months. labels : YYYY-MM of every month.
    """
    years, first = np.unique([label[:4] for label in labels], return_index=True)
    figures = spread(np.add.reduceat(cash_usd, first, axis=1), probability)
    return pd.DataFrame({"year": years.astype(object), **dict(zip(SPREAD, figures, strict=True))})


def distribution_frame(figures: dict[str, FloatArray], probability: FloatArray, alpha: float) -> pd.DataFrame:
    """One row per figure (one number per scenario): its spread, and the mean of its own worst share."""
    rows = [
        (name, *spread(values[:, None], probability)[:, 0], worst_share(values, probability, alpha)[0])
        for name, values in figures.items()
    ]
    return pd.DataFrame(rows, columns=["figure", *SPREAD, "cvar_usd"])


def probability_of_loss(npv_usd: FloatArray, probability: FloatArray) -> float:
    """How likely a plan is worth less than nothing. [-]"""
    return float(probability[npv_usd < LOSS_USD].sum())


def sample_row(npv_usd: FloatArray, probability: FloatArray, alpha: float) -> tuple[float, ...]:
    """Mean, mean of the worst share and probability of loss, each followed by its standard error.

    The errors are those of scenarios drawn one by one: of the mean sd / sqrt(n), of a probability
    sqrt(q (1 - q) / n), of the worst share's mean the sd of max(0, quantile - NPV) / alpha / sqrt(n), which is what it
    tends to when n is large. Scenarios of unequal weight count as n = 1 / sum of the squared weights.
    """
    n = 1.0 / float(probability @ probability)
    mean = float(probability @ npv_usd)
    cvar, weight = worst_share(npv_usd, probability, alpha)
    loss = probability_of_loss(npv_usd, probability)
    short = np.maximum(0.0, npv_usd[weight > 0.0].max() - npv_usd)
    errors = _deviation(npv_usd, probability), _deviation(short, probability) / alpha, np.sqrt(loss * (1.0 - loss))
    root = np.sqrt(n)
    return mean, errors[0] / root, cvar, errors[1] / root, loss, float(errors[2] / root)


def _deviation(values: FloatArray, probability: FloatArray) -> float:
    return float(np.sqrt(probability @ np.square(values - probability @ values)))
