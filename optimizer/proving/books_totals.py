"""The totals that a plan states against its replay: contracts, sites, value terms and headline numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.proving.checks import (
    HALF_A_CENT_USD,
    RELATIVE_TOLERANCE,
    SMALL_QUANTITY,
    Check,
    FloatArray,
    agreement,
    broken,
    named,
)
from optimizer.proving.replay import TAIL, Replay
from optimizer.proving.replay_calendar import Calendar
from optimizer.proving.replay_capital import FINANCING_LINES
from optimizer.proving.replay_frames import ReplayError, numbers, positions
from optimizer.proving.replay_hosting import HostingReplay, rent_per_mw

if TYPE_CHECKING:
    import pandas as pd

PLAN_CASE = "plan"
# What a plan may call itself: proved best by the solver, or where a search was stopped the best one found.
OPTIMAL, FOUND = "optimal", "best found"
MONTHS_PER_YEAR = 12
PH_PER_EH = 1000.0
# At its internal rate of return a deal is worth nothing. The rate is found by iteration, to about nine digits.
IRR_TOLERANCE = 1e-9
# Digits that a float keeps of 1 + rate when the rate is close to -1.
RATE_ROUNDING = 1e-12


def contract_checks(replay: Replay, frame: pd.DataFrame) -> list[Check]:
    """What every taken start is worth on its own; the rows of offers not taken hold zeros."""
    deals, months = replay.hosting, replay.decisions.months
    _require_every_offer(replay, frame)
    taken = numbers(frame, "contracts", "mw") != 0.0
    words = named([deal.delivery.words(months) for deal in deals])
    expected: dict[str, list[float]] = {
        "npv_usd": [deal.npv_usd for deal in deals],
        "tail_npv_usd": [deal.tail_usd for deal in deals],
        "capex_usd": [-float(deal.lines["capex"].sum()) for deal in deals],
        "first_year_rent_usd": [_first_year_rent(deal, months) for deal in deals],
        "gross_mw": [deal.delivery.offer.gross_ratio * deal.delivery.mw for deal in deals],
    }
    found = []
    for column, replayed in expected.items():
        stated = numbers(frame, "contracts", column)
        small = HALF_A_CENT_USD if column.endswith("usd") else SMALL_QUANTITY
        # A deal's value is a difference of larger sums; its rounding is that of the sums.
        turnover = np.array([_turnover(deal) for deal in deals]) * RELATIVE_TOLERANCE if column == "npv_usd" else 0.0
        found.append(agreement(f"contracts: {column}", stated[taken], np.array(replayed), words, small + turnover))
        left = np.flatnonzero(~taken & (stated != 0.0))
        if left.size:
            line = int(left[0])
            raise ReplayError(f"contracts, row {line + 2}, column {column}: {stated[line]} for an offer of 0 MW")
    return [*found, *_return_checks(deals, frame[taken], words)]


def _require_every_offer(replay: Replay, frame: pd.DataFrame) -> None:
    """Refuse a frame that leaves an offer out, or names one that was never made."""
    offers = [offer.id for offer in replay.decisions.portfolio.contracts]
    (listed,) = positions(frame, "contracts", ("contract",), (offers,), unique=False)
    missing = sorted({*offers} - {offers[position] for position in listed.tolist()})
    if missing:
        raise ReplayError(f"contracts: no row for '{missing[0]}'")


def _return_checks(deals: tuple[HostingReplay, ...], taken: pd.DataFrame, words: Callable[[int], str]) -> list[Check]:
    """Rate of return and payback of every deal, against its replayed cash flow."""
    flows, right = [deal.net_flow for deal in deals], np.zeros(len(deals))
    rates, paid_back = (taken[column].to_numpy(dtype=np.float64) for column in ("irr", "payback_months"))
    residues = np.array([_rate_miss(flow, rate) for flow, rate in zip(flows, rates, strict=True)])
    misses = np.array([_payback_miss(flow, month) for flow, month in zip(flows, paid_back, strict=True)])
    return [
        agreement("contracts: irr", residues, right, words, IRR_TOLERANCE),
        agreement("contracts: payback_months", misses, right, words, HALF_A_CENT_USD),
    ]


def _first_year_rent(deal: HostingReplay, months: Calendar) -> float:
    delivery = deal.delivery
    return delivery.mw * float(rent_per_mw(delivery.offer, np.arange(MONTHS_PER_YEAR), delivery.tau, months).sum())


def _turnover(deal: HostingReplay) -> float:
    return float(np.abs(deal.net_flow).sum())


def _rate_miss(flow: FloatArray, annual_rate: float) -> float:
    """What is left of a cash flow at its stated internal rate, per dollar that it moves; 0 when the rate is right.

    It is right when the flow is worth nothing at a rate within rounding of it. Nothing is said where no rate is
    stated, nor of a loss of all but 1e-12 of the money, whose rate a float cannot hold.
    """
    yearly = 1.0 + annual_rate
    if math.isnan(annual_rate) or yearly < RATE_ROUNDING:
        return 0.0
    nearby = 1.0 + RELATIVE_TOLERANCE + RATE_ROUNDING / yearly
    low, at, high = (_value_at_growth(flow, yearly * factor) for factor in (1.0 / nearby, 1.0, nearby))
    return 0.0 if low * high <= 0.0 else abs(at)


def _value_at_growth(flow: FloatArray, yearly: float) -> float:
    """Value of a cash flow that is discounted by a yearly growth factor, per dollar that it moves."""
    exponents = -np.arange(flow.size) / MONTHS_PER_YEAR * math.log(yearly)
    # Only the ratio of weights matters; the largest is made one, so that no factor overflows.
    discounted = flow * np.exp(exponents - exponents.max())
    moved = float(np.abs(discounted).sum())
    return float(discounted.sum()) / moved if moved > 0.0 else 0.0


def _payback_miss(flow: FloatArray, stated: float) -> float:
    """How many dollars the stated month of payback is wrong by, 0 when it is right.

    It is right when the running total is below zero in the month before it and never again from it on. A total that
    touches zero makes both neighbours right within rounding, so the miss is measured in dollars, not in months.
    """
    outlays = np.flatnonzero(flow < 0.0)
    total = np.cumsum(flow)
    rounding = RELATIVE_TOLERANCE * float(np.abs(flow).sum())
    if math.isnan(stated):
        return max(0.0, float(total[-1]) - rounding)
    if stated == 0.0 or not outlays.size:
        return math.inf if outlays.size == 0 and stated != 0.0 else max(0.0, -float(total.min(initial=0.0)) - rounding)
    month = int(outlays[0]) + int(stated) - 1
    if stated != int(stated) or not 0 < month < flow.size:
        return math.inf
    return max(0.0, float(total[month - 1]) - rounding, -float(total[month:].min()) - rounding)


def term_checks(replay: Replay, frame: pd.DataFrame, summary: Mapping[str, Any]) -> list[Check]:
    """The value by term: the plan's from the replay, the baselines' by their sum."""
    baselines = {name: npv for name, npv in summary["baselines"].items() if npv is not None}
    cases = (PLAN_CASE, *baselines)
    names = tuple(replay.terms_usd)
    case, term = positions(frame, "terms", ("case", "term"), (cases, names), complete=True)
    stated = np.zeros((len(cases), len(names)))
    stated[case, term] = numbers(frame, "terms", "npv_usd")
    # A plan that fears bad scenarios may earn less on average than one that does not.
    by_mean = replay.decisions.portfolio.risk.cvar_weight == 0.0 or _is_certain(replay)
    replayed = replay.terms_usd
    rounding = HALF_A_CENT_USD + RELATIVE_TOLERANCE * replay.turnover_usd + _undecided(replay)
    plan_terms = np.array([replayed[name] for name in names])
    found = [agreement("terms: plan", stated[0], plan_terms, named(names), rounding)]
    for position, (name, npv) in enumerate(baselines.items(), start=1):
        total, own = float(stated[position].sum()), float(np.abs(stated[position]).sum())
        allowed = HALF_A_CENT_USD + RELATIVE_TOLERANCE * own
        found.append(_total(f"terms: {name} adds up to its baseline", total, npv, allowed))
        better = max(0.0, npv - replay.npv_usd) if by_mean else 0.0
        where = f"{name}: {npv!r}, plan: {replay.npv_usd!r}" if better else ""
        found.append(Check(f"{name} is not better than the plan", better, allowed + rounding, where))
    return found


def _undecided(replay: Replay) -> float:
    """What all break-even hours together turn over. [USD]"""
    return float(replay.undecided_usd.sum())


def _total(name: str, stated: float, replayed: float, allowed: float) -> Check:
    return agreement(name, np.array([stated]), np.array([replayed]), named([name.split(": ")[-1]]), allowed)


def site_checks(replay: Replay, frame: pd.DataFrame) -> list[Check]:
    """Value, capex and use of every site."""
    sites = replay.decisions.portfolio.sites
    (row,) = positions(frame, "sites", ("site",), ([site.id for site in sites],))
    if row.size != len(sites):
        raise ReplayError(f"sites: {row.size} rows, but the portfolio has {len(sites)} sites")
    values = replay.present_values
    turnover = np.abs(list(values.values())).sum(axis=0)
    rounding = HALF_A_CENT_USD + RELATIVE_TOLERANCE * turnover
    expected: dict[str, tuple[FloatArray, FloatArray | float]] = {
        "capacity_mw": (np.array([site.capacity_mw for site in sites]), SMALL_QUANTITY),
        "npv_usd": (np.sum(list(values.values()), axis=0), rounding),
        "capex_usd": (-replay.lines["capex"].sum(axis=1), rounding),
        "peak_ai_mw": (replay.occupancy.rented.max(axis=1), SMALL_QUANTITY),
        "average_mining_mw": (
            replay.decisions.by_site(replay.mining.mining_mw).mean(axis=1),
            SMALL_QUANTITY + replay.decisions.by_site(replay.unsure_mw).mean(axis=1),
        ),
    }
    found = []
    words = named([f"site '{site.id}'" for site in sites])
    for column, (replayed, allowed) in expected.items():
        stated = np.zeros(len(sites))
        stated[row] = numbers(frame, "sites", column)
        found.append(agreement(f"sites: {column}", stated, replayed, words, allowed))
    return found


def summary_checks(replay: Replay, summary: Mapping[str, Any]) -> list[Check]:
    """The headline numbers."""
    rounding = HALF_A_CENT_USD + RELATIVE_TOLERANCE * replay.turnover_usd
    terms = replay.terms_usd
    by_site = np.sum(list(replay.present_values.values()), axis=0)
    expected: dict[str, tuple[float, float]] = {
        "npv_usd": (replay.npv_usd, rounding),
        "capex_usd": (-float(replay.lines["capex"].sum()), rounding),
        "contract_tail_usd": (terms[TAIL], rounding),
        "peak_ai_mw": (float(replay.occupancy.critical.max()), SMALL_QUANTITY),
        "peak_ai_gross_mw": (float(replay.occupancy.rented.sum(axis=0).max()), SMALL_QUANTITY),
    }
    if _is_certain(replay):
        expected |= dict.fromkeys(("objective_usd", "cvar_usd"), (replay.npv_usd, rounding))
    found = [_total(f"summary: {name}", summary[name], value, small) for name, (value, small) in expected.items()]
    sites = [site.id for site in replay.decisions.portfolio.sites]
    npv_by_site = dict(zip(sites, by_site.tolist(), strict=True))
    found.append(_mapping("summary: npv_by_site", summary["npv_by_site"], npv_by_site, rounding))
    found.append(_mapping("summary: terms_usd", summary["terms_usd"], terms, rounding + _undecided(replay)))
    rates, unsure = _hashrate_by_year(replay)
    found.append(_mapping("summary: hashrate_eh_s", summary["hashrate_eh_s"], rates, unsure + SMALL_QUANTITY))
    flow = np.sum([line.sum(axis=0) for line in replay.lines.values()], axis=0)
    if replay.capital is not None:
        flow = flow + sum(usd for line, usd in replay.capital.lines.items() if line not in FINANCING_LINES)
    rate = math.nan if summary["irr"] is None else float(summary["irr"])
    found.append(
        agreement("summary: irr", np.array([_rate_miss(flow, rate)]), np.zeros(1), named(["irr"]), IRR_TOLERANCE)
    )
    search = summary["search"]
    status = FOUND if search is not None and search["stopped"] else OPTIMAL
    if summary["status"] != status:
        found.append(broken("summary: status", f"{summary['status']!r}, expected {status!r}"))
    return found


def _is_certain(replay: Replay) -> bool:
    """Whether there is one scenario only, so that mean, worst share and objective are the same."""
    return replay.decisions.portfolio.scenario_paths.count == 1


def _mapping(name: str, stated: Mapping[str, float], replayed: Mapping[str, float], allowed: float) -> Check:
    keys = sorted({*stated, *replayed})
    sides = [np.array([side.get(key, 0.0) for key in keys], dtype=np.float64) for side in (stated, replayed)]
    return agreement(name, sides[0], sides[1], named(keys), allowed)


def _hashrate_by_year(replay: Replay) -> tuple[dict[str, float], float]:
    """Mean hashrate over the months of each calendar year, and how far break-even hours leave it open. [EH/s]"""
    decisions, mining = replay.decisions, replay.mining
    portfolio, months = decisions.portfolio, decisions.months
    if not portfolio.fleets:
        return {}, 0.0
    monthly = mining.hashrate_ph_s.sum(axis=0) / PH_PER_EH
    unsure = decisions.tiers.highest_ph_s_per_mw @ replay.unsure_mwh / decisions.month_hours / PH_PER_EH
    years: dict[str, list[float]] = {}
    for t, rate in enumerate(monthly.tolist()):
        years.setdefault(str(months.year_and_month(t)[0]), []).append(rate)
    return {year: sum(rates) / len(rates) for year, rates in years.items()}, float(unsure.max())
