"""A forecast of hashprice to look at and to plan with: the fan of random paths, what it was made of, and scenarios."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sites.market.errors import MarketError
from sites.market.fan import QUANTILE_COLUMNS, fan_frame
from sites.market_record import Market
from sites.months import month_label, month_number
from sites.network_history import NetworkHistory
from sites.portfolio import Portfolio
from sites.records import BASE_SCENARIO

FloatArray = NDArray[np.float64]

HASHPRICE, BTC_PRICE, NETWORK, POWER = "hashprice", "btc_price", "network", "power_factor"
UNITS = {HASHPRICE: "USD/PH/s/day", BTC_PRICE: "USD", NETWORK: "EH/s", POWER: "factor"}
FAN = ("month", "series", "unit", "mean", *QUANTILE_COLUMNS)
PAST = ("month", "series", "value")
PAST_MONTHS = 36
DEFAULT_PATHS, DEFAULT_MONTHS = 2_000, 24


@dataclass(frozen=True, eq=False)
class Forecast:
    """What hashprice may become.

    name : of the portfolio; "Bitcoin network" without one. model : curve, fundamental or stochastic.
    fan : month, series, unit, mean, p2_5 to p97_5 over the paths (NaN where there is only one path).
    past : month, series, value: means of the last months before the forecast, where a history is known.
    parameters : of the calibrated model, by name with unit. machines : see `machine_classes`; None without a model.
    hashprice : month, usd_per_ph_day, scenario: the mean as `base`, and representative paths where asked for.
    scenarios : id, probability, hashprice, power_factor of these paths.
    paths, seed : of the random paths; 1 path where nothing is random. sources : what it was made of, a sentence each.
    """

    name: str
    model: str
    fan: pd.DataFrame
    past: pd.DataFrame
    parameters: dict[str, float]
    machines: pd.DataFrame | None
    hashprice: pd.DataFrame
    scenarios: pd.DataFrame
    paths: int
    seed: int
    sources: tuple[str, ...]


def forecast(
    history: NetworkHistory,
    *,
    market: Market | None = None,
    first_month: str | None = None,
    months: int = DEFAULT_MONTHS,
    paths: int = DEFAULT_PATHS,
    seed: int = 1,
    scenarios: int = 0,
    name: str = "",
) -> Forecast:
    """Random paths of a market calibrated on a history.

    market : its settings; a stochastic market with the defaults when absent.
    first_month : YYYY-MM; the first whole month after the history when absent. Later days are not looked at.
    scenarios : how many paths are chosen to stand for all of them, each for an equal share; 0 for none.

    Raises
    ------
    MarketError : the history before the first month does not suffice, or fewer paths than scenarios.
    """
    from sites.market.daily_record import DailyRecord
    from sites.market.interpolation import first_day
    from sites.market.network_machines import machine_classes
    from sites.market.stochastic import market_model, simulate

    if scenarios > paths:
        raise MarketError(f"has {paths} paths", f"at least as many as scenarios, {scenarios}")
    chosen = market or Market(model="stochastic")
    whole = DailyRecord.of(history)
    first = int(whole.months[-1]) + 1 if first_month is None else month_number(first_month)
    record = whole.before(first_day(first))
    model = market_model(chosen, record, first_month=first)
    drawn = simulate(model, first_month=first, months=months, paths=paths, seed=seed)
    series = {HASHPRICE: drawn.hashprice, BTC_PRICE: drawn.price_usd, NETWORK: drawn.network_eh_s}
    if model.power_volatility:
        series[POWER] = drawn.power_factor
    earned = float(np.exp(record.hashprice[-1]))
    return Forecast(
        name=name or "Bitcoin network",
        model="stochastic",
        fan=pd.concat([_fan(drawn.months, each, values) for each, values in series.items()], ignore_index=True),
        past=_past(history, first),
        parameters=model.parameters,
        machines=machine_classes(model.state.break_even, earned) if model.response else None,
        hashprice=_hashprice_rows(drawn.months, drawn.hashprice, _chosen(drawn.hashprice, scenarios)),
        scenarios=_scenario_rows(drawn.power_factor, _chosen(drawn.hashprice, scenarios)),
        paths=paths,
        seed=seed,
        sources=(f"calibrated on {record.days.size:,} days up to {record.last_day.isoformat()}", *history.notes),
    )


def forecast_of(
    portfolio: Portfolio, *, paths: int | None = None, seed: int | None = None, scenarios: int = 0
) -> Forecast:
    """The forecast that a portfolio's settings make: the fan of a stochastic market, one line of any other.

    paths, seed : those of the portfolio's risk when absent, and 2,000 paths where it has none.

    Raises
    ------
    MarketError : as `forecast`, or scenarios are asked of a market without random paths.
    """
    settings, market = portfolio.settings, portfolio.settings.market or Market()
    if market.model == "stochastic" and portfolio.history is not None:
        return forecast(
            portfolio.history,
            market=market,
            first_month=settings.start,
            months=settings.months,
            paths=paths or portfolio.risk.paths or DEFAULT_PATHS,
            seed=portfolio.risk.seed if seed is None else seed,
            scenarios=scenarios,
            name=settings.name,
        )
    if scenarios:
        raise MarketError(f"is of the model {market.model}", "model: stochastic, which alone has random paths")
    first = month_number(settings.start)
    months = tuple(month_label(first + t) for t in range(settings.months))
    line = portfolio.hashprice_by_month()[None, :]
    return Forecast(
        name=settings.name,
        model=market.model,
        fan=_fan(months, HASHPRICE, line),
        past=pd.DataFrame(columns=list(PAST)),
        parameters={},
        machines=None,
        hashprice=_hashprice_rows(months, line, np.zeros(0, dtype=np.int64)),
        scenarios=_scenario_rows(np.ones_like(line), np.zeros(0, dtype=np.int64)),
        paths=1,
        seed=0,
        sources=(f"the {market.model} of the portfolio {settings.name}",),
    )


def _fan(months: tuple[str, ...], series: str, values: FloatArray) -> pd.DataFrame:
    """Mean and quantiles of paths x months."""
    fan = fan_frame(list(months), values).assign(series=series, unit=UNITS[series])[list(FAN)]
    if len(values) == 1:
        fan[list(QUANTILE_COLUMNS)] = np.nan
    return fan


def _past(history: NetworkHistory, first_month: int) -> pd.DataFrame:
    """The last whole months before the forecast."""
    monthly = history.monthly()
    monthly = monthly[monthly["complete"] & (monthly.index < month_label(first_month))].tail(PAST_MONTHS)
    columns = {HASHPRICE: "usd_per_ph_day", BTC_PRICE: "price_mean_usd", NETWORK: "network_eh_s"}
    parts = [
        pd.DataFrame(dict(zip(PAST, (monthly.index, [series] * len(monthly), monthly[column]), strict=True)))
        for series, column in columns.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _chosen(hashprice: FloatArray, count: int) -> NDArray[np.int64]:
    """Paths that stand for all: in order of their mean hashprice, the one in the middle of each equal share."""
    order = np.argsort(hashprice.mean(axis=1), kind="stable")
    middles = ((np.arange(count) + 0.5) * order.size / max(count, 1)).astype(np.int64)
    return np.asarray(order[middles])


def _names(count: int) -> list[str]:
    return [f"path-{number:0{len(str(count))}d}" for number in range(1, count + 1)]


def _hashprice_rows(months: tuple[str, ...], hashprice: FloatArray, chosen: NDArray[np.int64]) -> pd.DataFrame:
    paths = {BASE_SCENARIO: hashprice.mean(axis=0), **dict(zip(_names(chosen.size), hashprice[chosen], strict=True))}
    parts = [
        pd.DataFrame({"month": months, "usd_per_ph_day": values, "scenario": name}) for name, values in paths.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _scenario_rows(power_factor: FloatArray, chosen: NDArray[np.int64]) -> pd.DataFrame:
    names = _names(chosen.size)
    return pd.DataFrame(
        {
            "id": names,
            "probability": [1.0 / len(names)] * len(names) if names else [],
            "hashprice": names,
            "power_factor": power_factor[chosen].mean(axis=1),
        }
    )
