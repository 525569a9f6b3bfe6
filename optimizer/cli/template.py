"""`wattsplit template`: an input workbook, empty or filled from a portfolio."""

from __future__ import annotations

from pathlib import Path

import click

from optimizer.cli.inputs import portfolio_source


@click.command()
@click.argument("out", type=click.Path(path_type=Path), metavar="OUT.xlsx")
@click.argument("portfolio", required=False)
@click.option("--force", is_flag=True, help="Replace a workbook that stands there.")
def template(out: Path, portfolio: str | None, force: bool) -> None:
    """Write an Excel workbook with a sheet per input table: units, texts, drop-downs; filled where PORTFOLIO is given.

    Every command that takes a portfolio reads such a workbook. Findings name its sheet and cell.

    \b
    Example:
      wattsplit template book.xlsx tiny
      wattsplit plan book.xlsx
    """
    from reports.single_file import check_file, write_file
    from sites import load_portfolio
    from sites.workbook import workbook_bytes

    if out.suffix.lower() != ".xlsx":
        raise click.BadParameter(f"{out}: expected a name that ends in .xlsx", param_hint="OUT.xlsx")
    check_file(out, force=force)
    given = None if portfolio is None else load_portfolio(portfolio_source(portfolio))
    write_file(out, workbook_bytes(given), force=force)
    click.echo(f"wrote {out}; next: wattsplit {'plan' if given else 'check'} {out}")
