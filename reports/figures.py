"""The figures of the report: each a drawing with its title, its legend and the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports import chart_parts as parts
from reports import charts, inputs, money, tables
from reports import format as fmt
from reports.display import Table
from reports.periods import Grain, period
from reports.svg import draw
from reports.words import LIMIT_LABELS, LINE_LABELS, USE_LABELS, USES, label
from reports.year_charts import cash_bars

if TYPE_CHECKING:
    from optimizer.results import Plan

_BARS_SHOWN = 14
_MARK_WORDS = {"breakeven": "break-even", "flip": "flip: next MW changes use"}
GRAIN_WORDS: dict[Grain, str] = {
    "month": "by month",
    "quarter": "average of each quarter",
    "year": "average of each year",
}


@dataclass(frozen=True)
class Legend:
    """One entry of a legend; `key` picks the colour from the style sheet."""

    key: str
    words: str


@dataclass(frozen=True)
class Figure:
    """A titled drawing; wide ones come twice, so that their text stays readable on a telephone.

    drawings : SVG markup by where it is shown (`wide`, `narrow` or `any`).
    table : the figures behind the drawing.
    make : the chart for a frame of any size; None where it has one size only.
    """

    name: str
    title: str
    unit: str
    drawings: Mapping[str, str]
    legend: tuple[Legend, ...] = ()
    table: Table | None = None
    note: str = ""
    make: Callable[[parts.Frame], dict[str, Any]] | None = None


@dataclass(frozen=True)
class SitePanel:
    """One of the small multiples: a site's MW by use over time."""

    site: str
    detail: str
    drawing: str


USE_LEGEND = (*(Legend(use, USE_LABELS[use]) for use in USES), Legend("capacity", "Capacity"))


def portfolio_mw(plan: Plan) -> Figure:
    """MW of the whole portfolio by use over time."""
    size = tables.plan_grain(plan)
    mix = tables.mw_over_time(plan.frames.allocation, by_site=False, size=size)
    title = "Portfolio: megawatts by use"

    def areas(frame: parts.Frame) -> dict[str, Any]:
        return charts.mw_areas(mix, size, frame)

    return Figure(
        "portfolio-mw",
        title,
        f"MW of site capacity, {GRAIN_WORDS[size]}",
        both(areas, title),
        USE_LEGEND,
        tables.yearly_mix_table(plan),
        make=areas,
    )


def site_panels(plan: Plan) -> list[SitePanel]:
    """Each site's MW by use over time, the largest site first."""
    size = tables.plan_grain(plan)
    mix = tables.mw_over_time(plan.frames.allocation, by_site=True, size=size)
    by_site = {str(site): rows for site, rows in mix.groupby("site", sort=True)}
    largest = {site: rows.groupby("first")["mw"].sum().max() for site, rows in by_site.items()}
    regions = {site.id: site.region for site in plan.portfolio.sites}
    panels = []
    for site in sorted(by_site, key=lambda site: (-largest[site], site)):
        detail = f"{fmt.mw(largest[site])} MW" + (f", {regions[site]}" if regions.get(site) else "")
        drawing = draw(charts.mw_areas(by_site[site], size, parts.SMALL), f"{site}: megawatts by use over time")
        panels.append(SitePanel(site, detail, drawing))
    return panels


def capacity_value(plan: Plan) -> Figure:
    """What one more MW at each site is worth."""
    values = tables.capacity_values(plan)
    rows = [(row.site, row.usd_per_mw_month, fmt.usd_whole(row.usd_per_mw_month)) for row in values.itertuples()]
    title = "Capacity value by site"
    return Figure(
        "capacity-value",
        title,
        "USD per MW-month: what one more MW of capacity would add in an average month",
        _half(charts.ranked_bars(rows[:_BARS_SHOWN], "var(--ink-2)", parts.HALF), title),
        table=tables.capacity_value_table(plan),
        note=_cut(len(rows), "sites"),
    )


def site_hashprices(plan: Plan) -> Figure | None:
    """Break-even and flip hashprice of each site; None when no site has one."""
    sites = plan.frames.sites
    long = sites.rename(
        columns={"breakeven_hashprice_usd_per_ph_day": "breakeven", "flip_hashprice_usd_per_ph_day": "flip"}
    ).melt("site", ["breakeven", "flip"], "kind", "price")
    long = long[long["price"].notna() & ~long["price"].isin([float("inf"), float("-inf")])]
    if long.empty:
        return None
    order = long.groupby("site")["price"].min().sort_values(kind="stable").index[:_BARS_SHOWN]
    ranks = {site: rank for rank, site in enumerate(order)}
    marks = long[long["site"].isin(ranks)].rename(columns={"site": "name"})
    marks = marks.assign(rank=marks["name"].map(ranks).astype(int)).sort_values(["rank", "kind"])
    marks["tip"] = [
        f"{row.name}: {_MARK_WORDS[row.kind]} {fmt.price(row.price)} USD/PH/s/day"
        for row in marks.itertuples(index=False)
    ]
    mean = float(inputs.hashprice_path(plan)["usd_per_ph_day"].mean())
    title = "Where mining stops, and where a MW changes its use"
    legend = (
        *(Legend(kind, words) for kind, words in _MARK_WORDS.items()),
        Legend("mean", f"mean hashprice of the horizon, {fmt.price(mean)}"),
    )
    return Figure(
        "site-hashprices",
        title,
        "hashprice, USD per PH/s per day",
        _half(charts.hashprice_marks(marks, mean, parts.HALF), title),
        legend,
        note=_cut(int(long["site"].nunique()), "sites"),
    )


def npv_bridge(plan: Plan) -> Figure | None:
    """From the reference baseline's NPV to the plan's, term by term; None when no baseline keeps the limits."""
    if not money.reference_case(plan):
        return None
    steps = money.bridge(plan)
    title = f"From {steps['step'].iloc[0].lower()} to this plan"
    return Figure(
        "npv-bridge",
        title,
        "NPV in USD m, term by term",
        _half(charts.waterfall(steps, parts.HALF), title),
        (Legend("gain", "adds value"), Legend("loss", "takes value")),
        money.cases_table(plan),
    )


def limit_values(plan: Plan) -> Figure | None:
    """The limits that bind, by the dollars that hang on them; None when none binds."""
    limits = money.binding_limits(plan)
    if limits.empty:
        return None

    def bars(frame: parts.Frame) -> dict[str, Any]:
        joint = ":\n" if frame is parts.NARROW else ": "
        rows = [
            (
                f"{label(LIMIT_LABELS, row.limit)}{joint}{money.place(row.where)}",
                fmt.in_money_unit(row.value_usd),
                fmt.usd_m(row.value_usd),
            )
            for row in limits.head(_BARS_SHOWN).itertuples()
        ]
        return charts.ranked_bars(rows, "var(--ink-2)", frame)

    title = "Limits that bind"
    return Figure(
        "limits",
        title,
        "USD m of NPV that hang on each limit, all its months together",
        both(bars, title, parts.WIDE_BARS),
        table=money.limits_table(plan),
        note=_cut(len(limits), "limits"),
        make=bars,
    )


def cash_flow(plan: Plan) -> Figure:
    """Cash flow by line and year."""
    yearly = money.yearly_cash(plan)
    title = "Cash flow by line"
    legend = (
        *(Legend(str(line), label(LINE_LABELS, str(line))) for line in yearly.index),
        Legend("net", "Net cash flow"),
    )

    def bars(frame: parts.Frame) -> dict[str, Any]:
        return cash_bars(yearly, frame)

    return Figure(
        "cash",
        title,
        "USD m a year, undiscounted; costs below zero",
        both(bars, title),
        legend,
        money.cash_table(plan),
        make=bars,
    )


def hashprice(plan: Plan) -> Figure:
    """The hashprice path that the plan assumes."""
    path = inputs.hashprice_path(plan)
    size = tables.plan_grain(plan)
    spans = [period(month, size) for month in path["month"]]
    means = path.assign(
        first=[span.first for span in spans], end=[span.end for span in spans], period=[span.name for span in spans]
    )
    means = means.groupby(["first", "end", "period"], sort=True)["usd_per_ph_day"].mean().rename("price").reset_index()
    means["tip"] = [f"{row.period}: {fmt.price(row.price)} USD/PH/s/day" for row in means.itertuples()]
    title = "Mean hashprice of the scenarios" if len(plan.frames.scenarios) > 1 else "Hashprice assumed"
    return Figure(
        "hashprice",
        title,
        f"USD per PH/s per day, {GRAIN_WORDS[size]}",
        _half(charts.price_path(means, size, parts.HALF_PATH), title),
        table=inputs.hashprice_table(plan),
    )


def power_price(plan: Plan) -> Figure:
    """Mean power price of each site, the cheapest first."""
    prices = inputs.site_power(plan)
    rows = [(row.site, row.mean_usd_per_mwh, fmt.price(row.mean_usd_per_mwh)) for row in prices.itertuples()]
    title = "Power price by site"
    return Figure(
        "power",
        title,
        "USD per MWh, mean of every hour of the horizon",
        _half(charts.ranked_bars(rows[:_BARS_SHOWN], "var(--ink-2)", parts.HALF), title),
        table=inputs.power_table(plan),
        note=_cut(len(rows), "sites"),
    )


class Drawings(Mapping[str, str]):
    """The drawings of one chart for frames of several sizes, each made when it is shown."""

    def __init__(
        self, make: Callable[[parts.Frame], dict[str, Any]], title: str, frames: Mapping[str, parts.Frame]
    ) -> None:
        self._make, self._title, self._frames = make, title, frames

    def __getitem__(self, where: str) -> str:
        """The drawing for where it is shown."""
        return draw(self._make(self._frames[where]), self._title)

    def __iter__(self) -> Iterator[str]:
        """Where the chart is shown."""
        return iter(self._frames)

    def __len__(self) -> int:
        """In how many places."""
        return len(self._frames)


def both(
    make: Callable[[parts.Frame], dict[str, Any]], title: str, wide: parts.Frame = parts.WIDE
) -> Mapping[str, str]:
    """The drawings of a chart for wide screens and for telephones."""
    return Drawings(make, title, {"wide": wide, "narrow": parts.NARROW})


def _half(spec: dict[str, Any], title: str) -> dict[str, str]:
    return {"any": draw(spec, title)}


def _cut(rows: int, noun: str) -> str:
    return f"The first {_BARS_SHOWN} of {rows} {noun}; all are in the table." if rows > _BARS_SHOWN else ""
