"""What two plans decide: starts of offers, use of the megawatts, and capital."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass

import pandas as pd

from optimizer.comparing.folders import StoredPlan
from optimizer.what_if_frames import TAKEN_MW

START, USE, CAPITAL = "start", "use", "capital"


@dataclass(frozen=True)
class Decision:
    """One decision in two plans.

    kind : start of an offer, mean use of a site's MW in a calendar year, or capital.
    decision : "sign", the use, or what is done with capital. name : of the offer, or of what capital is about.
    period : first rent month of a start, otherwise the calendar year.
    before, after : 0 where a plan does not take the decision, NaN in years that it does not plan. [unit]
    """

    kind: str
    decision: str
    name: str
    site: str
    period: str
    unit: str
    before: float
    after: float
    change: float


COLUMNS = tuple(Decision.__dataclass_fields__)
Key = tuple[str, str, str, str, str, str]


def decision_rows(before: StoredPlan, after: StoredPlan) -> list[tuple[object, ...]]:
    """Every decision of either plan, those that are the same included; columns as in `COLUMNS`."""
    found = [
        *_paired(_starts(before), _starts(after)),
        *_paired(_uses(before), _uses(after), _years(before), _years(after)),
        *_paired(_capital(before), _capital(after)),
    ]
    return [astuple(decision) for decision in found]


def _paired(
    before: Mapping[Key, float],
    after: Mapping[Key, float],
    own: frozenset[str] | None = None,
    theirs: frozenset[str] | None = None,
) -> Iterator[Decision]:
    """Each decision in both plans; one that a plan does not take is nothing, of years that it does not plan NaN.

    own, theirs : the years of either plan, where decisions are about years.
    """
    for key in sorted({*before, *after}):
        year = key[4]
        one = before.get(key, 0.0 if own is None or year in own else math.nan)
        other = after.get(key, 0.0 if theirs is None or year in theirs else math.nan)
        yield Decision(*key, one, other, other - one)


def _years(plan: StoredPlan) -> frozenset[str]:
    """The calendar years of a plan."""
    return frozenset(plan.allocation["month"].str[:4])


def _starts(plan: StoredPlan) -> dict[Key, float]:
    """Critical MW of every start that is taken. [MW]"""
    taken = plan.contracts[plan.contracts["mw"] > TAKEN_MW]
    return {
        (START, "sign", str(row.contract), str(row.site), str(row.start), "critical MW"): float(row.mw)
        for row in taken.itertuples()
    }


def _uses(plan: StoredPlan) -> dict[Key, float]:
    """Mean MW of every use of every site in every calendar year, over the months that are planned. [MW]"""
    monthly = plan.allocation.groupby(["month", "site", "use"], sort=True)["mw"].sum().unstack("use", fill_value=0.0)
    years = monthly.index.get_level_values("month").str[:4].rename("year")
    means = monthly.groupby([monthly.index.get_level_values("site"), years]).mean()
    return {
        (USE, str(use), "", str(site), str(year), "MW"): float(mw)
        for use in means.columns
        for (site, year), mw in means[use].items()
    }


def _capital(plan: StoredPlan) -> dict[Key, float]:
    """What is bought, built, sold, drawn or closed in every year. [unit]"""
    keys = ["decision", "name", "year", "unit"]
    if plan.capital.empty:
        return {}
    by_year = plan.capital.assign(year=plan.capital["month"].astype(str).str[:4])
    sums: pd.Series[float] = by_year.groupby(keys, sort=True)["quantity"].sum()
    return {
        (CAPITAL, str(decision), str(name), "", str(year), str(unit)): float(amount)
        for (decision, name, year, unit), amount in sums.items()
    }
