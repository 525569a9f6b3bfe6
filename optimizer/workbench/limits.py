"""How much one user of the workbench may ask of the machine."""

from __future__ import annotations

import os

from optimizer.errors import OptimizerError
from sites.portfolio import Portfolio

MEGABYTE = 1 << 20

MOST_BODY_BYTES = 10 * MEGABYTE
MOST_HEADER_BYTES = 16 * 1024
MOST_JSON_DEPTH = 20

# A child may hold so much memory of its own. The bundled portfolios take some 0.2 GB.
CHILD_MEMORY_MB = 3_072
LIVE_CHILDREN = max(2, min(4, os.cpu_count() or 1))
LONG_CHILDREN = 2
# Programmes that a child keeps warm; those used longest ago go first.
MOST_WARM = 6

LIVE_S, LONG_S = 60.0, 1_800.0
LIVE_SEARCH_S = 20.0
# So long a request waits for a child before it is told that the server is busy.
LIVE_WAIT_S = 20.0
LIVE_WAITING, LONG_WAITING = 64, 20

MOST_SESSIONS = 200
MOST_PORTFOLIOS, MOST_CASES = 20, 200
MOST_JOBS_KEPT = 12
MOST_COMPARED = 6

# A start is a month in which an offer may begin at a site; a programme has a column for each, and for every month of
# every fleet, in every scenario. The largest bundled portfolio has 5,000 of them in all.
MOST_COLUMNS = 400_000


class TooLargeError(OptimizerError):
    """A portfolio is too large to be planned while somebody waits."""

    exit_code = 2


def refuse_giant(portfolio: Portfolio) -> None:
    """Refuse before anything is built what would take a machine's memory.

    Raises
    ------
    TooLargeError : says how large the programme would be at most.
    """
    columns = most_columns(portfolio)
    if columns > MOST_COLUMNS:
        raise TooLargeError(
            f"the portfolio may need {columns:,} columns; the workbench plans up to {MOST_COLUMNS:,}. "
            "`wattsplit plan` has no such limit"
        )


def most_columns(portfolio: Portfolio) -> int:
    """An upper estimate of the columns of a portfolio's programme."""
    months = portfolio.settings.months
    starts = sum(len(offer.sites) * months for offer in portfolio.contracts)
    scenarios = portfolio.risk.paths or len(portfolio.scenarios) or 1
    return starts + len(portfolio.fleets) * months * scenarios
