"""A deal sheet as page, tables and one screen: what the figures say in words, and nothing else runs.

In the case of cases.py the offer is taken from 43.30 USD/kW-month on, all 4 MW at once; at its 100 it adds 907,200 USD.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from rich.console import Console

from optimizer.deal_sheet import Deal, deal
from optimizer.displacement import Exchange
from reports.chart_parts import HALF_PATH, SMALL
from reports.deal import (
    conditions,
    curve_csv,
    curve_table,
    deal_json,
    displaced_table,
    exchange_words,
    flip_words,
    full_size,
    headline,
    held_words,
    net_table,
    steps,
    term_rows,
    terms_table,
)
from reports.deal_charts import balance_steps, bid_steps, gain_line, rent_range, term_line
from reports.deal_page import deal_html
from reports.deal_terminal import print_deal
from tests.optimizer.cases import offer, portfolio, settings, site
from tests.reports.test_browser import opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def taken() -> Deal:
    """The offer of cases.py, in a portfolio with a hostile name."""
    return deal(portfolio(settings=settings(name=HOSTILE), contracts=[offer(counterparty=HOSTILE)]), "lab")


@pytest.fixture(scope="module")
def left() -> Deal:
    """The same at a rent of 30: it is left."""
    return deal(portfolio(contracts=[offer(price_usd_per_kw_month=30.0)]), "lab")


@pytest.fixture(scope="module")
def held() -> Deal:
    """The same where 4 MW of AI, 3.2 critical MW, are all that the site may hold."""
    return deal(portfolio(sites=[site(ai_max_mw=4.0)]), "lab")


@pytest.fixture(scope="module")
def tied() -> Deal:
    """`next` comes in blocks, needs the lab, and excludes a third."""
    lab = offer(max_mw=1.0, min_mw=1.0, price_usd_per_kw_month=20.0)
    following = offer(id="next", max_mw=2.0, block_mw=1.0, requires="lab", exclusive_group="hall")
    third = offer(id="third", max_mw=1.0, exclusive_group="hall", requires="next", price_usd_per_kw_month=1.0)
    third["requires"] = ""
    fleets = [{"id": "old", "site": "alpha", "rig": "rig20", "mw": 5.0}]
    return deal(portfolio(contracts=[lab, following, third], fleets=fleets), "next")


@pytest.fixture(scope="module")
def roomless() -> Deal:
    """The offer where its site holds no AI."""
    return deal(portfolio(sites=[site(ai_max_mw=0.0)]), "lab")


@pytest.fixture(scope="module")
def forced() -> Deal:
    """The offer where only it keeps a share of AI that is asked for."""
    signed = offer(id="old", committed_mw=1.0, max_mw=1.0, first_start="2026-01", last_start="2026-01", term_months=15)
    return deal(portfolio(contracts=[offer(), signed], limits={"min_eh_s": 0.05, "ai_share_min": 0.1}), "lab")


def said(found: Deal) -> str:
    """The headline as text."""
    return "".join(phrase.text for phrase in headline(found))


def printed(found: Deal, width: int = 140) -> str:
    """What a terminal shows."""
    out = io.StringIO()
    print_deal(found, console=Console(file=out, width=width, markup=False, highlight=False, emoji=False))
    return out.getvalue()


def test_the_headline_says_what_to_do(taken: Deal, left: Deal, roomless: Deal, forced: Deal) -> None:
    """Take it, leave it, no room, or no choice: with the rent that decides."""
    assert said(taken) == (
        "Take it: at USD 100.00 per kW-month the best plan signs 4.0 MW of 4.0, which adds USD 907,200. "
        "Walk away below USD 43.30, 56.7% less."
    )
    assert said(left) == (
        "Leave it: at USD 30.00 per kW-month the best plan signs none of it. "
        "Its first MW is worth taking from USD 43.30 on, 44.3% more."
    )
    assert said(roomless) == "The limits leave no room for a MW of lab."
    assert said(forced).startswith("Without lab the limits cannot hold")


def test_an_offer_that_pays_at_any_rent_says_so(taken: Deal) -> None:
    """A walk-away rent below nothing is no share of the quoted one."""
    below = replace(taken, headline=replace(taken.headline, reservation=-5.0, headroom_share=1.05))
    assert said(below).endswith("Walk away below USD −5.00: it pays at any rent.")


def test_the_full_size_names_what_holds_it(taken: Deal, held: Deal, roomless: Deal) -> None:
    """The rent of all MW; or that of the most, with the limit; or never."""
    assert full_size(taken)[:2] == ("All 4.0 MW", "43.30")
    name, rent, words = full_size(held)
    assert (name, rent) == ("Most MW: 3.2 of 4.0", "43.30")
    assert words.startswith("held by ")
    assert words.endswith("(alpha)")
    assert full_size(roomless)[1] == "never"


def test_mw_that_no_rent_is_worth_are_told(held: Deal) -> None:
    """The limits allow them, but other starts bring more rent."""
    more = replace(held, headline=replace(held.headline, possible_mw=3.9))
    assert held_words(more) == "the limits allow 3.9 MW, but no rent is worth them"
    bare = replace(held, limits=held.limits.iloc[:0])
    assert held_words(bare) == "held by the whole steps of offers"


def test_the_flip_is_told_with_its_direction(taken: Deal, roomless: Deal) -> None:
    """A hashprice, its factor and the side on which the deal is taken; a second flip is mentioned."""
    assert flip_words(taken) == ("53.74 USD/PH/s/day", "2.24 times the path: taken below it, not above")
    twice = pd.concat([taken.flips, taken.flips.assign(is_nearest=False)], ignore_index=True)
    assert flip_words(replace(taken, flips=twice))[1].endswith("there is another flip on the other side")
    assert flip_words(roomless) == ("none", "no hashprice changes the decision")
    steady = replace(taken, flips=taken.flips.iloc[:0])
    assert "from a quarter of the hashprice to four times it" in flip_words(steady)[1]


def test_what_the_offer_is_tied_to_is_said(tied: Deal, taken: Deal) -> None:
    """What it requires, whom it excludes, and its whole steps."""
    lines = conditions(tied)
    assert lines[0].startswith("It requires 'lab': taking it includes taking that one")
    assert "Only one of the group 'hall' can be taken: it or 'third'." in lines
    assert "It comes in whole blocks of 1.0 MW, or not at all." in lines
    assert conditions(taken) == []


def test_what_comes_with_the_deal_is_gained(tied: Deal) -> None:
    """The lab loses 20,000 USD, which is a cost of the deal that needs it; its MW are gained, not lost."""
    row = net_table(tied, "quoted rent").rows[0]
    assert [cell.text for cell in row[:3]] == ["lab", "other offer", "−1.0"]
    assert row[-1].value == pytest.approx(20_000.0)


def test_steps_of_one_size_are_one(taken: Deal) -> None:
    """Two pieces with the same MW are one step; the table says what the deal adds at its beginning."""
    both = taken.curve.iloc[[0, 1, 1]].reset_index(drop=True)
    both.loc[1, "rent_to"] = both.loc[2, "rent_from"] = 60.0
    assert steps(replace(taken, curve=both))["mw"].tolist() == pytest.approx([0.0, 4.0])
    rows = curve_table(taken).rows
    assert [[cell.text for cell in row] for row in rows[:2]] == [["below", "0.0", "0.0"], ["43.30", "4.0", "0.0"]]


def test_a_short_curve_table_keeps_its_ends_and_the_first_step(taken: Deal) -> None:
    """Of thirty steps eight are shown, the first and the last among them."""
    rents = [float("-inf"), *range(40, 69)]
    curve = pd.DataFrame(
        {
            "rent_from": rents,
            "rent_to": [*rents[1:], float("inf")],
            "mw": [float(n) for n in range(30)],
            "npv_usd": 868_800.0,
            "usd_per_rent": 0.0,
        }
    )
    table = curve_table(replace(taken, curve=curve), most=8)
    assert [row[0].text for row in table.rows][:2] == ["below", "40.00"]
    assert table.rows[-1][0].text == "68.00"
    assert len(table.rows) == 8
    assert table.note == "8 of 30 steps; all are in bid_curve.csv."


def test_terms_that_have_no_price_say_why(taken: Deal) -> None:
    """Half a year later there is no start inside the horizon; the offer's own value is tagged."""
    rows = terms_table(taken).rows
    late = [row for row in rows if row[0].text == "Start delayed"]
    assert [(row[1].text, row[3].text) for row in late] == [
        ("0", "43.30"),
        ("3", "118.00"),
        ("6", "no start"),
        ("9", "no start"),
        ("12", "no start"),
    ]
    assert [row[1].tag for row in late] == ["as offered", "", "", "", ""]
    assert [row[1].text for row in rows if row[0].text == "Term"] == ["5", "7", "10", "12", "15", "20"]


def test_what_is_displaced_adds_up_to_its_cost(taken: Deal) -> None:
    """20 MW-months of the fleet, 292,800 USD: one line and its total."""
    table = displaced_table(taken, "quoted rent")
    assert [cell.text for cell in table.rows[0]] == ["old", "mining", "alpha", "3.3", "20", "0.17", "0.3"]
    assert table.total is not None
    assert table.total[-1].value == pytest.approx(292_800.0)
    bridge = balance_steps(taken, "quoted rent")
    assert bridge["step"].tolist() == ["The deal itself", "old", "Adds to the portfolio"]
    assert bridge["usd"].tolist() == pytest.approx([1_200_000.0, -292_800.0, 907_200.0])
    assert bridge["end"].tolist() == pytest.approx([1_200_000.0, 907_200.0, 907_200.0])


def test_a_gain_elsewhere_is_not_called_displaced() -> None:
    """Where all else is worth more with the deal, that is what is said."""
    one = Exchange("quoted rent", 15.0, 400.0, 4e8, -2e8, 6e8)
    assert "all else is worth USD 200.0 m more with it than without; it adds USD 600.0 m." in exchange_words(one)


def test_the_charts_show_the_quoted_rent_and_the_steps(taken: Deal) -> None:
    """The step of the bid curve lies at the walk-away rent, and what the deal adds begins there."""
    low, high = rent_range(taken)
    assert low < 43.3 < 100.0 < high
    rule, line, _ = bid_steps(taken, HALF_PATH)["layer"]
    assert rule["data"]["values"] == [{"x": 100.0}]
    points = line["data"]["values"]
    assert [(point["x"], point["y"]) for point in points[:2]] == [(low, 0.0), (pytest.approx(43.3), pytest.approx(4.0))]
    gain = gain_line(taken, HALF_PATH)["layer"][1]["data"]["values"]
    assert [point["y"] for point in gain[:2]] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert gain[-1]["y"] == pytest.approx(16_000 * (high - 43.3) / 1e6, rel=1e-6)


def test_the_last_mw_do_not_stretch_the_curves(taken: Deal) -> None:
    """A rent of twenty times the quoted one is left out of the picture."""
    far = replace(taken, headline=replace(taken.headline, all_mw_rent=2_000.0, most_mw_rent=2_000.0))
    assert rent_range(far)[1] < 300.0


def test_a_term_that_changes_nothing_is_flat(taken: Deal) -> None:
    """The scale reaches a tenth of the rent to either side, so that nothing looks like much."""
    points = dict(term_rows(taken))["pue"]
    spec = term_line(taken, "pue", points, SMALL)
    low, high = spec["layer"][1]["encoding"]["y"]["scale"]["domain"]
    assert low < 0.9 * 43.3
    assert high > 1.1 * 43.3
    assert [row["own"] for row in spec["layer"][3]["data"]["values"]] == [True]


@pytest.mark.parametrize("name", ["taken", "left", "held", "tied", "roomless", "forced"])
def test_every_sheet_has_a_page_and_a_screen(name: str, request: pytest.FixtureRequest) -> None:
    """Whatever is missing, both are whole, and two runs say the same."""
    found: Deal = request.getfixturevalue(name)
    page = deal_html(found)
    assert page == deal_html(found)
    assert page.count("<h1>") == 1
    words = re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL) + printed(found)
    assert not re.search(r"\b(nan|inf)\b", words, flags=re.IGNORECASE)
    for width in (80, 140):
        assert all(len(line) <= width or " | " not in line for line in printed(found, width).splitlines())


def test_names_are_text_and_nothing_else_runs(taken: Deal) -> None:
    """A hostile name stays a name; the policy names the style and the one script of the page."""
    page = deal_html(taken)
    assert HOSTILE not in page
    assert "&lt;/script&gt;" in page
    policy = re.search(r'content="(default-src[^"]*)"', page)
    assert policy is not None
    for tag in ("style", "script"):
        parts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        assert len(parts) == 1
        digest = base64.b64encode(hashlib.sha256(parts[0].encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy[1].replace("&#39;", "'")
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", page)


def test_machines_get_full_digits(held: Deal) -> None:
    """JSON without NaN and infinity, CSV with blanks for them."""
    sheet = json.loads(deal_json(held), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert sheet["headline"]["all_mw_rent"] is None
    assert sheet["headline"]["exact_to"] is None
    assert sheet["limits"][0]["mw_per_unit"] == pytest.approx(0.8)
    first, second = curve_csv(held).splitlines()[:2]
    assert first == "rent_from,rent_to,mw,npv_usd,usd_per_rent"
    assert second.startswith(",43.")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1366, "dark")])
def test_the_page_opens_in_a_browser(chromium: Browser, tmp_path: Path, width: int, scheme: str, taken: Deal) -> None:
    """Nothing is refused, asked for or wider than the window, and the tables can be opened."""
    target = tmp_path / "deal.html"
    target.write_text(deal_html(taken), encoding="utf-8")
    page, events = opened(chromium, target, width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#terms svg").count() == 8
    assert page.locator("#table-terms").is_visible()
    assert events == []
    page.context.close()


@pytest.mark.browser
def test_the_sheet_prints_on_two_pages(chromium: Browser, tmp_path: Path, taken: Deal) -> None:
    """A4, upright, without the tables behind the charts."""
    target = tmp_path / "deal.html"
    target.write_text(deal_html(taken), encoding="utf-8")
    page, _ = opened(chromium, target)
    printed_page = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed_page)) == 2
    page.context.close()
