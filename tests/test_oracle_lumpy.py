"""Lumpy portfolios: the product against enumeration and an own MILP, and these against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from lumpy_by_hand import BY_HAND, A, B, hand
from oracle_lumpy import Sizes, Start, best_by_enumeration, best_by_milp, count_combinations
from oracle_money import Prices, Tables, month_index
from oracle_programme import OracleInfeasibleError
from strategies import Case, SeededChoices, later
from strategies_lumpy import random_lumpy_case

from optimizer import Plan, plan
from optimizer.errors import InfeasiblePlanError, PinError
from optimizer.pins import Pin

PORTFOLIOS = 60
BATCH = 10
POWER_PORTFOLIOS = 8
# Portfolios with more combinations of whole numbers than this are not enumerated.
MOST_COMBINATIONS = 100
RELATIVE = 1e-6
FLOOR_USD = 1e6
SIZE_TOLERANCE_MW = 1e-6


def oracle_npv(case: Case, pins: Sizes | None = None) -> float | None:
    """The oracle's NPV, None where there is no plan; small portfolios are enumerated, and both ways must agree."""
    searched = _npv(best_by_milp, case, pins)
    if count_combinations(case.tables, case.prices) > MOST_COMBINATIONS:
        return searched
    enumerated = _npv(best_by_enumeration, case, pins)
    assert same_npv(searched, enumerated), f"the oracle is at odds with itself: {searched} and {enumerated}"
    return enumerated


def _npv(way: Any, case: Case, pins: Sizes | None) -> float | None:
    try:
        return float(way(case.tables, case.prices, pins).npv_usd)
    except OracleInfeasibleError:
        return None


def same_npv(one: float | None, other: float | None) -> bool:
    """Whether two optima agree: both none, or equal to 1e-6."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= RELATIVE * max(abs(other), FLOOR_USD)


def planned(case: Case, pins: tuple[Pin, ...] = ()) -> Plan | None:
    """The product's plan, None where it says that there is none, or none that follows the pins."""
    try:
        return plan(case.portfolio(), pins=pins, full=False)
    except (InfeasiblePlanError, PinError):
        return None


def npv_of(found: Plan | None) -> float | None:
    """NPV of a plan, if there is one. [USD]"""
    return None if found is None else float(found.summary["npv_usd"])


def starts_of(case: Case, found: Plan) -> dict[Start, float]:
    """Critical MW of every start in the plan."""
    first = month_index(case.tables["settings"]["start"])
    rows = found.frames.contracts.query("mw > 0").itertuples()
    return {(row.contract, row.site, month_index(row.start) - first): row.mw for row in rows}


def broken_rules(tables: Tables, starts: Mapping[Start, float]) -> list[str]:
    """Conditions of lumpy offers that the sizes of a plan break."""
    offers = {offer["id"]: offer for offer in tables["contracts"]}
    total: Counter[str] = Counter()
    broken = []
    for (name, site, month), mw in starts.items():
        total[name] += mw
        block = offers[name].get("block_mw", 0.0) if "committed_mw" not in offers[name] else 0.0
        if block and abs(mw / block - round(mw / block)) > SIZE_TOLERANCE_MW:
            broken.append(f"{name} at {site} in month {month}: {mw} MW are no blocks of {block}")
    taken = {name for name, mw in total.items() if mw > SIZE_TOLERANCE_MW}
    taken |= {name for name, offer in offers.items() if "committed_mw" in offer}
    for name, offer in offers.items():
        least, most = offer.get("min_mw", 0.0) - SIZE_TOLERANCE_MW, offer["max_mw"] + SIZE_TOLERANCE_MW
        if "committed_mw" not in offer and name in taken and not least <= total[name] <= most:
            broken.append(f"{name}: {total[name]} MW in all")
        if name in taken and offer.get("requires") and offer["requires"] not in taken:
            broken.append(f"{name} without {offer['requires']}")
    groups = Counter(offers[name].get("exclusive_group") for name in taken)
    broken += [f"{count} offers of group {group}" for group, count in groups.items() if group and count > 1]
    return broken


def disagreements(case: Case, seed: int) -> list[str]:
    """Where product and oracle differ on a portfolio, and what its plan breaks."""
    expected, found = oracle_npv(case), planned(case)
    if not same_npv(npv_of(found), expected):
        return [f"seed {seed}: product {npv_of(found)}, oracle {expected}"]
    if found is None:
        return []
    broken = broken_rules(case.tables, starts_of(case, found))
    if not found.certificate["passed"]:
        broken.append("the certificate failed")
    return [f"seed {seed}: {rule}" for rule in broken]


@pytest.mark.parametrize("first_seed", range(0, PORTFOLIOS, BATCH))
def test_the_plan_is_the_best_of_all_combinations(first_seed: int) -> None:
    """NPV and feasibility are those of the enumeration, and the plan keeps every condition of lumpy offers."""
    seeds = range(first_seed, first_seed + BATCH)
    found = [line for seed in seeds for line in disagreements(random_lumpy_case(seed), seed)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("first_seed", range(0, POWER_PORTFOLIOS, 4))
def test_the_plan_is_the_best_of_all_combinations_under_power_contracts(first_seed: int) -> None:
    """The same where loads of a site are planned together, hour by hour."""
    seeds = range(first_seed, first_seed + 4)
    found = [line for seed in seeds for line in disagreements(random_lumpy_case(seed, power=True), seed)]
    assert not found, "\n".join(found)


def random_pins(case: Case, seed: int) -> Sizes:
    """Other sizes forced upon starts of the best plan, or any sizes upon any starts."""
    choices = SeededChoices(seed)
    offers = {offer["id"]: offer for offer in case.tables["contracts"] if "committed_mw" not in offer}
    columns = best_by_milp(case.tables, case.prices).ai_mw
    able = [start for start in columns if start[0] in offers]
    taken = [start for start in able if columns[start] > SIZE_TOLERANCE_MW]
    pool = taken if taken and choices.chance(0.7) else able
    pins: dict[Start, float] = {}
    for _ in range(choices.one_of([1, 1, 2]) if pool else 0):
        start = choices.one_of(pool)
        offer = offers[start[0]]
        sizes = [0.0, offer.get("min_mw", 0.0), round(columns[start] * choices.number(0.0, 0.9), 2)]
        pins[start] = choices.one_of([0.0, offer["block_mw"]] if offer.get("block_mw") else sizes)
    return pins


def as_pins(case: Case, sizes: Sizes) -> tuple[Pin, ...]:
    """The same forced sizes as the product's pins."""
    start = case.tables["settings"]["start"]
    return tuple(Pin(offer, site, later(start, tau), mw) for (offer, site, tau), mw in sizes.items())


def pin_disagreements(seed: int) -> list[str]:
    """Where product and oracle differ about a portfolio with forced decisions."""
    case = random_lumpy_case(seed)
    if planned(case) is None:
        return []
    sizes = random_pins(case, seed)
    expected, found = oracle_npv(case, sizes), planned(case, as_pins(case, sizes))
    if not same_npv(npv_of(found), expected):
        return [f"seed {seed}, pins {sizes}: product {npv_of(found)}, oracle {expected}"]
    if found is None:
        return []
    starts = starts_of(case, found)
    wrong = [start for start, mw in sizes.items() if abs(starts.get(start, 0.0) - mw) > SIZE_TOLERANCE_MW]
    return [f"seed {seed}: {start} is not as forced" for start in wrong]


@pytest.mark.parametrize("first_seed", range(200, 240, 20))
def test_a_pin_costs_what_the_enumeration_says(first_seed: int) -> None:
    """With decisions forced, NPV and feasibility are those of the enumeration with the same sizes fixed."""
    found = [line for seed in range(first_seed, first_seed + 20) for line in pin_disagreements(seed)]
    assert not found, "\n".join(found)


def test_pins_cost_something_somewhere() -> None:
    """Of the pinned portfolios several lose value, some gain nothing and lose nothing, some have no plan left."""
    verdicts: Counter[str] = Counter()
    for seed in range(200, 235):
        case = random_lumpy_case(seed)
        free = oracle_npv(case)
        if free is not None:
            forced = oracle_npv(case, random_pins(case, seed))
            verdicts["none" if forced is None else "same" if same_npv(forced, free) else "dearer"] += 1
    assert verdicts["dearer"] >= 8
    assert verdicts["same"] >= 2
    assert verdicts["none"] >= 1


def test_random_portfolios_use_every_lumpy_feature() -> None:
    """Sizes that do not divide, groups with signed members, chains of requirements: each is found, and each binds."""
    seen: Counter[str] = Counter()
    for seed in range(PORTFOLIOS):
        offers = {offer["id"]: offer for offer in random_lumpy_case(seed).tables["contracts"]}
        groups = Counter(offer.get("exclusive_group") for offer in offers.values())
        seen.update(f"group of {count}" for group, count in groups.items() if group and count < 4)
        for offer in offers.values():
            most, least, block = offer["max_mw"], offer.get("min_mw", 0.0), offer.get("block_mw", 0.0)
            if "committed_mw" in offer:
                seen.update(f"signed with {name}" for name in ("exclusive_group", "requires") if offer.get(name))
                continue
            seen["least size"] += least > 0.0 and not block
            seen["all or nothing"] += least == most
            seen["blocks that do not divide"] += block > 0.0 and most / block % 1.0 > 0.01
            seen["blocks that divide"] += block > 0.0 and block != most and most / block % 1.0 <= 0.01
            seen["one block"] += block == most
            seen["least size of no whole blocks"] += bool(block and least > block and least / block % 1.0 > 0.01)
            other = offers.get(offer.get("requires", ""), {})
            seen["requires"] += bool(other)
            seen["chain of requirements"] += bool(other.get("requires"))
            seen["requires a member of a group"] += bool(other.get("exclusive_group"))
            seen["requires a signed deal"] += "committed_mw" in other
            seen["requires an offer of other sites"] += bool(other) and not set(other["sites"]) & set(offer["sites"])
    rare = {feature: count for feature, count in seen.items() if count < 3}
    assert not rare
    assert len(seen) >= 16


def test_lumpiness_matters() -> None:
    """Without their lumpy columns more than a third of the portfolios are worth more: the conditions bind."""
    bound = 0
    for seed in range(40):
        case = random_lumpy_case(seed)
        smooth = [
            {name: cell for name, cell in offer.items() if name not in ("min_mw", "block_mw", "exclusive_group")}
            for offer in case.tables["contracts"]
        ]
        smooth = [{name: cell for name, cell in offer.items() if name != "requires"} for offer in smooth]
        with_lumps, without = oracle_npv(case), oracle_npv(Case(case.tables | {"contracts": smooth}, case.prices))
        bound += not same_npv(with_lumps, without)
    assert bound > 40 / 3


def test_the_rules_on_sizes_notice_each_breach() -> None:
    """A plan that breaks blocks, least size, group and requirement is told four times."""
    tables = hand(
        A | {"block_mw": 2.0, "requires": "c"}, B | {"min_mw": 3.0, "exclusive_group": "g"}, {"id": "c", "min_mw": 1.0}
    )
    tables["contracts"].append(tables["contracts"][2] | {"id": "d", "exclusive_group": "g"})
    starts = {("a", "site", 0): 3.0, ("b", "site", 0): 1.0, ("d", "site", 0): 1.0}
    assert len(broken_rules(tables, starts)) == 4
    assert not broken_rules(tables, {("a", "site", 0): 4.0, ("c", "site", 0): 1.0, ("b", "site", 0): 3.0})


def test_random_lumpy_portfolios_are_the_same_every_time() -> None:
    """A seed gives one portfolio, which neither of the oracles changes."""
    case = random_lumpy_case(7)
    oracle_npv(case, random_pins(case, 7))
    assert case.tables == random_lumpy_case(7).tables


def by_product(tables: Tables, prices: Prices, pins: Sizes) -> Plan:
    """The product's plan.

    Raises:
        OracleInfeasibleError: when it says that there is none, or none that follows the pins.
    """
    case = Case(dict(tables), prices)
    found = planned(case, as_pins(case, pins))
    if found is None:
        raise OracleInfeasibleError(float("nan"))
    return found


@pytest.mark.parametrize("way", [best_by_enumeration, best_by_milp, by_product])
@pytest.mark.parametrize("name", BY_HAND)
def test_all_ways_agree_with_the_hand(name: str, way: Callable[..., Any]) -> None:
    """Enumeration, MILP and the product find what was worked out by hand."""
    tables, pins, expected = BY_HAND[name]
    if expected is None:
        with pytest.raises(OracleInfeasibleError):
            way(tables, {}, pins)
        return
    found = way(tables, {}, pins)
    assert (npv_of(found) if isinstance(found, Plan) else found.npv_usd) == pytest.approx(expected, abs=1e-3)
