"""The families of limits, in the words and units that reports and messages use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """One family of rows or column bounds.

    title : what a planner calls the limit. unit : of its bound.
    units_per_lp_unit : bounds of the programme times this are in `unit`.
    """

    title: str
    unit: str
    units_per_lp_unit: float = 1.0


# Rows of money are in 10,000 USD.
USD_PER_ROW = 1e4

LIMITS: dict[str, Family] = {
    "site_capacity": Family("capacity of site", "MW"),
    "mining_halls": Family("mining halls of site", "MW"),
    "ai_limit": Family("AI limit of site", "MW"),
    "curtailable_share": Family("curtailable share of site", "MW"),
    "offer_size": Family("size of offer", "MW critical"),
    "least_size": Family("least size of offer", "MW critical"),
    "exclusive_group": Family("exclusive group", "offers"),
    "required_offer": Family("requirement of offer", "offers"),
    "committed_deal": Family("deal already signed", "MW critical"),
    "pinned_start": Family("decision forced on offer", "MW critical"),
    "fleet_size": Family("installed fleet", "MW"),
    "capex_budget": Family("capex budget", "USD", 1e6),
    "build_limit": Family("build limit", "MW"),
    "ai_share_min": Family("lowest AI share", "MW"),
    "ai_share_max": Family("highest AI share", "MW"),
    "min_hashrate": Family("lowest hashrate", "EH/s"),
    "counterparty_share": Family("highest share of counterparty", "MW critical"),
    "region_share": Family("highest share of region", "MW"),
    "enrolment": Family("size of demand response programme", "MW"),
    "cooled_halls": Family("halls by cooling of site", "MW"),
    "site_closed": Family("closing of site", "MW"),
    "rig_supply": Family("rig offer", "MW"),
    "hall_supply": Family("halls to be built", "MW"),
    "expansion_supply": Family("expansion", "MW"),
    "fleet_room": Family("room of fleet", "MW"),
    "loan_limit": Family("limit of loan", "USD", 1e6),
    "share_limit": Family("limit of share issue", "USD", 1e6),
    "loan_capex_share": Family("capex share of loan", "USD", USD_PER_ROW),
    "loan_coverage": Family("debt service coverage of loan", "USD", USD_PER_ROW),
    "debt_to_income": Family("debt to contracted income", "USD", USD_PER_ROW),
    "debt_coverage": Family("debt service coverage", "USD", USD_PER_ROW),
    "least_cash": Family("least cash", "USD", 1e6),
    "scenario_cash": Family("least cash in scenario", "USD", USD_PER_ROW),
}

# Limits between decisions in whole numbers: once these are fixed, relaxing such a limit is worth nothing.
WHOLE_LIMITS = ("exclusive_group", "required_offer")

# Rows whose limit holds only for an offer that is taken.
OF_TAKEN_OFFERS = ("least_size", "taken_size")

# Rows known to planners by another name.
LIMIT_OF_ROW: dict[str, str] = {"taken_size": "offer_size"}

# Bounds of variables are limits too, known to planners by another name than the variable.
LIMIT_OF_COLUMN: dict[str, str] = {
    "signed_mw": "offer_size",
    "mining_mw": "fleet_size",
    "ai_mw": "ai_limit",
    "retrofit_mw": "mining_halls",
    "building_mw": "build_limit",
    "installed_mw": "fleet_room",
    "cash_usd_m": "least_cash",
}

# Of these columns it is the lower bound that is a limit.
LOWER_LIMITS = ("cash_usd_m",)
