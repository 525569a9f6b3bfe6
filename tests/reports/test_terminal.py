"""The terminal summary: what to sign, who uses the megawatts, what it is worth, what binds, and the verdict."""

from __future__ import annotations

import io
from dataclasses import replace

from fake_plan import fake_plan
from rich.console import Console

from optimizer.results import Plan
from reports.terminal import print_certificate, print_summary
from reports.understood import portfolio_headline, portfolio_lines


def summary(plan: Plan, width: int = 110) -> str:
    """What the summary prints on a console of this width."""
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False, emoji=False)
    print_summary(plan, "plans/three", console=console)
    return out.getvalue()


def line_with(text: str, words: str) -> str:
    """The first line that holds some words."""
    return next(line for line in text.splitlines() if words in line)


def test_contracts_are_listed_best_first_with_their_figures() -> None:
    """Each contract stands with site, month and MW; one signed before says so; the better NPV comes first."""
    plan = fake_plan()
    text = summary(plan)
    taken = plan.frames.contracts[plan.frames.contracts["mw"] > 0].sort_values("npv_usd", ascending=False)
    rows = [text.index(f" {name}") for name in taken["contract"]]
    assert rows == sorted(rows)
    atlas = line_with(text, " atlas")
    assert "pecos" in atlas
    assert "2028-01" in atlas
    assert "30.0" in atlas
    assert line_with(text, " borealis").split()[0] == "borealis*"
    assert "* already signed" in text


def test_offer_not_taken_is_named_with_the_rent_it_needs() -> None:
    """The reader sees how far an offer is from being taken."""
    line = line_with(summary(fake_plan()), "Not taken")
    assert "colossus" in line
    assert "offered" in line
    assert "needed" in line


def test_uses_add_up_to_capacity_at_every_month_shown() -> None:
    """In each of the five columns mining, AI, construction and idle are the 200 MW of the three sites."""
    lines = summary(fake_plan()).splitlines()
    uses = [line for line in lines if line.startswith((" Bitcoin", " AI hosting", " Under", " Idle"))]
    columns = zip(*([float(cell) for cell in line.split()[-5:]] for line in uses), strict=True)
    assert [round(sum(column), 1) for column in columns] == [200.0] * 5


def test_value_stands_beside_every_baseline() -> None:
    """The lead over a baseline is the difference of the two NPVs in USD million; an impossible baseline has none."""
    plan = fake_plan()
    npv, mining = plan.summary["npv_usd"], plan.summary["baselines"]["mining_only"]
    assert line_with(summary(plan), "Mining only").split()[-1] == f"{(npv - mining) / 1e6:.1f}"
    impossible = replace(plan, summary={**plan.summary, "baselines": {"mining_only": None}})
    assert "cannot keep the limits" in line_with(summary(impossible), "Mining only")


def test_limits_are_summed_over_months_and_ranked_by_dollars() -> None:
    """The dearest limit of the plan stands first in the table."""
    plan = fake_plan()
    totals = plan.frames.limits.groupby("where")["value_usd"].sum().sort_values(ascending=False)
    text = summary(plan)
    table = text[text.index("Binding limits") :]
    places = [table.index(f" {where} ") for where in totals.index[:2]]
    assert places == sorted(places)


def test_verdict_and_places_of_the_files_close_the_summary() -> None:
    """The last lines say whether the plan is proved and where to look."""
    last = summary(fake_plan()).rstrip().splitlines()[-2:]
    assert last[0].startswith("Certificate: passed")
    assert "plans/three/report.html" in last[1]


def test_failed_certificate_names_the_failing_check_and_place() -> None:
    """A failed check is printed with the row where it failed, and the verdict is plain."""
    out = io.StringIO()
    certificate = {
        "passed": False,
        "not_proved": ["that no other whole numbers are better"],
        "checks": [
            {"name": "duality gap", "value": 1e-12, "tolerance": 1e-9, "passed": True, "where": "nowhere"},
            {"name": "site capacity", "value": 2.5, "tolerance": 1e-6, "passed": False, "where": "pecos, 2027-04"},
        ],
    }
    print_certificate(certificate, console=Console(file=out, width=110, markup=False))
    text = out.getvalue()
    assert "FAILED" in line_with(text, "site capacity")
    assert "pecos, 2027-04" in line_with(text, "site capacity")
    assert "nowhere" not in text
    assert "Not proved here: that no other whole numbers are better" in text
    assert "Certificate: FAILED: site capacity (pecos, 2027-04); this is not a proved plan" in text


def test_names_are_never_read_as_markup() -> None:
    """Square brackets and colons of a name are printed as they stand."""
    assert "[red]:fire:" in summary(fake_plan(customer="[red]:fire:"))


def test_numbers_use_plain_characters_only() -> None:
    """A terminal without the printed minus sign still shows the sign of a loss."""
    plan = fake_plan()
    poorer = replace(plan, summary={**plan.summary, "baselines": {"mining_only": plan.summary["npv_usd"] + 5e6}})
    assert line_with(summary(poorer), "Mining only").split()[-1] == "-5.0"


def test_narrow_terminal_folds_instead_of_cutting() -> None:
    """At 40 columns cells break over lines; no number or name is shortened."""
    text = summary(fake_plan(), width=40)
    assert "…" not in text
    assert "Certificate: passed" in text


def test_understood_portfolio_names_every_record() -> None:
    """The short form has a line for each site, fleet and offer, with the numbers that matter."""
    portfolio = fake_plan().portfolio
    assert portfolio_headline(portfolio).startswith("3 sites, 200 MW")
    text = "\n".join(portfolio_lines(portfolio))
    for record in (*portfolio.sites, *portfolio.fleets, *portfolio.contracts):
        assert record.id in text
