"""Prices of limits: duals of the programme, in USD, positive when relaxing the limit raises the NPV."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.chains import Chain
from optimizer.families import LIMIT_OF_COLUMN, LIMIT_OF_ROW, LIMITS, LOWER_LIMITS, OF_TAKEN_OFFERS, WHOLE_LIMITS
from optimizer.horizon import USD_PER_USD_M, FloatArray
from optimizer.matrices import Matrices, Members
from optimizer.naming import places
from optimizer.parameters import Parameters
from optimizer.results import SCHEMAS
from optimizer.solve import PRICED, LpSolution


def period_prices(p: Parameters, matrices: Matrices, solution: LpSolution, family: str) -> FloatArray:
    """Price of one MW of a per-period limit over the whole period; zero where the row cannot bind. [USD million/MW]"""
    prices = np.zeros(p.periods.site.size)
    for group in matrices.rows:
        if group.family == family:
            prices[group.index] = -solution.row_dual[group.first : group.first + group.index.size]
    return prices


def energised_mw(p: Parameters, matrices: Matrices, x: FloatArray) -> FloatArray:
    """MW of each fleet that are ready to run in each month: one row per fleet, one column per month. [MW]"""
    energised = np.zeros((len(p.fleets), p.horizon.months))
    mw = x[matrices.columns("mining_mw")]
    first, end = p.periods.first[p.blocks.period], p.periods.end[p.blocks.period]
    length = end - first
    month = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length) + np.repeat(first, length)
    energised[np.repeat(p.blocks.fleet, length), month] = np.repeat(mw, length)
    return energised


def capacity_prices(p: Parameters, matrices: Matrices, solution: LpSolution, gain_usd: FloatArray) -> FloatArray:
    """Shadow price of each site's capacity in each month, undiscounted to that month. [USD/MW-month]

    gain_usd : margin of every fleet and month, weighed as the objective weighs the scenarios. [USD/MW-month]

    Where one variable serves several months, the period's price is shared out so that every month's
    part is itself a valid price: it lies between the margins of the fleet that the month's last MW
    runs and of the one that its next MW would run.
    """
    capacity = period_prices(p, matrices, solution, "site_capacity")
    halls = period_prices(p, matrices, solution, "mining_halls")
    lowest, highest = marginal_values(p, energised_mw(p, matrices, solution.x), gain_usd)
    total = capacity + halls
    low_sum = sum_over_period(p, lowest)
    high_sum = sum_over_period(p, highest)
    spread = high_sum - low_sum
    with np.errstate(divide="ignore", invalid="ignore"):
        position = np.where(np.isfinite(spread) & (spread > 0.0), (total - low_sum) / spread, 0.0)
        share = np.where(total > 0.0, capacity / total, 0.0)
    # Where cash counts too, a MW may be worth more than any margin: what no margin explains is spread evenly.
    open_ended = ~np.isfinite(high_sum) | (spread <= 0.0)
    of_month = p.periods.of_month
    discount = np.broadcast_to(p.horizon.discount, of_month.shape)
    excess = ((total - low_sum) / sum_over_period(p, discount))[of_month] * discount
    width = np.where(np.isfinite(highest), highest - lowest, 0.0)
    price = lowest + np.where(open_ended[of_month], excess, position[of_month] * width)
    one_month = (p.periods.end - p.periods.first == 1)[of_month]
    price = np.where(one_month, total[of_month], price)
    return share[of_month] * price * USD_PER_USD_M / p.horizon.discount


def marginal_values(p: Parameters, energised: FloatArray, gain_usd: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Discounted margins between which a month's price of mining room must lie: sites x months. [USD million/MW]

    The lower one is the best margin of a fleet that is not energised in full, the upper one the worst
    of a fleet that is energised at all (infinite when none is).
    """
    value = p.horizon.discount * gain_usd / USD_PER_USD_M
    shape = (len(p.sites), p.horizon.months)
    lowest, highest = np.zeros(shape), np.full(shape, np.inf)
    tolerance = 1e-9 * np.maximum(1.0, p.installed_mw)
    earns = value > 0.0
    spare = earns & (energised < p.installed_mw - tolerance)
    used = earns & (energised > tolerance)
    np.maximum.at(lowest, p.fleet_site, np.where(spare, value, 0.0))
    np.minimum.at(highest, p.fleet_site, np.where(used, value, np.inf))
    return lowest, np.maximum(highest, lowest)


def sum_over_period(p: Parameters, values: FloatArray) -> FloatArray:
    """Sum a sites x months table over each period."""
    total = np.zeros(p.periods.site.size)
    np.add.at(total, p.periods.of_month.ravel(), values.ravel())
    return total


def limits_frame(p: Parameters, matrices: Matrices, solution: LpSolution) -> pd.DataFrame:
    """Every limit that binds at a price, dearest first.

    value_usd is price times bound: what the limit as a whole is worth at the margin. A share is shown
    in MW: the bound is the share of what it refers to in this plan.
    """
    activity = np.asarray(matrices.a @ solution.x)
    row_bound = np.where(np.isfinite(matrices.row_upper), matrices.row_upper, matrices.row_lower)
    parts = []
    for group in matrices.rows:
        limit = LIMIT_OF_ROW.get(group.family, group.family)
        if limit in LIMITS and limit not in WHOLE_LIMITS:
            span = slice(group.first, group.first + group.index.size)
            shift = share_of_reference(p, matrices, solution.x, group)
            bound, level = row_bound[span] + shift, activity[span] + shift
            dual = solution.row_dual[span]
            if group.family in OF_TAKEN_OFFERS:
                dual = np.where(bound > 0.0, dual, 0.0)  # an offer that is not taken has no size to be limited
            parts.append(_priced_limits(p, group, limit, bound, level, dual))
    for group in matrices.cols:
        if group.family in LIMIT_OF_COLUMN:
            span = slice(group.first, group.first + group.index.size)
            bounds = matrices.col_lower if group.family in LOWER_LIMITS else matrices.col_upper
            columns = bounds[span], solution.x[span], solution.col_dual[span]
            parts.append(_priced_limits(p, group, LIMIT_OF_COLUMN[group.family], *columns))
    if not parts:
        return pd.DataFrame(columns=list(SCHEMAS["limits"]))
    table = _merge_offer_sizes(pd.concat(parts, ignore_index=True))
    order = np.lexsort((table["month"], table["where"], table["limit"], -table["value_usd"].abs()))
    return table.iloc[order].reset_index(drop=True)[list(SCHEMAS["limits"])]


def share_of_reference(p: Parameters, matrices: Matrices, x: FloatArray, group: Members) -> FloatArray:
    """What to add to both sides of a row whose limit hangs on other variables so that it reads part <= bound. [MW]

    Such are the share rows `part - share * whole <= 0` and the sizes of offers that are taken or not. The rows of all
    other families already read that way: nothing is added.
    """
    if group.family in OF_TAKEN_OFFERS:
        sizes = p.choices.least_mw if group.family == "least_size" else p.choices.most_mw
        taken = sizes * np.round(x[matrices.columns("taken")])
        return np.asarray(taken[np.searchsorted(p.choices.taken, group.index)])
    months = p.horizon.months
    ai = chain_levels(p.totals.ai_mw, x[matrices.columns("ai_mw")])
    if group.family == "curtailable_share":
        return ai[p.periods.site[group.index], p.periods.first[group.index]]
    if group.family == "ai_share_max":
        return np.asarray(ai.sum(axis=0)[group.index])
    if group.family == "ai_share_min":
        return np.asarray(-ai.sum(axis=0)[group.index])
    if group.family in ("region_share", "counterparty_share"):
        total = group.family.replace("share", "mw")
        part = chain_levels(getattr(p.totals, total), x[matrices.columns(total)])
        return np.asarray(part[group.index // months, group.index % months])
    return np.zeros(group.index.size)


def chain_levels(chain: Chain, states: FloatArray) -> FloatArray:
    """A running total month by month: one row per group, one column per month. [MW]"""
    return np.append(states, 0.0)[chain.at]  # position -1, before any change, reads the appended zero


def _priced_limits(
    p: Parameters, group: Members, limit: str, bound: FloatArray, level: FloatArray, dual: FloatArray
) -> pd.DataFrame:
    """The members of one family that bind at a price.

    A reduced cost also prices the other bound of a column, at zero MW; only those near the upper bound are limits.
    """
    near_bound = np.abs(bound - level) <= np.abs(level)
    priced = np.flatnonzero((np.abs(dual) > PRICED) & near_bound)
    spots, family = places(p, group.family, group.index[priced]), LIMITS[limit]
    names, price = np.full(priced.size, limit, dtype=object), np.abs(dual[priced])
    where, month = spots.where, [p.horizon.label(int(t)) for t in spots.first]
    if group.family == "signed_mw":
        kinds = [limit_of_start(p, start) for start in group.index[priced].tolist()]
        names = np.array(kinds, dtype=object)
        price = np.where(names == limit, price, -dual[priced])
        where = [place.split("@")[0] for place in where]
        month = [p.horizon.label(0)] * priced.size
    return pd.DataFrame(
        {
            "limit": names,
            "where": where,
            "month": month,
            "unit": family.unit,
            "bound": bound[priced] * family.units_per_lp_unit,
            "level": level[priced] * family.units_per_lp_unit,
            "slack": (bound - level)[priced] * family.units_per_lp_unit,
            "price_usd_per_unit": price * USD_PER_USD_M / family.units_per_lp_unit,
            "value_usd": price * bound[priced] * USD_PER_USD_M,
        }
    )


def limit_of_start(p: Parameters, start: int) -> str:
    """The limit that the bounds of a start's MW stand for."""
    if p.starts.committed_mw[start] > 0.0:
        return "committed_deal"
    return "pinned_start" if start in p.pinned_mw else "offer_size"


def _merge_offer_sizes(table: pd.DataFrame) -> pd.DataFrame:
    """An offer's size limits both its sum and each of its starts; the prices of both are one price."""
    is_size = table["limit"] == "offer_size"
    keys = ["limit", "where", "month"]
    how = {
        "unit": "first",
        "bound": "max",
        "level": "max",
        "slack": "min",
        "price_usd_per_unit": "sum",
        "value_usd": "sum",
    }
    sizes = table[is_size].groupby(keys, as_index=False, sort=True).agg(how)
    return pd.concat([table[~is_size], sizes], ignore_index=True) if len(sizes) else table
