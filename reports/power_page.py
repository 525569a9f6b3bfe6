"""Hourly power prices as a page that stands alone, and as one picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reports import format as fmt
from reports.chart_parts import HALF, NARROW, WIDE, Frame, Spec
from reports.charts import ranked_bars
from reports.decision import KeyFigure
from reports.figures import Figure, Legend
from reports.page import render_page
from reports.picture import beside, picture, titled
from reports.power import (
    PRICE_UNIT,
    PowerReport,
    dearest_phrases,
    idling_table,
    month_hour_table,
    monthly_table,
    percentile_table,
    runs_table,
    statistics_table,
)
from reports.power_charts import (
    DEAREST_SHARE,
    HeatScale,
    SwitchOff,
    dearest_hours,
    duration_curve,
    heat_map,
    price_domain,
)
from reports.svg import draw
from sites.power_statistics import HIGH_PRICE_USD_PER_MWH, RunHours

_STYLES = ("report.css", "power.css")
_MARKS_SHOWN = 6
_BARS_SHOWN = 24
_PICTURE = Frame(width=1000, height=300, ticks=10)
_PICTURE_HALF = Frame(width=430, height=230, ticks=5)
_DURATION_TITLE = "Every hour, the dearest first"
_HEAT_TITLE = "When power is dear: mean by month and hour"
_BY_RIG = "by rig and hashprice in USD/PH/s/day"


def power_html(report: PowerReport) -> str:
    """The prices as one HTML page that needs no network and no other file; equal reports give equal text."""
    return render_page("power.html.j2", styles=_STYLES, scripts=("pointing.js",), content=_content(report))


def power_png(report: PowerReport) -> bytes:
    """The charts of the page as one PNG on white paper."""
    scale = HeatScale.of(report.month_hours)
    halves = [
        titled(charts, figure.title, figure.unit)
        for figure, charts in (
            (_hours_run(report), _hours_bars(report, _PICTURE_HALF)),
            (_price_paid(report), _paid_bars(report, _PICTURE_HALF)),
        )
    ]
    lead, cut, end = dearest_phrases(report)
    rows = [
        titled(duration_curve(report.curve, _marks(report), _PICTURE), _DURATION_TITLE, _duration_unit(report)),
        titled(dearest_hours(report.curve, _PICTURE), _dearest_title(), f"{lead}{cut}{end}"),
        titled(heat_map(report.month_hours, scale, _PICTURE, legend=True), _HEAT_TITLE, f"{PRICE_UNIT}, local time"),
        beside(halves),
    ]
    return picture(report.title, report.all_years.period, rows, _STYLES)


def _content(report: PowerReport) -> dict[str, Any]:
    line = report.all_years
    return {
        "name": report.title,
        "scope": f"{line.period}; {line.hours:,} hours of the local wall clock; {PRICE_UNIT}",
        "headline": dearest_phrases(report),
        "key_figures": _key_figures(report),
        "duration": _duration(report),
        "dearest": _dearest(report),
        "heat": _heat(report),
        "statistics": statistics_table(report),
        "monthly": monthly_table(report),
        "assumptions": report.assumptions,
        "hours_run": _hours_run(report),
        "price_paid": _price_paid(report),
        "runs": runs_table(report),
        "account": report.account,
    }


def _key_figures(report: PowerReport) -> list[KeyFigure]:
    line = report.all_years
    return [
        KeyFigure("Mean", fmt.price(line.mean), f"{PRICE_UNIT}, all hours"),
        KeyFigure("Median", fmt.price(line.median), "half of the hours are dearer"),
        KeyFigure("On-peak", fmt.price(line.on_peak_mean), f"off-peak {fmt.price(line.off_peak_mean)}"),
        KeyFigure("Highest hour", fmt.price(line.most), f"lowest {fmt.price(line.least)}"),
        _hours_figure("Hours below 0", line.below_zero_hours, line.hours),
        _hours_figure(f"Hours above {HIGH_PRICE_USD_PER_MWH:g}", line.high_hours, line.hours),
    ]


def _hours_figure(name: str, hours: int, of: int) -> KeyFigure:
    return KeyFigure(name, fmt.number(hours, 0), f"{fmt.percent(hours / of)} of the hours")


def _duration(report: PowerReport) -> Figure:
    marks = _marks(report)
    legend = (Legend("curve", "price of the hour"), *([Legend("off", "switch-off price of a rig")] if marks else []))
    return Figure(
        "duration",
        _DURATION_TITLE,
        _duration_unit(report),
        _drawn(lambda frame: duration_curve(report.curve, marks, frame), _DURATION_TITLE),
        legend,
        percentile_table(report),
        _duration_note(report, marks),
    )


def _duration_unit(report: PowerReport) -> str:
    return f"{PRICE_UNIT} over the share of all {report.all_years.hours:,} hours that are at least as dear"


def _duration_note(report: PowerReport, marks: tuple[SwitchOff, ...]) -> str:
    low, high = price_domain(report.curve, [mark.price for mark in marks])
    above, below = int((report.curve > high).sum()), int((report.curve < low).sum())
    words = []
    if above:
        words.append(f"{fmt.count(above, 'hour')} above {_exact(high)}, up to {fmt.price(report.all_years.most)}")
    if below:
        words.append(f"{fmt.count(below, 'hour')} below {_exact(low)}, down to {fmt.price(report.all_years.least)}")
    hidden = [mark.words.split(":")[0] for mark in marks if not low <= mark.price <= high]
    sentences = [f"The scale leaves out {' and '.join(words)}."] if words else []
    if hidden:
        sentences.append(f"Outside the scale: {', '.join(hidden)}.")
    if len({run.rig for run in report.runs}) > _MARKS_SHOWN:
        sentences.append(f"Only the first {_MARKS_SHOWN} rigs are marked.")
    return " ".join(sentences)


def _exact(price: float) -> str:
    return fmt.exact(price).replace("-", fmt.MINUS)


def _dearest_title() -> str:
    return f"The dearest {fmt.percent(DEAREST_SHARE, 0)} of the hours"


def _dearest(report: PowerReport) -> Figure:
    return Figure(
        "dearest",
        _dearest_title(),
        f"{PRICE_UNIT} by rank of the hour",
        _drawn(lambda frame: dearest_hours(report.curve, frame), _dearest_title()),
        table=idling_table(report),
    )


def _heat(report: PowerReport) -> Figure:
    scale = HeatScale.of(report.month_hours)
    return Figure(
        "month-hours",
        _HEAT_TITLE,
        f"mean {PRICE_UNIT} of each hour of the day, local time{', all years' if report.years > 1 else ''}",
        _drawn(lambda frame: heat_map(report.month_hours, scale, frame), _HEAT_TITLE),
        tuple(Legend(f"heat-{key}", words) for key, words in scale.classes()),
        month_hour_table(report),
    )


def _hours_run(report: PowerReport) -> Figure:
    title = "Hours run"
    drawings = _half(lambda frame: _hours_bars(report, frame), title)
    return Figure("hours-run", title, f"share of all hours, {_BY_RIG}", drawings, note=_cut(report))


def _price_paid(report: PowerReport) -> Figure:
    title = "Average price paid"
    drawings = _half(lambda frame: _paid_bars(report, frame), title)
    return Figure("price-paid", title, f"{PRICE_UNIT} in the hours run, {_BY_RIG}", drawings, note=_cut(report))


def _hours_bars(report: PowerReport, frame: Frame) -> Spec:
    rows = [(_bar_name(run), run.share, fmt.percent(run.share)) for run in report.runs[:_BARS_SHOWN]]
    return ranked_bars(rows, "var(--mining)", frame)


def _paid_bars(report: PowerReport, frame: Frame) -> Spec:
    rows = [("all hours", report.all_years.mean, fmt.price(report.all_years.mean))]
    for run in report.runs[:_BARS_SHOWN]:
        paid = run.paid_usd_per_mwh
        rows.append((_bar_name(run), paid or 0.0, "never runs" if paid is None else fmt.price(paid)))
    return ranked_bars(rows, "var(--ai-2)", frame)


def _cut(report: PowerReport) -> str:
    count = len(report.runs)
    return f"The first {_BARS_SHOWN} of {count}; the table below has all." if count > _BARS_SHOWN else ""


def _bar_name(run: RunHours) -> str:
    return f"{run.rig} at {run.hashprice_usd_per_ph_day:g}"


def _marks(report: PowerReport) -> tuple[SwitchOff, ...]:
    """The switch-off prices of the first rigs, all at the hashprice in the middle, so that lines stay apart."""
    hashprices = sorted({run.hashprice_usd_per_ph_day for run in report.runs})
    middle = hashprices[len(hashprices) // 2] if hashprices else None
    chosen = [run for run in report.runs if run.hashprice_usd_per_ph_day == middle][:_MARKS_SHOWN]
    return tuple(
        SwitchOff(
            run.switch_off_usd_per_mwh,
            run.share,
            f"{_bar_name(run)}: off above {fmt.price(run.switch_off_usd_per_mwh)}, "
            f"runs {fmt.percent(run.share)} of the hours",
            f"{run.rig}: {fmt.number(run.switch_off_usd_per_mwh, 0)}",
        )
        for run in chosen
    )


def _drawn(spec: Callable[[Frame], Spec], title: str) -> dict[str, str]:
    return {"wide": draw(spec(WIDE), title), "narrow": draw(spec(NARROW), title)}


def _half(spec: Callable[[Frame], Spec], title: str) -> dict[str, str]:
    return {"wide": draw(spec(HALF), title), "narrow": draw(spec(NARROW), title)}
