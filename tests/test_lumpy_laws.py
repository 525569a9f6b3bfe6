"""Laws of lumpy offers that hold for every portfolio: what a condition, a pin or another offer may cost, and ties.

The examples are the same in every run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from law_tools import changed, equal, in_money_of_half_the_value, law, not_lower, renamed, slack
from strategies import Case
from strategies_lumpy import LUMPY_COLUMNS, lumpy_cases, random_lumpy_case

from optimizer import Plan, plan
from optimizer.compiling import compile_portfolio
from optimizer.errors import InfeasiblePlanError
from optimizer.matrices import Matrices
from optimizer.pins import Pin
from optimizer.solve import Session

SIZE_TOLERANCE_MW = 1e-6


def solved(case: Case, pins: Sequence[Pin] = (), **options: Any) -> Plan | None:
    """The plan without its baselines, None where there is none."""
    try:
        return plan(case.portfolio(), pins=pins, full=False, **options)
    except InfeasiblePlanError:
        return None


def npv(case: Case, pins: Sequence[Pin] = (), **options: Any) -> float:
    """The optimal NPV in USD; minus infinity where there is no plan."""
    found = solved(case, pins, **options)
    return -math.inf if found is None else float(found.summary["npv_usd"])


def planned(case: Case) -> Plan:
    """The plan; examples without one are left out."""
    found = solved(case)
    assume(found is not None)
    assert found is not None
    return found


def relaxed_npv(matrices: Matrices) -> float:
    """The optimum of a programme whose whole numbers may be any numbers. [USD]"""
    loose = replace(matrices, integer=np.zeros_like(matrices.integer))
    return -Session(loose).minimise().objective * 1e6


def open_offers(case: Case) -> list[dict[str, Any]]:
    """Offers that are not signed."""
    return [offer for offer in case.tables["contracts"] if "committed_mw" not in offer]


def with_contracts(case: Case, contracts: list[dict[str, Any]]) -> Case:
    """The case with other offers."""
    return Case(case.tables | {"contracts": contracts}, case.prices)


def without(case: Case, name: str) -> Case:
    """The case without an offer, and without the offers that require it."""
    gone = {name}
    while more := {o["id"] for o in case.tables["contracts"] if o.get("requires") in gone} - gone:
        gone |= more
    return with_contracts(case, [offer for offer in case.tables["contracts"] if offer["id"] not in gone])


def taken_starts(found: Plan, case: Case) -> list[Pin]:
    """The sizes of the starts of open offers in a plan, as pins."""
    names = {offer["id"] for offer in open_offers(case)}
    rows = found.frames.contracts.query("mw > 0").itertuples()
    return [Pin(row.contract, row.site, row.start, row.mw) for row in rows if row.contract in names]


def smooth(case: Case) -> Case:
    """The case without any condition of lumpy offers."""

    def drop(tables: dict[str, Any]) -> None:
        for offer in tables["contracts"]:
            for column in LUMPY_COLUMNS:
                offer.pop(column, None)

    return changed(case, drop)


@law(examples=10)
@given(case=lumpy_cases(), data=st.data())
def test_a_condition_less_is_never_worth_less(case: Case, data: st.DataObject) -> None:
    """Without one lumpy column of one offer the optimum is at least as high."""
    given_columns = [
        (number, column)
        for number, offer in enumerate(case.tables["contracts"])
        for column in LUMPY_COLUMNS
        if offer.get(column)
        and not (column == "min_mw" and any(o.get("requires") == offer["id"] for o in case.tables["contracts"]))
    ]
    assume(given_columns)
    number, column = data.draw(st.sampled_from(given_columns))
    loose = changed(case, lambda tables: tables["contracts"][number].pop(column))
    assert not_lower(npv(loose), npv(case))


@law(examples=6)
@given(case=lumpy_cases())
def test_a_smaller_least_size_is_never_worth_less(case: Case) -> None:
    """At half of every least size the optimum is at least as high."""

    def halve(tables: dict[str, Any]) -> None:
        for offer in tables["contracts"]:
            if offer.get("min_mw"):
                offer["min_mw"] /= 2

    assert not_lower(npv(changed(case, halve)), npv(case))


@law(examples=6)
@given(case=lumpy_cases())
def test_half_blocks_are_never_worth_less(case: Case) -> None:
    """Blocks of half the size allow all that whole ones do."""

    def halve(tables: dict[str, Any]) -> None:
        for offer in tables["contracts"]:
            if offer.get("block_mw"):
                offer["block_mw"] /= 2

    assert not_lower(npv(changed(case, halve)), npv(case))


@law(examples=6)
@given(case=lumpy_cases(), data=st.data())
def test_one_more_offer_is_never_worth_less(case: Case, data: st.DataObject) -> None:
    """An open offer that no signed deal requires, with those that require it, never lowers the optimum."""
    signed = {offer["id"] for offer in case.tables["contracts"] if "committed_mw" in offer}
    able = [
        offer["id"]
        for offer in open_offers(case)
        if signed <= {other["id"] for other in without(case, offer["id"]).tables["contracts"]}
    ]
    assume(able)
    assert not_lower(npv(case), npv(without(case, data.draw(st.sampled_from(able)))))


@law(examples=6)
@given(case=lumpy_cases())
def test_conditions_that_say_nothing_leave_the_linear_programme(case: Case) -> None:
    """A least size and a block of 0, a group of one's own and blank requirements need no whole number."""

    def say_nothing(tables: dict[str, Any]) -> None:
        for offer in tables["contracts"]:
            offer.update(min_mw=0.0, block_mw=0.0, exclusive_group=f"only {offer['id']}", requires="")

    nothing = changed(case, say_nothing)
    assert not compile_portfolio(nothing.portfolio())[1].integer.any()
    assert npv(nothing) == npv(smooth(case))


@law(examples=6)
@given(case=lumpy_cases())
def test_the_linear_relaxation_bounds_the_plan(case: Case) -> None:
    """Its whole numbers let loose, the programme is worth at least the plan, at most the one without conditions."""
    try:
        bound = relaxed_npv(compile_portfolio(case.portfolio())[1])
    except InfeasiblePlanError:
        bound = -math.inf
    assert not_lower(bound, npv(case))
    assert not_lower(npv(smooth(case)), bound)


@law(examples=6)
@given(case=lumpy_cases(), data=st.data())
def test_a_pin_never_helps(case: Case, data: st.DataObject) -> None:
    """Whatever size is forced upon a start, the optimum is not higher than the free one."""
    best = planned(case)
    starts = taken_starts(best, case)
    assume(starts)
    start = data.draw(st.sampled_from(starts))
    offer = next(offer for offer in open_offers(case) if offer["id"] == start.contract)
    sizes = [0.0, offer.get("block_mw") or offer.get("min_mw") or offer["max_mw"] / 2]
    forced = Pin(start.contract, start.site, start.month, data.draw(st.sampled_from(sizes)))
    assert not_lower(best.summary["npv_usd"], npv(case, [forced]))


@law(examples=6)
@given(case=lumpy_cases())
def test_pinning_the_best_plan_costs_nothing(case: Case) -> None:
    """With every start of the optimum forced to its size, the NPV is the same."""
    best = planned(case)
    blocks = {offer["id"]: offer.get("block_mw", 0.0) for offer in case.tables["contracts"]}
    pins = []
    for pin in taken_starts(best, case):
        block = blocks[pin.contract]
        pins.append(Pin(pin.contract, pin.site, pin.month, round(pin.mw / block) * block if block else pin.mw))
    assert npv(case, pins) == pytest.approx(best.summary["npv_usd"], rel=1e-6, abs=1.0)


@law(examples=6)
@given(case=lumpy_cases(), data=st.data())
def test_an_offer_pinned_to_nothing_is_as_good_as_gone(case: Case, data: st.DataObject) -> None:
    """Zero at every start is worth what the portfolio without the offer, and those that require it, is worth."""
    signed = {offer["id"] for offer in case.tables["contracts"] if "committed_mw" in offer}
    able = [
        offer["id"]
        for offer in open_offers(case)
        if signed <= {other["id"] for other in without(case, offer["id"]).tables["contracts"]}
    ]
    assume(able and planned(case))
    name = data.draw(st.sampled_from(able))
    p = compile_portfolio(case.portfolio())[0]
    pins = [
        Pin(name, p.sites[site].id, p.horizon.label(tau), 0.0)
        for offer, site, tau in zip(p.starts.offer.tolist(), p.starts.site.tolist(), p.starts.tau.tolist(), strict=True)
        if p.starts.offers[offer].id == name
    ]
    assert equal(npv(case, pins), npv(without(case, name)))


@law(examples=5)
@given(case=lumpy_cases())
def test_doubling_all_money_doubles_the_value(case: Case) -> None:
    """In a currency of half the value, every optimum is twice as much."""
    assert equal(npv(in_money_of_half_the_value(case)), 2 * npv(case))


@law(examples=5)
@given(case=lumpy_cases())
def test_doubling_all_sizes_doubles_the_value(case: Case) -> None:
    """Twice the sites, fleets, offers, blocks and limits are worth twice as much."""

    def double(tables: dict[str, Any]) -> None:
        columns = {
            "sites": ("capacity_mw", "ai_max_mw", "mining_ready_mw", "fixed_cost_usd_per_month"),
            "capacity_steps": ("capacity_mw",),
            "fleets": ("mw",),
            "contracts": ("min_mw", "max_mw", "block_mw", "committed_mw"),
        }
        for table, names in columns.items():
            for row in tables[table]:
                row.update({name: 2 * row[name] for name in names if name in row})
        limits = tables["limits"]
        limits.update({name: 2 * limits[name] for name in ("max_build_mw", "min_eh_s") if name in limits})
        for step in limits.get("capex_budget", []):
            step["usd"] *= 2

    assert equal(npv(changed(case, double)), 2 * npv(case))


@law(examples=5)
@given(case=lumpy_cases(), data=st.data())
def test_order_and_names_change_nothing(case: Case, data: st.DataObject) -> None:
    """Rows in another order and other names, groups and requirements too, leave the optimum as it is."""
    names: dict[str, str] = {}

    def other_name(name: str) -> str:
        return names.setdefault(name, f"{99 - len(names)} 'é")

    other = renamed(case, other_name)

    def shuffle(tables: dict[str, Any]) -> None:
        for offer in tables["contracts"]:
            if offer.get("requires"):
                offer["requires"] = other_name(offer["requires"])
            if offer.get("exclusive_group"):
                offer["exclusive_group"] = f"Ж {offer['exclusive_group']}"
            offer["sites"] = data.draw(st.permutations(offer["sites"]))
        for table in ("sites", "fleets", "contracts"):
            tables[table] = data.draw(st.permutations(tables[table]))

    assert equal(npv(changed(other, shuffle)), npv(case))


@law(examples=6)
@given(case=lumpy_cases())
def test_with_its_whole_numbers_fixed_the_programme_has_the_same_optimum(case: Case) -> None:
    """The LP that is left when the whole numbers of the plan are fixed is worth what the plan is worth."""
    found = planned(case)
    value = relaxed_npv(found.proof.matrices.fixed_at(found.proof.x))
    assert value == pytest.approx(found.summary["npv_usd"], rel=1e-9, abs=0.01)


@law(examples=6)
@given(case=lumpy_cases(), gap=st.sampled_from([1e-6, 1e-3, 0.05, 0.5]))
def test_the_plan_is_within_the_gap_asked_for(case: Case, gap: float) -> None:
    """A search that may end at a gap loses at most that share, and says a bound that no plan beats."""
    found = solved(case, gap=gap)
    assume(found is not None and found.summary["search"] is not None)
    assert found is not None
    search, exact = found.summary["search"], npv(case, gap=1e-9)
    value = found.summary["npv_usd"]
    assert search["gap"] <= gap
    assert not_lower(exact, value)
    assert not_lower(search["bound_usd"], exact)
    assert exact - value <= gap * abs(value) + slack(exact, value)


@law(examples=6)
@given(case=lumpy_cases(), data=st.data())
def test_a_higher_rent_is_never_worth_less(case: Case, data: st.DataObject) -> None:
    """The optimum rises with the rent of an offer, ever faster: it is convex in it, with whole numbers too."""
    assume(open_offers(case))
    name = data.draw(st.sampled_from([offer["id"] for offer in open_offers(case)]))

    def at(factor: float) -> float:
        def scale(tables: dict[str, Any]) -> None:
            for offer in tables["contracts"]:
                if offer["id"] == name:
                    offer["price_usd_per_kw_month"] *= factor

        return npv(changed(case, scale))

    low, middle, high = at(0.5), at(1.0), at(1.5)
    assert not_lower(middle, low)
    assert not_lower(high, middle)
    if math.isfinite(low):
        assert not_lower((low + high) / 2, middle)


def test_laws_are_tried_on_portfolios_with_whole_numbers() -> None:
    """Most seeds give a portfolio that is searched: the laws above are not only those of an LP."""
    searched = sum(compile_portfolio(random_lumpy_case(seed).portfolio())[1].integer.any() for seed in range(30))
    assert searched >= 20
