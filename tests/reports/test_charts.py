"""The charts carry the plan's figures, and a drawing is nothing but shapes and text."""

from __future__ import annotations

import re

import pytest

from reports import chart_parts as parts
from reports import charts, figures, money, tables
from reports.svg import clean, draw
from tests.reports.fake_plan import fake_plan

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9">{}</svg>'


def test_mw_chart_tells_the_use_of_each_quarter() -> None:
    """Pointing at a quarter reads the MW of every use."""
    mix = tables.mw_over_time(fake_plan().frames.allocation, by_site=False, size="quarter")
    drawing = draw(charts.mw_areas(mix, "quarter", parts.WIDE), "MW")
    assert "2028 Q1: Bitcoin mining 134.5 MW; AI hosting 65.5 MW; Under construction 0.0 MW; Idle 0.0 MW" in drawing
    assert drawing.count("data-tip=") == 20


def test_waterfall_steps_are_labelled_with_signed_figures() -> None:
    """Gains have plus signs, and both ends show the NPV."""
    drawing = draw(charts.waterfall(money.bridge(fake_plan()), parts.HALF), "bridge")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawing)
    assert {"Mining only", "This plan", "321.1", "365.1", "+112.0"} <= set(texts)


def test_every_figure_is_drawn_with_a_title_and_colours_of_the_style_sheet() -> None:
    """Readers who cannot see get a title; light, dark and print get their colours from variables."""
    plan = fake_plan()
    for figure in (
        figures.portfolio_mw(plan),
        figures.cash_flow(plan),
        figures.capacity_value(plan),
        figures.power_price(plan),
    ):
        for drawing in figure.drawings.values():
            assert f'aria-label="{figure.title}"' in drawing
            assert "var(--" in drawing
            assert not re.search(r'(fill|stroke)="#', drawing)


def test_a_year_without_any_cash_still_has_its_bar_place() -> None:
    """Every year of the horizon is on the axis of the cash flow chart."""
    drawing = figures.cash_flow(fake_plan()).drawings["wide"]
    assert all(f">{year}</text>" in drawing for year in range(2027, 2032))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<a xlink:href="https://example.org"><text>x</text></a>',
        '<image href="https://example.org/x.png"/>',
        "<foreignObject><b>x</b></foreignObject>",
        "<style>*{fill:url(https://example.org)}</style>",
    ],
)
def test_a_drawing_keeps_no_active_element(hostile: str) -> None:
    """Scripts, links, pictures, foreign markup and styles are gone."""
    assert clean(SVG.format(hostile), "t") == clean(SVG.format(""), "t")


def test_a_drawing_keeps_no_active_attribute() -> None:
    """Handlers, addresses and styles are gone; the shape stays."""
    drawing = clean(
        SVG.format('<path d="M0,0h1" onclick="x()" fill="url(https://example.org)" style="fill:red"/>'), "t"
    )
    assert '<path d="M0,0h1" />' in drawing.replace("ns0:", "")
    assert "example.org" not in drawing


def test_names_in_drawings_are_text() -> None:
    """A hostile site name is escaped in the label and in the pointing text."""
    name = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    drawing = draw(charts.ranked_bars([(name, 1.0, "1.0")], "var(--ai)", parts.HALF), name)
    assert "<img" not in drawing
    assert "<script" not in drawing
    assert "&lt;img src=x onerror=alert(1)&gt;" in drawing
