"""Rolling forecasts: their scores follow from their rows, nothing later is known, and the real history is held."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import scoringrules

from sites.market.backtest import MODEL, PERSISTENCE, RANDOM_WALK, Backtest, backtest, score_table
from sites.market.errors import MarketError
from sites.network_history import NetworkHistory, read_network_history
from tests.sites.market_history import made_history

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "network"


@cache
def found() -> Backtest:
    """Of a made history of 4.6 years."""
    return backtest(made_history(), horizons=(1, 6), paths=60, seed=3)


def test_every_month_with_three_years_before_it_is_an_origin() -> None:
    """From May 2024 to the month before the last whole one; each with the horizons that came to pass."""
    rows = found().forecasts
    assert sorted(rows["origin"].unique())[0] == "2024-05"
    assert rows.loc[rows["horizon_months"] == 1, "origin"].max() == "2025-11"
    assert rows.loc[rows["horizon_months"] == 6, "origin"].max() == "2025-06"
    assert (rows.groupby(["origin", "horizon_months"]).size() == 3).all()
    assert rows[rows["origin"] == "2024-05"]["month"].unique().tolist() == ["2024-06", "2024-11"]
    monthly = made_history().monthly()["usd_per_ph_day"]
    assert rows["actual_usd_per_ph_day"].tolist() == pytest.approx(monthly[rows["month"]].tolist())
    assert found().days == ("2021-06-01", "2026-01-25")


def test_scores_are_means_of_the_rows() -> None:
    """Coverage, CRPS and skill of one line by hand; and the walk has no skill against itself."""
    rows, scores = found().forecasts, found().scores
    mine = rows[(rows["forecast"] == MODEL) & (rows["horizon_months"] == 6)]
    walk = rows[(rows["forecast"] == RANDOM_WALK) & (rows["horizon_months"] == 6)]
    line = scores[(scores["forecast"] == MODEL) & (scores["horizon_months"] == 6)].iloc[0]
    inside = (mine["p10"] <= mine["actual_usd_per_ph_day"]) & (mine["actual_usd_per_ph_day"] <= mine["p90"])
    assert line["coverage_80"] == pytest.approx(inside.mean())
    assert line["crps_log"] == pytest.approx(mine["crps_log"].mean())
    assert line["skill"] == pytest.approx(1.0 - mine["crps_log"].mean() / walk["crps_log"].mean())
    assert (scores.loc[scores["forecast"] == RANDOM_WALK, "skill"] == 0.0).all()
    assert scores["period"].unique().tolist() == ["all"]
    early = rows.assign(origin=rows["origin"].str.replace("2024", "2017"))
    assert score_table(early)["period"].unique().tolist() == ["all", "to 2018", "from 2019"]


def test_simple_forecasts_are_what_they_say() -> None:
    """Persistence keeps the last week's hashprice; both are log-normal, and their CRPS is that of a normal one."""
    rows = found().forecasts
    row = rows[(rows["forecast"] == PERSISTENCE) & (rows["origin"] == "2024-08") & (rows["horizon_months"] == 1)].iloc[
        0
    ]
    hashprice = made_history().hashprice()
    assert row["p50"] == pytest.approx(hashprice[:"2024-08-31"].iloc[-7:].mean())  # type: ignore[misc]
    mean, deviation = np.log(row["p50"]), np.log(row["p90"] / row["p50"]) / 1.2815515655446004
    actual = np.log(row["actual_usd_per_ph_day"])
    assert row["crps_log"] == pytest.approx(float(scoringrules.crps_normal(actual, mean, deviation)))
    assert row["p97_5"] / row["p50"] == pytest.approx(row["p50"] / row["p2_5"])


def test_a_changed_future_changes_no_forecast() -> None:
    """Prices a thousandfold from September 2025 on leave all forecasts made before as they were."""
    poisoned = made_history().frame.copy()
    poisoned.loc["2025-09-01":, "price_usd"] *= 1_000.0  # type: ignore[misc]
    other = backtest(NetworkHistory(poisoned), horizons=(1, 6), paths=60, seed=3).forecasts
    columns = ["origin", "horizon_months", "forecast", "p10", "p50", "p90"]
    before = found().forecasts["origin"] <= "2025-08"
    assert before.sum() > 80
    assert found().forecasts.loc[before, columns].equals(other.loc[other["origin"] <= "2025-08", columns])
    assert not found().forecasts.loc[~before, columns].equals(other.loc[other["origin"] > "2025-08", columns])


def test_a_short_history_is_refused() -> None:
    """Three years have no month after them."""
    with pytest.raises(MarketError, match=r"has a history of 1100 days, too short to be tested on: expected 1095 days"):
        backtest(made_history(1100))


@pytest.mark.skipif(not REAL.is_dir(), reason="the network's history is not here")
@pytest.mark.parametrize(
    "files", [("network_model_metrics.csv", "electricity_cost_scenarios.csv"), ("coinmetrics_btc.csv",)]
)
def test_the_bands_hold_on_the_real_history(files: tuple[str, ...]) -> None:
    """Of what came the 80 % band held 72 to 88 % at each horizon, and the forecast beat the random walk with drift."""
    scores = backtest(read_network_history([REAL / name for name in files]), paths=250).scores
    mine = scores[(scores["period"] == "all") & (scores["forecast"] == MODEL)].set_index("horizon_months")
    assert mine.index.tolist() == [1, 3, 6, 12]
    assert mine["coverage_80"].between(0.72, 0.89).all()
    assert (mine["skill"] > 0.1).all()
    assert mine.loc[12, "skill"] > 0.3
