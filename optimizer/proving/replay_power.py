"""The price of every hour on the horizon, for the replay (model section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from optimizer.proving.replay_calendar import Calendar
from optimizer.proving.replay_frames import FloatArray, IntArray
from sites.portfolio import Portfolio


class HourlyPower:
    """Hourly power prices of all sites, by month. [USD/MWh]"""

    def __init__(self, portfolio: Portfolio, months: Calendar) -> None:
        self.months = months
        self.sites = portfolio.sites
        self.prices = portfolio.prices
        self._bills: dict[tuple[int, int], float] = {}

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
            series = self.prices[name]
            source_year = series.years[elapsed % len(series.years)]
            source = np.asarray(series.month_prices(source_year, month), dtype=np.float64)[None, :]
        else:
            source = np.array([[float(site.power)] for site in sites])
        growth = np.array([[(1.0 + site.escalation) ** elapsed] for site in sites])
        adder = np.array([[site.adder_usd_per_mwh] for site in sites])
        return source * growth + adder, self.months.hours(t) / source.shape[1]

    def single_hours(self, row: int, t: int) -> tuple[FloatArray, float]:
        """Prices of one site's hours of month t in time order, a flat one hour by hour; and what each counts. [h]"""
        prices, weight = self.hours(np.array([row]), t)
        if prices.shape[1] == 1:
            return np.full(round(weight), prices[0, 0]), 1.0
        return prices[0], weight

    def by_market(self, site_of: IntArray) -> Iterator[IntArray]:
        """Split loads, given by their sites' rows, into groups of one market each; positions of the loads."""
        for members in self.markets.values():
            loads = np.flatnonzero(np.isin(site_of, members))
            if loads.size:
                yield loads

    def constant_load_bill(self, row: int, t: int) -> float:
        """Bill of 1 MW drawn in every hour of month t. [USD/MW]"""
        if (row, t) not in self._bills:
            prices, weight = self.hours(np.array([row]), t)
            self._bills[row, t] = float((prices * weight).sum())
        return self._bills[row, t]
