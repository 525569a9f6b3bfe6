"""The options that say how price files are to be read, the same for every command that reads them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sites.price_import import PriceImport


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How price files are to be read, as typed; see :func:`sites.hourly.read_hourly_prices`."""

    location: str
    market: str
    timezone: str
    time: str
    price: str
    stamp: str
    fx: str
    years: tuple[int, ...]
    max_gap_hours: int

    def read(self, files: Sequence[Path], *, id: str) -> PriceImport:
        """The series in these files, and how it came about.

        Raises
        ------
        PriceFileError : lists everything that is wrong with the files.
        """
        from sites.price_import import import_prices

        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return import_prices(files, id=id, **{**given, "fx": self.fx or None})


_OPTIONS = (
    click.option("--location", default="", help="Which location, where the files hold several."),
    click.option(
        "--market", type=click.Choice(["", "dam", "rtm"]), default="", metavar="dam|rtm", help="Which market."
    ),
    click.option("--tz", "timezone", default="", metavar="ZONE", help="Whose clock counts, such as America/Chicago."),
    click.option(
        "--time", default="", metavar="COLUMN", help="Time column, or DATE,HOUR, of files of no known format."
    ),
    click.option(
        "--price", default="", metavar="COLUMN", help="Their price column; not for hours side by side (he01...)."
    ),
    click.option(
        "--stamp",
        type=click.Choice(["", "begin", "end"]),
        default="",
        metavar="begin|end",
        help="Whether the time is an interval's beginning or end.",
    ),
    click.option(
        "--fx", default="", metavar="RATE|FILE", help="USD per unit of the files' currency, or rates by month."
    ),
    click.option(
        "--year", "years", multiple=True, type=int, help="Keep this year of files that hold more; repeatable."
    ),
    click.option("--max-gap-hours", type=click.IntRange(0, 744), default=3, help="Longest gap filled. Default 3."),
)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command these options; it gets them together, as the argument `reading`."""
    names = [field.name for field in fields(Reading)]

    @functools.wraps(command)
    def collected(**values: Any) -> None:
        reading = Reading(**{name: values.pop(name) for name in names})
        command(reading=reading, **values)

    taken: Callable[..., None] = collected
    for option in reversed(_OPTIONS):
        taken = option(taken)
    return taken
