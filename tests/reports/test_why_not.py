"""The section on what is left out: every figure from the table why_not, none worked out anew."""

from __future__ import annotations

from dataclasses import replace

from fake_plan import fake_plan

from reports.html import render_html
from reports.why_not import all_starts_table, offers_table, places_table, starts_table


def test_an_offer_not_taken_says_what_it_would_need() -> None:
    """Colossus offers 84.00 and would need 101.30, or a capex of 4.5 m a MW; no building time would do."""
    (row,) = offers_table(fake_plan()).rows
    assert [cell.text for cell in row[2:9]] == ["40.0", "84.00", "101.30", "6.00", "4.50", "12", "n/a"]
    assert (row[0].text, row[0].tag, row[1].text) == ("colossus", "Atlas Compute", "pecos, ohio")
    assert row[9].text == "what its MW displace is worth more than it pays"


def test_only_the_nearest_start_of_an_offer_and_site_is_shown() -> None:
    """April lacks 18.00, March 19.00: April it is, at 102.00 or a capex of at most 4.4 m that is enough."""
    (row,) = starts_table(fake_plan()).rows
    assert [cell.text for cell in row[:7]] == ["colossus", "ohio", "Apr 2028", "84.00", "102.00", "6.00", "4.40"]
    assert (row[4].tag, row[6].tag) == ("", "at most")


def test_all_starts_stand_below_the_nearest_first() -> None:
    """April before March, which needs at least 103.00."""
    table = all_starts_table(fake_plan())
    assert table.caption == "Starts that are not signed: 2"
    assert [(row[2].text, row[4].text, row[4].tag) for row in table.rows] == [
        ("Apr 2028", "102.00", ""),
        ("Mar 2028", "103.00", "at least"),
    ]


def test_sites_and_fleets_say_how_their_figure_was_found() -> None:
    """A site by the prices of the plan, a fleet by its own margin."""
    site, fleet = places_table(fake_plan()).rows
    assert (site[0].text, site[6].text, site[6].tag) == ("ohio", "102.00", "")
    assert (fleet[0].text, fleet[6].text, fleet[6].tag) == ("old", "1.27", "its own margin")


def test_the_report_has_the_section_only_where_something_is_left_out() -> None:
    """Without rejected offers, sites, fleets and starts there is no question."""
    plan = fake_plan()
    assert 'id="why-not"' in render_html(plan)
    taken = plan.frames.contracts[plan.frames.contracts["mw"] > 0.0]
    nothing = replace(plan.frames, why_not=plan.frames.why_not.iloc[:0], contracts=taken)
    assert 'id="why-not"' not in render_html(replace(plan, frames=nothing))


def test_a_plan_that_was_not_asked_still_has_its_offers() -> None:
    """Plans made without the questions have an empty table; the rents needed are those of the contracts."""
    plan = fake_plan()
    (row,) = offers_table(replace(plan, frames=replace(plan.frames, why_not=plan.frames.why_not.iloc[:0]))).rows
    assert row[4].text == "101.30"
    assert row[9].text == ""
