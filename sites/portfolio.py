"""The portfolio: every record of one planning task, checked, frozen, and easy to look things up in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

from sites.capital_records import Equity, Expansion, HallBuild, Liquidity, Loan, RigOffer, RigStock, Tax, Treasury
from sites.columns import COMPULSORY_TABLES, SINGLE_RECORD_TABLES, TABLE_COLUMNS
from sites.findings import Finding
from sites.months import month_number
from sites.records import (
    BASE_SCENARIO,
    CapacityStep,
    Contract,
    Fleet,
    ForcedStart,
    Hashprice,
    Limits,
    PowerContract,
    PowerSeries,
    Record,
    Rig,
    RigMode,
    Risk,
    Scenario,
    Settings,
    Site,
)
from sites.rig_modes import Tier, tiers_of
from sites.scenarios import ScenarioPaths

if TYPE_CHECKING:
    from sites.hourly import HourlyPrices
    from sites.market.paths import MarketPaths
    from sites.network_history import NetworkHistory
    from sites.python_source import Table


@dataclass(frozen=True)
class Portfolio:
    """What is given for one plan. Make it with :func:`sites.load_portfolio` or :meth:`from_tables`, which check it.

    rigs : the portfolio's own machine types, then those of the catalogue that its tables name.
    prices : hourly prices by id of the power series.
    history : of the network, from which a stochastic market is calibrated; None where no file is named.
    market_months : months whose hashprice in ``base`` the settings' market made; rows of the table count before it.
    warnings : what is odd but possible.
    input_files : the files that were read; empty for a portfolio made from Python.

    Two portfolios are equal when their records and prices are.
    """

    settings: Settings
    sites: tuple[Site, ...]
    hashprice: tuple[Hashprice, ...]
    fleets: tuple[Fleet, ...] = ()
    capacity_steps: tuple[CapacityStep, ...] = ()
    rigs: tuple[Rig, ...] = ()
    rig_modes: tuple[RigMode, ...] = ()
    power_series: tuple[PowerSeries, ...] = ()
    contracts: tuple[Contract, ...] = ()
    pins: tuple[ForcedStart, ...] = ()
    power_contracts: tuple[PowerContract, ...] = ()
    limits: Limits = field(default_factory=Limits)
    scenarios: tuple[Scenario, ...] = ()
    risk: Risk = field(default_factory=Risk)
    rig_offers: tuple[RigOffer, ...] = ()
    rig_stock: tuple[RigStock, ...] = ()
    hall_builds: tuple[HallBuild, ...] = ()
    expansions: tuple[Expansion, ...] = ()
    loans: tuple[Loan, ...] = ()
    equity: tuple[Equity, ...] = ()
    treasury: Treasury | None = None
    tax: Tax | None = None
    liquidity: Liquidity | None = None
    prices: Mapping[str, HourlyPrices] = field(default_factory=dict, hash=False, repr=False)
    history: NetworkHistory | None = field(default=None, compare=False, repr=False)
    market_months: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    warnings: tuple[Finding, ...] = field(default=(), compare=False, repr=False)
    input_files: tuple[Path, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, Table],
        *,
        folder: Path | None = None,
        prices: Mapping[str, HourlyPrices] | None = None,
        history: NetworkHistory | None = None,
    ) -> Portfolio:
        """The portfolio of these tables, checked like a file.

        tables : by table name a pandas frame, a list of mappings from column to value, or one mapping for
            tables of one record, such as ``settings``. Blank cells are None, NaN or an empty text.
        folder : where the files of ``power_series`` are.
        prices : hourly prices by series id; a series given here needs no file and no row in ``power_series``.
        history : of the network, in place of the files that a stochastic market names.

        Raises
        ------
        PortfolioError : something is wrong; lists every finding of the tables at once.
        """
        from sites.assembly import portfolio_from
        from sites.python_source import rows_from_python

        return portfolio_from(rows_from_python(tables, folder), prices, history)

    def with_tables(self, tables: Mapping[str, Table]) -> Portfolio:
        """A changed copy: the named tables replaced by these, all others and the hourly prices kept, checked again.

        Raises
        ------
        PortfolioError : the changed portfolio has faults.
        """
        return Portfolio.from_tables({**self.to_tables(), **tables}, prices=self.prices, history=self.history)

    def without_capital(self) -> Portfolio:
        """A copy without the tables of capital: machines stand still, no site can close, money is no limit."""
        open_sites = [site.model_copy(update={"closure_cost_usd": None, "first_closure": None}) for site in self.sites]
        none: dict[str, Any] = dict.fromkeys(
            ("rig_offers", "rig_stock", "hall_builds", "expansions", "loans", "equity"), ()
        )
        none |= dict.fromkeys(("treasury", "tax", "liquidity"))
        return replace(self, sites=tuple(open_sites), **none)

    def to_tables(self) -> dict[str, Any]:
        """The tables of this portfolio, which :meth:`from_tables` turns into an equal one.

        Each table is a list of mappings from column to value, those of one record one mapping.
        Columns that hold their default are left out, and so are optional tables without a record.
        """
        tables: dict[str, Any] = {}
        for table in TABLE_COLUMNS:
            held = getattr(self, table)
            if table in SINGLE_RECORD_TABLES:
                tables[table] = {} if held is None else record_to_row(table, held)
            else:
                tables[table] = [record_to_row(table, record) for record in held if not self.is_made(record)]
        return {table: rows for table, rows in tables.items() if rows or table in COMPULSORY_TABLES}

    def is_made(self, record: Record) -> bool:
        """Whether a record was not given but made by the settings' market."""
        if not isinstance(record, Hashprice) or record.scenario != BASE_SCENARIO:
            return False
        return record.month in self.market_months

    def market_paths(self, paths: int, seed: int) -> MarketPaths:
        """Random paths of the settings' stochastic market over the horizon; the same seed, the same paths.

        Raises
        ------
        MarketError : the market is not stochastic, its history does not suffice, or a library is missing.
        """
        from sites.market.paths import stochastic_paths

        return stochastic_paths(self.settings, self.history, paths=paths, seed=seed)

    def site(self, site_id: str) -> Site:
        """The site with this id; KeyError when there is none."""
        return self._sites_by_id[site_id]

    def rig(self, rig_id: str) -> Rig:
        """The machine type with this id, the portfolio's own before the catalogue's; KeyError when nothing names it."""
        return self._rigs_by_id[rig_id]

    def tiers(self, rig_id: str) -> tuple[Tier, ...]:
        """The parts of a machine type's load by efficiency, best first; KeyError when it is no rig of :attr:`rigs`."""
        return self._tiers_by_rig[rig_id]

    def ph_s_per_mw(self, rig_id: str) -> float:
        """Hashrate of one MW at the meter with all tiers on, overhead included. [PH/s per MW]"""
        return sum(tier.share * tier.ph_s_per_mw for tier in self.tiers(rig_id))

    def hashprice_by_month(self, scenario: str = BASE_SCENARIO) -> npt.NDArray[np.float64]:
        """Hashprice of every month of the horizon, one value per month. [USD per PH/s per day]

        The last value given holds to the end of the horizon. KeyError when the scenario has no hashprice.
        """
        given = self._hashprice_by_scenario[scenario]
        last = max(given)
        start = month_number(self.settings.start)
        months = range(start, start + self.settings.months)
        return np.array([given[min(month, last)] for month in months], dtype=np.float64)

    def btc_price_by_month(self) -> npt.NDArray[np.float64] | None:
        """Price of one BTC in every month: the treasury's, else that of the settings' market, None without either.

        Of random paths it is the mean. [USD/BTC]
        """
        treasury, t = self.treasury, np.arange(self.settings.months)
        if treasury is not None and treasury.btc_price_usd is not None:
            return np.asarray(treasury.btc_price_usd * (1.0 + treasury.btc_growth) ** ((t + 0.5) / 12.0))
        return self._market_btc_price

    def btc_price_by_scenario(self) -> npt.NDArray[np.float64] | None:
        """The same in every scenario: scenarios x months. Scenarios of a table have one price of bitcoin. [USD/BTC]"""
        own_price = self.treasury is not None and self.treasury.btc_price_usd is not None
        if self.risk.paths is not None and not own_price:
            return self.market_paths(self.risk.paths, self.risk.seed).btc_price_usd
        price = self.btc_price_by_month()
        return None if price is None else np.tile(price, (self.scenario_paths.count, 1))

    @cached_property
    def _market_btc_price(self) -> npt.NDArray[np.float64] | None:
        from sites.market.paths import base_btc_price

        return base_btc_price(self.settings, self.history, self.risk)

    @cached_property
    def scenario_paths(self) -> ScenarioPaths:
        """The scenarios as arrays: drawn from the market, or of the table; the hashprice table alone is one."""
        if self.risk.paths is not None:
            drawn = self.market_paths(self.risk.paths, self.risk.seed)
            return ScenarioPaths.equally_likely(drawn.hashprice, drawn.power_factor)
        if not self.scenarios:
            return ScenarioPaths.certain(self.hashprice_by_month())
        names = {scenario.hashprice for scenario in self.scenarios}
        return ScenarioPaths.of_table(self.scenarios, {name: self.hashprice_by_month(name) for name in names})

    @cached_property
    def _hashprice_by_scenario(self) -> dict[str, dict[int, float]]:
        paths: dict[str, dict[int, float]] = {}
        for row in self.hashprice:
            paths.setdefault(row.scenario, {})[month_number(row.month)] = row.usd_per_ph_day
        return paths

    @cached_property
    def _sites_by_id(self) -> dict[str, Site]:
        return {site.id: site for site in self.sites}

    @cached_property
    def _tiers_by_rig(self) -> dict[str, tuple[Tier, ...]]:
        modes: dict[str, list[RigMode]] = {}
        for mode in self.rig_modes:
            modes.setdefault(mode.rig, []).append(mode)
        return {rig.id: tiers_of(rig, modes.get(rig.id, ())) for rig in self.rigs}

    @cached_property
    def _rigs_by_id(self) -> dict[str, Rig]:
        return {rig.id: rig for rig in self.rigs}


def record_to_row(table: str, record: Record) -> dict[str, object]:
    """One record as a mapping from column to value, without the optional columns that hold their default."""
    row: dict[str, object] = {}
    for column in TABLE_COLUMNS[table].values():
        value = getattr(record, column.attribute)
        if not column.required and value == column.default:
            continue
        row[column.name] = _plain_cell(value)
    return row


def _plain_cell(value: object) -> object:
    """A value without records and tuples: nested records as mappings without what holds its default."""
    if isinstance(value, tuple):
        return [_plain_cell(part) for part in value]
    if not isinstance(value, BaseModel):
        return value
    fields = type(value).model_fields
    held = {name: getattr(value, name) for name in fields}
    return {name: _plain_cell(part) for name, part in held.items() if fields[name].default != part}
