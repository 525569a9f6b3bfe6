"""Decisions under power contracts, made by hand for the tests of their replay."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.proving.replay import Replay, replay
from optimizer.proving.replay_tightest import LimitReplay
from sites.hourly import HourlyPrices
from tests.optimizer.cases import hourly, portfolio, settings, site

# January 2027 has 744 hours. The fleet of 10 MW earns 50 USD/MWh; power costs 30, but 90 in hours 5, 6 and 7.
HOURS = 744
DEAR = {5: 90.0, 6: 90.0, 7: 90.0}
MONTHS = ("2027-01", "2027-02", "2027-03", "2027-04")
BLOCK = {"site": "alpha", "kind": "block", "mw": 4.0, "price_usd_per_mwh": 20.0}
DEMAND = {"site": "alpha", "kind": "demand_charge", "usd_per_kw_month": 2.0}
PEAK = {"site": "alpha", "kind": "coincident_peak", "usd_per_kw_month": 5.0, "hours": 3}
CURTAILMENT = {"site": "alpha", "kind": "curtailment", "hours_per_month": 4, "backup_usd_per_mwh": 100.0}
RESPONSE = {"site": "alpha", "kind": "demand_response", "usd_per_mw_month": 500.0, "hours_per_month": 2}
PROGRAMME_COLUMNS = ["month", "site", "contract", "kind", "name", "mw"]
FLEET_COLUMNS = ["month", "site", "fleet", "energised_mw", "active_mw"]
NO_DEALS = pd.DataFrame(columns=["contract", "site", "start", "mw"])
ECO = {"rig": "rig20", "mode": "eco", "th_s": 60.0, "watts": 1000.0}


def fleet(**changes: Any) -> dict[str, Any]:
    """The fleet of the case with some columns replaced."""
    return {"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0, **changes}


def replayed(
    programmes: list[dict[str, Any]],
    mw: dict[str, dict[str, list[float | None]]],
    *,
    active: dict[str, list[float]] | None = None,
    deals: list[tuple[str, str, str, float]] | None = None,
    prices: HourlyPrices | None = None,
    **changes: Any,
) -> Replay:
    """The replay of decisions, of January alone unless the changes say otherwise.

    mw : by power contract and name, the MW that the plan states, month by month; None is no row. active : by fleet.
    """
    tables = {
        "settings": settings(months=1),
        "sites": [site(power="market")],
        "contracts": [],
        "power_contracts": programmes,
        **changes,
    }
    given = portfolio({"market": hourly(2027, 30.0, DEAR) if prices is None else prices}, **tables)
    months = MONTHS[: given.settings.months]
    ready = {"old": [10.0] * len(months)} if active is None else active
    fleets = [(t, "alpha", name, row[i], row[i]) for name, row in ready.items() for i, t in enumerate(months)]
    stated = [
        (t, "alpha", label, label.split()[0], name, amount)
        for label, names in mw.items()
        for name, row in names.items()
        for t, amount in zip(months, row, strict=True)
        if amount is not None
    ]
    return replay(
        given,
        pd.DataFrame(deals or [], columns=["contract", "site", "start", "mw"]),
        pd.DataFrame(fleets, columns=FLEET_COLUMNS),
        pd.DataFrame(stated, columns=PROGRAMME_COLUMNS),
    )


def january(found: Replay, line: str) -> float:
    """A line of the cash flow in the first month. [USD]"""
    return float(found.lines[line][0, 0])


def limit(found: Replay, name: str) -> LimitReplay:
    """The tightest place of one kind of limit."""
    return next(entry for entry in found.limits if entry.name == name)
