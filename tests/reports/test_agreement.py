"""Page, PDF, workbook and CSV files of one plan say the same: totals read back from each of them are equal."""

from __future__ import annotations

import io
import math
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from pypdf import PdfReader

from optimizer import plan
from optimizer.frames_io import read_frame
from optimizer.results import SCHEMAS, Plan
from reports import format as fmt
from reports import write_report
from sites import load_portfolio
from sites.bundled import portfolio_path


@cache
def planned(name: str) -> Plan:
    """A small plan with scenarios, or with all tables of capital."""
    if name == "capital":
        from capital.financed import financed

        return plan(financed())
    return plan(load_portfolio(portfolio_path(name)))


class _Totals(HTMLParser):
    """The exact values behind the cells of every total row, by table."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.in_total = "", False
        self.values: dict[str, list[float]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the values of cells in the foot of a table."""
        found = dict(attrs)
        if tag == "table":
            self.table = (found.get("id") or "").removeprefix("table-")
        if tag == "tfoot":
            self.in_total = True
        if tag == "td" and self.in_total and found.get("data-value"):
            self.values.setdefault(self.table, []).append(float(str(found["data-value"])))

    def handle_endtag(self, tag: str) -> None:
        """The foot ends."""
        if tag == "tfoot":
            self.in_total = False


@pytest.mark.parametrize("name", ["crossroads", "capital"])
def test_totals_of_all_files_are_equal(name: str, tmp_path: Path) -> None:
    """NPV, MW signed, capex and the cash of every year and of all."""
    made = planned(name)
    folder = write_report(made, tmp_path / "plan")
    page = _Totals()
    page.feed((folder / "report.html").read_text())
    book = openpyxl.load_workbook(folder / "plan.xlsx", data_only=True)
    contracts, cash, terms = (pd.read_csv(folder / f"{file}.csv") for file in ("contracts", "cashflow", "terms"))
    words = re.sub(r"\s+", " ", " ".join(p.extract_text() for p in PdfReader(folder / "report.pdf").pages))

    # By year and in all: the foot of the page's table, the last column of the workbook's, the CSV's sums.
    by_year = [math.fsum(own["usd"]) for _, own in cash.groupby(cash["month"].str[:4])]
    rows = [row for row in book["Cash flow by year"].iter_rows(values_only=True) if str(row[0]).isdecimal()]
    assert [row[-1] for row in rows] == pytest.approx(by_year, rel=1e-12, abs=1e-6)
    assert page.values["cash"] == pytest.approx([*by_year, math.fsum(cash["usd"])], rel=1e-12, abs=1e-6)
    total = next(row for row in book["Cash flow by year"].iter_rows(values_only=True) if row[0] == "All years")
    assert total[-1] == pytest.approx(math.fsum(cash["usd"]), rel=1e-12, abs=1e-6)

    # What is signed.
    league = list(book["Contracts"].iter_rows(values_only=True))
    header = next(row for row in league if row[0] == "Contract")
    foot = next(row for row in league if row[0] == "Total")
    for column, field in (("Size", "mw"), ("Own capital", "capex_usd"), ("NPV", "npv_usd")):
        # Offers that are not taken have no MW, capital or value.
        exact = math.fsum(contracts[field])
        assert foot[header.index(column)] == pytest.approx(exact, rel=1e-12)
        assert any(math.isclose(value, exact, rel_tol=1e-12) for value in page.values["contracts"])
    assert fmt.mw(math.fsum(contracts["mw"])) in words
    assert fmt.usd_m(math.fsum(contracts["npv_usd"])) in words

    # The plan's value: the summary, the terms, the page, the workbook and print.
    npv = made.summary["npv_usd"]
    assert math.fsum(terms[terms["case"] == "plan"]["npv_usd"]) == pytest.approx(npv, rel=1e-9)
    assert page.values["cases"][0] == pytest.approx(npv, rel=1e-9)
    summary = [row for row in book["Summary"].iter_rows(values_only=True) if row[0] == "This plan"]
    assert [row[1] for row in summary] == pytest.approx([npv, npv], rel=1e-12)
    assert fmt.usd(npv) in words


def test_numbers_in_the_workbook_are_those_of_the_csv_to_the_last_digit(tmp_path: Path) -> None:
    """Read from the file's XML: 17 digits where a number needs them."""
    made = planned("capital")
    folder = write_report(made, tmp_path / "plan")
    book = openpyxl.load_workbook(io.BytesIO((folder / "plan.xlsx").read_bytes()), data_only=True)
    account = read_frame(folder / "cash.csv", SCHEMAS["cash"])
    rows = [row for row in book["Cash account"].iter_rows(values_only=True) if re.match(r"\d{4}-\d\d", str(row[0]))]
    assert [row[1] for row in rows] == account["cash_usd"].tolist()
    assert [row[3] for row in rows] == account["debt_usd"].tolist()
