"""Why, as tables: what limits the plan, its cash by line and year, and how its value compares with the baselines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from reports import format as fmt
from reports.display import Cell, Column, Table, figure, text, total_row
from reports.words import (
    CASE_GLOSSES,
    CASE_LABELS,
    KINDS,
    LIMIT_LABELS,
    LINE_LABELS,
    MISSING_CASES,
    TERM_LABELS,
    label,
)

if TYPE_CHECKING:
    from optimizer.results import Plan

LIMITS_LISTED = 40
CASES: tuple[str, ...] = ("plan", "mining_only", "max_ai", "no_action")


def binding_limits(plan: Plan) -> pd.DataFrame:
    """The limits that cost money, the dearest first, the months of one limit taken together.

    Deals already signed are left out: they have a price, but there is nothing left to decide about them.

    One row per limit and place; columns limit, where, first, last, months, unit, value_usd. [value in discounted USD]
    """
    limits = plan.frames.limits
    limits = limits[limits["limit"] != "committed_deal"]
    joined = limits.groupby(["limit", "where"], sort=True).agg(
        first=("month", "min"),
        last=("month", "max"),
        months=("month", "nunique"),
        unit=("unit", "first"),
        value_usd=("value_usd", "sum"),
    )
    size = joined["value_usd"].abs()
    return (
        joined.assign(size=size).sort_values("size", ascending=False, kind="stable").drop(columns="size").reset_index()
    )


def limits_table(plan: Plan) -> Table:
    """The dearest limits; what is left of a long list is one row."""
    limits = binding_limits(plan)
    shown, rest = limits.head(LIMITS_LISTED), limits.iloc[LIMITS_LISTED:]
    rows: list[tuple[Cell, ...]] = [
        (
            text(label(LIMIT_LABELS, row.limit)),
            text(place(row.where)),
            text(span(row.first, row.last)),
            figure(row.value_usd, fmt.usd_m),
        )
        for row in shown.itertuples()
    ]
    if len(rest):
        rows.append(
            (text(f"{len(rest):,} smaller limits"), text(""), text(""), figure(math.fsum(rest["value_usd"]), fmt.usd_m))
        )
    columns = (
        Column("Limit", numeric=False),
        Column("Where", numeric=False),
        Column("When it binds", numeric=False),
        Column(
            "Worth",
            "USD m",
            gloss="discounted gain from the next unit, times the limit; limits overlap, so they do not add up",
        ),
    )
    return Table("limits", "Limits that bind, by the dollars that hang on them", columns, tuple(rows), None)


def place(where: str) -> str:
    """Where a limit holds, in words: an offer at one of its sites is "offer at site", a contract "site, contract"."""
    site, colon, contract = where.rpartition(":")
    if colon and contract.rpartition(" ")[0] in KINDS:
        return f"{site}, {contract.replace('_', ' ')}"
    return where.replace("@", " at ") if where != "portfolio" else "Whole portfolio"


def limit_words(limit: str, where: str) -> str:
    """A limit and where it holds, in one line."""
    return f"{label(LIMIT_LABELS, limit)}: {place(where)}"


def span(first: str, last: str) -> str:
    """First and last month as one text."""
    return fmt.month(first) if first == last else f"{fmt.month(first)} to {fmt.month(last)}"


def yearly_cash(plan: Plan) -> pd.DataFrame:
    """Undiscounted cash flow: one row per line that moves any money, one column per calendar year. [USD]"""
    cashflow = plan.frames.cashflow
    table = cashflow.assign(year=cashflow["month"].str[:4]).pivot_table(
        index="line", columns="year", values="usd", aggfunc="sum", fill_value=0.0
    )
    order = [line for line in LINE_LABELS if line in table.index] + sorted(set(table.index) - set(LINE_LABELS))
    table = table.loc[order]
    return table[(table.abs() > fmt.NOISE).any(axis=1)]


def cash_table(plan: Plan) -> Table:
    """Cash flow by line and year with the net of each year and of each line."""
    yearly = yearly_cash(plan)
    rows = tuple(
        (
            text(label(LINE_LABELS, str(line))),
            *(figure(float(value), fmt.usd_m) for value in yearly.loc[line]),
            figure(math.fsum(yearly.loc[line]), fmt.usd_m),
        )
        for line in yearly.index
    )
    columns = (Column("Line", numeric=False), *(Column(str(year)) for year in yearly.columns), Column("All years"))
    total = total_row(rows, [None, *[fmt.usd_m] * (len(yearly.columns) + 1)], "Net cash flow") if rows else None
    return Table("cash", "Cash flow by line and year (USD m, undiscounted; costs are negative)", columns, rows, total)


def case_terms(plan: Plan) -> pd.DataFrame:
    """NPV terms of every case that could be solved: one row per term, one column per case. [discounted USD]"""
    terms = plan.frames.terms
    table = terms.pivot_table(index="term", columns="case", values="npv_usd", aggfunc="sum", fill_value=0.0)
    order = [term for term in TERM_LABELS if term in table.index] + sorted(set(table.index) - set(TERM_LABELS))
    table = table.loc[order, [case for case in CASES if case in table.columns]]
    return table[(table.abs() > fmt.NOISE).any(axis=1)]


def reference_case(plan: Plan) -> str:
    """The baseline that the bridge starts from: mining only, else no action, else "" where neither keeps the limits."""
    terms = case_terms(plan)
    return next((case for case in ("mining_only", "no_action") if case in terms.columns), "")


def bridge(plan: Plan) -> pd.DataFrame:
    """How the NPV comes from the reference case to the plan, term by term.

    Columns step, usd, begin, end. The first row is the reference's NPV, the last the plan's, and between them are the
    terms that change. [USD]
    """
    reference = reference_case(plan)
    terms = case_terms(plan)
    changes = terms["plan"] - terms[reference]
    changes = changes[changes.abs() > fmt.NOISE].sort_values(ascending=False, kind="stable")
    level = math.fsum(terms[reference])
    rows: list[tuple[str, float, float, float]] = [(label(CASE_LABELS, reference), level, 0.0, level)]
    for term, change in changes.items():
        rows.append((label(TERM_LABELS, str(term)), float(change), level, level + float(change)))
        level += float(change)
    final = math.fsum(terms["plan"])
    rows.append((CASE_LABELS["plan"], final, 0.0, final))
    return pd.DataFrame(rows, columns=["step", "usd", "begin", "end"])


def cases_table(plan: Plan) -> Table:
    """NPV of the plan and of the baselines, term by term; the total row is each case's NPV."""
    terms = case_terms(plan)
    rows = tuple(
        (
            text(label(TERM_LABELS, str(term))),
            *(figure(float(value), fmt.usd_m) for value in terms.loc[term]),
        )
        for term in terms.index
    )
    columns = (
        Column("Discounted term", numeric=False),
        *(
            Column(label(CASE_LABELS, str(case)), "USD m", gloss=CASE_GLOSSES.get(str(case), ""))
            for case in terms.columns
        ),
    )
    total = total_row(rows, [None, *[fmt.usd_m] * len(terms.columns)], "NPV")
    return Table("cases", "Net present value by term: the plan and its baselines", columns, rows, total)


def baseline_table(plan: Plan) -> Table:
    """NPV of the plan and of each baseline and the plan's lead; a baseline that breaks a limit says so."""
    own = float(plan.summary["npv_usd"])
    baselines = plan.summary["baselines"]
    rows: list[tuple[Cell, ...]] = [
        (text(CASE_LABELS["plan"]), text(CASE_GLOSSES["plan"]), figure(own, fmt.usd_m), text("")),
    ]
    for case in CASES[1:]:
        value = baselines.get(case)
        lead = None if value is None else own - float(value)
        shown = (figure(value, fmt.usd_m), figure(lead, fmt.usd_m_signed))
        broken = (text(MISSING_CASES[case]), text(""))
        rows.append((text(CASE_LABELS[case]), text(CASE_GLOSSES[case]), *(shown if value is not None else broken)))
    columns = (
        Column("Case", numeric=False),
        Column("Meaning", numeric=False),
        Column("NPV", "USD m"),
        Column("Plan ahead by", "USD m"),
    )
    return Table("baselines", "The plan against its baselines", columns, tuple(rows))
