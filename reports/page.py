"""A self-contained page: template, style and script in one file whose policy lets nothing else run or be fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.format import with_money_unit
from reports.sources import Source


def render_page(
    template: str,
    *,
    styles: tuple[str, ...],
    scripts: tuple[str, ...],
    content: Mapping[str, Any],
    sources: Mapping[str, Source] | None = None,
) -> str:
    """The page of a template of this package; every text in `content` is escaped.

    styles, scripts : names of files beside the template. They stand in the page whole, and the content security policy
        names their hashes.
    sources : of the tables and charts by name, where files with their figures stand beside the page.
    """
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = _drawing
    environment.filters["money_unit"] = with_money_unit
    environment.filters["source"] = (sources or {}).get
    style, code = "\n".join(map(part, styles)), "\n".join(map(part, scripts))
    page = environment.get_template(template)
    return page.render(style=Markup(style), script=Markup(code), policy=_policy(style, code), **content)


def part(name: str) -> str:
    """The text of a file beside the templates."""
    return resources.files("reports").joinpath("templates", name).read_text(encoding="utf-8")


def _drawing(drawings: Mapping[str, str], where: str) -> Markup:
    """A drawing as markup: `reports.svg` has rebuilt it from shapes and escaped text."""
    return Markup(drawings[where])


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
