"""`wattsplit price`: the deal sheet of one offer."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.changes import Changes, change_options
from optimizer.cli.inputs import portfolio_source
from optimizer.cli.progress import progress_line
from optimizer.cli.quantity import QuantityType

_SECONDS = QuantityType("seconds", 0.0, 1e7, open_least=True)


@click.command()
@click.argument("portfolio")
@click.argument("contract")
@change_options
@click.option("--out", type=click.Path(path_type=Path), help="Page (.html), or folder for it and all tables.")
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--time-limit", type=_SECONDS, help="End each search for whole numbers after so long, with an error.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON instead of tables.")
def price(
    portfolio: str,
    contract: str,
    changes: Changes,
    out: Path | None,
    force: bool,
    time_limit: float | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Price an open offer: the rent at which to walk away, how many MW at which rent, and what the deal displaces.

    Every price is exact: the portfolio is optimised with the offer and without it, and the rent is where the two are
    worth the same. The walk-away rent is also given by term, escalator, delay, tenant's share of the capex, prepaid
    months, PUE, default rate and hashprice, all else as offered.

    What is changed with --set and the like is changed first: a new tenant can be added and priced in one go.

    \b
    Example:
      wattsplit price tiny inference
      wattsplit price north-america turnkey-conversion --out deal
      wattsplit price north-america newcomer --add-contract newcomer.yaml
    """
    from optimizer.deal_sheet import deal
    from reports.deal import deal_json
    from reports.deal_files import check_deal_target, write_deal
    from sites import load_portfolio

    given, pins = changes.applied(load_portfolio(portfolio_source(portfolio)), quiet=quiet)
    if out is not None:
        check_deal_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        sheet = deal(given, contract, pins=pins, time_limit=time_limit, progress=say)
        if out is not None:
            say("writing the files")
            write_deal(sheet, out, force=force)
    if as_json:
        click.echo(deal_json(sheet))
    elif not quiet:
        from reports.deal_terminal import print_deal

        print_deal(sheet)
        if out is not None:
            click.echo(f"written: {out}")
