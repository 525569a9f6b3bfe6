"""Forecasts as they would have been made at the end of every month of a history, against what came.

At each origin the stochastic market is calibrated on the record up to that day and nothing later; its paths forecast
the mean hashprice of the months 1, 3, 6 and 12 ahead. Two simple forecasts stand beside it: a random walk with drift,
and persistence with historical volatility. Bands are scored by how often they hold what came, and forecasts by the
continuous ranked probability score (CRPS, library scoringrules), which rewards being near and being sure when right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scoringrules
from numpy.typing import NDArray
from scipy.stats import norm

from sites.market.calibration import calibrate
from sites.market.daily_record import DailyRecord
from sites.market.errors import MarketError
from sites.market.fan import QUANTILE_COLUMNS, QUANTILES
from sites.market.stochastic import simulate
from sites.months import days_in_month, month_label
from sites.network_history import NetworkHistory

FloatArray = NDArray[np.float64]

HORIZONS = (1, 3, 6, 12)
BANDS = (0.50, 0.80, 0.95)
MODEL, RANDOM_WALK, PERSISTENCE = "stochastic market", "random walk with drift", "persistence"
DEFAULT_PATHS = 500
# Before so many days nothing is forecast: volatility and growth need some history.
LEAST_DAYS = 3 * 365
# Of historical volatility. [months]
VOLATILITY_MONTHS = 36
# The model's few chosen numbers were chosen on origins of earlier years; later ones are their test.
FIRST_TEST_YEAR = 2019
FORECASTS = (
    "origin",
    "horizon_months",
    "month",
    "forecast",
    "actual_usd_per_ph_day",
    *QUANTILE_COLUMNS,
    "in_50",
    "in_80",
    "in_95",
    "crps_log",
    "crps_usd_per_ph_day",
)
SCORES = (
    "period",
    "horizon_months",
    "forecast",
    "origins",
    "coverage_50",
    "coverage_80",
    "coverage_95",
    "crps_log",
    "crps_usd_per_ph_day",
    "skill",
)


@dataclass(frozen=True, eq=False)
class Backtest:
    """Scores of rolling forecasts.

    forecasts : one row per origin, horizon and forecast: the month forecast, what came, quantiles
        [USD/(PH/s day)], whether the bands held it, the CRPS of the logarithm [-] and of the hashprice itself
        [USD/(PH/s day)].
    scores : one row per period, horizon and forecast: means over its origins; `skill` is 1 less the CRPS (of
        logarithms) per that of the random walk with drift. [fraction]
    paths, seed : of the forecasts. days : first and last of the record.
    """

    forecasts: pd.DataFrame
    scores: pd.DataFrame
    paths: int
    seed: int
    days: tuple[str, str]


def backtest(
    history: NetworkHistory,
    *,
    horizons: tuple[int, ...] = HORIZONS,
    paths: int = DEFAULT_PATHS,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Backtest:
    """Forecast from the end of every calendar month with three years before it, and score what came.

    horizons : months ahead; 1 is the month that begins the day after.

    Raises
    ------
    MarketError : the history has no such month, or none whose forecast can be held against a whole month.
    """
    record = DailyRecord.of(history)
    actual = _actual(record)
    ends = [int(end) for end in record.month_ends if record.days[end] - record.days[0] >= LEAST_DAYS - 1]
    rows: list[tuple[object, ...]] = []
    for end in ends:
        month = int(record.months[end])
        known = [horizon for horizon in horizons if month + horizon in actual]
        if not known or not np.isfinite(record.paid[end]):
            continue
        if progress is not None:
            progress(f"forecasting from the end of {month_label(month)}")
        rows.extend(_origin(record.first(end + 1), month, known, actual, paths, seed))
    if not rows:
        raise MarketError(
            f"has a history of {record.days.size} days, too short to be tested on",
            f"{LEAST_DAYS} days before a forecast, and whole months after it",
        )
    forecasts = pd.DataFrame(rows, columns=list(FORECASTS))
    first, last = (str(np.datetime64(int(record.days[at]), "D")) for at in (0, -1))
    return Backtest(forecasts, score_table(forecasts), paths, seed, (first, last))


def score_table(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Means over the origins: of all years, and of those before and after the model's numbers were chosen."""
    years = forecasts["origin"].str[:4].astype(int)
    periods = {"all": years > 0}
    if (years < FIRST_TEST_YEAR).any() and (years >= FIRST_TEST_YEAR).any():
        periods[f"to {FIRST_TEST_YEAR - 1}"] = years < FIRST_TEST_YEAR
        periods[f"from {FIRST_TEST_YEAR}"] = years >= FIRST_TEST_YEAR
    rows = []
    for period, chosen in periods.items():
        for horizon, of_horizon in forecasts[chosen].groupby("horizon_months"):
            walk = of_horizon.loc[of_horizon["forecast"] == RANDOM_WALK, "crps_log"].mean()
            for name in (MODEL, RANDOM_WALK, PERSISTENCE):
                of_name = of_horizon[of_horizon["forecast"] == name]
                means = [float(of_name[column].mean()) for column in FORECASTS[-5:]]
                rows.append((period, int(str(horizon)), name, len(of_name), *means, 1.0 - means[-2] / walk))
    return pd.DataFrame(rows, columns=list(SCORES))


def _actual(record: DailyRecord) -> dict[int, float]:
    """Mean hashprice of every month whose days are all known. [USD/(PH/s day)]"""
    paid = pd.Series(record.paid).groupby(record.months)
    counts, means = paid.count(), paid.mean()
    return {int(month): float(means[month]) for month in means.index if counts[month] == days_in_month(int(month))}


def _origin(
    record: DailyRecord, month: int, horizons: list[int], actual: dict[int, float], paths: int, seed: int
) -> Iterator[tuple[object, ...]]:
    """The rows of one origin, whose record ends with the month's last day."""
    drawn = simulate(
        calibrate(record), first_month=month + 1, months=max(horizons), paths=paths, seed=seed * 1_000_000 + month
    )
    simple = {RANDOM_WALK: _walk(record), PERSISTENCE: _persistence(record)}
    for horizon in horizons:
        came = actual[month + horizon]
        known = (month_label(month), horizon, month_label(month + horizon))
        ensemble = drawn.hashprice[:, horizon - 1]
        scores = (
            float(scoringrules.crps_ensemble(np.log(came), np.log(ensemble))),
            float(scoringrules.crps_ensemble(came, ensemble)),
        )
        yield (*known, MODEL, came, *_judged(np.quantile(ensemble, QUANTILES), came), *scores)
        for name, forecast in simple.items():
            mean, deviation = forecast(horizon)
            quantiles = np.exp(mean + deviation * norm.ppf(QUANTILES))
            scores = (
                float(scoringrules.crps_normal(np.log(came), mean, deviation)),
                float(scoringrules.crps_lognormal(came, mean, deviation)),
            )
            yield (*known, name, came, *_judged(quantiles, came), *scores)


def _judged(quantiles: FloatArray, came: float) -> tuple[float | bool, ...]:
    """The quantiles, and whether what came lies in the bands, the narrow one first."""
    sides = [(2, 4), (1, 5), (0, 6)]
    return (*quantiles.tolist(), *(bool(quantiles[low] <= came <= quantiles[high]) for low, high in sides))


Normal = Callable[[int], tuple[float, float]]


def _walk(record: DailyRecord) -> Normal:
    """A random walk of the logarithm from the last week's hashprice, with drift and deviation of all months so far.

    The mean of the month that begins after h - 1 months lies half a month further on, and varies by h - 2/3 months.
    """
    changes = np.diff(record.hashprice[record.month_ends])
    mean, deviation = float(changes.mean()), float(changes.std(ddof=1))
    start = float(record.hashprice[-1])
    return lambda horizon: (start + mean * (horizon - 0.5), deviation * float(np.sqrt(horizon - 2.0 / 3.0)))


def _persistence(record: DailyRecord) -> Normal:
    """The last week's hashprice stays, as uncertain as the months of the last three years were apart."""
    changes = np.diff(record.hashprice[record.month_ends])[-VOLATILITY_MONTHS:]
    deviation, start = float(np.sqrt((changes**2).mean())), float(record.hashprice[-1])
    return lambda horizon: (start, deviation * float(np.sqrt(horizon - 2.0 / 3.0)))
