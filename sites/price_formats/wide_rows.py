"""Files with one row a day and one column an hour, ``HE 1`` to ``HE 24``: hours ending, on the file's own clock."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from sites.clock import MINUTES_PER_DAY, MINUTES_PER_HOUR
from sites.findings import Finding
from sites.price_formats.market_rows import Rows, Series, date_of, number, raise_cells

HOUR_COLUMN = re.compile(r"he ?(?P<hour>\d{1,2})", re.ASCII)


def hour_columns(rows: Rows) -> list[tuple[int, int]]:
    """Place of each hour's column, with the hour at which it begins, 0 to 23."""
    found = [(place, HOUR_COLUMN.fullmatch(name)) for name, place in rows.columns.items()]
    return sorted((place, int(match["hour"]) - 1) for place, match in found if match is not None)


def wide_series(
    rows: Rows, hours: Sequence[tuple[int, int]], day: int, fixed_day: int | None, *, skip_blank: bool = False
) -> Series:
    """Beginning and price of every hour of every row.

    hours : columns as of :func:`hour_columns`.
    day : place of the date; ``fixed_day`` [days since 1970-01-01] stands for it in all rows where it is given.
    skip_blank : leave blank hours out instead of refusing them.

    Raises
    ------
    PriceFileError : a date or a price is none.
    """
    findings = list(rows.findings)
    lines: list[int] = []
    minutes: list[int] = []
    prices: list[float] = []
    places: list[int] = []
    for row, (line, cells) in enumerate(rows.lines):
        date = fixed_day if fixed_day is not None else date_of(cells[day].strip())
        if date is None:
            expected = "a date such as 01/31/2024"
            findings.append(Finding(rows.file, line, column=rows.name(day), value=cells[day], expected=expected))
            continue
        for place, hour in hours:
            text = cells[place].strip()
            if skip_blank and not text:
                continue
            price = number(text)
            if price is None:
                problem = "" if text else "is blank"
                findings.append(
                    Finding(
                        rows.file,
                        line,
                        column=rows.name(place),
                        value=text,
                        problem=problem,
                        expected="a price in USD/MWh",
                    )
                )
                continue
            lines.append(line)
            minutes.append(date * MINUTES_PER_DAY + hour * MINUTES_PER_HOUR)
            prices.append(price)
            places.append(row)
    raise_cells(rows.file, findings, len(lines))
    whole = np.int64
    return Series(np.array(lines, whole), np.array(minutes, whole), np.array(prices), np.array(places, whole))
