"""The headline numbers of a plan, as written to summary.json."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from optimizer.baselines import BASELINES
from optimizer.capital.decisions import FINANCING_LINES
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.parameters import PH_PER_EH, Parameters
from optimizer.results import Frames
from optimizer.search import SearchResult
from optimizer.solve import LpSolution
from optimizer.tail import worst_share
from optimizer.valuation import annual_irr


def make_summary(
    p: Parameters, frames: Frames, cases: dict[str, LpSolution | None], mining_only_cash: FloatArray | None
) -> dict[str, Any]:
    """Headline numbers in USD and MW; a baseline that the limits rule out is None.

    mining_only_cash : net cash flow of that baseline by month, None if the limits rule it out. [USD]

    With one scenario the expected NPV, the risk-adjusted objective and the mean of the worst share are the same.
    Values of baselines are means over the scenarios.
    """
    npv = {case: _npv(frames.terms, case) for case, solution in cases.items() if solution is not None}
    chosen = cases["plan"]
    search = None if chosen is None else chosen.search
    low, low_month = cash_low(p, net_cash_by_month(p, frames))
    risk = p.portfolio.risk
    scenarios = frames.scenarios
    tail, _ = worst_share(scenarios["npv_usd"].to_numpy(), scenarios["probability"].to_numpy(), risk.cvar_alpha)
    cvar = tail if p.scenarios.count > 1 else npv["plan"]
    terms = frames.terms[frames.terms["case"] == "plan"].set_index("term")["npv_usd"]
    return {
        "name": p.portfolio.settings.name,
        "start": p.portfolio.settings.start,
        "months": p.horizon.months,
        "status": "optimal" if search is None or search.proved else "best found",
        "objective_usd": (1.0 - p.cvar_weight) * npv["plan"] + p.cvar_weight * cvar,
        "npv_usd": npv["plan"],
        "cvar_usd": cvar,
        "cvar_weight": risk.cvar_weight,
        "cvar_alpha": risk.cvar_alpha,
        "scenarios": p.scenarios.count,
        "capex_usd": float(frames.sites["capex_usd"].sum()),
        "irr": annual_irr(net_cash_by_month(p, frames)),
        "irr_over_mining_only": None
        if mining_only_cash is None
        else annual_irr(net_cash_by_month(p, frames) - mining_only_cash),
        "npv_by_site": dict(zip(frames.sites["site"], frames.sites["npv_usd"].astype(float), strict=True)),
        "baselines": {case: npv.get(case) for case in BASELINES},
        "terms_usd": {str(term): float(usd) for term, usd in terms.items()},
        "cash_low_usd": low,
        "cash_low_month": low_month,
        "contract_tail_usd": float(terms["contract_tail"]),
        "peak_ai_mw": _peak_critical_mw(p, frames.contracts),
        "peak_ai_gross_mw": _peak_gross_mw(frames.allocation),
        "hashrate_eh_s": _hashrate_by_year(frames.fleets),
        "power": _power_by_site_and_year(frames),
        "search": None if search is None else search_summary(search),
        "pins": [str(pin) for pin in p.pins],
    }


def search_summary(search: SearchResult) -> dict[str, Any]:
    """How the whole numbers of lumpy offers were found: the solver's word, which nothing here proves."""
    return {
        "gap": _number(search.gap),
        "asked_gap": search.asked_gap,
        "bound_usd": _number(-search.bound * USD_PER_USD_M),
        "nodes": search.nodes,
        "stopped": search.stopped,
    }


def cash_low(p: Parameters, net_cash: FloatArray) -> tuple[float, str]:
    """Lowest running total of the net cash flow and its month; it begins at zero. [USD]"""
    total = np.cumsum(net_cash)
    low = int(np.argmin(total))
    return float(total[low]), p.horizon.label(low)


def _npv(terms: pd.DataFrame, case: str) -> float:
    return float(terms.loc[terms["case"] == case, "npv_usd"].sum())


def net_cash_by_month(p: Parameters, frames: Frames) -> FloatArray:
    """Net cash flow of the plan without loans, shares and coin, month by month. [USD]"""
    own = frames.cashflow[~frames.cashflow["line"].isin(FINANCING_LINES)]
    return np.asarray(own["usd"].to_numpy().reshape(p.horizon.months, -1).sum(axis=1))


def _peak_critical_mw(p: Parameters, contracts: pd.DataFrame) -> float:
    """Most critical MW under rent in any month. [MW]"""
    offers = {offer.id: offer for offer in p.starts.offers}
    delivered = np.zeros(p.horizon.months)
    for row in contracts[contracts["mw"] > 0.0].itertuples():
        offer, tau = offers[row.contract], p.horizon.index(row.start)
        end = p.horizon.months if offer.after_term == "renew" else tau + offer.term_months
        delivered[max(0, tau) : max(0, end)] += row.mw
    return float(delivered.max())


def _power_by_site_and_year(frames: Frames) -> dict[str, dict[str, dict[str, Any]]]:
    """The power of every site in every calendar year, and the full-load hours of its fleets; absent prices are None."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in frames.power.to_dict("records"):
        figures = {name: _number(row[name]) for name in row if name not in ("site", "year")}
        found.setdefault(row["site"], {})[row["year"]] = {**figures, "run_hours": {}}
    for row in frames.hours.to_dict("records"):
        found[row["site"]][row["year"]]["run_hours"][row["fleet"]] = float(row["run_hours"])
    return found


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _peak_gross_mw(allocation: pd.DataFrame) -> float:
    """Most site MW in AI use in any month. [MW]"""
    ai = allocation[allocation["use"] == "ai"].groupby("month")["mw"].sum()
    return float(ai.max()) if len(ai) else 0.0


def _hashrate_by_year(fleets: pd.DataFrame) -> dict[str, float]:
    """Average operating hashrate of each calendar year of the plan, over its months in the horizon. [EH/s]"""
    if fleets.empty:
        return {}
    monthly = fleets.groupby("month")["hashrate_ph_s"].sum() / PH_PER_EH
    yearly = monthly.groupby(monthly.index.str[:4]).mean()
    return {str(year): float(value) for year, value in yearly.items()}
