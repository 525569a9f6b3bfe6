"""A comparison of plans as tables, text, page, workbook and files: the same figures and the same bytes."""

from __future__ import annotations

import csv
import html
import io
import json
import math
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from rich.console import Console

from optimizer.comparing import Comparison, compare
from reports import format as fmt
from reports.compare import FRAMES, cautions, compare_json, headline, plans_table, scale
from reports.compare_files import NAMES, compare_workbook, write_comparison
from reports.compare_page import bridge_chart, bridge_steps, compare_html
from reports.compare_tables import (
    bridge_table,
    capital_table,
    inputs_table,
    order_table,
    sites_table,
    starts_table,
    years_table,
)
from reports.compare_terminal import print_comparison
from reports.display import Table
from reports.folder import OutputError
from tests.optimizer.cases import offer, portfolio, settings, site
from tests.optimizer.comparing_folders import written

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "</script><script>alert(1)</script>"
BETA = {"id": "beta", "capacity_mw": 5.0, "power": 35.0}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Dearer power and a hall that can be built; a site fewer with a lower rent."""
    place = tmp_path_factory.mktemp("plans")
    both = {"sites": [site(), BETA], "contracts": [offer(sites=["alpha", "beta"])]}
    halls = [{"id": "hall", "site": "beta", "usd_per_mw": 100_000.0, "max_mw": 2.0, "residual_share": 0.5}]
    folders = [
        written(place / "before", portfolio(**both)),
        written(place / "dear", portfolio(**both | {"sites": [site(power=36.0), BETA], "hall_builds": halls})),
        written(place / "small", portfolio(contracts=[offer(price_usd_per_kw_month=90.0)])),
    ]
    return compare(folders)


@pytest.fixture(scope="module")
def page(found: Comparison) -> str:
    """The page of it."""
    return compare_html(found)


def texts(table: Table) -> list[list[str]]:
    """The rows of a table as read."""
    return [[f"{cell.text} ({cell.tag})" if cell.tag else cell.text for cell in row] for row in table.rows]


def every_table(found: Comparison) -> list[Table]:
    """All tables of a comparison."""
    makers = (inputs_table, bridge_table, starts_table, sites_table, years_table, capital_table)
    return [plans_table(found), order_table(found), *(make(found, plan) for plan in found.others for make in makers)]


def printed(found: Comparison, width: int = 140) -> str:
    """What the terminal shows."""
    target = io.StringIO()
    print_comparison(found, console=Console(file=target, width=width, highlight=False, markup=False))
    return target.getvalue()


def test_plans_stand_below_each_other_with_their_difference(found: Comparison) -> None:
    """The base has no difference to itself; the others have theirs, in the unit of the table."""
    with fmt.money_in("k"):
        rows = texts(plans_table(found))
    assert [row[0] for row in rows] == ["before (base)", "dear", "small"]
    assert [row[:4][2:] for row in rows] == [["Jan 2027", "6"]] * 3
    npv = found.plans["npv_usd"]
    assert [row[4] for row in rows] == [f"{value / 1e3:,.0f}" for value in npv]
    assert rows[0][5::2][:5] == [""] * 5
    assert rows[1][5] == f"{fmt.MINUS}{(npv[0] - npv[1]) / 1e3:,.0f}"
    assert {tuple(row[-2:]) for row in rows} == {("optimal", "passed")}


def test_no_table_is_ragged(found: Comparison) -> None:
    """Every row, and the total, has a cell for every column; no two tables of a page have one name."""
    tables = every_table(found)
    for table in tables:
        assert {len(row) for row in (*table.rows, *filter(None, [table.total]))} <= {len(table.columns)}, table.name
    assert len({table.name for table in tables}) == len(tables)


def test_the_bridge_adds_up_in_every_table(found: Comparison) -> None:
    """The total is the sum of the steps and the difference of the plans, to the last bit; reasons have a column."""
    worth = found.plans.set_index("plan")
    for plan in found.others:
        table = bridge_table(found, plan)
        assert table.total is not None
        changes = [row[2].value for row in table.rows[1:]]
        assert table.total[2].value == math.fsum(filter(None, changes)) == worth.at[plan, "npv_change_usd"]
        assert table.rows[0][3].value == worth.at[found.base, "npv_usd"]
        assert table.rows[-1][3].value == table.total[3].value == worth.at[plan, "npv_usd"]
    assert [row[1] for row in texts(bridge_table(found, "dear"))] == ["before (base)", "power prices", "machines"]
    assert "Why" not in [column.label for column in bridge_table(found, "dear").columns]
    joined = bridge_table(found, "small")
    assert [row[1] for row in texts(joined)] == ["before (base)", "sites and capacity + offers"]
    assert "does not hold together" in joined.rows[1][4].text


def test_inputs_are_told_as_given(found: Comparison) -> None:
    """Numbers exact, a record that is new or gone in one row, and how many rows are left out."""
    rows = texts(inputs_table(found, "dear"))
    assert rows[0] == ["Sites", "alpha", "power", "30", "36"]
    assert rows[1][:4] == ["Mining halls that can be built", "hall", "added", "\N{EN DASH} (not there yet)"]
    assert rows[1][4] == "site beta; usd_per_mw 100000; max_mw 2; residual_share 0.5"
    short = inputs_table(found, "small", most=1)
    assert texts(short)[0][2:] == ["removed", "capacity_mw 5; power 35", "\N{EN DASH} (no longer there)"]
    assert short.note == "2 more rows are left out; --out writes all."


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (105.0, 107.10000000000001, ["105", "107.1"]),
        (107.1, 107.10000000000001, ["107.1", "107.10000000000001"]),
        ("", 2.0, ["blank", "2"]),
        (1e6, "", ["1,000,000", "blank"]),
    ],
)
def test_digits_of_rounding_are_shown_only_where_they_differ(
    found: Comparison, before: Any, after: Any, shown: list[str]
) -> None:
    """A product's last digits tell nobody anything, unless nothing else is different; the exact value is kept."""
    given = found.inputs.iloc[:1].assign(before=[before], after=[after])
    table = inputs_table(replace(found, inputs=given), "dear")
    assert texts(table)[0][3:] == shown
    assert [cell.value for cell in table.rows[0][3:]] == [None if value == "" else value for value in (before, after)]


def test_only_what_moved_is_told(found: Comparison) -> None:
    """Starts and sites that are the same have no row; the site that is gone loses its AI; years add up its sites."""
    assert texts(starts_table(found, "small")) != []
    assert all(row[-1] != "0.0" for row in texts(starts_table(found, "small")))
    sites = {row[0]: row[1:] for row in texts(sites_table(found, "small"))}
    assert sites["beta"][4] == "0.0"
    years = years_table(found, "small")
    assert [row[0].text for row in years.rows] == ["2027"]
    uses = found.decisions[(found.decisions["plan"] == "small") & (found.decisions["decision"] == "ai")]
    assert years.rows[0][3].value == pytest.approx(uses["after"].sum())
    assert years.rows[0][4].value == pytest.approx(uses["change"].sum())


def test_capital_is_told_in_words(found: Comparison) -> None:
    """Decisions that a plan takes and the other does not, the largest where not all are shown."""
    rows = [
        ("dear", "capital", "build halls", "hall", "", "2027", "MW", 0.0, 2.0, 2.0),
        ("dear", "capital", "draw", "bank", "", "2028", "USD", 2e6, 5e6, 3e6),
        ("dear", "capital", "sell coin", "treasury", "", "2028", "BTC", 4.0, 4.0, 0.0),
    ]
    given = replace(found, decisions=found.decisions.iloc[:0].copy())
    for row in rows:
        given.decisions.loc[len(given.decisions)] = row
    assert texts(capital_table(given, "dear")) == [
        ["Halls built", "hall", "2027", "MW", "0.0", "2.0", "+2.0"],
        ["Loans drawn", "bank", "2028", "USD", "2,000,000", "5,000,000", "+3,000,000"],
    ]
    short = capital_table(given, "dear", most=1)
    assert texts(short)[0][0] == "Loans drawn"
    assert short.note == "1 more row is left out; --out writes all."


def test_the_headline_says_how_much_and_what_for(found: Comparison) -> None:
    """Of several plans the differences; of one also the parts that count most; of equal ones that they are."""
    base = f"before is worth {fmt.usd(found.plans['npv_usd'].iloc[0])}"
    assert headline(found).startswith(f"{base}; against it, dear USD ")
    one = only(found, "dear")
    assert headline(one).startswith(f"{base}; dear USD ")
    assert f" less: power prices {fmt.MINUS}USD " in headline(one)
    same = replace(one, plans=one.plans.assign(npv_change_usd=0.0), bridge=one.bridge.iloc[:0])
    assert headline(same) == f"{base}; dear as much."


def only(found: Comparison, plan: str) -> Comparison:
    """A comparison with one plan beside the base."""
    frames = {name: getattr(found, name) for name in ("inputs", "decisions", "bridge")}
    kept = {name: frame[frame["plan"] == plan].reset_index(drop=True) for name, frame in frames.items()}
    plans = found.plans[found.plans["plan"].isin([found.base, plan])].reset_index(drop=True)
    return replace(found, plans=plans, **kept)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"certified": [True, False]}, "The certificate of dear did not pass."),
        ({"status": ["best found", "optimal"]}, "before is only the best plan found"),
        ({"start": ["2027-01", "2027-02"]}, "begin in different months"),
        ({"months": [6, 12]}, "horizons of different lengths"),
        ({"solver": ["HiGHS 1", "HiGHS 2"]}, "different versions"),
        ({"cvar_weight": [0.0, 0.5]}, "gives up some of them for safety"),
    ],
)
def test_what_must_be_known_first_is_said(found: Comparison, changes: dict[str, Any], words: str) -> None:
    """One caution for each; none for two proved plans of one program and one horizon."""
    one = only(found, "dear")
    assert cautions(one) == []
    told = cautions(replace(one, plans=one.plans.assign(**changes)))
    assert len(told) == 1
    assert words in told[0]


def test_the_terminal_says_all_of_it(found: Comparison) -> None:
    """Headline, plans, inputs, the bridge with its order and reasons, what moved; plain characters only."""
    text = printed(found)
    for words in (
        "before is worth USD ",
        "Inputs that differ: dear",
        "sites and capacity + offers: with sites and capacity alone",
        "Order: horizon and discounting, hashprice, power prices,",
        "Starts of offers that moved: small",
        "Mean MW by use and year: small",
    ):
        assert words in text
    assert fmt.MINUS not in text
    unbridged = replace(found, bridge=found.bridge.iloc[:0], bridged=False)
    assert "one part of the inputs after another" not in printed(unbridged)
    assert "dear: nothing that counts differs from before." in printed(replace(unbridged, bridged=True))


def test_json_has_no_number_that_is_none(found: Comparison) -> None:
    """What is missing is null, only decisions that moved are there, and without a bridge there is none."""
    plans = found.plans.assign(mining_only_usd=math.nan)
    record = json.loads(compare_json(replace(found, plans=plans)))
    assert record["base"] == "before"
    assert record["plans"][1]["mining_only_usd"] is None
    assert record["plans"][1]["npv_usd"] == found.plans["npv_usd"].iloc[1]
    assert all(row["change"] != 0.0 for row in record["decisions"])
    assert [row["driver"] for row in record["bridge"] if row["plan"] == "dear"] == ["power prices", "machines"]
    assert record["order"][0] == {"driver": "horizon and discounting", "content": "settings but for the market"}
    assert json.loads(compare_json(replace(found, bridged=False)))["bridge"] is None


def test_a_waterfall_begins_where_its_steps_can_be_seen(found: Comparison) -> None:
    """Whole values while a step is a tenth of them; else from the base as zero. Each bar begins where one ended."""
    bars, from_base = bridge_steps(found, "dear")
    assert not from_base
    small = replace(found, plans=found.plans.assign(npv_usd=found.plans["npv_usd"] + 1e9))
    small = replace(small, bridge=found.bridge.assign(npv_usd=found.bridge["npv_usd"] + 1e9))
    shifted, from_base = bridge_steps(small, "dear")
    assert from_base
    assert shifted["usd"].iloc[0] == 0.0
    for steps in (bars, shifted):
        assert steps["begin"].iloc[1:-1].tolist() == pytest.approx(steps["end"].iloc[:-2].tolist(), abs=1e-6)
        assert steps["end"].iloc[-1] == pytest.approx(steps["end"].iloc[-2], abs=1e-6)
    assert bridge_chart(replace(found, bridge=found.bridge.iloc[:0]), "dear") is None


def test_small_sums_are_shown_in_thousands(found: Comparison, page: str) -> None:
    """Two million dollars in millions would hide every step."""
    assert scale(found) == "k"
    assert scale(replace(found, plans=found.plans.assign(npv_usd=1e9))) == "m"
    assert "USD k" in page
    assert "USD m" not in page


def test_the_page_stands_alone(found: Comparison, page: str) -> None:
    """A strict policy, no address, every section, a drawing per bridge, light and dark."""
    assert "default-src 'none'" in html.unescape(page)
    assert re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"", page) == []
    assert "http" not in re.sub(r"http-equiv|http://www.w3.org/2000/svg", "", page)
    for section in ("summary", "plans", "plan-1", "plan-2", "order"):
        assert f'<section id="{section}">' in page
    assert page.count("<svg") == 4
    assert "prefers-color-scheme: dark" in page
    bare = compare_html(replace(found, bridge=found.bridge.iloc[:0], bridged=False))
    assert "<svg" not in bare
    assert 'id="order"' not in bare


def test_the_page_says_when_nothing_differs(found: Comparison) -> None:
    """Empty tables become sentences."""
    frames = {name: getattr(found, name).iloc[:0] for name in ("inputs", "bridge")}
    unmoved = found.decisions.assign(after=found.decisions["before"], change=0.0)
    text = compare_html(replace(found, **frames, decisions=unmoved))
    for words in ("No input differs.", "Nothing that counts differs", "No start of any offer", "No site changes"):
        assert text.count(words) == 2


def test_the_same_comparison_gives_the_same_bytes(found: Comparison, page: str) -> None:
    """Nothing depends on the moment: the workbook is of the day of the latest plan."""
    assert compare_html(found) == page
    assert compare_workbook(found) == compare_workbook(found)


def test_the_workbook_holds_the_same_figures(found: Comparison) -> None:
    """A sheet for each kind of table; the bridge's total is a live sum, and dollars are whole."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(compare_workbook(found)))
    assert book.sheetnames == ["Plans", "Inputs", "Bridge", "Decisions", "Megawatts"]
    values = [[cell.value for cell in row] for row in book["Plans"].iter_rows()]
    (row,) = [row for row in values if row[0] == "dear"]
    assert row[4] == found.plans["npv_usd"].iloc[1]
    assert row[5] == found.plans["npv_change_usd"].iloc[1]
    cells = [cell.value for row in book["Bridge"].iter_rows() for cell in row]
    assert any(str(value).startswith("=SUM(C") for value in cells)
    assert book.properties.created.isoformat().startswith("2026-11-24")
    unbridged = replace(found, bridged=False, plans=found.plans.assign(created="unknown"))
    assert "Bridge" not in load_workbook(io.BytesIO(compare_workbook(unbridged))).sheetnames


def test_names_are_data_never_markup(tmp_path: Path) -> None:
    """A contract called like a script is shown as it is called."""
    folders = [
        written(tmp_path / "a", portfolio(contracts=[offer(id=HOSTILE)], settings=settings(name=HOSTILE))),
        written(tmp_path / "<b>", portfolio(contracts=[], settings=settings(name=HOSTILE))),
    ]
    found = compare(folders, with_bridge=False)
    text = compare_html(found)
    assert HOSTILE not in text
    assert html.escape(HOSTILE, quote=False) in text
    assert "&lt;b&gt;" in text
    assert text.count("<script>") == 1


def test_files_hold_the_tables_to_the_last_digit(found: Comparison, tmp_path: Path) -> None:
    """Every file is there, the CSV gives the very same numbers, and a folder of others is left alone."""
    write_comparison(found, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(NAMES)
    for name in FRAMES:
        rows = list(csv.DictReader(io.StringIO((tmp_path / "out" / f"{name}.csv").read_text(encoding="utf-8"))))
        frame = getattr(found, name)
        assert list(rows[0]) == list(frame.columns)
        for column in frame.columns[frame.dtypes == "float64"]:
            assert [row[column] for row in rows] == ["" if math.isnan(v) else repr(v) for v in frame[column].tolist()]
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="did not write"):
        write_comparison(found, tmp_path / "out", force=True)


@pytest.mark.browser
def test_the_page_in_a_browser(chromium: Browser, page: str, tmp_path: Path) -> None:
    """Nothing is asked for or complained about, and nothing sticks out of a telephone or a wide screen."""
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for (width, height), scheme in product(((1366, 900), (390, 844)), schemes):
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        tab = context.new_page()
        complaints: list[str] = []
        tab.on("console", lambda message, told=complaints: told.append(message.text))
        tab.on("pageerror", lambda error, told=complaints: told.append(str(error)))
        asked: list[str] = []
        tab.on("request", lambda request, seen=asked: seen.append(request.url))
        tab.goto(file.as_uri())
        assert complaints == []
        assert asked == [file.as_uri()]
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        context.close()
