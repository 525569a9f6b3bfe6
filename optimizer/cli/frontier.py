"""`wattsplit frontier`: what safety costs, plan by plan, from the boldest to the safest."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.changes import Changes, change_options
from optimizer.cli.inputs import portfolio_source
from optimizer.cli.progress import progress_line


@click.command()
@click.argument("portfolio")
@click.option(
    "--alpha",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    help="The worst share of the scenarios. Default: cvar_alpha of the portfolio's risk.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Page (.html), picture (.png), table (.csv), or folder for all."
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the plans as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@change_options
def frontier(
    portfolio: str,
    changes: Changes,
    alpha: float | None,
    out: Path | None,
    force: bool,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show the efficient frontier: the most mean value for every mean of the worst scenarios.

    Needs a portfolio with several scenarios. Each plan on the frontier is the best one for some cvar_weight between
    0 and 1; between the weights shown nothing changes. Beside it stand what its safety costs and what it signs.

    \b
    Example:
      wattsplit frontier my-portfolio
      wattsplit frontier my-portfolio --alpha 0.1 --out frontier
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    from optimizer.efficient_frontier import frontier as find_frontier
    from reports.frontier import frontier_json, points_csv
    from reports.frontier_files import check_frontier_target, write_frontier
    from sites import load_portfolio

    given, pins = changes.applied(load_portfolio(portfolio_source(portfolio)), quiet=quiet)
    if out is not None:
        check_frontier_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        found = find_frontier(given, alpha=alpha, pins=pins, progress=say)
        if out is not None:
            say("writing the files")
            write_frontier(found, out, force=force)
    if as_csv:
        click.echo(points_csv(found), nl=False)
    elif as_json:
        click.echo(frontier_json(found))
    elif not quiet:
        from reports.frontier_terminal import print_frontier

        print_frontier(found)
        if out is not None:
            click.echo(f"written: {out}")
