"""Every flow of the page in a real browser, as somebody at a desk goes through it."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sites import load_portfolio
from sites.bundled import portfolio_path
from sites.workbook.write import workbook_bytes
from tests.workbench.users import Server, plan_summary, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
LIVE = "#state[data-kind=live]"


class Desk:
    """A page of the workbench, and everything that it asked for or complained about."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(30_000)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        page.goto(server.address)
        self.settled()

    def settled(self) -> None:
        """Wait until what is on the screen answers the last change."""
        self.until("document.documentElement.dataset.shown > 0")
        self.until("document.documentElement.dataset.shown === document.documentElement.dataset.asked")

    def until(self, expression: str, seconds: float = 60.0) -> None:
        """Wait until an expression holds; the browser's own way of waiting would need `eval` on the page."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, expression
            self.page.wait_for_timeout(20)

    @property
    def npv(self) -> str:
        """The net present value as shown. [USD million]"""
        return self.page.inner_text("[data-name=npv_usd] .value")

    def slide(self, name: str, value: str) -> None:
        """Move a slider and wait for the answer."""
        self.page.locator(name).fill(value)
        self.settled()

    def save(self, name: str) -> None:
        """Save what is on the screen."""
        self.page.fill("#case-name", name)
        self.page.press("#case-name", "Enter")
        names = "Array.from(document.querySelectorAll('.case')).map((one) => one.dataset.case)"
        self.until(f"{names}.includes({json.dumps(name)})")

    def export(self, button: str) -> bytes:
        """Download what is on the screen."""
        self.page.click("#export-menu")
        with self.page.expect_download(timeout=90_000) as download:
            self.page.click(f"[data-export={button}]")
        content = Path(download.value.path()).read_bytes()
        self.page.click("#export-dialog .close")
        return content

    def run(self, tab: str) -> None:
        """Ask a question that takes longer, and wait for its answer."""
        self.page.click(f"#tab-{tab}")
        self.page.click(f"#run-{tab}")
        self.page.wait_for_selector(f"#out-{tab} .headline", timeout=90_000)

    def is_quiet(self) -> None:
        """Nothing was asked of any other address, and the browser had nothing to complain about."""
        own = f"http://127.0.0.1:{self.server.port}/"
        assert [url for url in self.asked if not url.startswith((own, "data:"))] == []
        assert self.complaints == []


@pytest.fixture
def desk(chromium: Browser, server: Server) -> Iterator[Desk]:
    """A new user's page; at the end it must have been quiet."""
    context = chromium.new_context(viewport={"width": 1366, "height": 820}, accept_downloads=True)
    opened = Desk(context.new_page(), server)
    yield opened
    opened.is_quiet()
    context.close()


def test_the_first_view_says_something(desk: Desk) -> None:
    """Without a click: the portfolio, its value, the chart, the contracts, and that this is up to date."""
    page = desk.page
    assert page.inner_text("h1") == "tiny"
    assert desk.npv == "2.1"
    assert page.inner_text("#state") == "Up to date, optimal"
    assert page.locator("#chart svg").count() == 1
    assert "inference" in page.inner_text("#panel-contracts")
    assert page.locator("#no-cases").text_content()


def test_sliders_plan_anew_and_are_undone(desk: Desk) -> None:
    """Rent, size, start, capex, hashprice and power each change the plan; undoing brings the first one back."""
    first = desk.npv
    changed = {
        "#slide-price_usd_per_kw_month": "150",
        "#slide-max_mw": "2",
        "#slide-first_start": str(2027 * 12 + 3),
        "#slide-capex_usd_per_mw": "900000",
        "#hashprice": "1.3",
        "#power": "10",
    }
    for name, value in changed.items():
        before = desk.page.inner_text("#figures") + desk.page.inner_text("#panel-contracts")
        desk.slide(name, value)
        assert desk.page.inner_text("#figures") + desk.page.inner_text("#panel-contracts") != before, name
        desk.page.click("#reset")
        desk.settled()
        assert desk.npv == first
    assert desk.page.is_disabled("#reset")


def test_a_wrong_value_is_told_at_its_field(desk: Desk) -> None:
    """In the words of files; the figures stay, faded, and nothing can be saved until it is put right."""
    page = desk.page
    page.fill("#slide-price_usd_per_kw_month-exact", "a lot")
    page.press("#slide-price_usd_per_kw_month-exact", "Tab")
    page.wait_for_selector("#state[data-kind=bad]")
    assert "expected a number of USD/(kW month)" in page.inner_text("#editor .wrong >> nth=0")
    assert page.get_attribute("#slide-price_usd_per_kw_month-exact", "aria-invalid") == "true"
    assert page.is_disabled("#save-case")
    assert page.evaluate("document.getElementById('lead').classList.contains('stale')")
    page.fill("#slide-price_usd_per_kw_month-exact", "90")
    page.press("#slide-price_usd_per_kw_month-exact", "Tab")
    page.wait_for_selector(LIVE)
    assert page.locator(".wrong").count() == 0


def test_offers_are_added_dropped_and_brought_back(desk: Desk) -> None:
    """A new offer is a copy of the chosen one under an id of its own; what is dropped can come back."""
    page = desk.page
    first = desk.npv
    page.click("#drop-offer")
    desk.settled()
    without = desk.npv
    assert without != first
    page.click("#drop-offer")
    desk.settled()
    assert desk.npv == first
    page.click("#add-offer")
    desk.settled()
    page.click("#fields-box summary")
    page.fill("#field-id", HOSTILE)
    page.press("#field-id", "Tab")
    desk.settled()
    assert HOSTILE in page.inner_text("#offers")
    assert HOSTILE in page.inner_text("#panel-contracts")
    page.click("#drop-offer")
    desk.settled()
    assert HOSTILE not in page.inner_text("#offers")


def test_a_decision_is_forced_and_exported(desk: Desk, tmp_path: Path) -> None:
    """A pin costs something, is in the exported file, and the file's plan has the page's value."""
    page = desk.page
    page.click("#pins-box summary")
    page.fill("#pin-month", "2027-04")
    page.fill("#pin-mw", "1.5")
    page.click("#add-pin")
    desk.settled()
    assert "1.5 MW at mill from 2027-04" in page.inner_text("#pins")
    pinned = page.inner_text("[data-name=npv_usd]")
    (tmp_path / "case.yaml").write_bytes(desk.export("yaml"))
    (tmp_path / "case.xlsx").write_bytes(desk.export("xlsx"))
    for file in ("case.yaml", "case.xlsx"):
        summary = plan_summary(tmp_path / file, folder=tmp_path)
        assert summary["pins"] == ["inference@mill:2027-04=1.5"]
        assert f"{summary['npv_usd'] / 1e6:,.1f}" in pinned
    page.click("#pins button")
    desk.settled()
    assert page.locator("#pins li").count() == 0


def test_cases_are_saved_compared_loaded_and_deleted(desk: Desk) -> None:
    """From two cases to their comparison; names are text; a case loads as it was saved; another tab finds them."""
    page = desk.page
    desk.slide("#hashprice", "1.2")
    high = desk.npv
    desk.save("high hashprice")
    desk.slide("#hashprice", "0.7")
    desk.save(HOSTILE)
    page.click("#tab-cases")
    page.click("#run-compare")
    page.wait_for_selector("#out-compare .headline", timeout=90_000)
    table = page.inner_text("#out-compare table >> nth=0")
    assert HOSTILE in table
    assert high in table
    assert page.locator("#out-compare svg").count() == 1
    page.click("[aria-label='Load high hashprice']")
    desk.settled()
    assert desk.npv == high
    page.reload()
    desk.settled()
    assert page.locator(".case").count() == 2
    page.click("#tab-cases")
    page.click("[aria-label='Delete high hashprice']")
    desk.until("document.querySelectorAll('.case').length === 1")


def test_longer_questions_are_answered_and_grow_old(desk: Desk) -> None:
    """Walk-away price, map and risks say that they are of the plan before; a price that is looked at follows along."""
    page = desk.page
    desk.run("price")
    desk.slide("#hashprice", "1.05")
    desk.until("document.getElementById('out-price').dataset.revision === document.documentElement.dataset.asked")
    for tab in ("price", "map", "risk"):
        desk.run(tab)
        page.wait_for_selector(f"#out-{tab} svg")
        assert page.is_hidden(f"#out-{tab} .note-stale")
    assert "Walk-away rent" in (page.text_content("#out-price") or "")
    desk.slide("#hashprice", "1.1")
    for tab in ("price", "map", "risk"):
        page.click(f"#tab-{tab}")
        assert page.is_visible(f"#out-{tab} .note-stale")


def test_long_work_is_cancelled_from_the_page(chromium: Browser, server: Server) -> None:
    """A large map of a large portfolio shows how far it is, and ends at once."""
    context = chromium.new_context()
    desk = Desk(context.new_page(), server)
    page = desk.page
    page.click("#open-menu")
    page.click("#bundled button:has-text('north-america')")
    desk.until("document.querySelector('h1').textContent === 'north-america'")
    desk.settled()
    page.click("#tab-map")
    page.select_option("#map-cells", "15")
    page.click("#run-map")
    desk.until("/cell \\d+ of 225/.test(document.querySelector('#out-map').textContent)")
    page.click("#out-map .progress button")
    desk.until("document.querySelector('#out-map').textContent === 'Cancelled.'")
    desk.slide("#hashprice", "0.9")
    desk.is_quiet()
    context.close()


def test_files_are_opened_or_refused(desk: Desk, tmp_path: Path) -> None:
    """A workbook opens; a file with faults shows all of them, and what was open stays."""
    page = desk.page
    (tmp_path / "book.xlsx").write_bytes(workbook_bytes(load_portfolio(portfolio_path("single-site"))))
    page.click("#open-menu")
    page.set_input_files("#file", tmp_path / "book.xlsx")
    desk.until("document.querySelector('h1').textContent === 'single-site'")
    desk.settled()
    text = (portfolio_path("tiny") / "portfolio.yaml").read_text(encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(re.sub(r"capacity_mw: \d+", f"capacity_mw: '{HOSTILE}'", text), encoding="utf-8")
    page.click("#open-menu")
    page.set_input_files("#file", tmp_path / "bad.yaml")
    page.wait_for_selector("#refusals li")
    assert f"capacity_mw = {HOSTILE}" in page.inner_text("#refusals")
    page.click("#open-dialog .close")
    assert page.inner_text("h1") == "single-site"
    assert page.inner_text("#state") == "Up to date, optimal"
    desk.complaints = [words for words in desk.complaints if "422" not in words]


def test_the_pack_is_downloaded(desk: Desk) -> None:
    """One ZIP with the plan's files and the portfolio."""
    with zipfile.ZipFile(io.BytesIO(desk.export("pack"))) as archive:
        assert {"plan/report.html", "plan/report.pdf", "plan/plan.xlsx", "portfolio/portfolio.yaml"} <= set(
            archive.namelist()
        )


def test_an_answer_to_an_older_question_is_never_current(desk: Desk) -> None:
    """While the newest change is not answered the page says so, whatever comes in meanwhile."""
    page = desk.page
    page.route("**/api/answer", lambda route: (page.wait_for_timeout(150), route.continue_())[1])
    page.evaluate(
        """() => {
          window.lies = 0;
          const root = document.documentElement, lead = document.getElementById("lead");
          new MutationObserver(() => {
            const live = document.getElementById("state").dataset.kind === "live";
            const old = root.dataset.shown !== root.dataset.asked || lead.classList.contains("stale");
            if (live && old) { window.lies += 1; }
          }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
        }"""
    )
    for value in ("0.8", "0.9", "1.05", "1.1", "1.15"):
        page.locator("#hashprice").fill(value)
        assert page.inner_text("#state") != "Up to date, optimal"
    desk.settled()
    assert page.inner_text("#hashprice-out") == "+15%"
    assert page.evaluate("window.lies") == 0
    page.unroute("**/api/answer")
    shown = desk.npv
    desk.slide("#hashprice", "1.14")
    desk.slide("#hashprice", "1.15")
    assert desk.npv == shown


def test_limits_that_cannot_hold_are_told(desk: Desk) -> None:
    """A portfolio without any plan names the limits that clash, and goes on when they are lifted."""
    page = desk.page
    page.click("#pins-box summary")
    for month in ("2027-03", "2027-04"):
        page.fill("#pin-month", month)
        page.fill("#pin-mw", "3")
        page.click("#add-pin")
    page.wait_for_selector("#state[data-kind=bad]")
    page.wait_for_selector("#problem li")
    page.click("#reset")
    page.wait_for_selector(LIVE)


def test_it_works_from_the_keyboard(desk: Desk) -> None:
    """Tab reaches the sliders, arrows move them, tabs change by arrows, dialogs close by Escape."""
    page = desk.page
    page.focus("#hashprice")
    page.keyboard.press("ArrowRight")
    desk.settled()
    assert page.inner_text("#hashprice-out") == "+1%"
    page.focus("#tab-contracts")
    page.keyboard.press("ArrowRight")
    assert page.is_visible("#panel-price")
    assert page.evaluate("document.activeElement.id") == "tab-price"
    page.focus("#open-menu")
    page.keyboard.press("Enter")
    assert page.is_visible("#open-dialog")
    page.keyboard.press("Escape")
    assert page.is_hidden("#open-dialog")
    unnamed = page.evaluate(
        """() => Array.from(document.querySelectorAll("button, input, select")).filter((one) =>
             !(one.textContent.trim() || one.getAttribute("aria-label") || (one.labels && one.labels.length))).length"""
    )
    assert unnamed == 0


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (768, 1024)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_laptops_and_tablets(chromium: Browser, server: Server, width: int, height: int, scheme: Any) -> None:
    """Nothing is wider than the screen, in light and in dark, and texts stand out from their ground."""
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    desk = Desk(context.new_page(), server)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
    ground, ink = desk.page.evaluate(
        "[getComputedStyle(document.querySelector('.card')).backgroundColor, getComputedStyle(document.body).color]"
    )
    dark, light = (sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ground, ink))
    assert abs(dark - light) > 400
    assert (dark < light) == (scheme == "dark")
    desk.is_quiet()
    context.close()


def test_a_server_that_has_gone_is_told(chromium: Browser, tmp_path: Path) -> None:
    """The page says so instead of showing old figures as current."""
    context = chromium.new_context()
    with serving("tiny", "--cases", tmp_path) as server:
        desk = Desk(context.new_page(), server)
        server.stop()
        desk.page.locator("#hashprice").fill("1.2")
        desk.page.wait_for_selector("#alert:not([hidden])")
        assert "does not answer" in desk.page.inner_text("#alert")
        assert desk.page.get_attribute("#state", "data-kind") == "bad"
    context.close()
