"""Sheets over months: megawatts, cash, shadow prices and scenarios, with native charts and live totals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import format as fmt
from reports import money, scenarios
from reports.display import Column
from reports.palette import light_colours, swatch_colours
from reports.tables import mw_over_time
from reports.words import CASE_LABELS, LINE_LABELS, MISSING_CASES, USE_LABELS, USES, label
from reports.workbook_tables import Book, Sheet, number_format, span

if TYPE_CHECKING:
    from optimizer.results import Plan

_STYLE = "report.css"
_MW = number_format("0.0")
_PRICE = number_format("0.00")
_CHART = {"width": 900, "height": 340}
_SITE_CHART = {"width": 460, "height": 230}
_CHARTS_ABREAST = 2
_MONTHS_BETWEEN_LABELS = 36
_ROWS_PER_CHART = 13
_MW_COLUMNS = (*(Column(USE_LABELS[use], "MW") for use in USES), Column("Capacity", "MW"))


def allocation(plan: Plan, book: Book) -> None:
    """MW of the whole portfolio by use and month, as a table and a chart."""
    mix = _monthly_mix(plan, by_site=False)
    sheet = book.sheet("Allocation")
    sheet.line("MW of site capacity by use, month by month", "caption")
    sheet.header((Column("Month", numeric=False), *_MW_COLUMNS))
    first = sheet.row
    sheet.raw.freeze_panes(first, 1)
    sheet.raw.repeat_rows(first - 2, first - 1)
    for month, row in mix.iterrows():
        sheet.text(sheet.row, 0, str(month))
        _uses(sheet, row, 1)
        sheet.row += 1
    chart = _area_chart(book, sheet, first, sheet.row - 1, 0, 1)
    chart.set_size(_CHART)
    sheet.raw.insert_chart(first, len(USES) + 3, chart)


def allocation_by_site(plan: Plan, book: Book) -> None:
    """MW by site, use and month, a block of rows per site, and a chart of each site."""
    mix = _monthly_mix(plan, by_site=True)
    sheet, charts = book.sheet("Allocation by site"), book.sheet("Site charts")
    sheet.line("MW of site capacity by site, use and month", "caption")
    sheet.header((Column("Site", numeric=False), Column("Month", numeric=False), *_MW_COLUMNS))
    start = sheet.row
    sheet.raw.freeze_panes(start, 2)
    sheet.raw.repeat_rows(start - 2, start - 1)
    charts.line("MW of site capacity by use; every site on its own scale", "caption")
    sites = mix.groupby("site", sort=False)
    order = sites.sum().sum(axis=1).sort_values(ascending=False, kind="stable").index
    for number, site in enumerate(order):
        first = sheet.row
        for (_, month), row in mix.loc[[site]].iterrows():
            sheet.text(sheet.row, 0, str(site))
            sheet.text(sheet.row, 1, str(month))
            _uses(sheet, row, 2)
            sheet.row += 1
        chart = _area_chart(book, sheet, first, sheet.row - 1, 1, 2)
        chart.set_title({"name": ["Allocation by site", first, 0], "name_font": {"size": 11}})
        chart.set_size(_SITE_CHART)
        chart.set_x_axis({"interval_unit": _MONTHS_BETWEEN_LABELS})
        chart.set_legend({"none": True} if number else {"position": "bottom"})
        across, down = number % _CHARTS_ABREAST, number // _CHARTS_ABREAST
        charts.raw.insert_chart(2 + down * _ROWS_PER_CHART, across * 8, chart)
    sheet.widen(0, max(len(str(site)) for site in order))
    sheet.raw.autofilter(start - 1, 0, sheet.row - 1, len(USES) + 2)


def cash(plan: Plan, book: Book) -> None:
    """Undiscounted cash flow by line: month by month, and by year as sums of the months, with a chart."""
    monthly = plan.frames.cashflow.pivot_table(
        index="month", columns="line", values="usd", aggfunc="sum", fill_value=0.0
    )
    lines = [str(line) for line in money.yearly_cash(plan).index]
    monthly = monthly.reindex(columns=lines, fill_value=0.0)
    columns = (*(Column(label(LINE_LABELS, line), "USD m") for line in lines), Column("Net cash flow", "USD m"))
    yearly, sheet = book.sheet("Cash flow by year"), book.sheet("Cash flow by month")
    sheet.line("Cash flow by line and month, undiscounted; costs are negative", "caption")
    sheet.header((Column("Month", numeric=False), *columns))
    first = sheet.row
    sheet.raw.freeze_panes(first, 1)
    sheet.raw.repeat_rows(first - 2, first - 1)
    shown = book.money()
    rows: dict[str, list[int]] = {}
    for month, row in zip(monthly.index, monthly.to_numpy().tolist(), strict=True):
        sheet.text(sheet.row, 0, str(month))
        for place, usd in enumerate(row, start=1):
            sheet.number(sheet.row, place, usd, shown)
        _row_sum(sheet, row, 1, shown)
        rows.setdefault(str(month)[:4], []).append(sheet.row)
        sheet.row += 1
    if lines:
        _column_sums(sheet, monthly, first, shown, "All months")
    _cash_by_year(book, yearly, sheet.name, monthly, columns, rows)


def _cash_by_year(
    book: Book,
    sheet: Sheet,
    months: str,
    monthly: pd.DataFrame,
    columns: tuple[Column, ...],
    rows: dict[str, list[int]],
) -> None:
    sheet.line("Cash flow by line and year, undiscounted; costs are negative", "caption")
    sheet.header((Column("Year", numeric=False), *columns))
    first, shown = sheet.row, book.money()
    sheet.raw.freeze_panes(first, 1)
    by_year = monthly.groupby(monthly.index.str[:4]).agg(math.fsum) if len(monthly.columns) else monthly
    for year, at in rows.items():
        sheet.text(sheet.row, 0, year)
        for place, line in enumerate(monthly.columns, start=1):
            cells = span(at[0], place, at[-1], place)
            formula, value = f"=SUM('{months}'!{cells})", float(by_year.loc[year, line])
            sheet.formula(sheet.row, place, formula, value, shown, "number")
        _row_sum(sheet, [float(usd) for usd in by_year.loc[year]], 1, shown)
        sheet.row += 1
    last = sheet.row - 1
    if not len(monthly.columns):
        return
    _column_sums(sheet, by_year, first, shown, "All years")
    swatches = swatch_colours(_STYLE)
    chart = book.workbook.add_chart({"type": "column", "subtype": "stacked"})
    for place, line in enumerate(monthly.columns, start=1):
        fill = {"fill": {"color": swatches[line]}} if line in swatches else {}
        chart.add_series({**_series(sheet.name, first, last, 0, place), **fill, "gap": 40})
    net = book.workbook.add_chart({"type": "line"})
    ink = light_colours([_STYLE])["ink"]
    style = {"marker": {"type": "circle", "size": 6, "fill": {"color": ink}}, "line": {"none": True}}
    net.add_series({**_series(sheet.name, first, last, 0, len(monthly.columns) + 1), **style})
    chart.combine(net)
    _axes(chart, book.money())
    chart.set_size({"width": 1000, "height": 420})
    sheet.raw.insert_chart(sheet.row + 1, 0, chart)


def shadow_prices(plan: Plan, book: Book) -> None:
    """What one more MW is worth, month by month and site by site, with the mean of each site."""
    table = plan.frames.shadow_prices.pivot_table(
        index="month", columns="site", values="usd_per_mw_month", aggfunc="first", sort=True
    )
    sheet = book.sheet("Shadow prices")
    sheet.line("What one more MW of capacity in a month would add, undiscounted to it", "caption")
    sheet.header((Column("Month", numeric=False), *(Column(str(site), "USD per MW-month") for site in table.columns)))
    first, shown = sheet.row, number_format("0")
    sheet.raw.freeze_panes(first, 1)
    sheet.raw.repeat_rows(first - 2, first - 1)
    for month, row in zip(table.index, table.to_numpy().tolist(), strict=True):
        sheet.text(sheet.row, 0, str(month))
        for place, usd in enumerate(row, start=1):
            sheet.number(sheet.row, place, usd, shown)
        sheet.row += 1
    last = sheet.row - 1
    sheet.text(sheet.row, 0, "Mean", "strong")
    for place, site in enumerate(table.columns, start=1):
        mean = math.fsum(table[site]) / len(table)
        sheet.formula(sheet.row, place, f"=AVERAGE({span(first, place, last, place)})", mean, shown)


def scenario_values(plan: Plan, book: Book) -> None:
    """The NPV in every scenario, and their mean as a live formula."""
    frame = plan.frames.scenarios
    sheet = book.sheet("Scenarios")
    sheet.table(scenarios.quantile_table(plan))
    if not scenarios.scenario_table(plan).is_empty:
        sheet.table(scenarios.scenario_table(plan))
    sheet.line("Net present value by scenario", "caption")
    sheet.header((Column("Scenario", numeric=False), Column("Probability"), Column("Weight"), Column("NPV", "USD m")))
    first = sheet.row
    for row in frame.itertuples():
        sheet.text(sheet.row, 0, str(row.scenario))
        for place, (value, shown) in enumerate(
            ((row.probability, "0.00%"), (row.weight, "0.00%"), (row.npv_usd, book.money())), start=1
        ):
            sheet.number(sheet.row, place, float(value), shown)
        sheet.row += 1
    last = sheet.row - 1
    sheet.text(sheet.row, 0, "Sum, and mean by probability", "strong")
    for place, column in ((1, "probability"), (2, "weight")):
        cells = span(first, place, last, place)
        sheet.formula(sheet.row, place, f"=SUM({cells})", math.fsum(frame[column]), "0.00%")
    mean = math.fsum(frame["probability"] * frame["npv_usd"])
    formula = f"=SUMPRODUCT({span(first, 1, last, 1)},{span(first, 3, last, 3)})"
    sheet.formula(sheet.row, 3, formula, mean, book.money())


def baselines(plan: Plan, sheet: Sheet) -> None:
    """The plan's NPV and that of each baseline, with the lead as a live difference."""
    book, own = sheet.book, float(plan.summary["npv_usd"])
    sheet.line("The plan against its baselines", "caption")
    sheet.header((Column("Case", numeric=False), Column("NPV", "USD m"), Column("Plan ahead by", "USD m")))
    top, shown = sheet.row, book.money()
    for case in money.CASES:
        value = own if case == "plan" else plan.summary["baselines"].get(case)
        sheet.text(sheet.row, 0, CASE_LABELS[case])
        if value is None:
            sheet.text(sheet.row, 1, MISSING_CASES[case])
        else:
            sheet.number(sheet.row, 1, float(value), shown)
            if case != "plan":
                difference = f"={span(top, 1, top, 1).split(':')[0]}-{span(sheet.row, 1, sheet.row, 1).split(':')[0]}"
                sheet.formula(sheet.row, 2, difference, own - float(value), shown, "number")
        sheet.row += 1
    sheet.row += 1


def value_by_site(plan: Plan, sheet: Sheet) -> None:
    """NPV of every site, and of what belongs to none; the total is the plan's."""
    by_site = {str(site): float(usd) for site, usd in plan.summary["npv_by_site"].items()}
    rest = math.fsum([float(plan.summary["npv_usd"]), *(-usd for usd in by_site.values())])
    entries = [*sorted(by_site.items(), key=lambda entry: (-entry[1], entry[0]))]
    if abs(rest) > fmt.CENT:
        entries.append(("Whole portfolio", rest))
    sheet.line("Net present value by site", "caption")
    sheet.header((Column("Site", numeric=False), Column("NPV", "USD m")))
    first, shown = sheet.row, sheet.book.money()
    for name, usd in entries:
        sheet.text(sheet.row, 0, name)
        sheet.number(sheet.row, 1, usd, shown)
        sheet.row += 1
    sheet.text(sheet.row, 0, "This plan", "strong")
    total = math.fsum(usd for _, usd in entries)
    sheet.formula(sheet.row, 1, f"=SUM({span(first, 1, sheet.row - 1, 1)})", total, shown)
    sheet.row += 2


def _monthly_mix(plan: Plan, *, by_site: bool) -> pd.DataFrame:
    """MW by use, one row per (site and) month."""
    mix = mw_over_time(plan.frames.allocation, by_site=by_site, size="month")
    mix = mix.assign(month=mix["first"].astype(str).str[:7])
    keys = ["site", "month"] if by_site else ["month"]
    return mix.pivot_table(index=keys, columns="use", values="mw", aggfunc="first")[list(USES)]


def _uses(sheet: Sheet, row: pd.Series[float], start: int) -> None:
    """A month's MW by use, and their live sum."""
    sizes = [float(mw) for mw in row]
    for place, mw in enumerate(sizes, start=start):
        sheet.number(sheet.row, place, mw, _MW)
    _row_sum(sheet, sizes, start, _MW)


def _row_sum(sheet: Sheet, values: list[float], start: int, shown: str) -> None:
    if values:
        cells = span(sheet.row, start, sheet.row, start + len(values) - 1)
        sheet.formula(sheet.row, start + len(values), f"=SUM({cells})", math.fsum(values), shown, "sum")


def _column_sums(sheet: Sheet, table: pd.DataFrame, first: int, shown: str, name: str) -> None:
    """Live sums of every column, and of the column of sums."""
    sheet.text(sheet.row, 0, name, "strong")
    sums = [math.fsum(table[line]) for line in table.columns]
    for place, value in enumerate([*sums, math.fsum(sums)], start=1):
        sheet.formula(sheet.row, place, f"=SUM({span(first, place, sheet.row - 1, place)})", value, shown)
    sheet.row += 1


def _area_chart(book: Book, sheet: Sheet, first: int, last: int, months: int, start: int) -> Any:
    colours = light_colours([_STYLE])
    chart = book.workbook.add_chart({"type": "area", "subtype": "stacked"})
    for place, use in enumerate(USES, start=start):
        series = _series(sheet.name, first, last, months, place)
        chart.add_series({**series, "fill": {"color": colours[use]}, "border": {"none": True}, "name": USE_LABELS[use]})
    _axes(chart, "#,##0")
    return chart


def _series(sheet: str, first: int, last: int, categories: int, values: int) -> dict[str, Any]:
    """A series of a chart: its name stands in the heading two rows above the first figure."""
    return {
        "name": [sheet, first - 2, values],
        "categories": [sheet, first, categories, last, categories],
        "values": [sheet, first, values, last, values],
    }


def _axes(chart: Any, shown: str) -> None:
    rule = light_colours([_STYLE])["rule"]
    chart.set_y_axis({"num_format": shown, "major_gridlines": {"visible": True, "line": {"color": rule}}})
    chart.set_x_axis({"label_position": "low", "interval_unit": 1} if shown != "#,##0" else {"interval_unit": 12})
    chart.set_legend({"position": "bottom"})
