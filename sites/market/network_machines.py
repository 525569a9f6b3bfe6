"""The machines behind the network's hashrate: what they draw on average, and how many of them a hashprice keeps on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

from sites.units import j_per_th_to_mwh_per_ph_day

FloatArray = NDArray[np.float64]

# Mean draw of the network's machines on the first day of each quarter. [J/TH]
# Fleet efficiency of github.com/SecretSatoshis/Bitcoin-Report-Library (daily network data, 22 Aug 2026), three digits;
# its first value is of March 2011.
FIRST_KNOWN_YEAR = 2011
J_PER_TH = (
    *(7_920_000.0, 7_630_000.0, 7_000_000.0, 6_380_000.0),  # 2011
    *(4_730_000.0, 3_160_000.0, 2_730_000.0, 2_730_000.0),  # 2012
    *(2_690_000.0, 1_460_000.0, 931_000.0, 43_200.0),  # 2013
    *(32_500.0, 16_300.0, 8_600.0, 6_750.0),  # 2014
    *(4_530.0, 1_540.0, 1_460.0, 997.0),  # 2015
    *(879.0, 833.0, 679.0, 269.0),  # 2016
    *(269.0, 155.0, 142.0, 134.0),  # 2017
    *(125.0, 127.0, 56.8, 52.8),  # 2018
    *(65.1, 65.1, 64.6, 60.5),  # 2019
    *(51.8, 52.1, 51.4, 50.7),  # 2020
    *(50.9, 50.5, 50.7, 47.2),  # 2021
    *(42.1, 40.5, 36.7, 36.1),  # 2022
    *(35.3, 30.5, 30.2, 29.7),  # 2023
    *(27.2, 27.7, 28.5, 28.9),  # 2024
    *(28.6, 30.7, 33.3, 31.6),  # 2025
    *(32.1, 31.3, 31.7),  # 2026
)
# Beyond what is known the trend of so many years holds on, within these changes of the logarithm a year: machines
# have never stopped improving for long, and the jump from chips of all purposes to ASICs in 2013 comes once.
TREND_YEARS = 3.0
FASTEST_TREND, SLOWEST_TREND = -1.0, -0.05
DAYS_PER_YEAR = 365.2425

# What the network pays for power; the middle of the 30 to 70 USD/MWh for which the data above give expenses. [USD/MWh]
NETWORK_POWER_USD_PER_MWH = 50.0
# Break-even hashprices of machines are spread log-normally. The spread is that of rigs on sale together: 13.5 to 34
# J/TH are two standard deviations either way. The median machine lies below the mean of the estimate above, which reads
# high against listed fleets (17 to 21 J/TH where it says 28 to 32, about exp(-0.35)).
SPREAD = 0.5
MEDIAN_BELOW_MEAN = 0.35


def known_points() -> tuple[FloatArray, FloatArray]:
    """Days since 1970 of the known values, and their logarithms. [days], [log J/TH]"""
    days = [
        np.datetime64(date(FIRST_KNOWN_YEAR + quarter // 4, 1 + 3 * (quarter % 4), 1)).astype(np.int64)
        for quarter in range(len(J_PER_TH))
    ]
    return np.array(days, dtype=np.float64), np.log(np.array(J_PER_TH))


def log_break_even(days: FloatArray, known_until: float) -> tuple[FloatArray, float]:
    """Hashprice at which the mean machine of the network pays for its power and no more.

    days : since 1970. known_until : the day after which nothing is known; since 1970.
    Returns the logarithm on each day, and its change per day after the last known value. [log USD/(PH/s day)], [1/day]
    """
    at, logs = known_points()
    count = max(1, int(np.searchsorted(at, known_until, side="right")))
    at, logs = at[:count], logs[:count]
    before = max(at[-1] - TREND_YEARS * DAYS_PER_YEAR, at[0])
    years = (at[-1] - before) / DAYS_PER_YEAR
    trend = (logs[-1] - np.interp(before, at, logs)) / years if years else SLOWEST_TREND
    per_day = float(np.clip(trend, FASTEST_TREND, SLOWEST_TREND)) / DAYS_PER_YEAR
    efficiency = np.interp(days, at, logs) + per_day * np.maximum(days - at[-1], 0.0)
    per_j = j_per_th_to_mwh_per_ph_day(1.0) * NETWORK_POWER_USD_PER_MWH
    return efficiency + np.log(per_j), per_day


def log_share_running(margin: FloatArray) -> FloatArray:
    """Logarithm of the share of the network's machines that earn their power.

    margin : logarithm of hashprice per break-even of the mean machine. [-]
    """
    return np.asarray(log_ndtr((margin + MEDIAN_BELOW_MEAN) / SPREAD), dtype=np.float64)


# Between which draws machines are told apart: from those on sale in 2026 to those of 2018. [J/TH]
CLASSES_J_PER_TH = (15.0, 20.0, 25.0, 30.0, 40.0, 60.0)
MACHINES = ("j_per_th_from", "j_per_th_to", "network_share", "break_even_usd_per_ph_day", "running_share")


def machine_classes(
    log_mean_break_even: float, hashprice: float, edges: Sequence[float] = CLASSES_J_PER_TH
) -> pd.DataFrame:
    """The network's machines by draw, and which of them a hashprice keeps on.

    log_mean_break_even : of the mean machine. [log USD/(PH/s day)]
    hashprice : that they earn. [USD/(PH/s day)]

    Returns
    -------
    One row per class, the thriftiest first: j_per_th_from (0 in the first), j_per_th_to (infinite in the last),
    network_share (of all machines, in hashrate), break_even_usd_per_ph_day (at its middle; the first and last at their
    known end), running_share (of the class).
    """
    per_j = j_per_th_to_mwh_per_ph_day(1.0) * NETWORK_POWER_USD_PER_MWH
    median = np.exp(log_mean_break_even - MEDIAN_BELOW_MEAN)
    sides = np.array([0.0, *edges, np.inf])
    with np.errstate(divide="ignore"):
        below = ndtr(np.log(sides * per_j / median) / SPREAD)
    running = np.minimum(below, ndtr(np.log(hashprice / median) / SPREAD))
    share = np.diff(below)
    middle = np.concatenate(([edges[0]], np.sqrt(sides[1:-2] * sides[2:-1]), [edges[-1]]))
    on = np.divide(np.diff(running), share, out=np.zeros_like(share), where=share > 0.0)
    return pd.DataFrame(dict(zip(MACHINES, (sides[:-1], sides[1:], share, middle * per_j, on), strict=True)))
