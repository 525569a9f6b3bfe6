"""Charts for a page that draws them itself: a Vega specification with its data.

Vega-Lite is compiled here. What a chart looks like changes less often than its data, so the compiled form is kept and
the rows are put into it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import vl_convert

from reports.chart_parts import Spec
from reports.figures import Legend

_KEPT = 64


def plot(name: str, title: str, unit: str, spec: Spec, legend: Sequence[Legend] = (), note: str = "") -> dict[str, Any]:
    """A chart as the page takes it: its name, words, legend and Vega specification."""
    keys = [{"key": entry.key, "words": entry.words} for entry in legend]
    return {"name": name, "title": title, "unit": unit, "note": note, "legend": keys, "vega": vega(spec)}


def vega(spec: Spec) -> dict[str, Any]:
    """A Vega-Lite specification as one of Vega."""
    rows: list[list[dict[str, Any]]] = []
    bare = json.dumps(_taken_out(spec, rows))
    compiled: dict[str, Any] = json.loads(_compiled(bare))
    for data in compiled["data"]:
        number = _number(data["name"])
        if number is not None:
            data["values"] = rows[number]
    return compiled


def bundle() -> str:
    """Vega for browsers, of which nothing but the function `embedChart` can be seen from outside."""
    return f"(function () {{\n{vl_convert.javascript_bundle('window.embedChart = vegaEmbed;')}\n}})();\n"


@lru_cache(maxsize=_KEPT)
def _compiled(spec: str) -> str:
    return json.dumps(vl_convert.vegalite_to_vega(spec))


def _taken_out(part: Any, rows: list[list[dict[str, Any]]]) -> Any:
    """The specification with a name in place of every list of rows, which are kept in order."""
    if isinstance(part, dict):
        if set(part) == {"values"} and isinstance(part["values"], list) and _are_rows(part["values"]):
            rows.append(part["values"])
            return {"name": f"rows-{len(rows) - 1}", "values": []}
        return {key: _taken_out(value, rows) for key, value in part.items()}
    if isinstance(part, list):
        return [_taken_out(value, rows) for value in part]
    return part


def _are_rows(values: list[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _number(name: str) -> int | None:
    head, _, number = name.partition("-")
    return int(number) if head == "rows" and number.isdigit() else None
