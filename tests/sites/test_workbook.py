"""A portfolio as an Excel workbook: nothing is lost on the way, and what is wrong is told with sheet and cell."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from test_save import Tables, portfolio_tables

from sites import Portfolio, PortfolioError, load_portfolio, save_portfolio
from sites.bundled import portfolio_names, portfolio_path
from sites.columns import TABLE_COLUMNS
from sites.workbook import save_workbook, workbook_bytes
from sites.workbook.layout import sheet_columns, sheet_names

SHEETS: dict[str, list[list[Any]]] = {
    "settings": [["name", "start", "months", "discount_rate"], ["Small", "2027-01", 12, 0.1]],
    "sites": [["id", "capacity_mw", "power"], ["pecos", 20, 35]],
    "rigs": [["id", "th_s", "watts"], ["own", 200, 3500]],
    "fleets": [["id", "site", "rig", "mw"], ["first", "pecos", "own", 20]],
    "hashprice": [["month", "usd_per_ph_day"], ["2027-01", 45]],
}
OFFICE_SECONDS = 120


def written(path: Path, change: Callable[[openpyxl.Workbook], None] = lambda _: None) -> Path:
    """A workbook made by hand: names in the first row, data from the second on."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in SHEETS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    change(book)
    book.save(path)
    return path


def told(path: Path) -> list[str]:
    """What is wrong with a workbook."""
    with pytest.raises(PortfolioError) as caught:
        load_portfolio(path)
    return [str(finding) for finding in caught.value.findings]


def saved(portfolio: Portfolio, folder: Path) -> dict[str, bytes]:
    """The files of a saved portfolio."""
    save_portfolio(portfolio, folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(portfolio_tables())
def test_every_portfolio_survives_a_workbook(content: Tables) -> None:
    """YAML, workbook, YAML: the same bytes."""
    import tempfile

    portfolio = Portfolio.from_tables(content)
    with tempfile.TemporaryDirectory() as spare:
        book = save_workbook(portfolio, Path(spare, "book.xlsx"))
        again = load_portfolio(book)
        assert again == portfolio
        assert saved(again, Path(spare, "b")) == saved(portfolio, Path(spare, "a"))


@pytest.mark.parametrize("name", portfolio_names())
def test_bundled_portfolios_survive_a_workbook(name: str, tmp_path: Path) -> None:
    """Hourly prices of several years, budgets and all tables of capital included."""
    portfolio = load_portfolio(portfolio_path(name))
    again = load_portfolio(save_workbook(portfolio, tmp_path / "book.xlsx"))
    assert again == portfolio
    assert saved(again, tmp_path / "b") == saved(portfolio, tmp_path / "a")


def test_every_digit_and_every_letter_is_kept(tmp_path: Path) -> None:
    """Floats of 17 digits, texts that look like formulas, numbers, dates, escapes and markup."""
    texts = ["=1+1", "0012", "1e5", "2027-01-01", "_x0041_", "<b>&amp;", "a\nb", "TRUE", "NA", "#N/A", "'quoted", "é"]
    tables: dict[str, Any] = {
        "settings": {"name": "=x", "start": "2027-01", "months": 1, "discount_rate": 0.1 + 0.2 - 0.25},
        "sites": [
            {"id": f"s{n}", "capacity_mw": 1.0, "power": 100 / 3 + n, "note": words} for n, words in enumerate(texts)
        ],
        "fleets": [],
        "hashprice": [{"month": "2027-01", "usd_per_ph_day": np.nextafter(45.0, 46.0)}],
    }
    portfolio = Portfolio.from_tables(tables)
    again = load_portfolio(save_workbook(portfolio, tmp_path / "book.xlsx"))
    assert again == portfolio
    assert [site.note for site in again.sites] == texts


def test_a_market_and_its_history_survive_a_workbook(tmp_path: Path) -> None:
    """The model of the hashprice on a sheet of its own, with its months and values."""
    market = {
        "model": "fundamental",
        "btc_price_usd_by_month": [{"month": "2027-01", "value": 95_000.5}, {"month": "2028-01", "value": 1e5 / 3}],
        "network_eh_s": 950.25,
        "fee_share": 0.0123,
    }
    tables = {
        "settings": {"name": "m", "start": "2027-01", "months": 24, "discount_rate": 0.1, "market": market},
        "sites": [{"id": "a", "capacity_mw": 1.0, "power": 30.0}],
        "fleets": [],
        "hashprice": [],
    }
    portfolio = Portfolio.from_tables(tables)
    again = load_portfolio(save_workbook(portfolio, tmp_path / "book.xlsx"))
    assert again == portfolio
    assert again.settings.market == portfolio.settings.market


def test_a_network_history_survives_a_workbook(tmp_path: Path) -> None:
    """Daily figures to the last digit, blank where unknown."""
    pytest.importorskip("arch", reason="the extra forecast is not installed")
    from sites.network_history import read_network_history

    days = np.arange(np.datetime64("2023-01-01"), np.datetime64("2025-12-31"))
    random = np.random.default_rng(1)
    price = 30_000 * np.exp(np.cumsum(random.normal(0, 0.02, days.size)))
    rate = 400 * np.exp(np.cumsum(random.normal(0.001, 0.01, days.size)))
    lines = [f"{day},{one!r},{two!r}" for day, one, two in zip(days, price.tolist(), rate.tolist(), strict=True)]
    (tmp_path / "network.csv").write_text("\n".join(["day,btc_price_usd,hashrate_eh_s", *lines]) + "\n")
    history = read_network_history([tmp_path / "network.csv"])
    tables = {
        "settings": {
            "name": "m", "start": "2026-01", "months": 2, "discount_rate": 0.1,
            "market": {"model": "stochastic", "history": ["network.csv"]},
        },
        "sites": [{"id": "a", "capacity_mw": 1.0, "power": 30.0}],
        "fleets": [],
        "hashprice": [{"month": "2026-01", "usd_per_ph_day": 40.0}, {"month": "2026-02", "usd_per_ph_day": 40.0}],
    }  # fmt: skip
    portfolio = Portfolio.from_tables(tables, history=history)
    again = load_portfolio(save_workbook(portfolio, tmp_path / "book.xlsx"))
    assert again == portfolio
    assert again.history is not None
    assert again.history.frame.equals(history.frame)


def test_a_workbook_made_by_hand_is_read(tmp_path: Path) -> None:
    """Names in the first row and data below them are enough; true dates are months, and remarks are skipped."""

    def change(book: openpyxl.Workbook) -> None:
        book["hashprice"]["A2"] = date(2027, 1, 1)
        book["sites"]["D1"] = "#"
        book["sites"].append(["other", 5, 40, "not this one"])
        book.create_sheet("#scratch").append(["anything"])
        book.create_sheet("about").append(["anything"])

    portfolio = load_portfolio(written(tmp_path / "book.xlsx", change))
    assert [site.id for site in portfolio.sites] == ["pecos"]
    assert portfolio.hashprice[0].month == "2027-01"
    assert portfolio.input_files == (tmp_path / "book.xlsx",)


def test_dates_of_the_calendar_of_1904_are_read(tmp_path: Path) -> None:
    """A workbook says from which day its dates are counted."""

    def change(book: openpyxl.Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904
        book["hashprice"]["A2"] = date(2027, 1, 1)

    assert load_portfolio(written(tmp_path / "book.xlsx", change)).hashprice[0].month == "2027-01"


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "said"),
    [
        ("sites", "B2", -5, "capacity_mw = -5"),
        ("sites", "C2", 0.035, "write 35"),
        ("fleets", "B2", "nowhere", "'first' site = nowhere"),
        ("fleets", "D2", "1,000", "did you mean 1000"),
        ("fleets", "D2", None, "mw is missing"),
        ("hashprice", "A2", date(2027, 1, 15), "2027-01"),
        ("hashprice", "B2", True, "usd_per_ph_day = True"),
        ("settings", "D2", 10, "discount_rate = 10"),
    ],
)
def test_a_finding_names_sheet_and_cell(sheet: str, cell: str, value: object, said: str, tmp_path: Path) -> None:
    """As a spreadsheet names them."""

    def change(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = value

    lines = told(written(tmp_path / "book.xlsx", change))
    assert any(line.startswith(f"book.xlsx:{sheet}!{cell}: ") and said in line for line in lines), lines


def test_nested_records_are_told_at_their_own_sheet(tmp_path: Path) -> None:
    """A budget's step and a market's field have cells of their own."""

    def change(book: openpyxl.Workbook) -> None:
        for row in (["month", "usd"], ["2027-01", 5e6], ["2027-02", -1]):
            (book["capex_budget"] if "capex_budget" in book else book.create_sheet("capex_budget")).append(row)
        sheet = book.create_sheet("market")
        sheet.append(["model", "btc_price_usd"])
        sheet.append(["fundamental", "cheap"])

    lines = told(written(tmp_path / "book.xlsx", change))
    assert any(line.startswith("book.xlsx:capex_budget!B3: ") for line in lines)
    assert any(line.startswith("book.xlsx:market!B2: ") for line in lines)


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        (lambda book: book["sites"].__setitem__("B2", "=10+10"), "sites!B2", "never computed"),
        (lambda book: book["sites"].merge_cells("B2:C2"), "sites!B2", "merged"),
        (lambda book: book["sites"].__setitem__("D1", "capacity"), "sites!D1", "unknown column"),
        (lambda book: book["sites"].__setitem__("D1", "power"), "sites!D1", "twice"),
        (lambda book: book["sites"].__setitem__("D2", 5), "sites!D1", "no name"),
        (lambda book: book["sites"].__setitem__("A1", "ident"), "sites!A1", "id is missing"),
        (lambda book: book["settings"].append(["Second", "2027-01", 12, 0.1]), "settings!A3", "2 records"),
        (lambda book: book.create_sheet("site"), "", "sheet 'site' is of no table"),
        (lambda book: book["settings"].__setitem__("E1", "market"), "settings!E1", "sheet of its own"),
        (lambda book: book.remove(book["sites"]), "", "table 'sites'"),
    ],
)
def test_a_damaged_sheet_is_told(
    change: Callable[[openpyxl.Workbook], None], place: str, said: str, tmp_path: Path
) -> None:
    """What a reader of cells would lose without a word, and what a hand can do to a heading."""
    lines = told(written(tmp_path / "book.xlsx", change))
    assert any(place in line and said in line for line in lines), lines


def test_an_error_in_a_cell_is_told(tmp_path: Path) -> None:
    """A formula that failed is no blank."""

    def change(book: openpyxl.Workbook) -> None:
        book["sites"]["B2"] = "#REF!"
        book["sites"]["B2"].data_type = "e"

    assert any("sites!B2" in line and "#REF!" in line for line in told(written(tmp_path / "book.xlsx", change)))


def test_a_text_in_place_of_prices_is_told(tmp_path: Path) -> None:
    """The hour is named by its cell."""

    def change(book: openpyxl.Workbook) -> None:
        book["sites"]["C2"] = "spot"
        book.create_sheet("power_series").append(["id"])
        book["power_series"].append(["spot"])
        sheet = book.create_sheet("hourly_prices")
        sheet.append(["time", "spot"])
        for stamp in np.arange(np.datetime64("2025-01-01T00"), np.datetime64("2026-01-01T00")):
            sheet.append([f"{stamp}:00", 30.5])

    assert load_portfolio(written(tmp_path / "whole.xlsx", change)).prices["spot"].prices.size == 8760

    def broken(book: openpyxl.Workbook) -> None:
        change(book)
        book["hourly_prices"]["B50"] = "dear"

    assert any("hourly_prices!B50" in line for line in told(written(tmp_path / "book.xlsx", broken)))


def _zip(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no workbook"),
        (b"id,capacity\n", "no workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted"),
        (b"PK\x03\x04" + bytes(50), "damaged"),
        (_zip({"word/document.xml": b"<x/>"}), "no workbook"),
        (_zip({"xl/workbook.xml": bytes(5_000_000)}), "unpacks to"),
        (_zip({f"p{n}": b"" for n in range(1_001)}), "parts"),
        (_zip({"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"}), "macros"),
        (_zip({"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "document type"),
        (_zip({"xl/workbook.xml": b"<x>"}), "damaged"),
    ],
    ids=["empty", "text", "encrypted", "cut", "other", "bomb", "parts", "macros", "entities", "xml"],
)
def test_what_is_no_workbook_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    """With the reason, whatever the file is called."""
    (tmp_path / "book.xlsx").write_bytes(content)
    (line,) = told(tmp_path / "book.xlsx")
    assert line.startswith("book.xlsx: ")
    assert said in line


def test_an_empty_template_says_what_is_compulsory(tmp_path: Path) -> None:
    """It has every sheet and column, and loads to the list of what must be filled in."""
    path = save_workbook(None, tmp_path / "book.xlsx")
    lines = told(path)
    assert any("settings" in line for line in lines)
    assert any("sites" in line for line in lines)
    book = openpyxl.load_workbook(path)
    for name in sheet_names():
        header = [cell.value for cell in book[name][1]]
        assert header == ["#", *sheet_columns(name)]
    told_columns = {(name, column) for name in sheet_names() for column in sheet_columns(name)}
    assert {(table, column) for table, columns in TABLE_COLUMNS.items() for column in columns} - told_columns == {
        ("settings", "market"),
        ("limits", "capex_budget"),
    }


def test_the_template_helps(tmp_path: Path) -> None:
    """Units, texts, drop-downs of choices and ids, frozen headings, months that stay text."""
    book = openpyxl.load_workbook(save_workbook(load_portfolio(portfolio_path("tiny")), tmp_path / "book.xlsx"))
    sheet = book["contracts"]
    columns = {cell.value: cell for cell in sheet[1]}
    rent = columns["price_usd_per_kw_month"]
    assert "USD/(kW month)" in sheet.cell(2, rent.column).value
    assert "compulsory" in sheet.cell(2, rent.column).value
    assert sheet.freeze_panes == "C4"
    assert sheet.cell(4, columns["first_start"].column).number_format == "@"
    assert sheet.cell(4, columns["capex_usd_per_mw"].column).number_format == "#,##0"
    assert sheet.cell(4, rent.column).number_format.startswith("#,##0.00")
    checks = {str(check.sqref).split(":")[0]: check for check in sheet.data_validations.dataValidation}
    assert checks[f"{columns['power'].column_letter}4"].formula1 == '"pass_through,included"'
    fleets = {str(check.sqref)[:1]: check for check in book["fleets"].data_validations.dataValidation}
    letter = next(cell.column_letter for cell in book["fleets"][1] if cell.value == "site")
    assert fleets[letter].formula1 == "sites!$B$4:$B$1000"


def test_the_same_portfolio_gives_the_same_bytes() -> None:
    """Nothing of the clock is in a template."""
    portfolio = load_portfolio(portfolio_path("tiny"))
    assert workbook_bytes(portfolio) == workbook_bytes(portfolio)


@pytest.mark.slow
def test_libreoffice_keeps_a_template_whole(tmp_path: Path) -> None:
    """Opened and saved by another program it is the same portfolio."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    portfolio = load_portfolio(portfolio_path("deal-desk"))
    book = save_workbook(portfolio, tmp_path / "book.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    words = [office, "--headless", profile, "--convert-to", "xlsx", "--outdir", str(tmp_path / "out"), str(book)]
    subprocess.run(words, check=True, capture_output=True, timeout=OFFICE_SECONDS)
    assert load_portfolio(tmp_path / "out" / "book.xlsx") == portfolio
