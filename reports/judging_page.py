"""A judgement as a page that stands alone, and as one picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reports import chart_parts as parts
from reports.chart_parts import Frame, Spec
from reports.display import Table
from reports.figures import Figure, Legend
from reports.judging import headline, hedge_words, information_words, key_figures, sample_words, tail_words
from reports.judging_charts import cash_low_chart, curve_note, npv_chart, yearly_chart
from reports.judging_tables import distribution_table, regret_table, samples_table, yearly_table
from reports.page import render_page
from reports.picture import picture, titled
from reports.svg import draw

if TYPE_CHECKING:
    from optimizer.judging.judging import Judgement

STYLES = ("report.css", "judging.css")
_NPV, _CASH, _YEARLY = "Net present value", "Lowest cash total", "Net cash by year"
_NPV_UNIT = "probability that it is at most so many USD m"
_CASH_UNIT = "lowest running total of the undiscounted cash; probability that it is at most so many USD m"
_YEARLY_UNIT = "USD m, not discounted"
_FRAMES = {"wide": Frame(width=1120, height=260, ticks=12), "narrow": parts.NARROW}
_PICTURE = Frame(width=900, height=230, ticks=10)
_BANDS = (
    Legend("mining_opex", "Nine tenths of the scenarios"),
    Legend("mining", "The middle half"),
    Legend("capacity", "Median"),
)


def judging_html(judgement: Judgement) -> str:
    """The judgement as one HTML page that needs no network and no other file; equal figures give equal text."""
    return render_page("judging.html.j2", styles=STYLES, scripts=("pointing.js",), content=_content(judgement))


def judging_png(judgement: Judgement) -> bytes:
    """The three charts as a PNG on white paper."""
    charts = [
        titled(npv_chart(judgement, _PICTURE), _NPV, _NPV_UNIT),
        titled(yearly_chart(judgement, _PICTURE), _YEARLY, f"{_YEARLY_UNIT}; nine tenths, half and median of all"),
        titled(cash_low_chart(judgement, _PICTURE), _CASH, _CASH_UNIT),
    ]
    words = "".join(phrase.text for phrase in headline(judgement))
    return picture(f"{judgement.name}: the plan judged", words, charts, STYLES)


def _content(judgement: Judgement) -> dict[str, Any]:
    def drawn(
        name: str,
        words: tuple[str, str],
        chart: Callable[[Judgement, Frame], Spec],
        legend: tuple[Legend, ...],
        table: Table | None = None,
        note: str = "",
    ) -> Figure:
        title, unit = words
        drawings = {where: draw(chart(judgement, frame), title) for where, frame in _FRAMES.items()}
        return Figure(name, title, unit, drawings, legend, table, note)

    curve = (
        Legend("mining", "Scenarios by probability"),
        Legend("capacity", "Mean"),
        Legend("ai", f"Mean of the {tail_words(judgement)}"),
    )
    feared = f"the worst ones count {100.0 * judgement.cvar_weight:.3g}% in what the plan maximises"
    compared = judgement.regret["lived_in"].nunique()
    count = len(judgement.scenarios)
    cash_note = curve_note(judgement, "cash_low_usd")
    return {
        "name": judgement.name,
        "scope": f"{count:,} scenarios; {feared if judgement.cvar_weight else 'the plan maximises the mean'}",
        "headline": headline(judgement),
        "key_figures": key_figures(judgement),
        "npv": drawn("npv", (_NPV, _NPV_UNIT), npv_chart, curve, note=curve_note(judgement, "npv_usd")),
        "distribution": distribution_table(judgement),
        "yearly": drawn("cash", (_YEARLY, _YEARLY_UNIT), yearly_chart, _BANDS, yearly_table(judgement)),
        "cash_low": drawn("cash-low", (_CASH, _CASH_UNIT), cash_low_chart, curve, note=cash_note),
        "regret": regret_table(judgement),
        "compared": "" if compared == count else f"{compared} of {count:,} scenarios, from the worst for the plan on",
        "worth": [*information_words(judgement), hedge_words(judgement)],
        "samples": samples_table(judgement),
        "sample_words": sample_words(judgement),
    }
