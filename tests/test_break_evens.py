"""Every price that the product quotes as a break-even is one: crossed by 0.1 % either way, the cold plan flips.

Reservation prices and bid curves of random portfolios, linear and lumpy. Each quoted rent is fed back into the tables,
and the portfolio planned anew; rents below zero, which the tables refuse, are judged by the oracle alone.
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from oracle import OracleAnswer
from oracle_lumpy import best_by_milp
from oracle_money import World
from oracle_programme import OracleInfeasibleError
from strategies import Case, random_case
from strategies_lumpy import random_lumpy_case

from optimizer import Plan, plan
from optimizer.bid_curve import BidCurve, Support, bid_curve, envelope
from optimizer.compiling import compile_portfolio
from optimizer.errors import InfeasiblePlanError
from optimizer.search import EXACT_GAP
from optimizer.solve import Session

CROSSED = 1e-3
# The tables refuse rents above this. [USD/kW-month]
HIGHEST_RENT = 2_000.0
# Around a rent of nothing 0.1 % is nothing. [USD/kW-month]
LEAST_STEP = 0.01
INDIFFERENT = 1e-6
FLOOR_USD = 1e6
SIZE_TOLERANCE_MW = 1e-6

FAMILIES: dict[str, tuple[Callable[[int], Case], int]] = {
    "linear": (random_case, 6),
    "lumpy": (random_lumpy_case, 10),
}


def at_rent(case: Case, offer: str, rent: float) -> Case:
    """The case with another rent of one offer. [USD/kW-month]"""
    tables = copy.deepcopy(case.tables)
    for row in tables["contracts"]:
        if row["id"] == offer:
            row["price_usd_per_kw_month"] = rent
    return Case(tables, case.prices)


def crossing(rent: float) -> float:
    """How far a rent is crossed. [USD/kW-month]"""
    return max(CROSSED * abs(rent), LEAST_STEP)


def can_be_typed(rent: float) -> bool:
    """Whether the tables accept a rent and those around it."""
    return crossing(rent) <= rent <= HIGHEST_RENT - crossing(rent)


def planned(case: Case, *, full: bool = False) -> Plan | None:
    """The plan, searched exactly; None where there is none."""
    try:
        return plan(case.portfolio(), full=full, gap=EXACT_GAP)
    except InfeasiblePlanError:
        return None


def by_oracle(case: Case) -> OracleAnswer | None:
    """The oracle's plan; None where there is none."""
    try:
        return best_by_milp(case.tables, case.prices)
    except OracleInfeasibleError:
        return None


def without_offer(case: Case, offer: str) -> OracleAnswer | None:
    """The oracle's plan with every start of the offer forced to nothing."""
    world = World(case.tables, case.prices, committed_only=False)
    row = next(row for row in case.tables["contracts"] if row["id"] == offer)
    nothing = {(offer, site, tau): 0.0 for site in row["sites"] for tau in world.starts(row)}
    try:
        return best_by_milp(case.tables, case.prices, nothing)
    except OracleInfeasibleError:
        return None


def taken_mw(found: Plan, offer: str) -> float:
    """Critical MW of an offer in a plan."""
    return float(found.frames.contracts.query("contract == @offer")["mw"].sum())


def same_usd(one: float, other: float, relative: float = INDIFFERENT) -> bool:
    """Whether two NPVs are one, relative to the larger of the second and a million USD."""
    return abs(one - other) <= relative * max(abs(other), FLOOR_USD)


def quoted(found: Plan) -> Iterator[tuple[str, float]]:
    """Every offer with an exact reservation price."""
    priced = found.frames.contracts.dropna(subset="reservation_usd_per_kw_month").drop_duplicates("contract")
    for row in priced.itertuples():
        yield row.contract, row.reservation_usd_per_kw_month


def reservation_faults(case: Case, seed: int) -> tuple[list[str], Counter[str]]:
    """Quoted reservation prices of a portfolio at which its plan does not flip."""
    faults: list[str] = []
    tried: Counter[str] = Counter()
    found = planned(case, full=True)
    if found is None:
        return faults, tried
    for offer, rent in quoted(found):
        step = crossing(rent)
        where = f"seed {seed}, {offer} at {rent!r}"
        if can_be_typed(rent):
            tried["by the product"] += 1
            below, at, above = (planned(at_rent(case, offer, rent + move)) for move in (-step, 0.0, step))
            if below is None or at is None or above is None:
                faults.append(f"{where}: no plan")
                continue
            if taken_mw(below, offer) > SIZE_TOLERANCE_MW:
                faults.append(f"{where}: {taken_mw(below, offer)} MW below it")
            if taken_mw(above, offer) <= SIZE_TOLERANCE_MW:
                faults.append(f"{where}: nothing above it")
            if not same_usd(at.summary["npv_usd"], below.summary["npv_usd"]):
                faults.append(f"{where}: not indifferent: {at.summary['npv_usd']} and {below.summary['npv_usd']}")
        tried["by the oracle"] += 1
        base = without_offer(case, offer)
        answers = [by_oracle(at_rent(case, offer, rent + move)) for move in (-step, 0.0, step)]
        if base is None or None in answers:
            faults.append(f"{where}: the oracle has no plan")
            continue
        low, middle, high = (answer.npv_usd for answer in answers if answer is not None)
        if not same_usd(low, base.npv_usd):
            faults.append(f"{where}: the oracle takes it below, {low} against {base.npv_usd}")
        if not same_usd(middle, base.npv_usd):
            faults.append(f"{where}: the oracle is not indifferent, {middle} against {base.npv_usd}")
        if high <= base.npv_usd:
            faults.append(f"{where}: the oracle does not take it above, {high} against {base.npv_usd}")
    return faults, tried


@pytest.mark.parametrize("family", FAMILIES)
def test_a_reservation_price_flips_when_it_is_crossed(family: str) -> None:
    """0.1 % below it the offer gets no MW, 0.1 % above it some, and at it the NPV is that without the offer."""
    make, seeds = FAMILIES[family]
    tried: Counter[str] = Counter()
    faults = []
    for seed in range(seeds):
        found, what = reservation_faults(make(seed), seed)
        faults += found
        tried += what
    assert not faults, "\n".join(faults)
    assert tried["by the product"] >= seeds / 3
    assert tried["by the oracle"] >= seeds / 2


def curves(case: Case) -> Iterator[tuple[str, BidCurve]]:
    """The bid curve of every open offer that has a start."""
    p, matrices = compile_portfolio(case.portfolio())
    session = Session(matrices)
    for position, offer in enumerate(p.starts.offers):
        able = (p.starts.offer == position) & (p.upper_mw > 0.0)
        if offer.committed_mw == 0.0 and able.any():
            yield offer.id, bid_curve(session, p, position)


def curve_faults(case: Case, seed: int) -> tuple[list[str], Counter[str]]:
    """Where a bid curve is not the optimum, or a breakpoint is none."""
    faults: list[str] = []
    tried: Counter[str] = Counter()
    if planned(case) is None:
        return faults, tried
    for offer, curve in curves(case):
        where = f"seed {seed}, {offer}"
        breaks = [piece.rent_to for piece in curve.pieces[:-1]]
        tried["curves"] += 1
        tried["breakpoints"] += len(breaks)
        if breaks != sorted(breaks):
            faults.append(f"{where}: breakpoints out of order {breaks}")
        for rent in asked(breaks):
            answer = by_oracle(at_rent(case, offer, rent))
            if answer is None or not same_usd(curve.optimum(rent) * 1e6, answer.npv_usd):
                faults.append(f"{where}: at {rent} {curve.optimum(rent) * 1e6}, oracle {answer and answer.npv_usd}")
        for number, rent in enumerate(breaks):
            faults += [f"{where}: {fault}" for fault in break_faults(case, offer, curve, number, rent)]
        if not math.isnan(curve.all_mw_rent):
            faults += [f"{where}: {fault}" for fault in full_size_faults(case, offer, curve)]
            tried["full sizes"] += 1
    return faults, tried


def asked(breaks: list[float]) -> list[float]:
    """Rents to compare at: around every breakpoint, half way between two, and far out."""
    if not breaks:
        return [0.0, 100.0, 1000.0]
    around = [rent + move * crossing(rent) for rent in breaks for move in (-1, 0, 1)]
    between = [(low + high) / 2 for low, high in pairwise(breaks)]
    return [*around, *between, breaks[0] - 50.0, breaks[-1] * 1.5 + 50.0]


def break_faults(case: Case, offer: str, curve: BidCurve, number: int, rent: float) -> list[str]:
    """Whether another plan is taken on the other side of a breakpoint, by cold plans."""
    if not can_be_typed(rent):
        return []
    step = crossing(rent)
    below, above = (planned(at_rent(case, offer, rent + move)) for move in (-step, step))
    if below is None or above is None:
        return [f"no plan around {rent}"]
    gained = above.summary["npv_usd"] - below.summary["npv_usd"]
    if gained < 0.0 or taken_mw(above, offer) <= SIZE_TOLERANCE_MW:
        return [f"nothing above {rent}"]
    reach = {"below": curve.pieces[number].support.mw, "above": curve.pieces[number + 1].support.mw}
    found = {"below": taken_mw(below, offer), "above": taken_mw(above, offer)}
    lonely = all(abs(other - rent) > 2 * step for other in (p.rent_to for p in curve.pieces[:-1]) if other != rent)
    if lonely and number == 0 and not math.isnan(curve.without) and found["below"] > SIZE_TOLERANCE_MW:
        return [f"{found['below']} MW below the reservation price {rent}"]
    if lonely and reach["above"] > reach["below"] + SIZE_TOLERANCE_MW and found["above"] <= found["below"]:
        return [f"no flip at {rent}: {found} where the curve says {reach}"]
    return []


def full_size_faults(case: Case, offer: str, curve: BidCurve) -> list[str]:
    """Whether all MW are taken just above the rent that is quoted for them, and not just below."""
    rent = curve.all_mw_rent
    if not can_be_typed(rent):
        return []
    step = crossing(rent)
    below, above = (planned(at_rent(case, offer, rent + move)) for move in (-step, step))
    if below is None or above is None:
        return [f"no plan around {rent}"]
    if taken_mw(above, offer) < curve.all_mw - 1e-5:
        return [f"{taken_mw(above, offer)} of {curve.all_mw} MW above {rent}, where all are promised"]
    if taken_mw(below, offer) >= curve.all_mw - 1e-5:
        return [f"all {curve.all_mw} MW below {rent} already"]
    return []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_bid_curve_is_the_optimum_at_every_rent(family: str) -> None:
    """Between, at and around its breakpoints the curve is the oracle's optimum, and every breakpoint flips the plan."""
    make, seeds = FAMILIES[family]
    tried: Counter[str] = Counter()
    faults = []
    for seed in range(seeds // 2):
        found, what = curve_faults(make(seed), seed)
        faults += found
        tried += what
    assert not faults, "\n".join(faults)
    assert tried["curves"] >= seeds / 2
    assert tried["breakpoints"] >= tried["curves"] / 3
    assert tried["full sizes"] >= 1


def test_a_line_that_is_found_on_a_breakpoint_is_kept() -> None:
    """Lines 0, r + 2, 3 r and 4 r - 4: the first and the last meet at 1, where the second and the third do too."""
    lines = ((0.0, 0.0), (2.0, 1.0), (0.0, 3.0), (-4.0, 4.0))

    def steepest_at(rent: float, near: Support | None = None) -> Support:
        value, slope = max((constant + slope * rent, slope) for constant, slope in lines)
        return Support(rent, value, slope, np.array([slope]))

    low = Support(-math.inf, 0.0, 0.0, np.zeros(1))
    found, unfinished = envelope(steepest_at, low, steepest_at(10.0), 1e-9)
    assert [line.slope for line in found] == [0.0, 1.0, 3.0, 4.0]
    assert [high.meets(low) for low, high in pairwise(found)] == pytest.approx([-2.0, 1.0, 4.0])
    assert unfinished == 0.0


def test_a_bid_curve_with_a_line_found_on_a_breakpoint() -> None:
    """A random portfolio in which that happens: 2.375, 21.125 and 23.5 MW, each for its rents."""
    faults, tried = curve_faults(random_case(1017), 1017)
    assert not faults, "\n".join(faults)
    assert tried["breakpoints"] >= 3
