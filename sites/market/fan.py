"""The quantiles that a fan is drawn of: the sides of bands of 50, 80 and 95 %, and the median."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

QUANTILES = (0.025, 0.10, 0.25, 0.50, 0.75, 0.90, 0.975)
QUANTILE_COLUMNS = ("p2_5", "p10", "p25", "p50", "p75", "p90", "p97_5")


def fan_frame(months: list[str], paths: FloatArray, probability: FloatArray | None = None) -> pd.DataFrame:
    """Mean and quantiles of paths, month by month.

    paths : paths x months. probability : of each path; equally likely when absent, and quantiles then lie between
        paths; with probabilities each is the lowest value that is reached or stayed below so probably.

    Returns
    -------
    Columns month, mean, p2_5, p10, p25, p50, p75, p90, p97_5, in the unit of the paths.
    """
    if probability is None:
        mean, sides = paths.mean(axis=0), np.quantile(paths, QUANTILES, axis=0)
    else:
        mean = probability @ paths
        sides = np.array(
            [np.quantile(paths, share, axis=0, weights=probability, method="inverted_cdf") for share in QUANTILES]
        )
    return pd.DataFrame({"month": months, "mean": mean, **dict(zip(QUANTILE_COLUMNS, sides, strict=True))})
