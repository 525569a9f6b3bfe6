"""The report an investment committee reads: one self-contained page that asks nobody for anything.

Names from the input are text everywhere (autoescape, rebuilt drawings); the page's own style and script are the only
ones its content security policy lets run, named by their hashes. The page is a function of the plan: no clock, no
random ids.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import assumptions, decision, figures, inputs, method, money, tables
from reports import format as fmt
from reports.words import GLOSSARY

if TYPE_CHECKING:
    from optimizer.results import Plan

_PANELS_OPEN = 12
_PANELS_UNGROUPED = 18


def render_html(plan: Plan) -> str:
    """The report of a plan as one HTML page.

    The same plan gives the same text. The page needs no network, no other file and, but for the pointing texts and the
    search, no script.
    """
    style, script = _part("report.css"), _part("report.js")
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawing"] = _drawing
    page = environment.get_template("report.html.j2")
    return page.render(
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        **_content(plan),
    )


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
        "passed_over": tables.passed_over_table(plan),
        "capacity_value": figures.capacity_value(plan),
        "site_hashprices": figures.site_hashprices(plan),
        "site_table": tables.site_table(plan),
        "baselines": money.baseline_table(plan),
        "bridge": figures.npv_bridge(plan),
        "cases": money.cases_table(plan),
        "limits": figures.limit_values(plan),
        "cash": figures.cash_flow(plan),
        "hashprice": figures.hashprice(plan),
        "power": figures.power_price(plan),
        "settings": inputs.settings_table(plan),
        "register": assumptions.register(plan),
        "warnings": inputs.warning_lines(plan),
        "check_groups": method.check_groups_table(plan),
        "checks": method.checks_table(plan),
        "proof_lines": method.proof_lines(plan),
        "run_lines": method.run_lines(plan),
        "input_hashes": method.input_hashes(plan),
        "glossary": GLOSSARY,
    }


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
        "proved": bool(plan.certificate["passed"]),
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


def _drawing(drawings: Mapping[str, str], where: str) -> Markup:
    """A drawing as markup: `reports.svg` has rebuilt it from shapes and escaped text."""
    return Markup(drawings[where])


def _part(name: str) -> str:
    return resources.files("reports").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """A content security policy under which nothing is fetched and only our style and script apply."""
    return (
        f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
