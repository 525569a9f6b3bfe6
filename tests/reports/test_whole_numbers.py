"""What the reports say of plans with lumpy offers and of forced decisions."""

from __future__ import annotations

import io
from dataclasses import replace

from fake_plan import fake_plan
from rich.console import Console

from optimizer.results import Plan
from reports.html import render_html
from reports.terminal import print_summary
from reports.whole_numbers import sureness

ENDED = {"gap": 4e-7, "asked_gap": 1e-6, "bound_usd": 2.0e9, "nodes": 12, "stopped": ""}


def searched(stopped: str = "", **summary: object) -> Plan:
    """The plan made by hand, as if lumpy offers had been searched for."""
    plan = fake_plan()
    search = {**ENDED, "stopped": stopped, "gap": 0.0123 if stopped else ENDED["gap"]}
    status = "best found" if stopped else "optimal"
    return replace(plan, status=status, summary={**plan.summary, "search": search, "status": status, **summary})


def terminal(plan: Plan) -> str:
    """The summary as printed."""
    out = io.StringIO()
    print_summary(plan, "plans/three", console=Console(file=out, width=110, markup=False))
    return out.getvalue()


def test_a_plan_without_lumpy_offers_says_nothing_of_whole_numbers() -> None:
    """No search, no sentence."""
    assert sureness(fake_plan()) == ""
    assert "whole numbers" not in render_html(fake_plan()).lower()
    assert "Proved optimal" in render_html(fake_plan())


def test_what_only_the_solver_says_is_not_called_proved() -> None:
    """The gap is the solver's word; the checks are ours."""
    page = render_html(searched())
    assert "Proved optimal" not in page
    assert "better by more than 0.0001% is the solver" in page
    assert "How whole numbers are decided" in page
    assert "solver's word" in terminal(searched())


def test_whole_numbers_that_are_proved_are_called_so() -> None:
    """With a proof tree the sentence counts its parts; with one that was cut it says what is known."""
    plan = searched()
    proof = {"proved": True, "bound_usd": 2.0e9, "where": "", "leaves": 13}
    told = sureness(replace(plan, certificate={**plan.certificate, "other_whole_numbers": proof}))
    assert "better by more than 0.0001% is proved: 13 parts hold all plans" in told
    cut = {**proof, "proved": False}
    told = sureness(replace(plan, certificate={**plan.certificate, "other_whole_numbers": cut}))
    assert "is the solver's word; proved is that none is worth more than USD 2.0" in told


def test_a_stopped_search_is_the_best_plan_found() -> None:
    """The gap and the bound stand beside the decision, which is marked, on the page and on the terminal."""
    stopped = searched("time limit")
    for text in (render_html(stopped).replace("&#39;", "'"), terminal(stopped)):
        assert "Best plan found, not the best there is" in text
        assert "by its time limit at a gap of 1.2300%" in text
    assert 'class="verdict unproved" role="alert"' in render_html(stopped)
    assert "by the user" in terminal(searched("interrupted"))


def test_forced_decisions_stand_at_the_top() -> None:
    """A reader must know that the plan was not free."""
    pins = ["atlas@pecos:2028-01=30", "<b>@pecos:2028-01=0"]
    forced = replace(fake_plan(), summary={**fake_plan().summary, "pins": pins})
    page = render_html(forced)
    assert "Forced upon this plan: atlas@pecos:2028-01=30" in page
    assert page.index("Forced upon this plan") < page.index('id="what"')
    assert "<b>@pecos" not in page
    assert "atlas@pecos:2028-01=30" in terminal(forced)
