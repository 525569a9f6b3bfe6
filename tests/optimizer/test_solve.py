"""The solver behind its door: verdicts, warm sessions, interruption, wrong releases."""

from __future__ import annotations

import gc
import os
import signal
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import highspy
import numpy as np
import pytest

from benchmarks import instance
from optimizer import highs
from optimizer.compiling import compile_portfolio
from optimizer.errors import SolverError
from optimizer.highs import InfeasibleError, refuse_wrong_solver
from optimizer.solve import Session
from tests.optimizer.cases import compiled, offer, site


def test_installed_solver_passes_its_self_test() -> None:
    """Three models with known answers are right."""
    refuse_wrong_solver.cache_clear()
    refuse_wrong_solver()


def test_solver_with_a_wrong_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release that answers 15 where 9 is right must not plan anything."""
    monkeypatch.setattr(highs, "_small_maximum", lambda *_: 15.0)
    refuse_wrong_solver.cache_clear()
    with pytest.raises(SolverError, match=r"answers 15\.0 where 7000\.0 is right; install another release"):
        refuse_wrong_solver()
    refuse_wrong_solver.cache_clear()


def test_release_known_to_be_wrong_is_refused_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS 1.14 fails on other models than ours: its number is enough."""

    class Old:
        def version(self) -> str:
            return "1.14.0"

    monkeypatch.setattr(highspy, "Highs", Old)
    refuse_wrong_solver.cache_clear()
    with pytest.raises(SolverError, match=r"HiGHS 1\.14\.0 is known to return wrong optima"):
        refuse_wrong_solver()
    refuse_wrong_solver.cache_clear()


def test_infeasible_is_an_exception() -> None:
    """9 critical MW do not fit: no value comes back."""
    _, m = compiled(contracts=[offer(committed_mw=9.0, max_mw=9.0, last_start="2027-03")])
    with pytest.raises(InfeasibleError):
        Session(m).minimise()


def test_warm_session_equals_a_fresh_one() -> None:
    """Costs and bounds edited at random and solved warm give what a new session gives, to 1e-9."""
    _, m = compiled(sites=[site(mining_ready_mw=8.0)], contracts=[offer(), offer(id="big", max_mw=6.0)])
    session, random = Session(m), np.random.default_rng(7)
    for _ in range(20):
        cost = m.cost * random.uniform(0.2, 1.8, m.cost.size)
        upper = m.col_upper * random.uniform(0.3, 1.0, m.cost.size)
        fresh = Session(m)
        for each in (session, fresh):
            each.set_costs(cost)
            each.set_bounds(m.col_lower, upper)
        assert session.minimise().objective == pytest.approx(fresh.minimise().objective, rel=1e-9)
    session.reset()
    assert session.minimise().objective == pytest.approx(Session(m).minimise().objective, rel=1e-9)


def test_sessions_in_threads_do_not_disturb_each_other() -> None:
    """Four threads solve the same programme forty times and all agree."""
    _, m = compiled()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: Session(m).minimise().objective, range(40)))
    assert len(set(found)) == 1


def test_interrupt_stops_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the solver works: it is told to stop, waited for, and the interrupt goes on to the caller."""

    class Busy:
        finished = False

        def run(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            stopped = session._solver._stop.wait(5.0)
            time.sleep(0.2)  # a solver takes a moment to stop; the caller must not go on before
            self.finished = stopped

    _, m = compiled()
    session, solver = Session(m), Busy()
    monkeypatch.setattr(session._solver, "highs", solver)
    with pytest.raises(KeyboardInterrupt):
        session.minimise()
    assert solver.finished


def test_a_stop_request_reaches_the_solver() -> None:
    """With the stop set before it begins, a real solve that needs iterations ends without an optimum."""
    _, m = compile_portfolio(instance.portfolio(8))
    session = Session(m)
    session._solver._stop.set()
    with pytest.raises(SolverError, match="Interrupted by user"):
        session.minimise()


def test_sessions_give_their_memory_back() -> None:
    """A solver that is registered for interrupts keeps itself alive unless its session lets go of it."""
    _, m = compiled()
    session = Session(m)
    solver = weakref.ref(session._highs)
    del session
    gc.collect()
    assert solver() is None


def test_option_that_the_solver_does_not_know_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """HiGHS answers kError to an unknown option; it is not ignored."""
    monkeypatch.setitem(highs.OPTIONS, "no_such_option", 1)
    with pytest.raises(SolverError, match="did not accept the option no_such_option"):
        highs.new_highs()
