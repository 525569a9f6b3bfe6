"""An efficient frontier as a page, a picture, tables and terminal text."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from optimizer.efficient_frontier import Frontier, frontier
from reports.folder import OutputError
from reports.frontier import contracts_table, frontier_json, headline, points_csv, points_table
from reports.frontier_files import check_frontier_target, write_frontier
from reports.frontier_page import frontier_html
from reports.frontier_terminal import print_frontier
from tests.optimizer.test_frontier import case, rented


@cache
def given(name: str = "lab") -> Frontier:
    """The frontier of two plans, the offer called so."""
    return frontier(case(contracts=[{**rented(), "id": name}]))


def sentence(found: Frontier) -> str:
    """The headline as plain text."""
    return "".join(phrase.text for phrase in headline(found))


def test_the_headline_says_what_safety_costs() -> None:
    """600,000 more in the worst fifth for 51,600 of the mean."""
    assert sentence(given()) == (
        "From the boldest to the safest plan the mean of the worst 20% of scenarios rises by USD 0.600 m to "
        "USD 0.600 m; that costs USD 0.052 m of the mean value, 0.09 dollars for every dollar of safety."
    )
    assert sentence(frontier(case(contracts=[]))).startswith("One plan is best however much the worst 20%")


def test_tables_hold_the_figures_of_the_frontier() -> None:
    """A row per plan, a column per plan for what it signs."""
    plans, contracts = points_table(given()), contracts_table(given(), 8)
    assert [row[3].value for row in plans.rows] == given().points["mean_usd"].tolist()
    assert [cell.text for cell in contracts.rows[0]] == ["lab", "0.0", "10.0"]
    few = contracts_table(given(), 1)
    assert [column.label for column in few.columns] == ["Contract", "Plan 1"]
    assert few.note == "1 of the 2 plans; the CSV has all of them."


def test_files_agree_and_replace_nothing(tmp_path: Path) -> None:
    """All files at once, the CSV with every digit; an existing file stays without --force."""
    write_frontier(given(), tmp_path / "all")
    names = {"frontier.html", "frontier.png", "frontier.csv", "frontier_contracts.csv"}
    assert {file.name for file in (tmp_path / "all").iterdir()} == names
    rows = list(csv.DictReader(io.StringIO((tmp_path / "all" / "frontier.csv").read_text())))
    assert [float(row["cvar_usd"]) for row in rows] == given().points["cvar_usd"].tolist()
    assert rows[0]["premium"] == ""
    (tmp_path / "mine.csv").write_text("mine")
    with pytest.raises(OutputError, match="--force"):
        check_frontier_target(tmp_path / "mine.csv", force=False)


def test_json_has_no_number_that_is_none() -> None:
    """What the first plan has nothing to compare with is null."""
    record = json.loads(frontier_json(given()))
    assert record["points"][0]["premium"] is None
    assert record["points"][1]["hedge_ratio"] == pytest.approx(600.0 / 51.6)
    assert record["cvar_alpha"] == 0.2


def test_hostile_names_are_text() -> None:
    """A name is never markup, nor a formula."""
    hostile = given("</script><b>=1+1</b>")
    assert "<b>" not in frontier_html(hostile)
    assert "&lt;/script&gt;" in frontier_html(hostile)
    out = StringIO()
    print_frontier(hostile, console=Console(file=out, width=160, markup=False))
    assert "Plan" in out.getvalue()
    assert points_csv(hostile).startswith("from_weight,to_weight,mean_usd")
