"""The value of waiting: worked by hand, against the extensive form on random portfolios, and its laws."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from oracle_programme import OracleInfeasibleError
from oracle_waiting import Branches, Extensive
from strategies import Case, SeededChoices, later, random_case
from strategies_lumpy import random_lumpy_case

from optimizer.errors import InfeasiblePlanError, PinError, ScenarioError
from optimizer.horizon import Horizon
from optimizer.pins import Pin
from optimizer.planning import plan
from optimizer.waiting.scenario_tree import Branching, ScenarioTree, parse_branching, thresholds
from optimizer.waiting.waiting import Waiting, wait
from sites.portfolio import Portfolio
from sites.scenarios import ScenarioPaths
from tests.optimizer.cases import offer, portfolio

RELATIVE, FLOOR_USD = 1e-7, 1e6
MARCH = [("2027-03", 2)]
# January earns 20 USD/MWh in both; from February on 45 in one and nothing in the other.
PRICES = [
    {"month": "2027-01", "usd_per_ph_day": 24.0},
    {"month": "2027-02", "usd_per_ph_day": 36.0},
    {"month": "2027-01", "usd_per_ph_day": 24.0, "scenario": "low"},
    {"month": "2027-02", "usd_per_ph_day": 12.0, "scenario": "low"},
]
SCENARIOS = [{"id": "bad", "probability": 0.5, "hashprice": "low"}, {"id": "good", "probability": 0.5}]


def rented(**changes: Any) -> dict[str, Any]:
    """Hosting from March to June without building: 60,000 USD a MW, where mining earns 2,928 x 45 = 131,760 or 0."""
    terms: dict[str, Any] = {"first_start": "2027-03", "last_start": "2027-03", "build_months": 0}
    terms |= {"capex_usd_per_mw": 0.0, "gross_ratio": 1.0, "price_usd_per_kw_month": 15.0, "max_mw": 10.0}
    return offer(**{**terms, **changes})


def case(**changes: Any) -> Portfolio:
    """10 MW that mine or host from March on."""
    return portfolio(**{"hashprice": PRICES, "scenarios": SCENARIOS, "contracts": [rented()], **changes})


def same_usd(found: float, expected: float) -> bool:
    """Whether two amounts agree."""
    return abs(found - expected) <= RELATIVE * max(abs(expected), FLOOR_USD)


# ---------------------------------------------------------------- by hand


def test_waiting_is_worth_what_the_wrong_choice_would_cost() -> None:
    """To mine earns 65,880 a MW on average, to host 60,000; who waits earns (131,760 + 60,000) / 2 = 95,880."""
    found = wait(case(), MARCH)
    both = 10 * 744 * 20.0 + 10 * 672 * 45.0 / 2
    assert found.committed_usd == pytest.approx(both + 658_800.0)
    assert found.value_usd == pytest.approx(both + 958_800.0)
    assert found.flexibility_usd == pytest.approx(300_000.0)
    assert found.gap <= 1e-9


def test_decisions_say_what_waits_and_for_which_signal() -> None:
    """Hosting is signed in March below (24 + 24) / 2 USD, the middle of the means 18 and 30, and not above."""
    found = wait(case(), MARCH)
    decision = found.decisions.iloc[0].to_dict()
    assert len(found.decisions) == 1
    assert decision.pop("mw") == pytest.approx(10.0)
    assert decision == {
        "contract": "lab",
        "site": "alpha",
        "start": "2027-03",
        "signing": "2027-03",
        "node": "1",
        "when": "waits",
    }
    root, low, high = found.nodes.to_dict("records")
    assert (root["node"], root["parent"], root["from"], root["until"]) == ("now", "", "2027-01", "2027-02")
    assert (low["parent"], low["from"], low["until"], low["scenarios"]) == ("now", "2027-03", "2027-06", 1)
    assert low["signal_high_usd_per_ph_day"] == high["signal_low_usd_per_ph_day"] == pytest.approx(24.0)
    assert np.isnan([low["signal_low_usd_per_ph_day"], high["signal_high_usd_per_ph_day"]]).all()
    assert [node["signed_mw"] for node in (root, low, high)] == pytest.approx([0.0, 10.0, 0.0])
    assert found.committed.empty
    prices = found.hashprice.set_index(["node", "month"])["usd_per_ph_day"]
    assert prices["now", "2027-02"] == pytest.approx(24.0)
    assert prices["1", "2027-06"] == pytest.approx(12.0)


@pytest.mark.parametrize("terms", [{"build_months": 1}, {"disruption_months": 1}], ids=["building", "disturbance"])
def test_what_begins_before_the_branch_cannot_wait(terms: dict[str, Any]) -> None:
    """An offer that is built, or disturbs its site, from February on is decided in February."""
    found = wait(case(contracts=[rented(**terms)]), MARCH)
    assert found.flexibility_usd == pytest.approx(0.0, abs=1e-6)
    assert found.decisions.empty
    dear = wait(case(contracts=[rented(**terms, price_usd_per_kw_month=40.0)]), MARCH).decisions
    assert dear[["signing", "node", "when"]].to_numpy().tolist() == [["2027-02", "now", "now"]]


def test_what_is_signed_alike_in_every_node_does_not_wait() -> None:
    """At 40 USD/kW-month hosting beats mining in both; from April on it is signed later, from January on now."""
    dear = rented(price_usd_per_kw_month=40.0)
    soon = rented(price_usd_per_kw_month=400.0, id="soon", max_mw=2.0, first_start="2027-01", last_start="2027-01")
    held = rented(id="held", committed_mw=1.0, max_mw=1.0, first_start="2027-05", last_start="2027-05")
    found = wait(case(contracts=[dear, soon, held]), MARCH).decisions
    assert found.groupby("contract")["when"].agg(set).to_dict() == {
        "lab": {"later"},
        "soon": {"now"},
        "held": {"signed"},
    }
    assert found[found["contract"] == "lab"]["node"].tolist() == ["1", "2"]


def test_all_or_nothing_may_wait_too() -> None:
    """An offer of 10 MW or none is worth as much as one of any size."""
    found = wait(case(contracts=[rented(min_mw=10.0)]), MARCH)
    assert found.flexibility_usd == pytest.approx(300_000.0)
    assert max(found.gap, found.committed_gap) <= 1e-6
    blocks = wait(case(contracts=[rented(block_mw=4.0)]), MARCH)
    assert blocks.flexibility_usd == pytest.approx(0.8 * 300_000.0)


def test_fear_makes_a_plan_wait() -> None:
    """Only the worst half counts: who commits hosts for 60,000 a MW and earns that in both; so does who waits."""
    feared = case(risk={"cvar_weight": 1.0, "cvar_alpha": 0.5})
    found = wait(feared, MARCH)
    assert found.flexibility_usd == pytest.approx(0.0, abs=1e-3)
    half = wait(replace(feared, risk=feared.risk.model_copy(update={"cvar_weight": 0.5})), MARCH)
    january, february = 148_800.0, 302_400.0
    mean, worst = january + february / 2 + 958_800.0, january + 600_000.0
    assert (half.waits.mean_usd, half.waits.cvar_usd) == pytest.approx((mean, worst))
    assert half.flexibility_usd == pytest.approx((958_800.0 - 600_000.0) / 2)


def test_pins_hold_whatever_is_seen() -> None:
    """A pinned start is the same in every node and waits for nothing."""
    found = wait(case(), MARCH, pins=[Pin("lab", "alpha", "2027-03", 3.0)])
    assert found.flexibility_usd == pytest.approx(0.0, abs=1e-6)
    assert found.decisions[["node", "mw", "when"]].to_numpy().tolist() == [["now", pytest.approx(3.0), "now"]]
    with pytest.raises(PinError):
        wait(case(), MARCH, pins=[Pin("lab", "alpha", "2028-03", 3.0)])


# ---------------------------------------------------------------- trees


def paths(prices: list[list[float]], probability: list[float] | None = None) -> ScenarioPaths:
    """Scenarios of these price paths."""
    given = ScenarioPaths.equally_likely(np.array(prices), np.ones((len(prices), len(prices[0]))))
    return given if probability is None else replace(given, probability=np.array(probability))


def grown(scenarios: ScenarioPaths, *branchings: tuple[str, int]) -> ScenarioTree:
    """The tree over as many months as there are prices, from January 2027 on."""
    horizon = Horizon(2027 * 12, scenarios.hashprice.shape[1], 0.0, 0.0)
    return ScenarioTree.of(scenarios, [Branching(*each) for each in branchings], horizon)


def test_bands_are_as_equally_likely_as_can_be() -> None:
    """Cuts lie between signals, nearest to equal shares, and leave a signal for every band."""
    even = np.full(6, 1 / 6)
    assert thresholds(np.array([6.0, 1, 2, 5, 4, 3]), even, 3).tolist() == [2.5, 4.5]
    assert thresholds(np.array([1.0, 2, 3]), np.array([0.8, 0.1, 0.1]), 3).tolist() == [1.5, 2.5]
    assert thresholds(np.array([1.0, 2, 3]), np.array([0.1, 0.1, 0.8]), 2).tolist() == [2.5]
    assert thresholds(np.array([1.0, 1, 1, 5]), np.full(4, 0.25), 3).tolist() == [3.0]
    assert thresholds(np.array([1.0, 9.0, 2.0]), np.array([0.5, 0.0, 0.5]), 2).tolist() == [1.5]


def test_scenarios_that_look_alike_stay_together() -> None:
    """What differs only from the branch month on cannot be seen; each node is cut by its own signals."""
    tree = grown(paths([[5, 5, 1, 1], [5, 5, 9, 9], [7, 7, 2, 2], [7, 7, 8, 8]]), ("2027-03", 4), ("2027-04", 2))
    assert [node.name for node in tree.nodes] == ["now", "1", "2", "1.1", "1.2", "2.1", "2.2"]
    assert [node.scenarios.tolist() for node in tree.levels[1]] == [[0, 1], [2, 3]]
    assert tree.leaf_of.tolist() == [0, 1, 2, 3]
    assert tree.ancestor.tolist() == [[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 2, 3]]
    assert tree.level_of(np.array([0, 1, 2, 3])).tolist() == [0, 0, 1, 2]


def test_other_paths_find_their_leaf() -> None:
    """The scenarios themselves come to where they are; others to the band that they are seen in."""
    generator = np.random.default_rng(3)
    drawn = paths(generator.uniform(20, 60, (40, 12)).tolist())
    tree = grown(drawn, ("2027-05", 3), ("2027-09", 2))
    assert np.array_equal(tree.leaf_of_paths(drawn), tree.leaf_of)
    extreme = paths([[1.0] * 12, [99.0] * 12])
    assert tree.leaf_of_paths(extreme).tolist() == [0, 5]


@pytest.mark.parametrize(
    ("branches", "message"),
    [
        ([], "needs at least one branch month"),
        ([("2027-01", 2)], r"branch '2027-01=2': expected a month from 2027-02 to 2027-06"),
        ([("2027-07", 2)], "expected a month from 2027-02 to 2027-06"),
        ([("2027-7", 2)], "'2027-7' is not a month"),
        ([("2027-04", 0)], "expected at least 1 branch"),
        ([("2027-04", 2), ("2027-03", 2)], "expected a month after 2027-04"),
    ],
)
def test_branches_that_do_not_fit_are_refused(branches: Branches, message: str) -> None:
    """Each with the branch, and what was expected."""
    with pytest.raises(ScenarioError, match=message):
        wait(case(), branches)


def test_all_faults_are_said_at_once() -> None:
    """Two wrong branches, two lines; a text of another shape is shown the right one."""
    with pytest.raises(ScenarioError) as caught:
        wait(case(), [("2026-01", 2), ("2027-04", 0)])
    assert len(str(caught.value).splitlines()) == 2
    assert parse_branching(" 2027-07 = 3 ") == Branching("2027-07", 3)
    with pytest.raises(ScenarioError, match="expected MONTH=BRANCHES, such as 2027-07=3"):
        parse_branching("2027-07:3")


def test_one_scenario_has_nothing_to_wait_for() -> None:
    """The error says how scenarios are given."""
    with pytest.raises(ScenarioError, match="give the table 'scenarios'"):
        wait(portfolio(), MARCH)


# ---------------------------------------------------------------- against the extensive form


def with_paths(given: Case, seed: int, *, lumpy: bool) -> tuple[Case, Branches]:
    """Four to eight scenarios that part in some months, branches after some of these, rents that mining may beat."""
    choices, tables = SeededChoices(20_000 + seed), copy.deepcopy(given.tables)
    start, months = tables["settings"]["start"], choices.whole(4, 6) if lumpy else choices.whole(6, 14)
    tables["settings"]["months"] = months
    for site in tables["sites"]:
        mining_mw = sum(fleet["mw"] for fleet in tables["fleets"] if fleet["site"] == site["id"])
        site["capacity_mw"] = max(1.0, round(mining_mw, 1))
    count = choices.whole(4, 8)
    weights = [choices.whole(1, 5) for _ in range(count)]
    parting = [choices.whole(0, 2), choices.whole(0, months - 1)]
    levels = [[choices.one_of([0.5, 0.8, 1.3, 1.9]) for _ in parting] for _ in range(count)]
    base = choices.number(25.0, 60.0)
    tables["hashprice"] = [{"month": start, "usd_per_ph_day": base}]
    tables["scenarios"] = []
    for number in range(count):
        for t in range(months):
            factor = np.prod(
                [level if t >= month else 1.0 for month, level in zip(parting, levels[number], strict=True)]
            )
            row = {"month": later(start, t), "usd_per_ph_day": base * float(factor), "scenario": f"path {number}"}
            tables["hashprice"].append(row)
        tables["scenarios"].append(
            {
                "id": f"s{number}",
                "probability": weights[number] / sum(weights),
                "hashprice": f"path {number}",
                "power_factor": choices.number(0.7, 1.4) if choices.chance(0.4) else 1.0,
                "build_delay_months": choices.whole(0, 2) if choices.chance(0.3) else 0,
            }
        )
    # What is signed and begins after the shorter horizon is no part of the plan.
    tables["contracts"] = [row for row in tables["contracts"] if row["first_start"] < later(start, months)]
    kept = {row["id"] for row in tables["contracts"]}
    for contract in tables["contracts"]:
        if contract.get("requires") not in kept:
            contract.pop("requires", None)
        contract["price_usd_per_kw_month"] = choices.number(5.0, 45.0)
        contract["capex_usd_per_mw"] = 1_000.0 * choices.whole(0, 20)
        if "committed_mw" not in contract:
            contract["build_months"] = choices.whole(0, 2)
            contract["first_start"] = later(start, choices.whole(2, months - 2))
            contract["last_start"] = later(contract["first_start"], choices.whole(0, 1 if lumpy else 4))
    weight = choices.one_of([0.0, 0.0, 0.3, 0.7, 1.0])
    tables["risk"] = {"cvar_weight": weight, "cvar_alpha": choices.one_of([0.1, 0.3, 0.6])}
    first = choices.whole(1, months // 2)
    branches = [(later(start, first), choices.whole(2, 3))]
    if choices.chance(0.5):
        branches.append((later(start, choices.whole(first + 1, months - 1)), 2))
    return Case(tables, given.prices), branches


@lru_cache
def waiting_case(seed: int, *, lumpy: bool = False) -> tuple[Case, Branches]:
    """The portfolio of this seed with its branches."""
    return with_paths(random_lumpy_case(seed) if lumpy else random_case(seed), seed, lumpy=lumpy)


@lru_cache
def answer(seed: int, *, lumpy: bool = False) -> Waiting | None:
    """What the product finds, or None where there is no plan."""
    given, branches = waiting_case(seed, lumpy=lumpy)
    try:
        return wait(given.portfolio(), branches)
    except InfeasiblePlanError:
        return None


def disagreement(seed: int, *, lumpy: bool = False) -> str:
    """Where product and oracle differ."""
    given, branches = waiting_case(seed, lumpy=lumpy)
    extensive, found = Extensive(given.tables, given.prices, branches), answer(seed, lumpy=lumpy)
    try:
        expected = extensive.best_lumpy_usd() if lumpy else extensive.best_usd()
    except OracleInfeasibleError:
        return "" if found is None else f"seed {seed}: the oracle has no plan"
    if found is None:
        return f"seed {seed}: the product has no plan"
    # The search for whole numbers ends at a relative gap of 1e-6.
    agree = same_usd(found.value_usd, expected) or (lumpy and found.value_usd == pytest.approx(expected, rel=2e-6))
    return "" if agree else f"seed {seed}: {found.value_usd!r}, {expected!r}"


SEEDS, LUMPY_SEEDS = range(60), range(32)


@pytest.mark.parametrize("first", range(0, len(SEEDS), 20))
def test_plans_that_wait_are_the_best_of_the_extensive_form(first: int) -> None:
    """With every scenario's decisions written out and tied where they look alike; feared or not."""
    assert [words for seed in SEEDS[first : first + 20] if (words := disagreement(seed))] == []


def test_lumpy_plans_that_wait_are_the_best_of_the_extensive_form() -> None:
    """The same where offers come in whole steps."""
    assert [words for seed in LUMPY_SEEDS if (words := disagreement(seed, lumpy=True))] == []


def test_the_random_portfolios_are_varied() -> None:
    """Most have a plan, some gain by waiting, of these some fear the worst; the lumpy ones too."""
    found = [each for seed in SEEDS if (each := answer(seed))]
    lumpy = [each for seed in LUMPY_SEEDS if (each := answer(seed, lumpy=True))]
    gaining = [each for each in found if each.flexibility_usd > 1_000.0]
    assert len(found) >= 40
    assert len(gaining) >= 6
    assert {each.cvar_weight > 0.0 for each in gaining} == {True, False}
    assert sum(each.flexibility_usd > 1_000.0 for each in lumpy) >= 2


# ---------------------------------------------------------------- fresh scenarios


def test_fresh_scenarios_are_led_to_their_leaf() -> None:
    """Three quarters bad futures: who waits earns 0.75 x 60,000 + 0.25 x 131,760 a MW; who mines a quarter of that."""
    found = wait(case(), MARCH, fresh=paths([[24, 12, 12, 12, 12, 12]] * 3 + [[24, 36, 36, 36, 36, 36]]))
    assert found.fresh_waits is not None
    assert found.fresh_commits is not None
    both = 10 * 744 * 20.0 + 0.25 * 10 * 672 * 45.0
    assert found.fresh_commits.mean_usd == pytest.approx(both + 0.25 * 1_317_600.0)
    assert found.fresh_flexibility_usd == pytest.approx(0.75 * 600_000.0)


def test_the_scenarios_themselves_as_fresh_ones_give_the_same_values() -> None:
    """Both plans, feared or not, on portfolios with delays and power factors."""
    for seed in SEEDS[:12]:
        given, branches = waiting_case(seed)
        if (found := answer(seed)) is None:
            continue
        whole = given.portfolio()
        tried = wait(whole, branches, fresh=whole.scenario_paths)
        assert (tried.fresh_waits, tried.fresh_commits) != (None, None)
        for fresh, known in ((tried.fresh_waits, found.waits), (tried.fresh_commits, found.commits)):
            assert fresh is not None
            assert same_usd(fresh.mean_usd, known.mean_usd)
            assert same_usd(fresh.cvar_usd, known.cvar_usd)


def test_fresh_scenarios_must_fit() -> None:
    """The months of the plan, and loads that do not depend on one another."""
    with pytest.raises(ScenarioError, match="have 3 months, the plan 6"):
        wait(case(), MARCH, fresh=paths([[24.0, 24.0, 24.0]]))
    block = {"site": "alpha", "kind": "block", "mw": 6.0, "price_usd_per_mwh": 20.0, "resale": "none"}
    with pytest.raises(ScenarioError, match="cannot be tried on fresh scenarios"):
        wait(case(power_contracts=[block]), MARCH, fresh=paths([[24.0] * 6]))


# ---------------------------------------------------------------- laws


def test_to_commit_is_the_ordinary_plan() -> None:
    """The plan that commits now is worth what `plan` says, though its periods are cut; so is a tree of one branch."""
    for seed in SEEDS[:8]:
        given, branches = waiting_case(seed)
        found = answer(seed)
        if found is not None:
            expected = plan(given.portfolio(), full=False).summary["objective_usd"]
            assert same_usd(found.committed_usd, expected)
            bare = wait(given.portfolio(), [(month, 1) for month, _ in branches])
            assert same_usd(bare.value_usd, expected)
            assert set(bare.decisions["when"]) <= {"now", "later", "signed"}


def test_a_finer_tree_is_no_worse_and_none_beats_knowing_the_future() -> None:
    """More to be seen never hurts; what would be earned in each scenario, were it known, is the most."""
    for seed in SEEDS[:25]:
        given, branches = waiting_case(seed)
        found, whole = answer(seed), given.portfolio()
        if found is None:
            continue
        assert found.flexibility_usd >= -RELATIVE * FLOOR_USD
        coarser = wait(whole, branches[:1])
        assert coarser.value_usd <= found.value_usd + RELATIVE * max(FLOOR_USD, abs(found.value_usd))
        if found.cvar_weight == 0.0:
            known = known_usd(given)
            assert found.value_usd <= known + RELATIVE * max(FLOOR_USD, abs(known))


def known_usd(given: Case) -> float:
    """The mean of what the best plan of each scenario earns, were it known. [USD]"""
    total = 0.0
    for row in given.tables["scenarios"]:
        tables = {**given.tables, "scenarios": [{**row, "probability": 1.0}]}
        total += row["probability"] * plan(Case(tables, given.prices).portfolio(), full=False).summary["npv_usd"]
    return float(total)


def test_equal_scenarios_leave_nothing_to_wait_for() -> None:
    """Two names for one future: the tree does not branch."""
    twins = [{"id": "one", "probability": 0.5}, {"id": "other", "probability": 0.5}]
    found = wait(case(scenarios=twins), MARCH)
    assert found.flexibility_usd == pytest.approx(0.0, abs=1e-6)
    assert len(found.nodes) == 2


def test_months_planned_together_are_every_scenarios_own() -> None:
    """With a block that is used or lost, all being seen before anything is decided, it is as if each future were known.

    In January nothing competes with mining, which runs wherever it pays.
    """
    prices = [{"month": "2027-01", "usd_per_ph_day": usd, "scenario": name} for name, usd in (("base", 40), ("low", 9))]
    block = {"site": "alpha", "kind": "block", "mw": 6.0, "price_usd_per_mwh": 20.0, "resale": "none"}
    scenarios = [*SCENARIOS[:1], {**SCENARIOS[1], "power_factor": 1.5}]
    offers = [rented(power="included", last_start="2027-04", price_usd_per_kw_month=40.0)]
    given = case(hashprice=prices, scenarios=scenarios, power_contracts=[block], contracts=offers)
    alone = [
        plan(replace(given, scenarios=(row.model_copy(update={"probability": 1.0}),)), full=False).summary["npv_usd"]
        for row in given.scenarios
    ]
    found = wait(given, [("2027-02", 2)])
    assert found.value_usd == pytest.approx(np.mean(alone))
    assert found.flexibility_usd > 1_000.0
    assert sorted(found.values["npv_usd"]) == pytest.approx(sorted(alone))
