"""Scenarios and the mean of their worst share, on cases that can be worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.errors import ScenarioError
from optimizer.parameters import Parameters, build_parameters
from optimizer.planning import plan
from optimizer.proving.audit import audit
from optimizer.proving.books_scenarios import mean_of_worst
from optimizer.results import Plan
from optimizer.search import Search, SearchResult
from optimizer.sweeping import sweep
from optimizer.tail import worst_share
from sites.portfolio import Portfolio
from tests.optimizer.cases import RIG, hourly, offer, portfolio, settings, site
from tests.optimizer.certified import (
    certified,
    failed,
    power_portfolio,
    rich_portfolio,
    seal,
    stated_by,
    write_plan,
)

# 12 USD/PH/day earn 25 USD/MWh, less than the power of 30; 24 earn 50 and leave 20.
TWO_PRICES = [
    {"month": "2027-01", "usd_per_ph_day": 24.0},
    {"month": "2027-01", "usd_per_ph_day": 12.0, "scenario": "low"},
]
LOW_OR_NOT = [
    {"id": "bad", "probability": 0.25, "hashprice": "low"},
    {"id": "good", "probability": 0.75},
]
# Hosted from the first month on without building, at 10 USD/kW-month: 60,000 USD a MW.
AT_ONCE: dict[str, Any] = {
    "first_start": "2027-01",
    "last_start": "2027-01",
    "build_months": 0,
    "capex_usd_per_mw": 0.0,
    "gross_ratio": 1.0,
    "price_usd_per_kw_month": 10.0,
}
HOURS = 744 + 672 + 744 + 720 + 744 + 720


def uncertain(scenarios: list[dict[str, Any]] | None = None, **changes: Any) -> Portfolio:
    """The case with a hashprice that is low with a probability of a quarter."""
    return portfolio(hashprice=TWO_PRICES, scenarios=scenarios or LOW_OR_NOT, **changes)


def signed_value(p: Parameters, start: int = 0) -> list[float]:
    """What one critical MW of a start is worth in every scenario. [USD]"""
    return (p.scenario_values.signed[:, start] * 1e6).tolist()


def test_margins_are_means_and_known_by_scenario() -> None:
    """January earns 744 x 20 USD a MW, or nothing; on average three quarters of it, and so the power paid."""
    p = build_parameters(uncertain())
    assert p.mining.gain_usd[:, 0, 0].tolist() == pytest.approx([0.0, 744 * 20.0])
    assert p.margins.gain_usd[0, 0] == pytest.approx(0.75 * 744 * 20.0)
    assert p.margins.power_usd[0, 0] == pytest.approx(0.75 * 744 * 30.0)
    assert p.scenario_values.mining.sum(axis=1).tolist() == pytest.approx([0.0, HOURS * 20.0 / 1e6])


def test_power_factor_leaves_the_adder_alone() -> None:
    """At 1.5 times 30 USD/MWh and an adder of 4 a MWh costs 49 and leaves 1 of the 50 that it earns."""
    scenarios = [{"id": "dear", "probability": 0.5, "power_factor": 1.5}, {"id": "as is", "probability": 0.5}]
    p = build_parameters(uncertain(scenarios, sites=[site(adder_usd_per_mwh=4.0)]))
    assert p.mining.gain_usd[:, 0, 0].tolist() == pytest.approx([744 * 1.0, 744 * 16.0])
    assert p.margins.power_usd[0, 0] == pytest.approx(744 * (49.0 + 34.0) / 2)


def test_a_late_delivery_earns_less_and_costs_the_same_to_build() -> None:
    """From March to June a MW earns 4 x 100,000 USD for its 100,000 of capex; two months late only 2 x 100,000."""
    scenarios = [{"id": "late", "probability": 0.5, "build_delay_months": 2}, {"id": "on time", "probability": 0.5}]
    p = build_parameters(uncertain(scenarios))
    assert signed_value(p) == pytest.approx([100_000.0, 300_000.0])
    assert p.start_value_usd_m[0] * 1e6 == pytest.approx(200_000.0)
    assert (p.starts.begin[0], p.starts.release[0]) == (2, 6)


def test_a_delay_beyond_the_horizon_leaves_only_the_capex() -> None:
    """Ten months late nothing is earned inside the six months."""
    p = build_parameters(uncertain([{"id": "late", "probability": 1.0, "build_delay_months": 10}]))
    assert signed_value(p) == pytest.approx([-100_000.0])


def test_a_late_delivery_draws_no_power_and_pays_its_own_months() -> None:
    """1 MW of load at 30 USD/MWh: March to June on time; in the dear and late scenario May and June at 60."""
    scenarios = [
        {"id": "late", "probability": 0.4, "build_delay_months": 2, "power_factor": 2.0},
        {"id": "on time", "probability": 0.6},
        {"id": "dear", "probability": 0.0, "power_factor": 1.5},
    ]
    p = build_parameters(uncertain(scenarios, contracts=[offer(power="included")]))
    expected = [
        200_000.0 - 100_000.0 - (744 + 720) * 60.0,
        400_000.0 - 100_000.0 - (744 + 720 + 744 + 720) * 30.0,
        400_000.0 - 100_000.0 - (744 + 720 + 744 + 720) * 45.0,
    ]
    assert signed_value(p) == pytest.approx(expected)
    assert p.start_value_usd_m[0] * 1e6 == pytest.approx(0.4 * expected[0] + 0.6 * expected[1])


def test_prepaid_rent_comes_at_signing_however_late_the_delivery() -> None:
    """Two months prepaid are 200,000 USD in any case; late by two months two more are paid of the other two."""
    scenarios = [{"id": "late", "probability": 0.5, "build_delay_months": 1}, {"id": "on time", "probability": 0.5}]
    p = build_parameters(uncertain(scenarios, contracts=[offer(prepaid_months=2)]))
    assert signed_value(p) == pytest.approx([200_000.0 + 100_000.0 - 100_000.0, 200_000.0 + 200_000.0 - 100_000.0])


def test_what_runs_already_is_not_late() -> None:
    """A deal whose rent began before the plan earns in all six months."""
    running = offer(committed_mw=2.0, first_start="2026-10", last_start="2026-10")
    p = build_parameters(uncertain([{"id": "late", "probability": 1.0, "build_delay_months": 3}], contracts=[running]))
    assert signed_value(p) == pytest.approx([600_000.0])


def test_worst_share_counts_the_last_scenario_in_part() -> None:
    """A share of 0.3 of outcomes 0 (0.2), 5 (0.3), 10 (0.5): all of the first, a third of the second."""
    npv, probability = np.array([10.0, 0.0, 5.0]), np.array([0.5, 0.2, 0.3])
    mean, weight = worst_share(npv, probability, 0.3)
    assert mean == pytest.approx(0.5 / 0.3)
    assert weight.tolist() == pytest.approx([0.0, 2 / 3, 1 / 3])
    assert mean_of_worst(npv, probability, 0.3) == pytest.approx(mean)
    assert worst_share(npv, probability, 1.0)[0] == pytest.approx(6.5)
    assert worst_share(npv, probability, 0.2)[0] == 0.0


def hedge_case(weight: float, fleet_mw: float = 10.0) -> Plan:
    """Mining earns HOURS x 20 or nothing; an offer that takes its place in the first months earns the same in both."""
    rented = offer(
        **AT_ONCE,
        max_mw=10.0,
    )
    fleets = [{"id": "old", "site": "alpha", "rig": "rig20", "mw": fleet_mw}]
    halls = [site(mining_ready_mw=20.0)]
    return plan(
        uncertain(contracts=[rented], fleets=fleets, sites=halls, risk={"cvar_weight": weight, "cvar_alpha": 0.2})
    )


def test_fear_buys_certainty_at_the_weight_where_it_pays() -> None:
    """A MW mined earns 86,880 or 0 (mean 65,160, worst fifth 0), a MW rented 60,000: it is hosted from w = 0.0792 on.

    (1 - w) 65,160 = 60,000 at w = 0.07919.
    """
    assert pytest.approx(65_160.0) == HOURS * 20.0 * 0.75
    mined, hosted = hedge_case(0.079), hedge_case(0.0794)
    assert mined.summary["peak_ai_mw"] == 0.0
    assert mined.summary["npv_usd"] == pytest.approx(651_600.0)
    assert mined.summary["cvar_usd"] == pytest.approx(0.0, abs=1e-3)
    assert mined.summary["objective_usd"] == pytest.approx((1 - 0.079) * 651_600.0)
    assert hosted.summary["peak_ai_mw"] == pytest.approx(10.0)
    assert hosted.summary["npv_usd"] == pytest.approx(600_000.0)
    assert hosted.summary["cvar_usd"] == pytest.approx(600_000.0)


def test_scenario_weights_are_those_behind_the_prices() -> None:
    """Mining is the margin that a MW of capacity earns: its price weighs the scenarios as the objective does."""
    found = hedge_case(0.05, fleet_mw=12.0)
    weights = found.frames.scenarios.set_index("scenario")["weight"]
    assert weights["bad"] == pytest.approx(0.95 * 0.25 + 0.05)
    assert weights["good"] == pytest.approx(0.95 * 0.75)
    january = found.frames.shadow_prices["usd_per_mw_month"].iloc[0]
    assert january == pytest.approx(0.95 * 0.75 * 744 * 20.0)


def test_months_are_planned_one_by_one_where_scenarios_rank_fleets_differently() -> None:
    """The fleet with dear upkeep is better at 24 USD/PH/day and worse at 21; one block a month serves each of them."""
    fleets = [
        {"id": "fast", "site": "alpha", "rig": "rig20", "mw": 6.0, "variable_opex_usd_per_mwh": 12.0},
        {"id": "slow", "site": "alpha", "rig": "rig25", "mw": 6.0},
    ]
    rigs = [RIG, {"id": "rig25", "th_s": 100.0, "watts": 2500.0}]
    # At 24 USD: 50 - 12 = 38 against 40; at 36: 75 - 12 = 63 against 60.
    prices = [{**TWO_PRICES[0]}, {"month": "2027-01", "usd_per_ph_day": 36.0, "scenario": "low"}]
    alike = build_parameters(portfolio(rigs=rigs, fleets=fleets, contracts=[]))
    apart = build_parameters(portfolio(rigs=rigs, fleets=fleets, contracts=[], hashprice=prices, scenarios=LOW_OR_NOT))
    assert alike.periods.site.size == 1
    assert apart.periods.site.size == 6


def test_a_certain_future_is_the_plan_without_scenarios() -> None:
    """One scenario, and two that are the same, change neither the plan nor its value, whatever the weight."""
    alone = plan(portfolio()).summary
    halves = [{"id": "one", "probability": 0.5}, {"id": "other", "probability": 0.5}]
    for scenarios, weight in ((halves[:0], 0.5), (halves, 0.0), (halves, 0.7)):
        tables = {"scenarios": scenarios} if scenarios else {}
        found = plan(portfolio(**tables, risk={"cvar_weight": weight})).summary
        for figure in ("objective_usd", "npv_usd", "cvar_usd", "capex_usd"):
            assert found[figure] == pytest.approx(alone[figure], rel=1e-12)


def with_scenarios(base: Portfolio, count: int, weight: float, **tables: Any) -> Portfolio:
    """A portfolio with so many scenarios of hashprice, power price and delay."""
    paths, rows = [*base.to_tables()["hashprice"]], []
    for number in range(count):
        name, factor = f"path {number}", 0.6 + 0.8 * number / max(1, count - 1)
        paths += [
            {**row, "scenario": name, "usd_per_ph_day": row["usd_per_ph_day"] * factor}
            for row in base.to_tables()["hashprice"]
        ]
        rows.append(
            {
                "id": f"s{number}",
                "probability": (number + 1) / (count * (count + 1) / 2),
                "hashprice": name,
                "power_factor": 1.3 - 0.15 * (number % 4),
                "build_delay_months": number % 3,
            }
        )
    risk = {"cvar_weight": weight, "cvar_alpha": 0.2}
    return base.with_tables({"hashprice": paths, "scenarios": rows, "risk": risk, **tables})


@pytest.mark.parametrize("weight", [0.0, 0.6])
def test_a_plan_with_scenarios_is_proved(weight: float) -> None:
    """Every table of means agrees with the mean of replays hour by hour, every scenario with its own."""
    found = plan(with_scenarios(rich_portfolio(), 4, weight))
    assert found.certificate["passed"]
    assert found.certificate["not_proved"] == []
    frame = found.frames.scenarios
    assert found.summary["npv_usd"] == pytest.approx(float(frame["probability"] @ frame["npv_usd"]))
    assert found.summary["cvar_usd"] < found.summary["npv_usd"]
    assert found.summary["scenarios"] == 4


SEPARABLE = ("demand_charge", "coincident_peak", "curtailment")


def test_a_plan_with_scenarios_and_power_contracts_is_proved() -> None:
    """Charges, curtailment and a hedge at prices that fall below zero adapt in every scenario."""
    base = power_portfolio()
    contracts = [
        {**row, "ratchet_share": 0.0, "ratchet_months": 0}
        for row in base.to_tables()["power_contracts"]
        if row["kind"] in SEPARABLE
    ]
    hedge = {"site": base.sites[0].id, "kind": "block", "mw": 5.0, "price_usd_per_mwh": 33.0}
    found = plan(with_scenarios(base, 3, 0.4, power_contracts=[*contracts, hedge]))
    assert found.certificate["passed"]
    assert (found.frames.programmes["kind"] == "block").any()


def test_many_scenarios_are_replayed_from_the_worst_to_the_best() -> None:
    """Of thirty scenarios twelve are replayed, and the certificate says so."""
    found = plan(with_scenarios(rich_portfolio(), 30, 0.5), full=False)
    assert found.certificate["passed"]
    (left,) = found.certificate["not_proved"]
    assert "12 of 30 scenarios" in left


def test_an_edited_scenario_is_found(tmp_path: Path) -> None:
    """The audit of a written folder passes; with the value of one scenario changed it does not."""
    found = plan(with_scenarios(rich_portfolio(), 3, 0.5))
    folder = tmp_path / "plan"
    write_plan(found, folder)
    assert audit(folder)["passed"]
    file = folder / "scenarios.csv"
    text = file.read_text().splitlines()
    cells = text[1].split(",")
    file.write_text("\n".join([text[0], ",".join([*cells[:3], str(float(cells[3]) + 1.0)]), *text[2:]]) + "\n")
    seal(folder)
    assert "scenarios: npv_usd" in failed(audit(folder))


def test_a_row_that_weighs_a_scenario_too_much_proves_nothing() -> None:
    """A weight above p / alpha would cut off plans that are better."""
    found = plan(with_scenarios(rich_portfolio(), 3, 0.5))
    stated = stated_by(found)
    assert stated.proof.worst_shares is not None
    stated.proof.worst_shares[-1] = [1.0, 0.0, 0.0]
    assert "worst share: weights within the probabilities" in failed(certified(stated, found))


def test_lumpy_offers_and_a_worst_share() -> None:
    """Hosting pays for fear only in whole: of 4 MW or nothing, all is taken at the weight of the hedge case."""
    rented = offer(
        **AT_ONCE,
        max_mw=4.0,
        min_mw=4.0,
    )
    risk = {"cvar_weight": 0.0794, "cvar_alpha": 0.2}
    found = plan(uncertain(contracts=[rented], risk=risk))
    assert found.summary["peak_ai_mw"] == pytest.approx(4.0)
    assert found.summary["npv_usd"] == pytest.approx(6 * 65_160.0 + 4 * 60_000.0)
    assert found.summary["cvar_usd"] == pytest.approx(240_000.0)


def test_a_search_that_is_stopped_is_not_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst share is settled with the steps that were found, and the plan is not called optimal."""
    searches = []

    def stopped(search: Search, costs: Sequence[np.ndarray[Any, Any]]) -> SearchResult:
        searches.append(len(costs))
        return replace(whole_search(search, costs), stopped="time limit")

    whole_search = Search.minimise_in_turn
    monkeypatch.setattr(Search, "minimise_in_turn", stopped)
    base = with_scenarios(rich_portfolio(), 5, 0.6)
    offers = [{**row, "min_mw": 1.0} for row in base.to_tables()["contracts"] if not row.get("committed_mw")]
    found = plan(base.with_tables({"contracts": offers}))
    assert found.certificate["passed"]
    assert found.status == "best found"
    assert len(searches) == 1


def test_loads_that_depend_on_one_another_are_planned_in_every_scenario(tmp_path: Path) -> None:
    """Blocks without resale, ratchets and demand response: every scenario has its own hours; an audit replays them."""
    found = plan(with_scenarios(power_portfolio(), 3, 0.5))
    assert found.certificate["passed"]
    assert found.certificate["not_proved"] == []
    write_plan(found, tmp_path / "plan")
    assert audit(tmp_path / "plan")["passed"]


def test_a_block_without_resale_serves_what_each_scenario_runs() -> None:
    """2 MW at 30 cost 60 USD an hour in any case: at 50 USD/MWh they bring 100, at 25 still 50, which spot never would.

    The other 8 MW run at spot, 30, in the good scenario only.
    """
    block = {"site": "alpha", "kind": "block", "mw": 2.0, "price_usd_per_mwh": 30.0, "resale": "none"}
    found = plan(uncertain(contracts=[], power_contracts=[block]))
    npv = found.frames.scenarios.set_index("scenario")["npv_usd"]
    assert npv["bad"] == pytest.approx(HOURS * 2 * (25.0 - 30.0))
    assert npv["good"] == pytest.approx(HOURS * 10 * (50.0 - 30.0))
    assert found.summary["npv_usd"] == pytest.approx(0.25 * npv["bad"] + 0.75 * npv["good"])


def test_joint_months_in_two_equal_scenarios_are_those_of_one() -> None:
    """Half of the probability twice changes nothing."""
    base = power_portfolio()
    halves = [{"id": "one", "probability": 0.5}, {"id": "other", "probability": 0.5}]
    twice = plan(base.with_tables({"scenarios": halves, "risk": {"cvar_weight": 0.3}}), full=False).summary
    assert twice["objective_usd"] == pytest.approx(plan(base, full=False).summary["npv_usd"], rel=1e-9)


def test_too_many_joint_months_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names the site and a month, and how many variables it would take."""
    monkeypatch.setattr("optimizer.parameters.MOST_OWN_COLUMNS", 10)
    block = {
        "site": "alpha",
        "kind": "block",
        "mw": 2.0,
        "price_usd_per_mwh": 30.0,
        "resale": "none",
        "from": "2027-02",
    }
    with pytest.raises(ScenarioError, match=r"site 'alpha' .* 2027-02 .* variables with 2 scenarios"):
        build_parameters(uncertain(power_contracts=[block]))


def test_sweeps_of_a_plan_that_fears_are_refused() -> None:
    """They compare expected values, which such a plan does not maximise."""
    with pytest.raises(ScenarioError, match=r"risk\.cvar_weight is 0\.5"):
        sweep(uncertain(risk={"cvar_weight": 0.5}), ["settings.pool_fee=0:0.02:3"])


def test_hedges_are_worth_what_each_scenario_pays() -> None:
    """5 MW bought at 30 and sold at spot: nothing at 30, 15 USD/MWh in a month at 45; hours below zero are not sold."""
    prices = hourly(2023, 30.0, dict.fromkeys(range(744), -10.0))
    scenarios = [{"id": "dear", "probability": 0.5, "power_factor": 1.5}, {"id": "as is", "probability": 0.5}]
    block = {"site": "alpha", "kind": "block", "mw": 5.0, "price_usd_per_mwh": 30.0}
    p = build_parameters(
        portfolio(
            prices={"market": prices},
            sites=[site(power="market")],
            settings=settings(months=2),
            scenarios=scenarios,
            contracts=[],
            power_contracts=[block],
        )
    )
    assert (p.scenario_values.constant * 1e6).tolist() == pytest.approx(
        [-744 * 5 * 30.0 + 672 * 5 * 15.0, -744 * 5 * 30.0]
    )
    assert p.constant_usd_m * 1e6 == pytest.approx(-744 * 5 * 30.0 + 672 * 5 * 7.5)
