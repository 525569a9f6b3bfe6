"""Histories of a network that never was, made from rules that are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sites.network_history import NetworkHistory

FIRST_DAY = "2021-06-01"
FEES_PER_SUBSIDY = 0.02


def made_history(
    days: int = 1700, *, volatility: float = 0.03, growth: float = 0.001, first: str = FIRST_DAY, seed: int = 5
) -> NetworkHistory:
    """A price without drift, a hashrate that grows by so much a day, 144 blocks and 2 % of fees a day."""
    rng = np.random.default_rng(seed)
    index = pd.date_range(first, periods=days, tz="UTC", name="day")
    price = 40_000.0 * np.exp(np.cumsum(volatility * rng.standard_normal(days)))
    network = 150.0 * np.exp(growth * np.arange(days))
    halving = index >= pd.Timestamp("2024-04-20", tz="UTC")
    subsidy = 144.0 * np.where(halving, 3.125, 6.25)
    return NetworkHistory(
        pd.DataFrame(
            {
                "price_usd": price,
                "network_eh_s": network,
                "difficulty": network * 1e18 * 600.0 / 2.0**32,
                "subsidy_btc": subsidy,
                "fees_btc": FEES_PER_SUBSIDY * subsidy,
            },
            index=index,
        ),
        files=("made.csv",),
    )
