"""Charts of a page put together as one PNG on white paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import vl_convert

from reports import chart_parts as parts
from reports.chart_parts import Frame, Spec
from reports.palette import light_colours

_SCALE = 2.0
_TITLE = {
    "anchor": "start",
    "frame": "group",
    "fontSize": 22,
    "subtitleFontSize": 14,
    "offset": 18,
    "color": "var(--ink)",
    "subtitleColor": "var(--ink-2)",
}
_VARIABLE = re.compile(r"^var\(--([\w-]+)\)$")


def picture(title: str, subtitle: str, rows: Sequence[Spec], styles: Sequence[str]) -> bytes:
    """Charts below each other, as made by `titled` or `beside`, under one title.

    styles : the style sheets of the page, whose first colours are those of light paper.
    """
    whole = {
        "title": {**_TITLE, "text": title, "subtitle": subtitle},
        "vconcat": list(rows),
        "resolve": {"scale": {"color": "independent"}, "legend": {"color": "independent"}},
        "spacing": 34,
        "background": "var(--page)",
        "padding": 24,
        "config": parts.chart(Frame(1, 1), [])["config"],
    }
    return bytes(
        vl_convert.vegalite_to_png(_resolved(whole, light_colours(styles)), scale=_SCALE, allowed_base_urls=[])
    )


def titled(spec: Spec, title: str, subtitle: str | Sequence[str]) -> Spec:
    """A chart as a part of a picture: its own title, without what only a whole picture has."""
    inner = {key: value for key, value in spec.items() if key not in ("config", "background", "padding")}
    words = {
        "text": title,
        "subtitle": subtitle if isinstance(subtitle, str) else list(subtitle),
        "anchor": "start",
        "frame": "group",
        "fontSize": 15,
        "subtitleFontSize": 12,
        "color": "var(--ink)",
        "subtitleColor": "var(--ink-2)",
        "offset": 10,
    }
    return {**inner, "title": words}


def beside(specs: Sequence[Spec]) -> Spec:
    """Charts in one row of a picture, each with colours and a legend of its own."""
    resolve = {"scale": {"color": "independent"}, "legend": {"color": "independent"}}
    return {"hconcat": list(specs), "spacing": 40, "resolve": resolve}


def _resolved(value: Any, palette: Mapping[str, str]) -> Any:
    """A specification with every style sheet colour written out; a picture has no style sheet."""
    if isinstance(value, dict):
        return {key: _resolved(inner, palette) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, palette) for inner in value]
    if isinstance(value, str) and (variable := _VARIABLE.match(value)):
        return palette[variable[1]]
    return value
