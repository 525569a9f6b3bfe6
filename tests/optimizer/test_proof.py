"""The exact check of a proof: hand-worked programmes, planted errors, and what any prices must still satisfy."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csc_matrix

from optimizer.matrices import Matrices
from optimizer.proving.exact import ExactArray, rounded_up
from optimizer.proving.proof import Proof, ProofError, exact_check, load_proof, save_proof

INF = math.inf


def programme(cost: list[float], a: list[list[float]], rows: list[list[float]], cols: list[list[float]]) -> Matrices:
    """A small programme; rows and cols hold lower and upper limits."""
    row_limits, col_limits = np.array(rows).reshape(-1, 2), np.array(cols).reshape(-1, 2)
    return Matrices(
        cost=np.array(cost),
        a=csc_matrix(np.array(a).reshape(len(rows), len(cols))),
        row_lower=row_limits[:, 0],
        row_upper=row_limits[:, 1],
        col_lower=col_limits[:, 0],
        col_upper=col_limits[:, 1],
        row_names=tuple(f"row{i}" for i in range(len(rows))),
        col_names=tuple(f"col{j}" for j in range(len(cols))),
        offset=7.0,
        integer=np.zeros(len(cols), dtype=np.bool_),
    )


def two_uses() -> Proof:
    """Minimise -3 a - 2 b with a + b <= 4, a <= 3, b <= 5: a = 3, b = 1 costs -11, and one more MW is worth 2."""
    matrices = programme([-3.0, -2.0], [[1.0, 1.0]], [[-INF, 4.0]], [[0.0, 3.0], [0.0, 5.0]])
    return Proof(matrices, np.array([3.0, 1.0]), np.array([-2.0]))


def edited(proof: Proof, name: str, values: list[float]) -> Proof:
    """The proof with one array of its programme replaced."""
    return replace(proof, matrices=replace(proof.matrices, **{name: np.array(values)}))


def test_a_right_proof_has_no_gap() -> None:
    """Row price -2 times 4 and reduced cost -1 times 3 bound the cost by -11, which the plan reaches."""
    check = exact_check(two_uses())
    assert check.objective == -11.0 + 7.0
    assert check.dual_bound == -11.0 + 7.0
    assert (check.absolute_gap, check.relative_gap, check.complementarity) == (0.0, 0.0, 0.0)
    assert (check.row_violation, check.row_at, check.bound_violation, check.bound_at) == (0.0, "", 0.0, "")


def test_a_broken_row_is_named() -> None:
    """3 + 1.5 is half a MW above the limit of 4."""
    check = exact_check(replace(two_uses(), x=np.array([3.0, 1.5])))
    assert (check.row_violation, check.row_at) == (0.5, "row0")
    assert check.bound_violation == 0.0


def test_a_broken_bound_is_named() -> None:
    """3.25 is a quarter above the bound of 3, -0.5 is half below the bound of 0, which is worse."""
    assert exact_check(replace(two_uses(), x=np.array([3.25, 0.5]))).bound_at == "col0"
    check = exact_check(replace(two_uses(), x=np.array([3.25, -0.5])))
    assert (check.bound_violation, check.bound_at) == (0.5, "col1")


def test_wrong_prices_leave_a_gap() -> None:
    """At a price of -1 the bound is -1 * 4 - 2 * 3 - 1 * 5 = -15: 4 below the plan's -11, and 4 / 12 relative."""
    check = exact_check(replace(two_uses(), row_dual=np.array([-1.0])))
    assert check.dual_bound == -15.0 + 7.0
    assert check.absolute_gap == 4.0
    assert check.relative_gap == pytest.approx(4.0 / 12.0)
    assert check.relative_gap >= 4.0 / 12.0, "rounded up, never down"
    assert (check.complementarity, check.complementarity_at) == (4.0, "col1")


def test_a_price_on_a_missing_limit_counts_as_zero() -> None:
    """The row has no lower limit for a price of +1 to press on; without a price the bound is -3 * 3 - 2 * 5 = -19."""
    check = exact_check(replace(two_uses(), row_dual=np.array([1.0])))
    assert (check.dropped_dual, check.dropped_dual_at) == (1.0, "row0")
    assert check.dual_bound == -19.0 + 7.0


def test_an_edited_cost_leaves_a_gap() -> None:
    """With b at -2.5 the plan costs -11.5, but the old prices only bound it by -8 - 3 - 0.5 * 5 = -13.5."""
    check = exact_check(edited(two_uses(), "cost", [-3.0, -2.5]))
    assert check.absolute_gap == 2.0
    assert (check.complementarity, check.complementarity_at) == (2.0, "col1")


def test_an_infinite_bound_under_a_negative_reduced_cost_proves_nothing() -> None:
    """a has a reduced cost of -1 and no upper bound: the bound is minus infinity, because of that column."""
    check = exact_check(edited(two_uses(), "col_upper", [INF, 5.0]))
    assert (check.dual_bound, check.relative_gap, check.unbounded_at) == (-INF, INF, "col0")


def test_an_equality_takes_prices_of_both_signs() -> None:
    """Minimise a with a + b = 4 and b <= 3: a = 1, and one more MW demanded costs 1; with -a it is b = 0 and -1."""
    matrices = programme([1.0, 0.0], [[1.0, 1.0]], [[4.0, 4.0]], [[0.0, 9.0], [0.0, 3.0]])
    assert exact_check(Proof(matrices, np.array([1.0, 3.0]), np.array([1.0]))).absolute_gap == 0.0
    negative = replace(matrices, cost=np.array([-1.0, 0.0]))
    assert exact_check(Proof(negative, np.array([4.0, 0.0]), np.array([-1.0]))).absolute_gap == 0.0


def test_rows_without_entries_and_a_programme_without_rows() -> None:
    """An empty row holds 0; a programme without rows is decided by its bounds alone."""
    empty = programme([1.0], [[0.0], [1.0]], [[1.0, 2.0], [0.0, 5.0]], [[0.0, 5.0]])
    check = exact_check(Proof(empty, np.array([0.0]), np.zeros(2)))
    assert (check.row_violation, check.row_at) == (1.0, "row0")
    alone = exact_check(Proof(programme([-1.0], [], [], [[0.0, 5.0]]), np.array([5.0]), np.zeros(0)))
    assert (alone.objective, alone.relative_gap) == (-5.0 + 7.0, 0.0)


def test_no_rounding_anywhere() -> None:
    """As floats 0.1 + 0.2 exceed 0.3 by 5.6e-17 after rounding; what the three numbers hold differs by 2.8e-17."""
    matrices = programme([0.0, 0.0], [[1.0, 1.0]], [[-INF, 0.3]], [[0.0, 1.0], [0.0, 1.0]])
    check = exact_check(Proof(matrices, np.array([0.1, 0.2]), np.zeros(1)))
    assert check.row_violation == float(Fraction(0.1) + Fraction(0.2) - Fraction(0.3))


def test_numbers_of_any_size_are_added_exactly() -> None:
    """1e300 - 1e300 + 1e-300 is 1e-300, which floats in that order of size would lose; subnormals count too."""
    values = np.array([1e300, 1e-300, -1e300, 5e-324])
    assert ExactArray.of(values).total() == Fraction(1e-300) + Fraction(5e-324)


@pytest.mark.parametrize(("name", "column"), [("cost", True), ("row_dual", False), ("x", True), ("row_upper", False)])
def test_a_number_that_is_none_is_named(name: str, column: bool) -> None:
    """NaN proves nothing, though a solver may call it optimal."""
    proof = two_uses()
    values = [math.nan, -2.0] if column else [math.nan]
    wrong = replace(proof, **{name: np.array(values)}) if name in ("x", "row_dual") else edited(proof, name, values)
    with pytest.raises(ProofError, match=f"{name} of '{'col0' if column else 'row0'}' is nan, expected a number"):
        exact_check(wrong)


def test_a_limit_at_the_wrong_infinity_is_refused() -> None:
    """An upper limit of minus infinity would make every row look kept."""
    with pytest.raises(ProofError, match="row_upper of 'row0' is -inf"):
        exact_check(edited(two_uses(), "row_upper", [-INF]))


def test_arrays_that_do_not_fit_are_refused() -> None:
    """Three numbers for two columns, and a coefficient that is no number, by name."""
    with pytest.raises(ProofError, match=r"x has shape \(3,\), expected \(2,\)"):
        exact_check(replace(two_uses(), x=np.zeros(3)))
    proof = two_uses()
    proof.matrices.a.data[1] = math.inf
    with pytest.raises(ProofError, match="matrix entry of column 'col1'"):
        exact_check(proof)
    with pytest.raises(ProofError, match=r"matrix has shape \(1, 3\)"):
        exact_check(replace(two_uses(), matrices=replace(two_uses().matrices, a=csc_matrix((1, 3)))))


def test_rounding_up_never_hides_an_error() -> None:
    """A third becomes the float above it, what exceeds all floats infinite, what is below all of them not zero."""
    assert Fraction(rounded_up(Fraction(1, 3))) > Fraction(1, 3)
    assert rounded_up(Fraction(1, 4)) == 0.25
    assert rounded_up(Fraction(10) ** 400) == INF
    assert rounded_up(Fraction(1, 10**400)) == 5e-324


NUMBERS = st.floats(-100.0, 100.0, allow_nan=False).map(lambda value: round(value, 3))


@st.composite
def proofs(draw: st.DrawFn) -> Proof:
    """A programme of a few rows and columns whose limits leave room, with any x and any prices."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 6))

    def numbers(count: int) -> list[float]:
        return draw(st.lists(NUMBERS, min_size=count, max_size=count))

    a = np.array(numbers(rows * columns)).reshape(rows, columns)
    inside = np.abs(np.array(numbers(columns)))
    activity = a @ inside
    one_sided = draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))
    lower = [-INF if side == 0 else value - 1.0 for side, value in zip(one_sided, activity, strict=True)]
    upper = [INF if side == 1 else value + 1.0 for side, value in zip(one_sided, activity, strict=True)]
    limits = [list(pair) for pair in zip(lower, upper, strict=True)]
    matrices = programme(numbers(columns), a.tolist(), limits, [[0.0, float(most) + 1.0] for most in inside])
    return Proof(matrices, np.array(numbers(columns)), np.array(numbers(rows)))


def solved(matrices: Matrices) -> Proof:
    """The programme's optimum as HiGHS finds it."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = matrices.cost.size, matrices.row_lower.size
    lp.col_cost_, lp.offset_ = matrices.cost, matrices.offset
    lp.col_lower_, lp.col_upper_ = matrices.col_lower, matrices.col_upper
    lp.row_lower_, lp.row_upper_ = matrices.row_lower, matrices.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrices.a.indptr, matrices.a.indices
    lp.a_matrix_.value_ = matrices.a.data
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(lp)
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    answer = highs.getSolution()
    return Proof(matrices, np.array(answer.col_value), np.array(answer.row_dual))


@settings(max_examples=60, deadline=None)
@given(proofs())
def test_the_check_agrees_with_fractions(proof: Proof) -> None:
    """Violation, value and bound are those that plain rational arithmetic gives, entry by entry."""
    matrices, check = proof.matrices, exact_check(proof)
    a = [[Fraction(entry) for entry in row] for row in matrices.a.toarray().tolist()]
    x, y = ([Fraction(value) for value in vector.tolist()] for vector in (proof.x, proof.row_dual))
    cost = [Fraction(value) for value in matrices.cost.tolist()]
    worst = bound = Fraction(0)
    for i, row in enumerate(a):
        low, high = float(matrices.row_lower[i]), float(matrices.row_upper[i])
        activity = sum(entry * value for entry, value in zip(row, x, strict=True))
        worst = max([worst, *(Fraction(low) - activity for _ in range(low > -INF))])
        worst = max([worst, *(activity - Fraction(high) for _ in range(high < INF))])
        limit = low if y[i] > 0 else high
        y[i] = y[i] if math.isfinite(limit) else Fraction(0)
        bound += y[i] * Fraction(limit) if y[i] else 0
    for j, own in enumerate(cost):
        reduced = own - sum(row[j] * price for row, price in zip(a, y, strict=True))
        bound += reduced * Fraction(float(matrices.col_lower[j] if reduced > 0 else matrices.col_upper[j]))
    value = sum(own * amount for own, amount in zip(cost, x, strict=True))
    assert check.row_violation == rounded_up(worst)
    assert check.dual_bound == -rounded_up(-(bound + 7))
    assert check.absolute_gap == rounded_up(abs(value - bound))


@settings(max_examples=60, deadline=None)
@given(proofs())
def test_an_optimum_is_proved_and_no_prices_bound_it_from_above(proof: Proof) -> None:
    """The solver's own prices close the gap; any other prices still give a bound that the optimum respects."""
    optimum = solved(proof.matrices)
    check = exact_check(optimum)
    assert check.relative_gap <= 1e-9
    assert max(check.row_violation, check.bound_violation) <= 1e-7
    planted = exact_check(replace(optimum, row_dual=proof.row_dual))
    assert planted.dual_bound <= check.objective + 1e-9 * (1.0 + abs(check.objective))


def test_a_stored_proof_is_the_same_proof_in_the_same_bytes(tmp_path: Path) -> None:
    """Numbers, infinities and names survive, whatever the names hold; writing twice gives the same file."""
    proof = two_uses()
    names = ('cap[site "a", b\nc,2027-01]',)
    proof = replace(proof, matrices=replace(proof.matrices, row_names=names, col_names=("mégawatt", "")))
    for name in ("first.npz", "second.npz"):
        save_proof(proof, tmp_path / name)
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()
    loaded = load_proof(tmp_path / "first.npz")
    assert (loaded.matrices.row_names, loaded.matrices.col_names) == (names, ("mégawatt", ""))
    assert loaded.matrices.row_lower[0] == -INF
    assert exact_check(loaded) == exact_check(proof)


def test_whole_numbers_are_fixed_before_the_check_and_stored(tmp_path: Path) -> None:
    """minimise -3x - 2y for x + y <= 4, x <= 2.5, y <= 3, x whole: x = 2, y = 2 is proved among plans with x = 2."""
    matrices = programme([-3.0, -2.0], [[1.0, 1.0]], [[-INF, 4.0]], [[0.0, 2.5], [0.0, 3.0]])
    proof = Proof(replace(matrices, integer=np.array([True, False])), np.array([2.0, 2.0]), np.array([-2.0]))
    save_proof(proof, tmp_path / "proof.npz")
    loaded = load_proof(tmp_path / "proof.npz")
    assert loaded.matrices.integer.tolist() == [True, False]
    assert exact_check(loaded).relative_gap == 0.0
    assert exact_check(replace(proof, matrices=matrices)).relative_gap > 0.01
    assert exact_check(replace(loaded, x=np.array([2.25, 1.75]))).bound_violation == 0.25


def test_a_damaged_proof_is_refused(tmp_path: Path) -> None:
    """Cut short, overwritten, missing, or with an array gone: each is a ProofError that names the file."""
    path = tmp_path / "proof.npz"
    save_proof(two_uses(), path)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"not an archive", whole[:40] + b"\xff" * 60 + whole[100:]):
        path.write_bytes(damaged)
        with pytest.raises(ProofError, match=r"proof\.npz: damaged, or not a stored proof"):
            load_proof(path)
    with pytest.raises(ProofError, match=r"gone\.npz: no such file"):
        load_proof(tmp_path / "gone.npz")
    np.savez(path, cost=np.zeros(2))
    with pytest.raises(ProofError, match="no array named 'row_names'"):
        load_proof(path)


def test_a_stored_proof_runs_nothing(tmp_path: Path) -> None:
    """An array of Python objects, which numpy would unpickle, is refused."""
    path = tmp_path / "proof.npz"
    np.savez(path, row_names=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ProofError, match="damaged"):
        load_proof(path)


@pytest.mark.slow
def test_a_large_proof_is_checked_in_seconds() -> None:
    """60,000 columns, 40,000 rows and 300,000 entries take less than 1.5 s (0.25 s when written)."""
    generator = np.random.default_rng(1)
    columns, rows, entries = 60_000, 40_000, 300_000
    places = generator.integers(0, rows, entries), generator.integers(0, columns, entries)
    matrices = Matrices(
        cost=generator.normal(size=columns),
        a=csc_matrix((generator.uniform(0.1, 3.0, entries), places), shape=(rows, columns)),
        row_lower=np.full(rows, -INF),
        row_upper=generator.uniform(1.0, 9.0, rows),
        col_lower=np.zeros(columns),
        col_upper=np.full(columns, 50.0),
        row_names=tuple(f"r{i}" for i in range(rows)),
        col_names=tuple(f"c{j}" for j in range(columns)),
        offset=0.0,
        integer=np.zeros(columns, dtype=np.bool_),
    )
    proof = Proof(matrices, generator.uniform(0.0, 1.0, columns) / 3.0, generator.normal(size=rows) / 7.0)
    begin = time.process_time()
    exact_check(proof)
    assert time.process_time() - begin < 1.5
