"""`wattsplit economics`: what machines earn, where they break even, and what a BTC costs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from optimizer.cli import quantity as units

if TYPE_CHECKING:
    from optimizer.cli.market import Market
    from sites.catalogue import CatalogueRig
    from sites.rig_economics import MiningCase


@click.command()
@click.option("--rig", "rigs", multiple=True, metavar="ID", help="Machine of the catalogue; repeatable. Default: all.")
@click.option("--power", type=units.POWER, help="Power price at the meter, 45 for 4.5 c/kWh.")
@click.option("--hashprice", type=units.HASHPRICE, help="Revenue of one PH/s in a day.")
@click.option("--btc-price", type=units.BTC_PRICE, help="To build the hashprice, and for costs per BTC.")
@click.option("--network-eh-s", type=units.NETWORK, help="Hashrate of the network.")
@click.option("--difficulty", type=units.DIFFICULTY, help="Instead of the hashrate: 125.87T or 1.2587e14.")
@click.option("--fee-share", type=units.FEE_SHARE, help="Fees per total reward. Default 0.007.")
@click.option("--subsidy", type=units.SUBSIDY, help="Default: as of --height, --date or today.")
@click.option("--height", type=click.IntRange(min=0), metavar="BLOCK", help="Block whose subsidy counts.")
@click.option("--date", "day", type=units.DayType(), help="Day whose subsidy counts; on a halving's day the lower one.")
@click.option("--pool-fee", type=units.POOL_FEE, default=0.0, help="Share of the revenue. Default 0.")
@click.option("--uptime", type=units.UPTIME, default=1.0, help="Share of the hours. Default 1.")
@click.option("--overhead", type=units.OVERHEAD, help="Power at the meter per power at the wall. Default 1.")
@click.option("--variable-opex", type=units.VARIABLE_OPEX, default=0.0, help="Beside the power. Default 0.")
@click.option("--fixed-opex-per-mw-year", type=units.FIXED_OPEX, default=0.0, help="Per energised MW. Default 0.")
@click.option("--overhead-usd-per-btc", type=units.BTC_OVERHEAD, default=0.0, help="In the all-in cost. Default 0.")
@click.option("--rig-price-usd-per-th", type=units.RIG_PRICE, help="For all rigs. Default: the catalogue's.")
@click.option("--depreciation-years", type=units.YEARS, default=4.0, help="Life of the rigs. Default 4.")
@click.option("--format", "style", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option("--list-rigs", is_flag=True, help="List the catalogue (or the chosen rigs) and do nothing else.")
def economics(  # long because click hands over every option as an argument of its own
    rigs: tuple[str, ...],
    power: float | None,
    hashprice: float | None,
    btc_price: float | None,
    network_eh_s: float | None,
    difficulty: float | None,
    fee_share: float | None,
    subsidy: float | None,
    height: int | None,
    day: date | None,
    pool_fee: float,
    uptime: float,
    overhead: float | None,
    variable_opex: float,
    fixed_opex_per_mw_year: float,
    overhead_usd_per_btc: float,
    rig_price_usd_per_th: float | None,
    depreciation_years: float,
    style: str,
    list_rigs: bool,
) -> None:
    """Print what machines earn per MWh, where they break even, and what a BTC costs to mine.

    The hashprice is given, or built from the BTC price and the network of the same day. Fractions are fractions: a pool
    fee of 1 % is 0.01.

    \b
    Example:
      wattsplit economics --rig s21 --rig s19j-pro --hashprice 32 --power 45
      wattsplit economics --rig s21 --power 45 --btc-price 70717 \\
        --difficulty 125.87T --fee-share 0.0042 --date 2026-02-08
      wattsplit economics --list-rigs
    """
    entries = _chosen(rigs, overhead)
    if list_rigs:
        _show_catalogue(entries, style)
        return
    if power is None:
        raise click.UsageError("no power price: give --power in USD/MWh, such as --power 45 for 4.5 c/kWh")
    from optimizer.cli.market import MarketOptions, market_of
    from sites.economics import OperatingCosts
    from sites.rig_economics import MiningCase

    market = market_of(
        MarketOptions(
            hashprice=hashprice,
            btc_price=btc_price,
            network_eh_s=network_eh_s,
            difficulty=difficulty,
            subsidy=subsidy,
            fee_share=fee_share,
            height=height,
            day=day,
        ),
        today=datetime.now(UTC).date(),
    )
    costs = OperatingCosts(
        power_usd_per_mwh=power,
        pool_fee=pool_fee,
        uptime=uptime,
        variable_opex_usd_per_mwh=variable_opex,
        fixed_opex_usd_per_mw_year=fixed_opex_per_mw_year,
    )
    case = MiningCase(
        hashprice_usd_per_ph_day=market.hashprice_usd_per_ph_day,
        costs=costs,
        btc_price_usd=market.btc_price_usd,
        depreciation_years=depreciation_years,
        overhead_usd_per_btc=overhead_usd_per_btc,
    )
    _show(entries, rig_price_usd_per_th, market, case, style)


def _chosen(rig_ids: tuple[str, ...], overhead: float | None) -> list[CatalogueRig]:
    """The machines asked for, each once; all of the catalogue when none is."""
    from dataclasses import replace

    from sites.catalogue import UnknownRigError, catalogue_entries, catalogue_entry

    entries = list(catalogue_entries())
    if rig_ids:
        try:
            entries = list({entry.rig.id: entry for entry in map(catalogue_entry, rig_ids)}.values())
        except UnknownRigError as error:
            raise click.UsageError(f"{error} --list-rigs shows all") from error
    if overhead is None:
        return entries
    return [replace(entry, rig=entry.rig.model_copy(update={"overhead": overhead})) for entry in entries]


def _show_catalogue(entries: list[CatalogueRig], style: str) -> None:
    from reports import economics as rendering

    if style == "csv":
        click.echo(rendering.catalogue_csv(entries), nl=False)
    elif style == "json":
        click.echo(rendering.catalogue_json(entries))
    else:
        rendering.print_catalogue(entries)


def _show(
    entries: list[CatalogueRig], rig_price_usd_per_th: float | None, market: Market, case: MiningCase, style: str
) -> None:
    from reports import economics as rendering
    from sites.rig_economics import rig_economics

    rows = [
        rig_economics(
            entry.rig,
            case,
            rig_price_usd_per_th=entry.price_usd_per_th if rig_price_usd_per_th is None else rig_price_usd_per_th,
        )
        for entry in entries
    ]
    if style == "csv":
        click.echo(rendering.economics_csv(rows, case), nl=False)
    elif style == "json":
        click.echo(rendering.economics_json(rows, market.record(), case))
    else:
        rendering.print_economics(rows, market.lines, case)
