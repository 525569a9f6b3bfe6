"""The page of hourly prices in a real browser: it fits, follows the colour scheme, and only its script runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reports.power_page import power_html
from tests.reports.test_browser import opened
from tests.reports.test_power import HOSTILE, report_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a made series with a hostile name."""
    target = tmp_path_factory.mktemp("power") / "power.html"
    target.write_text(power_html(report_of(title=HOSTILE)), encoding="utf-8")
    return target


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 768, 390])
def test_the_page_fits_its_window(chromium: Browser, file: Path, width: int, scheme: str) -> None:
    """No sideways scrolling at any width with all tables open; nothing runs, is logged or is fetched."""
    page, events = opened(chromium, file, width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("h1").inner_text() == HOSTILE
    assert events == []


def test_each_figure_shows_one_drawing_in_the_colours_of_the_scheme(chromium: Browser, file: Path) -> None:
    """Five figures, each with one visible drawing; the cells of the heat map differ between light and dark."""
    colours = []
    for scheme in ("light", "dark"):
        page, _ = opened(chromium, file, scheme=scheme)
        sizes = page.evaluate(
            "[...document.querySelectorAll('figure')].map(f => [...f.querySelectorAll('svg')]"
            ".map(s => s.getBoundingClientRect()).filter(r => r.width > 100 && r.height > 50).length)"
        )
        assert sizes == [1] * 5
        cells = "[...document.querySelectorAll('#month-hours .wide [data-tip]')].map(p => getComputedStyle(p).fill)"
        colours.append(page.evaluate(cells))
    assert len(colours[0]) == 288
    assert colours[0] != colours[1]


def test_pointing_at_a_cell_shows_its_mean(chromium: Browser, file: Path) -> None:
    """The text beside the pointer names month, hour and mean price."""
    page, _ = opened(chromium, file)
    cell = page.locator("#month-hours .wide [data-tip^='Feb, 07:00']")
    cell.scroll_into_view_if_needed()
    page.wait_for_timeout(200)  # scrolling hides the text, and its event comes a frame later
    cell.hover()
    page.locator("#tip").wait_for(state="visible")
    mean = f"{report_of().month_hours[1, 7]:.2f} USD/MWh on average"
    assert page.locator("#tip").inner_text().splitlines() == ["Feb, 07:00 to 08:00", mean]


def test_paper_shows_the_tables(chromium: Browser, file: Path) -> None:
    """Printing opens what is folded, and the page is closed again afterwards."""
    page, events = opened(chromium, file, scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    assert events == []
