"""The options that say how long whole numbers are searched for, the same for every command that plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from optimizer.cli.quantity import QuantityType, Slip

# A gap below the first would ask the solver for more than its tolerances give, one above the second for no plan at all.
_GAP = QuantityType("share", 1e-9, 0.5, slips=(Slip(0.5, 100.0, 0.01, "in percent"),))
_SECONDS = QuantityType("seconds", 0.0, 1e7, open_least=True)

_OPTIONS = (
    click.option(
        "--gap",
        type=_GAP,
        help="End the search for whole numbers this near to the best; default: 1e-6.",
    ),
    click.option(
        "--time-limit",
        type=_SECONDS,
        help="End each search for whole numbers after so long, with the best plan found.",
    ),
)


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --gap and --time-limit; both are None unless typed."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
