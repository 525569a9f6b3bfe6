"""The report in a real browser: only its own script runs, nothing is asked for, everything fits and can be reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reports.html import render_html
from tests.reports.fake_plan import contracted_plan

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HOSTILE = {
    "portfolio": "<script>alert('portfolio')</script>",
    "pecos": "p</script><script>alert('site')</script>",
    "quebec": "<svg onload=alert('svg')>",
    "ohio": "o' onmouseover='alert(1)",
    "atlas": '"><img src=x onerror=alert(2)>',
    "borealis": "<a href=javascript:alert(3)>b</a>",
    "colossus": "<iframe srcdoc='<script>parent.alert(4)</script>'>",
    "customer": "<style>*{background:url(https://example.org/x)}</style>",
    "source": "<object data=https://example.org/y></object>",
}

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of the hand-made plan, and that of the same plan with hostile names."""
    folder = tmp_path_factory.mktemp("report")
    pages = {"tame": render_html(contracted_plan()), "hostile": render_html(contracted_plan(**HOSTILE))}
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


def opened(chromium: Browser, file: Path, *, width: int = 1366, scheme: Any = "light") -> tuple[Page, list[str]]:
    """The page with a list of all that must not happen: dialogs, errors, console messages, further requests."""
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    events: list[str] = []
    page.on("dialog", lambda dialog: (events.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: events.append(f"error {error}"))
    page.on("console", lambda message: events.append(f"console {message.text}"))
    page.on("request", lambda request: None if request.url == file.as_uri() else events.append(request.url))
    page.goto(file.as_uri())
    return page, events


def test_hostile_names_never_run(chromium: Browser, files: dict[str, Path]) -> None:
    """With markup in every name, opening every table and pointing at marks, nothing runs or is fetched."""
    page, events = opened(chromium, files["hostile"])
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for mark in page.locator("figure#capacity-value [data-tip]").all():
        mark.hover()
    assert HOSTILE["pecos"] in page.locator("#table-sites").inner_text()
    assert page.locator("h1").inner_text() == HOSTILE["portfolio"]
    page.locator("#register-search").fill("<object")
    page.wait_for_timeout(100)
    assert events == []
    assert page.locator("main img, main iframe, main object, main a[href^='javascript']").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 768, 390])
def test_the_page_fits_its_window(chromium: Browser, files: dict[str, Path], width: int, scheme: str) -> None:
    """No sideways scrolling of the page at desktop, tablet and telephone width, with long names and open tables too."""
    for file in files.values():
        page, events = opened(chromium, file, width=width, scheme=scheme)
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert events == []


def test_charts_are_drawn_and_follow_the_colour_scheme(chromium: Browser, files: dict[str, Path]) -> None:
    """Every figure shows one visible drawing of some size; its colours differ between light and dark."""
    colours = []
    for scheme in ("light", "dark"):
        page, _ = opened(chromium, files["tame"], scheme=scheme)
        sizes = page.evaluate(
            "[...document.querySelectorAll('figure')].map(f => [...f.querySelectorAll('svg')]"
            ".map(s => s.getBoundingClientRect()).filter(r => r.width > 100 && r.height > 50).length)"
        )
        assert len(sizes) == 14
        assert set(sizes) == {1}
        fills = "[...document.querySelectorAll('#portfolio-mw .wide path')].map(p => getComputedStyle(p).fill)"
        colours.append(page.evaluate(fills))
    assert colours[0] != colours[1]


def test_pointing_at_a_mark_shows_its_figures(chromium: Browser, files: dict[str, Path]) -> None:
    """The text beside the pointer names the period and the MW of each use."""
    page, _ = opened(chromium, files["tame"])
    quarter = page.locator("#portfolio-mw .wide [data-tip]").nth(8)
    quarter.scroll_into_view_if_needed()
    page.wait_for_timeout(200)  # scrolling hides the text, and its event comes a frame later
    quarter.hover()
    page.locator("#tip").wait_for(state="visible")
    assert page.locator("#tip").inner_text().splitlines()[:3] == [
        "2029 Q1",
        "Bitcoin mining 134.5 MW",
        "AI hosting 65.5 MW",
    ]


def test_the_search_finds_lines_of_the_register(chromium: Browser, files: dict[str, Path]) -> None:
    """Searching opens the tables that match, hides the other lines and says how many are left."""
    page, _ = opened(chromium, files["tame"])
    page.locator("#register-search").fill("colossus")
    assert page.locator("#register-count").inner_text() == "1 line found"
    assert page.locator("tr.assumption:visible").all_inner_texts()[0].startswith("colossus")
    page.locator("#register-search").fill("")
    assert page.locator("tr.assumption:visible").count() == 0


def test_everything_can_be_reached_by_keyboard(chromium: Browser, files: dict[str, Path]) -> None:
    """The first stop is the way past the menu; tables that scroll and tables behind charts are stops too."""
    page, _ = opened(chromium, files["tame"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    stops = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        stops.add(page.evaluate("document.activeElement.tagName + '.' + document.activeElement.className"))
    assert {"A.", "SUMMARY.", "DIV.scroll", "INPUT."} <= stops


def test_text_has_contrast_in_both_schemes(chromium: Browser, files: dict[str, Path]) -> None:
    """Every text stands out from the page by at least 4.5 to 1 (WCAG AA)."""
    script = """() => {
      const light = c => { const v = c.map(x => { x /= 255; return x <= .04045 ? x/12.92 : ((x+.055)/1.055)**2.4; });
        return .2126*v[0] + .7152*v[1] + .0722*v[2]; };
      const rgb = s => s.match(/[\\d.]+/g).slice(0, 3).map(Number);
      const page = light(rgb(getComputedStyle(document.body).backgroundColor));
      const low = [];
      for (const e of document.querySelectorAll('p, a, td, th, dt, dd, summary, li, h1, h2, h3, svg text')) {
        if (!e.textContent.trim() || e.closest('.unproved')) continue;
        const style = getComputedStyle(e);
        const ink = light(rgb(e.tagName === 'text' ? style.fill : style.color));
        const ratio = (Math.max(ink, page) + .05) / (Math.min(ink, page) + .05);
        if (ratio < 4.5) low.push(e.tagName + ' ' + e.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(2));
      }
      return low;
    }"""
    for scheme in ("light", "dark"):
        page, _ = opened(chromium, files["tame"], scheme=scheme)
        assert page.evaluate(script) == []


def test_paper_shows_the_tables(chromium: Browser, files: dict[str, Path]) -> None:
    """Printing opens what is folded, and the page is closed again afterwards."""
    page, events = opened(chromium, files["tame"], scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.locator("nav").is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0
    assert events == []
