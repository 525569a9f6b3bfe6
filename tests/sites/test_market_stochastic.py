"""The stochastic market: what it is calibrated to, what its paths do, and that nothing later is looked at."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import import_module

import numpy as np
import pytest

from sites.market.calibration import StochasticModel, calibrate
from sites.market.daily_record import DailyRecord
from sites.market.errors import MarketError
from sites.market.network_machines import J_PER_TH, known_points, log_break_even, log_share_running, machine_classes
from sites.market.paths import libraries_needed
from sites.market.stochastic import market_model, market_paths, simulate
from sites.market_record import Market
from sites.months import month_number
from sites.network_history import NetworkHistory
from tests.sites.market_history import made_history

STOCHASTIC = Market(model="stochastic", history=("made.csv",))
FIRST = month_number("2026-02")


@cache
def record() -> DailyRecord:
    """Of the made history, which ends on 25 January 2026."""
    return DailyRecord.of(made_history())


@cache
def model() -> StochasticModel:
    """Calibrated on it."""
    return calibrate(record())


def test_the_record_counts_blocks_from_halvings() -> None:
    """144 blocks a day from the known block of 20 April 2024 on, half of them before noon."""
    at = int(np.searchsorted(record().days, (date(2024, 4, 20) - date(1970, 1, 1)).days))
    assert record().height[at] == pytest.approx(840_000 + 72)
    assert record().height[at + 10] == pytest.approx(840_000 + 72 + 1_440)
    assert record().last_day == date(2026, 1, 25)
    assert record().fee_share[-1] == pytest.approx(0.02 / 1.02)
    assert np.exp(record().difficulty[-1]) == pytest.approx(150.0 * np.exp(0.001 * 1699))


def test_a_record_without_difficulty_finds_it_in_the_blocks() -> None:
    """Hashrate is estimated from blocks: twice as many at one difficulty read as twice the hashrate."""
    frame = made_history(400).frame.drop(columns="difficulty").assign(difficulty=np.nan)
    lucky = np.where(np.arange(400) % 2, 1.2, 0.8)
    frame["network_eh_s"] = 500.0 * lucky
    for column in ("subsidy_btc", "fees_btc"):
        frame[column] *= lucky
    found = DailyRecord.of(NetworkHistory(frame))
    assert np.exp(found.difficulty[7:]) == pytest.approx(500.0)


def test_nothing_later_is_looked_at() -> None:
    """The first days of a record are the record of the first days, and so is what is calibrated on them."""
    poisoned = made_history().frame.copy()
    poisoned.iloc[1200:] *= np.array([50.0, 0.01, 0.01, 3.0, 0.0])
    first = DailyRecord.of(made_history()).first(1200)
    other = DailyRecord.of(NetworkHistory(poisoned)).first(1200)
    for name in ("price", "network", "difficulty", "hashprice", "paid", "height", "fee_share"):
        np.testing.assert_array_equal(getattr(first, name), getattr(other, name), err_msg=name)
    assert calibrate(first).state == calibrate(other).state
    assert calibrate(first).parameters == calibrate(other).parameters
    days, logs = known_points()
    early, _ = log_break_even(np.array([days[20]]), days[20] + 1.0)
    late, _ = log_break_even(np.array([days[20]]), days[-1])
    assert early == late
    assert len(logs) == len(J_PER_TH)


def test_calibration_finds_what_the_history_was_made_with() -> None:
    """3 % a day of volatility, no drift to speak of, 3 % a month of growth, fees of 1.96 % of the reward."""
    found = model().parameters
    assert found["volatility_per_year"] == pytest.approx(0.03 * np.sqrt(365.2425), rel=0.1)
    assert abs(found["drift_per_year"]) < 0.25
    assert found["fee_share_mean"] == pytest.approx(0.02 / 1.02, rel=1e-6)
    assert model().fee_noise == pytest.approx(0.0, abs=1e-9)
    steady = calibrate(DailyRecord.of(made_history(volatility=1e-4, growth=0.001)), response=False)
    drawn = simulate(steady, first_month=FIRST, months=12, paths=200, seed=1)
    grown = np.log(np.median(drawn.network_eh_s[:, 11] / drawn.network_eh_s[:, 0]))
    assert grown == pytest.approx(0.001 * 334, abs=0.06)


def test_a_seed_gives_the_same_paths_however_many_are_drawn() -> None:
    """To the bit; another seed gives others. By the thousand the first ones stay the same."""
    one = simulate(model(), first_month=FIRST, months=3, paths=1_000, seed=7)
    again = simulate(model(), first_month=FIRST, months=3, paths=1_500, seed=7)
    other = simulate(model(), first_month=FIRST, months=3, paths=1_000, seed=8)
    np.testing.assert_array_equal(one.hashprice, again.hashprice[:1_000])
    assert not np.allclose(one.hashprice, other.hashprice)
    assert one.months == ("2026-02", "2026-03", "2026-04")
    assert one.power_factor.tolist() == np.ones((1_000, 3)).tolist()


def test_paths_start_where_the_record_ends() -> None:
    """The first month's hashprice lies around that of the last week."""
    drawn = simulate(model(), first_month=FIRST, months=1, paths=2_000, seed=1)
    assert np.median(drawn.hashprice) == pytest.approx(float(np.exp(record().hashprice[-1])), rel=0.08)
    with pytest.raises(MarketError, match=r"starts on 2026-01-26: expected paths from 2026-01-26 on, not from 2026-01"):
        simulate(model(), first_month=FIRST - 1, months=1, paths=10, seed=1)


def test_paths_that_lead_nowhere_are_refused() -> None:
    """Centuries ahead, and a price that doubles every day."""
    with pytest.raises(MarketError, match="expected paths that end within 40 years of it"):
        simulate(model(), first_month=month_number("2066-01"), months=2, paths=2, seed=1)
    mad = replace(model(), residuals=np.ones(1), omega=1e4, drift=70.0, drift_half_life=np.inf)
    with pytest.raises(MarketError, match="leads to a hashprice that cannot be"):
        simulate(mad, first_month=FIRST, months=12, paths=2, seed=1)


def test_the_halving_halves() -> None:
    """In spring 2028 hashprice falls by nearly half within two months, and machines switch off."""
    calm = replace(model(), residuals=np.zeros(1), growth=0.0, growth_noise=0.0, growth_deviation=0.0)
    calm = replace(calm, drift=0.0, drift_deviation=0.0)
    drawn = simulate(calm, first_month=month_number("2028-01"), months=8, paths=1, seed=1)
    network, hashprice = drawn.network_eh_s[0], drawn.hashprice[0]
    assert 0.45 < hashprice[5] / hashprice[1] < 0.75
    assert network[6] < 0.9 * network[1]
    without = simulate(replace(calm, response=False), first_month=month_number("2028-01"), months=8, paths=1, seed=1)
    assert without.network_eh_s[0, 6] > 0.95 * without.network_eh_s[0, 1]


def test_machines_switch_off_below_their_break_even_and_come_back() -> None:
    """The share that runs rises with the margin from none to all, by class from the thriftiest on."""
    share = np.exp(log_share_running(np.array([-5.0, -0.35, 0.0, 3.0])))
    assert share[0] < 1e-9
    assert share[1] == pytest.approx(0.5)
    assert (np.diff(share) > 0.0).all()
    assert share[3] == pytest.approx(1.0, abs=1e-9)
    classes = machine_classes(float(np.log(38.0)), 32.0)
    assert classes["network_share"].sum() == pytest.approx(1.0)
    running = float(classes["network_share"] @ classes["running_share"])
    assert running == pytest.approx(float(np.exp(log_share_running(np.array(np.log(32.0 / 38.0))))))
    assert (np.diff(classes["running_share"]) <= 1e-12).all()
    # 26.7 J/TH break even at 32 USD: 0.024 MWh per J/TH and day at 50 USD/MWh are 1.2 USD per J/TH.
    assert classes["running_share"].iloc[2] == pytest.approx(1.0)
    assert 0.0 < classes["running_share"].iloc[3] < 1.0


def test_levels_of_the_market_take_the_place_of_the_record() -> None:
    """Price, hashrate and fees as given when the plan starts; the difficulty in balance with the hashrate."""
    given = STOCHASTIC.model_copy(update={"btc_price_usd": 95_000.0, "network_eh_s": 900.0, "fee_share": 0.01})
    state = market_model(given, record(), first_month=month_number("2027-01")).state
    assert (np.exp(state.price), np.exp(state.network)) == pytest.approx((95_000.0, 900.0))
    assert state.difficulty == state.network
    assert state.day == (date(2026, 12, 31) - date(1970, 1, 1)).days
    assert state.height == pytest.approx(record().height[-1] + 144 * 340)
    drawn = market_paths(given, made_history(), first_month=month_number("2027-01"), months=2, paths=500, seed=1)
    # 144 blocks of 3.125 BTC and 1 % fees: 47.98 USD/PH/s/day at these levels.
    assert np.median(drawn.hashprice[:, 0]) == pytest.approx(144 * 3.125 / 0.99 * 95_000 / 900e3, rel=0.05)


def test_a_drift_that_is_given_is_certain_and_lasts() -> None:
    """20 % a year on the median, without a random part of its own."""
    given = market_model(STOCHASTIC.model_copy(update={"btc_drift": 0.2}), record(), first_month=FIRST)
    assert given.parameters["drift_per_year"] == pytest.approx(0.2)
    assert given.drift_deviation == 0.0
    quiet = replace(given, residuals=np.zeros(1))
    drawn = simulate(quiet, first_month=FIRST, months=60, paths=1, seed=1)
    assert np.log(drawn.price_usd[0, 48] / drawn.price_usd[0, 0]) == pytest.approx(0.2 * 4, abs=0.005)


def test_years_to_calibrate_on() -> None:
    """Only these years count for the parameters; the start stays the record's end."""
    frame = made_history(1700).frame.copy()
    wild = frame.index.year < 2023
    rng = np.random.default_rng(3)
    frame.loc[wild, "price_usd"] *= np.exp(0.5 * rng.standard_normal(int(wild.sum())))
    found = DailyRecord.of(NetworkHistory(frame))
    later = market_model(STOCHASTIC.model_copy(update={"first_year": 2023}), found, first_month=FIRST)
    assert later.parameters["volatility_per_year"] < 0.7 < calibrate(found).parameters["volatility_per_year"]
    assert later.state.price == calibrate(found).state.price
    with pytest.raises(MarketError, match="has 25 days of price and hashrate to calibrate on: expected at least 730"):
        market_model(STOCHASTIC.model_copy(update={"first_year": 2026}), found, first_month=FIRST)


def test_a_chart_of_every_fourth_day_is_as_volatile_as_one_of_all() -> None:
    """Between its points prices run straight; a month moves as much as it does with every day known."""
    frame = made_history(1700).frame.copy()
    thin = frame.copy()
    thin.loc[np.arange(1700) % 4 != 1699 % 4, "price_usd"] = np.nan
    thin["price_usd"] = np.exp(np.log(thin["price_usd"]).interpolate(limit_direction="both"))
    widths = []
    for history in (NetworkHistory(frame), NetworkHistory(thin)):
        drawn = simulate(calibrate(DailyRecord.of(history)), first_month=FIRST, months=4, paths=2_000, seed=1)
        widths.append(np.log(drawn.price_usd[:, 3] / drawn.price_usd[:, 0]).std())
    assert widths[1] == pytest.approx(widths[0], rel=0.15)


def test_the_power_factor_has_its_own_volatility() -> None:
    """Mean 1; of 40 % a year and a speed of 4 a year it settles at a deviation of 14 %, and goes with the price."""
    power = {"power_volatility": 0.4, "power_mean_reversion": 4.0, "power_correlation": 0.6}
    found = market_model(STOCHASTIC.model_copy(update=power), record(), first_month=FIRST)
    drawn = simulate(found, first_month=FIRST, months=18, paths=4_000, seed=2)
    assert drawn.power_factor.mean(axis=0) == pytest.approx(np.ones(18), abs=0.01)
    assert np.log(drawn.power_factor[:, 17]).std() == pytest.approx(0.4 / np.sqrt(8.0), rel=0.1)
    changes = np.log(drawn.power_factor[:, 1] / drawn.power_factor[:, 0])
    price = np.log(drawn.price_usd[:, 1] / drawn.price_usd[:, 0])
    assert 0.4 < np.corrcoef(changes, price)[0, 1] < 0.7


def test_histories_of_odd_shapes() -> None:
    """Without fees, with days unknown, and with no day known at all."""
    frame = made_history(900).frame
    bare = DailyRecord.of(NetworkHistory(frame.assign(fees_btc=np.nan)))
    assert bare.fee_share.tolist() == [0.0] * 900
    holes = frame.copy()
    holes.iloc[100:120] = np.nan
    found = DailyRecord.of(NetworkHistory(holes))
    assert np.isnan(found.paid[110])
    assert np.isfinite(calibrate(found).state.price)
    with pytest.raises(MarketError, match="has a history without price and hashrate on one day"):
        DailyRecord.of(NetworkHistory(frame.assign(price_usd=np.nan)))


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries are an extra: without them the message says what to install."""
    monkeypatch.setitem(sys.modules, "arch", None)
    monkeypatch.delitem(sys.modules, "sites.market.calibration")
    with (
        pytest.raises(MarketError, match=r"not installed \(arch\): .*'forecast'; pip install wattsplit\[forecast\]"),
        libraries_needed(),
    ):
        import_module("sites.market.calibration")


def test_a_price_that_never_moves_is_refused() -> None:
    """There is no volatility to calibrate."""
    frame = made_history(900).frame.assign(price_usd=50_000.0)
    with pytest.raises(MarketError, match="has a price that never moves: expected daily prices of one BTC"):
        calibrate(DailyRecord.of(NetworkHistory(frame)))
