"""Random small portfolios of lumpy offers: least sizes, blocks, exclusive groups, requirements, in every combination.

Built upon the builders of :mod:`strategies`, with horizons and windows short enough for every combination of whole
numbers to be tried.
"""

from __future__ import annotations

from hypothesis import strategies as st
from oracle_money import Prices, month_index
from strategies import (
    RIGS,
    Case,
    Choices,
    DrawnChoices,
    Record,
    SeededChoices,
    Tables,
    commit,
    hourly_prices,
    label,
    random_fleets,
    random_hashprice,
    random_limits,
    random_offer,
    random_settings,
    random_site,
    random_steps,
)
from strategies_power import level_prices, random_power_contracts, random_rig_modes

LUMPY_COLUMNS = ("min_mw", "block_mw", "exclusive_group", "requires")
# Longest window of an offer [months]: every start of an offer in blocks multiplies the combinations.
LONGEST_WINDOW = 2


def random_lumpy_case(seed: int, *, power: bool = False) -> Case:
    """The lumpy portfolio of this seed; with `power` it has power contracts and rig modes too."""
    return build_lumpy_case(SeededChoices(seed), power=power)


def lumpy_cases() -> st.SearchStrategy[Case]:
    """Lumpy portfolios for properties: drawn number by number, or those of a seed, which are more varied."""
    return st.one_of(drawn_lumpy_cases(), st.integers(0, 1_000_000).map(random_lumpy_case))


@st.composite
def drawn_lumpy_cases(draw: st.DrawFn) -> Case:
    """Lumpy portfolios drawn number by number, which hypothesis can make smaller."""
    return build_lumpy_case(DrawnChoices(draw))


def build_lumpy_case(choices: Choices, *, power: bool = False) -> Case:
    """A small portfolio of which most offers are lumpy."""
    settings = random_settings(choices)
    settings["months"] = choices.whole(2, 4 if power else 8)
    start, months = month_index(settings["start"]), settings["months"]
    shape = level_prices if power else hourly_prices
    prices: Prices = {"market-0": shape(choices.whole(0, 20), choices.whole(2018, 2023), 1)}
    sites = [random_site(choices, f"site-{number}", list(prices)) for number in range(choices.whole(1, 2))]
    tables: Tables = {
        "settings": settings,
        "sites": sites,
        "capacity_steps": [step for site in sites for step in random_steps(choices, site, start, months)],
        "rigs": [dict(rig) for rig in RIGS],
        "fleets": [fleet for site in sites for fleet in random_fleets(choices, site, start, months)],
        "hashprice": random_hashprice(choices, start, months),
        "contracts": [
            _random_contract(choices, f"offer-{number}", sites, start, months) for number in range(choices.whole(2, 4))
        ],
    }
    if power:
        tables["rigs"], tables["rig_modes"] = random_rig_modes(choices)
        tables["power_contracts"] = [
            row for site in sites for row in random_power_contracts(choices, site, start, months)
        ]
    make_lumpy(choices, tables["contracts"])
    tables["limits"] = random_limits(choices, tables) if choices.chance(0.4) else {}
    return Case(tables, prices)


def _random_contract(choices: Choices, name: str, sites: list[Record], start: int, months: int) -> Record:
    """A signed or an open offer; most open ones can start within the horizon, and many pay."""
    contract = random_offer(choices, name, months)
    if choices.chance(0.7):
        contract["price_usd_per_kw_month"] += 150.0
        contract["capex_usd_per_mw"] = 10_000.0 * (contract["capex_usd_per_mw"] // 40_000.0)
    if choices.chance(0.2):
        commit(choices, contract, sites, start, months)
        return contract
    contract["sites"] = [site["id"] for site in sites if choices.chance(0.7)] or [choices.one_of(sites)["id"]]
    room = min(site.get("ai_max_mw", site["capacity_mw"]) for site in sites) / contract.get("gross_ratio", 1.35)
    contract["max_mw"] = max(0.1, round(room * choices.number(0.1, 0.9), 1))
    contract["build_months"] = min(contract["build_months"], choices.whole(0, months))
    first = choices.whole(min(contract["build_months"], months - 1), months - 1)
    contract["first_start"] = label(start + first)
    contract["last_start"] = label(start + first + choices.whole(0, LONGEST_WINDOW - 1))
    return contract


def make_lumpy(choices: Choices, contracts: list[Record]) -> None:
    """Give the offers sizes, groups and requirements."""
    for contract in contracts:
        if "committed_mw" not in contract:
            _sizes(choices, contract)
        elif choices.chance(0.3):
            contract["block_mw"] = max(0.01, round(contract["max_mw"] * choices.number(0.3, 1.0), 2))
    if choices.chance(0.6):
        for contract in contracts:
            if choices.chance(0.6):
                contract["exclusive_group"] = choices.one_of(["one", "one", "two"])
        if choices.chance(0.9):
            _one_signed_deal_per_group(contracts)
    if choices.chance(0.6):
        _requirements(choices, contracts)
        if choices.chance(0.8):
            _without_contradictions(contracts)


def _one_signed_deal_per_group(contracts: list[Record]) -> None:
    held = set()
    for contract in contracts:
        if "committed_mw" in contract and contract.get("exclusive_group"):
            if contract["exclusive_group"] in held:
                del contract["exclusive_group"]
            else:
                held.add(contract["exclusive_group"])


def _without_contradictions(contracts: list[Record]) -> None:
    """Take away requirements within a group, and those of signed deals that other signed deals shut out."""
    by_id = {contract["id"]: contract for contract in contracts}
    held = {contract.get("exclusive_group") for contract in contracts if "committed_mw" in contract} - {None}
    for contract in contracts:
        group = contract.get("exclusive_group")
        if group and by_id.get(contract.get("requires", ""), {}).get("exclusive_group") == group:
            del contract["requires"]
    for contract in contracts:
        chain = [contract["id"]]
        while (needed := by_id[chain[-1]].get("requires")) and needed not in chain:
            if "committed_mw" in by_id[needed]:
                break
            chain.append(needed)
        if "committed_mw" in contract and any(by_id[name].get("exclusive_group") in held for name in chain[1:]):
            del contract["requires"]


def _sizes(choices: Choices, contract: Record) -> None:
    """A least size, blocks, both or none: blocks need not divide, nor least sizes be whole blocks."""
    most = contract["max_mw"]
    kind = choices.one_of(["least", "blocks", "both", "all or nothing", "one block", "none", "small least", "even"])
    if kind in ("least", "both"):
        contract["min_mw"] = round(most * choices.number(0.2, 1.0), 1)
    if kind == "small least":
        contract["min_mw"] = max(0.01, round(most * 0.05, 2))
    if kind in ("blocks", "both"):
        contract["block_mw"] = max(0.1, round(most * choices.number(0.2, 1.0), 1))
        contract["block_mw"] = min(contract["block_mw"], most)
    if kind == "even":
        contract["block_mw"] = max(0.1, round(most / choices.whole(2, 5), 1))
        contract["max_mw"] = round(contract["block_mw"] * round(most / contract["block_mw"]), 1)
    if kind == "all or nothing":
        contract["min_mw"] = most
    if kind == "one block":
        contract["block_mw"] = most


def _requirements(choices: Choices, contracts: list[Record]) -> None:
    """Let offers require each other; what is required gets a least size."""
    for contract in contracts:
        others = [other for other in contracts if other is not contract]
        if others and choices.chance(0.45):
            other = choices.one_of(others)
            contract["requires"] = other["id"]
            if not other.get("min_mw"):
                other["min_mw"] = max(0.01, round(other["max_mw"] * choices.one_of([0.05, 0.5, 1.0]), 2))
                other["min_mw"] = min(other["min_mw"], other["max_mw"])
