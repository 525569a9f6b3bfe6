"""What a series of a network history may be of, in which units files give it, and the series as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Quantity(StrEnum):
    """What is measured; the words are those a user writes to say it of a file."""

    PRICE = "market-price"
    HASHRATE = "hash-rate"
    DIFFICULTY = "difficulty"
    SUBSIDY = "subsidy"
    FEES = "transaction-fees"
    REVENUE = "miners-revenue"
    HASHPRICE = "hashprice"


class Base(StrEnum):
    """What a unit counts, where one quantity is given in things that need a price to be compared."""

    USD = "USD"
    BTC = "BTC"
    PLAIN = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a file: its factor to the unit that a history keeps, and what it counts."""

    name: str
    factor: float
    base: Base = Base.PLAIN


def _units(*units: Unit) -> Mapping[str, Unit]:
    return {unit.name: unit for unit in units}


_BTC_PER_SAT = 1e-8
HASHRATE_UNITS = _units(
    Unit("EH/s", 1.0),
    Unit("H/s", 1e-18),
    Unit("kH/s", 1e-15),
    Unit("MH/s", 1e-12),
    Unit("GH/s", 1e-9),
    Unit("TH/s", 1e-6),
    Unit("PH/s", 1e-3),
    Unit("ZH/s", 1e3),
)
MONEY_UNITS = _units(Unit("BTC", 1.0, Base.BTC), Unit("USD", 1.0, Base.USD), Unit("sat", _BTC_PER_SAT, Base.BTC))
UNITS: Mapping[Quantity, Mapping[str, Unit]] = {
    Quantity.PRICE: _units(Unit("USD", 1.0, Base.USD)),
    Quantity.HASHRATE: HASHRATE_UNITS,
    Quantity.DIFFICULTY: _units(Unit("1", 1.0), Unit("G", 1e9), Unit("T", 1e12)),
    Quantity.SUBSIDY: MONEY_UNITS,
    Quantity.FEES: MONEY_UNITS,
    Quantity.REVENUE: MONEY_UNITS,
    Quantity.HASHPRICE: _units(
        Unit("sat/PH/day", _BTC_PER_SAT, Base.BTC),
        Unit("sat/TH/day", _BTC_PER_SAT * 1e3, Base.BTC),
        Unit("BTC/PH/day", 1.0, Base.BTC),
        Unit("USD/PH/day", 1.0, Base.USD),
        Unit("USD/TH/day", 1e3, Base.USD),
        Unit("USD/EH/day", 1e-3, Base.USD),
    ),
}


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a file means.

    unit : in which it is given. said : whether the file itself says so, or only its format.
    """

    quantity: Quantity
    unit: Unit
    said: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Series:
    """One quantity by day out of one file, ascending, every day once, in the unit that a history keeps.

    file : name of the file. name : of its column. days : since 1970-01-01 UTC. [days]
    values : finite, one per day. [USD, EH/s, BTC a day or the plain number of the quantity, see ``column.unit.base``]
    steps : whether a value holds until the next one, as a list of retargets does.
    """

    file: str
    name: str
    column: Column
    days: NDArray[np.int64]
    values: NDArray[np.float64]
    steps: bool = False
