"""Rules on the settings' market: what its model needs, points in order, and fields without an effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sites.columns import MARKET_COLUMNS
from sites.findings import Finding
from sites.market_record import Market, MarketPoint
from sites.months import month_label, month_number
from sites.records import BASE_SCENARIO
from sites.tables import Tables

# By model, what must be given: one of each group.
NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "curve": (),
    "fundamental": (
        ("btc_price_usd", "btc_price_usd_by_month"),
        ("network_eh_s", "network_eh_s_by_month"),
        ("fee_share", "fee_share_by_month"),
    ),
    "stochastic": (),
}
_STARTS = frozenset({"btc_price_usd", "network_eh_s", "fee_share", "difficulty", "block_height"})
_BY_MONTH = ("btc_price_usd_by_month", "network_eh_s_by_month", "fee_share_by_month")
USED: Mapping[str, frozenset[str]] = {
    "curve": frozenset(),
    "fundamental": frozenset({*_STARTS, *_BY_MONTH, "btc_growth", "network_growth"}),
    "stochastic": frozenset(
        {
            *_STARTS,
            *("history", "history_as", "first_year", "last_year", "btc_drift", "hashrate_response"),
            *("power_volatility", "power_mean_reversion", "power_correlation"),
        }
    ),
}
# What a path by month stands in place of.
REPLACED: Mapping[str, tuple[str, ...]] = {
    "btc_price_usd_by_month": ("btc_price_usd", "btc_growth"),
    "network_eh_s_by_month": ("network_eh_s", "network_growth"),
    "fee_share_by_month": ("fee_share",),
}


def market_has_what_it_needs(tables: Tables) -> Iterator[Finding]:
    """A model has the fields without which it makes no hashprice."""
    for market in _markets(tables):
        for group in NEEDED[market.model]:
            if not any(_is_given(market, name) for name in group):
                problem = f"is missing; a {market.model} market needs it"
                yield _finding(tables, group[0], " or ".join(group), problem=problem)
        if market.power_volatility > 0 and market.power_mean_reversion is None:
            problem = "is missing; power_volatility needs it"
            expected = MARKET_COLUMNS["power_mean_reversion"].expected
            yield _finding(tables, "power_mean_reversion", expected, problem=problem)


def market_years_are_in_order(tables: Tables) -> Iterator[Finding]:
    """The years to calibrate on do not end before they begin."""
    for market in _markets(tables):
        first, last = market.first_year, market.last_year
        if first is not None and last is not None and last < first:
            yield _finding(tables, "last_year", f"a year not before first_year {first}", value=last)


def market_points_are_in_order(tables: Tables) -> Iterator[Finding]:
    """The points of a path ascend, begin at or before the plan, and are of a possible size."""
    for market in _markets(tables):
        for name in _BY_MONTH:
            points: Sequence[MarketPoint] = getattr(market, name)
            for at, (before, after) in enumerate(pairwise(points), start=1):
                if month_number(after.month) <= month_number(before.month):
                    expected = f"a month after {before.month}"
                    yield _finding(tables, f"{name}[{at}].month", expected, value=after.month)
            yield from _sizes(tables, name, points)
            start = tables.settings.record.start if tables.settings else ""
            if points and month_number(points[0].month) > month_number(start):
                expected = f"a first month at or before settings.start {start}"
                yield _finding(tables, f"{name}[0].month", expected, value=points[0].month)


def market_fields_have_an_effect(tables: Tables) -> Iterator[Finding]:
    """A field that the model does not use, or for which something else stands, has no effect: a warning."""
    for market in _markets(tables):
        unused = {name: f"nothing for a {market.model} market" for name in MARKET_COLUMNS if name != "model"}
        for name in USED[market.model]:
            unused.pop(name)
        for path, names in REPLACED.items():
            if path not in unused and getattr(market, path):
                unused.update(dict.fromkeys(names, f"either {' and '.join(names)} or {path}"))
        for name, expected in unused.items():
            if _is_given(market, name):
                yield _finding(tables, name, expected, hint="it has no effect", is_warning=True)


def market_makes_some_month(tables: Tables) -> Iterator[Finding]:
    """A model of which every month is given by the table hashprice has no effect: a warning."""
    for market in _markets(tables):
        settings = tables.settings.record if tables.settings else None
        if market.model == "curve" or settings is None:
            continue
        given = {entry.record.month for entry in tables.hashprice if entry.record.scenario == BASE_SCENARIO}
        first = month_number(settings.start)
        if all(month_label(month) in given for month in range(first, first + settings.months)):
            hint = "the table hashprice gives every month; leave out the rows that the model is to make"
            expected = "some month without a row in the table hashprice"
            yield _finding(tables, "model", expected, hint=hint, is_warning=True)


def _sizes(tables: Tables, name: str, points: Sequence[MarketPoint]) -> Iterator[Finding]:
    column = MARKET_COLUMNS[name.removesuffix("_by_month")]
    low, high = column.low or 0.0, column.high or 0.0
    for at, point in enumerate(points):
        if point.value > high or point.value < low or (column.low_open and point.value == low):
            yield _finding(tables, f"{name}[{at}].value", column.expected, value=point.value)


def _markets(tables: Tables) -> Iterator[Market]:
    """The market of the settings, if there is one that could be read."""
    if tables.settings is not None and tables.settings.record.market is not None:
        yield tables.settings.record.market


def _is_given(market: Market, name: str) -> bool:
    return bool(getattr(market, name) != MARKET_COLUMNS[name].default)


def _finding(
    tables: Tables,
    name: str,
    expected: str,
    *,
    hint: str = "",
    problem: str = "",
    value: object = None,
    is_warning: bool = False,
) -> Finding:
    assert tables.settings is not None
    column = f"market.{name}"
    return tables.settings.row.finding(
        column,
        expected,
        hint=hint,
        problem=problem,
        value=value,
        severity="warning" if is_warning else "error",
        at=column if column in tables.settings.row.positions else "market",
    )
