"""Hourly power prices as a report: what they are, when they are dear, and how long machines would run on them.

One `PowerReport` holds the series and the machines; terminal, page, picture and CSV all show its figures.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

from reports import format as fmt
from reports.display import Cell, Column, Formatter, Table, figure, text
from reports.power_charts import DEAREST_SHARE, MONTH_NAMES
from sites.hourly import HOURS_PER_DAY, FloatArray, HourlyPrices
from sites.power_statistics import (
    HIGH_PRICE_USD_PER_MWH,
    PEAK_END_HOUR,
    PEAK_FIRST_HOUR,
    Idling,
    PriceStatistics,
    RunHours,
    duration_curve,
    idling,
    idling_ladder,
    month_hour_means,
    monthly_means,
    price_statistics,
    yearly_statistics,
)

PRICE_UNIT = "USD/MWh"
_SHARES_SHOWN = (0.01, 0.02, 0.05, *(tenth / 10 for tenth in range(1, 10)), 0.95, 0.98, 0.99, 1.0)
ON_PEAK_WORDS = (
    f"weekdays from {PEAK_FIRST_HOUR:02d}:00 to {PEAK_END_HOUR:02d}:00 of the local wall clock, holidays among them"
)


@dataclass(frozen=True)
class PowerReport:
    """A price series and the machines that are held against it.

    title : name of the series as a reader knows it.
    prices : as the site pays them, adder included. [USD/MWh]
    runs : one per machine and hashprice, in the order in which they are shown.
    assumptions : what the figures rest on, one sentence each.
    account : how the prices were read and what was repaired, one sentence each.
    """

    title: str
    prices: HourlyPrices
    runs: tuple[RunHours, ...]
    assumptions: tuple[str, ...] = ()
    account: tuple[str, ...] = ()

    @cached_property
    def all_years(self) -> PriceStatistics:
        """The account of all hours."""
        return price_statistics(self.prices)

    @cached_property
    def periods(self) -> tuple[PriceStatistics, ...]:
        """Each year, and all of them together where there are several."""
        years = yearly_statistics(self.prices)
        return years if len(years) == 1 else (*years, self.all_years)

    @cached_property
    def curve(self) -> FloatArray:
        """All prices, the dearest first. [USD/MWh]"""
        return duration_curve(self.prices)

    @cached_property
    def month_hours(self) -> FloatArray:
        """Mean price by month (rows) and hour (columns). [USD/MWh]"""
        return month_hour_means(self.prices)

    @cached_property
    def dearest(self) -> Idling:
        """What idling in the dearest twentieth of the hours cuts off the bill."""
        return idling(self.prices, DEAREST_SHARE)

    @property
    def years(self) -> int:
        """How many years the series holds."""
        return len(self.prices.years)


def dearest_phrases(report: PowerReport) -> tuple[str, str, str]:
    """The headline fact in three parts, of which the middle one is the figure."""
    dearest = report.dearest
    lead = f"Idling in the dearest {fmt.percent(DEAREST_SHARE, 0)} of the hours "
    which = f"({dearest.hours:,} hours at {fmt.price(dearest.price_usd_per_mwh)} {PRICE_UNIT} or more)"
    if dearest.bill_cut is None:
        return f"{lead}{which} is not told as a share of the bill: ", "all hours together cost nothing", "."
    return f"{lead}{which} cuts the power bill of a flat load by ", fmt.percent(dearest.bill_cut), "."


def statistics_table(report: PowerReport) -> Table:
    """The prices in figures, a line per year."""
    columns = (
        Column("Period", numeric=False),
        Column("Hours"),
        Column("Mean", PRICE_UNIT),
        Column("Median", PRICE_UNIT),
        Column("Lowest", PRICE_UNIT),
        Column("Highest", PRICE_UNIT),
        Column("Below 0", "hours"),
        Column(f"Above {HIGH_PRICE_USD_PER_MWH:g}", "hours"),
        Column("On-peak", PRICE_UNIT, gloss=f"mean of {ON_PEAK_WORDS}"),
        Column("Off-peak", PRICE_UNIT, gloss="mean of all other hours"),
    )
    rows = tuple(
        (
            text(line.period),
            figure(line.hours, _count),
            *(_plain(value, fmt.price) for value in (line.mean, line.median, line.least, line.most)),
            figure(line.below_zero_hours, _count),
            figure(line.high_hours, _count),
            *(figure(value, fmt.price) for value in (line.on_peak_mean, line.off_peak_mean)),
        )
        for line in report.periods
    )
    return Table("statistics", "Prices by year", columns, rows)


def monthly_table(report: PowerReport) -> Table:
    """Mean price of every month of every year."""
    columns = (Column("Year", numeric=False), *(Column(name, PRICE_UNIT) for name in MONTH_NAMES))
    rows = tuple(
        (text(str(year)), *(figure(mean, fmt.price) for mean in means))
        for year, means in zip(report.prices.years, monthly_means(report.prices).tolist(), strict=True)
    )
    return Table("monthly", "Mean price by month", columns, rows)


def percentile_table(report: PowerReport) -> Table:
    """The duration curve in figures: the price that a share of the hours reaches or passes."""
    columns = (Column("Share of the hours"), Column("Hours"), Column("Price", f"{PRICE_UNIT} or more"))
    counts = [(share, max(round(share * len(report.curve)), 1)) for share in _SHARES_SHOWN]
    rows = tuple(
        (
            Cell(fmt.percent(share, 0), share),
            figure(hours, _count),
            _plain(float(report.curve[hours - 1]), fmt.price),
        )
        for share, hours in counts
    )
    return Table("percentiles", "The prices that a share of the hours reaches", columns, rows)


def idling_table(report: PowerReport) -> Table:
    """What idling in more and more of the dearest hours cuts off the bill."""
    columns = (
        Column("Dearest hours"),
        Column("Hours"),
        Column("Price there", f"{PRICE_UNIT} or more"),
        Column("Bill cut", gloss="share of the power bill of a flat load that falls away when it idles in these hours"),
    )
    rows = tuple(
        (
            Cell(fmt.percent(line.share), line.share),
            figure(line.hours, _count),
            figure(line.price_usd_per_mwh, fmt.price),
            figure(line.bill_cut, fmt.percent),
        )
        for line in idling_ladder(report.prices)
    )
    return Table("idling", "What idling in the dearest hours cuts off the bill", columns, rows)


def month_hour_table(report: PowerReport) -> Table:
    """The heat map in figures: a line per hour, a column per month."""
    columns = (Column("Hour", numeric=False), *(Column(name) for name in MONTH_NAMES))
    rows = tuple(
        (text(f"{hour:02d}:00"), *(figure(mean, fmt.price) for mean in report.month_hours[:, hour].tolist()))
        for hour in range(HOURS_PER_DAY)
    )
    return Table("month-hours", f"Mean price by hour and month, {PRICE_UNIT}", columns, rows)


def runs_table(report: PowerReport) -> Table:
    """Every machine at every hashprice: when it is off, how long it runs, what it pays and keeps."""
    columns = (
        Column("Rig", numeric=False),
        Column("Efficiency", "J/TH", gloss="power at the meter per hash, overhead included"),
        Column("Hashprice", "USD/PH/s/day"),
        Column("Off above", PRICE_UNIT, gloss="switch-off price: revenue after pool fee and other running cost"),
        Column("Runs", "hours a year"),
        Column("Runs", "of the hours"),
        Column("Pays", PRICE_UNIT, gloss="average price of the hours it runs"),
        Column("Against market", PRICE_UNIT, gloss="that price less the average price of all hours"),
        Column("Saving", PRICE_UNIT, gloss="loss avoided against running flat out, per MWh that this would draw"),
        Column("Saving", "USD/MW-year", gloss="the same per MW at the meter and year, at the uptime given"),
        Column("Margin", "USD/MW-year", gloss="revenue after pool fee less power and other running cost"),
    )
    return Table("runs", "Rigs on these prices", columns, tuple(_run_row(run, report) for run in report.runs))


def _run_row(run: RunHours, report: PowerReport) -> tuple[Cell, ...]:
    paid = run.paid_usd_per_mwh
    return (
        text(run.rig),
        figure(run.j_per_th, fmt.number),
        figure(run.hashprice_usd_per_ph_day, fmt.price),
        figure(run.switch_off_usd_per_mwh, fmt.price),
        figure(run.hours / report.years, _count),
        figure(run.share, fmt.percent),
        text("never runs") if paid is None else figure(paid, fmt.price),
        text("") if paid is None else _plain(paid - run.market_usd_per_mwh, fmt.price),
        figure(run.saving_usd_per_mwh, fmt.price),
        figure(run.saving_usd_per_mw_year, fmt.usd_whole),
        figure(run.margin_usd_per_mw_year, fmt.usd_whole),
    )


def statistics_csv(report: PowerReport) -> str:
    """The prices in figures, in full: a row per year, and one for all where there are several."""
    return _csv(PriceStatistics, map(asdict, report.periods))


def runs_csv(report: PowerReport) -> str:
    """Every machine at every hashprice, in full; an empty cell where a machine never runs."""
    return _csv(RunHours, map(asdict, report.runs))


def duration_csv(report: PowerReport) -> str:
    """Every hour by its rank, the dearest first."""
    rows = ({"rank": rank, "usd_per_mwh": price} for rank, price in enumerate(report.curve.tolist(), start=1))
    return _written(("rank", "usd_per_mwh"), rows)


def month_hour_csv(report: PowerReport) -> str:
    """Mean price by calendar month (1 to 12) and hour of the day (0 to 23), a row each."""
    rows = (
        {"month": month, "hour": hour, "mean_usd_per_mwh": mean}
        for month, means in enumerate(report.month_hours.tolist(), start=1)
        for hour, mean in enumerate(means)
    )
    return _written(("month", "hour", "mean_usd_per_mwh"), rows)


def monthly_csv(report: PowerReport) -> str:
    """Mean price of every month of every year, a row each."""
    means = monthly_means(report.prices).tolist()
    rows = (
        {"month": f"{year}-{month:02d}", "mean_usd_per_mwh": mean}
        for year, months in zip(report.prices.years, means, strict=True)
        for month, mean in enumerate(months, start=1)
    )
    return _written(("month", "mean_usd_per_mwh"), rows)


# The tables by the name under which they are written.
CSV_TABLES: Mapping[str, Callable[[PowerReport], str]] = {
    "runs": runs_csv,
    "statistics": statistics_csv,
    "duration": duration_csv,
    "month-hours": month_hour_csv,
    "months": monthly_csv,
}


def _csv(kind: type[PriceStatistics | RunHours], rows: Iterable[Mapping[str, Any]]) -> str:
    return _written([field.name for field in fields(kind)], rows)


def _written(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    target = io.StringIO()
    writer = csv.DictWriter(target, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


def _plain(value: float, formatter: Formatter) -> Cell:
    """A number whose sign is neither good nor bad news."""
    return Cell(formatter(value), value)


def _count(value: float | None) -> str:
    return fmt.number(value, 0)
