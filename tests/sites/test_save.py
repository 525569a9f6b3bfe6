"""Saving and loading again gives an equal portfolio, to the last digit."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sites import Portfolio, load_portfolio, save_portfolio
from sites.columns import TABLE_COLUMNS, Column
from sites.hints import NUMBER_PATTERN
from sites.hourly import HourlyPrices, hours_in_year
from sites.months import month_label
from sites.quantities import HIDDEN_CATEGORIES, Kind, is_hidden
from sites.slips import SLIPS
from tests.sites.small import Tables, tables

START = 2027 * 12
REMARKS = ("source", "as_of", "note")


def without_files(portfolio: Portfolio) -> dict[str, Any]:
    """The tables of a portfolio, but for how its price series are read: saving writes them in our own format."""
    content = portfolio.to_tables()
    rows = content.get("power_series", [])
    content["power_series"] = [{name: row[name] for name in ("id", *REMARKS) if name in row} for row in rows]
    return content


def saved_and_loaded(portfolio: Portfolio) -> Portfolio:
    """The portfolio after a round trip through a folder."""
    with tempfile.TemporaryDirectory() as folder:
        save_portfolio(portfolio, folder)
        return load_portfolio(folder)


def visible(text: str) -> bool:
    """Whether a text may stand in a record as it is."""
    return text == text.strip() and not any(is_hidden(character) for character in text)


# "Cn" holds the code points that are no characters.
seen = st.characters(codec="utf-8", exclude_categories=(*sorted(HIDDEN_CATEGORIES), "Cn"))
texts = st.one_of(
    st.text(seen, min_size=1, max_size=12).map(str.strip).filter(bool).filter(visible),
    st.sampled_from(
        ["NO", "null", "~", "1e3", "2027-01-01", "=1+1", "a: b", "- a", "# a", "'", '"', "&a", "*a", "[", "é"]
    ),
)
ids = texts.filter(lambda text: ";" not in text and NUMBER_PATTERN.fullmatch(text) is None)


def numbers(table: str, column: Column) -> st.SearchStrategy[float]:
    """Any number of a column but those that would be taken for one in another unit."""
    assert column.low is not None
    assert column.high is not None
    parts = [(column.low, column.high)]
    for slip in SLIPS.get(table, {}).get(column.name, ()):
        if slip.severity == "error":
            outside = [[(low, min(high, slip.above)), (max(low, slip.below), high)] for low, high in parts]
            parts = [(low, high) for pair in outside for low, high in pair if low <= high]
    strategies = [
        st.floats(
            low,
            high,
            exclude_min=column.low_open and low == column.low < high,
            exclude_max=column.high_open and low < high == column.high,
        )
        for low, high in parts
    ]
    return st.one_of(strategies)


def cell(table: str, column: Column) -> st.SearchStrategy[Any]:
    """Any value that may stand in a column, whatever stands in the others."""
    match column.kind:
        case Kind.NUMBER | Kind.PRICE:
            return numbers(table, column)
        case Kind.WHOLE:
            assert column.low is not None
            assert column.high is not None
            return st.integers(int(column.low), int(column.high))
        case Kind.MONTH:
            return st.integers(START - 60, START + 600).map(month_label)
        case Kind.FLAG:
            return st.booleans()
        case Kind.CHOICE:
            return st.sampled_from(column.choices)
        case Kind.CALENDAR:
            return st.lists(st.integers(1, 12), min_size=1, unique=True)
    return texts


@st.composite
def row(draw: st.DrawFn, table: str, fixed: dict[str, Any]) -> dict[str, Any]:
    """A row with these cells and any number of optional ones."""
    drawn: dict[str, Any] = {}
    for name, column in TABLE_COLUMNS[table].items():
        if name in fixed:
            drawn[name] = fixed[name]
        elif column.kind not in (Kind.STEPS, Kind.MARKET) and (column.required or draw(st.integers(0, 3)) == 0):
            drawn[name] = draw(cell(table, column))
    return {name: value for name, value in drawn.items() if value is not None}


@st.composite
def portfolio_tables(draw: st.DrawFn) -> Tables:
    """Random valid tables that use every column."""
    site_ids = draw(st.lists(ids, min_size=1, max_size=3, unique_by=str.casefold))
    cooling = draw(st.sampled_from(["air", "hydro", "immersion"]))
    content: Tables = {
        "settings": draw(row("settings", {"start": month_label(START)})),
        "sites": [draw(site(name, cooling)) for name in site_ids],
        "rigs": [
            draw(row("rigs", {"id": "box", "th_s": 200.0, "watts": draw(st.floats(700, 30_000)), "cooling": cooling}))
        ],
        "hashprice": [
            draw(row("hashprice", {"month": month_label(START + t), "scenario": "base"}))
            for t in range(draw(st.integers(1, 4)))
        ],
    }
    some_site = st.sampled_from(site_ids)
    room = st.one_of(st.none(), st.floats(7, 1_000))
    content["fleets"] = [
        draw(row("fleets", {"id": f"f{k}", "site": draw(some_site), "rig": "box", "mw": 7.0, "max_mw": draw(room)}))
        for k in range(draw(st.integers(0, 2)))
    ]
    content["capacity_steps"] = [draw(row("capacity_steps", {"site": draw(some_site)}))][: draw(st.integers(0, 1))]
    content["contracts"] = [draw(offer(f"c{k}", site_ids)) for k in range(draw(st.integers(0, 2)))]
    content["power_contracts"] = [
        draw(row("power_contracts", power_contract(draw, draw(some_site)))) for _ in range(draw(st.integers(0, 3)))
    ]
    modes = draw(st.lists(texts, max_size=2, unique_by=str.casefold))
    content["rig_modes"] = [
        draw(row("rig_modes", {"rig": "box", "mode": name, "th_s": 150.0, "watts": draw(st.floats(700, 20_000))}))
        for name in modes
    ]
    content["limits"] = draw(limits())
    content |= draw(capital(some_site, content["contracts"]))
    return content


@st.composite
def site(draw: st.DrawFn, name: str, cooling: str) -> dict[str, Any]:
    """A random valid site, whose halls suit machines of this cooling."""
    closure = draw(st.sampled_from([(None, None), (0.0, None), (2.5e6, "2027-06")]))
    fixed = {"id": name, "cooling": draw(st.sampled_from([None, "any", cooling]))}
    return draw(row("sites", {**fixed, "closure_cost_usd": closure[0], "first_closure": closure[1]}))


@st.composite
def capital(draw: st.DrawFn, sites: st.SearchStrategy[str], offers: list[dict[str, Any]]) -> Tables:
    """Random valid tables of capital, some of them left out."""
    months = st.sampled_from([(None, None), ("2027-03", None), (None, "2027-02"), ("2026-11", "2030-12")])

    def window(first: str, last: str) -> dict[str, Any]:
        return dict(zip((first, last), draw(months), strict=True))

    order = ("first_order", "last_order")
    share, policy = draw(st.sampled_from([(None, None), (0.125, "fixed_share")]))
    financed = {"contract": offers[0]["id"], "last_draw": "2027-05", "min_dscr": 1.25} if offers else {}
    financed = draw(st.sampled_from([{}, financed]))
    other = {"contract": None, "capex_share": None, "min_dscr": None}
    content: Tables = {
        "rig_offers": [draw(row("rig_offers", {"id": "o", "rig": "box", **window(*order)}))],
        "rig_stock": [draw(row("rig_stock", {"rig": "box"}))],
        "hall_builds": [draw(row("hall_builds", {"id": "h", "site": draw(sites), **window(*order)}))],
        "expansions": [
            draw(row("expansions", {"id": "e", "site": draw(sites), "min_mw": 0.5, "max_mw": 9.5, **window(*order)}))
        ],
        "loans": [draw(row("loans", {"id": "l", **window("first_draw", "last_draw"), **other, **financed}))],
        "equity": [draw(row("equity", {"id": "s", **window("first_month", "last_month")}))],
        "treasury": draw(row("treasury", {"btc_price_usd": 90_123.456, "policy": policy, "sale_share": share})),
        "tax": draw(row("tax", {})),
        "liquidity": draw(row("liquidity", {})),
    }
    return {table: rows for table, rows in content.items() if draw(st.booleans())}


def power_contract(draw: st.DrawFn, site: str) -> dict[str, Any]:
    """The cells of a valid power contract that others depend on."""
    ratchet = draw(st.sampled_from([(None, None), (0.8, 11)]))
    return {
        "site": site,
        "mw": 20.0,
        "price_usd_per_mwh": 35.5,
        "usd_per_kw_month": 5.25,
        "usd_per_mw_month": 4000.0,
        "hours": 4,
        "hours_per_month": 10,
        "from": "2027-02",
        "to": draw(st.sampled_from([None, "2027-09"])),
        "ratchet_share": ratchet[0],
        "ratchet_months": ratchet[1],
    }


@st.composite
def offer(draw: st.DrawFn, name: str, site_ids: list[str]) -> dict[str, Any]:
    """A random valid offer, open or signed."""
    first, more = draw(st.integers(START - 12, START + 12)), draw(st.integers(0, 12))
    sites = draw(st.lists(st.sampled_from(site_ids), min_size=1, unique=True))
    signed = draw(st.booleans())
    fixed = {
        "id": name,
        "sites": sites[:1] if signed else sites,
        "max_mw": 30.0,
        "min_mw": draw(st.sampled_from([None, 0.1])),
        "block_mw": draw(st.sampled_from([None, 2.5])),
        "committed_mw": 20.0 if signed else None,
        "requires": None,
        "first_start": month_label(first),
        "last_start": month_label(first if signed else first + more),
        "term_months": 240,
    }
    return draw(row("contracts", fixed))


@st.composite
def limits(draw: st.DrawFn) -> dict[str, Any]:
    """Random valid limits."""
    drawn = draw(row("limits", {"ai_share_min": None}))
    months = draw(st.lists(st.integers(START, START + 24), max_size=3, unique=True))
    if months:
        amounts = st.one_of(st.just(0.0), st.floats(1_000, 1e12))
        drawn["capex_budget"] = [{"month": month_label(month), "usd": draw(amounts)} for month in sorted(months)]
    return drawn


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(portfolio_tables())
def test_every_portfolio_survives_being_saved(content: Tables) -> None:
    """Random portfolios with odd names and numbers of every size load as they were saved."""
    portfolio = Portfolio.from_tables(content)
    assert saved_and_loaded(portfolio) == portfolio
    assert Portfolio.from_tables(portfolio.to_tables()) == portfolio


def with_prices() -> Portfolio:
    """The small portfolio on two price series whose names no file system would take as they are."""
    content = tables()
    content["sites"][0]["power"] = "hub/../west"
    content["sites"][1]["power"] = "hub:..:west"
    random = np.random.default_rng(1)
    prices = {}
    for name, years in (("hub/../west", (2023, 2024)), ("hub:..:west", (2024,))):
        hours = sum(hours_in_year(year) for year in years)
        prices[name] = HourlyPrices(name, years, random.normal(30, 80, hours))
    series = [
        {"id": "hub/../west", "file": "a.csv", "timezone": "America/Chicago", "location": "West", "max_gap_hours": 5}
    ]
    return Portfolio.from_tables({**content, "power_series": series}, prices=prices)


def test_prices_survive_bit_by_bit(tmp_path: Path) -> None:
    """Negative prices, leap days and the hour that summer time skips come back as they were."""
    portfolio = with_prices()
    save_portfolio(portfolio, tmp_path)
    loaded = load_portfolio(tmp_path)
    assert loaded.prices == portfolio.prices
    assert without_files(loaded) == without_files(portfolio)
    assert sorted(path.name for path in (tmp_path / "prices").iterdir()) == ["hub_west-2.csv", "hub_west.csv"]
    assert loaded.power_series[0].file == ("prices/hub_west.csv",)


def test_a_saved_portfolio_saves_to_the_same_bytes(tmp_path: Path) -> None:
    """Saving what was loaded changes nothing."""
    save_portfolio(with_prices(), tmp_path / "one")
    save_portfolio(load_portfolio(tmp_path / "one"), tmp_path / "two")
    for path in (tmp_path / "one").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_the_yaml_is_for_people(tmp_path: Path) -> None:
    """One line a column, short rows on one line, numbers and names without needless quotes."""
    text = save_portfolio(Portfolio.from_tables(tables()), tmp_path).read_text(encoding="utf-8")
    assert text.startswith(
        "settings:\n  name: small\n  start: 2027-01\n  months: 24\n  discount_rate: 0.12\n\nsites:\n"
    )
    assert "  - {month: 2027-01, usd_per_ph_day: 50.0}\n" in text
    assert '    region: "new york"\n' in text
    assert "    sites: [pecos, oswego]\n" in text


def test_machines_of_the_catalogue_are_saved_too(tmp_path: Path) -> None:
    """A saved portfolio does not change when the catalogue does."""
    from sites.catalogue import load_catalogue

    known = next(iter(load_catalogue()))
    content = tables()
    content["fleets"][0]["rig"] = known
    portfolio = Portfolio.from_tables(content)
    path = save_portfolio(portfolio, tmp_path)
    assert f"- id: {known}\n" in path.read_text(encoding="utf-8")
    assert load_portfolio(tmp_path) == portfolio


def test_large_tables_become_csv_files(tmp_path: Path) -> None:
    """Beyond a thousand rows a table has its own file, unless a spreadsheet would run one of its cells."""
    content = tables()
    content["fleets"] = [
        {"id": f"f{k}", "site": "pecos", "rig": "box", "mw": 0.1 * k / 3, "note": 'a "b", c\nd'} for k in range(1_001)
    ]
    content["contracts"] = [{**content["contracts"][0], "id": f"c{k}", "retrofit": False} for k in range(1_001)]
    portfolio = Portfolio.from_tables(content)
    path = save_portfolio(portfolio, tmp_path)
    assert "fleets:\n  file: fleets.csv\n" in path.read_text(encoding="utf-8")
    assert load_portfolio(tmp_path) == portfolio
    content["fleets"][3]["note"] = "=1+1"
    portfolio = Portfolio.from_tables(content)
    path = save_portfolio(portfolio, tmp_path / "other")
    assert not (tmp_path / "other" / "fleets.csv").exists()
    assert load_portfolio(tmp_path / "other") == portfolio


def test_a_portfolio_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """A file that somebody wrote by hand is kept, unless told otherwise; nothing half-written stays behind."""
    portfolio = Portfolio.from_tables(tables())
    save_portfolio(portfolio, tmp_path)
    with pytest.raises(FileExistsError, match=r"portfolio\.yaml exists already"):
        save_portfolio(portfolio, tmp_path)
    save_portfolio(portfolio, tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["portfolio.yaml"]


def test_many_power_contracts_become_a_csv_file(tmp_path: Path) -> None:
    """Calendar months and open ends come back from a CSV file as they were, and so does a table that is replaced."""
    peaks = [
        {"site": "pecos", "kind": "coincident_peak", "usd_per_kw_month": 0.01 * k / 3, "hours": 1 + k % 744}
        | {"months": [1 + k % 12], "from": "2027-02"}
        for k in range(1, 1_002)
    ]
    portfolio = Portfolio.from_tables(tables()).with_tables({"power_contracts": peaks})
    assert portfolio.power_contracts[0].months == (2,)
    path = save_portfolio(portfolio, tmp_path)
    assert "power_contracts:\n  file: power_contracts.csv\n" in path.read_text(encoding="utf-8")
    loaded = load_portfolio(tmp_path)
    assert loaded.power_contracts == portfolio.power_contracts
    assert loaded.with_tables({"power_contracts": []}) == Portfolio.from_tables(tables())
