"""The hashprice of `wattsplit economics`: given, or built from price and network, and how that is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import click

from sites.network import (
    BLOCKS_PER_DAY,
    BLOCKS_PER_HALVING,
    KNOWN_BLOCKS,
    HalvingEstimate,
    estimated_date,
    estimated_height,
    hashprice_usd_per_ph_day,
    next_halving,
    subsidy_btc,
    subsidy_btc_on_date,
)
from sites.units import difficulty_to_eh_s, eh_s_to_ph_s, fee_share_to_fees_per_subsidy

# Fees were 0.64 % of the reward in 2026 and 1.0 % in 2025; the 6.5 % of 2023 and 2024 came from one fashion.
DEFAULT_FEE_SHARE = 0.007
# How far a height may be from its date: the chain was never further from a straight line between known blocks.
HEIGHT_TOLERANCE = 25_000
# The 33rd halving, about 2140, leaves less than a satoshi.
LAST_PAID_HEIGHT = 33 * BLOCKS_PER_HALVING - 1
HALVING_DAYS = frozenset(day for height, day in KNOWN_BLOCKS if height and height % BLOCKS_PER_HALVING == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOptions:
    """The options that say what a hash earns, as typed; None where an option was not given."""

    hashprice: float | None = None
    btc_price: float | None = None
    network_eh_s: float | None = None
    difficulty: float | None = None
    subsidy: float | None = None
    fee_share: float | None = None
    height: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What a hash earns, and how that was found.

    hashprice_usd_per_ph_day : given or built. [USD/(PH/s day)]
    btc_price_usd : None when neither given nor needed. [USD]
    built_from : "given", "network" or "difficulty".
    network_eh_s, difficulty, subsidy_btc, fee_share : what it was built from; None when it was given.
    halving : the next one, where a height or a date is known.
    lines : the same as sentences.
    """

    hashprice_usd_per_ph_day: float
    btc_price_usd: float | None
    built_from: str
    network_eh_s: float | None = None
    difficulty: float | None = None
    subsidy_btc: float | None = None
    fee_share: float | None = None
    halving: HalvingEstimate | None = None
    lines: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Everything but the sentences, for JSON."""
        values = asdict(self)
        del values["lines"]
        if self.halving is not None:
            values["halving"]["day"] = self.halving.day.isoformat()
        return values


def market_of(options: MarketOptions, *, today: date) -> Market:
    """The market that the options describe.

    today : the day whose subsidy counts when the options name neither subsidy, height nor date.

    Raises
    ------
    click.UsageError : the options contradict each other or do not suffice.
    """
    _check_combination(options)
    if options.hashprice is not None:
        halving = _halving(options)
        line = f"Hashprice {options.hashprice:,.2f} USD per PH/s and day, as given."
        return Market(
            hashprice_usd_per_ph_day=options.hashprice,
            btc_price_usd=options.btc_price,
            built_from="given",
            halving=halving,
            lines=(line, *_halving_lines(options, halving)),
        )
    return _built(options, today)


def _check_combination(options: MarketOptions) -> None:
    building = {
        "--network-eh-s": options.network_eh_s,
        "--difficulty": options.difficulty,
        "--subsidy": options.subsidy,
        "--fee-share": options.fee_share,
    }
    given = [name for name, value in building.items() if value is not None]
    if options.hashprice is not None and given:
        raise click.UsageError(
            f"--hashprice is given, so {' and '.join(given)} would change nothing; leave one side out"
        )
    if options.network_eh_s is not None and options.difficulty is not None:
        raise click.UsageError("--network-eh-s and --difficulty both say how large the network is; give one of them")
    if options.hashprice is None and (
        options.btc_price is None or (options.network_eh_s is None and options.difficulty is None)
    ):
        raise click.UsageError(
            "no hashprice: give --hashprice, or --btc-price with --network-eh-s or --difficulty to build it"
        )
    _check_height(options)
    _check_subsidy(options)


def _check_height(options: MarketOptions) -> None:
    if options.height is not None and not subsidy_btc(options.height):
        raise click.UsageError(f"block {options.height:,} pays no subsidy: after block {LAST_PAID_HEIGHT:,} none does")
    if options.height is None or options.day is None:
        return
    expected = float(estimated_height(options.day))
    if abs(expected - options.height) > HEIGHT_TOLERANCE:
        raise click.UsageError(
            f"block {options.height:,} is not of {options.day}: about block {round(expected, -3):,.0f} is; "
            "give the right one, or only one of --height and --date"
        )


def _check_subsidy(options: MarketOptions) -> None:
    if options.subsidy is None or (options.height is None and options.day is None):
        return
    of_chain, why = _subsidy_of_chain(options)
    on_halving_day = options.day in HALVING_DAYS and of_chain <= options.subsidy <= 2 * of_chain
    if options.subsidy != of_chain and not on_halving_day:
        raise click.UsageError(
            f"--subsidy {options.subsidy:g} contradicts the {of_chain:g} BTC {why}; give one of them"
        )


def _subsidy_of_chain(options: MarketOptions) -> tuple[float, str]:
    if options.height is not None:
        return float(subsidy_btc(options.height)), f"of block {options.height:,}"
    assert options.day is not None
    return float(subsidy_btc_on_date(options.day)), f"of {options.day}"


def _built(options: MarketOptions, today: date) -> Market:
    assert options.btc_price is not None
    subsidy, why = _subsidy(options, today)
    network = _network_eh_s(options)
    fee_share = DEFAULT_FEE_SHARE if options.fee_share is None else options.fee_share
    hashprice = hashprice_usd_per_ph_day(
        btc_price_usd=options.btc_price,
        network_eh_s=network,
        subsidy_btc_per_block=subsidy,
        fee_share=fee_share,
    )
    market = Market(
        hashprice_usd_per_ph_day=float(hashprice),
        btc_price_usd=options.btc_price,
        built_from="network" if options.difficulty is None else "difficulty",
        network_eh_s=network,
        difficulty=options.difficulty,
        subsidy_btc=subsidy,
        fee_share=fee_share,
        halving=_halving(options),
    )
    return _told(market, options, why)


def _subsidy(options: MarketOptions, today: date) -> tuple[float, str]:
    if options.subsidy is not None:
        return options.subsidy, "given"
    if options.height is None and options.day is None:
        return float(subsidy_btc_on_date(today)), f"today, {today}"
    return _subsidy_of_chain(options)


def _network_eh_s(options: MarketOptions) -> float:
    if options.difficulty is not None:
        return float(difficulty_to_eh_s(options.difficulty))
    assert options.network_eh_s is not None
    return options.network_eh_s


def _told(market: Market, options: MarketOptions, why: str) -> Market:
    assert market.fee_share is not None
    assert market.network_eh_s is not None
    fees_per_subsidy = float(fee_share_to_fees_per_subsidy(market.fee_share))
    default = "" if options.fee_share is not None else ", the default"
    network = f"network {market.network_eh_s:,.1f} EH/s"
    if market.difficulty is not None:
        network += f" from difficulty {market.difficulty / 1e12:,.2f} T x 2^32 / 600 s"
    lines = (
        f"Hashprice {market.hashprice_usd_per_ph_day:,.2f} USD per PH/s and day = {BLOCKS_PER_DAY:g} blocks x "
        f"{market.subsidy_btc:g} BTC x (1 + {fees_per_subsidy:.4f}) x {market.btc_price_usd:,.0f} USD / "
        f"{float(eh_s_to_ph_s(market.network_eh_s)):,.0f} PH/s",
        f"  subsidy {market.subsidy_btc:g} BTC ({why}); fees {market.fee_share:.2%} of the reward{default}; {network}",
    )
    return replace(market, lines=(*lines, *_halving_lines(options, market.halving)))


def _halving(options: MarketOptions) -> HalvingEstimate | None:
    if options.height is None and options.day is None:
        return None
    height, day = options.height, options.day
    if height is None:
        assert day is not None
        height = int(float(estimated_height(day)))
    if day is None:
        day = estimated_date(height)
    return next_halving(height=height, day=day)


def _halving_lines(options: MarketOptions, halving: HalvingEstimate | None) -> tuple[str, ...]:
    if halving is None:
        return ()
    line = (
        f"Next halving: block {halving.height:,}, about {halving.day}, in {halving.days_left:,.0f} days "
        f"({halving.blocks_left:,} blocks of ten minutes): {halving.subsidy_btc:g} -> {halving.next_subsidy_btc:g} BTC"
    )
    if options.day not in HALVING_DAYS:
        return (line,)
    assert options.day is not None
    lower = float(subsidy_btc_on_date(options.day))
    mixed = f"{options.day} was the day of a halving: its first blocks paid {2 * lower:g} BTC, the others {lower:g}"
    return (line, mixed)
