"""Hourly power prices reduced, without loss, to what a monthly plan needs to know.

A load that may be switched off hour by hour runs in the hours that are cheaper than some
threshold. Sorted prices and their running sums therefore answer, for any threshold, how many
hours of a month it runs and what their power costs; no hour is approximated or dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.horizon import FloatArray, Horizon, IntArray
from sites.hourly import HourlyPrices
from sites.months import hours_in_month
from sites.portfolio import Portfolio
from sites.records import Site

# An hour is run only when it earns more than this. Prices and revenues that are equal on paper
# differ by about 1e-14 after rounding; without the margin such an hour would be on or off by chance.
INDIFFERENCE_USD_PER_MWH = 1e-9


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
class PowerPrices:
    """What every site pays for power: an hourly series or a flat price, escalated, plus an adder.

    Arrays have one entry per site. A site on a flat price is a site whose series has one hour a month.

    growth : 1 + escalation. [-/year]
    adder : added last, not escalated. [USD/MWh]
    flat : price of the sites without a series. [USD/MWh]
    """

    horizon: Horizon
    series: tuple[HourlyPrices | None, ...]
    growth: FloatArray
    adder: FloatArray
    flat: FloatArray

    @classmethod
    def of(cls, portfolio: Portfolio, sites: Sequence[Site], horizon: Horizon) -> PowerPrices:
        """Collect the power terms of `sites`, in their order."""
        on_series = [isinstance(site.power, str) for site in sites]
        return cls(
            horizon=horizon,
            series=tuple(
                portfolio.prices[str(site.power)] if named else None
                for site, named in zip(sites, on_series, strict=True)
            ),
            growth=np.array([1.0 + site.escalation for site in sites]),
            adder=np.array([site.adder_usd_per_mwh for site in sites]),
            flat=np.array([0.0 if isinstance(site.power, str) else site.power for site in sites]),
        )

    def bills_below(self, sites: IntArray, thresholds: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Hours cheaper than a threshold, and the power bill of 1 MW drawn in just those hours.

        Parameters
        ----------
        sites : for each load (row), the position of its site.
        thresholds : one row per load, one column per month t = 0, 1, ...; columns past the horizon
            go on by the same calendar. [USD/MWh]

        Returns
        -------
        hours [h] and bills [USD/MW], shaped as the thresholds.
        """
        months = thresholds.shape[1]
        years = np.array([self.horizon.years_since_start(t) for t in range(months)], dtype=np.float64)
        factor = self.growth[sites][:, None] ** years
        limit = (thresholds - self.adder[sites][:, None]) / factor
        hours, source_bill = np.zeros_like(thresholds), np.zeros_like(thresholds)
        for rows, series in self._loads_by_series(sites):
            if series is None:
                self._flat_bills(sites, rows, limit, hours, source_bill)
            else:
                self._series_bills(series, rows, limit, hours, source_bill)
        return hours, factor * source_bill + self.adder[sites][:, None] * hours

    def constant_load_bills(self, months: int) -> FloatArray:
        """Power bill of 1 MW drawn in every hour: one row per site, one column per month. [USD/MW]"""
        sites = np.arange(len(self.series), dtype=np.int64)
        return self.bills_below(sites, np.full((sites.size, months), np.inf))[1]

    def _loads_by_series(self, sites: IntArray) -> list[tuple[IntArray, HourlyPrices | None]]:
        groups: dict[str | None, list[int]] = {}
        for row, site in enumerate(sites.tolist()):
            series = self.series[site]
            groups.setdefault(series.id if series else None, []).append(row)
        return [(np.array(rows, dtype=np.int64), self.series[int(sites[rows[0]])]) for rows in groups.values()]

    def _flat_bills(
        self, sites: IntArray, rows: IntArray, limit: FloatArray, hours: FloatArray, source_bill: FloatArray
    ) -> None:
        month_hours = np.array(
            [hours_in_month(self.horizon.first + t) for t in range(limit.shape[1])], dtype=np.float64
        )
        flat = self.flat[sites[rows]][:, None]
        hours[rows] = np.where(flat < limit[rows], month_hours, 0.0)
        source_bill[rows] = flat * hours[rows]

    def _series_bills(
        self, series: HourlyPrices, rows: IntArray, limit: FloatArray, hours: FloatArray, source_bill: FloatArray
    ) -> None:
        sorted_months: dict[tuple[int, int], SortedMonth] = {}
        for t in range(limit.shape[1]):
            year, month = self.horizon.calendar(t)
            key = (series.source_year(year, self.horizon.first // 12), month)
            if key not in sorted_months:
                sorted_months[key] = SortedMonth.of(series.month_prices(*key))
            source = sorted_months[key]
            counts = np.searchsorted(source.prices, limit[rows, t], side="left")
            weight = hours_in_month(self.horizon.first + t) / source.prices.size
            hours[rows, t] = weight * counts
            source_bill[rows, t] = weight * source.running_sum[counts]
