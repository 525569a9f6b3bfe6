"""What a plan is: its tables, its headline numbers and its proof."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from optimizer.proving.proof import Proof
from sites.portfolio import Portfolio

# Columns of every table a plan writes, in order. One row per index tuple; units are in the names.
SCHEMAS: dict[str, tuple[str, ...]] = {
    "allocation": ("month", "site", "use", "name", "mw"),
    "fleets": (
        "month",
        "site",
        "fleet",
        "energised_mw",
        "mining_mw",
        "active_mw",
        "enrolled_mw",
        "run_hours",
        "energy_mwh",
        "hashrate_ph_s",
        "revenue_usd",
        "pool_fee_usd",
        "power_usd",
        "variable_opex_usd",
        "fixed_opex_usd",
        "peak_charge_usd",
        "demand_response_usd",
    ),
    "cashflow": ("month", "site", "line", "usd"),
    "contracts": (
        "contract",
        "site",
        "start",
        "mw",
        "npv_usd",
        "irr",
        "payback_months",
        "reservation_usd_per_kw_month",
        "reservation_basis",
        "counterparty",
        "gross_mw",
        "capex_usd",
        "first_year_rent_usd",
        "tail_npv_usd",
    ),
    "shadow_prices": ("month", "site", "usd_per_mw_month"),
    "sites": (
        "site",
        "region",
        "capacity_mw",
        "npv_usd",
        "capex_usd",
        "peak_ai_mw",
        "average_mining_mw",
        "capacity_value_usd_per_mw_month",
        "breakeven_hashprice_usd_per_ph_day",
        "flip_hashprice_usd_per_ph_day",
    ),
    "limits": ("limit", "where", "month", "unit", "bound", "level", "slack", "price_usd_per_unit", "value_usd"),
    "terms": ("case", "term", "npv_usd"),
    "hours": (
        "year",
        "site",
        "fleet",
        "mining_mw",
        "hours",
        "run_hours",
        "energy_mwh",
        "average_price_usd_per_mwh",
        "market_average_usd_per_mwh",
        "curtailment_value_usd",
    ),
    "power": (
        "year",
        "site",
        "mining_mwh",
        "ai_mwh",
        "spot_usd",
        "block_gain_usd",
        "demand_charge_usd",
        "peak_charge_usd",
        "peak_charge_avoided_usd",
        "backup_usd",
        "demand_response_usd",
        "curtailment_value_usd",
        "average_price_usd_per_mwh",
        "market_average_usd_per_mwh",
    ),
    "why_not": (
        "kind",
        "name",
        "site",
        "start",
        "lever",
        "unit",
        "now",
        "needed",
        "change",
        "basis",
        "reason",
    ),
    "programmes": ("month", "site", "contract", "kind", "name", "mw", "billed_mw", "usd"),
    "scenarios": ("scenario", "probability", "weight", "npv_usd"),
    "capital": ("month", "decision", "name", "quantity", "unit", "npv_usd"),
    "machines": ("month", "rig", "fleet", "mw"),
    "cash": (
        "month",
        "cash_usd",
        "min_cash_usd",
        "price_usd_per_usd",
        "operating_usd",
        "net_rent_usd",
        "capex_usd",
        "debt_usd",
        "service_usd",
        "coin_btc",
        "coin_usd",
    ),
    "debt": ("month", "loan", "drawn_usd", "fee_usd", "interest_usd", "principal_usd", "owed_usd"),
    "statements": ("period", "kind", "statement", "line", "usd"),
    "rules": ("rule", "where", "binding_months", "cost_usd"),
}


@dataclass(frozen=True)
class Frames:
    """The tables of a plan; their columns are SCHEMAS, their meaning is in docs/tables.md.

    allocation : MW by month, site and use; the rows of a site and month add up to its capacity. AI and
        construction are MW of site capacity. [MW]
    fleets : what each fleet does each month; costs are positive. [MW, h, MWh, PH/s, USD]
    cashflow : undiscounted expected cash flow; costs are negative. [USD]
    contracts : one row per taken start, one with 0 MW per offer that is not taken.
    shadow_prices : what one more MW of capacity in a month is worth, undiscounted to it. [USD/MW-month]
    sites : one row per site. limits : every limit that binds at a price. terms : NPV by term and case.
    hours : what each fleet ran and paid in each calendar year. power : the same for each site, with its contracts.
    why_not : what every rejected offer, start, site and fleet would need; empty where it was not asked for.
    programmes : what every power contract brings or costs in every month in force, by whoever takes part. [MW, USD]
    scenarios : NPV of the plan in every scenario; its weight is what the objective gives it at the margin.
    capital : what is bought, sold, built, drawn and closed. machines : where machines stand. debt : every loan.
    cash : the cash account, and what one more dollar would be worth. statements : income, cash flow and balance.
    rules : what every rule about money costs. All six are empty where no table of capital asks for them.
    """

    allocation: pd.DataFrame
    fleets: pd.DataFrame
    cashflow: pd.DataFrame
    contracts: pd.DataFrame
    shadow_prices: pd.DataFrame
    sites: pd.DataFrame
    limits: pd.DataFrame
    terms: pd.DataFrame
    hours: pd.DataFrame
    power: pd.DataFrame
    why_not: pd.DataFrame
    programmes: pd.DataFrame
    scenarios: pd.DataFrame
    capital: pd.DataFrame
    machines: pd.DataFrame
    cash: pd.DataFrame
    debt: pd.DataFrame
    statements: pd.DataFrame
    rules: pd.DataFrame

    def items(self) -> list[tuple[str, pd.DataFrame]]:
        """The tables with their names, in the order they are written."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


@dataclass(frozen=True)
class Plan:
    """The plan of a portfolio, proved.

    status : "optimal", or "best found" where the search for whole numbers of lumpy offers was stopped before its gap
        was reached; a plan in any other state does not exist.
    summary : the headline numbers, as written to summary.json. USD and MW.
    certificate : the checks made outside the solver, as written to certificate.json.
    manifest : solver, versions, options and seconds by stage.
    proof : the compiled programme with its primal and dual solution.
    """

    portfolio: Portfolio
    status: str
    frames: Frames
    summary: dict[str, Any]
    certificate: dict[str, Any]
    manifest: dict[str, Any]
    proof: Proof
