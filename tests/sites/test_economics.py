"""Machine economics against public facts: break-even tables, costs per bitcoin, paybacks, and the news."""

from __future__ import annotations

import pytest

from sites.catalogue import load_catalogue
from sites.economics import (
    Costs,
    breakeven_hashprice_usd_per_ph_day,
    breakeven_power_usd_per_mwh,
    energy_mwh_per_btc,
    payback_days,
    revenue_usd_per_mwh,
    rig_economics,
)
from sites.records import Rig

# Power-only break-even in c/kWh by hashprice (row) and J/TH (column), as published facts round it.
EFFICIENCIES = (9.5, 12, 13.5, 15, 17.5, 21.5, 29.5, 34.2)
BREAKEVEN_C_PER_KWH = {
    28.0: (12.3, 9.7, 8.6, 7.8, 6.7, 5.4, 4.0, 3.4),
    32.0: (14.0, 11.1, 9.9, 8.9, 7.6, 6.2, 4.5, 3.9),
    40.0: (17.5, 13.9, 12.3, 11.1, 9.5, 7.8, 5.6, 4.9),
    54.3: (23.8, 18.9, 16.8, 15.1, 12.9, 10.5, 7.7, 6.6),
}


def test_revenue_per_mwh() -> None:
    """I5: at $39 a 17.5 J/TH machine earns about $93 per MWh."""
    assert revenue_usd_per_mwh(hashprice_usd_per_ph_day=39.0, j_per_th=17.5) == pytest.approx(92.9, abs=0.05)


def test_breakeven_power() -> None:
    """I6: at $30 a 21.5 J/TH machine breaks even at 5.8 c/kWh."""
    cents = breakeven_power_usd_per_mwh(hashprice_usd_per_ph_day=30.0, j_per_th=21.5) / 10.0
    assert cents == pytest.approx(5.8, abs=0.05)


@pytest.mark.parametrize("hashprice", BREAKEVEN_C_PER_KWH)
def test_breakeven_table(hashprice: float) -> None:
    """F: the whole power-only table, to the printed digit (54.3 at 29.5 J/TH is 7.67)."""
    for j_per_th, cents in zip(EFFICIENCIES, BREAKEVEN_C_PER_KWH[hashprice], strict=True):
        found = breakeven_power_usd_per_mwh(hashprice_usd_per_ph_day=hashprice, j_per_th=j_per_th) / 10.0
        assert found == pytest.approx(cents, abs=0.0501), j_per_th


@pytest.mark.parametrize(("rig", "cents"), [("s19", 3.9), ("s19j-pro", 4.5), ("s19-xp", 6.2), ("s21", 7.6)])
def test_news_on_the_s19_series(rig: str, cents: float) -> None:
    """S14, S25, S26: at $32 S19 and S19j Pro lose above 5 c, S19 XP does not, an S21 stands 7.6 c, power only."""
    machine = load_catalogue()[rig]
    found = breakeven_power_usd_per_mwh(hashprice_usd_per_ph_day=32.0, j_per_th=machine.j_per_th) / 10.0
    assert found == pytest.approx(cents, abs=0.05)


def test_energy_per_bitcoin() -> None:
    """I7: 17.5 J/TH at February 2026's 46.8 sat per TH/s and day is 900 MWh per bitcoin."""
    per_ph_day = 46.8e-8 * 1000.0
    assert energy_mwh_per_btc(hashprice_btc_per_ph_day=per_ph_day, j_per_th=17.5) == pytest.approx(900.0, rel=0.005)


@pytest.mark.parametrize(("j_per_th", "usd"), [(32.2, 82_800), (17.5, 45_000), (26.0, 66_900)])
def test_power_only_cost_per_bitcoin(j_per_th: float, usd: float) -> None:
    """S31: at 5 c/kWh in February 2026, by fleet efficiency; the $87,000 of the news assumes an old world fleet."""
    energy = energy_mwh_per_btc(hashprice_btc_per_ph_day=46.8e-5, j_per_th=j_per_th)
    assert energy * 50.0 == pytest.approx(usd, rel=0.005)


def test_listed_miner_margin() -> None:
    """S4: a gross profit of $29,500 on $54,300 leaves costs of $24.8, which 22 J/TH at 4.7 c have."""
    cost = breakeven_hashprice_usd_per_ph_day(power_usd_per_mwh=47.0, j_per_th=22.0)
    assert cost == pytest.approx(54.3 - 29.5, abs=0.1)


@pytest.mark.parametrize(("cents", "j_per_th"), [(4.0, 15.6), (3.0, 21.0)])
def test_canaccord_range(cents: float, j_per_th: float) -> None:
    """S18: $26,000 a bitcoin at $58 and $100,000 is 26 % of revenue for power: 4 c at 15.6 J/TH or 3 c at 21."""
    energy = energy_mwh_per_btc(hashprice_btc_per_ph_day=58.0 / 100_000.0, j_per_th=j_per_th)
    assert energy * cents * 10.0 == pytest.approx(26_000, rel=0.01)


def test_thin_all_in_margin() -> None:
    """S19, S20: 31.2 J/TH at 5 c and $7,000 of overhead make an all-in cost of $87,000, 30.5 % above $66,680."""
    costs = Costs(power_usd_per_mwh=50.0, rig_price_usd_per_th=0.0, overhead_usd_per_btc=7_000.0)
    fleet = Rig(id="world", th_s=100.0, watts=3120.0)
    found = rig_economics(fleet, costs, hashprice_usd_per_ph_day=46.8e-5 * 66_680, btc_price_usd=66_680)
    assert found.all_in_cost_usd_per_btc == pytest.approx(87_000)
    assert found.all_in_cost_usd_per_btc / 66_680 - 1 == pytest.approx(0.305, abs=0.001)


@pytest.mark.parametrize(("price", "j_per_th", "days"), [(13.5, 17.5, 1030), (7.5, 16.0, 510)])
def test_payback_rule_of_thumb(price: float, j_per_th: float, days: float) -> None:
    """B: at $32 and $45/MWh an S21 at $13.5/TH pays back in 1,030 days, hydro clearance at $7.5 in 510."""
    found = payback_days(
        rig_price_usd_per_th=price, hashprice_usd_per_ph_day=32.0, j_per_th=j_per_th, power_usd_per_mwh=45.0
    )
    assert found == pytest.approx(days, rel=0.002)


def test_gross_revenue_of_a_megawatt() -> None:
    """The sanity line: 1 MW at 17.5 J/TH is 57.1 PH/s and grosses $0.67 million a year at $32, $1.04 million at $50."""
    s21 = load_catalogue()["s21"]
    assert s21.ph_s_per_mw == pytest.approx(57.1, abs=0.05)
    assert 32.0 * s21.ph_s_per_mw * 365 == pytest.approx(0.67e6, rel=0.005)
    assert 50.0 * s21.ph_s_per_mw * 365 == pytest.approx(1.04e6, rel=0.005)


# A machine of 20 J/TH whose cooling takes a quarter more: 25 J/TH at the meter, 40 PH/s per MW.
HAND = Rig(id="hand", th_s=100.0, watts=2000.0, overhead=1.25)


def test_all_figures_by_hand() -> None:
    """At $24 and $96,000 a PH/s earns 0.00025 BTC a day and takes 0.6 MWh: 2,400 MWh a bitcoin; 40 USD/MWh revenue.

    A quarter goes to the pool: cash is (2,400 * 30 power + 2,400 * (2 + 1) opex) / 0.75. A machine at 8.76 USD/TH is
    40,000 TH * 8.76 / 4 years = 87,600 USD per MW and year, 20 USD per MWh run at half the hours.
    """
    costs = Costs(
        power_usd_per_mwh=30.0,
        pool_fee=0.25,
        uptime=0.5,
        variable_opex_usd_per_mwh=2.0,
        fixed_opex_usd_per_mw_year=4380.0,
        rig_price_usd_per_th=8.76,
        depreciation_years=4.0,
        overhead_usd_per_btc=1000.0,
    )
    found = rig_economics(HAND, costs, hashprice_usd_per_ph_day=24.0, btc_price_usd=96_000.0)
    assert found.revenue_usd_per_mwh == pytest.approx(40.0)
    assert found.energy_margin_usd_per_mwh == pytest.approx(40.0 * 0.75 - 32.0)
    assert found.breakeven_power_usd_per_mwh == pytest.approx(40.0)
    assert found.breakeven_hashprice_usd_per_ph_day == pytest.approx(18.0)
    assert found.energy_mwh_per_btc == pytest.approx(2400.0)
    assert found.energy_cost_usd_per_btc == pytest.approx(72_000.0)
    assert found.cash_cost_usd_per_btc == pytest.approx(2400.0 * 33.0 / 0.75)
    assert found.all_in_cost_usd_per_btc == pytest.approx(2400.0 * 53.0 / 0.75 + 1000.0)
    assert found.payback_days == pytest.approx(8760.0 / 6.0)


def test_what_is_not_known_is_not_shown() -> None:
    """Without a bitcoin price there is no cost per bitcoin, without a machine price no all-in cost and no payback."""
    bare = rig_economics(HAND, Costs(power_usd_per_mwh=30.0), hashprice_usd_per_ph_day=24.0)
    assert bare.energy_cost_usd_per_btc is None
    assert bare.cash_cost_usd_per_btc is None
    priced = rig_economics(HAND, Costs(power_usd_per_mwh=30.0), hashprice_usd_per_ph_day=24.0, btc_price_usd=96_000.0)
    assert priced.cash_cost_usd_per_btc == pytest.approx(72_000.0)
    assert priced.all_in_cost_usd_per_btc is None
    assert priced.payback_days is None


def test_machine_that_earns_nothing_never_pays_back() -> None:
    """Power at break-even or above leaves no margin."""
    assert (
        payback_days(rig_price_usd_per_th=5.0, hashprice_usd_per_ph_day=24.0, j_per_th=25.0, power_usd_per_mwh=40.0)
        is None
    )
