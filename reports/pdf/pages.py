"""The pages of the report for a board: decision, sites, contracts, risk, money, assumptions, method and certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from reports.display import Column, Table, figure, text
from reports.pdf import blocks
from reports.pdf.blocks import HALF, Pages

if TYPE_CHECKING:
    from optimizer.results import Plan
    from reports.additions import Addition
    from reports.options import ReportOptions

_MOST_SITES = 25
_MOST_PANELS = 9
_MOST_CONTRACTS = 24
_MOST_OFFERS = 16
_MOST_LIMITS = 10
_MOST_DECISIONS = 18
_MOST_YEARS = 15
_MOST_WARNINGS = 12
_MOST_ADDED_ROWS = 60
_SITE_COLUMNS = ("Site", "Region", "Capacity", "Peak AI", "Average mining", "NPV", "Own capital", "Capacity value")
_CONTRACT_COLUMNS = (
    *("Contract", "Site", "First rent", "Size", "Own capital", "NPV", "IRR", "Payback"),
    *("Rent offered", "Reservation rent", "Margin"),
)
_OFFER_COLUMNS = (
    *("Offer", "Largest size", "Rent offered", "Rent needed", "Capex given", "Capex needed"),
    *("Building time given", "Building time needed"),
)


def plan_pages(plan: Plan, options: ReportOptions) -> Pages:
    """All pages of a plan."""
    pages = Pages()
    _decision(plan, pages)
    _sites(plan, pages)
    _contracts(plan, pages)
    _risk(plan, pages)
    if financing.has_capital(plan):
        _financing(plan, pages)
    else:
        _cash(plan, pages)
    _assumptions(plan, pages)
    for addition in options.additions:
        _added(addition, pages)
    _method(plan, pages)
    return pages


def _decision(plan: Plan, pages: Pages) -> None:
    proved = bool(plan.certificate["passed"]) and whole_numbers.is_best(plan)
    sites, offers = len(plan.portfolio.sites), len(plan.portfolio.contracts)
    months = inputs.horizon_months(plan)
    scope = (
        f"{fmt.count(sites, 'site')}, {fmt.count(offers, 'offer')}; {fmt.month(months[0])} to {fmt.month(months[-1])}"
    )
    pages.add(
        "Decision",
        [
            blocks.words(scope, "note"),
            blocks.headline(decision.headline(plan)),
            blocks.words(method.verdict(plan), "good" if proved else "bad"),
            blocks.words(whole_numbers.forced(plan)),
            blocks.words(scenarios.headline(plan)),
            blocks.tiles(decision.key_figures(plan)),
            pages.chart(figures.portfolio_mw(plan)),
            blocks.table(money.baseline_table(plan)),
        ],
    )


def _sites(plan: Plan, pages: Pages) -> None:
    several = len(plan.portfolio.sites) > 1
    panels = figures.site_panels(plan)[:_MOST_PANELS] if several else []
    most = f"The {_MOST_PANELS} largest sites, each on its own scale; MW of site capacity by use."
    pages.add(
        "Sites",
        [
            blocks.table(blocks.columns_of(tables.site_table(plan), _SITE_COLUMNS), most=_MOST_SITES),
            blocks.words(most if len(plan.portfolio.sites) > _MOST_PANELS else "", "note"),
            pages.panels(panels),
            blocks.pair(
                pages.chart(figures.capacity_value(plan), HALF), pages.chart(figures.site_hashprices(plan), HALF)
            ),
            blocks.table(tables.yearly_mix_table(plan)),
        ],
    )


def _contracts(plan: Plan, pages: Pages) -> None:
    league = blocks.columns_of(tables.league_table(plan), _CONTRACT_COLUMNS)
    nothing = "The plan holds no AI contract." if league.is_empty else ""
    pages.add(
        "Contracts",
        [
            blocks.words(nothing),
            blocks.table(league, most=_MOST_CONTRACTS),
            blocks.table(blocks.columns_of(why_not.offers_table(plan), _OFFER_COLUMNS), most=_MOST_OFFERS),
        ],
    )


def _risk(plan: Plan, pages: Pages) -> None:
    pages.add(
        "Value and risk",
        [
            blocks.pair(pages.chart(figures.npv_bridge(plan), HALF), blocks.table(_first_limits(plan))),
            pages.chart(scenario_charts.npv_distribution(plan)),
            pages.chart(scenario_charts.hashprice_spread(plan)),
            blocks.table(scenarios.scenario_table(plan), most=_MOST_SITES),
            blocks.words(scenarios.left_out(plan), "note"),
            blocks.heading("Hours and power"),
            blocks.tiles(hours.key_figures(plan)),
            blocks.pair(
                pages.chart(hours_figures.power_price(plan), HALF), pages.chart(hours_figures.power_worth(plan), HALF)
            ),
            blocks.table(hours.contracts_table(plan), most=_MOST_LIMITS),
        ],
    )


def _first_limits(plan: Plan) -> Table:
    limits = money.binding_limits(plan).head(_MOST_LIMITS)
    rows = tuple(
        (text(money.limit_words(row.limit, row.where)), figure(row.value_usd, fmt.usd_m)) for row in limits.itertuples()
    )
    columns = (Column("Limit", numeric=False), Column("Worth", "USD m"))
    return Table("limits", "The dearest limits, by the NPV that hangs on them", columns, rows)


def _cash(plan: Plan, pages: Pages) -> None:
    """Cash by line and year, where no account and no statements show it."""
    pages.add(
        "Cash",
        [pages.chart(figures.cash_flow(plan)), blocks.table(_last_years(money.cash_table(plan)), small=True)],
    )


def _financing(plan: Plan, pages: Pages) -> None:
    pages.add(
        "Financing",
        [
            blocks.words(financing.sentence(plan)),
            blocks.words(financing.value_of_debt(plan), "note"),
            pages.chart(financing_charts.sources_chart(plan)),
            pages.chart(financing_charts.account_chart(plan)),
            blocks.table(financing_tables.loans_table(plan)),
            blocks.pair(
                blocks.table(financing_tables.rules_table(plan), most=_MOST_LIMITS),
                blocks.table(financing_tables.dear_cash_table(plan), most=_MOST_LIMITS),
            ),
            blocks.table(financing_tables.decisions_table(plan), most=_MOST_DECISIONS),
            blocks.table(_last_years(btc_costs.btc_cost_table(plan)), small=True),
        ],
    )
    statements = [financing_tables.statement_table(plan, name) for name in ("income", "cash flow", "balance")]
    pages.add(
        "Statements",
        [
            *(blocks.table(_last_years(statement), small=True) for statement in statements),
            *(blocks.words(line, "note") for line in financing.statement_notes(plan)),
        ],
        wide=True,
    )


def _last_years(content: Table) -> Table:
    """A table with a column per year, without the years that no page has room for."""
    years = [column.label for column in content.columns if column.label.isdecimal()]
    if len(years) <= _MOST_YEARS:
        return content
    left = set(years[_MOST_YEARS - 1 : -1])
    kept = [column.label for column in content.columns if column.label not in left]
    return blocks.columns_of(content, kept)


def _assumptions(plan: Plan, pages: Pages) -> None:
    warnings = inputs.warning_lines(plan)
    pages.add(
        "Assumptions",
        [
            blocks.pair(pages.chart(figures.hashprice(plan), HALF), pages.chart(figures.power_price(plan), HALF)),
            blocks.table(_offers_given(plan), most=_MOST_CONTRACTS, small=True),
            blocks.pair(
                blocks.table(inputs.settings_table(plan), small=True), blocks.table(_register(plan), small=True)
            ),
            blocks.heading("Warnings about the inputs") if warnings else None,
            *(blocks.words(warning, "item") for warning in warnings[:_MOST_WARNINGS]),
        ],
    )


def _offers_given(plan: Plan) -> Table:
    rows = tuple(
        (
            text(offer.id, tag="already signed" if offer.committed_mw > 0 else ""),
            figure(offer.max_mw, fmt.mw),
            figure(offer.price_usd_per_kw_month, fmt.price),
            figure(offer.escalator, fmt.percent),
            figure(float(offer.term_months), lambda value: fmt.number(value, 0)),
            figure(offer.capex_usd_per_mw / 1e6, fmt.price),
            figure(float(offer.build_months), lambda value: fmt.number(value, 0)),
            text(offer.as_of if offer.source else "no source"),
        )
        for offer in sorted(plan.portfolio.contracts, key=lambda one: one.id)
    )
    columns = (
        Column("Offer", numeric=False),
        Column("Largest", "critical MW"),
        Column("Rent", "USD per kW-month"),
        Column("Escalator", "a year"),
        Column("Term", "months"),
        Column("Capex", "USD m per MW"),
        Column("Building", "months"),
        Column("As of", numeric=False),
    )
    return Table("offers-given", "The offers as given", columns, rows)


def _register(plan: Plan) -> Table:
    """How much of every input table has a source; the register itself is in the report for screens."""

    def whole(value: float | None) -> str:
        return fmt.number(value, 0)

    rows = tuple(
        (text(group.title), figure(float(len(group.lines)), whole), figure(float(group.unsourced), whole))
        for group in assumptions.register(plan)
    )
    columns = (Column("Input table", numeric=False), Column("Records"), Column("Without a source"))
    note = "Every record with its values, source, date and note is in the workbook and in the report for screens."
    return Table("register", "Where the inputs come from", columns, rows, note=note)


def _added(addition: Addition, pages: Pages) -> None:
    shown = [blocks.table(addition.table, most=_MOST_ADDED_ROWS)] if addition.table is not None else []
    for block in addition.blocks:
        is_heading = block.kind == "heading"
        style = "item" if block.kind == "item" else "normal"
        shown.append(blocks.heading(block.words) if is_heading else blocks.words(block.words, style))
    pages.add(addition.title, shown)


def _method(plan: Plan, pages: Pages) -> None:
    proved = bool(plan.certificate["passed"]) and whole_numbers.is_best(plan)
    pages.add(
        "Method and certificate",
        [
            blocks.words(method.METHOD),
            blocks.words(method.verdict(plan), "good" if proved else "bad"),
            blocks.table(method.check_groups_table(plan)),
            *(blocks.words(line) for line in whole_numbers.price_lines(plan)),
            *(blocks.words(line) for line in scenarios.price_lines(plan)),
            *(blocks.words(line) for line in method.hour_lines(plan)),
            blocks.heading("Programme and solver"),
            blocks.lines(method.run_lines(plan)),
        ],
    )
