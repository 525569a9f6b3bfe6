"""A tornado as tables, page, picture and lines: the widest first, both plans beside each other, limits told.

In the case of cases.py 4 MW of the offer are taken; a capex budget of exactly their cost breaks when capex rises.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from optimizer.drivers import parse_ranges
from optimizer.sensitivities import sensitivity
from reports.chart_parts import NARROW, WIDE_BARS
from reports.sensitivity import (
    SensitivityReport,
    broken_words,
    change_words,
    ranges_table,
    sensitivity_json,
    spread,
    swings_table,
)
from reports.sensitivity_files import write_sensitivity
from reports.sensitivity_page import sensitivity_html, sensitivity_png
from reports.sensitivity_terminal import print_sensitivity
from reports.tornado import KINDS, tornado
from tests.optimizer.cases import portfolio, settings
from tests.reports.test_browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def report() -> SensitivityReport:
    """All drivers of the case, with a budget that the base plan spends whole, and a boom of mining."""
    limits = {"capex_budget": [{"month": "2027-01", "usd": 400_000.0}]}
    given = portfolio(settings=settings(name=HOSTILE), limits=limits)
    return SensitivityReport(sensitivity(given, parse_ranges(["hashprice=*0.9:*2.5"])))


def bars(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The bars of a tornado."""
    (found,) = (layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == "bar")
    return list(found)


def test_drivers_stand_in_the_order_of_their_swing(report: SensitivityReport) -> None:
    """The widest first, and the spread counts the base case too."""
    swings = [spread(pair) for pair in report.swings]
    assert swings == sorted(swings, reverse=True)
    assert report.swings[0][0].driver.driver.name == "hashprice"
    delay = next(pair for pair in report.swings if pair[0].driver.driver.name == "delay")
    assert spread(delay) == pytest.approx(-delay[1].change_usd)


def test_what_adapting_is_worth(report: SensitivityReport) -> None:
    """Six months late AI never comes, and who holds the plan idles 5 MW from March on; a boom is worth less."""
    most = report.adapting
    assert most is not None
    assert (most.driver.driver.name, most.end) == ("delay", "high")
    assert most.row["adapting_usd"] == pytest.approx(5 * 2_928 * 20.0)
    boom = report.swings[0][1]
    # At 95 USD/MWh of mining the 4 MW cost 47,700 USD each more than they bring.
    assert boom.row["adapting_usd"] == pytest.approx(190_800.0)
    assert boom.contracts() == "out: lab"


def test_tables_say_both_plans(report: SensitivityReport) -> None:
    """Two rows per driver; where the held plan breaks a limit there is no figure but the words."""
    table = swings_table(report)
    assert len(table.rows) == 2 * len(report.swings)
    (row,) = (row for row in table.rows if row[0].text == "Capex of AI" and row[1].text == "×1.25")
    assert [cell.text for cell in row[4:6]] == ["no plan", "no plan"]
    # The budget pays 3.2 MW, each worth 25,000 USD less.
    assert row[3].value == pytest.approx(3.2 * 201_800.0 - 4 * 226_800.0)
    (told,) = broken_words(report)
    assert told.startswith("Capex of AI ×1.25: the base plan cannot be kept: ")
    assert "capex budget" in told


def test_the_ranges_say_where_they_come_from(report: SensitivityReport) -> None:
    """A given range is as given, the others have a reason, and default rates of zero move nothing."""
    rows = {row[0].text: row for row in ranges_table(report).rows}
    assert len(rows) == 8
    assert [cell.text for cell in rows["Hashprice"][1:]] == ["×0.9 to ×2.5", "the hashprice of every month", "as given"]
    assert rows["Default rates"][0].tag == "moves nothing here"
    assert "judgement" in rows["Default rates"][3].text


@pytest.mark.parametrize(
    ("given", "words"), [("*0.7", "×0.7"), ("+6", "+6"), ("+-0.03", "−0.03"), ("32", "32"), ("-5", "−5")]
)
def test_changes_as_they_are_read(given: str, words: str) -> None:
    """Factors carry a cross, additions one sign."""
    assert change_words(given) == words


@pytest.mark.parametrize("frame", [WIDE_BARS, NARROW])
def test_each_driver_has_two_pairs_of_bars(report: SensitivityReport, frame: Any) -> None:
    """Anew and held at both ends, less what has no plan, all inside the scale; the words stand for what is missing."""
    spec = tornado(report.swings, frame)
    rows = bars(spec)
    assert len(rows) == 4 * len(report.swings) - 1
    assert {row["kind"] for row in rows} == set(KINDS.values())
    low, high = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert all(low <= row["value"] <= high for row in rows)
    notes = [
        row["note"]
        for layer in spec["layer"]
        if layer["mark"]["type"] == "text" and layer["encoding"]["text"]["field"] == "note"
        for row in layer["data"]["values"]
    ]
    assert notes == ["breaks a limit"]


def test_values_of_one_direction_are_written_apart(report: SensitivityReport) -> None:
    """Where both ends lose, the value of the shorter bar stands on the other side of zero, and its bar on top."""
    low, high = report.swings[0]
    loss, small = ({**end.row, "npv_change_usd": usd} for end, usd in ((low, -5e6), (high, -1e6)))
    rows = bars(tornado([(replace(low, row=loss), replace(high, row=small))], WIDE_BARS))
    best = [(row["words"], row["left"], row["label"]) for row in rows if row["plan"] == "best"]
    assert best == [("×0.9", True, -5.0), ("×2.5", False, 0.0)]


def test_the_page_and_the_picture_are_made(report: SensitivityReport) -> None:
    """Equal figures give equal text, a hostile name stays text, and the picture is a PNG."""
    page = sensitivity_html(report)
    assert page == sensitivity_html(report)
    assert HOSTILE not in page
    assert "Where the base plan cannot be kept" in page
    assert sensitivity_png(report).startswith(b"\x89PNG")


def test_json_and_files(report: SensitivityReport, tmp_path: Path) -> None:
    """What there is not is null, contracts are lists, and three files appear together."""
    record = json.loads(sensitivity_json(report.sensitivity))
    broken = next(row for row in record["swings"] if row["held_status"] == "infeasible")
    assert (broken["held_npv_usd"], broken["contracts_resized"]) == (None, ["lab"])
    assert record["moves_nothing"] == ["default_rate"]
    write_sensitivity(report, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "sensitivity.csv",
        "sensitivity.html",
        "sensitivity.png",
    ]


def test_the_terminal_draws_the_bars(report: SensitivityReport) -> None:
    """The widest swing fills its bar; what moves nothing and what breaks a limit are said below."""
    out = Console(width=140, file=io.StringIO())
    print_sensitivity(report, console=out)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert "+" * 12 in text
    assert "Capex of AI x1.25: the base plan cannot be kept" in text
    assert "Default rates from x0.5 to x2 moves nothing here" in text


def test_a_portfolio_that_nothing_moves_is_told() -> None:
    """Without AI, delay and rents move nothing: there is a page, a picture and a sentence all the same."""
    report = SensitivityReport(sensitivity(portfolio(contracts=[]), parse_ranges([], ["rent", "delay"])))
    assert report.swings == []
    assert report.adapting is None
    assert "no driver moves anything" in sensitivity_html(report)
    assert sensitivity_png(report).startswith(b"\x89PNG")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_the_page_fits_its_window(
    chromium: Browser, report: SensitivityReport, tmp_path: Path, width: int, scheme: str
) -> None:
    """No sideways scrolling with the table open, nothing logged or fetched, the hostile name is shown as it is."""
    target = tmp_path / "sensitivity.html"
    target.write_text(sensitivity_html(report), encoding="utf-8")
    page, events = opened(chromium, target, width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").inner_text() == HOSTILE
    assert events == []
