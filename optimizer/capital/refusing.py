"""Questions that are answered for portfolios without capital only."""

from __future__ import annotations

from optimizer.capital.capital import has_capital
from optimizer.errors import CapitalError
from sites.portfolio import Portfolio


def refuse_capital(portfolio: Portfolio, what: str) -> None:
    """Refuse a portfolio that has any table of capital.

    what : that is asked for, as the beginning of a sentence.

    Raises
    ------
    CapitalError : says how to ask it all the same.
    """
    if has_capital(portfolio):
        raise CapitalError(
            f"{what} in which machines, sites, loans, shares, coin, tax or cash are decided; leave these tables out "
            "with --without-capital (in Python: portfolio.without_capital())"
        )


def refuse_money(portfolio: Portfolio, what: str) -> None:
    """Refuse a portfolio whose rents are in rows of cash, coverage or tax.

    Raises
    ------
    CapitalError : says how to ask it all the same.
    """
    covered = any(loan.min_dscr is not None for loan in portfolio.loans)
    if portfolio.liquidity is not None or portfolio.tax is not None or covered:
        raise CapitalError(
            f"{what} whose cash, tax or loan coverage hangs on the rent; leave these tables out with --without-capital "
            "(in Python: portfolio.without_capital()), or ask with whatif, which plans them anew"
        )
