"""The files of the page: its text, style, script and charts' engine, all from this installation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.page import part
from reports.workbench.plots import bundle

# The colours of the reports' charts, without the reports' layout.
_COLOURS = ("report.css", "sweep.css", "sensitivity.css", "what_if.css")
_LIGHT = re.compile(r"^:root \{.*?^\}", re.DOTALL | re.MULTILINE)
_DARK = re.compile(r"^@media \(prefers-color-scheme: dark\) \{.*?^\}", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Asset:
    """A file of the page: its media type, and how it is made."""

    kind: str
    content: Callable[[], str]


def page(version: str) -> str:
    """The page itself; everything else it asks for."""
    environment = Environment(loader=PackageLoader("reports", "templates"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("workbench.html.j2").render(version=version)


def colours() -> str:
    """The colours of light and dark screens, by the names that charts use."""
    texts = [part(name) for name in _COLOURS]
    return "\n".join(found for text in texts for rule in (_LIGHT, _DARK) for found in rule.findall(text)[:1])


@cache
def _bundle() -> str:
    return bundle()


ASSETS = {
    "colours.css": Asset("text/css", colours),
    "workbench.css": Asset("text/css", partial(part, "workbench.css")),
    "workbench.js": Asset("text/javascript", partial(part, "workbench.js")),
    "charts.js": Asset("text/javascript", _bundle),
    "icon.svg": Asset("image/svg+xml", partial(part, "workbench.svg")),
}
