"""Synthetic portfolios with hourly prices and every kind of power contract, the same for every peer: fixed seed."""

from __future__ import annotations

import calendar
from typing import Any

import numpy as np

from benchmarks.instance import month
from sites.hourly import HourlyPrices

FLEETS_PER_SITE = 4
MARKETS = 4
RIGS = ((100.0, 3050.0), (140.0, 3010.0), (200.0, 3500.0), (234.0, 3510.0))
CAPACITY_MW = 200.0


def hourly_prices(name: str, years: int, seed: int) -> HourlyPrices:
    """Prices with a daily shape, noise, negative hours and scarcity, to the cent. [USD/MWh]"""
    random = np.random.default_rng(seed)
    span = tuple(range(2017, 2017 + years))
    hours = sum(8784 if calendar.isleap(year) else 8760 for year in span)
    price = (28.0 + 4.0 * seed + 12.0 * np.sin(np.arange(hours) % 24 / 24 * 2 * np.pi)) * random.lognormal(
        0.0, 0.5, hours
    )
    kind = random.random(hours)
    price = np.where(kind < 0.03, -random.uniform(0.0, 20.0, hours), price)
    price = np.where(kind > 0.99, random.uniform(200.0, 3000.0, hours), price)
    return HourlyPrices(name, span, np.round(price, 2))


def power_contracts(site: str, number: int) -> list[dict[str, Any]]:
    """One contract of every kind; blocks, fees and ratchets differ from site to site."""
    block: dict[str, Any] = {"site": site, "kind": "block", "mw": 80.0, "price_usd_per_mwh": 34.0}
    block |= {"resale": "none"} if number % 2 else {"resale": "spot", "resale_fee_usd_per_mwh": 4.0}
    demand: dict[str, Any] = {"site": site, "kind": "demand_charge", "usd_per_kw_month": 3.0}
    demand |= {"ratchet_share": 0.8, "ratchet_months": 11} if number % 4 == 0 else {}
    return [
        block,
        demand,
        {"site": site, "kind": "coincident_peak", "usd_per_kw_month": 5.0, "hours": 4, "months": [6, 7, 8, 9]},
        {"site": site, "kind": "curtailment", "hours_per_month": 3, "backup_usd_per_mwh": 250.0},
        {"site": site, "kind": "demand_response", "usd_per_mw_month": 4000.0, "max_mw": 60.0, "hours_per_month": 12},
    ]


def hourly_tables(sites: int, years: int) -> tuple[dict[str, Any], dict[str, HourlyPrices]]:
    """Tables and prices of `sites` with 4 fleets each over `years`, on as many years of hourly prices."""
    names = [f"site-{i:02d}" for i in range(sites)]
    months = 12 * years
    path = 44.0 - 0.08 * np.arange(months) + 4.0 * np.sin(np.arange(months))
    tables: dict[str, Any] = {
        "settings": {
            "name": f"hourly-{sites}-{years}",
            "start": month(0),
            "months": months,
            "discount_rate": 0.12,
            "ai_discount_rate": 0.09,
        },
        "sites": [
            {
                "id": name,
                "capacity_mw": CAPACITY_MW,
                "power": f"market-{i % MARKETS}",
                "adder_usd_per_mwh": float(i % 5),
            }
            for i, name in enumerate(names)
        ],
        "rigs": [{"id": f"rig-{k}", "th_s": th_s, "watts": watts} for k, (th_s, watts) in enumerate(RIGS)],
        "fleets": [
            {
                "id": f"{name}-{k}",
                "site": name,
                "rig": f"rig-{k}",
                "mw": 50.0,
                "uptime": 0.97,
                "fixed_opex_usd_per_mw_month": 2000.0,
            }
            for name in names
            for k in range(FLEETS_PER_SITE)
        ],
        "hashprice": [{"month": month(t), "usd_per_ph_day": round(float(usd), 3)} for t, usd in enumerate(path)],
        "contracts": [
            {
                "id": f"offer-{i:02d}",
                "sites": [name],
                "max_mw": 60.0,
                "first_start": month(4),
                "last_start": month(9),
                "build_months": 4,
                "term_months": 120,
                "price_usd_per_kw_month": 95.0 + 3.0 * i,
                "capex_usd_per_mw": 2.5e6 * min(1.0, years / 5.0),
                "power": "included" if i % 2 else "pass_through",
            }
            for i, name in enumerate(names)
        ],
        "power_contracts": [row for i, name in enumerate(names) for row in power_contracts(name, i)],
    }
    prices = {f"market-{m}": hourly_prices(f"market-{m}", years, m) for m in range(MARKETS)}
    return tables, prices
