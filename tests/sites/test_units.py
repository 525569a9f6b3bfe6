"""Conversions against the identities of the trade, by number and by array."""

from __future__ import annotations

import numpy as np
import pytest

from sites import units
from sites.units import QuantityError


def test_i1_hashprice_per_eh_ph_and_th() -> None:
    """I1: $54,300 per EH/s and day is $54.3 per PH/s and $0.0543 per TH/s."""
    per_ph = units.usd_per_eh_day_to_usd_per_ph_day(54_300.0)
    assert per_ph == 54.3
    assert units.usd_per_ph_day_to_usd_per_th_day(per_ph) == pytest.approx(0.0543, rel=1e-15)


def test_i2_difficulty_is_a_hashrate() -> None:
    """I2: difficulty 125.865 T is 901.0 EH/s, and 901.0 EH/s is 125.865 T again."""
    hashrate = units.difficulty_to_eh_s(125.865e12)
    assert hashrate == pytest.approx(901.0, abs=0.05)
    assert units.eh_s_to_difficulty(hashrate) == pytest.approx(125.865e12, rel=1e-15)


def test_i4_fee_share_is_of_the_reward_not_of_the_subsidy() -> None:
    """I4: a 4.82 % share of the reward is 5.06 % of the subsidy."""
    assert units.fee_share_to_fees_per_subsidy(0.0482) == pytest.approx(0.0506, abs=5e-5)


@pytest.mark.parametrize("share", [-0.01, 1.0, 4.82, float("nan")])
def test_a_fee_share_that_is_no_share_is_refused(share: float) -> None:
    """I4: fees are a share from 0 to below 1; 4.82 is a percentage."""
    with pytest.raises(QuantityError, match=r"fee_share is .*, expected 0 to 1 of the reward"):
        units.fee_share_to_fees_per_subsidy(share)


def test_one_megawatt_of_an_s21() -> None:
    """One MW at 17.5 J/TH is 57.1 PH/s, and its PH/s takes 0.42 MWh a day."""
    assert units.j_per_th_to_ph_s_per_mw(17.5) == pytest.approx(57.1, abs=0.05)
    assert units.j_per_th_to_mwh_per_ph_day(17.5) == pytest.approx(0.42, rel=1e-12)


def test_power_prices_both_ways() -> None:
    """45 USD/MWh is 4.5 c/kWh."""
    assert units.usd_per_mwh_to_cents_per_kwh(45.0) == 4.5
    assert units.cents_per_kwh_to_usd_per_mwh(4.5) == 45.0


def test_fixed_opex_is_spread_over_the_hours_that_run() -> None:
    """$80,000 per MW and year is $9.13 per MWh of 8,760 hours, and twice that at half of them."""
    assert units.usd_per_mw_year_to_usd_per_mwh(80_000.0, uptime=1.0) == pytest.approx(9.132, abs=5e-4)
    assert units.usd_per_mw_year_to_usd_per_mwh(80_000.0, uptime=0.5) == pytest.approx(18.265, abs=5e-4)


def test_other_conversions() -> None:
    """13.5 USD/TH is 13,500 USD per PH/s; 0.9 ZH/s is 900 EH/s and 900,000 PH/s."""
    assert units.usd_per_th_to_usd_per_ph(13.5) == 13_500.0
    assert units.h_s_to_eh_s(9e20) == 900.0
    assert units.eh_s_to_ph_s(900.0) == 900_000.0


def test_arrays_are_converted_element_by_element() -> None:
    """Two difficulties, 100 and 200 T, are two hashrates of which the second is double (715.8 and 1,431.7 EH/s)."""
    hashrates = units.difficulty_to_eh_s(np.array([100e12, 200e12]))
    assert hashrates == pytest.approx([715.8, 1431.7], abs=0.05)
    shares = np.array([0.0, 0.5])
    assert units.fee_share_to_fees_per_subsidy(shares) == pytest.approx([0.0, 1.0])


def test_one_bad_number_in_an_array_is_named() -> None:
    """Of 0.01 and 1.5 as fee shares the second is refused by its value."""
    with pytest.raises(QuantityError, match=r"fee_share is 1\.5,"):
        units.fee_share_to_fees_per_subsidy(np.array([0.01, 1.5]))
