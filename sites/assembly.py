"""From the rows of all tables to a checked portfolio: read, check across tables, fetch prices and machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sites.checks import check_tables
from sites.columns import COMPULSORY_TABLES, SINGLE_RECORD_TABLES, TABLES
from sites.findings import Finding, PortfolioError
from sites.folder import read_power_series
from sites.given import Given
from sites.hints import nearest
from sites.market_given import is_made_by_market, market_hashprice, market_history
from sites.portfolio import Portfolio
from sites.records import Hashprice, Limits, PowerSeries, Rig, Risk, Settings
from sites.rows import Entry, ReadTable, read_table
from sites.tables import TABLES_NAMING_RIGS, Tables

if TYPE_CHECKING:
    from sites.hourly import HourlyPrices
    from sites.network_history import NetworkHistory


def portfolio_from(
    given: Given, prices: Mapping[str, HourlyPrices] | None = None, history: NetworkHistory | None = None
) -> Portfolio:
    """The portfolio of the given tables.

    prices : hourly prices by series id, which then need no file.
    history : of the network, in place of the files that the settings' market names.

    Raises
    ------
    PortfolioError : something is wrong; lists every finding at once, those of the source included.
    """
    found = [*given.findings, *_table_findings(given)]
    read = {table: read_table(table, given.rows.get(table, [])) for table in TABLES}
    for result in read.values():
        found.extend(result.findings)
    given_prices = dict(prices or {})
    tables = Tables.of(read, given, catalogue=_catalogue_for(read), price_ids=given_prices)
    found.extend(check_tables(tables))
    series = [entry for entry in tables.power_series if entry.record.id not in given_prices]
    read_prices, faults, price_files = read_power_series(series, given.folder)
    found.extend(faults)
    history, faults, history_files = market_history(tables, given.folder, history)
    found.extend(faults)
    made, faults = market_hashprice(tables, history, found)
    found.extend(faults)
    in_order = tuple(sorted(found, key=_place))
    if tables.settings is None or any(finding.severity == "error" for finding in in_order):
        raise PortfolioError(in_order)
    return _portfolio(
        tables,
        tables.settings.record,
        {**given_prices, **read_prices},
        warnings=in_order,
        input_files=(*given.input_files, *price_files, *history_files),
        made=made,
        history=history,
    )


def _portfolio(
    tables: Tables,
    settings: Settings,
    prices: dict[str, HourlyPrices],
    *,
    warnings: tuple[Finding, ...],
    input_files: tuple[Path, ...],
    made: tuple[Hashprice, ...],
    history: NetworkHistory | None,
) -> Portfolio:
    own_rigs = _records(tables.rigs)
    series = _records(tables.power_series)
    without_row = sorted(set(prices) - {record.id for record in series})
    return Portfolio(
        settings=settings,
        sites=_records(tables.sites),
        hashprice=(*_records(tables.hashprice), *made),
        fleets=_records(tables.fleets),
        capacity_steps=_records(tables.capacity_steps),
        rigs=(*own_rigs, *_used_catalogue_rigs(tables, own_rigs)),
        power_series=(*series, *(PowerSeries(id=name, file=(f"prices/{name}.csv",)) for name in without_row)),
        rig_modes=_records(tables.rig_modes),
        contracts=_records(tables.contracts),
        pins=_records(tables.pins),
        power_contracts=_records(tables.power_contracts),
        limits=tables.limits.record if tables.limits else Limits(),
        scenarios=_records(tables.scenarios),
        risk=tables.risk.record if tables.risk else Risk(),
        rig_offers=_records(tables.rig_offers),
        rig_stock=_records(tables.rig_stock),
        hall_builds=_records(tables.hall_builds),
        expansions=_records(tables.expansions),
        loans=_records(tables.loans),
        equity=_records(tables.equity),
        treasury=tables.treasury.record if tables.treasury else None,
        tax=tables.tax.record if tables.tax else None,
        liquidity=tables.liquidity.record if tables.liquidity else None,
        prices=prices,
        history=history,
        market_months=frozenset(row.month for row in made),
        warnings=warnings,
        input_files=input_files,
    )


def _records(entries: Iterable[Entry[Any]]) -> tuple[Any, ...]:
    return tuple(entry.record for entry in entries)


def _catalogue_for(read: Mapping[str, ReadTable]) -> Mapping[str, Rig]:
    """The bundled catalogue where a named rig is not the portfolio's own; else nothing, which spares reading it."""
    own = {cells.get("id") for _, cells in read["rigs"].cells}
    if all(cells.get("rig") in own for table in TABLES_NAMING_RIGS for _, cells in read[table].cells):
        return {}
    from sites.catalogue import load_catalogue

    return load_catalogue()


def _used_catalogue_rigs(tables: Tables, own_rigs: Iterable[Rig]) -> list[Rig]:
    own = {rig.id for rig in own_rigs}
    used = dict.fromkeys(entry.record.rig for table in TABLES_NAMING_RIGS for entry in getattr(tables, table))
    return [tables.catalogue[rig] for rig in used if rig not in own]


def _table_findings(given: Given) -> Iterator[Finding]:
    expected = f"only the tables {', '.join(TABLES)}"
    for table, rows in given.rows.items():
        name = f"table '{table}'"
        line, position = given.places.get(table, (None, None))
        if table not in TABLES:
            hint = nearest(table, TABLES)
            yield Finding(given.file, line, position, table=name, problem="is unknown", expected=expected, hint=hint)
        elif table in SINGLE_RECORD_TABLES and len(rows) > 1:
            yield rows[1].finding("", "one record", problem=f"holds {len(rows)} records")
    if given.readable:
        yield from _missing_tables(given)


def _missing_tables(given: Given) -> Iterator[Finding]:
    for table in COMPULSORY_TABLES:
        if table == "hashprice" and is_made_by_market(given):
            continue
        empty = table != "fleets" and not given.rows.get(table)
        if table not in given.broken and (table not in given.rows or empty):
            hint = "write 'fleets: []' for a portfolio without machines" if table == "fleets" else ""
            problem = "has no record" if table in given.rows else "is missing"
            line, position = given.places.get(table, (None, None))
            yield Finding(
                given.file,
                line,
                position,
                table=f"table '{table}'",
                problem=problem,
                expected="a compulsory table",
                hint=hint,
            )


def _place(finding: Finding) -> tuple[str, str, int, int]:
    """Sorts findings by file, sheet, line and column; those about no line come first, in the order of finding."""
    return finding.file, finding.sheet, finding.line or 0, finding.column_position or 0
