"""Ties, baselines and reservation prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.planning import plan
from optimizer.results import Plan
from tests.optimizer.cases import offer, portfolio, settings, site


def deals(result: Plan) -> list[tuple[str, str, float]]:
    """Contract, start and MW of what is signed."""
    taken = result.frames.contracts[result.frames.contracts["mw"] > 0.0]
    return [(row.contract, row.start, round(row.mw, 9)) for row in taken.itertuples()]


def reservation(result: Plan, contract: str) -> tuple[float, str]:
    """Reservation price of an offer and how it was found."""
    row = result.frames.contracts.set_index("contract").loc[contract]
    return float(row["reservation_usd_per_kw_month"]), str(row["reservation_basis"])


IDLE_SITE = {"fleets": [], "sites": [site(capacity_mw=10.0)]}


def test_an_offer_that_is_worth_nothing_is_not_signed() -> None:
    """Free to build, no rent: signing changes no dollar, so nothing is signed."""
    free = offer(price_usd_per_kw_month=0.0, capex_usd_per_mw=0.0)
    assert deals(plan(portfolio(contracts=[free], **IDLE_SITE))) == []


def test_of_equal_starts_the_latest_is_chosen() -> None:
    """A two-month term pays the same from March, April or May: with nothing displaced and no discounting, May it is."""
    short = offer(term_months=2, last_start="2027-05")
    assert deals(plan(portfolio(contracts=[short], **IDLE_SITE))) == [("lab", "2027-05", 4.0)]


def test_of_equal_plans_the_one_with_fewer_mw_is_chosen() -> None:
    """Two offers pay the same per site MW; at 1.0 and 1.25 site MW per critical MW, 5 site MW hold 5 or 4."""
    equal = [
        offer(id="lean", gross_ratio=1.25, price_usd_per_kw_month=125.0, capex_usd_per_mw=125_000.0, max_mw=10.0),
        offer(id="wide", gross_ratio=1.0, price_usd_per_kw_month=100.0, capex_usd_per_mw=100_000.0, max_mw=10.0),
    ]
    result = plan(portfolio(contracts=equal, fleets=[], sites=[site(capacity_mw=5.0)]))
    assert deals(result) == [("lean", "2027-03", 4.0)]


def test_baselines_by_hand() -> None:
    """10 MW of mining earn 20 USD/MWh in 4,344 hours; AI takes 5 MW from March: four rents of 0.1 less capex."""
    result = plan(portfolio())
    mining = 10.0 * 4344 * 20.0
    assert result.summary["baselines"]["mining_only"] == pytest.approx(mining)
    assert result.summary["baselines"]["no_action"] == pytest.approx(mining)
    displaced = 5.0 * (744 + 720 + 744 + 720) * 20.0
    assert result.summary["baselines"]["max_ai"] == pytest.approx(mining + 4.0 * 300_000.0 - displaced)
    assert result.summary["npv_usd"] == pytest.approx(mining + 4.0 * 300_000.0 - displaced)


def test_max_ai_signs_what_does_not_pay() -> None:
    """At 10 USD/kW-month AI loses against mining: the plan leaves it, max_ai takes all of it from March."""
    result = plan(portfolio(contracts=[offer(price_usd_per_kw_month=10.0)]))
    assert deals(result) == []
    lost = 5.0 * (744 + 720 + 744 + 720) * 20.0 - 4.0 * (40_000.0 - 100_000.0)
    assert result.summary["baselines"]["max_ai"] == pytest.approx(result.summary["npv_usd"] - lost)


def test_baseline_that_the_limits_rule_out_has_no_value() -> None:
    """At least 10 % AI whenever anything runs, and a floor on hashrate: refusing every offer is impossible."""
    limits = {"ai_share_min": 0.1, "min_eh_s": 0.1}
    early = offer(build_months=0, first_start="2027-01", last_start="2027-01")
    result = plan(portfolio(contracts=[early], limits=limits))
    assert result.summary["baselines"]["mining_only"] is None
    assert result.summary["npv_usd"] > 0.0


def test_reservation_price_by_hand() -> None:
    """From March 1.25 MW of mining lose 2,928 hours at 20 USD; with 100,000 capex four rents must bring 173,200.

    That is 43.3 USD/kW-month. From April it is 154,600 over three rents, 51.5: March is where the first MW pays.
    """
    price, basis = reservation(plan(portfolio()), "lab")
    assert basis == "exact"
    assert price == pytest.approx((1.25 * 2928 * 20.0 + 100_000.0) / 4000.0)


@pytest.mark.parametrize("quoted", [20.0, 100.0])
def test_at_its_reservation_price_an_offer_is_a_matter_of_indifference(quoted: float) -> None:
    """Fed back, the price changes nothing; a cent more brings the offer in, whether it was taken before or not."""
    price, _ = reservation(plan(portfolio(contracts=[offer(price_usd_per_kw_month=quoted)])), "lab")
    without = plan(portfolio(contracts=[])).summary["npv_usd"]
    at, above = (plan(portfolio(contracts=[offer(price_usd_per_kw_month=price + more)])) for more in (0.0, 0.01))
    assert at.summary["npv_usd"] == pytest.approx(without, rel=1e-8)
    assert above.summary["npv_usd"] > without
    assert [deal[0] for deal in deals(above)] == ["lab"]


def test_reservation_price_with_a_rival_for_the_same_mw() -> None:
    """Where a rival at 100 USD would fill the site, an equal offer has to beat the rival, not mining."""
    rival = offer(id="rival", max_mw=8.0)
    price, _ = reservation(plan(portfolio(contracts=[offer(price_usd_per_kw_month=50.0), rival])), "lab")
    assert price == pytest.approx(100.0)


def test_offer_that_no_price_brings_in_has_no_reservation_price() -> None:
    """No AI is allowed at the site."""
    price, basis = reservation(plan(portfolio(sites=[site(ai_max_mw=0.0)])), "lab")
    assert np.isnan(price)
    assert basis == "none"


def test_committed_deal_has_no_reservation_price() -> None:
    """There is nothing left to decide."""
    result = plan(portfolio(contracts=[offer(committed_mw=4.0, last_start="2027-03")]))
    assert reservation(result, "lab")[1] == "none"


def test_beyond_forty_offers_reduced_costs_bound_the_price_from_below() -> None:
    """41 offers are too many to re-solve each: the label says so, and below the bound no offer is taken."""
    many = [offer(id=f"lab{n:02d}", max_mw=0.05, price_usd_per_kw_month=20.0) for n in range(41)]
    price, basis = reservation(plan(portfolio(contracts=many)), "lab00")
    assert basis == "bound"
    assert 20.0 <= price <= 43.3 + 1e-9


def test_same_input_same_tables() -> None:
    """Two runs agree to the last bit, and so does a run on records in another order."""
    changes: dict[str, Any] = {
        "sites": [site(), site(id="beta", power=28.0)],
        "fleets": [
            {"id": "a", "site": "alpha", "rig": "rig20", "mw": 7.0},
            {"id": "b", "site": "beta", "rig": "rig20", "mw": 9.0},
        ],
        "contracts": [offer(), offer(id="big", sites=["beta", "alpha"], price_usd_per_kw_month=101.0)],
        "settings": settings(discount_rate=0.15, ai_discount_rate=0.08),
    }
    turned = {table: rows[::-1] if isinstance(rows, list) else rows for table, rows in changes.items()}
    first, again, other = plan(portfolio(**changes)), plan(portfolio(**changes)), plan(portfolio(**turned))
    for (name, table), (_, same), (_, turned_table) in zip(
        first.frames.items(), again.frames.items(), other.frames.items(), strict=True
    ):
        assert table.equals(same), name
        assert table.equals(turned_table), name
    assert first.summary == again.summary == other.summary
