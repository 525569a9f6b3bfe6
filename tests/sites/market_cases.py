"""A portfolio whose hashprice a market makes, and the cases that break the rules on markets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sites import market_rules
from tests.sites.small import Tables, tables

FUNDAMENTAL: dict[str, Any] = {
    "model": "fundamental",
    "btc_price_usd": 95_000,
    "btc_growth": 0.1,
    "network_eh_s": 950,
    "network_growth": 0.25,
    "fee_share": 0.013,
}
Case = tuple[Callable[..., object], Callable[[], Tables], str]


def with_market(without: tuple[str, ...] = (), *, keep_hashprice: bool = False, **fields: Any) -> Tables:
    """The small portfolio with a fundamental market in place of its table hashprice, some fields changed or gone."""
    market = {name: value for name, value in {**FUNDAMENTAL, **fields}.items() if name not in without}
    content = tables()
    content["settings"]["market"] = market
    if not keep_hashprice:
        del content["hashprice"]
    return content


def points(*pairs: tuple[str, float]) -> list[dict[str, object]]:
    """A path by month."""
    return [{"month": month, "value": value} for month, value in pairs]


def every_month() -> Tables:
    """A market of whose 24 months the table hashprice gives each."""
    content = with_market()
    labels = [f"{year}-{month:02d}" for year in (2027, 2028) for month in range(1, 13)]
    return {**content, "hashprice": [{"month": label, "usd_per_ph_day": 50} for label in labels]}


MARKET_ERRORS: list[Case] = [
    (
        market_rules.market_has_what_it_needs,
        lambda: with_market(("network_eh_s",)),
        "settings market.network_eh_s is missing; a fundamental market needs it: "
        "expected network_eh_s or network_eh_s_by_month",
    ),
    (
        market_rules.market_has_what_it_needs,
        lambda: with_market(power_volatility=0.3),
        "settings market.power_mean_reversion is missing; power_volatility needs it: "
        "expected a number of 1/year above 0 and up to 100",
    ),
    (
        market_rules.market_years_are_in_order,
        lambda: with_market(first_year=2020, last_year=2019),
        "settings market.last_year = 2019: expected a year not before first_year 2020",
    ),
    (
        market_rules.market_points_are_in_order,
        lambda: with_market(
            ("fee_share",), fee_share_by_month=points(("2026-01", 0.02), ("2028-01", 0.01), ("2027-06", 0.01))
        ),
        "settings market.fee_share_by_month[2].month = 2027-06: expected a month after 2028-01",
    ),
    (
        market_rules.market_points_are_in_order,
        lambda: with_market(("network_eh_s", "network_growth"), network_eh_s_by_month=points(("2027-03", 900))),
        "settings market.network_eh_s_by_month[0].month = 2027-03: "
        "expected a first month at or before settings.start 2027-01",
    ),
    (
        market_rules.market_points_are_in_order,
        lambda: with_market(("btc_price_usd", "btc_growth"), btc_price_usd_by_month=points(("2027-01", 0))),
        "settings market.btc_price_usd_by_month[0].value = 0.0: expected a number of USD above 0 and up to 1000000000",
    ),
]
MARKET_WARNINGS: list[Case] = [
    (
        market_rules.market_fields_have_an_effect,
        lambda: with_market(btc_drift=0.1),
        "settings market.btc_drift: expected nothing for a fundamental market; it has no effect",
    ),
    (
        market_rules.market_fields_have_an_effect,
        lambda: with_market(fee_share_by_month=points(("2027-01", 0.02))),
        "settings market.fee_share: expected either fee_share or fee_share_by_month; it has no effect",
    ),
    (
        market_rules.market_makes_some_month,
        every_month,
        "settings market.model: expected some month without a row in the table hashprice; "
        "the table hashprice gives every month; leave out the rows that the model is to make",
    ),
]
