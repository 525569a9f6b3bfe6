"""The tables of a what-if: the plans of the cases beside that of the base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from optimizer.results import Plan

# A contract of less than a watt is the solver's rounding.
TAKEN_MW = 1e-6
BASE = "base"
INFEASIBLE = "infeasible"
SCHEMAS: Mapping[str, tuple[str, ...]] = {
    "comparison": (
        "case",
        "status",
        "npv_usd",
        "npv_change_usd",
        "capex_usd",
        "capex_change_usd",
        "peak_ai_mw",
        "ai_share",
        "hashrate_eh_s",
        "cash_low_usd",
        "cash_low_month",
    ),
    "hashrate": ("case", "year", "hashrate_eh_s", "change_eh_s"),
    "moves": ("case", "contract", "site", "start", "base_mw", "case_mw", "change_mw"),
    "uses": ("case", "year", "site", "use", "base_mw", "case_mw", "change_mw"),
    "months": ("case", "month", "ai_mw", "mining_mw"),
    "pins": ("case", "pin", "mw", "free_mw", "npv_free_usd", "cost_usd"),
}

Start = tuple[str, str, str]
Plans = Mapping[str, Plan | None]


def comparison_frame(plans: Plans) -> pd.DataFrame:
    """One row per case, the base first: its headline figures; without a plan they are missing."""
    base = plans[BASE]
    assert base is not None
    rows = []
    for case, plan in plans.items():
        if plan is None:
            rows.append((case, INFEASIBLE, *[np.nan] * 8, ""))
            continue
        found, first = plan.summary, base.summary
        rows.append(
            (
                case,
                plan.status,
                found["npv_usd"],
                found["npv_usd"] - first["npv_usd"],
                found["capex_usd"],
                found["capex_usd"] - first["capex_usd"],
                found["peak_ai_mw"],
                ai_share(plan),
                mean_hashrate(plan),
                found["cash_low_usd"],
                found["cash_low_month"],
            )
        )
    return pd.DataFrame(rows, columns=list(SCHEMAS["comparison"]))


def ai_share(plan: Plan) -> float:
    """Gross MW that AI occupies, building included, over these and the energised MW of mining, over all months.

    The limits on AI's share count the same. [fraction]
    """
    allocation, fleets = plan.frames.allocation, plan.frames.fleets
    ai = float(allocation.loc[allocation["use"].isin(["ai", "construction"]), "mw"].sum())
    both = ai + float(fleets["energised_mw"].sum())
    return ai / both if both > TAKEN_MW else 0.0


def mean_hashrate(plan: Plan) -> float:
    """Hashrate of all fleets, averaged over the months. [EH/s]"""
    months = plan.portfolio.settings.months
    return float(plan.frames.fleets["hashrate_ph_s"].sum()) / months / 1000.0


def hashrate_frame(plans: Plans) -> pd.DataFrame:
    """Average hashrate by case and calendar year, with its change; missing where a year is not planned. [EH/s]"""
    base = plans[BASE]
    assert base is not None
    first = base.summary["hashrate_eh_s"]
    rows = []
    for case, plan in plans.items():
        by_year = plan.summary["hashrate_eh_s"] if plan else {}
        for year in sorted({*first, *by_year} if plan else by_year):
            value = by_year.get(year, np.nan)
            rows.append((case, year, value, value - first.get(year, np.nan)))
    return pd.DataFrame(rows, columns=list(SCHEMAS["hashrate"]))


def moves_frame(plans: Plans) -> pd.DataFrame:
    """What each case signs, and what the base does: a row per start that either takes. [MW critical]"""
    base = plans[BASE]
    assert base is not None
    first = starts_mw(base)
    rows = []
    for case, plan in plans.items():
        if case == BASE or plan is None:
            continue
        found = starts_mw(plan)
        for start in sorted({*first, *found}):
            before, after = first.get(start, 0.0), found.get(start, 0.0)
            rows.append((case, *start, before, after, after - before))
    return pd.DataFrame(rows, columns=list(SCHEMAS["moves"]))


def starts_mw(plan: Plan) -> dict[Start, float]:
    """Critical MW by contract, site and first rent month. [MW critical]"""
    taken = plan.frames.contracts
    taken = taken[taken["mw"] > TAKEN_MW]
    keys = zip(taken["contract"], taken["site"], taken["start"], strict=True)
    return dict(zip(keys, taken["mw"].astype(float).tolist(), strict=True))


def uses_frame(plans: Plans) -> pd.DataFrame:
    """Mean MW of every site in mining and in AI, by case and calendar year, beside the base. [MW of the site]"""
    base = plans[BASE]
    assert base is not None
    keys = ["year", "site", "use"]
    first = _uses(base).rename(columns={"mw": "base_mw"})
    parts = []
    for case, plan in plans.items():
        if case == BASE or plan is None:
            continue
        both = first.merge(_uses(plan).rename(columns={"mw": "case_mw"}), on=keys, how="outer", sort=True)
        parts.append(both.assign(case=case, change_mw=both["case_mw"] - both["base_mw"]))
    columns = list(SCHEMAS["uses"])
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _uses(plan: Plan) -> pd.DataFrame:
    """Columns year, site, use, mw; every site, year and both uses."""
    monthly = plan.frames.allocation.groupby(["month", "site", "use"])["mw"].sum().unstack("use", fill_value=0.0)
    monthly = monthly.reindex(columns=["ai", "mining"], fill_value=0.0).reset_index()
    monthly["year"] = monthly["month"].str[:4]
    means = monthly.groupby(["year", "site"])[["ai", "mining"]].mean()
    return means.rename_axis(columns="use").stack().rename("mw").reset_index()


def months_frame(plans: Plans) -> pd.DataFrame:
    """MW of all sites in AI and in mining, by case and month, the base first. [MW of the sites]"""
    parts = []
    for case, plan in plans.items():
        if plan is None:
            continue
        monthly = plan.frames.allocation.groupby(["month", "use"])["mw"].sum().unstack("use", fill_value=0.0)
        monthly = monthly.reindex(columns=["ai", "mining"], fill_value=0.0).reset_index()
        parts.append(monthly.rename(columns={"ai": "ai_mw", "mining": "mining_mw"}).assign(case=case))
    return pd.concat(parts, ignore_index=True)[list(SCHEMAS["months"])].rename_axis(columns=None)


def pins_frame(rows: Sequence[tuple[str, str, float, float, float, float]]) -> pd.DataFrame:
    """What every pin costs: a row per pin of a case, then one for all of its pins together."""
    return pd.DataFrame(rows, columns=list(SCHEMAS["pins"]))
