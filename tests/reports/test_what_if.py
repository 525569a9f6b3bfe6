"""A what-if as tables, text, page and files: what is said, what is drawn, and what is left in place."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from rich.console import Console

from optimizer.cases import Case
from optimizer.what_ifs import WhatIf, what_if
from reports import format as fmt
from reports.chart_parts import NARROW, WIDE
from reports.csv_table import table_csv
from reports.display import Table
from reports.folder import OutputError
from reports.what_if import (
    FRAMES,
    comparison_table,
    hashrate_table,
    headline,
    moves_table,
    pins_table,
    sites_table,
    what_if_json,
    years_table,
)
from reports.what_if_chart import BASE_KEY, COLOURED_CASES, REST_KEY, ai_lines, averages, case_keys
from reports.what_if_files import NAMES, write_what_if
from reports.what_if_page import what_if_html
from reports.what_if_terminal import print_what_if
from tests.optimizer.cases import offer, portfolio, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RENT = "contracts.lab.price_usd_per_kw_month"
HOSTILE = "</script><script>alert(1)</script>"
# The case of 4 MW that start in March; a MW from April is worth 81,400 USD less (see tests/optimizer/test_pins.py).
CASES = {
    "half": Case((f"{RENT}=*0.5",)),
    "april": Case(pins=("lab@alpha:2027-04=3", "lab@alpha:2027-03=1")),
    "none": Case(("limits.min_eh_s=9",)),
}


@pytest.fixture(scope="module")
def found() -> WhatIf:
    """Half the rent, 3 MW forced into April, and one case without a plan."""
    return what_if(portfolio(), cases=CASES)


@pytest.fixture(scope="module")
def page(found: WhatIf) -> str:
    """The page of it."""
    return what_if_html(found)


def texts(table: Table) -> list[list[str]]:
    """The rows of a table as read, changes in brackets."""
    return [[f"{cell.text} ({cell.tag})" if cell.tag else cell.text for cell in row] for row in table.rows]


def printed(found: WhatIf, width: int = 140) -> str:
    """What the terminal shows."""
    target = io.StringIO()
    print_what_if(found, console=Console(file=target, width=width, highlight=False, markup=False))
    return target.getvalue()


def test_figures_stand_beside_the_base_with_their_change(found: WhatIf) -> None:
    """Signs, units and gaps: 0.2 million less for April, no capex moved, and a case without a plan says so."""
    rows = {row[0]: row[1:] for row in texts(comparison_table(found, found.cases))}
    assert rows["Net present value, USD m"][2] == f"{_npv(found, 'april')} ({fmt.MINUS}0.2)"
    assert rows["Capital spending on AI, USD m"] == ["0.4", "0.4", "0.4", "no plan"]
    assert rows["Peak AI, critical MW"][:3] == ["4.0", "4.0", "4.0"]
    assert rows["AI share of MW-months"][2].endswith(" points)")
    assert rows["Status"] == ["optimal", "optimal", "optimal", "infeasible"]
    assert rows["Month of the cash low point"][3] == "no plan"


def _npv(found: WhatIf, case: str) -> str:
    return fmt.usd_m(float(found.comparison.set_index("case").at[case, "npv_usd"]))


def test_every_table_has_as_many_cells_as_columns(found: WhatIf) -> None:
    """No table is ragged, whatever moved."""
    tables = [
        comparison_table(found, found.cases),
        hashrate_table(found, found.cases),
        moves_table(found),
        sites_table(found),
        years_table(found, "mining", "mining"),
        pins_table(found),
    ]
    for table in tables:
        assert table.rows, table.name
        assert {len(row) for row in table.rows} == {len(table.columns)}


def test_only_what_moved_is_told(found: WhatIf) -> None:
    """Half the rent moves nothing and has no line; April has two, of which one may be left out and is counted."""
    rows = texts(moves_table(found))
    assert rows == [
        ["april", "lab", "alpha", "Mar 2027", "4.0", "1.0", f"{fmt.MINUS}3.0"],
        ["april", "lab", "alpha", "Apr 2027", "0.0", "3.0", "+3.0"],
    ]
    short = moves_table(found, most=1)
    assert len(short.rows) == 1
    assert short.note == "1 smaller change is left out; --out writes all."
    # 3.75 MW of the site mine one of six months longer: 0.625 MW in the mean.
    assert texts(sites_table(found)) == [["april", "alpha", "6.7", "7.3", "+0.6", "3.3", "2.7", f"{fmt.MINUS}0.6"]]
    assert texts(years_table(found, "ai", "AI")) == [["april", "alpha", f"{fmt.MINUS}0.6"]]


def test_pins_are_priced_each_and_together(found: WhatIf) -> None:
    """With 1 MW held in March the other 3 go to April by themselves, and the other way round; together they cost."""
    assert texts(pins_table(found)) == [
        ["april", "lab@alpha:2027-04=3", "3.0", "3.0", "USD 0"],
        ["april", "lab@alpha:2027-03=1", "1.0", "1.0", "USD 0"],
        ["april", "all pins", "", "", fmt.usd(3 * 81_400)],
    ]


def test_the_headline_names_best_and_worst(found: WhatIf) -> None:
    """Of several cases the ends; of one its change; of none that there is none."""
    assert headline(found).startswith("The base is worth USD 1.8 m; the cases change that by ")
    assert headline(found).endswith("(april).")
    assert "(half) to" in headline(found)
    one = what_if(portfolio(), [f"{RENT}=*0.5"])
    assert headline(one) == f"The base is worth USD 1.8 m; what-if changes that by {fmt.MINUS}USD 800,000."
    none = what_if(portfolio(), ["limits.min_eh_s=9"])
    assert headline(none).endswith("no plan can follow any case.")


def test_the_terminal_says_all_of_it(found: WhatIf) -> None:
    """Changes, the clash, figures, moves, pins and certificates; narrow terminals get a table per case."""
    text = printed(found)
    for words in (
        "april: pin lab@alpha:2027-04=3; pin lab@alpha:2027-03=1",
        "none: no plan satisfies these limits together:",
        "What moved: starts of offers",
        "What pins cost",
        "3 plans with a passed certificate each",
    ):
        assert words in text
    assert text.count("Cases beside the base") == 1
    assert printed(found, width=80).count("Cases beside the base") == 3
    assert fmt.MINUS not in text


def test_json_has_no_number_that_is_none(found: WhatIf) -> None:
    """What is missing is null, and summaries are those of the plans."""
    record = json.loads(what_if_json(found))
    assert record["cases"][2]["summary"] is None
    assert record["comparison"][3]["npv_usd"] is None
    assert record["cases"][1]["pins"] == ["lab@alpha:2027-04=3", "lab@alpha:2027-03=1"]
    assert record["base"]["summary"]["npv_usd"] == found.comparison["npv_usd"].iloc[0]


def test_the_chart_has_a_line_for_every_plan(found: WhatIf) -> None:
    """The base, drawn last and dashed, and two cases; pointing at a month says the MW of each."""
    for frame in (WIDE, NARROW):
        layers = ai_lines(found, frame)["layer"]
        lines = [layer for layer in layers if layer["mark"]["type"] == "line"]
        assert len(lines) == 3
        assert "strokeDash" in lines[-1]["mark"]
        tips = [row["tip"] for row in layers[-1]["data"]["values"]]
        assert tips[2] == "2027-03: base 5.0 MW; half 5.0 MW; april 1.2 MW"
    points = averages(found).set_index(["case", "first"])["mw"]
    assert points["base", "2027-03"] == pytest.approx(5.0)


def test_cases_beyond_the_eighth_share_a_colour() -> None:
    """Ten cases: eight colours and a grey for the rest."""
    cases = {f"c{n}": Case((f"{RENT}={100 + n}",)) for n in range(COLOURED_CASES + 2)}
    keys = case_keys(what_if(portfolio(), cases=cases))
    assert keys["base"] == BASE_KEY
    assert list(keys.values()).count(REST_KEY) == 2
    assert len(set(keys.values())) == COLOURED_CASES + 2


def test_the_page_stands_alone(page: str) -> None:
    """A strict policy, no address, every section, and the clash of the case without a plan."""
    assert "default-src 'none'" in html.unescape(page)
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"", page) == []
    assert "http" not in re.sub(r"http-equiv|http://www.w3.org/2000/svg", "", page)
    for section in ("summary", "cases", "comparison", "moved", "pins"):
        assert f'<section id="{section}">' in page
    assert "none: no plan satisfies these limits together" in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_page_is_the_same_for_the_same_what_if(found: WhatIf, page: str) -> None:
    """Nothing on it depends on the moment."""
    assert what_if_html(found) == page


def test_names_are_data_never_markup(tmp_path: Path) -> None:
    """A contract, a case and a portfolio called like a script are shown as they are called."""
    given = portfolio(contracts=[offer(id=HOSTILE)], settings=settings(name=HOSTILE))
    found = what_if(given, cases={HOSTILE: Case(pins=(f"{HOSTILE}@alpha:2027-04=3",))})
    text = what_if_html(found)
    assert HOSTILE not in text
    assert html.escape(HOSTILE, quote=False) in text
    assert HOSTILE in printed(found).replace("\n", "")
    assert text.count("<script>") == 1


def test_files_hold_the_tables_to_the_last_digit(found: WhatIf, tmp_path: Path) -> None:
    """Every file is there, a folder of others is left alone, and the CSV gives the very same numbers."""
    write_what_if(found, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(NAMES)
    for name in FRAMES:
        rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / f"{name}.csv").read_text(encoding="utf-8"))))
        frame = getattr(found, name)
        assert list(rows[0]) == list(frame.columns)
        numbers = [column for column in frame if frame[column].dtype == "float64"]
        for row, record in zip(rows, frame.to_dict("records"), strict=True):
            for column in numbers:
                assert row[column] == ("" if record[column] != record[column] else repr(record[column]))
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="did not write"):
        write_what_if(found, tmp_path / "out", force=True)


def test_no_cell_is_run_by_a_spreadsheet(found: WhatIf) -> None:
    """A case named like a formula gets an apostrophe in front; numbers below zero do not."""
    frame = found.comparison.assign(case=["=1+1", "+x", "-y", "@z"])
    rows = list(csv.DictReader(io.StringIO(table_csv(frame))))
    assert [row["case"] for row in rows] == ["'=1+1", "'+x", "'-y", "'@z"]
    assert float(rows[1]["npv_change_usd"]) < 0


@pytest.mark.browser
def test_the_page_in_a_browser(chromium: Browser, page: str, tmp_path: Path) -> None:
    """Nothing is asked for or complained about, and nothing sticks out of a telephone or a wide screen."""
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for width, scheme in product((390, 1366), schemes):
        context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
        opened = context.new_page()
        events: list[str] = []
        opened.on("console", lambda event, seen=events: seen.append(str(event)))
        opened.on("pageerror", lambda event, seen=events: seen.append(str(event)))
        opened.on("requestfinished", lambda event, seen=events: seen.append(str(event)))
        opened.goto(file.as_uri())
        assert [event for event in events if file.name not in event] == []
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
