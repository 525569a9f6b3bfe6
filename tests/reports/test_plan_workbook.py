"""plan.xlsx: exact figures, totals that are live and recompute elsewhere, and nothing that runs from the input."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from fake_plan import fake_plan

from optimizer import plan
from optimizer.results import Plan
from reports.display import Column, Table, text
from reports.plan_workbook import render_workbook
from reports.workbook_tables import number_format, tables_workbook
from sites import load_portfolio
from sites.bundled import portfolio_path

DAY = datetime(2026, 11, 24, tzinfo=UTC)
OFFICE_SECONDS = 120
# Sums, means and differences of cells, and nothing with a text in it.
RANGE = r"(?:'[\w ]+'!)?[A-Z]+\d+(?::[A-Z]+\d+)?"
OURS = re.compile(rf"^=(?:(?:SUM|AVERAGE|SUMPRODUCT)\({RANGE}(?:,{RANGE})?\)|[A-Z]+\d+-[A-Z]+\d+)$")
_FORMULA_VALUE = re.compile(rb"(</f>)<v>[^<]*</v>")


@cache
def planned(name: str) -> Plan:
    """A bundled portfolio's plan."""
    return plan(load_portfolio(portfolio_path(name)))


@cache
def with_capital() -> Plan:
    """A small plan with all tables of capital."""
    from capital.financed import financed as portfolio

    return plan(portfolio())


def book(content: bytes, *, values: bool = False) -> openpyxl.Workbook:
    """A workbook as read by another library. values : cached values in place of formulas."""
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def formulas(content: bytes) -> dict[tuple[str, str], str]:
    """Every formula by sheet and cell."""
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book(content).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def recomputed(content: bytes, folder: Path) -> openpyxl.Workbook:
    """The workbook as LibreOffice computes it: cached values are taken out first, so that none can be passed on."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    bare = folder / "bare.xlsx"
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(bare, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, _FORMULA_VALUE.sub(rb"\1", part) if "worksheets" in name else part)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    words = [office, "--headless", profile, "--convert-to", "xlsx:Calc MS Excel 2007 XML"]
    words += ["--outdir", str(folder / "out"), str(bare)]
    subprocess.run(words, check=True, capture_output=True, timeout=OFFICE_SECONDS)
    return openpyxl.load_workbook(folder / "out" / "bare.xlsx", data_only=True)


@pytest.mark.slow
@pytest.mark.parametrize("made", [lambda: planned("crossroads"), with_capital], ids=["scenarios", "capital"])
def test_libreoffice_finds_the_same_totals(made: object, tmp_path: Path) -> None:
    """Every formula gives, computed anew, the value that stands in the file."""
    assert callable(made)
    content = render_workbook(made(), created=DAY)
    there, here = recomputed(content, tmp_path), book(content, values=True)
    cells = formulas(content)
    assert len(cells) > 100
    for sheet, place in cells:
        value, expected = there[sheet][place].value, here[sheet][place].value
        assert value is not None, (sheet, place)
        assert math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-6), (sheet, place, value, expected)


def test_totals_are_those_of_the_plan() -> None:
    """NPV, capex and cash in the workbook are the summary's and the sums of the frames, to the cent or better."""
    made = planned("crossroads")
    read = book(render_workbook(made, created=DAY), values=True)
    summary = {row[0].value: row[1].value for row in read["Summary"].iter_rows()}
    assert summary["This plan"] == pytest.approx(made.summary["npv_usd"], rel=1e-12)
    assert summary["Mining only"] == pytest.approx(made.summary["baselines"]["mining_only"], rel=1e-15)
    rows = list(read["Cash flow by year"].iter_rows(values_only=True))
    total = next(row for row in rows if row[0] == "All years")
    assert total[-1] == pytest.approx(math.fsum(made.frames.cashflow["usd"]), abs=0.005)
    contracts = list(read["Contracts"].iter_rows(values_only=True))
    size = next(row for row in contracts if row[0] == "Contract").index("Size")
    assert next(row for row in contracts if row[0] == "Total")[size] == math.fsum(made.frames.contracts["mw"])


def test_months_hold_the_figures_of_the_csv_files() -> None:
    """Allocation by site and shadow prices, cell by cell and to the last digit."""
    made = planned("tiny")
    read = book(render_workbook(made, created=DAY), values=True)
    rows = [row for row in read["Allocation by site"].iter_rows(values_only=True) if row[1] and "-" in str(row[1])]
    own = made.frames.allocation.groupby(["site", "month", "use"])["mw"].sum()
    assert len(rows) == made.portfolio.settings.months * len(made.portfolio.sites)
    for site, month, mining, *_ in rows:
        assert mining == own.get((site, month, "mining"), 0.0)
    prices = [row for row in read["Shadow prices"].iter_rows(values_only=True) if re.match(r"\d{4}-", str(row[0]))]
    assert [row[1] for row in prices] == made.frames.shadow_prices["usd_per_mw_month"].tolist()


def test_the_same_plan_gives_the_same_bytes() -> None:
    """Nothing of the clock is in the file."""
    assert render_workbook(fake_plan(), created=DAY) == render_workbook(fake_plan(), created=DAY)


def test_no_cell_runs_what_came_from_the_input() -> None:
    """Names and notes that look like formulas or addresses stay text."""
    bad = {
        "pecos": "=1+1",
        "quebec": "@SUM(A1)",
        "ohio": "+cmd",
        "atlas": "-2",
        "borealis": "{=1}",
        "colossus": "http://example.invalid",
        "customer": '=HYPERLINK("http://x")',
        "portfolio": "=cmd|' /C calc'!A0",
        "source": "</t><f>1</f>",
    }
    content = render_workbook(fake_plan(**bad), created=DAY, company="=1+1")
    found = formulas(content)
    assert found
    assert [formula for formula in found.values() if not OURS.match(formula)] == []
    shown = {cell.value for sheet in book(content).worksheets for row in sheet.iter_rows() for cell in row}
    assert {bad["pecos"], bad["atlas"], bad["customer"], bad["portfolio"]} <= shown
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
        assert not any(word in name for name in names for word in ("vba", "externalLink", "connections"))
        assert not any(b"hyperlink" in parts.read(name) for name in names if "worksheets/sheet" in name)


def test_charts_are_native() -> None:
    """Megawatts over time, each site, and cash by year are charts of Excel's own."""
    with zipfile.ZipFile(io.BytesIO(render_workbook(planned("crossroads"), created=DAY))) as parts:
        charts = [parts.read(name) for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert sum(b"<c:areaChart>" in chart for chart in charts) == 2
    assert sum(b"<c:barChart>" in chart for chart in charts) == 1


def test_long_tables_keep_their_headings_in_sight() -> None:
    """Panes are frozen below the headings."""
    read = book(render_workbook(planned("tiny"), created=DAY))
    assert read["Allocation"].freeze_panes == "B4"
    assert read["Assumptions"].auto_filter.ref is not None


def test_additions_have_sheets_of_their_own() -> None:
    """Whatever they are called, and twice the same name too."""
    table = Table("t", "Caption", (Column("A", numeric=False),), ((text("=x"),),))
    names = [("[odd]: a/very*long?name that Excel would not take", table), ("Summary", table), ("History", table)]
    read = book(render_workbook(fake_plan(), created=DAY, additions=names))
    assert read.sheetnames[-4:] == ["odd   a very long name that Exc", "Summary 2", "History 2", "About"]
    assert read["Summary 2"]["A4"].value == "=x"
    assert read["Summary 2"]["A4"].data_type == "s"


@pytest.mark.parametrize(
    ("shown", "money", "expected"),
    [
        ("1,234.5", "", "#,##0.0;[Red]-#,##0.0"),
        ("34.2%", "", "0.0%;[Red]-0.0%"),
        ("8 months", "", "#,##0;[Red]-#,##0"),
        ("12.0", "k", "#,##0,;[Red]-#,##0,"),
    ],
)
def test_numbers_are_shown_as_on_the_page(shown: str, money: str, expected: str) -> None:
    """The text of a cell gives its number format."""
    assert number_format(shown, money=money) == expected


def test_tables_alone_make_a_workbook() -> None:
    """The same writer serves other reports."""
    table = Table("t", "Caption", (Column("A", numeric=False),), ((text("x"),),))
    read = book(tables_workbook([("First", [table]), ("Second", [table])], title="Title", created=DAY))
    assert read.sheetnames == ["First", "Second"]
    assert pd.notna(read["First"]["A3"].value)
