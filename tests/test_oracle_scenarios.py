"""Plans under several scenarios against the extensive form on random portfolios, lumpy ones too; the laws of risk."""

from __future__ import annotations

import copy
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from oracle_money import month_index
from oracle_programme import OracleInfeasibleError
from oracle_scenarios import Scenarios
from strategies import Case, Choices, SeededChoices, random_case
from strategies_lumpy import random_lumpy_case

from optimizer import plan
from optimizer.errors import InfeasiblePlanError
from optimizer.results import Plan

PORTFOLIOS, LUMPY_PORTFOLIOS = 50, 12
BATCH = 10
RELATIVE, FLOOR_USD = 1e-6, 1e6
WEIGHTS = (0.0, 0.2, 0.5, 0.9, 1.0)
ALPHAS = (0.05, 0.1, 0.3, 0.55, 1.0)


def add_scenarios(case: Case, choices: Choices, weight: float | None = None) -> Case:
    """The case with two to five scenarios of unequal probability, each with a hashprice path of its own."""
    tables = copy.deepcopy(case.tables)
    count = choices.whole(2, 5)
    weights = [choices.whole(1, 9) for _ in range(count)]
    base = [row for row in tables["hashprice"] if row.get("scenario", "base") == "base"]
    tables["scenarios"] = []
    for number in range(count):
        level, tilt = choices.number(0.5, 1.6), choices.number(-0.03, 0.03)
        tables["hashprice"] += [
            {**row, "scenario": f"path {number}", "usd_per_ph_day": row["usd_per_ph_day"] * level * (1.0 + tilt) ** t}
            for t, row in enumerate(base)
        ]
        tables["scenarios"].append(
            {
                "id": f"s{number}",
                "probability": weights[number] / sum(weights),
                "hashprice": f"path {number}",
                "power_factor": choices.number(0.6, 1.6) if choices.chance(0.6) else 1.0,
                "build_delay_months": choices.whole(0, 3) if choices.chance(0.6) else 0,
            }
        )
    chosen = choices.one_of(WEIGHTS) if weight is None else weight
    tables["risk"] = {"cvar_weight": chosen, "cvar_alpha": choices.one_of(ALPHAS)}
    return Case(tables, case.prices)


@lru_cache
def uncertain_case(seed: int, *, lumpy: bool = False) -> Case:
    """The portfolio of this seed, with scenarios."""
    return add_scenarios(random_lumpy_case(seed) if lumpy else random_case(seed), SeededChoices(10_000 + seed))


def same_usd(found: float, expected: float) -> bool:
    """Whether two amounts agree."""
    return abs(found - expected) <= RELATIVE * max(abs(expected), FLOOR_USD)


def decisions(found: Plan) -> tuple[dict[tuple[str, str, int], float], dict[tuple[str, int], float]]:
    """What a plan signs and energises, as the oracle names it."""
    first = month_index(found.summary["start"])
    taken = found.frames.contracts[found.frames.contracts["mw"] > 0.0]
    ai = {(row.contract, row.site, month_index(row.start) - first): row.mw for row in taken.itertuples()}
    fleets = found.frames.fleets
    mining = {(row.fleet, month_index(row.month) - first): row.energised_mw for row in fleets.itertuples()}
    return ai, mining


def disagreements(case: Case) -> list[str]:
    """Where product and oracle differ: the objective, and what the plan is worth in every scenario."""
    scenarios = Scenarios(case.tables, case.prices)
    try:
        expected = scenarios.best()
    except OracleInfeasibleError:
        with pytest.raises(InfeasiblePlanError):
            plan(case.portfolio(), full=False)
        return []
    found = plan(case.portfolio(), full=False)
    npv = scenarios.npv_usd(*decisions(found))
    mean, tail = float(scenarios.probability @ npv), scenarios.mean_of_worst(npv)
    stated = found.frames.scenarios["npv_usd"].tolist()
    pairs = {
        "objective": (found.summary["objective_usd"], expected),
        "mean": (found.summary["npv_usd"], mean),
        "worst share": (found.summary["cvar_usd"], tail),
        **{
            f"scenario {row}": (ours, float(theirs)) for row, (ours, theirs) in enumerate(zip(stated, npv, strict=True))
        },
    }
    return [f"{name}: {ours!r}, {theirs!r}" for name, (ours, theirs) in pairs.items() if not same_usd(ours, theirs)]


@pytest.mark.parametrize("first", range(0, PORTFOLIOS, BATCH))
def test_plans_are_the_best_of_the_extensive_form(first: int) -> None:
    """Objective, mean and worst share, and the value in every scenario."""
    found = {seed: disagreements(uncertain_case(seed)) for seed in range(first, first + BATCH)}
    assert {seed: words for seed, words in found.items() if words} == {}


@pytest.mark.parametrize("first", range(0, LUMPY_PORTFOLIOS, 4))
def test_lumpy_plans_are_the_best_of_the_extensive_form(first: int) -> None:
    """The same where offers come in whole steps."""
    found = {seed: disagreements(uncertain_case(seed, lumpy=True)) for seed in range(first, first + 4)}
    assert {seed: words for seed, words in found.items() if words} == {}


def test_the_random_scenarios_are_varied() -> None:
    """Every weight, split shares, delays and factors are among them, and fear changes plans."""
    cases = [uncertain_case(seed).tables for seed in range(PORTFOLIOS)]
    assert {case["risk"]["cvar_weight"] for case in cases} == set(WEIGHTS)
    assert {row["build_delay_months"] for case in cases for row in case["scenarios"]} == {0, 1, 2, 3}
    split = [
        not np.isclose(np.cumsum([row["probability"] for row in case["scenarios"]]), case["risk"]["cvar_alpha"]).any()
        for case in cases
    ]
    assert np.mean(split) > 0.5


def solved(case: Case, **risk: float) -> dict[str, Any] | None:
    """Headline numbers of the best plan with another risk, or None where there is none."""
    tables = {**case.tables, "risk": {**case.tables["risk"], **risk}}
    try:
        return plan(Case(tables, case.prices).portfolio(), full=False).summary
    except InfeasiblePlanError:
        return None


SEEDS = range(3, 11)


@pytest.mark.parametrize("seed", SEEDS)
def test_laws_of_the_worst_share(seed: int) -> None:
    """It is no better than the mean; more fear costs mean and gains tail; the objective is convex in the weight."""
    case = uncertain_case(seed)
    steps = [solved(case, cvar_weight=weight, cvar_alpha=0.3) for weight in (0.0, 0.4, 0.8)]
    if None in steps:
        assert steps == [None] * 3
        return
    found = [step for step in steps if step is not None]
    slack = RELATIVE * max(FLOOR_USD, *(abs(step["npv_usd"]) for step in found))
    assert all(step["cvar_usd"] <= step["npv_usd"] + slack for step in found)
    for low, high in pairwise(found):
        assert high["npv_usd"] <= low["npv_usd"] + slack
        assert high["cvar_usd"] >= low["cvar_usd"] - slack
    assert found[1]["objective_usd"] <= (found[0]["objective_usd"] + found[2]["objective_usd"]) / 2 + slack
    whole = solved(case, cvar_weight=0.8, cvar_alpha=1.0)
    assert whole is not None
    assert same_usd(whole["objective_usd"], found[0]["objective_usd"])


@pytest.mark.parametrize("seed", SEEDS)
def test_laws_of_scenarios(seed: int) -> None:
    """Order and names do not matter, nor does one scenario told twice; knowing what comes is worth something."""
    case = uncertain_case(seed)
    best = solved(case, cvar_weight=0.5)
    if best is None:
        return
    rows = case.tables["scenarios"]
    halves = [{**row, "id": f"{row['id']} again", "probability": row["probability"] / 2} for row in rows]
    firsts = [{**row, "probability": row["probability"] / 2} for row in rows]
    for other in (rows[::-1], [{**row, "id": f"x{n}"} for n, row in enumerate(rows)], [*firsts, *halves]):
        again = solved(Case({**case.tables, "scenarios": other}, case.prices), cvar_weight=0.5)
        assert again is not None
        assert same_usd(again["objective_usd"], best["objective_usd"])
    neutral = solved(case, cvar_weight=0.0)
    alone = [
        solved(Case({**case.tables, "scenarios": [{**row, "probability": 1.0}]}, case.prices), cvar_weight=0.5)
        for row in rows
    ]
    assert neutral is not None
    informed = sum(row["probability"] * known["npv_usd"] for row, known in zip(rows, alone, strict=True) if known)
    assert informed >= neutral["npv_usd"] - RELATIVE * max(FLOOR_USD, abs(neutral["npv_usd"]))
    assert all(known and same_usd(known["objective_usd"], known["npv_usd"]) for known in alone)
