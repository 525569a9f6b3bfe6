"""The product against the oracle on random portfolios, and the oracle against figures worked out by hand."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from oracle import OracleAnswer, best_plan, best_plan_at_most_ai
from oracle_money import World, opex_usd, rent_usd
from oracle_programme import OracleInfeasibleError
from strategies import Case, label, later, random_case

from optimizer import plan
from optimizer.errors import InfeasiblePlanError

PORTFOLIOS = 150
BATCH = 10
# Relative distance at which two NPVs are one; NPVs below a million USD are compared as if they were one million, so
# that a portfolio worth nothing is compared to the dollar.
RELATIVE = 1e-6
FLOOR_USD = 1e6
# The level of AI is met only to within the solvers' tolerance, which the price of AI then multiplies.
MAX_AI_RELATIVE = 1e-5


def same_usd(found: float, expected: float, relative: float = RELATIVE) -> bool:
    """Whether two NPVs agree."""
    return abs(found - expected) <= relative * max(abs(expected), FLOOR_USD)


def brute_force(case: Case, solve: Callable[..., OracleAnswer] = best_plan, **options: bool) -> float | None:
    """The oracle's NPV, or None when there is no plan."""
    try:
        return solve(case.tables, case.prices, **options).npv_usd
    except OracleInfeasibleError:
        return None


def disagreements(seed: int, more_months: int = 0) -> list[str]:
    """Where product and oracle differ on the portfolio of this seed, with a longer horizon if wanted."""
    case = random_case(seed)
    case.tables["settings"]["months"] += more_months
    expected = brute_force(case)
    try:
        summary = plan(case.portfolio()).summary
    except InfeasiblePlanError as error:
        return [] if expected is None else [f"seed {seed}: oracle {expected}, product infeasible: {error}"]
    if expected is None:
        return [f"seed {seed}: oracle infeasible, product {summary['npv_usd']}"]
    found = []
    if not same_usd(summary["npv_usd"], expected):
        found.append(f"seed {seed}: npv {summary['npv_usd']}, oracle {expected}")
    mining_only = brute_force(case, committed_only=True)
    max_ai = brute_force(case, best_plan_at_most_ai)
    tolerances = {"mining_only": RELATIVE, "no_action": RELATIVE, "max_ai": MAX_AI_RELATIVE}
    for name, value in {"mining_only": mining_only, "no_action": mining_only, "max_ai": max_ai}.items():
        given = summary["baselines"][name]
        same = given is value if None in (given, value) else same_usd(given, value, tolerances[name])
        if not same:
            found.append(f"seed {seed}: {name} {given}, oracle {value}")
    return found


@pytest.mark.parametrize("first_seed", range(0, PORTFOLIOS, BATCH))
def test_the_plan_is_the_brute_force_optimum(first_seed: int) -> None:
    """NPV, baselines and feasibility agree with the hourly brute force on every portfolio of the batch."""
    found = [line for seed in range(first_seed, first_seed + BATCH) for line in disagreements(seed)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("first_seed", range(1_000, 1_020, BATCH))
def test_the_plan_is_the_brute_force_optimum_over_years(first_seed: int) -> None:
    """The same over horizons of four years and more, where rents escalate and source years take turns."""
    found = [line for seed in range(first_seed, first_seed + BATCH) for line in disagreements(seed, more_months=48)]
    assert not found, "\n".join(found)


def with_price(case: Case, offer: str, usd_per_kw_month: float) -> Case:
    """The case with another rent of one offer; a negative rent, which the product refuses, is fine for the oracle."""
    tables = copy.deepcopy(case.tables)
    for row in tables["contracts"]:
        if row["id"] == offer:
            row["price_usd_per_kw_month"] = usd_per_kw_month
    return Case(tables, case.prices)


def without_offer(case: Case, offer: str) -> Case:
    """The case without one offer."""
    kept = [row for row in case.tables["contracts"] if row["id"] != offer]
    return Case(case.tables | {"contracts": kept}, case.prices)


@pytest.mark.parametrize("first_seed", range(0, 60, 20))
def test_the_reservation_price_is_where_the_first_megawatt_pays(first_seed: int) -> None:
    """Just below its reservation price an offer adds nothing to the optimum, just above it adds something."""
    for case in map(random_case, range(first_seed, first_seed + 20)):
        if brute_force(case) is None:
            continue
        priced = plan(case.portfolio()).frames.contracts.dropna(subset="reservation_usd_per_kw_month")
        for row in priced.drop_duplicates("contract").itertuples():
            base = brute_force(without_offer(case, row.contract))
            if base is None:
                continue
            price = row.reservation_usd_per_kw_month
            margin = 0.001 * abs(price) + 0.01
            below = brute_force(with_price(case, row.contract, price - margin))
            above = brute_force(with_price(case, row.contract, price + margin))
            assert below is not None
            assert same_usd(below, base)
            assert above is not None
            assert above > base + 0.01


def test_random_portfolios_use_every_feature() -> None:
    """Each column and each limit is given somewhere, and most portfolios have a plan, some have none."""
    given: Counter[str] = Counter()
    feasible = 0
    for case in map(random_case, range(PORTFOLIOS)):
        tables = case.tables
        for table in ("sites", "fleets", "contracts", "rigs", "capacity_steps"):
            given.update(f"{table}.{column}" for row in tables[table] for column in row)
        given.update(f"limits.{column}" for column in tables["limits"])
        given.update(f"settings.{column}" for column in tables["settings"])
        feasible += brute_force(case) is not None
    assert 0.75 * PORTFOLIOS <= feasible < PORTFOLIOS
    assert min(given.values()) >= 5
    expected = {
        "sites": "ai_max_mw mining_ready_mw adder_usd_per_mwh escalation curtailable_min_share region",
        "fleets": "uptime variable_opex_usd_per_mwh fixed_opex_usd_per_mw_month retire",
        "contracts": "committed_mw disruption_months prepaid_months ramp_months renewal_factor default_rate recovery",
        "limits": "capex_budget max_build_mw ai_share_min ai_share_max min_eh_s counterparty_share_max "
        "region_share_max",
        "settings": "ai_discount_rate pool_fee contract_tail",
        "capacity_steps": "from",
    }
    missing = [f"{table}.{column}" for table, columns in expected.items() for column in columns.split()]
    assert not [column for column in missing if column not in given]


# A change of each column that a plan must notice.
NUDGES: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("first_start", "retire", "month", "from"), lambda month: later(month, 1)),
    "last_start": lambda month: later(month, -1),
    "start": lambda month: later(month, -1),
    **dict.fromkeys(
        ("build_months", "disruption_months", "term_months", "ramp_months", "prepaid_months", "months"),
        lambda months: months + 1,
    ),
    "power": lambda power: {"pass_through": "included", "included": "pass_through"}.get(power, "market-0"),
    "after_term": lambda rule: "renew" if rule == "release" else "release",
    "retrofit": lambda flag: not flag,
    "sites": lambda names: names[:1],
    "counterparty": lambda _: "Alpha",
    "region": lambda _: "north",
    "rig": lambda _: "new-air",
    "capex_budget": lambda steps: [step | {"usd": step["usd"] * 0.9} for step in steps],
    **dict.fromkeys(("ai_share_max", "counterparty_share_max", "region_share_max"), lambda share: 0.9 * share),
}
NOT_MONEY = {"name", "id", "site", "cooling"}


def test_every_column_moves_some_optimum() -> None:
    """The random portfolios would notice a product that read any column wrongly: each, nudged, moves an optimum."""
    unmoved: dict[tuple[str, str], int] = {}
    moved: set[tuple[str, str]] = set()
    for case in map(random_case, range(60)):
        before = brute_force(case)
        for table, rows in case.tables.items():
            given = rows if isinstance(rows, list) else [rows]
            for column in sorted({name for row in given for name in row} - NOT_MONEY):
                if (table, column) not in moved:
                    after = brute_force(nudged(case, table, column))
                    if after is None or before is None or not same_usd(after, before):
                        moved.add((table, column))
                    else:
                        unmoved[table, column] = unmoved.get((table, column), 0) + 1
    assert not set(unmoved) - moved


def nudged(case: Case, table: str, column: str) -> Case:
    """The case with one column of one table changed a little in every row that has it."""
    nudge = NUDGES.get(column, lambda number: number * 1.1 + 0.01)
    tables = copy.deepcopy(case.tables)
    rows = tables[table]
    for row in rows if isinstance(rows, list) else [rows]:
        if column in row:
            row[column] = nudge(row[column])
    return Case(tables, case.prices)


def tables(**columns: Any) -> dict[str, Any]:
    """One site of 10 MW at a flat 40 USD/MWh, one fleet of 5 MW at 20 J/TH, April and May 2027, no discounting."""
    settings = {"name": "hand", "start": "2027-04", "months": 2, "discount_rate": 0.0} | columns
    return {
        "settings": settings,
        "sites": [{"id": "site", "capacity_mw": 10.0, "power": 40.0}],
        "rigs": [{"id": "rig", "th_s": 100.0, "watts": 2000.0}],
        "fleets": [{"id": "fleet", "site": "site", "rig": "rig", "mw": 5.0}],
        "hashprice": [{"month": "2027-04", "usd_per_ph_day": 48.0}],
        "contracts": [],
        "limits": {},
    }


OFFER: dict[str, Any] = {
    "id": "offer",
    "sites": ["site"],
    "max_mw": 2.0,
    "first_start": "2027-04",
    "last_start": "2027-04",
    "build_months": 0,
    "term_months": 2,
    "price_usd_per_kw_month": 100.0,
    "capex_usd_per_mw": 0.0,
}


def offer_usd(offer: dict[str, Any], start: int, **settings: Any) -> float:
    """The oracle's NPV of one critical MW of the offer from this start."""
    world = World(tables(**settings), {}, committed_only=False)
    return world.offer_value(OFFER | offer, "site", start)


def test_oracle_mining_is_worth_its_margin() -> None:
    """48 USD/PH/day at 50 PH/s per MW are 100 USD/MWh, 60 after power: 5 MW * 60 * (720 + 744) h = 439,200."""
    assert best_plan(tables(), {}).npv_usd == pytest.approx(439_200.0)


def test_oracle_mining_is_off_in_dear_hours_and_mothballed_below_its_fixed_cost() -> None:
    """With half of April's hours at 40 and half at 140, and May at 90: 60 * 360 less 20,000, then nothing at all."""
    given = tables()
    given["sites"][0]["power"] = "market"
    given["fleets"][0]["fixed_opex_usd_per_mw_month"] = 20_000.0
    april, may = np.tile([40.0, 140.0], 360), np.full(744, 90.0)
    prices = {"market": {(2020, 4): april, (2020, 5): may}}
    assert best_plan(given, prices).npv_usd == pytest.approx(5 * (60 * 360 - 20_000.0))


def test_oracle_takes_fee_opex_uptime_and_discounting() -> None:
    """100 less a fee of 10% is 90, less 5 of opex and 40 of power is 45, at 90% uptime 40.5 a MWh; April counts half
    a month's discount, May one and a half."""
    given = tables(pool_fee=0.1, discount_rate=0.12)
    given["fleets"][0] |= {"variable_opex_usd_per_mwh": 5.0, "uptime": 0.9}
    expected = 5 * 40.5 * (720 / 1.12 ** (0.5 / 12) + 744 / 1.12 ** (1.5 / 12))
    assert best_plan(given, {}).npv_usd == pytest.approx(expected)


def test_oracle_prices_escalate_by_calendar_year_before_the_adder() -> None:
    """Source years take turns, the escalation starts with the second calendar year, the adder does not escalate."""
    given = tables(start="2027-12", months=14)
    given["sites"][0] |= {"power": "market", "escalation": 0.1, "adder_usd_per_mwh": 5.0}
    years = {2019: 10.0, 2020: 20.0}
    prices = {"market": {(year, m): np.full(24 * 28, usd) for year, usd in years.items() for m in range(1, 13)}}
    world = World(given, prices, committed_only=False)
    assert world.hours("site", 0)[0][0] == pytest.approx(10.0 + 5.0)
    assert world.hours("site", 1)[0][0] == pytest.approx(20.0 * 1.1 + 5.0)
    assert world.hours("site", 13)[0][0] == pytest.approx(10.0 * 1.21 + 5.0)
    # February 2028 has 29 days, the source month 28.
    assert world.hours("site", 2)[1] == pytest.approx(29 / 28)


def test_oracle_rent_ramps_escalates_fades_and_renews() -> None:
    """Month 0 of a ramp of 1 is half of 100,000; month 12 escalates; month 24 renews the term's last step."""
    offer = OFFER | {"ramp_months": 1, "escalator": 0.1, "term_months": 24, "renewal_factor": 0.5}
    assert [rent_usd(offer, offset) for offset in (0, 1, 12, 23, 24, 36)] == pytest.approx(
        [50_000.0, 100_000.0, 110_000.0, 110_000.0, 55_000.0, 55_000.0]
    )
    # After a year 80% are left, and half of the lost 20% is recovered; 1% of it goes in credits.
    risky = OFFER | {"default_rate": 0.2, "recovery": 0.5, "sla_credit": 0.01}
    assert rent_usd(risky, 12) == pytest.approx(100_000.0 * 0.9 * 0.99)
    assert opex_usd(OFFER | {"opex_usd_per_kw_month": 10.0, "opex_escalator": 0.1}, 24) == pytest.approx(12_100.0)


def test_oracle_tail_prepayment_and_capex() -> None:
    """Cash flows of one MW: within the horizon, its tail, prepaid at signing, and capex in the building months."""
    assert offer_usd({}, 0) == pytest.approx(200_000.0)
    assert offer_usd({"term_months": 4}, 0) == pytest.approx(200_000.0)
    assert offer_usd({"term_months": 4}, 0, contract_tail=0.5) == pytest.approx(300_000.0)
    assert offer_usd({"term_months": 4, "opex_usd_per_kw_month": 10.0}, 0, contract_tail=0.5) == pytest.approx(
        270_000.0
    )
    # Signed in April for May: three rents come in April, of which one falls within the horizon; none is in the tail.
    prepaid = {"term_months": 3, "prepaid_months": 3, "build_months": 1}
    assert offer_usd(prepaid, 1, contract_tail=0.5, ai_discount_rate=0.12) == pytest.approx(
        300_000 / 1.12 ** (0.5 / 12)
    )
    spent = {"capex_usd_per_mw": 90_000.0, "tenant_capex_share": 1 / 3, "build_months": 1}
    assert offer_usd(spent, 1, ai_discount_rate=0.12) == pytest.approx(
        100_000 / 1.12 ** (1.5 / 12) - 60_000 / 1.12 ** (0.5 / 12)
    )


def test_oracle_includes_energy_and_sinks_what_was_signed_before() -> None:
    """Energy is pue * load * 40 USD/MWh; a start two months ago has spent its capex and had its prepayment."""
    included = {"power": "included", "pue": 1.25, "load_factor": 0.8}
    assert offer_usd(included, 0) == pytest.approx(200_000.0 - 40.0 * (720 + 744))
    old = {"capex_usd_per_mw": 90_000.0, "build_months": 3, "prepaid_months": 3, "term_months": 4}
    assert offer_usd(old, -2) == pytest.approx(100_000.0)
    # A start in May, built since February: a third of the capex falls in April.
    assert offer_usd({"capex_usd_per_mw": 90_000.0, "build_months": 3}, 1) == pytest.approx(100_000.0 - 30_000.0)


def test_oracle_prefers_the_most_ai_when_asked() -> None:
    """An offer that brings less than the mining it displaces is taken in full, and only then."""
    given = tables()
    given["fleets"][0]["mw"] = 10.0
    given["contracts"] = [OFFER | {"price_usd_per_kw_month": 10.0, "gross_ratio": 1.25}]
    best, most = best_plan(given, {}), best_plan_at_most_ai(given, {})
    assert best.npv_usd == pytest.approx(10 * 60 * 1464)
    assert most.ai_mw_months == pytest.approx(4.0)
    assert most.npv_usd == pytest.approx(7.5 * 60 * 1464 + 2 * 20_000.0)


def test_oracle_says_when_there_is_no_plan() -> None:
    """3 MW are signed where only 2 MW gross may be AI: 1.75 MW too much in April and in May."""
    given = tables()
    given["sites"][0]["ai_max_mw"] = 2.0
    given["contracts"] = [OFFER | {"max_mw": 3.0, "committed_mw": 3.0, "gross_ratio": 1.25}]
    with pytest.raises(OracleInfeasibleError) as raised:
        best_plan(given, {})
    assert raised.value.violation == pytest.approx(3.5)


def test_random_portfolios_are_the_same_every_time() -> None:
    """A seed gives one portfolio, which nothing that reads it changes."""
    case = random_case(6)
    before = copy.deepcopy(case.tables)
    best_plan(case.tables, case.prices)
    assert case.tables == before == random_case(6).tables
    assert isinstance(case, Case)
    assert label(2027 * 12) == "2027-01"
