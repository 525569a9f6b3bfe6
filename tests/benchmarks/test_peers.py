"""The peers of the benchmarks solve the same programme as we do. No timing is asserted."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.case import case_tables, solver_of
from benchmarks.hourly_instance import hourly_tables
from benchmarks.measure import Answer, Clock
from benchmarks.stages import COMMON_STAGES, OWN_STAGES

SITES = 6

# Without a limit that looks at single months, and with one that binds.
SHARES = pytest.mark.parametrize("ai_share_max", [None, 0.05])


def answer(peer: str, ai_share_max: float | None) -> Answer:
    """What a peer finds."""
    return solver_of(peer)(case_tables(SITES, ai_share_max), Clock())


def test_share_binds() -> None:
    """The limited case is another problem than the free one: it is worth less."""
    assert answer("wattsplit", 0.05).npv_usd_m < 0.99 * answer("wattsplit", None).npv_usd_m


@SHARES
def test_linopy_finds_the_same_optimum(ai_share_max: float | None) -> None:
    """Every month written out by a linopy user is worth what our merged months are."""
    pytest.importorskip("linopy", reason="linopy is not installed; `make bench` installs it")
    own = answer("wattsplit", ai_share_max)
    assert answer("linopy", ai_share_max).npv_usd_m == pytest.approx(own.npv_usd_m, rel=1e-9)


@SHARES
def test_pyomo_finds_the_same_optimum(ai_share_max: float | None) -> None:
    """Pyomo's own interface hands HiGHS the same programme, of the same size."""
    own, other = answer("wattsplit", ai_share_max), answer("pyomo", ai_share_max)
    assert other.npv_usd_m == pytest.approx(own.npv_usd_m, rel=1e-9)
    assert (other.rows, other.columns, other.nonzeros) == (own.rows, own.columns, own.nonzeros)


def test_every_hour_written_out_finds_the_same_optimum() -> None:
    """Cells of hours are worth what 8,760 hours with a column of their own are, every kind of contract in force."""
    pytest.importorskip("linopy", reason="linopy is not installed; `make bench` installs it")
    from benchmarks import hourly_peer, stages

    tables, prices = hourly_tables(1, 1)
    own = stages.solve(tables, Clock(), prices)
    other = hourly_peer.solve(tables, Clock(), prices)
    assert other.npv_usd_m == pytest.approx(own.npv_usd_m, rel=1e-6)
    assert other.columns > 100 * own.columns


def test_every_stage_is_timed() -> None:
    """The account of our own run has all stages, and nothing else."""
    given: dict[str, Any] = case_tables(1, None)
    clock = Clock()
    solver_of("wattsplit")(given, clock)
    assert tuple(clock.seconds) == (*COMMON_STAGES, *OWN_STAGES)
