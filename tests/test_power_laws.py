"""Laws of power contracts and rig modes: orders, invariances, identities and books of the optimal plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from law_tools import (
    changed,
    equal,
    in_money_of_half_the_value,
    law,
    not_lower,
    npv,
    renamed,
    slack,
    split_in_halves,
)
from oracle_money import World, month_index
from oracle_power import in_force
from strategies import Case, later
from strategies_power import power_cases, random_power_case

from optimizer import Plan, plan
from optimizer.errors import InfeasiblePlanError

Edit = Callable[[dict[str, Any]], object]
AI_LINES = {"rent", "prepaid_rent", "ai_power", "ai_opex", "capex"}
LINE_OF_KIND = {
    "block": "power_blocks",
    "demand_charge": "demand_charge",
    "coincident_peak": "peak_charge",
    "curtailment": "backup",
    "demand_response": "demand_response",
}
# What is halved when a contract is written as two.
HALVED = {
    "block": "mw",
    "demand_charge": "usd_per_kw_month",
    "coincident_peak": "usd_per_kw_month",
    "curtailment": "backup_usd_per_mwh",
    "demand_response": "max_mw",
}


def planned(case: Case, *, full: bool = False) -> Plan:
    """The plan, with baselines and prices if it is to be full; examples without one are left out."""
    try:
        return plan(case.portfolio(), full=full)
    except InfeasiblePlanError:
        assume(False)
        raise


def one_rate(case: Case) -> Case:
    """The case with AI discounted like everything else: whose bill AI's energy stands in does not matter then."""
    return changed(case, lambda tables: tables["settings"].pop("ai_discount_rate", None))


def terms(kind: str, column: str, change: Callable[[Any], Any], default: Any = None) -> Edit:
    """The change of a column in every contract of a kind; rows without it start from the default, or are left."""

    def edit(tables: dict[str, Any]) -> None:
        for row in tables["power_contracts"]:
            if row["kind"] == kind and (column in row or default is not None):
                row[column] = change(row.get(column, default))

    return edit


def nothing(tables: dict[str, Any]) -> None:
    """No change."""


# Each change is one that a worse world brings.
WORSE: dict[str, Edit] = {
    "demand charge": terms("demand_charge", "usd_per_kw_month", lambda usd: usd + 3.0),
    "ratchet": terms("demand_charge", "ratchet_share", lambda share: min(1.0, share + 0.3)),
    "ratchet memory": terms("demand_charge", "ratchet_months", lambda months: months + 2),
    "peak charge": terms("coincident_peak", "usd_per_kw_month", lambda usd: usd + 2.0),
    "peak hours": terms("coincident_peak", "hours", lambda hours: min(744, hours + 8)),
    "block price": terms("block", "price_usd_per_mwh", lambda usd: usd + 5.0),
    "resale fee": terms("block", "resale_fee_usd_per_mwh", lambda usd: usd + 15.0),
    "no resale": terms("block", "resale", lambda _: "none"),
    "curtailed hours": terms("curtailment", "hours_per_month", lambda hours: min(744, hours + 24)),
    "backup": terms("curtailment", "backup_usd_per_mwh", lambda usd: usd + 200.0, 0.0),
    "pay": terms("demand_response", "usd_per_mw_month", lambda usd: 0.7 * usd),
    "enrolment": terms("demand_response", "max_mw", lambda mw: 0.5 * mw),
    "hours of response": terms("demand_response", "hours_per_month", lambda hours: min(744, hours + 12)),
}


def worsened(case: Case, edit: Edit) -> Case:
    """The case after the change; a fee is no column of a block without resale."""

    def change(tables: dict[str, Any]) -> None:
        edit(tables)
        for row in tables["power_contracts"]:
            if row.get("resale") == "none":
                row.pop("resale_fee_usd_per_mwh", None)

    return changed(case, change)


@pytest.mark.parametrize("what", WORSE)
@law(examples=4)
@given(case=power_cases())
def test_a_dearer_contract_is_never_worth_more(what: str, case: Case) -> None:
    """Higher charges and fees, longer lists of hours and lower pay never raise the optimum."""
    case = one_rate(case)
    assert not_lower(npv(case), npv(worsened(case, WORSE[what])))


@pytest.mark.parametrize("what", WORSE)
def test_a_dearer_contract_is_worth_less_somewhere(what: str) -> None:
    """Of a handful of portfolios at least one loses by the change: the orders above are not empty."""
    for case in map(one_rate, map(random_power_case, range(40))):
        after = worsened(case, WORSE[what])
        if after.tables["power_contracts"] != case.tables["power_contracts"] and npv(after) < npv(case) - 1.0:
            return
    pytest.fail(f"no portfolio minds {what}")


@law(examples=8)
@given(case=power_cases(), data=st.data())
def test_a_block_sold_back_freely_is_worth_its_constant(case: Case, data: st.DataObject) -> None:
    """What is covered is not sold: a block without a fee adds the value of its MWh at spot less their fixed price."""
    world = World(case.tables, case.prices, committed_only=False)
    site = data.draw(st.sampled_from(list(world.sites)))
    row = {"site": site, "kind": "block", "mw": 7.5, "price_usd_per_mwh": 33.0}
    if data.draw(st.booleans()):
        row["months"] = data.draw(st.lists(st.integers(1, 12), min_size=1, unique=True))
    constant = 0.0
    for month in range(world.months):
        if in_force(row, world.start + month):
            price, weight = world.hours(site, month)
            spread = float((np.maximum(0.0, price) - 33.0).sum() * weight)
            constant += 7.5 * spread * world.discount(month, world.rate)
    before = npv(case)
    after = npv(changed(case, lambda tables: tables["power_contracts"].append(row)))
    assert equal(after - before, constant) or equal(after, before + constant)


@law(examples=8)
@given(case=power_cases())
def test_contracts_without_terms_change_nothing(case: Case) -> None:
    """A charge of nothing, no hours, no pay and a block of 0 MW leave the optimum as it is."""
    case = one_rate(case)
    empty: list[dict[str, Any]] = [
        {"kind": "demand_charge", "usd_per_kw_month": 0.0, "ratchet_share": 0.5, "ratchet_months": 3},
        {"kind": "coincident_peak", "usd_per_kw_month": 0.0, "hours": 5},
        {"kind": "curtailment", "hours_per_month": 0, "backup_usd_per_mwh": 300.0},
        {"kind": "demand_response", "usd_per_mw_month": 0.0, "hours_per_month": 4},
        {"kind": "demand_response", "usd_per_mw_month": 9_000.0, "hours_per_month": 4, "max_mw": 0.0},
        {"kind": "block", "mw": 0.0, "price_usd_per_mwh": 80.0, "resale": "none"},
    ]

    def add(tables: dict[str, Any]) -> None:
        for site in tables["sites"]:
            tables["power_contracts"] += [row | {"site": site["id"]} for row in empty]

    assert equal(npv(changed(case, add)), npv(case))


@law(examples=8)
@given(case=power_cases())
def test_contracts_cut_in_halves_change_nothing(case: Case) -> None:
    """Twice the block of half the MW, the charge or backup of half the price, the programme of half the MW."""

    def halve(tables: dict[str, Any]) -> None:
        rows = []
        for row in tables["power_contracts"]:
            column = HALVED[row["kind"]]
            rows += [row | {column: row[column] / 2}] * 2 if column in row else [row]
        tables["power_contracts"] = rows

    assert equal(npv(changed(case, halve)), npv(case))


@law(examples=8)
@given(case=power_cases(), data=st.data())
def test_a_site_with_contracts_split_in_halves_is_worth_the_same(case: Case, data: st.DataObject) -> None:
    """Two halves of a site, with halved fleets, offers, blocks and programmes, change nothing."""
    site = data.draw(st.sampled_from([site["id"] for site in case.tables["sites"]]))
    assert equal(npv(split_in_halves(case, site)), npv(case))


@law(examples=8)
@given(case=power_cases(), data=st.data())
def test_order_and_names_of_contracts_and_modes_change_nothing(case: Case, data: st.DataObject) -> None:
    """Rows in another order, and other names, leave the optimum as it is."""
    names: dict[str, str] = {}
    other = renamed(case, lambda name: names.setdefault(name, f"Ж{99 - len(names)} 'é\" <b>"))

    def shuffle(tables: dict[str, Any]) -> None:
        for table in ("sites", "fleets", "contracts", "rigs", "rig_modes", "power_contracts"):
            tables[table] = data.draw(st.permutations(tables[table]))

    assert equal(npv(changed(other, shuffle)), npv(case))


@law(examples=7)
@given(case=power_cases())
def test_modes_never_worth_using_change_nothing(case: Case) -> None:
    """Modes below the hull, and one of more power at the same hashrate as the most powerful, leave the optimum."""

    def add(tables: dict[str, Any]) -> None:
        for rig in tables["rigs"]:
            own = [rig, *(mode for mode in tables["rig_modes"] if mode["rig"] == rig["id"])]
            top = max(own, key=lambda line: (line["th_s"], -line["watts"]))
            useless = [(1.25 * top["watts"], top["th_s"]), (2.0 * top["watts"], 0.5 * top["th_s"])]
            useless += [(share * rig["watts"], 0.9 * share * rig["th_s"]) for share in (0.3, 1.0)]
            for number, (watts, th_s) in enumerate(useless):
                row = {"rig": rig["id"], "mode": f"useless {number}", "watts": watts, "th_s": th_s}
                tables["rig_modes"].append(row)

    assert equal(npv(changed(case, add)), npv(case))


@law(examples=7)
@given(case=power_cases())
def test_doubling_all_money_doubles_the_value_of_contracts_too(case: Case) -> None:
    """In a currency of half the value, every optimum is twice as much."""
    assert equal(npv(in_money_of_half_the_value(case)), 2 * npv(case))


@law(examples=3)
@given(case=power_cases())
def test_the_same_contracts_give_the_same_plan(case: Case) -> None:
    """Planned twice, every number of every table is the same, bit by bit."""
    first, second = planned(case, full=True), planned(case, full=True)
    for (name, frame), (_, again) in zip(first.frames.items(), second.frames.items(), strict=True):
        assert frame.equals(again), name
    assert first.summary == second.summary


@law(examples=15)
@given(case=power_cases())
def test_the_books_of_contracts_balance(case: Case) -> None:
    """Each site's MW add up to its capacity; the discounted cash flow and the tail are the NPV, and so are the terms
    and the sites; the programmes add up to their lines of every month and site; the certificate holds."""
    found = planned(case, full=True)
    summary, frames, settings = found.summary, found.frames, case.tables["settings"]
    world = World(case.tables, case.prices, committed_only=False)
    total = summary["npv_usd"]

    megawatts = frames.allocation.assign(place=[month_index(m) - world.start for m in frames.allocation["month"]])
    for (site, month), mw in megawatts.groupby(["site", "place"])["mw"].sum().items():
        assert mw == pytest.approx(world.capacity(site, month), abs=1e-6)
    assert (frames.allocation["mw"] >= -1e-9).all()

    rates = {True: settings.get("ai_discount_rate", settings["discount_rate"]), False: settings["discount_rate"]}
    discounted = sum(
        row.usd * (1 + rates[row.line in AI_LINES]) ** (-(month_index(row.month) - world.start + 0.5) / 12)
        for row in frames.cashflow.itertuples()
    )
    assert equal(discounted + summary["contract_tail_usd"], total)
    assert equal(sum(summary["npv_by_site"].values()), total)
    assert equal(float(frames.terms.query("case == 'plan'")["npv_usd"].sum()), total)
    for name, value in summary["baselines"].items():
        assert value is None or not_lower(total, value), name
    assert found.certificate["passed"] is True

    booked = frames.cashflow.set_index(["line", "month", "site"])["usd"]
    for kind, line in LINE_OF_KIND.items():
        paid = frames.programmes[frames.programmes["kind"] == kind].groupby(["month", "site"])["usd"].sum()
        expected = booked[line]
        difference = (expected - paid.reindex(expected.index, fill_value=0.0)).abs()
        assert (difference <= 1e-6 * expected.abs() + 0.01).all(), line


@law(examples=7)
@given(case=power_cases(), data=st.data())
def test_shadow_price_bounds_the_value_of_capacity_under_contracts(case: Case, data: st.DataObject) -> None:
    """V(+d) <= V + price * d for more and for less capacity of a site in one month."""
    before = planned(case)
    world = World(case.tables, case.prices, committed_only=False)
    site = data.draw(st.sampled_from(list(world.sites)))
    priced = before.frames.shadow_prices.query("site == @site")
    dear = sorted(priced.query("usd_per_mw_month > 0")["month"]) or sorted(priced["month"])
    label = data.draw(st.sampled_from(dear))
    month = month_index(label) - world.start
    price = float(priced.set_index("month").loc[label, "usd_per_mw_month"]) * world.discount(month, world.rate)
    level = world.capacity(site, month)
    assert price >= 0.0
    for step in (0.5, -0.5):
        if level + step < 0.0:
            continue
        value = npv(with_capacity(case, world, site, month, level + step))
        total = before.summary["npv_usd"]
        assert value <= total + price * step + slack(value, total)


def with_capacity(case: Case, world: World, site: str, month: int, mw: float) -> Case:
    """The case with this capacity of the site in one month."""
    levels = [world.capacity(site, other) for other in range(world.months)]
    levels[month] = mw
    start = case.tables["settings"]["start"]
    steps = [step for step in case.tables["capacity_steps"] if step["site"] != site]
    steps += [{"site": site, "from": later(start, place), "capacity_mw": level} for place, level in enumerate(levels)]
    return Case(case.tables | {"capacity_steps": steps}, case.prices)
