"""Machine economics against public facts: the identities, the break-even table, costs per BTC, paybacks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sites import economics
from sites.catalogue import load_catalogue
from sites.economics import OperatingCosts
from sites.units import QuantityError, usd_per_mwh_to_cents_per_kwh

# Facts F: power-only break-even in c/kWh; a row per hashprice, a column per J/TH, as printed there.
EFFICIENCIES = (9.5, 12.0, 13.5, 15.0, 17.5, 21.5, 29.5, 34.2)
BREAKEVEN_CENTS = {
    28.0: ("12.3", "9.7", "8.6", "7.8", "6.7", "5.4", "4.0", "3.4"),
    32.0: ("14.0", "11.1", "9.9", "8.9", "7.6", "6.2", "4.5", "3.9"),
    40.0: ("17.5", "13.9", "12.3", "11.1", "9.5", "7.8", "5.6", "4.9"),
    54.3: ("23.8", "18.9", "16.8", "15.1", "12.9", "10.5", "7.7", "6.6"),
}
# Facts C1: 46.8 sat per TH/s and day in February 2026.
FEB_2026_BTC_PER_PH_DAY = 46.8e-5


def _breakeven_cents(hashprice: float, j_per_th: float) -> float:
    power = economics.breakeven_power_usd_per_mwh(hashprice_usd_per_ph_day=hashprice, j_per_th=j_per_th)
    return float(usd_per_mwh_to_cents_per_kwh(power))


def test_i5_revenue_per_mwh() -> None:
    """I5: $39 at 17.5 J/TH is $92.9 per MWh; a published example says about $93."""
    revenue = economics.revenue_usd_per_mwh(hashprice_usd_per_ph_day=39.0, j_per_th=17.5)
    assert revenue == pytest.approx(92.9, abs=0.05)


def test_i6_break_even_power() -> None:
    """I6: $30 at 21.5 J/TH breaks even at 5.8 c/kWh, so 6 c is under water as CoinShares says."""
    assert f"{_breakeven_cents(30.0, 21.5):.1f}" == "5.8"


@pytest.mark.parametrize("hashprice", BREAKEVEN_CENTS)
def test_f_break_even_table(hashprice: float) -> None:
    """F: all 32 cells of the break-even table, to the printed digit (28 to 54.3 USD, 9.5 to 34.2 J/TH)."""
    found = tuple(f"{_breakeven_cents(hashprice, j_per_th):.1f}" for j_per_th in EFFICIENCIES)
    assert found == BREAKEVEN_CENTS[hashprice]


def test_f_break_even_table_as_an_array() -> None:
    """F: the table in one call, hashprices down and J/TH across, has the same 32 numbers."""
    table = economics.breakeven_power_usd_per_mwh(
        hashprice_usd_per_ph_day=np.array(list(BREAKEVEN_CENTS))[:, None], j_per_th=np.array(EFFICIENCIES)
    )
    assert np.shape(table) == (4, 8)
    assert np.asarray(table) / 10 == pytest.approx(
        np.array([[float(cell) for cell in row] for row in BREAKEVEN_CENTS.values()]), abs=0.0501
    )


@pytest.mark.parametrize("j_per_th", EFFICIENCIES)
def test_break_even_power_and_break_even_hashprice_are_inverse(j_per_th: float) -> None:
    """F: the hashprice at which 45 USD/MWh breaks even is the one whose break-even power is 45."""
    hashprice = economics.breakeven_hashprice_usd_per_ph_day(power_usd_per_mwh=45.0, j_per_th=j_per_th)
    assert economics.breakeven_power_usd_per_mwh(
        hashprice_usd_per_ph_day=hashprice, j_per_th=j_per_th
    ) == pytest.approx(45.0, rel=1e-14)
    margin = economics.energy_margin_usd_per_mwh(
        hashprice_usd_per_ph_day=hashprice, j_per_th=j_per_th, power_usd_per_mwh=45.0
    )
    assert margin == pytest.approx(0.0, abs=1e-12)


def test_i7_energy_per_btc() -> None:
    """I7: at 17.5 J/TH in February 2026 a BTC takes 900 MWh, by sats per TH/s or by $32.13 at $68,849."""
    by_sats = economics.energy_mwh_per_btc(j_per_th=17.5, hashprice_btc_per_ph_day=FEB_2026_BTC_PER_PH_DAY)
    by_usd = economics.energy_mwh_per_btc(j_per_th=17.5, hashprice_btc_per_ph_day=32.13 / 68_849)
    assert by_sats == pytest.approx(900.0, rel=0.005)
    assert by_usd == pytest.approx(900.0, rel=0.001)


@pytest.mark.parametrize(
    ("usd_per_th", "j_per_th", "power_at", "days"), [(13.5, 17.5, 18.9, 1030), (7.5, 16.0, 17.3, 510)]
)
def test_b_payback_rule_of_thumb(usd_per_th: float, j_per_th: float, power_at: float, days: float) -> None:
    """B: at $32 and 45 USD/MWh an S21 at $13.5/TH pays back in 1,030 days, hydro clearance at $7.5 in 510."""
    power = economics.breakeven_hashprice_usd_per_ph_day(power_usd_per_mwh=45.0, j_per_th=j_per_th)
    assert power == pytest.approx(power_at, abs=0.05)
    found = economics.payback_days(
        rig_price_usd_per_th=usd_per_th,
        hashprice_usd_per_ph_day=32.0,
        j_per_th=j_per_th,
        costs=OperatingCosts(power_usd_per_mwh=45.0),
    )
    assert found == pytest.approx(days, rel=0.002)


def test_no_margin_no_payback() -> None:
    """F: at $32 and 45 USD/MWh an S19 (34.2 J/TH, 3.9 c) never pays back, an S21 does; as one array."""
    found = economics.payback_days(
        rig_price_usd_per_th=3.5,
        hashprice_usd_per_ph_day=32.0,
        j_per_th=np.array([34.2, 17.5]),
        costs=OperatingCosts(power_usd_per_mwh=45.0),
    )
    assert found == pytest.approx([math.inf, 3500 / 13.1])


def test_break_even_to_the_cent_never_pays_back() -> None:
    """F: at 25 J/TH and 40 USD/MWh a hashprice of 24 leaves nothing, and nothing pays no machine."""
    found = economics.payback_days(
        rig_price_usd_per_th=5.0,
        hashprice_usd_per_ph_day=24.0,
        j_per_th=25.0,
        costs=OperatingCosts(power_usd_per_mwh=40.0),
    )
    assert found == math.inf


def test_fixed_opex_makes_payback_longer() -> None:
    """B: $87,600 per MW and year is 10 USD/MWh, as much as 10 USD/MWh on the power price or on variable opex."""

    def payback(costs: OperatingCosts) -> object:
        return economics.payback_days(
            rig_price_usd_per_th=13.5, hashprice_usd_per_ph_day=32.0, j_per_th=17.5, costs=costs
        )

    dear = payback(OperatingCosts(power_usd_per_mwh=55.0))
    assert payback(OperatingCosts(power_usd_per_mwh=45.0, fixed_opex_usd_per_mw_year=87_600.0)) == pytest.approx(dear)
    assert payback(OperatingCosts(power_usd_per_mwh=45.0, variable_opex_usd_per_mwh=10.0)) == pytest.approx(dear)
    assert dear == pytest.approx(13_500 / (32 - 23.1))


def test_switch_off_price_leaves_the_fixed_cost_out() -> None:
    """At 40 USD/MWh revenue, 5 % pool fee and 3 USD/MWh of variable opex an hour above 35 USD/MWh is better not run."""
    found = economics.switch_off_power_usd_per_mwh(
        hashprice_usd_per_ph_day=24.0, j_per_th=25.0, pool_fee=0.05, variable_opex_usd_per_mwh=3.0
    )
    assert found == pytest.approx(35.0)


def test_sanity_line_of_one_megawatt() -> None:
    """0: 1 MW of S21 is 57.1 PH/s and grosses $0.67 million a year at $32, $1.04 million at $50."""
    s21 = load_catalogue()["s21"]
    for hashprice, usd in ((32.0, 0.67e6), (50.0, 1.04e6)):
        per_mwh = economics.revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice, j_per_th=s21.j_per_th)
        assert per_mwh * 8760 == pytest.approx(usd, rel=0.005)
        assert hashprice * s21.ph_s_per_mw * 365 == pytest.approx(per_mwh * 8760)


def test_depreciation_per_btc() -> None:
    """$14.6/TH over 4 years is $10 per PH/s and day: at 0.00025 BTC a day $40,000 per BTC, twice that at half time."""
    for uptime, usd in ((1.0, 40_000.0), (0.5, 80_000.0)):
        found = economics.depreciation_usd_per_btc(
            rig_price_usd_per_th=14.6, depreciation_years=4.0, hashprice_btc_per_ph_day=0.00025, uptime=uptime
        )
        assert found == pytest.approx(usd)


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ({"pool_fee": 2.0}, "pool_fee is 2, expected 0 to 1 as a fraction"),
        ({"uptime": 95.0}, "uptime is 95"),
        ({"uptime": 0.0}, "uptime is 0"),
        ({"variable_opex_usd_per_mwh": -1.0}, "variable_opex_usd_per_mwh is -1, expected 0 to 10000 USD/MWh"),
        ({"fixed_opex_usd_per_mw_year": -1.0}, "fixed_opex_usd_per_mw_year is -1"),
        ({"power_usd_per_mwh": 1e6}, "power_usd_per_mwh is 1e\\+06, expected -1000 to 10000 USD/MWh"),
        ({"power_usd_per_mwh": math.nan}, "power_usd_per_mwh is nan"),
    ],
)
def test_costs_that_cannot_be(costs: dict[str, float], message: str) -> None:
    """Percentages for fractions (a pool fee of 2, an uptime of 95), negative costs and no-numbers are refused."""
    with pytest.raises(QuantityError, match=message):
        OperatingCosts(**{"power_usd_per_mwh": 45.0, **costs})
