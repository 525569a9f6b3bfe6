"""What the Bitcoin network did day by day, from users' files: price, hashrate, difficulty and what miners were paid."""

from __future__ import annotations

from sites.network_history.history import NetworkHistory
from sites.network_history.reading import NetworkHistoryError, read_network_history, series_and_units

__all__ = ["NetworkHistory", "NetworkHistoryError", "read_network_history", "series_and_units"]
