"""What was understood of a portfolio, in a few lines to read over before a plan is trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reports.understood_capital import capital_lines

if TYPE_CHECKING:
    from sites import Contract, Portfolio
    from sites.records import PowerContract

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def portfolio_headline(portfolio: Portfolio) -> str:
    """One line: how many sites, megawatts, offers and months."""
    settings = portfolio.settings
    return ", ".join(
        (
            _count(len(portfolio.sites), "site"),
            _capacity(portfolio),
            _count(len(portfolio.fleets), "fleet"),
            _count(len(portfolio.contracts), "offer"),
            f"{_count(settings.months, 'month')} from {settings.start}",
        )
    )


def portfolio_lines(portfolio: Portfolio) -> Iterator[str]:
    """The portfolio in short: rates, then a line per site, fleet, offer and price series with its cleaning."""
    settings = portfolio.settings
    yield f"{settings.name}: {portfolio_headline(portfolio)}"
    rates = f"discount rate {settings.discount_rate:.2%} a year, {settings.ai_rate:.2%} for AI"
    yield f"  {rates}; pool fee {settings.pool_fee:.2%}"
    hashprice = portfolio.scenario_paths.expected_hashprice
    yield f"  hashprice {hashprice[0]:.2f} USD/PH/day in the first month, {hashprice[-1]:.2f} in the last"
    for site in portfolio.sites:
        power = f"series {site.power}" if isinstance(site.power, str) else f"{_plain(site.power)} USD/MWh"
        yield (
            f"  site {site.id}: {_plain(site.capacity_mw)} MW, at most {_plain(site.ai_limit_mw)} for AI, "
            f"halls for {_plain(site.mining_halls_mw)}; power {power}"
        )
        for step in (step for step in portfolio.capacity_steps if step.site == site.id):
            yield f"    {_plain(step.capacity_mw)} MW from {step.from_month} on"
        for contract in (contract for contract in portfolio.power_contracts if contract.site == site.id):
            kind = contract.kind.replace("_", " ")
            yield f"    {kind}: {power_contract_terms(contract)}{_in_force(contract)}"
    for fleet in portfolio.fleets:
        rig = portfolio.rig(fleet.rig)
        efficiency = f"{1000.0 / (portfolio.ph_s_per_mw(rig.id) * rig.overhead):.1f} J/TH"
        strongest = " in its strongest mode" if len(portfolio.tiers(rig.id)) > 1 else ""
        room = f", room for {_plain(fleet.room_mw)} MW" if fleet.room_mw > fleet.mw else ""
        yield f"  fleet {fleet.id}: {_plain(fleet.mw)} MW of {rig.id} ({efficiency}{strongest}) at {fleet.site}{room}"
    for mode in portfolio.rig_modes:
        point = f"{_plain(mode.th_s)} TH/s at {_plain(mode.watts)} W ({mode.watts / mode.th_s:.1f} J/TH)"
        yield f"  mode {mode.mode} of {mode.rig}: {point}"
    for offer in portfolio.contracts:
        yield f"  offer {offer.id}: {_offer_terms(offer)}"
    yield from capital_lines(portfolio)
    for name, prices in portfolio.prices.items():
        years = ", ".join(str(year) for year in prices.years)
        yield f"  prices {name}: {years}; {'; '.join((*prices.notes, *prices.cleaning)) or 'nothing had to be cleaned'}"


def power_contract_terms(contract: PowerContract) -> str:
    """The terms of a power contract in words, without its kind, its site and the months of its term."""
    terms = _KIND_TERMS[contract.kind](contract)
    if contract.months:
        terms += f"; only in {', '.join(_MONTH_NAMES[month - 1] for month in sorted(contract.months))}"
    return terms


def _block_terms(contract: PowerContract) -> str:
    fee = f" less {_plain(contract.resale_fee_usd_per_mwh)} USD/MWh" if contract.resale_fee_usd_per_mwh else ""
    unused = f"sold at spot{fee}" if contract.resale == "spot" else "lost"
    price = _plain(contract.price_usd_per_mwh or 0.0)
    return f"{_plain(contract.mw or 0.0)} MW in every hour at {price} USD/MWh; what is not used is {unused}"


def _demand_terms(contract: PowerContract) -> str:
    ratchet = ""
    if contract.ratchet_share and contract.ratchet_months:
        before = _count(contract.ratchet_months, "month")
        ratchet = f", at least {contract.ratchet_share:.0%} of that of the {before} before"
    return f"{_plain(contract.usd_per_kw_month or 0.0)} USD/kW-month on the month's highest load{ratchet}"


def _peak_terms(contract: PowerContract) -> str:
    hours = _count(contract.hours or 0, "dearest hour")
    return f"{_plain(contract.usd_per_kw_month or 0.0)} USD/kW-month on load in the month's {hours}"


def _curtailment_terms(contract: PowerContract) -> str:
    hours = _count(contract.hours_per_month or 0, "dearest hour")
    backup = f", AI on backup at {_plain(contract.backup_usd_per_mwh)} USD/MWh" if contract.backup_usd_per_mwh else ""
    return f"mining off in the month's {hours}{backup}"


def _response_terms(contract: PowerContract) -> str:
    hours = _count(contract.hours_per_month or 0, "dearest hour")
    most = f"up to {_plain(contract.max_mw)} MW" if contract.max_mw is not None else "any MW"
    return f"{_plain(contract.usd_per_mw_month or 0.0)} USD/MW-month for {most} off in the month's {hours}"


_KIND_TERMS = {
    "block": _block_terms,
    "demand_charge": _demand_terms,
    "coincident_peak": _peak_terms,
    "curtailment": _curtailment_terms,
    "demand_response": _response_terms,
}


def _in_force(contract: PowerContract) -> str:
    first = f"; from {contract.from_month}" if contract.from_month else ""
    return first + (f"; until {contract.to_month}" if contract.to_month else "")


def _capacity(portfolio: Portfolio) -> str:
    """MW of all sites: first, and last where that differs."""
    first = {site.id: site.capacity_mw for site in portfolio.sites}
    steps = sorted(portfolio.capacity_steps, key=lambda step: step.from_month)
    last = first | {step.site: step.capacity_mw for step in steps}
    before, after = math.fsum(first.values()), math.fsum(last.values())
    return f"{_plain(before)} MW" if before == after else f"{_plain(before)} MW (later {_plain(after)})"


def _offer_terms(offer: Contract) -> str:
    size = f"{_plain(offer.committed_mw)} MW signed" if offer.committed_mw else f"up to {_plain(offer.max_mw)} MW"
    return (
        f"{size} critical at {' or '.join(offer.sites)}, {_plain(offer.price_usd_per_kw_month)} USD/kW-month "
        f"for {_count(offer.term_months, 'month')}, first rent {offer.first_start} to {offer.last_start}"
    )


def _plain(value: float) -> str:
    return f"{value:,.10g}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
