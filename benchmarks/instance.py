"""Synthetic portfolios of any size, the same for every peer: fixed seed, realistic numbers, all limits in play."""

from __future__ import annotations

from typing import Any

import numpy as np

from sites.portfolio import Portfolio

MONTHS = 120
FLEETS_PER_SITE = 4
OFFERS_PER_SITE = 2
REGIONS = ("ercot", "nyiso", "pjm", "miso", "spp")
COUNTERPARTIES = ("north", "south", "east", "west", "lab", "cloud")


def month(index: int) -> str:
    """Label of a month counted from January 2027."""
    return f"{2027 + index // 12}-{index % 12 + 1:02d}"


def tables(sites: int, seed: int = 0) -> dict[str, Any]:
    """Input tables of a portfolio with 120 months, 4 fleets and 2 offers of 24 to 36 start months per site.

    Capex budget by year, a build limit, and shares of region and counterparty couple the sites.
    """
    random = np.random.default_rng(seed)
    capacity = random.uniform(50.0, 400.0, sites).round(1)
    rigs = [
        {"id": f"rig-{j:g}", "th_s": 100.0, "watts": 100.0 * j} for j in np.linspace(12.0, 34.0, 23).round(1).tolist()
    ]
    hashprice = 44.0 * np.exp(-0.004 * np.arange(MONTHS) + np.cumsum(random.normal(0.0, 0.03, MONTHS)))
    site_rows, fleet_rows, offer_rows = [], [], []
    for i in range(sites):
        site_rows.append(
            {
                "id": f"site-{i:03d}",
                "capacity_mw": float(capacity[i]),
                "ai_max_mw": round(float(capacity[i]) * 0.7, 1),
                "mining_ready_mw": round(float(capacity[i]) * 0.9, 1),
                "power": round(float(random.uniform(25.0, 65.0)), 2),
                "escalation": 0.02,
                "region": REGIONS[i % len(REGIONS)],
            }
        )
        for k in range(FLEETS_PER_SITE):
            fleet_rows.append(
                {
                    "id": f"fleet-{i:03d}-{k}",
                    "site": f"site-{i:03d}",
                    "rig": rigs[int(random.integers(len(rigs)))]["id"],
                    "mw": round(float(capacity[i] * random.uniform(0.15, 0.4)), 2),
                    "uptime": 0.96,
                    "fixed_opex_usd_per_mw_month": 4000.0,
                }
            )
        for c in range(OFFERS_PER_SITE):
            build = int(random.integers(9, 16))
            first = int(random.integers(build, 30))
            offer_rows.append(
                {
                    "id": f"offer-{i:03d}-{c}",
                    "counterparty": COUNTERPARTIES[int(random.integers(len(COUNTERPARTIES)))],
                    "sites": [f"site-{i:03d}"],
                    "max_mw": round(float(capacity[i]) * 0.5, 1),
                    "first_start": month(first),
                    "last_start": month(first + int(random.integers(24, 37)) - 1),
                    "build_months": build,
                    "disruption_months": 6 if c == 0 else 0,
                    "retrofit": c == 0,
                    "term_months": int(random.choice([60, 96, 144])),
                    "price_usd_per_kw_month": round(float(random.uniform(95.0, 150.0)), 2),
                    "escalator": 0.03,
                    "ramp_months": 3,
                    "gross_ratio": round(float(random.uniform(1.2, 1.5)), 2),
                    "capex_usd_per_mw": round(float(random.uniform(4e6, 11e6)), -3),
                    "opex_usd_per_kw_month": 12.0,
                }
            )
    budget = [{"month": month(12 * year), "usd": sites * 60e6 * (year + 1)} for year in range(MONTHS // 12)]
    return {
        "settings": {
            "name": f"benchmark-{sites}",
            "start": month(0),
            "months": MONTHS,
            "discount_rate": 0.15,
            "ai_discount_rate": 0.09,
            "pool_fee": 0.01,
        },
        "sites": site_rows,
        "rigs": rigs,
        "fleets": fleet_rows,
        "hashprice": [{"month": month(t), "usd_per_ph_day": round(float(h), 3)} for t, h in enumerate(hashprice)],
        "contracts": offer_rows,
        "limits": {
            "capex_budget": budget,
            "max_build_mw": sites * 12.0,
            "region_share_max": 0.3,
            "counterparty_share_max": 0.3,
        },
    }


def portfolio(sites: int, seed: int = 0) -> Portfolio:
    """The synthetic portfolio as records."""
    return Portfolio.from_tables(tables(sites, seed))
