"""All tables of a portfolio with the rows they were read from: what the rules across tables look at."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sites.capital_records import Equity, Expansion, HallBuild, Liquidity, Loan, RigOffer, RigStock, Tax, Treasury
from sites.cells import is_blank
from sites.given import Given
from sites.records import (
    CapacityStep,
    Contract,
    Fleet,
    ForcedStart,
    Hashprice,
    Limits,
    PowerContract,
    PowerSeries,
    Rig,
    RigMode,
    Risk,
    Scenario,
    Settings,
    Site,
)
from sites.rows import Entry, ReadTable, Row

TABLES_NAMING_RIGS = ("fleets", "rig_modes", "rig_offers", "rig_stock")


def composed(name: str) -> str:
    """A name in Unicode's composed form (NFC), in which records hold it."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


@dataclass(frozen=True)
class Tables:
    """All records that could be read, with their rows, and what is known of the rest.

    cells : by table, of every row the cells that could be read, unreadable rows too.
    given : the rows as given.
    catalogue : the bundled machines, where any are needed.
    price_ids : ids of the power series whose prices were given from Python.
    """

    settings: Entry[Settings] | None
    sites: list[Entry[Site]]
    capacity_steps: list[Entry[CapacityStep]]
    rigs: list[Entry[Rig]]
    rig_modes: list[Entry[RigMode]]
    fleets: list[Entry[Fleet]]
    hashprice: list[Entry[Hashprice]]
    power_series: list[Entry[PowerSeries]]
    contracts: list[Entry[Contract]]
    pins: list[Entry[ForcedStart]]
    power_contracts: list[Entry[PowerContract]]
    limits: Entry[Limits] | None
    scenarios: list[Entry[Scenario]]
    risk: Entry[Risk] | None
    rig_offers: list[Entry[RigOffer]]
    rig_stock: list[Entry[RigStock]]
    hall_builds: list[Entry[HallBuild]]
    expansions: list[Entry[Expansion]]
    loans: list[Entry[Loan]]
    equity: list[Entry[Equity]]
    treasury: Entry[Treasury] | None
    tax: Entry[Tax] | None
    liquidity: Entry[Liquidity] | None
    cells: Mapping[str, list[tuple[Row, Mapping[str, object]]]]
    given: Given
    catalogue: Mapping[str, Rig]
    price_ids: frozenset[str]

    @classmethod
    def of(
        cls,
        read: Mapping[str, ReadTable],
        given: Given,
        *,
        catalogue: Mapping[str, Rig],
        price_ids: Iterable[str],
    ) -> Tables:
        """The tables as they were read."""
        entries = {table: result.entries for table, result in read.items()}
        return cls(
            cells={table: result.cells for table, result in read.items()},
            settings=next(iter(entries["settings"]), None),
            sites=entries["sites"],
            capacity_steps=entries["capacity_steps"],
            rigs=entries["rigs"],
            rig_modes=entries["rig_modes"],
            fleets=entries["fleets"],
            hashprice=entries["hashprice"],
            power_series=entries["power_series"],
            contracts=entries["contracts"],
            pins=entries["pins"],
            power_contracts=entries["power_contracts"],
            limits=next(iter(entries["limits"]), None),
            scenarios=entries["scenarios"],
            risk=next(iter(entries["risk"]), None),
            rig_offers=entries["rig_offers"],
            rig_stock=entries["rig_stock"],
            hall_builds=entries["hall_builds"],
            expansions=entries["expansions"],
            loans=entries["loans"],
            equity=entries["equity"],
            treasury=next(iter(entries["treasury"]), None),
            tax=next(iter(entries["tax"]), None),
            liquidity=next(iter(entries["liquidity"]), None),
            given=given,
            catalogue=catalogue,
            price_ids=frozenset(price_ids),
        )

    def ids(self, table: str) -> set[str]:
        """The ids of a table's rows, of unreadable rows too, so that one fault does not make others."""
        given = (row.values.get("id") for row in self.given.rows.get(table, []))
        return {composed(str(name).strip()) for name in given if isinstance(name, str | int) and not is_blank(name)}

    def is_whole(self, table: str) -> bool:
        """Whether every row of the table could be read."""
        rows = self.given.rows.get(table, [])
        return table not in self.given.broken and len(rows) == len(getattr(self, table))
