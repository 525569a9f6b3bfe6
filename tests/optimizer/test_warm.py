"""The programme that is kept warm: its figures are those of a plan, and what is patched is not built anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import warm
from optimizer.cli.inputs import portfolio_source
from optimizer.errors import InfeasiblePlanError
from optimizer.pins import Pin
from optimizer.planning import plan
from optimizer.warm import WarmModel
from optimizer.what_if_frames import ai_share
from sites import load_portfolio
from sites.portfolio import Portfolio
from tests.optimizer.cases import offer, portfolio, site


@pytest.fixture(scope="module")
def given() -> Portfolio:
    """A bundled portfolio of one site with several offers."""
    return load_portfolio(portfolio_source("single-site"))


def changed(base: Portfolio, table: str, **columns: Any) -> Portfolio:
    """A copy with some columns of every record of a table replaced."""
    tables = base.to_tables()
    return base.with_tables({**tables, table: [{**record, **columns} for record in tables[table]]})


def count_builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every later building of a programme adds a one."""
    built: list[int] = []
    build = warm.compile_parameters

    def counted(p: warm.Parameters) -> warm.Matrices:
        built.append(1)
        return build(p)

    monkeypatch.setattr(warm, "compile_parameters", counted)
    return built


def test_its_figures_are_those_of_a_plan(given: Portfolio) -> None:
    """NPV, capex, peak, hashrate, cash low point and sizes agree with the summary and tables of a cold plan."""
    cold, solved = plan(given, full=False), WarmModel(given).base
    assert solved.npv_usd == pytest.approx(cold.summary["npv_usd"], rel=1e-12)
    assert solved.capex_usd == pytest.approx(cold.summary["capex_usd"], rel=1e-12)
    assert solved.peak_ai_mw == pytest.approx(cold.summary["peak_ai_mw"], rel=1e-12)
    assert solved.cash_low_usd == pytest.approx(cold.summary["cash_low_usd"], rel=1e-12)
    assert solved.cash_low_month == cold.summary["cash_low_month"]
    by_month = cold.frames.fleets.groupby("month")
    assert solved.hashrate_eh_s == pytest.approx(by_month["hashrate_ph_s"].sum().mean() / 1000.0, rel=1e-12)
    ai = cold.frames.allocation.query("use in ('ai', 'construction')")["mw"].sum()
    mining = cold.frames.fleets["energised_mw"].sum()
    assert solved.ai_share == pytest.approx(ai / (ai + mining), rel=1e-9)
    assert ai_share(cold) == pytest.approx(solved.ai_share, rel=1e-9)
    taken = cold.frames.contracts.groupby("contract")["mw"].sum()
    assert solved.taken_mw == pytest.approx(taken.to_dict(), abs=1e-9)


def test_another_rent_is_patched_and_not_built(given: Portfolio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rent changes costs only: no programme is built, and the optimum is that of a cold plan."""
    model = WarmModel(given)
    built = count_builds(monkeypatch)
    for rent in (60.0, 110.0, 250.0):
        copy = changed(given, "contracts", price_usd_per_kw_month=rent)
        assert model.npv_usd(copy) == pytest.approx(plan(copy, full=False).summary["npv_usd"], rel=1e-9)
    assert not built
    assert model.npv_usd(given) == pytest.approx(model.base.npv_usd, rel=1e-12)


def test_other_members_are_built_anew(given: Portfolio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer building time leaves other starts: the programme is another one."""
    model = WarmModel(given)
    built = count_builds(monkeypatch)
    copy = changed(given, "contracts", build_months=24)
    assert model.npv_usd(copy) == pytest.approx(plan(copy, full=False).summary["npv_usd"], rel=1e-9)
    assert built


def test_a_plan_held_fixed_signs_the_same_and_adapts_its_hours() -> None:
    """At half the rent 4 MW are still held and lose; mining then runs as before on the other 5 MW."""
    model = WarmModel(portfolio())
    half = portfolio(contracts=[offer(price_usd_per_kw_month=40.0)])
    held, free = model.solve(half, held=model.base), model.solve(half)
    # See cases.py: 4 MW at 40 USD/kW-month for 4 months less capex and 2,928 hours of mining on 5 MW.
    assert held.npv_usd == pytest.approx(868_800.0 + 4 * (160_000.0 - 100_000.0 - 73_200.0))
    assert free.npv_usd == pytest.approx(868_800.0)
    assert held.taken_mw == {"lab": 4.0}
    assert free.taken_mw == {"lab": 0.0}


def test_a_plan_held_fixed_keeps_the_order_of_starts_when_all_move() -> None:
    """A month later: the 4 MW of March are now those of April; the machines that made room in March stay off."""
    model = WarmModel(portfolio(contracts=[offer(last_start="2027-03")]))
    later = portfolio(contracts=[offer(first_start="2027-04", last_start="2027-04")])
    held = model.solve(later, held=model.base)
    assert held.operations.signed_mw.tolist() == [4.0]
    assert model.base.npv_usd - held.npv_usd == pytest.approx(4 * 100_000.0)


def test_pins_hold_in_every_copy() -> None:
    """A forced MW stays forced when the rent changes."""
    model = WarmModel(portfolio(), pins=[Pin("lab", "alpha", "2027-04", 1.0)])
    copy = model.solve(portfolio(contracts=[offer(price_usd_per_kw_month=10.0)]))
    assert copy.taken_mw == {"lab": 1.0}


def test_whole_numbers_are_searched_in_every_copy() -> None:
    """Blocks of 1.5 MW: two are taken at a good rent, none at a bad one, two again with prices of the LP."""
    model = WarmModel(portfolio(contracts=[offer(block_mw=1.5)]))
    assert model.base.taken_mw == {"lab": 3.0}
    none = model.solve(portfolio(contracts=[offer(block_mw=1.5, price_usd_per_kw_month=40.0)]))
    assert none.taken_mw == {"lab": 0.0}
    again = model.solve(portfolio(contracts=[offer(block_mw=1.5)]))
    assert again.npv_usd == pytest.approx(model.base.npv_usd, rel=1e-12)
    assert np.array_equal(again.signed_mw, model.base.signed_mw)


def test_finer_periods_serve_all_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy with a step of capacity cuts its months; told beforehand, the base is cut alike and is not rebuilt."""
    base = portfolio(sites=[site(capacity_mw=10.0)])
    late = portfolio(contracts=[offer(first_start="2027-04", last_start="2027-04")])
    model = WarmModel(base, alike=[late])
    assert model.base.npv_usd == pytest.approx(plan(base, full=False).summary["npv_usd"], rel=1e-12)
    assert model.npv_usd(late) == pytest.approx(plan(late, full=False).summary["npv_usd"], rel=1e-12)


def test_a_copy_that_cannot_be_built_leaves_the_model_as_it_was() -> None:
    """Without machines from March no hashrate can be demanded; asked again at another rent, there is still none."""
    fleet = {"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0, "retire": "2027-03"}
    model = WarmModel(portfolio())
    for rent in (100.0, 120.0):
        hopeless = portfolio(fleets=[fleet], limits={"min_eh_s": 0.1}, contracts=[offer(price_usd_per_kw_month=rent)])
        with pytest.raises(InfeasiblePlanError):
            model.solve(hopeless)
    assert model.npv_usd(portfolio()) == pytest.approx(model.base.npv_usd, rel=1e-12)


def test_a_held_plan_that_breaks_a_limit_says_which() -> None:
    """The 4 MW held cost 400,000 USD; at twice the capex the budget of 500,000 no longer holds them."""
    budget = {"capex_budget": [{"month": "2027-01", "usd": 5e5}]}
    model = WarmModel(portfolio(limits=budget))
    dearer = portfolio(limits=budget, contracts=[offer(capex_usd_per_mw=200_000.0)])
    assert model.solve(dearer).taken_mw["lab"] == pytest.approx(2.5)
    with pytest.raises(InfeasiblePlanError, match=r"capex budget .*500,000 USD"):
        model.solve(dearer, held=model.base)
