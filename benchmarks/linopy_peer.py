"""The same programme as a linopy user would write it: every month its own, arrays all the way.

It starts from our Parameters, so the coefficients are the same and their cost is shared. It has no
periods: each fleet decides in each month. Linopy is used at its best: sparse models, grouped sums
over the flat list of starts, running totals instead of starts in every month, and its direct way into
HiGHS with our options.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import linopy
import numpy as np
import pandas as pd
from xarray import DataArray

from benchmarks.measure import Answer, Clock
from optimizer.formulation import budget_steps, spent_usd_m
from optimizer.highs import OPTIONS
from optimizer.horizon import USD_PER_USD_M, FloatArray, IntArray
from optimizer.parameters import Parameters, build_parameters
from sites.portfolio import Portfolio


@dataclass(frozen=True)
class Labelled:
    """The numbers of the programme as labelled arrays.

    index : the coordinate of every dimension.
    region, party : position of each site's region and of each start's counterparty.
    """

    p: Parameters
    index: dict[str, pd.RangeIndex]
    region: IntArray
    party: IntArray

    @classmethod
    def of(cls, p: Parameters) -> Labelled:
        """Number the members of every dimension."""
        regions, parties, starts = p.totals.regions, p.totals.counterparties, p.starts
        sizes = {
            "month": p.horizon.months,
            "site": len(p.sites),
            "fleet": len(p.fleets),
            "start": starts.count,
            "offer": len(starts.offers),
            "region": len(regions),
            "party": len(parties),
        }
        party = np.array([parties.index(offer.counterparty) for offer in starts.offers], dtype=np.int64)
        return cls(
            p=p,
            index={name: pd.RangeIndex(size, name=name) for name, size in sizes.items()},
            region=np.array([regions.index(site.region) for site in p.sites], dtype=np.int64),
            party=party[starts.offer],
        )

    def array(self, values: Any, *dims: str) -> DataArray:
        """Numbers with their dimensions."""
        return DataArray(values, dims=dims, coords={name: self.index[name] for name in dims})

    def every_month(self, values: Any, dim: str) -> DataArray:
        """Numbers that are the same in every month."""
        return self.array(np.repeat(np.asarray(values)[:, None], self.p.horizon.months, axis=1), dim, "month")

    def keys(self, values: IntArray, dim: str, name: str) -> pd.Series:
        """Groups of the members of a dimension."""
        return pd.Series(values, index=self.index[dim], name=name)


def add_running_total(
    model: linopy.Model, of: Labelled, total: Any, owner: dict[str, IntArray], span: tuple[IntArray, IntArray], mw: Any
) -> None:
    """total[g,t] = total[g,t-1] + starts that begin in t - starts that end in t.

    owner : the group of each start, none for a total over all. span : first month and month after the last.
    """
    (first, end), months = span, of.p.horizon.months
    change: Any = 0.0
    for month, sign in ((first, 1.0), (end, -1.0)):
        rows = np.flatnonzero((mw > 0.0) & (month < months) & (end > first))
        if rows.size:
            groups = {name: group[rows] for name, group in owner.items()} | {"month": month[rows]}
            coefficients = DataArray(sign * mw[rows], dims="start", coords={"start": rows})
            terms = (coefficients * model.variables["signed_mw"].isel(start=rows)).assign_coords(
                {name: ("start", group) for name, group in groups.items()}
            )
            by = list(groups) if owner else "month"
            change = change + terms.groupby(by).sum().reindex({name: of.index[name] for name in groups}).fillna(0.0)
    before = (1.0 * total).shift(month=1).fillna(0.0)
    model.add_constraints(total - before - change == 0.0, name=f"{total.name}_balance")


def add_variables(model: linopy.Model, of: Labelled) -> None:
    """Starts, mining of every fleet and month, and the running totals with their limits as bounds. [MW]"""
    p = of.p
    ai_limit = [site.ai_limit_mw for site in p.sites]
    halls = [site.mining_halls_mw for site in p.sites]
    model.add_variables(0.0, of.array(p.upper_mw, "start"), name="signed_mw")
    model.add_variables(0.0, of.array(p.installed_mw, "fleet", "month"), name="mining_mw")
    model.add_variables(0.0, of.every_month(ai_limit, "site"), name="ai_mw")
    model.add_variables(0.0, of.every_month(halls, "site"), name="retrofit_mw")
    model.add_variables(0.0, p.limits.max_build_mw, [of.index["month"]], name="building_mw")
    model.add_variables(0.0, coords=[of.index["party"], of.index["month"]], name="counterparty_mw")


def add_running_totals(model: linopy.Model, of: Labelled) -> None:
    """AI load and halls taken of each site, MW under construction, critical MW of each counterparty."""
    starts, variables = of.p.starts, model.variables
    gross, site = starts.gross_ratio, {"site": starts.site}
    occupied = (starts.begin, starts.release)
    for_good = (starts.begin, np.full(starts.count, of.p.horizon.months))
    construction = (np.maximum(0, starts.signing), np.maximum(0, starts.tau))
    taken = np.zeros(starts.count)
    taken[starts.retrofit] = gross[starts.retrofit]
    add_running_total(model, of, variables["ai_mw"], site, occupied, gross)
    add_running_total(model, of, variables["retrofit_mw"], site, for_good, taken)
    add_running_total(model, of, variables["building_mw"], {}, construction, gross)
    add_running_total(model, of, variables["counterparty_mw"], {"party": of.party}, occupied, np.ones(starts.count))


def add_site_limits(model: linopy.Model, of: Labelled) -> None:
    """Size of each offer; capacity and mining halls of each site and month."""
    p, variables = of.p, model.variables
    sizes = of.array([offer.max_mw for offer in p.starts.offers], "offer")
    halls = of.array([site.mining_halls_mw for site in p.sites], "site")
    mining = (1.0 * variables["mining_mw"]).groupby(of.keys(p.fleet_site, "fleet", "site")).sum()
    signed = (1.0 * variables["signed_mw"]).groupby(of.keys(p.starts.offer, "start", "offer")).sum()
    model.add_constraints(signed <= sizes, name="offer_size")
    model.add_constraints(mining + variables["ai_mw"] <= of.array(p.capacity_mw, "site", "month"), name="capacity")
    model.add_constraints(mining + variables["retrofit_mw"] <= halls, name="mining_halls")


def add_portfolio_limits(model: linopy.Model, of: Labelled) -> None:
    """Capex budget, shares of counterparties and regions, and the AI share if it is limited."""
    p, limits = of.p, of.p.limits
    assert limits.counterparty_share_max is not None  # the benchmark's portfolios have both share limits
    assert limits.region_share_max is not None
    steps = pd.Index([month for month, _ in budget_steps(p)], name="step")
    budget = DataArray([usd_m for _, usd_m in budget_steps(p)], dims="step", coords={"step": steps})
    by_step: FloatArray = np.array([spent_usd_m(p, month) for month in steps])
    spent = DataArray(by_step, dims=("step", "start"), coords={"step": steps, "start": of.index["start"]})
    party, ai = model.variables["counterparty_mw"], 1.0 * model.variables["ai_mw"]
    own = (of.region == np.arange(of.index["region"].size)[:, None]).astype(np.float64)
    over_share = of.array(own - limits.region_share_max, "region", "site")  # one sparse product keeps the model sparse
    model.add_constraints((spent * model.variables["signed_mw"]).sum("start") <= budget, name="capex_budget")
    model.add_constraints(party - limits.counterparty_share_max * party.sum("party") <= 0.0, name="counterparty_share")
    model.add_constraints(ai @ over_share <= 0.0, name="region_share")
    if limits.ai_share_max is not None:
        mining = (1.0 * model.variables["mining_mw"]).sum("fleet")
        share = limits.ai_share_max
        model.add_constraints((1.0 - share) * ai.sum("site") - share * mining <= 0.0, name="ai_share_max")


def build(p: Parameters) -> linopy.Model:
    """The programme; the sites' fixed cost, a constant, is left to `solve`."""
    linopy.options["semantics"] = "v1"  # sparse models need it
    of, model = Labelled.of(p), linopy.Model(sparse=True)
    add_variables(model, of)
    add_running_totals(model, of)
    add_site_limits(model, of)
    add_portfolio_limits(model, of)
    margin = of.array(p.horizon.discount * p.margins.gain_usd / USD_PER_USD_M, "fleet", "month")
    deals = (of.array(p.start_value_usd_m, "start") * model.variables["signed_mw"]).sum()
    model.add_objective(deals + (margin * model.variables["mining_mw"]).sum(), sense="max")
    return model


def solve(given: dict[str, Any], clock: Clock) -> Answer:
    """Solve the portfolio given by its tables; the solution ends up in the model's arrays."""
    with clock.stage("parameters"):
        p = build_parameters(Portfolio.from_tables(given))
    with clock.stage("build"):
        model = build(p)
    options: dict[str, Any] = dict(OPTIONS)
    with clock.stage("solve"):
        model.solve("highs", io_api="direct", progress=False, **options)
    highs = model.solver_model
    optimum = float(model.objective.value or 0.0) + float(p.site_fixed_usd_m.sum())
    return Answer(optimum, highs.getNumRow(), highs.getNumCol(), highs.getNumNz())
