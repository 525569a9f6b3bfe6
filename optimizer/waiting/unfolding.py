"""The programme on a scenario tree: the one programme of a portfolio, unfolded.

What limits a plan does not depend on the scenario. So every column of the programme gets one copy for each node at
which it is decided, and every row one copy for each node at which the last of its columns is decided, with the copies
of its columns that this node sees. Two leaves that share a node share its columns: that nothing is decided on what is
not known yet holds by construction and needs no rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from optimizer.errors import ScenarioError
from optimizer.formulation import LEAST_SHARE_USD_M, SHARE_SCALE, running_totals, signed_bounds
from optimizer.formulation_joint import joint_views
from optimizer.horizon import BoolArray, FloatArray, IntArray
from optimizer.matrices import Matrices, Members, check_matrices
from optimizer.parameters import Parameters
from optimizer.sparse import csc_matrix
from optimizer.tail import FAMILY
from optimizer.waiting.scenario_tree import ScenarioTree

# Entries of an unfolded programme beyond which it would take long and much memory.
MOST_ENTRIES = 3_000_000
_MARK = "@"


def decision_months(p: Parameters) -> dict[str, IntArray]:
    """The month in which each column is decided, by family; what is not named here is decided at the start.

    An offer is signed when its building begins, or its site is disturbed if that is earlier. What is fixed, because it
    is signed already or pinned, waits for nothing. Whether an offer is taken is known with the last of its starts. MW
    of a period are decided in its first month, a running total follows from what begins until its month.
    """
    lower, upper = signed_bounds(p)
    signing = np.maximum(0, np.minimum(p.starts.signing, p.starts.begin))
    signing = np.where(lower == upper, 0, signing)
    last = np.zeros(len(p.starts.offers), dtype=np.int64)
    np.maximum.at(last, p.starts.offer, signing)
    return {
        "signed_mw": signing,
        "blocks": signing[p.choices.blocks],
        "taken": last[p.choices.taken],
        "mining_mw": p.periods.first[p.blocks.period],
        **{name: chain.month for name, chain in running_totals(p).items()},
    }


@dataclass(frozen=True)
class Unfolding:
    """The programme of a portfolio on a tree.

    base : the programme before, without rows of the worst share. matrices : unfolded; it has one row of the worst
        share, of the probabilities, where such rows count.
    level : on which each column of `base` is decided. first : position of its first copy.
    own : columns of `base` that belong to one scenario and have one copy.
    """

    p: Parameters
    tree: ScenarioTree
    base: Matrices
    matrices: Matrices
    level: IntArray
    first: IntArray
    own: BoolArray

    @classmethod
    def of(cls, p: Parameters, base: Matrices, tree: ScenarioTree) -> Unfolding:
        """Unfold the programme of these parameters, whose periods end where the tree branches.

        Raises
        ------
        ScenarioError : it would have too many entries.
        """
        base = _without_worst_share(base)
        level, owner = _columns(p, base, tree)
        own = owner >= 0
        sizes = np.array([len(nodes) for nodes in tree.levels], dtype=np.int64)
        copies = np.where(own, 1, sizes[level])
        first = np.concatenate(([0], np.cumsum(copies)[:-1])).astype(np.int64)
        row, leaf = _row_copies(base, tree, level, owner)
        by_row = base.a.tocsr()
        count = np.diff(by_row.indptr)[row]
        if count.sum() > MOST_ENTRIES:
            raise ScenarioError(
                f"a tree with {len(tree.leaves)} leaves makes a programme of {count.sum():,} entries, but "
                f"{MOST_ENTRIES:,} is the most; give fewer branches"
            )
        pointer = np.concatenate(([0], np.cumsum(count)))
        entry = np.arange(pointer[-1]) - np.repeat(pointer[:-1] - by_row.indptr[row], count)
        column = by_row.indices[entry].astype(np.int64)
        seen = np.where(own[column], 0, tree.ancestor[level[column], np.repeat(leaf, count)])
        entries = by_row.data[entry], (np.repeat(np.arange(row.size), count), first[column] + seen)
        origin = np.repeat(np.arange(base.cost.size), copies)
        at = np.arange(origin.size) - first[origin]
        matrices = Matrices(
            cost=np.zeros(origin.size),
            a=csc_matrix(entries, shape=(row.size, origin.size)),
            row_lower=base.row_lower[row],
            row_upper=base.row_upper[row],
            col_lower=base.col_lower[origin],
            col_upper=base.col_upper[origin],
            row_names=_names(base.row_names, row, [tree.leaves[place].name for place in leaf.tolist()]),
            col_names=_names(
                base.col_names, origin, [tree.levels[k][n].name for k, n in zip(level[origin], at, strict=True)]
            ),
            offset=base.offset,
            integer=base.integer[origin],
            cols=tuple(_copied(group, copies, int(first[group.first])) for group in base.cols if group.index.size),
        )
        bare = cls(p, tree, base, matrices, level, first, own)
        priced = bare._priced()
        check_matrices(priced)
        if p.cvar_weight:
            priced = priced.with_row(*bare.row(priced, p.scenarios.probability, 0))
        return replace(bare, matrices=priced)

    def positions(self, leaf: int) -> IntArray:
        """The copy of every column of `base` that a leaf sees."""
        return np.asarray(self.first + np.where(self.own, 0, self.tree.ancestor[self.level, leaf]))

    def of_one_plan(self, x: FloatArray) -> FloatArray:
        """The plan of `base` that decides the same whatever is seen, as a plan of the unfolded programme."""
        sizes = np.array([len(nodes) for nodes in self.tree.levels], dtype=np.int64)
        return np.repeat(x, np.where(self.own, 1, sizes[self.level]))

    def npv_usd_m(self, matrices: Matrices, x: FloatArray) -> FloatArray:
        """Net present value in every scenario. [USD million]

        matrices : the unfolded programme, whatever rows have been added to it. x : a plan of it.
        """
        del matrices
        values = self.p.scenario_values
        npv = values.constant.copy()
        for leaf, node in enumerate(self.tree.leaves):
            rows, (signed, mining) = node.scenarios, self.leaf_mw(leaf, x)
            npv[rows] += values.signed[rows] @ signed + values.mining[rows] @ mining
        for position, (_, q, view) in enumerate(joint_views(self.p, self.base) if self.p.own else []):
            seen = x[self.positions(int(self.tree.leaf_of[position]))]
            own = q.joint.values_usd_m(q.horizon.discount)
            npv[position] += sum(float(value @ seen[view.columns(name)]) for name, value in own.items())
        return npv

    def leaf_mw(self, leaf: int, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What a leaf signs, by start [MW critical], and energises, by block [MW]."""
        seen = x[self.positions(leaf)]
        return seen[self.base.columns("signed_mw")], seen[self.base.columns("mining_mw")]

    def weighed(self, weight: FloatArray) -> tuple[FloatArray, float]:
        """The weighted sum of the scenarios' NPV: value of every column, and the constant. [USD million]

        weight : of every scenario. [-]
        """
        values, total = np.zeros(self.matrices.cost.size), 0.0
        for leaf, node in enumerate(self.tree.leaves):
            here = np.zeros_like(weight)
            here[node.scenarios] = weight[node.scenarios]
            signed, mining, constant = self.p.scenario_values.weighed(here)
            seen, total = self.positions(leaf), total + constant
            for family, part in (("signed_mw", signed), ("mining_mw", mining)):
                np.add.at(values, seen[self.base.columns(family)], part)
        for position, (_, q, view) in enumerate(joint_views(self.p, self.base) if self.p.own else []):
            seen = self.positions(int(self.tree.leaf_of[position]))
            for name, part in q.joint.values_usd_m(q.horizon.discount).items():
                values[seen[view.columns(name)]] += weight[position] * part
        return values, total

    def row(self, matrices: Matrices, weight: FloatArray, number: int) -> tuple[FloatArray, float, float, str, Members]:
        """One row of the worst share: tail_usd_m <= sum of weight times NPV, in units of 10,000 USD.

        Entries that are too small for the solver are put at their most into the side, as `worst_share_row` does.
        """
        values, side = self.weighed(weight)
        small = np.abs(values) < LEAST_SHARE_USD_M
        side += float(np.maximum(0.0, values[small]) @ matrices.col_upper[small])
        row = np.where(small, 0.0, -values * SHARE_SCALE)
        row[matrices.columns("tail_usd_m")] = SHARE_SCALE
        member = Members(FAMILY, matrices.row_lower.size, np.array([number]))
        return row, -np.inf, side * SHARE_SCALE, f"{FAMILY}[{number}]", member

    def _priced(self) -> Matrices:
        """With the costs: the mean over the scenarios, and the worst share where it counts."""
        values, constant = self.weighed(self.p.scenarios.probability)
        mean = 1.0 - self.p.cvar_weight
        cost = -mean * values
        cost[self.matrices.columns("tail_usd_m")] = -self.p.cvar_weight
        return replace(self.matrices, cost=cost, offset=-mean * constant)


def _without_worst_share(base: Matrices) -> Matrices:
    """The programme without its rows of the worst share."""
    kept = np.ones(base.row_lower.size, dtype=np.bool_)
    for group in base.rows:
        kept[group.first : group.first + group.index.size] = group.family != FAMILY
    places = np.flatnonzero(kept)
    return replace(
        base,
        a=base.a.tocsr()[places].tocsc(),
        row_lower=base.row_lower[places],
        row_upper=base.row_upper[places],
        row_names=tuple(base.row_names[place] for place in places.tolist()),
        rows=(),
    )


def _columns(p: Parameters, base: Matrices, tree: ScenarioTree) -> tuple[IntArray, IntArray]:
    """The level on which every column is decided, and the scenario that it belongs to, or -1."""
    level = np.zeros(base.cost.size, dtype=np.int64)
    owner = np.full(base.cost.size, -1, dtype=np.int64)
    months = decision_months(p)
    for group in base.cols:
        columns = slice(group.first, group.first + group.index.size)
        _, _, scenario = group.family.partition(_MARK)
        if scenario:
            owner[columns] = int(scenario)
        elif group.family in months:
            level[columns] = tree.level_of(months[group.family])
    return level, owner


def _row_copies(base: Matrices, tree: ScenarioTree, level: IntArray, owner: IntArray) -> tuple[IntArray, IntArray]:
    """The row of `base` behind every row of the unfolded programme, and a leaf that sees what it is about."""
    entries = base.a.tocoo()
    rows = base.row_lower.size
    last, scenario = np.zeros(rows, dtype=np.int64), np.full(rows, -1, dtype=np.int64)
    np.maximum.at(last, entries.row, level[entries.col])
    np.maximum.at(scenario, entries.row, owner[entries.col])
    # Of each node the first leaf stands for all of them.
    first_leaf = [np.unique(places, return_index=True)[1] for places in tree.ancestor]
    copies = np.where(scenario >= 0, 1, np.array([leaves.size for leaves in first_leaf])[last])
    row = np.repeat(np.arange(rows), copies)
    number = np.arange(row.size) - np.repeat(np.cumsum(copies) - copies, copies)
    leaf = np.zeros(row.size, dtype=np.int64)
    for at, leaves in enumerate(first_leaf):
        here = (last[row] == at) & (scenario[row] < 0)
        leaf[here] = leaves[number[here]]
    owned = scenario[row] >= 0
    leaf[owned] = tree.leaf_of[scenario[row[owned]]]
    return row, leaf


def _copied(group: Members, copies: IntArray, first: int) -> Members:
    """A family with all copies of its members."""
    repeated = np.repeat(group.index, copies[group.first : group.first + group.index.size])
    return Members(group.family, first, repeated)


def _names(names: tuple[str, ...], origin: IntArray, nodes: list[str]) -> tuple[str, ...]:
    return tuple(f"{names[place]} at {node}" for place, node in zip(origin.tolist(), nodes, strict=True))
