"""What a page for print is made of. Every block is plain values; the template decides how it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from reports import chart_parts as parts
from reports import format as fmt
from reports.decision import KeyFigure, Phrase
from reports.display import Table
from reports.figures import Figure, SitePanel
from reports.palette import light_colours, resolved, swatch_colours
from reports.svg import draw

STYLE = "report.css"
# A chart over the whole width of a page, one over half of it. [px, shown at three quarters of that in points]
WHOLE = parts.Frame(width=640, height=190, ticks=10)
HALF = parts.Frame(width=300, height=170, ticks=5)
_LONG_HEADING = 13
Block = dict[str, Any]


@dataclass
class Pages:
    """The pages in order, and the drawings that they show by file name."""

    pages: list[dict[str, Any]] = field(default_factory=list)
    drawings: dict[str, str] = field(default_factory=dict)

    def add(self, title: str, blocks: Sequence[Block | None], *, wide: bool = False) -> None:
        """A page, or several where the blocks need them; nothing where there is no block. wide : on its side."""
        shown = [block for block in blocks if block]
        if shown:
            self.pages.append({"title": title, "blocks": shown, "wide": wide})

    def chart(self, figure: Figure | None, frame: parts.Frame = WHOLE) -> Block | None:
        """A chart with its title, unit and legend."""
        if figure is None:
            return None
        kept = figure.drawings["any"] if figure.make is None else draw(figure.make(frame), figure.title)
        swatches = swatch_colours(STYLE)
        return {
            "kind": "chart",
            "title": figure.title,
            "unit": fmt.with_money_unit(figure.unit),
            "file": self._keep(kept),
            "legend": [{"colour": swatches[entry.key], "words": entry.words} for entry in figure.legend],
            "note": figure.note,
        }

    def panels(self, panels: Sequence[SitePanel]) -> Block | None:
        """Small charts side by side."""
        shown = [{"name": one.site, "detail": one.detail, "file": self._keep(one.drawing)} for one in panels]
        return {"kind": "panels", "panels": shown} if shown else None

    def _keep(self, drawing: str) -> str:
        name = f"chart-{len(self.drawings) + 1}.svg"
        self.drawings[name] = resolved(drawing, light_colours([STYLE]))
        return name


def words(text: str, style: str = "normal") -> Block | None:
    """A paragraph. style : normal, note, good, bad or item."""
    return {"kind": "words", "phrases": [{"text": text, "strong": False}], "style": style} if text else None


def headline(phrases: Sequence[Phrase]) -> Block:
    """The decision, its figures set off."""
    shown = [{"text": phrase.text, "strong": phrase.strong} for phrase in phrases]
    return {"kind": "words", "phrases": shown, "style": "headline"}


def heading(text: str) -> Block:
    """The heading of a part of a page."""
    return {"kind": "heading", "text": text}


def tiles(figures: Sequence[KeyFigure]) -> Block | None:
    """A strip of key figures."""
    shown = [{"name": one.name, "value": one.value, "detail": one.detail} for one in figures]
    return {"kind": "tiles", "tiles": shown} if shown else None


def pair(first: Block | None, second: Block | None) -> Block | None:
    """Two blocks side by side; one alone keeps to its half."""
    shown = [block for block in (first, second) if block]
    return {"kind": "pair", "blocks": shown} if shown else None


def lines(entries: Mapping[str, str] | Sequence[tuple[str, str]]) -> Block | None:
    """Names and values, a line each."""
    shown = list(entries.items() if isinstance(entries, Mapping) else entries)
    return {"kind": "lines", "lines": [{"name": name, "value": value} for name, value in shown]} if shown else None


def table(content: Table, *, most: int | None = None, small: bool = False) -> Block | None:
    """A table of display cells; of more rows than `most` the first ones, and how many are left out."""
    if content.is_empty:
        return None
    shown = content.rows if most is None else content.rows[:most]
    left = len(content.rows) - len(shown)
    return {
        "kind": "table",
        "caption": fmt.with_money_unit(content.caption),
        "small": small,
        "columns": [
            {
                "label": _two_lines(column.label) if column.numeric else column.label,
                "unit": _two_lines(fmt.with_money_unit(column.unit)),
                "numeric": column.numeric,
                "prose": column.prose,
            }
            for column in content.columns
        ],
        "rows": [_cells(row) for row in shown],
        "total": [] if content.total is None else _cells(content.total),
        "left": f"and {left:,} more; all are in the workbook and in the report for screens" if left else "",
        "note": content.note,
    }


def columns_of(content: Table, labels: Sequence[str]) -> Table:
    """The table with these columns only, in its own order; a page of paper is narrower than a screen."""
    kept = [place for place, column in enumerate(content.columns) if column.label in labels]
    return replace(
        content,
        columns=tuple(content.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in content.rows),
        total=None if content.total is None else tuple(content.total[place] for place in kept),
    )


def _two_lines(heading: str) -> str:
    """A heading broken at the space nearest its middle, where it is long: names need the room more than headings."""
    places = [place for place, letter in enumerate(heading) if letter == " "]
    if len(heading) < _LONG_HEADING or not places:
        return heading
    middle = min(places, key=lambda place: abs(place - len(heading) / 2))
    return f"{heading[:middle]}\n{heading[middle + 1 :]}"


def _cells(row: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"text": cell.text, "tag": cell.tag, "negative": cell.tone == "negative"} for cell in row]
