"""A programme that is patched is the programme built anew: random sequences of random edits, solved warm and cold."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import highspy
import numpy as np
import pytest
from random_edits import EDITS, edited
from scipy.sparse import csc_matrix
from strategies import Case, Choices, SeededChoices, random_case
from strategies_lumpy import random_lumpy_case
from strategies_power import random_power_case

from optimizer import search
from optimizer.compiling import compile_parameters
from optimizer.errors import InfeasiblePlanError, PinError
from optimizer.horizon import FloatArray
from optimizer.parameters import build_parameters
from optimizer.pins import Pin
from optimizer.planning import plan
from optimizer.warm import Solved, WarmModel
from sites import PortfolioError
from sites.portfolio import Portfolio
from tests.optimizer.cases import offer, portfolio, site
from tests.optimizer.cases import tables as eye_sized

RELATIVE = 1e-9
FLOOR_USD = 1e6
COPIES = 4


def copies_of(case: Case, choices: Choices) -> list[tuple[Portfolio, list[str]]]:
    """Valid edited copies, each of the case or of the copy before."""
    found: list[tuple[Portfolio, list[str]]] = []
    last, history = case, list[str]()
    while len(found) < COPIES:
        source, before = (last, history) if choices.chance(0.4) else (case, [])
        other, names = edited(source, choices)
        try:
            found.append((other.portfolio(), before + names))
        except PortfolioError:
            continue
        last, history = other, before + names
    return found


def some_pins(changed: Portfolio, choices: Choices) -> tuple[Pin, ...]:
    """A start forbidden, or none."""
    p = build_parameters(changed)
    able = np.flatnonzero(p.starts.committed_mw == 0.0).tolist()
    if not able or choices.chance(0.6):
        return ()
    s = choices.one_of(able)
    site, month = p.sites[int(p.starts.site[s])].id, p.horizon.label(int(p.starts.tau[s]))
    return (Pin(p.starts.offers[int(p.starts.offer[s])].id, site, month, 0.0),)


def cold(changed: Portfolio, pins: Sequence[Pin]) -> float | str:
    """NPV of a plan of its own, or what is wrong."""
    try:
        return float(plan(changed, pins=pins, full=False, gap=search.EXACT_GAP).summary["npv_usd"])
    except (InfeasiblePlanError, PinError) as error:
        return type(error).__name__


def warm(model: WarmModel, changed: Portfolio, held: Solved | None = None) -> float | str:
    """NPV by the model that is kept warm, or what is wrong."""
    try:
        return model.solve(changed, held=held).npv_usd
    except (InfeasiblePlanError, PinError) as error:
        return type(error).__name__


def same(one: float | str, other: float | str, relative: float = RELATIVE) -> bool:
    """Whether two answers are one."""
    if isinstance(one, str) or isinstance(other, str):
        return _verdict(one) == _verdict(other)
    return abs(one - other) <= relative * max(abs(other), FLOOR_USD)


def _verdict(answer: float | str) -> str:
    return answer.removesuffix("Error").replace("InfeasiblePlan", "Infeasible") if isinstance(answer, str) else "plan"


def matrix_faults(model: WarmModel, changed: Portfolio) -> list[str]:
    """Where the solvers' programmes, after patching, are not the one that is built anew."""
    try:
        rebuilt = compile_parameters(build_parameters(changed, model.pins, model._finer))
    except InfeasiblePlanError:
        return []  # it cannot be built at all
    faults = []
    solvers = {"LP": model.session._highs}
    if model.session.search is not None:
        solvers["search"] = model.session.search.highs
    for name, highs in solvers.items():
        lp = highs.getLp()
        parts = {
            "cost": (lp.col_cost_, rebuilt.cost),
            "lower bounds": (lp.col_lower_, rebuilt.col_lower),
            "upper bounds": (lp.col_upper_, rebuilt.col_upper),
            "lower sides": (lp.row_lower_, rebuilt.row_lower),
            "upper sides": (lp.row_upper_, rebuilt.row_upper),
            "constant": ([lp.offset_], np.array([rebuilt.offset])),
        }
        for part, (patched, built) in parts.items():
            if not _same_numbers(np.array(patched, dtype=np.float64), built):
                faults.append(f"{part} of the {name}")
        if not _same_numbers(_coefficients(lp), rebuilt.a.toarray()):
            faults.append(f"coefficients of the {name}")
    return faults


def _coefficients(lp: highspy.HighsLp) -> FloatArray:
    matrix, shape = lp.a_matrix_, (lp.num_row_, lp.num_col_)
    assert matrix.format_ == highspy.MatrixFormat.kColwise
    return np.asarray(csc_matrix((matrix.value_, matrix.index_, matrix.start_), shape=shape).toarray())


def _same_numbers(patched: FloatArray, built: FloatArray) -> bool:
    """Whether all numbers agree to 1e-9 of their size, or to 1e-12 of the largest."""
    if patched.shape != built.shape:
        return False
    finite = built[np.isfinite(built)]
    largest = float(np.abs(finite).max(initial=0.0))
    return bool(np.allclose(patched, built, rtol=RELATIVE, atol=1e-12 * largest))


def disagreements(case: Case, seed: int) -> tuple[list[str], Counter[str]]:
    """Where warm and cold differ on copies of a portfolio, and what was tried."""
    choices = SeededChoices(seed)
    tried: Counter[str] = Counter()
    base = case.portfolio()
    pins = some_pins(base, choices)
    copies = copies_of(case, choices)
    alike = [changed for changed, _ in copies] if choices.chance(0.5) else []
    try:
        model = WarmModel(base, alike=alike, pins=pins)
    except InfeasiblePlanError:
        return [], tried
    faults = []
    if not same(warm(model, base, held=model.base), model.base.npv_usd):
        faults.append(f"seed {seed}: held unchanged is {warm(model, base, held=model.base)}")
    for changed, names in [*copies, (base, ["nothing"])]:
        where = f"seed {seed}, {', '.join(names)}{' (alike)' if alike else ''}{' ' + str(pins[0]) if pins else ''}"
        session = model.session
        found, expected = warm(model, changed), cold(changed, pins)
        tried.update(names)
        tried["patched" if model.session is session else "rebuilt"] += 1
        tried["no plan" if isinstance(expected, str) else "plan"] += 1
        tried["search" if model.session.search is not None else "LP"] += 1
        if not same(found, expected):
            faults.append(f"{where}: warm {found}, cold {expected}")
        if expected != "PinError" and found != "PinError":
            faults += [f"{where}: {fault}" for fault in matrix_faults(model, changed)]
        kept = warm(model, changed, held=model.base)
        if not isinstance(kept, str):
            tried["held"] += 1
            if isinstance(found, str) or kept > found + RELATIVE * max(abs(found), FLOOR_USD):
                faults.append(f"{where}: held {kept} is above the optimum {found}")
    return faults, tried


@pytest.fixture(autouse=True)
def _exact_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two searches agree to 1e-9 only if both end there."""
    monkeypatch.setattr(search, "DEFAULT_GAP", search.EXACT_GAP)


FAMILIES: dict[str, tuple[Callable[[int], Case], int]] = {
    "linear": (random_case, 9),
    "lumpy": (random_lumpy_case, 12),
    "power": (random_power_case, 3),
    "lumpy power": (lambda seed: random_lumpy_case(seed, power=True), 3),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_patched_and_rebuilt_programmes_are_the_same(family: str) -> None:
    """After every random edit the solver's coefficients are those built anew, and the optimum is a cold plan's."""
    make, seeds = FAMILIES[family]
    tried: Counter[str] = Counter()
    faults = []
    for seed in range(seeds):
        found, what = disagreements(make(seed), seed)
        faults += found
        tried += what
    assert not faults, "\n".join(faults)
    assert tried["patched"] > seeds
    assert tried["held"] > seeds
    assert tried["plan"] > tried["no plan"]
    if "lumpy" in family:
        assert tried["search"] > tried["LP"]


@pytest.mark.parametrize("retired", ["2027-01", "2027-03"])
def test_a_copy_without_a_programme_leaves_the_model_as_it_was(retired: str) -> None:
    """No fleet can give the hashrate asked for: the copy has no plan, at another rent neither, and the base is back."""
    gone = fleet(retire=retired) if retired > "2027-01" else fleet(mw=0.0)
    model = WarmModel(portfolio())
    for rent in (100.0, 120.0):
        copy_without = portfolio(
            limits={"min_eh_s": 0.1}, fleets=[gone], contracts=[offer(price_usd_per_kw_month=rent)]
        )
        assert warm(model, copy_without) == "InfeasiblePlanError"
    assert warm(model, portfolio()) == pytest.approx(model.base.npv_usd, rel=RELATIVE)


def test_a_held_plan_is_never_above_the_optimum_where_it_is_not_allowed() -> None:
    """Held are 4 MW of March: whole blocks no longer reach the least size, another deal of the group is signed, and a
    delay moves them onto a start that is forbidden."""
    other = offer(id="other", max_mw=1.0, committed_mw=1.0, last_start="2027-03", exclusive_group="one")
    copies = {
        "blocks": portfolio(contracts=[offer(min_mw=3.5, block_mw=1.5)]),
        "group": portfolio(contracts=[offer(exclusive_group="one"), other]),
        "pin": portfolio(contracts=[offer(first_start="2027-04", last_start="2027-05")]),
    }
    for name, changed in copies.items():
        model = WarmModel(portfolio(), pins=[Pin("lab", "alpha", "2027-04", 0.0)])
        assert model.base.taken_mw == {"lab": pytest.approx(4.0)}
        optimum, held = warm(model, changed), warm(model, changed, held=model.base)
        assert isinstance(optimum, float)
        assert isinstance(held, str) or held <= optimum + 1.0, name


def test_a_coefficient_that_appears_is_searched_with() -> None:
    """Capex that the tenant bore becomes the landlord's: the budget of 250,000 then pays for one block of 1.5 MW."""
    budget = {"capex_budget": [{"month": "2027-01", "usd": 250_000.0}]}
    small = offer(id="small", max_mw=0.5, block_mw=0.5, price_usd_per_kw_month=10.0)

    def with_share(share: float) -> Portfolio:
        return portfolio(contracts=[offer(block_mw=1.5, tenant_capex_share=share), small], limits=budget)

    model = WarmModel(with_share(1.0))
    session = model.session
    assert model.base.taken_mw["lab"] == pytest.approx(3.0)
    assert model.solve(with_share(0.0)).taken_mw["lab"] == pytest.approx(1.5)
    assert model.session is session
    assert not matrix_faults(model, with_share(0.0))


BUDGET = {"capex_budget": [{"month": "2027-01", "usd": 250_000.0}]}
LUMPY = {"min_mw": 2.0, "block_mw": 1.0}
# Two portfolios that differ in one number which stands in a limit, not in the objective.
ONE_NUMBER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "capacity": ({}, {"sites": [site(capacity_mw=8.0, ai_max_mw=10.0, mining_ready_mw=10.0)]}),
    "AI limit": ({}, {"sites": [site(ai_max_mw=3.0)]}),
    "halls": ({}, {"sites": [site(mining_ready_mw=7.0)]}),
    "curtailable share": (
        {"sites": [site(curtailable_min_share=0.1)]},
        {"sites": [site(curtailable_min_share=0.8)]},
    ),
    "largest size": ({}, {"contracts": [offer(max_mw=3.0)]}),
    "gross ratio": ({}, {"contracts": [offer(gross_ratio=2.5)]}),
    "signed size": (
        {"contracts": [offer(committed_mw=2.0, last_start="2027-03")]},
        {"contracts": [offer(committed_mw=3.0, last_start="2027-03")]},
    ),
    "least size": (
        {"contracts": [offer(min_mw=2.0)], "sites": [site(ai_max_mw=3.0)]},
        {"contracts": [offer(min_mw=3.0)], "sites": [site(ai_max_mw=3.0)]},
    ),
    "block": ({"contracts": [offer(block_mw=1.5)]}, {"contracts": [offer(block_mw=1.9)]}),
    "build limit": ({"limits": {"max_build_mw": 3.0}}, {"limits": {"max_build_mw": 2.0}}),
    "budget": ({"limits": BUDGET}, {"limits": {"capex_budget": [{"month": "2027-01", "usd": 150_000.0}]}}),
    "capex under a budget": (
        {"limits": BUDGET},
        {"limits": BUDGET, "contracts": [offer(capex_usd_per_mw=200_000.0)]},
    ),
    "hashrate of a machine": (
        {"limits": {"min_eh_s": 0.3}},
        {"limits": {"min_eh_s": 0.3}, "rigs": [{"id": "rig20", "th_s": 90.0, "watts": 2000.0}]},
    ),
    "group": (
        {"contracts": [offer(**LUMPY), offer(id="two", exclusive_group="a", **LUMPY)]},
        {"contracts": [offer(exclusive_group="a", **LUMPY), offer(id="two", exclusive_group="a", **LUMPY)]},
    ),
    "customer": (
        {"contracts": [offer(), offer(id="two")], "limits": {"counterparty_share_max": 0.5}},
        {"contracts": [offer(), offer(id="two", counterparty="Two")], "limits": {"counterparty_share_max": 0.5}},
    ),
}


@pytest.mark.parametrize("number", ONE_NUMBER)
def test_a_number_in_a_limit_is_patched(number: str) -> None:
    """Solved before or after a portfolio that differs in this number alone, each has its own optimum and programme."""
    before, after = (portfolio(**tables) for tables in ONE_NUMBER[number])
    model = WarmModel(before)
    answers = []
    for changed in (after, before):
        found = warm(model, changed)
        assert same(found, cold(changed, ()))
        assert not matrix_faults(model, changed)
        answers.append(found)
    assert not same(*answers)


def fleet(**columns: Any) -> dict[str, Any]:
    """The fleet of the eye-sized case with other columns."""
    return {**eye_sized()["fleets"][0], **columns}


def test_every_edit_is_made_and_changes_something() -> None:
    """Each kind of edit changes the optimum of some portfolio."""
    moved: set[str] = set()
    for seed, (make, _) in product(range(40), FAMILIES.values()):
        if moved == set(EDITS):
            break
        case, choices = make(seed), SeededChoices(seed)
        try:
            model = WarmModel(case.portfolio())
        except InfeasiblePlanError:
            continue
        for name in sorted(set(EDITS) - moved):
            tables = copy.deepcopy(case.tables)
            EDITS[name](choices, tables)
            try:
                after = warm(model, Case(tables, case.prices).portfolio()) if tables != case.tables else "no change"
            except PortfolioError:
                continue
            if not isinstance(after, str) and not same(after, model.base.npv_usd):
                moved.add(name)
    assert moved == set(EDITS)
