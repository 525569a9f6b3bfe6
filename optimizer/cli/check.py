"""`wattsplit check`: everything that is wrong or remarkable in a portfolio, without solving anything."""

from __future__ import annotations

import click

from optimizer.cli.inputs import portfolio_source


@click.command()
@click.argument("portfolio")
def check(portfolio: str) -> None:
    """List all errors and warnings of a portfolio at once, and what was understood.

    PORTFOLIO is a folder with a portfolio.yaml, a YAML file, or the name of a bundled portfolio. Exit code 2 when
    there are errors.

    \b
    Example:
      wattsplit check north-america
    """
    from reports.understood import portfolio_lines
    from sites import load_portfolio
    from sites.findings import told

    given = load_portfolio(portfolio_source(portfolio))
    for line in told(given.warnings):
        click.echo(line, err=True)
    for line in portfolio_lines(given):
        click.echo(line)
    warnings = len(given.warnings)
    click.echo(f"no errors, {warnings or 'no'} warning{'' if warnings == 1 else 's'}")
