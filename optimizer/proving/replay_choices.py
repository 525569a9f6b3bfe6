"""The conditions of lumpy offers and forced decisions, from the tables and the sizes that a plan states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from optimizer.errors import PinError
from optimizer.pins import Pin, parse_pins
from optimizer.proving.checks import Check
from optimizer.proving.replay_frames import ReplayError
from optimizer.proving.replay_inputs import Decisions
from sites.portfolio import Portfolio
from sites.records import Contract

# A watt: sizes of this much are rounding, and an offer of less is not taken.
SIZE_TOLERANCE_MW = 1e-6


def choice_checks(decisions: Decisions, pins: object) -> list[Check]:
    """The conditions of lumpy offers that the portfolio has, and whether forced decisions are followed.

    Parameters
    ----------
    decisions : what the plan signs. pins : list of the texts OFFER@SITE:MONTH=MW, as its summary states them.

    Returns
    -------
    No check at all for a plan of divisible offers without forced decisions.

    Raises
    ------
    ReplayError : what stands for a forced decision is none, or names what the portfolio does not have.
    """
    portfolio, book = decisions.portfolio, _Sizes(decisions)
    found = []
    if any(offer.min_mw > 0.0 for offer in portfolio.contracts):
        found.append(_least_size(portfolio, book))
    if any(offer.block_mw > 0.0 for offer in portfolio.contracts):
        found.append(_whole_blocks(decisions, book))
    if any(offer.exclusive_group for offer in portfolio.contracts):
        found.append(_exclusive_groups(portfolio, book))
    if any(offer.requires for offer in portfolio.contracts):
        found.append(_required_offers(portfolio, book))
    if stated := _read_pins(portfolio, pins):
        found.append(_forced(decisions, book, stated))
    return found


class _Sizes:
    """What is signed: in all by contract, and by contract, position of the site and first rent month. [MW critical]"""

    def __init__(self, decisions: Decisions) -> None:
        self.total: defaultdict[str, float] = defaultdict(float)
        self.start: defaultdict[tuple[str, int, int], float] = defaultdict(float)
        for delivery in decisions.deliveries:
            self.total[delivery.offer.id] += delivery.mw
            self.start[delivery.offer.id, delivery.row, delivery.tau] += delivery.mw

    def is_taken(self, offer: Contract) -> bool:
        """Whether an offer has any MW; what is signed already counts also where its MW lie outside the horizon."""
        return offer.committed_mw > 0.0 or self.total[offer.id] > SIZE_TOLERANCE_MW


def _least_size(portfolio: Portfolio, book: _Sizes) -> Check:
    """An open offer is left, or has at least its min_mw."""
    short = [
        (
            offer.min_mw - book.total[offer.id],
            f"contract '{offer.id}': {book.total[offer.id]!r}, at least {offer.min_mw!r}",
        )
        for offer in portfolio.contracts
        if offer.committed_mw == 0.0 and book.is_taken(offer)
    ]
    return _worst("lumpy offers: least size is reached [critical MW]", short)


def _whole_blocks(decisions: Decisions, book: _Sizes) -> Check:
    """Every start of an open offer with a block_mw is a whole number of blocks."""
    off = []
    for delivery in decisions.deliveries:
        offer = delivery.offer
        if offer.block_mw > 0.0 and offer.committed_mw == 0.0:
            mw = book.start[offer.id, delivery.row, delivery.tau]
            apart = abs(mw - float(np.rint(mw / offer.block_mw)) * offer.block_mw)
            off.append((apart, f"{delivery.words(decisions.months)}: {mw!r} in blocks of {offer.block_mw!r}"))
    return _worst("lumpy offers: starts come in whole blocks [critical MW]", off)


def _exclusive_groups(portfolio: Portfolio, book: _Sizes) -> Check:
    """At most one offer of a group is taken."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for offer in portfolio.contracts:
        if offer.exclusive_group and book.is_taken(offer):
            groups[offer.exclusive_group].append(offer.id)
    crowded = [
        (float(len(members) - 1), f"group '{name}': {_listed(members)}") for name, members in sorted(groups.items())
    ]
    return _worst("lumpy offers: one offer of an exclusive group [offers too many]", crowded, 0.0)


def _required_offers(portfolio: Portfolio, book: _Sizes) -> Check:
    """No offer is taken without the one that it requires."""
    by_id = {offer.id: offer for offer in portfolio.contracts}
    alone = [
        f"contract '{offer.id}' without '{offer.requires}'"
        for offer in portfolio.contracts
        if offer.requires and book.is_taken(offer) and not book.is_taken(by_id[offer.requires])
    ]
    return Check("lumpy offers: required offers are taken [offers without]", float(len(alone)), 0.0, "; ".join(alone))


def _read_pins(portfolio: Portfolio, stated: object) -> tuple[Pin, ...]:
    if not isinstance(stated, list):
        raise ReplayError(f"summary: pins = {stated}: expected the list of forced decisions")
    try:
        pins = parse_pins([str(text) for text in stated])
    except PinError as unreadable:
        raise ReplayError(f"summary: {'; '.join(unreadable.faults)}") from unreadable
    offers, sites = ({record.id for record in table} for table in (portfolio.contracts, portfolio.sites))
    for pin in pins:
        for name, known in ((pin.contract, offers), (pin.site, sites)):
            if name not in known:
                raise ReplayError(f"summary: pin '{pin}': the portfolio has no '{name}'")
    return pins


def _forced(decisions: Decisions, book: _Sizes, pins: Sequence[Pin]) -> Check:
    """Every forced start has exactly its MW."""
    apart = []
    for pin in pins:
        mw = book.start[pin.contract, decisions.site_rows[pin.site], decisions.months.position(pin.month)]
        apart.append((abs(mw - pin.mw), f"pin '{pin}': {mw!r} signed"))
    return _worst("forced decisions: sizes are followed [critical MW]", apart)


def _worst(name: str, errors: Iterable[tuple[float, str]], tolerance: float = SIZE_TOLERANCE_MW) -> Check:
    """The largest error above zero, with its place."""
    value, where = max(errors, key=lambda error: error[0], default=(0.0, ""))
    return Check(name, value, tolerance, where) if value > 0.0 else Check(name, 0.0, tolerance, "")


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in ids)
