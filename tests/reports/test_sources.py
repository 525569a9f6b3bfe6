"""Every figure on the page names the file and rows that it comes from, and is found there."""

from __future__ import annotations

import math
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from optimizer import plan
from optimizer.results import Plan
from reports import format as fmt
from reports import money, tables
from reports.html import render_html
from reports.options import FORMATS, ReportOptions
from reports.sources import SOURCES
from sites import load_portfolio
from sites.bundled import portfolio_path


@cache
def planned(name: str) -> Plan:
    """A bundled portfolio's plan."""
    return plan(load_portfolio(portfolio_path(name)))


class _Page(HTMLParser):
    """The names of tables and charts on a page, and the files that it links."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a table, a chart or a link."""
        found = dict(attrs)
        if tag == "table" and (found.get("id") or "").startswith("table-"):
            self.names.append(str(found["id"]).removeprefix("table-"))
        if tag == "figure" and "chart" in (found.get("class") or ""):
            self.names.append(str(found["id"]))
        if tag == "a" and not (found.get("href") or "#").startswith("#"):
            self.links.add(str(found["href"]))


@pytest.mark.parametrize("name", ["tiny", "crossroads"])
def test_every_table_and_chart_names_a_file_of_the_plan(name: str, tmp_path: Path) -> None:
    """No figure without a source, and no link to a file that is not there."""
    from reports import write_report

    folder = write_report(planned(name), tmp_path / "plan", options=ReportOptions(formats=("html", "pdf")))
    page = _Page()
    page.feed((folder / "report.html").read_text())
    assert len(page.names) > 15
    assert set(page.names) <= set(SOURCES)
    assert {SOURCES[table].file for table in page.names} <= page.links
    assert all((folder / link).is_file() for link in page.links)


def test_only_what_is_written_is_linked() -> None:
    """A report alone links no workbook and no PDF."""
    page = render_html(planned("tiny"), ReportOptions(formats=("html",)))
    assert FORMATS["xlsx"] not in page
    assert FORMATS["pdf"] not in page


@pytest.mark.parametrize(("scale", "unit"), [("usd", 1.0), ("k", 1e3), ("m", 1e6), ("bn", 1e9)])
def test_every_sum_of_money_is_in_the_unit_asked_for(scale: str, unit: float) -> None:
    """What is read in the page, times the unit, is the exact value behind it."""
    page = render_html(planned("crossroads"), ReportOptions(scale=scale))
    assert fmt.MONEY_SCALES[scale].unit in page
    with fmt.money_in(scale):
        table = money.cash_table(planned("crossroads"))
    places = fmt.MONEY_SCALES[scale].decimals
    for row in table.rows:
        for cell in row[1:]:
            assert cell.value is not None
            shown = float(re.sub(f"[,{fmt.MINUS}<>]", "", cell.text))
            is_bound = cell.text.startswith(("<", ">"))
            assert is_bound or abs(shown - abs(cell.value) / unit) <= 0.5001 * 10.0**-places
    if scale != "m":
        assert not re.search(r"USD(&nbsp;| )m\b(?! per)", re.sub(r"USD [\d.,]+ m\b", "", page))


def test_figures_are_those_of_the_csv_files(tmp_path: Path) -> None:
    """Totals on the page are the sums of the rows that the page names, as read back from the files."""
    from reports import write_report

    made = planned("crossroads")
    folder = write_report(made, tmp_path / "plan", options=ReportOptions(formats=()))
    contracts = pd.read_csv(folder / SOURCES["contracts"].file)
    cash = pd.read_csv(folder / SOURCES["cash"].file)
    league, flow = tables.league_table(made), money.cash_table(made)
    assert league.total is not None
    assert flow.total is not None
    size = [column.label for column in league.columns].index("Size")
    assert league.total[size].value == pytest.approx(math.fsum(contracts["mw"]), rel=1e-12)
    assert flow.total[-1].value == pytest.approx(math.fsum(cash["usd"]), rel=1e-12)


def test_a_strange_plan_is_dressed(tmp_path: Path) -> None:
    """Company, logo and additions are shown as text and picture; a name in them never is markup."""
    from reports.additions import read_additions
    from reports.options import Logo

    (tmp_path / "memo.md").write_text("# <script>alert(1)</script>\n- item")
    wanted = ReportOptions(
        company="A & <b>B</b>", logo=Logo(".png", b"\x89PNG"), additions=read_additions([tmp_path / "memo.md"])
    )
    page = render_html(planned("tiny"), wanted)
    assert "A &amp; &lt;b&gt;B&lt;/b&gt;" in page
    assert "data:image/png;base64," in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>B" not in page
