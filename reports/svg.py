"""A Vega-Lite specification as an inline SVG drawing that can sit in a page of untrusted names.

vl-convert draws without a browser and without the network. Its drawing is parsed again and rebuilt from a short list
of elements and attributes, so nothing but shapes and text reaches the page, whatever a site or contract is called.
Drawing here, once, instead of shipping Vega to the reader keeps the page small, free of code that a strict content
security policy would have to allow, and the same on screen and on paper.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import vl_convert

_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset({"svg", "g", "path", "rect", "line", "circle", "text", "tspan"})
_ATTRIBUTES = frozenset(
    {
        *("d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "width", "height", "viewBox", "transform"),
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-miterlimit"),
        *("opacity", "text-anchor", "font-size", "font-weight"),
    }
)
# A drawing names no address: a fill like url(...) would be the only way for one to ask for something.
_SAFE_VALUE = re.compile(r"^(?!.*url\()[\w\s.,#()%:+-]*$", re.IGNORECASE)
_KEPT = 128
_LONG_DECIMALS = re.compile(r"(\d+\.\d{2})\d+")


def draw(spec: dict[str, Any], title: str) -> str:
    """The drawing of a chart as SVG markup.

    Parameters
    ----------
    spec : a Vega-Lite specification with its data inside.
    title : what the chart shows, for readers who cannot see it.
    """
    return _drawn(json.dumps(spec), title)


@lru_cache(maxsize=_KEPT)
def _drawn(spec: str, title: str) -> str:
    """The drawing of a specification in JSON; page and print show many of the same."""
    return clean(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]), title)


def clean(drawing: str, title: str) -> str:
    """The drawing rebuilt from allowed shapes; descriptions of marks become `data-tip`, the whole gets a title."""
    source = ElementTree.fromstring(drawing)
    result = _rebuilt(source)
    if result is None:
        raise ValueError("the drawing has no svg element at its root")
    width = float(source.get("width", "0"))
    result.attrib.pop("height", None)
    result.set("xmlns", "http://www.w3.org/2000/svg")
    result.set("width", f"{width:g}")
    result.set("role", "img")
    result.set("aria-label", title)
    return ElementTree.tostring(result, encoding="unicode")


def _rebuilt(source: ElementTree.Element) -> ElementTree.Element | None:
    """The element with allowed attributes and children only; None when nothing of it is to be seen."""
    name = source.tag.removeprefix(_SVG)
    if name not in _SHAPES or source.get("display") == "none" or _is_invisible_background(source):
        return None
    attributes = {
        key: _LONG_DECIMALS.sub(r"\1", value)
        for key, value in source.attrib.items()
        if key in _ATTRIBUTES and _SAFE_VALUE.match(value)
    }
    if source.get("aria-roledescription") in ("bar", "rect mark", "point") or name == "path":
        tip = source.get("aria-label", "")
        if tip:
            attributes["data-tip"] = tip
    target = ElementTree.Element(name, attributes)
    target.text = source.text if name in ("text", "tspan") else None
    target.extend(child for child in map(_rebuilt, source) if child is not None)
    if name == "g" and not len(target):
        return None
    return target


def _is_invisible_background(source: ElementTree.Element) -> bool:
    return "background" in source.get("class", "") and not source.get("fill")
