"""Every rule of the model alone, on a portfolio small enough to work out by eye: it is broken without, and held with.

Each case is answered twice, by the product and by the oracle, against the figure worked out by hand:

One site of 10 MW at 20 USD/MWh, one fleet of 10 MW at 20 J/TH, two months (April, 720 h, and May 2027, 744 h), no
discounting. A hashprice of 57.6 is 57.6 / 24 * 50 = 120 USD/MWh, so mining leaves 100 USD/MWh: 72,000 USD per MW in
April and 74,400 in May, 146,400 in both; mining alone is worth 10 * 146,400 = 1,464,000.

One offer in May: 250,000 of rent less 100,000 of capex (spent in April) per critical MW is 150,000; its 1.25 MW of the
site cost 1.25 * 74,400 = 93,000 of mining; so a critical MW gains 57,000 and 4 of them make 1,692,000.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from oracle import best_plan
from strategies import Case, later

from optimizer import plan
from optimizer.errors import InfeasiblePlanError

APRIL, MAY = "2027-04", "2027-05"
# Slack of a figure worked out by hand [USD], and of a limit that holds [MW and the like].
TOLERANCE_USD = 0.5
TOLERANCE_MW = 1e-6


@dataclass(frozen=True)
class Answer:
    """NPV, critical MW by (offer, site, start), and energised MW by (fleet, month)."""

    npv_usd: float
    ai_mw: Mapping[tuple[str, str, str], float]
    mining_mw: Mapping[tuple[str, str], float]

    def signed(self, offer: str) -> float:
        """Critical MW of the offer over all sites and starts."""
        return sum(mw for (name, _, _), mw in self.ai_mw.items() if name == offer)

    def mining(self, month: str) -> float:
        """MW of all fleets in the month."""
        return sum(mw for (_, at), mw in self.mining_mw.items() if at == month)


def by_oracle(case: Case) -> Answer:
    """The oracle's answer, its months as labels."""
    found = best_plan(case.tables, case.prices)
    start = case.tables["settings"]["start"]
    ai = {(offer, site, later(start, tau)): mw for (offer, site, tau), mw in found.ai_mw.items()}
    mining = {(fleet, later(start, month)): mw for (fleet, month), mw in found.mining_mw.items()}
    return Answer(found.npv_usd, ai, mining)


def by_product(case: Case) -> Answer:
    """The answer of the plan's frames."""
    planned = plan(case.portfolio())
    contracts, fleets = planned.frames.contracts.itertuples(), planned.frames.fleets.itertuples()
    ai = {(row.contract, row.site, row.start): row.mw for row in contracts if row.mw > 0}
    mining = {(row.fleet, row.month): row.energised_mw for row in fleets}
    return Answer(planned.summary["npv_usd"], ai, mining)


@pytest.fixture(params=[by_oracle, by_product], ids=["oracle", "product"])
def solve(request: pytest.FixtureRequest) -> Callable[[Case], Answer]:
    """Both ways to the answer."""
    way: Callable[[Case], Answer] = request.param
    return way


def deal(**columns: Any) -> dict[str, Any]:
    """The offer of the module's example, with other columns."""
    return {
        "id": "deal",
        "sites": ["hill"],
        "max_mw": 4.0,
        "first_start": MAY,
        "last_start": MAY,
        "build_months": 1,
        "term_months": 2,
        "price_usd_per_kw_month": 250.0,
        "capex_usd_per_mw": 100_000.0,
        "gross_ratio": 1.25,
        "retrofit": False,
    } | columns


def from_april(**columns: Any) -> dict[str, Any]:
    """The offer, ready to begin in April without building."""
    return deal(**{"first_start": APRIL, "last_start": APRIL, "build_months": 0} | columns)


def hill(
    *offers: dict[str, Any],
    site: dict[str, Any] | None = None,
    fleet: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
    steps: list[dict[str, Any]] | None = None,
) -> Case:
    """The portfolio of the module's example, with these offers and other columns."""
    tables = {
        "settings": {"name": "by eye", "start": APRIL, "months": 2, "discount_rate": 0.0},
        "sites": [{"id": "hill", "capacity_mw": 10.0, "power": 20.0} | (site or {})],
        "rigs": [{"id": "rig", "th_s": 100.0, "watts": 2000.0}],
        "fleets": [{"id": "fleet", "site": "hill", "rig": "rig", "mw": 10.0} | (fleet or {})],
        "hashprice": [{"month": APRIL, "usd_per_ph_day": 57.6}],
        "contracts": list(offers),
        "limits": limits or {},
        "capacity_steps": steps or [],
    }
    return Case(tables, {})


def hill_and_dale(limits: dict[str, Any]) -> Case:
    """Two sites of 5 MW; power at the second costs 30 USD/MWh: it mines at 64,800 and 66,960 USD per MW, 131,760."""
    tables = hill(deal(sites=["hill", "dale"]), limits=limits).tables
    tables["sites"] = [
        {"id": "hill", "capacity_mw": 5.0, "power": 20.0, "region": "north"},
        {"id": "dale", "capacity_mw": 5.0, "power": 30.0, "region": "south"},
    ]
    tables["fleets"] = [{"id": f"at-{name}", "site": name, "rig": "rig", "mw": 5.0} for name in ("hill", "dale")]
    return Case(tables, {})


def until_june(
    *offers: dict[str, Any], fleet: dict[str, Any] | None = None, limits: dict[str, Any] | None = None
) -> Case:
    """The portfolio of the module's example, over three months."""
    tables = hill(*offers, fleet=fleet, limits=limits).tables
    return Case(tables | {"settings": tables["settings"] | {"months": 3}}, {})


def in_june() -> dict[str, Any]:
    """The offer, built in two months for June."""
    return deal(first_start="2027-06", last_start="2027-06", build_months=2)


def customers() -> list[dict[str, Any]]:
    """The offer from Alpha, for the whole site, and a slightly cheaper one from Beta."""
    alpha = deal(max_mw=8.0, counterparty="Alpha")
    return [alpha, alpha | {"id": "second", "counterparty": "Beta", "price_usd_per_kw_month": 240.0}]


def losing(**columns: Any) -> dict[str, Any]:
    """The offer at half the rent: 25,000 for 93,000 of mining, 68,000 less per MW."""
    return deal(price_usd_per_kw_month=125.0, **columns)


@dataclass(frozen=True)
class Binding:
    """A rule: the case without and with it, what it bounds, and both values worked out by hand."""

    loose: Case
    tight: Case
    level: Callable[[Answer], float]
    bound: float
    loose_usd: float
    tight_usd: float


def signed(answer: Answer) -> float:
    """Critical MW of the offer."""
    return answer.signed("deal")


def signed_in_dale(answer: Answer) -> float:
    """Critical MW of the offer at the second site."""
    return sum(mw for (_, site, _), mw in answer.ai_mw.items() if site == "dale")


def rented_in_april(answer: Answer) -> float:
    """Critical MW that begin in April."""
    return sum(mw for (_, _, start), mw in answer.ai_mw.items() if start == APRIL)


def mined_in_april(answer: Answer) -> float:
    """Mining MW of April."""
    return answer.mining(APRIL)


def mined_in_may(answer: Answer) -> float:
    """Mining MW of May."""
    return answer.mining(MAY)


MINING = 1_464_000.0
BINDINGS = {
    # 8 MW fill the site: 1,464,000 + 8 * 57,000.
    "offer max": Binding(hill(deal(max_mw=8.0)), hill(deal()), signed, 4.0, 1_920_000.0, 1_692_000.0),
    # 6 * 146,400.
    "installed rigs": Binding(hill(), hill(fleet={"mw": 6.0}), mined_in_may, 6.0, MINING, 878_400.0),
    # April only: 10 * 72,000.
    "retired rigs": Binding(hill(), hill(fleet={"retire": MAY}), mined_in_may, 0.0, MINING, 720_000.0),
    # 7 * 146,400, with halls for 10.
    "capacity": Binding(
        hill(), hill(site={"capacity_mw": 7.0, "mining_ready_mw": 10.0}), mined_in_april, 7.0, MINING, 1_024_800.0
    ),
    # 10 * 72,000 + 7 * 74,400.
    "capacity step": Binding(
        hill(),
        hill(steps=[{"site": "hill", "from": MAY, "capacity_mw": 7.0}]),
        mined_in_may,
        7.0,
        MINING,
        1_240_800.0,
    ),
    # 6 * 146,400.
    "mining halls": Binding(hill(), hill(site={"mining_ready_mw": 6.0}), mined_in_may, 6.0, MINING, 878_400.0),
    # At 350 USD/kW a MW brings 250,000. From May it costs 93,000, so 4 * 157,000 more; with the month of disruption
    # also 90,000 of April, so 4 * 67,000 more.
    "disruption": Binding(
        hill(deal(price_usd_per_kw_month=350.0)),
        hill(deal(price_usd_per_kw_month=350.0, disruption_months=1)),
        mined_in_april,
        5.0,
        2_092_000.0,
        1_732_000.0,
    ),
    # One month of rent in April brings 250,000 for 90,000: 4 * 160,000 more. A retrofit has taken the halls in May
    # too, for another 93,000: 4 * 67,000 more.
    "retrofit takes halls for good": Binding(
        hill(from_april(price_usd_per_kw_month=350.0, term_months=1)),
        hill(from_april(price_usd_per_kw_month=350.0, term_months=1, retrofit=True)),
        mined_in_may,
        5.0,
        2_104_000.0,
        1_732_000.0,
    ),
    # 2.5 MW of gross AI are 2 MW critical: 1,464,000 + 2 * 57,000.
    "firmness": Binding(hill(deal()), hill(deal(), site={"ai_max_mw": 2.5}), signed, 2.0, 1_692_000.0, 1_578_000.0),
    # AI may be a quarter of the 10 MW: 2.5 MW gross, 2 critical.
    "curtailable share": Binding(
        hill(deal()), hill(deal(), site={"curtailable_min_share": 0.75}), signed, 2.0, 1_692_000.0, 1_578_000.0
    ),
    # 2.5 MW gross under construction in April.
    "building": Binding(
        hill(deal()), hill(deal(), limits={"max_build_mw": 2.5}), signed, 2.0, 1_692_000.0, 1_578_000.0
    ),
    # 200,000 pay for 2 MW.
    "capex budget": Binding(
        hill(deal()),
        hill(deal(), limits={"capex_budget": [{"month": APRIL, "usd": 200_000.0}]}),
        signed,
        2.0,
        1_692_000.0,
        1_578_000.0,
    ),
    # The money comes in May, the building is in April.
    "no budget before its first month": Binding(
        hill(deal()),
        hill(deal(), limits={"capex_budget": [{"month": MAY, "usd": 9e6}]}),
        signed,
        0.0,
        1_692_000.0,
        MINING,
    ),
    # A start in June is built in April and May, half its capex in each: April's 50,000 pay the half of 1 MW. June adds
    # 720 h: mining is worth 10 * 218,400, and a MW of the offer gains 250,000 - 100,000 - 1.25 * 72,000 = 60,000.
    "first step of the budget": Binding(
        until_june(in_june()),
        until_june(in_june(), limits={"capex_budget": [{"month": APRIL, "usd": 5e4}, {"month": MAY, "usd": 9e6}]}),
        signed,
        1.0,
        2_424_000.0,
        2_244_000.0,
    ),
    # A quarter of the energised 10 MW.
    "largest AI share": Binding(
        hill(deal()), hill(deal(), limits={"ai_share_max": 0.25}), signed, 2.0, 1_692_000.0, 1_578_000.0
    ),
    # At 125 USD/kW from April on a MW brings 2 * 125,000 - 100,000 = 150,000 for 1.25 * 146,400 = 183,000 of mining. A
    # quarter of AI in April needs 2 MW: 2 * 33,000 less. Cutting the mining instead would cost all of it.
    "least AI share": Binding(
        hill(from_april(price_usd_per_kw_month=125.0)),
        hill(from_april(price_usd_per_kw_month=125.0), limits={"ai_share_min": 0.25}),
        mined_in_april,
        7.5,
        MINING,
        1_398_000.0,
    ),
    # One MW hashes 0.05 EH/s at full uptime, so 0.25 EH/s keep 5 MW mining and leave room for 4 MW of the offer.
    "hashrate": Binding(
        hill(deal(max_mw=8.0)),
        hill(deal(max_mw=8.0), limits={"min_eh_s": 0.25}),
        signed,
        4.0,
        1_920_000.0,
        1_692_000.0,
    ),
    # Alpha fills the site; at most 75% of 8 MW leave 2 MW for Beta, which pays 10 USD/kW less:
    # 1,464,000 + 6 * 57,000 + 2 * 47,000.
    "one customer's share": Binding(
        hill(*customers()),
        hill(*customers(), limits={"counterparty_share_max": 0.75}),
        signed,
        6.0,
        1_920_000.0,
        1_900_000.0,
    ),
    # Mining alone 5 * 146,400 + 5 * 131,760 = 1,390,800. A MW gains 57,000 on the hill and 150,000 - 1.25 * 66,960 =
    # 66,300 in the dale: 4 * 66,300 more; with half of the AI in either region 2 * 57,000 + 2 * 66,300 more.
    "one region's share": Binding(
        hill_and_dale({}), hill_and_dale({"region_share_max": 0.5}), signed_in_dale, 2.0, 1_656_000.0, 1_637_400.0
    ),
    # From April a MW brings 2 * 250,000 - 100,000 for 1.25 * 146,400: 4 * 217,000 more.
    "start window": Binding(
        hill(from_april()),
        hill(from_april(first_start=MAY, last_start=MAY)),
        rented_in_april,
        0.0,
        2_332_000.0,
        1_692_000.0,
    ),
    "months of building": Binding(
        hill(from_april(last_start=MAY)),
        hill(from_april(last_start=MAY, build_months=1)),
        rented_in_april,
        0.0,
        2_332_000.0,
        1_692_000.0,
    ),
    # 3 MW signed at half the rent: 3 * 68,000 less, and 3.75 MW less of mining.
    "committed": Binding(
        hill(losing()), hill(losing(max_mw=3.0, committed_mw=3.0)), mined_in_may, 6.25, MINING, 1_260_000.0
    ),
}


@pytest.mark.parametrize("rule", BINDINGS)
def test_a_rule_is_broken_without_and_held_with(rule: str, solve: Callable[[Case], Answer]) -> None:
    """Without the rule the best plan breaks it; with it the plan holds it, at the cost worked out by hand."""
    binding = BINDINGS[rule]
    loose, tight = solve(binding.loose), solve(binding.tight)
    assert binding.level(loose) > binding.bound + 0.1
    assert binding.level(tight) == pytest.approx(binding.bound, abs=TOLERANCE_MW)
    assert loose.npv_usd == pytest.approx(binding.loose_usd, abs=TOLERANCE_USD)
    assert tight.npv_usd == pytest.approx(binding.tight_usd, abs=TOLERANCE_USD)
    assert tight.npv_usd < loose.npv_usd


def test_a_limit_without_effect_costs_nothing(solve: Callable[[Case], Answer]) -> None:
    """All limits at once, each wide enough, leave the plan as it is."""
    wide = {
        "capex_budget": [{"month": APRIL, "usd": 400_000.0}],
        "max_build_mw": 5.0,
        "ai_share_min": 0.0,
        "ai_share_max": 0.5,
        "min_eh_s": 0.25,
        "counterparty_share_max": 1.0,
        "region_share_max": 1.0,
    }
    answer = solve(hill(deal(), limits=wide))
    assert answer.signed("deal") == pytest.approx(4.0, abs=TOLERANCE_MW)
    assert answer.npv_usd == pytest.approx(1_692_000.0, abs=TOLERANCE_USD)


def test_worthless_offer_is_not_signed() -> None:
    """An offer that brings and costs nothing leaves the NPV as it is, and is not signed."""
    free = from_april(price_usd_per_kw_month=0.0, capex_usd_per_mw=0.0)
    answer = by_product(hill(free, site={"capacity_mw": 20.0}))
    assert answer.npv_usd == pytest.approx(MINING, abs=TOLERANCE_USD)
    assert answer.signed("deal") == 0.0


def test_offer_worth_just_the_mining_it_displaces_is_not_signed() -> None:
    """A rent of 72,000 for one MW of the site in April equals its mining: the plan mines, and signs nothing."""
    even = from_april(price_usd_per_kw_month=72.0, capex_usd_per_mw=0.0, gross_ratio=1.0, term_months=1)
    answer = by_product(hill(even))
    assert answer.npv_usd == pytest.approx(MINING, abs=TOLERANCE_USD)
    assert answer.signed("deal") == pytest.approx(0.0, abs=TOLERANCE_MW)


def test_of_equal_starts_the_latest_is_taken() -> None:
    """One rent month without discounting or mining is worth the same in April, May and June; it begins in June."""
    offer = from_april(last_start="2027-06", term_months=1)
    answer = by_product(until_june(offer, fleet={"mw": 0.0}))
    assert answer.npv_usd == pytest.approx(4 * 150_000.0, abs=TOLERANCE_USD)
    assert answer.ai_mw == {("deal", "hill", "2027-06"): pytest.approx(4.0, abs=TOLERANCE_MW)}


def test_of_equal_plans_the_one_with_fewer_megawatts_is_taken() -> None:
    """Of two offers that fill the site for the same money the one that needs fewer critical MW is signed."""
    thin = from_april(id="thin", max_mw=9.0, gross_ratio=1.25, term_months=1, price_usd_per_kw_month=200.0)
    dense = thin | {"id": "dense", "gross_ratio": 2.5, "price_usd_per_kw_month": 300.0}
    answer = by_product(hill(thin, dense, fleet={"mw": 0.0}))
    # Both bring 80,000 per MW of the site: thin 100,000 / 1.25, dense 200,000 / 2.5.
    assert answer.npv_usd == pytest.approx(800_000.0, abs=TOLERANCE_USD)
    assert answer.signed("dense") == pytest.approx(4.0, abs=TOLERANCE_MW)
    assert answer.signed("thin") == pytest.approx(0.0, abs=TOLERANCE_MW)


def test_an_impossible_plan_names_the_clash() -> None:
    """A committed offer beyond the site's AI limit has no plan, and the message names site, contract and limit."""
    with pytest.raises(InfeasiblePlanError) as raised:
        plan(hill(losing(max_mw=3.0, committed_mw=3.0), site={"ai_max_mw": 3.0}).portfolio())
    assert "hill" in str(raised.value)
    assert "deal" in str(raised.value)
