"""The stochastic market's parameters, from a daily record of the network.

Price: daily returns with GARCH(1,1) volatility, fitted by quasi-maximum likelihood (library arch); their standardised
residuals are drawn again as they were, fat tails included. Drift: the mean of the returns, held against a prior of no
drift that counts as much as five years of data; how little is known of it is part of every path, and it fades.

Hashrate: capacity times the share of machines that earn their power. Capacity grows each month by what the margin of
the last months suggests: a regression in which the last half year counts most (library statsmodels), joined with a
prior that holds where the record says little. Fees: their logit returns to its mean (an autoregression of months).

The few numbers chosen here were chosen on forecasts made up to the end of 2018; what came later is their test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from arch import arch_model
from arch.unitroot import VarianceRatio
from numpy.typing import NDArray
from scipy.special import ndtri
from statsmodels.regression.linear_model import OLS, WLS

from sites.market.daily_record import DailyRecord
from sites.market.errors import MarketError
from sites.market.network_machines import DAYS_PER_YEAR, log_break_even, log_share_running

FloatArray = NDArray[np.float64]

DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0
LEAST_DAYS = 730
RETURN_YEARS = 8.0
PRIOR_YEARS_OF_NO_DRIFT = 5.0
# A trend of the past is trusted for some years and no more: over ten its error alone would make the mean price tenfold.
DRIFT_HALF_LIFE_YEARS = 2.0
# Returns of neighbouring days lean the same way a little, so a month's variance is more than that of its days together:
# their ratio is measured, within bounds. [days], [ratio of variances]
MONTH_DAYS = 30
CLUSTERING = (1.0, 1.25)
# Two days that move by equal steps do so by rounding alone. [%]
SAME_STEP = 1e-6
# So many normal residuals stand for a normal law where days are not known.
NORMAL_SCORES = 2_000
# A persistence of 1 would let volatility wander off; real ones lie just below.
MOST_PERSISTENCE = 0.995
# Months of the regression of growth, and after how many of them a month counts half. [months]
GROWTH_MONTHS, GROWTH_HALF_LIFE = 60, 6.0
# The margin that builders look back on. [days]
MARGIN_DAYS = 120
# Growth of capacity per month: without margin, and per unit of margin (logarithm); mean and deviation before any data.
PRIOR_GROWTH = np.array([0.0, 0.05])
PRIOR_DEVIATION = np.array([0.10, 0.015])
FEE_MONTHS, FEE_MEAN_MONTHS = 48, 24
FEE_PERSISTENCE = (0.5, 0.95)
LEAST_FEE_SHARE, MOST_FEE_SHARE = 1e-4, 0.95


@dataclass(frozen=True)
class MarketState:
    """Where a market stands when a day ends; logarithms as in :class:`DailyRecord`.

    day : since 1970. margin : mean of the last months. running : logarithm of the share of machines that run.
    fee : logit of the fee share. variance, last_return : of the price. [%^2], [%]
    break_even : of the network's mean machine. [log USD/(PH/s day)]
    """

    day: int
    price: float
    network: float
    difficulty: float
    height: float
    margin: float
    running: float
    fee: float
    variance: float
    last_return: float
    break_even: float


@dataclass(frozen=True, eq=False)
class StochasticModel:
    """A calibrated market; daily returns are in percent.

    state : where it starts.
    omega, alpha, beta : of the GARCH(1,1) variance. residuals : standardised, mean 0 and variance 1.
    clustering : how much wider months are than days that know nothing of each other would make them. [ratio]
    drift, drift_deviation : of the return per day, and how far from it the truth may be. [%]
    drift_half_life : after which half of it is gone; infinite for a drift that is given. [days]
    growth, growth_per_margin : of capacity per month, without margin and per unit of margin. [log]
    growth_deviation : how far from `growth` the truth may be. [log]
    growth_noise : standard deviation of a month's growth. [log]
    fee_mean, fee_persistence, fee_noise : of the monthly autoregression of the fees' logit.
    break_even_trend : change of the mean machine's break-even. [log/day]
    response : whether machines below break-even switch off.
    power_volatility, power_reversion, power_correlation : of the power factor. [1/sqrt(year)], [1/year], [-]
    """

    state: MarketState
    omega: float
    alpha: float
    beta: float
    residuals: FloatArray
    clustering: float
    drift: float
    drift_deviation: float
    drift_half_life: float
    growth: float
    growth_per_margin: float
    growth_deviation: float
    growth_noise: float
    fee_mean: float
    fee_persistence: float
    fee_noise: float
    break_even_trend: float
    response: bool
    power_volatility: float = 0.0
    power_reversion: float = 1.0
    power_correlation: float = 0.0

    @property
    def parameters(self) -> dict[str, float]:
        """The calibrated numbers, by a name with their unit."""
        persistence = self.alpha + self.beta
        return {
            "volatility_per_year": float(np.sqrt(self.omega / (1.0 - persistence) * DAYS_PER_YEAR) / 100.0),
            "volatility_now_per_year": float(np.sqrt(self.state.variance * DAYS_PER_YEAR) / 100.0),
            "volatility_persistence_per_day": persistence,
            "month_per_days_volatility": self.clustering,
            "drift_per_year": self.drift * DAYS_PER_YEAR / 100.0,
            "drift_deviation_per_year": self.drift_deviation * DAYS_PER_YEAR / 100.0,
            "capacity_growth_per_month": self.growth,
            "capacity_growth_per_margin": self.growth_per_margin,
            "capacity_noise_per_month": self.growth_noise,
            "fee_share_mean": float(1.0 / (1.0 + np.exp(-self.fee_mean))),
            "fee_persistence_per_month": self.fee_persistence,
            "machines_running_share": float(np.exp(self.state.running)),
            "break_even_usd_per_ph_day": float(np.exp(self.state.break_even)),
        }


def calibrate(
    record: DailyRecord,
    *,
    first_year: int | None = None,
    last_year: int | None = None,
    drift_per_year: float | None = None,
    response: bool = True,
    month_ends: FloatArray | None = None,
) -> StochasticModel:
    """The market that a record suggests, starting where it ends.

    first_year, last_year : calendar years to calibrate on; all when absent. The start is the record's end either way.
    drift_per_year : of the price's logarithm, taken as certain; calibrated when absent.
    response : whether machines below break-even switch off.
    month_ends : logarithms of the price at the ends of months, where days between them are not known: volatility and
        drift are theirs, and days are normal.

    Raises
    ------
    MarketError : fewer than 730 days are left to calibrate on, or the price never moves on them.
    """
    years = record.months // 12
    chosen = np.flatnonzero((years >= (first_year or 0)) & (years <= (last_year or 9999)))
    if chosen.size < LEAST_DAYS:
        raise MarketError(
            f"has {chosen.size} days of price and hashrate to calibrate on", f"at least {LEAST_DAYS} days, two years"
        )
    first, last = int(chosen[0]), int(chosen[-1])
    break_even, trend = log_break_even(record.days, record.days[-1])
    margin = record.hashprice - break_even
    running = log_share_running(margin) if response else np.zeros(margin.size)
    if month_ends is None:
        price = _price(record.price[first : last + 1], drift_per_year)
    else:
        price = _monthly_price(month_ends, drift_per_year)
    growth = _growth(record, record.network - running, margin, first, last)
    fee = _fees(record, first, last)
    variance = price.pop("variance")
    if last + 1 < record.price.size:
        # The start lies after the years of calibration; nothing is known of its volatility but the long run's.
        variance = price["omega"] / (1.0 - price["alpha"] - price["beta"])
    state = MarketState(
        day=int(record.days[-1]),
        price=float(record.price[-1]),
        network=float(record.network[-1]),
        difficulty=float(record.difficulty[-1]),
        height=float(record.height[-1]),
        margin=float(margin[-MARGIN_DAYS:].mean()),
        running=float(running[-1]),
        fee=logit(float(record.fee_share[-7:].mean())),
        variance=float(variance),
        last_return=float(record.price[-1] - record.price[-2]) * 100.0,
        break_even=float(break_even[-1]),
    )
    return StochasticModel(state=state, break_even_trend=trend, response=response, **price, **growth, **fee)


def started_at(model: StochasticModel, day: int, **levels: float | None) -> StochasticModel:
    """The model starting after another day, at other levels where these are given.

    day : since 1970. levels : price, network, difficulty and fee as in the state, height in blocks; None keeps the
    record's. A hashrate given without a difficulty is in balance with it; the height runs on at 144 blocks a day.
    """
    before = model.state
    given = {name: float(level) for name, level in levels.items() if level is not None}
    given.setdefault("height", before.height + 144.0 * max(0, day - before.day))
    if "network" in given:
        given.setdefault("difficulty", given["network"])
    state = replace(
        before, day=day, break_even=before.break_even + model.break_even_trend * (day - before.day), **given
    )
    return replace(model, state=state, fee_mean=given.get("fee", model.fee_mean))


def _price(log_price: FloatArray, drift_per_year: float | None) -> dict[str, Any]:
    returns = np.diff(log_price)[-int(RETURN_YEARS * DAYS_PER_YEAR) :] * 100.0
    if not returns.std():
        raise MarketError("has a price that never moves", "daily prices of one BTC")
    garch = arch_model(returns, mean="Zero", vol="GARCH", p=1, q=1, dist="normal", rescale=False)
    fitted = garch.fit(disp="off", show_warning=False)
    omega, alpha, beta = (float(fitted.params[name]) for name in ("omega", "alpha[1]", "beta[1]"))
    beta -= max(0.0, alpha + beta - MOST_PERSISTENCE)
    residuals = np.asarray(fitted.std_resid, dtype=np.float64)
    residuals = (residuals - residuals.mean()) / residuals.std()
    months = VarianceRatio(np.concatenate(([0.0], np.cumsum(returns))), lags=MONTH_DAYS).vr
    least, most = CLUSTERING
    last = float(np.asarray(fitted.conditional_volatility)[-1])
    return {
        "omega": omega,
        "alpha": alpha,
        "beta": beta,
        "variance": last**2,
        "residuals": residuals,
        "clustering": float(np.sqrt(np.clip(months, least, most * _spacing(returns)))),
        **_drift(float(returns.mean()), float(returns.std()), returns.size, drift_per_year),
    }


def _spacing(returns: FloatArray) -> float:
    """Days from one known price to the next: between them the record runs straight, and days move by equal steps.

    Charts of many years have every fourth day only. Their days move too little, and their months as much as they did.
    """
    turns = np.abs(np.diff(returns)) > SAME_STEP
    return returns.size / (1.0 + float(np.count_nonzero(turns)))


def _monthly_price(log_price: FloatArray, drift_per_year: float | None) -> dict[str, Any]:
    """Of changes from month to month: a volatility that stays, and normal days."""
    returns = np.diff(log_price) * 100.0
    variance = float(returns.var()) / DAYS_PER_MONTH
    days = returns.size * DAYS_PER_MONTH
    return {
        "omega": variance,
        "alpha": 0.0,
        "beta": 0.0,
        "variance": variance,
        "residuals": ndtri((np.arange(NORMAL_SCORES) + 0.5) / NORMAL_SCORES),
        "clustering": 1.0,
        **_drift(float(returns.mean()) / DAYS_PER_MONTH, float(np.sqrt(variance)), days, drift_per_year),
    }


def _drift(mean: float, deviation: float, days: float, given_per_year: float | None) -> dict[str, float]:
    """Drift of so many days' returns against the prior, in percent a day."""
    if given_per_year is not None:
        return {
            "drift": given_per_year * 100.0 / DAYS_PER_YEAR,
            "drift_deviation": 0.0,
            "drift_half_life": np.inf,
        }
    years = days / DAYS_PER_YEAR
    weight = years / (years + PRIOR_YEARS_OF_NO_DRIFT)
    return {
        "drift": weight * mean,
        "drift_deviation": deviation * float(np.sqrt(weight / days)),
        "drift_half_life": DRIFT_HALF_LIFE_YEARS * DAYS_PER_YEAR,
    }


def _growth(record: DailyRecord, capacity: FloatArray, margin: FloatArray, first: int, last: int) -> dict[str, Any]:
    """Monthly growth of capacity against the margin of the months before."""
    ends = record.month_ends
    ends = ends[(ends >= first) & (ends <= last)][-GROWTH_MONTHS - 1 :]
    running_mean = np.concatenate(([0.0], np.cumsum(margin)))
    begin = np.maximum(ends - MARGIN_DAYS, 0)
    seen = (running_mean[ends + 1] - running_mean[begin]) / (ends + 1 - begin)
    grown, seen = np.diff(capacity[ends]), seen[:-1]
    regressors = np.column_stack([np.ones(seen.size), seen])
    weights = 0.5 ** (np.arange(seen.size)[::-1] / GROWTH_HALF_LIFE)
    counted = weights.sum() ** 2 / (weights**2).sum()
    fitted = WLS(grown, regressors, weights=weights).fit()
    squares = float(weights @ fitted.resid**2) / weights.sum()
    noise = np.sqrt(squares * counted / max(counted - 2.0, 1.0))
    # The normal prior and the regression's likelihood, each with its precision: that of the months that count.
    scale = counted / weights.sum() / noise**2
    weighted = regressors * weights[:, None] * scale
    covariance = np.linalg.inv(weighted.T @ regressors + np.diag(PRIOR_DEVIATION**-2.0))
    growth, per_margin = covariance @ (weighted.T @ grown + PRIOR_GROWTH / PRIOR_DEVIATION**2)
    # Of what is not known, what remains for growth alone when the answer to margins is taken as it is.
    deviation = np.sqrt(covariance[0, 0] - covariance[0, 1] ** 2 / covariance[1, 1])
    return {
        "growth": float(growth),
        # Nobody builds more because less is earned.
        "growth_per_margin": max(0.0, float(per_margin)),
        "growth_deviation": float(deviation),
        "growth_noise": float(noise),
    }


def _fees(record: DailyRecord, first: int, last: int) -> dict[str, Any]:
    months = record.months[first : last + 1]
    starts = np.flatnonzero(np.diff(months, prepend=months[0] - 1))
    counts = np.diff(starts, append=months.size)
    shares = np.add.reduceat(record.fee_share[first : last + 1], starts) / counts
    logits = np.array([logit(share) for share in shares[-FEE_MONTHS:]])
    mean = float(logits[-FEE_MEAN_MONTHS:].mean())
    apart = logits - mean
    if not apart.any():
        return {"fee_mean": mean, "fee_persistence": FEE_PERSISTENCE[1], "fee_noise": 0.0}
    persistence = float(np.clip(OLS(apart[1:], apart[:-1]).fit().params[0], *FEE_PERSISTENCE))
    noise = float((apart[1:] - persistence * apart[:-1]).std())
    return {"fee_mean": mean, "fee_persistence": persistence, "fee_noise": noise}


def logit(share: float) -> float:
    """Of a fee share, within what has ever been."""
    within = min(max(share, LEAST_FEE_SHARE), MOST_FEE_SHARE)
    return float(np.log(within / (1.0 - within)))
