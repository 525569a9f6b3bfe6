"""Comparing stored plans: what differs, what moved, and a bridge whose steps add up to the last bit."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.comparing import CompareError, Comparison, compare
from optimizer.comparing.bridge import REST, exact_changes
from optimizer.comparing.drivers import DRIVERS, Inputs, changed_drivers
from optimizer.comparing.inputs import input_changes
from optimizer.pins import parse_pins
from sites.columns import TABLE_COLUMNS
from sites.edits import changed
from sites.load import load_portfolio
from sites.network_history import NetworkHistory
from sites.network_history.history import COLUMNS
from sites.portfolio import Portfolio
from tests.optimizer.cases import RIG, hourly, offer, portfolio, settings, site
from tests.optimizer.comparing_folders import written

TINY = Path(__file__).resolve().parents[2] / "sites" / "portfolios" / "tiny"
BETA = {"id": "beta", "capacity_mw": 5.0, "power": 35.0}
BETA_FLEET = {"id": "new", "site": "beta", "rig": "rig20", "mw": 5.0}
FLEET = {"id": "old", "site": "alpha", "rig": "rig20", "mw": 10.0}
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the plan of the case of one site, some tables replaced, into a folder of this name."""

    def write(name: str, *, pins: tuple[str, ...] = (), gap: float = 1e-6, **tables: Any) -> Path:
        prices = tables.pop("prices", None)
        return written(tmp_path / name, portfolio(prices, **tables), pins=parse_pins(pins), gap=gap)

    return write


def steps(found: Comparison) -> list[str]:
    """The drivers of the only bridge."""
    return found.bridge["driver"].tolist()


def told(found: Comparison) -> list[tuple[Any, ...]]:
    """The changed inputs of the only other plan."""
    return [tuple(row)[1:] for row in found.inputs.itertuples(index=False)]


def check_bridge(found: Comparison) -> None:
    """The laws of every bridge: it ends where the folders say, and its changes add up to the last bit."""
    worth = found.plans.set_index("plan")
    for plan in found.others:
        bridge = found.bridge[found.bridge["plan"] == plan]
        difference = worth.at[plan, "npv_usd"] - worth.at[found.base, "npv_usd"]
        assert math.fsum(bridge["change_usd"]) == difference == worth.at[plan, "npv_change_usd"]
        if len(bridge):
            assert bridge["npv_usd"].iloc[-1] == worth.at[plan, "npv_usd"]
        levels = [worth.at[found.base, "npv_usd"], *bridge["npv_usd"]]
        assert bridge["change_usd"].tolist() == pytest.approx(
            [after - before for before, after in pairwise(levels)], abs=1e-6
        )


def summary_npv(folder: Path) -> float:
    """The value that a folder states. [USD]"""
    return float(json.loads((folder / "summary.json").read_text(encoding="utf-8"))["npv_usd"])


def test_a_bridge_follows_the_stated_order_and_skips_what_is_equal(tmp_path: Path) -> None:
    """Tiny with another rent, hashprice, power and discount rate: four steps in the order of the drivers."""
    base = load_portfolio(TINY)
    edits = [
        "contracts.inference.price_usd_per_kw_month=55",
        "hashprice.*.usd_per_ph_day=*0.9",
        "sites.mill.power=42",
        "settings.discount_rate=0.1",
    ]
    one, other = written(tmp_path / "before", base), written(tmp_path / "after", changed(base, edits=edits))
    found = compare([one, other])
    assert steps(found) == ["horizon and discounting", "hashprice", "power prices", "offers"]
    assert [name for name, _ in found.order] == [driver.name for driver in DRIVERS]
    assert found.plans["npv_usd"].tolist() == [summary_npv(one), summary_npv(other)]
    check_bridge(found)
    assert told(found) == [
        ("settings", "", "discount_rate", "changed", 0.0, 0.1),
        ("sites", "mill", "power", "changed", 40.0, 42.0),
        (
            *("hashprice", "2027-01 to 2027-04", "usd_per_ph_day", "changed"),
            *("60 to 36, mean 54.00, of 4 months", "54 to 32.4, mean 48.60, of 4 months"),
        ),
        ("contracts", "inference", "price_usd_per_kw_month", "changed", 60.0, 55.0),
    ]


@pytest.mark.parametrize(
    ("tables", "driver"),
    [
        ({"settings": settings(discount_rate=0.2)}, "horizon and discounting"),
        ({"settings": settings(months=8)}, "horizon and discounting"),
        ({"hashprice": [{"month": "2027-01", "usd_per_ph_day": 20.0}]}, "hashprice"),
        ({"sites": [site(power=33.0)]}, "power prices"),
        ({"sites": [site(adder_usd_per_mwh=1.0)]}, "power prices"),
        ({"sites": [site(capacity_mw=9.0)], "fleets": [FLEET]}, "sites and capacity"),
        ({"capacity_steps": [{"site": "alpha", "from": "2027-04", "capacity_mw": 8.0}]}, "sites and capacity"),
        ({"rigs": [{**RIG, "th_s": 110.0}]}, "machines"),
        ({"contracts": []}, "offers"),
        ({"contracts": [offer(price_usd_per_kw_month=90.0)]}, "offers"),
        ({"limits": {"ai_share_max": 0.2}}, "limits"),
        ({"power_contracts": [{"site": "alpha", "kind": "demand_charge", "usd_per_kw_month": 1}]}, "power contracts"),
        ({"pins": ("lab@alpha:2027-04=3",)}, "forced decisions"),
        (
            {"scenarios": [{"id": "a", "probability": 0.5}, {"id": "b", "probability": 0.5, "power_factor": 1.4}]},
            "scenarios and risk",
        ),
        ({"liquidity": {"opening_cash_usd": 2e6, "overhead_usd_per_month": 1e4}}, "money"),
    ],
)
def test_one_changed_part_is_one_step_of_the_whole_difference(
    write: Write, tables: dict[str, Any], driver: str
) -> None:
    """Whatever part it is, and to the last bit."""
    one, other = write("before"), write("after", **tables)
    found = compare([one, other])
    assert steps(found) == [driver]
    assert found.bridge["change_usd"].tolist() == [summary_npv(other) - summary_npv(one)]
    assert found.bridge["change_usd"].iloc[0] != 0.0
    assert found.bridge["note"].tolist() == [""]
    assert len(found.inputs) >= 1


def test_an_invalid_portfolio_between_is_joined_with_the_next_part(write: Write) -> None:
    """A site that is gone takes its machines and the offer's place with it; the reason is told."""
    both = offer(sites=["alpha", "beta"])
    base = write("before", sites=[site(), BETA], fleets=[FLEET, BETA_FLEET], contracts=[both])
    other = write("after", hashprice=[{"month": "2027-01", "usd_per_ph_day": 25.0}])
    found = compare([base, other])
    assert steps(found) == ["hashprice", "sites and capacity + machines + offers"]
    note = found.bridge["note"].iloc[1]
    assert "with sites and capacity alone the portfolio does not hold together: fleets 'new' site = beta" in note
    assert "with sites and capacity + machines alone" in note
    check_bridge(found)


def test_a_portfolio_between_without_a_plan_is_joined_with_the_next_part(write: Write) -> None:
    """Half the machines cannot give the hashrate that the old limit asks for: 5 MW are 0.25 EH/s."""
    base = write("before", limits={"min_eh_s": 0.4})
    other = write("after", fleets=[{**FLEET, "mw": 5.0}], limits={"min_eh_s": 0.2})
    found = compare([base, other])
    assert steps(found) == ["machines + limits"]
    assert "with machines alone no plan keeps these limits together" in found.bridge["note"].iloc[0]
    check_bridge(found)


def test_a_pin_on_an_offer_that_is_gone_is_joined_with_the_pins(write: Write) -> None:
    """Without the offer the old pin cannot be followed."""
    found = compare([write("before", pins=("lab@alpha:2027-04=3",)), write("after", contracts=[])])
    assert steps(found) == ["offers + forced decisions"]
    assert "a decision cannot be forced" in found.bridge["note"].iloc[0]
    assert ("pins", "lab@alpha:2027-04", "mw", "removed", 3.0, "") in told(found)
    check_bridge(found)


def test_a_removed_contract_is_one_line_and_its_start_goes(write: Write) -> None:
    """The record is told whole, with what it held; its 4 MW go from March."""
    found = compare([write("before"), write("after", contracts=[])])
    ((table, record, column, kind, before, after),) = told(found)
    assert (table, record, column, kind, after) == ("contracts", "lab", "", "removed", "")
    assert before.startswith("counterparty Lab; sites alpha; max_mw 4; first_start 2027-03;")
    starts = found.decisions[found.decisions["kind"] == "start"]
    assert starts.drop(columns="plan").values.tolist() == [
        ["start", "sign", "lab", "alpha", "2027-03", "critical MW", 4.0, 0.0, -4.0]
    ]
    uses = found.decisions.set_index(["kind", "decision"])
    assert uses.at[("use", "mining"), "after"] == pytest.approx(10.0)
    assert uses.at[("use", "ai"), "change"] == pytest.approx(-5.0 * 4 / 6)


def test_tables_of_one_record_are_told_by_column_unless_they_come_or_go(write: Write) -> None:
    """Limits are always there, each blank or not; the cash account is there or it is not."""
    after = write("after", limits={"max_build_mw": 50.0}, liquidity={"opening_cash_usd": 2e6})
    assert told(compare([write("before"), after], with_bridge=False)) == [
        ("limits", "", "max_build_mw", "changed", "", 50.0),
        ("liquidity", "", "", "added", "", "opening_cash_usd 2000000"),
    ]


def test_other_hours_are_one_line_with_mean_and_digest(write: Write) -> None:
    """One dear hour more is seen, and worth what ten idle MW save there less what they earn."""
    at_market = {"sites": [site(power="market")], "contracts": []}
    one = write("before", prices={"market": hourly(2025, 30.0)}, **at_market)
    other = write("after", prices={"market": hourly(2025, 30.0, {5: 48.0})}, **at_market)
    found = compare([one, other])
    ((table, record, column, kind, before, after),) = told(found)
    assert (table, record, column, kind) == ("power_series", "market", "prices", "changed")
    assert before.startswith("mean 30.00 USD/MWh of 8,760 hours of 2025, digest ")
    assert before != after
    assert steps(found) == ["power prices"]
    # Ten MW pay 18 USD more in that hour and go on running, for they earn 50.
    assert found.bridge["change_usd"].iloc[0] == pytest.approx(-180.0)


def test_a_series_of_a_site_that_is_gone_stays_until_the_site_goes(write: Write) -> None:
    """Sites that the other plan lacks keep their prices while those of the others change."""
    dear = {"power": "market"}
    base = write("before", prices={"market": hourly(2025, 30.0)}, sites=[site(), {**BETA, **dear}], contracts=[])
    found = compare([base, write("after", sites=[site(power=31.0)], contracts=[])])
    assert steps(found) == ["power prices", "sites and capacity"]
    assert ("power_series", "market", "prices", "removed") in [row[:4] for row in told(found)]
    check_bridge(found)


def test_equal_plans_have_no_step_and_no_change(write: Write) -> None:
    """Names, remarks and the order of records are told where they differ, and are worth nothing."""
    base = write("before", fleets=[FLEET, {**FLEET, "id": "spare", "mw": 0.0}])
    same = write("same", fleets=[FLEET, {**FLEET, "id": "spare", "mw": 0.0}])
    renamed = write(
        "renamed",
        settings=settings(name="other", note="a remark"),
        fleets=[{**FLEET, "id": "spare", "mw": 0.0}, FLEET],
    )
    found = compare([base, same, renamed])
    assert found.bridge.empty
    assert found.inputs["plan"].tolist() == ["renamed"] * 2
    assert found.inputs["column"].tolist() == ["name", "note"]
    assert found.plans["npv_change_usd"].tolist() == [0.0] * 3
    assert (found.decisions["change"] == 0.0).all()


def test_a_value_that_planning_again_does_not_give_is_a_step_of_its_own(write: Write) -> None:
    """A folder of another program: the rest is carried by the last step, with words, and the sum stays exact."""
    base, other = write("before"), write("after", contracts=[offer(price_usd_per_kw_month=90.0)])
    rewrite(other, "summary.json", lambda summary: summary.update(npv_usd=summary["npv_usd"] + 1234.5))
    rewrite(other, "manifest.json", lambda manifest: manifest.update(program="wattsplit 9.9"))
    found = compare([base, other])
    assert steps(found) == ["offers", REST]
    assert found.bridge["change_usd"].iloc[1] == pytest.approx(1234.5)
    note = found.bridge["note"].iloc[1]
    assert "planned again, the inputs of after give USD" in note
    assert "after was made by wattsplit 9.9" in note
    check_bridge(found)


def test_a_base_of_another_program_is_carried_by_the_last_step_too(write: Write) -> None:
    """The steps are those between the plans made anew; what the base is off goes into the rest."""
    base, other = write("before"), write("after", contracts=[offer(price_usd_per_kw_month=90.0)])
    change = summary_npv(other) - summary_npv(base)
    rewrite(base, "summary.json", lambda summary: summary.update(npv_usd=summary["npv_usd"] - 500.0))
    found = compare([base, other])
    assert steps(found) == ["offers", REST]
    assert found.bridge["change_usd"].tolist() == pytest.approx([change, 500.0])
    assert "the inputs of before give USD" in found.bridge["note"].iloc[1]
    check_bridge(found)


def test_a_base_that_can_no_longer_be_planned_begins_with_what_its_folder_says(write: Write) -> None:
    """A pin that no plan can follow any more: the steps are told all the same, and that they begin so."""
    base, other = write("before"), write("after", contracts=[offer(price_usd_per_kw_month=90.0)])
    rewrite(base, "summary.json", lambda summary: summary.update(pins=["lab@alpha:2027-04=99"]))
    found = compare([base, other])
    assert steps(found) == ["offers + forced decisions"]
    assert found.bridge["note"].iloc[0].startswith("the inputs of before give no plan here and now; the steps begin")
    check_bridge(found)


def rewrite(folder: Path, name: str, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change a file of a plan, and its digest in the manifest with it."""
    import hashlib

    path, listed = folder / name, folder / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    if path != listed:
        manifest = json.loads(listed.read_text(encoding="utf-8"))
        manifest["files"][name] = hashlib.sha256(path.read_bytes()).hexdigest()
        listed.write_text(json.dumps(manifest), encoding="utf-8")


def test_every_damage_of_every_folder_is_told_at_once(write: Write, tmp_path: Path) -> None:
    """An edited table, a missing input, a folder that is no plan and one that is not there, each with its file."""
    base = write("base")
    edited, halved, empty = (tmp_path / name for name in ("edited", "halved", "empty"))
    shutil.copytree(base, edited)
    shutil.copytree(base, halved)
    empty.mkdir()
    with (edited / "allocation.csv").open("a", encoding="utf-8") as file:
        file.write("2027-01,alpha,idle,idle,1\n")
    (halved / "inputs" / "portfolio.yaml").unlink()
    with pytest.raises(CompareError) as caught:
        compare([base, edited, halved, empty, tmp_path / "absent"])
    assert caught.value.faults == (
        f"{edited}: allocation.csv differs from what was written",
        f"{halved}: inputs/portfolio.yaml is missing",
        f"{empty}: holds no plan of wattsplit: there is no manifest.json",
        f"{tmp_path / 'absent'}: is no folder",
    )


def test_a_manifest_of_something_else_is_refused(write: Write) -> None:
    """Its digests may be right; it is still no plan. A summary without a figure says which."""
    base, other, torn = write("base"), write("other"), write("torn")
    rewrite(other, "manifest.json", lambda manifest: manifest.update(format="other plan"))
    rewrite(torn, "summary.json", lambda summary: summary.pop("capex_usd"))
    with pytest.raises(CompareError) as caught:
        compare([base, other, torn])
    assert caught.value.faults == (
        f"{other}: manifest.json: format = other plan: expected wattsplit plan",
        f"{torn}: summary.json: 'capex_usd' is missing",
    )


def test_two_to_eight_different_folders_are_compared(write: Write, tmp_path: Path) -> None:
    """Fewer, more, or one twice (by another path) are refused."""
    base = write("base")
    with pytest.raises(CompareError, match="1 given: expected 2 to 8 folders"):
        compare([base])
    with pytest.raises(CompareError, match="9 given"):
        compare([base] * 9)
    (tmp_path / "link").symlink_to(base)
    with pytest.raises(CompareError, match="link: is given twice"):
        compare([base, tmp_path / "link"])


def test_folders_of_one_name_are_told_apart_by_the_folders_above(tmp_path: Path) -> None:
    """a/plan and b/plan, not plan and plan."""
    folders = [written(tmp_path / name / "plan", portfolio()) for name in ("a", "b")]
    assert compare(folders, with_bridge=False).plans["plan"].tolist() == ["a/plan", "b/plan"]


def test_without_a_bridge_nothing_is_solved(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs and decisions are compared all the same."""
    folders = [write("before"), write("after", contracts=[])]
    monkeypatch.setattr("optimizer.comparing.bridge.plan", partial(pytest.fail, "solved"))
    found = compare(folders, with_bridge=False)
    assert found.bridge.empty
    assert not found.bridged
    assert len(found.inputs) == 1


def test_the_same_comparison_comes_out_twice(write: Write) -> None:
    """Equal frames, and word of every stage for whoever listens."""
    folders = [write("before"), write("after", sites=[site(power=33.0)], contracts=[])]
    said: list[str] = []
    one, other = compare(folders, progress=said.append), compare(folders)
    for name in ("plans", "inputs", "decisions", "bridge"):
        assert getattr(one, name).equals(getattr(other, name)), name
    assert said[0] == "reading the plans"
    assert "before again: optimising" in said
    assert "after, step 2 of 2, offers: optimising" in said


def test_every_input_belongs_to_one_driver() -> None:
    """Exchanging all drivers turns one portfolio into the other, and each table is moved by exactly one of them."""
    own, other = (Inputs.of(given, ()) for given in (_full(1.0), _full(2.0)))
    moved: dict[str, list[str]] = {}
    reached = own
    for driver in DRIVERS:
        taken = driver.take(reached, other)
        for table in TABLE_COLUMNS:
            if taken.tables.get(table) != reached.tables.get(table):
                moved.setdefault(table, []).append(driver.name)
        reached = taken
    assert reached.same_as(other)
    assert reached.portfolio() == _full(2.0)
    # Settings hold the market, sites the prices of power, each part of a driver of its own.
    assert {table: len(names) for table, names in moved.items() if len(names) > 1} == {"sites": 2}
    # Pins of a portfolio's own table are among those of its plan, which are a driver of their own.
    assert set(moved) == set(TABLE_COLUMNS) - {"power_series", "pins"}
    assert not changed_drivers(own, own)


def _full(factor: float) -> Portfolio:
    """A portfolio with a record in every table, its numbers times a factor."""
    rows: dict[str, Any] = {
        "settings": settings(discount_rate=0.05 * factor),
        "sites": [site(capacity_mw=10.0 * factor, power="market", adder_usd_per_mwh=factor)],
        "capacity_steps": [{"site": "alpha", "from": "2027-05", "capacity_mw": 11.0 * factor}],
        "rig_modes": [{"rig": "rig20", "mode": "eco", "th_s": 60.0, "watts": 1000.0 + factor}],
        "rigs": [{**RIG, "overhead": 1.0 + factor / 10}],
        "fleets": [{**FLEET, "mw": 9.0 / factor, "max_mw": 10.0}],
        "hashprice": [{"month": "2027-01", "usd_per_ph_day": 24.0 * factor}],
        "contracts": [offer(max_mw=2.0 * factor)],
        "power_contracts": [{"site": "alpha", "kind": "demand_charge", "usd_per_kw_month": factor}],
        "limits": {"max_build_mw": 20.0 * factor},
        "scenarios": [{"id": "a", "probability": 1.0, "power_factor": factor}],
        "risk": {"cvar_weight": 0.1 * factor},
        "rig_offers": [{"id": "shop", "rig": "rig20", "usd_per_th": 10.0 * factor, "max_mw": 1.0}],
        "rig_stock": [{"rig": "rig20", "mw": factor}],
        "hall_builds": [{"id": "hall", "site": "alpha", "usd_per_mw": 1e5 * factor, "max_mw": 2.0}],
        "expansions": [{"id": "line", "site": "alpha", "usd_per_mw": 1e5 * factor, "max_mw": 2.0}],
        "loans": [{"id": "bank", "limit_usd": 1e6 * factor, "rate": 0.1, "tenor_months": 3}],
        "equity": [{"id": "issue", "limit_usd": 1e6 * factor, "cost": 0.1}],
        "treasury": {"opening_btc": 10.0 * factor, "btc_price_usd": 90_000.0},
        "tax": {"rate": 0.1 * factor},
        "liquidity": {"opening_cash_usd": 1e6 * factor},
    }
    return portfolio({"market": hourly(2025, 30.0 * factor)}, **rows)


def test_a_market_is_exchanged_with_the_hashprice(tmp_path: Path) -> None:
    """Its fields are told one by one, and the discount rate beside it is another part."""
    market = {"model": "fundamental", "btc_price_usd": 90_000.0, "network_eh_s": 900.0, "fee_share": 0.01}

    def given(rate: float, price: float) -> Portfolio:
        own = settings(discount_rate=rate, market={**market, "btc_price_usd": price})
        return portfolio(settings=own, hashprice=[])

    folders = [written(tmp_path / "a", given(0.0, 90_000.0)), written(tmp_path / "b", given(0.1, 95_000.0))]
    found = compare(folders)
    assert told(found) == [
        ("settings", "", "discount_rate", "changed", 0.0, 0.1),
        ("settings", "", "market.btc_price_usd", "changed", 90_000.0, 95_000.0),
    ]
    assert steps(found) == ["horizon and discounting", "hashprice"]
    check_bridge(found)


def test_a_market_in_place_of_a_table_is_the_hashprice_alone(tmp_path: Path) -> None:
    """It comes, and goes again, without touching the rest of the settings."""
    market = {"model": "fundamental", "btc_price_usd": 90_000.0, "network_eh_s": 900.0, "fee_share": 0.01}
    folders = [
        written(tmp_path / "table", portfolio()),
        written(tmp_path / "market", portfolio(settings=settings(market=market), hashprice=[])),
    ]
    for pair in (folders, folders[::-1]):
        found = compare(pair)
        assert steps(found) == ["hashprice"]
        check_bridge(found)
    assert ("settings", "", "market.model", "changed", "fundamental", "") in told(found)


def test_the_history_of_the_network_is_one_line_and_part_of_the_hashprice() -> None:
    """Mean price and hashrate with a digest; equal days are equal whoever read them."""
    days = pd.date_range("2026-01-01", periods=4, tz="UTC", name="day")
    frame = pd.DataFrame(dict.fromkeys(COLUMNS, 1.0), index=days).assign(price_usd=90_000.0, network_eh_s=900.0)
    given = Inputs.of(portfolio(), ())
    before = replace(given, history=NetworkHistory(frame))
    after = replace(given, history=NetworkHistory(frame.assign(price_usd=91_000.0)))
    (change,) = input_changes(before, after)
    assert (change.table, change.record, change.column) == ("settings", "", "network history")
    assert str(change.before).startswith("2026-01-01 to 2026-01-04, mean 90,000 USD/BTC and 900.0 EH/s, digest ")
    assert [driver.name for driver, _ in changed_drivers(before, after)] == ["hashprice"]
    assert input_changes(given, before)[0].kind == "added"
    assert not input_changes(before, replace(given, history=NetworkHistory(frame.copy(), notes=("other",))))


def test_runs_of_hashprice_are_joined_and_broken_where_they_end(write: Write) -> None:
    """Two months changed, one kept, one changed; one month that is new; another path by its name."""
    months = ["2027-01", "2027-02", "2027-03", "2027-04"]

    def rows(*prices: float) -> list[dict[str, Any]]:
        return [{"month": month, "usd_per_ph_day": price} for month, price in zip(months, prices, strict=False)]

    bear = [{"month": "2027-01", "usd_per_ph_day": 10.0, "scenario": "bear"}]
    found = compare(
        [write("before", hashprice=rows(24, 25, 26)), write("after", hashprice=rows(20, 21, 26, 22) + bear)],
        with_bridge=False,
    )
    assert [row[1:] for row in told(found)] == [
        (
            *("2027-01 to 2027-02", "usd_per_ph_day", "changed"),
            *("24 to 25, mean 24.50, of 2 months", "20 to 21, mean 20.50, of 2 months"),
        ),
        ("2027-04", "usd_per_ph_day", "added", "", 22.0),
        ("bear, 2027-01", "usd_per_ph_day", "added", "", 10.0),
    ]


def test_another_horizon_leaves_years_blank_that_one_plan_lacks(write: Write) -> None:
    """Sixteen months reach into 2028, of which the base knows nothing."""
    found = compare([write("before"), write("after", settings=settings(months=16))])
    uses = found.decisions[found.decisions["kind"] == "use"].set_index(["decision", "period"])
    assert math.isnan(uses.at[("ai", "2028"), "before"])
    assert uses.at[("ai", "2028"), "after"] == pytest.approx(5.0)
    assert steps(found) == ["horizon and discounting"]


@given(st.lists(st.floats(-1e11, 1e11).filter(lambda value: abs(value) > 1e-3), min_size=2, max_size=12))
def test_changes_add_up_to_the_last_bit(levels: list[float]) -> None:
    """Whatever the levels, with at most one number more than steps, which is rounding."""
    changes = exact_changes(levels)
    assert math.fsum(changes) == levels[-1] - levels[0]
    assert len(changes) in (len(levels) - 1, len(levels))
    size = max(map(abs, levels))
    for change, before, after in zip(changes, levels, levels[1:], strict=False):
        assert change == pytest.approx(after - before, abs=1e-14 * size)
    assert all(abs(rest) <= 1e-14 * size for rest in changes[len(levels) - 1 :])
