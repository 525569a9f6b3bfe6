"""The options that say which files for people a plan is written to, and how."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reports.options import ReportOptions

_FORMATS = ("html", "pdf", "xlsx")
_MOST_CHARACTERS = 120
_SCALES = ("usd", "k", "m", "bn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What --formats, --currency-scale, --company, --logo and --add say, as typed."""

    formats: str
    currency_scale: str
    company: str
    logo: Path | None
    add_to_report: tuple[Path, ...]

    def options(self) -> ReportOptions:
        """The options with the files that they name read.

        Raises
        ------
        OutputError : a file is missing or cannot be used. click.BadParameter : a format is unknown.
        """
        from reports.additions import read_additions
        from reports.options import ReportOptions, read_logo

        return ReportOptions(
            formats=self._formats(),
            scale=self.currency_scale,
            company=self._company(),
            logo=None if self.logo is None else read_logo(self.logo),
            additions=read_additions(self.add_to_report),
        )

    def _company(self) -> str:
        name = self.company.strip()
        if len(name) > _MOST_CHARACTERS or not name.isprintable():
            raise click.BadParameter(
                f"{name!r}: expected at most {_MOST_CHARACTERS} visible characters", param_hint="--company"
            )
        return name

    def _formats(self) -> tuple[str, ...]:
        typed = [word.strip().lower() for word in self.formats.split(",") if word.strip()]
        unknown = [word for word in typed if word not in (*_FORMATS, "none")]
        if unknown or not typed:
            raise click.BadParameter(
                f"{self.formats!r}: expected some of {', '.join(_FORMATS)} with commas between them, or none",
                param_hint="--formats",
            )
        return tuple(word for word in _FORMATS if word in typed)


_OPTIONS = (
    click.option(
        "--formats",
        default=",".join(_FORMATS),
        metavar="LIST",
        help="Files for people: some of html,pdf,xlsx, or none. Default: all.",
    ),
    click.option(
        "--currency-scale",
        type=click.Choice(_SCALES),
        default="m",
        help="Unit of dollars in tables and charts. Default: m.",
    ),
    click.option("--company", default="", metavar="NAME", help="Company name on the report."),
    click.option("--logo", type=click.Path(path_type=Path), metavar="FILE", help="Its logo: .png or .jpg."),
    click.option(
        "--add",
        "add_to_report",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Add a table (.csv), a page of text (.md) or another command's folder to the report; repeatable.",
    ),
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options; it gets them together, as the argument `wanted`."""
    names = ("formats", "currency_scale", "company", "logo", "add_to_report")

    @functools.wraps(command)
    def collected(**values: Any) -> Any:
        return command(wanted=Wanted(**{name: values.pop(name) for name in names}), **values)

    taken: Callable[..., Any] = collected
    for option in reversed(_OPTIONS):
        taken = option(taken)
    return taken
