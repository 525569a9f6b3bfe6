"""The tables of capital come back from files as they were, and give the price of bitcoin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sites import Portfolio, PortfolioError, load_portfolio, save_portfolio
from sites.columns import SINGLE_RECORD_TABLES, TABLES
from tests.sites.capital_cases import CAPITAL, capital, priced_by_its_market
from tests.sites.market_history import made_history
from tests.sites.small import tables, write_yaml

CAPITAL_YAML = """\
rig_offers:
  - {id: new-boxes, rig: box, usd_per_th: 12, max_mw: 20}
rig_stock:
  - {rig: box, mw: 2, sell_usd_per_th: 5}
hall_builds:
  file: halls.csv
expansions:
  - id: grid
    site: pecos
    usd_per_mw: 2e5
    max_mw: 10
loans:
  - {id: bank, limit_usd: 50e6, rate: 0.1, tenor_months: 12}
equity: {file: equity.csv}
treasury: {opening_btc: 500, btc_price_usd: 90000}
tax:
  file: tax.csv
liquidity:
  opening_cash_usd: 20e6
"""


def test_a_portfolio_without_capital_has_none() -> None:
    """Absent tables are empty, and those of one record are None, not a record of defaults."""
    portfolio = Portfolio.from_tables(tables())
    for table in CAPITAL:
        assert getattr(portfolio, table) == (None if table in SINGLE_RECORD_TABLES else ())
        assert table not in portfolio.to_tables()


def test_capital_comes_back_from_its_tables() -> None:
    """As given, with defaults left out; taken away again, nothing of it is left."""
    portfolio = Portfolio.from_tables(capital())
    given = portfolio.to_tables()
    assert {table: given[table] for table in CAPITAL} == CAPITAL
    assert Portfolio.from_tables(given) == portfolio
    less = portfolio.with_tables({"treasury": None, "loans": [], "liquidity": None, "equity": []})
    assert (less.treasury, less.loans, less.liquidity, less.equity) == (None, (), None, ())
    assert less.tax == portfolio.tax


def test_capital_comes_back_from_a_folder(tmp_path: Path) -> None:
    """Saved and loaded it is equal, and saved again it is the same text."""
    portfolio = Portfolio.from_tables(capital())
    path = save_portfolio(portfolio, tmp_path / "one")
    loaded = load_portfolio(path)
    assert loaded == portfolio
    assert save_portfolio(loaded, tmp_path / "two").read_bytes() == path.read_bytes()


def test_capital_in_yaml_and_csv_is_the_same(tmp_path: Path) -> None:
    """Every table may stand in the YAML file or in a CSV file beside it, those of one record too."""
    for name, text in (
        ("halls", "id,site,usd_per_mw,max_mw\nhall,pecos,300000,10\n"),
        ("equity", "id,limit_usd,cost\nissue,5e7,0.06\n"),
        ("tax", "rate\n0.21\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    write_yaml(tmp_path, ("rig: box, mw: 50}", "rig: box, mw: 50, max_mw: 70}"))
    with (tmp_path / "portfolio.yaml").open("a", encoding="utf-8") as file:
        file.write(CAPITAL_YAML)
    loaded = load_portfolio(tmp_path)
    assert loaded == Portfolio.from_tables(capital())
    assert loaded.warnings == ()
    assert {path.name for path in loaded.input_files} == {"portfolio.yaml", "halls.csv", "equity.csv", "tax.csv"}
    (tmp_path / "tax.csv").write_text("rate\n0.21\n0.25\n", encoding="utf-8")
    with pytest.raises(PortfolioError, match=r"tax.csv:3: tax holds 2 records: expected one record"):
        load_portfolio(tmp_path)


def test_frames_are_tables_too() -> None:
    """A frame with missing cells is read like rows without them."""
    import pandas as pd

    frames = {table: pd.DataFrame(rows) for table, rows in CAPITAL.items() if table not in SINGLE_RECORD_TABLES}
    frames["rig_stock"]["max_sell_mw_per_month"] = np.nan
    assert Portfolio.from_tables({**capital(), **frames}) == Portfolio.from_tables(capital())


def test_every_table_of_capital_is_among_the_cases() -> None:
    """No table is left out here and in the rules."""
    earlier = list(TABLES)[: list(TABLES).index("rig_offers")]
    assert set(CAPITAL) == set(TABLES) - set(earlier)


def test_the_treasury_says_the_price_of_bitcoin() -> None:
    """Its price when the plan starts grows by its rate, counted at the middle of every month."""
    portfolio = Portfolio.from_tables(capital(("treasury", {"btc_growth": 0.21})))
    price = portfolio.btc_price_by_month()
    assert price is not None
    assert price.shape == (24,)
    assert price[0] == pytest.approx(90_000 * 1.21 ** (1 / 24))
    assert price[12] / price[0] == pytest.approx(1.21)
    assert np.array_equal(portfolio.btc_price_by_scenario(), price[None, :])


def test_without_a_price_there_is_none() -> None:
    """Neither a treasury without a price nor none at all makes one up."""
    assert Portfolio.from_tables(tables()).btc_price_by_month() is None
    without_price = Portfolio.from_tables(capital(("treasury", {"opening_btc": 0, "btc_price_usd": None})))
    assert without_price.btc_price_by_month() is None
    assert without_price.btc_price_by_scenario() is None


def test_a_fundamental_market_gives_the_mean_of_its_days() -> None:
    """The price that the hashprice comes from: 95,000 USD growing by 10 % a year, from day to day."""
    portfolio = Portfolio.from_tables(priced_by_its_market())
    price = portfolio.btc_price_by_month()
    assert price is not None
    days = 95_000 * 1.1 ** ((np.arange(59) + 0.5) / 365.2425)
    assert price[:2] == pytest.approx([days[:31].mean(), days[31:].mean()])
    own = replace(portfolio, treasury=Portfolio.from_tables(capital()).treasury).btc_price_by_month()
    assert own == pytest.approx(np.full(24, 90_000))


def test_scenarios_of_a_table_share_one_price() -> None:
    """One row of prices for each scenario of the table."""
    content = priced_by_its_market()
    content["scenarios"] = [{"id": "low", "probability": 0.25}, {"id": "high", "probability": 0.75}]
    portfolio = Portfolio.from_tables(content)
    price = portfolio.btc_price_by_month()
    by_scenario = portfolio.btc_price_by_scenario()
    assert price is not None
    assert np.array_equal(by_scenario, [price, price])


def test_a_stochastic_market_gives_a_price_in_every_path() -> None:
    """Drawn with the hashprice, from the same paths, and planned with at its mean."""
    content = capital(("treasury", {"btc_price_usd": None}), without=("hashprice",))
    content["settings"] |= {"months": 6, "market": {"model": "stochastic", "history": ["made.csv"]}}
    content["risk"] = {"paths": 20, "seed": 3}
    portfolio = Portfolio.from_tables(content, history=made_history())
    by_scenario = portfolio.btc_price_by_scenario()
    assert by_scenario is not None
    assert by_scenario.shape == portfolio.scenario_paths.hashprice.shape == (20, 6)
    assert by_scenario.std(axis=0).min() > 0
    assert portfolio.btc_price_by_month() == pytest.approx(by_scenario.mean(axis=0))
    drawn = portfolio.market_paths(20, 3)
    assert by_scenario is drawn.btc_price_usd
    assert not by_scenario.flags.writeable
    assert np.array_equal(portfolio.scenario_paths.hashprice, drawn.hashprice)
