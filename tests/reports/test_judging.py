"""A judgement as a page, a picture, tables and terminal text."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from optimizer.judging.judging import Judgement, judge
from reports.chart_parts import NARROW
from reports.folder import OutputError
from reports.judging import headline, hedge_words, information_words, judging_json, sample_words, scenarios_csv
from reports.judging_charts import cash_low_chart, npv_chart, yearly_chart
from reports.judging_files import check_judging_target, write_judging
from reports.judging_page import judging_html
from reports.judging_tables import distribution_table, regret_table, samples_table, yearly_table
from reports.judging_terminal import print_judging
from reports.svg import draw
from tests.optimizer.test_frontier import PRICES, case


@cache
def given(weight: float = 0.5, name: str = "bad") -> Judgement:
    """The judgement of hosting (or, without fear, of mining) where a quarter is bad for mining."""
    rows = [{"id": name, "probability": 0.25, "hashprice": "low"}, {"id": "good", "probability": 0.75}]
    portfolio = case(hashprice=PRICES, scenarios=rows, risk={"cvar_weight": weight, "cvar_alpha": 0.2})
    return judge(portfolio, fresh=portfolio.scenario_paths)


def sentence(found: Judgement) -> str:
    """The headline as plain text."""
    return "".join(phrase.text for phrase in headline(found))


def test_the_headline_says_what_is_risked() -> None:
    """With the probability of loss, or that there is none."""
    assert sentence(given()) == (
        "The plan loses money in none of 2 scenarios; it is worth USD 0.600 m on average, and USD 0.600 m in the "
        "worst 20% of them."
    )
    losing = sentence(replace(given(), probability_of_loss=0.25))
    assert losing.startswith("The plan loses money with a probability of 25.0% over 2 scenarios; it is worth")


def test_each_figure_has_a_plain_sentence() -> None:
    """What is nothing is said to be nothing."""
    knowing, planning = information_words(given())
    assert (knowing[1], planning[1]) == ("USD 0.150 m", "USD 0.052 m")
    assert "standard error" not in knowing[2]
    name, ratio, words = hedge_words(given())
    assert (name, ratio) == ("Hedge ratio", "11.63")
    assert "gives up USD 0.052 m of the mean and gains USD 0.600 m in the worst 20%, 11.63 dollars for each." in words
    assert "1.00 dollars of safety per dollar of it" in words
    assert "nothing is given up for safety. A cvar_weight above 0" in hedge_words(given(0.0))[2]
    no_better = replace(given().information, evpi_usd=1e-9, vss_usd=-1e-9)
    nothing = information_words(replace(given(), information=no_better))
    assert [amount for _, amount, _ in nothing] == ["USD 0.000 m"] * 2
    assert "would be as good" in nothing[1][2]
    drawn = replace(given().information, evpi_error_usd=12_000.0, evpi_scenarios=1)
    assert "The standard error is USD 0.012 m; 1" in information_words(replace(given(), information=drawn))[0][2]
    alike = replace(drawn, evpi_error_usd=0.0)
    assert "None of 1" in information_words(replace(given(), information=alike))[0][2]


def test_fresh_scenarios_are_told_of_or_why_there_are_none() -> None:
    """The same mean, or the reason."""
    assert "worth as much on average" in sample_words(given())
    untried = replace(given(), samples=None, no_fresh="there is no market")
    assert sample_words(untried) == "The plan was not tried on fresh scenarios: there is no market."
    assert samples_table(untried).is_empty
    worse = given().samples
    assert worse is not None
    worse = worse.assign(mean_usd=[600_000.0, 300_000.0], mean_error_usd=[0.0, 1_000.0])
    assert "USD 0.300 m less on average, more than chance explains" in sample_words(replace(given(), samples=worse))


def test_tables_hold_the_figures_of_the_judgement() -> None:
    """The regret of a plan in a scenario, the largest one beside it, and shades by size."""
    rows = regret_table(given()).rows
    assert [row[0].text for row in rows] == ["The plan", "Made for bad", "Made for good", "NPV of the best plan there"]
    assert [cell.value for cell in rows[0][1:]] == pytest.approx([0.0, 268_800.0, 268_800.0])
    assert [cell.value for cell in rows[2][1:]] == pytest.approx([600_000.0, 0.0, 600_000.0])
    assert [cell.tone for cell in rows[2][1:]] == ["shade-5", "shade-0", "shade-5"]
    assert [cell.tone for cell in rows[0][1:]] == ["shade-0", "shade-4", "shade-4"]
    assert [row[1].value for row in distribution_table(given()).rows] == given().distribution["mean_usd"].tolist()
    assert [row[0].text for row in yearly_table(given()).rows] == ["2027"]
    assert [row[1].value for row in samples_table(given()).rows] == [2.0, 2.0]


@pytest.mark.parametrize("weight", [0.5, 0.0])
def test_charts_are_drawn(weight: float) -> None:
    """Also where all scenarios are the same; they can be pointed at."""
    for chart in (npv_chart, cash_low_chart, yearly_chart):
        drawing = draw(chart(given(weight), NARROW), "A chart")
        tips = [element.get("data-tip") for element in ElementTree.fromstring(drawing).iter()]
        assert any(tips)


def test_files_agree_and_replace_nothing(tmp_path: Path) -> None:
    """All files at once, the CSV with every digit; an existing file stays without --force."""
    write_judging(given(), tmp_path / "all")
    tables = {"judging.csv", "judging_yearly.csv", "judging_distribution.csv", "judging_regret.csv"}
    assert {file.name for file in (tmp_path / "all").iterdir()} == tables | {
        "judging.html",
        "judging.png",
        "judging.json",
    }
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all" / "judging_regret.csv").read_text())))
    assert [float(row["regret_usd"]) for row in rows] == given().regret["regret_usd"].tolist()
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        check_judging_target(tmp_path / "mine.csv", force=False)


def test_json_has_no_number_that_is_none() -> None:
    """Ratios that do not exist are null."""
    record = json.loads(judging_json(given()))
    assert record["evpi_usd"] == pytest.approx(150_000.0)
    assert record["hedge"]["rent_more_usd"] == pytest.approx(600_000.0)
    assert record["scenarios"][0]["cash_low_month"] == "2027-01"
    bold = json.loads(judging_json(replace(given(0.0), samples=None)))
    assert (bold["hedge_ratio"], bold["hedge_per_rent_usd"], bold["hedge"], bold["samples"]) == (None,) * 4


def test_hostile_names_are_text() -> None:
    """A name is never markup, nor a formula."""
    hostile = given(0.5, "=1+</script><b>1</b>")
    page = judging_html(hostile)
    assert "<b>" not in page
    assert "&lt;/script&gt;" in page
    out = StringIO()
    print_judging(hostile, console=Console(file=out, width=160, markup=False))
    assert "Hedge ratio: 11.63." in out.getvalue()
    assert scenarios_csv(hostile).splitlines()[1].startswith("'=1+")
