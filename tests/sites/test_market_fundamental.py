"""Hashprice that follows from blocks: against a chain played block by block, closed forms, and the public record."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from network_files import SHARED_NETWORK, needs_real_network
from numpy.typing import NDArray

from sites.market import fundamental
from sites.market.assumed import assumed_hashprice
from sites.market.errors import MarketError
from sites.market.fundamental import hashprice_of_month_ends, hashprice_path
from sites.market.interpolation import daily_between_ends, daily_between_middles, month_lengths
from sites.market_record import Market, MarketPoint
from sites.months import month_number
from sites.network import hashprice_usd_per_ph_day
from sites.network_history import read_network_history
from sites.units import QuantityError, difficulty_to_eh_s, eh_s_to_difficulty

START = date(2027, 1, 1)
JANUARY = month_number("2027-01")
DIFFICULTY = 130e12
BALANCED = float(difficulty_to_eh_s(DIFFICULTY))
PRICE = 90_000.0
FEES = 0.02
HASHES = 2.0**32
# The last block of a day is cut where the day ends, in both; only rounding is left.
EXACT = 1e-9


def played(
    price: NDArray[np.float64], network: NDArray[np.float64], height: int, difficulty: float, fees: float = FEES
) -> tuple[list[float], float, float]:
    """One path block by block: pay of one PH/s on each day [USD], and the last height and difficulty.

    Written from the protocol's rules alone: a block needs difficulty x 2^32 hashes on average, 2016 blocks make a
    period that should last 14 days, the subsidy halves every 210,000 blocks.
    """
    pace = 86_400 * network[0] * 1e18 / (difficulty * HASHES)
    elapsed = (height % 2016) / pace
    share_done = 0.0
    paid = []
    for price_today, network_today in zip(price, network, strict=True):
        clock, usd = 0.0, 0.0
        while clock < 1.0:
            pace = 86_400 * network_today * 1e18 / (difficulty * HASHES)
            spent = min((1.0 - share_done) / pace, 1.0 - clock)
            reward = 50.0 / 2 ** (height // 210_000) / (1.0 - fees)
            usd += spent * 86_400 * 1e15 / (difficulty * HASHES) * reward * price_today
            share_done += spent * pace
            clock, elapsed = clock + spent, elapsed + spent
            if share_done > 1.0 - 1e-9:
                height, share_done = height + 1, 0.0
                if height % 2016 == 0:
                    difficulty *= min(max(14.0 / elapsed, 0.25), 4.0)
                    elapsed = 0.0
            if 1.0 - clock < 1e-12:
                break
        paid.append(usd)
    return paid, height + share_done, difficulty


@pytest.mark.parametrize("height", [1_049_000, 1_048_320, 1_047_500])
def test_against_a_chain_played_block_by_block(height: int) -> None:
    """Rising, falling and jumping hashrate across retargets and the halving of block 1,050,000."""
    days = 59
    price = PRICE * 1.003 ** np.arange(days)
    network = BALANCED * np.where(np.arange(days) < 20, 1.4, 0.55) * 1.002 ** np.arange(days)
    made = hashprice_path(price, network, FEES, start_day=START, start_height=height, start_difficulty=DIFFICULTY)
    paid, last_height, _ = played(price, network, height, DIFFICULTY)
    by_month = [np.mean(paid[:31]), np.mean(paid[31:])]
    assert made.first_month == JANUARY
    assert made.usd_per_ph_day[0] == pytest.approx(by_month, rel=1e-6)
    assert made.last_height[0] == pytest.approx(last_height, abs=1e-3)


def test_in_balance_nothing_moves() -> None:
    """At the hashrate of the difficulty, 144 blocks a day are found and hashprice is what they pay."""
    days = np.full(365, PRICE)
    made = hashprice_path(
        days, np.full(365, BALANCED), FEES, start_day=START, start_height=1e6, start_difficulty=130e12
    )
    expected = hashprice_usd_per_ph_day(
        btc_price_usd=PRICE, network_eh_s=BALANCED, subsidy_btc_per_block=3.125, fee_share=FEES
    )
    assert made.usd_per_ph_day[0, :11] == pytest.approx(expected, rel=EXACT)
    assert made.difficulty[0] == pytest.approx(DIFFICULTY, rel=EXACT)
    assert made.last_height[0] == pytest.approx(1e6 + 144 * 365)


def test_hashprice_follows_difficulty_and_lags_hashrate() -> None:
    """Half the miners gone pays nobody more until the retarget, 28 days later; then it pays double."""
    network = np.full(90, BALANCED / 2)
    made = hashprice_path(
        np.full(90, PRICE), network, 0.0, start_day=START, start_height=2016 * 480, start_difficulty=DIFFICULTY
    )
    full = PRICE * 3.125 * 144 / (BALANCED * 1e3)
    january = (28 * full + 3 * 2 * full) / 31
    assert made.usd_per_ph_day[0] == pytest.approx([january, 2 * full, 2 * full], rel=EXACT)


@pytest.mark.parametrize(("times", "ratio"), [(10.0, 4.0), (0.1, 0.25)])
def test_a_retarget_is_clamped(times: float, ratio: float) -> None:
    """Ten times the hashrate raises the difficulty four times at first; a tenth of it cuts it to a quarter at most."""
    first = 14.0 / times
    days = int(first) + 1
    made = hashprice_path(
        np.full(days, PRICE),
        np.full(days, BALANCED * times),
        0.0,
        start_day=START,
        start_height=2016 * 480,
        start_difficulty=DIFFICULTY,
    )
    blocks = 2016 + (days - first) * 144 * times / ratio
    assert made.last_height[0] - 2016 * 480 == pytest.approx(blocks)


def test_a_growing_network_halves_early() -> None:
    """At 50 % growth a year blocks run ahead of the calendar: the halving of 3 April 2028 comes in March."""
    days = 480
    network = BALANCED * 1.5 ** (np.arange(days) / 365)
    prices = np.full(days, PRICE)
    on_time, early = (
        hashprice_path(prices, path, 0.0, start_day=START, start_height=984_000, start_difficulty=DIFFICULTY)
        for path in (np.full(days, BALANCED), network)
    )
    assert early.last_height[0] > on_time.last_height[0] + 1_000
    assert on_time.usd_per_ph_day[0, 14] == pytest.approx(on_time.usd_per_ph_day[0, 0], rel=EXACT)
    subsidy = early.usd_per_ph_day[0] * early.difficulty[0] / (on_time.usd_per_ph_day[0, 0] * DIFFICULTY)
    assert subsidy[13] == pytest.approx(1.0, abs=0.002)
    assert subsidy[14] < 0.95


def random_paths(paths: int, days: int) -> dict[str, Any]:
    """Random walks of price, hashrate and fees."""
    random = np.random.default_rng(7)
    walk = lambda sd: np.exp(np.cumsum(random.normal(0.0, sd, (paths, days)), axis=1))  # noqa: E731
    return {
        "price_usd": PRICE * walk(0.03),
        "network_eh_s": BALANCED * walk(0.02),
        "fee_share": random.uniform(0.0, 0.2, (paths, days)),
    }


def test_many_paths_are_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side, in pieces or alone: the same to the bit."""
    start: dict[str, Any] = {"start_day": date(2028, 2, 10), "start_height": 1_045_000.0}
    given, difficulty = random_paths(7, 120), DIFFICULTY * np.linspace(0.8, 1.2, 7)
    together = hashprice_path(**given, **start, start_difficulty=difficulty)
    monkeypatch.setattr(fundamental, "PATHS_AT_ONCE", 3)
    pieces = hashprice_path(**given, **start, start_difficulty=difficulty)
    for path in range(7):
        one = {name: values[path : path + 1] for name, values in given.items()}
        alone = hashprice_path(**one, **start, start_difficulty=difficulty[path])
        for made in (together, pieces):
            assert made.usd_per_ph_day[path].tolist() == alone.usd_per_ph_day[0].tolist()
            assert made.last_height[path] == alone.last_height[0]
    assert together.usd_per_ph_day.shape == (7, 5)  # 20 days of February, then March, April, May and a few of June


def test_months_in_part_are_means_of_their_days() -> None:
    """From the 10th of a month on, the first month is the mean of the days that there are."""
    price = np.concatenate([np.full(20, 50_000.0), np.full(31, 100_000.0)])
    made = hashprice_path(
        price, np.full(51, BALANCED), 0.0, start_day=date(2028, 2, 10), start_height=1e6, start_difficulty=DIFFICULTY
    )
    assert made.usd_per_ph_day[0, 1] / made.usd_per_ph_day[0, 0] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"price_usd": np.zeros(3)}, "price_usd is 0"),
        ({"network_eh_s": np.array([1.0, np.nan, 1.0])}, "network_eh_s is nan"),
        ({"fee_share": 1.0}, "fee_share is 1"),
        ({"start_difficulty": -1.0}, "start_difficulty is -1"),
        ({"network_eh_s": np.ones(4)}, r"price has paths x days \(1, 3\) and hashrate \(1, 4\), expected the same"),
        ({"start_height": 7e6}, "blocks without a subsidy"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    """A price of nothing, an unknown hashrate, fees without a subsidy."""
    given: dict[str, Any] = {
        "price_usd": np.full(3, PRICE),
        "network_eh_s": np.full(3, BALANCED),
        "fee_share": FEES,
        "start_day": START,
        "start_height": 1e6,
        "start_difficulty": DIFFICULTY,
    }
    with pytest.raises(QuantityError, match=words):
        hashprice_path(**{**given, **change})


def test_lines_between_month_ends() -> None:
    """A daily path begins at its start and is at each month's end where it was said to be, straight in logarithms."""
    ends = np.array([[200.0, 100.0]])
    daily = daily_between_ends(np.array([100.0]), ends, JANUARY)
    assert daily.shape == (1, 59)
    assert daily[0, [0, 15, 30]] == pytest.approx([100 * 2 ** (0.5 / 31), 100 * 2**0.5, 100 * 2 ** (30.5 / 31)])
    assert daily[0, 45] == pytest.approx(200 * 2 ** -(14.5 / 28))


def test_lines_between_middles_of_months() -> None:
    """A daily path passes its values in the middle of their months, and is flat outside."""
    daily = daily_between_middles(np.array([[100.0, 400.0, 400.0]]), JANUARY)
    assert daily.shape == (1, 90)
    assert daily[0, [0, 15]] == pytest.approx(100.0)
    assert daily[0, 30] == pytest.approx(100 * 4 ** (15 / 29.5))
    assert daily[0, 60:] == pytest.approx(400.0)
    assert daily_between_middles(np.array([[5.0]]), JANUARY).tolist() == [[5.0] * 31]
    assert month_lengths(month_number("2028-01"), 2).tolist() == [31, 29]


def test_month_ends_are_daily_lines() -> None:
    """Paths known at the ends of months give what their daily lines give."""
    random = np.random.default_rng(3)
    price, network = PRICE * random.uniform(0.5, 2, (4, 6)), BALANCED * random.uniform(0.5, 2, (4, 6))
    fees = random.uniform(0, 0.1, (4, 6))
    made = hashprice_of_month_ends(
        start_price_usd=PRICE, price_usd=price, start_network_eh_s=BALANCED, network_eh_s=network, fee_share=fees,
        first_month=JANUARY, start_height=982_000.0, start_difficulty=DIFFICULTY,
    )  # fmt: skip
    lengths = month_lengths(JANUARY, 6)
    daily = hashprice_path(
        daily_between_ends(np.full(4, PRICE), price, JANUARY),
        daily_between_ends(np.full(4, BALANCED), network, JANUARY),
        np.repeat(fees, lengths, axis=1), start_day=START, start_height=982_000.0, start_difficulty=DIFFICULTY,
    )  # fmt: skip
    assert made.usd_per_ph_day.tolist() == daily.usd_per_ph_day.tolist()
    assert made.difficulty.shape == (4, 6)


def test_the_settings_may_say_where_the_chain_stands() -> None:
    """A difficulty out of balance and a height close to the halving count from the first day on."""
    market = Market(model="fundamental", btc_price_usd=PRICE, network_eh_s=BALANCED, fee_share=FEES)
    calm = assumed_hashprice(market, JANUARY, 3)
    tight = assumed_hashprice(market.model_copy(update={"difficulty": 2 * DIFFICULTY}), JANUARY, 3)
    late = assumed_hashprice(market.model_copy(update={"block_height": 1_050_000}), JANUARY, 3)
    assert tight.usd_per_ph_day[0, 0] < 0.75 * calm.usd_per_ph_day[0, 0]
    assert late.usd_per_ph_day[0] == pytest.approx(calm.usd_per_ph_day[0] / 2)
    assert calm.difficulty[0] == pytest.approx(float(eh_s_to_difficulty(BALANCED)))


def test_fees_by_month_run_straight_between_their_points() -> None:
    """Half way between two shares of fees lies their mean."""
    points = (MarketPoint(month="2027-01", value=0.0), MarketPoint(month="2027-03", value=0.5))
    market = Market(model="fundamental", btc_price_usd=PRICE, network_eh_s=BALANCED, fee_share_by_month=points)
    made = assumed_hashprice(market, JANUARY, 4).usd_per_ph_day[0]
    assert made / made[0] == pytest.approx([1.0, 4 / 3, 2.0, 2.0])


def test_a_market_without_a_price_is_refused() -> None:
    """What is missing is named."""
    with pytest.raises(MarketError, match="has no btc_price_usd: expected btc_price_usd or btc_price_usd_by_month"):
        assumed_hashprice(Market(model="fundamental", network_eh_s=1.0, fee_share=0.0), JANUARY, 1)


@needs_real_network
def test_the_public_record_is_followed_for_a_year() -> None:
    """With price, hashrate and fees as they were from the retarget of 12 January 2025 on, hashprice is as it was."""
    files = [SHARED_NETWORK / name for name in ("network_model_metrics.csv", "electricity_cost_scenarios.csv")]
    history = read_network_history(files)
    frame = history.frame.loc["2025-01-12":"2026-02-28"]
    fees = frame["fees_btc"] / (frame["fees_btc"] + frame["subsidy_btc"])
    made = hashprice_path(
        frame["price_usd"].to_numpy(), frame["network_eh_s"].to_numpy(), fees.to_numpy(),
        start_day=date(2025, 1, 12), start_height=436 * 2016, start_difficulty=110.45e12,
    )  # fmt: skip
    lived = history.monthly()["usd_per_ph_day"].loc["2025-02":"2026-02"].to_numpy()
    assert made.usd_per_ph_day[0, 1:] == pytest.approx(lived, rel=0.015)
    # The hashrate of this source is some 0.6 % below what its blocks and the difficulty say.
    blocks = frame["subsidy_btc"].sum() / 3.125
    assert made.last_height[0] - 436 * 2016 == pytest.approx(blocks, rel=0.01)
