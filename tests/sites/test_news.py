"""The news of March 2025 and early 2026 replayed: what of it holds, and under which reading.

Where the news disagree with themselves, the reading that public data support is the one tested. Statements that hold
nothing for this library to compute (prices, dates, shares and ratios of published numbers) have no test.
"""

from __future__ import annotations

from datetime import date

import pytest

from sites import economics, network
from sites.catalogue import load_catalogue
from sites.units import difficulty_to_eh_s, usd_per_eh_day_to_usd_per_ph_day, usd_per_mwh_to_cents_per_kwh

FEB_2026_BTC_PER_PH_DAY = 46.8e-5


def _hashprice(price: float, network_eh_s: float, fee_share: float = 0.0) -> float:
    return float(
        network.hashprice_usd_per_ph_day(
            btc_price_usd=price, network_eh_s=network_eh_s, subsidy_btc_per_block=3.125, fee_share=fee_share
        )
    )


def _breakeven_cents(rig: str) -> float:
    power = economics.breakeven_power_usd_per_mwh(
        hashprice_usd_per_ph_day=32.0, j_per_th=load_catalogue()[rig].j_per_th
    )
    return float(usd_per_mwh_to_cents_per_kwh(power))


def test_s1_january_without_fees() -> None:
    """S1: January 2025 (99,993 USD, 786 EH/s) without fees is the $57,200 per EH/s from which $54,300 is -5 %."""
    january = _hashprice(99_993, 786.0)
    assert january == pytest.approx(usd_per_eh_day_to_usd_per_ph_day(57_200.0), abs=0.1)
    assert january * 0.95 == pytest.approx(usd_per_eh_day_to_usd_per_ph_day(54_300.0), abs=0.1)


def test_s2_the_march_spot_does_not_belong_to_the_february_mean() -> None:
    """S2: over 810 EH/s the February mean of $95,155 gives 52.9, the March spot of $87,300 only 48.5, not 54.3."""
    assert _hashprice(95_155, 810.0) == pytest.approx(52.9, abs=0.05)
    assert _hashprice(87_300, 810.0) == pytest.approx(48.5, abs=0.05)


def test_s3_february_difficulty_against_the_quoted_hashrate() -> None:
    """S3: 111.53 T stand for 798 EH/s, within 1.5 % of the 810 quoted."""
    assert difficulty_to_eh_s(111.53e12) == pytest.approx(798, abs=0.5)
    assert difficulty_to_eh_s(111.53e12) == pytest.approx(810, rel=0.015)


def test_s4_gross_profit_of_listed_miners() -> None:
    """S4: what a gross profit of $29.5 leaves of $54.3, $24.8, is what 22 J/TH at 4.7 c/kWh takes."""
    cost = economics.breakeven_hashprice_usd_per_ph_day(power_usd_per_mwh=47.0, j_per_th=22.0)
    assert cost == pytest.approx(54.3 - 29.5, abs=0.05)


@pytest.mark.parametrize(("rig", "cents"), [("s19", 3.9), ("s19j-pro", 4.5), ("s19-xp", 6.2), ("s21", 7.6)])
def test_s14_s25_s26_break_even_of_the_fleet_in_the_news(rig: str, cents: float) -> None:
    """S14, S25, S26: at $32, power-only, S19 3.9 c and S19j Pro 4.5 c are below 5 c; S19 XP 6.2 and S21 7.6 are not."""
    assert _breakeven_cents(rig) == pytest.approx(cents, abs=0.05)
    assert (_breakeven_cents(rig) < 5.0) == (rig in ("s19", "s19j-pro"))


def test_s14_the_s19j_pro_is_not_efficient() -> None:
    """S14: the S19j Pro's 29.5 J/TH is more than twice the 13.5 of an S21 XP and three times the 9.5 of an S23 Hyd."""
    rigs = load_catalogue()
    assert rigs["s19j-pro"].j_per_th == pytest.approx(29.5)
    assert rigs["s19j-pro"].j_per_th > 2 * rigs["s21-xp"].j_per_th
    assert rigs["s19j-pro"].j_per_th > 3 * rigs["s23-hyd"].j_per_th


def test_s15_the_day_of_the_halving_is_mixed() -> None:
    """S15: block 840,000 pays 3.125 after 6.25; the day's 421.875 BTC are 135 blocks of 3.125, or fewer."""
    assert network.subsidy_paid_btc(first_height=839_999, blocks=2) == 9.375
    assert network.subsidy_paid_btc(first_height=840_000, blocks=135) == 421.875
    assert network.subsidy_paid_btc(first_height=839_990, blocks=125) == 421.875


def test_s17_below_32_in_february_2026() -> None:
    """S17: the month's $68,849 over its 135.23 T and 0.6 % of fees is 32.2, so a low below 32 fits."""
    assert _hashprice(68_849, float(difficulty_to_eh_s(135.23e12)), 0.006) == pytest.approx(32.2, abs=0.05)


@pytest.mark.parametrize(("cents", "j_per_th"), [(4.0, 15.6), (3.0, 21.0)])
def test_s18_26_thousand_is_a_power_cost(cents: float, j_per_th: float) -> None:
    """S18: at $58 and $100,000 a BTC, $26,000 is 26 % for power alone: 4 c at 15.6 J/TH or 3 c at 21."""
    energy = economics.energy_mwh_per_btc(j_per_th=j_per_th, hashprice_btc_per_ph_day=58.0 / 100_000.0)
    assert energy * cents * 10 == pytest.approx(26_000, rel=0.01)


def test_s23_s24_the_cut_of_february_2026_and_its_undoing() -> None:
    """S23, S24: 141.67 to 125.87 T is -11.16 %, ahead of +14.73 % to 144.40 T: hashprice ends lower than it began."""
    cut, rise = 125.87 / 141.67 - 1, 144.40 / 125.87 - 1
    assert cut == pytest.approx(-0.1116, abs=0.0002)
    assert rise == pytest.approx(0.1473, abs=0.0002)
    between = network.hashprice_after_retarget(hashprice_usd_per_ph_day=32.0, difficulty_change=cut)
    after = network.hashprice_after_retarget(hashprice_usd_per_ph_day=between, difficulty_change=rise)
    assert between == pytest.approx(36.02, abs=0.01)
    assert after == pytest.approx(31.39, abs=0.01)


def test_s23_the_retarget_is_of_7_february() -> None:
    """S23: block 935,424 of 7 February 2026 starts difficulty period 464, with 114,576 blocks to the next halving."""
    assert network.BLOCKS_PER_RETARGET * 464 == 935_424
    halving = network.next_halving(height=935_424, day=date(2026, 2, 7))
    assert halving.blocks_left == 114_576


@pytest.mark.parametrize(("j_per_th", "usd"), [(32.2, 82_800), (17.5, 45_000), (26.0, 66_900)])
def test_s31_the_87_thousand_assume_an_old_fleet(j_per_th: float, usd: float) -> None:
    """S31: at 5 c in February 2026 power is $82,800 per BTC at 32.2 J/TH, $66,900 at 26 and $45,000 at 17.5."""
    energy = economics.energy_mwh_per_btc(j_per_th=j_per_th, hashprice_btc_per_ph_day=FEB_2026_BTC_PER_PH_DAY)
    assert energy * 50 == pytest.approx(usd, rel=0.005)
    assert energy * 50 < 87_000
