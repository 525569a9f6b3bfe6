"""The report an investment committee reads: one self-contained page that asks nobody for anything.

Names from the input are text everywhere (autoescape, rebuilt drawings); the page's own style and script are the only
ones its content security policy lets run, named by their hashes. The page is a function of the plan: no clock, no
random ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from reports import (
    assumptions,
    btc_costs,
    decision,
    figures,
    financing,
    financing_charts,
    financing_tables,
    hours,
    hours_figures,
    inputs,
    method,
    money,
    scenario_charts,
    scenarios,
    tables,
    whole_numbers,
    why_not,
)
from reports import format as fmt
from reports.additions import Addition
from reports.options import FORMATS, ReportOptions
from reports.page import render_page
from reports.sources import SOURCES
from reports.words import glossary

if TYPE_CHECKING:
    from optimizer.results import Plan

_PANELS_OPEN = 12
_PANELS_UNGROUPED = 18


def render_html(plan: Plan, options: ReportOptions | None = None) -> str:
    """The report of a plan as one HTML page.

    The same plan and options give the same text. The page needs no network, no other file and, but for the pointing
    texts and the search, no script; the files that it links stand beside it.
    """
    wanted = ReportOptions() if options is None else options
    scripts = ("pointing.js", "report.js")
    with fmt.money_in(wanted.scale):
        content = {**_content(plan), **_dress(wanted)}
        return render_page("report.html.j2", styles=("report.css",), scripts=scripts, content=content, sources=SOURCES)


def _dress(options: ReportOptions) -> dict[str, Any]:
    """What the page shows besides the plan: whose it is, of when, what lies beside it, and what was added."""
    return {
        "company": options.company,
        "logo": None if options.logo is None else options.logo.uri,
        "day": fmt.day(options.day),
        "beside": [(name, words) for key, name, words in _BESIDE if key in options.formats],
        "added": [addition for addition in options.additions if not addition.pages],
        "pages": _page_links(options.additions),
    }


_BESIDE = (
    ("pdf", FORMATS["pdf"], "for the board, to print"),
    ("xlsx", FORMATS["xlsx"], "the tables in Excel, totals as formulas"),
)


def _page_links(additions: Sequence[Addition]) -> list[tuple[str, str]]:
    """Pages of other commands: address from this page, and words."""
    return [
        (page, addition.title if len(addition.pages) == 1 else f"{addition.title}: {page.rpartition('/')[2]}")
        for addition in additions
        for page in addition.pages
    ]


def _content(plan: Plan) -> dict[str, Any]:
    """Everything the page shows, already worded and formatted."""
    return {
        **_frame(plan),
        "portfolio_mw": figures.portfolio_mw(plan),
        # The one site of a portfolio is the portfolio: no second chart of the same figures.
        "panels": _grouped(figures.site_panels(plan)) if len(plan.portfolio.sites) > 1 else [],
        "grain": figures.GRAIN_WORDS[tables.plan_grain(plan)],
        "use_legend": figures.USE_LEGEND,
        "site_mix": tables.site_mix_table(plan),
        "league": tables.league_table(plan),
        "passed_over": why_not.offers_table(plan),
        "why_not_places": why_not.places_table(plan),
        "why_not_starts": why_not.starts_table(plan),
        "why_not_all_starts": why_not.all_starts_table(plan),
        "capacity_value": figures.capacity_value(plan),
        "site_hashprices": figures.site_hashprices(plan),
        "site_table": tables.site_table(plan),
        "baselines": money.baseline_table(plan),
        "bridge": figures.npv_bridge(plan),
        "cases": money.cases_table(plan),
        "limits": figures.limit_values(plan),
        "cash": figures.cash_flow(plan),
        **_hours(plan),
        "scenario_chart": scenario_charts.npv_distribution(plan),
        "scenario_hashprice": scenario_charts.hashprice_spread(plan),
        "scenario_table": scenarios.scenario_table(plan),
        "scenario_left_out": scenarios.left_out(plan),
        "scenario_lines": scenarios.price_lines(plan),
        "hashprice": figures.hashprice(plan),
        "power": figures.power_price(plan),
        "settings": inputs.settings_table(plan),
        "register": assumptions.register(plan),
        "warnings": inputs.warning_lines(plan),
        "method_words": method.METHOD,
        "check_groups": method.check_groups_table(plan),
        "checks": method.checks_table(plan),
        "whole_number_lines": whole_numbers.price_lines(plan),
        "hour_lines": method.hour_lines(plan),
        "proof_lines": method.proof_lines(plan),
        "run_lines": method.run_lines(plan),
        "input_hashes": method.input_hashes(plan),
        "glossary": _glossary(plan),
        "capital": _capital(plan) if financing.has_capital(plan) else None,
    }


def _capital(plan: Plan) -> dict[str, Any]:
    """The section on capital; only where the portfolio has any."""
    return {
        "sentence": financing.sentence(plan),
        "debt_value": financing.value_of_debt(plan),
        "sources": financing_charts.sources_chart(plan),
        "account": financing_charts.account_chart(plan),
        "loans": financing_tables.loans_table(plan),
        "rules": financing_tables.rules_table(plan),
        "dear_cash": financing_tables.dear_cash_table(plan),
        "decisions": financing_tables.decisions_table(plan),
        "btc_costs": btc_costs.btc_cost_table(plan),
        "statements": [financing_tables.statement_table(plan, name) for name in ("income", "cash flow", "balance")],
        "notes": financing.statement_notes(plan),
    }


def _hours(plan: Plan) -> dict[str, Any]:
    """The section on hours and power; of power contracts only what the portfolio has."""
    return {
        "hours_figures": hours.key_figures(plan),
        "hours_price": hours_figures.power_price(plan),
        "hours_worth": hours_figures.power_worth(plan),
        "price_panels": _grouped(hours_figures.price_panels(plan)) if len(plan.portfolio.sites) > 1 else [],
        "price_legend": hours_figures.PRICE_LEGEND,
        "hours_sites": hours.site_table(plan),
        "hours_site_years": hours.site_year_table(plan),
        "hours_fleets": hours.fleet_table(plan),
        "fleet_hours": hours.fleet_hours_table(plan),
        "power_contracts": hours.contracts_table(plan),
    }


def _glossary(plan: Plan) -> tuple[tuple[str, str], ...]:
    contracts = plan.portfolio.power_contracts
    ratchet = any(contract.ratchet_share and contract.ratchet_months for contract in contracts)
    return glossary(hours.kinds(plan), ratchet=ratchet, modes=bool(plan.portfolio.rig_modes))


def _frame(plan: Plan) -> dict[str, Any]:
    """Title, decision and verdict: the top of the page."""
    settings = plan.portfolio.settings
    months = inputs.horizon_months(plan)
    return {
        "name": settings.name,
        "horizon": f"{fmt.month(months[0])} to {fmt.month(months[-1])}",
        "scope": f"{fmt.count(len(plan.portfolio.sites), 'site')}, {fmt.count(len(plan.portfolio.contracts), 'offer')}",
        "headline": decision.headline(plan),
        "key_figures": decision.key_figures(plan),
        "proved": bool(plan.certificate["passed"]) and whole_numbers.is_best(plan),
        "forced": whole_numbers.forced(plan),
        "uncertain": scenarios.headline(plan),
        "verdict": method.verdict(plan),
    }


def _grouped(panels: list[figures.SitePanel]) -> list[tuple[str, tuple[figures.SitePanel, ...]]]:
    """The panels in groups with a heading; only the first is open, for 50 sites are a wall of charts."""
    groups = []
    size = _PANELS_OPEN if len(panels) > _PANELS_UNGROUPED else _PANELS_UNGROUPED
    for first in range(0, len(panels), size):
        group = tuple(panels[first : first + size])
        groups.append((f"Sites {first + 1} to {first + len(group)} of {len(panels)}, by size", group))
    return groups
