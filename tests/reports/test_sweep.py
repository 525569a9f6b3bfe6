"""A sweep as tables, page, picture and files: where the cells lie, what they are called, and nothing else runs.

In the case of cases.py the offer is taken from 43.3 USD/kW-month on; mining alone earns 868,800 USD.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from optimizer.ranges import parse_axis
from optimizer.sweeping import Sweep, sweep
from reports.chart_parts import NARROW, WIDE, Frame
from reports.file_set import check_set, write_set
from reports.folder import OutputError
from reports.map_sides import Scale, Side, change_words
from reports.sweep import SHOWN, ChosenSets, SweepReport
from reports.sweep_charts import curve, heat_classes, heat_map, set_map
from reports.sweep_files import write_sweep
from reports.sweep_page import sweep_html, sweep_png
from reports.sweep_tables import cells_table, map_table, sets_table, sweep_json
from reports.sweep_terminal import print_sweep
from tests.optimizer.cases import offer, portfolio, settings
from tests.reports.test_browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RENT, HASHPRICE = "contracts.lab.price_usd_per_kw_month", "hashprice.*.usd_per_ph_day"
HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def switching() -> SweepReport:
    """A map of three hashprices by four rents, with a hostile name; the base case is at 1 and 100."""
    offers = [offer(), offer(id="other", max_mw=1.0)]
    given = portfolio(settings=settings(name=HOSTILE), contracts=offers)
    return SweepReport(sweep(given, [f"{HASHPRICE}=*0.5,*1.5,*2.5", f"{RENT}=20:140:4"]))


@pytest.fixture(scope="module")
def bent() -> SweepReport:
    """A curve of four floors of hashrate, the highest of which has no plan; the portfolio itself has none."""
    return SweepReport(sweep(portfolio(), ["limits.min_eh_s=0.9,0.1,0.3,0.5"]))


def marks(spec: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The layers of a chart with one kind of mark."""
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == kind]


def test_cells_lie_between_the_middles_of_their_values() -> None:
    """The edges of 10, 20 and 40 are 5, 15, 30 and 50, in whatever order they were given; the base is in its place."""
    side = Side.of(parse_axis(f"{RENT}=20,10,40"), 12.0)
    assert (side.places, side.edges, side.base) == ((10.0, 20.0, 40.0), (5.0, 15.0, 30.0, 50.0), 12.0)
    assert (side.order, side.words) == ((1, 0, 2), ("10", "20", "40"))
    assert Side.of(parse_axis(f"{RENT}=20,10,40"), 51.0).base is None


def test_words_lie_side_by_side() -> None:
    """Months have equal steps, and the base is at its own month."""
    side = Side.of(parse_axis("contracts.lab.first_start=2027-03,2027-09"), "2027-09")
    assert (side.edges, side.words, side.base) == ((-0.5, 0.5, 1.5), ("2027-03", "2027-09"), 1.0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("*0.7:*1.3:2", "×0.7"),
        ("+-3:+3:2", "−3"),
        ("+1:+3:2", "+1"),
        ("1e-3:1:2", "0.001"),
        ("11250000:2e7:2", "11,250,000"),
        ("1.2345678:2:2", "1.2346"),
        ("-5:5:2", "−5"),
    ],
)
def test_values_are_read_with_their_operator(given: str, words: str) -> None:
    """Factors carry a cross, additions their sign."""
    assert change_words(parse_axis(f"{RENT}={given}"), 0) == words


def test_classes_hold_all_values() -> None:
    """From 3 to 17 in steps of 2; limits belong to the class above, the highest value to the last."""
    scale = Scale.of([3.0, 17.0, float("nan")])
    assert (scale.low, scale.step, scale.count) == (2.0, 2.0, 8)
    assert [scale.place(value) for value in (3.0, 4.0, 16.0, 17.0, 18.0)] == [1, 2, 8, 8, 8]
    assert (scale.words(1), scale.words(8)) == ("2 to 4", "16 to 18")
    fine = Scale.of([0.131, 0.148])
    assert fine.words(1) == "0.1300 to 0.1325"
    assert Scale.of([5.0, 5.0]).count == 1
    assert Scale.of([]).count == 1
    assert len(heat_classes(scale)) == 8


def test_every_value_lies_in_its_class() -> None:
    """Whatever the spread, a value lies between the limits of its class."""
    for values in ([-3.7, 12.2, 0.4], [1e9, 1.01e9], [0.001, 0.0042], [-1e-3, -9.0]):
        scale = Scale.of(values)
        for value in values:
            low = scale.low + (scale.place(value) - 1) * scale.step
            assert low - 1e-9 * scale.step <= value <= low + scale.step * (1 + 1e-9)


def test_sets_have_letters_by_how_often_they_are_taken(switching: SweepReport) -> None:
    """The other offer, at 100, pays at a hashprice times 0.5 and 1.5; the lab where its rent is high enough for it.

    Mining earns nothing, 45 and 95 USD/MWh at the three hashprices.
    """
    sets = switching.sets
    assert sets.letters == {("lab", "other"): "A", (): "B", ("other",): "C", ("lab",): "D"}
    assert list(sets.counts.values()) == [5, 3, 3, 1]
    assert sets.base == ("lab", "other")
    rows = [[cell.text for cell in row] for row in map_table(switching, "chosen").rows]
    assert rows == [["140", "A", "A", "D"], ["100", "A", "A", "B"], ["60", "A", "C", "B"], ["20", "C", "C", "B"]]
    assert sets_table(switching).rows[0][0].tag == "base case"


def test_offers_taken_everywhere_are_named_once() -> None:
    """What is in every plan is left out of the names of the sets."""
    found = sweep(portfolio(contracts=[offer(), offer(id="sure", max_mw=1.0)]), [f"{RENT}=20,100"])
    sets = ChosenSets.of(found)
    assert sets.common == ("sure",)
    assert [sets.words(names) for names in sorted(sets.letters)] == ["lab", "no other offer"]


def test_the_cells_table_has_every_cell(bent: SweepReport) -> None:
    """In the order of the values, the one without a plan last and without figures."""
    rows = cells_table(bent).rows
    assert [row[0].text for row in rows] == ["0.1", "0.3", "0.5", "0.9"]
    assert [row[-1].text for row in rows] == ["optimal", "optimal", "optimal", "infeasible"]
    assert rows[2][1].text == "0.869"
    assert (rows[3][1].text, rows[3][1].value) == ("n/a", None)


def test_maps_draw_every_cell_once(switching: SweepReport) -> None:
    """Twelve cells that tile the map, letters where there is room, and a diamond at the base case."""
    spec = set_map(switching, WIDE)
    (cells,) = marks(spec, "rect")
    rows = cells["data"]["values"]
    tiles = {(row["x"], row["x2"], row["y"], row["y2"]) for row in rows}
    assert len(tiles) == 12
    assert sum((x2 - x) * (y2 - y) for x, x2, y, y2 in tiles) == pytest.approx(3.0 * 160.0)
    assert len(marks(spec, "text")[0]["data"]["values"]) == 12
    assert not marks(set_map(switching, NARROW), "text")
    (point,) = marks(spec, "point")
    assert (point["data"]["values"][0]["x"], point["data"]["values"][0]["y"]) == (1.0, 100.0)
    scale = Scale.of([row["npv_usd"] / 1e6 for row in switching.grid])
    heat = heat_map(switching, SHOWN["npv"], scale, WIDE, legend=True)
    named = heat["layer"][0]["encoding"]["color"]["scale"]["domain"]
    assert {row["class"] for row in heat["layer"][0]["data"]["values"]} <= set(named)


def test_a_curve_leaves_a_gap_without_a_plan(bent: SweepReport) -> None:
    """Three points, and a line that ends before the fourth value."""
    spec = curve(bent, SHOWN["npv"], Frame(300, 200))
    assert len(marks(spec, "point")[0]["data"]["values"]) == 3
    assert [row["y"] is None for row in marks(spec, "line")[0]["data"]["values"]] == [False, False, False, True]


@pytest.mark.parametrize("name", ["switching", "bent"])
def test_the_page_stands_alone(name: str, request: pytest.FixtureRequest) -> None:
    """One file, whose policy names its own style and script and nothing else; the name of the portfolio is text."""
    page = sweep_html(request.getfixturevalue(name))
    assert page == sweep_html(request.getfixturevalue(name))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    for kind in ("style", "script"):
        inside = re.search(rf"<{kind}>(.*?)</{kind}>", page, re.DOTALL)
        assert inside is not None
        digest = base64.b64encode(hashlib.sha256(inside[1].encode()).digest()).decode()
        assert f"sha256-{digest}" in policy[1].replace("&#43;", "+")
    assert HOSTILE not in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)


def test_the_page_says_where_the_base_case_is(switching: SweepReport, bent: SweepReport) -> None:
    """Marked where it lies inside; said to be missing where the portfolio has no such floor."""
    assert "The diamond marks the base case" in sweep_html(switching)
    assert "lies outside these values" in sweep_html(bent)
    assert "no plan (1 infeasible)" not in sweep_html(switching)
    assert "1 without a plan" in sweep_html(bent)


@pytest.mark.parametrize("name", ["switching", "bent"])
def test_the_picture_is_a_png(name: str, request: pytest.FixtureRequest) -> None:
    """With maps as with curves."""
    assert sweep_png(request.getfixturevalue(name)).startswith(b"\x89PNG")


def test_nothing_solved_at_all_is_still_told() -> None:
    """A sweep in which no cell has a plan has a page, a picture, JSON and lines on a terminal."""
    found = sweep(portfolio(limits={"min_eh_s": 0.8}), ["limits.min_eh_s=0.8,0.9", f"{RENT}=20,100"])
    report = SweepReport(found)
    assert "No cell has a plan" in sweep_html(report)
    assert sweep_png(report).startswith(b"\x89PNG")
    assert {cell["npv_usd"] for cell in json.loads(sweep_json(found))["cells"]} == {None}
    assert "4 of 4 cells have no plan: infeasible" in printed(report)


def printed(report: SweepReport, *shown: str, width: int = 140) -> str:
    """What the terminal shows."""
    file = io.StringIO()
    print_sweep(report, shown, console=Console(width=width, file=file))
    return file.getvalue()


def test_the_terminal_has_a_map_that_fits(switching: SweepReport) -> None:
    """The rent goes up, the hashprice across; a narrow terminal leaves out columns, never both ends."""
    lines = printed(switching, "npv").splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("NPV, USD m."))
    assert [line.split()[0] for line in lines[first + 1 : first + 5]] == ["140", "100", "60", "20"]
    assert lines[first + 5].split() == ["x0.5", "x1.5", "x2.5"]
    narrow = printed(switching, "npv", width=20).splitlines()
    assert ["x0.5", "x2.5"] in [line.split() for line in narrow]


def test_files_appear_together(switching: SweepReport, tmp_path: Path) -> None:
    """Four files in a folder; the table has a row per cell."""
    write_sweep(switching, tmp_path / "map")
    assert sorted(path.name for path in (tmp_path / "map").iterdir()) == [
        "sweep.csv",
        "sweep.html",
        "sweep.png",
        "sweep_contracts.csv",
    ]
    lines = (tmp_path / "map" / "sweep.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 13
    assert lines[0].startswith(f"{HASHPRICE} (factor),{RENT},npv_usd,capex_usd,")


def test_a_set_of_files_is_all_or_nothing(tmp_path: Path) -> None:
    """If the second file cannot be made, the first does not appear; foreign files and files as folders are refused."""

    def fail() -> bytes:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_set(tmp_path / "out", {"a.html": lambda: b"page", "b.csv": fail}, command="sweep")
    assert not (tmp_path / "out").exists()
    write_set(tmp_path / "one.csv", {"a.html": fail, "b.csv": lambda: b"rows"}, command="sweep")
    assert (tmp_path / "one.csv").read_bytes() == b"rows"
    (tmp_path / "plain").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        check_set(tmp_path / "plain", ["a.html"], command="sweep", force=True)


def test_an_unknown_place_of_the_base_is_not_marked(switching: SweepReport) -> None:
    """Without a place on one side there is no diamond, and the page says why."""
    found: Sweep = replace(switching.sweep, base_at=(1.0, None))
    assert not marks(set_map(SweepReport(found), WIDE), "point")


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
@pytest.mark.parametrize("name", ["switching", "bent"])
def test_the_page_fits_its_window(
    chromium: Browser, tmp_path: Path, name: str, width: int, scheme: str, request: pytest.FixtureRequest
) -> None:
    """No sideways scrolling with all tables open, one drawing per figure, nothing logged or fetched."""
    target = tmp_path / "sweep.html"
    target.write_text(sweep_html(request.getfixturevalue(name)), encoding="utf-8")
    page, events = opened(chromium, target, width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shown = page.evaluate(
        "[...document.querySelectorAll('figure')].map(f => [...f.querySelectorAll('svg')]"
        ".filter(s => s.getBoundingClientRect().width > 100).length)"
    )
    assert shown == [1] * 3
    assert events == []
