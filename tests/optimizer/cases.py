"""Eye-sized portfolios that the optimizer's tests share."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from optimizer.compiling import compile_portfolio
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters
from sites.hourly import HourlyPrices, hours_in_year
from sites.portfolio import Portfolio

# A rig of 20 J/TH: 1 MW yields 1000 / 20 = 50 PH/s, so a hashprice of 24 USD/PH/day earns 50 USD/MWh.
RIG = {"id": "rig20", "th_s": 100.0, "watts": 2000.0}


def tables(**changes: Any) -> dict[str, Any]:
    """One site of 10 MW, one fleet of 10 MW, one offer of up to 4 critical MW, six months, no discounting.

    January to June 2027: 744, 672, 744, 720, 744 and 720 hours. Mining earns 50 - 30 = 20 USD/MWh. The offer may
    start in March or April, needs two months of building at 600,000 USD per MW and pays 100 USD/kW-month.
    """
    given: dict[str, Any] = {
        "settings": {"name": "case", "start": "2027-01", "months": 6, "discount_rate": 0.0},
        "sites": [{"id": "alpha", "capacity_mw": 10.0, "power": 30.0}],
        "rigs": [RIG],
        "fleets": [{"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0}],
        "hashprice": [{"month": "2027-01", "usd_per_ph_day": 24.0}],
        "contracts": [
            {
                "id": "lab",
                "counterparty": "Lab",
                "sites": ["alpha"],
                "max_mw": 4.0,
                "first_start": "2027-03",
                "last_start": "2027-04",
                "build_months": 2,
                "term_months": 120,
                "price_usd_per_kw_month": 100.0,
                "gross_ratio": 1.25,
                "capex_usd_per_mw": 100_000.0,
            }
        ],
    }
    given = copy.deepcopy(given)
    given.update(changes)
    return given


def portfolio(prices: dict[str, HourlyPrices] | None = None, **changes: Any) -> Portfolio:
    """The case with some tables replaced."""
    return Portfolio.from_tables(tables(**changes), prices=prices)


def offer(**changes: Any) -> dict[str, Any]:
    """The offer of the case with some columns replaced."""
    return {**tables()["contracts"][0], **changes}


def site(**changes: Any) -> dict[str, Any]:
    """The site of the case with some columns replaced."""
    return {**tables()["sites"][0], **changes}


def settings(**changes: Any) -> dict[str, Any]:
    """The settings of the case with some columns replaced."""
    return {**tables()["settings"], **changes}


def compiled(**changes: Any) -> tuple[Parameters, Matrices]:
    """Parameters and matrices of the case with some tables replaced."""
    return compile_portfolio(portfolio(**changes))


def row(matrices: Matrices, name: str) -> tuple[dict[str, float], float, float]:
    """Coefficients by column name, lower and upper side of one row."""
    position = matrices.row_names.index(name)
    dense = np.asarray(matrices.a[position].todense()).ravel()
    coefficients = {matrices.col_names[j]: float(dense[j]) for j in np.flatnonzero(dense)}
    return coefficients, float(matrices.row_lower[position]), float(matrices.row_upper[position])


def bound(matrices: Matrices, name: str) -> tuple[float, float]:
    """Lower and upper bound of one column."""
    position = matrices.col_names.index(name)
    return float(matrices.col_lower[position]), float(matrices.col_upper[position])


def hourly(year: int, price: float, dear: dict[int, float] | None = None) -> HourlyPrices:
    """A year of one price, some hours of the year (by number) replaced."""
    prices = np.full(hours_in_year(year), price)
    for hour, other in (dear or {}).items():
        prices[hour] = other
    return HourlyPrices("market", (year,), prices)
