"""The prices that a plan states against the duals of its proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.families import LIMIT_OF_COLUMN, LIMITS
from optimizer.proving.checks import HALF_A_CENT_USD, RELATIVE_TOLERANCE, Check, FloatArray, agreement, named
from optimizer.proving.proof import Proof
from optimizer.proving.replay_calendar import calendar_of
from optimizer.proving.replay_frames import numbers, positions
from optimizer.proving.replay_inputs import USD_PER_MILLION
from sites.portfolio import Portfolio

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.results import Frames

CAPACITY = "site_capacity"
# Offers are priced by several rows and columns at once; their prices are added up, so only the sums within a row of the
# frame are looked at.
ADDED_UP = frozenset({"offer_size", "committed_deal", "pinned_start"})
# Sharing a period's price out over its months divides differences of margins, which costs some digits. [USD/MW]
SHARED_PRICE_TOLERANCE_USD = 0.01
# A reduced cost is rounded to about 1e-15 USD million; per dollar of a budget that is nothing.
PRICE_TOLERANCE_USD = 1e-6
PRICE_RELATIVE_TOLERANCE = 1e-6


def price_checks(frames: Frames, proof: Proof, portfolio: Portfolio) -> list[Check]:
    """Shadow prices and prices of limits are those of the proof.

    Raises
    ------
    ReplayError : a frame has an unknown site or month, or a cell without a number.
    """
    return [
        shadow_price_check(frames.shadow_prices, proof, portfolio),
        capacity_value_check(frames.sites, frames.shadow_prices, portfolio),
        *limit_price_checks(frames.limits, proof),
    ]


def shadow_price_check(frame: pd.DataFrame, proof: Proof, portfolio: Portfolio) -> Check:
    """The discounted shadow prices of the months that a capacity row speaks for add up to the dual of that row."""
    months, sites = calendar_of(portfolio), [site.id for site in portfolio.sites]
    row, t = positions(frame, "shadow_prices", ("site", "month"), (sites, months.labels), complete=True)
    stated = np.zeros((len(sites), months.months))
    stated[row, t] = numbers(frame, "shadow_prices", "usd_per_mw_month")
    stated *= months.discount(portfolio.settings.discount_rate, np.arange(months.months))

    priced: dict[str, dict[int, float]] = {site: {0: 0.0} for site in sites}
    for name, dual in zip(proof.matrices.row_names, proof.row_dual.tolist(), strict=True):
        family, place = name.removesuffix("]").split("[", 1)
        if family == CAPACITY:
            site, month = place.rsplit(",", 1)
            priced[site][months.position(month)] = -dual * USD_PER_MILLION
    places = [(site, begin) for site, prices in priced.items() for begin in sorted(prices)]
    sums = [np.add.reduceat(stated[position], sorted(prices)) for position, prices in enumerate(priced.values())]
    duals = np.array([priced[site][begin] for site, begin in places])
    return agreement(
        "shadow prices add up to the proof's prices",
        np.concatenate(sums) if sums else np.zeros(0),
        duals,
        lambda place: f"site '{places[place][0]}', from {months.label(places[place][1])}",
        SHARED_PRICE_TOLERANCE_USD + PRICE_RELATIVE_TOLERANCE * np.abs(duals),
    )


def capacity_value_check(sites: pd.DataFrame, frame: pd.DataFrame, portfolio: Portfolio) -> Check:
    """A site's value of capacity is the mean of its shadow prices."""
    names, column = [site.id for site in portfolio.sites], "capacity_value_usd_per_mw_month"
    (stated_row,), (row,) = (
        positions(table, name, ("site",), (names,), unique=False)
        for table, name in ((sites, "sites"), (frame, "shadow_prices"))
    )
    stated, mean = np.zeros(len(names)), np.zeros(len(names))
    stated[stated_row] = numbers(sites, "sites", column)
    np.add.at(mean, row, numbers(frame, "shadow_prices", "usd_per_mw_month") / portfolio.settings.months)
    words = named([f"site '{name}'" for name in names])
    return agreement(f"sites: {column}", stated, mean, words, HALF_A_CENT_USD)


def limit_price_checks(frame: pd.DataFrame, proof: Proof) -> list[Check]:
    """Every limit's price is one of the proof's; its value is price times bound, its slack bound minus level."""
    columns = ("bound", "level", "slack", "price_usd_per_unit", "value_usd")
    bound, level, slack, price, value = (numbers(frame, "limits", column) for column in columns)
    keys = list(zip(frame["limit"].tolist(), frame["where"].tolist(), frame["month"].tolist(), strict=True))
    units = np.array([LIMITS[limit].units_per_lp_unit for limit, _, _ in keys])
    proved = _proved_prices(proof)
    nearest = np.array(
        [
            stated if key[0] in ADDED_UP else _nearest(proved.get(key, []), stated)
            for key, stated in zip(keys, (price * units / USD_PER_MILLION).tolist(), strict=True)
        ]
    ).reshape(-1)

    def words(position: int) -> str:
        limit, where, month = keys[position]
        return f"{limit} of '{where}', {month}"

    prices = nearest * USD_PER_MILLION / units if keys else price
    rounding = RELATIVE_TOLERANCE * np.maximum(np.abs(bound), 1.0)
    return [
        agreement("limits: prices are the proof's", price, prices, words, PRICE_TOLERANCE_USD),
        agreement("limits: value is price times bound", value, price * bound, words, HALF_A_CENT_USD),
        agreement("limits: slack is bound minus level", slack, bound - level, words, rounding),
    ]


def _nearest(known: list[float], stated: float) -> float:
    return min(known, key=lambda price: abs(price - stated), default=np.nan)


def _proved_prices(proof: Proof) -> dict[tuple[str, str, str], list[float]]:
    """Prices of rows and of upper bounds in the proof, by limit, place and month. [USD million per unit]"""
    prices: dict[tuple[str, str, str], list[float]] = {}
    reduced = proof.matrices.cost - proof.matrices.a.T @ proof.row_dual
    named: tuple[tuple[tuple[str, ...], FloatArray], ...] = (
        (proof.matrices.row_names, proof.row_dual),
        (proof.matrices.col_names, np.asarray(reduced)),
    )
    for names, duals in named:
        for place in np.flatnonzero(duals).tolist():
            family, where = names[place].removesuffix("]").split("[", 1)
            limit = LIMIT_OF_COLUMN.get(family, family)
            if limit in LIMITS:
                prices.setdefault((limit, *where.rsplit(",", 1)), []).append(abs(float(duals[place])))  # type: ignore[arg-type]
    return prices
