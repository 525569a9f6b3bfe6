"""The network against public facts: published hashprices, subsidy, halvings, retargets."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sites import network
from sites.units import QuantityError, difficulty_to_eh_s

NETWORK_FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "network"

# Month, mean price, block-weighted difficulty [T], fees [% of the reward], realised hashprice: one row each of the
# monthly history that facts C1 aggregates from daily chain data.
MONTHS = (
    ("2025-01", 99_993, 109.82, 1.45, 58.05),
    ("2025-02", 95_155, 111.53, 1.34, 54.35),
    ("2025-09", 113_087, 137.96, 0.85, 51.97),
    ("2025-12", 88_830, 148.56, 0.61, 37.82),
    ("2026-01", 90_439, 145.46, 0.60, 39.35),
    ("2026-02", 68_849, 135.23, 0.60, 32.13),
    ("2026-06", 62_962, 131.62, 0.74, 30.27),
)


def _at_difficulty(price: float, difficulty_t: float, fee_percent: float) -> float:
    return float(
        network.hashprice_at_difficulty_usd_per_ph_day(
            btc_price_usd=price,
            difficulty=difficulty_t * 1e12,
            subsidy_btc_per_block=3.125,
            fee_share=fee_percent / 100,
        )
    )


@pytest.mark.parametrize(
    ("day", "price", "difficulty_t", "fee_percent", "formula", "published"),
    [
        ("2024-11-12", 87_235, 101.65, 4.82, 56.6, 55.97),
        ("2025-11-22", 84_929, 152.27, 0.66, 35.29, 35.06),
        ("2025-12", 91_000, 152.0, 0.6, 37.9, 38.2),
        ("2026-02-08", 70_717, 125.87, 0.42, 35.5, 35.0),
    ],
)
def test_i3_a4_published_hashprice_of_a_day(
    day: str, price: float, difficulty_t: float, fee_percent: float, formula: float, published: float
) -> None:
    """I3, A4: 56.6, 35.29, 37.9 and 35.5 by formula, within 1.5 % of the 55.97, 35.06, 38.2 and 35 published."""
    built = _at_difficulty(price, difficulty_t, fee_percent)
    # The inputs are rounded as published: the first row comes out at 56.68.
    assert built == pytest.approx(formula, rel=0.002), day
    assert built == pytest.approx(published, rel=0.015), day


def test_a4_published_hashprice_of_a_month() -> None:
    """A4: November 2025 (mean price 96,242, 153.2 T, 0.68 %) gives 39.73, within 0.5 % of the 39.82 published."""
    built = _at_difficulty(96_242, 153.2, 0.68)
    assert built == pytest.approx(39.73, rel=0.001)
    assert built == pytest.approx(39.82, rel=0.005)


@pytest.mark.parametrize(("month", "price", "difficulty_t", "fee_percent", "realised"), MONTHS)
def test_c1_monthly_means(month: str, price: float, difficulty_t: float, fee_percent: float, realised: float) -> None:
    """C1: monthly means give the realised 58.05 to 30.27 within 1.5 % though not exactly."""
    assert _at_difficulty(price, difficulty_t, fee_percent) == pytest.approx(realised, rel=0.015), month


def test_hashprice_of_months_as_arrays() -> None:
    """C1: seven months in one call give what seven calls give."""
    price, difficulty, fees = (np.array(column, dtype=float) for column in list(zip(*MONTHS, strict=True))[1:4])
    built = network.hashprice_at_difficulty_usd_per_ph_day(
        btc_price_usd=price, difficulty=difficulty * 1e12, subsidy_btc_per_block=3.125, fee_share=fees / 100
    )
    assert built == pytest.approx([_at_difficulty(*row[1:4]) for row in MONTHS], rel=1e-15)


def test_network_hashrate_and_difficulty_build_the_same_hashprice() -> None:
    """I2, I3: at 901.0 EH/s or at the 125.87 T that stand for it, 8 February 2026 is 35.47."""
    by_hashrate = network.hashprice_usd_per_ph_day(
        btc_price_usd=70_717,
        network_eh_s=difficulty_to_eh_s(125.87e12),
        subsidy_btc_per_block=3.125,
        fee_share=0.0042,
    )
    assert by_hashrate == _at_difficulty(70_717, 125.87, 0.42)
    assert by_hashrate == pytest.approx(35.47, abs=0.005)


@pytest.mark.parametrize("hashrate", [0.0, -1.0, float("nan")])
def test_no_network_no_hashprice(hashrate: float) -> None:
    """I3: a network of 0 EH/s, less, or not a number, is refused instead of divided by."""
    with pytest.raises(QuantityError, match="network_eh_s is"):
        network.hashprice_usd_per_ph_day(
            btc_price_usd=70_000, network_eh_s=hashrate, subsidy_btc_per_block=3.125, fee_share=0.0
        )


@pytest.mark.parametrize(("change", "factor"), [(-0.11, 1.1236), (-0.1116, 1.1256)])
def test_i8_a_cut_of_difficulty_raises_hashprice(change: float, factor: float) -> None:
    """I8: 11 % less difficulty makes hashprice 1.1236 times, 11.16 % less 1.1256 times."""
    after = network.hashprice_after_retarget(hashprice_usd_per_ph_day=1.0, difficulty_change=change)
    assert after == pytest.approx(factor, abs=5e-5)


@pytest.mark.parametrize("change", [-1.0, -0.76, 3.1, -11.0])
def test_i8_i9_no_retarget_changes_difficulty_by_more_than_four_times(change: float) -> None:
    """I8, I9: a retarget moves difficulty by -75 % to +300 %; -11 for -11 % is refused."""
    with pytest.raises(QuantityError, match=r"difficulty_change is .*, expected -0\.75 to 3 as a fraction"):
        network.hashprice_after_retarget(hashprice_usd_per_ph_day=32.0, difficulty_change=change)


@pytest.mark.parametrize(("days", "ratio"), [(14, 1), (7, 2), (12.2, 1.1475), (28, 0.5), (3, 4), (0.1, 4), (99, 0.25)])
def test_i9_retarget_ratio_is_clamped(days: float, ratio: float) -> None:
    """I9: 14 days over the time of 2016 blocks, never beyond 1/4 and 4."""
    assert network.retarget_ratio(days) == pytest.approx(ratio, abs=5e-5)


def test_i9_retarget_ratio_of_an_array_and_of_no_time() -> None:
    """I9: 7, 14 and 100 days give 2, 1 and 1/4; zero days are refused."""
    assert network.retarget_ratio(np.array([7.0, 14.0, 100.0])) == pytest.approx([2.0, 1.0, 0.25])
    with pytest.raises(QuantityError, match="actual_days is 0"):
        network.retarget_ratio(0.0)


def test_i10_issuance_per_day() -> None:
    """I10: 144 blocks pay 450 BTC a day since block 840,000 and 900 before."""
    assert network.subsidy_paid_btc(first_height=840_000, blocks=144) == 450.0
    assert network.subsidy_paid_btc(first_height=840_000 - 144, blocks=144) == 900.0


@pytest.mark.parametrize(
    ("height", "btc"),
    [
        (0, 50.0),
        (209_999, 50.0),
        (210_000, 25.0),
        (420_000, 12.5),
        (630_000, 6.25),
        (839_999, 6.25),
        (840_000, 3.125),
        (1_050_000, 1.5625),
        (10 * 210_000, 0.04882812),
        (32 * 210_000, 1e-8),
        (33 * 210_000, 0.0),
    ],
)
def test_c3_subsidy_by_height(height: int, btc: float) -> None:
    """C3: halved every 210,000 blocks, from 50 by way of 12.5, 6.25 and 3.125 to 1.5625; always in whole satoshi."""
    assert network.subsidy_btc(height) == btc


def test_c3_all_subsidies_add_up_to_less_than_21_million() -> None:
    """C3: the subsidies of all halvings are 20,999,999.9769 BTC, the protocol's known supply."""
    subsidies = network.subsidy_btc(np.arange(40, dtype=np.int64) * 210_000)
    assert np.sum(subsidies) * 210_000 == pytest.approx(20_999_999.9769, abs=1e-4)


@pytest.mark.parametrize(
    ("day", "btc"),
    [
        (date(2009, 1, 3), 50.0),
        (date(2012, 11, 27), 50.0),
        (date(2012, 11, 28), 25.0),
        (date(2016, 7, 8), 25.0),
        (date(2016, 7, 9), 12.5),
        (date(2020, 5, 10), 12.5),
        (date(2020, 5, 11), 6.25),
        (date(2024, 4, 19), 6.25),
        (date(2024, 4, 20), 3.125),
        (date(2024, 4, 21), 3.125),
        (date(2026, 11, 23), 3.125),
        (date(2028, 12, 1), 1.5625),
    ],
)
def test_c3_s15_subsidy_by_date(day: date, btc: float) -> None:
    """C3, S15: the days of the halvings of 2012, 2016, 2020 and 2024 pay, by this convention, the lower subsidy."""
    assert network.subsidy_btc_on_date(day) == btc


def test_subsidy_of_many_days_at_once() -> None:
    """S15: 19 and 20 April 2024 as one array pay 6.25 and 3.125."""
    days = np.array(["2024-04-19", "2024-04-20"], dtype="datetime64[D]")
    assert network.subsidy_btc_on_date(days) == pytest.approx([6.25, 3.125])


@pytest.mark.parametrize(("height", "day"), network.KNOWN_BLOCKS)
def test_known_blocks_are_met_exactly(height: int, day: date) -> None:
    """C3: on the days of genesis, the four halvings and the last known retarget height and date are exact."""
    assert network.estimated_height(day) == height
    assert network.estimated_date(height) == day


def test_c3_next_halving_as_a_page_showed_it() -> None:
    """C3: on 12 November 2024, with 179,980 blocks to go, a page showed 15 April 2028; we are within a day."""
    halving = network.next_halving(height=870_020, day=date(2024, 11, 12))
    assert (halving.height, halving.blocks_left) == (1_050_000, 179_980)
    assert (halving.subsidy_btc, halving.next_subsidy_btc) == (3.125, 1.5625)
    assert halving.days_left == pytest.approx(1249.86, abs=0.005)
    assert abs((halving.day - date(2028, 4, 15)).days) <= 1


def test_next_halving_from_the_halving_itself() -> None:
    """C3: block 840,000 is already paid 3.125, so the next halving is 210,000 blocks (1,458.3 days) on."""
    halving = network.next_halving(height=840_000, day=date(2024, 4, 20))
    assert (halving.height, halving.blocks_left, halving.subsidy_btc) == (1_050_000, 210_000, 3.125)
    last_old = network.next_halving(height=839_999, day=date(2024, 4, 20))
    assert (last_old.height, last_old.blocks_left, last_old.next_subsidy_btc) == (840_000, 1, 3.125)


def test_s23_height_of_a_known_retarget() -> None:
    """S23: block 935,424 = 464 x 2016 came on 7 February 2026; the estimate between known blocks is within 20 days."""
    assert 464 * network.BLOCKS_PER_RETARGET == 935_424
    assert abs((network.estimated_date(935_424) - date(2026, 2, 7)).days) <= 20


def test_what_cannot_be_a_height_or_a_day() -> None:
    """C3: there is no block before 3 January 2009, none below 0, and no date for one beyond the calendar."""
    with pytest.raises(QuantityError, match="a day before the first block, which is of 2009-01-03"):
        network.subsidy_btc_on_date(date(2009, 1, 2))
    with pytest.raises(QuantityError, match="block height is -1"):
        network.subsidy_btc(-1)
    with pytest.raises(QuantityError, match="block height is"):
        network.estimated_date(10**9)


def _column(file: str, name: str, month: str) -> dict[str, float]:
    with (NETWORK_FILES / file).open(encoding="utf-8-sig", newline="") as lines:
        return {row["date"][:10]: float(row[name]) for row in csv.DictReader(lines) if row["date"].startswith(month)}


@pytest.mark.skipif(not NETWORK_FILES.is_dir(), reason="no daily network history at ../shared/data/network")
@pytest.mark.parametrize(("month", "mean"), [("2025-01", 58.05), ("2025-02", 54.33), ("2026-02", 32.2)])
def test_s1_s16_s17_monthly_means_of_the_daily_history(month: str, mean: float) -> None:
    """S1, S16, S17: revenue over hashrate, day by day, has the means 58.05, 54.33 and 32.2 within 0.5 %."""
    hashes = _column("network_model_metrics.csv", "Hash Rate (H/s)", month)
    revenue = _column("electricity_cost_scenarios.csv", "Miner Revenue (BTC)", month)
    price = _column("electricity_cost_scenarios.csv", "BTC Price", month)
    days = sorted(hashes)
    daily = network.realised_hashprice_usd_per_ph_day(
        revenue_btc_per_day=np.array([revenue[day] for day in days]),
        btc_price_usd=np.array([price[day] for day in days]),
        network_eh_s=np.array([hashes[day] for day in days]) / 1e18,
    )
    assert len(days) in (28, 31)
    assert float(np.mean(daily)) == pytest.approx(mean, rel=0.005)


@pytest.mark.skipif(not NETWORK_FILES.is_dir(), reason="no daily network history at ../shared/data/network")
def test_s15_the_mixed_day_of_the_daily_history() -> None:
    """S15: 20 April 2024 paid 421.875 BTC of subsidy and 1,260 BTC of fees; the day before paid 6.25 a block."""
    subsidy = _column("electricity_cost_scenarios.csv", "Subsidy (BTC)", "2024-04")
    fees = _column("electricity_cost_scenarios.csv", "Fees (BTC)", "2024-04")
    assert subsidy["2024-04-20"] == 421.875
    assert fees["2024-04-20"] == pytest.approx(1260, abs=1)
    assert subsidy["2024-04-19"] % 6.25 == 0
