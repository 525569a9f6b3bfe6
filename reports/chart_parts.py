"""What every chart is made of: sizes, axes, colours, texts to point at, and the frame around the layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

Spec = dict[str, Any]
TEXT_SIZE = 12


@dataclass(frozen=True)
class Frame:
    """The size of a plot and how dense its axes may be. [px]"""

    width: int
    height: int
    ticks: int = 8


WIDE = Frame(width=1120, height=340, ticks=15)
WIDE_BARS = Frame(width=840, height=340)
NARROW = Frame(width=300, height=230, ticks=4)
HALF = Frame(width=320, height=230, ticks=5)
HALF_PATH = Frame(width=430, height=230, ticks=5)
SMALL = Frame(width=250, height=110, ticks=4)


def tip(heading: object, figures: Mapping[str, str]) -> str:
    """The text of a mark for whoever points at it."""
    return f"{heading}: " + "; ".join(f"{name} {words}".strip() for name, words in figures.items())


def axis(frame: Frame) -> Spec:
    """A quantitative axis without lines, with few ticks on low charts."""
    return {
        "format": ",~f",
        "tickCount": 3 if frame.height < 150 else 5,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    }


def colours(field: str, colours: Mapping[str, str]) -> Spec:
    """The colours of a field's names."""
    scale = {"domain": list(colours), "range": list(colours.values())}
    return {"field": field, "type": "nominal", "legend": None, "scale": scale}


def values(table: pd.DataFrame) -> Spec:
    """The rows of a table as a chart's data."""
    return {"values": table.to_dict("records")}


def chart(frame: Frame, layers: list[Spec]) -> Spec:
    """Layers on a plot of this size, in the house's type and rules."""
    return {
        "width": frame.width,
        "height": frame.height,
        "layer": layers,
        "config": _CONFIG,
        "background": None,
        "padding": 6,
    }


_CONFIG: Spec = {
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--ink-2)",
        "labelFontSize": TEXT_SIZE,
        "gridColor": "var(--rule)",
        "domainColor": "var(--ink-3)",
        "tickColor": "var(--ink-3)",
        "tickSize": 4,
    },
    "text": {"fontSize": TEXT_SIZE},
}
