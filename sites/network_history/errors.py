"""The error of files that cannot be used as a network history."""

from __future__ import annotations

from sites.findings import PortfolioError


class NetworkHistoryError(PortfolioError):
    """Files of a network history cannot be used; ``findings`` lists everything that is wrong with them."""
