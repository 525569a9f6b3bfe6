"""A backtest in words and tables: whether the bands held, and what the model's forecasts were worth."""

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
    from sites.market.backtest import Backtest

MODEL, WALK = "stochastic market", "random walk with drift"
# An 80 % band that holds this share of what came is called honest.
HONEST = (0.72, 0.88)
ALL = "all"


def model_scores(backtest: Backtest, period: str = ALL) -> pd.DataFrame:
    """The model's scores over all origins, one row per horizon."""
    scores = backtest.scores
    return scores[(scores["period"] == period) & (scores["forecast"] == MODEL)].reset_index(drop=True)


def headline(backtest: Backtest) -> list[Phrase]:
    """The backtest in two sentences: coverage, and CRPS against the random walk."""
    scores = model_scores(backtest)
    held = [HONEST[0] <= share <= HONEST[1] for share in scores["coverage_80"]]
    better = scores["skill"] > 0.0
    least, most = float(scores["coverage_80"].min()), float(scores["coverage_80"].max())
    return [
        Phrase("The 80% band held what came in "),
        Phrase(fmt.percent(least, 0), strong=True),
        Phrase(" to " if fmt.percent(least, 0) != fmt.percent(most, 0) else " of the cases, up to "),
        Phrase(fmt.percent(most, 0), strong=True),
        Phrase(
            f" of the cases, between {HONEST[0]:.0%} and {HONEST[1]:.0%} at "
            f"{_of_horizons(sum(held), len(held))}. The forecast beat a random walk with drift at "
        ),
        Phrase(_of_horizons(int(better.sum()), len(better)), strong=True),
        Phrase(f", by up to {fmt.percent(float(scores['skill'].max()), 0)} of its CRPS."),
    ]


def key_figures(backtest: Backtest) -> list[KeyFigure]:
    """The strip of key figures: one per horizon."""
    return [
        KeyFigure(
            _ahead(int(row["horizon_months"])),
            fmt.percent(float(row["coverage_80"])),
            f"held by the 80% band; CRPS {fmt.percent(float(row['skill']), 0)} below the random walk's"
            if row["skill"] >= 0.0
            else f"held by the 80% band; CRPS {fmt.percent(-float(row['skill']), 0)} above the random walk's",
        )
        for row in model_scores(backtest).to_dict("records")
    ]


def scores_table(backtest: Backtest, period: str) -> Table:
    """One row per horizon and forecast, of one period."""
    scores = backtest.scores[backtest.scores["period"] == period]
    columns = (
        Column("Months ahead", numeric=False),
        Column("Forecast", numeric=False),
        Column("Origins", gloss="ends of months from which a forecast was made"),
        Column("50% band", gloss="share of the cases that the band held"),
        Column("80% band"),
        Column("95% band"),
        Column("CRPS, log", gloss="continuous ranked probability score of the logarithm: 0.10 is about 10% off"),
        Column("CRPS", "USD/PH/s/day", gloss="of hashprice itself; early years of high hashprice outweigh all others"),
        Column("Skill", gloss="1 less the CRPS (log) per that of the random walk with drift"),
    )
    rows = tuple(
        (
            text(str(row["horizon_months"])),
            text(str(row["forecast"])),
            figure(float(row["origins"]), lambda v: fmt.number(v, 0)),
            *(figure(float(row[f"coverage_{band}"]), fmt.percent) for band in (50, 80, 95)),
            figure(float(row["crps_log"]), lambda v: fmt.number(v, 4)),
            figure(float(row["crps_usd_per_ph_day"]), fmt.price),
            figure(float(row["skill"]), fmt.percent),
        )
        for row in scores.to_dict("records")
    )
    return Table(f"scores-{period.replace(' ', '-')}", f"Scores, {_period_words(period)}", columns, rows)


def periods(backtest: Backtest) -> list[str]:
    """The periods that were scored, all years first."""
    return [str(period) for period in backtest.scores["period"].unique()]


def scores_csv(backtest: Backtest) -> str:
    """One line per period, horizon and forecast."""
    return table_csv(backtest.scores)


def forecasts_csv(backtest: Backtest) -> str:
    """One line per origin, horizon and forecast."""
    return table_csv(backtest.forecasts)


def backtest_json(backtest: Backtest) -> str:
    """All figures as JSON."""
    record = {
        "first_day": backtest.days[0],
        "last_day": backtest.days[1],
        "paths": backtest.paths,
        "seed": backtest.seed,
        "scores": records(backtest.scores),
        "forecasts": records(backtest.forecasts),
    }
    return json.dumps(record, indent=2, allow_nan=False)


def _period_words(period: str) -> str:
    return "all origins" if period == ALL else f"origins {period}"


def _of_horizons(count: int, of: int) -> str:
    return f"{count} of {fmt.count(of, 'horizon')}"


def _ahead(months: int) -> str:
    return f"{fmt.count(months, 'month')} ahead"
