"""The same portfolio with every hour in the programme, as a user of an energy modelling library would write it.

Linopy at its best: dense arrays over site, fleet and hour, and its direct way into HiGHS. The monthly part - what a
start of an offer is worth and occupies - is taken from our Parameters; everything that depends on the hour is
written out: the load of every fleet, what the block covers, and every contract's rule as a row per hour.
It knows the portfolios of hourly_instance only: one contract of each kind a site, one tier a fleet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import linopy
import numpy as np
import pandas as pd
from xarray import DataArray

from benchmarks.hourly_instance import FLEETS_PER_SITE
from benchmarks.measure import Answer, Clock
from optimizer.highs import OPTIONS
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.parameters import Parameters, build_parameters
from sites.hourly import HourlyPrices
from sites.portfolio import Portfolio
from sites.records import PowerContract


@dataclass(frozen=True)
class Hourly:
    """Labelled hourly numbers of the portfolio.

    price : spot of every site and hour. [USD/MWh] weight : discounted hours. [h, USD million per USD]
    rank : from the dearest hour of its month, the earlier of equal hours first: sites x hours.
    """

    p: Parameters
    index: dict[str, pd.RangeIndex]
    month: DataArray
    price: DataArray
    weight: DataArray
    rank: DataArray

    @classmethod
    def of(cls, p: Parameters) -> Hourly:
        """Write out every hour of the horizon."""
        months, price, rank = [], [], []
        for t in range(p.horizon.months):
            year, number = p.horizon.calendar(t)
            here = []
            for site in p.sites:
                series = p.portfolio.prices[str(site.power)]
                source = series.month_prices(series.source_year(year, p.horizon.first // 12), number)
                here.append(source + site.adder_usd_per_mwh)
            block = np.array(here)
            order = np.argsort(-block, axis=1, kind="stable")
            place = np.empty_like(order)
            np.put_along_axis(place, order, np.arange(block.shape[1])[None, :], axis=1)
            months.append(np.full(block.shape[1], t))
            price.append(block)
            rank.append(place)
        month = np.concatenate(months)
        hours = np.bincount(month)
        weight = (p.horizon.hours / hours * p.horizon.discount / USD_PER_USD_M)[month]
        sizes = {
            "site": len(p.sites),
            "fleet": FLEETS_PER_SITE,
            "hour": month.size,
            "month": p.horizon.months,
            "start": p.starts.count,
        }
        index = {name: pd.RangeIndex(size, name=name) for name, size in sizes.items()}
        axes = {"site": index["site"], "hour": index["hour"]}
        return cls(
            p=p,
            index=index,
            month=DataArray(month, dims="hour", coords={"hour": index["hour"]}),
            price=DataArray(np.concatenate(price, axis=1), dims=("site", "hour"), coords=axes),
            weight=DataArray(weight, dims="hour", coords={"hour": index["hour"]}),
            rank=DataArray(np.concatenate(rank, axis=1), dims=("site", "hour"), coords=axes),
        )

    def array(self, values: Any, *dims: str) -> DataArray:
        """Numbers with their dimensions."""
        return DataArray(values, dims=dims, coords={name: self.index[name] for name in dims})

    def by_fleet(self, values: FloatArray) -> DataArray:
        """Numbers of all fleets and months, fleets in the order of their sites."""
        return self.array(values.reshape(len(self.p.sites), FLEETS_PER_SITE, -1), "site", "fleet", "month")

    def contract(self, kind: str) -> list[PowerContract]:
        """The contract of a kind of every site."""
        return [row for row in self.p.portfolio.power_contracts if row.kind == kind]

    def each(self, kind: str, column: str) -> DataArray:
        """A column of the contracts of a kind, site by site."""
        return self.array([getattr(row, column) or 0.0 for row in self.contract(kind)], "site")


def in_hours(model: linopy.Model, of: Hourly, name: str) -> Any:
    """A monthly variable in every hour."""
    return (1.0 * model.variables[name]).sel(month=of.month).drop_vars("month")


def add_monthly(model: linopy.Model, of: Hourly) -> None:
    """Starts, energised and active MW, and the capacity of every site and month."""
    p, starts = of.p, of.p.starts
    every = np.arange(p.horizon.months)
    held = (every >= starts.begin[:, None]) & (every < starts.release[:, None])
    rented = (every >= starts.tau[:, None]) & (every < starts.release[:, None])
    load = np.array([offer.pue * offer.load_factor * (offer.power == "included") for offer in starts.offers])
    own = starts.site[:, None] == np.arange(len(p.sites))
    coords = [of.index["site"], of.index["month"]]
    model.add_variables(0.0, of.array(p.upper_mw, "start"), name="signed_mw")
    model.add_variables(0.0, of.by_fleet(p.installed_mw), name="mining_mw")
    for name in ("active_mw", "enrolled_mw", "paid_mw"):
        model.add_variables(0.0, of.by_fleet(p.installed_mw), name=name)
    for name in ("ai_mw", "ai_load_mw", "peak_mw", "billed_mw"):
        model.add_variables(0.0, coords=coords, name=name)
    gross = of.array((own[:, :, None] * held[:, None, :]) * starts.gross_ratio[:, None, None], "start", "site", "month")
    drawn = of.array(
        (own[:, :, None] * rented[:, None, :]) * load[starts.offer][:, None, None], "start", "site", "month"
    )
    variables = model.variables
    signed, mining = variables["signed_mw"], variables["mining_mw"].sum("fleet")
    model.add_constraints(variables["ai_mw"] - (gross * signed).sum("start") == 0.0, name="ai")
    model.add_constraints(variables["ai_load_mw"] - (drawn * signed).sum("start") == 0.0, name="ai_load")
    model.add_constraints(mining + variables["ai_mw"] <= of.array(p.capacity_mw, "site", "month"), name="capacity")
    model.add_constraints(variables["active_mw"] - variables["mining_mw"] <= 0.0, name="active")
    model.add_constraints(variables["enrolled_mw"] - variables["active_mw"] <= 0.0, name="enrolled")
    response = of.each("demand_response", "max_mw")
    model.add_constraints(variables["enrolled_mw"].sum("fleet") <= response, name="enrolment")
    for position, offer in enumerate(starts.offers):
        rows = np.flatnonzero(starts.offer == position)
        model.add_constraints(signed.isel(start=rows).sum() <= offer.max_mw, name=f"size_{position}")


def add_hourly(model: linopy.Model, of: Hourly) -> None:
    """The load of every fleet and what the block covers, hour by hour, with the rules of every contract."""
    p = of.p
    axes = [of.index["site"], of.index["fleet"], of.index["hour"]]
    uptime = of.by_fleet(np.repeat([[fleet.uptime] for fleet in p.fleets], p.horizon.months, axis=1)).isel(
        month=0, drop=True
    )
    calendar_month = np.array([p.horizon.calendar(t)[1] for t in range(p.horizon.months)])[of.month.to_numpy()]
    peak_rank = of.each("coincident_peak", "hours")
    summer = of.array(np.isin(calendar_month, of.contract("coincident_peak")[0].months), "hour")
    in_peak = (of.rank < peak_rank) & summer
    on = of.rank >= of.each("curtailment", "hours_per_month")
    called = of.rank < of.each("demand_response", "hours_per_month")
    block_mw = of.each("block", "mw")
    load = model.add_variables(0.0, of.by_fleet(p.installed_mw).max("month") * on, axes, name="load_mw")
    covered = model.add_variables(0.0, block_mw, [of.index["site"], of.index["hour"]], name="covered_mw")
    available = uptime * in_hours(model, of, "active_mw") - (uptime * called) * in_hours(model, of, "enrolled_mw")
    model.add_constraints(load - available <= 0.0, name="load")
    site_load = load.sum("fleet") + in_hours(model, of, "ai_load_mw")
    model.add_constraints(covered - site_load <= 0.0, name="covered")
    model.add_constraints(site_load - in_hours(model, of, "peak_mw") <= 0.0, name="peak")
    paid = in_hours(model, of, "paid_mw")
    model.add_constraints(load - paid <= 0.0, mask=in_peak.expand_dims(fleet=of.index["fleet"], axis=1), name="paid")


def add_ratchets(model: linopy.Model, of: Hourly) -> None:
    """billed >= peak, and >= the share of every earlier peak that the ratchet sees."""
    peak, billed = model.variables["peak_mw"], model.variables["billed_mw"]
    model.add_constraints(billed - peak >= 0.0, name="billed")
    for site, row in enumerate(of.contract("demand_charge")):
        for lag in range(1, row.ratchet_months + 1):
            if lag < of.p.horizon.months:
                now = billed.isel(site=site, month=slice(lag, None))
                earlier = peak.isel(site=site, month=slice(0, -lag)).assign_coords(month=now.coords["month"])
                model.add_constraints(now - row.ratchet_share * earlier >= 0.0, name=f"ratchet_{site}_{lag}")


def objective(model: linopy.Model, of: Hourly) -> Any:
    """Present value of everything but constants. [USD million]"""
    p, variables = of.p, model.variables
    discount = of.array(p.horizon.discount / USD_PER_USD_M, "month")
    value = of.by_fleet(p.tiers.value).sel(month=of.month, drop=True)
    fee = of.array(
        [row.resale_fee_usd_per_mwh if row.resale == "spot" else np.inf for row in of.contract("block")], "site"
    )
    relief = np.minimum(of.price, fee).clip(min=0.0) * of.weight
    charge = 1000.0 * of.each("demand_charge", "usd_per_kw_month")
    summer = np.isin(
        [p.horizon.calendar(t)[1] for t in range(p.horizon.months)], of.contract("coincident_peak")[0].months
    )
    peak_charge = 1000.0 * of.each("coincident_peak", "usd_per_kw_month") * of.array(summer.astype(float), "month")
    fixed = of.by_fleet(np.repeat([[f.fixed_opex_usd_per_mw_month] for f in p.fleets], p.horizon.months, axis=1))
    pay = of.each("demand_response", "usd_per_mw_month")
    return (
        (of.array(p.start_value_usd_m, "start") * variables["signed_mw"]).sum()
        + (((value - of.price) * of.weight) * variables["load_mw"]).sum()
        + (relief * variables["covered_mw"]).sum()
        - (charge * discount * variables["billed_mw"]).sum()
        - (peak_charge * discount * variables["paid_mw"]).sum()
        - (fixed * discount * variables["active_mw"]).sum()
        + (pay * discount * variables["enrolled_mw"]).sum()
    )


def solve(given: dict[str, Any], clock: Clock, prices: dict[str, HourlyPrices]) -> Answer:
    """Solve with every hour in the programme; the solution ends up in the model's arrays."""
    with clock.stage("parameters"):
        p = build_parameters(Portfolio.from_tables(given, prices=prices))
        of = Hourly.of(p)
    with clock.stage("build"):
        model = linopy.Model()
        add_monthly(model, of)
        add_hourly(model, of)
        add_ratchets(model, of)
        model.add_objective(objective(model, of), sense="max")
    options: dict[str, Any] = dict(OPTIONS)
    with clock.stage("solve"):
        model.solve("highs", io_api="direct", progress=False, **options)
    highs = model.solver_model
    optimum = float(model.objective.value or 0.0) + p.constant_usd_m
    return Answer(optimum, highs.getNumRow(), highs.getNumCol(), highs.getNumNz())
