"""Rules on loans, shares, coin and cash: terms that need each other, and those without an effect."""

from __future__ import annotations

from collections.abc import Iterator

from sites.capital_records import Loan
from sites.columns import TABLE_COLUMNS
from sites.contract_rules import has_a_start
from sites.findings import Finding
from sites.market_given import is_made_by_market
from sites.months import month_label, month_number
from sites.records import Contract
from sites.rows import Entry
from sites.tables import Tables

# Probabilities typed as 0.1 and 0.2 add up to a little more than 0.3.
SHARE_TOLERANCE = 1e-9


def limits_by_contract_name_one(tables: Tables) -> Iterator[Finding]:
    """A loan that is limited by a contract's capex or rent says which contract."""
    for entry in tables.loans:
        for column in ("capex_share", "min_dscr"):
            if getattr(entry.record, column) is not None and not entry.record.contract:
                hint = "a loan for any purpose is limited by limit_usd alone"
                yield entry.row.finding(column, "nothing without a contract", hint=hint)


def loans_have_something_to_finance(tables: Tables) -> Iterator[Finding]:
    """A loan limited to a share of a capex that its contract does not have can never be drawn: a warning."""
    contracts = {entry.record.id: entry.record for entry in tables.contracts}
    for entry in tables.loans:
        offer = contracts.get(entry.record.contract)
        share = entry.record.capex_share
        if offer is not None and share is not None and entry.record.limit_usd > 0 and share * _own_capex(offer) == 0:
            hint = f"contract '{offer.id}' has no capex of its own" if share else "nothing can ever be drawn"
            expected = f"a share above 0 of a capex above 0 of '{offer.id}'"
            yield entry.row.finding("capex_share", expected, hint=hint, severity="warning")


def _own_capex(offer: Contract) -> float:
    """What one critical MW of the offer costs the plan: building and servers. [USD/MW]"""
    return _own_building(offer) + offer.compute_capex_usd_per_mw


def _own_building(offer: Contract) -> float:
    """What the building of one critical MW costs the plan. [USD/MW]"""
    return offer.capex_usd_per_mw * (1.0 - offer.tenant_capex_share)


def covered_loans_have_a_last_draw(tables: Tables) -> Iterator[Finding]:
    """A loan with a coverage of its own, which is tested after its last draw, says when that is."""
    for entry in tables.loans:
        loan = entry.record
        if loan.min_dscr is not None and loan.contract and loan.last_draw is None:
            expected = TABLE_COLUMNS["loans"]["last_draw"].expected
            hint = "coverage is tested once the last draw is out of grace"
            problem = "is missing; min_dscr needs it"
            yield entry.row.finding("last_draw", expected, hint=hint, problem=problem)


def draws_meet_their_capex(tables: Tables) -> Iterator[Finding]:
    """A loan capped by its contract's capex, whose draws end before any is spent, can never be drawn: a warning."""
    for entry, offer, first in _open_tied_loans(tables):
        loan = entry.record
        if not loan.capex_share or loan.last_draw is None or _own_capex(offer) == 0:
            continue
        spent = first if _own_building(offer) > 0 else first + offer.build_months
        if month_number(loan.last_draw) < spent:
            hint = "nothing can be drawn: no draw exceeds a share of the capex spent by then"
            expected = f"a month not before {month_label(spent)}, when capex of '{offer.id}' begins at the earliest"
            yield entry.row.finding("last_draw", expected, hint=hint, severity="warning")


def coverage_waits_for_the_rent(tables: Tables) -> Iterator[Finding]:
    """A coverage that is tested before its contract can bring rent forbids every draw: a warning."""
    for entry, offer, first in _open_tied_loans(tables):
        loan, rent = entry.record, first + offer.build_months
        if not loan.min_dscr or loan.last_draw is None or offer.prepaid_months or tables.settings is None:
            continue
        tested = month_number(loan.last_draw) + loan.grace_months + 1
        start = month_number(tables.settings.record.start)
        begin = start if loan.first_draw is None else max(start, month_number(loan.first_draw))
        is_served = loan.rate > 0 and tested <= begin + loan.grace_months + loan.tenor_months
        if is_served and tested < rent:
            hint = f"it is tested from {month_label(tested)} on, when there is no rent, so nothing can be drawn"
            expected = f"a last_draw or grace_months that end with the first rent of '{offer.id}', {month_label(rent)}"
            yield entry.row.finding("min_dscr", expected, hint=hint, severity="warning")


def _open_tied_loans(tables: Tables) -> Iterator[tuple[Entry[Loan], Contract, int]]:
    """Loans that may be drawn for a contract that begins within the plan, and its earliest month of building."""
    if tables.settings is None:
        return
    settings = tables.settings.record
    start = month_number(settings.start)
    contracts = {entry.record.id: entry.record for entry in tables.contracts}
    for entry in tables.loans:
        offer = contracts.get(entry.record.contract)
        over = entry.record.last_draw is not None and month_number(entry.record.last_draw) < start
        if offer is None or entry.record.limit_usd == 0 or over:
            continue
        building = month_number(offer.first_start) - offer.build_months
        if offer.committed_mw > 0 and start <= building < start + settings.months:
            yield entry, offer, building
        if offer.committed_mw <= 0 and has_a_start(offer, settings):
            yield entry, offer, max(building, start)


def coverage_is_tested_within_the_plan(tables: Tables) -> Iterator[Finding]:
    """A coverage that begins to be tested after the plan limits nothing: a warning."""
    if tables.settings is None:
        return
    end = month_number(tables.settings.record.start) + tables.settings.record.months - 1
    for entry in tables.loans:
        loan = entry.record
        if loan.min_dscr is not None and loan.last_draw is not None:
            first = month_number(loan.last_draw) + loan.grace_months + 1
            if first > end:
                hint = f"the first month tested would be {month_label(first)}; in this plan it limits nothing"
                expected = "a last draw and grace months that end within the plan"
                yield entry.row.finding("min_dscr", expected, hint=hint, severity="warning")
    terms = tables.liquidity
    tested = None if terms is None else terms.record.covenants_from
    if terms is not None and tested is not None and month_number(tested) > end:
        expected = f"a month not after {month_label(end)} (horizon's end)"
        hint = "in this plan the covenants limit nothing"
        yield terms.row.finding("covenants_from", expected, hint=hint, severity="warning")


def coin_has_a_price(tables: Tables) -> Iterator[Finding]:
    """Coin that can be sold has a price: that of the treasury, or that of the settings' market."""
    if tables.treasury is None or "settings" in tables.given.broken:
        return
    coin = tables.treasury.record
    if coin.opening_btc > 0 and coin.btc_price_usd is None and not is_made_by_market(tables.given):
        expected = TABLE_COLUMNS["treasury"]["btc_price_usd"].expected
        problem = "is missing; without a settings.market that is fundamental or stochastic the coin needs it"
        yield tables.treasury.row.finding("btc_price_usd", expected, problem=problem)


def sale_policy_fits_its_share(tables: Tables) -> Iterator[Finding]:
    """A share is sold with the policy of a fixed share, and only with it."""
    if tables.treasury is None:
        return
    coin, row = tables.treasury.record, tables.treasury.row
    if coin.policy == "fixed_share" and coin.sale_share == 0:
        expected = "a fraction above 0 with policy fixed_share"
        yield row.finding("sale_share", expected, hint="policy free sells when it is worth most", value=coin.sale_share)
    if coin.policy == "free" and coin.sale_share > 0:
        hint = "write policy: fixed_share to sell this share in every month"
        yield row.finding("sale_share", "nothing with policy free", hint=hint)


def opening_cash_is_enough(tables: Tables) -> Iterator[Finding]:
    """Less cash than must remain asks for money in the first month: a warning."""
    if tables.liquidity is None:
        return
    terms = tables.liquidity.record
    if terms.opening_cash_usd < terms.min_cash_usd:
        hint = "the difference has to come in within the first month"
        expected = f"at least min_cash_usd {terms.min_cash_usd:.12g}"
        yield tables.liquidity.row.finding("opening_cash_usd", expected, hint=hint, severity="warning")


def shares_are_sold_for_cash(tables: Tables) -> Iterator[Finding]:
    """Shares cost something and bring nothing but cash, which without a cash account nobody needs: a warning."""
    if tables.given.rows.get("liquidity") or "liquidity" in tables.given.broken:
        return
    for entry in tables.equity[:1]:
        hint = "without a cash account nothing needs the money, so no shares are sold"
        yield entry.row.finding("id", "a table liquidity", hint=hint, severity="warning")


def scope_has_several_scenarios(tables: Tables) -> Iterator[Finding]:
    """Liquidity in all scenarios means more than in the mean only if there are several: a warning."""
    if tables.liquidity is None:
        return
    scope = tables.liquidity.record.scope
    if scope != "base" and _scenario_count(tables) < 2:
        hint = "the plan has one scenario; give the table scenarios, or risk.paths"
        yield tables.liquidity.row.finding("scope", "several scenarios, or base", hint=hint, severity="warning")


def worst_share_leaves_something_out(tables: Tables) -> Iterator[Finding]:
    """A share of the worst scenarios has an effect with that scope, where a scenario is as unlikely: a warning."""
    if tables.liquidity is None or not tables.is_whole("scenarios"):
        return
    terms, row = tables.liquidity.record, tables.liquidity.row
    if terms.scope != "all_but_worst":
        if terms.worst_share != TABLE_COLUMNS["liquidity"]["worst_share"].default:
            expected = "nothing with a scope other than all_but_worst"
            yield row.finding("worst_share", expected, hint="it has no effect", severity="warning")
        return
    least = 1.0 / _scenario_count(tables)
    if tables.scenarios:
        least = min(entry.record.probability for entry in tables.scenarios)
    if _scenario_count(tables) > 1 and terms.worst_share < least - SHARE_TOLERANCE:
        hint = "no scenario is left out, as with scope all"
        expected = f"at least {least:.6g}, the probability of the least likely scenario"
        yield row.finding("worst_share", expected, hint=hint, severity="warning", value=f"{terms.worst_share:.12g}")


def _scenario_count(tables: Tables) -> int:
    """How many scenarios the plan has, one at least."""
    drawn = tables.risk.record.paths if tables.risk is not None else None
    return drawn or max(1, len(tables.given.rows.get("scenarios") or ()))
