"""A portfolio in which all of capital is at stake: AI capex paid by loans, shares, coin and scrapped machines."""

from __future__ import annotations

from typing import Any

from sites.portfolio import Portfolio

SCENARIOS: dict[str, Any] = {
    "hashprice": [
        {"month": "2027-01", "usd_per_ph_day": 40.0},
        {"month": "2027-01", "usd_per_ph_day": 26.0, "scenario": "low"},
        {"month": "2027-01", "usd_per_ph_day": 60.0, "scenario": "high"},
    ],
    "scenarios": [
        {"id": "middle", "probability": 0.6, "hashprice": "base"},
        {"id": "bad", "probability": 0.2, "hashprice": "low", "power_factor": 1.2},
        {"id": "good", "probability": 0.2, "hashprice": "high", "build_delay_months": 2},
    ],
}


def financed(**tables: Any) -> Portfolio:
    """The portfolio; keywords replace tables."""
    given: dict[str, Any] = {
        "settings": {
            "name": "financed", "start": "2027-01", "months": 24, "discount_rate": 0.12, "contract_tail": 1.0,
        },
        "sites": [
            {"id": "a", "capacity_mw": 50.0, "power": 40.0, "fixed_cost_usd_per_month": 100_000.0},
            {"id": "b", "capacity_mw": 30.0, "power": 30.0},
        ],
        "rigs": [{"id": "s21", "th_s": 200.0, "watts": 3500.0}],
        "fleets": [
            {"id": "old", "site": "a", "rig": "s21", "mw": 40.0},
            {"id": "new", "site": "b", "rig": "s21", "mw": 0.0, "max_mw": 30.0},
        ],
        "hashprice": [{"month": "2027-01", "usd_per_ph_day": 40.0}],
        "contracts": [offer()],
        "rig_offers": [{"id": "bulk", "rig": "s21", "usd_per_th": 5.0, "max_mw": 30.0, "lead_months": 2}],
        "rig_stock": [
            {
                "rig": "s21", "install_usd_per_mw": 10_000.0, "uninstall_usd_per_mw": 5_000.0, "move_months": 1,
                "sell_usd_per_th": 4.0, "sell_decline": 0.02, "residual_usd_per_th": 1.0,
            }
        ],
        "hall_builds": [{"id": "hall", "site": "b", "usd_per_mw": 300_000.0, "max_mw": 10.0, "lead_months": 3}],
        "loans": [
            {
                "id": "project", "limit_usd": 30e6, "rate": 0.08, "fee": 0.01, "grace_months": 3, "tenor_months": 36,
                "contract": "hyper", "capex_share": 0.6, "last_draw": "2027-12",
            },
            {
                "id": "bridge", "limit_usd": 5e6, "rate": 0.15, "tenor_months": 12, "repayment": "bullet",
                "opening_usd": 2e6,
            },
        ],
        "equity": [{"id": "shares", "limit_usd": 100e6, "cost": 0.1}],
        "treasury": {"opening_btc": 100.0, "btc_price_usd": 80_000.0, "btc_growth": 0.3},
        "tax": {"rate": 0.21, "opening_losses_usd": 10e6, "bonus_share": 0.4},
        "liquidity": {"opening_cash_usd": 3e6, "min_cash_usd": 2e6, "overhead_usd_per_month": 200_000.0},
    }  # fmt: skip
    return Portfolio.from_tables(given | tables)


def offer(**columns: Any) -> dict[str, Any]:
    """The AI offer at site a."""
    terms = {
        "id": "hyper", "sites": ["a"], "max_mw": 20.0, "first_start": "2027-06", "last_start": "2027-10",
        "build_months": 5, "term_months": 60, "price_usd_per_kw_month": 250.0, "capex_usd_per_mw": 3e6,
    }  # fmt: skip
    return terms | columns
