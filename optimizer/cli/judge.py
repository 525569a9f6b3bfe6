"""`wattsplit judge`: what a plan risks, what it misses, and what its safety has cost."""

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
    "--fresh",
    type=click.IntRange(min=2),
    metavar="PATHS",
    help="Try the plan on so many fresh paths of the stochastic market. Default: as many as it is made for.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Page (.html), picture (.png), table (.csv), all figures (.json), or folder for all.",
)
@click.option("--force", is_flag=True, help="Replace what stands at --out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the scenarios as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@search_options
@change_options
def judge(
    portfolio: str,
    changes: Changes,
    fresh: int | None,
    gap: float | None,
    time_limit: float | None,
    out: Path | None,
    force: bool,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Judge a plan: its value and cash in every scenario, its regrets, and how it does in fresh ones.

    Needs a portfolio with several scenarios. Beside the plan stand the best plans for single scenarios, the plan for
    the mean scenario, and the plan that is best on average: what they would have earned is what the plan misses, what
    knowing more would be worth, and what the plan's safety has cost.

    \b
    Example:
      wattsplit judge my-portfolio
      wattsplit judge my-portfolio --set risk.cvar_weight=0.5 --out judging
    """
    if as_csv and as_json:
        raise click.UsageError("--csv and --json both say how to print; give one of them")
    from optimizer.judging.judging import judge as find_judgement
    from optimizer.search import DEFAULT_GAP
    from reports.judging import judging_json, scenarios_csv
    from reports.judging_files import check_judging_target, write_judging
    from sites import load_portfolio

    given, pins = changes.applied(load_portfolio(portfolio_source(portfolio)), quiet=quiet)
    if out is not None:
        check_judging_target(out, force=force)
    with progress_line(quiet=quiet) as say:
        found = find_judgement(
            given,
            pins=pins,
            fresh=None if fresh is None else _fresh_paths(given, fresh),
            gap=DEFAULT_GAP if gap is None else gap,
            time_limit=time_limit,
            progress=say,
        )
        if out is not None:
            say("writing the files")
            write_judging(found, out, force=force)
    if as_csv:
        click.echo(scenarios_csv(found), nl=False)
    elif as_json:
        click.echo(judging_json(found))
    elif not quiet:
        from reports.judging_terminal import print_judging

        print_judging(found)
        if out is not None:
            click.echo(f"written: {out}")


def _fresh_paths(portfolio: Portfolio, count: int) -> ScenarioPaths:
    """Paths that the plan was not made for: those of another seed."""
    from sites.scenarios import ScenarioPaths

    drawn = portfolio.market_paths(count, portfolio.risk.seed + 1)
    return ScenarioPaths.equally_likely(drawn.hashprice, drawn.power_factor)
