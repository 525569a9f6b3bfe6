"""What the page of the workbench shows of answers, offers, maps and risks: texts, tables and charts.

Every figure is worded by `reports.format`, as in the files of a plan, so that both say the same to the last digit.
Nothing is solved here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports import chart_parts as parts
from reports import charts, tables
from reports import format as fmt
from reports.chart_parts import Frame
from reports.deal import conditions, curve_table, full_size
from reports.deal import headline as deal_headline
from reports.deal_charts import bid_steps, gain_line
from reports.decision import Phrase
from reports.display import Cell, Column, Table, figure, text
from reports.figures import GRAIN_WORDS, USE_LEGEND, Legend
from reports.periods import grain
from reports.scenario_charts import npv_distribution
from reports.sensitivity import SensitivityReport, broken_words, swings_table
from reports.sensitivity_page import headline as sensitivity_headline
from reports.sweep import CHOSEN, SweepReport
from reports.sweep_charts import set_map
from reports.sweep_page import headline as sweep_headline
from reports.sweep_tables import common_words, map_table
from reports.tornado import KINDS, tornado
from reports.what_if import certificate_words, comparison_table, moves_table, pins_table, sites_table
from reports.what_if import headline as what_if_headline
from reports.what_if_chart import ai_lines, case_keys
from reports.workbench.plots import plot

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.deal_sheet import Deal
    from optimizer.outcome import Outcome
    from optimizer.results import Plan
    from optimizer.sensitivities import Sensitivity
    from optimizer.sweeping import Sweep
    from optimizer.what_ifs import WhatIf
    from sites.columns import Column as Field
    from sites.findings import Finding
    from sites.portfolio import Portfolio

View = dict[str, Any]

MAIN = Frame(width=860, height=270, ticks=10)
SIDE = Frame(width=430, height=230, ticks=5)
MAP = Frame(width=860, height=380, ticks=10)
_MOST_LINES = 40
_QUOTED = Legend("mean", "rent offered")


# ---------------------------------------------------------------- the live answer


def answer_view(
    portfolio: Portfolio, outcome: Outcome, base: Outcome, allocation: pd.DataFrame, contracts: pd.DataFrame
) -> View:
    """The best plan of a changed copy: its figures beside those of the base, its chart and its contracts."""
    size = grain(sorted(allocation["month"].unique()))
    mix = tables.mw_over_time(allocation, by_site=False, size=size)
    unit = f"MW of site capacity, {GRAIN_WORDS[size]}"
    return {
        "status": outcome.status,
        "figures": figures_view(outcome, base),
        "taken": {name: fmt.mw(mw) for name, mw in outcome.taken_mw.items() if mw > fmt.NOISE},
        "chart": plot("use", "Megawatts by use", unit, charts.mw_areas(mix, size, MAIN), USE_LEGEND),
        "contracts": table_view(contracts_table(portfolio, contracts)),
        "warnings": [str(finding) for finding in portfolio.warnings],
    }


_FIGURES = (
    ("npv_usd", "Net present value", "USD m", fmt.usd_m),
    ("capex_usd", "Own capital", "USD m", fmt.usd_m),
    ("peak_ai_mw", "Peak AI", "critical MW", fmt.mw),
    ("ai_share", "AI share of MW-months", "", fmt.percent),
    ("hashrate_eh_s", "Mean hashrate", "EH/s", fmt.hashrate),
    ("cash_low_usd", "Cash low point", "USD m", fmt.usd_m),
)


def figures_view(outcome: Outcome, base: Outcome | None) -> list[View]:
    """The headline figures of a plan, the NPV first, each with its change against the base."""
    shown = []
    for name, label, unit, words in _FIGURES:
        value, before = outcome.figures[name], math.nan if base is None else base.figures[name]
        change = "" if math.isnan(value - before) else _signed(words, value - before)
        tone = "" if not change else "gain" if value > before else "loss"
        shown.append(
            {"name": name, "label": label, "unit": unit, "value": words(value), "change": change, "tone": tone}
        )
    return shown


def _signed(words: Callable[[float | None], str], change: float) -> str:
    """A change with its sign; nothing where it rounds to nothing."""
    told = words(change)
    return "" if told == words(0.0) or told.lstrip(fmt.MINUS) == words(0.0) else f"+{told}" if change > 0.0 else told


def contracts_table(portfolio: Portfolio, contracts: pd.DataFrame) -> Table:
    """Every contract: what the plan takes of it, where and from when, and what that is worth; those taken first."""
    given = {offer.id: offer for offer in portfolio.contracts}
    taken = tables.taken_of(contracts)
    rows: list[tuple[Cell, ...]] = []
    for row in taken.itertuples():
        offer = given[row.contract]
        rows.append(
            (
                text(row.contract, tag="signed" if offer.committed_mw > 0.0 else ""),
                text(row.site),
                text(fmt.month(row.start)),
                figure(row.mw, fmt.mw),
                figure(row.gross_mw, fmt.mw),
                figure(float(offer.price_usd_per_kw_month), fmt.price),
                figure(row.capex_usd, fmt.usd_m),
                figure(row.npv_usd, fmt.usd_m),
                figure(row.irr, fmt.return_rate),
                figure(row.payback_months, fmt.months),
            )
        )
    for name in sorted(set(given) - set(taken["contract"])):
        rent = figure(float(given[name].price_usd_per_kw_month), fmt.price)
        rows.append((text(name, tag="not taken"), *[text(fmt.MISSING)] * 4, rent, *[text(fmt.MISSING)] * 4))
    columns = (
        Column("Contract", numeric=False),
        Column("Site", numeric=False),
        Column("First rent", numeric=False),
        Column("Size", "critical MW"),
        Column("Takes", "site MW"),
        Column("Rent", "USD per kW-month"),
        Column("Own capital", "USD m"),
        Column("NPV", "USD m", gloss="the contract's own cash flows, discounted"),
        Column("IRR", "a year"),
        Column("Payback"),
    )
    return Table("contracts", "Contracts in the plan, then those it leaves", columns, tuple(rows))


# ---------------------------------------------------------------- the portfolio and its fields


def portfolio_view(portfolio: Portfolio, given: Mapping[str, Any], fields: Mapping[str, Field]) -> View:
    """A portfolio as it was opened: its size, its sites, its offers field by field, and what was odd about it.

    given : the tables of the portfolio. fields : the columns of an offer.
    """
    settings = portfolio.settings
    capacity = sum(site.capacity_mw for site in portfolio.sites)
    signed = sum(offer.committed_mw > 0.0 for offer in portfolio.contracts)
    several = portfolio.risk.paths or len(portfolio.scenarios)
    return {
        "name": settings.name,
        "scope": f"{fmt.count(len(portfolio.sites), 'site')}, {fmt.mw(capacity)} MW, "
        f"{fmt.count(len(portfolio.contracts), 'contract')} ({signed} signed), {settings.months} months from "
        f"{fmt.month(settings.start)}" + (f", {several} scenarios" if several else ""),
        "start": settings.start,
        "months": settings.months,
        "sites": table_view(_sites_table(portfolio)),
        "site_ids": [site.id for site in portfolio.sites],
        "offers": [{name: _typed(value) for name, value in row.items()} for row in given["contracts"]],
        "signed": [offer.id for offer in portfolio.contracts if offer.committed_mw > 0.0],
        "fields": [field_view(field) for field in fields.values()],
        "has_financing": portfolio != portfolio.without_capital(),
        "warnings": [str(finding) for finding in portfolio.warnings],
    }


def _sites_table(portfolio: Portfolio) -> Table:
    fleets: dict[str, float] = {}
    for fleet in portfolio.fleets:
        fleets[fleet.site] = fleets.get(fleet.site, 0.0) + fleet.mw
    rows = tuple(
        (
            text(site.id),
            text(site.region or fmt.MISSING),
            figure(site.capacity_mw, fmt.mw),
            figure(fleets.get(site.id, 0.0), fmt.mw),
            text(site.power if isinstance(site.power, str) else f"{fmt.price(site.power)} USD/MWh"),
        )
        for site in portfolio.sites
    )
    columns = (
        Column("Site", numeric=False),
        Column("Region", numeric=False),
        Column("Capacity", "MW"),
        Column("Machines", "MW"),
        Column("Power", numeric=False, gloss="an hourly price series, or one flat price"),
    )
    return Table("sites", "Sites", columns, rows)


def _typed(value: object) -> str:
    """A cell as somebody would type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in value)
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def field_view(field: Field) -> View:
    """A column of an offer as a form shows it."""
    return {
        "name": field.name,
        "label": field.name.replace("_", " "),
        "kind": field.kind.value,
        "unit": field.unit,
        "low": field.low,
        "high": field.high,
        "choices": list(field.choices),
        "required": field.required,
        "default": _typed(field.default),
        "expected": field.expected,
        "about": field.description,
    }


def findings_view(findings: Sequence[Finding]) -> View:
    """What is wrong with the changes, each with the record and field that it is about."""
    rows = [
        {
            "table": finding.table,
            "record": finding.record.strip("'"),
            "field": finding.column,
            "words": _words(finding),
        }
        for finding in findings
        if finding.severity == "error"
    ]
    return {"status": "invalid", "findings": rows}


def _words(finding: Finding) -> str:
    said = " ".join(part for part in (finding.record, finding.column) if part)
    value = f"= {finding.value}" if finding.value else ""
    start = " ".join(part for part in (said, value, finding.problem) if part)
    expected = f"expected {finding.expected}" if finding.expected else ""
    return "; ".join(part for part in (": ".join(part for part in (start, expected) if part), finding.hint) if part)


def clashes_view(clashes: Sequence[str], base: Outcome | None) -> View:
    """Why no plan keeps all limits."""
    npv = "" if base is None or math.isnan(base.npv_usd) else fmt.usd(base.npv_usd)
    return {"status": "infeasible", "clashes": list(clashes), "base": npv}


# ---------------------------------------------------------------- questions that take longer


def deal_view(deal: Deal) -> View:
    """The walk-away price of an offer and its bid curve."""
    found = deal.headline
    size, rent, detail = full_size(deal)
    known = not math.isnan(found.reservation)
    curves = [
        plot("bid-steps", "Bid curve", "critical MW taken against the rent", bid_steps(deal, SIDE), [_QUOTED]),
        plot("gain-line", "What the deal adds", "USD m of NPV against the rent", gain_line(deal, SIDE), [_QUOTED]),
    ]
    return {
        "contract": deal.contract.id,
        "headline": phrases_view(deal_headline(deal)),
        "figures": [
            _tile("Rent offered", fmt.price(found.quoted), "USD per kW-month"),
            _tile("Walk-away rent", fmt.price(found.reservation), "USD per kW-month; the first MW is taken from it on"),
            _tile("Headroom", fmt.price(found.headroom) if known else fmt.MISSING, "USD per kW-month"),
            _tile(size, rent, detail),
            _tile("What it adds", fmt.usd(found.gain_usd if abs(found.gain_usd) > fmt.CENT else 0.0), "of NPV"),
        ],
        "notes": conditions(deal),
        "charts": curves if known else [],
        "tables": [table_view(curve_table(deal, most=_MOST_LINES))] if known else [],
    }


def map_view(sweep: Sweep) -> View:
    """Which offers are taken where, over a rent and a price."""
    report = SweepReport(sweep)
    across, up = report.sides
    sets = report.sets
    legend = [
        Legend(sets.key(names), f"{letter}: {sets.words(names)}{' (as it stands)' if names == sets.base else ''}")
        for names, letter in sets.letters.items()
    ]
    if report.unsolved:
        legend.append(Legend("no-plan", "no plan"))
    unit = f"across: {across.name}; up: {up.name}"
    chart = plot("sets", "Which offers are taken", unit, set_map(report, MAP), legend, common_words(sets))
    return {
        "headline": phrases_view(sweep_headline(report)),
        "charts": [chart],
        "tables": [table_view(map_table(report, "npv")), table_view(map_table(report, CHOSEN))],
    }


def risk_view(found: Sensitivity, plan: Plan | None) -> View:
    """What the value hangs on, driver by driver; and its distribution where there are scenarios.

    plan : of the same portfolio, where it has several scenarios.
    """
    report = SensitivityReport(found)
    legend = [Legend(key, words) for key, words in KINDS.items()]
    unit = "USD m of NPV against the plan as it stands"
    shown = [plot("tornado", "What the value hangs on", unit, tornado(report.swings, parts.WIDE_BARS), legend)]
    spread = None if plan is None else npv_distribution(plan)
    tables_shown = [table_view(swings_table(report))]
    if spread is not None and spread.make is not None:
        chart = spread.make(MAIN)
        shown.insert(0, plot(spread.name, spread.title, spread.unit, chart, spread.legend, spread.note))
        tables_shown += [table_view(spread.table)] if spread.table else []
    return {
        "headline": phrases_view(sensitivity_headline(report)),
        "notes": broken_words(report),
        "charts": shown,
        "tables": tables_shown,
    }


def comparison_view(found: WhatIf) -> View:
    """Saved cases beside the portfolio as it was opened."""
    legend = [Legend(key, name) for name, key in case_keys(found).items()]
    size = GRAIN_WORDS[grain(sorted(found.months["month"].unique()))]
    chart = plot("ai-months", "MW of AI over time", f"MW of the sites in AI, {size}", ai_lines(found, MAIN), legend)
    shown = [comparison_table(found, found.cases), moves_table(found, most=_MOST_LINES), sites_table(found)]
    shown += [pins_table(found)] if len(found.pins) else []
    return {
        "headline": [{"text": what_if_headline(found), "strong": False}],
        "notes": [f"{case.name}: {'; '.join(case.changes) or 'nothing is changed'}" for case in found.cases]
        + [f"{case.name} has no plan: {clash}" for case in found.infeasible for clash in case.clashes],
        "charts": [chart],
        "tables": [table_view(table) for table in shown if not table.is_empty],
        "certificate": certificate_words(found),
    }


# ---------------------------------------------------------------- parts


def phrases_view(phrases: Sequence[Phrase]) -> list[View]:
    """A sentence in pieces, its figures set off."""
    return [{"text": phrase.text, "strong": phrase.strong} for phrase in phrases]


def table_view(table: Table) -> View:
    """A table as texts."""
    return {
        "name": table.name,
        "caption": table.caption,
        "note": table.note,
        "columns": [
            {"label": column.label, "unit": column.unit, "numeric": column.numeric, "gloss": column.gloss}
            for column in table.columns
        ],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "total": None if table.total is None else [_cell(cell) for cell in table.total],
    }


def _cell(cell: Any) -> list[str]:
    return [cell.text, cell.tag, cell.tone]


def _tile(label: str, value: str, detail: str) -> View:
    return {"label": label, "value": value, "unit": detail, "change": "", "tone": ""}
