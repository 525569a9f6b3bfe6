"""Hours to months: hours cheaper than a threshold and their bill, without loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.horizon import Horizon
from optimizer.price_duration import PowerPrices
from sites.hourly import HourlyPrices, hours_in_year
from sites.months import month_number
from sites.portfolio import Portfolio
from tests.optimizer.cases import hourly, portfolio, site


def prices_of(case: Portfolio) -> PowerPrices:
    """Power prices of the sites of a portfolio."""
    return PowerPrices.of(case, case.sites, Horizon.of(case.settings))


def test_flat_price_is_all_hours_or_none() -> None:
    """At a flat 30 USD/MWh a load that pays up to 31 runs all 744 hours of January, one that pays 30 none."""
    power = prices_of(portfolio())
    hours, bills = power.bills_below(np.array([0, 0]), np.array([[31.0], [30.0]]))
    assert hours.tolist() == [[744.0], [0.0]]
    assert bills.tolist() == [[744.0 * 30.0], [0.0]]


def test_series_counts_the_cheaper_hours() -> None:
    """With two January hours at 500 and one at -10, a load that pays 100 runs 742 hours, the negative one included."""
    market = hourly(2023, 30.0, {5: 500.0, 6: 500.0, 7: -10.0})
    power = prices_of(portfolio(prices={"market": market}, sites=[site(power="market")]))
    hours, bills = power.bills_below(np.array([0]), np.array([[100.0]]))
    assert hours[0, 0] == pytest.approx(742.0)
    assert bills[0, 0] == pytest.approx(741 * 30.0 - 10.0)


def test_adder_is_added_after_escalation() -> None:
    """In 2028 a price of 30 that grows by 10 % a year, plus an adder of 2, costs 30 * 1.1 + 2 = 35 USD/MWh."""
    case = portfolio(
        settings={"name": "case", "start": "2027-12", "months": 2, "discount_rate": 0.0},
        sites=[site(escalation=0.10, adder_usd_per_mwh=2.0)],
        contracts=[],
        hashprice=[{"month": "2027-12", "usd_per_ph_day": 24.0}],
    )
    bills = prices_of(case).constant_load_bills(2)
    assert bills[0].tolist() == pytest.approx([744 * 32.0, 744 * 35.0])


def test_source_hours_are_weighted_to_the_calendar_month() -> None:
    """February 2028 has 696 hours; the 672 hours of February 2023 stand for it with a weight of 696 / 672."""
    case = portfolio(
        prices={"market": hourly(2023, 30.0)},
        settings={"name": "case", "start": "2028-02", "months": 1, "discount_rate": 0.0},
        sites=[site(power="market")],
        hashprice=[{"month": "2028-02", "usd_per_ph_day": 24.0}],
        contracts=[],
    )
    hours, _ = prices_of(case).bills_below(np.array([0]), np.array([[40.0]]))
    assert hours[0, 0] == pytest.approx(696.0)


def test_source_years_take_turns() -> None:
    """With source years 2022 (20 USD) and 2023 (50 USD), plan year 2027 uses 2022, 2028 uses 2023, 2029 uses 2022."""
    two_years = np.concatenate([np.full(hours_in_year(2022), 20.0), np.full(hours_in_year(2023), 50.0)])
    case = portfolio(
        prices={"market": HourlyPrices("market", (2022, 2023), two_years)},
        settings={"name": "case", "start": "2027-01", "months": 36, "discount_rate": 0.0},
        sites=[site(power="market")],
        contracts=[],
    )
    bills = prices_of(case).constant_load_bills(36)
    per_mwh = [bills[0, t] / (24 * days) for t, days in ((0, 31), (12, 31), (24, 31))]
    assert per_mwh == pytest.approx([20.0, 50.0, 20.0])


def test_months_past_the_horizon_follow_the_same_calendar() -> None:
    """The bill of a month after the horizon is what it would be inside a longer one."""
    market = hourly(2023, 30.0, dict.fromkeys(range(0, 8760, 7), 90.0))
    short = portfolio(prices={"market": market}, sites=[site(power="market", escalation=0.03)], contracts=[])
    longer = portfolio(
        prices={"market": market},
        settings={"name": "case", "start": "2027-01", "months": 20, "discount_rate": 0.0},
        sites=[site(power="market", escalation=0.03)],
        contracts=[],
    )
    assert prices_of(short).constant_load_bills(20) == pytest.approx(prices_of(longer).constant_load_bills(20))


@given(
    year_prices=st.lists(st.floats(-200.0, 5000.0), min_size=24, max_size=24),
    threshold=st.floats(-300.0, 6000.0),
    escalation=st.floats(-0.3, 0.3),
    adder=st.floats(-20.0, 20.0),
)
def test_reduction_equals_the_sum_over_hours(
    year_prices: list[float], threshold: float, escalation: float, adder: float
) -> None:
    """For any prices, hours and bill equal a plain loop over the hours of the month."""
    prices = np.tile(np.array(year_prices), 365)
    case = portfolio(
        prices={"market": HourlyPrices("market", (2023,), prices)},
        settings={"name": "case", "start": "2027-12", "months": 2, "discount_rate": 0.0},
        sites=[site(power="market", escalation=escalation, adder_usd_per_mwh=adder)],
        hashprice=[{"month": "2027-12", "usd_per_ph_day": 24.0}],
        contracts=[],
    )
    hours, bills = prices_of(case).bills_below(np.array([0]), np.array([[threshold, threshold]]))
    expected_hours, expected_bill = 0, 0.0
    for source in prices[:744]:  # January 2028, the second month: prices have grown for one year
        price = source * (1.0 + escalation) + adder
        if abs(price - threshold) < 1e-6:
            return  # too close to call after rounding
        if price < threshold:
            expected_hours += 1
            expected_bill += price
    assert month_number("2028-01") - month_number(case.settings.start) == 1
    assert hours[0, 1] == pytest.approx(expected_hours)
    assert bills[0, 1] == pytest.approx(expected_bill, rel=1e-9, abs=1e-6)
