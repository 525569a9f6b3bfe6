"""What it is worth to wait: the best plan that may answer to hashprice, against the best that commits now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.capital.refusing import refuse_capital
from optimizer.compiling import compile_parameters
from optimizer.errors import InfeasiblePlanError, ScenarioError
from optimizer.horizon import USD_PER_USD_M, FloatArray, Horizon
from optimizer.infeasible import explain
from optimizer.operations import NEGLIGIBLE_MW
from optimizer.parameters import Parameters, build_parameters
from optimizer.periods import make_periods
from optimizer.pins import Pin
from optimizer.planning import new_session
from optimizer.search import DEFAULT_GAP
from optimizer.tail import Tail, scenario_npv_usd_m, settled_plan, worst_share
from optimizer.waiting.fresh import check_fresh, fresh_npv_usd_m
from optimizer.waiting.optimum import best_on_tree
from optimizer.waiting.scenario_tree import Branching, Node, ScenarioTree, branch_months
from optimizer.waiting.unfolding import Unfolding
from sites.portfolio import Portfolio
from sites.scenarios import ScenarioPaths

NODES = (
    "node",
    "parent",
    "from",
    "until",
    "probability",
    "signal_low_usd_per_ph_day",
    "signal_high_usd_per_ph_day",
    "scenarios",
    "signed_mw",
    "npv_usd",
    "committed_npv_usd",
)
DECISIONS = ("contract", "site", "start", "signing", "node", "mw", "when")
COMMITTED = ("contract", "site", "start", "signing", "mw")
HASHPRICE = ("node", "month", "usd_per_ph_day")
VALUES = ("scenario", "probability", "node", "npv_usd", "committed_npv_usd")
NOW, LATER, WAITS, SIGNED = "now", "later", "waits", "signed"
# Sizes that differ by less are the same decision. [MW critical]
SAME_MW = 1e-6


@dataclass(frozen=True)
class Outcome:
    """What a plan is worth. objective_usd : (1 - w) times the mean plus w times the worst share's mean. [USD]"""

    objective_usd: float
    mean_usd: float
    cvar_usd: float


@dataclass(frozen=True)
class Waiting:
    """The best plan on a scenario tree beside the best one that commits now.

    name, cvar_weight, cvar_alpha : of the portfolio. branchings : as asked for.
    waits, commits : what the two plans are worth over the same scenarios.
    gap : relative distance of the plan on the tree to what no plan on it can beat. [-]
    committed_gap : of the search for the whole numbers of the plan that commits; 0 where it needs none. [-]
    fresh_waits, fresh_commits : what both are worth over fresh scenarios, that neither was made for; None without any.
    nodes : node, parent, from, until (its months, both included), probability, signal_low_usd_per_ph_day and
        signal_high_usd_per_ph_day (mean hashprice seen in the three months before; NaN where the band is open),
        scenarios (how many), signed_mw (signed in this node), npv_usd and committed_npv_usd (mean of what comes here).
    decisions : contract, site, start (first rent month), signing (the month in which it must be decided), node, mw
        (critical), when: "now" (before the first branch month), "later" but the same whatever is seen, "waits" for what
        is seen, or "signed" before.
    committed : contract, site, start, signing, mw of the plan that commits now.
    hashprice : node, month, mean hashprice of the scenarios that come there.
    values : scenario, probability, node (leaf) and NPV with both plans.
    """

    name: str
    cvar_weight: float
    cvar_alpha: float
    branchings: tuple[Branching, ...]
    waits: Outcome
    commits: Outcome
    gap: float
    committed_gap: float
    fresh_waits: Outcome | None
    fresh_commits: Outcome | None
    nodes: pd.DataFrame
    decisions: pd.DataFrame
    committed: pd.DataFrame
    hashprice: pd.DataFrame
    values: pd.DataFrame

    @property
    def value_usd(self) -> float:
        """The objective of the plan on the tree. [USD]"""
        return self.waits.objective_usd

    @property
    def committed_usd(self) -> float:
        """The objective of the plan that commits now. [USD]"""
        return self.commits.objective_usd

    @property
    def flexibility_usd(self) -> float:
        """What waiting is worth. [USD]"""
        return self.value_usd - self.committed_usd

    @property
    def fresh_flexibility_usd(self) -> float | None:
        """What waiting is worth over the fresh scenarios; None without any. [USD]"""
        if self.fresh_waits is None or self.fresh_commits is None:
            return None
        return self.fresh_waits.objective_usd - self.fresh_commits.objective_usd


def wait(
    portfolio: Portfolio,
    branches: Sequence[tuple[str, int] | Branching],
    *,
    pins: Sequence[Pin] = (),
    fresh: ScenarioPaths | None = None,
    gap: float = DEFAULT_GAP,
    time_limit: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Waiting:
    """The value of waiting.

    branches : branch months (YYYY-MM) in order, each with the number of bands that every node falls into there.
    pins : decisions forced upon both plans.
    fresh : scenarios to try both plans on; a tree with few scenarios to a leaf knows these too well.
    gap, time_limit : of each search for whole numbers, where offers are lumpy. [-, s]
    progress : told what is being done.

    Raises
    ------
    ScenarioError : there is one scenario only, or the branches do not fit. CapitalError : the portfolio has tables of
    capital. PinError, InfeasiblePlanError, SolverError, CertificateError : as `optimizer.plan` does.
    """
    refuse_capital(portfolio, "nothing is said about waiting with portfolios")
    say = progress or (lambda _: None)
    branchings = tuple(given if isinstance(given, Branching) else Branching(*given) for given in branches)
    if not branchings:
        raise ScenarioError("a scenario tree needs at least one branch month with its number of branches")
    if portfolio.scenario_paths.count == 1:
        raise ScenarioError(
            "there is nothing to wait for with one scenario: give the table 'scenarios' (id, probability, hashprice, "
            "power_factor, build_delay_months), or risk.paths with a stochastic market"
        )
    say("preparing the numbers")
    p = _parameters(portfolio, branchings, pins)
    if fresh is not None:
        check_fresh(p, fresh)
    tree = ScenarioTree.of(p.scenarios, branchings, p.horizon)
    say("building the programme")
    matrices = compile_parameters(p)
    say("planning to commit now")
    session = new_session(matrices, gap, time_limit, progress)
    try:
        solution = settled_plan(session, p, Tail.of(p))
    except InfeasiblePlanError as error:
        raise InfeasiblePlanError(explain(p, session.matrices) or error.clashes) from None
    committed_npv = scenario_npv_usd_m(p, session.matrices, solution.x)
    say(f"planning on the tree with {len(tree.leaves)} leaves")
    unfolding = Unfolding.of(p, matrices, tree)
    best = best_on_tree(unfolding, gap, time_limit, progress)
    x, npv = best.x, np.stack([best.npv_usd_m, committed_npv]) * USD_PER_USD_M
    if _outcome(p, npv[0]).objective_usd <= _outcome(p, npv[1]).objective_usd:
        # To commit is a plan on the tree too, and a search that ends at its gap may miss it.
        x, npv[0] = unfolding.of_one_plan(solution.x), npv[1]
    decisions = _decisions(unfolding, x)
    tried: list[Outcome | None] = [None, None]
    if fresh is not None:
        say("trying both plans on fresh scenarios")
        q, fresh_npv = fresh_npv_usd_m(unfolding, [x, unfolding.of_one_plan(solution.x)], fresh)
        tried = [_outcome(q, worth * USD_PER_USD_M) for worth in fresh_npv]
    return Waiting(
        name=portfolio.settings.name,
        cvar_weight=p.cvar_weight,
        cvar_alpha=portfolio.risk.cvar_alpha,
        branchings=branchings,
        waits=_outcome(p, npv[0]),
        commits=_outcome(p, npv[1]),
        gap=best.gap,
        committed_gap=solution.search.gap if solution.search else 0.0,
        fresh_waits=tried[0],
        fresh_commits=tried[1],
        nodes=_nodes(p, tree, decisions, npv),
        decisions=decisions,
        committed=_committed(p, solution.x[matrices.columns("signed_mw")]),
        hashprice=_hashprice(p, tree),
        values=_values(p, tree, npv),
    )


def _parameters(portfolio: Portfolio, branchings: Sequence[Branching], pins: Sequence[Pin]) -> Parameters:
    """The numbers of the programme, every site's periods ending where the tree branches."""
    horizon = Horizon.of(portfolio.settings)
    cuts = branch_months(branchings, horizon)
    finer = make_periods(horizon.months, [cuts] * len(portfolio.sites))
    return build_parameters(portfolio, pins, [finer])


def _outcome(p: Parameters, npv_usd: FloatArray) -> Outcome:
    mean = float(p.scenarios.probability @ npv_usd)
    tail, _ = worst_share(npv_usd, p.scenarios.probability, p.portfolio.risk.cvar_alpha)
    return Outcome((1.0 - p.cvar_weight) * mean + p.cvar_weight * tail, mean, tail)


def _spot(p: Parameters, start: int) -> tuple[str, str, str, str]:
    """Contract, site, first rent month and signing month of a start."""
    offer, site = p.starts.offers[int(p.starts.offer[start])], p.sites[int(p.starts.site[start])]
    signing = int(p.starts.signing[start])
    if offer.committed_mw == 0.0:
        signing = max(0, min(signing, int(p.starts.begin[start])))
    return offer.id, site.id, p.horizon.label(int(p.starts.tau[start])), p.horizon.label(signing)


def _decisions(unfolding: Unfolding, x: FloatArray) -> pd.DataFrame:
    """What is signed in every node."""
    p, tree, base = unfolding.p, unfolding.tree, unfolding.base.columns("signed_mw")
    rows = []
    for level, nodes in enumerate(tree.levels):
        starts = np.flatnonzero(unfolding.level[base] == level)
        mw = x[unfolding.first[base][starts] + np.arange(len(nodes))[:, None]]
        alike = np.ptp(mw, axis=0) <= SAME_MW
        for place, node in enumerate(nodes):
            taken = np.flatnonzero(mw[place] > NEGLIGIBLE_MW)
            for start, size, same in zip(starts[taken].tolist(), mw[place, taken].tolist(), alike[taken], strict=True):
                signed = p.starts.committed_mw[start] > 0.0
                when = SIGNED if signed else NOW if level == 0 else LATER if same else WAITS
                rows.append((*_spot(p, start), node.name, size, when))
    return pd.DataFrame(rows, columns=list(DECISIONS))


def _committed(p: Parameters, signed_mw: FloatArray) -> pd.DataFrame:
    taken = np.flatnonzero(signed_mw > NEGLIGIBLE_MW)
    rows = [(*_spot(p, start), float(signed_mw[start])) for start in taken.tolist()]
    return pd.DataFrame(rows, columns=list(COMMITTED))


def _nodes(p: Parameters, tree: ScenarioTree, decisions: pd.DataFrame, npv_usd: FloatArray) -> pd.DataFrame:
    new = decisions[decisions["when"] != SIGNED]
    signed = new.groupby("node")["mw"].sum()
    rows = []
    for node in tree.nodes:
        months = p.horizon.label(node.first), p.horizon.label(node.end - 1)
        band = (np.nan if np.isinf(side) else side for side in (node.low, node.high))
        known = node.name, node.parent, *months, node.probability, *band, node.scenarios.size
        rows.append((*known, float(signed.get(node.name, 0.0)), *_mean(p, node, npv_usd).tolist()))
    return pd.DataFrame(rows, columns=list(NODES))


def _mean(p: Parameters, node: Node, figures: FloatArray) -> FloatArray:
    """Mean over the scenarios that come to a node; figures have these in their last dimension."""
    weights = p.scenarios.probability[node.scenarios]
    return np.asarray(np.average(figures[..., node.scenarios], axis=-1, weights=weights))


def _hashprice(p: Parameters, tree: ScenarioTree) -> pd.DataFrame:
    rows = []
    for node in tree.nodes:
        for month in range(node.first, node.end):
            price = float(_mean(p, node, p.scenarios.hashprice[:, month]))
            rows.append((node.name, p.horizon.label(month), price))
    return pd.DataFrame(rows, columns=list(HASHPRICE))


def _values(p: Parameters, tree: ScenarioTree, npv_usd: FloatArray) -> pd.DataFrame:
    leaf = [tree.leaves[place].name for place in tree.leaf_of.tolist()]
    columns = p.scenarios.names, p.scenarios.probability, leaf, *npv_usd
    return pd.DataFrame(dict(zip(VALUES, columns, strict=True)))
