"""What the tables of capital were understood as, in short: a line per record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reports import format as fmt

if TYPE_CHECKING:
    from sites.portfolio import Portfolio

REPAYMENTS = {"level": "in equal parts", "annuity": "as an annuity", "bullet": "at once"}


def capital_lines(portfolio: Portfolio) -> Iterator[str]:
    """Machines, halls, expansions, closures, loans, shares, coin, tax and cash, as far as they are given."""
    yield from _machine_lines(portfolio)
    yield from _building_lines(portfolio)
    yield from _money_lines(portfolio)


def _machine_lines(portfolio: Portfolio) -> Iterator[str]:
    for offer in portfolio.rig_offers:
        lead = f"in stock after {offer.lead_months} months" if offer.lead_months else "in stock at once"
        most = f"up to {_plain(offer.max_mw)} MW"
        yield f"  machines {offer.id}: {most} of {offer.rig} at {_plain(offer.usd_per_th)} USD/TH, {lead}"
    for terms in portfolio.rig_stock:
        sale = f"sold at {_plain(terms.sell_usd_per_th)} USD/TH" if terms.sell_usd_per_th else "not sold"
        handled = f"install {fmt.usd(terms.install_usd_per_mw)} and take out {fmt.usd(terms.uninstall_usd_per_mw)} a MW"
        kept = f", worth {_plain(terms.residual_usd_per_th)} USD/TH in the end" if terms.residual_usd_per_th else ""
        yield f"  machine type {terms.rig}: {handled}, {terms.move_months} months off, {sale}{kept}"


def _building_lines(portfolio: Portfolio) -> Iterator[str]:
    for halls in portfolio.hall_builds:
        kind = "" if halls.cooling == "any" else f" for {halls.cooling} cooling"
        cost = f"{fmt.usd(halls.usd_per_mw)} a MW"
        yield f"  halls {halls.id}: up to {_plain(halls.max_mw)} MW{kind} at {halls.site}, {cost}"
    for record in portfolio.expansions:
        fixed = record.land_usd + record.substation_usd
        lump = f" and {fmt.usd(fixed)} for land and substation" if fixed else ""
        cost = f"{fmt.usd(record.usd_per_mw)} a MW{lump}, ready after {record.lead_months} months"
        yield f"  expansion {record.id}: up to {_plain(record.max_mw)} MW at {record.site}, {cost}"
    for site in portfolio.sites:
        if site.closure_cost_usd is not None:
            yield f"  closing {site.id}: possible for {fmt.usd(site.closure_cost_usd)}"


def _money_lines(portfolio: Portfolio) -> Iterator[str]:
    for loan in portfolio.loans:
        tied = f" for {loan.contract}" if loan.contract else ""
        months = f"{loan.tenor_months} months {REPAYMENTS[loan.repayment]}"
        yield f"  loan {loan.id}{tied}: up to {fmt.usd(loan.limit_usd)} at {loan.rate:.2%}, repaid over {months}"
    for issue in portfolio.equity:
        yield f"  shares {issue.id}: up to {fmt.usd(issue.limit_usd)} at a cost of {issue.cost:.1%}"
    if portfolio.treasury is not None:
        coin = portfolio.treasury
        policy = "sold freely" if coin.policy == "free" else f"{coin.sale_share:.1%} of it sold every month"
        yield f"  treasury: {_plain(coin.opening_btc)} BTC, {policy}"
    if portfolio.tax is not None:
        yield f"  tax: {portfolio.tax.rate:.1%}, {portfolio.tax.bonus_share:.0%} of costs written off in the first year"
    if portfolio.liquidity is not None:
        cash = portfolio.liquidity
        least = f"at least {fmt.usd(cash.min_cash_usd)} ({cash.scope.replace('_', ' ')})"
        overhead = f"overhead {fmt.usd(cash.overhead_usd_per_month)} a month"
        yield f"  cash: {fmt.usd(cash.opening_cash_usd)} at the start, {least}, {overhead}"


def _plain(value: float) -> str:
    return f"{value:,.10g}"
