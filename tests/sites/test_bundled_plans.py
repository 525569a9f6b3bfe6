"""What the best plans of the bundled portfolios decide: tiny to the cent, the others in what their READMEs say."""

from __future__ import annotations

import pytest
from oracle import best_plan

from optimizer import Plan, frontier, plan, wait
from optimizer.pins import parse_pins
from sites import Portfolio, load_portfolio
from sites.bundled import portfolio_path

CENT = 0.01


@pytest.fixture(scope="module")
def tiny() -> Plan:
    """The plan of tiny."""
    return plan(load_portfolio(portfolio_path("tiny")))


def test_tiny_is_worth_what_the_readme_works_out(tiny: Plan) -> None:
    """The NPV and the three baselines, to the cent."""
    assert tiny.summary["npv_usd"] == pytest.approx(2_125_600, abs=CENT)
    assert tiny.summary["baselines"]["mining_only"] == pytest.approx(1_780_320, abs=CENT)
    assert tiny.summary["baselines"]["no_action"] == pytest.approx(1_780_320, abs=CENT)
    assert tiny.summary["baselines"]["max_ai"] == pytest.approx(2_072_920, abs=CENT)
    assert tiny.summary["capex_usd"] == pytest.approx(120_000, abs=CENT)


def test_tiny_signs_the_two_tranches_of_the_readme(tiny: Plan) -> None:
    """What stands idle is let at once, the rest when the machines earn less."""
    taken = tiny.frames.contracts
    assert taken.start.tolist() == ["2027-03", "2027-05"]
    assert taken.mw.tolist() == pytest.approx([1.6, 2.4])


def test_tiny_splits_its_megawatts_as_the_readme_shows(tiny: Plan) -> None:
    """Mining, AI with the month of construction, and idle MW of each month."""
    uses = tiny.frames.allocation.replace({"use": {"construction": "ai"}})
    split = uses.groupby(["month", "use"]).mw.sum().unstack(fill_value=0.0)
    assert split["mining"].tolist() == pytest.approx([8, 8, 8, 5, 5, 5])
    assert split["ai"].tolist() == pytest.approx([0, 2, 2, 5, 5, 5])
    assert split["idle"].tolist() == pytest.approx([2, 0, 0, 0, 0, 0], abs=1e-9)


def test_the_single_site_takes_two_of_its_three_offers() -> None:
    """The retrofit and the neocloud's hall are signed, the pods are not, the budget binds, and mining goes on."""
    best = plan(load_portfolio(portfolio_path("single-site")))
    taken = best.frames.contracts.groupby("contract").mw.sum()
    assert taken["inference-retrofit"] == pytest.approx(5)
    assert taken["neocloud-hall"] > 5
    assert taken["flat-rate-pods"] == 0
    assert "capex_budget" in set(best.frames.limits.limit)
    mining = best.frames.allocation.query("use == 'mining' and month >= '2031'").mw
    assert mining.sum() > 0
    assert best.summary["npv_usd"] > 2 * best.summary["baselines"]["mining_only"]


def test_the_single_site_is_worth_what_brute_force_finds() -> None:
    """The hour-by-hour oracle, which knows nothing of the reduction, agrees on the plan and on mining alone."""
    portfolio = load_portfolio(portfolio_path("single-site"))
    prices = {
        name: {(year, month): series.month_prices(year, month) for year in series.years for month in range(1, 13)}
        for name, series in portfolio.prices.items()
    }
    summary = plan(portfolio).summary
    tables = portfolio.to_tables()
    assert summary["npv_usd"] == pytest.approx(best_plan(tables, prices).npv_usd, rel=1e-6)
    mining_only = best_plan(tables, prices, committed_only=True).npv_usd
    assert summary["baselines"]["mining_only"] == pytest.approx(mining_only, rel=1e-6)


def sizes(portfolio: Portfolio) -> dict[str, float]:
    """Critical MW of every open offer in the best plan."""
    best = plan(portfolio, full=False)
    assert best.certificate["passed"]
    taken = best.frames.contracts.groupby("contract").mw.sum()
    return dict(taken.drop("signed-hall"))


def test_the_deal_desk_decides_in_whole_steps() -> None:
    """Both retrofits, two steps of the conversion, no campus: of any size, a slice of it would be signed instead."""
    desk = load_portfolio(portfolio_path("deal-desk"))
    assert sizes(desk) == pytest.approx(
        {
            "backed-campus": 0.0,
            "lease-new-build": 0.0,
            "lease-conversion": 60.0,
            "retrofit-first": 25.0,
            "retrofit-expansion": 75.0,
            "tenant-funded-colocation": 40.0,
            "inference-pods": 19.4,
        },
        abs=0.1,
    )
    tables = desk.to_tables()
    for offer in tables["contracts"]:
        for step in ("min_mw", "block_mw", "exclusive_group", "requires"):
            offer.pop(step, None)
    divisible = sizes(Portfolio.from_tables(tables, prices=desk.prices))
    assert divisible["backed-campus"] == pytest.approx(20.0, abs=0.1)
    assert divisible["lease-conversion"] == pytest.approx(48.4, abs=0.1)
    assert divisible["inference-pods"] == pytest.approx(0.0, abs=1e-6)


def test_a_forced_decision_of_the_deal_desk_costs_what_its_readme_says() -> None:
    """The campus costs 8 million dollars at its best site and month; three months sooner it shuts out the retrofits."""
    desk = load_portfolio(portfolio_path("deal-desk"))
    best = plan(desk, full=False).summary["npv_usd"]

    def cost(month: str) -> float:
        pins = parse_pins([f"backed-campus@desert:{month}=60"])
        return float(best - plan(desk, full=False, pins=pins).summary["npv_usd"])

    assert cost("2029-01") == pytest.approx(7.8e6, abs=0.1e6)
    assert cost("2028-10") == pytest.approx(413.7e6, abs=0.5e6)


@pytest.mark.slow
def test_north_america_is_an_instructive_mix() -> None:
    """Offers are taken, and refused near their reservation price; several kinds of limits bind; mining stays."""
    best = plan(load_portfolio(portfolio_path("north-america")))
    contracts = best.frames.contracts
    taken = contracts.groupby("contract").mw.sum()
    assert set(taken[taken == 0].index) == {
        "neocloud-triple-net",
        "gpu-cloud",
        "curtailable-compute",
        "small-inference",
    }
    offers = {offer.id: offer for offer in best.portfolio.contracts}
    for row in contracts[contracts.mw == 0].itertuples():
        price = offers[row.contract].price_usd_per_kw_month
        assert price < row.reservation_usd_per_kw_month < 1.4 * price
    binding = set(best.frames.limits.limit)
    assert {"capex_budget", "region_share", "curtailable_share", "site_capacity", "least_cash", "loan_limit"} <= binding
    mining = best.frames.allocation.query("use == 'mining' and month == '2031-02'").mw.sum()
    assert mining > 1500
    assert best.certificate["passed"]
    done = best.frames.capital.groupby(["decision", "name"])["quantity"].sum()
    assert done["sell", "s19j-pro-air"] == pytest.approx(80.0)
    assert done["sell coin", "treasury"] == pytest.approx(10_000.0)
    assert done["sell shares", "at-the-market-shares"] > 2e9
    bare = plan(best.portfolio.without_capital(), full=False)
    assert best.summary["npv_usd"] - bare.summary["npv_usd"] == pytest.approx(69e6, abs=1e6)
    assert best.frames.cash["price_usd_per_usd"].max() == pytest.approx(0.061, abs=0.001)


def test_crossroads_buys_safety_and_waits_as_its_readme_says() -> None:
    """Fear signs more of the neocloud's hall; who may wait signs less now, and most where hashprice was low."""
    given = load_portfolio(portfolio_path("crossroads"))
    found = frontier(given)
    hall = found.contracts.query("contract == 'neocloud-hall'").groupby("from_weight")["mw"].sum()
    assert 0.0 < hall.iloc[0] < 5.0 < 15.0 < hall.iloc[-1]
    waiting = wait(given, [("2028-01", 3)])
    assert 2.5e6 < waiting.flexibility_usd < 3.5e6
    later = waiting.decisions.query("contract == 'neocloud-hall'").groupby("node")["mw"].sum()
    assert later["1"] > 15.0
    assert "3" not in later.index
    assert waiting.nodes["signal_high_usd_per_ph_day"].iloc[1] == pytest.approx(28.69, abs=0.005)
    assert waiting.nodes["signal_low_usd_per_ph_day"].iloc[3] == pytest.approx(36.36, abs=0.005)
