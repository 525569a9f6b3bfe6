"""`wattsplit plan`: from a portfolio to a plan on disk."""

from __future__ import annotations

import json
from pathlib import Path

import click

from optimizer.cli.changes import Changes, change_options
from optimizer.cli.inputs import portfolio_name, portfolio_source
from optimizer.cli.progress import progress_line
from optimizer.cli.report_options import Wanted, report_options
from optimizer.cli.searching import search_options


@click.command()
@click.argument("portfolio")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: plans/NAME.")
@click.option("--force", is_flag=True, help="Replace a plan that stands in that folder.")
@search_options
@report_options
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the tables.")
@change_options
def plan(
    portfolio: str,
    changes: Changes,
    out: Path | None,
    force: bool,
    gap: float | None,
    time_limit: float | None,
    wanted: Wanted,
    quiet: bool,
    as_json: bool,
) -> None:
    """Find the best split of every site's megawatts and write it with its proof and a report.

    PORTFOLIO is a folder with a portfolio.yaml, a YAML file, or the name of a bundled portfolio (see 'wattsplit
    portfolios'). The plan's folder appears complete or not at all.

    Offers with a least size, blocks, exclusive groups or requirements are searched for whole numbers. Ctrl-C or the
    time limit ends that search; the best plan found is then written, and says how far from the best it may be.

    \b
    Example:
      wattsplit plan north-america --out my-plan
      wattsplit plan deal-desk --drop inference-pods --out without-pods
      wattsplit plan book.xlsx --formats pdf,xlsx --currency-scale bn
    """
    from reports import check_target
    from sites import load_portfolio

    options = wanted.options()
    given, pins = changes.applied(load_portfolio(portfolio_source(portfolio)), quiet=quiet)
    target = check_target(out or Path("plans", portfolio_name(portfolio)), force)

    with progress_line(quiet=quiet) as say:
        say("loading the solver")
        from optimizer import DEFAULT_GAP
        from optimizer import plan as find_plan
        from reports import write_report

        found = find_plan(
            given,
            pins=pins,
            gap=DEFAULT_GAP if gap is None else gap,
            time_limit=time_limit,
            progress=say,
        )
        say("writing the report")
        write_report(found, target, options=options, force=force)

    if as_json:
        click.echo(json.dumps(found.summary, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from reports.terminal import print_summary

        print_summary(found, out or Path("plans", portfolio_name(portfolio)), options.files())
