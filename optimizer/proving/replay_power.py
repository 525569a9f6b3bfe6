"""The price of every hour on the horizon, for the replay (model section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from optimizer.proving.replay_calendar import Calendar
from optimizer.proving.replay_frames import FloatArray, IntArray
from optimizer.proving.replay_scenarios import Lived
from sites.portfolio import Portfolio


class HourlyPower:
    """Hourly power prices of all sites, by month. [USD/MWh]"""

    def __init__(self, portfolio: Portfolio, months: Calendar, lived: Lived) -> None:
        self.months, self.lived = months, lived
        self.sites = portfolio.sites
        self.prices = portfolio.prices
        self._bills: dict[tuple[int, int], float] = {}
        self._months: dict[tuple[str, int, int], tuple[FloatArray, float]] = {}
        self._ranks: dict[tuple[str, int, int], IntArray] = {}

    @cached_property
    def markets(self) -> dict[str, list[int]]:
        """Rows of the sites on each price series; those with a flat price stand under the empty name."""
        groups: dict[str, list[int]] = {}
        for row, site in enumerate(self.sites):
            groups.setdefault(site.power if isinstance(site.power, str) else "", []).append(row)
        return groups

    def hours(self, rows: IntArray, t: int) -> tuple[FloatArray, float]:
        """Prices of the hours of month t, which may lie beyond the horizon, and how long one of them counts.

        rows : sites of one market.

        Returns
        -------
        One row per site and one column per source hour [USD/MWh], and the weight of each of them [h]. A flat price has
        a single source hour, which stands for the whole month.
        """
        year, month = self.months.year_and_month(t)
        elapsed = year - self.months.first_year
        sites = [self.sites[row] for row in rows.tolist()]
        name = sites[0].power
        if isinstance(name, str):
            source = self._source(name, elapsed, month)[0][None, :]
        else:
            source = np.array([[float(site.power)] for site in sites])
        growth = self.lived.factor(t) * np.array([[(1.0 + site.escalation) ** elapsed] for site in sites])
        adder = np.array([[site.adder_usd_per_mwh] for site in sites])
        return source * growth + adder, self.months.hours(t) / source.shape[1]

    def _source(self, name: str, elapsed: int, month: int) -> tuple[FloatArray, float]:
        """Prices of a series in the month of a year that stands for a year of the plan, and their sum. [USD/MWh]"""
        series = self.prices[name]
        year = series.years[elapsed % len(series.years)]
        if (name, year, month) not in self._months:
            prices = np.asarray(series.month_prices(year, month), dtype=np.float64)
            self._months[name, year, month] = prices, float(prices.sum())
        return self._months[name, year, month]

    def single_hours(self, row: int, t: int) -> tuple[FloatArray, float]:
        """Prices of one site's hours of month t in time order, a flat one hour by hour; and what each counts. [h]"""
        prices, weight = self.hours(np.array([row]), t)
        if prices.shape[1] == 1:
            return np.full(round(weight), prices[0, 0]), 1.0
        return prices[0], weight

    def ranks(self, row: int, t: int) -> IntArray:
        """How many hours of month t are dearer at a site, for each in time order; of equal ones the earlier is dearer.

        On a flat price the first hours of the month are the dearest.
        """
        year, month = self.months.year_and_month(t)
        name, elapsed = self.sites[row].power, year - self.months.first_year
        if not isinstance(name, str):
            return np.arange(round(self.months.hours(t)))
        years = self.prices[name].years
        key = (name, years[elapsed % len(years)], month)
        if key not in self._ranks:
            prices = self._source(name, elapsed, month)[0]
            self._ranks[key] = np.empty(prices.size, dtype=np.int64)
            self._ranks[key][np.argsort(-prices, kind="stable")] = np.arange(prices.size)
        return self._ranks[key]

    def by_market(self, site_of: IntArray) -> Iterator[IntArray]:
        """Split loads, given by their sites' rows, into groups of one market each; positions of the loads."""
        for members in self.markets.values():
            loads = np.flatnonzero(np.isin(site_of, members))
            if loads.size:
                yield loads

    def constant_load_bill(self, row: int, t: int) -> float:
        """Bill of 1 MW drawn in every hour of month t. [USD/MW]"""
        if (row, t) not in self._bills:
            site = self.sites[row]
            year, month = self.months.year_and_month(t)
            elapsed = year - self.months.first_year
            if isinstance(site.power, str):
                prices, total = self._source(site.power, elapsed, month)
                mean = total / prices.size
            else:
                mean = float(site.power)
            mean = mean * self.lived.factor(t) * (1.0 + site.escalation) ** elapsed + site.adder_usd_per_mwh
            self._bills[row, t] = mean * self.months.hours(t)
        return self._bills[row, t]

    @cached_property
    def market_bills(self) -> FloatArray:
        """Bill of a constant MW at spot for every site (row) and month of the plan (column). [USD/MW]"""
        months = range(self.months.months)
        return np.array([[self.constant_load_bill(row, t) for t in months] for row in range(len(self.sites))])
