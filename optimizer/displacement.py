"""What a deal displaces: the plan without it, less everything else in the plan with it.

The deal's own value less what it displaces is what it adds to the optimum, to the cent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.frames import mining_lines, terms_by_site
from optimizer.horizon import USD_PER_USD_M
from optimizer.parameters import PH_PER_EH
from optimizer.warm import Solved

COLUMNS = ("at", "kind", "name", "site", "mw", "mw_months", "hashrate_eh_s", "usd")
FLEET, OFFER, BILL = "fleet", "offer", "site bill"
# MW, MW-months and dollars below these are the solver's rounding.
_LEAST_MW, _LEAST_MW_MONTHS, _LEAST_USD = 1e-7, 1e-5, 0.5


@dataclass(frozen=True)
class Exchange:
    """A deal against what it displaces, in present value. [USD]

    at : where on the bid curve. rent : there. [USD/kW-month] mw : of the deal. [MW critical]
    own_npv_usd : of the deal's own cash flows. opportunity_cost_usd : of everything else without it, less with it.
    gain_usd : what the deal adds to the optimum, as the solver has it.
    """

    at: str
    rent_usd_per_kw_month: float
    mw: float
    own_npv_usd: float
    opportunity_cost_usd: float
    gain_usd: float


def exchange(at: str, contract: str, taken: Solved, without: Solved, rent: float) -> tuple[Exchange, pd.DataFrame]:
    """What is displaced by a deal at a rent at which the plan `taken` is optimal.

    taken : may have been solved at another rent of the deal; its own value is reckoned at `rent`.

    Returns
    -------
    The balance, and one row per fleet, other offer and site bill that differs: at, kind, name, site, mw (mean over the
    horizon; of an offer its critical MW), mw_months (MW of site capacity times months), hashrate_eh_s (mean over the
    horizon), usd (present value). Positive is what is lost; the dollars add up to the opportunity cost.
    """
    position = next(c for c, offer in enumerate(taken.p.starts.offers) if offer.id == contract)
    price = taken.p.starts.offers[position].price_usd_per_kw_month
    table = _difference(_ledger(without, position), _ledger(taken, position))
    cost = float(table["usd"].sum())
    own_there = _own_npv(taken, position, 0.0)
    own = _own_npv(taken, position, rent - price)
    sizes = taken.signed_mw[taken.p.starts.offer == position]
    balance = Exchange(
        at=at,
        rent_usd_per_kw_month=rent,
        mw=float(np.maximum(0.0, sizes).sum()),
        own_npv_usd=own,
        opportunity_cost_usd=cost,
        gain_usd=taken.npv_usd - without.npv_usd + own - own_there,
    )
    table["mw"] = table["mw"].where(table["mw"].abs() > _LEAST_MW, 0.0)
    large = (table["mw_months"].abs() > _LEAST_MW_MONTHS) | (table["usd"].abs() > _LEAST_USD)
    return balance, table[large].assign(at=at)[list(COLUMNS)].reset_index(drop=True)


def _own_npv(solved: Solved, position: int, higher: float) -> float:
    """Of the deal's own cash flows, at a rent that is so much higher than in the portfolio. [USD]"""
    value = solved.p.start_value_usd_m + higher * solved.p.price_slope_usd_m
    starts, mw = solved.operations.starts, solved.operations.signed_mw
    own = solved.p.starts.offer[starts] == position
    return float(value[starts[own]] @ mw[own]) * USD_PER_USD_M


def _ledger(solved: Solved, position: int) -> pd.DataFrame:
    """MW, hashrate and present value of everything but one deal, by fleet, other offer and site bill."""
    p, operations = solved.p, solved.operations
    months = p.horizon.months
    ids = [site.id for site in p.sites]
    rest = np.asarray(sum(terms_by_site(p, operations).values()))
    rows: list[tuple[str, str, str, float, float, float, float]] = []
    earned = np.asarray(sum(mining_lines(operations).values())) @ p.horizon.discount if p.fleets else np.zeros(0)
    mining = operations.mining.mining_mw.sum(axis=1)
    hashrate = (operations.mining.hashes / p.horizon.hours).mean(axis=1) / PH_PER_EH
    for row, fleet in enumerate(p.fleets):
        site = int(p.fleet_site[row])
        rest[site] -= earned[row]
        rows.append((FLEET, fleet.id, ids[site], mining[row] / months, mining[row], hashrate[row], earned[row]))
    occupied = operations.gross_mw(p, p.starts.begin, p.starts.release).sum(axis=1)
    value = p.start_value_usd_m[operations.starts] * operations.signed_mw * USD_PER_USD_M
    for row, start in enumerate(operations.starts.tolist()):
        site, offer = int(p.starts.site[start]), int(p.starts.offer[start])
        rest[site] -= value[row]
        if offer != position:
            name, mw = p.starts.offers[offer].id, float(operations.signed_mw[row])
            rows.append((OFFER, name, ids[site], mw, occupied[row], 0.0, value[row]))
    rows += [(BILL, "", site, 0.0, 0.0, 0.0, usd) for site, usd in zip(ids, rest.tolist(), strict=True)]
    table = pd.DataFrame(rows, columns=list(COLUMNS[1:]))
    return table.groupby(["kind", "name", "site"], sort=True).sum()


def _difference(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    return before.subtract(after, fill_value=0.0).reset_index()


def by_site(displaced: pd.DataFrame) -> pd.DataFrame:
    """The dollars and MW-months that a deal displaces at every site, the dearest first."""
    table = displaced.groupby("site", as_index=False)[["mw_months", "hashrate_eh_s", "usd"]].sum()
    return table.sort_values("usd", ascending=False, kind="stable").reset_index(drop=True)


def nothing_displaced() -> pd.DataFrame:
    """The table of a deal that is not taken."""
    return pd.DataFrame(columns=list(COLUMNS))
