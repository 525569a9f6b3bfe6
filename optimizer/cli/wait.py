"""`wattsplit wait`: what to sign now, what to leave until hashprice has shown itself, and what that is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from optimizer.cli.changes import Changes, change_options
from optimizer.cli.inputs import portfolio_source
from optimizer.cli.progress import progress_line
from optimizer.cli.searching import search_options

if TYPE_CHECKING:
    from sites.portfolio import Portfolio
    from sites.scenarios import ScenarioPaths


@click.command()
@click.argument("portfolio")
@click.option(
    "--branch",
    "branches",
    multiple=True,
    required=True,
    metavar="MONTH=BRANCHES",
    help="From this month on decisions may differ by so many bands of hashprice; repeatable, in order of time.",
)
@click.option(
    "--fresh",
    type=click.IntRange(min=1),
    metavar="PATHS",
    help="Try both plans on so many fresh paths of the portfolio's stochastic market.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Page (.html), picture (.png), table (.csv), all figures (.json), or folder for all.",
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the decisions as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@search_options
@change_options
def wait(
    portfolio: str,
    changes: Changes,
    branches: tuple[str, ...],
    fresh: int | None,
    gap: float | None,
    time_limit: float | None,
    out: Path | None,
    force: bool,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Show what to sign now, what waits and for which hashprice, and what waiting is worth.

    Needs a portfolio with several scenarios. They are clustered into a tree: at each branch month a planner looks at
    the mean hashprice of the three months before and finds it in one of a few bands. What is signed from then on may
    depend on it. The value of waiting is what this plan is worth beyond the best one that commits to everything now.

    \b
    Example:
      wattsplit wait my-portfolio --branch 2027-07=3
      wattsplit wait my-portfolio --branch 2027-07=3 --branch 2028-07=2 --out waiting
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    from optimizer.search import DEFAULT_GAP
    from optimizer.waiting.scenario_tree import parse_branching
    from optimizer.waiting.waiting import wait as find_waiting
    from reports.waiting import decisions_csv, waiting_json
    from reports.waiting_files import check_waiting_target, write_waiting
    from sites import load_portfolio

    branchings = [parse_branching(text) for text in branches]
    given, pins = changes.applied(load_portfolio(portfolio_source(portfolio)), quiet=quiet)
    if out is not None:
        check_waiting_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        paths = None if fresh is None else _fresh_paths(given, fresh)
        found = find_waiting(
            given,
            branchings,
            pins=pins,
            fresh=paths,
            gap=DEFAULT_GAP if gap is None else gap,
            time_limit=time_limit,
            progress=say,
        )
        if out is not None:
            say("writing the files")
            write_waiting(found, out, force=force)
    if as_csv:
        click.echo(decisions_csv(found), nl=False)
    elif as_json:
        click.echo(waiting_json(found))
    elif not quiet:
        from reports.waiting_terminal import print_waiting

        print_waiting(found)
        if out is not None:
            click.echo(f"written: {out}")


def _fresh_paths(portfolio: Portfolio, count: int) -> ScenarioPaths:
    """Paths that the plan was not made for: those of another seed."""
    from sites.scenarios import ScenarioPaths

    drawn = portfolio.market_paths(count, portfolio.risk.seed + 1)
    return ScenarioPaths.equally_likely(drawn.hashprice, drawn.power_factor)
