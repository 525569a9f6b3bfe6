"""A what-if as tables: cases beside the base, what moved, what pins cost. Nothing is solved here."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from reports import format as fmt
from reports.display import Cell, Column, Formatter, Table, figure, text

if TYPE_CHECKING:
    from optimizer.what_ifs import CaseResult, WhatIf

NO_PLAN = "no plan"
# MW below this are not worth a line: it is what one machine draws.
MOVED_MW = 0.005
FRAMES = ("comparison", "hashrate", "moves", "uses", "months", "pins")
_LONG_FRAMES = frozenset({"uses", "months"})
_SHARE_POINT = 0.01

Signed = Callable[[float | None], str]


def comparison_table(found: WhatIf, cases: Sequence[CaseResult]) -> Table:
    """The headline figures of the base and of these cases, side by side; a change stands beside each figure."""
    rows = found.comparison.set_index("case")
    base = rows.loc[found.base.name]
    lines = [
        _line("Net present value, USD m", "npv_usd", fmt.usd_m, fmt.usd_m_signed),
        _line("Capital spending on AI, USD m", "capex_usd", fmt.usd_m, fmt.usd_m_signed),
        _line("Peak AI, critical MW", "peak_ai_mw", fmt.mw, _mw_signed),
        _line("AI share of MW-months", "ai_share", fmt.percent, _share_signed),
        _line("Mean hashrate, EH/s", "hashrate_eh_s", fmt.hashrate, _hashrate_signed),
        _line("Cash low point, USD m", "cash_low_usd", fmt.usd_m, fmt.usd_m_signed),
    ]
    shown = [rows.loc[case.name] for case in cases]
    table = [(text(words), *(cell(row, base) for row in (base, *shown))) for words, cell in lines]
    months = [text(fmt.month(row["cash_low_month"]) if row["cash_low_month"] else NO_PLAN) for row in (base, *shown)]
    status = [text(str(row["status"])) for row in (base, *shown)]
    columns = (Column("", numeric=False), Column("Base"), *(Column(case.name) for case in cases))
    caption = "Cases beside the base, each figure with its change"
    rest = ((text("Month of the cash low point"), *months), (text("Status"), *status))
    return Table("comparison", caption, columns, (*table, *rest))


def hashrate_table(found: WhatIf, cases: Sequence[CaseResult], *, years: int | None = None) -> Table:
    """Hashrate by calendar year of the base and of these cases; `years` of them at most, spread over the horizon."""
    wide = found.hashrate.pivot(index="year", columns="case", values="hashrate_eh_s")
    names = [found.base.name, *(case.name for case in cases)]
    labels = _spread([str(year) for year in wide.index], years)
    rows = []
    for year in labels:
        base = _number(wide, year, found.base.name)
        cells = [_compared(_number(wide, year, name), base, fmt.hashrate, _hashrate_signed) for name in names[1:]]
        rows.append((text(year), figure(base, fmt.hashrate), *cells))
    columns = (Column("Year", numeric=False), Column("Base", "EH/s"), *(Column(case.name, "EH/s") for case in cases))
    return Table("hashrate-by-year", "Mean hashrate by calendar year", columns, tuple(rows))


def moves_table(found: WhatIf, *, most: int | None = None) -> Table:
    """The starts whose MW change, by case; at most so many of each case, those that change most.

    Critical MW; a start that only the base takes is given up, one that only the case takes is new.
    """
    kept, note = _largest(found, found.moves, found.moves["change_mw"].abs(), most)
    rows = [
        (
            *(text(row[name]) for name in ("case", "contract", "site")),
            text(fmt.month(row["start"])),
            *(figure(row[name], fmt.mw) for name in ("base_mw", "case_mw")),
            figure(row["change_mw"], _mw_signed),
        )
        for row in kept.to_dict("records")
    ]
    columns = (
        *(Column(words, numeric=False) for words in ("Case", "Contract", "Site", "First rent")),
        *(Column(words, "critical MW") for words in ("Base", "Case", "Change")),
    )
    return Table("moves", "What moved: starts of offers", columns, tuple(rows), note=note)


def sites_table(found: WhatIf, *, most: int | None = None) -> Table:
    """Mean MW over the horizon of mining and of AI at the sites where a case changes it; the largest changes."""
    means = found.uses.groupby(["case", "site", "use"], sort=False)[["base_mw", "case_mw"]].mean()
    means["change_mw"] = means["case_mw"] - means["base_mw"]
    wide = means.unstack("use", fill_value=0.0).reset_index()
    size = wide["change_mw"].abs().max(axis=1)
    kept, note = _largest(found, wide, size, most)
    rows = [
        (
            text(str(row["case", ""])),
            text(str(row["site", ""])),
            *(
                figure(row[which, use], shown)
                for use in ("mining", "ai")
                for which, shown in (("base_mw", fmt.mw), ("case_mw", fmt.mw), ("change_mw", _mw_signed))
            ),
        )
        for row in kept.to_dict("records")
    ]
    columns = (
        Column("Case", numeric=False),
        Column("Site", numeric=False),
        *(Column(f"{use}, {which}", "MW") for use in ("Mining", "AI") for which in ("base", "case", "change")),
    )
    return Table("sites", "What moved: mean MW by site over the horizon", columns, tuple(rows), note=note)


def _largest(found: WhatIf, rows: pd.DataFrame, size: pd.Series[float], most: int | None) -> tuple[pd.DataFrame, str]:
    """The rows that moved, at most so many of each case, and a word on those left out."""
    moved = size[size > MOVED_MW].sort_values(ascending=False, kind="stable")
    cases = rows["case"].loc[moved.index]
    kept = [place for case in found.cases for place in sorted(cases[cases == case.name].index[:most])]
    hidden = len(moved) - len(kept)
    note = f"{fmt.count(hidden, 'smaller change is', 'smaller changes are')} left out; --out writes all."
    return rows.loc[kept], note if hidden else ""


def years_table(found: WhatIf, use: str, words: str) -> Table:
    """Change of a use's mean MW by case and site, year by year, where there is any."""
    own = found.uses[found.uses["use"] == use]
    wide = own.pivot(index=["case", "site"], columns="year", values="change_mw")
    years = [str(year) for year in wide.columns]
    rows = [
        (text(case.name), text(str(key[1])), *(figure(float(value), _mw_signed) for value in wide.loc[key]))
        for case in found.cases
        for key in wide.index
        if key[0] == case.name and float(wide.loc[key].abs().max()) > MOVED_MW
    ]
    columns = (Column("Case", numeric=False), Column("Site", numeric=False), *(Column(year, "MW") for year in years))
    return Table(f"{use}-by-year", f"Change of {words}, mean MW of each calendar year", columns, tuple(rows))


def pins_table(found: WhatIf) -> Table:
    """What every forced decision costs beside the others, and all of a case together."""
    rows = [
        (
            text(row["case"]),
            text(row["pin"]),
            figure(row["mw"], fmt.mw) if not math.isnan(row["mw"]) else text(""),
            figure(row["free_mw"], fmt.mw) if not math.isnan(row["free_mw"]) else text(""),
            figure(row["cost_usd"], fmt.usd),
        )
        for row in found.pins.to_dict("records")
    ]
    columns = (
        Column("Case", numeric=False),
        Column("Pin", numeric=False, gloss="offer@site:first rent month=critical MW"),
        Column("Forced", "critical MW"),
        Column("Without it", "critical MW", gloss="what the best plan without this one pin does there"),
        Column("Costs", "NPV", gloss="net present value without this one pin, less that of the case"),
    )
    return Table("pins", "What pins cost", columns, tuple(rows))


def headline(found: WhatIf) -> str:
    """The what-if in one sentence: how the value of the best and of the worst case compare with the base."""
    solved = found.comparison[found.comparison["case"] != found.base.name].dropna(subset=["npv_usd"])
    base = f"The base is worth {fmt.usd(found.comparison['npv_usd'].iloc[0])}"
    if solved.empty:
        return f"{base}; no plan can follow any case."
    best, worst = solved.loc[solved["npv_usd"].idxmax()], solved.loc[solved["npv_usd"].idxmin()]
    if len(solved) == 1:
        return f"{base}; {best['case']} changes that by {fmt.usd_signed(best['npv_change_usd'])}."
    return (
        f"{base}; the cases change that by {fmt.usd_signed(worst['npv_change_usd'])} ({worst['case']}) to "
        f"{fmt.usd_signed(best['npv_change_usd'])} ({best['case']})."
    )


def certificate_words(found: WhatIf) -> str:
    """How sure the plans are."""
    plans = [case.plan for case in (found.base, *found.cases) if case.plan is not None]
    checks = sum(len(plan.certificate["checks"]) for plan in plans)
    stopped = sum(plan.status != "optimal" for plan in plans)
    words = f"{fmt.count(len(plans), 'plan')} with a passed certificate each, {checks} checks without the solver."
    if stopped:
        words += f" {fmt.count(stopped, 'plan')} of them only the best found: the search for whole numbers was stopped."
    return words


def what_if_json(found: WhatIf) -> str:
    """Base, cases and tables as JSON, but for the long ones by month and site; what there is not is null."""
    cases = [
        {
            "name": case.name,
            "changes": list(case.changes),
            "pins": [str(pin) for pin in case.pins],
            "clashes": list(case.clashes),
            "warnings": list(case.warnings),
            "certified": None if case.plan is None else bool(case.plan.certificate["passed"]),
            "summary": None if case.plan is None else case.plan.summary,
        }
        for case in (found.base, *found.cases)
    ]
    frames = {name: _records(getattr(found, name)) for name in FRAMES if name not in _LONG_FRAMES}
    record = {"name": found.base.portfolio.settings.name, "base": cases[0], "cases": cases[1:], **frames}
    return json.dumps(record, indent=2, allow_nan=False, ensure_ascii=False)


def _line(words: str, column: str, shown: Formatter, signed: Signed) -> tuple[str, Callable[[Any, Any], Cell]]:
    def cell(row: Any, base: Any) -> Cell:
        value, first = float(row[column]), float(base[column])
        return figure(value, shown) if row is base else _compared(value, first, shown, signed)

    return words, cell


def _compared(value: float, base: float, shown: Formatter, signed: Signed) -> Cell:
    """A figure with its change beside it."""
    if math.isnan(value):
        return text(NO_PLAN)
    cell = figure(value, shown)
    if math.isnan(base):
        return cell
    # What rounds to nothing is not told as a change: solvers leave fractions of a cent.
    change = signed(value - base)
    return Cell(cell.text, cell.value, tag="" if change.lstrip("+") == signed(0.0) else change, tone=cell.tone)


def _signed(words: str, value: float | None) -> str:
    return f"+{words}" if value is not None and fmt.clip(value) > 0 else words


def _mw_signed(value: float | None) -> str:
    return _signed(fmt.mw(value), value)


def _hashrate_signed(value: float | None) -> str:
    return _signed(fmt.hashrate(value), value)


def _share_signed(value: float | None) -> str:
    words = fmt.number(None if value is None else value / _SHARE_POINT, 1)
    return f"{_signed(words, value)} points"


def _number(wide: pd.DataFrame, year: str, case: str) -> float:
    return float(wide.at[year, case]) if case in wide.columns else math.nan


def _spread(labels: list[str], most: int | None) -> list[str]:
    """So many labels at most, both ends among them."""
    if most is None or len(labels) <= most:
        return labels
    return [labels[place] for place in sorted({round(n * (len(labels) - 1) / (most - 1)) for n in range(most)})]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in row.items()}
        for row in frame.to_dict("records")
    ]
