"""Hourly power prices as text, page, picture and files: what is said, what is drawn, and what is left in place."""

from __future__ import annotations

import base64
import csv
import hashlib
import html
import io
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from reports import power_charts
from reports.chart_parts import NARROW, WIDE, Frame
from reports.folder import OutputError
from reports.power import CSV_TABLES, PowerReport, idling_table, runs_table, statistics_table
from reports.power_charts import HeatScale, SwitchOff, nice_step, price_domain
from reports.power_files import write_power
from reports.power_page import power_html, power_png
from reports.power_terminal import print_power
from reports.single_file import write_file
from sites.hourly import FloatArray, HourlyPrices
from sites.power_statistics import run_hours
from sites.records import Rig

# At 42 USD/PH/s/day it earns 100 USD/MWh.
BOX = Rig(id="box", th_s=200, watts=3500)
HOSTILE = "</script><script>alert(1)</script>"


def spiky(years: tuple[int, ...] = (2023,)) -> FloatArray:
    """Prices of 2023 (or more years) that fall from 5,000 in a few hours over 60 to -40, in shuffled order."""
    hours = 8760 * len(years)
    calm = np.linspace(60.0, -5.0, hours - 100)
    prices = np.concatenate([np.geomspace(5000.0, 61.0, 80), calm, np.linspace(-6.0, -40.0, 20)])
    return np.random.default_rng(7).permutation(prices)


def report_of(
    prices: FloatArray | None = None, *, title: str = "Pecos", years: tuple[int, ...] = (2023,)
) -> PowerReport:
    """A report of two machines at two hashprices."""
    account = ("1 missing spring hour interpolated: 2023-03-12 02:00",)
    series = HourlyPrices("made", years, spiky(years) if prices is None else prices)
    old = Rig(id="old", th_s=100, watts=3500)
    runs = tuple(run_hours(series, rig, hashprice_usd_per_ph_day=price) for rig in (BOX, old) for price in (21.0, 42.0))
    return PowerReport(title, series, runs, ("Terms: pool fee 0.",), account)


@pytest.fixture(scope="module")
def page() -> str:
    """The page of the made series."""
    return power_html(report_of())


def printed(report: PowerReport, width: int = 140) -> str:
    """What the terminal shows."""
    target = io.StringIO()
    print_power(report, console=Console(file=target, width=width, highlight=False, markup=False))
    return target.getvalue()


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def layers_with(spec: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """The layers of a chart that draw one kind of mark."""
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == mark]


def test_the_terminal_says_the_headline_and_every_repair() -> None:
    """438 hours at 190 and 8,322 at 10: idling in the dearest 5 % cuts half of the bill; the repair is told."""
    prices = np.full(8760, 10.0)
    prices[:438] = 190.0
    text = printed(report_of(prices))
    assert (
        "dearest 5% of the hours (438 hours at 190.00 USD/MWh or more) cuts the power bill of a flat load by 50.0%"
        in text
    )
    assert "1 missing spring hour interpolated: 2023-03-12 02:00" in text


def test_a_bill_below_zero_has_no_share() -> None:
    """Where all hours together cost nothing, the headline says so in terminal and page."""
    report = report_of(np.full(8760, -1.0))
    assert "all hours together cost nothing" in printed(report)
    assert "all hours together cost nothing" in power_html(report)


def test_a_rig_that_never_runs_is_told_in_words() -> None:
    """Prices above every switch-off price leave no average price to pay."""
    report = report_of(np.full(8760, 300.0))
    assert "never runs" in printed(report)
    assert "never runs" in power_html(report)
    assert [row["paid_usd_per_mwh"] for row in rows(CSV_TABLES["runs"](report))] == [""] * 4


def test_nothing_is_cut_at_eighty_columns() -> None:
    """On a narrow screen columns are left out whole; no heading or figure ends in dots."""
    text = printed(report_of(), width=80)
    assert "…" not in text
    assert max(map(len, text.split("Rigs on these prices")[1].split("\n\n")[0].splitlines())) <= 80


def test_several_years_have_a_line_each_and_one_together() -> None:
    """Two years give three lines of statistics; one year gives one."""
    assert [row[0].text for row in statistics_table(report_of(years=(2022, 2023))).rows] == [
        "2022",
        "2023",
        "2022-2023",
    ]
    assert [row[0].text for row in statistics_table(report_of()).rows] == ["2023"]


def test_hours_run_are_of_an_average_year() -> None:
    """A machine that runs in all hours of two years runs 8,760 hours a year."""
    table = runs_table(report_of(np.full(17_520, 1.0), years=(2022, 2023)))
    assert [(row[4].text, row[5].text) for row in table.rows] == [("8,760", "100.0%")] * 4


def test_idling_is_told_for_more_than_one_share() -> None:
    """The ladder has the twentieth of the headline among its shares."""
    shares = {row[0].text: row for row in idling_table(report_of()).rows}
    assert {"0.1%", "1.0%", "5.0%", "20.0%"} <= set(shares)
    assert shares["5.0%"][1].text == "438"


def test_csv_holds_the_numbers_in_full() -> None:
    """Every table has a row per hour, month, month and hour, year, or machine and hashprice."""
    report = report_of()
    tables = {name: rows(table(report)) for name, table in CSV_TABLES.items()}
    assert {name: len(table) for name, table in tables.items()} == {
        "runs": 4,
        "statistics": 1,
        "duration": 8760,
        "month-hours": 288,
        "months": 12,
    }
    assert float(tables["duration"][0]["usd_per_mwh"]) == report.curve[0]
    assert float(tables["statistics"][0]["mean"]) == report.all_years.mean
    assert tables["months"][3]["month"] == "2023-04"
    assert float(tables["month-hours"][25]["mean_usd_per_mwh"]) == report.month_hours[1, 1]


def test_spikes_do_not_flatten_the_curve() -> None:
    """With hours up to 5,000 the even scale ends soon above the switch-off price, and the drawing keeps inside it."""
    report = report_of()
    marks = [SwitchOff(100.0, 0.99, "box at 42: off above 100.00", "box: 100")]
    low, high = price_domain(report.curve, [100.0])
    assert 100.0 < high <= 200.0
    assert -50.0 <= low < 0.0
    (line,) = layers_with(power_charts.duration_curve(report.curve, marks, WIDE), "line")
    drawn = [point["price"] for point in line["data"]["values"]]
    assert (max(drawn), min(drawn)) == (high, max(low, report.curve[-1]))
    assert drawn == sorted(drawn, reverse=True)


def test_a_calm_year_is_drawn_whole() -> None:
    """Between 20 and 40 no hour is left out, and the scale begins at zero."""
    curve = np.linspace(40.0, 20.0, 8760)
    low, high = price_domain(curve, [])
    assert low == 0.0
    assert 40.0 <= high <= 50.0


def test_a_switch_off_price_far_above_the_market_leaves_the_scale_alone() -> None:
    """A mark at 900 over prices of 20 to 40 is not drawn, and the page says that it is outside."""
    curve = np.linspace(40.0, 20.0, 8760)
    marks = [SwitchOff(900.0, 1.0, "box at 378: off above 900.00", "box: 900")]
    spec = power_charts.duration_curve(curve, marks, WIDE)
    assert price_domain(curve, [900.0])[1] <= 150.0
    assert layers_with(spec, "rule") == []
    series = HourlyPrices("made", (2023,), curve)
    runs = (run_hours(series, BOX, hashprice_usd_per_ph_day=378.0),)
    assert "Outside the scale: box at 378." in power_html(PowerReport("Calm", series, runs))


def test_a_year_of_scarcity_leaves_the_marks_readable() -> None:
    """Where a quarter of the hours costs 200 to 800, the scale ends at about three times the highest mark of 120."""
    curve = np.concatenate([np.linspace(800.0, 200.0, 2190), np.linspace(120.0, 20.0, 6570)])
    low, high = price_domain(curve, [45.0, 120.0])
    assert low == 0.0
    assert 360.0 <= high <= 400.0


@pytest.mark.parametrize("frame", [WIDE, NARROW])
def test_labels_of_near_marks_keep_apart(frame: Frame) -> None:
    """Four marks within two dollars get labels at least a line of text apart, in the order of their prices."""
    curve = np.linspace(120.0, 0.0, 8760)
    marks = [SwitchOff(price, 0.5, f"rig {price}: off", f"{price}") for price in (62.0, 60.0, 61.0, 60.5)]
    (_, words) = layers_with(power_charts.duration_curve(curve, marks, frame), "text")
    low, high = price_domain(curve, [62.0])
    places = [(row["price"], row["label"] * frame.height / (high - low)) for row in words["data"]["values"]]
    assert [price for price, _ in places] == [60.0, 60.5, 61.0, 62.0]
    assert all(upper - lower >= 12 for (_, lower), (_, upper) in pairwise(places))


def test_the_dearest_hours_are_drawn_on_a_logarithmic_scale_where_they_spread() -> None:
    """From 5,000 down to 60 a logarithmic scale; between 40 and 39 an even one."""
    (steep,) = layers_with(power_charts.dearest_hours(report_of().curve, WIDE), "line")
    (flat,) = layers_with(power_charts.dearest_hours(np.linspace(40.0, 20.0, 8760), WIDE), "line")
    assert steep["encoding"]["y"]["scale"]["type"] == "log"
    assert flat["encoding"]["y"]["scale"]["type"] == "linear"


def test_dearest_hours_at_or_below_zero_have_an_even_scale() -> None:
    """A series that is never above zero has no logarithm and is drawn all the same."""
    assert "<svg" in power_html(report_of(np.full(8760, -1.0)))


def test_the_heat_scale_diverges_at_zero() -> None:
    """Means from -25 to 60 get classes on both sides of zero, and zero itself belongs to the upper side."""
    means = np.full((12, 24), 30.0)
    means[0, :20] = -25.0
    means[1, :20] = 60.0
    scale = HeatScale.of(means)
    assert (scale.key(0.0), scale.key(-0.01)) == ("up-1", "down-1")
    keys = [key for key, _ in scale.classes()]
    assert {scale.key(mean) for mean in means.ravel().tolist()} <= set(keys)
    assert keys == [f"down-{n}" for n in range(scale.down, 0, -1)] + [f"up-{n}" for n in range(1, scale.up + 1)]


def test_without_negative_means_no_class_lies_below_zero() -> None:
    """Single negative hours that no mean shows give no colours for them."""
    scale = HeatScale.of(np.full((12, 24), 30.0))
    assert scale.down == 0


def test_heat_classes_have_equal_steps_and_open_ends() -> None:
    """A scale in steps of 20 with six classes up and three down says its ranges."""
    assert [words for _, words in HeatScale(20.0, 3, 6).classes()] == [
        *("below −40", "−40 to −20", "−20 to 0"),
        *("0 to 20", "20 to 40", "40 to 60", "60 to 80", "80 to 100", "above 100"),
    ]
    scale = HeatScale(20.0, 3, 6)
    assert [scale.key(mean) for mean in (-500.0, -40.0, -39.9, 19.9, 20.0, 999.0)] == [
        *("down-3", "down-2", "down-2", "up-1", "up-2", "up-6"),
    ]


def test_steps_are_round() -> None:
    """The step is the next round number."""
    assert [nice_step(least) for least in (0.9, 1.0, 11.0, 17.0, 350.0)] == [1.0, 1.0, 15.0, 20.0, 400.0]


def test_every_colour_of_the_heat_map_is_in_the_style_sheet(page: str) -> None:
    """Nine classes have a colour for light, for dark and for print, and a swatch."""
    for key in (*(f"down-{n}" for n in (1, 2, 3)), *(f"up-{n}" for n in range(1, 7))):
        assert page.count(f"--heat-{key}: #") == 3
        assert f".key-heat-{key} " in page


def test_equal_reports_give_equal_bytes(page: str) -> None:
    """Neither page nor picture knows a clock."""
    assert power_html(report_of()) == page
    assert power_png(report_of()) == power_png(report_of())


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    """No address but the name of SVG stands in the page, and nothing is fetched."""
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b", page)
    assert " src=" not in page
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(", page)


def test_the_policy_names_the_only_style_and_script(page: str) -> None:
    """The hashes of the policy are those of the one style and the one script; no mark carries a style or a handler."""
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    policy = html.unescape(policy)
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy
    assert not re.search(r'\son\w+="|\sstyle="', page)


def test_a_hostile_title_stays_text() -> None:
    """Markup in a name is shown, not run."""
    page = power_html(report_of(title=HOSTILE))
    assert page.count("<script>") == 1
    assert html.escape(HOSTILE) in page


def test_every_chart_has_a_title_and_a_table_behind_it(page: str) -> None:
    """Each drawing names itself to those who cannot see it; the figures stand in tables."""
    assert (
        len(re.findall(r"<svg\b", page)) == len(re.findall(r'<svg\b[^>]*role="img"[^>]*aria-label="[^"]+"', page)) == 10
    )
    for table in ("percentiles", "idling", "month-hours", "statistics", "monthly", "runs"):
        assert f'<table id="table-{table}">' in page


def test_the_picture_is_large_enough_to_read() -> None:
    """A PNG of more than two thousand pixels each way comes out."""
    picture = power_png(report_of())
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[place : place + 4]) for place in (16, 20))
    assert width >= 2000
    assert height >= 2000


def test_the_ending_says_what_is_written(tmp_path: Path) -> None:
    """.html is the page, .png the picture, .csv the first table, a bare name a folder with all of them."""
    report = report_of()
    for name in ("a.html", "b.png", "c.csv", "all"):
        write_power(report, tmp_path / "new" / name)
    assert (tmp_path / "new" / "a.html").read_bytes() == power_html(report).encode()
    assert (tmp_path / "new" / "b.png").read_bytes() == power_png(report)
    assert (tmp_path / "new" / "c.csv").read_text() == CSV_TABLES["runs"](report)
    found = {file.name for file in (tmp_path / "new" / "all").iterdir()}
    assert found == {"power.html", "power.png", *(f"{name}.csv" for name in CSV_TABLES)}
    assert sorted(entry.name for entry in (tmp_path / "new").iterdir()) == ["a.html", "all", "b.png", "c.csv"]


@pytest.mark.parametrize("name", ["a.html", "all"])
def test_what_stands_there_is_replaced_only_with_force(tmp_path: Path, name: str) -> None:
    """A second run is refused and changes nothing; with force it replaces."""
    target = tmp_path / name
    write_power(report_of(), target)
    page = target / "power.html" if target.is_dir() else target
    before = page.read_bytes()
    with pytest.raises(OutputError, match="--force"):
        write_power(report_of(title="Other"), target)
    assert page.read_bytes() == before
    write_power(report_of(title="Other"), target, force=True)
    assert b"<title>Other" in page.read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_folder_of_other_files_is_never_replaced(tmp_path: Path) -> None:
    """Even with force, a folder with anything else in it stays as it is."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match=r"thesis\.txt"):
        write_power(report_of(), tmp_path, force=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", ["prices.pdf", "prices.xlsx"])
def test_other_endings_are_refused(tmp_path: Path, name: str) -> None:
    """There is no other kind of file to write."""
    with pytest.raises(OutputError, match=r"none of \.csv, \.html, \.png"):
        write_power(report_of(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    """A bare name that is a file stays."""
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(OutputError, match="is a file"):
        write_power(report_of(), tmp_path / "notes", force=True)
    assert (tmp_path / "notes").read_text() == "mine"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fails before the file is whole, the old one stays and nothing else is left."""
    target = tmp_path / "a.html"
    write_file(target, b"old")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OutputError, match="disk is full"):
        write_file(target, b"new", force=True)
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.html"]


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """A folder called a.html is not replaced by a file."""
    (tmp_path / "a.html").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_file(tmp_path / "a.html", b"x", force=True)


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the check and the last step somebody else's file appears: it stays."""
    target = tmp_path / "a.html"
    monkeypatch.setattr("os.fsync", lambda _: target.write_bytes(b"theirs"))
    with pytest.raises(OutputError, match="--force"):
        write_file(target, b"mine")
    assert target.read_bytes() == b"theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.html"]


def test_a_file_system_without_links_is_written_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system knows no hard links the file is renamed into place."""

    def refuse(*names: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    write_file(tmp_path / "a.html", b"x")
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("a.html", b"x")]
