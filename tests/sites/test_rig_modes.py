"""Modes of a machine as tiers of its load: worked by hand, and against mixing modes at will."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from sites import Portfolio
from sites.records import Rig, RigMode
from sites.rig_modes import tiers_of
from tests.sites.small import tables

BOX = Rig(id="box", th_s=200.0, watts=3500.0)


def mode(name: str, th_s: float, watts: float) -> RigMode:
    """A mode of the box."""
    return RigMode(rig="box", mode=name, th_s=th_s, watts=watts)


def test_without_modes_there_is_one_tier() -> None:
    """200 TH/s for 3,500 W are 17.5 J/TH: 1000 / 17.5 PH/s of a MW, cooling overhead taken off."""
    (tier,) = tiers_of(BOX.model_copy(update={"overhead": 1.25}), ())
    assert tier.share == 1.0
    assert tier.ph_s_per_mw == pytest.approx(1000.0 / 17.5 / 1.25)


def test_eco_normal_and_turbo_are_three_tiers() -> None:
    """Eco 2,000 W and 140 TH/s, then 1,500 W for 60 TH/s more, then 500 W for 10: shares of 4,000 W."""
    tiers = tiers_of(BOX, [mode("turbo", 210.0, 4000.0), mode("eco", 140.0, 2000.0)])
    assert [tier.share for tier in tiers] == pytest.approx([0.5, 0.375, 0.125])
    assert [tier.ph_s_per_mw for tier in tiers] == pytest.approx([70.0, 40.0, 20.0])


def test_a_mode_below_the_hull_is_no_tier() -> None:
    """Half the watts for a third of the hashrate is worse than running half the machines."""
    assert tiers_of(BOX, [mode("eco", 66.0, 1750.0)]) == tiers_of(BOX, ())


def test_a_mode_on_the_line_of_others_merges_with_them() -> None:
    """Half the watts for half the hashrate is what half the machines do."""
    assert tiers_of(BOX, [mode("eco", 100.0, 1750.0)]) == tiers_of(BOX, ())


def test_more_watts_for_less_hashrate_end_nothing() -> None:
    """A mode beyond the highest hashrate is never run, and does not count for the fleet's MW."""
    assert tiers_of(BOX, [mode("hot", 190.0, 4200.0)]) == tiers_of(BOX, ())


def test_a_portfolio_knows_the_tiers_of_its_rigs() -> None:
    """Modes of the table are found by the rig's id; all tiers on give the strongest mode's efficiency."""
    given_tables = {**tables(), "rig_modes": [{"rig": "box", "mode": "eco", "th_s": 140, "watts": 2000}]}
    portfolio = Portfolio.from_tables(given_tables)
    assert len(portfolio.tiers("box")) == 2
    assert portfolio.ph_s_per_mw("box") == pytest.approx(1000.0 / 17.5)


@given(
    st.lists(st.tuples(st.integers(50, 400), st.integers(1000, 8000)), min_size=0, max_size=5),
    st.integers(1, 20),
)
def test_tiers_do_what_mixing_modes_can_do(points: list[tuple[int, int]], twentieth: int) -> None:
    """With any power up to the strongest mode's, filling tiers in order gives the most hashrate of any mix."""
    tiers = tiers_of(BOX, [mode(str(place), float(th_s), float(watts)) for place, (th_s, watts) in enumerate(points)])
    corners = np.array([(200.0, 3500.0), *points], dtype=np.float64)
    top = min(corners.tolist(), key=lambda corner: (-corner[0], corner[1]))
    budget = twentieth / 20.0
    mix = linprog(
        -corners[:, 0], A_ub=[corners[:, 1] / top[1], np.ones(len(corners))], b_ub=[budget, 1.0], method="highs"
    )
    filled, left = 0.0, budget
    for tier in tiers:
        filled += min(left, tier.share) * tier.ph_s_per_mw
        left = max(0.0, left - tier.share)
    assert filled * top[1] / 1000.0 == pytest.approx(-mix.fun)
    assert sum(tier.share for tier in tiers) == pytest.approx(1.0)
    assert all(first.ph_s_per_mw > then.ph_s_per_mw for first, then in pairwise(tiers))
