"""A comparison of plans as tables: what was given, what was decided, and where the difference in value comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import format as fmt
from reports.assumptions import TABLE_LABELS
from reports.compare import moved, mw_signed, signed
from reports.display import Cell, Column, Table, figure, text
from reports.financing_tables import DECISION_LABELS
from reports.words import USE_LABELS, USES

if TYPE_CHECKING:
    from optimizer.comparing import Comparison

_LABELS = {**TABLE_LABELS, "scenarios": "Scenarios", "risk": "Risk"}
_DECISIONS = {**DECISION_LABELS, "draw": "Loans drawn"}
_ALL = "all"
_DIGITS = 12


def inputs_table(found: Comparison, plan: str, *, most: int | None = None) -> Table:
    """The inputs that differ, in the order of the input tables; a whole record that is new or gone is one row."""
    rows = _of(found.inputs, plan)
    kept = rows.head(most) if most is not None else rows
    cells = [
        (
            text(_LABELS.get(row["table"], row["table"])),
            text(row["record"] or _ALL),
            text(row["column"] or row["kind"]),
            *_values(row["before"], row["after"], row["kind"]),
        )
        for row in kept.to_dict("records")
    ]
    columns = (
        Column("Table", numeric=False),
        Column("Record", numeric=False),
        Column("Column", numeric=False),
        Column(f"In {found.base}", numeric=False, prose=True),
        Column(f"In {plan}", numeric=False, prose=True),
    )
    name = f"inputs-{_place(found, plan)}"
    return Table(name, f"Inputs that differ: {plan}", columns, tuple(cells), note=_left_out(len(rows) - len(cells)))


def _values(before: float | int | str, after: float | int | str, kind: str) -> tuple[Cell, Cell]:
    """An input in the base and in the plan; a product's last digits are left out unless they are the difference."""
    gone = "\N{EN DASH} (not there yet)", "\N{EN DASH} (no longer there)"
    cells = []
    for value, other, absent in ((before, after, gone[0]), (after, before, gone[1])):
        if isinstance(value, str):
            cells.append(text(absent if kind != "changed" and not value else value or "blank"))
            continue
        rounded = float(f"{value:.{_DIGITS}g}")
        close = not isinstance(other, str) and float(f"{other:.{_DIGITS}g}") == rounded
        cells.append(Cell(fmt.exact(value if close else rounded), float(value)))
    return cells[0], cells[1]


def starts_table(found: Comparison, plan: str, *, most: int | None = None) -> Table:
    """The starts of offers whose MW differ, those that differ most where not all are shown."""
    rows = _kind(found, plan, "start")
    kept = _largest(rows, most)
    cells = [
        (
            text(row["name"]),
            text(row["site"]),
            text(fmt.month(row["period"])),
            figure(row["before"], fmt.mw),
            figure(row["after"], fmt.mw),
            figure(row["change"], mw_signed),
        )
        for row in kept.to_dict("records")
    ]
    columns = (
        *(Column(words, numeric=False) for words in ("Contract", "Site", "First rent")),
        *(Column(words, "critical MW") for words in (found.base, plan, "Change")),
    )
    name = f"starts-{_place(found, plan)}"
    return Table(
        name, f"Starts of offers that moved: {plan}", columns, tuple(cells), note=_left_out(len(rows) - len(kept))
    )


def years_table(found: Comparison, plan: str, *, most: int | None = None) -> Table:
    """Mean MW of all sites by use and calendar year, the base's and the change; most : of the years, spread evenly."""
    uses = _of(found.decisions, plan)
    sums = uses[uses["kind"] == "use"].groupby(["period", "decision"])[["before", "after"]].sum(min_count=1)
    years = sorted(set(sums.index.get_level_values("period")))
    cells = []
    for year in _spread(years, most):
        pairs = [_pair(sums, year, use) for use in USES]
        figures = [
            cell for before, after in pairs for cell in (figure(after, fmt.mw), figure(_less(after, before), mw_signed))
        ]
        cells.append((text(str(year)), *figures))
    columns = (
        Column("Year", numeric=False),
        *(Column(f"{USE_LABELS[use]}{end}", "MW") for use in USES for end in ("", ", change")),
    )
    name = f"years-{_place(found, plan)}"
    return Table(name, f"Mean MW by use and year: {plan}, and the change against {found.base}", columns, tuple(cells))


def sites_table(found: Comparison, plan: str, *, most: int | None = None) -> Table:
    """Mean MW of mining and AI by site over the years that both plan; the sites that change."""
    uses = _of(found.decisions, plan)
    both = uses[(uses["kind"] == "use") & uses["decision"].isin(("mining", "ai"))].dropna(subset=["before", "after"])
    means = both.groupby(["site", "decision"])[["before", "after"]].mean()
    wide = (means["after"] - means["before"]).unstack("decision").abs()
    size = wide.max(axis=1)
    changed = size[size > 0.005].sort_values(ascending=False, kind="stable").index
    shown = changed[:most]
    cells = []
    for site in shown:
        row = [text(str(site))]
        for use in ("mining", "ai"):
            before, after = _pair(means, site, use)
            row += [figure(before, fmt.mw), figure(after, fmt.mw), figure(_less(after, before), mw_signed)]
        cells.append(tuple(row))
    columns = (
        Column("Site", numeric=False),
        *(Column(f"{use}, {which}", "MW") for use in ("Mining", "AI") for which in (found.base, plan, "change")),
    )
    name = f"sites-{_place(found, plan)}"
    return Table(
        name, f"Mean MW by site that moved: {plan}", columns, tuple(cells), note=_left_out(len(changed) - len(shown))
    )


def capital_table(found: Comparison, plan: str, *, most: int | None = None) -> Table:
    """What is bought, built, sold, drawn or closed otherwise."""
    rows = _kind(found, plan, "capital")
    kept = _largest(rows, most)
    cells = [
        (
            text(_DECISIONS.get(row["decision"], row["decision"])),
            *(text(words) for words in (row["name"], row["period"], row["unit"])),
            figure(row["before"], _amount),
            figure(row["after"], _amount),
            figure(row["change"], _amount_signed),
        )
        for row in kept.to_dict("records")
    ]
    columns = (
        *(Column(words, numeric=False) for words in ("Decision", "Of", "Year", "Unit")),
        *(Column(words) for words in (found.base, plan, "Change")),
    )
    name = f"capital-{_place(found, plan)}"
    return Table(
        name,
        f"Decisions about capital that moved, by year: {plan}",
        columns,
        tuple(cells),
        note=_left_out(len(rows) - len(kept)),
    )


def bridge_table(found: Comparison, plan: str) -> Table:
    """From the base's value to the plan's; the total is the sum of the changes above it.

    Where steps are taken together or explained, a last column says why.
    """
    rows = _of(found.bridge, plan)
    worth = found.plans.set_index("plan")["npv_usd"]
    cells: list[tuple[Cell, ...]] = [
        (text("0"), text(f"{found.base} (base)"), text(""), figure(float(worth[found.base]), fmt.usd_m), text(""))
    ]
    cells += [
        (
            text(str(row["step"])),
            text(row["driver"]),
            figure(row["change_usd"], fmt.usd_m_signed),
            figure(row["npv_usd"], fmt.usd_m),
            text(row["note"]),
        )
        for row in rows.to_dict("records")
    ]
    columns = (
        Column("Step", numeric=False),
        Column("Exchanged", numeric=False),
        Column("Change", "USD m"),
        Column("NPV after it", "USD m"),
        Column("Why", numeric=False, prose=True),
    )
    together = figure(math.fsum(rows["change_usd"]), fmt.usd_m_signed)
    total = (text("Together"), text(plan), together, figure(float(worth[plan]), fmt.usd_m), text(""))
    kept = len(columns) if rows["note"].astype(bool).any() else len(columns) - 1
    return Table(
        f"bridge-{_place(found, plan)}",
        f"Net present value from {found.base} to {plan}, one part of the inputs after another",
        columns[:kept],
        tuple(row[:kept] for row in cells),
        total[:kept],
    )


def order_table(found: Comparison) -> Table:
    """The order in which parts of the inputs are exchanged, and what belongs to each."""
    rows = [(text(str(n)), text(name), text(content)) for n, (name, content) in enumerate(found.order, start=1)]
    columns = tuple(Column(words, numeric=False) for words in ("", "Part of the inputs", "What belongs to it"))
    return Table("order", "The order of a bridge", columns, tuple(rows))


def _of(frame: pd.DataFrame, plan: str) -> pd.DataFrame:
    return frame[frame["plan"] == plan]


def _kind(found: Comparison, plan: str, kind: str) -> pd.DataFrame:
    rows = _of(found.decisions, plan)
    return moved(rows[rows["kind"] == kind])


def _largest(rows: pd.DataFrame, most: int | None) -> pd.DataFrame:
    """The rows that change most, in their own order."""
    kept = rows["change"].abs().sort_values(ascending=False, kind="stable").index[:most]
    return rows.loc[sorted(kept)]


def _left_out(count: int) -> str:
    return f"{fmt.count(count, 'more row is', 'more rows are')} left out; --out writes all." if count else ""


def _place(found: Comparison, plan: str) -> int:
    return found.others.index(plan) + 1


def _pair(table: pd.DataFrame, row: Any, use: str) -> tuple[float, float]:
    """Before and after of a use; zero where a plan has none of it, NaN where it has no such year."""
    if (row, use) not in table.index:
        known = table.loc[row]
        return tuple(0.0 if known[side].notna().any() else math.nan for side in ("before", "after"))  # type: ignore[return-value]
    before, after = table.loc[(row, use), ["before", "after"]]
    return float(before), float(after)


def _less(after: float, before: float) -> float:
    return after - before


def _amount(value: float | None) -> str:
    return fmt.number(value, 1 if value is not None and abs(value) < 1e5 else 0)


def _amount_signed(value: float | None) -> str:
    return signed(_amount(value), value)


def _spread(labels: list[str], most: int | None) -> list[str]:
    """So many labels at most, both ends among them."""
    if most is None or len(labels) <= most:
        return labels
    return [labels[place] for place in sorted({round(n * (len(labels) - 1) / (most - 1)) for n in range(most)})]
