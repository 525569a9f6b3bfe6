"""The report for a board: pages of text and drawings that say what the other files say, and nothing runs or links."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from functools import cache

import pytest
from fake_plan import contracted_plan, fake_plan
from pypdf import PdfReader

from optimizer import plan
from optimizer.results import Plan
from reports import money, tables
from reports.additions import Addition, Block
from reports.options import ReportOptions
from reports.palette import swatch_colours
from reports.pdf import render_pdf
from reports.pdf.blocks import _two_lines, columns_of, pair
from reports.pdf.pages import _CONTRACT_COLUMNS
from reports.words import LINE_LABELS, USES
from sites import load_portfolio
from sites.bundled import portfolio_path

DAY = datetime(2026, 11, 24, tzinfo=UTC)
OPTIONS = ReportOptions(created=DAY, company="Acme Mining")


@cache
def planned(name: str) -> Plan:
    """A bundled portfolio's plan."""
    return plan(load_portfolio(portfolio_path(name)))


def pages_of(pdf: bytes) -> list[str]:
    """The words of every page."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.parametrize("name", ["tiny", "single-site", "crossroads"])
def test_a_plan_takes_six_to_ten_pages_in_this_order(name: str) -> None:
    """Decision first, certificate last, and company, day and page number on each page."""
    pages = pages_of(render_pdf(planned(name), OPTIONS))
    assert 6 <= len(pages) <= 10
    headings = ["Sites", "Contracts", "Value and risk", "Cash", "Assumptions", "Method and certificate"]
    whole = " ".join(pages)
    places = [whole.index(f"{heading} ") for heading in headings]
    assert places == sorted(places)
    for number, page in enumerate(pages, start=1):
        assert "Acme Mining" in page
        assert "24 Nov 2026" in page
        assert f"{number} of {len(pages)}" in page


def test_the_same_plan_gives_the_same_bytes() -> None:
    """Nothing of the clock or the machine is in the file."""
    assert render_pdf(fake_plan(), OPTIONS) == render_pdf(fake_plan(), OPTIONS)


def test_figures_are_those_of_the_tables() -> None:
    """Every figure of the contracts and of the cash flow stands on its page as the page for screens has it."""
    made = contracted_plan()
    whole = " ".join(pages_of(render_pdf(made, OPTIONS)))
    league, cash = columns_of(tables.league_table(made), _CONTRACT_COLUMNS), money.cash_table(made)
    for table in (league, cash):
        assert table.total is not None
        for cell in (*(cell for row in table.rows for cell in row), *table.total[1:]):
            assert cell.text in whole, cell


MARKUP = {
    "pecos": "#import x",
    "quebec": "= heading $ x^2 $",
    "atlas": "*bold* _i_ @ref",
    "colossus": "//none <label>",
    "customer": '`raw` "#sys',
    "portfolio": "a\\b #panic() [x]",
}


def test_names_are_text() -> None:
    """What the typesetter would take as markup is shown as it is written."""
    whole = "".join(pages_of(render_pdf(fake_plan(**MARKUP), OPTIONS)))
    for name in MARKUP.values():
        if name != MARKUP["customer"]:  # counterparties are not named in print
            assert re.sub(r"\s+", "", name) in re.sub(r"\s+", "", whole)


def test_nothing_in_the_file_runs_or_asks_for_anything() -> None:
    """No address, script, form or attached file."""
    reader = PdfReader(io.BytesIO(render_pdf(fake_plan(pecos="https://example.invalid"), OPTIONS)))
    assert not reader.attachments
    assert "/OpenAction" not in reader.trailer["/Root"]
    assert not any("/Annots" in page for page in reader.pages)


def test_an_unproved_plan_says_so_on_every_page() -> None:
    """A failed certificate cannot be overlooked."""
    from dataclasses import replace

    made = fake_plan()
    broken = replace(made, certificate={**made.certificate, "passed": False})
    assert all("NOT PROVED" in page for page in pages_of(render_pdf(broken, OPTIONS)))


def test_added_text_has_a_page() -> None:
    """A page of text stands before the method."""
    added = Addition("why.md", "Why now", {}, blocks=(Block("paragraph", "Because #rents rise."), Block("item", "One")))
    pages = pages_of(render_pdf(fake_plan(), ReportOptions(created=DAY, additions=(added,))))
    assert any("Why now" in page and "Because #rents rise." in page and "• One" in page for page in pages)


def test_a_logo_is_on_the_first_page() -> None:
    """As a picture, beside the title."""
    from test_additions import PNG

    from reports.options import Logo

    reader = PdfReader(io.BytesIO(render_pdf(fake_plan(), ReportOptions(created=DAY, logo=Logo(".png", PNG)))))
    bare = PdfReader(io.BytesIO(render_pdf(fake_plan(), OPTIONS)))
    assert len(reader.pages[0].images) == len(bare.pages[0].images) + 1


def test_money_is_shown_in_the_unit_asked_for() -> None:
    """The same table in thousands and in billions."""
    made = fake_plan()
    thousands = " ".join(pages_of(render_pdf(made, ReportOptions(created=DAY, scale="k"))))
    assert "USD k" in thousands
    assert "USD m " not in thousands.replace("USD m per MW", "")


def test_every_swatch_has_its_colour() -> None:
    """The legends of print take their colours from the style of the page."""
    swatches = swatch_colours("report.css")
    assert set(USES) | set(LINE_LABELS) | {"net", "capacity", "gain", "loss", "mean"} <= set(swatches)
    assert swatches["market"] != swatches["paid"]


def test_long_headings_break_near_their_middle() -> None:
    """Names need the room more than headings do."""
    assert _two_lines("Building time given") == "Building\ntime given"
    assert _two_lines("NPV") == "NPV"
    assert pair(None, None) is None
