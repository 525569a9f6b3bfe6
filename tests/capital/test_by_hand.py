"""Cases with capital that fit on a page: the oracle and the product both find what is worked out in the docstring.

One MW of the machine hashes 50,000 TH/s. A hashprice of 48 is 2 USD per PH/s and hour: 100 USD/MWh, which power at 40
leaves a margin of 60, 44,640 USD in January (744 hours) and 40,320 USD in February (672 hours). Unless a case says
otherwise nothing is discounted. A loan at PER_CENT costs one per cent a month.
"""

from __future__ import annotations

from typing import Any

import pytest
from capital.linear import NoPlanError
from capital.oracle import best

import optimizer
from optimizer.errors import InfeasiblePlanError
from sites import Portfolio

JANUARY, FEBRUARY = 44_640.0, 40_320.0
PER_CENT = 1.01**12 - 1.0
MACHINE = {"id": "m", "th_s": 200.0, "watts": 4000.0}


def tables(months: int = 2, start: str = "2027-01", **more: Any) -> dict[str, Any]:
    """One site of 10 MW without a machine, and what is added to it."""
    return {
        "settings": {"name": "by hand", "start": start, "months": months, "discount_rate": 0.0},
        "sites": [{"id": "a", "capacity_mw": 10.0, "power": 40.0}],
        "rigs": [MACHINE],
        "fleets": [],
        "contracts": [],
        "hashprice": [{"month": start, "usd_per_ph_day": 48.0}],
        **more,
    }


def fleet(mw: float, **more: Any) -> dict[str, Any]:
    """A fleet of the machine at the site."""
    return {"id": "f", "site": "a", "rig": "m", "mw": mw, **more}


def by_oracle(given: dict[str, Any]) -> float | None:
    """The oracle's optimum, None where there is no plan."""
    try:
        return best(given).npv_usd
    except NoPlanError:
        return None


def by_product(given: dict[str, Any]) -> float | None:
    """The product's optimum, None where there is no plan."""
    try:
        return float(optimizer.plan(Portfolio.from_tables(given), full=False).summary["npv_usd"])
    except InfeasiblePlanError:
        return None


@pytest.fixture(params=[by_oracle, by_product], ids=["oracle", "product"])
def solve(request: pytest.FixtureRequest) -> Any:
    """Both, one after the other."""
    return request.param


def usd(amount: float) -> Any:
    """The amount, to a cent."""
    return pytest.approx(amount, abs=0.01)


def test_a_machine_is_bought_in_time_for_its_last_month(solve: Any) -> None:
    """3 MW at 1 USD/TH cost 50,000 USD/MW, come a month later, earn February's 40,320 and are worth 25,000 then.

    That is 15,320 USD/MW. In a market that falls by half a month nothing is gained by waiting, as nothing would arrive.
    """
    offer = {"id": "o", "rig": "m", "usd_per_th": 1.0, "max_mw": 3.0, "lead_months": 1, "monthly_decline": 0.5}
    given = tables(fleets=[fleet(0.0, max_mw=10.0)], rig_offers=[offer])
    given["rig_stock"] = [{"rig": "m", "residual_usd_per_th": 0.5}]
    assert solve(given) == usd(3.0 * 15_320.0)
    given["rig_stock"][0]["install_usd_per_mw"] = 15_000.0
    assert solve(given) == usd(3.0 * 320.0)
    given["rig_stock"][0]["install_usd_per_mw"] = 16_000.0
    assert solve(given) == usd(0.0)


def test_a_machine_is_sold_when_that_brings_more_than_running(solve: Any) -> None:
    """2 MW: sold in January they bring 60,000 USD/MW less 1,000 to take them out; running, 44,640 and then 30,000.

    Selling in February brings 0.7 * 60,000 - 1,000 = 41,000, more than running then (40,320): with January's 44,640
    that is 85,640 USD/MW. Where only 0.5 MW may be sold a month, 1.5 MW run in February as nothing is gained by
    selling before (59,000 < 44,640 + 40,320).
    """
    stock = {"rig": "m", "sell_usd_per_th": 1.2, "sell_decline": 0.3, "uninstall_usd_per_mw": 1_000.0}
    given = tables(fleets=[fleet(2.0)], rig_stock=[stock])
    assert solve(given) == usd(2.0 * (JANUARY + 41_000.0))
    stock["max_sell_mw_per_month"] = 0.5
    assert solve(given) == usd(2.0 * JANUARY + 0.5 * 41_000.0 + 1.5 * FEBRUARY)


def test_a_machine_that_moves_is_off_while_it_moves(solve: Any) -> None:
    """1 MW moves from power at 99 to power at 40: a month off costs January's 744 USD and wins 59 * 672 USD."""
    given = tables(fleets=[fleet(1.0), fleet(0.0, max_mw=1.0) | {"id": "g", "site": "b"}])
    given["sites"] = [{"id": "a", "capacity_mw": 10.0, "power": 99.0}, {"id": "b", "capacity_mw": 10.0, "power": 40.0}]
    given["rig_stock"] = [
        {"rig": "m", "move_months": 1, "uninstall_usd_per_mw": 5_000.0, "install_usd_per_mw": 3_000.0}
    ]
    assert solve(given) == usd(FEBRUARY - 8_000.0)
    given["rig_stock"][0]["move_months"] = 0
    assert solve(given) == usd(JANUARY + FEBRUARY - 8_000.0)
    given["rig_stock"][0]["move_months"] = 2
    assert solve(given) == usd(744.0 + 672.0)


def test_an_expansion_pays_its_land_when_it_is_cheap_enough(solve: Any) -> None:
    """10 of 12 MW run; 2 more from February on earn 80,640, cost 60,000 and are worth 30,000 in the end: 50,640.

    Land at 100,000, of which half remains, leaves 640; at 102,000 it is not bought. A deposit of 20,000 USD/MW of which
    99 % come back costs 400.
    """
    more = {"id": "e", "site": "a", "usd_per_mw": 30_000.0, "lead_months": 1, "max_mw": 5.0, "residual_share": 0.5}
    given = tables(fleets=[fleet(12.0)], expansions=[more])
    given["sites"][0]["mining_ready_mw"] = 12.0
    before = 10.0 * (JANUARY + FEBRUARY)
    assert solve(given) == usd(before + 50_640.0)
    more["land_usd"] = 100_000.0
    assert solve(given) == usd(before + 640.0)
    more |= {"deposit_usd_per_mw": 20_000.0, "deposit_refund": 0.99}
    assert solve(given) == usd(before + 240.0)
    more["land_usd"] = 102_000.0
    assert solve(given) == usd(before)


def test_halls_are_built_for_machines_that_suit_no_other(solve: Any) -> None:
    """4 MW of hydro machines at a site for air run in February in 3 MW of halls built at 20,000 USD/MW."""
    built = {"id": "h", "site": "a", "cooling": "hydro", "usd_per_mw": 20_000.0, "lead_months": 1, "max_mw": 3.0}
    given = tables(fleets=[fleet(4.0)], hall_builds=[built])
    given["sites"][0]["cooling"] = "air"
    given["rigs"] = [MACHINE | {"cooling": "hydro"}]
    assert solve(given) == usd(3.0 * (FEBRUARY - 20_000.0))


def test_a_site_is_closed_when_that_is_cheaper(solve: Any) -> None:
    """Three months at 10,000 USD cost 30,000, closing 15,000. From February on it saves 5,000, in March nothing."""
    given = tables(months=3)
    given["sites"][0] |= {"fixed_cost_usd_per_month": 10_000.0, "closure_cost_usd": 15_000.0}
    assert solve(given) == usd(-15_000.0)
    given["sites"][0]["first_closure"] = "2027-02"
    assert solve(given) == usd(-25_000.0)
    given["sites"][0]["first_closure"] = "2027-03"
    assert solve(given) == usd(-30_000.0)


def test_a_closed_site_weighs_on_no_covenant(solve: Any) -> None:
    """Losing 10,000 a month breaks a coverage of what is not even owed; the site has to be closed, at 50,000."""
    given = tables(liquidity={"opening_cash_usd": 60_000.0, "min_dscr": 1.2})
    given["sites"][0] |= {"fixed_cost_usd_per_month": 10_000.0, "closure_cost_usd": 50_000.0}
    assert solve(given) == usd(-50_000.0)
    given["liquidity"]["opening_cash_usd"] = 40_000.0
    assert solve(given) is None


@pytest.mark.parametrize("repayment", ["level", "annuity", "bullet"])
@pytest.mark.parametrize("grace", [0, 3])
def test_a_loan_at_the_discount_rate_is_worth_nothing(solve: Any, repayment: str, grace: int) -> None:
    """A million that must be there is borrowed at the rate at which the plan is discounted."""
    loan = {"id": "l", "limit_usd": 1e7, "rate": 0.12, "tenor_months": 4, "repayment": repayment, "grace_months": grace}
    given = tables(months=6, loans=[loan], liquidity={"opening_cash_usd": 0.0, "min_cash_usd": 1e6})
    given["settings"]["discount_rate"] = 0.12
    assert solve(given) == usd(0.0)


def test_a_loan_costs_its_interest_and_its_fee(solve: Any) -> None:
    """A million must be there: it is drawn in January, and February's interest of 10,000 is drawn too: -10,000 in all.

    With a fee of 20 %, 1,250,000 are drawn in January and 12,500 / 0.8 in February: 250,000 + 3,125 of fees.
    """
    loan = {"id": "l", "limit_usd": 2e6, "rate": PER_CENT, "tenor_months": 9, "repayment": "bullet"}
    given = tables(loans=[loan], liquidity={"opening_cash_usd": 0.0, "min_cash_usd": 1e6})
    assert solve(given) == usd(-10_000.0)
    loan["fee"] = 0.2
    assert solve(given) == usd(-12_500.0 - 253_125.0)
    loan["limit_usd"] = 1_265_000.0
    assert solve(given) is None


@pytest.mark.parametrize(
    ("repayment", "tenor", "paid", "interest"),
    [
        ("level", 12, 100_000.0, 12_000.0 + 11_000.0),
        ("bullet", 12, 0.0, 24_000.0),
        ("bullet", 1, 1_200_000.0, 12_000.0),
        ("level", 1, 1_200_000.0, 12_000.0),
        ("annuity", 2, 1_200_000.0 / 2.01, 12_000.0 + 12_000.0 * 1.01 / 2.01),
    ],
)
def test_debt_of_the_start_is_served(solve: Any, repayment: str, tenor: int, paid: float, interest: float) -> None:
    """1,200,000 cost 12,000 in January; whatever is paid back lowers February's interest, and all is worth its face.

    The equal payments of two months at 1 % begin with 1 / 2.01 of the debt. January's payments are just within the
    cash that is there.
    """
    loan = {"id": "l", "limit_usd": 0.0, "opening_usd": 1.2e6, "rate": PER_CENT, "tenor_months": tenor}
    given = tables(loans=[loan | {"repayment": repayment}], liquidity={"opening_cash_usd": 12_000.0 + paid})
    given["settings"]["months"] = 1
    assert solve(given) == usd(-1_212_000.0)
    given["liquidity"]["opening_cash_usd"] -= 1.0
    assert solve(given) is None
    given["settings"]["months"], given["liquidity"]["opening_cash_usd"] = 2, 5e6
    assert solve(given) == usd(-1_200_000.0 - interest)


def signed(**more: Any) -> dict[str, Any]:
    """One critical MW at 100 USD/kW-month from March on, built in February for a million."""
    return {
        "id": "c", "sites": ["a"], "committed_mw": 1.0, "max_mw": 1.0, "first_start": "2027-03",
        "last_start": "2027-03", "build_months": 1, "term_months": 2, "price_usd_per_kw_month": 100.0,
        "capex_usd_per_mw": 1e6, **more,
    }  # fmt: skip


def test_a_loan_for_a_building_is_capped_by_it(solve: Any) -> None:
    """Of the million, 400,000 are there and 60 % may be borrowed, without interest; 59 % would not do."""
    loan = {"id": "l", "limit_usd": 2e6, "rate": 0.0, "tenor_months": 30, "contract": "c", "capex_share": 0.6}
    given = tables(months=4, contracts=[signed()], loans=[loan], liquidity={"opening_cash_usd": 400_000.0})
    assert solve(given) == usd(-800_000.0)
    loan["capex_share"] = 0.59
    assert solve(given) is None


def test_a_loan_for_a_building_is_covered_by_its_rent(solve: Any) -> None:
    """600,000 are needed and repaid in 10 months from March on: 60,000 a month under a rent of 100,000 cover 1.6 times.

    The running cost counts: at 5 USD/kW-month 95,000 cover 60,000 only 1.58 times.
    """
    loan = {"id": "l", "limit_usd": 2e6, "rate": 0.0, "tenor_months": 10, "contract": "c", "last_draw": "2027-02"}
    given = tables(months=4, contracts=[signed()], loans=[loan], liquidity={"opening_cash_usd": 400_000.0})
    loan["min_dscr"] = 1.6
    assert solve(given) == usd(-800_000.0)
    loan["min_dscr"] = 1.7
    assert solve(given) is None
    given["contracts"][0]["opex_usd_per_kw_month"], loan["min_dscr"] = 5.0, 1.6
    assert solve(given) is None
    loan["min_dscr"] = 1.58
    assert solve(given) == usd(-810_000.0)


def test_servers_are_bought_again_while_the_rent_runs(solve: Any) -> None:
    """Servers at 10,000 are bought in January and March, in a market that halves in a year, and in May no more.

    The term ends with April. A share of one half of what comes after a plan of two months has half of March's.
    """
    own = signed(first_start="2027-01", last_start="2027-01", build_months=0, capex_usd_per_mw=0.0, term_months=4)
    own |= {"compute_capex_usd_per_mw": 10_000.0, "refresh_months": 2, "compute_trend": -0.5}
    given = tables(months=6, contracts=[own])
    march = 10_000.0 * 0.5 ** (2.0 / 12.0)
    assert solve(given) == usd(400_000.0 - 10_000.0 - march)
    given["settings"] |= {"months": 2, "contract_tail": 0.5}
    assert solve(given) == usd(200_000.0 - 10_000.0 + 0.5 * (200_000.0 - march))
    own["tenant_capex_share"] = 1.0
    assert solve(given) == usd(200_000.0 - 10_000.0 + 0.5 * (200_000.0 - march))


def test_rents_fall_with_the_start(solve: Any) -> None:
    """An offer of 1 MW for a month from January or February on, in a market that halves in a year: January, at 100,000.

    When January is out of reach, because only February's building has been opened, it is February's rent.
    """
    offer = signed(first_start="2027-01", last_start="2027-02", build_months=0, capex_usd_per_mw=0.0, term_months=1)
    offer |= {"rent_trend": -0.5, "committed_mw": 0.0}
    given = tables(contracts=[offer])
    assert solve(given) == usd(100_000.0)
    offer["build_months"] = 1
    assert solve(given) == usd(100_000.0 * 0.5 ** (1.0 / 12.0))


def test_shares_cost_what_their_sale_costs(solve: Any) -> None:
    """900,000 must come in; at a cost of 10 % a million is raised, and only the 100,000 count."""
    issue = {"id": "e", "limit_usd": 1e6, "cost": 0.1}
    given = tables(equity=[issue], liquidity={"opening_cash_usd": 0.0, "min_cash_usd": 900_000.0})
    assert solve(given) == usd(-100_000.0)
    issue["limit_usd"] = 999_000.0
    assert solve(given) is None


def test_coin_is_sold_only_when_cash_is_short(solve: Any) -> None:
    """Two bills of 50,000 USD are paid by coin whose price doubles in a year; what is left is worth the last price."""
    given = tables(liquidity={"opening_cash_usd": 0.0}, treasury={"opening_btc": 2.0, "btc_price_usd": 100_000.0})
    given["treasury"]["btc_growth"] = 1.0
    given["sites"][0]["fixed_cost_usd_per_month"] = 50_000.0
    first, second = 100_000.0 * 2.0 ** (0.5 / 12.0), 100_000.0 * 2.0 ** (1.5 / 12.0)
    left = 2.0 - 50_000.0 / first - 50_000.0 / second
    assert solve(given) == usd(left * second)
    given["treasury"] |= {"policy": "fixed_share", "sale_share": 0.5}
    assert solve(given) == usd(1.0 * first + 1.0 * second - 100_000.0)
    given["treasury"]["max_sale_btc"] = 0.5
    assert solve(given) == usd(0.5 * first + 1.5 * second - 100_000.0)
    given["treasury"]["max_sale_btc"] = 0.4
    assert solve(given) is None


def taxed(**more: Any) -> dict[str, Any]:
    """1 MW with costs of 10,000 a month: December earns nothing before them, the next January 44,640."""
    given = tables(start="2027-12", fleets=[fleet(1.0)], tax={"rate": 0.25, **more})
    given["hashprice"] = [{"month": "2027-12", "usd_per_ph_day": 1.0}, {"month": "2028-01", "usd_per_ph_day": 48.0}]
    given["sites"][0]["fixed_cost_usd_per_month"] = 10_000.0
    return given


def test_a_loss_lowers_the_tax_of_the_next_year(solve: Any) -> None:
    """December loses 10,000, January earns 34,640: a quarter of 24,640 is paid.

    Where losses offset a fifth of an income at most, 6,928 are offset and a quarter of 27,712 is paid. Losses of
    before add up to what may be offset.
    """
    before_tax = 24_640.0
    assert solve(taxed()) == usd(before_tax - 6_160.0)
    assert solve(taxed(loss_limit=0.2)) == usd(before_tax - 6_928.0)
    assert solve(taxed(opening_losses_usd=7_712.0)) == usd(before_tax - 0.25 * (34_640.0 - 17_712.0))
    assert solve(taxed(opening_losses_usd=1e6)) == usd(before_tax - 0.25 * 0.2 * 34_640.0)


@pytest.mark.parametrize(
    ("columns", "share"),
    [
        ({}, 0.2 + 0.32),
        ({"rigs": "macrs_7"}, 0.1429 + 0.2449),
        ({"rigs": "macrs_15"}, 0.05 + 0.095),
        ({"rigs": "macrs_39"}, (0.5 + 12.0) / 468.0),
        ({"rigs": "straight_line", "straight_line_months": 50}, 2.0 / 50.0),
        ({"rigs": "straight_line", "straight_line_months": 50, "bonus_share": 0.4}, 0.4 + 0.6 * 2.0 / 50.0),
        ({"bonus_share": 1.0}, 1.0),
    ],
)
def test_a_machine_is_written_off_by_its_class(solve: Any, columns: dict[str, Any], share: float) -> None:
    """1 MW bought in December for 20,000 and run in December and January is written off for two calendar years.

    A quarter of both incomes, January's 44,640 and as much in December, is paid but for what is written off; the
    incomes are above what either year writes off.
    """
    offer = {"id": "o", "rig": "m", "usd_per_th": 0.4, "max_mw": 1.0}
    given = tables(start="2027-12", fleets=[fleet(0.0, max_mw=1.0)], rig_offers=[offer], tax={"rate": 0.25, **columns})
    assert solve(given) == usd(2.0 * JANUARY - 20_000.0 - 0.25 * (2.0 * JANUARY - share * 20_000.0))


def test_taxes_are_paid_in_the_last_month_of_the_year(solve: Any) -> None:
    """2,000 of tax on January's rent of 10,000 are due in February, when the rent of a month is spent: cash must stay.

    Without a discount the tax of both months is 2,000 + 2,000. 6,000 a month are for the company itself, which is no
    less deductible: a fifth of 2 * 4,000 is 1,600.
    """
    own = signed(first_start="2027-01", last_start="2027-01", build_months=0, capex_usd_per_mw=0.0)
    given = tables(contracts=[own | {"price_usd_per_kw_month": 10.0}], tax={"rate": 0.2})
    assert solve(given) == usd(20_000.0 - 4_000.0)
    given["liquidity"] = {"opening_cash_usd": 0.0, "overhead_usd_per_month": 6_000.0, "min_cash_usd": 4_000.0}
    assert solve(given) == usd(8_000.0 - 1_600.0)
    given["liquidity"]["min_cash_usd"] = 4_001.0
    assert solve(given) is None


def test_gains_on_coin_and_machines_sold_are_taxed(solve: Any) -> None:
    """1 coin at 100,000, bought for 60,000, and 1 MW at 20,000 are sold at once; a quarter of 60,000 is paid.

    Coin that stays is not taxed, so nothing is sold where nothing has to be: the machine, worth nothing later, is.
    """
    given = tables(months=1, treasury={"opening_btc": 1.0, "btc_price_usd": 100_000.0, "cost_basis_usd": 60_000.0})
    given |= {"rig_stock": [{"rig": "m", "mw": 1.0, "sell_usd_per_th": 0.4}], "fleets": [fleet(0.0)]}
    given["tax"] = {"rate": 0.25}
    assert solve(given) == usd(100_000.0 + 20_000.0 - 5_000.0)
    given["treasury"] |= {"policy": "fixed_share", "sale_share": 1.0}
    assert solve(given) == usd(100_000.0 + 20_000.0 - 15_000.0)


def test_every_scenario_keeps_its_cash(solve: Any) -> None:
    """1 MW earns 44,640 or nothing; costs of 20,000 are covered on the mean and in the good half of the scenarios.

    In the bad one they are paid by coin, which that scenario alone sells; without coin there is no plan for all.
    """
    rows = [
        {"month": "2027-01", "usd_per_ph_day": 48.0},
        {"month": "2027-01", "usd_per_ph_day": 1.0, "scenario": "low"},
    ]
    given = tables(months=1, fleets=[fleet(1.0)]) | {"hashprice": rows, "liquidity": {"opening_cash_usd": 0.0}}
    given["scenarios"] = [{"id": "good", "probability": 0.5}, {"id": "bad", "probability": 0.5, "hashprice": "low"}]
    given["sites"][0]["fixed_cost_usd_per_month"] = 20_000.0
    mean = 0.5 * JANUARY - 20_000.0
    assert solve(given) == usd(mean)
    given["liquidity"]["scope"] = "all"
    assert solve(given) is None
    given["treasury"] = {"opening_btc": 0.2, "btc_price_usd": 100_000.0}
    assert solve(given) == usd(mean + 20_000.0)
    given["treasury"]["opening_btc"] = 0.19
    assert solve(given) is None
    given["liquidity"] |= {"scope": "all_but_worst", "worst_share": 0.5}
    assert solve(given) == usd(mean + 19_000.0)
