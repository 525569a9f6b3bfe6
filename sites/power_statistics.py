"""What a year of hourly power prices means for a load that can be switched off: plain numbers, nothing drawn.

A machine runs in the hours that are cheaper than its switch-off price, the price at which its revenue after pool fee
and other running cost just pays for the power. Everything here follows from that rule and from the prices in order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sites import economics as formulas
from sites.hourly import HOURS_PER_DAY, FloatArray, HourlyPrices
from sites.records import Rig
from sites.units import require_range

IntArray = npt.NDArray[np.int64]

# What the trade calls a scarcity hour differs; every account of prices here counts the hours above this. [USD/MWh]
HIGH_PRICE_USD_PER_MWH = 200.0
# The 5x16 block of the United States' markets, without their calendars of holidays: weekdays, hours beginning 06 to 21.
PEAK_FIRST_HOUR, PEAK_END_HOUR = 6, 22
MONTHS_PER_YEAR = 12
_FIRST_WEEKEND_DAY = 5
# Day 0 of numpy's calendar, 1 January 1970, was a Thursday (Monday is 0).
_EPOCH_WEEKDAY = 3
# Prices and revenues that are equal on paper differ by about 1e-14; such an hour must not run by chance.
_INDIFFERENCE_USD_PER_MWH = 1e-9
_SHARES_LEFT_OUT = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStatistics:
    """The hours of one year, or of several, in a line.

    period : the year, or the first and the last one ("2023-2025").
    hours, below_zero_hours, high_hours : all of them, those below 0 and those above 200 USD/MWh. [hours]
    mean, median, least, most : of all hours. [USD/MWh]
    on_peak_mean, off_peak_mean : of weekdays from 06:00 to 22:00, holidays among them, and of all others. [USD/MWh]
    """

    period: str
    hours: int
    mean: float
    median: float
    least: float
    most: float
    below_zero_hours: int
    high_hours: int
    on_peak_mean: float
    off_peak_mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Idling:
    """What standing still in the dearest hours spares a load that runs in all others.

    share, hours : how much of the time that is; a whole number of hours. [fraction], [hours]
    price_usd_per_mwh : of the cheapest of these hours. [USD/MWh]
    bill_cut : share of the power bill that falls away; None where the whole bill is not above zero. [fraction]
    """

    share: float
    hours: int
    price_usd_per_mwh: float
    bill_cut: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTerms:
    """What decides, beside hashprice and machine, whether an hour is worth running.

    pool_fee : share of the revenue that the pool keeps. [fraction]
    variable_opex_usd_per_mwh : cost of running beside the power. [USD/MWh]
    uptime : share of the hours worth running in which the machines do run. [fraction, above 0]
    overhead : power at the meter per power at the machine. [ratio]

    Raises
    ------
    QuantityError : one of them is out of its range.
    """

    pool_fee: float = 0.0
    variable_opex_usd_per_mwh: float = 0.0
    uptime: float = 1.0
    overhead: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        require_range("pool_fee", self.pool_fee, least=0, most=1, unit="as a fraction")
        opex = self.variable_opex_usd_per_mwh
        require_range("variable_opex_usd_per_mwh", opex, least=0, most=10_000, unit="USD/MWh")
        require_range("uptime", self.uptime, least=_SMALLEST, most=1, unit="as a fraction")
        require_range("overhead", self.overhead, least=1, most=3, unit="as a ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHours:
    """One machine at one hashprice against a price series; a MW is one at the meter, a year an average year.

    j_per_th : at the meter, overhead included. [J/TH]
    switch_off_usd_per_mwh : the machine runs in the hours cheaper than this. [USD/MWh]
    hours, share : hours worth running, of all years, and their share of all hours. [hours], [fraction]
    paid_usd_per_mwh : average price of those hours; None when there is none. [USD/MWh]
    market_usd_per_mwh : average price of all hours. [USD/MWh]
    saving_usd_per_mwh : loss avoided by switching off, per MWh that running flat out would draw. [USD/MWh]
    saving_usd_per_mw_year, margin_usd_per_mw_year : loss avoided, and what is left of the revenue after pool fee, power
        and variable opex when switching off; both with the uptime. [USD/(MW year)]
    """

    rig: str
    hashprice_usd_per_ph_day: float
    j_per_th: float
    switch_off_usd_per_mwh: float
    hours: int
    share: float
    paid_usd_per_mwh: float | None
    market_usd_per_mwh: float
    saving_usd_per_mwh: float
    saving_usd_per_mw_year: float
    margin_usd_per_mw_year: float


@dataclass(frozen=True)
class Calendar:
    """When each hour of a series is; one entry per hour, in time order.

    year, month (1..12), hour (0..23), weekday (Monday is 0) : of the local wall clock.
    """

    year: IntArray
    month: IntArray
    hour: IntArray
    weekday: IntArray

    @classmethod
    def of(cls, prices: HourlyPrices) -> Calendar:
        """The calendar of a series, whose days all have 24 hours."""
        first = np.datetime64(f"{prices.years[0]:04d}-01-01", "D")
        places = np.arange(len(prices.prices))
        days = first + places // HOURS_PER_DAY
        months = days.astype("datetime64[M]").astype(np.int64)
        return cls(
            year=1970 + months // MONTHS_PER_YEAR,
            month=1 + months % MONTHS_PER_YEAR,
            hour=places % HOURS_PER_DAY,
            weekday=(days.astype(np.int64) + _EPOCH_WEEKDAY) % 7,
        )

    @cached_property
    def on_peak(self) -> npt.NDArray[np.bool_]:
        """Whether an hour lies in the weekday block of 16 hours; holidays are weekdays."""
        in_block = (self.hour >= PEAK_FIRST_HOUR) & (self.hour < PEAK_END_HOUR)
        return in_block & (self.weekday < _FIRST_WEEKEND_DAY)


def with_adder(prices: HourlyPrices, adder_usd_per_mwh: float) -> HourlyPrices:
    """The series as the site pays it: every hour's price plus the same adder. [USD/MWh]"""
    return replace(prices, prices=prices.prices + adder_usd_per_mwh) if adder_usd_per_mwh else prices


def price_statistics(prices: HourlyPrices) -> PriceStatistics:
    """The account of all hours of a series."""
    first, last = prices.years[0], prices.years[-1]
    period = f"{first}" if first == last else f"{first}-{last}"
    return _statistics(period, prices.prices, Calendar.of(prices).on_peak)


def yearly_statistics(prices: HourlyPrices) -> tuple[PriceStatistics, ...]:
    """The same account for each year by itself, in order."""
    calendar = Calendar.of(prices)
    chosen = ((year, calendar.year == year) for year in prices.years)
    return tuple(_statistics(f"{year}", prices.prices[hours], calendar.on_peak[hours]) for year, hours in chosen)


def monthly_means(prices: HourlyPrices) -> FloatArray:
    """Mean price of each month, one row per year and one column per month. [USD/MWh]"""
    calendar = Calendar.of(prices)
    place = (calendar.year - prices.years[0]) * MONTHS_PER_YEAR + calendar.month - 1
    return _means(prices.prices, place, (len(prices.years), MONTHS_PER_YEAR))


def month_hour_means(prices: HourlyPrices) -> FloatArray:
    """Mean price by calendar month (12 rows) and hour of the day (24 columns), over all years. [USD/MWh]"""
    calendar = Calendar.of(prices)
    place = (calendar.month - 1) * HOURS_PER_DAY + calendar.hour
    return _means(prices.prices, place, (MONTHS_PER_YEAR, HOURS_PER_DAY))


def duration_curve(prices: HourlyPrices) -> FloatArray:
    """All prices, the dearest first. [USD/MWh]"""
    return np.sort(prices.prices)[::-1]


def idling(prices: HourlyPrices, share: float) -> Idling:
    """What standing still in this share of the hours, the dearest ones, cuts off the bill of an otherwise flat load.

    share : rounded to a whole number of hours, at least one. [fraction, above 0]
    """
    dearest_first = duration_curve(prices)
    hours = min(max(round(share * len(dearest_first)), 1), len(dearest_first))
    bill = float(dearest_first.sum())
    spared = float(dearest_first[:hours].sum())
    cut = spared / bill if bill > 0 else None
    return Idling(share=share, hours=hours, price_usd_per_mwh=float(dearest_first[hours - 1]), bill_cut=cut)


def idling_ladder(prices: HourlyPrices) -> tuple[Idling, ...]:
    """The same for shares from a thousandth to a fifth of the hours."""
    return tuple(idling(prices, share) for share in _SHARES_LEFT_OUT)


def run_hours(
    prices: HourlyPrices, rig: Rig, *, hashprice_usd_per_ph_day: float, terms: RunningTerms | None = None
) -> RunHours:
    """How many hours one machine runs at one hashprice, at what price, and what switching off is worth.

    prices : as the site pays them, adder included.
    rig : its own overhead counts as well as that of the terms.

    Notes
    -----
    With the switch-off price v and the hourly price p, a MW that always runs keeps sum(v - p) and one that is switched
    off keeps sum(max(0, v - p)); the loss avoided is the difference, sum(max(0, p - v)).
    """
    terms = terms or RunningTerms()
    j_per_th = rig.j_per_th * rig.overhead * terms.overhead
    revenue = float(formulas.revenue_usd_per_mwh(hashprice_usd_per_ph_day=hashprice_usd_per_ph_day, j_per_th=j_per_th))
    switch_off = revenue * (1.0 - terms.pool_fee) - terms.variable_opex_usd_per_mwh
    gains = switch_off - prices.prices
    running = gains > _INDIFFERENCE_USD_PER_MWH
    hours = int(running.sum())
    avoided = float(-gains[~running].sum())
    per_mw_year = terms.uptime / len(prices.years)
    return RunHours(
        rig=rig.id,
        hashprice_usd_per_ph_day=hashprice_usd_per_ph_day,
        j_per_th=j_per_th,
        switch_off_usd_per_mwh=switch_off,
        hours=hours,
        share=hours / len(gains),
        paid_usd_per_mwh=float(prices.prices[running].mean()) if hours else None,
        market_usd_per_mwh=float(prices.prices.mean()),
        saving_usd_per_mwh=avoided / len(gains),
        saving_usd_per_mw_year=avoided * per_mw_year,
        margin_usd_per_mw_year=float(gains[running].sum()) * per_mw_year,
    )


def _statistics(period: str, prices: FloatArray, on_peak: npt.NDArray[np.bool_]) -> PriceStatistics:
    return PriceStatistics(
        period=period,
        hours=len(prices),
        mean=float(prices.mean()),
        median=float(np.median(prices)),
        least=float(prices.min()),
        most=float(prices.max()),
        below_zero_hours=int((prices < 0).sum()),
        high_hours=int((prices > HIGH_PRICE_USD_PER_MWH).sum()),
        on_peak_mean=float(prices[on_peak].mean()),
        off_peak_mean=float(prices[~on_peak].mean()),
    )


def _means(prices: FloatArray, place: IntArray, shape: tuple[int, int]) -> FloatArray:
    size = shape[0] * shape[1]
    return (np.bincount(place, prices, size) / np.bincount(place, minlength=size)).reshape(shape)
