"""Every figure of "why not?" is crossed by 0.1 % either way: the optimum of a fresh programme stays, or rises.

Linear and lumpy random portfolios, whose plans have many equal neighbours, and a bundled one whose capex budget binds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from strategies import random_case
from strategies_lumpy import random_lumpy_case

from optimizer.compiling import compile_parameters
from optimizer.errors import InfeasiblePlanError
from optimizer.levers import Lever, capex_lever, margin_lever, rent_lever
from optimizer.matrices import Matrices
from optimizer.parameters import Parameters, build_parameters
from optimizer.planning import new_session, solve_plan
from optimizer.reservation import reservations
from optimizer.search import EXACT_GAP
from optimizer.why_not import why_not_frame
from sites import Portfolio, load_portfolio
from sites.bundled import portfolio_path

CROSSED = 1e-3
# A gain is told from rounding at this share of the optimum, twice that of the prices themselves.
GAIN = {"linear": 2e-9, "lumpy": 2e-8}
EXACT = ("reduced cost", "re-solve")

SEEDS = {
    "linear": [random_case(seed).portfolio for seed in (58, 152, 179, *range(300, 312))],
    "lumpy": [random_lumpy_case(seed).portfolio for seed in range(12)],
}


def lever_of(p: Parameters, matrices: Matrices, line: Any) -> Lever | None:
    """The lever that a row of the table moves; None for those that other tests cross."""
    if line.lever == "margin" and line.kind == "fleet":
        names = [(fleet.id, fleet.site) for fleet in p.fleets]
        return margin_lever(p, matrices, names.index((line.name, line.site)))
    if line.lever not in ("rent", "capex"):
        return None
    offer = line.reason.split("'")[1] if line.kind == "site" else line.name
    moved = np.array([p.starts.offers[c].id == offer for c in p.starts.offer.tolist()]) & (p.upper_mw > 0.0)
    if line.kind != "offer":
        moved &= np.array([p.sites[i].id == line.site for i in p.starts.site.tolist()])
    if line.kind == "start":
        moved &= p.starts.tau == p.horizon.index(line.start)
    return (rent_lever if line.lever == "rent" else capex_lever)(p, matrices, moved)


def minimum(matrices: Matrices) -> float:
    """The optimum of a programme from nothing, its whole numbers searched exactly. [USD million]"""
    return new_session(matrices, EXACT_GAP).minimise().objective


def crossings(given: Portfolio, tolerance: float) -> Iterator[tuple[str, str]]:
    """Kind and basis of every figure of a portfolio after crossing it both ways."""
    p = build_parameters(given)
    matrices = compile_parameters(p)
    session = new_session(matrices, EXACT_GAP)
    found = solve_plan(session, p)
    table = why_not_frame(session, p, found, reservations(session, p, found))
    for line in table[table["needed"].notna()].itertuples():
        lever = lever_of(p, matrices, line)
        if lever is None or not abs(line.change) > CROSSED * abs(line.needed):
            continue  # what lacks next to nothing cannot be crossed by so much on this side
        for share in (-CROSSED, CROSSED):
            move = lever.sign * (line.needed * (1.0 + share) - lever.now)
            gain = found.objective - minimum(lever.applied(matrices, move))
            if share * lever.sign < 0.0 and line.basis != "enough":
                assert gain <= tolerance * (1.0 + abs(found.objective)), line
            elif share * lever.sign > 0.0 and line.basis != "bound":
                assert gain > 0.0, line
        yield str(line.kind), str(line.basis)


@pytest.mark.parametrize("family", SEEDS)
def test_every_figure_of_random_portfolios(family: str) -> None:
    """Rents, capexes and margins of offers, starts, sites and fleets."""
    seen: Counter[tuple[str, str]] = Counter()
    for given in SEEDS[family]:
        try:
            seen.update(crossings(given(), GAIN[family]))
        except InfeasiblePlanError:
            continue
    kinds = {kind for kind, _ in seen}
    assert kinds >= {"offer", "start", "site", "fleet"} if family == "linear" else {"offer", "start"}
    assert {basis for _, basis in seen} >= ({*EXACT} if family == "linear" else {"re-solve", "enough"})
    assert sum(seen.values()) >= 20


def test_every_figure_of_a_bundled_portfolio() -> None:
    """All starts of single-site are exact, by reduced costs or by another step."""
    seen = Counter(crossings(load_portfolio(portfolio_path("single-site")), GAIN["linear"]))
    assert seen["start", "reduced cost"] > 0
    assert seen["start", "re-solve"] > 0
    assert not any(basis == "bound" for _, basis in seen)
