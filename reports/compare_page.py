"""A comparison of plans as a page that stands alone: side by side, then plan by plan what differs and moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import charts
from reports import format as fmt
from reports.chart_parts import NARROW, WIDE_BARS
from reports.compare import cautions, headline, plans_table, scale
from reports.compare_tables import (
    bridge_table,
    capital_table,
    inputs_table,
    order_table,
    sites_table,
    starts_table,
    years_table,
)
from reports.decision import KeyFigure
from reports.display import Table
from reports.figures import Figure, Legend
from reports.page import render_page
from reports.svg import draw

if TYPE_CHECKING:
    from optimizer.comparing import Comparison

STYLES = ("report.css", "compare.css")
_TILES = 6
# Where the largest step is a smaller part of the value than this, whole bars would leave nothing to see of the steps.
_LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Section:
    """What the page says of one plan against the base. chart : None where nothing that counts differs."""

    plan: str
    headline: str
    chart: Figure | None
    bridge: Table
    inputs: Table
    starts: Table
    sites: Table
    years: Table
    capital: Table


def compare_html(found: Comparison) -> str:
    """The comparison as one HTML page that needs no network and no other file; equal results give equal text."""
    with fmt.money_in(scale(found)):
        return render_page("compare.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(found))


def _content(found: Comparison) -> dict[str, Any]:
    return {
        "base": found.base,
        "others": found.others,
        "scope": f"{fmt.count(len(found.others), 'plan')} against {found.base}",
        "headline": headline(found),
        "key_figures": _key_figures(found),
        "cautions": cautions(found),
        "plans": plans_table(found),
        "sections": [_section(found, plan) for plan in found.others],
        "bridged": found.bridged,
        "order": order_table(found),
    }


def _key_figures(found: Comparison) -> list[KeyFigure]:
    """The base and the first of the others by value."""
    base, *others = found.plans.to_dict("records")
    tiles = [KeyFigure(found.base, fmt.usd(base["npv_usd"]), "net present value, the base")]
    for row in others[: _TILES - 1]:
        detail = f"against the base; worth {fmt.usd(row['npv_usd'])}"
        tiles.append(KeyFigure(row["plan"], fmt.usd_signed(row["npv_change_usd"]), detail))
    return tiles


def _section(found: Comparison, plan: str) -> Section:
    row = found.plans.set_index("plan").loc[plan]
    return Section(
        plan=plan,
        headline=f"Worth {fmt.usd(float(row['npv_usd']))}, {fmt.usd_signed(float(row['npv_change_usd']))} against "
        f"{found.base}.",
        chart=bridge_chart(found, plan),
        bridge=bridge_table(found, plan),
        inputs=inputs_table(found, plan),
        starts=starts_table(found, plan),
        sites=sites_table(found, plan),
        years=years_table(found, plan),
        capital=capital_table(found, plan),
    )


def bridge_chart(found: Comparison, plan: str) -> Figure | None:
    """The bridge as a waterfall; None where there is no step."""
    if found.bridge[found.bridge["plan"] == plan].empty:
        return None
    steps, from_base = bridge_steps(found, plan)
    title = f"From {found.base} to {plan}"
    drawings = {
        "wide": draw(charts.waterfall(_broken(steps, wide=True), WIDE_BARS), title),
        "narrow": draw(charts.waterfall(_broken(steps, wide=False), NARROW), title),
    }
    unit = "difference in NPV" if from_base else "NPV"
    name = f"chart-{found.others.index(plan) + 1}"
    legend = (Legend("gain", "adds value"), Legend("loss", "takes value"))
    return Figure(name, title, f"{unit}, USD m, one part of the inputs after another", drawings, legend)


def bridge_steps(found: Comparison, plan: str) -> tuple[pd.DataFrame, bool]:
    """The bars of a waterfall, columns step, usd, begin, end, and whether they start from the base's value as zero."""
    worth = found.plans.set_index("plan")["npv_usd"]
    rows = found.bridge[found.bridge["plan"] == plan]
    start, end = float(worth[found.base]), float(worth[plan])
    from_base = float(rows["change_usd"].abs().max()) < _LEAST_SHARE * max(abs(start), abs(end))
    zero = start if from_base else 0.0
    levels = [start, *rows["npv_usd"].astype(float)]
    bars = [(found.base, start - zero, 0.0, start - zero)]
    for driver, before, after in zip(rows["driver"], levels, levels[1:], strict=False):
        bars.append((str(driver), after - before, before - zero, after - zero))
    bars.append((f"{plan} against {found.base}" if from_base else plan, end - zero, 0.0, end - zero))
    return pd.DataFrame(bars, columns=["step", "usd", "begin", "end"]), from_base


def _broken(steps: pd.DataFrame, *, wide: bool) -> pd.DataFrame:
    """The same bars, long names on two lines."""
    room = 46 if wide else 20
    return steps.assign(step=[_two_lines(str(name), room) for name in steps["step"]])


def _two_lines(name: str, room: int) -> str:
    if len(name) <= room or " " not in name:
        return name
    spaces = [place for place, character in enumerate(name) if character == " "]
    middle = min(spaces, key=lambda place: abs(place - len(name) / 2))
    return f"{name[:middle]}\n{name[middle + 1 :]}"
