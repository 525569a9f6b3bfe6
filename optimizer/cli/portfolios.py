"""`wattsplit portfolios`: the bundled examples, listed and copied."""

from __future__ import annotations

import click


@click.group(invoke_without_command=True)
@click.pass_context
def portfolios(context: click.Context) -> None:
    """List the bundled portfolios, or copy one to start from.

    \b
    Example:
      wattsplit portfolios
      wattsplit portfolios copy tiny my-portfolio
    """
    if context.invoked_subcommand is None:
        _list()


@portfolios.command()
@click.argument("name")
@click.argument("folder", type=click.Path())
def copy(name: str, folder: str) -> None:
    """Copy the bundled portfolio NAME into the new folder FOLDER, ready to be edited.

    \b
    Example:
      wattsplit portfolios copy tiny my-portfolio
      wattsplit plan my-portfolio
    """
    from sites.bundled import copy_portfolio

    copy_portfolio(name, folder)
    click.echo(f"copied {name} to {folder}; next: wattsplit plan {folder}")


def _list() -> None:
    from reports.understood import portfolio_headline
    from sites import load_portfolio
    from sites.bundled import portfolio_description, portfolio_names, portfolio_path

    for name in portfolio_names():
        click.echo(f"{name}: {portfolio_headline(load_portfolio(portfolio_path(name)))}")
        click.echo(f"  {portfolio_description(name)}")
