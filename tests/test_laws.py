"""Laws that hold for every portfolio: orders, invariances, prices and books of the optimal plan.

Portfolios are drawn by hypothesis from the same builder as the oracle's; the examples are the same in every run.
"""

from __future__ import annotations

import math
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
    with_limit,
)
from oracle_money import World, month_index
from strategies import Case, cases, label, later, random_case

from optimizer import Plan, plan
from optimizer.errors import InfeasiblePlanError

AI_LINES = {"rent", "prepaid_rent", "ai_power", "ai_opex", "capex"}
SHARES = {"curtailable_share", "ai_share_min", "ai_share_max", "counterparty_share", "region_share"}
Edit = Callable[[dict[str, Any]], object]


def planned(case: Case, *, full: bool = False) -> Plan:
    """The plan, with baselines and prices if it is to be full; examples without one are left out."""
    try:
        return plan(case.portfolio(), full=full)
    except InfeasiblePlanError:
        assume(False)
        raise


def each(table: str, column: str, change: Callable[[Any], Any], default: Any = None) -> Edit:
    """The change of a column in every row of a table; rows without it start from the default, or are left alone."""

    def edit(tables: dict[str, Any]) -> None:
        for row in tables[table]:
            if column in row or default is not None:
                row[column] = change(row.get(column, default))

    return edit


def limit(column: str, before: Any, after: Any) -> tuple[Edit, Edit]:
    """A portfolio limit before and after it was loosened."""
    return (
        lambda tables: tables["limits"].update({column: before}),
        lambda tables: tables["limits"].update({column: after}),
    )


def nothing(tables: dict[str, Any]) -> None:
    """No change."""


# Each change is one that a better world brings: what is lower, and what is higher.
BETTER: dict[str, tuple[Edit, Edit]] = {
    "hashprice": (nothing, each("hashprice", "usd_per_ph_day", lambda usd: usd * 1.2)),
    "rent": (nothing, each("contracts", "price_usd_per_kw_month", lambda usd: usd + 25.0)),
    "capex": (each("contracts", "capex_usd_per_mw", lambda usd: usd * 1.3 + 20_000.0), nothing),
    "power price": (each("sites", "adder_usd_per_mwh", lambda usd: usd + 6.0, 0.0), nothing),
    "fixed cost": (each("sites", "fixed_cost_usd_per_month", lambda usd: usd + 9_000.0, 0.0), nothing),
    "hosting opex": (each("contracts", "opex_usd_per_kw_month", lambda usd: usd + 9.0, 0.0), nothing),
    "mining opex": (each("fleets", "variable_opex_usd_per_mwh", lambda usd: usd + 5.0, 0.0), nothing),
    "pool fee": (lambda tables: tables["settings"].update(pool_fee=0.1), nothing),
    "efficiency": (each("rigs", "watts", lambda watts: watts * 1.1), nothing),
    "capacity": (nothing, each("sites", "capacity_mw", lambda mw: mw * 1.2)),
    "capacity steps": (nothing, each("capacity_steps", "capacity_mw", lambda mw: mw * 1.2)),
    "AI limit": (nothing, each("sites", "ai_max_mw", lambda mw: mw + 5.0)),
    "mining halls": (nothing, each("sites", "mining_ready_mw", lambda mw: mw + 5.0)),
    "curtailable share": (each("sites", "curtailable_min_share", lambda share: min(0.9, share + 0.2), 0.0), nothing),
    "fleet size": (nothing, each("fleets", "mw", lambda mw: mw + 3.0)),
    "offer size": (nothing, each("contracts", "max_mw", lambda mw: mw + 5.0)),
    "start window": (nothing, each("contracts", "last_start", lambda month: later(month, 1))),
    "capex budget": limit("capex_budget", [{"month": "2026-01", "usd": 2e6}], [{"month": "2026-01", "usd": 4e6}]),
    "build limit": limit("max_build_mw", 3.0, 6.0),
    "least AI share": limit("ai_share_min", 0.2, 0.1),
    "largest AI share": limit("ai_share_max", 0.3, 0.5),
    "hashrate": limit("min_eh_s", 1.0, 0.2),
    "one customer's share": limit("counterparty_share_max", 0.5, 0.7),
    "one region's share": limit("region_share_max", 0.5, 0.7),
}
# Wider windows and sizes do not fit a committed offer, whose size and start are given.
OPEN_OFFERS_ONLY = {"offer size", "start window"}


@pytest.mark.parametrize("what", BETTER)
@law(examples=5)
@given(case=cases())
def test_a_better_world_is_never_worth_less(what: str, case: Case) -> None:
    """Higher revenues, lower costs, looser limits and wider choices never lower the optimum."""
    if what in OPEN_OFFERS_ONLY:
        open_offers = [offer for offer in case.tables["contracts"] if "committed_mw" not in offer]
        case = Case(case.tables | {"contracts": open_offers}, case.prices)
    if what in ("least AI share", "largest AI share"):
        other = {"ai_share_min", "ai_share_max"}
        case = changed(case, lambda tables: [tables["limits"].pop(name, None) for name in other])
    worse, better = BETTER[what]
    assert not_lower(npv(changed(case, better)), npv(changed(case, worse)))


@pytest.mark.parametrize("what", ["hashprice", "rent", "capex", "power price", "build limit", "hashrate"])
def test_a_better_world_is_worth_more_somewhere(what: str) -> None:
    """Of a handful of portfolios at least one changes its value: the orders above are not empty."""
    worse, better = BETTER[what]
    assert any(npv(changed(random_case(seed), better)) > npv(changed(random_case(seed), worse)) for seed in range(12))


@law(examples=12)
@given(case=cases(), data=st.data())
def test_one_more_offer_is_never_worth_less(case: Case, data: st.DataObject) -> None:
    """An open offer more never lowers the optimum."""
    open_offers = [offer["id"] for offer in case.tables["contracts"] if "committed_mw" not in offer]
    assume(open_offers)
    gone = data.draw(st.sampled_from(open_offers))
    kept = [offer for offer in case.tables["contracts"] if offer["id"] != gone]
    assert not_lower(npv(case), npv(Case(case.tables | {"contracts": kept}, case.prices)))


@law(examples=10)
@given(case=cases())
def test_a_longer_horizon_is_never_worth_less(case: Case) -> None:
    """Where nothing costs money after it was begun, one month more never lowers the optimum."""

    def free_to_idle(tables: dict[str, Any]) -> None:
        tables["limits"], tables["capacity_steps"] = {}, []
        for site in tables["sites"]:
            site.update(fixed_cost_usd_per_month=0.0, curtailable_min_share=0.0)
        tables["contracts"] = [offer for offer in tables["contracts"] if "committed_mw" not in offer]
        for offer in tables["contracts"]:
            offer.update(opex_usd_per_kw_month=0.0, power="pass_through")
        tables["settings"]["contract_tail"] = 0.0

    short = changed(case, free_to_idle)
    long = changed(short, lambda tables: tables["settings"].update(months=tables["settings"]["months"] + 1))
    assert not_lower(npv(long), npv(short))


@law(examples=12)
@given(case=cases(), data=st.data())
def test_a_site_split_in_halves_is_worth_the_same(case: Case, data: st.DataObject) -> None:
    """Two halves of a site, with halved fleets and offers, change nothing."""
    site = data.draw(st.sampled_from([site["id"] for site in case.tables["sites"]]))
    assert equal(npv(split_in_halves(case, site)), npv(case))


@law(examples=12)
@given(case=cases(), data=st.data())
def test_order_and_names_change_nothing(case: Case, data: st.DataObject) -> None:
    """Rows in another order and other names, of another alphabet and order, leave optimum and AI as they are."""
    case = case if data.draw(st.booleans()) else random_case(data.draw(st.integers(0, 10_000)))
    before = planned(case)
    names: dict[str, str] = {}
    other = renamed(case, lambda name: names.setdefault(name, f"Ж{99 - len(names)} 'é\" <b>"))

    def shuffle(tables: dict[str, Any]) -> None:
        for table in ("sites", "fleets", "contracts", "rigs", "hashprice", "capacity_steps"):
            tables[table] = data.draw(st.permutations(tables[table]))
        for offer in tables["contracts"]:
            offer["sites"] = data.draw(st.permutations(offer["sites"]))

    after = planned(changed(other, shuffle))
    assert equal(after.summary["npv_usd"], before.summary["npv_usd"])
    # The tie-break signs the least: the total is the same whichever of two equal offers is signed.
    assert after.frames.contracts["mw"].sum() == pytest.approx(before.frames.contracts["mw"].sum(), abs=1e-4)


@law(examples=10)
@given(case=cases())
def test_doubling_all_money_doubles_the_value(case: Case) -> None:
    """In a currency of half the value, every optimum is twice as much."""
    assert equal(npv(in_money_of_half_the_value(case)), 2 * npv(case))


@law(examples=8)
@given(case=cases())
def test_a_site_without_megawatts_changes_nothing(case: Case) -> None:
    """A site of 0 MW, open to every open offer and with a fleet of 0 MW, leaves the optimum as it is."""

    def add(tables: dict[str, Any]) -> None:
        tables["sites"].append({"id": "nowhere", "capacity_mw": 0.0, "power": 30.0, "region": "north"})
        tables["fleets"].append({"id": "none", "site": "nowhere", "rig": "new-air", "mw": 0.0})
        for offer in tables["contracts"]:
            if "committed_mw" not in offer:
                offer["sites"].append("nowhere")

    assert equal(npv(changed(case, add)), npv(case))


@law(examples=6)
@given(case=cases())
def test_the_same_portfolio_gives_the_same_plan(case: Case) -> None:
    """Planned twice, every number of every table is the same, bit by bit."""
    first, second = planned(case, full=True), planned(case, full=True)
    for (name, frame), (_, again) in zip(first.frames.items(), second.frames.items(), strict=True):
        assert frame.equals(again), name
    assert first.summary == second.summary
    assert np.array_equal(first.proof.x, second.proof.x)


def capacities(case: Case, site: str) -> list[float]:
    """Capacity of the site in every month of the horizon."""
    world = World(case.tables, case.prices, committed_only=False)
    return [world.capacity(site, month) for month in range(world.months)]


def with_capacities(case: Case, site: str, levels: list[float]) -> Case:
    """The case with these capacities of the site, month by month; its base capacity stays."""
    start = case.tables["settings"]["start"]
    steps = [step for step in case.tables["capacity_steps"] if step["site"] != site]
    steps += [{"site": site, "from": later(start, month), "capacity_mw": mw} for month, mw in enumerate(levels)]
    return Case(case.tables | {"capacity_steps": steps}, case.prices)


@law(examples=25)
@given(case=cases(), data=st.data())
def test_shadow_price_bounds_the_value_of_capacity(case: Case, data: st.DataObject) -> None:
    """V(+d) <= V + price * d for more and for less capacity of a site in one month: the price lies between the slopes,
    so where the two slopes are one, it is the price."""
    before = planned(case)
    site = data.draw(st.sampled_from([site["id"] for site in case.tables["sites"]]))
    priced = before.frames.shadow_prices.query("site == @site")
    worth_something = sorted(priced.query("usd_per_mw_month > 0")["month"]) or sorted(priced["month"])
    month = data.draw(st.sampled_from(worth_something))
    price = float(priced.set_index("month").loc[month, "usd_per_mw_month"])
    settings = case.tables["settings"]
    index = month_index(month) - month_index(settings["start"])
    discounted = price * (1 + settings["discount_rate"]) ** (-(index + 0.5) / 12)
    levels = capacities(case, site)
    assert price >= 0.0
    for step in (0.5, 5.0, -0.5, -5.0):
        if levels[index] + step >= 0.0:
            moved = [*levels]
            moved[index] += step
            value = npv(with_capacities(case, site, moved))
            assert value <= before.summary["npv_usd"] + discounted * step + slack(value, before.summary["npv_usd"])


def test_shadow_price_of_a_megawatt_is_the_mining_it_carries() -> None:
    """Rigs wait for room: one more MW mines 720 h at 60 USD/MWh in April, 43,200 USD, undiscounted to the month."""
    case = Case(
        {
            "settings": {"name": "room", "start": "2027-04", "months": 2, "discount_rate": 0.12},
            "sites": [{"id": "site", "capacity_mw": 10.0, "power": 40.0, "mining_ready_mw": 20.0}],
            "rigs": [{"id": "rig", "th_s": 100.0, "watts": 2000.0}],
            "fleets": [{"id": "fleet", "site": "site", "rig": "rig", "mw": 20.0}],
            "hashprice": [{"month": "2027-04", "usd_per_ph_day": 48.0}],
            "capacity_steps": [],
            "contracts": [],
            "limits": {},
        },
        {},
    )
    before = planned(case)
    prices = before.frames.shadow_prices.set_index("month")["usd_per_mw_month"]
    assert prices.to_dict() == pytest.approx({"2027-04": 60 * 720, "2027-05": 60 * 744})
    more = npv(with_capacities(case, "site", [10.0, 12.0])) - before.summary["npv_usd"]
    assert more == pytest.approx(2 * 60 * 744 / 1.12 ** (1.5 / 12))


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("build_limit", {"max_build_mw": 4.0}),
        ("capex_budget", {"capex_budget": [{"month": "2026-01", "usd": 2e6}]}),
    ],
)
@law(examples=8)
@given(case=cases())
def test_prices_of_portfolio_limits_bound_their_value(name: str, limits: dict[str, Any], case: Case) -> None:
    """A limit wider or tighter by a share moves the optimum by at most that share of the value that the table of
    limits gives it."""
    case = with_limit(case, **limits)
    before = planned(case)
    value = before.frames.limits.query("limit == @name")["value_usd"].sum()
    for factor in (0.9, 1.1):

        def scale(tables: dict[str, Any], factor: float = factor) -> None:
            if name == "build_limit":
                tables["limits"]["max_build_mw"] *= factor
            else:
                for step in tables["limits"]["capex_budget"]:
                    step["usd"] *= factor

        after = npv(changed(case, scale))
        base = before.summary["npv_usd"]
        assert after <= base + (factor - 1.0) * value + slack(after, base)


@law(examples=8)
@given(case=cases())
def test_the_optimum_is_concave_in_room_and_convex_in_prices(case: Case) -> None:
    """Half way between two capacities the optimum is at least the mean, between two hashprices at most."""
    room = [npv(changed(case, each("fleets", "mw", lambda mw, f=f: mw * f))) for f in (0.5, 1.0, 1.5)]
    price = [npv(changed(case, each("hashprice", "usd_per_ph_day", lambda usd, f=f: usd * f))) for f in (0.8, 1.0, 1.2)]
    if all(map(math.isfinite, room)):
        assert not_lower(room[1], (room[0] + room[2]) / 2)
    if all(map(math.isfinite, price)):
        assert not_lower((price[0] + price[2]) / 2, price[1])


@law(examples=25)
@given(case=cases())
def test_strong_duality_holds(case: Case) -> None:
    """The prices of the rows prove the optimum: the dual value equals the primal one, and the plan keeps all rows."""
    found = planned(case)
    matrices, x, price = found.proof.matrices, found.proof.x, found.proof.row_dual
    level = matrices.a @ x
    assert (level >= matrices.row_lower - 1e-7).all()
    assert (level <= matrices.row_upper + 1e-7).all()
    assert (x >= matrices.col_lower - 1e-7).all()
    assert (x <= matrices.col_upper + 1e-7).all()
    reduced = matrices.cost - matrices.a.T @ price
    bound = _least(price, matrices.row_lower, matrices.row_upper) + _least(
        reduced, matrices.col_lower, matrices.col_upper
    )
    cost = float(matrices.cost @ x)
    assert cost - bound <= 1e-7 * max(1.0, abs(cost))
    assert equal(-1e6 * (cost + matrices.offset), found.summary["npv_usd"])


def _least(weight: Any, low: Any, high: Any) -> float:
    """Least weighted sum of numbers between their bounds; a weight of nothing on an infinite bound is nothing."""
    chosen = np.where(weight > 0, low, high)
    return float(sum(w * at for w, at in zip(weight.tolist(), chosen.tolist(), strict=True) if abs(w) > 1e-12))


@law(examples=15)
@given(case=cases())
def test_every_dollar_of_the_optimum_is_the_value_of_a_limit(case: Case) -> None:
    """The values of all limits add up to the NPV before the sites' fixed bills: no money from nowhere.

    Shares are left out: what they allow moves with the plan, so they carry no value of their own, only divide it.
    The least hashrate is a floor: the table says what it costs.
    """
    found = planned(case)
    fixed = World(case.tables, case.prices, committed_only=False).fixed_costs()
    value = found.frames.limits.groupby("limit")["value_usd"].sum().to_dict()
    ceilings = sum(usd for name, usd in value.items() if name not in SHARES | {"min_hashrate"})
    assert equal(ceilings - value.get("min_hashrate", 0.0) - fixed, found.summary["npv_usd"])


@law(examples=25)
@given(case=cases())
def test_the_books_balance(case: Case) -> None:
    """Each site's MW add up to its capacity every month; the discounted cash flow and the tail are the NPV, and so
    are the terms, and the sites; with one scenario the worst tail is the mean."""
    found = planned(case, full=True)
    summary, frames, settings = found.summary, found.frames, case.tables["settings"]
    start = month_index(settings["start"])
    total = summary["npv_usd"]

    megawatts = frames.allocation.groupby(["site", "month"])["mw"].sum()
    for site in case.tables["sites"]:
        for month, mw in enumerate(capacities(case, site["id"])):
            assert megawatts[site["id"], label(start + month)] == pytest.approx(mw, abs=1e-6)
    assert (frames.allocation["mw"] >= -1e-9).all()

    rates = {True: settings.get("ai_discount_rate", settings["discount_rate"]), False: settings["discount_rate"]}
    discounted = sum(
        row.usd * (1 + rates[row.line in AI_LINES]) ** (-(month_index(row.month) - start + 0.5) / 12)
        for row in frames.cashflow.itertuples()
    )
    assert equal(discounted + summary["contract_tail_usd"], total)
    assert equal(sum(summary["npv_by_site"].values()), total)
    assert equal(float(frames.terms.query("case == 'plan'")["npv_usd"].sum()), total)
    assert summary["cvar_usd"] == pytest.approx(total, rel=1e-12)
    assert summary["objective_usd"] == pytest.approx(total, rel=1e-12)
    for name, value in summary["baselines"].items():
        assert value is None or not_lower(total, value), name
    assert found.certificate["passed"] is True
