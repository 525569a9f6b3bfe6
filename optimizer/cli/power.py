"""`wattsplit power`: what hourly prices look like, and how long machines would run on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli import quantity as units
from optimizer.cli.reading import Reading, reading_options

if TYPE_CHECKING:
    from sites.power_statistics import RunningTerms
    from sites.price_import import PriceImport
    from sites.records import Rig

# The air-cooled machine of each of four generations of one maker: from 29.5 J/TH (2021) down to 11 (2026).
DEFAULT_RIGS = ("s19j-pro", "s19-xp", "s21", "s23")
# Today's hashprice (its source is in sites/hashprice_shape.py), a quarter less and a quarter more.
HASHPRICE_STEPS = (0.75, 1.0, 1.25)

ADDER = units.QuantityType("USD/MWh", -1_000, 1_000, slips=(units.Slip(0, 0.1, 1_000, "USD/kWh"),))
TABLES = ("runs", "statistics", "duration", "month-hours", "months")


@click.command()
@click.argument("series", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--rig", "rigs", multiple=True, metavar="ID", help="Machine of the catalogue; repeatable.")
@click.option("--hashprice", "hashprices", multiple=True, type=units.HASHPRICE, help="Repeatable. Default: 24, 32, 40.")
@click.option("--pool-fee", type=units.POOL_FEE, default=0.0, help="Share of the revenue. Default 0.")
@click.option("--variable-opex", type=units.VARIABLE_OPEX, default=0.0, help="Beside the power. Default 0.")
@click.option("--adder", type=ADDER, default=0.0, help="Added to every hour's price. Default 0.")
@click.option("--uptime", type=units.UPTIME, default=1.0, help="Share of the hours worth running. Default 1.")
@click.option(
    "--overhead", type=units.OVERHEAD, default=1.0, help="Power at the meter per power at the wall. Default 1."
)
@click.option("--name", default="", help="Title. Default: the location, or the first file's name.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Page (.html), picture (.png), run hours (.csv), or folder for all."
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "table", type=click.Choice(TABLES), help="Print this table as CSV instead of all as text.")
@reading_options
def power(  # long because click hands over every option as an argument of its own
    series: tuple[Path, ...],
    reading: Reading,
    rigs: tuple[str, ...],
    hashprices: tuple[float, ...],
    pool_fee: float,
    variable_opex: float,
    adder: float,
    uptime: float,
    overhead: float,
    name: str,
    out: Path | None,
    force: bool,
    table: str | None,
) -> None:
    """Show hourly power prices: how dear, when, and how many hours machines would run at what average price.

    SERIES is a price file or several that make one series, in any format that 'wattsplit import-power' reads.
    A machine runs in the hours that cost less than it earns. Without --rig: s19j-pro, s19-xp, s21 and s23, the
    air-cooled machines of four generations from 29.5 to 11 J/TH.

    \b
    Example:
      wattsplit power west-2024.csv --rig s21 --hashprice 32 --pool-fee 0.01
      wattsplit power ercot-2024Q*.csv --location West --out west.html
    """
    from reports.power import CSV_TABLES, PowerReport
    from reports.power_files import check_power_target, write_power
    from sites.hashprice_shape import ANCHOR_USD_PER_PH_DAY
    from sites.power_statistics import RunningTerms, run_hours, with_adder

    machines = _machines(rigs)
    if out is not None:
        check_power_target(out, force=force)
    found = reading.read(series, id=series[0].stem)
    prices = with_adder(found.prices, adder)
    terms = RunningTerms(pool_fee=pool_fee, variable_opex_usd_per_mwh=variable_opex, uptime=uptime, overhead=overhead)
    ladder = sorted(set(hashprices)) or [step * ANCHOR_USD_PER_PH_DAY for step in HASHPRICE_STEPS]
    report = PowerReport(
        title=name or found.location or series[0].stem,
        prices=prices,
        account=_told_import(found),
        runs=tuple(
            run_hours(prices, rig, hashprice_usd_per_ph_day=price, terms=terms) for rig in machines for price in ladder
        ),
        assumptions=(
            *(() if rigs else (_told_rigs(machines),)),
            *(() if hashprices else (_told_hashprices(ladder),)),
            _told_terms(terms, adder),
        ),
    )
    if out is not None:
        write_power(report, out, force=force)
    if table is not None:
        click.echo(CSV_TABLES[table](report), nl=False)
        return
    from reports.power_terminal import print_power

    print_power(report)
    if out is not None:
        click.echo(f"written: {out}")


def _told_import(found: PriceImport) -> tuple[str, ...]:
    """The account of the import: files with their formats, what turned their currency into USD, notes, repairs."""
    formats = (f"{source.file}: {', '.join(source.formats)}" for source in found.sources)
    rates = found.rates
    converted = []
    if rates is not None:
        rate = f"by month, {rates.source}" if rates.single is None else f"{rates.single:.12g}"
        converted = [f"{found.currency or 'the currency of the files'} was turned into USD at {rate}"]
    repairs = found.prices.cleaning or ("no hour was repaired",)
    return (*formats, *converted, *found.notes, *(line for line in repairs if line not in found.notes))


def _machines(rig_ids: tuple[str, ...]) -> list[Rig]:
    """The machines asked for, each once."""
    from sites.catalogue import UnknownRigError, catalogue_entry

    try:
        entries = [catalogue_entry(rig_id) for rig_id in rig_ids or DEFAULT_RIGS]
    except UnknownRigError as error:
        raise click.UsageError(f"{error} 'wattsplit economics --list-rigs' shows all") from error
    return list({entry.rig.id: entry.rig for entry in entries}.values())


def _told_rigs(machines: list[Rig]) -> str:
    known = ", ".join(f"{rig.id} ({rig.j_per_th:.1f} J/TH)" for rig in machines)
    return f"Rigs by default, the air-cooled machine of each of four generations: {known}; choose with --rig."


def _told_hashprices(ladder: list[float]) -> str:
    known = ", ".join(f"{price:g}" for price in ladder)
    return (
        f"Hashprices by default: {known} USD/PH/s/day; the middle one is about the mean of February and of August 2026 "
        "(32.1 and 32.4), the others are a quarter less and more; choose with --hashprice."
    )


def _told_terms(terms: RunningTerms, adder: float) -> str:
    parts = [
        f"pool fee {terms.pool_fee:.12g}",
        f"variable opex {terms.variable_opex_usd_per_mwh:.12g} USD/MWh",
        f"adder {adder:.12g} USD/MWh, in every price shown",
        f"uptime {terms.uptime:.12g}",
        f"overhead {terms.overhead:.12g}",
    ]
    return f"Terms: {', '.join(parts)}."
