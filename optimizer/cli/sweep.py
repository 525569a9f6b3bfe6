"""`wattsplit sweep`: the optimal plan over a range of one field, or a switching map over two."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.changes import Changes, change_options
from optimizer.cli.inputs import portfolio_source
from optimizer.cli.progress import progress_line

SHOWN = ("npv", "ai_share", "capex", "peak_ai", "hashrate", "cash_low", "chosen")


@click.command()
@click.argument("portfolio")
@click.option(
    "--over", multiple=True, required=True, metavar="FIELD=RANGE", help="Field and its values; once or twice."
)
@click.option(
    "--show", multiple=True, type=click.Choice(SHOWN), help="Figure to print; repeatable. Default: npv, chosen."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Page (.html), picture (.png), table (.csv), or folder for all."
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all cells as CSV instead of tables and maps.")
@click.option("--json", "as_json", is_flag=True, help="Print all cells as JSON instead of tables and maps.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@change_options
def sweep(
    portfolio: str,
    changes: Changes,
    over: tuple[str, ...],
    show: tuple[str, ...],
    out: Path | None,
    force: bool,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Find the best plan for every value of one field, or for every pair of values of two.

    FIELD is an address as after --set of 'wattsplit whatif': TABLE.RECORD.FIELD, with * for every record.

    \b
    RANGE is one of
      FROM:TO:COUNT        90:150:13, so many values set in turn
      *FROM:*TO:COUNT      *0.6:*1.4:20, factors on what stands there
      +FROM:+TO:COUNT      +0:+12:13, added to what stands there
      a list               90,100,110 or *0.8,*1,*1.2 or 2027-01,2027-07

    With two fields the first runs across the map and the second up. --out writes the page, the picture and the
    tables; what is changed with --set and the like holds in every cell. A cell without a plan is told, not an error.

    \b
    Example:
      wattsplit sweep tiny --over contracts.inference.price_usd_per_kw_month=20:80:13
      wattsplit sweep north-america --over 'hashprice.*.usd_per_ph_day=*0.6:*1.4:20' \\
        --over contracts.neocloud-triple-net.price_usd_per_kw_month=100:200:20 --out map
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    from optimizer.ranges import parse_axes
    from optimizer.sweeping import MOST_AXES
    from optimizer.sweeping import sweep as find_sweep
    from reports.sweep import SweepReport
    from reports.sweep_files import check_sweep_target, write_sweep
    from reports.sweep_tables import cells_csv, sweep_json
    from sites import load_portfolio

    axes = parse_axes(over, MOST_AXES)
    given, pins = changes.applied(load_portfolio(portfolio_source(portfolio)), quiet=quiet)
    if out is not None:
        check_sweep_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        report = SweepReport(find_sweep(given, axes, pins=pins, progress=say))
        if out is not None:
            say("writing the files")
            write_sweep(report, out, force=force)
    if as_csv:
        click.echo(cells_csv(report.sweep), nl=False)
    elif as_json:
        click.echo(sweep_json(report.sweep))
    elif not quiet:
        from reports.sweep_terminal import print_sweep

        print_sweep(report, show)
        if out is not None:
            click.echo(f"written: {out}")
