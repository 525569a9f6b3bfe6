"""What a user has changed, as the page sends it: strictly checked, and turned into a case of a what-if."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from optimizer.cases import Case
from optimizer.pins import Pin
from sites.edits import Edit
from sites.portfolio import Portfolio

Name = Annotated[str, Field(min_length=1, max_length=200)]
Typed = Annotated[str, Field(max_length=2_000)]

MOST_CHANGES, MOST_OFFERS = 500, 100
LEAST_FACTOR, MOST_FACTOR = 0.05, 20.0
MOST_SHIFT_USD = 1_000.0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Change(_Strict):
    """A field of a record that has another value, as typed; blank where it is taken away."""

    table: Annotated[str, Field(pattern="^[a-z_]{1,40}$")]
    record: Annotated[str, Field(max_length=200)]
    field: Annotated[str, Field(pattern="^[a-z_.]{1,80}$")]
    value: Typed


class Forced(_Strict):
    """A decision that is forced: MW of an offer at a site from a month on. [MW critical]"""

    contract: Name
    site: Name
    month: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]
    mw: Annotated[float, Field(ge=0.0, le=20_000.0)]


class State(_Strict):
    """Everything that differs from the portfolio as it was opened.

    offers : new offers, by column as typed. set : fields changed. drop : ids of contracts. pin : decisions forced.
    hashprice : factor upon every hashprice. [-] power : shift of every power price. [USD/MWh]
    financing : whether the tables of capital count.
    """

    offers: Annotated[list[dict[Name, Typed]], Field(max_length=MOST_OFFERS)] = []
    set: Annotated[list[Change], Field(max_length=MOST_CHANGES)] = []
    drop: Annotated[list[Name], Field(max_length=MOST_CHANGES)] = []
    pin: Annotated[list[Forced], Field(max_length=MOST_CHANGES)] = []
    hashprice: Annotated[float, Field(ge=LEAST_FACTOR, le=MOST_FACTOR)] = 1.0
    power: Annotated[float, Field(ge=-MOST_SHIFT_USD, le=MOST_SHIFT_USD)] = 0.0
    financing: bool = False

    def case(self, portfolio: Portfolio) -> Case:
        """The changes as a case of a what-if, in the order in which they are made."""
        edits = [_edit(change.table, change.record, change.field, "=", change.value) for change in self.set]
        return Case(
            edits=(*edits, *self.shifts(portfolio)),
            drop=tuple(self.drop),
            pins=tuple(Pin(pin.contract, pin.site, pin.month, pin.mw) for pin in self.pin),
            offers=tuple({name: text for name, text in offer.items() if text.strip()} for offer in self.offers),
        )

    def shifts(self, portfolio: Portfolio) -> list[Edit]:
        """The moves of hashprice and power as changes of every record that has such a price."""
        edits = []
        if self.hashprice != 1.0:
            edits.append(_edit("hashprice", "*", "usd_per_ph_day", "*", repr(self.hashprice)))
        if self.power != 0.0:
            if portfolio.power_series:
                edits.append(_edit("power_series", "*", "usd_per_mwh", "+", repr(self.power)))
            edits += [
                _edit("sites", site.id, "power", "+", repr(self.power))
                for site in portfolio.sites
                if not isinstance(site.power, str)
            ]
        return edits

    def given(self, portfolio: Portfolio) -> Portfolio:
        """The portfolio that is changed: with the tables of capital or without them."""
        return portfolio if self.financing else portfolio.without_capital()

    def applied(self, portfolio: Portfolio) -> tuple[Portfolio, tuple[Pin, ...]]:
        """The changed copy and the decisions forced upon its plan.

        Raises
        ------
        PortfolioError : lists everything that is wrong with the changes, the copy and the pins.
        """
        given = self.given(portfolio)
        return self.case(given).applied(given)


def _edit(table: str, record: str, field: str, operator: str, text: str) -> Edit:
    given = option_text(table, record, field, ("" if operator == "=" else operator) + text)
    return Edit(table, record, field, operator, text.strip(), given)


def option_text(table: str, record: str, field: str, value: str) -> str:
    """A change as it is typed after ``--set``."""
    quoted = f'"{record}"' if "=" in record else record
    return f"{table}.{quoted}.{field}={value}" if record else f"{table}.{field}={value}"
