"""`wattsplit plan`: from a portfolio to a plan on disk."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from optimizer.cli.inputs import portfolio_name, portfolio_source
from optimizer.cli.searching import search_options


@click.command()
@click.argument("portfolio")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write; default: plans/NAME.")
@click.option("--force", is_flag=True, help="Replace a plan that stands in that folder.")
@click.option("--pin", "pins", multiple=True, metavar="OFFER@SITE:MONTH=MW", help="Force a decision; may be repeated.")
@search_options
@click.option("--quiet", is_flag=True, help="Print nothing unless something is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print summary.json instead of the tables.")
def plan(
    portfolio: str,
    out: Path | None,
    force: bool,
    pins: tuple[str, ...],
    gap: float | None,
    time_limit: float | None,
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
      wattsplit plan deal-desk --pin atlas@pecos:2027-06=40
    """
    from reports import check_target
    from sites import load_portfolio

    given = load_portfolio(portfolio_source(portfolio))
    if not quiet:
        for warning in given.warnings:
            click.echo(str(warning), err=True)
    target = check_target(out or Path("plans", portfolio_name(portfolio)), force)

    with _progress(quiet) as say:
        say("loading the solver")
        from optimizer import DEFAULT_GAP, parse_pins
        from optimizer import plan as find_plan
        from reports import write_report

        found = find_plan(
            given,
            pins=parse_pins(pins),
            gap=DEFAULT_GAP if gap is None else gap,
            time_limit=time_limit,
            progress=say,
        )
        say("writing the report")
        write_report(found, target, force=force)

    if as_json:
        click.echo(json.dumps(found.summary, indent=2, allow_nan=False, ensure_ascii=False))
    elif not quiet:
        from reports.terminal import print_summary

        print_summary(found, out or Path("plans", portfolio_name(portfolio)))


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """A way to say what is being done: a moving line on a terminal, silence elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True, markup=False).status("starting") as status:
        yield status.update
