"""The settings' market: written as a mapping, in one cell or from Python, it makes the months that no table gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sites import Portfolio, PortfolioError, edited, load_portfolio
from sites.columns import MARKET_COLUMNS, POINT_COLUMNS
from sites.market.errors import MarketError
from sites.market.paths import MarketPaths
from sites.market_record import Market, MarketTextError, market_cells, market_points, named_model
from sites.months import month_number
from sites.network import hashprice_usd_per_ph_day
from sites.network_history import NetworkHistory
from sites.quantities import Kind
from sites.save import save_portfolio
from tests.sites.market_cases import FUNDAMENTAL, points, with_market
from tests.sites.market_history import made_history
from tests.sites.small import findings_of, tables, yaml_findings

AS_TEXT = "; ".join(f"{name}={value}" for name, value in FUNDAMENTAL.items())
HALVING = 15  # April 2028, counted from January 2027

NESTED_YAML = """\
settings:
  name: small
  start: 2027-01
  months: 12
  discount_rate: 0.12
  market:
    model: fundamental
    btc_price_usd: 95000
    network_eh_s_by_month:
      - {month: 2027-01, value: 900}
      - {month: 2028-01, value: 1100}
    fee_share: 0.013
sites:
  - {id: a, capacity_mw: 10, power: 40}
fleets: []
"""


def write(folder: Path, text: str) -> Path:
    """A folder with this portfolio."""
    folder.mkdir(exist_ok=True)
    (folder / "portfolio.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made() -> Portfolio:
    """The small portfolio with a fundamental market."""
    return Portfolio.from_tables(with_market())


def test_the_hashprice_follows_from_price_hashrate_and_fees(made: Portfolio) -> None:
    """The first month is what 144 blocks a day pay, the trend that of price over difficulty, the halving is there."""
    path = made.hashprice_by_month()
    first = hashprice_usd_per_ph_day(
        btc_price_usd=95_000.0, network_eh_s=950.0, subsidy_btc_per_block=3.125, fee_share=0.013
    )
    assert path[0] == pytest.approx(first, rel=0.01)
    assert path[12] / path[0] == pytest.approx(1.10 / 1.25, rel=0.01)
    # Faster blocks bring the halving of 15 April 2028 into March.
    assert 0.45 < path[HALVING + 1] / path[HALVING - 2] < 0.5


def test_a_path_by_month_passes_its_points() -> None:
    """In the middle of a month with a point the path is there; the last one holds."""
    given = with_market(
        ("btc_price_usd", "btc_growth", "network_growth"),
        btc_price_usd_by_month=points(("2027-01", 100_000), ("2027-03", 100_000), ("2027-05", 50_000)),
    )
    path = Portfolio.from_tables(given).hashprice_by_month()
    assert path[1] == pytest.approx(path[0], rel=1e-3)
    assert path[6] == pytest.approx(path[0] / 2, rel=1e-3)
    # Half way in time the logarithm is half way: the square root of a half.
    assert path[3] == pytest.approx(path[0] * 0.5**0.5, rel=0.02)


def test_one_cell_means_the_same_as_a_mapping(made: Portfolio) -> None:
    """A sheet's cell spells the market out."""
    content = with_market()
    content["settings"]["market"] = AS_TEXT
    assert Portfolio.from_tables(content) == made


def test_a_frame_may_hold_the_cell(made: Portfolio) -> None:
    """The settings as a pandas frame carry the same text."""
    content = with_market()
    content["settings"] = pd.DataFrame([{**content["settings"], "market": AS_TEXT}])
    assert Portfolio.from_tables(content) == made


def test_lists_in_one_cell() -> None:
    """Months are separated by commas, and so are the files of a history."""
    assert market_points("2027-01:95000, 2028-01: 1.2e5") == points(("2027-01", "95000"), ("2028-01", "1.2e5"))  # type: ignore[arg-type]
    assert market_cells("model = stochastic; history=a.csv, b.csv;") == {
        "model": "stochastic",
        "history": ["a.csv", "b.csv"],
    }


@pytest.mark.parametrize("text", ["fundamental", "=3", "model=curve; model=curve"])
def test_a_cell_that_spells_no_market(text: str) -> None:
    """A part without a name, without a value or given twice is told."""
    with pytest.raises(MarketTextError):
        market_cells(text)
    assert named_model(text) == "curve"


def test_rows_of_the_table_count_before_the_model(made: Portfolio) -> None:
    """Forward quotes are rows of the table hashprice: those months are as given, all others as the model has them."""
    content = with_market()
    content["hashprice"] = [{"month": "2027-02", "usd_per_ph_day": 39.5}, {"month": "2027-03", "usd_per_ph_day": 38}]
    path = Portfolio.from_tables(content).hashprice_by_month()
    model = made.hashprice_by_month()
    assert path[1:3].tolist() == [39.5, 38.0]
    assert np.delete(path, [1, 2]).tolist() == np.delete(model, [1, 2]).tolist()


def test_other_scenarios_stand_beside_the_model(made: Portfolio) -> None:
    """A price path of another name keeps its rules, and a scenario may name the one that the model makes."""
    content = with_market()
    content["hashprice"] = [{"month": "2027-01", "usd_per_ph_day": 20, "scenario": "low"}]
    content["scenarios"] = [
        {"id": "as-thought", "probability": 0.5},
        {"id": "worse", "probability": 0.5, "hashprice": "low"},
    ]
    portfolio = Portfolio.from_tables(content)
    paths = portfolio.scenario_paths.hashprice
    assert paths[0].tolist() == made.hashprice_by_month().tolist()
    assert set(paths[1]) == {20.0}


def test_the_curve_needs_the_table() -> None:
    """Without a model that makes it, the table hashprice is compulsory."""
    content = tables()
    content["settings"]["market"] = {"model": "curve"}
    assert findings_of(content) == []
    del content["hashprice"]
    assert [str(finding) for finding in findings_of(content)] == [
        "<python>: table 'hashprice' is missing: expected a compulsory table"
    ]


def test_tables_round_trip(made: Portfolio) -> None:
    """What the model made is not among the tables, and is made again."""
    content = made.to_tables()
    assert content["hashprice"] == []
    assert content["settings"]["market"] == FUNDAMENTAL
    assert Portfolio.from_tables(content) == made
    assert made.with_tables({"limits": {"max_build_mw": 5}}).hashprice == made.hashprice


def test_files_round_trip(tmp_path: Path) -> None:
    """A nested market in YAML loads, saves and loads to an equal portfolio."""
    portfolio = load_portfolio(write(tmp_path / "given", NESTED_YAML))
    saved = save_portfolio(portfolio, tmp_path / "saved")
    assert load_portfolio(saved.parent) == portfolio
    assert portfolio.hashprice_by_month()[0] == pytest.approx(95_000 * 450 / 0.987 / 900_000, rel=0.01)


def test_faults_are_told_where_they_stand(tmp_path: Path) -> None:
    """Every fault of a nested market has its own line and column."""
    text = NESTED_YAML.replace("0.013", "1.3").replace("value: 1100", "valu: 1100").replace("95000", "95k")
    assert yaml_findings(write(tmp_path, text)) == [
        "portfolio.yaml:8:20: settings market.btc_price_usd = 95k: expected a number of USD above 0 and up to "
        "1000000000; write the number alone (95 if it is in the column's unit)",
        "portfolio.yaml:11:9: settings market.network_eh_s_by_month[1].value is missing: expected a number between 0 "
        "and 1000000000; the column is compulsory",
        "portfolio.yaml:11:32: settings market.network_eh_s_by_month[1].valu = 1100 is an unknown column: expected a "
        "column of this table; did you mean 'value'?",
        "portfolio.yaml:12:16: settings market.fee_share = 1.3: expected a fraction between 0 and 0.95; "
        "1.3 looks like a percentage; write 0.013",
    ]


@pytest.mark.parametrize(
    ("market", "words"),
    [
        ([1], r"market = \[1\]: expected a record .*write a mapping"),
        ({**FUNDAMENTAL, "network_eh_s_by_month": 5}, r"by_month = 5: expected a list of records, each with month"),
        ({**FUNDAMENTAL, "network_eh_s_by_month": [5]}, r"by_month\[0\] = 5: expected a record of month and value"),
        ("btc_price_usd_by_month=95000", "write months and values like 2027-01:95000"),
        ({**FUNDAMENTAL, "model": "x"}, "market.model = x: expected one of curve, fundamental, stochastic"),
        (
            {**FUNDAMENTAL, "nework_growth": 1},
            "nework_growth = 1 is an unknown column: .*did you mean 'network_growth'",
        ),
    ],
)
def test_a_market_of_another_shape(market: Any, words: str) -> None:
    """What is no market is told by its field."""
    content = tables()
    content["settings"]["market"] = market
    with pytest.raises(PortfolioError, match=words):
        Portfolio.from_tables(content)


@pytest.mark.parametrize("column", [*MARKET_COLUMNS.values(), *POINT_COLUMNS.values()], ids=lambda one: one.name)
def test_a_field_says_what_it_holds(column: Any) -> None:
    """Every field has a description and words for messages; a number also has its unit and range."""
    assert column.description.endswith(".")
    assert column.expected
    if column.kind in (Kind.NUMBER, Kind.WHOLE) and column.name != "value":
        assert column.unit
        assert column.low is not None
        assert column.high is not None


def test_one_field_can_be_changed(made: Portfolio) -> None:
    """A changed field makes the hashprice anew; months that were changed themselves stay as they are."""
    dearer = edited(made, ["settings.market.btc_price_usd=*1.1"])
    assert dearer.hashprice_by_month() == pytest.approx(1.1 * made.hashprice_by_month())
    fixed = edited(made, ["hashprice.2027-03.usd_per_ph_day=50"])
    both = edited(fixed, ["settings.market.btc_price_usd=*1.1"])
    assert both.hashprice_by_month()[2] == 50.0
    assert np.delete(both.hashprice_by_month(), 2) == pytest.approx(np.delete(dearer.hashprice_by_month(), 2))
    assert "2027-03" not in both.market_months


def test_a_market_can_be_set_and_taken_away(made: Portfolio) -> None:
    """Set as one text, it makes the months; a field is left blank like any other."""
    plain = Portfolio.from_tables({**tables(), "settings": {**tables()["settings"], "months": 2}})
    longer = edited(plain, [f"settings.market={AS_TEXT}", "settings.months=24"])
    assert longer.hashprice_by_month()[:2].tolist() == [50.0, 49.0]
    assert longer.hashprice_by_month()[2:].tolist() == made.hashprice_by_month()[2:].tolist()
    assert edited(longer, ["settings.market="]).hashprice_by_month()[-1] == 49.0
    with pytest.raises(PortfolioError, match="a fundamental market needs it"):
        edited(made, ["settings.market.fee_share="])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("settings.market.btc=1", "settings market.btc is an unknown column: .*the columns are model, btc_price_usd"),
        ("settings.market.fee_share=*100", "market.fee_share = 1.3: expected a fraction between 0 and 0.95"),
        ("settings.market.difficulty=*2", "expected a number to begin with; difficulty is absent"),
        ("settings.other.difficulty=2", "settings.FIELD=VALUE; the table has one record"),
    ],
)
def test_a_change_that_cannot_be_made(made: Portfolio, change: str, words: str) -> None:
    """The change is named with its field."""
    with pytest.raises(PortfolioError, match=words) as caught:
        edited(made, [change])
    assert caught.value.findings[0].file == f"--set {change}"


def history() -> NetworkHistory:
    """Three days of a network."""
    days = pd.date_range("2026-08-01", periods=3, tz="UTC", name="day")
    columns = {"price_usd": 65e3, "network_eh_s": 911.0, "difficulty": 127e12, "subsidy_btc": 450.0, "fees_btc": 3.3}
    return NetworkHistory(pd.DataFrame(columns, index=days))


def stochastic(**fields: Any) -> dict[str, Any]:
    """The small portfolio with a stochastic market."""
    content = with_market()
    content["settings"]["market"] = {"model": "stochastic", **fields}
    return content


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Paths of 30 and 50 USD in place of random ones; what was asked for."""
    asked: list[tuple[int, int]] = []

    def draw(market: Market, past: NetworkHistory, first: int, months: int, paths: int, seed: int) -> MarketPaths:
        assert (market.model, past is None, first) == ("stochastic", False, month_number("2027-01"))
        asked.append((paths, seed))
        hashprice = np.where(np.arange(paths)[:, None] % 2, 50.0, 30.0) * np.ones(months)
        return MarketPaths(hashprice, np.ones_like(hashprice), 2000.0 * hashprice)

    monkeypatch.setattr("sites.market.paths._drawn", draw)
    return asked


def test_a_stochastic_market_is_planned_with_its_mean(drawn: list[tuple[int, int]]) -> None:
    """The base path is the mean of the paths, as many and from the seed that the table risk says."""
    portfolio = Portfolio.from_tables({**stochastic(), "risk": {"paths": 10, "seed": 7}}, history=history())
    assert portfolio.hashprice_by_month().tolist() == [40.0] * 24
    assert drawn == [(10, 7)]
    price = portfolio.btc_price_by_month()
    assert price is not None
    assert price.tolist() == [80_000.0] * 24
    assert drawn == [(10, 7), (10, 7)]
    assert portfolio.market_paths(4, 1).hashprice.shape == (4, 24)
    assert portfolio.with_tables({"risk": {"paths": 12, "seed": 7}}).history is portfolio.history
    assert edited(portfolio, ["sites.pecos.power=41"]).history is portfolio.history


def test_the_history_is_read_saved_and_read_again(tmp_path: Path, drawn: list[tuple[int, int]]) -> None:
    """Files of the folder are read and joined; saved, they are one file that says the same."""
    (tmp_path / "net.csv").write_text(
        "Timestamp,hash-rate\n2026-08-01,911e6\n2026-08-02,905e6\n", encoding="utf-8", newline=""
    )
    (tmp_path / "usd.csv").write_text("Timestamp,market-price\n2026-08-01,65000\n2026-08-02,64000\n", encoding="utf-8")
    portfolio = Portfolio.from_tables(stochastic(history=["net.csv", "usd.csv"]), folder=tmp_path)
    assert {path.name for path in portfolio.input_files} == {"net.csv", "usd.csv"}
    again = load_portfolio(save_portfolio(portfolio, tmp_path / "saved").parent)
    assert portfolio.history is not None
    assert again.history is not None
    pd.testing.assert_frame_equal(again.history.frame, portfolio.history.frame, check_freq=False)
    market = portfolio.settings.market
    assert market is not None
    assert again.settings.market == market.model_copy(update={"history": ("network-history.csv",)})
    assert replace(again, settings=portfolio.settings) == portfolio


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "market.history is missing; a stochastic market needs it"),
        ({"history": ["../net.csv"]}, r"market.history = ../net.csv: .*leads out of the portfolio's folder"),
        ({"history": ["none.csv"]}, "market.history = none.csv: .*there is no such file"),
        ({"history": ["bad.csv"]}, "bad.csv:2: hash-rate = many: expected a finite number"),
    ],
)
def test_a_history_that_cannot_be_read(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    """A missing file and a faulty one are findings like all others."""
    (tmp_path / "bad.csv").write_text("Timestamp,hash-rate\n2026-08-01,many\n", encoding="utf-8")
    with pytest.raises(PortfolioError, match=words):
        Portfolio.from_tables(stochastic(**fields), folder=tmp_path)


def test_only_a_stochastic_market_has_paths(made: Portfolio) -> None:
    """A path as thought has no distribution."""
    with pytest.raises(MarketError, match="is of the model fundamental: expected model: stochastic"):
        made.market_paths(10, 1)


def test_a_stochastic_market_draws_its_paths() -> None:
    """The mean of the paths is the base; risk.paths makes each of them a scenario."""
    past = made_history()
    portfolio = Portfolio.from_tables({**stochastic(), "risk": {"paths": 40, "seed": 7}}, history=past)
    paths = portfolio.scenario_paths
    assert (paths.count, paths.hashprice.shape) == (40, (40, 24))
    assert portfolio.hashprice_by_month() == pytest.approx(paths.hashprice.mean(axis=0))
    np.testing.assert_array_equal(portfolio.market_paths(40, 7).hashprice, paths.hashprice)
    assert not np.allclose(portfolio.market_paths(40, 8).hashprice, paths.hashprice)


def test_a_history_that_does_not_suffice_is_a_finding() -> None:
    """Three days are too few; said of the settings, like every other fault."""
    with pytest.raises(PortfolioError, match="settings market has 3 days of price and hashrate to calibrate on"):
        Portfolio.from_tables(stochastic(), history=history())
