"""What the inputs are taken apart into: drivers of the value, and portfolios between two given ones.

The drivers stand in the order in which a bridge exchanges them; every column of every table belongs to one of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from optimizer.pins import Pin
from sites.hourly import HourlyPrices
from sites.network_history import NetworkHistory
from sites.portfolio import Portfolio

# They change nothing but what is told.
REMARKS = ("source", "as_of", "note")
POWER_COLUMNS = ("power", "adder_usd_per_mwh", "escalation")
_MARKET = "market"

Row = dict[str, Any]


@dataclass(frozen=True)
class Inputs:
    """All that a plan is made of: tables as `Portfolio.to_tables` gives them, prices, history and forced decisions."""

    tables: Mapping[str, Any]
    prices: Mapping[str, HourlyPrices]
    history: NetworkHistory | None
    pins: tuple[Pin, ...]

    @classmethod
    def of(cls, portfolio: Portfolio, pins: tuple[Pin, ...]) -> Inputs:
        """The inputs of a plan."""
        tables = portfolio.to_tables()
        tables.pop("pins", None)  # they are among those of the plan
        return cls(tables, portfolio.prices, portfolio.history, pins)

    def portfolio(self) -> Portfolio:
        """The portfolio of these inputs.

        Raises
        ------
        PortfolioError : they do not go together.
        """
        return Portfolio.from_tables(self.tables, prices=self.prices, history=self.history)

    def with_tables(self, other: Inputs, *names: str) -> Inputs:
        """These inputs with some tables as the other has them."""
        kept = {name: rows for name, rows in self.tables.items() if name not in names}
        return replace(self, tables=kept | {name: other.tables[name] for name in names if name in other.tables})

    def same_as(self, other: Inputs) -> bool:
        """Whether both give the same plans; names, remarks and the order of records do not matter."""
        return (
            _essence(self) == _essence(other)
            and dict(self.prices) == dict(other.prices)
            and same_history(self.history, other.history)
        )


@dataclass(frozen=True)
class Driver:
    """One part of the inputs. content : what belongs to it, in words. take : the first inputs with this part as the
    second have it.
    """

    name: str
    content: str
    take: Callable[[Inputs, Inputs], Inputs]


def same_history(one: NetworkHistory | None, other: NetworkHistory | None) -> bool:
    """Whether two histories of the network hold the same days."""
    if one is None or other is None:
        return one is other
    return bool(one.frame.equals(other.frame))


def _take_horizon(own: Inputs, other: Inputs) -> Inputs:
    return _with_market(own.with_tables(other, "settings"), own)


def _take_hashprice(own: Inputs, other: Inputs) -> Inputs:
    return replace(_with_market(own.with_tables(other, "hashprice"), other), history=other.history)


def _with_market(inputs: Inputs, source: Inputs) -> Inputs:
    """These inputs with the market of others."""
    settings = {name: value for name, value in inputs.tables["settings"].items() if name != _MARKET}
    market = source.tables["settings"].get(_MARKET)
    settings |= {} if market is None else {_MARKET: market}
    return replace(inputs, tables={**inputs.tables, "settings": settings})


def _take_power(own: Inputs, other: Inputs) -> Inputs:
    """Prices of power; sites that the other lacks keep theirs, and the series that they name."""
    theirs = {row["id"]: row for row in other.tables["sites"]}
    sites: list[Row] = [_priced_as(row, theirs.get(row["id"], row)) for row in own.tables["sites"]]
    kept = {row["power"] for row in sites if isinstance(row["power"], str)} - set(other.prices)
    series = [row for row in own.tables.get("power_series", ()) if row["id"] in kept]
    tables = {**own.tables, "sites": sites, "power_series": [*other.tables.get("power_series", ()), *series]}
    return replace(own, tables=tables, prices={**other.prices, **{name: own.prices[name] for name in sorted(kept)}})


def _priced_as(row: Row, other: Row) -> Row:
    kept = {name: value for name, value in row.items() if name not in POWER_COLUMNS}
    return kept | {name: other[name] for name in POWER_COLUMNS if name in other}


def _take_sites(own: Inputs, other: Inputs) -> Inputs:
    taken = own.with_tables(other, "sites", "power_series", "capacity_steps", "expansions")
    return replace(taken, prices=other.prices)


def _take_pins(own: Inputs, other: Inputs) -> Inputs:
    return replace(own, pins=other.pins)


def _tables(*names: str) -> Callable[[Inputs, Inputs], Inputs]:
    return lambda own, other: own.with_tables(other, *names)


DRIVERS: tuple[Driver, ...] = (
    Driver("horizon and discounting", "settings but for the market", _take_horizon),
    Driver("hashprice", "hashprice, the settings' market and the history of the network", _take_hashprice),
    Driver("power prices", "power series with their hours; power, adder and escalation of sites", _take_power),
    Driver("sites and capacity", "all else of sites, capacity steps, expansions", _take_sites),
    Driver(
        "machines",
        "machine types and their modes, fleets, machines for sale, stock, halls",
        _tables("rigs", "rig_modes", "fleets", "rig_offers", "rig_stock", "hall_builds"),
    ),
    Driver("offers", "contracts", _tables("contracts")),
    Driver("forced decisions", "pins", _take_pins),
    Driver("power contracts", "power contracts", _tables("power_contracts")),
    Driver("limits", "limits", _tables("limits")),
    Driver("scenarios and risk", "scenarios, risk", _tables("scenarios", "risk")),
    Driver(
        "money",
        "loans, shares, treasury, tax, cash and covenants",
        _tables("loans", "equity", "treasury", "tax", "liquidity"),
    ),
)
"""The parts of the inputs, in the order in which a bridge exchanges them."""


def changed_drivers(own: Inputs, other: Inputs) -> list[tuple[Driver, Inputs]]:
    """The drivers in which two inputs differ, in order, each with the inputs once it and those before are exchanged."""
    found = []
    for driver in DRIVERS:
        taken = driver.take(own, other)
        if not taken.same_as(own):
            found.append((driver, taken))
        own = taken
    return found


def _essence(inputs: Inputs) -> dict[str, list[str]]:
    """The rows of every table that has any, as sorted texts; of price series the ids alone, prices stand apart."""
    texts = {}
    for name, rows in inputs.tables.items():
        listed: list[Row] = [rows] if isinstance(rows, dict) else rows
        texts[name] = sorted(_row_text(name, row) for row in listed)
    return {**{name: rows for name, rows in texts.items() if rows}, "pins": sorted(map(str, inputs.pins))}


def _row_text(table: str, row: Row) -> str:
    left_out = {*REMARKS, *(("name",) if table == "settings" else ())}
    kept = {"id": row["id"]} if table == "power_series" else {k: v for k, v in row.items() if k not in left_out}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)
