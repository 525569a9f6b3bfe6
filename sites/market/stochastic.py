"""Random paths of the network: BTC price, hashrate that answers to profit, fees, and the hashprice that they make.

Every day the price moves by a residual of the past in today's volatility. Capacity grows by what the margin of the
last months suggests. Machines whose power costs more than they earn switch off over some weeks, and come back. Blocks,
halvings and retargets are then played by :mod:`sites.market.fundamental`. A factor of all power prices returns to 1,
moved by its own shocks and by those of the price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from sites.market.calibration import (
    DAYS_PER_MONTH,
    MARGIN_DAYS,
    MOST_FEE_SHARE,
    StochasticModel,
    calibrate,
    logit,
    started_at,
)
from sites.market.daily_record import DailyRecord
from sites.market.errors import MarketError
from sites.market.fundamental import PATHS_AT_ONCE, hashprice_path
from sites.market.interpolation import first_day, month_of_days
from sites.market.network_machines import DAYS_PER_YEAR, log_share_running
from sites.market_record import Market
from sites.months import month_label
from sites.network import BLOCKS_PER_DAY, BLOCKS_PER_HALVING, hashprice_usd_per_ph_day, subsidy_btc
from sites.network_history import NetworkHistory
from sites.units import QuantityError, difficulty_to_eh_s, eh_s_to_difficulty

FloatArray = NDArray[np.float64]

# Machines that lose money are switched off within some weeks, and come back as slowly. [days]
SWITCH_DAYS = 20.0
# Difficulty follows the hashrate within a retarget: what miners see of it while paths are drawn. [days]
DIFFICULTY_DAYS = 10.0
# 20 % a day; the worst day since 2011 lost 40 %, and variance must not run away. [%^2]
MOST_VARIANCE = 400.0
# Nobody knows the network of later years; daily paths of more would take gigabytes too.
MOST_YEARS = 40
# What one EH/s earns with 1 BTC a block and no fees, at 1 USD. [log USD/(PH/s day)]
_REWARD = float(
    np.log(hashprice_usd_per_ph_day(btc_price_usd=1.0, network_eh_s=1.0, subsidy_btc_per_block=1.0, fee_share=0.0))
)


@dataclass(frozen=True, eq=False)
class Paths:
    """Equally likely paths by calendar month; all arrays are paths x months.

    first_month : as numbered by :mod:`sites.months`.
    hashprice : mean of the month. [USD/(PH/s day)]
    price_usd, network_eh_s, difficulty : means of the month.
    power_factor : of all power prices, mean of the month. [-]
    """

    first_month: int
    hashprice: FloatArray
    price_usd: FloatArray
    network_eh_s: FloatArray
    difficulty: FloatArray
    power_factor: FloatArray

    @property
    def months(self) -> tuple[str, ...]:
        """Labels of the months, YYYY-MM."""
        return tuple(month_label(self.first_month + t) for t in range(self.hashprice.shape[1]))


def market_paths(
    market: Market, history: NetworkHistory, *, first_month: int, months: int, paths: int, seed: int
) -> Paths:
    """Random paths of the market of a portfolio's settings; the same seed, the same paths.

    The market is calibrated on what the history knew before the first month. From its last day on the paths run, over
    the months before the first one too, unless the market says where price, hashrate, difficulty, fees or the chain
    stand when the plan starts.

    first_month : as numbered by :mod:`sites.months`.

    Raises
    ------
    MarketError : the history before the first month does not suffice.
    """
    record = DailyRecord.of(history).before(first_day(first_month))
    model = market_model(market, record, first_month=first_month)
    return simulate(model, first_month=first_month, months=months, paths=paths, seed=seed)


def market_model(market: Market, record: DailyRecord, *, first_month: int) -> StochasticModel:
    """The calibrated model of a market, starting where the record ends or at the levels that the market gives.

    Raises
    ------
    MarketError : the record does not suffice.
    """
    model = calibrate(
        record,
        first_year=market.first_year,
        last_year=market.last_year,
        drift_per_year=market.btc_drift,
        response=market.hashrate_response,
    )
    model = replace(
        model,
        power_volatility=market.power_volatility,
        power_reversion=market.power_mean_reversion or 1.0,
        power_correlation=market.power_correlation,
    )
    levels = {
        "price": _log(market.btc_price_usd),
        "network": _log(market.network_eh_s),
        "difficulty": _log(None if market.difficulty is None else float(difficulty_to_eh_s(market.difficulty))),
        "height": None if market.block_height is None else float(market.block_height),
        "fee": None if market.fee_share is None else logit(market.fee_share),
    }
    if all(level is None for level in levels.values()):
        return model
    start = (first_day(first_month) - date(1970, 1, 1)).days - 1
    return _settled(started_at(model, start, **levels))


def simulate(model: StochasticModel, *, first_month: int, months: int, paths: int, seed: int) -> Paths:
    """Random paths from the model's start on, for months that begin after it.

    The first thousand paths of a seed are the same however many are drawn, and so on by the thousand.

    Raises
    ------
    MarketError : the first month begins before the model's start, the last ends 40 years after it, or a path leads
        where no network can be.
    """
    start = date(1970, 1, 1) + timedelta(days=model.state.day + 1)
    if first_day(first_month) < start:
        raise MarketError(f"starts on {start}", f"paths from {start} on, not from {month_label(first_month)}")
    days = (first_day(first_month + months) - start).days
    if days > MOST_YEARS * DAYS_PER_YEAR:
        raise MarketError(f"starts on {start}", f"paths that end within {MOST_YEARS} years of it")
    sizes = [min(PATHS_AT_ONCE, paths - at) for at in range(0, paths, PATHS_AT_ONCE)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    parts = [_simulated(model, start, days, size, part) for size, part in zip(sizes, seeds, strict=True)]
    arrays = [np.ascontiguousarray(np.concatenate(kind)[:, -months:]) for kind in zip(*parts, strict=True)]
    return Paths(first_month, *arrays)


def _simulated(
    model: StochasticModel, start: date, days: int, paths: int, seed: np.random.SeedSequence
) -> tuple[FloatArray, ...]:
    """Hashprice, price, hashrate, difficulty and power factor by month, of a few paths."""
    rng = np.random.default_rng(seed)
    drawn = model.residuals[rng.integers(0, model.residuals.size, size=(days, paths))]
    months = month_of_days(start, days)
    fee_share = _fee_paths(model, rng, months, paths)
    price, network = _daily(model, rng, drawn, fee_share)
    factor = _power_factor(model, rng, drawn)
    try:
        played = hashprice_path(
            np.exp(price).T,
            np.exp(network).T,
            fee_share.T,
            start_day=start,
            start_height=model.state.height,
            start_difficulty=float(eh_s_to_difficulty(np.exp(model.state.difficulty))),
        )
    except QuantityError as error:
        raise MarketError(
            f"leads to a hashprice that cannot be ({error})", "a calmer history, or fewer years"
        ) from None
    starts = np.flatnonzero(np.diff(months, prepend=-1))
    counts = np.diff(starts, append=days)[:, None]
    by_month = [(np.add.reduceat(each, starts) / counts).T for each in (np.exp(price), np.exp(network), factor)]
    return played.usd_per_ph_day, by_month[0], by_month[1], played.difficulty, by_month[2]


def _daily(
    model: StochasticModel, rng: np.random.Generator, drawn: FloatArray, fee_share: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Logarithms of price and hashrate; days x paths."""
    days, paths = drawn.shape
    state = model.state
    trend = model.drift + model.drift_deviation * rng.standard_normal(paths)
    fades = 0.5 ** (np.arange(days) / model.drift_half_life)
    base = (model.growth + model.growth_deviation * rng.standard_normal(paths)) / DAYS_PER_MONTH
    per_margin = model.growth_per_margin / DAYS_PER_MONTH
    noise = rng.standard_normal((days, paths)) * (model.growth_noise / np.sqrt(DAYS_PER_MONTH))
    variance = np.full(paths, state.variance)
    variance = model.omega + model.alpha * state.last_return**2 + model.beta * variance
    log_price, log_network = np.empty((days, paths)), np.empty((days, paths))
    price, difficulty = np.full(paths, state.price), np.full(paths, state.difficulty)
    running, margin = np.full(paths, state.running), np.full(paths, state.margin)
    capacity, network = np.full(paths, state.network - state.running), np.full(paths, state.network)
    height = np.full(paths, state.height)
    next_halving = (int(state.height) // BLOCKS_PER_HALVING + 1) * BLOCKS_PER_HALVING
    subsidies = np.log(subsidy_btc(next_halving - 1 + _eras(days) * BLOCKS_PER_HALVING))
    paid = _REWARD - np.log1p(-fee_share)
    for day in range(days):
        moved = np.sqrt(variance) * drawn[day]
        np.minimum(model.omega + model.alpha * moved**2 + model.beta * variance, MOST_VARIANCE, out=variance)
        price += (model.clustering * moved + trend * fades[day]) / 100.0
        era = np.clip((height - next_halving) // BLOCKS_PER_HALVING + 1.0, 0.0, subsidies.size - 1.0).astype(np.int64)
        now = price + paid[day] + subsidies[era] - difficulty - (state.break_even + model.break_even_trend * (day + 1))
        margin += (now - margin) / MARGIN_DAYS
        capacity += base + per_margin * margin + noise[day]
        if model.response:
            running += (log_share_running(now) - running) / SWITCH_DAYS
        height += BLOCKS_PER_DAY * np.exp(network - difficulty)
        network = capacity + running
        difficulty += (network - difficulty) / DIFFICULTY_DAYS
        log_price[day], log_network[day] = price, network
    return log_price, log_network


def _fee_paths(model: StochasticModel, rng: np.random.Generator, months: NDArray[np.int64], paths: int) -> FloatArray:
    """Share of fees in the reward; days x paths. Each month has one, the mean of its days."""
    places = months - months[0]
    logits = np.empty((int(places[-1]) + 1, paths))
    apart = np.full(paths, model.state.fee - model.fee_mean)
    for month in logits:
        apart = model.fee_persistence * apart + model.fee_noise * rng.standard_normal(paths)
        month[:] = model.fee_mean + apart
    return np.asarray(np.minimum(1.0 / (1.0 + np.exp(-logits)), MOST_FEE_SHARE)[places])


def _power_factor(model: StochasticModel, rng: np.random.Generator, drawn: FloatArray) -> FloatArray:
    """Factor of power prices by day, 1 at the start and in the mean; days x paths."""
    days, paths = drawn.shape
    if not model.power_volatility:
        return np.ones((days, paths))
    share = model.power_correlation
    shocks = share * drawn + np.sqrt(1.0 - share**2) * rng.standard_normal((days, paths))
    keeps = np.exp(-model.power_reversion / DAYS_PER_YEAR)
    settled = model.power_volatility**2 / (2.0 * model.power_reversion)
    step = np.sqrt(settled * (1.0 - keeps**2))
    log_factor, now = np.empty((days, paths)), np.zeros(paths)
    for day in range(days):
        now = np.asarray(keeps * now + step * shocks[day])
        log_factor[day] = now - settled * (1.0 - keeps ** (2 * (day + 1))) / 2.0
    return np.exp(log_factor)


def _settled(model: StochasticModel) -> StochasticModel:
    """With machines on, and builders' margin, as the start's own levels suggest."""
    state = model.state
    subsidy = float(subsidy_btc(int(state.height)))
    earned = state.price + _REWARD + np.log(subsidy) + np.logaddexp(0.0, state.fee) - state.difficulty
    margin = float(earned - state.break_even)
    running = float(log_share_running(np.array(margin))) if model.response else 0.0
    return replace(model, state=replace(state, margin=margin, running=running))


def _eras(days: int) -> NDArray[np.int64]:
    """Numbers of the subsidies that a chain may see which runs up to twice as fast as it should."""
    return np.arange(2 + int(2.0 * BLOCKS_PER_DAY * days / BLOCKS_PER_HALVING))


def _log(level: float | None) -> float | None:
    return None if level is None else float(np.log(level))
