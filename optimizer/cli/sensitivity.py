"""`wattsplit sensitivity`: what hangs on each driver, with the plan found anew and with the plan held fixed."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.changes import Changes, change_options
from optimizer.cli.inputs import portfolio_source
from optimizer.cli.progress import progress_line


@click.command()
@click.argument("portfolio")
@click.option(
    "--range", "ranges", multiple=True, metavar="DRIVER=LOW:HIGH", help="Instead of its usual range; repeatable."
)
@click.option(
    "--driver", "drivers", multiple=True, metavar="DRIVER", help="Move only this one; repeatable. Default: all."
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Page (.html), picture (.png), table (.csv), or folder for all."
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the table as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@change_options
def sensitivity(
    portfolio: str,
    changes: Changes,
    ranges: tuple[str, ...],
    drivers: tuple[str, ...],
    out: Path | None,
    force: bool,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Move each driver of the value alone, to a low and to a high value, and show what that does.

    Each time the plan is found anew, and beside it the base plan is held fixed: the same MW of every start, no fleet
    larger than planned. The difference is the value of adapting. Where the base plan breaks a limit, that is told.

    \b
    DRIVER              usual range     moves
      hashprice         *0.7:*1.3       the hashprice of every month
      power             *0.8:*1.2       flat prices and price series
      capex             *0.75:*1.25     capex_usd_per_mw of every contract
      rent              *0.9:*1.1       rents of the open offers
      discount_rate     +-0.03:+0.05    the rate of mining
      ai_discount_rate  +-0.015:+0.025  the rate of AI
      delay             +0:+6           months by which AI is delivered later
      default_rate      *0.5:*2         default rates of every contract

    LOW and HIGH are factors (*), additions (+) or, for hashprice and the rates, values.

    \b
    Example:
      wattsplit sensitivity tiny
      wattsplit sensitivity north-america --range 'hashprice=*0.5:*1.5' --range delay=+0:+12 --out tornado
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    from optimizer.drivers import parse_ranges
    from optimizer.sensitivities import sensitivity as find_sensitivity
    from reports.sensitivity import SensitivityReport, sensitivity_json, swings_csv
    from reports.sensitivity_files import check_sensitivity_target, write_sensitivity
    from sites import load_portfolio

    asked = parse_ranges(ranges, drivers)
    given, pins = changes.applied(load_portfolio(portfolio_source(portfolio)), quiet=quiet)
    if out is not None:
        check_sensitivity_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        report = SensitivityReport(find_sensitivity(given, asked, pins=pins, progress=say))
        if out is not None:
            say("writing the files")
            write_sensitivity(report, out, force=force)
    if as_csv:
        click.echo(swings_csv(report.sensitivity), nl=False)
    elif as_json:
        click.echo(sensitivity_json(report.sensitivity))
    elif not quiet:
        from reports.sensitivity_terminal import print_sensitivity

        print_sensitivity(report)
        if out is not None:
            click.echo(f"written: {out}")
