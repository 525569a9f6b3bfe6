"""The search for whole numbers: its gap, its time limit, Ctrl-C, and what it says meanwhile."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest

from optimizer.compiling import compile_portfolio
from optimizer.errors import InfeasiblePlanError
from optimizer.planning import new_session, plan, solve_plan
from optimizer.reservation import UnprovedError, proved
from optimizer.search import DEFAULT_GAP, EXACT_GAP, Search
from optimizer.solve import Session
from tests.optimizer.cases import compiled, offer, site
from tests.optimizer.hard import hard_portfolio


def test_a_search_that_ends_by_itself_is_within_its_gap() -> None:
    """By default the bound lies at most 1e-6 of the value above the plan."""
    p, matrices = compile_portfolio(hard_portfolio(offers=6, sites=1))
    found = solve_plan(new_session(matrices), p)
    assert found.search is not None
    assert found.search.proved
    assert 0.0 <= found.search.gap <= found.search.asked_gap == DEFAULT_GAP
    assert found.search.bound <= found.objective + 1e-9 * abs(found.objective)


def test_the_time_limit_keeps_the_best_plan_and_its_gap() -> None:
    """Half a second is too short: the plan is written up and certified as the best found, and says how far off."""
    told: list[str] = []
    found = plan(hard_portfolio(), time_limit=0.5, progress=told.append)
    search = found.summary["search"]
    assert found.status == found.summary["status"] == found.manifest["status"] == "best found"
    assert search["stopped"] == "time limit"
    assert search["gap"] > DEFAULT_GAP
    assert search["bound_usd"] > found.summary["npv_usd"] > found.summary["baselines"]["mining_only"]
    assert found.summary["baselines"]["max_ai"] is None
    assert set(found.frames.contracts["reservation_basis"]) == {"none"}
    assert found.certificate["passed"]


def test_a_search_says_how_far_it_is() -> None:
    """Best value, bound, gap and nodes, every half second."""
    p, matrices = compile_portfolio(hard_portfolio())
    told: list[str] = []
    solve_plan(new_session(matrices, time_limit=2.0, progress=told.append), p)
    assert any("found, at most" in words and "gap" in words for words in told)


def test_ctrl_c_keeps_the_best_plan() -> None:
    """An interrupt ends the search, not the program; the plan found by then is kept."""
    p, matrices = compile_portfolio(hard_portfolio())
    session = new_session(matrices, time_limit=30.0)
    stop = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    stop.start()
    found = solve_plan(session, p)
    stop.join()
    assert found.search is not None
    assert found.search.stopped == "interrupted"
    assert found.search.seconds < 15.0
    assert found.search.gap > 0.0
    with pytest.raises(UnprovedError):
        proved(found)


def test_nothing_fits_is_said_with_presolve_and_without() -> None:
    """Blocks of 3 MW where the pinned total is 2: both verdicts are asked for, and agree."""
    p, matrices = compiled(contracts=[offer(block_mw=3.0)], sites=[site(ai_max_mw=3.0)], limits={"min_eh_s": 0.6})
    with pytest.raises(InfeasiblePlanError):
        solve_plan(Session(matrices), p)


def test_objectives_in_turn_leave_no_trace() -> None:
    """After several objectives the search has its own rows and costs again."""
    _, matrices = compiled(contracts=[offer(block_mw=1.5)], sites=[site(ai_max_mw=4.9)])
    search = Search(matrices)
    rows, alone = search.highs.getNumRow(), search.minimise()
    size = np.zeros(matrices.cost.size)
    size[matrices.columns("signed_mw")] = 1.0
    least = search.minimise_in_turn([size, matrices.cost])
    assert least.x[matrices.columns("signed_mw")].sum() == pytest.approx(0.0, abs=1e-9)
    assert search.highs.getNumRow() == rows
    assert search.minimise().objective == pytest.approx(alone.objective, rel=EXACT_GAP)
