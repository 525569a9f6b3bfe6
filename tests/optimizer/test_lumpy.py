"""Lumpy offers worked by hand: least sizes, blocks, exclusive groups, requirements, and what prices then mean.

In the case of cases.py a MW of the offer brings 4 months of rent at 100 USD/kW-month, costs 100,000 USD of capex and
takes 1.25 MW from mining at 20 USD/MWh in the 2,928 hours from March to June: 400,000 - 100,000 - 73,200 = 226,800 USD.
Mining alone earns 10 MW x 4,344 h x 20 = 868,800 USD.
"""

from __future__ import annotations

import pytest

from optimizer.compiling import compile_portfolio
from optimizer.errors import InfeasiblePlanError, SolverError
from optimizer.planning import plan
from optimizer.results import Plan
from tests.optimizer.cases import offer, portfolio, site

MINING = 868_800.0
GAIN = 226_800.0
# 4.9 MW of AI hold 3.92 critical MW.
TIGHT = [site(ai_max_mw=4.9)]


def gain(rent: float) -> float:
    """What a critical MW of the offer brings at a rent. [USD]"""
    return GAIN + 4_000.0 * (rent - 100.0)


def sizes(found: Plan) -> dict[str, float]:
    """Critical MW of every offer in the plan."""
    return dict(found.frames.contracts.groupby("contract")["mw"].sum())


def test_offers_of_any_size_need_no_whole_number() -> None:
    """Without a lumpy offer the programme is an LP, and the summary speaks of no search."""
    assert not compile_portfolio(portfolio())[1].integer.any()
    assert plan(portfolio()).summary["search"] is None


def test_a_block_alone_needs_no_yes_or_no() -> None:
    """Blocks of 1.5 MW up to 4 MW: one whole number for each of the two starts, and none for the offer."""
    matrices = compile_portfolio(portfolio(contracts=[offer(block_mw=1.5)]))[1]
    whole = [name for name, integer in zip(matrices.col_names, matrices.integer, strict=True) if integer]
    assert whole == ["blocks[lab@alpha,2027-03]", "blocks[lab@alpha,2027-04]"]


def test_blocks_are_whole() -> None:
    """3.92 MW would fit: of blocks of 1.5 MW two do."""
    found = plan(portfolio(contracts=[offer(block_mw=1.5)], sites=TIGHT))
    assert sizes(found) == {"lab": 3.0}
    assert found.summary["npv_usd"] == pytest.approx(MINING + 3 * GAIN, rel=1e-12)


def test_a_size_that_is_too_large_is_all_or_nothing() -> None:
    """3.92 MW fit, 4 are the least: the offer is left, at any rent."""
    found = plan(portfolio(contracts=[offer(min_mw=4.0)], sites=TIGHT))
    assert sizes(found) == {"lab": 0.0}
    assert found.summary["npv_usd"] == pytest.approx(MINING, rel=1e-12)
    assert found.frames.contracts["reservation_usd_per_kw_month"].isna().all()


def test_a_least_size_counts_all_starts_together() -> None:
    """Of 4 MW, 2 each at two sites of 2.5 MW of AI: the total is the least size."""
    both = [site(ai_max_mw=2.5), site(id="beta", ai_max_mw=2.5)]
    found = plan(portfolio(contracts=[offer(sites=["alpha", "beta"], min_mw=4.0)], sites=both))
    assert sizes(found) == {"lab": 4.0}


def test_of_an_exclusive_group_the_better_total_is_taken() -> None:
    """4 MW at 100 bring 907,200 USD; 2 MW at 180, with 1,093,600, bring more, though fewer MW."""
    group = [
        offer(exclusive_group="hall"),
        offer(id="dear", max_mw=2.0, price_usd_per_kw_month=180.0, exclusive_group="hall"),
    ]
    found = plan(portfolio(contracts=group))
    assert sizes(found) == {"lab": 0.0, "dear": 2.0}
    assert found.summary["npv_usd"] == pytest.approx(MINING + 2 * gain(180.0), rel=1e-12)


def test_a_signed_deal_closes_its_group() -> None:
    """One member is signed: the better one can no longer be taken, and no rent brings it in."""
    group = [
        offer(committed_mw=1.0, last_start="2027-03", exclusive_group="hall"),
        offer(id="dear", price_usd_per_kw_month=500.0, exclusive_group="hall"),
    ]
    found = plan(portfolio(contracts=group))
    assert sizes(found) == {"lab": 1.0, "dear": 0.0}
    assert not compile_portfolio(found.portfolio)[1].integer.any()


def test_a_losing_offer_is_taken_where_a_better_one_requires_it() -> None:
    """The first phase loses 13,200 USD a MW on its one MW and opens the second, which earns 226,800 a MW on 3."""
    phases = [
        offer(id="first", min_mw=1.0, max_mw=1.0, price_usd_per_kw_month=40.0),
        offer(id="second", max_mw=3.0, requires="first"),
    ]
    found = plan(portfolio(contracts=phases))
    assert sizes(found) == {"first": 1.0, "second": 3.0}
    assert found.summary["npv_usd"] == pytest.approx(MINING + gain(40.0) + 3 * GAIN, rel=1e-12)
    prices = found.frames.contracts.set_index("contract")["reservation_usd_per_kw_month"]
    # The second alone would need 43.3; its 3 MW also bear the loss of the first.
    assert prices["second"] == pytest.approx(43.3 + 13_200.0 / (3 * 4_000.0), rel=1e-9)
    # At negative rents the first starts late: 3 months of rent, 100,000 of capex and 2,184 hours of mining.
    assert prices["first"] == pytest.approx((154_600.0 - 3 * GAIN) / 3_000.0, rel=1e-9)


def test_prices_are_those_with_whole_numbers_fixed() -> None:
    """Two blocks are signed and stay; a MW of capacity then serves mining only, at 20 USD/MWh."""
    found = plan(portfolio(contracts=[offer(block_mw=1.5)]))
    prices = found.frames.shadow_prices.set_index("month")["usd_per_mw_month"]
    assert prices["2027-05"] == pytest.approx(0.0, abs=1e-6)  # the fleet has no more machines for it
    limits = found.frames.limits.set_index(["limit", "month"])["price_usd_per_unit"]
    assert limits["fleet_size", "2027-01"] == pytest.approx(28_320.0, rel=1e-9)  # 20 USD/MWh in January and February


def test_a_limit_of_an_offer_that_is_not_taken_is_not_told() -> None:
    """Nothing is signed, so no size of the offer binds."""
    found = plan(portfolio(contracts=[offer(min_mw=4.0)], sites=TIGHT))
    assert set(found.frames.limits["limit"]) == {"fleet_size"}


def test_a_clash_of_whole_numbers_is_told_as_one() -> None:
    """Half of AI may be the signed tenant's: 1 MW of the other is needed, which comes in blocks of 3; 2.5 fit."""
    lumpy = portfolio(
        contracts=[
            offer(id="old", counterparty="Old", max_mw=1.0, committed_mw=1.0, last_start="2027-03"),
            offer(block_mw=3.0),
        ],
        sites=[site(ai_max_mw=2.5 * 1.25)],
        limits={"counterparty_share_max": 0.5},
    )
    with pytest.raises(
        InfeasiblePlanError, match=r"offer 'lab' \(blocks of 3 MW\): of any size it would fit"
    ) as raised:
        plan(lumpy)
    assert "'old'" not in raised.value.clashes[0]
    assert any("smallest repair" in clash for clash in raised.value.clashes)


def test_a_signed_deal_without_the_offer_it_requires_leaves_no_plan() -> None:
    """The phase that the signed deal requires comes in one block, below its least size: it can never be taken."""
    phases = [
        offer(id="first", min_mw=3.5, block_mw=1.5),
        offer(id="second", committed_mw=1.0, last_start="2027-03", requires="first"),
    ]
    with pytest.raises(
        InfeasiblePlanError, match="'second' is signed and requires 'first', which can never be taken: min_mw"
    ):
        plan(portfolio(contracts=phases))


def test_two_signed_deals_of_a_group_leave_no_plan() -> None:
    """At most one offer of a group is taken, and both are."""
    signed = [offer(id=name, committed_mw=1.0, last_start="2027-03", exclusive_group="hall") for name in "ab"]
    with pytest.raises(InfeasiblePlanError, match="'a' and 'b' are both signed, of one exclusive group 'hall'"):
        plan(portfolio(contracts=signed))


def test_an_offer_that_requires_one_of_its_own_group_is_never_taken() -> None:
    """The second needs the first and excludes it: only the first, or another, can be taken."""
    group = [
        offer(id="first", min_mw=1.0, exclusive_group="hall"),
        offer(id="second", price_usd_per_kw_month=500.0, exclusive_group="hall", requires="first"),
    ]
    assert sizes(plan(portfolio(contracts=group))) == {"first": 4.0, "second": 0.0}


def test_blocks_too_small_to_be_counted_are_refused() -> None:
    """Four million blocks of a watt: the solver would not keep them apart."""
    with pytest.raises(SolverError, match=r"whole number out of range in blocks\[lab@alpha,2027-03\]"):
        plan(portfolio(contracts=[offer(block_mw=1e-6)]))
