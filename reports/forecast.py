"""A forecast in words and tables: the fan, what the model was calibrated to, which machines hashprice keeps on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from reports import format as fmt
from reports.csv_table import table_csv
from reports.decision import KeyFigure, Phrase
from reports.display import Column, Table, figure, text
from reports.sweep_tables import records

if TYPE_CHECKING:
    from sites.market.forecast import Forecast

HASHPRICE = "hashprice"
SERIES_WORDS = {
    HASHPRICE: ("Hashprice", "USD per PH/s per day"),
    "btc_price": ("Price of one BTC", "USD"),
    "network": ("Network hashrate", "EH/s"),
    "power_factor": ("Factor of power prices", "1 as in the portfolio"),
}
_QUANTILE_WORDS = {
    "p2_5": "2.5%",
    "p10": "10%",
    "p25": "25%",
    "p50": "Median",
    "p75": "75%",
    "p90": "90%",
    "p97_5": "97.5%",
}
# Of a longer horizon every third or twelfth month is a row.
_MOST_ROWS = 40
_PARAMETERS = {
    "volatility_per_year": ("Volatility of the BTC price in the long run", "per year", fmt.percent),
    "volatility_now_per_year": ("Volatility of the BTC price at the start", "per year", fmt.percent),
    "volatility_persistence_per_day": (
        "What a day's variance keeps of the day before's",
        "",
        lambda v: fmt.number(v, 3),
    ),
    "month_per_days_volatility": ("Volatility of months per that of their days", "", lambda v: fmt.number(v, 2)),
    "drift_per_year": ("Drift of the price's logarithm, which fades", "per year", fmt.percent),
    "drift_deviation_per_year": ("How far that drift may be off, one standard deviation", "per year", fmt.percent),
    "capacity_growth_per_month": ("Growth of the network's machines without margin", "per month", fmt.percent),
    "capacity_growth_per_margin": ("More growth where hashprice is e times the break-even", "per month", fmt.percent),
    "capacity_noise_per_month": ("Scatter of that growth, one standard deviation", "per month", fmt.percent),
    "fee_share_mean": ("Share of fees in the reward in the long run", "", lambda v: fmt.percent(v, 2)),
    "fee_persistence_per_month": ("What fees keep of a month's surprise", "", lambda v: fmt.number(v, 2)),
    "machines_running_share": ("Share of the network's machines that earn their power now", "", fmt.percent),
    "break_even_usd_per_ph_day": ("Break-even of the network's mean machine", "USD/PH/s/day", fmt.price),
}


def is_random(forecast: Forecast) -> bool:
    """Whether there is a fan, and not one line."""
    return forecast.paths > 1


def hashprice_fan(forecast: Forecast) -> pd.DataFrame:
    """The rows of the fan that are hashprice."""
    return forecast.fan[forecast.fan["series"] == HASHPRICE].reset_index(drop=True)


def headline(forecast: Forecast) -> list[Phrase]:
    """The forecast in one sentence."""
    fan = hashprice_fan(forecast)
    last = fan.iloc[-1]
    when = fmt.month(str(last["month"]))
    if not is_random(forecast):
        return [
            Phrase("The portfolio plans with a hashprice of "),
            Phrase(fmt.price(float(fan["mean"].iloc[0])), strong=True),
            Phrase(f" USD/PH/s/day in {fmt.month(str(fan['month'].iloc[0]))} and "),
            Phrase(fmt.price(float(last["mean"])), strong=True),
            Phrase(f" in {when}; its market has one path and no fan."),
        ]
    return [
        Phrase("In "),
        Phrase(when, strong=True),
        Phrase(" hashprice is as likely above "),
        Phrase(fmt.price(float(last["p50"])), strong=True),
        Phrase(" USD/PH/s/day as below, and in four cases of five between "),
        Phrase(fmt.price(float(last["p10"])), strong=True),
        Phrase(" and "),
        Phrase(fmt.price(float(last["p90"])), strong=True),
        Phrase("; the mean is "),
        Phrase(fmt.price(float(last["mean"])), strong=True),
        Phrase("."),
    ]


def key_figures(forecast: Forecast) -> list[KeyFigure]:
    """The strip of key figures: the fan at a few distances."""
    fan = hashprice_fan(forecast)
    found = []
    for months in (1, 3, 12, 24, 60, 120):
        if months > len(fan):
            break
        row = fan.iloc[months - 1]
        middle = "p50" if is_random(forecast) else "mean"
        words = (
            f"80% between {fmt.price(row['p10'])} and {fmt.price(row['p90'])}" if is_random(forecast) else "one path"
        )
        found.append(KeyFigure(fmt.month(str(row["month"])), fmt.price(float(row[middle])), words))
    return found


def fan_table(forecast: Forecast, series: str) -> Table:
    """One row per month, of a long horizon per quarter or year."""
    fan = forecast.fan[forecast.fan["series"] == series].reset_index(drop=True)
    every = next(step for step in (1, 3, 6, 12, 24, 600) if len(fan) / step <= _MOST_ROWS)
    title, unit = SERIES_WORDS[series]
    shown = {name: words for name, words in _QUANTILE_WORDS.items() if is_random(forecast)}
    columns = (
        Column("Month", numeric=False),
        *(Column(words, gloss=f"{words} of the paths lie below") for words in shown.values()),
        Column("Mean", gloss="mean of all paths; what a plan without scenarios is made with"),
    )
    decimals = 2 if series in (HASHPRICE, "power_factor") else 0
    rows = tuple(
        (
            text(fmt.month(str(row["month"]))),
            *(figure(float(row[name]), lambda v: fmt.number(v, decimals)) for name in (*shown, "mean")),
        )
        for row in fan.iloc[::every].to_dict("records")
    )
    return Table(f"fan-{series}", f"{title}, {unit}", columns, rows)


def parameter_table(forecast: Forecast) -> Table:
    """What the model was calibrated to."""
    columns = (Column("Number", numeric=False), Column("Value"), Column("Unit", numeric=False))
    rows = tuple(
        (text(words), figure(forecast.parameters[name], write), text(unit))
        for name, (words, unit, write) in _PARAMETERS.items()
        if name in forecast.parameters
    )
    return Table("parameters", "The calibrated market", columns, rows)


def machine_table(forecast: Forecast) -> Table | None:
    """The network's machines by draw, and how many of each class earn their power; None without a model of them."""
    if forecast.machines is None:
        return None
    columns = (
        Column("Draw", "J/TH", numeric=False),
        Column("Share of the network", gloss="of all machines, in hashrate, running or not"),
        Column("Break-even", "USD/PH/s/day", gloss="of the class's middle, at the network's assumed power price"),
        Column("Earn their power", gloss="share of the class, at the last week's hashprice; the rest is off"),
    )
    rows = tuple(
        (
            text(_class_words(float(row["j_per_th_from"]), float(row["j_per_th_to"]))),
            figure(float(row["network_share"]), fmt.percent),
            figure(float(row["break_even_usd_per_ph_day"]), fmt.price),
            figure(float(row["running_share"]), fmt.percent),
        )
        for row in forecast.machines.to_dict("records")
    )
    return Table("machines", "The network's machines at the start", columns, rows)


def fan_csv(forecast: Forecast) -> str:
    """One line per month and series."""
    return table_csv(forecast.fan)


def past_csv(forecast: Forecast) -> str:
    """One line per month and series before the forecast."""
    return table_csv(forecast.past)


def hashprice_csv(forecast: Forecast) -> str:
    """The table hashprice of a portfolio: the mean as base, and the chosen paths."""
    return table_csv(forecast.hashprice)


def scenarios_csv(forecast: Forecast) -> str:
    """The table scenarios of a portfolio."""
    return table_csv(forecast.scenarios)


def forecast_json(forecast: Forecast) -> str:
    """All figures as JSON; what is not known is null."""
    record = {
        "name": forecast.name,
        "model": forecast.model,
        "paths": forecast.paths,
        "seed": forecast.seed,
        "sources": list(forecast.sources),
        "parameters": forecast.parameters,
        "fan": records(forecast.fan),
        "past": records(forecast.past),
        "scenarios": records(forecast.scenarios),
        "hashprice": records(forecast.hashprice),
    }
    return json.dumps(record, indent=2, allow_nan=False)


def _class_words(low: float, high: float) -> str:
    if low == 0.0:
        return f"below {high:.0f}"
    return f"from {low:.0f} on" if high == float("inf") else f"{low:.0f} to {high:.0f}"
