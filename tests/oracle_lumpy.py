"""The optimum of lumpy portfolios in two ways that share no code with the product: by enumeration, and by a MILP.

Both begin with the oracle's linear programme (:mod:`oracle`, :mod:`oracle_programme`), which knows no whole numbers,
and read the lumpy columns of the offers themselves:

- ``best_by_enumeration`` walks through every combination of offers taken and numbers of blocks that the conditions
  allow, and solves the linear programme that is left of each.
- ``best_by_milp`` adds 0/1 columns and whole numbers of blocks to the same programme and has scipy's ``milp`` solve it;
  the whole numbers are then fixed and the programme is solved and proved once more. It serves larger portfolios.

How the oracle reads the model where it leaves a choice:

- The size of an offer, for ``min_mw`` and ``max_mw``, is its total over all sites and starts.
- A deal that is signed is taken, with its ``committed_mw``, whatever its ``min_mw`` and ``block_mw`` say. It counts in
  its group, and what it requires must be taken.
- An offer with ``min_mw`` is taken when it has at least that size; one without is taken when it has any size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

import numpy as np
from oracle import MILLION, OracleAnswer, answer_of, programme_of
from oracle_money import Prices, Row, Tables, World, committed_mw, value
from oracle_programme import SOLVER_SCALE, OracleInfeasibleError, Programme
from scipy.optimize import Bounds, LinearConstraint, milp

Start = tuple[str, str, int]  # offer, site, index of the first rent month
Sizes = Mapping[Start, float]

# A size may be off its bound by this many MW, which is the rounding of decimals.
SIZE_TOLERANCE = 1e-9
MILP_GAP = 1e-10


class Lumps:
    """The lumpy columns of the offers, and where their starts stand in the programme."""

    def __init__(self, world: World, programme: Programme, pins: Sizes) -> None:
        """Force the pinned starts, and find the offers that are open."""
        self.programme = programme
        self.offers: dict[str, Row] = {str(offer["id"]): offer for offer in world.offers}
        self.signed = {name for name, offer in self.offers.items() if committed_mw(offer) > 0}
        self.open = [name for name in self.offers if name not in self.signed]
        self.starts: dict[str, list[int]] = {name: [] for name in self.offers}
        for column, key in enumerate(programme.keys):
            if key[0] == "ai":
                self.starts[str(key[1])].append(column)
        for start, mw in pins.items():
            column = programme.keys.index(("ai", *start))
            programme.low[column] = programme.high[column] = mw

    def number(self, name: str, column: str) -> float:
        """A size of the offer. [MW]"""
        return float(value(self.offers[name], column, 0.0))

    def text(self, name: str, column: str) -> str:
        """A name that stands in the offer."""
        return str(value(self.offers[name], column, ""))

    def comes_in_blocks(self, name: str) -> bool:
        """Whether each start of the offer comes in whole blocks."""
        return self.number(name, "block_mw") > 0.0

    def yes_or_no(self, name: str) -> bool:
        """Whether something hangs on the offer's being taken."""
        asked_for = any(self.text(other, "requires") == name for other in self.offers)
        tied = self.text(name, "exclusive_group") or self.text(name, "requires")
        return bool(tied) or asked_for or self.number(name, "min_mw") > 0.0

    def most_blocks(self, name: str) -> int:
        """How many blocks the offer has in all."""
        return int(self.number(name, "max_mw") / self.number(name, "block_mw") + SIZE_TOLERANCE)

    def allows(self, taken: set[str]) -> bool:
        """Whether groups and requirements let just these open offers be taken, beside the signed ones."""
        every = taken | self.signed
        groups = Counter(self.text(name, "exclusive_group") for name in every)
        alone = all(count <= 1 for group, count in groups.items() if group)
        return alone and all(self.text(name, "requires") in every | {""} for name in every)


def best_by_enumeration(tables: Tables, prices: Prices, pins: Sizes | None = None) -> OracleAnswer:
    """The best plan of all combinations of whole numbers.

    Raises:
        OracleInfeasibleError: when none of them has a plan.
    """
    return best_of_combinations(*_begin(tables, prices, pins))


def best_of_combinations(programme: Programme, lumps: Lumps) -> OracleAnswer:
    """The best plan of a programme over all combinations of its whole numbers.

    Raises:
        OracleInfeasibleError: when none of them has a plan.
    """
    least_rows = {name: _least_row(lumps, name) for name in lumps.open}
    low, high, bounds = [*programme.low], [*programme.high], [*programme.bounds]
    best: OracleAnswer | None = None
    for taken, sizes in combinations(lumps):
        programme.low, programme.high, programme.bounds = [*low], [*high], [*bounds]
        for column, mw in sizes.items():
            programme.low[column], programme.high[column] = max(low[column], mw), min(high[column], mw)
        for name in taken:
            programme.bounds[least_rows[name]] = -lumps.number(name, "min_mw")
        if any(a > b + SIZE_TOLERANCE for a, b in zip(programme.low, programme.high, strict=True)):
            continue  # a pin of another size
        programme.high = [max(a, b) for a, b in zip(programme.low, programme.high, strict=True)]
        try:
            found = answer_of(programme)
        except OracleInfeasibleError:
            continue
        if best is None or found.npv_usd > best.npv_usd:
            best = found
    if best is None:
        raise OracleInfeasibleError(float("nan"))
    return best


def combinations(lumps: Lumps) -> Iterator[tuple[set[str], dict[int, float]]]:
    """Every set of open offers taken, with the sizes that it fixes: 0 for what is not taken, and those in blocks."""
    for choice in product(*(list(_ways(lumps, name)) for name in lumps.open)):
        taken = {name for name, (is_taken, _) in zip(lumps.open, choice, strict=True) if is_taken}
        if lumps.allows(taken):
            yield taken, {column: mw for _, sizes in choice for column, mw in sizes.items()}


def count_combinations(tables: Tables, prices: Prices) -> int:
    """How many ways the offers could be combined if nothing tied them."""
    _, lumps = _begin(tables, prices, None)
    return int(np.prod([len(list(_ways(lumps, name))) for name in lumps.open], dtype=float))


def _ways(lumps: Lumps, name: str) -> Iterator[tuple[bool, dict[int, float]]]:
    """Whether the offer is taken, and the sizes of starts that this fixes."""
    starts = lumps.starts[name]
    if lumps.comes_in_blocks(name):
        block, most = lumps.number(name, "block_mw"), lumps.most_blocks(name)
        least = lumps.number(name, "min_mw")
        for blocks in _spread(most, len(starts)):
            total = block * sum(blocks)
            if total == 0.0 or total >= least - SIZE_TOLERANCE:
                yield total > 0.0, {start: block * count for start, count in zip(starts, blocks, strict=True)}
    elif lumps.yes_or_no(name):
        yield False, dict.fromkeys(starts, 0.0)
        if starts:
            yield True, {}
    else:
        yield True, {}


def _spread(most: int, places: int) -> Iterator[tuple[int, ...]]:
    """All ways to spread at most so many blocks over the places."""
    if places == 0:
        yield ()
        return
    for first in range(most + 1):
        for rest in _spread(most - first, places - 1):
            yield (first, *rest)


def best_by_milp(tables: Tables, prices: Prices, pins: Sizes | None = None) -> OracleAnswer:
    """The best plan by branch and bound over own whole numbers, which are then fixed and the rest proved.

    Raises:
        OracleInfeasibleError: when no whole numbers have a plan.
    """
    programme, lumps = _begin(tables, prices, pins)
    columns = len(programme.keys)
    whole: dict[tuple[str, int], int] = {}  # ("taken", number of the offer) and ("blocks", column): place
    for number, name in enumerate(lumps.open):
        if lumps.yes_or_no(name):
            whole["taken", number] = columns + len(whole)
        if lumps.comes_in_blocks(name):
            whole |= {("blocks", start): columns + len(whole) + place for place, start in enumerate(lumps.starts[name])}
    if not whole:
        if not lumps.allows(set(lumps.open) - {name for name in lumps.open if lumps.yes_or_no(name)}):
            raise OracleInfeasibleError(float("nan"))
        return answer_of(programme)
    rows = _whole_number_rows(lumps, whole)
    x = _solve_milp(programme, whole, rows, lumps)
    return answer_of(_fixed(programme, lumps, whole, x))


Terms = list[tuple[int, float]]


def _whole_number_rows(lumps: Lumps, whole: Mapping[tuple[str, int], int]) -> list[tuple[Terms, float, float]]:
    """Terms, lower and upper side of every condition of lumpy offers."""
    rows: list[tuple[Terms, float, float]] = []
    taken = {name: whole["taken", number] for number, name in enumerate(lumps.open) if ("taken", number) in whole}
    for name in lumps.open:
        size: Terms = [(start, 1.0) for start in lumps.starts[name]]
        if name in taken:
            rows.append(([*size, (taken[name], -lumps.number(name, "max_mw"))], -np.inf, 0.0))
            rows.append(([*size, (taken[name], -lumps.number(name, "min_mw"))], 0.0, np.inf))
        if lumps.comes_in_blocks(name):
            block = lumps.number(name, "block_mw")
            rows += [([(start, 1.0), (whole["blocks", start], -block)], 0.0, 0.0) for start in lumps.starts[name]]
    for group in sorted({lumps.text(name, "exclusive_group") for name in lumps.offers} - {""}):
        members = [name for name in lumps.offers if lumps.text(name, "exclusive_group") == group]
        held = sum(name in lumps.signed for name in members)
        rows.append(([(taken[name], 1.0) for name in members if name in taken], -np.inf, 1.0 - held))
    for name, offer in lumps.offers.items():
        other = str(value(offer, "requires", ""))
        if other and other not in lumps.signed:
            if name in lumps.signed:
                rows.append(([(taken[other], 1.0)], 1.0, 1.0))
            else:
                rows.append(([(taken[name], 1.0), (taken[other], -1.0)], -np.inf, 0.0))
    return rows


def _solve_milp(
    programme: Programme,
    whole: Mapping[tuple[str, int], int],
    rows: Iterable[tuple[Terms, float, float]],
    lumps: Lumps,
) -> np.ndarray:
    columns = len(programme.keys) + len(whole)
    constraints = [LinearConstraint(programme.rows(columns), -np.inf, programme.bounds)] if programme.bounds else []
    for terms, low, high in rows:
        row = np.zeros((1, columns))
        for column, weight in terms:
            row[0, column] += weight
        constraints.append(LinearConstraint(row, low, high))
    block_of = {start: lumps.most_blocks(name) for name in lumps.open for start in _in_blocks(lumps, name)}
    most = [1.0 if kind == "taken" else float(block_of[number]) for kind, number in whole]
    result = milp(
        np.concatenate([-np.array(programme.gain) * SOLVER_SCALE, np.zeros(len(whole))]),
        integrality=np.concatenate([np.zeros(len(programme.keys)), np.ones(len(whole))]),
        bounds=Bounds([*programme.low, *np.zeros(len(whole))], [*programme.high, *most]),
        constraints=constraints,
        options={"mip_rel_gap": MILP_GAP},
    )
    if result.status == 2:
        raise OracleInfeasibleError(float("nan"))
    if result.status != 0:
        raise AssertionError(f"the oracle's search stopped with status {result.status}: {result.message}")
    return np.asarray(result.x)


def _in_blocks(lumps: Lumps, name: str) -> list[int]:
    return lumps.starts[name] if lumps.comes_in_blocks(name) else []


def _fixed(programme: Programme, lumps: Lumps, whole: Mapping[tuple[str, int], int], x: np.ndarray) -> Programme:
    """The programme with the whole numbers of a solution."""
    for number, name in enumerate(lumps.open):
        for start in _in_blocks(lumps, name):
            mw = round(x[whole["blocks", start]]) * lumps.number(name, "block_mw")
            programme.low[start] = programme.high[start] = mw
        if ("taken", number) not in whole:
            continue
        is_taken = round(x[whole["taken", number]]) == 1
        row = _least_row(lumps, name)
        programme.bounds[row] = -lumps.number(name, "min_mw") if is_taken else 0.0
        if not is_taken:
            for start in lumps.starts[name]:
                programme.low[start] = programme.high[start] = 0.0
    return programme


def _begin(tables: Tables, prices: Prices, pins: Sizes | None) -> tuple[Programme, Lumps]:
    world = World(tables, prices, committed_only=False)
    programme = programme_of(world)
    return programme, Lumps(world, programme, pins or {})


def _least_row(lumps: Lumps, name: str) -> int:
    """The row for the least size of an offer, which holds at any size until its bound is set."""
    lumps.programme.sum_at_most([(start, -1.0) for start in lumps.starts[name]], 0.0)
    return len(lumps.programme.bounds) - 1


def same_npv(one: OracleAnswer, other: OracleAnswer) -> bool:
    """Whether the two ways agree, to the solver's tolerance."""
    return abs(one.npv_usd - other.npv_usd) <= 1e-7 * max(abs(other.npv_usd), MILLION)
