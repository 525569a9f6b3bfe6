"""What is publicly known of the hourly prices of four markets: the figures that :mod:`sites.price_shapes` rebuilds.

Every figure is a statistic of a whole market year, rounded, typed in with its source. No row of a source is kept.
Quarter-hour prices were averaged to hours first.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MarketYear:
    """Statistics of one market's hourly prices in one calendar year. [USD/MWh unless said otherwise]

    id : name of the price series.
    seed : of the random weather and outages; any number, fixed so that the shape can be made again.
    mean, lowest, highest : over all hours of the year.
    hours_above_200, hours_below_0 : counts in the year. [hours]
    percentiles : pairs of percent of the hours and the price that they stay below, ascending, of prices above 0.
    by_month : median of each calendar month, January first.
    by_hour : median of each hour of the day, midnight first.
    slow_noise, fast_noise : standard deviation of what lasts for days (wind, cold), and for hours (outages, ramps).
    negative_power : how closely the negative prices crowd below 0; 1 spreads them evenly down to the lowest.
    source : where the figures come from.
    """

    id: str
    year: int
    seed: int
    mean: float
    lowest: float
    highest: float
    hours_above_200: int
    hours_below_0: int
    percentiles: tuple[tuple[float, float], ...]
    by_month: tuple[float, ...]
    by_hour: tuple[float, ...]
    slow_noise: float
    fast_noise: float
    negative_power: float
    source: str


def _points(text: str) -> tuple[tuple[float, float], ...]:
    """Pairs written as ``percent:price``, with blanks between them."""
    pairs = (point.split(":") for point in text.split())
    return tuple((float(percent), float(price)) for percent, price in pairs)


EIA_ERCOT_2024 = "EIA wholesale market data: ERCOT 15-minute real-time prices of hubs, 2024, hourly means"
ERCOT_DA_2025 = (
    "ERCOT report NP4-180-ER: day-ahead prices of hubs, 1 January to 13 December 2025 (8,328 hours); "
    "the counts of hours are scaled to 8,760"
)
EIA_NYISO_2021 = "EIA wholesale market data: NYISO hourly real-time prices of zones, 2021, zone A - West"
PJM_2024 = "PJM Data Miner: hourly real-time prices of zone PJM-RTO, 2024, current rows"

MARKET_YEARS = (
    MarketYear(
        id="ercot-west",
        year=2024,
        seed=20241,
        mean=27.46,
        lowest=-31.74,
        highest=3056.64,
        hours_above_200=62,
        hours_below_0=858,
        percentiles=_points(
            "20:6.8 30:13.1 40:17.1 50:20.0 60:22.7 70:27.2 80:34.6 85:40.5 90:49.7 95:71.3 97:90.6 98:107.7 99:167.7"
        ),
        by_month=(22, 11, 16, 10, 18, 21, 21, 24, 21, 19, 20, 27),
        by_hour=(20, 19, 18, 18, 18, 20, 22, 21, 16, 13, 13, 14, 16, 17, 17, 19, 22, 26, 32, 39, 36, 28, 24, 22),
        slow_noise=11,
        fast_noise=8,
        negative_power=4.0,
        source=f"{EIA_ERCOT_2024}, West",
    ),
    MarketYear(
        id="ercot-west",
        year=2025,
        seed=20251,
        mean=34.12,
        lowest=-13.21,
        highest=911.12,
        hours_above_200=32,
        hours_below_0=338,
        percentiles=_points(
            "5:1.8 10:9.0 20:17.3 30:22.2 40:25.8 50:29.3 60:33.1 70:38.0 80:45.7 "
            "85:51.8 90:60.8 95:77.9 97:92.4 98:106.2 99:126.8 99.5:171.9"
        ),
        by_month=(30, 29, 22, 24, 29, 27, 30, 33, 30, 31, 30, 38),
        by_hour=(32, 30, 29, 28, 29, 31, 34, 32, 23, 19, 18, 20, 21, 23, 23, 23, 27, 36, 49, 62, 59, 48, 39, 34),
        slow_noise=10,
        fast_noise=7,
        negative_power=2.0,
        source=f"{ERCOT_DA_2025}, HB_WEST",
    ),
    MarketYear(
        id="ercot-north",
        year=2024,
        seed=20242,
        mean=25.89,
        lowest=-31.78,
        highest=3052.65,
        hours_above_200=51,
        hours_below_0=189,
        percentiles=_points(
            "5:2.3 10:6.5 20:11.1 30:14.4 40:16.9 50:19.1 60:21.2 70:23.2 80:28.1 "
            "85:32.5 90:40.4 95:59.0 97:76.6 98:94.9 99:143.2"
        ),
        by_month=(22, 11, 13, 13, 18, 22, 19, 21, 20, 19, 20, 22),
        by_hour=(18, 16, 16, 16, 16, 18, 21, 20, 16, 14, 15, 16, 18, 19, 19, 20, 23, 26, 30, 34, 29, 22, 21, 19),
        slow_noise=8,
        fast_noise=7,
        negative_power=4.0,
        source=f"{EIA_ERCOT_2024}, North",
    ),
    MarketYear(
        id="ercot-north",
        year=2025,
        seed=20252,
        mean=33.24,
        lowest=0.0,
        highest=913.72,
        hours_above_200=27,
        hours_below_0=0,
        percentiles=_points(
            "1:2.6 2:5.6 5:12.3 10:16.3 20:20.0 30:22.4 40:24.6 50:27.0 60:30.0 70:34.3 80:41.0 "
            "85:46.7 90:55.2 95:72.8 97:87.1 98:99.2 99:119.1 99.5:166.8"
        ),
        by_month=(27, 26, 25, 26, 27, 26, 29, 29, 26, 26, 28, 36),
        by_hour=(26, 24, 24, 23, 24, 27, 31, 29, 23, 19, 19, 21, 23, 24, 25, 26, 29, 36, 46, 58, 52, 41, 33, 28),
        slow_noise=7,
        fast_noise=6,
        negative_power=1.0,
        source=f"{ERCOT_DA_2025}, HB_NORTH",
    ),
    MarketYear(
        id="nyiso-west",
        year=2021,
        seed=20213,
        mean=30.88,
        lowest=-583.48,
        highest=480.24,
        hours_above_200=26,
        hours_below_0=44,
        percentiles=_points(
            "1:1.1 2:1.9 5:4.2 10:7.6 20:13.7 30:18.4 40:22.4 50:26.6 60:30.8 70:35.6 80:42.2 "
            "85:47.4 90:55.4 95:72.9 97:86.9 98:99.2 99:126.9 99.5:156.5"
        ),
        by_month=(20, 25, 12, 10, 19, 25, 29, 37, 33, 41, 40, 30),
        by_hour=(24, 22, 19, 18, 19, 22, 22, 26, 28, 29, 31, 31, 31, 30, 29, 29, 32, 34, 34, 31, 31, 28, 26, 24),
        slow_noise=9,
        fast_noise=8,
        negative_power=6.0,
        source=EIA_NYISO_2021,
    ),
    MarketYear(
        id="pjm-rto",
        year=2024,
        seed=20244,
        mean=31.31,
        lowest=-40.31,
        highest=448.14,
        hours_above_200=25,
        hours_below_0=3,
        percentiles=_points(
            "1:9.6 2:10.6 5:12.1 10:14.1 20:17.0 30:19.9 40:22.3 50:25.4 60:28.7 70:32.7 80:38.8 "
            "85:43.3 90:51.1 95:69.8 97:89.6 98:104.6 99:134.3 99.5:170.7"
        ),
        by_month=(31, 21, 19, 24, 27, 24, 30, 25, 25, 24, 25, 30),
        by_hour=(21, 20, 17, 17, 17, 20, 27, 30, 25, 24, 26, 26, 26, 26, 26, 28, 31, 39, 37, 37, 34, 30, 26, 23),
        slow_noise=7,
        fast_noise=7,
        negative_power=1.0,
        source=PJM_2024,
    ),
)
