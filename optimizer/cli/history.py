"""The options that name files of a network history, and how they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sites.network_history import NetworkHistory


def history_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--history`, `--series` and `--unit` to a command; it gets `files`, `series` and `units`."""
    for option in reversed(
        (
            click.option(
                "--history",
                "files",
                multiple=True,
                metavar="FILE",
                type=click.Path(path_type=Path),
                help="File of the network's daily history; repeatable, formats are told apart by content.",
            ),
            click.option(
                "--series",
                multiple=True,
                metavar="FILE=WORD",
                help="What a bare series is: market-price, hash-rate, difficulty, transaction-fees, ...",
            ),
            click.option("--unit", "units", multiple=True, metavar="FILE=UNIT", help="Unit of a file: TH/s, EH/s, ..."),
        )
    ):
        command = option(command)
    return command


def read_history(files: tuple[Path, ...], series: tuple[str, ...], units: tuple[str, ...]) -> NetworkHistory:
    """The history that the options name; warnings about it go to standard error.

    Raises
    ------
    NetworkHistoryError : lists everything that is wrong with the files.
    """
    from sites.network_history import read_network_history, series_and_units

    words, said = series_and_units((*series, *units))
    history = read_network_history(files, series=words, units=said)
    for finding in history.findings:
        click.echo(f"warning: {finding}", err=True)
    return history
