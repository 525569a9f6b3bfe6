"""What one energised MW of every fleet is worth in every month and scenario, and on average over the scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np

from optimizer.horizon import BoolArray, FloatArray, IntArray
from optimizer.mining import MiningMargins, TierRuns, Tiers, earned_usd, mining_margins
from optimizer.price_duration import PowerPrices
from optimizer.tariffs import Tariffs
from sites.portfolio import Portfolio
from sites.records import Fleet
from sites.scenarios import ScenarioPaths

# Scenarios are worked on together as long as their arrays of tiers and months have about so many entries.
ENTRIES_AT_ONCE = 400_000


@dataclass(frozen=True)
class ScenarioMargins:
    """Mining in all scenarios.

    expected : mean over the scenarios; fleets x months.
    way_share : how likely a tier runs in each way through the peak charges; ways x tiers x months. [-]
    gain_usd : margin of the month; scenarios x fleets x months. [USD/MW-month]
    """

    expected: MiningMargins
    way_share: FloatArray
    gain_usd: FloatArray


def scenario_margins(
    portfolio: Portfolio,
    fleets: Sequence[Fleet],
    fleet_site: IntArray,
    market: tuple[PowerPrices, Tariffs],
    scenarios: ScenarioPaths,
) -> ScenarioMargins:
    """Work out the mining of every scenario.

    fleet_site : position of each fleet's site. market : power prices, whose own factor is left aside, and contracts.

    Notes
    -----
    The scenarios are one more axis of the arrays; they go through the sorted prices in a few large portions.
    """
    prices, tariffs = market
    months = scenarios.hashprice.shape[1]
    expected = {part.name: np.zeros((len(fleets), months)) for part in fields(MiningMargins)}
    gain = np.zeros((scenarios.count, len(fleets), months))
    alone = ~tariffs.joint[fleet_site]
    first = Tiers.of(portfolio, fleets, fleet_site, scenarios.hashprice[0])
    share = np.zeros((len(tariffs.off_options), *first.value.shape))
    for rows in portions(scenarios.count, first.value.size):
        tiers = Tiers.of(portfolio, fleets, fleet_site, scenarios.hashprice[rows])
        runs = TierRuns.of(tiers, prices, tariffs, scenarios.power_factor[rows][:, None, :])
        margins = mining_margins(portfolio, fleets, tiers, runs, alone)
        weight = scenarios.probability[rows]
        for name, total in expected.items():
            total += np.tensordot(weight, getattr(margins, name), axes=1)
        gain[rows] = margins.gain_usd
        ready = runs.on & (margins.run_hours > 0.0)[..., tiers.fleet, :]
        for way, total in enumerate(share):
            total += np.tensordot(weight, np.where(ready & (runs.way == way), 1.0, 0.0), axes=1)
    return ScenarioMargins(MiningMargins(**expected), share, gain)


def expected_gain_usd(
    portfolio: Portfolio,
    fleets: Sequence[Fleet],
    fleet_site: IntArray,
    market: tuple[PowerPrices, Tariffs],
    scenarios: ScenarioPaths,
    hashprice_factor: FloatArray,
) -> FloatArray:
    """Mean margin of the month when every price path is scaled, each load planned alone. [USD/MW-month]

    hashprice_factor : of the path, fleet by fleet. [-] Other parameters are those of `scenario_margins`.
    """
    prices, tariffs = market
    fixed = np.array([fleet.fixed_opex_usd_per_mw_month for fleet in fleets]).reshape(-1, 1)
    gain = np.zeros((len(fleets), scenarios.hashprice.shape[1]))
    for rows in portions(scenarios.count, gain.size):
        hashprice, factor = scenarios.hashprice[rows], hashprice_factor[:, None]
        tiers = Tiers.of(portfolio, fleets, fleet_site, hashprice, hashprice_factor=factor)
        runs = TierRuns.of(tiers, prices, tariffs, scenarios.power_factor[rows][:, None, :])
        earned = np.maximum(0.0, earned_usd(tiers, runs, len(fleets)) - fixed)
        gain += np.tensordot(scenarios.probability[rows], earned, axes=1)
    return gain


def portions(count: int, size: int) -> Iterator[slice]:
    """Cut `count` scenarios, each with arrays of `size` entries, into portions that fit the processor."""
    step = max(1, ENTRIES_AT_ONCE // max(1, size))
    return (slice(first, min(first + step, count)) for first in range(0, count, step))


def rank_disagrees(gain_usd: FloatArray, expected: FloatArray) -> BoolArray:
    """Months in which some scenario ranks the fleets of a site otherwise than they rank on average.

    gain_usd : of these fleets; scenarios x fleets x months. expected : their mean; fleets x months. [USD/MW-month]
    """
    order = np.argsort(-expected, axis=0, kind="stable")
    months = np.arange(expected.shape[1])
    disagrees = np.zeros(months.size, dtype=np.bool_)
    for better, worse in pairwise(order):
        disagrees |= (gain_usd[:, better, months] < gain_usd[:, worse, months]).any(axis=0)
    return disagrees
