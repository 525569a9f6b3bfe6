"""From a slider to the chart, two users at once: `python -m benchmarks.workbench`.

Two pages of one server drag the sliders of north-america in a real browser, in small steps as a hand does. The time of
a step runs from the slider's event to the first frame after the redrawn chart. The same steps are solved in this
process for comparison. Exits with 1 when a requirement is not met.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import Any

from benchmarks.command import PORTFOLIO
from benchmarks.run import Requirement, verdict
from optimizer.warm import WarmModel
from optimizer.workbench.states import Change, State
from sites import load_portfolio
from sites.bundled import portfolio_path

USERS = 2
STEPS = 8
MOST_MEDIAN_S, MOST_P95_S = 0.25, 0.5
OFFERS = ("neocloud-triple-net", "turnkey-conversion")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")

# Slider of the page, first value, step.
SLIDES: tuple[tuple[str, float, float], ...] = (
    ("price_usd_per_kw_month", 118.0, 4.0),
    ("max_mw", 150.0, 15.0),
    ("term_months", 132.0, 6.0),
    ("first_start", 2028 * 12.0, 2.0),
    ("capex_usd_per_mw", 9e6, 2e5),
    ("tenant_capex_share", 0.05, 0.02),
    ("hashprice", 0.86, 0.03),
    ("power", -4.0, 1.0),
)

DRAG = """
async ([offer, slides, steps]) => {
  const root = document.documentElement, found = [];
  const settled = async () => {
    while (root.dataset.shown !== root.dataset.asked) { await new Promise((done) => setTimeout(done, 2)); }
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  };
  await settled();
  document.querySelector(`[data-offer="${offer}"]`).click();
  for (const [name, first, step] of slides) {
    for (let n = 0; n < steps; n += 1) {
      const slider = document.querySelector(`[data-slide="${name}"]`) || document.getElementById(name);
      slider.value = first + n * step;
      const begun = performance.now();
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await settled();
      found.push([name, performance.now() - begun]);
      await new Promise((done) => setTimeout(done, 30));
    }
  }
  return found;
}
"""


def chromium() -> str:
    """The browser of this machine."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        sys.exit("this benchmark needs Chromium")
    return path


def dragged() -> list[list[tuple[str, float]]]:
    """The times of every step of every user. [ms]"""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "optimizer.cli", "serve", PORTFOLIO, "--cases", folder]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            assert found is not None, "the server did not start"
            with sync_playwright() as play:
                browser = play.chromium.launch(executable_path=chromium(), args=list(FLAGS))
                pages = [browser.new_context(viewport={"width": 1366, "height": 820}).new_page() for _ in range(USERS)]
                for page in pages:
                    page.goto(found.group())
                    page.wait_for_selector("#state[data-kind=live]", timeout=60_000)
                for page, offer in zip(pages, OFFERS, strict=True):
                    page.evaluate(f"(given) => {{ window.dragging = ({DRAG})(given); }}", [offer, SLIDES, STEPS])
                times: list[list[tuple[str, float]]] = [
                    [(name, float(ms)) for name, ms in page.evaluate("() => window.dragging")] for page in pages
                ]
                browser.close()
            return times
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)


def month(number: float) -> str:
    """A slider's number as the month that it means."""
    return f"{int(number) // 12:04d}-{int(number) % 12 + 1:02d}"


def solved(offer: str) -> list[float]:
    """Seconds of the same steps in this process, from the changed fields to the figures. [s]"""
    portfolio = load_portfolio(portfolio_path(PORTFOLIO))
    model = WarmModel(portfolio.without_capital())
    changes: dict[str, str] = {}
    market = {"hashprice": 1.0, "power": 0.0}
    seconds = []
    for name, first, step in SLIDES:
        for n in range(STEPS):
            value = first + n * step
            if name in market:
                market[name] = value
            else:
                changes[name] = month(value) if name == "first_start" else f"{value:.12g}"
            fields = [Change(table="contracts", record=offer, field=key, value=text) for key, text in changes.items()]
            begun = time.perf_counter()
            copy, _ = State(set=fields, **market).applied(portfolio)  # type: ignore[arg-type]
            _ = model.solve(copy).operations
            seconds.append(time.perf_counter() - begun)
    return seconds


def at(times: list[float], share: float) -> float:
    """The time that so large a share of all stays below."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main() -> int:
    """Run everything and say what holds."""
    print(f"machine: {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; seconds on the wall")
    own = [second for offer in OFFERS for second in solved(offer)]
    print(f"in this process: median {median(own) * 1e3:.0f} ms, 95th percentile {at(own, 0.95) * 1e3:.0f} ms")
    runs = dragged()
    seconds = [ms / 1e3 for run in runs for _, ms in run]
    names: dict[str, list[Any]] = {}
    for run in runs:
        for name, ms in run:
            names.setdefault(name, []).append(ms)
    for name, times in names.items():
        print(f"  {name}: median {median(times):.0f} ms, slowest {max(times):.0f} ms")
    middle, high = median(seconds), at(seconds, 0.95)
    print(
        f"slider to chart, {USERS} users, {len(seconds)} steps: median {middle * 1e3:.0f} ms, 95th percentile "
        f"{high * 1e3:.0f} ms, slowest {max(seconds) * 1e3:.0f} ms; {middle / median(own):.1f} times the re-solve alone"
    )
    return verdict(
        [
            Requirement(f"median below {MOST_MEDIAN_S * 1e3:.0f} ms", f"{middle * 1e3:.0f} ms", middle < MOST_MEDIAN_S),
            Requirement(f"95th percentile below {MOST_P95_S * 1e3:.0f} ms", f"{high * 1e3:.0f} ms", high < MOST_P95_S),
        ]
    )


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.exit(main())
