"""What a sensitivity moves: each driver with its usual range, where that range comes from, and what it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from optimizer.ranges import RangeError, parse_ends
from sites.edits import Edit
from sites.hints import nearest
from sites.months import month_number
from sites.portfolio import Portfolio
from sites.records import Contract

RANGE = "--range"
SHAPE = "DRIVER=LOW:HIGH, such as hashprice=*0.7:*1.3"


@dataclass(frozen=True)
class Driver:
    """Something uncertain that moves several fields of a portfolio together.

    name : as typed. label : as read. moves : what it changes, in words.
    operators : what may stand before a value: "=" sets, "*" multiplies, "+" adds.
    usual : the range where none is given. why : the source of that range, or whose judgement it is.
    edits : the changes that one value of it means; none where the portfolio has nothing that it moves.
    """

    name: str
    label: str
    moves: str
    operators: str
    usual: str
    why: str
    edits: Callable[[Portfolio, str, str], list[Edit]]


@dataclass(frozen=True)
class DriverRange:
    """A driver and the two values between which it is moved, the lower one first.

    operator : "=", "*" or "+". is_usual : whether nobody asked for another range.
    """

    driver: Driver
    operator: str
    low: str
    high: str
    is_usual: bool

    def change(self, end: str) -> str:
        """The value of an end ("low" or "high") with its operator, as typed."""
        operator = "" if self.operator == "=" else self.operator
        return f"{operator}{self.low if end == 'low' else self.high}"

    def edits(self, portfolio: Portfolio, end: str) -> list[Edit]:
        """The changes of an end."""
        given = f"{self.driver.name}={self.change('low')}:{self.change('high')}"
        found = self.driver.edits(portfolio, self.operator, self.low if end == "low" else self.high)
        return [replace(edit, given=given, option=RANGE) for edit in found]


def parse_ranges(texts: Sequence[str], only: Sequence[str] = ()) -> tuple[DriverRange, ...]:
    """The range of every driver: as given by texts such as ``hashprice=*0.7:*1.3``, else its usual one.

    only : names of the drivers wanted; all when none is named.

    Raises
    ------
    RangeError : lists every text that cannot be read, and every unknown driver.
    """
    faults = [f"driver '{name}': expected one of {_known(name)}" for name in only if name not in DRIVERS]
    given: dict[str, tuple[str, str, str]] = {}
    for text in texts:
        name, _, values = (part.strip() for part in text.partition("="))
        if name not in DRIVERS:
            faults.append(f"range '{text}': driver = {name}: expected {SHAPE}, with one of {_known(name)}")
            continue
        try:
            ends = parse_ends(values)
        except ValueError as error:
            faults.append(f"range '{text}': {error}")
            continue
        operators = DRIVERS[name].operators
        if ends[0] not in operators:
            expected = " or ".join({"=": "no sign"}.get(sign, sign) for sign in operators)
            faults.append(f"range '{text}': values = {values}: expected {expected} before both values of {name}")
        if name in given or (only and name not in only):
            faults.append(f"range '{text}': expected one range for each driver that is moved")
        given[name] = ends
    if faults:
        raise RangeError(tuple(faults))
    return tuple(
        DriverRange(driver, *given.get(name, parse_ends(driver.usual)), is_usual=name not in given)
        for name, driver in DRIVERS.items()
        if not only or name in only
    )


def _known(name: str) -> str:
    hint = nearest(name, DRIVERS)
    return ", ".join(DRIVERS) + (f"; {hint}" if hint else "")


def _edit(table: str, record: str, field: str, operator: str, text: str) -> Edit:
    return Edit(table, record, field, operator, text, given="")


def _hashprice(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    del portfolio  # every portfolio has a hashprice
    return [_edit("hashprice", "*", "usd_per_ph_day", operator, text)]


def _power(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    edits = []
    if any(not isinstance(site.power, str) for site in portfolio.sites):
        edits.append(_edit("sites", "*", "power", operator, text))
    if portfolio.prices:
        edits.append(_edit("power_series", "*", "usd_per_mwh", operator, text))
    return edits


def _capex(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    return [_edit("contracts", "*", "capex_usd_per_mw", operator, text)] if portfolio.contracts else []


def _rent(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    return [_edit("contracts", offer.id, "price_usd_per_kw_month", operator, text) for offer in _open(portfolio)]


def _discount_rate(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    settings = portfolio.settings
    # Where AI is discounted at the mining rate for want of its own, it stays where it is.
    own = [] if settings.ai_discount_rate is not None else [f"{settings.ai_rate:.17g}"]
    return [
        *(_edit("settings", "", "ai_discount_rate", "=", rate) for rate in own),
        _edit("settings", "", "discount_rate", operator, text),
    ]


def _ai_discount_rate(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    rate, value = portfolio.settings.ai_rate, float(text)
    moved = {"=": value, "*": rate * value, "+": rate + value}[operator]
    return [_edit("settings", "", "ai_discount_rate", "=", f"{moved:.15g}")] if portfolio.contracts else []


def _delay(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    """Rent begins later, and what is signed and paid for as before is under construction for longer."""
    start = month_number(portfolio.settings.start)
    edits: list[Edit] = []
    for offer in portfolio.contracts:
        if offer.committed_mw > 0.0 and month_number(offer.first_start) <= start:
            continue  # delivered already
        fields = ("build_months", "first_start", "last_start")
        edits += [_edit("contracts", offer.id, field, operator, text) for field in fields]
    return edits


def _default_rate(portfolio: Portfolio, operator: str, text: str) -> list[Edit]:
    return [_edit("contracts", "*", "default_rate", operator, text)] if portfolio.contracts else []


def _open(portfolio: Portfolio) -> list[Contract]:
    return [offer for offer in portfolio.contracts if offer.committed_mw == 0.0]


DRIVERS: dict[str, Driver] = {
    driver.name: driver
    for driver in (
        Driver(
            "hashprice",
            "Hashprice",
            "the hashprice of every month",
            "*+=",
            "*0.7:*1.3",
            "about one standard deviation of a year: its log-changes had 10.7 % a month from May 2024 to July 2026, "
            "which is 37 % over twelve independent months",
            _hashprice,
        ),
        Driver(
            "power",
            "Power prices",
            "flat prices and every hour of the price series; adders, blocks and charges stay",
            "*+",
            "*0.8:*1.2",
            "judgement: the level of a market moves by about a fifth from one year to the next",
            _power,
        ),
        Driver(
            "capex",
            "Capex of AI",
            "capex_usd_per_mw of every contract",
            "*+",
            "*0.75:*1.25",
            "city means of US data-center construction in 2025 ran from 9.3 to 15.0 around 11.7 million USD per MW, "
            "-21 % to +28 %",
            _capex,
        ),
        Driver(
            "rent",
            "Rents",
            "price_usd_per_kw_month of every open offer; signed rents stay",
            "*+",
            "*0.9:*1.1",
            "first-year rents of the leases that strong tenants signed in 2026: 125 to 148 USD per kW-month, "
            "8 % around their middle",
            _rent,
        ),
        Driver(
            "discount_rate",
            "Mining discount rate",
            "discount_rate; AI keeps its rate",
            "+*=",
            "+-0.03:+0.05",
            "judgement, spread over quoted debt: 12 to 20 % around 15 %",
            _discount_rate,
        ),
        Driver(
            "ai_discount_rate",
            "AI discount rate",
            "ai_discount_rate; mining keeps its rate",
            "+*=",
            "+-0.015:+0.025",
            "judgement, spread over quoted debt: 7 to 10 % around 8 % (strong tenants), 9 to 14 % around 11 % (others)",
            _ai_discount_rate,
        ),
        Driver(
            "delay",
            "Delay of AI delivery",
            "months by which rent begins later; signing stays, capex is spread over the longer construction",
            "+",
            "+0:+6",
            "from signing to the full load took 18 months in the middle of public deals and 24 at the slow end",
            _delay,
        ),
        Driver(
            "default_rate",
            "Default rates",
            "default_rate of every contract",
            "*+=",
            "*0.5:*2",
            "judgement: about one step of credit quality either way",
            _default_rate,
        ),
    )
}
