"""The network against public facts: identities, published hashprices, halvings, retargets."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from sites.network import (
    BLOCKS_PER_DAY,
    PH_PER_EH,
    difficulty_to_hashrate_eh_s,
    estimated_height,
    fee_share_to_fee_ratio,
    hashprice_after_retarget,
    hashprice_usd_per_ph_day,
    hashrate_eh_s_to_difficulty,
    next_halving,
    retarget_ratio,
    reward_btc_per_day,
    subsidy_at_height,
    subsidy_on,
)

TRILLION = 1e12
NETWORK_FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "network"


def test_hashprice_units() -> None:
    """I1, S1: $54,300 per EH/s per day in February 2025 is $54.3 per PH/s per day."""
    assert 54_300 / PH_PER_EH == 54.3


def test_difficulty_gives_the_hashrate() -> None:
    """I2: difficulty 125.865 T is 901.0 EH/s, and back."""
    assert difficulty_to_hashrate_eh_s(125.865 * TRILLION) == pytest.approx(901.0, abs=0.05)
    assert hashrate_eh_s_to_difficulty(difficulty_to_hashrate_eh_s(7.0)) == pytest.approx(7.0)


def test_fee_share_of_the_reward() -> None:
    """I4: a 4.82 % share of fees in the reward is 5.06 % of the subsidy."""
    assert fee_share_to_fee_ratio(0.0482) == pytest.approx(0.0506, abs=5e-5)


@pytest.mark.parametrize(
    ("day", "price", "difficulty_t", "fee_share", "published", "tolerance"),
    [
        (date(2024, 11, 12), 87_235, 101.65, 0.0482, 55.97, 0.015),
        (date(2025, 11, 22), 84_929, 152.27, 0.0066, 35.06, 0.015),
        (date(2025, 12, 15), 91_000, 152.0, 0.006, 38.2, 0.015),
        (date(2026, 2, 8), 70_717, 125.87, 0.0042, 35.0, 0.015),
    ],
)
def test_published_hashprices_of_days(
    day: date, price: float, difficulty_t: float, fee_share: float, published: float, tolerance: float
) -> None:
    """A4, I3: the formula meets the published hashprice of a day within 1.5 %."""
    built = hashprice_usd_per_ph_day(
        btc_price_usd=price,
        network_eh_s=difficulty_to_hashrate_eh_s(difficulty_t * TRILLION),
        subsidy_btc=subsidy_on(day),
        fee_share=fee_share,
    )
    assert built == pytest.approx(published, rel=tolerance)


def test_published_hashprice_of_a_month() -> None:
    """A4: November 2025, mean difficulty 153.2 T, mean price 96,242, fees 0.68 %: 39.82 within 0.5 %."""
    built = hashprice_usd_per_ph_day(
        btc_price_usd=96_242,
        network_eh_s=difficulty_to_hashrate_eh_s(153.2 * TRILLION),
        subsidy_btc=3.125,
        fee_share=0.0068,
    )
    assert built == pytest.approx(39.82, rel=0.005)


@pytest.mark.parametrize(
    ("month", "price", "difficulty_t", "fee_share", "published"),
    [
        ("2025-01", 99_993, 109.82, 0.0145, 58.05),
        ("2025-02", 95_155, 111.53, 0.0134, 54.35),
        ("2025-09", 113_087, 137.96, 0.0085, 51.97),
        ("2026-01", 90_439, 145.46, 0.0060, 39.35),
        ("2026-02", 68_849, 135.23, 0.0060, 32.13),
        ("2026-06", 62_962, 131.62, 0.0074, 30.27),
    ],
)
def test_monthly_means_of_the_chain(
    month: str, price: float, difficulty_t: float, fee_share: float, published: float
) -> None:
    """C1: monthly means give the realised hashprice within 2 %: a product of means is not the mean of products."""
    built = hashprice_usd_per_ph_day(
        btc_price_usd=price,
        network_eh_s=difficulty_to_hashrate_eh_s(difficulty_t * TRILLION),
        subsidy_btc=subsidy_on(date.fromisoformat(f"{month}-28")),
        fee_share=fee_share,
    )
    assert built == pytest.approx(published, rel=0.02)


def test_february_2025_at_its_mean_price_not_at_a_later_spot() -> None:
    """S2: 450 BTC at the February mean of 95,155 over 810 EH/s are 52.9; at the March spot of 87,300 only 48.5."""
    for price, expected in ((95_155, 52.9), (87_300, 48.5)):
        built = hashprice_usd_per_ph_day(btc_price_usd=price, network_eh_s=810.0, subsidy_btc=3.125)
        assert built == pytest.approx(expected, abs=0.05)


def test_february_2025_difficulty_hashrate() -> None:
    """S3: the difficulty of February 2025 stands for 798 EH/s, 1.5 % below the 810 of the news."""
    hashrate = difficulty_to_hashrate_eh_s(111.53 * TRILLION)
    assert hashrate == pytest.approx(798, abs=0.5)
    assert hashrate == pytest.approx(810, rel=0.016)


@pytest.mark.parametrize(("change", "factor"), [(-0.11, 1.1236), (-0.1116, 1.1256)])
def test_a_cut_of_difficulty_raises_hashprice(change: float, factor: float) -> None:
    """I8: 11 % less difficulty is a hashprice of 1 / 0.89."""
    assert hashprice_after_retarget(1.0, change) == pytest.approx(factor, abs=5e-5)


def test_difficulty_of_february_2026() -> None:
    """S23, S24: 141.67 to 125.87 T is -11.16 %; the next retarget, +14.73 % to 144.40 T, more than undid it."""
    cut, rise = 125.87 / 141.67 - 1.0, 144.40 / 125.87 - 1.0
    assert cut == pytest.approx(-0.1116, abs=2e-4)
    assert rise == pytest.approx(0.1473, abs=2e-4)
    assert hashprice_after_retarget(hashprice_after_retarget(1.0, cut), rise) < 1.0


def test_retarget_is_clamped() -> None:
    """I9: two weeks change nothing, half the time doubles, and a factor of four is the most either way."""
    fortnight = 14 * 86_400.0
    assert retarget_ratio(fortnight) == 1.0
    assert retarget_ratio(fortnight / 2) == 2.0
    assert retarget_ratio(fortnight / 100) == 4.0
    assert retarget_ratio(fortnight * 100) == 0.25


def test_issuance_per_day() -> None:
    """I10: 450 BTC a day since block 840,000, 900 before."""
    assert reward_btc_per_day(subsidy_btc=subsidy_at_height(840_000)) == 450.0
    assert reward_btc_per_day(subsidy_btc=subsidy_at_height(839_999)) == 900.0
    assert BLOCKS_PER_DAY * subsidy_at_height(1_050_000) == 225.0


@pytest.mark.parametrize(
    ("height", "subsidy"),
    [(0, 50.0), (209_999, 50.0), (210_000, 25.0), (420_000, 12.5), (630_000, 6.25), (840_000, 3.125)],
)
def test_subsidy_by_height(height: int, subsidy: float) -> None:
    """C3: halved every 210,000 blocks."""
    assert subsidy_at_height(height) == subsidy


@pytest.mark.parametrize(
    ("day", "subsidy"),
    [
        (date(2016, 7, 8), 25.0),
        (date(2016, 7, 9), 12.5),
        (date(2020, 5, 10), 12.5),
        (date(2020, 5, 11), 6.25),
        (date(2024, 4, 19), 6.25),
        (date(2024, 4, 20), 3.125),  # S15: the mixed day; what is in force at its end
        (date(2026, 11, 23), 3.125),
        (date(2028, 12, 1), 1.5625),
    ],
)
def test_subsidy_by_day(day: date, subsidy: float) -> None:
    """C3, S15: the days of the halvings are known; later ones are estimated."""
    assert subsidy_on(day) == subsidy


def test_mixed_day_of_the_fourth_halving() -> None:
    """S15: the 421.875 BTC of subsidy paid on 20 April 2024 are whole blocks at the new and the old rate."""
    before, after = subsidy_at_height(839_999), subsidy_at_height(840_000)
    pairs = [(old, new) for old in range(160) for new in range(160) if old * before + new * after == 421.875]
    assert (0, 135) in pairs
    assert all(120 <= old + new <= 135 for old, new in pairs if old <= 15)


def test_next_halving_as_a_page_showed_it() -> None:
    """C3: on 12 November 2024, 179,980 blocks before height 1,050,000, the page said 15 April 2028."""
    halving = next_halving(870_020, date(2024, 11, 12))
    assert (halving.height, halving.blocks_left, halving.subsidy_btc) == (1_050_000, 179_980, 1.5625)
    assert abs((halving.day - date(2028, 4, 15)).days) <= 1


def test_height_of_a_known_retarget_is_met_within_three_days() -> None:
    """S23: block 935,424 = 464 * 2016 came on 7 February 2026."""
    assert 464 * 2016 == 935_424
    assert abs(estimated_height(date(2026, 2, 7)) - 935_424) < 3 * BLOCKS_PER_DAY + 144


def test_no_height_before_the_first_block() -> None:
    """There was no network before 3 January 2009."""
    with pytest.raises(ValueError, match="no block before 2009-01-03"):
        estimated_height(date(2008, 12, 31))
    with pytest.raises(ValueError, match="cannot be negative"):
        subsidy_at_height(-1)


@pytest.mark.skipif(not NETWORK_FILES.is_dir(), reason="the daily network history is not beside the checkout")
@pytest.mark.parametrize(("month", "mean"), [("2025-01", 58.05), ("2025-02", 54.33), ("2026-02", 32.2)])
def test_realised_hashprice_of_the_daily_history(month: str, mean: float) -> None:
    """S16, S17: miner revenue over hashrate, day by day, gives the monthly means of the facts within 0.5 %."""

    def column(file: str, name: str) -> dict[str, float]:
        with (NETWORK_FILES / file).open(encoding="utf-8-sig", newline="") as rows:
            return {row["date"][:10]: float(row[name]) for row in csv.DictReader(rows) if row["date"].startswith(month)}

    hashes = column("network_model_metrics.csv", "Hash Rate (H/s)")
    revenue = column("electricity_cost_scenarios.csv", "Miner Revenue (BTC)")
    price = column("electricity_cost_scenarios.csv", "BTC Price")
    daily = [revenue[day] * price[day] / (hashes[day] / 1e15) for day in hashes]
    assert sum(daily) / len(daily) == pytest.approx(mean, rel=0.005)
