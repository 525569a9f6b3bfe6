"""Every price of a deal sheet is a break-even: crossed by 0.1 % either way, the cold plan takes the deal or leaves it.

Walk-away prices at other terms and hashprices, and the hashprices at which the deal flips, of random portfolios. The
changed terms are written into the tables here, and the portfolio is planned anew.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from strategies import Case, Record, SeededChoices, later, random_case
from strategies_lumpy import random_lumpy_case
from test_break_evens import at_rent, can_be_typed, crossing, planned, taken_mw

from optimizer.deal_sheet import Deal, deal
from optimizer.errors import DealError

CROSSED = 1e-3
# Plans that take no more than this take nothing.
SIZE_TOLERANCE_MW = 1e-6
# Deal sheets of a portfolio, and prices of a sheet that are looked at, drawn by chance.
SHEETS, PRICES = 2, 4

# Seeds of portfolios with deals that are taken and deals that are not, some of which flip.
FAMILIES: dict[str, tuple[Callable[[int], Case], tuple[int, ...]]] = {
    "linear": (random_case, (5, 10)),
    "lumpy": (random_lumpy_case, (6, 7)),
}


def sheets(case: Case) -> Iterator[tuple[str, Deal]]:
    """The deal sheet of every open offer that can be priced."""
    if planned(case) is None:
        return
    for offer in case.tables["contracts"]:
        if "committed_mw" not in offer:
            try:
                yield offer["id"], deal(case.portfolio(), offer["id"])
            except DealError:
                continue


def at_term(case: Case, offer: str, term: str, value: float) -> Case:
    """The case with another term of one offer, or with its hashprices times a factor."""
    tables = copy.deepcopy(case.tables)
    if term == "hashprice_factor":
        for row in tables["hashprice"]:
            row["usd_per_ph_day"] *= value
        return Case(tables, case.prices)
    row = next(row for row in tables["contracts"] if row["id"] == offer)
    if term == "start_delay_months":
        _delay(row, int(value))
    else:
        row[term] = int(value) if term.endswith("_months") else value
    return Case(tables, case.prices)


def _delay(offer: Record, months: int) -> None:
    """Rent begins later, signing stays."""
    offer["build_months"] += months
    offer["first_start"], offer["last_start"] = later(offer["first_start"], months), later(offer["last_start"], months)


def is_taken(case: Case, offer: str) -> bool | None:
    """Whether a cold plan takes the offer; None where there is no plan."""
    found = planned(case)
    return None if found is None else taken_mw(found, offer) > SIZE_TOLERANCE_MW


def price_faults(case: Case, offer: str, sheet: Deal, choices: SeededChoices, tried: Counter[str]) -> Iterator[str]:
    """Prices at other terms that are no break-evens."""
    rows = list(sheet.terms.query("status == 'exact'").itertuples())
    while len(rows) > PRICES:
        rows.pop(choices.whole(0, len(rows) - 1))
    for row in rows:
        rent = row.reservation_usd_per_kw_month
        if not can_be_typed(rent):
            continue
        step = crossing(rent)
        changed = at_term(case, offer, row.term, row.value)
        below, above = (is_taken(at_rent(changed, offer, rent + move), offer) for move in (-step, step))
        tried[row.term] += 1
        if below is not False or above is not True:
            yield f"{offer} at {row.term} {row.value}, rent {rent}: taken below {below}, above {above}"


def flip_faults(case: Case, offer: str, sheet: Deal, tried: Counter[str]) -> Iterator[str]:
    """Hashprices at which the deal is said to flip and does not."""
    for row in sheet.flips.itertuples():
        low, high = row.hashprice_factor * (1.0 - CROSSED), row.hashprice_factor * (1.0 + CROSSED)
        below, above = (is_taken(at_term(case, offer, "hashprice_factor", factor), offer) for factor in (low, high))
        tried["flips"] += 1
        if below is not bool(row.taken_below) or above is not (not row.taken_below):
            yield f"{offer}: flip at hashprice x {row.hashprice_factor}: taken below {below}, above {above}"


def sheet_faults(case: Case, seed: int, most: int = SHEETS) -> tuple[list[str], Counter[str]]:
    """Quoted prices of deal sheets of a portfolio at which nothing flips."""
    choices, tried = SeededChoices(seed), Counter[str]()
    faults = []
    for offer, sheet in islice(sheets(case), most):
        tried["sheets"] += 1
        faults += [f"seed {seed}, {fault}" for fault in price_faults(case, offer, sheet, choices, tried)]
        faults += [f"seed {seed}, {fault}" for fault in flip_faults(case, offer, sheet, tried)]
    return faults, tried


@pytest.mark.parametrize("family", FAMILIES)
def test_every_price_of_a_deal_sheet_flips_when_it_is_crossed(family: str) -> None:
    """Just below a walk-away price the plan leaves the deal, just above it takes it; so on both sides of a flip."""
    make, seeds = FAMILIES[family]
    faults: list[str] = []
    tried: Counter[str] = Counter()
    for seed in seeds:
        found, what = sheet_faults(make(seed), seed)
        faults += found
        tried += what
    assert not faults, "\n".join(faults)
    assert tried["sheets"] >= 3
    assert tried["flips"] >= 1
    assert len(tried) >= 5
