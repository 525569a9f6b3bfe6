"""The tables of a judgement: its spread, its years, its regrets, and the plan out of sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reports import format as fmt
from reports.display import Cell, Column, Table, figure, text
from reports.judging import is_nothing, largest_usd, tail_words
from reports.sweep import usd_m_words

if TYPE_CHECKING:
    from optimizer.judging.judging import Judgement

_SPREAD = {
    "mean_usd": "Mean",
    "worst_usd": "Worst",
    "p5_usd": "5%",
    "p10_usd": "10%",
    "p25_usd": "25%",
    "p50_usd": "Median",
    "p75_usd": "75%",
    "p90_usd": "90%",
    "p95_usd": "95%",
    "best_usd": "Best",
}
_FIGURES = {"npv_usd": "Net present value", "cash_low_usd": "Lowest cash total"}
_QUANTILE = "reached or stayed below with this probability; the other shares likewise"
# A regret up to this share of the largest one is shaded so; what is above all is shaded most.
_SHADES = (0.01, 0.05, 0.2, 0.5)


def distribution_table(judgement: Judgement) -> Table:
    """NPV and lowest cash total over the scenarios."""
    amount = usd_m_words(largest_usd(judgement))
    tail = Column(f"{tail_words(judgement).capitalize()}, mean", gloss="each figure by its own worst scenarios")
    columns = (Column("USD m", numeric=False), *_spread_columns(), tail)
    rows = tuple(
        (text(_FIGURES[row["figure"]]), *(figure(row[name], amount) for name in (*_SPREAD, "cvar_usd")))
        for row in judgement.distribution.to_dict("records")
    )
    return Table("distribution", "Over all scenarios", columns, rows)


def yearly_table(judgement: Judgement) -> Table:
    """Net cash of every calendar year over the scenarios."""
    amount = usd_m_words(largest_usd(judgement))
    columns = (Column("Year", numeric=False), *_spread_columns())
    rows = tuple(
        (text(row["year"]), *(figure(row[name], amount) for name in _SPREAD))
        for row in judgement.yearly.to_dict("records")
    )
    return Table("yearly", "Net cash of each year over all scenarios, USD m", columns, rows)


def _spread_columns() -> tuple[Column, ...]:
    return tuple(Column(words, gloss=_QUANTILE if words == "5%" else "") for words in _SPREAD.values())


def regret_table(judgement: Judgement) -> Table:
    """What every plan misses in every scenario: a row per plan, a column per scenario, shaded by size."""
    frame, amount = judgement.regret, usd_m_words(largest_usd(judgement))
    size = frame["lived_in"].nunique()
    lived = frame["lived_in"].iloc[:size].tolist()
    most = float(frame["regret_usd"].max())
    rows: list[tuple[Cell, ...]] = []
    for first in range(0, len(frame), size):
        part = frame.iloc[first : first + size]
        missed = [0.0 if is_nothing(judgement, usd) else float(usd) for usd in part["regret_usd"]]
        name = text("The plan") if first == 0 else text(f"Made for {part['made_for'].iloc[0]}")
        rows.append((name, *(_shaded(usd, most, figure(usd, amount)) for usd in (*missed, max(missed)))))
    best = [figure(float(usd), amount) for usd in frame["best_npv_usd"].iloc[:size]]
    rows.append((text("NPV of the best plan there"), *best, text("")))
    columns = (
        Column("Plan \\ lived in", numeric=False),
        *(Column(str(name)) for name in lived),
        Column("Largest", gloss="largest regret of the plan in any of these scenarios"),
    )
    return Table("regret", "What each plan misses in each scenario, USD m of NPV", columns, tuple(rows))


def _shaded(usd: float, most: float, cell: Cell) -> Cell:
    """The cell with a shade from 0 (no regret) to 5."""
    shade = 0 if usd <= 0.0 else 1 + sum(usd > share * most for share in _SHADES)
    return replace(cell, tone=f"shade-{shade}")


def samples_table(judgement: Judgement) -> Table:
    """The plan in its own scenarios and in fresh ones, with standard errors."""
    amount = usd_m_words(largest_usd(judgement))
    error = "Standard error"
    columns = (
        Column("Scenarios", numeric=False),
        Column("Number"),
        Column("Mean", "USD m"),
        Column(error, "USD m"),
        Column(tail_words(judgement).capitalize(), "USD m"),
        Column(error, "USD m"),
        Column("Probability of loss"),
        Column(error),
    )
    names = {"in sample": "The plan's own", "out of sample": "Fresh ones"}
    rows: tuple[tuple[Cell, ...], ...] = ()
    if judgement.samples is not None:
        rows = tuple(
            (
                text(names[row["sample"]]),
                figure(row["scenarios"], fmt.usd_whole),
                *(figure(row[name], amount) for name in ("mean_usd", "mean_error_usd", "cvar_usd", "cvar_error_usd")),
                *(figure(row[name], fmt.percent) for name in ("probability_of_loss", "probability_of_loss_error")),
            )
            for row in judgement.samples.to_dict("records")
        )
    return Table("samples", "The plan where it was made, and where it was not", columns, rows)
