"""The options that change a portfolio before it is planned, the same for every command that takes them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from optimizer.cases import Case
    from optimizer.pins import Pin
    from sites.portfolio import Portfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What --set, --add-contract, --drop, --pin and --without-capital say, as typed and in the order typed."""

    edits: tuple[str, ...] = ()
    add: tuple[Path, ...] = ()
    drop: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    without_capital: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return not (self.edits or self.add or self.drop or self.pins)

    def case(self) -> Case:
        """The changes as a case."""
        from optimizer.cases import Case

        return Case(self.edits, self.add, self.drop, self.pins)

    def given(self, portfolio: Portfolio) -> Portfolio:
        """The portfolio that is changed: as it is, or without its tables of capital."""
        return portfolio.without_capital() if self.without_capital else portfolio

    def applied(self, portfolio: Portfolio, *, quiet: bool = False) -> tuple[Portfolio, tuple[Pin, ...]]:
        """The changed portfolio, and the decisions forced upon its plan; its warnings are said on stderr.

        quiet : say no warnings.

        Raises
        ------
        PortfolioError : lists everything that is wrong with the changes, the copy and the pins.
        """
        from sites.findings import told

        copy, pins = self.case().applied(self.given(portfolio))
        if not quiet:
            for line in told(copy.warnings):
                click.echo(line, err=True)
        return copy, pins


_OPTIONS = (
    click.option(
        "--set",
        "edits",
        multiple=True,
        metavar="TABLE.RECORD.FIELD=VALUE",
        help="Change a field; =*1.1 multiplies, =+5 adds, record * means every one; repeatable.",
    ),
    click.option(
        "--add-contract",
        "add",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Add the offers of a YAML or CSV file; repeatable.",
    ),
    click.option("--drop", multiple=True, metavar="CONTRACT", help="Drop a contract; repeatable."),
    click.option("--pin", "pins", multiple=True, metavar="OFFER@SITE:MONTH=MW", help="Force a decision; repeatable."),
    click.option(
        "--without-capital",
        is_flag=True,
        help="Leave out machines bought or sold, sites and halls built, loans, shares, coin, tax and cash.",
    ),
)


def change_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets them together, as the argument `changes`."""
    names = ("edits", "add", "drop", "pins", "without_capital")

    @functools.wraps(command)
    def collected(**values: Any) -> None:
        changes = Changes(**{name: values.pop(name) for name in names})
        command(changes=changes, **values)

    taken: Callable[..., None] = collected
    for option in reversed(_OPTIONS):
        taken = option(taken)
    return taken
