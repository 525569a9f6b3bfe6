"""The page as text: complete, self-contained, the same every time, and nobody's script."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import re
from collections.abc import Callable

import pytest

from optimizer.results import Plan
from reports.html import render_html
from tests.reports.fake_plan import contracted_plan, fake_plan

HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
)


@pytest.fixture(scope="module")
def page() -> str:
    """The report of the hand-made plan."""
    return render_html(fake_plan())


def test_the_same_plan_gives_the_same_bytes(page: str) -> None:
    """No clock, no random ids, no order of a set."""
    assert render_html(fake_plan()) == page


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    """No address is fetched: no src, no link element, no address in style or script but the names of SVG."""
    assert not re.search(r"<(link|img|iframe|object|embed|base)\b", page)
    assert " src=" not in page
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|url\(", page)


def test_the_policy_names_the_only_style_and_script(page: str) -> None:
    """The hashes of the policy are those of the page's one style and one script; everything else is refused."""
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    policy = html.unescape(policy)
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not re.search(r'\son\w+="|\sstyle="', page)


def test_every_part_of_the_report_is_there(page: str) -> None:
    """Decision first, then what to do, why, hours, the inputs and the certificate, each with its charts and tables."""
    order = ["decision", "what", "why", "hours", "inputs", "method"]
    places = [page.index(f'<section id="{name}">') for name in order]
    assert places == sorted(places)
    tables = ("contracts", "offers-passed-over", "sites", "baselines", "cases", "limits", "cash", "hashprice", "power")
    for name in (*tables, "mix-by-year", "mix-by-site", "capacity-value", "settings", "checks", "check-groups"):
        assert f'id="table-{name}"' in page
    for name in (
        "portfolio-mw",
        "capacity-value",
        "npv-bridge",
        "limits",
        "cash",
        "hashprice",
        "power",
        "site-hashprices",
    ):
        assert re.search(rf'<figure id="{name}".*?<svg', page, flags=re.DOTALL)


@pytest.mark.parametrize("make", [fake_plan, contracted_plan])
def test_ids_are_unique(make: Callable[[], Plan]) -> None:
    """Links and labels lead to one place, with power contracts too."""
    ids = re.findall(r'\sid="([^"]*)"', render_html(make()))
    assert len(ids) == len(set(ids))


def test_table_values_equal_the_frames(page: str) -> None:
    """The exact values behind the site table's NPV column are the frame's, and their sum is the plan's NPV."""
    plan = fake_plan()
    (table,) = re.findall(r'<table id="table-sites">(.*?)</table>', page, flags=re.DOTALL)
    body, foot = table.split("<tfoot>")
    values = {float(value) for value in re.findall(r'data-value="([^"]*)"', body)}
    assert set(plan.frames.sites["npv_usd"]) <= values
    assert plan.summary["npv_usd"] in [
        pytest.approx(float(value), rel=1e-12) for value in re.findall(r'data-value="([^"]*)"', foot)
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_wherever_they_stand(name: str) -> None:
    """Hostile names of sites, offers, customers, the portfolio and sources bring no element into the page."""
    plan = contracted_plan(
        portfolio=name, atlas=f"a{name}", pecos=f"p{name}", customer=name, source=name, colossus=f"c{name}"
    )
    hostile, tame = render_html(plan), render_html(contracted_plan())
    assert name not in hostile or name == "{{ 7*7 }}"
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", hostile)[0]
    for tag in ("script", "img", "style", "iframe"):
        assert len(re.findall(f"<{tag}", hostile)) == len(re.findall(f"<{tag}", tame))


def test_one_site_is_not_drawn_twice() -> None:
    """A portfolio of one site has no second chart of the same megawatts."""
    plan = fake_plan()
    kept = {name: frame[frame["site"] == "pecos"] for name, frame in plan.frames.items() if "site" in frame}
    kept["contracts"] = plan.frames.contracts.query("site != 'quebec'")
    alone = dataclasses.replace(
        plan,
        portfolio=dataclasses.replace(plan.portfolio, sites=plan.portfolio.sites[:1]),
        frames=dataclasses.replace(plan.frames, **kept),
    )
    page = render_html(alone)
    assert 'id="site-mw"' not in page
    assert 'id="portfolio-mw"' in page


def test_a_failed_certificate_is_the_first_thing_said() -> None:
    """A plan that is not proved carries an alarm beside its headline and is not called optimal."""
    plan = fake_plan()
    checks = [{**check, "passed": False} for check in plan.certificate["checks"]]
    failed = render_html(dataclasses.replace(plan, certificate={**plan.certificate, "passed": False, "checks": checks}))
    assert 'role="alert"' in failed
    assert "Proved optimal" not in failed
    assert "do not rely on this plan" in failed
