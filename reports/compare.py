"""A comparison of plans in words and figures: the headline, the plans side by side, what to be careful about."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import format as fmt
from reports.display import Cell, Column, Formatter, Table, figure, text

if TYPE_CHECKING:
    from optimizer.comparing import Comparison

FRAMES = ("plans", "inputs", "decisions", "bridge")
# Changes smaller than these are what one machine draws, and what rounding leaves.
MOVED: dict[str, float] = {"critical MW": 0.005, "MW": 0.005, "USD": 0.5, "BTC": 0.0005, "site": 0.5}
# Sums below this are shown in thousands.
_SMALL_USD = 20e6
_DRIVERS_NAMED = 2


def scale(found: Comparison) -> str:
    """The unit in which sums are shown: a key of `format.MONEY_SCALES`."""
    return "k" if float(found.plans["npv_usd"].abs().max()) < _SMALL_USD else "m"


def plans_table(found: Comparison) -> Table:
    """The plans below each other, each figure with its difference to the base's."""
    rows = [
        (
            text(str(row["plan"]), tag="base" if row["plan"] == found.base else ""),
            text(str(row["name"])),
            text(fmt.month(row["start"])),
            figure(row["months"], _whole),
            *(cell for names in _FIGURES for cell in _compared(found, row, *names)),
            text(str(row["status"])),
            text("passed" if row["certified"] else "NOT passed"),
        )
        for row in found.plans.to_dict("records")
    ]
    columns = (
        *(Column(words, numeric=False) for words in ("Plan", "Portfolio", "First month")),
        Column("Months"),
        *(Column(f"{name}{end}", unit) for name, unit in _HEADINGS for end in ("", ", difference")),
        *(Column(words, numeric=False) for words in ("Status", "Certificate")),
    )
    return Table("plans", f"Plans side by side, each figure with its difference to {found.base}", columns, tuple(rows))


def _compared(
    found: Comparison, row: dict[str, Any], column: str, change: str, formatter: Formatter, told: Formatter
) -> tuple[Cell, Cell]:
    """A figure and its difference to the base's, which has none to itself."""
    return figure(row[column], formatter), text("") if row["plan"] == found.base else figure(row[change], told)


def _whole(value: float | None) -> str:
    return fmt.number(value, 0)


def headline(found: Comparison) -> str:
    """The comparison in one sentence; of one plan also what moves its value most."""
    rows = found.plans.set_index("plan")
    start = f"{found.base} is worth {fmt.usd(float(rows.at[found.base, 'npv_usd']))}"
    if len(found.others) > 1:
        worth = (f"{plan} {_difference(float(rows.at[plan, 'npv_change_usd']))}" for plan in found.others)
        return f"{start}; against it, {', '.join(worth)}."
    (plan,) = found.others
    words = f"{start}; {plan} {_difference(float(rows.at[plan, 'npv_change_usd']))}"
    steps = found.bridge[found.bridge["plan"] == plan]
    largest = steps[steps["change_usd"].abs() > fmt.CENT].sort_values("change_usd", key=abs, ascending=False)
    named = [f"{row.driver} {fmt.usd_signed(row.change_usd)}" for row in largest.head(_DRIVERS_NAMED).itertuples()]
    return f"{words}{': ' if named else ''}{', '.join(named)}{' above all' if len(largest) > len(named) else ''}."


def _difference(change: float) -> str:
    if abs(change) <= fmt.CENT:
        return "as much"
    return f"{fmt.usd(abs(change))} {'more' if change > 0 else 'less'}"


def cautions(found: Comparison) -> list[str]:
    """What a reader must know before taking the differences for what they seem."""
    return list(_cautions(found.plans, found.bridge))


def _cautions(plans: pd.DataFrame, bridge: pd.DataFrame) -> Iterator[str]:
    for row in plans.itertuples():
        if not row.certified:
            yield f"The certificate of {row.plan} did not pass."
        if row.status != "optimal":
            yield f"{row.plan} is only the best plan found: its search was stopped."
    if plans["start"].nunique() > 1:
        yield "The plans begin in different months; each net present value is discounted to its own first month."
    if plans["months"].nunique() > 1:
        yield "The plans look at horizons of different lengths; a longer one counts more cash."
    if plans["program"].nunique() > 1 or plans["solver"].nunique() > 1:
        yield "The plans were made by different versions of the program or of its solver."
    if float(plans["cvar_weight"].max()) > 0.0:
        yield (
            "At least one plan is chosen for the mean of its worst scenarios too. Values here are plain net present "
            "values, the mean of all scenarios; such a plan gives up some of them for safety."
        )
    if len(bridge) and bridge["note"].str.len().max() > 0:
        yield "Some steps of a bridge are taken together or explained; the reason stands beside them."


def mw_signed(value: float | None) -> str:
    """Megawatts as a change."""
    return signed(fmt.mw(value), value)


def _eh_signed(value: float | None) -> str:
    return signed(fmt.hashrate(value), value)


def signed(words: str, value: float | None) -> str:
    """A figure with a plus sign where it is a gain."""
    return f"+{words}" if value is not None and not math.isnan(value) and fmt.clip(value) > 0 else words


def moved(decisions: pd.DataFrame) -> pd.DataFrame:
    """The decisions that are not the same in both plans."""
    least = decisions["unit"].map(MOVED).fillna(fmt.NOISE)
    return decisions[decisions["change"].abs() > least]


_HEADINGS: tuple[tuple[str, str], ...] = (
    ("NPV", "USD m"),
    ("Capex on AI", "USD m"),
    ("NPV of mining only", "USD m"),
    ("Peak AI", "critical MW"),
    ("First-year hashrate", "EH/s"),
)
_FIGURES: tuple[tuple[str, str, Formatter, Formatter], ...] = (
    ("npv_usd", "npv_change_usd", fmt.usd_m, fmt.usd_m_signed),
    ("capex_usd", "capex_change_usd", fmt.usd_m, fmt.usd_m_signed),
    ("mining_only_usd", "mining_only_change_usd", fmt.usd_m, fmt.usd_m_signed),
    ("peak_ai_mw", "peak_ai_change_mw", fmt.mw, mw_signed),
    ("first_year_eh_s", "first_year_change_eh_s", fmt.hashrate, _eh_signed),
)


def compare_json(found: Comparison) -> str:
    """Plans, changed inputs, decisions that moved and bridges as JSON; what there is not is null."""
    record = {
        "base": found.base,
        "order": [{"driver": name, "content": content} for name, content in found.order],
        "headline": headline(found),
        "cautions": cautions(found),
        "plans": _records(found.plans),
        "inputs": _records(found.inputs),
        "decisions": _records(moved(found.decisions)),
        "bridge": _records(found.bridge) if found.bridged else None,
    }
    return json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        for row in frame.to_dict("records")
    ]
