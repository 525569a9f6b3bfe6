"""Files of no known format: what analysts save themselves, read with the names of a time and a price column.

Long files have a time column, or a date and an hour column, and a price column; wide ones have a row a day and the
columns ``he01`` to ``he24``. The names come from whoever has the file, for nothing in it can be relied on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sites.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR, is_spring_hour, wall_time
from sites.findings import Finding
from sites.hints import nearest
from sites.hourly import PriceFileError
from sites.price_formats.base import Line, Readings, Request, Table
from sites.price_formats.market_rows import (
    Rows,
    Series,
    TimeColumn,
    chosen,
    number,
    plain,
    raise_cells,
    rows_below,
    series,
)
from sites.price_formats.placing import (
    NOT_A_NUMBER,
    in_utc,
    offsets_of,
    placed,
    says_utc,
    utc_note,
    without_unpriced_end,
)
from sites.price_formats.stamps import AnyTimes

NAME = "home-made, columns named"
TITLE_LINES = 30
SHOWN_COLUMNS = 40
EXPECTED = "a time such as 2024-01-31 13:00, 1/31/2024 1:00 PM or 2024-01-31T13:00-06:00"
JOINED_EXPECTED = "a date such as 2024-01-31 and an hour such as 13 or 13:00"
ORDER_HINT = "no date of the file tells whether the month or the day comes first; write dates as 2024-01-31"
HOUR_COLUMN = re.compile(r"(?P<word>he|hour ending|hour|hr|h)?[ _]?(?P<hour>\d\d?)(:00)?", re.ASCII)
HOUR_24 = re.compile(r"^(he|hour|hr|h)?[ _]?24([:.]0+)*$|[ t]24(:00)+$", re.ASCII)
ALL_HOURS = re.compile(r"(he|hour|hr|h)?[ _]?0?[01] ?(\.\.+|-|:|to) ?(he|hour|hr|h)?[ _]?2[345]", re.ASCII)
BEGIN_WORDS, END_WORDS = frozenset({"begin", "beginning", "start", "starting", "from"}), frozenset({"end", "ending"})
LOCATION_WORDS = frozenset(
    {"location", "node", "pnode", "zone", "hub", "bus", "area", "region", "settlement", "point", "iso"}
)
CURRENCIES = ("USD", "CAD", "EUR", "GBP", "AUD", "MXN", "NOK", "SEK", "DKK", "PLN", "CHF", "JPY", "BRL", "INR")
SIGNS = {"€": "EUR", "£": "GBP", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "us$": "USD"}
MARKET_WORDS = {"dam": ("da", "day"), "rtm": ("rt", "real", "hasp")}
NO_CURRENCY = "the file names no currency; its prices were taken as USD/MWh"
# Where this share of the rows has the time of another row, the file holds more than one series.
REPEATED_SHARE = 0.02
MOST_LOCATIONS = 2000


@dataclass(frozen=True)
class _Columns:
    """Places of the named columns; ``hours`` holds (place, hour at which it begins) of a file with a row a day."""

    times: tuple[int, ...]
    price: int
    hours: tuple[tuple[int, int], ...] = ()


def read_named(table: Table, request: Request) -> Readings:
    """The rows of the named columns.

    Raises
    ------
    PriceFileError : a column is not there, it is not told whether times are beginnings or ends, prices are per kWh,
        several locations are in the file and none is named, or cells are faulty.
    """
    header = _header(table, request)
    rows = rows_below(table, header)
    columns = _columns(rows, request)
    _refuse_other_units(table, header, rows, columns)
    rows, location = _of_location(_of_market(rows, request), columns, request)
    currency = _currency(rows, columns)
    if columns.hours:
        read = _read_wide(rows, columns, request)
    else:
        rows, notes = without_unpriced_end(rows, columns.price)
        read = _read_long(rows, columns, request)
        read = replace(read, notes=(*notes, *read.notes))
    _refuse_mixed_series(rows, columns, read)
    return replace(read, currency=currency, location=location)


def _names(request: Request, header: Sequence[str]) -> list[str]:
    """The time columns that are named: one, even where its name has a comma, or several."""
    if plain(request.time) in map(plain, header):
        return [request.time]
    return [name for name in request.time.split(",") if name.strip()]


def _header(table: Table, request: Request) -> int:
    for place, (_, cells) in enumerate(table.lines[:TITLE_LINES]):
        there = {plain(cell) for cell in cells}
        if all(plain(name) in there for name in _names(request, cells)):
            return place
    if not table.lines:
        raise PriceFileError([Finding(table.file, problem="the file is empty", expected="a header and rows")])
    line, cells = max(table.lines[:TITLE_LINES], key=lambda row: len(row[1]))
    raise _no_column(table.file, line, "time", request.time, cells)


def _no_column(file: str, line: int, option: str, value: str, names: Sequence[str], hint: str = "") -> PriceFileError:
    known = [name.strip() for name in names if name.strip()]
    listed = ", ".join(f"'{name}'" for name in known[:SHOWN_COLUMNS]) + (", ..." if known[SHOWN_COLUMNS:] else "")
    problem = "" if value else "is not given"
    hint = hint or (nearest(value, known) if value else "")
    return PriceFileError(
        [
            Finding(
                file,
                line,
                column=option,
                value=value,
                problem=problem,
                expected=f"one of the file's columns: {listed}",
                hint=hint,
            )
        ]
    )


def _columns(rows: Rows, request: Request) -> _Columns:
    line, names = rows.header
    times = tuple(rows.columns[plain(name)] for name in _names(request, names))
    if len(times) > 2:
        hint = "a date and an hour are two"
        raise _no_column(rows.file, line, "time", request.time, names, hint)
    price = rows.place(plain(request.price))
    if request.price and price >= 0:
        return _Columns(times, price)
    hours = _hour_columns(rows)
    if hours and (not request.price or ALL_HOURS.fullmatch(plain(request.price))):
        if request.stamp == "begin" and hours[0][2]:
            expected = "end, or nothing: columns that count from 1 are hours ending"
            raise PriceFileError([Finding(rows.file, line, column="stamp", value=request.stamp, expected=expected)])
        return _Columns(times, hours[0][0], tuple((place, hour) for place, hour, _ in hours))
    raise _no_column(rows.file, line, "price", request.price, names)


def _hour_columns(rows: Rows) -> list[tuple[int, int, bool]]:
    """Place, beginning hour and whether they count from 1, of 24 or 25 columns that are hours; nothing otherwise."""
    found = [(place, HOUR_COLUMN.fullmatch(name)) for name, place in rows.columns.items()]
    hours = sorted((int(match["hour"]), place) for place, match in found if match is not None)
    labels = [hour for hour, _ in hours]
    if labels == list(range(24)):
        return [(place, hour, False) for hour, place in hours]
    if labels in (list(range(1, 25)), list(range(1, 26))):
        return [(place, hour - 1, True) for hour, place in hours]
    return []


def _refuse_other_units(table: Table, header: int, rows: Rows, columns: _Columns) -> None:
    """Refuse prices that are named per kWh or in cents, for they are not the USD/MWh that they would be taken for."""
    line = rows.header[0]
    titles = " ".join(cell for _, cells in table.lines[:header] for cell in cells)
    for name in (rows.name(columns.price), *(cell for cell in rows.header[1] if columns.hours), titles):
        folded = plain(name).replace(" ", "").replace("_", "")
        if "kwh" in folded or "¢" in folded or re.search(r"(^|[^a-z])cents?(per|/|$)", folded):
            hint = "multiply USD/kWh by 1000, or cents/kWh by 10, and name the column usd_per_mwh"
            raise PriceFileError(
                [
                    Finding(
                        rows.file,
                        line,
                        column=name.strip()[:80],
                        problem="is in another unit",
                        hint=hint,
                        expected="prices per MWh",
                    )
                ]
            )


def _currency(rows: Rows, columns: _Columns) -> str:
    """The currency in the name of the price column, or in a column called currency; blank where neither is there."""
    told = rows.place("currency", "ccy")
    if told >= 0:
        there = sorted({cells[told].strip().upper() for _, cells in rows.lines} - {""})
        if len(there) == 1:
            return there[0]
        if there:
            expected = "one currency"
            raise PriceFileError(
                [Finding(rows.file, rows.header[0], column=rows.name(told), value=", ".join(there), expected=expected)]
            )
    name = plain(rows.name(columns.price))
    words = re.split(r"[^a-z]+", name)
    for currency in CURRENCIES:
        if currency.casefold() in words:
            return currency
    return next((currency for sign, currency in SIGNS.items() if sign in name), "")


def _of_market(rows: Rows, request: Request) -> Rows:
    """The rows of the wanted market, where a column called market tells it."""
    place = rows.place("market")
    if place < 0 or not request.market:
        return rows
    mine = [row for row in rows.lines if plain(row[1][place]).startswith(MARKET_WORDS[request.market])]
    if not mine:
        there = ", ".join(_values(rows.lines, place)[:SHOWN_COLUMNS])
        expected = f"a market that is there: {there}"
        raise PriceFileError(
            [Finding(rows.file, rows.header[0], column="market", value=request.market, expected=expected)]
        )
    return rows.having(mine)


def _of_location(rows: Rows, columns: _Columns, request: Request) -> tuple[Rows, str]:
    """The rows of the wanted location, which is looked for in all columns that are neither times nor prices."""
    used = {*columns.times, columns.price, *(place for place, _ in columns.hours)}
    others = [place for place in range(len(rows.header[1])) if place not in used]
    wanted = plain(request.location)
    named = [place for place in others if _is_place(rows, place)]
    if wanted:
        for place in (*named, *(place for place in others if place not in named)):
            mine = [row for row in rows.lines if plain(row[1][place]) == wanted]
            if mine:
                return rows.having(mine), mine[0][1][place].strip()
        known = [(name,) for place in named[-1:] for name in _values(rows.lines, place)]
        if not known:
            problem = "the file has no column of locations"
            hint = "leave the location out, or name its price column"
            expected = "a location that stands in a column"
            raise PriceFileError(
                [
                    Finding(
                        rows.file,
                        rows.header[0],
                        column="location",
                        value=request.location,
                        problem=problem,
                        expected=expected,
                        hint=hint,
                    )
                ]
            )
        chosen(rows.file, rows.header[0], request.location, known)
    several = [place for place in named if len(_values(rows.lines, place)) > 1]
    if several:
        chosen(rows.file, rows.header[0], "", [(name,) for name in _values(rows.lines, several[-1])])
    places = {_values(rows.lines, place)[0] for place in named[-1:] if rows.lines}
    return rows, next(iter(places), "")


def _is_place(rows: Rows, place: int) -> bool:
    """Whether a column's name says that it holds locations, and its cells are not all numbers, which may be prices."""
    words = set(re.split(r"[^a-z]+", plain(rows.name(place))))
    if not LOCATION_WORDS & words or {"type", "id"} & words:
        return False
    return any(number(cell) is None for cell in _values(rows.lines, place) if cell)


def _values(lines: Sequence[Line], place: int) -> list[str]:
    return sorted({cells[place].strip() for _, cells in lines})


def _refuse_mixed_series(rows: Rows, columns: _Columns, read: Readings) -> None:
    """Refuse rows of several series, told apart by some other column; one repeated hour is left to be found later."""
    starts = read.wall_minutes if read.instants is None else read.instants
    allowed = REPEATED_SHARE * len(starts)
    if columns.hours or len(starts) - len(np.unique(starts)) <= allowed:
        return
    by_line = dict(rows.lines)
    cells_read = [by_line[line] for line in read.lines.tolist()]
    found: list[list[str]] = []
    for place in range(len(rows.header[1])):
        if place in (*columns.times, columns.price):
            continue
        cells = [row[place].strip() for row in cells_read]
        values = sorted(set(cells))
        pairs = len(set(zip(starts.tolist(), cells, strict=True)))
        if 1 < len(values) <= MOST_LOCATIONS and len(starts) - pairs <= allowed:
            found.append(values)
    if found:
        fewest = min(found, key=len)
        chosen(rows.file, rows.header[0], "", [(value or "(blank)",) for value in fewest])


def _stamp(rows: Rows, columns: _Columns, request: Request) -> str:
    if request.stamp:
        return request.stamp
    words = {word for place in columns.times for word in re.split(r"[^a-z]+", plain(rows.name(place)))}
    begins = bool(words & BEGIN_WORDS)
    ends = bool(words & END_WORDS) or "he" in words
    if begins != ends:
        return "begin" if begins else "end"
    raise PriceFileError(
        [
            Finding(
                rows.file,
                rows.header[0],
                column="stamp",
                problem="is not given",
                expected="begin or end",
                hint=f"say whether '{request.time}' is the beginning or the end of an interval; hours 1 to 24 are ends",
            )
        ]
    )


def _read_long(rows: Rows, columns: _Columns, request: Request) -> Readings:
    ending = _stamp(rows, columns, request) == "end"
    first = columns.times[0]
    times = AnyTimes.for_dates(cells[first] for _, cells in rows.lines)
    if len(columns.times) == 2:
        second = columns.times[1]
        name = f"{rows.name(first)}, {rows.name(second)}"
        column = TimeColumn(name, lambda cells: f"{cells[first]}|{cells[second]}", times.joined, JOINED_EXPECTED)
    else:
        column = TimeColumn(rows.name(first), lambda cells: cells[first].strip(), times.minutes, EXPECTED)
    _refuse_unknown_order(rows, first, times, column)
    found = series(rows, column, columns.price)
    if not ending:
        _refuse_hour_24(rows, columns, found, column)
    offsets = None if len(columns.times) == 2 else offsets_of(rows, found, first, times.offsets)
    notes: tuple[str, ...] = ()
    if says_utc(rows.name(first)):
        offsets = in_utc(len(found.lines)) if offsets is None else offsets
        notes = utc_note(request.zone)
    return replace(placed(rows.file, found, offsets, request.zone, ending=ending), notes=notes)


def _refuse_unknown_order(rows: Rows, place: int, times: AnyTimes, column: TimeColumn) -> None:
    if times.order or not rows.lines or column.minutes(column.text(rows.lines[0][1])) is not None:
        return
    line, cells = rows.lines[0]
    if AnyTimes("month first").minutes(cells[place].strip()) is not None:
        raise PriceFileError(
            [Finding(rows.file, line, column=rows.name(place), value=cells[place], expected=EXPECTED, hint=ORDER_HINT)]
        )


def _refuse_hour_24(rows: Rows, columns: _Columns, found: Series, column: TimeColumn) -> None:
    """Refuse the hour 24 as a beginning: hours 1 to 24 are ends."""
    hours = columns.times[-1]
    odd = [row for row in found.rows.tolist() if HOUR_24.search(plain(rows.lines[row][1][hours]))]
    if odd:
        line, cells = rows.lines[odd[0]]
        expected = "an hour from 0 to 23, for the times are to be beginnings"
        hint = "hours 1 to 24 are ends: say --stamp end"
        raise PriceFileError(
            [Finding(rows.file, line, column=column.name, value=cells[hours], expected=expected, hint=hint)]
        )


def _read_wide(rows: Rows, columns: _Columns, request: Request) -> Readings:
    if len(columns.times) > 1:
        raise _no_column(
            rows.file, rows.header[0], "time", request.time, rows.header[1], "a row is a day: name its date"
        )
    findings = list(rows.findings)
    day_place = columns.times[0]
    times = AnyTimes.for_dates(cells[day_place] for _, cells in rows.lines)
    lines: list[int] = []
    minutes: list[int] = []
    prices: list[float] = []
    missing = 0
    for line, cells in rows.lines:
        day = times.date(cells[day_place])
        if day is None:
            hint = ORDER_HINT if not times.order else ""
            expected = "a date such as 2024-01-31"
            findings.append(
                Finding(
                    rows.file, line, column=rows.name(day_place), value=cells[day_place], expected=expected, hint=hint
                )
            )
            continue
        for place, hour in _hours_of(cells, columns.hours, day, request):
            text = cells[place].strip()
            if text.casefold() in NOT_A_NUMBER:
                missing += 1
                continue
            price = number(text)
            if price is None:
                expected = "a price per MWh"
                findings.append(Finding(rows.file, line, column=rows.name(place), value=text, expected=expected))
                continue
            lines.append(line)
            minutes.append(day * MINUTES_PER_DAY + hour * MINUTES_PER_HOUR)
            prices.append(price)
    raise_cells(rows.file, findings, len(lines))
    whole = np.int64
    notes = (f"{missing} blank hours left out",) if missing else ()
    return Readings(
        file=rows.file,
        lines=np.array(lines, whole),
        wall_minutes=np.array(minutes, whole),
        instants=None,
        prices=np.array(prices),
        step_minutes=MINUTES_PER_HOUR,
        zone=request.zone,
        notes=notes,
    )


def _hours_of(
    cells: Sequence[str], hours: Sequence[tuple[int, int]], day: int, request: Request
) -> list[tuple[int, int]]:
    """Place and beginning hour of the columns that count on this row.

    Some files count a day's hours through: a 25th column holds the last hour of the autumn day, whose third is the
    doubled one, and the 24th is blank on the spring day, whose third begins at three.
    """
    blank = [cells[place].strip().casefold() in NOT_A_NUMBER for place, _ in hours]
    if len(hours) == 25 and not blank[24]:
        return [(place, hour if hour < 2 else hour - 1) for place, hour in hours]
    if blank[23] and not any(blank[:23]) and is_spring_hour(wall_time(day * MINUTES_PER_DAY + 120), request.zone):
        return [(place, hour if hour < 2 else hour + 1) for place, hour in hours[:23]]
    return list(hours[:24])
