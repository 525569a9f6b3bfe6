"""Portfolios whose whole numbers take a search more than a moment."""

from __future__ import annotations

import random

from sites.portfolio import Portfolio


def hard_portfolio(offers: int = 40, sites: int = 6, seed: int = 1) -> Portfolio:
    """All-or-nothing offers of odd sizes and nearly equal rents for equal sites: a packing puzzle.

    Forty offers at six sites keep the solver busy for minutes; a handful is solved at once.
    """
    chance = random.Random(seed)
    places = [{"id": f"site{i}", "capacity_mw": 100.0, "power": 35.0} for i in range(sites)]
    contracts = []
    for number in range(offers):
        mw = round(chance.uniform(13.0, 47.0), 1)
        contracts.append(
            {
                "id": f"offer{number}",
                "counterparty": f"tenant{number}",
                "sites": [place["id"] for place in places],
                "max_mw": mw,
                "block_mw": mw,
                "first_start": "2027-06",
                "last_start": "2027-06",
                "build_months": 3,
                "term_months": 120,
                "price_usd_per_kw_month": round(100.0 + chance.uniform(0.0, 3.0), 2),
                "capex_usd_per_mw": 1e6,
                "gross_ratio": 1.0,
            }
        )
    return Portfolio.from_tables(
        {
            "settings": {"name": "packing", "start": "2027-01", "months": 24, "discount_rate": 0.1},
            "sites": places,
            "rigs": [{"id": "rig", "th_s": 200.0, "watts": 3500.0}],
            "fleets": [{"id": f"fleet{i}", "site": f"site{i}", "rig": "rig", "mw": 100.0} for i in range(sites)],
            "hashprice": [{"month": "2027-01", "usd_per_ph_day": 35.0}],
            "contracts": contracts,
        }
    )
