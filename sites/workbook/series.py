"""The sheets of series in time: hourly power prices and the network's history, read as files of them are."""

from __future__ import annotations

import csv
import datetime
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sites.cells import is_blank
from sites.columns import TABLE_COLUMNS
from sites.given import Given
from sites.workbook import layout
from sites.workbook.sheet import OpenSheet, words_of

if TYPE_CHECKING:
    from sites.hourly import HourlyPrices
    from sites.network_history import NetworkHistory

_LONGEST_GAP = int(str(TABLE_COLUMNS["power_series"]["max_gap_hours"].default))


def read_prices(sheet: OpenSheet | None, given: Given) -> dict[str, HourlyPrices]:
    """The series on the sheet of hourly prices; their rows in power_series need no file. Faults go to `given`."""
    if sheet is None or sheet.name in given.broken:
        return {}
    from sites.hourly import PriceFileError, read_hourly_prices

    rows = {str(row.values.get("id") or "").strip(): row for row in given.rows.get("power_series", [])}
    prices: dict[str, HourlyPrices] = {}
    for place, series in enumerate(sheet.header):
        if series in (layout.TIME, layout.REMARK, ""):
            continue
        own = _own_hours(sheet, place)
        table = [("time", "usd_per_mwh"), *((time, price) for _, time, price in own)]
        cells = rows[series].values if series in rows else {}
        gap = cells.get("max_gap_hours")
        longest = gap if isinstance(gap, int) else _LONGEST_GAP
        try:
            with tempfile.TemporaryDirectory(prefix="wattsplit-") as spare:
                path = _written(Path(spare, "prices.csv"), table)
                zone = str(cells.get("timezone") or "")
                prices[series] = read_hourly_prices([path], id=series, timezone=zone, max_gap_hours=longest)
        except PriceFileError as error:
            for finding in error.findings:
                line = own[finding.line - 2][0] if finding.line and finding.line > 1 else sheet.header_row
                told = replace(finding, file=given.file, sheet=sheet.name, line=line, column_position=place + 1)
                given.findings.append(told)
    _fill_files(given, prices)
    return prices


def _own_hours(sheet: OpenSheet, place: int) -> list[tuple[int, str, str]]:
    """Row, time and price of a series, from its first price to its last: series may be of different years."""
    at = sheet.header.index(layout.TIME)
    hours = [(number, _time(cells[at]), _number(cells[place])) for number, cells in sheet.rows()]
    filled = [index for index, (_, _, price) in enumerate(hours) if price]
    return hours[filled[0] : filled[-1] + 1] if filled else []


def _fill_files(given: Given, prices: dict[str, HourlyPrices]) -> None:
    """Series on the sheet of prices need no file, nor a row; what saving would call it stands in for one."""
    for index, row in enumerate(given.rows.get("power_series", [])):
        if str(row.values.get("id") or "").strip() in prices and is_blank(row.values.get("file")):
            name = f"prices/{str(row.values['id']).strip()}.csv"
            given.rows["power_series"][index] = replace(row, values={**row.values, "file": name})


def read_history(sheet: OpenSheet | None, given: Given) -> NetworkHistory | None:
    """The network's daily history on its sheet; None where there is none. What is wrong goes to `given`."""
    if sheet is None or sheet.name in given.broken:
        return None
    from sites.network_history import NetworkHistoryError, read_network_history

    places = [place for place, name in enumerate(sheet.header) if name not in (layout.REMARK, "")]
    lines = list(sheet.rows())
    if not lines:
        return None
    days = sheet.header.index(layout.DAY)
    table = [tuple(sheet.header[place] for place in places)]
    for _, cells in lines:
        table.append(tuple(_time(cells[place])[:10] if place == days else _number(cells[place]) for place in places))
    try:
        with tempfile.TemporaryDirectory(prefix="wattsplit-") as spare:
            return read_network_history([_written(Path(spare, f"{layout.HISTORY}.csv"), table)])
    except NetworkHistoryError as error:
        given.findings.extend(replace(finding, file=given.file, sheet=sheet.name) for finding in error.findings)
        return None


def _written(path: Path, table: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    return path


def _time(cell: object) -> str:
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep="T", timespec="minutes")
    if isinstance(cell, datetime.date):
        return f"{cell.isoformat()}T00:00"
    return words_of(cell)


def _number(cell: object) -> str:
    return repr(cell) if isinstance(cell, float) else words_of(cell)
