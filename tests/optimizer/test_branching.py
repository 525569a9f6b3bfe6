"""The proof tree of a plan: it proves what the search says, is cut where it grows too large, and finds mistakes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strategies_lumpy import random_lumpy_case

from optimizer import branching
from optimizer.branching import grow_tree, prove_whole_numbers
from optimizer.compiling import compile_portfolio
from optimizer.errors import InfeasiblePlanError, SolverError
from optimizer.matrices import Matrices
from optimizer.pins import parse_pins
from optimizer.planning import new_session, solve_plan
from optimizer.proving.tree import LEAF, Tree, tree_bound
from optimizer.solve import LpSolution
from sites.portfolio import Portfolio
from tests.optimizer.cases import offer, portfolio, site
from tests.optimizer.hard import hard_portfolio


def solved(case: Portfolio, *pins: str, gap: float = 1e-6) -> tuple[Matrices, LpSolution]:
    """The programme of a portfolio and its best plan."""
    p, matrices = compile_portfolio(case, parse_pins(pins))
    return matrices, solve_plan(new_session(matrices, gap), p)


def missed(matrices: Matrices, solution: LpSolution, tree: Tree) -> float:
    """How much better than the plan another one could be, as far as the tree knows. [USD million]"""
    return matrices.objective(solution.x) - tree_bound(matrices, tree).bound


def halls_of_three() -> Portfolio:
    """Room for 6.4 critical MW and an offer in halls of 3 MW: two of them, where it could be 6.4 MW in any size."""
    return portfolio(sites=[site(ai_max_mw=8.0)], contracts=[offer(max_mw=9.0, block_mw=3.0)])


def test_a_tree_proves_the_plan() -> None:
    """Six MW are signed; no other number of halls is worth more, which takes at least one split."""
    matrices, solution = solved(halls_of_three())
    tree = prove_whole_numbers(matrices, solution)
    assert tree is not None
    assert tree.leaves > 1
    assert -1e-9 <= missed(matrices, solution, tree) <= 1e-6 * abs(solution.objective)


def test_without_a_split_the_bound_is_that_of_divisible_offers() -> None:
    """Where more is allowed than whole halls cost, one leaf says it all."""
    matrices, solution = solved(halls_of_three())
    divisible = replace(matrices, integer=np.zeros_like(matrices.integer))
    p, _ = compile_portfolio(halls_of_three())
    best = solve_plan(new_session(divisible), p).objective
    assert best < solution.objective - 0.01
    tree = grow_tree(matrices, solution.x, 4.0 * (solution.objective - best))
    assert tree.leaves == 1
    assert tree_bound(matrices, tree).bound == pytest.approx(best, abs=1e-7)


def test_a_part_without_any_plan_is_proved_empty() -> None:
    """A site full with a signed deal has no room for an offer of 2 MW or more: "taken" is a leaf that holds nothing."""
    signed = offer(id="old", max_mw=7.0, committed_mw=7.0, last_start="2027-03")
    case = portfolio(contracts=[signed, offer(min_mw=2.0, price_usd_per_kw_month=300.0)])
    matrices, solution = solved(case)
    tree = prove_whole_numbers(matrices, solution)
    assert tree is not None
    split = np.flatnonzero(tree.column != LEAF)
    assert [matrices.col_names[column].split("[")[0] for column in tree.column[split]] == ["taken"]
    assert missed(matrices, solution, tree) <= 1e-6 * abs(solution.objective)


def test_random_portfolios_are_proved() -> None:
    """Every plan of lumpy offers that the oracle's tests draw is proved to the gap that was asked of the search."""
    proved = 0
    for seed in range(60):
        try:
            matrices, solution = solved(random_lumpy_case(seed).portfolio())
        except InfeasiblePlanError:
            continue
        if (tree := prove_whole_numbers(matrices, solution)) is not None:
            assert missed(matrices, solution, tree) <= 1e-6 * abs(matrices.objective(solution.x)) + 1e-9, seed
            proved += 1
    assert proved > 30


def test_a_large_tree_is_cut_and_bounds_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many leaves do not prove a packing puzzle, but bound it, more leaves more closely, and never too high."""
    matrices, solution = solved(hard_portfolio(12, 3))
    left = []
    for leaves in (1, 300, 600):
        monkeypatch.setattr(branching, "MOST_LEAVES", leaves)
        tree = grow_tree(matrices, solution.x, 1e-6)
        assert tree.leaves == leaves
        left.append(missed(matrices, solution, tree))
    assert left[0] > left[1] > left[2] > 1e-6


@pytest.mark.parametrize("limit", ["MOST_PRICES", "MOST_STEPS"])
def test_every_limit_cuts(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree that may hold no prices, or take no steps, has one leaf."""
    matrices, solution = solved(hard_portfolio(12, 3))
    monkeypatch.setattr(branching, limit, 0)
    assert grow_tree(matrices, solution.x, 1e-6).leaves == 1


def test_a_plan_that_is_not_the_best_is_refused() -> None:
    """A search that had ended with one hall instead of two is found out."""
    matrices, solution = solved(halls_of_three())
    pins = parse_pins(["lab@alpha:2027-03=3", "lab@alpha:2027-04=0"])
    p, forced = compile_portfolio(halls_of_three(), pins)
    worse = solve_plan(new_session(forced), p)
    better = worse.objective - solution.objective
    with pytest.raises(SolverError, match=f"missed a plan that is better by {better:.4g}"):
        grow_tree(matrices, worse.x, 1e-6)


def test_nothing_is_grown_without_whole_numbers_or_after_a_stop() -> None:
    """An LP has its own proof, and a search that was stopped claims nothing that could be proved."""
    assert prove_whole_numbers(*solved(portfolio())) is None
    matrices, solution = solved(halls_of_three())
    assert solution.search is not None
    stopped = replace(solution, search=replace(solution.search, stopped="time limit"))
    assert prove_whole_numbers(matrices, stopped) is None


def test_the_same_plan_grows_the_same_tree() -> None:
    """Proofs of equal plans are equal, number by number."""
    matrices, solution = solved(hard_portfolio(6, 2))
    one, other = (grow_tree(matrices, solution.x, 1e-6) for _ in range(2))
    for part in ("column", "at", "child", "row_dual"):
        assert np.array_equal(getattr(one, part), getattr(other, part))
