"""From what the user typed to a portfolio on disk."""

from __future__ import annotations

from pathlib import Path

import click


def portfolio_source(argument: str) -> Path:
    """The folder, YAML file or workbook that PORTFOLIO names: one on disk first, else a bundled portfolio.

    Raises
    ------
    click.BadParameter : neither exists; lists the bundled ones and names the nearest.
    """
    from sites.bundled import portfolio_names, portfolio_path
    from sites.hints import nearest

    path = Path(argument)
    names = portfolio_names()
    is_portfolio = path.is_file() or (path / "portfolio.yaml").is_file()
    if argument in names and not is_portfolio:
        return portfolio_path(argument)
    if path.exists():
        return path
    known = f"no folder or file {argument!r}, and no bundled portfolio of that name ({', '.join(names)})"
    raise click.BadParameter("; ".join(words for words in (known, nearest(argument, names)) if words))


def portfolio_name(argument: str) -> str:
    """The name of the plan's folder: that of the portfolio's folder, of a workbook, or of a YAML file of another name
    than portfolio.yaml.
    """
    path = Path(argument).resolve()
    if path.suffix == ".xlsx":
        return path.stem
    if path.suffix in {".yaml", ".yml"}:
        return path.parent.name if path.stem == "portfolio" else path.stem
    return path.name
