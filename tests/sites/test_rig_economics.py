"""All figures of one machine, worked out by hand, and what stays open without a price."""

from __future__ import annotations

import math

import pytest

from sites.economics import OperatingCosts
from sites.records import Rig
from sites.rig_economics import MiningCase, rig_economics
from sites.units import QuantityError

# 20 J/TH and a quarter more for cooling: 25 J/TH at the meter, 0.6 MWh per PH/s and day.
HAND = Rig(id="hand", th_s=100.0, watts=2000.0, overhead=1.25)
COSTS = OperatingCosts(
    power_usd_per_mwh=30.0,
    pool_fee=0.05,
    uptime=0.5,
    variable_opex_usd_per_mwh=2.0,
    fixed_opex_usd_per_mw_year=4380.0,
)
CASE = MiningCase(
    hashprice_usd_per_ph_day=24.0,
    costs=COSTS,
    btc_price_usd=96_000.0,
    depreciation_years=4.0,
    overhead_usd_per_btc=1000.0,
)


def test_margins_by_hand() -> None:
    """$24 over 0.6 MWh is 40 USD/MWh; less 30 power 10; less 2 fee, 2 variable and 1 fixed opex 5."""
    found = rig_economics(HAND, CASE)
    assert found.j_per_th == pytest.approx(25.0)
    assert found.revenue_usd_per_mwh == pytest.approx(40.0)
    assert found.energy_margin_usd_per_mwh == pytest.approx(10.0)
    assert found.cash_margin_usd_per_mwh == pytest.approx(5.0)


def test_break_evens_by_hand() -> None:
    """Power-only 40 USD/MWh or 4 c/kWh, and $18 at 30 USD/MWh; an hour is worth running up to 36."""
    found = rig_economics(HAND, CASE)
    assert found.breakeven_power_usd_per_mwh == pytest.approx(40.0)
    assert found.breakeven_power_cents_per_kwh == pytest.approx(4.0)
    assert found.breakeven_hashprice_usd_per_ph_day == pytest.approx(18.0)
    assert found.switch_off_power_usd_per_mwh == pytest.approx(36.0)


def test_costs_per_btc_by_hand() -> None:
    """At 0.00025 BTC per PH/s and day a BTC takes 2,400 MWh: $72,000 energy, $84,000 cash, $165,000 all-in.

    Cash: 2,400 x (30 + 2 + 1) and 5 % of $96,000. All-in: $14.6/TH is $10 per PH/s and day over 4 years, $80,000 per
    BTC at half the hours, and $1,000 of overhead.
    """
    found = rig_economics(HAND, CASE, rig_price_usd_per_th=14.6)
    assert found.energy_mwh_per_btc == pytest.approx(2400.0)
    assert found.energy_cost_usd_per_btc == pytest.approx(72_000.0)
    assert found.cash_cost_usd_per_btc == pytest.approx(84_000.0)
    assert found.all_in_cost_usd_per_btc == pytest.approx(165_000.0)


def test_payback_by_hand() -> None:
    """5 USD/MWh on 0.6 MWh a day at half the hours is $1.5 a day: $14,600 takes 9,733 days."""
    found = rig_economics(HAND, CASE, rig_price_usd_per_th=14.6)
    assert found.payback_days == pytest.approx(14_600 / 1.5)


def test_cash_cost_and_cash_margin_vanish_together() -> None:
    """What a BTC brings less its cash cost is the cash margin of its 2,400 MWh: $12,000."""
    found = rig_economics(HAND, CASE)
    assert found.cash_cost_usd_per_btc is not None
    assert found.energy_mwh_per_btc is not None
    margin = found.cash_margin_usd_per_mwh * found.energy_mwh_per_btc
    assert 96_000.0 - found.cash_cost_usd_per_btc == pytest.approx(margin)
    assert margin == pytest.approx(12_000.0)


def test_what_is_not_known_is_none() -> None:
    """Without the price of a BTC there is no cost per BTC; without the machine's neither all-in cost nor payback."""
    bare = rig_economics(HAND, MiningCase(hashprice_usd_per_ph_day=24.0, costs=COSTS), rig_price_usd_per_th=14.6)
    assert bare.energy_mwh_per_btc is bare.energy_cost_usd_per_btc is None
    assert bare.cash_cost_usd_per_btc is bare.all_in_cost_usd_per_btc is None
    assert bare.payback_days is not None
    unpriced = rig_economics(HAND, CASE)
    assert unpriced.cash_cost_usd_per_btc is not None
    assert unpriced.all_in_cost_usd_per_btc is unpriced.payback_days is None


def test_a_machine_without_margin_never_pays_back() -> None:
    """At 41 USD/MWh the 40 of revenue leave nothing: the payback is infinite, not negative."""
    case = MiningCase(hashprice_usd_per_ph_day=24.0, costs=OperatingCosts(power_usd_per_mwh=41.0))
    found = rig_economics(HAND, case, rig_price_usd_per_th=14.6)
    assert found.energy_margin_usd_per_mwh == pytest.approx(-1.0)
    assert found.payback_days == math.inf


def test_a_machine_given_away_costs_nothing() -> None:
    """A price of 0 is a price: all-in is cash and $1,000 of overhead, and payback is at once."""
    found = rig_economics(HAND, CASE, rig_price_usd_per_th=0.0)
    assert found.all_in_cost_usd_per_btc == pytest.approx(85_000.0)
    assert found.payback_days == 0.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hashprice_usd_per_ph_day": 0.0}, "hashprice_usd_per_ph_day is 0"),
        ({"btc_price_usd": -1.0}, "btc_price_usd is -1"),
        ({"depreciation_years": 0.0}, "depreciation_years is 0"),
        ({"overhead_usd_per_btc": -5.0}, "overhead_usd_per_btc is -5, expected 0"),
    ],
)
def test_cases_that_cannot_be(changes: dict[str, float], message: str) -> None:
    """A hashprice or a life of 0, and negative prices, are refused by name."""
    fields = {"hashprice_usd_per_ph_day": 24.0, **changes}
    with pytest.raises(QuantityError, match=message):
        MiningCase(costs=COSTS, **fields)


def test_a_negative_machine_price_is_refused() -> None:
    """A machine of -3 USD/TH is refused by name."""
    with pytest.raises(QuantityError, match="rig_price_usd_per_th is -3, expected 0"):
        rig_economics(HAND, CASE, rig_price_usd_per_th=-3.0)
