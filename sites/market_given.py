"""What the settings' market makes of the given tables: its history read, and the hashprice of months not given."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sites.findings import Finding
from sites.folder import FILE_EXPECTED, FileRefusedError, file_inside
from sites.given import Given
from sites.market_record import Market, named_model
from sites.months import month_label, month_number
from sites.records import BASE_SCENARIO, Hashprice, Settings
from sites.rows import Entry
from sites.tables import Tables

if TYPE_CHECKING:
    from sites.network_history import NetworkHistory

MADE_BY = "made by the settings' market"
_MAKERS = ("fundamental", "stochastic")


def is_made_by_market(given: Given) -> bool:
    """Whether the settings name a model that makes the hashprice of ``base``, readable otherwise or not."""
    rows = given.rows.get("settings") or []
    return bool(rows) and named_model(rows[0].values.get("market")) in _MAKERS


def market_history(
    tables: Tables, folder: Path | None, given: NetworkHistory | None
) -> tuple[NetworkHistory | None, list[Finding], list[Path]]:
    """The network history of a stochastic market, what is wrong with its files, and the files.

    given : from Python, in place of files.
    """
    market = _market(tables)
    if market is None or market.model != "stochastic" or given is not None:
        return given, [], []
    row = tables.settings.row if tables.settings else None
    assert row is not None
    findings: list[Finding] = []
    paths: list[Path] = []
    if not market.history:
        expected = "files of the network's daily history, in the portfolio's folder"
        findings.append(row.finding("market.history", expected, problem="is missing; a stochastic market needs it"))
    for name in market.history:
        try:
            if folder is None:
                raise FileRefusedError("give from_tables the folder of the files, or the history itself")
            paths.append(file_inside(folder, name))
        except FileRefusedError as refusal:
            findings.append(row.finding("market.history", FILE_EXPECTED, hint=refusal.hint, value=name))
    if findings:
        return None, findings, paths
    from sites.network_history import NetworkHistoryError, read_network_history, series_and_units

    try:
        series, units = series_and_units(market.history_as)
        history = read_network_history(paths, series=series, units=units)
    except NetworkHistoryError as error:
        return None, list(error.findings), paths
    return history, list(history.findings), paths


def market_hashprice(
    tables: Tables, history: NetworkHistory | None, found: Iterable[Finding]
) -> tuple[tuple[Hashprice, ...], list[Finding]]:
    """The months of ``base`` that the market makes: those of the horizon without a row in the table hashprice.

    found : what is wrong so far; nothing is made while there is an error.
    """
    settings, market = tables.settings, _market(tables)
    wrong = any(finding.severity == "error" for finding in found)
    if settings is None or market is None or market.model not in _MAKERS or wrong:
        return (), []
    missing = _months_not_given(settings.record, tables.hashprice)
    if not missing:
        return (), []
    from sites.market.errors import MarketError
    from sites.market.paths import base_hashprice

    risk = tables.risk.record if tables.risk else None
    try:
        path = base_hashprice(settings.record, history, risk)
    except MarketError as error:
        return (), [settings.row.finding("market", error.expected, problem=error.problem, value="", hint=error.hint)]
    first = month_number(settings.record.start)
    return tuple(
        Hashprice(month=label, usd_per_ph_day=float(path[month_number(label) - first]), source=MADE_BY)
        for label in missing
    ), []


def _market(tables: Tables) -> Market | None:
    return tables.settings.record.market if tables.settings else None


def _months_not_given(settings: Settings, rows: Iterable[Entry[Hashprice]]) -> list[str]:
    given = {entry.record.month for entry in rows if entry.record.scenario == BASE_SCENARIO}
    first = month_number(settings.start)
    labels = map(month_label, range(first, first + settings.months))
    return [label for label in labels if label not in given]
