"""The colours of the pages, read from their style sheets, for drawings that have none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from reports.page import part

_FIRST_COLOURS = re.compile(r":root \{(.*?)\}", re.DOTALL)
_COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6})")
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_KEY = re.compile(r"\.key-(\w+)\s*(?:,|$)")
_FILL = re.compile(r"(?:background: |dashed )var\(--([\w-]+)\)")
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")


def light_colours(styles: Sequence[str]) -> dict[str, str]:
    """The colours of light paper by name: the first that each style sheet sets."""
    colours: dict[str, str] = {}
    for name in styles:
        first = _FIRST_COLOURS.search(part(name))
        assert first is not None, f"{name} begins with its colours"
        colours.update(_COLOUR.findall(first[1]))
    return colours


def swatch_colours(style: str) -> dict[str, str]:
    """The colour of every key of a legend, on light paper."""
    colours = light_colours([style])
    found: dict[str, str] = {}
    for selectors, body in _RULE.findall(part(style)):
        if fill := _FILL.search(body):
            found.update(dict.fromkeys(_KEY.findall(selectors), colours[fill[1]]))
    return found


def resolved(drawing: str, colours: Mapping[str, str]) -> str:
    """SVG markup with every colour written out, for readers without a style sheet."""
    return _VARIABLE.sub(lambda found: colours[found[1]], drawing)
