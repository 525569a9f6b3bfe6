"""Where every table and chart of the report comes from: the file beside the page, and what picks its rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """The file that holds the figures unrounded, and how a figure is found in it."""

    file: str
    rows: str


_CONTRACTS = Source("contracts.csv", "by contract, site and start")
_SITES = Source("sites.csv", "by site")
_TERMS = Source("terms.csv", "by case and term")
_CASH = Source("cashflow.csv", "summed over sites and the months of a year, by line")
_WHY_NOT = Source("why_not.csv", "by name, site, start and lever")
_HOURS = Source("hours.csv", "by year, site and fleet")
_POWER = Source("power.csv", "by year and site")
_MIX = Source("allocation.csv", "means over the months, by use")
_STATEMENTS = Source("statements.csv", "of kind year, by statement and line")
_CHECKS = Source("certificate.json", "by name of the check")
_INPUTS = Source("inputs/portfolio.yaml", "as given")
_ACCOUNT = Source("cash.csv", "by month")

SOURCES: dict[str, Source] = {
    "portfolio-mw": _MIX,
    "site-mw": _MIX,
    "mix-by-year": _MIX,
    "mix-by-site": _MIX,
    "contracts": _CONTRACTS,
    "offers-passed-over": Source("why_not.csv", "of kind offer, by name and lever; rents are in contracts.csv"),
    "why-not-places": _WHY_NOT,
    "why-not-starts": _WHY_NOT,
    "why-not-all-starts": _WHY_NOT,
    "sites": _SITES,
    "capacity-value": _SITES,
    "site-hashprices": _SITES,
    "baselines": Source("terms.csv", "summed by case"),
    "npv-bridge": Source("terms.csv", "the plan's terms less those of the case it starts from"),
    "cases": _TERMS,
    "limits": Source("limits.csv", "value_usd summed by limit and place"),
    "cash": _CASH,
    "sources-and-uses": _CASH,
    "sources": _CASH,
    "cash-account": _ACCOUNT,
    "cash-by-year": _ACCOUNT,
    "dear-cash": _ACCOUNT,
    "loans": Source("debt.csv", "by month and loan"),
    "rules": Source("rules.csv", "by rule and place"),
    "decisions": Source("capital.csv", "by month, decision and name"),
    "btc-costs": Source("statements.csv", "lines of the income statement per BTC mined; hashrate is in fleets.csv"),
    "statement-income": _STATEMENTS,
    "statement-cash-flow": _STATEMENTS,
    "statement-balance": _STATEMENTS,
    "scenarios": Source("scenarios.csv", "by scenario"),
    "npv-distribution": Source("scenarios.csv", "npv_usd in order, with the probability up to it"),
    "hashprice-spread": _INPUTS,
    "hours-price": _POWER,
    "hours-worth": _POWER,
    "power-price": _POWER,
    "power-worth": _POWER,
    "power-sites": _POWER,
    "power-site-years": _POWER,
    "site-prices": _POWER,
    "power-fleets": _HOURS,
    "fleet-hours": _HOURS,
    "power-contracts": Source("programmes.csv", "by month, site and contract"),
    "hashprice": _INPUTS,
    "power": Source("inputs/portfolio.yaml", "and the files in inputs/prices"),
    "settings": _INPUTS,
    "register": _INPUTS,
    "checks": _CHECKS,
    "check-groups": _CHECKS,
}
