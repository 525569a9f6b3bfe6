"""A deal sheet as a page that stands alone and prints on a few sheets."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from reports import format as fmt
from reports.chart_parts import HALF_PATH, SMALL, Frame, Spec
from reports.deal import (
    FORCED,
    RENT,
    TERM_WORDS,
    conditions,
    curve_table,
    displaced_by_site,
    displaced_table,
    exchange_words,
    flip_words,
    full_size,
    headline,
    taken_words,
    term_rows,
    terms_table,
)
from reports.deal_charts import balance_bars, bid_steps, gain_line, term_line
from reports.decision import KeyFigure
from reports.figures import Figure, Legend, SitePanel
from reports.page import render_page
from reports.svg import draw

if TYPE_CHECKING:
    from optimizer.deal_sheet import Deal

STYLES = ("report.css", "deal.css")
_QUOTED = Legend("base-line", "quoted rent")


def deal_html(deal: Deal) -> str:
    """The deal sheet as one HTML page that needs no network and no other file; equal deals give equal text."""
    return render_page("deal.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(deal))


def _content(deal: Deal) -> dict[str, Any]:
    has_price = not math.isnan(deal.headline.reservation)
    return {
        "name": deal.contract.id,
        "scope": _scope(deal),
        "headline": headline(deal),
        "key_figures": _key_figures(deal),
        "conditions": conditions(deal),
        "curves": _curves(deal) if has_price else [],
        "curve": curve_table(deal) if has_price else None,
        "terms": _term_panels(deal) if has_price else [],
        "terms_table": terms_table(deal) if has_price else None,
        "balances": [_balance(deal, one.at) for one in deal.exchanges],
        "offer": _offer_lines(deal),
        "exact_to": _exact_words(deal),
    }


def _scope(deal: Deal) -> str:
    settings = deal.settings
    tenant = f"{deal.contract.counterparty}; " if deal.contract.counterparty else ""
    return f"{tenant}portfolio {settings.name}, {fmt.months(settings.months)} from {fmt.month(settings.start)}"


def _key_figures(deal: Deal) -> list[KeyFigure]:
    found = deal.headline
    size, rent, detail = full_size(deal)
    flip, flip_detail = flip_words(deal)
    room = "" if math.isnan(found.headroom_share) else f" ({fmt.percent(found.headroom_share)})"
    known = not math.isnan(found.reservation)
    return [
        KeyFigure("Quoted rent", fmt.price(found.quoted), f"{RENT}; {taken_words(deal)}"),
        KeyFigure("Walk-away rent", fmt.price(found.reservation), f"{RENT}; first MW is taken from it on"),
        KeyFigure(
            "Headroom",
            fmt.price(found.headroom) if known else fmt.MISSING,
            f"{RENT}{room}, quoted less walk-away rent",
        ),
        KeyFigure(size, rent, detail),
        KeyFigure(
            "What it adds", fmt.usd(found.gain_usd if abs(found.gain_usd) > fmt.CENT else 0.0), _gain_words(deal)
        ),
        KeyFigure("Flips at a hashprice of", flip.removesuffix(" USD/PH/s/day"), flip_detail),
    ]


def _gain_words(deal: Deal) -> str:
    found = deal.headline
    if found.status == FORCED:
        return "without it there is no plan"
    return f"net present value {fmt.usd(found.npv_usd)} with it, {fmt.usd(found.npv_without_usd)} without"


def _curves(deal: Deal) -> list[Figure]:
    return [
        Figure(
            "bid-steps",
            "Bid curve",
            f"critical MW taken against the rent, {RENT}",
            _drawn(partial(bid_steps, deal), "Bid curve", HALF_PATH),
            (_QUOTED,),
        ),
        Figure(
            "gain-line",
            "What the deal adds",
            f"USD m of net present value against the rent, {RENT}",
            _drawn(partial(gain_line, deal), "What the deal adds", HALF_PATH),
            (_QUOTED,),
        ),
    ]


def _term_panels(deal: Deal) -> list[SitePanel]:
    panels = []
    for name, points in term_rows(deal):
        words = TERM_WORDS[name]
        if (points["status"] == "exact").any():
            title = f"Walk-away rent by {words.title}"
            panels.append(SitePanel(words.title, words.unit, draw(term_line(deal, name, points, SMALL), title)))
    return panels


def _balance(deal: Deal, at: str) -> dict[str, Any]:
    one = next(one for one in deal.exchanges if one.at == at)
    title = f"Own value, what it displaces, what it adds: {at}"
    key = at.replace(" ", "-").lower()
    legend = (Legend("gain", "gained elsewhere"), Legend("loss", "displaced"))
    figure = Figure(
        f"balance-{key}",
        title,
        "present value, USD m; fleets and offers over all their sites",
        _drawn(partial(balance_bars, deal, at), title, HALF_PATH),
        legend,
        displaced_table(deal, at),
    )
    return {"words": exchange_words(one), "figure": figure, "sites": displaced_by_site(deal, at)}


def _offer_lines(deal: Deal) -> list[tuple[str, str]]:
    offer, settings = deal.contract, deal.settings
    size = f"up to {fmt.exact(offer.max_mw)} MW critical"
    return [
        ("Size and sites", f"{size}, at {', '.join(offer.sites)}"),
        (
            "First rent",
            f"{fmt.month(offer.first_start)} to {fmt.month(offer.last_start)}, built in "
            f"{fmt.months(offer.build_months)}, {fmt.months(offer.disruption_months)} of disruption",
        ),
        (
            "Term",
            f"{fmt.months(offer.term_months)}, then {offer.after_term}; escalator {_rate(offer.escalator)} a year",
        ),
        (
            "Capex",
            f"{fmt.usd(offer.capex_usd_per_mw)} per critical MW, tenant's share {_rate(offer.tenant_capex_share)}",
        ),
        (
            "Running",
            f"opex {fmt.price(offer.opex_usd_per_kw_month)} {RENT}, power {offer.power.replace('_', ' ')}, "
            f"PUE {fmt.exact(offer.pue)}, site MW per critical MW {fmt.exact(offer.gross_ratio)}",
        ),
        (
            "Credit",
            f"default rate {_rate(offer.default_rate)} a year, recovery {_rate(offer.recovery)}, "
            f"{fmt.months(offer.prepaid_months)} prepaid",
        ),
        (
            "Discounting",
            f"AI {_rate(settings.ai_rate)}, all else {_rate(settings.discount_rate)} a year; "
            f"{_rate(settings.contract_tail)} of the contract's value after the horizon counts",
        ),
        ("Hashprice", f"{fmt.price(deal.hashprice)} USD/PH/s/day on average in the first year"),
    ]


def _rate(share: float) -> str:
    return f"{share * 100:.4g}%"


def _exact_words(deal: Deal) -> str:
    top = deal.headline.exact_to
    reach = "at every rent" if math.isinf(top) else f"up to a rent of {fmt.price(top)} {RENT}"
    return f"The curves are exact {reach}: every corner was found by solving the portfolio anew, none is a grid point."


def _drawn(spec: Callable[[Frame], Spec], title: str, half: Frame) -> dict[str, str]:
    return {"any": draw(spec(half), title)}
