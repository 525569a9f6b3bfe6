"""Decisions that are forced upon a plan: so many MW of this start, whatever the optimum would be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.choices import BLOCK_TOLERANCE
from optimizer.errors import PinError
from optimizer.starts import Starts
from sites.hints import nearest
from sites.months import MONTH_PATTERN
from sites.portfolio import Portfolio
from sites.records import Contract

SHAPE = "OFFER@SITE:MONTH=MW, such as hyper@desert:2027-03=40"


@dataclass(frozen=True)
class Pin:
    """One start of an offer with its size forced; 0 forbids the start.

    mw : critical MW. month : first rent month, YYYY-MM.
    """

    contract: str
    site: str
    month: str
    mw: float

    def __str__(self) -> str:
        """As typed: OFFER@SITE:MONTH=MW."""
        return f"{self.contract}@{self.site}:{self.month}={self.mw:.12g}"


def all_pins(portfolio: Portfolio, given: Sequence[Pin]) -> tuple[Pin, ...]:
    """The pins of a portfolio's own table, then those given beside it that are not among them."""
    own = (Pin(row.contract, row.site, row.month, row.mw) for row in portfolio.pins)
    found: dict[str, Pin] = {}
    for pin in (*own, *given):
        found.setdefault(str(pin), pin)
    return tuple(found.values())


def parse_pin(text: str) -> Pin:
    """The pin that a text like ``hyper@desert:2027-03=40`` means.

    Raises
    ------
    PinError : the text has another shape.
    """
    found = re.fullmatch(r"(?P<contract>.+)@(?P<site>.+):(?P<month>[^:=]+)=(?P<mw>[^=]*)", text.strip())
    if found is None:
        raise PinError((f"pin '{text}': expected {SHAPE}",))
    month = found["month"].strip()
    if MONTH_PATTERN.fullmatch(month) is None:
        raise PinError((f"pin '{text}': month = {month}: expected a month as YYYY-MM",))
    try:
        mw = float(found["mw"])
    except ValueError:
        mw = -1.0
    if not 0.0 <= mw < float("inf"):
        raise PinError((f"pin '{text}': size = {found['mw'].strip()}: expected critical MW, a number from 0 on",))
    return Pin(found["contract"].strip(), found["site"].strip(), month, mw)


def parse_pins(texts: Sequence[str]) -> tuple[Pin, ...]:
    """The pins that some texts mean.

    Raises
    ------
    PinError : lists every text that has another shape.
    """
    found: list[Pin] = []
    faults: list[str] = []
    for text in texts:
        try:
            found.append(parse_pin(text))
        except PinError as error:
            faults += error.faults
    if faults:
        raise PinError(tuple(faults))
    return tuple(found)


def pinned_starts(
    pins: Sequence[Pin], starts: Starts, site_position: dict[str, int], barred: dict[int, str]
) -> dict[int, float]:
    """The forced size of every pinned start, by its position. [MW critical]

    barred : offers that can never be taken, by position, and why not.

    Raises
    ------
    PinError : lists every pin that no plan of this portfolio could follow, and why.
    """
    offers = {offer.id: c for c, offer in enumerate(starts.offers)}
    place = {
        key: s
        for s, key in enumerate(zip(starts.offer.tolist(), starts.site.tolist(), starts.tau.tolist(), strict=True))
    }
    forced: dict[int, float] = {}
    faults = []
    for pin in pins:
        fault = _fault(pin, starts, offers, site_position)
        if not fault and pin.mw > 0.0 and offers[pin.contract] in barred:
            fault = f"'{pin.contract}' can never be taken: {barred[offers[pin.contract]]}"
        if not fault:
            tau = starts.horizon.index(pin.month)
            start = place.get((offers[pin.contract], site_position[pin.site], tau))
            if start is None:
                fault = f"start = {pin.month}: expected {_window(starts, offers[pin.contract])}"
            elif forced.setdefault(start, pin.mw) != pin.mw:
                fault = f"the same start is pinned to {forced[start]:.12g} MW already"
        if fault:
            faults.append(f"pin '{pin}': {fault}")
    if faults:
        raise PinError(tuple(faults))
    return forced


def _fault(pin: Pin, starts: Starts, offers: dict[str, int], site_position: dict[str, int]) -> str:
    if pin.contract not in offers:
        return f"offer = {pin.contract}: expected the id of a contract{_known(pin.contract, offers)}"
    offer = starts.offers[offers[pin.contract]]
    if pin.site not in site_position or pin.site not in offer.sites:
        return f"site = {pin.site}: expected a site of '{offer.id}': {', '.join(offer.sites)}"
    if offer.committed_mw > 0.0:
        return f"'{offer.id}' is signed already, with {offer.committed_mw:.12g} MW: change its committed_mw instead"
    return _size_fault(pin, offer)


def _size_fault(pin: Pin, offer: Contract) -> str:
    if pin.mw > offer.max_mw:
        return f"size = {pin.mw:.12g}: expected at most max_mw {offer.max_mw:.12g}"
    if offer.block_mw > 0.0:
        blocks = pin.mw / offer.block_mw
        if abs(blocks - round(blocks)) > BLOCK_TOLERANCE:
            return f"size = {pin.mw:.12g}: expected whole blocks of {offer.block_mw:.12g} MW"
    return ""


def _window(starts: Starts, offer: int) -> str:
    months = starts.tau[starts.offer == offer]
    if not months.size:
        return "no start at all: the window leaves none inside the horizon"
    first, last = (starts.horizon.label(int(t)) for t in (months.min(), months.max()))
    return f"a first rent month from {first} to {last} (window, building time and horizon)"


def _known(name: str, offers: dict[str, int]) -> str:
    return f"; {hint}" if (hint := nearest(name, offers)) else ""
