"""The portfolio made from Python, and what can be looked up in it."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pandas as pd
import pytest

from sites import Portfolio, PortfolioError
from sites.hourly import HourlyPrices, hours_in_year
from tests.sites.small import Tables, changed, findings_of, tables


def flat_series(name: str, year: int = 2023) -> HourlyPrices:
    """A price series of one year at 30 USD/MWh."""
    return HourlyPrices(name, (year,), np.full(hours_in_year(year), 30.0))


def test_frames_and_lists_make_the_same_portfolio() -> None:
    """A pandas frame is a table; blanks, whole numbers as floats and lists in cells are understood."""
    lists = tables()
    lists["fleets"].append({"id": "g", "site": "oswego", "rig": "box", "mw": 5, "retire": "2028-01"})
    frames = {name: pd.DataFrame(rows) for name, rows in lists.items() if name not in ("settings",)}
    frames["settings"] = pd.DataFrame([lists["settings"]])
    frames["contracts"]["term_months"] = frames["contracts"]["term_months"].astype(float)
    frames["contracts"]["sites"] = ["pecos;oswego"]
    frames["hashprice"]["month"] = pd.period_range("2027-01", periods=2, freq="M")
    assert Portfolio.from_tables(frames) == Portfolio.from_tables(lists)


def test_the_callers_tables_are_not_changed() -> None:
    """Reading leaves frames and lists as they were."""
    content = tables()
    Portfolio.from_tables(content)
    assert content == tables()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"sites": {"id": "a"}}, "<python>: sites holds a mapping: expected a frame, or a list of mappings"),
        ({"sites": "sites.csv"}, "<python>: sites holds str: expected a frame, or a list of mappings"),
        ({"sites": 3}, "<python>: sites holds int: expected a frame"),
        ({"sites": [("a", 1)]}, "<python>: sites row 1 holds tuple: expected a mapping from column to value"),
        (
            {"sites": pd.DataFrame([["a", 1, 2]], columns=["id", "mw", "mw"])},
            "<python>: sites holds twice the column mw: expected every column once",
        ),
    ],
)
def test_tables_of_the_wrong_shape_are_refused(content: Tables, message: str) -> None:
    """What is neither frame nor list of mappings is named with its type, and makes no other finding."""
    found = findings_of({**tables(), **content})
    assert str(found[0]).startswith(message)
    assert len(found) == 1


def test_findings_from_python_name_the_row() -> None:
    """There is no line, so records without an id are named by their number."""
    content = changed("hashprice", 1, usd_per_ph_day=float("inf"))
    assert [str(finding) for finding in findings_of(content)] == [
        "<python>: hashprice row 2 usd_per_ph_day = inf: expected a number of USD/(PH/s day) between 0 and 2000; "
        "the number must be finite"
    ]


def test_truth_values_are_not_numbers() -> None:
    """True is not 1 MW."""
    finding = findings_of(changed("sites", 0, capacity_mw=True))[0]
    assert (finding.column, finding.value, finding.hint) == ("capacity_mw", "True", "write a number")


def test_records_are_found_by_id() -> None:
    """Sites and machines by id; an unknown id is a KeyError."""
    portfolio = Portfolio.from_tables(tables())
    assert portfolio.site("oswego").capacity_mw == 60
    assert portfolio.rig("box").th_s == 200
    with pytest.raises(KeyError):
        portfolio.site("nowhere")


def test_machines_of_the_catalogue_are_taken_over() -> None:
    """A fleet may use a machine of the catalogue; the portfolio's own comes first."""
    content = changed("fleets", 0, rig="antminer-s21")
    from sites.catalogue import load_catalogue

    known = next(iter(load_catalogue()))
    content["fleets"][0]["rig"] = known
    portfolio = Portfolio.from_tables(content)
    assert portfolio.rig(known) == load_catalogue()[known]
    assert [rig.id for rig in portfolio.rigs] == ["box", known]
    content["rigs"].append({"id": known, "th_s": 100, "watts": 2000})
    assert Portfolio.from_tables(content).rig(known).watts == 2000


def test_hashprice_holds_its_last_value() -> None:
    """Months before the start are skipped; the last value holds to the end of the horizon."""
    content = tables()
    content["settings"]["months"] = 5
    content["hashprice"] = [
        {"month": month, "usd_per_ph_day": value}
        for month, value in (("2026-12", 60), ("2027-01", 50), ("2027-02", 40), ("2027-03", 30))
    ]
    content["hashprice"] += [{"month": "2026-01", "usd_per_ph_day": 9, "scenario": "low"}]
    portfolio = Portfolio.from_tables(content)
    assert portfolio.hashprice_by_month().tolist() == [50, 40, 30, 30, 30]
    assert portfolio.hashprice_by_month("low").tolist() == [9] * 5
    with pytest.raises(KeyError):
        portfolio.hashprice_by_month("high")


def test_prices_from_python_need_no_file_and_no_row() -> None:
    """A series given as prices is a power series of the portfolio."""
    portfolio = Portfolio.from_tables(changed("sites", 0, power="hub"), prices={"hub": flat_series("hub")})
    assert [series.id for series in portfolio.power_series] == ["hub"]
    assert portfolio.prices["hub"].years == (2023,)
    with pytest.raises(PortfolioError, match="the id of a power series"):
        Portfolio.from_tables(changed("sites", 0, power="hub"))


def test_a_what_if_is_a_changed_copy() -> None:
    """One table is replaced, the rest kept; the copy is checked like any other portfolio."""
    portfolio = Portfolio.from_tables(changed("sites", 0, power="hub"), prices={"hub": flat_series("hub")})
    dearer = portfolio.with_tables({"hashprice": [{"month": "2027-01", "usd_per_ph_day": 60}]})
    assert dearer.hashprice_by_month()[0] == 60
    assert dearer.sites == portfolio.sites
    assert dearer.prices == portfolio.prices
    with pytest.raises(PortfolioError, match="begins too late"):
        portfolio.with_tables({"hashprice": [{"month": "2028-01", "usd_per_ph_day": 60}]})


def test_a_portfolio_can_cross_a_process() -> None:
    """Pickling keeps records and prices."""
    portfolio = Portfolio.from_tables(changed("sites", 0, power="hub"), prices={"hub": flat_series("hub")})
    portfolio.site("pecos")
    assert pickle.loads(pickle.dumps(portfolio)) == portfolio


def test_a_portfolio_cannot_be_changed() -> None:
    """What was checked stays as it was checked."""
    portfolio = Portfolio.from_tables(tables())
    with pytest.raises(AttributeError):
        portfolio.sites = ()  # type: ignore[misc]


def test_tables_leave_defaults_out() -> None:
    """The tables of a portfolio hold what was given, and make an equal portfolio."""
    content = tables()
    portfolio = Portfolio.from_tables(content)
    made = portfolio.to_tables()
    assert made == content
    assert Portfolio.from_tables(made) == portfolio


def test_warnings_come_with_the_portfolio() -> None:
    """What is odd but possible does not stop the portfolio."""
    portfolio = Portfolio.from_tables(changed("settings", 0, discount_rate=0.8))
    assert [finding.severity for finding in portfolio.warnings] == ["warning"]


def test_a_large_portfolio_is_built_in_a_moment() -> None:
    """500 sites with 4 fleets and 2 offers each are checked in well under a second (0.1 s when measured)."""
    content = tables()
    site, fleet, offer = content["sites"][0], content["fleets"][0], content["contracts"][0]
    names = [f"site-{number}" for number in range(500)]
    content["sites"] = [{**site, "id": name} for name in names]
    content["fleets"] = [{**fleet, "id": f"{name}-{k}", "site": name, "mw": 20} for name in names for k in range(4)]
    content["contracts"] = [{**offer, "id": f"{name}-{k}", "sites": [name]} for name in names for k in range(2)]
    began = time.process_time()
    portfolio = Portfolio.from_tables(content)
    assert time.process_time() - began < 1.5
    assert len(portfolio.fleets) == 2_000
    assert portfolio.warnings == ()
