"""A network history as text that reads back to an equal one."""

from __future__ import annotations

import numpy as np

from sites.network_history.history import COLUMNS, NetworkHistory


def network_history_csv(history: NetworkHistory) -> str:
    """The daily frame as CSV, numbers to the last digit, blank where unknown."""
    days = history.frame.index.strftime("%Y-%m-%d")
    rows = zip(days, *(history.frame[name].tolist() for name in COLUMNS), strict=True)
    lines = (",".join([day, *("" if np.isnan(value) else repr(value) for value in values)]) for day, *values in rows)
    return "\n".join([",".join(("day", *COLUMNS)), *lines]) + "\n"
