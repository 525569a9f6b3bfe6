"""A forecast and a backtest as pages, pictures, tables and terminal text."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from reports import backtest as told_backtest
from reports import forecast as told
from reports.backtest_files import write_backtest
from reports.backtest_page import backtest_html
from reports.backtest_terminal import print_backtest
from reports.folder import OutputError
from reports.forecast_files import check_forecast_target, write_forecast
from reports.forecast_page import forecast_html
from reports.forecast_terminal import print_forecast
from sites import Portfolio
from sites.market.backtest import Backtest, backtest
from sites.market.errors import MarketError
from sites.market.forecast import Forecast, forecast, forecast_of
from sites.network_history import NetworkHistory
from tests.sites.market_cases import with_market
from tests.sites.market_history import made_history


@cache
def given() -> Forecast:
    """Two years of a made history, with five paths to plan with."""
    return forecast(made_history(), months=24, paths=300, seed=4, scenarios=5)


@cache
def scored() -> Backtest:
    """A backtest of the same history."""
    return backtest(made_history(), horizons=(1, 12), paths=40)


def sentence(phrases: list[told.Phrase]) -> str:
    """A headline as plain text."""
    return "".join(phrase.text for phrase in phrases)


def test_the_fan_widens_around_its_median() -> None:
    """Quantiles in order, wider each year; the first month is the first whole one after the history."""
    fan = told.hashprice_fan(given())
    assert (fan["month"].iloc[0], fan["month"].iloc[-1]) == ("2026-02", "2028-01")
    levels = fan[["p2_5", "p10", "p25", "p50", "p75", "p90", "p97_5"]].to_numpy()
    assert (np.diff(levels, axis=1) > 0.0).all()
    width = np.log(fan["p90"] / fan["p10"])
    assert width.iloc[0] < width.iloc[11] < width.iloc[23]
    assert set(given().fan["series"]) == {"hashprice", "btc_price", "network"}
    past = given().past
    assert past.loc[past["series"] == "hashprice", "month"].iloc[-1] == "2025-12"


def test_words_say_what_the_fan_says() -> None:
    """Median, band and mean of the last month; figures at 1, 3, 12 and 24 months."""
    last = told.hashprice_fan(given()).iloc[-1]
    said = sentence(told.headline(given()))
    assert said.startswith(f"In Jan 2028 hashprice is as likely above {last['p50']:.2f} USD/PH/s/day as below")
    assert f"between {last['p10']:.2f} and {last['p90']:.2f}; the mean is {last['mean']:.2f}." in said
    assert [figure.name for figure in told.key_figures(given())] == ["Feb 2026", "Apr 2026", "Jan 2027", "Jan 2028"]
    assert len(told.fan_table(given(), "hashprice").rows) == 24
    machines = told.machine_table(given())
    assert machines is not None
    assert machines.rows[0][0].text == "below 15"
    assert {row[0].text for row in told.parameter_table(given()).rows} >= {
        "Volatility of the BTC price in the long run"
    }


def test_chosen_paths_are_tables_of_a_portfolio(tmp_path: Path) -> None:
    """Five equally likely scenarios from low to high, planned with as they were written."""
    write_forecast(given(), tmp_path / "out")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / "scenarios.csv").read_text(encoding="utf-8"))))
    assert [row["id"] for row in rows] == [f"path-{number}" for number in range(1, 6)]
    content = with_market()
    del content["settings"]["market"]
    content["settings"] |= {"start": "2026-02", "months": 24}
    content["scenarios"] = rows
    content["hashprice"] = list(
        csv.DictReader(io.StringIO((tmp_path / "out" / "hashprice.csv").read_text(encoding="utf-8")))
    )
    portfolio = Portfolio.from_tables(content)
    means = portfolio.scenario_paths.hashprice.mean(axis=1)
    assert (np.diff(means) > 0.0).all()
    assert portfolio.hashprice_by_month() == pytest.approx(told.hashprice_fan(given())["mean"].to_numpy())


def test_a_portfolio_shows_its_own_market() -> None:
    """One line of a fundamental market; the fan of a stochastic one, from its own risk table."""
    line = forecast_of(Portfolio.from_tables(with_market()))
    assert not told.is_random(line)
    assert sentence(told.headline(line)).endswith("its market has one path and no fan.")
    assert "no fan" in forecast_html(line)
    content = with_market()
    content["settings"]["market"] = {"model": "stochastic"}
    portfolio = Portfolio.from_tables({**content, "risk": {"paths": 50, "seed": 9}}, history=made_history())
    fan = forecast_of(portfolio)
    assert (fan.paths, fan.seed) == (50, 9)
    assert told.hashprice_fan(fan)["mean"].to_numpy() == pytest.approx(portfolio.hashprice_by_month())
    with pytest.raises(MarketError, match="is of the model fundamental: expected model: stochastic"):
        forecast_of(Portfolio.from_tables(with_market()), scenarios=3)
    with pytest.raises(MarketError, match="has 2 paths: expected at least as many as scenarios, 3"):
        forecast(made_history(), paths=2, scenarios=3)


def test_pages_and_files(tmp_path: Path) -> None:
    """All files into a folder, equal bytes twice; other files are left alone."""
    assert forecast_html(given()) == forecast_html(given())
    assert "://" not in forecast_html(given()).replace("http://www.w3.org", "")
    write_forecast(given(), tmp_path / "out")
    assert (tmp_path / "out" / "forecast.png").read_bytes().startswith(b"\x89PNG")
    record = json.loads((tmp_path / "out" / "forecast.json").read_text(encoding="utf-8"))
    assert (record["paths"], len(record["fan"]), len(record["scenarios"])) == (300, 72, 5)
    with pytest.raises(OutputError, match="--force"):
        check_forecast_target(tmp_path / "out", force=False)
    write_backtest(scored(), tmp_path / "test")
    assert {path.name for path in (tmp_path / "test").iterdir()} == {
        *("backtest.html", "backtest.png", "backtest.csv", "backtest.json", "backtest_forecasts.csv")
    }


def test_names_are_never_markup() -> None:
    """What came from files is text on the page."""
    nasty = forecast(made_history(), months=2, paths=20, name="<script>alert(1)</script>")
    assert "<script>alert" not in forecast_html(nasty)


def test_the_backtest_in_words() -> None:
    """Coverage and skill as in the scores; one table per period."""
    scores = told_backtest.model_scores(scored())
    said = sentence(told_backtest.headline(scored()))
    least, most = scores["coverage_80"].min(), scores["coverage_80"].max()
    assert said.startswith(f"The 80% band held what came in {100 * least:.0f}% to {100 * most:.0f}% of the cases")
    assert f"with drift at {(scores['skill'] > 0).sum()} of 2 horizons" in said
    table = told_backtest.scores_table(scored(), "all")
    assert [row[0].text for row in table.rows] == ["1"] * 3 + ["12"] * 3
    assert table.rows[0][4].value == pytest.approx(scores["coverage_80"].iloc[0])
    assert backtest_html(scored()).count("<figure") == 2


def test_terminal_text() -> None:
    """Both on a narrow pipe, without markup."""
    out = StringIO()
    console = Console(file=out, width=120, markup=False, highlight=False)
    print_forecast(given(), console=console)
    print_backtest(scored(), console=console)
    for words in (
        "Hashprice, USD per PH/s per day",
        "2.5%",
        "The calibrated market",
        "Scores, all origins",
        "persistence",
    ):
        assert words in out.getvalue()


def test_sources_are_told() -> None:
    """The days that were calibrated on, and the notes of the files."""
    history = made_history()
    noted = forecast(NetworkHistory(history.frame, notes=("price.csv: daily",)), months=1, paths=5)
    assert noted.sources == ("calibrated on 1,700 days up to 2026-01-25", "price.csv: daily")
