"""Sweeps: every cell is the plan that would be made cold, cells without a plan are told, bad values are refused.

In the case of cases.py a MW of the offer brings 4 months of rent, costs 100,000 USD and displaces mining worth 73,200:
it is taken from 43.3 USD/kW-month on. Mining alone earns 868,800 USD.
"""

from __future__ import annotations

import math
import pickle
from typing import Any

import pandas as pd
import pytest

import optimizer.warm
from optimizer.outcome import INFEASIBLE, INVALID
from optimizer.pins import Pin
from optimizer.planning import new_session, plan
from optimizer.ranges import RangeError, parse_axes
from optimizer.solve import Session
from optimizer.sweeping import MOST_AXES, MOST_CELLS, Sweep, changed_copies, solve_cells, sweep
from sites import load_portfolio
from sites.bundled import portfolio_path
from sites.edits import edited
from sites.findings import PortfolioError
from sites.portfolio import Portfolio
from tests.optimizer.cases import offer, portfolio

RENT = "contracts.lab.price_usd_per_kw_month"
HASHPRICE = "hashprice.*.usd_per_ph_day"
MINING = 868_800.0


def test_a_curve_worked_by_hand() -> None:
    """At 43 the offer is left; at 44 its 4 MW bring 2,800 USD each, at 60 66,800."""
    found = sweep(portfolio(), [f"{RENT}=40,43,44,60"])
    assert found.cells[RENT].tolist() == [40.0, 43.0, 44.0, 60.0]
    assert found.cells["chosen"].tolist() == ["", "", "lab", "lab"]
    assert found.cells["npv_usd"].tolist() == pytest.approx([MINING, MINING, MINING + 11_200.0, MINING + 267_200.0])
    assert found.cells["capex_usd"].tolist() == pytest.approx([0.0, 0.0, 400_000.0, 400_000.0])
    assert found.cells["peak_ai_mw"].tolist() == pytest.approx([0.0, 0.0, 4.0, 4.0])
    assert set(found.cells["status"]) == {"optimal"}
    # 5 of 10 MW in 4 of 6 months.
    assert found.cells["ai_share"].tolist() == pytest.approx([0.0, 0.0, 1 / 3, 1 / 3])
    assert found.contracts["mw"].tolist() == pytest.approx([0.0, 0.0, 4.0, 4.0])


def test_the_base_case_is_told() -> None:
    """Its place on each axis, its figures and its offers: rent 100, hashprice times 1."""
    found = sweep(portfolio(), [f"{HASHPRICE}=*0.9,*1.1", f"{RENT}=50:150:3"])
    assert found.base_at == (1.0, 100.0)
    assert found.base.npv_usd == pytest.approx(MINING + 4 * 226_800.0)
    assert found.base_chosen == ("lab",)


def test_a_base_that_is_no_single_value_has_no_place() -> None:
    """Two offers with two rents are at no one point of an axis that sets both; a month is at its word."""
    two = portfolio(contracts=[offer(), offer(id="other", price_usd_per_kw_month=90.0)])
    assert sweep(two, ["contracts.*.price_usd_per_kw_month=80,90"]).base_at == (None,)
    assert sweep(portfolio(), ["contracts.lab.last_start=2027-03,2027-04"]).base_at == ("2027-04",)


def assert_cells_are_cold_plans(given: Portfolio, axes: list[str], found: Sweep) -> None:
    """Every cell has the NPV and takes the offers of a plan made from scratch."""
    known = parse_axes(axes, MOST_AXES)
    places = [(n, m) for n in range(len(known[0].texts)) for m in range(len(known[1].texts))]
    for place, row in zip(places, found.cells.to_dict("records"), strict=True):
        copy = edited(given, [axis.edit(n) for axis, n in zip(known, place, strict=True)])
        cold = plan(copy, full=False)
        assert row["npv_usd"] == pytest.approx(cold.summary["npv_usd"], rel=1e-9, abs=1e-3)
        assert row["capex_usd"] == pytest.approx(cold.summary["capex_usd"], rel=1e-6, abs=1.0)
        assert row["peak_ai_mw"] == pytest.approx(cold.summary["peak_ai_mw"], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "axes",
    [
        [f"{HASHPRICE}=*0.5:*2.5:4", f"{RENT}=20:140:4"],
        ["contracts.lab.term_months=2:6:3", "contracts.lab.first_start=2027-03,2027-04"],
        ["sites.*.power=+-20:+40:3", "limits.ai_share_max=0.1:0.6:3"],
        ["settings.discount_rate=0:0.2:3", "settings.months=4,6,9"],
    ],
)
def test_every_cell_is_a_cold_plan(axes: list[str]) -> None:
    """Patched costs, moved starts, limits in the rows, and even another horizon give the plan made from scratch."""
    given = portfolio()
    assert_cells_are_cold_plans(given, axes, sweep(given, axes))


def test_every_cell_of_a_lumpy_portfolio_is_a_cold_plan() -> None:
    """Whole numbers too: all or nothing against blocks, of which one is taken."""
    group = [
        offer(min_mw=4.0, exclusive_group="hall"),
        offer(id="dear", max_mw=3.0, block_mw=1.0, price_usd_per_kw_month=130.0, exclusive_group="hall"),
    ]
    given, axes = portfolio(contracts=group), [f"{HASHPRICE}=*0.5:*2.5:3", f"{RENT}=40:140:4"]
    found = sweep(given, axes)
    assert_cells_are_cold_plans(given, axes, found)
    assert {"lab", "dear"} <= set(found.cells["chosen"])


@pytest.mark.slow
def test_cells_of_a_continental_portfolio_are_cold_plans() -> None:
    """Four corners of a map on the bundled north-america, whose cells are patched into one programme."""
    given = load_portfolio(portfolio_path("north-america"))
    axes = [f"{HASHPRICE}=*0.7,*1.5", "contracts.neocloud-triple-net.price_usd_per_kw_month=120,220"]
    assert_cells_are_cold_plans(given, axes, sweep(given, axes))


def test_a_map_is_patched_into_one_programme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashprices that reorder fleets and rents that bring offers in build no second programme."""
    built = []

    def counted(*arguments: Any, **options: Any) -> Session:
        """A session that is counted."""
        built.append(arguments)
        return new_session(*arguments, **options)

    monkeypatch.setattr(optimizer.warm, "new_session", counted)
    found = sweep(portfolio(), [f"{HASHPRICE}=*0.2:*2.5:5", f"{RENT}=20:140:5"])
    assert (len(found.cells), len(built)) == (25, 1)


def test_cells_can_be_shared_out() -> None:
    """Halves of the cells, solved apart after a trip between processes, are the whole."""
    given = portfolio()
    axes = parse_axes([f"{HASHPRICE}=*0.5:*2.5:4", f"{RENT}=20:140:3"], MOST_AXES)
    copies = changed_copies(given, axes)
    base, whole = solve_cells(given, axes, copies)
    shared = {}
    for odd in (0, 1):
        part = {place: copy for number, (place, copy) in enumerate(copies.items()) if number % 2 == odd}
        again, outcomes = solve_cells(*pickle.loads(pickle.dumps((given, axes, part))))
        assert again.npv_usd == pytest.approx(base.npv_usd, rel=1e-12)
        shared |= pickle.loads(pickle.dumps(outcomes))
    assert shared.keys() == whole.keys()
    for place, outcome in whole.items():
        assert shared[place].npv_usd == pytest.approx(outcome.npv_usd, rel=1e-12)
        assert shared[place].taken_mw == pytest.approx(outcome.taken_mw, abs=1e-9)


def test_cells_without_a_plan_are_told() -> None:
    """10 MW at 50 PH/s make 0.5 EH/s: a floor of 0.5 leaves no AI, one of 0.7 leaves no plan."""
    found = sweep(portfolio(), ["limits.min_eh_s=0.1:0.9:5"])
    assert found.cells["status"].tolist() == ["optimal", "optimal", "optimal", INFEASIBLE, INFEASIBLE]
    assert found.cells["npv_usd"][2] == pytest.approx(MINING)
    assert found.cells["npv_usd"].isna().tolist() == [False, False, False, True, True]
    assert found.cells["chosen"].tolist() == ["lab", "lab", "", "", ""]
    assert sorted(set(found.contracts["limits.min_eh_s"])) == pytest.approx([0.1, 0.3, 0.5])


def test_an_infeasible_base_does_not_hide_the_cells() -> None:
    """The portfolio as it stands has no plan; the cell whose floor can be reached has one."""
    given = portfolio(limits={"min_eh_s": 0.9})
    found = sweep(given, ["limits.min_eh_s=0.9,0.5"])
    assert (found.base.status, math.isnan(found.base.npv_usd)) == (INFEASIBLE, True)
    assert found.cells["status"].tolist() == [INFEASIBLE, "optimal"]
    assert found.cells["npv_usd"][1] == pytest.approx(MINING)
    assert set(sweep(given, ["limits.min_eh_s=0.8,0.9"]).cells["status"]) == {INFEASIBLE}


def test_values_that_contradict_each_other_are_told() -> None:
    """A window that ends before it begins is no portfolio; the other three cells are."""
    months = "2027-03,2027-04"
    found = sweep(portfolio(), [f"contracts.lab.first_start={months}", f"contracts.lab.last_start={months}"])
    assert found.cells["status"].tolist() == ["optimal", "optimal", INVALID, "optimal"]
    assert found.cells["npv_usd"].isna().tolist() == [False, False, True, False]


def test_impossible_values_are_refused_with_all_findings() -> None:
    """A share above 1 and a negative rent: both are told, as typed, before anything is solved."""
    with pytest.raises(PortfolioError) as refused:
        sweep(portfolio(), ["settings.pool_fee=0.5,1.5", f"{RENT}=-5:100:2"])
    told = str(refused.value)
    assert "--over settings.pool_fee=0.5,1.5: settings pool_fee = 1.5" in told
    assert f"--over {RENT}=-5:100:2: contracts 'lab' price_usd_per_kw_month = -5" in told


def test_unknown_fields_and_records_are_told_once() -> None:
    """Many values of a field or a record that does not exist are one finding."""
    for typed, hint in (
        ("contracts.lab.price=1:10:10", "price_usd_per_kw_month"),
        ("contracts.labb.max_mw=1:9:9", "lab"),
    ):
        with pytest.raises(PortfolioError) as refused:
            sweep(portfolio(), [typed])
        assert len(refused.value.findings) == 1
        assert f"--over {typed}" in str(refused.value)
        assert f"did you mean '{hint}'" in str(refused.value)


def test_too_many_cells_are_refused() -> None:
    """The message gives the count and the most."""
    with pytest.raises(RangeError, match=f"40,000 cells: expected at most {MOST_CELLS:,}"):
        sweep(portfolio(), [f"{RENT}=1:200:200", f"{HASHPRICE}=*0.5:*1.5:200"])


def test_pins_hold_in_every_cell() -> None:
    """The start that is forced to 2 MW has 2 MW at any rent."""
    found = sweep(portfolio(), [f"{RENT}=20,100"], pins=[Pin("lab", "alpha", "2027-03", 2.0)])
    by_rent = found.contracts.set_index(RENT)["mw"]
    assert by_rent[20.0] == pytest.approx(2.0)
    assert by_rent[100.0] == pytest.approx(4.0)


def test_progress_and_pickling() -> None:
    """Every cell is announced, and a sweep survives a trip between processes."""
    said: list[str] = []
    found = sweep(portfolio(), [f"{RENT}=20,60,100"], progress=said.append)
    assert said == ["solving cell 1 of 3", "solving cell 2 of 3", "solving cell 3 of 3"]
    again = pickle.loads(pickle.dumps(found))
    pd.testing.assert_frame_equal(again.cells, found.cells)
    assert again.axes == found.axes
