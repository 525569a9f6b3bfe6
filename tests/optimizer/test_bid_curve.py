"""Bid curves worked by hand: every breakpoint is where what the next MW displaces is paid for.

The site of cases.py with two fleets: 5.5 MW that earn 20 USD/MWh and 2.5 MW that earn 10; 2 of its 10 MW are idle. A
critical MW of the offer costs 100,000 USD and is let for four months, March to June, which have 2,928 hours; it takes
1.25 MW. So at a rent r it brings 4,000 r - 100,000 USD, less
        0 where it takes idle MW                       (the first 1.6 critical MW): worth it from 25.00 on,
   36,600 where it takes the weak fleet, 2928 * 12.5   (the next 2.0):              from 34.15,
   73,200 where it takes the strong one, 2928 * 25     (the rest):                  from 43.30.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.bid_curve import BidCurve, Support, bid_curve, envelope
from optimizer.compiling import compile_portfolio
from optimizer.planning import new_session
from tests.optimizer.cases import RIG, offer, portfolio, site

IDLE, WEAK, STRONG = 25.0, 34.15, 43.3
RIGS = [RIG, {"id": "rig25", "th_s": 80.0, "watts": 2000.0}]
FLEETS = [
    {"id": "strong", "site": "alpha", "rig": "rig20", "mw": 5.5},
    {"id": "weak", "site": "alpha", "rig": "rig25", "mw": 2.5},
]
# Mining alone, from January to June. [USD million]
MINING = 4_344 * (5.5 * 20 + 2.5 * 10) / 1e6


def curve_of(name: str = "lab", **changes: Any) -> BidCurve:
    """The bid curve of an offer of the case."""
    p, matrices = compile_portfolio(portfolio(**{"rigs": RIGS, "fleets": FLEETS, **changes}))
    position = next(c for c, given in enumerate(p.starts.offers) if given.id == name)
    return bid_curve(new_session(matrices), p, position)


def breakpoints(curve: BidCurve) -> list[float]:
    """The rents at which the plan changes."""
    return [piece.rent_to for piece in curve.pieces[:-1]]


def mws(curve: BidCurve) -> list[float]:
    """The MW of every piece."""
    return [piece.support.mw for piece in curve.pieces]


def test_every_step_is_where_the_next_use_is_paid_for() -> None:
    """Idle MW first, then the weak fleet, then the strong one."""
    curve = curve_of()
    assert breakpoints(curve) == pytest.approx([IDLE, WEAK, STRONG], rel=1e-9)
    assert mws(curve) == pytest.approx([0.0, 1.6, 3.6, 4.0])
    assert curve.without == pytest.approx(MINING, rel=1e-12)
    assert (curve.reservation, curve.all_mw_rent) == pytest.approx((IDLE, STRONG), rel=1e-9)
    assert curve.unfinished == 0.0
    assert curve.at_most is None


def test_the_optimum_is_known_between_the_steps() -> None:
    """At 40 the idle and the weak MW are let: 1.6 * (160 - 100) and 2.0 * (160 - 136.6) thousand USD over mining."""
    assert curve_of().optimum(40.0) == pytest.approx(MINING + 0.096 + 0.0468, rel=1e-12)


def test_all_or_nothing_pays_for_the_average() -> None:
    """4 MW cost 400,000 and displace 2 * 36,600 + 0.4 * 73,200: one step, at 502,480 / 16,000."""
    curve = curve_of(contracts=[offer(min_mw=4.0)])
    assert breakpoints(curve) == pytest.approx([31.405], rel=1e-7)
    assert mws(curve) == pytest.approx([0.0, 4.0])
    assert curve.reservation == curve.all_mw_rent


def test_every_block_pays_for_its_own_average() -> None:
    """Blocks of 2 MW: the first displaces 0.4 weak MW, the second 1.6 weak and 0.4 strong ones."""
    curve = curve_of(contracts=[offer(block_mw=2.0)])
    assert breakpoints(curve) == pytest.approx([214_640 / 8_000, 287_840 / 8_000], rel=1e-7)
    assert mws(curve) == pytest.approx([0.0, 2.0, 4.0])


def test_whole_blocks_below_the_offers_size_are_its_full_size() -> None:
    """Of 4 MW in blocks of 1.5, 3 MW are all there is."""
    curve = curve_of(contracts=[offer(block_mw=1.5)])
    assert curve.all_mw == 3.0
    assert curve.all_mw_rent == pytest.approx(breakpoints(curve)[-1])


def test_limits_hold_the_offer_down() -> None:
    """4 MW of AI at the site are 3.2 critical MW: no rent buys more, and one more MW there would bring 0.8."""
    curve = curve_of(sites=[site(ai_max_mw=4.0)])
    assert breakpoints(curve) == pytest.approx([IDLE, WEAK], rel=1e-9)
    assert mws(curve) == pytest.approx([0.0, 1.6, 3.2])
    assert math.isnan(curve.all_mw_rent)
    assert (curve.all_mw, curve.possible_mw, curve.most_mw) == pytest.approx((4.0, 3.2, 3.2))
    assert curve.explored_to == math.inf
    assert curve.at_most is not None
    prices = np.abs(np.concatenate([curve.at_most.row_dual, curve.at_most.col_dual]))
    assert prices.max() == pytest.approx(0.8)


def test_without_room_no_rent_buys_anything() -> None:
    """A site without AI: the curve is the plan without the offer, at every rent."""
    curve = curve_of(sites=[site(ai_max_mw=0.0)])
    assert mws(curve) == [0.0]
    assert math.isnan(curve.reservation)
    assert (curve.possible_mw, curve.explored_to) == (0.0, math.inf)


def test_an_offer_that_limits_demand_has_no_reservation_price() -> None:
    """1 MW must mine and a tenth of all MW be AI: when the signed deal ends in March, only this offer is left."""
    signed = offer(id="old", committed_mw=1.0, max_mw=1.0, first_start="2026-01", last_start="2026-01", term_months=15)
    limits = {"min_eh_s": 0.05, "ai_share_min": 0.1}
    curve = curve_of(contracts=[offer(), signed], limits=limits, fleets=[{**FLEETS[0], "mw": 1.0}])
    assert math.isnan(curve.without)
    assert math.isnan(curve.reservation)
    # 1 MW that mines asks for 1/9 MW of AI.
    assert curve.pieces[0].support.mw == pytest.approx(1 / 9 / 1.25)


def test_taking_what_is_required_counts() -> None:
    """`next` needs `lab`, whose 1 MW at a rent of 20 loses 20,000 on idle MW: 2 MW of `next` must earn that too.

    8,000 r - 200,000 - 20,000 = 0 at 27.50, where `next` alone would be worth it from 25 on.
    """
    lab = offer(max_mw=1.0, min_mw=1.0, price_usd_per_kw_month=20.0)
    needs = offer(id="next", max_mw=2.0, requires="lab")
    curve = curve_of("next", contracts=[lab, needs], fleets=[{**FLEETS[0], "mw": 5.0}])
    assert curve.reservation == pytest.approx(27.5, rel=1e-7)
    assert mws(curve) == pytest.approx([0.0, 2.0])


def test_the_session_is_as_before_afterwards() -> None:
    """Costs and bounds are back: the next solve is the plan at the quoted rent."""
    p, matrices = compile_portfolio(portfolio(rigs=RIGS, fleets=FLEETS))
    session = new_session(matrices)
    before = session.minimise().objective
    bid_curve(session, p, 0)
    assert session.minimise().objective == pytest.approx(before, rel=1e-12)


def line(slope: float, constant: float, rent: float = 0.0) -> Support:
    """The line slope * rent + constant as found at a rent."""
    return Support(rent, slope * rent + constant, slope, np.array([slope]))


LINES = [line(0.0, 10.0), line(1.0, 8.0), line(3.0, 1.0), line(6.0, -20.0)]


def highest(rent: float, _: Support | None = None) -> Support:
    """The highest of the lines at a rent."""
    best = max(LINES, key=lambda one: (one.slope * rent + one.value, one.slope))
    return replace(best, rent=rent, value=best.slope * rent + best.value)


def test_the_envelope_has_every_line_that_is_highest_somewhere() -> None:
    """Four lines that meet at 2, 3.5 and 7."""
    found, unfinished = envelope(highest, replace(LINES[0], rent=-math.inf), highest(50.0), 1e-9)
    assert [one.slope for one in found] == [0.0, 1.0, 3.0, 6.0]
    assert unfinished == 0.0


def test_an_unfinished_envelope_says_by_how_much() -> None:
    """With no solve at all the function may lie anywhere below the chord of its two points."""
    low, high = highest(0.0), highest(10.0)
    found, unfinished = envelope(highest, low, high, 1e-9, most_solves=0)
    assert [one.slope for one in found] == [0.0, 6.0]
    meeting = high.meets(low)
    assert unfinished == pytest.approx(10.0 + meeting * 30.0 / 10.0 - 10.0)
    assert unfinished >= highest(meeting).value - 10.0
