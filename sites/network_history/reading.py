"""Reading a network history: each file recognised by its content, joined, checked for units, and accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sites.findings import Finding
from sites.network_history.errors import NetworkHistoryError
from sites.network_history.filling import Account
from sites.network_history.history import NetworkHistory
from sites.network_history.joining import joined
from sites.network_history.quantities import Quantity, Series
from sites.network_history.series import Told, series_of
from sites.network_history.tables import tables_of
from sites.text_files import TextRefusedError

__all__ = ["NetworkHistoryError", "read_network_history", "series_and_units"]


def read_network_history(
    paths: Sequence[Path],
    *,
    series: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> NetworkHistory:
    """The daily history of the network in these files; see docs/network-history.md for the formats.

    paths : files of any known format, in any mix; where two give the same quantity, the first one counts.
    series : by file name, of what a file is that does not say it: market-price, hash-rate, difficulty, subsidy,
        transaction-fees, miners-revenue or hashprice.
    units : by file name, the unit of a file's hashrate, difficulty, hashprice or payments, in place of its format's.

    Raises
    ------
    NetworkHistoryError : a file is of no known format, holds something else than days and numbers, or is off by so
        much that its unit must be another one; lists everything that is wrong.
    """
    told = Told(dict(series or {}), dict(units or {}))
    account = Account()
    if not paths:
        account.fault(Finding("network history", problem="no file is given", expected="at least one file"))
    names = [path.name for path in paths]
    for name in [*told.series, *told.units]:
        if name not in names:
            account.fault(
                Finding(
                    name,
                    problem="is said something about, but is no file of the history",
                    expected=f"one of {', '.join(names)}",
                )
            )
    read: list[Series] = []
    for path in paths:
        try:
            tables = tables_of(path)
        except TextRefusedError as refusal:
            account.fault(refusal.finding)
            continue
        for table in tables:
            read.extend(series_of(table, told, account))
    if not read and not account.errors:
        account.fault(Finding(", ".join(names), problem="hold no value", expected="days with values"))
    if account.errors:
        raise NetworkHistoryError(account.errors)
    frame = joined(read, account)
    if account.errors:
        raise NetworkHistoryError(account.errors)
    return NetworkHistory(frame, tuple(account.notes), tuple(names), tuple(account.warnings))


def series_and_units(words: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """What ``FILE=hash-rate`` and ``FILE=TH/s`` say, as the two mappings of :func:`read_network_history`."""
    quantities = {quantity.value for quantity in Quantity}
    series: dict[str, str] = {}
    units: dict[str, str] = {}
    for word in words:
        file, _, said = (part.strip() for part in word.rpartition("="))
        (series if said in quantities else units)[file or said] = said
    return series, units
