"""The value of waiting as a page, a picture, tables and terminal text."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from optimizer.waiting.waiting import Waiting, wait
from reports.folder import OutputError
from reports.waiting import headline, key_figures, seen_words, waiting_json
from reports.waiting_files import check_waiting_target, write_waiting
from reports.waiting_page import few_scenarios, waiting_html
from reports.waiting_tables import anyway_table, contracts_table, nodes_table, outcomes_table, waits_tables
from reports.waiting_terminal import print_waiting
from sites.scenarios import ScenarioPaths
from tests.optimizer.test_waiting import MARCH, case, paths, rented


@cache
def given(name: str = "lab") -> Waiting:
    """An offer that waits for the hashprice of February, worth 300,000 USD; another one is signed in any case."""
    sure = rented(id="sure", price_usd_per_kw_month=400.0, max_mw=2.0, first_start="2027-01", last_start="2027-01")
    offers = [rented(id=name, max_mw=8.0), sure]
    return wait(case(contracts=offers), MARCH, fresh=paths([[24, 12, 12, 12, 12, 12]] * 2))


def sentence(found: Waiting) -> str:
    """The headline as plain text."""
    return "".join(phrase.text for phrase in headline(found))


def test_the_headline_says_what_to_do_now_and_what_waiting_is_worth() -> None:
    """2 MW now; 0 to 8 wait, worth 240,000 USD. Without them there is nothing to gain."""
    said = sentence(given())
    assert said.startswith(
        "Sign 2.0 MW before Mar 2027; 0.0 to 8.0 MW wait for what hashprice will have shown by then."
    )
    assert "Waiting is worth USD 240,000: the plan is worth USD " in said
    nothing = sentence(wait(case(contracts=[]), MARCH))
    assert nothing.startswith("Sign nothing before Mar 2027. Nothing is gained by waiting to see hashprice")


def test_tables_hold_the_decisions() -> None:
    """One row per start; one column per node for what waits, headed by its band; both plans side by side."""
    found = given()
    assert [[cell.text for cell in row] for row in anyway_table(found).rows] == [
        ["now", "sure", "alpha", "Jan 2027", "Jan 2027", "2.0"]
    ]
    (waits,) = waits_tables(found)
    assert [(column.label, column.unit) for column in waits.columns[4:]] == [
        ("1", "below 24.00"),
        ("2", "from 24.00 on"),
    ]
    assert [cell.text for cell in waits.rows[0]] == ["lab", "alpha", "Mar 2027", "Mar 2027", "8.0", "0.0"]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in contracts_table(found).rows}
    assert rows == {
        "lab": ["0.0", "0.0", "0.0", "0.0", "8.0", "4.0"],
        "sure": ["2.0", "2.0", "0.0", "0.0", "0.0", "2.0"],
    }
    assert [row[5].value for row in nodes_table(found).rows] == pytest.approx([2.0, 8.0, 0.0])
    differences = {row[0].text: row[3].value for row in outcomes_table(found).rows}
    assert differences["Mean NPV"] == pytest.approx(240_000.0)
    assert differences["Mean NPV, fresh scenarios"] == pytest.approx(480_000.0)
    assert [figure.name for figure in key_figures(found)][-1] == "On fresh scenarios"


def test_what_was_seen_is_said_step_by_step() -> None:
    """Each band with the month before which it was seen."""
    found = wait(case(), [("2027-03", 2), ("2027-05", 2)])
    assert seen_words(found, "now") == ""
    assert seen_words(found, "1") == "below 24.00 before Mar 2027"
    assert seen_words(found, "1.1") == "below 24.00 before Mar 2027, then any before May 2027"


def test_files_agree_and_replace_nothing(tmp_path: Path) -> None:
    """All files at once, with every digit; an existing file stays without --force."""
    found = given()
    write_waiting(found, tmp_path / "all")
    names = {"waiting.html", "waiting.png", "waiting.csv", "waiting.json", "waiting_nodes.csv", "waiting_values.csv"}
    assert {file.name for file in (tmp_path / "all").iterdir()} == names
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all" / "waiting.csv").read_text())))
    assert [(row["contract"], float(row["mw"])) for row in rows] == list(
        zip(found.decisions["contract"], found.decisions["mw"], strict=True)
    )
    record = json.loads((tmp_path / "all" / "waiting.json").read_text())
    assert record["flexibility_usd"] == found.flexibility_usd
    assert record["nodes"][1]["signal_low_usd_per_ph_day"] is None
    write_waiting(found, tmp_path / "one.json")
    assert (tmp_path / "one.json").read_text() == f"{waiting_json(found)}\n"
    with pytest.raises(OutputError, match="--force"):
        check_waiting_target(tmp_path / "one.json", force=False)


def test_hostile_names_are_text() -> None:
    """A name is never markup, nor a formula."""
    hostile = given("</script><b>=1+1</b>")
    assert "<b>" not in waiting_html(hostile)
    assert "&lt;/script&gt;" in waiting_html(hostile)
    out = StringIO()
    print_waiting(hostile, console=Console(file=out, width=160, markup=False))
    assert "below 24.00" in " ".join(out.getvalue().split())


def test_leaves_of_few_scenarios_are_warned_of() -> None:
    """Of forty scenarios four to a leaf are too few; of two, which are all that there is, two are not."""
    drawn = np.random.default_rng(1).uniform(10.0, 40.0, (40, 6))
    uncertain = case()
    uncertain.__dict__["scenario_paths"] = ScenarioPaths.equally_likely(drawn, np.ones_like(drawn))
    assert few_scenarios(wait(uncertain, [("2027-03", 10)])).startswith("The smallest leaf holds 4 scenarios.")
    assert few_scenarios(wait(uncertain, [("2027-03", 2)])) == ""
    assert few_scenarios(given()) == ""
