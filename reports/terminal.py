"""A plan on a terminal: what to sign, who uses the megawatts, what it is worth, what binds, and if it is proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

from reports import format as fmt
from reports import scenarios
from reports.financing import capital_words
from reports.hours import power_by, worth_names
from reports.money import binding_limits, place
from reports.small_grid import console as standard_output
from reports.understood import portfolio_headline
from reports.whole_numbers import forced, sureness
from reports.words import CASE_LABELS, LIMIT_LABELS, MISSING_CASES, USE_LABELS, USES, WORTH_LABELS, label

if TYPE_CHECKING:
    from optimizer.results import Plan

# Below this width the contracts go without their counterparty, so that names need not break over lines.
_WIDE = 110
# A contract whose capital comes back within weeks has a rate of return that says nothing more than this.
_LARGEST_IRR = 10.0
_DATES_SHOWN = 5
_LIMITS_SHOWN = 6
_OFFERS_SHOWN = 6


def print_summary(
    plan: Plan, folder: Path | str, pages: Sequence[str] = ("report.html",), *, console: Console | None = None
) -> None:
    """Print a plan's summary.

    Parameters
    ----------
    plan : the plan.
    folder : where its files are, as the user should read it.
    pages : the names of its files for people.
    console : where to print; standard output when absent.
    """
    out = console or standard_output()
    out.print(f"{plan.portfolio.settings.name}: {portfolio_headline(plan.portfolio)}", soft_wrap=True)
    out.print(_headline(plan), soft_wrap=True)
    for words in (scenarios.headline(plan), forced(plan), sureness(plan)):
        if words:
            out.print(_ascii(words), soft_wrap=True)
    out.print()
    _print_contracts(plan, out)
    out.print(_use_table(plan))
    out.print(_value_table(plan))
    _print_limits(plan, out)
    _print_power(plan, out)
    for words in capital_words(plan):
        out.print(_ascii(words), soft_wrap=True)
    out.print(_verdict(plan.certificate), soft_wrap=True)
    also = f" (also {', '.join(pages[1:])})" if len(pages) > 1 else ""
    named = f"Report: {Path(folder, pages[0])}{also}   " if pages else ""
    out.print(f"{named}{'all' if pages else 'All'} files: {Path(folder)}", soft_wrap=True)


def print_certificate(certificate: Mapping[str, Any], *, console: Console | None = None) -> None:
    """Print every check of a certificate with its value and tolerance, then the verdict."""
    out = console or standard_output()
    table = _table("Certificate", ("check", "largest error", "tolerance", "", "where"), text_columns={0, 3, 4})
    for check in certificate["checks"]:
        failed = not check["passed"]
        table.add_row(
            str(check["name"]),
            _ascii(fmt.scientific(check["value"])),
            _ascii(fmt.scientific(check["tolerance"])),
            "FAILED" if failed else "ok",
            str(check["where"] or "") if failed else "",
        )
    out.print(table)
    for words in certificate["not_proved"]:
        out.print(f"Not proved here: {words}", soft_wrap=True)
    out.print(_verdict(certificate), soft_wrap=True)


def _headline(plan: Plan) -> str:
    """The plan in one sentence."""
    npv, mining_only = plan.summary["npv_usd"], plan.summary["baselines"]["mining_only"]
    lead = "" if mining_only is None else f", {fmt.usd(npv - mining_only)} ahead of mining alone"
    return _ascii(
        f"Plan: net present value {fmt.usd(npv)}{lead}; own capital {fmt.usd(plan.summary['capex_usd'])}; "
        f"AI up to {fmt.mw(plan.summary['peak_ai_mw'])} critical MW"
    )


def _verdict(certificate: Mapping[str, Any]) -> str:
    """One sentence: proved, or which checks failed and where."""
    checks: Sequence[Mapping[str, Any]] = certificate["checks"]
    failed = [f"{check['name']} ({check['where']})" for check in checks if not check["passed"]]
    if certificate["passed"]:
        return f"Certificate: passed, {fmt.count(len(checks), 'check')} recomputed without the solver"
    return f"Certificate: FAILED: {', '.join(failed) or 'see certificate.json'}; this is not a proved plan"


def _print_contracts(plan: Plan, out: Console) -> None:
    """What to sign, where and when; then the offers left, with the rent that each would need."""
    contracts = plan.frames.contracts
    taken = contracts[contracts["mw"] > fmt.NOISE].sort_values(["npv_usd", "contract"], ascending=[False, True])
    if taken.empty:
        out.print("Contracts: none is signed" if len(contracts) else "Contracts: no offer is given")
    else:
        out.print(_contract_table(plan, taken.to_dict("records"), wide=out.width >= _WIDE))
    left = contracts[contracts["mw"] <= fmt.NOISE].sort_values("contract").to_dict("records")
    if left:
        offered = {offer.id: offer.price_usd_per_kw_month for offer in plan.portfolio.contracts}
        words = [_left_words(row, offered[row["contract"]]) for row in left[:_OFFERS_SHOWN]]
        more = f" and {len(left) - _OFFERS_SHOWN} more" if len(left) > _OFFERS_SHOWN else ""
        out.print(f"Not taken, USD/kW-month: {', '.join(words)}{more}", soft_wrap=True)
    out.print()


def _left_words(row: Mapping[str, Any], offered: float) -> str:
    """An offer that is not taken: its rent, and the one it would need where that is known."""
    needed = row["reservation_usd_per_kw_month"]
    known = "" if fmt.is_missing(needed) else f", {_ascii(fmt.price(needed))} needed"
    return f"{row['contract']} ({_ascii(fmt.price(offered))} offered{known})"


def _contract_table(plan: Plan, rows: Sequence[Mapping[str, Any]], *, wide: bool) -> Table:
    committed = {offer.id for offer in plan.portfolio.contracts if offer.committed_mw > 0}
    title = "Contracts in the plan (* already signed)" if committed else "Contracts in the plan"
    headings = (
        "contract",
        *(["counterparty"] if wide else []),
        "site",
        "first rent",
        "critical MW",
        "site MW",
        "NPV USD m",
        "IRR",
        "payback",
    )
    table = _table(title, headings, text_columns={0, 1, 2, 3 if wide else 2})
    for row in rows:
        table.add_row(
            str(row["contract"]) + ("*" if row["contract"] in committed else ""),
            *([str(row["counterparty"])] if wide else []),
            str(row["site"]),
            str(row["start"]),
            _ascii(fmt.mw(row["mw"])),
            _ascii(fmt.mw(row["gross_mw"])),
            _ascii(fmt.usd_m(row["npv_usd"])),
            _ascii(fmt.percent(row["irr"])) if not row["irr"] > _LARGEST_IRR else f">{fmt.percent(_LARGEST_IRR, 0)}",
            _ascii(fmt.months(row["payback_months"])),
        )
    return table


def _use_table(plan: Plan) -> Table:
    """MW of all sites by use at a few months spread over the horizon."""
    allocation = plan.frames.allocation
    months = sorted(allocation["month"].unique())
    last = len(months) - 1
    shown = sorted({months[round(last * step / (_DATES_SHOWN - 1))] for step in range(_DATES_SHOWN)})
    totals = allocation.groupby(["use", "month"], observed=True)["mw"].sum()
    table = _table("Site MW by use", ("", *shown), text_columns={0})
    for use in USES:
        table.add_row(USE_LABELS[use], *(_ascii(fmt.mw(float(totals.get((use, month), 0.0)))) for month in shown))
    return table


def _value_table(plan: Plan) -> Table:
    """The plan's net present value against its baselines; a baseline that no plan reaches has none."""
    npv = plan.summary["npv_usd"]
    cases = {"plan": npv, **plan.summary["baselines"]}
    table = _table("Net present value", ("", "USD m", "the plan is ahead by"), text_columns={0})
    for case, value in cases.items():
        ahead = "" if case == "plan" or value is None else _ascii(fmt.usd_m(npv - value))
        missing = label(MISSING_CASES, case)
        table.add_row(label(CASE_LABELS, case), missing if value is None else _ascii(fmt.usd_m(value)), ahead)
    return table


def _print_limits(plan: Plan, out: Console) -> None:
    """The limits that hold the plan back, the dearest first."""
    ranked = binding_limits(plan)
    if ranked.empty:
        out.print("Binding limits: none")
        return
    heading = (
        f"Binding limits (the {_LIMITS_SHOWN} dearest of {len(ranked)})"
        if len(ranked) > _LIMITS_SHOWN
        else "Binding limits"
    )
    table = _table(heading, ("limit", "where", "USD m over the horizon"), text_columns={0, 1})
    for row in ranked.head(_LIMITS_SHOWN).itertuples():
        table.add_row(label(LIMIT_LABELS, row.limit), place(row.where), _ascii(fmt.usd_m(row.value_usd)))
    out.print(table)


def _print_power(plan: Plan, out: Console) -> None:
    """Hours and price of power, and what flexibility and the power contracts of this portfolio bring."""
    whole = power_by(plan, ()).iloc[0]
    if not whole["energy_mwh"] > fmt.NOISE:
        return
    price, market = (fmt.price(float(whole[f"{name}_usd_per_mwh"])) for name in ("price", "market"))
    run = float(whole["run_share"])
    mining = "" if fmt.is_missing(run) else f"mining runs {fmt.percent(run)} of its ready hours; "
    out.print(_ascii(f"Power: {mining}{price} USD/MWh paid, market average {market}"), soft_wrap=True)
    amounts = {WORTH_LABELS[name]: float(whole[name]) for name in worth_names(plan) if abs(whole[name]) > fmt.CENT}
    if amounts:
        worth = ", ".join(f"{words[:1].lower()}{words[1:]} {fmt.usd(usd)}" for words, usd in amounts.items())
        out.print(_ascii(f"Over the horizon, undiscounted: {worth}"), soft_wrap=True)


def _table(title: str, headings: Sequence[str], *, text_columns: set[int]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="left" if position in text_columns else "right", overflow="fold")
    return table


def _ascii(text: str) -> str:
    """A number with a plain minus sign and hyphen: not every terminal has the printed ones."""
    return text.replace(fmt.MINUS, "-").replace("\N{EN DASH}", "-")
