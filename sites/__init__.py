"""What is given: the records of a portfolio, read from files or frames and checked.

>>> from sites import load_portfolio
>>> portfolio = load_portfolio("my-portfolio")  # doctest: +SKIP
"""

from sites.edits import Edit, add_contracts, changed, dropped, edited, parse_edit
from sites.findings import Finding, PortfolioError
from sites.load import load_portfolio
from sites.portfolio import Portfolio
from sites.records import (
    CapacityStep,
    CapexBudgetStep,
    Contract,
    Fleet,
    Hashprice,
    Limits,
    PowerSeries,
    Record,
    Rig,
    Settings,
    Site,
)
from sites.save import save_portfolio

__all__ = [
    "CapacityStep",
    "CapexBudgetStep",
    "Contract",
    "Edit",
    "Finding",
    "Fleet",
    "Hashprice",
    "Limits",
    "Portfolio",
    "PortfolioError",
    "PowerSeries",
    "Record",
    "Rig",
    "Settings",
    "Site",
    "add_contracts",
    "changed",
    "dropped",
    "edited",
    "load_portfolio",
    "parse_edit",
    "save_portfolio",
]
