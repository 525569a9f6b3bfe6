"""Hourly power prices reduced, without loss, to what a monthly plan needs to know.

A load that may be switched off hour by hour runs in the hours that are cheaper than some
threshold. Sorted prices and their running sums therefore answer, for any threshold and any number
of the dearest hours left out, how many hours of a month it runs and what their power costs; no hour
is approximated or dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optimizer.horizon import FloatArray, Horizon, IntArray
from sites.hourly import HourlyPrices
from sites.months import hours_in_month
from sites.portfolio import Portfolio
from sites.records import Site

# An hour is run only when it earns more than this. Prices and revenues that are equal on paper
# differ by about 1e-14 after rounding; without the margin such an hour would be on or off by chance.
INDIFFERENCE_USD_PER_MWH = 1e-9

# A rank beyond the last hour of any month.
ALL_RANKS = 10_000


@dataclass(frozen=True)
class SortedMonth:
    """One month of a price series, cheapest hour first.

    prices : hourly prices, ascending. [USD/MWh]
    running_sum : running_sum[n] is the sum of the n cheapest prices; one longer than prices. [USD/MWh]
    """

    prices: FloatArray
    running_sum: FloatArray

    @classmethod
    def of(cls, prices: FloatArray) -> SortedMonth:
        """Sort a month of hourly prices."""
        ascending = np.sort(prices)
        return cls(ascending, np.concatenate(([0.0], np.cumsum(ascending))))


@dataclass(frozen=True)
class Hours:
    """Some hours of months of sites; the arrays have one entry per query and one common shape.

    site, month : position of the site and index of the month t = 0, 1, ...; months past the horizon go on by
        the same calendar.
    first, end : of the month's source hours, those whose rank from the dearest is first <= rank < end, the
        dearest hour having rank 0.
    """

    site: IntArray
    month: IntArray
    first: IntArray
    end: IntArray

    @classmethod
    def all_of(cls, site: IntArray, month: IntArray) -> Hours:
        """Every hour of the months."""
        return cls(site, month, np.zeros_like(site), np.full_like(site, ALL_RANKS))


@dataclass(frozen=True)
class PowerPrices:
    """What every site pays for power: an hourly series or a flat price, escalated, plus an adder.

    Arrays have one entry per site. A site on a flat price is a site all of whose hours cost the same.

    factor : of every hour's price before the adder, month by month; the last value holds on. [-]
    growth : 1 + escalation. [-/year]
    adder : added last, not escalated. [USD/MWh]
    flat : price of the sites without a series. [USD/MWh]
    """

    horizon: Horizon
    factor: FloatArray
    series: tuple[HourlyPrices | None, ...]
    growth: FloatArray
    adder: FloatArray
    flat: FloatArray

    @classmethod
    def of(
        cls, portfolio: Portfolio, sites: Sequence[Site], horizon: Horizon, factor: FloatArray | None = None
    ) -> PowerPrices:
        """Collect the power terms of `sites`, in their order.

        factor : of a scenario, for every month of the horizon; 1 when absent. [-]
        """
        on_series = [isinstance(site.power, str) for site in sites]
        return cls(
            horizon=horizon,
            factor=np.ones(horizon.months) if factor is None else factor,
            series=tuple(
                portfolio.prices[str(site.power)] if named else None
                for site, named in zip(sites, on_series, strict=True)
            ),
            growth=np.array([1.0 + site.escalation for site in sites]),
            adder=np.array([site.adder_usd_per_mwh for site in sites]),
            flat=np.array([0.0 if isinstance(site.power, str) else site.power for site in sites]),
        )

    def below(
        self, hours: Hours, thresholds: FloatArray, factor: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """How many of the hours are cheaper than a threshold, and the power bill of 1 MW drawn in just those.

        thresholds : shaped as the queries, or with axes before theirs. [USD/MWh]
        factor : of the prices before the adder, broadcast against the thresholds; that of these prices when absent.

        Returns
        -------
        hours [h] and bills [USD/MW], shaped as the thresholds.
        """
        shape = thresholds.shape
        site, month, first, end = (
            np.broadcast_to(part, shape).ravel() for part in (hours.site, hours.month, hours.first, hours.end)
        )
        if factor is None:
            scale = self.factor[np.minimum(month, self.factor.size - 1)]
        else:
            scale = np.broadcast_to(factor, shape).ravel()
        reach = int(month.max()) + 1 if month.size else 0
        lengths = np.array([hours_in_month(self.horizon.first + t) for t in range(reach)], dtype=np.float64)
        years = np.array([self.horizon.years_since_start(t) for t in range(reach)], dtype=np.float64)
        growth = scale * self.growth[site] ** years[month]
        base = self.flat[site] * growth + self.adder[site]
        limit = (thresholds.ravel() - base) / growth
        source, months = self._sources(reach)
        code = source[site, month].astype(np.int32)
        order = np.argsort(code, kind="stable")
        edges = np.flatnonzero(np.diff(code[order], prepend=-1, append=-1))
        run, cost = np.zeros(site.size), np.zeros(site.size)
        for begin, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            rows = order[begin:stop]
            prices = months[int(code[rows[0]])]
            dearest = prices.prices.size - np.minimum(end[rows], prices.prices.size)
            cheapest = prices.prices.size - np.minimum(first[rows], prices.prices.size)
            count = np.clip(np.searchsorted(prices.prices, limit[rows], side="left"), dearest, cheapest)
            weight = lengths[month[rows]] / prices.prices.size
            run[rows] = weight * (count - dearest)
            cost[rows] = weight * (prices.running_sum[count] - prices.running_sum[dearest])
        return run.reshape(shape), (growth * cost + base * run).reshape(shape)

    def bills_below(self, sites: IntArray, thresholds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Hours cheaper than a threshold, and the power bill of 1 MW drawn in just those hours.

        Parameters
        ----------
        sites : for each load (row), the position of its site.
        thresholds : one row per load, one column per month t = 0, 1, ... [USD/MWh]

        Returns
        -------
        hours [h] and bills [USD/MW], shaped as the thresholds.
        """
        site, month = np.broadcast_arrays(sites[:, None], np.arange(thresholds.shape[1])[None, :])
        return self.below(Hours.all_of(site, month), thresholds)

    def constant_load_bills(self, months: int) -> FloatArray:
        """Power bill of 1 MW drawn in every hour: one row per site, one column per month. [USD/MW]"""
        sites = np.arange(len(self.series), dtype=np.int64)
        return self.bills_below(sites, np.full((sites.size, months), np.inf))[1]

    def bills_per_factor(self, months: int) -> FloatArray:
        """How much the bill of a constant MW grows per unit of the factor: sites x months. [USD/MW]"""
        once, twice = (replace(self, factor=np.array([factor])).constant_load_bills(months) for factor in (1.0, 2.0))
        return np.asarray(twice - once)

    def dearest_hours(self, site: int, rows: IntArray) -> FloatArray:
        """How long the `rows` dearest source hours last, one number per month of the horizon. [h]"""
        month = np.arange(rows.size, dtype=np.int64)
        hours = Hours(np.full_like(month, site), month, np.zeros_like(month), rows)
        return self.below(hours, np.full(rows.shape, np.inf))[0]

    @cached_property
    def _sorted(self) -> dict[object, SortedMonth]:
        return {}

    def _sources(self, months: int) -> tuple[IntArray, list[SortedMonth]]:
        """The sorted source month behind every site and month, as a position in the list beside it.

        A flat price is a month whose hours cost nothing but the flat price.
        """
        if months not in self._known_sources:
            self._known_sources[months] = self._found_sources(months)
        return self._known_sources[months]

    @cached_property
    def _known_sources(self) -> dict[int, tuple[IntArray, list[SortedMonth]]]:
        return {}

    def _found_sources(self, months: int) -> tuple[IntArray, list[SortedMonth]]:
        position: dict[object, int] = {}
        by_series: dict[str | None, list[int]] = {}
        for series in self.series:
            name = series.id if series else None
            if name not in by_series:
                keys = [self._source(series, t) for t in range(months)]
                by_series[name] = [position.setdefault(key, len(position)) for key in keys]
        rows = [by_series[series.id if series else None] for series in self.series]
        return np.array(rows, dtype=np.int64).reshape(len(self.series), months), [self._sorted[key] for key in position]

    def _source(self, series: HourlyPrices | None, t: int) -> object:
        """The key of a source month, which is sorted when it is first asked for."""
        if series is None:
            key: object = hours_in_month(self.horizon.first + t)
            if key not in self._sorted:
                self._sorted[key] = SortedMonth.of(np.zeros(hours_in_month(self.horizon.first + t)))
            return key
        year, month = self.horizon.calendar(t)
        source = (series.source_year(year, self.horizon.first // 12), month)
        key = (series.id, *source)
        if key not in self._sorted:
            self._sorted[key] = SortedMonth.of(series.month_prices(*source))
        return key
