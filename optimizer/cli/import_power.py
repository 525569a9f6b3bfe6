"""`wattsplit import-power`: price files of a market to one series in wattsplit's own format, with its account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.reading import Reading, reading_options

if TYPE_CHECKING:
    from sites.price_import import PriceImport

ACCOUNT_ENDING = ".account.json"


@click.command(name="import-power")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Series to write; its account goes beside.")
@reading_options
@click.option("--id", "series_id", default="", help="Name in the account. Default: the name of --out.")
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
def import_power(
    files: tuple[Path, ...],
    out: Path,
    reading: Reading,
    series_id: str,
    force: bool,
) -> None:
    """Turn price files of a market into one series of hourly prices, with an account of every repaired hour.

    Formats are recognised by their content; a file of none of them is refused with the list. CSV, gzip, zip, xlsx
    and Parquet are read, and several files make one series. Other files need --time, --price and --stamp.

    \b
    Example:
      wattsplit import-power RTMLZHBSPP_2024.zip --location LZ_WEST --out west-2024.csv
      wattsplit import-power prices.parquet --time interval_start_utc --price usd --stamp begin
          --tz America/Chicago --out own.csv
    """
    from reports.single_file import check_file, write_file
    from sites.hourly import hourly_csv

    account = account_path(out)
    if out.resolve() in {path.resolve() for path in files}:
        raise click.UsageError(f"--out {out} is one of the files to be imported; choose another name")
    for target in (account, out):
        check_file(target, force=force)
    imported = reading.read(files, id=series_id or out.stem)
    stored = json.dumps(imported.account(), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    # The series last: where it stands, its account does too.
    fresh = not account.exists()
    write_file(account, stored.encode(), force=force)
    try:
        write_file(out, hourly_csv(imported.prices).encode(), force=force)
    except BaseException:
        if fresh:
            account.unlink(missing_ok=True)
        raise
    for line in told(imported):
        click.echo(line)
    if imported.repairs:
        click.echo(f"{len(imported.repairs)} hours were repaired; {account.name} has each of them")
    click.echo(f"written: {out} and {account.name}")


def account_path(series: Path) -> Path:
    """Where the account of a series is stored: ``west.account.json`` beside ``west.csv``."""
    return series.with_name(series.name.removesuffix(".csv") + ACCOUNT_ENDING)


def told(imported: PriceImport) -> Iterator[str]:
    """What was read and done, in lines."""
    import numpy as np

    from sites.hourly import hours_in_year

    prices = imported.prices
    count = len(imported.sources)
    yield f"format: {', '.join(imported.formats)} ({count} file{'s' if count > 1 else ''})"
    yield f"location: {imported.location or 'not told by the files'}"
    yield f"clock: {imported.timezone or 'as the files have it'}"
    currency = imported.currency or "not told by the files"
    if imported.rates is None:
        yield f"currency: {currency}{'' if imported.currency else ', taken as USD'}"
    else:
        yield f"currency: {currency}, converted at {imported.rates.source or f'{imported.rates.single:.12g} USD'}"
    at = 0
    for year in prices.years:
        of_year = prices.prices[at : at + hours_in_year(year)]
        at += len(of_year)
        negative, dear = int(np.sum(of_year < 0)), int(np.sum(of_year > 200))
        yield (
            f"{year}: {len(of_year)} hours, min {of_year.min():.2f}, mean {of_year.mean():.2f}, "
            f"max {of_year.max():.2f} USD/MWh; hours below 0: {negative}, above 200: {dear}"
        )
    yield from (f"note: {note}" for note in imported.notes)
    yield from (f"done: {sentence}" for sentence in prices.cleaning if sentence not in imported.notes)
