"""Decisions forced by a table of the portfolio: they count as those that are given beside it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from optimizer import plan
from optimizer.deal_sheet import deal
from optimizer.errors import DealError, PinError
from optimizer.pins import Pin
from optimizer.proving.audit import audit
from optimizer.rerunning import plan_again
from reports import write_report
from sites import load_portfolio, save_portfolio
from sites.bundled import portfolio_path
from sites.edits import dropped, edited
from sites.portfolio import Portfolio
from sites.workbook import load_workbook
from sites.workbook.write import save_workbook

PIN = Pin("inference", "mill", "2027-04", 2.0)


def forced(*pins: Pin) -> Portfolio:
    """The smallest bundled portfolio with these decisions in its own table."""
    rows = [{"contract": pin.contract, "site": pin.site, "month": pin.month, "mw": pin.mw} for pin in pins]
    return load_portfolio(portfolio_path("tiny")).with_tables({"pins": rows})


def test_a_plan_follows_the_table_as_it_follows_pins_beside_it() -> None:
    """Tables, figures and the pins that are told are those of the same pins given beside the portfolio."""
    own, given = plan(forced(PIN)), plan(forced(), pins=[PIN])
    assert own.summary == given.summary
    assert own.summary["pins"] == [str(PIN)]
    assert own.summary["npv_usd"] < plan(forced()).summary["npv_usd"]
    for name in ("allocation", "contracts", "cashflow", "terms"):
        pd.testing.assert_frame_equal(getattr(own.frames, name), getattr(given.frames, name))


def test_a_pin_given_twice_counts_once() -> None:
    """The same decision in the table and beside it is one; another size of the same start contradicts it."""
    assert plan(forced(PIN), pins=[PIN], full=False).summary["pins"] == [str(PIN)]
    with pytest.raises(PinError, match="pinned to 2 MW already"):
        plan(forced(PIN), pins=[Pin("inference", "mill", "2027-04", 1.0)], full=False)


def test_an_impossible_pin_of_the_table_is_refused() -> None:
    """A start that the offer does not have is told with the months that it has."""
    with pytest.raises(PinError, match="expected a first rent month from"):
        plan(forced(Pin("inference", "mill", "2029-04", 2.0)))


def test_it_survives_files_of_every_kind(tmp_path: Path) -> None:
    """Saved as a folder or as a workbook, the portfolio loads to an equal one, pins included."""
    given = forced(PIN, Pin("inference", "mill", "2027-05", 0.125))
    save_portfolio(given, tmp_path / "folder")
    assert load_portfolio(tmp_path / "folder") == given
    save_workbook(given, tmp_path / "book.xlsx")
    assert load_workbook(tmp_path / "book.xlsx") == given


def test_its_rows_are_changed_like_others() -> None:
    """A change names the row by its number."""
    assert edited(forced(PIN), ["pins.1.mw=1.5"]).pins[0].mw == 1.5


def test_a_plan_with_the_table_is_audited_and_made_again(tmp_path: Path) -> None:
    """The certificate holds from the files alone, and a rerun gives the same bytes."""
    write_report(plan(forced(PIN)), tmp_path / "plan")
    assert audit(tmp_path / "plan")["passed"]
    assert plan_again(tmp_path / "plan").summary["pins"] == [str(PIN)]


def test_a_pinned_offer_has_no_deal_sheet() -> None:
    """An offer whose size the table forces is not priced."""
    with pytest.raises(DealError, match="it is pinned: inference@mill:2027-04=2"):
        deal(forced(PIN), "inference")


def test_pins_go_with_the_offer_that_is_dropped() -> None:
    """A copy without the offer has no pin that names it."""
    assert not dropped(forced(PIN), ["inference"]).pins
