"""A forecast on a terminal: the sentence, the fan, what was calibrated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from reports.forecast import HASHPRICE, fan_table, headline, machine_table, parameter_table
from reports.small_grid import console as standard_output
from reports.small_grid import grid, plain

if TYPE_CHECKING:
    from sites.market.forecast import Forecast


def print_forecast(forecast: Forecast, *, console: Console | None = None) -> None:
    """Print the forecast.

    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(plain("".join(phrase.text for phrase in headline(forecast))), soft_wrap=True)
    out.print()
    out.print(grid(fan_table(forecast, HASHPRICE)))
    for table in (parameter_table(forecast), machine_table(forecast)):
        if table is not None and not table.is_empty:
            out.print(grid(table))
    for line in forecast.sources:
        out.print(plain(line), soft_wrap=True)
