"""Which starts an offer allows, and the running totals over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.chains import Chain, Changes
from optimizer.parameters import build_parameters
from optimizer.periods import make_periods, rank_changes
from tests.optimizer.cases import offer, portfolio, settings, site


def months_of(**changes: Any) -> list[str]:
    """Labels of the first rent months that an offer allows."""
    starts = build_parameters(portfolio(contracts=[offer(**changes)])).starts
    return [starts.horizon.label(int(tau)) for tau in starts.tau]


def test_window_and_building_time_bound_the_starts() -> None:
    """March and April are in the window; with three building months from January only April can be met."""
    assert months_of() == ["2027-03", "2027-04"]
    assert months_of(build_months=3) == ["2027-04"]
    assert months_of(build_months=4) == []


def test_starts_end_with_the_horizon() -> None:
    """A window to the end of the year is cut at June, the last of six months."""
    assert months_of(last_start="2027-12") == ["2027-03", "2027-04", "2027-05", "2027-06"]


def test_committed_deal_has_its_one_start_whatever_its_building_time() -> None:
    """A signed deal may have started long before the plan, or start sooner than it could be built now."""
    assert months_of(committed_mw=1.0, first_start="2024-05", last_start="2024-05") == ["2024-05"]
    assert months_of(committed_mw=1.0, first_start="2027-01", last_start="2027-01", build_months=9) == ["2027-01"]
    assert months_of(committed_mw=1.0, first_start="2030-01", last_start="2030-01") == []


def test_occupation_begins_with_disruption_and_ends_with_the_term() -> None:
    """One dark month and a term of two: a March start occupies February to April."""
    starts = build_parameters(portfolio(contracts=[offer(disruption_months=1, term_months=2)])).starts
    assert (int(starts.begin[0]), int(starts.release[0])) == (1, 4)


def test_renewed_offer_occupies_to_the_end() -> None:
    """Renewed, the two-month term does not end inside the horizon."""
    starts = build_parameters(portfolio(contracts=[offer(term_months=2, after_term="renew")])).starts
    assert int(starts.release[0]) == 6


def test_every_eligible_site_has_its_own_starts() -> None:
    """An offer open to two sites has two starts a month."""
    case = portfolio(sites=[site(), site(id="beta")], contracts=[offer(sites=["alpha", "beta"])])
    starts = build_parameters(case).starts
    assert sorted(zip(starts.site.tolist(), starts.tau.tolist(), strict=True)) == [(0, 2), (0, 3), (1, 2), (1, 3)]


def test_chain_carries_totals_from_change_to_change() -> None:
    """Group 0: start 0 adds 2 in month 1 and ends in month 4, start 1 adds 3 in month 1; group 1 never changes."""
    changes = Changes.spans(
        group=np.array([0, 0]),
        start=np.array([0, 1]),
        first=np.array([1, 1]),
        end=np.array([4, 9]),
        mw=np.array([2.0, 3.0]),
    )
    chain = Chain.of(changes, groups=2, months=6)
    assert chain.month.tolist() == [1, 4]  # the end in month 9 lies outside
    assert chain.previous.tolist() == [-1, 0]
    assert chain.pointer.tolist() == [0, 2, 3]
    assert chain.start.tolist() == [0, 1, 0]
    assert chain.mw.tolist() == [2.0, 3.0, -2.0]
    assert chain.at.tolist() == [[-1, 0, 0, 0, 1, 1], [-1] * 6]


def test_empty_spans_leave_no_trace() -> None:
    """A deal that ended before the plan changes nothing."""
    zero = np.array([0])
    assert Chain.of(Changes.spans(zero, zero, zero, zero, np.array([1.0])), groups=1, months=3).count == 0


def test_rank_changes_where_the_order_or_the_earners_change() -> None:
    """Order 0-1, then 1-0, then only 1, then only 1 at another level."""
    gains = np.array([[5.0, 2.0, 0.0, 0.0], [4.0, 3.0, 1.0, 9.0]])
    assert rank_changes(gains).tolist() == [1, 2]


def test_periods_are_cut_at_breaks() -> None:
    """Two sites, one break in month 2 of the second; breaks at the edges change nothing."""
    periods = make_periods(4, [[0, 4], [2]])
    assert periods.site.tolist() == [0, 1, 1]
    assert periods.first.tolist() == [0, 0, 2]
    assert periods.end.tolist() == [4, 2, 4]
    assert periods.of_month.tolist() == [[0, 0, 0, 0], [1, 1, 2, 2]]


def test_a_quiet_site_is_one_period() -> None:
    """Nothing changes at the site of the case without offers: six months are one decision."""
    assert build_parameters(portfolio(contracts=[])).periods.first.tolist() == [0]


def test_months_stay_apart_where_a_limit_counts_mining() -> None:
    """With an AI share limit every month is its own period."""
    case = portfolio(limits={"ai_share_max": 0.5})
    assert build_parameters(case).periods.first.tolist() == [0, 1, 2, 3, 4, 5]


def test_capacity_steps_hold_from_their_month_on() -> None:
    """A step before the start is in force from the first month; a later one replaces it."""
    steps = [
        {"site": "alpha", "from": "2027-04", "capacity_mw": 20.0},
        {"site": "alpha", "from": "2026-01", "capacity_mw": 15.0},
    ]
    case = portfolio(capacity_steps=steps, settings=settings(months=5))
    assert build_parameters(case).capacity_mw.tolist() == [[15.0, 15.0, 15.0, 20.0, 20.0]]
